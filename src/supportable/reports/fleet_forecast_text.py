"""What becomes of a fleet if nobody changes anything, in words, for a terminal.

In: a `FleetForecast`. Out: text: for each issuer the next drop, the levels from each day on, and the days on which deployments move.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from supportable.core.fleet_results import FleetForecast, IssuerForecast, Turn
from supportable.reports.fleet_text import counted_line, filled, reason_lines, unread
from supportable.reports.fleet_words import added_up, by_level, kind_of, many, next_drop, number, turn_words
from supportable.reports.wording import printable


def render_forecast(found: FleetForecast, width: int = 80) -> str:
    """Return the forecast of `fleet forecast`."""
    dates = f"from {found.first} to {found.until} if nobody changes anything, by what was published until {found.known}"
    lines = list(filled(f"{printable(found.where)}: {many(found.report.deployments)}, {dates}", width, 0, 2))
    for one in found.issuers:
        lines += ["", *_issuer(one, found, width)]
    if not found.issuers:
        lines += ["", "No pack was asked."]
    lines += ["", "Not read, or not understood", *unread(found.report, width)]
    return "\n".join(lines) + "\n"


def _issuer(one: IssuerForecast, found: FleetForecast, width: int) -> Iterator[str]:
    yield printable(one.issuer)
    drop = next_drop(one)
    if drop is not None:
        yield from filled(f"next drop: {drop.day}, {many(drop.falling)}", width, 2, 4)
    else:
        judged = any(count for _, levels in one.steps for count in levels.values())
        yield f"  {'no deployment falls' if one.turns else 'nothing moves'} until {found.until}" if judged else "  no deployment was judged"
    yield from _steps(one)
    for turn in one.turns:
        yield from _turn(turn, found.says, width)


def _steps(one: IssuerForecast) -> Iterator[str]:
    """Yield a table: a row for each day, a column for each level that any deployment ever has."""
    names = [level for level, _ in by_level(added_up(levels for _, levels in one.steps))]
    if not names:
        return
    wide = [max(len(name), *(len(number(levels.get(name, 0))) for _, levels in one.steps)) for name in names]
    yield "  " + "  ".join([f"{'from':<10}", *(f"{name:>{room}}" for name, room in zip(names, wide, strict=True))])
    for day, levels in one.steps:
        cells = (f"{number(levels.get(name, 0)):>{room}}" for name, room in zip(names, wide, strict=True))
        yield "  " + "  ".join([f"{day:<10}", *cells])


def _turn(turn: Turn, says: Mapping[str, str], width: int) -> Iterator[str]:
    yield from filled(f"{turn.day}: {turn_words(turn)}", width, 0, 2)
    for move in turn.moves:
        words = f"{kind_of(move.kind, move.deployments)}: {move.before} -> {move.after}; such as `{printable(move.key)}`"
        yield from counted_line(move.deployments, words, width)
    if turn.falls_because:
        yield "  they fall because of"
        yield from reason_lines(turn.falls_because, says, width)
    if turn.others_because:
        yield "  the others move because of" if turn.falling else "  they move because of"
        yield from reason_lines(turn.others_because, says, width)
