"""Objects of Windows' failover cluster cmdlets -> observations, for the readers of their exports.

In: the properties of what `Get-Cluster`, `Get-ClusterNode`, `Get-ClusterQuorum`, `Get-ClusterResource` and `Get-ClusterGroup` return,
from CLIXML or JSON. From documentation, no sample was at hand: the types of Microsoft's module FailoverClusters, as the stub of
dsccommunity/FailoverClusterDsc lists them, and the pages of the cmdlets (learn.microsoft.com/powershell/module/failoverclusters).
What one would get wrong: JSON has the number of a quorum type, and the types were others before Windows Server 2012 R2 (its
`Majority` was then told apart by witness), so that a number alone decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from supportable.core.facts import Listed, Observation, Source
from supportable.readers.machines import machine_name, plain_words

CLUSTER, NODE, QUORUM, RESOURCE, GROUP = "Cluster", "ClusterNode", "ClusterQuorumSettings", "ClusterResource", "ClusterGroup"
TYPES = {f"Microsoft.FailoverClusters.PowerShell.{kind}": kind for kind in (CLUSTER, NODE, QUORUM, RESOURCE, GROUP)}
"""Names of types -> kinds of object."""

PROPERTIES = (
    (QUORUM, ("QuorumType", "QuorumResource")),
    (CLUSTER, ("QuorumArbitrationTimeMax", "Name")),
    (CLUSTER, ("ClusterFunctionalLevel", "Name")),
    (NODE, ("NodeWeight", "Name")),
    (GROUP, ("AutoFailbackType", "Name")),
    (RESOURCE, ("ResourceType", "OwnerGroup", "Name")),
)
"""What objects of each kind have and no other here has, for exports that lost their types."""

_MODELS = {
    "NodeMajority": "node-majority",
    "NodeAndFileShareMajority": "node-and-file-share-majority",
    "NodeAndDiskMajority": "node-and-disk-majority",
    "DiskOnly": "disk-only",
}
_CORE_GROUP = "Cluster Group"


class Cell(NamedTuple):
    """One property: its text (of an object, its name), its line, and whether it is empty."""

    text: str
    line: int
    empty: bool = False


Row = Mapping[str, Cell]
"""The properties of one object that matter; of a quorum resource also its type, as `QuorumResource.ResourceType`."""

WANTED = (
    "Name",
    "QuorumType",
    "QuorumResource",
    "QuorumResource.ResourceType",
    "ResourceType",
    "OwnerGroup",
    "AutoFailbackType",
)


def failover_cluster(objects: Mapping[str, list[Row]], file: str) -> Iterator[Observation | Listed]:
    """Yield what the objects of one export say, by kind."""
    lines = [cell.line for rows in objects.values() for row in rows for cell in row.values()]
    if lines:
        yield Observation("cluster.service", "mscs", Source(file, min(lines), "objects of the failover cluster cmdlets"))
    for row in objects.get(CLUSTER, []):
        name = plain_words(row["Name"].text) if "Name" in row else None
        if name is not None:
            yield Observation("cluster.name", name, Source(file, row["Name"].line, "Get-Cluster Name"))
    nodes = [row["Name"] for row in objects.get(NODE, []) if "Name" in row]
    names = tuple(dict.fromkeys(machine_name(one.text) for one in nodes))
    # One node alone may have been asked for by its name.
    if len(names) > 1 and all(names):
        yield Listed("nodes", names, Source(file, nodes[0].line, "Get-ClusterNode"))
    for row in objects.get(QUORUM, []):
        yield from _quorum(row, file)
    for row in objects.get(RESOURCE, []):
        yield from _resource(row, file)
    yield from _failback(objects.get(GROUP, []), file)


def _quorum(row: Row, file: str) -> Iterator[Observation]:
    kind, witness = row.get("QuorumType"), row.get("QuorumResource")
    if kind is None:
        return
    model = _MODELS.get(kind.text)
    witness_type = row.get("QuorumResource.ResourceType")
    if model is None and (kind.text == "Majority" or kind.text.isdigit()):
        if witness is not None and witness.empty:
            model = "node-majority"
        elif witness_type is not None and witness_type.text == "File Share Witness":
            model = "node-and-file-share-majority"
        elif witness_type is not None and witness_type.text == "Physical Disk" and kind.text == "Majority":
            model = "node-and-disk-majority"
    if model is not None:
        told = f"{kind.text}, {witness_type.text}" if witness_type is not None else kind.text
        yield Observation("cluster.quorum", model, Source(file, kind.line, "Get-ClusterQuorum QuorumType"), None, told)


def _resource(row: Row, file: str) -> Iterator[Observation]:
    kind, group = row.get("ResourceType"), row.get("OwnerGroup")
    if kind is None:
        return
    if kind.text == "Storage Pool":
        yield Observation("cluster.storage_spaces", True, Source(file, kind.line, "Get-ClusterResource ResourceType"), None, kind.text)
    if kind.text == "Distributed Transaction Coordinator" and group is not None and group.text:
        where = "in-default-group" if group.text == _CORE_GROUP else "in-other-group"
        yield Observation("cluster.msdtc", where, Source(file, group.line, "Get-ClusterResource OwnerGroup"), None, group.text)


def _failback(rows: list[Row], file: str) -> Iterator[Observation]:
    """Yield whether any group returns by itself; that none does only of a list that has the cluster's own group, so nobody filtered it."""
    given = [row["AutoFailbackType"] for row in rows if "AutoFailbackType" in row]
    returning = [one for one in given if one.text == "1"]
    if returning:
        yield Observation("cluster.failback", True, Source(file, returning[0].line, "Get-ClusterGroup AutoFailbackType"))
    elif given and all(one.text == "0" for one in given) and any(row["Name"].text == _CORE_GROUP for row in rows if "Name" in row):
        yield Observation("cluster.failback", False, Source(file, given[0].line, "Get-ClusterGroup AutoFailbackType"))
