"""Which values of one field the conditions tell apart: field and atoms -> classes, and the truth of each atom for each class.

In: a field and every one-field condition on it. Out: `Classes`: tests that find the class of a value, in the order to try
them. Two values of one class have the same truth under every atom; unknown and absent are classes like any other, so a
class code is never NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from supportable.core.conditions import Is, Order, Present, compare, holds
from supportable.core.dialects import version_text
from supportable.core.facts import ABSENT, Value
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth
from supportable.core.versions import version_key

Atom = Is | Order | Present
_Number = Callable[[Iterable[Truth]], int]

# No field has this value: it is no value of the catalogue and too long for one that somebody writes.
_NO_VALUE = "\x00" * 300


class Classes(NamedTuple):
    """The classes of one field, numbered from 0.

    A value belongs to the class of the first test that it passes: `exact` (equal to the value); `unordered`, when it holds no
    version; `below` (its order key is less than the bound, or equal where `True` stands beside it); else `other`.
    `truths` has one truth a class for each atom.
    """

    field: str
    number: int
    unknown: int
    absent: int
    exact: tuple[tuple[Value, int], ...]
    unordered: int | None
    below: tuple[tuple[int | str, bool, int], ...]
    other: int
    truths: dict[Atom, tuple[int, ...]]


def classes_of(field: str, atoms: Iterable[Atom]) -> Classes:
    """Return the classes that these atoms make of the values of the field."""
    asked = tuple(dict.fromkeys(atoms))
    numbers: dict[tuple[Truth, ...], int] = {}

    def number(truths: Iterable[Truth]) -> int:
        return numbers.setdefault(tuple(truths), len(numbers))

    kind = FIELDS[field].kind
    unknown, absent = number(UNKNOWN for _ in asked), number(holds(atom, ABSENT) for atom in asked)
    exact: list[tuple[Value, int]] = []
    unordered: int | None = None
    below: list[tuple[int | str, bool, int]] = []
    if kind == "boolean":
        exact, other = [(True, number(holds(atom, True) for atom in asked))], number(holds(atom, False) for atom in asked)
    elif kind in ("integer", "date"):
        below, other = _ranges(asked, _points(field, asked), number, True)
    else:
        named = [value for atom in asked if isinstance(atom, Is) for value in atom.values if isinstance(value, str)]
        texts = [*FIELDS[field].values, *filter(_is_text, named)]
        exact = [(value, number(holds(atom, value) for atom in asked)) for value in dict.fromkeys(texts)]
        other = number(holds(atom, _NO_VALUE) for atom in asked)
        if kind == "version":
            unordered = other
            below, other = _ranges(asked, _points(field, asked), number, False)
        else:
            exact = [(value, found) for value, found in exact if found != other]
    truths = {atom: tuple(int(one[place]) for one in numbers) for place, atom in enumerate(asked)}
    return Classes(field, len(numbers), unknown, absent, tuple(exact), unordered, tuple(below), other, truths)


def _is_text(value: str) -> bool:
    """Whether a table can hold it: a lone half of a surrogate pair is in no UTF-8 text, so no fact equals it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _key(field: str, value: object) -> int | str | None:
    if FIELDS[field].kind == "integer":
        return int(value) if isinstance(value, int) else None
    if FIELDS[field].kind == "date":
        return value if isinstance(value, str) and _is_text(value) else None
    key = version_key(str(value))
    return None if key is None else version_text(key)


def _points(field: str, atoms: tuple[Atom, ...]) -> list[int | str]:
    """The order keys that an atom names, in order. An `Is` of a version compares texts, not keys."""
    named = [atom.bound for atom in atoms if isinstance(atom, Order)]
    if FIELDS[field].kind != "version":
        named += [value for atom in atoms if isinstance(atom, Is) for value in atom.values if value is not ABSENT]
    return sorted({key for key in (_key(field, value) for value in named) if key is not None})


def _ranges(
    atoms: tuple[Atom, ...], points: list[int | str], number: _Number, equal: bool
) -> tuple[list[tuple[int | str, bool, int]], int]:
    """Return the bounds between which all values have one class, and the class beyond the last.

    The gap before point `n` has the rank 2n, the point itself 2n + 1; `equal` says whether a value at a point equals it.
    """
    places = {point: place for place, point in enumerate(points)}
    along = [_along(atom, places, equal) for atom in atoms]
    found: list[tuple[int | str, bool, int]] = []
    for rank in range(2 * len(points)):
        one = number(truths[rank] for truths in along)
        if found and found[-1][2] == one:
            found.pop()
        found.append((points[rank // 2], rank % 2 == 1, one))
    last = number(truths[-1] for truths in along)
    while found and found[-1][2] == last:
        found.pop()
    return found, last


def _along(atom: Atom, places: dict[int | str, int], equal: bool) -> list[Truth]:
    """Return the truth of an atom for each rank."""
    ranks = range(2 * len(places) + 1)
    match atom:
        case Present():
            return [TRUE for _ in ranks]
        case Is(field, values):
            keys = [_key(field, value) for value in values if value is not ABSENT] if equal else []
            here = {2 * places[key] + 1 for key in keys if key is not None}
            return [TRUE if rank in here else FALSE for rank in ranks]
        case Order(field, operator, bound):
            key = _key(field, bound)
            if key is None:
                return [UNKNOWN for _ in ranks]
            at = 2 * places[key] + 1
            return [TRUE if compare(operator, rank, at) else FALSE for rank in ranks]
