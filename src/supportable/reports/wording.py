"""How facts, findings and duties read in every report: one wording, so that formats differ in form only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from supportable.core.clauses import Clause, Document, Pack
from supportable.core.endings import endings
from supportable.core.evaluate import Read
from supportable.core.facts import Absent, Fact, Known
from supportable.core.fields import LISTINGS, collect_hint
from supportable.core.near_rows import NearRow, near_rows
from supportable.core.verdict import Finding, Judgement, Verdict
from supportable.core.waiving import Standing
from supportable.reports.condition_words import condition_lines

_SILENT_MAX = 3
MAY_NOT_APPLY = "UNDECIDED, and the documents may not apply"

CONFIDENCE_WORDS = {
    "full": "",
    "part": "read in part",
    "excerpt": "known from an excerpt",
    "secondary": "known from a secondary source",
    "code": "known from a vendor's script",
}


def printable(text: str) -> str:
    """Return `text` with control characters escaped: evidence must not steer a terminal.

    >>> printable("a\\x1b[31m")
    'a\\\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def shown(fact: Fact) -> str:
    """Return the value of a fact as a deployment file writes it; for an unknown one the reason."""
    match fact:
        case Known(value):
            return str(value).lower() if isinstance(value, bool) else printable(str(value))
        case Absent():
            return "none"
        case _:
            return f"unknown: {printable(fact.reason)}"


def named(read: Read) -> str:
    """Return the name of a fact: the field, and the item it belongs to."""
    if read.field in LISTINGS:
        return f"number of {read.field}" if isinstance(read.fact, Known) else f"the complete list of {read.field}"
    return read.field if read.item is None else f"{read.field} of {printable(read.item)}"


def slot_name(field: str, item: str | None) -> str:
    """Return the name of a fact that is missing."""
    if field in LISTINGS:
        return f"the complete list of {field}"
    return field if item is None else f"{field} of {printable(item)}"


def collect(field: str) -> str:
    """Return how to get a fact."""
    return collect_hint(field)


def dated(document: Document) -> str:
    """Return how a document is dated."""
    revision = (
        f"revision {document.revision}"
        if document.revision[:1].isdigit() and document.revision != document.published
        else document.revision
    )
    if document.published is None or document.published in revision:
        return revision
    return f"{revision}, {document.published}"


class Cited(NamedTuple):
    """A citation in words: `quote` is empty where no literal words of the document are available."""

    quote: str
    place: str


def cited(clause: Clause, pack: Pack) -> Cited:
    """Return the citation of a clause."""
    document = pack.document(clause.citation.document)
    words = clause.citation.words
    confidence = CONFIDENCE_WORDS[clause.confidence]
    place = f"{document.id}, {clause.citation.section} ({dated(document)}{'; ' + confidence if confidence else ''})"
    return Cited("" if words.startswith("[") else words, place)


def rows_beside(finding: Finding, *, if_it_applies: bool = False) -> tuple[str, ...]:
    """Return the rows of tables that have ended, or come nearest, in words, for a finding that does not hold; items of one row together.

    With `if_it_applies` those that have ended, also for one that does not hold should it apply.
    """
    if (finding.outcome != "false" and not if_it_applies) or finding.error:
        return ()
    asked = finding.clause, finding.pack.matrices, finding.explainer.deployment
    told = [(f"row {one.row} of the table {one.matrix} ended on {one.until}", one.item) for one in endings(*asked)]
    told += [] if if_it_applies else [(_near(one), one.item) for one in near_rows(*asked)]
    items: dict[str, list[str]] = {}
    for text, item in told:
        items.setdefault(text, []).extend([item] if item is not None else [])
    return tuple(text + (f" ({', '.join(map(printable, names))})" if names else "") for text, names in items.items())


def _near(one: NearRow) -> str:
    """Say in which cell a row differs; it is near, and not accepted."""
    (asked,) = condition_lines(one.cell)
    return f"near, not accepted: row {one.row} of the table {one.matrix} asks that {asked}; it is {shown(one.fact)}"


class Duty(NamedTuple):
    """Who may, must or must not do what, and when."""

    party: str
    text: str
    finding: Finding


def duties(verdict: Verdict) -> Iterator[Duty]:
    """Yield the duties and responsibilities that apply, in the order of the packs."""
    for finding in verdict.telling:
        clause = finding.clause
        if finding.outcome != "true" and not (finding.outcome == "unknown" and clause.kind == "duty"):
            continue
        prefix = "if this applies: " if finding.outcome == "unknown" else ""
        if clause.kind == "duty":
            yield Duty(clause.party, prefix + clause.says, finding)
        elif clause.kind == "responsibility":
            yield Duty(clause.party, f"answers for {clause.layer}", finding)


def answer(verdict: Verdict) -> str:
    """Return the level in capitals, or what stands in its place, and whether it rests on a waiver."""
    return _answer(verdict) + (" BY WAIVER" if verdict.without_waivers is not None else "")


def _answer(verdict: Verdict) -> str:
    if not verdict.applies:
        return "SAYS NOTHING"
    if verdict.level is not None:
        return verdict.level.word.upper()
    assert verdict.worst is not None and verdict.best is not None
    if not verdict.surely_applies:
        return MAY_NOT_APPLY
    return f"UNDECIDED between {verdict.worst.word} and {verdict.best.word}"


def without_waivers(verdict: Verdict) -> str:
    """Return what the verdict is without the waivers that changed it, in words; empty where none did."""
    plain = verdict.without_waivers
    if plain is None:
        return ""
    words = answer(plain)
    return f"without waivers {words if plain.level is None else words.lower()} ({plain.label})"


def waiver_needed(standing: Standing, verdicts: Iterable[Verdict]) -> str:
    """Return how a waiver stands: that it counts and is needed, that nothing needs it, or why it does not count."""
    if not standing.counts:
        return f"does not count: {standing.why}"
    codes = [one.outcome for verdict in verdicts for one in verdict.findings if one.clause.id == standing.waiver.clause]
    needed = any(code in ("false", "unknown") for code in codes)
    return "counts" if needed else "not needed now: the clause holds or does not apply"


class Tally(NamedTuple):
    """How many clauses of a verdict came out how."""

    true: int
    false: int
    unknown: int
    not_applicable: int


def tally(verdict: Verdict) -> Tally:
    """Count the findings by outcome."""
    outcomes = [finding.outcome for finding in verdict.telling]
    told = Tally(*(outcomes.count(one) for one in ("true", "false", "unknown", "not-applicable")))
    return told._replace(not_applicable=told.not_applicable + sum(one.clauses for one in verdict.closed))


def not_judged(judgement: Judgement) -> list[tuple[str, str]]:
    """Return what was not judged, each with the reason: documents set aside, documents pointed to, facts of no known machine."""
    rows = [(document, reason) for verdict in judgement.verdicts for document, reason in verdict.set_aside]
    judged = {document for verdict in judgement.verdicts for document in verdict.cited}
    for verdict in judgement.verdicts:
        for finding in verdict.telling:
            if finding.clause.kind == "include" and finding.outcome in ("true", "unknown"):
                rows += [
                    (one, f"{finding.clause.citation.document} points to it; it was not asked for, or no pack holds it")
                    for one in finding.clause.documents
                    if one not in judged
                ]
    rows += [
        (one.source.file, f"`{one.field}` was read, but several machines are named near this file and it does not say which it is about")
        for one in judgement.deployment.unattributed
    ]
    return list(dict.fromkeys(rows))


def read_in_words(read: tuple[tuple[str, str], ...], silent: tuple[str, ...] = ()) -> str:
    """Return which files were read: by name when they are few, else how many by each reader; and those of them that hold no fact."""
    if not read:
        return "nothing"
    if len(read) <= 4:
        return ", ".join(f"{printable(file)} ({reader}{', no fact' if file in silent else ''})" for file, reader in read)
    readers = [reader for _, reader in read]
    told = f"{len(read)} files: " + ", ".join(f"{readers.count(one)} by {one}" for one in dict.fromkeys(readers))
    if silent:
        told += f"; no fact in {counted(len(silent), 'file')}: {', '.join(map(printable, silent[:_SILENT_MAX]))}"
        told += f" and {len(silent) - _SILENT_MAX} more" if len(silent) > _SILENT_MAX else ""
    return told


class Piece(NamedTuple):
    """A part of a text: prose, or what stands between two backticks."""

    text: str
    code: bool


def pieces(text: str) -> tuple[Piece, ...]:
    """Split a text at its backticks; a text with an odd number of them is all prose.

    >>> pieces("run `crm_mon` once")
    (Piece(text='run ', code=False), Piece(text='crm_mon', code=True), Piece(text=' once', code=False))
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return (Piece(text, False),)
    return tuple(Piece(part, number % 2 == 1) for number, part in enumerate(parts) if part)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "document"), counted(2, "document"), counted(2, "duty"), counted(0, "search")
    ('1 document', '2 documents', '2 duties', '0 searches')
    """
    if count == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith(("ty", "ry")) else f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    return f"{count} {plural}"
