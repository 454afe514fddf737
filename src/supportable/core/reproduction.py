"""Outcomes of trials -> reproduced, not reproduced or undecided, with stated error rates however often one looks.

In: the outcomes of the trials in one environment, in the order they were made, and a goal (least rate that matters, two risks,
background rate). Out: a decision, what is still needed, and bounds on the rate. "Not reproduced" never says "does not
happen": it says that the issue appears at a rate below `Goal.rate`, and that saying so is wrong with probability `Goal.alpha` at most.

The test is Wald's sequential likelihood ratio test (Wald 1945) with the boundaries 1/beta and 1/alpha. They keep the
stated risks exactly (Ville 1939) where Wald's own, a little nearer, keep them only in sum. Rates between background and rate
are promised nothing: there either answer may come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from math import ceil, exp, expm1, inf, isclose, lgamma, log, log1p, pi
from typing import NamedTuple

from supportable.core.facts import of_its_kind
from supportable.core.trials import OUTCOMES
from supportable.errors import UsageError, nearest

REPRODUCED, NOT_REPRODUCED, UNDECIDED = "reproduced", "not-reproduced", "undecided"
TRIALS_MAX = 100_000
RISK_MIN = 1e-6

# A likelihood ratio that rounding leaves this much (in its logarithm) below a boundary has reached it; the risks
# grow by one part in 10^9 at most, and 0.5 ** 2 meets 0.25 whatever the machine rounds.
_TIE = 1e-9
# Cells that the exact computation of expected trials may visit, about 0.1 s.
_CELLS = 300_000


@of_its_kind
class Goal(NamedTuple):
    """What is to be told apart, and at which risks.

    The defaults say: an issue that shows in one attempt of ten matters, one wrong answer of twenty is bearable either way, and nothing
    else shows the same symptom. They ask for 29 trials without an appearance.
    """

    rate: float = 0.1
    """The least rate of appearance that would matter."""
    alpha: float = 0.05
    """Risk of saying "not reproduced" although the issue appears at `rate` or more."""
    beta: float = 0.05
    """Risk of saying "reproduced" although it appears at `background` or less."""
    background: float = 0.0
    """Rate at which the same symptom shows for other reasons; with 0 one appearance decides."""


@of_its_kind
class Count(NamedTuple):
    """How many trials came to which outcome."""

    appeared: int
    not_appeared: int
    no_outcome: int = 0


@of_its_kind
class Decision(NamedTuple):
    """What the trials of one environment say.

    `count` is of all trials, also those made after the decision. `more_expected` is the mean number of further trials if
    the true rate is (`goal.background`, `goal.rate`). With probability 1 - alpha the true rate is below `upper`, and with
    probability 1 - beta above `lower`, at all times at once. `upper` is at most `goal.rate` where the issue is not
    reproduced and never below it otherwise; `lower` and `goal.background` likewise.
    """

    outcome: str
    count: Count  # type: ignore[assignment]  # hides the method of tuples, which nobody calls here
    goal: Goal
    more_at_least: int
    """Fewest further trials that could decide; 0 when decided."""
    more_expected: tuple[float, float]
    upper: float
    lower: float
    holds_whatever: bool
    """The outcome would be the same whatever the trials without an outcome had come to."""
    more_with: int = 0
    """Further appearances in a row that would decide "reproduced"; 0 when decided."""
    more_without: int = 0
    """Further trials in a row without an appearance that would decide "not reproduced"; 0 when decided."""
    decided_after: int | None = None
    """How many trials, those without an outcome included, had been made when it was decided."""
    contested: bool = False
    """Later trials alone would have led to the other decision: one of the two is wrong, so look for what changed."""


@of_its_kind
class Plan(NamedTuple):
    """How many trials a goal asks for, before any is made.

    The fixed-size test makes `fixed_trials` trials whatever happens and says "reproduced" if `critical` or more of them show
    the issue. The sequential test needs `when_none_appear` trials if none shows it, and on average `expected` at
    (`goal.background`, `goal.rate`).
    """

    goal: Goal
    fixed_trials: int
    critical: int
    when_none_appear: int
    expected: tuple[float, float]


def check_goal(goal: Goal) -> None:
    """Raise `UsageError` where no test, or none that anybody would carry out, reaches the goal.

    >>> check_goal(Goal())
    >>> check_goal(Goal(rate=0.1, background=0.2))
    Traceback (most recent call last):
    supportable.errors.UsageError: rate `0.1` is not above background `0.2`
    hint: the rate that matters must be higher than the rate at which the symptom shows anyway
    """
    _check_possible(goal)
    for name in ("alpha", "beta"):
        if getattr(goal, name) < RISK_MIN:
            raise UsageError(f"{name} `{getattr(goal, name):g}` is below {RISK_MIN:g}", hint=f"choose a risk such as `--{name} 0.05`")
    trials = log(1 / goal.alpha) / _divergence(goal.background, goal.rate)
    if trials > TRIALS_MAX:
        raise UsageError(
            f"rate `{goal.rate:g}` against background `{goal.background:g}` needs about {trials:,.0f} trials, more than {TRIALS_MAX:,}",
            hint="choose a higher `--rate`, or remove what else shows the same symptom and lower `--background`",
        )


def _check_possible(goal: Goal) -> None:
    # Written so that "not a number" fails each comparison.
    if not 0 < goal.rate < 1:
        raise UsageError(f"rate `{goal.rate:g}` is not between 0 and 1", hint="say `--rate 0.1` for one attempt of ten")
    if not 0 <= goal.background < 1:
        raise UsageError(f"background `{goal.background:g}` is not between 0 and 1", hint="leave it out if nothing else shows the symptom")
    if goal.background >= goal.rate:
        raise UsageError(
            f"rate `{goal.rate:g}` is not above background `{goal.background:g}`",
            hint="the rate that matters must be higher than the rate at which the symptom shows anyway",
        )
    for name in ("alpha", "beta"):
        risk = getattr(goal, name)
        if not 0 < risk <= 0.5:
            raise UsageError(f"{name} `{risk:g}` is not between 0 and 0.5", hint=f"say `--{name} 0.05` for one wrong answer of twenty")


def _divergence(true: float, other: float) -> float:
    """Mean gain of log likelihood ratio a trial, of the true rate against the other (Kullback-Leibler)."""
    shown = true * log(true / other) if true else 0.0
    return shown + (1 - true) * (log1p(-true) - log1p(-other))


class _Walk(NamedTuple):
    """The log likelihood ratio of `rate` against `background`: its steps, and where it stops."""

    up: float
    down: float
    top: float
    bottom: float

    def at(self, appeared: int, not_appeared: int) -> float:
        # Computed from the counts, so that rounding does not add up over the trials; 0 * inf is no number.
        return (appeared * self.up if appeared else 0.0) - not_appeared * self.down

    def tops(self, appeared: int, not_appeared: int) -> bool:
        return self.at(appeared, not_appeared) >= self.top - _TIE

    def bottoms(self, appeared: int, not_appeared: int) -> bool:
        return self.at(appeared, not_appeared) <= _TIE - self.bottom


def _walk_of(goal: Goal) -> _Walk:
    return _Walk(
        up=log(goal.rate / goal.background) if goal.background else inf,
        down=log1p(-goal.background) - log1p(-goal.rate),
        top=-log(goal.beta),
        bottom=-log(goal.alpha),
    )


class _Ran(NamedTuple):
    """Where a walk led: all counts, which boundary it reached first and when, and whether it reached each at all."""

    counts: Count
    outcome: str
    after: int | None
    topped: bool
    bottomed: bool


def _run(outcomes: Iterable[str], walk: _Walk) -> _Ran:
    appeared = not_appeared = no_outcome = 0
    outcome, after = UNDECIDED, None
    topped = bottomed = False
    for one in outcomes:
        if one == "appeared":
            appeared += 1
            topped = topped or walk.tops(appeared, not_appeared)
        elif one == "not-appeared":
            not_appeared += 1
            bottomed = bottomed or walk.bottoms(appeared, not_appeared)
        elif one == "no-outcome":
            no_outcome += 1
        else:
            near = nearest(str(one), OUTCOMES)
            known = ", ".join(f"`{name}`" for name in OUTCOMES)
            raise UsageError(f"unknown outcome of a trial `{one}`", hint=f"did you mean `{near}`? All: {known}" if near else f"use {known}")
        if after is None and (topped or bottomed):
            outcome, after = (REPRODUCED if topped else NOT_REPRODUCED), appeared + not_appeared + no_outcome
    return _Ran(Count(appeared, not_appeared, no_outcome), outcome, after, topped, bottomed)


def decide(outcomes: Iterable[str], goal: Goal) -> Decision:
    """Say what the trials show so far; may be asked after every trial, and a decision once made stays made.

    Let L be the likelihood ratio of `rate` against `background`. At every true rate of at most `background` each trial multiplies
    L by a factor with mean at most 1 (the mean grows with the true rate and is 1 at `background`), so L is a
    non-negative supermartingale that ever reaches 1/beta with probability at most beta (Ville's inequality). At every true
    rate of at least `rate` the same holds for 1/L, which ever reaches 1/alpha with probability at most alpha.

    Both hold whether or not the other boundary was reached before, and whenever anybody looks or stops. Trials without an
    outcome count for neither side, which is right only where the reason was not the issue itself: see `holds_whatever`.

    >>> decide(["not-appeared"] * 29, Goal(rate=0.1)).outcome
    'not-reproduced'
    >>> found = decide(["not-appeared"] * 20 + ["no-outcome"], Goal(rate=0.1))
    >>> found.outcome, found.more_without, found.more_at_least, found.holds_whatever
    ('undecided', 9, 1, False)
    >>> decide(["not-appeared", "appeared"], Goal(rate=0.1)).outcome
    'reproduced'
    """
    _check_possible(goal)
    made = tuple(outcomes)
    walk = _walk_of(goal)
    ran = _run(made, walk)
    appeared, not_appeared, _ = ran.counts
    more_with = more_without = 0
    more_expected = (0.0, 0.0)
    if ran.outcome == UNDECIDED:
        here = walk.at(appeared, not_appeared)
        more_with = _more(lambda k: walk.tops(appeared + k, not_appeared), (walk.top - here) / walk.up)
        more_without = _more(lambda k: walk.bottoms(appeared, not_appeared + k), (here + walk.bottom) / walk.down)
        more_expected = (_expected(goal, appeared, not_appeared, goal.background), _expected(goal, appeared, not_appeared, goal.rate))
    lower, upper = _bounds(goal, appeared, not_appeared, ran.topped, ran.bottomed)
    return Decision(
        outcome=ran.outcome,
        count=ran.counts,
        goal=goal,
        more_at_least=min(more_with, more_without),
        more_expected=more_expected,
        upper=upper,
        lower=lower,
        holds_whatever=_holds_whatever(made, walk, ran),
        more_with=more_with,
        more_without=more_without,
        decided_after=ran.after,
        contested=ran.topped and ran.bottomed,
    )


def _holds_whatever(made: tuple[str, ...], walk: _Walk, ran: _Ran) -> bool:
    # An appearance in place of a non-appearance lifts the whole rest of the walk, so the two extremes enclose every other way.
    if not ran.counts.no_outcome:
        return True
    extremes = (tuple(other if one == "no-outcome" else one for one in made) for other in ("appeared", "not-appeared"))
    return all(_run(extreme, walk).outcome == ran.outcome for extreme in extremes)


def _more(reached: Callable[[int], bool], about: float) -> int:
    """Return the least whole number from 1 that reaches; `about` is the real number near it."""
    number = max(1, ceil(about) - 1)
    while not reached(number):
        number += 1
    return number


@lru_cache(maxsize=4096)
def _expected(goal: Goal, appeared: int, not_appeared: int, true: float) -> float:
    """Return the mean number of further trials at the true rate `background` or `rate`.

    The sum over k of the probability of being undecided after k more trials, exact to a millionth. Where that takes too long
    (`_CELLS`; goals of thousands of trials), the rest is Wald's formula, which leaves out by how much the last trial oversteps
    the boundary. Against the full sum it was too small by 0.1 to 1.3 % on five such goals.
    """
    walk = _walk_of(goal)
    if not goal.background:
        zeros = _more(lambda k: walk.bottoms(0, not_appeared + k), walk.bottom / walk.down - not_appeared)
        return -expm1(zeros * log1p(-true)) / true if true else float(zeros)
    masses, lowest, cells, total, left = [1.0], walk.at(appeared, not_appeared), 0, 0.0, 1.0
    apart = walk.up + walk.down  # between the walks that differ by one appearance; `lowest` is the one with the fewest
    while left > 1e-9 and cells < _CELLS:
        total += left
        cells += len(masses) + 4
        lowest -= walk.down
        moved = [mass * true for mass in masses]
        stayed = [mass - move for mass, move in zip(masses, moved, strict=True)]
        masses = [stayed[0], *(stay + move for stay, move in zip(stayed[1:], moved, strict=False)), moved[-1]]
        while masses and lowest <= _TIE - walk.bottom:
            masses.pop(0)
            lowest += apart
        while masses and lowest + (len(masses) - 1) * apart >= walk.top - _TIE:
            masses.pop()
        left = sum(masses)
    if left <= 1e-9:
        return total
    return total + sum(mass * _by_wald(goal, walk, lowest + place * apart, true) for place, mass in enumerate(masses))


def _by_wald(goal: Goal, walk: _Walk, start: float, true: float) -> float:
    if true == goal.background:
        to_top = (exp(start) - goal.alpha) / (1 / goal.beta - goal.alpha)
        drift = -_divergence(goal.background, goal.rate)
    else:
        to_top = 1 - (exp(-start) - goal.beta) / (1 / goal.alpha - goal.beta)
        drift = _divergence(goal.rate, goal.background)
    return (to_top * walk.top - (1 - to_top) * walk.bottom - start) / drift


@lru_cache(maxsize=4096)
def _bounds(goal: Goal, appeared: int, not_appeared: int, topped: bool, bottomed: bool) -> tuple[float, float]:
    """Return the lower and the upper bound on the rate.

    A rate below `goal.rate` is excluded from above where a mixture of likelihood ratios against it (Beta(1/2, 1/2); a
    martingale at that rate, Robbins 1970) has reached 1/alpha. A rate q of at least `goal.rate` is excluded where the walk has
    reached its bottom, which at q it does with probability at most alpha ** h (below), or where the mixture has reached one over
    what that leaves of alpha. In sum each rate is excluded wrongly with probability at most alpha. Lower bounds likewise.

    h is the power at which L ** -h has mean 1 a trial at q; q is a closed form of h, so h is what is searched.
    """
    walk = _walk_of(goal)
    trials = appeared + not_appeared
    if not trials:
        return 0.0, 1.0
    seen = appeared / trials
    mixed = lgamma(appeared + 0.5) + lgamma(not_appeared + 0.5) - lgamma(trials + 1) - log(pi)

    def evidence(log_rate: float, log_rest: float) -> float:
        return mixed - (appeared * log_rate if appeared else 0.0) - (not_appeared * log_rest if not_appeared else 0.0)

    def excluded(rate: float, risk: float) -> bool:
        return evidence(log(rate) if rate else -inf, log1p(-rate) if rate < 1 else -inf) >= -log(risk)

    upper, lower = 1.0, 0.0
    if bottomed:
        upper = _between(seen, goal.rate, lambda rate: excluded(rate, goal.alpha)) if seen < goal.rate else goal.rate
    elif not_appeared:
        least = log(seen) if seen else -inf
        upper = _beyond(walk.down, walk.up, lambda a, b, h: a > least and evidence(a, b) >= -log(_left(goal.alpha, h)))
    if topped:
        lower = _between(seen, goal.background, lambda rate: excluded(rate, goal.beta)) if seen > goal.background else goal.background
    elif appeared and goal.background:
        rest = _beyond(walk.up, walk.down, lambda a, b, h: b < log(seen) and evidence(b, a) >= -log(_left(goal.beta, h)))
        lower = 1 - rest if rest < 1 else 0.0
    return min(lower, upper), upper


def _left(risk: float, h: float) -> float:
    """Return risk - risk ** h, also where h is near 1."""
    return -risk * expm1((h - 1) * log(risk))


def _between(inside: float, outside: float, excluded: Callable[[float], bool]) -> float:
    """Return the excluded rate nearest to `inside`, `outside` where none between the two is."""
    for _ in range(60):
        middle = (inside + outside) / 2
        if excluded(middle):
            outside = middle
        else:
            inside = middle
    return outside


def _beyond(step: float, other: float, excluded: Callable[[float, float, float], bool]) -> float:
    """Return the least excluded rate with a power h above 1; 1 where there is none.

    The rate that belongs to h is (1 - e ** -(step h)) / (1 - e ** -((step + other) h)); `excluded` is given the logarithms of it and
    of the rest to 1, which near 1 a floating-point rate does not hold.
    """

    def logs(h: float) -> tuple[float, float]:
        whole = log1p(-exp(-(step + other) * h))
        return log1p(-exp(-step * h)) - whole, log1p(-exp(-other * h)) - step * h - whole

    low, high = 1.0, 2.0
    while not excluded(*logs(high), high):
        if step * high > 700:
            return 1.0
        low, high = high, high * 2
    while not isclose(low, high, rel_tol=1e-12):
        middle = (low + high) / 2
        if excluded(*logs(middle), middle):
            high = middle
        else:
            low = middle
    return exp(logs(high)[0])


def plan(goal: Goal) -> Plan:
    """Say how many trials the goal asks for: in the smallest fixed-size test of the same risks, and in the sequential one.

    >>> plan(Goal(rate=0.1)).fixed_trials, plan(Goal(rate=0.1)).when_none_appear
    (29, 29)
    >>> with_background = plan(Goal(rate=0.1, background=0.01))
    >>> with_background.fixed_trials, with_background.critical, with_background.when_none_appear
    (61, 3, 32)
    >>> [round(trials, 1) for trials in with_background.expected]
    [40.6, 24.8]
    """
    check_goal(goal)
    walk = _walk_of(goal)
    fixed, critical = _fixed_size(goal)
    zeros = _more(lambda k: walk.bottoms(0, k), walk.bottom / walk.down)
    return Plan(goal, fixed, critical, zeros, (_expected(goal, 0, 0, goal.background), _expected(goal, 0, 0, goal.rate)))


def _fixed_size(goal: Goal) -> tuple[int, int]:
    """Return the least number of trials, and of appearances among them, that keep both risks; from exact binomial tails.

    Each tail is carried along by what one more trial, or one more appearance, adds to it: P(fewer than c of n) falls by
    p P(c - 1 of n) with the next trial.
    """
    if not goal.background:
        walk = _walk_of(goal)
        return _more(lambda k: walk.bottoms(0, k), walk.bottom / walk.down), 1
    trials, critical = 1, 1
    missed = point_missed = 1 - goal.rate  # P(fewer than `critical`), P(exactly `critical` - 1), at the rate that matters
    wrong, point_wrong = goal.background, 1 - goal.background  # P(`critical` or more), P(exactly `critical` - 1), at the background
    while True:
        while missed > goal.alpha * (1 + _TIE):
            missed -= goal.rate * point_missed
            wrong += goal.background * point_wrong
            trials += 1
            grown = trials / (trials - critical + 1)
            point_missed *= grown * (1 - goal.rate)
            point_wrong *= grown * (1 - goal.background)
        if wrong <= goal.beta * (1 + _TIE):
            return trials, critical
        grown = (trials - critical + 1) / critical
        point_missed *= grown * goal.rate / (1 - goal.rate)
        point_wrong *= grown * goal.background / (1 - goal.background)
        missed += point_missed
        wrong -= point_wrong
        critical += 1


_IN_BOTH = {
    (REPRODUCED, REPRODUCED): "reproduced in both environments: what only the subject has is not needed for the issue",
    (REPRODUCED, NOT_REPRODUCED): "reproduced only in the subject environment: something that only the subject has is needed for the issue",
    (NOT_REPRODUCED, REPRODUCED): "reproduced only in the reference environment: the subject does not show what was reported",
    (NOT_REPRODUCED, NOT_REPRODUCED): "reproduced in neither environment: if it appears, then more rarely than asked for",
}


def compare(subject: Decision, reference: Decision) -> str:
    """Say in words what the decisions for the two environments mean together.

    >>> compare(decide(["appeared"], Goal()), decide(["not-appeared"] * 29, Goal()))
    'reproduced only in the subject environment: something that only the subject has is needed for the issue'
    >>> compare(decide(["appeared"], Goal()), decide([], Goal()))
    'reproduced in the subject environment, undecided in the reference environment: 1 more trial there at least'
    """
    both = _IN_BOTH.get((subject.outcome, reference.outcome))
    if both is not None:
        return both
    if subject.outcome == reference.outcome == UNDECIDED:
        return f"undecided in both environments: {_trials(subject)} in the subject and {_trials(reference)} in the reference at least"
    known, where, open_, elsewhere = (
        (subject, "subject", reference, "reference") if reference.outcome == UNDECIDED else (reference, "reference", subject, "subject")
    )
    said = known.outcome.replace("-", " ")
    return f"{said} in the {where} environment, undecided in the {elsewhere} environment: {_trials(open_)} there at least"


def _trials(decision: Decision) -> str:
    return f"{decision.more_at_least} more trial{'' if decision.more_at_least == 1 else 's'}"


def more_often(subject: Decision, reference: Decision) -> bool:
    """Tell whether the issue surely appears at a higher rate in the subject than in the reference.

    True where the subject's lower bound is above the reference's upper bound; wrong with probability at most the subject's beta plus
    the reference's alpha, whenever one looks. False says nothing.

    >>> more_often(decide(["appeared"] * 9, Goal()), decide(["not-appeared"] * 29, Goal()))
    True
    """
    return subject.lower > reference.upper
