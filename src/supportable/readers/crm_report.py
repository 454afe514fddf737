"""`sysinfo.txt` and `crm_mon.txt` of a `crm report` -> observations about the machine and the running cluster.

In: one of the two texts. Out: from `sysinfo.txt` the packages of Pacemaker and corosync, and the operating system and architecture
of the machine, which the file does not name; from `crm_mon.txt` stack, version, quorum and members.
The distribution that a package names is the one it was built for: only the C library's is taken for the machine's, since
other packages come from anywhere, and it never tells the service pack or minor release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import THIS_MACHINE, Listed, Observation, Source, Value
from supportable.core.versions import version_key
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.linux_releases import ARCHITECTURES, release_in_words
from supportable.readers.pacemaker_status import cluster_status
from supportable.readers.reader import Evidence, Reader

_SYSINFO = re.compile(rb"(?:^|\n)#####Cluster (?:info|related packages):")
# Pacemaker 2.1 and later print the same lines as items of a list (`  * Stack: corosync`).
_MONITOR = re.compile(rb"(?:^|\n)(?:  \* )?Stack: [^\n]{1,80}\r?\n(?:[^\n]{0,300}\n){0,4}?(?:  \* )?Current DC: ")
# `rpm --qf '%{name} %{version}-%{release} - %{distribution} %{arch}'`, `dpkg-query -f '${Name} ${Version}'`.
_PACKAGE = re.compile(r"(pacemaker|corosync|glibc) (\S{1,120})(?: - (.{1,120}) \S{1,20})?")
_FIELDS = {"pacemaker": "nodes.cluster_stack_version", "corosync": "nodes.corosync_version"}


def recognises(evidence: Evidence) -> bool:
    """Text that opens with the headings of `sysinfo.txt`, or with the summary that `crm_mon` prints."""
    return _SYSINFO.search(evidence.head) is not None or _MONITOR.search(evidence.head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the text says; raise `UnreadableEvidence` when it is not text or breaks off before it says anything."""
    lines = evidence.data.decode("utf-8", "replace").split("\n")
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            raise UnreadableEvidence(
                "it holds bytes that are not text", Place(evidence.name, number), "collect the file again; it may be damaged"
            )
    if _SYSINFO.search(evidence.head):
        yield from _machine(lines, evidence.name)
    else:
        yield from cluster_status(lines, evidence.name)


def _machine(lines: list[str], file: str) -> Iterator[Observation]:
    whole = False
    for number, line in enumerate(lines, 1):
        words = line.strip()
        whole |= words.startswith(("#####Cluster related packages:", "#####System info:"))
        package = _PACKAGE.fullmatch(words)
        if package is not None and package[1] in _FIELDS and version_key(package[2]) is not None:
            yield _of_machine(_FIELDS[package[1]], package[2], Source(file, number, f"package {package[1]}"))
        elif package is not None and package[1] == "glibc" and package[3]:
            yield from release_in_words(package[3], Source(file, number, "distribution of package glibc"), THIS_MACHINE, with_pack=False)
        elif words.startswith("Distribution: "):
            told = words.removeprefix("Distribution: ")
            yield from release_in_words(told, Source(file, number, "Distribution"), THIS_MACHINE, with_pack=True)
        elif words.removeprefix("Architecture: ") in ARCHITECTURES and words.startswith("Architecture: "):
            found = ARCHITECTURES[words.removeprefix("Architecture: ")]
            yield _of_machine("nodes.os.architecture", found, Source(file, number, "Architecture"))
    if not whole:
        raise UnreadableEvidence("it breaks off before its list of packages", Place(file, len(lines)), "make the report again")


def _of_machine(name: str, found: Value, source: Source) -> Observation:
    return Observation(name, found, source, THIS_MACHINE)


READER = Reader("crm-report", "`sysinfo.txt` and `crm_mon.txt` of a `crm report`, and other output of `crm_mon -1`", recognises, read)
