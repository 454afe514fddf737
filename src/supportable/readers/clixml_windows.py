"""Windows objects in a PowerShell export -> observations about one machine and its cluster service.

In: Win32_OperatingSystem, Win32_ComputerSystem, and the lists of `Get-Service` and `Get-WindowsFeature`. Only members of
the list itself count: both lists repeat services and features inside others, as dependencies. HypervisorPresent is true
on physical machines that run a hypervisor, so it says nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from supportable.core.facts import ABSENT, Observation, Source
from supportable.readers.clixml_exchange import observed
from supportable.readers.clixml_objects import Thing
from supportable.readers.hypervisors import Told, machine_kind
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.signatures import cluster_product
from supportable.readers.windows_releases import (
    BUILDS,
    DOMAIN_CONTROLLER,
    DOMAIN_ROLES,
    EDITIONS_BY_SKU,
    SERVER,
    WORKSTATION,
    architecture_of,
    edition_in,
    release_in,
)

_FULL_LIST_OVER = 50
# The information store of every Exchange Mailbox server (Microsoft, "Services Installed by Exchange Setup", short names).
_EXCHANGE_STORE = "msexchangeis"
_ON_EVERY_WINDOWS = {"eventlog", "rpcss"}


def named_machine(thing: Thing, *names: str) -> str:
    """Return the machine that one of these properties of a WMI object names."""
    return machine_name(*(found.text for found in map(thing.get, (*names, "PSComputerName", "__SERVER")) if found is not None))


def operating_system(system: Thing, command: str, machine: str) -> Iterator[Observation]:
    """Yield what one Win32_OperatingSystem object says."""
    yield from _release(system, command, machine)
    kind = system.get("ProductType")
    if kind is not None and kind.number == DOMAIN_CONTROLLER:
        yield observed("nodes.domain_role", "domain-controller", kind, f"{command}.ProductType", machine)
    version = system.get("Version")
    if version is not None and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6}){2,3}", version.text or ""):
        yield observed("nodes.os.build", version.text or "", version, f"{command}.Version", machine)
    pack = system.get("ServicePackMajorVersion")
    if pack is not None and pack.number is not None and 0 <= pack.number < 100:
        yield observed("nodes.os.service_pack", pack.number, pack, f"{command}.ServicePackMajorVersion", machine)
    written = system.get("OSArchitecture")
    caption = system.get("Caption")
    architecture = architecture_of(written.text or "", (caption.text if caption else "") or "") if written is not None else None
    if written is not None and architecture is not None:
        yield observed("nodes.os.architecture", architecture, written, f"{command}.OSArchitecture", machine)


def _release(system: Thing, command: str, machine: str) -> Iterator[Observation]:
    """Yield release and edition; where caption and number disagree, both, so that the contradiction shows."""
    kind, caption, build, sku = (system.get(name) for name in ("ProductType", "Caption", "BuildNumber", "OperatingSystemSKU"))
    if kind is not None and kind.number == WORKSTATION:
        return
    named = release_in(caption.text or "") if caption is not None else None
    if named == "windows-server-2003":
        named = _release_of_2003(system)
    counted = BUILDS.get(build.number or 0) if build is not None else None
    is_server = kind is not None and kind.number in (DOMAIN_CONTROLLER, SERVER)
    if caption is not None and named is not None:
        yield observed("nodes.os.release", named, caption, f"{command}.Caption", machine)
    if build is not None and counted is not None and counted[1] != named and (named is not None or (caption is None and is_server)):
        yield observed("nodes.os.release", counted[1], build, f"{command}.BuildNumber", machine)
    by_sku = EDITIONS_BY_SKU.get(sku.number or 0) if sku is not None else None
    by_caption = edition_in(caption.text or "") if caption is not None else None
    if sku is not None and by_sku is not None:
        yield observed("nodes.os.edition", by_sku, sku, f"{command}.OperatingSystemSKU", machine)
    if caption is not None and by_caption is not None and by_caption != by_sku:
        yield observed("nodes.os.edition", by_caption, caption, f"{command}.Caption", machine)


def _release_of_2003(system: Thing) -> str | None:
    """Tell Windows Server 2003 from 2003 R2: same caption, same build, only OtherTypeDescription differs."""
    other = system.get("OtherTypeDescription")
    if other is None:
        return None
    return "windows-server-2003-r2" if (other.text or "").strip().casefold() == "r2" else "windows-server-2003"


def computer_system(system: Thing, command: str, machine: str) -> Iterator[Observation]:
    """Yield what one Win32_ComputerSystem object says."""
    role = system.get("DomainRole")
    if role is not None and role.number in DOMAIN_ROLES:
        yield observed("nodes.domain_role", DOMAIN_ROLES[role.number], role, f"{command}.DomainRole", machine)
    member = system.get("PartOfDomain")
    if member is not None and member.truth is False:
        # Domain then holds the name of a workgroup.
        yield observed("nodes.domain", ABSENT, member, f"{command}.PartOfDomain", machine)
    elif member is not None and member.truth is True:
        domain = system.get("Domain")
        name = plain_words(domain.text) if domain is not None else None
        if domain is not None and name:
            # Tools write it differently, and names of domains have no case (RFC 4343).
            yield observed("nodes.domain", name.casefold(), domain, f"{command}.Domain", machine)
    vendor, model = system.get("Manufacturer"), system.get("Model")
    if vendor is not None and model is not None:
        told = [
            Told(one.text or "", Source(one.file, one.line, f"{command}.{name}"))
            for one, name in ((vendor, "Manufacturer"), (model, "Model"))
        ]
        yield from _machine(system, list(machine_kind(told[0], told[1], machine)), command, machine)


def _machine(system: Thing, kind: list[Observation], command: str, machine: str) -> Iterator[Observation]:
    """Yield what the firmware says, and how many processors the machine has if that says that it is virtual."""
    yield from kind
    count = system.get("NumberOfLogicalProcessors")
    virtual = any(one.field == "nodes.virtual" and one.value is True for one in kind)
    if virtual and count is not None and count.number is not None and 0 < count.number < 10_000:
        yield observed("nodes.virtual_processors", count.number, count, f"{command}.NumberOfLogicalProcessors", machine)


def services(listed: Iterable[Thing]) -> Iterator[Observation]:
    """Yield what a list of services says: Exchange, a cluster service that runs, or that a whole list has none."""
    by_machine: dict[str, list[Thing]] = {}
    for service in listed:
        name = service.get("MachineName")
        by_machine.setdefault(machine_name(name.text if name is not None else None), []).append(service)
    for machine, found in by_machine.items():
        names: set[str] = set()
        known = stopped = False
        for service in found:
            name, status = service.get("Name") or service.get("ServiceName"), service.get("Status")
            stopped = stopped or (status is not None and status.text == "Stopped")
            names.add((name.text or "").casefold() if name is not None else "")
            if name is not None and (name.text or "").casefold() == _EXCHANGE_STORE:
                # Stopped is what it is on a passive node.
                yield observed("workload.product", "exchange-server", name, "Get-Service MSExchangeIS")
            product = _cluster_product(service)
            if name is None or product is None:
                continue
            known = True
            shown = plain_words(name.text) or "a cluster service"
            if product == "mscs":
                yield observed("nodes.failover_clustering_installed", True, name, f"Get-Service {shown}", machine)
            if status is not None and status.text == "Running":
                yield observed("cluster.service", product, status, f"Get-Service {shown}.Status")
        # A list of running services only, or with a service that has no name, does not show that there is none.
        if not known and stopped and "" not in names and len(names) > _FULL_LIST_OVER and names >= _ON_EVERY_WINDOWS:
            place = f"Get-Service: none of {len(found)} services is a cluster service we recognise"
            yield observed("cluster.service", ABSENT, found[0], place)


def _cluster_product(service: Thing) -> str | None:
    """Signatures hold names of services and, where a source gives no other, display names."""
    for name in ("Name", "ServiceName", "DisplayName"):
        found = service.get(name)
        product = cluster_product(found.text or "") if found is not None else None
        if product is not None:
            return product
    return None


def windows_feature(feature: Thing) -> Iterator[Observation]:
    """Yield whether Windows' own cluster feature is installed; its tools (RSAT-Clustering) are another feature."""
    name, state = feature.get("Name"), feature.get("InstallState")
    if name is None or state is None or (name.text or "").casefold() != "failover-clustering":
        return
    installed = {"Installed": True, "Available": False}.get(state.text or "")
    if installed is not None:
        place = "Get-WindowsFeature Failover-Clustering.InstallState"
        yield observed("nodes.failover_clustering_installed", installed, state, place, _asked_server(feature))


def _asked_server(feature: Thing) -> str:
    """Return the machine that answered: the list names it only in the class metadata of each feature."""
    metadata = feature.at("ServerComponentDescriptor", "__ClassMetadata")
    names = [found.text for entry in metadata.items() if (found := entry.get("ServerName")) is not None] if metadata is not None else []
    return machine_name(*names)
