"""The search for causes: against brute force over all configurations, its number of trials, its risks, and resuming."""

from __future__ import annotations

from itertools import chain, combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.core.attribution import Difference, attribute, differences, level, most_configurations
from supportable.core.reproduction import Goal, decide
from supportable.errors import UsageError

NAMES = ("agent", "cluster", "driver", "firmware", "os", "storage")
GOAL = Goal(rate=0.5, alpha=0.05, beta=0.05, background=0.1)


def stack(names):
    return tuple(Difference(name, "theirs", "ours") for name in names)


def subsets(names):
    return [frozenset(some) for some in chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))]


def run(names, shows, impossible=(), goal=GOAL):
    """Follow the search to its end with an oracle that never errs: every trial of a configuration comes out as it `shows`."""
    trials = []
    for _ in range(4 ** len(names) + 8):
        step = attribute(stack(names), trials, goal, impossible)
        if step.next is None:
            return step
        trials += [(step.next, "appeared" if shows(step.next) else "not-appeared")] * 100
    raise AssertionError("the search does not end")


def minimal(causes, shows, possible=lambda configuration: True):
    """The issue appears with the causes, and with none of them taken away, as far as that can be built."""
    left = [frozenset(causes) - {one} for one in causes]
    return shows(frozenset(causes)) and not any(shows(some) for some in left if possible(some))


@st.composite
def monotone(draw):
    """Component names, and sets of which any one is enough."""
    names = draw(st.permutations(NAMES).map(lambda order: tuple(order[: len(NAMES)])))
    names = names[: draw(st.integers(1, len(NAMES)))]
    enough = draw(st.lists(st.sets(st.sampled_from(names), min_size=1).map(frozenset), min_size=1, max_size=3))
    return names, enough


@settings(max_examples=100)
@given(monotone())
def test_the_causes_are_a_smallest_set_that_is_enough(case):
    """Where more of the subject never hides the issue, the causes are one of the minimal sets that brute force finds."""
    names, enough = case
    smallest = [one for one in subsets(names) if any(some <= one for some in enough) and not any(some < one for some in enough)]

    step = run(names, lambda configuration: any(some <= configuration for some in enough))

    assert frozenset(step.causes) in smallest
    assert step.contradiction is None
    assert len(step.tried) <= most_configurations(len(names), len(step.causes))


@settings(max_examples=100)
@given(st.integers(1, 5), st.data())
def test_no_single_cause_can_be_left_out_whatever_the_issue_depends_on(size, data):
    """For any dependence on the configuration, also one where a further component hides the issue, the causes are 1-minimal."""
    names = NAMES[:size]
    between = subsets(names)[1:-1]
    shown = set(data.draw(st.lists(st.sampled_from(between), unique=True))) if between else set()
    shown.add(frozenset(names))

    step = run(names, shown.__contains__)

    assert minimal(step.causes, shown.__contains__)
    assert len(step.tried) <= 2**size


@settings(max_examples=100)
@given(st.integers(2, 5), st.data())
def test_what_cannot_be_built_is_stepped_around(size, data):
    """Nothing impossible is ever asked for, and what can be built below the causes does not show the issue."""
    names = NAMES[:size]
    between = subsets(names)[1:-1]
    impossible = set(data.draw(st.lists(st.sampled_from(between), unique=True)))
    shown = set(data.draw(st.lists(st.sampled_from(between), unique=True))) - impossible | {frozenset(names)}

    step = run(names, shown.__contains__, impossible)

    assert not {configuration for configuration, _ in step.tried} & impossible
    assert minimal(step.causes, shown.__contains__, lambda some: some not in impossible)
    assert {configuration for configuration, _ in step.skipped} <= impossible
    assert step == run(names, shown.__contains__, lambda some: "it is listed as impossible" if some in impossible else None)


def test_a_component_that_needs_another_is_named_with_it():
    """Where the agent cannot be there without its cluster, and the agent alone is at fault, both are named and the reason is kept."""

    def needs(configuration):
        return "the agent runs only under its own cluster" if "agent" in configuration and "cluster" not in configuration else None

    step = run(NAMES, lambda configuration: "agent" in configuration, needs)

    assert step.causes == ("agent", "cluster")
    assert (frozenset({"agent"}), "the agent runs only under its own cluster") in step.skipped


def test_components_that_go_only_together_are_taken_away_together():
    """Agent and cluster cannot be separated; when a third is the cause, neither is named although no single removal can be built."""

    def needs(configuration):
        return "they are one product" if ("agent" in configuration) != ("cluster" in configuration) else None

    assert run(("agent", "os", "cluster"), lambda configuration: "os" in configuration, needs).causes == ("os",)


@pytest.mark.parametrize("number", [1, 2, 3, 8, 21, 40])
def test_one_cause_takes_a_logarithm_and_two_twice_that(number):
    """For every single cause and many pairs among n components the number of configurations is within the bound, which is reached."""
    names = tuple(f"c{place}" for place in range(number))
    random = Random(number)
    wanted = [{name} for name in names] + [set(random.sample(names, 2)) for _ in range(20) if number > 1]
    counts = {1: set(), 2: set()}
    for causes in wanted:
        step = run(names, causes.issubset)
        assert set(step.causes) == causes
        counts[len(causes)].add(len(step.tried))

    assert all(max(found) <= most_configurations(number, causes) for causes, found in counts.items() if found)
    assert max(counts[1]) == most_configurations(number, 1)


@settings(max_examples=30)
@given(monotone(), st.randoms(use_true_random=False), st.data())
def test_the_search_resumes_from_any_trials(case, random, data):
    """Stopped after any number of trials it asks for what it asked for then, and the order of trials between configurations is nothing."""
    names, enough = case
    trials, asked = [], []
    while (step := attribute(stack(names), trials, GOAL)).next is not None:
        shows = any(some <= step.next for some in enough)
        asked.append((len(trials), step))
        true = 0.9 if shows else 0.02
        trials += [(step.next, "appeared" if random.random() < true else "not-appeared") for _ in range(random.randint(1, 8))]
    cut = data.draw(st.sampled_from([*asked, (len(trials), step)]))
    blocks = {}
    for configuration, outcome in trials:
        blocks.setdefault(configuration, []).append((configuration, outcome))
    mixed = data.draw(st.permutations(list(blocks.values())))

    assert attribute(stack(names), trials[: cut[0]], GOAL) == cut[1]
    assert attribute(stack(names), chain.from_iterable(mixed), GOAL) == step


@pytest.mark.parametrize(
    ("goal", "causes", "rate", "seed"),
    [
        (Goal(0.3, 0.1, 0.1, 0.05), {"driver"}, 0.3, 1),
        (Goal(0.3, 0.1, 0.1, 0.05), {"agent", "storage"}, 0.3, 2),
        (Goal(0.2, 0.1, 0.1), {"os"}, 0.2, 3),
    ],
)
def test_noisy_trials_lead_to_a_wrong_answer_no_more_often_than_stated(goal, causes, rate, seed):
    """With trials at exactly the rate and the background, the causes are wrong in at most alpha + beta of the simulated searches."""
    cases, wrong = 100, 0
    random = Random(seed)
    for _ in range(cases):
        trials = []
        while (step := attribute(stack(NAMES), trials, goal)).next is not None:
            true = rate if causes <= step.next else goal.background
            trials += [(step.next, "appeared" if random.random() < true else "not-appeared") for _ in range(40)]
        wrong += step.causes is None or set(step.causes) != causes

    risk = goal.alpha + goal.beta
    assert wrong <= risk * cases + 3.8 * (risk * (1 - risk) * cases) ** 0.5


def test_the_levels_of_all_configurations_add_up_to_the_goal():
    """The risks of the first thousand configurations sum to less than alpha and beta, and nearly to them."""
    levels = [level(GOAL, number) for number in range(1, 1001)]

    assert 0.99 * GOAL.alpha < sum(one.alpha for one in levels) < GOAL.alpha
    assert 0.99 * GOAL.beta < sum(one.beta for one in levels) < GOAL.beta


def test_each_configuration_is_decided_at_its_own_level():
    """The decisions in `tried` are those of `decide` at the level of their place."""
    step = run(NAMES, lambda configuration: {"os", "agent"} <= configuration)

    for number, (_, decision) in enumerate(step.tried, start=1):
        assert decision == decide([("not-appeared", "appeared")[decision.outcome == "reproduced"]] * 100, level(GOAL, number))


@pytest.mark.parametrize(
    ("names", "shows", "impossible", "sentence"),
    [
        ((), lambda _: True, (), "the two environments do not differ in any component that is known"),
        (NAMES, lambda _: False, (), "the issue is not reproduced in the subject environment, so there is nothing to attribute"),
        (
            NAMES,
            lambda one: True,
            (),
            "the issue is reproduced in the reference environment too, so no difference between the two causes it",
        ),
        (NAMES, bool, (frozenset(),), "the reference environment itself is said to be impossible: it is listed as impossible"),
    ],
)
def test_where_there_is_nothing_to_attribute_it_is_said(names, shows, impossible, sentence):
    """A contradiction ends the search with its sentence and no causes."""
    step = run(names, shows, impossible)

    assert (step.contradiction, step.causes, step.next) == (sentence, None, None)


def test_a_step_says_what_it_asks_and_how_many_trials_that_takes():
    """`next` is undecided, the last of `tried`, and its fewest further trials are the step's."""
    step = attribute(stack(NAMES), [(frozenset(NAMES), "not-appeared")], GOAL)

    assert step.tried == ((frozenset(NAMES), decide(["not-appeared"], level(GOAL, 1))),)
    assert (step.next, step.more_at_least) == (frozenset(NAMES), step.tried[0][1].more_at_least)
    assert step.causes is None and step.contradiction is None


def test_what_cannot_be_meant_is_refused():
    """A trial of an unknown component and a component named twice are told, with what is meant."""
    with pytest.raises(
        UsageError, match="a trial names component `clustr`, which is not among the differences\nhint: did you mean `cluster`"
    ):
        attribute(stack(NAMES), [(frozenset({"clustr"}), "appeared")], GOAL)
    with pytest.raises(UsageError, match="component `os` is named twice"):
        attribute(stack(("os", "os")), [], GOAL)


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from("ab")), st.dictionaries(st.sampled_from(NAMES), st.sampled_from("ab")))
def test_differences_are_what_turns_one_environment_into_the_other(subject, reference):
    """Each difference names both sides; taking all of them from the subject gives the subject, and nothing else is listed."""
    found = differences(subject, reference)
    rebuilt = dict(reference) | {one.component: one.subject for one in found}

    assert {name: value for name, value in rebuilt.items() if value != "absent"} == subject
    assert all(one.subject != one.reference for one in found)
    assert differences(subject, subject) == ()
