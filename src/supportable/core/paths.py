"""A deployment and the choice of a plan -> the order of steps for a cluster, with every deployment on the way judged.

In: a `Space` and a choice of values for its slots. Out: `Path`: stages (what is done, over which nodes) and their steps, each with the
deployment after it, the levels it has, what is in the way, and the last day on which it is at the level. What one would get wrong: the
steps below the level are as few as rolling stages allow, not none; and a path without stages that has `blocked` is an answer, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from supportable.core.clauses import Level
from supportable.core.compile import FALSE
from supportable.core.deciding import Slot
from supportable.core.deployment import Deployment, Item
from supportable.core.facts import Value, _Absent
from supportable.core.path_days import Days, Last
from supportable.core.path_routes import Routed, beside_of, route_of
from supportable.core.path_search import Action, Cost, Search, after_work, run_of
from supportable.core.path_works import RUN, Choice, Effects, Point, Records, Unit, Works
from supportable.core.plan_space import NOBODY_SPEAKS, Held, Requirement, Space
from supportable.core.verdict import judge, listings_of


class Change(NamedTuple):
    """A value that a step sets; `own`: by its own work, `does` says which; otherwise that work sets it anew beside."""

    field: str
    item: str | None
    old: Held
    new: Held
    own: bool
    does: str
    detour: bool = False


class Standing(NamedTuple):
    """What one issuer says: both ends, `None` where it says nothing."""

    issuer: str
    worst: Level | None
    best: Level | None


class InTheWay(NamedTuple):
    """A requirement that keeps a deployment below the level, and whether it surely fails."""

    requirement: Requirement
    fails: bool


class At(NamedTuple):
    """A deployment on the way, judged. `last` has the last day at the level, `None` where it is not at it, or nobody asked."""

    deployment: Deployment
    standings: tuple[Standing, ...]
    in_the_way: tuple[InTheWay, ...]
    nobody_speaks: bool
    last: Last | None

    @property
    def met(self) -> bool:
        """Whether the deployment is at the level."""
        return not self.in_the_way and not self.nobody_speaks


class Step(NamedTuple):
    """One step, and the deployment after it.

    `kind` is `change` (of the whole, of a node that stays in, or of all at one moment), `out` (a node leaves the cluster), `back` (it
    returns, changed) or `validate`. `out` are the nodes that are out after it.
    """

    number: int
    kind: str
    nodes: tuple[str, ...]
    changes: tuple[Change, ...]
    out: tuple[str, ...]
    after: At


class Stage(NamedTuple):
    """Steps with one purpose. `kind` is `whole`, `roll`, `together` (all at one moment) or `validate`.

    `does` has the field of each work, its words, and the value it leads to; `at_once` nodes are out at a time.
    """

    kind: str
    does: tuple[tuple[str, str, Held], ...]
    nodes: tuple[str, ...]
    at_once: int
    steps: tuple[Step, ...]


class Block(NamedTuple):
    """A rule that an order would break, and the work that would break it."""

    rule: Requirement
    by: tuple[tuple[str, Held], ...]


class Path(NamedTuple):
    """The answer.

    `looks` are facts that the path counts on and that nobody knows yet. `best`: no order of rolling stages has fewer steps below the level,
    interruptions and steps. `detours` are fields that are brought to a value in between. Where `blocked` is not empty there is no way.
    `beside` is the path with a second set of machines, where that is below the level for fewer steps.
    """

    level: Level
    start: At
    looks: tuple[tuple[Slot, Value | _Absent], ...]
    stages: tuple[Stage, ...]
    cost: Cost
    best: bool
    detours: tuple[str, ...]
    blocked: tuple[Block, ...]
    beside: Path | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for stage in self.stages for step in stage.steps)

    @property
    def below(self) -> tuple[Step, ...]:
        """The steps after which the deployment is below the level."""
        return tuple(step for step in self.steps if not step.after.met)

    @property
    def end(self) -> At:
        return self.steps[-1].after if self.stages else self.start


def path_to(space: Space, choice: Choice, out_at_once: int | None = None, days: Days | None = None) -> Path:
    """Return the path from the deployment of a space to a choice of values.

    `out_at_once`: so many nodes are out at a time at most, without it an eighth of them and at least one. With `days` every deployment
    at the level says until when it is.
    """
    routed = route_of(Works(space, choice))
    path = _path(routed, days, out_at_once)
    if not path.cost.below:
        return path
    beside = beside_of(routed, path.cost.below)
    return path if beside is None else path._replace(beside=_path(beside, days, out_at_once))


def _path(routed: Routed, days: Days | None, out_at_once: int | None) -> Path:
    works, search, route = routed.works, routed.search, routed.route
    walk = _Walk(works, search, days, out_at_once)
    start, level, looks = walk.here(), works.space.ground.level, tuple(works.looks.items())
    if route.actions is None:
        blocked = tuple(_block(works, search, number, action) for number, action in route.broken)
        return Path(level, start, looks, (), Cost(), route.best, (), blocked)
    stages = tuple(walk.stages(route.actions))
    return Path(level, start, looks, stages, walk.cost, route.best, routed.detours, ())


def _block(works: Works, search: Search, number: int, action: Action) -> Block:
    units = [works.whole[at] for at, _ in action.whole] or (search.moved(action) if action.old is not None else [])
    return Block(works.space.ground.requirements[number], tuple((unit.field, _value(unit, len(unit.stations))) for unit in units))


def _value(unit: Unit, at: int) -> Held:
    """Return the value that a piece of work leads to at a station."""
    effects = next(iter(unit.stations[at - 1].values()))
    return next(value for (field, _), value in effects.items() if field == unit.field)


def _rolls(action: Action) -> bool:
    return action.old is not None and not action.together


class _Walk:
    """Goes along a route by the names of nodes, and judges every deployment by its values."""

    def __init__(self, works: Works, search: Search, days: Days | None, out_at_once: int | None) -> None:
        self.works, self.search, self.days = works, search, days
        self.whole = works.start.whole
        self.records = Records()
        none = (0,) * len(works.on_nodes)
        self.group = {name: number for number, names in enumerate(works.groups) for name in names}
        self.nodes = {one.name: none for one in works.base.listing("nodes").items}
        self.out: tuple[str, ...] = ()
        self.at_once = max(1, out_at_once if out_at_once is not None else len(self.nodes) // 8)
        self.cost = Cost()
        self._judged: dict[object, tuple[tuple[Standing, ...], tuple[InTheWay, ...], bool]] = {}
        self._lasts: dict[object, Last] = {}
        self._items: dict[str, Item] = {}
        self._now: Deployment

    def stages(self, actions: Sequence[Action]) -> Iterable[Stage]:
        """Yield the stages; rolls of the same work that follow each other are one."""
        parts = [part for one in actions for part in (one.parts if one.old is not None and not one.together else (one,))]
        while parts:
            same = 1
            work = self._work(parts[0])
            while _rolls(parts[0]) and same < len(parts) and _rolls(parts[same]) and self._work(parts[same]) == work:
                same += 1
            steps: list[Step] = []
            batches = []
            for part in parts[:same]:
                batches.append(self._batch(part) if _rolls(part) else 1)
                steps += self._steps(part, batches[-1])
            kind = "together" if parts[0].together else "roll" if _rolls(parts[0]) else "whole" if parts[0].whole else "validate"
            nodes = tuple(dict.fromkeys(name for step in steps for name in step.nodes if step.kind != "out"))
            yield Stage(kind, work, nodes, len(nodes) if kind == "together" else max(batches), tuple(steps))
            del parts[:same]

    def _work(self, action: Action) -> tuple[tuple[str, str, Held], ...]:
        found = [(self.works.whole[number], at) for one in (*action.inside, action) for number, at in one.whole]
        for part in (part for one in (*action.inside, action) for part in one.parts):
            if part.old is not None and part.new is not None:
                stations = zip(self.works.on_nodes, part.old[1], part.new[1], strict=True)
                found += [(unit, after) for unit, before, after in stations if before != after]
        return tuple(dict.fromkeys((unit.field, unit.move.does, _value(unit, at)) for unit, at in found))

    def _steps(self, action: Action, batch: int) -> Iterable[Step]:
        if not _rolls(action):
            before, after = self.records, self.search.after(self._point(), action)
            changes = [*(self._changes_of(action) if action.whole or action.together else self._validated(before))]
            nodes: list[str] = []
            for part in action.parts if action.together else ():
                assert part.new is not None
                for name in [name for name, own in self.nodes.items() if (self.group[name], own) == part.old]:
                    changes += self._node_changes(name, self.nodes[name], part.new[1])
                    self.nodes[name] = part.new[1]
                    nodes.append(name)
                    self.cost = self.cost.plus(Cost(0, int(self.search.takes_out(part)), 0))
            self.whole, self.records = after.whole, after.records
            yield self._step("change" if changes and (action.whole or nodes) else "validate", tuple(nodes), tuple(changes))
            return
        assert action.old is not None and action.new is not None
        staying = (name for name in self.nodes if name not in self.out)
        names = [name for name in staying if (self.group[name], self.nodes[name]) == action.old][: action.many]
        out = self.search.takes_out(action)
        while names:
            some, names = names[:batch], names[batch:]
            if out:
                for name in some:
                    self.out = (*self.out, name)
                    self.cost = self.cost.plus(Cost(0, 1, 0))
                    yield self._step("out", (name,), ())
            for inside in action.inside:
                for part in inside.parts:
                    yield from self._steps(part, 1)
            for name in some:
                own = tuple(self._node_changes(name, self.nodes[name], action.new[1]))
                self.nodes[name] = action.new[1]
                self.out = tuple(one for one in self.out if one != name)
                self.records = after_work(self.records, self.search.moved(action), self.works)
                yield self._step("back" if out else "change", (name,), own)
            if action.run_each:
                before, self.records = self.records, run_of(self.records)
                yield self._step("validate", (), self._validated(before))

    def _point(self) -> Point:
        counts: dict[tuple[int, tuple[int, ...]], int] = {}
        for name, own in self.nodes.items():
            state = (self.group[name], own)
            counts[state] = counts.get(state, 0) + 1
        return Point(self.whole, tuple(sorted(counts.items())), self.records)

    def _batch(self, action: Action) -> int:
        """Return how many nodes are out at a time: as many as may be, where that is below the level no more often than one by one."""
        if not self.search.takes_out(action) or self.at_once == 1 or action.run_each:
            return 1
        alone = self._below(action, 1)
        return next((size for size in range(self.at_once, 1, -1) if self._below(action, size) <= alone), 1)

    def _below(self, action: Action, batch: int) -> int:
        """Return after how many steps of a roll the deployment is below the level; a broken rule counts as more than all."""
        old, new = action.old, action.new
        assert old is not None and new is not None
        counts = dict(self._point().nodes)
        all_nodes, left, found, records = len(self.nodes), action.many, 0, self.records
        while left:
            size = min(batch, left)
            for number in range(1, 2 * size + 1):
                out = number if number <= size else 2 * size - number
                if number <= size:
                    counts[old] -= 1
                else:
                    counts[new] = counts.get(new, 0) + 1
                    records = after_work(records, self.search.moved(action), self.works)
                present = frozenset(state for state, count in counts.items() if count)
                seen = self.works.look(self.whole, present, all_nodes - out, records)
                found += (1 << 20) if seen.broken else int(bool(seen.in_the_way))
            left -= size
        return found

    def _step(self, kind: str, nodes: tuple[str, ...], changes: tuple[Change, ...]) -> Step:
        after = self.here()
        self.cost = self.cost.plus(Cost(int(not after.met), 0, 1))
        return Step(self.cost.steps, kind, nodes, changes, self.out, after)

    # What a step sets.

    def _changes_of(self, action: Action) -> tuple[Change, ...]:
        found: list[Change] = []
        for number, at in action.whole:
            unit = self.works.whole[number]
            found += self._set(unit, self.works.effects(unit, at, None), at)
        return tuple(found)

    def _node_changes(self, name: str, old: tuple[int, ...], new: tuple[int, ...]) -> Iterable[Change]:
        for unit, before, after in zip(self.works.on_nodes, old, new, strict=True):
            if before != after:
                yield from self._set(unit, self.works.effects(unit, after, name), after)

    def _set(self, unit: Unit, effects: Effects, at: int) -> Iterable[Change]:
        for (field, item), value in sorted(effects.items(), key=lambda one: one[0][0] != unit.field):
            own = field == unit.field
            old = self._value_now((field, item))
            if not own and old is None and value is None:
                continue
            yield Change(field, item, old, value, own, unit.move.does if own else "", own and at != unit.aim)

    def _value_now(self, slot: Slot) -> Held:
        field, item = slot
        if item is None:
            return self._now.values.get(field)
        if item in self._items:
            return self._items[item].values.get(field)
        return next((one.values.get(field) for one in self._now.listing(field.partition(".")[0]).items if one.name == item), None)

    def _validated(self, before: Records) -> tuple[Change, ...]:
        move = self.works.space.model.moves.get(RUN)
        does = move.does if move is not None else ""
        return tuple(Change(RUN, kind, None, self.works.run, True, does) for kind in sorted(before.open))

    # The deployment as it is.

    def here(self) -> At:
        """Return the deployment as it is now, judged."""
        works = self.works
        deployment = works.deployment(self.whole, self.nodes, self.out, self.records)
        self._now = deployment
        self._items.update({one.name: one for one in deployment.listing("nodes").items})
        present = frozenset((self.group[name], own) for name, own in self.nodes.items() if name not in self.out)
        number = len(self.nodes) - len(self.out)
        key = (self.whole, present, number, self.records)
        if key not in self._judged:
            standings = tuple(Standing(one.issuer, one.worst, one.best) for one in judge(deployment, works.space.ground.packs))
            numbers = works.look(self.whole, present, number, self.records).in_the_way
            failing = _failing(works.space, deployment)
            found = tuple(InTheWay(works.space.ground.requirements[one], one in failing) for one in numbers if one != NOBODY_SPEAKS)
            self._judged[key] = (standings, found, NOBODY_SPEAKS in numbers)
        at = At(deployment, *self._judged[key], None)
        return at._replace(last=self._last(deployment)) if self.days is not None and at.met else at

    def _last(self, deployment: Deployment) -> Last:
        # Rows that are not in force yet may tell more apart than the clauses of today.
        own = frozenset((item.name, *item.values.items()) for one in deployment.listings.values() for item in one.items)
        alike = frozenset(frozenset(one[1:]) for one in own)
        key = (frozenset(deployment.values.items()), alike, len(own))
        if key not in self._lasts:
            assert self.days is not None
            self._lasts[key] = self.days.last(deployment)
        return self._lasts[key]


def _failing(space: Space, deployment: Deployment) -> frozenset[int]:
    """Return the numbers of the requirements that surely fail."""
    listings = listings_of(deployment)
    found: set[int] = set()
    for compiled, places in zip(space.ground.packs, space.ground.by_pack, strict=True):
        codes = compiled.run(deployment.values, listings).outcomes
        found.update(number for place, number in places if codes[place] == FALSE)
    return frozenset(found)
