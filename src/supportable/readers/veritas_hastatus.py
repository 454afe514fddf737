"""`hastatus -sum` of Veritas Cluster Server (InfoScale Availability) -> observations about the cluster service and its systems.

In: one output as text. No sample was at hand: the form is that of outputs in public notes (`-- SYSTEM STATE`, lines of kind `A`), the
states are those of the Cluster Server Administrator's Guide, appendix "Cluster and system states". Out: the service, and the systems,
which are all that the configuration has. An output of `hastatus` without `-sum` goes on for ever and is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation, Source
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.machines import machine_name
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_OPENS = re.compile(rb"(?:\A|\n)-- ?SYSTEM STATE\r?\n-- ?System[ \t]{1,80}State[ \t]{1,80}Frozen")
_SYSTEM = re.compile(r"A[ \t]{1,20}(\S{1,255})[ \t]{1,80}([A-Z][A-Z_]{2,40})[ \t]{1,80}[0-9]")
_AGAIN = "run `hastatus -sum` again and keep its output"


def recognises(evidence: Evidence) -> bool:
    """Text with the heading of the states of systems."""
    return _OPENS.search(plain(evidence.head)) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield the service and the systems; raise `UnreadableEvidence` when it breaks off among them."""
    lines = lines_of(evidence, _AGAIN)
    opened = next((number for number, line in enumerate(lines, 1) if line.replace(" ", "") == "--SYSTEMSTATE"), None)
    if opened is None:
        raise UnreadableEvidence("it has no states of systems", Place(evidence.name, 1), _AGAIN)
    yield Observation("cluster.service", "veritas-cluster-server", Source(evidence.name, opened, "SYSTEM STATE"))
    names: list[str] = []
    for line in lines[opened:]:
        if line.startswith("--") and "System " not in line and names:
            break
        found = _SYSTEM.fullmatch(line.strip())
        if found is not None:
            names.append(machine_name(found[1]))
    else:
        raise UnreadableEvidence("it breaks off among the states of the systems", Place(evidence.name, len(lines)), _AGAIN)
    if all(names):
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(evidence.name, opened, "SYSTEM STATE"))


READER = Reader("veritas-hastatus", "the output of `hastatus -sum` of Veritas Cluster Server", recognises, read)
