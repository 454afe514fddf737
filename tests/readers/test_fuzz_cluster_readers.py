"""The readers of cluster configurations under damage: whatever the bytes, they answer or say where they gave up."""

from importlib import import_module
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportable.core.facts import ABSENT, Listed, Observation
from supportable.core.fields import FIELDS
from supportable.errors import UnreadableEvidence
from supportable.readers.reader import Evidence, Reader

CIB = b"""<?xml version="1.0"?>
<cib have-quorum="1"><configuration><crm_config>
<cluster_property_set id="a" score="5"><rule id="r"/><nvpair id="p" name="maintenance-mode" value="true"/></cluster_property_set>
<cluster_property_set id="cib-bootstrap-options"><nvpair id="q" name="stonith-enabled" value="true"/>
<nvpair id="v" name="dc-version" value="1.1.16-12.el7_4.2-94ff4df"/><nvpair id-ref="q"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1" type="member"/></nodes>
<resources><primitive id="f" class="stonith" template="t"/></resources></configuration></cib>"""
MONITOR = b"""<pacemaker-result request="crm_mon --output-as=xml"><summary><stack type="corosync"/>
<current_dc present="true" version="2.1.5-9.el9-a3f44794f94" with_quorum="true"/><nodes_configured number="1"/>
<cluster_options stonith-enabled="true"/></summary><nodes><node name="n1" type="member"/></nodes></pacemaker-result>"""
COROSYNC = b"totem {\n cluster_name: c\n token: 5000\n}\nnodelist {\n node {\n  name: n1\n }\n}\nquorum {\n two_node: 1\n}\n"
REPORT = b"#####Cluster info:\n#####Cluster related packages:\npacemaker 2.0.1-1 - SUSE Linux Enterprise 15 x86_64\nDistribution: None\n"
STATUS = b"Stack: corosync\nCurrent DC: n1 (version 2.0.1-1.4-2.0.1) - partition with quorum\n1 node configured\nOnline: [ n1 (1) ]\n"
MAIN = b'include "types.cf"\ncluster c (\n UserNames = { a = "b" }\n)\nsystem n1 (\n)\ngroup g (\n)\n'
CLP = (
    '<?xml version="1.0" encoding="SJIS"?><root><all><charset>SJIS</charset></all>'
    '<cluster><name>東京</name></cluster><server name="n1"/></root>'
).encode("cp932")
SAMPLES = [
    ("pacemaker_cib", CIB),
    ("crm_mon", MONITOR),
    ("corosync_conf", COROSYNC),
    ("crm_report", REPORT),
    ("crm_report", STATUS),
    ("veritas_main_cf", MAIN),
    ("expresscluster_clp_conf", CLP),
]
PIECES = st.one_of(
    st.binary(max_size=8), st.sampled_from([b"{", b"}", b"(", b")", b'"', b"\\", b":", b"\n", b"<", b"/>", b"\0", b"\xff", b"&#0;"])
)


def reader(module: str) -> Reader:
    found = import_module(f"supportable.readers.{module}").READER
    assert isinstance(found, Reader)
    return found


def read(known: Reader, data: bytes) -> list[Observation | Listed]:
    """Read, and check that all that comes out may come out."""
    evidence, lines = Evidence("dir/file", data), data.count(b"\n") + 1
    known.recognises(evidence)
    found = []
    try:
        for one in known.read(evidence):
            found.append(one)
    except UnreadableEvidence as refused:
        assert refused.place is not None
        assert refused.place.line is None or 0 < refused.place.line <= lines
    for one in found:
        assert one.source.file == "dir/file"
        assert one.source.line is not None
        assert 0 < one.source.line <= lines
        if isinstance(one, Observation):
            assert fits(one), one
        else:
            assert one.names
            assert all(one.names)
    return found


def fits(one: Observation) -> bool:
    field = FIELDS[one.field]
    if one.value is ABSENT or field.kind == "text":
        return one.value is ABSENT or (isinstance(one.value, str) and len(one.value) <= 300 and one.value.isprintable())
    if field.kind in ("boolean", "integer"):
        return type(one.value) is {"boolean": bool, "integer": int}[field.kind]
    return field.parse(str(one.value)) == one.value


@pytest.mark.parametrize(("module", "data"), SAMPLES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=4))
def test_damaged_files_are_read_or_refused(module: str, data: bytes, changes: list[tuple[float, int, bytes]]):
    """Cut, overwritten and inserted bytes raise nothing but `UnreadableEvidence`, and every line that is cited exists."""
    for where, length, piece in changes:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + length :]
    read(reader(module), data)


@pytest.mark.parametrize("module", sorted({module for module, _ in SAMPLES}))
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(module: str, data: bytes):
    """A file of another format, given to the wrong reader, raises nothing but `UnreadableEvidence`."""
    read(reader(module), data)


@pytest.mark.parametrize(("module", "data"), SAMPLES)
def test_each_sample_is_recognised_by_its_reader_alone(module: str, data: bytes):
    """No two of these readers claim the same file."""
    claims = {name for name, _ in SAMPLES if reader(name).recognises(Evidence("a", data))}

    assert claims == {module}
    assert read(reader(module), data)


@pytest.mark.parametrize(("module", "data"), SAMPLES)
@pytest.mark.parametrize("filler", [b" ", b"\n", b"(", b"{", b'"', b"a", b"a: b\n", b"<a>", b"\\", b"a ", b"Stack: a\n", b"include "])
def test_time_grows_with_the_size_not_faster(module: str, data: bytes, filler: bytes):
    """Half a million bytes of the same piece, before or inside the sample, take no more than seconds."""
    middle = len(data) // 2
    start = perf_counter()
    for text in (filler * (500_000 // len(filler)) + data, data[:middle] + filler * (500_000 // len(filler)) + data[middle:]):
        read(reader(module), text)
    assert perf_counter() - start < 10
