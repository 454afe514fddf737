"""What a Linux system calls itself in a sentence -> release, service pack or minor release, architecture.

In: `PRETTY_NAME` of os-release, a line of `redhat-release`, the distribution of a package; the names that `uname -m` and systemd give to
processors. Out: observations about the machine; nothing for any other distribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Observation, Source
from supportable.core.fields import FIELDS
from supportable.readers.names import observed_by_name

_SUSE = re.compile(r"SUSE Linux Enterprise (?:Server )?(?:for SAP Applications )?([0-9]{2})(?: SP([0-9]))?(?: .*)?")
_RED_HAT = re.compile(r"Red Hat Enterprise Linux(?: Server)?(?: release)? ([0-9]{1,2})(?:\.([0-9]{1,2}))?(?: .*)?")
_UBUNTU = re.compile(r"Ubuntu ([0-9]{2}\.[0-9]{2})(?:\.[0-9]{1,2})?(?: .*)?")
_SUSE_WITH_PACKS = ("sles 12", "sles 15", "sles_sap 12", "sles_sap 15")
# What `uname -m` prints, and what systemd calls the same (hostnamectl).
ARCHITECTURES = {
    "x86_64": "x64", "x86-64": "x64", "i386": "x86", "i586": "x86", "i686": "x86", "x86": "x86", "ia64": "itanium",
    "aarch64": "arm64", "arm64": "arm64", "ppc64le": "ppc64le", "ppc64-le": "ppc64le", "s390x": "s390x",
}  # fmt: skip
"""Name of a processor -> value of `nodes.os.architecture`."""


def release_in_words(words: str, source: Source, item: str, *, with_pack: bool) -> Iterator[Observation]:
    """Yield what the words tell; without `with_pack` only the release, for words that another release may have written."""
    suse, red_hat, ubuntu = _SUSE.fullmatch(words), _RED_HAT.fullmatch(words), _UBUNTU.fullmatch(words)
    name = f"sles-{suse[1]}" if suse else f"rhel-{red_hat[1]}" if red_hat else f"ubuntu-{ubuntu[1]}" if ubuntu else ""
    if name not in FIELDS["nodes.os.release"].values:
        return
    yield Observation("nodes.os.release", name, source, item, words)
    if suse and suse[2] and with_pack:
        yield Observation("nodes.os.service_pack", int(suse[2]), source, item, words)
    if red_hat and red_hat[2] and with_pack:
        yield Observation("nodes.os.minor_release", int(red_hat[2]), source, item, words)


def release_of(identity: str, version: str, source: Source, item: str) -> Iterator[Observation]:
    """Yield the release that an ID and a VERSION_ID stand for, with its service pack or minor release."""
    numbers = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?(?:\.[0-9.]{1,20})?", version)
    if numbers is None:
        return
    name = f"{identity} {version if identity == 'ubuntu' else numbers[1]}"
    found = list(observed_by_name("linux-releases", name, source, item))
    yield from found
    if not found:
        return
    if numbers[2] is not None and identity == "rhel":
        yield Observation("nodes.os.minor_release", int(numbers[2]), source, item)
    if numbers[2] is not None and name in _SUSE_WITH_PACKS:
        # SUSE writes the service pack as the second number until 15; 12.5 is 12 SP5.
        yield Observation("nodes.os.service_pack", int(numbers[2]), source, item)
