"""Pacemaker CIB (`cib.xml`, `cibadmin --query`, policy engine inputs) -> observations about the cluster and its nodes.

In: the bytes of one CIB. Out: options, fencing devices, quorum, and the complete list of members; remote and guest nodes
run resources without being members and are not in that list. An option that the CIB does not set is `ABSENT`, not the
default: defaults differ by version. An option that a rule decides is not reported, because rules depend on the time.
Fencing devices are counted as configured (a clone is one device, a disabled one counts); a watchdog is none of them, nor is a device
that only serves tests (`fencing_agents`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from supportable.core.facts import ABSENT, Listed, Observation, Source
from supportable.readers.fencing_agents import counted
from supportable.readers.machines import machine_name
from supportable.readers.pacemaker_words import boolean, value
from supportable.readers.reader import Evidence, Reader
from supportable.readers.xml import Element, read_xml, root_tag

# Both spellings since ClusterLabs/pacemaker a4f6331d6b (2025-09-05).
_OPTIONS = {
    "cluster.fencing_enabled": ("stonith-enabled", "fencing-enabled"),
    "cluster.no_quorum_policy": ("no-quorum-policy",),
    "cluster.maintenance_mode": ("maintenance-mode",),
}
# The cluster writes these itself; a CIB without them does not say that there is no name, stack or version.
_WRITTEN_BY_THE_CLUSTER = {
    "cluster.name": "cluster-name",
    "cluster.stack": "cluster-infrastructure",
    "cluster.version": "dc-version",
    # "set automatically by the cluster according to whether SBD is detected to be in use" (pacemaker eaa71db837)
    "cluster.sbd": "have-watchdog",
}
# Resources that run DLM or what needs it; without one, DLM may still run outside the cluster's control.
_ON_DLM = ("controld", "clvm", "lvmlockd")
_FILE_SYSTEMS_ON_DLM = ("gfs2", "ocfs2")
_BOOTSTRAP = "cib-bootstrap-options"
_INFINITY = 1_000_000
_SECONDS = re.compile(r"\s*[+-]?[0-9]{1,9}")
_MEMBERS = ("member", "normal")
_NOT_MEMBERS = ("remote", "ping")


@dataclass(slots=True)
class _Settings:
    """The `nvpair` that decides each option, `None` where something outside the file does; `whole` if all sets are here."""

    deciding: dict[str, tuple[str, Element] | None] = field(default_factory=dict)
    whole: bool = True


def recognises(evidence: Evidence) -> bool:
    """An XML document whose root is `cib`."""
    return root_tag(evidence.head) == "cib"


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the CIB says; raise `UnreadableEvidence` when it is not well-formed."""
    cib = read_xml(evidence)
    yield Observation("cluster.service", "pacemaker", Source(evidence.name, cib.line, "cib"))
    quorum = boolean(cib.get("have-quorum"))
    if quorum is not None:
        yield Observation("cluster.have_quorum", quorum, Source(evidence.name, cib.line, "cib have-quorum"))
    configuration = cib.child("configuration")
    if configuration is None:
        return
    config = configuration.child("crm_config")
    if config is not None:
        yield from _options(config, evidence.name)
    resources = configuration.child("resources")
    if resources is not None:
        yield _fencing_devices(resources, evidence.name)
        yield from _on_dlm(resources, evidence.name)
    nodes = configuration.child("nodes")
    if nodes is not None:
        yield from _members(nodes, evidence.name)


def _options(config: Element, file: str) -> Iterator[Observation]:
    settings = _settings(config)
    for name, option in _WRITTEN_BY_THE_CLUSTER.items():
        yield from _observed(name, option, settings, file)
    for name, spellings in _OPTIONS.items():
        given = [spelling for spelling in spellings if spelling in settings.deciding]
        if any(settings.deciding[spelling] is None for spelling in given):
            continue
        for spelling in given:
            yield from _observed(name, spelling, settings, file)
        if not given and settings.whole:
            yield Observation(name, ABSENT, Source(file, config.line, f"no nvpair {' or '.join(spellings)}"))
    yield from _watchdog(settings, file)


def _observed(name: str, option: str, settings: _Settings, file: str) -> Iterator[Observation]:
    deciding = settings.deciding.get(option)
    if deciding is None:
        return
    text, pair = deciding
    found = value(name, text)
    if found is not None:
        yield Observation(name, found, Source(file, pair.line, f"nvpair {option}"))


def _watchdog(settings: _Settings, file: str) -> Iterator[Observation]:
    """Yield whether the watchdog fences by itself: with SBD in use and a timeout that is set and not zero (pacemaker eaa71db837).

    A timeout that is not set has a default, so nothing is said then; one that is negative is calculated by Pacemaker.
    """
    text, pair = settings.deciding.get("have-watchdog") or ("", None)
    if pair is not None and boolean(text) is False:
        yield Observation("cluster.watchdog_fencing", False, Source(file, pair.line, "nvpair have-watchdog"))
    if pair is None or boolean(text) is not True:
        return
    for option in ("stonith-watchdog-timeout", "fencing-watchdog-timeout"):
        timeout, told = settings.deciding.get(option) or ("", None)
        number = _SECONDS.match(timeout)
        if told is not None and number is not None:
            yield Observation("cluster.watchdog_fencing", int(number[0]) != 0, Source(file, told.line, f"nvpair {option}"))


def _settings(config: Element) -> _Settings:
    """Take the first value of each option, in Pacemaker's own order of the sets.

    `cib-bootstrap-options` comes first, then the higher score, then the place in the file; what is set first is not
    overwritten (ClusterLabs/pacemaker lib/common/nvpair.c, pcmk__cmp_nvpair_blocks()).
    """
    settings = _Settings()
    pairs = {pair.get("id"): pair for pair in config.all("nvpair") if pair.get("id")}
    sets = [one for one in config.children if one.tag == "cluster_property_set"]
    ids = {one.get("id") for one in sets if one.get("id")}
    for one in sorted(sets, key=lambda one: (one.get("id") != _BOOTSTRAP, -_score(one.get("score")))):
        reference = one.get("id-ref")
        if reference is not None:
            settings.whole &= reference in ids
            continue
        conditional = one.child("rule") is not None
        for written in one.children:
            if written.tag != "nvpair":
                continue
            pair = pairs.get(written.get("id-ref"), written) if written.get("id-ref") else written
            option, text = written.get("name") or pair.get("name"), pair.get("value")
            if option is None:
                settings.whole = False
            elif settings.whole and option not in settings.deciding:
                settings.deciding[option] = None if conditional or text is None else (text, pair)
    return settings


def _score(text: str | None) -> int:
    """Return a score as Pacemaker reads it: plain or signed, `INFINITY` is a million, anything else counts as 0."""
    written = (text or "").strip().upper()
    if written in ("INFINITY", "+INFINITY", "-INFINITY"):
        return -_INFINITY if written.startswith("-") else _INFINITY
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", written):
        return 0
    return max(-_INFINITY, min(_INFINITY, int(written)))


def _fencing_devices(resources: Element, file: str) -> Observation:
    templates = {one.get("id"): one.get("type") for one in resources.all("template") if one.get("class") == "stonith"}
    agents = [
        one.get("type") if one.get("class") == "stonith" else templates[one.get("template")]
        for one in resources.all("primitive")
        if one.get("class") == "stonith" or (one.get("template") is not None and one.get("template") in templates)
    ]
    count, told = counted(agents)
    return Observation("cluster.fencing_devices", count, Source(file, resources.line, f"primitives of class stonith{told}"))


def _on_dlm(resources: Element, file: str) -> Iterator[Observation]:
    for one in resources.all("primitive"):
        mounts = any(pair.get("name") == "fstype" and pair.get("value") in _FILE_SYSTEMS_ON_DLM for pair in one.all("nvpair"))
        if one.get("class") == "ocf" and (one.get("type") in _ON_DLM or (one.get("type") == "Filesystem" and mounts)):
            yield Observation("cluster.resilient_storage", True, Source(file, one.line, f"primitive of type {one.get('type')}"))
            return


def _members(nodes: Element, file: str) -> Iterator[Listed]:
    """Yield the list of members if every entry says whether it is one and names itself; no cluster has no member."""
    names: list[str] = []
    for node in nodes.children:
        kind = node.get("type", "member")
        if node.tag != "node" or kind in _NOT_MEMBERS:
            continue
        name = machine_name(node.get("uname"))
        if kind not in _MEMBERS or not name:
            return
        names.append(name)
    if names:
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(file, nodes.line, "configuration/nodes"))


READER = Reader("pacemaker-cib", "a Pacemaker CIB (`cibadmin --query`, `cib.xml`, `pe-input`)", recognises, read)
