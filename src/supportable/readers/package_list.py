"""Lists of installed packages -> the versions that policies ask about, of one machine.

In: `rpm -qa` (also with dates beside, as `sos` keeps it), `rpm -q`, `dpkg -l`, `dpkg-query -W`, and the table of a supportconfig
(`NAME DISTRIBUTION VERSION`). The forms are those of the manuals and of the script, no sample was at hand; the list in a `crm report` is
another reader's. Out: version and release of Pacemaker, corosync, cman and the quorum device's daemon. A package that is not in the
list is `ABSENT` only if the list is that of a whole system: a filtered one looks the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import ABSENT, THIS_MACHINE, Observation, Source
from supportable.core.versions import version_key
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_FIELDS = {
    "pacemaker": "nodes.cluster_stack_version",
    "corosync": "nodes.corosync_version",
    "corosync-qdevice": "nodes.qdevice_version",
    "cman": "nodes.cman_version",
}
_ARCHITECTURES = "x86_64|noarch|aarch64|ppc64le|s390x|i[3-6]86"
_VERSION = r"[0-9][\w.+~^:]{0,120}"
_RPM = re.compile(rf"([A-Za-z0-9][\w.+-]{{0,120}})-({_VERSION}-[\w.+~^]{{1,120}})\.(?:{_ARCHITECTURES})(?:[ \t].{{0,120}})?")
_DPKG = re.compile(r"[uirphc][ncHUFWti]R?[ \t]+([a-z0-9][a-z0-9.+-]{1,120})(?::[a-z0-9]{2,10})?[ \t]+([0-9][\w.+~:-]{0,120})(?:[ \t].*)?")
_DPKG_W = re.compile(r"([a-z0-9][a-z0-9.+-]{1,120})(?::[a-z0-9]{2,10})?\t([0-9][\w.+~:-]{0,120})")
_TABLE = re.compile(rf"([A-Za-z0-9][\w.+-]{{0,120}})[ \t]{{2,}}\S.{{0,120}}?[ \t]({_VERSION}-[\w.+~^]{{1,120}})")
_FORMS = (_RPM, _DPKG, _DPKG_W, _TABLE)
# What `dpkg -l` and a supportconfig write above their lists.
_TITLES = ("Desired=", "| Status=", "|/ Err?=", "||/ Name", "+++-", "NAME ")
_INSTALLED = ("ii", "hi")
_WHOLE_OVER = 100
_ON_EVERY_LINUX = ("bash", "coreutils")
_LIBRARIES = ("glibc", "libc6")


def recognises(evidence: Evidence) -> bool:
    """Text of which nearly every line is a package in one of the forms."""
    text = plain(evidence.head).decode("utf-8", "replace")
    lines = [line.strip() for line in text.split("\n") if line.strip() and not line.startswith(_TITLES)]
    if len(evidence.data) > len(evidence.head):
        lines = lines[:-1]
    form = next((one for one in _FORMS if any(one.fullmatch(line) for line in lines[:5])), None)
    return form is not None and sum(form.fullmatch(line) is not None for line in lines) * 10 >= len(lines) * 8


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield the versions, and which of the packages a whole list does not have."""
    names: set[str] = set()
    found: set[str] = set()
    lines = lines_of(evidence, "list the packages again")
    for number, line in enumerate(lines, 1):
        package = _packages(line)
        if package is None:
            continue
        name, version = package
        names.add(name)
        if name in _FIELDS and version_key(version) is not None:
            found.add(name)
            source = Source(evidence.name, number, f"package {name}")
            yield Observation(_FIELDS[name], version.partition(":")[2] or version, source, THIS_MACHINE)
    if len(names) > _WHOLE_OVER and names.issuperset(_ON_EVERY_LINUX) and not names.isdisjoint(_LIBRARIES):
        for name, field in _FIELDS.items():
            if name not in found and name not in names:
                place = f"no package {name} among {len(names)}"
                yield Observation(field, ABSENT, Source(evidence.name, 1, place), THIS_MACHINE)


def _packages(line: str) -> tuple[str, str] | None:
    """Return name and version (with release, without architecture) of one line."""
    for form in _FORMS:
        found = form.fullmatch(line.strip()) if len(line) < 600 else None
        if found is not None:
            # A package that was removed still stands in the list of dpkg, with another state.
            return (found[1], found[2]) if form is not _DPKG or line.strip().startswith(_INSTALLED) else None
    return None


READER = Reader("package-list", "lists of packages: `rpm -qa`, `dpkg -l`, `dpkg-query -W`, `rpm.txt` of a supportconfig", recognises, read)
