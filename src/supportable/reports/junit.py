"""A judgement -> JUnit XML as CI systems read it: one suite an issuer, one case a requirement or recommendation.

In: a judgement. Out: XML text. JUnit has no word for "unknown": a requirement that could fail and is unknown is a failure of
type `unknown`, because nothing passes for the reason that nobody looked. There is no time stamp: same input, same bytes.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.etree import ElementTree

from supportable.core.verdict import Finding, Judgement, Verdict
from supportable.core.waivers import Waiver
from supportable.reports.outline import advice_state
from supportable.reports.sarif import JUDGED
from supportable.reports.wording import answer, cited, collect, named, not_judged, printable, rows_beside, shown, waiver_needed


class Result(NamedTuple):
    """What a case holds beside its name: `tag` is failure, error, skipped, or empty for a case that passes."""

    tag: str
    kind: str
    message: str


def render(judgement: Judgement) -> str:
    """Return the XML document."""
    root = ElementTree.Element("testsuites", {"name": _clean(f"supportable: {judgement.deployment.name}")})
    suites = [_suite(verdict, judgement) for verdict in judgement.verdicts] or [_empty_suite(judgement)]
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    root.extend(suites)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(verdict: Verdict, judgement: Judgement) -> ElementTree.Element:
    excepted = {one.waiver.clause: one.waiver for one in judgement.waivers if one.counts and not one.waiver.leaves}
    judged = [(finding, _result(finding, excepted.get(finding.clause.id))) for finding in verdict.findings if finding.clause.kind in JUDGED]
    tags = [result.tag for _, result in judged]
    suite = _element(
        "testsuite",
        name=verdict.issuer,
        tests=str(len(judged)),
        failures=str(tags.count("failure")),
        errors=str(tags.count("error")),
        skipped=str(tags.count("skipped")),
        time="0",
    )
    suite.append(_properties(verdict, judgement))
    suite.extend(_case(verdict, finding, result) for finding, result in judged)
    suite.append(_said("system-out", _not_read(judgement)))
    return suite


def _empty_suite(judgement: Judgement) -> ElementTree.Element:
    suite = _element("testsuite", name="supportable", tests="0", failures="0", errors="0", skipped="0", time="0")
    suite.append(_said("system-out", ["no pack was asked", *_not_read(judgement)]))
    return suite


def _properties(verdict: Verdict, judgement: Judgement) -> ElementTree.Element:
    properties = _element("properties")
    for name, value in (
        ("deployment", judgement.deployment.name),
        ("as_of", judgement.as_of),
        ("known", judgement.known),
        ("answer", answer(verdict)),
        ("label", verdict.label),
    ):
        properties.append(_element("property", name=name, value=value))
    return properties


def _case(verdict: Verdict, finding: Finding, result: Result) -> ElementTree.Element:
    case = _element("testcase", classname=f"{verdict.issuer}.{finding.clause.citation.document}", name=finding.clause.id, time="0")
    if not result.tag:
        return case
    attributes = {"message": result.message} if result.tag == "skipped" else {"type": result.kind, "message": result.message}
    body = _element(result.tag, **attributes)
    if result.tag != "skipped":
        body.text = "\n".join(map(_clean, _basis(finding)))
    case.append(body)
    return case


def _result(finding: Finding, waiver: Waiver | None) -> Result:
    clause = finding.clause
    if waiver is not None and finding.outcome in ("false", "unknown") and not finding.error:
        state = "does not hold" if finding.outcome == "false" else "unknown"
        return Result("skipped", "waiver", f"{state}, by waiver {waiver.reference} of {waiver.issuer} until {waiver.until}: {clause.says}")
    if finding.error:
        return Result("error", "clause-error", f"the clause could not be evaluated: {finding.error}")
    if finding.outcome == "not-applicable":
        return Result("skipped", "not-applicable", "does not apply")
    if clause.kind == "recommendation":
        # A recommendation never lowers a level, so it does not fail a build either.
        return (
            _PASSED
            if finding.outcome == "true"
            else Result("skipped", finding.outcome, f"recommended, {advice_state(finding)}: {clause.says}")
        )
    tier = finding.pack.tier(clause.caps or "")
    if finding.outcome == "false":
        return Result("failure", tier.level.word, f"does not hold, leaves {tier.level.word} ({tier.label}): {clause.says}")
    if finding.harmless:
        return Result("skipped", "unknown", "not known whether it applies, but it cannot fail")
    if finding.outcome == "unknown":
        return Result("failure", "unknown", f"unknown; if it does not hold, {tier.level.word} is left ({tier.label}): {clause.says}")
    return _PASSED


_PASSED = Result("", "", "")


def _basis(finding: Finding) -> list[str]:
    quote, place = cited(finding.clause, finding.pack)
    lines = [f'"{quote}"' if quote else finding.clause.says, place, *rows_beside(finding)]
    for read in finding.facts:
        lines.append(f"{named(read)} = {shown(read.fact)}")
        lines += [f"  {source}" for source in read.fact.sources]
    for read in finding.missing:
        lines.append(f"missing: {named(read)}")
        lines.append(f"  get it: {collect(read.field)}")
    return lines


def _not_read(judgement: Judgement) -> list[str]:
    lines = [f"not read: {one.file}: {one.reason}" for one in judgement.unread]
    lines += [f"not judged: {what}: {reason}" for what, reason in not_judged(judgement)]
    lines += [
        f"waiver {one.waiver.reference} for {one.waiver.clause}: {waiver_needed(one, judgement.verdicts)}" for one in judgement.waivers
    ]
    return lines or ["everything that was named was read"]


def _said(tag: str, lines: list[str]) -> ElementTree.Element:
    element = _element(tag)
    element.text = "\n".join(map(_clean, lines))
    return element


def _element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(tag, {name: _clean(value) for name, value in attributes.items()})


def _clean(text: str) -> str:
    """Return text that XML 1.0 allows: `printable` leaves no control character, surrogate or noncharacter."""
    return printable(text)
