"""A file of waivers (YAML or JSON), as their holder writes it -> waivers.

Every waiver names who granted it, under which reference, who approved it and why, until when in which time zone, and how the clause
read then. All problems of the file are reported at once: a waiver that is only half written never counts.
"""

from __future__ import annotations

import re

from supportable.core.dates import is_day
from supportable.core.facts import Source
from supportable.core.reading_trees import Problems, known_keys, needed
from supportable.core.waivers import Ending, Waiver, ending
from supportable.core.written import Items, Scalar, Table
from supportable.errors import WaiverFileError
from supportable.marked import read_marked
from supportable.readers.reader import Evidence, Reader

_TOP_KEY = re.compile(rb"""(?m)\A\s*\{\s*["']waivers["']\s*:|^["']?waivers["']?\s*:(?:\s|$)""")
_TEXTS = ("clause", "issuer", "reference", "approver", "reason", "granted", "until", "clause_digest")
_KEYS = (*_TEXTS, "deployments", "leaves")
_HINTS = {
    "clause": "write `clause: ID` as the reports name it, for example `kb810986.own-cluster-service`",
    "issuer": "write `issuer: ...`: only who published the policy can except somebody from it",
    "granted": "write `granted: year-month-day`, the day of the issuer's letter",
    "until": "write the last day with the time zone, for example `until: 2026-12-31+01:00`",
    "clause_digest": "write the digest that `supportable explain CLAUSE` shows, so that the waiver comes up again when the clause changes",
}


def recognises(evidence: Evidence) -> bool:
    """Text with the top-level key `waivers`."""
    head = evidence.head.removeprefix(b"\xef\xbb\xbf")
    return b"\0" not in head and not head.lstrip().startswith(b"<") and _TOP_KEY.search(head) is not None


def read(evidence: Evidence) -> list[Waiver]:
    """Return the waivers of one file; raise `WaiverFileError` with all problems."""
    tree, found = read_marked(evidence.data, evidence.name)
    problems = Problems(found)
    waivers: list[Waiver] = []
    if tree is not None:
        entries = tree.get("waivers") if isinstance(tree, Table) else None
        if isinstance(tree, Table):
            known_keys(tree, ("waivers",), problems)
        if not isinstance(entries, Items):
            problems.say("`waivers` is a list", (entries or tree).place, "write `waivers:` and below it `- clause: ...`")
        else:
            for entry in entries.items:
                if isinstance(entry, Table):
                    waivers.append(_waiver(entry, problems))
                else:
                    problems.say("a waiver is a mapping", entry.place, f"write its keys: {', '.join(_KEYS)}")
    if problems:
        raise WaiverFileError(problems)
    return waivers


def _waiver(table: Table, problems: Problems) -> Waiver:
    known_keys(table, _KEYS, problems)
    nodes = {key: needed(table, key, problems, _HINTS.get(key)) for key in _TEXTS}
    texts = {key: node.text.strip() if node is not None else "" for key, node in nodes.items()}
    granted, until = nodes["granted"], nodes["until"]
    if granted is not None and not is_day(texts["granted"]):
        problems.say(f"`{texts['granted']}` is not a day", granted.place, _HINTS["granted"])
    end = Ending("", "")
    if until is not None:
        try:
            end = ending(texts["until"])
        except ValueError as error:
            problems.say(str(error), until.place, _HINTS["until"])
    leaves = table.get("leaves")
    if leaves is not None and not (isinstance(leaves, Scalar) and leaves.text):
        problems.say("`leaves` is a tier", leaves.place, "name the tier of the issuer that remains, or leave it out for its best")
    source = Source(table.place.file, table.place.line)
    return Waiver(
        **texts,
        ending=end,
        deployments=_deployments(table, problems),
        leaves=leaves.text if isinstance(leaves, Scalar) else "",
        source=source,
    )


def _deployments(table: Table, problems: Problems) -> tuple[str, ...]:
    node = table.get("deployments")
    if node is None:
        return ()
    entries = node.items if isinstance(node, Items) else [node]
    names = tuple(one.text for one in entries if isinstance(one, Scalar) and one.text)
    if len(names) < len(entries) or not names:
        problems.say("`deployments` is a list of names", node.place, "name the deployments it was given for, or leave it out for every one")
    return names


READER = Reader("waiver-file", "waivers: written exceptions from an issuer (YAML or JSON)", recognises, read)
