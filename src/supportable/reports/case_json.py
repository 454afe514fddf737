"""A case -> JSON, schema `supportable/case/1`: the same content as the text report, as plain values.

In: what `casework` hands over. Out: one JSON document; the same case gives the same bytes. Times are UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from supportable.core.attribution import Attributed, Difference
from supportable.core.clauses import Clause
from supportable.core.conduct import Next, Objected
from supportable.core.events import Event
from supportable.core.ledger import Environment
from supportable.core.process import CONDITION_OF, Standing
from supportable.core.rehearsal import Step, Worst, picture
from supportable.core.reproduction import Decision, Goal, Plan
from supportable.core.verdict import Verdict
from supportable.reports.case_words import CaseLike, Local, RehearsedLike, VerifiedLike
from supportable.reports.relationships import relationships

SCHEMA = "supportable/case/1"


def _document(**parts: Any) -> str:
    return json.dumps({"schema": SCHEMA, **parts}, indent=2, ensure_ascii=False) + "\n"


def case_of(case: CaseLike) -> dict[str, Any]:
    """Return a case as plain values, without its events."""
    state, ledger = case.ledger.state, case.ledger
    return {
        "id": case.id,
        "opening": dict(case.opening),
        "verdict_now": verdict_of(case.verdict),
        "state": {
            "open": state.is_open,
            "end": state.end or None,
            "related": state.related,
            "attribution": state.attribution,
            "basis_stated": state.basis,
            "efforts": state.efforts,
            "reproduction": state.reproduction,
            "removal": state.removal,
            "vendor_involved": state.vendor,
            "done": [{"party": party, "act": act} for party, act in sorted(state.done)],
        },
        "shown_by": dict(sorted(ledger.shown.items())),
        "deadlines": [one._asdict() for one in ledger.deadlines],
        "receipt": {"number": case.log[-1].number, "digest": case.log[-1].digest},
    }


def verdict_of(verdict: Verdict) -> dict[str, Any]:
    """Return the ends of a verdict."""
    words = {name: level.word if level is not None else None for name, level in _ends(verdict).items()}
    return {"issuer": verdict.issuer, **words, "label": verdict.label}


def _ends(verdict: Verdict) -> dict[str, Any]:
    return {"level": verdict.level, "worst": verdict.worst, "best": verdict.best}


def event_of(event: Event) -> dict[str, Any]:
    """Return an event as plain values."""
    return {**event._asdict(), "body": dict(event.body)}


def clause_of(clause: Clause | None) -> dict[str, Any] | None:
    """Return a clause with its citation."""
    if clause is None:
        return None
    citation = clause.citation
    return {
        "clause": clause.id,
        "says": clause.says,
        "confidence": clause.confidence,
        "citation": {"document": citation.document, "section": citation.section, "words": citation.words},
    }


def standing_of(one: Standing) -> dict[str, Any]:
    """Return how a duty stands as plain values."""
    clause = one.clause
    return {
        "modality": clause.modality,
        "act": clause.act,
        "in_force": one.truth.name.lower(),
        "applies": one.applies.name.lower(),
        "done": one.done,
        "lacking": [{"condition": name, "truth": truth.name.lower(), "record": CONDITION_OF[name].record} for name, truth in one.lacking],
        **(clause_of(clause) or {}),
    }


def objection_of(one: Objected) -> dict[str, Any]:
    """Return what the policy holds against an act as plain values."""
    objection = one.objection
    return {
        "event": one.number or None,
        "when": one.when or None,
        "kind": objection.kind,
        "party": objection.party,
        "act": objection.act,
        "why": objection.why,
        "clause": clause_of(objection.clause),
    }


def course_of(course: Sequence[Step]) -> list[dict[str, Any]]:
    """Return a course as plain values."""
    return [
        {
            "kind": step.move.kind,
            "party": step.move.party,
            "what": step.move.what,
            "words": step.move.words,
            "clause": step.move.clause.id if step.move.clause else None,
        }
        for step in course
    ]


def _worst(one: Worst | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"end": one.end, "course": course_of(one.course), "left_undone": [clause_of(clause) for clause in one.neglected]}


def decision_of(environment: Environment, decision: Decision) -> dict[str, Any]:
    """Return what the trials of one environment decide."""
    return {
        "environment": environment._asdict(),
        "outcome": decision.outcome,
        "count": decision.count._asdict(),
        "goal": decision.goal._asdict(),
        "more_at_least": decision.more_at_least,
        "more_expected": {"at_background": decision.more_expected[0], "at_rate": decision.more_expected[1]},
        "rate_between": [decision.lower, decision.upper],
        "holds_whatever": decision.holds_whatever,
        "contested": decision.contested,
    }


def _goal(goal: Goal) -> dict[str, float]:
    return goal._asdict()


class Report:
    """The JSON reports about cases; width and time zone play no part in them."""

    def __init__(self, width: int, local: Local) -> None:
        pass

    def listing(self, rows: Iterable[tuple[str, str, str, int, Mapping[str, Any]]], _where: str) -> str:
        """Return all cases with the summaries kept with them."""
        names = ("id", "first_at", "last_at", "events", "summary")
        return _document(cases=[dict(zip(names, (*row[:4], dict(row[4])), strict=True)) for row in rows])

    def show(self, case: CaseLike) -> str:
        """Return a case with all its events."""
        return _document(case=case_of(case), events=[event_of(event) for event in case.log])

    def next_acts(self, case: CaseLike, nexts: Sequence[Next], party: str = "") -> str:
        """Return how every duty of every party stands."""
        found = [
            {"party": one.party, **{name: [standing_of(each) for each in getattr(one, name)] for name in Next._fields[1:]}}
            for one in nexts
            if party in ("", one.party)
        ]
        return _document(case=case_of(case), next=found if case.ledger.state.is_open else [])

    def conduct(self, case: CaseLike, found: Sequence[Objected], today: str) -> str:
        """Return what the policy holds against what was done."""
        return _document(case=case_of(case), until=today, objections=[objection_of(one) for one in found])

    def rehearsal(self, one: RehearsedLike) -> str:
        """Return what the policy allows to happen to a deployment."""
        found, related = one.rehearsal, relationships(one.deployment, one.verdict, one.as_of)
        return _document(
            deployment=one.deployment.name,
            as_of=one.as_of,
            known=one.known,
            verdict=verdict_of(one.verdict),
            states=len(found.exploration.steps),
            asked=[
                {
                    "act": asked.act,
                    "possible": asked.course is not None,
                    "course": course_of(asked.course or ()),
                    "clause": clause_of(asked.clause),
                }
                for asked in found.asked
            ],
            ends=[{"end": end, "course": course_of(course)} for end, course in found.ends],
            gaps=[
                {
                    "kind": gap.kind,
                    "why": gap.why,
                    "course": course_of(gap.course),
                    "clauses": [clause_of(clause) for clause in gap.clauses],
                }
                for gap in found.gaps
            ],
            worst=_worst(found.worst),
            worst_if_duties_are_left_undone=_worst(found.neglectful),
            relationships=[vendor._asdict() for vendor in related.vendors],
            recommended=[{"outcome": finding.outcome, **(clause_of(finding.clause) or {})} for finding in related.recommended],
            picture=[edge._asdict() for edge in picture(found.exploration)],
        )

    def reproduction(self, case: CaseLike, found: Sequence[tuple[Environment, Decision]]) -> str:
        """Return what the trials of each environment decide."""
        return _document(case=case_of(case), goal=_goal(case.ledger.goal), environments=[decision_of(*one) for one in found])

    def plan(self, one: Plan) -> str:
        """Return how many trials a goal needs."""
        return _document(
            plan={**one._asdict(), "goal": one.goal._asdict(), "expected": {"at_background": one.expected[0], "at_rate": one.expected[1]}}
        )

    def recorded(self, case: CaseLike, held: Sequence[Objected]) -> str:
        """Return what was recorded last, and what the policy holds against it at once."""
        return _document(case=case_of(case), event=event_of(case.log[-1]), objections=[objection_of(one) for one in held])

    def verified(self, found: VerifiedLike, by_receipt: bool) -> str:
        """Return whether a case is whole."""
        problems = [problem.message for problem in found.problems]
        receipt = {"number": found.number, "digest": found.digest}
        return _document(id=found.case, whole=not problems, checked_against_receipt=by_receipt, problems=problems, receipt=receipt)

    def run(self, lab: str, found: Sequence[tuple[Environment, Decision]], folder: str, case: str, recorded: int) -> str:
        """Return what the trials of a lab came to."""
        return _document(lab=lab, folder=folder, case=case or None, recorded=recorded, environments=[decision_of(*one) for one in found])

    def attribution(self, case: CaseLike, found: Sequence[Difference], step: Attributed) -> str:
        """Return which component makes the issue appear, or what to try next."""
        return _document(
            case=case_of(case),
            differences=[one._asdict() for one in found],
            causes=step.causes,
            next=sorted(step.next) if step.next is not None else None,
            more_at_least=step.more_at_least,
            why=step.why,
            contradiction=step.contradiction,
            tried=[{"as_in_the_subject": sorted(one), "outcome": decision.outcome} for one, decision in step.tried],
            skipped=[{"as_in_the_subject": sorted(one), "reason": reason} for one, reason in step.skipped],
        )
