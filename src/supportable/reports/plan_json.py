"""A plan -> JSON: the same as the text, with values and points as they are.

In: a `Planned`. Out: JSON text, valid by `schemas/plan.json`; the number at the end of `schema` changes when a reader must.
"""

from __future__ import annotations

import json

from supportable.core.changing import Price
from supportable.core.plan_steps import Blocked, Obstacle, Planned, Step, Way
from supportable.core.verdict import Verdict
from supportable.reports.path_json import path_tree
from supportable.reports.plan_values import Json, requirement, value
from supportable.reports.wording import answer, printable, shown

SCHEMA = "supportable/plan/1"


def render(planned: Planned) -> str:
    """Return the plan."""
    plan = planned.plan
    tree = {
        "schema": SCHEMA,
        "deployment": printable(plan.deployment.name),
        "level": plan.level.word,
        "issuers": list(plan.issuers),
        "as_of": planned.as_of,
        "known": planned.known,
        "certain": planned.certain,
        "model": planned.model.name,
        "met": plan.met,
        "proven": plan.proven,
        "all_told": plan.all_told,
        "at_least": plan.at_least if plan.ways or plan.met else None,
        "now": [_verdict(one) for one in plan.now if one.applies],
        "first": [_step(one) for one in plan.first],
        "ways": [_way(one) for one in plan.ways],
        "minding": [requirement(one) for one in plan.minding],
        "core": [_blocked(one) for one in plan.core],
        "core_smallest": plan.core_smallest,
        "path": path_tree(planned.path) if planned.path is not None else None,
        "read": [{"file": printable(file), "reader": reader} for file, reader in planned.read],
        "unread": [{"file": printable(one.file), "reason": printable(one.reason)} for one in planned.unread],
    }
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def _verdict(verdict: Verdict) -> Json:
    return {
        "issuer": verdict.issuer,
        "answer": answer(verdict),
        "worst": verdict.worst.word if verdict.worst is not None else None,
        "best": verdict.best.word if verdict.best is not None else None,
    }


def _way(way: Way) -> Json:
    return {
        "cost": way.cost,
        "price": way.price._asdict(),
        "steps": [_step(one) for one in way.steps],
        "after": [_verdict(one) for one in way.verdicts if one.applies],
    }


def _step(step: Step) -> Json:
    return {
        "kind": step.kind,
        "field": step.field,
        "items": [printable(one) for one in step.items],
        "now": [
            {"item": owner and printable(owner), "value": shown(fact), "sources": [str(one) for one in fact.sources]}
            for owner, fact in step.old
        ],
        "values": [value(one) for one in step.values],
        "unusual": step.unusual,
        "does": step.does,
        "cost": step.cost,
        "price": step.price._asdict(),
        "otherwise": _price(step.otherwise),
        "asked_by": [requirement(one) for one in step.needed],
    }


def _price(price: Price | None) -> Json | None:
    return price._asdict() if price is not None else None


def _blocked(one: Blocked) -> Json:
    return {**requirement(one.requirement), "facts": [_obstacle(fact) for fact in one.obstacles]}


def _obstacle(one: Obstacle) -> Json:
    return {
        "field": one.field,
        "items": [printable(item) for item in one.items],
        "value": shown(one.fact),
        "fixed": one.why or None,
        "could_be": [value(could) for could in one.could_be],
        "released_later": [{"value": value(later), "day": day} for later, day in one.later],
    }
