"""What a search for paths works with: actions, what they cost, what they record, and which sets of work are tried together.

In: points and units. Out: values. What one would get wrong: an action that names nothing is a validation run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from supportable.core.path_works import NodeState, Point, Records, Unit, Works

SETS_MAX = 40
"""How many sets of work are tried together on nodes that are out, for one kind of node."""


class Cost(NamedTuple):
    """What a route is measured by: steps after which the deployment is below the level, times a node is out, and steps."""

    below: int = 0
    interruptions: int = 0
    steps: int = 0

    def plus(self, other: Cost) -> Cost:
        return Cost(self.below + other.below, self.interruptions + other.interruptions, self.steps + other.steps)


class Action(NamedTuple):
    """What is done next. `whole`: these pieces of work come to these stations. Otherwise `many` nodes of the state `old` come to `new`.

    `then` is the same work on nodes of other states, `inside` what is done while the one node is out. `together`: all of that at one
    moment, as where a new cluster takes over. `run_each`: a validation run follows each node. An action of nothing is a run alone.
    """

    whole: tuple[tuple[int, int], ...] = ()
    old: NodeState | None = None
    new: NodeState | None = None
    many: int = 0
    run_each: bool = False
    then: tuple[Action, ...] = ()
    inside: tuple[Action, ...] = ()
    together: bool = False

    @property
    def parts(self) -> tuple[Action, ...]:
        """The rolls of an action, one for each state."""
        return (self._replace(then=()), *self.then)


class Route(NamedTuple):
    """Actions with what they cost. `best`: no order of rolling stages costs less; `broken`: rules that stood in the way of some orders."""

    actions: tuple[Action, ...] | None
    cost: Cost
    best: bool
    broken: tuple[tuple[int, Action], ...] = ()


class Freedom(NamedTuple):
    """What an order may use: single nodes before or after the others, changes of the whole at one moment, a second set of machines."""

    pilots: bool = False
    joint: bool = False
    beside: bool = False


def moved_to(point: Point, old: NodeState | None, new: NodeState | None) -> Point:
    """Return a point with one node less of a state, or one more."""
    counts = dict(point.nodes)
    for state, change in ((old, -1), (new, 1)):
        if state is not None:
            counts[state] = counts.get(state, 0) + change
    return point._replace(nodes=tuple(sorted((state, count) for state, count in counts.items() if count)))


def actions_back(came: Mapping[Point, tuple[Point, Action]], point: Point) -> tuple[Action, ...]:
    """Return the actions that led to a point, in their order."""
    found: list[Action] = []
    while point in came:
        point, action = came[point]
        found.append(action)
    return tuple(reversed(found))


def after_work(records: Records, units: Iterable[Unit], works: Works) -> Records:
    """Return what is recorded after some work: the changes that it is, and that a run among it validates what came before."""
    for unit in units:
        if works.recording and unit.move.records:
            records = records._replace(open=records.open | {unit.move.records})
        if unit.runs:
            records = run_of(records)
    return records


def run_of(records: Records) -> Records:
    """Return what is recorded after a validation run."""
    return Records(frozenset(), records.run | records.open)


def few_of(ways: Sequence[Sequence[int]], old: tuple[int, ...], last: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    """Yield all combinations where they are few, otherwise each single one, everything together, and everything but one."""
    size = 1
    for one in ways:
        size *= len(one)
    if size <= SETS_MAX:
        yield from product(*ways)
        return
    yield last
    for at, some in enumerate(ways):
        for value in some[1:]:
            yield (*old[:at], value, *old[at + 1 :])
        if len(some) > 1:
            yield (*last[:at], old[at], *last[at + 1 :])


def choices_of(onward: Sequence[Sequence[tuple[int, int]]]) -> Iterable[tuple[tuple[int, int], ...]]:
    """Yield sets of changes of the whole: pairs, and all together."""
    for at, some in enumerate(onward):
        for others in onward[at + 1 :]:
            yield from product(some, others)
    if len(onward) > 2:
        yield tuple(some[-1] for some in onward)
