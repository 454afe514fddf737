"""JSON bytes -> plain nodes with line numbers, for the readers of JSON formats.

In: UTF-8, or UTF-16 with its mark, as PowerShell writes it. Out: the tree, or
`UnreadableEvidence` with the line for anything that is not one JSON document.
"""

from __future__ import annotations

import re

from supportable.core.written import Items, Node, Scalar, Table
from supportable.errors import Place, UnreadableEvidence
from supportable.marked import read_marked
from supportable.readers.reader import Evidence
from supportable.readers.texts import plain

# What YAML takes for the end of a line and JSON does not, so that lines are counted as everybody counts them.
_BREAKS = re.compile(rb"\r|\xc2\x85|\xe2\x80[\xa8\xa9]")
_SURROGATES = re.compile(rb"(?<!\\)((?:\\\\)*)\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def opens_object(head: bytes) -> bool:
    """Whether a text, already plain, begins as a JSON object or a list."""
    return head.lstrip()[:1] in (b"{", b"[")


def read_json(evidence: Evidence, again: str) -> Node:
    """Return the tree of one document; raise `UnreadableEvidence`, with `again` as its hint."""
    # Halves of a pair are no characters to a YAML parser; no name or version has them.
    data = _SURROGATES.sub(rb"\1?", _BREAKS.sub(b" ", plain(evidence.data)))
    tree, problems = read_marked(data, evidence.name)
    if tree is None or problems:
        first = problems[0] if problems else None
        place = first.place if first is not None and first.place is not None else Place(evidence.name, 1)
        # A text that breaks off is said to do so on the line after its last.
        line = min(place.line or 1, data.count(b"\n") + (not data.endswith(b"\n")) or 1)
        raise UnreadableEvidence(first.message if first is not None else "it is empty", Place(evidence.name, line), again)
    return tree


def at(node: Node | None, *path: str) -> Node | None:
    """Return what stands down this path of keys, `None` if one is missing."""
    for key in path:
        node = node.get(key) if isinstance(node, Table) else None
    return node


def scalar(node: Node | None, *path: str) -> Scalar | None:
    """Return the value down this path, `None` for a group, a list, `null` or nothing."""
    found = at(node, *path)
    return found if isinstance(found, Scalar) and (found.quoted or found.text != "null") else None


def is_null(node: Node | None, *path: str) -> bool:
    """Whether `null` stands there: the key is given, and there is nothing."""
    found = at(node, *path)
    return isinstance(found, Scalar) and not found.quoted and found.text == "null"


def rows(node: Node) -> list[Table]:
    """Return the objects of a list, or the one object."""
    return [one for one in (node.items if isinstance(node, Items) else [node]) if isinstance(one, Table)]


def line_of(node: Node) -> int:
    """Return the line of a node."""
    return node.place.line or 1
