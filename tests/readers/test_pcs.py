"""The readers of the commands that show what is configured: `pcs status`, `pcs config`, `crm configure show`."""

import pytest

from evidence_samples import CRM_CONFIGURE, PCS_CONFIG, PCS_STATUS
from reading import EVIDENCE, read_real, real, said
from supportable.core.facts import ABSENT
from supportable.errors import UnreadableEvidence
from supportable.gathering import gather


@real
def test_a_real_status_of_rhel_8_says_what_was_read_in_it_by_eye():
    """Two nodes, one fencing device, quorum: `pcs` shows a fencing device with its class."""
    found = read_real("insights-core", "pcs_status__CLUSTER_OUTPUT_PACEMAKER_VERSION2.txt")

    assert found == {
        "cluster.name": "cluster1",
        "cluster.service": "pacemaker",
        "cluster.stack": "corosync",
        "cluster.have_quorum": True,
        "cluster.version": "2.1.0-8.el8",
        "all nodes": ("host1", "host2"),
        "cluster.fencing_devices": 1,
    }


@real
def test_a_real_status_with_clones_does_not_count_fencing_devices():
    """Inside a clone `pcs` shows no classes, so the number of fencing devices is unknown, not 0."""
    found = read_real("insights-core", "pcs_status__CLUSTER_NORMAL.txt")

    assert "cluster.fencing_devices" not in found
    assert found["all nodes"] == ("myhost15", "myhost16", "myhost17")
    assert found["cluster.version"] == "1.1.12"


@real
def test_a_real_status_without_a_summary_still_names_its_nodes():
    """The nodes on which `pcs` asked for its daemon are all nodes; remote nodes are not among them."""
    found = read_real("insights-core", "pcs_status__CLUSTER_UNCLEANNODE.txt")

    assert found == {"cluster.service": "pacemaker", "all nodes": ("control-0", "control-1", "control-2")}


def test_the_warning_of_pcs_says_that_there_is_no_fencing_device():
    """ "not false" is neither true nor unset, so the warning gives the number of devices and nothing else."""
    found = said("pcs_status", PCS_STATUS)

    assert found["cluster.fencing_devices"] == 0
    assert "cluster.fencing_enabled" not in found
    assert found["cluster.sbd"] is True
    assert found["all nodes"] == ("n2", "n1")


def test_a_list_of_resources_that_breaks_off_is_not_counted():
    """Without a section after it, the list may have lost a device."""
    text = PCS_STATUS.replace(b"\nWARNINGS:\nNo stonith devices and stonith-enabled is not false\n", b"")
    whole = text.replace(b"  * Clone Set: dlm-clone [dlm]:\n    * Started: [ n1 ]\n", b"  * f1 (stonith:fence_xvm):    Started n1\n")

    assert said("pcs_status", whole)["cluster.fencing_devices"] == 1
    assert "cluster.fencing_devices" not in said("pcs_status", whole.partition(b"\nPCSD")[0])


@real
def test_a_real_config_shows_its_own_contradiction():
    """The heading and the property name two clusters: both are kept, and the fact is unknown with both sources."""
    found = gather([EVIDENCE / "insights-core" / "pcs_config__PCS_CONFIG_ON_REMOTE.txt"]).observations
    values = {one.field: one.value for one in found if one.field != "cluster.name"}

    assert [one.value for one in found if one.field == "cluster.name"] == ["test_cluster", "my_cluster"]
    assert values["cluster.version"] == "2.0.3-5.el8"
    assert values["cluster.sbd"] is False
    assert values["cluster.fencing_devices"] == 0
    # The properties end the text, so what is not among them may be lost.
    assert "cluster.fencing_enabled" not in values


def test_a_config_says_what_is_set_and_what_is_not():
    """An option that is not among whole properties is absent, not the default; passwords are nowhere."""
    found = said("pcs_config", PCS_CONFIG)

    assert found == {
        "cluster.service": "pacemaker",
        "cluster.name": "c1",
        "all nodes": ("n1", "n2"),
        "cluster.fencing_devices": 1,
        "cluster.resilient_storage": True,
        "cluster.fencing_enabled": ABSENT,
        "cluster.no_quorum_policy": "freeze",
        "cluster.maintenance_mode": ABSENT,
        "cluster.sbd": True,
        "cluster.watchdog_fencing": True,
    }


@pytest.mark.parametrize("form", ["  stonith-enabled=false", " stonith-enabled: false"])
def test_properties_of_old_and_new_pcs_are_read(form: str):
    """`pcs` wrote `name: value` and writes `name=value`."""
    assert said("pcs_config", f"Cluster Name: c\nCluster Properties:\n{form}\nQuorum:\n")["cluster.fencing_enabled"] is False


@real
def test_a_real_configuration_of_crm_says_what_its_cib_says():
    """`cib.txt` and `cib.xml` of one report are the same configuration: what both say is the same."""
    folder = ("crmsh", "crm-report-sles15sp1", "15sp1-1")
    text, xml = read_real(*folder, "cib.txt"), read_real(*folder, "cib.xml")

    assert {name: xml[name] for name in text} == text
    assert text["all nodes"] == ("15sp1-1", "15sp1-2")
    assert text["cluster.fencing_devices"] == 1


def test_a_configuration_of_crm_counts_members_and_devices():
    """A remote node is no member; what is not among the properties is absent."""
    assert said("crm_configure", CRM_CONFIGURE) == {
        "cluster.service": "pacemaker",
        "cluster.fencing_enabled": True,
        "cluster.no_quorum_policy": ABSENT,
        "cluster.maintenance_mode": ABSENT,
        "cluster.name": "c1",
        "cluster.version": "2.1.5-9.el9",
        "cluster.sbd": True,
        "cluster.fencing_devices": 1,
        "cluster.resilient_storage": True,
        "all nodes": ("n1", "n2"),
    }


def test_a_configuration_that_breaks_off_is_refused():
    """A definition that goes on has lost what it says."""
    with pytest.raises(UnreadableEvidence, match="breaks off"):
        said("crm_configure", CRM_CONFIGURE.rpartition(b"\n\tresource")[0])
