"""The cheapest change on the policies that ship: the planner (search, then MaxSAT) against MaxSAT alone, and growth with nodes and clauses.

    python bench/plan.py [CASES]

Deployments come from fixed seeds (`tests/plan_cases.py`), all below the level: "few faults" were supported but for one to four facts;
"drawn" have every fact drawn without regard to any policy. Building the model of each deployment (`Space`, `Planner`) is timed, the packs
(`Ground`) are not. The two take turns in one process, in processor time; costs must be equal, and each plan is judged again.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from plan_cases import deployment_for, with_faults
from supportable import app
from supportable.app import load_model
from supportable.core.changing import Model
from supportable.core.clauses import Level
from supportable.core.deployment import Deployment
from supportable.core.plan import Found, Planner
from supportable.core.plan_space import Ground, Space
from supportable.core.verdict import judge, with_placeholders
from supportable.solvers import maxsat

ROUNDS = 3
DATES = {"as_of": "2026-11-25", "known": "2026-11-25"}
WAYS: tuple[Callable[[Space], Found], ...] = (
    lambda space: Planner(space, maxsat).cheapest(),
    lambda space: maxsat.cheapest(Planner(space)),
)


def main() -> None:
    """Measure and print."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    model = load_model(None)
    packs = app.prepare(app.load_packs(), **DATES)
    ground = Ground(packs, Level.FULL, (), model.rules)
    print("| deployments | cases | no way | median ms | p90 | max | RC2 alone: median | p90 | max | median ratio | equal cost |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|")
    for what, kind in (("few faults", faulty), ("drawn", drawn)):
        row(what, ground, model, kind(ground, model, cases))
    for nodes in (2, 4, 8, 16):
        row(f"few faults, {nodes} nodes", ground, model, faulty(ground, model, cases // 3, nodes))
    for count in (3, 6, 9, len(packs)):
        fewer = Ground(packs[:count], Level.FULL, (), model.rules)
        row(f"drawn, {len(fewer.requirements)} requirements", fewer, model, drawn(fewer, model, cases // 3))


def faulty(ground: Ground, model: Model, cases: int, nodes: int | None = None) -> list[Deployment]:
    """Return deployments that were supported but for a few facts."""
    found: list[Deployment] = []
    seed = 0
    while len(found) < cases:
        made = with_faults(seed, ground, model, nodes)
        found += [made] if made is not None else []
        seed += 1
    return found


def drawn(ground: Ground, model: Model, cases: int) -> list[Deployment]:
    """Return deployments of facts drawn without regard to any policy, all with something in the way."""
    found: list[Deployment] = []
    seed = 0
    while len(found) < cases:
        made = with_placeholders(deployment_for(seed, ground))
        found += [made] if Planner(Space(ground, made, model)).in_the_way_of({}) else []
        seed += 1
    return found


def row(what: str, ground: Ground, model: Model, deployments: Sequence[Deployment]) -> None:
    """Print one line of the table."""
    times: list[list[list[float]]] = [[[] for _ in deployments] for _ in WAYS]
    equal, none = True, 0
    for repeat in range(ROUNDS):
        # What the packs hold is no garbage; else a collection now and then walks over all of it.
        gc.collect()
        gc.freeze()
        for number, deployment in enumerate(deployments):
            answers = []
            for way in range(len(WAYS)):
                begun = process_time()
                answers.append(WAYS[way](Space(ground, deployment, model)))
                times[way][number].append((process_time() - begun) * 1e3)
            if not repeat:
                equal &= len({one.cost for one in answers}) == 1 and all(one.proven for one in answers)
                none += answers[0].choice is None
                equal &= all(reached(ground, model, deployment, one) for one in answers if one.choice is not None)
    own, alone = ([median(one) for one in of_way] for of_way in times)
    ratio = median(two / one for one, two in zip(own, alone, strict=True))
    figures = " | ".join(f"{one:.1f}" for spread in (own, alone) for one in (median(spread), at(spread, 0.9), max(spread)))
    print(f"| {what} | {len(deployments)} | {none} | {figures} | {ratio:.1f} | {'yes' if equal else 'NO'} |", flush=True)


def at(spread: Sequence[float], share: float) -> float:
    """Return the value below which this share lies."""
    return sorted(spread)[int(len(spread) * share)]


def reached(ground: Ground, model: Model, deployment: Deployment, found: Found) -> bool:
    """Whether a plan, judged, is at the level."""
    planner = Planner(Space(ground, deployment, model))
    assert found.choice is not None
    after = planner.space.deployment_with(found.choice, planner.unset_by(found.choice))
    return all(one.worst is ground.level for one in judge(after, ground.packs) if one.applies)


if __name__ == "__main__":
    main()
