"""One pass over a joined pack says what judging at each moment says; and a change has clauses behind it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import DAYS, dated_packs, deployments
from supportable.core.changes import kind_of
from supportable.core.clauses import select
from supportable.core.compile import compile_pack
from supportable.core.dates import day_from
from supportable.core.moments import join
from supportable.core.verdict import judge
from supportable.engines.arrow import schema_of, table_of
from supportable.engines.changes import Behind, side_of
from supportable.engines.moments import SILENT, STATES, Patterns, compile_moments, mask_columns, masks_from, named_clauses, states_of
from supportable.engines.tables import Judging

FLEETS = st.lists(deployments(), min_size=1, max_size=8).map(lambda found: [one._replace(name=f"d{at}") for at, one in enumerate(found)])
NEAR = [day_from(day, days) for day in DAYS for days in (0, 1)]
MOMENTS = st.lists(st.sampled_from(NEAR), min_size=1, max_size=4, unique=True).map(sorted)


def batch_of(fleet):
    return table_of(fleet, schema_of()).combine_chunks().to_batches()[0]


@settings(max_examples=120)
@given(st.lists(dated_packs(), min_size=1, max_size=2), MOMENTS, FLEETS)
def test_every_moment_is_judged_as_its_own_packs_judge_it(packs, days, fleet):
    """Level, ends and failing clauses at each moment are those of the packs selected for that day."""
    packs = [pack._replace(id=f"p{at}") for at, pack in enumerate(packs)]
    moments = [[select(pack, (), day, "2026-01-01") for pack in packs] for day in days]
    made = compile_moments(join("issuer", moments))
    masks = Judging(made.tables).masks(batch_of(fleet))
    for number, chosen in enumerate(moments):
        side = side_of(made, number, masks)
        failed = named_clauses(made, made.moments[number], masks.failed).to_pylist()
        compiled = [compile_pack(pack) for pack in chosen]
        for row, deployment in enumerate(fleet):
            verdict = judge(deployment, compiled)[0]
            ends = STATES[side.states[row]]
            assert (ends is None) == (not verdict.applies)
            if ends is not None:
                assert ends == (verdict.worst, verdict.best)
                assert bool(side.ends.decided[row]) == verdict.decided
            own = [one.clause.id for one in verdict.findings if one.clause.kind == "requirement" and one.outcome == "false"]
            assert failed[row] == own


@settings(max_examples=120)
@given(dated_packs(), MOMENTS, FLEETS)
def test_a_change_has_a_clause_behind_it_and_what_did_not_change_has_none(pack, days, fleet):
    """Wherever the level or an end of it moves between two moments, a clause is named whose outcome differs between them."""
    moments = [[select(pack, (), day, "2026-01-01")] for day in days]
    # Another revision of the pack, in which every cap is the lowest.
    lowered = [one._replace(caps="worst") if one.caps else one for one in moments[-1][0].clauses]
    moments.append([moments[-1][0]._replace(clauses=tuple(lowered))])
    made = compile_moments(join("issuer", moments))
    masks = Judging(made.tables).masks(batch_of(fleet))
    behind = Behind(made)
    sides = [side_of(made, number, masks) for number in range(len(moments))]
    for before, after in pairwise(sides):
        found = behind.find(before, after)
        for row in range(len(fleet)):
            ends = [("silent",) * 2 if STATES[side.states[row]] is None else STATES[side.states[row]] for side in (before, after)]
            if ends[0] != ends[1]:
                assert found[row].any()
        # A form of a clause is a bit; the same bits in force on both sides can be behind nothing.
        same = np.array_equal(before.clauses, after.clauses)
        assert not (same and found.any())


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=40), st.integers(1, 9))
def test_patterns_count_every_row_once(rows, size):
    """The counts add up to the rows, each pattern is there once, and its key is that of its first row; however the rows come in batches."""
    import pyarrow as pa

    from supportable.engines import moments

    kept, moments.ROWS_AT_ONCE = moments.ROWS_AT_ONCE, 3
    try:
        patterns = Patterns(["a", "b"])
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            keys = pa.array([f"k{start + at}" for at in range(len(part))])
            patterns.add({"a": np.array([one for one, _ in part], np.uint64), "b": np.array([two for _, two in part], np.uint64)}, keys)
        table = patterns.table().to_pylist()
    finally:
        moments.ROWS_AT_ONCE = kept
    expected: dict[tuple[int, int], list[int]] = {}
    for at, row in enumerate(rows):
        expected.setdefault(row, []).append(at)
    assert {(one["a"], one["b"]): (one["count"], one["key"]) for one in table} == {
        row: (len(places), f"k{places[0]}") for row, places in expected.items()
    }
    assert len(table) == len(expected)


@settings(max_examples=40)
@given(dated_packs(), FLEETS)
def test_masks_come_back_from_their_columns(pack, fleet):
    """Masks written as columns are the masks that are read from them."""
    import pyarrow as pa

    made = compile_moments(join("issuer", [[select(pack, (), "2021-01-01", "2026-01-01")]]))
    masks = Judging(made.tables).masks(batch_of(fleet))
    again = masks_from(pa.table(mask_columns(masks)), made.tables.words)
    assert all(np.array_equal(one, other) for one, other in zip(masks, again, strict=True))
    assert states_of(side_of(made, 0, again).ends).max(initial=0) <= SILENT
    assert kind_of(("full", "full"), ("full", "full")) is None
