"""`lcdstatus` of SIOS LifeKeeper -> observations about the cluster service and its machines.

In: one output, detailed, `-q` or `-e`; from the vendor's documentation, "Detailed Status Display" and "Short Status Display"
(docs.us.sios.com), no sample was at hand. Out: the service; from the detailed form the machines that LifeKeeper knows. The short
forms show only machines with resources or communication paths, so they give no complete list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation, Source
from supportable.readers.machines import machine_name
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_SHORT = re.compile(rb"(?:\A|\n)(?:LOCAL|BACKUP)[ \t]{1,80}TAG[ \t]{1,80}ID[ \t]{1,80}STATE[ \t]{1,80}PRIO[ \t]{1,80}PRIMARY")
_DETAILED = re.compile(rb"(?:\A|\n)(?:The following LifeKeeper machines are known:|ROOT OF RESOURCE HIERARCHY)")
_KNOWN = "The following LifeKeeper machines are known:"
_MACHINE = re.compile(r'machine=(\S{1,255}) state="?([A-Z]{2,20})"?')


def recognises(evidence: Evidence) -> bool:
    """Text with the titles of the columns, or with a sentence of the detailed form."""
    head = plain(evidence.head)
    return _SHORT.search(head) is not None or _DETAILED.search(head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the output says; raise `UnreadableEvidence` when it is not text."""
    lines = lines_of(evidence, "run `lcdstatus` again and keep its output")
    head = [number for number, line in enumerate(lines, 1) if _SHORT.match(line.encode()) or _DETAILED.match(line.encode())]
    yield Observation("cluster.service", "lifekeeper", Source(evidence.name, head[0] if head else 1, "lcdstatus"))
    if head and lines[head[0] - 1].startswith("LOCAL") and head[0] < len(lines) and (words := lines[head[0]].split()):
        local = machine_name(words[0])
        if local:
            yield Observation("nodes", local, Source(evidence.name, head[0] + 1, "LOCAL"), local)
    if _KNOWN not in lines:
        return
    opened = lines.index(_KNOWN) + 1
    names: list[str] = []
    for line in lines[opened:]:
        found = _MACHINE.fullmatch(line.strip())
        if found is None and line.strip():
            # Another line after the machines shows that the list did not break off.
            if names and all(names):
                yield Listed("nodes", tuple(dict.fromkeys(names)), Source(evidence.name, opened, "machines that are known"))
            return
        if found is not None:
            names.append(machine_name(found[1]))


READER = Reader("lifekeeper-lcdstatus", "the output of `lcdstatus` of LifeKeeper, detailed, `-q` or `-e`", recognises, read)
