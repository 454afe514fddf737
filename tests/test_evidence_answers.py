"""The answers on all real evidence, kept as tables that were read and signed: `tests/evidence_answers/<name>.txt`.

`UPDATE_GOLDEN=1` writes them anew, for a reviewer to read beside the evidence.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from evidence_table import table

KEPT = Path(__file__).parent / "evidence_answers"


class _Part(NamedTuple):
    """Folders of one table, and which folders below hold what belongs to one deployment."""

    folders: tuple[str, ...]
    together: tuple[str, ...]


PARTS = {
    "linux": _Part(
        ("pacemaker", "crmsh", "trento-agent", "insights-core"),
        ("crmsh/crm-report-sles15sp1", "trento-agent/discovery/cluster"),
    ),
    "windows": _Part(
        ("css-exchange", "facterdb", "ansible-cmdb", "expresscluster"),
        ("css-exchange/datacollection-E16",),
    ),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where compiled packs are kept between the bundles."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("name", PARTS)
def test_every_bundle_is_answered_as_it_was_signed(name, shared, cache):
    """Facts and answers of all bundles are those that a specialist read beside the evidence."""
    found, kept = table(shared / "evidence", *PARTS[name], cache), KEPT / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_text(found)

    assert found == kept.read_text(), f"{kept.name} differs; UPDATE_GOLDEN=1 rewrites it for review"


def test_no_folder_of_evidence_is_left_out(shared):
    """Each folder of evidence is in one of the tables, but for the one that holds dates of products and no machine."""
    folders = [folder for part in PARTS.values() for folder in part.folders]

    assert sorted(folders) == sorted(one.name for one in (shared / "evidence").iterdir() if one.is_dir() and one.name != "endoflife.date")
