"""A judgement -> GitHub Markdown: what the text report says, in the same order, for an issue, a merge request or a wiki.

In: a judgement. Out: Markdown whose words cannot become markup: prose is escaped, and whatever evidence says stands in code
spans, where GitHub makes neither links nor mentions nor issue references of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from supportable.core.verdict import Judgement
from supportable.reports.outline import FactLine, Gap, Opinion, Outline, Reason, outline
from supportable.reports.wording import Piece, counted, pieces

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#~!$&])")
# What GitHub links by itself: addresses, mentions, issue numbers.
_LINKED = re.compile(r"\S*(?:@|://|www\.|#\d)\S*", re.IGNORECASE)
_LINE_START = re.compile(r"\A(\d*)([-+.)=])")


def render(judgement: Judgement) -> str:
    """Return the report."""
    page = outline(judgement)
    lines = [*_answer(page)]
    for title, body in (
        ("Why", _by_issuer(page, _why)),
        ("Not known", _by_issuer(page, _open)),
        ("Recommended", _by_issuer(page, _recommended)),
        ("Who does what", _by_issuer(page, _duties)),
        ("Not claimed", _by_issuer(page, _statements)),
        ("Waivers", [f"- {code(one.clause)} {prose(one.state)}\n  - {prose(one.told)} ({code(one.place)})" for one in page.waivers]),
        ("Not judged, not read", [f"- {code(what)}: {prose(reason)}" for what, reason in (*page.not_judged, *page.unread)]),
        ("Judged", [*_judged(page)]),
    ):
        if body:
            lines += ["", f"## {title}", "", *body]
    return "\n".join(lines) + "\n"


def prose(text: str) -> str:
    """Return words as Markdown that shows exactly them; what stands between backticks becomes a code span.

    >>> prose("a <b> of `x|y`, see https://example.org")
    'a \\\\<b\\\\> of `x|y`, see `https://example.org`'
    """
    parts: list[Piece] = []
    for piece in (one for given in pieces(text) for one in ([given] if given.code else _linked(given.text))):
        # Two code spans side by side would melt into another one.
        if piece.code and parts and parts[-1].code:
            parts[-1] = Piece(parts[-1].text + piece.text, True)
        elif piece.text:
            parts.append(piece)
    return _LINE_START.sub(r"\1\\\2", "".join(code(part) if is_code else _MARKUP.sub(r"\\\1", part) for part, is_code in parts))


def _linked(text: str) -> Iterator[Piece]:
    """Split prose at what GitHub would link."""
    end = 0
    for match in _LINKED.finditer(text):
        yield Piece(text[end : match.start()], False)
        yield Piece(match.group(), True)
        end = match.end()
    yield Piece(text[end:], False)


def code(text: str) -> str:
    r"""Return a code span that shows exactly `text`.

    >>> code("a`b")
    '``a`b``'
    """
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) or not text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _cell(markdown: str) -> str:
    """Return Markdown for a table cell, where a pipe is taken for a border even inside a code span."""
    return markdown.replace("|", "\\|")


def _answer(page: Outline) -> Iterator[str]:
    yield f"# {prose(page.deployment)}"
    yield ""
    yield f"Judged for {page.as_of} by what was published until {page.known}."
    yield ""
    if not page.opinions:
        yield "Nothing to judge: no fact was read." if page.empty else "No pack was asked."
        return
    yield "| issuer | answer | the issuer's own words |"
    yield "| --- | --- | --- |"
    for opinion in page.opinions:
        without = f" ({prose(opinion.without_waivers)})" if opinion.without_waivers else ""
        yield f"| {_cell(prose(opinion.issuer))} | **{opinion.answer}**{_cell(without)} | {_cell(prose(opinion.label))} |"


def _by_issuer(page: Outline, part: Callable[[Opinion], Iterator[str]]) -> list[str]:
    lines: list[str] = []
    for opinion in page.opinions:
        body = list(part(opinion))
        if body and len(page.opinions) > 1:
            lines += ["", f"### {prose(opinion.issuer)}", ""] if lines else [f"### {prose(opinion.issuer)}", ""]
        lines += body
    return lines


def _why(opinion: Opinion) -> Iterator[str]:
    for reason in opinion.why:
        state = f"does not hold: leaves **{reason.leaves}** ({prose(reason.label)})" if reason.leaves else "holds"
        yield f"- {code(reason.clause)} {state}"
        yield from _basis(reason)
    if opinion.tone == "silent":
        yield "- no requirement applies" + (", because of" if opinion.because else "")
        yield from (f"  - {_fact(line)}" for line in opinion.because)
    for one in opinion.contradictions:
        yield f"- contradiction: {code(one.yielding)} says otherwise: {prose(one.yielding_says)}"
        yield f"  - {code(one.prevailing)} prevails ({prose(one.rule)}): {prose(one.why)}"


def _basis(reason: Reason) -> Iterator[str]:
    yield f"  - {'“' + prose(reason.quote) + '”' if reason.quote else prose(reason.says)} — {prose(reason.place)}"
    yield from (f"  - {prose(row)}" for row in reason.beside)
    if reason.error:
        yield f"  - the clause could not be evaluated: {code(reason.error)}"
    yield from (f"  - {_fact(line)}" for line in (*reason.facts, *reason.against))
    yield from (f"  - missing: {_gap(gap)}" for gap in reason.missing)


def _fact(line: FactLine) -> str:
    places = []
    for item, sources in line.places:
        where = ", ".join(map(code, sources))
        places.append(f"{code(item)} ({where})" if item and where else code(item) if item else where)
    told = "; ".join(place for place in places if place)
    return f"{code(line.name)} = {code(line.value)}" + (f" — {told}" if told else "")


def _gap(gap: Gap) -> str:
    told = code(gap.name) + (f" of {', '.join(map(code, gap.items))}" if gap.items else "")
    return told + "".join(f"; {prose(reason)}" for reason in gap.reasons)


def _open(opinion: Opinion) -> Iterator[str]:
    if opinion.deciding_sentence:
        yield f"{prose(opinion.deciding_sentence[0].upper() + opinion.deciding_sentence[1:])}{':' if opinion.deciding else '.'}"
        yield ""
    for number, gap in enumerate(opinion.deciding, 1):
        yield f"{number}. {_gap(gap)}"
        yield f"   - get it: {prose(gap.collect)}"
    if opinion.deciding and opinion.open:
        yield ""
    for reason in opinion.open:
        state = "does not hold if it applies; then" if reason.against else "is unknown; if it does not hold,"
        yield f"- {code(reason.clause)} {state} **{reason.leaves}** is left ({prose(reason.label)})"
        yield from _basis(reason)


def _recommended(opinion: Opinion) -> Iterator[str]:
    return (f"- {prose(one.says)} ({one.state}; {code(one.clause)})" for one in opinion.recommended)


def _duties(opinion: Opinion) -> Iterator[str]:
    for party in opinion.parties:
        yield f"- **{prose(party.name)}**"
        yield from (f"  - {prose(act.text)} ({code(act.clause)})" for act in party.acts)


def _statements(opinion: Opinion) -> Iterator[str]:
    return (f"- {prose(one.text)} ({code(one.clause)})" for one in opinion.not_claimed)


def _judged(page: Outline) -> Iterator[str]:
    for opinion in page.opinions:
        counts = opinion.tally
        clauses, documents = counted(len(opinion.rows), "clause"), counted(len(opinion.documents), "document")
        yield (
            f"- {clauses} of {documents} of {prose(opinion.issuer)}: {counts.true} hold or are in force, {counts.false} do not hold, "
            f"{counts.unknown} unknown, {counts.not_applicable} do not apply"
        )
        yield from (
            f"  - {prose(one.id)}: {prose(one.title)} ({prose(one.date)}; read on {one.retrieved}; {code(one.address)})"
            for one in opinion.documents
        )
    yield from (f"- {prose(attested)}" for attested in page.attested)
    for file, reader in page.read:
        yield f"- read: {code(file)} ({prose(reader)})"
    if not page.read:
        yield "- read: nothing"
