"""What decides undecided rows, found pattern by pattern, is what a search for each row finds."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from strategies import deployments, packs
from supportable.core.compile import compile_pack
from supportable.core.verdict import judge, search_for
from supportable.engines.alike import item_names, said
from supportable.engines.arrow import schema_of, table_of
from supportable.engines.issuers import IssuerJudge


def _judged(pack, fleet):
    compiled = compile_pack(pack)
    judging = IssuerJudge(pack.issuer, [compiled])
    table = table_of(fleet, schema_of()).combine_chunks()
    rows = [judging.take(batch) for batch in table.to_batches(max_chunksize=7)]
    return compiled, judging, rows


FLEETS = st.lists(deployments(), min_size=1, max_size=12).map(lambda found: [one._replace(name=f"d{at}") for at, one in enumerate(found)])


@settings(max_examples=80, phases=[Phase.generate])
@given(packs(), FLEETS)
def test_what_decides_a_row_alone_is_what_its_own_search_says(pack, fleet):
    """Each field decides alone as many rows as there are deployments of which the search for that one says so."""
    compiled, judging, _ = _judged(pack, fleet)
    undecided = [one for one in fleet if (found := judge(one, [compiled])[0]).applies and not found.decided]
    expected: Counter[str] = Counter()
    for one in undecided:
        search = search_for(one, [compiled])
        # That there is any item at all can settle everything; then no field is what decides.
        if not search.decides(()):
            expected.update({field for field, _ in search.unknown if search.decides_alone(field)})

    alone = judging.undecided.alone()

    assert alone.rows == len(undecided)
    assert alone.fields == expected


@settings(max_examples=60, phases=[Phase.generate])
@given(packs(), FLEETS)
def test_rows_of_one_pattern_are_decided_by_the_same_facts(pack, fleet):
    """What is found for one row of a pattern, with the items called as in another, is what the search for that other finds."""
    compiled, judging, rows = _judged(pack, fleet)
    found = judging.undecided.search(100)
    numbers = np.concatenate([one.column("pattern").to_numpy() for one in rows])
    table = table_of(fleet, schema_of()).to_pylist()
    for number, deployment, row in zip(numbers.tolist(), fleet, table, strict=True):
        verdict = judge(deployment, [compiled])[0]
        assert (number >= 0) == (verdict.applies and not verdict.decided)
        if number >= 0:
            called = item_names(row, judging.undecided.listings)
            own = [field if item is None else f"{field} of {item}" for field, item in verdict.deciding.slots]
            # What takes too long to search for a fleet is left out.
            assert number not in found or said(found[number], called) == own
    assert set(found) <= set(numbers.tolist())


def test_patterns_beyond_those_kept_are_counted(monkeypatch):
    """Where more patterns come than are kept, the rows beyond them are counted, and said to be beyond."""
    from supportable.engines import alike

    monkeypatch.setattr(alike, "PATTERNS_AT_MOST", 1)
    fleet, pack = _open_fleet()
    _, judging, rows = _judged(pack, fleet)

    numbers = [number for one in rows for number in one.column("pattern").to_pylist()]

    assert judging.undecided.beyond == numbers.count(-2) > 0
    assert judging.undecided.alone().rows == numbers.count(0)


def _open_fleet():
    from strategies import DOCUMENT, TIERS, clause
    from supportable.core.clauses import Pack
    from supportable.core.conditions import Always, Every, Is
    from supportable.core.deployment import Item, Listing, deployment_of
    from supportable.core.truth import Truth

    every = Every("nodes", Is("nodes.os.release", ("rhel-8",)))
    pack = Pack("p", "issuer", "s", "1", TIERS, (DOCUMENT,), (clause(0, "requirement", Always(Truth.TRUE), every, "worst"),))
    fleet = [
        deployment_of(f"d{count}", {}, {"nodes": Listing(tuple(Item(f"n{at}", {}, {}) for at in range(count)), True)})
        for count in range(1, 5)
    ]
    return fleet, pack
