"""A judgement -> text for a terminal of any width: the answer first, then why, what is not known, who does what, what was not judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import wrap

from supportable.core.verdict import Judgement
from supportable.reports.outline import TELLING_MAX, FactLine, Gap, Opinion, Outline, Reason, Waived, outline
from supportable.reports.wording import MAY_NOT_APPLY, counted, read_in_words

Paint = Callable[[str, str], str]
_COLOURS = {"full": "32", "limited": "33", "unsupported": "31", "open": "36", "silent": "36"}
_PLACES_MAX = 4
_OPEN_MAX = _DECIDING_MAX = 12
_AGAINST_MAX = 4
_DEPTH = {"full": 0, "limited": 1, "unsupported": 2}


def render(judgement: Judgement, width: int = 80, colour: bool = False) -> str:
    """Return the report; `colour` adds ANSI escapes to the answer and the headings."""
    page = outline(judgement, every_clause=False)
    paint: Paint = (lambda text, code: f"\x1b[{code}m{text}\x1b[0m") if colour else (lambda text, _code: text)
    lines = [*_answer(page, width, paint)]
    for title, part in (
        ("Why", _why),
        ("Not known", _open),
        ("Recommended", _recommended),
        ("Who does what", _duties),
        ("Not claimed", _not_claimed),
    ):
        asked = _told(page) if part in _LATER else _shown(page)
        bodies = [(opinion.issuer, list(part(opinion, width))) for opinion in asked]
        bodies = [(issuer, body) for issuer, body in bodies if body]
        if bodies:
            lines += ["", paint(title, "1")]
        for issuer, body in bodies:
            lines += [*([f" {issuer}"] if len(_shown(page)) > 1 else []), *body]
    later = [one.issuer for one in _shown(page) if one not in _told(page) and (one.recommended or one.parties or one.not_claimed)]
    if later:
        told = f"What the documents of {', '.join(later)} recommend, and who does what by them, waits until it is known that they apply; "
        told += "`--format markdown` tells it all the same"
        lines += ["", *_wrapped(told, 0, 2, width)]
    if page.waivers:
        lines += ["", paint("Waivers", "1"), *(line for one in page.waivers for line in _waived(one, width))]
    left_out = [line for what, reason in (*page.not_judged, *page.unread) for line in _wrapped(f"{what}: {reason}", 2, 4, width)]
    if left_out:
        lines += ["", paint("Not judged, not read", "1"), *left_out]
    return "\n".join([*lines, "", *_judged(page, width)]) + "\n"


def _shown(page: Outline) -> tuple[Opinion, ...]:
    """Return the issuers that say something; all of them where none does."""
    return tuple(one for one in page.opinions if one.tone != "silent") or page.opinions


def _told(page: Outline) -> tuple[Opinion, ...]:
    """Return the issuers whose advice and duties are told: of several, those of which it is not sure that they say anything wait."""
    shown = _shown(page)
    return shown if len(shown) == 1 else tuple(one for one in shown if one.answer != MAY_NOT_APPLY)


def _silent(page: Outline) -> tuple[Opinion, ...]:
    """Return the issuers that are told in one line."""
    shown = _shown(page)
    return tuple(one for one in page.opinions if one not in shown)


def _answer(page: Outline, width: int, paint: Paint) -> Iterator[str]:
    yield from _wrapped(f"{page.deployment}, judged for {page.as_of} by what was published until {page.known}", 0, 2, width)
    yield ""
    if page.empty:
        yield from _wrapped("NOTHING TO JUDGE: no fact was read", 0, 2, width)
        collecting = (
            "`supportable collect` on a node gathers what can be read; `supportable facts --fields` lists what a person can write down"
        )
        yield from _wrapped(collecting, 2, 2, width)
        return
    if not page.opinions:
        yield "no pack was asked"
    for opinion in _shown(page):
        label = f" - its own words: {opinion.label}" if opinion.own_words else f" - {opinion.label}"
        if opinion.answer == MAY_NOT_APPLY and len(_shown(page)) > 1:
            # Between which grades it lies says little before anybody knows what runs.
            label = ""
        for number, line in enumerate(_wrapped(f"{opinion.issuer}: {opinion.answer}{label}", 0, 2, width)):
            word = opinion.answer.split()[0]
            yield line.replace(word, paint(word, "1;" + _COLOURS[opinion.tone]), 1) if number == 0 else line
        if opinion.without_waivers:
            yield from _wrapped(opinion.without_waivers, 2, 2, width)
    if _silent(page):
        names = ", ".join(one.issuer for one in _silent(page))
        yield from _wrapped(f"the documents of {names} say nothing about this deployment", 0, 2, width)


def _why(opinion: Opinion, width: int) -> Iterator[str]:
    for reason in opinion.why:
        outcome = f"does not hold: leaves {reason.leaves} ({reason.label})" if reason.leaves else "holds"
        yield from _wrapped(f"{reason.clause} {outcome}", 2, 4, width)
        yield from _cited(reason, width)
        yield from _facts(reason.facts, width)
    if opinion.because:
        yield from _wrapped(f"no requirement of {opinion.issuer} applies, because of", 2, 4, width)
        yield from _facts(opinion.because, width)
    for one in opinion.contradictions:
        yield from _wrapped(f"contradiction: {one.yielding} says otherwise: {one.yielding_says}", 2, 4, width)
        yield from _wrapped(f"{one.prevailing} prevails ({one.rule}): {one.why}", 4, 4, width)


def _cited(reason: Reason, width: int) -> Iterator[str]:
    yield from _wrapped(f'"{reason.quote}"' if reason.quote else reason.says, 4, 5, width)
    yield from _wrapped(reason.place, 4, 4, width)
    for row in reason.beside:
        yield from _wrapped(row, 4, 6, width)
    if reason.error:
        yield from _wrapped(f"the clause could not be evaluated: {reason.error}", 4, 4, width)


def _facts(facts: tuple[FactLine, ...], width: int) -> Iterator[str]:
    for fact in facts:
        items = [place.item for place in fact.places if place.item]
        yield from _wrapped(f"{fact.name}{_of(items)} = {fact.value}", 4, 6, width)
        sources = list(dict.fromkeys(source for place in fact.places for source in place.sources))
        yield from (f"      {source}" for source in sources[:_PLACES_MAX])
        if len(sources) > _PLACES_MAX:
            yield f"      and {len(sources) - _PLACES_MAX} more places"


def _of(items: list[str]) -> str:
    if not items:
        return ""
    more = f" and {len(items) - _PLACES_MAX} more" if len(items) > _PLACES_MAX else ""
    return " of " + ", ".join(items[:_PLACES_MAX]) + more


def _open(opinion: Opinion, width: int) -> Iterator[str]:
    facts_max, open_max = (_DECIDING_MAX, _OPEN_MAX) if opinion.applies else (TELLING_MAX, TELLING_MAX)
    if opinion.deciding_sentence:
        yield from _wrapped(opinion.deciding_sentence + (":" if opinion.deciding else ""), 2, 2, width)
    for gap in opinion.deciding[:facts_max]:
        yield from _wrapped(f"{gap.name}{_of([*gap.items])}", 4, 6, width)
        yield from _wrapped(f"get it: {gap.collect}", 6, 6, width)
    if len(opinion.deciding) > facts_max:
        names = [gap.name for gap in opinion.deciding[facts_max:]]
        then = f"then, which fewer requirements wait for: {', '.join(names)}"
        if not opinion.applies:
            then = f"then, if the documents apply: {', '.join(names[:_OPEN_MAX])}{_more(names)}"
        yield from _wrapped(then, 4, 6, width)
    # Those first that leave least, then those that wait for fewest facts.
    against = sorted((one for one in opinion.open if one.against), key=lambda one: (-_DEPTH.get(one.leaves, 0), len(one.missing)))
    if len(opinion.open) > open_max:
        names = [reason.clause for reason in opinion.open]
        told = ", ".join(names) if opinion.applies else f"{', '.join(names[:TELLING_MAX])}{_more(names, TELLING_MAX)}"
        yield from _wrapped(f"{len(names)} requirements are unknown; other formats say what each lacks: {told}", 2, 4, width)
        # What somebody looked at and could not settle is told all the same.
        doubtful = dict.fromkeys(gap for reason in opinion.open for gap in reason.missing if gap.reasons)
        yield from _missing(tuple(doubtful), width)
        yield from _against(against, width)
        return
    for reason in opinion.open:
        state = "does not hold if it applies; then" if reason.against else "is unknown; if it does not hold,"
        yield from _wrapped(f"{reason.clause} {state} {reason.leaves} is left", 2, 4, width)
        yield from _cited(reason, width)
        yield from _facts(reason.against, width)
        yield from _missing(reason.missing, width)


def _against(reasons: list[Reason], width: int) -> Iterator[str]:
    """Yield those that do not hold as things are, should they apply: what is known already speaks against support."""
    if not reasons:
        return
    known = "these of them do" if len(reasons) > 1 else "this one of them does"
    yield from _wrapped(f"{known} not hold, if {'they apply' if len(reasons) > 1 else 'it applies'}:", 2, 4, width)
    for reason in reasons[:_AGAINST_MAX]:
        facts = ", ".join(dict.fromkeys(f"{fact.name} = {fact.value}" for fact in reason.against))
        yield from _wrapped(f"{reason.clause}, which leaves {reason.leaves}: {'; '.join((facts, *reason.beside))}", 4, 6, width)
    if len(reasons) > _AGAINST_MAX:
        yield from _wrapped(f"and {len(reasons) - _AGAINST_MAX} more", 4, 6, width)


def _more(names: list[str], shown: int = _OPEN_MAX) -> str:
    return f" and {len(names) - shown} more" if len(names) > shown else ""


def _missing(gaps: tuple[Gap, ...], width: int) -> Iterator[str]:
    for gap in gaps:
        yield from _wrapped(f"missing: {gap.name}{_of([*gap.items])}", 4, 6, width)
        for reason in gap.reasons:
            yield from _wrapped(reason, 6, 6, width)


def _waived(one: Waived, width: int) -> Iterator[str]:
    yield from _wrapped(f"{one.clause}: {one.state}", 2, 4, width)
    yield from _wrapped(one.told, 4, 4, width)
    yield from _wrapped(one.place, 4, 4, width)


def _recommended(opinion: Opinion, width: int) -> Iterator[str]:
    for advice in opinion.recommended:
        yield from _wrapped(f"{advice.says} ({advice.state}; {advice.clause})", 2, 4, width)


def _duties(opinion: Opinion, width: int) -> Iterator[str]:
    for party in opinion.parties:
        yield f"  {party.name}"
        for act in party.acts:
            yield from _wrapped(f"- {act.text} ({act.clause})", 4, 6, width)


def _not_claimed(opinion: Opinion, width: int) -> Iterator[str]:
    for said in opinion.not_claimed:
        yield from _wrapped(f"{said.text} ({said.clause})", 2, 4, width)


def _judged(page: Outline, width: int) -> Iterator[str]:
    for opinion in _shown(page):
        tally = opinion.tally
        yield from _wrapped(
            f"judged by {counted(sum(tally), 'clause')} of {counted(opinion.documents_judged, 'document')} of {opinion.issuer}: "
            f"{tally.true} hold or are in force, {tally.false} do not hold, {tally.unknown} unknown, {tally.not_applicable} do not apply",
            0,
            2,
            width,
        )
    if _silent(page):
        clauses = counted(sum(sum(one.tally) for one in _silent(page)), "clause")
        documents = counted(sum(one.documents_judged for one in _silent(page)), "document")
        names = ", ".join(one.issuer for one in _silent(page))
        yield from _wrapped(f"judged by {clauses} of {documents} of {names}: no requirement applies", 0, 2, width)
    for attested in page.attested:
        yield from _wrapped(attested, 0, 2, width)
    yield from _wrapped(f"read: {read_in_words(page.read, page.silent)}", 0, 2, width)


# What is told only of issuers that surely say something, where there are several.
_LATER = (_recommended, _duties, _not_claimed)


def _wrapped(text: str, first: int, rest: int, width: int) -> list[str]:
    return wrap(text, width, initial_indent=" " * first, subsequent_indent=" " * rest, break_long_words=False, break_on_hyphens=False)
