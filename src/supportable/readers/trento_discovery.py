"""Discoveries of SUSE's Trento agent -> observations about a cluster or a host.

In: JSON of one discovery; real samples are the agent's own fixtures. Out: of `ha_cluster_discovery` the options, fencing devices and
members of the CIB in it; of `host_discovery` the name and architecture of the host. Its `os_version` is a version without
the system it belongs to, so no release comes of it; and an option that is not among the properties is `ABSENT`, as in a CIB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation, Source
from supportable.core.written import Items, Node, Scalar
from supportable.readers.fencing_agents import counted
from supportable.readers.json_files import at, line_of, opens_object, read_json, rows, scalar
from supportable.readers.linux_releases import ARCHITECTURES
from supportable.readers.machines import machine_name
from supportable.readers.pacemaker_options import configured
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import plain

_KIND = re.compile(rb'"discovery_type"\s{0,4}:\s{0,4}"(?:ha_cluster_discovery|host_discovery)"')


def recognises(evidence: Evidence) -> bool:
    """JSON with one of the two kinds of discovery near its beginning."""
    head = plain(evidence.head)
    return opens_object(head) and _KIND.search(head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the discovery says; raise `UnreadableEvidence` when it is not JSON."""
    tree = read_json(evidence, "take the discovery from the agent again")
    payload, kind = at(tree, "payload"), scalar(tree, "discovery_type")
    if payload is not None and kind is not None and kind.text == "host_discovery":
        yield from _host(payload, evidence.name)
    elif payload is not None:
        yield from _cluster(payload, evidence.name)


def _host(payload: Node, file: str) -> Iterator[Observation]:
    name, kind = scalar(payload, "hostname"), scalar(payload, "arch")
    machine = machine_name(name.text) if name is not None else ""
    if name is not None and machine:
        yield Observation("nodes", machine, _source(file, name, "hostname"), machine)
    if kind is not None and kind.text in ARCHITECTURES:
        yield Observation("nodes.os.architecture", ARCHITECTURES[kind.text], _source(file, kind, "arch"), machine, kind.text)


def _cluster(payload: Node, file: str) -> Iterator[Observation | Listed]:
    configuration = at(payload, "Cib", "Configuration")
    if configuration is None:
        return
    yield Observation("cluster.service", "pacemaker", Source(file, line_of(configuration), "Cib"))
    properties = at(configuration, "CrmConfig", "ClusterProperties")
    given: dict[str, tuple[str, Source]] = {}
    for one in rows(properties) if properties is not None else []:
        option, text = scalar(one, "Name"), scalar(one, "Value")
        if option is not None and text is not None:
            given.setdefault(option.text, (text.text, _source(file, text, f"property {option.text}")))
    if properties is not None:
        yield from configured(given, Source(file, line_of(properties), "ClusterProperties"), whole=isinstance(properties, Items))
    primitives = at(configuration, "Resources", "Primitives")
    if isinstance(primitives, Items):
        yield from _fencing(configuration, primitives, file)
    members = at(configuration, "Nodes")
    if members is None:
        return
    named = [scalar(row, "Uname") for row in rows(members)]
    names = [machine_name(one.text if one is not None else None) for one in named]
    if names and all(names):
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(file, line_of(members), "Cib Nodes"))


def _fencing(configuration: Node, primitives: Items, file: str) -> Iterator[Observation]:
    """Yield how many fencing devices are configured: those alone, and those inside groups and clones."""
    agents: list[str | None] = []
    waiting: list[Node] = [node for node in (at(configuration, "Resources"),) if node is not None]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Items):
            waiting += node.items
        elif not isinstance(node, Scalar):
            kind = scalar(node, "Class")
            agent = scalar(node, "Type")
            agents += [agent.text if agent is not None else None] if kind is not None and kind.text == "stonith" else []
            waiting += [inner for _, inner in node.pairs if not isinstance(inner, Scalar)]
    count, told = counted(agents)
    yield Observation("cluster.fencing_devices", count, Source(file, line_of(primitives), f"primitives of class stonith{told}"))


def _source(file: str, node: Scalar, place: str) -> Source:
    return Source(file, line_of(node), place)


READER = Reader("trento-discovery", "a discovery of a cluster or a host by SUSE's Trento agent, as JSON", recognises, read)
