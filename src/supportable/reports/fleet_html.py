"""What became of a fleet -> HTML pages that stand alone: `fleet check`, `fleet forecast` and `fleet diff`, with pictures.

In: values of `core/fleet_results.py`. Out: one page, by the template and the rules of `pages`. Every picture has its numbers beside it as
text. What one would get wrong: nothing is shown by colour alone, so a level is a pattern too; and the page's policy allows no style in an
attribute, so the places in a picture are attributes of its elements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from supportable.core.fleet_results import (
    KINDS,
    LEVELS,
    NOT_THERE,
    FleetCheck,
    FleetDiff,
    FleetForecast,
    IssuerDiff,
    IssuerForecast,
    IssuerSummary,
    Shares,
)
from supportable.reports.fleet_pictures import Part, bar, curve
from supportable.reports.fleet_words import (
    OWED_TO,
    added_up,
    by_level,
    how_to_get,
    kind_of,
    largest,
    levels_in_words,
    many,
    next_drop,
    number,
    owed,
    owed_in_all,
    share,
    turn_words,
)
from supportable.reports.pages import page

FOLDED_AFTER = 20
LISTED_AT_MOST = 200
"""Of examples: rows that were set aside, unknown names, duplicate keys."""

_FILLS = {one: one.replace(" ", "-") for one in (*LEVELS, NOT_THERE, *OWED_TO)}
_TONES = {"full": "full", "limited": "limited", "unsupported": "unsupported", "undecided": "open"}


def _owed(shares: Shares) -> list[tuple[str, str]]:
    """Return what a change is owed to, with a true minus sign."""
    return [(name, text.replace("-", "−")) for name, text in owed(shares)]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "share": share,
    "many": many,
    "kind_of_move": lambda count, kind: kind_of(kind, count),
    "how_to_get": how_to_get,
    "by_level": by_level,
    "largest": largest,
    "fill": lambda name: _FILLS.get(name, "plain"),
    "owed": _owed,
    "owed_in_all": owed_in_all,
    "spoken": levels_in_words,
    "owed_spoken": lambda shares: "owed to " + ", ".join(f"{name} {text}" for name, text in _owed(shares)),
    "turn_words": turn_words,
    "next_drop": next_drop,
}
"""What the parts that pages of fleets share need; a page that uses these parts needs them all."""


def render_check(found: FleetCheck) -> str:
    """Return the page of `fleet check`: levels, reasons, what to fetch next, groups, and what was not understood."""
    return _page("fleet_check.html.jinja", found, tone=_tone, reports=(("", found.report),))


def render_forecast(found: FleetForecast) -> str:
    """Return the page of `fleet forecast`: the levels over time, and the days on which deployments move."""
    return _page("fleet_forecast.html.jinja", found, curve=curve, levels_shown=_levels_shown, reports=(("", found.report),))


def render_diff(found: FleetDiff) -> str:
    """Return the page of `fleet diff`: levels before and after, the moves, what they are owed to, and the clauses behind them."""
    places = [""] if len(found.reports) == 1 else [found.before.where, found.after.where]
    reports = tuple(zip(places, found.reports, strict=False))
    return _page(
        "fleet_diff.html.jinja",
        found,
        reports=reports,
        because=_because,
        shares=_shares,
        wholes=_wholes,
        levels_of=lambda one: [level for level, _ in by_level(added_up((one.before, one.after)))],
        some_below=lambda one: any(part < 0 for change in one.changes for part in change.shares),
        owed_words_of={"evidence": "another inventory", "policy": "other clauses or publications", "calendar": "another day"},
    )


def _page(template: str, found: Any, **values: Any) -> str:
    return page(template, FILTERS, found=found, bar=_bar, folded_after=FOLDED_AFTER, listed=LISTED_AT_MOST, **values)


def _bar(levels: Mapping[str, int], whole: int | None = None) -> tuple[Part, ...]:
    counted = by_level(levels)
    return bar(counted, sum(count for _, count in counted) if whole is None else whole)


def _tone(one: IssuerSummary) -> str:
    """Return the tone of the level that most deployments have."""
    counted = by_level(one.levels)
    return _TONES.get(max(counted, key=lambda entry: entry[1])[0], "silent") if counted else "silent"


def _levels_shown(one: IssuerForecast) -> list[str]:
    """Return the levels that a forecast has at any time."""
    return [level for level, _ in by_level(added_up(levels for _, levels in one.steps))]


def _wholes(one: IssuerDiff) -> int:
    """Return the length of the longer of the two bars, so that both have one measure."""
    return max(sum(one.before.values()), sum(one.after.values()))


def _shares(shares: Shares) -> tuple[Part, ...]:
    """Return the bar of what is owed to what; a share below nothing has no part in it, and the others fill the bar."""
    parts = [max(Fraction(0), part) for part in shares]
    return bar(zip(OWED_TO, parts, strict=True), sum(parts, Fraction(0)))


def _because(one: IssuerDiff) -> Sequence[tuple[str, Any]]:
    """Return the clauses behind each kind of move, worst first."""
    kinds = (*KINDS, *(kind for kind in one.because if kind not in KINDS))
    return [(kind, one.because[kind]) for kind in kinds if one.because.get(kind)]
