"""Written trees with places -> a pack, and every problem found in it.

In: the trees of `pack.yaml`, `clauses/*.yaml` and `matrices/*.yaml`. Out: `Pack` or `PackError` with all problems. A
problem never stops the rest from being read.
"""

from __future__ import annotations

from collections.abc import Iterable

from supportable.core.clauses import (
    CASE_CONDITIONS,
    CONFIDENCES,
    KINDS,
    MODALITIES,
    PARTIES,
    Citation,
    Clause,
    Document,
    Example,
    Level,
    NoRule,
    Pack,
    Tier,
    YieldsTo,
)
from supportable.core.conditions import All, Condition, Is, Matrix, Order, Present, Row
from supportable.core.dates import UNDATED, Dates, is_day
from supportable.core.fields import FIELDS
from supportable.core.parse_conditions import IF_EMPTY, parse_condition, parse_test
from supportable.core.reading_trees import Problems, known_keys, near, needed, one_of, place_of
from supportable.core.truth import UNKNOWN
from supportable.core.written import Items, Node, Scalar, Table

WORDS_MAX = 12


def parse_pack(head: Node, clause_files: Iterable[Node], matrix_files: Iterable[Node], problems: Problems) -> Pack | None:
    """Return the pack; problems go into `problems`, and the pack then is not to be used."""
    if not isinstance(head, Table):
        problems.say("a pack file is a mapping", head.place, "start with `pack: NAME`")
        return None
    known_keys(head, ("pack", "issuer", "subject", "revision", "tiers", "documents"), problems)
    tiers = tuple(_tier(entry, problems) for entry in _tables(head, "tiers", problems))
    documents = tuple(_document(entry, problems) for entry in _tables(head, "documents", problems))
    known_documents = {document.id: document for document in documents}
    clauses: list[Clause] = []
    no_rules: list[NoRule] = []
    for file in clause_files:
        _clause_file(file, known_documents, clauses, no_rules, problems)
    matrices, citations, rows = _matrices(matrix_files, problems)
    return Pack(
        _text(head, "pack", problems),
        _text(head, "issuer", problems),
        _text(head, "subject", problems),
        _text(head, "revision", problems),
        tiers,
        documents,
        tuple(clauses),
        matrices,
        citations,
        rows,
        tuple(no_rules),
    )


def _clause_file(file: Node, documents: dict[str, Document], clauses: list[Clause], no_rules: list[NoRule], problems: Problems) -> None:
    if not isinstance(file, Table):
        problems.say("a clause file is a mapping", file.place, "start with `document: NAME`")
        return
    known_keys(file, ("document", "applies", "clauses", "no_rule"), problems)
    document = _text(file, "document", problems)
    if document and document not in documents:
        problems.say(f"unknown document `{document}`", file.place, near(document, documents, "documents stand in `pack.yaml`"))
    confidence = documents[document].confidence if document in documents else "full"
    scope = file.get("applies")
    shared = parse_condition(scope, problems) if scope is not None else None
    clauses.extend(_clause(entry, document, confidence, shared, problems) for entry in _tables(file, "clauses", problems))
    for entry in _tables(file, "no_rule", problems, optional=True):
        known_keys(entry, ("sentence", "reason"), problems)
        no_rules.append(NoRule(document, _text(entry, "sentence", problems), _text(entry, "reason", problems)))


def _tier(entry: Table, problems: Problems) -> Tier:
    known_keys(entry, ("id", "label", "level", "why"), problems)
    level = _one_of(entry, "level", [one.word for one in Level], problems)
    return Tier(
        _text(entry, "id", problems),
        _text(entry, "label", problems),
        Level[level.upper()] if level else Level.UNSUPPORTED,
        _text(entry, "why", problems),
    )


def _document(entry: Table, problems: Problems) -> Document:
    known_keys(
        entry, ("id", "title", "address", "revision", "published", "not_before", "effective", "retrieved", "confidence", "note"), problems
    )
    since, until = _effective(entry, problems)[:2]
    for key in ("published", "not_before", "retrieved"):
        written = entry.get(key)
        if isinstance(written, Scalar) and not _is_date(written.text):
            problems.say(f"`{written.text}` is not a date", written.place, "write year-month-day, or year-month, or year")
    return Document(
        _text(entry, "id", problems),
        _text(entry, "title", problems),
        _text(entry, "address", problems),
        _text(entry, "revision", problems),
        _optional(entry, "published"),
        _optional(entry, "not_before"),
        since,
        until,
        _text(entry, "retrieved", problems),
        _one_of(entry, "confidence", CONFIDENCES, problems),
        _optional(entry, "note") or "",
    )


def _effective(entry: Table, problems: Problems) -> Dates:
    """Return the period of `effective: {from, until}`."""
    written = entry.get("effective")
    if written is None:
        return UNDATED
    if not isinstance(written, Table):
        problems.say("`effective` is a mapping", written.place, "write `effective: {from: 2026-01-01, until: 2026-12-31}`, or one of them")
        return UNDATED
    known_keys(written, ("from", "until"), problems)
    return _dates(written, problems)


def _dates(entry: Table, problems: Problems) -> Dates:
    """Return the dates that an entry carries; each is a whole day, and a period does not end before it begins."""
    found: list[str | None] = []
    for key in ("from", "until", "published", "withdrawn"):
        written = _optional(entry, key)
        if written is not None and not is_day(written):
            problems.say(f"`{written}` is not a day", place_of(entry, key), "write year-month-day, for example 2026-01-31")
            written = None
        found.append(written)
    since, until, published, withdrawn = found
    for key, first, last in (("until", since, until), ("withdrawn", published, withdrawn)):
        if first is not None and last is not None and last < first:
            problems.say(f"`{last}` is before `{first}`", place_of(entry, key), "a period ends on the day it begins, or later")
    return Dates(since, until, published, withdrawn) if any(found) else UNDATED


def _is_date(text: str) -> bool:
    parts = text.split("-")
    return 1 <= len(parts) <= 3 and all(part.isdigit() for part in parts) and [len(part) for part in parts] == [4, 2, 2][: len(parts)]


_CLAUSE_KEYS = (
    "id", "kind", "applies", "requires", "caps", "says", "why", "section", "words", "sentences", "confidence",
    "party", "modality", "act", "layer", "when", "until", "documents", "yields_to", "effective", "examples",
)  # fmt: skip
_NEEDED = {
    "requirement": ("requires", "caps"),
    "recommendation": ("requires",),
    "duty": ("party", "modality", "act"),
    "responsibility": ("party", "layer"),
    "include": ("documents",),
    "statement": (),
}


def _clause(entry: Table, document: str, confidence: str, scope: Condition | None, problems: Problems) -> Clause:
    known_keys(entry, _CLAUSE_KEYS, problems)
    kind = _one_of(entry, "kind", KINDS, problems)
    for key in _NEEDED.get(kind, ()):
        if entry.get(key) is None:
            problems.say(f"a {kind} needs `{key}`", entry.place, f"add `{key}:` to this clause")
    words = _text(entry, "words", problems)
    if len(words.split()) > WORDS_MAX:
        problems.say(
            f"a quotation of {len(words.split())} words; at most {WORDS_MAX} are allowed",
            place_of(entry, "words"),
            "quote the words that carry the rule",
        )
    applies, requires = entry.get("applies"), entry.get("requires")
    if applies is None and scope is None:
        problems.say("a clause needs `applies`", entry.place, "write the condition, here or for the whole document, or `applies: always`")
    own = [scope] if scope is not None else []
    own += [parse_condition(applies, problems)] if applies is not None else []
    return Clause(
        id=_text(entry, "id", problems),
        kind=kind,
        applies=own[0] if len(own) == 1 else All(tuple(own)),
        requires=parse_condition(requires, problems) if requires is not None else None,
        caps=_optional(entry, "caps"),
        says=_text(entry, "says", problems),
        why=_optional(entry, "why") or "",
        citation=Citation(document, _text(entry, "section", problems), words, tuple(_texts(entry, "sentences", problems))),
        confidence=_one_of(entry, "confidence", CONFIDENCES, problems) if entry.get("confidence") is not None else confidence,
        place=entry.place,
        party=_one_of(entry, "party", PARTIES, problems) if entry.get("party") is not None else "",
        modality=_one_of(entry, "modality", MODALITIES, problems) if entry.get("modality") is not None else "",
        act=_optional(entry, "act") or "",
        layer=_optional(entry, "layer") or "",
        when=_case_conditions(entry, "when", problems),
        until=_case_conditions(entry, "until", problems),
        documents=tuple(_texts(entry, "documents", problems)),
        yields_to=tuple(_yields_to(one, problems) for one in _tables(entry, "yields_to", problems, optional=True)),
        examples=_examples(entry, problems),
        dates=_effective(entry, problems),
    )


def _yields_to(entry: Table, problems: Problems) -> YieldsTo:
    known_keys(entry, ("clause", "rule", "why"), problems)
    rule = _one_of(entry, "rule", ("later-document", "narrower-subject", "supersedes"), problems)
    return YieldsTo(_text(entry, "clause", problems), rule, _text(entry, "why", problems))


def _case_conditions(entry: Table, key: str, problems: Problems) -> tuple[str, ...]:
    names = _texts(entry, key, problems)
    for name in names:
        if name not in CASE_CONDITIONS:
            problems.say(
                f"unknown case condition `{name}`",
                place_of(entry, key),
                near(name, CASE_CONDITIONS, f"known are {', '.join(CASE_CONDITIONS)}"),
            )
    return tuple(names)


def _examples(entry: Table, problems: Problems) -> tuple[Example, ...]:
    written = entry.get("examples")
    if written is None:
        return ()
    if not isinstance(written, Table):
        problems.say("`examples` is a mapping", written.place, "write `holds:`, `fails:` and `unknown:`, each a list of deployments")
        return ()
    known_keys(written, ("holds", "fails", "unknown", "not-applicable"), problems)
    found: list[Example] = []
    for kind, node in written.pairs:
        if not isinstance(node, Items):
            problems.say(f"`{kind.text}` is a list of deployments", node.place, "write `- {field: value, ...}`")
            continue
        found.extend(_example(kind.text, one, problems) for one in node.items)
    return tuple(found)


def _example(kind: str, node: Node, problems: Problems) -> Example:
    """Return one example; `as_of` and `known` stand beside the facts."""
    if not isinstance(node, Table):
        return Example(kind, node, node.place)
    days = {key: _optional(node, key) for key in ("as_of", "known")}
    for key, day in days.items():
        if day is not None and not is_day(day):
            problems.say(f"`{day}` is not a day", place_of(node, key), "write year-month-day, for example 2026-01-31")
    facts = node._replace(pairs=[pair for pair in node.pairs if pair[0].text not in days])
    return Example(kind, facts, node.place, days["as_of"], days["known"])


AFTER_UNTIL = ("rules-out", "lapses")


def _matrices(
    files: Iterable[Node], problems: Problems
) -> tuple[tuple[Matrix, ...], tuple[tuple[str, Citation], ...], tuple[tuple[str, str, str], ...]]:
    matrices: list[Matrix] = []
    citations: list[tuple[str, Citation]] = []
    sentences: list[tuple[str, str, str]] = []
    for file in files:
        if not isinstance(file, Table):
            problems.say("a matrix file is a mapping", file.place, "start with `matrix: NAME`")
            continue
        known_keys(file, ("matrix", "document", "section", "words", "unlisted", "unlisted_why", "after_until", "columns", "rows"), problems)
        name, document = _text(file, "matrix", problems), _text(file, "document", problems)
        unlisted = _one_of(file, "unlisted", tuple(IF_EMPTY), problems)
        _text(file, "unlisted_why", problems)
        after = _one_of(file, "after_until", AFTER_UNTIL, problems) if file.get("after_until") is not None else ""
        columns = _texts(file, "columns", problems)
        rows = []
        for entry in _tables(file, "rows", problems):
            row, hashes = _row(entry, columns, problems)
            rows.append(row)
            sentences.extend((document, one, f"{name}#{row.id}") for one in hashes)
        matrices.append(Matrix(name, tuple(columns), tuple(rows), IF_EMPTY.get(unlisted, UNKNOWN), after == "lapses"))
        citations.append((name, Citation(document, _text(file, "section", problems), _text(file, "words", problems))))
    return tuple(matrices), tuple(citations), tuple(sentences)


def _row(entry: Table, columns: list[str], problems: Problems) -> tuple[Row, list[str]]:
    known_keys(entry, (*columns, "id", "sentences", "listed", "from", "until", "published", "withdrawn"), problems)
    cells: list[Is | Order | Present | None] = []
    for column in columns:
        written = entry.get(column)
        if written is None or (isinstance(written, Scalar) and written.text == "any"):
            cells.append(None)
            continue
        if column not in FIELDS:
            cells.append(None)
            continue
        test = parse_test(column, written, problems)
        if not isinstance(test, Is | Order | Present):
            problems.say("a cell holds one test", written.place, "write a value, a list of values, or one operator")
            test = Present(column)
        cells.append(test)
    row = Row(_text(entry, "id", problems), tuple(cells), _optional(entry, "listed") != "false", _dates(entry, problems))
    return row, _texts(entry, "sentences", problems)


def _tables(table: Table, key: str, problems: Problems, optional: bool = False) -> list[Table]:
    node = table.get(key)
    if node is None and optional:
        return []
    if not isinstance(node, Items):
        problems.say(f"`{key}` is a list of mappings", (node or table).place, f"write `{key}:` and one `- ...` an entry")
        return []
    for one in node.items:
        if not isinstance(one, Table):
            problems.say(f"an entry of `{key}` is a mapping", one.place)
    return [one for one in node.items if isinstance(one, Table)]


def _text(table: Table, key: str, problems: Problems) -> str:
    node = needed(table, key, problems)
    return " ".join(node.text.split()) if node is not None else ""


def _optional(table: Table, key: str) -> str | None:
    node = table.get(key)
    return " ".join(node.text.split()) if isinstance(node, Scalar) and node.text != "none" else None


def _texts(table: Table, key: str, problems: Problems) -> list[str]:
    node = table.get(key)
    if node is None:
        return []
    if isinstance(node, Scalar):
        return [node.text]
    if isinstance(node, Items) and all(isinstance(one, Scalar) for one in node.items):
        return [one.text for one in node.items if isinstance(one, Scalar)]
    problems.say(f"`{key}` is a list of words", node.place)
    return []


def _one_of(table: Table, key: str, values: Iterable[str], problems: Problems) -> str:
    return one_of(_text(table, key, problems), values, table, key, problems)
