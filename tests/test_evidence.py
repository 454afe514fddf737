"""Every real evidence file there is: facts, or "unread" with a reason; never a crash, never a secret."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from supportable.app import read_evidence

EVIDENCE = Path(__file__).parents[2] / "shared" / "evidence"
FILES = sorted(path for path in EVIDENCE.rglob("*") if path.is_file()) if EVIDENCE.is_dir() else []
KNOWN_FORMATS = {
    "css-exchange/healthchecker-output": 2,
    "css-exchange/setup-logs": 16,
    "pacemaker/cib-2.1.9": 100,
    "pacemaker/cib-head-fencing-names": 20,
    "pacemaker/crm_mon-xml": 15,
    "crmsh/crm-report-sles15sp1": 6,
    "insights-core": 15,
    "trento-agent": 10,
    "facterdb": 11,
    "ansible-cmdb": 1,
}


@pytest.mark.parametrize("file", FILES, ids=[str(path.relative_to(EVIDENCE)) for path in FILES])
def test_every_file_is_read_or_listed_with_a_reason(file):
    """A file gives facts or stands in `unread` with a sentence; it takes seconds at most."""
    started = time.monotonic()
    reading = read_evidence([file])

    assert len(reading.read) + len(reading.unread) == 1
    assert all(one.reason and "defect" not in one.reason for one in reading.unread)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(("folder", "count"), KNOWN_FORMATS.items())
def test_the_formats_that_are_promised_are_read(folder, count, shared):
    """The folders whose format has a reader are read whole."""
    reading = read_evidence([shared / "evidence" / folder])

    assert len(reading.read) >= count, reading.unread


def test_the_whole_folder_at_once_is_read_too(shared):
    """All evidence as one absurd deployment: everything is read or listed, and disagreements are facts nobody knows."""
    reading = read_evidence([shared / "evidence"])

    assert len(reading.read) + len(reading.unread) == len(FILES)
