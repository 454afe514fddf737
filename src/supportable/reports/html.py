"""A judgement -> one HTML page that stands alone: no script, no address it fetches from, readable on a phone and on paper.

In: a judgement. Out: the page, by the template and the rules of `pages`.
"""

from __future__ import annotations

from typing import NamedTuple

from supportable.core.clauses import Level
from supportable.core.verdict import Judgement
from supportable.reports.outline import outline
from supportable.reports.pages import page

_SCALE = tuple(level.word for level in sorted(Level))
_LEFT, _STEP = 42, 108
FEW = 6
"""More places than this fold into a `<details>`."""


def render(judgement: Judgement) -> str:
    """Return the page."""
    return page("verdict.html.jinja", page=outline(judgement), scale=scale, few=FEW)


class Tick(NamedTuple):
    """One level on the drawn scale: its word, where it stands, and whether it lies within the range."""

    word: str
    x: int
    within: bool


class Scale(NamedTuple):
    """The drawn scale: its levels, and the ends of the range (`None` where the issuer says nothing)."""

    ticks: tuple[Tick, ...]
    from_x: int | None
    to_x: int | None
    spoken: str


def scale(worst: str, best: str) -> Scale:
    """Return where the range between two levels lies on the scale from unsupported to full; empty levels for no range."""
    places = {word: _LEFT + number * _STEP for number, word in enumerate(_SCALE)}
    if not worst or not best:
        return Scale(tuple(Tick(word, x, False) for word, x in places.items()), None, None, "no level: the documents say nothing")
    from_x, to_x = places[worst], places[best]
    spoken = worst if worst == best else f"between {worst} and {best}"
    order = ", ".join(_SCALE)
    return Scale(tuple(Tick(word, x, from_x <= x <= to_x) for word, x in places.items()), from_x, to_x, f"{spoken}, on the scale {order}")
