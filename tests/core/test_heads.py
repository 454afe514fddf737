"""Heads: a pack stays closed only where it has nothing to say, and what is told of it is the same, closed or open."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import SOURCE, clause, deployments, packs
from supportable.core.compile import NOT_APPLICABLE, Compiled, compile_pack
from supportable.core.conditions import InMatrix, Is, walk
from supportable.core.deployment import deployment_of
from supportable.core.facts import Known
from supportable.core.heads import heads_of
from supportable.core.verdict import judge, judge_by_reference, listings_of
from supportable.reports import wording


def closed_or_open(pack, deployment, opened: list[str]) -> Compiled:
    """The pack as `check` has it from its cache; `opened` gets the name of a closed pack that is opened."""

    def whole() -> Compiled:
        opened.append(pack.id)
        return compile_pack(pack)

    heads = heads_of([pack])
    return heads.closed(0, whole) if heads.silent(deployment.values, listings_of(deployment))[0] else compile_pack(pack)


@settings(max_examples=60)
@given(packs(), deployments())
def test_a_closed_pack_has_no_clause_that_applies(pack, deployment):
    """The reference evaluator finds no clause of a closed pack applicable; without tables, every such pack is closed."""
    silent = set(judge_by_reference(pack, deployment)[0].outcomes) == {NOT_APPLICABLE}
    closed = closed_or_open(pack, deployment, []).closed is not None

    assert silent or not closed
    if not any(isinstance(one, InMatrix) for clause in pack.clauses for one in walk(clause.applies)):
        assert closed == silent


@settings(max_examples=40)
@given(st.lists(packs(), min_size=2, max_size=4), deployments())
def test_packs_together_are_as_silent_as_each_alone(many, deployment):
    """What the questions of many packs at once say of each is what its own say."""
    facts = deployment.values, listings_of(deployment)

    assert heads_of(many).silent(*facts) == [heads_of([pack]).silent(*facts)[0] for pack in many]


@settings(max_examples=40)
@given(st.lists(packs(), min_size=1, max_size=3), deployments())
def test_a_verdict_is_the_same_however_its_packs_are_opened(many, deployment):
    """Ends, deciding facts, findings, counts and documents are those of open packs; only findings open a closed pack, and once."""
    facts = {**deployment.facts, "workload.product": Known("exchange-server", (SOURCE,))}
    deployment = deployment_of(deployment.name, facts, deployment.listings)
    never = clause(0, "requirement", Is("workload.product", ("other",)), Is("cluster.name", ("a",)), "worst")
    named = [pack._replace(id=f"sample-{number}") for number, pack in enumerate([many[0]._replace(clauses=(never,)), *many])]
    opened: list[str] = []
    (plain,) = judge(deployment, [compile_pack(pack) for pack in named])
    (late,) = judge(deployment, [closed_or_open(pack, deployment, opened) for pack in named])

    for name in ("applies", "surely_applies", "decided", "worst_tier", "best_tier", "label", "deciding", "contradictions", "set_aside"):
        assert getattr(late, name) == getattr(plain, name), name
    assert set(late.cited) == set(plain.cited)
    assert wording.tally(late) == wording.tally(plain)
    assert not opened
    for kind in ("failed", "open", "findings"):
        told = [
            [(one.clause.id, one.pack, one.code, one.facts, one.missing) for one in getattr(verdict, kind)] for verdict in (late, plain)
        ]
        assert told[0] == told[1], kind
    assert len(late.findings) == len(plain.findings) and len(opened) == len(late.closed) >= 1
