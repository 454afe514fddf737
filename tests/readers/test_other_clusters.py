"""The readers of other cluster products' commands: Veritas, LifeKeeper, Serviceguard, Windows' own cmdlets."""

import json

import pytest

from evidence_samples import CLIXML, CMVIEWCL, CMVIEWCL_TABLE, FAILOVER, HASTATUS, LCDSTATUS
from reading import said
from supportable.errors import UnreadableEvidence

# The examples of the vendor's pages "Detailed Status Display" and "Short Status Display", in their layout.
DETAILED = """\
Resource Hierarchy Information
ROOT OF RESOURCE HIERARCHY
SQL.Default: id=LAB29 app=database type=sqlapp state=ISP
Communication Status Information
The following LifeKeeper machines are known:
machine=LAB29 state=ALIVE
machine=LAB30 state="DEAD"
The following LifeKeeper network connections exist:
"""
SHORT = """\
BACKUP   TAG                ID          STATE     PRIO  PRIMARY
svr1     appfs3910-on-svr1  appfs4238   ISP          1  svr2
"""


def test_hastatus_lists_all_systems_whatever_their_state():
    """A system that has failed is a system of the cluster."""
    assert said("veritas_hastatus", HASTATUS) == {"cluster.service": "veritas-cluster-server", "all nodes": ("n1", "n2")}


def test_hastatus_that_breaks_off_among_the_systems_lists_none():
    """Without a heading after the systems, one may be lost."""
    with pytest.raises(UnreadableEvidence, match="breaks off"):
        said("veritas_hastatus", HASTATUS.partition(b"-- GROUP")[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DETAILED, {"cluster.service": "lifekeeper", "all nodes": ("LAB29", "LAB30")}),
        (SHORT, {"cluster.service": "lifekeeper"}),
        (LCDSTATUS, {"cluster.service": "lifekeeper", "nodes of n1": "n1", "all nodes": ("n1", "n2")}),
        (DETAILED.partition("The following LifeKeeper network")[0], {"cluster.service": "lifekeeper"}),
    ],
)
def test_lcdstatus_lists_machines_where_it_knows_all(text: str | bytes, expected: dict[str, object]):
    """The detailed form names the machines that are known; the short forms only those with resources; `-q` names its own."""
    assert said("lifekeeper_lcdstatus", text) == expected


@pytest.mark.parametrize("text", [CMVIEWCL, CMVIEWCL_TABLE])
def test_cmviewcl_lists_the_nodes_of_the_cluster_in_both_forms(text: bytes):
    """Nodes that are down count; interfaces and packages are no nodes."""
    assert said("serviceguard_cmviewcl", text) == {"cluster.service": "serviceguard", "cluster.name": "c1", "all nodes": ("n1", "n2")}


def quorum(kind: object, resource: object) -> dict[str, object]:
    return said("failover_cluster_json", json.dumps({"Cluster": {"Name": "c"}, "QuorumResource": resource, "QuorumType": kind}, indent=1))


@pytest.mark.parametrize(
    ("kind", "resource", "model"),
    [
        ("NodeMajority", None, "node-majority"),
        ("NodeAndFileShareMajority", {"Name": "w"}, "node-and-file-share-majority"),
        ("NodeAndDiskMajority", {"Name": "w"}, "node-and-disk-majority"),
        ("DiskOnly", {"Name": "w", "ResourceType": "Physical Disk"}, "disk-only"),
        ("Majority", None, "node-majority"),
        ("Majority", {"Name": "w", "ResourceType": {"Name": "File Share Witness"}}, "node-and-file-share-majority"),
        ("Majority", {"Name": "w", "ResourceType": "Physical Disk"}, "node-and-disk-majority"),
        ("Majority", {"Name": "w", "ResourceType": "Cloud Witness"}, None),
        (1, None, "node-majority"),
        (1, {"Name": "w", "ResourceType": "File Share Witness"}, "node-and-file-share-majority"),
        (1, {"Name": "w", "ResourceType": "Physical Disk"}, None),
        (2, {"Name": "w", "ResourceType": "Physical Disk"}, None),
    ],
)
def test_a_number_alone_does_not_decide_the_quorum(kind: object, resource: object, model: str | None):
    """The numbers changed their meaning: without a witness, or with a file share, they decide; a disk may be either."""
    assert quorum(kind, resource).get("cluster.quorum") == model


def test_nodes_are_listed_in_json_of_either_encoding():
    """Several nodes are the list; one alone may have been asked for by name."""
    expected = {"cluster.service": "mscs", "all nodes": ("N1", "N2")}
    one = json.dumps({"Name": "N1", "NodeWeight": 1, "State": 0})

    assert said("failover_cluster_json", FAILOVER) == expected
    assert said("failover_cluster_json", FAILOVER.decode().encode("utf-16")) == expected
    assert said("failover_cluster_json", one) == {"cluster.service": "mscs"}


@pytest.mark.parametrize("property_", ["ClusterFunctionalLevel", "QuorumArbitrationTimeMax"])
def test_the_cluster_is_named_by_its_own_object(property_: str):
    """`Get-Cluster`, whole or selected, gives the name; the cluster that stands inside a node does not."""
    expected = {"cluster.service": "mscs", "cluster.name": "c1"}

    assert said("failover_cluster_json", json.dumps({"Name": "c1", "Domain": "d.example", property_: 9})) == expected
    assert "cluster.name" not in said("failover_cluster_json", FAILOVER)


def test_groups_and_resources_say_failback_storage_and_the_coordinator():
    """That no group returns is said only by a list that has the cluster's own group."""
    groups = [{"Name": name, "AutoFailbackType": value} for name, value in (("Cluster Group", 0), ("sql", 0))]
    resources = [
        {"Name": "a", "ResourceType": "Distributed Transaction Coordinator", "OwnerGroup": {"Name": "sql"}},
        {"Name": "b", "ResourceType": "Storage Pool", "OwnerGroup": "Available Storage"},
    ]
    found = said("failover_cluster_json", json.dumps({"groups": groups, "resources": resources}))

    assert found == {
        "cluster.service": "mscs",
        "cluster.failback": False,
        "cluster.msdtc": "in-other-group",
        "cluster.storage_spaces": True,
    }
    assert "cluster.failback" not in said("failover_cluster_json", json.dumps(groups[1:]))
    assert said("failover_cluster_json", json.dumps([{"Name": "x", "AutoFailbackType": 1}]))["cluster.failback"] is True


def test_clixml_of_the_same_cmdlets_says_the_same():
    """In CLIXML a type has its name, so `Majority` with a file share needs no number."""
    assert said("clixml", CLIXML) == {"cluster.service": "mscs", "cluster.quorum": "node-and-file-share-majority"}


def test_clixml_of_nodes_lists_them():
    """The objects are known by their type, or without it by their properties."""
    node = '<Obj RefId="{0}"><TN RefId="{0}"><T>{1}</T></TN><Props><S N="Name">n{0}</S><U32 N="NodeWeight">1</U32></Props></Obj>'
    document = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">{}</Objs>'
    for kind in ("Microsoft.FailoverClusters.PowerShell.ClusterNode", "Selected.System.Management.Automation.PSCustomObject"):
        assert said("clixml", document.format("".join(node.format(number, kind) for number in range(2)))) == {
            "cluster.service": "mscs",
            "all nodes": ("n0", "n1"),
        }
