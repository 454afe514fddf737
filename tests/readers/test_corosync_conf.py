"""The reader of corosync.conf: its grammar, and that what is not written is not said."""

from pathlib import Path

import pytest

from supportable.core.facts import ABSENT, Listed, Observation
from supportable.errors import UnreadableEvidence
from supportable.readers.corosync_conf import READER
from supportable.readers.reader import Evidence

EVIDENCE = Path(__file__).parents[3] / "shared" / "evidence"
real = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")

SAMPLE = """\
# a sample, written by hand
totem {
\tversion: 2
\tcluster_name: sample
\ttransport: knet
\ttoken: 3000
\ttoken: 5000
\tinterface {
\t\tringnumber: 0
\t\ttoken: 1
\t}
}
nodelist {
\tnode {
\t\tname: n1
\t\tring0_addr: 192.0.2.1
\t}
\tnode {
\t\tname: n2
\t\tring0_addr: 192.0.2.2
\t}
}
quorum {
\tprovider: corosync_votequorum
\ttwo_node: 1
\texpected_votes: 2
}
"""


def read(text: str | bytes) -> list[Observation | Listed]:
    evidence = Evidence("corosync.conf", text if isinstance(text, bytes) else text.encode())
    assert READER.recognises(evidence)
    return list(READER.read(evidence))


def facts(text: str | bytes) -> dict[str, object]:
    return {one.field if isinstance(one, Observation) else one.listing: one[1] for one in read(text)}


def test_what_is_written_is_read():
    """Name, transport, links, token, votes and nodes; the later of two values counts, as in corosync."""
    assert facts(SAMPLE) == {
        "cluster.stack": "corosync",
        "cluster.name": "sample",
        "cluster.transport": "knet",
        "cluster.knet_transport": ABSENT,
        "cluster.links": 1,
        "cluster.token_timeout_ms": 5000,
        "cluster.two_node": True,
        "cluster.expected_votes": 2,
        "cluster.quorum_devices": 0,
        "nodes": ("n1", "n2"),
    }
    (token,) = [one for one in read(SAMPLE) if isinstance(one, Observation) and one.field == "cluster.token_timeout_ms"]
    assert str(token.source) == "corosync.conf:7 (totem.token)"


def test_lines_may_end_as_on_windows():
    """A carriage return is white space."""
    assert facts(SAMPLE.replace("\n", "\r\n")) == facts(SAMPLE)


def test_corosync_is_not_pacemaker():
    """The file is evidence of the messaging layer, not of the cluster service above it."""
    assert "cluster.service" not in facts(SAMPLE)


def test_what_is_not_written_is_not_said():
    """Defaults differ by version, so an empty section gives the stack alone."""
    assert facts("totem {\n}\n") == {"cluster.stack": "corosync"}


def test_votes_mean_nothing_without_votequorum():
    """two_node and expected_votes are not in force unless votequorum is the provider."""
    assert not {"cluster.two_node", "cluster.expected_votes"} & facts(SAMPLE.replace("\tprovider", "\t# provider")).keys()


def test_links_are_counted_where_every_node_has_the_same_ones():
    """Two addresses a node are two links; nodes that differ leave the number unsaid."""
    one = SAMPLE.replace("ring0_addr: 192.0.2.1", "ring0_addr: 192.0.2.1\n\t\tring1_addr: 198.51.100.1")
    both = one.replace("ring0_addr: 192.0.2.2", "ring0_addr: 192.0.2.2\n\t\tring1_addr: 198.51.100.2")

    assert facts(both)["cluster.links"] == 2
    assert "cluster.links" not in facts(one)


def test_an_interface_without_an_address_is_no_link():
    """Without a list of nodes, links are the interfaces that are bound to a network, each ring once."""
    interface = "\tinterface {{\n\t\tringnumber: {}\n\t\t{}\n\t}}\n"
    text = "totem {\n" + "".join(
        interface.format(number, line)
        for number, line in (("0", "bindnetaddr: 192.0.2.0"), ("1", "bindnetaddr: 198.51.100.0"), ("2", "ttl: 1"))
    )

    assert facts(text + "}\n")["cluster.links"] == 2


@pytest.mark.parametrize(("written", "read_as"), [("udp", "udp"), ("sctp", "sctp"), ("carrier-pigeon", None)])
def test_the_protocol_under_knet_is_read_where_it_is_set(written: str, read_as: str | None):
    """`knet_transport` stands in an interface; a protocol that the field does not know is not reported."""
    found = facts(SAMPLE.replace("ringnumber: 0", f"ringnumber: 0\n\t\tknet_transport: {written}"))

    assert found.get("cluster.knet_transport") == read_as


@pytest.mark.parametrize(
    ("inside", "heuristics"), [("", ABSENT), ("heuristics {\nmode: on\n}\n", True), ("heuristics {\nmode: off\n}\n", False)]
)
def test_a_quorum_device_is_counted_with_its_heuristics(inside: str, heuristics: object):
    """A device below votequorum is one quorum device; heuristics that are not set are known not to be set."""
    found = facts(SAMPLE.replace("\ttwo_node: 1\n", f"\tdevice {{\nmodel: net\n{inside}}}\n"))

    assert (found["cluster.quorum_devices"], found["cluster.quorum_device_heuristics"]) == (1, heuristics)


@pytest.mark.parametrize("change", ["\t\tname: n2\n", "n2"])
def test_a_node_without_a_name_leaves_no_list(change: str):
    """An address is not taken for a name."""
    assert "nodes" not in facts(SAMPLE.replace(change, "", 1))


def test_a_value_outside_the_list_is_not_reported():
    """A transport that the field does not know, or a number that is none, gives no observation."""
    found = facts(SAMPLE.replace("knet", "iba").replace("5000", "soon").replace("two_node: 1", "two_node: yes"))

    assert not {"cluster.transport", "cluster.token_timeout_ms", "cluster.two_node"} & found.keys()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("totem {\n", 1),
        ("totem {\n interface {\n }\n", 1),
        ("totem {\n}\n}\n", 3),
        ("totem {\n version 2\n}\n", 2),
        ("totem {\n}\n\0\n", 3),
    ],
)
def test_damage_is_named_with_its_line(text: str, line: int):
    """Where corosync would refuse to start, the file is unreadable at that line."""
    with pytest.raises(UnreadableEvidence) as caught:
        read(text)
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_deep_nesting_costs_no_more_than_its_length():
    """A hundred thousand open sections are refused, not followed by recursion."""
    with pytest.raises(UnreadableEvidence):
        read("totem {\n" + "a {\n" * 100_000)
    assert facts("totem {\n}\nnodelist.node {\nname: a\n}\n") == {"cluster.stack": "corosync"}


def test_a_commented_section_is_not_a_configuration():
    """Text about corosync is not its configuration."""
    assert not READER.recognises(Evidence("a", b"# totem {\nlogging {\n}\n"))


GOLDEN = {
    "crmsh/crm-report-sles15sp1/corosync.conf": {
        "cluster.stack": "corosync",
        "cluster.name": "hacluster",
        "cluster.links": 2,
        "cluster.quorum_devices": 0,
        "cluster.token_timeout_ms": 5000,
        "cluster.expected_votes": 2,
        "cluster.two_node": True,
    },
    "trento-agent/discovery/cluster/corosync.conf": {
        "cluster.stack": "corosync",
        "cluster.name": "hana_cluster",
        "cluster.links": 1,
        "cluster.quorum_devices": 0,
        "cluster.transport": "udpu",
        "cluster.token_timeout_ms": 30000,
        "cluster.expected_votes": 2,
        "cluster.two_node": True,
    },
    "trento-agent/gatherers/corosync.conf.basic": {
        "cluster.stack": "corosync",
        "cluster.name": "test",
        "cluster.links": 2,
        "cluster.quorum_devices": 0,
        "cluster.transport": "udpu",
        "cluster.token_timeout_ms": 30000,
        "cluster.expected_votes": 2,
        "cluster.two_node": True,
    },
    "insights-core/corosync__DATA.txt": {"cluster.stack": "corosync", "cluster.links": 1},
}


@real
@pytest.mark.parametrize("name", GOLDEN)
def test_real_files_say_what_they_said_when_they_were_read_by_eye(name: str):
    """Four real files: their nodes have addresses only, so none lists its nodes."""
    assert facts((EVIDENCE / name).read_bytes()) == GOLDEN[name]


@real
def test_every_real_file_is_read_and_no_other():
    """Each corosync.conf of the corpus is recognised; the start options of corosync are another format."""
    for path in EVIDENCE.glob("**/corosync.conf*"):
        assert facts(path.read_bytes())["cluster.stack"] == "corosync"
    assert not READER.recognises(Evidence("a", (EVIDENCE / "insights-core" / "corosync__corosync_content.txt").read_bytes()))
