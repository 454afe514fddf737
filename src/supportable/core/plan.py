"""The cheapest changes after which a deployment is at a level: a search that is led by the clauses in the way.

In: a `Space`. Out: `Found`: all cheapest choices of values, and whether that is proven. At every step one slot is settled that the clause
dearest to satisfy asks about: kept, or given one of its values, so that nothing is looked at twice; what the clauses in the
way still cost at least is shared out among them (cost partitioning: Katz and Domshlak 2010), so that the first plan found is a cheapest
one (A*). What one would get wrong: a cheaper plan is not one with fewer changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from supportable.core.compile import Listings, Outcomes
from supportable.core.deciding import Slot
from supportable.core.facts import Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.plan_goals import Goals, slots_in
from supportable.core.plan_space import LOOKED, NOBODY_SPEAKS, Held, Space
from supportable.core.repairs import DONE, NEVER, Bounds, Repair, State

NODES_MAX = 3_000
"""How many states one search looks at before it gives up."""

ASKED_MAX = 500
"""How many goals it asks about before it hands over to a solver, where there is one: as much work as the solver takes to begin."""

GREED = 5
"""How much more a quick search makes of what is left than of what was spent."""

DIVE_MAX = 400
"""How many states are looked at for any plan at all, once the cheapest was not found in time."""

Choice = Mapping[Slot, Value | _Absent]


class Found(NamedTuple):
    """What a search came to: the cheapest choice of values, what it costs, and what every other costs at least.

    `choice` is `None` where none was found. `proven`: nothing is cheaper, or, where there is no choice, nothing helps at all.
    """

    choice: Choice | None
    cost: int
    proven: bool
    at_least: int
    looked_at: int


class _Seen(NamedTuple):
    """What was found out about a node: what is in the way, each with what it costs at least, all of that together, and where to begin."""

    in_the_way: dict[int, Repair]
    bound: int
    first: Repair


class _Node(NamedTuple):
    """What is settled; `last` was settled last, and `before` is what was known without it."""

    held: dict[Slot, Held]
    settled: frozenset[Slot]
    anew: frozenset[Slot]
    cost: int
    last: Slot | None = None
    before: _Seen | None = None


class Planner:
    """Searches one space, as often as somebody asks.

    `fall_back` answers as the search does, and proves its answer: it is asked where a search has done as much as `ASKED_MAX` says, and from
    then on at once.
    """

    def __init__(self, space: Space, fall_back: Solver | None = None) -> None:
        self.space = space
        self.fall_back = fall_back
        self._handed_over = False
        self.bounds = Bounds(space)
        self.goals = Goals(space)
        base = space.deployment
        self._values = base.values
        self._items = {
            name: (tuple((one.name, one.values) for one in found.items), found.complete) for name, found in space.listings.items()
        }
        self._plain: Listings = {name: (tuple(values for _, values in items), complete) for name, (items, complete) in self._items.items()}
        self._shared: dict[int, dict[Slot, None]] = {}
        self._reset_by: dict[Slot, tuple[Slot, ...]] = {}
        self._runs: dict[tuple[int, tuple[tuple[Slot, Held], ...]], Outcomes] = {}

    def cheapest(self, below: int = NEVER, only: Collection[int] | None = None, nodes_max: int = NODES_MAX, quickly: bool = True) -> Found:
        """Return the cheapest choice that costs less than `below`; with `only`, no other requirement counts.

        After `nodes_max` states the answer is any choice that a quick search finds, none where not `quickly`, and is not proven.
        """
        if self._handed_over and self.fall_back is not None:
            return self.fall_back.cheapest(self, below, only)
        found = self._search(below, only, nodes_max, 1, None if self.fall_back is None else self.bounds.asked + ASKED_MAX)
        if found.proven or (self.fall_back is None and not quickly):
            return found
        if self.fall_back is not None:
            self._handed_over = True
            proven = self.fall_back.cheapest(self, below, only)
            return proven._replace(looked_at=found.looked_at + proven.looked_at)
        quick = self._search(below, only, DIVE_MAX, GREED)
        looked_at = found.looked_at + quick.looked_at
        return quick._replace(proven=quick.cost <= found.at_least, at_least=found.at_least, looked_at=looked_at)

    def _search(self, below: int, only: Collection[int] | None, nodes_max: int, greed: int, asked_max: int | None = None) -> Found:
        """Search by cost plus `greed` times what is left at least; only a greed of 1 proves anything."""
        start = _Node({}, frozenset(), frozenset(), 0)
        queue: list[tuple[int, int, int, _Node, _Seen | None]] = [(0, 0, 0, start, None)]
        looked_at = pushed = 0
        while queue:
            rank, _, _, node, seen = heappop(queue)
            if seen is None:
                looked_at += 1
                if looked_at > nodes_max or (asked_max is not None and self.bounds.asked > asked_max):
                    return Found(None, NEVER, False, rank, looked_at)
                seen = self._look(node, only)
                if seen is None or node.cost + seen.bound >= below:
                    continue
                if not seen.in_the_way:
                    return Found(_chosen(node), node.cost, greed == 1, node.cost, looked_at)
                whole = node.cost + greed * seen.bound
                if whole > rank and queue and queue[0][0] < whole:
                    pushed += 1
                    heappush(queue, (whole, -len(node.settled), -pushed, node, seen))
                    continue
                rank = max(rank, whole)
            for child in self._children(node, seen):
                if child.cost < below:
                    pushed += 1
                    heappush(queue, (max(rank, child.cost) if greed == 1 else rank, -len(child.settled), -pushed, child, None))
        return Found(None, NEVER, True, below, looked_at)

    def bound(self, numbers: Sequence[int]) -> int:
        """Return what it costs at least to clear these requirements of the way, all of them in the way now."""
        state = State({}, frozenset(), frozenset())
        total = 0
        for number in numbers:
            repair = self._repair(number, state)
            total = min(NEVER, total + repair.cost)
            self._use(repair, state.used)
        return total

    def cost(self, choice: Choice) -> int:
        """Return what a choice of values costs."""
        anew, total = self.anew(choice), 0
        for slot, value in choice.items():
            options = self.space.options(slot, self._is_reset(slot, anew))
            total += next((one.cost for one in options if one.value == value), 0)
        return total

    def anew(self, choice: Choice) -> frozenset[Slot]:
        """Return the slots whose own work is done, and so sets others anew."""

        def own(slot: Slot) -> bool:
            return self._moves(slot) and not any(own(by) for by in self.space.resetters(slot) if by in choice)

        return frozenset(filter(own, choice))

    def _moves(self, slot: Slot) -> bool:
        """Whether choosing a value for the slot is a change: a slot that nobody knew is looked at only."""
        return self.space.held_now(slot) is not None or self.space.certain

    def in_the_way_of(self, choice: Choice) -> list[int]:
        """Return the requirements that are in the way after a choice."""
        return self._left(dict(choice), self.anew(choice))

    def first(self) -> tuple[Slot, ...]:
        """Return what is to be found out before anything is planned: what runs, where nobody knows and what is in the way asks about it."""
        found = self.in_the_way_of({})
        asked = {field for number in found if number != NOBODY_SPEAKS for field in self.space.ground.requirements[number].fields}
        return tuple(slot for slot in self.space.what_runs() if NOBODY_SPEAKS in found or slot[0] in asked)

    def unset_by(self, choice: Choice) -> list[Slot]:
        """Return the slots that the work of a choice sets anew."""
        found: dict[Slot, None] = {}
        for slot in self.anew(choice):
            found.update(dict.fromkeys(self._resets(slot)))
        return list(found)

    def _resets(self, slot: Slot) -> tuple[Slot, ...]:
        found = self._reset_by.get(slot)
        if found is None:
            move = self.space.model.moves.get(slot[0])
            slots = self.space.slots_of(move.resets) if move is not None else ()
            found = self._reset_by[slot] = tuple(one for one in slots if slot in self.space.resetters(one))
        return found

    def _left(self, held: Mapping[Slot, Held], anew: Iterable[Slot]) -> list[int]:
        """Return what is in the way; only packs that read what is new are run."""
        new: dict[Slot, Held] = {}
        for slot in anew:
            new.update(dict.fromkeys(self._resets(slot)))
        new.update(held)
        inputs: tuple[Mapping[str, Value | _Absent], Listings] | None = None
        runs = []
        readers = self.space.ground.readers
        parts: dict[int, list[tuple[Slot, Held]]] = {}
        for one in new.items():
            for number in readers.get(one[0][0], ()):
                parts.setdefault(number, []).append(one)
        for number, compiled in enumerate(self.space.ground.asked):
            key = (number, tuple(parts.get(number, ())))
            found = self._runs.get(key)
            if found is None:
                inputs = inputs or self._inputs(new)
                found = self._runs[key] = compiled.run(*inputs)
            runs.append(found)
        return self.space.left_by(runs)

    def _inputs(self, new: Mapping[Slot, Held]) -> tuple[Mapping[str, Value | _Absent], Listings]:
        owned: dict[str | None, dict[str, Held]] = {}
        for (field, owner), value in new.items():
            owned.setdefault(owner, {})[field] = value
        values = _with(self._values, owned.pop(None, {}))
        listings: dict[str, tuple[tuple[Mapping[str, Value | _Absent], ...], bool]] = dict(self._plain)
        touched = {FIELDS[field].listing for (field, owner) in new if owner is not None}
        for name, (items, complete) in self._items.items():
            if name in touched or (name, None) in new:
                done = tuple(_with(one, owned[owner]) if owner in owned else one for owner, one in items)
                listings[name] = (done, complete or (name, None) in new)
        return values, listings

    def _look(self, node: _Node, only: Collection[int] | None) -> _Seen | None:
        """Return what is known of a node, `None` where nothing leads on from it."""
        found = self._left(node.held, node.anew)
        if only is not None:
            found = [number for number in found if number in only or number == NOBODY_SPEAKS]
        state = State(node.held, node.settled, frozenset(one for by in node.anew for one in self._resets(by)))
        repairs, again = self._as_before(found, node, state.used)
        for number in again:
            repair = repairs[number] = self._repair(number, state)
            if repair.cost == NEVER:
                return None
            self._use(repair, state.used)
        dearest = max((one for one in repairs.values() if one.slot is not None), key=lambda one: one.cost, default=None)
        if found and dearest is None:
            slot = self._any_slot(found, node)
            if slot is None:
                return None
            dearest = Repair(0, slot)
        return _Seen(repairs, sum(one.cost for one in repairs.values()), dearest or DONE)

    def _as_before(self, found: Sequence[int], node: _Node, used: dict[Slot, int]) -> tuple[dict[int, Repair], list[int]]:
        """Return the bounds that the slot settled last leaves as they were, with their cost taken, and what is to be asked again."""
        repairs: dict[int, Repair] = {}
        again: list[int] = []
        before = node.before.in_the_way if node.before is not None else {}
        for number in found:
            repair = before.get(number)
            # What cost nothing may cost something now that others need less.
            if repair is None or (not repair.cost and (number < 0 or not repair.slots)) or node.last in self._slots(number):
                again.append(number)
            else:
                repairs[number] = repair
                self._use(repair, used)
        return repairs, again

    def _use(self, repair: Repair, used: dict[Slot, int]) -> None:
        if repair.cost:
            for slot in self.bounds.slots(repair.slots):
                used[slot] = used.get(slot, 0) + repair.cost

    def _repair(self, number: int, state: State) -> Repair:
        if number == NOBODY_SPEAKS:
            return self.bounds.ask(self.goals.heard(), state)
        found = self.bounds.ask(self.goals.requirement(number), state)
        if found is DONE:
            # It holds and is unknown to apply, so its issuer must speak. That may be what other requirements pay for already.
            found = self.bounds.ask(self.goals.told(number), state)
            return found if found.cost == NEVER else found._replace(cost=0, slots=0)
        return found

    def _slots(self, number: int) -> Mapping[Slot, None]:
        """Return the slots that could settle a requirement, with those that set them anew."""
        if number not in self._shared:
            goal = self.goals.heard() if number == NOBODY_SPEAKS else self.goals.requirement(number)
            slots = slots_in(goal)
            self._shared[number] = dict.fromkeys([*slots, *(by for slot in slots for by in self.space.resetters(slot))])
        return self._shared[number]

    def _any_slot(self, numbers: Iterable[int], node: _Node) -> Slot | None:
        slots = (slot for number in numbers for slot in self._slots(number) if slot not in node.settled)
        return next((slot for slot in slots if self.space.options(slot, self._is_reset(slot, node.anew))), None)

    def _is_reset(self, slot: Slot, anew: Collection[Slot]) -> bool:
        return bool(anew) and any(by in anew for by in self.space.resetters(slot))

    def _children(self, node: _Node, seen: _Seen) -> Sequence[_Node]:
        """Return the nodes with one more slot settled, the likeliest last; what sets a slot anew is settled before it."""
        wanted, first = seen.first.slot, seen.first.value
        assert wanted is not None
        slot = wanted
        while not self._is_reset(slot, node.anew):
            by = next((one for one in self.space.resetters(slot) if one not in node.settled), None)
            if by is None:
                break
            slot = by
        settled = node.settled | {slot}
        kept = _Node(node.held, settled, node.anew, node.cost, slot, seen)
        anew = node.anew | {slot} if self._moves(slot) and not self._is_reset(slot, node.anew) else node.anew
        options = sorted(self.space.options(slot, self._is_reset(slot, node.anew)), key=lambda one: (one.value == first, -one.cost))
        made = [_Node({**node.held, slot: one.value}, settled, anew, node.cost + one.cost, slot, seen) for one in options]
        return [*made, kept] if slot != wanted else [kept, *made]


class Solver(Protocol):
    """What answers where the search takes long; `others` are as those of this module."""

    def cheapest(self, planner: Planner, below: int = NEVER, only: Collection[int] | None = None) -> Found: ...

    def others(self, planner: Planner, first: Found, limit: int) -> tuple[tuple[Choice, ...], bool]: ...


def _chosen(node: _Node) -> Choice:
    return {slot: value for slot, value in node.held.items() if value is not None}


def _with(values: Mapping[str, Value | _Absent], new: Mapping[str, Held]) -> Mapping[str, Value | _Absent]:
    merged = dict(values)
    for field, value in new.items():
        if value is None:
            merged.pop(field, None)
        else:
            merged[field] = value
    return merged


def tidied(planner: Planner, choice: Choice) -> Choice:
    """Return a choice that costs the same, without values that nothing asks for, and with one value for all items where one will do."""
    space, anew = planner.space, planner.anew(choice)
    free = [slot for slot in choice if any(by in anew for by in space.resetters(slot))]
    for slot in free:
        without = {one: value for one, value in choice.items() if one != slot}
        if not planner.in_the_way_of(without):
            choice = without
    for field in dict.fromkeys(slot[0] for slot in free):
        slots = [slot for slot in free if slot[0] == field and slot in choice]
        for value in _likely(planner, slots):
            alike = {**choice, **dict.fromkeys(slots, value)}
            if not planner.in_the_way_of(alike):
                choice = alike
                break
    return choice


def _likely(planner: Planner, slots: Sequence[Slot]) -> Iterable[Value | _Absent]:
    """Return what all of these slots could come out with: what they are now, then what the documents name.

    A number or version says nothing of another release than its own.
    """
    if not slots:
        return ()
    space, numbered = planner.space, FIELDS[slots[0][0]].kind in ("integer", "version")
    now = [value for value in (space.held_now(slot) for slot in slots) if value is not None and not numbered]
    options = [{one.value for one in space.options(slot, True)} for slot in slots]
    return dict.fromkeys([*now, *(one.value for one in space.options(slots[0], True) if all(one.value in some for some in options))])


def core_of(planner: Planner, cost: int, nodes_max: int = NODES_MAX) -> tuple[tuple[int, ...], bool]:
    """Return a smallest set of requirements that cannot be met together for less than `cost`, and whether it is proven smallest.

    Where a smallest takes long, none of the set can be left out.

    By hitting sets: every cheaper choice leaves some requirement in the way, of which one must be in the set (Ignatiev et al. 2015,
    smallest MUS extraction).
    """
    to_hit: list[frozenset[int]] = []
    calls = 0
    while True:
        chosen = _smallest_hitting(to_hit)
        found = planner.cheapest(below=cost, only=chosen, nodes_max=nodes_max)
        if found.choice is None:
            return tuple(sorted(chosen)), found.proven
        left = _left_by(planner, found.choice)
        if not left:
            return tuple(sorted(chosen)), False
        calls += 1 + len(left)
        if calls > CALLS_MAX:
            return _irreducible(planner, cost, left.union(*to_hit), nodes_max), False
        to_hit.append(_fewest(planner, cost, left, nodes_max))


CALLS_MAX = 150
"""How many searches the smallest set is worth; after as many, a set of which none can be left out has to do."""


def _left_by(planner: Planner, choice: Choice) -> frozenset[int]:
    return frozenset(number for number in planner.in_the_way_of(choice) if number != NOBODY_SPEAKS)


def _irreducible(planner: Planner, cost: int, numbers: frozenset[int], nodes_max: int) -> tuple[int, ...]:
    """Return a set of requirements that cannot be met for less than `cost`, of which none can be left out, begun with these."""
    left = numbers
    while left:
        numbers |= left
        found = planner.cheapest(cost, numbers, nodes_max, quickly=False)
        left = _left_by(planner, found.choice) if found.choice is not None else frozenset()
    for number in sorted(numbers):
        without = planner.cheapest(cost, numbers - {number}, nodes_max // 10, quickly=False)
        if without.choice is None and without.proven:
            numbers -= {number}
    return tuple(sorted(numbers))


def _fewest(planner: Planner, cost: int, left: frozenset[int], nodes_max: int) -> frozenset[int]:
    """Return what some choice for less than `cost` leaves in the way of these, such that no other leaves a part of that: it says more."""
    for number in sorted(left):
        if number in left and len(left) > 1:
            met = frozenset(range(len(planner.space.ground.requirements))) - left | {number}
            found = planner.cheapest(cost, met, nodes_max // 10, quickly=False)
            if found.choice is not None:
                left = _left_by(planner, found.choice)
    return left


def _smallest_hitting(sets: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return a smallest set that shares a member with each of these."""
    best: frozenset[int] = frozenset(next(iter(sorted(one))) for one in sets)

    def extend(chosen: frozenset[int]) -> None:
        nonlocal best
        if len(chosen) >= len(best):
            return
        missed = [one for one in sets if one.isdisjoint(chosen)]
        if not missed:
            best = chosen
            return
        apart, lower = set[int](), 0
        for one in sorted(missed, key=len):
            if apart.isdisjoint(one):
                apart |= one
                lower += 1
        if len(chosen) + lower < len(best):
            for number in sorted(sorted(missed, key=len)[0]):
                extend(chosen | {number})

    extend(frozenset())
    return best


def work_of(planner: Planner, choice: Choice) -> frozenset[tuple[Slot, Value | _Absent]]:
    """Return what tells one plan from another: the slots that cost something, with the values of those that are changed."""
    space, anew = planner.space, planner.anew(choice)
    own = (slot for slot in choice if not any(by in anew for by in space.resetters(slot)))
    return frozenset((slot, LOOKED if space.held_now(slot) is None else choice[slot]) for slot in own)


def others(planner: Planner, first: Found, limit: int, nodes_max: int = NODES_MAX) -> tuple[tuple[Choice, ...], bool]:
    """Return further choices that cost as little as the first, at most `limit`, and whether there are no more.

    Another plan leaves out some of the work of each plan before (Reiter 1987, the tree of hitting sets).
    """
    assert first.choice is not None
    if planner.fall_back is not None:
        return planner.fall_back.others(planner, first, limit)
    plans = {work_of(planner, first.choice): first.choice}
    waiting: list[frozenset[tuple[Slot, Value | _Absent]]] = [frozenset((one,)) for one in sorted(next(iter(plans)), key=str)]
    tried = set(waiting)
    budget = nodes_max
    while waiting:
        without = waiting.pop(0)
        asked = Planner(planner.space.without(without))
        found = asked.cheapest(below=first.cost + 1, nodes_max=budget)
        budget -= found.looked_at
        if budget <= 0 or len(plans) > limit or (found.choice is None and not found.proven):
            return tuple(plans.values())[1:], False
        if found.choice is None:
            continue
        work = work_of(planner, found.choice)
        plans.setdefault(work, found.choice)
        longer = [without | {one} for one in sorted(work, key=str)]
        waiting += [one for one in longer if one not in tried]
        tried.update(longer)
    return tuple(plans.values())[1:], True
