"""Clauses -> those that never apply, hold or fail, tiers that nothing leads to, and clauses of two documents that disagree.

In: a pack with all its dates, or the packs of one issuer as `select` gives them for a day. Out: flaws, and how far the searches came.
What one would get wrong: an example that holds or fails is a witness already (lint runs it), so only what no example shows is searched
for; and a search that came to its bound proves nothing and gives no flaw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack, calendar_of, fields_read, matrices_read
from supportable.core.conditions import All, Always, Condition, Is, Matrix, Not
from supportable.core.dates import NO_DAY
from supportable.core.facts import Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.flaws import ERROR, NOTE, Flaw
from supportable.core.truth import FALSE, TRUE, UNKNOWN
from supportable.core.witnesses import TRIES_MAX, Search, clause_of, fails, find, withstood

FOREVER = ("", "9999-12-31")


class Flaws(NamedTuple):
    """The flaws, how many searches were made, and how many of them came to their bound and prove nothing."""

    flaws: tuple[Flaw, ...]
    searches: int
    unfinished: int


class _Finder:
    """Searches with one bound, and the count of those that came to it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.searches = 0
        self.unfinished = 0

    def ask(self, conditions: Sequence[Condition], matrices: Iterable[Matrix]) -> Search:
        """Return what one search came to."""
        found = find(conditions, matrices, self.limit)
        self.searches += 1
        self.unfinished += not found.whole
        return found


def clause_flaws(pack: Pack, limit: int = TRIES_MAX) -> Flaws:
    """Return what is wrong with single clauses of a pack, on every day, and with its tiers."""
    finder = _Finder(limit)
    found: list[Flaw] = []
    dead: set[str] = set()
    clauses = {one.id: one for one in pack.clauses}
    for clause in pack.clauses:
        shown = {example.kind for example in clause.examples}
        tables = _tables_of(clause, pack)
        if not shown & {"holds", "fails"} and tables and all(finder.ask([clause.applies], one).impossible for one in tables):
            dead.add(clause.id)
            message = f"`{clause.id}` applies to no deployment"
            found.append(_about(clause, ERROR, "dead clause", message, "mend `applies`, here or of the whole file"))
        elif clause.requires is not None:
            found += _always_alike(clause, clause.requires, shown, tables, finder)
        found += _yields_to_nobody(clause, clauses, pack, finder)
    found += _tiers(pack, dead, finder)
    return Flaws(tuple(found), finder.searches, finder.unfinished)


DAYS_MAX = 30
"""A clause that asks tables of more days than these is left to its examples."""


def _tables_of(clause: Clause, pack: Pack) -> list[tuple[Matrix, ...]]:
    """Return the tables that a clause asks as they stand on each of their days; nothing where there are too many days."""
    asked = matrices_read(clause)
    tables = tuple(one for one in pack.matrices if one.id in asked)
    if not any(one.dated for one in tables):
        return [tables]
    calendar = calendar_of(pack._replace(documents=(), clauses=(), matrices=tables))
    days = [("0001-01-01", NO_DAY), *((day, NO_DAY) for day in calendar.as_of), *((NO_DAY, day) for day in calendar.known)]
    return [tuple(one.on(*day) for one in tables) for day in days] if len(days) <= DAYS_MAX else []


def _always_alike(
    clause: Clause, requires: Condition, shown: set[str], tables: Sequence[tuple[Matrix, ...]], finder: _Finder
) -> Iterator[Flaw]:
    """Yield that a clause always comes out alike; where somebody wrote `always` or `never`, that is what it says."""

    def impossible(condition: Condition) -> bool:
        return bool(tables) and all(finder.ask([clause.applies, condition], one).impossible for one in tables)

    if "holds" not in shown and requires != Always(FALSE) and impossible(requires):
        message = f"`{clause.id}` holds for no deployment that it applies to"
        yield _about(clause, ERROR, "never holds", message, "mend `requires`, or write `requires: never` if that is meant")
    open_ended = any(one.unlisted is UNKNOWN for some in tables for one in some)
    if "fails" not in shown and requires != Always(TRUE) and not open_ended and impossible(Not(requires)):
        message = f"`{clause.id}` fails for no deployment that it applies to"
        yield _about(clause, ERROR, "never fails", message, "mend `requires`, or make it a statement if it asks for nothing")


def _yields_to_nobody(clause: Clause, clauses: dict[str, Clause], pack: Pack, finder: _Finder) -> Iterator[Flaw]:
    for other in clause.yields_to:
        prevailing = clauses[other.clause]
        if not _periods_meet(_period(clause, pack), _period(prevailing, pack)):
            message = f"`{clause.id}` yields to `{other.clause}`, and the two are never in force on one day"
            yield _about(clause, NOTE, "yields to nobody", message, "drop `yields_to`, or mend the dates")
        elif finder.ask([clause.applies, prevailing.applies], pack.matrices).impossible:
            message = f"`{clause.id}` yields to `{other.clause}`, and the two never apply to one deployment"
            yield _about(clause, ERROR, "yields to nobody", message, "drop `yields_to`, or mend the condition of one of them")


def _tiers(pack: Pack, dead: set[str], finder: _Finder) -> Iterator[Flaw]:
    requirements = [one for one in pack.clauses if one.kind == "requirement"]
    for rank, tier in enumerate(pack.tiers[1:] if requirements else (), 1):
        leading = [one for one in requirements if one.caps == tier.id and one.id not in dead]
        if not leading:
            yield Flaw(
                ERROR,
                "no clause leads there",
                f"pack `{pack.id}`: no clause leads to the tier `{tier.id}`",
                "drop the tier, or encode what leads to it",
            )
            continue
        worse = [one for one in requirements if pack.tier_rank(one.caps or "") > rank]
        if all(_masked(one, worse, pack, finder) for one in leading):
            message = f"pack `{pack.id}`: whenever a clause leads to the tier `{tier.id}`, another leads to a worse one"
            yield Flaw(
                NOTE, "no clause leads there", message, "look at what caps worse", leading[0].place, tuple(one.id for one in leading)
            )


def _masked(clause: Clause, worse: Sequence[Clause], pack: Pack, finder: _Finder) -> bool:
    rivals = [one for one in worse if not _apart(clause.applies, one.applies) and _always_beside(one, clause, pack)]
    return bool(rivals) and finder.ask([fails(clause), *map(withstood, rivals)], pack.matrices).impossible


def _always_beside(one: Clause, other: Clause, pack: Pack) -> bool:
    """Whether a clause is in force, and known, whenever another is."""
    inner, outer = _period(other, pack), _period(one, pack)
    since = [document.published or document.not_before or "" for document in (pack.document(c.citation.document) for c in (one, other))]
    return outer[0] <= inner[0] and inner[1] <= outer[1] and since[0] <= since[1] and not one.yields_to


def disagreements(packs: Sequence[Pack], limit: int = TRIES_MAX) -> Flaws:
    """Return the requirements of two documents of one issuer that apply to the same deployment and disagree.

    The packs are those of one issuer as they are in force on a day, with precedence applied (`select`). What has ended by its dates
    contradicts nothing: requirements that ask a table with dates are left out.
    """
    finder = _Finder(limit)
    found: list[Flaw] = []
    dated = {table.id for pack in packs for table in pack.matrices if table.dated}
    every = [(one, pack) for pack in packs for one in pack.clauses if one.kind == "requirement" and dated.isdisjoint(matrices_read(one))]
    for (one, its_pack), (other, other_pack) in combinations(every, 2):
        if one.citation.document == other.citation.document or _apart(one.applies, other.applies):
            continue
        matrices = tuple({table.id: table for table in (*its_pack.matrices, *other_pack.matrices)}.values())
        flaw = _contradiction(one, other, matrices, finder) or _other_levels(one, its_pack, other, other_pack, matrices, finder)
        if flaw is not None:
            found.append(flaw)
    return Flaws(tuple(found), finder.searches, finder.unfinished)


def _contradiction(one: Clause, other: Clause, matrices: tuple[Matrix, ...], finder: _Finder) -> Flaw | None:
    """Two requirements of which each can hold where both apply, and never both."""
    assert one.requires is not None and other.requires is not None
    if Always(FALSE) in (one.requires, other.requires) or not _may_clash(one.requires, other.requires, matrices):
        return None
    both = [one.applies, other.applies]
    if not finder.ask([*both, one.requires, other.requires], matrices).impossible:
        return None
    shown = finder.ask([*both, one.requires], matrices)
    if shown.witness is None or finder.ask([*both, other.requires], matrices).witness is None:
        return None
    message = f"`{one.id}` and `{other.id}` apply to one deployment and cannot both hold"
    return Flaw(_severity(one, other), "documents contradict", message, _PRECEDENCE, other.place, (one.id, other.id), shown.witness)


def _other_levels(
    one: Clause, its_pack: Pack, other: Clause, other_pack: Pack, matrices: tuple[Matrix, ...], finder: _Finder
) -> Flaw | None:
    """Two requirements that ask the same and leave different tiers."""
    if one.requires != other.requires or one.caps is None or other.caps is None:
        return None
    if one.requires == Always(FALSE) and _parts(one.applies) != _parts(other.applies):
        return None
    levels = its_pack.tier(one.caps).level, other_pack.tier(other.caps).level
    if levels[0] == levels[1]:
        return None
    shown = finder.ask([fails(one), fails(other)], matrices)
    if shown.witness is None:
        return None
    message = f"`{one.id}` and `{other.id}` ask the same of one deployment; one leaves {levels[0].word}, the other {levels[1].word}"
    return Flaw(_severity(one, other), "documents disagree", message, _PRECEDENCE, other.place, (one.id, other.id), shown.witness)


def _severity(one: Clause, other: Clause) -> str:
    """An error where both are about the very same deployments; where one is wider, the lower level may well be meant."""
    return ERROR if _parts(one.applies) == _parts(other.applies) else NOTE


_PRECEDENCE = "say which prevails with `yields_to`, and by which rule, or narrow `applies` of one of them"


def _parts(condition: Condition) -> frozenset[Condition]:
    return frozenset(one for part in condition.parts for one in _parts(part)) if isinstance(condition, All) else frozenset((condition,))


def _apart(one: Condition, other: Condition) -> bool:
    """Whether two conditions name different values of one field of the whole deployment, so that both can never hold."""
    named: dict[str, set[Value | _Absent]] = {}
    for part in _parts(one):
        if isinstance(part, Is) and FIELDS[part.field].listing is None:
            named[part.field] = named.get(part.field, set(part.values)) & set(part.values)
    return any(isinstance(part, Is) and part.field in named and named[part.field].isdisjoint(part.values) for part in _parts(other))


def _may_clash(one: Condition, other: Condition, matrices: tuple[Matrix, ...]) -> bool:
    """Whether two requirements read a field or a listing in common; two that do not can both hold, each by its own facts."""
    return not set(fields_read(clause_of(one), matrices)).isdisjoint(fields_read(clause_of(other), matrices))


_Period = tuple[str, str]


def _period(clause: Clause, pack: Pack) -> _Period:
    document = pack.document(clause.citation.document)
    since = max(one or FOREVER[0] for one in (document.effective_from, clause.dates.since))
    return since, min(one or FOREVER[1] for one in (document.effective_until, clause.dates.until))


def _periods_meet(one: _Period, other: _Period) -> bool:
    return max(one[0], other[0]) <= min(one[1], other[1])


def _about(clause: Clause, severity: str, kind: str, message: str, hint: str) -> Flaw:
    return Flaw(severity, kind, message, hint, clause.place, (clause.id,))
