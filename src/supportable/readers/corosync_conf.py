"""corosync.conf -> observations about the messaging layer and the names of its nodes.

In: the bytes of one file. Out: name, transport, token timeout, votes, and the complete list of nodes when each has a
name. The file is evidence of corosync, not of the cluster service above it. What it does not set has a default that
differs by version and is not reported; two_node and expected_votes mean nothing unless votequorum is the provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from supportable.core.facts import Listed, Observation, Source
from supportable.core.fields import FIELDS
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.reader import Evidence, Reader

_OPENS = re.compile(rb"(?:^|\n)[ \t]*(?:totem|nodelist)[ \t]*\{")
_NUMBERS = {
    "totem.token": "cluster.token_timeout_ms",
    "quorum.expected_votes": "cluster.expected_votes",
}
_SWITCH = {"0": False, "1": True}
# Whitespace of corosync exec/coroparse.c; 0xA0 is read as U+FFFD here, which does no harm in front of a number.
_BLANK = " \t\r"


@dataclass(slots=True)
class _Said:
    """What the sections say: the last value of each key with its line, and the name of each node."""

    opened: dict[str, int] = field(default_factory=dict)
    values: dict[str, tuple[str, int]] = field(default_factory=dict)
    nodes: list[str | None] = field(default_factory=list)


def recognises(evidence: Evidence) -> bool:
    """Text with a `totem` or `nodelist` section near its beginning."""
    return _OPENS.search(evidence.head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the file sets; raise `UnreadableEvidence` where corosync would refuse to start."""
    said = _sections(evidence)
    first = min(said.opened.values(), default=1)
    yield Observation("cluster.stack", "corosync", Source(evidence.name, said.opened.get("totem", first), "totem"))
    for name, key in (("cluster.name", "totem.cluster_name"), ("cluster.transport", "totem.transport")):
        text, line = said.values.get(key, ("", 0))
        found = plain_words(text)
        if found is not None and (FIELDS[name].kind == "text" or found in FIELDS[name].values):
            yield Observation(name, found, Source(evidence.name, line, key))
    votes = said.values.get("quorum.provider", ("", 0))[0] == "corosync_votequorum"
    for key, name in _NUMBERS.items():
        text, line = said.values.get(key, ("", 0))
        if re.fullmatch("[0-9]{1,9}", text) and (votes or key == "totem.token"):
            yield Observation(name, int(text), Source(evidence.name, line, key))
    text, line = said.values.get("quorum.two_node", ("", 0))
    if votes and text in _SWITCH:
        yield Observation("cluster.two_node", _SWITCH[text], Source(evidence.name, line, "quorum.two_node"))
    names = [machine_name(name) for name in said.nodes]
    if names and all(names):
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(evidence.name, said.opened["nodelist"], "nodelist"))


def _sections(evidence: Evidence) -> _Said:
    """Read line by line as corosync does: `{` before `:` before `}`, and a later value replaces an earlier one."""
    said = _Said()
    open_sections: list[tuple[str, int]] = []
    for number, raw in enumerate(evidence.data.decode("utf-8", "replace").split("\n"), 1):
        line = raw.strip(_BLANK)
        if "\0" in line:
            raise _unreadable("it holds bytes that are not text", evidence, number)
        if not line or line.startswith("#"):
            continue
        if "{" in line:
            section = line.partition("{")[0].strip(_BLANK)
            open_sections.append((section, number))
            if len(open_sections) == 1:
                said.opened.setdefault(section, number)
            elif _is_node(open_sections):
                said.nodes.append(None)
        elif ":" in line:
            key, _, text = (part.strip(_BLANK) for part in line.partition(":"))
            if len(open_sections) == 1:
                said.values[f"{open_sections[0][0]}.{key}"] = (text, number)
            elif key == "name" and _is_node(open_sections):
                said.nodes[-1] = text
        elif "}" in line:
            if not open_sections:
                raise _unreadable("it closes a section that is not open", evidence, number)
            open_sections.pop()
        else:
            raise _unreadable("this line is not a section, a closing brace or `key: value`", evidence, number)
    if open_sections:
        section, number = open_sections[-1]
        raise _unreadable(f"its section `{plain_words(section) or '?'}` is not closed", evidence, number)
    return said


def _is_node(open_sections: list[tuple[str, int]]) -> bool:
    return len(open_sections) == 2 and open_sections[0][0] == "nodelist" and open_sections[1][0] == "node"


def _unreadable(message: str, evidence: Evidence, line: int) -> UnreadableEvidence:
    return UnreadableEvidence(message, Place(evidence.name, line), "collect `/etc/corosync/corosync.conf` again; it may be truncated")


READER = Reader("corosync-conf", "the configuration of corosync (`/etc/corosync/corosync.conf`)", recognises, read)
