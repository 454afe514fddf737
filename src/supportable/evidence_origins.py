"""The use case of `supportable facts --why`: evidence and the name of a field -> how its value came about, as text or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.origins import origins
from supportable.errors import UsageError, nearest
from supportable.gathering import Gathered, gather


def why(name: str, paths: Sequence[Path | str], form: str, width: int) -> str:
    """Return where the value of a field, or the items of a listing, came from; raise `UsageError` for a name that is neither."""
    from supportable.reports import origins as report

    known = [*FIELDS, *LISTINGS]
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean `{near}`? All fields: `supportable facts --fields`" if near else "all fields: `supportable facts --fields`"
        raise UsageError(f"unknown field `{name}`", None, hint)
    found = gather(paths) if paths else Gathered("", (), (), ())
    told = origins(name, found.observations)
    return report.render(told, found.read, found.unread, width) if form == "text" else report.render_json(told, found.read, found.unread)
