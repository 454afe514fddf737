"""What must come out of slots for a requirement to be out of the way: conditions -> trees of "both" and "either" over single slots.

In: a `Space`. Out: trees, folded: what no choice changes is gone. Search and solver read the same trees, and tests hold both against trying
everything. What one would get wrong: an unknown condition is neither true nor false, so that it is *not* true is a goal of its own, which
an unknown slot meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

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
)
from supportable.core.deciding import Slot
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.plan_space import KNOWN_MAX, Held, Option, Space
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth


class Aim:
    """That a truth is `truth`, or, where `isnt`, that it is not. There are four, each once."""

    def __init__(self, truth: Truth, isnt: bool) -> None:
        self.truth, self.isnt = truth, isnt
        self.together = (truth is TRUE) is not isnt
        """Whether it asks of an "and" what it asks of every part."""
        self.opposite: Aim
        """What it asks of the part of a "not"."""

    def fits(self, truth: Truth) -> bool:
        return (truth is self.truth) is not self.isnt


HOLDS, FAILS, HOLDS_NOT, FAILS_NOT = Aim(TRUE, False), Aim(FALSE, False), Aim(TRUE, True), Aim(FALSE, True)
HOLDS.opposite, FAILS.opposite, HOLDS_NOT.opposite, FAILS_NOT.opposite = FAILS, HOLDS, FAILS_NOT, HOLDS_NOT


class Leaf:
    """One slot comes to one of these values; `own` and `again` are its cheapest options that do, the latter where it is set anew."""

    __slots__ = ("again", "fits", "own", "slot")

    def __init__(self, slot: Slot, fits: frozenset[Held], own: Option | None, again: Option | None) -> None:
        self.slot, self.fits, self.own, self.again = slot, fits, own, again


class Joined:
    """All of these goals, or, where not `together`, one of them."""

    __slots__ = ("parts", "together")

    def __init__(self, together: bool, parts: tuple[Goal, ...]) -> None:
        self.together, self.parts = together, parts


Goal = Leaf | Joined
YES, NO = Joined(True, ()), Joined(False, ())
"""The goals that are met by any choice, and by none."""


def slots_in(goal: Goal) -> Mapping[Slot, None]:
    """Return the slots of a goal, each once."""
    if isinstance(goal, Leaf):
        return {goal.slot: None}
    return {slot: None for part in goal.parts for slot in slots_in(part)}


class Goals:
    """The goals of one space, each made once."""

    def __init__(self, space: Space) -> None:
        self.space, self.ground = space, space.ground
        self._made: dict[object, Goal] = {}
        self._pack: Pack

    def requirement(self, number: int) -> Goal:
        """Return the goal that a requirement does not apply, or holds; for a rule of the model, that it is not broken."""
        if number not in self._made:
            one = self.ground.requirements[number]
            self._pack = one.pack
            assert one.clause.requires is not None
            aims = (HOLDS_NOT, FAILS_NOT) if number in self.ground.of_rules else (FAILS, HOLDS)
            parts = zip((one.clause.applies, one.clause.requires), aims, strict=True)
            self._made[number] = _join(False, (self._goal(condition, aim, None) for condition, aim in parts))
        return self._made[number]

    def told(self, number: int) -> Goal:
        """Return the goal that a requirement that holds does no harm: it does not apply, or its issuer speaks anyway."""
        one = self.ground.requirements[number]
        speaks = self.speaking((one.pack.issuer,))
        self._pack = one.pack
        return _join(False, (self._goal(one.clause.applies, FAILS, None), speaks))

    def speaking(self, issuers: tuple[str, ...]) -> Goal:
        """Return the goal that one of these issuers speaks: a requirement of it surely applies."""
        if issuers not in self._made:
            self._made[issuers] = _join(False, self._applying(issuers))
        return self._made[issuers]

    def heard(self) -> Goal:
        """Return the goal that everybody speaks who must."""
        if not self.ground.named:
            return self.speaking(self.ground.issuers)
        if "heard" not in self._made:
            self._made["heard"] = _join(True, (self.speaking((one,)) for one in self.ground.named))
        return self._made["heard"]

    def _applying(self, issuers: Iterable[str]) -> Iterable[Goal]:
        for issuer in issuers:
            for applies, pack in self.ground.speaking[issuer]:
                self._pack = pack
                yield self._goal(applies, HOLDS, None)

    def _goal(self, condition: Condition, aim: Aim, item: str | None) -> Goal:
        key = (id(condition), self._pack.id, aim, item)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._goal_of(condition, aim, item)
        return found

    def _goal_of(self, condition: Condition, aim: Aim, item: str | None) -> Goal:
        match condition:
            case Is() | Order() | Present():
                return self._atom(condition, aim, item)
            case Not(part):
                return self._goal(part, aim.opposite, item)
            case All(parts):
                return _join(aim.together, (self._goal(part, aim, item) for part in parts))
            case Any(parts):
                return _join(not aim.together, (self._goal(part, aim, item) for part in parts))
            case Every(listing, part, if_empty):
                return self._items(listing, part, aim, aim.together, TRUE, if_empty)
            case Some(listing, part):
                return self._items(listing, part, aim, not aim.together, FALSE, FALSE)
            case Same(field):
                return self._same(field, aim)
            case Count(listing, operator, bound):
                # Nobody adds or removes items for the sake of a number here; more than were found can only be ruled out by looking.
                number = len(self.space.listings[listing].items)
                now, later = compare(operator, number, bound), compare(operator, number + bound + 1, bound)
                counted = TRUE if now else FALSE
                return self._listed(listing, lambda whole: aim.fits(counted if whole or now is later else UNKNOWN))
            case InMatrix(name):
                return self._in_matrix(next(one for one in self._pack.matrices if one.id == name), aim, item)
            case Always(truth):
                return YES if aim.fits(truth) else NO

    def _atom(self, atom: Is | Order | Present, aim: Aim, item: str | None) -> Goal:
        slot = (atom.field, item if item is not None and FIELDS[atom.field].listing is not None else None)
        states = self.space.states(slot)
        key = (id(atom), aim, states)
        fits = self.ground.fitting.get(key)
        if fits is None:
            if len(self.ground.fitting) > KNOWN_MAX:
                self.ground.fitting.clear()
            truth = self.ground.truth
            fits = frozenset(one for one in states if aim.fits(UNKNOWN if one is None else truth(atom, one)))
            self.ground.fitting[key] = fits
        return self._leaf(slot, fits, len(fits) == len(states))

    def _leaf(self, slot: Slot, fits: frozenset[Held], any_does: bool) -> Goal:
        """Return the goal that a slot comes to one of these values."""
        if any_does or not fits:
            return YES if any_does else NO
        key = (slot, fits)
        found = self._made.get(key)
        if found is None:
            own = next((one for one in self.space.options(slot) if one.value in fits), None)
            again = next((one for one in self.space.again(slot) if one.value in fits), None)
            if again is None and None in fits and self.space.resetters(slot):
                again = Option(ABSENT, 0)
            found = self._made[key] = Leaf(slot, fits, own, again)
        return found

    def _where(self, slot: Slot, fits: Callable[[Held], bool]) -> Goal:
        states = self.space.states(slot)
        fitting = frozenset(filter(fits, states))
        return self._leaf(slot, fitting, len(fitting) == len(states))

    def _listed(self, listing: str, fits: Callable[[bool], bool]) -> Goal:
        """Return the goal that a listing is complete, or is not, as fits."""
        return self._where((listing, None), lambda value: fits(value is not None))

    def _items(self, listing: str, part: Condition, aim: Aim, together: bool, neutral: Truth, if_empty: Truth) -> Goal:
        """Return the goal of "every" or "some"; `neutral` is the truth that a complete list adds to its items."""
        names = [one.name for one in self.space.listings[listing].items]
        over = neutral if names else if_empty
        whole = self._listed(listing, lambda complete: aim.fits(over if complete else UNKNOWN))
        if not names:
            return whole
        return _join(together, (whole, *(self._goal(part, aim, name) for name in names)))

    def _same(self, field: str, aim: Aim) -> Goal:
        listing = FIELDS[field].listing or ""
        slots = [(field, one.name) for one in self.space.listings[listing].items]
        keys = dict.fromkeys(_key(field, value) for slot in slots for value in self.space.states(slot) if value is not None)
        whole, partial = self._listed(listing, bool), self._listed(listing, lambda complete: not complete)
        alone = len(slots) < 2

        def at(slot: Slot, key: object) -> Goal:
            return self._where(slot, lambda value: value is not None and _key(field, value) == key)

        def not_apart(slot: Slot, key: object) -> Goal:
            return self._where(slot, lambda value: value is None or _key(field, value) == key)

        def another(slot: Slot, key: object) -> Goal:
            return self._where(slot, lambda value: value is not None and _key(field, value) != key)

        if aim is HOLDS:
            return _join(True, (whole, YES if alone else _join(False, (_join(True, [at(slot, key) for slot in slots]) for key in keys))))
        if aim is FAILS_NOT:
            return YES if alone or not keys else _join(False, (_join(True, [not_apart(slot, key) for slot in slots]) for key in keys))
        differ: Goal = NO
        if not alone:
            pairs = (_join(True, [_join(False, [way(slot, key) for slot in slots]) for way in (at, another)]) for key in keys)
            differ = _join(False, pairs)
        if aim is FAILS:
            return differ
        return _join(False, (partial, differ, *(self._where(slot, lambda value: value is None) for slot in slots if not alone)))

    def _in_matrix(self, matrix: Matrix, aim: Aim, item: str | None) -> Goal:
        def rows(listed: bool, wanted: Aim) -> Iterable[Goal]:
            return (self._row(row, wanted, item) for row in matrix.rows if row.listed is listed)

        in_list = _join(not aim.together, (YES if aim.fits(matrix.unlisted) else NO, *rows(True, aim)))
        return _join(aim.together, (in_list, *rows(False, aim.opposite)))

    def _row(self, row: Row, aim: Aim, item: str | None) -> Goal:
        return _join(aim.together, (self._atom(cell, aim, item) for cell in row.cells if cell is not None))


def _key(field: str, value: Value | _Absent) -> object:
    """Return what makes two values of a field the same."""
    return FIELDS[field].order_key(value) if FIELDS[field].kind == "version" and value is not ABSENT else value


def _join(together: bool, goals: Iterable[Goal]) -> Goal:
    """Return all of these goals, or one of them, without what is met or missed whatever is chosen."""
    neutral, decisive = (YES, NO) if together else (NO, YES)
    found: dict[Goal, None] = {}
    for one in goals:
        if one is decisive:
            return decisive
        if isinstance(one, Joined) and one.together is together:
            found.update(dict.fromkeys(one.parts))
        elif one is not neutral:
            found[one] = None
    if not found:
        return neutral
    return next(iter(found)) if len(found) == 1 else Joined(together, tuple(found))
