"""A path -> the part of the JSON of a plan that has it: every step with the deployment after it, judged.

In: a `Path`. Out: a tree. What one would get wrong: null is "known not to be there"; a value that nobody knows is left out.
"""

from __future__ import annotations

from supportable.core.clauses import Level
from supportable.core.paths import At, Change, Path, Stage, Step
from supportable.core.plan_space import Held
from supportable.reports.path_words import deadlines
from supportable.reports.plan_values import Json, requirement, value
from supportable.reports.wording import printable


def path_tree(path: Path) -> Json:
    """Return a path."""
    last = path.end.last
    return {
        "best": path.best,
        "below": len(path.below),
        "interruptions": path.cost.interruptions,
        "steps": len(path.steps),
        "detours": list(path.detours),
        "looks": [{"field": field, "item": owner and printable(owner), "value": value(hoped)} for (field, owner), hoped in path.looks],
        "start": _at(path.start),
        "stages": [_stage(one) for one in path.stages],
        "deadlines": [{"day": one.day, "do": one.step, "because": [requirement(each) for each in one.then]} for one in deadlines(path)],
        "until": last.day if last is not None and path.stages else None,
        "blocked": [
            {**requirement(one.rule), "by": [{"field": field, **_held("value", held)} for field, held in one.by]} for one in path.blocked
        ],
        "beside": path_tree(path.beside) if path.beside is not None else None,
    }


def _at(at: At) -> Json:
    return {
        "met": at.met,
        "issuers": [{"issuer": one.issuer, "worst": _word(one.worst), "best": _word(one.best)} for one in at.standings],
        "in_the_way": [{**requirement(one.requirement), "fails": one.fails} for one in at.in_the_way],
        "last": at.last.day if at.last is not None else None,
    }


def _word(level: Level | None) -> str | None:
    return None if level is None else level.word


def _stage(stage: Stage) -> Json:
    return {
        "kind": stage.kind,
        "does": [{"field": field, "does": does, **_held("value", held)} for field, does, held in stage.does],
        "nodes": [printable(one) for one in stage.nodes],
        "at_once": stage.at_once,
        "steps": [_step(one) for one in stage.steps],
    }


def _step(step: Step) -> Json:
    return {
        "number": step.number,
        "kind": step.kind,
        "nodes": [printable(one) for one in step.nodes],
        "changes": [_change(one) for one in step.changes],
        "out": [printable(one) for one in step.out],
        "after": _at(step.after),
    }


def _change(one: Change) -> Json:
    item = one.item and printable(one.item)
    return {"field": one.field, "item": item, **_held("old", one.old), **_held("new", one.new), "own": one.own, "detour": one.detour}


def _held(name: str, held: Held) -> Json:
    return {} if held is None else {name: value(held)}
