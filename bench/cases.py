"""Stores of cases: an append, a reading and a list, against a bare SQLite table of the same bytes in the same run.

    python bench/cases.py [ROUNDS]

Prints one Markdown table: milliseconds (medians of the rounds, all stores one after the other in each round), and the ratio to
the bare table, which keeps each event as one line, in one transaction each, with SQLite's own settings. Events are sealed before the clock
starts. PostgreSQL is a server on this machine with its own settings (`fsync` on); without one its columns stay empty.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgresql_server import Server, programs
from supportable.core.events import Event, append, canonical, check_log, to_line
from supportable.stores.case_places import open_store
from supportable.stores.cases import CaseStore

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 41
SIZES = (10, 100, 1_000, 10_000)
CASES = 1_000
AT = "2026-11-25T15:46:00Z"
BODY = {"environment": "subject", "outcome": "reproduced", "by": "provider", "evidence": "0" * 64, "note": "failover of group 2 " * 5}
Row = tuple[str, dict[str, float]]


def log_of(case: str, count: int) -> list[Event]:
    """Make a log of trials."""
    log: list[Event] = []
    for _ in range(count):
        log.append(append(log[-1:], case, AT, "tried", BODY))
    return log


def timed(call: Callable[[], object]) -> float:
    """Return the milliseconds of one call."""
    start = perf_counter()
    call()
    return (perf_counter() - start) * 1e3


def in_turn(calls: dict[str, list[Callable[[], object]]]) -> dict[str, float]:
    """Time the first call of each, then the second of each, ...; return the medians."""
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(len(next(iter(calls.values())))):
        for name, own in calls.items():
            seen[name].append(timed(own[turn]))
    return {name: median(times) for name, times in seen.items()}


def appending(bare: sqlite3.Connection, stores: dict[str, CaseStore], size: int) -> dict[str, float]:
    """Time the append of one event to a case of `size` events."""
    case = f"case of {size}"
    log = log_of(case, size + ROUNDS)
    kept, coming = log[:size], log[size:]
    bare.execute("BEGIN")
    bare.executemany("INSERT INTO lines VALUES (?, ?)", [(case, to_line(event)) for event in kept])
    bare.execute("COMMIT")
    for store in stores.values():
        store.append(kept, {"title": case})
    lines = [to_line(event) for event in coming]

    calls: dict[str, list[Callable[[], object]]] = {
        "bare": [lambda line=line: bare.execute("INSERT INTO lines VALUES (?, ?)", (case, line)) for line in lines]
    }
    for name, store in stores.items():
        calls[name] = [lambda event=event, store=store: store.append([event], {"title": case}) for event in coming]
    return in_turn(calls)


def reading(bare: sqlite3.Connection, stores: dict[str, CaseStore], size: int) -> dict[str, float]:
    """Time the reading of all events of a case."""
    case, rounds = f"case of {size}", min(ROUNDS, 11)
    calls: dict[str, list[Callable[[], object]]] = {
        "bare": [lambda: bare.execute("SELECT line FROM lines WHERE name = ?", (case,)).fetchall()] * rounds
    }
    calls |= {name: [lambda store=store: store.events(case)] * rounds for name, store in stores.items()}
    return in_turn(calls)


def listing(bare: sqlite3.Connection, stores: dict[str, CaseStore]) -> dict[str, float]:
    """Time the list of 1,000 cases more."""
    rounds = min(ROUNDS, 11)
    summary = {"title": "Mail stops after failover", "status": "open", "deployment": "contoso-mail"}
    bare.execute("BEGIN")
    bare.executemany("INSERT INTO heads VALUES (?, ?)", [(f"{number}", canonical(summary).decode()) for number in range(CASES)])
    bare.execute("COMMIT")
    for store in stores.values():
        for number in range(CASES):
            store.append(log_of(f"{number}", 1), summary)
    calls: dict[str, list[Callable[[], object]]] = {"bare": [lambda: bare.execute("SELECT * FROM heads ORDER BY id").fetchall()] * rounds}
    calls |= {name: [store.cases] * rounds for name, store in stores.items()}
    return in_turn(calls)


def main() -> None:
    """Measure and print."""
    found = programs() if find_spec("psycopg") else None
    server = Server(found, durable=True) if found else None
    with TemporaryDirectory() as folder:
        bare = sqlite3.connect(str(Path(folder) / "bare.sqlite"), isolation_level=None)
        bare.execute("CREATE TABLE lines (name TEXT, line TEXT)")
        bare.execute("CREATE INDEX names ON lines (name)")
        bare.execute("CREATE TABLE heads (id TEXT PRIMARY KEY, summary TEXT)")
        stores = {"SQLite": open_store(str(Path(folder) / "cases.sqlite"))}
        if server:
            stores["PostgreSQL"] = open_store(server.new_database())
        rows: list[Row] = [(f"append one event to {size:,}", appending(bare, stores, size)) for size in SIZES]
        rows += [(f"`events()` of {size + ROUNDS:,}", reading(bare, stores, size)) for size in SIZES]
        whole = stores["SQLite"].events(f"case of {SIZES[-1]}")
        checked = median(timed(lambda: check_log(whole)) for _ in range(5))
        rows.append((f"list {CASES + len(SIZES):,} cases", listing(bare, stores)))
        for store in stores.values():
            store.close()
        bare.close()
    if server:
        server.stop()
    show(rows, tuple(stores))
    print(f"\n`check_log` of {len(whole):,} events: {checked:.0f} ms. Medians of {ROUNDS} rounds (readings: {min(ROUNDS, 11)}), ", end="")
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}.")


def show(rows: list[Row], names: tuple[str, ...]) -> None:
    """Print the table."""
    print("| what | bare SQLite |", *(f"{name} | ratio |" for name in names))
    print("| --- | ---: |", *("---: | ---: |" for _ in names))
    for what, times in rows:
        print(f"| {what} | {times['bare']:.2f} ms |", *(f"{times[name]:.2f} ms | {times[name] / times['bare']:.1f} |" for name in names))


if __name__ == "__main__":
    main()
