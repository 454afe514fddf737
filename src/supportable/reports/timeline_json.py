"""A timeline -> JSON, schema `supportable/timeline/1` (`schemas/timeline.json`); the same timeline gives the same bytes.

In: a `Timeline`. Out: one JSON document. What one would get wrong: `from` and `until` of a span are `null` where nobody asked for a
first or a last day; a span without an `until` holds as far as anything is known, and no further.
"""

from __future__ import annotations

import json
from typing import Any

from supportable.core.clauses import Document
from supportable.core.timeline import Course, Span, Timeline, Turn
from supportable.core.turning import Cause, Event
from supportable.core.verdict import Verdict

SCHEMA = "supportable/timeline/1"


def render(found: Timeline) -> str:
    """Return the timeline as one JSON document."""
    document = {
        "schema": SCHEMA,
        "deployment": found.deployment.name,
        "as_of": found.asked.as_of,
        "known": found.asked.known,
        "from": found.asked.since,
        "until": found.asked.until,
        "issuers": [_course(one) for one in found.courses],
        "read": [{"file": file, "reader": reader} for file, reader in found.read],
        "unread": [{"file": one.file, "reason": one.reason} for one in found.unread],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _course(course: Course) -> dict[str, Any]:
    return {
        "issuer": course.issuer,
        "says_something": course.speaks,
        "first_date": course.first,
        "last_date": course.last,
        "clauses": course.clauses,
        "documents": course.documents,
        "spans": [_span(one) for one in course.spans],
        "turns": [_turn(one) for one in course.turns],
    }


def _span(span: Span) -> dict[str, Any]:
    plain = span.verdict.without_waivers
    return {
        "from": span.first,
        "until": span.last,
        **_levels(span.verdict),
        "surely_applies": span.verdict.surely_applies,
        "without_waivers": _levels(plain) if plain is not None else None,
    }


def _levels(verdict: Verdict) -> dict[str, Any]:
    names = {"level": verdict.level, "worst": verdict.worst, "best": verdict.best}
    words = {name: one.word if one is not None else None for name, one in names.items()}
    return {"applies": verdict.applies, **words, "label": verdict.label}


def _turn(turn: Turn) -> dict[str, Any]:
    return {"day": turn.day, "causes": [_cause(one) for one in turn.causes]}


def _cause(cause: Cause) -> dict[str, Any]:
    citation = cause.clause.citation
    tiers = {name: cause.pack.tier(one) for name, one in (("left", cause.left), ("leaves", cause.leaves))}
    return {
        "clause": cause.clause.id,
        "says": cause.clause.says,
        "confidence": cause.clause.confidence,
        "citation": {"document": citation.document, "section": citation.section, "words": citation.words},
        "before": cause.before,
        "after": cause.after,
        **{name: {"level": tier.level.word, "label": tier.label} for name, tier in tiers.items()},
        "events": [_event(one) for one in cause.events],
    }


def _event(event: Event) -> dict[str, Any]:
    citation = event.citation
    return {
        "kind": event.kind,
        "what": event.what,
        "name": event.name,
        "table": event.table or None,
        "items": list(event.items),
        "through": event.through or None,
        "document": _document(event.document) if event.document is not None else None,
        "section": citation.section if citation is not None else None,
        "words": citation.words if citation is not None else None,
    }


def _document(document: Document) -> dict[str, Any]:
    names = ("id", "title", "address", "revision", "published", "not_before", "retrieved", "confidence")
    return {name: getattr(document, name) for name in names}
