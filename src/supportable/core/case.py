"""A case takes commands: `(case, command) -> event`.

In: the log of a case, the duties the policy has for its deployment, and what somebody wants to record. Out: the event that it adds. An
act that the policy does not allow is recorded like any other, because it happened; only what is no sense at all is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from supportable.core.clauses import PARTIES
from supportable.core.deployment import redacted
from supportable.core.events import Event, append, is_time
from supportable.core.ledger import Environment
from supportable.core.process import ACTS, ATTRIBUTIONS, EFFORTS, ENDS, RELATED, Duty, act_words
from supportable.core.reproduction import Goal, check_goal
from supportable.core.trials import OUTCOMES
from supportable.errors import CaseError, UsageError, unknown_word

ROLES = ("subject", "reference", "other")
TRIALS_MAX = 10_000


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


def begin(case: str, at: str, opening: Mapping[str, Any]) -> Event:
    """Return the first event of a case; raise `UsageError` for an issue that says nothing."""
    if not str(opening.get("title", "")).strip():
        raise UsageError("a case needs an issue", None, 'say in one sentence what does not work: `--issue "..."`')
    _one_of(str(opening.get("related", "unknown")), RELATED, "answer to whether the issue is related to the workload")
    return append((), case, at, "opened", _without_secrets(opening))


_TYPED = ("title", "text", "basis", "reason", "effort")


def _without_secrets(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with secrets and mail addresses blacked out in what people typed: a log cannot be cleaned later."""
    return {name: redacted(value) if name in _TYPED and isinstance(value, str) else value for name, value in body.items()}


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
    return append(log, case, at, kind, _without_secrets(body))


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
