"""A judgement -> text for a terminal of any width: the answer first, then why, what is not known, who does what, what was not judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import wrap

from supportable.core.facts import Unknown
from supportable.core.verdict import Finding, Judgement, Verdict
from supportable.reports.wording import answer, cited, collect, duties, named, not_judged, printable, read_in_words, shown, slot_name, tally

Paint = Callable[[str, str], str]
_COLOURS = {"FULL": "32", "LIMITED": "33", "UNSUPPORTED": "31", "UNDECIDED": "36", "SAYS": "36"}


def render(judgement: Judgement, width: int = 80, colour: bool = False) -> str:
    """Return the report; `colour` adds ANSI escapes to the answer and the headings."""
    paint = _painter(colour)
    lines = [*_answer(judgement, width, paint)]
    for title, body in (
        ("Why", [line for verdict in judgement.verdicts for line in _why(verdict, width)]),
        ("Not known", [line for verdict in judgement.verdicts for line in _open(verdict, width)]),
        ("Recommended", [line for verdict in judgement.verdicts for line in _recommended(verdict, width)]),
        ("Who does what", [line for verdict in judgement.verdicts for line in _duties(verdict, width)]),
        ("Not claimed", [line for verdict in judgement.verdicts for line in _statements(verdict, width)]),
        ("Not judged, not read", [*_not_judged(judgement, width)]),
    ):
        if body:
            lines += ["", paint(title, "1"), *body]
    lines += ["", *_judged(judgement, width)]
    return "\n".join(lines) + "\n"


def _painter(colour: bool) -> Paint:
    return (lambda text, code: f"\x1b[{code}m{text}\x1b[0m") if colour else (lambda text, _code: text)


def _answer(judgement: Judgement, width: int, paint: Paint) -> Iterator[str]:
    yield from _wrapped(
        f"{printable(judgement.deployment.name)}, judged for {judgement.as_of} by what was published until {judgement.known}", "", "", width
    )
    yield ""
    if not judgement.verdicts:
        yield "no pack was asked"
    for verdict in judgement.verdicts:
        word = answer(verdict)
        head = f"{verdict.issuer}: {word}"
        label = verdict.label
        quoted = label if not verdict.decided or not verdict.applies else f"its own words: {label}"
        painted = paint(word, "1;" + _COLOURS[word.split()[0]])
        for number, line in enumerate(wrap(f"{head} - {quoted}", width, subsequent_indent="  ")):
            yield line.replace(word, painted, 1) if number == 0 else line


def _why(verdict: Verdict, width: int) -> Iterator[str]:
    for finding in verdict.failed:
        tier = finding.pack.tier(finding.clause.caps or "")
        yield from _wrapped(f"{finding.clause.id} does not hold: leaves {tier.level.word} ({tier.label})", "  ", "    ", width)
        yield from _basis(finding, width)
    if verdict.applies and not verdict.failed and verdict.decided:
        for finding in verdict.findings:
            if finding.clause.kind == "requirement" and finding.outcome == "true":
                yield from _wrapped(f"{finding.clause.id} holds", "  ", "    ", width)
                yield from _basis(finding, width)
    if not verdict.applies:
        facts = dict.fromkeys(read for finding in verdict.findings if finding.clause.kind == "requirement" for read in finding.facts)
        yield from _wrapped("no requirement applies, because of", "  ", "    ", width)
        for read in facts:
            yield from _wrapped(f"{named(read)} = {shown(read.fact)}", "    ", "      ", width)
            yield from (f"      {printable(str(source))}" for source in read.fact.sources)
    for one in verdict.contradictions:
        yield from _wrapped(f"contradiction: {one.yielding.id} says otherwise: {one.yielding.says}", "  ", "    ", width)
        yield from _wrapped(f"{one.prevailing.id} prevails ({one.rule.replace('-', ' ')}): {one.why}", "    ", "    ", width)


def _basis(finding: Finding, width: int) -> Iterator[str]:
    yield from _citation(finding, width)
    if finding.error:
        yield from _wrapped(f"the clause could not be evaluated: {finding.error}", "    ", "    ", width)
    for read in finding.facts:
        yield from _wrapped(f"{named(read)} = {shown(read.fact)}", "    ", "      ", width)
        yield from (f"      {printable(str(source))}" for source in read.fact.sources)


def _citation(finding: Finding, width: int) -> Iterator[str]:
    quote, place = cited(finding.clause, finding.pack)
    yield from _wrapped(finding.clause.says if not quote else f'"{quote}"', "    ", "     ", width)
    yield from _wrapped(place, "    ", "    ", width)


def _open(verdict: Verdict, width: int) -> Iterator[str]:
    deciding = verdict.deciding
    if not verdict.decided:
        if not deciding.decides:
            yield from _wrapped("no set of facts decides this verdict; the documents leave it open", "  ", "  ", width)
        elif deciding.slots:
            count = len(deciding.slots)
            what = "this one fact decides" if count == 1 else f"these {count} facts decide"
            most = "" if deciding.smallest else " (a smaller set may do; it was not found in time)"
            yield from _wrapped(
                f"{what} the verdict, whatever {'it turns' if count == 1 else 'they turn'} out to be{most}:", "  ", "  ", width
            )
        for field, item in deciding.slots:
            yield from _wrapped(slot_name(field, item), "    ", "      ", width)
            yield from _wrapped("get it: " + collect(field), "      ", "      ", width)
    for finding in verdict.open:
        tier = finding.pack.tier(finding.clause.caps or "")
        yield from _wrapped(f"{finding.clause.id} is unknown; if it does not hold, {tier.level.word} is left", "  ", "    ", width)
        yield from _citation(finding, width)
        if finding.error:
            yield from _wrapped(f"the clause could not be evaluated: {finding.error}", "    ", "    ", width)
        for read in finding.missing:
            yield from _wrapped(f"missing: {slot_name(read.field, read.item)}", "    ", "      ", width)
            if isinstance(read.fact, Unknown) and read.fact.sources:
                yield from _wrapped(printable(read.fact.reason), "      ", "      ", width)


def _recommended(verdict: Verdict, width: int) -> Iterator[str]:
    for finding in verdict.findings:
        if finding.clause.kind == "recommendation" and finding.outcome in ("false", "unknown"):
            state = "not followed" if finding.outcome == "false" else "not known whether followed"
            yield from _wrapped(f"{finding.clause.says} ({state}; {finding.clause.id})", "  ", "    ", width)


def _duties(verdict: Verdict, width: int) -> Iterator[str]:
    by_party: dict[str, list[str]] = {}
    for party, text, finding in duties(verdict):
        by_party.setdefault(party, []).extend(_wrapped(f"- {text} ({finding.clause.id})", "    ", "      ", width))
    for party, lines in by_party.items():
        yield f"  {party.replace('-', ' ')}" + (f" ({verdict.issuer})" if party == "support-provider" else "")
        yield from lines


def _statements(verdict: Verdict, width: int) -> Iterator[str]:
    for finding in verdict.findings:
        if finding.clause.kind == "statement" and finding.outcome == "true":
            yield from _wrapped(f"{finding.clause.says} ({finding.clause.id})", "  ", "    ", width)


def _not_judged(judgement: Judgement, width: int) -> Iterator[str]:
    for what, reason in not_judged(judgement):
        yield from _wrapped(f"{printable(what)}: {printable(reason)}", "  ", "    ", width)
    for unread in judgement.unread:
        yield from _wrapped(f"{printable(unread.file)}: {printable(unread.reason)}", "  ", "    ", width)


def _judged(judgement: Judgement, width: int) -> Iterator[str]:
    for verdict in judgement.verdicts:
        counts = tally(verdict)
        documents = len({finding.clause.citation.document for finding in verdict.findings})
        yield from _wrapped(
            f"judged by {len(verdict.findings)} clauses of {documents} documents of {verdict.issuer}: {counts.true} hold or are in force, "
            f"{counts.false} do not hold, {counts.unknown} unknown, {counts.not_applicable} do not apply",
            "",
            "  ",
            width,
        )
    yield from _wrapped(f"read: {read_in_words(judgement.read)}", "", "  ", width)


def _wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    return wrap(text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False)
