"""Which values of one field the conditions tell apart: atoms -> classes, and the truth of each atom for each class.

In: conditions, or a field and every condition about it alone (an atom). Out: `Classes`, which numbers the classes of a field.
Two values of one class have the same truth under every atom. Class 0 is that of an unknown fact; a known value, or one that is
known not to be there, is in it too where every atom leaves it open (an order of a text without a version).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from supportable.core.conditions import Condition, InMatrix, Is, Matrix, Order, Present, compare, holds
from supportable.core.facts import ABSENT, Value
from supportable.core.fields import FIELDS

Atom = Is | Order | Present
UNKNOWN_CLASS = 0


class Classes(NamedTuple):
    """The classes of one field.

    A value belongs to the class of the first test that it passes: `named`; `unordered`, when its field orders values but not
    this one; `below` (its order key is less than the bound, or equal where `True` stands beside it); else `other`.
    `truths` has one truth (0, 1 or 2) a class for each atom.
    """

    field: str
    size: int
    absent: int
    named: Mapping[Value, int]
    unordered: int
    below: tuple[tuple[Any, bool, int], ...]
    other: int
    truths: Mapping[Atom, tuple[int, ...]]

    def of(self, value: Value) -> int:
        """Return the class of a known value.

        >>> made = classes_of("workload.service_pack", [Order("workload.service_pack", "at_least", 2)])
        >>> [made.of(number) for number in (0, 1, 2, 9)], made.truths[Order("workload.service_pack", "at_least", 2)]
        ([1, 1, 2, 2], (1, 0, 2))
        """
        found = self.named.get(value)
        if found is not None:
            return found
        key = FIELDS[self.field].order_key(value) if self.below else None
        if key is None:
            return self.unordered
        return next((number for bound, equal, number in self.below if key < bound or (equal and key == bound)), self.other)


def classes_read(conditions: Iterable[Condition], matrices: Mapping[str, Matrix]) -> dict[str, Classes]:
    """Return the classes of each field that one of these conditions is about, or that is a column of a matrix they ask."""
    atoms: dict[str, dict[Atom, None]] = {}
    asked: dict[str, None] = {}
    for condition in conditions:
        match condition:
            case Is(field) | Order(field) | Present(field):
                atoms.setdefault(field, {})[condition] = None
            case InMatrix(name):
                asked[name] = None
            case _:
                pass
    for matrix in map(matrices.__getitem__, asked):
        for column in matrix.columns:
            atoms.setdefault(column, {})
        for cell in (cell for row in matrix.rows for cell in row.cells if cell is not None):
            atoms[cell.field][cell] = None
    return {field: classes_of(field, own) for field, own in atoms.items()}


def classes_of(field: str, atoms: Iterable[Atom]) -> Classes:
    """Return the classes that these atoms make of the values of the field."""
    asked = tuple(dict.fromkeys(atoms))
    numbers: dict[tuple[int, ...], int] = {(1,) * len(asked): UNKNOWN_CLASS}

    def number(truths: Iterable[int]) -> int:
        return numbers.setdefault(tuple(truths), len(numbers))

    kind = FIELDS[field].kind
    absent = number(int(holds(atom, ABSENT)) for atom in asked)
    named = {value: number(int(holds(atom, value)) for atom in asked) for value in _named(field, asked)}
    below: list[tuple[Any, bool, int]] = []
    if kind == "boolean":
        unordered = other = number(int(holds(atom, False)) for atom in asked)
    elif kind in ("integer", "date"):
        *below, (_, _, other) = _ranges(field, asked, number)
        unordered = other
    else:
        unordered = other = number(2 if isinstance(atom, Present) else int(isinstance(atom, Order)) for atom in asked)
        if kind == "version":
            *below, (_, _, other) = _ranges(field, asked, number)
        else:
            named = {value: found for value, found in named.items() if found != other}
    truths = {atom: tuple(truths[place] for truths in numbers) for place, atom in enumerate(asked)}
    return Classes(field, len(numbers), absent, named, unordered, tuple(below), other, truths)


def _named(field: str, atoms: tuple[Atom, ...]) -> list[Value]:
    """Return the values that an atom can tell from all others by equality, and all values of a catalogue."""
    if FIELDS[field].kind in ("integer", "date"):
        # Told apart by their place in the order alone.
        return []
    if FIELDS[field].kind == "boolean":
        return [True]
    # A lone half of a surrogate pair is in no UTF-8 text, so no fact equals it, and no table could hold it.
    texts = [value for value in _values(atoms) if isinstance(value, str) and not any("\ud800" <= one <= "\udfff" for one in value)]
    return list(dict.fromkeys([*FIELDS[field].values, *texts]))


def _values(atoms: Iterable[Atom]) -> list[Value]:
    return [value for atom in atoms if isinstance(atom, Is) for value in atom.values if value is not ABSENT]


def _ranges(field: str, atoms: tuple[Atom, ...], number: Callable[[Iterable[int]], int]) -> list[tuple[Any, bool, int]]:
    """Return the bounds between which all values have one class, each with the class below it, the last without a bound.

    The gap before point `n` has the rank 2n, the point itself 2n + 1. An `Is` of a version compares texts, not order keys.
    """
    by_key, key = FIELDS[field].kind != "version", FIELDS[field].order_key
    named = [atom.bound for atom in atoms if isinstance(atom, Order)] + (_values(atoms) if by_key else [])
    points: list[Any] = sorted({one for one in map(key, named) if one is not None})
    places: dict[Any, int] = {point: 2 * place + 1 for place, point in enumerate(points)}
    ranks = range(2 * len(points) + 1)

    def along(atom: Atom) -> list[int]:
        match atom:
            case Present():
                return [2 for _ in ranks]
            case Is():
                here = {places[key(value)] for value in _values([atom])} if by_key else ()
                return [2 * (rank in here) for rank in ranks]
            case Order(_, operator, bound):
                at = places.get(key(bound))
                return [1 if at is None else 2 * compare(operator, rank, at) for rank in ranks]

    truths = [along(atom) for atom in atoms]
    found: list[tuple[Any, bool, int]] = []
    for rank in ranks:
        one = number(each[rank] for each in truths)
        if found and found[-1][2] == one:
            found.pop()
        found.append((points[rank // 2] if rank < ranks[-1] else None, rank % 2 == 1, one))
    return found
