"""No step of a path passes through a deployment that was not judged; paths are short; what is below the level says where and why."""

from __future__ import annotations

import sys
from pathlib import Path as Folder

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from strategies import DAYS, DOCUMENT, SOURCE, TIERS, VALUES, clause, dates, deployments, packs
from supportable.core.changing import Model, Move, Price, Rule, Work
from supportable.core.clauses import Level, Pack, select
from supportable.core.compile import FALSE, UNKNOWN, UNKNOWN_BUT_HARMLESS, compile_pack
from supportable.core.conditions import Always, Any, Every, InMatrix, Is, Matrix, Not, Order, Row, Same, Some
from supportable.core.dates import day_from
from supportable.core.deployment import Item, Listing, deployment_of, values_of
from supportable.core.facts import Known
from supportable.core.parse_changing import EMPTY, parse_changing
from supportable.core.path_days import Days
from supportable.core.path_works import RUN, Works
from supportable.core.paths import path_to
from supportable.core.plan_space import Ground, Space
from supportable.core.reading_trees import Problems
from supportable.core.truth import Truth
from supportable.core.verdict import Verdict, judge_by_reference
from supportable.marked import read_marked

sys.path.append(str(Folder(__file__).parents[2] / "bench"))

from path_cases import IN_PLACE, case, shortest

WORK = {
    "look": Work("look", "", Price(1)),
    "easy": Work("easy", "", Price(1)),
    "hard": Work("hard", "", Price(3), takes_node_out=True),
    "run": Work("run", "", Price(1)),
}
MOVES = [
    Move("workload.release", "easy", resets=("workload.service_pack", "nodes.workload_build")),
    Move("workload.service_pack", "easy"),
    Move("workload.build", "easy"),
    Move("cluster.service", "easy", resets=("cluster.name",)),
    Move("cluster.name", "easy", after=("cluster.service",)),
    Move("nodes.os.release", "hard", resets=("nodes.os.edition", "nodes.workload_build")),
    Move("nodes.os.edition", "hard"),
    Move("nodes.workload_build", "easy"),
]
MODEL = Model(WORK, {move.field: move for move in MOVES}, {}, Price(1, 1, 1, 1))


@st.composite
def spaces(draw):
    """A space over a generated pack, and any choice of values for some of its slots."""
    pack, deployment = draw(packs()), draw(deployments())
    rule = Rule("r", Always(Truth.TRUE), Any((Not(Is("workload.service_pack", (3,))), Is("workload.release", ("2007", "2019")))), "made up")
    model = MODEL._replace(rules=draw(st.sampled_from([(), (rule,)])))
    space = Space(Ground([compile_pack(pack)], Level.FULL, (), model.rules), deployment, model, certain=draw(st.booleans()))
    fields = [move.field for move in MOVES]
    slots = list(space.slots_of(draw(st.lists(st.sampled_from(fields), unique=True, max_size=5))))
    return space, {slot: draw(st.sampled_from(VALUES[slot[0]])) for slot in slots}


def in_the_way(space: Space, deployment):
    """The requirements in the way by the reference evaluator, by pack and clause, and whether an issuer that must speak is silent."""
    found, harmless, speaks = set(), set(), False
    for compiled in space.ground.packs:
        outcomes, _ = judge_by_reference(compiled.pack, deployment)
        speaks = speaks or outcomes.applies
        for one, code in zip(compiled.pack.clauses, outcomes.outcomes, strict=True):
            if one.kind == "requirement" and compiled.pack.tier(one.caps).level < space.ground.level:
                found |= {(one.id, code == FALSE)} if code in (FALSE, UNKNOWN) else set()
                harmless |= {(one.id, False)} if code == UNKNOWN_BUT_HARMLESS else set()
    return found if speaks else found | harmless, not speaks


def check(space, path, choice, out_at_once=1):
    for at, out in ((path.start, ()), *((step.after, step.out) for step in path.steps)):
        found = [
            Verdict(one.pack.issuer, at.deployment, [(one, *judge_by_reference(one.pack, at.deployment))]) for one in space.ground.packs
        ]
        assert [(one.issuer, one.worst, one.best) for one in at.standings] == [(one.issuer, one.worst, one.best) for one in found]
        told = {(one.requirement.clause.id, one.fails) for one in at.in_the_way}
        assert (told, at.nobody_speaks) == in_the_way(space, at.deployment)
        names = [one.name for one in space.deployment.listing("nodes").items if one.name not in out]
        assert [one.name for one in at.deployment.listing("nodes").items] == names
        assert len(out) <= out_at_once
    assert path.cost.below == len(path.below)
    assert path.cost.steps == len(path.steps)
    if not path.blocked:
        end = path.end.deployment
        own = {(field, one.name): value for one in end.listing("nodes").items for field, value in one.values.items()}
        held = own | {(field, None): value for field, value in end.values.items()}
        assert {slot: held[slot] for slot in choice} == choice


@settings(max_examples=30, deadline=None)
@given(spaces())
def test_every_step_has_the_level_that_the_reference_evaluator_gives_it(drawn):
    """Each deployment on the way is judged as it says, nodes that are out are not in it, and the last one has the values of the choice."""
    space, choice = drawn
    path = path_to(space, choice)
    check(space, path, choice)
    for step, before in zip(path.steps, (path.start, *(one.after for one in path.steps)), strict=False):
        named = set(step.nodes) or {one.name for one in step.after.deployment.listing("nodes").items}
        for item in step.after.deployment.listing("nodes").items:
            same = next((one for one in before.deployment.listing("nodes").items if one.name == item.name), None)
            assert item.name in named or same is None or same.values == item.values


@settings(max_examples=10, deadline=None)
@given(spaces())
def test_a_broken_rule_is_on_no_path(drawn):
    """No deployment on a path breaks a rule that held before; where no path is left, the rule is named."""
    space, choice = drawn
    works, path = Works(space, choice), path_to(space, choice)
    for step in path.steps:
        made = step.after.deployment
        listings = {name: (tuple(one.values for one in found.items), found.complete) for name, found in made.listings.items()}
        assert not works.rules & set(space.in_the_way(made.values, listings))
    assert path.blocked or path.stages or path.end == path.start
    assert all(one.rule.number in works.rules and one.by for one in path.blocked)


@pytest.mark.parametrize(("nodes", "cases"), [(2, 40), (3, 15), (4, 12)])
def test_a_path_is_as_short_as_the_proven_shortest(nodes, cases):
    """A path of stages is below the level no more often than any path of single steps, and has at most two steps more; mostly it is one."""
    equal = 0
    for seed in range(cases):
        space, choice = case(seed, nodes)
        proof, path = shortest(space, choice), path_to(space, choice)
        check(space, path, choice)
        assert proof.cost is not None
        assert path.cost.below <= proof.cost[0]
        assert path.cost.steps <= proof.cost[2] + 2 or path.cost.below < proof.cost[0]
        equal += tuple(path.cost) == proof.cost
    assert equal >= 0.9 * cases


@pytest.mark.parametrize("at_once", [None, 1, 4])
def test_sixteen_nodes_are_rolled_an_eighth_at_a_time(at_once):
    """With sixteen nodes two are out at a time, or as many as are allowed, and every state in between is judged."""
    space, choice = case(3, 16)
    path = path_to(space, choice, at_once)
    check(space, path, choice, at_once or 2)
    rolled = [stage for stage in path.stages if stage.kind == "roll"]
    assert {name for stage in rolled for name in stage.nodes} == {f"n{number:02}" for number in range(16)}
    assert all(step.kind in ("out", "back") or stage.does[0][0] in IN_PLACE for stage in rolled for step in stage.steps)


def _dag(releases: list[str], **whole):
    def node(number: int, release: str) -> Item:
        own = {"nodes.os.release": Known(release, (SOURCE,))}
        return Item(f"n{number}", own, values_of(own))

    facts = {field.replace("_", ".", 1): Known(value, (SOURCE,)) for field, value in whole.items()}
    listings = {"nodes": Listing(tuple(node(*one) for one in enumerate(releases)), True), "changes": Listing((), True)}
    return deployment_of("made up", facts, listings)


def _ground(*conditions, rules=(), caps="worst"):
    clauses = tuple(clause(number, "requirement", Always(Truth.TRUE), one, caps) for number, one in enumerate(conditions))
    return Ground([compile_pack(Pack("p", "issuer", "", "1", TIERS, (DOCUMENT,), clauses))], Level.FULL, (), rules)


OLD, NEW, BETWEEN = "windows-server-2012-r2", "windows-server-2022", "windows-server-2019"


def test_where_no_order_stays_at_the_level_the_path_says_where_it_is_below_and_by_which_clause():
    """A clause that wants one release on all nodes is in the way exactly while a node of each is in; a second set of machines avoids it."""
    space = Space(_ground(Same("nodes.os.release")), _dag([OLD] * 3), MODEL)
    path = path_to(space, {("nodes.os.release", f"n{number}"): NEW for number in range(3)})

    assert [(step.kind, step.after.met) for step in path.steps] == [
        ("out", True), ("back", False), ("out", False), ("back", False), ("out", True), ("back", True)]  # fmt: skip
    assert {one.requirement.clause.id for step in path.below for one in step.after.in_the_way} == {"d1.c0"}
    assert path.beside is not None
    assert [(stage.kind, stage.steps[0].after.met) for stage in path.beside.stages] == [("together", True)]


def test_a_value_in_between_is_passed_where_only_that_stays_at_the_level():
    """Old and new do not go together, but each goes with the release between them: the nodes pass it, each twice."""
    apart = Any((Not(Some("nodes", Is("nodes.os.release", (OLD,)))), Not(Some("nodes", Is("nodes.os.release", (NEW,))))))
    known = Every("nodes", Is("nodes.os.release", (OLD, BETWEEN, NEW)), Truth.TRUE)
    space = Space(_ground(apart, known), _dag([OLD] * 3), MODEL)
    path = path_to(space, {("nodes.os.release", f"n{number}"): NEW for number in range(3)})

    assert path.detours == ("nodes.os.release",)
    assert not path.below
    assert {change.new for step in path.steps for change in step.changes if change.detour} == {BETWEEN}


def test_no_way_at_all_names_the_rule_and_the_work():
    """Where what is wanted breaks a rule whatever comes first there are no stages; the rule stands with the work that would break it."""
    rule = Rule("never", Always(Truth.TRUE), Not(Is("workload.release", ("2019",))), "made up")
    ground = _ground(Order("workload.release", "at_least", "2003"), rules=(rule,))
    space = Space(ground, _dag([OLD] * 2, workload_release="2007"), MODEL._replace(rules=(rule,)))
    path = path_to(space, {("workload.release", None): "2019"})

    assert path.stages == ()
    assert [(one.rule.clause.id, one.by) for one in path.blocked] == [("never", (("workload.release", "2019"),))]


def test_changes_that_a_rule_keeps_together_are_one_step():
    """Two values that only go together are set at one moment."""
    both = Any((Is("workload.release", ("2007",)), Is("cluster.name", ("b",))))
    back = Any((Is("workload.release", ("2019",)), Is("cluster.name", ("a",))))
    rules = (Rule("one", Always(Truth.TRUE), both, ""), Rule("other", Always(Truth.TRUE), back, ""))
    deployment = _dag([OLD] * 2, workload_release="2007", cluster_name="a")
    space = Space(_ground(Order("workload.release", "at_least", "2003"), rules=rules), deployment, MODEL._replace(rules=rules))
    path = path_to(space, {("workload.release", None): "2019", ("cluster.name", None): "b"})

    assert [{change.field for change in step.changes if change.own} for step in path.steps] == [{"workload.release", "cluster.name"}]


VALIDATED = Every("changes", Any((Not(Is("changes.change", ("kernel-drivers-changed",))), Is(RUN, ("full-run",)))), Truth.TRUE)


def test_a_change_that_must_be_validated_is_followed_by_a_run_before_the_deployment_is_at_the_level_again():
    """After each node the deployment is below the level until the run that the clause asks for, and the change stands in the deployment."""
    recorded = Move("nodes.os.release", "hard", records="kernel-drivers-changed")
    moves = {**MODEL.moves, RUN: Move(RUN, "run", to=("full-run",)), "nodes.os.release": recorded}
    space = Space(_ground(VALIDATED), _dag([OLD] * 3), MODEL._replace(moves=moves))
    path = path_to(space, {("nodes.os.release", f"n{number}"): NEW for number in range(3)})
    check(space, path, {})

    assert [step.kind for step in path.steps] == ["out", "back", "validate"] * 3
    assert [step.kind for step in path.below] == ["back"] * 3
    assert path.end.met
    assert path.end.deployment.listing("changes").items[0].values["changes.change"] == "kernel-drivers-changed"


@st.composite
def dated_tables(draw):
    """A pack whose clauses and rows begin and end, and mostly let a deployment with release 2019 or 2007 be at the level."""
    cells = st.sampled_from([("2019",), ("2007",), ("2007", "2019")]).map(lambda values: (Is("workload.release", values), None))
    row = st.builds(Row, st.uuids().map(str), cells, st.booleans(), dates())
    table = Matrix("top", ("workload.release", "workload.service_pack"), tuple(draw(st.lists(row, min_size=1, max_size=4))), Truth.TRUE)
    wanted = [InMatrix("top"), InMatrix("top"), Is("workload.release", ("2019",)), Is("workload.release", ("2003",))]
    applies = [Always(Truth.TRUE), Always(Truth.TRUE), Is("workload.release", ("2007",))]
    found = tuple(
        clause(number, "requirement", draw(st.sampled_from(applies)), draw(st.sampled_from(wanted)), "worst")._replace(
            dates=draw(dates())._replace(published=None, withdrawn=None)
        )
        for number in range(draw(st.integers(1, 3)))
    )
    whole = draw(dates())
    document = DOCUMENT._replace(published=whole.published, effective_from=whole.since, effective_until=whole.until)
    return Pack("p", "issuer", "", "1", TIERS, (document,), found, (table,))


@settings(max_examples=40, deadline=None)
@given(
    dated_tables(), st.sampled_from(["2007", "2019"]), st.sampled_from(["2019-01-01", *DAYS]), st.sampled_from(["2020-06-01", "2026-01-01"])
)
def test_the_last_day_at_the_level_is_the_one_before_the_first_that_judging_finds_below(pack, release, as_of, known):
    """A deployment at the level on a day is at it on every day until the last one told, and not on the next."""
    deployment = _dag([OLD], workload_release=release)

    def met(day: str) -> bool:
        space = Space(Ground([compile_pack(select(pack, (), day, known))], Level.FULL), deployment, MODEL)
        return in_the_way(space, deployment) == (set(), False)

    assume(met(as_of))
    ground = Ground([compile_pack(select(pack, (), as_of, known))], Level.FULL)
    later = sorted(day for one in DAYS for days in (-1, 0, 1) for day in [day_from(one, days)] if day > as_of)
    first = next((day for day in later if not met(day)), None)

    assert Days(ground, [pack], as_of, known).last(deployment).day == (day_from(first, -1) if first is not None else None)


def test_a_model_says_where_a_key_about_paths_is_wrong():
    """An unknown change, an unknown field to come after and a truth that is none are each one problem with a place and a hint."""
    problems = Problems()
    text = """
        model: sample
        work: {hard: {says: hard work, takes_node_out: perhaps}}
        fields:
          nodes.dotnet: {work: hard, records: kernel-driver-changed}
          cluster.validation: {work: hard, after: [nodes.os.relase]}
    """
    tree, _ = read_marked(text.replace("\n        ", "\n"), "sample.yaml")
    parse_changing(tree, EMPTY, problems)

    assert sorted((one.place.line, one.message) for one in problems) == [
        (3, "`takes_node_out` is true or false"),
        (5, "unknown change `kernel-driver-changed`"),
        (6, "unknown field `nodes.os.relase`"),
    ]
