"""Numbers -> where the parts of a picture stand: stacked bars, and the step curve of a forecast.

In: counts and days. Out: places in per cent of the room a picture has, as texts, so that a picture may be as wide as the page and its
words keep their size. What one would get wrong: widths are differences of rounded edges, so that they add up exactly; widths
that were rounded one by one leave gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from supportable.core.fleet_results import LEVELS, IssuerForecast
from supportable.reports.fleet_words import by_level, number

APART = 7
"""Per cent of the height that two labels beside a curve need between them."""


_Step = tuple[int, Mapping[str, int]]
"""Where a step begins, and the levels from there on."""


class Part(NamedTuple):
    """One part of a bar: what it stands for, where it begins and how wide it is."""

    name: str
    start: str
    width: str


def percent(part: Fraction | int, whole: Fraction | int) -> int:
    """Return a part in thousandths of one per cent, between none and all.

    >>> percent(1, 3), percent(5, 0)
    (33333, 0)
    """
    return min(100_000, max(0, round(Fraction(100_000) * part / whole))) if whole else 0


def written(thousandths: int) -> str:
    """Return thousandths of one per cent as an attribute of a picture.

    >>> written(33333), written(100000)
    ('33.333%', '100.000%')
    """
    return f"{thousandths // 1000}.{thousandths % 1000:03}%"


def bar(parts: Iterable[tuple[str, Fraction | int]], whole: Fraction | int) -> tuple[Part, ...]:
    """Return the parts of one stacked bar; parts that are none, or less, are left out."""
    found: list[Part] = []
    before, edge = Fraction(0), 0
    for name, count in parts:
        if count > 0:
            before += count
            end = percent(before, whole)
            found.append(Part(name, written(edge), written(end - edge)))
            edge = end
    return tuple(found)


class Block(NamedTuple):
    """The deployments of one level from one step of a curve to the next."""

    level: str
    x: str
    y: str
    width: str
    height: str


class Label(NamedTuple):
    """A word beside, below or in a picture; `rare` is how seldom it may be shown: 0 always, 1 only where there is room."""

    text: str
    at: str
    across: str = "0%"
    rare: int = 0


class Mark(NamedTuple):
    """A day on which deployments move: its number in the list below the picture, and whether any fall."""

    number: int
    at: str
    falls: bool
    rare: int


class Curve(NamedTuple):
    """The picture of a forecast. `within` are labels of levels that do not last, inside the picture; `beside` of those that do."""

    blocks: tuple[Block, ...]
    marks: tuple[Mark, ...]
    days: tuple[Label, ...]
    counts: tuple[Label, ...]
    beside: tuple[Label, ...]
    within: tuple[Label, ...]

    @property
    def digits(self) -> int:
        """How many characters the widest number beside the picture has."""
        return max((len(one.text) for one in self.counts), default=1)


def curve(one: IssuerForecast, first: str, until: str) -> Curve:
    """Return the picture of one issuer's forecast between two days."""
    start, end = date.fromisoformat(first), date.fromisoformat(until)
    span = max(1, (end - start).days)

    def across(day: str) -> int:
        return percent((date.fromisoformat(day) - start).days, span)

    steps = [(across(day), levels) for day, levels in one.steps]
    whole = max((sum(levels.values()) for _, levels in steps), default=0)
    edges = [*(at for at, _ in steps[1:]), 100_000]
    blocks = tuple(block for (at, levels), until_at in zip(steps, edges, strict=False) for block in _column(levels, whole, at, until_at))
    marks = _marks([(across(turn.day), turn.falling > 0) for turn in one.turns])
    lasting = steps[-1][1] if steps else {}
    return Curve(
        blocks,
        marks,
        _days(start, end, span),
        _counts(whole),
        _beside(lasting, whole),
        tuple(_within(steps, edges, whole, lasting)),
    )


def _heights(levels: Mapping[str, int], whole: int) -> Iterable[tuple[str, int, int]]:
    """Yield each level with the edges of its band, measured from the foot."""
    before, edge = 0, 0
    for level, count in by_level(levels):
        before += count
        top = percent(before, whole)
        yield level, edge, top
        edge = top


def _column(levels: Mapping[str, int], whole: int, at: int, until: int) -> Iterable[Block]:
    if until > at:
        for level, foot, top in _heights(levels, whole):
            if top > foot:
                yield Block(level, written(at), written(100_000 - top), written(until - at), written(top - foot))


def _marks(turns: Sequence[tuple[int, bool]]) -> tuple[Mark, ...]:
    found = []
    last_wide, last_narrow = -100_000, -100_000
    for place, (at, falls) in enumerate(turns, 1):
        rare = 2
        if at - last_narrow >= 13_000 and at - last_wide >= 3_000:
            rare, last_narrow, last_wide = 0, at, at
        elif at - last_wide >= 3_000:
            rare, last_wide = 1, at
        found.append(Mark(place, written(at), falls, rare))
    return tuple(found)


def _beside(levels: Mapping[str, int], whole: int) -> tuple[Label, ...]:
    """Return a label for each band at the end of a curve, moved apart where bands are thin."""
    bands = [(level, 100_000 - (foot + top) // 2) for level, foot, top in _heights(levels, whole)][::-1]
    places: list[int] = []
    for _, wanted in bands:
        places.append(max(wanted, places[-1] + 1000 * APART if places else 3_000))
    floor = 97_000
    for at in range(len(places) - 1, -1, -1):
        places[at] = min(places[at], floor)
        floor = places[at] - 1000 * APART
    return tuple(Label(level, written(place)) for (level, _), place in zip(bands, places, strict=True))


def _within(steps: Sequence[_Step], edges: Sequence[int], whole: int, lasting: Mapping[str, int]) -> Iterable[Label]:
    """Yield a label, where there is room for one, for each level that is gone at the end."""
    bands = [{level: (foot, top) for level, foot, top in _heights(levels, whole)} for _, levels in steps]
    for level in (one for one in LEVELS if not lasting.get(one)):
        best, label = 0, None
        for first, (at, _) in enumerate(steps):
            foot, top = 0, 100_000
            for band, until in zip(bands[first:], edges[first:], strict=False):
                foot, top = max(foot, band.get(level, (0, 0))[0]), min(top, band.get(level, (0, 0))[1])
                if top - foot < 8_000:
                    break
                area = (until - at) * (top - foot)
                if until - at >= 10_000 and area > best:
                    best = area
                    label = Label(level, written(100_000 - (foot + top) // 2), written((at + until) // 2), int(until - at < 45_000))
        if label is not None:
            yield label


def _counts(whole: int) -> tuple[Label, ...]:
    """Return round numbers up to `whole`, at most six of them."""
    if not whole:
        return (Label("0", "100%"),)
    step = next(base * 10**power for power in range(40) for base in (1, 2, 5) if base * 10**power * 5 >= whole)
    return tuple(Label(number(count), written(100_000 - percent(count, whole))) for count in range(0, whole + 1, step))


def axis(first: str, until: str) -> tuple[Label, ...]:
    """Return the labels of the axis between two days."""
    start, end = date.fromisoformat(first), date.fromisoformat(until)
    return _days(start, end, max(1, (end - start).days))


_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000)
_DAYS = (1, 2, 7, 14)
AXIS_MOST = 9


def _days(start: date, end: date, span: int) -> tuple[Label, ...]:
    """Return the days of the axis: days, months or years, whichever gives at most `AXIS_MOST`."""
    found: list[date] = []
    if span < _DAYS[-1] * AXIS_MOST:
        step = next(step for step in _DAYS if span // step < AXIS_MOST)
        found = [date.fromordinal(day) for day in range(start.toordinal(), end.toordinal() + 1, step)]
        return _labelled(found, [day.isoformat() for day in found], start, span, 36_000, 11_000)
    first, last = 12 * start.year + start.month - 1, 12 * end.year + end.month - 1
    step = next(step for step in _MONTHS if (last - first) // step < AXIS_MOST)
    months = range(-(-first // step) * step, last + 1, step)
    found = [day for day in (date(month // 12, month % 12 + 1, 1) for month in months if month >= 12) if start <= day <= end]
    years = step >= 12
    texts = [str(day.year) if years else day.isoformat()[:7] for day in found]
    return _labelled(found, texts, start, span, 17_000 if years else 27_000, 5_000 if years else 7_000)


def _labelled(days: Sequence[date], texts: Sequence[str], start: date, span: int, narrow: int, wide: int) -> tuple[Label, ...]:
    """Return labels, of which those that stand too near to the one before are shown only where there is room, or not at all."""
    found = []
    last, last_narrow = -100_000, -100_000
    for day, text in zip(days, texts, strict=True):
        at = percent((day - start).days, span)
        rare = 2
        if at - last_narrow >= narrow and at - last >= wide:
            rare, last, last_narrow = 0, at, at
        elif at - last >= wide:
            rare, last = 1, at
        found.append(Label(text, "0%", written(at), rare))
    return tuple(found)
