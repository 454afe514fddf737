"""A pack -> one SQL query that judges every row of a fleet, in the dialect of DuckDB or of Spark.

In: a pack that type-checks, and a relation in the normal form of `core/fleet.py`. Out: the text of a query; its rows carry
what `compile.Outcomes` carries. It is checked against both evaluators and imports neither.

A truth is a number 0, 1 or 2 and never NULL: `least` and `greatest` of DuckDB pass over NULL, so a NULL for UNKNOWN would be
a wrong answer without a word. NULL is dealt with in one place, where a value becomes the code of its class.

The query is a nest of stages. Each stage adds columns that later ones read: codes of values, conditions that several
clauses share, outcomes of a bounded number of clauses at a time. What no later stage reads is not carried along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack
from supportable.core.conditions import Condition, Matrix, shared
from supportable.core.dialects import DUCKDB, SPARK, Dialect
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.fleet import KEY, absent_column, complete_column
from supportable.core.sql_conditions import Column, Conditions, greatest, least, table_of_two

__all__ = ["DUCKDB", "SPARK", "Columns", "condition_query", "masks_query", "outcomes_of", "pack_query"]

CODES_IN_WORD = 21
"""An outcome takes three bits of a 64-bit integer, the first clause the lowest."""

_CLAUSES_AT_ONCE = 10 * CODES_IN_WORD
_HARMLESS = 4
# The outcome of a clause by the truth of `applies` (rows) and of `requires` (columns); without `requires` the last table.
_OUTCOMES = ((3, 3, 3), (1, 1, 4), (0, 1, 2))
_APPLIES_ALONE = (3, 1, 2)
_MARKS = ((3, 3, 3), (1, 1, 4), (0, 5, 2))
"""The same, with a number of its own for "unknown, and surely applies"; each bit of it means something (`engines/duckdb_masks.py`)."""


class Columns(NamedTuple):
    """The columns that a relation has: those of the whole row, and the members of the structs of each listing."""

    whole: frozenset[str]
    items: Mapping[str, frozenset[str]]


def all_columns() -> Columns:
    """Return every column of the normal form."""
    whole = [name for name, field in FIELDS.items() if field.listing is None]
    flags = [absent_column(name) for name in whole] + [complete_column(name) for name in LISTINGS]
    items = {}
    for listing in LISTINGS:
        own = [name for name, field in FIELDS.items() if field.listing == listing]
        items[listing] = frozenset([*own, *map(absent_column, own)])
    return Columns(frozenset([KEY, *whole, *flags, *LISTINGS]), items)


def outcomes_of(words: Sequence[int], number: int) -> list[int]:
    """Return the outcomes of `number` clauses from the column `outcomes`, in the order of the pack.

    >>> outcomes_of([0o312], 3)
    [2, 1, 3]
    """
    return [words[place // CODES_IN_WORD] >> (3 * (place % CODES_IN_WORD)) & 7 for place in range(number)]


def pack_query(pack: Pack, dialect: Dialect, source: str, columns: Columns | None = None) -> str:
    """Return the query that judges each row of `source` by the pack.

    `source` is SQL that stands behind FROM; whoever gives it has quoted the names in it. The columns are `key`; `applies`,
    whether a requirement surely applies; `best`, `worst` and `worst_literal`, ranks of tiers; `outcomes`, see `outcomes_of`.
    """
    clauses, conditions = _shared_conditions(pack, dialect, columns)
    stages = _Stages(conditions)
    folded: dict[str, list[str]] = {}
    words: list[str] = []
    for first in range(0, len(clauses), _CLAUSES_AT_ONCE):
        chunk = clauses[first : first + _CLAUSES_AT_ONCE]
        codes = stages.add([("code", partial(_code, conditions, _OUTCOMES, applies, requires)) for _, applies, requires in chunk])
        new = _words(conditions, codes)
        for rank, members in _by_rank(pack, [clause for clause, _, _ in chunk], codes).items():
            new += [(f"low {rank}", partial(_least, conditions, members)), (f"high {rank}", partial(_greatest, conditions, members))]
        new.append(("applies", partial(_surely, conditions, [one for clause, one, _ in chunk if clause.kind == "requirement"])))
        for (what, _), name in zip(new, stages.add(new), strict=True):
            (words if what == "word" else folded.setdefault(what, [])).append(name)
    return stages.query(source, _results(conditions, folded, words, len(pack.tiers)))


def masks_query(pack: Pack, dialect: Dialect, source: str, columns: Columns | None = None) -> str:
    """Return the query that marks each clause for each row of `source`, one 64-bit column for every 21 clauses: `word_0`, `word_1`, ...

    A mark is an outcome, or 5 for "unknown, and surely applies": enough to tell all masks of a row.
    """
    clauses, conditions = _shared_conditions(pack, dialect, columns)
    stages = _Stages(conditions)
    words: list[str] = []
    for first in range(0, len(clauses), _CLAUSES_AT_ONCE):
        chunk = clauses[first : first + _CLAUSES_AT_ONCE]
        codes = stages.add([("code", partial(_code, conditions, _MARKS, applies, requires)) for _, applies, requires in chunk])
        words += stages.add(_words(conditions, codes))
    return stages.query(source, [(f"word_{number}", partial(conditions.read, name)) for number, name in enumerate(words)])


def condition_query(
    asked: Sequence[Condition], matrices: Iterable[Matrix], dialect: Dialect, source: str, columns: Columns | None = None
) -> str:
    """Return the query that gives the key of each row and the truth (0, 1, 2) of each condition as `truth_0`, `truth_1`, ..."""
    known: dict[Condition, Condition] = {}
    roots = [shared(one, known) for one in asked]
    conditions = Conditions(roots, tuple(matrices), dialect, columns or all_columns())
    stages = _Stages(conditions)
    truths = [(f"truth_{number}", partial(conditions.truth, root)) for number, root in enumerate(roots)]
    return stages.query(source, [(KEY, partial(conditions.read, KEY)), *truths])


def _shared(condition: Condition | None, known: dict[Condition, Condition]) -> Condition | None:
    return None if condition is None else shared(condition, known)


def _shared_conditions(
    pack: Pack, dialect: Dialect, columns: Columns | None
) -> tuple[list[tuple[Clause, Condition, Condition | None]], Conditions]:
    known: dict[Condition, Condition] = {}
    clauses = [(clause, shared(clause.applies, known), _shared(clause.requires, known)) for clause in pack.clauses]
    roots = [root for _, *both in clauses for root in both if root is not None]
    return clauses, Conditions([*roots, *(applies for _, applies, _ in clauses)], pack.matrices, dialect, columns or all_columns())


def _code(conditions: Conditions, outcomes: tuple[tuple[int, ...], ...], applies: Condition, requires: Condition | None) -> str:
    truth = conditions.truth(applies)
    if requires is None:
        return conditions.dialect.lookup(_APPLIES_ALONE, truth)
    return table_of_two(conditions.dialect, outcomes, truth, conditions.truth(requires))


def _words(conditions: Conditions, codes: list[str]) -> list[tuple[str, Column]]:
    starts = range(0, len(codes), CODES_IN_WORD)
    return [("word", partial(_word, conditions, codes[place : place + CODES_IN_WORD])) for place in starts]


def _word(conditions: Conditions, codes: list[str]) -> str:
    whole = f"CAST({conditions.read(codes[-1])} AS BIGINT)"
    for code in reversed(codes[:-1]):
        whole = f"({whole} * 8 + {conditions.read(code)})"
    return whole


def _least(conditions: Conditions, names: list[str]) -> str:
    return least(map(conditions.read, names))


def _greatest(conditions: Conditions, names: list[str]) -> str:
    return greatest(map(conditions.read, names))


def _surely(conditions: Conditions, applies: list[Condition]) -> str:
    return greatest(map(conditions.truth, applies))


def _by_rank(pack: Pack, clauses: list[Clause], codes: list[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for clause, code in zip(clauses, codes, strict=True):
        rank = pack.tier_rank(clause.caps) if clause.kind == "requirement" and clause.caps else 0
        if rank:
            found.setdefault(rank, []).append(code)
    return found


def _results(conditions: Conditions, folded: dict[str, list[str]], words: list[str], tiers: int) -> list[tuple[str, Column]]:
    def rank(test: str) -> str:
        cases = ""
        for number in range(tiers - 1, 0, -1):
            if f"low {number}" in folded:
                low, high = _least(conditions, folded[f"low {number}"]), _greatest(conditions, folded[f"high {number}"])
                cases += f" WHEN {test.format(low=low, high=high)} THEN {number}"
        return f"CASE{cases} ELSE 0 END" if cases else "0"

    return [
        (KEY, partial(conditions.read, KEY)),
        ("applies", lambda: f"({_greatest(conditions, folded.get('applies', []))} = 2)"),
        ("best", partial(rank, "{low} = 0")),
        ("worst", partial(rank, "{low} <= 1")),
        # Of the codes only "unknown but harmless" is greater than "not applicable", so the greatest shows it.
        ("worst_literal", partial(rank, f"{{low}} <= 1 OR {{high}} = {_HARMLESS}")),
        ("outcomes", lambda: conditions.dialect.list_of([conditions.read(one) for one in words])),
    ]


class _Stages:
    """The stages of a query: those of the conditions first, then each that is added."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.stages = [{name: conditions.traced(text) for name, text in stage.items()} for stage in conditions.stages()]
        self.made = 0

    def add(self, new: Sequence[tuple[str, Column]]) -> list[str]:
        """Add a stage with these columns and return their names."""
        names = [f"o{self.made + number}" for number in range(len(new))]
        self.made += len(new)
        self.stages.append({name: self.conditions.traced(text) for name, (_, text) in zip(names, new, strict=True)})
        return names

    def query(self, source: str, results: Sequence[tuple[str, Column]]) -> str:
        """Return the query; each stage carries only what later ones read."""
        identifier = self.conditions.dialect.identifier
        last = [(name, *self.conditions.traced(text)) for name, text in results]
        needed = dict.fromkeys(name for _, _, read in last for name in read)
        layers: list[str] = []
        for stage in reversed(self.stages):
            new = {name: stage[name] for name in needed if name in stage}
            if not new:
                continue
            carried = [name for name in needed if name not in stage]
            layers.append(", ".join([*map(identifier, carried), *(f"{text} AS {identifier(name)}" for name, (text, _) in new.items())]))
            needed = dict.fromkeys([*carried, *(name for _, read in new.values() for name in read)])
        query = f"{source} AS stage_0"
        for number, columns in enumerate(reversed(layers)):
            query = f"(SELECT {columns}\nFROM {query}) AS stage_{number + 1}"
        return f"SELECT {', '.join(f'{text} AS {identifier(name)}' for name, text, _ in last)}\nFROM {query}"
