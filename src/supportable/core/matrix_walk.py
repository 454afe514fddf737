"""A matrix -> small tables to look its truth up, one a column.

In: a matrix and the classes of its columns. Out: `Walk`: start in state 0, look up `state * classes + class` in the table of
each column in turn; the last table gives the truth (0, 1, 2). States that cannot end differently are one state, so the tables
grow with what the matrix tells apart, not with the number of combinations.
"""

from __future__ import annotations

from typing import NamedTuple

from supportable.core.classes import Classes
from supportable.core.conditions import Matrix
from supportable.core.truth import FALSE, TRUE, UNKNOWN

ENTRIES_MAX = 50_000
"""Beyond so many entries a matrix is better written out as a formula."""

_Masks = tuple[int, int]


class Walk(NamedTuple):
    """One table a column, in the order of the columns; a matrix without columns has none and `truth` alone."""

    tables: tuple[tuple[int, ...], ...]
    truth: int


def walk_of(matrix: Matrix, classes: tuple[Classes, ...]) -> Walk | None:
    """Return the tables of the matrix, `None` when they would be too large."""
    start: _Masks = ((1 << len(matrix.rows)) - 1,) * 2
    if not classes:
        return Walk((), _truth(matrix, start))
    states: list[list[_Masks]] = [[start]]
    steps: list[list[int]] = []
    entries = 0
    for place, column in enumerate(classes):
        cells = _cells(matrix, place, column)
        numbers: dict[_Masks, int] = {}
        step = []
        for true, open_ in states[-1]:
            entries += len(cells)
            if entries > ENTRIES_MAX:
                return None
            step += [numbers.setdefault((true & cell_true, open_ & cell_open), len(numbers)) for cell_true, cell_open in cells]
        states.append(list(numbers))
        steps.append(step)
    return Walk(_merged(steps, [_truth(matrix, one) for one in states[-1]], [one.size for one in classes]), 0)


def _cells(matrix: Matrix, place: int, column: Classes) -> list[_Masks]:
    """The rows whose cell is TRUE, and those whose cell is not FALSE, for each class of the column."""
    found = []
    for number in range(column.size):
        true = open_ = 0
        for row, one in enumerate(matrix.rows):
            cell = one.cells[place]
            truth = TRUE if cell is None else column.truths[cell][number]
            true |= (truth == TRUE) << row
            open_ |= (truth != FALSE) << row
        found.append((true, open_))
    return found


def _truth(matrix: Matrix, state: _Masks) -> int:
    listed = sum(one.listed << number for number, one in enumerate(matrix.rows))
    ruled_out = sum((not one.listed) << number for number, one in enumerate(matrix.rows))

    def any_of(rows: int) -> int:
        return TRUE if state[0] & rows else UNKNOWN if state[1] & rows else FALSE

    return int(min(max(matrix.unlisted, any_of(listed)), TRUE - any_of(ruled_out)))


def _merged(steps: list[list[int]], ends: list[int], widths: list[int]) -> tuple[tuple[int, ...], ...]:
    """Make states one that lead to the same ends, from the last column to the first."""
    tables: list[tuple[int, ...]] = []
    for step, width in zip(reversed(steps), reversed(widths), strict=True):
        rows = [tuple(ends[state] for state in step[first : first + width]) for first in range(0, len(step), width)]
        numbers = {row: number for number, row in enumerate(dict.fromkeys(rows))}
        tables.append(tuple(entry for row in numbers for entry in row))
        ends = [numbers[row] for row in rows]
    return tuple(reversed(tables))
