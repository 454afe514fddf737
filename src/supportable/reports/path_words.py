"""A path -> what a page says of it, as plain values: stages, steps, what holds after each, and by when to be past it.

In: a `Path`. Out: `PathPage`; every text in it is printable and not yet escaped for any format. What one would get wrong: the deployment
*before* a step has the deadline, for it is what stops being at the level; so a deadline names the step to have done by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from supportable.core.facts import Value, _Absent
from supportable.core.path_works import RUN
from supportable.core.paths import At, Block, Change, Path, Stage, Standing, Step
from supportable.core.plan_space import Held, Requirement
from supportable.reports.plan_words import Ground, ground_of, value_words, worst_of
from supportable.reports.wording import counted, printable

_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four"}


class Deadline(NamedTuple):
    """Have a step done by the end of a day, or the level is lost; and what is in the way from the day after on."""

    day: str
    step: int
    said: str
    then: tuple[Requirement, ...]


class AtLines(NamedTuple):
    """A deployment on the way in words.

    `told` is what issuers say, each with its state; `state` the worst of them. `last` is the last day at the level, empty where it is not
    at it or nothing known ends it.
    """

    told: tuple[tuple[str, str], ...]
    state: str
    met: bool
    in_the_way: tuple[str, ...]
    last: str

    @property
    def says(self) -> str:
        """What issuers say, in one text."""
        return "; ".join(text for text, _ in self.told)


class StepLines(NamedTuple):
    """A step in words; `beside` is what other work sets anew, `same` whether all that is said of the deployment was said before."""

    number: int
    kind: str
    title: str
    beside: tuple[str, ...]
    while_out: str
    after: AtLines
    same: bool


class StageLines(NamedTuple):
    """A stage in words: how it is done, the work, and its steps; `throughout` is what is said all the way, where nothing changes in it."""

    number: int
    kind: str
    title: str
    does: tuple[str, ...]
    throughout: str
    steps: tuple[StepLines, ...]


class PathPage(NamedTuple):
    """All that is said of a path, in the order in which it is said; `clauses` are those in the way anywhere, each once."""

    answer: str
    notes: tuple[str, ...]
    looks: str
    start: AtLines
    stages: tuple[StageLines, ...]
    deadlines: tuple[Deadline, ...]
    until: str
    clauses: tuple[Ground, ...]
    blocked: tuple[tuple[Ground, str], ...]


def path_page(path: Path) -> PathPage:
    """Return what is said of a path."""
    in_the_way = [one.requirement for at in (path.start, *(step.after for step in path.steps)) for one in at.in_the_way]
    due = deadlines(path)
    dated = [one for deadline in due for one in deadline.then]
    last = path.end.last
    dated += last.then if last is not None else ()
    return PathPage(
        _answer(path),
        tuple(_notes(path)),
        _looks(path),
        _at(path.start),
        tuple(_stages(path)),
        due,
        _until(path.end, path.level.word) if path.stages and path.end.met else "",
        tuple({clause_name(one): ground_of(one) for one in (*in_the_way, *dated)}.values()),
        tuple((ground_of(one.rule), _broken(one)) for one in path.blocked),
    )


def _answer(path: Path) -> str:
    level = path.level.word
    if path.blocked:
        return "there is no order of stages that leads there: each breaks a rule of what goes together"
    if not path.stages:
        return "nothing is to be done on the way but looking"
    steps = f"the path has {counted(len(path.stages), 'stage')} and {counted(len(path.steps), 'step')}"
    below = [step.number for step in path.below]
    if not below:
        return f"{steps}; every deployment on the way is at {level}"
    return f"{steps}; the deployment is below {level} after {'step' if len(below) == 1 else 'steps'} {ranges(below)}"


def ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers with those in a row as one range.

    >>> ranges([1, 2, 3, 5, 7, 8])
    '1 to 3, 5, 7 and 8'
    """
    runs: list[list[int]] = []
    for one in numbers:
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return listed([word for one in runs for word in ([f"{one[0]} to {one[-1]}"] if len(one) > 2 else map(str, one))])


def listed(words: Sequence[str]) -> str:
    """Return words as a list.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _names(items: Iterable[str]) -> str:
    return listed([printable(one) for one in items])


def _notes(path: Path) -> Iterator[str]:
    if not path.stages:
        return
    out = path.cost.interruptions
    if out:
        yield f"nodes are out of the cluster {counted(out, 'time')} in all"
    if path.best:
        yield "no order of rolling stages is better: fewest steps below the level, then fewest nodes out, then fewest steps"
    else:
        yield "a better order may exist; it was not found in time"
    if path.detours:
        yield f"on the way {listed(path.detours)} {'is' if len(path.detours) == 1 else 'are'} brought to a value in between"
    if path.beside is not None:
        works = "; ".join(dict.fromkeys(does for stage in path.beside.stages for does in _does(stage)))
        yield f"with a second set of machines beside these, {_answer(path.beside)} ({works})"


def _looks(path: Path) -> str:
    if not path.looks:
        return ""
    fields = list(dict.fromkeys(field for (field, _), _ in path.looks))
    shown = [*fields[:6], *([f"{len(fields) - 6} more"] if len(fields) > 6 else [])]
    return f"the path counts on what nobody looked at from its first step on: {listed(shown)}; look first, as the plan says"


def _at(at: At) -> AtLines:
    names = tuple(clause_name(one.requirement) + ("" if one.fails else " (not known)") for one in at.in_the_way)
    last = at.last.day if at.last is not None and at.last.day is not None else ""
    return AtLines(told(at.standings), worst_of(state_at(one) for one in at.standings), at.met, names, last)


def state_at(standing: Standing) -> str:
    """Return what an issuer says as pictures name it: a level, `undecided` or `silent`."""
    if standing.worst is None or standing.best is None:
        return "silent"
    return standing.worst.word if standing.worst == standing.best else "undecided"


def until(at: AtLines) -> str:
    """Return until when a deployment is at the level, in words that follow what is said of it; empty where nothing known ends it."""
    return f" until {at.last}" if at.last else ""


def clause_name(requirement: Requirement) -> str:
    """Return the id of a clause, or of a rule of the model."""
    clause = requirement.clause
    return clause.id if clause.citation.document else f"rule {clause.id} of the model"


def told(standings: Iterable[Standing]) -> tuple[tuple[str, str], ...]:
    """Return what issuers say of a deployment, those together that say the same, each with its state."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in standings:
        if one.worst is not None and one.best is not None:
            word = one.worst.word if one.worst == one.best else f"undecided between {one.worst.word} and {one.best.word}"
            alike.setdefault((word, state_at(one)), []).append(one.issuer)
    found = tuple((f"{word} for {listed(names)}", state) for (word, state), names in alike.items())
    return found or (("no document says anything", "silent"),)


def _stages(path: Path) -> Iterator[StageLines]:
    before = _at(path.start)
    for number, stage in enumerate(path.stages, 1):
        steps: list[StepLines] = []
        first: dict[tuple[str, tuple[str, ...]], str] = {}
        for step in stage.steps:
            after = _at(step.after)
            out = f"while {_names(step.out)} {'is' if len(step.out) == 1 else 'are'} out" if step.out else ""
            title, beside = _title(step), tuple(_beside(step))
            if step.kind == "back":
                like = first.setdefault((_work(step), beside), _names(step.nodes))
                if step.nodes and like != _names(step.nodes):
                    title, beside = f"{_back(step)}, changed like {like}", ()
            steps.append(StepLines(step.number, step.kind, title, beside, out, after, after == before))
            before = after
        throughout = f"all the way {before.says}{until(before)}" if all(one.same for one in steps) else ""
        does = tuple(_does(stage))
        alone = stage.kind in ("whole", "validate") and len(does) == 1
        yield StageLines(number, stage.kind, *((does[0], ()) if alone else (_how(stage), does)), throughout, tuple(steps))


def _how(stage: Stage) -> str:
    nodes = _names(stage.nodes)
    if stage.kind == "roll":
        return f"Roll over {nodes}, {_NUMBERS.get(stage.at_once, str(stage.at_once))} at a time"
    if stage.kind == "together":
        # No order of single changes was allowed, or as good.
        return f"At one moment{', with ' + nodes if nodes else ''}: all stopped, or by machines beside these that take over"
    return "Validate" if stage.kind == "validate" else "For the whole, as one"


def _does(stage: Stage) -> Iterator[str]:
    for field, does, value in stage.does:
        yield work_words(field, does, value)
    if not stage.does:
        yield from dict.fromkeys(work_words(one.field, one.does, one.new) for step in stage.steps for one in step.changes)


def work_words(field: str, does: str, value: Held) -> str:
    """Return a piece of work in words, with the value that it leads to."""
    return does.replace("{value}", held_words(value)) if does else f"Have {field} at {held_words(value)}"


def held_words(value: Held) -> str:
    """Return a value, or that it is not known."""
    return "whatever it becomes" if value is None else value_words(value)


def _title(step: Step) -> str:
    nodes = _names(step.nodes)
    own = [one for one in step.changes if one.own]
    if step.kind == "out":
        return f"{nodes} leave{'s' if len(step.nodes) == 1 else ''} the cluster"
    if step.kind == "validate":
        kinds = [printable(one.item) for one in step.changes if one.field == RUN and one.item is not None]
        return f"Validate{' what was changed: ' + listed(kinds) if kinds else ''}"
    told = _work(step)
    if step.kind == "back":
        return _back(step) + (f": {told}" if told else "")
    return f"{nodes}: {told}" if nodes and not any(one.item is None for one in own) else told


def _back(step: Step) -> str:
    return f"{_names(step.nodes)} come{'s' if len(step.nodes) == 1 else ''} back"


def _work(step: Step) -> str:
    return "; ".join(dict.fromkeys(_set(one, step) for one in step.changes if one.own))


def _set(change: Change, step: Step) -> str:
    whose = f" of {printable(change.item)}" if change.item is not None and (step.nodes != (change.item,)) else ""
    came = "" if change.old is None else f" from {value_words(change.old)}"
    return f"{change.field}{whose}{came} to {held_words(change.new)}" + (", on the way" if change.detour else "")


def _beside(step: Step) -> Iterator[str]:
    """Yield what other work sets anew: what it must come out at, and which facts no clause on the way asks about."""
    alike: dict[tuple[str, Value | _Absent], list[str]] = {}
    left: dict[str, None] = {}
    for one in step.changes:
        if one.own:
            continue
        if one.new is None:
            left[one.field] = None
        else:
            alike.setdefault((one.field, one.new), []).extend([one.item] if one.item is not None else [])
    for (field, value), items in alike.items():
        whose = f" of {_names(items)}" if items and tuple(items) != step.nodes else ""
        yield f"have {field}{whose} at {value_words(value)}"
    if left:
        yield f"set anew as well, to whatever it becomes: {listed(list(left))}"


def deadlines(path: Path) -> tuple[Deadline, ...]:
    """Return the days by which steps must be done; not those that another one implies, or on which the whole path is over anyway."""
    found: list[Deadline] = []
    furthest: dict[str, tuple[int, tuple[Requirement, ...]]] = {}
    for number, at in enumerate((path.start, *(step.after for step in path.steps[:-1]))) if path.stages else ():
        if at.last is not None and at.last.day is not None:
            furthest[at.last.day] = (number, at.last.then)
    past = -1
    end = path.end.last.day if path.end.last is not None else None
    for day, (number, then) in sorted(furthest.items()):
        # What ends the level after the last step, too, is no reason to hurry to it.
        if number > past and (end is None or day < end):
            past = number
            names = listed([clause_name(one) for one in then])
            why = f" ({names})" if names else ""
            said = (
                f"have step {number + 1} of the path done by {day}: after that day the deployment before it is below {path.level.word}{why}"
            )
            found.append(Deadline(day, number + 1, said, then))
    return tuple(found)


def _until(end: At, level: str) -> str:
    if end.last is None:
        return ""
    if end.last.day is None:
        return f"after the last step nothing that is known ends {level}; that does not mean that it stays so"
    names = listed([clause_name(one) for one in end.last.then])
    return f"after the last step it is at {level} until {end.last.day}" + (f" ({names})" if names else "")


def _broken(block: Block) -> str:
    work = [f"{field} at {held_words(value)}" for field, value in block.by]
    return f"broken by {listed(work)}" if work else "broken from the start"
