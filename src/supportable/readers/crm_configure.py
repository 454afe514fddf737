"""`crm configure show` -> observations about the cluster's options, fencing devices and members.

In: one output (`cib.txt` of a `crm report`, `ha.txt` of a supportconfig); the real sample is of a SLES 15 SP1 cluster. Out: what is
configured. A line that ends with a backslash goes on in the next one; remote nodes have a type and are no members. Options that a
rule decides are not reported, because rules depend on the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from supportable.core.facts import Listed, Observation, Source
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.fencing_agents import counted
from supportable.readers.machines import machine_name
from supportable.readers.pacemaker_options import configured
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_PROPERTY = re.compile(rb"(?:\A|\n)property (?:\$id=\"?)?[\w.-]{1,120}\"?:? ?\\?\r?\n")
_OTHERS = re.compile(rb"(?:\A|\n)(?:node|primitive|rsc_defaults|op_defaults) ")
_NODE = re.compile(r"node (?:\$id=\"?[\w.-]{1,100}\"? )?(?:[0-9]{1,12}: )?([\w.-]{1,255})(:\w{1,20})?(?: .*)?")
_FENCING = re.compile(r"primitive \S{1,200} stonith:(\S{1,200}).*")
_ON_DLM = re.compile(r"primitive \S{1,200} ocf:\w{1,60}:(?:controld|clvm|lvmlockd)\b.*|primitive .*\bfstype=\"?(?:gfs2|ocfs2)\b.*")
_SET = re.compile(r'([a-z][a-z0-9-]{1,80})=(?:"([^"]{0,300})"|(\S{0,300}))')
_AGAIN = "run `crm configure show` again and keep its output"


class _Definition(NamedTuple):
    """One definition on one line, and the lines it was written on."""

    text: str
    line: int
    lines: tuple[str, ...]


def recognises(evidence: Evidence) -> bool:
    """Text with a set of properties and another definition of `crm`."""
    head = plain(evidence.head)
    return _PROPERTY.search(head) is not None and _OTHERS.search(head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what is configured; raise `UnreadableEvidence` where a definition goes on and the text does not."""
    definitions = list(_definitions(evidence))
    file = evidence.name
    yield Observation("cluster.service", "pacemaker", Source(file, definitions[0].line if definitions else 1, "crm configure show"))
    for one in definitions:
        if one.text.startswith("property ") and not re.search(r"\brule\b", one.text):
            given: dict[str, tuple[str, Source]] = {}
            for number, line in enumerate(one.lines, one.line):
                for pair in _SET.finditer(line):
                    text = pair[2] if pair[2] is not None else pair[3]
                    given.setdefault(pair[1], (text, Source(file, number, f"property {pair[1]}")))
            yield from configured(given, Source(file, one.line, "property"), whole="cib-bootstrap-options" in one.text)
    resources = [one for one in definitions if one.text.startswith("primitive ")]
    first = resources[0].line if resources else 1
    count, told = counted([found[1] for one in resources if (found := _FENCING.fullmatch(one.text)) is not None])
    yield Observation("cluster.fencing_devices", count, Source(file, first, f"primitives of class stonith{told}"))
    for one in resources:
        if _ON_DLM.fullmatch(one.text):
            yield Observation("cluster.resilient_storage", True, Source(file, one.line, "primitive"))
            break
    members = [found for one in definitions if (found := _NODE.fullmatch(one.text)) is not None]
    names = tuple(dict.fromkeys(machine_name(one[1]) for one in members if one[2] in (None, ":member", ":normal")))
    if names and all(names):
        listed = next(one.line for one in definitions if one.text.startswith("node "))
        yield Listed("nodes", names, Source(file, listed, "node"))


def _definitions(evidence: Evidence) -> Iterator[_Definition]:
    gathered: list[str] = []
    first = 1
    number = 0
    for number, line in enumerate(lines_of(evidence, _AGAIN), 1):
        first = first if gathered else number
        gathered.append(line.rstrip().removesuffix("\\"))
        if line.rstrip().endswith("\\"):
            continue
        text = " ".join(one.strip() for one in gathered).strip()
        if text and not text.startswith("#"):
            yield _Definition(text, first, tuple(gathered))
        gathered = []
    if gathered:
        raise UnreadableEvidence("it breaks off inside a definition", Place(evidence.name, number), _AGAIN)


READER = Reader("crm-configure", "the output of `crm configure show`", recognises, read)
