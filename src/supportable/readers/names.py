"""What evidence calls something -> values of fields, by the tables of names that ship (`names/`), each entry with its source.

In: the name of a table and a text. Out: the values the text stands for and who says so, `None` for a text that no entry names: it is
never guessed. Case and white space do not count. A table is read when a reader first asks for it; those in `names/evidence` hold words
that mean this only where such a command prints them (`none`, `oracle`), so that inventories are not offered them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from supportable.core.facts import Observation, Source, Value
from supportable.core.fields import FIELDS
from supportable.core.mapping import fold
from supportable.core.written import Items, Scalar, Table
from supportable.marked import read_marked

_FOLDER = Path(__file__).parent.parent / "names"
_ENTRY = ("name", "source", "place")


class Name(NamedTuple):
    """What one name stands for: values by field, and the source that says so, with the place in it."""

    values: Mapping[str, Value]
    source: str


def named(table: str, text: str) -> Name | None:
    """Return what `text` stands for in a table.

    >>> dict(named("linux-releases", "rhel 9").values)
    {'nodes.os.release': 'rhel-9'}
    >>> named("linux-releases", "centos 9") is None
    True
    """
    return _table(table).get(fold(text))


def observed_by_name(table: str, text: str, source: Source, item: str | None) -> Iterator[Observation]:
    """Yield what a name stands for; a field of the whole deployment belongs to no item."""
    found = named(table, text)
    for field, value in found.values.items() if found else ():
        yield Observation(
            field, value, source, item if FIELDS[field].listing else None, " ".join(text.split()), found.source if found else None
        )


@lru_cache(maxsize=8)
def _table(table: str) -> dict[str, Name]:
    tree, _ = read_marked((_FOLDER / f"{table}.yaml").read_bytes(), f"names/{table}.yaml")
    entries = tree.get("entries") if isinstance(tree, Table) else None
    sources = tree.get("sources") if isinstance(tree, Table) else None
    titles = {key.text: _word(one, "title") for key, one in sources.pairs} if isinstance(sources, Table) else {}
    found: dict[str, Name] = {}
    for entry in entries.items if isinstance(entries, Items) else []:
        if isinstance(entry, Table):
            values = {
                key.text: _value(key.text, node.text) for key, node in entry.pairs if key.text not in _ENTRY and isinstance(node, Scalar)
            }
            told = f"names/{table}.yaml: {titles.get(_word(entry, 'source'), '')}, {_word(entry, 'place')}"
            found[fold(_word(entry, "name"))] = Name(values, told)
    return found


def _word(node: object, key: str) -> str:
    found = node.get(key) if isinstance(node, Table) else None
    return found.text if isinstance(found, Scalar) else ""


def _value(field: str, text: str) -> Value:
    value = FIELDS[field].parse(text)
    assert isinstance(value, (str, int, bool)), f"a table of names gives values; `{text}` of `{field}` is none"
    return value
