"""What documents leave open, read both ways, is what stays unknown for good: no more and no less."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import DOCUMENT, SOURCE, TIERS, clause, deployments, packs
from supportable.core.clauses import Pack
from supportable.core.compile import FALSE, NOT_APPLICABLE, TRUE, UNKNOWN, UNKNOWN_BUT_HARMLESS, compile_pack
from supportable.core.conditions import Always, InMatrix, Is, Matrix, Order, Row
from supportable.core.deciding import assigned
from supportable.core.deployment import deployment_of
from supportable.core.facts import Known
from supportable.core.left_open import odd_facts_of, read_both_ways
from supportable.core.truth import Truth
from supportable.core.verdict import judge, listings_of, search_for


def _read(pack, deployment):
    requirements = [one for one in pack.clauses if one.kind == "requirement"]
    read = read_both_ways(requirements, pack.matrices, odd_facts_of(deployment, requirements, pack.matrices))
    return [compile_pack(pack._replace(clauses=(*read.alike, *way), matrices=read.matrices)) for way in (read.lenient, read.strict)]


@settings(max_examples=90)
@given(packs(), deployments(unlisted=True))
def test_a_clause_is_open_where_its_readings_are_and_where_they_differ(pack, deployment):
    """What a clause surely is, it is in both readings; what is unknown in neither and differs between them is open for good."""
    lenient, strict = _read(pack, deployment)
    by_id = [
        dict(zip([judged.id for judged in one.pack.clauses], one.run(deployment.values, listings_of(deployment)).outcomes, strict=True))
        for one in (lenient, strict)
    ]
    codes = zip(pack.clauses, compile_pack(pack).run(deployment.values, listings_of(deployment)).outcomes, strict=True)
    for judged, code in codes:
        if judged.kind != "requirement":
            continue
        found = [one[judged.id] for one in by_id]
        if code in (FALSE, TRUE, NOT_APPLICABLE):
            assert found == [code, code]
        elif not {UNKNOWN, UNKNOWN_BUT_HARMLESS} & set(found):
            assert found[0] in (TRUE, NOT_APPLICABLE) and found[1] in (FALSE, TRUE) and found[0] != found[1]


@settings(max_examples=60)
@given(st.data(), packs(), deployments(unlisted=True))
def test_with_everything_known_both_readings_are_decided(data, pack, deployment):
    """Once every missing fact is assigned the search takes the verdict for decided; the readings agree where the verdict has one level."""
    compiled = compile_pack(pack)
    verdict = judge(deployment, [compiled])[0]
    if any(not deployment.listing(name).items and not deployment.listing(name).complete for name in ("nodes", "contracts")):
        return
    search = search_for(deployment, [compiled])
    assignment = {slot: data.draw(st.sampled_from(search.domain(slot))) for slot in search.unknown}

    look = search.given_look(assignment)
    values, listings = assigned(deployment, assignment)
    codes = zip(pack.clauses, compiled.run(values, listings).outcomes, strict=True)

    assert look.decided
    still_open = {judged.id for judged, code in codes if code in (UNKNOWN, UNKNOWN_BUT_HARMLESS)}
    assert set(look.left_open) <= still_open
    if verdict.decided:
        assert not look.left_open


@pytest.mark.parametrize("by_table", [False, True])
def test_a_known_value_that_no_order_holds_is_read_both_ways(by_table):
    """A name that its field does not list leaves an order of it open for good: the clause is named, and the other fact still asked for."""
    order, table = Order("workload.release", "at_least", "2007"), None
    if by_table:
        table = Matrix("d1.top", ("workload.release",), (Row("r", (order,)),), Truth.FALSE)
    open_clause = clause(0, "requirement", Always(Truth.TRUE), InMatrix("d1.top") if by_table else order, "worst")
    other = clause(1, "requirement", Always(Truth.TRUE), Is("cluster.fencing_enabled", (True,)), "worst")
    pack = Pack("p", "i", "s", "1", TIERS, (DOCUMENT,), (open_clause, other), (table,) if table else ())

    found = judge(deployment_of("d", {"workload.release": Known("made-up", (SOURCE,))}), [compile_pack(pack)])[0].deciding

    assert found.slots == (("cluster.fencing_enabled", None),)
    assert found.smallest and found.left_open == ("d1.c0",)
