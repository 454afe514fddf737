"""Support gaps -> text or JSON (schema `supportable/gaps/1`), each with a deployment file that shows it.

In: what `core.gaps` found, and the packs it was found in. Out: text. A witness is written as a deployment file in YAML, which
`supportable check` and `supportable case rehearse` take as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

from supportable.core.clauses import Pack
from supportable.core.facts import ABSENT
from supportable.core.gaps import RELATED, Facts, Found, SupportGap
from supportable.reports.case_json import clause_of, course_of
from supportable.reports.case_text import course_lines
from supportable.reports.deployment_files import deployment_file, in_short
from supportable.reports.wording import cited, counted

SCHEMA = "supportable/gaps/1"


def name_of(number: int) -> str:
    """Return what the witness of a gap is called."""
    return f"gap-{number}"


def render(found: Found, packs: Iterable[Pack], as_of: str, width: int) -> str:
    """Return the gaps as text."""
    sources = {clause.id: pack for pack in packs for clause in pack.clauses}
    lines = [
        *_lines(f"{counted(len(found.gaps), 'support gap')}, by what is in force on {as_of}", width, 0),
        *_lines(f"looked at: {_looked_at(found)}", width, 0),
    ]
    for number, one in enumerate(found.gaps, 1):
        lines += ["", *_gap(number, one, sources, width)]
    return "\n".join(lines) + "\n"


def _looked_at(found: Found) -> str:
    some = "all" if found.combinations == found.of else f"the first {found.combinations} of"
    silent = "all" if found.silent_sets == found.silent_of else f"the first {found.silent_sets} of"
    return (
        f"{some} {found.of} combinations of {', '.join(found.fields)}, which fall into {counted(found.groups, 'group')} by the duties that "
        f"apply; {silent} {found.silent_of} sets of two to four facts about which nobody might speak; "
        "a value stands for every value that no clause tells apart from it"
    )


def _gap(number: int, one: SupportGap, sources: Mapping[str, Pack], width: int) -> Iterator[str]:
    yield from _lines(f"{number}. {one.gap.kind}: {one.gap.why}", width, 0, 3)
    if one.issue:
        groups = f"in {counted(one.groups, 'group')} of deployments"
        yield from _lines(f"{one.provider} as the support provider, an issue {RELATED[one.issue]}; {groups}", width, 3)
    if one.gap.course:
        yield from _lines("after", width, 3)
        yield from course_lines(one.gap.course, width, 5)
    for clause in one.gap.clauses:
        quote, place = cited(clause, sources[clause.id])
        yield from _lines(f'"{quote}"' if quote else clause.says, width, 3, 4)
        yield from _lines(f"{place}; {clause.id}", width, 3, 5)
    yield from _lines("shown by this deployment:", width, 3)
    yield from (f"     {line}" for line in deployment_file(one.witness, name_of(number)).splitlines())
    for other in one.others:
        yield from _lines(f"and by {in_short(other)}", width, 3, 5)


def _lines(text: str, width: int, first: int, rest: int | None = None) -> Iterator[str]:
    indent = first if rest is None else rest
    yield from wrap(text, width, initial_indent=" " * first, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def render_json(found: Found, as_of: str) -> str:
    """Return the gaps as JSON."""
    document = {
        "schema": SCHEMA,
        "as_of": as_of,
        "looked_at": {
            "fields": list(found.fields),
            "combinations": found.combinations,
            "of": found.of,
            "groups": found.groups,
            "silent_sets": found.silent_sets,
            "silent_of": found.silent_of,
            "whole": found.whole,
        },
        "gaps": [
            {
                "kind": one.gap.kind,
                "why": one.gap.why,
                "provider": one.provider or None,
                "issue": RELATED.get(one.issue),
                "groups": one.groups,
                "course": course_of(one.gap.course),
                "clauses": [clause_of(clause) for clause in one.gap.clauses],
                "witness": {
                    "facts": _plain(one.witness),
                    "deployment_file": deployment_file(one.witness, name_of(number)),
                },
                "others": [_plain(other) for other in one.others],
            }
            for number, one in enumerate(found.gaps, 1)
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plain(facts: Facts) -> dict[str, Any]:
    return {field: None if value is ABSENT else value for field, value in facts}
