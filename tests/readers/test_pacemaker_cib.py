"""The reader of Pacemaker CIBs: what is set, what is not set, and what depends on a rule."""

from pathlib import Path

import pytest

from supportable.core.facts import ABSENT, Listed, Observation
from supportable.errors import UnreadableEvidence
from supportable.readers.pacemaker_cib import READER
from supportable.readers.pacemaker_words import version
from supportable.readers.reader import Evidence

EVIDENCE = Path(__file__).parents[3] / "shared" / "evidence"
real = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")


def cib(config: str = "", nodes: str = "", resources: str = "", quorum: str = ' have-quorum="1"') -> bytes:
    """A sample of a CIB, written by hand."""
    parts = f"<crm_config>{config}</crm_config>\n<nodes>{nodes}</nodes>\n<resources>{resources}</resources>"
    return f'<cib crm_feature_set="3.1.0"{quorum}>\n<configuration>\n{parts}\n</configuration>\n</cib>'.encode()


def options(*pairs: tuple[str, str], name: str = "cib-bootstrap-options", more: str = "", score: str = "") -> str:
    inside = "".join(f'<nvpair id="{name}-{option}" name="{option}" value="{value}"/>' for option, value in pairs)
    return f'<cluster_property_set id="{name}"{score}>{more}{inside}</cluster_property_set>'


def read(data: bytes) -> list[Observation | Listed]:
    evidence = Evidence("cib.xml", data)
    assert READER.recognises(evidence)
    return list(READER.read(evidence))


def values(data: bytes, field: str) -> list[object]:
    return [one.value for one in read(data) if isinstance(one, Observation) and one.field == field]


def members(data: bytes) -> list[tuple[str, ...]]:
    return [one.names for one in read(data) if isinstance(one, Listed)]


def test_options_are_read_with_their_line():
    """Each option that is set is observed at the line and name of its nvpair."""
    data = cib("\n" + options(("no-quorum-policy", "freeze")))
    (one,) = [one for one in read(data) if isinstance(one, Observation) and one.field == "cluster.no_quorum_policy"]

    assert (one.value, str(one.source), one.item) == ("freeze", "cib.xml:4 (nvpair no-quorum-policy)", None)


@pytest.mark.parametrize("spelling", ["stonith-enabled", "fencing-enabled"])
@pytest.mark.parametrize(("text", "value"), [("true", True), ("Yes", True), ("0", False), ("off", False)])
def test_fencing_has_two_spellings(spelling: str, text: str, value: bool):
    """Old and new name of the option mean the same, in every way Pacemaker writes a boolean."""
    assert values(cib(options((spelling, text))), "cluster.fencing_enabled") == [value]


def test_spellings_that_contradict_each_other_are_both_reported():
    """Two names with two values are two observations, so that the conflict shows."""
    data = cib(options(("stonith-enabled", "true"), ("fencing-enabled", "false")))

    assert values(data, "cluster.fencing_enabled") == [True, False]


def test_an_option_that_is_not_set_is_absent():
    """Nobody set it is not the default; name, stack and version are written by the cluster and are not absent."""
    data = cib(options())

    assert values(data, "cluster.fencing_enabled") == [ABSENT]
    assert values(data, "cluster.maintenance_mode") == [ABSENT]
    assert values(data, "cluster.name") == values(data, "cluster.version") == []


def test_a_value_that_pacemaker_refuses_is_not_absent():
    """A text that is no value gives no observation: something was set, and what is in force is not known."""
    assert values(cib(options(("stonith-enabled", "maybe"), ("no-quorum-policy", "panic"))), "cluster.fencing_enabled") == []


def test_an_option_under_a_rule_is_not_known():
    """A set with a rule holds only sometimes; with a higher score it hides what stands below it."""
    rule = '<rule id="r"><date_expression operation="gt" id="d" start="2026-01-01"/></rule>'
    night = options(("maintenance-mode", "true"), name="night", more=rule, score=' score="5"')

    assert values(cib(night), "cluster.maintenance_mode") == []
    assert values(cib(night + options(("maintenance-mode", "false"), name="day")), "cluster.maintenance_mode") == []
    assert values(cib(night + options(("maintenance-mode", "false"))), "cluster.maintenance_mode") == [False]


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        (("a", ""), ("b", ""), "stop"),
        (("a", ' score="1"'), ("b", ' score="2"'), "ignore"),
        (("a", ' score="INFINITY"'), ("b", ' score="2"'), "stop"),
        (("a", ' score="-INFINITY"'), ("b", ""), "ignore"),
        (("a", ' score="INFINITY"'), ("cib-bootstrap-options", ""), "ignore"),
    ],
)
def test_the_set_that_comes_first_decides(first: tuple[str, str], second: tuple[str, str], value: str):
    """The bootstrap set wins, then the higher score, then the place in the file, as Pacemaker sorts them."""
    sets = options(("no-quorum-policy", "stop"), name=first[0], score=first[1])
    sets += options(("no-quorum-policy", "ignore"), name=second[0], score=second[1])

    assert values(cib(sets), "cluster.no_quorum_policy") == [value]


def test_references_are_followed_or_leave_the_rest_open():
    """An nvpair may refer to another one; a set that is not in the file may set anything, so nothing is absent."""
    refers = '<cluster_property_set id="b"><nvpair id-ref="a-stonith-enabled" name="stonith-enabled"/></cluster_property_set>'
    data = cib(options(("stonith-enabled", "false"), name="a") + refers)

    assert values(data, "cluster.fencing_enabled") == [False]
    assert values(cib('<cluster_property_set id-ref="elsewhere"/>'), "cluster.fencing_enabled") == []


def test_fencing_devices_are_counted_as_configured():
    """A clone is one device, a primitive of a fencing template is one, the template itself is none."""
    resources = (
        '<template id="t" class="stonith" type="fence_ipmilan"/><primitive id="f1" template="t"/>'
        '<clone id="c"><primitive id="f2" class="stonith" type="external/sbd"/></clone>'
        '<group id="g"><primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2"/></group>'
    )

    assert values(cib(resources=resources), "cluster.fencing_devices") == [2]
    assert values(cib(), "cluster.fencing_devices") == [0]


def test_remote_nodes_are_not_members():
    """The list of nodes holds members only; a member without a name leaves no list at all."""
    two = '<node id="1" uname="n1"/><node id="2" uname="n2" type="member"/>'

    assert members(cib(nodes=two + '<node id="r" uname="r1" type="remote"/>')) == [("n1", "n2")]
    assert members(cib(nodes=two + '<node id="3"/>')) == members(cib(nodes=two + '<node id="3" uname="n3" type="new"/>')) == []
    assert members(cib()) == []


def test_quorum_is_read_from_the_root():
    """have-quorum is a boolean of the root; without it nothing is said."""
    assert values(cib(quorum=' have-quorum="false"'), "cluster.have_quorum") == [False]
    assert values(cib(quorum=""), "cluster.have_quorum") == []


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1.1.16-12.el7_4.2-94ff4df", "1.1.16-12.el7_4.2"),
        ("1.1.10-2.1635.07e4208.git.el7-07e4208", "1.1.10-2.1635.07e4208.git.el7"),
        ("1.1.18+20180430.b12c320f5-3.15.1-b12c320f5", "1.1.18+20180430.b12c320f5-3.15.1"),
        ("2.1.2+20211124.ada5c3b36-150400.29.16-2.1.2+20211124.ada5c3b36", "2.1.2+20211124.ada5c3b36-150400.29.16"),
        ("1.0.1-2ed0b0ebaf57 stable-1.0 tip", "1.0.1"),
        ("0.6.0-node: c94b92d550cf57217fd0292a9aa913bcf977651c", "0.6.0"),
        ("1.1.16-1", "1.1.16-1"),
        ("2.1.5", "2.1.5"),
        ("", None),
        ("unknown", None),
    ],
)
def test_the_version_ends_before_the_revision(written: str, kept: str | None):
    """What Pacemaker appends to name the build is not part of the version."""
    assert version(written) == kept


@pytest.mark.parametrize("written", ["2.1.3-552305612591 tip", "2.1.3-node: a3184d5240c6e7032aef9cce6e5b7752ded544b3"])
def test_a_version_of_heartbeat_is_none_of_pacemaker(written: str):
    """What Heartbeat 2 wrote before Pacemaker began is not read as the Pacemaker that has the same number fifteen years later."""
    assert version(written) is None
    assert values(cib(options(("dc-version", written))), "cluster.version") == []


@pytest.mark.parametrize(("stack", "value"), [("corosync", ["corosync"]), ("classic openais (with plugin)", ["openais"]), ("new", [])])
def test_the_stack_is_one_of_the_known_ones(stack: str, value: list[str]):
    """Pacemaker's long name of the old plug-in is openais; a stack nobody knows is not reported."""
    assert values(cib(options(("cluster-infrastructure", stack))), "cluster.stack") == value


def test_secrets_of_resources_are_not_read():
    """Passwords and mail addresses stand in attributes of resources, which no observation carries."""
    secret = (
        '<primitive id="f" class="stonith" type="fence_ipmilan"><instance_attributes id="i">'
        '<nvpair id="p" name="passwd" value="hunter2"/></instance_attributes></primitive>'
    )

    assert "hunter2" not in repr(read(cib(resources=secret)))
    assert "@" not in repr(read(cib(options(("cluster-name", "admin@example.org")))))


def test_damage_is_named_with_its_line():
    """A CIB that breaks off is unreadable at the line where it does."""
    with pytest.raises(UnreadableEvidence) as caught:
        read(cib(options()).removesuffix(b"</cib>"))
    assert caught.value.place is not None
    assert caught.value.place.line == 7


def test_other_documents_are_left_alone():
    """Only a root `cib` is a CIB."""
    assert not READER.recognises(Evidence("a", b"<pacemaker-result/>"))
    assert not READER.recognises(Evidence("a", b"cib"))


GOLDEN = {
    "crmsh/crm-report-sles15sp1/15sp1-1/cib.xml": {
        "cluster.service": "pacemaker",
        "cluster.have_quorum": True,
        "cluster.name": "hacluster",
        "cluster.sbd": True,
        "cluster.stack": "corosync",
        "cluster.version": "2.0.1+20190304.9e909a5bd-1.4",
        "cluster.fencing_enabled": True,
        "cluster.fencing_devices": 1,
        "cluster.no_quorum_policy": ABSENT,
        "cluster.maintenance_mode": ABSENT,
        "nodes": ("15sp1-1", "15sp1-2"),
    },
    "trento-agent/gatherers/cibadmin.xml": {
        "cluster.service": "pacemaker",
        "cluster.have_quorum": True,
        "cluster.name": "hana_cluster",
        "cluster.sbd": True,
        "cluster.stack": "corosync",
        "cluster.version": "1.1.18+20180430.b12c320f5-3.15.1",
        "cluster.fencing_enabled": True,
        "cluster.fencing_devices": 1,
        "cluster.no_quorum_policy": ABSENT,
        "cluster.maintenance_mode": ABSENT,
        "nodes": ("node01", "node02"),
    },
    "pacemaker/cib-2.1.9/bug-1820-1.xml": {
        "cluster.service": "pacemaker",
        "cluster.have_quorum": True,
        "cluster.fencing_enabled": False,
        "cluster.fencing_devices": 0,
        "cluster.no_quorum_policy": "ignore",
        "cluster.maintenance_mode": ABSENT,
        "nodes": ("star", "world"),
    },
}


@real
@pytest.mark.parametrize("name", GOLDEN)
def test_real_cibs_say_what_they_said_when_they_were_read_by_eye(name: str):
    """The facts of three real CIBs: SLES 15 SP1, a HANA cluster, and a reduced bug report with two property sets."""
    found = read((EVIDENCE / name).read_bytes())

    assert {one.field if isinstance(one, Observation) else one.listing: one[1] for one in found} == GOLDEN[name]


@real
def test_every_real_cib_is_read_and_cites_lines_that_exist():
    """Every CIB of Pacemaker's own regression tests is read; quorum and fencing devices are always known, members in all but a few."""
    paths = sorted((EVIDENCE / "pacemaker").glob("c[il]*/*.xml"))
    assert len(paths) > 100
    listed = 0
    for path in paths:
        data = path.read_bytes()
        found = read(data)
        assert all(one.source.line and one.source.line <= data.count(b"\n") + 1 for one in found)
        assert "cluster.fencing_devices" in {one.field for one in found if isinstance(one, Observation)}
        listed += sum(isinstance(one, Listed) for one in found)
    assert listed > len(paths) * 0.9


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([("have-watchdog", "true"), ("stonith-watchdog-timeout", "10s")], [True]),
        ([("have-watchdog", "true"), ("fencing-watchdog-timeout", "-1")], [True]),
        ([("have-watchdog", "true"), ("stonith-watchdog-timeout", "0")], [False]),
        ([("have-watchdog", "true"), ("stonith-watchdog-timeout", "soon")], []),
        ([("have-watchdog", "true")], []),
        ([("have-watchdog", "false"), ("stonith-watchdog-timeout", "10s")], [False]),
        ([("stonith-watchdog-timeout", "10s")], []),
    ],
)
def test_a_watchdog_fences_only_with_a_timeout(pairs: list[tuple[str, str]], told: list[bool]):
    """SBD alone is not taken for fencing: its timeout must be set and not zero, and a default is not assumed."""
    assert values(cib(options(*pairs)), "cluster.watchdog_fencing") == told


DLM = '<primitive id="dlm" class="ocf" provider="pacemaker" type="controld"/>'
MOUNT = (
    '<primitive id="fs" class="ocf" provider="heartbeat" type="Filesystem"><instance_attributes id="a">'
    '<nvpair id="b" name="fstype" value="{}"/></instance_attributes></primitive>'
)


@pytest.mark.parametrize(("resources", "told"), [(DLM, [True]), (MOUNT.format("gfs2"), [True]), (MOUNT.format("xfs"), []), ("", [])])
def test_what_needs_dlm_is_seen_and_its_absence_is_not_claimed(resources: str, told: list[bool]):
    """A resource that runs DLM or mounts a file system on it says that it is used; without one, it may run outside the cluster."""
    assert values(cib(resources=resources), "cluster.resilient_storage") == told


@real
def test_real_clusters_with_dlm_are_seen():
    """A bug report of a cluster with DLM and OCFS2 says so; the CIB of a HANA cluster says nothing of it."""
    with_dlm = (EVIDENCE / "pacemaker" / "cib-2.1.9" / "bug-suse-707150.xml").read_bytes()

    assert values(with_dlm, "cluster.resilient_storage") == [True]
    assert values((EVIDENCE / "trento-agent" / "gatherers" / "cibadmin.xml").read_bytes(), "cluster.resilient_storage") == []


@real
def test_the_new_names_say_the_same_as_the_old_ones():
    """The same CIBs before and after upstream renamed the options give the same facts, except for versions of the format."""
    pairs = [(path, EVIDENCE / "pacemaker" / "cib-2.1.9" / path.name) for path in (EVIDENCE / "pacemaker").glob("cib-head*/*.xml")]
    assert len(pairs) > 10
    for new, old in pairs:
        for field in ("cluster.fencing_enabled", "cluster.fencing_devices", "cluster.no_quorum_policy"):
            assert values(new.read_bytes(), field) == values(old.read_bytes(), field), (new.name, field)
