"""Mapping files, and the tables of names that ship -> values of the core.

In: the file that a user wrote, and `names/*.yaml` of this package. Out: `InventoryMapping`, or `MappingError` with all problems.
A table of the mapping that has the name of one that ships adds to it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from supportable.core.mapping import InventoryMapping, NamesTable
from supportable.core.parse_mapping import parse_mapping, parse_names
from supportable.core.reading_trees import Problems
from supportable.errors import MappingError, Place, Problem
from supportable.marked import read_marked

SHIPPED_NAMES = Path(__file__).parent.parent / "names"


@lru_cache(maxsize=1)
def load_names() -> MappingProxyType[str, NamesTable]:
    """Return the tables of names that ship, by their names."""
    problems = Problems()
    tables = {}
    for path in sorted(SHIPPED_NAMES.glob("*.yaml")):
        tree, found = read_marked(path.read_bytes(), f"names/{path.name}")
        problems.extend(found)
        table = parse_names(tree, problems) if tree is not None else None
        if table is not None:
            tables[table.name] = table
    if problems:
        raise MappingError(problems)
    return MappingProxyType(tables)


def load_mapping(path: Path) -> InventoryMapping:
    """Read a mapping file; raise `MappingError` with all its problems."""
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = "name a mapping file; `fleet init` writes one to start from"
        raise MappingError([Problem(f"the mapping cannot be read: {error.strerror}", Place(str(path)), hint)]) from None
    return read_mapping(data, str(path))


def read_mapping(data: bytes | str, file: str) -> InventoryMapping:
    """Return the mapping that a text writes; raise `MappingError` with all its problems."""
    problems = Problems()
    tree, found = read_marked(data, file)
    problems.extend(found)
    made = parse_mapping(tree, load_names(), problems) if tree is not None else None
    if made is None and not problems:
        problems.say("the mapping is empty", Place(file), "start with `mapping: NAME`; `docs/fleets.md` shows one")
    if problems or made is None:
        raise MappingError(problems)
    return made
