"""A joined pack over batches: one pass, and the level of every row at every moment.

In: a `Joined` pack (`core/moments.py`) and batches in the normal form of a fleet. Out: `Masks` of all clauses, and for each moment
the `Ends` of every row; `Patterns` counts rows that are alike, so that a report costs what there are different rows, not rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supportable.core.clauses import Level
from supportable.core.moments import Joined
from supportable.engines.running import Words
from supportable.engines.tables import Masks, Tables, compile_tables, highest, mask_of

SILENT, UNDECIDED = 6, (3, 4, 5)
STATES = (
    (Level.UNSUPPORTED, Level.UNSUPPORTED),
    (Level.LIMITED, Level.LIMITED),
    (Level.FULL, Level.FULL),
    (Level.UNSUPPORTED, Level.LIMITED),
    (Level.UNSUPPORTED, Level.FULL),
    (Level.LIMITED, Level.FULL),
    None,
)
"""What a row can be at a moment: its worst and its best level, equal when it is decided; `None` where nothing is said of it."""

_STATE_OF = np.full((3, 3), SILENT, np.uint8)
for _number, _ends in enumerate(STATES):
    if _ends is not None:
        _STATE_OF[_ends] = _number
ROWS_AT_ONCE = 200_000


class Moment(NamedTuple):
    """The clauses in force, and for each rank of the levels those that cap there or lower."""

    clauses: Words
    ranks: tuple[tuple[int, Words], ...]


class MomentTables(NamedTuple):
    """A joined pack compiled; it can be pickled."""

    joined: Joined
    tables: Tables
    moments: tuple[Moment, ...]


class Ends(NamedTuple):
    """Of every row: whether a requirement surely applies, whether the documents say anything, its worst and best level as numbers."""

    applies: NDArray[np.bool_]
    speaks: NDArray[np.bool_]
    worst: NDArray[np.int8]
    best: NDArray[np.int8]

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Which rows have one level."""
        found: NDArray[np.bool_] = self.applies & (self.worst == self.best)
        return found


def compile_moments(joined: Joined) -> MomentTables:
    """Return the tables of a joined pack, and the masks of its moments."""
    tables = compile_tables(joined.pack)
    bit_of = {place: bit for bit, place in enumerate(tables.order)}
    moments = []
    for places in joined.moments:
        clauses = mask_of((bit_of[place] for place in places), tables.words)
        here = tuple((rank, words & clauses[: len(words)]) for rank, words in tables.ranks)
        moments.append(Moment(clauses, here))
    return MomentTables(joined, tables, tuple(moments))


def ends_at(moment: Moment, masks: Masks) -> Ends:
    """Return the ends of every row at one moment."""
    worst = masks.failed | masks.unknown
    failed, open_, literal = (2 - highest(moment.ranks, mask).astype(np.int8) for mask in (masks.failed, worst, worst | masks.harmless))
    applies = np.logical_or.reduce(masks.surely & moment.clauses[:, None], axis=0)
    return Ends(applies, applies | (literal < Level.FULL), np.where(applies, open_, literal), failed)


def states_of(ends: Ends) -> NDArray[np.uint8]:
    """Return the place of each row's state among `STATES`."""
    return np.where(ends.speaks, _STATE_OF[ends.worst, ends.best], np.uint8(SILENT))


def named_clauses(made: MomentTables, moment: Moment, mask: Words) -> Any:
    """Return the ids of the clauses of a moment that a mask names, a list a row in the order of the packs, as an Arrow array."""
    kept = np.ascontiguousarray((mask & moment.clauses[:, None]).T)
    bits = np.unpackbits(kept.view(np.uint8), axis=1, bitorder="little")[:, : len(made.tables.order)]
    in_order = np.empty_like(bits)
    in_order[:, list(made.tables.order)] = bits
    rows, places = np.nonzero(in_order)
    offsets = np.zeros(len(kept) + 1, np.int32)
    np.cumsum(np.bincount(rows, minlength=len(kept)), out=offsets[1:])
    names = pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), pa.array(made.joined.clauses, pa.string()))
    return pa.ListArray.from_arrays(pa.array(offsets), names.cast(pa.string()))


class Patterns:
    """Counts rows that are alike in some columns: how many there are, and the key of the first."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self._parts: list[Any] = []
        self._whole: Any = None
        self._rows = 0

    def add(self, columns: Mapping[str, Any], keys: Any) -> None:
        """Count the rows of one batch."""
        rows = pa.table({**columns, "row": np.arange(len(keys))})
        counted = rows.group_by(self.names, use_threads=False).aggregate([("row", "first"), ("row", "count")])
        first = keys.take(counted.column("row_first").combine_chunks())
        part = counted.select(self.names).append_column("count", counted.column("row_count")).append_column("key", first)
        self._parts.append(part)
        self._rows += part.num_rows
        if self._rows > ROWS_AT_ONCE + (0 if self._whole is None else self._whole.num_rows):
            self._fold()

    def _fold(self) -> None:
        parts = self._parts if self._whole is None else [self._whole, *self._parts]
        joined = pa.concat_tables(parts, promote_options="permissive")
        counted = joined.group_by(self.names, use_threads=False).aggregate([("count", "sum"), ("key", "first")])
        self._whole = counted.rename_columns([*self.names, "count", "key"])
        self._parts, self._rows = [], 0

    def table(self) -> Any:
        """Return what was counted: the columns, `count` and `key`, in the order in which they first came; `None` when no row came."""
        if self._parts:
            self._fold()
        return self._whole


def mask_columns(masks: Masks, names: Sequence[str] = Masks._fields) -> dict[str, Words]:
    """Return the words of masks as columns, named `MASK|WORD`."""
    return {f"{name}|{word}": words for name in names for word, words in enumerate(getattr(masks, name))}


def masks_from(table: Any, words: int) -> Masks:
    """Return the masks of a table that has their columns; those it does not have are empty."""
    none = np.zeros(table.num_rows, np.uint64)
    names = set(table.column_names)

    def stacked(name: str) -> Words:
        found = [f"{name}|{word}" for word in range(words)]
        return np.stack([table.column(one).to_numpy() if one in names else none for one in found])

    return Masks(*map(stacked, Masks._fields))
