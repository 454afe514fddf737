"""A case as it grows: how long `next` and `conduct` take, and how long it takes to open and list many cases.

    python bench/casework.py [--quick]

Prints two Markdown tables. The first has a row a length of the log (10 to 10,000 events): loading the case from an SQLite file with its
policy, what `next` and `conduct` add to that, each in milliseconds, and against reading the same lines with Python's `json` alone, in the
same run. The second has a row a number of cases: opening one more (evidence read, judged, kept) and listing all. Medians.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from supportable import casework
from supportable.core.case import Command, Perform, Record, Try, handle
from supportable.core.events import Event, to_line
from supportable.core.ledger import Environment
from supportable.reports.case_text import Report
from supportable.stores.cases import CaseStore

QUICK = "--quick" in sys.argv[1:]
LENGTHS = (10, 100, 1_000) if QUICK else (10, 100, 1_000, 10_000)
CASES = (10, 100) if QUICK else (10, 100, 1_000)
ROUNDS = 3 if QUICK else 7
SINCE, LATER = "2009-03-02T09:00:00Z", "2026-01-01T00:00:00Z"
LAB = Environment("lab", "subject", "lab", "a" * 64, "limited")
DEPLOYMENT = """\
deployment: mail
workload: {product: exchange-server, release: "2007", edition: enterprise, service_pack: 1}
cluster: {service: veritas-cluster-server}
nodes: [{name: N1, os: {release: windows-server-2003, edition: enterprise}, domain_role: member-server}]
"""


def command(number: int) -> Command:
    """Return the command of an event: efforts, acts and trials in turn, a minute after the one before."""
    when = f"2009-{3 + number // 20_000:02}-{2 + number // 1_440 % 27:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    match number % 4:
        case 0:
            return Record("effort", "support-provider", when, {"effort": f"effort {number}", "outcome": "not-resolved"})
        case 1:
            return Perform("support-provider", "help-troubleshoot", when, "looked at the log")
        case 2:
            return Try(LAB, "not-appeared", "customer", when)
    return Record("note", "customer", when, {"text": f"note {number}"})


def opening(file: Path, name: str) -> casework.Opening:
    """Return what a case is opened with."""
    return casework.Opening(
        (str(file),), "mail stops", "yes", name, documents=("KB810986",), as_of="2009-03-02", known="2009-03-02", when=SINCE
    )


def grown(case: casework.CaseFile, count: int) -> tuple[Event, ...]:
    """Return the log of a case grown to so many events."""
    log = list(case.log)
    while len(log) < count:
        # `handle` looks at the first event, at closings and at earlier trials: a short log stands for a long one here.
        log.append(handle([log[0], log[-1]], case.duties, command(1_500 + len(log)), LATER))
    return tuple(log)


def timed(call: Callable[[], object]) -> float:
    """Return the median time of a call in milliseconds."""
    seen = []
    for _ in range(ROUNDS):
        start = perf_counter()
        call()
        seen.append((perf_counter() - start) * 1e3)
    return median(seen)


def lengths(folder: Path, file: Path) -> None:
    """Measure a case of each length and print the table."""
    print("| events | load, ms | `next`, ms | `conduct`, ms | load + `next` / bare JSON of the same lines |")
    print("|---:|---:|---:|---:|---:|")
    for count in LENGTHS:
        store = casework.store_at(str(folder / f"{count}.sqlite"))
        case = casework.open_case(store, opening(file, "case"), LATER, folder / "cache")
        log = grown(case, count)
        store.append(log[1:], {})
        lines = [to_line(event) for event in log]
        bare = timed(lambda lines=lines: [json.loads(line) for line in lines])
        load = timed(lambda store=store: casework.load_case(store, "case", folder / "cache"))
        ready = casework.load_case(store, "case", folder / "cache")
        report = Report(80, str)
        next_ms = timed(lambda ready=ready, report=report: report.next_acts(ready, ready.next_acts()))
        conduct_ms = timed(lambda ready=ready: ready.conduct("2009-12-31"))
        print(f"| {count:,} | {load:.1f} | {next_ms:.1f} | {conduct_ms:.1f} | {(load + next_ms) / bare:.1f} |".replace(",", " "))
        store.close()


def many(folder: Path, file: Path) -> None:
    """Open and list each number of cases and print the table."""
    print("\n| cases | open one more, ms | list all, ms | list one, us |")
    print("|---:|---:|---:|---:|")
    store: CaseStore = casework.store_at(str(folder / "many.sqlite"))
    opened = 0
    for count in CASES:
        seen = []
        while opened < count:
            start = perf_counter()
            casework.open_case(store, opening(file, ""), LATER, folder / "cache")
            seen.append((perf_counter() - start) * 1e3)
            opened += 1
        listing = timed(lambda: Report(80, str).listing(store.cases(), "here"))
        print(f"| {count:,} | {median(seen[-50:]):.1f} | {listing:.1f} | {1e3 * listing / count:.0f} |".replace(",", " "))
    store.close()


def main() -> None:
    """Measure and print."""
    print(f"Python {platform.python_version()}, {platform.machine()}, {ROUNDS} rounds\n")
    with TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "mail.yaml"
        file.write_text(DEPLOYMENT, encoding="utf-8")
        lengths(folder, file)
        many(folder, file)


if __name__ == "__main__":
    main()
