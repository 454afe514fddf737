"""A case in words, for a terminal: what it is, what may be asked of whom now, what was done out of turn, what its trials decide.

In: what `casework` hands over, and a function that writes a time in the reader's time zone. Out: text. Evidence and people's words come
with their control characters escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, Protocol

from supportable.core.attribution import Attributed, Difference
from supportable.core.clauses import CASE_CONDITIONS, PARTIES, Clause, Pack
from supportable.core.conduct import Next, Objected
from supportable.core.deployment import Deployment
from supportable.core.events import Event
from supportable.core.ledger import Environment, Ledger
from supportable.core.process import CONDITION_OF, Duty, Standing, act_words
from supportable.core.rehearsal import Rehearsal, Step
from supportable.core.reproduction import Decision, Goal, Plan, compare
from supportable.core.truth import FALSE, UNKNOWN
from supportable.core.verdict import Verdict
from supportable.errors import Problem
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


def sources_of(verdict: Verdict) -> dict[str, Pack]:
    """Return the pack of each clause of a verdict."""
    return {finding.clause.id: finding.pack for finding in verdict.findings}


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


def _state(case: CaseLike, width: int) -> Iterator[str]:
    state, shown = case.ledger.state, case.ledger.shown
    for name, (what, words) in _STATE_WORDS.items():
        where = f" (event {shown[name]})" if name in shown else ""
        basis = "" if name != "attribution" or state.attribution not in ("suspected", "shown") or state.basis else ", no basis stated"
        yield from _lines(f"{what}: {words[getattr(state, name)]}{basis}{where}", width, 2, 4)


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


def _stack(deployment: Deployment) -> list[str]:
    """Return the parties that a deployment has by what is in it: those whose product is there."""
    found = ["customer"]
    service = deployment.fact("cluster.service")
    if getattr(service, "value", None) not in (None, "mscs"):
        found.append("cluster-vendor")
    if "hardware.vendor" in deployment.facts or "hardware.model" in deployment.facts:
        found.append("hardware-vendor")
    if any(getattr(item.fact("nodes.virtual"), "value", None) is True for item in deployment.listing("nodes").items):
        found.append("hypervisor-vendor")
    return [party for party in PARTIES if party in found]


def _party(one: Next, packs: Mapping[str, Pack], width: int) -> Iterator[str]:
    for standing in one.now:
        yield from _lines(f"now: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        if standing.done:
            yield from _lines("(was done all the same)" if "not" in standing.clause.modality else "(has done so)", width, 4, 4)
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
        yield from _lines(f"since: {' or '.join(CASE_CONDITIONS[name] for name in standing.clause.until)}", width, 4, 6)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.always:
        yield from _lines(f"always: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)} ({standing.clause.id})", width, 2, 4)


def _wanting(standing: Standing, width: int) -> Iterator[str]:
    for name, truth in standing.lacking:
        if truth is UNKNOWN:
            yield from _lines(f"to be recorded before: {CONDITION_OF[name].record}", width, 4, 6)
        elif truth is FALSE:
            yield from _lines(f"does not hold: {CASE_CONDITIONS[name]}", width, 4, 6)
    if standing.applies is UNKNOWN:
        yield from _lines("it is not known whether the clause applies to this deployment", width, 4, 6)


def course_lines(course: Sequence[Step], width: int, indent: int) -> Iterator[str]:
    """Yield a course as numbered steps."""
    for number, step in enumerate(course, 1):
        move = step.move
        who = "" if move.kind != "act" else f"{party_name(move.party)}: "
        clause = f" ({move.clause.id})" if move.clause is not None else ""
        yield from _lines(f"{number}. {who}{move.words}{clause}", width, indent, indent + 3)


def _relationships(verdict: Verdict, width: int) -> Iterator[str]:
    wanted = [one for one in verdict.findings if one.clause.kind == "recommendation" and _reads_contracts(one.facts, one.missing)]
    words = {"true": "followed", "false": "not followed", "unknown": "not known whether followed: write `contracts:` in a deployment file"}
    for one in wanted:
        yield from _lines(f"{one.clause.says} ({words.get(one.outcome, one.outcome)}; {one.clause.id})", width, 2, 4)
    if not wanted:
        yield "  no clause recommends any"


def _reads_contracts(*reads: Sequence[Any]) -> bool:
    return any(read.field.startswith("contracts") for some in reads for read in some)


def goal_words(goal: Goal) -> str:
    """Return the goal of a reproduction as a sentence."""
    background = f", above a background of {goal.background:g}" if goal.background else ""
    return f"a rate of at least {goal.rate:g}{background}, alpha {goal.alpha:g}, beta {goal.beta:g}"


def _environment(environment: Environment, decision: Decision, width: int) -> Iterator[str]:
    goal, count = decision.goal, decision.count
    level = environment.level or "undecided"
    yield from _lines(f"{printable(environment.name)} ({environment.role}, judged {level})", width, 0, 2)
    if environment.role == "reference" and environment.level != "full":
        yield from _lines("does not count as a reference: it is not known to be fully supported", width, 2, 4)
    said = {
        "reproduced": "reproduced",
        "not-reproduced": f"not reproduced: it does not appear at a rate of {goal.rate:g} or more, with confidence {1 - goal.alpha:g}",
        "undecided": "not decided yet",
    }[decision.outcome]
    yield from _lines(said, width, 2, 4)
    tried = f"{count.appeared} of {count.appeared + count.not_appeared} trials showed the issue"
    none = f"; {count.no_outcome} more had no outcome and count for neither" if count.no_outcome else ""
    yield from _lines(f"{tried}{none}; the rate is between {decision.lower:.3g} and {decision.upper:.3g}", width, 2, 4)
    if decision.outcome == "undecided":
        absent, present = decision.more_expected
        expected = f"expected {absent:.0f} if the issue does not appear, {present:.0f} if it appears at {goal.rate:g}"
        need = f"{counted(decision.more_without, 'more trial')} without the issue decide it"
        if decision.more_with:
            need += ", or one appearance" if decision.more_with == 1 else f", or {decision.more_with} appearances in a row"
        yield from _lines(f"{need}; {expected}", width, 2, 4)
    if decision.contested:
        yield from _lines("later trials alone would have led to the other decision: look for what changed between them", width, 2, 4)
    elif decision.outcome != "undecided" and not decision.holds_whatever:
        yield from _lines("it would not be decided so if the trials without an outcome had come out the other way", width, 2, 4)


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
        for event in sorted(case.log, key=lambda one: (str(one.body.get("when", one.at)), one.number)):
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
        if case.ledger.state.removal == "done":
            text = "the cluster service was removed: what the policy says of it is over; `supportable check` judges what is there now"
            lines += ["", *_lines(text, width, 0, 2)]
            return "\n".join(lines) + "\n"
        speaking = {one.party for one in nexts}
        silent = [name for name in _stack(case.deployment) if name not in speaking and party in ("", name)]
        for name in silent:
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
        last = -1
        for number, when, objection in found:
            if number != last or not number:
                lines += [] if last == -1 else [""]
                if number:
                    lines += _lines(f"event {number}, {local(when)}: {event_words(events[number])}", width, 0, 2)
                else:
                    lines += _lines(f"{party_name(objection.party, issuer)}, to {act_words(objection.act)}:", width, 0, 2)
            lines += _lines(f"{objection.kind}: {objection.why}", width, 2, 4)
            if objection.clause is not None:
                lines += _quotation(objection.clause, packs, width, 4)
            last = number
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
        word = "next" if case.ledger.state.is_open else "conduct"
        lines += _lines(f"what now: `supportable case {word} {case.id}`", width, 2, 4)
        return "\n".join(lines) + "\n"

    def rehearsal(self, one: RehearsedLike) -> str:
        """Return what the policy allows to happen to a deployment, before anything breaks."""
        width = self.width
        packs, issuer = sources_of(one.verdict), one.verdict.issuer
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
        if found.ends:
            kept = [end for end in found.ends if not end[0].startswith("withdrawn")]
            worst, course = (kept or list(found.ends))[-1]
            lines += ["", *_lines(f"The worst end that others can bring about: {worst}", width, 0, 2), *course_lines(course, width, 2)]
        lines += ["", "Where nobody answers for the issue"]
        for gap in found.gaps:
            lines += _lines(f"{gap.kind}: {gap.why}", width, 2, 4)
            lines += course_lines(gap.course, width, 4)
            for clause in gap.clauses:
                lines += _quotation(clause, packs, width, 4)
        if not found.gaps:
            lines.append("  nowhere")
        lines += ["", "Support relationships", *_relationships(one.verdict, width)]
        return "\n".join(lines) + "\n"

    def reproduction(self, case: CaseLike, found: Sequence[tuple[Environment, Decision]]) -> str:
        """Return what the trials of each environment decide."""
        local, width = self.local, self.width
        lines = [*_heading(case, local, width), *_lines(f"goal: {goal_words(case.ledger.goal)}", width, 0, 2)]
        roles = {environment.role: decision for environment, decision in found}
        if len(found) > 1 and {"subject", "reference"} <= roles.keys():
            lines += _lines(compare(roles["subject"], roles["reference"]), width, 0, 2)
        for environment, decision in found:
            lines += ["", *_environment(environment, decision, width)]
        if not found:
            lines += ["", *_lines("no trial is recorded; `supportable reproduce plan` says how many are needed", width, 0, 2)]
        return "\n".join(lines) + "\n"

    def plan(self, one: Plan) -> str:
        """Return how many trials a goal needs."""
        width = self.width
        absent, present = one.expected
        lines = [
            f"goal: {goal_words(one.goal)}",
            f"one appearance after the other: {counted(one.when_none_appear, 'trial')} without the issue show that it is not reproduced; "
            f"expected {absent:.1f} if it does not appear, {present:.1f} if it appears at {one.goal.rate:g}",
            "stop as soon as it is decided: looking after every trial does not change the stated risks",
            f"a test of a fixed size makes {counted(one.fixed_trials, 'trial')}; {counted(one.critical, 'appearance')} say reproduced",
        ]
        return "\n".join(line for text in lines for line in _lines(text, width, 0, 2)) + "\n"

    def verified(self, found: VerifiedLike, by_receipt: bool) -> str:
        """Return whether a case is whole."""
        width = self.width
        lines: list[str] = []
        for problem in found.problems:
            lines += _lines(str(problem), width, 0, 2)
        if not lines:
            checked = "nothing was changed, removed or put in; every content is there; the verdict comes out as it was"
            lines += _lines(f"{found.case}: {counted(found.number, 'event')}: {checked}", width, 0, 2)
            if not by_receipt:
                lines += _lines("without a receipt, a log that was written anew as a whole would not be noticed", width, 2, 2)
        lines += ["receipt:", f"  {found.number}:{found.digest}"]
        return "\n".join(lines) + "\n"

    def run(self, lab: str, found: Sequence[tuple[Environment, Decision]], folder: str, case: str, recorded: int) -> str:
        """Return what the trials of a lab came to."""
        width = self.width
        lines = list(_lines(f"{printable(lab)}: trials and all their output are in {printable(folder)}", width, 0, 2))
        if case:
            lines += _lines(f"{counted(recorded, 'trial')} recorded in case {case}", width, 0, 2)
        for environment, decision in found:
            lines += ["", *_environment(environment, decision, width)]
        return "\n".join(lines) + "\n"

    def attribution(self, case: CaseLike, found: Sequence[Difference], step: Attributed) -> str:
        """Return which component makes the issue appear, or what to try next."""
        width = self.width
        lines = [*_heading(case, self.local, width), "", "The environments differ in"]
        for one in found:
            lines += _lines(
                f"{one.component}: {printable(one.subject)} in the subject, {printable(one.reference)} in the reference", width, 2, 4
            )
        lines += [] if found else ["  nothing"]
        lines += ["", *_lines(step.contradiction or step.why, width, 0, 2)]
        if step.next is not None:
            lines += ["", "Try next an environment with"]
            for one in found:
                side, value = ("subject", one.subject) if one.component in step.next else ("reference", one.reference)
                lines += _lines(f"{one.component}: {printable(value)} (as in the {side})", width, 2, 4)
            role = "subject" if len(step.next) == len(found) else "other" if step.next else "reference"
            more = counted(step.more_at_least, "more trial")
            lines += _lines(f"{more} or more may decide it; record them with the role `{role}`", width, 2, 4)
        for configuration, decision in step.tried:
            names = ", ".join(sorted(configuration)) or "nothing"
            lines += _lines(f"tried with {names} as in the subject: {decision.outcome.replace('-', ' ')}", width, 0, 2)
        for configuration, reason in step.skipped:
            lines += _lines(f"not tried: {', '.join(sorted(configuration))}: {reason}", width, 0, 2)
        return "\n".join(lines) + "\n"
