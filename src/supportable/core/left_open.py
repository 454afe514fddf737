"""What documents leave open whatever becomes known, read both ways: once in favour of a deployment, once against it.

In: clauses with the tables they ask, and the facts of which no document says what they mean. Out: two readings of each clause that
leaves something open. Under the lenient one what is open holds, and makes no clause apply; under the strict one it does not, and makes
every clause apply. Neither leaves anything open: what is unknown of a reading is unknown for want of a fact.
With all facts known, the best end of a verdict is the level of the lenient reading, and the worst that of the strict one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from supportable.core.clauses import Clause, conditions_read
from supportable.core.conditions import All, Always, Any, Condition, Every, InMatrix, Is, Matrix, Not, Order, Some
from supportable.core.deployment import Deployment
from supportable.core.facts import Known, Value
from supportable.core.fields import FIELDS
from supportable.core.truth import Truth


class Odd(NamedTuple):
    """Facts that are known and open to conditions: values that their field cannot order, and listings known to be empty."""

    unordered: Mapping[str, tuple[Value, ...]]
    empty: frozenset[str]


class Readings(NamedTuple):
    """Clauses that leave nothing open, the others in both readings, and the tables that all of them ask."""

    alike: tuple[Clause, ...]
    lenient: tuple[Clause, ...]
    strict: tuple[Clause, ...]
    matrices: tuple[Matrix, ...]


def odd_facts(
    clauses: Iterable[Clause], matrices: tuple[Matrix, ...], values: Callable[[str], Iterable[Value]], is_empty: Callable[[str], bool]
) -> Odd:
    """Return the facts that a condition of these clauses leaves open though they are known.

    `values` gives the known values of a field, `is_empty` says whether a listing is known to be empty.
    """
    conditions = {condition for clause in clauses for condition in conditions_read(clause, matrices)}
    ordered = {one.field for one in conditions if isinstance(one, Order) and FIELDS[one.field].kind in ("name", "version")}
    asked = {one.listing for one in conditions if isinstance(one, Every) and one.if_empty is Truth.UNKNOWN}
    unordered = ((field, [value for value in values(field) if FIELDS[field].order_key(value) is None]) for field in sorted(ordered))
    return Odd({field: tuple(dict.fromkeys(found)) for field, found in unordered if found}, frozenset(filter(is_empty, asked)))


def odd_facts_of(deployment: Deployment, clauses: Iterable[Clause], matrices: tuple[Matrix, ...]) -> Odd:
    """Return those of one deployment."""

    def values(field: str) -> Iterator[Value]:
        listing = FIELDS[field].listing
        facts = [deployment.fact(field)] if listing is None else [item.fact(field) for item in deployment.listing(listing).items]
        yield from (fact.value for fact in facts if isinstance(fact, Known))

    def is_empty(name: str) -> bool:
        listing = deployment.listing(name)
        return listing.complete and not listing.items

    return odd_facts(clauses, matrices, values, is_empty)


def read_both_ways(clauses: Iterable[Clause], matrices: tuple[Matrix, ...], odd: Odd) -> Readings:
    """Return the readings of requirements."""
    tables = {one.id: one for one in matrices}
    lenient, strict = _Reading(tables, odd, True), _Reading(tables, odd, False)
    alike: list[Clause] = []
    both: list[tuple[Clause, Clause]] = []
    for clause in clauses:
        one, other = lenient.clause(clause), strict.clause(clause)
        if one == other:
            alike.append(clause)
        else:
            both.append((one, other))
    made = (*matrices, *lenient.made.values(), *strict.made.values())
    return Readings(tuple(alike), tuple(one for one, _ in both), tuple(other for _, other in both), made)


class _Reading:
    """Reads conditions one way; `made` are the tables that are others in this reading."""

    def __init__(self, tables: Mapping[str, Matrix], odd: Odd, lenient: bool) -> None:
        self.tables, self.odd, self.lenient = tables, odd, lenient
        self.made: dict[str, Matrix] = {}

    def clause(self, clause: Clause) -> Clause:
        """Return the clause in this reading: leniently, what is open does not apply and holds."""
        requires = None if clause.requires is None else self.condition(clause.requires, self.lenient)
        return clause._replace(applies=self.condition(clause.applies, not self.lenient), requires=requires)

    def condition(self, condition: Condition, true: bool) -> Condition:
        """Return the condition with what is open in it made true, or false."""
        match condition:
            case Always(Truth.UNKNOWN):
                return Always(_truth(true))
            case All(parts) | Any(parts):
                return type(condition)(tuple(self.condition(part, true) for part in parts))
            case Not(part):
                return Not(self.condition(part, not true))
            case Every(listing, part, if_empty):
                is_open = if_empty is Truth.UNKNOWN and listing in self.odd.empty
                return Every(listing, self.condition(part, true), _truth(true) if is_open else if_empty)
            case Some(listing, part):
                return Some(listing, self.condition(part, true))
            case Order(field) if field in self.odd.unordered:
                unordered = Is(field, self.odd.unordered[field])
                return Any((condition, unordered)) if true else All((condition, Not(unordered)))
            case InMatrix(name):
                return self._in_matrix(self.tables[name], true)
            case _:
                return condition

    def _in_matrix(self, table: Matrix, true: bool) -> Condition:
        cells = [cell for row in table.rows for cell in row.cells if cell is not None]
        if any(isinstance(cell, Order) and cell.field in self.odd.unordered for cell in cells):
            # A cell is one condition on one field, so the table is written out.
            rows = [(row.listed, All(tuple(cell for cell in row.cells if cell is not None))) for row in table.rows]
            listed = Any((Always(table.unlisted), *(row for is_listed, row in rows if is_listed)))
            return self.condition(All((listed, Not(Any(tuple(row for is_listed, row in rows if not is_listed))))), true)
        if table.unlisted is not Truth.UNKNOWN:
            return InMatrix(table.id)
        name = f"{table.id}, {'open' if true else 'closed'}"
        self.made.setdefault(name, table._replace(id=name, unlisted=_truth(true)))
        return InMatrix(name)


def _truth(true: bool) -> Truth:
    return Truth.TRUE if true else Truth.FALSE
