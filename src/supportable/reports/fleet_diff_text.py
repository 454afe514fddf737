"""What changed in a fleet, in words, for a terminal.

In: a `FleetDiff`. Out: text: both sides, and for each issuer the levels before and after, the moves, what they are owed to, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from supportable.core.fleet_results import KINDS, FleetDiff, IssuerDiff, Shares, Side
from supportable.reports.fleet_text import counted_line, filled, reason_lines, unread
from supportable.reports.fleet_words import KINDS_OF_MANY, added_up, by_level, kind_of, many, number, owed, owed_in_all
from supportable.reports.wording import printable


def render_diff(found: FleetDiff, width: int = 80) -> str:
    """Return the comparison of `fleet diff`."""
    lines = [*_side("before", found.before, width), *_side("after", found.after, width)]
    for one in found.issuers:
        lines += ["", *_issuer(one, found.says, width)]
    if not found.issuers:
        lines += ["", "No pack was asked."]
    places = [""] if len(found.reports) == 1 else [f": {printable(side.where)}" for side in (found.before, found.after)]
    for place, report in zip(places, found.reports, strict=False):
        lines += ["", *filled(f"Not read, or not understood{place}", width, 0, 2), *unread(report, width)]
    return "\n".join(lines) + "\n"


def _side(name: str, side: Side, width: int) -> Iterator[str]:
    dates = f"judged for {side.as_of} by what was published until {side.known}"
    yield from filled(f"{name}: {printable(side.where)}, by {printable(side.packs)}, {dates}", width, 0, 2)


def _issuer(one: IssuerDiff, says: Mapping[str, str], width: int) -> Iterator[str]:
    yield printable(one.issuer)
    moved = sum(change.move.deployments for change in one.changes)
    yield f"  {many(moved)} changed" if moved else "  nothing changed"
    yield from _levels(one)
    if one.changes:
        yield from filled(f"owed to {_owed(owed_in_all(one.changes))}", width, 2, 4)
        yield "Moves"
    for move, shares in one.changes:
        kind = kind_of(move.kind, move.deployments)
        words = f"{kind}: {move.before} -> {move.after}; owed to {_owed(shares)}; such as `{printable(move.key)}`"
        yield from counted_line(move.deployments, words, width)
    for kind in (*KINDS, *(kind for kind in one.because if kind not in KINDS)):
        if one.because.get(kind):
            yield f"Behind those that {KINDS_OF_MANY.get(kind, kind)}"
            yield from reason_lines(one.because[kind], says, width)


def _owed(shares: Shares) -> str:
    return ", ".join(f"{name} {text}" for name, text in owed(shares))


def _levels(one: IssuerDiff) -> Iterator[str]:
    """Yield a table: a row for each level, with what it has before and after, and the difference."""
    names = [level for level, _ in by_level(added_up((one.before, one.after)))]
    if names:
        yield f"  {'':<12}{'before':>16}{'after':>16}{'change':>16}"
    for name in names:
        before, after = one.before.get(name, 0), one.after.get(name, 0)
        change = f"{'+' if after > before else ''}{number(after - before)}"
        yield f"  {name:<12}{number(before):>16}{number(after):>16}{change:>16}"
