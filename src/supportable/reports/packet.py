"""A redacted case -> the members of a packet: a page, the same as JSON, a TSANet collaboration request, and a manifest.

In: what `packets` hands over. Out: names with bytes; the same case gives the same bytes on every machine: times are UTC, numbers have six
digits. What the policy holds against anybody is not in it: that is no business of another vendor.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

from supportable.core.conduct import Next, next_acts
from supportable.core.deployment import Deployment
from supportable.core.evaluate import Read
from supportable.core.events import Event
from supportable.core.facts import Known, Unknown
from supportable.core.ledger import Done, reproduction_of
from supportable.core.process import Standing
from supportable.core.redaction import Redacted, Renamed
from supportable.core.verdict import Judgement, Verdict
from supportable.reports.case_html import PLACES, Report, interval
from supportable.reports.case_json import case_of, clause_of, decision_of, standing_of, verdict_of
from supportable.reports.case_words import WANTING, CaseLike, event_words, in_order, missing_for, party_name, sources_of
from supportable.reports.outline import fact_lines, outline
from supportable.reports.wording import answer, counted, printable

SCHEMA = "supportable/packet/1"
TO_FILL = (
    "documentId",
    "receiverInternalCaseNumber",
    "priority",
    "escalationInstructions",
    "submitterContactDetails.name",
    "submitterContactDetails.email",
    "submitterContactDetails.phone",
)
"""Fields of a collaboration request that only its sender knows."""
SUMMARY_MOST, DESCRIPTION_MOST = 500, 5000
"""The limits that TSANet states for the summary and description of a note; a request states none of its own."""


class ReferralLike(Protocol):
    """What a report needs of a referral."""

    @property
    def done(self) -> Done: ...
    @property
    def clauses(self) -> tuple[Standing, ...]: ...


class PacketLike(Protocol):
    """What a report needs of a packet."""

    @property
    def case(self) -> CaseLike: ...
    @property
    def recipient(self) -> str: ...
    @property
    def renamed(self) -> tuple[Renamed, ...]: ...
    @property
    def left_out(self) -> Mapping[str, int]: ...
    @property
    def events_left_out(self) -> int: ...
    @property
    def referrals(self) -> Sequence[ReferralLike]: ...
    @property
    def possible(self) -> tuple[Standing, ...]: ...
    @property
    def environments(self) -> Mapping[str, Redacted]: ...
    @property
    def sides(self) -> frozenset[str]: ...


def members(packet: PacketLike, events: Sequence[Event]) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a packet, the manifest of the others last; `events` are those that concern the recipient."""
    shown = in_order(events)
    made = [
        ("packet.html", render(packet, shown)),
        ("packet.json", _document(packet_of(packet, shown))),
        ("tsanet.json", _document(request_of(packet, shown))),
    ]
    whole = [(name, text.encode()) for name, text in made]
    yield from whole
    listed = [
        {"name": name, "bytes": len(data), "sha256": sha256(data).hexdigest(), "to_fill": list(TO_FILL) if name == "tsanet.json" else []}
        for name, data in whole
    ]
    manifest = {"schema": "supportable/packet-manifest/1", "case": packet.case.id, "receipt": _receipt(packet), "members": listed}
    yield "MANIFEST.json", _document(manifest).encode()


def _document(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _receipt(packet: PacketLike) -> dict[str, Any]:
    return {"number": packet.case.log[-1].number, "digest": packet.case.log[-1].digest}


def utc(at: str) -> str:
    """Return a time of a log in words, in UTC wherever it is read.

    >>> utc("2026-11-25T15:46:00Z")
    '2026-11-25 15:46 UTC'
    """
    return f"{at[:10]} {at[11:16]} UTC"


def packet_of(packet: PacketLike, events: Sequence[Event]) -> dict[str, Any]:
    """Return a packet as plain values, schema `supportable/packet/1`."""
    case = packet.case
    opening = case.opening
    return {
        "schema": SCHEMA,
        "recipient": packet.recipient,
        "case": {
            "id": case.id,
            "title": opening["title"],
            "opened": opening["when"],
            "issuer": opening["issuer"],
            "as_of": opening["as_of"],
            "known": opening["known"],
            "state": case_of(case)["state"],
            "receipt": _receipt(packet),
        },
        "verdict": {**verdict_of(case.verdict), "findings": _findings(case.verdict)},
        "referral": {
            "recorded": [
                {
                    "event": one.done.number,
                    "when": one.done.when,
                    "act": one.done.body["act"],
                    "text": one.done.body["text"],
                    "clauses": [clause_of(each.clause) for each in one.clauses],
                }
                for one in packet.referrals
            ],
            "possible": [standing_of(one) for one in packet.possible],
        },
        "duties": [
            {"party": one.party, **{place: [standing_of(each) for each in getattr(one, place)] for place in Next._fields[1:]}}
            for one in _duties(packet)
        ],
        "events": [
            {
                "number": event.number,
                "when": event.body["when"],
                "kind": event.kind,
                "words": event_words(event),
                "body": _body(event),
            }
            for event in events
        ],
        "trials": [_rounded(_trial(environment, decision, packet)) for environment, decision in reproduction_of(case.ledger)],
        "deployment": _deployment(case.deployment),
        "left_out": {
            "facts": sum(packet.left_out.values()),
            "fields": [{"field": field, "facts": count} for field, count in packet.left_out.items()],
            "events": packet.events_left_out,
        },
        "names_replaced": dict(sorted(_counted(packet.renamed).items())),
    }


def _counted(renamed: Sequence[Renamed]) -> Counter[str]:
    return Counter(kind for kind, _ in {(one.kind, one.pseudonym) for one in renamed})


def _duties(packet: PacketLike) -> list[Next]:
    case = packet.case
    return [one for one in next_acts(case.ledger.state, case.duties) if one.party in packet.sides] if case.ledger.state.is_open else []


def _findings(verdict: Verdict) -> list[dict[str, Any]]:
    return [{"kind": finding.clause.kind, "outcome": finding.outcome, **(clause_of(finding.clause) or {})} for finding in verdict.findings]


def _body(event: Event) -> dict[str, Any]:
    """Return what an event says, without digests of what the recipient does not have."""
    body = {name: value for name, value in event.body.items() if name not in ("deployment", "read", "unread", "when")}
    if "environment" in body:
        body["environment"] = {name: value for name, value in body["environment"].items() if name != "digest"}
    return body


def _trial(environment: Any, decision: Any, packet: PacketLike) -> dict[str, Any]:
    made = decision_of(environment, decision)
    made["environment"] = {name: value for name, value in made["environment"].items() if name != "digest"}
    attempts = [one for one in packet.case.ledger.attempts if one.environment == environment.name]
    made["attempts"] = [
        {
            "event": one.number,
            "when": one.when,
            "by": one.by,
            "outcome": one.outcome,
            "trials": one.trials,
            "reason": one.reason,
            "evidence": [{"file": file, "sha256": digest} for file, digest in one.evidence],
            "components": [{"component": component, "value": value} for component, value in one.components],
        }
        for one in attempts
    ]
    found = packet.environments.get(environment.name)
    made["facts"] = _deployment(found.deployment)["facts"] if found is not None else []
    return made


def _rounded(value: Any) -> Any:
    """Return plain values with six digits, which are the same on every machine."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def reads(deployment: Deployment) -> Iterator[Read]:
    """Yield every fact of a deployment that somebody looked for, and the completeness of every list."""
    for name, fact in sorted(deployment.facts.items()):
        yield Read(name, None, fact)
    for listing, found in sorted(deployment.listings.items()):
        whole = Known(len(found.items), found.sources) if found.complete else Unknown(found.reason, found.sources)
        yield Read(listing, None, whole)
        for name in dict.fromkeys(name for item in found.items for name in sorted(item.facts)):
            yield from (Read(name, item.name, item.facts[name]) for item in found.items if name in item.facts)


def _deployment(deployment: Deployment) -> dict[str, Any]:
    listings = [
        {"listing": name, "items": [item.name for item in one.items], "complete": one.complete}
        for name, one in sorted(deployment.listings.items())
    ]
    return {"name": deployment.name, "listings": listings, "facts": [_fact(read) for read in reads(deployment)]}


def _fact(read: Read) -> dict[str, Any]:
    fact = read.fact
    sources = [{"file": one.file, "line": one.line, "place": one.place} for one in fact.sources]
    state = "known" if isinstance(fact, Known) else "unknown" if isinstance(fact, Unknown) else "absent"
    value, reason = getattr(fact, "value", None), getattr(fact, "reason", None)
    return {"field": read.field, "item": read.item, "state": state, "value": value, "reason": reason, "sources": sources}


def request_of(packet: PacketLike, events: Sequence[Event]) -> dict[str, Any]:
    """Return the fields of a TSANet Connect collaboration request; those in `TO_FILL` are empty, for the sender to fill."""
    case = packet.case
    summary = f"{case.opening['title']} ({case.opening['issuer']}: {answer(case.verdict)})"
    lines = [
        f"Issue: {case.opening['title']}",
        f"Policy: {case.opening['issuer']}, {answer(case.verdict)}: {case.verdict.label}",
        *(f"Referred on {utc(one.done.when)}: {'; '.join(each.clause.says for each in one.clauses)}" for one in packet.referrals),
        "Happened:",
        *(f"- {utc(event.body['when'])}: {event_words(event)}" for event in events),
        "Facts, trials and duties: packet.html and packet.json.",
    ]
    return {
        "documentId": "",
        "internalCaseNumber": case.id,
        "receiverInternalCaseNumber": "",
        "problemSummary": cut(printable(summary), SUMMARY_MOST),
        "problemDescription": cut("\n".join(map(printable, lines)), DESCRIPTION_MOST),
        "priority": "",
        "adminNote": "",
        "escalationInstructions": "",
        "submitterContactDetails": {"name": "", "email": "", "phone": ""},
        "customFields": [],
        "internalNotes": [],
        "testSubmission": False,
    }


def cut(text: str, most: int) -> str:
    """Return a text of at most so many UTF-16 units, which is what services count; a cut one ends with three dots.

    >>> cut("abcdef", 5), cut("abcde", 5)
    ('ab...', 'abcde')
    """
    if _units(text) <= most:
        return text
    kept = text[: most - 3]
    while _units(kept) > most - 3:
        kept = kept[:-1]
    return kept + "..."


def _units(text: str) -> int:
    return len(text) + sum(one > "\uffff" for one in text)


class _Page(Report):
    """The page of a packet, dressed as the other pages of a case."""

    def packet(self, packet: PacketLike, events: Sequence[Event]) -> str:
        case = packet.case
        judged = Judgement(case.deployment, (case.verdict,), case.opening["as_of"], case.opening["known"])
        return self._page(
            "packet.html.jinja",
            sources_of(case.verdict),
            title=f"{case.id}: for the {party_name(packet.recipient)}",
            eyebrow=f"For the {party_name(packet.recipient)}",
            case=case,
            packet=packet,
            events=events,
            efforts=_efforts(events),
            opinion=outline(judged).opinions[0],
            nexts=[one._asdict() for one in _duties(packet)],
            places=PLACES,
            missing=missing_for(case.verdict),
            labels=WANTING,
            found=reproduction_of(case.ledger),
            interval=interval,
            lines=fact_lines(reads(case.deployment)),
            left_out=sum(packet.left_out.values()),
            names=sorted(_counted(packet.renamed).items()),
            few=6,
        )


def _efforts(events: Sequence[Event]) -> list[Mapping[str, Any]]:
    """Return each effort as it was recorded last, in the order in which they were begun."""
    found: dict[str, Mapping[str, Any]] = {}
    for event in events:
        if event.kind == "recorded" and event.body["what"] == "effort":
            found[event.body["effort"]] = {**event.body, "number": event.number}
    return list(found.values())


def render(packet: PacketLike, events: Sequence[Event]) -> str:
    """Return the page."""
    return _Page(0, utc).packet(packet, events)


def told(packet: PacketLike, output: str, names: Mapping[str, int], form: str) -> str:
    """Return what went into a packet and what did not, as text or JSON, for its sender."""
    left_out = sum(packet.left_out.values())
    if form == "json":
        parts = {"events": packet.events_left_out, "facts": left_out, "fields": dict(packet.left_out)}
        made = {"packet": output, "recipient": packet.recipient, "left_out": parts, "names_replaced": dict(sorted(names.items()))}
        return _document({"schema": "supportable/packet-summary/1", "case": packet.case.id, **made, "to_fill": list(TO_FILL)})
    replaced = ", ".join(counted(count, kind) for kind, count in sorted(names.items()))
    lines = [
        f"{output}: case {packet.case.id} for the {party_name(packet.recipient)}",
        "  judged again as redacted: the same verdict, every clause as before",
        f"  names replaced: {replaced or 'none'}",
        f"  left out: {counted(left_out, 'fact')} that no clause and no trial reads, {counted(packet.events_left_out, 'event')} of others",
        f"  to be filled in tsanet.json: {', '.join(TO_FILL)}",
        "  read packet.html before you send it: people may have typed names that no evidence holds",
    ]
    return "\n".join(lines) + "\n"
