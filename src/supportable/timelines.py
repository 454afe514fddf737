"""The use case of a timeline: evidence and packs with all their dates -> what is told of one deployment over time, in a format.

In: paths, and the days that are asked about. Out: a `Timeline`, and texts. Waivers among the evidence count on the days they cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from supportable import app
from supportable.core.timeline import Asked, Timeline, timeline
from supportable.gathering import read_evidence

FORMATS = ("text", "json", "html", "ics")


def timeline_of(paths: Sequence[Path | str], asked: Asked, *, documents: Sequence[str] = (), packs: Sequence[Path | str] = ()) -> Timeline:
    """Read evidence and judge it on every day on which anything may change, by the packs that ship and `packs`."""
    whole = app.whole_packs(packs, documents)
    reading = read_evidence(paths)
    return timeline(reading.deployment, whole, asked, reading.waivers)._replace(read=reading.read, unread=reading.unread)


def render(found: Timeline, form: str, width: int = 80) -> str:
    """Return a timeline in one of `FORMATS`."""
    module = import_module(f"supportable.reports.timeline_{form}")
    return str(module.render(found, width) if form == "text" else module.render(found))
