"""A case and its log: what counts, in which order, and what a policy holds against whom."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import FULL, PARTS, SUBJECT, at, commands, duties, logs, opened, recorded
from supportable.core.case import Close, Perform, Record, Try, begin, handle
from supportable.core.clauses import CASE_CONDITIONS
from supportable.core.conduct import conduct, next_acts
from supportable.core.events import check_log
from supportable.core.ledger import ledger_of, reproduction_of
from supportable.core.process import AGAINST, CONDITION_OF, NOT_MET, NOT_PROVIDED, NOT_SHOWN, State, objections
from supportable.core.truth import TRUE
from supportable.errors import CaseError, SupportableError, UsageError

FAILED = Record("effort", "support-provider", at(1), {"effort": "restart", "outcome": "not-resolved"})
SUSPECTED = Record("attribution", "support-provider", at(2), {"attribution": "suspected", "basis": "a dump"})


def act(party: str, name: str, minute: int) -> Perform:
    return Perform(party, name, at(minute))


def held(log, today: str = "2009-03-02") -> list[tuple[str, str]]:
    return [(one.objection.kind, one.objection.act) for one in conduct(log, duties(), today)]


def test_every_case_condition_of_the_language_has_a_truth():
    """What a pack may write in `when` and `until` is what a case can tell, no more and no less."""
    assert set(CONDITION_OF) == set(CASE_CONDITIONS)
    assert all(condition.truth(State()) in (0, 1, 2) for condition in CONDITION_OF.values())


@settings(max_examples=150)
@given(logs())
def test_a_log_is_sealed_and_only_grows(log):
    """Whatever is recorded, the log is whole, and every event stands where it was put."""
    assert check_log(log) == []
    assert [event.number for event in log] == list(range(1, len(log) + 1))


@settings(max_examples=100)
@given(st.data(), st.lists(st.integers(0, 50), min_size=2, max_size=4, unique=True))
def test_the_order_of_writing_down_does_not_matter(data, minutes):
    """Events count in the order in which they happened: written down in any order they come to the same, and so does the conduct."""
    many = [data.draw(commands(minute)) for minute in minutes]

    results = set()
    for order in list(permutations(many))[:6]:
        log = recorded(opened(), *order)
        ledger = ledger_of(log)
        found = sorted(
            (one.when, one.objection.kind, one.objection.act, str(one.objection.why)) for one in conduct(log, duties(), "2009-03-02")
        )
        results.add((ledger.state, tuple(found)))

    assert len(results) == 1


@settings(max_examples=150)
@given(logs(), st.sampled_from(["2009-03-02", "2010-01-01"]))
def test_the_conduct_of_a_case_only_grows(log, today):
    """What was held against an act stays held against it, whatever is recorded later for a later time."""
    earlier = [one for one in conduct(log[:-1], duties(), today) if one.number] if len(log) > 1 else []

    later = conduct(log, duties(), today)

    assert all(one in later for one in earlier)


@settings(max_examples=150)
@given(logs())
def test_an_act_is_objected_to_just_when_next_does_not_offer_it(log):
    """`next` and `conduct` are one policy: a burden that `next` shows as allowed now is never held against its party, any other is."""
    state = ledger_of(log).state
    if not state.is_open:
        return
    for one in next_acts(state, duties()):
        for standing in (*one.now, *one.not_yet, *one.unclear):
            clause = standing.clause
            if clause.modality != "may" or clause.act == "reproduce-issue":
                continue
            offered = any(other.clause.act == clause.act and other.truth is TRUE for other in one.now)
            assert bool(objections(duties(), state, one.party, clause.act)) is not offered


def test_removal_needs_both_conditions():
    """A request for removal is held against the provider unless efforts failed before it and a basis was stated before it."""
    ask = act("support-provider", "request-removal", 3)

    assert held(recorded(opened(), ask)) == [(NOT_SHOWN, "request-removal")]
    assert held(recorded(opened(), FAILED, ask)) == [(NOT_SHOWN, "request-removal")]
    assert held(recorded(opened(), SUSPECTED, ask)) == [(NOT_SHOWN, "request-removal")]
    assert held(recorded(opened(), FAILED, SUSPECTED, ask)) == []
    assert held(recorded(opened(), FAILED, SUSPECTED, ask._replace(when=at(0)))) == [(NOT_SHOWN, "request-removal")]
    resolved = FAILED._replace(details={"effort": "restart", "outcome": "resolved"})
    assert held(recorded(opened(), resolved, SUSPECTED, ask)) == [(AGAINST, "request-removal")]


def test_removal_is_never_a_precondition():
    """Making removal a condition for help is against the policy at every moment of an open case, also when a request is allowed."""
    demand = act("support-provider", "require-removal-for-help", 4)

    assert held(recorded(opened("no"), demand)) == [(AGAINST, "require-removal-for-help")]
    assert held(recorded(opened(), FAILED, SUSPECTED, demand)) == [(AGAINST, "require-removal-for-help")]


def test_help_is_due_until_the_incompatibility_is_believed():
    """Refusing help is against the policy until an incompatibility is believed with a basis; a suspicion does not end it."""
    refuse = act("support-provider", "refuse-help", 9)
    believed = SUSPECTED._replace(details={"attribution": "shown", "basis": "a dump"})
    no_basis = SUSPECTED._replace(details={"attribution": "shown"})

    assert held(recorded(opened(), refuse)) == [(AGAINST, "refuse-help")]
    assert held(recorded(opened("unknown"), refuse)) == [(NOT_SHOWN, "refuse-help")]
    assert held(recorded(opened("no"), refuse)) == []
    assert held(recorded(opened(), SUSPECTED, refuse)) == [(AGAINST, "refuse-help")]
    assert held(recorded(opened(), no_basis, refuse)) == [(NOT_SHOWN, "refuse-help")]
    assert held(recorded(opened(), believed, refuse)) == []
    assert set(held(recorded(opened(), believed, act("support-provider", "end-help", 9)))) == {(NOT_PROVIDED, "end-help")}


def test_only_trials_in_a_fully_supported_environment_count_as_not_reproduced():
    """Trials elsewhere never let the provider suggest removal, however many; in a fully supported environment they do once they decide."""
    suggest = act("support-provider", "suggest-removal", 9)

    def after(environment, count: int, outcome: str = "not-appeared"):
        return held(recorded(opened(), Try(environment, outcome, "support-provider", at(5), count), suggest))

    assert after(PARTS, 1000) == after(SUBJECT, 1000) == after(FULL, 28) == [(NOT_SHOWN, "suggest-removal")]
    assert after(FULL, 29) == []
    assert after(FULL, 1, "appeared") == [(AGAINST, "suggest-removal")]
    assert after(FULL, 1000, "no-outcome") == [(NOT_SHOWN, "suggest-removal")]


def test_a_vendor_that_is_involved_brings_duties_for_both_sides():
    """After a referral the customer must engage the vendor and the provider tries to assist; closed without, these were not met."""
    refer = act("support-provider", "refer-to-cluster-vendor", 9)
    log = recorded(opened(), Try(FULL, "not-appeared", "support-provider", at(5), 29), refer)
    due = {(one.party, standing.clause.act) for one in next_acts(ledger_of(log).state, duties()) for standing in one.now}

    assert {("customer", "engage-vendor"), ("support-provider", "assist-customer-with-vendor")} <= due
    assert held(recorded(log, act("support-provider", "act-as-primary-liaison", 10))) == [(AGAINST, "act-as-primary-liaison")]
    closed = recorded(log, Close("referred", "support-provider", at(20)))
    assert {name for kind, name in held(closed) if kind == NOT_MET} == {
        "help-troubleshoot",
        "assist-customer-with-vendor",
        "engage-vendor",
    }
    helped = act("support-provider", "help-troubleshoot", 13)
    done = recorded(log, act("customer", "engage-vendor", 11), act("support-provider", "assist-customer-with-vendor", 12), helped)
    assert held(recorded(done, Close("referred", "support-provider", at(20)))) == []


def test_a_deadline_that_passed_is_not_met_also_when_it_was_made_up_for():
    """A duty agreed for a day is not met from the day after, for as long as it is not done, and for good when it was done late."""
    until = Record("deadline", "customer", at(2), {"party": "customer", "act": "engage-vendor", "until": "2009-03-01"})
    log = recorded(opened(), Record("vendor", "customer", at(1), {"text": "y"}), until)

    assert held(log, "2009-03-01") == []
    assert held(log, "2009-03-02") == [(NOT_MET, "engage-vendor")]
    assert held(recorded(log, act("customer", "engage-vendor", 3)), "2009-03-05") == [(NOT_MET, "engage-vendor")]


def test_a_removed_cluster_service_ends_what_is_said_of_it():
    """Once the customer removed the cluster service, no duty about it is in force any more."""
    log = recorded(opened(), FAILED, SUSPECTED, act("support-provider", "request-removal", 3), act("customer", "remove-cluster-service", 4))

    assert next_acts(ledger_of(log).state, duties()) == ()


def test_trials_decide_by_environment():
    """Each environment has its own decision, by the goal that was set before the first trial."""
    goal = Record("goal", "support-provider", at(1), {"rate": 0.5, "alpha": 0.05})
    log = recorded(opened(), goal, Try(FULL, "not-appeared", "support-provider", at(5), 5), Try(SUBJECT, "appeared", "customer", at(6)))

    found = {environment.name: decision.outcome for environment, decision in reproduction_of(ledger_of(log))}

    assert found == {"lab": "not-reproduced", "mail": "reproduced"}
    with pytest.raises(CaseError):
        recorded(log, goal._replace(when=at(9)))


REFUSED = [
    Perform("customer", "request-removal", at(1)),
    Perform("nobody", "request-removal", at(1)),
    Perform("customer", "fly", at(1)),
    Perform("customer", "engage-vendor", "2009-03-02"),
    Perform("customer", "engage-vendor", "2009-03-02T08:59:59Z"),
    Perform("customer", "engage-vendor", "2019-03-02T08:59:59Z"),
    Record("effort", "customer", at(1), {"effort": "x", "outcome": "maybe"}),
    Record("effort", "customer", at(1), {"effort": " ", "outcome": "resolved"}),
    Record("rumour", "customer", at(1), {"text": "x"}),
    Record("note", "nobody", at(1), {"text": "x"}),
    Record("note", "customer", at(1), {"text": " "}),
    Record("attribution", "customer", at(1), {"attribution": "sure"}),
    Record("related", "customer", at(1), {"related": "perhaps"}),
    Record("deadline", "customer", at(1), {"party": "customer", "act": "engage-vendor", "until": "2009-02-30"}),
    Record("deadline", "customer", at(1), {"party": "customer", "act": "", "until": "2009-02-03"}),
    Record("goal", "customer", at(1), {"rate": -1.0}),
    Try(FULL, "appeared", "support-provider", at(1), 0),
    Try(FULL, "appeared", "support-provider", at(1), -1),
    Try(FULL, "appeared", "support-provider", at(1), 10**9),
    Try(FULL, "odd", "support-provider", at(1)),
    Try(FULL._replace(role="odd"), "appeared", "support-provider", at(1)),
    Close("odd", "customer", at(1)),
    Close("withdrawn", "support-provider", at(1)),
]


@pytest.mark.parametrize("command", REFUSED, ids=lambda one: f"{type(one).__name__}-{one[0]}")
def test_what_cannot_be_recorded_is_refused_in_one_sentence(command):
    """Bad input raises an error with a sentence and a hint, and the log stays as it was."""
    log = opened()

    with pytest.raises(SupportableError) as raised:
        handle(log, duties(), command, "2009-04-01T00:00:00Z")

    assert raised.value.hint
    assert "\n" not in raised.value.message


def test_nothing_is_recorded_in_a_closed_case():
    """A closed case takes no command of any kind."""
    log = recorded(opened(), Close("resolved", "customer", at(5)))

    for command in (
        act("customer", "engage-vendor", 6),
        FAILED,
        Try(FULL, "appeared", "customer", at(6)),
        Close("referred", "customer", at(7)),
    ):
        with pytest.raises(CaseError):
            recorded(log, command)


def test_an_environment_keeps_its_name_for_one_deployment():
    """Trials of a deployment that was changed do not count together with those before."""
    log = recorded(opened(), Try(FULL, "not-appeared", "support-provider", at(5)))

    with pytest.raises(CaseError):
        recorded(log, Try(FULL._replace(digest="d" * 64), "not-appeared", "support-provider", at(6)))


def test_no_secret_that_somebody_types_is_kept():
    """Passwords and mail addresses are blacked out before they are kept, wherever text is typed."""
    typed = "password=hunter2 of eva@contoso.example"
    log = recorded(
        (begin("c", "2009-03-02T09:00:00Z", {"title": typed, "when": "2009-03-02T09:00:00Z"}),),
        act("customer", "engage-vendor", 1)._replace(text=typed),
        Record("effort", "customer", at(2), {"effort": typed, "outcome": "resolved", "text": typed}),
        Record("attribution", "customer", at(3), {"attribution": "suspected", "basis": typed}),
        Record("note", "customer", at(4), {"text": typed}),
        Try(FULL, "no-outcome", "customer", at(5), reason=typed),
        Close("resolved", "customer", at(6), typed),
    )

    assert not [event for event in log if "hunter2" in str(event.body) or "contoso.example" in str(event.body)]


def test_a_word_of_the_command_line_is_wrong_use():
    """A word that names nothing is wrong use; what the state of the case forbids is not."""
    with pytest.raises(UsageError):
        recorded(opened(), Perform("nobody", "engage-vendor", at(1)))
