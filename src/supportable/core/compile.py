"""A pack -> one generated three-valued function that judges every clause in one pass.

In: a pack that type-checks. Out: `Compiled`. Clauses that share conditions are nested below them, so a deployment that a
condition rules out costs one test for all of them. Every name and literal of a pack is a constant of the function, never
program text; the text holds only names and numbers made here. Checked against `evaluate`, which it never imports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any as Anything
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack
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
    Same,
    Some,
    compare,
    holds,
)
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS

FALSE, UNKNOWN, TRUE, NOT_APPLICABLE, UNKNOWN_BUT_HARMLESS = range(5)
"""Outcomes of a clause. Harmless: whether it applies is unknown, but where it does apply it holds."""

Listings = Mapping[str, tuple[tuple[Mapping[str, Anything], ...], bool]]
_MEMO_MAX = 4096


class Outcomes(NamedTuple):
    """One outcome a clause, in the order of the pack; whether a requirement surely applies; and the ranks of three tiers.

    `best`: every unknown holds; `worst`: every unknown fails that can; `worst_literal`: every unknown fails.
    """

    outcomes: list[int]
    applies: bool
    best: int
    worst: int
    worst_literal: int


Run = Callable[[Mapping[str, Anything], Listings], Outcomes]


class Compiled(NamedTuple):
    """A pack, the code generated for it, and the constants the code names."""

    pack: Pack
    source: str
    code: CodeType
    constants: dict[str, object]
    run: Run


def compile_pack(pack: Pack) -> Compiled:
    """Return the pack with its generated function."""
    writer = _Writer(pack)
    source = writer.write()
    code = compile(source, "<compiled pack>", "exec")
    return Compiled(pack, source, code, writer.constants, load(code, writer.constants))


def load(code: CodeType, constants: dict[str, object]) -> Run:
    """Return the function of generated code; the code must come from `compile_pack`."""
    space: dict[str, Anything] = {
        **constants,
        "ABSENT": ABSENT,
        "Outcomes": Outcomes,
        "holds": holds,
        "same": _same,
        "count": _count,
        "matrix": _matrix,
    }
    space.update({f"memo_{name}": {} for name in constants if name.startswith("m")})
    exec(code, space)  # noqa: S102 - only code generated above, from the closed set of condition nodes
    return space["run"]  # type: ignore[no-any-return]


def _matrix(table: Matrix, memo: dict[object, int], values: tuple[Anything, ...]) -> int:
    listed, ruled_out = [int(table.unlisted)], [FALSE]
    for row in table.rows:
        truth = min(
            (
                UNKNOWN if value is None else int(holds(cell, value))
                for cell, value in zip(row.cells, values, strict=True)
                if cell is not None
            ),
            default=TRUE,
        )
        (listed if row.listed else ruled_out).append(truth)
    if len(memo) >= _MEMO_MAX:
        memo.clear()
    memo[values] = result = min(max(listed), TRUE - max(ruled_out))
    return result


def _same(field: str, items: tuple[Mapping[str, Anything], ...], complete: bool) -> int:
    values = [item.get(field) for item in items]
    keys = {
        FIELDS[field].order_key(value) if FIELDS[field].kind == "version" and value is not ABSENT else value
        for value in values
        if value is not None
    }
    if len(keys) > 1:
        return FALSE
    if complete and len(items) < 2:
        return TRUE
    return UNKNOWN if None in values or not complete else TRUE


def _count(operator: str, bound: int, number: int, complete: bool) -> int:
    now, later = compare(operator, number, bound), compare(operator, number if complete else number + bound + 1, bound)
    return UNKNOWN if now is not later else TRUE if now else FALSE


class _Guard:
    """A condition shared by the clauses below it."""

    def __init__(self) -> None:
        self.below: dict[Condition, _Guard] = {}
        self.clauses: list[int] = []


class _Writer:
    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.constants: dict[str, object] = {}
        self.named: dict[object, str] = {}
        self.fields: dict[str, str] = {}
        self.item_fields: dict[str, str] | None = None
        self.lines: list[str] = []
        self.numbers = 0

    def write(self) -> str:
        root = self._guards()
        self._guard_body(root, None, 1)
        loads = [f"    {local} = get({self._constant(name)})" for name, local in self.fields.items()]
        head = [
            "def run(values, listings):",
            "    get = values.get",
            "    o = [3] * " + str(len(self.pack.clauses)),
            "    applies = False",
            "    best = worst = literal = 0",
        ]
        tail = ["    return Outcomes(o, applies, best, worst, worst if worst > literal else literal)"]
        return "\n".join([*head, *loads, *self.lines, *tail])

    def _guards(self) -> _Guard:
        conjuncts = [tuple(dict.fromkeys(_conjuncts(clause.applies))) for clause in self.pack.clauses]
        often = Counter(part for parts in conjuncts for part in parts)
        root = _Guard()
        for number, parts in enumerate(conjuncts):
            here = root
            # The most shared condition first; `sorted` is stable, so equal ones keep the order written.
            for part in sorted(parts, key=lambda part: -often[part]):
                here = here.below.setdefault(part, _Guard())
            here.clauses.append(number)
        return root

    def _guard_body(self, guard: _Guard, applied: str | None, depth: int) -> None:
        for number in guard.clauses:
            self._clause(number, self.pack.clauses[number], applied, depth)
        for condition, below in guard.below.items():
            truth = self._local("t")
            self._emit(condition, truth, depth)
            self._line(depth, f"if {truth}:")
            if applied is not None:
                self._line(depth + 1, f"if {applied} < {truth}: {truth} = {applied}")
            self._guard_body(below, truth, depth + 1)

    def _clause(self, number: int, clause: Clause, applied: str | None, depth: int) -> None:
        if clause.requires is None:
            self._line(depth, f"o[{number}] = {applied or TRUE}")
            return
        truth = self._local("r")
        self._emit(clause.requires, truth, depth)
        rank = self.pack.tier_rank(clause.caps) if clause.kind == "requirement" and clause.caps else 0
        if applied is None:
            self._decided(number, clause, truth, rank, depth)
            return
        self._line(depth, f"if {applied} == 2:")
        self._decided(number, clause, truth, rank, depth + 1)
        self._line(depth, f"elif {truth} == 2:")
        self._line(depth + 1, f"o[{number}] = 4")
        if rank:
            self._line(depth + 1, f"if literal < {rank}: literal = {rank}")
        self._line(depth, "else:")
        self._line(depth + 1, f"o[{number}] = 1")
        if rank:
            self._line(depth + 1, f"if worst < {rank}: worst = {rank}")

    def _decided(self, number: int, clause: Clause, truth: str, rank: int, depth: int) -> None:
        self._line(depth, f"o[{number}] = {truth}")
        if clause.kind != "requirement":
            return
        self._line(depth, "applies = True")
        if rank:
            self._line(depth, f"if {truth} != 2:")
            self._line(depth + 1, f"if worst < {rank}: worst = {rank}")
            self._line(depth + 1, f"if {truth} == 0 and best < {rank}: best = {rank}")

    def _emit(self, condition: Condition, target: str, depth: int) -> None:
        """Write lines that leave the truth of `condition` (0, 1 or 2) in `target`."""
        match condition:
            case Always(truth):
                self._line(depth, f"{target} = {int(truth)}")
            case Is() | Order() | Present():
                self._line(depth, f"{target} = {self._atom(condition)}")
            case Not(part):
                self._emit(part, target, depth)
                self._line(depth, f"{target} = 2 - {target}")
            case All(parts):
                self._emit_joined(parts, target, depth, "<", f"if {target}:")
            case Any(parts):
                self._emit_joined(parts, target, depth, ">", f"if {target} != 2:")
            case Every(listing, part, if_empty):
                self._emit_loop(listing, part, target, depth, int(if_empty))
            case Some(listing, part):
                self._emit_loop(listing, part, target, depth, None)
            case Same(field):
                items, complete = self._listing(FIELDS[field].listing or "", depth)
                self._line(depth, f"{target} = same({self._constant(field)}, {items}, {complete})")
            case Count(listing, operator, bound):
                items, complete = self._listing(listing, depth)
                self._line(depth, f"{target} = count({self._constant(operator)}, {self._constant(bound)}, len({items}), {complete})")
            case InMatrix(name):
                self._emit_matrix(name, target, depth)

    def _emit_joined(self, parts: tuple[Condition, ...], target: str, depth: int, operator: str, go_on: str) -> None:
        if not parts:
            self._line(depth, f"{target} = {TRUE if operator == '<' else FALSE}")
            return
        self._emit(parts[0], target, depth)
        for part in parts[1:]:
            inner = self._local("p")
            # Side by side, not nested: Python refuses more than a hundred levels of indentation.
            self._line(depth, go_on)
            self._emit(part, inner, depth + 1)
            self._line(depth + 1, f"if {inner} {operator} {target}: {target} = {inner}")

    def _listing(self, listing: str, depth: int) -> tuple[str, str]:
        items, complete = self._local("items"), self._local("whole")
        self._line(depth, f"{items}, {complete} = listings.get({self._constant(listing)}, ((), False))")
        return items, complete

    def _emit_loop(self, listing: str, part: Condition, target: str, depth: int, if_empty: int | None) -> None:
        items, complete = self._listing(listing, depth)
        item, inner = self._local("item"), self._local("p")
        every = if_empty is not None
        self._line(depth, f"{target} = " + (f"(2 if {items} else {if_empty}) if {complete} else 1" if every else f"0 if {complete} else 1"))
        self._line(depth, f"for {item} in {items}:")
        outer: list[str] = self.lines
        lines: list[str] = []
        self.lines, self.item_fields = lines, {}
        self._emit(part, inner, depth + 1)
        loads, self.item_fields, self.lines = self.item_fields, None, outer
        for name, local in loads.items():
            self._line(depth + 1, f"{local} = {item}.get({self._constant(name)})")
        self.lines.extend(lines)
        self._line(depth + 1, f"if {inner} {'<' if every else '>'} {target}: {target} = {inner}")

    def _emit_matrix(self, name: str, target: str, depth: int) -> None:
        table = next(one for one in self.pack.matrices if one.id == name)
        constant = f"m{[one.id for one in self.pack.matrices].index(name)}"
        self.constants[constant] = table
        key = self._local("key")
        self._line(depth, f"{key} = ({''.join(self._field(column) + ', ' for column in table.columns)})")
        self._line(depth, f"{target} = memo_{constant}.get({key})")
        self._line(depth, f"if {target} is None: {target} = matrix({constant}, memo_{constant}, {key})")

    def _atom(self, atom: Is | Order | Present) -> str:
        field = FIELDS[atom.field]
        local = self._field(atom.field)
        if isinstance(atom, Present):
            return f"1 if {local} is None else 0 if {local} is ABSENT else 2"
        if isinstance(atom, Order) and field.kind in ("integer", "date"):
            sign = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}[atom.operator]
            return f"1 if {local} is None else 0 if {local} is ABSENT else 2 if {local} {sign} {self._constant(atom.bound)} else 0"
        if isinstance(atom, Order) and field.kind != "name":
            return f"1 if {local} is None else int(holds({self._constant(atom)}, {local}))"
        values = atom.values if isinstance(atom, Is) else tuple(value for value in field.values if holds(atom, value) == TRUE)
        if len(values) == 1:
            return f"1 if {local} is None else 2 if {local} == {self._constant(values[0])} else 0"
        return f"1 if {local} is None else 2 if {local} in {self._constant(frozenset(values))} else 0"

    def _field(self, name: str) -> str:
        table = self.fields if FIELDS[name].listing is None or self.item_fields is None else self.item_fields
        if name not in table:
            table[name] = self._local("f")
        return table[name]

    def _constant(self, value: Value | _Absent | object) -> str:
        key = (type(value), value)
        if key not in self.named:
            self.named[key] = f"k{len(self.named)}"
            self.constants[self.named[key]] = value
        return self.named[key]

    def _local(self, prefix: str) -> str:
        self.numbers += 1
        return f"{prefix}{self.numbers}"

    def _line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)


def _conjuncts(condition: Condition) -> list[Condition]:
    return [one for part in condition.parts for one in _conjuncts(part)] if isinstance(condition, All) else [condition]
