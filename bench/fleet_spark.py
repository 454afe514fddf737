"""Spark against the embedded engine: the rows and the summary of `fleet check` over one Parquet file in the normal form, on the same cores.

Both run the same lookup tables and write the same rows as Parquet. The session starts before the clock, and a small fleet warms it up.
"Embedded" is `IssuerJudge` in this process over the batches of the file, as `supportable fleet check` runs it. Command line:

    python bench/fleet_spark.py --rows 1000000 10000000 --cores 1 2
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
from fleet import packs, write_fleet

from supportable.core.compile import compile_pack
from supportable.engines.issuers import IssuerJudge

GROUPS = ("workload.product", "workload.release")
SEARCHES = 20


def embedded(path: Path, policy: str, out: Path) -> tuple[float, float, dict]:
    """Return seconds of the summary alone and of summary and rows, and what was counted."""
    compiled = [compile_pack(packs(policy))]
    started = time.perf_counter()
    judge = IssuerJudge("issuer", compiled, GROUPS)
    for batch in pq.ParquetFile(path).iter_batches(1 << 16):
        judge.take(batch, rows_wanted=False)
    counted = judge.counted()
    summary = time.perf_counter() - started
    started = time.perf_counter()
    judge, kept = IssuerJudge("issuer", compiled, GROUPS), out.with_suffix(".judged")
    writer = None
    for batch in pq.ParquetFile(path).iter_batches(1 << 16):
        rows = judge.take(batch)
        writer = writer or pq.ParquetWriter(kept, rows.schema, compression="lz4")
        writer.write_table(rows)
    writer.close()
    judge.counted()
    found = judge.undecided.search(SEARCHES)
    with pq.ParquetWriter(out, judge.finished(rows.slice(0, 0), found).schema, compression="zstd") as final:
        for group in range((reader := pq.ParquetFile(kept)).num_row_groups):
            final.write_table(judge.finished(reader.read_row_group(group), found))
    kept.unlink()
    return summary, time.perf_counter() - started, dict(counted.states)


def on_spark(session, path: Path, policy: str, out: Path) -> tuple[float, float, dict]:
    """The same on Spark."""
    from supportable.engines.spark_fleet import count_frame, read_frame, rows_frame, write_rows

    compiled = [compile_pack(packs(policy))]
    started = time.perf_counter()
    judge = IssuerJudge("issuer", compiled, GROUPS)
    frame = read_frame(session, path.as_uri())
    counted = count_frame(session, frame, [judge])[0]
    summary = time.perf_counter() - started
    found = judge.undecided.search(SEARCHES)
    write_rows(session, rows_frame(session, frame, [judge], [found]), out.as_uri())
    return summary, time.perf_counter() - started, dict(counted.states)


def one_run(engine: str, cores: int, path: Path, policy: str, rounds: int) -> dict:
    """Run one engine alone in this process, which may use so many cores: the medians of its rounds, the first to warm left out."""
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))
    session, started = None, time.perf_counter()
    if engine == "spark":
        from supportable.engines.spark_session import session_of

        session = session_of(f"local[{cores}]", quiet=True, settings={"spark.driver.memory": "2g"})
    start = time.perf_counter() - started
    times = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.parquet"
        write_fleet(small, 20_000, policy == "shipped")
        for number in range(rounds + 1):
            out, where = Path(folder) / f"out-{number}.parquet", path if number else small
            found = on_spark(session, where, policy, out) if session else embedded(where, policy, out)
            times.append(found)
            shutil.rmtree(out) if out.is_dir() else out.unlink()
    if session:
        session.stop()
    states = times[-1][2]
    return {
        "start_s": start,
        "summary_s": median(one[0] for one in times[1:]),
        "all_s": median(one[1] for one in times[1:]),
        "states": sorted((int(state), int(count)) for state, count in states.items() if count),
    }


def main() -> None:
    """Run what the arguments ask for: each engine in a process of its own, in turns."""
    if sys.argv[1:2] == ["--only"]:
        engine, cores, path, policy, rounds = sys.argv[2:]
        print(json.dumps(one_run(engine, int(cores), Path(path), policy, int(rounds))))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10**6, 10**7])
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--policy", default="42", help="a number of made-up clauses, or `shipped`")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the files there")
    arguments = parser.parse_args()
    heads = [
        "rows",
        "cores",
        "load",
        "embedded: summary s",
        "with rows s",
        "Spark: start s",
        "summary s",
        "with rows s",
        "x summary",
        "x with rows",
        "same",
    ]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    with tempfile.TemporaryDirectory() as temporary:
        for rows in arguments.rows:
            path = (arguments.folder or Path(temporary)) / f"{'listed' if arguments.policy == 'shipped' else 'scalars'}-{rows}.parquet"
            if not path.exists():
                write_fleet(path, rows, arguments.policy == "shipped")
            for cores in arguments.cores:
                found = {}
                for engine in ("embedded", "spark"):
                    line = [sys.executable, __file__, "--only", engine, str(cores), str(path), arguments.policy, str(arguments.rounds)]
                    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True)
                    found[engine] = json.loads(done.stdout.splitlines()[-1])
                one, other = found["embedded"], found["spark"]
                cells = [
                    f"{rows:,}", str(cores), f"{os.getloadavg()[0]:.1f}", f"{one['summary_s']:.1f}", f"{one['all_s']:.1f}",
                    f"{other['start_s']:.1f}", f"{other['summary_s']:.1f}", f"{other['all_s']:.1f}",
                    f"{other['summary_s'] / one['summary_s']:.2f}", f"{other['all_s'] / one['all_s']:.2f}",
                    "yes" if one["states"] == other["states"] else "NO",
                ]  # fmt: skip
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
