"""Judge a deployment by packs: one finding a clause, one verdict an issuer, with both its ends.

In: a deployment and compiled packs (already narrowed to documents and dates). Out: verdicts in the order of the issuers.
A finding's facts are worked out when they are asked for; its outcome is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import repeat
from typing import NamedTuple

from supportable.core.clauses import Clause, Level, Pack, Tier, fields_read
from supportable.core.compile import (
    FALSE,
    NOT_APPLICABLE,
    UNKNOWN,
    UNKNOWN_BUT_HARMLESS,
    Closed,
    Compiled,
    Listings,
    Outcomes,
    compile_pack,
    ends_of,
)
from supportable.core.conditions import Always, Matrix
from supportable.core.deciding import Assignment, Deciding, Look, Search, assigned, domains
from supportable.core.deployment import Deployment, Item, Listing
from supportable.core.evaluate import Evaluation, Read, evaluate
from supportable.core.explain import Explainer, explanation_of
from supportable.core.facts import Unknown, Value, _Absent
from supportable.core.fields import LISTINGS
from supportable.core.left_open import odd_facts_of, read_both_ways
from supportable.core.truth import Truth
from supportable.core.waiving import Standing, waive

WORDS = ("false", "unknown", "true", "not-applicable", "unknown")
"""By the code of an outcome."""


class Finding:
    """The outcome of one clause for one deployment: `true`, `false`, `unknown` or `not-applicable`.

    `facts` are the facts that the outcome rests on, none of them unknown; `missing` those that are missing for an outcome,
    empty unless it is unknown. A clause that raised has an `error` and neither.
    """

    __slots__ = ("clause", "code", "error", "explainer", "facts", "missing", "outcome", "pack")

    clause: Clause
    pack: Pack
    code: int
    outcome: str
    facts: tuple[Read, ...]
    missing: tuple[Read, ...]
    explainer: Explainer
    error: str

    @property
    def harmless(self) -> bool:
        """Whether the clause, though unknown, cannot fail."""
        return self.code == UNKNOWN_BUT_HARMLESS

    def evaluations(self) -> tuple[Evaluation, Evaluation]:
        """The reference evaluation of `applies` and of `requires`."""
        return self.explainer.evaluate_clause(self.clause)


class _LateFinding(Finding):
    """A finding whose facts are worked out when they are asked for. `__getattr__` would slow every attribute of the others."""

    __slots__ = ()

    def __getattr__(self, name: str) -> tuple[Read, ...]:
        if name not in ("facts", "missing"):
            raise AttributeError(name)
        reads = () if self.error else self._reads()
        self.facts = tuple(read for read in reads if not isinstance(read.fact, Unknown))
        self.missing = tuple(read for read in reads if isinstance(read.fact, Unknown))
        return self.facts if name == "facts" else self.missing

    def _reads(self) -> tuple[Read, ...]:
        if self.code == NOT_APPLICABLE:
            return self.explainer.evaluate(self.clause.applies).reads
        applies, requires = self.evaluations()
        return tuple(dict.fromkeys([*applies.reads, *requires.reads]))


def _findings(deployment: Deployment, pack: Pack, outcomes: Outcomes, errors: Mapping[int, str]) -> tuple[Finding, ...]:
    explainer = Explainer(deployment, pack.matrices)
    explained = None if errors else explanation_of(pack).explain(explainer)
    # Without a call of `__init__` and a tuple of values for each, which would cost as much as to explain them.
    kind = _LateFinding if explained is None else Finding
    found = tuple(map(object.__new__, repeat(kind, len(pack.clauses))))
    for one, clause, code in zip(found, pack.clauses, outcomes.outcomes, strict=True):
        one.clause = clause
        one.pack = pack
        one.code = code
        one.outcome = WORDS[code]
        one.explainer = explainer
        one.error = ""
    if explained is not None:
        for one, facts, missing in zip(found, *explained, strict=True):
            one.facts = facts
            one.missing = missing
    for number, error in errors.items():
        found[number].error = error
    return found


_DECIDED = Deciding((), True)


class Contradiction(NamedTuple):
    """Two clauses that both speak about this deployment and disagree, and the rule that chose between them."""

    prevailing: Clause
    yielding: Clause
    rule: str
    why: str


class Verdict:
    """All findings of one issuer, merged.

    `applies` is false when every requirement is not applicable: the documents say nothing, and there is no level.
    `worst` and `best` are equal unless the verdict is undecided; `level` is `None` when it is undecided or says nothing.
    `surely_applies` is false while it is unknown whether any requirement applies at all. Where waivers count, all of these are with
    them; `without_waivers` is the verdict that they changed, `None` where they change nothing. Findings are the same in both.
    """

    def __init__(
        self,
        issuer: str,
        deployment: Deployment,
        parts: Sequence[tuple[Compiled, Outcomes, Mapping[int, str]]],
        waivers: Sequence[Standing] = (),
    ) -> None:
        self.issuer = issuer
        self.deployment = deployment
        self._parts = parts
        self._found: dict[int, tuple[Finding, ...]] = {}
        self._waived = [waive(compiled, waivers) for compiled, _, _ in parts] if waivers else [compiled for compiled, _, _ in parts]
        plain = _ends([(compiled.pack, outcomes) for compiled, outcomes, _ in parts])
        ends = plain and self._ends_with_waivers(plain) if waivers else plain
        self.without_waivers = Verdict(issuer, deployment, parts) if ends != plain else None
        self.applies = ends is not None
        self.best_tier: Tier | None = ends[0] if ends else None
        self.worst_tier: Tier | None = ends[1] if ends else None
        self.surely_applies = ends is not None and ends[2]
        self.decided = _is_decided(ends)

    def _ends_with_waivers(self, plain: _Ends) -> _Ends:
        runs = [
            (waived.pack, ends_of(waived.pack, outcomes.outcomes, outcomes.applies))
            for waived, (_, outcomes, _) in zip(self._waived, self._parts, strict=True)
        ]
        # Where nothing that could apply is left to fail, the documents still do not say nothing.
        return _ends(runs) or (plain[0], plain[0], False)

    @property
    def best(self) -> Level | None:
        return self.best_tier.level if self.best_tier else None

    @property
    def worst(self) -> Level | None:
        return self.worst_tier.level if self.worst_tier else None

    @property
    def level(self) -> Level | None:
        return self.best if self.decided else None

    @property
    def label(self) -> str:
        """The issuer's own words for the grade; for an undecided verdict those of both ends."""
        if self.best_tier is None or self.worst_tier is None:
            return "the documents say nothing about this deployment"
        if self.decided:
            return self.worst_tier.label
        if not self.surely_applies:
            return f"if they do, between `{self.worst_tier.label}` and `{self.best_tier.label}`"
        return f"between `{self.worst_tier.label}` and `{self.best_tier.label}`"

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """One finding a clause, in the order of the packs."""
        return tuple(one for number in range(len(self._parts)) for one in self._findings_of(number))

    @cached_property
    def telling(self) -> tuple[Finding, ...]:
        """The findings of the packs that are not closed."""
        return tuple(one for number, part in enumerate(self._parts) if part[0].closed is None for one in self._findings_of(number))

    def _findings_of(self, number: int) -> tuple[Finding, ...]:
        if number not in self._found:
            compiled, outcomes, errors = self._parts[number]
            pack = compiled.pack
            if compiled.closed is not None:
                pack, outcomes = compiled.closed.open().pack, Outcomes([NOT_APPLICABLE] * compiled.closed.clauses, False, 0, 0, 0)
            self._found[number] = _findings(self.deployment, pack, outcomes, errors)
        return self._found[number]

    @property
    def closed(self) -> tuple[Closed, ...]:
        """The packs that were not opened, for none of their clauses applies."""
        return tuple(compiled.closed for compiled, _, _ in self._parts if compiled.closed is not None)

    @property
    def cited(self) -> tuple[str, ...]:
        """The documents whose clauses were judged, each once."""
        cited = [one.clause.citation.document for one in self.telling]
        return tuple(dict.fromkeys([*cited, *(document for one in self.closed for document in one.documents)]))

    @cached_property
    def failed(self) -> tuple[Finding, ...]:
        """The requirements that do not hold, those with the lowest cap first."""
        found = [one for one in self.telling if one.clause.kind == "requirement" and one.code == FALSE]
        return tuple(sorted(found, key=lambda one: -one.pack.tier_rank(one.clause.caps or "")))

    @cached_property
    def open(self) -> tuple[Finding, ...]:
        """The requirements that are unknown and could fail."""
        return tuple(one for one in self.telling if one.clause.kind == "requirement" and one.code == UNKNOWN)

    @property
    def deciding(self) -> Deciding:
        """A smallest set of facts that decides the verdict as far as the documents go; empty when it is decided."""
        return _DECIDED if self.decided else self._searched

    @cached_property
    def _searched(self) -> Deciding:
        raised = tuple(compiled.pack.clauses[number].id for compiled, _, errors in self._parts for number in errors)
        if raised:
            return Deciding((), False, raised)
        return _deciding(self.deployment, self._waived)

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """The pairs of clauses that both apply as written and differ, of which one yields to the other."""
        found = []
        for compiled, _, _ in self._parts:
            matrices = {one.id: one for one in compiled.pack.matrices}
            by_id = {clause.id: clause for clause in compiled.pack.clauses}
            for clause in compiled.pack.clauses:
                for other in clause.yields_to:
                    prevailing = by_id.get(other.clause)
                    if prevailing is None:
                        continue
                    # `select` put the clause's own condition first and "the other does not apply" behind it.
                    own = clause.applies.parts[0]  # type: ignore[union-attr]
                    truths = [evaluate(condition, self.deployment, matrices).truth for condition in (own, prevailing.applies)]
                    if all(truth is Truth.TRUE for truth in truths) and not _alike(clause, prevailing, self.deployment, matrices):
                        found.append(Contradiction(prevailing, clause, other.rule, other.why))
        return tuple(found)

    @property
    def set_aside(self) -> tuple[tuple[str, str], ...]:
        """Documents left out for their dates, each with the reason."""
        return tuple(one for compiled, _, _ in self._parts for one in compiled.pack.set_aside)


def _alike(one: Clause, other: Clause, deployment: Deployment, matrices: Mapping[str, Matrix]) -> bool:
    """Whether two requirements come to the same: both hold, or both fail and leave the same tier.

    A newer revision of a document often repeats the older.
    """
    if one.requires is None or other.requires is None:
        return False
    truths = [evaluate(clause.requires, deployment, matrices).truth for clause in (one, other) if clause.requires is not None]
    return truths[0] is truths[1] and (truths[0] is Truth.TRUE or (truths[0] is Truth.FALSE and one.caps == other.caps))


class Unread(NamedTuple):
    """A file that gave no facts, and the reason in one sentence."""

    file: str
    reason: str


class Judgement(NamedTuple):
    """What a report is made of: a deployment, its verdicts, the two dates, and what was and was not read.

    `read` pairs each file with the reader that knew it; `silent` are those in which it found nothing. `as_of` and `known` are ISO dates.
    """

    deployment: Deployment
    verdicts: tuple[Verdict, ...]
    as_of: str
    known: str
    read: tuple[tuple[str, str], ...] = ()
    unread: tuple[Unread, ...] = ()
    waivers: tuple[Standing, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing at all is known of the deployment: no fact, disputed or not, and no item of a listing."""
        found = self.deployment.listings.values()
        return not self.deployment.facts and not any(one.items or one.sources for one in found)


def judge(deployment: Deployment, packs: Iterable[Compiled], waivers: Sequence[Standing] = ()) -> tuple[Verdict, ...]:
    """Return one verdict an issuer, in the order in which the packs name them, with the waivers that count.

    A clause that raises is UNKNOWN with the error; the others are judged as ever.
    """
    listings = listings_of(deployment)
    by_issuer: dict[str, list[tuple[Compiled, Outcomes, Mapping[int, str]]]] = {}
    for compiled in packs:
        errors: Mapping[int, str] = {}
        try:
            outcomes = compiled.run(deployment.values, listings)
        except Exception:
            outcomes, errors = judge_by_reference(compiled.pack, deployment)
        by_issuer.setdefault(compiled.pack.issuer, []).append((compiled, outcomes, errors))
    return tuple(Verdict(issuer, deployment, parts, waivers) for issuer, parts in by_issuer.items())


def listings_of(deployment: Deployment) -> Listings:
    """Return the listings in the form that compiled packs read."""
    return {name: (tuple(item.values for item in listing.items), listing.complete) for name, listing in deployment.listings.items()}


def evaluate_clause(clause: Clause, deployment: Deployment, matrices: Mapping[str, Matrix]) -> tuple[Evaluation, Evaluation]:
    """Return the reference evaluations of `applies` and `requires` (TRUE where a clause requires nothing)."""
    applies = evaluate(clause.applies, deployment, matrices)
    return applies, evaluate(clause.requires if clause.requires is not None else Always(Truth.TRUE), deployment, matrices)


def judge_by_reference(pack: Pack, deployment: Deployment) -> tuple[Outcomes, Mapping[int, str]]:
    """Return what the compiled function must return, by the reference evaluator, and the errors of clauses that raised."""
    matrices = {one.id: one for one in pack.matrices}
    outcomes, errors = [], {}
    applied = False
    for number, clause in enumerate(pack.clauses):
        try:
            applies, requires = (one.truth for one in evaluate_clause(clause, deployment, matrices))
        except Exception as error:
            errors[number] = f"{type(error).__name__}: {error}"
            applies = requires = Truth.UNKNOWN
        outcomes.append(_outcome(applies, requires, clause.judged))
        applied = applied or (clause.kind == "requirement" and applies is Truth.TRUE)
    return ends_of(pack, outcomes, applied), errors


def outcome_of(clause: Clause, deployment: Deployment, matrices: tuple[Matrix, ...]) -> int:
    """Return the outcome of one clause by the reference evaluator."""
    applies, requires = evaluate_clause(clause, deployment, {one.id: one for one in matrices})
    return _outcome(applies.truth, requires.truth, clause.judged)


def _outcome(applies: Truth, requires: Truth, judged: bool) -> int:
    if applies is Truth.FALSE:
        return NOT_APPLICABLE
    if applies is Truth.TRUE:
        return int(requires)
    return UNKNOWN_BUT_HARMLESS if judged and requires is Truth.TRUE else UNKNOWN


_Ends = tuple[Tier, Tier, bool]


def _ends(parts: Sequence[tuple[Pack, Outcomes]]) -> _Ends | None:
    """Return the best and the worst tier and whether a requirement surely applies; `None` when none can apply."""
    applies = False
    for _, outcomes in parts:
        applies = applies or outcomes.applies
    best = worst = None
    for pack, outcomes in parts:
        high, low = pack.tiers[outcomes.best], pack.tiers[outcomes.worst if applies else outcomes.worst_literal]
        best = high if best is None or high.level < best.level else best
        worst = low if worst is None or low.level < worst.level else worst
    assert best is not None and worst is not None
    if applies:
        return best, worst, True
    return None if all(outcomes.worst_literal == 0 for _, outcomes in parts) else (best, worst, False)


class _Remainder(NamedTuple):
    """What can still change of one pack: its unknown clauses, and what the others have settled for good.

    `parts` are the clauses that leave nothing open, and the others in the lenient and in the strict reading.
    """

    pack: Pack
    unknown: tuple[Clause, ...]
    parts: tuple[Compiled, Compiled, Compiled]
    settled: Outcomes

    def run(self, values: Mapping[str, Value | _Absent], listings: Listings) -> tuple[list[Outcomes], Outcomes, Outcomes]:
        """Return the outcomes of each part, and the ends of the whole pack in the lenient and in the strict reading."""
        runs = [part.run(values, listings) for part in self.parts if part.pack.clauses]
        if len(runs) < 2:
            ends = _joined(self.settled, runs[0]) if runs else self.settled
            return runs, ends, ends
        # Both readings have as many clauses.
        shared = self.settled if len(runs) == 2 else _joined(self.settled, runs[0])
        return runs, _joined(shared, runs[-2]), _joined(shared, runs[-1])


def _joined(one: Outcomes, other: Outcomes) -> Outcomes:
    _, applies, best, worst, literal = other
    return Outcomes([], applies or one.applies, max(best, one.best), max(worst, one.worst), max(literal, one.worst_literal))


Remainders = dict[tuple[object, ...], tuple[Compiled, Compiled, Compiled]]
"""The packs of unknown clauses that were compiled for searches, by pack, clauses and odd facts: deployments of a fleet share them."""


def _remainder(compiled: Compiled, deployment: Deployment, known: Remainders) -> _Remainder:
    pack = compiled.pack
    settled = compiled.run(deployment.values, listings_of(deployment))
    clauses = zip(pack.clauses, settled.outcomes, strict=True)
    unknown = tuple(clause for clause, code in clauses if code in (UNKNOWN, UNKNOWN_BUT_HARMLESS) and clause.kind == "requirement")
    odd = odd_facts_of(deployment, unknown, pack.matrices)
    name = (pack.id, *(clause.id for clause in unknown), *odd.unordered.items(), odd.empty)
    if name not in known:
        read = read_both_ways(unknown, pack.matrices, odd)
        parts = (pack._replace(clauses=part, matrices=read.matrices) for part in (read.alike, read.lenient, read.strict))
        alike, lenient, strict = map(compile_pack, parts)
        known[name] = alike, lenient, strict
    return _Remainder(pack, unknown, known[name], Outcomes([], settled.applies, settled.best, settled.best, settled.best))


def _deciding(deployment: Deployment, packs: list[Compiled]) -> Deciding:
    return search_for(deployment, packs).run()


def search_for(deployment: Deployment, packs: list[Compiled], known: Remainders | None = None) -> Search:
    """Return the search for what decides an undecided deployment; the packs are those of one issuer.

    Whoever searches for many deployments gives the same `known` each time.
    """
    known = {} if known is None else known
    asked = with_placeholders(deployment)
    rest = [_remainder(compiled, asked, known) for compiled in packs]
    explainers = [(Explainer(asked, one.pack.matrices), one.unknown) for one in rest]
    missing = (
        read
        for explainer, clauses in explainers
        for clause in clauses
        for part in explainer.evaluate_clause(clause)
        for read in part.missing
    )
    unknown = tuple(dict.fromkeys((read.field, read.item) for read in missing))
    may_be_open = tuple(clause.id for one in rest for clause in one.parts[1].pack.clauses)
    # A clause in two readings is two clauses to the search.
    clauses = [(clause, part.pack.matrices) for one in rest for part in one.parts for clause in part.pack.clauses]

    def look(assignment: Assignment) -> Look:
        values, listings = assigned(asked, assignment)
        found = [one.run(values, listings) for one in rest]
        lenient = _ends([(one.pack, ends) for one, (_, ends, _) in zip(rest, found, strict=True)])
        strict = _ends([(one.pack, ends) for one, (_, _, ends) in zip(rest, found, strict=True)]) if may_be_open else lenient
        if _is_decided(lenient) and _is_decided(strict):
            differ = (lenient and lenient[0].level) != (strict and strict[0].level)
            return Look(True, (), frozenset(), _left_open(rest, [parts for parts, _, _ in found], lenient) if differ else ())
        runs = [run for parts, _, _ in found for run in parts]
        codes = [code for run in runs for code in run.outcomes]
        # A clause that is unknown but cannot fail is another state than one that can.
        harmless = [number for number, code in enumerate(codes) if code == UNKNOWN_BUT_HARMLESS]
        open_clauses = frozenset([*harmless, *[number for number, code in enumerate(codes) if code == UNKNOWN]])
        settled = (*[run.applies for run in runs], *[run.best for run in runs], *harmless)
        return Look(False, settled, open_clauses, ())

    readers: dict[str, set[int]] = {}
    for number, (clause, matrices) in enumerate(clauses):
        for name in fields_read(clause, matrices):
            readers.setdefault(name, set()).add(number)
    domain = domains([(clause, one.pack.matrices) for one in rest for clause in one.unknown], asked)
    return Search(unknown, domain, look, lambda slot: frozenset(readers.get(slot[0], ())), may_be_open)


def _is_decided(ends: _Ends | None) -> bool:
    return ends is None or (ends[2] and ends[0].level == ends[1].level)


def _left_open(rest: Sequence[_Remainder], runs: Sequence[Sequence[Outcomes]], best: _Ends | None) -> tuple[str, ...]:
    """Return the clauses whose two readings differ, of those that could leave less than the lenient reading of all."""
    return tuple(
        clause.id
        for one, parts in zip(rest, runs, strict=True)
        if len(parts) > 1
        for clause, code, other in zip(one.parts[1].pack.clauses, parts[-2].outcomes, parts[-1].outcomes, strict=True)
        if code != other and (best is None or one.pack.tier(clause.caps or "").level < best[0].level)
    )


def with_placeholders(deployment: Deployment) -> Deployment:
    """Return the deployment with one item of nothing known in every listing of which nobody named an item.

    Learning which nodes there are is of no use without learning the facts of each; the placeholder stands for each.
    """
    listings = dict(deployment.listings)
    for name in LISTINGS:
        listing = deployment.listing(name)
        if not listing.items and not listing.complete:
            listings[name] = Listing((Item(f"each of the {name}", {}, {}),), False, listing.reason, listing.sources)
    return Deployment(deployment.name, deployment.facts, listings, deployment.unattributed, deployment.values)
