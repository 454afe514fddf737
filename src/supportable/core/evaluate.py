"""The reference evaluator: condition x deployment -> truth and the facts that show it. This is the specification.

Every other evaluator is checked against it. The facts reported are the ones the truth rests on: for FALSE of an `all`
only the parts that are FALSE, for UNKNOWN the parts that are UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

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
    Same,
    Some,
    compare,
    holds,
)
from supportable.core.deployment import Deployment, Item, Listing
from supportable.core.facts import ABSENT, Absent, Fact, Known, Unknown
from supportable.core.facts import Read as Read
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth, all_of, any_of, negate, truth_of


class Evaluation(NamedTuple):
    """A truth and the facts it rests on, each once, in the order read."""

    truth: Truth
    reads: tuple[Read, ...]

    @property
    def missing(self) -> tuple[Read, ...]:
        return tuple(read for read in self.reads if isinstance(read.fact, Unknown))


Below = Callable[[Condition, Item | None], Evaluation]


def evaluate(
    condition: Condition, deployment: Deployment, matrices: Mapping[str, Matrix], item: Item | None = None, below: Below | None = None
) -> Evaluation:
    """Return the truth of `condition`; below a listing, `item` is the item in question.

    `below` evaluates the parts of a condition; it is this function unless somebody remembers what was evaluated before.
    """
    parts_by: Below = below or (lambda part, one: evaluate(part, deployment, matrices, one))
    match condition:
        case Always(truth):
            return Evaluation(truth, ())
        case Is() | Order() | Present():
            return _atom(condition, deployment, item)
        case All(parts):
            return _joined(all_of, [parts_by(part, item) for part in parts])
        case Any(parts):
            return _joined(any_of, [parts_by(part, item) for part in parts])
        case Not(part):
            inner = parts_by(part, item)
            return Evaluation(negate(inner.truth), inner.reads)
        case Every(listing, part, if_empty):
            found = deployment.listing(listing)
            if found.complete and not found.items:
                return Evaluation(if_empty, (Read(listing, None, Known(0, found.sources)),))
            each = [parts_by(part, one) for one in found.items]
            return _joined(all_of, [*each, _completeness(listing, found, TRUE)])
        case Some(listing, part):
            found = deployment.listing(listing)
            each = [parts_by(part, one) for one in found.items]
            return _joined(any_of, [*each, _completeness(listing, found, FALSE)])
        case Same(name):
            return _same(name, deployment)
        case Count(listing, operator, bound):
            return _count(listing, operator, bound, deployment.listing(listing))
        case InMatrix(name):
            return _in_matrix(matrices[name], deployment, item)


def _atom(atom: Is | Order | Present, deployment: Deployment, item: Item | None) -> Evaluation:
    of_item = item is not None and FIELDS[atom.field].listing is not None
    fact = item.fact(atom.field) if item is not None and of_item else deployment.fact(atom.field)
    read = Read(atom.field, item.name if item is not None and of_item else None, fact)
    match fact:
        case Known(value):
            return Evaluation(holds(atom, value), (read,))
        case Absent():
            return Evaluation(holds(atom, ABSENT), (read,))
        case Unknown():
            return Evaluation(UNKNOWN, (read,))


def _joined(join: object, parts: list[Evaluation]) -> Evaluation:
    """Join the parts; the result rests on the parts that have its truth (on all of them for an empty join)."""
    truth: Truth = join(part.truth for part in parts)  # type: ignore[operator]
    return Evaluation(truth, _once(read for part in parts if part.truth is truth for read in part.reads))


def _once(reads: Iterable[Read]) -> tuple[Read, ...]:
    return tuple(dict.fromkeys(reads))


def _completeness(listing: str, found: Listing, neutral: Truth) -> Evaluation:
    if found.complete:
        return Evaluation(neutral, (Read(listing, None, Known(len(found.items), found.sources)),))
    return Evaluation(UNKNOWN, (Read(listing, None, Unknown(f"the list of {listing} is not complete: {found.reason}", found.sources)),))


def _same(name: str, deployment: Deployment) -> Evaluation:
    listing = FIELDS[name].listing or ""
    found = deployment.listing(listing)
    reads = [Read(name, one.name, one.fact(name)) for one in found.items]
    keys = {_same_key(name, read.fact) for read in reads if not isinstance(read.fact, Unknown)}
    if len(keys) > 1:
        return Evaluation(FALSE, tuple(read for read in reads if not isinstance(read.fact, Unknown)))
    unknown = [read for read in reads if isinstance(read.fact, Unknown)]
    whole = _completeness(listing, found, TRUE)
    if whole.truth is TRUE and len(found.items) < 2:
        return Evaluation(TRUE, (*whole.reads, *(read for read in reads if not isinstance(read.fact, Unknown))))
    if unknown or whole.truth is UNKNOWN:
        return Evaluation(UNKNOWN, (*unknown, *(whole.reads if whole.truth is UNKNOWN else ())))
    return Evaluation(TRUE, (*reads, *whole.reads))


def _same_key(name: str, fact: Fact) -> object:
    if isinstance(fact, Known):
        return FIELDS[name].order_key(fact.value) if FIELDS[name].kind == "version" else fact.value
    return ABSENT


def _count(listing: str, operator: str, bound: int, found: Listing) -> Evaluation:
    whole = _completeness(listing, found, TRUE)
    if found.complete:
        return Evaluation(truth_of(compare(operator, len(found.items), bound)), whole.reads)
    # More items can only appear: a lower bound that is reached stays reached, an upper bound that is passed stays passed.
    now, later = compare(operator, len(found.items), bound), compare(operator, len(found.items) + bound + 1, bound)
    if now is later:
        return Evaluation(truth_of(now), (Read(listing, None, Known(len(found.items), found.sources)),))
    return whole


def _in_matrix(matrix: Matrix, deployment: Deployment, item: Item | None) -> Evaluation:
    """Return "no row rules it out, and a row lists it or the table is open"."""
    listed: list[Evaluation] = []
    ruled_out: list[Evaluation] = []
    for row in matrix.rows:
        cells = [_atom(cell, deployment, item) for cell in row.cells if cell is not None]
        (listed if row.listed else ruled_out).append(_joined(all_of, cells))
    in_list = _joined(any_of, [*listed, Evaluation(matrix.unlisted, ())])
    out = _joined(any_of, ruled_out)
    return _joined(all_of, [in_list, Evaluation(negate(out.truth), out.reads)])
