"""A path -> where the parts of its picture stand: a column a step, a row a node, below them what each issuer says, and the deadlines.

In: a `Path`. Out: places in per cent of the room there is, as texts (`fleet_pictures`). What one would get wrong: everything is read
from the deployments that were judged, not from the steps; a node that is not among the nodes of a deployment is out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar

from supportable.core.deployment import Deployment
from supportable.core.path_works import RUN
from supportable.core.paths import At, Path
from supportable.core.plan_space import Held
from supportable.reports.fleet_pictures import percent, written
from supportable.reports.path_words import deadlines, held_words, state_at
from supportable.reports.wording import printable

_One = TypeVar("_One")
OUT = "out"
PATTERNS = 8
_STATES = ("full", "limited", "unsupported", "undecided", "silent")
_LEAST = 12
"""A stage, and the ends, are as wide as one in so many steps at least."""

_ROOM = {"letter": (3_500, 3_500), "out": (10_000, 4_000), "word": (34_000, 9_000), "number": (7_000, 2_600)}
"""What each needs to be shown on a phone, and where there is room; in thousandths of one per cent."""


class Piece(NamedTuple):
    """A part of a row: what it shows, the word in it (`rare`: only where there is room), where it stands, and the middle for the word."""

    shows: str
    word: str
    rare: bool
    x: str
    width: str
    middle: str


class Row(NamedTuple):
    """A row: whose it is, and its parts from left to right."""

    name: str
    pieces: tuple[Piece, ...]


class Heading(NamedTuple):
    """A word above or below the columns, and more of it; `rare`: only where there is room."""

    text: str
    middle: str
    rare: bool = False
    more: str = ""


class Due(NamedTuple):
    """A deadline: the day, the edge to be past by then, and whether its words stand after it, because there is no room before."""

    day: str
    step: int
    at: str
    after: bool


class Look(NamedTuple):
    """How something that a row shows is drawn, and what it is in words."""

    shows: str
    letter: str
    words: tuple[str, ...]


class Picture(NamedTuple):
    """All of it; `edges` stand between the stages."""

    heads: tuple[Heading, ...]
    edges: tuple[str, ...]
    rows: tuple[Row, ...]
    levels: tuple[Row, ...]
    steps: tuple[Heading, ...]
    dues: tuple[Due, ...]
    looks: tuple[Look, ...]
    outs: bool

    @property
    def states(self) -> list[str]:
        """The states that any issuer has, best first."""
        found = {piece.shows for row in self.levels for piece in row.pieces}
        return [one for one in _STATES if one in found]


def picture(path: Path) -> Picture | None:
    """Return the picture of a path; `None` where it has no step."""
    if not path.stages:
        return None
    ats = (path.start, *(step.after for step in path.steps), path.end)
    edges, stage_edges = _edges(path)
    looks: dict[object, Look] = {}
    rows = tuple(_row(name, [_look(looks, runs(at.deployment)) for at in ats], edges) for name, runs in _shown(path))
    issuers = [one.issuer for one in path.start.standings]
    levels = [Row(one, _pieces([_state(at, one) for at in ats], edges, lambda state: (state, state, "word"))) for one in issuers]
    speaking = tuple(one for one in levels if {piece.shows for piece in one.pieces} != {"silent"})
    dues = tuple(Due(one.day, one.step, written(edges[one.step]), edges[one.step] < 45_000) for one in deadlines(path))
    outs = any(piece.shows == OUT for row in rows for piece in row.pieces)
    return Picture(
        tuple(_heads(path, stage_edges)),
        tuple(map(written, stage_edges[1:-1])),
        rows,
        speaking,
        tuple(_numbers(len(path.steps), edges)),
        dues,
        tuple(looks.values()),
        outs,
    )


def _edges(path: Path) -> tuple[list[int], list[int]]:
    """Return the edges of all columns (as it is now, each step, afterwards), and those of the stages."""
    least = Fraction(len(path.steps), _LEAST)
    widths: list[Fraction] = [max(Fraction(1), least)]
    stages = [0, 1]
    for stage in path.stages:
        widths += [max(Fraction(len(stage.steps)), least) / len(stage.steps)] * len(stage.steps)
        stages.append(len(widths))
    widths.append(widths[0])
    stages.append(len(widths))
    whole, before, edges = sum(widths), Fraction(0), [0]
    for one in widths:
        before += one
        edges.append(percent(before, whole))
    return edges, [edges[at] for at in stages]


_Runs = Callable[[Deployment], Sequence[tuple[str, Held]] | None]
"""What somebody runs in a deployment, field by field; `None` where it is out."""


def _shown(path: Path) -> list[tuple[str, _Runs]]:
    """Return whose rows there are: of the whole where anything of it is changed, and one a node where something of them is."""
    nodes = [one.name for one in path.start.deployment.listing("nodes").items]
    own = [one for step in path.steps for one in step.changes if one.own and one.field != RUN]
    of_nodes = list(dict.fromkeys(one.field for one in own if one.item in nodes))
    of_whole = list(dict.fromkeys((one.field, one.item) for one in own if one.item not in nodes))
    found: list[tuple[str, _Runs]] = []
    if of_whole:
        found.append(("the whole", lambda deployment: [(_named(field, item), _value(deployment, field, item)) for field, item in of_whole]))
    if of_nodes or any(step.out for step in path.steps):
        found += [(printable(one), _of_node(one, of_nodes)) for one in nodes]
    return found


def _named(field: str, item: str | None) -> str:
    return field if item is None else f"{field} of {printable(item)}"


def _value(deployment: Deployment, field: str, item: str | None) -> Held:
    if item is None:
        return deployment.values.get(field)
    return next((one.values.get(field) for one in deployment.listing(field.partition(".")[0]).items if one.name == item), None)


def _of_node(name: str, fields: Sequence[str]) -> _Runs:
    def runs(deployment: Deployment) -> Sequence[tuple[str, Held]] | None:
        node = next((one for one in deployment.listing("nodes").items if one.name == name), None)
        return None if node is None else [(field, node.values.get(field)) for field in fields]

    return runs


def _look(looks: dict[object, Look], runs: Sequence[tuple[str, Held]] | None) -> Look:
    """Return how something is drawn; the same thing always alike."""
    if runs is None:
        return Look(OUT, OUT, ())
    key = tuple(runs)
    if key not in looks:
        number = len(looks)
        words = tuple(f"{field} {'not known' if value is None else held_words(value)}" for field, value in runs)
        looks[key] = Look(f"runs-{number % PATTERNS}", _letters(number), words or ("as they are",))
    return looks[key]


def _letters(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"{chr(ord('A') + number % 26)}{number // 26}"


def _row(name: str, looks: Sequence[Look], edges: Sequence[int]) -> Row:
    return Row(name, _pieces(looks, edges, lambda look: (look.shows, look.letter, OUT if look.shows == OUT else "letter")))


def _state(at: At, issuer: str) -> str:
    return next((state_at(one) for one in at.standings if one.issuer == issuer), "silent")


def _pieces(shown: Sequence[_One], edges: Sequence[int], told: Callable[[_One], tuple[str, str, str]]) -> tuple[Piece, ...]:
    """Return columns that show the same beside each other as one piece, with its word where that fits."""
    found: list[Piece] = []
    begin = 0
    for at in range(1, len(shown) + 1):
        if at < len(shown) and shown[at] == shown[begin]:
            continue
        left, right = edges[begin], edges[at]
        shows, word, kind = told(shown[begin])
        always, roomy = _ROOM[kind]
        fits = word if right - left >= roomy else ""
        found.append(Piece(shows, fits, right - left < always, written(left), written(right - left), written((left + right) // 2)))
        begin = at
    return tuple(found)


_KINDS = {"whole": "change", "roll": "roll", "together": "at once", "validate": "validate"}


def _heads(path: Path, edges: Sequence[int]) -> list[Heading]:
    words = ["now", *(str(number) for number, _ in enumerate(path.stages, 1)), "after"]
    kinds = ["", *(_KINDS[one.kind] for one in path.stages), ""]
    found = []
    always, roomy = _ROOM["word"]
    for word, kind, left, right in zip(words, kinds, edges[:-1], edges[1:], strict=True):
        more = f" {kind}" if kind and right - left >= roomy else ""
        found.append(Heading(word, written((left + right) // 2), right - left < always, more))
    return found


def _numbers(count: int, edges: Sequence[int]) -> list[Heading]:
    """Return the numbers of the steps below their columns, as many as there is room for."""
    found: list[Heading] = []
    shown = wide = -100_000
    always, roomy = _ROOM["number"]
    for number in range(1, count + 1):
        middle = (edges[number] + edges[number + 1]) // 2
        rare = middle - shown < always
        if rare and middle - wide < roomy:
            continue
        shown, wide = (shown if rare else middle), middle
        found.append(Heading(str(number), written(middle), rare))
    return found
