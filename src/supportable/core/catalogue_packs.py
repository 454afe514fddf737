"""A catalogue -> the files of a pack that judges by it, with examples that lie on each edge of its rows.

In: the mapping, its rows, the name of the pack and the day it was retrieved. Out: texts by file name. The examples are made with
the rows, so they show that the pack says what the catalogue said, not that the catalogue is right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from supportable.core.catalogues import CatalogueMapping, Column, Entry, Grade
from supportable.core.dates import day_after, day_from
from supportable.core.fields import FIELDS, LISTINGS

MADE_BY = "# Made by `supportable policy import-catalogue`; import again instead of editing."
_WORDS = "[the row of the list]"
EXAMPLE_ROWS_MAX = 200
"""So many rows have examples of their own."""


def pack_files(name: str, mapping: CatalogueMapping, entries: Sequence[Entry], retrieved: str) -> dict[str, str]:
    """Return the files of the pack `name`."""
    return {
        "pack.yaml": _head(name, mapping, retrieved),
        f"matrices/{mapping.source.id}.yaml": _matrix(mapping, entries),
        f"clauses/{mapping.source.id}.yaml": _clause(mapping, entries, retrieved),
    }


def _head(name: str, mapping: CatalogueMapping, retrieved: str) -> str:
    source = mapping.source
    lines = [
        MADE_BY,
        f"pack: {_written(name)}",
        f"issuer: {_written(mapping.issuer)}",
        f"subject: {_written(mapping.subject)}",
        f'revision: "{source.published or retrieved}"',
        "",
        "tiers:",
        *_tier("listed", mapping.listed),
        *_tier("not-listed", mapping.not_listed),
        "",
        "documents:",
        f"  - id: {source.id}",
        f"    title: {_written(source.title)}",
        f"    address: {_written(source.address)}",
        f"    revision: {_written(source.published or 'a file without a date')}",
        *([f'    published: "{source.published}"'] if source.published else []),
        f'    retrieved: "{retrieved}"',
        "    confidence: full",
        "    note: Imported row by row from a file that the user named; what the file leaves out is not known.",
    ]
    return "\n".join(lines) + "\n"


def _tier(name: str, grade: Grade) -> list[str]:
    return [f"  - id: {name}", f"    label: {_written(grade.label)}", f"    level: {grade.level}", f"    why: {_written(grade.why)}"]


def _matrix(mapping: CatalogueMapping, entries: Sequence[Entry]) -> str:
    lines = [
        MADE_BY,
        f"matrix: {mapping.source.id}.rows",
        f"document: {mapping.source.id}",
        f"section: {_written(mapping.source.section)}",
        f"words: {_written(_WORDS)}",
        f"unlisted: {mapping.unlisted}",
        f"unlisted_why: {_written(mapping.unlisted_why)}",
        *(["after_until: lapses"] if mapping.unlisted == "fails" else []),
        f"columns: [{', '.join(one.field for one in mapping.columns)}]",
        "rows:",
    ]
    for entry in entries:
        cells = zip(mapping.columns, entry.cells, strict=True)
        parts = [f"id: {_written(entry.id)}", *(f"{column.field}: {_cell(column, text)}" for column, text in cells if text is not None)]
        days = {
            "from": entry.dates.since,
            "until": entry.dates.until,
            "published": entry.dates.published,
            "withdrawn": entry.dates.withdrawn,
        }
        parts += [f'{key}: "{day}"' for key, day in days.items() if day is not None]
        lines.append(f"  - {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"


def _cell(column: Column, text: str) -> str:
    return _value(text) if column.match == "exactly" else f"{{at_least: {_value(text)}}}"


def _clause(mapping: CatalogueMapping, entries: Sequence[Entry], retrieved: str) -> str:
    table = f"{{in_matrix: {mapping.source.id}.rows}}"
    requires, what = table, "The deployment is"
    if mapping.of:
        others = [f"{{not: {{{field}: {_value(value)}}}}}" for field, value in mapping.only]
        part = f"{{any: [{', '.join([*others, table])}]}}" if others else table
        requires, what = f"{{every: {{{mapping.of}: {part}}}}}", f"Every one of the {mapping.of} it is about is"
    applies = ", ".join(f"{{{field}: {_value(value)}}}" for field, value in mapping.applies)
    lines = [
        MADE_BY,
        f"document: {mapping.source.id}",
        "clauses:",
        f"  - id: {mapping.source.id}.listed",
        "    kind: requirement",
        f"    says: {_written(f'{what} on the list: {mapping.source.title}.')}",
        f"    section: {_written(mapping.source.section)}",
        f"    words: {_written(_WORDS)}",
        f"    why: {_written(mapping.not_listed.why)}",
        f"    applies: {{all: [{applies}]}}" if mapping.applies else "    applies: always",
        f"    requires: {requires}",
        "    caps: not-listed",
        "    examples:",
    ]
    for kind, examples in _examples(mapping, entries, retrieved).items():
        lines += [f"      {kind}:", *(f"        - {one}" for one in dict.fromkeys(examples))] if examples else []
    return "\n".join(lines) + "\n"


class _Shown(NamedTuple):
    """A part of a deployment as an example writes it, on a day: the texts by field."""

    texts: Mapping[str, str]
    day: str


def _examples(mapping: CatalogueMapping, entries: Sequence[Entry], retrieved: str) -> dict[str, list[str]]:
    around = [(one, _kind(mapping, entries, one)) for entry in entries[:EXAMPLE_ROWS_MAX] for one in _around(mapping, entry, retrieved)]
    found: dict[str, list[str]] = {"holds": [], "fails": [], "unknown": [], "not-applicable": []}
    for one, kind in around:
        found[kind].append(_example(mapping, [one]))
    first = next((one for one, kind in around if kind == "holds"), around[0][0])
    found["unknown"].append(_example(mapping, [first._replace(texts={})]))
    if mapping.of:
        found["unknown"].append(_example(mapping, [first], partial=True))
        failing = next((one for one, kind in around if kind == "fails" and one.day == first.day), None)
        if failing is not None:
            found["fails"].append(_example(mapping, [first, failing]))
        for field, value in mapping.only:
            found[_kind(mapping, entries, first)].append(_example(mapping, [_Shown({field: _other(field, value)}, first.day), first]))
    for number, (field, value) in enumerate(mapping.applies):
        changed = [*mapping.applies[:number], (field, _other(field, value)), *mapping.applies[number + 1 :]]
        found["not-applicable"].append(_example(mapping._replace(applies=tuple(changed)), [first]))
    return found


def _kind(mapping: CatalogueMapping, entries: Sequence[Entry], shown: _Shown) -> str:
    """How the requirement comes out: what has ended no longer lists in a closed list, and rules out in another."""
    closed = mapping.unlisted == "fails"
    if not closed and _lists(mapping, entries, shown, over=True):
        return "fails"
    return "holds" if _lists(mapping, entries, shown) else mapping.unlisted


def _around(mapping: CatalogueMapping, entry: Entry, retrieved: str) -> Iterator[_Shown]:
    """The row itself, on its last day and the day after, and with each cell on the other side of its edge."""
    day = _day(entry, retrieved)
    row = _row(mapping, entry, day)
    yield row
    dates = entry.dates
    first = (day_from(one, days) for one in (dates.since, dates.published, dates.withdrawn) if one is not None for days in (-1, 0))
    yield from (row._replace(day=one) for one in (*first, *([day_after(dates.until)] if dates.until is not None else [])))
    for column, text in zip(mapping.columns, entry.cells, strict=True):
        if text is not None:
            for other in [_other(column.field, text)] if column.match == "exactly" else [f"{text}.1", "0"]:
                if column.match == "exactly" or FIELDS[column.field].kind == "version":
                    yield row._replace(texts={**row.texts, column.field: other})


def _row(mapping: CatalogueMapping, entry: Entry, day: str) -> _Shown:
    cells = {column.field: text for column, text in zip(mapping.columns, entry.cells, strict=True) if text is not None}
    return _Shown({**{field: value for field, value in mapping.only if mapping.of}, **cells}, day)


def _day(entry: Entry, retrieved: str) -> str:
    return entry.dates.until or max(filter(None, (entry.dates.since, entry.dates.published, retrieved)))


def _lists(mapping: CatalogueMapping, entries: Sequence[Entry], shown: _Shown, over: bool = False) -> bool:
    """Whether a row lists what an example shows; `over`: whether one did that has ended."""
    for entry in entries:
        if not entry.dates.known_on(shown.day) or not entry.dates.begun_by(shown.day) or entry.dates.over_by(shown.day) is not over:
            continue
        if all(_matches(one, text, shown.texts.get(one.field)) for one, text in zip(mapping.columns, entry.cells, strict=True)):
            return True
    return False


def _matches(column: Column, text: str | None, value: str | None) -> bool:
    if text is None:
        return True
    if value is None:
        return False
    field = FIELDS[column.field]
    keys = [field.order_key(one) for one in (text, value)] if field.comparable else [None, None]
    if column.match == "exactly":
        return text == value if field.kind != "version" or None in keys else keys[0] == keys[1]
    return keys[0] is not None and keys[1] is not None and keys[1] >= keys[0]  # type: ignore[operator]


def _other(field: str, text: str) -> str:
    """Return another value of the field."""
    kind = FIELDS[field]
    if kind.kind == "name":
        return next(value for value in kind.values if value != text)
    if kind.kind == "boolean":
        return "false" if text == "true" else "true"
    if kind.kind == "date":
        return day_after(text)
    return str(int(text) + 1) if kind.kind == "integer" else f"{text}.1" if kind.kind == "version" else f"{text} other"


def _example(mapping: CatalogueMapping, shown: Sequence[_Shown], partial: bool = False) -> str:
    whole = dict(mapping.applies)
    items = []
    for number, one in enumerate(shown):
        own = {field: text for field, text in one.texts.items() if FIELDS[field].listing is not None}
        whole |= {field: text for field, text in one.texts.items() if FIELDS[field].listing is None}
        items.append(
            f"{{name: {chr(ord('A') + number)}{''.join(f', {_flow(field.partition(chr(46))[2], text)}' for field, text in own.items())}}}"
        )
    parts = [f'as_of: "{shown[0].day}"', *(_flow(field, text) for field, text in _grouped(whole).items())]
    if mapping.of and mapping.of in LISTINGS:
        listed = f"[{', '.join(items)}]"
        parts.append(f"{mapping.of}: {{partial: true, items: {listed}}}" if partial else f"{mapping.of}: {listed}")
    return f"{{{', '.join(parts)}}}"


def _grouped(whole: Mapping[str, str]) -> dict[str, object]:
    """Put fields of one group below one key: a mapping has each key once."""
    tree: dict[str, object] = {}
    for field, text in whole.items():
        level: dict[str, object] = tree
        *groups, last = field.split(".")
        for group in groups:
            level = level.setdefault(group, {})  # type: ignore[assignment]
        level[last] = text
    return tree


def _flow(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return f"{name}: {{{', '.join(_flow(key, one) for key, one in value.items())}}}"
    head, dot, rest = name.partition(".")
    return f"{head}: {{{_flow(rest, value)}}}" if dot else f"{name}: {_value(str(value))}"


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def _value(text: str) -> str:
    """Return a value as YAML: a name (and `none`) plain, everything else in quotes."""
    return text if _PLAIN.fullmatch(text) else _written(text)


def _written(text: str) -> str:
    """Return a text as YAML, in quotes whatever it holds."""
    return json.dumps(text, ensure_ascii=False)
