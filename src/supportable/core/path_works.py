"""A deployment and the values it is to have -> the pieces of work in between, and what is in the way of any deployment on the way.

In: a `Space`, and a choice of values for its slots. Out: `Works`: pieces of work with what each sets, groups of nodes that no clause
tells apart, and `look`, which judges a deployment once. Clauses ask nodes for "every", "some", "the same" and "how many" only, so that a
deployment is told from others by which kinds of nodes it has and by how many there are: sixteen nodes cost no more than three. What one
would get wrong: a fact that the choice only looks at is as the choice hopes from the first step on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from supportable.core.changing import Move
from supportable.core.clauses import Level
from supportable.core.deciding import Slot
from supportable.core.deployment import Deployment, Item, Listing
from supportable.core.facts import ABSENT, Absent, Known, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.plan_space import Ground, Held, Space, changed
from supportable.core.verdict import listings_of

Choice = Mapping[Slot, Value | _Absent]
Effects = Mapping[Slot, Held]
NodeState = tuple[int, tuple[int, ...]]
"""The number of a group of nodes, and how far each piece of work on nodes has come there."""

CHANGE, RUN = "changes.change", "changes.validated_by"


class Unit(NamedTuple):
    """One piece of work: a field of the whole deployment, or one that is changed node by node.

    `stations` are the values it can be brought to, each with what it sets: by node, or for `None`; the last one is the aim, the others
    are detours. `nodes` need it; `passing`: nothing but a detour, and pointless once one of `overtaken_by` is done. The work of `after`
    comes before it.
    """

    number: int
    field: str
    move: Move
    nodes: tuple[str, ...]
    stations: tuple[Mapping[str | None, Effects], ...]
    takes_out: bool = False
    runs: bool = False
    passing: bool = False
    overtaken_by: frozenset[int] = frozenset()
    after: frozenset[int] = frozenset()

    @property
    def on_nodes(self) -> bool:
        return bool(self.nodes)

    @property
    def aim(self) -> int:
        return 0 if self.passing else len(self.stations)


class Records(NamedTuple):
    """Kinds of changes that were made on the way: those that no validation run followed yet, and the others."""

    open: frozenset[str] = frozenset()
    run: frozenset[str] = frozenset()


class Point(NamedTuple):
    """A deployment on the way, while no node is out: how far the work on the whole has come, nodes by their state, what was recorded."""

    whole: tuple[int, ...]
    nodes: tuple[tuple[NodeState, int], ...]
    records: Records

    @property
    def number(self) -> int:
        return sum(count for _, count in self.nodes)


class Seen(NamedTuple):
    """What is in the way of a deployment: the numbers of requirements, and those of rules that it would break, so that it cannot be."""

    in_the_way: tuple[int, ...]
    broken: tuple[int, ...]


class Works:
    """The work between a deployment and a choice, and every deployment that its parts lead to."""

    def __init__(self, space: Space, choice: Choice) -> None:
        self.space = space
        self.choice = dict(choice)
        self.looks = {slot: value for slot, value in choice.items() if self._first(slot) is None and not self._changes(slot)}
        self.base = changed(space.deployment, self.looks) if self.looks else space.deployment
        ground = space.ground
        self.telling = ground if ground.level is Level.FULL else Ground(ground.packs, Level.FULL, ground.named, space.model.rules)
        self.rules = frozenset(number for _, number in ground.by_rule)
        self.recording = CHANGE in ground.fields
        run = space.model.moves.get(RUN)
        self.run: Value | None = next((one for one in (run.to or ()) if one is not ABSENT), None) if run is not None else None
        self._seen: dict[object, Seen] = {}
        self._whole: dict[object, dict[str, Value | _Absent]] = {}
        self._node: dict[object, Mapping[str, Value | _Absent]] = {}
        self.judged = 0
        self.watched: set[int] | None = None
        self.take(tuple(self._units()))

    def take(self, units: tuple[Unit, ...]) -> None:
        """Go on with other pieces of work: the same ones with detours."""
        self.units = units
        self.whole = [one for one in units if not one.on_nodes]
        self.on_nodes = [one for one in units if one.on_nodes]
        self.groups = self._groups()
        self._seen.clear()
        self._whole.clear()
        self._node.clear()
        none = (0,) * len(self.on_nodes)
        nodes = tuple(((number, none), len(names)) for number, names in enumerate(self.groups))
        self.start = Point((0,) * len(self.whole), nodes, Records())

    def _first(self, slot: Slot) -> Held:
        return self.space.held_now(slot)

    # The pieces of work.

    def _changes(self, slot: Slot) -> bool:
        """Whether a slot that nobody knows is changed and not looked at: by own work, or because other work sets it anew."""
        return slot[0] not in LISTINGS and (self.space.certain or bool(self._resetters(slot)))

    def _resetters(self, slot: Slot) -> list[Slot]:
        """Return the slots of the choice whose own work sets this one anew."""
        return [by for by in self.choice if by != slot and self._resets(by, slot) and self._own(by)]

    def _resets(self, by: Slot, slot: Slot) -> bool:
        move = self.space.model.moves.get(by[0])
        if move is None or slot[0] not in move.resets:
            return False
        return by[1] is None or slot[1] is None or by[1] == slot[1] or FIELDS[by[0]].listing != FIELDS[slot[0]].listing

    def _own(self, slot: Slot) -> bool:
        if slot[0] in LISTINGS or (self._first(slot) is None and not self.space.certain):
            return False
        return not any(self._resets(by, slot) and self._own(by) for by in self.choice if by != slot)

    def _units(self) -> Iterable[Unit]:
        by_field: dict[tuple[str, object], list[Slot]] = {}
        for slot, value in self.choice.items():
            if self._own(slot) and self._first(slot) != value:
                # One run, or one change of an item beside the nodes, is one piece of work for all items that it brings to the same.
                by_field.setdefault((slot[0], None if FIELDS[slot[0]].listing == "nodes" else value), []).append(slot)
        run = self.space.model.moves.get(RUN)
        numbers: dict[str, set[int]] = {}
        for number, (field, _) in enumerate(by_field):
            numbers.setdefault(field, set()).add(number)
        for number, ((field, _), slots) in enumerate(by_field.items()):
            move = self.space.move(field) or Move(field, "allowed")
            effects: dict[str | None, dict[Slot, Held]] = {}
            on_nodes = FIELDS[field].listing == "nodes"
            for slot in slots:
                own = effects.setdefault(slot[1] if on_nodes else None, {})
                own.update(self.reset_by(slot))
                own[slot] = self.choice[slot]
            names = tuple(name for name in effects if name is not None)
            work = self.space.model.work[move.work]
            runs = run is not None and move.work == run.work
            after = frozenset(one for other in move.after if other != field for one in numbers.get(other, ()))
            yield Unit(number, field, move, names, (effects,), work.takes_node_out, runs, after=after)

    def unset(self) -> dict[Slot, Value | _Absent]:
        """Return what is known now, is set anew by the work, and was left open by the choice: it may come out as it was."""
        slots = [slot for unit in self.units for own in unit.stations[-1].values() for slot, value in own.items() if value is None]
        found = {slot: self.base_value(slot) for slot in slots if slot[0] in self.space.ground.fields}
        return {slot: value for slot, value in found.items() if value is not None}

    def base_value(self, slot: Slot) -> Held:
        """Return what a slot is at the start, with what is looked at."""
        return self.looks[slot] if slot in self.looks else self._first(slot)

    def reset_by(self, slot: Slot) -> dict[Slot, Held]:
        """Return what the work of a slot sets anew beside it: as the choice says, or unknown."""
        move = self.space.model.moves.get(slot[0])
        resets = [] if move is None else self.space.slots_of(move.resets)
        return {one: self.choice.get(one) for one in resets if self._resets(slot, one) and one != slot and not self._own(one)}

    @property
    def _asked(self) -> frozenset[str]:
        return frozenset(self.telling.fields) | {field for field, _ in self.choice}

    # The groups of nodes, and what each deployment holds.

    def _groups(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of nodes, those together that no clause tells apart now or after any of the work."""
        fields = [field for field in self._asked if field in FIELDS and FIELDS[field].listing == "nodes"]
        alike: dict[object, list[str]] = {}
        for item in self.base.listing("nodes").items:
            own: dict[str, object] = {}
            for field in fields:
                value = item.values.get(field)
                own[field] = None if value is None else self.telling.apart(field, value)
            work = [
                (unit.number, at, field, value)
                for unit in self.units
                for at, station in enumerate(unit.stations)
                for (field, owner), value in {**station.get(item.name, {}), **station.get(None, {})}.items()
                if owner == item.name
            ]
            alike.setdefault((tuple(sorted(own.items(), key=lambda one: one[0])), tuple(work)), []).append(item.name)
        return tuple(map(tuple, alike.values()))

    def effects(self, unit: Unit, station: int, name: str | None) -> Effects:
        """Return what a piece of work sets, once it has come to a station (from 1)."""
        return unit.stations[station - 1].get(name, {}) if station else {}

    def _in_order(self, whole: tuple[int, ...], own: tuple[int, ...], name: str | None) -> Iterable[Effects]:
        """Yield what the work done sets, what is only passed through first, for it does not outlive what sets it anew."""
        done = [(unit, at, None) for unit, at in zip(self.whole, whole, strict=True) if at]
        done += [(unit, at, name) for unit, at in zip(self.on_nodes, own, strict=True) if at]  # type: ignore[misc]
        for unit, at, owner in sorted(done, key=lambda one: (not one[0].passing, one[0].number)):
            yield self.effects(unit, at, owner)

    def _node_values(self, state: NodeState, whole: tuple[int, ...]) -> Mapping[str, Value | _Absent]:
        key = (state, whole)
        if key not in self._node:
            name = self.groups[state[0]][0]
            item = next(one for one in self.base.listing("nodes").items if one.name == name)
            self._node[key] = _with(item.values, self._in_order(whole, state[1], name), name)
        return self._node[key]

    def look(self, whole: tuple[int, ...], present: frozenset[NodeState], number: int, records: Records) -> Seen:
        """Return what is in the way of a deployment that has nodes of these states, so many in all."""
        key = (whole, present, number, records)
        found = self._seen.get(key)
        if found is None:
            numbers = self.space.in_the_way(*self._inputs(whole, present, number, records))
            broken = tuple(one for one in numbers if one in self.rules)
            found = self._seen[key] = Seen(tuple(one for one in numbers if one not in self.rules), broken)
            self.judged += 1
        if self.watched is not None:
            self.watched.update(found.in_the_way)
        return found

    def _inputs(
        self, whole: tuple[int, ...], present: frozenset[NodeState], number: int, records: Records
    ) -> tuple[Mapping[str, Value | _Absent], dict[str, tuple[tuple[Mapping[str, Value | _Absent], ...], bool]]]:
        states = sorted(present)
        touching = tuple(max((state[1][at] for state in states), default=0) for at in range(len(self.on_nodes)))
        key = (whole, touching)
        if key not in self._whole:
            self._whole[key] = dict(_with(self.base.values, self._on_the_whole(whole, touching), None))
        listings = {name: listing for name, listing in listings_of(self.base).items() if name != "nodes"}
        for name in listings:
            items, complete = listings[name]
            names = [one.name for one in self.base.listing(name).items]
            own = (_with(values, self._on_the_whole(whole, touching), item) for item, values in zip(names, items, strict=True))
            listings[name] = (tuple(own), complete)
        if records != Records():
            items, complete = listings.get("changes", ((), False))
            listings["changes"] = ((*items, *(values for _, values in self.recorded(records))), complete)
        if "nodes" in self.base.listings:
            nodes = [self._node_values(state, whole) for state in states]
            nodes += nodes[:1] * (number - len(nodes))
            listings["nodes"] = (tuple(nodes), self.base.listing("nodes").complete)
        return self._whole[key], listings

    def _on_the_whole(self, whole: tuple[int, ...], touching: tuple[int, ...]) -> Iterable[Effects]:
        yield from self._in_order(whole, (0,) * len(touching), None)
        for unit, at in zip(self.on_nodes, touching, strict=True):
            if at:
                yield from unit.stations[at - 1].values()

    def recorded(self, records: Records) -> list[tuple[str, dict[str, Value | _Absent]]]:
        """Return the changes that the deployment records on the way, by the names they get, with what is known of each."""
        found: list[tuple[str, dict[str, Value | _Absent]]] = []
        for kind in sorted(records.open | records.run):
            if kind in records.run:
                found.append((f"{kind}, validated on the way", {CHANGE: kind, RUN: self.run or ABSENT}))
            if kind in records.open:
                found.append((f"{kind}, on the way", {CHANGE: kind, RUN: ABSENT}))
        return found

    def deployment(self, whole: tuple[int, ...], nodes: Mapping[str, tuple[int, ...]], out: Iterable[str], records: Records) -> Deployment:
        """Return a deployment on the way as it would be read from evidence, for the reference evaluator."""
        held: dict[Slot, Held] = {}
        touching = tuple(max((own[at] for name, own in nodes.items() if name not in out), default=0) for at in range(len(self.on_nodes)))
        for effects in self._on_the_whole(whole, touching):
            held.update({slot: value for slot, value in effects.items() if slot[1] not in nodes})
        for name, own in nodes.items():
            for effects in self._in_order(whole, own, name):
                held.update({slot: value for slot, value in effects.items() if slot[1] == name})
        chosen = {slot: value for slot, value in held.items() if value is not None}
        made = changed(self.base, chosen, [slot for slot, value in held.items() if value is None])
        listings = dict(made.listings)
        left = set(out)
        if left:
            found = listings["nodes"]
            listings["nodes"] = found._replace(items=tuple(one for one in found.items if one.name not in left))
        if records != Records():
            found = listings.get("changes", Listing())
            extra = changed_items(self.recorded(records))
            listings["changes"] = found._replace(items=(*found.items, *extra))
        return made._replace(listings=listings)


def changed_items(found: Iterable[tuple[str, Mapping[str, Value | _Absent]]]) -> tuple[Item, ...]:
    """Return items with these values, which no source stands behind."""
    return tuple(
        Item(name, {field: Absent() if value is ABSENT else Known(value) for field, value in values.items()}, dict(values))
        for name, values in found
    )


def _with(values: Mapping[str, Value | _Absent], effects: Iterable[Effects], owner: str | None) -> Mapping[str, Value | _Absent]:
    merged = dict(values)
    for one in effects:
        for (field, whose), value in one.items():
            if whose != owner or field in LISTINGS:
                continue
            if value is None:
                merged.pop(field, None)
            else:
                merged[field] = value
    return merged
