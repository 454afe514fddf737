"""A case: `(case, command) -> event`, and what its log amounts to by the policy.

In: the log of a case, the duties the policy has for its deployment, and a command. Out: the event that a command adds; what
the case has come to; how every duty stands now; what the policy holds against what was done. An act that the policy does not
allow is recorded like any other, because it happened; `conduct` holds it against the clause. Events count in the order in which
things happened (`when`), not in which they were written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from supportable.core.clauses import PARTIES
from supportable.core.events import Event, append, is_time
from supportable.core.process import (
    ACTS,
    ATTRIBUTIONS,
    EFFORTS,
    ENDS,
    NOT_MET,
    ONGOING,
    RELATED,
    Duty,
    Objection,
    Standing,
    State,
    act_words,
    after_act,
    after_change,
    objections,
    standings,
)
from supportable.core.reproduction import OUTCOMES, Decision, Goal, check_goal, decide
from supportable.core.truth import FALSE, TRUE
from supportable.errors import CaseError, UsageError, unknown_word

ROLES = ("subject", "reference", "other")
TRIALS_MAX = 10_000


class Environment(NamedTuple):
    """Where trials are made: a deployment that was judged. `level` is its decided level, "" when it is undecided or nothing is said."""

    name: str
    role: str
    deployment: str
    digest: str
    level: str


class Record(NamedTuple):
    """Something to write down that is not an act: `what` is effort, attribution, related, vendor, change, deadline, goal or note."""

    what: str
    by: str
    when: str
    details: Mapping[str, Any]


class Perform(NamedTuple):
    """A party does an act."""

    party: str
    act: str
    when: str
    text: str = ""


class Try(NamedTuple):
    """One attempt, or `trials` attempts of one outcome, to make the issue appear in an environment."""

    environment: Environment
    outcome: str
    by: str
    when: str
    trials: int = 1
    reason: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    components: tuple[tuple[str, str], ...] = ()


class Close(NamedTuple):
    """The end: resolved, referred, withdrawn by the customer, or unresolved."""

    end: str
    by: str
    when: str
    text: str = ""


Command = Record | Perform | Try | Close


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


class Objected(NamedTuple):
    """An objection of the policy, and the event it is about (0 for a duty that was not done)."""

    number: int
    when: str
    objection: Objection


def begin(case: str, at: str, opening: Mapping[str, Any]) -> Event:
    """Return the first event of a case; raise `UsageError` for an issue that says nothing."""
    if not str(opening.get("title", "")).strip():
        raise UsageError("a case needs an issue", None, 'say in one sentence what does not work: `--issue "..."`')
    _one_of(str(opening.get("related", "unknown")), RELATED, "answer to whether the issue is related to the workload")
    return append((), case, at, "opened", opening)


def handle(log: Sequence[Event], duties: Iterable[Duty], command: Command, at: str) -> Event:
    """Return the event that a command adds at `at`; raise one sentence for a command that cannot be recorded.

    `UsageError` for words that name nothing, `CaseError` where the case as it is does not allow it.
    """
    case = log[0].case
    closed = next((event for event in log if event.kind == "closed"), None)
    if closed is not None:
        raise CaseError(
            f"case `{case}` was closed on {str(closed.body['when'])[:10]}", None, "a closed case only grows older: open a new one for it"
        )
    if not is_time(command.when):
        raise UsageError(f"`{command.when}` is not a time", None, "write it as 2026-11-25T15:46:00Z")
    if command.when > at:
        raise CaseError(f"{command.when} is later than now ({at})", None, "record it when it has happened")
    if command.when < str(log[0].body["when"]):
        raise CaseError(f"{command.when} is before the case was opened ({log[0].body['when']})", None, "give a time since then")
    kind, body = _body(log, tuple(duties), command)
    return append(log, case, at, kind, body)


def _body(log: Sequence[Event], duties: tuple[Duty, ...], command: Command) -> tuple[str, dict[str, Any]]:
    match command:
        case Record():
            return "recorded", {"what": command.what, "by": command.by, "when": command.when, **_recorded(log, command)}
        case Perform():
            _check_act(command.party, command.act, duties)
            return "acted", {"party": command.party, "act": command.act, "when": command.when, "text": command.text}
        case Try():
            return "tried", _tried(log, command)
        case Close():
            _one_of(command.end, ENDS, "way to end a case")
            _one_of(command.by, PARTIES, "party")
            if command.end == "withdrawn" and command.by != "customer":
                raise UsageError("only the customer withdraws a case", None, f"ends: {', '.join(ENDS)}")
            return "closed", {"end": command.end, "by": command.by, "when": command.when, "text": command.text}


_DETAILS: dict[str, tuple[str, ...]] = {
    "effort": ("effort", "outcome", "text"),
    "attribution": ("attribution", "basis", "evidence"),
    "related": ("related", "text"),
    "vendor": ("text",),
    "change": ("text",),
    "deadline": ("party", "act", "until"),
    "goal": ("rate", "alpha", "beta", "background"),
    "note": ("text",),
}


def _recorded(log: Sequence[Event], command: Record) -> dict[str, Any]:
    _one_of(command.what, tuple(_DETAILS), "kind of record")
    _one_of(command.by, PARTIES, "party")
    given = {name: command.details[name] for name in _DETAILS[command.what] if name in command.details}
    if command.what == "effort":
        _one_of(str(given.get("outcome", "")), EFFORTS, "outcome of an effort")
        _needed(given, "effort", "say what was tried")
    elif command.what == "attribution":
        _one_of(str(given.get("attribution", "")), ATTRIBUTIONS, "attribution")
    elif command.what == "related":
        _one_of(str(given.get("related", "")), RELATED, "answer to whether the issue is related to the workload")
    elif command.what == "deadline":
        _one_of(str(given.get("party", "")), PARTIES, "party")
        _needed(given, "act", "say what is to be done by then")
        _date(str(given.get("until", "")))
    elif command.what == "goal":
        if any(event.kind == "tried" for event in log):
            raise CaseError(
                "trials are recorded already, and their error rates hold only for the goal that was set before them",
                None,
                "set the goal of a reproduction before its first trial",
            )
        check_goal(Goal(**given))
    else:
        _needed(given, "text", "say what is to be noted")
    return given


def _needed(given: Mapping[str, Any], name: str, hint: str) -> None:
    if not str(given.get(name, "")).strip():
        raise UsageError(f"`{name}` is missing", None, hint)


def _date(text: str) -> None:
    if not is_time(f"{text}T00:00:00Z"):
        raise UsageError(f"`{text}` is not a date", None, "write year-month-day, for example 2026-12-01")


def _one_of(text: str, known: Sequence[str], what: str) -> None:
    if text not in known:
        raise unknown_word(text, known, what)


def acts_of(party: str, duties: Iterable[Duty]) -> tuple[str, ...]:
    """Return the acts a party can be recorded to do: those of the catalogue, and those its clauses name."""
    named = [one.clause.act for one in duties if one.clause.party == party]
    return tuple(dict.fromkeys([*(name for name, act in ACTS.items() if party in act.by), *named]))


def _check_act(party: str, act: str, duties: tuple[Duty, ...]) -> None:
    _one_of(party, PARTIES, "party")
    own = acts_of(party, duties)
    if act in own:
        return
    if act in ACTS:
        who = " or the ".join(one.replace("-", " ") for one in ACTS[act].by)
        raise UsageError(
            f"to {act_words(act)} is for the {who}, not for the {party.replace('-', ' ')}",
            None,
            f"acts of the {party.replace('-', ' ')}: {', '.join(own)}" if own else "name another party",
        )
    _one_of(act, own, f"known act of the {party.replace('-', ' ')}")


def _tried(log: Sequence[Event], command: Try) -> dict[str, Any]:
    environment = command.environment
    _one_of(command.outcome, OUTCOMES, "outcome of a trial")
    _one_of(environment.role, ROLES, "role of an environment")
    _one_of(command.by, PARTIES, "party")
    if not 1 <= command.trials <= TRIALS_MAX:
        raise UsageError(f"{command.trials} trials cannot be recorded", None, f"give a count from 1 to {TRIALS_MAX:,}".replace(",", " "))
    for event in log:
        before = event.body.get("environment") if event.kind == "tried" else None
        if before is not None and before["name"] == environment.name and before["digest"] != environment.digest:
            raise CaseError(
                f"environment `{environment.name}` was another deployment in the trials of event {event.number}",
                None,
                "give the changed environment another name: its trials do not count with those before",
            )
    return {
        "environment": environment._asdict(),
        "outcome": command.outcome,
        "by": command.by,
        "when": command.when,
        "trials": command.trials,
        "reason": command.reason,
        "evidence": [list(one) for one in command.evidence],
        "components": [list(one) for one in command.components],
    }


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


class _Fold:
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

    def now(self) -> State:
        """Return the state with the decision on the trials so far."""
        return self.state._replace(reproduction=self.reproduction.word(self.goal))

    def take(self, done: Done) -> None:
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
        return Ledger(
            self.now(), self.shown, self.goal, self.efforts, self.environments, tuple(self.attempts), tuple(self.deadlines), self.first_done
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
    fold = _Fold(log[0])
    for done in happened(log):
        fold.take(done)
    return fold.ledger()


class Next(NamedTuple):
    """What a party may and must do now (`now`), what it has done (`done`), what is over (`ended`), and what is not allowed or due yet.

    `unclear` holds what may be in force: something that decides it is not recorded, or it is not known whether the clause applies.
    `always` holds duties that no case begins or ends.
    """

    party: str
    now: tuple[Standing, ...]
    not_yet: tuple[Standing, ...]
    unclear: tuple[Standing, ...]
    done: tuple[Standing, ...]
    ended: tuple[Standing, ...]
    always: tuple[Standing, ...]


_FINISHED = ("must", "will-try", "should")
"""A duty of these kinds is over when it is done; a permission or a prohibition is not."""


def next_acts(state: State, duties: Iterable[Duty]) -> tuple[Next, ...]:
    """Return for each party, in the order of `PARTIES`, how its duties stand."""
    found = standings(duties, state)
    made = []
    for party in PARTIES:
        own = [one for one in found if one.clause.party == party]
        if own:
            sorted_by = {place: tuple(one for one in own if _place(one) == place) for place in Next._fields[1:]}
            made.append(Next(party, **sorted_by))
    return tuple(made)


def _place(one: Standing) -> str:
    clause = one.clause
    if not clause.when and not clause.until:
        return "always"
    if one.ended:
        return "ended"
    if one.truth is TRUE:
        return "done" if one.done and clause.modality in _FINISHED and clause.act not in ONGOING else "now"
    if clause.modality == "may" or one.truth is FALSE:
        return "not_yet"
    # A duty whose conditions nobody recorded is not due yet; one whose application is unknown may well be.
    return "not_yet" if one.lacking and one.applies is TRUE else "unclear"


def conduct(log: Sequence[Event], duties: Sequence[Duty], today: str) -> tuple[Objected, ...]:
    """Return what the policy holds against what was done, in the order in which it happened, then the duties that were not met.

    A duty counts as not met when the case was closed without a solution, or an agreed deadline had passed (by `today`, an ISO date), before
    it was done.
    """
    fold, found = _Fold(log[0]), []
    for done in happened(log):
        if done.kind in ("acted", "closed"):
            found += [Objected(done.number, done.when, one) for one in _objections(duties, fold.now(), done)]
        fold.take(done)
    return (*found, *_not_met(fold.ledger(), duties, today))


def _objections(duties: Sequence[Duty], state: State, done: Done) -> Iterator[Objection]:
    body = done.body
    if done.kind == "acted":
        yield from objections(duties, state, body["party"], body["act"])
        return
    if body["end"] == "unresolved" and body["by"] != "customer":
        yield from (one._replace(why=f"closed unresolved: {one.why}") for one in objections(duties, state, body["by"], "end-help"))
    if body["end"] == "referred" and not any(act.startswith("refer-to-") for _, act in state.done):
        referring = [one for one in duties if one.clause.act.startswith("refer-to-") and one.applies is not FALSE]
        why = "closed as referred, and no referral is recorded"
        yield from (Objection(NOT_MET, body["by"], one.clause.act, one.clause, why) for one in referring[:1])


def _not_met(ledger: Ledger, duties: Sequence[Duty], today: str) -> Iterator[Objected]:
    state = ledger.state
    # Whether a duty was in force is asked of the case as it was before it was closed.
    owed = [one for one in standings(duties, state._replace(is_open=True)) if one.truth is TRUE and one.clause.modality in _FINISHED]
    for line in ledger.deadlines:
        clause = next((one.clause for one in owed if (one.clause.party, one.clause.act) == (line.party, line.act)), None)
        done = ledger.first_done.get((line.party, line.act), "")
        if line.until < (done[:10] or today):
            what = f"was done on {done[:10]}, after {line.until}" if done else f"was to be done by {line.until}"
            by_whom = "" if clause is not None else "; no clause of the policy asks for it"
            why = f"{what}, as agreed in event {line.number}{by_whom}"
            yield Objected(0, "", Objection(NOT_MET, line.party, line.act, clause, why))
    # Who has what he came for, or gave up, has no use for what was still to be done.
    if state.end not in ("referred", "unresolved"):
        return
    agreed = {(line.party, line.act) for line in ledger.deadlines}
    for one in owed:
        clause = one.clause
        if not one.done and (clause.when or clause.until) and (clause.party, clause.act) not in agreed:
            why = "the case was closed, and nothing recorded shows that it was " + ("done" if clause.modality == "must" else "tried")
            yield Objected(0, "", Objection(NOT_MET, clause.party, clause.act, clause, why))


def reproduction_of(ledger: Ledger) -> tuple[tuple[Environment, Decision], ...]:
    """Return for each environment, in the order of its first trial, what its trials decide."""
    return tuple(
        (environment, decide((one.outcome for one in ledger.attempts if one.environment == name for _ in range(one.trials)), ledger.goal))
        for name, environment in ledger.environments.items()
    )
