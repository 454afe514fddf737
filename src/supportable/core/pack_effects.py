"""Two packs -> for each clause that changed a deployment that is judged otherwise, or that there is none.

In: packs with all their dates, and a day to begin with. Out: `Effects`: of each requirement that means something else the facts of a
deployment, and the verdict before and after by these packs alone. Levels differ exactly if some changed requirement fails in one pack while
everything that caps as low holds in the other (or applies while nothing does in the other), so the searches together are a proof where
all of them end. What one would get wrong: a witness is for its day; dates can make two packs alike on one day and not on another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from supportable.core.clauses import Clause, Level, Pack, calendar_of, select
from supportable.core.compile import compile_pack
from supportable.core.conditions import All, Any, Condition, Every, InMatrix, Matrix, Not, Some
from supportable.core.dates import day_from
from supportable.core.verdict import Verdict, judge
from supportable.core.witnesses import TRIES_MAX, Question, Witness, deployment_from, fails, withstood

DAYS_MAX = 150
"""On so many days at most two packs are compared: the day asked for, and those on which one of the packs becomes another."""


class Effect(NamedTuple):
    """What the change of one requirement comes to. Without `witness` no deployment was found that it makes be judged otherwise.

    `whole` says whether every search for one ended; `day` is the day that the witness is judged for.
    """

    clause: str
    witness: Witness | None
    day: str
    before: Verdict | None
    after: Verdict | None
    whole: bool


class Effects(NamedTuple):
    """The effects in the order of the clauses, the days that were compared and of how many, and how many searches were made."""

    effects: tuple[Effect, ...]
    days: tuple[str, ...]
    of_days: int
    searches: int

    @property
    def judged_otherwise(self) -> bool:
        """Whether some deployment is judged otherwise."""
        return any(one.witness is not None for one in self.effects)

    @property
    def whole(self) -> bool:
        """Whether everything was looked at, so that "none" is certain."""
        return len(self.days) == self.of_days and all(one.whole or one.witness is not None for one in self.effects)


def pack_effects(before: Pack, after: Pack, day: str, limit: int = TRIES_MAX) -> Effects:
    """Return the effect of every requirement that means something else on one of the days."""
    calendars = calendar_of(before), calendar_of(after)
    others = sorted({one for calendar in calendars for one in (*calendar.as_of, *calendar.known)} - {day, "9999-12-31"})
    # Before the first of these days the packs stay as they were.
    others = [*([day_from(others[0], -1)] if others else []), *others]
    # The days after the one asked for come first, the nearest to it: what is to come matters more than what was.
    others.sort(key=lambda one: (one < day, one if one > day else "".join(chr(200 - ord(letter)) for letter in one)))
    days = (day, *others)[:DAYS_MAX]
    found: dict[str, Effect] = {}
    searches = 0
    for one in days:
        sides = _sides(select(before, (), one, one), select(after, (), one, one))
        for name in _changed(*sides):
            seen = found.get(name)
            if seen is not None and seen.witness is not None:
                continue
            effect, made = _effect(name, one, sides, limit)
            searches += made
            found[name] = effect if seen is None else effect._replace(whole=effect.whole and seen.whole)
    order = [clause.id for clause in (*after.clauses, *before.clauses)]
    effects = tuple(found[name] for name in dict.fromkeys(order) if name in found)
    return Effects(effects, days, len(others) + 1, searches)


class _Side:
    """One of the two packs on a day: its requirements, and what each comes to when it does not hold."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.requirements = {one.id: one for one in pack.clauses if one.kind == "requirement"}
        self.tables = {one.id: one for one in pack.matrices}

    def level(self, clause: Clause) -> Level:
        """Return the level that is left when a requirement does not hold."""
        return self.pack.tier(clause.caps or "").level

    def meaning(self, name: str) -> object:
        """Return what a requirement means on this day, `None` where it is not there."""
        clause = self.requirements.get(name)
        return None if clause is None else (clause.applies, clause.requires, self.level(clause))


_Sides = tuple[_Side, _Side]


def _sides(before: Pack, after: Pack) -> _Sides:
    """Return both packs with every table that differs under two names, so that one question can ask both."""
    old = {one.id: _rows(one) for one in before.matrices}
    differing = {one.id: f"{one.id} (after)" for one in after.matrices if one.id in old and old[one.id] != _rows(one)}
    clauses = tuple(
        one._replace(applies=_renamed(one.applies, differing), requires=None if one.requires is None else _renamed(one.requires, differing))
        for one in after.clauses
    )
    tables = tuple(one._replace(id=differing.get(one.id, one.id)) for one in after.matrices)
    return _Side(before), _Side(after._replace(clauses=clauses, matrices=tables))


def _rows(table: Matrix) -> object:
    return table.columns, table.unlisted, [(row.cells, row.listed) for row in table.rows]


def _renamed(condition: Condition, names: Mapping[str, str]) -> Condition:
    match condition:
        case InMatrix(name):
            return InMatrix(names.get(name, name))
        case All(parts) | Any(parts):
            return type(condition)(tuple(_renamed(part, names) for part in parts))
        case Not(part):
            return Not(_renamed(part, names))
        case Every() | Some():
            return condition._replace(part=_renamed(condition.part, names))
        case _:
            return condition


def _changed(one: _Side, other: _Side) -> list[str]:
    names = dict.fromkeys([*other.requirements, *one.requirements])
    return [name for name in names if one.meaning(name) != other.meaning(name)]


def _effect(name: str, day: str, sides: _Sides, limit: int) -> tuple[Effect, int]:
    whole, searches = True, 0
    tables = tuple({**sides[0].tables, **sides[1].tables}.values())
    for conditions, proves in _goals(name, sides):
        searches += 1
        search = Question(tuple(dict.fromkeys(conditions)), tables).ask(limit=limit)
        # The first, kinder questions prove nothing when they have no answer.
        whole = whole and (search.whole or not proves)
        if search.witness is not None:
            deployment = deployment_from(search.witness)
            before, after = (judge(deployment, [compile_pack(side.pack)])[0] for side in sides)
            return Effect(name, search.witness, day, before, after, True), searches
    return Effect(name, None, day, None, None, whole), searches


def _goals(name: str, sides: _Sides) -> Iterator[tuple[list[Condition], bool]]:
    """Yield what a deployment has to meet to be judged otherwise, and whether the question is part of the proof that there is none."""
    ways = [(here, there, here.requirements[name]) for here, there in (sides, sides[::-1]) if name in here.requirements]
    for here, there, clause in ways:
        others = [withstood(one) for one in here.requirements.values() if one.id != name]
        yield [fails(clause), *others, *map(withstood, there.requirements.values())], False
    for here, there, clause in ways:
        for level in range(here.level(clause), Level.FULL):
            as_low = [one for one in there.requirements.values() if there.level(one) <= level]
            yield [fails(clause), *map(withstood, as_low)], True
    for _, there, clause in ways:
        yield [clause.applies, *(Not(one.applies) for one in there.requirements.values())], True
