"""A judgement -> one HTML page that stands alone: no script, no address it fetches from, readable on a phone and on paper.

In: a judgement. Out: the page. Jinja2 escapes every value; the page's own Content-Security-Policy allows nothing but the one
style sheet inside it, named by its hash, so that even a value that slipped through could not run or load anything.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import NamedTuple

from supportable.core.clauses import Level
from supportable.core.verdict import Judgement
from supportable.reports.outline import Opinion, outline
from supportable.reports.wording import counted, pieces

_TEMPLATE = Path(__file__).with_name("verdict.html.jinja")
_SCALE = tuple(level.word for level in sorted(Level))
_LEFT, _STEP = 42, 108
FEW = 6
"""More places than this fold into a `<details>`."""


def render(judgement: Judgement) -> str:
    """Return the page."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters |= {"pieces": pieces, "csp_hash": _csp_hash, "sentence": _sentence, "counted": counted}
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(page=outline(judgement), scale=_scale, few=FEW)


def _csp_hash(style: str) -> str:
    """Return the source expression that allows exactly this style sheet."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _sentence(text: str) -> str:
    """Return `text` with a capital at its beginning."""
    return text[:1].upper() + text[1:]


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


def _scale(opinion: Opinion) -> Scale:
    """Return where the range of an opinion lies on the scale from unsupported to full."""
    places = {word: _LEFT + number * _STEP for number, word in enumerate(_SCALE)}
    if not opinion.worst or not opinion.best:
        return Scale(tuple(Tick(word, x, False) for word, x in places.items()), None, None, "no level: the documents say nothing")
    from_x, to_x = places[opinion.worst], places[opinion.best]
    spoken = opinion.worst if opinion.worst == opinion.best else f"between {opinion.worst} and {opinion.best}"
    order = ", ".join(_SCALE)
    return Scale(tuple(Tick(word, x, from_x <= x <= to_x) for word, x in places.items()), from_x, to_x, f"{spoken}, on the scale {order}")
