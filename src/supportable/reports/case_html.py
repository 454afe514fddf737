"""A case or a rehearsal -> HTML pages that stand alone, with the same content as the text report.

In: what `casework` hands over, and a function that writes a time in the reader's time zone. Out: one page, by the template and the rules
of `pages`. Nothing is shown by colour alone: "must not" has a cross and a double border, a clause a solid line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from supportable.core.clauses import Clause, Pack
from supportable.core.conduct import Next, Objected
from supportable.core.events import Event
from supportable.core.ledger import Environment
from supportable.core.process import AGAINST, NOT_MET, NOT_PROVIDED, NOT_SHOWN, act_words
from supportable.core.rehearsal import END_ORDER
from supportable.core.reproduction import Decision, Plan
from supportable.core.verdict import Verdict
from supportable.reports.case_words import (
    MODAL,
    REMOVED,
    WANTING,
    CaseLike,
    Local,
    RehearsedLike,
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
from supportable.reports.html import scale
from supportable.reports.outline import tone_of
from supportable.reports.pages import page
from supportable.reports.relationships import FOLLOWED, relationships
from supportable.reports.stage_map import draw
from supportable.reports.stages import LABELS, TITLES, TONES, diagram
from supportable.reports.wording import Cited, answer, cited

PLACES = (("now", "Now"), ("unclear", "Perhaps now"), ("not_yet", "Not yet"), ("done", "Done"), ("ended", "Over"))

KIND_WORDS = {
    AGAINST: "What is recorded is against the policy.",
    NOT_SHOWN: "Nothing recorded shows that the conditions of the policy held.",
    NOT_PROVIDED: "No clause of the policy allows it.",
    NOT_MET: "A duty that was not done.",
}

_RELATION_TONES = {"known": "full", "ended": "unsupported", "missing": "unsupported", "not known": "open"}


class Interval(NamedTuple):
    """Where the ends of the rate, and the least rate that matters, stand on the drawn line."""

    lower: int
    upper: int
    rate: int


def interval(decision: Decision) -> Interval:
    """Return where the bounds of a decision stand on the drawn line."""
    return Interval(*(20 + round(480 * one) for one in (decision.lower, decision.upper, decision.goal.rate)))


def grouped(found: Sequence[Objected]) -> list[tuple[str, list[tuple[str, list[Objected]]]]]:
    """Return objections by party, and the ones of each party by kind, in the order in which they were found."""
    made: dict[str, dict[str, list[Objected]]] = {}
    for one in found:
        made.setdefault(one.objection.party, {}).setdefault(one.objection.kind, []).append(one)
    return [(party, list(kinds.items())) for party, kinds in made.items()]


class Report:
    """The HTML reports about cases; `local` writes a time in the reader's time zone, the width of the terminal plays no part."""

    def __init__(self, width: int, local: Local) -> None:
        del width
        self.local = local

    def _page(self, template: str, packs: Mapping[str, Pack], **values: Any) -> str:
        def quoted(clause: Clause) -> Cited:
            if clause.id in packs:
                return cited(clause, packs[clause.id])
            return Cited("", f"{clause.citation.document}, {clause.citation.section}")

        filters: dict[str, Callable[..., Any]] = {
            "local": self.local,
            "happened": lambda event: self.local(str(event.body.get("when", event.at))),
            "event_words": event_words,
            "party": party_name,
            "act": act_words,
            "modality": MODAL.__getitem__,
            "quoted": quoted,
            "wanting": wanting,
            "ended_by": ended_by,
            "together": together,
            "come_to": come_to,
            "decided": decided,
            "goal": goal_words,
            "answer": answer,
            "tone": tone_of,
            "stage": lambda name: f"[{TITLES[name]}]" if name in TITLES else LABELS[name],
            "end_tone": dict(zip(END_ORDER, TONES, strict=True)).__getitem__,
        }
        return page(template, filters, scale=_scale, **values)

    def _case(self, template: str, eyebrow: str, case: CaseLike, **values: Any) -> str:
        title = f"{case.id}: {eyebrow[:1].lower()}{eyebrow[1:]}"
        return self._page(template, sources_of(case.verdict), eyebrow=eyebrow, title=title, case=case, **values)

    def listing(self, rows: Iterable[tuple[str, str, str, int, Mapping[str, Any]]], where: str) -> str:
        """Return all cases, a row each."""
        return self._page(
            "case_listing.html.jinja", {}, title="Support cases", wide=True, where=where.strip("`"), rows=[_row(*row) for row in rows]
        )

    def show(self, case: CaseLike) -> str:
        """Return a case: what it is, what it has come to, and everything that happened in it."""
        return self._case("case_show.html.jinja", "Support case", case, events=in_order(case.log))

    def next_acts(self, case: CaseLike, nexts: Sequence[Next], party: str = "") -> str:
        """Return for every party what it must, may and must not do now, and what has to be recorded before the rest."""
        shown = [one._asdict() for one in nexts if party in ("", one.party)]
        silent = silent_parties(case, nexts, party)
        return self._case(
            "case_next.html.jinja",
            "Who may do what now",
            case,
            nexts=shown,
            silent=silent,
            places=PLACES,
            wide=True,
            missing=missing_for(case.verdict),
            labels=WANTING,
            removed=REMOVED,
        )

    def conduct(self, case: CaseLike, found: Sequence[Objected], today: str) -> str:
        """Return what the policy holds against what was done, by party and kind, and which duties were not met by `today`."""
        parties = {one.objection.party for one in found}
        return self._case(
            "case_conduct.html.jinja",
            "Conduct under the policy",
            case,
            groups=grouped(found),
            kind_words=KIND_WORDS,
            events={event.number: event for event in case.log},
            silent=[one for one in ("support-provider", "customer") if one not in parties],
            acts=sum(event.kind in ("acted", "closed") for event in case.log),
            today=today,
        )

    def recorded(self, case: CaseLike, held: Sequence[Objected]) -> str:
        """Return what was recorded last, and what the policy holds against it at once."""
        events: dict[int, Event] = {event.number: event for event in case.log}
        return self._case(
            "case_conduct.html.jinja",
            "Recorded",
            case,
            recorded=case.log[-1],
            groups=grouped(held),
            kind_words=KIND_WORDS,
            events=events,
        )

    def rehearsal(self, one: RehearsedLike) -> str:
        """Return what the policy allows to happen to a deployment, with a picture of the stages."""
        shown = diagram(one.rehearsal)
        return self._page(
            "case_rehearsal.html.jinja",
            sources_of(one.verdict, *one.others),
            title=f"{one.deployment.name}: what may happen if something breaks",
            one=one,
            found=one.rehearsal,
            shown=shown,
            map=draw(shown),
            related=relationships(one.deployment, one.verdict, one.as_of),
            relation_tones=_RELATION_TONES,
            followed=FOLLOWED,
        )

    def reproduction(self, case: CaseLike, found: Sequence[tuple[Environment, Decision]]) -> str:
        """Return what the trials of each environment decide."""
        return self._case("case_reproduction.html.jinja", "What the trials decide", case, found=found, interval=interval)

    def plan(self, one: Plan) -> str:
        """Return how many trials a goal needs."""
        return self._page("case_plan.html.jinja", {}, title="Plan of a reproduction", plan=one)


def _row(case: str, first: str, last: str, count: int, summary: Mapping[str, Any]) -> tuple[str, str, str, int, dict[str, str]]:
    names = ("title", "status", "deployment", "issuer", "level")
    return case, first, last, count, {name: str(summary.get(name) or "") for name in names}


def _scale(verdict: Verdict) -> Any:
    worst, best = verdict.worst, verdict.best
    return scale(worst.word if worst is not None else "", best.word if best is not None else "")
