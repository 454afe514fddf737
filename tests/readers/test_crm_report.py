"""The reader of the texts in a `crm report`: packages and operating system of a machine, state of the cluster."""

import shutil
from pathlib import Path

import pytest

from supportable.core.facts import THIS_MACHINE, Listed, Observation
from supportable.errors import UnreadableEvidence
from supportable.gathering import read_evidence
from supportable.readers.crm_report import READER
from supportable.readers.reader import Evidence

EVIDENCE = Path(__file__).parents[3] / "shared" / "evidence"
real = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")

SYSINFO = """\
#####Cluster info:
Corosync Cluster Engine, version '2.4.6'

#####Cluster related packages:
pacemaker 2.1.5+20221208.a3f44794f-150500.6.17.1 - SUSE Linux Enterprise 15 x86_64
cluster-glue 1.0.12 - network x86_64
glibc 2.31-150300.41.1 - SUSE Linux Enterprise 15 x86_64

#####System info:
Platform: Linux
Distribution: None
"""
MONITOR = """\
Cluster Summary:
  * Stack: corosync (Pacemaker is running)
  * Current DC: n1 (version 2.1.5-9.el9-a3f44794f94) - MIXED-VERSION partition WITHOUT quorum
  * 3 nodes configured
  * 1 resource instance configured

Node List:
  * Node n2: UNCLEAN (offline)
  * Online: [ n1 ]
  * OFFLINE: [ n3 ]
"""


def read(text: str | bytes) -> list[Observation | Listed]:
    evidence = Evidence("sysinfo.txt", text if isinstance(text, bytes) else text.encode())
    assert READER.recognises(evidence)
    return list(READER.read(evidence))


def facts(text: str | bytes) -> dict[str, object]:
    return {one.field if isinstance(one, Observation) else one.listing: one[1] for one in read(text)}


def test_sysinfo_tells_the_package_and_the_release_of_the_machine():
    """The file does not name its machine; the C library's distribution tells the release, not the service pack."""
    assert facts(SYSINFO) == {
        "nodes.cluster_stack_version": "2.1.5+20221208.a3f44794f-150500.6.17.1",
        "nodes.os.release": "sles-15",
    }
    assert {one.item for one in read(SYSINFO) if isinstance(one, Observation)} == {THIS_MACHINE}


@pytest.mark.parametrize(
    ("words", "release", "pack", "minor"),
    [
        ("SUSE Linux Enterprise Server 15 SP5", "sles-15", 5, None),
        ("SUSE Linux Enterprise Server for SAP Applications 12 SP4", "sles-12", 4, None),
        ("SUSE Linux Enterprise Server 12", "sles-12", None, None),
        ("Red Hat Enterprise Linux Server release 7.9 (Maipo)", "rhel-7", None, 9),
        ("Red Hat Enterprise Linux 9.2 (Plow)", "rhel-9", None, 2),
    ],
)
def test_the_distribution_line_tells_the_service_pack(words: str, release: str, pack: int | None, minor: int | None):
    """A service pack or a minor release is reported only where it is written."""
    found = facts("#####Cluster related packages:\n#####System info:\nDistribution: " + words + "\n")

    written = {"nodes.os.release": release, "nodes.os.service_pack": pack, "nodes.os.minor_release": minor}
    assert found == {name: value for name, value in written.items() if value is not None}


@pytest.mark.parametrize("words", ["None", "openSUSE Leap 15.5", "SUSE Linux Enterprise Server 99", "CentOS Linux release 7.9"])
def test_another_distribution_is_not_guessed(words: str):
    """A system that the field has no name for gives no observation."""
    assert facts("#####Cluster related packages:\n#####System info:\nDistribution: " + words + "\n") == {}


def test_debian_packages_are_read():
    """`dpkg-query` writes name and version only."""
    assert facts("#####Cluster related packages:\npacemaker 2.0.1-5+deb10u2\n") == {"nodes.cluster_stack_version": "2.0.1-5+deb10u2"}


def test_crm_mon_tells_stack_quorum_version_and_members():
    """Online, offline and troubled members add up to the configured nodes."""
    assert facts(MONITOR) == {
        "cluster.service": "pacemaker",
        "cluster.stack": "corosync",
        "cluster.have_quorum": False,
        "cluster.version": "2.1.5-9.el9",
        "nodes": ("n2", "n1", "n3"),
    }


def test_remote_nodes_leave_no_list_of_members():
    """Configured nodes include remote ones, which stand in a list of their own."""
    assert "nodes" not in facts(MONITOR.replace("OFFLINE: [ n3 ]", "RemoteOnline: [ n3 ]"))


@pytest.mark.parametrize(("text", "line"), [("#####Cluster info:\nCoro", 2), (SYSINFO.replace("Linux\n", "\0\n"), 10)])
def test_damage_is_named_with_its_line(text: str, line: int):
    """A report that breaks off before its packages, or that is not text, is unreadable."""
    with pytest.raises(UnreadableEvidence) as caught:
        read(text)
    assert caught.value.place is not None
    assert caught.value.place.line == line


@real
def test_a_real_report_says_what_was_read_in_it_by_eye():
    """The crm report of a SLES 15 SP1 cluster: its sysinfo does not tell the service pack."""
    report = EVIDENCE / "crmsh" / "crm-report-sles15sp1"

    assert facts((report / "sysinfo.txt").read_bytes()) == {
        "nodes.cluster_stack_version": "2.0.1+20190304.9e909a5bd-1.4",
        "nodes.corosync_version": "2.4.4-3.8",
        "nodes.os.release": "sles-15",
        "nodes.os.architecture": "x64",
    }
    assert facts((report / "crm_mon.txt").read_bytes()) == {
        "cluster.service": "pacemaker",
        "cluster.stack": "corosync",
        "cluster.have_quorum": True,
        "cluster.version": "2.0.1+20190304.9e909a5bd-1.4",
        "nodes": ("15sp1-1", "15sp1-2"),
    }
    others = [path for path in report.rglob("*") if path.is_file() and path.name not in ("sysinfo.txt", "crm_mon.txt")]
    assert not [path.name for path in others if READER.recognises(Evidence(path.name, path.read_bytes()))]


@real
@pytest.mark.parametrize(
    ("name", "version", "nodes"),
    [
        ("CLUSTER_NORMAL", "1.1.12", ("myhost15", "myhost16", "myhost17")),
        ("CLUSTER_OUTPUT_PACEMAKER_VERSION2", "2.1.0-8.el8", ("host1", "host2")),
    ],
)
def test_pcs_status_is_read_in_both_forms(name: str, version: str, nodes: tuple[str, ...]):
    """`pcs status` of RHEL 7 and RHEL 8 prints the same summary."""
    found = facts((EVIDENCE / "insights-core" / f"pcs_status__{name}.txt").read_bytes())

    assert (found["cluster.version"], found["nodes"], found["cluster.have_quorum"]) == (version, nodes, True)


@real
def test_a_report_whose_nodes_differ_tells_of_each_node(tmp_path):
    """What differs between nodes lies in a folder a node, named after it: release and packages are known of both."""
    report = tmp_path / "report"
    shutil.copytree(EVIDENCE / "crmsh" / "crm-report-sles15sp1", report)
    text = (report / "sysinfo.txt").read_text()
    (report / "sysinfo.txt").unlink()
    (report / "15sp1-1" / "sysinfo.txt").write_text(text)
    (report / "15sp1-2" / "sysinfo.txt").write_text(text.replace("corosync 2.4.4-3.8 ", "corosync 2.4.4-3.9 "))
    made = read_evidence([report]).deployment

    assert [one.values["nodes.os.release"] for one in made.listing("nodes").items] == ["sles-15", "sles-15"]
    assert [one.values["nodes.corosync_version"] for one in made.listing("nodes").items] == ["2.4.4-3.8", "2.4.4-3.9"]
    assert made.unattributed == ()
