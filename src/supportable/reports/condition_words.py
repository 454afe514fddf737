"""Conditions -> words: one test a line, as reports and explanations write them."""

from __future__ import annotations

from supportable.core.conditions import All, Always, Any, Condition, Count, Every, InMatrix, Is, Not, Order, Present, Same, Some
from supportable.core.facts import ABSENT
from supportable.core.truth import TRUE

_OPERATORS = {"at_least": "at least", "at_most": "at most", "above": "above", "below": "below"}


def condition_lines(condition: Condition, indent: str = "") -> list[str]:
    """Return a condition in words, one test a line."""
    match condition:
        case Always(truth):
            return [f"{indent}{'always' if truth is TRUE else 'never'}"]
        case Is(field, values):
            words = ["none" if value is ABSENT else str(value).lower() if isinstance(value, bool) else str(value) for value in values]
            return [f"{indent}{field} is {' or '.join(words)}"]
        case Order(field, operator, bound):
            return [f"{indent}{field} is {_OPERATORS[operator]} {bound}"]
        case Present(field):
            return [f"{indent}{field} is there"]
        case Not(Present(field)):
            return [f"{indent}{field} is none"]
        case Not(part):
            return [f"{indent}not:", *condition_lines(part, indent + "  ")]
        case All(parts):
            return [line for part in parts for line in condition_lines(part, indent)]
        case Any(parts):
            return [f"{indent}at least one of:", *(line for part in parts for line in _alternative(part, indent + "  "))]
        case Every(listing, part, if_empty):
            empty = f" (an empty list {'holds' if if_empty is TRUE else 'fails'})" if if_empty.name != "UNKNOWN" else ""
            return [f"{indent}for every one of the {listing}{empty}:", *condition_lines(part, indent + "  ")]
        case Some(listing, part):
            return [f"{indent}for at least one of the {listing}:", *condition_lines(part, indent + "  ")]
        case Same(field):
            return [f"{indent}{field} is the same everywhere"]
        case Count(listing, operator, bound):
            return [f"{indent}the number of {listing} is {_OPERATORS[operator]} {bound}"]
        case InMatrix(name):
            return [f"{indent}the combination stands in the table {name}"]


def _alternative(part: Condition, indent: str) -> list[str]:
    lines = condition_lines(part, indent + "  ")
    return [f"{indent}- {lines[0].strip()}", *lines[1:]]
