"""Trials needed: the sequential test of `supportable reproduce` against fixed-size tests of the same risks.

    python bench/reproduction.py [CASES]

Prints a Markdown table over goals and true rates of appearance. "Fixed" is the smallest test that keeps both risks by exact
binomial tails; "fixed, cut short" is the same test, stopped as soon as the trials to come cannot change its answer. All three see the
same simulated trials, from fixed seeds, so the table is the same on every machine.
"""

from __future__ import annotations

import sys
from itertools import islice
from random import Random

from supportable.core.reproduction import Decision, Goal, Plan, decide, plan

GOALS = (
    Goal(rate=0.1),
    Goal(rate=0.02),
    Goal(rate=0.1, background=0.001),
    Goal(rate=0.1, background=0.01),
    Goal(rate=0.1, background=0.05),
    Goal(rate=0.5, background=0.1),
    Goal(rate=0.3, alpha=0.01, beta=0.01, background=0.02),
)


def main() -> None:
    """Simulate and print."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"{cases:,} simulated cases a row; `mean` is of trials until the decision.\n")
    heads = ["rate", "background", "alpha, beta", "true rate", "fixed", "fixed, cut short, mean"]
    heads += ["sequential, mean", "of fixed", "reproduced"]
    print(f"| {' | '.join(heads)} | not reproduced |\n|{'---:|' * (len(heads) + 1)}")
    for goal in GOALS:
        planned = plan(goal)
        middle = (goal.background + goal.rate) / 2
        for true, where in ((goal.background, "background"), (middle, "between"), (goal.rate, "rate"), (min(0.9, 3 * goal.rate), "above")):
            print(row(planned, true, where, cases))


def row(planned: Plan, true: float, where: str, cases: int) -> str:
    """Return one line of the table."""
    goal = planned.goal
    random = Random(f"{goal} {true}")
    found, short = [], 0
    for _ in range(cases):
        trials, decision = until_decided(random, true, goal)
        found.append(decision)
        while len(trials) < planned.fixed_trials:
            trials.append(random.random() < true)
        short += cut_short(trials, planned)
    mean = sum(one.decided_after or 0 for one in found) / cases
    shown = sum(one.outcome == "reproduced" for one in found) / cases
    return (
        f"| {goal.rate:g} | {goal.background:g} | {goal.alpha:g}, {goal.beta:g} | {true:g} ({where}) | {planned.fixed_trials} "
        f"| {short / cases:.1f} | {mean:.1f} | {mean / planned.fixed_trials:.0%} | {shown:.1%} | {1 - shown:.1%} |"
    )


def until_decided(random: Random, true: float, goal: Goal) -> tuple[list[bool], Decision]:
    """Return simulated trials, at least as many as the decision takes, and the decision."""
    trials: list[bool] = []
    block = 32
    while True:
        trials += (random.random() < true for _ in range(block))
        decision = decide(("appeared" if one else "not-appeared" for one in trials), goal)
        if decision.outcome != "undecided":
            return trials, decision
        block = len(trials)


def cut_short(trials: list[bool], planned: Plan) -> int:
    """Return after how many trials the answer of the fixed-size test is certain."""
    appeared = 0
    for made, one in enumerate(islice(trials, planned.fixed_trials), start=1):
        appeared += one
        if appeared >= planned.critical or made - appeared > planned.fixed_trials - planned.critical:
            return made
    return planned.fixed_trials


if __name__ == "__main__":
    main()
