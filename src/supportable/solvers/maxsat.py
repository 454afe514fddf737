"""The cheapest plan by MaxSAT: what `Planner.cheapest` searches for, as clauses for RC2 (Ignatiev, Morgado, Marques-Silva 2019).

In: a `Planner`. Out: `Found`, always proven, and all that cost as little. Each slot is in exactly one state: as it is now, at one of its
options, or unknown; the goals of `plan_goals` are "and" and "or" of states. Only requirements that some cheapest choice so far leaves in
the way are written down: what is cheapest for a part of them and breaks no other is cheapest for all. What one would get wrong: a goal is
written one way only ("if this literal, then that"), so no goal is ever negated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from importlib.util import find_spec
from itertools import combinations
from typing import Any as Anything
from typing import NamedTuple

from supportable.core.deciding import Slot
from supportable.core.facts import Value, _Absent
from supportable.core.plan import Choice, Found, Planner, work_of
from supportable.core.plan_goals import Goal, Leaf
from supportable.core.plan_space import LOOKED, NOBODY_SPEAKS, Held
from supportable.core.repairs import NEVER

YES, NO = 1, -1
"""The literal that always holds, and its opposite."""

PAIRS_MAX = 6
"""Up to how many states "at most one" is written pair by pair."""


def installed() -> bool:
    """Whether python-sat, of the extra `plan`, is there."""
    return find_spec("pysat") is not None


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


def others(planner: Planner, first: Found, limit: int) -> tuple[tuple[Choice, ...], bool]:
    """Return further choices that cost as little as the first, at most `limit`, and whether there are no more."""
    assert first.choice is not None
    plans = {work_of(planner, first.choice): first.choice}
    formula = _Formula(planner)
    try:
        formula.leave_out(next(iter(plans)))
        while len(plans) <= limit:
            choice = formula.cheapest()
            if choice is None or formula.cost > first.cost:
                return tuple(plans.values())[1:], True
            left = planner.in_the_way_of(choice)
            if left:
                formula.add(left)
                continue
            work = work_of(planner, choice)
            plans.setdefault(work, choice)
            formula.leave_out(work)
        return tuple(plans.values())[1:], False
    finally:
        formula.close()


class _State(NamedTuple):
    """A state that a slot can be in: the literal that says so, and the value, `None` where it is unknown."""

    literal: int
    value: Held


class _Formula:
    """Clauses in the making, and the solver that holds them."""

    def __init__(self, planner: Planner) -> None:
        # Imported here because only who asks for a plan that the search does not find pays for it.
        from pysat.formula import WCNF

        self.planner, self.space = planner, planner.space
        self._formula: Anything = WCNF()
        self._formula.append([YES])
        self._solver: Anything = None
        self._last = 1
        self._states: dict[Slot, tuple[_State, ...]] = {}
        self._choosing: dict[int, tuple[Slot, Held]] = {}
        self._own: dict[Slot, int] = {}
        self._joined: dict[tuple[bool, frozenset[int]], int] = {}
        self._literals: dict[Goal, int] = {}
        self._written: set[int] = set()

    @property
    def cost(self) -> int:
        return 0 if self._solver is None else int(self._solver.cost)

    def close(self) -> None:
        if self._solver is not None:
            self._solver.delete()

    def cheapest(self) -> dict[Slot, Anything] | None:
        """Return a cheapest choice for what is written down so far, `None` where there is none."""
        if self._solver is None and self._formula.hard == [[YES]]:
            return {}
        model = self._started().compute()
        if model is None:
            return None
        chosen = (self._choosing[literal] for literal in model if literal in self._choosing)
        return dict(chosen)

    def _started(self) -> Anything:
        """Return the solver, which gets what is written down before it starts at once: clause by clause takes ten times as long."""
        if self._solver is None:
            from pysat.examples.rc2 import RC2

            self._solver = RC2(self._formula, exhaust=True)
        return self._solver

    def add(self, numbers: Iterable[int]) -> None:
        """Write down the requirements with these numbers, all of them in the way of the last choice."""
        goals = self.planner.goals
        for number in numbers:
            if number == NOBODY_SPEAKS:
                goal = goals.heard()
            elif number not in self._written:
                goal = goals.requirement(number)
            else:
                # It holds, and is in the way still: nobody knows whether it applies, and its issuer does not speak.
                goal = goals.told(number)
            self._written.add(number)
            self._hard(self._literal(goal))

    def leave_out(self, work: Iterable[tuple[Slot, Value | _Absent]]) -> None:
        """Write down that some of this work is not done."""
        literals = []
        for slot, value in work:
            states = self._of(slot)
            literals += [self._own[slot]] if value is LOOKED else [one.literal for one in states[1:] if one.value == value][:1]
        self._hard(*(-one for one in literals))

    def _literal(self, goal: Goal) -> int:
        """Return a literal from which it follows that the goal is met."""
        if goal not in self._literals:
            if isinstance(goal, Leaf):
                literals = [one.literal for one in self._of(goal.slot) if one.value in goal.fits]
                self._literals[goal] = self._join(False, literals)
            else:
                self._literals[goal] = self._join(goal.together, [self._literal(part) for part in goal.parts])
        return self._literals[goal]

    # States of slots, what they cost, and what sets a slot anew.

    def _of(self, slot: Slot) -> tuple[_State, ...]:
        """Return the states of a slot, of which it is in exactly one."""
        if slot not in self._states:
            self._states[slot] = self._made_of(slot)
        return self._states[slot]

    def _made_of(self, slot: Slot) -> tuple[_State, ...]:
        now, options = self.space.held_now(slot), self.space.options(slot)
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
            self._write([-steps[cost]], cost - before)
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
            self._write([one for one in literals if one != NO] or [NO])

    def _write(self, clause: list[int], weight: int | None = None) -> None:
        """Write a clause down; one with a weight may be broken, at that cost."""
        (self._formula.append if self._solver is None else self._solver.add_clause)(clause, weight)
