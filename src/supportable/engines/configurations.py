"""Rows of a fleet -> the configurations that a plan tells apart: rows of one configuration have plans of the same cost.

In: batches in the normal form of a fleet, and what tells facts apart (`core/configurations.py`). Out: the number of the configuration of
each row with the names of its items in the order in which those of the configuration stand, and a deployment for each configuration. What
one would get wrong: items have no order for a policy, so two rows whose nodes stand the other way round are one configuration; where items
differ only in what is compared with each other, two rows may stay two configurations that could be one, which costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supportable.core.configurations import Telling
from supportable.core.deployment import Deployment, Listing
from supportable.core.facts import ABSENT
from supportable.core.fields import FIELDS
from supportable.core.fleet import KEY, absent_column, deployment_of_row
from supportable.engines.alike import first_met
from supportable.engines.codes import Identities, flags_of
from supportable.engines.running import items_of

Codes = NDArray[np.uint32]


class Noted(NamedTuple):
    """Of each row the number of its configuration, and for each listing that counts the names of its items in the common order."""

    numbers: NDArray[np.int32]
    names: Mapping[str, list[list[str]]]


class _Ordered(NamedTuple):
    """The items of one listing of a batch: what each row is told apart by, where its items start, and the order of all."""

    parts: list[bytes]
    starts: NDArray[np.int64]
    order: NDArray[np.intp]
    names: list[str | None]


class Configurations:
    """Collects the configurations of a fleet, most often in the order in which they first come."""

    def __init__(self, telling: Telling) -> None:
        self.telling = telling
        self.whole = tuple(name for name in telling.fields if FIELDS[name].listing is None)
        self.items = {one: tuple(name for name in telling.fields if FIELDS[name].listing == one) for one in telling.listings}
        self.renamed = {one: tuple(name for name in telling.renamed if FIELDS[name].listing == one) for one in telling.listings}
        self.numbers: dict[bytes, int] = {}
        self.counts: list[int] = []
        self.keys: list[str] = []
        self.deployments: list[Deployment] = []
        self._items: dict[bytes, int] = {}

    def note(self, batch: Any) -> Noted:
        """Count the rows of a batch."""
        rows = batch.num_rows
        columns = {name: batch.column(name) for name in batch.schema.names}
        whole = self._codes(columns, self.whole, rows)
        listed = {name: self._ordered(columns, name, rows) for name in self.items}
        numbers = np.empty(rows, np.int32)
        names: dict[str, list[list[str]]] = {name: [] for name in listed}
        for at in range(rows):
            pattern = b"".join([whole[at].tobytes(), *(one.parts[at] for one in listed.values())])
            number = self.numbers.setdefault(pattern, len(self.numbers))
            places = {name: one.order[one.starts[at] : one.starts[at + 1]] for name, one in listed.items()}
            if number == len(self.counts):
                self._add(batch.slice(at, 1).to_pylist()[0], {name: places[name] - one.starts[at] for name, one in listed.items()})
            self.counts[number] += 1
            numbers[at] = number
            for name, one in listed.items():
                names[name].append([one.names[place] or f"({place - one.starts[at] + 1})" for place in places[name].tolist()])
        return Noted(numbers, names)

    def _add(self, row: dict[str, Any], places: Mapping[str, NDArray[np.int64]]) -> None:
        self.counts.append(0)
        self.keys.append(str(row[KEY]))
        found = deployment_of_row(row)
        listings = dict(found.listings)
        for name, order in places.items():
            if name in listings:
                listings[name] = in_order(found.listing(name), name, order.tolist())
        self.deployments.append(found._replace(listings=listings))

    def _codes(self, columns: Mapping[str, Any], fields: tuple[str, ...], count: int) -> Codes:
        found = [self._column(columns, field, count) for field in fields]
        return np.ascontiguousarray(np.stack(found, axis=1)) if found else np.zeros((count, 0), np.uint32)

    def _column(self, columns: Mapping[str, Any], field: str, count: int) -> Codes:
        found = np.zeros(count, np.uint32)
        array = columns.get(field)
        if array is not None and not pa.types.is_null(array.type) and count:
            encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
            values = encoded.dictionary.to_pylist()
            table = np.array([0 if value is None else self.telling.code(field, value) for value in values] or [0], np.uint32)
            found = table[np.asarray(encoded.indices.fill_null(0))]
            found[np.asarray(encoded.indices.is_null())] = 0
        flags = flags_of(columns.get(absent_column(field)), absent_column(field))
        if flags is not None:
            found[(found == 0) & flags.view(np.bool_)] = self.telling.code(field, ABSENT)
        return found

    def _ordered(self, columns: Mapping[str, Any], listing: str, rows: int) -> _Ordered:
        """Return the items of a listing of all rows, those of a row in the order of what they are told apart by."""
        items = items_of(columns, rows, listing)
        total = int(items.counts.sum())
        codes = self._codes(items.columns, self.items[listing], total)
        numbers = np.array([self._items.setdefault(one.tobytes(), len(self._items)) for one in codes], np.uint32)
        order = np.lexsort((numbers, np.repeat(np.arange(rows), items.counts))).astype(np.intp)
        told = [numbers[order]]
        for field in self.renamed[listing]:
            array = items.columns.get(field, pa.nulls(total))
            same = Identities(field).numbers(array, items.columns.get(absent_column(field)))
            told.append(first_met(same[order], items.counts))
        stacked = np.ascontiguousarray(np.stack(told, axis=1).astype(np.uint32))
        starts = np.concatenate(([0], np.cumsum(items.counts))).astype(np.int64)
        heads = zip(items.counts.tolist(), items.complete.tolist(), strict=True)
        parts = [f"|{count},{whole}|".encode() + stacked[starts[at] : starts[at + 1]].tobytes() for at, (count, whole) in enumerate(heads)]
        named = items.columns.get("name")
        return _Ordered(parts, starts, order, named.to_pylist() if named is not None else [None] * total)


def in_order(listing: Listing, name: str, order: list[int]) -> Listing:
    """Return a listing with its items in another order, each called by its place, so that no two have one name."""
    return listing._replace(items=tuple(listing.items[place]._replace(name=f"{name} {at}") for at, place in enumerate(order, 1)))
