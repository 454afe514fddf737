"""How long each kind of output takes for the same rows, as a multiple of writing Parquet.

Rows as `supportable fleet check` gives them: a key, five short words, two lists of 10 clause ids and a list of 2 facts, in batches of
32,768. The kinds take turns; the number is the median of the rounds. Command line:

    python bench/fleet_outputs.py [ROWS ...]          (default: 10000 100000 1000000)
"""

from __future__ import annotations

import csv
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pyarrow

from supportable.engines.issuers import ROWS
from supportable.stores.fleet_tables import open_output

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgresql_server import Server, programs

BATCH_ROWS = 32_768
KINDS = ("parquet", "csv", "csv.gz", "jsonl", "jsonl.gz", "duckdb", "sqlite", "postgresql")
BY_ROW_AT_MOST = 100_000


def batches(rows: int, seed: int = 810986) -> list[Any]:
    """Return made-up rows."""
    random = numpy.random.default_rng(seed)
    ids = pyarrow.array(
        [f"kb{number}.{word}-{number % 7}" for number in range(810900, 810950) for word in ("edition", "hardware", "domain")]
    )
    facts = pyarrow.array([f"nodes.os.fact_{number}" for number in range(40)])
    words = pyarrow.array(["full", "limited", "unsupported", None])
    made = []
    for first in range(0, rows, BATCH_ROWS):
        size = min(BATCH_ROWS, rows - first)

        def lists(texts: Any, each: int, size: int = size) -> Any:
            ends = pyarrow.array(numpy.arange(0, size * each + 1, each), pyarrow.int32())
            return pyarrow.ListArray.from_arrays(ends, texts.take(pyarrow.array(random.integers(0, len(texts), size * each))))

        key = pyarrow.array([f"Contoso/CL-{number}" for number in range(first, first + size)])
        levels = [words.take(pyarrow.array(random.integers(0, 4, size))) for _ in range(3)]
        short = [pyarrow.array(["Microsoft"] * size), pyarrow.array(["yes"] * size)]
        made.append(pyarrow.table([key, *short, *levels, lists(ids, 10), lists(ids, 10), lists(facts, 2)], schema=ROWS))
    return made


def write(where: str, rows: list[Any]) -> None:
    """Write rows as the command does."""
    with open_output(where, ROWS) as output:
        for batch in rows:
            output.write(batch)


def by_row(kind: str, path: Path, rows: list[Any]) -> None:
    """Write rows with the libraries of Python, one row at a time: what one would write first."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        if kind == "jsonl":
            for batch in rows:
                stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in batch.to_pylist())
        else:
            lines = csv.writer(stream)
            for batch in rows:
                lines.writerows([";".join(cell) if isinstance(cell, list) else cell for cell in row.values()] for row in batch.to_pylist())


def measure(rows: int, rounds: int, server: Server | None) -> dict[str, tuple[float, float]]:
    """Return seconds and megabytes of each kind."""
    made, took, size = batches(rows), {}, {}
    for _ in range(rounds):
        for kind in KINDS:
            if kind == "postgresql" and server is None:
                continue
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"out.{kind}"
                where = str(path) if kind not in ("duckdb", "sqlite") else f"{kind}:{path}#out"
                where = f"{server.new_database()}#out" if kind == "postgresql" and server else where
                took.setdefault(kind, []).append(_seconds(lambda where=where: write(where, made)))
                size[kind] = path.stat().st_size / 1e6 if path.exists() else 0.0
        for kind in ("csv", "jsonl") if rows <= BY_ROW_AT_MOST else ():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "out"
                took.setdefault(f"{kind}, row by row", []).append(_seconds(lambda kind=kind, path=path: by_row(kind, path, made)))
                size[f"{kind}, row by row"] = path.stat().st_size / 1e6
    return {kind: (statistics.median(times), size[kind]) for kind, times in took.items()}


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    sizes = [int(one) for one in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    found = programs()
    server = Server(found, durable=True) if found else None
    try:
        # The first use of each library loads it.
        measure(1_000, 1, server)
        measured = {rows: measure(rows, 2 if rows > BY_ROW_AT_MOST else 5, server) for rows in sizes}
    finally:
        if server:
            server.stop()
    print("| kind |" + "".join(f" {rows:,}: s | x Parquet | rows/s |" for rows in sizes) + f" MB at {sizes[-1]:,} |")
    print("|---|" + "---:|" * (3 * len(sizes) + 1))
    for kind in measured[sizes[0]]:
        cells = ""
        for rows in sizes:
            seconds = measured[rows].get(kind, (0.0, 0.0))[0]
            cells += (
                f" {seconds:.2f} | {seconds / measured[rows]['parquet'][0]:.1f} | {rows / seconds:,.0f} |" if seconds else " - | - | - |"
            )
        print(f"| {kind} |{cells} {measured[sizes[-1]].get(kind, (0.0, 0.0))[1] or 0:.0f} |")


if __name__ == "__main__":
    main()
