"""The packs of one issuer run over batches of a fleet: a row of the table for each deployment, and what is counted for the summary.

In: compiled packs, batches in the normal form of a fleet. Out: Arrow tables with the columns of `ROWS`, and counts. An engine finds the
masks (any function from a batch to `Masks`); everything after that is the same for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supportable.core.compile import Compiled
from supportable.core.fleet import KEY
from supportable.core.moments import Joined, join
from supportable.engines.alike import Deciders
from supportable.engines.moments import (
    SILENT,
    STATES,
    MomentTables,
    Patterns,
    compile_moments,
    ends_at,
    mask_columns,
    masks_from,
    named_clauses,
    states_of,
)
from supportable.engines.tables import Judging, Masks

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
ROWS = pa.schema(
    [
        (KEY, _TEXT), ("issuer", _TEXT), ("applies", _TEXT), ("level", _TEXT), ("worst", _TEXT), ("best", _TEXT),
        ("failed", _TEXTS), ("unknown", _TEXTS), ("deciding", _TEXTS),
    ]
)  # fmt: skip
"""The columns of the table: see `fleets.py`."""
_WORDS = pa.array(["unsupported", "limited", "full"], _TEXT)
Engine = Callable[[Any], Masks]
EngineMaker = Callable[[MomentTables], Engine]


def by_tables(made: MomentTables) -> Engine:
    """Return the engine of class codes and lookup tables."""
    return Judging(made.tables).masks


class Counted(NamedTuple):
    """What one issuer's packs say of a fleet: deployments by state, failing and unknown clauses, what decides, by group and state."""

    states: Mapping[int, int]
    failed: Counter[str]
    unknown: Counter[str]
    alone: Counter[str]
    searched: int
    groups: Mapping[str, Mapping[str | None, Counter[int]]]
    """Deployments by state of each value of each column to group by."""


class IssuerJudge:
    """Judges batches by the packs of one issuer, and counts."""

    def __init__(
        self,
        issuer: str,
        packs: Sequence[Compiled],
        groups: Sequence[str] = (),
        engine: EngineMaker = by_tables,
        made: MomentTables | None = None,
    ) -> None:
        """`made` are the tables of the packs, where they were compiled before."""
        self.issuer = issuer
        self.made = made or compile_moments(join(issuer, [[one.pack for one in packs]]))
        self.joined: Joined = self.made.joined
        self.engine = engine(self.made)
        self.deciders = Deciders(packs)
        self.groups = tuple(groups)
        self.masks = Patterns([f"{name}|{word}" for name in Masks._fields[:4] for word in range(self.made.tables.words)])
        self.levels = {name: Patterns(["group", "state"]) for name in groups}
        self.alone: Counter[str] = Counter()
        self.searched = 0

    def take(self, batch: Any, rows_wanted: bool = True) -> Any:
        """Judge one batch; return its rows of the table, or `None` where only the counts are wanted."""
        masks = self.engine(batch)
        moment = self.made.moments[0]
        ends = ends_at(moment, masks)
        states = states_of(ends)
        keys = batch.column(KEY).cast(_TEXT)
        self.masks.add(mask_columns(masks, Masks._fields[:4]), keys)
        for name in self.groups:
            self.levels[name].add({"group": _values(batch, name), "state": states}, keys)
        deciding = self._deciding(batch, ends.speaks & ~ends.decided)
        if not rows_wanted:
            return None
        said = np.where(ends.applies, 0, np.where(ends.speaks, 1, 2)).astype(np.int8)
        decided = np.where(ends.decided, ends.best, -1)
        return pa.table(
            [
                keys,
                pa.array([self.issuer] * batch.num_rows, _TEXT),
                pa.array(["yes", "perhaps", "no"], _TEXT).take(pa.array(said)),
                _words(decided),
                _words(np.where(ends.speaks, ends.worst, -1)),
                _words(np.where(ends.speaks, ends.best, -1)),
                named_clauses(self.made, moment, masks.failed),
                named_clauses(self.made, moment, masks.unknown),
                pa.array(deciding, _TEXTS),
            ],
            schema=ROWS,
        )

    def _deciding(self, batch: Any, undecided: NDArray[np.bool_]) -> list[Sequence[str] | None]:
        """Return the deciding facts of each row: none for a decided one, `None` where they were not searched for."""
        found: list[Sequence[str] | None] = [()] * len(undecided)
        rows = np.flatnonzero(undecided)
        for row, one in zip(rows.tolist(), self.deciders.decide(batch, rows) if len(rows) else (), strict=True):
            found[row] = one.facts if one is not None else None
            if one is not None:
                self.searched += 1
                self.alone.update(one.alone)
        return found

    def counted(self) -> Counted:
        """Return what was counted so far."""
        failed: Counter[str] = Counter()
        unknown: Counter[str] = Counter()
        states: Counter[int] = Counter()
        table = self.masks.table()
        if table is not None:
            masks = masks_from(table, self.made.tables.words)
            counts = table.column("count").to_numpy()
            found = states_of(ends_at(self.made.moments[0], masks))
            states.update({state: int(counts[found == state].sum()) for state in range(SILENT + 1)})
            for counter, words in ((failed, masks.failed), (unknown, masks.unknown)):
                counter.update(clause_counts(self.made, words, counts))
        groups = {name: _by_group(one.table()) for name, one in self.levels.items()}
        return Counted(states, failed, unknown, self.alone, self.searched, groups)


def clause_counts(made: MomentTables, mask: NDArray[np.uint64], counts: NDArray[np.int64]) -> dict[str, int]:
    """Return of how many rows a mask names each clause, for patterns that stand for `counts` rows each."""
    bits = np.unpackbits(np.ascontiguousarray(mask.T).view(np.uint8), axis=1, bitorder="little")[:, : len(made.tables.order)]
    sums = counts @ bits.astype(np.int64)
    found: Counter[str] = Counter()
    for place, number in zip(made.tables.order, sums.tolist(), strict=True):
        if number:
            found[made.joined.clauses[place]] += number
    return found


def _by_group(table: Any) -> dict[str | None, Counter[int]]:
    found: dict[str | None, Counter[int]] = {}
    for row in table.to_pylist() if table is not None else ():
        found.setdefault(row["group"], Counter())[row["state"]] += row["count"]
    return found


def _words(levels: NDArray[Any]) -> Any:
    """Return the words of levels, NULL for -1."""
    return _WORDS.take(pa.array(levels.astype(np.int8), mask=levels < 0))


def _values(batch: Any, name: str) -> Any:
    return batch.column(name).cast(_TEXT) if name in batch.schema.names else pa.nulls(batch.num_rows, _TEXT)


def level_word(state: int) -> str:
    """Return what a deployment in a state is counted as."""
    ends = STATES[state]
    if ends is None:
        return "silent"
    return ends[0].word if ends[0] == ends[1] else "undecided"
