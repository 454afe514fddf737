"""What documents leave open, read both ways, is what stays unknown for good: no more and no less."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import deployments, packs
from supportable.core.compile import FALSE, NOT_APPLICABLE, TRUE, UNKNOWN, UNKNOWN_BUT_HARMLESS, compile_pack
from supportable.core.deciding import assigned
from supportable.core.left_open import odd_facts_of, read_both_ways
from supportable.core.verdict import judge, listings_of, search_for


def _read(pack, deployment):
    requirements = [clause for clause in pack.clauses if clause.kind == "requirement"]
    read = read_both_ways(requirements, pack.matrices, odd_facts_of(deployment, requirements, pack.matrices))
    return [compile_pack(pack._replace(clauses=(*read.alike, *way), matrices=read.matrices)) for way in (read.lenient, read.strict)]


@settings(max_examples=150)
@given(packs(), deployments(unlisted=True))
def test_a_clause_is_open_where_its_readings_are_and_where_they_differ(pack, deployment):
    """What a clause surely is, it is in both readings; what is unknown in neither and differs between them is open for good."""
    lenient, strict = _read(pack, deployment)
    by_id = [
        dict(zip([clause.id for clause in one.pack.clauses], one.run(deployment.values, listings_of(deployment)).outcomes, strict=True))
        for one in (lenient, strict)
    ]
    codes = zip(pack.clauses, compile_pack(pack).run(deployment.values, listings_of(deployment)).outcomes, strict=True)
    for clause, code in codes:
        if clause.kind != "requirement":
            continue
        found = [one[clause.id] for one in by_id]
        if code in (FALSE, TRUE, NOT_APPLICABLE):
            assert found == [code, code]
        elif not {UNKNOWN, UNKNOWN_BUT_HARMLESS} & set(found):
            assert found[0] in (TRUE, NOT_APPLICABLE) and found[1] in (FALSE, TRUE) and found[0] != found[1]


@settings(max_examples=100)
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
    still_open = {clause.id for clause, code in codes if code in (UNKNOWN, UNKNOWN_BUT_HARMLESS)}
    assert set(look.left_open) <= still_open
    if verdict.decided:
        assert not look.left_open
