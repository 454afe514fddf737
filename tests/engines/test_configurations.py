"""Configurations of a fleet: rows that nothing tells apart have one plan, and it leads each of them to the level."""

from __future__ import annotations

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from strategies import deployments, packs
from supportable.app import load_model
from supportable.core.clauses import Level
from supportable.core.compile import compile_pack
from supportable.core.configurations import Telling
from supportable.core.deployment import Deployment
from supportable.core.fields import FIELDS
from supportable.core.fleet_planned import Configuration, Told
from supportable.core.fleet_plans import FleetPlanner
from supportable.core.plan import Planner
from supportable.core.plan_space import Ground, Space, changed
from supportable.core.verdict import judge, with_placeholders
from supportable.engines.arrow import schema_of, table_of
from supportable.engines.configurations import Configurations
from supportable.engines.standings import Standing
from supportable.reports.fleet_plan_words import own_name

MODEL = load_model(None)
NODES = 60
FLEETS = st.lists(deployments(), min_size=1, max_size=4)
LEVELS = st.sampled_from([Level.FULL, Level.LIMITED])


def twins(fleet: list[Deployment]) -> list[Deployment]:
    """Each deployment, and the same with its items the other way round and called otherwise; each with a key of its own."""
    turned = [
        one._replace(
            listings={
                name: listing._replace(items=tuple(item._replace(name=f"other {at}") for at, item in enumerate(reversed(listing.items))))
                for name, listing in one.listings.items()
            }
        )
        for one in fleet
    ]
    return [one._replace(name=f"d{at}") for at, one in enumerate([*fleet, *turned])]


def judged(pack, fleet, level, named):
    """The rows, configurations and planner of a fleet, read in two batches."""
    compiled = [compile_pack(pack)]
    ground = Ground(compiled, level, named, MODEL.rules)
    known = Configurations(Telling(ground, MODEL))
    standing = Standing({pack.issuer: compiled}, level, named)
    table = table_of(fleet, schema_of()).combine_chunks()
    rows = [row for batch in table.to_batches(max_chunksize=4) for row in standing.rows(batch, known).to_pylist()]
    return compiled, known, FleetPlanner(ground, MODEL, nodes_each=NODES), rows


@settings(max_examples=25, phases=[Phase.generate])
@given(packs(), FLEETS, LEVELS, st.booleans())
def test_rows_of_one_configuration_have_plans_of_the_same_cost(pack, found, level, named):
    """A row is planned for exactly if something is in its way; planning it alone costs what planning its configuration does."""
    fleet = twins(found)
    _, known, planner, rows = judged(pack, fleet, level, (pack.issuer,) if named else ())
    plans = [planner.planner(one).cheapest(nodes_max=NODES) for one in known.deployments]

    assert sum(known.counts) == len([row for row in rows if row["configuration"] is not None])
    for deployment, row in zip(fleet, rows, strict=True):
        if row["standing"] != "silent":
            assert (row["standing"] == "at the level") == (not Planner(Space(planner.ground, deployment, MODEL)).in_the_way_of({}))
        if row["configuration"] is not None:
            plan, own = plans[row["configuration"]], planner.planner(deployment).cheapest(nodes_max=NODES)
            if plan.proven and own.proven:
                assert (own.choice is None, own.cost) == (plan.choice is None, plan.cost)


@settings(max_examples=20, phases=[Phase.generate])
@given(packs(), FLEETS)
def test_items_have_no_order(pack, found):
    """A deployment whose items stand the other way round, under other names, is of the same configuration."""
    *_, rows = judged(pack, twins(found), Level.FULL, ())
    half = len(found)

    compares = any(one in repr(pack.clauses) for one in ("Same(",))
    # Items that differ only in what is compared may stay apart (`engines/configurations.py`).
    assert compares or [row["configuration"] for row in rows[:half]] == [row["configuration"] for row in rows[half:]]


@settings(max_examples=25, phases=[Phase.generate])
@given(packs(), FLEETS, LEVELS)
def test_what_is_counted_as_lifted_is_at_the_level_when_judged_again(pack, found, level):
    """Each row with a way, changed as the way of its configuration says (its items by their own names), is judged to be at the level."""
    fleet = twins(found)
    compiled, known, planner, rows = judged(pack, fleet, level, ())
    plans = [planner.plan(one, count) for one, count in zip(known.deployments, known.counts, strict=True)]
    plans = [planner.again(one, plan) for one, plan in zip(known.deployments, plans, strict=True)]
    told = Told([Configuration(*one) for one in zip(plans, known.counts, known.keys, strict=True)], planner.ground.requirements, MODEL)

    lifted = 0
    for deployment, row in zip(fleet, rows, strict=True):
        way = told.chosen.get(row["configuration"]) if row["configuration"] is not None else None
        if way is None:
            continue
        lifted += 1

        def own(slot, row=row):
            field, owner = slot
            return field, None if owner is None else own_name(owner, row[f"names|{FIELDS[field].listing}"])

        after = changed(with_placeholders(deployment), {own(slot): value for slot, value in way.choice.items()}, map(own, way.unset))
        (verdict,) = judge(after, compiled)
        assert verdict.surely_applies and verdict.worst >= level
        done = {change for one in told.rounds for change in one.changes}
        assert done.issuperset(way.changes)
    assert lifted == (told.rounds[-1].in_all if told.rounds else 0)
    assert all(
        spent(planner.planner(one).space, way) == plan.cost for one, plan in zip(known.deployments, plans, strict=True) for way in plan.ways
    )


def spent(space, way) -> int:
    """What the changes of a way add up to."""
    look = MODEL.cost(MODEL.look)
    # That there is any item at all costs nothing to know.
    slots = [(change, slot) for change, own in way.changes.items() for slot in own if slot in way.choice]
    return sum(look if one.kind == "look" else MODEL.cost(space.price(slot, space.held_now(slot), one.value)) for one, slot in slots)
