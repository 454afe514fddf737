"""Made-up policies and clusters for paths, from fixed seeds, and the plain search that proves how short a path can be.

A case has clauses that hold before and after all work, so that only what lies between decides. The plain search (uniform cost, over how
far each node has come, nodes that are alike in any order) knows no stages: it takes one node out, changes some of what it needs, brings it
back, and may do anything else in between. It judges whole deployments, by no shortcut that the program takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import chain, combinations
from random import Random
from typing import NamedTuple

from supportable.core.changing import Model, Move, Price, Work
from supportable.core.clauses import Citation, Clause, Document, Level, Pack, Tier
from supportable.core.compile import compile_pack
from supportable.core.conditions import All, Always, Any, Condition, Count, Every, Not, Order, Same, Some
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.evaluate import evaluate
from supportable.core.facts import Known, Value
from supportable.core.path_works import Choice, Records, Unit, Works
from supportable.core.plan_space import Ground, Space, changed
from supportable.core.truth import Truth
from supportable.core.verdict import listings_of
from supportable.errors import Place

WHOLE = {
    "workload.release": ("2013", "2016", "2019", "subscription-edition"),
    "workload.cumulative_update": (0, 1, 2, 3),
    "directory.forest_functional_level": ("windows-server-2008", "windows-server-2012", "windows-server-2016"),
}
NODES = {
    "nodes.os.release": ("windows-server-2012-r2", "windows-server-2016", "windows-server-2019", "windows-server-2022"),
    "nodes.dotnet": ("4.5", "4.6", "4.7", "4.8"),
    "nodes.virtual_processors": (4, 8, 12),
    "nodes.workload_release": ("2013", "2016", "2019", "subscription-edition"),
}
IN_PLACE = ("nodes.virtual_processors",)
TIERS = (Tier("full", "full", Level.FULL, ""), Tier("none", "none", Level.UNSUPPORTED, ""))
DOCUMENT = Document("MADE-UP", "made up", "", "1", None, None, None, None, "2026-01-01", "full", "")


def model(rules: tuple = ()) -> Model:
    """Return a model in which every field can be brought to a later value."""
    work = {
        "look": Work("look", "", Price(1)),
        "whole": Work("whole", "", Price(1)),
        "in": Work("in", "", Price(1)),
        "out": Work("out", "", Price(1), takes_node_out=True),
    }
    moves = {field: Move(field, "whole", True) for field in WHOLE}
    moves |= {field: Move(field, "in" if field in IN_PLACE else "out", True) for field in NODES}
    return Model(work, moves, {}, Price(1, 1, 1, 1), rules=rules)


def case(seed: int, nodes: int, clauses: int = 6, work: tuple[int, int] = (2, 2)) -> tuple[Space, Choice]:
    """Return a cluster of so many nodes at the level, and a choice of so many (whole, node) changes that leaves it there."""
    random = Random(seed)
    whole = random.sample(sorted(WHOLE), work[0])
    own = random.sample(sorted(NODES), work[1])
    low = {field: random.randrange(2) for field in (*whole, *own)}
    high = {field: random.randrange(low[field] + 1, len((WHOLE | NODES)[field])) for field in low}
    start = _cluster({field: (WHOLE | NODES)[field][at] for field, at in low.items()}, nodes)
    choice = {(field, None): WHOLE[field][high[field]] for field in whole}
    choice |= {(field, item.name): NODES[field][high[field]] for field in own for item in start.listing("nodes").items}
    end = changed(start, choice)
    found: list[Condition] = []
    for _ in range(40 * clauses):
        made = _condition(random, whole, own)
        if len(found) < clauses and all(evaluate(made, one, {}).truth is Truth.TRUE for one in (start, end)):
            found.append(made)
    pack = Pack("made-up", "nobody", "", "1", TIERS, (DOCUMENT,), tuple(_clause(number, one) for number, one in enumerate(found)))
    return Space(Ground([compile_pack(pack)], Level.FULL), start, model()), choice


def _cluster(values: dict[str, Value], nodes: int) -> Deployment:
    own = {field: Known(value) for field, value in values.items() if field in NODES}
    items = tuple(Item(f"n{number:02}", own, values_of(own)) for number in range(nodes))
    facts = {field: Known(value) for field, value in values.items() if field in WHOLE}
    return deployment_of("made up", facts, {"nodes": Listing(items, True)})


def _clause(number: int, requires: Condition) -> Clause:
    cited = Citation("MADE-UP", "1", "w")
    return Clause(f"made-up.{number}", "requirement", Always(Truth.TRUE), requires, "none", "", "", cited, "full", Place("made-up", 1))


def _condition(random: Random, whole: list[str], own: list[str]) -> Condition:
    def order(field: str) -> Condition:
        return Order(field, random.choice(("at_least", "at_most", "above", "below")), random.choice((WHOLE | NODES)[field]))

    def nodes() -> Condition:
        return random.choice((lambda one: Every("nodes", one, Truth.TRUE), lambda one: Some("nodes", one)))(order(random.choice(own)))

    kind = random.randrange(8)
    if kind == 0:
        return Same(random.choice(own))
    if kind == 1:
        return Any((Same(random.choice(own)), order(random.choice(whole))))
    if kind == 2:
        return Any((Not(nodes()), Count("nodes", "at_least", random.choice((1, 2, 3)))))
    if kind == 3:
        return Every("nodes", Any((order(random.choice(own)), order(random.choice(own)))), Truth.TRUE)
    if kind == 4:
        return Any((order(random.choice(whole)), order(random.choice(whole))))
    return Any((Not(nodes()), order(random.choice(whole)) if random.random() < 0.5 else All((nodes(), order(random.choice(whole))))))


State = tuple[tuple[int, ...], tuple[tuple[int, ...], ...], tuple[int, ...] | None]
"""Done on the whole; what is done on the nodes that are in, in any order; the same of the one that is out."""


class Proof(NamedTuple):
    """Fewest steps below the level, times a node is out, and steps of any path with one node out at a time; `None` where there is none."""

    cost: tuple[int, int, int] | None
    looked_at: int


def shortest(space: Space, choice: Choice, states_max: int = 200_000) -> Proof:
    """Return what the best path costs that one can make of single steps; all nodes must be alike."""
    plain = _Plain(Works(space, choice))
    start = plain.start
    best: dict[State, tuple[int, int, int]] = {start: (0, 0, 0)}
    queue: list[tuple[tuple[int, int, int], State]] = [((0, 0, 0), start)]
    done: set[State] = set()
    while queue:
        cost, state = heappop(queue)
        if state in done:
            continue
        done.add(state)
        if plain.is_goal(state):
            return Proof(cost, len(done))
        if len(done) > states_max:
            break
        for after, interruptions in plain.onward(state):
            below = plain.below(after)
            if below is None:
                continue
            spent = (cost[0] + below, cost[1] + interruptions, cost[2] + 1)
            if after not in done and (after not in best or spent < best[after]):
                best[after] = spent
                heappush(queue, (spent, after))
    return Proof(None, len(done))


class _Plain:
    def __init__(self, works: Works) -> None:
        self.works = works
        self.names = works.groups[0]
        self.units: list[Unit] = works.on_nodes
        none = (0,) * len(self.units)
        self.start: State = ((0,) * len(works.whole), (none,) * len(self.names), None)
        self._below: dict[State, int | None] = {}

    def is_goal(self, state: State) -> bool:
        return state[2] is None and all(all(one) for one in (state[0], *state[1]))

    def below(self, state: State) -> int | None:
        """Whether a state is below the level; `None` where it breaks a rule."""
        if state not in self._below:
            done = [*state[1], *([state[2]] if state[2] is not None else [])]
            nodes = dict(zip(self.names, done, strict=True))
            out = self.names[len(state[1]) :]
            made = self.works.deployment(state[0], nodes, out, Records())
            found = self.works.space.in_the_way(made.values, listings_of(made))
            self._below[state] = None if any(one in self.works.rules for one in found) else int(bool(found))
        return self._below[state]

    def onward(self, state: State) -> Iterator[tuple[State, int]]:
        whole, inside, out = state
        for number, at in enumerate(whole):
            if not at:
                yield ((*whole[:number], 1, *whole[number + 1 :]), inside, out), 0
        if out is not None:
            left = [number for number, at in enumerate(out) if not at]
            for some in chain.from_iterable(combinations(left, size) for size in range(1, len(left) + 1)):
                new = tuple(1 if number in some else at for number, at in enumerate(out))
                yield (whole, tuple(sorted((*inside, new))), None), 0
        for place, node in enumerate(inside):
            if node in inside[:place]:
                continue
            rest = (*inside[:place], *inside[place + 1 :])
            if out is None and not all(node):
                yield (whole, rest, node), 1
            for number, at in enumerate(node):
                if not at and not self.units[number].takes_out:
                    new = (*node[:number], 1, *node[number + 1 :])
                    yield (whole, tuple(sorted((*rest, new))), out), 0
