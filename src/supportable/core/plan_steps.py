"""What a search came to -> a plan that somebody can follow: steps with prices and reasons, what stands after them, and why not less.

In: a `Planner` and what it found. Out: `Plan`. What one would get wrong: a plan counts on what nobody looked at, as far as it says so: a
step that looks names every value with which the plan leads on, and what it would cost to bring the fact there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from supportable.core.changing import Model, Price, family, reaches
from supportable.core.clauses import Level
from supportable.core.compile import Compiled
from supportable.core.deciding import Slot
from supportable.core.deployment import Deployment
from supportable.core.facts import Fact, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.paths import Path
from supportable.core.plan import NODES_MAX, Choice, Planner, core_of, others, tidied
from supportable.core.plan_space import NOBODY_SPEAKS, Held, Requirement
from supportable.core.verdict import Finding, Unread, Verdict, judge

OTHERS_MAX = 8
"""How many plans of the same cost are told beside the first."""


class Step(NamedTuple):
    """One piece of work, over all items for which it is the same.

    `kind`: `look` (nobody knew; the plan leads on with `values`, not with `other_values`), `change`, `choose` (other work sets it anew,
    and it must come out as `values` say), or `first` (what runs, which nobody knows: the plan depends on it, whatever it turns out to be).
    `unusual`: it counts on what seldom turns out so. `otherwise` is what it costs to bring a fact there that turns out otherwise, `None`
    where nothing does. `needed` are the requirements that are in the way without the step.
    """

    kind: str
    field: str
    items: tuple[str, ...]
    old: tuple[tuple[str | None, Fact], ...]
    values: tuple[Value | _Absent, ...]
    other_values: tuple[Value | _Absent, ...]
    does: str
    price: Price
    cost: int
    otherwise: Price | None
    needed: tuple[Requirement, ...]
    unusual: bool = False


class Way(NamedTuple):
    """One plan: its steps, what they cost, the choice of values behind them, and the deployment after it with its verdicts."""

    steps: tuple[Step, ...]
    price: Price
    cost: int
    choice: Choice
    after: Deployment
    verdicts: tuple[Verdict, ...]


class Obstacle(NamedTuple):
    """A fact that a clause asks about, and why it cannot be changed, or what it could become; `later`: what is released only on a day."""

    field: str
    items: tuple[str, ...]
    fact: Fact
    why: str
    could_be: tuple[Value | _Absent, ...]
    later: tuple[tuple[Value, str], ...] = ()


class Blocked(NamedTuple):
    """A requirement of the smallest set that cannot be met together, and the facts that stand in the way."""

    requirement: Requirement
    obstacles: tuple[Obstacle, ...]


class Plan(NamedTuple):
    """The answer for one deployment.

    `now` are the verdicts before; `met`: nothing is to be done. `ways` cost the same, cheapest there is where `proven`; there are none
    where there is no way, where none was found, and where no document says anything now and nobody named an issuer. `at_least`: no
    way costs less. `core` cannot be met together for less than the ways cost (at all, where there is none); `core_smallest`: no
    smaller set is like that. `issuers` are those that were named. `first` is what must be known before anything can be planned.
    `minding` are the customer's duties that apply before or after the changes of the first way, those of a support case left out.
    """

    deployment: Deployment
    level: Level
    issuers: tuple[str, ...]
    now: tuple[Verdict, ...]
    met: bool
    ways: tuple[Way, ...]
    proven: bool
    all_told: bool
    at_least: int
    core: tuple[Blocked, ...]
    core_smallest: bool
    first: tuple[Step, ...] = ()
    minding: tuple[Finding, ...] = ()


class Planned(NamedTuple):
    """A plan with the model and the dates it was made by, and what was read; `certain`: it counts on nothing that nobody looked at.

    `path` is the order of the first way, where it was asked for and there is one.
    """

    plan: Plan
    model: Model
    as_of: str
    known: str
    certain: bool
    read: tuple[tuple[str, str], ...]
    unread: tuple[Unread, ...]
    path: Path | None = None


def plan_of(planner: Planner, packs: Sequence[Compiled]) -> Plan:
    """Return the plan for the space of a planner; `packs` are all that the verdicts before and after are made of."""
    space = planner.space
    level, named = space.ground.level, space.ground.named
    now = _judged(space.deployment, packs, named)
    if not planner.in_the_way_of({}):
        return Plan(space.deployment, level, named, now, True, (), True, True, 0, (), True)
    if not named and not any(one.applies for one in now):
        # To change a deployment so that somebody has a say about it is not what anybody asked for.
        return Plan(space.deployment, level, named, now, False, (), True, True, 0, (), True)
    first = _first(planner)
    if first:
        return Plan(space.deployment, level, named, now, False, (), False, False, 0, (), True, first)
    found = planner.cheapest()
    more: tuple[Choice, ...] = ()
    all_told = False
    if found.choice is not None and found.proven:
        more, all_told = others(planner, found, OTHERS_MAX, NODES_MAX // 3)
    choices = [tidied(planner, one) for one in (found.choice, *more)] if found.choice is not None else []
    ways = tuple(_way(planner, choice, packs, named) for choice in choices)
    core, smallest = core_of(planner, found.cost, NODES_MAX // 3) if found.proven else ((), False)
    blocked = tuple(_blocked(planner, number) for number in core if number != NOBODY_SPEAKS)
    minding = tuple(_minding((*now, *ways[0].verdicts))) if ways and any(one.kind == "change" for one in ways[0].steps) else ()
    return Plan(space.deployment, level, named, now, False, ways, found.proven, all_told, found.at_least, blocked, smallest, (), minding)


def _minding(verdicts: Iterable[Verdict]) -> Iterable[Finding]:
    found: dict[str, Finding] = {}
    for finding in (one for verdict in verdicts for one in verdict.telling):
        clause = finding.clause
        asked = clause.kind == "duty" and clause.party == "customer" and {"component-changed"}.issuperset(clause.when)
        if asked and finding.outcome == "true":
            found.setdefault(clause.id, finding)
    return found.values()


def _judged(deployment: Deployment, packs: Sequence[Compiled], named: Sequence[str]) -> tuple[Verdict, ...]:
    return tuple(one for one in judge(deployment, packs) if not named or one.issuer in named)


def _way(planner: Planner, choice: Choice, packs: Sequence[Compiled], named: Sequence[str]) -> Way:
    space = planner.space
    steps = tuple(_steps(planner, choice))
    price = Price()
    for one in steps:
        price = price.plus(one.price)
    after = space.deployment_with(choice, planner.unset_by(choice))
    return Way(steps, price, sum(one.cost for one in steps), choice, after, _judged(after, packs, named))


def _first(planner: Planner) -> tuple[Step, ...]:
    space = planner.space
    alike: dict[str, list[Slot]] = {}
    for slot in planner.first():
        alike.setdefault(slot[0], []).append(slot)
    in_the_way = [space.ground.requirements[number] for number in planner.in_the_way_of({}) if number != NOBODY_SPEAKS]
    found = []
    for field, slots in alike.items():
        items = _owners(slots)
        old = tuple((owner, _fact(planner, (field, owner))) for _, owner in slots)
        asked = tuple(one for one in in_the_way if field in one.fields)
        price = space.model.look.times(len(slots))
        found.append(Step("first", field, items, old, (), (), "", price, space.model.cost(price), None, asked))
    return tuple(found)


_ORDER = ("look", "change", "choose")


def _steps(planner: Planner, choice: Choice) -> Iterable[Step]:
    """Return the steps of a choice: looks first, then changes with what they set anew, in the order of the catalogue of fields."""
    alike: dict[tuple[int, str, tuple[Value | _Absent, ...], Held], list[Slot]] = {}
    order = {field: number for number, field in enumerate((*LISTINGS, *FIELDS))}
    for slot in sorted(choice, key=lambda one: order[one[0]]):
        kind = _kind(planner, choice, slot)
        values = _leading_on(planner, choice, slot) if kind == "look" else (choice[slot],)
        alike.setdefault((_ORDER.index(kind), slot[0], values, planner.space.held_now(slot)), []).append(slot)
    for (number, _, values, _), slots in sorted(alike.items(), key=lambda pair: pair[0][0]):
        yield _step(planner, choice, _ORDER[number], slots, values)


def _kind(planner: Planner, choice: Choice, slot: Slot) -> str:
    anew = planner.anew(choice)
    if any(by in anew for by in planner.space.resetters(slot)):
        return "choose"
    return "look" if planner.space.held_now(slot) is None and not planner.space.certain else "change"


def _leading_on(planner: Planner, choice: Choice, slot: Slot) -> tuple[Value | _Absent, ...]:
    """Return the values of a slot with which the plan leads on, the others as they are chosen."""
    if slot[0] in LISTINGS:
        return (True,)
    values = planner.space.ground.values(slot[0])
    fitting = tuple(value for value in values if not planner.in_the_way_of({**choice, slot: value}))
    return fitting or (choice[slot],)


def _step(planner: Planner, choice: Choice, kind: str, slots: Sequence[Slot], values: tuple[Value | _Absent, ...]) -> Step:
    space, field = planner.space, slots[0][0]
    move = space.move(field) if field not in LISTINGS else None
    price, otherwise = Price(), None
    for slot in slots:
        if kind == "look":
            price = price.plus(space.model.looking(field, choice[slot]))
        elif kind == "change":
            price = price.plus(space.price(slot, space.held_now(slot), choice[slot]))
    if kind == "look" and move is not None:
        prices = [space.model.price(move, None, value) for value in values if move.to is None or value in move.to]
        otherwise = min(prices, key=space.model.cost).times(len(slots)) if prices else None
    without = {slot: value for slot, value in choice.items() if slot not in slots}
    needed = planner.in_the_way_of(without)
    items = _owners(slots)
    does = move.does if move is not None else ""
    old = tuple((owner, _fact(planner, (field, owner))) for _, owner in slots)
    requirements = tuple(space.ground.requirements[number] for number in needed if number != NOBODY_SPEAKS)
    every = space.ground.values(field) if kind == "look" and field not in LISTINGS else ()
    others_than = tuple(value for value in every if value not in values)
    unusual = kind == "look" and any(space.model.is_unusual(field, choice[slot]) for slot in slots)
    return Step(kind, field, items, old, values, others_than, does, price, space.model.cost(price), otherwise, requirements, unusual)


def _fact(planner: Planner, slot: Slot) -> Fact:
    field, owner = slot
    deployment = planner.space.deployment
    if owner is None:
        return deployment.fact(field)
    return next(one.fact(field) for one in deployment.listing(FIELDS[field].listing or "").items if one.name == owner)


def _blocked(planner: Planner, number: int) -> Blocked:
    requirement = planner.space.ground.requirements[number]
    alike: dict[tuple[str, str, tuple[Value | _Absent, ...], Held], list[Slot]] = {}
    for slot in planner.space.slots_of(field for field in requirement.fields if field not in LISTINGS):
        options = tuple(one.value for one in planner.space.options(slot))
        alike.setdefault((slot[0], _why_fixed(planner, slot), options, planner.space.held_now(slot)), []).append(slot)
    obstacles = tuple(
        Obstacle(
            field,
            _owners(slots),
            _fact(planner, slots[0]),
            why,
            options,
            _later(planner, slots[0]),
        )
        for (field, why, options, _), slots in alike.items()
    )
    return Blocked(requirement, obstacles)


def _later(planner: Planner, slot: Slot) -> tuple[tuple[Value, str], ...]:
    """Return the values of the same family that are released after the day of the plan, soonest first."""
    (field, _), now, model = slot, planner.space.held_now(slot), planner.space.model
    alike = (one for one in model.not_yet.get(field, ()) if now is not None and family(field, one) == family(field, now))
    return tuple(sorted(((one, model.released[field][one]) for one in alike), key=lambda pair: pair[1]))


def _owners(slots: Iterable[Slot]) -> tuple[str, ...]:
    return tuple(owner for _, owner in slots if owner is not None)


def _why_fixed(planner: Planner, slot: Slot) -> str:
    """Return why a slot cannot be changed; empty where it can."""
    space, field = planner.space, slot[0]
    if field in space.keep:
        return "you keep it"
    if space.options(slot):
        return ""
    move = space.move(field)
    if move is None:
        return space.model.given.get(field, "no work of the model changes it")
    now = space.held_now(slot)
    if any(reaches(move, now, value) for value in space.not_yet(field)):
        return "nothing that it could become is released yet"
    if field in space.allow:
        return "you allow no other value"
    if move.later and not any(reaches(move, now, value) for value in space.ground.values(field)):
        return "it only changes to a later value, and no document names one"
    return "no other value that it may take is told apart by a document"
