"""Life cycles of one issuer's products -> the files of a pack that judges by them, with examples on both sides of each last day.

In: life cycles and the day they were retrieved. Out: texts by file name. The examples are made with the rows, so they show that the pack
says what the file said, not that the file is right.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from supportable.core.dates import NO_DAY, day_after
from supportable.core.life_cycles import OPENEOX, Cell, LifeCycle

MADE_BY = "# Made by `supportable policy import-dates`; import again instead of editing."
LICENCE = "# Data of endoflife.date, Copyright 2020 endoflife.date contributors, under the MIT licence."
_WORDS = "[the day its support ends, as the data says]"
_ADDED_WORDS = "[the day on which what is sold in addition ends]"
_PRODUCT_ONLY = """\
  - id: product-alone
    label: a problem of the product alone is supported, one of the product together with this operating system is not
    level: limited
    why: >-
      Microsoft's questions and answers on the Fixed Policy (learn.microsoft.com/lifecycle/faq/fixed-policy) say so of a product within its
      life cycle on an operating system past its own.
"""
_SECURITY_ENDED = "security-support-ended"
_AFTER = {
    _SECURITY_ENDED: """\
  - id: security-support-ended
    label: supported in some way, with no commitment to security fixes
    level: limited
    why: >-
      OpenEoX calls the first day the last one of a commitment to security remediations, the second the last one of support in any way.
""",
    "extended-life-phase": """\
  - id: extended-life-phase
    label: Extended Life Phase
    level: limited
    why: >-
      After Maintenance Support the file names the Extended Life Phase, which gives access to documentation and support; fixes come only
      with Extended Life Cycle Support, which has to be bought in addition and is not counted.
""",
}
_ENDED = """\
  - id: ended
    label: past the end of its life cycle
    level: unsupported
    why: >-
      {why}
"""
_SOLD = "is sold for this release in these days. Whether the customer has bought it is not asked, and it does not change the level."
_NOTES = {
    "rhel": " It has one day for each major release; which minor releases still get fixes it does not say.",
    "sles": (
        " Our fields do not tell SLES for SAP Applications apart, whose service packs SUSE supports for 4.5 years"
        " (Product Lifecycle Support Policies, suse.com; read as an excerpt): such a node may be supported for longer than this says."
    ),
}
_ENDED_WHY = "The data calls this day the end of all support that is not paid for in addition."
_ENDED_AFTER_WHY = "This is the last day that the data gives for the release; nothing in it says that any help is given later."


class _Ending(NamedTuple):
    """One requirement: the rows with the day that it goes by, the table and the clause that hold it, and the tier that remains."""

    table: str
    clause: str
    says: str
    tier: str
    rows: tuple[Cell, ...]


def pack_files(
    name: str, lives: Sequence[LifeCycle], retrieved: str, published: str | None = None, revision: str | None = None
) -> dict[str, str]:
    """Return the files of the pack `name`; all life cycles are of one issuer's products.

    `published` is the day from which files without a date count as known, `revision` what they are called; an answer has its own day.
    """
    files = {"pack.yaml": _head(name, lives, retrieved, published, revision)}
    for life in lives:
        for ending in _endings(life):
            files[f"matrices/{life.product.name}{'' if ending.table == 'releases' else '-' + ending.table}.yaml"] = _matrix(life, ending)
        if _sells(life):
            files[f"matrices/{life.product.name}-additions.yaml"] = _additions(life)
        files[f"clauses/{life.product.name}.yaml"] = _clauses(life, retrieved)
    return files


def _endings(life: LifeCycle) -> list[_Ending]:
    after = _after(life)
    first = "product-alone" if _is_windows(life) else after or "ended"
    endings = [_Ending("releases", "within-life-cycle", "within its life cycle", first, life.rows)]
    if after is not None:
        rows = tuple(row._replace(until=_last_day(row)) for row in life.rows)
        # Where no last day is announced there is nothing to judge by.
        if any(row.until is not None for row in rows):
            endings.append(_Ending(after, f"within-{after}", "not past the last day that the data gives for it", "ended", rows))
    return endings


def _after(life: LifeCycle) -> str | None:
    """Return the tier between the two days of a row, where the issuer still helps everybody then."""
    if life.origin == OPENEOX:
        return _SECURITY_ENDED if any(row.added_until for row in life.rows) else None
    return life.product.after


def _last_day(row: Cell) -> str | None:
    return None if row.added_until == NO_DAY else row.added_until or row.until


def _sells(life: LifeCycle) -> bool:
    return life.origin != OPENEOX and any(row.added_until for row in life.rows)


def _head(name: str, lives: Sequence[LifeCycle], retrieved: str, published: str | None, revision: str | None) -> str:
    titles = ", ".join(life.product.title for life in lives)
    after = {one for one in map(_after, lives) if one is not None}
    ended = _ENDED.format(why=_ENDED_AFTER_WHY if after else _ENDED_WHY)
    text = f"""\
{MADE_BY}
{LICENCE + chr(10) if any(life.origin != OPENEOX for life in lives) else ""}\
pack: {_written(name)}
issuer: {lives[0].product.issuer}
subject: {_written(f"Life cycle of {titles}, by {_whose(lives[0])}")}
revision: "{retrieved}"

tiers:
  - id: within-life-cycle
    label: within its life cycle
    level: full
    why: The data names a day until which the release is supported, or none, and that day has not passed.
{_PRODUCT_ONLY if any(_is_windows(life) for life in lives) else ""}\
{"".join(_AFTER[one] for one in sorted(after))}\
{ended if any(one.tier == "ended" for life in lives for one in _endings(life)) else ""}
documents:
"""
    for life in lives:
        day = life.published or published
        made = "documents of Core 1.0" if life.origin == OPENEOX else "answer of the API"
        called = revision or f"{made}, {life.published}" if life.published else revision or "a file without a date"
        text += f"""\
  - id: {_document(life)}
    title: {_written(f"{life.origin}, {life.product.title}")}
    address: {_address(life)}
    revision: {_written(called)}
{f'    published: "{day}"' + chr(10) if day else ""}\
    retrieved: "{retrieved}"
    confidence: secondary
    note: {_written(_note(life))}
"""
    return text


def _whose(life: LifeCycle) -> str:
    return "documents of OpenEoX Core 1.0" if life.origin == OPENEOX else "the community data of endoflife.date"


def _address(life: LifeCycle) -> str:
    return "files given to the import" if life.origin == OPENEOX else f"https://endoflife.date/{life.product.name}"


def _note(life: LifeCycle) -> str:
    if life.origin == OPENEOX:
        return (
            "The documents name neither product nor issuer. Product and release are those of the file names; who made them was not checked."
        )
    note = "Kept by a community from the issuer's pages; a day can be wrong, and can change. What is bought in addition does not count."
    note += _NOTES.get(life.product.name, "")
    if life.left_out:
        note += f" Left out: {', '.join(one.cycle for one in life.left_out)}."
    return note


def _is_windows(life: LifeCycle) -> bool:
    return life.product.name == "windows-server"


def _document(life: LifeCycle) -> str:
    return f"{'openeox' if life.origin == OPENEOX else 'endoflife'}-{life.product.name}"


def _matrix(life: LifeCycle, ending: _Ending) -> str:
    lines = [
        MADE_BY,
        f"matrix: {_document(life)}.{ending.table}",
        f"document: {_document(life)}",
        "section: releases",
        f"words: {_written(_WORDS)}",
        "unlisted: unknown",
        "unlisted_why: The data lists what somebody entered, so a release that is not there may well be supported.",
        *_rows(life, [(row, None, row.until) for row in ending.rows]),
    ]
    return "\n".join(lines) + "\n"


def _additions(life: LifeCycle) -> str:
    rows = [(row, day_after(row.until), row.added_until) for row in life.rows if row.until is not None and row.added_until is not None]
    lines = [
        MADE_BY,
        f"matrix: {_document(life)}.additions",
        f"document: {_document(life)}",
        "section: releases, eoes",
        f"words: {_written(_ADDED_WORDS)}",
        "unlisted: fails",
        "unlisted_why: The data gives these days only for the releases for which something is sold in addition.",
        *_rows(life, rows),
    ]
    return "\n".join(lines) + "\n"


def _rows(life: LifeCycle, rows: Sequence[tuple[Cell, str | None, str | None]]) -> list[str]:
    release, pack = _fields(life)
    columns = [release, *([pack] if any(row.service_pack is not None for row, _, _ in rows) else [])]
    lines = [f"columns: [{', '.join(columns)}]", "rows:"]
    for row, since, until in rows:
        parts = [f"id: {_written(row.cycle)}", f"{release}: {_written(row.release)}"]
        parts += [f"{pack}: {row.service_pack}"] if row.service_pack is not None else []
        parts += [f'{key}: "{day}"' for key, day in (("from", since), ("until", until)) if day is not None]
        lines.append(f"  - {{{', '.join(parts)}}}")
    return lines


def _fields(life: LifeCycle) -> tuple[str, str]:
    before = "workload" if life.product.workload else "nodes.os"
    return f"{before}.release", f"{before}.service_pack"


def _clauses(life: LifeCycle, retrieved: str) -> str:
    named = [row.release for row in life.rows] + [one.release for one in life.left_out if one.release is not None]
    releases = ", ".join(dict.fromkeys(named))
    workload = life.product.workload
    applies = f"{{workload.product: {workload}}}" if workload else f"{{some: {{nodes: {{nodes.os.release: [{releases}]}}}}}}"
    lines = [MADE_BY, f"document: {_document(life)}", f"applies: {applies}", "clauses:"]
    for ending in _endings(life):
        whole = f"in_matrix: {_document(life)}.{ending.table}"
        title = life.product.title
        says = f"The release of {title} is {ending.says}." if workload else f"Every node runs a release of {title} that is {ending.says}."
        lines += [
            f"  - id: {_document(life)}.{ending.clause}",
            "    kind: requirement",
            f"    says: {_written(says)}",
            "    section: releases",
            f"    words: {_written(_WORDS)}",
            "    why: The data gives the day on which support ends; what the level is after that day, the tier says.",
            f"    requires: {f'{{{whole}}}' if workload else f'{{every: {{nodes: {{{whole}}}}}}}'}",
            f"    caps: {ending.tier}",
            "    examples:",
        ]
        for kind, examples in _examples(life._replace(rows=ending.rows), retrieved).items():
            lines += [f"      {kind}:", *(f"        - {one}" for one in examples)]
    if _sells(life):
        sold = f"{{in_matrix: {_document(life)}.additions}}"
        lines += [
            f"  - id: {_document(life)}.additions",
            "    kind: statement",
            f"    says: {_written(f'{life.product.addition} {_SOLD}')}",
            "    section: releases, eoes",
            f"    words: {_written(_ADDED_WORDS)}",
            f"    applies: {sold if workload else f'{{some: {{nodes: {sold}}}}}'}",
        ]
    return "\n".join(lines) + "\n"


def _examples(life: LifeCycle, retrieved: str) -> dict[str, list[str]]:
    """Both sides of each last day, and what keeps every cell of every row from being left out unseen."""
    last = max(life.rows, key=lambda row: row.until or "9999-12-31")
    day = last.until or retrieved
    holds = [_example(life, row.until or retrieved, row) for row in life.rows]
    fails = [_example(life, day_after(row.until), row) for row in life.rows if row.until is not None]
    ended = next((row for row in life.rows if row.until is not None and row.until < day), None)
    unknown = [f'{{as_of: "{day}", {_workload(life, "")}}}' if life.product.workload else _example(life, day, last, partial=True)]
    for row in dict.fromkeys([last._replace(service_pack=None), *(row for row in life.rows if row.service_pack is not None)]):
        unknown.append(_example(life, row.until or retrieved, row._replace(release="none"), beside=None if life.product.workload else last))
    packs = {row.release: row for row in sorted(life.rows, key=lambda row: row.until or "9999-12-31") if row.service_pack is not None}
    for release, row in packs.items():
        most = max(one.service_pack or 0 for one in life.rows if one.release == release)
        unknown.append(_example(life, row.until or retrieved, row._replace(service_pack=most + 1)))
    if not life.product.workload:
        unknown += [_example(life, day, last._replace(release=one.release, service_pack=None)) for one in life.left_out if one.release]
        if ended is not None:
            fails.append(_example(life, day, ended, beside=last))
            fails.append(_example(life, day, ended, beside=last._replace(release="none", service_pack=None)))
    none = (
        '{workload: {product: other}, as_of: "%s"}' if life.product.workload else '{nodes: [{name: A, os: {release: none}}], as_of: "%s"}'
    )
    return {"holds": holds, "fails": fails, "unknown": unknown, "not-applicable": [none % day]}


def _example(life: LifeCycle, day: str, row: Cell, beside: Cell | None = None, partial: bool = False) -> str:
    pack = f", service_pack: {row.service_pack}" if row.service_pack is not None else ""
    release = row.release if row.release == "none" else _written(row.release)
    if life.product.workload:
        return f'{{as_of: "{day}", {_workload(life, f", release: {release}{pack}")}}}'
    nodes = [f"{{name: A, os: {{release: {release}{pack}}}}}"]
    if beside is not None:
        more = f", service_pack: {beside.service_pack}" if beside.service_pack is not None else ""
        nodes.append(f"{{name: B, os: {{release: {beside.release}{more}}}}}")
    if partial:
        nodes.append("{name: B}")
    return f'{{as_of: "{day}", nodes: [{", ".join(nodes)}]}}'


def _workload(life: LifeCycle, rest: str) -> str:
    return f"workload: {{product: {life.product.workload}{rest}}}"


def _written(text: str) -> str:
    """Return a text as YAML, in quotes whatever it holds."""
    return json.dumps(text, ensure_ascii=False)
