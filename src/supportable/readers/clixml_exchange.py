"""Exchange's own objects in a PowerShell export -> observations about the workload.

In: objects of `Get-ExchangeServer`, `Get-MailboxServer` and the version of `ExSetup.exe`. The directory's version
(AdminDisplayVersion) names the cumulative update only; the build with security updates is the file version. A
DatabaseAvailabilityGroup that is `Nil` says that the server is in none; a missing one says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from supportable.core.facts import ABSENT, Observation, Source, Value, _Absent
from supportable.readers.clixml_objects import Thing
from supportable.readers.exchange_builds import ExchangeBuild, exchange_build
from supportable.readers.machines import machine_name, plain_words

# The texts of Microsoft.Exchange.Data.ServerEditionType that have a value in `workload.edition`.
_EDITIONS = {
    "Standard": "standard",
    "Enterprise": "enterprise",
    "StandardEvaluation": "standard-evaluation",
    "EnterpriseEvaluation": "enterprise-evaluation",
    "Coexistence": "coexistence",
}


def observed(field: str, value: Value | _Absent, seen: Thing, place: str, item: str | None = None) -> Observation:
    """Return the observation that `seen` carries at its own line."""
    return Observation(field, value, Source(seen.file, seen.line, place), item)


def exchange_server(server: Thing, command: str, machine: str | None) -> Iterator[Observation]:
    """Yield what one `Get-ExchangeServer` object says; `machine` is `None` where it is not known to be a node of the cluster.

    Its Domain is only the end of its DNS name: an Edge server in no domain has one too. So it is not read.
    """
    yield from _version(server, f"{command}.AdminDisplayVersion")
    edition = server.get("Edition")
    if edition is not None and edition.text in _EDITIONS:
        yield observed("workload.edition", _EDITIONS[edition.text], edition, f"{command}.Edition")
    if machine is None:
        return
    role = server.get("ServerRole")
    roles = {name.strip() for name in (role.text or "").split(",")} - {"", "None"} if role is not None else set()
    if role is not None and roles and all(name.isalpha() for name in roles):
        yield observed("nodes.only_mailbox_role", roles == {"Mailbox"}, role, f"{command}.ServerRole", machine)
    # From 2013 on ServerRole shows `Mailbox` for a server that has this role too, so only its own property tells.
    messaging = server.get("IsUnifiedMessagingServer")
    if messaging is not None and messaging.truth is not None:
        yield observed("nodes.unified_messaging", messaging.truth, messaging, f"{command}.IsUnifiedMessagingServer", machine)
    version = server.get("AdminDisplayVersion")
    build = _build_of(version) if version is not None else None
    if version is not None and build is not None and build.release is not None:
        yield observed("nodes.workload_release", build.release, version, f"{command}.AdminDisplayVersion", machine)
    site = server.get("Site")
    name = site.get("Name") if site is not None else None
    words = plain_words(name.text) if name is not None else None
    if name is not None and words:
        yield observed("nodes.ad_site", words, name, f"{command}.Site.Name", machine)


def mailbox_server(server: Thing, command: str) -> Iterator[Observation]:
    """Yield what one `Get-MailboxServer` object says."""
    yield from _version(server, f"{command}.AdminDisplayVersion")
    group = server.get("DatabaseAvailabilityGroup")
    if group is None:
        return
    place = f"{command}.DatabaseAvailabilityGroup"
    if group.is_nil:
        yield observed("workload.topology", ABSENT, group, place)
    elif (group.text or "").strip():
        yield observed("workload.topology", "database-availability-group", group, place)


def setup_file(file: Thing, command: str, machine: str) -> Iterator[Observation]:
    """Yield what the version of `ExSetup.exe` says."""
    version = file.get("FileVersion")
    build = exchange_build(version.text or "") if version is not None else None
    if version is None or build is None:
        return
    place = f"{command}.FileVersion"
    yield from _product(build, version, place)
    yield from _updates(build, version, place)
    yield observed("nodes.workload_build", str(build), version, place, machine)
    if build.release is not None:
        yield observed("nodes.workload_release", build.release, version, place, machine)


def is_setup_file(file: Thing) -> bool:
    """Return whether an object describes `ExSetup.exe`."""
    names = (file.get("OriginalFilename"), file.get("InternalName"))
    return any((name.text or "").casefold() == "exsetup.exe" for name in names if name is not None)


def server_name(server: Thing) -> str:
    """Return how a `Get-ExchangeServer` or `Get-MailboxServer` object names its server."""
    return machine_name(*(found.text for found in (server.get("Name"), server.get("Fqdn")) if found is not None))


def _version(server: Thing, place: str) -> Iterator[Observation]:
    version = server.get("AdminDisplayVersion")
    build = _build_of(version) if version is not None else None
    if version is None or build is None:
        return
    yield from _product(build, version, place)
    yield observed("workload.build", str(build), version, place)
    yield from _updates(build, version, place)


def _build_of(version: Thing) -> ExchangeBuild | None:
    """Return the version that the text says; where an export has only the numbers, what they say."""
    found = exchange_build(version.text or "")
    if found is not None:
        return found
    parts = [version.get(name) for name in ("Major", "Minor", "Build", "Revision")]
    return exchange_build(".".join(str(part.number) if part is not None else "" for part in parts))


def _product(build: ExchangeBuild, seen: Thing, place: str) -> Iterator[Observation]:
    yield observed("workload.product", "exchange-server", seen, place)
    if build.release is not None:
        yield observed("workload.release", build.release, seen, place)


def _updates(build: ExchangeBuild, seen: Thing, place: str) -> Iterator[Observation]:
    """Yield the updates that the build names; a build that no source names gives none."""
    for field, number in (
        ("workload.cumulative_update", build.cumulative_update),
        ("workload.service_pack", build.service_pack),
        ("workload.update_rollup", build.update_rollup),
    ):
        if number is not None:
            yield observed(field, number, seen, place)
