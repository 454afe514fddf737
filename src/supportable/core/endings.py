"""A clause that asks tables with dates x a deployment -> the rows that listed the deployment until a day that has passed.

In: a clause and tables as `select` left them for a day. Out: rows with the last of their days, and the item each is about. A row is
named only if every cell of it surely matches; a clause can fail for another reason although a row has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from supportable.core.clauses import Clause
from supportable.core.conditions import All, Any, Condition, Every, InMatrix, Matrix, Not, Some
from supportable.core.deployment import Deployment, Item
from supportable.core.evaluate import evaluate
from supportable.core.truth import TRUE


class Ending(NamedTuple):
    """One row that has ended: its table, its id, the last of its days, and the node (or other item) it was asked about."""

    matrix: str
    row: str
    until: str
    item: str | None


def endings(clause: Clause, matrices: tuple[Matrix, ...], deployment: Deployment) -> tuple[Ending, ...]:
    """Return the rows that a clause's requirement asks, which list this deployment and have ended; each once."""
    if clause.requires is None:
        return ()
    by_id = {one.id: one for one in matrices}
    return tuple(dict.fromkeys(_below(clause.requires, by_id, deployment, None)))


def _below(condition: Condition, matrices: dict[str, Matrix], deployment: Deployment, item: Item | None) -> Iterator[Ending]:
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from _below(part, matrices, deployment, item)
        case Not(part):
            yield from _below(part, matrices, deployment, item)
        case Every(listing, part) | Some(listing, part):
            for one in deployment.listing(listing).items:
                yield from _below(part, matrices, deployment, one)
        case InMatrix(name):
            for row in (*matrices[name].rows, *matrices[name].ended):
                cells = (evaluate(cell, deployment, matrices, item).truth for cell in row.cells if cell is not None)
                if row.over and row.dates.until is not None and all(truth is TRUE for truth in cells):
                    yield Ending(name, row.id, row.dates.until, item.name if item is not None else None)
        case _:
            pass
