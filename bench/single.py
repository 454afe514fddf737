"""One verdict at a time: how long a decision takes here and at the peers. Same policy, same deployments, same run, interleaved.

    python bench/single.py [--quick]

Prints one Markdown table a policy size (42 and 210 clauses), microseconds a decision with no fact unknown and with 10 % of
the facts unknown, and what became of the goals. Every engine is first compared with the reference evaluator on 200
deployments (the slow ones on fewer); the table says how many it answers differently.

How it is timed: in processor time, because others may use the machine. A round gives every engine one block of deployments
after the other; the number is the median over the rounds of a block's mean, after ten calls that are not timed. Every
engine gets its input ready-made, in the form it likes best, and its policy compiled. Peers return bare truths; "everything
touched" is a verdict with both its ends, each finding with its outcome, the facts it rests on with their sources, what is
missing, and the smallest deciding set. That set is empty for a decided verdict and takes a search for one that is not, so
the two are timed apart.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable
from statistics import median
from time import process_time
from typing import Any, NamedTuple

import peers
import workload

from supportable.core.clauses import Pack
from supportable.core.compile import FALSE, UNKNOWN, compile_pack
from supportable.core.deployment import Deployment
from supportable.core.verdict import Verdict, judge, judge_by_reference, listings_of

QUICK = "--quick" in sys.argv[1:]
ROUNDS = 5 if QUICK else 11
BLOCK, BLOCK_SLOW = 100, 2
CHECKED, CHECKED_SLOW = 200, 10 if QUICK else 50
SIZES, SHARES = (42, 210), (0.0, 0.1)
RUN, JUDGE, FACTS, DECIDED, UNDECIDED, REFERENCE = (
    "compiled clauses only",
    "`judge`, nothing asked of the verdict",
    "`judge`, everything but the deciding set",
    "`judge`, everything touched, verdicts that are decided",
    "`judge`, everything touched, verdicts that are not: a search",
    "reference evaluator",
)
_WORDS = {FALSE: peers.FAILS, UNKNOWN: peers.OPEN}
"""Codes of the compiled clauses as answers; every other one (true, not applicable, unknown but harmless) cannot fail."""
ZEN, CEL = "zen-engine, `compile_expression`, one list", "common-expression-language (Rust CEL), one list"


class Row(NamedTuple):
    """An engine: `call` is timed on what `given` makes of a deployment; `answers`, where it is asked, tells its outcomes.

    `only` says which deployments it is timed on, all when it is `None`.
    """

    name: str
    given: Callable[[Deployment], Any]
    call: Callable[[Any], Any]
    answers: Callable[[Any], peers.Answers] | None = None
    slow: bool = False
    complete_only: bool = False
    only: Callable[[Deployment], bool] | None = None


def touch(verdicts: Iterable[Verdict], deciding: bool = True) -> None:
    """Ask a verdict for everything it can say."""
    for verdict in verdicts:
        verdict.applies, verdict.decided, verdict.worst, verdict.best, verdict.level, verdict.label  # noqa: B018
        for finding in verdict.findings:
            finding.outcome, finding.facts, finding.missing  # noqa: B018
        if deciding:
            verdict.deciding  # noqa: B018


def own(pack: Pack) -> list[Row]:
    """The rows of this project."""
    compiled = compile_pack(pack)
    packs = [compiled]
    run = compiled.run

    def decided(deployment: Deployment) -> bool:
        return judge(deployment, packs)[0].decided

    def everything(deployment: Deployment) -> None:
        touch(judge(deployment, packs))

    def ready(deployment: Deployment) -> tuple[Any, Any]:
        return deployment.values, listings_of(deployment)

    return [
        Row(RUN, ready, lambda given: run(*given), lambda found: [_WORDS.get(code, peers.HOLDS) for code in found.outcomes]),
        Row(JUDGE, _itself, lambda deployment: judge(deployment, packs)),
        Row(FACTS, _itself, lambda deployment: touch(judge(deployment, packs), deciding=False)),
        Row(DECIDED, _itself, everything, only=decided),
        Row(UNDECIDED, _itself, everything, only=lambda deployment: not decided(deployment)),
        Row(REFERENCE, _itself, lambda deployment: judge_by_reference(pack, deployment), slow=True),
    ]


def _itself(deployment: Deployment) -> Deployment:
    return deployment


def installed(pack: Pack) -> list[Row]:
    """The peers that can be used here; the others are named in one line each."""
    rows = []
    for make in peers.PEERS.values():
        try:
            peer = make(pack)
        except ImportError as error:
            print(f"left out: {make.__name__.replace('_', ' ')} is not installed ({error.name})", file=sys.stderr)
            continue
        rows.append(Row(peer.name, peer.given, peer.call, peer.answers, peer.slow, peer.complete_only))
    return rows


def _wrong(row: Row, deployments: list[Deployment], right: list[peers.Answers]) -> int:
    assert row.answers is not None
    return sum(row.answers(row.call(row.given(one))) != answers for one, answers in zip(deployments, right, strict=False))


def timed(rows: list[Row], deployments: list[Deployment]) -> dict[str, float]:
    """Return microseconds a decision for each row: blocks in turn, the median of the rounds."""
    blocks = {row.name: [one for one in deployments if row.only is None or row.only(one)] for row in rows}
    ready = {row.name: [row.given(one) for one in blocks[row.name][: BLOCK_SLOW if row.slow else BLOCK]] for row in rows}
    seen: dict[str, list[float]] = {name: [] for name, block in ready.items() if block}
    for _ in range(ROUNDS):
        for row in rows:
            call, block = row.call, ready[row.name]
            if not block:
                continue
            # The engine before left its own code and data in the processor's caches; ten calls put that right, for everyone.
            for given in block[:10]:
                call(given)
            start = process_time()
            for given in block:
                call(given)
            seen[row.name].append((process_time() - start) / len(block) * 1e6)
    return {name: median(many) for name, many in seen.items()}


def measure(count: int) -> dict[tuple[str, float], float]:
    """Check and time everything on a policy of `count` clauses, print its table, return microseconds by (row, share unknown)."""
    pack = workload.policy(count)
    rows = [*own(pack), *installed(pack)]
    found: dict[tuple[str, float], float] = {}
    wrong: dict[tuple[str, float], str] = {}
    for share in SHARES:
        many = workload.deployments(CHECKED, share)
        right = [peers.expected(pack, one) for one in many]
        asked = [row for row in rows if not (share and row.complete_only)]
        for row in asked:
            some = many[: CHECKED_SLOW if row.slow else CHECKED]
            if row.answers is not None:
                wrong[row.name, share] = f"{_wrong(row, some, right)} of {len(some)}"
        found |= {(name, share): time for name, time in timed(asked, workload.deployments(BLOCK, share, seed=2)).items()}
    print(f"\n### {count} clauses\n")
    print("| engine | us, nothing unknown | x compiled | us, 10 % unknown | x compiled | answered differently |")
    print("|---|---:|---:|---:|---:|---|")
    for row in rows:
        cells = [row.name]
        for share in SHARES:
            time = found.get((row.name, share))
            cells += ["-", "-"] if time is None else [f"{time:.1f}", f"{time / found[RUN, share]:.1f}"]
        cells.append(", ".join(wrong[row.name, share] for share in SHARES if (row.name, share) in wrong))
        print("| " + " | ".join(cells) + " |")
    return found


def goals(found: dict[int, dict[tuple[str, float], float]]) -> None:
    """Print each goal with what was measured; nothing is asserted, a benchmark is not a test."""
    print("\n### Goals (42 clauses unless they say otherwise)\n")
    print("| goal | nothing unknown | 10 % unknown |")
    print("|---|---|---|")
    small, large = (found[size] for size in SIZES)
    wanted: list[tuple[str, str, str, float]] = [
        (ZEN, RUN, "clauses at least {0} times faster than zen-engine", 8),
        (CEL, RUN, "clauses at least {0} times faster than Rust CEL", 20),
    ]
    wanted += [(name, RUN, f"clauses at least {{0}} times faster than {name}", 50) for name in _names(small, "cedarpy", "insights-core")]
    wanted += [(ZEN, DECIDED, "`judge` with everything, decided verdicts, faster than zen-engine's bare answer", 1)]
    wanted += [(ZEN, FACTS, "`judge` with everything but the deciding set, all verdicts, the same", 1)]
    for slower, faster, text, times in wanted:
        _goal(text.format(times), [(small.get((slower, share)), small[faster, share], times) for share in SHARES])
    for name in (RUN, DECIDED):
        limits = [(3 * small[name, share], large[name, share], 1.0) for share in SHARES]
        shown = [f"{large[name, share] / small[name, share]:.1f}" for share in SHARES]
        _goal(f"210 clauses at most 3 times the time of 42: {name}", limits, shown)


def _names(found: dict[tuple[str, float], float], *starts: str) -> list[str]:
    return [name for name in dict.fromkeys(name for name, _ in found) if name.startswith(starts)]


def _goal(text: str, measured: list[tuple[float | None, float, float]], shown: list[str] | None = None) -> None:
    cells = []
    for at, (slower, faster, times) in enumerate(measured):
        if slower is None:
            cells.append("not measured")
            continue
        met = slower / faster >= times
        cells.append(f"{shown[at] if shown else f'{slower / faster:.1f}'}, {'met' if met else 'missed'}")
    print(f"| {text} | " + " | ".join(cells) + " |")


def main() -> None:
    """Measure both sizes."""
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {ROUNDS} rounds of {BLOCK} deployments ({BLOCK_SLOW} for slow engines)"
    )
    goals({size: measure(size) for size in SIZES})


if __name__ == "__main__":
    main()
