"""Three truth values with the strong Kleene tables (Kleene 1952, section 64).

In: truths. Out: a truth. A `Truth` refuses `if truth`: UNKNOWN would silently become one of the other two.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NoReturn


class Truth(IntEnum):
    """Ordered FALSE < UNKNOWN < TRUE, so that "and" is the least and "or" the greatest."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    def __bool__(self) -> NoReturn:
        raise TypeError("a Truth has three values: write `is Truth.TRUE`, not `if truth`")


TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def all_of(parts: Iterable[Truth]) -> Truth:
    """Return FALSE if a part is FALSE, else UNKNOWN if a part is UNKNOWN, else TRUE.

    >>> all_of([TRUE, UNKNOWN]).name, all_of([FALSE, UNKNOWN]).name, all_of([]).name
    ('UNKNOWN', 'FALSE', 'TRUE')
    """
    return min(parts, default=TRUE)


def any_of(parts: Iterable[Truth]) -> Truth:
    """Return TRUE if a part is TRUE, else UNKNOWN if a part is UNKNOWN, else FALSE.

    >>> any_of([FALSE, UNKNOWN]).name, any_of([TRUE, UNKNOWN]).name, any_of([]).name
    ('UNKNOWN', 'TRUE', 'FALSE')
    """
    return max(parts, default=FALSE)


def negate(truth: Truth) -> Truth:
    """Return the opposite; UNKNOWN stays UNKNOWN.

    >>> negate(UNKNOWN).name
    'UNKNOWN'
    """
    return Truth(2 - truth)


def truth_of(holds: bool) -> Truth:
    """Return TRUE or FALSE for an ordinary comparison of known values."""
    return TRUE if holds else FALSE
