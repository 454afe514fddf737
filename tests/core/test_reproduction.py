"""Decisions on trials: error rates by simulation, laws by generated trials, numbers against brute force and exact fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, log
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.core.reproduction import OUTCOMES, Count, Goal, check_goal, compare, decide, more_often, plan
from supportable.errors import UsageError

CASES = 2000
GOALS = [
    Goal(rate=0.1),
    Goal(rate=0.3, alpha=0.1, beta=0.02, background=0.02),
    Goal(rate=0.5, alpha=0.05, beta=0.05, background=0.1),
    Goal(rate=0.2, alpha=0.02, beta=0.1, background=0.05),
    Goal(rate=0.15, alpha=0.2, beta=0.2, background=0.05),
    # Small steps hardly overstep a boundary, so that the risks are used up.
    Goal(rate=0.5, alpha=0.1, beta=0.1, background=0.4),
]
SOME_GOALS = st.builds(
    lambda rate, part, alpha, beta: Goal(rate, alpha, beta, rate * part),
    st.sampled_from([0.05, 0.1, 0.3, 0.5, 0.9]),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.sampled_from([0.01, 0.05, 0.25]),
    st.sampled_from([0.01, 0.05, 0.25]),
)
SOME_TRIALS = st.lists(st.sampled_from(OUTCOMES), max_size=40)
WORDS = ("not-appeared", "appeared")


def simulated(goal: Goal, true: float, cases: int, trials: int, seed: int):
    """Decisions of `cases` cases with `trials` trials each: final ones, so whoever looked after every trial saw the same."""
    random = Random(f"{goal} {true} {seed}")
    return [decide([WORDS[random.random() < true] for _ in range(trials)], goal) for _ in range(cases)]


def most(risk: float, cases: int) -> float:
    """How many wrong answers a test that keeps its risk gives at most, but for one simulation in 10,000."""
    return risk * cases + 3.8 * (risk * (1 - risk) * cases) ** 0.5


@pytest.mark.parametrize("goal", GOALS)
def test_both_risks_are_kept_by_whoever_looks_after_every_trial(goal):
    """At and below the background "reproduced" is said at most in beta of the cases, at and above the rate "not reproduced" in alpha."""
    trials = 5 * plan(goal).fixed_trials
    wrong_shown = {
        true: sum(one.outcome == "reproduced" for one in simulated(goal, true, CASES // 2, trials, 1))
        for true in {goal.background, goal.background / 2}
    }
    wrong_not = {
        true: sum(one.outcome == "not-reproduced" for one in simulated(goal, true, CASES // 2, trials, 2))
        for true in (goal.rate, (1 + 2 * goal.rate) / 3)
    }

    assert all(number <= most(goal.beta, CASES // 2) for number in wrong_shown.values())
    assert all(number <= most(goal.alpha, CASES // 2) for number in wrong_not.values())
    assert wrong_not[goal.rate] > 0, "a test that is never wrong here asks for more trials than its goal"


@pytest.mark.parametrize("goal", GOALS)
def test_the_sequential_test_needs_fewer_trials_than_the_fixed_size_test(goal):
    """At the background and at the rate the mean number of trials is at most the fixed size, and it is the mean that the plan names."""
    planned = plan(goal)

    for true, expected in zip((goal.background, goal.rate), planned.expected, strict=True):
        after = [one.decided_after for one in simulated(goal, true, 1000, 12 * planned.fixed_trials, 3)]
        assert None not in after
        mean = sum(after) / len(after)
        spread = (sum((one - mean) ** 2 for one in after) / len(after)) ** 0.5
        assert abs(mean - expected) <= 4 * spread / len(after) ** 0.5 + 1e-6
        assert expected <= planned.fixed_trials


@pytest.mark.parametrize(("goal", "true"), [(goal, true) for goal in GOALS[:3] for true in (0.03, goal.rate, 0.6)])
def test_the_bounds_enclose_the_true_rate_after_every_trial_at_once(goal, true):
    """`upper` falls below the true rate at any time in at most alpha of the cases, `lower` rises above it in at most beta."""
    cases, trials = 300, 60
    random = Random(f"bounds {goal} {true}")
    low = high = 0
    for _ in range(cases):
        made = [WORDS[random.random() < true] for _ in range(trials)]
        bounds = [(found.lower, found.upper) for found in (decide(made[:length], goal) for length in range(0, trials + 1, 3))]
        low += any(upper < true for _, upper in bounds)
        high += any(lower > true for lower, _ in bounds)

    assert low <= most(goal.alpha, cases)
    assert high <= most(goal.beta, cases)


@given(SOME_TRIALS, SOME_TRIALS, SOME_GOALS)
def test_a_decision_is_final(first, later, goal):
    """Once a prefix decides, every longer list of trials has that outcome, made after the same trial."""
    then, now = decide(first, goal), decide(first + later, goal)

    assert tuple(now.count) == tuple(a + b for a, b in zip(then.count, decide(later, goal).count, strict=True))
    if then.outcome != "undecided":
        assert (now.outcome, now.decided_after) == (then.outcome, then.decided_after)


@given(SOME_TRIALS, SOME_TRIALS, SOME_GOALS)
def test_outcomes_are_monotone_in_appearances(first, later, goal):
    """Turning one non-appearance into an appearance never leads towards "not reproduced", nor does it lower a bound."""
    rank = ("not-reproduced", "undecided", "reproduced").index
    before, after = (decide([*first, word, *later], goal) for word in WORDS)

    assert rank(after.outcome) >= rank(before.outcome)
    if not (before.contested or after.contested):
        assert after.upper >= before.upper - 1e-9 and after.lower >= before.lower - 1e-9


@given(SOME_TRIALS, st.integers(0, 60), SOME_GOALS)
def test_one_more_trial_without_an_appearance_never_makes_reproduced(trials, place, goal):
    """Wherever a non-appearance is put in, what was not reproduced or undecided does not become reproduced."""
    after = decide([*trials[:place], "not-appeared", *trials[place:]], goal)

    assert after.outcome != "reproduced" or decide(trials, goal).outcome == "reproduced"


@given(SOME_TRIALS, SOME_GOALS)
def test_trials_without_an_outcome_count_for_neither_side(trials, goal):
    """Leaving them out changes nothing but their count."""
    kept = decide([one for one in trials if one != "no-outcome"], goal)
    found = decide(trials, goal)

    assert found._replace(count=kept.count, holds_whatever=True, decided_after=kept.decided_after) == kept
    assert found.count.no_outcome == trials.count("no-outcome")


@settings(max_examples=100)
@given(st.lists(st.sampled_from(OUTCOMES), max_size=14).filter(lambda made: made.count("no-outcome") <= 5), SOME_GOALS)
def test_holds_whatever_is_what_every_way_to_fill_the_gaps_says(trials, goal):
    """It is true exactly where all assignments of outcomes to the trials without one lead to the same outcome."""
    gaps = [place for place, one in enumerate(trials) if one == "no-outcome"]
    outcome = decide(trials, goal).outcome
    filled = set()
    for words in product(WORDS, repeat=len(gaps)):
        made = list(trials)
        for place, word in zip(gaps, words, strict=True):
            made[place] = word
        filled.add(decide(made, goal).outcome)

    assert decide(trials, goal).holds_whatever == (filled == {outcome})


@settings(max_examples=40)
@given(SOME_TRIALS, SOME_GOALS)
def test_the_fewest_further_trials_are_exact(trials, goal):
    """No shorter continuation decides, one of that length does, and the two numbers in a row are what they say."""
    found = decide(trials, goal)
    if found.outcome != "undecided":
        assert found.more_at_least == found.more_with == found.more_without == 0
        return

    def outcomes(length):
        return {decide([*trials, *more], goal).outcome for more in product(WORDS, repeat=length)}

    if found.more_at_least <= 6:
        assert outcomes(found.more_at_least - 1) == {"undecided"}
        assert outcomes(found.more_at_least) != {"undecided"}
    for more, word, outcome in ((found.more_with, "appeared", "reproduced"), (found.more_without, "not-appeared", "not-reproduced")):
        assert decide([*trials, *[word] * (more - 1)], goal).outcome == "undecided"
        assert decide([*trials, *[word] * more], goal).outcome == outcome
    assert found.more_at_least == min(found.more_with, found.more_without)
    assert all(more >= found.more_at_least - 1e-6 for more in found.more_expected)


@given(SOME_GOALS)
def test_the_plan_says_what_the_decision_does(goal):
    """One trial fewer than `when_none_appear` without an appearance leaves it undecided, that many decide; expected trials agree."""
    planned = plan(goal)
    nothing = decide([], goal)

    assert decide(["not-appeared"] * (planned.when_none_appear - 1), goal).outcome == "undecided"
    assert decide(["not-appeared"] * planned.when_none_appear, goal).outcome == "not-reproduced"
    assert nothing.more_without == planned.when_none_appear and nothing.more_expected == planned.expected
    if not goal.background:
        assert planned.fixed_trials == planned.when_none_appear
        assert decide(["not-appeared"] * (planned.when_none_appear - 1) + ["appeared"], goal).outcome == "reproduced"


def below(trials: int, critical: int, rate: float) -> Fraction:
    """The probability of fewer than `critical` appearances, in exact fractions."""
    exact = Fraction(rate)
    return sum((comb(trials, k) * exact**k * (1 - exact) ** (trials - k) for k in range(critical)), Fraction())


@pytest.mark.parametrize(
    "goal", [Goal(0.5, 0.05, 0.05, 0.1), Goal(0.3, 0.01, 0.01, 0.02), Goal(0.1, 0.05, 0.05, 0.001), Goal(0.4, 0.1, 0.02, 0.2), Goal(0.2)]
)
def test_the_fixed_size_is_the_smallest_that_keeps_both_risks(goal):
    """By exact fractions the planned size keeps alpha and beta, and no smaller size does with any critical number."""
    planned = plan(goal)

    def keeps(trials, critical):
        return below(trials, critical, goal.rate) <= goal.alpha and 1 - below(trials, critical, goal.background) <= goal.beta

    assert keeps(planned.fixed_trials, planned.critical)
    assert not any(keeps(trials, critical) for trials in range(1, planned.fixed_trials) for critical in range(1, planned.critical + 2))


@pytest.mark.parametrize("goal", [Goal(0.7, 0.2, 0.2, 0.1), Goal(0.5, 0.25, 0.1, 0.1), Goal(0.4, 0.3, 0.3)])
def test_expected_trials_are_the_mean_over_all_courses(goal):
    """Following every course of trials while it is undecided, and adding up their probabilities, gives the planned mean."""
    for true, expected in zip((goal.background, goal.rate), plan(goal).expected, strict=True):
        courses, mean = {(): 1.0}, 0.0
        while courses:
            mean += sum(courses.values())
            courses = {
                (*course, word): mass * part
                for course, mass in courses.items()
                for word, part in zip(WORDS, (1 - true, true), strict=True)
                if mass * part > 1e-6 and decide((*course, word), goal).outcome == "undecided"
            }
        assert mean == pytest.approx(expected, rel=2e-3)


def test_expected_trials_far_beyond_exact_computing_are_close_by_walds_formula():
    """Where the boundaries are far apart part of the mean comes from a formula, which is within 2 % of the full sum."""
    goal = Goal(rate=0.5, background=0.48)
    up, down, edge = log(0.5 / 0.48), log(0.52 / 0.5), log(20)
    states, mean, trials = {0: 1.0}, 0.0, 0
    while (left := sum(states.values())) > 1e-3:
        mean, trials, grown = mean + left, trials + 1, {}
        for appeared, mass in states.items():
            for more in (appeared, appeared + 1):
                if -edge < more * up - (trials - more) * down < edge:
                    grown[more] = grown.get(more, 0.0) + mass / 2
        states = grown

    assert plan(goal).expected[1] == pytest.approx(mean, rel=0.02)


@given(SOME_TRIALS, SOME_GOALS)
def test_bounds_and_decision_never_contradict_each_other(trials, goal):
    """`upper` is at most the rate exactly where it is not reproduced, `lower` at least the background where it is reproduced."""
    found = decide(trials, goal)

    assert 0 <= found.lower <= found.upper <= 1
    if not found.contested:
        assert found.upper <= goal.rate if found.outcome == "not-reproduced" else found.upper >= goal.rate
        assert found.lower >= goal.background if found.outcome == "reproduced" else found.lower <= goal.background


def reached(goal: Goal, true: float, risk: float, bottom: bool) -> float:
    """The probability that the likelihood ratio ever reaches 1 / risk for the side that is not true, state by state.

    Where it has gone far to the side that is true, it is not followed: from there it comes back once in 100,000 times.
    """
    up, down = log(goal.rate / goal.background), log((1 - goal.background) / (1 - goal.rate))
    states, sure = {0: 1.0}, 0.0
    for trials in range(1, 400):
        grown = {}
        for appeared, mass in states.items():
            for more, part in ((appeared + 1, true), (appeared, 1 - true)):
                ratio = more * up - (trials - more) * down
                towards = -ratio if bottom else ratio
                if towards >= -log(risk) - 1e-9:
                    sure += mass * part
                elif towards > -12:
                    grown[more] = grown.get(more, 0.0) + mass * part
        states = grown
    return sure


def mixture(appeared: int, not_appeared: int, rate: float) -> float:
    """The mixed likelihood ratio against `rate`, as a product of what it predicted of each trial over what `rate` did."""
    value = 1.0
    for k in range(appeared):
        value *= (k + 0.5) / (k + 1) / rate
    for k in range(not_appeared):
        value *= (k + 0.5) / (appeared + k + 1) / (1 - rate)
    return value


@pytest.mark.parametrize(("appeared", "not_appeared"), [(0, 10), (1, 22), (3, 17), (3, 40), (9, 21), (1, 1), (20, 5)])
def test_no_rate_is_excluded_at_more_than_its_risk(appeared, not_appeared):
    """At each bound that the mixture set, its risk and that of the walk add up to what is stated at most."""
    goal = Goal(rate=0.3, alpha=0.1, beta=0.1, background=0.05)
    # Early appearances keep the walk from its bottom, late ones from its top.
    for early in (True, False):
        words = ["appeared"] * appeared, ["not-appeared"] * not_appeared
        found = decide(words[0] + words[1] if early else words[1] + words[0], goal)
        if found.contested or 1 in (found.upper, 1 - found.lower):
            continue
        for rate, risk, bottom, beyond in (
            (found.upper, goal.alpha, True, found.upper > goal.rate),
            (found.lower, goal.beta, False, found.lower < goal.background),
        ):
            if rate in (goal.rate, goal.background):
                continue
            alone = 1 / mixture(appeared, not_appeared, rate)
            assert alone <= risk * (1 + 1e-6)
            if beyond:
                walk = reached(goal, rate, risk, bottom)
                assert walk + alone <= risk * (1 + 1e-6)
            else:
                assert alone >= risk * (1 - 1e-6)


def test_more_trials_of_the_same_share_bring_the_bounds_together():
    """With 40 % appearances the bounds close in on 0.4 from both sides, whatever the decision."""
    goal = Goal(rate=0.1, background=0.01)
    found = [decide((["appeared"] * 2 + ["not-appeared"] * 3) * times, goal) for times in (4, 40, 400)]

    assert [one.lower < 0.4 < one.upper for one in found] == [True] * 3
    widths = [one.upper - one.lower for one in found]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]
    assert widths[2] < 0.1


def test_a_series_that_speaks_for_both_sides_is_said_to_be_contested():
    """An appearance after "not reproduced" does not change the decision, and is not hidden either."""
    found = decide(["not-appeared"] * 29 + ["appeared"], Goal(rate=0.1))

    assert (found.outcome, found.decided_after, found.contested) == ("not-reproduced", 29, True)
    assert found.count == Count(1, 29)
    assert not decide(["not-appeared"] * 29, Goal(rate=0.1)).contested
    ever_since = decide(["not-appeared"] * 29 + ["appeared"] * 200, Goal(rate=0.1))
    assert ever_since.lower <= ever_since.upper <= 0.1


@pytest.mark.parametrize("risk", [1e-300, 1e-12])
@pytest.mark.parametrize("rate", [1e-4, 0.5, 1 - 1e-9])
@pytest.mark.parametrize("part", [0.0, 1e-200, 0.5])
def test_extreme_goals_and_long_series_stay_numbers(risk, rate, part):
    """Tiny risks, rates next to 0 and 1 and thousands of trials give bounds between 0 and 1 and no error."""
    goal = Goal(rate, risk, risk, rate * part)

    for trials in ([], ["appeared"] * 3000, ["not-appeared"] * 3000, ["appeared", "not-appeared"] * 1500):
        found = decide(trials, goal)
        assert 0 <= found.lower <= found.upper <= 1
        assert all(0 <= more < float("inf") for more in found.more_expected)


@pytest.mark.parametrize(
    ("goal", "sentence"),
    [
        (Goal(rate=0.0), "rate `0` is not between 0 and 1"),
        (Goal(rate=1.0), "rate `1` is not between 0 and 1"),
        (Goal(rate=float("nan")), "rate `nan` is not between 0 and 1"),
        (Goal(background=-0.1), "background `-0.1` is not between 0 and 1"),
        (Goal(rate=0.1, background=0.1), "rate `0.1` is not above background `0.1`"),
        (Goal(alpha=0.0), "alpha `0` is not between 0 and 0.5"),
        (Goal(beta=0.6), "beta `0.6` is not between 0 and 0.5"),
        (Goal(beta=float("nan")), "beta `nan` is not between 0 and 0.5"),
        (Goal(alpha=1e-7), "alpha `1e-07` is below 1e-06"),
        (Goal(rate=1e-6), "rate `1e-06` against background `0` needs about 2,995,731 trials, more than 100,000"),
        (Goal(rate=0.1, background=0.0999), "rate `0.1` against background `0.0999` needs about 53,"),
    ],
)
def test_a_goal_that_cannot_be_reached_is_refused_with_what_to_do(goal, sentence):
    """One sentence says what is wrong with the goal, and a hint says what to choose."""
    with pytest.raises(UsageError) as caught:
        check_goal(goal)

    assert caught.value.message.startswith(sentence)
    assert caught.value.hint


def test_an_unknown_outcome_is_refused():
    """A misspelt outcome is named, with the one that is meant."""
    with pytest.raises(UsageError, match="unknown outcome of a trial `apeared`\nhint: did you mean `appeared`"):
        decide(["apeared"], Goal())


def test_two_environments_are_compared_in_words_that_name_both():
    """Each of the nine pairs has its own sentence, which says "undecided" exactly where one of the two is."""
    found = {
        "reproduced": decide(["appeared"], Goal()),
        "not-reproduced": decide(["not-appeared"] * 29, Goal()),
        "undecided": decide([], Goal()),
    }
    said = {(one, two): compare(found[one], found[two]) for one, two in product(found, repeat=2)}

    assert len(set(said.values())) == 9
    assert all(("undecided" in words) == ("undecided" in pair) for pair, words in said.items())


def test_more_often_is_rarely_said_of_equal_rates():
    """With the same rate in both environments it is said, after any number of trials, in at most alpha + beta of the cases."""
    goal, cases, said = Goal(rate=0.3, alpha=0.1, beta=0.1, background=0.05), 300, 0
    random = Random(11)
    for _ in range(cases):
        pair = [[WORDS[random.random() < 0.3] for _ in range(80)] for _ in range(2)]
        said += any(more_often(*(decide(made[:length], goal) for made in pair)) for length in range(0, 81, 4))

    assert said <= most(goal.alpha + goal.beta, cases)
    assert more_often(decide(["appeared"] * 20, goal), decide(["not-appeared"] * 20, goal))
