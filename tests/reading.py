"""What tests of readers share: a text through its reader as a plain table, and where the real evidence is."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportable.core.facts import Listed
from supportable.gathering import gather
from supportable.readers import open_reader
from supportable.readers.reader import Evidence

EVIDENCE = Path(__file__).parents[2] / "shared" / "evidence"
real = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")


def said(module: str, data: str | bytes, name: str = "file") -> dict[str, object]:
    """Return what a reader says: field -> value, a listing -> its names; `FIELD of ITEM` for an item that is named."""
    evidence = Evidence(name, data if isinstance(data, bytes) else data.encode())
    reader = open_reader(module).READER
    assert reader.recognises(evidence)
    return table(reader.read(evidence))


def table(found) -> dict[str, object]:
    """Return observations as a plain table; two that disagree on one field are a failure of the test."""
    made: dict[str, object] = {}
    for one in found:
        key = f"all {one.listing}" if isinstance(one, Listed) else f"{one.field} of {one.item}" if one.item else one.field
        value = one.names if isinstance(one, Listed) else one.value
        assert made.setdefault(key, value) == value, (key, made[key], value)
    return made


def read_real(*names: str) -> dict[str, object]:
    """Return what a real file says, by the reader that knows it."""
    return table(gather([EVIDENCE.joinpath(*names)]).observations)
