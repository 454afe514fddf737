"""What became of a fleet, in words, for a terminal.

In: what `fleets` hands over. Out: text: levels first, then the reasons, then what to fetch next, then what could not be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from supportable.core.fleet_results import FleetCheck, IssuerSummary
from supportable.reports.wording import counted, printable

SHOWN = 10


def number(count: int) -> str:
    """Return a number with thin groups of three.

    >>> number(1234567)
    '1 234 567'
    """
    return f"{count:,}".replace(",", " ")


def render(fleet: FleetCheck, width: int) -> str:
    """Return the summary."""
    dates = f"judged for {fleet.as_of} by what was published until {fleet.known}"
    lines = list(_lines(f"{printable(fleet.where)}: {number(fleet.report.deployments)} deployments, {dates}", width, 0, 2))
    for one in fleet.issuers:
        lines += ["", *_issuer(one, fleet.says, width)]
    lines += ["", "Not read, or not understood", *_unread(fleet.report, width)]
    return "\n".join(lines) + "\n"


def _lines(text: str, width: int, first: int, rest: int) -> Iterator[str]:
    yield from wrap(text, width, initial_indent=" " * first, subsequent_indent=" " * rest, break_long_words=False, break_on_hyphens=False)


def _share(count: int, whole: int) -> str:
    return f"{100 * count / whole:.1f} %" if whole else "-"


def _issuer(one: IssuerSummary, says: Mapping[str, str], width: int) -> Iterator[str]:
    whole = sum(one.levels.values())
    yield f"{one.issuer}"
    for level, count in one.levels.items():
        if count:
            words = {"silent": "the documents say nothing"}.get(level, level)
            yield f"  {number(count):>12}  {_share(count, whole):>7}  {words}"
    if one.failed:
        yield "Why not full"
        for clause, count in one.failed[:SHOWN]:
            yield from _lines(f"{number(count):>12}  {clause} does not hold: {says.get(clause, '')}", width, 2, 18)
        yield from _more(one.failed)
    undecided = one.levels.get("undecided", 0)
    if undecided:
        yield "Not known"
        for clause, count in one.unknown[:SHOWN]:
            yield from _lines(f"{number(count):>12}  {clause} is unknown", width, 2, 18)
        yield from _more(one.unknown)
        yield "Fetch next"
        for field, count in one.deciding[:SHOWN]:
            text = f"{number(count):>12}  {field} alone decides {_share(count, one.searched)} of the undecided, whatever it turns out to be"
            yield from _lines(text, width, 2, 18)
        if not one.deciding:
            yield from _lines("no single fact decides any of them; the table names what does, deployment by deployment", width, 2, 4)
        if one.searched < undecided:
            text = f"worked out for {number(one.searched)} of {number(undecided)} undecided; the others differ too much to try each"
            yield from _lines(text, width, 2, 4)


def _more(ranked: Sequence[tuple[str, int]]) -> Iterator[str]:
    if len(ranked) > SHOWN:
        yield f"  {'':>12}  and {counted(len(ranked) - SHOWN, 'clause')} more"


def _unread(report: Any, width: int) -> Iterator[str]:
    yield from _lines(f"{number(report.rows)} rows read, {number(report.rows_set_aside)} set aside", width, 2, 4)
    for reason, count in report.reasons[:SHOWN]:
        yield from _lines(f"{number(count):>12}  {printable(reason)}", width, 2, 18)
    for name in report.unknown_names[:SHOWN]:
        yield from _lines(
            f"{number(name.rows):>12}  `{printable(name.text)}` in column `{printable(name.column)}` is not known: add it to the mapping",
            width,
            2,
            18,
        )
    if len(report.unknown_names) > SHOWN:
        yield f"  {'':>12}  and {number(len(report.unknown_names) - SHOWN)} more names"
