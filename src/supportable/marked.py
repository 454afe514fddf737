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
GIVE_UP_DEPTH = 200
"""Nesting at which the rest of a file is not read: the parser's time grows with the square of the depth."""
NODES_MAX = 500_000


def read_marked(text: str | bytes, file: str) -> tuple[Node | None, list[Problem]]:
    """Return the node tree of one document and every problem; the tree is `None` when the text cannot be parsed at all."""
    problems: list[Problem] = []
    data = text.encode() if isinstance(text, str) else text
    if data.lstrip()[:1] in (b"{", b"["):
        # YAML forbids tabs where JSON allows them; inside JSON strings a raw tab is not valid anyway.
        data = data.replace(b"\t", b" ")
    try:
        return _Builder(file, problems).build(data), problems
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        what = " ".join(part for part in (error.context, error.problem) if part)
        problems.append(Problem(f"not readable as YAML or JSON: {what}", place, "check indentation, quotes and brackets near this place"))
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else "unknown cause"
        problems.append(Problem(f"not readable as YAML or JSON: {what}", Place(file), "save the file as UTF-8 text"))
    return None, problems


class _Open(NamedTuple):
    """A sequence or mapping that has begun and not ended: the places of its keys so far, by key."""

    node: Items | Table
    keys: dict[str, Place]


class _Builder:
    """Builds the tree from parser events, without recursion: nesting is counted, not trusted."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.root: Node | None = None
        self.stack: list[_Open] = []
        self.keys: list[Scalar | None] = []
        self.skipped = 0

    def build(self, data: bytes) -> Node | None:
        """Return the tree of the first document."""
        documents = count = 0
        parser = getattr(yaml, "CLoader", yaml.Loader)(data)
        while parser.check_event():
            event = parser.get_event()
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self.say("a second document starts here", event, "keep one document in one file")
                        break
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    self.end()
                case yaml.AliasEvent():
                    if not self.skipped:
                        self.say(f"alias `*{event.anchor}` is not accepted", event, "write the value out")
                        self.attach(Scalar("", self.place(event)))
                case yaml.ScalarEvent() | yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    count += 1
                    if count > NODES_MAX:
                        self.say(f"more than {NODES_MAX} values", event, "split the file")
                        break
                    self.begin(event)
                    if len(self.stack) + self.skipped > GIVE_UP_DEPTH:
                        break
                case _:
                    pass
        return self.root

    def begin(self, event: yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        """Take a scalar, or open a sequence or mapping."""
        nested = not isinstance(event, yaml.ScalarEvent)
        if self.skipped:
            self.skipped += nested
            return
        if event.anchor is not None or (event.tag is not None and event.tag != "!"):
            self.say("anchors and tags are not accepted", event, "write the plain value")
        place = self.place(event)
        if isinstance(event, yaml.ScalarEvent):
            self.attach(Scalar(event.value, place, event.style in ("'", '"')))
        elif len(self.stack) >= DEPTH_MAX:
            self.say(f"nested deeper than {DEPTH_MAX} levels", event, "flatten this part")
            self.attach(Scalar("", place))
            self.skipped = 1
        else:
            node: Items | Table = Items([], place) if isinstance(event, yaml.SequenceStartEvent) else Table([], place)
            self.attach(node)
            self.stack.append(_Open(node, {}))
            self.keys.append(None)

    def end(self) -> None:
        """Close what was opened last."""
        if self.skipped:
            self.skipped -= 1
        else:
            self.stack.pop()
            self.keys.pop()

    def attach(self, node: Node) -> None:
        """Put a node where it belongs: as root, as item, as key, or as the value of the key before it."""
        if not self.stack:
            self.root = node
            return
        parent, key = self.stack[-1], self.keys[-1]
        if isinstance(parent.node, Items):
            parent.node.items.append(node)
        elif key is not None:
            parent.node.pairs.append((key, node))
            self.keys[-1] = None
        elif not isinstance(node, Scalar):
            self.problems.append(Problem("a key must be a plain word", node.place, "start the line with `name:`"))
            self.keys[-1] = Scalar("", node.place)
        else:
            if node.text in parent.keys:
                hint = f"it stands first at line {parent.keys[node.text].line}; keep one of them"
                self.problems.append(Problem(f"key `{node.text}` is written twice", node.place, hint))
            parent.keys.setdefault(node.text, node.place)
            self.keys[-1] = node

    def say(self, message: str, event: yaml.Event, hint: str) -> None:
        self.problems.append(Problem(message, self.place(event), hint))

    def place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1) if mark is not None else Place(self.file)
