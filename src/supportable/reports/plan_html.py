"""A plan -> one HTML page that stands alone: what to do, in which order with a picture, and why nothing cheaper does.

In: a `Planned`. Out: the page, by the template and the rules of `pages`; the words are those of `plan_words`. What one would get wrong:
nothing is shown by colour alone, and no style stands in an attribute, because the page's policy allows none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from supportable.core.plan_steps import Planned
from supportable.reports.fleet_html import FILTERS
from supportable.reports.fleet_pictures import bar
from supportable.reports.pages import page
from supportable.reports.path_pictures import picture
from supportable.reports.path_words import path_page
from supportable.reports.plan_words import MINDING, page_of
from supportable.reports.wording import read_in_words

FOLDED_AFTER = 12
"""Steps of one stage."""

_TONES = {"undecided": "open"}
_KINDS = {"first": "find out first", "look": "look first", "change": "change", "choose": "comes with other work"}
_WORDS: Mapping[str, Callable[..., Any]] = {
    "tone": lambda state: _TONES.get(state, state),
    "kind": lambda step: _KINDS[step.kind],
}


def render(planned: Planned) -> str:
    """Return the page."""
    told = page_of(planned)
    ways = planned.plan.ways
    return page(
        "plan.html.jinja",
        {**FILTERS, **_WORDS},
        page=told,
        minding=MINDING,
        costs=[one.cost for one in ways[0].steps] if ways else [],
        whole=ways[0].cost if ways else 0,
        bar=bar,
        path=path_page(planned.path) if planned.path is not None else None,
        drawn=picture(planned.path) if planned.path is not None else None,
        folded=FOLDED_AFTER,
        read=read_in_words(planned.read),
        reports=(),
        styles=("plan_style.css.jinja",),
    )
