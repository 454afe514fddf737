"""The laws of DESIGN section 5, over generated packs and deployments."""

from __future__ import annotations

from itertools import combinations, product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import DOCUMENT, MATRICES, SOURCE, TIERS, clause, completions, conditions, deployments, packs
from supportable.core.clauses import Pack
from supportable.core.compile import compile_pack
from supportable.core.conditions import OPERATORS, All, Any, InMatrix, Is, Matrix, Not, Order, Present, Row
from supportable.core.deciding import assigned
from supportable.core.deployment import deployment_of, reads_of
from supportable.core.evaluate import evaluate
from supportable.core.explain import Explainer, explanation_of, generate
from supportable.core.facts import ABSENT, Absent, Known, Unknown
from supportable.core.truth import Truth
from supportable.core.verdict import _ends, evaluate_clause, judge, judge_by_reference, listings_of, search_for


@settings(max_examples=400)
@given(packs(), deployments(unlisted=True))
def test_the_compiled_and_the_reference_evaluator_agree(pack, deployment):
    """Every clause has one outcome, the same by both evaluators, and so have the verdict's ends."""
    expected, errors = judge_by_reference(pack, deployment)

    actual = compile_pack(pack).run(deployment.values, listings_of(deployment))

    assert errors == {}
    assert actual == expected
    assert len(actual.outcomes) == len(pack.clauses)


@settings(max_examples=200)
@given(conditions(), MATRICES, deployments())
def test_a_truth_rests_on_facts_and_unknown_on_gaps(condition, matrices, deployment):
    """TRUE and FALSE read no unknown fact; UNKNOWN names at least one gap, or the condition itself leaves it open."""
    found = evaluate(condition, deployment, {one.id: one for one in matrices})

    if found.truth is Truth.UNKNOWN:
        open_by_itself = "UNKNOWN" in repr(condition) or any(one.unlisted is Truth.UNKNOWN for one in matrices)
        assert found.missing or open_by_itself
    else:
        assert found.missing == ()


@settings(max_examples=250)
@given(st.data(), packs(), deployments(unlisted=True))
def test_more_facts_never_change_what_was_decided(data, pack, deployment):
    """Making unknown facts known keeps every TRUE, FALSE and "not applicable", and keeps the verdict within its ends."""
    fuller = data.draw(completions(deployment))
    compiled = compile_pack(pack)
    before, after = judge(deployment, [compiled])[0], judge(fuller, [compiled])[0]

    for old, new in zip(before.findings, after.findings, strict=True):
        if old.outcome != "unknown":
            assert new.outcome == old.outcome
    if not before.applies:
        assert not after.applies
    elif after.applies:
        assert before.worst <= after.worst <= after.best <= before.best
    if before.decided:
        assert after.decided and after.level == before.level


@settings(max_examples=100)
@given(packs(), deployments(unlisted=True))
def test_every_finding_shows_what_it_rests_on(pack, deployment):
    """A finding that is decided lists no missing fact and only known ones; one that is unknown agrees with the reference."""
    verdict = judge(deployment, [compile_pack(pack)])[0]

    for finding in verdict.findings:
        assert all(not isinstance(read.fact, Unknown) for read in finding.facts)
        if finding.outcome != "unknown":
            assert finding.missing == ()


@settings(max_examples=150)
@given(packs(), deployments(unlisted=True))
def test_the_deciding_set_decides_and_is_smallest(pack, deployment):
    """Whatever values its facts take, nothing that then becomes known moves an end of the verdict; and no smaller set does that.

    It says that the verdict is decided by then exactly if it is, for all values.
    """
    compiled = compile_pack(pack)
    verdict = judge(deployment, [compiled])[0]
    # A list of which nothing is known is asked about through a placeholder, which has its own test.
    if verdict.decided or any(
        not deployment.listing(name).items and not deployment.listing(name).complete for name in ("nodes", "contracts")
    ):
        return
    deciding, search = verdict.deciding, search_for(deployment, [compiled])

    def choices(slots):
        return (dict(zip(slots, choice, strict=True)) for choice in product(*map(search.domain, slots)))

    def ends(assignment):
        values, listings = assigned(deployment, assignment)
        found = _ends([(pack, compiled.run(values, listings))])
        return found and (found[0].level, found[1].level, found[2])

    def settles(chosen):
        return all(search.given_look(assignment).decided for assignment in choices(chosen))

    if prod(len(search.domain(slot)) for slot in search.unknown) > 400:
        return
    rest = [slot for slot in search.unknown if slot not in deciding.slots]
    for assignment in choices(deciding.slots):
        assert search.given_look(assignment).decided
        assert len({ends({**assignment, **others}) for others in choices(rest)}) == 1
    all_ends = [ends(assignment) for assignment in choices(search.unknown)]
    assert deciding.decides == all(one is None or (one[2] and one[0] == one[1]) for one in all_ends)
    assert deciding.smallest
    for size in range(len(deciding.slots)):
        assert not any(settles(chosen) for chosen in combinations(search.unknown, size))


@settings(max_examples=300)
@given(conditions(), MATRICES, deployments(unlisted=True))
def test_the_explainer_gives_the_very_evaluation_of_the_reference(condition, matrices, deployment):
    """Truth and facts are the same, in the same order, also when asked again."""
    expected = evaluate(condition, deployment, {one.id: one for one in matrices})
    explainer = Explainer(deployment, matrices)

    assert explainer.evaluate(condition) == expected
    assert explainer.evaluate(condition) == expected


def _explained_otherwise(pack, deployment):
    """The clauses for which the generated function names other facts than the reference reads, or in another order."""
    matrices = {one.id: one for one in pack.matrices}
    found = generate(pack)(deployment.values, reads_of(deployment.facts), Explainer(deployment, pack.matrices).evaluate)
    different = []
    for one, *both in zip(pack.clauses, *found, strict=True):
        applies, requires = evaluate_clause(one, deployment, matrices)
        rests_on = applies.reads if applies.truth is Truth.FALSE else tuple(dict.fromkeys([*applies.reads, *requires.reads]))
        missing = tuple(read for read in rests_on if isinstance(read.fact, Unknown))
        if both != [tuple(read for read in rests_on if read not in missing), missing]:
            different.append(one)
    return different


@settings(max_examples=400)
@given(packs(), deployments(unlisted=True))
def test_the_generated_explanation_gives_the_very_facts_of_the_reference(pack, deployment):
    """Every finding of the generated function rests on and misses the facts that the reference reads, in its order."""
    assert _explained_otherwise(pack, deployment) == []


@pytest.mark.parametrize("fact", [Known("made-up", (SOURCE,)), Known("", (SOURCE,)), Known("2003", (SOURCE,)), Absent((SOURCE,)), None])
def test_a_name_that_its_field_does_not_list_is_in_no_order(fact):
    """Whoever judges and explains: an order of it is unknown, alone and joined, wherever it stands, and rests on the known name."""
    release = "workload.release"
    table = Matrix("top", (release,), (Row("r", (Order(release, "at_least", "2007"),)),), Truth.FALSE)
    alone = [
        *(Order(release, operator, "2007") for operator in OPERATORS),
        Is(release, ("2007", ABSENT)),
        Present(release),
        InMatrix("top"),
    ]
    both = (alone[0], Order("workload.service_pack", "at_least", 1))
    parts = [*alone, *both, All(both), Any(both), Not(alone[0])]
    made = (clause(number, "requirement", *pair, "worst") for number, pair in enumerate(product(parts, parts)))
    pack = Pack("p", "i", "s", "1", TIERS, (DOCUMENT,), tuple(made), (table,))
    deployment = deployment_of("d", {} if fact is None else {release: fact})

    assert compile_pack(pack).run(deployment.values, listings_of(deployment)) == judge_by_reference(pack, deployment)[0]
    assert _explained_otherwise(pack, deployment) == []


@settings(max_examples=100)
@given(packs(), deployments(unlisted=True))
def test_a_finding_says_the_same_the_first_time_and_ever_after(pack, deployment):
    """The first deployments are explained one condition at a time, later ones by the generated function: the findings are equal."""
    compiled = compile_pack(pack)
    found = [judge(deployment, [compiled])[0].findings for _ in range(20)]

    assert explanation_of(pack).run is not None
    for one, other in zip(found[0], found[-1], strict=True):
        for name in ("clause", "code", "outcome", "facts", "missing", "harmless", "error"):
            assert getattr(one, name) == getattr(other, name)
