"""Which clauses of whose policy, if they read differently, would have left a deployment at a level; cheapest reading first.

In: a deployment, compiled packs (as `select` left them), and the waivers that count. Out: one `Standpoint` for each issuer that is, or may
be, below the level. A verdict is the minimum of caps: every requirement that does not hold and leaves less must read differently, and those
are the smallest set. Each reading was judged again by the reference evaluator with all packs of the issuer, precedence included, and
stands only if nothing else is in the way then. Cheaper is: fewer edits, then `PARTS`, then the order of `core.rewording`; the whole clause
waived is always the last. What one would get wrong: a reading under which no requirement applies any more makes nobody support anything,
so it does not count; and a requirement that is unknown is nothing to negotiate yet, only to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from supportable.core.clauses import Clause, Level, Pack, Tier
from supportable.core.compile import NOT_APPLICABLE, TRUE, UNKNOWN, Compiled, Outcomes, ends_of
from supportable.core.conditions import All, Condition, Matrix, Not
from supportable.core.deployment import Deployment
from supportable.core.evaluate import Read
from supportable.core.rewording import FOUND_MAX, Edit, Rewording, changed_value, cost_of, rewordings
from supportable.core.verdict import Finding, Verdict, evaluate_clause, judge, judge_by_reference
from supportable.core.waiving import Standing, waive

PARTS = ("requires", "applies", "caps", "waived")
"""The parts of a clause in the order in which other readings of them are told, where their edits are as many: what is asked, of whom, and
what is left where it does not hold. An issuer that keeps its question gives up least."""


class Reading(NamedTuple):
    """A clause as it would read, with the tables that read otherwise: the edits, and in which part of the text they are.

    `part` is `requires`, `applies`, `caps` or `waived`. `also` are other clauses in the way that no longer are then; `missing` the facts to
    look at before it is sure that the clause holds then. `applies` is the clause's own condition, without precedence.
    """

    part: str
    edits: tuple[Edit, ...]
    clause: Clause
    tables: tuple[Matrix, ...] = ()
    also: tuple[str, ...] = ()
    missing: tuple[Read, ...] = ()

    @property
    def waives(self) -> bool:
        """Whether the whole clause would not count."""
        return self.part == "waived"


class InTheWay(NamedTuple):
    """A requirement that does not hold and leaves less than the level, the tier it leaves, and the readings that would do."""

    finding: Finding
    tier: Tier
    readings: tuple[Reading, ...]


class Standpoint(NamedTuple):
    """One issuer that is, or may be, below the level.

    `together` is a cheapest choice of readings, one for each clause that no other reading of the choice has taken out of the way.
    `look_first` are the requirements that are unknown and might leave less than the level. `level` is the one asked for; `others` are
    clauses in the way of which no readings were asked for.
    """

    verdict: Verdict
    level: Level
    in_the_way: tuple[InTheWay, ...]
    together: tuple[Reading, ...]
    look_first: tuple[Finding, ...]
    others: tuple[str, ...] = ()


def other_readings(
    deployment: Deployment,
    packs: Sequence[Compiled],
    level: Level,
    waivers: Sequence[Standing] = (),
    clause: str | None = None,
    limit: int = FOUND_MAX,
) -> tuple[Standpoint, ...]:
    """Return the issuers that speak and are not surely at the level, in the order of the packs; with `clause`, readings of it alone."""
    found = []
    for verdict in judge(deployment, packs, waivers):
        if not verdict.applies or (verdict.surely_applies and verdict.worst is not None and verdict.worst >= level):
            continue
        own = [waive(one, waivers).pack for one in packs if one.pack.issuer == verdict.issuer]
        found.append(_Issuer(verdict, own, level, limit).standpoint(clause))
    return tuple(found)


def edited(packs: Iterable[Pack], readings: Iterable[Reading]) -> list[Pack]:
    """Return packs in which clauses read as given, in the place of what they say now, with precedence as it is then."""
    made = list(packs)
    for reading in readings:
        made = [_with(pack, reading) if any(one.id == reading.clause.id for one in pack.clauses) else pack for pack in made]
    return made


def reaches(packs: Iterable[Pack], deployment: Deployment, level: Level) -> bool:
    """Whether, by the reference evaluator, a requirement surely applies and none that does not hold leaves less than the level."""
    return _reached([(pack, judge_by_reference(pack, deployment)[0]) for pack in packs], level)


def _reached(judged: Sequence[tuple[Pack, Outcomes]], level: Level) -> bool:
    return any(one.applies for _, one in judged) and all(pack.tiers[one.best].level >= level for pack, one in judged)


class _Issuer:
    """The packs of one issuer, and the clauses of them that are in the way."""

    def __init__(self, verdict: Verdict, packs: Sequence[Pack], level: Level, limit: int) -> None:
        self.verdict = verdict
        self.deployment = verdict.deployment
        self.packs = packs
        self.level = level
        self.limit = limit
        self.plain: dict[int, Outcomes] = {}
        # Caps with waivers: what is excepted stands in nobody's way.
        self.leaves = {one.id: pack.tier(one.caps) for pack in packs for one in pack.clauses if one.caps is not None}
        self.failed = [one for one in verdict.failed if self._below(one)]

    def standpoint(self, only: str | None) -> Standpoint:
        in_the_way = tuple(
            InTheWay(one, self.leaves[one.clause.id], self._readings(one)) for one in self.failed if only in (None, one.clause.id)
        )
        look_first = tuple(one for one in self.verdict.open if self._below(one))
        others = tuple(one.clause.id for one in self.failed if only not in (None, one.clause.id))
        return Standpoint(self.verdict, self.level, in_the_way, self._together(in_the_way, others), look_first, others)

    def _below(self, finding: Finding) -> bool:
        return self.leaves[finding.clause.id].level < self.level

    def _readings(self, finding: Finding) -> tuple[Reading, ...]:
        pack = next(one for one in self.packs if any(clause.id == finding.clause.id for clause in one.clauses))
        clause = next(one for one in pack.clauses if one.id == finding.clause.id)
        tables = {one.id: one for one in pack.matrices}
        own = _own(clause, {one.id for one in pack.clauses})
        asked = clause._replace(applies=own)
        found = []
        if clause.requires is not None:
            found += [_reading("requires", asked, one) for one in rewordings(clause.requires, True, tables, self.deployment, self.limit)]
        found += [_reading("applies", asked, one) for one in rewordings(own, False, tables, self.deployment, self.limit)]
        found += _caps(asked, pack, self.level)
        waived = Reading("waived", (Edit("waived", 1),), asked._replace(caps=pack.tiers[0].id))
        found.sort(key=lambda one: (len(one.edits), PARTS.index(one.part), cost_of(one.edits)))
        kept: dict[object, Reading] = {}
        for one in filter(None, map(self._judged, found)):
            kept.setdefault(_asked_for(one), one)
        return (*list(kept.values())[: self.limit], waived)

    def _judged(self, reading: Reading) -> Reading | None:
        """Judge again with the reading, the other clauses in the way waived; return it with what it comes to, nothing if it does not do."""
        others = [one.clause.id for one in self.failed if one.clause.id != reading.clause.id]
        judged = self._judge([reading], others)
        if not _reached(judged, self.level):
            return None
        codes = {clause.id: code for pack, outcomes in judged for clause, code in zip(pack.clauses, outcomes.outcomes, strict=True)}
        also = tuple(one for one in others if codes[one] in (TRUE, NOT_APPLICABLE))
        if codes[reading.clause.id] != UNKNOWN:
            return reading._replace(also=also)
        pack = next(one for one, _ in judged if any(clause.id == reading.clause.id for clause in one.clauses))
        clause = next(one for one in pack.clauses if one.id == reading.clause.id)
        evaluations = evaluate_clause(clause, self.deployment, {one.id: one for one in pack.matrices})
        return reading._replace(also=also, missing=tuple(dict.fromkeys(read for one in evaluations for read in one.missing)))

    def _judge(self, readings: Sequence[Reading], waived: Sequence[str]) -> list[tuple[Pack, Outcomes]]:
        """Judge again by the reference evaluator with other readings and with clauses waived; a pack that reads as before, once for all."""
        judged = []
        for number, (pack, made) in enumerate(zip(self.packs, edited(self.packs, readings), strict=True)):
            if made is pack and number not in self.plain:
                self.plain[number] = judge_by_reference(pack, self.deployment)[0]
            outcomes = self.plain[number] if made is pack else judge_by_reference(made, self.deployment)[0]
            asked = _waived(made, waived)
            # A waived clause has another cap, and the outcome it had.
            judged.append((asked, ends_of(asked, outcomes.outcomes, outcomes.applies)))
        return judged

    def _together(self, in_the_way: Sequence[InTheWay], others: Sequence[str]) -> tuple[Reading, ...]:
        """Return one reading for each clause, the cheapest that stands with those before it; none where one of them does for it, too."""
        chosen: list[Reading] = []
        for number, one in enumerate(in_the_way):
            if any(one.finding.clause.id in reading.also for reading in chosen):
                continue
            later = [other.finding.clause.id for other in in_the_way[number + 1 :]]
            for reading in one.readings:
                if _reached(self._judge([*chosen, reading], [*later, *others]), self.level):
                    chosen.append(reading)
                    break
        return tuple(chosen)


def _own(clause: Clause, ids: Iterable[str]) -> Condition:
    """Return when a clause applies by its own text: `select` puts "the prevailing clause does not apply" behind it."""
    if any(one.clause in ids for one in clause.yields_to):
        assert isinstance(clause.applies, All)
        return clause.applies.parts[0]
    return clause.applies


def _reading(part: str, clause: Clause, rewording: Rewording) -> Reading:
    made = rewording.condition
    changed = clause._replace(requires=made) if part == "requires" else clause._replace(applies=made)
    return Reading(part, rewording.edits, changed, tuple(rewording.tables.values()))


def _asked_for(reading: Reading) -> object:
    """Return what a reading asks for: one value excepted by one test of a clause or by another is the same request."""
    values = [changed_value(edit) for edit in reading.edits if not edit.table]
    return reading.part, tuple(values) if values and None not in values and len(values) == len(reading.edits) else reading.edits


def _caps(clause: Clause, pack: Pack, level: Level) -> list[Reading]:
    """Return the reading that leaves the next tier that will do; the best tier of all is the waiver of the whole clause."""
    assert clause.caps is not None
    rank = pack.tier_rank(clause.caps)
    for steps in range(1, rank):
        tier = pack.tiers[rank - steps]
        if tier.level >= level:
            return [Reading("caps", (Edit("cap", steps),), clause._replace(caps=tier.id))]
    return []


def _with(pack: Pack, reading: Reading) -> Pack:
    ids = {one.id for one in pack.clauses}
    own = {one.id: _own(one, ids) for one in pack.clauses}
    own[reading.clause.id] = reading.clause.applies
    texts = [reading.clause if one.id == reading.clause.id else one for one in pack.clauses]
    clauses = []
    for one in texts:
        prevailing = [Not(own[other.clause]) for other in one.yields_to if other.clause in ids]
        clauses.append(one._replace(applies=All((own[one.id], *prevailing)) if prevailing else own[one.id]))
    tables = {one.id: one for one in reading.tables}
    return pack._replace(clauses=tuple(clauses), matrices=tuple(tables.get(one.id, one) for one in pack.matrices))


def _waived(pack: Pack, clauses: Iterable[str]) -> Pack:
    named = set(clauses)
    best = pack.tiers[0].id
    return pack._replace(clauses=tuple(one._replace(caps=best) if one.id in named else one for one in pack.clauses))
