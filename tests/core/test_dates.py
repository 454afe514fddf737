"""Dates of documents, clauses and rows: what counts on which day."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import DAYS, dated_packs

from supportable.core.clauses import calendar_of, select
from supportable.core.conditions import InMatrix, Is, Matrix, Row
from supportable.core.dates import Dates, day_from
from supportable.core.deployment import deployment_of
from supportable.core.evaluate import evaluate
from supportable.core.facts import Known, Source
from supportable.core.truth import Truth

NEAR = st.sampled_from([day_from(day, days) for day in DAYS for days in (-1, 0, 1)])


@given(dated_packs(), NEAR, NEAR, NEAR, NEAR)
def test_a_pack_is_another_only_on_the_days_of_its_calendar(pack, as_of, known, other_as_of, other_known):
    """Two pairs of dates of one period of the calendar select the same clauses and the same tables."""
    calendar = calendar_of(pack)
    if calendar.period(as_of, known) != calendar.period(other_as_of, other_known):
        return
    one, other = select(pack, (), as_of, known), select(pack, (), other_as_of, other_known)
    assert (one.clauses, one.matrices) == (other.clauses, other.matrices)


@given(dated_packs(), NEAR, NEAR)
def test_each_clause_is_in_force_or_set_aside_with_a_reason(pack, as_of, known):
    """Nothing vanishes for its dates without being named."""
    chosen = select(pack, (), as_of, known)
    named = {name for name, _ in chosen.set_aside}
    left = {clause.id for clause in pack.clauses} - {clause.id for clause in chosen.clauses}
    assert left <= named or "D1" in named
    assert not named & {clause.id for clause in chosen.clauses}


def listed(row: Row, as_of: str, known: str, unlisted: Truth = Truth.UNKNOWN) -> Truth:
    matrix = Matrix("m", ("workload.release",), (row,), unlisted)
    deployment = deployment_of("one", {"workload.release": Known("2016", (Source("f", 1),))}, {})
    return evaluate(InMatrix("m"), deployment, {"m": matrix.on(as_of, known)}).truth


def test_a_row_lists_until_its_last_day_and_rules_out_from_the_next():
    """The day a support ends still counts; the day after, the table says no, whatever it says of what is not listed."""
    row = Row("r", (Is("workload.release", ("2016",)),), True, Dates(until="2025-10-14"))
    for unlisted in Truth:
        assert listed(row, "2025-10-14", "2025-10-14", unlisted) is Truth.TRUE
        assert listed(row, "2025-10-15", "2025-10-14", unlisted) is Truth.FALSE


def test_a_row_that_nobody_knew_is_not_there():
    """Before it was published, and from the day it was withdrawn, a row says nothing; before its first day neither."""
    row = Row("r", (Is("workload.release", ("2016",)),), True, Dates("2020-01-01", None, "2019-05-01", "2023-01-01"))
    assert listed(row, "2021-01-01", "2019-04-30") is Truth.UNKNOWN
    assert listed(row, "2021-01-01", "2019-05-01") is Truth.TRUE
    assert listed(row, "2021-01-01", "2022-12-31") is Truth.TRUE
    assert listed(row, "2021-01-01", "2023-01-01") is Truth.UNKNOWN
    assert listed(row, "2019-12-31", "2020-01-01") is Truth.UNKNOWN


def test_what_was_ruled_out_until_a_day_is_free_from_the_next():
    """An exclusion ends with its last day."""
    row = Row("r", (Is("workload.release", ("2016",)),), False, Dates(until="2025-10-14"))
    assert listed(row, "2025-10-14", "2025-10-14", Truth.TRUE) is Truth.FALSE
    assert listed(row, "2025-10-15", "2025-10-14", Truth.TRUE) is Truth.TRUE
