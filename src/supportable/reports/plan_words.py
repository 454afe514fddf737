"""A plan -> what a page says of it, as plain values: the words and numbers that every format dresses.

In: a `Planned`. Out: `Page`; every text in it is printable and not yet escaped for any format. Machines for which a step is the same stand
together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from supportable.core.changing import Price
from supportable.core.deciding import OTHER_TEXTS
from supportable.core.facts import ABSENT, Fact, Unknown, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS, Field
from supportable.core.plan_space import YOU, Requirement
from supportable.core.plan_steps import Blocked, Obstacle, Plan, Planned, Step, Way
from supportable.core.verdict import Finding, Verdict
from supportable.reports.timeline_words import state
from supportable.reports.wording import answer, cited, collect, counted, printable, shown

_ITEMS_MAX = 6
_VALUES_MAX = 8
_LATER_MAX = 3
_WORST_FIRST = ("unsupported", "limited", "undecided", "full", "silent")


class Ground(NamedTuple):
    """A clause that asks for something: who, its id, its words or ours, and where it stands."""

    issuer: str
    clause: str
    quote: str
    says: str
    place: str


class StepLines(NamedTuple):
    """One step in words: what to do, what is there now (one line a value, with its places), what must turn out, and what it costs."""

    number: int
    kind: str
    title: str
    now: tuple[str, ...]
    must: str
    get_it: str
    cost: str
    otherwise: str
    asked_by: tuple[Ground, ...]
    mended: bool = False
    """Whether the plan leads on where a look turns out otherwise."""

    @property
    def costs(self) -> str:
        """What it costs as a sentence of its own."""
        return self.cost if self.kind == "choose" else f"costs {self.cost}"


class WayLines(NamedTuple):
    """One plan in words; `differs` says how it differs from the first."""

    cost: str
    steps: tuple[StepLines, ...]
    after: tuple[str, ...]
    differs: tuple[str, ...]


class Obstruction(NamedTuple):
    """A clause of the smallest set that cannot be met together, and the facts in its way."""

    ground: Ground
    facts: tuple[str, ...]


class BeforeAndAfter(NamedTuple):
    """What an issuer says now and after the first way, and each as a state of pictures: a level, `undecided` or `silent`."""

    issuer: str
    now: str
    after: str
    now_state: str
    after_state: str


class Page(NamedTuple):
    """All that is said of a plan, in the order in which it is said."""

    name: str
    asked: str
    standings: tuple[BeforeAndAfter, ...]
    now: tuple[str, ...]
    answer: str
    changes: tuple[str, ...]
    first: tuple[StepLines, ...]
    ways: tuple[WayLines, ...]
    counts_on: str
    minding: tuple[Ground, ...]
    others: str
    core_head: str
    core: tuple[Obstruction, ...]
    model: str
    unread: tuple[tuple[str, str], ...]

    @property
    def head(self) -> str:
        """The deployment, and what was asked about it."""
        return f"{self.name}, {self.asked}"

    @property
    def core_said(self) -> str:
        """What is said of the clauses below a title that asks why."""
        return self.core_head.partition(": ")[2]


def page_of(planned: Planned) -> Page:
    """Return what is said of a plan."""
    plan, model = planned.plan, planned.model
    whom = f" for {', '.join(plan.issuers)}" if plan.issuers else ""
    first = plan.ways[0] if plan.ways else None
    looks = sum(len(step.items) or 1 for step in first.steps if step.kind == "look") if first is not None else 0
    return Page(
        printable(plan.deployment.name),
        f"planned to {plan.level.word}{whom}, for {planned.as_of} by what was published until {planned.known}",
        tuple(_standings(plan.now, first.verdicts if first is not None else plan.now)),
        tuple(_standing(one) for one in plan.now if one.applies),
        _answer(plan, planned.certain),
        tuple(_title(step) for step in first.steps if step.kind == "change") if first is not None else (),
        tuple(_step(step, number) for number, step in enumerate(plan.first, 1)),
        tuple(_way(way, first) for way in plan.ways),
        _counts_on(first, looks),
        tuple(ground_of(one) for one in plan.minding),
        _others(plan),
        _core_head(plan),
        tuple(_obstruction(one, not plan.ways) for one in plan.core),
        f"points are estimates of the model `{printable(model.name)}`, not of any vendor; `--cost FILE` puts yours in their place",
        tuple((printable(one.file), printable(one.reason)) for one in planned.unread),
    )


WHAT_RUNS = ("workload.product", "workload.release", "cluster.service", "nodes.os.release")
"""What everything else is asked by: a plan that counts on one of these is about another deployment if it turns out otherwise."""


def _counts_on(way: Way | None, looks: int) -> str:
    if way is None or not looks:
        return ""
    told = f"the plan counts on {counted(looks, 'fact')} that nobody looked at; look first, for they may change it"
    runs = [step.field for step in way.steps if step.kind == "look" and step.field in WHAT_RUNS]
    return told + (f". What runs is not known ({', '.join(runs)}): find that out before anything else, and plan again" if runs else "")


def _standing(verdict: Verdict) -> str:
    return f"{verdict.issuer}: {answer(verdict)}"


def _standings(before: Sequence[Verdict], after: Sequence[Verdict]) -> Iterator[BeforeAndAfter]:
    for one, then in zip(before, after, strict=True):
        if one.applies or then.applies:
            yield BeforeAndAfter(one.issuer, answer(one), answer(then), state(one), state(then))


def worst_of(states: Iterable[str]) -> str:
    """Return the worst of some states, as pictures name them; what says nothing counts least."""
    return min(states, key=_WORST_FIRST.index, default="silent")


def _answer(plan: Plan, certain: bool) -> str:
    if plan.met:
        return f"nothing is to be done: the deployment is at {plan.level.word} already"
    if plan.ways:
        cost = plan.ways[0].cost
        if plan.proven:
            return f"the cheapest way costs {counted(cost, 'point')}"
        return (
            f"a way that costs {counted(cost, 'point')}; whether one is cheaper was not found out in time, but none costs less than "
            f"{plan.at_least}"
        )
    if plan.first:
        runs = ", ".join(one.field for one in plan.first)
        return f"what runs is not known ({runs}), and what is to be done depends on it: find that out, and plan again"
    if not plan.proven:
        return "no way was found in time, and it is not proven that there is none; `--keep` or `--allow` make the question smaller"
    if not any(one.applies for one in plan.now) and not plan.core:
        return "the documents say nothing about this deployment; `--issuer` asks for changes after which one of them does"
    only = " that counts on nothing unknown" if certain else ""
    return f"there is no way{only} to {plan.level.word}: the clauses below cannot be met together"


def _others(plan: Plan) -> str:
    if not plan.ways or not plan.proven:
        return ""
    more = len(plan.ways) - 1
    if not more:
        return "no other way costs as little" if plan.all_told else "other ways may cost as little; they were not all looked for"
    return f"{counted(more, 'other way')} cost{'s' if more == 1 else ''} as little" + ("" if plan.all_told else "; there may be more")


def _core_head(plan: Plan) -> str:
    if not plan.core:
        return ""
    size = "" if plan.core_smallest else " (a smaller set may do; it was not found in time)"
    if plan.ways:
        return f"why nothing cheaper does: {_these(plan.core)} cannot be met for less{size}"
    these = f"these {len(plan.core)} clauses cannot be met together" if len(plan.core) > 1 else "this clause cannot be met"
    return f"why there is no way: {these}, whatever is changed{size}"


def _these(core: Sequence[Blocked]) -> str:
    return "this clause" if len(core) == 1 else f"these {len(core)} clauses together"


def _way(way: Way, first: Way | None) -> WayLines:
    after = tuple(_standing(one) for one in way.verdicts if one.applies)
    differs = tuple(_title(step) for step in way.steps if first is not None and way is not first and not _has(first, step))
    return WayLines(_price(way.price, way.cost), tuple(_step(step, number) for number, step in enumerate(way.steps, 1)), after, differs)


def _has(way: Way, step: Step) -> bool:
    return any(
        (one.kind, one.field, one.items) == (step.kind, step.field, step.items) and (one.kind == "look" or one.values == step.values)
        for one in way.steps
    )


def _step(step: Step, number: int) -> StepLines:
    look = step.kind == "look"
    return StepLines(
        number,
        step.kind,
        _title(step),
        () if step.kind in ("look", "first") and all(not _sources(fact) for _, fact in step.old) else tuple(_now(step)),
        _must(step) if look else _asked(step) if step.kind == "first" else "",
        collect(step.field) if step.kind in ("look", "first") else "",
        _price(step.price, step.cost) if step.kind != "choose" else "comes with the work above",
        _otherwise(step) if look else "",
        tuple(ground_of(one) for one in step.needed) if step.kind != "first" else (),
        look and step.otherwise is not None and step.field not in LISTINGS,
    )


def _title(step: Step) -> str:
    whom = of(step.items)
    if step.field in LISTINGS:
        return f"Look whether these are all {step.field}"
    if step.kind in ("look", "first"):
        return f"Look at {step.field}{whom}"
    value = value_words(step.values[0])
    if step.kind == "choose" or not step.does:
        return f"Have {step.field}{whom} at {value}"
    on = f" ({_named(step.items)})" if step.items else ""
    return step.does.replace("{value}", value) + on


def _now(step: Step) -> Iterable[str]:
    alike: dict[str, list[tuple[str | None, Fact]]] = {}
    for owner, fact in step.old:
        alike.setdefault(shown(fact), []).append((owner, fact))
    for value, found in alike.items():
        places = list(dict.fromkeys(str(source) for _, fact in found for source in _sources(fact)))
        more = f" and {len(places) - 3} more places" if len(places) > 3 else ""
        items = [owner for owner, _ in found if owner is not None]
        where = f" ({', '.join(map(printable, places[:3]))}{more})" if places else ""
        yield f"now {step.field}{of(items) if len(alike) > 1 else ''} is {value}{where}"


def _sources(fact: Fact) -> tuple[object, ...]:
    return fact.sources


def _must(step: Step) -> str:
    if step.field in LISTINGS:
        return ""
    return f"the plan holds if it turns out {turning_out(step)}" + (", which is unusual" if step.unusual else "")


def _asked(step: Step) -> str:
    """Return who asks about what runs: nearly every clause does, so that their names would say nothing."""
    asking = Counter(one.pack.issuer for one in step.needed if one.pack.issuer)
    return f"{counted(asking.total(), 'clause')} in the way ask about it: " + ", ".join(
        f"{number} of {who}" for who, number in asking.items()
    )


def _otherwise(step: Step) -> str:
    if step.field in LISTINGS:
        return ""
    if step.otherwise is None:
        return "if it turns out otherwise, nothing brings it there: plan again with what was found"
    return f"if it turns out otherwise, bringing it there costs {_parts(step.otherwise)} more"


def _obstruction(blocked: Blocked, facts: bool) -> Obstruction:
    """Return a clause of the set; what stands in its way is told where there is no way, for otherwise the steps say it."""
    if not facts:
        return Obstruction(ground_of(blocked.requirement), ())
    return Obstruction(
        ground_of(blocked.requirement), tuple(_obstacle(one) for one in blocked.obstacles if not isinstance(one.fact, Unknown) or one.why)
    )


def _obstacle(one: Obstacle) -> str:
    value = "unknown" if isinstance(one.fact, Unknown) else shown(one.fact)
    head = f"{one.field}{of(one.items)} is {value}: "
    later = ", ".join(f"{value_words(value)} (on {day})" for value, day in one.later[:_LATER_MAX])
    more = " and others" if len(one.later) > _LATER_MAX else ""
    told = f"; released only later: {later}{more}" if later else ""
    return head + (one.why or f"it could become {either(one.could_be)}") + told


MINDING = "While it is done, the customer"
"""The title over duties, which each goes on with."""


def ground_of(asked: Requirement | Finding) -> Ground:
    """Return a clause, or a rule of the model, with its words and its place."""
    clause, pack = asked.clause, asked.pack
    if not clause.citation.document:
        return Ground("", clause.id if pack.id == YOU else f"rule {clause.id} of the model", "", clause.says, "")
    place = cited(clause, pack)
    return Ground(pack.issuer, clause.id, place.quote, printable(clause.says), place.place)


def _price(price: Price, cost: int) -> str:
    return f"{counted(cost, 'point')}: {_parts(price)}"


def _parts(price: Price) -> str:
    told = [f"{name} {points}" for name, points in price._asdict().items() if points]
    return ", ".join(told) or "nothing"


def value_words(value: Value | _Absent) -> str:
    """Return a value as a deployment file writes it; one that only stands for others in words."""
    if value is ABSENT:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if text.endswith(".0.1") and text != "0.0.1":
        return f"later than {text.removesuffix('.0.1')}"
    return {"0.0.1": "earlier than any named", "999999": "later than any named"}.get(text, printable(text))


def turning_out(step: Step) -> str:
    """Return with which outcomes of a look a plan leads on: as a bound where they lie together in their order, or by the fewer words."""
    good, bad, field = step.values, step.other_values, FIELDS[step.field]
    if not bad:
        return "anything, as long as it is known"
    if any(one in OTHER_TEXTS for one in good):
        return (
            "the same for all of these" if len(step.items) > 1 else f"anything but {either(one for one in bad if one not in OTHER_TEXTS)}"
        )
    bound = _bound(field, good, bad)
    if bound:
        return bound
    return f"anything but {either(bad)}" if len(bad) < len(good) else either(good)


def _bound(field: Field, good: Sequence[Value | _Absent], bad: Sequence[Value | _Absent]) -> str:
    """Return good values as a range, empty where they are none; only numbers and versions are told so, for their values are examples."""
    if field.kind not in ("integer", "version", "date") or len(good) < 2:
        return ""
    ranked = sorted((field.order_key(one), one in good, one) for one in (*good, *bad) if one is not ABSENT)
    marks = [fits for _, fits, _ in ranked]
    if True not in marks:
        return ""
    first, last = marks.index(True), len(marks) - 1 - marks[::-1].index(True)
    if not all(marks[first : last + 1]):
        return ""
    low, high = (value_words(ranked[at][2]) for at in (first, last))
    none = " or none" if ABSENT in good else ""
    if first == 0:
        return f"at most {high}{none}" if last < len(marks) - 1 else f"anything known{'' if none else ' but none'}"
    return f"at least {low}{none}" if last == len(marks) - 1 else f"from {low} to {high}{none}"


def either(values: Iterable[Value | _Absent]) -> str:
    """Return values as alternatives."""
    words = [value_words(one) for one in values]
    if len(words) > _VALUES_MAX:
        words = [*words[:_VALUES_MAX], f"{len(words) - _VALUES_MAX} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def of(items: Sequence[str]) -> str:
    """Return of which items."""
    return f" of {_named(items)}" if items else ""


def _named(items: Sequence[str]) -> str:
    more = f" and {len(items) - _ITEMS_MAX} more" if len(items) > _ITEMS_MAX else ""
    return ", ".join(map(printable, items[:_ITEMS_MAX])) + more
