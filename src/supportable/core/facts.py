"""What evidence says: observations, and the facts they add up to.

An observation is what one reader found in one place. A fact is `Known`, `Absent` (known not to be there) or
`Unknown` (not looked at, not readable, or two sources disagree); the three never stand for each other.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeVar


class Source(NamedTuple):
    """Where a fact was read: file relative to what the user named, line from 1, and the place inside (`nvpair stonith-enabled`)."""

    file: str
    line: int | None = None
    place: str | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where} ({self.place})" if self.place else where


class _Absent(Enum):
    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent.ABSENT
"""The value of an observation that says: somebody looked, and it is not there."""

THIS_MACHINE = ""
"""The item of an observation about the machine the file came from, when the file does not name it."""

Value = str | int | bool
"""Names, texts, versions (`15.1.2375.7`) and dates (`2007-11-09`) are `str`; their field says how they compare."""


class Observation(NamedTuple):
    """One value of one field, as one reader found it.

    `item` is the name of the node (or contract, or change) that the field belongs to, `None` for a field of the whole
    deployment, `THIS_MACHINE` for a node that the file does not name. Where a name was translated, `written` is what the
    evidence says and `named_by` who says what it means.
    """

    field: str
    value: Value | _Absent
    source: Source
    item: str | None = None
    written: str | None = None
    named_by: str | None = None


class Listed(NamedTuple):
    """A source that names *all* items of a listing (`nodes`), so that "every node" can become true."""

    listing: str
    names: tuple[str, ...]
    source: Source


class Collected(NamedTuple):
    """What the manifest of a bundle says of its folder: everything below was collected on `machine` (or `THIS_MACHINE`, without a name).

    `kept` has the name and SHA-256 of each file that belongs there, below the folder; `lacking` what was not collected, and why.
    """

    machine: str
    source: Source
    kept: tuple[tuple[str, str], ...] = ()
    lacking: tuple[tuple[str, str], ...] = ()

    @property
    def folder(self) -> str:
        return self.source.file.rpartition("/")[0]


Kind = TypeVar("Kind", bound=type)


def of_its_kind(kind: Kind) -> Kind:
    """Make a named tuple equal only to one of its own class, as a dataclass is.

    Values are named tuples because defining a frozen dataclass costs 0.4 ms of every start of the command, a named tuple 0.05.
    """

    def equals(self: tuple[object, ...], other: object) -> bool:
        return type(self) is type(other) and tuple.__eq__(self, other)

    def differs(self: tuple[object, ...], other: object) -> bool:
        return not equals(self, other)

    def hashed(self: tuple[object, ...]) -> int:
        return hash((kind.__name__, tuple.__hash__(self)))

    for name, method in (("__eq__", equals), ("__ne__", differs), ("__hash__", hashed)):
        setattr(kind, name, method)
    return kind


@of_its_kind
class Known(NamedTuple):
    """The evidence gives this value; `sources` are all that agree."""

    value: Value
    sources: tuple[Source, ...] = ()


@of_its_kind
class Absent(NamedTuple):
    """The evidence says that it is not there."""

    sources: tuple[Source, ...] = ()


DISAGREE = "sources disagree"
"""How the reason of what two sources contradict each other about begins."""


@of_its_kind
class Unknown(NamedTuple):
    """Nobody looked, nobody could read it, or `sources` disagree; `reason` says which."""

    reason: str
    sources: tuple[Source, ...] = ()

    @property
    def disputed(self) -> bool:
        """Whether two sources disagree."""
        return self.reason.startswith(DISAGREE)


Fact = Known | Absent | Unknown

NOT_LOOKED_AT = Unknown("no evidence was read about it")


class Read(NamedTuple):
    """One fact that was read: its field (or the name of a listing), the item it belongs to, and the fact."""

    field: str
    item: str | None
    fact: Fact

    def __hash__(self) -> int:
        # One field of one item has one fact; hashing the fact with its sources would cost more than all the rest.
        return hash((self.field, self.item))
