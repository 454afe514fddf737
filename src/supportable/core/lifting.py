"""Which few changes lift the most deployments to a level.

In: configurations with their ways, each a set of changes. Out: an order of changes, how many deployments each set lifts, and, where there
are few changes, what the best set of each size lifts. What one would get wrong: a change alone lifts nothing where a way needs two, so the
number lifted grows by leaps (it is not submodular), and the greedy order promises no share of what the best set lifts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from supportable.core.facts import Value, _Absent

CANDIDATES_MAX = 400
"""How many sets of changes are weighed against each other at each step, those first that most deployments miss."""

TRIES_MAX = 1_500_000
"""How many times a way is held against a set before the best sets are not looked for."""


class Change(NamedTuple):
    """What is done: `look` at a field (`value` is `None`), or `change` it to a value."""

    kind: str
    field: str
    value: Value | _Absent | None = None


class Liftable(NamedTuple):
    """Deployments of one configuration: how many, what each costs, and the ways, of which any does."""

    deployments: int
    cost: int
    ways: tuple[frozenset[Change], ...]


class Round(NamedTuple):
    """Changes that are added to those before: `lifts` deployments now, `in_all` with those before, at `points` for those lifted now.

    `steps` counts the changes so far; `most` is what the `best` set of so many lifts, `None` where that was not worked out.
    """

    changes: tuple[Change, ...]
    lifts: int
    in_all: int
    points: int
    steps: int
    most: int | None
    best: tuple[Change, ...] = ()


def order_of(change: Change) -> tuple[str, str, str, str]:
    """Return what changes are put in order by: looks first, then by field and value."""
    return ("0" if change.kind == "look" else "1", change.field, type(change.value).__name__, str(change.value))


class Lifting:
    """Ways as sets of bits, so that one is held against a set of changes in one operation."""

    def __init__(self, found: Iterable[Liftable]) -> None:
        alike: dict[tuple[frozenset[frozenset[Change]], int], int] = {}
        for one in found:
            if one.ways:
                key = (frozenset(one.ways), one.cost)
                alike[key] = alike.get(key, 0) + one.deployments
        self.changes = sorted({change for ways, _ in alike for way in ways for change in way}, key=order_of)
        bit = {change: 1 << at for at, change in enumerate(self.changes)}
        self.ways = [
            (tuple(sorted(sum(bit[change] for change in way) for way in ways)), count, cost) for (ways, cost), count in alike.items()
        ]

    def lifted_by(self, chosen: int) -> int:
        """Return how many deployments a set of changes lifts."""
        return sum(count for ways, count, _ in self.ways if any(not way & ~chosen for way in ways))

    def alone(self) -> tuple[tuple[tuple[Change, ...], int], ...]:
        """Return each set of changes that is a way, and how many deployments it lifts by itself; most first."""
        sets = sorted({way for ways, _, _ in self.ways for way in ways})
        found = [(self._named(one), self.lifted_by(one)) for one in sets]
        return tuple(sorted(found, key=lambda one: (-one[1], len(one[0]), [order_of(change) for change in one[0]])))

    def rounds(self) -> tuple[Round, ...]:
        """Return the greedy order: at each step the changes that lift most deployments for each of them, until all are lifted."""
        chosen, in_all, made = 0, 0, list[Round]()
        left, best = self.ways, self._best()
        while left:
            added = self._next(left, chosen)
            chosen |= added
            lifted = [one for one in left if any(not way & ~chosen for way in one[0])]
            left = [one for one in left if all(way & ~chosen for way in one[0])]
            lifts, points = sum(one[1] for one in lifted), sum(one[1] * one[2] for one in lifted)
            in_all, steps = in_all + lifts, chosen.bit_count()
            most, other = max((one for size, one in best.items() if size <= steps), default=(None, 0)) if best else (None, 0)
            made.append(Round(self._named(added), lifts, in_all, points, steps, most, self._named(other)))
        return tuple(made)

    def _next(self, left: Sequence[tuple[tuple[int, ...], int, int]], chosen: int) -> int:
        missing: dict[int, int] = {}
        for ways, count, _ in left:
            for way in ways:
                missing[way & ~chosen] = missing.get(way & ~chosen, 0) + count
        best, found = (0.0, 0.0, 0), 0
        for added in sorted(missing, key=lambda one: (-missing[one], one))[:CANDIDATES_MAX]:
            lifted = [(count, cost) for ways, count, cost in left if any(not way & ~chosen & ~added for way in ways)]
            gain = sum(count for count, _ in lifted)
            rank = (-gain / max(1, added.bit_count()), sum(count * cost for count, cost in lifted) / gain, added)
            if not found or rank < best:
                best, found = rank, added
        return found

    def _best(self) -> dict[int, tuple[int, int]]:
        """Return what the best set of each size lifts, and which set that is, by trying all; nothing where there are too many.

        Changes that stand in the same ways are one, for nothing is gained by half of them.
        """
        together: dict[tuple[int, ...], int] = {}
        sets = sorted({way for ways, _, _ in self.ways for way in ways})
        for at in range(len(self.changes)):
            ways = tuple(number for number, way in enumerate(sets) if way >> at & 1)
            together[ways] = together.get(ways, 0) | 1 << at
        parts = list(together.values())
        if len(sets) << len(parts) > TRIES_MAX:
            return {}
        unions = [0]
        for part in parts:
            unions += [one | part for one in unions]
        found: dict[int, tuple[int, int]] = {}
        for chosen in unions:
            size = chosen.bit_count()
            found[size] = max(found.get(size, (0, 0)), (self.lifted_by(chosen), chosen))
        return found

    def _named(self, chosen: int) -> tuple[Change, ...]:
        return tuple(change for at, change in enumerate(self.changes) if chosen >> at & 1)
