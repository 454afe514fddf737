"""Undecided rows that no clause can tell apart, and the facts that decide them.

In: batches in the normal form of a fleet, and what an engine found of their rows. Out: for each undecided row the number of its
pattern; then, for all patterns at once, which fields decide them alone, and for the most frequent a smallest set of facts that does.

Only the clauses that are open and could still lower the level count for a pattern: for each fact they read its class (`core/classes.py`),
for each listing how many items there are, in their order. Names of items are no part of it, and are put back at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supportable.core.clauses import Pack, conditions_read, fields_read
from supportable.core.compile import Compiled
from supportable.core.conditions import Same
from supportable.core.deciding import domains
from supportable.core.deployment import deployment_of
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.fleet import absent_column, columns_read, deployment_of_row
from supportable.core.left_open import odd_facts, read_both_ways
from supportable.core.moments import join
from supportable.core.verdict import Remainders, search_for
from supportable.engines.codes import Coder, Identities
from supportable.engines.filling import Rows
from supportable.engines.moments import Ends, MomentTables, compile_moments, ends_at
from supportable.engines.running import items_of
from supportable.engines.tables import Masks

PATTERNS_AT_MOST = 100_000
"""Patterns of which a row is kept; what is undecided beyond them is counted and not looked into."""

TESTS_AT_MOST = 1_000
"""How many values of facts are tried for one pattern before its search is given up."""

Slots = tuple[tuple[str, int | str | None], ...]
"""Facts that decide a pattern: a field, and the place of its item in the row (or its name, where it is none of the row's)."""


class Alone(NamedTuple):
    """How many undecided rows each field decides alone, whatever it turns out to be; and for how many that was worked out."""

    fields: Counter[str]
    rows: int


class Noted(NamedTuple):
    """A pattern: which clauses are open, how many rows it has, and one of them."""

    pattern: bytes
    open: bytes
    rows: int
    example: Mapping[str, Any]


class _Read(NamedTuple):
    """What the open clauses of some rows read: fields of the whole deployment, of the items of each listing, and listings."""

    fields: frozenset[str]
    whole: tuple[int, ...]
    items: Mapping[str, tuple[int, ...]]
    listings: tuple[str, ...]


class Undecided:
    """Collects the undecided rows of a fleet by what decides them."""

    def __init__(self, packs: Sequence[Compiled], made: MomentTables, engine: Callable[[MomentTables], Callable[[Any], Masks]]) -> None:
        self.packs, self.made, self.engine = list(packs), made, engine
        pack = made.joined.pack
        clauses = [pack.clauses[place] for place in made.tables.order]
        self.reads = [frozenset(fields_read(clause, pack.matrices)) for clause in clauses]
        self.caps = np.array([2 - pack.tier_rank(clause.caps or "") for clause in clauses], np.int8)
        self.fields, self.listings = columns_read([pack])
        coders = {name: Coder(classes) for name, classes in made.tables.classes.items()}
        self.whole = {name: coder for name, coder in coders.items() if FIELDS[name].listing is None}
        self.items = {one: {name: coder for name, coder in coders.items() if FIELDS[name].listing == one} for one in self.listings}
        asked = [one for clause in clauses for one in conditions_read(clause, pack.matrices)]
        self.same = tuple(dict.fromkeys(one.field for one in asked if isinstance(one, Same)))
        self.domain = domains([(clause, pack.matrices) for clause in clauses], deployment_of("", {}, {}))
        self.numbers: dict[bytes, int] = {}
        self.counts: list[int] = []
        self.open: list[bytes] = []
        self.beyond = 0
        self._kept: list[Any] = []
        self._read: dict[bytes, _Read] = {}

    def note(self, batch: Any, masks: Masks, ends: Ends) -> NDArray[np.int32]:
        """Return the number of the pattern of each row: -1 for a decided one, -2 for one of a pattern beyond those that are kept."""
        found = np.full(batch.num_rows, -1, np.int32)
        rows = np.flatnonzero(ends.speaks & ~ends.decided)
        if not len(rows):
            return found
        chosen = batch.take(pa.array(rows))
        new: list[int] = []
        for at, (open_, pattern) in enumerate(self._patterns(chosen, self._open(masks, ends, rows))):
            number = self.numbers.get(pattern)
            if number is None and len(self.counts) < PATTERNS_AT_MOST:
                number = self.numbers[pattern] = len(self.counts)
                self.counts.append(0)
                self.open.append(open_)
                new.append(at)
            if number is None:
                self.beyond += 1
            else:
                self.counts[number] += 1
            found[rows[at]] = -2 if number is None else number
        if new:
            self._kept.append(chosen.take(pa.array(new)))
        return found

    def _open(self, masks: Masks, ends: Ends, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return one flag a row and clause: it is open, and could lower the level (or be the first that applies)."""
        applies = ends.applies[rows, None]
        words = np.where(ends.applies, masks.unknown, masks.unknown | masks.harmless)[:, rows]
        flags = np.unpackbits(np.ascontiguousarray(words.T).view(np.uint8), axis=1, bitorder="little")[:, : len(self.caps)]
        return flags & (~applies | (self.caps[None, :] < ends.best[rows, None])).astype(np.uint8)

    def _patterns(self, batch: Any, flags: NDArray[np.uint8]) -> list[tuple[bytes, bytes]]:
        """Return for each row its open clauses, and what it is told apart by from other rows."""
        count = batch.num_rows
        columns = {name: batch.column(name) for name in batch.schema.names}
        whole = _stacked(_codes(columns, self.whole, count), count)
        listed = {one: self._item_codes(columns, one, count) for one in self.listings}
        found = []
        for at, open_ in enumerate(np.packbits(flags, axis=1)):
            name = open_.tobytes()
            read = self._read.get(name) or self._reading(name, flags[at])
            parts = [name, whole[at, read.whole].tobytes()]
            for one in read.listings:
                codes, starts, heads = listed[one]
                parts += [heads[at], codes[starts[at] : starts[at + 1], read.items[one]].tobytes()]
            found.append((name, b"\0".join(parts)))
        return found

    def _reading(self, name: bytes, flags: NDArray[np.uint8]) -> _Read:
        fields = frozenset[str]().union(*(self.reads[bit] for bit in np.flatnonzero(flags)))
        whole = tuple(at for at, one in enumerate(self.whole) if one in fields)
        items = {
            listing: tuple(at for at, one in enumerate((*self.items[listing], *self._same_of(listing))) if one in fields)
            for listing in self.listings
        }
        listings = tuple(one for one in self.listings if one in fields or items[one])
        self._read[name] = _Read(fields, whole, items, listings)
        return self._read[name]

    def _same_of(self, listing: str) -> list[str]:
        return [one for one in self.same if FIELDS[one].listing == listing]

    def _item_codes(self, columns: Mapping[str, Any], listing: str, count: int) -> tuple[NDArray[np.uint32], list[int], list[bytes]]:
        """Return the codes of all items, where those of each row start, and how many there are and whether they are all."""
        items = items_of(columns, count, listing)
        total = int(items.counts.sum())
        codes = _codes(items.columns, self.items[listing], total)
        for field in self._same_of(listing):
            array = items.columns.get(field, pa.nulls(total))
            codes.append(first_met(Identities(field).numbers(array, items.columns.get(absent_column(field))), items.counts))
        heads = [f"{number},{complete}".encode() for number, complete in zip(items.counts.tolist(), items.complete.tolist(), strict=True)]
        return _stacked(codes, total), [0, *np.cumsum(items.counts).tolist()], heads

    def rows(self) -> Any:
        """Return one row of each pattern, by its number, as a table."""
        return pa.Table.from_batches(self._kept).combine_chunks()

    def noted(self) -> Iterator[Noted]:
        """Yield the patterns by their numbers, for another to `add` them."""
        rows = (row for part in self._kept for row in part.to_pylist())
        yield from map(Noted, self.numbers, self.open, self.counts, rows)

    def add(self, noted: Sequence[Noted], schema: Any) -> None:
        """Take patterns that were noted elsewhere and are not known here; `schema` is that of their rows."""
        for one in noted:
            self.numbers[one.pattern] = len(self.counts)
            self.counts.append(one.rows)
            self.open.append(one.open)
            if one.open not in self._read:
                self._reading(one.open, np.unpackbits(np.frombuffer(one.open, np.uint8))[: len(self.caps)])
        if noted:
            self._kept.append(pa.RecordBatch.from_pylist([dict(one.example) for one in noted], schema))

    def alone(self) -> Alone:
        """Return how many rows each field decides alone: known for every item it is unknown of, and whatever it is.

        A listing stands for knowing that it is complete. Every value that clauses can tell apart is tried on all patterns at once.
        """
        found: Counter[str] = Counter()
        if not self.counts:
            return Alone(found, 0)
        rows, counts = Rows(self.rows(), self.listings, self.fields), np.array(self.counts)
        remainders: Remainders = {}
        is_settled = self._settling(rows)
        # A single node of which nothing is known can settle a clause on "every node" already.
        still_open = ~is_settled(rows.filled(np.arange(len(counts))))
        for field in (*self.fields, *self.listings):
            reading = np.array([field in self._read[open_].fields for open_ in self.open], bool)
            left = np.flatnonzero(reading & still_open & rows.unknown(field))
            for value in self.domain((field, None)):
                if len(left):
                    left = left[is_settled(rows.filled(left, field, value))]
            if field in LISTINGS or FIELDS[field].listing is not None:
                # All items had the same value so far; the search tries them one by one.
                left = np.array([one for one in left.tolist() if self._decides(one, field, remainders)], np.intp)
            if len(left):
                found[field] += int(counts[left].sum())
        return Alone(found, int(counts.sum()))

    def _settling(self, rows: Rows) -> Callable[[Any], NDArray[np.bool_]]:
        """Return which rows of a batch are decided as far as the documents go, as `core/deciding.py` has it: in both readings."""
        ways: tuple[list[Pack], list[Pack]] = ([], [])
        for pack in (one.pack for one in self.packs):
            requirements = [clause for clause in pack.clauses if clause.kind == "requirement"]
            read = read_both_ways(requirements, pack.matrices, odd_facts(requirements, pack.matrices, rows.values, rows.any_empty))
            for way, others in zip(ways, (read.lenient, read.strict), strict=True):
                way.append(pack._replace(clauses=(*read.alike, *others), matrices=read.matrices))
        made = compile_moments(join(self.made.joined.pack.issuer, ways)) if ways[0] != ways[1] else self.made
        judge = self.engine(made)

        def is_settled(batch: Any) -> NDArray[np.bool_]:
            masks = judge(batch)
            readings = [ends_at(moment, masks) for moment in made.moments]
            found: NDArray[np.bool_] = np.logical_and.reduce([ends.decided | ~ends.speaks for ends in readings])
            return found

        return is_settled

    def _decides(self, number: int, field: str, remainders: Remainders) -> bool:
        return search_for(self._deployment(number), self.packs, remainders).decides_alone(field)

    def _deployment(self, number: int) -> Any:
        return deployment_of_row(self._row(number))

    def _row(self, number: int) -> dict[str, Any]:
        for part in self._kept:
            if number < part.num_rows:
                row: dict[str, Any] = part.slice(number, 1).to_pylist()[0]
                return row
            number -= part.num_rows
        raise IndexError(number)

    def search(self, at_most: int) -> dict[int, Slots]:
        """Return what decides the patterns that most rows have, at most so many; each takes up to some tenths of a second."""
        names = list(self.numbers)
        # Of patterns that are as frequent, the same are searched in whatever order the rows came.
        order = sorted(range(len(names)), key=lambda number: (-self.counts[number], names[number]))[:at_most]
        remainders: Remainders = {}
        found = {number: self._slots(number, remainders) for number in order}
        return {number: slots for number, slots in found.items() if slots is not None}

    def _slots(self, number: int, remainders: Remainders) -> Slots | None:
        """Return what decides one pattern, `None` where that takes too long to find out."""
        row = self._row(number)
        called = item_names(row, self.listings)

        def place(field: str, item: str | None) -> int | str | None:
            names = called.get(FIELDS[field].listing or "", []) if item is not None and field in FIELDS else []
            return names.index(item) if item in names else item

        search = search_for(deployment_of_row(row), self.packs, remainders)
        search.tests_at_most = TESTS_AT_MOST
        found = search.run()
        return tuple((field, place(field, item)) for field, item in found.slots) if found.smallest else None


def item_names(row: Mapping[str, Any], listings: Sequence[str]) -> dict[str, list[str]]:
    """Return what the items of each listing of a row are called, as `core/fleet.py` calls them."""
    return {name: [str(one.get("name") or f"({at + 1})") for at, one in enumerate(row.get(name) or ())] for name in listings}


def said(slots: Slots, called: Mapping[str, Sequence[str]]) -> list[str]:
    """Return facts as they are named to a person, for a row whose items are called so."""
    return [
        field if item is None else f"{field} of {called[FIELDS[field].listing or ''][item] if isinstance(item, int) else item}"
        for field, item in slots
    ]


def _codes(columns: Mapping[str, Any], coders: Mapping[str, Coder], count: int) -> list[NDArray[Any]]:
    return [
        coder.codes(columns[name] if name in columns else pa.nulls(count), columns.get(absent_column(name)))
        for name, coder in coders.items()
    ]


def _stacked(codes: Sequence[NDArray[Any]], count: int) -> NDArray[np.uint32]:
    return np.stack(codes, axis=1).astype(np.uint32) if codes else np.zeros((count, 0), np.uint32)


def first_met(numbers: NDArray[np.uint32], counts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the numbers of values in the order in which a row meets them; 0 and 1 (unknown and absent) stay."""
    made = np.empty_like(numbers)
    at = 0
    for count in counts.tolist():
        met: dict[int, int] = {0: 0, 1: 1}
        made[at : at + count] = [met.setdefault(one, len(met)) for one in numbers[at : at + count].tolist()]
        at += count
    return made
