"""How the value of a field came about -> text or JSON: every source with what it says, what was translated by whom, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from supportable.core.deployment import redacted
from supportable.core.facts import ABSENT, THIS_MACHINE, Known, Observation, Unknown
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.origins import Origin, Origins
from supportable.core.verdict import Unread
from supportable.reports.wording import collect, printable, shown

_WHY = {
    "nobody-looked": "it is unknown because nobody looked: nothing in the evidence says it",
    "sources-disagree": "it is unknown because sources disagree; each says",
    "machine-not-named": "it is unknown because what was found may be of another machine",
    "other-facts": "it is unknown",
}


def render(told: Origins, read: tuple[tuple[str, str], ...], unread: tuple[Unread, ...], width: int) -> str:
    """Return the field in words, then each fact with all that was found about it."""
    readers = dict(read)
    lines = list(_paragraph(f"{told.field}: {_meaning(told.field)}", width, ""))
    for origin in told.origins:
        if told.field not in LISTINGS or origin.observations:
            lines += ["", *_origin(origin, readers, width)]
    if told.listing is not None:
        lines += ["", *_listing(told, readers, width)]
    if told.stray:
        lines += ["", *_paragraph("Of a machine that no file names near enough, so that it counts for none:", width, "")]
    for one in told.stray:
        lines += _found(one, readers, width)
    whole = told.listing is None or told.listing.complete
    open_ones = not whole or any(one.why_unknown for one in told.origins)
    if open_ones:
        lines += ["", *_paragraph(f"How to get it: {collect(told.field)}", width, "")]
    if unread and open_ones:
        lines += ["", f"Files that were not read, and may say it: {len(unread)}"]
        for file in unread[:20]:
            lines += _paragraph(f"{printable(file.file)}: {printable(file.reason)}", width, "  ")
        lines += [f"  and {len(unread) - 20} more; `supportable facts` lists all"] if len(unread) > 20 else []
    return "\n".join(lines) + "\n"


def _meaning(name: str) -> str:
    if name in LISTINGS:
        return LISTINGS[name].meaning
    field = FIELDS[name]
    return f"{field.meaning} ({', '.join(field.values)})" if 0 < len(field.values) <= 12 else f"{field.meaning} ({field.kind})"


def _origin(origin: Origin, readers: dict[str, str], width: int) -> Iterator[str]:
    of = "" if origin.item is None or origin.field in LISTINGS else f" of {printable(origin.item)}"
    reason = origin.why_unknown
    if origin.field in LISTINGS:
        yield from _paragraph(f"{printable(origin.item or '')} is named", width, "")
    elif reason is None:
        yield from _paragraph(f"{origin.field}{of} = {shown(origin.fact)}", width, "")
    else:
        more = f": {printable(origin.fact.reason)}" if origin.concluded and isinstance(origin.fact, Unknown) else ""
        yield from _paragraph(f"{origin.field}{of}: {_WHY[reason]}{more}", width, "")
    if origin.concluded and origin.field not in LISTINGS:
        yield from _paragraph(f"concluded from {', '.join(printable(str(one)) for one in origin.fact.sources)}", width, "    ")
    for one in origin.observations:
        yield from _found(one, readers, width)
    if any(one.item == THIS_MACHINE for one in origin.observations):
        note = f"a file that does not name its machine belongs to the only one named nearest to it: {printable(origin.item or '')}"
        yield from _paragraph(note, width, "    ")


def _found(one: Observation, readers: dict[str, str], width: int) -> Iterator[str]:
    reader = readers.get(one.source.file)
    by = f", read as {reader}" if reader else ", read in part"
    yield from _paragraph(f"`{_value(one)}` in {printable(str(one.source))}{by}", width, "    ")
    if one.written is not None:
        named = f", by {printable(one.named_by)}" if one.named_by else ", by its reader"
        yield from _paragraph(f"written `{printable(redacted(one.written))}`{named}", width, "      ")


def _value(one: Observation) -> str:
    if one.value is ABSENT:
        return "none"
    return str(one.value).lower() if isinstance(one.value, bool) else printable(redacted(str(one.value)))


def _listing(told: Origins, readers: dict[str, str], width: int) -> Iterator[str]:
    listing = told.listing
    assert listing is not None
    name = told.field if told.field in LISTINGS else FIELDS[told.field].listing or ""
    if not listing.items and not listing.sources:
        yield from _paragraph(f"The list of {name} is unknown: no evidence names any.", width, "")
        return
    state = "complete" if listing.complete else f"not complete: {printable(listing.reason)}"
    yield from _paragraph(f"The list of {name} is {state}.", width, "")
    for one in told.listed:
        reader = readers.get(one.source.file, "in part")
        yield from _paragraph(
            f"{', '.join(map(printable, one.names)) or 'none'} in {printable(str(one.source))}, read as {reader}", width, "    "
        )


def _paragraph(text: str, width: int, indent: str) -> list[str]:
    return wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def render_json(told: Origins, read: tuple[tuple[str, str], ...], unread: tuple[Unread, ...]) -> str:
    """Return the same as JSON: the facts with state, value, `why_unknown` and observations, the listing, what is stray, what is unread."""
    readers = dict(read)
    listing = told.listing
    document = {
        "schema": "supportable/facts-why/1",
        "field": told.field,
        "meaning": _meaning(told.field),
        "facts": [
            {
                "item": origin.item,
                "state": type(origin.fact).__name__.lower(),
                "value": origin.fact.value if isinstance(origin.fact, Known) else None,
                "why_unknown": origin.why_unknown,
                "reason": origin.fact.reason if isinstance(origin.fact, Unknown) else None,
                "observations": [_plain(one, readers) for one in origin.observations],
                "concluded_from": [
                    _source(one.file, one.line, one.place, readers) for one in (origin.fact.sources if origin.concluded else ())
                ],
            }
            for origin in told.origins
        ],
        "listing": None if listing is None else _listed(told, readers),
        "stray": [_plain(one, readers) for one in told.stray],
        "collect": collect(told.field),
        "unread": [{"file": one.file, "reason": one.reason} for one in unread],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _listed(told: Origins, readers: dict[str, str]) -> dict[str, Any]:
    listing = told.listing
    assert listing is not None
    sources = [{"names": list(one.names), **_source(one.source.file, one.source.line, one.source.place, readers)} for one in told.listed]
    return {"complete": listing.complete, "reason": None if listing.complete else listing.reason, "sources": sources}


def _plain(one: Observation, readers: dict[str, str]) -> dict[str, Any]:
    return {
        "value": None if one.value is ABSENT else redacted(one.value) if isinstance(one.value, str) else one.value,
        "absent": one.value is ABSENT,
        **_source(one.source.file, one.source.line, one.source.place, readers),
        "written": None if one.written is None else redacted(one.written),
        "named_by": one.named_by,
        "names_its_machine": None if one.item is None else one.item != THIS_MACHINE,
    }


def _source(file: str, line: int | None, place: str | None, readers: dict[str, str]) -> dict[str, Any]:
    return {"file": file, "line": line, "place": place, "reader": readers.get(file)}
