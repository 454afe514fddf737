"""Other readings: each was judged again and does what it says, none is larger than it need be, and precedence counts."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import DOCUMENT, TIERS, VALUES, clause, deployments, packs
from supportable.core.clauses import Level, Pack, YieldsTo, select
from supportable.core.compile import compile_pack
from supportable.core.conditions import OPERATORS, All, Any, Condition, Every, InMatrix, Is, Matrix, Not, Order, Present, Row, Some
from supportable.core.deployment import deployment_of
from supportable.core.facts import ABSENT, Absent, Known, Unknown
from supportable.core.fields import FIELDS
from supportable.core.other_readings import PARTS, edited, other_readings, reaches
from supportable.core.rewording import cost_of
from supportable.core.truth import Truth
from supportable.core.verdict import judge, judge_by_reference

LEVELS = st.sampled_from([Level.FULL, Level.LIMITED])


@st.composite
def yielding_packs(draw):
    """A generated pack, as `select` leaves it, of which some clauses yield to others."""
    pack = draw(packs())
    names = [one.id for one in pack.clauses]
    clauses = []
    for number, one in enumerate(pack.clauses):
        to = draw(st.sampled_from([None, *names[:number]]))
        clauses.append(one._replace(yields_to=(YieldsTo(to, "later-document", "so"),)) if to else one)
    return select(pack._replace(clauses=tuple(clauses)))


def waived(pack: Pack, names: set[str]) -> Pack:
    """The pack in which these clauses leave the best tier."""
    return pack._replace(clauses=tuple(one._replace(caps="best") if one.id in names else one for one in pack.clauses))


@settings(max_examples=60)
@given(yielding_packs(), deployments(), LEVELS)
def test_the_deployment_judged_again_by_the_edited_pack_reaches_the_level(pack, deployment, level):
    """Each reading with the other clauses waived, and the cheapest choice alone, reach the level; without any, the level is not reached."""
    for point in other_readings(deployment, [compile_pack(pack)], level):
        names = {one.finding.clause.id for one in point.in_the_way}
        assert bool(names) is any(one.clause.id in names for one in point.verdict.failed)
        assert reaches([pack], deployment, level) is not bool(names) or not point.verdict.surely_applies
        for one in point.in_the_way:
            for reading in one.readings:
                (made,) = edited([pack], [reading])
                assert reaches([waived(made, names - {one.finding.clause.id})], deployment, level)
                assert reaches([waived(made, names - {one.finding.clause.id, *reading.also})], deployment, level)
                if not reading.waives:
                    found = dict(zip((c.id for c in made.clauses), judge_by_reference(made, deployment)[0].outcomes, strict=True))
                    assert reading.part == "caps" or found[one.finding.clause.id] != 0
                    assert all(isinstance(read.fact, Unknown) for read in reading.missing)
        if names:
            assert reaches(edited([pack], point.together), deployment, level)


@settings(max_examples=30)
@given(yielding_packs(), deployments(), LEVELS)
def test_readings_stand_cheapest_first_and_the_waiver_last(pack, deployment, level):
    """Fewer edits come first, then what is asked before whom it is asked of; the last reading, and only it, waives the whole clause."""
    for point in other_readings(deployment, [compile_pack(pack)], level):
        for one in point.in_the_way:
            *milder, last = one.readings
            keys = [(len(reading.edits), PARTS.index(reading.part), cost_of(reading.edits)) for reading in milder]
            assert keys == sorted(keys)
            assert last.waives and not any(reading.waives for reading in milder)


def variants(condition: Condition) -> Iterator[Condition]:
    """Every condition that differs in one value of one test, or in one bound with its operator."""
    match condition:
        case Is(field, values) if FIELDS[field].kind != "boolean":
            yield from (Is(field, (*values, one)) for one in (*VALUES[field], ABSENT) if one not in values)
            if len(values) > 1:
                yield from (Is(field, tuple(one for one in values if one != out)) for out in values)
        case Order(field):
            yield from (Order(field, operator, bound) for operator in OPERATORS for bound in VALUES[field])
        case Not(part):
            yield from map(Not, variants(part))
        case Every(_, part) | Some(_, part):
            yield from (condition._replace(part=one) for one in variants(part))
        case All(parts) | Any(parts):
            for number, part in enumerate(parts):
                yield from (type(condition)((*parts[:number], one, *parts[number + 1 :])) for one in variants(part))


@settings(max_examples=60)
@given(packs(), deployments())
def test_no_reading_is_larger_than_it_need_be(pack, deployment):
    """Where one other value or bound in what a clause requires would do, the cheapest reading is one edit."""
    for point in other_readings(deployment, [compile_pack(pack)], Level.FULL):
        names = {one.finding.clause.id for one in point.in_the_way}
        for one in point.in_the_way:
            name = one.finding.clause.id
            others = waived(pack, names - {name})
            for other in variants(one.finding.clause.requires):
                changed = tuple(c._replace(requires=other) if c.id == name else c for c in others.clauses)
                if reaches([others._replace(clauses=changed)], deployment, Level.FULL):
                    assert not one.readings[0].waives and len(one.readings[0].edits) == 1
                    break


def judged(*clauses, facts, matrices=()):
    """The one standpoint of a pack of these clauses on a deployment of these facts."""
    pack = select(Pack("p", "issuer", "s", "1", TIERS, (DOCUMENT,), clauses, matrices))
    (point,) = other_readings(deployment_of("d", facts, {}), [compile_pack(pack)], Level.FULL)
    return point


SERVICE = Present("cluster.service")
FACTS = {"cluster.service": Known("veritas-cluster-server"), "workload.release": Known("2007"), "workload.service_pack": Known(1)}


def test_a_scope_that_lets_a_stricter_clause_apply_is_no_reading():
    """Narrowing a clause in front of which another yields would only bring that one up: it is not among the readings."""
    names_both = Is("cluster.service", ("mscs", "veritas-cluster-server"))
    later = clause(0, "requirement", names_both, Is("workload.service_pack", (2,)), "worst")
    earlier = clause(1, "requirement", SERVICE, Is("workload.service_pack", (3,)), "worst")

    alone = judged(later, earlier._replace(requires=Present("cluster.service")), facts=FACTS)
    yielding = judged(later, earlier._replace(yields_to=(YieldsTo(later.id, "later-document", "so"),)), facts=FACTS)

    assert [one.part for one in alone.in_the_way[0].readings] == ["requires", "applies", "waived"]
    assert [one.part for one in yielding.in_the_way[0].readings] == ["requires", "waived"]


def test_a_reading_under_which_nobody_supports_anything_is_none():
    """The only requirement, narrowed until it does not apply, leaves no document that speaks: it is not among the readings."""
    only = clause(0, "requirement", Is("cluster.service", ("mscs", "veritas-cluster-server")), Is("workload.service_pack", (2,)), "worst")

    assert [one.part for one in judged(only, facts=FACTS).in_the_way[0].readings] == ["requires", "waived"]


def test_the_row_that_comes_nearest_is_widened_first_and_one_change_of_a_table_counts_for_all_who_ask_it():
    """Of two rows the one with the nearer cell comes first; a second clause that asks the same table is no longer in the way either."""
    columns = ("workload.release", "workload.service_pack")
    cells = lambda *of: tuple(Is(name, (value,)) for name, value in zip(columns, of, strict=True))  # noqa: E731
    table = Matrix(
        "top", columns, (Row("far", cells("2007", 3)), Row("near", cells("2007", 2)), Row("other", cells("5.5", 3))), Truth.FALSE
    )
    asks = [clause(number, "requirement", SERVICE, InMatrix("top"), "worst") for number in range(2)]
    point = judged(*asks, facts=FACTS, matrices=(table,))

    first, second, third, *_ = point.in_the_way[0].readings
    assert [(one.edits[0].kind, one.edits[0].row) for one in (first, second, third)] == [("cell", "near"), ("cell", "far"), ("row", "near")]
    assert first.also == (asks[1].id,)
    assert [one.clause.id for one in point.together] == [asks[0].id]


def test_what_nobody_looked_at_is_to_be_looked_at_and_not_to_be_negotiated():
    """A requirement that is unknown has no readings; it stands under what to look at first, with its facts."""
    known = clause(0, "requirement", SERVICE, Is("workload.service_pack", (2,)), "middle")
    unknown = clause(1, "requirement", SERVICE, Is("cluster.geographically_dispersed", (True,)), "worst")

    point = judged(known, unknown, facts=FACTS)

    assert [one.finding.clause.id for one in point.in_the_way] == [known.id]
    assert [(one.clause.id, [read.field for read in one.missing]) for one in point.look_first] == [
        (unknown.id, ["cluster.geographically_dispersed"])
    ]


def test_a_bound_is_moved_just_past_the_fact_and_once_for_all_machines():
    """The bound of a number moves to the fact; none known to be there is a value to allow, not a bound."""
    asks = clause(0, "requirement", SERVICE, Order("workload.service_pack", "above", 2), "worst")

    one = judged(asks, facts=FACTS).in_the_way[0].readings[0]
    none = judged(asks, facts={**FACTS, "workload.service_pack": Absent()}).in_the_way[0].readings[0]

    assert one.clause.requires == Order("workload.service_pack", "at_least", 1)
    assert one.edits[0].kind == "bound"
    assert none.clause.requires == Any((asks.requires, Is("workload.service_pack", (ABSENT,))))


def test_a_cap_that_is_high_enough_is_a_reading_and_the_best_one_is_the_waiver():
    """For `limited` a clause may leave its issuer's next tier that will do; for `full` only the whole clause can go."""
    asks = clause(0, "requirement", SERVICE, Is("workload.service_pack", (2,)), "worst")
    pack = select(Pack("p", "issuer", "s", "1", TIERS, (DOCUMENT,), (asks,)))
    deployment = deployment_of("d", FACTS, {})
    assert judge(deployment, [compile_pack(pack)])[0].level is Level.UNSUPPORTED

    parts = {}
    for level in (Level.LIMITED, Level.FULL):
        (point,) = other_readings(deployment, [compile_pack(pack)], level)
        parts[level] = [(one.part, one.clause.caps) for one in point.in_the_way[0].readings]

    assert parts[Level.LIMITED] == [("requires", "worst"), ("caps", "other"), ("waived", "best")]
    assert parts[Level.FULL] == [("requires", "worst"), ("waived", "best")]


def test_all_clauses_in_the_way_must_read_differently():
    """Of two clauses that have nothing to do with each other, no reading of one does for the other, and the choice has both."""
    asks = (
        clause(0, "requirement", SERVICE, Is("workload.service_pack", (2,)), "worst"),
        clause(1, "requirement", SERVICE, Is("workload.release", ("2003",)), "middle"),
    )
    point = judged(*asks, facts=FACTS)

    assert [one.finding.clause.id for one in point.in_the_way] == [one.id for one in asks]
    assert all(reading.also == () for one in point.in_the_way for reading in one.readings)
    assert [one.clause.id for one in point.together] == [one.id for one in asks]
