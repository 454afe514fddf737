"""The condition tree: a closed set of nodes that every evaluator, printer and planner handles by `match`.

A condition is about the facts of a deployment, or of one item of a listing below `Every` and `Some`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Union

from supportable.core.dates import UNDATED, Dates
from supportable.core.facts import ABSENT, Value, _Absent, of_its_kind
from supportable.core.fields import FIELDS
from supportable.core.truth import Truth


@of_its_kind
class Always(NamedTuple):
    """A condition that reads nothing: `always` or `never`."""

    truth: Truth


@of_its_kind
class Is(NamedTuple):
    """The field has one of these values; `ABSENT` among them stands for `none`. An absent field equals nothing else."""

    field: str
    values: tuple[Value | _Absent, ...]


@of_its_kind
class Order(NamedTuple):
    """The field is `at_least`, `at_most`, `above` or `below` the bound. An absent field, or one of another family, is not."""

    field: str
    operator: str
    bound: Value


@of_its_kind
class Present(NamedTuple):
    """The field has a value at all."""

    field: str


@of_its_kind
class All(NamedTuple):
    """Every part holds."""

    parts: tuple[Condition, ...]


@of_its_kind
class Any(NamedTuple):
    """At least one part holds."""

    parts: tuple[Condition, ...]


@of_its_kind
class Not(NamedTuple):
    """The part does not hold."""

    part: Condition


@of_its_kind
class Every(NamedTuple):
    """The part holds for every item; `if_empty` is the truth over a complete empty listing."""

    listing: str
    part: Condition
    if_empty: Truth = Truth.UNKNOWN


@of_its_kind
class Some(NamedTuple):
    """The part holds for at least one item."""

    listing: str
    part: Condition


@of_its_kind
class Same(NamedTuple):
    """All items of the field's listing have the same value; an absent value is a value of its own."""

    field: str


@of_its_kind
class Count(NamedTuple):
    """The listing has `at_least`, `at_most`, `above` or `below` so many items."""

    listing: str
    operator: str
    bound: int


@of_its_kind
class InMatrix(NamedTuple):
    """A row of the matrix lists this combination."""

    matrix: str


Condition = Union[Always, Is, Order, Present, All, Any, Not, Every, Some, Same, Count, InMatrix]  # noqa: UP007 - forward references

OPERATORS = ("at_least", "at_most", "above", "below")


class Row(NamedTuple):
    """One row: one cell a column, `None` where the row says nothing. `listed` is false for a combination that is ruled out.

    `over`: the row listed its combination until the last of its days, and rules it out now.
    """

    id: str
    cells: tuple[Is | Order | Present | None, ...]
    listed: bool = True
    dates: Dates = UNDATED
    over: bool = False


class Matrix(NamedTuple):
    """A published table. `unlisted` is the truth for what no row mentions: FALSE a closed list, TRUE an open one.

    `lapses`: after its last day a row says nothing, and what it listed is as unlisted as the rest; by default it rules that out.
    `ended` are rows that have lapsed on the day the table stands for; they are only shown.
    """

    id: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unlisted: Truth
    lapses: bool = False
    ended: tuple[Row, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether what the table says depends on the day."""
        return any(row.dates != UNDATED for row in self.rows)

    def on(self, as_of: str, known: str) -> Matrix:
        """Return the table as it stands for the day `as_of`, by what was known on `known`.

        A row that is not known yet, or not in force yet, is not there. What a row listed until a day that has passed is ruled out
        from then on, unless rows lapse; a row that ruled something out until then is gone.
        """
        if not self.dated:
            return self
        begun = [row for row in self.rows if row.dates.known_on(known) and row.dates.begun_by(as_of)]
        over = [row for row in begun if row.dates.over_by(as_of)]
        ended = tuple(row._replace(listed=False, over=True) for row in over if row.listed)
        rows = (
            row._replace(listed=False, over=True) if row in over else row
            for row in begun
            if row not in over or (row.listed and not self.lapses)
        )
        return self._replace(rows=tuple(rows), ended=ended if self.lapses else ())


def compare(operator: str, left: object, right: object) -> bool:
    """Apply an ordering operator to two order keys of one kind."""
    if operator == "at_least":
        return bool(left >= right)  # type: ignore[operator]
    if operator == "at_most":
        return bool(left <= right)  # type: ignore[operator]
    if operator == "above":
        return bool(left > right)  # type: ignore[operator]
    return bool(left < right)  # type: ignore[operator]


def holds(atom: Is | Order | Present, value: Value | _Absent) -> Truth:
    """Return the truth of a one-field condition for a field that is known or absent.

    UNKNOWN only for an ordering of a value that its field cannot order (a text without a version, a name that it does not list).
    """
    match atom:
        case Is():
            return Truth.TRUE if value in atom.values else Truth.FALSE
        case Present():
            return Truth.FALSE if value is ABSENT else Truth.TRUE
        case Order():
            if value is ABSENT:
                return Truth.FALSE
            field = FIELDS[atom.field]
            left, right = field.order_key(value), field.order_key(atom.bound)
            if left is None or right is None:
                return Truth.UNKNOWN
            if field.kind == "name" and left[0] != right[0]:  # type: ignore[index]
                return Truth.FALSE
            return Truth.TRUE if compare(atom.operator, left, right) else Truth.FALSE


def shared(condition: Condition, known: dict[Condition, Condition]) -> Condition:
    """Return the condition with equal parts made one object, over all conditions that are given the same `known`."""
    match condition:
        case All(parts) | Any(parts):
            condition = type(condition)(tuple(shared(part, known) for part in parts))
        case Not(part):
            condition = Not(shared(part, known))
        case Every() | Some():
            condition = condition._replace(part=shared(condition.part, known))
        case _:
            pass
    return known.setdefault(condition, condition)


def conjuncts(condition: Condition) -> list[Condition]:
    """Return the parts that all must hold, down through every `all`."""
    return [one for part in condition.parts for one in conjuncts(part)] if isinstance(condition, All) else [condition]


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield the condition and everything below it."""
    yield condition
    match condition:
        case All() | Any():
            for part in condition.parts:
                yield from walk(part)
        case Not() | Every() | Some():
            yield from walk(condition.part)
        case _:
            pass
