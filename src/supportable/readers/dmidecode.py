"""`dmidecode` -> observations about one machine: whether it is virtual, under what, in which cloud, or else what hardware it is.

In: one output, whole or of some types; real samples are those of Red Hat Insights. Out: what the first System Information says, and the
tags by which two clouds are known. An output without System Information (`dmidecode -t 9`) says nothing of this and is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import THIS_MACHINE, Observation, Source
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.hypervisors import Told, machine_kind
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_OPENS = re.compile(rb"(?:\A|\n)Handle 0x[0-9A-Fa-f]{4,8}, DMI type [0-9]{1,3}, ")
_PAIR = re.compile(r"[ \t]{1,8}(Manufacturer|Product Name|Version|Asset Tag): (.{1,200})")
_AGAIN = "run `dmidecode` as root, whole or with `-t system`"
_AZURE = "cloud-init, sources/azure/identity.py"
_AMAZON = "foreman_rh_cloud, cloud of a host by its BIOS version"
_AZURE_CHASSIS = "7783-7084-3265-9085-8269-3286-77"


def recognises(evidence: Evidence) -> bool:
    """Text with a handle of the DMI table."""
    return _OPENS.search(plain(evidence.head)) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what the structures say; raise `UnreadableEvidence` when there is no System Information."""
    section = ""
    said: dict[tuple[str, str], Told] = {}
    lines = lines_of(evidence, _AGAIN)
    for number, line in enumerate(lines, 1):
        if line and not line[0].isspace():
            section = line.strip()
        found = _PAIR.fullmatch(line)
        if found is not None:
            said.setdefault((section, found[1]), Told(found[2].strip(), Source(evidence.name, number, f"{section}, {found[1]}")))
    vendor, model, version = (said.get(("System Information", title)) for title in ("Manufacturer", "Product Name", "Version"))
    if vendor is None and model is None:
        raise UnreadableEvidence("it has no System Information", Place(evidence.name, len(lines)), _AGAIN)
    tag = said.get(("Chassis Information", "Asset Tag"))
    if tag is not None and tag.text == _AZURE_CHASSIS:
        yield Observation("nodes.cloud", "azure", tag.source, THIS_MACHINE, tag.text, _AZURE)
    if vendor is not None and vendor.text == "Xen" and version is not None and version.text.endswith(".amazon"):
        yield Observation("nodes.cloud", "aws", version.source, THIS_MACHINE, version.text, _AMAZON)
    yield from machine_kind(vendor, model, THIS_MACHINE)


READER = Reader("dmidecode", "the output of `dmidecode`", recognises, read)
