"""A lab -> trials: performed in random order over its environments, kept as they happen, resumable at any moment.

In: a lab, an output folder, the function that says when an environment is decided, a clock. Out: all finished trials, in the order
in which they were performed, those of earlier runs in this folder included. The order follows from the seed alone. A trial that
was cut short has no outcome and no line: it is performed again, counts once, and the journal shows that it began before.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from supportable.core.trials import APPEARED, NO_OUTCOME, NOT_APPEARED, Trial, TrialEvidence
from supportable.errors import TrialsError
from supportable.labs.commands import Ended, Where, run_command, shown_command
from supportable.labs.interrupts import Interrupts
from supportable.labs.journal import Journal, open_journal
from supportable.labs.lab_file import Environment, Lab

FAILURES_AT_MOST = 3
"""Trials in a row that could not be set up or torn down, after which an environment is left alone."""

IsDecided = Callable[[str, tuple[str, ...]], bool]
_BY = "supportable reproduce run"


class Progress(NamedTuple):
    """What is going on: a step of a trial; `finished` with its outcome; or a `sentence` that a person should read."""

    environment: str
    number: int
    step: str
    finished: int
    at_most: int
    outcome: str = ""
    sentence: str = ""


def order_of_trials(seed: int, environments: tuple[str, ...], trials_at_most: int) -> tuple[tuple[int, str], ...]:
    """Return number and environment of each trial: blocks that hold every environment once, each block in random order.

    >>> order_of_trials(810986, ("subject", "reference"), 2)
    ((1, 'reference'), (2, 'subject'), (3, 'reference'), (4, 'subject'))
    """
    # Only `random()` is promised to give the same numbers in every version of Python, so nothing is shuffled.
    source = random.Random(seed)  # noqa: S311 - an order that can be repeated, no secret
    blocks = (sorted(environments, key=lambda _: source.random()) for _ in range(trials_at_most))
    return tuple(enumerate((name for block in blocks for name in block), 1))


def perform(
    lab: Lab, folder: Path, is_decided: IsDecided, on_progress: Callable[[Progress], None], now: Callable[[], str], by: str = _BY
) -> tuple[Trial, ...]:
    """Perform the trials of `lab` that are missing in `folder`; return all trials.

    SIGINT, SIGTERM and SIGHUP end the running command, tear down, and then raise `KeyboardInterrupt` with the name of the signal.
    Raises `TrialsError` when trials cannot be kept, or when this is the folder of another lab.
    """
    with Interrupts() as interrupts, open_journal(lab, folder, now()) as journal:
        performer = _Performer(lab, journal, interrupts, on_progress)
        try:
            performer.clean_up()
            performer.perform_missing(is_decided, now, by)
        finally:
            performer.stop_all()
        if interrupts.any:
            raise KeyboardInterrupt(interrupts.names[0])
        return tuple(performer.finished.values())


class _Steps(NamedTuple):
    """What was run so far for one trial, or to clean up: step, command as shown, how it ended."""

    environment: Environment
    number: int
    ran: list[tuple[str, str, Ended]]


class _Performer:
    """Performs trials and keeps them; knows which environments are up, and which are left alone."""

    def __init__(self, lab: Lab, journal: Journal, interrupts: Interrupts, on_progress: Callable[[Progress], None]) -> None:
        self.lab = lab
        self.journal = journal
        self.interrupts = interrupts
        self.on_progress = on_progress
        self.environments = {one.name: one for one in lab.environments}
        self.finished = dict(journal.kept.trials)
        self.up = dict.fromkeys(journal.kept.up)
        self.failures: dict[str, int] = {}
        self.left_alone: set[str] = set()

    def clean_up(self) -> None:
        """Tear down what a run that was killed has left behind."""
        for number, name in self.journal.kept.open_trials:
            steps = _Steps(self.environments[name], number, [])
            self._run(steps, "tear_down")
            self._keep_apart(steps)
            self.journal.write("interrupted", number=number, environment=name)
        for name in list(self.up):
            self._stop(name)

    def perform_missing(self, is_decided: IsDecided, now: Callable[[], str], by: str) -> None:
        """Perform every trial that is still missing, in the order of the seed."""
        plan = order_of_trials(self.journal.kept.seed, tuple(self.environments), self.lab.trials_at_most)
        last = {name: number for number, name in plan}
        for number, name in plan:
            if self.interrupts.any:
                return
            if number not in self.finished and name not in self.left_alone and not is_decided(name, self._outcomes(name)):
                self._trial(_Steps(self.environments[name], number, []), now(), by)
            if name in self.up and (number == last[name] or name in self.left_alone or is_decided(name, self._outcomes(name))):
                self._stop(name)

    def stop_all(self) -> None:
        """Stop every environment that is up; one that cannot be stopped or kept does not keep the others up."""
        problem: TrialsError | None = None
        for name in list(self.up):
            try:
                self._stop(name)
            except TrialsError as error:
                problem = error
        if problem is not None:
            raise problem

    def _outcomes(self, name: str) -> tuple[str, ...]:
        return tuple(trial.outcome for trial in self.finished.values() if trial.environment == name)

    def _trial(self, steps: _Steps, at: str, by: str) -> None:
        """Perform one trial and keep it, unless a signal cuts it short."""
        environment, number = steps.environment, steps.number
        place = f"trials/{number:04d}-{environment.name}"
        shutil.rmtree(self.journal.folder / place, ignore_errors=True)
        self.journal.write("began", number=number, environment=environment.name, at=at)
        not_set_up, not_torn_down = "", ""
        outcome, reason = NO_OUTCOME, ""
        try:
            not_set_up = self._set_up(steps)
            outcome, reason = (NO_OUTCOME, not_set_up) if not_set_up else self._attempt(steps)
            cut_short = self.interrupts.any and outcome == NO_OUTCOME
        finally:
            not_torn_down = self._tear_down(steps)
        if cut_short:
            self.journal.write("interrupted", number=number, environment=environment.name)
            return
        trial = Trial(environment.name, outcome, at, by, reason, self._keep(steps, place), environment.components)
        self.journal.write("trial", number=number, **trial.to_body())
        self.finished[number] = trial
        self._tell(steps, "finished", outcome)
        self._count_failures(steps, not_set_up or not_torn_down, not_torn_down)

    def _set_up(self, steps: _Steps) -> str:
        """Start the environment where it is not up, and set up one trial; return why that failed, `""` when it did not."""
        name = steps.environment.name
        if name not in self.up and (steps.environment.command("set_up_once") or steps.environment.command("tear_down_once")):
            self.journal.write("up", environment=name)
            self.up[name] = None
            why = self._run(steps, "set_up_once")
            if why:
                self._stop(name)
                return why
        return "" if self.interrupts.any else self._run(steps, "set_up")

    def _attempt(self, steps: _Steps) -> tuple[str, str]:
        """Trigger and probe; return the outcome, and why there is none."""
        why = "" if self.interrupts.any else self._run(steps, "trigger")
        if why or self.interrupts.any:
            return NO_OUTCOME, why
        why = self._run(steps, "probe")
        outcome = {0: NOT_APPEARED, 1: APPEARED}.get(-1 if (code := steps.ran[-1][2].exit_code) is None else code, NO_OUTCOME)
        return outcome, why if outcome == NO_OUTCOME else ""

    def _tear_down(self, steps: _Steps) -> str:
        """Tear down after a trial, however it ended; return why that failed."""
        if steps.ran and steps.ran[-1][0] == "set_up_once" and steps.environment.name not in self.up:
            return ""
        return self._run(steps, "tear_down")

    def _stop(self, name: str) -> None:
        """Stop an environment that was started once, and keep what was said."""
        steps = _Steps(self.environments[name], 0, [])
        why = self._run(steps, "tear_down_once")
        del self.up[name]
        self._keep_apart(steps)
        self.journal.write("down", environment=name, reason=why)
        if why:
            self._tell(steps, "tear_down_once", sentence=f"`{name}` may still be up: {why}")

    def _run(self, steps: _Steps, step: str) -> str:
        """Run a step where the environment has a command for it; return why it failed, `""` when it did not."""
        environment = steps.environment
        line = environment.command(step)
        if not line:
            return ""
        self._tell(steps, step)
        variables = (("SUPPORTABLE_ENVIRONMENT", environment.name), ("SUPPORTABLE_TRIAL", str(steps.number)), *environment.variables)
        where = Where(self.lab.folder, environment.host, environment.folder, variables)
        counted = len(self.interrupts.names)
        tears_down = step.startswith("tear_down")
        ended = run_command(
            line, where, self.lab.limit_s(step), lambda: self.interrupts.insists(counted) if tears_down else self.interrupts.any
        )
        steps.ran.append((step, shown_command(line, where), ended))
        return "" if ended.exit_code == 0 else f"`{step}` {ended.sentence}"

    def _keep(self, steps: _Steps, place: str) -> tuple[TrialEvidence, ...]:
        """Write what the commands wrote, and how they ended; an output without a byte has no file."""
        if not steps.ran:
            return ()
        kept: list[TrialEvidence] = []
        for step, _, ended in steps.ran:
            kept.extend(
                self.journal.keep(f"{place}/{step}.{stream}.txt", text)
                for stream, text in (("stdout", ended.stdout), ("stderr", ended.stderr))
                if text
            )
        table = [{"step": step, "command": line, "ended": ended.sentence, "seconds": ended.seconds} for step, line, ended in steps.ran]
        kept.append(self.journal.keep(f"{place}/commands.json", json.dumps(table, indent=2, ensure_ascii=False) + "\n"))
        return tuple(kept)

    def _keep_apart(self, steps: _Steps) -> None:
        """Keep what belongs to no trial, with a line of its own."""
        place = f"between/{self.journal.lines:05d}-{steps.environment.name}"
        files = self._keep(steps, place)
        if files:
            evidence = [one._asdict() for one in files]
            self.journal.write("step", environment=steps.environment.name, step=steps.ran[-1][0], evidence=evidence)

    def _count_failures(self, steps: _Steps, why: str, not_torn_down: str) -> None:
        name = steps.environment.name
        self.failures[name] = self.failures.get(name, 0) + 1 if why else 0
        if self.failures[name] >= FAILURES_AT_MOST:
            self.left_alone.add(name)
            times = f"{FAILURES_AT_MOST} times in a row"
            sentence = f"`{name}` is left alone: it could not be set up or torn down {times}, the last time because {why}"
            self.journal.write("step", environment=name, step="left alone", reason=sentence, evidence=[])
            self._tell(steps, "left_alone", sentence=sentence)
        elif not_torn_down:
            self._tell(steps, "tear_down", sentence=f"the next trial in `{name}` may not begin clean: {not_torn_down}")

    def _tell(self, steps: _Steps, step: str, outcome: str = "", sentence: str = "") -> None:
        at_most = len(self.environments) * self.lab.trials_at_most
        self.on_progress(Progress(steps.environment.name, steps.number, step, len(self.finished), at_most, outcome, sentence))
