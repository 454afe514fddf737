"""What somebody wrote, before anyone interprets it: texts, sequences and mappings with their places.

In: nothing; the loader of YAML and JSON builds these. Out: the nodes that `parse` turns into a pack.
"""

from __future__ import annotations

from typing import NamedTuple, Union

from supportable.errors import Place


class Scalar(NamedTuple):
    """A text as written; `quoted` tells `"none"` from `none`."""

    text: str
    place: Place
    quoted: bool = False


class Items(NamedTuple):
    """A sequence."""

    items: list[Node]
    place: Place


class Table(NamedTuple):
    """A mapping in the order written."""

    pairs: list[tuple[Scalar, Node]]
    place: Place

    def get(self, key: str) -> Node | None:
        """Return the value of `key`, `None` when it is not there."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node = Union[Scalar, Items, Table]  # noqa: UP007 - a forward reference cannot be joined with `|` at run time
