"""The classes of values that a pack can tell apart, field by field: two values of one class get the same truth from every atom.

In: the atoms about a field (conditions of clauses and cells of matrices). Out: `Classes`, which gives each value a small
code and each atom a truth for every code. Code 0 stands for an unknown fact and 1 for one that is known not to be there;
a value that no clause names has a code too, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from supportable.core.clauses import Pack, conditions_read
from supportable.core.conditions import Is, Order, Present, compare, holds
from supportable.core.facts import ABSENT, Value
from supportable.core.fields import FIELDS

Atom = Is | Order | Present
UNKNOWN_CODE, ABSENT_CODE = 0, 1


class Classes(NamedTuple):
    """The classes of one field.

    `named` are the values with a code of their own. Any other value of an ordered field has the code in `between` at its
    position among `bounds`: an even position 2k is the gap before bound k, an odd position 2k + 1 is bound k itself. What
    cannot be ordered, or is a value of a field without an order, has the code `other`. `atoms` are those that were told
    apart, `truths` theirs: one number (0 false, 1 unknown, 2 true) a code.
    """

    field: str
    size: int
    named: Mapping[Value, int]
    bounds: tuple[Any, ...]
    between: tuple[int, ...]
    other: int
    truths: Mapping[Atom, tuple[int, ...]]

    def code(self, value: Value) -> int:
        """Return the code of a known value.

        >>> made = classes_of("workload.service_pack", [Order("workload.service_pack", "at_least", 2)])
        >>> [made.code(number) for number in (0, 1, 2, 9)]
        [2, 2, 3, 3]
        """
        found = self.named.get(value)
        if found is not None:
            return found
        key = FIELDS[self.field].order_key(value) if self.bounds else None
        return self.other if key is None else self.between[_place(key, self.bounds)]


def atoms_read(packs: Iterable[Pack]) -> dict[str, list[Atom]]:
    """Return the atoms of all clauses and matrices of these packs by field, each once, in the order read."""
    found: dict[str, dict[Atom, None]] = {}
    for pack in packs:
        for clause in pack.clauses:
            for condition in conditions_read(clause, pack.matrices):
                if isinstance(condition, Is | Order | Present):
                    found.setdefault(condition.field, {})[condition] = None
    return {name: list(atoms) for name, atoms in found.items()}


def classes_of(name: str, atoms: Iterable[Atom]) -> Classes:
    """Return the classes that these atoms, all about the field `name`, can tell apart."""
    told = tuple(dict.fromkeys(atoms))
    kind = FIELDS[name].kind
    members: dict[tuple[int, ...], int] = {}

    def numbered(signature: tuple[int, ...]) -> int:
        # 0 and 1 are no classes of values, even where an absent field fares as some value does.
        return members.setdefault(signature, len(members) + 2)

    ordered = kind in ("integer", "version", "date")
    bounds = _bounds(name, told) if ordered else ()
    between = tuple(
        numbered(tuple(_at(atom, position, bounds) for atom in told)) for position in range(2 * len(bounds) + 1 if bounds else 0)
    )
    named = {value: numbered(tuple(int(holds(atom, value)) for atom in told)) for value in _named(name, told)}
    nothing_else = kind == "boolean" or (kind in ("integer", "date") and bounds)
    other = 2 if nothing_else else numbered(tuple(_unordered(atom) for atom in told))
    absent = tuple(int(holds(atom, ABSENT)) for atom in told)
    by_code = [(1,) * len(told), absent, *members]
    truths = {atom: tuple(signature[at] for signature in by_code) for at, atom in enumerate(told)}
    return Classes(name, len(by_code), named, bounds, between, other, truths)


def _named(name: str, atoms: tuple[Atom, ...]) -> list[Value]:
    field = FIELDS[name]
    if field.kind in ("integer", "date"):
        return []
    asked = [value for atom in atoms if isinstance(atom, Is) for value in atom.values if value is not ABSENT]
    return list(dict.fromkeys([*field.values, *([False, True] if field.kind == "boolean" else []), *asked]))


def _bounds(name: str, atoms: tuple[Atom, ...]) -> tuple[Any, ...]:
    field = FIELDS[name]
    values = [atom.bound for atom in atoms if isinstance(atom, Order)]
    if field.kind != "version":
        # The values of a whole number or a date are told apart by their place in the order alone.
        values += [value for atom in atoms if isinstance(atom, Is) for value in atom.values if value is not ABSENT]
    keys = {key for key in map(field.order_key, values) if key is not None}
    return tuple(sorted(keys))


def _place(key: Any, bounds: tuple[Any, ...]) -> int:
    return sum((bound < key) + (bound <= key) for bound in bounds)


def _at(atom: Atom, position: int, bounds: tuple[Any, ...]) -> int:
    """Return the truth of an atom for a value at this position, which no `Is` of a version names."""
    field = FIELDS[atom.field]
    match atom:
        case Present():
            return 2
        case Is(_, values):
            inside = position % 2 == 1 and field.kind != "version"
            return 2 if inside and any(value is not ABSENT and field.order_key(value) == bounds[position // 2] for value in values) else 0
        case Order(_, operator, bound):
            key = field.order_key(bound)
            return 1 if key is None else 2 if compare(operator, position, _place(key, bounds)) else 0


def _unordered(atom: Atom) -> int:
    """Return the truth of an atom for a value that nothing names and that cannot be ordered."""
    return 2 if isinstance(atom, Present) else 1 if isinstance(atom, Order) else 0
