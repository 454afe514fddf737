"""The normal form of a fleet: one row a deployment, as every engine reads it.

In: a row as plain values. Out: the deployment it stands for, and back. The columns are

- `key`: the deployment's own key, a text;
- one column a field of the whole deployment, by its full name (`workload.release`); NULL is UNKNOWN and nothing else;
- `FIELD|absent`, true where the field is known not to be there (the value is NULL then); it may be missing when nothing is absent;
- one column a listing (`nodes`): a list of structs with `name`, the fields of the listing by full name, and their `|absent` columns;
- `LISTING|complete`, true where the list is known to be complete; a NULL list is a list of which nothing is known.

Names, texts, versions and dates (ISO) are texts, integers 64-bit integers, Booleans Booleans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from supportable.core.clauses import Pack, fields_read
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.facts import Absent, Fact, Known, Source, Value
from supportable.core.fields import FIELDS, LISTINGS

KEY = "key"


def absent_column(field: str) -> str:
    """Return the column that says where a field is known not to be there."""
    return f"{field}|absent"


def complete_column(listing: str) -> str:
    """Return the column that says where a listing is complete."""
    return f"{listing}|complete"


def columns_read(packs: Iterable[Pack]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fields, and the listings, that the clauses of these packs read, in the order of the catalogue of fields."""
    read = {name for pack in packs for clause in pack.clauses for name in fields_read(clause, pack.matrices)}
    fields = tuple(name for name in FIELDS if name in read)
    listings = tuple(name for name in LISTINGS if name in read or any(FIELDS[field].listing == name for field in fields))
    return fields, listings


def deployment_of_row(row: Mapping[str, Any], source: Source | None = None) -> Deployment:
    """Return the deployment that a row stands for; `source` is named as the source of each fact."""
    sources = (source,) if source is not None else ()
    listings = {}
    for name in LISTINGS:
        items, complete = row.get(name), row.get(complete_column(name)) is True
        if items is None and not complete:
            continue
        # Two items of one name are two items: a row says how many there are.
        made = tuple(_item(item, number, sources) for number, item in enumerate(items or ()))
        listings[name] = Listing(made, True, "", sources) if complete else Listing(made)
    facts = _facts(row, (name for name in FIELDS if FIELDS[name].listing is None), sources)
    return deployment_of(str(row[KEY]), facts, listings)


def _item(item: Mapping[str, Any], number: int, sources: tuple[Source, ...]) -> Item:
    facts = _facts(item, (name for name in FIELDS if FIELDS[name].listing is not None), sources)
    return Item(str(item.get("name") or f"({number + 1})"), facts, values_of(facts))


def _facts(row: Mapping[str, Any], names: Iterable[str], sources: tuple[Source, ...]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for name in names:
        value: Value | None = row.get(name)
        if value is not None:
            facts[name] = Known(value, sources)
        elif row.get(absent_column(name)) is True:
            facts[name] = Absent(sources)
    return facts


def row_of(deployment: Deployment) -> dict[str, Any]:
    """Return the row that stands for a deployment: only the columns it has something to say about.

    >>> row_of(deployment_of("a", {"cluster.service": Known("mscs"), "cluster.name": Absent()}))
    {'key': 'a', 'cluster.service': 'mscs', 'cluster.name|absent': True}
    """
    row: dict[str, Any] = {KEY: deployment.name, **_cells(deployment.facts)}
    for name, listing in deployment.listings.items():
        row[name] = [{"name": item.name, **_cells(item.facts)} for item in listing.items]
        row[complete_column(name)] = listing.complete
    return row


def _cells(facts: Mapping[str, Fact]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, fact in facts.items():
        match fact:
            case Known(value):
                cells[name] = value
            case Absent():
                cells[absent_column(name)] = True
            case _:
                pass
    return cells
