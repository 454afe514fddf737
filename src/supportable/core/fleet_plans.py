"""Plans for the configurations of a fleet: what was found for one is tried on the others, then a search looks for less.

In: a `Ground`, a model of changes, deployments one after another, those first that most others are like. Out: a `ConfigurationPlan` each.
What one would get wrong: `proven` is said of the cost; ways of that cost that no other configuration uses may be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from supportable.core.changing import Model
from supportable.core.deciding import Slot
from supportable.core.deployment import Deployment
from supportable.core.facts import Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.lifting import Change
from supportable.core.plan import Choice, Planner, core_of, others, work_of
from supportable.core.plan_space import LOOKED, NOBODY_SPEAKS, Ground, Space
from supportable.core.repairs import NEVER
from supportable.core.verdict import with_placeholders

NODES_LEAST, NODES_EACH = 30, 300
"""How many states are looked at for one configuration at least and at most, before its plan is left unproven."""

CLAUSES_IN_ALL = 200_000
"""How many states are looked at for a fleet, times the clauses that are asked about each, for that is what a state takes time for.

Once they are used up, the other configurations get what was found for those before.
"""

FITS_MAX = 6
"""How many of the deployments that reach the level are tried as a model for a configuration, those first that served most."""

FITS_FOR_NONE = 40
"""How many are tried, at the end, on a configuration for which no way was found."""

OTHERS_FOR, OTHERS_MAX, OTHERS_NODES = 10, 4, 60
"""For how many configurations other ways of the same cost are searched, how many each, and how many states are looked at for that."""

Values = tuple[Value | _Absent, ...]
Pattern = Mapping[str, Values]
"""A deployment that reaches the level, without its items: the values that each field has or comes to, those chosen first."""


class FleetWay(NamedTuple):
    """One way for a configuration: its changes, each with the slots it is made at and the requirements that are in the way without it.

    `choice` are the values of all slots, those counted on where nobody looked among them, and those that come with other work (`comes`).
    `unset` are the slots that the work sets anew and of which any value does.
    """

    changes: Mapping[Change, tuple[Slot, ...]]
    clauses: Mapping[Change, tuple[int, ...]]
    choice: Choice
    comes: tuple[Slot, ...]
    unset: tuple[Slot, ...]


class ConfigurationPlan(NamedTuple):
    """What was found for one configuration.

    `ways` cost the same; none where there is no way (`proven`) or none was found. `core` are requirements that nothing meets, where there
    is no way; or some that cannot be met together, where each can. `searched`: the states were not used up before. `first` are the fields
    that say what runs and that nobody knows, where nothing is planned for that.
    """

    ways: tuple[FleetWay, ...]
    cost: int
    proven: bool
    core: tuple[int, ...] = ()
    searched: bool = True
    first: tuple[str, ...] = ()


class FleetPlanner:
    """Plans for one deployment after another, and remembers what helped."""

    def __init__(
        self,
        ground: Ground,
        model: Model,
        keep: Iterable[str] = (),
        allow: Mapping[str, Values] | None = None,
        nodes_each: int = NODES_EACH,
        clauses_in_all: int = CLAUSES_IN_ALL,
        make: Callable[[Space], Planner] = Planner,
    ) -> None:
        """`make` makes the planner of a space: one that falls back on a solver proves more."""
        self.make = make
        self.ground, self.model, self.keep, self.allow = ground, model, tuple(keep), dict(allow or {})
        self.nodes_each, self.nodes_left = nodes_each, clauses_in_all // max(1, len(ground.requirements))
        self.others_left = OTHERS_FOR
        self.served: dict[tuple[tuple[str, Values], ...], int] = {}

    def planner(self, deployment: Deployment) -> Planner:
        """Return the planner of one deployment; a listing of which nothing is known has one item that stands for each."""
        return self.make(Space(self.ground, with_placeholders(deployment), self.model, self.keep, self.allow))

    def learn(self, deployment: Deployment, weight: int) -> None:
        """Take a deployment that is at the level, and that so many others are like, as a model for others."""
        pattern = tuple(sorted(_pattern_of(self.planner(deployment), {}).items()))
        self.served[pattern] = self.served.get(pattern, 0) + weight

    def plan(self, deployment: Deployment, weight: int = 1, left: int = 1) -> ConfigurationPlan:
        """Return the plan for a configuration of `weight` deployments; `left` are to be planned for, this one among them."""
        planner = self.planner(deployment)
        first = tuple(dict.fromkeys(field for field, _ in planner.first()))
        if first:
            return ConfigurationPlan((), 0, False, (), False, first)
        choices, cost = self._fitting(planner, FITS_MAX)
        if self.nodes_left <= 0:
            return self._told(planner, choices, cost, False, weight)._replace(searched=False)
        nodes = self.nodes_each if not self.served else min(self.nodes_each, max(NODES_LEAST, 2 * self.nodes_left // left))
        found = planner.cheapest(below=cost, nodes_max=nodes)
        self.nodes_left -= found.looked_at
        if found.choice is None:
            if not choices and found.proven:
                self.nodes_left -= OTHERS_NODES
                return ConfigurationPlan((), 0, True, _in_the_way(planner))
            return self._told(planner, choices, cost, found.proven, weight)
        choices, cost = [found.choice], found.cost
        if found.proven and cost and self.others_left > 0:
            self.others_left -= 1
            self.nodes_left -= OTHERS_NODES
            choices += others(planner, found, OTHERS_MAX, OTHERS_NODES)[0]
        return self._told(planner, choices, cost, found.proven, weight)

    def again(self, deployment: Deployment, plan: ConfigurationPlan) -> ConfigurationPlan:
        """Return a plan with the ways that were found for others since, where they cost no more."""
        if plan.first or (plan.proven and not plan.ways):
            return plan
        planner = self.planner(deployment)
        choices, cost = self._fitting(planner, FITS_MAX if plan.ways else FITS_FOR_NONE)
        known = plan.cost if plan.ways else NEVER
        if cost > known or not choices:
            return plan
        own = [way.choice for way in plan.ways] if cost == known else []
        return self._told(planner, [*own, *choices], cost, plan.proven, 0)._replace(searched=plan.searched)

    def _told(self, planner: Planner, choices: Sequence[Choice], cost: int, proven: bool, weight: int) -> ConfigurationPlan:
        works: dict[object, Choice] = {}
        for choice in choices:
            works.setdefault(work_of(planner, choice), choice)
        for choice in works.values():
            pattern = tuple(sorted(_pattern_of(planner, choice).items()))
            self.served[pattern] = self.served.get(pattern, 0) + weight
        return ConfigurationPlan(tuple(_way(planner, choice) for choice in works.values()), cost if works else 0, proven)

    def _fitting(self, planner: Planner, at_most: int) -> tuple[list[Choice], int]:
        """Return the cheapest choices that plans for others come to here, and their cost."""
        best, cost = list[Choice](), NEVER
        often = sorted(self.served, key=lambda one: -self.served[one])[:at_most]
        for pattern in often:
            choice = fitted(planner, dict(pattern))
            if choice is None:
                continue
            price = planner.cost(choice)
            if price < cost:
                best, cost = [], price
            if price == cost:
                best.append(choice)
        return best, cost


def _in_the_way(planner: Planner) -> tuple[int, ...]:
    """Return the requirements that nothing meets, each by itself; where there is none, some that cannot be met together."""
    now = [number for number in planner.in_the_way_of({}) if number != NOBODY_SPEAKS]
    found = ((number, planner.cheapest(only=(number,), nodes_max=OTHERS_NODES)) for number in now)
    alone = tuple(number for number, one in found if one.choice is None and one.proven)
    return alone or core_of(planner, NEVER, OTHERS_NODES)[0]


def _pattern_of(planner: Planner, choice: Choice) -> dict[str, Values]:
    """Return what a deployment comes to: not its plan alone, so that one of which less is known can become like it."""
    found: dict[str, dict[Value | _Absent, None]] = {}
    for (field, _), value in sorted(choice.items(), key=lambda one: (one[0][0], one[0][1] or "")):
        found.setdefault(field, {})[value] = None
    unset = set(planner.unset_by(choice))
    for slot in planner.space.slots_of((*planner.space.ground.fields, *LISTINGS)):
        now = planner.space.held_now(slot)
        if now is not None and slot not in choice and slot not in unset:
            found.setdefault(slot[0], {})[now] = None
    return {field: tuple(values) for field, values in found.items()}


def fitted(planner: Planner, pattern: Pattern) -> Choice | None:
    """Return what makes a deployment like another, without what is not needed here; `None` where it does not reach the level."""
    space = planner.space
    choice: dict[Slot, Value | _Absent] = {}
    for slot in space.slots_of(pattern):
        value = _first(pattern[slot[0]], planner, slot, False)
        if value is not None:
            choice[slot] = value
    for slot in planner.unset_by(choice):
        value = _first(pattern.get(slot[0], ()), planner, slot, True)
        if value is None:
            choice.pop(slot, None)
        else:
            choice[slot] = value
    if planner.in_the_way_of(choice):
        return None
    costs = {slot: next((one.cost for one in space.options(slot) if one.value == value), 0) for slot, value in choice.items()}
    for slot in sorted(choice, key=lambda one: (-costs[one], one[0], one[1] or "")):
        if slot in choice:
            fewer = _without(planner, choice, (slot,))
            if not planner.in_the_way_of(fewer):
                choice = dict(fewer)
    return choice


def _first(values: Values, planner: Planner, slot: Slot, anew: bool) -> Value | _Absent | None:
    possible = {one.value for one in planner.space.options(slot, anew)}
    return next((value for value in values if value in possible), None)


def _without(planner: Planner, choice: Choice, slots: Sequence[Slot]) -> Choice:
    """Return a choice without some slots, and without what only came with their work."""
    came = set(planner.unset_by(choice))
    fewer = {slot: value for slot, value in choice.items() if slot not in slots}
    comes = set(planner.unset_by(fewer))
    return {slot: value for slot, value in fewer.items() if slot not in came or slot in comes}


def _way(planner: Planner, choice: Choice) -> FleetWay:
    changes: dict[Change, list[Slot]] = {}
    for slot, value in sorted(work_of(planner, choice), key=lambda one: (one[0][0], one[0][1] or "")):
        looked = value is LOOKED
        changes.setdefault(Change("look" if looked else "change", slot[0], None if looked else choice[slot]), []).append(slot)
    if not changes:
        # That there is any item at all is enough, and nobody has named one.
        changes = {Change("look", name): [(name, None)] for name in _stood_for(planner)}
    clauses = {change: tuple(planner.in_the_way_of(_without(planner, choice, slots))) for change, slots in changes.items()}
    named = {change: tuple(one for one in found if one != NOBODY_SPEAKS) for change, found in clauses.items()}
    anew = planner.unset_by(choice)
    comes, unset = (tuple(slot for slot in anew if (slot in choice) is chosen) for chosen in (True, False))
    return FleetWay({change: tuple(slots) for change, slots in changes.items()}, named, choice, comes, unset)


def _stood_for(planner: Planner) -> list[str]:
    """Return the listings that a requirement reads and that have one item standing for each."""
    read = {FIELDS[name].listing if name in FIELDS else name for one in planner.space.ground.requirements for name in one.fields}
    items = {name: planner.space.listings[name].items for name in LISTINGS if name in read}
    return [name for name, found in items.items() if len(found) == 1 and not found[0].facts and not planner.space.listings[name].complete]
