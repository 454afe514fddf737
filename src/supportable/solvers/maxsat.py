"""The cheapest plan by MaxSAT: what `Planner.cheapest` searches for, as clauses for RC2 (Ignatiev, Morgado, Marques-Silva 2019).

In: a `Planner`, which must not be changed meanwhile. Out: `Found`, always proven. Each slot is in exactly one state: as it is now, at one of
its options, or unknown. A condition has two rails, "surely true" and "surely false", each an "and" or "or" of states. Only requirements that
some cheapest choice so far leaves in the way are written down: what is cheapest for a part of them and breaks no other is cheapest for all.
What one would get wrong: a rail is written one way only ("if this literal, then that"), so no rail is ever negated; that a condition is
*not* surely true is a rail of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations
from typing import Any as Anything
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
    Row,
    Same,
    Some,
    compare,
    holds,
)
from supportable.core.clauses import Pack
from supportable.core.deciding import Slot
from supportable.core.facts import ABSENT
from supportable.core.fields import FIELDS
from supportable.core.plan import Found, Planner
from supportable.core.plan_space import NOBODY_SPEAKS, Held
from supportable.core.repairs import NEVER
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth

YES, NO = 1, -1
"""The literal that always holds, and its opposite."""

PAIRS_MAX = 6
"""Up to how many states "at most one" is written pair by pair."""


def cheapest(planner: Planner, below: int = NEVER, only: Collection[int] | None = None) -> Found:
    """Return the cheapest choice that costs less than `below`; with `only`, no other requirement counts."""
    formula = _Formula(planner)
    rounds = 0
    try:
        while True:
            rounds += 1
            choice = formula.cheapest()
            if choice is None or formula.cost >= below:
                return Found(None, NEVER, True, below, rounds)
            left = [one for one in planner.in_the_way_of(choice) if only is None or one in only or one == NOBODY_SPEAKS]
            if not left:
                return Found(choice, formula.cost, True, formula.cost, rounds)
            formula.add(left)
    finally:
        formula.close()


class _Goal(NamedTuple):
    """That a truth is `truth`, or, where `isnt`, that it is not."""

    truth: Truth
    isnt: bool = False

    def fits(self, truth: Truth) -> bool:
        return (truth is self.truth) is not self.isnt

    @property
    def other_truth(self) -> _Goal:
        """The goal for what is negated."""
        return _Goal(Truth(2 - self.truth), self.isnt)


class _State(NamedTuple):
    """A state that a slot can be in: the literal that says so, and the value, `None` where it is unknown."""

    literal: int
    value: Held


class _Formula:
    """Clauses in the making, and the solver that holds them."""

    def __init__(self, planner: Planner) -> None:
        # Imported here because only who asks for a plan that the search does not find pays for it.
        from pysat.examples.rc2 import RC2
        from pysat.formula import WCNF

        self.planner, self.space = planner, planner.space
        self._solver: Anything = RC2(WCNF(), exhaust=True)
        self._last = 1
        self._solver.add_clause([YES])
        self._states: dict[Slot, tuple[_State, ...]] = {}
        self._choosing: dict[int, tuple[Slot, Held]] = {}
        self._own: dict[Slot, int] = {}
        self._joined: dict[tuple[bool, frozenset[int]], int] = {}
        self._rails: dict[tuple[str, int, _Goal, str | None], int] = {}
        self._written: set[int] = set()
        self._pack: Pack

    @property
    def cost(self) -> int:
        return int(self._solver.cost)

    def close(self) -> None:
        self._solver.delete()

    def cheapest(self) -> dict[Slot, Anything] | None:
        """Return a cheapest choice for what is written down so far, `None` where there is none."""
        model = self._solver.compute()
        if model is None:
            return None
        chosen = (self._choosing[literal] for literal in model if literal in self._choosing)
        return dict(chosen)

    def add(self, numbers: Iterable[int]) -> None:
        """Write down the requirements with these numbers, all of them in the way of the last choice."""
        ground = self.space.ground
        for number in numbers:
            if number == NOBODY_SPEAKS:
                speaking = [self._speaks(issuer) for issuer in ground.named or ground.issuers]
                self._hard(self._all(speaking) if ground.named else self._any(speaking))
                continue
            one = ground.requirements[number]
            self._pack = one.pack
            applies, requires = one.clause.applies, one.clause.requires
            assert requires is not None
            if number in ground.of_rules:
                self._hard(self._rail(applies, _Goal(TRUE, True), None), self._rail(requires, _Goal(FALSE, True), None))
            elif number not in self._written:
                self._hard(self._rail(applies, _Goal(FALSE), None), self._rail(requires, _Goal(TRUE), None))
            else:
                # It holds, and is in the way still: nobody knows whether it applies, and its issuer does not speak.
                self._hard(self._rail(applies, _Goal(FALSE), None), self._speaks(one.pack.issuer))
            self._written.add(number)

    def _speaks(self, issuer: str) -> int:
        ways = []
        for applies, self._pack in self.space.ground.speaking[issuer]:
            ways.append(self._rail(applies, _Goal(TRUE), None))
        return self._any(ways)

    # Rails: a literal from which it follows that a condition comes out as a goal says.

    def _rail(self, condition: Condition, goal: _Goal, item: str | None) -> int:
        key = (self._pack.id, id(condition), goal, item)
        if key not in self._rails:
            self._rails[key] = self._made(condition, goal, item)
        return self._rails[key]

    def _made(self, condition: Condition, goal: _Goal, item: str | None) -> int:
        # What a goal asks of "and" it asks of every part where the truth is TRUE, or is not FALSE.
        of_all = goal in (_Goal(TRUE), _Goal(FALSE, True))
        match condition:
            case Is() | Order() | Present():
                return self._atom(condition, goal, item)
            case Not(part):
                return self._rail(part, goal.other_truth, item)
            case All(parts):
                return self._join(of_all, [self._rail(part, goal, item) for part in parts])
            case Any(parts):
                return self._join(not of_all, [self._rail(part, goal, item) for part in parts])
            case Every(listing, part, if_empty):
                return self._items(listing, part, goal, of_all, TRUE, if_empty)
            case Some(listing, part):
                return self._items(listing, part, goal, not of_all, FALSE, FALSE)
            case Same(field):
                return self._same(field, goal)
            case Count(listing, operator, bound):
                number = len(self.space.listings[listing].items)
                now, later = compare(operator, number, bound), compare(operator, number + bound + 1, bound)
                counted = TRUE if now else FALSE
                return self._listed(listing, lambda whole: goal.fits(counted if whole or now is later else UNKNOWN))
            case InMatrix(name):
                return self._in_matrix(next(one for one in self._pack.matrices if one.id == name), goal, of_all, item)
            case Always(truth):
                return YES if goal.fits(truth) else NO

    def _atom(self, atom: Is | Order | Present, goal: _Goal, item: str | None) -> int:
        states = self._of((atom.field, item if FIELDS[atom.field].listing is not None else None))
        return self._any(one.literal for one in states if goal.fits(UNKNOWN if one.value is None else holds(atom, one.value)))

    def _listed(self, listing: str, fits: Callable[[bool], bool]) -> int:
        """Return a literal for the states of a listing, complete or not, that fit."""
        return self._any(one.literal for one in self._of((listing, None)) if fits(one.value is not None))

    def _items(self, listing: str, part: Condition, goal: _Goal, together: bool, neutral: Truth, if_empty: Truth) -> int:
        """Return the rail of "every" or "some": `neutral` is the truth that a complete list adds to its items."""
        names = [one.name for one in self.space.listings[listing].items]
        over = neutral if names else if_empty
        whole = self._listed(listing, lambda complete: goal.fits(over if complete else UNKNOWN))
        return self._join(together, [whole, *(self._rail(part, goal, name) for name in names)])

    def _same(self, field: str, goal: _Goal) -> int:
        listing = FIELDS[field].listing or ""
        whole = self._listed(listing, bool)
        slots = [(field, one.name) for one in self.space.listings[listing].items]
        by_key: dict[object, list[list[int]]] = {}
        unknown: list[list[int]] = [[] for _ in slots]
        for number, slot in enumerate(slots):
            for state in self._of(slot):
                at = unknown if state.value is None else by_key.setdefault(_key(field, state.value), [[] for _ in slots])
                at[number].append(state.literal)
        alike = self._any(self._all(map(self._any, at)) for at in by_key.values())
        if goal == _Goal(TRUE):
            return self._all([whole, YES if len(slots) < 2 else alike])
        if goal == _Goal(FALSE, True):
            loosely = [self._all(self._any([*one, *none]) for one, none in zip(at, unknown, strict=True)) for at in by_key.values()]
            return self._any([*loosely, self._all(map(self._any, unknown))])
        apart = []
        for key, at in by_key.items():
            others = [literal for other, lists in by_key.items() if other != key for one in lists for literal in one]
            apart.append(self._all([self._any(literal for one in at for literal in one), self._any(others)]))
        differ = self._any(apart) if len(slots) > 1 else NO
        if goal == _Goal(FALSE):
            return differ
        partial = self._listed(listing, lambda complete: not complete)
        return self._any([partial, differ, *(self._any(one) for one in unknown if len(slots) > 1)])

    def _in_matrix(self, matrix: Matrix, goal: _Goal, of_all: bool, item: str | None) -> int:
        def rows(listed: bool, wanted: _Goal) -> list[int]:
            return [self._row(row, wanted, of_all is listed, item) for row in matrix.rows if row.listed is listed]

        unlisted = YES if goal.fits(matrix.unlisted) else NO
        in_list = self._join(not of_all, [unlisted, *rows(True, goal)])
        return self._join(of_all, [in_list, *rows(False, goal.other_truth)])

    def _row(self, row: Row, goal: _Goal, together: bool, item: str | None) -> int:
        return self._join(together, [self._atom(cell, goal, item) for cell in row.cells if cell is not None])

    # States of slots, what they cost, and what sets a slot anew.

    def _of(self, slot: Slot) -> tuple[_State, ...]:
        """Return the states of a slot, of which it is in exactly one."""
        if slot not in self._states:
            self._states[slot] = self._made_of(slot)
        return self._states[slot]

    def _made_of(self, slot: Slot) -> tuple[_State, ...]:
        now, options = self.space.now(slot), self.space.options(slot)
        resetters = self.space.resetters(slot)
        if not options and not resetters:
            return (_State(YES, now),)
        own = [_State(self._new(), option.value) for option in options]
        held, unset, again = _State(self._new(), now), [], []
        if resetters:
            unset = [_State(self._new(), None)]
            again = [_State(self._new(), option.value) for option in self.space.options(slot, True)]
        states = (held, *own, *unset, *again)
        self._exactly_one([one.literal for one in states])
        self._price([(one.literal, option.cost) for one, option in zip(own, options, strict=True)])
        self._choosing.update((one.literal, (slot, one.value)) for one in (*own, *again))
        self._own[slot] = self._either([one.literal for one in own])
        if resetters:
            for by in resetters:
                self._of(by)
            reset = self._either([self._own[by] for by in resetters])
            for one in (held, *own):
                self._hard(-one.literal, -reset)
            for one in (*unset, *again):
                self._hard(-one.literal, reset)
        return states

    def _price(self, priced: Sequence[tuple[int, int]]) -> None:
        """Make literals cost something: one soft clause for each step from one price to the next."""
        steps: dict[int, int] = {}
        before = 0
        for cost in sorted({cost for _, cost in priced if cost}):
            steps[cost] = self._new()
            if before:
                self._hard(-steps[cost], steps[before])
            self._solver.add_clause([-steps[cost]], weight=cost - before)
            before = cost
        for literal, cost in priced:
            if cost:
                self._hard(-literal, steps[cost])

    def _exactly_one(self, literals: Sequence[int]) -> None:
        self._hard(*literals)
        if len(literals) <= PAIRS_MAX:
            for one, other in combinations(literals, 2):
                self._hard(-one, -other)
            return
        before = NO
        for literal in literals:
            so_far = self._new()
            self._hard(-literal, so_far)
            if before != NO:
                self._hard(-before, so_far)
                self._hard(-before, -literal)
            before = so_far

    def _either(self, literals: Sequence[int]) -> int:
        """Return a literal that holds just where one of these does."""
        either = self._new()
        self._hard(-either, *literals)
        for one in literals:
            self._hard(-one, either)
        return either

    def _all(self, literals: Iterable[int]) -> int:
        return self._join(True, literals)

    def _any(self, literals: Iterable[int]) -> int:
        return self._join(False, literals)

    def _join(self, together: bool, literals: Iterable[int]) -> int:
        """Return a literal from which all of these follow, or at least one of them."""
        neutral, decisive = (YES, NO) if together else (NO, YES)
        found = frozenset(literals) - {neutral}
        if decisive in found:
            return decisive
        if len(found) < 2:
            return next(iter(found), neutral)
        key = (together, found)
        if key not in self._joined:
            joined = self._joined[key] = self._new()
            for clause in [(one,) for one in sorted(found)] if together else [sorted(found)]:
                self._hard(-joined, *clause)
        return self._joined[key]

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _hard(self, *literals: int) -> None:
        if YES not in literals:
            self._solver.add_clause([one for one in literals if one != NO] or [NO])


def _key(field: str, value: Held) -> object:
    """Return what makes two values of a field the same."""
    return FIELDS[field].order_key(value) if FIELDS[field].kind == "version" and value is not ABSENT and value is not None else value
