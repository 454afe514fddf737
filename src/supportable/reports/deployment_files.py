"""Facts -> a deployment file in YAML, as `supportable check` takes it.

In: facts by field, or a witness of `core.witnesses` with the items of its listings. Out: text that reads back as these very facts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.gaps import Facts
from supportable.core.witnesses import Witness

_PLAIN = re.compile(r"[a-z][a-z0-9-]*")
_WORDS = {"yes", "no", "on", "off", "true", "false", "none", "null", "y", "n"}
"""What YAML 1.1, or a deployment file, takes for something else than a word."""


def deployment_file(facts: Facts, name: str) -> str:
    """Return facts as a deployment file; a listing of which a fact is known has one item.

    >>> print(deployment_file((("workload.release", "2007"), ("nodes.os.release", "windows-2000")), "gap-1"), end="")
    deployment: gap-1
    workload:
      release: "2007"
    nodes:
      - name: node 1
        os:
          release: windows-2000
    """
    items: dict[str, dict[str, Value | _Absent]] = {}
    for field, value in facts:
        listing = FIELDS[field].listing
        if listing is not None:
            items.setdefault(listing, {})[field] = value
    whole = [(field, value) for field, value in facts if FIELDS[field].listing is None]
    return _written(name, whole, {listing: [one] for listing, one in items.items()})


def witness_file(witness: Witness, name: str) -> str:
    """Return a witness as a deployment file.

    >>> print(witness_file(((("nodes", None), 2), (("nodes.virtual", "2"), True), (("changes", None), 0)), "w"), end="")
    deployment: w
    nodes:
      - name: node 1
      - name: node 2
        virtual: true
    changes: none
    """
    items: dict[str, list[dict[str, Value | _Absent]]] = {}
    for (field, item), value in witness:
        if field in LISTINGS and item is None:
            kept = [{of: fact for (of, number), fact in witness if number == one and of.startswith(f"{field}.")} for one in ("1", "2")]
            items[field] = [kept[min(number, 1)] for number in range(int(value) if value is not ABSENT else 0)]
    return _written(name, [(field, value) for (field, item), value in witness if item is None and field not in LISTINGS], items)


def _written(name: str, facts: Iterable[tuple[str, Value | _Absent]], items: Mapping[str, Sequence[Mapping[str, Value | _Absent]]]) -> str:
    lines = [f"deployment: {_scalar(name)}", *_tree(_nested(facts), 0)]
    for listing, many in items.items():
        lines.append(f"{listing}:" if many else f"{listing}: none")
        for number, one in enumerate(many, 1):
            below = _nested((field.partition(".")[2], value) for field, value in one.items())
            lines += [f"  - name: {listing.removesuffix('s')} {number}", *_tree(below, 4)]
    return "\n".join(lines) + "\n"


def _nested(facts: Iterable[tuple[str, Value | _Absent]]) -> dict[str, Any]:
    top: dict[str, Any] = {}
    for field, value in facts:
        tree = top
        *path, last = field.split(".")
        for part in path:
            tree = tree.setdefault(part, {})
        tree[last] = value
    return top


def _tree(tree: Mapping[str, Any], indent: int) -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield f"{' ' * indent}{key}:"
            yield from _tree(value, indent + 2)
        else:
            yield f"{' ' * indent}{key}: {_scalar(value)}"


def _scalar(value: object) -> str:
    if value is ABSENT:
        return "none"
    if isinstance(value, bool | int):
        return str(value).lower()
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text not in _WORDS else json.dumps(text)


def in_short(facts: Facts) -> str:
    """Return facts in one line.

    >>> in_short((("cluster.service", "mscs"), ("workload.topology", ABSENT)))
    'cluster.service mscs, workload.topology none'
    """
    return ", ".join(f"{field} {_scalar(value)}" for field, value in facts)


def witness_in_short(witness: Witness) -> str:
    """Return a witness in one line.

    >>> witness_in_short(((("nodes", None), 2), (("nodes.virtual", "2"), True), (("cluster.service", None), "mscs")))
    '2 nodes, nodes.virtual true (node 2), cluster.service mscs'
    """
    sizes = {field: value for (field, item), value in witness if field in LISTINGS}
    parts = []
    for (field, item), value in witness:
        listing = FIELDS[field].listing if field in FIELDS else None
        if field in LISTINGS:
            parts.append(f"{value} {field if value != 1 else field.removesuffix('s')}")
        elif listing is None or sizes.get(listing) == 1:
            parts.append(f"{field} {_scalar(value)}")
        else:
            parts.append(f"{field} {_scalar(value)} ({listing.removesuffix('s')} {item})")
    return ", ".join(parts)
