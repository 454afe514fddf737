"""Rows of a fleet with one field filled in: what if this were known, and this were its value.

In: a table in the normal form, a field (or a listing) and a value. Out: a batch in which the field has that value wherever it was
unknown, for every item of its listing. A listing of which nobody named an item has one item of which nothing is known
(`core/verdict.py` does so too): learning which items there are is of no use without learning the facts of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.fleet import KEY, absent_column, complete_column
from supportable.engines.codes import flags_of
from supportable.engines.running import items_of

_TYPES = {"integer": pa.int64(), "boolean": pa.bool_()}


class _Listing:
    """The items of one listing of all rows."""

    def __init__(self, columns: dict[str, Any], rows: int, name: str) -> None:
        found = items_of(columns, rows, name)
        total = int(found.counts.sum())
        empty = (found.counts == 0) & (found.complete == 0)
        # Each empty one gets an item that is no row of `found.columns`.
        counts = np.where(empty, 1, found.counts)
        ends = np.cumsum(counts)
        places = np.zeros(int(counts.sum()), np.int64)
        is_new = np.zeros(len(places), bool)
        is_new[(ends - counts)[empty]] = True
        places[~is_new] = np.arange(total)
        take = pa.array(places, mask=is_new)
        self.columns = {one: array.take(take) for one, array in found.columns.items()}
        self.counts, self.complete, self.items = counts, found.complete.astype(bool), len(places)


class Rows:
    """A table in the normal form, ready to be filled in."""

    def __init__(self, table: Any, listings: Sequence[str], fields: Sequence[str]) -> None:
        columns = {name: table.column(name).combine_chunks() for name in table.column_names}
        columns = {name: _plain(array) for name, array in columns.items()}
        self.rows = table.num_rows
        self.listed = {name: _Listing(columns, self.rows, name) for name in listings}
        kept = {KEY, *(name for field in fields for name in (field, absent_column(field)))}
        self.whole = {name: array for name, array in columns.items() if name in kept}

    def values(self, field: str) -> list[Value]:
        """Return the values of a field that are known in any row."""
        listing = FIELDS[field].listing
        array = (self.whole if listing is None else self.listed[listing].columns).get(field)
        return [] if array is None else [value for value in array.unique().to_pylist() if value is not None]

    def any_empty(self, listing: str) -> bool:
        """Return whether a listing is known to be empty in any row."""
        listed = self.listed[listing]
        return bool((listed.complete & (listed.counts == 0)).any())

    def unknown(self, field: str) -> NDArray[np.bool_]:
        """Return which rows do not know the field, of any item; of a listing, whether they do not know that it is complete."""
        if field in LISTINGS:
            return ~self.listed[field].complete
        listing = FIELDS[field].listing
        if listing is None:
            return _unknown(self.whole, field, self.rows)
        listed = self.listed[listing]
        owners = np.repeat(np.arange(self.rows), listed.counts)
        found = np.zeros(self.rows, bool)
        found[owners[_unknown(listed.columns, field, listed.items)]] = True
        return found

    def filled(self, rows: NDArray[np.intp], field: str = "", value: Value | _Absent = ABSENT) -> Any:
        """Return the batch of these rows with the field filled in; without a field, as they are."""
        chosen = pa.array(rows)
        whole = {name: array.take(chosen) for name, array in self.whole.items()}
        if field in FIELDS and FIELDS[field].listing is None:
            _fill(whole, field, value, len(rows))
        for name, listed in self.listed.items():
            starts = np.cumsum(listed.counts) - listed.counts
            counts = listed.counts[rows]
            offsets = np.concatenate(([0], np.cumsum(counts)))
            places = np.arange(offsets[-1]) + np.repeat(starts[rows] - offsets[:-1], counts)
            items = {one: array.take(pa.array(places)) for one, array in listed.columns.items()}
            if field in FIELDS and FIELDS[field].listing == name:
                _fill(items, field, value, len(places))
            complete = listed.complete[rows] if field != name else np.ones(len(rows), bool)
            structs = (
                pa.StructArray.from_arrays(list(items.values()), list(items)) if items else pa.array([{}] * len(places), pa.struct([]))
            )
            whole[name] = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), structs)
            whole[complete_column(name)] = pa.array(complete)
        return pa.record_batch(whole)


def _plain(array: Any) -> Any:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _unknown(columns: dict[str, Any], field: str, count: int) -> NDArray[np.bool_]:
    array = columns.get(field)
    found = np.ones(count, bool) if array is None else np.asarray(array.is_null().to_numpy(zero_copy_only=False))
    absent = flags_of(columns.get(absent_column(field)), absent_column(field))
    return found if absent is None else found & (absent == 0)


def _fill(columns: dict[str, Any], field: str, value: Value | _Absent, count: int) -> None:
    unknown = _unknown(columns, field, count)
    if value is ABSENT:
        absent = flags_of(columns.get(absent_column(field)), absent_column(field))
        columns[absent_column(field)] = pa.array(unknown if absent is None else unknown | (absent == 1))
        return
    kind = _TYPES.get(FIELDS[field].kind, pa.string())
    array = columns.get(field)
    array = pa.nulls(count, kind) if array is None else _plain(array).cast(kind)
    columns[field] = pc.if_else(pa.array(unknown), pa.scalar(value, kind), array)
