"""main.cf of Veritas Cluster Server (InfoScale Availability) -> observations about the cluster and its systems.

In: the bytes of one file. Out: service, name, included files, and the complete list of systems. Written from the vendor's
description of the format ("About the main.cf file", Cluster Server Administrator's Guide); no file of a real Windows
cluster was at hand. Attributes are skipped unread: they hold users with encrypted passwords. Nothing is concluded from
the types of resources, and systems may also stand in an included file, so only type files leave the list complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from supportable.core.facts import Listed, Observation, Source
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.reader import Evidence, Reader

_INCLUDES = re.compile(rb'(?:^|\n)[ \t]*include[ \t]+"[^"\n]{1,250}\.cf"')
_CLUSTER = re.compile(rb"(?:^|\n)[ \t]*cluster[ \t]+[^\s(]{1,250}\s{0,80}\(")
_MEMBERS = re.compile(rb"(?:^|\n)[ \t]*(?:cluster|system|group)[ \t]+[^\s(]")
_TOKEN = re.compile(
    r"""(?P<gap>[^\S\n]+|//[^\n]*)|(?P<newline>\n)|(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<open>[({\[])|(?P<close>[)}\]])"""
    r"""|(?P<mark>[=,@:])|(?P<word>[^\s(){}\[\]=,@:"]+)|(?P<quote>")""",
    re.DOTALL,
)
_PAIRS = {")": "(", "}": "{", "]": "["}
_HINT = "collect `main.cf` again; `hacf -verify` names what is wrong with it"


class _Clause(NamedTuple):
    """One definition outside all parentheses: its keyword, the name that follows, and its line."""

    keyword: str
    name: str
    line: int


def recognises(evidence: Evidence) -> bool:
    """Text with an include of a `.cf` file or a `cluster NAME (`, and with members; a file of types has neither."""
    head = evidence.head.removeprefix(b"\xef\xbb\xbf")
    if _CLUSTER.search(head):
        return len(_MEMBERS.findall(head)) > 1 or _INCLUDES.search(head) is not None
    return _INCLUDES.search(head) is not None and _MEMBERS.search(head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the clauses name; raise `UnreadableEvidence` at a quote or bracket that is never closed."""
    clauses = list(_clauses(evidence))
    named = [one for one in clauses if one.keyword in ("cluster", "system", "group")]
    if not named:
        raise UnreadableEvidence("it defines no cluster, system or group", Place(evidence.name, 1), _HINT)
    clusters = [one for one in clauses if one.keyword == "cluster"]
    first = (clusters or named)[0]
    yield Observation("cluster.service", "veritas-cluster-server", Source(evidence.name, first.line, first.keyword))
    for one in clusters:
        name = plain_words(one.name)
        if name is not None:
            yield Observation("cluster.name", name, Source(evidence.name, one.line, "cluster"))
    includes = [one for one in clauses if one.keyword == "include"]
    files = [plain_words(re.split(r"[/\\]", one.name)[-1]) for one in includes]
    if files and all(files):
        joined = ", ".join(dict.fromkeys(file for file in files if file))
        yield Observation("cluster.configuration_includes", joined, Source(evidence.name, includes[0].line, "include"))
    systems = [one for one in clauses if one.keyword == "system"]
    names = [machine_name(one.name) for one in systems]
    if names and all(names) and all(file is not None and file.casefold().endswith("types.cf") for file in files):
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(evidence.name, systems[0].line, "system"))


def _clauses(evidence: Evidence) -> Iterator[_Clause]:
    """Yield each clause outside all brackets whose keyword is the first word of its line."""
    brackets: list[tuple[str, int]] = []
    line, starts, keyword = 1, True, ""
    for found in _TOKEN.finditer(evidence.data.decode("utf-8-sig", "replace")):
        kind, token = found.lastgroup, found[0]
        if kind == "newline":
            line, starts, keyword = line + 1, True, ""
            continue
        if kind == "gap":
            continue
        if kind == "quote" or "\0" in token:
            what = "a quotation is not closed" if kind == "quote" else "it holds bytes that are not text"
            raise UnreadableEvidence(what, Place(evidence.name, line), _HINT)
        if kind == "open":
            brackets.append((token, line))
        elif kind == "close":
            if not brackets or brackets.pop()[0] != _PAIRS[token]:
                raise UnreadableEvidence(f"`{token}` closes nothing", Place(evidence.name, line), _HINT)
        elif not brackets and keyword and kind in ("word", "text"):
            yield _Clause(keyword, token.strip('"'), line)
        keyword = token if starts and not brackets and kind == "word" else ""
        starts = False
        line += token.count("\n")
    if brackets:
        raise UnreadableEvidence(f"`{brackets[-1][0]}` is not closed", Place(evidence.name, brackets[-1][1]), _HINT)


READER = Reader("veritas-main-cf", "the configuration of Veritas Cluster Server (`main.cf`)", recognises, read)
