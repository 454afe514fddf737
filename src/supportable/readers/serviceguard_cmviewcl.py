"""`cmviewcl` of HP Serviceguard -> observations about the cluster service, the cluster's name, and its nodes.

In: one output, `-f line` (`name=...`, `node:NAME|status=up`) or the table (`CLUSTER STATUS`, `NODE STATUS STATE`); from "Managing
Serviceguard", chapter 7, and public scripts that read the lines, no sample was at hand. Out: service, name, and all nodes, which the
command shows whether they are up or not. Packages may list nodes too, below themselves: only nodes of the cluster count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation, Source
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_LINES = re.compile(rb"(?:\A|\n)node:[\w.-]{1,255}\|(?:name|status|state|id)=")
_TABLE = re.compile(rb"(?:\A|\n)[ \t]*CLUSTER[ \t]{1,80}STATUS[ \t]*\r?\n")
_NODES = re.compile(rb"\n[ \t]*NODE[ \t]{1,80}STATUS[ \t]{1,80}STATE")
_NODE = re.compile(r"node:([\w.-]{1,255})\|\w{1,60}=.{0,300}")
_NAME = re.compile(r"name=(.{1,120})")
_ROW = re.compile(r"(\S{1,255})[ \t]+(up|down|starting|unknown)(?:[ \t]+(\w{1,40}))?")
_LATEST = "run `cmviewcl -v -f line` again and keep its output"


def recognises(evidence: Evidence) -> bool:
    """Text with a line of a node, or with the titles of both tables."""
    head = plain(evidence.head)
    return _LINES.search(head) is not None or (_TABLE.search(head) is not None and _NODES.search(head) is not None)


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the output says; raise `UnreadableEvidence` when it is not text."""
    lines = lines_of(evidence, _LATEST)
    in_lines = _LINES.search(plain(evidence.head)) is not None
    name, first, nodes = _of_lines(lines) if in_lines else _of_table(lines)
    yield Observation("cluster.service", "serviceguard", Source(evidence.name, first, "cmviewcl"))
    words = plain_words(name[0])
    if words is not None:
        yield Observation("cluster.name", words, Source(evidence.name, name[1], "cluster"))
    if nodes and all(nodes):
        yield Listed("nodes", tuple(nodes), Source(evidence.name, first, "nodes"))


_Read = tuple[tuple[str, int], int, dict[str, None]]


def _of_lines(lines: list[str]) -> _Read:
    name, first, nodes = ("", 0), 0, dict[str, None]()
    for number, line in enumerate(lines, 1):
        named, node = _NAME.fullmatch(line.strip()), _NODE.fullmatch(line.strip())
        if named is not None and not name[1]:
            name = (named[1], number)
        if node is not None:
            first = first or number
            nodes[machine_name(node[1])] = None
    return name, first or 1, nodes


def _of_table(lines: list[str]) -> _Read:
    name, first, nodes = ("", 0), 0, dict[str, None]()
    table = ""
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words[:2] == ["CLUSTER", "STATUS"] and not name[1]:
            table, first = "cluster", first or number
        elif words[:3] == ["NODE", "STATUS", "STATE"]:
            table = "node"
        elif words and words[0].isupper() and len(words) > 1 and words[1].isupper():
            table = ""
        row = _ROW.fullmatch(line.strip())
        if row is not None and table == "cluster":
            name, table = (row[1], number), ""
        elif row is not None and table == "node" and row[3] is not None:
            nodes[machine_name(row[1])] = None
            table = "node"
    return name, first or 1, nodes


READER = Reader("serviceguard-cmviewcl", "the output of `cmviewcl` of Serviceguard, as a table or `-f line`", recognises, read)
