"""A condition that came out against a wish x a deployment -> how else it could read, so that it no longer does, cheapest first.

In: a condition (`requires`, or `applies`), the tables it asks as `select` left them, and whether it is wished to hold. Out: `Rewording`s,
each with its edits of the text. Edits are made only where the facts of the deployment stand against the wish: a value added to or taken
from a test, a bound moved just past the fact, a cell or a row of a table, a test taken out. Cheaper is: fewer edits, then milder
kinds (the order of `KINDS`), then fewer steps; the order is added up over the edits, so that the search may stop at the first it finds.
What one would get wrong: a fact that nobody looked at is no edit. A rewording that leaves a condition UNKNOWN counts; `truth` says so.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple

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
)
from supportable.core.deployment import Deployment, Item
from supportable.core.evaluate import evaluate
from supportable.core.facts import ABSENT, Absent, Known, Unknown, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth

KINDS = ("value", "bound", "cell", "ending", "exception", "test", "row", "cap", "waived")
"""What an edit changes, the mildest first.

A value of a test; a bound; a cell of a row; the end of a row; one value excepted from a test that takes every one; a test taken out; a row
added or taken out; the tier that is left where a clause does not hold; the whole clause.
"""
FOUND_MAX = 4
"""So many rewordings of a condition are looked for."""
_TRIED_MAX = 200
_ROWS_MAX = 3
_CELLS_MAX = 2
_ALIKE = 0.6
_FAR = 9
_INCLUSIVE = {"at_least": "at_least", "above": "at_least", "at_most": "at_most", "below": "at_most"}
_EXCLUSIVE = {"at_least": "above", "above": "above", "at_most": "below", "below": "below"}


class Edit(NamedTuple):
    """One change of a text: its kind, by how many steps, and the test before and after; `None` where there is none.

    In a table, `table` and `row` say where. A row that is added has its cells in `after`, and in `row` the one that comes nearest, if any.
    """

    kind: str
    steps: int
    before: Condition | None = None
    after: Condition | None = None
    table: str = ""
    row: str = ""


class Cost(NamedTuple):
    """What edits cost: how many, how grave their kinds are together, how many steps together."""

    edits: int = 0
    kinds: int = 0
    steps: int = 0


def cost_of(edits: Sequence[Edit]) -> Cost:
    """Return what edits cost together."""
    return Cost(len(edits), sum(KINDS.index(one.kind) for one in edits), sum(one.steps for one in edits))


def changed_value(edit: Edit) -> tuple[str, Value | _Absent] | None:
    """Return the field and the value for which a test comes out otherwise after an edit, where it is one value."""
    before, after = edit.before, edit.after
    if isinstance(before, Not) and isinstance(after, Not):
        before, after = before.part, after.part
    match before, after:
        case Is(field, old), Is(_, new) if len(set(old) ^ set(new)) == 1:
            (value,) = set(old) ^ set(new)
            return field, value
        case _, Any((_, Is(field, (value,)))) | All((_, Not(Is(field, (value,))))) if edit.kind in ("value", "exception"):
            return field, value
    return None


class Rewording(NamedTuple):
    """A condition as it would read, the tables that read otherwise, the edits, and what it comes to for the deployment."""

    condition: Condition
    tables: Mapping[str, Matrix]
    edits: tuple[Edit, ...]
    truth: Truth


class _Step(NamedTuple):
    condition: Condition
    edits: tuple[Edit, ...]
    table: Matrix | None = None


def rewordings(
    condition: Condition, wish: bool, tables: Mapping[str, Matrix], deployment: Deployment, limit: int = FOUND_MAX
) -> tuple[Rewording, ...]:
    """Return rewordings under which a condition no longer comes out against the wish: those with the fewest edits, cheapest first."""
    wished, against = (TRUE, FALSE) if wish else (FALSE, TRUE)
    found: list[Rewording] = []
    numbers = count()
    first = Rewording(condition, {}, (), evaluate(condition, deployment, tables).truth)
    heap: list[tuple[Cost, bool, int, Rewording]] = [(Cost(), False, next(numbers), first)]
    seen: set[frozenset[tuple[Edit, int]]] = set()
    for _ in range(_TRIED_MAX):
        if not heap or len(found) == limit:
            break
        *_, now = heapq.heappop(heap)
        if found and len(now.edits) > len(found[0].edits):
            break
        if now.truth is not against:
            found.append(now)
            continue
        editing = _Editing({**tables, **now.tables}, deployment)
        for step in editing.steps(now.condition, wish, None, False):
            edits = _with(now.edits, step.edits)
            # A test that every deployment passes, or none, is no other reading but no clause.
            key = frozenset(Counter(edits).items())
            if key in seen or step.condition == Always(wished):
                continue
            seen.add(key)
            changed = {**now.tables, step.table.id: step.table} if step.table is not None else now.tables
            truth = evaluate(step.condition, deployment, {**tables, **changed}).truth
            heapq.heappush(heap, (cost_of(edits), truth is UNKNOWN, next(numbers), Rewording(step.condition, changed, edits, truth)))
    return tuple(found)


def _with(edits: tuple[Edit, ...], more: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Return edits and more of them; a bound that is moved on, for another machine, is moved once, and further."""
    made = list(edits)
    for edit in more:
        moved = edit.kind == "bound" or (edit.kind == "cell" and isinstance(edit.after, Order))
        old = next(
            (one for one in made if moved and (one.kind, one.after, one.table, one.row) == (edit.kind, edit.before, edit.table, edit.row)),
            None,
        )
        if old is None:
            made.append(edit)
        else:
            made[made.index(old)] = edit._replace(before=old.before, steps=old.steps + edit.steps)
    return tuple(made)


class _Editing:
    """The single edits of one text: what stands against the wish is found again after each."""

    def __init__(self, tables: Mapping[str, Matrix], deployment: Deployment) -> None:
        self.tables = tables
        self.deployment = deployment

    def steps(self, condition: Condition, wish: bool, item: Item | None, negated: bool) -> Iterator[_Step]:
        """Yield the edits of a condition that bring it nearer to the wish; none where it does not stand against it."""
        if not self._against(condition, wish, item):
            return
        match condition:
            case Is() | Order() | Present():
                value = self._value(condition.field, item)
                for after, kind, steps in _tests(condition, wish, value):
                    yield _Step(after, (_edit(kind, steps, condition, after, negated),))
            case Not(part):
                for step in self.steps(part, not wish, item, not negated):
                    yield step._replace(condition=_not(step.condition))
            case All(parts) | Any(parts):
                yield from self._parts(condition, parts, wish, item, negated)
            case Every(listing, part) | Some(listing, part):
                against = [one for one in self.deployment.listing(listing).items if self._against(part, wish, one)]
                # Where all must change, the first is as good as any to begin with.
                for one in against[:1] if isinstance(condition, Every) is wish else against:
                    for step in self.steps(part, wish, one, negated):
                        yield step._replace(condition=_over(condition, step.condition))
            case Same():
                if wish:
                    yield _Step(Always(TRUE), (_edit("test", 1, condition, Always(TRUE), negated),))
            case Count(listing, _, bound):
                number = len(self.deployment.listing(listing).items)
                after = Count(listing, (_INCLUSIVE if wish else _EXCLUSIVE)[condition.operator], number)
                yield _Step(after, (_edit("bound", abs(number - bound) or 1, condition, after, negated),))
            case InMatrix(name):
                for step in self._table(self.tables[name], wish, item):
                    yield step._replace(condition=condition)
            case Always():
                return

    def _against(self, condition: Condition, wish: bool, item: Item | None) -> bool:
        return evaluate(condition, self.deployment, self.tables, item).truth is (FALSE if wish else TRUE)

    def _value(self, field: str, item: Item | None) -> Value | _Absent | None:
        of_item = item is not None and FIELDS[field].listing is not None
        match item.fact(field) if of_item and item is not None else self.deployment.fact(field):
            case Known(value):
                return value
            case Absent():
                return ABSENT
            case Unknown():
                return None

    def _parts(self, condition: All | Any, parts: Sequence[Condition], wish: bool, item: Item | None, negated: bool) -> Iterator[_Step]:
        against = [number for number, part in enumerate(parts) if self._against(part, wish, item)]
        for number in against[:1] if isinstance(condition, All) is wish else against:
            for step in self.steps(parts[number], wish, item, negated):
                yield step._replace(condition=_joined(condition, number, step.condition))

    def _table(self, matrix: Matrix, wish: bool, item: Item | None) -> Iterator[_Step]:
        """Yield the edits of a table: of the first row that stands against the wish, or of the rows that come nearest to what is wished."""
        for number, row in enumerate(matrix.rows):
            if row.listed is not wish and self._row(row, item) == ([], False):
                yield from self._without(matrix, number, item)
                return
        if not wish:
            return
        for row in matrix.ended:
            if self._row(row, item) == ([], False):
                counting = matrix._replace(rows=(*matrix.rows, row._replace(listed=True, over=False)))
                yield _Step(InMatrix(matrix.id), (Edit("ending", 1, None, None, matrix.id, row.id),), counting)
        near = self._near(matrix, item)
        for number, edits, cells in near:
            rows = (*matrix.rows[:number], matrix.rows[number]._replace(cells=cells), *matrix.rows[number + 1 :])
            yield _Step(InMatrix(matrix.id), edits, matrix._replace(rows=rows))
        yield from self._listing_it(matrix, near, item)

    def _row(self, row: Row, item: Item | None) -> tuple[list[int], bool]:
        """Return the cells that do not match, and whether one is unknown."""
        truths = [(number, evaluate(cell, self.deployment, self.tables, item).truth) for number, cell in enumerate(row.cells) if cell]
        return [number for number, truth in truths if truth is FALSE], any(truth is UNKNOWN for _, truth in truths)

    def _without(self, matrix: Matrix, number: int, item: Item | None) -> Iterator[_Step]:
        """Yield the edits under which a row that matches says nothing of this combination any more, or still lists what it did."""
        row = matrix.rows[number]
        before, after = matrix.rows[:number], matrix.rows[number + 1 :]
        if row.over:
            rows = (*before, row._replace(listed=True, over=False), *after)
            yield _Step(InMatrix(matrix.id), (Edit("ending", 1, None, None, matrix.id, row.id),), matrix._replace(rows=rows))
            return
        for place, cell in enumerate(row.cells):
            value = self._value(cell.field, item) if cell is not None else None
            for other, _, steps in _tests(cell, False, value) if cell is not None else ():
                if isinstance(other, Is | Order | Present):
                    rows = (*before, row._replace(cells=(*row.cells[:place], other, *row.cells[place + 1 :])), *after)
                    yield _Step(InMatrix(matrix.id), (Edit("cell", steps, cell, other, matrix.id, row.id),), matrix._replace(rows=rows))
        yield _Step(
            InMatrix(matrix.id), (Edit("row", 1, All(_cells(row)), None, matrix.id, row.id),), matrix._replace(rows=(*before, *after))
        )

    def _near(self, matrix: Matrix, item: Item | None) -> list[tuple[int, tuple[Edit, ...], tuple[Is | Order | Present | None, ...]]]:
        """Return the rows that would list the combination with the fewest other cells."""
        found = []
        for number, row in enumerate(matrix.rows):
            differing, _ = self._row(row, item)
            if not row.listed or not 0 < len(differing) <= _CELLS_MAX or len(differing) == len(_cells(row)):
                continue
            cells, edits = list(row.cells), []
            for place in differing:
                cell = row.cells[place]
                assert cell is not None
                other = next(self._cell(cell, item), None)
                if other is not None:
                    cells[place] = other[0]
                    edits.append(Edit("cell", other[1], cell, other[0], matrix.id, row.id))
            if len(edits) == len(differing):
                found.append((number, tuple(edits), tuple(cells)))
        return sorted(found, key=lambda one: cost_of(one[1]))[:_ROWS_MAX]

    def _cell(self, cell: Is | Order | Present, item: Item | None) -> Iterator[tuple[Is | Order | Present, int]]:
        """Yield the cell that takes the value, too, with the steps; none for a text that is unlike what stands there."""
        value = self._value(cell.field, item)
        for other, _, steps in _tests(cell, True, value):
            strange = FIELDS[cell.field].kind == "text" and isinstance(cell, Is) and _likeness(value, cell.values) < _ALIKE
            if isinstance(other, Always) and isinstance(cell, Is) and value is not None:
                yield Is(cell.field, (*cell.values, value)), steps
            elif isinstance(other, Is | Order | Present) and not strange:
                yield other, steps

    def _listing_it(
        self, matrix: Matrix, near: Sequence[tuple[int, tuple[Edit, ...], tuple[Is | Order | Present | None, ...]]], item: Item | None
    ) -> Iterator[_Step]:
        """Yield the table with one row more: like the nearest row where there is one, of the facts alone where there is none."""
        like = matrix.rows[near[0][0]] if near else None
        cells: list[Is | Order | Present | None] = []
        for number, column in enumerate(matrix.columns):
            old = like.cells[number] if like is not None else None
            value = self._value(column, item)
            fits = old is not None and evaluate(old, self.deployment, self.tables, item).truth is not FALSE
            if fits or (like is not None and old is None):
                cells.append(old)
            elif value is None:
                return
            else:
                cells.append(Is(column, (value,)))
        row = Row("", tuple(cells))
        edit = Edit("row", 1, None, All(_cells(row)), matrix.id, like.id if like is not None else "")
        yield _Step(InMatrix(matrix.id), (edit,), matrix._replace(rows=(*matrix.rows, row)))


def _cells(row: Row) -> tuple[Is | Order | Present, ...]:
    return tuple(cell for cell in row.cells if cell is not None)


def _edit(kind: str, steps: int, before: Condition, after: Condition, negated: bool) -> Edit:
    return Edit(kind, steps, Not(before), Not(after)) if negated else Edit(kind, steps, before, after)


def _tests(test: Is | Order | Present, wish: bool, value: Value | _Absent | None) -> Iterator[tuple[Condition, str, int]]:
    """Yield the tests that come out as wished for a value for which this one does not, each with the kind of the edit and its steps."""
    if value is None:
        return
    field = test.field
    match test:
        case Is(_, values) if wish:
            if FIELDS[field].kind == "boolean" and value is not ABSENT:
                yield Always(TRUE), "test", 1
            else:
                yield Is(field, (*values, value)), "value", _distance(field, value, values)
        case Is(_, values):
            rest = tuple(one for one in values if one != value)
            yield (Is(field, rest), "value", 1) if rest else (Always(FALSE), "test", 1)
        case Order(_, operator, bound):
            steps = _distance(field, value, (bound,))
            if not _in_order(field, value, bound):
                # No bound of that order takes a value of another.
                yield Any((test, Is(field, (value,)))), "value", _FAR
            elif value is not ABSENT:
                yield Order(field, (_INCLUSIVE if wish else _EXCLUSIVE)[operator], value), "bound", steps
        case Present() if wish:
            yield Always(TRUE), "test", 1
        case Present():
            yield All((test, Not(Is(field, (value,))))), "exception", 1


def _distance(field: str, value: Value | _Absent, values: Sequence[Value | _Absent]) -> int:
    """Return how many steps a value lies from the nearest of others: in its family, as numbers, as days, as texts from 1 to 9."""
    kind = FIELDS[field]
    if kind.kind == "text":
        return max(1, round(_FAR * (1 - _likeness(value, values))))
    if value is ABSENT or not kind.comparable or kind.kind == "version":
        return 1
    return min((_between(field, value, other) for other in values if other is not ABSENT and _in_order(field, value, other)), default=_FAR)


def _in_order(field: str, value: Value | _Absent, other: Value | _Absent) -> bool:
    """Whether two values of a field stand in one order."""
    if value is ABSENT or other is ABSENT:
        return False
    one, two = FIELDS[field].order_key(value), FIELDS[field].order_key(other)
    if one is None or two is None:
        return False
    return FIELDS[field].kind != "name" or one[0] == two[0]  # type: ignore[index]


def _between(field: str, value: Value, other: Value) -> int:
    if FIELDS[field].kind == "date":
        return max(1, _days(str(value), str(other)))
    if FIELDS[field].kind == "integer":
        return max(1, abs(int(value) - int(other)))
    family = next(family for family in FIELDS[field].families if value in family)
    return max(1, abs(family.index(str(value)) - family.index(str(other))))


def _days(one: str, other: str) -> int:
    # Imported here because few tests ask for a day, and the command must start fast.
    from datetime import date

    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


def _likeness(value: Value | _Absent | None, values: Sequence[Value | _Absent]) -> float:
    # Imported here because few tests ask for a text, and the command must start fast.
    from difflib import SequenceMatcher

    texts = [one.casefold() for one in values if isinstance(one, str)]
    if not isinstance(value, str):
        return 0.0
    return max((SequenceMatcher(None, value.casefold(), text).ratio() for text in texts), default=0.0)


def _not(part: Condition) -> Condition:
    return Always(TRUE if part.truth is FALSE else FALSE) if isinstance(part, Always) else Not(part)


def _joined(condition: All | Any, number: int, part: Condition) -> Condition:
    """Return an `all` or `any` with another part; a part that says nothing is left out, one that says everything is all that is left."""
    neutral = TRUE if isinstance(condition, All) else FALSE
    if isinstance(part, Always) and part.truth is not neutral:
        return part
    kept = () if part == Always(neutral) else (part,)
    parts = (*condition.parts[:number], *kept, *condition.parts[number + 1 :])
    return type(condition)(parts) if parts else Always(neutral)


def _over(condition: Every | Some, part: Condition) -> Condition:
    neutral = TRUE if isinstance(condition, Every) else FALSE
    return part if part == Always(neutral) else condition._replace(part=part)
