"""`docs/fleets.md` cannot go stale: its mapping is read, and it names what the parser accepts."""

from __future__ import annotations

import re
from pathlib import Path

from supportable.core.parse_mapping import _COLUMN, _TOP, ENCODINGS, ROWS
from supportable.stores.inventories import SUFFIXES
from supportable.stores.mappings import load_names, read_mapping

PAGE = (Path(__file__).parents[1] / "docs" / "fleets.md").read_text()


def test_the_mapping_of_the_page_is_read():
    """The example is a mapping without problems."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)

    assert read_mapping(text, "docs/fleets.md").rows == "node"


def test_the_page_names_every_key_table_and_kind_of_file():
    """Whatever a mapping may say, and whatever can be read, stands on the page."""
    words = [*_TOP, *_COLUMN, *ROWS, *ENCODINGS, *load_names(), *SUFFIXES, "despite-lost-rows"]

    assert [word for word in words if f"`{word}`" not in PAGE] == []
