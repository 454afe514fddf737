"""A judgement -> what a page says, in the order of the text report, as plain values that markdown and HTML only dress.

In: a judgement. Out: `Outline`; every text in it is printable (control characters escaped) and not yet escaped for any format.
Facts of many nodes with the same value stand together: 64 nodes are one line with 64 places, not 64 lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from supportable.core.attestations import Age, ages
from supportable.core.clauses import Document
from supportable.core.evaluate import Read
from supportable.core.facts import Known, Unknown
from supportable.core.fields import LISTINGS
from supportable.core.truth import Truth
from supportable.core.verdict import Finding, Judgement, Verdict
from supportable.core.waiving import Standing
from supportable.reports.wording import (
    CONFIDENCE_WORDS,
    Tally,
    answer,
    cited,
    collect,
    counted,
    dated,
    duties,
    named,
    not_judged,
    printable,
    rows_beside,
    shown,
    slot_name,
    tally,
    waiver_needed,
    without_waivers,
)


class Where(NamedTuple):
    """Where one fact was read; `item` is the node, empty for a fact of the whole deployment."""

    item: str
    sources: tuple[str, ...]


class FactLine(NamedTuple):
    """One field with one value, and every place that says so."""

    name: str
    value: str
    places: tuple[Where, ...]


class Gap(NamedTuple):
    """One field that is missing, of which items, how to get it, and why it is unknown although somebody looked."""

    name: str
    items: tuple[str, ...]
    collect: str
    reasons: tuple[str, ...]


class Reason(NamedTuple):
    """One clause that decides, or could: the facts it rests on, or those it lacks.

    `leaves` and `label` are the level and the grade that remain when it fails, empty where it holds. `beside` are the rows of tables
    that listed the deployment until a day that has passed, or that come nearest to it, in words. `against` are, of a clause of which
    only whether it applies is unknown, the facts for which it does not hold then.
    """

    facts: tuple[FactLine, ...]
    missing: tuple[Gap, ...]
    beside: tuple[str, ...]
    against: tuple[FactLine, ...]
    clause: str
    says: str
    leaves: str
    label: str
    quote: str
    place: str
    error: str


class Waived(NamedTuple):
    """One waiver: the clause, how it stands, and what its issuer wrote."""

    clause: str
    state: str
    counts: bool
    told: str
    place: str


class Advice(NamedTuple):
    """One recommendation that is not followed, or not known to be."""

    clause: str
    says: str
    state: str


class Said(NamedTuple):
    """One sentence with the clause it comes from."""

    clause: str
    text: str


class Party(NamedTuple):
    """Who acts, and what."""

    name: str
    acts: tuple[Said, ...]


class Disagreement(NamedTuple):
    """Two clauses that contradict each other, and the rule that chose."""

    prevailing: str
    yielding: str
    yielding_says: str
    rule: str
    why: str


class Row(NamedTuple):
    """One clause with its outcome."""

    clause: str
    kind: str
    outcome: str
    says: str
    place: str


class Text(NamedTuple):
    """One document that was applied."""

    id: str
    title: str
    date: str
    retrieved: str
    address: str
    note: str


_LEFT_OPEN_MAX = 3
TELLING_MAX = 2
"""How many facts stand first because they tell whether documents apply."""


class Opinion(NamedTuple):
    """What one issuer says; `applies` is false while it is not sure that it says anything.

    `tone` is full, limited, unsupported, open or silent; `worst` and `best` are empty where it is silent.
    """

    issuer: str
    answer: str
    tone: str
    label: str
    own_words: bool
    applies: bool
    worst: str
    best: str
    why: tuple[Reason, ...]
    because: tuple[FactLine, ...]
    contradictions: tuple[Disagreement, ...]
    deciding_sentence: str
    deciding: tuple[Gap, ...]
    open: tuple[Reason, ...]
    recommended: tuple[Advice, ...]
    parties: tuple[Party, ...]
    not_claimed: tuple[Said, ...]
    rows: tuple[Row, ...]
    documents: tuple[Text, ...]
    documents_judged: int
    tally: Tally
    without_waivers: str = ""


class Outline(NamedTuple):
    """What a page says; `silent` are the files that were read and hold no fact."""

    deployment: str
    as_of: str
    known: str
    opinions: tuple[Opinion, ...]
    not_judged: tuple[tuple[str, str], ...]
    unread: tuple[tuple[str, str], ...]
    read: tuple[tuple[str, str], ...]
    waivers: tuple[Waived, ...] = ()
    attested: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    empty: bool = False
    """Whether nothing at all is known of the deployment."""


def outline(judgement: Judgement, every_clause: bool = True) -> Outline:
    """Return what a page about `judgement` says.

    Without `every_clause`, `rows` and `documents` stay empty, and `because` too unless no issuer says anything: closed packs stay closed.
    There are no opinions about a deployment of which nothing is known.
    """
    told = not judgement.empty
    every_because = every_clause or not any(verdict.applies for verdict in judgement.verdicts)
    return Outline(
        printable(judgement.deployment.name),
        judgement.as_of,
        judgement.known,
        tuple(_opinion(verdict, every_clause, every_because) for verdict in (judgement.verdicts if told else ())),
        tuple((printable(what), printable(reason)) for what, reason in (not_judged(judgement) if told else ())),
        tuple((printable(one.file), printable(one.reason)) for one in judgement.unread),
        tuple((printable(file), printable(reader)) for file, reader in judgement.read),
        tuple(_waived(one, judgement) for one in judgement.waivers),
        tuple(_attested(one) for one in ages(judgement.deployment.facts, judgement.as_of)),
        judgement.silent,
        judgement.empty,
    )


def _attested(age: Age) -> str:
    told = (
        f"{counted(age.days, 'day')} before the day judged for"
        if age.days >= 0
        else f"{counted(-age.days, 'day')} after the day judged for"
    )
    return f"{age.field} = {age.value} was attested on {age.made_on}, {told}"


def _waived(standing: Standing, judgement: Judgement) -> Waived:
    waiver = standing.waiver
    told = f"{waiver.issuer}, {waiver.reference}, granted {waiver.granted} until {waiver.until}"
    told += f", approved by {waiver.approver}: {waiver.reason}"
    state = waiver_needed(standing, judgement.verdicts)
    return Waived(printable(waiver.clause), printable(state), standing.counts, printable(told), printable(str(waiver.source)))


def _opinion(verdict: Verdict, every_clause: bool, every_because: bool) -> Opinion:
    return Opinion(
        issuer=printable(verdict.issuer),
        answer=answer(verdict),
        tone=tone_of(verdict),
        label=printable(verdict.label),
        own_words=verdict.decided and verdict.applies and verdict.without_waivers is None,
        applies=verdict.surely_applies,
        worst=verdict.worst.word if verdict.worst is not None else "",
        best=verdict.best.word if verdict.best is not None else "",
        why=_why(verdict),
        because=_because(verdict) if every_because else (),
        contradictions=tuple(
            Disagreement(*map(printable, (one.prevailing.id, one.yielding.id, one.yielding.says, one.rule.replace("-", " "), one.why)))
            for one in verdict.contradictions
        ),
        deciding_sentence=deciding_sentence(verdict),
        deciding=_deciding(verdict),
        open=tuple(_reason(finding, True) for finding in verdict.open),
        recommended=tuple(
            Advice(finding.clause.id, printable(finding.clause.says), advice_state(finding))
            for finding in verdict.telling
            if finding.clause.kind == "recommendation" and finding.outcome in ("false", "unknown")
        ),
        parties=_parties(verdict),
        not_claimed=tuple(
            Said(finding.clause.id, printable(finding.clause.says))
            for finding in verdict.telling
            if finding.clause.kind == "statement" and finding.outcome == "true"
        ),
        rows=tuple(_row(finding) for finding in verdict.findings) if every_clause else (),
        documents=_documents(verdict) if every_clause else (),
        documents_judged=len(verdict.cited),
        tally=tally(verdict),
        without_waivers=printable(without_waivers(verdict)),
    )


def tone_of(verdict: Verdict) -> str:
    """Return the name of the colour of a verdict: its level, `open` while it is undecided, `silent` where nothing is said."""
    if not verdict.applies:
        return "silent"
    return verdict.level.word if verdict.level is not None else "open"


def _why(verdict: Verdict) -> tuple[Reason, ...]:
    if verdict.failed:
        return tuple(_reason(finding, True) for finding in verdict.failed)
    if not verdict.applies or not verdict.decided:
        return ()
    return tuple(
        _reason(finding, False) for finding in verdict.telling if finding.clause.kind == "requirement" and finding.outcome == "true"
    )


def _reason(finding: Finding, can_fail: bool) -> Reason:
    tier = finding.pack.tier(finding.clause.caps or "")
    quote, place = cited(finding.clause, finding.pack)
    leaves, label = (tier.level.word, tier.label) if can_fail else ("", "")
    plain = (finding.clause.id, finding.clause.says, leaves, label, quote, place, finding.error)
    facts, speaking_against = (fact_lines(finding.facts), ()) if finding.outcome != "unknown" else ((), against(finding))
    beside = rows_beside(finding, if_it_applies=bool(speaking_against))
    return Reason(facts, gaps(finding.missing), beside, speaking_against, *map(printable, plain))


def against(finding: Finding) -> tuple[FactLine, ...]:
    """Return the facts for which a clause that may apply does not hold if it does; none where it fails whatever is known."""
    if finding.error or finding.clause.requires is None:
        return ()
    requires = finding.explainer.evaluate(finding.clause.requires)
    if requires.truth is not Truth.FALSE:
        return ()
    return fact_lines(read for read in requires.reads if not isinstance(read.fact, Unknown))


def _because(verdict: Verdict) -> tuple[FactLine, ...]:
    """The facts for which no requirement applies."""
    if verdict.applies:
        return ()
    return fact_lines(dict.fromkeys(read for finding in verdict.findings if finding.clause.kind == "requirement" for read in finding.facts))


def _deciding(verdict: Verdict) -> tuple[Gap, ...]:
    """The facts that decide, those first for which most requirements wait.

    Where no requirement surely applies, those stand first that tell whether they do, then those on which the lowest grade hangs.
    """
    found = gaps(Read(field, item, Unknown("")) for field, item in verdict.deciding.slots)
    waiting = Counter(name for finding in verdict.open for name in {read.field for read in finding.missing})
    found = tuple(sorted(found, key=lambda gap: -waiting[gap.name]))
    if verdict.surely_applies:
        return found
    telling: Counter[str] = Counter()
    at_stake: dict[str, int] = {}
    for finding in (one for one in verdict.open if not one.error):
        rank = finding.pack.tier_rank(finding.clause.caps or "")
        for part, reads in enumerate(one.missing for one in finding.evaluations()):
            telling.update({read.field for read in reads} if part == 0 else ())
            at_stake.update({read.field: max(rank, at_stake.get(read.field, 0)) for read in reads if part == 1})
    first = sorted(found, key=lambda gap: -telling[gap.name])[:TELLING_MAX]
    return (*first, *sorted((gap for gap in found if gap not in first), key=lambda gap: -at_stake.get(gap.name, 0)))


def _parties(verdict: Verdict) -> tuple[Party, ...]:
    by_party: dict[str, list[Said]] = {}
    for party, text, finding in duties(verdict):
        name = party.replace("-", " ") + (f" ({verdict.issuer})" if party == "support-provider" else "")
        by_party.setdefault(printable(name), []).append(Said(finding.clause.id, printable(text)))
    return tuple(Party(name, tuple(acts)) for name, acts in by_party.items())


def _row(finding: Finding) -> Row:
    clause = finding.clause
    place = f"{clause.citation.document}, {clause.citation.section}"
    return Row(printable(clause.id), clause.kind, outcome_words(finding), printable(clause.says), printable(place))


def _documents(verdict: Verdict) -> tuple[Text, ...]:
    found: dict[str, Text] = {}
    for finding in verdict.findings:
        document = finding.pack.document(finding.clause.citation.document)
        if document.id not in found:
            found[document.id] = _document(document)
    return tuple(found.values())


def _document(document: Document) -> Text:
    confidence = CONFIDENCE_WORDS[document.confidence]
    note = "; ".join(part for part in (confidence, document.note) if part)
    plain = (document.id, document.title, dated(document), document.retrieved, document.address, note)
    return Text(*map(printable, plain))


def outcome_words(finding: Finding) -> str:
    """Return how a finding came out, in words that fit its kind."""
    judged = finding.clause.kind in ("requirement", "recommendation")
    if finding.harmless:
        return "unknown, cannot fail"
    words = {"true": "holds" if judged else "in force", "false": "does not hold", "unknown": "unknown", "not-applicable": "does not apply"}
    return words[finding.outcome]


def advice_state(finding: Finding) -> str:
    """Return whether a recommendation is known not to be followed, and the rows of tables that have ended."""
    return "; ".join(("not followed", *rows_beside(finding))) if finding.outcome == "false" else "not known whether followed"


def deciding_sentence(verdict: Verdict) -> str:
    """Return the sentence that introduces the deciding set; empty where the verdict is decided or there is none."""
    if verdict.decided:
        return ""
    deciding = verdict.deciding
    count = len(deciding.slots)
    clauses = list(map(printable, deciding.left_open[:_LEFT_OPEN_MAX]))
    if len(deciding.left_open) > _LEFT_OPEN_MAX:
        clauses.append(f"{len(deciding.left_open) - _LEFT_OPEN_MAX} more")
    named = " and ".join([", ".join(clauses[:-1]), clauses[-1]] if len(clauses) > 1 else clauses)
    leave, issuer = "leaves" if len(clauses) == 1 else "leave", printable(verdict.issuer)
    if not count:
        return f"no fact decides this verdict: {named} {leave} it open; ask {issuer}"
    facts, they = ("this one fact decides", "it turns") if count == 1 else (f"these {count} facts decide", "they turn")
    most = "" if deciding.smallest else " (a smaller set may do; it was not found in time)"
    if not clauses:
        return f"{facts} the verdict, whatever {they} out to be{most}"
    return f"{facts} the verdict{most}, unless {they} out to be what {named} {leave} open: then ask {issuer}"


def fact_lines(reads: Iterable[Read]) -> tuple[FactLine, ...]:
    """Return facts with the same field and value as one line, in the order in which they were first read."""
    found: dict[tuple[str, str], list[Where]] = {}
    for read in reads:
        name = named(read) if read.field in LISTINGS else read.field
        sources = tuple(dict.fromkeys(_source(source.file, source.line, source.place, read.field) for source in read.fact.sources))
        found.setdefault((name, shown(read.fact)), []).append(Where(printable(read.item or ""), sources))
    return tuple(FactLine(name, value, tuple(places)) for (name, value), places in found.items())


def _source(file: str, line: int | None, place: str | None, field: str) -> str:
    where = file if line is None else f"{file}:{line}"
    return printable(where if place is None or place == field else f"{where} ({place})")


def gaps(reads: Iterable[Read]) -> tuple[Gap, ...]:
    """Return missing facts of the same field as one gap, in the order in which they were first missed."""
    items: dict[str, list[str]] = {}
    reasons: dict[str, list[str]] = {}
    for field, item, fact in reads:
        items.setdefault(field, [])
        reasons.setdefault(field, [])
        if item is not None and field not in LISTINGS:
            items[field].append(printable(item))
        if isinstance(fact, Unknown) and fact.sources:
            reasons[field].append(printable(fact.reason))
        assert not isinstance(fact, Known)
    return tuple(Gap(slot_name(field, None), tuple(items[field]), collect(field), tuple(dict.fromkeys(reasons[field]))) for field in items)
