"""All courses that KB 810986 allows, explored exhaustively: what can never happen, and that every case can come to an end."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from cases import FULL, at, duties, opened, recorded
from supportable.core.case import Close, Perform, Record, Try
from supportable.core.conduct import conduct
from supportable.core.ledger import ledger_of
from supportable.core.process import NOT_MET, objections
from supportable.core.rehearsal import END_ORDER, Move, can_go_on, end_of, explore, picture, rehearse


@lru_cache
def explored(service: str = "veritas-cluster-server"):
    return explore(duties(service=service))


def test_the_exploration_is_closed_and_whole():
    """Every state that a step leads to was explored itself, and a course leads to each from the start."""
    found = explored()

    assert len(found.steps) > 500
    assert all(step.after in found.steps for steps in found.steps.values() for step in steps)
    for state in found.steps:
        course = found.course(state)
        assert (course[-1].after if course else found.start) == state


def test_no_open_state_is_without_a_next_act():
    """In every open state somebody has something to do other than the customer giving up."""
    assert [state for state in explored().steps if state.is_open and not can_go_on(state, duties())] == []


def test_removal_is_never_requested_without_both_conditions():
    """In every allowed course, a request for removal comes after failed efforts and a stated basis; it is never made a precondition."""
    requests = [state for state, steps in explored().steps.items() for step in steps if step.move.what == "request-removal"]

    assert requests
    assert all(state.efforts == "failed" and state.basis and state.attribution in ("suspected", "shown") for state in requests)
    assert all(step.move.what != "require-removal-for-help" for steps in explored().steps.values() for step in steps)


def test_a_referral_or_suggestion_has_its_ground():
    """A suggestion to remove comes after the issue was not reproduced; a referral after that, or after a request that was declined."""
    for state, steps in explored().steps.items():
        for step in steps:
            if step.move.what == "suggest-removal":
                assert state.reproduction == "not-reproduced"
            if step.move.what == "refer-to-cluster-vendor":
                assert state.reproduction == "not-reproduced" or (state.efforts == "failed" and state.basis and state.removal == "declined")


def test_every_course_can_end_without_the_customer_giving_up():
    """From every open state a case can come to be closed as resolved or referred."""
    steps = explored().steps
    ends = {state for state in steps if not state.is_open and state.end != "withdrawn"}
    backwards: dict[object, set[object]] = {}
    for state, nexts in steps.items():
        for step in nexts:
            backwards.setdefault(step.after, set()).add(state)
    reached, waiting = set(ends), list(ends)
    while waiting:
        for earlier in backwards.get(waiting.pop(), ()):
            if earlier not in reached:
                reached.add(earlier)
                waiting.append(earlier)

    assert {state for state in steps if state.is_open} - reached == set()


def test_no_allowed_act_is_objected_to():
    """Whatever the exploration lets a party do, the policy holds nothing against it: `rehearse`, `next` and `conduct` agree."""
    for state, steps in explored().steps.items():
        for step in steps:
            if step.move.kind == "act":
                assert objections(duties(), state, step.move.party, step.move.what) == ()


def command_of(move: Move, number: int):
    """What somebody would record in a case when this move happens."""
    when = at(number)
    match move.kind:
        case "act":
            return Perform(move.party, move.what, when)
        case "effort":
            outcome = "resolved" if move.what == "resolved" else "not-resolved"
            return Record("effort", "customer", when, {"effort": f"effort {number}", "outcome": outcome})
        case "attribution":
            return Record("attribution", "support-provider", when, {"attribution": move.what, "basis": "a dump"})
        case "trial":
            appeared = move.what == "reproduced"
            return Try(FULL, "appeared" if appeared else "not-appeared", "support-provider", when, 1 if appeared else 29)
        case "close":
            return Close(move.what, "customer" if move.party != "support-provider" else move.party, when)
    raise AssertionError(move.kind)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_every_course_of_the_model_is_a_course_of_a_case(choices):
    """Recorded in a case, the moves of any allowed course lead to the states of the model, and no act is held against anybody."""
    log, state = opened(), explored().start
    for number, choice in enumerate(choices):
        steps = explored().steps[state]
        if not steps:
            break
        step = steps[choice % len(steps)]
        log, state = recorded(log, command_of(step.move, number)), step.after
        # Whether the basis is stated counts only for what is suspected or shown.
        reached = ledger_of(log).state
        assert reached._replace(basis=state.basis) == state if state.attribution == "unrelated" else reached == state

    assert [one for one in conduct(log, duties(), "2009-03-02") if one.objection.kind != NOT_MET] == []


def test_the_worst_and_the_best_end_are_known():
    """The ends come best first, each with a course that reaches it."""
    found = rehearse(duties())

    assert [end for end, _ in found.ends] == [end for end in END_ORDER if end in dict(found.ends)]
    assert all(end_of(course[-1].after) == end for end, course in found.ends)
    assert {gap.kind for gap in found.gaps} == {"no one troubleshoots", "no primary liaison", "silent vendor"}


def test_the_platforms_own_cluster_service_has_no_such_courses():
    """On the platform's own cluster service nobody may ask for its removal or refer to another vendor."""
    found = rehearse(duties(service="mscs"))

    assert all(one.course is None for one in found.asked)


def test_a_picture_never_leads_back():
    """The edges of the picture lead from earlier stages to later ones, and every stage but the first is led to."""
    edges = picture(explored())

    assert {edge.origin for edge in edges} - {edge.target for edge in edges} == {"open"}
    assert len(set(edges)) == len(edges)


def test_the_opening_of_a_case_is_the_start_of_the_model():
    """A new case about an issue that is related to the workload has the state from which courses are explored."""
    assert ledger_of(opened()).state == explored().start
