"""Rows of dated tables that have ended: which of them a finding names."""

from __future__ import annotations

import pytest

from supportable.app import example_deployment, load_packs
from supportable.core.clauses import Pack, select
from supportable.core.dates import NO_DAY, day_from
from supportable.core.endings import endings
from supportable.core.verdict import outcome_of

LIFE_CYCLES: Pack = next(pack for pack in load_packs() if pack.id == "microsoft-lifecycle")
EXAMPLES = [(clause, example) for clause in LIFE_CYCLES.clauses for example in clause.examples]


@pytest.mark.parametrize(("clause", "example"), EXAMPLES, ids=[f"{clause.id}:{example.place.line}" for clause, example in EXAMPLES])
def test_a_row_is_named_where_its_end_is_why(clause, example):
    """No ending is named where the clause holds; where one is named, the clause held on the last day and fails the day after."""
    deployment = example_deployment(example)
    matrices = tuple(matrix.on(example.as_of, example.as_of) for matrix in LIFE_CYCLES.matrices)
    found = endings(clause, matrices, deployment)

    if example.kind in ("holds", "unknown"):
        assert found == ()
    for one in found:
        assert one.until < example.as_of
        before = tuple(matrix.on(one.until, one.until) for matrix in LIFE_CYCLES.matrices)
        after = tuple(matrix.on(day_from(one.until, 1), one.until) for matrix in LIFE_CYCLES.matrices)
        assert one not in endings(clause, before, deployment)
        assert one in endings(clause, after, deployment)
        assert outcome_of(clause, deployment, after) in (0, 3)


def test_most_failures_of_a_life_cycle_are_endings():
    """Of the examples that fail, each names a row unless its service pack or release is not in the table at all."""
    failing = [(clause, example) for clause, example in EXAMPLES if example.kind == "fails"]
    tables = [tuple(matrix.on(example.as_of, example.known or example.as_of) for matrix in LIFE_CYCLES.matrices) for _, example in failing]
    named = [
        bool(endings(clause, matrices, example_deployment(example))) for (clause, example), matrices in zip(failing, tables, strict=True)
    ]

    assert named.count(False) == 9
    assert named.count(True) >= 50


def test_without_a_day_nothing_is_said_of_what_depends_on_the_day():
    """Every clause that asks a table with dates is set aside with the reason, and none other."""
    chosen = select(LIFE_CYCLES)
    aside = {name for name, reason in chosen.set_aside if "no day to judge for" in reason}

    assert aside == {clause.id for clause in LIFE_CYCLES.clauses}
    assert chosen.clauses == ()
    assert len(select(LIFE_CYCLES, (), "2026-11-24", NO_DAY).clauses) == len(LIFE_CYCLES.clauses)
