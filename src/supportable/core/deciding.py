"""Which facts would decide an undecided verdict: a smallest set that does so whatever the values turn out to be.

In: what is unknown, the values each unknown could have (one for each class that the clauses can tell apart), and a test
"is the verdict decided". Out: a smallest set, by implicit hitting sets: every way to leave the verdict undecided shows a
set of facts of which one must be looked at (Reiter 1987; Chandrasekaran et al. 2011, "implicit hitting set problems").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import NamedTuple

from supportable.core.clauses import Clause, conditions_read
from supportable.core.conditions import Is, Matrix, Order, Present, Same, holds
from supportable.core.deployment import Deployment, Values
from supportable.core.facts import ABSENT, Known, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS

Slot = tuple[str, str | None]
"""A field and the item it belongs to; a listing and `None` for "is this all of them"."""

Assignment = dict[Slot, Value | _Absent]
TESTS_MAX = 4_000
LEFT_OPEN_TESTS_MAX = 500


class Deciding(NamedTuple):
    """`slots` decide the verdict as far as the documents go: once they are known, nothing else that becomes known changes it.

    `smallest` says whether it was proven that no smaller set does so. `left_open` are the clauses that then, for some values, stay
    unknown for good and the verdict with them (a document does not say what these values mean): somebody must ask its issuer.
    """

    slots: tuple[Slot, ...]
    smallest: bool
    left_open: tuple[str, ...] = ()

    @property
    def decides(self) -> bool:
        """Whether the verdict is decided whatever the facts turn out to be."""
        return not self.left_open


class Look(NamedTuple):
    """What an assignment leads to.

    `decided`: the verdict is decided as far as the documents go, that is in the most lenient and in the strictest reading of them
    (`core/left_open.py`). Where it is not, `settled`: ends, and what cannot fail; `unknown`: the clauses that are unknown. Where both
    readings are decided and differ, `left_open`: the clauses that make the difference.
    """

    decided: bool
    settled: tuple[int, ...]
    unknown: frozenset[int]
    left_open: tuple[str, ...]


class _OutOfBudget(Exception):
    pass


class Search:
    """Looks for a smallest set of `unknown` slots after which every choice of values decides the verdict as far as the documents go.

    `look` must be monotone: assigning more never makes a decided verdict undecided; and it must be decided once all is assigned.
    `readers` gives, for a slot, the clauses that read it; two assignments that settle the same and differ only in slots that no
    clause still unknown reads together with a slot to come lead to the same end, and are tried once.
    """

    def __init__(
        self,
        unknown: tuple[Slot, ...],
        domain: Callable[[Slot], tuple[Value | _Absent, ...]],
        look: Callable[[Assignment], Look],
        readers: Callable[[Slot], frozenset[int]],
        may_be_open: tuple[str, ...],
    ) -> None:
        self.unknown = unknown
        self.domain = domain
        self.given_look = look
        self.readers = {slot: readers(slot) for slot in unknown}
        self.may_be_open = may_be_open
        self.tests = 0
        self.tests_at_most = TESTS_MAX
        self.left_open: set[str] = set()

    def run(self) -> Deciding:
        """Return the set."""
        to_hit: list[frozenset[Slot]] = []
        try:
            while len(chosen := self._smallest_hitting(to_hit)) < len(self.unknown):
                undecided = self._undecided(chosen)
                if undecided is None:
                    return Deciding(chosen, True, self._met())
                rest, whole = self._extend(undecided)
                to_hit.append(frozenset(rest))
                to_hit += self._needed_alone(whole, rest) if len(to_hit) == 1 else []
        except _OutOfBudget:
            return Deciding(self.unknown, False, self._left_open())
        # All that is unknown decides; nothing is left to look into but what may stay open.
        return Deciding(self.unknown, True, self._left_open())

    def _left_open(self) -> tuple[str, ...]:
        """Return clauses that may stay open once all is known, those that the search has met; where it met none, look for one."""
        if self.may_be_open and not self.left_open:
            self.tests = self.tests_at_most - min(LEFT_OPEN_TESTS_MAX, self.tests_at_most)
            try:
                self._undecided(self.unknown)
            except _OutOfBudget:
                return self.may_be_open
        return self._met()

    def _met(self) -> tuple[str, ...]:
        return tuple(one for one in self.may_be_open if one in self.left_open)

    def decides_alone(self, field: str) -> bool:
        """Return whether a field, known for every item it is unknown of, decides the verdict by itself, whatever it is.

        A listing stands for knowing that it is complete.
        """
        slots = tuple(slot for slot in self.unknown if slot[0] == field)
        return bool(slots) and self.decides(slots)

    def decides(self, slots: tuple[Slot, ...]) -> bool:
        """Return whether every choice of values for these slots decides the verdict; `False` where that takes too long to find out."""
        self.tests = 0
        try:
            return self._undecided(slots) is None
        except _OutOfBudget:
            return False

    def _needed_alone(self, whole: Assignment, rest: list[Slot]) -> list[frozenset[Slot]]:
        """Return the slots without which one full assignment leaves the verdict undecided: each must be in every set."""
        full = {**whole, **{slot: self._harmless(slot) for slot in rest}}
        without = ({other: value for other, value in full.items() if other != slot} for slot in self.unknown)
        return [frozenset((slot,)) for slot, others in zip(self.unknown, without, strict=True) if not self._look(others).decided]

    def _harmless(self, slot: Slot) -> Value | _Absent:
        """Return a value that does not decide the verdict by itself, if there is one."""
        values = self.domain(slot)
        return next((value for value in values if not self._look({slot: value}).decided), values[0])

    def _look(self, assignment: Assignment) -> Look:
        self.tests += 1
        if self.tests > self.tests_at_most:
            raise _OutOfBudget
        look = self.given_look(assignment)
        self.left_open.update(look.left_open)
        return look

    def _undecided(self, slots: tuple[Slot, ...]) -> Assignment | None:
        """Return values for `slots` that leave the verdict undecided, `None` when there are none."""
        return self._search(slots, {}, self._look({}), set())

    def _search(self, slots: tuple[Slot, ...], so_far: Assignment, here: Look, tried: set[object]) -> Assignment | None:
        if here.decided:
            return None
        if not slots:
            return so_far
        to_come = frozenset[int]().union(*(self.readers[slot] for slot in slots)) & here.unknown
        matters = tuple((slot, value) for slot, value in so_far.items() if not self.readers[slot].isdisjoint(to_come))
        end = (slots, here, matters)
        if end in tried:
            return None
        tried.add(end)
        # What leaves most clauses unknown is most likely to leave the verdict undecided.
        longer = [{**so_far, slots[0]: value} for value in self.domain(slots[0])]
        for look, one in sorted(((self._look(one), one) for one in longer), key=lambda pair: -len(pair[0].unknown)):
            found = self._search(slots[1:], one, look, tried)
            if found is not None:
                return found
        return None

    def _extend(self, assignment: Assignment) -> tuple[list[Slot], Assignment]:
        """Assign as many further slots as can be with the verdict still undecided; return the ones that cannot, and the rest assigned."""
        rest = []
        for slot in self.unknown:
            if slot in assignment:
                continue
            for value in self.domain(slot):
                longer = {**assignment, slot: value}
                if not self._look(longer).decided:
                    assignment = longer
                    break
            else:
                rest.append(slot)
        return rest, assignment

    def _smallest_hitting(self, to_hit: list[frozenset[Slot]]) -> tuple[Slot, ...]:
        forced = {slot for one in to_hit if len(one) == 1 for slot in one}
        open_sets = [one for one in to_hit if one.isdisjoint(forced)]
        useful = [slot for slot in self.unknown if any(slot in one for one in open_sets)]
        tried = 0
        for size in range(len(useful) + 1):
            for chosen in combinations(useful, size):
                tried += 1
                if tried > 20 * self.tests_at_most:
                    raise _OutOfBudget
                if all(not one.isdisjoint(chosen) for one in open_sets):
                    return tuple(slot for slot in self.unknown if slot in forced or slot in chosen)
        raise AssertionError("the whole of `unknown` hits every set taken from it")


def domains(clauses: Iterable[tuple[Clause, tuple[Matrix, ...]]], deployment: Deployment) -> Callable[[Slot], tuple[Value | _Absent, ...]]:
    """Return, for a slot, one value of each class that these clauses (with the matrices of their packs) can tell apart."""
    atoms: dict[str, list[Is | Order | Present]] = {}
    same: set[str] = set()
    for condition in dict.fromkeys(condition for clause, matrices in clauses for condition in conditions_read(clause, matrices)):
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
            items = deployment.listing(FIELDS[name].listing or "").items
            others = [fact.value for item in items for fact in [item.fact(name)] if isinstance(fact, Known)]
            candidates = [*candidate_values(name, atoms.get(name, [])), *(others if name in same else [])]
            known[name] = _distinct(candidates, atoms.get(name, []), name in same)
        return known[name]

    return domain


OTHER_TEXTS = ("(any other)", "(yet another)")
"""What stands for texts that no document names: one, and one that differs from it."""


def candidate_values(name: str, atoms: list[Is | Order | Present]) -> list[Value | _Absent]:
    """Return values of a field among which each class that these conditions tell apart has one; some stand between those that are named."""
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
        found = [*named, *OTHER_TEXTS]
    return found if field.none_is is not None else [*found, ABSENT]


def _distinct(values: list[Value | _Absent], atoms: list[Is | Order | Present], by_value: bool) -> tuple[Value | _Absent, ...]:
    classes: dict[object, Value | _Absent] = {}
    for value in values:
        told_apart = tuple(int(holds(atom, value)) for atom in atoms)
        classes.setdefault((told_apart, value) if by_value else told_apart, value)
    return tuple(classes.values())


def assigned(deployment: Deployment, assignment: Assignment) -> tuple[Values, dict[str, tuple[tuple[Values, ...], bool]]]:
    """Return the values and listings of the deployment with the slots filled in, in the form that compiled packs read."""
    owned: dict[str | None, Values] = {}
    for (name, owner), value in assignment.items():
        if name not in LISTINGS:
            owned.setdefault(owner, {})[name] = value
    listings = {
        name: (
            tuple({**item.values, **owned[item.name]} if item.name in owned else item.values for item in listing.items),
            listing.complete or (name, None) in assignment,
        )
        for name, listing in deployment.listings.items()
    }
    return {**deployment.values, **owned.get(None, {})}, listings
