"""A case in words, for a terminal: what it is, what may be asked of whom now, what was done out of turn, what its trials decide.

In: what `casework` hands over, and a function that writes a time in the reader's time zone. Out: text. Evidence and people's words come
with their control characters escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from supportable.core.attribution import Attributed, Difference
from supportable.core.clauses import Clause, Pack
from supportable.core.conduct import Next, Objected
from supportable.core.ledger import Environment
from supportable.core.process import Standing, act_words
from supportable.core.rehearsal import Step, Worst
from supportable.core.reproduction import Decision, Plan
from supportable.reports.case_words import (
    MODAL,
    REMOVED,
    WANTING,
    CaseLike,
    Local,
    RehearsedLike,
    VerifiedLike,
    come_to,
    decided,
    ended_by,
    event_words,
    goal_words,
    in_order,
    missing_for,
    party_name,
    silent_parties,
    sources_of,
    together,
    wanting,
)
from supportable.reports.relationships import FOLLOWED, relationships
from supportable.reports.wording import answer, cited, counted, printable


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


def _state(case: CaseLike, width: int) -> Iterator[str]:
    for what, said, event in come_to(case):
        where = f" (event {event})" if event else ""
        yield from _lines(f"{what}: {said}{where}", width, 2, 4)


def _party(one: Next, packs: Mapping[str, Pack], missing: Mapping[str, tuple[str, ...]], width: int) -> Iterator[str]:
    for standing in one.now:
        yield from _lines(f"now: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        if standing.done:
            yield from _lines("(was done all the same)" if "not" in standing.clause.modality else "(has done so)", width, 4, 4)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.unclear:
        yield from _lines(f"perhaps now: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        yield from _wanting(standing, missing, width)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.not_yet:
        yield from _lines(f"not yet: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        yield from _wanting(standing, missing, width)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.done:
        yield from _lines(f"done: {act_words(standing.clause.act)} ({standing.clause.id})", width, 2, 4)
    for standing in one.ended:
        yield from _lines(f"ended: {MODAL[standing.clause.modality]} {act_words(standing.clause.act)}", width, 2, 4)
        yield from _lines(f"since: {ended_by(standing)}", width, 4, 6)
        yield from _quotation(standing.clause, packs, width, 4)
    for standing in one.always:
        yield from _lines(f"always: {standing.clause.says} ({standing.clause.id})", width, 2, 4)


def _wanting(standing: Standing, missing: Mapping[str, tuple[str, ...]], width: int) -> Iterator[str]:
    for kind, words in wanting(standing, missing):
        yield from _lines(f"{WANTING[kind]}: {words}", width, 4, 6)


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


def _environment(environment: Environment, decision: Decision, width: int) -> Iterator[str]:
    level = environment.level or "undecided"
    yield from _lines(f"{printable(environment.name)} ({environment.role}, judged {level})", width, 0, 2)
    for text in decided(environment, decision):
        yield from _lines(text, width, 2, 4)


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
                lines += ["", party_name(one.party, issuer), *_party(one, packs, missing_for(case.verdict), width)]
        if case.ledger.state.removal == "done":
            lines += ["", *_lines(REMOVED, width, 0, 2)]
            return "\n".join(lines) + "\n"
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
        lines += _lines(together(found), width, 0, 2)
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
            f"one trial after the other: {counted(one.when_none_appear, 'trial')} without the issue show that it is not reproduced; "
            f"expected {absent:.1f} if it does not appear, {present:.1f} if it appears at {one.goal.rate:g}",
            "stop as soon as it is decided: looking after every trial does not change the stated risks",
            f"a test of a fixed size makes {counted(one.fixed_trials, 'trial')}, and "
            f"{counted(one.critical, 'appearance')} or more of them mean reproduced",
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
