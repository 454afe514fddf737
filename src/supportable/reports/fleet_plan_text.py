"""A plan for a fleet -> text for a terminal: how the deployments stand, the changes in the order to make them, and what nothing lifts."""

from __future__ import annotations

from collections.abc import Iterator

from supportable.core.fleet_planned import OUTCOMES, ChangeTold, FleetPlanned, Lift
from supportable.reports.fleet_plan_words import GUARANTEE, OUTCOME_WORDS, change_words, head, promise, short, values_in_words
from supportable.reports.fleet_text import clause_words, counted_line, filled, unread
from supportable.reports.fleet_words import many, number, share
from supportable.reports.wording import printable

SHOWN = 10
SETS_SHOWN = 5
_CLAUSES = 3
_WITH = 4


def render(planned: FleetPlanned, width: int = 80) -> str:
    """Return the report."""
    lines = [*filled(head(planned), width, 0, 2), "", *_standings(planned, width)]
    if planned.planned:
        lines += ["", *_outcomes(planned, width)]
    if planned.lifts:
        lines += ["", "The few changes that lift most", *_lifts(planned, width)]
        lines += ["", "What lifts by itself", *_alone(planned, width)]
    if planned.blocked:
        lines += ["", "What no change lifts", *_blocked(planned, width)]
    lines += ["", "Not read, or not understood", *unread(planned.report, width)]
    said = f"points are estimates of the model `{printable(planned.model)}`, not of any vendor; `--cost FILE` puts yours in their place"
    return "\n".join([*lines, "", *filled(said, width, 0, 2)]) + "\n"


def _standings(planned: FleetPlanned, width: int) -> Iterator[str]:
    words = {
        "at the level": f"are at {planned.level} already",
        "below": f"are below {planned.level}",
        "undecided": "are undecided",
        "silent": "the documents say nothing, and no plan is made",
    }
    for standing, count in planned.standings.items():
        if count:
            yield from counted_line(count, words[standing], width)


def _outcomes(planned: FleetPlanned, width: int) -> Iterator[str]:
    configurations = sum(planned.outcomes.values())
    text = f"Planned: {many(planned.planned)} in {many(configurations, 'configuration')} that a clause or a price tells apart"
    yield from filled(text, width, 0, 2)
    for outcome in OUTCOMES:
        if planned.outcomes[outcome]:
            yield from counted_line(
                planned.deployments[outcome], f"({many(planned.outcomes[outcome], 'configuration')}) {OUTCOME_WORDS[outcome]}", width
            )
    if planned.first:
        told = ", ".join(f"{field} ({many(count)})" for field, count in planned.first)
        yield from filled(f"find out first: {told}", width, 2, 4)


def _lifts(planned: FleetPlanned, width: int) -> Iterator[str]:
    for lift in planned.lifts[:SHOWN]:
        yield from _lift(lift, planned, width)
    if len(planned.lifts) > SHOWN:
        rest = planned.lifts[SHOWN:]
        text = f"and {many(rest[-1].round.steps - planned.lifts[SHOWN - 1].round.steps, 'change')} more lift the last"
        yield from counted_line(sum(one.round.lifts for one in rest), text, width)
    counted_on = any(one.change.kind == "look" for lift in planned.lifts for one in lift.changes)
    yield from filled(GUARANTEE, width, 2, 4)
    if counted_on:
        yield from filled("a look lifts only where the fact turns out as it says; where it does not, plan again", width, 2, 4)


def _lift(lift: Lift, planned: FleetPlanned, width: int) -> Iterator[str]:
    one, whole = lift.round, planned.planned
    first = one.steps - len(one.changes) + 1
    for at, told in enumerate(lift.changes):
        yield from _change(first + at, told, width)
    said = promise(one)
    text = (
        f"{'together they lift' if len(lift.changes) > 1 else 'lifts'} {many(one.lifts)} for {many(one.points, 'point')} in all: "
        f"{number(one.in_all)} of {number(whole)} so far, {share(one.in_all, whole)}"
    )
    yield from filled(f"=> {text}{f'; {said}' if said else ''}", width, 6, 9)


def _change(at: int, told: ChangeTold, width: int) -> Iterator[str]:
    head = change_words(told)
    turns_out = f", which must turn out {values_in_words(told.turns_out)}" if told.turns_out else ""
    yield from filled(f"{at:>3}. {head[:1].upper()}{head[1:]}{turns_out}", width, 0, 5)
    for field, values in told.comes_with[:_WITH]:
        yield from filled(f"with it {field} must come to {values_in_words(values)}", width, 5, 7)
    if told.clauses:
        names = ", ".join(printable(clause) for clause, _ in told.clauses[:_CLAUSES])
        more = f" and {number(len(told.clauses) - _CLAUSES)} more" if len(told.clauses) > _CLAUSES else ""
        yield from filled(f"asked by {names}{more}", width, 5, 7)


def _alone(planned: FleetPlanned, width: int) -> Iterator[str]:
    """Yield the sets that lift most by themselves; what all of them hold is told once."""
    sets = planned.alone[:SETS_SHOWN]
    shared = set(sets[0].changes).intersection(*(one.changes for one in sets)) if len(sets) > 1 else set()
    if shared:
        text = f"each with what all of these need: {'; '.join(short(one) for one in sets[0].changes if one in shared)}"
        yield from filled(text, width, 2, 4)
    for one in sets:
        own = "; ".join(short(change) for change in one.changes if change not in shared)
        yield from counted_line(one.deployments, own or "nothing more", width)
    if len(planned.alone) > SETS_SHOWN:
        yield f"  {'':>12}  and {many(len(planned.alone) - SETS_SHOWN, 'other set')} of changes"


def _blocked(planned: FleetPlanned, width: int) -> Iterator[str]:
    for one in planned.blocked[:SHOWN]:
        named = (
            "; ".join(clause_words(clause, planned.says).removesuffix(".") for clause in one.clauses[:_CLAUSES]) or "no clause can be named"
        )
        more = f"; and {many(len(one.clauses) - _CLAUSES, 'clause')} more" if len(one.clauses) > _CLAUSES else ""
        yield from counted_line(one.deployments, f"{named}{more}; such as `{printable(one.key)}`", width)
    if len(planned.blocked) > SHOWN:
        yield f"  {'':>12}  and {many(len(planned.blocked) - SHOWN, 'other set')} of clauses"
