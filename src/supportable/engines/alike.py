"""The facts that decide an undecided row, searched for once for all rows that no clause can tell apart.

In: the packs of one issuer and batches in the normal form of a fleet. Out: for each row asked about, a smallest set of facts that
decides it, and the facts of which each decides it alone (`core/verdict.py`). Rows are alike where every fact that a clause reads is of one
class (`core/classes.py`) and every listing has as many items, in their order; names of items are no part of it, and are put back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supportable.core.classes import atoms_read, classes_of
from supportable.core.clauses import conditions_read
from supportable.core.compile import Compiled
from supportable.core.conditions import Same
from supportable.core.fields import FIELDS
from supportable.core.fleet import absent_column, columns_read, deployment_of_row
from supportable.core.verdict import deciding_alone
from supportable.core.verdict import judge as judge_deployment
from supportable.engines.codes import Coder, Identities
from supportable.engines.running import items_of

SEARCHES_AT_MOST = 5_000
"""Rows that differ for which facts are searched; each takes some milliseconds."""


class Deciding(NamedTuple):
    """A smallest set of facts that decides a row, each as it is named to a person, and the fields that decide it alone."""

    facts: tuple[str, ...]
    alone: tuple[str, ...]


class _Found(NamedTuple):
    """What was found for one pattern: each fact with the place of its item, or with its name where it is none of the row's."""

    slots: tuple[tuple[str, int | str | None], ...]
    alone: tuple[str, ...]


class Deciders:
    """Searches for what decides rows, and remembers what it found for rows that are alike."""

    def __init__(self, packs: Sequence[Compiled], at_most: int = SEARCHES_AT_MOST) -> None:
        self.packs = list(packs)
        self.at_most = at_most
        plain = [one.pack for one in packs]
        coders = {name: Coder(classes_of(name, atoms)) for name, atoms in atoms_read(plain).items()}
        self.whole = {name: coder for name, coder in coders.items() if FIELDS[name].listing is None}
        self.items = {name: coder for name, coder in coders.items() if FIELDS[name].listing is not None}
        read = [one for pack in plain for clause in pack.clauses for one in conditions_read(clause, pack.matrices)]
        self.same = list(dict.fromkeys(one.field for one in read if isinstance(one, Same)))
        self.listings = columns_read(plain)[1]
        self.found: dict[bytes, _Found] = {}

    def decide(self, batch: Any, rows: NDArray[np.intp]) -> Iterator[Deciding | None]:
        """Yield what decides each of these rows, `None` for one that differs from all before it when enough were searched."""
        chosen = batch.take(pa.array(rows))
        names = [name for name in chosen.schema.names if name in self.listings]
        items = chosen.select(names).to_pylist() if names else [{}] * len(rows)
        for number, (pattern, listed) in enumerate(zip(self._patterns(chosen), items, strict=True)):
            called = {name: [str(one.get("name") or f"({at + 1})") for at, one in enumerate(listed.get(name) or ())] for name in names}
            if any(len(set(one)) < len(one) for one in called.values()):
                # Items of one name cannot be told apart by it, so what was found for one row fits no other.
                pattern += f"\0{called}".encode()
            known = self.found.get(pattern)
            if known is None:
                if len(self.found) >= self.at_most:
                    yield None
                    continue
                known = self.found[pattern] = self._search(chosen.slice(number, 1).to_pylist()[0], called)
            yield Deciding(tuple(_said(field, item, called) for field, item in known.slots), known.alone)

    def _search(self, row: dict[str, Any], called: dict[str, list[str]]) -> _Found:
        deployment = deployment_of_row(row)
        verdict = judge_deployment(deployment, self.packs)[0]

        def place(field: str, item: str | None) -> int | str | None:
            names = called.get(FIELDS[field].listing or "", []) if item is not None and field in FIELDS else []
            return names.index(item) if item in names else item

        slots = tuple((field, place(field, item)) for field, item in verdict.deciding.slots)
        return _Found(slots, deciding_alone(deployment, self.packs))

    def _patterns(self, batch: Any) -> list[bytes]:
        """Return what rows are told apart by: the codes of their own facts, then listing by listing those of their items."""
        columns = {name: batch.column(name) for name in batch.schema.names}
        count = batch.num_rows
        parts = [_bytes(self._codes(columns, self.whole, count), count)]
        for listing in self.listings:
            found = items_of(columns, count, listing)
            total = int(found.counts.sum())
            coders = {name: coder for name, coder in self.items.items() if FIELDS[name].listing == listing}
            codes = self._codes(found.columns, coders, total)
            for field in (one for one in self.same if FIELDS[one].listing == listing):
                array = found.columns.get(field, pa.nulls(total))
                numbers = Identities(field).numbers(array, found.columns.get(absent_column(field)))
                codes.append(_first_met(numbers, found.counts))
            each = _bytes(codes, total)
            ends = np.cumsum(found.counts)
            starts = ends - found.counts
            heads = [
                f"\0{number},{complete}\0".encode() for number, complete in zip(found.counts.tolist(), found.complete.tolist(), strict=True)
            ]
            parts.append([head + b"".join(each[start:end]) for head, start, end in zip(heads, starts.tolist(), ends.tolist(), strict=True)])
        return [b"".join(one) for one in zip(*parts, strict=True)]

    def _codes(self, columns: Any, coders: dict[str, Coder], count: int) -> list[NDArray[Any]]:
        return [
            coder.codes(columns[name] if name in columns else pa.nulls(count), columns.get(absent_column(name))).astype(np.uint32)
            for name, coder in coders.items()
        ]


def _bytes(codes: list[NDArray[Any]], count: int) -> list[bytes]:
    if not codes:
        return [b""] * count
    return [row.tobytes() for row in np.stack(codes, axis=1)]


def _first_met(numbers: NDArray[np.uint32], counts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the numbers of values in the order in which a row meets them; 0 and 1 (unknown and absent) stay."""
    made = np.empty_like(numbers)
    at = 0
    for count in counts.tolist():
        met: dict[int, int] = {0: 0, 1: 1}
        made[at : at + count] = [met.setdefault(one, len(met)) for one in numbers[at : at + count].tolist()]
        at += count
    return made


def _said(field: str, item: int | str | None, called: dict[str, list[str]]) -> str:
    if item is None:
        return field
    return f"{field} of {called[FIELDS[field].listing or ''][item] if isinstance(item, int) else item}"
