"""Layers of lookup tables run over an Arrow batch: codes, then words of bits, for rows and for the items of their listings.

In: a batch in the normal form of a fleet. Out: the words of every formula, one row a deployment. A list that is NULL, empty,
partial or complete is four different things here: the bits of an empty listing are never those of "and" over nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supportable.core.fields import FIELDS
from supportable.core.fleet import absent_column, complete_column
from supportable.engines.codes import Coder, Codes, Identities, flags_of, valid_of
from supportable.engines.lookup import (
    AboveCodes,
    FieldCodes,
    Group,
    JoinCodes,
    Layer,
    SameCodes,
    SizeCodes,
    SlotCodes,
    TableCodes,
)
from supportable.errors import EngineError

BLOCK_ROWS = 16_384
Words = NDArray[np.uint64]


class ItemLayer(NamedTuple):
    """The tables below one listing; `if_empty` holds the words of a listing that is complete and empty."""

    layer: Layer
    if_empty: Words


class Items(NamedTuple):
    """The items of one listing in a batch: their columns, how many each row has, where they start, and which lists are complete."""

    columns: Mapping[str, Any]
    counts: NDArray[np.int64]
    complete: NDArray[np.uint8]

    @property
    def filled(self) -> NDArray[np.intp]:
        """The rows that have items."""
        return np.flatnonzero(self.counts)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where the items of each row that has some start."""
        return (np.cumsum(self.counts) - self.counts)[self.filled]


class Run:
    """One batch: its columns by name, and what was found for its listings."""

    def __init__(self, columns: Mapping[str, Any], rows: int, coders: Mapping[str, Coder], below: Mapping[str, ItemLayer]) -> None:
        self.columns = columns
        self.rows = rows
        self.coders = coders
        self.below = below
        self.codes: list[Codes] = []
        self._items: dict[str, Items] = {}
        self._bits: dict[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]] = {}

    def words(self, layer: Layer) -> Words:
        """Return the words of the layer of whole deployments."""
        for step in layer.steps:
            match step:
                case FieldCodes(field):
                    found = self._field(field, self.columns, self.rows)
                case SizeCodes(listing, bounds):
                    items = self.items(listing)
                    place = np.searchsorted(np.array(bounds), items.counts, "right").astype(np.uint8)
                    found = place * np.uint8(2) + items.complete
                case SameCodes(field):
                    found = self._same(field)
                case SlotCodes(listing, slot):
                    found = self._slot(listing, slot)
                case _:
                    found = _derived(step, self.codes)
            self.codes.append(found)
        return _looked_up(layer, self.codes, self.rows)

    def _field(self, field: str, columns: Mapping[str, Any], rows: int) -> Codes:
        coder = self.coders[field]
        array = columns.get(field)
        return coder.codes(pa.nulls(rows) if array is None else array, columns.get(absent_column(field)))

    def items(self, listing: str) -> Items:
        """Return the items of a listing."""
        if listing not in self._items:
            self._items[listing] = items_of(self.columns, self.rows, listing)
        return self._items[listing]

    def _slot(self, listing: str, slot: int) -> Codes:
        if listing not in self._bits:
            words = self._item_words(listing)
            # The bytes of the words, one row of `bits` a byte: what is not false, and what is true.
            octets = np.ascontiguousarray(words.view(np.uint8).reshape(self.rows, words.shape[1] * 8).T)
            self._bits[listing] = octets[: len(octets) // 2], octets[len(octets) // 2 :]
        not_false, true = self._bits[listing]
        byte, bit = divmod(slot, 8)
        found: Codes = ((not_false[byte] >> bit) & 1) + ((true[byte] >> bit) & 1)
        return found

    def _item_words(self, listing: str) -> Words:
        """Return the words of every row: the "and" over its items, then what completeness and emptiness make of it."""
        layer, if_empty = self.below[listing]
        items = self.items(listing)
        count = int(items.counts.sum())
        codes: list[Codes] = []
        for step in layer.steps:
            match step:
                case FieldCodes(field):
                    codes.append(self._field(field, items.columns, count))
                case AboveCodes(above):
                    codes.append(np.repeat(self.codes[above], items.counts))
                case _:
                    codes.append(_derived(step, codes))
        each = _looked_up(layer, codes, count)
        found = np.empty((self.rows, 2 * layer.words), np.uint64)
        found[:] = if_empty
        if count:
            starts = items.starts
            for word in range(2 * layer.words):
                found[items.filled, word] = np.bitwise_and.reduceat(np.ascontiguousarray(each[:, word]), starts)
        partial = items.complete == 0
        # An item nobody listed yet may be anything: nothing is true, and an empty list is not false either.
        found[partial, layer.words :] = 0
        found[partial & (items.counts == 0), : layer.words] = ~np.uint64(0)
        return found

    def _same(self, field: str) -> Codes:
        items = self.items(FIELDS[field].listing or "")
        array = items.columns.get(field)
        total = int(items.counts.sum())
        numbers = Identities(field).numbers(pa.nulls(total) if array is None else array, items.columns.get(absent_column(field)))
        differ, unknown = np.zeros(self.rows, np.bool_), np.zeros(self.rows, np.bool_)
        if total:
            filled, starts = items.filled, items.starts
            greatest = np.maximum.reduceat(numbers, starts)
            is_unknown = numbers == 0
            others = np.repeat(greatest, items.counts[filled]) != numbers
            # Two bits an item, joined over the items of a row in one pass.
            marks = (others & ~is_unknown).view(np.uint8) | (is_unknown.view(np.uint8) << 1)
            joined = np.bitwise_or.reduceat(marks, starts)
            differ[filled], unknown[filled] = (joined & 1) == 1, joined >= 2
        complete = items.complete == 1
        true = complete & (~unknown | (items.counts < 2))
        return np.where(differ, np.uint8(0), np.where(true, np.uint8(2), np.uint8(1)))


def items_of(columns: Mapping[str, Any], rows: int, listing: str) -> Items:
    """Return the items of a listing of a batch of `rows` rows."""
    flags = flags_of(columns.get(complete_column(listing)), complete_column(listing))
    complete = np.zeros(rows, np.uint8) if flags is None else flags
    array = columns.get(listing)
    if array is None or pa.types.is_null(array.type):
        return Items({}, np.zeros(rows, np.int64), complete)
    is_list = pa.types.is_list(array.type) or pa.types.is_large_list(array.type)
    if not is_list or not (pa.types.is_struct(array.type.value_type) or pa.types.is_null(array.type.value_type)):
        raise EngineError(
            f"column `{listing}` holds `{array.type}`, not lists of items",
            None,
            f"make it a list of structs, one for each of the {listing}",
        )
    offsets = array.offsets.to_numpy()
    counts = np.diff(offsets).astype(np.int64)
    valid = valid_of(array)
    counts = counts if valid is None else counts * valid
    structs = array.flatten()
    if not pa.types.is_struct(structs.type):
        return Items({}, counts, complete)
    names = [structs.type.field(at).name for at in range(structs.type.num_fields)]
    return Items(dict(zip(names, structs.flatten(), strict=True)), counts, complete)


def _derived(step: Any, codes: list[Codes]) -> Codes:
    match step:
        case TableCodes(inputs, strides, table):
            return table.take(_places(inputs, strides, codes, slice(None), len(table)), mode="clip")
        case JoinCodes(inputs, least):
            found = codes[inputs[0]]
            for one in inputs[1:]:
                found = np.minimum(found, codes[one]) if least else np.maximum(found, codes[one])
            return found
    raise AssertionError(step)


def _places(inputs: tuple[int, ...], strides: tuple[int, ...], codes: list[Codes], rows: slice, size: int) -> NDArray[np.intp]:
    kind = np.uint16 if size <= 1 << 16 else np.intp
    found: NDArray[Any] | None = None
    for one, stride in zip(inputs, strides, strict=True):
        counted = codes[one][rows].astype(kind)
        if stride != 1:
            np.multiply(counted, kind(stride), counted)
        found = counted if found is None else np.add(found, counted, found)
    assert found is not None
    return found.astype(np.intp)


def _looked_up(layer: Layer, codes: list[Codes], rows: int) -> Words:
    """Return the "and" of what every group's table says, block by block so that a block stays in the cache."""
    found = np.empty((rows, 2 * layer.words), np.uint64)
    found[:] = layer.constant
    room = np.empty((min(rows, BLOCK_ROWS), 2 * layer.words), np.uint64)
    for start in range(0, rows, BLOCK_ROWS):
        block = slice(start, min(start + BLOCK_ROWS, rows))
        _joined(layer.groups, codes, block, found[block], room[: block.stop - start])
    return found


def _joined(groups: tuple[Group, ...], codes: list[Codes], block: slice, found: Words, room: Words) -> None:
    for inputs, strides, table in groups:
        np.take(table, _places(inputs, strides, codes, block, len(table)), axis=0, out=room, mode="clip")
        np.bitwise_and(found, room, found)
