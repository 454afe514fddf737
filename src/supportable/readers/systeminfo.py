"""`systeminfo` of Windows, in English -> observations about one machine.

In: one output as text. No sample may be kept here (those in public are of penetration tests), so the form is that of public outputs:
`OS Name:`, `OS Configuration:` and so on, a value at a column. Out: name, release, edition, build, architecture, role, domain,
hypervisor or hardware. In other languages the titles are translated, and such a file is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import ABSENT, THIS_MACHINE, Observation, Source
from supportable.readers.hypervisors import Told, machine_kind
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain
from supportable.readers.windows_releases import DOMAIN_ROLE_WORDS, edition_in, release_in

_OPENS = re.compile(rb"(?:\A|\n)OS Name:[ \t]{2,60}Microsoft")
_PAIR = re.compile(r"([A-Z][A-Za-z ()]{3,30}):[ \t]{1,60}(\S.{0,250})")
_VERSION = re.compile(r"([0-9]{1,2}\.[0-9]{1,2}\.[0-9]{3,6}) (?:N/A|Service Pack ([0-9])) Build [0-9]{3,6}")
_ARCHITECTURES = {"x64-based PC": "x64", "X86-based PC": "x86", "Itanium-based PC": "itanium", "ARM64-based PC": "arm64"}


def recognises(evidence: Evidence) -> bool:
    """Text with a line `OS Name:` that names a system of Microsoft."""
    return _OPENS.search(plain(evidence.head)) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what the lines say of the machine that they name."""
    said: dict[str, Told] = {}
    for number, line in enumerate(lines_of(evidence, "run `systeminfo` again and keep its output"), 1):
        found = _PAIR.fullmatch(line.rstrip())
        if found is not None:
            said.setdefault(found[1], Told(found[2].strip(), Source(evidence.name, number, found[1])))
    name = said.get("Host Name")
    machine = machine_name(name.text) if name is not None else THIS_MACHINE
    if name is not None and machine:
        yield Observation("nodes", machine, name.source, machine)
    yield from _system(said, machine)
    role = said.get("OS Configuration")
    if role is not None and role.text.casefold() in DOMAIN_ROLE_WORDS:
        yield Observation("nodes.domain_role", DOMAIN_ROLE_WORDS[role.text.casefold()], role.source, machine, role.text)
        yield from _domain(said.get("Domain"), role.text, machine)
    vendor, model = said.get("System Manufacturer"), said.get("System Model")
    yield from machine_kind(vendor, model, machine)


def _system(said: dict[str, Told], machine: str) -> Iterator[Observation]:
    caption, version, kind = said.get("OS Name"), said.get("OS Version"), said.get("System Type")
    release = release_in(caption.text) if caption is not None else None
    # 2003 R2 has the same name as 2003, and only another property tells them apart.
    if caption is not None and release not in (None, "windows-server-2003"):
        yield Observation("nodes.os.release", release or "", caption.source, machine, caption.text)
    edition = edition_in(caption.text) if caption is not None else None
    if caption is not None and edition is not None:
        yield Observation("nodes.os.edition", edition, caption.source, machine, caption.text)
    built = _VERSION.fullmatch(version.text) if version is not None else None
    if version is not None and built is not None and release is not None:
        yield Observation("nodes.os.build", built[1], version.source, machine)
        yield Observation("nodes.os.service_pack", int(built[2] or 0), version.source, machine, version.text)
    if kind is not None and kind.text in _ARCHITECTURES:
        yield Observation("nodes.os.architecture", _ARCHITECTURES[kind.text], kind.source, machine, kind.text)


def _domain(domain: Told | None, role: str, machine: str) -> Iterator[Observation]:
    words = plain_words(domain.text) if domain is not None else None
    if domain is None or words is None:
        return
    # A machine that stands alone shows its workgroup there.
    yield Observation("nodes.domain", ABSENT if role.casefold().startswith("stand") else words.casefold(), domain.source, machine)


READER = Reader("systeminfo", "the output of `systeminfo` on Windows, in English", recognises, read)
