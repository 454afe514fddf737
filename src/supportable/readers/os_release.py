"""/etc/os-release -> observations about the operating system of the machine.

In: the bytes of one file (the real sample is openSUSE's, which is none of the releases that policies know). Out: release, and the
service pack or minor release that VERSION_ID tells; a system that no policy names is told as the reason for which there is nothing to
report. The file does not name its machine, and a rebuild of a distribution names itself, so that `ID_LIKE` says nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import THIS_MACHINE, Observation, Source
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.linux_releases import release_of
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_ASSIGNMENT = re.compile(r"""([A-Z][A-Z0-9_]{1,40})=(["']?)([^"'$`\\]{0,400})\2[ \t]*""")
_ONLY_ASSIGNMENTS = re.compile(rb"\A(?:(?:[A-Z][A-Z0-9_]{1,40}=[^\n]{0,400}|#[^\n]{0,400}|[ \t\r]{0,40})\n?){1,80}\Z")
_HAS = (re.compile(rb"(?:\A|\n)ID="), re.compile(rb"(?:\A|\n)(?:VERSION_ID|NAME|PRETTY_NAME)="))


def recognises(evidence: Evidence) -> bool:
    """Text of assignments alone, among them ID and a name or version."""
    head = plain(evidence.head)
    return all(one.search(head) for one in _HAS) and _ONLY_ASSIGNMENTS.match(head[:4000].rpartition(b"\n")[0] or head) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what ID and VERSION_ID say; raise `UnreadableEvidence` for a system that no table of names knows."""
    said: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(lines_of(evidence, "collect `/etc/os-release` again"), 1):
        found = _ASSIGNMENT.fullmatch(line)
        if found is not None:
            said[found[1]] = (found[3], number)
    identity, version = said.get("ID", ("", 0)), said.get("VERSION_ID", ("", 0))
    release = list(release_of(identity[0], version[0], Source(evidence.name, version[1] or 1, "ID and VERSION_ID"), THIS_MACHINE))
    yield from release
    if not release:
        system = f"{identity[0]} {version[0]}".strip()
        told = f"`{system}` is none of the releases that policies name" if system else "ID and VERSION_ID say nothing"
        hint = "name the release in a deployment file, if it counts as one of `supportable facts --fields`"
        raise UnreadableEvidence(told, Place(evidence.name, identity[1] or 1), hint)


READER = Reader("os-release", "the file `/etc/os-release`", recognises, read)
