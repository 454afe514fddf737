"""A deployment and packs with all their dates -> the level by each issuer over time, and what changes it on each day.

In: a deployment, waivers, and packs as they are written. Out: `Timeline`. Every day on which a document, a clause, a row of a table or a
waiver begins, ends, is published or withdrawn is judged, by the reference evaluator; between two of them nothing can change. Neighbouring
spans of one answer are one. What one would get wrong: after the last date nothing more is known, which does not mean that it stays so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack, calendar_of, select
from supportable.core.compile import NOT_APPLICABLE, Compiled, Listings, Outcomes, compile_pack
from supportable.core.dates import NO_DAY, Dates, day_after, day_from
from supportable.core.deployment import Deployment
from supportable.core.facts import Value, _Absent
from supportable.core.turning import Cause, Moment, Part, causes, rows_asked
from supportable.core.verdict import Unread, Verdict, judge_by_reference
from supportable.core.waivers import Waiver
from supportable.core.waiving import Day, stand, waive

EACH_DAY = "each-day"
"""Instead of a day up to which publications count: each day is told as it could have been told on that day."""


class Asked(NamedTuple):
    """Which days are told (`None`: from the first, to the last known date), by what was known when, and the day that is "now"."""

    as_of: str
    known: str
    since: str | None = None
    until: str | None = None


class Span(NamedTuple):
    """Days with one answer; `None` where nobody asked for a first day, or for a last one."""

    first: str | None
    last: str | None
    verdict: Verdict


class Turn(NamedTuple):
    """The first day of another answer, and the clauses behind it."""

    day: str
    causes: tuple[Cause, ...]


class Course(NamedTuple):
    """What one issuer says over time: a turn between each two spans.

    `first` and `last` are the first and the last day on which anything that may be about the deployment changes, as far as it was
    asked about; `None` where no date is known.
    """

    issuer: str
    spans: tuple[Span, ...]
    turns: tuple[Turn, ...]
    first: str | None
    last: str | None
    clauses: int
    documents: int

    @property
    def speaks(self) -> bool:
        """Whether the issuer says anything on any day."""
        return any(one.verdict.applies for one in self.spans)

    def on(self, day: str) -> Span | None:
        """Return the span of a day, `None` where it was not asked about."""
        within = (one for one in self.spans if (one.first is None or one.first <= day) and (one.last is None or day <= one.last))
        return next(within, None)


class Timeline(NamedTuple):
    """What a report is made of. `first` and `last` are the days that a picture shows, `None` where no date is known."""

    deployment: Deployment
    asked: Asked
    courses: tuple[Course, ...]
    first: str | None
    last: str | None
    read: tuple[tuple[str, str], ...] = ()
    unread: tuple[Unread, ...] = ()
    waivers: tuple[Waiver, ...] = ()


def timeline(deployment: Deployment, packs: Sequence[Pack], asked: Asked, waivers: Sequence[Waiver] = ()) -> Timeline:
    """Return the levels of a deployment over time, one course an issuer, in the order in which the packs name them."""
    by_issuer: dict[str, list[Pack]] = {}
    for pack in packs:
        by_issuer.setdefault(pack.issuer, []).append(pack)
    courses = tuple(_course(issuer, some, deployment, asked, waivers) for issuer, some in by_issuer.items())
    speaking = [one for one in courses if one.speaks]
    first = asked.since or min((one.first for one in speaking if one.first is not None), default=None)
    last = asked.until or max((one.last for one in speaking if one.last is not None), default=None)
    return Timeline(deployment, asked, courses, first, last, waivers=tuple(waivers))


def _course(issuer: str, packs: Sequence[Pack], deployment: Deployment, asked: Asked, waivers: Sequence[Waiver]) -> Course:
    judged = _Judging(issuer, packs, deployment, asked.known, waivers)
    moments = [judged.on(day) for day in judged.days(asked)]
    spans: list[Span] = []
    turns: list[Turn] = []
    first = moments[0].as_of if asked.since is not None else None
    for before, after in pairwise(moments):
        if state_of(before.verdict) != state_of(after.verdict):
            spans.append(Span(first, day_from(after.as_of, -1), before.verdict))
            turns.append(Turn(after.as_of, causes(before, after, deployment)))
            first = after.as_of
    spans.append(Span(first, asked.until, moments[-1].verdict))
    dates = [day for day in judged.dates_about(moments) if _within(day, asked)]
    clauses = {clause.id for moment in moments for part in moment.parts for clause in part.pack.clauses}
    documents = {clause.citation.document for moment in moments for part in moment.parts for clause in part.pack.clauses}
    return Course(issuer, tuple(spans), tuple(turns), min(dates, default=None), max(dates, default=None), len(clauses), len(documents))


def _within(day: str, asked: Asked) -> bool:
    return (asked.since is None or asked.since <= day) and (asked.until is None or day <= asked.until)


def state_of(verdict: Verdict) -> tuple[object, ...]:
    """Return what two days must have in common to be one span: both ends, the issuer's words for them, and whether it is by waiver."""
    plain = verdict.without_waivers
    own = (verdict.applies, verdict.surely_applies, verdict.worst, verdict.best, verdict.label)
    return own if plain is None else (*own, *state_of(plain))


class _Judging:
    """The packs of one issuer, judged on any day; each pack once for each period of its calendar."""

    def __init__(self, issuer: str, packs: Sequence[Pack], deployment: Deployment, known: str, waivers: Sequence[Waiver]) -> None:
        self.issuer = issuer
        self.packs = packs
        self.deployment = deployment
        self.known = known
        own = {clause.id for pack in packs for clause in pack.clauses}
        self.waivers = tuple(one for one in waivers if one.clause in own)
        self.calendars = [calendar_of(pack) for pack in packs]
        self.made: dict[object, tuple[Compiled, Outcomes, Mapping[int, str]]] = {}

    def days(self, asked: Asked) -> list[str]:
        """Return the days to judge: the first one asked about, or the day before anything is known, and each on which anything changes."""
        found = {day for one in self.calendars for day in one.as_of}
        if asked.known == EACH_DAY:
            found |= {day for one in self.calendars for day in one.known}
        for one in self.waivers:
            found |= {one.granted, day_after(one.ending.last_day)}
        # It stands for "no day at all", which has rules of its own.
        found.discard(NO_DAY)
        start = asked.since or day_from(min(found, default=asked.as_of), -1)
        return [start, *sorted(day for day in found if day > start and _within(day, asked))]

    def on(self, day: str) -> Moment:
        """Return what the issuer says on a day."""
        known = day if self.known == EACH_DAY else self.known
        made = [self._at(number, day, known) for number in range(len(self.packs))]
        standings = stand(self.waivers, [one.pack for one, _, _ in made], self.deployment.name, Day(day, known))
        verdict = Verdict(self.issuer, self.deployment, made, standings)
        parts = (
            Part(whole, waive(compiled, standings).pack, tuple(outcomes.outcomes))
            for whole, (compiled, outcomes, _) in zip(self.packs, made, strict=True)
        )
        return Moment(day, known, verdict, tuple(parts), standings)

    def _at(self, number: int, day: str, known: str) -> tuple[Compiled, Outcomes, Mapping[int, str]]:
        key = number, self.calendars[number].period(day, known)
        if key not in self.made:
            chosen = select(self.packs[number], (), day, known)
            self.made[key] = (_compiled_when_run(chosen), *judge_by_reference(chosen, self.deployment))
        return self.made[key]

    def dates_about(self, moments: Sequence[Moment]) -> Iterator[str]:
        """Yield the days on which anything changes that may be about the deployment, in the order of the packs."""
        each_day = self.known == EACH_DAY
        for number, pack in enumerate(self.packs):
            speaking = {clause.id for moment in moments for clause, code in moment.parts[number].found().values() if code != NOT_APPLICABLE}
            for clause in pack.clauses:
                if clause.id in speaking:
                    dates = (one for one in _dates_of(clause, pack, self.deployment) if each_day or one.known_on(self.known))
                    yield from (day for one in dates for day in _days_of(one, each_day))
        for one in self.waivers:
            yield from (one.granted, day_after(one.ending.last_day))


def _dates_of(clause: Clause, pack: Pack, deployment: Deployment) -> Iterator[Dates]:
    document = pack.document(clause.citation.document)
    since = document.published or document.not_before
    # A document of which only the month or the year is known counts from its first day.
    yield Dates(document.effective_from, document.effective_until, since + "-01" * (2 - since.count("-")) if since else None)
    yield clause.dates
    matrices = {one.id: one for one in pack.matrices if one.dated}
    for whole in (clause.applies, clause.requires):
        for _, row, _ in rows_asked(whole, matrices, deployment) if whole is not None else ():
            yield row.dates


def _days_of(dates: Dates, each_day: bool) -> Iterator[str]:
    days = [dates.since, dates.until and day_after(dates.until)]
    days += [dates.published, dates.withdrawn] if each_day else []
    yield from (day for day in days if day is not None)


def _compiled_when_run(pack: Pack) -> Compiled:
    """Return a pack whose function is generated when it is first run: a day that shows nothing new never needs it."""
    made: list[Compiled] = []

    def run(values: Mapping[str, Value | _Absent], listings: Listings) -> Outcomes:
        if not made:
            made.append(compile_pack(pack))
        return made[0].run(values, listings)

    return Compiled(pack, run.__code__, {}, run)
