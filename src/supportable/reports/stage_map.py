"""A diagram of stages -> where each box, arrow and number stands in an SVG picture.

In: a `Diagram`. Out: a `Drawing`, in pixels. The stages are a closed set, so each has its own place on a grid (columns from left to right,
rows from top to bottom) and most arrows their own course; rows that no stage needs are left out.
"""

from __future__ import annotations

from itertools import pairwise
from textwrap import wrap
from typing import NamedTuple

from supportable.reports.stages import ENDS, LABELS, TITLES, TONES, Diagram, Way, members

_WIDE, _HIGH, _COLUMN, _ROW = 136.0, 44.0, 160.0, 96.0
_LEFT, _TOP = 89.0, 66.0
_GRID = {
    "open": (2, 0), "suspected": (1, 1), "believed": (2, 1), "unrelated": (3, 1),
    "reproduced": (3, 2), "not reproduced": (4, 2),
    "removal requested": (1, 3), "removal suggested": (3, 3), "removal declined": (2, 4), "removed": (0, 5),
    "referred": (4, 5), "vendor engaged": (3, 6),
    "closed: resolved after removal": (0, 7), "closed: resolved": (1, 7), "closed: withdrawn": (2, 7),
    "closed: referred, vendor engaged": (3, 7), "closed: referred, no vendor engaged": (4, 7),
}  # fmt: skip
"""Column and row of each stage."""

_HALF_WIDE, _HALF_HIGH = _WIDE / 2 / _COLUMN, _HIGH / 2 / _ROW
Point = tuple[float, float]

_COURSES: dict[tuple[str, str], tuple[Point, ...]] = {
    ("open", "believed"): ((0, _HALF_HIGH), (0, 1 - _HALF_HIGH)),
    ("open", "suspected"): ((-_HALF_WIDE, 0), (-1, 0), (-1, 1 - _HALF_HIGH)),
    ("open", "unrelated"): ((_HALF_WIDE, 0), (1, 0), (1, 1 - _HALF_HIGH)),
    ("suspected", "believed"): ((0.2, _HALF_HIGH), (0.2, 0.42), (0.8, 0.42), (0.8, _HALF_HIGH)),
    ("suspected", "removal requested"): ((-0.2, _HALF_HIGH), (-0.2, 2 - _HALF_HIGH)),
    ("believed", "removal requested"): ((-0.1, _HALF_HIGH), (-0.1, 1.5), (-0.95, 1.5), (-0.95, 2 - _HALF_HIGH)),
    ("reproduced", "removal requested"): ((-_HALF_WIDE, 0), (-1.8, 0), (-1.8, 1 - _HALF_HIGH)),
    ("not reproduced", "removal requested"): ((-0.25, _HALF_HIGH), (-0.25, 0.62), (-2.65, 0.62), (-2.65, 1 - _HALF_HIGH)),
    ("removal suggested", "removal requested"): ((-_HALF_WIDE, 0), (_HALF_WIDE - 2, 0)),
    ("not reproduced", "removal suggested"): ((-0.05, _HALF_HIGH), (-0.05, 1), (_HALF_WIDE - 1, 1)),
    ("not reproduced", "referred"): ((0.3, _HALF_HIGH), (0.3, 3 - _HALF_HIGH)),
    ("removal suggested", "removal declined"): ((-0.25, _HALF_HIGH), (-0.25, 1), (_HALF_WIDE - 1, 1)),
    ("removal requested", "removal declined"): ((0.25, _HALF_HIGH), (0.25, 1), (1 - _HALF_WIDE, 1)),
    ("removal suggested", "referred"): ((0.2, _HALF_HIGH), (0.2, 1.4), (0.9, 1.4), (0.9, 2 - _HALF_HIGH)),
    ("removal declined", "referred"): ((0.2, _HALF_HIGH), (0.2, 0.9), (2 - _HALF_WIDE, 0.9)),
    ("removal requested", "referred"): ((0, _HALF_HIGH), (0, 2.1), (3 - _HALF_WIDE, 2.1)),
    ("removal requested", "removed"): ((-_HALF_WIDE, 0), (-0.85, 0), (-0.85, 2 - _HALF_HIGH)),
    ("removal suggested", "removed"): ((0, _HALF_HIGH), (0, 0.5), (-3.1, 0.5), (-3.1, 2 - _HALF_HIGH)),
    ("referred", "removed"): ((-0.2, _HALF_HIGH), (-0.2, 0.42), (-3.75, 0.42), (-3.75, _HALF_HIGH)),
    ("vendor engaged", "removed"): ((-_HALF_WIDE, 0), (-2.9, 0), (-2.9, -1 + _HALF_HIGH)),
    ("referred", "vendor engaged"): ((0.05, _HALF_HIGH), (0.05, 1), (_HALF_WIDE - 1, 1)),
    ("referred", "closed: referred, no vendor engaged"): ((0.25, _HALF_HIGH), (0.25, 2 - _HALF_HIGH)),
    ("vendor engaged", "closed: referred, vendor engaged"): ((0, _HALF_HIGH), (0, 1 - _HALF_HIGH)),
    ("removed", "closed: resolved after removal"): ((-0.3, _HALF_HIGH), (-0.3, 2 - _HALF_HIGH)),
    ("removed", "closed: withdrawn"): ((-0.1, _HALF_HIGH), (-0.1, 1.62), (1.85, 1.62), (1.85, 2 - _HALF_HIGH)),
}
"""The corners of an arrow, in columns and rows from the place of the stage that it leaves."""


class Box(NamedTuple):
    """A stage: its middle, its lines of text, its tone (ends only), what stands below it, and whether it is marked."""

    stage: str
    x: float
    y: float
    lines: tuple[str, ...]
    tone: str
    below: str
    marked: bool


class Frame(NamedTuple):
    """A group of stages with its title."""

    title: str
    x: float
    y: float
    width: float
    height: float


class Arrow(NamedTuple):
    """An arrow as an SVG path, and its number with the place where that stands."""

    path: str
    label: str
    x: float
    y: float
    by_clause: bool
    marked: bool


class Drawing(NamedTuple):
    """A picture in pixels; `half_wide` and `half_high` are those of a box."""

    width: float
    height: float
    frames: tuple[Frame, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    half_wide: float = _WIDE / 2
    half_high: float = _HIGH / 2


class _Grid:
    """Places of the grid in pixels, without the columns at the left and the rows that no stage needs."""

    def __init__(self, stages: tuple[str, ...]) -> None:
        self.left = _LEFT - _COLUMN * min(_GRID[stage][0] for stage in stages)
        used = {_GRID[stage][1] for stage in stages}
        self.at = [0.0]
        for row in range(1, 8):
            # The ends stand apart from the frame around the open stages.
            self.at.append(self.at[-1] + (_ROW * (1.25 if row == 7 else 1) if row in used else 0))

    def y(self, row: float) -> float:
        whole = min(max(int(row), 0), 6)
        return _TOP + self.at[whole] + (row - whole) * ((self.at[whole + 1] - self.at[whole]) or _ROW)

    def middle(self, stage: str) -> Point:
        column, row = _GRID[stage]
        return self.left + column * _COLUMN, self.y(row)

    def corners(self, way: Way, frames: dict[str, Frame]) -> list[Point]:
        """Return the corners of an arrow."""
        x, y = self.middle(way.target)
        if way.origin in frames:
            frame = frames[way.origin]
            return [(x, frame.y + frame.height), (x, y - _HIGH / 2)]
        own = _COURSES.get((way.origin, way.target))
        column, row = _GRID[way.origin]
        if own is None:
            return _straight(self.middle(way.origin), (x, y))
        points = [(self.left + (column + across) * _COLUMN, self.y(row + down)) for across, down in own]
        # Where rows were closed up, half a box is still half a box.
        return [_edge(points[0], self.middle(way.origin)), *points[1:-1], _edge(points[-1], (x, y))]


def _edge(point: Point, middle: Point) -> Point:
    if abs(point[0] - middle[0]) >= _WIDE / 2 - 1:
        height = min(max(point[1], middle[1] - _HIGH / 4), middle[1] + _HIGH / 4)
        return (middle[0] + (_WIDE / 2 if point[0] > middle[0] else -_WIDE / 2), height)
    return (point[0], middle[1] + (_HIGH / 2 if point[1] > middle[1] else -_HIGH / 2))


def _straight(origin: Point, target: Point) -> list[Point]:
    """Return an arrow between two places that have no course of their own: down, across in the middle between two rows, and down."""
    down = target[1] > origin[1]
    side = _HIGH / 2 if down else -_HIGH / 2
    start, end = (origin[0] + 36, origin[1] + side), (target[0] + 36, target[1] - side)
    if abs(origin[1] - target[1]) < 1:
        step = _WIDE / 2 if target[0] > origin[0] else -_WIDE / 2
        return [(origin[0] + step, origin[1]), (target[0] - step, target[1])]
    turn = end[1] - side * 1.2
    return [start, (start[0], turn), (end[0], turn), end]


def draw(one: Diagram) -> Drawing:
    """Return the picture of a diagram."""
    grid = _Grid(one.stages)
    frames = _frames(one, grid)
    boxes = tuple(_box(stage, grid, one) for stage in one.stages)
    taken = [(box.x - _WIDE / 2, box.y - _HIGH / 2, box.x + _WIDE / 2, box.y + _HIGH / 2) for box in boxes]
    arrows = []
    for way in one.ways:
        corners = grid.corners(way, frames)
        label = ", ".join(map(str, way.numbers))
        x, y = _place(corners, 9 + 4.0 * len(label), taken)
        taken.append((x - 11, y - 11, x + 11, y + 11))
        arrows.append(Arrow(_path(corners), label, x, y, way.by_clause, way.marked))
    height = max(box.y for box in boxes) + _HIGH / 2 + 28
    # What is marked lies above the rest.
    ordered = sorted(arrows, key=lambda arrow: arrow.marked)
    width = max([box.x + _WIDE / 2 for box in boxes] + [frame.x + frame.width for frame in frames.values()]) + 8
    return Drawing(width, height, tuple(frames.values()), boxes, tuple(ordered))


def _box(stage: str, grid: _Grid, one: Diagram) -> Box:
    x, y = grid.middle(stage)
    rank = ENDS.index(stage) if stage in ENDS else -1
    below = "" if rank < 0 else {0: "best end", len(ENDS) - 1: "given up"}.get(rank, f"end {rank + 1} of {len(ENDS)}")
    return Box(stage, x, y, tuple(wrap(LABELS[stage], 20)), TONES[rank] if rank >= 0 else "", below, stage in one.marked)


def _frames(one: Diagram, grid: _Grid) -> dict[str, Frame]:
    """Return a frame around each group; the inner one only where it leaves something out."""
    made: dict[str, Frame] = {}
    stages = one.stages
    if members("search", stages) != members("case", stages):
        # An arrow out of a frame leaves it straight above where it ends.
        beside = [grid.middle(way.target)[0] for way in one.ways if way.origin == "search"]
        made["search"] = _around("search", [grid.middle(stage) for stage in members("search", stages)], beside, (6, 18, 27))
    made["case"] = _around("case", [grid.middle(stage) for stage in members("case", stages)], [], (13, 38, 32))
    return dict(reversed(made.items()))


def _around(name: str, places: list[Point], beside: list[float], pad: tuple[float, float, float]) -> Frame:
    across, columns = pad[0] + _WIDE / 2, [x for x, _ in places] + beside
    left, right = min(x for x, _ in places) - across, max(columns) + across
    top, bottom = min(y for _, y in places) - _HIGH / 2 - pad[1], max(y for _, y in places) + _HIGH / 2 + pad[2]
    return Frame(TITLES[name], left, top, right - left, bottom - top)


def _place(corners: list[Point], half: float, taken: list[tuple[float, float, float, float]]) -> Point:
    """Return where the number of an arrow stands: the first spot on it that nothing else takes."""
    spots = [spot for pair in pairwise(corners) for spot in _spots(*pair)]
    total = len(spots)
    order = sorted(range(total), key=lambda index: abs(index - total * 0.35))
    free = (spots[index] for index in order if not any(_near(spots[index], half, one) for one in taken))
    return next(free, spots[total // 2])


def _spots(start: Point, end: Point) -> list[Point]:
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    count = max(int(length // 8), 1)
    return [(start[0] + (end[0] - start[0]) * step / count, start[1] + (end[1] - start[1]) * step / count) for step in range(count + 1)]


def _near(spot: Point, half: float, box: tuple[float, float, float, float]) -> bool:
    return box[0] - half < spot[0] < box[2] + half and box[1] - 10 < spot[1] < box[3] + 10


def _path(corners: list[Point]) -> str:
    """Return an SVG path with rounded corners."""
    parts = [f"M{corners[0][0]:.0f} {corners[0][1]:.0f}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        first, second = _towards(corner, before), _towards(corner, after)
        parts.append(f"L{first[0]:.0f} {first[1]:.0f}Q{corner[0]:.0f} {corner[1]:.0f} {second[0]:.0f} {second[1]:.0f}")
    return "".join([*parts, f"L{corners[-1][0]:.0f} {corners[-1][1]:.0f}"])


def _towards(corner: Point, other: Point, radius: float = 9) -> Point:
    across, down = other[0] - corner[0], other[1] - corner[1]
    length = (across**2 + down**2) ** 0.5 or 1.0
    share = min(radius, length / 2) / length
    return corner[0] + across * share, corner[1] + down * share
