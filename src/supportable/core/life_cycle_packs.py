"""Life cycles of one issuer's products -> the files of a pack that judges by them, with examples on both sides of each last day.

In: life cycles and the day they were retrieved. Out: texts by file name. The examples are made with the rows, so they show that the pack
says what the file said, not that the file is right.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from supportable.core.dates import day_after
from supportable.core.life_cycles import Cell, LifeCycle

MADE_BY = "# Made by `supportable policy import-dates`; import again instead of editing."
_WORDS = "[the day its support ends, as the community data says]"
_PRODUCT_ONLY = """\
  - id: product-alone
    label: a problem of the product alone is supported, one of the product together with this operating system is not
    level: limited
    why: >-
      Microsoft's questions and answers on the Fixed Policy (learn.microsoft.com/lifecycle/faq/fixed-policy) say so of a product within its
      life cycle on an operating system past its own.
"""
_ENDED = """\
  - id: ended
    label: past the end of its life cycle
    level: unsupported
    why: The data calls this day the end of all support that is not paid for in addition.
"""


def pack_files(name: str, lives: Sequence[LifeCycle], retrieved: str) -> dict[str, str]:
    """Return the files of the pack `name`; all life cycles are of one issuer's products."""
    files = {"pack.yaml": _head(name, lives, retrieved)}
    for life in lives:
        files[f"matrices/{life.product.name}.yaml"] = _matrix(life)
        files[f"clauses/{life.product.name}.yaml"] = _clause(life, retrieved)
    return files


def _head(name: str, lives: Sequence[LifeCycle], retrieved: str) -> str:
    titles = ", ".join(life.product.title for life in lives)
    text = f"""\
{MADE_BY}
pack: {_written(name)}
issuer: {lives[0].product.issuer}
subject: {_written(f"Life cycle of {titles}, by the community data of endoflife.date")}
revision: "{retrieved}"

tiers:
  - id: within-life-cycle
    label: within its life cycle
    level: full
    why: The data names a day until which the release is supported, or none, and that day has not passed.
{_PRODUCT_ONLY if _has_windows(lives) else ""}\
{_ENDED if any(life.product.name != "windows-server" for life in lives) else ""}
documents:
"""
    for life in lives:
        published = life.published
        text += f"""\
  - id: {_document(life)}
    title: {_written(f"endoflife.date, {life.product.title}")}
    address: https://endoflife.date/{life.product.name}
    revision: {_written(f"answer of the API, {published}" if published else "a file without a date")}
{f'    published: "{published}"' + chr(10) if published else ""}\
    retrieved: "{retrieved}"
    confidence: secondary
    note: Kept by a community from the issuer's pages; a day can be wrong, and can change. What is bought in addition does not count.
"""
    return text


def _has_windows(lives: Sequence[LifeCycle]) -> bool:
    return any(life.product.name == "windows-server" for life in lives)


def _document(life: LifeCycle) -> str:
    return f"endoflife-{life.product.name}"


def _matrix(life: LifeCycle) -> str:
    release, pack = _fields(life)
    columns = [release, *([pack] if any(row.service_pack is not None for row in life.rows) else [])]
    lines = [
        MADE_BY,
        f"matrix: {_document(life)}.releases",
        f"document: {_document(life)}",
        "section: releases",
        f"words: {_written(_WORDS)}",
        "unlisted: unknown",
        "unlisted_why: The data lists what somebody entered, so a release that is not there may well be supported.",
        f"columns: [{', '.join(columns)}]",
        "rows:",
    ]
    for row in life.rows:
        cells = {"id": row.cycle, release: row.release}
        parts = [f"{key}: {_written(value)}" for key, value in cells.items()]
        parts += [f"{pack}: {row.service_pack}"] if row.service_pack is not None else []
        parts += [f'until: "{row.until}"'] if row.until is not None else []
        lines.append(f"  - {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"


def _fields(life: LifeCycle) -> tuple[str, str]:
    before = "workload" if life.product.workload else "nodes.os"
    return f"{before}.release", f"{before}.service_pack"


def _clause(life: LifeCycle, retrieved: str) -> str:
    whole = f"in_matrix: {_document(life)}.releases"
    releases = list(dict.fromkeys(row.release for row in life.rows))
    if life.product.workload:
        applies, requires, cap = f"{{workload.product: {life.product.workload}}}", f"{{{whole}}}", "ended"
        says = f"The release of {life.product.title} and its service pack are within their life cycle."
    else:
        applies = f"{{some: {{nodes: {{nodes.os.release: [{', '.join(releases)}]}}}}}}"
        requires, cap = f"{{every: {{nodes: {{{whole}}}}}}}", "product-alone" if life.product.name == "windows-server" else "ended"
        says = f"Every node runs a release and service pack of {life.product.title} that is within its life cycle."
    lines = [
        MADE_BY,
        f"document: {_document(life)}",
        f"applies: {applies}",
        "clauses:",
        f"  - id: {_document(life)}.within-life-cycle",
        "    kind: requirement",
        f"    says: {_written(says)}",
        "    section: releases",
        f"    words: {_written(_WORDS)}",
        "    why: The data gives the day on which support ends; what the level is after that day, the tier says.",
        f"    requires: {requires}",
        f"    caps: {cap}",
        "    examples:",
    ]
    for kind, examples in _examples(life, retrieved).items():
        lines += [f"      {kind}:", *(f"        - {one}" for one in examples)]
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
    if not life.product.workload and ended is not None:
        fails.append(_example(life, day, ended, beside=last))
        fails.append(_example(life, day, ended, beside=last._replace(release="none", service_pack=None)))
    other = (
        '{workload: {product: other}, as_of: "%s"}' if life.product.workload else '{nodes: [{name: A, os: {release: none}}], as_of: "%s"}'
    )
    return {"holds": holds, "fails": fails or [], "unknown": unknown, "not-applicable": [other % day]}


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
