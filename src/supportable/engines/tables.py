"""A pack as lookup tables, run over Arrow batches: outcomes of all clauses and the ends of the verdict, for every row.

In: batches in the normal form of a fleet (`core/fleet.py`). Out: batches with the key, whether a requirement surely applies,
the ranks of three tiers (as `core/compile.Outcomes`), and four masks of clauses (`failed`, `unknown`, `harmless`,
`not-applicable`) in 64-bit words. A bit stands for a clause in the order of `Tables.clauses`, which is not the pack's:
requirements stand first. The masks are the stored form; `outcomes_of` and `clause_ids` expand them.

Facts become class codes, conditions become tables over codes (`lookup.py`, `running.py`). Exact for three values; checked
against the compiled and the reference evaluator, which it never asks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any as Anything
from typing import NamedTuple

try:
    import numpy as np
    import pyarrow as pa
except ImportError as error:
    from supportable.errors import EngineError

    raise EngineError(f"`{error.name}` is not installed", None, "pip install 'supportable[fleet]'") from None

from numpy.typing import NDArray

from supportable.core.classes import Classes, classes_read
from supportable.core.clauses import Clause, Pack, conditions_read
from supportable.core.conditions import Always, Condition, Count, Every, Not, Some
from supportable.core.fields import FIELDS
from supportable.core.fleet import KEY, absent_column, columns_read, complete_column
from supportable.core.truth import Truth
from supportable.engines.codes import Coder
from supportable.engines.lookup import Formula, Layer, Scope, formula_of, layer_of
from supportable.engines.running import ItemLayer, Run, Words

MASKS = ("failed", "unknown", "harmless", "not-applicable")
_CODES = {"failed": 0, "unknown": 1, "harmless": 4, "not-applicable": 3}
_HOLDS = 2


class Tables(NamedTuple):
    """A pack compiled; it can be pickled.

    `clauses` are the ids in the order of the bits, `order` their places in the pack, `columns` what a batch is read for.
    The words of `layer` are first those of `applies`, then those of `requires`, each with one bit a clause.
    """

    pack: Pack
    clauses: tuple[str, ...]
    order: tuple[int, ...]
    columns: tuple[str, ...]
    classes: Mapping[str, Classes]
    layer: Layer
    below: Mapping[str, ItemLayer]
    words: int
    judged_words: int
    negated: Words
    judged: Words
    ranks: tuple[tuple[int, Words], ...]
    requirements: Words
    used: Words


def compile_tables(pack: Pack) -> Tables:
    """Return the tables of a pack that type-checks."""
    places = _in_bit_order(pack)
    clauses = [pack.clauses[place] for place in places]
    matrices = {matrix.id: matrix for matrix in pack.matrices}
    read = list(dict.fromkeys(condition for clause in clauses for condition in conditions_read(clause, pack.matrices)))
    classes = classes_read(read, matrices)
    slots = _slots(read)
    top = Scope(classes, matrices, None, slots, _counts(read))
    below = {listing: _below(listing, slots, classes, matrices, top) for listing in dict.fromkeys(name for name, _ in slots.values())}
    words = max(1, (len(clauses) + 63) // 64)
    judged = [bit for bit, clause in enumerate(clauses) if clause.requires is not None]
    judged_words = (judged[-1] + 64) // 64 if judged else 0
    formulas = {bit: formula_of(clause.applies) for bit, clause in enumerate(clauses)}
    formulas |= {64 * words + bit: formula_of(clauses[bit].requires or Always(Truth.TRUE)) for bit in judged}
    layer = layer_of(top, formulas, words + judged_words)
    requirements = [bit for bit, clause in enumerate(clauses) if clause.kind == "requirement"]
    by_rank = {rank: [bit for bit in requirements if _rank(pack, clauses[bit]) >= rank] for rank in range(1, len(pack.tiers))}
    return Tables(
        pack,
        tuple(clause.id for clause in clauses),
        tuple(places),
        _columns(pack),
        classes,
        layer,
        below,
        words,
        judged_words,
        mask_of((bit for bit, formula in formulas.items() if formula.negated), words + judged_words),
        mask_of(judged, judged_words),
        tuple((rank, mask_of(bits, judged_words)) for rank, bits in by_rank.items() if bits and bits != by_rank.get(rank + 1)),
        mask_of(requirements, words),
        mask_of(range(len(clauses)), words),
    )


def _in_bit_order(pack: Pack) -> list[int]:
    """Requirements first, the lowest caps before the others, then recommendations: so the words of `requires` are few."""
    kinds = {"requirement": 0, "recommendation": 1}
    return sorted(
        range(len(pack.clauses)), key=lambda place: (kinds.get(pack.clauses[place].kind, 2), -_rank(pack, pack.clauses[place]), place)
    )


def _rank(pack: Pack, clause: Clause) -> int:
    return pack.tier_rank(clause.caps) if clause.kind == "requirement" and clause.caps else 0


def mask_of(bits: Iterable[int], words: int) -> Words:
    """Return the words in which these bits are set."""
    flags = np.zeros(64 * words, np.bool_)
    flags[list(bits)] = True
    return np.packbits(flags, bitorder="little").view(np.uint64)


def _slots(read: list[Condition]) -> dict[Condition, tuple[str, int]]:
    """Return the bit of every condition on a listing among the words of its listing."""
    slots: dict[Condition, tuple[str, int]] = {}
    numbers: dict[str, int] = {}
    for condition in read:
        if isinstance(condition, Every | Some):
            slots[condition] = condition.listing, numbers.setdefault(condition.listing, 0)
            numbers[condition.listing] += 1
    return slots


def _counts(read: list[Condition]) -> dict[str, tuple[int, ...]]:
    bounds: dict[str, set[int]] = {}
    for condition in read:
        if isinstance(condition, Count):
            bounds.setdefault(condition.listing, set()).update((condition.bound, condition.bound + 1))
    return {listing: tuple(sorted(numbers)) for listing, numbers in bounds.items()}


def _below(
    listing: str, slots: Mapping[Condition, tuple[str, int]], classes: Mapping[str, Classes], matrices: Mapping[str, Anything], top: Scope
) -> ItemLayer:
    """Return the tables of the conditions on the items of a listing; "some" is kept as "not every ... not"."""
    scope = Scope(classes, matrices, top)
    formulas: dict[int, Formula] = {}
    if_empty: dict[int, Truth] = {}
    for condition, (name, slot) in slots.items():
        if name != listing:
            continue
        match condition:
            case Every(_, part, truth):
                formulas[slot], if_empty[slot] = formula_of(part, either_way=False), truth
            case Some(_, part):
                formulas[slot], if_empty[slot] = formula_of(Not(part), either_way=False), Truth.TRUE
    words = (len(formulas) + 63) // 64
    not_false = mask_of((slot for slot, truth in if_empty.items() if truth is not Truth.FALSE), words)
    true = mask_of((slot for slot, truth in if_empty.items() if truth is Truth.TRUE), words)
    return ItemLayer(layer_of(scope, formulas, words), np.concatenate([not_false, true]))


def _columns(pack: Pack) -> tuple[str, ...]:
    fields, listings = columns_read([pack])
    whole = [name for name in fields if FIELDS[name].listing is None]
    return (
        *(one for name in whole for one in (name, absent_column(name))),
        *(one for name in listings for one in (name, complete_column(name))),
    )


class Masks(NamedTuple):
    """What was found of every row: arrays of 64-bit words, `[words, rows]`, one bit a clause in the order of `Tables.clauses`.

    `surely` are the requirements that surely apply; the others are the masks of the results.
    """

    surely: Words
    failed: Words
    unknown: Words
    harmless: Words
    absent: Words


class Judging:
    """Tables made ready to run in one thread: it remembers the texts it has met."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.coders = {name: Coder(classes) for name, classes in tables.classes.items()}
        self.schema = result_schema(tables)

    def judge(self, batch: Anything) -> Anything:
        """Return the result of one batch, a row for each of its rows."""
        keys = batch.column(KEY).cast(pa.string()) if KEY in batch.schema.names else pa.nulls(batch.num_rows, pa.string())
        return pa.record_batch([keys, *map(pa.array, _results(self.tables, self.masks(batch)))], schema=self.schema)

    def masks(self, batch: Anything) -> Masks:
        """Return what was found of each row of one batch."""
        tables = self.tables
        columns = {name: batch.column(name) for name in tables.columns if name in batch.schema.names}
        return _masks(tables, Run(columns, batch.num_rows, self.coders, tables.below).words(tables.layer))


def result_schema(tables: Tables) -> Anything:
    """Return the schema of results; its metadata names the clause of every bit, so that stored masks explain themselves."""
    ranks = [(name, pa.uint8()) for name in ("best", "worst", "worst_literal")]
    masks = [(mask_column(mask, word), pa.uint64()) for mask in MASKS for word in range(tables.words)]
    told = {"pack": tables.pack.id, "revision": tables.pack.revision, "clauses": " ".join(tables.clauses)}
    return pa.schema([(KEY, pa.string()), ("applies", pa.bool_()), *ranks, *masks], metadata=told)


def mask_column(mask: str, word: int) -> str:
    """Return the column that holds the bits of clauses `64 * word` to `64 * word + 63`."""
    return f"{mask}|{word}"


def _masks(tables: Tables, found: Words) -> Masks:
    total, words = tables.words + tables.judged_words, tables.words
    rows = len(found)
    sure, failed, unknown, harmless, absent = (np.zeros((words, rows), np.uint64) for _ in Masks._fields)
    for word in range(words):
        may, surely = _truth(tables, found, word, total)
        np.bitwise_and(~may, tables.used[word], out=absent[word])
        open_ = may & ~surely
        if word < tables.judged_words:
            holds_not_false, holds = _truth(tables, found, words + word, total)
            np.bitwise_and(surely, ~holds_not_false, out=failed[word])
            np.bitwise_and(open_ & holds, tables.judged[word], out=harmless[word])
            open_ |= surely & holds_not_false & ~holds
        np.bitwise_and(open_, ~harmless[word], out=unknown[word])
        np.bitwise_and(surely, tables.requirements[word], out=sure[word])
    return Masks(sure, failed, unknown, harmless, absent)


def _results(tables: Tables, masks: Masks) -> Iterator[NDArray[Anything]]:
    """Yield the columns of the result after the key."""
    worst = masks.failed | masks.unknown
    yield np.logical_or.reduce(masks.surely, axis=0)
    for mask in (masks.failed, worst, worst | masks.harmless):
        yield highest(tables.ranks, mask)
    for one in (masks.failed, masks.unknown, masks.harmless, masks.absent):
        yield from one


def _truth(tables: Tables, found: Words, word: int, total: int) -> tuple[Words, Words]:
    """Return what is not false and what is true in one word, with formulas that were kept negated turned round."""
    not_false, true = np.ascontiguousarray(found[:, word]), np.ascontiguousarray(found[:, total + word])
    turned = tables.negated[word]
    if not turned:
        return not_false, true
    # True implies not false, so both bits differ from each other exactly where the truth is unknown, which has no opposite.
    swapped = ~(not_false ^ true) & turned
    return not_false ^ swapped, true ^ swapped


def highest(ranks: tuple[tuple[int, Words], ...], mask: Words) -> NDArray[np.uint8]:
    """Return the highest rank of which a bit is in the mask, 0 where none is; `ranks` stand lowest first."""
    found = np.zeros(mask.shape[1], np.uint8)
    for rank, bits in ranks:
        reached = np.zeros(mask.shape[1], np.bool_)
        for word, wanted in enumerate(bits):
            if wanted:
                reached |= (mask[word] & wanted) != 0
        found[reached] = rank
    return found


def iterate(tables: Tables, batches: Iterable[Anything], threads: int = 2) -> Iterator[Anything]:
    """Yield the result of each batch, in their order; at most `threads + 1` batches are held at a time."""
    if threads < 2:
        one = Judging(tables)
        yield from (one.judge(batch) for batch in batches)
        return
    idle = deque(Judging(tables) for _ in range(threads + 1))

    def work(judging: Judging, batch: Anything) -> Anything:
        return judging.judge(batch)

    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[tuple[Judging, Future[Anything]]] = deque()
        for batch in batches:
            judging = idle.popleft() if idle else None
            if judging is None:
                judging, done = waiting.popleft()
                yield done.result()
            waiting.append((judging, pool.submit(work, judging, batch)))
        while waiting:
            yield waiting.popleft()[1].result()


def outcomes_of(tables: Tables, result: Anything) -> NDArray[np.uint8]:
    """Return the outcomes (numbers of `core/compile`) of a result: one row a deployment, one column a clause of the pack, in its order."""
    found = np.full((result.num_rows, len(tables.clauses)), _HOLDS, np.uint8)
    for mask, code in _CODES.items():
        found[_flags(tables, result, mask)] = code
    in_order = np.empty_like(found)
    in_order[:, list(tables.order)] = found
    return in_order


def clause_ids(tables: Tables, result: Anything, mask: str) -> Anything:
    """Return the ids of the clauses that a mask names, a list a row, as an Arrow array of lists."""
    rows, bits = np.nonzero(_flags(tables, result, mask))
    offsets = np.zeros(result.num_rows + 1, np.int32)
    np.cumsum(np.bincount(rows, minlength=result.num_rows), out=offsets[1:])
    names = pa.DictionaryArray.from_arrays(pa.array(bits.astype(np.int32)), pa.array(tables.clauses, pa.string()))
    return pa.ListArray.from_arrays(pa.array(offsets), names)


def _flags(tables: Tables, result: Anything, mask: str) -> NDArray[np.bool_]:
    words = [result.column(mask_column(mask, word)).to_numpy(zero_copy_only=False) for word in range(tables.words)]
    octets = np.stack(words, axis=1).view(np.uint8).reshape(result.num_rows, 8 * tables.words)
    return np.unpackbits(octets, axis=1, bitorder="little")[:, : len(tables.clauses)].view(np.bool_)
