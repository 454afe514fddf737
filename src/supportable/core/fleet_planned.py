"""What a plan for a fleet comes to: configurations with their plans -> the changes in their order, what they lift, and what nothing lifts.

In: plans of `core/fleet_plans.py`, with the number of deployments of each. Out: `FleetPlanned`, for a report to show. What one would get
wrong: a look lifts a deployment only if the fact turns out as its plan counts on; `turns_out` says to what, for how many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from supportable.core.changing import Model
from supportable.core.facts import Value, _Absent
from supportable.core.fields import LISTINGS
from supportable.core.fleet_plans import ConfigurationPlan, FleetWay
from supportable.core.fleet_results import Ranked
from supportable.core.lifting import Change, Liftable, Lifting, Round
from supportable.core.plan_space import Requirement

STANDINGS = ("at the level", "below", "undecided", "silent")
"""How a deployment stands before any change; silent: none of the issuers says anything about it."""

OUTCOMES = ("proven", "not proven", "no way", "not known", "not found", "not searched")
"""What came of a configuration: a way of which none is cheaper is proven; one of which that was not found out; there is none;
nobody knows what runs; none was found, with a search or without one, because the states to look at were used up."""

Valued = tuple[tuple[Value | _Absent, int], ...]
"""Values with numbers of deployments, most first."""


class ChangeTold(NamedTuple):
    """One change: what it is in words, at how many deployments and at what cost in all (`points`) it is made for those it lifts now.

    `turns_out`: the values that plans count on, where it is a look. `comes_with`: what the same work sets anew, and to what. `clauses` are
    in the way without it.
    """

    change: Change
    does: str
    deployments: int
    turns_out: Valued
    comes_with: tuple[tuple[str, Valued], ...]
    clauses: Ranked


class Lift(NamedTuple):
    """Changes that come next, what they lift, and each in words."""

    round: Round
    changes: tuple[ChangeTold, ...]


class WaySet(NamedTuple):
    """A set of changes that is a whole way, and how many deployments it lifts by itself."""

    changes: tuple[Change, ...]
    deployments: int


class Blocked(NamedTuple):
    """Clauses that nothing meets (or that cannot be met together), in how many deployments, and the key of one of them."""

    clauses: tuple[str, ...]
    deployments: int
    key: str


class FleetPlanned(NamedTuple):
    """The answer for an inventory.

    `standings` counts deployments; `outcomes` and `deployments` count configurations and deployments that were planned for, by `OUTCOMES`.
    `lifts` is the greedy order of changes, `alone` each set that lifts by itself, `blocked` what nothing lifts. `first` are the fields that
    say what runs, with how many deployments of which nobody knows them and for which nothing is planned therefore.
    """

    where: str
    level: str
    issuers: tuple[str, ...]
    standings: Mapping[str, int]
    outcomes: Mapping[str, int]
    deployments: Mapping[str, int]
    lifts: tuple[Lift, ...]
    alone: tuple[WaySet, ...]
    blocked: tuple[Blocked, ...]
    says: Mapping[str, str]
    report: Any
    model: str
    as_of: str
    known: str
    first: Ranked = ()

    @property
    def planned(self) -> int:
        """How many deployments were planned for."""
        return sum(self.deployments.values())

    @property
    def lifted(self) -> int:
        """How many of them have a way."""
        return self.deployments["proven"] + self.deployments["not proven"]


class Configuration(NamedTuple):
    """A configuration with its plan: how many deployments it has, and the key of one of them."""

    plan: ConfigurationPlan
    deployments: int
    key: str


def outcome_of(plan: ConfigurationPlan) -> str:
    """Return which of `OUTCOMES` a plan is."""
    if plan.ways:
        return "proven" if plan.proven else "not proven"
    if plan.first:
        return "not known"
    return "no way" if plan.proven else "not found" if plan.searched else "not searched"


class Told:
    """The plans of all configurations, weighed against each other."""

    def __init__(self, found: Sequence[Configuration], requirements: Sequence[Requirement], model: Model) -> None:
        self.found, self.model = found, model
        self.ids = [one.clause.id for one in requirements]
        self.lifting = Lifting(
            Liftable(one.deployments, one.plan.cost, tuple(frozenset(way.changes) for way in one.plan.ways)) for one in found
        )
        self.rounds = self.lifting.rounds()
        self.lifted_in: dict[int, int] = {}
        self.chosen: dict[int, FleetWay] = {}
        done: set[Change] = set()
        for at, one in enumerate(self.rounds):
            done.update(one.changes)
            for number, configuration in enumerate(found):
                way = next((way for way in configuration.plan.ways if done.issuperset(way.changes)), None)
                if way is not None and number not in self.chosen:
                    self.chosen[number], self.lifted_in[number] = way, at

    def outcomes(self, weighed: bool) -> dict[str, int]:
        """Return how many configurations came to each outcome; `weighed`: how many deployments."""
        counted = Counter[str]()
        for one in self.found:
            counted[outcome_of(one.plan)] += one.deployments if weighed else 1
        return {one: counted[one] for one in OUTCOMES}

    def first(self) -> Ranked:
        """Return the fields that are found out before anything is planned, with how many deployments, most first."""
        counted = Counter[str]()
        for one in self.found:
            counted.update(dict.fromkeys(one.plan.first, one.deployments))
        return tuple(counted.most_common())

    def lifts(self) -> tuple[Lift, ...]:
        """Return the order of changes, each with what it is done for."""
        return tuple(Lift(one, tuple(self._told(at, change) for change in one.changes)) for at, one in enumerate(self.rounds))

    def _told(self, at: int, change: Change) -> ChangeTold:
        deployments, turns_out, clauses = 0, Counter[Value | _Absent](), Counter[str]()
        comes: dict[str, Counter[Value | _Absent]] = {}
        move = self.model.moves.get(change.field)
        for number, way in self.chosen.items():
            if self.lifted_in[number] != at or change not in way.changes:
                continue
            count, slots = self.found[number].deployments, way.changes[change]
            deployments += count
            clauses.update({self.ids[one]: count for one in way.clauses[change]})
            if change.kind == "look" and change.field not in LISTINGS:
                turns_out.update(dict.fromkeys((way.choice[slot] for slot in slots), count))
            elif move is not None:
                for slot in way.comes:
                    if slot[0] in move.resets:
                        comes.setdefault(slot[0], Counter())[way.choice[slot]] += count
        with_it = tuple((field, _ranked(values)) for field, values in sorted(comes.items()))
        named = tuple(sorted(clauses.items(), key=lambda one: (-one[1], one[0])))
        return ChangeTold(change, move.does if move is not None else "", deployments, _ranked(turns_out), with_it, named)

    def alone(self) -> tuple[WaySet, ...]:
        """Return each set of changes that lifts by itself."""
        return tuple(WaySet(*one) for one in self.lifting.alone())

    def blocked(self) -> tuple[Blocked, ...]:
        """Return the clauses in the way where there is no way, most deployments first."""
        found: dict[tuple[str, ...], Blocked] = {}
        for one in self.found:
            if outcome_of(one.plan) == "no way":
                clauses = tuple(self.ids[number] for number in one.plan.core if number >= 0)
                before = found.get(clauses, Blocked(clauses, 0, one.key))
                found[clauses] = before._replace(deployments=before.deployments + one.deployments)
        return tuple(sorted(found.values(), key=lambda one: (-one.deployments, one.clauses)))


def _ranked(counted: Counter[Value | _Absent]) -> Valued:
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], str(one[0]))))
