"""What a fleet comes to: the answers of `fleet check`, `fleet forecast` and `fleet diff`, for a report to show.

In: nothing (values). A deployment is counted under one of `LEVELS` for each issuer, so that the counts of an issuer add up to the fleet.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

LEVELS = ("full", "limited", "unsupported", "undecided", "silent")
"""What a deployment is counted as; silent: no document says anything about it."""

NOT_THERE = "not there"
"""In a comparison of two inventories: the deployment is in the other one only."""

KINDS = (
    "falls",
    "rises",
    "becomes undecided",
    "becomes decided",
    "moves within undecided",
    "becomes silent",
    "is spoken of",
    "is new",
    "is gone",
)
"""How a deployment can change, worst first. Moving within undecided: its worst or best level changes, and it stays undecided."""

Ranked = tuple[tuple[str, int], ...]
"""Names with numbers of deployments, most first."""


class Group(NamedTuple):
    """Deployments that have one value in common (`None` where it is not known), by level."""

    value: str | None
    levels: Mapping[str, int]

    @property
    def deployments(self) -> int:
        return sum(self.levels.values())


class IssuerSummary(NamedTuple):
    """What one issuer's documents say of a fleet: deployments by level, failing and unknown requirements, what would decide most."""

    issuer: str
    levels: Mapping[str, int]
    failed: Ranked
    unknown: Ranked
    deciding: Ranked
    """Facts of which each alone decides so many undecided deployments, most first."""
    searched: int
    """Undecided deployments for which that was worked out."""
    groups: Mapping[str, tuple[Group, ...]]
    """Deployments by level for each value of each column to group by (fields, and labels of the mapping); the largest groups first."""


class FleetCheck(NamedTuple):
    """What became of an inventory. `report` is the `InventoryReport` of what could not be read."""

    where: str
    issuers: tuple[IssuerSummary, ...]
    report: Any
    says: Mapping[str, str]
    """What each clause that fails or is unknown says."""
    as_of: str
    known: str

    @property
    def standing(self) -> str:
        """`met` when every deployment about which somebody speaks is full, else `not met`, `undecided` or `nothing`."""
        counted = {level: sum(one.levels.get(level, 0) for one in self.issuers) for level in LEVELS}
        if counted["limited"] or counted["unsupported"]:
            return "not met"
        if counted["undecided"]:
            return "undecided"
        return "met" if counted["full"] else "nothing"


class Reason(NamedTuple):
    """A clause that is behind a change, in how many deployments, and the key of one of them."""

    clause: str
    deployments: int
    key: str


class Move(NamedTuple):
    """Deployments that were counted as `before` and are counted as `after`, and the key of one of them."""

    kind: str
    before: str
    after: str
    deployments: int
    key: str


class Turn(NamedTuple):
    """A day on which policy changes what it says: what moves, and because of which clauses (for falls and for all else apart)."""

    day: str
    moves: tuple[Move, ...]
    falls_because: tuple[Reason, ...]
    others_because: tuple[Reason, ...]

    @property
    def falling(self) -> int:
        return sum(move.deployments for move in self.moves if move.kind == "falls")


class IssuerForecast(NamedTuple):
    """The levels of a fleet by one issuer: from each day of `steps` on until the next; and the days on which deployments move."""

    issuer: str
    steps: tuple[tuple[str, Mapping[str, int]], ...]
    turns: tuple[Turn, ...]


class FleetForecast(NamedTuple):
    """How the levels of an inventory go on from `first` to `until` if nobody changes anything, by what was published until `known`."""

    where: str
    issuers: tuple[IssuerForecast, ...]
    report: Any
    says: Mapping[str, str]
    first: str
    until: str
    known: str


class Shares(NamedTuple):
    """How much of a change is owed to the evidence (another inventory), the policy (other packs, or other publications) and the calendar.

    Numbers of deployments; the three add up to the deployments that changed (Shapley values, `core/changes.py`).
    """

    evidence: Fraction
    policy: Fraction
    calendar: Fraction


class Change(NamedTuple):
    """One move, with what it is owed to."""

    move: Move
    shares: Shares


class IssuerDiff(NamedTuple):
    """What changed for one issuer: levels before and after, the moves with their shares, and the clauses behind each kind of move."""

    issuer: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    changes: tuple[Change, ...]
    because: Mapping[str, tuple[Reason, ...]]


class Side(NamedTuple):
    """One side of a comparison, in words: inventory, packs, and dates."""

    where: str
    packs: str
    as_of: str
    known: str


class FleetDiff(NamedTuple):
    """Two judgements of a fleet compared. `reports` are the `InventoryReport`s of the inventories that were read, one or two."""

    before: Side
    after: Side
    issuers: tuple[IssuerDiff, ...]
    reports: tuple[Any, ...]
    says: Mapping[str, str]
