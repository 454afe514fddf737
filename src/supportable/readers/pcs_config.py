"""`pcs config` -> observations about the cluster's options, fencing devices and members.

In: one output; the real sample is that of Red Hat Insights, taken on a remote node. Out: what is configured. An option that is not
among the properties is `ABSENT`, not the default, and only where another section follows, because a text that breaks off has lost
some. On a remote node `pcs` cannot list the members, and leaves them empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from supportable.core.facts import Listed, Observation, Source
from supportable.readers.fencing_agents import counted
from supportable.readers.machines import machine_name
from supportable.readers.pacemaker_options import configured
from supportable.readers.pacemaker_words import value
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_OPENS = re.compile(rb"(?:^|\n)(?:Corosync Nodes|Pacemaker Nodes|Cluster Properties): ?[\w-]{0,100}\r?\n")
_HEADING = re.compile(r"([A-Z][A-Za-z ]{1,60}):(?: (.*))?")
_PROPERTY = re.compile(r"[ \t]+([a-z][a-z0-9-]{1,80})(?:: ?|=)(.{0,400})")
_FENCING = re.compile(r"[ \t]+Resource: \S{1,200} \(class=stonith type=([\w/-]{1,80})\)")
# Resources that run DLM or what needs it, as in the reader of the CIB.
_ON_DLM = re.compile(r"[ \t]+Resource: .{1,200} type=(controld|clvm|lvmlockd)\)")
_ON_DLM_FILES = re.compile(r"[ \t].*\bfstype=(gfs2|ocfs2)\b.*")


class _Line(NamedTuple):
    number: int
    text: str


class _Section(NamedTuple):
    """One section: its heading, what stands beside it, where it opens, its lines, and whether another one follows."""

    told: str
    line: int
    lines: list[_Line]


def recognises(evidence: Evidence) -> bool:
    """Text with one of the headings that only `pcs config` prints."""
    return _OPENS.search(plain(evidence.head)) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what is configured; raise `UnreadableEvidence` when it is not text."""
    lines = lines_of(evidence, "run `pcs config` again and keep its output")
    sections, last = _sections(lines)
    file = evidence.name
    first = min((one.line for one in sections.values()), default=1)
    yield Observation("cluster.service", "pacemaker", Source(file, first, "pcs config"))
    name = sections.get("Cluster Name")
    if name is not None and (found := value("cluster.name", name.told)) is not None:
        yield Observation("cluster.name", found, Source(file, name.line, "Cluster Name"))
    nodes = sections.get("Corosync Nodes")
    members = [machine_name(word) for line in nodes.lines for word in line.text.split()] if nodes is not None else []
    if nodes is not None and members and all(members) and last != "Corosync Nodes":
        yield Listed("nodes", tuple(dict.fromkeys(members)), Source(file, nodes.line, "Corosync Nodes"))
    fencing = sections.get("Stonith Devices")
    if fencing is not None and last != "Stonith Devices":
        count, told = counted([device[1] for line in fencing.lines if (device := _FENCING.fullmatch(line.text)) is not None])
        yield Observation("cluster.fencing_devices", count, Source(file, fencing.line, f"Stonith Devices{told}"))
    for line in sections["Resources"].lines if "Resources" in sections else []:
        if _ON_DLM.fullmatch(line.text) or _ON_DLM_FILES.fullmatch(line.text):
            yield Observation("cluster.resilient_storage", True, Source(file, line.number, "Resources"))
            break
    properties = sections.get("Cluster Properties")
    if properties is not None:
        yield from _properties(properties, file, whole=last != "Cluster Properties")


def _properties(section: _Section, file: str, *, whole: bool) -> Iterator[Observation]:
    given: dict[str, tuple[str, Source]] = {}
    for line in section.lines:
        found = _PROPERTY.fullmatch(line.text)
        if found is not None:
            given.setdefault(found[1], (found[2].strip(), Source(file, line.number, f"property {found[1]}")))
    yield from configured(given, Source(file, section.line, "Cluster Properties"), whole=whole)


def _sections(lines: list[str]) -> tuple[dict[str, _Section], str]:
    """Return the sections by heading, the first of its name, and the heading of the last one."""
    sections: dict[str, _Section] = {}
    open_section: _Section | None = None
    last = ""
    for number, line in enumerate(lines, 1):
        heading = _HEADING.fullmatch(line)
        if heading is not None:
            open_section, last = _Section(heading[2] or "", number, []), heading[1]
            sections.setdefault(last, open_section)
        elif open_section is not None and line.strip():
            open_section.lines.append(_Line(number, line))
    return sections, last


READER = Reader("pcs-config", "the output of `pcs config`", recognises, read)
