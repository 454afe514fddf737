"""Waivers x packs -> which count for a deployment on a day, and packs in which what they except no longer lowers the level.

In: waivers, and packs as `select` left them. Out: a `Standing` for each waiver, never none; and compiled packs with other caps. The
outcome of a clause is the same with and without a waiver: what does not hold is still shown not to hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack
from supportable.core.compile import Compiled, Listings, Outcomes, ends_of
from supportable.core.facts import Value, _Absent
from supportable.core.waivers import Waiver


class Standing(NamedTuple):
    """One waiver, whether it counts, and why it does not."""

    waiver: Waiver
    counts: bool
    why: str = ""


class Day(NamedTuple):
    """The day judged for, the day up to which publications count, and the moment (UTC) where the day is today, empty where it was named."""

    as_of: str
    known: str
    now: str = ""


def stand(waivers: Iterable[Waiver], packs: Sequence[Pack], deployment: str, day: Day) -> tuple[Standing, ...]:
    """Return how each waiver stands for the deployment of this name."""
    known = {clause.id: (pack, clause) for pack in packs for clause in pack.clauses}
    set_aside = dict(one for pack in packs for one in pack.set_aside)
    return tuple(_standing(one, known.get(one.clause), set_aside.get(one.clause), deployment, day) for one in waivers)


def _standing(waiver: Waiver, found: tuple[Pack, Clause] | None, set_aside: str | None, deployment: str, day: Day) -> Standing:
    why = _not_counting(waiver, found, deployment, day)
    if found is None and set_aside is not None:
        why = f"the clause is not judged: {set_aside}"
    return Standing(waiver, not why, why)


def _not_counting(waiver: Waiver, found: tuple[Pack, Clause] | None, deployment: str, day: Day) -> str:
    if found is None:
        return "no clause of this name is judged"
    pack, clause = found
    if waiver.issuer != pack.issuer:
        return f"{waiver.issuer} cannot except anybody from a clause of {pack.issuer}"
    if clause.kind != "requirement":
        return f"the clause is a {clause.kind}, and lowers no level"
    if waiver.deployments and deployment not in waiver.deployments:
        return f"it was given for {', '.join(waiver.deployments)}"
    if waiver.granted > min(day.as_of, day.known):
        return f"it was granted on {waiver.granted}"
    if (day.now >= waiver.ending.over_at) if day.now else (day.as_of > waiver.ending.last_day):
        return f"it ended: {waiver.until}"
    if waiver.leaves and waiver.leaves not in [tier.id for tier in pack.tiers]:
        return f"`{waiver.leaves}` is no tier of {pack.issuer}: {', '.join(tier.id for tier in pack.tiers)}"
    if waiver.clause_digest != clause.digest:
        change = f"it was {waiver.clause_digest}, it is {clause.digest}"
        return f"the clause has changed since ({change}): ask {pack.issuer} whether the exception stands"
    return ""


def waive(compiled: Compiled, standings: Iterable[Standing]) -> Compiled:
    """Return the pack in which the clauses of waivers that count leave at least the tier of their waiver."""
    pack = compiled.pack
    granted = {one.waiver.clause: one.waiver.leaves or pack.tiers[0].id for one in standings if one.counts}
    if not any(clause.id in granted for clause in pack.clauses):
        return compiled
    changed = pack._replace(clauses=tuple(_leaving(clause, granted.get(clause.id), pack) for clause in pack.clauses))

    def run(values: Mapping[str, Value | _Absent], listings: Listings) -> Outcomes:
        outcomes = compiled.run(values, listings)
        return ends_of(changed, outcomes.outcomes, outcomes.applies)

    return compiled._replace(pack=changed, run=run)


def _leaving(clause: Clause, tier: str | None, pack: Pack) -> Clause:
    if tier is None or clause.caps is None or pack.tier_rank(tier) >= pack.tier_rank(clause.caps):
        return clause
    return clause._replace(caps=tier)
