"""The reader of EXPRESSCLUSTER's clp.conf: servers, and the encodings it is written in."""

from pathlib import Path

import pytest

from supportable.core.facts import Listed, Observation
from supportable.errors import UnreadableEvidence
from supportable.readers.expresscluster_clp_conf import READER
from supportable.readers.reader import Evidence

EVIDENCE = Path(__file__).parents[3] / "shared" / "evidence" / "expresscluster"
real = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")


def sample(encoding: str = "UTF-8", name: str = "sample", codec: str = "utf-8", declared: bool = True) -> bytes:
    """A configuration written by hand, in the encoding that it declares."""
    head = f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>' if declared else ""
    body = f"""{head}
<root>
<all>
<charset>{encoding}</charset>
<encode>{encoding}</encode>
</all>
<cluster>
<name>{name}</name>
<comment>山</comment>
</cluster>
<server name="sv1"><priority>0</priority></server>
<server name="sv2"><device id="0"><info>192.0.2.1</info></device></server>
<mail><address>ops@example.org</address><pwd>hunter2</pwd></mail>
</root>
"""
    return body.encode(codec, "replace")


def read(data: bytes) -> list[Observation | Listed]:
    evidence = Evidence("clp.conf", data)
    assert READER.recognises(evidence)
    return list(READER.read(evidence))


def facts(data: bytes) -> dict[str, object]:
    return {one.field if isinstance(one, Observation) else one.listing: one[1] for one in read(data)}


@pytest.mark.parametrize(
    ("encoding", "codec"), [("SJIS", "cp932"), ("EUC-JP", "euc_jp"), ("GB2312", "gb2312"), ("UTF-8", "utf-8"), ("UTF-8", "utf-8-sig")]
)
@pytest.mark.parametrize("declared", [True, False])
def test_every_encoding_gives_the_same_facts(encoding: str, codec: str, declared: bool):
    """The encoding is taken from the XML declaration or from the file's own element; names and lines stay the same."""
    data = sample(encoding, "大山", codec, declared)

    assert facts(data) == {"cluster.service": "expresscluster", "cluster.name": "大山", "nodes": ("sv1", "sv2")}
    assert [one.source.line for one in read(data)] == [7, 8, 11]


def test_nothing_else_is_kept():
    """Mail addresses, passwords and network addresses are skipped."""
    assert not [secret for secret in ("example.org", "hunter2", "192.0.2.1") if secret in repr(read(sample()))]


def test_a_server_without_a_name_leaves_no_list():
    """A list that may be short is not a list of all."""
    assert "nodes" not in facts(sample().replace(b' name="sv2"', b""))


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (sample("SJIS", "大", "cp932").replace("山".encode("cp932"), b"\x81\n"), 9),
        (sample("KOI8-R"), 1),
        (sample("unicode_escape"), 1),
        (sample().removesuffix(b"</root>\n"), 14),
        (b"<root>\n<all>\n<charset>ASCII</charset></all></root>", 1),
    ],
)
def test_damage_is_named_with_its_line(data: bytes, line: int):
    """Bytes that are not in the declared encoding, an encoding nobody expects and a truncated file are unreadable."""
    with pytest.raises(UnreadableEvidence) as caught:
        read(data)
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_other_documents_with_the_same_root_are_left_alone():
    """`root` alone is not enough."""
    assert not READER.recognises(Evidence("a", b"<root><cluster><name>a</name></cluster></root>"))


@real
def test_the_real_configuration_says_what_was_read_in_it_by_eye():
    """NEC's own two-node Windows cluster."""
    assert facts((EVIDENCE / "windows_clp.conf").read_bytes()) == {
        "cluster.service": "expresscluster",
        "cluster.name": "cluster",
        "nodes": ("ws2016-197", "ws2016-198"),
    }
