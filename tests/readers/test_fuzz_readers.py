"""All readers under damage: whatever the bytes, they answer or say where they gave up; no two know the same file."""

from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence_samples import SAMPLES
from supportable.core.facts import ABSENT, Listed, Observation
from supportable.core.fields import FIELDS, LISTINGS
from supportable.errors import UnreadableEvidence
from supportable.gathering import gather
from supportable.readers import READERS, likely_readers, open_reader
from supportable.readers.reader import Evidence, Reader

ALL = [(module, name, data) for module, samples in SAMPLES.items() for name, data in samples]
# A person wrote this one, so all its mistakes are reported at once, as another kind of error; its own tests show that.
MADE = [one for one in ALL if one[0] not in ("deployment_file", "waiver_file")]
PIECES = st.one_of(
    st.binary(max_size=8), st.sampled_from([b"{", b"}", b"(", b")", b'"', b"\\", b":", b"\n", b"<", b"/>", b"\0", b"\xff", b"&#0;"])
)


def reader(module: str) -> Reader:
    found = open_reader(module).READER
    assert isinstance(found, Reader)
    return found


def read(known: Reader, data: bytes, name: str = "dir/file") -> list[Observation | Listed]:
    """Read, and check that all that comes out may come out."""
    evidence, lines = Evidence(name, data), data.count(b"\n") + 1
    known.recognises(evidence)
    found = []
    try:
        for one in known.read(evidence):
            found.append(one)
    except UnreadableEvidence as refused:
        assert refused.place is not None
        assert refused.place.line is None or 0 < refused.place.line <= lines
    for one in found:
        assert one.source.file == name
        assert one.source.line is not None
        assert 0 < one.source.line <= lines
        if isinstance(one, Observation):
            assert fits(one), one
        elif isinstance(one, Listed):
            assert one.names
            assert all(one.names)
    return found


def fits(one: Observation) -> bool:
    if one.field in LISTINGS:
        return one.value == one.item != ""
    field = FIELDS[one.field]
    if one.value is ABSENT or field.kind == "text":
        return one.value is ABSENT or (isinstance(one.value, str) and len(one.value) <= 300 and one.value.isprintable())
    if field.kind in ("boolean", "integer"):
        return type(one.value) is {"boolean": bool, "integer": int}[field.kind]
    return field.parse(str(one.value)) == one.value


@pytest.mark.parametrize(("module", "name", "data"), MADE)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=4))
def test_damaged_files_are_read_or_refused(module: str, name: str, data: bytes, changes: list[tuple[float, int, bytes]]):
    """Cut, overwritten and inserted bytes raise nothing but `UnreadableEvidence`, and every line that is cited exists."""
    for where, length, piece in changes:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + length :]
    read(reader(module), data, name)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes):
    """A file of another format, given to the wrong reader, raises nothing but `UnreadableEvidence`."""
    for module in sorted({module for module, _, _ in MADE}):
        read(reader(module), data)


def test_every_reader_has_a_sample():
    """A reader without a sample would escape the tests of this file."""
    assert set(SAMPLES) == set(READERS)


@pytest.mark.parametrize(("module", "name", "data"), ALL)
def test_each_sample_goes_to_its_reader_and_is_whole(module: str, name: str, data: bytes):
    """The first reader that is asked and recognises a sample is its own, and finds something in it."""
    likely = list(likely_readers(Evidence(name, data)))
    claims = [one for one in likely if reader(one).recognises(Evidence(name, data))]

    assert claims[:1] == [module]
    assert list(reader(module).read(Evidence(name, data)))


def test_no_reader_is_passed_over_by_its_words():
    """What a reader recognises has one of the words by which it is asked: nothing is unread because nobody was asked."""
    for _, name, data in ALL:
        evidence = Evidence(name, data)
        likely = set(likely_readers(evidence))
        assert [module for module in READERS if module not in likely and reader(module).recognises(evidence)] == []


@pytest.mark.parametrize(("module", "name", "data"), MADE)
def test_a_sample_that_breaks_off_is_read_or_has_a_reason(module: str, name: str, data: bytes, tmp_path):
    """Cut at any of some places, a file gives facts or stands in `unread` with a sentence that names no defect of ours."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    for part in range(1, 8):
        file.write_bytes(data[: len(data) * part // 8])
        found = gather([tmp_path])
        assert len(found.read) + len(found.unread) == 1
        assert all(one.reason and "defect" not in one.reason for one in found.unread)


FILLERS = [b" ", b"\n", b"(", b"{", b'"', b"a", b"a: b\n", b"<a>", b"\\", b"a ", b"Stack: a\n", b"include ", b"node:a|name=a\n"]


@pytest.mark.parametrize(("module", "name", "data"), MADE)
def test_time_grows_with_the_size_not_faster(module: str, name: str, data: bytes):
    """A hundred thousand bytes of the same piece, before or inside the sample, take no more than seconds."""
    middle = len(data) // 2
    start = perf_counter()
    for filler in FILLERS:
        piece = filler * (100_000 // len(filler))
        for text in (piece + data, data[:middle] + piece + data[middle:]):
            read(reader(module), text, name)
    assert perf_counter() - start < 20
