"""Conditions -> lookup tables over class codes, exact for three values.

In: formulas (each a condition and the number of its bit). Out: a `Layer`: how each input's code is found, and groups of inputs
with one table each. A formula is an "and" of parts; each part lies within one group, whose table says for every combination
of codes which formulas are not false and which are true. The answer of a formula is the "and" of its bits over the groups.

A formula that is rather an "or" is kept negated (`Formula.negated`): "not any" is "all not". A part that does not fit into
one group becomes an input of its own, found by a table over its inputs or, where that would be too large, by steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from math import prod
from typing import Any as Anything
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supportable.core.classes import Classes
from supportable.core.conditions import (
    All,
    Always,
    Any,
    Condition,
    Count,
    Every,
    InMatrix,
    Is,
    Matrix,
    Not,
    Order,
    Present,
    Row,
    Same,
    Some,
    compare,
)
from supportable.core.fields import FIELDS
from supportable.engines.codes import smallest_type

GROUP_BYTES = 1 << 17
GROUP_MAX, GROUP_MIN = 4096, 256
DERIVED_MAX = 1 << 18
STATES_MAX = 1 << 13
Truths = NDArray[np.uint8]
_SAME = np.array([0, 1, 2], np.uint8)


class FieldCodes(NamedTuple):
    """The class of a field's value."""

    field: str


class AboveCodes(NamedTuple):
    """An input of the whole deployment, for each item of a listing."""

    input: int


class SizeCodes(NamedTuple):
    """How many items a listing has: twice the place of their number among `bounds`, plus one where the listing is complete."""

    listing: str
    bounds: tuple[int, ...]


class SameCodes(NamedTuple):
    """The truth of `same`."""

    field: str


class SlotCodes(NamedTuple):
    """The truth of one condition on the items of a listing, found below it."""

    listing: str
    slot: int


class TableCodes(NamedTuple):
    """What a table holds at the place that the inputs' codes, each times its stride, add up to."""

    inputs: tuple[int, ...]
    strides: tuple[int, ...]
    table: NDArray[Anything]


class JoinCodes(NamedTuple):
    """The least (or the greatest) of several truths."""

    inputs: tuple[int, ...]
    least: bool


Step = FieldCodes | AboveCodes | SizeCodes | SameCodes | SlotCodes | TableCodes | JoinCodes


class Group(NamedTuple):
    """A table with one row of words a combination of its inputs' codes: first which formulas are not false, then which are true."""

    inputs: tuple[int, ...]
    strides: tuple[int, ...]
    table: NDArray[np.uint64]


class Layer(NamedTuple):
    """The steps that give one code array an input, in an order in which they can be run, and the groups over them."""

    steps: tuple[Step, ...]
    sizes: tuple[int, ...]
    groups: tuple[Group, ...]
    words: int
    constant: NDArray[np.uint64]


class Formula(NamedTuple):
    """The parts of which all hold, each with the truth it is wanted to have; `negated` where this is the formula's opposite."""

    parts: tuple[tuple[Condition, bool], ...]
    negated: bool


def formula_of(condition: Condition, either_way: bool = True) -> Formula:
    """Return the condition as an "and" of parts, or its opposite where that has more parts (and `either_way` allows it)."""
    straight, opposite = tuple(_conjuncts(condition, True)), tuple(_conjuncts(condition, False))
    if either_way and len(straight) == 1 < len(opposite):
        return Formula(opposite, True)
    return Formula(straight, False)


def _conjuncts(condition: Condition, wanted: bool) -> Iterable[tuple[Condition, bool]]:
    match condition:
        case All(parts) if wanted:
            for part in parts:
                yield from _conjuncts(part, True)
        case Any(parts) if not wanted:
            for part in parts:
                yield from _conjuncts(part, False)
        case Not(part):
            yield from _conjuncts(part, not wanted)
        case _:
            yield condition, wanted


def _along(vector: Truths, axis: int, axes: int) -> Truths:
    return vector.reshape(tuple(len(vector) if at == axis else 1 for at in range(axes)))


class Scope:
    """The inputs that conditions of one place read: of the whole deployment, or of an item of a listing (`above` is then the whole).

    `slots` gives the conditions on listings the bit they have in the words of their listing, and whether it is negated.
    """

    def __init__(
        self,
        classes: Mapping[str, Classes],
        matrices: Mapping[str, Matrix],
        above: Scope | None = None,
        slots: Mapping[Condition, tuple[str, int]] | None = None,
        counts: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        self.classes = classes
        self.matrices = matrices
        self.above = above
        self.slots = slots or {}
        self.counts = counts or {}
        self.steps: list[Step] = []
        self.sizes: list[int] = []
        self._known: dict[tuple[type, Step], int] = {}
        self._leaves: dict[Condition, tuple[int, Truths] | None] = {}
        self._reads: dict[Condition, frozenset[int]] = {}

    def _input(self, step: Step, size: int) -> int:
        new = len(self.steps)
        # Named tuples of two kinds are equal where their values are.
        found = new if isinstance(step, TableCodes) else self._known.setdefault((type(step), step), new)
        if found == len(self.steps):
            self.steps.append(step)
            self.sizes.append(size)
        return found

    def field(self, name: str) -> int:
        """Return the input that holds the codes of a field."""
        size = self.classes[name].size
        if self.above is not None and FIELDS[name].listing is None:
            return self._input(AboveCodes(self.above.field(name)), size)
        return self._input(FieldCodes(name), size)

    def leaf(self, condition: Condition) -> tuple[int, Truths] | None:
        """Return the one input whose codes give the truth of a condition, and the truth for each code; `None` for a joined one."""
        if condition not in self._leaves:
            self._leaves[condition] = self._leaf(condition)
        return self._leaves[condition]

    def _leaf(self, condition: Condition) -> tuple[int, Truths] | None:
        match condition:
            case Is(field) | Order(field) | Present(field):
                return self.field(field), np.array(self.classes[field].truths[condition], np.uint8)
            case Same(field):
                return self._input(SameCodes(field), 3), _SAME
            case Count(listing, operator, bound):
                bounds = self.counts[listing]
                truths = np.array([_count(operator, bound, place, bounds) for place in range(2 * (len(bounds) + 1))], np.uint8)
                return self._input(SizeCodes(listing, bounds), len(truths)), truths
            case Every() | Some():
                listing, slot = self.slots[condition]
                truths = _SAME if isinstance(condition, Every) else 2 - _SAME
                return self._input(SlotCodes(listing, slot), 3), truths
            case Always() | All() | Any() | Not() | InMatrix():
                return None

    def reads(self, condition: Condition) -> frozenset[int]:
        """Return the inputs that a condition reads."""
        if condition not in self._reads:
            self._reads[condition] = self._reads_of(condition)
        return self._reads[condition]

    def _reads_of(self, condition: Condition) -> frozenset[int]:
        leaf = self.leaf(condition)
        if leaf is not None:
            return frozenset((leaf[0],))
        match condition:
            case All(parts) | Any(parts):
                return frozenset[int]().union(*(self.reads(part) for part in parts))
            case Not(part):
                return self.reads(part)
            case InMatrix(name):
                cells = {cell for row in self.matrices[name].rows for cell in row.cells if cell is not None}
                return frozenset(self.field(cell.field) for cell in cells)
            case _:
                return frozenset()

    def size(self, inputs: Iterable[int]) -> int:
        """Return how many combinations of codes these inputs have."""
        return prod(self.sizes[one] for one in inputs)

    def strides(self, inputs: tuple[int, ...]) -> tuple[int, ...]:
        """Return what each input's code counts for in the place of a combination, the last input fastest."""
        return tuple(self.size(inputs[at + 1 :]) for at in range(len(inputs)))

    def table(self, condition: Condition, inputs: tuple[int, ...]) -> Truths:
        """Return the truth of a condition for every combination of the codes of `inputs`, among which are all it reads."""
        shape = tuple(self.sizes[one] for one in inputs)
        return np.broadcast_to(self._truths(condition, inputs), shape).ravel()

    def _truths(self, condition: Condition, inputs: tuple[int, ...]) -> Truths:
        leaf = self.leaf(condition)
        if leaf is not None:
            return _along(leaf[1], inputs.index(leaf[0]), len(inputs))
        neutral = np.full((1,) * len(inputs), 2, np.uint8)
        match condition:
            case All(parts):
                return reduce(np.minimum, (self._truths(part, inputs) for part in parts), neutral)
            case Any(parts):
                return reduce(np.maximum, (self._truths(part, inputs) for part in parts), neutral * 0)
            case Not(part):
                return 2 - self._truths(part, inputs)
            case InMatrix(name):
                return self._matrix(self.matrices[name], inputs, neutral)
            case Always(truth):
                return np.full_like(neutral, int(truth))
        raise AssertionError(condition)

    def _matrix(self, matrix: Matrix, inputs: tuple[int, ...], neutral: Truths) -> Truths:
        listed, ruled_out = np.full_like(neutral, int(matrix.unlisted)), neutral * 0
        for row in matrix.rows:
            truth = reduce(np.minimum, (self._truths(cell, inputs) for cell in row.cells if cell is not None), neutral)
            if row.listed:
                listed = np.maximum(listed, truth)
            else:
                ruled_out = np.maximum(ruled_out, truth)
        return np.minimum(listed, 2 - ruled_out)

    def derive(self, condition: Condition) -> None:
        """Make the condition an input of its own."""
        if self.leaf(condition) is not None:
            return
        inputs = tuple(sorted(self.reads(condition)))
        if len(inputs) == 1 or self.size(inputs) <= DERIVED_MAX:
            found = self._input(TableCodes(inputs, self.strides(inputs), self.table(condition, inputs)), 3)
        elif isinstance(condition, InMatrix):
            found = self._by_rows(self.matrices[condition.matrix], inputs)
        elif isinstance(condition, Not):
            self.derive(condition.part)
            inner, truths = self.leaf(condition.part) or (0, _SAME)
            found = self._input(TableCodes((inner,), (1,), 2 - truths), 3)
        else:
            assert isinstance(condition, All | Any)
            found = self._joined(condition)
        self._leaves[condition] = (found, _SAME)
        self._reads.clear()

    def _joined(self, condition: All | Any) -> int:
        batches: list[list[Condition]] = []
        for part in condition.parts:
            if len(self.reads(part)) > 1 and self.size(self.reads(part)) > DERIVED_MAX:
                self.derive(part)
            together = [*batches[-1], part] if batches else []
            if together and self.size(frozenset[int]().union(*map(self.reads, together))) <= DERIVED_MAX:
                batches[-1] = together
            else:
                batches.append([part])
        made = []
        for batch in batches:
            one = type(condition)(tuple(batch))
            self.derive(one)
            made.append((self.leaf(one) or (0, _SAME))[0])
        return self._input(JoinCodes(tuple(made), isinstance(condition, All)), 3)

    def _by_rows(self, matrix: Matrix, inputs: tuple[int, ...]) -> int:
        """Return the input for a matrix of which the dense table would be too large: "a row lists it" and "no row rules it out"."""
        listed = self._by_columns([row for row in matrix.rows if row.listed], inputs)
        out = self._by_columns([row for row in matrix.rows if not row.listed], inputs)
        rows, columns = np.meshgrid(np.maximum(_SAME, int(matrix.unlisted)), 2 - _SAME, indexing="ij")
        return self._input(TableCodes((listed, out), (3, 1), np.minimum(rows, columns).ravel()), 3)

    def _by_columns(self, rows: list[Row], inputs: tuple[int, ...]) -> int:
        """Return the input for "one of these rows", read column by column: a state is what each row can still be, and equal states are one.

        Too many states: half of the rows at a time (eight rows have at most 3 to the 8th states).
        """
        if not rows:
            return self._input(TableCodes(inputs[:1], (1,), np.zeros(self.sizes[inputs[0]], np.uint8)), 3)
        states, before = np.full((1, (len(rows) + 3) // 4), 255, np.uint8), None
        for column in inputs:
            size = self.sizes[column]
            cells = self._cells(rows, column, size)
            reached = (states[:, None, :] & cells[None, :, :]).reshape(-1, states.shape[1])
            kinds, numbers = np.unique(reached.view(np.dtype((np.void, reached.shape[1]))), return_inverse=True)
            if len(kinds) > STATES_MAX and len(rows) > 8:
                halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
                return self._input(JoinCodes(tuple(self._by_columns(half, inputs) for half in halves), False), 3)
            states = kinds.view(np.uint8).reshape(len(kinds), states.shape[1])
            read, strides = ((column,), (1,)) if before is None else ((before, column), (size, 1))
            before = self._input(TableCodes(read, strides, numbers.reshape(-1).astype(smallest_type(len(states)))), len(states))
        assert before is not None
        flags = np.unpackbits(states, axis=1)[:, : 2 * len(rows)]
        truths = flags[:, 0::2].max(axis=1, initial=0) + flags[:, 1::2].max(axis=1, initial=0)
        return self._input(TableCodes((before,), (1,), truths.astype(np.uint8)), 3)

    def _cells(self, rows: list[Row], column: int, size: int) -> NDArray[np.uint8]:
        """Return what the cells of one column say for each of its codes, two bits a row: not false, and true."""
        flags = np.ones((size, 2 * len(rows)), np.uint8)
        for at, row in enumerate(rows):
            for cell in row.cells:
                leaf = self.leaf(cell) if cell is not None else None
                if leaf is not None and leaf[0] == column:
                    flags[:, 2 * at] &= leaf[1] != 0
                    flags[:, 2 * at + 1] &= leaf[1] == 2
        return np.packbits(flags, axis=1)


def _count(operator: str, bound: int, place: int, bounds: tuple[int, ...]) -> int:
    """Return the truth of a count at a place among the bounds: so many that bound `at` is reached, but not the next."""
    at, complete = divmod(place, 2)
    number = bounds[at - 1] if at else -1
    now = compare(operator, number, bound)
    later = now if complete else compare(operator, bound + 1, bound)
    return 1 if now is not later else 2 if now else 0


def layer_of(scope: Scope, formulas: Mapping[int, Formula], words: int) -> Layer:
    """Return the tables of formulas by the number of their bit; `words` is how many 64-bit words hold all bits."""
    parts = list(dict.fromkeys(part for formula in formulas.values() for part, _ in formula.parts))
    limit = min(GROUP_MAX, max(GROUP_MIN, GROUP_BYTES // (16 * words)))
    clusters = _clusters(scope, parts, limit)
    groups = _packed(scope, clusters, limit)
    home = {one: number for number, group in enumerate(groups) for one in group}
    by_group: dict[int | None, dict[int, list[tuple[Condition, bool]]]] = {}
    for bit, formula in formulas.items():
        for part, wanted in formula.parts:
            reads = scope.reads(part)
            number = home[next(iter(reads))] if reads else None
            by_group.setdefault(number, {}).setdefault(bit, []).append((part, wanted))
    constant = _words(scope, by_group.pop(None, {}), (), words)[0]
    made = [
        Group(inputs, scope.strides(inputs), _words(scope, by_group.get(number, {}), inputs, words)) for number, inputs in enumerate(groups)
    ]
    return Layer(tuple(scope.steps), tuple(scope.sizes), tuple(made), words, constant)


def _clusters(scope: Scope, parts: list[Condition], limit: int) -> list[frozenset[int]]:
    """Return inputs that must lie in one group, for parts that read several; what would be too large is made an input."""
    clusters: dict[int, frozenset[int]] = {}
    # The small ones first: each that fits saves a step for every row.
    for part in sorted(parts, key=lambda part: scope.size(scope.reads(part))):
        reads = scope.reads(part)
        merged = reads.union(*(clusters.get(one, frozenset((one,))) for one in reads))
        if len(reads) > 1 and scope.size(merged) > limit:
            scope.derive(part)
            merged = scope.reads(part)
        if len(reads) == 1 and scope.size(reads) > limit:
            merged = reads
        clusters.update(dict.fromkeys(merged, merged))
    return list(dict.fromkeys(clusters.values()))


def _packed(scope: Scope, clusters: list[frozenset[int]], limit: int) -> list[tuple[int, ...]]:
    """Put clusters together as long as a group stays within the limit: the largest first, each where it leaves least room."""
    groups: list[frozenset[int]] = []
    for cluster in sorted(clusters, key=lambda one: (-scope.size(one), sorted(one))):
        fitting = [at for at, group in enumerate(groups) if scope.size(group | cluster) <= limit]
        if fitting:
            best = max(fitting, key=lambda at: scope.size(groups[at]))
            groups[best] |= cluster
        else:
            groups.append(cluster)
    return [tuple(sorted(group)) for group in groups]


def _words(scope: Scope, by_bit: Mapping[int, list[tuple[Condition, bool]]], inputs: tuple[int, ...], words: int) -> NDArray[np.uint64]:
    """Return the words of every combination of the codes of `inputs`."""
    size = scope.size(inputs)
    tables: dict[tuple[Condition, bool], Truths] = {}
    flags = np.ones((2, 64 * words, size), np.bool_)
    for bit, parts in by_bit.items():
        for part, wanted in parts:
            if (part, wanted) not in tables:
                table = scope.table(part, inputs)
                tables[part, wanted] = table if wanted else 2 - table
        truth = reduce(np.minimum, (tables[one] for one in parts))
        flags[0, bit] = truth != 0
        flags[1, bit] = truth == 2
    packed = np.packbits(flags.reshape(128 * words, size), axis=0, bitorder="little")
    return np.ascontiguousarray(packed.T).view(np.uint64)
