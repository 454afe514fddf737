"""Pieces of work -> the order in which they are done, in rolling stages: few steps below the level, few interruptions, few steps.

In: `Works`. Out: `Route`: actions, each a change of the whole, a piece or several rolled over nodes that are alike, or a validation run. A*
over how far the work has come; what a roll costs follows from at most six deployments, however many nodes there are. What one would get
wrong: the order is best among rolling stages; one that goes back and forth between nodes could be a little shorter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from supportable.core.path_actions import (
    Action,
    Cost,
    Freedom,
    Route,
    actions_back,
    after_work,
    choices_of,
    few_of,
    moved_to,
    run_of,
)
from supportable.core.path_works import NodeState, Point, Records, Seen, Unit, Works

ACTIONS_MAX = 6_000
"""How many actions one search weighs before it takes the best order at hand."""

ACTIONS_A_LOOK = 5
"""How many actions may be weighed in the time that judging one more deployment takes."""

KINDS_MAX = 3
"""Of how many kinds of nodes each may be worked on by itself; where there are more, work is rolled over all that need it."""

PARTS_MAX = 2
"""Into how many parts nodes that are alike may have come apart before a single one is no longer worked on by itself."""

NO_BOUND = 1 << 40


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

    def best(self, freedom: Freedom = Freedom(), below: int = NO_BOUND, actions_max: int = ACTIONS_MAX) -> Route:  # noqa: B008 - a value
        """Return the best route with fewer than `below` steps below the level; `actions` is `None` where there is none.

        After `actions_max` actions it gives up, or, where there is no bound, takes what is cheapest at each point.
        """
        start = self.works.start
        done: set[Point] = set()
        cost: dict[Point, Cost] = {start: Cost()}
        came: dict[Point, tuple[Point, Action]] = {}
        queue: list[tuple[int, int, int, bool, int, Point]] = [(*self._least(start), False, 0, start)]
        pushed, weighed, judged = 0, 0, self.works.judged
        while queue:
            *_, point = heappop(queue)
            if point in done:
                continue
            done.add(point)
            if self.is_goal(point):
                return Route(actions_back(came, point), cost[point], True, tuple(self.broken.items()))
            if weighed + ACTIONS_A_LOOK * (self.works.judged - judged) > actions_max:
                return self._any_way(point, came, cost[point]) if below == NO_BOUND else Route(None, Cost(below), False)
            for action, after, spent in self._onward(point, freedom):
                whole = cost[point].plus(spent)
                weighed += 1
                if after in done or whole.below >= below:
                    continue
                if after in cost and not (whole, bool(action.inside)) < (cost[after], bool(came[after][1].inside)):
                    continue
                cost[after], came[after] = whole, (point, action)
                least = self._least(after)
                pushed += 1
                rank = (whole.below + least[0], whole.interruptions + least[1], whole.steps + least[2])
                # Of two that cost the same, the one without work inside a visit reads better.
                heappush(queue, (*rank, bool(action.inside), -pushed, after))
        return Route(None, Cost(below), True, tuple(self.broken.items()))

    def in_the_way_along(self, actions: Iterable[Action]) -> frozenset[int]:
        """Return the requirements that are in the way anywhere on a route."""
        point = self.works.start
        self.works.watched = set(self._seen(point).in_the_way)
        for action in actions:
            if not action.inside:
                point = self._along(point, action)
                continue
            away = moved_to(point, action.old, None)
            self._seen(away)
            for one in action.inside:
                away = self._along(away, one)
            point = self.after(moved_to(away, None, action.old), action)
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
        actions = list(actions_back(came, point))
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
            chosen += choices_of(list(onward.values()))
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
        away = moved_to(point, action.old, None)
        out = self._seen(away)
        if out.broken:
            return
        inside = [(one, after, spent) for one, after, spent in self._wholes(away, Freedom()) if one.whole]
        for rolls in self._settings(away):
            found = list(self._rolls(away, rolls))[:1]
            inside += found
        for one, after, spent in inside:
            back = self.after(moved_to(after, None, action.old), action)
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
            made = (new for new in few_of(ways, state[1], last) if new != state[1] and self._one_visit(state[1], new))
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
