"""`fleet check`, `diff` and `forecast` as whole commands on a messy inventory: each as a multiple of one check without output.

`python bench/fleet_courses.py` takes some minutes; `--rows` chooses the sizes (rows of nodes). Each command is a process of its own, with
the cache of packs warm; what counts is its processor time, for a busy machine moves the clock. The inventory is that of `inventory.py`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import inventory

LINE = [sys.executable, "-m", "supportable", "fleet"]


def save_masks(normal: Path, out: Path) -> None:
    """Judge the normal form by every pack of Microsoft joined, and write the masks of each row: the least that a row can say."""
    import pyarrow.parquet as pq

    from supportable.app import load_packs
    from supportable.core.clauses import select
    from supportable.core.moments import join
    from supportable.engines.tables import Judging, compile_tables, result_schema

    packs = [select(pack, (), "2009-06-30", "2026-11-25") for pack in load_packs() if pack.issuer == "microsoft"]
    tables = compile_tables(join("microsoft", [packs]).pack)
    judging = Judging(tables)
    with pq.ParquetWriter(out, result_schema(tables), compression="zstd") as writer:
        for batch in pq.ParquetFile(normal).iter_batches(1 << 16):
            writer.write_batch(judging.judge(batch))


def measured(arguments: list[str], times: int) -> tuple[float, float, float]:
    """Return processor seconds and wall seconds (medians), and the most memory in MB, of a command."""
    cpu, wall, memory = [], [], 0.0
    for _ in range(times):
        started = time.perf_counter()
        line = [sys.executable, __file__] if arguments[0] == "--masks" else LINE
        process = subprocess.Popen([*line, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, status, used = os.wait4(process.pid, 0)
        wall.append(time.perf_counter() - started)
        if os.waitstatus_to_exitcode(status) not in (0, 10, 11):
            raise SystemExit(f"{arguments} failed: {process.stderr.read().decode() if process.stderr else ''}")
        cpu.append(used.ru_utime + used.ru_stime)
        memory = max(memory, used.ru_maxrss / 1024)
    return median(cpu), median(wall), memory


def commands(nodes: Path, later: Path, mapping: Path, folder: Path) -> dict[str, list[str]]:
    """The commands, the plain check first."""
    whole = [str(nodes), "--mapping", str(mapping)]
    dated = ["--as-of", "2009-06-30", "--known", "2026-11-25"]
    normal = str(folder / "normal.parquet")
    return {
        "check": ["check", *whole, *dated],
        "normalise (reading, and writing Parquet)": ["normalise", *whole, "-o", normal],
        "check of the normal form": ["check", normal, *dated],
        "masks of the normal form, microsoft": ["--masks", normal, str(folder / "masks.parquet")],
        "check by KB810986 alone": ["check", *whole, *dated, "--document", "KB810986"],
        "check -o .parquet (clause lists)": ["check", *whole, *dated, "-o", str(folder / "out.parquet")],
        "check -o .csv": ["check", *whole, *dated, "-o", str(folder / "out.csv")],
        "forecast to 2031": ["forecast", *whole, *dated, "--until", "2031-01-01"],
        "diff of two days": ["diff", *whole, "--as-of", "2009-06-30..2014-06-30", "--known", "2026-11-25"],
        "diff of two inventories": ["diff", str(nodes), str(later), "--mapping", str(mapping), *dated],
    }


def main() -> None:
    """Measure, and print a table a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--masks", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.masks:
        save_masks(*options.masks)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mapping = folder / "mapping.yaml"
        mapping.write_text(inventory.MAPPING_OF_NODES)
        for rows in options.rows:
            nodes, later = folder / f"nodes{rows}.csv", folder / f"later{rows}.csv"
            subprocess.run(
                [sys.executable, Path(__file__).parent / "inventory.py", "nodes", str(rows), nodes], check=True, stdout=subprocess.DEVNULL
            )
            with nodes.open() as stream, later.open("w") as changed:
                changed.writelines(
                    line.replace("Enterprise SP1", "Enterprise SP2") for number, line in enumerate(stream) if number % 50 != 1
                )
            print(f"\n{rows} rows of nodes; load {os.getloadavg()[0]:.1f}")
            print(f"{'command':<42}{'cpu s':>9}{'wall s':>9}{'MB':>8}{'times one check':>18}")
            one = None
            for what, arguments in commands(nodes, later, mapping, folder).items():
                cpu, wall, memory = measured(arguments, options.times)
                one = one or cpu
                print(f"{what:<42}{cpu:>9.1f}{wall:>9.1f}{memory:>8.0f}{cpu / one:>18.2f}", flush=True)


if __name__ == "__main__":
    main()
