"""What is no evidence and is handed over all the same: told for what it is, by its content alone."""

import json

import pytest

from supportable.gathering import gather
from supportable.readers.not_evidence import not_evidence
from supportable.readers.reader import Evidence

PRODUCT = "---\ntitle: A product\neolColumn: true\n\nreleases:\n  # the last first\n\n  - releaseCycle: '2'\n    eol: 2030-01-01\n---\n"
API = {"schema_version": "1.2.0", "generated_at": "2026-01-01T00:00:00+00:00", "result": {"name": "a", "releases": []}}


@pytest.mark.parametrize(
    "text",
    [PRODUCT, PRODUCT.replace("\n", "\r\n"), json.dumps(API), json.dumps(API, indent=2), json.dumps([{"cycle": "2", "eol": "2030-01-01"}])],
)
def test_dates_of_a_product_are_told_with_the_command_that_reads_them(text: str, tmp_path):
    """In all three forms of endoflife.date, whatever the file is called."""
    file = tmp_path / "x"
    file.write_text(text, newline="")

    (unread,) = gather([file]).unread

    assert "`supportable policy import-dates`" in unread.reason


@pytest.mark.parametrize("text", ["", "---\ntitle: notes\n---\n", "releases: 3", "[]", '[{"name": "a"}]', "releases:\n" + "\n" * 8000])
def test_other_files_are_not_taken_for_dates(text: str):
    """A file that only resembles them is left with the plain reason; many empty lines cost nothing."""
    assert not_evidence(Evidence("x.md", text.encode())) is None
    assert not_evidence(Evidence("x.md", b"---\nreleases:\n" + text.encode())) is None


def test_every_real_file_of_dates_is_told(shared):
    """All product files of endoflife.date that are here are known for what they are, and none gives a fact."""
    files = sorted((shared / "evidence" / "endoflife.date" / "products").glob("*.md"))
    found = gather(files)

    assert len(files) > 10
    assert (found.read, found.observations) == ((), ())
    assert {"`supportable policy import-dates`" in one.reason for one in found.unread} == {True}
