"""One course of a timeline -> where the parts of its picture stand: a lane a level, a span over the lanes between its two ends.

In: a `Course` and the days of the picture. Out: places in per cent of the room there is, as texts (`fleet_pictures`). What one
would get wrong: the picture is wider than the known dates on both sides, and what lies after the last of them is drawn paler, because
nothing is known there.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from supportable.core.dates import day_after, day_from
from supportable.core.timeline import Course, Span, Timeline
from supportable.core.verdict import Verdict
from supportable.reports.fleet_pictures import Label, axis, percent, written
from supportable.reports.timeline_words import state

LANES = ("full", "limited", "unsupported")
_NARROWEST = 600
"""Thousandths of one per cent: a span of a few days among twenty years is still seen."""


class Band(NamedTuple):
    """A span, or the part of one before or after the last known date."""

    state: str
    x: str
    y: str
    width: str
    height: str
    beyond: bool


class Mark(NamedTuple):
    """The day of a turn, its number in the list, and how seldom the number may be shown: 0 always, 1 where there is room, 2 never."""

    number: int
    at: str
    rare: int


class Picture(NamedTuple):
    """The bands, the days of turns, the axis, the day that is "now" and the last known date, both empty where they lie outside."""

    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    days: tuple[Label, ...]
    now: str
    last: str
    first_day: str
    last_day: str


def picture(course: Course, found: Timeline) -> Picture | None:
    """Return the picture of a course; `None` where no date is known and none was asked for."""
    if found.first is None or found.last is None:
        return None
    first, last = _room(found)
    start = date.fromisoformat(first)
    whole = max(1, (date.fromisoformat(last) - start).days + 1)

    def across(day: str) -> int:
        return percent((date.fromisoformat(day) - start).days, whole)

    known = course.last if course.last is not None and course.last < last else None
    bands = [
        _band(span.verdict, across(max(begin, first)), across(min(day_after(end), day_after(last))), beyond)
        for span in course.spans
        for begin, end, beyond in _cut(span, known, first, last)
        if begin <= last and end >= first
    ]
    marks, shown, roomy = [], -100_000, -100_000
    for number, turn in enumerate(course.turns, 1):
        at = across(turn.day)
        rare = 0 if at - shown >= 9_000 else 1 if at - roomy >= 2_500 else 2
        shown, roomy = (at if rare == 0 else shown), (at if rare < 2 else roomy)
        marks.append(Mark(number, written(at), rare))
    now = written(across(found.asked.as_of)) if first <= found.asked.as_of <= last else ""
    return Picture(tuple(bands), tuple(marks), axis(first, last), now, written(across(known)) if known else "", first, last)


def _room(found: Timeline) -> tuple[str, str]:
    """Return the days at both edges: those asked for, or somewhat more than the known dates."""
    assert found.first is not None and found.last is not None
    known = (date.fromisoformat(found.last) - date.fromisoformat(found.first)).days
    margin = max(60, known // 12)
    first = found.asked.since or day_from(found.first, -margin)
    return first, found.asked.until or day_from(found.last, margin)


def _cut(span: Span, known: str | None, first: str, last: str) -> list[tuple[str, str, bool]]:
    """Return the part of a span up to the last known date, and the part after it."""
    begin, end = span.first or first, span.last or last
    if known is None or end <= known:
        return [(begin, end, False)]
    return [(begin, end, True)] if begin > known else [(begin, known, False), (day_after(known), end, True)]


def _band(verdict: Verdict, at: int, until: int, beyond: bool) -> Band:
    lanes = len(LANES)
    if not verdict.applies or verdict.best is None or verdict.worst is None:
        top, foot = 0, lanes
    else:
        top, foot = LANES.index(verdict.best.word), LANES.index(verdict.worst.word) + 1
    edges = [percent(edge, lanes) for edge in (top, foot)]
    width = max(_NARROWEST, until - at)
    return Band(state(verdict), written(at), written(edges[0]), written(width), written(edges[1] - edges[0]), beyond)
