"""Both sides held to the text: what each party may and must do now, and what the policy holds against what was done.

In: the log of a case and the duties the policy has for its deployment. Out: `Next` for each party; objections, each with its clause. An
act that the policy did not allow stays in the log, because it happened; it is held against the clause here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from supportable.core.clauses import PARTIES
from supportable.core.events import Event
from supportable.core.ledger import Done, Fold, Ledger, happened
from supportable.core.process import NOT_MET, ONGOING, Duty, Objection, Standing, State, objections, standings
from supportable.core.truth import FALSE, TRUE


class Objected(NamedTuple):
    """An objection of the policy, and the event it is about (0 for a duty that was not done)."""

    number: int
    when: str
    objection: Objection


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
    fold, found = Fold(log[0]), []
    for done in happened(log):
        if done.kind in ("acted", "closed"):
            found += [Objected(done.number, done.when, one) for one in _objections(duties, fold.state_now(), done)]
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
