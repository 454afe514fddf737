"""Trials performed by real processes: order, outcomes, limits, interrupts, crashes."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_runs import NOTE, alive, gone, performed
from supportable.core.trials import APPEARED, NO_OUTCOME, NOT_APPEARED, Trial
from supportable.errors import TrialsError
from supportable.labs.journal import changed_evidence, read_trials
from supportable.labs.lab_file import read_lab
from supportable.labs.performing import order_of_trials, perform


@pytest.mark.parametrize(
    ("trigger", "probe", "outcome", "reason"),
    [
        ("true", "exit 0", NOT_APPEARED, ""),
        ("true", "exit 1", APPEARED, ""),
        ("true", "exit 2", NO_OUTCOME, "`probe` ended with exit code 2"),
        ("true", "kill -SEGV $$", NO_OUTCOME, "`probe` ended with exit code 139 (signal 11)"),
        ("true", "sleep 60", NO_OUTCOME, "`probe` reached its time limit of 0.3 s"),
        ("exit 1", "exit 0", NO_OUTCOME, "`trigger` ended with exit code 1"),
        ("kill -TERM 0", "exit 0", NO_OUTCOME, "`trigger` was ended by signal 15"),
        ("no-such-command", "exit 0", NO_OUTCOME, "`trigger` ended with exit code 127"),
    ],
)
def test_only_the_probe_s_0_and_1_are_outcomes(lab, trigger, probe, outcome, reason):
    """0 is "not appeared", 1 is "appeared"; everything else, and any trigger that fails, is no outcome with its reason."""
    lab.write({"subject": {"trigger": trigger, "probe": probe}}, "time_limits_s: {probe: 0.3}\n")

    (trial,) = performed(lab, enough=1)

    assert (trial.outcome, trial.reason, trial.at) == (outcome, reason, "2026-01-31T09:00:00Z")


def test_each_step_runs_where_and_when_it_should(lab):
    """Started once, then set up, trigger, probe, tear down for each trial, then stopped once; in the lab's folder, with its variables."""
    steps = {step: NOTE.format(step) for step in ("set_up_once", "set_up", "trigger", "probe", "tear_down", "tear_down_once")}
    lab.write({"subject": {**steps, "trigger": 'echo "$PWD $COLOUR" >>log', "variables": "{COLOUR: red}"}}, "trials_at_most: 2\n")
    performed(lab, enough=9)

    each = ["set_up subject {}", f"{lab.folder} red", "probe subject {}", "tear_down subject {}"]
    assert lab.log == ["set_up_once subject 1", *(one.format(n) for n in (1, 2) for one in each), "tear_down_once subject 0"]


def test_an_environment_stops_when_it_is_decided_and_at_the_limit(lab):
    """What `is_decided` says ends one environment only; the other goes on to `trials_at_most`."""
    lab.write({"a": {"trigger": "true", "probe": "exit 1"}, "b": {"trigger": "true", "probe": "exit 0"}}, "trials_at_most: 6\n")

    trials = perform(read_lab(lab.file), lab.out, lambda name, seen: name == "a" and len(seen) == 2, lambda _: None, lambda: "x")

    assert Counter(trial.environment for trial in trials) == {"a": 2, "b": 6}


@given(st.integers(0, 2**63), st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=5, unique=True), st.integers(1, 9))
def test_the_order_is_a_function_of_the_seed_and_no_environment_runs_ahead(seed, names, at_most):
    """Same seed, same order; at every moment the numbers of trials of two environments differ by one at most."""
    order = order_of_trials(seed, tuple(names), at_most)
    seen: Counter[str] = Counter(dict.fromkeys(names, 0))

    assert order == order_of_trials(seed, tuple(names), at_most)
    for number, (given_number, name) in enumerate(order, 1):
        seen[name] += 1
        assert given_number == number and max(seen.values()) - min(seen.values()) <= 1
    assert set(seen.values()) == {at_most}


def test_every_order_of_a_block_comes_up():
    """Over seeds, each of the six orders of three environments begins about as often as the others."""
    first = Counter(tuple(name for _, name in order_of_trials(seed, ("a", "b", "c"), 1)) for seed in range(600))

    assert len(first) == 6 and min(first.values()) > 60


def test_the_performed_order_is_the_order_of_the_seed(lab):
    """The commands ran in the order that the seed in the journal gives; a seed handed in is recorded and stays."""
    lab.write({"a": {"trigger": NOTE.format("t"), "probe": "exit 0"}, "b": {"trigger": NOTE.format("t"), "probe": "exit 1"}})
    lab.file.write_text(lab.file.read_text().replace("seed: 7\n", ""))
    with pytest.raises(TrialsError, match="a new run needs a seed"):
        performed(lab)
    performed(lab, seed=99, enough=2)
    performed(lab, seed=5, enough=4)

    assert lab.log == [f"t {name} {number}" for number, name in order_of_trials(99, ("a", "b"), 4)]
    assert json.loads((lab.out / "journal.jsonl").read_text().splitlines()[0])["seed"] == 99


def test_a_time_limit_ends_the_whole_process_group(lab):
    """What the command started in its group is gone, and tear-down ran; the trial has no outcome."""
    marker = f"3{os.getpid()}.25"
    lab.write(
        {"subject": {"trigger": f"sleep {marker} & sleep {marker} | sleep {marker}", "probe": "exit 0", "tear_down": NOTE.format("down")}},
        "time_limits_s: {trigger: 0.4}\n",
    )
    (trial,) = performed(lab, enough=1)

    assert trial.reason == "`trigger` reached its time limit of 0.4 s"
    assert gone(marker)
    assert lab.log == ["down subject 1"]


def test_what_is_left_in_the_background_stays_and_does_not_hold_the_run_up(lab):
    """A service that set-up starts lives on with the output of the command open; the step is over when its command is."""
    marker = f"4{os.getpid()}.25"
    lab.write(
        {"subject": {"set_up": f"sleep {marker} & echo $! >pid; echo started", "trigger": "kill -0 $(cat pid)", "probe": "exit 1"}},
        "time_limits_s: {set_up: 50}\n",
    )
    (trial,) = performed(lab, enough=1)
    os.kill(int((lab.folder / "pid").read_text()), signal.SIGKILL)

    assert trial.outcome == APPEARED
    assert (lab.out / "trials/0001-subject/set_up.stdout.txt").read_text() == "started\n"


def test_a_set_up_that_fails_three_times_leaves_the_environment_alone(lab):
    """Each failure is a trial without outcome that says why; neither trigger nor probe runs; the other environment goes on."""
    lab.write(
        {
            "a": {"set_up": "echo no room >&2; exit 4", "trigger": NOTE.format("t"), "probe": "exit 0", "tear_down": NOTE.format("down")},
            "b": {"trigger": "true", "probe": "exit 0"},
        }
    )
    progress = []
    trials = performed(lab, enough=5, progress=progress)

    assert [trial.reason for trial in trials if trial.environment == "a"] == ["`set_up` ended with exit code 4"] * 3
    assert [line.split()[0] for line in lab.log] == ["down"] * 3
    assert sum(trial.environment == "b" for trial in trials) == 5
    (sentence,) = {one.sentence for one in progress} - {""}
    assert "`a` is left alone" in sentence and "`set_up` ended with exit code 4" in sentence


def test_a_start_that_fails_is_undone_each_time(lab):
    """`set_up_once` that fails gives a trial without outcome and `tear_down_once`; `tear_down` of a trial is not run."""
    lab.write(
        {
            "a": {
                "set_up_once": NOTE.format("up") + "; exit 3",
                "trigger": NOTE.format("t"),
                "probe": "exit 0",
                "tear_down": NOTE.format("down"),
                "tear_down_once": NOTE.format("stop"),
            }
        }
    )
    trials = performed(lab, enough=9)

    assert [trial.reason for trial in trials] == ["`set_up_once` ended with exit code 3"] * 3
    assert [line.split()[0] for line in lab.log] == ["up", "stop"] * 3


def test_a_tear_down_that_fails_is_told_and_keeps_the_outcome(lab):
    """The outcome stands, the next trial may not begin clean, and three in a row end it."""
    lab.write({"a": {"trigger": "true", "probe": "exit 1", "tear_down": "exit 9"}})
    progress = []
    trials = performed(lab, enough=9, progress=progress)

    assert [trial.outcome for trial in trials] == [APPEARED] * 3
    assert "`tear_down` ended with exit code 9" in next(one.sentence for one in progress if one.sentence)


@pytest.mark.parametrize("ask", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_the_command_tears_down_and_loses_nothing(lab, ask):
    """The running command is gone, tear-down and stop ran, finished trials are there, and a second run goes on to the end."""
    marker = f"5{os.getpid()}.25"
    slow = f"if [ $SUPPORTABLE_TRIAL = 3 ] && [ ! -e once ]; then touch once; sleep {marker}; fi; exit 1"
    steps = {"trigger": "true", "probe": slow, "tear_down": NOTE.format("down"), "tear_down_once": NOTE.format("stop")}
    lab.write({"a": steps})
    process = lab.start()
    while not (lab.folder / "once").exists():
        time.sleep(0.02)
    process.send_signal(ask)
    told = process.communicate(timeout=60)[0]

    assert process.returncode == 130 and f"interrupted by {ask.name}" in told
    assert gone(marker)
    assert lab.log == ["down a 1", "down a 2", "down a 3", "stop a 0"]
    assert len(read_trials(lab.out)) == 2
    assert "all 3" in lab.run()
    assert lab.log[4:] == ["down a 3", "stop a 0"]


def _journal_lines(lab) -> int:
    journal = lab.out / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def test_a_run_killed_at_any_moment_goes_on_and_gives_every_trial_once(lab):
    """`kill -9` again and again at random moments: no command survives, and in the end each trial is there once, in order, whole."""
    marker = f"6{os.getpid()}.5"
    step = {
        "set_up_once": "echo up >>log",
        "set_up": "sleep 0.01",
        "trigger": f"sleep 0.02; if [ -e slow ]; then sleep {marker}; fi",
        "probe": "echo probed; exit $((SUPPORTABLE_TRIAL % 2))",
        "tear_down_once": "echo stop >>log",
    }
    lab.write({"a": step, "b": step})
    source = random.Random(3)
    kills = 0
    for _ in range(14):
        # By what the journal says, not by the clock: on no machine is it over before it was killed a few times.
        before = _journal_lines(lab)
        process = lab.start(enough=6)
        while process.poll() is None and _journal_lines(lab) < before + 2:
            time.sleep(0.002)
        time.sleep(source.random() * 0.08)
        process.kill()
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 3
    (lab.folder / "slow").touch()
    process = lab.start(enough=7)
    for _ in range(400):
        if alive(marker):
            break
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert gone(marker), "a command outlived the run that started it"
    (lab.folder / "slow").unlink()
    assert "all 14" in lab.run(enough=7)

    lines = [json.loads(line) for line in (lab.out / "journal.jsonl").read_text().splitlines()]
    numbers = [line["number"] for line in lines if line["kind"] == "trial"]
    assert numbers == list(range(1, 15))
    assert [line["environment"] for line in lines if line["kind"] == "trial"] == [name for _, name in order_of_trials(7, ("a", "b"), 7)]
    trials = read_trials(lab.out)
    assert [trial.outcome for trial in trials] == [APPEARED if number % 2 else NOT_APPEARED for number in numbers]
    assert changed_evidence(lab.out, trials) == ()
    assert lab.log[-1] == "stop"


def test_one_folder_has_one_run_at_a_time(lab):
    """A second run in the same folder is told to wait, and writes nothing."""
    lab.write({"a": {"trigger": "touch begun; sleep 5", "probe": "exit 1"}})
    process = lab.start(enough=1)
    while not (lab.folder / "begun").exists():
        time.sleep(0.02)
    before = (lab.out / "journal.jsonl").read_bytes()

    assert "another run is writing here\nhint: " in lab.run()
    assert (lab.out / "journal.jsonl").read_bytes() == before
    process.terminate()
    process.communicate(timeout=30)


@given(st.sampled_from([APPEARED, NOT_APPEARED]), st.text(), st.dictionaries(st.text(), st.text()))
def test_a_trial_survives_its_body(outcome, text, components):
    """`from_body(to_body(trial))` through JSON is the trial."""
    trial = Trial("a", outcome, "2026-01-31T09:00:00Z", f"ann {text}", "", (), tuple(components.items()))

    assert Trial.from_body(json.loads(json.dumps(trial.to_body()))) == trial


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "maybe"},
        {"outcome": None},
        {"reason": "why"},
        {"evidence": "x"},
        {"evidence": [{}]},
        {"components": []},
        {"environment": ""},
    ],
)
def test_a_body_that_is_no_trial_is_refused_with_a_sentence(change):
    """A changed body gives `ValueError`, never a trial that says something else."""
    body = Trial("a", APPEARED, "2026-01-31T09:00:00Z", "ann").to_body()

    with pytest.raises(ValueError, match="trial"):
        Trial.from_body(body | change)
