"""The whole command: how long `supportable check` takes as a process, against an interpreter that does nothing.

    python bench/command.py [ROUNDS]

Prints a Markdown table: `python -c pass`, `check` of a deployment file with the compiled policies in the cache, and `check` with
the cache off (`SUPPORTABLE_CACHE` empty). All with the interpreter that runs this file, bytecode compiled, one after the
other in each round; medians of the rounds, and ratios to the bare interpreter.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

DEPLOYMENT = """\
deployment: mail
workload: {product: exchange-server, release: "2003", edition: enterprise, service_pack: 2}
cluster: {service: mscs, geographically_dispersed: false}
hardware: {catalog_listing: cluster-system}
nodes:
  - name: n1
    os: {release: windows-server-2003, edition: enterprise, service_pack: 1}
  - name: n2
    os: {release: windows-server-2003, edition: enterprise, service_pack: 1}
"""
BARE = "`python -c pass`"
GOALS = {"`supportable check`, compiled policies in the cache": 6.0, "`supportable check`, no cache": 11.0}


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 31
    with TemporaryDirectory() as folder:
        file = Path(folder) / "mail.yaml"
        file.write_text(DEPLOYMENT, encoding="utf-8")
        # Without bytecode on disk every run would compile the sources, which no installed command does.
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "SUPPORTABLE_CACHE")}
        warm, off = GOALS
        check = [sys.executable, "-m", "supportable", "check", "--exit-zero", str(file)]
        asked = {
            BARE: ([sys.executable, "-c", "pass"], kept),
            warm: (check, kept | {"SUPPORTABLE_CACHE": str(Path(folder) / "cache")}),
            off: (check, kept | {"SUPPORTABLE_CACHE": ""}),
        }
        for command, environment in asked.values():
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        seen: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(rounds):
            for name, (command, environment) in asked.items():
                start = perf_counter()
                subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
                seen[name].append((perf_counter() - start) * 1e3)
    show(seen, rounds)


def show(seen: dict[str, list[float]], rounds: int) -> None:
    """Print the table."""
    bare = median(seen[BARE])
    print(f"Python {platform.python_version()}, {platform.machine()}, {rounds} rounds\n")
    print("| command | ms, median | ms, least | x bare interpreter | goal |")
    print("|---|---:|---:|---:|---|")
    for name, many in seen.items():
        ratio = median(many) / bare
        goal = f"at most {GOALS[name]:.0f}: {'met' if ratio <= GOALS[name] else 'missed'}" if name in GOALS else ""
        print(f"| {name} | {median(many):.1f} | {min(many):.1f} | {ratio:.1f} | {goal} |")


if __name__ == "__main__":
    main()
