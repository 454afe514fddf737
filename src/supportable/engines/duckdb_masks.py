"""DuckDB as the engine of a fleet: the masks of a batch, found by the plain SQL of `core/sql.py`.

In: a joined pack, and batches in the normal form of a fleet. Out: the same `Masks` as the lookup tables give (`engines/tables.py`), by
another way. A query is planned for each batch, which takes longer than running it over few rows: batches should be large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supportable.core.dialects import DUCKDB
from supportable.core.sql import CODES_IN_WORD, masks_query
from supportable.engines.arrow import columns_of
from supportable.engines.duckdb import Limits, connected, told
from supportable.engines.moments import MomentTables
from supportable.engines.running import Words
from supportable.engines.tables import Masks, Tables

ROWS_AT_ONCE = 1 << 18
_PLACE = "the inventory"
_FLEET = "fleet"


class _Query:
    """The query of one pack over one schema, planned once: the rows of a batch are put into a table, judged and taken out again."""

    def __init__(self, made: MomentTables, limits: Limits) -> None:
        self.tables = made.tables
        self.limits = limits
        self.texts: dict[Any, str] = {}

    def masks(self, batch: Any) -> Masks:
        """Return what was found of each row of one batch."""
        if not self.tables.clauses or not batch.num_rows:
            return masks_of(self.tables, np.zeros((batch.num_rows, len(self.tables.clauses)), np.uint8))
        with told(_PLACE), connected(self.limits) as connection:
            text = self.texts.get(batch.schema)
            if text is None:
                columns = columns_of(batch.schema, _PLACE)
                text = self.texts[batch.schema] = masks_query(self.tables.pack, DUCKDB, _FLEET, columns)
            connection.register(_FLEET, pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch)
            words = connection.sql(text).fetchnumpy()
        return masks_of(self.tables, marks_of([words[name] for name in words], len(self.tables.clauses)))


def by_duckdb(made: MomentTables, limits: Limits = Limits()) -> Any:  # noqa: B008 - a value
    """Return the engine that runs the SQL of the joined pack."""
    return _Query(made, limits).masks


def marks_of(words: list[NDArray[np.int64]], clauses: int) -> NDArray[np.uint8]:
    """Return the mark of each row and clause of a joined pack, in the order of the pack."""
    shifts = np.arange(CODES_IN_WORD, dtype=np.int64) * 3
    marks = [((word[:, None] >> shifts) & 7).astype(np.uint8) for word in words]
    return np.concatenate(marks, axis=1)[:, :clauses]


def masks_of(tables: Tables, marks: NDArray[np.uint8]) -> Masks:
    """Return the masks that marks stand for.

    The numbers of marks stand in `core/sql.py: _MARKS`; each mask is a formula over their three bits.
    """
    in_order = marks[:, list(tables.order)] if tables.order else marks
    low, middle, high = (_packed((in_order & bit) != 0, tables.words) for bit in (1, 2, 4))
    used = tables.used[:, None]
    surely = ~(low ^ high) & used
    return Masks(
        surely & tables.requirements[:, None],
        ~low & ~middle & ~high & used,
        low & ~middle,
        high & ~low,
        low & middle,
    )


def _packed(flags: NDArray[np.bool_], words: int) -> Words:
    """Return flags, a column a clause, as words of 64 bits, `[words, rows]`."""
    octets = np.packbits(flags, axis=1, bitorder="little")
    whole = np.zeros((len(flags), 8 * words), np.uint8)
    whole[:, : octets.shape[1]] = octets
    return np.ascontiguousarray(whole.view(np.uint64).T)


def regrouped(batches: Iterable[Any], rows: int = ROWS_AT_ONCE) -> Iterator[Any]:
    """Yield the same rows in batches of at least so many rows, but for the last."""
    held: list[Any] = []
    for batch in batches:
        held.append(batch)
        if sum(one.num_rows for one in held) >= rows:
            yield pa.concat_batches(held)
            held = []
    if held:
        yield pa.concat_batches(held)
