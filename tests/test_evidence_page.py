"""`docs/evidence.md`: every reader in the table, held against what it says of itself; and what of the real evidence is not read."""

from __future__ import annotations

import re
from pathlib import Path

from supportable.gathering import gather
from supportable.readers import READERS, open_reader

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "evidence.md").read_text()
ROWS = {row[0]: row for row in re.findall(r"^\| `([a-z-]+)` \| (.+?) \| ([^|]+?) \| ([^|]+?) \|$", PAGE, re.MULTILINE)}
# What of the real evidence is not read, by the beginning or the ending of its name; `docs/evidence.md` says why.
NOT_READ = re.compile(
    r"SOURCES\.md|MANIFEST\.tsv|endoflife\.date/.*|.*/(?:dlm_dump|permissions|time|analysis|events|members)\.txt|.*/sbd|.*/sbd_config"
    r"|.*sbddump\.output|.*rpm-query\..*|insights-core/subscription_manager.*|insights-core/corosync__corosync_content\.txt|.*/SOURCES\.md"
    r"|insights-core/dmidecode__DMIDECODE_ODDITIES\.txt|insights-core/pcs_quorum_status__PCS_QUORUM_STATUS_INVALID\.txt"
    r"|trento-agent/gatherers/os-release\.basic"
)


def test_every_reader_has_its_row():
    """A format without a row would be one that nobody knows how far to believe."""
    assert set(ROWS) == {open_reader(module).READER.name for module in READERS}


def test_a_reader_without_a_real_sample_says_so_itself():
    """What the page calls documentation, the docstring does too: no sample was at hand."""
    for module in READERS:
        reader = open_reader(module)
        words = " ".join((reader.__doc__ or "").split())
        if ROWS[reader.READER.name][2] == "documentation":
            assert re.search(r"[Nn]o sample|no file of a real", words), module
        elif ROWS[reader.READER.name][2].startswith("real"):
            assert "no sample was at hand" not in words, module


def test_what_is_not_read_of_the_real_evidence_is_what_the_page_says(shared):
    """Every file that is not read is one of those that are named, and none of them is read."""
    folder = shared / "evidence"
    found = gather([folder])
    unread = {one.file.partition("/")[2] for one in found.unread}
    read = {file.partition("/")[2] for file, _ in found.read}

    assert [file for file in sorted(unread) if not NOT_READ.fullmatch(file)] == []
    assert [file for file in sorted(read) if NOT_READ.fullmatch(file)] == []
