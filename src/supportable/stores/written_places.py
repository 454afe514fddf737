"""A text in YAML or JSON -> its values with the offsets between which they stand, so that the text can be edited in place.

In: a text that `marked.read_marked` takes without problems. Out: spots, and where the comments are. What one would get wrong: a collection
in block style ends with its last value, not where the parser says (there it has passed the comments and blank lines below).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML 1.1 takes for the end of a line."""
_HEADER = re.compile(r"[|>][0-9+-]*")


class Spot(NamedTuple):
    """One value and its offsets: `text` and `style` of a scalar (a quotation mark, `|`, `>`, or nothing), or what is below a collection."""

    kind: str
    start: int
    end: int
    text: str = ""
    style: str = ""
    flow: bool = False
    below: tuple[Spot, ...] = ()

    @property
    def pairs(self) -> list[tuple[Spot, Spot]]:
        """The keys and values of a mapping, in the order written."""
        return list(zip(self.below[::2], self.below[1::2], strict=True))

    @property
    def is_none(self) -> bool:
        """Whether it says `none`, quoted or not."""
        return self.kind == "scalar" and self.text == "none"


class Edit(NamedTuple):
    """The text between two offsets becomes another."""

    start: int
    end: int
    text: str


def spots(text: str) -> Spot:
    """Return the value that the whole text is; an empty scalar for an empty text.

    >>> [(key.text, value.start, value.end) for key, value in spots("a: b # c\\nd: {e: f}").pairs]
    [('a', 3, 4), ('d', 12, 18)]
    """
    # A parser passes over a byte order mark without counting it; tabs are as in `marked`, one character for another.
    shift = text.startswith("\ufeff")
    data = text[shift:]
    if data.lstrip()[:1] in ("{", "["):
        data = data.replace("\t", " ")
    parser = getattr(yaml, "CLoader", yaml.Loader)(data)
    opened: list[tuple[yaml.SequenceStartEvent | yaml.MappingStartEvent, list[Spot]]] = []
    whole: list[Spot] = []
    while parser.check_event():
        event = parser.get_event()
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            opened.append((event, []))
            continue
        if isinstance(event, yaml.ScalarEvent):
            made = _scalar(text, event, shift)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            begun, below = opened.pop()
            start, end = _between(begun, event, shift)
            kind = "items" if isinstance(event, yaml.SequenceEndEvent) else "table"
            flow = bool(getattr(begun, "flow_style", False))
            made = Spot(kind, start, end if flow else below[-1].end, flow=flow, below=tuple(below))
        else:
            continue
        (opened[-1][1] if opened else whole).append(made)
    return whole[0] if whole else Spot("scalar", 0, 0)


def _between(first: yaml.Event, last: yaml.Event, shift: int) -> tuple[int, int]:
    assert first.start_mark is not None and last.end_mark is not None, "a parser of a text marks all that it finds"
    return first.start_mark.index + shift, last.end_mark.index + shift


def _scalar(text: str, event: yaml.ScalarEvent, shift: int) -> Spot:
    start, end = _between(event, event, shift)
    style = event.style or ""
    if style in ("|", ">"):
        header = _HEADER.match(text, start)
        # Without `+` the blank lines below a block are no part of it.
        if header is None or "+" not in header.group():
            end = start + len(text[start:end].rstrip())
    return Spot("scalar", start, end, event.value, style)


def comments(text: str, start: int = 0, end: int | None = None) -> list[str]:
    """Return the comments between two offsets, in their order, without what is around them.

    >>> comments("# a\\nb: 'c # d' # e\\nf: |  # g\\n  # h\\n")
    ['# a', '# e', '# g']
    """
    end = len(text) if end is None else end
    covered = [one for one in _scalars(spots(text)) if one.end > start and one.start < end]
    found: list[str] = []
    place = start
    for one in covered:
        found += _comments_between(text, place, min(one.start, end))
        place = one.end
        if one.style in ("|", ">"):
            found += _comments_between(text, one.start, line_end(text, one.start))
    return found + _comments_between(text, place, end)


def _scalars(spot: Spot) -> Iterator[Spot]:
    if spot.kind == "scalar":
        yield spot
    for one in spot.below:
        yield from _scalars(one)


def _comments_between(text: str, start: int, end: int) -> list[str]:
    found = []
    while (mark := text.find("#", start, end)) >= 0:
        start = line_end(text, mark)
        found.append(text[mark:start].rstrip())
    return found


def line_start(text: str, place: int) -> int:
    """Return where the line of an offset begins."""
    return max((match.end() for match in BREAK.finditer(text, 0, place)), default=0)


def line_end(text: str, place: int) -> int:
    """Return where the line of an offset ends, before its line end."""
    found = BREAK.search(text, place)
    return found.start() if found else len(text)


def margin(text: str, place: int) -> str:
    """Return the blanks that put something right below an offset; tabs stay tabs.

    >>> margin("  - a: b", 4)
    '    '
    """
    return re.sub(r"\S", " ", text[line_start(text, place) : place].removeprefix("\ufeff"))


def newline(text: str, place: int) -> str:
    """Return the line end of an offset's line; of the line above where it has none, a line feed where that has none either."""
    found = BREAK.search(text, place)
    above = list(BREAK.finditer(text, 0, place)) if found is None else []
    return found.group() if found else above[-1].group() if above else "\n"


def below(text: str, place: int, lines: list[str]) -> Edit:
    """Return the edit that puts lines below the line of an offset, and leaves a last line without line end as it is."""
    end, turn = line_end(text, place), newline(text, place)
    if place and BREAK.fullmatch(text[place - 1]):
        return Edit(place, place, "".join(line + turn for line in lines))
    if end == len(text):
        return Edit(end, end, "".join(turn + line for line in lines))
    after = end + len(turn)
    return Edit(after, after, "".join(line + turn for line in lines))


def edited(text: str, edits: list[Edit]) -> str:
    """Return the text after edits that do not overlap; of two at one place, the first comes first."""
    parts, place = [], 0
    for one in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += [text[place : one.start], one.text]
        place = one.end
    return "".join([*parts, text[place:]])
