"""Facts of Puppet (`facter --json`, `puppet facts show`) -> observations about one machine.

In: JSON of one machine; real samples are the Windows servers of facterdb. Out: name, operating system, architecture, hypervisor or
hardware. `networking.domain` is a DNS suffix, not the domain the machine belongs to; and the manufacturer of a virtual machine is
whoever made its firmware, so that hardware is reported of physical machines only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import THIS_MACHINE, Observation, Source, Value
from supportable.core.written import Node, Scalar
from supportable.readers.hypervisors import Told, machine_kind
from supportable.readers.json_files import at, line_of, opens_object, read_json, scalar
from supportable.readers.linux_releases import ARCHITECTURES, release_of
from supportable.readers.machines import machine_name
from supportable.readers.names import observed_by_name
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import plain
from supportable.readers.windows_releases import BUILDS, edition_in, release_in

_FACT = re.compile(rb'"(?:facterversion|aio_agent_version|is_virtual)"\s{0,4}:')
# Facter's names of distributions (os.name) -> ID of os-release.
_DISTRIBUTIONS = {"RedHat": "rhel", "SLES": "sles", "OracleLinux": "ol", "Ubuntu": "ubuntu"}
_INSTALLATIONS = {"Server": False, "Server Core": True}
# EditionID of HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion, which `os.windows.edition_id` repeats.
_EDITIONS = {"ServerStandard": "standard", "ServerDatacenter": "datacenter", "ServerEnterprise": "enterprise"}

# The address from which a machine in Azure gets its own; Microsoft owns it, and only Azure's platform answers from it
# (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
_AZURE_DHCP = "168.63.129.16"


def recognises(evidence: Evidence) -> bool:
    """JSON with a fact of Facter near its beginning."""
    head = plain(evidence.head)
    return opens_object(head) and _FACT.search(head) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what the facts say; raise `UnreadableEvidence` when it is not JSON."""
    tree = read_json(evidence, "run `facter --json` again and keep its output")
    facts = at(tree, "values") or tree
    file = evidence.name
    name = scalar(facts, "networking", "hostname") or scalar(facts, "hostname")
    machine = machine_name(name.text) if name is not None else THIS_MACHINE
    if name is not None and machine:
        yield Observation("nodes", machine, _source(file, name, "networking.hostname"), machine)
    system, version = scalar(facts, "os", "name"), scalar(facts, "os", "release", "full")
    if system is not None and system.text == "windows":
        yield from _windows(facts, file, machine)
    elif system is not None and version is not None and system.text in _DISTRIBUTIONS:
        yield from release_of(_DISTRIBUTIONS[system.text], version.text, _source(file, version, "os.release.full"), machine)
    kind = scalar(facts, "os", "hardware") or scalar(facts, "os", "architecture")
    if kind is not None and kind.text in ARCHITECTURES:
        yield Observation("nodes.os.architecture", ARCHITECTURES[kind.text], _source(file, kind, "os.hardware"), machine, kind.text)
    yield from _kind(facts, file, machine)


def _windows(facts: Node, file: str, machine: str) -> Iterator[Observation]:
    caption, edition = scalar(facts, "os", "windows", "product_name"), scalar(facts, "os", "windows", "edition_id")
    release = release_in(caption.text) if caption is not None else None
    if caption is not None and release is not None:
        source = _source(file, caption, "os.windows.product_name")
        yield Observation("nodes.os.release", release, source, machine, caption.text)
        named = edition_in(caption.text)
        if named is not None:
            yield Observation("nodes.os.edition", named, source, machine, caption.text)
    elif (full := scalar(facts, "os", "release", "full")) is not None and (release := release_in(f"Windows Server {full.text}")):
        yield Observation("nodes.os.release", release, _source(file, full, "os.release.full"), machine, full.text)
    if edition is not None and edition.text in _EDITIONS:
        source = _source(file, edition, "os.windows.edition_id")
        yield Observation("nodes.os.edition", _EDITIONS[edition.text], source, machine, edition.text)
    installed = scalar(facts, "os", "windows", "installation_type")
    if installed is not None and installed.text in _INSTALLATIONS:
        core: Value = _INSTALLATIONS[installed.text]
        yield Observation("nodes.os.server_core", core, _source(file, installed, "os.windows.installation_type"), machine)
    version = scalar(facts, "kernelversion")
    number = re.fullmatch(r"[0-9]{1,2}\.[0-9]{1,2}\.([0-9]{4,6})", version.text) if version is not None else None
    # Windows 2012 R2 told old programs that it was 6.2.9200, so a number counts only beside the release that it belongs to.
    if version is not None and number is not None and BUILDS.get(int(number[1]), ("", ""))[1] == release:
        yield Observation("nodes.os.build", version.text, _source(file, version, "kernelversion"), machine)


def _kind(facts: Node, file: str, machine: str) -> Iterator[Observation]:
    virtual, kind = scalar(facts, "is_virtual"), scalar(facts, "virtual")
    if virtual is not None and virtual.text in ("true", "false"):
        yield Observation("nodes.virtual", virtual.text == "true", _source(file, virtual, "is_virtual"), machine)
    if kind is not None:
        yield from observed_by_name("evidence/virtualisation", kind.text, _source(file, kind, "virtual"), machine)
    lease = scalar(facts, "networking", "dhcp")
    if lease is not None and lease.text == _AZURE_DHCP:
        yield Observation("nodes.cloud", "azure", _source(file, lease, "networking.dhcp"), machine, lease.text)
    count = scalar(facts, "processors", "count")
    if virtual is not None and virtual.text == "true" and count is not None and re.fullmatch("[1-9][0-9]{0,3}", count.text):
        yield Observation("nodes.virtual_processors", int(count.text), _source(file, count, "processors.count"), machine)
    if virtual is None or virtual.text != "false":
        return
    vendor, model = scalar(facts, "dmi", "manufacturer"), scalar(facts, "dmi", "product", "name")
    told = [
        Told(one.text, _source(file, one, name)) if one is not None else None
        for one, name in ((vendor, "dmi.manufacturer"), (model, "dmi.product.name"))
    ]
    yield from machine_kind(told[0], told[1], machine)


def _source(file: str, node: Scalar, place: str) -> Source:
    return Source(file, line_of(node), place)


READER = Reader("puppet-facts", "facts of one machine that Puppet's Facter gathered, as JSON", recognises, read)
