"""How the start of the command grows with packs that have nothing to say: `supportable check` as a process, beside a bare interpreter.

    python bench/packs.py [ROUNDS] [SRC]

Makes packs whose clauses are all about another product, gives none, 10, 40, 100 of them (20 clauses each) and 10 of five times the clauses
to `check` of a decided deployment, with the compiled policies in the cache, one after the other in each round; and loads packs from YAML.
Prints medians of the processor time, ratios to the bare interpreter, and what one more pack costs by the least times. SRC is the `src`
folder of another revision, which takes its turn in each round too.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from supportable.stores.packs import load_pack, pack_folders

ROOT = Path(__file__).parent.parent
EVIDENCE = ROOT / "tests" / "scenarios" / "exchange-2003-on-listed-hardware" / "evidence"
BARE = "`python -c pass`"
MORE = {
    "10 packs of 20 clauses": (10, 20),
    "40 packs of 20 clauses": (40, 20),
    "100 packs of 20 clauses": (100, 20),
    "10 packs of 100 clauses": (10, 100),
}
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
    revisions = {"": ROOT / "src"} | ({", before": Path(sys.argv[2]).absolute()} if len(sys.argv) > 2 else {})
    with TemporaryDirectory() as place:
        root = Path(place)
        made = {name: [write_pack(root / name, number, clauses) for number in range(count)] for name, (count, clauses) in MORE.items()}
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        check = [sys.executable, "-m", "supportable", "check", "--exit-zero", "--as-of", "2005-06-30", str(EVIDENCE)]
        commands = {BARE: ([sys.executable, "-c", "pass"], kept)}
        for revision, src in revisions.items():
            # A cache of its own: one entry a pack folder is kept, of the code that read it last.
            environment = kept | {"SUPPORTABLE_CACHE": str(root / f"cache{revision}"), "PYTHONPATH": str(src)}
            commands[f"no pack more{revision}"] = (check, environment)
            commands |= {f"{name}{revision}": ([*check, "--pack", str(root / name)], environment) for name in made}
        seen: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(rounds + 1):
            for name, (command, environment) in commands.items():
                start = processor_ms()
                subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
                if turn:  # the first run fills the cache
                    seen[name].append(processor_ms() - start)
        show(seen, rounds)
        show_loading([*pack_folders(), *made["10 packs of 20 clauses"][:3], *made["10 packs of 100 clauses"][:3]])


def processor_ms() -> float:
    """Return the processor time of all processes that ended; other work on the machine lengthens it less than the time on the wall."""
    used = getrusage(RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1e3


def show(seen: dict[str, list[float]], rounds: int) -> None:
    """Print how long the command takes."""
    bare, least = median(seen[BARE]), min(seen[BARE])
    print(f"Python {platform.python_version()}, {platform.machine()}, {rounds} rounds, compiled policies in the cache\n")
    print("| `supportable check` with | ms, median | ms, least | x bare interpreter | bare interpreters more a pack, by the least |")
    print("|---|---:|---:|---:|---:|")
    for name, many in seen.items():
        pack, _, revision = name.partition(",")
        plain = min(seen[f"no pack more,{revision}" if revision else "no pack more"])
        more = f"{(min(many) - plain) / least / MORE[pack][0]:.3f}" if pack in MORE else ""
        print(f"| {name} | {median(many):.1f} | {min(many):.1f} | {median(many) / bare:.1f} | {more} |")


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
