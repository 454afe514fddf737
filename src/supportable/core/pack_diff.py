"""Two packs -> what was added, removed and changed from one to the other: documents, tiers, clauses, tables and their rows.

In: packs. Out: changes in the order of the new pack, what was removed last, each with the parts that differ. What one would get wrong:
these are differences of what is written; what they mean for a deployment is said by `pack_effects`. Examples are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from supportable.core.clauses import Clause, Pack
from supportable.core.conditions import Matrix, Row
from supportable.core.dates import UNDATED

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

MEANING = ("kind", "applies", "requires", "caps", "yields_to", "dates")
"""The parts of a clause that can change a verdict."""


class Part(NamedTuple):
    """One part that differs: its name as a pack file writes it, what it was and what it is."""

    name: str
    before: object
    after: object


class Change(NamedTuple):
    """One thing that was added, removed or changed: `what` is pack, tier, document, clause, table or row."""

    what: str
    id: str
    how: str
    parts: tuple[Part, ...] = ()

    @property
    def means(self) -> bool:
        """Whether a part changed that can change a verdict."""
        return self.how != CHANGED or any(part.name in MEANING for part in self.parts)


class _Named(Protocol):
    def _asdict(self) -> dict[str, object]: ...


def pack_changes(before: Pack, after: Pack) -> list[Change]:
    """Return all changes, in a fixed order."""
    found: list[Change] = []
    head = [Part(name, getattr(before, name), getattr(after, name)) for name in ("id", "issuer", "subject", "revision")]
    differing = tuple(part for part in head if part.before != part.after)
    found += [Change("pack", after.id, CHANGED, differing)] if differing else []
    found += _of_all("tier", {one.id: one for one in before.tiers}, {one.id: one for one in after.tiers})
    order = [one.id for one in before.tiers], [one.id for one in after.tiers]
    if sorted(order[0]) == sorted(order[1]) and order[0] != order[1]:
        found.append(Change("pack", after.id, CHANGED, (Part("order of tiers", *order),)))
    found += _of_all("document", {one.id: one for one in before.documents}, {one.id: one for one in after.documents})
    found += _clauses(before, after)
    found += _tables(before, after)
    return found


def _of_all(what: str, before: Mapping[str, _Named], after: Mapping[str, _Named]) -> Iterator[Change]:
    for name, new in after.items():
        if name not in before:
            yield Change(what, name, ADDED)
            continue
        old = before[name]._asdict()
        parts = tuple(Part(key, old.get(key), value) for key, value in new._asdict().items() if old.get(key) != value)
        if parts:
            yield Change(what, name, CHANGED, parts)
    yield from (Change(what, name, REMOVED) for name in before if name not in after)


_OF_THE_CITATION = ("document", "section", "words", "sentences")


def _clauses(before: Pack, after: Pack) -> Iterator[Change]:
    old = {one.id: _Flat(_parts_of(one)) for one in before.clauses}
    new = {one.id: _Flat(_parts_of(one)) for one in after.clauses}
    yield from _of_all("clause", old, new)


class _Flat:
    """The parts of a clause by name, as `_of_all` compares them."""

    def __init__(self, parts: dict[str, object]) -> None:
        self.parts = parts

    def _asdict(self) -> dict[str, object]:
        return self.parts


def _parts_of(clause: Clause) -> dict[str, object]:
    parts = {key: value for key, value in clause._asdict().items() if key not in ("id", "place", "digest", "examples", "citation")}
    return parts | {key: getattr(clause.citation, key) for key in _OF_THE_CITATION}


def _tables(before: Pack, after: Pack) -> Iterator[Change]:
    old, new = ({one.id: one for one in pack.matrices} for pack in (before, after))
    for name, table in new.items():
        if name not in old:
            yield Change("table", name, ADDED)
            continue
        parts = [Part(key, getattr(old[name], key), getattr(table, key)) for key in ("columns", "unlisted")]
        differing = tuple(part for part in parts if part.before != part.after)
        if differing:
            yield Change("table", name, CHANGED, differing)
        rows = {row.id: _row_of(row, old[name]) for row in old[name].rows}, {row.id: _row_of(row, table) for row in table.rows}
        for change in _of_all("row", *rows):
            # A row has no sentence that tells it; its cells do.
            cells = rows[change.how == ADDED].get(change.id) if change.how != CHANGED else None
            known = [(key, value) for key, value in (cells.parts if cells else {}).items() if value is not None and value != UNDATED]
            whole = tuple(Part(key, *((None, value) if change.how == ADDED else (value, None))) for key, value in known)
            yield change._replace(id=f"{name}#{change.id}", parts=change.parts or whole)
    yield from (Change("table", name, REMOVED) for name in old if name not in new)


def _row_of(row: Row, table: Matrix) -> _Flat:
    return _Flat({**dict(zip(table.columns, row.cells, strict=True)), "listed": row.listed, "dates": row.dates})
