"""How the start of the command grows with packs that have nothing to say: `supportable check` as a process, beside a bare interpreter.

    python bench/packs.py [ROUNDS]

Makes packs whose clauses are all about another product, gives none, 10, 40 of them (20 clauses each) and 10 of five times the clauses
to `check`, with the compiled policies in the cache, one after the other in each round; and loads packs from YAML. Prints medians, ratios
to the bare interpreter, and what one more pack and one more clause cost.
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

from supportable.stores.packs import load_pack, pack_folders

DEPLOYMENT = """\
deployment: mail
workload: {product: exchange-server, release: "2003"}
cluster: {service: mscs}
nodes: [{name: n1, os: {release: windows-server-2003}}]
"""
HEAD = """\
pack: {name}
issuer: vendor-{number}
subject: A made-up pack that never applies to the deployment of this benchmark
revision: "1"
tiers:
  - {{id: good, label: supported, level: full, why: made up}}
  - {{id: bad, label: not supported, level: unsupported, why: made up}}
documents:
  - {{id: {name}, title: made up, address: none, revision: "1", retrieved: "2026-01-01", confidence: full, note: made up}}
"""
CLAUSE = """\
  - id: {name}.clause-{number}
    kind: requirement
    says: Made up.
    section: "{number}"
    words: "[made up]"
    requires:
      all:
        - {{workload.service_pack: {{at_least: {number}}}}}
        - {{every: {{nodes: {{nodes.os.service_pack: {{at_least: {number}}}}}}}}}
    caps: bad
    examples:
      holds: [{{workload: {{product: other, service_pack: {number}}}, nodes: [{{os: {{service_pack: {number}}}}}]}}]
      fails: [{{workload: {{product: other, service_pack: {less}}}}}]
      unknown: [{{workload: {{product: other}}}}]
"""


def write_pack(folder: Path, number: int, clauses: int) -> Path:
    """Write one made-up pack and return its folder."""
    name = f"made-up-{number}-{clauses}"
    (folder / name / "clauses").mkdir(parents=True)
    (folder / name / "pack.yaml").write_text(HEAD.format(name=name, number=number))
    text = f"document: {name}\napplies: {{workload.product: other}}\nclauses:\n"
    text += "".join(CLAUSE.format(name=name, number=one, less=one - 1) for one in range(1, clauses + 1))
    (folder / name / "clauses" / "all.yaml").write_text(text)
    return folder / name


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with TemporaryDirectory() as place:
        root = Path(place)
        (root / "mail.yaml").write_text(DEPLOYMENT)
        small = [write_pack(root / "small", number, 20) for number in range(40)]
        large = [write_pack(root / "large", number, 100) for number in range(10)]
        asked = {
            "no pack more": [],
            "10 packs of 20 clauses": small[:10],
            "40 packs of 20 clauses": small,
            "10 packs of 100 clauses": large,
        }
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        kept["SUPPORTABLE_CACHE"] = str(root / "cache")
        check = [sys.executable, "-m", "supportable", "check", "--exit-zero", "--as-of", "2005-06-30", str(root / "mail.yaml")]
        commands = {"`python -c pass`": [sys.executable, "-c", "pass"]}
        commands |= {name: [*check, *(part for pack in packs for part in ("--pack", str(pack)))] for name, packs in asked.items()}
        seen: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(rounds + 1):
            for name, command in commands.items():
                start = perf_counter()
                subprocess.run(command, env=kept, check=True, stdout=subprocess.DEVNULL)
                if turn:  # the first run fills the cache
                    seen[name].append((perf_counter() - start) * 1e3)
        show({name: median(many) for name, many in seen.items()}, rounds)
        show_loading([*pack_folders(), *small[:3], *large[:3]])


def show(ms: dict[str, float], rounds: int) -> None:
    """Print how long the command takes."""
    bare, plain = ms["`python -c pass`"], ms["no pack more"]
    print(f"Python {platform.python_version()}, {platform.machine()}, {rounds} rounds, compiled policies in the cache\n")
    print("| `supportable check` with | ms, median | x bare interpreter | ms more a pack |")
    print("|---|---:|---:|---:|")
    for name, one in ms.items():
        more = f"{(one - plain) / int(name.split()[0]):.2f}" if name[0].isdigit() else ""
        print(f"| {name} | {one:.1f} | {one / bare:.1f} | {more} |")


def show_loading(folders: list[Path]) -> None:
    """Print how long packs take to load from YAML, without their examples, as the command does it when the cache has none."""
    print("\n| pack, from YAML without examples | clauses | ms | ms a clause |")
    print("|---|---:|---:|---:|")
    for folder in folders:
        times = []
        for _ in range(3):
            start = perf_counter()
            pack = load_pack(folder, examples=False)
            times.append((perf_counter() - start) * 1e3)
        count = len(pack.clauses)
        print(f"| {pack.id} | {count} | {median(times):.0f} | {median(times) / count:.2f} |")


if __name__ == "__main__":
    main()
