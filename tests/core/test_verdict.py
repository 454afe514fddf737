"""Verdicts: how findings merge, what happens to a clause that breaks, and how precedence shows."""

from __future__ import annotations

import pytest

from strategies import DOCUMENT, TIERS, clause
from supportable.core.clauses import Level, Pack, YieldsTo, select
from supportable.core.compile import compile_pack
from supportable.core.conditions import Always, Every, InMatrix, Is, Matrix, Present, Row
from supportable.core.deployment import Item, Listing, deployment_of
from supportable.core.facts import Known, Source
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth
from supportable.core.verdict import judge

MSCS = Is("cluster.service", ("mscs",))
ON_MSCS = deployment_of("d", {"cluster.service": Known("mscs", (Source("d.yaml", 1),))})
NOTHING_KNOWN = deployment_of("d", {})


def pack(*clauses, issuer: str = "issuer", matrices=()) -> Pack:
    return Pack("p", issuer, "s", "1", TIERS, (DOCUMENT,), tuple(clauses), matrices)


def verdict(made: Pack, deployment=ON_MSCS):
    return judge(deployment, [compile_pack(select(made))])[0]


def test_truth_refuses_to_be_a_condition():
    """`if truth` raises: UNKNOWN must not become one of the other two."""
    with pytest.raises(TypeError, match="three values"):
        bool(UNKNOWN)


def test_a_verdict_is_the_minimum_of_the_caps_that_fail():
    """Two failing requirements leave the lower of their tiers, with that tier's own label."""
    made = verdict(pack(clause(0, "requirement", MSCS, Always(FALSE), "middle"), clause(1, "requirement", MSCS, Always(FALSE), "worst")))

    assert made.level is Level.UNSUPPORTED
    assert made.label == "worst"
    assert [finding.clause.id for finding in made.failed] == ["d1.c1", "d1.c0"]


def test_a_recommendation_never_lowers_a_level():
    """A recommendation that is not followed, or not known, leaves the level alone."""
    holds = clause(0, "requirement", MSCS, Always(TRUE), "worst")

    assert verdict(pack(holds, clause(1, "recommendation", MSCS, Always(FALSE), None))).level is Level.FULL
    assert verdict(pack(holds, clause(1, "recommendation", MSCS, Present("cluster.name"), None))).level is Level.FULL


def test_a_verdict_without_an_applicable_requirement_has_no_level():
    """Nothing applies: no level, not even the best, and `applies` is false."""
    made = verdict(
        pack(
            clause(0, "requirement", Is("cluster.service", ("pacemaker",)), Always(FALSE), "worst"),
            clause(1, "statement", MSCS, None, None),
        )
    )

    assert (made.applies, made.level, made.worst, made.best, made.decided) == (False, None, None, None, True)


def test_unknown_applicability_alone_is_not_a_level():
    """While it is unknown whether any requirement applies, the verdict is undecided, though none can fail."""
    made = verdict(pack(clause(0, "requirement", MSCS, Always(TRUE), "worst")), NOTHING_KNOWN)

    assert made.applies and not made.decided and made.level is None
    assert [slot[0] for slot in made.deciding.slots] == ["cluster.service"]


def test_a_requirement_that_cannot_fail_does_not_pull_the_worst_end_down():
    """Beside one that surely applies, a requirement that holds where it applies leaves the verdict decided."""
    made = verdict(
        pack(
            clause(0, "requirement", MSCS, Always(TRUE), "worst"), clause(1, "requirement", Present("cluster.name"), Always(TRUE), "worst")
        )
    )

    assert made.level is Level.FULL
    assert made.findings[1].outcome == "unknown" and made.findings[1].harmless


def test_a_clause_that_raises_is_unknown_with_its_error():
    """The broken clause is undecided and says why; the other is judged as ever, and no set of facts is said to decide."""
    made = verdict(_broken())

    assert [finding.outcome for finding in made.findings] == ["unknown", "false"]
    assert "KeyError" in made.findings[0].error
    assert (made.worst, made.best) == (Level.UNSUPPORTED, Level.LIMITED)
    assert not made.deciding.decides


def _broken() -> Pack:
    return pack(clause(0, "requirement", MSCS, InMatrix("nowhere"), "worst"), clause(1, "requirement", MSCS, Always(FALSE), "middle"))


@pytest.fixture(autouse=True)
def _compile_anyway(monkeypatch):
    """A pack that does not type-check cannot be compiled; stand in with a function that raises, as a defect would."""
    from supportable.core import compile as compiler

    original = compiler._RunWriter._emit_matrix

    def emit(self, name, target, depth):
        if any(one.id == name for one in self.pack.matrices):
            original(self, name, target, depth)
        else:
            self.line(depth, f"{target} = listings[{self.constant(name)}]")

    monkeypatch.setattr(compiler._RunWriter, "_emit_matrix", emit)


def test_each_issuer_has_its_own_verdict():
    """Packs of two issuers give two verdicts; two packs of one issuer give one, the worse of both."""
    low, high = pack(clause(0, "requirement", MSCS, Always(FALSE), "worst")), pack(clause(0, "requirement", MSCS, Always(TRUE), "worst"))
    two = judge(ON_MSCS, [compile_pack(low), compile_pack(high._replace(issuer="other"))])
    one = judge(ON_MSCS, [compile_pack(low), compile_pack(high)])

    assert [(made.issuer, made.level) for made in two] == [("issuer", Level.UNSUPPORTED), ("other", Level.FULL)]
    assert [(made.issuer, made.level) for made in one] == [("issuer", Level.UNSUPPORTED)]


def test_a_contradiction_is_shown_and_the_stated_rule_chooses():
    """The clause that yields no longer applies, both are named, and without the other it speaks for itself."""
    prevailing = clause(0, "requirement", MSCS, Always(TRUE), "middle")
    yielding = clause(1, "requirement", MSCS, Always(FALSE), "worst")._replace(yields_to=(YieldsTo("d1.c0", "later-document", "newer"),))
    made = verdict(pack(prevailing, yielding))

    assert made.level is Level.FULL
    assert made.findings[1].outcome == "not-applicable"
    assert [(one.prevailing.id, one.yielding.id, one.rule) for one in made.contradictions] == [("d1.c0", "d1.c1", "later-document")]
    assert verdict(pack(yielding._replace(yields_to=()))).level is Level.UNSUPPORTED


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        ((TRUE, "middle"), (TRUE, "worst"), False),
        ((FALSE, "worst"), (FALSE, "worst"), False),
        ((FALSE, "middle"), (FALSE, "worst"), True),
        ((UNKNOWN, "worst"), (UNKNOWN, "worst"), True),
    ],
)
def test_two_requirements_that_come_to_the_same_are_no_contradiction(first, second, differ):
    """A newer revision that repeats the older contradicts nothing; another tier, or an open answer, is shown."""
    prevailing = clause(0, "requirement", MSCS, Always(first[0]), first[1])
    yielding = clause(1, "requirement", MSCS, Always(second[0]), second[1])._replace(yields_to=(YieldsTo("d1.c0", "supersedes", "newer"),))

    assert bool(verdict(pack(prevailing, yielding)).contradictions) is differ


def test_where_no_node_is_named_their_facts_are_asked_for_with_the_list():
    """Knowing which nodes there are decides nothing without a look at each: both are in the set."""
    made = verdict(pack(clause(0, "requirement", MSCS, Every("nodes", Is("nodes.domain_role", ("member-server",))), "worst")))

    assert made.deciding.slots == (("nodes.domain_role", "each of the nodes"), ("nodes", None))
    assert made.deciding.smallest


@pytest.mark.parametrize(("truth", "level"), [(Truth.TRUE, Level.FULL), (Truth.FALSE, Level.UNSUPPORTED), (Truth.UNKNOWN, None)])
def test_what_an_empty_list_means_is_the_clauses_word(truth, level):
    """Over a complete empty list a requirement is what the clause says, and no fact decides what it leaves open."""
    deployment = deployment_of("d", dict(ON_MSCS.facts), {"nodes": Listing((), True)})
    made = verdict(pack(clause(0, "requirement", MSCS, Every("nodes", MSCS, truth), "worst")), deployment)

    assert made.level is level
    assert made.deciding.decides is (level is not None)


def test_a_clause_that_may_fail_is_not_taken_for_one_that_cannot():
    """Two ways to a verdict that leave the same clauses unknown differ when in one of them such a clause can still fail."""
    surely = clause(0, "requirement", MSCS, Is("cluster.name", ("good",)), "worst")
    scoped = clause(1, "requirement", Present("hardware.vendor"), Is("hardware.model", ("good",)), "worst")
    made = verdict(pack(scoped, surely))

    assert set(made.deciding.slots) == {("hardware.vendor", None), ("hardware.model", None), ("cluster.name", None)}
    assert made.deciding.smallest and made.deciding.decides


def test_what_a_table_leaves_open_hides_no_fact_of_another_node():
    """One node with such a value keeps "every node" open and another can still fail it: all are asked for, and the clause is named."""
    table = Matrix("d1.parts", ("nodes.virtual",), (Row("none", (Is("nodes.virtual", (False,)),)),), UNKNOWN)
    for names in (("A",), ("A", "B")):
        nodes = Listing(tuple(Item(name, {}, {}) for name in names), True)
        deployment = deployment_of("d", dict(ON_MSCS.facts), {"nodes": nodes})
        made = verdict(pack(clause(0, "requirement", MSCS, Every("nodes", InMatrix("d1.parts")), "worst"), matrices=(table,)), deployment)

        assert made.deciding.slots == tuple(("nodes.virtual", name) for name in names)
        assert made.deciding.left_open == ("d1.c0",)


def test_what_is_open_for_good_hides_no_other_clause():
    """A clause that no fact decides leaves the facts of the others to be asked for: one of them may fail it all."""
    always_open = clause(0, "requirement", MSCS, Always(UNKNOWN), "worst")
    fencing = clause(1, "requirement", MSCS, Is("cluster.fencing_enabled", (True,)), "worst")
    made = verdict(pack(always_open, fencing))

    assert made.deciding.slots == (("cluster.fencing_enabled", None),)
    assert made.deciding.left_open == ("d1.c0",)
    assert verdict(pack(always_open)).deciding.slots == ()
