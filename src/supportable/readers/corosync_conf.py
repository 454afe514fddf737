"""corosync.conf -> observations about the messaging layer and the names of its nodes.

In: the bytes of one file. Out: name, transport, links, token timeout, votes, quorum device, and the complete list of nodes
when each has a name. The file is evidence of corosync, not of the cluster service above it. What it does not set has a default that
differs by version and is not reported; two_node and expected_votes mean nothing unless votequorum is the provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from supportable.core.facts import ABSENT, Listed, Observation, Source
from supportable.core.fields import FIELDS
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.reader import Evidence, Reader

_OPENS = re.compile(rb"(?:^|\n)[ \t]*(?:totem|nodelist)[ \t]*\{")
_NUMBERS = {
    "totem.token": "cluster.token_timeout_ms",
    "quorum.expected_votes": "cluster.expected_votes",
}
_ADDRESS = re.compile("ring[0-7]_addr")
_HEURISTICS = {"on": True, "sync": True, "off": False}
_SWITCH = {"0": False, "1": True}
# Whitespace of corosync exec/coroparse.c; 0xA0 is read as U+FFFD here, which does no harm in front of a number.
_BLANK = " \t\r"


@dataclass(slots=True)
class _Inner:
    """A section inside another: its path (`nodelist.node`), its line, and the last value of each key."""

    path: str
    line: int
    values: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Said:
    """What the sections say: the last value of each key with its line, and every section inside another."""

    opened: dict[str, int] = field(default_factory=dict)
    values: dict[str, tuple[str, int]] = field(default_factory=dict)
    inner: list[_Inner] = field(default_factory=list)

    def all(self, path: str) -> list[_Inner]:
        return [one for one in self.inner if one.path == path]


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
    yield from _links(said, evidence.name)
    if votes:
        yield from _quorum_device(said, evidence.name)
    names = [machine_name(node.values.get("name")) for node in said.all("nodelist.node")]
    if names and all(names):
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(evidence.name, said.opened["nodelist"], "nodelist"))


def _links(said: _Said, file: str) -> Iterator[Observation]:
    """Yield how many links there are if every node has the same ones, and the protocol under them where knet carries them."""
    nodes, interfaces = said.all("nodelist.node"), said.all("totem.interface")
    addressed = [frozenset(key for key in node.values if _ADDRESS.fullmatch(key)) for node in nodes]
    bound = {one.values.get("ringnumber", one.values.get("linknumber", "0")) for one in interfaces if "bindnetaddr" in one.values}
    if any(addressed):
        if len(set(addressed)) == 1:
            yield Observation("cluster.links", len(addressed[0]), Source(file, nodes[0].line, "nodelist.node"))
    elif bound:
        yield Observation("cluster.links", len(bound), Source(file, interfaces[0].line, "totem.interface"))
    if said.values.get("totem.transport", ("", 0))[0] != "knet":
        return
    protocols = {one.values["knet_transport"]: one.line for one in interfaces if "knet_transport" in one.values}
    if not protocols:
        yield Observation("cluster.knet_transport", ABSENT, Source(file, said.opened["totem"], "no knet_transport"))
    for protocol, line in protocols.items():
        if protocol in FIELDS["cluster.knet_transport"].values:
            yield Observation("cluster.knet_transport", protocol, Source(file, line, "totem.interface"))


def _quorum_device(said: _Said, file: str) -> Iterator[Observation]:
    """Yield whether votequorum has a device, and whether heuristics are on; what does not say so is `ABSENT`."""
    devices, heuristics = said.all("quorum.device"), said.all("quorum.device.heuristics")
    line = devices[0].line if devices else said.opened["quorum"]
    yield Observation("cluster.quorum_devices", 1 if devices else 0, Source(file, line, "quorum.device"))
    if devices:
        modes = [(one.values["mode"], one.line) for one in heuristics if "mode" in one.values]
        if not modes:
            yield Observation("cluster.quorum_device_heuristics", ABSENT, Source(file, line, "no quorum.device.heuristics"))
        for mode, place in modes:
            if mode in _HEURISTICS:
                yield Observation("cluster.quorum_device_heuristics", _HEURISTICS[mode], Source(file, place, "quorum.device.heuristics"))


def _sections(evidence: Evidence) -> _Said:
    """Read line by line as corosync does: `{` before `:` before `}`, and a later value replaces an earlier one."""
    said = _Said()
    open_sections: list[tuple[str, int]] = []
    inner: list[_Inner] = []
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
            else:
                # No section that is asked for stands deeper than three; the path of a deeper one is left empty.
                path = ".".join(name for name, _ in open_sections) if len(open_sections) <= 3 else ""
                inner.append(_Inner(path, number))
                said.inner.append(inner[-1])
        elif ":" in line:
            key, _, text = (part.strip(_BLANK) for part in line.partition(":"))
            if len(open_sections) == 1:
                said.values[f"{open_sections[0][0]}.{key}"] = (text, number)
            elif inner:
                inner[-1].values[key] = text
        elif "}" in line:
            if not open_sections:
                raise _unreadable("it closes a section that is not open", evidence, number)
            open_sections.pop()
            if inner:
                inner.pop()
        else:
            raise _unreadable("this line is not a section, a closing brace or `key: value`", evidence, number)
    if open_sections:
        section, number = open_sections[-1]
        raise _unreadable(f"its section `{plain_words(section) or '?'}` is not closed", evidence, number)
    return said


def _unreadable(message: str, evidence: Evidence, line: int) -> UnreadableEvidence:
    return UnreadableEvidence(message, Place(evidence.name, line), "collect `/etc/corosync/corosync.conf` again; it may be truncated")


READER = Reader("corosync-conf", "the configuration of corosync (`/etc/corosync/corosync.conf`)", recognises, read)
