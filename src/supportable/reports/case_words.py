"""What every report about cases says in words: parties, events, the state of a case, decisions on trials; formats only dress it.

In: what `casework` hands over. Out: sentences with the control characters of evidence and of people's words escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from supportable.core.clauses import CASE_CONDITIONS, Pack
from supportable.core.conduct import Next
from supportable.core.deployment import Deployment
from supportable.core.events import Event
from supportable.core.ledger import Environment, Ledger
from supportable.core.process import CONDITION_OF, Duty, Standing, act_words
from supportable.core.rehearsal import Rehearsal
from supportable.core.reproduction import Decision, Goal, compare
from supportable.core.truth import UNKNOWN
from supportable.core.verdict import Verdict
from supportable.errors import Problem
from supportable.reports.relationships import vendors_in
from supportable.reports.wording import counted, printable, slot_name

Local = Callable[[str], str]
"""A UTC time of the log -> the reader's own time zone, in words."""


MODAL = {
    "must": "must",
    "must-not": "must not",
    "may": "may",
    "should": "should",
    "should-not": "should not",
    "will-try": "will try to",
}


class CaseLike(Protocol):
    """What a report needs of a case."""

    @property
    def id(self) -> str: ...
    @property
    def log(self) -> tuple[Event, ...]: ...
    @property
    def deployment(self) -> Deployment: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def duties(self) -> tuple[Duty, ...]: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def opening(self) -> Mapping[str, Any]: ...


class RehearsedLike(Protocol):
    """What a report needs of a rehearsal."""

    @property
    def deployment(self) -> Deployment: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def rehearsal(self) -> Rehearsal: ...
    @property
    def as_of(self) -> str: ...
    @property
    def known(self) -> str: ...
    @property
    def others(self) -> tuple[Verdict, ...]: ...


class VerifiedLike(Protocol):
    """What a report needs of a check of a case."""

    @property
    def case(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...


def party_name(party: str, issuer: str = "") -> str:
    """Return a party in words.

    >>> party_name("support-provider", "microsoft")
    'support provider (microsoft)'
    """
    name = party.replace("-", " ")
    return f"{name} ({printable(issuer)})" if issuer and party == "support-provider" else name


def sources_of(*verdicts: Verdict) -> dict[str, Pack]:
    """Return the pack of each clause of some verdicts."""
    return {finding.clause.id: finding.pack for verdict in verdicts for finding in verdict.findings}


_STATE_WORDS = {
    "related": ("related to the workload", {"yes": "yes", "no": "no", "unknown": "not recorded"}),
    "attribution": (
        "put down to",
        {
            "unrelated": "not the cluster service",
            "unknown": "nobody knows",
            "suspected": "the cluster service may be the cause",
            "shown": "the cluster service is believed to be the cause",
        },
    ),
    "efforts": (
        "less drastic efforts",
        {
            "none": "none recorded",
            "pending": "an outcome is open",
            "failed": "did not resolve the issue",
            "resolved": "resolved the issue",
        },
    ),
    "reproduction": (
        "in a fully supported environment",
        {
            "none": "no trials recorded",
            "undecided": "trials have not decided yet",
            "reproduced": "reproduced",
            "not-reproduced": "not reproduced",
        },
    ),
    "removal": (
        "removal of the cluster service",
        {"none": "not asked for", "suggested": "suggested", "requested": "requested", "declined": "declined", "done": "done"},
    ),
}


def come_to(case: CaseLike) -> Iterator[tuple[str, str, int]]:
    """Yield what is recorded of each part of the state, in words, with the event that last set it (0 for none)."""
    state, shown = case.ledger.state, case.ledger.shown
    for name, (what, words) in _STATE_WORDS.items():
        basis = "" if name != "attribution" or state.attribution not in ("suspected", "shown") or state.basis else ", no basis stated"
        yield what, f"{words[getattr(state, name)]}{basis}", shown.get(name, 0)


def in_order(log: Sequence[Event]) -> list[Event]:
    """Return events in the order in which things happened."""
    return sorted(log, key=lambda one: (str(one.body.get("when", one.at)), one.number))


def event_words(event: Event) -> str:
    """Return an event as a sentence."""
    body = event.body
    match event.kind:
        case "opened":
            return f"opened: {printable(body['title'])}"
        case "acted":
            text = f": {printable(body['text'])}" if body["text"] else ""
            return f"{party_name(body['party'])} did this: {act_words(body['act'])}{text}"
        case "tried":
            count, outcome = body["trials"], body["outcome"].replace("-", " ")
            times = "the issue" if count == 1 else f"in {count} trials the issue"
            said = {"appeared": f"{times} appeared", "not appeared": f"{times} did not appear"}.get(
                outcome, f"{counted(count, 'trial')} without an outcome"
            )
            level = body["environment"]["level"] or "undecided"
            place = f"{printable(body['environment']['name'])}, {body['environment']['role']}, judged {level}"
            return f"{party_name(body['by'])}: {said} ({place})"
        case "closed":
            text = f": {printable(body['text'])}" if body["text"] else ""
            return f"closed as {body['end']} by the {party_name(body['by'])}{text}"
        case "recorded":
            return f"{party_name(body['by'])}: {_recorded(body)}"
    return event.kind


def _recorded(body: Mapping[str, Any]) -> str:
    text = f": {printable(str(body['text']))}" if body.get("text") else ""
    match body["what"]:
        case "effort":
            outcome = {"resolved": "resolved the issue", "not-resolved": "did not resolve the issue", "pending": "outcome open"}[
                body["outcome"]
            ]
            return f"effort `{printable(body['effort'])}` {outcome}{text}"
        case "attribution":
            words = _STATE_WORDS["attribution"][1][body["attribution"]]
            basis = f"; basis: {printable(str(body['basis']))}" if body.get("basis") else ""
            files = "".join(f"; {printable(name)} (sha256 {digest[:12]})" for name, digest in body.get("evidence", []))
            return f"attribution {body['attribution']}: {words}{basis}{files}"
        case "related":
            related = {"yes": "related to the workload", "no": "not related to the workload", "unknown": "not known to be related"}
            return f"the issue is {related[body['related']]}{text}"
        case "vendor":
            return f"another vendor is involved{text}"
        case "change":
            return f"a major component of the cluster was changed or updated{text}"
        case "deadline":
            return f"agreed that the {party_name(body['party'])} is to {act_words(body['act'])} by {body['until']}"
        case "goal":
            return "goal of the reproduction: " + goal_words(Goal(**{name: body[name] for name in Goal._fields if name in body}))
    return f"note{text}"


def silent_parties(case: CaseLike, nexts: Sequence[Next], party: str = "") -> tuple[str, ...]:
    """Return the parties that a deployment has by what is in it, and of which no document is among the policies."""
    speaking = {one.party for one in nexts}
    return tuple(name for name in ("customer", *vendors_in(case.deployment)) if name not in speaking and party in ("", name))


def goal_words(goal: Goal) -> str:
    """Return the goal of a reproduction as a sentence."""
    background = f", above a background of {goal.background:g}" if goal.background else ""
    return f"a rate of at least {goal.rate:g}{background}, alpha {goal.alpha:g}, beta {goal.beta:g}"


def decided(environment: Environment, decision: Decision) -> Iterator[str]:
    """Yield what the trials of an environment decide, a sentence each, the decision first."""
    goal, count = decision.goal, decision.count
    yield {
        "reproduced": "reproduced",
        "not-reproduced": f"not reproduced: it does not appear at a rate of {goal.rate:g} or more, with confidence {1 - goal.alpha:g}",
        "undecided": "not decided yet",
    }[decision.outcome]
    if environment.role == "reference" and environment.level != "full":
        yield "does not count as a reference: it is not known to be fully supported"
    tried = f"{count.appeared} of {count.appeared + count.not_appeared} trials showed the issue"
    none = f"; {count.no_outcome} more had no outcome and count for neither" if count.no_outcome else ""
    yield f"{tried}{none}; the rate is between {decision.lower:.3g} and {decision.upper:.3g}"
    if decision.outcome == "undecided":
        absent, present = decision.more_expected
        expected = f"expected {absent:.0f} if the issue does not appear, {present:.0f} if it appears at {goal.rate:g}"
        need = f"{counted(decision.more_without, 'more trial')} without the issue decide it"
        if decision.more_with:
            need += ", or one appearance" if decision.more_with == 1 else f", or {decision.more_with} appearances in a row"
        yield f"{need}; {expected}"
    if decision.contested:
        yield "later trials alone would have led to the other decision: look for what changed between them"
    elif decision.outcome != "undecided" and not decision.holds_whatever:
        yield "it would not be decided so if the trials without an outcome had come out the other way"


def missing_for(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """Return for each clause of which it is not known whether it applies the facts that would tell."""
    return {
        finding.clause.id: tuple(slot_name(read.field, read.item) for read in finding.missing)
        for finding in verdict.findings
        if finding.outcome == "unknown"
    }


WANTING = {"record": "to be recorded before", "against": "does not hold", "missing": "not known whether the clause applies; missing"}


def wanting(standing: Standing, missing: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield what keeps a duty from being in force, each with its kind in `WANTING`."""
    for name, truth in standing.lacking:
        yield ("record", CONDITION_OF[name].record) if truth is UNKNOWN else ("against", CASE_CONDITIONS[name])
    if standing.applies is UNKNOWN:
        yield "missing", ", ".join(missing.get(standing.clause.id, ())) or "what decides it"


def ended_by(standing: Standing) -> str:
    """Return what ended a duty."""
    return " or ".join(CASE_CONDITIONS[name] for name in standing.clause.until)


def together(found: Sequence[tuple[Environment, Decision]]) -> str:
    """Return what the decisions for the subject and the reference mean together, "" unless there are both."""
    roles = {environment.role: decision for environment, decision in found}
    return compare(roles["subject"], roles["reference"]) if {"subject", "reference"} <= roles.keys() else ""


REMOVED = "the cluster service was removed: what the policy says of it is over; `supportable check` judges what is there now"
