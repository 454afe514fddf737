"""A plan -> GitHub Markdown: what the text says, in the same order, with steps to tick off, for a change request, an issue or a wiki.

In: a `Planned`. Out: Markdown whose words cannot become markup, by the rules of `markdown`.
"""

from __future__ import annotations

from collections.abc import Iterator

from supportable.core.plan_steps import Planned
from supportable.reports.markdown import code, prose
from supportable.reports.pages import sentence
from supportable.reports.path_words import AtLines, PathPage, path_page, until
from supportable.reports.plan_words import MINDING, Ground, Page, StepLines, page_of


def render(planned: Planned) -> str:
    """Return the report."""
    page = page_of(planned)
    lines = [f"# {prose(page.name)}", "", f"{prose(sentence(page.asked))}.", "", *_standings(page), ""]
    lines += [f"**{prose(sentence(page.answer))}{':' if page.changes else '.'}**"]
    lines += [*([""] if page.changes else []), *(f"- {prose(one)}" for one in page.changes)]
    if page.counts_on:
        lines += ["", f"{prose(sentence(page.counts_on))}."]
    for title, body in (
        ("What to do", [*_steps(page)]),
        ("In which order", [*_path(path_page(planned.path))] if planned.path is not None else []),
        (MINDING, [f"- {prose(one.says)} ({code(one.clause)})" for one in page.minding]),
        ("Other ways", [*_others(page)]),
        ("Why nothing cheaper does" if page.ways else "Why there is no way", [*_core(page)]),
        ("Not read", [f"- {code(file)}: {prose(reason)}" for file, reason in page.unread]),
    ):
        if body:
            lines += ["", f"## {title}", "", *body]
    return "\n".join([*lines, "", f"{prose(sentence(page.model))}."]) + "\n"


def _standings(page: Page) -> Iterator[str]:
    if not page.standings:
        yield "No document says anything about the deployment."
        return
    yield "| issuer | now | after it |" if page.ways else "| issuer | now |"
    yield "| --- | --- | --- |" if page.ways else "| --- | --- |"
    for one in page.standings:
        yield f"| {_cell(one.issuer)} | {_cell(one.now)} |" + (f" {_cell(one.after)} |" if page.ways else "")


def _cell(text: str) -> str:
    return prose(text).replace("|", "\\|")


def _steps(page: Page) -> Iterator[str]:
    for step in page.first:
        yield from _step(step)
    if not page.ways:
        return
    for step in page.ways[0].steps:
        yield from _step(step)
    yield ""
    yield f"It costs {prose(page.ways[0].cost)}."


def _step(step: StepLines) -> Iterator[str]:
    yield f"{step.number}. [ ] **{prose(step.title)}**"
    get_it = f"get it: {step.get_it}" if step.get_it else ""
    for text in (*step.now, step.must, get_it, step.otherwise, step.costs):
        if text:
            yield f"    - {prose(text)}"
    for one in step.asked_by:
        yield f"    - asked by {_ground(one)}"


def _path(path: PathPage) -> Iterator[str]:
    for text in (
        path.answer,
        *path.notes,
        path.looks,
        f"at the start: {_at(path.start)}",
        *(one.said for one in path.deadlines),
        path.until,
    ):
        if text:
            yield f"- {prose(sentence(text))}"
    for stage in path.stages:
        yield from (
            "",
            f"### Stage {stage.number}: {prose(stage.title)}",
            "",
            *(f"- {prose(text)}" for text in (*stage.does, stage.throughout) if text),
            "",
        )
        for step in stage.steps:
            yield f"{step.number}. [ ] {prose(step.title)}"
            yield from (f"    - {prose(text)}" for text in step.beside)
            if not step.same:
                when = step.while_out or "then"
                yield f"    - {prose(f'{when}: {_at(step.after)}')}"
    for ground, by in path.blocked:
        yield f"- {_ground(ground)}; {prose(by)}"
    if path.clauses:
        yield from ("", "### In the way on the path, or after its dates", "", *(f"- {_ground(one)}" for one in path.clauses))


def _at(at: AtLines) -> str:
    return f"{at.says}{until(at)}" + (f"; in the way: {', '.join(at.in_the_way)}" if at.in_the_way else "")


def _others(page: Page) -> Iterator[str]:
    if page.others:
        yield f"{prose(sentence(page.others))}."
    for number, way in enumerate(page.ways[1:]):
        if not number:
            yield ""
        for at, text in enumerate(way.differs):
            yield f"{'-' if not at else '  -'} {prose(text)}"


def _core(page: Page) -> Iterator[str]:
    if not page.core:
        return
    yield f"{prose(sentence(page.core_said))}:"
    yield ""
    for one in page.core:
        yield f"- {_ground(one.ground)}"
        yield from (f"  - {prose(fact)}" for fact in one.facts)


def _ground(one: Ground) -> str:
    said = f"“{prose(one.quote)}”" if one.quote else prose(one.says)
    return f"{code(one.clause)}: {said}" + (f" — {prose(one.place)}" if one.place else "")
