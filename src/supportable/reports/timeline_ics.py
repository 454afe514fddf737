"""The days on which the answer about a deployment changes -> an iCalendar file (RFC 5545), one all-day event a day.

In: a `Timeline`. Out: the file as text, lines ended by CRLF. What one would get wrong: a calendar program knows an event again by its
UID, so it is made of the deployment and the day alone; DTSTAMP is the day up to which publications count, or the day that is "now",
never the clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from supportable.core.timeline import EACH_DAY, Course, Timeline
from supportable.errors import SupportableError
from supportable.reports.timeline_words import NOT_SO, heading, last_known, level, told
from supportable.reports.wording import answer, printable

if TYPE_CHECKING:
    from icalendar.cal import Component

PRODUCT = "-//supportable//timeline//EN"


def render(found: Timeline) -> str:
    """Return the calendar; where nothing changes it holds one journal entry that says so, because a calendar must hold something."""
    try:
        from icalendar import Calendar, Event, Journal
    except ImportError:
        raise SupportableError("a calendar needs `icalendar`", None, "pip install 'supportable[fleet]'") from None
    name = printable(found.deployment.name)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Support of {name}")
    days = sorted({turn.day for course in found.courses for turn in course.turns})
    for day in days:
        turning = [(course, at) for course in found.courses for at, turn in enumerate(course.turns) if turn.day == day]
        event = Event()
        summary = "; ".join(f"{course.issuer}: {answer(course.spans[at + 1].verdict)}" for course, at in turning)
        lines = [heading(found), *(line for course, at in turning for line in _description(course, at))]
        _fill(event, found, day, f"{name} - {summary}", "\n".join(lines))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    if not days:
        note = Journal()
        text = f"No answer changes on any day that was asked about; {NOT_SO}."
        _fill(note, found, found.asked.as_of, f"{name} - nothing changes as far as anything is known", text)
        calendar.add_component(note)
    made: bytes = calendar.to_ical()
    return made.decode()


def _fill(component: Component, found: Timeline, day: str, summary: str, description: str) -> None:
    identity = hashlib.sha256(f"{found.deployment.name}\0{day}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    stamp = date.fromisoformat(found.asked.as_of if found.asked.known == EACH_DAY else found.asked.known)
    component.add("uid", f"{identity}@timeline.supportable")
    component.add("dtstamp", datetime(stamp.year, stamp.month, stamp.day, tzinfo=UTC))
    component.add("dtstart", date.fromisoformat(day))
    component.add("summary", summary)
    component.add("description", description)


def _description(course: Course, at: int) -> Iterator[str]:
    yield f"{course.issuer}: {level(course.spans[at].verdict)}"
    yield f"  then: {level(course.spans[at + 1].verdict)}"
    for one in told(course.turns[at]):
        yield from (f"  {event}" for event in one.happened)
        yield from (f"    {clause}" for clause in one.clauses)
    yield f"  {last_known(course)}"
