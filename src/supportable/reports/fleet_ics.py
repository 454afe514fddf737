"""The days on which a fleet will move -> an iCalendar file (RFC 5545), one all-day event a day.

In: a `FleetForecast`. Out: the file as text, lines ended by CRLF. What one would get wrong: a calendar program knows an event again by its
UID, so it is made of the inventory and the day alone: tomorrow's forecast of the same inventory replaces today's events. DTSTAMP is
the day up to which publications count, never the clock, so the same forecast gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from supportable.core.fleet_results import FleetForecast, Reason, Turn
from supportable.errors import SupportableError
from supportable.reports.fleet_words import kind_of, many, number, turn_words
from supportable.reports.wording import printable

if TYPE_CHECKING:
    from icalendar.cal import Component

CLAUSES_SHOWN = 10
PRODUCT = "-//supportable//fleet forecast//EN"


def render_forecast(found: FleetForecast) -> str:
    """Return the calendar; where nothing moves it holds one journal entry that says so, because a calendar must hold something."""
    try:
        from icalendar import Calendar, Event, Journal
    except ImportError:
        raise SupportableError("a calendar needs `icalendar`", None, "pip install 'supportable[fleet]'") from None
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Support of {printable(found.where)}")
    days = sorted({turn.day for one in found.issuers for turn in one.turns})
    for day in days:
        turns = [(one.issuer, turn) for one in found.issuers for turn in one.turns if turn.day == day]
        event = Event()
        _fill(event, found, day, _summary(turns), _description(turns, found.says))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    if not days:
        note = Journal()
        _fill(note, found, found.first, f"Nothing moves until {found.until}", f"No deployment of {printable(found.where)} moves.")
        calendar.add_component(note)
    made: bytes = calendar.to_ical()
    return made.decode()


def _fill(component: Component, found: FleetForecast, day: str, summary: str, description: str) -> None:
    identity = hashlib.sha256(f"{found.where}\0{day}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    known = date.fromisoformat(found.known)
    component.add("uid", f"{identity}@supportable")
    component.add("dtstamp", datetime(known.year, known.month, known.day, tzinfo=UTC))
    component.add("dtstart", date.fromisoformat(day))
    component.add("summary", summary)
    component.add("description", description)


def _summary(turns: Sequence[tuple[str, Turn]]) -> str:
    """Return the largest fall of the day: two issuers may speak of the same deployments, so falls are not added up over issuers."""
    issuer, worst = max(turns, key=lambda entry: entry[1].falling)
    if worst.falling:
        others = sum(turn.falling > 0 for _, turn in turns) - 1
        rest = f", and others by {many(others, 'other issuer')}" if others else ""
        return f"{many(worst.falling)} {kind_of('falls', worst.falling)} by {printable(issuer)}{rest}"
    issuer, first = turns[0]
    return f"{turn_words(first)} by {printable(issuer)}"


def _description(turns: Sequence[tuple[str, Turn]], says: Mapping[str, str]) -> str:
    lines: list[str] = []
    for issuer, turn in turns:
        lines.append(f"{printable(issuer)}: {turn_words(turn)}")
        for move in turn.moves:
            kind = kind_of(move.kind, move.deployments)
            lines.append(f"  {number(move.deployments)} {kind}: {move.before} -> {move.after}, such as {printable(move.key)}")
        lines += _because("They fall because of", turn.falls_because, says)
        lines += _because("The others move because of" if turn.falling else "They move because of", turn.others_because, says)
    return "\n".join(lines)


def _because(title: str, reasons: Sequence[Reason], says: Mapping[str, str]) -> Iterator[str]:
    if reasons:
        yield f"  {title}"
    for one in reasons[:CLAUSES_SHOWN]:
        said = printable(says.get(one.clause, ""))
        yield f"  {number(one.deployments)} {printable(one.clause)}{': ' + said if said else ''}, such as {printable(one.key)}"
    if len(reasons) > CLAUSES_SHOWN:
        yield f"  and {many(len(reasons) - CLAUSES_SHOWN, 'clause')} more"
