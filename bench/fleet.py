"""Fleets: masks, levels and bounds for every row of a Parquet file, beside the least that reading and hashing it costs.

Engines take turns in one run; ratios inside one run are the result. `python bench/fleet.py` takes some minutes; `--rows`
chooses the sizes. The columns are those of `workload.py`, 2 % of each fact missing, drawn with numpy from a seed straight
into Parquet. The hash scan is DuckDB's `bit_xor(hash(...))` over the very columns that the tables read, on as many threads.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from workload import _LIMITS, NAMES, SCALARS, policy

from supportable.app import load_packs
from supportable.core.clauses import Pack, select
from supportable.core.compile import compile_pack
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.fleet import KEY, absent_column, complete_column, deployment_of_row
from supportable.core.verdict import judge_by_reference, listings_of
from supportable.engines.duckdb import Limits, judging
from supportable.engines.parquet import judge_files
from supportable.engines.tables import Tables, compile_tables, iterate, outcomes_of

THREADS = 2
GROUP_ROWS = 1 << 17


def write_fleet(path: Path, rows: int, listings: bool, seed: int = 810986) -> None:
    """Write a fleet of `rows` deployments, with lists of nodes, contracts and changes where asked."""
    random, writer, written = np.random.default_rng(seed), None, 0
    while written < rows:
        table = _listed(random, min(GROUP_ROWS, rows - written)) if listings else _scalars(random, min(GROUP_ROWS, rows - written))
        keys = pa.array([f"d{number}" for number in range(written, written + table.num_rows)])
        table = table.add_column(0, KEY, keys)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=GROUP_ROWS)
        written += table.num_rows
    if writer is not None:
        writer.close()


def _column(random: Any, name: str, rows: int) -> Any:
    missing = random.random(rows) < 0.02
    field = FIELDS[name]
    if field.kind == "name":
        weights = np.ones(len(field.values))
        if name == "workload.product":
            weights[0] = 9 * len(weights)
        if name == "cluster.service":
            weights[0] = len(weights)
        chosen = random.choice(len(field.values), rows, p=weights / weights.sum()).astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(chosen, mask=missing), pa.array(field.values)).cast(pa.string())
    if field.kind == "integer":
        return pa.array(random.integers(0, _LIMITS.get(name, 6), rows), mask=missing)
    if field.kind == "boolean":
        return pa.array(random.random(rows) < 0.7, mask=missing)
    texts = {"version": ["15.1.2375.7", "15.2.986.5", "6.0.6001"], "date": ["2020-01-01", "2027-06-30"]}.get(field.kind, ["C:", "D:", "a"])
    chosen = random.integers(0, len(texts), rows).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(chosen, mask=missing), pa.array(texts)).cast(pa.string())


def _scalars(random: Any, rows: int) -> Any:
    columns: dict[str, Any] = {}
    for name in SCALARS:
        columns[name] = _column(random, name, rows)
        if name in NAMES and name != "workload.product":
            gone = pa.array(random.random(rows) < 0.04)
            columns[absent_column(name)] = gone
            columns[name] = pa.compute.if_else(gone, pa.scalar(None, pa.string()), columns[name])
    return pa.table(columns)


def _listed(random: Any, rows: int) -> Any:
    """Whole deployments for the policies that ship: two to four nodes, all of one kind but for one field in ten."""
    table = _scalars(random, rows)
    for listing in LISTINGS:
        counts = random.integers(2, 5, rows) if listing == "nodes" else random.integers(0, 3, rows)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        parent = np.repeat(np.arange(rows), counts)
        parts = {"name": pa.array([f"n{number % 5}" for number in range(len(parent))])}
        for name in (name for name, field in FIELDS.items() if field.listing == listing):
            own, shared = _column(random, name, len(parent)), _column(random, name, rows).take(pa.array(parent))
            parts[name] = pa.compute.if_else(pa.array(random.random(len(parent)) < 0.1), own, shared)
        items = pa.StructArray.from_arrays(list(parts.values()), list(parts))
        table = table.append_column(listing, pa.ListArray.from_arrays(pa.array(offsets), items))
        table = table.append_column(complete_column(listing), pa.array(random.random(rows) < 0.9))
    return table


def packs(name: str) -> Pack:
    """Return a pack by the name that a subprocess is given: a number of made-up clauses, or the policy that ships."""
    return (
        select(next(pack for pack in load_packs() if pack.id == "microsoft-exchange-clusters")) if name == "shipped" else policy(int(name))
    )


# --- engines: each reads the file, answers for every row and returns (rows, checksum) ------------------------------


def scan(path: Path, tables: Tables) -> tuple[int, int]:
    """DuckDB's bare hash scan of the columns that the tables read."""
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {THREADS}")
        here = set(pq.read_schema(path).names)
        columns = ", ".join(f'"{name}"' for name in (KEY, *tables.columns) if name in here)
        row = connection.execute(f"SELECT count(*), bit_xor(hash({columns})) FROM read_parquet('{path}')").fetchone()
    assert row is not None
    return row[0], row[1]


def checksum(result: Any) -> int:
    """The exclusive or of all masks, and of the ends."""
    found = 0
    for at in range(1, result.num_columns):
        values = result.column(at).to_numpy(zero_copy_only=False)
        found ^= int(np.bitwise_xor.reduce(values.astype(np.uint64))) << at % 7
    return found


def by_tables(path: Path, tables: Tables) -> tuple[int, int]:
    """The tables of this project, reading included."""
    rows, total = 0, 0
    for result in judge_files(tables, [path], THREADS):
        rows, total = rows + result.num_rows, total ^ checksum(result)
    return rows, total


def by_loop(path: Path, tables: Tables, limit: int = 5000) -> tuple[int, int]:
    """The compiled clauses, row by row, over rows as Python values."""
    compiled, rows = compile_pack(tables.pack), 0
    for batch in pq.ParquetFile(path).iter_batches(5000):
        for row in batch.to_pylist():
            deployment = deployment_of_row(row)
            compiled.run(deployment.values, listings_of(deployment))
        rows += batch.num_rows
        if rows >= limit:
            break
    return rows, 0


def zen_of(path: Path, pack: Pack, limit: int = 5000) -> Callable[[], float] | None:
    """Return what times zen-engine's fastest interface over ready dictionaries (which is in its favour), in rows a second."""
    try:
        from peers import zen_expression

        peer = zen_expression(pack)
    except ImportError:
        return None
    batch = next(pq.ParquetFile(path).iter_batches(limit))
    given = [peer.given(deployment_of_row(row)) for row in batch.to_pylist()]

    def rate() -> float:
        started = time.perf_counter()
        for one in given:
            peer.call(one)
        return len(given) / (time.perf_counter() - started)

    return rate


def by_sql(path: Path, tables: Tables) -> tuple[int, int]:
    """One plain DuckDB query of the same policy: outcomes and tiers of every row, as Arrow batches."""
    rows = 0
    with judging(path, tables.pack, Limits(memory_mb=2048, threads=THREADS)) as batches:
        for batch in batches:
            rows += batch.num_rows
    return rows, 0


def check_sample(path: Path, tables: Tables, count: int = 2000) -> int:
    """Return how many of some rows are not what the compiled evaluator says (and, for a tenth, the reference)."""
    batch = next(pq.ParquetFile(path).iter_batches(count))
    result = next(iterate(tables, [batch], 1))
    outcomes = outcomes_of(tables, result).tolist()
    ends = [tuple(row.values()) for row in result.select(["applies", "best", "worst", "worst_literal"]).to_pylist()]
    compiled, wrong = compile_pack(tables.pack), 0
    for at, row in enumerate(batch.to_pylist()):
        deployment = deployment_of_row(row)
        found = (outcomes[at], *ends[at])
        wrong += found != tuple(compiled.run(deployment.values, listings_of(deployment)))
        wrong += at % 10 == 0 and found != tuple(judge_by_reference(tables.pack, deployment)[0])
    return wrong


def peak_of(engine: str, path: Path, pack: str) -> float:
    """Return the peak memory of one engine alone in a process, in MB."""
    made = subprocess.run([sys.executable, __file__, "--only", engine, str(path), pack], capture_output=True, text=True, check=True)
    return float(json.loads(made.stdout.splitlines()[-1])["peak"])


def _only(engine: str, path: Path, pack: str) -> None:
    tables = compile_tables(packs(pack))
    {"scan": scan, "tables": by_tables, "loop": by_loop}[engine](path, tables)
    # `ru_maxrss` would hold what the parent had at the fork.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"peak": int(peak.split()[1]) / 1024}))


def measure(path: Path, name: str, rounds: int, memory: bool) -> dict[str, Any]:
    """Return seconds of each engine over one file, the median of rounds in turns."""
    started = time.perf_counter()
    tables = compile_tables(packs(name))
    compiled_in = time.perf_counter() - started
    times: dict[str, list[float]] = {"scan": [], "tables": [], "sql": []}
    sums: set[int] = set()
    zen = zen_of(path, tables.pack) if name != "shipped" else None
    rates, loops = [], []
    for _ in range(rounds + 1):
        rates += [zen()] if zen else []
        started = time.perf_counter()
        loops.append(by_loop(path, tables)[0] / (time.perf_counter() - started))
        for engine, run in (("scan", scan), ("tables", by_tables), ("sql", by_sql)):
            started = time.perf_counter()
            rows, total = run(path, tables)
            times[engine].append(time.perf_counter() - started)
            if engine == "tables":
                sums.add(total)
    one_thread = 0
    for result in iterate(tables, pq.ParquetFile(path).iter_batches(50_000), 1):
        one_thread ^= checksum(result)
    # The first round warms the files and the allocators.
    seconds = {engine: median(found[1:]) for engine, found in times.items()}
    return {
        "rows": rows,
        "policy": name,
        "compile_s": compiled_in,
        **{f"{engine}_s": found for engine, found in seconds.items()},
        "ratio": seconds["tables"] / seconds["scan"],
        "loop_rows_s": median(loops[1:]),
        "zen_rows_s": median(rates[1:]) if rates else None,
        "tables_rows_s": rows / seconds["tables"],
        "wrong": check_sample(path, tables),
        "sums_equal": sums == {one_thread},
        "peak_scan": peak_of("scan", path, name) if memory else None,
        "peak_tables": peak_of("tables", path, name) if memory else None,
    }


def show(found: list[dict[str, Any]]) -> None:
    """Print the table and the goals."""
    heads = ["policy", "rows", "hash scan s", "tables s", "x hash scan", "plain SQL s", "million rows/s", "compiled loop rows/s"]
    heads += ["zen rows/s", "x zen", "peak MB, scan", "peak MB, tables", "wrong rows", "checksums"]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for one in found:
        zen = one["zen_rows_s"]
        cells = [
            one["policy"], f"{one['rows']:,}", f"{one['scan_s']:.2f}", f"{one['tables_s']:.2f}", f"{one['ratio']:.2f}",
            f"{one['sql_s']:.2f}", f"{one['tables_rows_s'] / 1e6:.2f}", f"{one['loop_rows_s']:,.0f}",
            f"{zen:,.0f}" if zen else "-", f"{one['tables_rows_s'] / zen:.0f}" if zen else "-",
            *(f"{one[peak]:.0f}" if one[peak] else "-" for peak in ("peak_scan", "peak_tables")),
            str(one["wrong"]), "equal" if one["sums_equal"] else "DIFFER",
        ]  # fmt: skip
        print("| " + " | ".join(cells) + " |")
    print("\n| goal | measured |\n|---|---|")
    by = {(one["policy"], one["rows"]): one for one in found}

    def goal(text: str, value: float, met: bool) -> None:
        print(f"| {text} | {value:.2f}, {'met' if met else 'missed'} |")

    for (name, rows), one in by.items():
        if name == "42" and rows >= 10**6:
            goal(f"{rows:,} rows: at most 2.25 times the hash scan", one["ratio"], one["ratio"] <= 2.25)
            goal(f"{rows:,} rows: at most 1.5 times (stretch)", one["ratio"], one["ratio"] <= 1.5)
            faster = one["sql_s"] / one["tables_s"]
            goal(f"{rows:,} rows: at least twice as fast as one plain DuckDB query", faster, faster >= 2)
            if one["zen_rows_s"]:
                faster = one["tables_rows_s"] / one["zen_rows_s"]
                goal(f"{rows:,} rows: at least 50 times the rows a second of zen-engine", faster, faster >= 50)
            if rows >= 10**7 and one["peak_tables"]:
                goal("peak memory at 10,000,000 rows at most 512 MB", one["peak_tables"], one["peak_tables"] <= 512)
    few, many = by.get(("42", 10**6)), by.get(("210", 10**6))
    if few and many:
        more = many["tables_s"] / few["tables_s"]
        goal("210 clauses at most twice the time of 42", more, more <= 2)


def main() -> None:
    """Run what the arguments ask for."""
    if sys.argv[1:2] == ["--only"]:
        return _only(sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10**5, 10**6, 10**7])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--policies", nargs="+", default=["42", "210", "shipped"])
    parser.add_argument("--folder", type=Path, help="keep the files there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        found = []
        for rows in arguments.rows:
            for name in arguments.policies:
                if name != "42" and rows != min(10**6, max(arguments.rows)):
                    continue
                path = folder / f"{'listed' if name == 'shipped' else 'scalars'}-{rows}.parquet"
                if not path.exists():
                    write_fleet(path, rows, name == "shipped")
                found.append(measure(path, name, arguments.rounds if rows < 10**7 else 2, True))
                print(json.dumps(found[-1]), file=sys.stderr)
        show(found)
    return None


if __name__ == "__main__":
    main()
