"""A clause in the way and its other readings -> a letter (Markdown that reads as plain text) that asks its issuer for an exception.

In: what `core.other_readings` found for one clause. Out: the letter, with marked blanks for what only the customer and the issuer know, and
the file of waivers to keep if it is granted. What one would get wrong: only facts that the clause reads leave the house; and the file
is refused until its blanks are filled, so that an exception nobody granted never counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from supportable.core.clauses import Level, Pack, Tier
from supportable.core.conditions import Always
from supportable.core.deployment import Deployment
from supportable.core.other_readings import InTheWay
from supportable.core.truth import FALSE
from supportable.reports.condition_words import condition_lines
from supportable.reports.markdown import code, prose
from supportable.reports.outline import fact_lines
from supportable.reports.reading_words import reading_words
from supportable.reports.wording import cited, printable, rows_beside

_SOURCES_MAX = 6


def blank(text: str) -> str:
    """Return the mark of what is left to fill in.

    >>> blank("your name")
    '**[to fill in: your name]**'
    """
    return f"**[to fill in: {text}]**"


def render(one: InTheWay, deployment: Deployment, level: Level, as_of: str, known: str) -> str:
    """Return the letter."""
    finding = one.finding
    clause, pack = finding.clause, finding.pack
    name = code(printable(deployment.name))
    lines = [
        f"# Request for a written exception to {code(clause.id)}",
        "",
        f"To: {prose(pack.issuer)}, {blank('who decides on exceptions')}  ",
        f"From: {blank('name, company, support contract')}  ",
        f"Date: {blank('day')}",
        "",
        f"We ask for a written exception to one clause of your policy, for the deployment {name}, until {blank('day')}.",
        f'By your documents as published until {known}, and for {as_of}, this clause leaves it at "{prose(one.tier.label)}" '
        f"({one.tier.level.word}). We ask for {prose(_asked_for(pack, level))}.",
        "",
        "## The clause",
        "",
        *_clause(one),
        "",
        "## What runs",
        "",
        "These are the facts that the clause asks for, and where each was read:",
        "",
        *_facts(one),
        "",
        "## What does not hold",
        "",
        "The clause asks, as we understand it:",
        "",
        *(f"    {line}" for line in condition_lines(clause.requires or Always(FALSE))),
        "",
        "By the facts above, that does not hold here.",
        *(f"\n- {prose(row)}" for row in rows_beside(finding)),
        "",
        "## What we ask for",
        "",
        *_readings(one),
        "",
        "## What we do meanwhile",
        "",
        blank("how the risk behind the clause is kept low, who watches it, and when the exception will no longer be needed"),
        "",
        "## If you grant it",
        "",
        "Please answer with a reference, the name of who approved it, and its last day. We keep it as this file, beside the evidence;",
        "it counts from the day of your letter to that last day, and comes up again when the clause changes:",
        "",
        "```yaml",
        *skeleton(one, deployment, level),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _clause(one: InTheWay) -> Iterator[str]:
    clause, pack = one.finding.clause, one.finding.pack
    document = pack.document(clause.citation.document)
    quote, place = cited(clause, pack)
    yield f"> {prose(quote)}" if quote else prose(printable(clause.says))
    yield ""
    yield f"- document: {prose(document.title)}"
    yield f"- place: {prose(place)}"
    if document.address:
        yield f"- address: {code(document.address)}"
    if quote:
        yield f"- in our words: {prose(printable(clause.says))}"


def _facts(one: InTheWay) -> Iterator[str]:
    for fact in fact_lines(one.finding.facts):
        items = [place.item for place in fact.places if place.item]
        of = f" of {', '.join(map(code, items))}" if items else ""
        yield f"- {code(f'{fact.name} = {fact.value}')}{of}"
        sources = list(dict.fromkeys(source for place in fact.places for source in place.sources))
        more = f" and {len(sources) - _SOURCES_MAX} more places" if len(sources) > _SOURCES_MAX else ""
        if sources:
            yield f"  - read in {', '.join(map(code, sources[:_SOURCES_MAX]))}{more}"


def _asked_for(pack: Pack, level: Level) -> str:
    tier = _enough(pack, level)
    return f'"{tier.label}" ({tier.level.word})'


def _readings(one: InTheWay) -> Iterator[str]:
    # A reading after which something would still have to be looked at is not known to be enough.
    sure = [reading for reading in one.readings if not reading.missing]
    if all(reading.waives for reading in sure):
        yield "That the clause is not held against this deployment. No smaller change of its text would do."
        return
    yield "Any one of these would do, the smallest change of your text first. The clause would not be in the way"
    yield ""
    for number, reading in enumerate(sure, 1):
        yield f"{number}. {prose(reading_words(reading, one.finding.pack))}"


def _enough(pack: Pack, level: Level) -> Tier:
    """Return the lowest tier that will do: nobody asks for more than is needed."""
    return [tier for tier in pack.tiers if tier.level >= level][-1]


def skeleton(one: InTheWay, deployment: Deployment, level: Level) -> Iterator[str]:
    """Yield the lines of the file of waivers, with blanks for what the issuer's letter will say."""
    clause, pack = one.finding.clause, one.finding.pack
    yield "waivers:"
    yield f"  - clause: {_quoted(clause.id)}"
    yield f"    issuer: {_quoted(pack.issuer)}"
    yield "    reference:       # of the issuer's letter"
    yield "    approver:        # who approved it"
    yield "    reason:          # why it was asked for"
    yield "    granted:         # the day of the letter, year-month-day"
    yield "    until:           # the last day with its time zone, for example 2027-12-31+01:00"
    yield f"    clause_digest: {_quoted(clause.digest)}  # how the clause reads now"
    yield f"    deployments: [{_quoted(deployment.name)}]"
    tier = _enough(pack, level)
    if tier != pack.tiers[0]:
        yield f"    leaves: {_quoted(tier.id)}"


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back; what a file should not hold as it is stands escaped."""
    return json.dumps(text, ensure_ascii=not text.isprintable())
