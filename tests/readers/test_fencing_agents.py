"""Fencing devices that only serve tests: the same in every form in which a cluster's configuration is collected."""

import json

import pytest

from reading import EVIDENCE, real, said
from supportable.core.facts import Observation
from supportable.gathering import gather

AGENTS = ("fence_ipmilan", "external/ssh", "null", "fence_dummy", "external/sbd")


def _cib(agents: tuple[str, ...]) -> str:
    devices = "".join(f'<primitive id="f{number}" class="stonith" type="{agent}"/>' for number, agent in enumerate(agents))
    return f"<cib><configuration><crm_config/><nodes/><resources>{devices}</resources></configuration></cib>"


def _crm_configure(agents: tuple[str, ...]) -> str:
    devices = "".join(f"primitive f{number} stonith:{agent} \\\n\tparams a=b\n" for number, agent in enumerate(agents))
    return f"node 1: n1\n{devices}property cib-bootstrap-options: \\\n\tstonith-enabled=true\n"


def _pcs_config(agents: tuple[str, ...]) -> str:
    devices = "".join(f" Resource: f{number} (class=stonith type={agent})\n" for number, agent in enumerate(agents))
    return f"Cluster Name: c\nCorosync Nodes:\n n1\n\nStonith Devices:\n{devices}Fencing Levels:\n\nCluster Properties:\n a-b: c\n"


def _pcs_status(agents: tuple[str, ...]) -> str:
    devices = "".join(f"  * f{number}\t(stonith:{agent}):\t Started n1\n" for number, agent in enumerate(agents))
    summary = "Cluster name: c\nCluster Summary:\n  * Stack: corosync\n"
    return f"{summary}\nFull List of Resources:\n{devices}\nDaemon Status:\n  a: active/enabled\n"


def _trento(agents: tuple[str, ...]) -> str:
    devices = [{"Id": f"f{number}", "Class": "stonith", "Type": agent} for number, agent in enumerate(agents)]
    configuration = {"CrmConfig": {"ClusterProperties": []}, "Resources": {"Primitives": devices}}
    return json.dumps({"discovery_type": "ha_cluster_discovery", "payload": {"Cib": {"Configuration": configuration}}})


FORMS = {
    "pacemaker_cib": _cib,
    "crm_configure": _crm_configure,
    "pcs_config": _pcs_config,
    "pcs_status": _pcs_status,
    "trento_discovery": _trento,
}


@pytest.mark.parametrize("reader", FORMS)
def test_devices_for_tests_are_not_counted_in_any_form(reader: str):
    """A device that only pretends, or is for tests by its maker's words, is no fencing device, whoever wrote the configuration down."""
    assert said(reader, FORMS[reader](AGENTS))["cluster.fencing_devices"] == 2
    assert said(reader, FORMS[reader](AGENTS[1:4]))["cluster.fencing_devices"] == 0


@real
def test_a_real_cluster_that_is_shot_by_ssh_has_no_fencing_device():
    """The cluster of a real bug report with `external/ssh` alone has no device, and its source says why."""
    found = gather([EVIDENCE / "pacemaker" / "cib-2.1.9" / "novell-252693.xml"]).observations
    (one,) = [one for one in found if isinstance(one, Observation) and one.field == "cluster.fencing_devices"]

    assert (one.value, one.source.place) == (0, "primitives of class stonith, without 1 that only serves tests")
