"""A timeline -> one HTML page that stands alone: for each issuer a picture of the level over time, and the days on which it changes.

In: a `Timeline`. Out: the page, by the template and the rules of `pages`; patterns are those of the pages of fleets. What one
would get wrong: nothing is shown by colour alone, and no style stands in an attribute, because the page's policy allows none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from supportable.core.timeline import Course, Timeline
from supportable.reports.fleet_html import FILTERS
from supportable.reports.pages import page
from supportable.reports.timeline_pictures import LANES, picture
from supportable.reports.timeline_text import judged
from supportable.reports.timeline_words import days, heading, last_known, now, remark, silent, state, told
from supportable.reports.wording import answer, read_in_words

CLAUSES_SHOWN = 6
_TONES = {"undecided": "open"}


_WORDS: Mapping[str, Callable[..., Any]] = {
    "days": days,
    "answer": answer,
    "now": now,
    "told": told,
    "remark": remark,
    "judged": judged,
    "last_known": last_known,
    "tone": lambda verdict: _TONES.get(state(verdict), state(verdict)),
    "states": lambda course: _states(course),
}


def render(found: Timeline) -> str:
    """Return the page."""
    return page(
        "timeline.html.jinja",
        {**FILTERS, **_WORDS},
        found=found,
        title=heading(found),
        silent=silent(found),
        picture=picture,
        lanes=[(word, f"{(100 * number + 50) / len(LANES):.3f}%") for number, word in enumerate(LANES)],
        edges=[f"{100 * number / len(LANES):.3f}%" for number in range(1, len(LANES))],
        read=read_in_words(found.read),
        few=CLAUSES_SHOWN,
        reports=(),
    )


def _states(course: Course) -> list[str]:
    """Return the states that a course has, best first."""
    found = {state(one.verdict) for one in course.spans}
    return [one for one in (*LANES, "undecided", "silent") if one in found]
