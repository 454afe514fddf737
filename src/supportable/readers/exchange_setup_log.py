"""ExchangeSetup.log -> observations about the machine that Exchange Setup ran on.

In: one log, to which every run of Setup appends. Out: for each machine the last thing the log says about each field.
Four things must not be believed: `Operating system version: ... 6.2.9200.0` is what Windows tells old programs,
SmoOperatingSystemVersion is about the schema master, `Setup version` is what Setup was about to install (it is the
installed build only once Setup says that it completed; a run that stopped half-way leaves the build unknown), and a run
that only prepared the directory from a machine without Exchange is not about a machine that runs or shall run it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from supportable.core.facts import THIS_MACHINE, Listed, Observation, Source, Value
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.exchange_builds import ExchangeBuild, exchange_build
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.reader import Evidence, Reader
from supportable.readers.windows_releases import BUILDS, DOMAIN_CONTROLLER, DOMAIN_ROLES, SERVER, dotnet_of

_ENTRY = re.compile(r"\[[0-9/. :-]{16,40}\] \[[0-9]{1,3}\] (.*)")
_HEADER = re.compile(rb"\[[0-9/. :-]{16,40}\] \[[0-9]{1,3}\] (Starting Microsoft Exchange Server|Setup version: )")
_STARTING = re.compile(r"Starting Microsoft Exchange Server .*Setup")
_VERSION = re.compile(r"Setup version: ([0-9.]+)\.")
_MODE = re.compile(r"Command Line Parameter Name='mode', Value='(\w+)'\.", re.IGNORECASE)
_PREPARES = re.compile(r"Command Line Parameter Name='prepare\w+', .*", re.IGNORECASE)
_SERVER_NAME = re.compile(r"Server Name=(\S+)")
_INSTALLED = re.compile(r"The locally installed version is ([0-9.]+)\.")
# The line by which microsoft/CSS-Exchange, SetupLogReviewer, knows a run that succeeded.
_COMPLETED = re.compile(r"The Exchange Server setup operation completed successfully\.")
_EVALUATED = re.compile(r'Evaluated \[Setting:(\w+)\] \[HasException:False\] \[Value:"([^"]*)"\] ')
_SETTINGS = {"ClrReleaseNumber", "ComputerDomain", "DomainRole", "LocalComputerIsDomainController", "OSProductType", "WindowsBuild"}
# From 6.2 on Windows may say this of any later release; before, programs are told what it is.
_SYSTEM = re.compile(r"Operating system version: Microsoft Windows NT (6\.[01]\.([0-9]{4}))(?:\.[0-9]{1,6})?(?: Service Pack ([0-9]))?\.")
_ROLES = re.compile(r"The following roles are installed: ([A-Za-z ]+)")
_TOOLS = "AdminToolsRole"
_OF_FILES = ("workload.cumulative_update", "nodes.workload_build", "nodes.workload_release")
# Preparing a directory, and removing, say nothing about which release is meant to run on this machine.
_MODES_THAT_INSTALL = {"install", "upgrade", "recoverserver"}


@dataclass(slots=True)
class _Run:
    """What one run of Setup wrote: each entry with its line, the last one of its kind."""

    version: tuple[ExchangeBuild, int] | None = None
    mode: str = ""
    prepares: bool = False
    server: str = THIS_MACHINE
    server_line: int = 0
    system: tuple[str, str, str, int] | None = None
    roles: tuple[frozenset[str], int] | None = None
    installed: tuple[ExchangeBuild, int] | None = None
    completed: int | None = None
    settings: dict[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Said:
    value: Value
    line: int
    place: str


def recognises(evidence: Evidence) -> bool:
    """Text whose beginning has a line by which Exchange Setup opens its log."""
    head = evidence.head
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.replace(b"\0", b"")
    return _HEADER.search(head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield the last state of each machine the log names; raise `UnreadableEvidence` when it is damaged."""
    runs = _runs(_lines(evidence))
    if not any(run.version for run in runs):
        raise UnreadableEvidence(
            "it names no setup version",
            Place(evidence.name, 1),
            "collect `C:\\ExchangeSetupLogs\\ExchangeSetup.log` again; it may be truncated",
        )
    names = {run.server.partition(".")[0].casefold(): run.server for run in runs if run.server != THIS_MACHINE}
    states: dict[str, dict[str, list[_Said]]] = {}
    for run in runs:
        # A run that stopped before it wrote the name was on the only machine that the log names.
        only = next(iter(names)) if len(names) == 1 else THIS_MACHINE
        state = states.setdefault(run.server.partition(".")[0].casefold() or only, {})
        for name in _overtaken(run):
            state.pop(name, None)
        said: dict[str, list[_Said]] = {}
        for name, one in _sayings(run):
            said.setdefault(name, []).append(one)
        state.update(said)
    lines = {run.server.partition(".")[0].casefold(): run.server_line for run in runs}
    for key, state in states.items():
        if key in names and "workload.product" in state:
            yield Observation("nodes", names[key], Source(evidence.name, lines[key], "Server Name"), names[key])
        for name, many in state.items():
            item = names.get(key, THIS_MACHINE) if name.startswith("nodes.") else None
            yield from (Observation(name, one.value, Source(evidence.name, one.line, one.place), item) for one in many)


def _lines(evidence: Evidence) -> list[str]:
    data = evidence.data
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # Names of users may be in any code page; what is read here is ASCII, so a wrong letter elsewhere does no harm.
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", "replace")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            raise UnreadableEvidence(
                "it holds bytes that are not text", Place(evidence.name, number), "collect the file again; it may be damaged"
            )
    return lines


def _runs(lines: Iterable[str]) -> list[_Run]:
    runs = [_Run()]
    for number, line in enumerate(lines, 1):
        entry = _ENTRY.match(line)
        if entry is None:
            continue
        words = entry[1].rstrip()
        run = runs[-1]
        if _STARTING.fullmatch(words):
            runs.append(_Run())
        elif found := _VERSION.fullmatch(words):
            if run.version is not None:
                runs.append(_Run())
            build = exchange_build(found[1])
            runs[-1].version = (build, number) if build is not None else None
        elif found := _MODE.fullmatch(words):
            run.mode = found[1].casefold()
        elif _PREPARES.fullmatch(words):
            run.prepares = True
        elif found := _SERVER_NAME.fullmatch(words):
            run.server, run.server_line = machine_name(found[1]), number
        elif found := _SYSTEM.fullmatch(words):
            run.system = (found[1], found[2], found[3] or "0", number)
        elif found := _ROLES.fullmatch(words):
            run.roles = (frozenset(found[1].split()), number)
        elif found := _INSTALLED.fullmatch(words):
            build = exchange_build(found[1])
            run.installed = (build, number) if build is not None else run.installed
        elif _COMPLETED.fullmatch(words):
            run.completed = number
        elif (found := _EVALUATED.match(words)) and found[1] in _SETTINGS:
            run.settings[found[1]] = (found[2], number)
    return runs


def _sayings(run: _Run) -> Iterator[tuple[str, _Said]]:
    """Yield each field that this run speaks of; a field twice where two of its settings do."""
    yield from _product(run)
    if run.mode == "" and run.prepares and run.installed is None:
        return
    yield from _system(run)
    if run.roles is not None and "UnifiedMessagingRole" in run.roles[0]:
        yield "nodes.unified_messaging", _Said(True, run.roles[1], "roles that are installed")
    role, line = run.settings.get("DomainRole", ("", 0))
    if role in map(str, DOMAIN_ROLES):
        yield "nodes.domain_role", _Said(DOMAIN_ROLES[int(role)], line, "[Setting:DomainRole]")
    kind, line = run.settings.get("OSProductType", ("", 0))
    if kind == str(DOMAIN_CONTROLLER):
        yield "nodes.domain_role", _Said("domain-controller", line, "[Setting:OSProductType]")
    local, line = run.settings.get("LocalComputerIsDomainController", ("", 0))
    if local == "True":
        yield "nodes.domain_role", _Said("domain-controller", line, "[Setting:LocalComputerIsDomainController]")
    domain, line = run.settings.get("ComputerDomain", ("", 0))
    # Of a machine that stands alone it is the name of a workgroup: Setup asks Win32_ComputerSystem, as it does for DomainRole.
    if DOMAIN_ROLES.get(int(role) if role.isdigit() else 0) in ("member-server", "domain-controller") and (words := plain_words(domain)):
        yield "nodes.domain", _Said(words.casefold(), line, "[Setting:ComputerDomain]")
    number, line = run.settings.get("ClrReleaseNumber", ("", 0))
    framework = dotnet_of(int(number)) if re.fullmatch("[0-9]{6,7}", number) else None
    if framework is not None:
        yield "nodes.dotnet", _Said(framework, line, "[Setting:ClrReleaseNumber]")


def _system(run: _Run) -> Iterator[tuple[str, _Said]]:
    """Yield what Windows it is; a client has the same build numbers, so a release needs something that only a server has."""
    kind, _ = run.settings.get("OSProductType", ("", 0))
    written, line = run.settings.get("WindowsBuild", ("", 0))
    known, place = BUILDS.get(int(written)) if re.fullmatch("[0-9]{1,6}", written) else None, "[Setting:WindowsBuild]"
    if known is None and run.system is not None:
        version, number, pack, line = run.system
        known, place = BUILDS.get(int(number)), "Operating system version"
        yield "nodes.os.build", _Said(version, line, place)
        yield "nodes.os.service_pack", _Said(int(pack), line, place)
    elif known is not None:
        yield "nodes.os.build", _Said(known[0], line, place)
    # Of Exchange only the management tools can be on a client ("Exchange 2013 system requirements", Operating system).
    is_server = kind in (str(DOMAIN_CONTROLLER), str(SERVER)) or (run.roles is not None and run.roles[0] != {_TOOLS})
    if known is not None and is_server:
        yield "nodes.os.release", _Said(known[1], line, place)


def _product(run: _Run) -> Iterator[tuple[str, _Said]]:
    version, installs = run.version, run.mode in _MODES_THAT_INSTALL
    if version is not None and installs and run.completed is not None:
        now, place = version, f"Setup version, completed at line {run.completed}"
    elif run.installed is not None and not _removed(run):
        now, place = run.installed, "locally installed version"
    elif version is not None and installs:
        now, place = version, "Setup version"
    else:
        return
    build, line = now
    yield "workload.product", _Said("exchange-server", line, place)
    if build.release is not None:
        yield "workload.release", _Said(build.release, line, place)
    if not _may_have_changed_files(run):
        yield "nodes.workload_build", _Said(str(build), line, place)
        if build.release is not None:
            yield "nodes.workload_release", _Said(build.release, line, place)
        if build.cumulative_update is not None:
            yield "workload.cumulative_update", _Said(build.cumulative_update, line, place)


def _overtaken(run: _Run) -> tuple[str, ...]:
    """Return the fields that earlier runs may have spoken of and that are not so, or not known, after this one."""
    if _removed(run):
        return ("workload.product", "workload.release", *_OF_FILES)
    return _OF_FILES if _may_have_changed_files(run) else ()


def _removed(run: _Run) -> bool:
    return run.mode == "uninstall" and run.completed is not None


def _may_have_changed_files(run: _Run) -> bool:
    """Whether the run may have replaced files by another build and does not say that it completed."""
    if run.mode == "uninstall":
        return run.completed is None
    if run.mode in _MODES_THAT_INSTALL and run.completed is not None:
        return False
    if run.mode == "" and run.prepares:
        return False
    return run.installed is None or run.version is None or run.installed[0] != run.version[0]


READER = Reader("exchange-setup-log", "the log of Exchange Setup (C:\\ExchangeSetupLogs\\ExchangeSetup.log)", recognises, read)
