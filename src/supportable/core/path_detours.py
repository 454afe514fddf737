"""Pieces of work -> the same ones with values in between: an operating system between two others, a service pack before a new release.

In: `Works`. Out: units with further stations, and units that only pass. What one would get wrong: only values that documents name are
tried, and what other work sets anew at such a value is chosen to leave as little in the way as possible, one field after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from supportable.core.changing import reaches
from supportable.core.deciding import Slot
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.path_works import Effects, Unit, Works
from supportable.core.plan_space import Held, changed
from supportable.core.verdict import listings_of

STATIONS_MAX = 3
"""How many values in between are tried for one piece of work, the ones with least in their way."""

PASSING_MAX = 3
"""How many fields that other work sets anew are tried before it."""


def detours_of(works: Works, asked: frozenset[str]) -> list[tuple[Unit, ...]]:
    """Return the units of some works once for each detour: with values in between for one, or with one that only passes.

    `asked` are the fields that clauses in the way of the direct order ask about; no other detour could help.
    """
    found: list[tuple[Unit, ...]] = []
    for unit in works.units:
        if not asked.isdisjoint((unit.field, *unit.move.resets)):
            extended = _with_stations(works, unit)
            if extended != unit:
                found.append(tuple(extended if one is unit else one for one in works.units))
    found += [(*works.units, one) for one in _passing(works, len(works.units)) if one.field in asked]
    return found


def _with_stations(works: Works, unit: Unit) -> Unit:
    slots = [(slot, value) for one in unit.stations[-1].values() for slot, value in one.items() if slot[0] == unit.field]
    values = [value for value in works.space.ground.values(unit.field) if all(_between(works, slot, value, aim) for slot, aim in slots)]
    found = []
    for value in values:
        station, left = _station(works, unit, [slot for slot, _ in slots], value)
        found.append((left, value, station))
    chosen = sorted(found, key=lambda one: one[0])[:STATIONS_MAX]
    order = {value: number for number, value in enumerate(values)}
    in_order = sorted(chosen, key=lambda one: _rank(unit.field, one[1], order))
    return unit._replace(stations=(*(station for _, _, station in in_order), unit.stations[-1]))


def _rank(field: str, value: Value | _Absent, order: Mapping[Value | _Absent, int]) -> tuple[object, ...]:
    key = None if value is ABSENT else FIELDS[field].order_key(value)
    return (key,) if key is not None else (order[value],)


def _between(works: Works, slot: Slot, value: Value | _Absent, aim: Held) -> bool:
    """Whether a value lies between what a slot is now and what it is to be, so that work could stop there."""
    field, now = slot[0], works.base_value(slot)
    if field in LISTINGS or not FIELDS[field].comparable or aim is None or now is None or value in (now, aim, ABSENT):
        return False
    move = works.space.move(field)
    if move is None or works.space.ground.made_up(field, value):
        return False
    later = move._replace(later=True, to=None)
    return reaches(later, now, value) and reaches(later, value, aim)


def _station(works: Works, unit: Unit, slots: list[Slot], value: Value | _Absent) -> tuple[dict[str | None, Effects], int]:
    """Return what the work sets where it stops at a value, and how much is then in the way."""
    held: dict[Slot, Held] = dict.fromkeys(slots, value)
    reset: dict[str, list[Slot]] = {}
    for slot in slots:
        for other in works.reset_by(slot):
            reset.setdefault(other[0], []).append(other)
    left = _in_the_way(works, held)
    for field, others in reset.items():
        best: tuple[int, dict[Slot, Held]] | None = None
        for option in _options(works, field, others):
            number = _in_the_way(works, {**held, **option})
            if best is None or number < best[0]:
                best = (number, option)
        if best is not None:
            left, held = best[0], {**held, **best[1]}
    owners = list(unit.stations[-1])
    by_owner: dict[str | None, Effects] = {
        owner: {slot: one for slot, one in held.items() if owner is None or slot[1] in (owner, None)} for owner in owners
    }
    return by_owner, left


def _options(works: Works, field: str, slots: list[Slot]) -> Iterable[dict[Slot, Held]]:
    yield {slot: works.choice.get(slot) for slot in slots}
    yield {slot: works.base_value(slot) for slot in slots}
    move = works.space.move(field)
    for value in works.space.ground.values(field):
        if not works.space.ground.made_up(field, value) and (move is None or move.to is None or value in move.to):
            yield dict.fromkeys(slots, value)


def _in_the_way(works: Works, held: Mapping[Slot, Held]) -> int:
    """Return how much is in the way where these slots are like this and all else is as it is; a broken rule counts more than all."""
    chosen = {slot: value for slot, value in held.items() if value is not None}
    made = changed(works.base, chosen, [slot for slot, value in held.items() if value is None])
    numbers = works.space.in_the_way(made.values, listings_of(made))
    return sum(1000 if number in works.rules else 1 for number in numbers)


def _passing(works: Works, number: int) -> Iterable[Unit]:
    """Yield units for fields that other work sets anew, and that could be brought to a later value before it."""
    found: dict[str, set[int]] = {}
    for unit in works.units:
        for field in unit.move.resets:
            own = works.space.move(field)
            if own is not None and FIELDS[field].comparable and works.space.ground.values(field):
                found.setdefault(field, set()).add(unit.number)
    ranked: list[tuple[int, str, set[int], list[Mapping[str | None, Effects]]]] = []
    for field, by in found.items():
        slots = [slot for slot in works.space.slots_of([field]) if works.base_value(slot) is not None]
        values = list(_passed_values(works, field, slots))
        if values:
            ranked.append((min(left for left, _ in values), field, by, [one for _, one in values]))
    for _, field, by, stations in sorted(ranked, key=lambda one: one[:2])[:PASSING_MAX]:
        move = works.space.move(field)
        assert move is not None
        on_nodes = FIELDS[field].listing == "nodes"
        names = tuple(dict.fromkeys(name for station in stations for name in station if name is not None)) if on_nodes else ()
        takes_out = works.space.model.work[move.work].takes_node_out
        yield Unit(number, field, move, names, tuple(stations), takes_out, False, True, frozenset(by))


def _passed_values(works: Works, field: str, slots: list[Slot]) -> Iterable[tuple[int, Mapping[str | None, Effects]]]:
    move = works.space.move(field)
    assert move is not None
    on_nodes = FIELDS[field].listing == "nodes"
    found = []
    for value in works.space.ground.values(field):
        fitting = [slot for slot in slots if _passable(works, slot, value)]
        if fitting:
            held: dict[str | None, dict[Slot, Held]] = {}
            for slot in fitting:
                own = held.setdefault(slot[1] if on_nodes else None, {})
                own.update(works.reset_by(slot))
                own[slot] = value
            flat = {slot: one for effects in held.values() for slot, one in effects.items()}
            found.append((_in_the_way(works, flat), value, held))
    order = {value: number for number, (_, value, _) in enumerate(found)}
    least = sorted(found, key=lambda one: one[0])[:2]
    yield from ((left, held) for left, value, held in sorted(least, key=lambda one: _rank(field, one[1], order)))


def _passable(works: Works, slot: Slot, value: Value | _Absent) -> bool:
    field, now = slot[0], works.base_value(slot)
    move = works.space.move(field)
    if move is None or value is ABSENT or value == now or works.space.ground.made_up(field, value):
        return False
    return reaches(move._replace(later=True), now, value)
