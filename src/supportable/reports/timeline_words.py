"""How the spans, the turns and the causes of a timeline read in every format.

In: values of `core/timeline.py` and `core/turning.py`. Out: sentences and parts of sentences. What one would get wrong: causes that
rest on the same events are told together, because a document that is published brings all its clauses at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from supportable.core.clauses import Citation, Document
from supportable.core.dates import day_from
from supportable.core.timeline import EACH_DAY, Course, Span, Timeline, Turn
from supportable.core.turning import Cause, Event
from supportable.core.verdict import Verdict
from supportable.reports.wording import CONFIDENCE_WORDS, Cited, answer, cited, dated, printable

NOT_SO = "that does not mean that it stays so"


class Told(NamedTuple):
    """Something that happened, where it stands (a quotation where literal words are known, and a place), and the clauses that it moved."""

    happened: tuple[str, ...]
    quote: str
    place: str
    clauses: tuple[str, ...]


def heading(found: Timeline) -> str:
    """Return what is told, and by what was known when."""
    name = printable(found.deployment.name)
    if found.asked.known == EACH_DAY:
        return f"{name} over time, each day as it could have been told on that day"
    return f"{name} over time, by what was published until {found.asked.known}"


def days(span: Span) -> str:
    """Return the days of a span in words."""
    if span.first is None:
        return "on every day" if span.last is None else f"before {day_from(span.last, 1)}"
    return f"from {span.first} on" if span.last is None else f"from {span.first} to {span.last}"


def level(verdict: Verdict) -> str:
    """Return the answer of a span, with the issuer's words for it."""
    if not verdict.applies:
        return "the documents say nothing"
    label = f"its own words: {verdict.label}" if verdict.decided else verdict.label
    return f"{answer(verdict)} - {label}"


def state(verdict: Verdict) -> str:
    """Return the state of a span as pictures and programs name it: a level, `undecided` or `silent`."""
    if not verdict.applies:
        return "silent"
    return verdict.level.word if verdict.level is not None else "undecided"


def remark(course: Course, at: int) -> str:
    """Return what is to be said of a turn whose level is the same on both sides; empty for the others."""
    before, after = (course.spans[number].verdict for number in (at, at + 1))
    return "the level stays, the issuer's words for it change" if answer(before) == answer(after) else ""


def now(course: Course, day: str) -> str:
    """Return what is told of the day that is "now"; empty where it was not asked about."""
    span = course.on(day)
    if span is None:
        return ""
    later = "" if span.last is None or span is course.spans[-1] else f"; it changes on {day_from(span.last, 1)}"
    return f"on {day} {level(span.verdict)}{later}"


def silent(found: Timeline) -> str:
    """Return which issuers say nothing on any day; empty where each says something."""
    names = [one.issuer for one in found.courses if not one.speaks]
    if not names:
        return "" if found.courses else "no pack was asked"
    return f"the documents of {', '.join(names)} say nothing about this deployment on any day"


def last_known(course: Course) -> str:
    """Return up to which day anything is known of an issuer's documents that may be about the deployment."""
    if course.last is None:
        return f"nothing that may be about this deployment begins or ends on a day that was asked about; {NOT_SO}"
    return f"after {course.last} nothing more is known; {NOT_SO}"


def told(turn: Turn) -> tuple[Told, ...]:
    """Return what happened on a day, each event or set of events once, with the clauses that it moved."""
    grouped: dict[tuple[Event, ...], list[Cause]] = {}
    for cause in turn.causes:
        grouped.setdefault(cause.events, []).append(cause)
    return tuple(_told(events, causes, turn.day) for events, causes in grouped.items())


def _told(events: Sequence[Event], causes: Sequence[Cause], day: str) -> Told:
    first = causes[0]
    row = next((_cited(one.citation, one.document) for one in events if one.citation is not None and one.document is not None), None)
    where = row or cited(first.clause, first.pack)
    # Where several clauses came with a document, the words of one of them would stand for all; and the event names the document.
    alone = row is not None or len(causes) == 1
    named = {one.name for one in events if one.what == "document"}
    place = f"{first.clause.citation.document}, {first.clause.citation.section}" if named else where.place
    words = tuple(happened(one, day) for one in events)
    return Told(words, where.quote if alone else "", place if alone else "", tuple(moved(one) for one in causes))


def _cited(citation: Citation, document: Document) -> Cited:
    confidence = CONFIDENCE_WORDS[document.confidence]
    place = f"{document.id}, {citation.section} ({dated(document)}{'; ' + confidence if confidence else ''})"
    return Cited("" if citation.words.startswith("[") else citation.words, place)


def happened(event: Event, day: str) -> str:
    """Return an event in words; `day` is the first day on which it shows."""
    before = day_from(day, -1)
    name = printable(event.name)
    through = f"; {event.through} prevails where it applies" if event.through else ""
    if event.what == "document" and event.document is not None:
        known = f"was published on {day}" if event.document.published == day else f"counts from {day} on, its own day is not known"
        kind = {"published": known, "begins": f"came into force on {day}", "ends": f"ended on {before}"}[event.kind]
        confidence = CONFIDENCE_WORDS[event.document.confidence]
        date = f"{dated(event.document)}{'; ' + confidence if confidence else ''}"
        return f"document {event.document.id} {kind}: {event.document.title} ({date}){through}"
    kind = {"published": f"was published on {day}", "withdrawn": f"was withdrawn on {day}", "begins": f"began on {day}"}.get(
        event.kind, f"ended on {before}"
    )
    if event.what == "row":
        items = f" ({', '.join(map(printable, event.items))})" if event.items else ""
        return f"row {name} of the table {event.table} {kind}{items}{through}"
    return f"{event.what} {name} {kind}{through}"


def moved(cause: Cause) -> str:
    """Return what a clause said before and says after."""
    left, leaves = (cause.pack.tier(one).level.word for one in (cause.left, cause.leaves))
    before = {"true": "it held", "false": f"it did not hold and left {left}", "unknown": f"it was unknown and could leave {left}"}
    after = {"true": "it holds", "false": f"it does not hold and leaves {leaves}", "unknown": f"it is unknown and could leave {leaves}"}
    then = before.get(cause.before, "it did not apply" if cause.before == "not-applicable" else "it was not there")
    here = after.get(cause.after, "it does not apply" if cause.after == "not-applicable" else "it is not there")
    return f"{cause.clause.id}: {then}, now {here}"
