"""What is said of packs without looking at deployments one by one is what looking at every one of them says."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import DOCUMENT, TIERS
from supportable.core.clause_flaws import clause_flaws, disagreements
from supportable.core.clauses import Citation, Clause, Pack, YieldsTo, fields_read, select
from supportable.core.conditions import All, Always, Any, Count, Every, InMatrix, Is, Matrix, Not, Order, Present, Row, Some, holds
from supportable.core.dates import Dates
from supportable.core.evaluate import evaluate
from supportable.core.facts import ABSENT
from supportable.core.pack_diff import pack_changes
from supportable.core.pack_effects import pack_effects
from supportable.core.table_flaws import table_flaws
from supportable.core.truth import FALSE, TRUE, UNKNOWN
from supportable.core.ways_out import ways_out
from supportable.core.witnesses import clause_of, deployment_from, find
from supportable.errors import Place

PACK, BACK, MODE, VIRTUAL = "workload.service_pack", "cluster.failback", "workload.cluster_mode", "nodes.virtual"
SERVICE = "cluster.service"
VALUES = {PACK: (0, 1, 2, 3, 4), BACK: (True, False, ABSENT), MODE: ("active-active", "active-passive", ABSENT)}
DAY = "2026-01-01"
FEW = settings(max_examples=40)


def atoms(field: str):
    """Conditions about one field."""
    tests = [st.just(Present(field)), st.sampled_from(VALUES[field]).map(lambda value: Is(field, (value,)))]
    if field == PACK:
        tests.append(st.builds(Order, st.just(field), st.sampled_from(["at_least", "below"]), st.integers(0, 4)))
    return st.one_of(tests)


NODES = st.sampled_from([Is(VIRTUAL, (True,)), Is(VIRTUAL, (False,)), Present(VIRTUAL)])
LEAVES = st.one_of(
    *map(atoms, VALUES),
    st.builds(Every, st.just("nodes"), NODES, st.sampled_from([TRUE, UNKNOWN])),
    st.builds(Some, st.just("nodes"), NODES),
    st.builds(Count, st.just("nodes"), st.sampled_from(["at_least", "at_most"]), st.integers(0, 2)),
)
PAIRS = st.lists(LEAVES, min_size=1, max_size=2).map(tuple)
CONDITIONS = st.one_of(LEAVES, st.builds(All, PAIRS), st.builds(Any, PAIRS), st.builds(Not, st.builds(All, PAIRS)))


def everything(extra: dict[str, tuple] | None = None):
    """Every deployment over the few fields, with up to three nodes of which the second and third are alike."""
    fields = {**VALUES, **(extra or {})}
    virtual = (True, False, ABSENT)
    nodes = [(), *((one,) for one in virtual), *product(virtual, virtual)]
    for values in product(*fields.values()):
        whole = [((name, None), value) for name, value in zip(fields, values, strict=True)]
        for own in nodes:
            for size in (2, 3) if len(own) == 2 else (len(own),):
                items = [((VIRTUAL, str(number)), value) for number, value in enumerate(own, 1)]
                yield deployment_from([*whole, (("nodes", None), size), *items])


EVERY = list(everything())


def truth(condition, deployment, matrices=()):
    """The truth by the reference evaluator."""
    return evaluate(condition, deployment, {one.id: one for one in matrices}).truth


def clause(name: str, applies, requires, caps: str, document: str = "D1", **more) -> Clause:
    """A requirement without examples."""
    return Clause(name, "requirement", applies, requires, caps, "", "", Citation(document, "1", "w"), "full", Place("x"), **more)


def pack(*clauses: Clause, matrices=()) -> Pack:
    """A pack of two documents."""
    documents = (DOCUMENT, DOCUMENT._replace(id="D2"))
    return Pack("sample", "issuer", "", "1", TIERS, documents, clauses, tuple(matrices))


@FEW
@given(CONDITIONS, CONDITIONS)
def test_a_witness_is_found_exactly_if_there_is_one(one, other):
    """A search finds a deployment for two conditions if and only if one of all deployments meets both; what it finds meets both."""
    found = find([one, other], ())
    there_is = any(truth(one, each) is TRUE and truth(other, each) is TRUE for each in EVERY)

    assert found.whole and (found.witness is not None) == there_is
    if found.witness is not None:
        made = deployment_from(found.witness)
        assert truth(one, made) is TRUE and truth(other, made) is TRUE


def test_a_search_that_came_to_its_bound_says_nothing():
    """With too few tries there is neither a witness nor the certainty that there is none."""
    apart = [Is(PACK, (1,)), Is(MODE, ("active-active",)), Is(BACK, (True,))]

    found = find(apart, (), limit=2)

    assert found.witness is None and not found.whole and not found.impossible
    assert find(apart, ()).witness is not None


@FEW
@given(CONDITIONS, CONDITIONS)
def test_a_clause_is_dead_or_always_alike_exactly_if_no_deployment_shows_otherwise(applies, requires):
    """ "dead", "never holds" and "never fails" are said exactly where no deployment applies, holds or fails."""
    kinds = {flaw.kind for flaw in clause_flaws(pack(clause("d1.a", applies, requires, "worst"))).flaws}
    pairs = [(truth(applies, one), truth(requires, one)) for one in EVERY]

    assert ("dead clause" in kinds) == all(one is not TRUE for one, _ in pairs)
    if "dead clause" not in kinds:
        assert ("never holds" in kinds) == ((TRUE, TRUE) not in pairs)
        assert ("never fails" in kinds) == ((TRUE, FALSE) not in pairs)


@FEW
@given(CONDITIONS, CONDITIONS, CONDITIONS)
def test_documents_contradict_exactly_if_each_can_hold_and_never_both(applies, one, other):
    """Two requirements for the same deployments contradict if and only if each holds for some and both for none; the witness shows one."""
    made = pack(clause("d1.a", applies, one, "worst"), clause("d2.b", applies, other, "worst", "D2"))
    found = [flaw for flaw in disagreements([made]).flaws if flaw.kind == "documents contradict"]
    pairs = {(truth(one, each), truth(other, each)) for each in EVERY if truth(applies, each) is TRUE}
    each_can = any(a is TRUE for a, _ in pairs) and any(b is TRUE for _, b in pairs)
    read = [set(fields_read(clause_of(part), ())) for part in (one, other)]

    # Requirements that read nothing in common are not compared: each is met by its own facts.
    assert bool(found) == (each_can and (TRUE, TRUE) not in pairs and one != other and not read[0].isdisjoint(read[1]))
    for flaw in found:
        assert flaw.severity == "error"
        assert truth(applies, deployment_from(flaw.facts)) is TRUE and truth(one, deployment_from(flaw.facts)) is TRUE


def test_two_documents_that_contradict_are_found_and_precedence_settles_it():
    """A text that wants two service packs and one that forbids them contradict; where one yields to the other there is nothing to say."""
    wants = clause("d1.wants", Present(MODE), Order(PACK, "at_least", 2), "worst")
    forbids = clause("d2.forbids", Present(MODE), Order(PACK, "below", 2), "middle", "D2")
    settled = forbids._replace(yields_to=(YieldsTo("d1.wants", "later-document", ""),))

    assert [flaw.kind for flaw in disagreements([select(pack(wants, forbids))]).flaws] == ["documents contradict"]
    assert disagreements([select(pack(wants, settled))]).flaws == ()


def test_the_same_demand_with_two_levels_is_a_disagreement():
    """Two documents that ask the same and leave different levels disagree: an error for the same deployments, else a note."""
    one = clause("d1.a", Present(MODE), Is(BACK, (True,)), "worst")
    same = clause("d2.b", Present(MODE), Is(BACK, (True,)), "middle", "D2")
    wider = same._replace(applies=Always(TRUE))

    assert [(flaw.kind, flaw.severity) for flaw in disagreements([pack(one, same)]).flaws] == [("documents disagree", "error")]
    assert [(flaw.kind, flaw.severity) for flaw in disagreements([pack(one, wider)]).flaws] == [("documents disagree", "note")]
    assert disagreements([pack(one, same._replace(caps="worst"))]).flaws == ()


def test_a_precedence_that_can_never_matter_is_told():
    """A clause that yields to one which never applies beside it has a flaw; one that can, has none."""
    prevailing = clause("d1.a", Is(MODE, ("active-active",)), Is(BACK, (True,)), "worst")
    never = clause("d2.b", Is(MODE, ("active-passive",)), Is(BACK, (True,)), "worst", "D2", yields_to=(YieldsTo("d1.a", "supersedes", ""),))
    can = never._replace(applies=Present(MODE))

    def kinds(other):
        return [flaw.kind for flaw in clause_flaws(pack(prevailing, other)).flaws if flaw.kind == "yields to nobody"]

    assert kinds(never) == ["yields to nobody"] and kinds(can) == []
    ended = can._replace(dates=Dates(until="2000-01-01"))
    assert [flaw.severity for flaw in clause_flaws(pack(prevailing._replace(dates=Dates(since="2001-01-01")), ended)).flaws
            if flaw.kind == "yields to nobody"] == ["note"]  # fmt: skip


def test_a_tier_that_nothing_leads_to_is_told():
    """A tier without a clause is an error; one whose clauses always fail beside a worse one is a note; one that stands alone is neither."""
    low = clause("d1.low", Always(TRUE), Is(BACK, (True,)), "worst")
    masked = clause("d1.masked", Always(TRUE), All((Is(BACK, (True,)), Is(MODE, ("active-active",)))), "middle")
    both = clause("d1.other", Is(BACK, (False,)), Is(MODE, ("active-passive",)), "other")

    def tiers(*clauses):
        return [(flaw.severity, flaw.message.split("`")[3]) for flaw in clause_flaws(pack(*clauses)).flaws if "leads" in flaw.kind]

    assert tiers(low, masked) == [("error", "other")]
    assert tiers(low, masked, both) == [("note", "other")]


CELLS = {PACK: atoms(PACK), BACK: atoms(BACK)}
ROWS = st.lists(st.tuples(st.one_of(st.none(), CELLS[PACK]), st.one_of(st.none(), CELLS[BACK]), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=150)
@given(ROWS)
def test_rows_of_a_table_are_judged_as_looking_at_every_combination_says(written):
    """A row repeats others exactly if each of its combinations is in one; a row contradicts exactly if another rules out all of it."""
    rows = tuple(Row(str(number), (one, two), listed) for number, (one, two, listed) in enumerate(written))
    found = table_flaws(Matrix("m", (PACK, BACK), rows, FALSE))
    every = list(product((*VALUES[PACK], 5), VALUES[BACK]))

    def admitted(row):
        return {
            pair for pair in every if all(cell is None or holds(cell, value) is TRUE for cell, value in zip(row.cells, pair, strict=True))
        }

    boxes = {row.id: admitted(row) for row in rows}
    repeats = {
        row.id
        for row in rows
        if boxes[row.id] <= set().union(*(boxes[one.id] for one in rows if one is not row and one.listed == row.listed))
    }
    dead = {(a.id, b.id) for a in rows for b in rows if a.listed and not b.listed and boxes[a.id] and boxes[a.id] <= boxes[b.id]}
    overlap = {
        (a.id, b.id)
        for a in rows
        for b in rows
        if a.listed and not b.listed and boxes[a.id] & boxes[b.id] and not boxes[a.id] <= boxes[b.id] and not boxes[b.id] <= boxes[a.id]
    }

    def named(kind):
        return {tuple(flaw.message.split("`")[3::2])[:2] for flaw in found if flaw.kind == kind}

    assert {one for one, *_ in named("table row repeats")} == repeats
    assert named("table rows contradict") == dead
    assert named("table rows overlap") == overlap
    for flaw in found:
        assert flaw.kind != "table has a hole" or not any(tuple(value for _, value in flaw.facts) in box for box in boxes.values())


@pytest.mark.parametrize(
    ("low", "high", "hole"),
    [
        (Order(PACK, "at_most", 2), Order(PACK, "at_least", 5), [3]),
        (Order(PACK, "at_most", 2), Order(PACK, "at_least", 3), []),
        (Is(PACK, (1,)), Is(PACK, (3,)), []),
        (Order("workload.release", "at_most", "2007"), Is("workload.release", ("2013",)), ["2010"]),
        (Order("workload.release", "at_most", "2007"), Is("workload.release", ("sql-server-2012",)), []),
    ],
)
def test_a_range_with_a_hole_is_told_with_what_lies_in_it(low, high, hole):
    """Between a range and the next row that is alike nothing is left out unseen; a list of single values has no holes."""
    rows = (Row("low", (low, Is(BACK, (True,)))), Row("high", (high, Is(BACK, (True,)))))
    found = [flaw for flaw in table_flaws(Matrix("m", (low.field, BACK), rows, FALSE)) if flaw.kind == "table has a hole"]

    assert [dict(flaw.facts)[low.field, None] for flaw in found] == hole


@settings(max_examples=15)
@given(CONDITIONS, CONDITIONS, st.sampled_from([Is(SERVICE, ("mscs",)), Not(Is(SERVICE, ("mscs",)))]))
def test_a_value_has_no_way_out_exactly_if_no_deployment_with_it_meets_everything(one, other, scope):
    """A cluster service is without a way out if and only if requirements can apply to it and no deployment with it meets all of them."""
    clauses = [clause("d1.a", scope, one, "worst"), clause("d1.b", one, other, "worst")]
    stuck = {dict(facts).get((SERVICE, None)) for facts in ways_out([pack(*clauses)], DAY).stuck}

    for service in ("mscs", "pacemaker"):
        every = [[(truth(c.applies, made), truth(c.requires, made)) for c in clauses] for made in everything({SERVICE: (service,)})]
        met = any(any(a is TRUE for a, _ in each) and all(a is FALSE or r is TRUE for a, r in each) for each in every)
        speaks = any(a is TRUE for each in every for a, _ in each)
        assert (service in stuck) == (speaks and not met)


def level_of(made: Pack, deployment):
    """The level by the letter: that of the lowest tier that a failing requirement leaves, `None` where none applies."""
    outcomes = [(c, truth(c.applies, deployment, made.matrices), truth(c.requires, deployment, made.matrices)) for c in made.clauses]
    if all(applies is not TRUE for _, applies, _ in outcomes):
        return None
    return min(
        [made.tier(c.caps).level for c, applies, requires in outcomes if applies is TRUE and requires is FALSE], default=TIERS[0].level
    )


TIER = st.sampled_from(["middle", "worst"])
# What is unknown for good is no level; the conditions here are all true or false for every deployment.
DECIDED = CONDITIONS.filter(lambda one: all(truth(one, each) is not UNKNOWN for each in EVERY))


@settings(max_examples=25)
@given(DECIDED, DECIDED, DECIDED, TIER, TIER)
def test_packs_judge_otherwise_exactly_if_a_deployment_is_judged_otherwise(applies, one, other, before_caps, after_caps):
    """`policy diff` finds a deployment that is judged otherwise if and only if there is one, and its witnesses are."""
    kept = clause("d1.kept", applies, other, "middle")
    before, after = pack(kept, clause("d1.a", applies, one, before_caps)), pack(kept, clause("d1.a", one, other, after_caps))
    found = pack_effects(before, after, DAY)

    assert found.whole
    assert found.judged_otherwise == any(level_of(before, each) != level_of(after, each) for each in EVERY)
    for effect in found.effects:
        if effect.witness is not None:
            levels = [verdict.level if verdict.applies else None for verdict in (effect.before, effect.after)]
            assert levels[0] != levels[1] or not (effect.before.decided and effect.after.decided)


def test_a_row_that_is_dropped_changes_a_verdict_on_its_days():
    """A table under one name in both packs is two tables: a row that ended earlier is seen on the days between."""

    def with_row(until):
        table = Matrix("m", (PACK,), (Row("one", (Is(PACK, (1,)),), True, Dates(until=until)),), UNKNOWN)
        return pack(clause("d1.a", Always(TRUE), InMatrix("m"), "worst"), matrices=[table])

    before, after = with_row("2025-06-30"), with_row("2026-06-30")
    effects = pack_effects(before, after, DAY)

    assert [(one.clause, one.before.level.word, one.after.level.word) for one in effects.effects] == [("d1.a", "unsupported", "full")]
    assert [(change.what, change.id, change.how) for change in pack_changes(before, after)] == [("row", "m#one", "changed")]
    assert not pack_effects(before, before, DAY).effects
