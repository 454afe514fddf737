"""A clause -> its mutants: the same clause with one thing wrong, for measuring whether its examples would notice.

Mutants change one literal to a neighbour, turn one operator, drop one part of an `all` or `any`, drop one value of a list,
swap `every` and `some`, change one cell of a matrix row, or drop a row. A mutant that no example tells apart is a gap in the examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack
from supportable.core.conditions import (
    All,
    Always,
    Any,
    Condition,
    Count,
    Every,
    InMatrix,
    Is,
    Matrix,
    Not,
    Order,
    Present,
    Row,
    Same,
    Some,
)
from supportable.core.dates import NO_DAY, day_from
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE, TRUE


class Mutant(NamedTuple):
    """A clause with one thing changed, the matrices it is to be judged with, and what was changed."""

    clause: Clause
    matrices: tuple[Matrix, ...]
    change: str


_TURNED = {
    "at_least": ("above", "at_most"),
    "at_most": ("below", "at_least"),
    "above": ("at_least", "below"),
    "below": ("at_most", "above"),
}


def mutants(clause: Clause, pack: Pack) -> Iterator[Mutant]:
    """Yield every mutant of a clause with a requirement, in a fixed order."""
    for changed, change in _conditions(clause.applies):
        yield Mutant(clause._replace(applies=changed), pack.matrices, f"applies: {change}")
    if clause.requires is None:
        return
    for changed, change in _conditions(clause.requires):
        yield Mutant(clause._replace(requires=changed), pack.matrices, f"requires: {change}")
    for name in _matrices_of(clause.requires):
        for number, matrix in enumerate(pack.matrices):
            if matrix.id == name:
                for changed_matrix, change in _of_matrix(matrix):
                    changed_all = (*pack.matrices[:number], changed_matrix, *pack.matrices[number + 1 :])
                    yield Mutant(clause, changed_all, f"matrix {name}: {change}")


def _matrices_of(condition: Condition) -> list[str]:
    match condition:
        case InMatrix(name):
            return [name]
        case All(parts) | Any(parts):
            return [name for part in parts for name in _matrices_of(part)]
        case Not(part) | Every(_, part) | Some(_, part):
            return _matrices_of(part)
        case _:
            return []


def _conditions(condition: Condition) -> Iterator[tuple[Condition, str]]:
    match condition:
        case Is(field, values):
            yield Not(condition), f"{field} negated"
            if len(values) > 1:
                for number, value in enumerate(values):
                    yield Is(field, values[:number] + values[number + 1 :]), f"{field} without {value}"
        case Order(field, operator, bound):
            for other in _TURNED[operator]:
                yield Order(field, other, bound), f"{field} {other} {bound}"
            yield Is(field, (bound,)), f"{field} exactly {bound}"
            for near in _neighbours(field, bound):
                yield Order(field, operator, near), f"{field} {operator} {near}"
        case Present() | Same() | InMatrix():
            yield Not(condition), "negated"
        case Count(listing, operator, bound):
            for other in _TURNED[operator]:
                yield Count(listing, other, bound), f"number of {listing} {other} {bound}"
            yield Count(listing, operator, bound + 1), f"number of {listing} {operator} {bound + 1}"
        case All(parts) | Any(parts):
            make = type(condition)
            for number, part in enumerate(parts):
                rest = parts[:number] + parts[number + 1 :]
                yield (make(rest) if rest else Always(TRUE if make is All else FALSE)), f"part {number + 1} dropped"
                for changed, change in _conditions(part):
                    yield make((*parts[:number], changed, *parts[number + 1 :])), change
        case Not(part):
            yield part, "negation dropped"
            for changed, change in _conditions(part):
                if changed != Not(part):
                    yield Not(changed), change
        case Every(listing, part, if_empty):
            yield Some(listing, part), f"some of {listing} instead of every"
            for changed, change in _conditions(part):
                yield Every(listing, changed, if_empty), change
        case Some(listing, part):
            yield Every(listing, part), f"every of {listing} instead of some"
            for changed, change in _conditions(part):
                yield Some(listing, changed), change
        case Always(truth):
            yield Always(TRUE if truth is FALSE else FALSE), "always and never swapped"


def _neighbours(field: str, bound: object) -> list[str | int]:
    kind = FIELDS[field]
    if kind.kind == "integer":
        return [int(str(bound)) + 1]
    for family in kind.families:
        if kind.kind == "name" and bound in family:
            place = family.index(str(bound))
            return [family[near] for near in (place - 1, place + 1) if 0 <= near < len(family)]
    return []


def _of_matrix(matrix: Matrix) -> Iterator[tuple[Matrix, str]]:
    for number, row in enumerate(matrix.rows):
        rest = (*matrix.rows[:number], *matrix.rows[number + 1 :])
        yield matrix._replace(rows=rest), f"row {row.id} dropped"
        for changed, change in _of_row(row):
            if not (changed.dates.published != row.dates.published and any(_hides(one, changed, row) for one in rest)):
                yield matrix._replace(rows=(*matrix.rows[:number], changed, *matrix.rows[number + 1 :])), f"row {row.id}: {change}"


def _hides(other: Row, changed: Row, row: Row) -> bool:
    """Whether another row says the same while a row that takes its place is known too early: no example could notice."""
    until = row.dates.until or NO_DAY
    earlier = (changed.dates.published or "") < (row.dates.published or "")
    same = (other.cells, other.listed, other.dates.since) == (row.cells, row.listed, row.dates.since)
    return earlier and same and other.dates.withdrawn == row.dates.published and (other.dates.until or NO_DAY) <= until


def _of_row(row: Row) -> Iterator[tuple[Row, str]]:
    for name, day in row.dates._asdict().items():
        if day is not None:
            for days, words in ((-1, "a day earlier"), (1, "a day later")):
                yield row._replace(dates=row.dates._replace(**{name: day_from(day, days)})), f"`{name}` {words}"
    for number, cell in enumerate(row.cells):
        if cell is None:
            continue
        cells: tuple[Is | Order | Present | None, ...] = (*row.cells[:number], None, *row.cells[number + 1 :])
        yield row._replace(cells=cells), f"{cell.field} left open"
        for changed, change in _conditions(cell):
            if isinstance(changed, Is | Order | Present):
                yield row._replace(cells=(*row.cells[:number], changed, *row.cells[number + 1 :])), change
