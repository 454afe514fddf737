"""`hostnamectl` -> observations about one machine: its name, operating system, architecture, hypervisor or hardware.

In: one output, in English; the form is that of hostnamectl(1) and of outputs that public pages quote, no sample was at hand. Out: what
its lines say. A line `Virtualization` that is not there says nothing: older versions and containers leave it out too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import THIS_MACHINE, Observation, Source
from supportable.readers.hypervisors import Told, machine_kind
from supportable.readers.linux_releases import ARCHITECTURES, release_in_words
from supportable.readers.machines import machine_name
from supportable.readers.names import observed_by_name
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_OPENS = re.compile(rb"(?:\A|\n)[ \t]{0,20}Static hostname: ")
_PAIR = re.compile(r"[ \t]{0,30}([A-Z][A-Za-z ]{2,30}): (.{1,300})")


def recognises(evidence: Evidence) -> bool:
    """Text with the line `Static hostname:`."""
    return _OPENS.search(plain(evidence.head)) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what the lines say of the machine that they name."""
    said: dict[str, Told] = {}
    for number, line in enumerate(lines_of(evidence, "run `hostnamectl` again and keep its output"), 1):
        found = _PAIR.fullmatch(line)
        if found is not None:
            said.setdefault(found[1], Told(found[2].strip(), Source(evidence.name, number, found[1])))
    name = said.get("Static hostname")
    machine = machine_name(name.text) if name is not None else THIS_MACHINE
    if name is not None and machine:
        yield Observation("nodes", machine, name.source, machine)
    for title, told in said.items():
        if title == "Operating System":
            yield from release_in_words(told.text, told.source, machine, with_pack=True)
        elif title == "Virtualization":
            yield from observed_by_name("evidence/virtualisation", told.text, told.source, machine)
        elif title == "Architecture" and told.text in ARCHITECTURES:
            yield Observation("nodes.os.architecture", ARCHITECTURES[told.text], told.source, machine, told.text)
    yield from machine_kind(said.get("Hardware Vendor"), said.get("Hardware Model"), machine)


READER = Reader("hostnamectl", "the output of `hostnamectl`", recognises, read)
