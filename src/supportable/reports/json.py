"""A judgement -> JSON, schema `supportable/verdict/1` (`schemas/verdict.json`); the same judgement gives the same bytes."""

from __future__ import annotations

import json
from typing import Any

from supportable.core.attestations import ages
from supportable.core.clauses import Document
from supportable.core.endings import endings
from supportable.core.evaluate import Read
from supportable.core.facts import Known
from supportable.core.fields import LISTINGS
from supportable.core.near_rows import near_rows
from supportable.core.verdict import Finding, Judgement, Verdict
from supportable.core.waiving import Standing
from supportable.reports.condition_words import condition_lines
from supportable.reports.wording import collect, not_judged

SCHEMA = "supportable/verdict/1"


def render(judgement: Judgement) -> str:
    """Return the judgement as one JSON document."""
    document = {
        "schema": SCHEMA,
        "deployment": judgement.deployment.name,
        "as_of": judgement.as_of,
        "known": judgement.known,
        "verdicts": [verdict_of(verdict) for verdict in judgement.verdicts],
        "read": [{"file": file, "reader": reader} for file, reader in judgement.read],
        "unread": [{"file": one.file, "reason": one.reason} for one in judgement.unread],
        "not_judged": [{"what": what, "reason": reason} for what, reason in not_judged(judgement)],
        "attestations": [
            {"field": one.field, "value": one.value, "made_on": one.made_on, "age_days": one.days}
            for one in ages(judgement.deployment.facts, judgement.as_of)
        ],
        "waivers": [_waiver_of(one) for one in judgement.waivers],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _waiver_of(standing: Standing) -> dict[str, Any]:
    waiver = standing.waiver
    names = ("clause", "issuer", "reference", "approver", "reason", "granted", "until", "clause_digest")
    found: dict[str, Any] = {name: getattr(waiver, name) for name in names}
    found |= {"deployments": list(waiver.deployments), "leaves": waiver.leaves or None}
    source = {"file": waiver.source.file, "line": waiver.source.line, "place": waiver.source.place}
    return {**found, "counts": standing.counts, "why_not": standing.why, "source": source}


def _levels_of(verdict: Verdict) -> dict[str, Any]:
    return {
        "level": verdict.level.word if verdict.level is not None else None,
        "worst": verdict.worst.word if verdict.worst is not None else None,
        "best": verdict.best.word if verdict.best is not None else None,
        "label": verdict.label,
    }


def verdict_of(verdict: Verdict) -> dict[str, Any]:
    """Return one verdict as plain values."""
    deciding = verdict.deciding
    return {
        "issuer": verdict.issuer,
        "applies": verdict.applies,
        **_levels_of(verdict),
        "by_waiver": verdict.without_waivers is not None,
        "without_waivers": _levels_of(verdict.without_waivers) if verdict.without_waivers is not None else None,
        "deciding": list(dict.fromkeys(field for field, _ in deciding.slots)),
        "deciding_facts": [{"field": field, "item": item, "collect": collect(field)} for field, item in deciding.slots],
        "deciding_is_smallest": deciding.smallest,
        "decidable": deciding.decides,
        "left_open": list(deciding.left_open),
        "contradictions": [
            {
                "prevailing": one.prevailing.id,
                "yielding": one.yielding.id,
                "yielding_says": one.yielding.says,
                "rule": one.rule,
                "why": one.why,
            }
            for one in verdict.contradictions
        ],
        "documents": [_document_of(document) for document in _documents(verdict)],
        "findings": [finding_of(finding) for finding in verdict.findings],
    }


def _documents(verdict: Verdict) -> list[Document]:
    found = {finding.clause.citation.document: finding.pack for finding in verdict.findings}
    return [pack.document(document) for document, pack in found.items()]


def _document_of(document: Document) -> dict[str, Any]:
    names = ("id", "title", "address", "revision", "published", "retrieved", "confidence")
    return {name: getattr(document, name) for name in names}


def finding_of(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain values."""
    clause = finding.clause
    found: dict[str, Any] = {"clause": clause.id, "kind": clause.kind, "outcome": finding.outcome, "says": clause.says}
    if clause.kind == "requirement":
        tier = finding.pack.tier(clause.caps or "")
        found["caps"] = {"tier": tier.id, "label": tier.label, "level": tier.level.word}
        found["can_fail"] = finding.outcome == "unknown" and not finding.harmless
    if clause.kind == "duty":
        found |= {
            "party": clause.party,
            "modality": clause.modality,
            "act": clause.act,
            "when": list(clause.when),
            "until": list(clause.until),
        }
    if clause.kind == "responsibility":
        found |= {"party": clause.party, "layer": clause.layer}
    if clause.kind == "include":
        found["documents"] = list(clause.documents)
    if finding.error:
        found["error"] = finding.error
    elif finding.outcome == "false":
        rows = endings(clause, finding.pack.matrices, finding.explainer.deployment)
        if rows:
            found["ended"] = [{"matrix": one.matrix, "row": one.row, "until": one.until, "item": one.item} for one in rows]
        near = near_rows(clause, finding.pack.matrices, finding.explainer.deployment)
        if near:
            found["near_rows"] = [
                {"matrix": one.matrix, "row": one.row, "field": one.field, "asks": condition_lines(one.cell)[0], "item": one.item}
                for one in near
            ]
    found["facts"] = [_fact_of(read) for read in finding.facts]
    found["missing"] = [
        {**_place_of(read), "reason": getattr(read.fact, "reason", ""), "collect": collect(read.field)} for read in finding.missing
    ]
    found["confidence"] = clause.confidence
    found["citation"] = {"document": clause.citation.document, "section": clause.citation.section, "words": clause.citation.words}
    return found


def _fact_of(read: Read) -> dict[str, Any]:
    sources = [{"file": source.file, "line": source.line, "place": source.place} for source in read.fact.sources]
    return {**_place_of(read), "value": read.fact.value if isinstance(read.fact, Known) else None, "sources": sources}


def _place_of(read: Read) -> dict[str, Any]:
    of_node = read.field.startswith("nodes.")
    place: dict[str, Any] = {"field": read.field, "node": read.item if of_node else None}
    if read.item is not None and not of_node and read.field not in LISTINGS:
        place["item"] = read.item
    return place
