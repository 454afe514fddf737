"""The readers of what one machine says of itself: its release, name, hypervisor and hardware."""

import pytest

from evidence_samples import DMIDECODE, HOSTNAMECTL, SYSTEMINFO
from reading import EVIDENCE, read_real, real, said, table
from supportable.core.facts import THIS_MACHINE
from supportable.gathering import gather
from supportable.readers import open_reader
from supportable.readers.reader import Evidence


@pytest.mark.parametrize(
    ("identity", "version", "expected"),
    [
        ("rhel", "8.6", {"nodes.os.release": "rhel-8", "nodes.os.minor_release": 6}),
        ("rhel", "8.10", {"nodes.os.release": "rhel-8", "nodes.os.minor_release": 10}),
        ("sles", "15.5", {"nodes.os.release": "sles-15", "nodes.os.service_pack": 5}),
        ("sles_sap", "12.5", {"nodes.os.release": "sles-12", "nodes.os.service_pack": 5}),
        ("sles", "15", {"nodes.os.release": "sles-15"}),
        ("ubuntu", "22.04", {"nodes.os.release": "ubuntu-22.04"}),
        ("ol", "9.3", {"nodes.os.release": "oracle-linux-9"}),
    ],
)
def test_os_release_tells_the_release_of_systems_that_are_known(identity: str, version: str, expected: dict[str, object]):
    """The release is that of ID and the first number of VERSION_ID; a service pack is the second number of SUSE's version."""
    text = f'NAME="x"\nID="{identity}"\nID_LIKE="rhel fedora"\nVERSION_ID="{version}"\n'

    assert said("os_release", text) == expected


@pytest.mark.parametrize(("identity", "version"), [("centos", "8"), ("almalinux", "9.4"), ("rhel", "99.1"), ("debian", "")])
def test_a_system_that_no_policy_names_is_named_as_such(identity: str, version: str, tmp_path):
    """A rebuild is another system: `ID_LIKE="rhel"` makes none; the answer says what was read, and that no policy names it."""
    (tmp_path / "os-release").write_text(f'NAME="x"\nID="{identity}"\nID_LIKE="rhel fedora"\nVERSION_ID="{version}"\n')
    found = gather([tmp_path])

    assert (found.observations, found.read) == ((), ())
    assert [one.reason for one in found.unread] == [
        f"line 2: `{f'{identity} {version}'.strip()}` is none of the releases that policies name"
    ]


@real
def test_the_real_os_release_is_none_that_policies_know():
    """openSUSE Leap says no release: nothing is guessed from what it is like."""
    found = gather([EVIDENCE / "trento-agent" / "gatherers" / "os-release.basic"])

    assert (found.observations, [one.reason for one in found.unread]) == (
        (),
        ["line 3: `opensuse-leap 15.2` is none of the releases that policies name"],
    )


def test_a_name_is_translated_with_its_source():
    """The observation keeps what was written, and which table of names said what it means."""
    evidence = Evidence("etc/os-release", b'ID="rhel"\nVERSION_ID="9.4"\n')
    release = next(iter(open_reader("os_release").READER.read(evidence)))

    assert (release.value, release.item, release.written) == ("rhel-9", THIS_MACHINE, "rhel 9")
    assert release.named_by is not None
    assert release.named_by.startswith("names/linux-releases.yaml: ")


def test_a_shell_script_with_assignments_is_no_os_release():
    """Text with anything but assignments is not recognised."""
    assert not open_reader("os_release").READER.recognises(Evidence("a", b"ID=1\nNAME=2\necho $ID\n"))


def test_hostnamectl_names_its_machine():
    """A virtual machine has a hypervisor and no hardware; everything belongs to the name it gives."""
    assert said("hostnamectl", HOSTNAMECTL) == {
        "nodes of n1": "n1",
        "nodes.virtual of n1": True,
        "nodes.hypervisor of n1": "kvm",
        "nodes.os.release of n1": "rhel-8",
        "nodes.os.minor_release of n1": 6,
        "nodes.os.architecture of n1": "x64",
    }


@real
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("dmidecode__DMIDECODE_KVM.txt", {"nodes.virtual": True, "nodes.hypervisor": "kvm"}),
        ("virt_what__DMIDECODE_OVIRT.txt", {"nodes.virtual": True, "nodes.hypervisor": "kvm"}),
        ("dmidecode__DMIDECODE_V.txt", {"nodes.virtual": True, "nodes.hypervisor": "vmware"}),
        ("dmidecode__DMIDECODE_AWS.txt", {"nodes.virtual": True, "nodes.hypervisor": "xen", "nodes.cloud": "aws"}),
    ],
)
def test_real_tables_of_firmware_tell_the_hypervisor(file: str, expected: dict[str, object]):
    """RHEV and oVirt are KVM, an HVM domain of Amazon is Xen in a cloud; the manufacturer of a virtual machine is no hardware."""
    assert read_real("insights-core", file) == expected


@real
def test_a_real_table_without_system_information_is_listed_with_the_reason():
    """`dmidecode` of other types says nothing of the machine, and the file says so."""
    found = gather([EVIDENCE / "insights-core" / "dmidecode__DMIDECODE_ODDITIES.txt"])

    assert found.observations == ()
    assert [one.reason for one in found.unread] == ["line 42: it has no System Information"]


def test_hardware_and_a_cloud_are_told_by_the_table():
    """A physical machine has manufacturer and model; the chassis of Azure has a tag."""
    assert said("dmidecode", DMIDECODE) == {"nodes.cloud": "azure", "hardware.vendor": "Dell Inc.", "hardware.model": "PowerEdge R640"}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("b/files/sys/class/dmi/id/sys_vendor", "Dell Inc.\n", {"hardware.vendor": "Dell Inc."}),
        ("b/files/sys/class/dmi/id/sys_vendor", "VMware, Inc.\n", {"nodes.virtual": True, "nodes.hypervisor": "vmware"}),
        ("b/files/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n", {}),
        ("b/files/sys/class/dmi/id/sys_vendor", "Amazon EC2\n", {"nodes.cloud": "aws", "nodes.virtual": True}),
        ("b/files/sys/class/dmi/id/product_name", "PowerEdge R640\n", {"hardware.model": "PowerEdge R640"}),
        ("b/files/sys/class/dmi/id/product_name", "VMware Virtual Platform\n", {"nodes.virtual": True, "nodes.hypervisor": "vmware"}),
        ("b/files/sys/class/dmi/id/sys_vendor", "Red Hat\n", {}),
        ("b/files/sys/class/dmi/id/product_name", "Virtual Machine\n", {"nodes.virtual": True}),
        ("b/files/sys/class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)\n", {"nodes.virtual": True}),
        ("b/files/sys/class/dmi/id/product_name", "m5.2xlarge\n", {"nodes.virtual": True}),
        ("b/files/sys/class/dmi/id/product_name", "m5.metal\n", {"hardware.model": "m5.metal"}),
        ("b/files/sys/class/dmi/id/product_version", "Hyper-V UEFI Release v4.0\n", {"nodes.virtual": True, "nodes.hypervisor": "hyper-v"}),
        ("b/files/sys/class/dmi/id/bios_vendor", "Bochs\n", {"nodes.virtual": True}),
        ("b/files/sys/class/dmi/id/bios_date", "04/01/2014\n", {}),
        ("b/files/sys/class/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n", {"nodes.cloud": "azure"}),
        ("b/commands/systemd-detect-virt.txt", "none\n", {"nodes.virtual": False}),
        ("b/commands/systemd-detect-virt.txt", "microsoft\n", {"nodes.virtual": True, "nodes.hypervisor": "hyper-v"}),
        ("b/commands/systemd-detect-virt.txt", "wsl\n", {}),
        ("sos_commands/virt/virt-what", "kvm\nrhev\n", {"nodes.virtual": True, "nodes.hypervisor": "kvm"}),
        ("b/files/etc/hostname", "n1.example.com\n", {"nodes of n1.example.com": "n1.example.com"}),
        ("b/files/etc/hostname", "localhost.localdomain\n", {}),
        (
            "any.txt",
            "Linux n1 5.14.0-70.el9.x86_64 #1 SMP Thu Feb 24 EST 2022 x86_64 x86_64 x86_64 GNU/Linux\n",
            {"nodes of n1": "n1", "nodes.os.architecture of n1": "x64"},
        ),
        ("any", "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n", {"nodes.os.release": "rhel-7", "nodes.os.minor_release": 9}),
    ],
)
def test_one_value_alone_says_what_its_file_is_named_for(name: str, text: str, expected: dict[str, object]):
    """Content alone tells `uname` and `redhat-release`; for the rest the name decides what the word means."""
    assert said("machine_value", text, name) == expected


@pytest.mark.parametrize(
    ("name", "text"), [("notes.txt", "none\n"), ("b/kvm.txt", "kvm\n"), ("sys_vendor", "Dell Inc.\n"), ("hostname.txt", "a b\n")]
)
def test_a_word_in_a_file_of_any_name_says_nothing(name: str, text: str):
    """`none` in a file that nobody named is no evidence that a machine is physical."""
    assert not open_reader("machine_value").READER.recognises(Evidence(name, text.encode()))


def test_the_files_of_one_machine_belong_to_the_machine_that_one_of_them_names(tmp_path):
    """In the bundle of one node, what no file names belongs to the node that `hostnamectl` names."""
    for name, data in (
        ("commands/hostnamectl.txt", b" Static hostname: n1\n"),
        ("commands/virt-what.txt", b"kvm\n"),
        ("files/etc/os-release", b'ID="sles"\nVERSION_ID="15.5"\n'),
        ("files/sys/class/dmi/id/product_name", b"KVM\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    from supportable import read_evidence

    (node,) = read_evidence([tmp_path]).deployment.listing("nodes").items

    assert (node.name, node.values) == (
        "n1",
        {"nodes.os.release": "sles-15", "nodes.os.service_pack": 5, "nodes.virtual": True, "nodes.hypervisor": "kvm"},
    )


def test_systeminfo_says_what_windows_is_in_either_encoding():
    """PowerShell writes UTF-16 with `>`; the facts are the same."""
    expected = {
        "nodes of N1": "N1",
        "nodes.os.release of N1": "windows-server-2019",
        "nodes.os.edition of N1": "standard",
        "nodes.os.build of N1": "10.0.17763",
        "nodes.os.service_pack of N1": 0,
        "nodes.os.architecture of N1": "x64",
        "nodes.domain_role of N1": "member-server",
        "nodes.domain of N1": "contoso.example",
        "nodes.virtual of N1": True,
        "nodes.hypervisor of N1": "vmware",
    }

    assert said("systeminfo", SYSTEMINFO) == expected
    assert said("systeminfo", "\ufeff".encode("utf-16-le") + SYSTEMINFO.decode().encode("utf-16-le")) == expected


def test_a_workgroup_is_no_domain():
    """A stand-alone server shows its workgroup where others show their domain."""
    from supportable.core.facts import ABSENT

    found = said("systeminfo", SYSTEMINFO.replace(b"Member Server", b"Standalone Server"))

    assert found["nodes.domain of N1"] is ABSENT
    assert found["nodes.domain_role of N1"] == "stand-alone-server"


def test_the_reader_of_windows_exports_tells_machines_as_before():
    """Manufacturer and model in a CLIXML export go through the same table."""
    from supportable.core.facts import Source
    from supportable.readers.hypervisors import Told, machine_kind

    source = Source("a", 1)
    kinds = [table(machine_kind(Told(vendor, source), Told(model, source), "n")) for vendor, model in (("QEMU", "KVM"), ("HP", "DL380"))]

    assert kinds == [{"nodes.virtual of n": True, "nodes.hypervisor of n": "kvm"}, {"hardware.vendor": "HP", "hardware.model": "DL380"}]
