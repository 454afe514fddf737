"""When something published counts: the days it is in force for, and the days on which it was known.

In: dates as texts (year-month-day). Out: whether they hold on a day. The two are apart: `--as-of` is the day a deployment is judged
for, `--known` the day up to which publications count. Both ends of a period belong to it.
"""

from __future__ import annotations

from typing import NamedTuple


class Dates(NamedTuple):
    """In force from `since` to `until`; known from `published` until the day before `withdrawn`. `None` is no bound."""

    since: str | None = None
    until: str | None = None
    published: str | None = None
    withdrawn: str | None = None

    def known_on(self, known: str) -> bool:
        """Whether it was published by `known`, and not withdrawn yet."""
        return (self.published is None or self.published <= known) and (self.withdrawn is None or known < self.withdrawn)

    def begun_by(self, as_of: str) -> bool:
        """Whether it is in force on the day `as_of`, or was before."""
        return self.since is None or self.since <= as_of

    def over_by(self, as_of: str) -> bool:
        """Whether it has ended before the day `as_of`."""
        return self.until is not None and self.until < as_of


UNDATED = Dates()

NO_DAY = "9999-12-31"
"""The default of `as_of` and `known`: everything published counts, and what can be said only of a day is not judged."""


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written year-month-day.

    >>> is_day("2026-02-28"), is_day("2026-02-29"), is_day("2026-2-1"), is_day("20260201")
    (True, False, False, False)
    """
    # Imported here and below because most runs ask for no day of the calendar, and the command must start fast.
    from datetime import date

    try:
        return len(text) == len("2026-01-01") and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def day_after(text: str) -> str:
    """Return the day after; the last day there is stays.

    >>> day_after("2026-02-28")
    '2026-03-01'
    """
    return day_from(text, 1)


def day_from(text: str, days: int) -> str:
    """Return the day so many days later (earlier where `days` is negative), within the calendar."""
    from datetime import date, timedelta

    day = date.fromisoformat(text)
    room = (date.max - day).days if days > 0 else (day - date.min).days
    return (day + timedelta(days=max(-room, min(days, room)))).isoformat()
