"""How a deployment changed, and what the change is owed to: another inventory, another policy, or another day.

In: the states of deployments for each mix of two inventories, two policies and two days. Out: kinds of change, and `Shares` that add up to
the number of deployments that changed. A share is a Shapley value (L. S. Shapley, "A Value for n-Person Games", 1953): what the
factor adds to reaching the state after, averaged over all orders in which the three can change. So nothing is left over, nothing is counted
twice, and a factor that makes no difference in any order gets nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import TypeVar

from supportable.core.fleet_results import KINDS, LEVELS, NOT_THERE, Shares

State = TypeVar("State", bound=Hashable)
Mix = tuple[int, int, int]
"""Which inventory, policy and day: 0 before, 1 after."""

MIXES: tuple[Mix, ...] = tuple((evidence, policy, calendar) for evidence in (0, 1) for policy in (0, 1) for calendar in (0, 1))
_WEIGHTS = (Fraction(1, 3), Fraction(1, 6), Fraction(1, 3))
"""Of joining 0, 1 or 2 others, among all orders of three."""


def shares(states: Mapping[Mix, State]) -> Shares:
    """Return what a change from the state of (0, 0, 0) to that of (1, 1, 1) is owed to; they are three times 0 where nothing changed.

    >>> only_policy = {mix: "limited" if mix[1] else "full" for mix in MIXES}
    >>> shares(only_policy)
    Shares(evidence=Fraction(0, 1), policy=Fraction(1, 1), calendar=Fraction(0, 1))
    """
    if states[0, 0, 0] == states[1, 1, 1]:
        return Shares(Fraction(0), Fraction(0), Fraction(0))
    reached = {mix: int(states[mix] == states[1, 1, 1]) for mix in MIXES}
    found = [Fraction(0)] * 3
    for mix in MIXES:
        for factor in range(3):
            if not mix[factor]:
                joined = tuple(1 if at == factor else one for at, one in enumerate(mix))
                found[factor] += _WEIGHTS[sum(mix)] * (reached[joined] - reached[mix])  # type: ignore[index]
    return Shares(*found)


def kind_of(before: tuple[str, str], after: tuple[str, str]) -> str | None:
    """Return how a deployment changed (one of `KINDS`), `None` where it did not.

    A state is its worst and best level, equal when it is decided; `("silent", "silent")` or twice `NOT_THERE` otherwise.

    >>> kind_of(("full", "full"), ("limited", "limited")), kind_of(("limited", "full"), ("limited", "limited"))
    ('falls', 'becomes decided')
    """
    if before == after:
        return None
    if NOT_THERE in before or NOT_THERE in after:
        return "is new" if NOT_THERE in before else "is gone"
    if "silent" in before or "silent" in after:
        return "is spoken of" if "silent" in before else "becomes silent"
    decided = before[0] == before[1], after[0] == after[1]
    if decided == (True, True):
        return "falls" if LEVELS.index(after[0]) > LEVELS.index(before[0]) else "rises"
    if decided == (False, False):
        return "moves within undecided"
    return "becomes undecided" if decided[0] else "becomes decided"


ORDER = {kind: number for number, kind in enumerate(KINDS)}
