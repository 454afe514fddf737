"""PowerShell exports (Export-Clixml) -> observations about Exchange, Windows and the cluster service.

In: what the cmdlets or the Exchange Health Checker wrote. Objects are known by their type names; an export made through
`Select-Object` has lost them and is known by its properties. The one thing to get wrong is scope: an export of several
Exchange servers covers an organisation, does not say which servers are nodes of the cluster, and gives no node facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from supportable.core.facts import THIS_MACHINE, Listed, Observation
from supportable.readers.clixml_exchange import exchange_server, is_setup_file, mailbox_server, observed, server_name, setup_file
from supportable.readers.clixml_objects import Thing, read_clixml
from supportable.readers.clixml_windows import computer_system, named_machine, operating_system, services, windows_feature
from supportable.readers.failover_cluster import PROPERTIES, TYPES, WANTED, Cell, Row, failover_cluster
from supportable.readers.machines import machine_name
from supportable.readers.reader import Evidence, Reader
from supportable.readers.windows_releases import edition_in, release_in
from supportable.readers.xml import root_tag

_KINDS = {
    "HealthChecker.HealthCheckerExchangeServer": "health-checker",
    "Microsoft.Exchange.Data.Directory.Management.ExchangeServer": "exchange-server",
    "Microsoft.Exchange.Data.Directory.Management.MailboxServer": "mailbox-server",
    "Microsoft.Exchange.Monitoring.ExchangeServicesStatus": "service-health",
    "System.Diagnostics.FileVersionInfo": "file-version",
    "Win32_OperatingSystem": "operating-system",
    "Win32_ComputerSystem": "computer-system",
    "System.ServiceProcess.ServiceController": "service",
    "Microsoft.Windows.ServerManager.Commands.Feature": "feature",
    **TYPES,
}
# What an object of each kind has and no other object here has, for exports that lost their type names.
_PROPERTIES = (
    ("health-checker", ("ExchangeInformation", "OSInformation", "HardwareInformation")),
    ("mailbox-server", ("DatabaseAvailabilityGroup", "AutoDatabaseMountDial")),
    ("exchange-server", ("AdminDisplayVersion", "Edition", "ServerRole")),
    ("operating-system", ("Caption", "BuildNumber", "ProductType")),
    ("computer-system", ("DomainRole", "Manufacturer", "Model")),
    *PROPERTIES,
)
_SELECTED = ("System.Management.Automation.PSCustomObject", "System.Management.Automation.PSObject")
# HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion, InstallationType, exported as a bare string.
_INSTALLATION_TYPES = {"Server": False, "Server Core": True}
# ProductName of the same key; from 2008 R2 on, because 2003 and 2003 R2 have one name there.
_PRODUCT_NAME = re.compile(r"Windows Server 20(?:08 R2|12|12 R2|16|19|22|25) (?:Standard|Enterprise|Datacenter)")


def recognises(evidence: Evidence) -> bool:
    """An XML document whose root is `Objs`."""
    return root_tag(evidence.head) == "Objs"


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what one export says; raise `UnreadableEvidence` when it is damaged."""
    top = read_clixml(evidence)
    if len(top) == 1 and top[0].is_string:
        yield from _registry_value(top[0])
        return
    by_kind: dict[str, list[Thing]] = {}
    for thing in _members(top):
        by_kind.setdefault(_kind(thing) or "", []).append(thing)
    for result in by_kind.get("health-checker", ()):
        yield from _health_checker(result)
    servers = by_kind.get("exchange-server", [])
    for server in servers:
        name = server_name(server)
        yield from exchange_server(server, f"Get-ExchangeServer {name}".rstrip(), name if len(servers) == 1 else None)
    for server in by_kind.get("mailbox-server", ()):
        yield from mailbox_server(server, f"Get-MailboxServer {server_name(server)}".rstrip())
    for health in by_kind.get("service-health", ())[:1]:
        # One object for each role that the server has.
        yield observed("workload.product", "exchange-server", health, "Test-ServiceHealth")
    for file in filter(is_setup_file, by_kind.get("file-version", ())):
        yield from setup_file(file, "ExSetup.exe", THIS_MACHINE)
    for system in by_kind.get("operating-system", ()):
        yield from operating_system(system, "Win32_OperatingSystem", named_machine(system, "CSName"))
    for system in by_kind.get("computer-system", ()):
        yield from computer_system(system, "Win32_ComputerSystem", named_machine(system, "Name"))
    yield from services(by_kind.get("service", ()))
    for feature in by_kind.get("feature", ()):
        yield from windows_feature(feature)
    cluster = {kind: [_row(one) for one in by_kind[kind]] for kind in TYPES.values() if kind in by_kind}
    yield from failover_cluster(cluster, evidence.name)


def _row(thing: Thing) -> Row:
    """Return the properties of an object of the failover cluster cmdlets; of an object among them its name."""
    row: dict[str, Cell] = {}
    for name in WANTED:
        found = thing.at(*name.split("."))
        if found is not None:
            inner = found.get("Name")
            row[name] = Cell((found.text or (inner.text if inner is not None else "")) or "", found.line, found.is_nil)
    return row


def _members(top: Iterable[Thing]) -> Iterator[Thing]:
    """Yield the exported objects once each; a list that was exported as one object stands for its members."""
    seen: set[int] = set()
    waiting = list(reversed(list(top)))
    while waiting:
        thing = waiting.pop()
        if id(thing.element) in seen:
            continue
        seen.add(id(thing.element))
        members = list(thing.items()) if _kind(thing) is None else []
        if members:
            waiting.extend(reversed(members))
        else:
            yield thing


def _kind(thing: Thing) -> str | None:
    """Return what an object is. WMI writes `...#root\\cimv2\\Win32_X`, CIM `...#ROOT/cimv2/Win32_X`."""
    types = thing.types
    for name in types:
        kind = _KINDS.get(name) or _KINDS.get(re.split(r"[\\/#]", name)[-1])
        if kind is not None:
            return kind
    if types and types[0] not in _SELECTED:
        return None
    return next((kind for kind, names in _PROPERTIES if all(thing.get(name) is not None for name in names)), None)


def _registry_value(value: Thing) -> Iterator[Observation]:
    """Yield what a bare string says that is, as a whole, a value by which Windows names itself."""
    text = value.text or ""
    if text in _INSTALLATION_TYPES:
        yield observed("nodes.os.server_core", _INSTALLATION_TYPES[text], value, "registry value InstallationType", THIS_MACHINE)
    elif _PRODUCT_NAME.fullmatch(text):
        for field, named in (("nodes.os.release", release_in(text)), ("nodes.os.edition", edition_in(text))):
            if named is not None:
                yield observed(field, named, value, "registry value ProductName", THIS_MACHINE)


def _health_checker(result: Thing) -> Iterator[Observation]:
    """Yield what one result of the Exchange Health Checker says about the one server it looked at."""
    named = result.get("ServerName")
    server = result.at("ExchangeInformation", "GetExchangeServer")
    machine = machine_name(named.text if named is not None else None, server_name(server) if server is not None else None)
    if server is not None and not server.is_nil:
        yield from exchange_server(server, "ExchangeInformation.GetExchangeServer", machine)
    mailbox = result.at("ExchangeInformation", "GetMailboxServer")
    if mailbox is not None:
        yield from mailbox_server(mailbox, "ExchangeInformation.GetMailboxServer")
    build = "ExchangeInformation.BuildInformation"
    setup = result.at(*build.split("."), "ExchangeSetup")
    if setup is not None:
        yield from setup_file(setup, f"{build}.ExchangeSetup", machine)
    update = result.at(*build.split("."), "CU")
    number = re.fullmatch(r"CU([0-9]{1,2})", (update.text if update is not None else None) or "")
    if update is not None and number is not None:
        yield observed("workload.cumulative_update", int(number[1]), update, f"{build}.CU")
    place = "OSInformation.BuildInformation.OperatingSystem"
    system = result.at(*place.split("."))
    if system is not None:
        yield from operating_system(system, place, machine)
    computer = result.at("HardwareInformation", "System")
    if computer is not None:
        yield from computer_system(computer, "HardwareInformation.System", machine)
    place = "OSInformation.NETFramework.FriendlyName"
    framework = result.at(*place.split("."))
    if framework is not None and re.fullmatch(r"[0-9](\.[0-9]{1,2}){1,2}", framework.text or ""):
        yield observed("nodes.dotnet", framework.text or "", framework, place, machine)


READER = Reader(
    "powershell-clixml",
    "PowerShell CLIXML exports (Export-Clixml) of Windows and Exchange, and Exchange Health Checker results",
    recognises,
    read,
)
