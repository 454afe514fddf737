"""The readers of what other tools gathered: Ansible, Puppet, the Trento agent, saptune."""

import json

import pytest

from evidence_samples import ANSIBLE, PUPPET, SAPTUNE, TRENTO
from reading import EVIDENCE, read_real, real, said
from supportable.core.facts import ABSENT
from supportable.errors import UnreadableEvidence

PUPPET_FILES = sorted((EVIDENCE / "facterdb").glob("*.json")) if EVIDENCE.is_dir() else []


@real
def test_real_facts_of_ansible_say_what_was_read_in_them_by_eye():
    """A Windows server of 2016: the service pack stands in the name that .NET gives the system."""
    assert read_real("ansible-cmdb", "win2k8r2.local.json") == {
        "nodes of win2k8r2": "win2k8r2",
        "nodes.os.release of win2k8r2": "windows-server-2008-r2",
        "nodes.os.edition of win2k8r2": "standard",
        "nodes.os.architecture of win2k8r2": "x64",
        "nodes.os.build of win2k8r2": "6.1.7601",
        "nodes.os.service_pack of win2k8r2": 1,
    }


def test_facts_of_ansible_as_the_command_prints_them():
    """The line before the object names the host and the outcome, and is no part of the JSON."""
    assert said("ansible_facts", ANSIBLE) == {
        "nodes of n1": "n1",
        "nodes.os.release of n1": "rhel-8",
        "nodes.os.minor_release of n1": 6,
        "nodes.os.architecture of n1": "x64",
        "nodes.virtual of n1": True,
        "nodes.hypervisor of n1": "kvm",
    }


@pytest.mark.parametrize(
    ("role", "expected"),
    [("Member server", "member-server"), ("Primary domain controller", "domain-controller"), ("Stand-alone server", "stand-alone-server")],
)
def test_ansible_tells_the_role_in_the_domain(role: str, expected: str):
    """The words are those of Ansible's module; a machine outside a domain has none."""
    facts = {"ansible_os_family": "Windows", "ansible_hostname": "N1", "ansible_windows_domain_role": role}
    member = {"ansible_windows_domain_member": False, "ansible_windows_domain": "WORKGROUP"}
    found = said("ansible_facts", json.dumps({"ansible_facts": facts | member}))

    assert found["nodes.domain_role of N1"] == expected
    assert found["nodes.domain of N1"] is ABSENT


def test_a_host_of_virtual_machines_is_not_virtual():
    """Ansible names the hypervisor on its host too; only a guest is virtual."""
    found = said("ansible_facts", ANSIBLE.replace(b'"guest"', b'"host"').replace(b'"QEMU"', b'"HP"').replace(b'"KVM"', b'"DL380"'))

    assert {name for name in found if "virtual" in name} == set()
    assert found["hardware.vendor"] == "HP"


@real
@pytest.mark.parametrize("file", PUPPET_FILES, ids=[file.stem for file in PUPPET_FILES])
def test_real_facts_of_puppet_say_what_their_file_is_named_for(file):
    """Eleven Windows servers in Azure, under Hyper-V: release, core or full, and a build that belongs to the release."""
    _, _, rest = file.name.partition("windows-")
    year, core = rest.partition("-")[0].replace("_", "-"), "-core-" in file.name
    found = read_real("facterdb", file.name)

    assert found["nodes.os.release of foo"] == f"windows-server-{year}"
    assert found["nodes.os.edition of foo"] == "datacenter"
    assert found["nodes.os.server_core of foo"] is core
    assert found["nodes.hypervisor of foo"] == "hyper-v"
    assert found["nodes.cloud of foo"] == "azure"
    assert found["nodes.virtual_processors of foo"] == 4
    assert str(found["nodes.os.build of foo"]).startswith(("6.2.9200", "6.3.9600", "10.0."))
    assert not any(name.startswith(("hardware", "nodes.domain")) for name in found)


def test_puppet_tells_the_hardware_of_a_physical_machine_only():
    """The manufacturer of a virtual machine made its firmware; a build of another release is not believed."""
    assert said("puppet_facts", PUPPET)["hardware.vendor"] == "HP"
    assert "hardware.vendor" not in said(
        "puppet_facts", PUPPET.replace(b'"is_virtual": false', b'"is_virtual": true').replace(b"physical", b"kvm")
    )
    assert "nodes.os.build of n1" not in said("puppet_facts", PUPPET.replace(b"10.0.17763", b"6.2.9200"))


@pytest.mark.parametrize(("lease", "expected"), [("168.63.129.16", "azure"), ("10.0.0.1", None), ("168.63.129.161", None)])
def test_a_machine_that_azure_gives_its_address_is_in_azure(lease: str, expected: str | None):
    """Only the address from which nothing but the platform of Azure answers tells the cloud; any other tells nothing."""
    found = said("puppet_facts", PUPPET.replace(b'"networking": {', f'"networking": {{"dhcp": "{lease}", '.encode()))

    assert found.get("nodes.cloud of n1") == expected


@real
def test_a_real_discovery_of_a_cluster_says_what_was_read_in_it_by_eye():
    """The discovery holds the CIB: what it does not set is absent, and fencing devices are counted."""
    found = read_real("trento-agent", "discovery", "cluster", "expected_published_cluster_discovery.json")

    assert found == {
        "cluster.service": "pacemaker",
        "cluster.sbd": True,
        "cluster.version": "1.1.18+20180430.b12c320f5-3.15.1",
        "cluster.stack": "corosync",
        "cluster.name": "hana_cluster",
        "cluster.fencing_enabled": True,
        "cluster.no_quorum_policy": ABSENT,
        "cluster.maintenance_mode": ABSENT,
        "cluster.fencing_devices": 1,
        "all nodes": ("node01", "node02"),
    }


@real
def test_a_real_discovery_of_a_host_tells_no_release():
    """`15-SP2` is a version of nothing in particular."""
    machine = "thehostnamewherethediscoveryhappened"

    assert read_real("trento-agent", "discovery", "host", "expected_published_host_discovery.json") == {
        f"nodes of {machine}": machine,
        f"nodes.os.architecture of {machine}": "x64",
    }


@real
def test_the_real_status_of_saptune_tells_the_hypervisor():
    """saptune asks `systemd-detect-virt`."""
    assert read_real("trento-agent", "gatherers", "saptune-status.output") == {"nodes.virtual": True, "nodes.hypervisor": "kvm"}


@pytest.mark.parametrize(
    ("module", "data"), [("ansible_facts", ANSIBLE), ("puppet_facts", PUPPET), ("trento_discovery", TRENTO), ("saptune_status", SAPTUNE)]
)
def test_json_that_breaks_off_is_refused_with_a_line(module: str, data: bytes):
    """Half a document says nothing, and names the line."""
    with pytest.raises(UnreadableEvidence) as refused:
        said(module, data[: data.rindex(b"}") - 2])
    assert refused.value.place is not None
    assert refused.value.place.line
