"""A published table -> rows that contradict, overlap or repeat each other, and ranges with a hole between two rows.

In: a matrix, and the place to name. Out: flaws. A row is a box over the values that its columns can tell apart (one value a class), so
"covers", "overlaps" and "wholly covered by the others together" are exact. What one would get wrong: a narrower row that
rules out is an exception to what a wider one lists, and no flaw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from supportable.core.conditions import InMatrix, Is, Matrix, Order, Row, holds
from supportable.core.dates import NO_DAY, day_after
from supportable.core.deciding import domains
from supportable.core.deployment import Deployment
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.flaws import ERROR, NOTE, Flaw
from supportable.core.truth import TRUE
from supportable.core.witnesses import Witness, clause_of
from supportable.errors import Place

BOXES_MAX = 20_000
"""How many pieces of a row are cut out when looking for what other rows leave of it."""

Box = tuple[int, ...]
"""For each column the values that a row admits, as the bits of a number."""


class Grid:
    """The values that each column of a table can tell apart, and its rows as boxes over them."""

    def __init__(self, matrix: Matrix) -> None:
        domain = domains([(clause_of(InMatrix(matrix.id)), (matrix,))], Deployment("table"))
        self.matrix = matrix
        self.values: list[tuple[Value | _Absent, ...]] = [domain((column, None)) for column in matrix.columns]
        self.boxes = {row.id: self._box(row) for row in matrix.rows}

    def _box(self, row: Row) -> Box:
        return tuple(
            sum((cell is None or holds(cell, value) is TRUE) << place for place, value in enumerate(values))
            for cell, values in zip(row.cells, self.values, strict=True)
        )

    def facts(self, box: Box) -> Witness:
        """Return one combination of a box that is not empty."""
        found = [
            (column, next(value for place, value in enumerate(values) if mask >> place & 1))
            for column, mask, values in zip(self.matrix.columns, box, self.values, strict=True)
        ]
        listings = dict.fromkeys(FIELDS[column].listing for column, _ in found)
        sizes: list[tuple[tuple[str, str | None], Value | _Absent]] = [((one, None), 1) for one in listings if one is not None]
        return (*sizes, *(((column, None if FIELDS[column].listing is None else "1"), value) for column, value in found))


def _both(one: Box, other: Box) -> Box:
    return tuple(a & b for a, b in zip(one, other, strict=True))


def _within(one: Box, other: Box) -> bool:
    return all(a & ~b == 0 for a, b in zip(one, other, strict=True))


def left_of(box: Box, others: Sequence[Box]) -> Box | None:
    """Return a part of a box that none of the others has, `None` where they cover it.

    >>> left_of((0b111,), [(0b001,), (0b100,)]), left_of((0b11,), [(0b01,), (0b10,)])
    ((2,), None)
    """
    pieces = [box]
    for other in others:
        pieces = [part for piece in pieces for part in _cut(piece, other)]
        if len(pieces) > BOXES_MAX:
            return pieces[0]
    return pieces[0] if pieces else None


def _cut(piece: Box, other: Box) -> Iterator[Box]:
    """Yield what is left of a piece without another box, in parts that do not overlap."""
    if not all(_both(piece, other)):
        yield piece
        return
    head: Box = ()
    for place, (own, taken) in enumerate(zip(piece, other, strict=True)):
        if own & ~taken:
            yield (*head, own & ~taken, *piece[place + 1 :])
        head = (*head, own & taken)


def table_flaws(matrix: Matrix, place: Place | None = None) -> list[Flaw]:
    """Return the flaws of a table, each once, over all the days on which it is another table."""
    found: dict[tuple[str, ...], Flaw] = {}
    standing: dict[str, list[bool]] = {}
    for table in _tables(matrix):
        grid = Grid(table)
        for key, flaw in _of_pairs(grid, place):
            found.setdefault(key, flaw)
        for row in table.rows:
            others = [grid.boxes[one.id] for one in table.rows if one.id != row.id and one.listed == row.listed]
            box = grid.boxes[row.id]
            standing.setdefault(row.id, []).append(not all(box) or left_of(box, others) is None)
        for key, flaw in _holes(grid, place):
            found.setdefault(key, flaw)
    for name, repeats in standing.items():
        if all(repeats):
            message = f"row `{name}` says nothing that other rows do not say"
            flaw = _flaw(ERROR, "table row repeats", matrix, place, message, "drop it, or mend its cells")
            found.setdefault(("repeats", name), flaw)
    return list(found.values())


def _tables(matrix: Matrix) -> Iterator[Matrix]:
    """Yield the table as it stands on each of its days; as it is, where it has no dates."""
    if not matrix.dated:
        yield matrix
        return
    # On the days after all ends nothing is listed; what a reader can get wrong is seen while rows are in force.
    starts = sorted(
        {row.dates.since or "0001-01-01" for row in matrix.rows} | {day_after(row.dates.until) for row in matrix.rows if row.dates.until}
    )
    known = sorted({day for row in matrix.rows for day in (row.dates.published, row.dates.withdrawn) if day} | {NO_DAY})
    seen = set()
    for as_of, day in product(starts, known):
        table = matrix.on(as_of, day)
        kept = tuple(row for row in table.rows if not row.over)
        if kept and kept not in seen:
            seen.add(kept)
            yield table._replace(rows=kept)


_Keyed = tuple[tuple[str, ...], Flaw]


def _of_pairs(grid: Grid, place: Place | None) -> Iterator[_Keyed]:
    table = grid.matrix
    for listed in (row for row in table.rows if row.listed):
        for out in (row for row in table.rows if not row.listed):
            one, other = grid.boxes[listed.id], grid.boxes[out.id]
            common = _both(one, other)
            if not all(common) or (_within(other, one) and not _within(one, other)):
                continue
            facts = grid.facts(common)
            if _within(one, other):
                message = f"row `{listed.id}` lists nothing: row `{out.id}` rules out all of it"
                flaw = _flaw(
                    ERROR, "table rows contradict", table, place, message, "keep one of them, or narrow the one that rules out", facts
                )
            else:
                message = f"row `{listed.id}` lists, and row `{out.id}` rules out, the same combination; what is ruled out wins"
                flaw = _flaw(NOTE, "table rows overlap", table, place, message, "narrow one of them if that is not meant", facts)
            yield ("pair", listed.id, out.id), flaw


def _holes(grid: Grid, place: Place | None) -> Iterator[_Keyed]:
    """Yield the ranges of one column that leave values out between two rows that are alike in all other columns."""
    table = grid.matrix
    rows = [row for row in table.rows if row.listed]
    for number, column in enumerate(table.columns):
        if not FIELDS[column].comparable:
            continue
        for low, high in product(rows, rows):
            cells = low.cells[number], high.cells[number]
            if low is high or not all(isinstance(cell, Is | Order) for cell in cells) or not any(isinstance(cell, Order) for cell in cells):
                continue
            one, other = grid.boxes[low.id], grid.boxes[high.id]
            if any(a != b for place_of, (a, b) in enumerate(zip(one, other, strict=True)) if place_of != number) or not all(one):
                continue
            between = _between(grid.values[number], column, one[number], other[number])
            hole = (*one[:number], between, *one[number + 1 :])
            rest = left_of(hole, [grid.boxes[row.id] for row in table.rows]) if between else None
            if rest is not None:
                facts = grid.facts(rest)
                value = next(value for (name, _), value in facts if name == column)
                message = f"rows `{low.id}` and `{high.id}` leave out `{column}` {value}, which lies between them"
                yield (
                    ("hole", low.id, high.id, column),
                    _flaw(NOTE, "table has a hole", table, place, message, "add a row for it if the document lists it", facts),
                )


def _between(values: Sequence[Value | _Absent], column: str, low: int, high: int) -> int:
    """Return the values above all of one row and below all of another, as bits; none where the rows meet or belong to two families."""
    keys = [None if value is ABSENT else FIELDS[column].order_key(value) for value in values]
    lows = [keys[place] for place in range(len(keys)) if low >> place & 1]
    highs = [keys[place] for place in range(len(keys)) if high >> place & 1]
    if not lows or not highs or None in lows or None in highs:
        return 0
    families = {key[0] for key in (*lows, *highs) if FIELDS[column].kind == "name" and isinstance(key, tuple)}
    if len(families) > 1:
        return 0
    first, last = max(lows), min(highs)  # type: ignore[type-var]
    found = 0
    for place, key in enumerate(keys):
        if key is not None and (not families or key[0] in families) and first < key < last:  # type: ignore[operator, index]
            found |= 1 << place
    return found


def _flaw(severity: str, kind: str, table: Matrix, place: Place | None, message: str, hint: str, facts: Witness = ()) -> Flaw:
    return Flaw(severity, kind, f"table `{table.id}`: {message}", hint, place, (), facts)
