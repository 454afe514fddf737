"""YAML or JSON text -> plain nodes that know their line and column; what is ambiguous is refused, not interpreted.

A scalar stays the text that was written: `2003`, `no` and `5.50` mean what their field says, not what YAML 1.1 says.
Anchors, aliases, tags, merge keys, duplicate keys and several documents in one file are problems.
"""

from __future__ import annotations

from typing import NamedTuple

import yaml

from supportable.core.written import Items, Node, Scalar, Table
from supportable.errors import Place, Problem

DEPTH_MAX = 40
NODES_MAX = 500_000


class _Open(NamedTuple):
    node: Items | Table
    keys: dict[str, Place]


def read_marked(text: str | bytes, file: str) -> tuple[Node | None, list[Problem]]:
    """Return the node tree of one document and every problem; the tree is `None` when the text cannot be parsed at all."""
    problems: list[Problem] = []
    data = text.encode() if isinstance(text, str) else text
    if data.lstrip()[:1] in (b"{", b"["):
        # YAML forbids tabs where JSON allows them; inside JSON strings a raw tab is not valid anyway.
        data = data.replace(b"\t", b" ")
    try:
        return _build(data, file, problems), problems
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        what = " ".join(part for part in (error.context, error.problem) if part)
        problems.append(Problem(f"not readable as YAML or JSON: {what}", place, "check indentation, quotes and brackets near this place"))
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else "unknown cause"
        problems.append(Problem(f"not readable as YAML or JSON: {what}", Place(file), "save the file as UTF-8 text"))
    return None, problems


def _build(data: bytes, file: str, problems: list[Problem]) -> Node | None:
    loader = getattr(yaml, "CLoader", yaml.Loader)
    root: Node | None = None
    stack: list[_Open] = []
    pending: list[Scalar | None] = []
    count = documents = skipping = 0
    for event in yaml.parse(data, Loader=loader):
        kind = type(event)
        if kind is yaml.DocumentStartEvent:
            documents += 1
            if documents == 2:
                problems.append(Problem("a second document starts here", _place(event, file), "keep one document in one file"))
                return root
            continue
        if kind in (yaml.SequenceEndEvent, yaml.MappingEndEvent):
            if skipping:
                skipping -= 1
                continue
            stack.pop()
            pending.pop()
            continue
        if kind is yaml.AliasEvent:
            if not skipping:
                problems.append(Problem(f"alias `*{event.anchor}` is not accepted", _place(event, file), "write the value out"))
                _attach(Scalar("", _place(event, file)), stack, pending, problems)
            continue
        if kind not in (yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent):
            continue
        count += 1
        if count > NODES_MAX:
            problems.append(Problem(f"more than {NODES_MAX} values", _place(event, file), "split the file"))
            return root
        nested = kind is not yaml.ScalarEvent
        if skipping:
            skipping += nested
            continue
        place = _place(event, file)
        if event.anchor is not None or (event.tag is not None and event.tag != "!"):
            problems.append(Problem("anchors and tags are not accepted", place, "write the plain value"))
        if nested and len(stack) >= DEPTH_MAX:
            problems.append(Problem(f"nested deeper than {DEPTH_MAX} levels", place, "flatten this part"))
            _attach(Scalar("", place), stack, pending, problems)
            skipping = 1
            continue
        node: Node
        if kind is yaml.ScalarEvent:
            node = Scalar(event.value, place, event.style in ("'", '"'))
        else:
            node = Items([], place) if kind is yaml.SequenceStartEvent else Table([], place)
        if stack:
            _attach(node, stack, pending, problems)
        else:
            root = node
        if not isinstance(node, Scalar):
            stack.append(_Open(node, {}))
            pending.append(None)
    return root


def _attach(node: Node, stack: list[_Open], pending: list[Scalar | None], problems: list[Problem]) -> None:
    if not stack:
        return
    parent = stack[-1]
    if isinstance(parent.node, Items):
        parent.node.items.append(node)
        return
    key = pending[-1]
    if key is None:
        if not isinstance(node, Scalar):
            problems.append(Problem("a key must be a plain word", node.place, "start the line with `name:`"))
            node = Scalar("", node.place)
        elif node.text in parent.keys:
            first = parent.keys[node.text]
            problems.append(
                Problem(f"key `{node.text}` is written twice", node.place, f"it stands first at line {first.line}; keep one of them")
            )
        parent.keys.setdefault(node.text, node.place)
        pending[-1] = node
        return
    parent.node.pairs.append((key, node))
    pending[-1] = None


def _place(event: yaml.Event, file: str) -> Place:
    mark = event.start_mark
    return Place(file, mark.line + 1, mark.column + 1)
