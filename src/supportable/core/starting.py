"""The text of a document -> the files of a pack to start from, with its sentences laid out and nothing encoded; and what is left to do.

In: the text, and what is known about the document. Out: files by name, and lists of what is left. What one would get wrong: a pack that was
just started loads and says nothing; its list of sentences is a work list beside the pack, not a part of what it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from supportable.core.clauses import Pack
from supportable.core.sentences import sentences

TO_DO = "TO DO"
"""What stands for a text that somebody still has to write."""

WORDS_MAX = 12
"""So many words of a sentence a pack quotes at most; a work list shows no more by default."""

_HASH = re.compile(r"[0-9a-f]{16}(?:-[0-9]+)?")


class About(NamedTuple):
    """What is known about the document and its pack; a text that is empty becomes something to do."""

    pack: str
    document: str
    retrieved: str
    issuer: str = ""
    title: str = ""
    address: str = ""
    revision: str = ""
    published: str = ""


class Listed(NamedTuple):
    """One sentence of a work list: its hash, the words shown of it, and the line of the list."""

    hash: str
    words: str
    line: int


def first_files(about: About, text: str, words: int = WORDS_MAX) -> dict[str, str]:
    """Return the files of a new pack; empty where the text has no sentence. `words` of each sentence are shown at most."""
    found = sentences(text)
    if not found:
        return {}
    room = max(len(one.hash) for one in found)
    lines = [f"{one.hash:<{room}}  {_start(one.text, words)}".rstrip() for one in found]
    return {
        "pack.yaml": _head(about),
        f"clauses/{about.document}.yaml": _CLAUSES.replace("DOCUMENT", _quoted(about.document)).replace("PREFIX", about.document.lower()),
        f"sentences/{about.document}.txt": "\n".join([*_LIST.replace("DOCUMENT", about.document).splitlines(), *lines]) + "\n",
    }


def _start(text: str, words: int) -> str:
    shown = "".join(one if one.isprintable() else " " for one in text).split()
    return " ".join(shown[:words]) + (" ..." if 0 < words < len(shown) else "")


def _head(about: About) -> str:
    """Write `pack.yaml`; what nobody gave is marked."""

    def given(text: str, what: str) -> str:
        return _quoted(text or f"{TO_DO}: {what}")

    lines = [
        f"pack: {_quoted(about.pack)}",
        f"issuer: {given(about.issuer, 'who published the document, one word in lower case')}",
        f"subject: {given('', 'what the pack is about, in a sentence')}",
        f"revision: {_quoted(about.retrieved)}",
        "tiers:",
        "  # The issuer's own grades, best first; each maps to full, limited or unsupported. Add those that the document knows.",
        f"  - id: supported\n    label: {given('', 'the words of the document for the best grade')}\n    level: full",
        f"    why: {given('', 'why this label means full support')}",
        f"  - id: not-supported\n    label: {given('', 'the words of the document for no support')}\n    level: unsupported",
        f"    why: {given('', 'why this label means no support')}",
        "documents:",
        f"  - id: {_quoted(about.document)}",
        f"    title: {given(about.title, 'the title of the document')}",
        f"    address: {given(about.address, 'where the document can be found')}",
        f"    revision: {given(about.revision, 'the revision that was read')}",
        f"    published: {_quoted(about.published)}" if about.published else _NOT_DATED,
        f"    retrieved: {_quoted(about.retrieved)}",
        "    confidence: full",
    ]
    return "\n".join(lines) + "\n"


_NOT_DATED = "    # published: 2026-01-31   # the date of the revision, if it has one"
_PLAIN = re.compile(r"[a-z][a-z-]*")
_WORDS = ("none", "null", "true", "false", "yes", "no", "on", "off", "y", "n")


def _quoted(text: str) -> str:
    """Return a text as a YAML scalar that means this text whatever is in it."""
    if _PLAIN.fullmatch(text) and text not in _WORDS:
        return text
    printable = "".join(one if one.isprintable() else " " for one in text)
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'


_LIST = """\
# The sentences of DOCUMENT in their order: the hash of each, and its first words.
# Each is done when its hash stands in `sentences` of a clause or of a row of a table, or in `no_rule` with the reason.
# `supportable policy lint FOLDER` counts those that are left. Words are shown for you to find the place; do not publish another's text.
"""
_CLAUSES = """\
document: DOCUMENT

# What every clause of this file is about, for example {workload.product: sql-server}. Narrow it before you encode anything.
applies: always

clauses: []

# Replace `clauses: []` by clauses of this form (docs/language.md has all forms):
#
# clauses:
#   - id: PREFIX.two-nodes
#     kind: requirement
#     says: A cluster has at least two nodes.          # your own sentence
#     section: "2.1"
#     words: a cluster of two or more nodes            # at most twelve words of the document
#     sentences: [HASH]                                # from the list in `sentences/`
#     requires: {count: {nodes: {at_least: 2}}}
#     caps: not-supported                              # the tier that is left when it does not hold
#     why: Section 2.1 excludes single nodes.
#     examples:
#       holds: [{nodes: [{name: a}, {name: b}]}]
#       fails: [{nodes: [{name: a}]}]
#       unknown: [{cluster: {service: pacemaker}}]
#
# no_rule:
#   - {sentence: HASH, reason: a heading}
"""


def parse_work_list(text: str) -> list[Listed]:
    """Return the sentences of a work list; lines that begin with something else than a hash are left out."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        head, _, words = line.strip().partition(" ")
        if _HASH.fullmatch(head):
            found.append(Listed(head, words.strip(), number))
    return found


class Left(NamedTuple):
    """What is left of one document: the sentences that nothing covers, and how many there are."""

    document: str
    sentences: tuple[Listed, ...]
    of: int


def left_over(pack: Pack, lists: Mapping[str, Sequence[Listed]]) -> Iterator[Left]:
    """Yield for each work list the sentences that neither a clause, nor a row, nor `no_rule` names."""
    for document, listed in lists.items():
        covered = {one for clause in pack.clauses if clause.citation.document == document for one in clause.citation.sentences}
        covered |= {one for of, one, _ in pack.row_sentences if of == document}
        covered |= {rule.sentence for rule in pack.no_rules if rule.document == document}
        yield Left(document, tuple(one for one in listed if one.hash not in covered), len(listed))


def to_do(pack: Pack, lists: Mapping[str, Sequence[Listed]]) -> list[str]:
    """Return what is still to do for a pack, a sentence each: texts that are marked, and sentences that nothing covers."""
    found = []
    texts = [("issuer", pack.issuer), ("subject", pack.subject)]
    texts += [(f"{name} of tier `{tier.id}`", text) for tier in pack.tiers for name, text in (("label", tier.label), ("why", tier.why))]
    texts += [
        (f"{name} of document `{one.id}`", text)
        for one in pack.documents
        for name, text in (("title", one.title), ("address", one.address), ("revision", one.revision))
    ]
    marked = [name for name, text in texts if text.startswith(TO_DO)]
    if marked:
        found.append(f"write in `pack.yaml`: {', '.join(marked)}")
    known = {one.id for one in pack.documents}
    for left in left_over(pack, lists):
        if left.document not in known:
            found.append(f"`sentences/{left.document}.txt` is of no document of the pack; rename it or drop it")
        elif left.sentences:
            one = left.sentences[0]
            first = f"the next is {one.hash}" + (f' "{one.words}"' if one.words else "")
            found.append(
                f"{len(left.sentences)} of {left.of} sentences of `{left.document}` are not covered; {first} "
                f"(line {one.line} of `sentences/{left.document}.txt`)"
            )
    return found
