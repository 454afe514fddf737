"""Flaws of packs -> lines of text or JSON (schema `supportable/lint/1`), each with its place, what to do, and what shows it.

In: what the analyses of the core found, by pack. Out: text; the deployment files that show flaws are given beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from supportable.core.dead_ends import YEARS
from supportable.core.flaws import ERROR, KINDS, NOTE, Flaw
from supportable.errors import Problem
from supportable.reports.deployment_files import witness_file, witness_in_short
from supportable.reports.wording import counted

SCHEMA = "supportable/lint/1"


class Checked(NamedTuple):
    """One pack and what was found in it: problems of its examples, flaws, what is still to do, and how much there is."""

    pack: str
    clauses: int
    examples: int
    problems: tuple[Problem, ...]
    flaws: tuple[Flaw, ...]
    to_do: tuple[str, ...]


class Compared(NamedTuple):
    """What a deep look at all packs of one issuer came to: flaws, values without a way out and of how many, searches, those unfinished."""

    issuer: str
    flaws: tuple[Flaw, ...]
    stuck: int
    values: int
    searches: int
    unfinished: int
    unfinished_values: tuple[str, ...]


class Ending(NamedTuple):
    """What a look at the ends of support of one issuer came to: dead ends, of how many values that end, those not found out."""

    issuer: str
    flaws: tuple[Flaw, ...]
    values: int
    unfinished: tuple[str, ...]


class Found(NamedTuple):
    """All that was found: pack by pack, and, where it was asked for, issuer by issuer."""

    checked: Sequence[Checked]
    compared: Sequence[Compared]
    ending: Sequence[Ending]
    as_of: str

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        parts = [*(one.flaws for one in self.checked), *(one.flaws for one in self.compared), *(one.flaws for one in self.ending)]
        return tuple(flaw for some in parts for flaw in some)


def clean(found: Found) -> bool:
    """Return whether nothing that was found is an error."""
    return not any(flaw.severity == ERROR for flaw in found.flaws) and not any(one.problems for one in found.checked)


def witnesses(found: Found) -> dict[str, str]:
    """Return the deployment file that shows each flaw which one can show, by the name of its deployment."""
    flaws = [flaw for flaw in found.flaws if flaw.facts]
    return {name: witness_file(flaw.facts, name) for name, flaw in ((f"flaw-{number}", flaw) for number, flaw in enumerate(flaws, 1))}


def render(found: Found, notes: bool, width: int) -> str:
    """Return what was found as text; notes only if asked for, their number always."""
    checked, compared, as_of = found.checked, found.compared, found.as_of
    lines: list[str] = []
    hidden = 0
    for one in checked:
        lines += [line for problem in one.problems for line in str(problem).splitlines()]
        lines += _flaws(one.flaws, notes, width)
        lines += [line for text in one.to_do for line in _wrapped(f"{one.pack}: to do: {text}", width)]
        count = sum(flaw.severity == NOTE for flaw in one.flaws)
        hidden += count
        wrong = len(one.problems) + len(one.flaws) - count
        noted = f", {counted(count, 'note')}" if count else ""
        lines.append(f"{one.pack}: {counted(one.clauses, 'clause')}, {counted(one.examples, 'example')}, {wrong} problems{noted}")
    for issuer in compared:
        lines += _flaws(issuer.flaws, notes, width)
        hidden += sum(flaw.severity == NOTE for flaw in issuer.flaws)
        lines += _compared(issuer, as_of, width)
    for one_issuer in found.ending:
        lines += _flaws(one_issuer.flaws, notes, width)
        hidden += len(one_issuer.flaws)
        lines += _wrapped(_ending(one_issuer, as_of), width)
    if hidden and not notes:
        lines.append("`--notes` shows the notes")
    return "\n".join(lines) + "\n"


def _ending(one: Ending, as_of: str) -> str:
    text = (
        f"{one.issuer}, on {as_of}: of {counted(one.values, 'value')} whose support ends within {YEARS} years, "
        f"{counted(len(one.flaws), 'dead end')}"
    )
    return text + (f"; not found out within the bound: {'; '.join(one.unfinished)}" if one.unfinished else "")


def _flaws(flaws: Sequence[Flaw], notes: bool, width: int) -> Iterator[str]:
    for flaw in flaws:
        if flaw.severity == ERROR or notes:
            where = f"{flaw.place}: " if flaw.place else ""
            if flaw.kind == "no way out":
                yield from _wrapped(f"{flaw.severity}: {flaw.message}; in the way: {', '.join(flaw.clauses)}", width)
                continue
            yield f"{where}{flaw.severity}: {flaw.message}"
            yield from _wrapped(f"hint: {flaw.hint}", width)
            if flaw.facts:
                yield from _wrapped(f"shown by: {witness_in_short(flaw.facts)}", width)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _compared(one: Compared, as_of: str, width: int) -> Iterator[str]:
    errors = sum(flaw.severity == ERROR for flaw in one.flaws)
    ends = sum(flaw.kind == "no way out" for flaw in one.flaws)
    noted = len(one.flaws) - errors - ends
    text = (
        f"{one.issuer}, all documents together, on {as_of}: {errors} problems, {counted(noted, 'note')} on documents that disagree; "
        f"{one.stuck} of {one.values} values without a way to the best tier"
    )
    if one.unfinished or one.unfinished_values:
        text += f"; not found out within the bound: {counted(one.unfinished, 'search')}"
        text += "".join(f", {value}" for value in one.unfinished_values)
    yield from _wrapped(text, width)


def render_json(found: Found) -> str:
    """Return what was found as JSON."""
    checked, compared, as_of = found.checked, found.compared, found.as_of
    numbers = iter(range(1, 1_000_000))
    document = {
        "schema": SCHEMA,
        "packs": [
            {
                "pack": one.pack,
                "clauses": one.clauses,
                "examples": one.examples,
                "problems": [{"message": p.message, "place": str(p.place) if p.place else None, "hint": p.hint} for p in one.problems],
                "flaws": [_flaw(flaw, numbers) for flaw in one.flaws],
                "to_do": list(one.to_do),
            }
            for one in checked
        ],
        "deep": [
            {
                "issuer": one.issuer,
                "as_of": as_of,
                "flaws": [_flaw(flaw, numbers) for flaw in one.flaws],
                "values_without_a_way_out": one.stuck,
                "values": one.values,
                "searches": one.searches,
                "unfinished": one.unfinished,
                "unfinished_values": list(one.unfinished_values),
            }
            for one in compared
        ],
        "ends": [
            {
                "issuer": ending.issuer,
                "as_of": as_of,
                "flaws": [_flaw(flaw, numbers) for flaw in ending.flaws],
                "values": ending.values,
                "unfinished": list(ending.unfinished),
            }
            for ending in found.ending
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _flaw(flaw: Flaw, numbers: Iterator[int]) -> dict[str, Any]:
    name = f"flaw-{next(numbers)}" if flaw.facts else None
    return {
        "severity": flaw.severity,
        "kind": flaw.kind,
        "means": KINDS[flaw.kind],
        "message": flaw.message,
        "hint": flaw.hint,
        "place": str(flaw.place) if flaw.place else None,
        "clauses": list(flaw.clauses),
        "witness": {"name": name, "deployment_file": witness_file(flaw.facts, name)} if name else None,
    }
