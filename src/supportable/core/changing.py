"""What can be changed about a deployment, by which work, and what it costs: the model that plans are made by.

In: nothing (values; `parse_changing` reads them from a file). Out: `Model`. What one would get wrong: prices are estimates of ours or
of the user, never a vendor's; a field without a move is given, and can only be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from supportable.core.conditions import Condition
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS


class Price(NamedTuple):
    """What work costs, each in points of 0 or more: hours of people, interruption, what may go wrong, money."""

    effort: int = 0
    downtime: int = 0
    risk: int = 0
    licence: int = 0

    def plus(self, other: Price) -> Price:
        return Price(*(one + two for one, two in zip(self, other, strict=True)))

    def times(self, number: int) -> Price:
        return Price(*(one * number for one in self))


class Work(NamedTuple):
    """A kind of work: in words, its price, and what each further release or value on the way adds.

    `takes_node_out`: a node on which it is done leaves the cluster for it.
    """

    name: str
    says: str
    price: Price
    further: Price = Price()
    takes_node_out: bool = False


class Move(NamedTuple):
    """How a field can be changed: by which work, in which direction, to which values (all when `None`).

    `resets` are the fields that the same work sets anew, so that they can take any value at no further price. `records` is the change of
    the catalogue that the work is, where it plainly is one. `after` are the fields whose work is done before, where both are done: what a
    validation run says is true only of what it ran on.
    """

    field: str
    work: str
    later: bool = False
    to: tuple[Value | _Absent, ...] | None = None
    resets: tuple[str, ...] = ()
    does: str = ""
    records: str = ""
    after: tuple[str, ...] = ()


class Rule(NamedTuple):
    """What goes together whatever a policy says: where `applies` holds, `requires` is not false. `why` names who says so.

    `before`: only on days before this one (ISO).
    """

    id: str
    applies: Condition
    requires: Condition
    why: str
    before: str = ""


class Model(NamedTuple):
    """Kinds of work, moves by field, how much each part of a price weighs, and what goes together.

    `given` has the reason why a field cannot be changed, by field. `first` are the fields that say what a deployment is: a plan counts on
    none of them to turn out somehow. `usual` has, by field, the values that a plan may count on where nobody looked; any other is dearer.
    `released` has the days from which on a value can be had; `not_yet` are those that no plan counts on, for `on` was not their day.
    """

    work: Mapping[str, Work]
    moves: Mapping[str, Move]
    given: Mapping[str, str]
    weights: Price
    name: str = "default"
    rules: tuple[Rule, ...] = ()
    first: tuple[str, ...] = ()
    usual: Mapping[str, tuple[Value | _Absent, ...]] = MappingProxyType({})
    released: Mapping[str, Mapping[Value, str]] = MappingProxyType({})
    not_yet: Mapping[str, frozenset[Value]] = MappingProxyType({})

    def cost(self, price: Price) -> int:
        """Return a price as one number, which is what plans make small."""
        return sum(one * weight for one, weight in zip(price, self.weights, strict=True))

    def on(self, day: str) -> Model:
        """Return the model of a day (ISO): what is released later cannot be had, and rules of days before it are over."""
        later = {field: frozenset(one for one, since in days.items() if since > day) for field, days in self.released.items()}
        return self._replace(not_yet=later, rules=tuple(one for one in self.rules if not one.before or day < one.before))

    @property
    def look(self) -> Price:
        return self.work[LOOK].price

    def is_unusual(self, field: str, value: Value | _Absent) -> bool:
        """Whether a plan that counts on this value of a field that nobody looked at counts on what is unusual."""
        return value not in self.usual.get(field, (value,))

    def looking(self, field: str, value: Value | _Absent) -> Price:
        """Return the price of looking at a field and counting on a value."""
        return self.look.plus(self.work[UNUSUAL].price) if self.is_unusual(field, value) else self.look

    def price(self, move: Move, old: Value | _Absent | None, new: Value | _Absent) -> Price:
        """Return the price of a move from one value to another; `None` is an unknown one."""
        work = self.work[move.work]
        return work.price.plus(work.further.times(max(0, steps(move.field, old, new) - 1)))


LOOK = "look"
"""The kind of work that finds out a fact."""

UNUSUAL = "unusual"
"""What it costs beside looking to count on a value that is not usual."""


def steps(field: str, old: Value | _Absent | None, new: Value | _Absent) -> int:
    """Return how far a value is from another: values of its family on the way, the new one counted; for a number, the difference.

    1 where that means nothing; at most `STEPS_MAX`.
    """
    if old is None or old is ABSENT or new is ABSENT or field in LISTINGS:
        return 1
    kind = FIELDS[field]
    if kind.kind == "integer":
        return min(STEPS_MAX, abs(int(new) - int(old)))
    same = family(field, old)
    if same is None or same != family(field, new):
        return 1
    return abs(kind.values.index(str(new)) - kind.values.index(str(old)))


STEPS_MAX = 10


def family(field: str, value: Value | _Absent) -> object:
    """Return the family of a name that is in an order, as Windows Server or RHEL, `None` of any other value."""
    kind = FIELDS[field]
    key = kind.order_key(value) if kind.kind == "name" and kind.ordered and value is not ABSENT else None
    return key[0] if isinstance(key, tuple) else None


def reaches(move: Move, old: Value | _Absent | None, new: Value | _Absent) -> bool:
    """Return whether a move leads from one value to another."""
    if move.to is not None and new not in move.to:
        return False
    if not move.later or old is None or old is ABSENT:
        return True
    if new is ABSENT:
        return False
    field = FIELDS[move.field]
    one, other = field.order_key(old), field.order_key(new)
    if one is None or other is None:
        return False
    if field.kind == "name" and one[0] != other[0]:  # type: ignore[index]
        return False
    return bool(other > one)  # type: ignore[operator]
