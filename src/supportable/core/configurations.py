"""What tells the facts of two deployments apart for a plan: facts that nothing tells apart have one code.

In: a `Ground`, a model of changes, what is kept and allowed. Out: for each field that counts a code for each value. What one would get
wrong: two values that every clause treats alike may still have other prices ("two releases on"), and then have two codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from supportable.core.changing import Model, family
from supportable.core.clauses import conditions_read, fields_read
from supportable.core.conditions import Is, Order, Present, Same, holds
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.facts import ABSENT, Absent, Fact, Known, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.plan_space import Atom, Ground, Space

CODES_KEPT = 1 << 17
"""Values of one field whose codes are remembered."""


class Telling:
    """Gives facts their codes.

    `fields` and `listings` are what counts; 0 stands for a fact that is unknown. Of the fields in `renamed` it also counts which items have
    the same value, whatever that is.
    """

    def __init__(
        self, ground: Ground, model: Model, keep: Iterable[str] = (), allow: Mapping[str, tuple[Value | _Absent, ...]] | None = None
    ) -> None:
        self.ground, self.model, self.keep, self.allow = ground, model, tuple(keep), dict(allow or {})
        self._atoms: dict[str, dict[Atom, None]] = {}
        compared: set[str] = set()
        read = set(self.allow)
        for pack in (*(one.pack for one in ground.packs), ground.rules.pack):
            # Whether an issuer speaks depends on every requirement, also on those that cap no lower than the level.
            for clause in (one for one in pack.clauses if one.kind == "requirement"):
                read.update(fields_read(clause, pack.matrices))
                for condition in conditions_read(clause, pack.matrices):
                    if isinstance(condition, Is | Order | Present):
                        self._atoms.setdefault(condition.field, {})[condition] = None
                    elif isinstance(condition, Same):
                        compared.add(condition.field)
        self.fields = tuple(name for name in FIELDS if name in read)
        listed = {FIELDS[name].listing for name in self.fields}
        self.listings = tuple(name for name in LISTINGS if name in read or name in listed)
        reset = {field for move in model.moves.values() for field in move.resets}
        moved = {*self.allow, *(field for field in model.moves if field not in self.keep), *reset}
        self.renamed = tuple(name for name in FIELDS if name in compared and name not in moved)
        self._by_value = compared.difference(self.renamed)
        self._signatures: dict[str, dict[object, int]] = {name: {} for name in self.fields}
        self._codes: dict[str, dict[Value | _Absent, int]] = {name: {} for name in self.fields}

    def code(self, field: str, value: Value | _Absent) -> int:
        """Return the code of a value that is known, or known not to be there: 1 or more."""
        codes = self._codes[field]
        found = codes.get(value)
        if found is None:
            if len(codes) >= CODES_KEPT:
                codes.clear()
            signatures = self._signatures[field]
            found = codes[value] = signatures.setdefault(self._signature(field, value), len(signatures) + 1)
        return found

    def _signature(self, field: str, value: Value | _Absent) -> object:
        truths = tuple(int(holds(atom, value)) for atom in self._atoms.get(field, ()))
        if field in self._by_value:
            return (truths, value)
        if field in self.renamed:
            return truths
        fact: Fact = Absent() if value is ABSENT else Known(value)
        deployment, owner = _of_one_fact(field, fact)
        space, slot = Space(self.ground, deployment, self.model, self.keep, self.allow), (field, owner)
        # Another item may take over a value that no document names, where it is one of those that are tried.
        tried = value if self.ground.made_up(field, value) and value in self.ground.values(field) else None
        return (truths, space.options(slot), space.options(slot, True), tried, family(field, value) if field in self.model.first else None)


def _of_one_fact(field: str, fact: Fact) -> tuple[Deployment, str | None]:
    listing = FIELDS[field].listing
    if listing is None:
        return deployment_of("", {field: fact}), None
    item = Item("one", {field: fact}, values_of({field: fact}))
    return deployment_of("", {}, {listing: Listing((item,), True)}), item.name
