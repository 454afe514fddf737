"""The use case of other readings: evidence and packs -> which clause, read differently, would do; and a letter that asks for it.

In: paths, a level, and which policies count. Out: `Asked` with its texts; the letter for one clause. Waivers among the evidence count, as
in `check`: what is excepted already stands in nobody's way.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from supportable import app
from supportable.core.clauses import Clause, Level, Pack
from supportable.core.compile import Compiled
from supportable.core.other_readings import Standpoint, other_readings
from supportable.core.verdict import Finding, Judgement, Verdict, judge
from supportable.core.waiving import Day, Standing
from supportable.errors import UsageError, nearest

FORMATS = ("text", "json")


class Policies(NamedTuple):
    """Which policies count: documents (all when empty), further packs, the two dates, and the moment where the day is today."""

    documents: Sequence[str]
    packs: Sequence[Path | str]
    as_of: str
    known: str
    now: str = ""
    cache: Path | None = None


class Asked(NamedTuple):
    """What was asked and found: issuers below the level with other readings, and of all issuers the verdicts."""

    judgement: Judgement
    level: Level
    standpoints: tuple[Standpoint, ...]

    @property
    def speaks(self) -> bool:
        """Whether any document says, or may say, anything about the deployment."""
        return any(one.applies for one in self.judgement.verdicts)


def why_not(paths: Sequence[Path | str], level: Level, policies: Policies) -> Asked:
    """Read evidence and find what would have to read otherwise for the level."""
    ground = _ground(paths, policies)
    verdicts = judge(ground.deployment, ground.compiled, ground.standings)
    judgement = Judgement(ground.deployment, verdicts, policies.as_of, policies.known, ground.read, ground.unread, ground.standings)
    return Asked(judgement, level, other_readings(ground.deployment, ground.compiled, level, ground.standings))


def render(asked: Asked, form: str, width: int = 80) -> str:
    """Return what was found in one of `FORMATS`."""
    module = import_module("supportable.reports.other_readings")
    return str(module.render(asked.judgement, asked.level, asked.standpoints, width) if form == "text" else module.render_json(*asked))


class Letter(NamedTuple):
    """A request as Markdown, and the other clauses of its issuer that are in the way of the level."""

    text: str
    others: tuple[str, ...]


def request(clause: str, paths: Sequence[Path | str], level: Level, policies: Policies) -> Letter:
    """Return the letter that asks for an exception to a clause; raise `UsageError` where there is nothing to ask for."""
    from supportable.reports import waiver_request

    ground = _ground(paths, policies)
    verdict, finding = _finding(clause, judge(ground.deployment, ground.compiled, ground.standings), ground.compiled)
    name = ground.deployment.name
    _check_in_the_way(finding, level, name, ground.standings)
    for point in other_readings(ground.deployment, ground.compiled, level, ground.standings, clause):
        for found in point.in_the_way:
            return Letter(waiver_request.render(found, ground.deployment, level, policies.as_of, policies.known), point.others)
    raise UsageError(f"{verdict.issuer} is at {level.word} for `{name}` already", None, "there is nothing to ask for")


def _ground(paths: Sequence[Path | str], policies: Policies) -> app.Prepared:
    day = Day(policies.as_of, policies.known, policies.now)
    return app.prepared(paths, policies.documents, policies.packs, day, policies.cache)


def _finding(clause: str, verdicts: Sequence[Verdict], compiled: Sequence[Compiled]) -> tuple[Verdict, Finding]:
    for verdict in verdicts:
        for finding in verdict.findings:
            if finding.clause.id == clause:
                return verdict, finding
    known = [one.id for each in compiled for one in each.pack.clauses]
    set_aside = dict(one for each in compiled for one in each.pack.set_aside)
    if clause in set_aside:
        raise UsageError(f"`{clause}` is not judged: {set_aside[clause]}", None, "`--as-of` and `--known` name other days")
    near = nearest(clause, known)
    raise UsageError(f"unknown clause `{clause}`", None, f"did you mean `{near}`?" if near else "all clauses: `supportable policy show`")


def _check_in_the_way(finding: Finding, level: Level, name: str, standings: Sequence[Standing]) -> None:
    """Refuse a clause that no exception would help with, in one sentence that says why."""
    clause = finding.clause
    see = "`supportable explain --why-not LEVEL PATH` lists the clauses in the way"
    if clause.kind != "requirement":
        raise UsageError(f"`{clause.id}` is a {clause.kind}, and lowers no level", None, see)
    if finding.outcome == "not-applicable":
        raise UsageError(f"`{clause.id}` does not apply to `{name}`", None, see)
    if finding.outcome == "true":
        raise UsageError(f"`{clause.id}` holds for `{name}`: there is nothing to except", None, see)
    if finding.outcome == "unknown":
        fields = ", ".join(dict.fromkeys(f"`{one.field}`" for one in finding.missing)) or "what it asks"
        raise UsageError(f"`{clause.id}` is unknown for `{name}`: nobody looked at {fields}", None, "look first; it may hold")
    if not _leaves_less(clause, finding.pack, level):
        raise UsageError(
            f"`{clause.id}` leaves {finding.pack.tier(clause.caps or '').level.word} and is not in the way of {level.word}", None, see
        )
    for one in standings:
        if one.counts and one.waiver.clause == clause.id and _waived_level(one, finding.pack) >= level:
            raise UsageError(f"`{clause.id}` is waived for `{name}` until {one.waiver.until}: {one.waiver.reference}", None, see)


def _leaves_less(clause: Clause, pack: Pack, level: Level) -> bool:
    return pack.tier(clause.caps or "").level < level


def _waived_level(standing: Standing, pack: Pack) -> Level:
    return pack.tier(standing.waiver.leaves).level if standing.waiver.leaves else pack.tiers[0].level
