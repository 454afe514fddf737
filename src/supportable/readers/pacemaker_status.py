"""The text that `crm_mon -1` prints -> observations about the cluster as it ran, and its members.

In: the lines of one output; `crm_mon.txt` of a `crm report` and `pcs status` hold the same text. Out: stack, version, name, quorum and
members. Its nodes are all members only when there are as many as it counts: remote nodes are counted, but listed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation, Source
from supportable.readers.machines import machine_name
from supportable.readers.pacemaker_words import value

_CONTROLLER = re.compile(
    r"Current DC: \S{1,255}(?: \([0-9]{1,12}\))?(?: \(version ([^()]{1,200})\))? - (?:MIXED-VERSION )?partition (with|WITHOUT) quorum"
)
_CONFIGURED = re.compile(r"([0-9]{1,5}) [Nn]odes? configured\b.*")
_MEMBERS = re.compile(r"(?:Online|OFFLINE): \[ (.*) \]")
_ONE_MEMBER = re.compile(r"Node (\S{1,255})(?: \([0-9]{1,12}\))?: .*")
_TITLES = {"Version": "cluster.version", "Cluster name": "cluster.name"}
_NUMBER = re.compile(r"\([0-9]{1,12}\)")


def cluster_status(lines: list[str], file: str) -> Iterator[Observation | Listed]:
    """Yield what the lines say."""
    configured: tuple[int, int] | None = None
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        words = line.strip().removeprefix("* ")
        title, _, told = words.partition(": ")
        if title == "Stack" and configured is None:
            yield Observation("cluster.service", "pacemaker", Source(file, number, title))
            yield from _told("cluster.stack", told.removesuffix(" (Pacemaker is running)"), Source(file, number, title))
        elif title in _TITLES and configured is None:
            yield from _told(_TITLES[title], told, Source(file, number, title))
        elif found := _CONTROLLER.fullmatch(words):
            yield Observation("cluster.have_quorum", found[2] == "with", Source(file, number, "Current DC"))
            yield from _told("cluster.version", found[1], Source(file, number, "Current DC"))
        elif found := _CONFIGURED.fullmatch(words):
            configured = (int(found[1]), number)
        elif found := _MEMBERS.fullmatch(words):
            names += [name for name in found[1].split() if not _NUMBER.fullmatch(name)]
        elif found := _ONE_MEMBER.fullmatch(words):
            names.append(found[1])
    members = tuple(dict.fromkeys(machine_name(name) for name in names))
    # Remote nodes are counted as configured and listed elsewhere, so only a cluster without them adds up.
    if configured is not None and len(members) == configured[0] and members and all(members):
        yield Listed("nodes", members, Source(file, configured[1], "nodes configured"))


def _told(name: str, words: str | None, source: Source) -> Iterator[Observation]:
    found = value(name, words)
    if found is not None:
        yield Observation(name, found, source)
