"""Where in the text of a deployment file something is put in, taken out or replaced, in block and in flow style.

In: a file with its spots, and what is to be there. Out: edits of its text. What one would get wrong: a comment inside something that is
taken out stays, and a comma goes before the comment of its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from supportable.core.facts import Value, _Absent
from supportable.stores.written_deployment import List, Said, Written
from supportable.stores.written_places import BREAK, Edit, Spot, below, comments, line_end, line_start, margin, newline
from supportable.stores.written_values import Made, block_item, in_block, in_flow, key_text, literal

_COLON = re.compile(r"\s*:")
_HEADER = re.compile(r"[|>][0-9+-]*")
_SEPARATOR = re.compile(r",[ \t]*")
_BETWEEN = re.compile(r"(?:\s|#[^\r\n\x85\u2028\u2029]*)*")


def replaced(written: Written, old: Spot, value: Value | _Absent) -> list[Edit]:
    """Return the edits that put a value in place of a scalar, in its style."""
    text, start, end = written.text, old.start, old.end
    style = old.style if old.style in ("'", '"') else ""
    made = literal(value, style, plain=not old.style, json=written.json)
    if old.style in ("|", ">"):
        header = _HEADER.match(text, start)
        assert header is not None, "a block scalar begins with its indicator"
        # A comment may stand behind the indicator; the blank lines below stay.
        made += text[header.end() : line_end(text, start)].rstrip()
        end = start + len(text[start:end].rstrip())
    elif start == end and not text[:start].rstrip().endswith(":"):
        return [Edit(start, end, f": {made}")]
    return [Edit(start, end, f" {made}" if text[start - 1 : start] == ":" else made)]


def put(written: Written, table: Spot, key: str, made: Made, after: tuple[Spot, Spot] | None = None, first: bool = False) -> list[Edit]:
    """Return the edits that put a key with what it has into a mapping: first, behind one of its pairs, or last."""
    text, pairs = written.text, table.pairs
    quote = pairs[-1][0].style == '"' if pairs else written.json
    turn = newline(text, table.start)
    if table.flow:
        entry = f"{key_text(key, quote)}: {in_flow(made, quote)}"
        if first and pairs:
            start = pairs[0][0].start
            return [Edit(start, start, f"{entry},{turn + margin(text, start) if _opens_its_line(text, start) else ' '}")]
        return _into_flow(text, table, [Spot("", one.start, max(one.end, two.end)) for one, two in pairs], entry)
    lead = margin(text, table.start)
    lines = in_block(key, made, quote, _indent(written))
    if first:
        return [Edit(table.start, table.start, f"{lines[0]}{turn}{lead}")]
    one, two = after or pairs[-1]
    return [below(text, max(one.end, two.end), [lead + line for line in lines])]


def into_group(written: Written, said: Said, fields: Mapping[str, str]) -> list[Edit]:
    """Return the edits that write out the fields of a group that was `none`."""
    nested: dict[str, Made] = {}
    for field, value in fields.items():
        *path, last = field.split(".")
        tree = nested
        for part in path:
            tree = tree.setdefault(part, {})  # type: ignore[assignment]
        tree[last] = value
    return _instead_of_none(written, said.key, said.value, said.table, nested)


def into_list(written: Written, found: List, item: Mapping[str, Made]) -> list[Edit]:
    """Return the edits that put an item behind the others of a list, in the style of the last."""
    text, value, quote = written.text, found.value, found.key.style == '"'
    if value.kind == "scalar":
        return _instead_of_none(written, found.key, value, found.table, [item])
    if value.flow:
        return _into_flow(text, value, list(value.below), in_flow(item, quote))
    lead, last = margin(text, value.start), value.below[-1]
    before = text[_dash(text, value, len(found.entries) - 1) : last.start]
    dash = before if re.fullmatch("- +", before) else "- "
    lines = [dash + in_flow(item, quote)] if last.flow else block_item(item, quote, dash, _indent(written))
    return [below(text, last.end, [lead + line for line in lines])]


def taken_out(written: Written, found: List, number: int) -> list[Edit]:
    """Return the edits that take an item out of a list; the comments in it stay, each on its line."""
    text, items, turn = written.text, found.value.below, newline(written.text, found.value.start)
    if not found.value.flow:
        start, end = line_start(text, _dash(text, found.value, number)), items[number].end
        # A block that keeps its blank lines (`|+`) ends at the beginning of a line, everything else within one.
        within = not BREAK.fullmatch(text[end - 1 : end])
        end = line_end(text, end) if within else end
        kept = [margin(text, found.value.start) + one for one in comments(text, start, end)]
        if not within:
            return [Edit(start, end, "".join(line + turn for line in kept))]
        if end == len(text):
            # Without a last line end, the one before goes.
            start -= 2 if text[:start].endswith("\r\n") else min(start, 1)
            return [Edit(start, end, "".join(turn + line for line in kept))]
        return [Edit(start, end + len(newline(text, end)), "".join(line + turn for line in kept))]
    lead = turn + margin(text, items[number].start)
    if number + 1 < len(items):
        start, end = items[number].start, items[number + 1].start
        return [Edit(start, end, "".join(one + lead for one in comments(text, start, end)))]
    start, end = items[number - 1].end if number else items[number].start, items[number].end
    comma = _comma(text, items[number]) if number == 0 else None
    if comma is not None:
        end = comma + 1
    between = comments(text, start, end)
    return [Edit(start, end, " " + "".join(one + lead for one in between) if between else "")]


def emptied(written: Written, found: List) -> list[Edit]:
    """Return the edits that say of a list without items that it has none; in flow style its brackets say so."""
    if found.value.flow:
        return []
    colon = _COLON.match(written.text, found.key.end)
    place = colon.end() if colon else found.key.end
    return [Edit(place, place, " none" if found.table is written.root else " []")]


def _instead_of_none(written: Written, key: Spot, value: Spot, table: Spot, made: Made) -> list[Edit]:
    """Return the edits that put something in place of `none`: below its key, or in flow style where there is no below."""
    text, quote = written.text, key.style == '"'
    colon = _COLON.match(text, key.end)
    if table.flow or colon is None or value.style in ("|", ">") or line_end(text, key.start) < value.end:
        return [Edit(value.start, value.end, in_flow(made, quote))]
    lead = margin(text, table.start)
    return [
        Edit(colon.end(), value.end, ""),
        below(text, value.end, [lead + line for line in in_block("", made, quote, _indent(written))[1:]]),
    ]


def _into_flow(text: str, whole: Spot, parts: list[Spot], entry: str) -> list[Edit]:
    """Return the edits that put an entry behind the others in brackets, on a line of its own where the last one has that."""
    if not parts:
        start = whole.start + 1
        return [Edit(start, start, entry + (" " if text[start] == "#" else ""))]
    last = parts[-1]
    comma = _comma(text, last)
    if not _opens_its_line(text, last.start) or last.start < whole.start:
        between = text[parts[-2].end : last.start] if len(parts) > 1 else ""
        return [Edit(last.end, last.end, (between if _SEPARATOR.fullmatch(between) else ", ") + entry)]
    lead = newline(text, last.start) + margin(text, last.start)
    end = line_end(text, last.end if comma is None else comma)
    if whole.end <= end:
        end = last.end if comma is None else comma + 1
    edits = [Edit(end, end, lead + entry + ("," if comma is not None else ""))]
    return edits if comma is not None else [Edit(last.end, last.end, ","), *edits]


def _comma(text: str, part: Spot) -> int | None:
    """Return where the comma behind a part stands, `None` where the next thing is the bracket."""
    passed = _BETWEEN.match(text, part.end)
    place = passed.end() if passed else part.end
    return place if text[place : place + 1] == "," else None


def _opens_its_line(text: str, place: int) -> bool:
    return not text[line_start(text, place) : place].strip()


def _dash(text: str, items: Spot, number: int) -> int:
    """Return where the dash of an item stands: in the column of the first one, on the item's line or above."""
    column = items.start - line_start(text, items.start)
    start = line_start(text, items.below[number].start)
    while start > items.start and not (_opens_its_line(text, start + column) and text[start + column : start + column + 1] == "-"):
        start = line_start(text, start - 1)
    return max(start + column, items.start)


def _indent(written: Written) -> str:
    """Return by how much the file indents its groups."""
    for _, value in written.root.pairs:
        if (
            value.kind == "table"
            and not value.flow
            and (deep := len(margin(written.text, value.start)) - len(margin(written.text, written.root.start))) > 0
        ):
            return " " * deep
    return "  "
