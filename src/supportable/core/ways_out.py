"""The packs of an issuer on a day -> for which products no deployment at all reaches the best tier, and which clauses stand in the way.

In: packs as `select` gives them. Out: one flaw a value of a main field (a product with its release, a cluster service, the operating
system of a node), and the values for which the search came to its bound. What one would get wrong: where no requirement can apply
the documents say nothing, which is no dead end; such values are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack, conditions_read
from supportable.core.conditions import All, Any, Condition, Is, Matrix, Order
from supportable.core.deciding import Slot
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.flaws import NOTE, Flaw
from supportable.core.witnesses import Question, Witness, withstood

WAYS_MAX = 4_000
"""How many partial combinations of facts the search for one value looks at."""

PRODUCT, RELEASE = "workload.product", "workload.release"
SINGLE = ("cluster.service", "nodes.os.release")
"""Beside a product with its release, the fields of which each value is looked at."""

Start = Mapping[Slot, Value | _Absent]


class WaysOut(NamedTuple):
    """The values without a supported way out, how many values were looked at, and those whose search came to its bound.

    `flaws` has one for all values of a field that the same clauses stand in the way of; `stuck` has the facts of each value.
    """

    flaws: tuple[Flaw, ...]
    stuck: tuple[Witness, ...]
    looked_at: int
    unfinished: tuple[str, ...]


def ways_out(packs: Sequence[Pack], day: str, limit: int = WAYS_MAX) -> WaysOut:
    """Return the values of the main fields for which no combination of all other facts meets every requirement of the issuer."""
    requirements = [(one, pack) for pack in packs for one in pack.clauses if one.kind == "requirement"]
    matrices = tuple({table.id: table for pack in packs for table in pack.matrices}.values())
    speaking = Question([Any(tuple(one.applies for one, _ in requirements))], matrices)
    every = Question([*speaking.conditions, *(withstood(one) for one, _ in requirements)], matrices)
    found: dict[tuple[object, ...], tuple[list[Start], list[Clause]]] = {}
    unfinished: list[str] = []
    looked_at = 0
    for start in starts(requirements):
        if speaking.ask(start, limit, smallest=False).witness is None:
            continue
        looked_at += 1
        search = every.ask(start, limit, smallest=False)
        if search.witness is not None:
            continue
        if not search.whole:
            unfinished.append(in_words(start))
            continue
        against = [requirements[number - 1][0] for number in search.against if number]
        core = _core(against, speaking.conditions, matrices, start, limit)
        key = tuple(start), start.get((PRODUCT, None)) if (RELEASE, None) in start else None
        found.setdefault((*key, *(one.id for one in core)), ([], core))[0].append(start)
    flaws = (_flaw(packs[0].issuer, alike, core, day) for alike, core in found.values())
    stuck = tuple(shown(start) for alike, _ in found.values() for start in alike)
    return WaysOut(tuple(flaws), stuck, looked_at, tuple(unfinished))


def _flaw(issuer: str, alike: Sequence[Start], core: Sequence[Clause], day: str) -> Flaw:
    others = [_value(list(start.values())[-1]) for start in alike[1:]]
    values = ", ".join([in_words(alike[0]), *others])
    message = f"{issuer}: no deployment with {values} reaches the best tier on {day}"
    return Flaw(NOTE, "no way out", message, _HINT, core[0].place if core else None, tuple(one.id for one in core), shown(alike[0]))


_HINT = "right where the issuer has ended support; otherwise look at the clauses named"


def _core(against: Sequence[Clause], also: Sequence[Condition], matrices: Sequence[Matrix], start: Start, limit: int) -> list[Clause]:
    """Return clauses that together leave no way out, none of them needless."""
    kept = list(against)
    for one in against:
        fewer = [other for other in kept if other is not one]
        if Question([*also, *map(withstood, fewer)], matrices).ask(start, limit, smallest=False).impossible:
            kept = fewer
    return kept


def starts(requirements: Sequence[tuple[Clause, Pack]]) -> Iterator[Start]:
    """Yield the facts to start from: products with their releases, then each value of the other main fields."""
    for product, releases in _products(requirements).items():
        for release in releases or (None,):
            yield {(PRODUCT, None): product, **({(RELEASE, None): release} if release is not None else {})}
    read = {cell.field for one, pack in requirements for cell in conditions_read(one, pack.matrices) if isinstance(cell, Is | Order)}
    for field in SINGLE:
        for value in FIELDS[field].values if field in read else ():
            listing = FIELDS[field].listing
            # However many items there are, all have the value.
            yield {(field, None): value} if listing is None else {(field, "1"): value, (field, "2"): value}


def _products(requirements: Sequence[tuple[Clause, Pack]]) -> dict[Value, tuple[Value, ...]]:
    """Return the products that requirements name, each with the releases of the families that are asked about beside it."""
    found: dict[Value, dict[Value, None]] = {}
    for clause, pack in requirements:
        products = _named(clause.applies)
        families = [
            family
            for atom in conditions_read(clause, pack.matrices)
            if isinstance(atom, Is | Order) and atom.field == RELEASE
            for value in (atom.values if isinstance(atom, Is) else (atom.bound,))
            for family in FIELDS[RELEASE].families
            if value in family
        ]
        for product in products:
            found.setdefault(product, {}).update(dict.fromkeys(value for family in families for value in family))
    return {product: tuple(releases) for product, releases in found.items()}


def _named(condition: Condition) -> tuple[Value, ...]:
    match condition:
        case All(parts):
            return next((named for named in map(_named, parts) if named), ())
        case Is(field, values) if field == PRODUCT:
            return tuple(value for value in values if value is not ABSENT)
        case _:
            return ()


def shown(start: Start) -> Witness:
    """Return the facts to start from with the number of items they are of."""
    listings = dict.fromkeys(FIELDS[field].listing for field, _ in start)
    sizes: Witness = tuple(((one, None), 2) for one in listings if one is not None)
    return (*sizes, *start.items())


def in_words(start: Start) -> str:
    named = dict.fromkeys((field, value) for (field, _), value in start.items())
    return ", ".join(f"`{field}` {_value(value)}" for field, value in named)


def _value(value: Value | _Absent) -> str:
    return "none" if value is ABSENT else str(value)
