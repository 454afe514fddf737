"""A plan -> a Mermaid flowchart: from the deployment as it is over looks and changes to what it is afterwards.

In: a `Planned`. Out: text for any page that draws Mermaid. A look is a decision, with what happens if it turns out otherwise. What one
would get wrong: identifiers are numbers of ours; whatever evidence or a document says stands in labels, escaped (`mermaid`).
"""

from __future__ import annotations

from collections.abc import Iterator

from supportable.core.plan_steps import Planned
from supportable.reports.mermaid import COLOURS, label
from supportable.reports.path_words import AtLines, PathPage, StageLines, path_page, until
from supportable.reports.plan_words import MINDING, Ground, Page, StepLines, page_of, worst_of


def render(planned: Planned) -> str:
    """Return the flowchart."""
    page, path = page_of(planned), planned.path
    lines = ["flowchart TD", *(f"    {one}" for one in _lines(page, path_page(path) if path is not None else None))]
    return "\n".join([*lines, *(f"    classDef {name} {look}" for name, look in COLOURS.items())]) + "\n"


def _lines(page: Page, path: PathPage | None) -> Iterator[str]:
    said = [f"{one.issuer}: {one.now}" for one in page.standings] or ["no document says anything"]
    yield f"now[{label([page.name, page.asked, *said])}]:::{worst_of(one.now_state for one in page.standings)}"
    if page.ways:
        yield from _chain(page, path)
    else:
        before = "now"
        for step in page.first:
            yield f"step{step.number}{{{{{label(_step(step))}}}}}"
            yield f"{before} --> step{step.number}"
            before = f"step{step.number}"
        yield f"answer([{label([page.answer])}])"
        yield f"{before} --> answer"
    yield from _core(page)


def _chain(page: Page, path: PathPage | None) -> Iterator[str]:
    """Yield what is done in the order in which it is told; on a path, what is looked at and then the stages."""
    first = page.ways[0]
    steps = [one for one in first.steps if path is None or one.kind == "look"]
    before, arrow = "now", "-->"
    along = [*(f"step{one.number}" for one in steps), "begin" if path is not None else "after"]
    for step, then in zip(steps, along[1:], strict=True):
        name = f"step{step.number}"
        opened, closed = ("{{", "}}") if step.kind == "look" else ("[", "]")
        yield f"{name}{opened}{label(_step(step))}{closed}"
        yield f"{before} {arrow} {name}"
        before, arrow = name, "-->"
        if step.kind == "look":
            arrow = f"-->|{label(['it turns out so'])}|"
            other = f"mend{step.number}" if step.mended else "again"
            yield f"{name} -->|{label(['otherwise'])}| {other}"
            if step.mended:
                yield f"{other}[{label([step.otherwise])}] --> {then}"
    if path is not None:
        yield f"begin[{label(_begun(path))}]:::{path.start.state}"
        yield f"{before} {arrow} begin"
        before, arrow = "begin", "-->"
        for stage in path.stages:
            yield from _stage(stage)
        walk = [step.number for stage in path.stages for step in stage.steps]
        due = {one.step: one.day for one in path.deadlines}
        for number in walk:
            dated = f"|{label(['by ' + due[number]])}|" if number in due else ""
            yield f"{before} -->{dated} walk{number}"
            before = f"walk{number}"
    after = [f"{one.issuer}: {one.after}" for one in page.standings if one.after_state != "silent"] or ["no document says anything"]
    ended = [path.until] if path is not None and path.until else []
    yield f"after([{label([*after, *ended, f'it costs {first.cost}'])}]):::{worst_of(one.after_state for one in page.standings)}"
    yield f"{before} {arrow} after"
    if any(step.kind == "look" and not step.mended for step in steps):
        yield f"again([{label(['plan again with what was found'])}])"
    if page.minding:
        yield f"minding[{label([MINDING, *(f'{one.says} ({one.clause})' for one in page.minding)])}]"
        yield "after -.- minding"
    for number, way in enumerate(page.ways[1:], 2):
        yield f"way{number}[{label(['another way that costs as little', *way.differs])}]"
        yield f"now -.-> way{number} -.-> after"


def _begun(path: PathPage) -> Iterator[str]:
    yield from (text for text in (path.answer, *path.notes, path.looks) if text)
    yield from _at("at the start", path.start)
    yield from (one.said for one in path.deadlines)
    yield from (f"{ground.clause}: {ground.quote or ground.says}; {by}" for ground, by in path.blocked)


def _stage(stage: StageLines) -> Iterator[str]:
    title = [f"stage {stage.number}: {stage.title}", *([stage.throughout] if stage.throughout else [])]
    yield f"subgraph stage{stage.number}[{label(title)}]"
    for step in stage.steps:
        does = stage.does if step is stage.steps[0] else ()
        told = () if step.same else _at(step.while_out or "then", step.after)
        lines = [*does, f"step {step.number}: {step.title}", *step.beside, *told]
        yield f"    walk{step.number}[{label(lines)}]:::{step.after.state}"
    yield "end"


def _at(when: str, at: AtLines) -> Iterator[str]:
    yield f"{when}: {at.says}{until(at)}"
    if at.in_the_way:
        yield f"in the way: {', '.join(at.in_the_way)}"


def _step(step: StepLines) -> Iterator[str]:
    yield f"step {step.number}: {step.title}"
    yield from (text for text in (step.must, step.costs) if text)
    yield from (f"asked by {one.clause}" for one in step.asked_by)


def _core(page: Page) -> Iterator[str]:
    if not page.core:
        return
    yield f"why[{label([page.core_head])}]"
    yield f"{'after' if page.ways else 'answer'} -.- why"
    for number, one in enumerate(page.core, 1):
        yield f"core{number}[{label([*_ground(one.ground), *one.facts])}]"
        yield f"why -.- core{number}"


def _ground(one: Ground) -> Iterator[str]:
    yield f"{one.clause} ({one.issuer})" if one.issuer else one.clause
    yield f"“{one.quote}”" if one.quote else one.says
