"""How cheaply a condition could be made to hold, or not to hold: a bound from below, and the slot to begin with.

In: a state of a plan (what slots hold, which are settled). Out: `Repair`. What one would get wrong: costs are added up only where they
cannot be of the same slot, so the bound may be less than any real change costs, but never more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from supportable.core.clauses import Pack
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
from supportable.core.deciding import Slot
from supportable.core.facts import ABSENT
from supportable.core.fields import FIELDS
from supportable.core.plan_space import Held, Option, Requirement, Space
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth

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

Atom = Is | Order | Present


class Bounds:
    """Bounds for the clauses of one space; what depends on a slot alone is worked out once."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._cheapest: dict[tuple[Atom, Slot, bool, bool], tuple[Option | None, Option | None]] = {}
        self._bits: dict[Slot, int] = {}
        self._slots: list[Slot] = []
        self._pack: Pack
        self._loosely = False
        self.state: State

    def slots(self, bits: int) -> Iterable[Slot]:
        """Return the slots that bits stand for."""
        while bits:
            low = bits & -bits
            yield self._slots[low.bit_length() - 1]
            bits ^= low

    def requirement(self, one: Requirement, state: State) -> Repair:
        """Return how a requirement could be withstood: it holds, or it does not apply; a rule of the model: one of both may be unknown."""
        self.state, self._pack, self._loosely = state, one.pack, one.number in self.space.ground.of_rules
        assert one.clause.requires is not None
        avoided, met = self.ask(one.clause.applies, False, None), self.ask(one.clause.requires, True, None)
        self._loosely = False
        if met is DONE and avoided is not DONE:
            # It holds, and is unknown to apply: then its issuer must speak anyway. That may be what other requirements pay for.
            met = self.speaking((one.pack.issuer,), state)
            met = met if met.cost == NEVER else met._replace(cost=0, slots=0)
        return _either((avoided, met))

    def speaking(self, issuers: Iterable[str], state: State) -> Repair:
        """Return how one of these issuers could be made to speak: a requirement of it surely applies."""
        self.state = state
        ways = []
        for issuer in issuers:
            for applies, self._pack in self.space.ground.speaking[issuer]:
                ways.append(self.ask(applies, True, None))
                if ways[-1] is DONE:
                    return DONE
        return _either(ways)

    def ask(self, condition: Condition, wanted: bool, item: str | None) -> Repair:
        match condition:
            case Is() | Order() | Present():
                return self._atom(condition, wanted, item)
            case Not(part):
                return self.ask(part, not wanted, item)
            case All(parts):
                return self._joined(wanted, (self.ask(one, wanted, item) for one in parts))
            case Any(parts):
                return self._joined(not wanted, (self.ask(one, wanted, item) for one in parts))
            case Every(listing, part, if_empty):
                return self._items(listing, part, wanted, wanted, if_empty)
            case Some(listing, part):
                return self._items(listing, part, wanted, not wanted, FALSE)
            case InMatrix(name):
                return self._in_matrix(next(one for one in self._pack.matrices if one.id == name), wanted, item)
            case Same(field):
                return self._same(field, wanted)
            case Count(listing, operator, bound):
                return self._count(listing, operator, bound, wanted)
            case Always(truth):
                return DONE if self._fits(truth, wanted) else IMPOSSIBLE

    def _fits(self, truth: Truth, wanted: bool) -> bool:
        return truth is not (FALSE if wanted else TRUE) if self._loosely else truth is (TRUE if wanted else FALSE)

    def _joined(self, together: bool, ways: Iterable[Repair]) -> Repair:
        return _together(ways) if together else _either(ways)

    def _atom(self, atom: Atom, wanted: bool, item: str | None) -> Repair:
        slot = (atom.field, item if item is not None and FIELDS[atom.field].listing is not None else None)
        value = self.state.value(slot)
        if self._fits(UNKNOWN if value is None else holds(atom, value), wanted):
            return DONE
        key = (atom, slot, wanted, self._loosely)
        found = self._cheapest.get(key)
        if found is None:
            found = self._cheapest[key] = (self._fitting(atom, wanted, slot, False), self._fitting(atom, wanted, slot, True))
        return self._settling(slot, *found)

    def _fitting(self, atom: Atom, wanted: bool, slot: Slot, reset: bool) -> Option | None:
        """Return the cheapest option under which a condition comes out as wanted."""
        options = self._again(slot) if reset else self.space.options(slot)
        return next((one for one in options if self._fits(holds(atom, one.value), wanted)), None)

    def _again(self, slot: Slot) -> Sequence[Option]:
        """Return what a slot can become where other work sets it anew; it may stay unknown where that does no harm."""
        if not self.space.resetters(slot):
            return ()
        return (Option(ABSENT, 0),) if self._loosely else self.space.options(slot, True)

    def _settling(self, slot: Slot, own: Option | None, again: Option | None) -> Repair:
        """Return what settling a slot costs at least: what it can become by its own work, and where other work sets it `again`."""
        state = self.state
        if slot in state.settled:
            return IMPOSSIBLE
        if state.is_reset(slot):
            return IMPOSSIBLE if again is None else Repair(0, slot, again.value)
        bits = self._bit(slot)
        best = IMPOSSIBLE if own is None else Repair(max(0, own.cost - state.used.get(slot, 0)), slot, own.value)
        if again is not None:
            for by in self.space.resetters(slot):
                if by not in state.settled:
                    bits |= self._bit(by)
                    cost = max(0, self.space.options(by)[0].cost - state.used.get(by, 0))
                    if cost < best.cost:
                        best = Repair(cost, by)
        return best if best is IMPOSSIBLE else best._replace(slots=bits)

    def _bit(self, slot: Slot) -> int:
        bit = self._bits.get(slot)
        if bit is None:
            bit = self._bits[slot] = 1 << len(self._slots)
            self._slots.append(slot)
        return bit

    def _items(self, listing: str, part: Condition, wanted: bool, together: bool, if_empty: Truth) -> Repair:
        """Return the bound for all items of a list that must be complete coming out as wanted, or for one of them."""
        items = self.space.listings[listing].items
        if not items:
            return self._complete(listing) if self._fits(if_empty, wanted) else self._partial(listing)
        repairs = (self.ask(part, wanted, one.name) for one in items)
        return _together((*repairs, self._complete(listing))) if together else _either((*repairs, self._partial(listing)))

    def _complete(self, listing: str) -> Repair:
        slot = (listing, None)
        if self._loosely or self.state.value(slot) is not None:
            return DONE
        return self._settling(slot, next(iter(self.space.options(slot)), None), None)

    def _partial(self, listing: str) -> Repair:
        """Return the bound for a list not being complete, which leaves a truth unknown; that is enough for a rule."""
        return DONE if self._loosely and self.state.value((listing, None)) is None else IMPOSSIBLE

    def _count(self, listing: str, operator: str, bound: int, wanted: bool) -> Repair:
        # Nobody adds or removes items for the sake of a number here; more than were found can only be ruled out by looking.
        number = len(self.space.listings[listing].items)
        now, later = compare(operator, number, bound), compare(operator, number + bound + 1, bound)
        if now is later:
            return DONE if now is wanted else IMPOSSIBLE
        return self._complete(listing) if now is wanted else self._partial(listing)

    def _same(self, field: str, wanted: bool) -> Repair:
        listing = FIELDS[field].listing or ""
        slots = [(field, one.name) for one in self.space.listings[listing].items]
        keys = [self._key(field, self.state.value(slot)) for slot in slots]
        known = {key for key in keys if key is not None}
        if not wanted:
            if len(known) > 1 or (self._loosely and len(slots) > 1 and None in keys):
                return DONE
            moved = _either(map(self._moving, slots)) if len(slots) > 1 else IMPOSSIBLE
            return _either((moved, self._partial(listing)))
        if len(slots) < 2 or (len(known) < 2 and (self._loosely or None not in keys)):
            return self._complete(listing)
        # To one of the values there are, or all to another.
        moving = [self._moving(slot) for slot in slots]
        ways = [_together(one for one, key in zip(moving, keys, strict=True) if key != target) for target in (*known, None)]
        return _together((_either(ways), self._complete(listing)))

    def _key(self, field: str, value: Held) -> tuple[object] | None:
        if value is None:
            return None
        return (FIELDS[field].order_key(value) if FIELDS[field].kind == "version" and value is not ABSENT else value,)

    def _moving(self, slot: Slot) -> Repair:
        return self._settling(slot, next(iter(self.space.options(slot)), None), next(iter(self._again(slot)), None))

    def _in_matrix(self, matrix: Matrix, wanted: bool, item: str | None) -> Repair:
        def rows(listed: bool, fits: bool) -> list[Repair]:
            return [self._row(row, fits, item) for row in matrix.rows if row.listed is listed]

        unlisted = DONE if self._fits(matrix.unlisted, wanted) else IMPOSSIBLE
        in_list = self._joined(not wanted, [unlisted, *rows(True, wanted)])
        return self._joined(wanted, [in_list, *rows(False, not wanted)])

    def _row(self, row: Row, fits: bool, item: str | None) -> Repair:
        return self._joined(fits, (self._atom(cell, fits, item) for cell in row.cells if cell is not None))


class State(NamedTuple):
    """What a plan has settled so far, for bounds: what slots hold, which are settled, which were set anew, what clauses before used."""

    held: dict[Slot, Held]
    settled: frozenset[Slot]
    anew: frozenset[Slot]
    space: Space
    used: dict[Slot, int]

    def value(self, slot: Slot) -> Held:
        if slot in self.held:
            return self.held[slot]
        return None if self.is_reset(slot) else self.space.now(slot)

    def is_reset(self, slot: Slot) -> bool:
        """Whether other work sets the slot anew; `anew` are the slots whose work did."""
        return bool(self.anew) and any(by in self.anew for by in self.space.resetters(slot))


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
