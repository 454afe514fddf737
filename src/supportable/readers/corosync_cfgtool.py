"""`corosync-cfgtool -s` -> observations about the links of corosync.

In: one output; the real sample is that of corosync 3.1 on the cluster of a laboratory, the form of corosync 2 (`RING ID`) is that of its
manual page. Out: how many links there are, whatever their state, and the transport. The protocol beside a link is the one in use, not
the one that is set, so it is not reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Observation, Source
from supportable.core.fields import FIELDS
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_OPENS = re.compile(rb"(?:\A|\n)Local node ID [0-9]{1,12}(?:, transport [a-z]{2,10})?\r?\n")
_TRANSPORT = re.compile(r"Local node ID [0-9]{1,12}, transport ([a-z]{2,10})")
_LINK = re.compile(r"(?:LINK|RING) ID ([0-9]{1,2})(?:[ \t].{0,40})?")


def recognises(evidence: Evidence) -> bool:
    """Text with the line that names the local node."""
    return _OPENS.search(plain(evidence.head)) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what the lines say; raise `UnreadableEvidence` when it is not text."""
    links: dict[str, int] = {}
    for number, line in enumerate(lines_of(evidence, "run `corosync-cfgtool -s` again and keep its output"), 1):
        transport, link = _TRANSPORT.fullmatch(line.strip()), _LINK.fullmatch(line.strip())
        if transport is not None and transport[1] in FIELDS["cluster.transport"].values:
            yield Observation("cluster.transport", transport[1], Source(evidence.name, number, "transport"))
        if link is not None:
            links.setdefault(link[1], number)
    if links:
        yield Observation("cluster.links", len(links), Source(evidence.name, min(links.values()), "links"))


READER = Reader("corosync-cfgtool", "the output of `corosync-cfgtool -s`", recognises, read)
