"""`sysinfo.txt` and `crm_mon.txt` of a `crm report` -> observations about the machine and the running cluster.

In: one of the two texts (`pcs status` prints the second one too). Out: from `sysinfo.txt` the Pacemaker package and the
operating system and architecture of the machine, which the file does not name; from `crm_mon.txt` stack, version, quorum and members.
The distribution that a package names is the one it was built for: only the C library's is taken for the machine's, since
other packages come from anywhere, and it never tells the service pack or minor release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import THIS_MACHINE, Listed, Observation, Source, Value
from supportable.core.fields import FIELDS
from supportable.core.versions import version_key
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.machines import machine_name
from supportable.readers.pacemaker_words import value
from supportable.readers.reader import Evidence, Reader

_SYSINFO = re.compile(rb"(?:^|\n)#####Cluster (?:info|related packages):")
# Pacemaker 2.1 and later print the same lines as items of a list (`  * Stack: corosync`).
_MONITOR = re.compile(rb"(?:^|\n)(?:  \* )?Stack: [^\n]{1,80}\r?\n(?:[^\n]{0,300}\n){0,4}?(?:  \* )?Current DC: ")
# `rpm --qf '%{name} %{version}-%{release} - %{distribution} %{arch}'`, `dpkg-query -f '${Name} ${Version}'`.
_PACKAGE = re.compile(r"(pacemaker|glibc) (\S{1,120})(?: - (.{1,120}) \S{1,20})?")
_SUSE = re.compile(r"SUSE Linux Enterprise (?:Server )?(?:for SAP Applications )?([0-9]{2})(?: SP([0-9]))?(?: .*)?")
_RED_HAT = re.compile(r"Red Hat Enterprise Linux(?: Server)?(?: release)? ([0-9]{1,2})(?:\.([0-9]{1,2}))?(?: .*)?")
# What `uname -m` prints.
_ARCHITECTURES = {
    "x86_64": "x64", "i386": "x86", "i586": "x86", "i686": "x86", "ia64": "itanium",
    "aarch64": "arm64", "ppc64le": "ppc64le", "s390x": "s390x",
}  # fmt: skip
_CONTROLLER = re.compile(
    r"Current DC: \S{1,255}(?: \([0-9]{1,12}\))?(?: \(version ([^()]{1,200})\))? - (?:MIXED-VERSION )?partition (with|WITHOUT) quorum"
)
_CONFIGURED = re.compile(r"([0-9]{1,5}) [Nn]odes? configured\b.*")
_MEMBERS = re.compile(r"(?:Online|OFFLINE): \[ (.*) \]")
_ONE_MEMBER = re.compile(r"Node (\S{1,255})(?: \([0-9]{1,12}\))?: .*")
_TITLES = {"Version": "cluster.version", "Cluster name": "cluster.name"}
_NUMBER = re.compile(r"\([0-9]{1,12}\)")


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
        yield from _cluster(lines, evidence.name)


def _machine(lines: list[str], file: str) -> Iterator[Observation]:
    whole = False
    for number, line in enumerate(lines, 1):
        words = line.strip()
        whole |= words.startswith(("#####Cluster related packages:", "#####System info:"))
        package = _PACKAGE.fullmatch(words)
        if package is not None and package[1] == "pacemaker" and version_key(package[2]) is not None:
            yield _of_machine("nodes.cluster_stack_version", package[2], Source(file, number, "package pacemaker"))
        elif package is not None and package[1] == "glibc" and package[3]:
            yield from _release(package[3], Source(file, number, "distribution of package glibc"), with_pack=False)
        elif words.startswith("Distribution: "):
            yield from _release(words.removeprefix("Distribution: "), Source(file, number, "Distribution"), with_pack=True)
        elif words.removeprefix("Architecture: ") in _ARCHITECTURES and words.startswith("Architecture: "):
            found = _ARCHITECTURES[words.removeprefix("Architecture: ")]
            yield _of_machine("nodes.os.architecture", found, Source(file, number, "Architecture"))
    if not whole:
        raise UnreadableEvidence("it breaks off before its list of packages", Place(file, len(lines)), "make the report again")


def _release(words: str, source: Source, *, with_pack: bool) -> Iterator[Observation]:
    suse, red_hat = _SUSE.fullmatch(words), _RED_HAT.fullmatch(words)
    name = f"sles-{suse[1]}" if suse else f"rhel-{red_hat[1]}" if red_hat else ""
    if name not in FIELDS["nodes.os.release"].values:
        return
    yield _of_machine("nodes.os.release", name, source)
    if suse and suse[2] and with_pack:
        yield _of_machine("nodes.os.service_pack", int(suse[2]), source)
    if red_hat and red_hat[2] and with_pack:
        yield _of_machine("nodes.os.minor_release", int(red_hat[2]), source)


def _of_machine(name: str, found: Value, source: Source) -> Observation:
    return Observation(name, found, source, THIS_MACHINE)


def _cluster(lines: list[str], file: str) -> Iterator[Observation | Listed]:
    configured: tuple[int, int] | None = None
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        words = line.strip().removeprefix("* ")
        title, _, told = words.partition(": ")
        if title == "Stack" and configured is None:
            yield Observation("cluster.service", "pacemaker", Source(file, number, title))
            yield from _told("cluster.stack", told.removesuffix(" (Pacemaker is running)"), Source(file, number, title))
        elif title in _TITLES and configured is None:
            yield from _told(_TITLES[title], told, Source(file, number, title))
        elif found := _CONTROLLER.fullmatch(words):
            yield Observation("cluster.have_quorum", found[2] == "with", Source(file, number, "Current DC"))
            yield from _told("cluster.version", found[1], Source(file, number, "Current DC"))
        elif found := _CONFIGURED.fullmatch(words):
            configured = (int(found[1]), number)
        elif found := _MEMBERS.fullmatch(words):
            names += [name for name in found[1].split() if not _NUMBER.fullmatch(name)]
        elif found := _ONE_MEMBER.fullmatch(words):
            names.append(found[1])
    members = tuple(dict.fromkeys(machine_name(name) for name in names))
    # Remote nodes are counted as configured and listed elsewhere, so only a cluster without them adds up.
    if configured is not None and len(members) == configured[0] and members and all(members):
        yield Listed("nodes", members, Source(file, configured[1], "nodes configured"))


def _told(name: str, words: str | None, source: Source) -> Iterator[Observation]:
    found = value(name, words)
    if found is not None:
        yield Observation(name, found, source)


READER = Reader("crm-report", "`sysinfo.txt` and `crm_mon.txt` of a `crm report`, `pcs status`", recognises, read)
