"""The use cases of fleets: judge an inventory, and say what was found, why, and what to fetch next.

In: an inventory, a mapping, packs and dates. Out: a table with a row a deployment and issuer, written whole or not at all, and a summary.
Columns of the table: `key`, `issuer`, `applies` (yes, perhaps, no), `level`, `worst`, `best`, `failed` and `unknown` (clause ids),
`deciding` (a smallest set of facts that decides it; empty when it is decided, NULL where it was not searched for).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from supportable import app
from supportable.core.compile import FALSE, UNKNOWN, Compiled
from supportable.core.facts import Source
from supportable.core.fleet import KEY, deployment_of_row
from supportable.core.verdict import Judgement, Verdict, deciding_alone
from supportable.core.verdict import judge as judge_deployment
from supportable.errors import SupportableError, UsageError
from supportable.stores import packs as pack_store
from supportable.stores.inventories import open_inventory
from supportable.stores.inventory_looks import propose_mapping
from supportable.stores.inventory_report import InventoryReport
from supportable.stores.mappings import load_mapping
from supportable.stores.normalising import Fleet

PATTERNS_AT_MOST = 5_000
"""Different undecided deployments for which deciding facts are searched; each takes some milliseconds."""

LEVELS = ("full", "limited", "unsupported", "undecided", "silent")
"""What a deployment is counted as; silent: no document says anything about it."""

Progress = Callable[[int], None]
"""Is told how many deployments were judged so far."""


class IssuerSummary(NamedTuple):
    """What one issuer's documents say of a fleet: deployments by level, failing and unknown requirements, what would decide most."""

    issuer: str
    levels: Mapping[str, int]
    failed: tuple[tuple[str, int], ...]
    unknown: tuple[tuple[str, int], ...]
    deciding: tuple[tuple[str, int], ...]
    """Facts of which each alone decides so many undecided deployments, most first."""
    searched: int
    """Undecided deployments for which that was worked out."""


class FleetCheck(NamedTuple):
    """What became of an inventory."""

    where: str
    issuers: tuple[IssuerSummary, ...]
    report: InventoryReport
    says: Mapping[str, str]
    """What each clause that fails or is unknown says."""
    as_of: str
    known: str

    @property
    def standing(self) -> str:
        """`met` when every deployment about which somebody speaks is full, else `not met`, `undecided` or `nothing`."""
        counted = Counter[str]()
        for one in self.issuers:
            counted.update(one.levels)
        if counted["limited"] or counted["unsupported"]:
            return "not met"
        if counted["undecided"]:
            return "undecided"
        return "met" if counted["full"] else "nothing"


class Asked(NamedTuple):
    """How a fleet is to be judged."""

    inventory: str
    mapping: Path
    documents: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    as_of: str = ""
    known: str = ""


def check_fleet(asked: Asked, output: Path | None, on_progress: Progress, cache: Path | None) -> FleetCheck:
    """Judge every deployment of an inventory; write the table to `output` (Parquet, CSV or JSON lines by its ending) if it is given."""
    mapping = load_mapping(asked.mapping)
    compiled = app.compiled_packs(
        tuple(Path(one) for one in asked.packs), asked.documents, asked.as_of, asked.known, pack_store.Cache(cache)
    )
    with open_inventory(asked.inventory, mapping.delimiter, mapping.encoding) as inventory, _written(output) as writer:
        fleet = Fleet(inventory, mapping)
        judges = [_IssuerJudge(issuer, packs) for issuer, packs in _by_issuer(compiled).items()]
        done = 0
        for batch in fleet:
            for judge in judges:
                table = judge.take(batch)
                if writer is not None:
                    writer.write(table)
            done += batch.num_rows
            on_progress(done)
        issuers = tuple(one.summary() for one in judges)
        says = _says(issuers, compiled)
        return FleetCheck(asked.inventory, issuers, fleet.report(), says, asked.as_of, asked.known)


def _says(issuers: Sequence[IssuerSummary], compiled: Iterable[Compiled]) -> dict[str, str]:
    named = {clause for one in issuers for clause, _ in (*one.failed, *one.unknown)}
    return {clause.id: clause.says for one in compiled for clause in one.pack.clauses if clause.id in named}


def explain_key(asked: Asked, key: str, cache: Path | None) -> Judgement:
    """Return the full verdicts of one deployment of an inventory, as `check` gives them; raise `UsageError` for a key that is not there."""
    mapping = load_mapping(asked.mapping)
    compiled = app.compiled_packs(
        tuple(Path(one) for one in asked.packs), asked.documents, asked.as_of, asked.known, pack_store.Cache(cache)
    )
    with open_inventory(asked.inventory, mapping.delimiter, mapping.encoding) as inventory:
        for batch in Fleet(inventory, mapping):
            keys = batch.column(KEY).to_pylist()
            if key in keys:
                row = batch.slice(keys.index(key), 1).to_pylist()[0]
                deployment = deployment_of_row(row, Source(asked.inventory, None, f"key {key}"))
                return Judgement(deployment, judge_deployment(deployment, compiled), asked.as_of, asked.known)
    raise UsageError(f"no deployment has the key `{key}`", None, "keys stand in the column that the mapping names as `key`")


def start_mapping(where: str) -> str:
    """Return a mapping to start from, by looking at the columns of an inventory."""
    with open_inventory(where) as inventory:
        return propose_mapping(inventory)


def _by_issuer(compiled: Iterable[Compiled]) -> dict[str, list[Compiled]]:
    found: dict[str, list[Compiled]] = {}
    for one in compiled:
        found.setdefault(one.pack.issuer, []).append(one)
    return found


class _IssuerJudge:
    """Judges batches by the packs of one issuer and counts what comes out."""

    def __init__(self, issuer: str, packs: list[Compiled]) -> None:
        from supportable.engines.tables import Judging, compile_tables

        self.issuer, self.packs = issuer, packs
        self.tables = [compile_tables(one.pack) for one in packs]
        self.judging = [Judging(one) for one in self.tables]
        self.levels: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.alone: Counter[str] = Counter()
        self.searched = 0
        self.patterns: dict[str, tuple[list[str], tuple[str, ...]]] = {}

    def take(self, batch: Any) -> Any:
        """Return the table of one batch."""
        import numpy as np
        import pyarrow as pa

        from supportable.engines.tables import outcomes_of

        results = [judging.judge(batch) for judging in self.judging]
        applies = np.zeros(batch.num_rows, bool)
        literal = np.zeros(batch.num_rows, bool)
        best, worst, open_end = (np.full(batch.num_rows, 9, np.int8) for _ in range(3))
        failed: list[list[str]] = [[] for _ in range(batch.num_rows)]
        unknown: list[list[str]] = [[] for _ in range(batch.num_rows)]
        for tables, result in zip(self.tables, results, strict=True):
            ranks = np.array([int(tier.level) for tier in tables.pack.tiers], np.int8)
            columns = {name: result.column(name).to_numpy(zero_copy_only=False) for name in ("applies", "best", "worst", "worst_literal")}
            applies |= columns["applies"].astype(bool)
            literal |= columns["worst_literal"] != 0
            best = np.minimum(best, ranks[columns["best"]])
            worst = np.minimum(worst, ranks[columns["worst"]])
            open_end = np.minimum(open_end, ranks[columns["worst_literal"]])
            outcomes = outcomes_of(tables, result)
            self._name(tables.pack, outcomes, failed, unknown)
        worst = np.where(applies, worst, open_end)
        speaks = applies | literal
        decided = applies & (best == worst)
        words = np.array(["unsupported", "limited", "full"], object)
        level: Any = np.where(decided, words[np.clip(best, 0, 2)], None)
        counted = np.where(~speaks, "silent", np.where(decided, words[np.clip(best, 0, 2)], "undecided"))
        self.levels.update(counted.tolist())
        deciding = self._deciding(batch, np.nonzero(speaks & ~decided)[0], speaks & ~decided)
        text, texts = pa.string(), pa.list_(pa.string())
        said: Any = np.where(applies, "yes", np.where(literal, "perhaps", "no"))
        ends: list[Any] = [np.where(speaks, words[np.clip(one, 0, 2)], None) for one in (worst, best)]
        return pa.table(
            {
                KEY: batch.column(KEY).cast(text),
                "issuer": pa.array([self.issuer] * batch.num_rows, text),
                "applies": pa.array(said.tolist(), text),
                "level": pa.array(level.tolist(), text),
                "worst": pa.array(ends[0].tolist(), text),
                "best": pa.array(ends[1].tolist(), text),
                "failed": pa.array(failed, texts),
                "unknown": pa.array(unknown, texts),
                "deciding": pa.array(deciding, texts),
            }
        )

    def _name(self, pack: Any, outcomes: Any, failed: list[list[str]], unknown: list[list[str]]) -> None:
        import numpy as np

        for number, clause in enumerate(pack.clauses):
            if clause.kind != "requirement":
                continue
            column = outcomes[:, number]
            for code, lists, counts in ((FALSE, failed, self.failed), (UNKNOWN, unknown, self.unknown)):
                rows = np.nonzero(column == code)[0]
                if len(rows):
                    counts[clause.id] += len(rows)
                    for row in rows.tolist():
                        lists[row].append(clause.id)

    def _deciding(self, batch: Any, rows: Any, undecided: Any) -> list[list[str] | None]:
        """Return the deciding facts of each row: none for a decided one, `None` where they were not searched for."""
        found: list[list[str] | None] = [None if one else [] for one in undecided.tolist()]
        if not len(rows):
            return found
        import pyarrow as pa

        for row, plain in zip(rows.tolist(), batch.take(pa.array(rows)).to_pylist(), strict=True):
            pattern = _pattern(plain)
            known = self.patterns.get(pattern)
            if known is None:
                if len(self.patterns) >= PATTERNS_AT_MOST:
                    continue
                known = self.patterns[pattern] = self._search(plain)
            found[row] = known[0]
            self.searched += 1
            self.alone.update(known[1])
        return found

    def _search(self, plain: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...]]:
        deployment = deployment_of_row(plain)
        verdict: Verdict = judge_deployment(deployment, self.packs)[0]
        named = [field if item is None else f"{field} of {item}" for field, item in verdict.deciding.slots]
        return named, deciding_alone(deployment, self.packs)

    def summary(self) -> IssuerSummary:
        """Return what was counted, most frequent first."""
        levels = {name: self.levels.get(name, 0) for name in LEVELS}
        return IssuerSummary(self.issuer, levels, _ranked(self.failed), _ranked(self.unknown), _ranked(self.alone), self.searched)


def _pattern(plain: Mapping[str, Any]) -> str:
    """Return what two rows have in common that are judged alike: everything but the key and names of nodes."""
    rest = {name: value for name, value in plain.items() if name != KEY and value is not None}
    return json.dumps(rest, sort_keys=True, default=str)


def _ranked(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))


class _Writer(Protocol):
    def write(self, table: Any) -> None: ...
    def close(self) -> None: ...


@contextmanager
def _written(output: Path | None) -> Iterator[_Writer | None]:
    """Write to a file beside the one that is asked for, and move it there when everything is written."""
    if output is None:
        yield None
        return
    kinds: dict[str, Callable[[Path], _Writer]] = {".parquet": _Parquet, ".csv": _Csv, ".jsonl": _JsonLines, ".ndjson": _JsonLines}
    kind = kinds.get(output.suffix.lower())
    if kind is None:
        raise UsageError(f"the format of `{output}` is not clear from its ending", None, f"endings: {', '.join(kinds)}")
    temporary = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        writer = kind(temporary)
        yield writer
        writer.close()
        temporary.replace(output)
    except OSError as error:
        raise SupportableError(
            f"`{output}` cannot be written: {(error.strerror or str(error)).lower()}", None, "nothing was written there"
        ) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


class _Parquet:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: Any = None

    def write(self, table: Any) -> None:
        import pyarrow.parquet as pq

        if self.writer is None:
            self.writer = pq.ParquetWriter(str(self.path), table.schema, compression="zstd")
        self.writer.write_table(table)

    def close(self) -> None:
        if self.writer is None:
            raise SupportableError("the inventory holds no deployment, so no table was written")
        self.writer.close()


COLUMNS = (KEY, "issuer", "applies", "level", "worst", "best", "failed", "unknown", "deciding")


class _JsonLines:
    def __init__(self, path: Path) -> None:
        self.stream = path.open("w", encoding="utf-8", newline="")

    def write(self, table: Any) -> None:
        self.stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_pylist())

    def close(self) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()


class _Csv(_JsonLines):
    """Lists are joined by semicolons."""

    def __init__(self, path: Path) -> None:
        import csv

        super().__init__(path)
        self.csv = csv.writer(self.stream)
        self.csv.writerow(COLUMNS)

    def write(self, table: Any) -> None:
        for row in table.to_pylist():
            self.csv.writerow([";".join(value) if isinstance(value, list) else value for value in row.values()])


def render(found: FleetCheck, form: str, width: int) -> str:
    """Return the summary as text or JSON."""
    if form == "text":
        from supportable.reports import fleet_text

        return fleet_text.render(found, width)
    from supportable.reports import fleet_json

    return fleet_json.render(found)
