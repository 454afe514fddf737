"""`pcs status` -> observations about the cluster as it ran, its members, fencing devices and SBD.

In: one output, short or `--full`; real samples are those of Red Hat Insights. Out: what `crm_mon` says in it, and the nodes on which
`pcs` asked for its daemon: all that are configured (pcs(8), "status pcsd"). Resources inside clones and bundles are shown without
their class, so fencing devices are counted only where there are none; "not false" in a warning of `pcs` is not "true".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation, Source
from supportable.readers.fencing_agents import counted
from supportable.readers.machines import machine_name
from supportable.readers.pacemaker_status import cluster_status
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_SECTION = re.compile(rb"(?:^|\n)(?:PCSD|Daemon) Status:\r?\n")
_OPENS = re.compile(rb"\ACluster name: [^\n]{0,300}\n(?:[^\n]{0,300}\n){0,8}?(?:Stack: |Cluster Summary:|Last updated: |WARNINGS?:)")
_RESOURCES = re.compile(r"Full list of resources:", re.IGNORECASE)
_FENCING = re.compile(r"(?:\* )?\S{1,200}[ \t]+\(stonith:([\w/-]{1,80})\):?.*")
_HIDES = re.compile(r"(?:\* )?(?:Clone Set|Master/Slave Set|Container bundle|Container bundle set|Bundle)\b.*")
_WITHOUT = re.compile(r"no stonith devices and stonith-enabled is not false", re.IGNORECASE)
_DAEMON = re.compile(r"(\S{1,255}): (?:Online|Offline|Unable to authenticate)\b")
_HEADING = re.compile(r"[A-Z][A-Za-z ]{2,60}:")
_ONLINE = re.compile(r"(?:\* )?Online: \[ ")


def recognises(evidence: Evidence) -> bool:
    """Text with the sections that `pcs` adds, or that opens with the cluster's name and the summary of `crm_mon`."""
    head = plain(evidence.head)
    return _SECTION.search(head) is not None or _OPENS.match(head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the output says; raise `UnreadableEvidence` when it is not text."""
    lines = lines_of(evidence, "run `pcs status` again and keep its output")
    found = list(cluster_status(lines, evidence.name))
    fields = {one.field for one in found if isinstance(one, Observation)}
    if "cluster.service" not in fields:
        running = next((number for number, line in enumerate(lines, 1) if _ONLINE.match(line.strip())), None)
        if running is not None:
            yield Observation("cluster.service", "pacemaker", Source(evidence.name, running, "Online"))
    yield from found
    yield from _fencing(lines, evidence.name)
    yield from _daemons(lines, evidence.name, listed=any(isinstance(one, Listed) for one in found))


def _fencing(lines: list[str], file: str) -> Iterator[Observation]:
    """Yield how many fencing devices there are: none by the warning of `pcs`, or as many as a whole list without clones shows."""
    for number, line in enumerate(lines, 1):
        if _WITHOUT.search(line):
            yield Observation("cluster.fencing_devices", 0, Source(file, number, "warning of pcs"))
            return
    opened = next((number for number, line in enumerate(lines, 1) if _RESOURCES.fullmatch(line.strip())), None)
    if opened is None:
        return
    agents: list[str | None] = []
    for line in lines[opened:]:
        if line[:1].isalpha() and _HEADING.fullmatch(line.strip()):
            count, told = counted(agents)
            yield Observation("cluster.fencing_devices", count, Source(file, opened, f"resources of class stonith{told}"))
            return
        if _HIDES.fullmatch(line.strip()):
            return
        agents += [found[1] for found in (_FENCING.fullmatch(line.strip()),) if found is not None]


def _daemons(lines: list[str], file: str, *, listed: bool) -> Iterator[Observation | Listed]:
    section, opened = "", 0
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        if line in ("PCSD Status:", "Daemon Status:"):
            section, opened = line, number if line == "PCSD Status:" else opened
        elif section == "PCSD Status:":
            names += [machine_name(name) for name in _DAEMON.findall(line)]
        elif section and line.strip().startswith("sbd: active/"):
            yield Observation("cluster.sbd", True, Source(file, number, "Daemon Status, sbd"))
    if names and all(names) and not listed:
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(file, opened, "PCSD Status"))


READER = Reader("pcs-status", "the output of `pcs status`, short or `--full`", recognises, read)
