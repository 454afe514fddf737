"""The stages of a rehearsal -> what a picture of them shows: ways with numbers, each number explained once.

In: an exploration. Out: `Diagram`, which HTML and Mermaid only dress. A way that leads out of every stage of a group leads out of the
group, so that "the customer withdraws" is one arrow and not twelve; one number stands for one thing that can happen, wherever it happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from supportable.core.rehearsal import END_ORDER, STAGES, Edge, Rehearsal, picture, stage_of, stages_along, within_stages

ENDS = STAGES[-len(END_ORDER) :]
SEARCH = ("open", "unrelated", "suspected", "believed")
CASE = tuple(stage for stage in STAGES if stage not in ENDS and stage != "removed")
GROUPS = {"case": CASE, "search": SEARCH}
"""Groups of stages, the outer one first."""

TITLES = {"case": "the case is open, the cluster service is in place", "search": "the cause is being looked for"}

LABELS = {
    "open": "opened",
    "unrelated": "cluster service not the cause",
    "suspected": "cluster service suspected",
    "believed": "cluster service believed the cause",
    "not reproduced": "not reproduced where fully supported",
    "reproduced": "reproduced where fully supported",
    "removal suggested": "removal suggested",
    "removal requested": "removal requested",
    "removal declined": "removal declined",
    "referred": "referred to the vendor",
    "vendor engaged": "vendor engaged",
    "removed": "cluster service removed",
    "closed: resolved": "resolved, cluster service kept",
    "closed: resolved after removal": "resolved after removal",
    "closed: referred, vendor engaged": "referred, vendor engaged",
    "closed: referred, no vendor engaged": "referred, nobody engaged",
    "closed: withdrawn": "withdrawn by the customer",
}
"""Each stage in the few words that a box holds."""

TONES = ("full", "limited", "limited", "unsupported", "silent")
"""How good each end is, best first, on the common scale; withdrawing is the customer's own choice."""


class Way(NamedTuple):
    """An arrow: from a stage or a group to a stage, the numbers of what leads there, whether a clause does, and whether it is marked."""

    origin: str
    target: str
    numbers: tuple[int, ...]
    by_clause: bool
    marked: bool


class Entry(NamedTuple):
    """What a number stands for: who does what, the clause that allows or asks for it ("" for none), and from where to where it leads."""

    number: int
    party: str
    words: str
    clause: str
    kind: str
    ways: tuple[tuple[str, str], ...]


class Diagram(NamedTuple):
    """The stages that can be reached, the arrows between them, what their numbers mean, and what happens without leading anywhere."""

    stages: tuple[str, ...]
    ways: tuple[Way, ...]
    entries: tuple[Entry, ...]
    inside: tuple[Edge, ...]
    marked: tuple[str, ...]


def diagram(one: Rehearsal, mark: str = "request-removal") -> Diagram:
    """Return what to draw; the shortest course to the act `mark` is marked."""
    edges = picture(one.exploration)
    course = next((asked.course for asked in one.asked if asked.act == mark and asked.course), ())
    marked = stages_along(one.exploration, course) if course else ()
    reached = {stage_of(one.exploration.start), *(edge.target for edge in edges)}
    stages = tuple(stage for stage in STAGES if stage in reached)
    meanings: dict[tuple[str, str, str, str], list[Edge]] = {}
    for edge in sorted(edges, key=lambda edge: (STAGES.index(edge.target), STAGES.index(edge.origin), edge.clause)):
        meanings.setdefault((edge.party, edge.words, edge.clause, edge.kind), []).append(edge)
    entries: list[Entry] = []
    numbers: dict[tuple[str, str], list[int]] = {}
    by_clause: set[tuple[str, str]] = set()
    for number, ((party, words, clause, kind), own) in enumerate(meanings.items(), 1):
        entries.append(Entry(number, party, words, clause, kind, _grouped(own, stages)))
        for way in entries[-1].ways:
            numbers.setdefault(way, []).append(number)
            if clause:
                by_clause.add(way)
    steps = set(pairwise(marked))
    ways = tuple(
        Way(*pair, tuple(found), pair in by_clause, any((origin, pair[1]) in steps for origin in members(pair[0], stages)))
        for pair, found in numbers.items()
    )
    return Diagram(stages, ways, tuple(entries), within_stages(one.exploration), marked)


def members(name: str, stages: Iterable[str]) -> tuple[str, ...]:
    """Return the stages that a group holds; a stage holds itself."""
    return tuple(stage for stage in GROUPS.get(name, (name,)) if stage in stages)


def _grouped(edges: list[Edge], stages: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of stages of some edges, those that leave every stage of a group as one pair."""
    made: dict[tuple[str, str], None] = {}
    for target in dict.fromkeys(edge.target for edge in edges):
        origins = dict.fromkeys(edge.origin for edge in edges if edge.target == target)
        for group in GROUPS:
            own = members(group, stages)
            if len(own) > 1 and target not in own and all(stage in origins for stage in own):
                origins = {group: None, **{origin: None for origin in origins if origin not in own}}
        made |= {(origin, target): None for origin in origins}
    return tuple(made)
