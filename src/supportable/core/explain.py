"""The reference evaluations of all clauses of one deployment, faster: what clauses share is evaluated once, tables by index.

In: a deployment and the matrices of a pack. Out: for any condition the very `Evaluation` that `evaluate` gives, in truth and in
facts; a test compares them. Conditions are told apart by identity, so an `Explainer` must not outlive its pack.
"""

from __future__ import annotations

from collections.abc import Mapping

from supportable.core.clauses import Clause
from supportable.core.conditions import Condition, InMatrix, Matrix, holds
from supportable.core.deployment import Deployment, Item
from supportable.core.evaluate import Evaluation, Read, evaluate
from supportable.core.facts import ABSENT, Known, Unknown
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth


class MatrixIndex:
    """For each column and value, the rows whose cell is not TRUE, as bits: a row a bit, the first row the lowest."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self.all_rows = (1 << len(matrix.rows)) - 1
        self.listed = sum(1 << number for number, row in enumerate(matrix.rows) if row.listed)
        self.filled = [
            sum(1 << number for number, row in enumerate(matrix.rows) if row.cells[column] is not None)
            for column in range(len(matrix.columns))
        ]
        self.cells: list[dict[object, tuple[int, int]]] = [{} for _ in matrix.columns]

    def evaluate(self, deployment: Deployment, item: Item | None) -> Evaluation:
        """Return "no row rules it out, and a row lists it or the table is open" with the facts it rests on."""
        reads = [_read(name, deployment, item) for name in self.matrix.columns]
        columns = [self._column(number, read) for number, read in enumerate(reads)]
        false_rows = unknown_rows = 0
        for false, unknown in columns:
            false_rows |= false
            unknown_rows |= unknown
        unknown_rows &= ~false_rows
        true_rows = self.all_rows & ~false_rows & ~unknown_rows
        in_list, in_list_rows = self._any(self.listed, true_rows, unknown_rows, self.matrix.unlisted)
        out, out_rows = self._any(self.all_rows & ~self.listed, true_rows, unknown_rows, FALSE)
        not_out = Truth(2 - out)
        truth = min(in_list, not_out)
        # The list is read before what is ruled out, as the reference does, and each part only if it has the truth of the whole.
        groups = [(rows, part) for rows, part, own in ((in_list_rows, in_list, in_list), (out_rows, out, not_out)) if own is truth]
        found = [read for rows, part in groups for read in self._facts(rows, part, reads, columns)]
        return Evaluation(truth, tuple(dict.fromkeys(found)))

    def _any(self, rows: int, true_rows: int, unknown_rows: int, otherwise: Truth) -> tuple[Truth, int]:
        """Return whether any of `rows` is true (or `otherwise`), and the rows that have that truth."""
        if rows & true_rows or otherwise is TRUE:
            return TRUE, rows & true_rows
        if rows & unknown_rows or otherwise is UNKNOWN:
            return UNKNOWN, rows & unknown_rows
        return FALSE, rows & ~true_rows & ~unknown_rows

    def _facts(self, rows: int, truth: Truth, reads: list[Read], columns: list[tuple[int, int]]) -> list[Read]:
        """The facts that these rows rest on, in the order in which the rows read them first."""
        order = []
        for number, (false, unknown) in enumerate(columns):
            told = false if truth is FALSE else unknown if truth is UNKNOWN else self.filled[number]
            first = told & rows
            if first:
                order.append(((first & -first).bit_length(), number))
        return [reads[number] for _, number in sorted(order)]

    def _column(self, number: int, read: Read) -> tuple[int, int]:
        """Return the rows whose cell in this column is FALSE, and those where it is UNKNOWN."""
        if isinstance(read.fact, Unknown):
            return 0, self.filled[number]
        value = read.fact.value if isinstance(read.fact, Known) else ABSENT
        known = self.cells[number]
        if value not in known:
            truths = [
                (row, holds(cell, value)) for row, one in enumerate(self.matrix.rows) for cell in [one.cells[number]] if cell is not None
            ]
            if len(known) > 1000:
                known.clear()
            known[value] = (
                sum(1 << row for row, truth in truths if truth is FALSE),
                sum(1 << row for row, truth in truths if truth is UNKNOWN),
            )
        return known[value]


def _read(name: str, deployment: Deployment, item: Item | None) -> Read:
    if item is not None and FIELDS[name].listing is not None:
        return Read(name, item.name, item.fact(name))
    return Read(name, None, deployment.fact(name))


_INDEXES: dict[int, MatrixIndex] = {}
"""By the identity of the matrix, which an index keeps alive; emptied when it grows."""


def index_of(matrix: Matrix) -> MatrixIndex:
    """Return the index of a matrix, made once."""
    found = _INDEXES.get(id(matrix))
    if found is None:
        if len(_INDEXES) > 256:
            _INDEXES.clear()
        found = _INDEXES[id(matrix)] = MatrixIndex(matrix)
    return found


class Explainer:
    """Evaluates the clauses of one pack over one deployment, each condition once."""

    def __init__(self, deployment: Deployment, matrices: tuple[Matrix, ...]) -> None:
        self.deployment = deployment
        self.matrices: Mapping[str, Matrix] = {one.id: one for one in matrices}
        self.known: dict[tuple[int, int], Evaluation] = {}

    def evaluate_clause(self, clause: Clause) -> tuple[Evaluation, Evaluation]:
        """Return the evaluations of `applies` and `requires` (TRUE where a clause requires nothing)."""
        requires = self.evaluate(clause.requires) if clause.requires is not None else Evaluation(TRUE, ())
        return self.evaluate(clause.applies), requires

    def evaluate(self, condition: Condition, item: Item | None = None) -> Evaluation:
        """Return what the reference evaluator returns."""
        key = (id(condition), id(item))
        found = self.known.get(key)
        if found is None:
            if isinstance(condition, InMatrix):
                found = index_of(self.matrices[condition.matrix]).evaluate(self.deployment, item)
            else:
                found = evaluate(condition, self.deployment, self.matrices, item, self.evaluate)
            self.known[key] = found
        return found
