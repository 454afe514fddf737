"""Conditions -> SQL expressions over the columns of a fleet, and the columns that they share.

In: all conditions of a query, so that what several of them ask is worked out once. Out: `Conditions`: `stages`, the columns to
make first, and `truth`, the expression of one condition over them. Its truths are 0, 1 and 2, never NULL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from typing import NamedTuple, Protocol

from supportable.core.classes import UNKNOWN_CLASS, Classes, classes_read
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
    walk,
)
from supportable.core.dialects import Dialect, version_text
from supportable.core.facts import Value
from supportable.core.fields import FIELDS
from supportable.core.fleet import absent_column, complete_column
from supportable.core.matrix_walk import walk_of
from supportable.core.versions import VersionKey

_DEPTH_MAX = 20
_BITS_IN_WORD = 30
_CHAIN_MAX = 8
_SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}

Column = Callable[[], str]


class HasColumns(Protocol):
    """The columns that a relation has."""

    @property
    def whole(self) -> frozenset[str]: ...

    @property
    def items(self) -> Mapping[str, frozenset[str]]: ...


class _Place(NamedTuple):
    """Where the code of a field of an item stands in the item's words: which word, from which bit, how many bits."""

    word: int
    first: int
    bits: int


def least(parts: Iterable[str]) -> str:
    """Return the least of numbers from 0 to 2 that are never NULL (or of other numbers, when none of them is a literal)."""
    kept = [part for part in dict.fromkeys(parts) if part != "2"]
    return "0" if "0" in kept else _joined("least", kept, "2")


def greatest(parts: Iterable[str]) -> str:
    """Return the greatest of numbers from 0 that are never NULL."""
    kept = [part for part in dict.fromkeys(parts) if part != "0"]
    return _joined("greatest", kept, "0")


def _joined(function: str, parts: list[str], neutral: str) -> str:
    return f"{function}({', '.join(parts)})" if len(parts) > 1 else parts[0] if parts else neutral


def table_of_two(dialect: Dialect, table: tuple[tuple[int, ...], ...], row: str, column: str) -> str:
    """Return the entry of a table of three by three."""
    if row.isdigit():
        return dialect.lookup(table[int(row)], column)
    if column.isdigit():
        return dialect.lookup(tuple(line[int(column)] for line in table), row)
    return dialect.lookup(tuple(chain.from_iterable(table)), f"3 * {row} + {column}")


class Conditions:
    """The expressions of some conditions. `read` remembers what is read, `traced` hands it over."""

    def __init__(self, roots: list[Condition], matrices: tuple[Matrix, ...], dialect: Dialect, columns: HasColumns) -> None:
        self.dialect = dialect
        self.columns = columns
        self.matrices = {one.id: one for one in matrices}
        self.classes = classes_read(_distinct(roots), self.matrices)
        self.places = self._places()
        self.versions: dict[str, str] = {}
        self.codes = {field: f"f{number}" for number, field in enumerate(one for one in self.classes if FIELDS[one].listing is None)}
        self.listings = {one: number for number, one in enumerate(_listings(roots))}
        self.named: dict[Condition, str] = {}
        self._reads: dict[str, None] = {}
        self.levels: list[list[Condition]] = []
        self._plan(roots)

    def read(self, name: str) -> str:
        """Return a column of an earlier stage."""
        self._reads[name] = None
        return self.dialect.identifier(name)

    def traced(self, column: Column) -> tuple[str, tuple[str, ...]]:
        """Return the expression of a column, and the columns that it reads."""
        self._reads = {}
        text = column()
        return text, tuple(self._reads)

    def truth(self, condition: Condition) -> str:
        """Return the expression of a condition about a whole deployment."""
        return self._truth(condition, None)

    def stages(self) -> list[dict[str, Column]]:
        """Return the columns to make, stage by stage; a stage reads only the stages before it."""
        first: dict[str, Column] = {}
        second: dict[str, Column] = {}
        for field, name in self.codes.items():
            if FIELDS[field].kind == "version" and field in self.columns.whole:
                self.versions[field] = f"v{name[1:]}"
                first[self.versions[field]] = partial(self._version, field)
            second[name] = partial(self._whole_code, field)
        for listing, number in self.listings.items():
            second[f"n{number}"] = partial(self._size, listing)
            second[f"w{number}"] = partial(self._complete, listing)
            if listing in self.columns.whole and any(FIELDS[field].listing == listing for field in self.places):
                second[f"p{number}"] = partial(self._packed, listing)
        later: list[dict[str, Column]] = [{self.named[one]: partial(self._write, one, None) for one in level} for level in self.levels]
        return [first, second, *later]

    # What is told apart

    def _places(self) -> dict[str, _Place]:
        found: dict[str, _Place] = {}
        ends: dict[str, tuple[int, int]] = {}
        for field, classes in self.classes.items():
            listing, bits = FIELDS[field].listing, (classes.size - 1).bit_length()
            members = self.columns.items.get(listing or "", frozenset())
            if listing is None or not bits or (field not in members and absent_column(field) not in members):
                continue
            word, first = ends.get(listing, (0, 0))
            if first + bits > _BITS_IN_WORD:
                word, first = word + 1, 0
            found[field] = _Place(word, first, bits)
            ends[listing] = word, first + bits
        return found

    def _plan(self, roots: list[Condition]) -> None:
        """Choose the conditions that get a column: those asked more than once, those that a list captures, those too deep."""
        times: Counter[Condition] = Counter(roots)
        captured: set[Condition] = set()
        distinct = _distinct(roots)
        for condition in distinct:
            for part in _parts(condition):
                times[part] += 1
            if isinstance(condition, (Every, Some)):
                captured.update(self._whole_parts(condition.part))
        order: dict[Condition, tuple[int, int]] = {}
        for condition in distinct:
            below = [order[part] for part in _parts(condition)]
            level, depth = max((one[0] for one in below), default=0), max((one[1] for one in below if one), default=0) + 1
            if (
                not isinstance(condition, (Is, Order, Present, Always))
                and self._is_whole(condition)
                and (times[condition] > 1 or condition in captured or depth > _DEPTH_MAX)
            ):
                self.named[condition] = f"c{len(self.named)}"
                while len(self.levels) <= level:
                    self.levels.append([])
                self.levels[level].append(condition)
                level, depth = level + 1, 0
            order[condition] = level, depth

    def _is_whole(self, condition: Condition) -> bool:
        """Whether it is about the whole deployment wherever it stands."""
        match condition:
            case Is(field) | Order(field) | Present(field):
                return FIELDS[field].listing is None
            case InMatrix(name):
                return all(FIELDS[column].listing is None for column in self.matrices[name].columns)
            case All(parts) | Any(parts):
                return all(map(self._is_whole, parts))
            case Not(part):
                return self._is_whole(part)
            case _:
                return True

    def _whole_parts(self, condition: Condition) -> list[Condition]:
        if self._is_whole(condition):
            return [condition]
        return [one for part in _parts(condition) for one in self._whole_parts(part)]

    # Values to codes of classes

    def _version(self, field: str) -> str:
        return self.dialect.version(self.read(field))

    def _whole_code(self, field: str) -> str:
        value = self.read(field) if field in self.columns.whole else None
        absent = self.read(absent_column(field)) if absent_column(field) in self.columns.whole else None
        order = self.read(self.versions[field]) if field in self.versions else value
        return self._class_code(self.classes[field], value, absent, order)

    def _item_code(self, field: str) -> str:
        members = self.columns.items[FIELDS[field].listing or ""]
        value = self.dialect.member("item", field) if field in members else None
        absent = self.dialect.member("item", absent_column(field)) if absent_column(field) in members else None
        if value is None or FIELDS[field].kind != "version":
            return self._class_code(self.classes[field], value, absent, value)
        return self.dialect.let("version", self.dialect.version(value), self._class_code(self.classes[field], value, absent, "version"))

    def _class_code(self, classes: Classes, value: str | None, absent: str | None, order: str | None) -> str:
        tests: list[tuple[str, int]] = []
        bounds: list[tuple[str, int]] = []
        if value is not None:
            # One test a value: DuckDB makes a join of each longer IN list.
            tests = [(f"{value} = {self._literal(one)}", number) for one, number in classes.named.items()]
            bounds = [(f"{order} {'<=' if equal else '<'} {self._literal(bound)}", number) for bound, equal, number in classes.below]
        rest = [(f"{order} IS NOT NULL", classes.other)] if bounds and value != order else []
        rest += [(f"{value} IS NOT NULL", classes.unordered)] if value is not None else []
        rest += [(absent, classes.absent)] if absent is not None else []
        while rest and rest[-1][1] == UNKNOWN_CLASS:
            rest.pop()
        return _cases(tests, _halved(bounds, _cases(rest, str(UNKNOWN_CLASS))))

    def _literal(self, value: Value | VersionKey) -> str:
        if isinstance(value, tuple):
            return self.dialect.text(version_text(value))
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        return str(value) if isinstance(value, int) else self.dialect.text(value)

    def _packed(self, listing: str) -> str:
        """Return the list of the items' codes: a number for each item, or a struct of numbers where one is too small."""
        words: dict[int, list[str]] = {}
        for field, place in self.places.items():
            if FIELDS[field].listing == listing:
                words.setdefault(place.word, []).append(f"({self._item_code(field)}) * {1 << place.first}")
        sums = [" + ".join(terms) for terms in words.values()]
        body = sums[0] if len(sums) == 1 else self.dialect.struct_of({f"w{word}": text for word, text in zip(words, sums, strict=True)})
        return self.dialect.each(self.read(listing), "item", body)

    def _code(self, field: str, listing: str | None) -> str:
        """Return the class code of a field; below a listing, of the item in question."""
        own = FIELDS[field].listing
        if own is None:
            return self.read(self.codes[field])
        if own != listing or field not in self.places:
            return str(UNKNOWN_CLASS)
        place = self.places[field]
        single = all(one.word == 0 for name, one in self.places.items() if FIELDS[name].listing == own)
        word = "item" if single else self.dialect.member("item", f"w{place.word}")
        return self.dialect.shifted(word, str(place.first), (1 << place.bits) - 1)

    # Conditions

    def _truth(self, condition: Condition, listing: str | None) -> str:
        name = self.named.get(condition)
        return self._write(condition, listing) if name is None else self.read(name)

    def _write(self, condition: Condition, listing: str | None) -> str:
        match condition:
            case Always(truth):
                return str(int(truth))
            case Is(field) | Order(field) | Present(field):
                return self.dialect.pick(self.classes[field].truths[condition], self._code(field, listing))
            case All(parts):
                return least(self._truth(part, listing) for part in parts)
            case Any(parts):
                found = [self._truth(part, listing) for part in parts]
                return "2" if "2" in found else greatest(found)
            case Not(part):
                inner = self._truth(part, listing)
                return str(2 - int(inner)) if inner.isdigit() else f"(2 - {inner})"
            case Every(inner_listing, part, if_empty):
                number = self.listings[inner_listing]
                whole = f"CASE WHEN {self.read(f'w{number}')} THEN 2 ELSE 1 END"
                empty = f"CASE WHEN {self.read(f'w{number}')} THEN {int(if_empty)} ELSE 1 END"
                body = self._over(inner_listing, part, self.dialect.smallest)
                return f"CASE WHEN {self.read(f'n{number}')} = 0 THEN {empty} ELSE {least([body, whole])} END"
            case Some(inner_listing, part):
                number = self.listings[inner_listing]
                whole = f"CASE WHEN {self.read(f'w{number}')} THEN 0 ELSE 1 END"
                body = self._over(inner_listing, part, self.dialect.largest)
                return f"CASE WHEN {self.read(f'n{number}')} = 0 THEN {whole} ELSE {greatest([body, whole])} END"
            case Same(field):
                return self._same(field)
            case Count(inner_listing, operator, bound):
                return self._count(inner_listing, operator, bound)
            case InMatrix(name):
                return self._in_matrix(self.matrices[name], listing)

    def _over(self, listing: str, part: Condition, join: Callable[[str], str]) -> str:
        """Return the truth of `part` over all items of a listing that has some."""
        body = self._truth(part, listing)
        if "item" not in body:
            return body
        return join(self.dialect.each(self.read(f"p{self.listings[listing]}"), "item", body))

    def _size(self, listing: str) -> str:
        return f"coalesce({self.dialect.size(self.read(listing))}, 0)" if listing in self.columns.whole else "0"

    def _complete(self, listing: str) -> str:
        name = complete_column(listing)
        return f"coalesce({self.read(name)}, FALSE)" if name in self.columns.whole else "(1 = 0)"

    def _count(self, listing: str, operator: str, bound: int) -> str:
        number = self.listings[listing]
        now = f"{self.read(f'n{number}')} {_SIGNS[operator]} {bound}"
        # More items can only appear: a lower bound that is reached stays reached, an upper one that is passed stays passed.
        if operator in ("at_least", "above"):
            return f"CASE WHEN {now} THEN 2 WHEN {self.read(f'w{number}')} THEN 0 ELSE 1 END"
        return f"CASE WHEN NOT ({now}) THEN 0 WHEN {self.read(f'w{number}')} THEN 2 ELSE 1 END"

    def _same(self, field: str) -> str:
        """Return whether all items have one value: the texts that stand for their values are compared, least with greatest."""
        listing = FIELDS[field].listing or ""
        members = self.columns.items.get(listing, frozenset())
        size, complete = self.read(f"n{self.listings[listing]}"), self.read(f"w{self.listings[listing]}")
        if listing not in self.columns.whole:
            return f"CASE WHEN {complete} THEN 2 ELSE 1 END"
        value = self.dialect.member("item", field) if field in members else "NULL"
        tests = ""
        if field in members:
            is_version = FIELDS[field].kind == "version"
            # A text without a version in it has no order key; all such texts count as one value.
            shown = f"coalesce({self.dialect.version(value)}, '?')" if is_version else f"CAST({value} AS {self.dialect.text_type})"
            tests = f" WHEN {value} IS NOT NULL THEN concat('=', {shown})"
        if absent_column(field) in members:
            tests += f" WHEN {self.dialect.member('item', absent_column(field))} THEN 'absent'"
        if not tests:
            return f"CASE WHEN {complete} AND {size} < 2 THEN 2 ELSE 1 END"
        keys = self.dialect.each(self.read(listing), "item", f"CASE{tests} END")
        unknown = self.dialect.largest(self.dialect.each(keys, "shown", "CASE WHEN shown IS NULL THEN 1 ELSE 0 END"))
        return (
            f"CASE WHEN {self.dialect.smallest(keys)} <> {self.dialect.largest(keys)} THEN 0 "
            f"WHEN {complete} AND {size} < 2 THEN 2 WHEN NOT {complete} OR {unknown} = 1 THEN 1 ELSE 2 END"
        )

    def _in_matrix(self, matrix: Matrix, listing: str | None) -> str:
        columns = tuple(self.classes[column] for column in matrix.columns)
        tables = walk_of(matrix, columns)
        if tables is None:
            return self._as_formula(matrix, listing)
        if not tables.tables:
            return str(tables.truth)
        state = "0"
        for column, table in zip(columns, tables.tables, strict=True):
            code = self._code(column.field, listing)
            index = str(int(state) * column.size + int(code)) if state.isdigit() and code.isdigit() else f"{state} * {column.size} + {code}"
            state = self.dialect.lookup(table, code if state == "0" else index)
        return state

    def _as_formula(self, matrix: Matrix, listing: str | None) -> str:
        listed, ruled_out = [str(int(matrix.unlisted))], ["0"]
        for row in matrix.rows:
            cells = least(self._write(cell, listing) for cell in row.cells if cell is not None)
            (listed if row.listed else ruled_out).append(cells)
        found = "2" if "2" in listed else greatest(listed)
        out = "2" if "2" in ruled_out else greatest(ruled_out)
        return least([found, str(2 - int(out)) if out.isdigit() else f"(2 - {out})"])


def _cases(tests: list[tuple[str, int]], otherwise: str) -> str:
    cases = "".join(f" WHEN {test} THEN {number}" for test, number in tests)
    return f"CASE{cases} ELSE {otherwise} END" if cases else otherwise


def _halved(bounds: list[tuple[str, int]], otherwise: str) -> str:
    """Return the number of the first bound that is above the value; many bounds are halved, so that a row meets few of them."""
    if len(bounds) <= _CHAIN_MAX:
        return _cases(bounds, otherwise)
    middle = len(bounds) // 2
    # What is not below the bound in the middle, NULL too, goes on with the bounds behind it.
    below = _halved(bounds[:middle], str(bounds[middle][1]))
    return f"CASE WHEN {bounds[middle][0]} THEN {below} ELSE {_halved(bounds[middle + 1 :], otherwise)} END"


def _parts(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case All(parts) | Any(parts):
            return parts
        case Not(part) | Every(_, part) | Some(_, part):
            return (part,)
        case _:
            return ()


def _distinct(roots: Iterable[Condition]) -> list[Condition]:
    """Return each condition once, the parts of a condition before it."""
    found: dict[Condition, None] = {}

    def visit(condition: Condition) -> None:
        if condition in found:
            return
        for part in _parts(condition):
            visit(part)
        found[condition] = None

    for root in roots:
        visit(root)
    return list(found)


def _listings(roots: Iterable[Condition]) -> list[str]:
    found: dict[str, None] = {}
    for root in roots:
        for condition in walk(root):
            match condition:
                case Every(listing) | Some(listing) | Count(listing):
                    found[listing] = None
                case Same(field):
                    found[FIELDS[field].listing or ""] = None
                case _:
                    pass
    return list(found)
