"""A waiver: an issuer's written exception to one clause, as its holder wrote it down.

In: nothing (values). Out: `Waiver`, and `ending`, which reads the end with its time zone. Whether a waiver counts for a
deployment on a day is said in `waiving`.
"""

from __future__ import annotations

from typing import NamedTuple

from supportable.core.facts import Source


class Ending(NamedTuple):
    """The last day that is covered from its first to its last minute, in the zone of the waiver; and the first moment after it (UTC)."""

    last_day: str
    over_at: str


class Waiver(NamedTuple):
    """`deployments` are the names it was given for, empty for every one; `leaves` a tier of the issuer, empty for its best.

    `granted` is a day, `until` the end as written, `clause_digest` says how the clause read when the issuer made the exception.
    """

    clause: str
    issuer: str
    reference: str
    approver: str
    reason: str
    granted: str
    until: str
    ending: Ending
    clause_digest: str
    deployments: tuple[str, ...]
    leaves: str
    source: Source


_LAST_MINUTE = (23, 59)


def ending(text: str) -> Ending:
    """Read a day or a moment with its offset from UTC, as XML Schema and RFC 3339 write them; raise `ValueError` without one.

    >>> ending("2026-12-31+01:00")
    Ending(last_day='2026-12-31', over_at='2026-12-31T23:00:00Z')
    >>> ending("2026-12-31T17:00:00-05:00")
    Ending(last_day='2026-12-30', over_at='2026-12-31T22:00:00Z')
    """
    from datetime import UTC, date, datetime, timedelta

    moment = "T" in text
    try:
        if moment:
            over = datetime.fromisoformat(text)
            whole = (over.hour, over.minute) >= _LAST_MINUTE
            last = over.date() if whole else over.date() - timedelta(days=1)
        else:
            last = date.fromisoformat(text[: len("2026-12-31")])
            over = datetime.fromisoformat(f"{last + timedelta(days=1)}T00:00:00{text[len('2026-12-31') :]}")
        if over.tzinfo is None:
            raise ValueError
        return Ending(last.isoformat(), over.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    except (ValueError, OverflowError):
        raise ValueError(f"`{text}` is not a day or a moment with its time zone") from None
