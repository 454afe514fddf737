"""Packs, clauses and their coverage -> text: what a policy says, where it stands, what it reads, and what it leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from textwrap import wrap

from supportable.core.clauses import Clause, Pack, fields_read
from supportable.core.conditions import (
    InMatrix,
    Matrix,
    walk,
)
from supportable.core.fields import collect_hint
from supportable.core.sentences import Covered
from supportable.core.written import Items, Node, Scalar
from supportable.reports.clause_dates import row_dates, row_standing, rows_counting, standing
from supportable.reports.condition_words import condition_lines
from supportable.reports.wording import CONFIDENCE_WORDS, cited


def explain(clause: Clause, pack: Pack, width: int, dates: tuple[str, str] | None = None) -> str:
    """Return one clause: what it says, where it stands, when it applies, what it requires, what it reads, its examples."""
    document = pack.document(clause.citation.document)
    quote, place = cited(clause, pack)
    lines = [f"{clause.id} ({clause.kind})", *_text(clause.says, width)]
    lines += [
        "",
        "Source",
        *_text(place, width),
        *_text(f"{document.title}; {document.address}", width),
        *_text(f"read on {document.retrieved}", width),
    ]
    lines += _text(f'"{quote}"', width) if quote else []
    lines += _text(document.note, width) if document.note else []
    if dates is not None:
        lines += ["", "In force", *_text(standing(clause, pack, *dates), width)]
    lines += ["", "Applies when", *condition_lines(clause.applies, "  ")]
    if clause.requires is not None:
        lines += ["", "Requires", *condition_lines(clause.requires, "  ")]
    if clause.caps is not None:
        tier = pack.tier(clause.caps)
        lines += ["", "If it does not hold", *_text(f"{tier.level.word} is left ({tier.label})", width)]
        lines += ["", "Digest", *_text(f"{clause.digest}: a waiver of this clause names it, and comes up again when it is another", width)]
    lines += ["", "Why", *_text(clause.why, width)] if clause.why else []
    for other in clause.yields_to:
        lines += [
            "",
            "Contradiction",
            *_text(f"{other.clause} prevails where both apply ({other.rule.replace('-', ' ')}): {other.why}", width),
        ]
    if clause.kind == "duty":
        lines += [
            "",
            "Duty",
            *_text(f"{clause.party.replace('-', ' ')}, {clause.modality.replace('-', ' ')}: {clause.act.replace('-', ' ')}", width),
        ]
        lines += _text(
            f"when: {', '.join(clause.when) or 'always'}" + (f"; until: {', '.join(clause.until)}" if clause.until else ""), width
        )
    for matrix in _matrices(clause, pack):
        citation = dict(pack.matrix_citations)[matrix.id]
        lines += ["", *wrap(f"Table {matrix.id} ({citation.document}, {citation.section})", width), *_matrix_lines(matrix, width, dates)]
    lines += ["", "Reads", *(line for name in fields_read(clause, pack.matrices) for line in _text(f"{name}: {collect_hint(name)}", width))]
    if clause.examples:
        lines += ["", "Examples"]
        lines += [
            line
            for one in clause.examples
            for line in wrap(f"{one.kind}: {_written(one.deployment)}", width, initial_indent="  ", subsequent_indent="      ")
        ]
    return "\n".join(lines) + "\n"


def _matrices(clause: Clause, pack: Pack) -> list[Matrix]:
    conditions = [one for whole in (clause.applies, clause.requires) if whole is not None for one in walk(whole)]
    return [matrix for matrix in pack.matrices if InMatrix(matrix.id) in conditions]


def _matrix_lines(matrix: Matrix, width: int, dates: tuple[str, str] | None) -> list[str]:
    lines = _text(rows_counting(matrix, *dates), width) if dates is not None and matrix.dated else []
    for row in matrix.rows:
        cells = [line.strip() for cell in row.cells if cell is not None for line in condition_lines(cell)]
        text = ("" if row.listed else "ruled out: ") + ", ".join(cells)
        if matrix.dated:
            told = [row_dates(row), row_standing(row, *dates) if dates is not None else ""]
            text += f" ({'; '.join(one for one in told if one)})" if any(told) else ""
        lines += wrap(text, width, initial_indent="  ", subsequent_indent="      ")
    unlisted = {2: "holds", 1: "is unknown", 0: "does not hold"}[int(matrix.unlisted)]
    return [*lines, *_text(f"what is not listed {unlisted}", width)]


def _written(node: object) -> str:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return "[" + ", ".join(_written(one) for one in node.items) + "]"
    pairs: list[tuple[Scalar, Node]] = getattr(node, "pairs", [])
    return "{" + ", ".join(f"{key.text}: {_written(value)}" for key, value in pairs) + "}"


def listing(packs: Iterable[Pack], width: int) -> str:
    """Return the packs and their documents, each with its number of clauses and how well it was read."""
    lines = []
    for pack in packs:
        lines += [f"{pack.id} (revision {pack.revision}, issuer {pack.issuer})", *_text(pack.subject, width)]
        count = Counter(clause.citation.document for clause in pack.clauses)
        for document in pack.documents:
            confidence = CONFIDENCE_WORDS[document.confidence] or "read in full"
            lines += wrap(
                f"{document.id}: {document.title}; {document.revision}; {confidence}; {count[document.id]} clauses",
                width,
                initial_indent="  ",
                subsequent_indent="      ",
            )
    return "\n".join(lines) + "\n"


def show(pack: Pack, width: int) -> str:
    """Return one pack: its tiers, and its clauses by document."""
    lines = [f"{pack.id} (revision {pack.revision}, issuer {pack.issuer})", *_text(pack.subject, width), "", "Tiers, best first"]
    lines += [
        line
        for tier in pack.tiers
        for line in wrap(f"{tier.label}: {tier.level.word}. {tier.why}", width, initial_indent="  ", subsequent_indent="      ")
    ]
    for document in pack.documents:
        lines += ["", *wrap(f"{document.id}: {document.title} ({document.revision})", width, subsequent_indent="  ")]
        for clause in (one for one in pack.clauses if one.citation.document == document.id):
            lines += wrap(f"{clause.id} ({clause.kind}): {clause.says}", width, initial_indent="  ", subsequent_indent="      ")
    return "\n".join(lines) + "\n"


def coverage(document: str, rows: list[Covered], width: int) -> str:
    """Return every sentence of a document with what encodes it, and the share that is covered."""
    lines = []
    for row in rows:
        by = ", ".join(row.encoded_by) if row.encoded_by else f"no rule: {row.no_rule}" if row.no_rule is not None else "NOT ENCODED"
        start = row.sentence.text if len(row.sentence.text) < 70 else row.sentence.text[:67] + "..."
        lines += wrap(f"{row.sentence.line}: {start}", width, subsequent_indent="    ")
        lines += wrap(by, width, initial_indent="    -> ", subsequent_indent="       ")
    covered, encoded = sum(row.is_covered for row in rows), sum(bool(row.encoded_by) for row in rows)
    share = 100 * covered / len(rows) if rows else 0.0
    parts = f"{encoded} encoded, {covered - encoded} carry no rule, {len(rows) - covered} not encoded"
    lines += ["", f"{document}: {share:.0f} % of {len(rows)} sentences ({parts})"]
    return "\n".join(lines) + "\n"


def _text(text: str, width: int) -> list[str]:
    return wrap(text, width, initial_indent="  ", subsequent_indent="  ") if text else []
