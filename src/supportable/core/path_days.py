"""Deployments on the way, and packs with all their dates -> the last day on which each is at the level.

In: packs as they are written, and a day. Out: `Days`. Only clauses that can read otherwise on a later day are judged again, and only on the
days of rows that may be about the deployments. What one would get wrong: without a last day nothing that is known ends the level, which
does not mean that it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from supportable.core.clauses import Calendar, Clause, Pack, calendar_of, fields_read, matrices_read, select
from supportable.core.compile import FALSE, TRUE, UNKNOWN, Compiled, compile_pack
from supportable.core.dates import NO_DAY, UNDATED, day_after, day_from
from supportable.core.deployment import Deployment
from supportable.core.plan_space import Ground, Requirement
from supportable.core.turning import rows_asked
from supportable.core.verdict import listings_of


class Last(NamedTuple):
    """The last day at the level, `None` where nothing known ends it, and the requirements in the way from the day after on."""

    day: str | None
    then: tuple[Requirement, ...] = ()


class Days:
    """When deployments that are at a level on a day cease to be, by the packs of one `Ground`."""

    def __init__(self, ground: Ground, whole: Sequence[Pack], as_of: str, known: str) -> None:
        self.ground, self.as_of, self.known = ground, as_of, known
        in_ground = {one.pack.id for one in ground.packs}
        self.packs = [_turning(one) for one in whole if one.id in in_ground]
        self.calendars = [calendar_of(one) for one in self.packs]
        self._made: dict[tuple[int, tuple[int, int]], tuple[Compiled, tuple[tuple[int, Requirement], ...]]] = {}

    def last(self, deployment: Deployment) -> Last:
        """Return the last day on which a deployment that is at the level on the first day still is."""
        speaking = self._speaking(deployment)
        for day in self._days(deployment):
            found, speaks = self._on(day, deployment)
            silent = [one for one in (self.ground.named or ()) if one not in speaking | speaks]
            if found or silent or not speaking | speaks:
                return Last(day_from(day, -1), tuple(found))
        return Last(None)

    def _speaking(self, deployment: Deployment) -> set[str]:
        """Return the issuers that say something by clauses without dates."""
        turning = {clause.id for pack in self.packs for clause in pack.clauses}
        listings, found = listings_of(deployment), set()
        for compiled in self.ground.packs:
            codes = compiled.run(deployment.values, listings).outcomes
            pairs = zip(compiled.pack.clauses, codes, strict=True)
            if any(one.kind == "requirement" and code in (TRUE, FALSE) and one.id not in turning for one, code in pairs):
                found.add(compiled.pack.issuer)
        return found

    def _days(self, deployment: Deployment) -> list[str]:
        found: set[str] = set()
        for pack, calendar in zip(self.packs, self.calendars, strict=True):
            matrices = {one.id: one for one in pack.matrices if one.dated}
            whole = [condition for clause in pack.clauses for condition in (clause.applies, clause.requires) if condition is not None]
            dates = [row.dates for condition in whole for _, row, _ in rows_asked(condition, matrices, deployment)]
            found.update(day for one in dates for day in (one.since, one.until and day_after(one.until)) if day is not None)
            found.update(_own_days(pack, calendar))
        return sorted(day for day in found if self.as_of < day < NO_DAY)

    def _on(self, day: str, deployment: Deployment) -> tuple[list[Requirement], set[str]]:
        """Return the requirements in the way on a day, of those that days change, and the issuers that speak by them."""
        listings = listings_of(deployment)
        found: list[Requirement] = []
        speaks: set[str] = set()
        for number, pack in enumerate(self.packs):
            key = (number, self.calendars[number].period(day, self.known))
            if key not in self._made:
                chosen = select(pack, (), day, self.known)
                self._made[key] = (compile_pack(chosen), tuple(self._counting(chosen)))
            compiled, counting = self._made[key]
            run = compiled.run(deployment.values, listings)
            speaks |= {pack.issuer} if run.applies else set()
            found += [one for place, one in counting if run.outcomes[place] in (FALSE, UNKNOWN)]
        return found, speaks

    def _counting(self, pack: Pack) -> Iterable[tuple[int, Requirement]]:
        for place, clause in enumerate(pack.clauses):
            if clause.kind == "requirement" and pack.tier(clause.caps or "").level < self.ground.level:
                yield place, Requirement(place, clause, pack, tuple(fields_read(clause, pack.matrices)))


def _own_days(pack: Pack, calendar: Calendar) -> set[str]:
    """Return the days of clauses and documents, which may be about any deployment."""
    dated = [dates for _, _, dates in calendar.clauses]
    found = {day for one in dated for day in (one.since, one.until and day_after(one.until)) if day is not None}
    for one in pack.documents:
        found |= {day for day in (one.effective_from, one.effective_until and day_after(one.effective_until)) if day is not None}
    return found


def _turning(pack: Pack) -> Pack:
    """Return the pack with the clauses that can read otherwise on another day, and those that they yield to."""
    dated = {one.id for one in pack.documents if one.effective_from is not None or one.effective_until is not None}
    tables = {one.id for one in pack.matrices if one.dated}

    def turns(clause: Clause) -> bool:
        return clause.dates != UNDATED or clause.citation.document in dated or not tables.isdisjoint(matrices_read(clause))

    found = {clause.id for clause in pack.clauses if turns(clause)}
    before: set[str] = set()
    while before != found:
        before = set(found)
        found |= {clause.id for clause in pack.clauses if any(one.clause in found for one in clause.yields_to)}
        found |= {one.clause for clause in pack.clauses if clause.id in found for one in clause.yields_to}
    clauses = tuple(clause for clause in pack.clauses if clause.id in found)
    asked = {name for clause in clauses for name in matrices_read(clause)}
    documents = {clause.citation.document for clause in clauses}
    return pack._replace(
        clauses=clauses,
        matrices=tuple(one for one in pack.matrices if one.id in asked),
        documents=tuple(one for one in pack.documents if one.id in documents),
    )
