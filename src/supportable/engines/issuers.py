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
from supportable.engines.alike import Slots, Undecided, item_names, said
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
        self.undecided = Undecided(packs, self.made, engine)
        self.groups = tuple(groups)
        self.masks = Patterns([f"{name}|{word}" for name in Masks._fields[:4] for word in range(self.made.tables.words)])
        self.levels = {name: Patterns(["group", "state"]) for name in groups}

    def take(self, batch: Any, rows_wanted: bool = True, counts_wanted: bool = True) -> Any:
        """Judge one batch; return its rows for `finished`, or `None` where only the counts are wanted."""
        masks = self.engine(batch)
        moment = self.made.moments[0]
        ends = ends_at(moment, masks)
        states = states_of(ends)
        keys = batch.column(KEY).cast(_TEXT)
        if counts_wanted:
            self.masks.add(mask_columns(masks, Masks._fields[:4]), keys)
        for name in self.groups if counts_wanted else ():
            self.levels[name].add({"group": _values(batch, name), "state": states}, keys)
        patterns = self.undecided.note(batch, masks, ends)
        if not rows_wanted:
            return None
        how = np.where(ends.applies, 0, np.where(ends.speaks, 1, 2)).astype(np.int8)
        decided = np.where(ends.decided, ends.best, -1)
        return pa.table(
            {
                KEY: keys,
                "issuer": pa.array([self.issuer] * batch.num_rows, _TEXT),
                "applies": pa.array(["yes", "perhaps", "no"], _TEXT).take(pa.array(how)),
                "level": _words(decided),
                "worst": _words(np.where(ends.speaks, ends.worst, -1)),
                "best": _words(np.where(ends.speaks, ends.best, -1)),
                "failed": named_clauses(self.made, moment, masks.failed),
                "unknown": named_clauses(self.made, moment, masks.unknown),
                "pattern": patterns,
                **self._names(batch, patterns >= 0),
            }
        )

    def _names(self, batch: Any, wanted: NDArray[np.bool_]) -> dict[str, Any]:
        """Return the names of the items of each listing of the rows that are wanted, so that facts of items can be named."""
        found: dict[str, Any] = {}
        rows = np.flatnonzero(wanted)
        for listing in self.undecided.listings:
            names: list[list[str] | None] = [None] * batch.num_rows
            if listing in batch.schema.names:
                for row, items in zip(rows.tolist(), batch.column(listing).take(pa.array(rows)).to_pylist(), strict=True):
                    names[row] = item_names({listing: items}, [listing])[listing]
            found[f"names|{listing}"] = pa.array(names, _TEXTS)
        return found

    def finished(self, rows: Any, decided_by: Mapping[int, Slots]) -> Any:
        """Return rows of `take` as rows of the table: none decide a decided one, NULL stands where it was not searched for."""
        deciding: list[Sequence[str] | None] = [() if number == -1 else None for number in rows.column("pattern").to_pylist()]
        numbers = rows.column("pattern").to_numpy()
        for at in np.flatnonzero(np.isin(numbers, list(decided_by))).tolist():
            called = {name: rows.column(f"names|{name}")[at].as_py() or [] for name in self.undecided.listings}
            deciding[at] = said(decided_by[int(numbers[at])], called)
        kept = rows.select([name for name in ROWS.names if name != "deciding"])
        return kept.append_column(ROWS.field("deciding"), pa.array(deciding, _TEXTS)).cast(ROWS)

    def counted(self) -> Counted:
        """Return what was counted so far."""
        alone = self.undecided.alone()
        return self.added_up()._replace(alone=alone.fields, searched=alone.rows)

    def added_up(self) -> Counted:
        """Return what was counted so far but for what decides alone: the counts of parts of a fleet add up to those of the fleet."""
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
        return Counted(states, failed, unknown, Counter(), 0, groups)


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
