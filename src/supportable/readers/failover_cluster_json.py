"""`Get-Cluster` and its relatives through `ConvertTo-Json` -> observations about a Windows failover cluster.

In: JSON of one command, an object or a list of them, in UTF-8 or UTF-16; or of several under names of one's own. From Microsoft's
documentation of the properties, no sample was at hand (see `failover_cluster`). Out: service, name, nodes, quorum, groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation
from supportable.core.written import Items, Node, Scalar, Table
from supportable.readers.failover_cluster import PROPERTIES, WANTED, Cell, Row, failover_cluster
from supportable.readers.json_files import is_null, line_of, opens_object, read_json, scalar
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import plain

_MARKS = tuple(
    re.compile(rb'"' + name + rb'"\s{0,4}:')
    for name in (
        b"QuorumResource",
        b"QuorumArbitrationTimeMax",
        b"ClusterFunctionalLevel",
        b"NodeWeight",
        b"AutoFailbackType",
        b"OwnerGroup",
    )
)


def recognises(evidence: Evidence) -> bool:
    """JSON with a property that only objects of these cmdlets have."""
    head = plain(evidence.head)
    return opens_object(head) and any(one.search(head) for one in _MARKS)


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the objects say; raise `UnreadableEvidence` when it is not JSON."""
    tree = read_json(evidence, "export it again: `Get-ClusterNode | ConvertTo-Json -Depth 2`")
    objects: dict[str, list[Row]] = {}
    for one in _objects(tree):
        kind = next((kind for kind, names in PROPERTIES if all(one.get(name) is not None for name in names)), None)
        if kind is not None:
            objects.setdefault(kind, []).append(_row(one))
    yield from failover_cluster(objects, evidence.name)


def _objects(tree: Node) -> Iterator[Table]:
    """Yield the objects of a document: itself, those of a list, and those that stand under names of the document."""
    waiting: list[Node] = [tree]
    for depth in range(3):
        level, waiting = waiting, []
        for node in level:
            if isinstance(node, Items):
                waiting += node.items
            elif isinstance(node, Table) and any(all(node.get(name) is not None for name in names) for _, names in PROPERTIES):
                yield node
            elif isinstance(node, Table) and depth < 2:
                waiting += [value for _, value in node.pairs]


def _row(one: Table) -> Row:
    row: dict[str, Cell] = {}
    for name in WANTED:
        path = name.split(".")
        node: Node | None = one
        for key in path:
            node = node.get(key) if isinstance(node, Table) else None
        found = node if isinstance(node, Scalar) else scalar(node, "Name")
        if node is not None and is_null(one, *path):
            row[name] = Cell("", line_of(node), empty=True)
        elif found is not None:
            row[name] = Cell(found.text, line_of(found))
    return row


READER = Reader(
    "failover-cluster-json",
    "`Get-Cluster`, `Get-ClusterNode`, `Get-ClusterQuorum`, `Get-ClusterResource`, `Get-ClusterGroup` through `ConvertTo-Json`",
    recognises,
    read,
)
