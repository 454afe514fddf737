"""A plan -> a Mermaid flowchart: from the deployment as it is over looks and changes to what it is afterwards.

In: a `Planned`. Out: text for any page that draws Mermaid. A look is a decision, with what happens if it turns out otherwise. What one
would get wrong: identifiers are numbers of ours; whatever evidence or a document says stands in labels, escaped (`mermaid`).
"""

from __future__ import annotations

from collections.abc import Iterator

from supportable.core.plan_steps import Planned
from supportable.reports.mermaid import COLOURS, label
from supportable.reports.plan_words import Ground, Page, StepLines, page_of

_WORST_FIRST = ("unsupported", "limited", "undecided", "full", "silent")


def render(planned: Planned) -> str:
    """Return the flowchart."""
    page = page_of(planned)
    lines = ["flowchart TD", *(f"    {one}" for one in _lines(page))]
    return "\n".join([*lines, *(f"    classDef {name} {look}" for name, look in COLOURS.items())]) + "\n"


def _lines(page: Page) -> Iterator[str]:
    said = [f"{one.issuer}: {one.now}" for one in page.standings] or ["no document says anything"]
    yield f"now[{label([page.name, page.asked, *said])}]:::{_worst([one.now_state for one in page.standings])}"
    if page.ways:
        yield from _chain(page)
    else:
        yield f"answer([{label([page.answer])}])"
        yield "now --> answer"
    yield from _core(page)


def _worst(states: list[str]) -> str:
    return min(states, key=_WORST_FIRST.index, default="silent")


def _chain(page: Page) -> Iterator[str]:
    before, arrow, again = "now", "-->", False
    for step in page.ways[0].steps:
        name = f"step{step.number}"
        yield f"{name}{'{{' if step.kind == 'look' else '['}{label(_step(step))}{'}}' if step.kind == 'look' else ']'}"
        yield f"{before} {arrow} {name}"
        before, arrow = name, "-->"
        if step.kind == "look":
            arrow = f"-->|{label(['it turns out so'])}|"
            if step.mended:
                yield f"mend{step.number}[{label([step.otherwise])}]"
                yield f"{name} -->|{label(['otherwise'])}| mend{step.number}"
            else:
                again = True
                yield f"{name} -->|{label(['otherwise'])}| again"
    after = [f"{one.issuer}: {one.after}" for one in page.standings if one.after_state != "silent"] or ["no document says anything"]
    yield f"after([{label([*after, f'it costs {page.ways[0].cost}'])}]):::{_worst([one.after_state for one in page.standings])}"
    yield f"{before} {arrow} after"
    steps = page.ways[0].steps
    for step, then in zip(steps, [*(f"step{one.number}" for one in steps[1:]), "after"], strict=True):
        if step.mended:
            yield f"mend{step.number} --> {then}"
    if again:
        yield f"again([{label(['plan again with what was found'])}])"
    for number, way in enumerate(page.ways[1:], 2):
        yield f"way{number}[{label(['another way that costs as little', *way.differs])}]"
        yield f"now -.-> way{number} -.-> after"


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
