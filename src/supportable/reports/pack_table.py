"""Packs -> one table a pack in Markdown: each document with its clauses, how far it is encoded, how well it was read, what is missing.

In: packs. Out: the text of `docs/packs.md`. What one would get wrong: sentences are counted where clauses, rows or `no_rule` name them by
hash; a document without such hashes was encoded from what is known of it, and its confidence says how much that is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from supportable.core.clauses import KINDS, Document, Pack
from supportable.reports.wording import CONFIDENCE_WORDS, counted

_HEAD = """\
# What the packs hold

Made from the packs by `supportable policy table -o docs/packs.md`; run it again instead of editing. A test compares.

"Clauses" counts by kind. "Sentences" counts those that are named by hash: encoded, and without a rule for a stated reason; where there
are none, no text of the document was held whole. "Missing" has the documents that it includes and no pack holds, and what is known about
the copy that was read.
"""
_COLUMNS = ("Document", "Revision", "Published", "Clauses", "Sentences", "Read", "Missing")


def render(packs: Sequence[Pack]) -> str:
    """Return the table of packs as Markdown."""
    held = {document.id for pack in packs for document in pack.documents}
    documents = sum(len(pack.documents) for pack in packs)
    clauses = sum(len(pack.clauses) for pack in packs)
    issuers = len({pack.issuer for pack in packs})
    held_in = f"{counted(len(packs), 'pack')} of {counted(issuers, 'issuer')}"
    total = f"{held_in}: {counted(documents, 'document')}, {counted(clauses, 'clause')}."
    lines = [*_HEAD.splitlines(), "", total]
    for pack in packs:
        lines += ["", f"## {pack.id}", "", f"{_plain(pack.subject)}. Issuer {pack.issuer}, revision {pack.revision}.", ""]
        lines += [_row(_COLUMNS), _row("---" for _ in _COLUMNS)]
        lines += [_row(_cells(document, pack, held)) for document in pack.documents]
    return "\n".join(lines) + "\n"


def _cells(document: Document, pack: Pack, held: set[str]) -> Iterator[str]:
    clauses = [one for one in pack.clauses if one.citation.document == document.id]
    kinds = Counter(one.kind for one in clauses)
    linked = document.address.startswith(("https://", "http://")) and not set(" ()|") & set(document.address)
    name = f"[{document.id}]({document.address})" if linked else document.id
    yield f"{name}: {_plain(document.title)}"
    yield _plain(document.revision)
    yield document.published or (f"not before {document.not_before}" if document.not_before else "no date")
    yield ", ".join(counted(kinds[kind], kind) for kind in KINDS if kinds[kind]) or "none"
    yield _sentences(document, pack)
    yield CONFIDENCE_WORDS[document.confidence] or "read in full"
    absent = dict.fromkeys(name for one in clauses for name in one.documents if name not in held)
    includes = f"includes {', '.join(absent)}, which no pack holds" if absent else ""
    yield "; ".join(text for text in (includes, _plain(document.note).rstrip(".")) if text)


def _sentences(document: Document, pack: Pack) -> str:
    encoded = {name for one in pack.clauses if one.citation.document == document.id for name in one.citation.sentences}
    encoded |= {name for of, name, _ in pack.row_sentences if of == document.id}
    without = {rule.sentence for rule in pack.no_rules if rule.document == document.id}
    return f"{len(encoded)} encoded, {len(without - encoded)} without a rule" if encoded or without else ""


def _row(cells: Iterator[str] | Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Return a text that is no markup of a table."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
