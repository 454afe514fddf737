"""The words that every report about a plan for a fleet shares.

In: values of `core/fleet_planned.py`. Out: texts, printable and not yet escaped for any format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from supportable.core.deciding import Slot
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.fleet_planned import ChangeTold, FleetPlanned, Valued
from supportable.core.fleet_plans import FleetWay
from supportable.core.lifting import Change, Round
from supportable.reports.fleet_words import many, number
from supportable.reports.plan_words import value_words
from supportable.reports.wording import printable

OUTCOME_WORDS = {
    "proven": "have a way, and none is cheaper",
    "not proven": "have a way; whether one is cheaper was not found out in time",
    "no way": "have no way",
    "not known": "were not planned for: nobody knows what runs there, and what is to be done depends on it",
    "not found": "no way was found in time, and it is not proven that there is none",
    "not searched": "were not searched: the time for searches was used up before",
}
"""What came of a configuration, for a person."""

GUARANTEE = (
    "the order is greedy: next come the changes that lift most for each of them; that need not be the set that lifts most in general"
)


def row_words(way: FleetWay, called: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the changes of one deployment, with the names of its own items: looks first."""
    made = sorted(way.changes.items(), key=lambda one: (one[0].kind != "look", one[0].field))
    return [_row_change(change, slots, way, called) for change, slots in made]


def _row_change(change: Change, slots: Sequence[Slot], way: FleetWay, called: Mapping[str, Sequence[str]]) -> str:
    if change.field in LISTINGS:
        return f"look whether these are all {change.field}"
    items = [own_name(owner, called.get(FIELDS[change.field].listing or "", ())) for _, owner in slots if owner is not None]
    of = f" of {', '.join(items)}" if items else ""
    if change.kind == "change":
        return f"{change.field}={value_words(way.choice[slots[0]])}{of}"
    values = dict.fromkeys(value_words(way.choice[slot]) for slot in slots)
    return f"look at {change.field}{of}: {' or '.join(values)}"


def own_name(owner: str, names: Sequence[str]) -> str:
    """Return what a deployment calls the item that stands at a place of its configuration; an item that stands for each keeps its name."""
    place = owner.rpartition(" ")[2]
    return names[int(place) - 1] if place.isdigit() and int(place) <= len(names) else owner


def change_words(told: ChangeTold) -> str:
    """Return one change as something to do."""
    change = told.change
    if change.field in LISTINGS:
        return f"look whether these are all {change.field}"
    if change.kind == "look":
        return f"look at {change.field}"
    assert change.value is not None
    value = value_words(change.value)
    done = told.does.replace("{value}", value) if told.does else f"have {change.field} at {value}"
    return done[:1].lower() + done[1:]


def short(change: Change) -> str:
    """Return one change in the fewest words."""
    if change.kind == "look":
        return f"look at {change.field}"
    assert change.value is not None
    return f"{change.field}={value_words(change.value)}"


def values_in_words(values: Valued, at_most: int = 4) -> str:
    """Return values with the number of deployments that each is for, unless it is one for all."""
    if len(values) == 1:
        return value_words(values[0][0])
    shown = ", ".join(f"{value_words(value)} ({number(count)})" for value, count in values[:at_most])
    return shown + (f" and {number(len(values) - at_most)} more" if len(values) > at_most else "")


def promise(one: Round) -> str:
    """Return how good the changes so far are, where that was worked out."""
    if one.most is None:
        return ""
    if one.most == one.in_all:
        return f"no other {many(one.steps, 'change')} lift more" if one.steps > 1 else "no other change lifts more"
    return f"the best {many(one.steps, 'change')} lift {number(one.most)}"


def head(planned: FleetPlanned) -> str:
    """Return what was planned, for whom and when."""
    whom = ", ".join(map(printable, planned.issuers)) or "nobody"
    return (
        f"{printable(planned.where)}: {many(planned.report.deployments)}, planned to {planned.level} for {whom}, for {planned.as_of} by "
        f"what was published until {planned.known}"
    )
