"""Small spaces to plan in, drawn by a seed: packs, deployments and models over a few fields, so that every choice can be tried.

Drawn by `random`, not by strategies of hypothesis: drawing a pack of strategies takes a hundred times as long as judging by it.
"""

from __future__ import annotations

from random import Random

from strategies import SOURCE, TIERS, TOP, VALUES, clause, of_listing
from supportable.core.changing import LOOK, Model, Move, Price, Rule, Work
from supportable.core.clauses import Level, Pack
from supportable.core.compile import compile_pack
from supportable.core.conditions import All, Always, Any, Count, Every, InMatrix, Is, Matrix, Not, Order, Present, Row, Same, Some
from supportable.core.deployment import Item, Listing, deployment_of, values_of
from supportable.core.facts import ABSENT, Absent, Known, Unknown
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.plan_space import LOOKED, Ground, Space
from supportable.core.truth import Truth
from supportable.core.verdict import with_placeholders

CHOICES_MAX = 300
"""How many choices of values a space has at most, leaving out what other work sets anew."""

OPERATORS = ("at_least", "at_most", "above", "below")
TABLES = {"top": ("workload.release", "workload.service_pack"), "of-nodes": ("workload.release", "nodes.os.release", "nodes.os.edition")}


def space_of(seed: int) -> Space:
    """Return the space of a seed: one or two issuers, a model, a deployment, and no more that can change than can all be tried."""
    return _Draw(seed).space()


def slots_of(space: Space):
    """Return every slot that counts in a space."""
    return space.slots_of(dict.fromkeys([*LISTINGS, *space.ground.fields]))


class _Draw(Random):
    """Draws parts of a space."""

    def some(self, values, most: int) -> list:
        values = list(values)
        return self.sample(values, min(len(values), self.randint(0, most)))

    def space(self) -> Space:
        model = self.model()
        issuers = ("issuer", "another")[: self.randint(1, 2)]
        compiled = [compile_pack(self.pack(f"pack-{number}", issuer)) for number, issuer in enumerate(issuers)]
        ground = Ground(compiled, self.choice([Level.FULL, Level.FULL, Level.LIMITED]), self.some(issuers, 2), model.rules)
        deployment = self.deployment()
        deployment = with_placeholders(deployment) if self.random() < 0.3 else deployment
        keep = self.some(VALUES, 2)
        allow = {name: tuple(self.sample(VALUES[name], self.randint(1, 2))) for name in self.some(VALUES, 1) if name not in keep}
        return self.small(Space(ground, deployment, model, keep, allow, self.random() < 0.5))

    def small(self, space: Space) -> Space:
        """Return the space without what some slots can become."""
        number, out, slots = 1, set(), list(slots_of(space))
        self.shuffle(slots)
        for slot in slots:
            ways = 1 + len(space.options(slot)) + (len(space.options(slot, True)) if space.resetters(slot) else 0)
            if space.options(slot) and number * ways > CHOICES_MAX:
                out.add((slot, LOOKED))
            else:
                number *= ways
        return space.without(out)

    def model(self) -> Model:
        names = self.sample(list(VALUES), len(VALUES))
        work = {name: Work(name, "", Price(self.randint(0, 5)), Price(self.randint(0, 2))) for name in ("one", "two", "three", "allowed")}
        moves = {}
        for number, name in enumerate(names):
            if self.random() < 0.3:
                continue
            values = [*VALUES[name], ABSENT] if FIELDS[name].none_is is None else VALUES[name]
            to = tuple(self.sample(values, self.randint(1, 2))) if self.random() < 0.3 else None
            # Only to what comes later in the drawn order, so that work never goes in a circle.
            resets = tuple(self.some(names[number + 1 :], 2)) if self.random() < 0.5 else ()
            later = FIELDS[name].comparable and self.random() < 0.3
            moves[name] = Move(name, self.choice(["one", "two", "three"]), later, to, resets)
        rules = tuple(
            Rule(f"rule-{number}", self.condition(None, 2, False), self.condition(None, 2, False), "because")
            for number in range(self.choice([0, 0, 1, 2]))
        )
        return Model({LOOK: Work(LOOK, "", Price(self.randint(0, 3))), **work}, moves, {}, Price(1, 1, 1, 1), "drawn", rules)

    def pack(self, name: str, issuer: str) -> Pack:
        kinds = ["requirement", "requirement", "requirement", "recommendation"]
        clauses = tuple(
            clause(number, self.choice(kinds), self.condition(None, 2), self.condition(None, 2), self.choice(["middle", "worst", "worst"]))
            for number in range(self.randint(1, 4))
        )
        return Pack(name, issuer, "sample", "1", TIERS, (), clauses, tuple(self.matrix(*one) for one in TABLES.items()))

    def matrix(self, name: str, columns: tuple[str, ...]) -> Matrix:
        cell = lambda column: None if self.random() < 0.3 else self.atom(column)  # noqa: E731
        rows = tuple(Row(f"row-{number}", tuple(map(cell, columns)), self.random() < 0.7) for number in range(self.randint(0, 4)))
        return Matrix(name, columns, rows, self.choice(list(Truth)))

    def atom(self, name: str):
        values = [*VALUES[name], ABSENT] if FIELDS[name].none_is is None else VALUES[name]
        if FIELDS[name].comparable and self.random() < 0.4:
            return Order(name, self.choice(OPERATORS), self.choice(VALUES[name]))
        return Present(name) if self.random() < 0.2 else Is(name, tuple(self.sample(values, self.randint(1, 2))))

    def condition(self, listing: str | None, depth: int, tables: bool = True):
        dice = self.random()
        part = lambda: self.condition(listing, depth - 1, tables)  # noqa: E731
        if depth and dice < 0.45:
            joined = tuple(part() for _ in range(self.randint(1, 3)))
            return self.choice([All(joined), Any(joined), Not(joined[0])])
        if depth and dice < 0.65 and listing is None:
            inner = self.choice(["nodes", "nodes", "contracts"])
            below = self.condition(inner, depth - 1, tables)
            return Every(inner, below, self.choice(list(Truth))) if self.random() < 0.5 else Some(inner, below)
        if listing is None and dice > 0.9:
            count = Count(self.choice(["nodes", "contracts"]), self.choice(OPERATORS), self.randint(0, 3))
            return self.choice([Same("nodes.os.release"), Same("nodes.workload_build"), count])
        if tables and listing != "contracts" and dice > 0.8:
            return InMatrix("top" if listing is None else self.choice(list(TABLES)))
        if dice > 0.97:
            return Always(self.choice([Truth.TRUE, Truth.FALSE]))
        return self.atom(self.choice(of_listing(listing)))

    def fact(self, name: str):
        if self.random() < 0.25:
            return Unknown("not looked at")
        if FIELDS[name].none_is is None and self.random() < 0.15:
            return Absent((SOURCE,))
        return Known(self.choice(VALUES[name]), (SOURCE,))

    def deployment(self):
        top = {name: self.fact(name) for name in TOP if self.random() < 0.9}
        listings = {}
        for listing in self.some(["nodes", "contracts"], 2):
            items = []
            for number in range(self.randint(0, 3)):
                own = {name: self.fact(name) for name in VALUES if FIELDS[name].listing == listing}
                items.append(Item(f"{listing}-{number}", own, values_of(own)))
            listings[listing] = Listing(tuple(items), self.random() < 0.6)
        return deployment_of("drawn", top, listings)
