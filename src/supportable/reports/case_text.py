"""A case in words, for a terminal: what it is, what may be asked of whom now, what was done out of turn, what its trials decide.

In: what `casework` hands over, and a function that writes a time in the reader's time zone. Out: text. Evidence and people's words come
with their control characters escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, Protocol

from supportable.core.case import Environment, Ledger, Next, Objected
from supportable.core.clauses import Clause, Pack
from supportable.core.deployment import Deployment
from supportable.core.events import Event
from supportable.core.process import CONDITION_OF, Duty, Standing, act_words
from supportable.core.rehearsal import Rehearsal, Step, Worst
from supportable.core.reproduction import Decision, Goal, Plan
from supportable.core.truth import FALSE, UNKNOWN
from supportable.core.verdict import Verdict
from supportable.reports.relationships import FOLLOWED, relationships, vendors_in
from supportable.reports.wording import answer, cited, counted, printable

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


def _lines(text: str, width: int, first: int, rest: int | None = None) -> Iterator[str]:
    indent = first if rest is None else rest
    yield from wrap(text, width, initial_indent=" " * first, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _quotation(clause: Clause, packs: Mapping[str, Pack], width: int, indent: int) -> Iterator[str]:
    if clause.id in packs:
        quote, place = cited(clause, packs[clause.id])
        yield from _lines(f'"{quote}"' if quote else clause.says, width, indent, indent + 1)
        yield from _lines(f"{place}; {clause.id}", width, indent, indent + 2)


def _heading(case: CaseLike, local: Local, width: int) -> Iterator[str]:
    opening, state = case.opening, case.ledger.state
    yield from _lines(f"{case.id}: {printable(opening['title'])}", width, 0, 2)
    status = "open" if state.is_open else f"closed as {state.end}"
    yield from _lines(
        f"{status}, since {local(opening['when'])}; {printable(opening['deployment']['name'])}, judged for {opening['as_of']}", width, 0, 2
    )
    yield from _lines(f"{opening['issuer']}: {answer(case.verdict)} - in its own words: {case.verdict.label}", width, 0, 2)


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


def _state(case: CaseLike, width: int) -> Iterator[str]:
    for what, said, event in come_to(case):
        where = f" (event {event})" if event else ""
        yield from _lines(f"{what}: {said}{where}", width, 2, 4)


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


def _party(one: Next, packs: Mapping[str, Pack], width: int) -> Iterator[str]:
    for standing in one.now:
        yield from _lines(f"now: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        if standing.done:
            yield from _lines("(has done so)", width, 4, 4)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.unclear:
        yield from _lines(f"perhaps now: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        yield from _wanting(standing, width)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.not_yet:
        yield from _lines(f"not yet: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        yield from _wanting(standing, width)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.done:
        yield from _lines(f"done: {act_words(standing.clause.act)} ({standing.clause.id})", width, 2, 4)
    for standing in one.ended:
        yield from _lines(f"ended: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        yield from _lines(f"since it holds: {' and '.join(CONDITION_OF[name].record for name in standing.clause.until)}", width, 4, 6)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.always:
        yield from _lines(f"always: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)} ({standing.clause.id})", width, 2, 4)


def _wanting(standing: Standing, width: int) -> Iterator[str]:
    for name, truth in standing.lacking:
        if truth is UNKNOWN:
            yield from _lines(f"to be recorded before: {CONDITION_OF[name].record}", width, 4, 6)
        elif truth is FALSE:
            yield from _lines(f"does not hold: {CONDITION_OF[name].record}", width, 4, 6)
    if standing.applies is UNKNOWN:
        yield from _lines("it is not known whether the clause applies to this deployment", width, 4, 6)


def course_lines(course: Sequence[Step], width: int, indent: int) -> Iterator[str]:
    """Yield a course as numbered steps."""
    for number, step in enumerate(course, 1):
        move = step.move
        who = "" if move.kind != "act" else f"{party_name(move.party)}: "
        clause = f" ({move.clause.id})" if move.clause is not None else ""
        yield from _lines(f"{number}. {who}{move.words}{clause}", width, indent, indent + 3)


def _relationships(one: RehearsedLike, width: int) -> Iterator[str]:
    found = relationships(one.deployment, one.verdict, one.as_of)
    packs = sources_of(one.verdict, *one.others)
    for vendor in found.vendors:
        yield from _lines(f"{party_name(vendor.party)}: {vendor.words}", width, 2, 4)
    for finding in found.recommended:
        yield from _lines(f"recommended: {finding.clause.says} ({FOLLOWED.get(finding.outcome, finding.outcome)})", width, 2, 4)
        yield from _quotation(finding.clause, packs, width, 4)
    if not found.recommended:
        yield "  no clause recommends any"


def _worst(one: Worst | None, condition: str, width: int) -> Iterator[str]:
    if one is not None:
        yield ""
        yield from _lines(f"The worst end that others can bring about if the customer {condition}: {one.end}", width, 0, 2)
        for clause in one.neglected:
            yield from _lines(
                f"left undone: {party_name(clause.party)} {MODAL[clause.modality]} {act_words(clause.act)} ({clause.id})", width, 2, 4
            )
        yield from course_lines(one.course, width, 2)


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
        yield (
            f"at least {counted(decision.more_at_least, 'more trial')} needed; expected {absent:.0f} if the issue does not appear, "
            f"{present:.0f} if it appears at {goal.rate:g}"
        )
    if decision.contested:
        yield "later trials alone would have led to the other decision: look for what changed between them"
    elif decision.outcome != "undecided" and not decision.holds_whatever:
        yield "it would not be decided so if the trials without an outcome had come out the other way"


class Report:
    """The text reports about cases, for a terminal of `width` columns; `local` writes a time in the reader's time zone."""

    def __init__(self, width: int, local: Local) -> None:
        self.width = width
        self.local = local

    def listing(self, rows: Iterable[tuple[str, str, str, int, Mapping[str, Any]]], where: str) -> str:
        """Return all cases, a paragraph each: id, first and last time, number of events, and the summary kept with it."""
        local, width = self.local, self.width
        lines: list[str] = []
        for case, first, last, count, summary in rows:
            level = summary.get("level") or "undecided"
            lines += _lines(f"{case}  {printable(str(summary.get('title', '')))}", width, 0, 2)
            about = f"{summary.get('status', '')}; {summary.get('deployment', '')}, {summary.get('issuer', '')}: {level} when opened"
            lines += _lines(f"{about}; {counted(count, 'event')}, {local(first)} to {local(last)}", width, 2, 4)
        if not lines:
            lines += _lines(f"no case is kept in {where}", width, 0, 2)
            lines += _lines('open one: `supportable case open PATH --issue "what does not work"`', width, 0, 2)
        return "\n".join(lines) + "\n"

    def show(self, case: CaseLike) -> str:
        """Return a case: what it is, what it has come to, and everything that happened in it."""
        local, width = self.local, self.width
        lines = [*_heading(case, local, width), "", "Come to", *_state(case, width), "", "Happened"]
        for event in in_order(case.log):
            lines += _lines(f"{event.number:>4}  {local(str(event.body.get('when', event.at)))}  {event_words(event)}", width, 0, 6)
        count, digest = case.log[-1].number, case.log[-1].digest
        lines += ["", *_lines("receipt (keep it elsewhere; `supportable case verify CASE --receipt ...` checks against it):", width, 0, 2)]
        lines.append(f"  {count}:{digest}")
        return "\n".join(lines) + "\n"

    def next_acts(self, case: CaseLike, nexts: Sequence[Next], party: str = "") -> str:
        """Return for every party what it must, may and must not do now, and what has to be recorded before the rest."""
        local, width = self.local, self.width
        packs, issuer = sources_of(case.verdict), case.opening["issuer"]
        lines = [*_heading(case, local, width), *_state(case, width)]
        if not case.ledger.state.is_open:
            lines += ["", *_lines("the case is closed: nothing is due or allowed in it any more", width, 0, 2)]
            return "\n".join(lines) + "\n"
        for one in nexts:
            if party in ("", one.party):
                lines += ["", party_name(one.party, issuer), *_party(one, packs, width)]
        for name in silent_parties(case, nexts, party):
            lines += ["", party_name(name)]
            lines += _lines(f"no document of the {party_name(name)} is among the policies: nothing is known of its duties", width, 2, 2)
        return "\n".join(lines) + "\n"

    def conduct(self, case: CaseLike, found: Sequence[Objected], today: str) -> str:
        """Return what the policy holds against what was done, and which duties were not met by `today`."""
        local, width = self.local, self.width
        packs, issuer = sources_of(case.verdict), case.opening["issuer"]
        lines = [*_heading(case, local, width), ""]
        acts = sum(event.kind in ("acted", "closed") for event in case.log)
        if not found:
            lines += _lines(f"{counted(acts, 'act')} looked at until {today}: the policy holds nothing against any party", width, 0, 2)
            return "\n".join(lines) + "\n"
        events = {event.number: event for event in case.log}
        for number, when, objection in found:
            if number:
                lines += _lines(f"event {number}, {local(when)}: {objection.kind}", width, 0, 2)
                lines += _lines(event_words(events[number]), width, 2, 4)
            else:
                lines += _lines(f"{party_name(objection.party, issuer)}: {objection.kind}: {act_words(objection.act)}", width, 0, 2)
            lines += _lines(objection.why, width, 2, 4)
            if objection.clause is not None:
                lines += _quotation(objection.clause, packs, width, 4)
            lines.append("")
        parties = {one.objection.party for one in found}
        silent = [party_name(party, issuer) for party in ("support-provider", "customer") if party not in parties]
        for party in silent:
            lines += _lines(f"nothing is held against the {party}", width, 0, 2)
        lines += _lines(f"{counted(acts, 'act')} looked at until {today}", width, 0, 2)
        return "\n".join(lines) + "\n"

    def recorded(self, case: CaseLike, held: Sequence[Objected]) -> str:
        """Return what was recorded last, and what the policy holds against it at once."""
        width = self.width
        event = case.log[-1]
        lines = list(_lines(f"{case.id}: recorded as event {event.number}: {event_words(event)}", width, 0, 2))
        packs = sources_of(case.verdict)
        for one in held:
            lines += _lines(f"{one.objection.kind}: {one.objection.why}", width, 2, 4)
            if one.objection.clause is not None:
                lines += _quotation(one.objection.clause, packs, width, 4)
        lines += _lines(f"what now: `supportable case next {case.id}`", width, 2, 4)
        return "\n".join(lines) + "\n"

    def rehearsal(self, one: RehearsedLike) -> str:
        """Return what the policy allows to happen to a deployment, before anything breaks."""
        width = self.width
        packs, issuer = sources_of(one.verdict, *one.others), one.verdict.issuer
        found = one.rehearsal
        states = found.exploration.steps
        lines = [
            *_lines(f"{printable(one.deployment.name)}, rehearsed for {one.as_of} by what was published until {one.known}", width, 0, 2),
            *_lines(f"{issuer}: {answer(one.verdict)} - in its own words: {one.verdict.label}", width, 0, 2),
            *_lines(f"every course that the policy allows: {counted(len(states), 'state')} explored", width, 0, 2),
            "",
            "Can it be asked of us?",
        ]
        for asked in found.asked:
            if asked.course is None:
                lines += _lines(f"{act_words(asked.act)}: never", width, 2, 4)
            else:
                lines += _lines(f"{act_words(asked.act)}: yes, soonest after", width, 2, 4)
                lines += course_lines(asked.course, width, 4)
            if asked.clause is not None:
                lines += _quotation(asked.clause, packs, width, 4)
        if not found.asked:
            lines += _lines("no clause lets anybody ask anything of the customer", width, 2, 4)
        lines += ["", "How can it end? (best first)"]
        for end, course in found.ends:
            lines += _lines(f"{end}, after {counted(len(course), 'step')}", width, 2, 4)
        lines += _worst(found.worst, "does what its own duties ask", width)
        lines += _worst(found.neglectful, "does not do so", width)
        lines += ["", "Where nobody answers for the issue"]
        for gap in found.gaps:
            lines += _lines(f"{gap.kind}: {gap.why}", width, 2, 4)
            lines += course_lines(gap.course, width, 4)
            for clause in gap.clauses:
                lines += _quotation(clause, packs, width, 4)
        if not found.gaps:
            lines.append("  nowhere")
        lines += ["", "Support relationships", *_relationships(one, width)]
        return "\n".join(lines) + "\n"

    def reproduction(self, case: CaseLike, found: Sequence[tuple[Environment, Decision]]) -> str:
        """Return what the trials of each environment decide."""
        local, width = self.local, self.width
        lines = [*_heading(case, local, width), *_lines(f"goal: {goal_words(case.ledger.goal)}", width, 0, 2)]
        for environment, decision in found:
            level = environment.level or "undecided"
            lines += ["", *_lines(f"{printable(environment.name)} ({environment.role}, judged {level})", width, 0, 2)]
            lines += [line for text in decided(environment, decision) for line in _lines(text, width, 2, 4)]
        if not found:
            lines += ["", *_lines("no trial is recorded; `supportable reproduce plan` says how many are needed", width, 0, 2)]
        return "\n".join(lines) + "\n"

    def plan(self, one: Plan) -> str:
        """Return how many trials a goal needs."""
        width = self.width
        absent, present = one.expected
        lines = [
            f"goal: {goal_words(one.goal)}",
            f"one trial after the other: {counted(one.when_none_appear, 'trial')} without the issue show that it is not reproduced; "
            f"expected {absent:.1f} if it does not appear, {present:.1f} if it appears at {one.goal.rate:g}",
            "stop as soon as it is decided: looking after every trial does not change the stated risks",
            f"a test of a fixed size makes {counted(one.fixed_trials, 'trial')}; {counted(one.critical, 'appearance')} say reproduced",
        ]
        return "\n".join(line for text in lines for line in _lines(text, width, 0, 2)) + "\n"
