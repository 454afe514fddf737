"""The tables of names by which readers translate: whole, with sources, and of values that their fields have."""

import pytest

from supportable.core.facts import Source
from supportable.core.fields import FIELDS
from supportable.core.mapping import fold
from supportable.core.parse_mapping import parse_names
from supportable.core.reading_trees import Problems
from supportable.marked import read_marked
from supportable.readers.names import _FOLDER, named, observed_by_name
from supportable.stores.mappings import load_names

TABLES = ["linux-releases", "evidence/virtualisation"]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_evidence_is_a_table_of_names(table: str):
    """The same rules hold as for the tables of inventories: each entry has a known source, and values of its fields."""
    problems = Problems()
    tree, found = read_marked((_FOLDER / f"{table}.yaml").read_bytes(), table)
    problems.extend(found)
    made = parse_names(tree, problems) if tree is not None else None

    assert list(problems) == []
    assert made is not None
    for name, meaning in made.entries.items():
        told = named(table, name)
        assert told is not None
        assert dict(told.values) == dict(meaning)
        assert all(FIELDS[field].parse(str(value).lower()) == value for field, value in told.values.items())
        assert told.source.startswith(f"names/{table}.yaml: ")


def test_words_of_commands_are_not_offered_to_inventories():
    """`oracle` in a column is a vendor; only where `systemd-detect-virt` prints it, it is VirtualBox."""
    assert "linux-releases" in load_names()
    assert not [name for name, one in load_names().items() if fold("oracle") in one.entries and "nodes.hypervisor" in one.fields]


def test_a_word_that_no_entry_names_is_nothing():
    """A word is never guessed."""
    assert named("evidence/virtualisation", "docker") is None
    assert list(observed_by_name("evidence/virtualisation", "docker", Source("a", 1), "n")) == []
