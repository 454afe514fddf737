"""How cheaply a goal could be met: a bound from below, and the slot to begin with.

In: a goal, and a state of a plan (what slots hold, which are settled). Out: `Repair`. What one would get wrong: costs are added up only
where they cannot be of the same slot, so the bound may be less than any real change costs, but never more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from supportable.core.deciding import Slot
from supportable.core.plan_goals import Goal, Leaf
from supportable.core.plan_space import Held, Space

NEVER = 1 << 60
"""The cost of what cannot be."""


class Repair(NamedTuple):
    """At least this cost; the slot to settle first, `None` where nothing is to be done or nothing helps; and the value that may help.

    `slots` are those whose cost it is, as bits: the cost of what else is to be done adds to it where the slots are others.
    """

    cost: int
    slot: Slot | None
    value: Held = None
    slots: int = 0


DONE, IMPOSSIBLE = Repair(0, None), Repair(NEVER, None)


class State:
    """What a plan has settled so far: what slots hold, which are settled, which are set anew, and what was paid for already of each."""

    __slots__ = ("held", "reset", "settled", "used")

    def __init__(self, held: dict[Slot, Held], settled: frozenset[Slot], reset: frozenset[Slot]) -> None:
        self.held, self.settled, self.reset = held, settled, reset
        self.used: dict[Slot, int] = {}


class Bounds:
    """Bounds for the goals of one space."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._bits: dict[Slot, int] = {}
        self._slots: list[Slot] = []
        self.asked = 0
        """How many goals were asked about, which is how much work was done."""

    def slots(self, bits: int) -> Iterable[Slot]:
        """Return the slots that bits stand for."""
        while bits:
            low = bits & -bits
            yield self._slots[low.bit_length() - 1]
            bits ^= low

    def ask(self, goal: Goal, state: State) -> Repair:
        """Return how the goal could be met."""
        self.asked += 1
        if isinstance(goal, Leaf):
            slot = goal.slot
            value = state.held[slot] if slot in state.held else None if slot in state.reset else self.space.held_now(slot)
            return DONE if value in goal.fits else self._settling(goal, state)
        ways = [self.ask(part, state) for part in goal.parts]
        return _together(ways) if goal.together else _either(ways)

    def _settling(self, goal: Leaf, state: State) -> Repair:
        """Return what settling a slot costs at least: what it can become by its own work, and where other work sets it anew."""
        slot, own, again = goal.slot, goal.own, goal.again
        if slot in state.settled:
            return IMPOSSIBLE
        if slot in state.reset:
            return IMPOSSIBLE if again is None else Repair(0, slot, again.value)
        cost, first, value = NEVER, slot, None
        bits = self._bit(slot)
        if own is not None:
            cost, value = max(0, own.cost - state.used.get(slot, 0)), own.value
        if again is not None:
            for by in self.space.resetters(slot):
                if by not in state.settled:
                    bits |= self._bit(by)
                    other = max(0, self.space.options(by)[0].cost - state.used.get(by, 0))
                    if other < cost:
                        cost, first, value = other, by, None
        return IMPOSSIBLE if cost == NEVER else Repair(cost, first, value, bits)

    def _bit(self, slot: Slot) -> int:
        bit = self._bits.get(slot)
        if bit is None:
            bit = self._bits[slot] = 1 << len(self._slots)
            self._slots.append(slot)
        return bit


def _either(ways: Iterable[Repair]) -> Repair:
    """Return the bound for one of these: what the cheapest costs, of the slots of all of them."""
    best, slots = IMPOSSIBLE, 0
    for one in ways:
        if one is DONE:
            return DONE
        slots |= one.slots
        if one.cost < best.cost:
            best = one
    return best if best.slots == slots else best._replace(slots=slots)


def _together(ways: Iterable[Repair]) -> Repair:
    """Return the bound for all of these: the sum over those that share no slot, dearest first."""
    wanted = []
    for one in ways:
        if one.cost == NEVER:
            return IMPOSSIBLE
        if one is not DONE:
            wanted.append(one)
    if len(wanted) < 2:
        return wanted[0] if wanted else DONE
    wanted.sort(key=lambda one: -one.cost)
    cost = slots = 0
    for one in wanted:
        if not one.slots & slots:
            cost, slots = cost + one.cost, slots | one.slots
    return wanted[0]._replace(cost=cost, slots=slots)
