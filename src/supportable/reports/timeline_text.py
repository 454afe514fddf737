"""A timeline -> text for a terminal: what holds now, then each issuer's spans with what lies between them, then what was judged.

In: a `Timeline` and a width. Out: lines of at most that width. What one would get wrong: a turn stands between the spans it divides.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from supportable.core.timeline import Course, Timeline, Turn
from supportable.reports.timeline_words import days, heading, last_known, level, now, remark, silent, told
from supportable.reports.wording import counted, printable, read_in_words

CLAUSES_SHOWN = 6


def render(found: Timeline, width: int = 80) -> str:
    """Return the report."""
    lines = _wrapped(heading(found), 0, 2, width)
    speaking = [one for one in found.courses if one.speaks]
    lines += [""]
    for course in speaking:
        answer = now(course, found.asked.as_of)
        lines += _wrapped(f"{course.issuer}: {answer}", 0, 2, width) if answer else []
    lines += _wrapped(silent(found), 0, 2, width)
    for course in speaking:
        lines += ["", f"Over time: {course.issuer}", *_course(course, width)]
    left_out = [line for one in found.unread for line in _wrapped(f"{printable(one.file)}: {one.reason}", 2, 4, width)]
    lines += ["", "Not read", *left_out] if left_out else []
    lines += [""]
    for course in speaking:
        lines += _wrapped(judged(course), 0, 2, width)
    lines += _wrapped(f"read: {read_in_words(found.read)}", 0, 2, width)
    return "\n".join(lines) + "\n"


def judged(course: Course) -> str:
    """Return what an issuer's course was judged by, and where the turns are."""
    by = f"judged by {counted(course.clauses, 'clause')} of {counted(course.documents, 'document')} of {course.issuer}"
    return f"{by}; the answer changes on {counted(len(course.turns), 'day')}"


def _course(course: Course, width: int) -> Iterator[str]:
    for number, span in enumerate(course.spans):
        yield from _wrapped(f"{days(span)}: {level(span.verdict)}", 2, 4, width)
        if number < len(course.turns):
            yield from _turn(course.turns[number], remark(course, number), width)
    yield from _wrapped(last_known(course), 2, 4, width)


def _turn(turn: Turn, remarked: str, width: int) -> Iterator[str]:
    yield f"    on {turn.day}{': ' + remarked if remarked else ''}"
    for one in told(turn):
        for event in one.happened:
            yield from _wrapped(event, 6, 8, width)
        if one.quote:
            yield from _wrapped(f'"{one.quote}"', 8, 9, width)
        if one.place:
            yield from _wrapped(one.place, 8, 8, width)
        for clause in one.clauses[:CLAUSES_SHOWN]:
            yield from _wrapped(clause, 8, 10, width)
        if len(one.clauses) > CLAUSES_SHOWN:
            yield f"        and {counted(len(one.clauses) - CLAUSES_SHOWN, 'clause')} more; other formats name them"


def _wrapped(text: str, first: int, rest: int, width: int) -> list[str]:
    return wrap(text, width, initial_indent=" " * first, subsequent_indent=" " * rest, break_long_words=False, break_on_hyphens=False)
