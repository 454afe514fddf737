"""What the log of a case amounts to: its state, and what was recorded on the way.

In: sealed events. Out: `Ledger`. Events count in the order in which things happened (`when`), not in which they were written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from supportable.core.events import Event
from supportable.core.process import State, after_act, after_change
from supportable.core.reproduction import Decision, Goal, decide


class Environment(NamedTuple):
    """Where trials are made: a deployment that was judged. `level` is its decided level, "" when it is undecided or nothing is said."""

    name: str
    role: str
    deployment: str
    digest: str
    level: str


class Done(NamedTuple):
    """One event as it happened."""

    number: int
    when: str
    kind: str
    body: Mapping[str, Any]


class Attempt(NamedTuple):
    """The trials of one event."""

    number: int
    when: str
    environment: str
    outcome: str
    trials: int
    by: str
    evidence: tuple[tuple[str, str], ...]
    components: tuple[tuple[str, str], ...]
    reason: str


class Deadline(NamedTuple):
    """A day by which a party is to have done an act, as the parties agreed."""

    number: int
    party: str
    act: str
    until: str


class Ledger(NamedTuple):
    """What a log amounts to: the state, which event last set each field of it, and what was recorded on the way.

    `first_done` tells when a party first did an act.
    """

    state: State
    shown: Mapping[str, int]
    goal: Goal
    efforts: Mapping[str, str]
    environments: Mapping[str, Environment]
    attempts: tuple[Attempt, ...]
    deadlines: tuple[Deadline, ...]
    first_done: Mapping[tuple[str, str], str]


class _Reproduction:
    """The decision on the trials in fully supported reference environments, asked for only when an act is held against it."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.decided: Decision | None = None
        self.seen = 0

    def word(self, goal: Goal) -> str:
        if not self.outcomes:
            return "none"
        if self.decided is None or (self.decided.outcome == "undecided" and self.seen != len(self.outcomes)):
            self.decided, self.seen = decide(self.outcomes, goal), len(self.outcomes)
        return self.decided.outcome


class Fold:
    """Takes the events one after the other, in the order in which things happened."""

    def __init__(self, opening: Event) -> None:
        self.state = State(related=str(opening.body.get("related", "unknown")))
        self.shown: dict[str, int] = {"is_open": opening.number, "related": opening.number}
        self.goal = Goal()
        self.efforts: dict[str, str] = {}
        self.environments: dict[str, Environment] = {}
        self.attempts: list[Attempt] = []
        self.deadlines: list[Deadline] = []
        self.first_done: dict[tuple[str, str], str] = {}
        self.reproduction = _Reproduction()

    def state_now(self) -> State:
        """Return the state with the decision on the trials so far."""
        return self.state._replace(reproduction=self.reproduction.word(self.goal))

    def take(self, done: Done) -> None:
        """Take the next event."""
        before = self.state
        if done.kind == "recorded":
            self._record(done)
        elif done.kind == "acted":
            self.state = after_act(self.state, done.body["party"], done.body["act"])
        elif done.kind == "tried":
            self._try(done)
        elif done.kind == "closed":
            self.state = self.state._replace(is_open=False, end=done.body["end"])
        for did in self.state.done - before.done:
            self.first_done.setdefault(did, done.when)
        for name, old, new in zip(State._fields, before, self.state, strict=True):
            if old != new:
                self.shown[name] = done.number

    def _record(self, done: Done) -> None:
        body, state = done.body, self.state
        match body["what"]:
            case "effort":
                self.efforts[body["effort"]] = body["outcome"]
                self.state = state._replace(efforts=_efforts(self.efforts.values()))
                self.shown["efforts"] = done.number
                if body["by"] == "support-provider":
                    self.state = self.state._replace(done=self.state.done | {("support-provider", "help-troubleshoot")})
            case "attribution":
                self.state = state._replace(attribution=body["attribution"], basis=bool(str(body.get("basis", "")).strip()))
                self.shown["attribution"] = self.shown["basis"] = done.number
            case "related":
                self.state = state._replace(related=body["related"])
            case "vendor":
                self.state = state._replace(vendor=True)
            case "change":
                self.state = after_change(state)
            case "deadline":
                self.deadlines.append(Deadline(done.number, body["party"], body["act"], body["until"]))
            case "goal":
                self.goal = Goal(**{name: float(body[name]) for name in Goal._fields if name in body})
            case _:
                pass

    def _try(self, done: Done) -> None:
        body = done.body
        environment = Environment(**body["environment"])
        self.environments[environment.name] = environment
        pairs = [tuple((str(one), str(other)) for one, other in body[name]) for name in ("evidence", "components")]
        self.attempts.append(
            Attempt(
                done.number, done.when, environment.name, body["outcome"], body["trials"], body["by"], pairs[0], pairs[1], body["reason"]
            )
        )
        if environment.role == "reference" and environment.level == "full":
            self.reproduction.outcomes += [body["outcome"]] * body["trials"]
            self.shown["reproduction"] = done.number
        self.state = self.state._replace(done=self.state.done | {(body["by"], "reproduce-issue")})

    def ledger(self) -> Ledger:
        """Return what the events so far amount to."""
        return Ledger(
            self.state_now(),
            self.shown,
            self.goal,
            self.efforts,
            self.environments,
            tuple(self.attempts),
            tuple(self.deadlines),
            self.first_done,
        )


def _efforts(outcomes: Iterable[str]) -> str:
    found = set(outcomes)
    if "resolved" in found:
        return "resolved"
    if "pending" in found:
        return "pending"
    return "failed" if found else "none"


def happened(log: Sequence[Event]) -> list[Done]:
    """Return the events after the first in the order in which things happened."""
    done = [Done(event.number, str(event.body["when"]), event.kind, event.body) for event in log[1:]]
    return sorted(done, key=lambda one: (one.when, one.number))


def ledger_of(log: Sequence[Event]) -> Ledger:
    """Return what a log amounts to."""
    fold = Fold(log[0])
    for done in happened(log):
        fold.take(done)
    return fold.ledger()


def reproduction_of(ledger: Ledger) -> tuple[tuple[Environment, Decision], ...]:
    """Return for each environment, in the order of its first trial, what its trials decide."""
    return tuple(
        (environment, decide((one.outcome for one in ledger.attempts if one.environment == name for _ in range(one.trials)), ledger.goal))
        for name, environment in ledger.environments.items()
    )
