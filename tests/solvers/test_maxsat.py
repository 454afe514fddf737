"""MaxSAT against the search over the policies that ship: what both prove costs the same."""

from __future__ import annotations

from collections import Counter

import pytest

from plan_cases import deployment_for, with_faults
from supportable import app
from supportable.app import load_model
from supportable.core.clauses import Level
from supportable.core.plan import Planner, core_of, others
from supportable.core.plan_space import Ground, Space
from supportable.core.verdict import judge, with_placeholders
from supportable.solvers import maxsat

DATES = {"as_of": "2026-11-25", "known": "2026-11-25"}
NODES_MAX = 25


@pytest.fixture(scope="module")
def model():
    """The model of changes that ships."""
    return load_model(None)


@pytest.fixture(scope="module")
def ground(model):
    """The policies that ship, and the level `full`."""
    return Ground(app.prepare(app.load_packs(), **DATES), Level.FULL, (), model.rules)


def drawn(ground, model, numbers):
    """Deployments of every kind: most with a few faults, some with facts drawn without regard to any policy."""
    for seed in numbers:
        found = with_faults(seed, ground, model) if seed % 4 else None
        yield seed, found or with_placeholders(deployment_for(seed, ground))


def test_search_and_solver_find_the_same_cost_and_the_level_is_reached(ground, model):
    """Over 500 deployments the search and RC2 find plans of the same cost, or none; every plan is at the level when it is judged."""
    compared = Counter()
    for seed, deployment in drawn(ground, model, range(680)):
        space = Space(ground, deployment, model, certain=seed % 5 == 0)
        search, solver = Planner(space).cheapest(nodes_max=NODES_MAX, quickly=False), maxsat.cheapest(Planner(space))
        assert solver.proven
        if search.proven:
            compared["a plan" if search.choice is not None else "none"] += 1
            assert (search.cost, search.choice is None) == (solver.cost, solver.choice is None), seed
        else:
            assert search.at_least <= solver.cost
        for found in (search, solver):
            if found.choice is not None:
                planner = Planner(space)
                after = judge(space.deployment_with(found.choice, planner.unset_by(found.choice)), ground.packs)
                assert planner.cost(found.choice) == found.cost, seed
                assert any(one.surely_applies for one in after), seed
                assert all(one.worst is Level.FULL for one in after if one.applies), seed
    assert compared.total() >= 500
    assert min(compared["a plan"], compared["none"]) >= 20


def test_a_planner_that_can_fall_back_proves_every_answer(ground, model):
    """With a solver to fall back on, every cheapest plan is proven, and no core can be met for less or made smaller by one."""
    for seed, deployment in drawn(ground, model, range(0, 40, 4)):
        space = Space(ground, deployment, model)
        planner = Planner(space, maxsat)
        found = planner.cheapest()
        assert found.proven, seed
        assert found.cost == maxsat.cheapest(Planner(space)).cost, seed
        core, _ = core_of(planner, found.cost)
        assert maxsat.cheapest(planner, found.cost, core).choice is None, seed
        for number in core:
            assert maxsat.cheapest(planner, found.cost, set(core) - {number}).choice is not None, seed
        if found.choice is not None:
            more, _ = others(planner, found, 3)
            assert all(planner.cost(one) == found.cost and not planner.in_the_way_of(one) for one in more), seed
