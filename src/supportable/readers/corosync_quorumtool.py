"""`corosync-quorumtool -s` and `pcs quorum status` -> observations about votes and quorum.

In: one output; the real sample is that of Red Hat Insights, with a heading damaged on purpose. Out: quorum, votes, two-node mode,
quorum device. The members it shows are those of this partition, not all that are configured, so no list of nodes comes of it;
and a device that is not registered is not shown, so only its presence says something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Observation, Source
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_OPENS = re.compile(rb"(?:^|\n)Quorum information\r?\n-{5,80}\r?\n")
_SECTIONS = ("Quorum information", "Votequorum information", "Membership information")
_PAIR = re.compile(r"([A-Z][A-Za-z ]{1,40}): +(.{1,200})")
_AGAIN = "run `corosync-quorumtool -s` again and keep its output"


def recognises(evidence: Evidence) -> bool:
    """Text with the heading `Quorum information`, underlined."""
    return _OPENS.search(plain(evidence.head)) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what its sections say; one under another heading is not read, and named as the place where reading stopped."""
    lines = lines_of(evidence, _AGAIN)
    strange = 0
    section = ""
    for number, line in enumerate(lines, 1):
        if number < len(lines) and re.fullmatch(r"-{5,80}", lines[number].strip()):
            section = line.strip()
            strange = strange or (number if section not in _SECTIONS else 0)
        pair = _PAIR.fullmatch(line.strip())
        if pair is not None and section in _SECTIONS:
            yield from _said(section, pair[1], pair[2].strip(), Source(evidence.name, number, pair[1]))
    if strange:
        raise UnreadableEvidence("it has a section of another name, which was not read", Place(evidence.name, strange), _AGAIN)


def _said(section: str, title: str, told: str, source: Source) -> Iterator[Observation]:
    if section == "Quorum information" and title == "Quorate" and told in ("Yes", "No"):
        yield Observation("cluster.have_quorum", told == "Yes", source)
    if section == "Quorum information" and title == "Quorum provider" and told.startswith("corosync"):
        yield Observation("cluster.stack", "corosync", source)
    if section == "Votequorum information" and title == "Expected votes" and re.fullmatch("[0-9]{1,9}", told):
        yield Observation("cluster.expected_votes", int(told), source)
    if section == "Votequorum information" and title == "Flags":
        flags = told.split()
        yield Observation("cluster.two_node", "2Node" in flags, source)
        if "Qdevice" in flags:
            yield Observation("cluster.quorum_devices", 1, source)


READER = Reader("corosync-quorumtool", "the output of `corosync-quorumtool -s` or `pcs quorum status`", recognises, read)
