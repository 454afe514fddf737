"""The reader of `crm_mon --output-as=xml`: the running cluster, and when its nodes are all nodes."""

from pathlib import Path

import pytest

from supportable.core.facts import Listed, Observation
from supportable.readers.crm_mon import READER
from supportable.readers.reader import Evidence

EVIDENCE = Path(__file__).parents[3] / "shared" / "evidence"
real = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")

DC = '<current_dc present="true" version="2.1.5-9.el9-a3f44794f94" name="n1" with_quorum="true"/>'
OPTIONS = '<cluster_options stonith-enabled="false" no-quorum-policy="stop" maintenance-mode="true"/>'
NODES = '<node name="n1" type="member"/><node name="n2" type="member"/><node name="r1" type="remote"/>'


def output(dc: str = DC, number: int = 3, nodes: str = NODES, more: str = OPTIONS) -> bytes:
    """A sample of an output, written by hand."""
    summary = f'<summary>\n<stack type="corosync"/>\n{dc}\n<nodes_configured number="{number}"/>\n{more}\n</summary>'
    return f'<pacemaker-result request="crm_mon --output-as=xml">\n{summary}\n<nodes>{nodes}</nodes></pacemaker-result>'.encode()


def read(data: bytes) -> list[Observation | Listed]:
    evidence = Evidence("crm_mon.xml", data)
    assert READER.recognises(evidence)
    return list(READER.read(evidence))


def facts(data: bytes) -> dict[str, object]:
    return {one.field if isinstance(one, Observation) else one.listing: one[1] for one in read(data)}


def test_the_summary_tells_stack_version_quorum_and_options():
    """What runs is read from the summary, each at its own line; remote nodes are not members."""
    assert facts(output()) == {
        "cluster.service": "pacemaker",
        "cluster.stack": "corosync",
        "cluster.version": "2.1.5-9.el9",
        "cluster.have_quorum": True,
        "cluster.fencing_enabled": False,
        "cluster.no_quorum_policy": "stop",
        "cluster.maintenance_mode": True,
        "nodes": ("n1", "n2"),
    }
    assert {one.source.line for one in read(output()) if isinstance(one, Observation)} == {2, 3, 4, 6}


def test_without_a_controller_quorum_and_version_are_not_known():
    """A cluster without designated controller says neither."""
    found = facts(output(dc='<current_dc present="false"/>'))

    assert "cluster.version" not in found
    assert "cluster.have_quorum" not in found


@pytest.mark.parametrize(
    ("number", "nodes"), [(5, NODES), (0, ""), (3, NODES.replace("remote", "new")), (3, NODES.replace('name="n2"', ""))]
)
def test_a_shortened_list_of_nodes_is_not_the_whole_list(number: int, nodes: str):
    """Fewer nodes than the summary counts, a kind nobody knows or a node without a name leave no list."""
    assert "nodes" not in facts(output(number=number, nodes=nodes))


def test_contradictory_spellings_are_both_reported():
    """Both names of the fencing option are observed when both are written."""
    found = read(output(more='<cluster_options stonith-enabled="true" fencing-enabled="false"/>'))

    assert [one.value for one in found if isinstance(one, Observation) and one.field == "cluster.fencing_enabled"] == [True, False]


@pytest.mark.parametrize(
    ("number", "told"), [("4", 1), ("5", None), (None, None)], ids=["all are shown", "some are hidden", "they are not counted"]
)
def test_fencing_devices_are_counted_where_all_resources_are_shown(number: str | None, told: int | None):
    """A list without some resources says nothing of devices; instances of a clone are one device, and one for tests is none."""
    shown = (
        '<clone id="c"><resource id="f:0" resource_agent="stonith:fence_xvm"/>'
        '<resource id="f:1" resource_agent="stonith:fence_xvm"/></clone>'
        '<group id="g"><resource id="d" resource_agent="ocf:heartbeat:Dummy"/></group><resource id="t" resource_agent="stonith:null"/>'
    )
    counted = f'<resources_configured number="{number}"/>' if number else ""
    data = output(more=OPTIONS + counted).replace(b"</pacemaker-result>", f"<resources>{shown}</resources></pacemaker-result>".encode())

    assert facts(data).get("cluster.fencing_devices") == told
    assert "cluster.fencing_devices" not in facts(data.replace(b'id="d"', b'id="d" orphaned="true"'))


def test_results_of_other_tools_are_left_alone():
    """A result without summary is recognised only when it was asked of crm_mon, and then says nothing."""
    assert not READER.recognises(Evidence("a", b'<pacemaker-result request="crmadmin --nodes"><nodes/></pacemaker-result>'))
    assert (
        facts(b'<pacemaker-result request="crm_mon --output-as xml"><status code="102" message="Not connected"/></pacemaker-result>') == {}
    )


@real
def test_every_real_output_is_read():
    """Pacemaker's own outputs agree on the cluster; only those that `--node` did not shorten list its nodes."""
    paths = sorted((EVIDENCE / "pacemaker" / "crm_mon-xml").glob("*.xml"))
    assert len(paths) == 15
    for path in paths:
        found = facts(path.read_bytes())
        assert found["cluster.service"] == "pacemaker"
        assert found["cluster.stack"] == "corosync"
        assert isinstance(found["cluster.fencing_enabled"], bool)
        assert ("nodes" in found) == (b"--node=" not in path.read_bytes()), path.name


@real
def test_the_old_document_is_read():
    """The `crm_mon` document of Pacemaker 1.1 of a HANA cluster says what was read in it by eye."""
    assert facts((EVIDENCE / "trento-agent" / "gatherers" / "crmmon.xml").read_bytes()) == {
        "cluster.service": "pacemaker",
        "cluster.stack": "corosync",
        "cluster.version": "1.1.18+20180430.b12c320f5-3.15.1",
        "cluster.have_quorum": True,
        "cluster.fencing_enabled": True,
        "cluster.no_quorum_policy": "stop",
        "cluster.maintenance_mode": False,
        "nodes": ("node01", "node02"),
    }
