"""How cheaply a condition could be made to hold, or not to hold: a bound from below, and the slot to begin with.

In: a state of a plan (what slots hold, which are settled). Out: `Repair`. What one would get wrong: the bound adds up only what
cannot share a slot, so it may be less than any real change costs, but never more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from supportable.core.clauses import Clause
from supportable.core.conditions import (
    All,
    Always,
    Any,
    Condition,
    Count,
    Every,
    InMatrix,
    Is,
    Matrix,
    Not,
    Order,
    Present,
    Same,
    Some,
    compare,
    holds,
    walk,
)
from supportable.core.deciding import Slot
from supportable.core.facts import Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.plan_space import Held, Option, Space
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth

NEVER = 1 << 60
"""The cost of what cannot be."""


class Repair(NamedTuple):
    """At least this cost; the slot to settle first, `None` where nothing is to be done or nothing helps; and the value that may help."""

    cost: int
    slot: Slot | None
    value: Held = None


DONE, IMPOSSIBLE = Repair(0, None), Repair(NEVER, None)

Atom = Is | Order | Present


class Bounds:
    """Bounds for the clauses of one space; what depends on a slot alone is worked out once."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._cheapest: dict[tuple[Atom, Slot, bool, bool], Option | None] = {}
        self._fields: dict[int, frozenset[str]] = {}
        self._kept: list[object] = []
        self.state: State

    def clause(self, clause: Clause, matrices: Sequence[Matrix], state: State) -> Repair:
        """Return how a requirement could be withstood: it holds, or it does not apply."""
        self.state, self.matrices = state, matrices
        ways = [self.ask(clause.applies, False, None)]
        if clause.requires is not None:
            ways.append(self.ask(clause.requires, True, None))
        return _cheapest(ways)

    def holding(self, condition: Condition, matrices: Sequence[Matrix], state: State) -> Repair:
        """Return how a condition could be made to hold."""
        self.state, self.matrices = state, matrices
        return self.ask(condition, True, None)

    def ask(self, condition: Condition, wanted: bool, item: str | None) -> Repair:
        match condition:
            case Is() | Order() | Present():
                return self._atom(condition, wanted, self._slot(condition.field, item))
            case Not(part):
                return self.ask(part, not wanted, item)
            case All(parts):
                return self._together(parts, item) if wanted else _cheapest(self.ask(one, False, item) for one in parts)
            case Any(parts):
                return _cheapest(self.ask(one, True, item) for one in parts) if wanted else self._together(parts, item, False)
            case Every(listing, part, if_empty):
                return self._items(listing, part, True, if_empty) if wanted else self._an_item(listing, part, False, if_empty)
            case Some(listing, part):
                return self._an_item(listing, part, True, FALSE) if wanted else self._items(listing, part, False, FALSE)
            case InMatrix(name):
                matrix = next(one for one in self.matrices if one.id == name)
                return self._listed(matrix, item) if wanted else self._unlisted(matrix, item)
            case Same(field):
                return self._same(field, wanted)
            case Count(listing, operator, bound):
                return self._count(listing, compare(operator, len(self.space.listings[listing].items), bound) is wanted)
            case Always(truth):
                return DONE if truth is (TRUE if wanted else FALSE) else IMPOSSIBLE

    def _slot(self, field: str, item: str | None) -> Slot:
        return (field, item if FIELDS[field].listing is not None else None)

    def _atom(self, atom: Atom, wanted: bool, slot: Slot) -> Repair:
        value = self.state.value(slot)
        truth = UNKNOWN if value is None else holds(atom, value)
        if truth is (TRUE if wanted else FALSE):
            return DONE
        return self._settling(slot, *self._options(atom, slot, wanted))

    def _settling(self, slot: Slot, own: Option | None, again: Option | None) -> Repair:
        """Return what settling a slot costs at least: what it can become by its own work, and where other work sets it `again`."""
        state = self.state
        if slot in state.settled:
            return IMPOSSIBLE
        if state.is_reset(slot):
            return IMPOSSIBLE if again is None else Repair(0, slot, again.value)
        best = IMPOSSIBLE if own is None else Repair(max(0, own.cost - state.used.get(slot, 0)), slot, own.value)
        if again is not None:
            for by in self.space.resetters(slot):
                if by not in state.settled:
                    cost = max(0, self.space.options(by)[0].cost - state.used.get(by, 0))
                    if cost < best.cost:
                        best = Repair(cost, by)
        return best

    def _options(self, atom: Atom, slot: Slot, wanted: bool) -> tuple[Option | None, Option | None]:
        """Return the cheapest option under which the condition comes out as wanted, by own work and where it is set anew."""
        return self._fitting(atom, slot, wanted, False), self._fitting(atom, slot, wanted, True)

    def _fitting(self, atom: Atom, slot: Slot, wanted: bool, reset: bool) -> Option | None:
        key = (atom, slot, wanted, reset)
        if key not in self._cheapest:
            truth = TRUE if wanted else FALSE
            options = self.space.options(slot, reset) if not reset or self.space.resetters(slot) else ()
            self._cheapest[key] = next((one for one in options if holds(atom, one.value) is truth), None)
        return self._cheapest[key]

    def _together(self, parts: Sequence[Condition], item: str | None, wanted: bool = True) -> Repair:
        """Return the bound for parts that must all come out as wanted: the sum over those that share no field, dearest first."""
        repairs = [self.ask(one, wanted, item) for one in parts]
        if any(one.cost == NEVER for one in repairs):
            return IMPOSSIBLE
        open_parts = sorted(
            ((one, part) for one, part in zip(repairs, parts, strict=True) if one is not DONE), key=lambda pair: -pair[0].cost
        )
        cost, used = 0, frozenset[str]()
        for one, part in open_parts:
            fields = self._read(part)
            if used.isdisjoint(fields):
                cost, used = cost + one.cost, used | fields
        return open_parts[0][0]._replace(cost=cost) if open_parts else DONE

    def _read(self, condition: Condition) -> frozenset[str]:
        """Return the fields that could be changed for a condition, with those that set them anew."""
        known = self._fields.get(id(condition))
        if known is None:
            found: set[str] = set()
            for one in walk(condition):
                match one:
                    case Is(field) | Order(field) | Present(field):
                        found.add(field)
                    case Same(field):
                        found |= {field, FIELDS[field].listing or ""}
                    case Every(listing) | Some(listing) | Count(listing):
                        found.add(listing)
                    case InMatrix(name):
                        found |= {column for matrix in self.matrices if matrix.id == name for column in matrix.columns}
                    case _:
                        pass
            moves = self.space.model.moves
            found |= {move.field for move in moves.values() if not found.isdisjoint(move.resets)}
            known = self._fields[id(condition)] = frozenset(found)
            self._kept.append(condition)
        return known

    def _items(self, listing: str, part: Condition, wanted: bool, if_empty: Truth) -> Repair:
        """Return the bound for all items coming out as wanted, in a list that must be complete."""
        found = self.space.listings[listing]
        whole = self._complete(listing)
        if not found.items and whole is DONE:
            return DONE if if_empty is (TRUE if wanted else FALSE) else IMPOSSIBLE
        repairs = [self.ask(part, wanted, one.name) for one in found.items]
        if whole.cost == NEVER or any(one.cost == NEVER for one in repairs):
            return IMPOSSIBLE
        open_items = [one for one in (*repairs, whole) if one is not DONE]
        if not open_items:
            return DONE
        own = all(field.startswith(f"{listing}.") for field in self._read(part))
        cost = sum(one.cost for one in repairs) if own else max((one.cost for one in repairs), default=0)
        return max(open_items, key=lambda one: one.cost)._replace(cost=cost + whole.cost)

    def _an_item(self, listing: str, part: Condition, wanted: bool, if_empty: Truth) -> Repair:
        """Return the bound for one item coming out as wanted."""
        found = self.space.listings[listing]
        if not found.items and self._complete(listing) is DONE:
            return DONE if if_empty is (TRUE if wanted else FALSE) else IMPOSSIBLE
        return _cheapest(self.ask(part, wanted, one.name) for one in found.items)

    def _complete(self, listing: str) -> Repair:
        slot = (listing, None)
        if self.state.value(slot) is not None:
            return DONE
        return self._settling(slot, next(iter(self.space.options(slot)), None), None)

    def _count(self, listing: str, fits: bool) -> Repair:
        # Nobody adds or removes items for the sake of a number here; more than were found can only be ruled out by looking.
        return self._complete(listing) if fits else IMPOSSIBLE

    def _same(self, field: str, wanted: bool) -> Repair:
        listing = FIELDS[field].listing or ""
        slots = [(field, one.name) for one in self.space.listings[listing].items]
        values = [self.state.value(slot) for slot in slots]
        keys = [None if value is None else self._key(field, value) for value in values]
        known = {key for key in keys if key is not None}
        if not wanted:
            if len(known) > 1:
                return DONE
            return _cheapest(self._moving(slot) for slot in slots)
        whole = self._complete(listing)
        if whole is DONE and len(slots) < 2:
            return DONE
        if len(known) <= 1 and None not in keys:
            return whole
        common = max(known, key=keys.count) if known else None
        moving = [self._moving(slot) for slot, key in zip(slots, keys, strict=True) if key is None or key != common]
        unsettled = [one for one in moving if one.slot is not None]
        if not unsettled or whole.cost == NEVER:
            # What differs is settled already: the others may still follow it.
            unsettled = [one for one in (self._moving(slot) for slot in slots) if one.slot is not None]
            return _cheapest(unsettled) if unsettled and whole.cost != NEVER else IMPOSSIBLE
        return min(unsettled, key=lambda one: one.cost)

    def _key(self, field: str, value: Value | _Absent) -> object:
        if FIELDS[field].kind == "version" and isinstance(value, str):
            return FIELDS[field].order_key(value)
        return value

    def _moving(self, slot: Slot) -> Repair:
        again = self.space.options(slot, True) if self.space.resetters(slot) else ()
        return self._settling(slot, next(iter(self.space.options(slot)), None), next(iter(again), None))

    def _row(self, cells: Iterable[Atom | None], item: str | None) -> Repair:
        """Return the bound for all cells of a row fitting; each is about a field of its own."""
        found = [self._atom(cell, True, self._slot(cell.field, item)) for cell in cells if cell is not None]
        if any(one.cost == NEVER for one in found):
            return IMPOSSIBLE
        open_cells = [one for one in found if one is not DONE]
        if not open_cells:
            return DONE
        # Two cells may be set anew by the same other work, so that only the dearest counts.
        return max(open_cells, key=lambda one: one.cost)

    def _breaking(self, cells: Iterable[Atom | None], item: str | None) -> Repair:
        return _cheapest(self._atom(cell, False, self._slot(cell.field, item)) for cell in cells if cell is not None)

    def _listed(self, matrix: Matrix, item: str | None) -> Repair:
        out = [self._breaking(row.cells, item) for row in matrix.rows if not row.listed]
        if any(one.cost == NEVER for one in out):
            return IMPOSSIBLE
        needed = [one for one in out if one is not DONE]
        if matrix.unlisted is not TRUE:
            row = _cheapest(self._row(row.cells, item) for row in matrix.rows if row.listed)
            if row.cost == NEVER:
                return IMPOSSIBLE
            needed += [row] if row is not DONE else []
        return max(needed, key=lambda one: one.cost) if needed else DONE

    def _unlisted(self, matrix: Matrix, item: str | None) -> Repair:
        ways = [self._row(row.cells, item) for row in matrix.rows if not row.listed]
        if matrix.unlisted is FALSE:
            listed = [self._breaking(row.cells, item) for row in matrix.rows if row.listed]
            needed = [one for one in listed if one is not DONE]
            if any(one.cost == NEVER for one in needed):
                pass
            elif needed:
                ways.append(max(needed, key=lambda one: one.cost))
            else:
                return DONE
        return _cheapest(ways)


class State(NamedTuple):
    """What a plan has settled so far, for bounds: what slots hold, which are settled, which were set anew, what clauses before used."""

    held: dict[Slot, Held]
    settled: frozenset[Slot]
    anew: frozenset[Slot]
    space: Space
    used: dict[Slot, int]

    def value(self, slot: Slot) -> Held:
        if slot in self.held:
            return self.held[slot]
        return None if self.is_reset(slot) else self.space.now(slot)

    def is_reset(self, slot: Slot) -> bool:
        """Whether other work sets the slot anew; `anew` are the slots whose work did."""
        return bool(self.anew) and any(by in self.anew for by in self.space.resetters(slot))


def _cheapest(ways: Iterable[Repair]) -> Repair:
    best = IMPOSSIBLE
    for one in ways:
        if one is DONE:
            return DONE
        if one.cost < best.cost:
            best = one
    return best
