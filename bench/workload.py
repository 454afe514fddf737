"""A policy and deployments of a chosen size, the same for every run: what `single.py` times and `peers.py` translates.

One pack of `count` clauses in the shape of real ones (`applies -> requires`, a tier a clause, two in forty-two asking a
version matrix of 229 rows), over 31 fields of the whole deployment: names, whole numbers and yes-or-no. No listings: peers
have no partial lists. More clauses are more of the same kind with other thresholds, not copies. Policy and deployments are
made up; only their shape is taken from published policies.
"""

from __future__ import annotations

from itertools import product
from random import Random

from supportable.core.clauses import Citation, Clause, Document, Level, Pack, Tier
from supportable.core.conditions import All, Any, Condition, InMatrix, Is, Matrix, Not, Order, Row
from supportable.core.deployment import Deployment, deployment_of
from supportable.core.facts import ABSENT, Absent, Fact, Known, Source, Unknown
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE
from supportable.errors import Place

SCALARS = tuple(name for name, field in FIELDS.items() if field.listing is None and field.kind in ("name", "integer", "boolean"))
NAMES = tuple(name for name in SCALARS if FIELDS[name].kind == "name")
INTEGERS = tuple(name for name in SCALARS if FIELDS[name].kind == "integer")
BOOLEANS = tuple(name for name in SCALARS if FIELDS[name].kind == "boolean")
ORDERED = tuple(name for name in NAMES if FIELDS[name].ordered)
_LIMITS = dict.fromkeys(INTEGERS, 6) | {"cluster.round_trip_ms": 600, "cluster.token_timeout_ms": 30_000}
_COLUMNS = ("workload.release", "workload.service_pack", "workload.edition", "cluster.witness.os.release")
_TIERS = (
    Tier("full", "supported", Level.FULL, "made up"),
    Tier("limited", "supported within limits", Level.LIMITED, "made up"),
    Tier("unsupported", "not supported", Level.UNSUPPORTED, "made up"),
)
_DOCUMENT = Document("MADE-UP", "A made-up policy", "", "1", "2020-01-01", None, None, None, "2020-01-01", "full", "")


def policy(count: int, seed: int = 810986) -> Pack:
    """Return a pack of `count` clauses and one matrix."""
    random = Random(seed)
    guards = _guards(random)
    clauses = tuple(_clause(number, random, guards) for number in range(count))
    return Pack("made-up", "Nobody", "benchmarks", "1", _TIERS, (_DOCUMENT,), clauses, (_matrix(random),))


def deployments(count: int, unknown: float, seed: int = 1) -> list[Deployment]:
    """Return deployments of which each fact is unknown with probability `unknown`; a name is known not to be there 4 % of the time."""
    random = Random(seed)
    return [deployment_of(f"deployment {number}", _facts(random, unknown)) for number in range(count)]


def _facts(random: Random, unknown: float) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for line, name in enumerate(SCALARS, 1):
        source = (Source("deployment.yaml", line, name),)
        if random.random() < unknown:
            if random.random() < 0.5:
                facts[name] = Unknown("two sources disagree", source)
            continue
        if FIELDS[name].kind == "name" and name not in _COLUMNS and name != "workload.product" and random.random() < 0.04:
            facts[name] = Absent(source)
            continue
        facts[name] = Known(_value(random, name), source)
    return facts


def _value(random: Random, name: str) -> str | int | bool:
    if name == "workload.product":
        return "exchange-server" if random.random() < 0.85 else random.choice(FIELDS[name].values)
    if name in NAMES:
        return random.choice(FIELDS[name].values)
    return random.random() < 0.5 if name in BOOLEANS else random.randrange(_LIMITS[name])


def _guards(random: Random) -> list[Condition]:
    """Conditions that say what a clause is about; several clauses share one, as the sentences of one document do."""
    return [
        *(Is("cluster.service", (one,)) for one in ("mscs", "pacemaker")),
        *(Is("workload.topology", (one,)) for one in FIELDS["workload.topology"].values),
        *(Order("workload.release", operator, bound) for operator, bound in (("at_most", "2007"), ("at_least", "2010"), ("above", "2013"))),
        Is("cluster.geographically_dispersed", (True,)),
        Any((Is("cluster.stack", ("corosync",)), Is("cluster.transport", ("knet", "udpu")))),
        Not(Is("workload.cluster_mode", ("active-active",))),
        Not(Is("cluster.quorum", (random.choice(FIELDS["cluster.quorum"].values), ABSENT))),
    ]


def _clause(number: int, random: Random, guards: list[Condition]) -> Clause:
    applies = All((Is("workload.product", ("exchange-server",)), *random.sample(guards, random.choice((1, 1, 2)))))
    requires = InMatrix("versions") if number % 21 == 20 else _requirement(random)
    kind = "recommendation" if number % 7 == 3 else "requirement"
    caps = random.choice(("limited", "unsupported")) if kind == "requirement" else None
    citation = Citation("MADE-UP", "1", "made up", ())
    return Clause(
        f"made-up.{number}", kind, applies, requires, caps, f"made-up sentence {number}", "made up", citation, "full", Place("made-up.yaml")
    )


def _requirement(random: Random) -> Condition:
    shape = random.random()
    if shape < 0.55:
        return _atom(random)
    parts = tuple(_atom(random) for _ in range(random.choice((2, 2, 3))))
    if shape < 0.75:
        return All(parts)
    return Any(parts) if shape < 0.9 else Any((Not(parts[0]), All(parts[1:])))


def _atom(random: Random) -> Condition:
    shape = random.random()
    if shape < 0.35:
        return Is(random.choice(BOOLEANS), (random.random() < 0.6,))
    if shape < 0.65:
        name = random.choice(INTEGERS)
        return Order(name, random.choice(("at_least", "at_most", "above", "below")), random.randrange(1, _LIMITS[name] - 1))
    if shape < 0.8:
        name = random.choice(ORDERED)
        return Order(name, random.choice(("at_least", "at_most")), random.choice(FIELDS[name].values[1:-1]))
    name = random.choice(NAMES)
    values = random.sample(FIELDS[name].values, random.randrange(1, len(FIELDS[name].values)))
    return Not(Is(name, tuple(values))) if random.random() < 0.25 else Is(name, tuple(values))


def _matrix(random: Random) -> Matrix:
    """225 combinations that are listed ("or later" in a third of the cells that can say so) and four that are ruled out."""
    release, pack, edition, system = _COLUMNS
    keys = list(product(FIELDS[release].values, range(3), FIELDS[edition].values[:2], FIELDS[system].values))
    rows = []
    for number, key in enumerate(random.sample(keys, 229)):
        later = random.random() < 0.35
        cells = (
            Is(release, (key[0],)),
            Order(pack, "at_least", key[1]) if later else Is(pack, (key[1],)),
            Is(edition, (key[2],)),
            Order(system, "at_least", key[3]) if random.random() < 0.1 else Is(system, (key[3],)),
        )
        rows.append(Row(f"row {number}", cells, number >= 4))
    return Matrix("versions", _COLUMNS, tuple(rows), FALSE)
