"""Which facts would decide an undecided verdict: a smallest set that does so whatever the values turn out to be.

In: what is unknown, the values each unknown could have (one for each class that the clauses can tell apart), and a test
"is the verdict decided". Out: a smallest set, by implicit hitting sets: every way to leave the verdict undecided shows a
set of facts of which one must be looked at (Reiter 1987; Chandrasekaran et al. 2011, "implicit hitting set problems").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from supportable.core.clauses import Pack
from supportable.core.conditions import Condition, InMatrix, Is, Order, Present, Same, holds, walk
from supportable.core.deployment import Deployment
from supportable.core.facts import ABSENT, Known, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS

Slot = tuple[str, str | None]
"""A field and the item it belongs to; a listing and `None` for "is this all of them"."""

Assignment = dict[Slot, Value | _Absent]
TESTS_MAX = 20_000


class Deciding(NamedTuple):
    """`slots` decide the verdict; `smallest` says whether that was proven, `decides` is false where no facts can."""

    slots: tuple[Slot, ...]
    smallest: bool
    decides: bool


class _OutOfBudget(Exception):
    pass


def smallest_deciding(
    unknown: tuple[Slot, ...], domain: Callable[[Slot], tuple[Value | _Absent, ...]], decided: Callable[[Assignment], bool]
) -> Deciding:
    """Return a smallest subset of `unknown` after which `decided` holds for every choice of values.

    `decided` must be monotone: assigning more never makes a decided verdict undecided.
    """
    tests = 0

    def is_decided(assignment: Assignment) -> bool:
        nonlocal tests
        tests += 1
        if tests > TESTS_MAX:
            raise _OutOfBudget
        return decided(assignment)

    to_hit: list[frozenset[Slot]] = []
    try:
        while True:
            chosen = _smallest_hitting(unknown, to_hit)
            left_open = _undecided(chosen, domain, is_decided, {})
            if left_open is None:
                return Deciding(chosen, True, True)
            rest = _extend(left_open, [slot for slot in unknown if slot not in left_open], domain, is_decided)
            if not rest:
                return Deciding(unknown, False, False)
            to_hit.append(frozenset(rest))
    except _OutOfBudget:
        return Deciding(unknown, False, True)


def _undecided(
    slots: tuple[Slot, ...],
    domain: Callable[[Slot], tuple[Value | _Absent, ...]],
    is_decided: Callable[[Assignment], bool],
    so_far: Assignment,
) -> Assignment | None:
    """Return values for `slots` that leave the verdict undecided, `None` when there are none."""
    if is_decided(so_far):
        return None
    if not slots:
        return so_far
    for value in domain(slots[0]):
        found = _undecided(slots[1:], domain, is_decided, {**so_far, slots[0]: value})
        if found is not None:
            return found
    return None


def _extend(
    assignment: Assignment,
    slots: list[Slot],
    domain: Callable[[Slot], tuple[Value | _Absent, ...]],
    is_decided: Callable[[Assignment], bool],
) -> list[Slot]:
    """Assign as many further slots as can be with the verdict still undecided; return the ones that cannot."""
    rest = []
    for slot in slots:
        for value in domain(slot):
            longer = {**assignment, slot: value}
            if not is_decided(longer):
                assignment = longer
                break
        else:
            rest.append(slot)
    return rest


def _smallest_hitting(slots: tuple[Slot, ...], to_hit: list[frozenset[Slot]]) -> tuple[Slot, ...]:
    useful = [slot for slot in slots if any(slot in one for one in to_hit)]
    tried = 0
    for size in range(len(useful) + 1):
        for chosen in combinations(useful, size):
            tried += 1
            if tried > 20 * TESTS_MAX:
                raise _OutOfBudget
            if all(not one.isdisjoint(chosen) for one in to_hit):
                return chosen
    raise AssertionError("the whole of `slots` hits every set taken from it")


def domains(packs: Iterable[Pack], deployment: Deployment) -> Callable[[Slot], tuple[Value | _Absent, ...]]:
    """Return, for a slot, one value of each class that the clauses of `packs` can tell apart."""
    atoms: dict[str, list[Is | Order | Present]] = {}
    same: set[str] = set()
    for pack in packs:
        for condition in _conditions(pack):
            if isinstance(condition, Same):
                same.add(condition.field)
            elif isinstance(condition, Is | Order | Present):
                atoms.setdefault(condition.field, []).append(condition)
    known: dict[str, tuple[Value | _Absent, ...]] = {}

    def domain(slot: Slot) -> tuple[Value | _Absent, ...]:
        name = slot[0]
        if name in LISTINGS:
            return (True,)
        if name not in known:
            others = [
                fact.value
                for item in deployment.listing(FIELDS[name].listing or "").items
                for fact in [item.fact(name)]
                if isinstance(fact, Known)
            ]
            candidates = [*_candidates(name, atoms.get(name, [])), *(others if name in same else [])]
            known[name] = _distinct(candidates, atoms.get(name, []), name in same)
        return known[name]

    return domain


def _conditions(pack: Pack) -> Iterable[Condition]:
    for clause in pack.clauses:
        for whole in (clause.applies, clause.requires):
            if whole is not None:
                for condition in walk(whole):
                    yield condition
                    if isinstance(condition, InMatrix):
                        matrix = next(one for one in pack.matrices if one.id == condition.matrix)
                        yield from (cell for row in matrix.rows for cell in row.cells if cell is not None)


def _candidates(name: str, atoms: list[Is | Order | Present]) -> list[Value | _Absent]:
    field = FIELDS[name]
    named = [value for atom in atoms if isinstance(atom, Is) for value in atom.values if value is not ABSENT]
    named += [atom.bound for atom in atoms if isinstance(atom, Order)]
    found: list[Value | _Absent] = []
    if field.kind == "name":
        found = list(field.values)
    elif field.kind == "boolean":
        found = [True, False]
    elif field.kind == "integer":
        numbers = {near for value in named for near in (int(value) - 1, int(value), int(value) + 1) if near >= 0}
        found = [*sorted(numbers | {0})]
    elif field.kind == "date":
        # Imported here because few fields are dates, and the command must start fast.
        from datetime import date, timedelta

        days = {(date.fromisoformat(str(value)) + timedelta(days)).isoformat() for value in named for days in (-1, 0, 1)}
        found = [*sorted(days | {"2000-01-01"})]
    elif field.kind == "version":
        found = ["0.0.1", *(near for value in named for near in (value, f"{value}.0.1")), "999999"]
    else:
        found = [*named, "(any other)", "(yet another)"]
    return found if field.none_is is not None else [*found, ABSENT]


def _distinct(values: list[Value | _Absent], atoms: list[Is | Order | Present], by_value: bool) -> tuple[Value | _Absent, ...]:
    classes: dict[object, Value | _Absent] = {}
    for value in values:
        told_apart = tuple(int(holds(atom, value)) for atom in atoms)
        classes.setdefault((told_apart, value) if by_value else told_apart, value)
    return tuple(classes.values())


def assigned(values: Mapping[str, Value | _Absent], assignment: Assignment, item: str | None) -> dict[str, Value | _Absent]:
    """Return `values` with the slots of `item` filled in."""
    return {**values, **{name: value for (name, owner), value in assignment.items() if owner == item and name not in LISTINGS}}
