"""A collection, or the table of what is collected -> text or JSON: what is in the bundle, what is not and why, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from textwrap import wrap

from supportable.core.collected import Asked, Gathered, Manifest, plain
from supportable.reports.wording import counted, printable

_TO_DO = {
    "timed-out": "run it by hand: what makes it hang may be what ails the cluster",
    "not-permitted": "collect as root",
    "failed": "run it by hand to see what is wrong; where the cluster is stopped on this machine, this is to be expected",
    "too-large": "take it by hand",
}


def render(manifest: Manifest, place: str, cluster: bool, is_root: bool, width: int) -> str:
    """Return what was collected as text."""
    kept = manifest.kept
    size, redacted = sum(one.size for one in kept), sum(one.redacted for one in kept)
    known = f" (`{manifest.node}` in its cluster)" if manifest.node != manifest.host else ""
    lines = [
        *_wrapped(f"Collected on {printable(manifest.host)}{printable(known)} at {manifest.when}: {printable(place)}", width, 0),
        *_wrapped(f"{counted(len(kept), 'item')}, {_size(size)}; {counted(redacted, 'secret')} taken out before they were kept", width, 2),
    ]
    lines += _lacking(manifest.ended("failed", "timed-out", "not-permitted", "too-large"), width)
    absent = manifest.ended("not-here")
    if absent:
        told = ", ".join(dict.fromkeys(one.how.strip("`") for one in absent))
        lines += ["", "Not on this machine, so not collected", *_wrapped(printable(told), width, 2)]
    lines += ["", "What to do"]
    if not cluster:
        lines += _wrapped("no cluster service that we know was found here: is this a node of the cluster?", width, 2)
    if not is_root:
        lines += _wrapped("collect as root: some of this is shown to root only", width, 2)
    lines += _wrapped(
        "collect on every other node, bring the bundles together, then `supportable check BUNDLE...`; several are one deployment", width, 2
    )
    return "\n".join(lines) + "\n"


def _lacking(entries: Sequence[Gathered], width: int) -> Iterator[str]:
    for outcome, what in _TO_DO.items():
        found = [one for one in entries if one.outcome == outcome]
        if not found:
            continue
        heading = {"timed-out": "Not collected in time", "not-permitted": "Not permitted", "too-large": "Too large"}
        yield from ("", heading.get(outcome, "Not collected"))
        for one in found:
            yield from _wrapped(f"{one.name}: {printable(one.reason)}", width, 2)
        yield from _wrapped(f"hint: {what}", width, 2)


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    return wrap(text, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2), break_on_hyphens=False)


def _size(count: int) -> str:
    return f"{count} bytes" if count < 10_000 else f"{count / 1024:.0f} KiB" if count < 10_000_000 else f"{count / 1024 / 1024:.0f} MiB"


def render_json(manifest: Manifest, place: str) -> str:
    """Return what was collected as JSON: the manifest, and where the bundle is."""
    whole = plain(manifest)
    return json.dumps({**whole, "schema": "supportable/collection/1", "bundle": place}, indent=2, ensure_ascii=False) + "\n"


def render_table(asked: Sequence[Asked], width: int) -> str:
    """Return the table of what is collected as text."""
    lines = wrap(
        "Each item: what runs or is read, in this order until one answers; what for; the longest time. Commands only ask, they change"
        " nothing. Passwords, keys, tokens, logins and mail addresses are taken out of each answer before it is kept.",
        width,
    )
    for one in asked:
        lines += ["", one.name]
        for number, way in enumerate(one.ways):
            lines += _wrapped(f"{'else ' if number else ''}{way}", width, 4)
        limit = f" (at most {one.limit_s} s)" if one.name.startswith("commands/") else ""
        lines += _wrapped(f"for: {one.why}{limit}", width, 4)
        if one.serves:
            lines += _wrapped(f"serves: {', '.join(one.serves)}", width, 4)
    return "\n".join(lines) + "\n"


def render_table_json(asked: Sequence[Asked]) -> str:
    """Return the table of what is collected as JSON."""
    rows = [{"name": one.name, "ways": one.ways, "why": one.why, "serves": one.serves, "limit_s": one.limit_s} for one in asked]
    return json.dumps({"schema": "supportable/collected-items/1", "items": rows}, indent=2, ensure_ascii=False) + "\n"
