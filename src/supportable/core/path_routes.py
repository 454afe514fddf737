"""Works -> the best route that is found: plain stages first, and more freedom only where those are below the level.

In: `Works`. Out: `Routed`: a route, with the works and the search it belongs to. What one would get wrong: each further freedom (what
is set anew comes out as it was, single nodes first, a value in between) is taken only where it saves a step below the level.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from supportable.core.path_detours import detours_of
from supportable.core.path_search import Action, Freedom, Route, Search
from supportable.core.path_works import Works

PILOTS_MAX = 300
"""How many points the search with single nodes goes on from before it gives up."""

DETOUR_MAX = 60
"""How many points the search for one detour goes on from before it gives up."""

DETOURS_MAX = 6
"""How many detours are tried."""


class Routed(NamedTuple):
    """A route, what it is made of, and the fields that it brings to a value in between."""

    works: Works
    search: Search
    route: Route
    detours: tuple[str, ...] = ()


def route_of(works: Works) -> Routed:
    """Return the best route; its actions are `None` where rules of the model leave no way at all."""
    search = Search(works)
    found = Routed(works, search, search.best())
    if found.route.actions is None:
        for freedom in (Freedom(joint=True), Freedom(joint=True, beside=True)):
            route = search.best(freedom)
            if route.actions is not None:
                return found._replace(route=route)
        return found
    if found.route.cost.below:
        found = _as_before(found)
    found = _with_pilots(found)
    return _by_detours(found) if found.route.cost.below else found


def beside_of(routed: Routed, below: int) -> Routed | None:
    """Return a route by which a second set of machines takes over, if it is below the level for fewer steps."""
    route = routed.search.best(Freedom(beside=True), below)
    return None if route.actions is None else routed._replace(route=route)


def _as_before(found: Routed) -> Routed:
    """Let what is set anew come out as it was, in as few fields as it takes, where clauses in the way ask for it."""
    works = found.works
    asked = _asked(found)
    kept = {slot: value for slot, value in works.unset().items() if slot[0] in asked}
    for left_out in (None, *dict.fromkeys(field for field, _ in kept)) if kept else ():
        fewer = {slot: value for slot, value in kept.items() if slot[0] != left_out}
        other = Works(works.space, {**works.choice, **fewer})
        search = Search(other)
        bound = found.route.cost.below + (0 if left_out is None else 1)
        route = search.best(Freedom(), bound)
        if route.actions is not None:
            kept, found = fewer, Routed(other, search, route)
        elif left_out is None:
            break
    return found


def _with_pilots(found: Routed) -> Routed:
    route = found.search.best(Freedom(pilots=True), found.route.cost.below + 1, PILOTS_MAX)
    return found if route.actions is None or route.cost >= found.route.cost else found._replace(route=route)


def _by_detours(found: Routed) -> Routed:
    direct = found.works
    for units in detours_of(direct, _asked(found))[:DETOURS_MAX]:
        works = Works(direct.space, direct.choice)
        works.take(units)
        search = Search(works)
        route = search.best(Freedom(), found.route.cost.below, DETOUR_MAX)
        if route.actions is not None:
            better = _with_pilots(Routed(works, search, route))
            assert better.route.actions is not None
            found = better._replace(detours=_passed(search, better.route.actions))
    return found


def _asked(found: Routed) -> frozenset[str]:
    """Return the fields that the clauses in the way of a route ask about."""
    assert found.route.actions is not None
    numbers = found.search.in_the_way_along(found.route.actions)
    requirements = found.works.space.ground.requirements
    return frozenset(field for number in numbers if number >= 0 for field in requirements[number].fields)


def _passed(search: Search, actions: Sequence[Action]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for action in actions:
        for number, at in action.whole:
            unit = search.works.whole[number]
            found.update({unit.field: None} if at != unit.aim else {})
        for part in action.parts if action.old is not None else ():
            for unit, at in zip(search.works.on_nodes, part.new[1] if part.new else (), strict=True):
                found.update({unit.field: None} if at not in (0, unit.aim) else {})
    return tuple(found)
