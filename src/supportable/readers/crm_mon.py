"""`crm_mon --output-as=xml` -> observations about the cluster as it ran, and its members.

In: one `pacemaker-result` of `crm_mon`, or the `crm_mon` document of Pacemaker 1.1 and 2.0. Out: stack, version of the
designated controller, quorum, options, members. The options are those in force: where nobody set an option, `crm_mon`
writes the default of that version. `--node`, `--resource` and `--exclude` shorten the output, so its nodes and fencing devices are all
of them only when it shows as many nodes, or instances of resources, as its summary counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation, Source
from supportable.readers.fencing_agents import counted
from supportable.readers.machines import machine_name
from supportable.readers.pacemaker_words import boolean, value
from supportable.readers.reader import Evidence, Reader
from supportable.readers.xml import Element, read_xml, root_tag

_ASKED = re.compile(rb"""<pacemaker-result\b[^>]{0,400}\brequest=["'][^"'>]{0,400}crm_mon""")
_OPTIONS = {
    "stonith-enabled": "cluster.fencing_enabled",
    "fencing-enabled": "cluster.fencing_enabled",
    "no-quorum-policy": "cluster.no_quorum_policy",
    "maintenance-mode": "cluster.maintenance_mode",
}


def recognises(evidence: Evidence) -> bool:
    """A `crm_mon` document, or a `pacemaker-result` that was asked of `crm_mon` or has a summary."""
    tag = root_tag(evidence.head)
    if tag == "pacemaker-result":
        return b"<summary" in evidence.head or _ASKED.search(evidence.head) is not None
    return tag == "crm_mon"


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the output says; an output without a summary and nodes (an error message) says nothing."""
    root = read_xml(evidence)
    summary, nodes = root.child("summary"), root.child("nodes")
    shown = summary if summary is not None else nodes
    if shown is not None:
        yield Observation("cluster.service", "pacemaker", Source(evidence.name, shown.line, shown.tag))
    if summary is None:
        return
    yield from _attribute("cluster.stack", summary.child("stack"), "type", evidence.name)
    controller = summary.child("current_dc")
    if controller is not None and boolean(controller.get("present")) is True:
        yield from _attribute("cluster.version", controller, "version", evidence.name)
        yield from _attribute("cluster.have_quorum", controller, "with_quorum", evidence.name)
    for option, name in _OPTIONS.items():
        yield from _attribute(name, summary.child("cluster_options"), option, evidence.name)
    configured = summary.child("nodes_configured")
    if nodes is not None and configured is not None:
        yield from _members(nodes, configured.get("number"), evidence.name)
    resources, configured = root.child("resources"), summary.child("resources_configured")
    if resources is not None and configured is not None:
        yield from _fencing(resources, configured.get("number"), evidence.name)


def _attribute(name: str, element: Element | None, attribute: str, file: str) -> Iterator[Observation]:
    if element is None or element.get(attribute) is None:
        return
    found = value(name, element.get(attribute))
    if found is not None:
        yield Observation(name, found, Source(file, element.line, f"{element.tag} {attribute}"))


def _members(nodes: Element, configured: str | None, file: str) -> Iterator[Listed]:
    """Yield the members if all nodes are shown; remote and guest nodes are counted and shown, but are not members."""
    shown = [node for node in nodes.children if node.tag == "node"]
    if configured != str(len(shown)):
        return
    members = [node for node in shown if node.get("type") == "member"]
    names = [machine_name(node.get("name")) for node in members]
    if names and all(names) and all(node.get("type") in ("member", "remote", "ping") for node in shown):
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(file, nodes.line, "nodes"))


def _fencing(resources: Element, configured: str | None, file: str) -> Iterator[Observation]:
    """Yield how many fencing devices there are if all instances of resources are shown, and none that is not configured any more.

    Those of a clone are one device.
    """
    shown = list(resources.all("resource"))
    if configured != str(len(shown)) or any(boolean(one.get("orphaned")) is True for one in shown):
        return
    devices = {(one.get("id") or "").partition(":")[0]: one.get("resource_agent") or "" for one in shown}
    agents: list[str | None] = [agent.removeprefix("stonith:") for agent in devices.values() if agent.startswith("stonith:")]
    count, told = counted(agents)
    yield Observation("cluster.fencing_devices", count, Source(file, resources.line, f"resources of class stonith{told}"))


READER = Reader("crm-mon", "the output of `crm_mon --output-as=xml`", recognises, read)
