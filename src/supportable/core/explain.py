"""The facts that every finding of one deployment rests on: by a generated function, or one condition after the other.

In: a pack and a deployment. Out: the very facts that the reference evaluator gives, in its order; tests compare them.
`Explainer` evaluates one condition at a time, each once, and costs nothing before. `Explanation` generates a function for all
clauses of a pack, beside the one of `compile` and by its rule: names and literals are constants, never program text. It hands
what is about the items of a listing to an `Explainer`. Conditions are told apart by identity, so neither may outlive its pack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack
from supportable.core.compile import Writer, execute
from supportable.core.conditions import All, Always, Any, Condition, InMatrix, Is, Matrix, Not, Order, Present, holds
from supportable.core.deployment import Deployment, Item, reads_of
from supportable.core.evaluate import Evaluation, Read, evaluate
from supportable.core.facts import ABSENT, NOT_LOOKED_AT, Known, Unknown, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth

_MEMO_MAX = 4096
_ASKED_ONE_BY_ONE = 16
"""Generating the function takes as long as to explain some twenty deployments without it (packs of 40 to 200 clauses)."""
_Found = tuple[Truth, tuple[int, ...]]


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
        self.memo: dict[object, _Found] = {}

    def evaluate(self, deployment: Deployment, item: Item | None) -> Evaluation:
        """Return "no row rules it out, and a row lists it or the table is open" with the facts it rests on."""
        reads = tuple(_read(name, deployment, item) for name in self.matrix.columns)
        return Evaluation(*self.look_up(tuple(_value_of(read) for read in reads), reads))

    def look_up(self, values: tuple[Value | _Absent | None, ...], reads: tuple[Read, ...]) -> tuple[Truth, tuple[Read, ...]]:
        """Return the truth for the values of the columns (`None` where one is unknown), and those of `reads` that it rests on."""
        found = self.memo.get(values)
        if found is None:
            if len(self.memo) >= _MEMO_MAX:
                self.memo.clear()
            found = self.memo[values] = self._found(values)
        return found[0], tuple([reads[number] for number in found[1]])

    def _found(self, values: tuple[Value | _Absent | None, ...]) -> _Found:
        columns = [self._column(number, value) for number, value in enumerate(values)]
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
        return truth, tuple(dict.fromkeys(number for rows, part in groups for number in self._columns(rows, part, columns)))

    def _any(self, rows: int, true_rows: int, unknown_rows: int, otherwise: Truth) -> tuple[Truth, int]:
        """Return whether any of `rows` is true (or `otherwise`), and the rows that have that truth."""
        if rows & true_rows or otherwise is TRUE:
            return TRUE, rows & true_rows
        if rows & unknown_rows or otherwise is UNKNOWN:
            return UNKNOWN, rows & unknown_rows
        return FALSE, rows & ~true_rows & ~unknown_rows

    def _columns(self, rows: int, truth: Truth, columns: list[tuple[int, int]]) -> list[int]:
        """The columns that these rows rest on, in the order in which the rows read them first."""
        order = []
        for number, (false, unknown) in enumerate(columns):
            told = false if truth is FALSE else unknown if truth is UNKNOWN else self.filled[number]
            first = told & rows
            if first:
                order.append(((first & -first).bit_length(), number))
        return [number for _, number in sorted(order)]

    def _column(self, number: int, value: Value | _Absent | None) -> tuple[int, int]:
        """Return the rows whose cell in this column is FALSE, and those where it is UNKNOWN."""
        if value is None:
            return 0, self.filled[number]
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


def _value_of(read: Read) -> Value | _Absent | None:
    return read.fact.value if isinstance(read.fact, Known) else None if isinstance(read.fact, Unknown) else ABSENT


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


Reads = tuple[Read, ...]
Explained = tuple[list[Reads], list[Reads]]
"""For each clause the facts that its finding rests on, and for each clause the facts that are missing."""


class Explanation:
    """A pack and the function that explains all its findings, generated once as many deployments asked for them as make it pay."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.asked = 0
        self.run: Callable[..., Explained] | None = None

    def explain(self, explainer: Explainer) -> Explained | None:
        """Return the facts of every clause for the deployment of `explainer`; `None` when it is cheaper to ask that for each."""
        self.asked += 1
        if self.run is None:
            if self.asked <= _ASKED_ONE_BY_ONE:
                return None
            self.run = generate(self.pack)
        return self.run(explainer.deployment.values, reads_of(explainer.deployment.facts), explainer.evaluate)


_EXPLANATIONS: dict[int, Explanation] = {}
"""By the identity of the pack, which an explanation keeps alive; emptied when it grows."""


def explanation_of(pack: Pack) -> Explanation:
    """Return the explanation of a pack, made once."""
    found = _EXPLANATIONS.get(id(pack))
    if found is None:
        if len(_EXPLANATIONS) > 8:
            _EXPLANATIONS.clear()
        found = _EXPLANATIONS[id(pack)] = Explanation(pack)
    return found


def generate(pack: Pack) -> Callable[..., Explained]:
    """Return the generated function: values and reads of a deployment, and an `Explainer.evaluate` -> what every clause rests on."""
    writer = _ExplainWriter(pack)
    source = writer.write()
    names: dict[str, object] = {"split": _split, "once": _once, "once_by_identity": _once_by_identity}
    return execute(source, writer.constants | names)["explain"]  # type: ignore[no-any-return]


def _once(reads: Reads) -> Reads:
    return tuple(dict.fromkeys(reads))


def _once_by_identity(reads: Reads) -> Reads:
    # Where every fact was read here, once a field, this is the same and three times faster.
    return tuple({id(read): read for read in reads}.values())


def _split(reads: Reads) -> tuple[Reads, Reads]:
    unknown = tuple(read for read in reads if isinstance(read.fact, Unknown))
    return (tuple(read for read in reads if not isinstance(read.fact, Unknown)), unknown) if unknown else (reads, ())


class _Part(NamedTuple):
    """A condition that was written: the local with its truth, and an expression for the facts it rests on.

    `read` is the local of the one fact of an atom. `fields` are all fields it may read, `None` where an `Explainer` knows.
    `plain`: UNKNOWN rests on unknown facts only (a text without a version is known, and cannot be ordered), or on names that
    their field does not list; `unlisted` is true where the deployment has one of those.
    """

    truth: str
    reads: str
    read: str | None
    fields: frozenset[str] | None
    plain: bool


class _ExplainWriter(Writer):
    """Writes `explain`. Clauses are grouped by the condition under which they apply; conditions about one field come first."""

    def __init__(self, pack: Pack) -> None:
        super().__init__(pack)
        self.known: dict[Condition, _Part] = {}

    def write(self) -> str:
        """Return the text of the function."""
        groups: dict[Condition, list[int]] = {}
        for number, clause in enumerate(self.pack.clauses):
            groups.setdefault(clause.applies, []).append(number)
        for applies, numbers in groups.items():
            self._group(applies, numbers)
        loads, unlisted = [], []
        for name, local in self.fields.items():
            constant, unread = self.constant(name), self.constant(Read(name, None, NOT_LOOKED_AT))
            loads += [f"    {local} = get({constant})", f"    r{local} = read({constant}, {unread})"]
            if FIELDS[name].ordered:
                unlisted.append(f"{local} not in {self.constant(frozenset([*FIELDS[name].values, ABSENT, None]))}")
        head = [
            "def explain(values, reads, ask):",
            "    get, read = values.get, reads.get",
            f"    known = [()] * {len(self.pack.clauses)}",
            f"    missing = [()] * {len(self.pack.clauses)}",
        ]
        found = f"    unlisted = {' or '.join(unlisted) or False}"
        return "\n".join([*head, *loads, found, *self.lines, "    return known, missing"])

    def _group(self, applies: Condition, numbers: list[int]) -> None:
        part = self._emit(applies, 1)
        self.line(1, f"if {part.truth} == 0:")
        self.line(2, "".join(f"known[{number}] = " for number in numbers) + part.reads)
        self.line(1, "else:")
        for number in numbers:
            self._clause(number, part, self.pack.clauses[number].requires)

    def _clause(self, number: int, applies: _Part, requires: Condition | None) -> None:
        part = _Part("2", "()", None, frozenset(), True) if requires is None else self._emit(requires, 2)
        both = _both(applies, part)
        split = f"known[{number}], missing[{number}] = split({both})"
        if not (applies.plain and part.plain):
            self.line(2, split)
            return
        ordered = any(FIELDS[name].ordered for name in (applies.fields or frozenset()) | (part.fields or frozenset()))
        if ordered:
            self.line(2, f"if unlisted: {split}")
        self.line(2, f"{'elif' if ordered else 'if'} {applies.truth} == 2:")
        self.line(3, f"if {part.truth} == 1: known[{number}] = {applies.reads}; missing[{number}] = {part.reads}")
        self.line(3, f"else: known[{number}] = {both}")
        self.line(2, f"elif {part.truth} == 1: missing[{number}] = {both}")
        self.line(2, f"else: known[{number}] = {part.reads}; missing[{number}] = {applies.reads}")

    def _emit(self, condition: Condition, depth: int) -> _Part:
        """Write lines that leave the truth of `condition` and the facts it rests on in locals."""
        if condition in self.known:
            return self.known[condition]
        part = self._written(condition, depth)
        if depth == 1:
            # What is written at the outermost level has run whenever it is met again.
            self.known[condition] = part
        return part

    def _written(self, condition: Condition, depth: int) -> _Part:
        match condition:
            case Always(truth):
                return _Part(str(int(truth)), "()", None, frozenset(), True)
            case Is() | Order() | Present():
                return self._emit_atom(condition, depth)
            case Not(inner):
                part = self._emit(inner, depth)
                negated = self.local("t")
                self.line(depth, f"{negated} = 2 - {part.truth}")
                return part._replace(truth=negated)
            case All():
                return self._emit_joined(_flat(condition), depth, "<", TRUE)
            case Any():
                return self._emit_joined(_flat(condition), depth, ">", FALSE)
            case InMatrix(name):
                return self._emit_matrix(name, depth)
            case _:
                found = self.local("e")
                self.line(depth, f"{found} = ask({self.constant(condition)})")
                return self._kept(f"int({found}.truth)", f"{found}.reads", depth, None, False)

    def _kept(self, truth: str, reads: str, depth: int, fields: frozenset[str] | None, plain: bool) -> _Part:
        part = _Part(self.local("t"), self.local("x"), None, fields, plain)
        self.line(depth, f"{part.truth} = {truth}")
        self.line(depth, f"{part.reads} = {reads}")
        return part

    def _emit_atom(self, atom: Is | Order | Present, depth: int) -> _Part:
        truth, local = self.local("t"), self.field(atom.field)
        self.line(depth, f"{truth} = {self.atom(atom)}")
        plain = not isinstance(atom, Order) or FIELDS[atom.field].kind not in ("version", "text")
        return _Part(truth, f"(r{local},)", f"r{local}", frozenset((atom.field,)), plain)

    def _emit_joined(self, conditions: tuple[Condition, ...], depth: int, sign: str, neutral: Truth) -> _Part:
        """Write an `all` or `any`: it rests on the parts that have its truth."""
        parts = [self._emit(one, depth) for one in conditions]
        if not parts:
            return _Part(str(int(neutral)), "()", None, frozenset(), True)
        if len(parts) == 1:
            return parts[0]
        truth, reads = self.local("t"), self.local("x")
        self.line(depth, f"{truth} = {parts[0].truth}; {reads} = {parts[0].reads}")
        whole = _Part(truth, reads, parts[0].read, parts[0].fields, parts[0].plain)
        for part in parts[1:]:
            self.line(depth, f"if {part.truth} == {truth}: {reads} = {_both(whole, part)}")
            self.line(depth, f"elif {part.truth} {sign} {truth}: {truth} = {part.truth}; {reads} = {part.reads}")
            fields = None if whole.fields is None or part.fields is None else whole.fields | part.fields
            whole = _Part(truth, reads, None, fields, whole.plain and part.plain)
        return whole

    def _emit_matrix(self, name: str, depth: int) -> _Part:
        table = next(one for one in self.pack.matrices if one.id == name)
        look_up = f"look_up_{[one.id for one in self.pack.matrices].index(name)}"
        self.constants[look_up] = index_of(table).look_up
        locals_ = [self.field(column) for column in table.columns]
        values, reads = (f"({''.join(f'{before}{local}, ' for local in locals_)})" for before in ("", "r"))
        truth, rests_on = self.local("t"), self.local("x")
        self.line(depth, f"{truth}, {rests_on} = {look_up}({values}, {reads})")
        plain = all(FIELDS[column].kind not in ("version", "text") for column in table.columns)
        return _Part(truth, rests_on, None, frozenset(table.columns), plain)


def _both(first: _Part, second: _Part) -> str:
    """Return an expression for the facts of both parts, each once."""
    both = f"{first.reads} + {second.reads}"
    if "()" in (first.reads, second.reads):
        return second.reads if first.reads == "()" else first.reads
    if first.fields is None or second.fields is None:
        return f"once({both})"
    if first.fields.isdisjoint(second.fields):
        return f"({first.read}, {second.read})" if first.read and second.read else both
    return f"({first.reads} if {second.read} in {first.reads} else {both})" if second.read else f"once_by_identity({both})"


def _flat(condition: All | Any) -> tuple[Condition, ...]:
    """Return the parts with those of the same kind resolved: `all` of `all` rests on the same facts, in the same order."""
    return tuple(
        one
        for part in condition.parts
        for one in (_flat(part) if isinstance(part, All | Any) and type(part) is type(condition) else (part,))
    )
