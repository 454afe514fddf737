"""Pieces of work -> the order in which they are done, in rolling stages: few steps below the level, few interruptions, few steps.

In: `Works`. Out: `Route`: actions, each a change of the whole, a piece or several rolled over nodes that are alike, or a validation run. A*
over how far the work has come; what a roll costs follows from at most six deployments, however many nodes there are. What one would get
wrong: the order is best among rolling stages; one that goes back and forth between nodes could be a little shorter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import product
from typing import NamedTuple

from supportable.core.path_works import NodeState, Point, Records, Seen, Unit, Works

POINTS_MAX = 4_000
"""How many points one search goes on from before it takes the best order at hand."""

SETS_MAX = 40
"""How many sets of work are tried together on nodes that are out, for one kind of node."""

KINDS_MAX = 3
"""Of how many kinds of nodes each may be worked on by itself; where there are more, work is rolled over all that need it."""

PARTS_MAX = 2
"""Into how many parts nodes that are alike may have come apart before a single one is no longer worked on by itself."""

NO_BOUND = 1 << 40


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


class Search:
    """Searches the orders of one set of works."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self.goal_whole = tuple(unit.aim for unit in works.whole)
        self.goals = [
            tuple(unit.aim if names[0] in unit.nodes and not unit.passing else 0 for unit in works.on_nodes) for names in works.groups
        ]
        self.broken: dict[int, Action] = {}
        self._sets: dict[NodeState, tuple[NodeState, ...]] = {}
        self._moved: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[list[Unit], bool]] = {}
        self._rolled: dict[object, Cost | None] = {}

    def is_goal(self, point: Point) -> bool:
        """Whether all work is done, and what was recorded on the way was validated as far as that helps."""
        if not all(at == aim or not aim for at, aim in zip(point.whole, self.goal_whole, strict=True)):
            return False
        return all(self._done(state) for state, _ in point.nodes) and not self._run_helps(point)

    def _run_helps(self, point: Point) -> bool:
        if not point.records.open or self.works.run is None:
            return False
        validated = self._seen(point._replace(records=run_of(point.records)))
        return not validated.broken and len(validated.in_the_way) < len(self._seen(point).in_the_way)

    def _done(self, state: NodeState) -> bool:
        return all(at == aim or not aim for at, aim in zip(state[1], self.goals[state[0]], strict=True))

    def best(self, freedom: Freedom = Freedom(), below: int = NO_BOUND, points_max: int = POINTS_MAX) -> Route:  # noqa: B008 - a value
        """Return the best route with fewer than `below` steps below the level; `actions` is `None` where there is none.

        After `points_max` points it gives up, or, where there is no bound, takes what is cheapest at each point.
        """
        start = self.works.start
        done: set[Point] = set()
        cost: dict[Point, Cost] = {start: Cost()}
        came: dict[Point, tuple[Point, Action]] = {}
        queue: list[tuple[int, int, int, int, Point]] = [(*self._least(start), 0, start)]
        pushed = 0
        while queue:
            *_, point = heappop(queue)
            if point in done:
                continue
            done.add(point)
            if self.is_goal(point):
                return Route(_back(came, point), cost[point], True, tuple(self.broken.items()))
            if len(done) > points_max:
                return self._any_way(point, came, cost[point]) if below == NO_BOUND else Route(None, Cost(below), False)
            for action, after, spent in self._onward(point, freedom):
                whole = cost[point].plus(spent)
                if after in done or whole.below >= below or (after in cost and cost[after] <= whole):
                    continue
                cost[after], came[after] = whole, (point, action)
                least = self._least(after)
                pushed += 1
                heappush(queue, (whole.below + least[0], whole.interruptions + least[1], whole.steps + least[2], -pushed, after))
        return Route(None, Cost(below), True, tuple(self.broken.items()))

    def in_the_way_along(self, actions: Iterable[Action]) -> frozenset[int]:
        """Return the requirements that are in the way anywhere on a route."""
        point = self.works.start
        self.works.watched = set(self._seen(point).in_the_way)
        for action in actions:
            if not action.inside:
                point = self._along(point, action)
                continue
            away = _moved(point, action.old, None)
            self._seen(away)
            for one in action.inside:
                away = self._along(away, one)
            point = self.after(_moved(away, None, action.old), action)
            self._seen(point)
        found, self.works.watched = frozenset(self.works.watched), None
        return found

    def _along(self, point: Point, action: Action) -> Point:
        for part in action.parts if action.old is not None and not action.together else ():
            self._roll(point, part)
            point = self.after(point, part)
        if action.old is None or action.together:
            point = self.after(point, action)
        self._seen(point)
        return point

    def _any_way(self, point: Point, came: dict[Point, tuple[Point, Action]], cost: Cost) -> Route:
        """Return a route that takes the cheapest action at every point, once the search has become too long."""
        actions = list(_back(came, point))
        while not self.is_goal(point):
            onward = [one for one in self._onward(point, Freedom()) if one[0].whole or one[0].many]
            if not onward:
                return Route(None, Cost(), False, tuple(self.broken.items()))
            action, point, spent = min(onward, key=lambda one: (one[2].below / one[2].steps, one[2]))
            actions.append(action)
            cost = cost.plus(spent)
        return Route(tuple(actions), cost, False, tuple(self.broken.items()))

    def _least(self, point: Point) -> Cost:
        """Return what is left at least."""
        steps = sum(1 for at, aim in zip(point.whole, self.goal_whole, strict=True) if at < aim)
        interruptions = 0
        for state, count in point.nodes:
            left = [unit for unit, at, aim in zip(self.works.on_nodes, state[1], self.goals[state[0]], strict=True) if at < aim]
            if any(unit.takes_out for unit in left):
                interruptions, steps = interruptions + count, steps + 2 * count
            else:
                steps += len(left) * count
        return Cost(0, interruptions, steps)

    # What can be done next.

    def _onward(self, point: Point, freedom: Freedom) -> Iterable[tuple[Action, Point, Cost]]:
        yield from self._wholes(point, freedom)
        if freedom.beside:
            yield from self._everything(point)
        pending = [(state, count) for state, count in point.nodes if not self._done(state) or self._passes(state)]
        if len(pending) > KINDS_MAX:
            for action in self._all_kinds([state for state, _ in pending], dict(pending)):
                yield from self._rolls(point, action)
            pending = []
        parts = Counter(group for (group, _), _ in point.nodes)
        for state, count in pending:
            for new in self._sets_of(state):
                some = (count, 1, count - 1) if freedom.pilots and count > 1 and parts[state[0]] < PARTS_MAX else (count,)
                for number in dict.fromkeys(some):
                    yield from self._rolls(point, Action((), state, new, number))
                if freedom.pilots and self.takes_out(Action((), state, new, 1)):
                    yield from self._visits(point, Action((), state, new, 1))
        if point.records.open and self.works.run is not None:
            after = point._replace(records=run_of(point.records))
            seen = self._seen(after)
            if not seen.broken:
                yield Action(), after, Cost(int(bool(seen.in_the_way)), 0, 1)

    def _changes(self, point: Point) -> Iterable[tuple[int, int]]:
        """Yield the changes of the whole that can be made next: the number of the work, and the station it comes to."""
        for number, (unit, done) in enumerate(zip(self.works.whole, point.whole, strict=True)):
            if done < len(unit.stations) and not self._overtaken(unit, point, None) and self._in_order(unit, point):
                yield from ((number, at) for at in range(done + 1, len(unit.stations) + 1))

    def _wholes(self, point: Point, freedom: Freedom) -> Iterable[tuple[Action, Point, Cost]]:
        chosen: list[tuple[tuple[int, int], ...]] = [(one,) for one in self._changes(point)]
        if freedom.joint:
            onward: dict[int, list[tuple[int, int]]] = {}
            for ((number, at),) in chosen:
                onward.setdefault(number, []).append((number, at))
            chosen += _choices(list(onward.values()))
        for some in chosen:
            action = Action(some)
            after = self.after(point, action)
            seen = self._seen(after)
            if seen.broken:
                self._tell(seen, action)
            else:
                yield action, after, Cost(int(bool(seen.in_the_way)), 0, 1)

    def _visits(self, point: Point, action: Action) -> Iterable[tuple[Action, Point, Cost]]:
        """Yield a visit of one node, while which something else is done: a change of the whole, or a setting of all other nodes."""
        assert action.old is not None
        away = _moved(point, action.old, None)
        out = self._seen(away)
        if out.broken:
            return
        inside = [(one, after, spent) for one, after, spent in self._wholes(away, Freedom()) if one.whole]
        for rolls in self._settings(away):
            found = list(self._rolls(away, rolls))[:1]
            inside += found
        for one, after, spent in inside:
            back = self.after(_moved(after, None, action.old), action)
            seen = self._seen(back)
            if not seen.broken:
                yield action._replace(inside=(one,)), back, spent.plus(Cost(int(bool(out.in_the_way)) + int(bool(seen.in_the_way)), 1, 2))

    def _settings(self, point: Point) -> Iterable[Action]:
        """Yield each setting on all nodes that need it, whatever their state."""
        for number, unit in enumerate(self.works.on_nodes):
            if unit.takes_out:
                continue
            rolls = []
            for state, count in point.nodes:
                new = (state[0], (*state[1][:number], unit.aim, *state[1][number + 1 :]))
                if new in self._sets_of(state):
                    rolls.append(Action((), state, new, count))
            if rolls:
                yield rolls[0]._replace(then=tuple(rolls[1:]))

    def _everything(self, point: Point) -> Iterable[tuple[Action, Point, Cost]]:
        """Yield all that is left, done at one moment."""
        whole = tuple((number, aim) for number, (at, aim) in enumerate(zip(point.whole, self.goal_whole, strict=True)) if at < aim)
        rolls = [Action((), state, (state[0], self.goals[state[0]]), count) for state, count in point.nodes if not self._done(state)]
        if not rolls:
            return
        action = rolls[0]._replace(whole=whole, then=tuple(rolls[1:]), together=True)
        after = self.after(point, action)
        seen = self._seen(after)
        if seen.broken:
            self._tell(seen, action)
        else:
            out = sum(part.many for part in action.parts if self.takes_out(part))
            yield action, after, Cost(int(bool(seen.in_the_way)), out, 1)

    def _in_order(self, unit: Unit, point: Point) -> bool:
        """Whether the work that comes before is done, on the whole and on every node."""
        if not unit.after:
            return True
        wholes = zip(self.works.whole, point.whole, strict=True)
        if any(one.number in unit.after and at < one.aim for one, at in wholes):
            return False
        before = [at for at, one in enumerate(self.works.on_nodes) if one.number in unit.after]
        return all(state[1][at] >= self.goals[state[0]][at] for state, _ in point.nodes for at in before)

    def _overtaken(self, unit: Unit, point: Point, state: NodeState | None) -> bool:
        """Whether a detour has become pointless, because what it leads to is done."""
        if not unit.overtaken_by:
            return False
        done = [one.number for one, at in zip(self.works.whole, point.whole, strict=True) if at]
        done += [one.number for one, at in zip(self.works.on_nodes, state[1], strict=True) if at] if state is not None else []
        return not unit.overtaken_by.isdisjoint(done)

    def _passes(self, state: NodeState) -> bool:
        return any(unit.passing and self.works.groups[state[0]][0] in unit.nodes for unit in self.works.on_nodes)

    def _sets_of(self, state: NodeState) -> tuple[NodeState, ...]:
        """Return the states that one visit of a node can lead to: settings one by one, and sets of work while it is out."""
        if state not in self._sets:
            name, units = self.works.groups[state[0]][0], self.works.on_nodes
            done = {unit.number for unit, at in zip(units, state[1], strict=True) if at}
            ways: list[tuple[int, ...]] = []
            for unit, at in zip(units, state[1], strict=True):
                pointless = unit.passing and not unit.overtaken_by.isdisjoint(done)
                ways.append((at, *range(at + 1, len(unit.stations) + 1)) if name in unit.nodes and not pointless else (at,))
            last = tuple(at if unit.passing else way[-1] for unit, at, way in zip(units, state[1], ways, strict=True))
            made = (new for new in _few(ways, state[1], last) if new != state[1] and self._one_visit(state[1], new))
            self._sets[state] = tuple((state[0], new) for new in dict.fromkeys(made))
        return self._sets[state]

    def _all_kinds(self, states: Sequence[NodeState], counts: dict[NodeState, int]) -> Iterable[Action]:
        """Yield rolls over all nodes that need some work, whatever their state."""
        sets: dict[tuple[tuple[int, int], ...], None] = {}
        for state in states:
            for _, new in self._sets_of(state):
                moved = enumerate(zip(state[1], new, strict=True))
                sets[tuple((number, after) for number, (before, after) in moved if before != after)] = None
        for some in sets:
            rolls = []
            for state in states:
                to = dict(some)
                new = tuple(max(at, to.get(number, 0)) for number, at in enumerate(state[1]))
                if new != state[1] and (state[0], new) in self._sets_of(state):
                    rolls.append(Action((), state, (state[0], new), counts[state]))
            yield rolls[0]._replace(then=tuple(rolls[1:]))

    def _one_visit(self, old: tuple[int, ...], new: tuple[int, ...]) -> bool:
        moved = [unit for unit, before, after in zip(self.works.on_nodes, old, new, strict=True) if before != after]
        numbers = {unit.number for unit in moved}
        if any(unit.number in one.after and after < one.aim for unit in moved for one, after in zip(self.works.on_nodes, new, strict=True)):
            return False
        return (len(moved) == 1 or any(unit.takes_out for unit in moved)) and all(numbers.isdisjoint(unit.overtaken_by) for unit in moved)

    def takes_out(self, action: Action) -> bool:
        """Whether the nodes of a roll leave the cluster."""
        return self._work(action)[1]

    def moved(self, action: Action) -> list[Unit]:
        """Return the work that is rolled over nodes of one state."""
        return self._work(action)[0]

    def _work(self, action: Action) -> tuple[list[Unit], bool]:
        assert action.old is not None and action.new is not None
        key = (action.old[1], action.new[1])
        if key not in self._moved:
            pairs = zip(self.works.on_nodes, *key, strict=True)
            moved = [unit for unit, before, after in pairs if before != after]
            self._moved[key] = (moved, any(unit.takes_out for unit in moved))
        return self._moved[key]

    def _rolls(self, point: Point, action: Action) -> Iterable[tuple[Action, Point, Cost]]:
        records = after_work(point.records, self.moved(action), self.works)
        each = action._replace(run_each=True, then=tuple(one._replace(run_each=True) for one in action.then))
        for one in (action, each) if records.open and self.works.run is not None else (action,):
            at, total = point, Cost()
            for part in one.parts:
                spent = self._roll(at, part)
                if spent is None:
                    break
                at, total = self.after(at, part), total.plus(spent)
            else:
                yield one, at, total

    def after(self, point: Point, action: Action) -> Point:
        """Return the point that an action leads to, or one part of it."""
        whole, counts, records = list(point.whole), dict(point.nodes), point.records
        for part in action.parts if action.together else (action,):
            if part.old is not None and part.new is not None:
                counts[part.old] -= part.many
                counts[part.new] = counts.get(part.new, 0) + part.many
                records = after_work(records, self.moved(part), self.works)
        for number, at in action.whole:
            whole[number] = at
            records = after_work(records, [self.works.whole[number]], self.works)
        if action.run_each or (action.old is None and not action.whole):
            records = run_of(records)
        return Point(tuple(whole), tuple(sorted((state, count) for state, count in counts.items() if count)), records)

    def _roll(self, point: Point, action: Action) -> Cost | None:
        """Return what rolling one node after the other costs, `None` where it would break a rule."""
        assert action.old is not None and action.new is not None
        counts, all_nodes = dict(point.nodes), point.number
        others = frozenset(counts) - {action.old, action.new}
        left, there = counts[action.old] - action.many, action.new in counts
        key = (point.whole, point.records, action.old, action.new, action.many, action.run_each, others, left > 0, there, all_nodes)
        if key not in self._rolled or self.works.watched is not None:
            self._rolled[key] = self._each(point, action, others, counts, all_nodes)
        return self._rolled[key]

    def _each(
        self, point: Point, action: Action, others: frozenset[NodeState], counts: dict[NodeState, int], all_nodes: int
    ) -> Cost | None:
        assert action.old is not None and action.new is not None
        moved, out = self.moved(action), self.takes_out(action)
        records, total = point.records, Cost()
        memo: dict[tuple[bool, bool, Records], Cost | None] = {}
        for number in range(action.many):
            left = counts[action.old] - number - 1
            new = number > 0 or action.new in counts
            key = (left > 0, new, records)
            if key not in memo:
                memo[key] = self._one_node(point.whole, action, others, (left > 0, new), all_nodes, records, out)
            spent = memo[key]
            if spent is None:
                return None
            total = total.plus(spent)
            records = after_work(records, moved, self.works)
            records = run_of(records) if action.run_each else records
        return total

    def _one_node(
        self,
        whole: tuple[int, ...],
        action: Action,
        others: frozenset[NodeState],
        there: tuple[bool, bool],
        all_nodes: int,
        records: Records,
        out: bool,
    ) -> Cost | None:
        old, new = action.old, action.new
        assert old is not None and new is not None
        around = others | ({old} if there[0] else frozenset())
        seen: list[Seen] = []
        if out:
            seen.append(self.works.look(whole, around | ({new} if there[1] else frozenset()), all_nodes - 1, records))
        records = after_work(records, self.moved(action), self.works)
        seen.append(self.works.look(whole, around | {new}, all_nodes, records))
        if action.run_each:
            seen.append(self.works.look(whole, around | {new}, all_nodes, run_of(records)))
        for one in seen:
            if one.broken:
                self._tell(one, action)
                return None
        return Cost(sum(1 for one in seen if one.in_the_way), int(out), len(seen))

    def _seen(self, point: Point) -> Seen:
        return self.works.look(point.whole, frozenset(state for state, _ in point.nodes), point.number, point.records)

    def _tell(self, seen: Seen, action: Action) -> None:
        for number in seen.broken:
            self.broken.setdefault(number, action)


def _moved(point: Point, old: NodeState | None, new: NodeState | None) -> Point:
    """Return a point with one node less of a state, or one more."""
    counts = dict(point.nodes)
    for state, change in ((old, -1), (new, 1)):
        if state is not None:
            counts[state] = counts.get(state, 0) + change
    return point._replace(nodes=tuple(sorted((state, count) for state, count in counts.items() if count)))


def _back(came: dict[Point, tuple[Point, Action]], point: Point) -> tuple[Action, ...]:
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


def _few(ways: Sequence[Sequence[int]], old: tuple[int, ...], last: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
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


def _choices(onward: Sequence[Sequence[tuple[int, int]]]) -> Iterable[tuple[tuple[int, int], ...]]:
    """Yield sets of changes of the whole: pairs, and all together."""
    for at, some in enumerate(onward):
        for others in onward[at + 1 :]:
            yield from product(some, others)
    if len(onward) > 2:
        yield tuple(some[-1] for some in onward)
