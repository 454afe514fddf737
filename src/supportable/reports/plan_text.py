"""A plan -> text for a terminal of any width: what to do, what it costs, the path where it was asked for, and why nothing cheaper does."""

from __future__ import annotations

from collections.abc import Iterator

from supportable.core.plan_steps import Planned
from supportable.reports.fleet_text import filled
from supportable.reports.pages import sentence
from supportable.reports.path_words import AtLines, PathPage, StageLines, path_page, until
from supportable.reports.plan_words import MINDING, Ground, Page, StepLines, page_of

_ASKED_MAX, _NAMED_MAX = 3, 16


def render(planned: Planned, width: int = 80) -> str:
    """Return the report."""
    page = page_of(planned)
    lines = [*filled(page.head, width, 0, 2), ""]
    lines += [line for one in page.now for line in filled(f"now {one}", width, 0, 2)]
    lines += filled(page.answer + (":" if page.changes else ""), width, 0, 2)
    lines += [line for one in page.changes for line in filled(f"- {one}", width, 2, 4)]
    if page.counts_on:
        lines += filled(page.counts_on, width, 0, 2)
    if page.first:
        lines += ["", *(line for step in page.first for line in _step(step, width))]
    lines += _way(page, width)
    lines += _path(path_page(planned.path), width) if planned.path is not None else ()
    if page.minding:
        lines += ["", MINDING]
        lines += [line for duty in page.minding for line in filled(f"- {duty.says} ({duty.clause})", width, 0, 2)]
    lines += _others(page, width)
    if page.core:
        lines += ["", *filled(page.core_head[:1].upper() + page.core_head[1:], width, 0, 2)]
        for one in page.core:
            lines += [*_ground(one.ground, 2, width), *(line for fact in one.facts for line in filled(f"- {fact}", width, 4, 6))]
    if page.unread:
        lines += ["", "Not read", *(line for file, reason in page.unread for line in filled(f"{file}: {reason}", width, 2, 4))]
    return "\n".join([*lines, "", *filled(page.model, width, 0, 2)]) + "\n"


def _way(page: Page, width: int) -> Iterator[str]:
    if not page.ways:
        return
    first = page.ways[0]
    yield ""
    for step in first.steps:
        yield from _step(step, width)
    yield ""
    for one in first.after or ("no document says anything",):
        yield from filled(f"after it {one}", width, 0, 2)
    yield from filled(f"it costs {first.cost}", width, 0, 2)


def _step(step: StepLines, width: int) -> Iterator[str]:
    room = len(f"{step.number}. ")
    yield from filled(f"{step.number}. {step.title}", width, 0, room)
    for text in (*step.now, step.must, f"get it: {step.get_it}" if step.get_it else "", step.otherwise):
        if text:
            yield from filled(text, width, room, room + 2)
    yield from filled(step.costs, width, room, room + 2)
    for ground in step.asked_by[:_ASKED_MAX]:
        yield from filled(f"asked by {ground.clause}: " + (f'"{ground.quote}"' if ground.quote else ground.says), width, room, room + 2)
    if len(step.asked_by) > _ASKED_MAX:
        further = [one.clause for one in step.asked_by[_ASKED_MAX:]]
        names = ", ".join(further[:_NAMED_MAX]) + (f" and {len(further) - _NAMED_MAX} more" if len(further) > _NAMED_MAX else "")
        yield from filled(f"and by {names}", width, room, room + 2)


def _path(path: PathPage, width: int) -> Iterator[str]:
    yield ""
    for text in (sentence(path.answer), *path.notes, path.looks, *(one.said for one in path.deadlines), path.until):
        if text:
            yield from filled(text, width, 0, 2)
    yield from _at("at the start", path.start, 0, width)
    for stage in path.stages:
        yield ""
        yield from _stage(stage, width)
    for ground, by in path.blocked:
        yield from _ground(ground, 2, width)
        yield from filled(by, width, 4, 6)
    if path.clauses:
        yield ""
        yield "In the way on the path, or after its dates"
    for ground in path.clauses:
        yield from _ground(ground, 2, width)


def _stage(stage: StageLines, width: int) -> Iterator[str]:
    yield from filled(f"Stage {stage.number}: {stage.title}" + (f": {stage.does[0]}" if len(stage.does) == 1 else ""), width, 0, 2)
    for text in stage.does if len(stage.does) > 1 else ():
        yield from filled(f"- {text}", width, 2, 4)
    if stage.throughout:
        yield from filled(stage.throughout, width, 2, 4)
    for step in stage.steps:
        yield from filled(f"step {step.number}: {step.title}", width, 2, 4)
        for text in step.beside:
            yield from filled(text, width, 4, 6)
        if not step.same:
            yield from _at(step.while_out or "then", step.after, 4, width)


def _at(when: str, at: AtLines, room: int, width: int) -> Iterator[str]:
    yield from filled(f"{when}: {at.says}{until(at)}", width, room, room + 2)
    if at.in_the_way:
        yield from filled(f"in the way: {', '.join(at.in_the_way)}", width, room, room + 2)


def _others(page: Page, width: int) -> Iterator[str]:
    if page.others:
        yield ""
        yield from filled(page.others[:1].upper() + page.others[1:], width, 0, 2)
    for way in page.ways[1:]:
        for number, text in enumerate(way.differs):
            yield from filled(f"{'-' if not number else ' '} {text}", width, 2, 6)


def _ground(ground: Ground, room: int, width: int) -> Iterator[str]:
    yield from filled(f"{ground.clause} ({ground.issuer})" if ground.issuer else ground.clause, width, room, room + 2)
    yield from filled(f'"{ground.quote}"' if ground.quote else ground.says, width, room + 2, room + 3)
    if ground.place:
        yield from filled(ground.place, width, room + 2, room + 2)
