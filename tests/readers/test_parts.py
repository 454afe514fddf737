"""Files that hold several files, and archives of machines: their parts are read as if they stood alone, at their own lines."""

from evidence_samples import HOSTNAMECTL, OS_RELEASE, PCS_CONFIG, PCS_STATUS, RPM
from supportable import read_evidence
from supportable.readers.parts import parts
from supportable.readers.reader import Evidence

LINE = b"#==[ %s ]===================================#\n"
BASIC = (
    b"=============================================================================\nSupport Utilities - Supportconfig\n\n"
    + LINE % b"Command"
    + b"# /bin/uname -a\nLinux n1 5.14.21-150500.53-default #1 SMP Wed May 10 07:56:26 UTC 2023 x86_64 x86_64 x86_64 GNU/Linux\n\n"
    + LINE % b"Configuration File"
    + b"# /etc/os-release\n"
    + OS_RELEASE
    + b"\n"
    + LINE % b"Configuration File"
    + b"# /etc/gone - File not found\n\n"
    + LINE % b"Command"
    + b"# /usr/bin/systemd-detect-virt\nkvm\n"
)


def test_the_parts_of_a_supportconfig_are_read_at_the_lines_of_the_file(tmp_path):
    """Each fact cites the file that the user has, and the line on which it stands there."""
    (tmp_path / "basic-environment.txt").write_bytes(BASIC)
    reading = read_evidence([tmp_path / "basic-environment.txt"])
    (node,) = reading.deployment.listing("nodes").items
    release = node.facts["nodes.os.release"]

    assert node.name == "n1"
    assert node.values == {
        "nodes.os.architecture": "x64",
        "nodes.os.release": "sles-15",
        "nodes.os.service_pack": 5,
        "nodes.virtual": True,
        "nodes.hypervisor": "kvm",
    }
    assert [BASIC.split(b"\n")[(one.line or 0) - 1] for one in release.sources] == [b'VERSION_ID="15.5"']
    assert [one.file for one in release.sources] == ["basic-environment.txt"]
    assert reading.read == (("basic-environment.txt", "machine-value, os-release"),)


def test_a_part_that_is_damaged_does_not_lose_the_others(tmp_path):
    """The file is listed with the part and the reason, and what the other parts say still counts."""
    broken = LINE % b"Command" + b"# /usr/sbin/crm_mon --output-as=xml\n<pacemaker-result request='crm_mon'><summary>\n"
    (tmp_path / "ha.txt").write_bytes(broken + LINE % b"Configuration File" + b"# /etc/os-release\n" + OS_RELEASE)
    reading = read_evidence([tmp_path])

    assert [one.file.rpartition("/")[2] for one in reading.unread] == ["ha.txt"]
    assert reading.unread[0].reason.startswith("crm_mon: ")
    assert reading.deployment.listing("nodes").items[0].values["nodes.os.release"] == "sles-15"


def test_a_supportconfig_without_a_known_part_says_so(tmp_path):
    """Sections that no reader knows are a reason, not a silence."""
    (tmp_path / "x.txt").write_bytes(LINE % b"Command" + b"# /bin/date\nMon Jan 1\n")

    assert [one.reason for one in read_evidence([tmp_path]).unread] == ["none of its parts is of a format that a reader knows"]


def test_other_text_is_one_piece():
    """A text with the marks of a section in its middle is not taken apart."""
    assert parts(Evidence("a", b"x" * 500 + b"\n#==[ Command ]=====#\n# ls\n")) is None
    assert parts(Evidence("a", b"")) is None


def test_the_directory_of_a_sos_report_is_read_file_by_file(tmp_path):
    """The files of a sos report have the names of their commands and no endings; their content tells what they are."""
    for name, data in (
        ("sos_commands/pacemaker/pcs_config", PCS_CONFIG),
        ("sos_commands/pacemaker/pcs_status_--full", PCS_STATUS.replace(b"Cluster name: c1", b"Cluster name: c1")),
        ("sos_commands/host/hostnamectl_status", HOSTNAMECTL),
        ("installed-rpms", RPM),
        ("sos_commands/date/date", b"Mon Jan 1\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    reading = read_evidence([tmp_path])

    assert {reader for _, reader in reading.read} == {"pcs-config", "pcs-status", "hostnamectl", "package-list"}
    assert reading.deployment.values["cluster.name"] == "c1"
    assert [one.file.rpartition("/")[2] for one in reading.unread] == ["date"]
    nodes = {node.name: node.values for node in reading.deployment.listing("nodes").items}
    assert nodes["n1"]["nodes.cluster_stack_version"] == "2.1.2-4.el8_6.2"
