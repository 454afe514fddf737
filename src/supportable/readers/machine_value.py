"""One value of one machine, alone in a file -> what it says.

In: a file of one line or a few: `systemd-detect-virt`, `virt-what`, `hostname`, `uname -a`, `/etc/redhat-release`, and values of
/sys/class/dmi/id (`sys_vendor`, `product_name`, `bios_vendor` and so on). A line of `uname` or `redhat-release` tells what it is; the
others do not (`none`, `kvm`, `Dell Inc.`), so their file must have the name of the command or of the file it was. `virt-what` that
printed nothing says nothing: the machine is physical, or under something that `virt-what` does not know (virt-what(1)). The forms are
those of the manuals; no sample was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import THIS_MACHINE, Observation, Source
from supportable.readers.hypervisors import Told, machine_kind, virtual_machine
from supportable.readers.linux_releases import ARCHITECTURES, release_in_words
from supportable.readers.machines import machine_name
from supportable.readers.names import observed_by_name
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_LONGEST = 2000
_UNAME = re.compile(r"Linux ([\w.-]{1,255}) [0-9]\S{1,120} .{0,300}?\b(x86_64|i[3-6]86|aarch64|ppc64le|s390x|ia64)\b.{0,60}")
_RELEASE = re.compile(r"Red Hat Enterprise Linux (?:Server )?release .{1,80}")
_DMI = re.compile(
    r"(?:.*/)?dmi/id/(sys_vendor|product_name|product_version|bios_vendor|bios_version|bios_date|board_vendor|chassis_asset_tag)(?:\.txt)?"
)
# cloud-init, sources/azure/identity.py.
_AZURE_CHASSIS = "7783-7084-3265-9085-8269-3286-77"
_COMMAND = re.compile(r"(?:.*/)?(systemd-detect-virt|virt-what|hostname)(?:[_-]+(?:f|-vm|vm|-fqdn|fqdn))?(?:\.txt|\.out)?")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,255}")


def recognises(evidence: Evidence) -> bool:
    """A short text whose line tells what it is, or whose file has a name that does."""
    if not 0 < len(evidence.data) <= _LONGEST:
        return False
    text = plain(evidence.data).decode("utf-8", "replace").strip()
    if "\0" in text or not text:
        return False
    if "\n" not in text and (_UNAME.fullmatch(text) or _RELEASE.fullmatch(text)):
        return True
    if _DMI.fullmatch(evidence.name):
        return "\n" not in text and text.isprintable()
    return _COMMAND.fullmatch(evidence.name) is not None and all(_WORD.fullmatch(line.strip()) for line in text.split("\n"))


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what the value says of the machine."""
    lines = [(number, line.strip()) for number, line in enumerate(lines_of(evidence, "collect the file again"), 1) if line.strip()]
    number, text = lines[0] if lines else (1, "")
    uname, part, command = _UNAME.fullmatch(text), _DMI.fullmatch(evidence.name), _COMMAND.fullmatch(evidence.name)
    if uname is not None:
        source = Source(evidence.name, number, "uname")
        name = machine_name(uname[1])
        yield from _name(name, source)
        yield Observation("nodes.os.architecture", ARCHITECTURES[uname[2]], source, name, uname[2])
    elif _RELEASE.fullmatch(text):
        yield from release_in_words(text, Source(evidence.name, number, "release"), THIS_MACHINE, with_pack=True)
    elif part is not None:
        yield from _firmware(part[1], Told(text, Source(evidence.name, number, part[1])))
    elif command is not None and command[1] == "hostname":
        yield from _name(machine_name(text), Source(evidence.name, number, "hostname"))
    elif command is not None:
        for at, word in lines:
            yield from observed_by_name("evidence/virtualisation", word, Source(evidence.name, at, command[1]), THIS_MACHINE)


def _firmware(part: str, told: Told) -> Iterator[Observation]:
    """Yield what one value of the firmware says; of its versions and dates only what names a cloud or a hypervisor."""
    if part == "sys_vendor":
        yield from machine_kind(told, None, THIS_MACHINE)
    elif part == "product_name":
        yield from machine_kind(None, told, THIS_MACHINE)
    elif part in ("bios_vendor", "board_vendor"):
        # Another product may have written it (`Bochs` under KVM), so it tells that the machine is virtual and not under what.
        if virtual_machine(told.text.casefold(), "") is not None:
            yield Observation("nodes.virtual", True, told.source, THIS_MACHINE)
    elif part == "product_version" and told.text.startswith("Hyper-V"):
        yield from machine_kind(None, told, THIS_MACHINE)
    elif part == "chassis_asset_tag" and told.text == _AZURE_CHASSIS:
        yield Observation("nodes.cloud", "azure", told.source, THIS_MACHINE)


def _name(name: str, source: Source) -> Iterator[Observation]:
    if name != THIS_MACHINE and not name.startswith("localhost"):
        yield Observation("nodes", name, source, name)


READER = Reader(
    "machine-value",
    "one value of a machine: `systemd-detect-virt`, `virt-what`, `hostname`, `uname -a`, `/etc/redhat-release`, /sys/class/dmi/id",
    recognises,
    read,
)
