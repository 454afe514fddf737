"""The readers of `corosync-cmapctl` and `corosync-quorumtool`."""

import pytest

from evidence_samples import CFGTOOL, CMAP, QUORUM
from reading import EVIDENCE, read_real, real, said
from supportable.core.facts import ABSENT
from supportable.errors import UnreadableEvidence
from supportable.gathering import gather


@real
def test_real_keys_say_what_was_read_in_them_by_eye():
    """The nodes have addresses and no names, so there is no list of nodes; there is no quorum device."""
    assert read_real("trento-agent", "gatherers", "corosynccmap-ctl.output") == {
        "cluster.stack": "corosync",
        "cluster.name": "hana_cluster",
        "cluster.transport": "udpu",
        "cluster.token_timeout_ms": 30000,
        "cluster.expected_votes": 2,
        "cluster.two_node": True,
        "cluster.quorum_devices": 0,
        "cluster.links": 1,
    }


@real
@pytest.mark.parametrize("number", [1, 2, 6])
def test_a_part_of_the_keys_says_nothing_of_the_rest(number: int):
    """Insights keeps a few keys: nothing is concluded from those that are not there."""
    assert read_real("insights-core", f"corosync_cmapctl__COROSYNC_CONTENT_{number}.txt") == {"cluster.stack": "corosync"}


def test_the_keys_name_the_machine_they_come_from():
    """With names, the nodes are all there, and the local position names the machine."""
    found = said("corosync_cmapctl", CMAP)

    assert found["all nodes"] == ("n1", "n2")
    assert found["nodes of n2"] == "n2"
    assert found["cluster.knet_transport"] is ABSENT
    assert found["cluster.token_timeout_ms"] == 3000


def test_a_token_that_is_set_is_told_rather_than_the_one_in_use():
    """corosync adds to the token for each further node: the configuration's value is the one that its file has too."""
    assert said("corosync_cmapctl", CMAP + b"totem.token (u32) = 5000\n")["cluster.token_timeout_ms"] == 5000


@real
def test_a_real_quorum_status_with_a_damaged_heading_is_read_up_to_it():
    """What stands under a heading that is not known is not believed, and the file is listed with the line."""
    found = gather([EVIDENCE / "insights-core" / "pcs_quorum_status__PCS_QUORUM_STATUS_INVALID.txt"])

    assert [(one.field, one.value) for one in found.observations] == [("cluster.stack", "corosync"), ("cluster.have_quorum", True)]
    assert [one.reason for one in found.unread] == ["line 10: it has a section of another name, which was not read"]


def test_votes_flags_and_the_quorum_device_are_read():
    """`2Node` is a flag, and a device is registered; the members shown are not the list of nodes."""
    assert said("corosync_quorumtool", QUORUM) == {
        "cluster.stack": "corosync",
        "cluster.have_quorum": True,
        "cluster.expected_votes": 2,
        "cluster.two_node": True,
        "cluster.quorum_devices": 1,
    }


def test_a_quorum_device_that_is_not_registered_is_not_denied():
    """A device may be configured and not running, so its absence in the flags says nothing."""
    found = said("corosync_quorumtool", QUORUM.replace(b" Qdevice\n", b"\n"))

    assert "cluster.quorum_devices" not in found


def test_bytes_that_are_no_text_are_refused_with_their_line():
    """A zero byte is a damaged file, not a value."""
    with pytest.raises(UnreadableEvidence, match="not text") as refused:
        said("corosync_quorumtool", QUORUM + b"\0")
    assert refused.value.place is not None
    assert refused.value.place.line == QUORUM.count(b"\n") + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CFGTOOL, {"cluster.transport": "knet", "cluster.links": 2}),
        (
            "Printing ring status.\nLocal node ID 1\nRING ID 0\n\tid\t= 10.0.0.1\n\tstatus\t= ring 0 active\n",
            {"cluster.links": 1},
        ),
    ],
)
def test_links_are_counted_whatever_their_state(text: str | bytes, expected: dict[str, object]):
    """A link that is down is a link; the protocol in use is not the one that is set."""
    assert said("corosync_cfgtool", text) == expected
