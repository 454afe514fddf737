"""A document's text -> its sentences, each with a hash that survives typography, so that a pack can say which it encodes.

A line break ends a sentence, as does a full stop before a capital. The hash is over the letters and digits only: copies
of one document differ in quotation marks, spaces and broken characters.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple

from supportable.core.clauses import Pack

_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])")
_WORD = re.compile(r"[a-z0-9]+")


class Sentence(NamedTuple):
    """One sentence of a document: its line from 1, its text, and the hash by which packs name it."""

    line: int
    text: str
    hash: str


class Covered(NamedTuple):
    """A sentence, what encodes it (clauses and matrix rows), and the reason if it carries no rule."""

    sentence: Sentence
    encoded_by: tuple[str, ...]
    no_rule: str | None

    @property
    def is_covered(self) -> bool:
        return bool(self.encoded_by) or self.no_rule is not None


def sentence_hash(text: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the words of `text`.

    >>> sentence_hash("PSS's  support") == sentence_hash("pss\\N{REPLACEMENT CHARACTER}s support.")
    True
    """
    return sha256(" ".join(_WORD.findall(text.casefold())).encode()).hexdigest()[:16]


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a document in order, the nth copy of one named `hash-n`; lines without a word are left out."""
    found: list[Sentence] = []
    times: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for part in _END.split(line):
            if _WORD.search(part.casefold()):
                name = sentence_hash(part)
                times[name] = times.get(name, 0) + 1
                # A table repeats its cells: the second occurrence is another sentence than the first.
                found.append(Sentence(number, part.strip(), name if times[name] == 1 else f"{name}-{times[name]}"))
    return found


def coverage(pack: Pack, document: str, text: str) -> list[Covered]:
    """Return every sentence of `text` with what `pack` says of it under `document`."""
    encoded: dict[str, list[str]] = {}
    for clause in pack.clauses:
        if clause.citation.document == document:
            for one in clause.citation.sentences:
                encoded.setdefault(one, []).append(clause.id)
    for row_document, one, row in pack.row_sentences:
        if row_document == document:
            encoded.setdefault(one, []).append(row)
    no_rules = {rule.sentence: rule.reason for rule in pack.no_rules if rule.document == document}
    return [Covered(one, tuple(encoded.get(one.hash, ())), no_rules.get(one.hash)) for one in sentences(text)]
