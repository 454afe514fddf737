"""A plan for a fleet -> JSON: schema `supportable/fleet-plan/1`, everything that the text says and what it leaves out.

In: a `FleetPlanned`. Out: one document; the same values give the same bytes. A value that is known not to be there is `null`.
"""

from __future__ import annotations

from typing import Any

from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fleet_planned import OUTCOMES, ChangeTold, FleetPlanned, Lift, Valued
from supportable.core.lifting import Change
from supportable.reports.fleet_json import document, unread
from supportable.reports.fleet_plan_words import change_words

SCHEMA = "supportable/fleet-plan/1"


def render(planned: FleetPlanned) -> str:
    """Return the plan as one JSON document."""
    return document(
        {
            "schema": SCHEMA,
            "inventory": planned.where,
            "level": planned.level,
            "issuers": list(planned.issuers),
            "as_of": planned.as_of,
            "known": planned.known,
            "model": planned.model,
            "deployments": planned.report.deployments,
            "standings": dict(planned.standings),
            "planned": {
                "deployments": planned.planned,
                "configurations": sum(planned.outcomes.values()),
                "outcomes": [
                    {"outcome": one, "configurations": planned.outcomes[one], "deployments": planned.deployments[one]} for one in OUTCOMES
                ],
            },
            "find_out_first": [{"field": field, "deployments": count} for field, count in planned.first],
            "order": {"by": "greedy", "rounds": [_lift(one) for one in planned.lifts]},
            "alone": [{"changes": [_change(change) for change in one.changes], "deployments": one.deployments} for one in planned.alone],
            "not_lifted": [
                {
                    "clauses": [{"clause": clause, "says": planned.says.get(clause, "")} for clause in one.clauses],
                    "deployments": one.deployments,
                    "key": one.key,
                }
                for one in planned.blocked
            ],
            **unread(planned.report),
        }
    )


def _lift(lift: Lift) -> dict[str, Any]:
    one = lift.round
    return {
        "changes": [_told(told) for told in lift.changes],
        "lifts": one.lifts,
        "lifted_so_far": one.in_all,
        "points": one.points,
        "changes_so_far": one.steps,
        "best_of_so_many": {"lifts": one.most, "changes": [_change(change) for change in one.best]} if one.most is not None else None,
    }


def _told(told: ChangeTold) -> dict[str, Any]:
    return {
        **_change(told.change),
        "does": change_words(told),
        "deployments": told.deployments,
        "turns_out": _values(told.turns_out),
        "comes_with": [{"field": field, "values": _values(values)} for field, values in told.comes_with],
        "asked_by": [{"clause": clause, "deployments": count} for clause, count in told.clauses],
    }


def _change(change: Change) -> dict[str, Any]:
    return {"kind": change.kind, "field": change.field, **({"value": _value(change.value)} if change.kind == "change" else {})}


def _values(values: Valued) -> list[dict[str, Any]]:
    return [{"value": _value(value), "deployments": count} for value, count in values]


def _value(value: Value | _Absent | None) -> Value | None:
    return None if value is None or value is ABSENT else value
