"""Deployments to plan for, drawn by a seed over the fields that the policies read: mostly known, of every product and cluster family.

They are made up, and right-shaped: a value comes from those that the clauses name for its field, nodes are alike with a few exceptions.
"""

from __future__ import annotations

from random import Random

from supportable.core.changing import Model
from supportable.core.deciding import Slot
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.facts import ABSENT, Absent, Fact, Known, Source, Unknown, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.plan import Planner
from supportable.core.plan_space import Ground, Space, changed
from supportable.core.verdict import with_placeholders
from supportable.solvers import maxsat

SOURCE = Source("made-up", 1)

WORKLOADS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "exchange": (
        "exchange-server",
        ("2003", "2007", "2010", "2013", "2016", "2019", "subscription-edition"),
        ("mscs", "veritas-cluster-server", "lifekeeper"),
    ),
    "sql-on-windows": ("sql-server", ("sql-server-2012", "sql-server-2016", "sql-server-2019", "sql-server-2022"), ("mscs",)),
    "sql-on-linux": ("sql-server", ("sql-server-2017", "sql-server-2019", "sql-server-2022"), ("pacemaker",)),
    "oracle": ("oracle-database", (), ("pacemaker", "other")),
    "other-on-linux": ("other", (), ("pacemaker", "red-hat-cluster-suite")),
}  # fmt: skip
SYSTEMS = {
    "windows": (
        "windows-server-2003", "windows-server-2008", "windows-server-2008-r2", "windows-server-2012-r2",
        "windows-server-2016", "windows-server-2019", "windows-server-2022",
    ),
    "linux": ("rhel-7", "rhel-8", "rhel-9", "sles-12", "sles-15"),
}  # fmt: skip
STAYS = ("workload.product", "workload.release", "cluster.service", "nodes.os.release")


def deployment_for(seed: int, ground: Ground, nodes: int | None = None, unknown: float | None = None) -> Deployment:
    """Return the deployment of a seed, of one to six nodes unless somebody says how many; `unknown` is the share of facts nobody knows."""
    random = Random(seed)
    product, releases, services = random.choice(list(WORKLOADS.values()))
    service = random.choice(services)
    systems = SYSTEMS["linux" if service in ("pacemaker", "red-hat-cluster-suite") or product == "oracle-database" else "windows"]
    given: dict[str, Fact] = {"workload.product": _known(product), "cluster.service": _known(service)}
    if releases:
        given["workload.release"] = _known(random.choice(releases))
    share = random.choice([0.0, 0.05, 0.05, 0.1, 0.3]) if unknown is None else unknown
    fact = lambda field: _fact(random, ground, field, share)  # noqa: E731
    whole = [field for field in ground.fields if FIELDS[field].listing is None]
    facts = {**{field: fact(field) for field in whole}, **given}
    alike = {field: fact(field) for field in ground.fields if FIELDS[field].listing == "nodes"}
    alike["nodes.os.release"] = _known(random.choice(systems))
    items = []
    for number in range(nodes or random.randint(1, 6)):
        own = dict(alike)
        for field in random.sample(list(own), random.choice([0, 0, 1, 3])):
            own[field] = _known(random.choice(systems)) if field == "nodes.os.release" else fact(field)
        items.append(Item(f"node-{number + 1}", own, values_of(own)))
    listings = {"nodes": Listing(tuple(items), random.random() < 0.9)}
    for name in ("contracts", "changes", "components"):
        if random.random() < 0.8:
            listings[name] = Listing((), True)
    return deployment_of(f"made-up-{seed}", facts, listings)


def with_faults(seed: int, ground: Ground, model: Model, nodes: int | None = None) -> Deployment | None:
    """Return a deployment that is at the level but for one to four facts that are otherwise or unknown; `None` where the seed has none."""
    random = Random(seed)
    drawn = Planner(Space(ground, with_placeholders(deployment_for(seed, ground, nodes, 0.05)), model))
    found = maxsat.cheapest(drawn)
    if found.choice is None:
        return None
    good = drawn.space.deployment_with(found.choice, drawn.unset_by(found.choice))
    facts: dict[Slot, Value | _Absent] = {}
    unknown: set[Slot] = set()
    slots = drawn.space.slots_of(field for field in ground.fields if field not in STAYS[:1])
    for number in range(1, 60):
        slot = random.choice(slots)
        made = _fact(random, ground, slot[0], 0.2)
        if isinstance(made, Unknown):
            unknown.add(slot)
        else:
            facts[slot] = made.value if isinstance(made, Known) else ABSENT
        spoilt = changed(good, {one: value for one, value in facts.items() if one not in unknown}, unknown)
        if number >= random.randint(1, 4) and Planner(Space(ground, spoilt, model)).in_the_way_of({}):
            return spoilt
    return None


def _known(value: Value) -> Fact:
    return Known(value, (SOURCE,))


def _fact(random: Random, ground: Ground, field: str, unknown: float) -> Fact:
    values: list[Value | _Absent] = list(ground.values(field))
    if random.random() < unknown or not values:
        return Unknown("nobody looked")
    value = random.choice(values)
    return Absent((SOURCE,)) if value is ABSENT else Known(value, (SOURCE,))
