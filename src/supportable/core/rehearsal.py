"""Every course that the policy allows for a deployment, before anything breaks: what can happen, after what, and how it can end.

In: the duties of a deployment. Out: the explored states with the moves between them, the shortest course to anything one asks about,
and states in which no party's text has anybody answer for the issue. A support provider and the vendors move only as the policy allows;
the customer moves as it likes; efforts, trials and findings come out either way. The states are those of `process.State`, reached
by the very functions that a case uses, so that what is shown here holds for cases.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from supportable.core.clauses import Clause
from supportable.core.process import ACTS, ONGOING, Duty, State, act_words, after_act, standings
from supportable.core.truth import FALSE, TRUE

_ANYONE = "anyone"
_DOABLE = ("may", "must", "should", "will-try")
_OWED = ("must", "should", "will-try")
_TROUBLESHOOT = "help-troubleshoot"


class Move(NamedTuple):
    """One thing that can happen: by whom, what in words, and the clause that allows or asks for it, if one does.

    `kind` is `act`, or what is recorded: effort, related, attribution, trial, vendor, change, close.
    """

    kind: str
    party: str
    what: str
    words: str
    clause: Clause | None = None


class Step(NamedTuple):
    """A move and the state after it."""

    move: Move
    after: State


class Exploration(NamedTuple):
    """All states that can be reached: for each the steps out of it, and the step before on a shortest course to it."""

    start: State
    steps: dict[State, tuple[Step, ...]]
    before: dict[State, tuple[State, Move]]

    def course(self, state: State) -> tuple[Step, ...]:
        """Return a shortest course from the start to a state."""
        found: list[Step] = []
        while state in self.before:
            earlier, move = self.before[state]
            found.append(Step(move, state))
            state = earlier
        return tuple(reversed(found))

    def first(self, wanted: Callable[[State], bool]) -> State | None:
        """Return the nearest state of a kind, `None` when there is none. States stand in the order in which they were reached."""
        return next((state for state in self.steps if wanted(state)), None)


def explore(duties: Sequence[Duty], start: State | None = None) -> Exploration:
    """Return every state that can be reached from `start` (a new case, the issue being related to the workload)."""
    first = start or State(related="yes")
    duties = [one for one in duties if one.applies is not FALSE]
    steps: dict[State, tuple[Step, ...]] = {}
    before: dict[State, tuple[State, Move]] = {}
    waiting = deque([first])
    seen = {first}
    while waiting:
        state = waiting.popleft()
        steps[state] = tuple(moves(state, duties))
        for move, after in steps[state]:
            if after not in seen:
                seen.add(after)
                before[after] = (state, move)
                waiting.append(after)
    return Exploration(first, steps, before)


def moves(state: State, duties: Sequence[Duty]) -> Iterator[Step]:
    """Yield everything that can happen next; nothing in a closed case."""
    if not state.is_open:
        return
    yield from _acts(state, duties)
    yield from _findings(state)
    yield from _ends(state)


def _acts(state: State, duties: Sequence[Duty]) -> Iterator[Step]:
    for one in standings(duties, state):
        clause = one.clause
        # What a party goes on doing changes nothing by itself.
        if one.truth is TRUE and clause.modality in _DOABLE and (clause.when or clause.until) and clause.act not in ONGOING:
            yield from _act(state, clause.party, clause.act, clause)
    for act in ("remove-cluster-service", "decline-removal"):
        if state.removal in ("suggested", "requested"):
            yield from _act(state, "customer", act, None)
    if any("information-requested" in one.clause.when for one in standings(duties, state)):
        yield from _act(state, "customer", "ask-for-information", None)


def _act(state: State, party: str, act: str, clause: Clause | None) -> Iterator[Step]:
    after = after_act(state, party, act)
    if after != state:
        yield Step(Move("act", party, act, act_words(act), clause), after)


_EFFORTS = {"failed": "a less drastic effort does not resolve the issue", "resolved": "the issue is resolved by an effort"}


def _findings(state: State) -> Iterator[Step]:
    for outcome, words in _EFFORTS.items():
        if state.efforts not in ("resolved", outcome):
            yield Step(Move("effort", _ANYONE, outcome, words), state._replace(efforts=outcome))
    if state.related == "unknown":
        for answer in ("yes", "no"):
            words = f"the issue is found {'related' if answer == 'yes' else 'not related'} to the workload"
            yield Step(Move("related", _ANYONE, answer, words), state._replace(related=answer))
    if ("support-provider", "reproduce-issue") in state.done and state.reproduction in ("none", "undecided"):
        for outcome in ("reproduced", "not-reproduced"):
            words = f"the issue is {outcome.replace('-', ' ')} in a fully supported environment"
            yield Step(Move("trial", _ANYONE, outcome, words), state._replace(reproduction=outcome))
    for attribution in _attributions(state):
        basis = attribution in ("suspected", "shown")
        move = Move("attribution", "support-provider", attribution, _ATTRIBUTED[attribution])
        yield Step(move, state._replace(attribution=attribution, basis=basis))


_ATTRIBUTED = {
    "unrelated": "the cluster service is found not to be the cause",
    "suspected": "the cluster service may be the cause, and the basis is stated",
    "shown": "the cluster service is believed to be the cause, and the basis is stated",
}


def _attributions(state: State) -> tuple[str, ...]:
    # A finding grows firmer; that it can be taken back as well adds courses and no new end.
    return {"unknown": ("suspected", "shown", "unrelated"), "suspected": ("shown", "unrelated")}.get(state.attribution, ())


def _ends(state: State) -> Iterator[Step]:
    if state.efforts == "resolved" or state.removal == "done":
        words = "the case is closed as resolved"
        yield Step(Move("close", _ANYONE, "resolved", words), state._replace(is_open=False, end="resolved"))
    # Whoever has removed the cluster service has no use for its vendor.
    if state.removal != "done" and any(act.startswith("refer-to-") for _, act in state.done):
        words = "the case is closed as referred"
        yield Step(Move("close", "support-provider", "referred", words), state._replace(is_open=False, end="referred"))
    yield Step(Move("close", "customer", "withdrawn", "the customer withdraws the case"), state._replace(is_open=False, end="withdrawn"))


def can_go_on(state: State, duties: Sequence[Duty]) -> bool:
    """Return whether somebody has something to do in an open case other than the customer giving up."""
    ongoing = (one for one in standings(duties, state) if one.truth is TRUE and one.clause.act in ONGOING)
    return any(True for _ in ongoing) or any(step.after.end != "withdrawn" for step in moves(state, duties))


END_ORDER = (
    "resolved, the cluster service kept",
    "resolved, after the cluster service was removed",
    "referred to the vendor, whom the customer engaged",
    "referred to the vendor, whom nobody engaged",
    "withdrawn by the customer",
)
"""How a case can end, best first for a customer who wants to keep the deployment."""


def end_of(state: State) -> str:
    """Return which end a closed state is."""
    if state.end == "resolved":
        return END_ORDER[1] if state.removal == "done" else END_ORDER[0]
    if state.end == "referred":
        return END_ORDER[2] if ("customer", "engage-vendor") in state.done else END_ORDER[3]
    return END_ORDER[4]


class Asked(NamedTuple):
    """Whether something can be asked of the customer: the shortest allowed course to it, and the clause; `course` is `None` when never."""

    act: str
    course: tuple[Step, ...] | None
    clause: Clause | None


class Gap(NamedTuple):
    """A state in which nobody's text has anybody answer for the issue, a shortest course to it, and the clauses that leave it so.

    `kind` is `no one troubleshoots` (no party must, should or will try to), `no primary liaison` (another vendor is involved, and no text
    makes anyone the liaison), `silent vendor` (the customer is sent to a party of which no text is known) or `circle` (the texts of two
    parties send the customer to each other).
    """

    kind: str
    why: str
    course: tuple[Step, ...]
    clauses: tuple[Clause, ...]


class Worst(NamedTuple):
    """The worst end that others can bring about, a shortest course to it, and the duties of its own that the customer leaves undone."""

    end: str
    course: tuple[Step, ...]
    neglected: tuple[Clause, ...]


class Rehearsal(NamedTuple):
    """What can happen to a deployment: `ends` are the ways it can end, each with a shortest course, best first.

    `worst` is the worst end if the customer does all that its own duties ask, `neglectful` the worst if it does not; `None` when no course
    ends so (`neglectful`: when no duty of the customer can be left undone). That the customer gives up counts for neither.
    """

    exploration: Exploration
    asked: tuple[Asked, ...]
    ends: tuple[tuple[str, tuple[Step, ...]], ...]
    gaps: tuple[Gap, ...]
    worst: Worst | None = None
    neglectful: Worst | None = None


def rehearse(duties: Sequence[Duty]) -> Rehearsal:
    """Return what the policy allows to happen in a case about this deployment."""
    found = explore(duties)
    burdens = [act for act, one in ACTS.items() if one.burdens and not one.denies]
    ends: dict[str, State] = {}
    for state in found.steps:
        if not state.is_open:
            ends.setdefault(end_of(state), state)
    asked = tuple(_asked(found, duties, act) for act in burdens if _named(duties, act))
    shortest = tuple((end, found.course(ends[end])) for end in END_ORDER if end in ends)
    return Rehearsal(found, asked, shortest, support_gaps(found, duties), *_worst(found, duties))


def _worst(found: Exploration, duties: Sequence[Duty]) -> tuple[Worst | None, Worst | None]:
    """Return the worst ends with the customer's own duties done, and with one of them left undone."""
    worst: dict[bool, State] = {}
    for state in found.steps:
        if state.is_open or state.end == "withdrawn":
            continue
        dutiful = not left_undone(state, duties)
        if dutiful not in worst or END_ORDER.index(end_of(state)) > END_ORDER.index(end_of(worst[dutiful])):
            worst[dutiful] = state
    made = {one: Worst(end_of(state), found.course(state), left_undone(state, duties)) for one, state in worst.items()}
    return made.get(True), made.get(False)


def left_undone(state: State, duties: Sequence[Duty]) -> tuple[Clause, ...]:
    """Return the duties of the customer that are in force in a case and that it has not done."""
    # A closed case asks nothing of anybody: what counts is how things stood before it was closed.
    now = standings(duties, state._replace(is_open=True))
    own = (one for one in now if one.clause.party == "customer" and one.clause.modality in _OWED and (one.clause.when or one.clause.until))
    return tuple(one.clause for one in own if one.truth is TRUE and not one.done)


def _named(duties: Sequence[Duty], act: str) -> bool:
    return any(one.clause.act == act for one in duties if one.applies is not FALSE)


def _asked(found: Exploration, duties: Sequence[Duty], act: str) -> Asked:
    for state, steps in found.steps.items():
        for move, after in steps:
            if move.kind == "act" and move.what == act:
                return Asked(act, (*found.course(state), Step(move, after)), move.clause)
    return Asked(act, None, next((one.clause for one in duties if one.clause.act == act), None))


def support_gaps(found: Exploration, duties: Sequence[Duty]) -> tuple[Gap, ...]:
    """Return each kind of gap once, with the nearest state that shows it."""
    # Once the cluster service is removed, the case is about another deployment.
    open_states = [state for state in found.steps if state.is_open and state.removal != "done"]
    gaps = (_untended(found, duties, open_states), _no_liaison(found, duties, open_states), *_referrals(found, duties, open_states))
    return tuple(gap for gap in gaps if gap is not None)


_POINTING = ("engage-vendor", "contact-hardware-vendor", "refer-to-cluster-vendor", "refer-to-support-provider")
"""Acts that send the customer to another party."""


def _untended(found: Exploration, duties: Sequence[Duty], states: Sequence[State]) -> Gap | None:
    for state in states:
        now = standings(duties, state)
        help_clauses = tuple(one.clause for one in now if one.clause.act == _TROUBLESHOOT and one.clause.modality in _OWED)
        if any(one.truth is TRUE and one.clause in help_clauses for one in now):
            continue
        pointing = tuple(one.clause for one in now if one.truth is TRUE and one.clause.act in _POINTING and one.clause.modality in _DOABLE)
        why = "no text has any party troubleshoot the issue" + (" any longer" if found.course(state) else "")
        if not help_clauses and pointing:
            why = "no text has any party troubleshoot the issue, and what is in force points to another party"
        elif not help_clauses:
            why = "no text says who troubleshoots the issue (for a fully supported deployment this may go without saying)"
        return Gap("no one troubleshoots", why, found.course(state), help_clauses or pointing)
    return None


def _no_liaison(found: Exploration, duties: Sequence[Duty], states: Sequence[State]) -> Gap | None:
    for state in states:
        own = [one for one in standings(duties, state) if one.truth is TRUE and one.clause.act == "act-as-primary-liaison"]
        refusing = tuple(one.clause for one in own if one.clause.modality in ("must-not", "should-not"))
        if refusing and len(refusing) == len(own):
            why = "another vendor is involved, and no text makes any party the primary liaison"
            return Gap("no primary liaison", why, found.course(state), refusing)
    return None


def _referrals(found: Exploration, duties: Sequence[Duty], states: Sequence[State]) -> Iterator[Gap]:
    speaking = {one.clause.party for one in duties if one.applies is not FALSE}
    sent = {act: tuple(one.clause for one in duties if one.clause.act == act and one.applies is not FALSE) for act in ACTS}
    to_vendor, back = "refer-to-cluster-vendor", "refer-to-support-provider"
    referred = next((state for state in states if _has_done(state, to_vendor)), None)
    if referred is not None and "cluster-vendor" not in speaking:
        why = "the customer is sent to the vendor of the cluster service, and no document of that vendor is among the policies"
        yield Gap("silent vendor", why, found.course(referred), sent[to_vendor])
    both = next((state for state in states if _has_done(state, to_vendor) and _has_done(state, back)), None)
    if both is not None:
        yield Gap("circle", "each party's text sends the customer to the other", found.course(both), (*sent[to_vendor], *sent[back]))


def _has_done(state: State, act: str) -> bool:
    return any(done == act for _, done in state.done)


STAGES = (
    "open", "unrelated", "suspected", "believed", "not reproduced", "reproduced",
    "removal suggested", "removal requested", "removal declined", "referred", "vendor engaged", "removed",
    "closed: resolved", "closed: resolved after removal",
    "closed: referred, vendor engaged", "closed: referred, no vendor engaged", "closed: withdrawn",
)  # fmt: skip
"""The states of a picture: each state of the exploration is shown as the furthest of these. The last are `END_ORDER`."""


def stage_of(state: State) -> str:
    """Return the stage at which a state is shown."""
    if not state.is_open:
        return STAGES[END_ORDER.index(end_of(state)) - len(END_ORDER)]
    # Once the cluster service is removed, the case is about another deployment, whatever came before.
    if state.removal == "done":
        return "removed"
    if ("support-provider", "refer-to-cluster-vendor") in state.done:
        return "vendor engaged" if ("customer", "engage-vendor") in state.done else "referred"
    if state.removal != "none":
        return f"removal {state.removal}"
    if state.reproduction in ("reproduced", "not-reproduced"):
        return state.reproduction.replace("-", " ")
    return {"unrelated": "unrelated", "suspected": "suspected", "shown": "believed"}.get(state.attribution, "open")


class Edge(NamedTuple):
    """One way from a stage to another, in words, with the clause that allows it; `kind` is that of the move."""

    origin: str
    target: str
    party: str
    words: str
    clause: str
    kind: str


def picture(found: Exploration) -> tuple[Edge, ...]:
    """Return the stages' edges, each once, in the order in which they are reached.

    What leads back is left out, unless it is the only way to a stage.
    """
    edges = _edges(found)
    onward = [edge for edge in edges if STAGES.index(edge.origin) < STAGES.index(edge.target)]
    reached = {stage_of(found.start)}
    # An onward edge never comes before one that leads to its origin when they stand in the order of their origins.
    for edge in sorted(onward, key=lambda edge: STAGES.index(edge.origin)):
        if edge.origin in reached:
            reached.add(edge.target)
    kept = {*onward, *(edge for edge in edges if edge.target not in reached and edge.origin != edge.target)}
    return tuple(edge for edge in edges if edge in kept)


def within_stages(found: Exploration) -> tuple[Edge, ...]:
    """Return what can happen without leading to a further stage: each move once, with the first stage in which it can happen."""
    shown = {edge[2:] for edge in picture(found)}
    kept: dict[tuple[str, ...], Edge] = {}
    for edge in _edges(found):
        if edge[2:] not in shown:
            kept.setdefault(edge[2:], edge)
    return tuple(kept.values())


def _edges(found: Exploration) -> tuple[Edge, ...]:
    edges: dict[Edge, None] = {}
    for state, steps in found.steps.items():
        for move, after in steps:
            clause = move.clause.id if move.clause else ""
            edges.setdefault(Edge(stage_of(state), stage_of(after), move.party, move.words, clause, move.kind))
    return tuple(edges)


def stages_along(found: Exploration, course: Sequence[Step]) -> tuple[str, ...]:
    """Return the stages that a course passes through, each once."""
    return tuple(dict.fromkeys(stage_of(state) for state in (found.start, *(step.after for step in course))))
