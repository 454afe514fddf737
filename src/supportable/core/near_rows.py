"""A clause that a table refuses x a deployment -> the rows that come nearest, with the one cell in which they differ.

In: a clause and tables as `select` left them, for a finding that does not hold. Out: rows of which every cell but one surely matches.
A near row is shown and never accepted: an almost right firmware is a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from supportable.core.clauses import Clause
from supportable.core.conditions import All, Any, Condition, Every, InMatrix, Is, Matrix, Order, Present, Row, Some
from supportable.core.deployment import Deployment, Item
from supportable.core.evaluate import evaluate
from supportable.core.facts import Fact
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE, TRUE

ROWS_MAX = 2
"""So many rows of a table are shown for one item."""
_ALIKE = 0.6


class NearRow(NamedTuple):
    """A row of a table, the cell in which it differs, the fact that does not match it, and the item it was asked about."""

    matrix: str
    row: str
    cell: Condition
    fact: Fact
    item: str | None

    @property
    def field(self) -> str:
        """The field of the cell."""
        assert isinstance(self.cell, Is | Order | Present)
        return self.cell.field


def near_rows(clause: Clause, matrices: tuple[Matrix, ...], deployment: Deployment) -> tuple[NearRow, ...]:
    """Return the nearest rows of the tables that a clause requires to list the deployment; none where a row lists it or has ended."""
    if clause.requires is None:
        return ()
    by_id = {one.id: one for one in matrices}
    return tuple(dict.fromkeys(_below(clause.requires, by_id, deployment, None)))


def _below(condition: Condition, matrices: dict[str, Matrix], deployment: Deployment, item: Item | None) -> Iterator[NearRow]:
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from _below(part, matrices, deployment, item)
        case Every(listing, part) | Some(listing, part):
            for one in deployment.listing(listing).items:
                if evaluate(part, deployment, matrices, one).truth is FALSE:
                    yield from _below(part, matrices, deployment, one)
        case InMatrix(name):
            if evaluate(condition, deployment, matrices, item).truth is FALSE:
                yield from _nearest(matrices[name], deployment, matrices, item)
        case _:
            pass


def _nearest(matrix: Matrix, deployment: Deployment, matrices: dict[str, Matrix], item: Item | None) -> list[NearRow]:
    found: list[tuple[float, NearRow]] = []
    for row in (*matrix.rows, *matrix.ended):
        differs = _one_difference(row, deployment, matrices, item)
        if row.over and differs == ():
            return []
        if row.over or not row.listed or not differs:
            continue
        (cell,) = differs
        near = NearRow(matrix.id, row.id, cell, _fact_of(cell, deployment, item), item.name if item is not None else None)
        distance = _distance(near)
        if distance <= 1 - _ALIKE or FIELDS[near.field].kind != "text":
            found.append((distance, near))
    return [near for _, near in sorted(found, key=lambda one: one[0])[:ROWS_MAX]]


def _one_difference(row: Row, deployment: Deployment, matrices: dict[str, Matrix], item: Item | None) -> tuple[Condition, ...] | None:
    """The cells that do not match, `None` where they are more than one, or unknown, or nothing matches beside it."""
    truths = [(cell, evaluate(cell, deployment, matrices, item).truth) for cell in row.cells if cell is not None]
    differs = tuple(cell for cell, truth in truths if truth is not TRUE)
    if len(differs) > 1 or len(differs) == len(truths) or any(truth not in (TRUE, FALSE) for _, truth in truths):
        return None
    return differs


def _fact_of(cell: Condition, deployment: Deployment, item: Item | None) -> Fact:
    assert isinstance(cell, Is | Order | Present)
    of_item = item is not None and FIELDS[cell.field].listing is not None
    return item.fact(cell.field) if of_item and item is not None else deployment.fact(cell.field)


def _distance(near: NearRow) -> float:
    """How unlike two texts are, from 0 to 1; values that are not texts stand in the order of the table."""
    value = getattr(near.fact, "value", None)
    if FIELDS[near.field].kind != "text" or not isinstance(near.cell, Is) or not isinstance(value, str):
        return 0.0
    # Imported here because few findings need it, and the command must start fast.
    from difflib import SequenceMatcher

    texts = [one for one in near.cell.values if isinstance(one, str)]
    return 1 - max((SequenceMatcher(None, value.casefold(), text.casefold()).ratio() for text in texts), default=0.0)
