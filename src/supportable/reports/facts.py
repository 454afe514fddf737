"""A deployment's facts, or the catalogue of fields -> text or JSON: every value with its source, every gap with how to fill it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from supportable.core.deployment import Deployment
from supportable.core.facts import Fact, Known, Unknown
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.verdict import Unread
from supportable.reports.wording import collect, printable, shown


def render(
    deployment: Deployment, read: tuple[tuple[str, str], ...], unread: tuple[Unread, ...], width: int, silent: tuple[str, ...] = ()
) -> str:
    """Return every fact of a deployment, those of the items of its listings below them."""
    lines = [printable(deployment.name), ""]
    top = [name for name in FIELDS if FIELDS[name].listing is None]
    lines += _known(deployment.facts, top, "")
    for listing in LISTINGS:
        found = deployment.listing(listing)
        if not found.items and not found.sources:
            continue
        state = "complete" if found.complete else f"not complete: {printable(found.reason)}"
        lines += ["", *wrap(f"{listing}: {len(found.items)}, {state}", width, subsequent_indent="  ")]
        for item in found.items:
            lines.append(f"  {printable(item.name)}")
            lines += _known(item.facts, [name for name in FIELDS if FIELDS[name].listing == listing], "    ") or [
                "    nothing else is known of it"
            ]
    lines += ["", "Not known, and how to get it"]
    for name in top:
        if isinstance(deployment.fact(name), Unknown):
            lines += _gap(name, deployment.fact(name), width)
    for listing, kind in LISTINGS.items():
        found = deployment.listing(listing)
        if not found.complete:
            lines += wrap(f"the complete list of {listing}: {kind.collect}", width, initial_indent="  ", subsequent_indent="    ")
        for name in (name for name in FIELDS if FIELDS[name].listing == listing):
            lacking = [item.name for item in found.items if isinstance(item.fact(name), Unknown)]
            if lacking:
                lines += wrap(
                    f"{name} of {', '.join(map(printable, lacking))}: {collect(name)}", width, initial_indent="  ", subsequent_indent="    "
                )
            for item in found.items:
                fact = item.fact(name)
                if isinstance(fact, Unknown) and fact.sources:
                    told = f"{printable(item.name)}: {printable(fact.reason)}"
                    lines += wrap(told, width, initial_indent="    ", subsequent_indent="      ")
    for file, reader in read:
        lines += ["", "Read"] if file == read[0][0] else []
        lines.append(f"  {printable(file)} ({reader}{', no fact' if file in silent else ''})")
    for one in unread:
        lines += ["", "Not read"] if one is unread[0] else []
        lines += wrap(f"{printable(one.file)}: {printable(one.reason)}", width, initial_indent="  ", subsequent_indent="    ")
    for observation in deployment.unattributed:
        lines += ["", "Of a machine that is not named"] if observation is deployment.unattributed[0] else []
        lines += wrap(f"{observation.field} in {printable(str(observation.source))}", width, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def _known(facts: Mapping[str, Fact], names: list[str], indent: str) -> list[str]:
    lines = []
    for name in names:
        fact = facts.get(name)
        if fact is None or isinstance(fact, Unknown):
            continue
        lines.append(f"{indent}{name} = {shown(fact)}")
        lines += [f"{indent}    {printable(str(source))}" for source in fact.sources]
    return lines


def _gap(name: str, fact: Fact, width: int) -> Iterator[str]:
    yield from wrap(f"{name}: {collect(name)}", width, initial_indent="  ", subsequent_indent="    ")
    if isinstance(fact, Unknown) and fact.sources:
        yield from wrap(printable(fact.reason), width, initial_indent="    ", subsequent_indent="    ")


def render_json(deployment: Deployment, read: tuple[tuple[str, str], ...], unread: tuple[Unread, ...]) -> str:
    """Return the same as JSON: `{"facts": [{field, item, state, value, reason, sources}], "listings": ...}`."""
    facts = [_plain(name, None, deployment.fact(name)) for name in FIELDS if FIELDS[name].listing is None]
    for listing in LISTINGS:
        names = [name for name in FIELDS if FIELDS[name].listing == listing]
        facts += [_plain(name, item.name, item.fact(name)) for item in deployment.listing(listing).items for name in names]
    document = {
        "schema": "supportable/facts/1",
        "deployment": deployment.name,
        "facts": facts,
        "listings": {
            name: {"complete": found.complete, "items": [item.name for item in found.items], "reason": found.reason}
            for name, found in deployment.listings.items()
        },
        "read": [{"file": file, "reader": reader} for file, reader in read],
        "unread": [{"file": one.file, "reason": one.reason} for one in unread],
        "unattributed": [{"field": one.field, "source": str(one.source)} for one in deployment.unattributed],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plain(name: str, item: str | None, fact: Fact) -> dict[str, Any]:
    plain: dict[str, Any] = {"field": name, "item": item, "state": type(fact).__name__.lower()}
    plain["value"] = fact.value if isinstance(fact, Known) else None
    if isinstance(fact, Unknown):
        plain |= {"reason": fact.reason, "collect": collect(name)}
    plain["sources"] = [{"file": source.file, "line": source.line, "place": source.place} for source in fact.sources]
    return plain


def render_fields(width: int) -> str:
    """Return the catalogue of fields."""
    lines = []
    for name, kind in LISTINGS.items():
        lines += wrap(f"{name}: a list; {kind.meaning}", width, subsequent_indent="    ")
    for field in FIELDS.values():
        values = f": {', '.join(field.values)}" if field.values else ""
        ordered = ", in this order" if field.ordered else ""
        lines += ["", field.name]
        lines += wrap(f"{field.meaning} ({field.kind}{ordered}{values})", width, initial_indent="    ", subsequent_indent="    ")
        lines += wrap(f"found: {field.collect}", width, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def render_fields_json() -> str:
    """Return the catalogue of fields as JSON."""
    fields = [
        {
            "name": one.name,
            "kind": one.kind,
            "ordered": one.ordered,
            "values": list(one.values),
            "meaning": one.meaning,
            "collect": one.collect,
        }
        for one in FIELDS.values()
    ]
    return (
        json.dumps(
            {"schema": "supportable/fields/1", "listings": {name: kind.meaning for name, kind in LISTINGS.items()}, "fields": fields},
            indent=2,
        )
        + "\n"
    )
