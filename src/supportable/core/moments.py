"""The packs of one issuer at several moments -> one pack that holds every clause of every moment once.

In: for each moment, the packs as `select` narrows them to its dates (or the packs of two revisions). Out: `Joined`. A clause that is the
same at two moments is there once, one that changed is there in each form: so a fleet is judged once, and the level at each moment
is read from the outcomes of the clauses that are in force then. Only requirements are kept; nothing else moves a level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from supportable.core.clauses import Clause, Level, Pack, Tier, matrices_read
from supportable.core.conditions import All, Any, Condition, Every, InMatrix, Matrix, Not, Some

LEVELS = tuple(Tier(level.word, level.word, level, "") for level in sorted(Level, reverse=True))
"""The tiers of a joined pack: packs of one issuer may have different grades, and levels are what they have in common."""


class Joined(NamedTuple):
    """`clauses` are the ids that the clauses of `pack` have in their own packs; `moments` the places of those in force at each moment."""

    pack: Pack
    clauses: tuple[str, ...]
    moments: tuple[tuple[int, ...], ...]


def join(issuer: str, moments: Sequence[Sequence[Pack]]) -> Joined:
    """Return the pack that holds the requirements of all moments."""
    matrices: dict[Matrix, str] = {}
    found: dict[tuple[str, str, Level, Condition, Condition | None], int] = {}
    clauses: list[Clause] = []
    own: list[str] = []
    places: list[tuple[int, ...]] = []
    for packs in moments:
        here = []
        for pack in packs:
            tables = {matrix.id: matrix for matrix in pack.matrices}
            for clause in pack.clauses:
                if clause.kind != "requirement" or clause.caps is None:
                    continue
                names = {name: _named(tables[name], matrices) for name in matrices_read(clause)}
                applies, requires = _asking(clause.applies, names), clause.requires and _asking(clause.requires, names)
                level = pack.tier(clause.caps).level
                place = found.setdefault((pack.id, clause.id, level, applies, requires), len(found))
                if place == len(clauses):
                    clauses.append(clause._replace(id=f"{place}:{clause.id}", applies=applies, requires=requires, caps=level.word))
                    own.append(clause.id)
                here.append(place)
        places.append(tuple(here))
    tables_asked = tuple(matrix._replace(id=name) for matrix, name in matrices.items())
    pack = Pack(issuer, issuer, "joined", "", LEVELS, (), tuple(clauses), tables_asked)
    return Joined(pack, tuple(own), tuple(places))


def _named(matrix: Matrix, matrices: dict[Matrix, str]) -> str:
    """Return the name of a table among all: two forms of one table are two tables."""
    # Rows that have ended in a closed list are only shown; tables that differ in them alone judge alike.
    return matrices.setdefault(matrix._replace(ended=()), f"{len(matrices)}:{matrix.id}")


def _asking(condition: Condition, names: Mapping[str, str]) -> Condition:
    """Return the condition with the tables it asks named anew."""
    match condition:
        case InMatrix(name):
            return InMatrix(names[name])
        case All(parts) | Any(parts):
            return type(condition)(tuple(_asking(part, names) for part in parts))
        case Not(part):
            return Not(_asking(part, names))
        case Every() | Some():
            return condition._replace(part=_asking(condition.part, names))
        case _:
            return condition
