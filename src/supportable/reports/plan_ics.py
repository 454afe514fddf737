"""The deadlines of a path -> an iCalendar file (RFC 5545), one all-day event a day by which a step must be done.

In: a `Planned` with a path. Out: the file as text, lines ended by CRLF. What one would get wrong: a calendar program knows an event again
by its UID, so it is made of the deployment and the day alone; DTSTAMP is the day up to which publications count, never the clock.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from supportable.core.plan_space import Requirement
from supportable.core.plan_steps import Planned
from supportable.errors import SupportableError
from supportable.reports.pages import sentence
from supportable.reports.path_words import Deadline, PathPage, path_page
from supportable.reports.plan_words import ground_of, page_of

if TYPE_CHECKING:
    from icalendar.cal import Component

PRODUCT = "-//supportable//plan//EN"


def render(planned: Planned) -> str:
    """Return the calendar; where there is no deadline it holds one journal entry that says so, because a calendar must hold something."""
    try:
        from icalendar import Calendar, Event, Journal
    except ImportError:
        raise SupportableError("a calendar needs `icalendar`", None, "pip install 'supportable[fleet]'") from None
    page = page_of(planned)
    path = path_page(planned.path) if planned.path is not None else None
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Plan of {page.name}")
    for one in path.deadlines if path is not None else ():
        assert path is not None
        event = Event()
        _fill(event, planned, one.day, f"{page.name} - have step {one.step} done: {_step(path, one.step)}", _told(page.head, path, one))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    end = planned.path.end.last if planned.path is not None and planned.path.stages else None
    if path is not None and end is not None and end.day is not None:
        event = Event()
        text = "\n".join([page.head, sentence(path.until), *(_clause(each) for each in end.then)])
        _fill(event, planned, end.day, f"{page.name} - last day at {planned.plan.level.word} after the path", text, "end")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    if not calendar.subcomponents:
        note = Journal()
        said = page.answer if path is None else path.until or path.answer
        _fill(note, planned, planned.as_of, f"{page.name} - no step has a deadline", f"{page.head}\n{sentence(said)}.")
        calendar.add_component(note)
    made: bytes = calendar.to_ical()
    return made.decode()


def _fill(component: Component, planned: Planned, day: str, summary: str, description: str, kind: str = "deadline") -> None:
    name = f"{planned.plan.deployment.name}\0{day}\0{kind}"
    stamp = date.fromisoformat(planned.known)
    component.add("uid", f"{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}@plan.supportable")
    component.add("dtstamp", datetime(stamp.year, stamp.month, stamp.day, tzinfo=UTC))
    component.add("dtstart", date.fromisoformat(day))
    component.add("summary", summary)
    component.add("description", description)


def _step(path: PathPage, number: int) -> str:
    return next(step.title for stage in path.stages for step in stage.steps if step.number == number)


def _told(head: str, path: PathPage, one: Deadline) -> str:
    steps = [f"step {step.number}: {step.title}" for stage in path.stages for step in stage.steps if step.number <= one.step]
    return "\n".join([head, f"{sentence(one.said)}.", *map(_clause, one.then), *steps])


def _clause(one: Requirement) -> str:
    ground = ground_of(one)
    return f"{ground.clause}: {ground.quote or ground.says}" + (f" - {ground.place}" if ground.place else "")
