"""A judgement -> SARIF 2.1.0: one run, one rule a clause that is judged, one result a finding.

In: a judgement. Out: JSON text. Only a failed clause has kind `fail` and a level; a clause nobody has the facts for is `open`,
never `pass`. SARIF demands that every kind but `fail` has the level `none`, and that braces in messages are doubled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

from supportable.core.clauses import Clause, Level, Pack
from supportable.core.evaluate import Read
from supportable.core.facts import Source
from supportable.core.verdict import Finding, Judgement, Verdict
from supportable.core.waiving import Standing
from supportable.reports.outline import advice_state
from supportable.reports.wording import answer, cited, collect, named, not_judged, printable, rows_beside, shown

JUDGED = ("requirement", "recommendation")
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "EVIDENCE"
_LEVELS = {Level.UNSUPPORTED: "error", Level.LIMITED: "warning", Level.FULL: "note"}
_NOTIFICATIONS = (
    ("unread-file", "A file gave no facts."),
    ("clause-error", "A clause could not be evaluated."),
    ("not-judged", "Something was left out of the judgement."),
)


def render(judgement: Judgement) -> str:
    """Return the SARIF log."""
    findings = [(verdict, finding) for verdict in judgement.verdicts for finding in verdict.findings if finding.clause.kind in JUDGED]
    failed = any(finding.error for _, finding in findings)
    run = {
        "tool": {"driver": _driver(finding for _, finding in findings)},
        "originalUriBaseIds": {
            _BASE: {"description": _message("What was named to the command: a folder, an archive, or a file's folder.")}
        },
        "invocations": [{"executionSuccessful": not failed, "toolExecutionNotifications": list(_notifications(judgement))}],
        "results": [_result(judgement, verdict, finding, index) for index, (verdict, finding) in enumerate(findings)],
        "properties": {
            "deployment": judgement.deployment.name,
            "asOf": judgement.as_of,
            "known": judgement.known,
            "verdicts": [_summary(verdict) for verdict in judgement.verdicts],
        },
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _driver(findings: Iterable[Finding]) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "supportable"}
    try:
        driver["version"] = version("supportable")
    except PackageNotFoundError:
        pass
    driver["rules"] = [_rule(finding.clause, finding.pack) for finding in findings]
    driver["notifications"] = [{"id": one, "shortDescription": _message(text)} for one, text in _NOTIFICATIONS]
    return driver


def _rule(clause: Clause, pack: Pack) -> dict[str, Any]:
    document = pack.document(clause.citation.document)
    quote_, place = cited(clause, pack)
    help_text = f"{clause.says} Source: {place}; {document.title}." + (f" It says: “{quote_}”." if quote_ else "")
    rule: dict[str, Any] = {
        "id": clause.id,
        "shortDescription": _message(clause.says),
        "fullDescription": _message(clause.why or clause.says),
        "help": _message(help_text),
        "defaultConfiguration": {"level": _level(clause, pack)},
        "properties": {
            "tags": [pack.issuer, clause.kind],
            "document": document.id,
            "section": clause.citation.section,
            "revision": document.revision,
            "confidence": clause.confidence,
        },
    }
    if document.address.startswith(("https://", "http://")):
        rule["helpUri"] = quote(document.address, safe="/:?#[]@!$&'()*+,;=%~")
    return rule


def _level(clause: Clause, pack: Pack) -> str:
    return "note" if clause.caps is None else _LEVELS[pack.tier(clause.caps).level]


def _kind(finding: Finding) -> str:
    """`open`: evaluated without enough facts; `informational`: unknown, but it cannot fail."""
    if finding.harmless:
        return "informational"
    return {"false": "fail", "true": "pass", "unknown": "open", "not-applicable": "notApplicable"}[finding.outcome]


def _result(judgement: Judgement, verdict: Verdict, finding: Finding, index: int) -> dict[str, Any]:
    kind = _kind(finding)
    mark = "\0".join((judgement.deployment.name, verdict.issuer, finding.pack.id, finding.clause.id))
    result: dict[str, Any] = {
        "ruleId": finding.clause.id,
        "ruleIndex": index,
        "kind": kind,
        "level": _level(finding.clause, finding.pack) if kind == "fail" else "none",
        "message": _message(_told(finding)),
        "partialFingerprints": {"supportableClause/v1": sha256(mark.encode("utf-8", "surrogatepass")).hexdigest()},
        "properties": {"issuer": verdict.issuer, "outcome": finding.outcome},
    }
    if judgement.waivers:
        # SARIF 3.27.23: where one result says whether it is suppressed, all do.
        result["suppressions"] = [_suppression(one) for one in judgement.waivers if one.counts and one.waiver.clause == finding.clause.id]
    locations = [*_locations(_reads(finding))]
    if locations:
        # SARIF: more than one location only when all must change at once; the others are related.
        result["locations"] = locations[:1]
    if locations[1:]:
        result["relatedLocations"] = [{"id": number, **one} for number, one in enumerate(locations[1:], 1)]
    return result


def _suppression(standing: Standing) -> dict[str, Any]:
    waiver = standing.waiver
    told = f"{waiver.issuer}, {waiver.reference}, until {waiver.until}, approved by {waiver.approver}: {waiver.reason}"
    return {"kind": "external", "status": "accepted", "justification": printable(told)}


def _told(finding: Finding) -> str:
    """Return the message: its first sentence says what came out, because viewers may show no more."""
    clause = finding.clause
    state = {"true": "holds", "false": "does not hold", "unknown": "unknown", "not-applicable": "does not apply"}[finding.outcome]
    if clause.kind == "recommendation" and finding.outcome in ("false", "unknown"):
        state = advice_state(finding)
    sentences = [f"{state[0].upper()}{state[1:]}: {clause.says}"]
    if clause.caps is not None and finding.outcome in ("false", "unknown") and not finding.harmless:
        tier = finding.pack.tier(clause.caps)
        sentences.append(
            f"{'It leaves' if finding.outcome == 'false' else 'If it does not hold, it leaves'} {tier.level.word} ({tier.label})."
        )
    if finding.error:
        sentences.append(f"The clause could not be evaluated: {finding.error}.")
    rows = rows_beside(finding) if clause.kind == "requirement" else ()
    sentences += [f"{row[0].upper()}{row[1:]}." for row in rows]
    facts = [f"{named(read)} = {shown(read.fact)}" for read in finding.facts]
    sentences += [f"Facts: {'; '.join(facts)}."] if facts else []
    missing = [named(read) for read in finding.missing]
    sentences += [f"Missing: {'; '.join(missing)}."] if missing else []
    hints = list(dict.fromkeys(collect(read.field) for read in finding.missing))
    sentences += [f"How to get it: {'; '.join(hints)}."] if hints else []
    return " ".join(sentences)


def _reads(finding: Finding) -> list[Read]:
    """Return the facts of a finding, the telling ones first: what the clause requires, before what makes it apply."""
    used = dict.fromkeys([*finding.missing, *finding.facts])
    if not finding.error and finding.outcome != "not-applicable":
        applies, requires = finding.evaluations()
        used = dict.fromkeys(read for read in (*requires.reads, *applies.reads) if read in used)
    return sorted(used, key=lambda read: not read.fact.sources)


def _locations(reads: Iterable[Read]) -> Iterator[dict[str, Any]]:
    """Yield the places of facts, each file and line once; a fact that no file holds is named, not placed."""
    seen: set[tuple[str, int | None]] = set()
    for read in reads:
        logical = {"fullyQualifiedName": printable(named(read))}
        for source in read.fact.sources:
            if (source.file, source.line) not in seen:
                seen.add((source.file, source.line))
                yield {"physicalLocation": _physical(source), "logicalLocations": [logical]}
        if not read.fact.sources:
            yield {"logicalLocations": [logical]}


def _physical(source: Source) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(source.file)}
    if source.line is not None and source.line >= 1:
        place["region"] = {"startLine": source.line}
    return place


def _artifact(file: str) -> dict[str, Any]:
    """Return a file as a URI reference relative to what was named; a colon must not look like a scheme."""
    return {"uri": quote(file.replace("\\", "/").lstrip("/").encode("utf-8", "surrogatepass"), safe="/"), "uriBaseId": _BASE}


def _notifications(judgement: Judgement) -> Iterator[dict[str, Any]]:
    for unread in judgement.unread:
        yield {
            **_notification("unread-file", "warning", f"Not read: {unread.file}: {unread.reason}"),
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(unread.file)}}],
        }
    for one in judgement.waivers:
        if not one.counts:
            yield _notification("not-judged", "note", f"Waiver {one.waiver.reference} for {one.waiver.clause} does not count: {one.why}")
    for what, reason in not_judged(judgement):
        yield _notification("not-judged", "note", f"Not judged: {what}: {reason}")
    for verdict in judgement.verdicts:
        for finding in verdict.findings:
            if finding.error:
                text = f"The clause {finding.clause.id} could not be evaluated: {finding.error}"
                yield _notification("clause-error", "error", text)


def _notification(name: str, level: str, text: str) -> dict[str, Any]:
    index = [one for one, _ in _NOTIFICATIONS].index(name)
    return {"descriptor": {"id": name, "index": index}, "level": level, "message": _message(text)}


def _message(text: str) -> dict[str, str]:
    """Return a plain-text message: placeholders and embedded links in it are what the text says, not markup."""
    plain = printable(text).replace("{", "{{").replace("}", "}}")
    return {"text": plain.replace("[", "\\[").replace("]", "\\]") if "](" in plain else plain}


def _summary(verdict: Verdict) -> dict[str, Any]:
    return {
        "issuer": verdict.issuer,
        "applies": verdict.applies,
        "answer": answer(verdict),
        "label": verdict.label,
        "worst": verdict.worst.word if verdict.worst is not None else None,
        "best": verdict.best.word if verdict.best is not None else None,
    }
