"""The use case of plans for a fleet: an inventory, packs and a model of changes -> the few changes that lift the most deployments.

In: what `fleet check` is asked for, and what `plan` is asked for. Out: a `FleetPlanned`, and a table of one row a deployment, written whole
or not at all. Columns: `key`; `level`, `worst`, `best` over all issuers asked (NULL as in `fleet check`); `standing` (one of `STANDINGS`);
`configuration` (a number), `cost`, `proven` and `changes`: NULL where no plan was asked for, cost and changes also where no way was found.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from supportable import app
from supportable.core.configurations import Telling
from supportable.core.deployment import Deployment
from supportable.core.fleet_planned import STANDINGS, Configuration, FleetPlanned, Told
from supportable.core.fleet_plans import CLAUSES_IN_ALL, NODES_EACH, ConfigurationPlan, FleetPlanner, FleetWay
from supportable.core.plan_space import Ground
from supportable.errors import unknown_word
from supportable.fleets import Asked, Progress, by_issuer, opened_fleet, refuse_itself
from supportable.planning import Wish
from supportable.reports.fleet_plan_words import row_words
from supportable.stores import packs as pack_store
from supportable.stores.fleet_tables import open_output
from supportable.stores.judged_rows import JudgedRows
from supportable.stores.workspace import require_libraries

FORMATS = ("text", "json", "csv")


class Budget(NamedTuple):
    """How many states of plans are looked at for one configuration; and for the fleet, times the clauses."""

    each: int = NODES_EACH
    in_all: int = CLAUSES_IN_ALL


BUDGET = Budget()

MODELS_MAX, SEEDS = 4, 3
"""How many configurations that are at the level are taken as models for the others; how many are planned first where there are none."""


def plan_fleet(
    asked: Asked, wish: Wish, output: str | Path | None, on_progress: Progress, cache: Path | None, budget: Budget = BUDGET
) -> FleetPlanned:
    """Judge an inventory, plan for each configuration below the level or undecided, and weigh the changes against each other.

    The table goes to `output` (see `stores/fleet_tables.py`) if it is given.
    """
    if output is None:
        return _planned(asked, wish, None, None, on_progress, cache, budget)
    require_libraries()
    from supportable.engines.standings import ROWS

    with open_output(str(output), ROWS) as opened:
        return _planned(asked, wish, output, opened, on_progress, cache, budget)


def _planned(
    asked: Asked, wish: Wish, output: str | Path | None, writer: Any, on_progress: Progress, cache: Path | None, budget: Budget
) -> FleetPlanned:
    model = app.load_model(wish.cost, min(asked.as_of, asked.known))
    paths = tuple(Path(one) for one in asked.packs)
    compiled = app.compiled_packs(paths, asked.documents, asked.as_of, asked.known, pack_store.Cache(cache))
    issuers = by_issuer(compiled)
    for name in wish.issuers:
        if name not in issuers:
            raise unknown_word(name, sorted(issuers), "issuer")
    ground = Ground(compiled, wish.level, wish.issuers, model.rules)
    with opened_fleet(asked) as (fleet, folder):
        from supportable.engines.configurations import Configurations
        from supportable.engines.standings import Standing

        refuse_itself(fleet, output)
        judging = Standing({name: issuers[name] for name in ground.issuers}, wish.level, ground.named)
        telling = Telling(ground, model, wish.keep, wish.allow)
        known, models = Configurations(telling), Configurations(telling)
        passing = JudgedRows(folder / "planned")
        counted: Counter[str] = Counter()
        done = 0
        for batch in fleet:
            rows = judging.rows(batch, known, models)
            counted.update(rows.column("standing").to_pylist())
            if writer is not None:
                passing.write(0, rows)
            done += batch.num_rows
            on_progress(done)
        planner = FleetPlanner(ground, model, wish.keep, wish.allow, budget.each, budget.in_all, app.planner_for)
        for number in _most(models)[:MODELS_MAX]:
            planner.learn(models.deployments[number], models.counts[number])
        plans = _plans(planner, known, on_progress)
        on_progress("weighing the changes against each other")
        told = Told([Configuration(*one) for one in zip(plans, known.counts, known.keys, strict=True)], ground.requirements, model)
        if writer is not None:
            on_progress("writing the rows")
            for _, rows in passing.read():
                writer.write(_finished(rows, plans, told.chosen))
        says = {one.clause.id: one.clause.says for one in ground.requirements}
        standings = {one: counted[one] for one in STANDINGS}
        outcomes, deployments = told.outcomes(weighed=False), told.outcomes(weighed=True)
        return FleetPlanned(
            asked.inventory, wish.level.word, wish.issuers or ground.issuers, standings, outcomes, deployments, told.lifts(), told.alone(),
            told.blocked(), says, fleet.report(), model.name, asked.as_of, asked.known, told.first(),
        )  # fmt: skip


def _plans(planner: FleetPlanner, known: Any, on_progress: Progress) -> list[ConfigurationPlan]:
    """Return the plan of each configuration; those of most deployments first, so that what is left out concerns few."""
    most = _most(known)
    # What is known best is found out soonest, and then is a model for the others.
    first = [] if planner.served else sorted(most, key=lambda number: -_known(known.deployments[number]))[:SEEDS]
    order = [*first, *(number for number in most if number not in first)]
    plans: dict[int, ConfigurationPlan] = {}
    for done, number in enumerate(order, 1):
        on_progress(f"planning configuration {done} of {len(order)}")
        plans[number] = planner.plan(known.deployments[number], known.counts[number], len(order) - done + 1)
    for done, number in enumerate(order, 1):
        on_progress(f"looking for changes in common: {done} of {len(order)}")
        plans[number] = planner.again(known.deployments[number], plans[number])
    return [plans[number] for number in range(len(order))]


def _most(configurations: Any) -> list[int]:
    """Return the numbers of configurations, those of most deployments first."""
    return sorted(range(len(configurations.counts)), key=lambda number: (-configurations.counts[number], number))


def _known(deployment: Deployment) -> int:
    """Return how many facts are known of a deployment and of the item of which least is."""
    listings = [listing.items for listing in deployment.listings.values() if listing.items]
    return len(deployment.values) + sum(min(len(item.values) for item in items) for items in listings)


def _finished(rows: Any, plans: list[ConfigurationPlan], chosen: dict[int, FleetWay]) -> Any:
    """Return rows with their plans: the way that the order of changes comes to first."""
    import pyarrow as pa

    from supportable.engines.standings import ROWS

    cost: list[int | None] = []
    proven: list[bool | None] = []
    changes: list[list[str] | None] = []
    names = {name.removeprefix("names|"): rows.column(name) for name in rows.column_names if name.startswith("names|")}
    for at, number in enumerate(rows.column("configuration").to_pylist()):
        plan, way = (None, None) if number is None else (plans[number], chosen.get(number))
        cost.append(plan.cost if plan is not None and way is not None else None)
        proven.append(plan.proven if plan is not None else None)
        called = {listing: column[at].as_py() or [] for listing, column in names.items()} if way is not None else {}
        changes.append(row_words(way, called) if way is not None else None)
    kept = rows.select([name for name in ROWS.names if name in rows.column_names])
    for name, values in (("cost", cost), ("proven", proven), ("changes", changes)):
        kept = kept.append_column(ROWS.field(name), pa.array(values, ROWS.field(name).type))
    return kept.cast(ROWS)


def render(found: FleetPlanned, form: str, width: int) -> str:
    """Return what was found as text or JSON."""
    module = import_module(f"supportable.reports.fleet_plan_{form}")
    return str(module.render(found, width) if form == "text" else module.render(found))


def plan_fleet_as_csv(asked: Asked, wish: Wish, on_progress: Progress, cache: Path | None) -> tuple[FleetPlanned, str]:
    """Return what was found, and its table as CSV."""
    with tempfile.TemporaryDirectory(prefix="supportable-") as folder:
        path = Path(folder) / "rows.csv"
        found = plan_fleet(asked, wish, path, on_progress, cache)
        return found, path.read_text(encoding="utf-8")
