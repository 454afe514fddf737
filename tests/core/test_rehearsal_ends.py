"""The worst ends of a rehearsal, with the customer's own duties done and left undone, and the stages that a picture shows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from supportable import casework
from supportable.core.rehearsal import END_ORDER, STAGES, end_of, left_undone, picture, stage_of, stages_along, within_stages
from supportable.core.truth import FALSE

DAY = "2026-11-25"
MAIL = Path(__file__).parents[2] / "examples" / "contoso-mail"


@pytest.fixture(scope="module")
def mail():
    """The rehearsal of the example by KB 810986."""
    return casework.rehearse_evidence([MAIL], ["KB810986"], [], "", DAY, DAY, None)


def closed_by_others(one):
    """Every closed state that the customer did not bring about by giving up, with its place among the ends."""
    return [state for state in one.rehearsal.exploration.steps if not state.is_open and state.end != "withdrawn"]


def test_no_end_is_worse_than_the_worst(mail):
    """Of all ends with the customer's duties done none is worse than `worst`, of all others none is worse than `neglectful`."""
    for dutiful, worst in ((True, mail.rehearsal.worst), (False, mail.rehearsal.neglectful)):
        ends = [end_of(state) for state in closed_by_others(mail) if (not left_undone(state, mail.duties)) is dutiful]
        assert worst is not None and worst.end == max(ends, key=END_ORDER.index)
        assert bool(worst.neglected) is not dutiful
        assert end_of(worst.course[-1].after) == worst.end


def test_a_customer_who_engages_the_vendor_is_not_left_alone(mail):
    """By KB 810986 the customer who does its own duty is at worst referred to a vendor it has engaged, else to one nobody did."""
    assert mail.rehearsal.worst.end == "referred to the vendor, whom the customer engaged"
    assert mail.rehearsal.neglectful.end == "referred to the vendor, whom nobody engaged"
    assert [clause.id for clause in mail.rehearsal.neglectful.neglected] == ["kb810986.customer-engages-vendor"]


def test_what_is_left_undone_is_a_duty_of_the_customer_that_applies(mail):
    """Nothing is held against the customer that its clauses do not ask, or that it has done."""
    applying = {one.clause for one in mail.duties if one.applies is not FALSE and one.clause.party == "customer"}
    for state in mail.rehearsal.exploration.steps:
        for clause in left_undone(state, mail.duties):
            assert clause in applying and (clause.party, clause.act) not in state.done


def test_a_case_whose_cluster_service_was_removed_is_not_closed_as_referred(mail):
    """Whoever has removed the cluster service has no use for its vendor: that case is resolved or withdrawn."""
    assert {state.end for state in mail.rehearsal.exploration.steps if state.removal == "done" and not state.is_open} == {
        "resolved",
        "withdrawn",
    }


def test_every_move_is_drawn_or_told(mail):
    """Each move of the exploration is an edge of the picture, or stands among what happens within stages; edges lead on, never back."""
    exploration = mail.rehearsal.exploration
    edges = picture(exploration)
    told = {(edge.party, edge.words, edge.clause) for edge in (*edges, *within_stages(exploration))}
    moves = {(move.party, move.words, move.clause.id if move.clause else "") for steps in exploration.steps.values() for move, _ in steps}

    assert moves == told
    assert all(STAGES.index(edge.origin) < STAGES.index(edge.target) for edge in edges)
    assert {stage_of(state) for state in exploration.steps} == {"open", *(edge.target for edge in edges)}


def test_a_course_passes_through_stages_that_edges_join(mail):
    """The stages along any shortest course are joined by edges of the picture."""
    exploration = mail.rehearsal.exploration
    joined = {(edge.origin, edge.target) for edge in picture(exploration)}

    for asked in mail.rehearsal.asked:
        if asked.course:
            along = stages_along(exploration, asked.course)
            assert all(pair in joined for pair in pairwise(along))
