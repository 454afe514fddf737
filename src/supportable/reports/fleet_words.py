"""The words and numbers that every report about a fleet shares, so that formats differ in form only.

In: values of `core/fleet_results.py`. Out: texts, and lists that were cut with what was cut off. What one would get wrong: numbers that
were rounded one by one need not add up; `tenths` rounds parts together, so that they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from supportable.core.fields import FIELDS, LISTINGS, collect_hint
from supportable.core.fleet_results import LEVELS, Change, Group, IssuerForecast, Move, Shares, Turn

GROUPS_SHOWN = 20

KINDS_OF_MANY = {
    "falls": "fall",
    "rises": "rise",
    "becomes undecided": "become undecided",
    "becomes decided": "become decided",
    "moves within undecided": "move within undecided",
    "becomes silent": "become silent",
    "is spoken of": "are spoken of",
    "is new": "are new",
    "is gone": "are gone",
}
"""A kind of move, said of more than one deployment."""

LEVEL_WORDS = {"silent": "the documents say nothing"}
"""Levels that a reader would not understand as they are called."""


def number(count: int) -> str:
    """Return a number with thin groups of three.

    >>> number(1234567)
    '1 234 567'
    """
    return f"{count:,}".replace(",", " ")


def share(count: int, whole: int) -> str:
    """Return a part as a percentage.

    >>> share(1, 3), share(0, 0)
    ('33.3 %', '-')
    """
    return f"{100 * count / whole:.1f} %" if whole else "-"


def many(count: int, noun: str = "deployment") -> str:
    """Return a grouped number with its noun.

    >>> many(1), many(1200)
    ('1 deployment', '1 200 deployments')
    """
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def kind_of(kind: str, count: int) -> str:
    """Return a kind of move as the verb of so many deployments.

    >>> kind_of("is gone", 1), kind_of("is gone", 2)
    ('is gone', 'are gone')
    """
    return kind if count == 1 else KINDS_OF_MANY.get(kind, kind)


def level_words(level: str) -> str:
    """Return what a level is called in a report."""
    return LEVEL_WORDS.get(level, level)


def how_to_get(field: str) -> str:
    """Return how to get a fact, or nothing where no field has that name."""
    return collect_hint(field) if field in FIELDS or field in LISTINGS else ""


def by_level(levels: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return the levels that are counted, in the order of the scale, and behind them what is counted under other names.

    >>> by_level({"limited": 1, "full": 2, "not there": 3})
    (('full', 2), ('limited', 1), ('not there', 3))
    """
    names = (*LEVELS, *(name for name in levels if name not in LEVELS))
    return tuple((name, levels[name]) for name in names if levels.get(name))


def levels_in_words(levels: Mapping[str, int]) -> str:
    """Return how many deployments are counted as what.

    >>> levels_in_words({"full": 1200, "silent": 1})
    '1 200 full, 1 silent'
    """
    return ", ".join(f"{number(count)} {level}" for level, count in by_level(levels)) or "no deployments"


def added_up(counted: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sums of levels."""
    found: dict[str, int] = {}
    for levels in counted:
        for level, count in levels.items():
            found[level] = found.get(level, 0) + count
    return found


class Cut(NamedTuple):
    """The largest groups, and how many others there are, with their levels added up."""

    shown: tuple[Group, ...]
    others: int
    rest: Mapping[str, int]

    @property
    def rest_deployments(self) -> int:
        """How many deployments are in the others."""
        return sum(self.rest.values())


def largest(groups: Sequence[Group], at_most: int = GROUPS_SHOWN) -> Cut:
    """Return the largest groups, which stand first, and the others in sum."""
    others = groups[at_most:]
    return Cut(tuple(groups[:at_most]), len(others), added_up(one.levels for one in others))


def tenths(parts: Sequence[Fraction]) -> tuple[str, ...]:
    """Return parts as texts with one decimal where they are no whole numbers; what is shown adds up to the rounded sum of the parts.

    >>> tenths((Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)))
    ('0.4', '0.3', '0.3')
    >>> tenths((Fraction(1200), Fraction(1, 2), Fraction(-1, 2)))
    ('1 200', '0.5', '-0.5')
    """
    floors = [(10 * part).__floor__() for part in parts]
    lacking = round(10 * sum(parts, Fraction(0))) - sum(floors)
    by_need = sorted(range(len(parts)), key=lambda at: (floors[at] - 10 * parts[at], at))
    for at in by_need[:lacking]:
        floors[at] += 1
    return tuple(_tenth(found, part) for found, part in zip(floors, parts, strict=True))


def _tenth(found: int, part: Fraction) -> str:
    if part.denominator == 1:
        return number(int(part))
    sign = "-" if found < 0 else ""
    return f"{sign}{number(abs(found) // 10)}.{abs(found) % 10}"


OWED_TO = ("evidence", "policy", "calendar")
"""What a change may be owed to, as `Shares` names it."""


def owed(shares: Shares) -> tuple[tuple[str, str], ...]:
    """Return what a change is owed to, and to each how many deployments."""
    return tuple(zip(OWED_TO, tenths(shares), strict=True))


def owed_in_all(changes: Iterable[Change]) -> Shares:
    """Return what all changes together are owed to."""
    sums = [sum(parts, Fraction(0)) for parts in zip(*(change.shares for change in changes), strict=True)]
    return Shares(*sums) if sums else Shares(Fraction(0), Fraction(0), Fraction(0))


def kinds_of(moves: Iterable[Move]) -> tuple[tuple[str, int], ...]:
    """Return the kinds of moves with how many deployments each takes, in the order of the moves."""
    found: dict[str, int] = {}
    for move in moves:
        found[move.kind] = found.get(move.kind, 0) + move.deployments
    return tuple(found.items())


def turn_words(turn: Turn) -> str:
    """Return in one line what a day does: `12 fall, 1 rises`."""
    return ", ".join(f"{number(count)} {kind_of(kind, count)}" for kind, count in kinds_of(turn.moves)) or "nothing moves"


def next_drop(one: IssuerForecast) -> Turn | None:
    """Return the first day on which deployments fall."""
    return next((turn for turn in one.turns if turn.falling), None)
