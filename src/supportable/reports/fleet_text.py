"""What became of a fleet, in words, for a terminal.

In: what `fleets` hands over. Out: text: levels first, then the reasons, then what to fetch next, then groups, then what could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from supportable.core.fleet_results import FleetCheck, Group, IssuerSummary, Reason
from supportable.reports.fleet_words import largest, level_words, levels_in_words, many, number, share
from supportable.reports.wording import printable

# The space between two groups of a number: no line ends there.
_GROUPED = re.compile(r"(?<=\d) (?=\d{3}(?!\w))")
SHOWN = 10
GROUPS_SHOWN = 5


def render_check(fleet: FleetCheck, width: int = 80) -> str:
    """Return the summary of `fleet check`."""
    dates = f"judged for {fleet.as_of} by what was published until {fleet.known}"
    lines = list(filled(f"{printable(fleet.where)}: {many(fleet.report.deployments)}, {dates}", width, 0, 2))
    for one in fleet.issuers:
        lines += ["", *_issuer(one, fleet.says, width)]
    if not fleet.issuers:
        lines += ["", "No pack was asked."]
    lines += ["", "Not read, or not understood", *unread(fleet.report, width)]
    return "\n".join(lines) + "\n"


"""The name that `fleets` calls it by."""


def filled(text: str, width: int, first: int, rest: int) -> Iterator[str]:
    """Yield the lines of a text; words that are longer than a line stay whole, so that a key can be copied."""
    held = _GROUPED.sub("\0", text)
    lines = wrap(held, width, initial_indent=" " * first, subsequent_indent=" " * rest, break_long_words=False, break_on_hyphens=False)
    yield from (line.replace("\0", " ") for line in lines)


def counted_line(count: int, text: str, width: int) -> Iterator[str]:
    """Yield a number, and beside it what it is the number of."""
    yield from filled(f"{number(count):>12}  {text}", width, 2, 16)


def clause_words(clause: str, says: Mapping[str, str]) -> str:
    """Return a clause with what it says."""
    said = printable(says.get(clause, ""))
    return f"{printable(clause)}: {said}" if said else printable(clause)


def reason_lines(reasons: Sequence[Reason], says: Mapping[str, str], width: int) -> Iterator[str]:
    """Yield the clauses behind a change, each with a deployment."""
    for one in reasons[:SHOWN]:
        yield from counted_line(one.deployments, f"{clause_words(one.clause, says)}; such as `{printable(one.key)}`", width)
    yield from _more(reasons)


def level_lines(levels: Iterable[tuple[str, int]], whole: int) -> Iterator[str]:
    """Yield a line for each level that any deployment has."""
    for level, count in levels:
        if count:
            yield f"  {number(count):>12}  {share(count, whole):>7}  {level_words(level)}"


def _issuer(one: IssuerSummary, says: Mapping[str, str], width: int) -> Iterator[str]:
    whole = sum(one.levels.values())
    yield printable(one.issuer)
    if not whole:
        yield "  no deployment was judged"
    yield from level_lines(one.levels.items(), whole)
    if one.failed:
        yield "Why not full"
        for clause, count in one.failed[:SHOWN]:
            said = printable(says.get(clause, ""))
            yield from counted_line(count, f"{printable(clause)} does not hold{': ' if said else ''}{said}", width)
        yield from _more(one.failed)
    undecided = one.levels.get("undecided", 0)
    if undecided:
        yield "Not known"
        for clause, count in one.unknown[:SHOWN]:
            yield from counted_line(count, f"{printable(clause)} is unknown", width)
        yield from _more(one.unknown)
        yield "Fetch next"
        for field, count in one.deciding[:SHOWN]:
            text = f"{printable(field)} alone decides {share(count, one.searched)} of the undecided, whatever it turns out to be"
            yield from counted_line(count, text, width)
        if not one.deciding:
            yield from filled("no single fact decides any of them; the table names what does, deployment by deployment", width, 2, 4)
        if one.searched < undecided:
            text = f"worked out for {number(one.searched)} of {number(undecided)} undecided; the others differ too much to try each"
            yield from filled(text, width, 2, 4)
    for name, groups in one.groups.items():
        yield from _groups(name, groups, width)


def _groups(name: str, groups: Sequence[Group], width: int) -> Iterator[str]:
    """Yield the largest groups; a single group without a value says nothing that the levels do not."""
    if not groups or [group.value for group in groups] == [None]:
        return
    cut = largest(groups, GROUPS_SHOWN)
    yield from filled(f"By {printable(name)}", width, 0, 2)
    for group in cut.shown:
        value = "not known" if group.value is None else printable(group.value)
        yield from counted_line(group.deployments, f"{value}: {levels_in_words(group.levels)}", width)
    if cut.others:
        text = f"in {many(cut.others, 'other group')}: {levels_in_words(cut.rest)}"
        yield from counted_line(cut.rest_deployments, text, width)


def _more(ranked: Sequence[object]) -> Iterator[str]:
    if len(ranked) > SHOWN:
        yield f"  {'':>12}  and {many(len(ranked) - SHOWN, 'clause')} more"


def unread(report: Any, width: int) -> Iterator[str]:
    """Yield what became of the rows of an inventory that were not taken, and the names that nobody knew."""
    yield from filled(f"{number(report.rows)} rows read, {number(report.rows_set_aside)} set aside", width, 2, 4)
    for reason, count in report.reasons[:SHOWN]:
        yield from counted_line(count, printable(reason), width)
    for name in report.unknown_names[:SHOWN]:
        text = f"`{printable(name.text)}` in column `{printable(name.column)}` is not known: add it to the mapping"
        yield from counted_line(name.rows, text, width)
    if len(report.unknown_names) > SHOWN:
        yield f"  {'':>12}  and {number(len(report.unknown_names) - SHOWN)} more names"
