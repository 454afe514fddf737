"""Fleets and packs that every engine judges: drawn once, so that one query serves many conditions."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import product

from hypothesis import HealthCheck, Phase, given, settings

from strategies import DOCUMENT, SOURCE, TIERS, VALUES, clause
from supportable.core.clauses import Clause, Pack
from supportable.core.conditions import (
    OPERATORS,
    All,
    Always,
    Any,
    Condition,
    Count,
    Every,
    InMatrix,
    Is,
    Matrix,
    Not,
    Order,
    Present,
    Row,
    Same,
    Some,
)
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.facts import ABSENT, Absent, Known
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.truth import Truth


def drawn(strategy, number: int) -> list:
    """The first examples of a strategy, the same in every run."""
    found: list = []

    @settings(
        max_examples=number,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(one):
        found.append(one)

    draw()
    return found


def numbered(deployments: Iterable[Deployment]) -> list[Deployment]:
    """The deployments, each with a key of its own."""
    return [one._replace(name=f"d{number}") for number, one in enumerate(deployments)]


def merged(packs: Iterable[Pack]) -> Pack:
    """One pack with the clauses of all, each with the matrices of its own pack."""
    clauses: list[Clause] = []
    matrices: list[Matrix] = []
    for number, pack in enumerate(packs):
        matrices += [one._replace(id=f"{one.id}-{number}") for one in pack.matrices]
        for one in pack.clauses:
            requires = None if one.requires is None else _renamed(one.requires, number)
            clauses.append(one._replace(id=f"c{len(clauses)}", applies=_renamed(one.applies, number), requires=requires))
    return Pack("merged", "issuer", "sample", "1", TIERS, (DOCUMENT,), tuple(clauses), tuple(matrices))


def _renamed(condition: Condition, number: int) -> Condition:
    match condition:
        case InMatrix(name):
            return InMatrix(f"{name}-{number}")
        case All(parts) | Any(parts):
            return type(condition)(tuple(_renamed(part, number) for part in parts))
        case Not() | Every() | Some():
            return condition._replace(part=_renamed(condition.part, number))
        case _:
            return condition


def item(name: str, **facts) -> Item:
    """A node (or contract) of these facts, `__` for a dot."""
    made = {key.replace("__", "."): fact for key, fact in facts.items()}
    return Item(name, made, values_of(made))


def odd_fleet() -> list[Deployment]:
    """The rows that a fleet of drawn ones may lack: twins by name, empty lists of both kinds, texts without a version."""
    windows = {"nodes__os__release": Known("windows-server-2003", (SOURCE,)), "nodes__os__edition": Known("enterprise", (SOURCE,))}
    bare, twin = item("n1"), item("n1", **windows)
    builds = [item(f"n{n}", nodes__workload_build=Known(v)) for n, v in enumerate(["15.1.2375.7", "15.01.2375.007"])]
    lists = [(), (bare,), (bare, bare), (twin, twin), (twin, bare), (twin, item("n2", nodes__os__release=Absent())), tuple(builds)]
    odd = ["", "unknown", "x.y", "0", "0.0", "2.0.rc1", "2.0.1", "2.RC", "1" * 201, "1" * 199, "00015", "51000", "51", "٣.١"]
    lists += [tuple(item(f"n{n}", nodes__workload_build=Known(v)) for n, v in enumerate(pair)) for pair in (odd[:2], odd[3:5], odd[5:8])]
    found = [deployment_of("", {}, {"nodes": Listing(one, whole)}) for one, whole in product(lists, (True, False))]
    found += [deployment_of("", {"workload.build": Known(value)}) for value in odd]
    found += [deployment_of("", {}, {"contracts": Listing((), whole)}) for whole in (True, False)]
    return [*found, deployment_of("", {}), deployment_of("", {"cluster.name": Known("it's; --"), "cluster.service": Absent()})]


def random_fleet(seed: int, number: int) -> list[Deployment]:
    """Deployments over all fields there are."""
    chance = random.Random(seed)
    made = []
    for _ in range(number):
        listings = {}
        for listing in LISTINGS:
            if chance.random() < 0.9:
                fields = [name for name in FIELDS if FIELDS[name].listing == listing]
                items = [_random_facts(chance, fields) for _ in range(chance.randrange(4))]
                listings[listing] = Listing(
                    tuple(Item(f"{listing}-{n}", own, values_of(own)) for n, own in enumerate(items)), chance.random() < 0.8
                )
        facts = _random_facts(chance, [name for name in FIELDS if FIELDS[name].listing is None])
        facts["workload.product"] = Known("exchange-server")
        made.append(deployment_of("", facts, listings))
    return made


def _random_facts(chance: random.Random, fields: list[str]) -> dict:
    facts: dict = {}
    for name in fields:
        field = FIELDS[name]
        pool = {
            "name": field.values,
            "boolean": (True, False),
            "integer": (0, 1, 2, 3, 5, 50, 100, 250, 500),
            "version": ("15.1.2375.7", "15.01.2375.007", "8.3", "unknown"),
            "date": ("2020-01-01", "2027-01-01"),
        }.get(field.kind, ("a", "b"))
        roll = chance.random()
        if roll > 0.15:
            facts[name] = Known(chance.choice(pool))
        elif roll > 0.1 and field.none_is is None:
            facts[name] = Absent()
    return facts


def every_construct() -> Pack:
    """A pack that uses every node of the language, every kind of field and every operator, below lists and outside."""
    conditions: list[Condition] = [Always(truth) for truth in Truth]
    for name, values in VALUES.items():
        wrap = _outside if FIELDS[name].listing is None else _below(FIELDS[name].listing)
        tests: list[Condition] = [Present(name), Is(name, (values[0],)), Is(name, (values[-1], ABSENT)), Is(name, (ABSENT,))]
        if FIELDS[name].comparable:
            tests += [Order(name, operator, values[number % len(values)]) for number, operator in enumerate(OPERATORS)]
        conditions += [made for test in tests for made in wrap(test)]
    conditions += [
        Order("workload.build", operator, bound) for operator in OPERATORS[::2] for bound in ("0.0", "2.0.rc1", "51000", "nothing")
    ]
    conditions += [Same(name) for name in VALUES if FIELDS[name].listing is not None]
    conditions += [Count(listing, operator, bound) for listing in ("nodes", "contracts") for operator in OPERATORS for bound in (0, 2)]
    service, edition = Is("cluster.service", ("mscs",)), Is("nodes.os.edition", ("enterprise",))
    nested = [All((service, edition)), Any((service, Not(edition))), Not(All((edition, Any((service, edition))))), All(()), Any(())]
    conditions += [made for one in nested for made in _below("nodes")(one)]
    conditions += [Every("nodes", edition, if_empty) for if_empty in Truth]
    conditions += [All((Every("nodes", edition), Not(Some("contracts", Present("contracts.until")))))]
    conditions += [Any((Not(Every("nodes", service)), Count("nodes", "above", 1), Same("nodes.os.release")))]
    matrices = tuple(_matrices())
    conditions += [InMatrix(one.id) for one in matrices if one.columns[0].startswith("workload") and len(one.columns) == 2]
    conditions += [made for one in matrices for made in _below("nodes")(InMatrix(one.id))]
    kinds = ["requirement", "recommendation", "statement"]
    clauses = tuple(
        clause(number, kinds[number % 7 % 3], one, conditions[(number * 7 + 3) % len(conditions)], ["middle", "other", "worst"][number % 3])
        for number, one in enumerate(conditions)
    )
    return Pack("constructs", "issuer", "sample", "1", TIERS, (DOCUMENT,), clauses, matrices)


def _outside(condition: Condition) -> list[Condition]:
    return [Not(condition), Some("nodes", condition)]


def _below(listing: str):
    return lambda condition: [Every(listing, condition, Truth.TRUE), Some(listing, Not(condition))]


def _matrices():
    for unlisted in Truth:
        rows = (
            Row("one", (Is("workload.release", ("2003", "2007")), Order("workload.service_pack", "at_least", 2))),
            Row("any", (Is("workload.release", ("2019",)), None)),
            Row("out", (None, Is("workload.service_pack", (3,))), False),
        )
        yield Matrix(f"whole-{unlisted.name}", ("workload.release", "workload.service_pack"), rows, unlisted)
        rows = (
            Row("one", (Order("nodes.os.release", "at_least", "windows-server-2003"), None, Is("workload.release", ("2007",)))),
            Row("two", (Is("nodes.os.release", ("rhel-8",)), Is("nodes.os.edition", ("enterprise", "datacenter")), None)),
            Row("out", (None, Present("nodes.os.edition"), Is("workload.release", ("2019",))), False),
        )
        yield Matrix(f"items-{unlisted.name}", ("nodes.os.release", "nodes.os.edition", "workload.release"), rows, unlisted)
        yield Matrix(f"empty-{unlisted.name}", ("workload.release", "workload.service_pack"), (), unlisted)
        yield Matrix(
            f"build-{unlisted.name}",
            ("workload.build", "nodes.workload_build"),
            (Row("b", tuple(map(_version, ("workload.build", "nodes.workload_build")))),),
            unlisted,
        )


def _version(field: str) -> Order:
    return Order(field, "above", "15.1")
