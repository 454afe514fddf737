"""Packs, a level and a deployment -> what a plan may choose from: slots, what each can become and at what cost, and what is in the way.

In: compiled packs of a day, a deployment with its unknowns, a model of changes. Out: `Ground`, shared by all deployments, and `Space`. What
one would get wrong: a slot that is unknown has no value to keep; a slot that other work sets anew is unknown again until somebody chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from supportable.core.changing import Model, Move, Price, Rule, family, reaches, steps
from supportable.core.clauses import Citation, Clause, Level, Pack, Tier, conditions_read, fields_read
from supportable.core.compile import FALSE, UNKNOWN, UNKNOWN_BUT_HARMLESS, Compiled, Listings, Outcomes, compile_pack
from supportable.core.conditions import Condition, Is, Order, Present, Same, holds
from supportable.core.deciding import Slot, candidate_values
from supportable.core.deployment import Deployment, Item, Listing
from supportable.core.facts import ABSENT, Absent, Known, Unknown, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.truth import Truth
from supportable.core.verdict import listings_of
from supportable.errors import Place

Atom = Is | Order | Present
Held = Value | _Absent | None
"""The value of a slot; `None` while it is unknown."""


class Requirement(NamedTuple):
    """A requirement whose cap is below the wished level: its clause, where it stands, and the fields it reads."""

    number: int
    clause: Clause
    pack: Pack
    fields: tuple[str, ...]


class Ground:
    """The packs of the issuers that count, with the requirements that can keep a deployment below a level.

    `named` are the issuers that must speak and be at the level; where none is named, each that speaks must be, and one must speak.
    """

    def __init__(self, packs: Sequence[Compiled], level: Level, named: Sequence[str] = (), rules: Sequence[Rule] = ()) -> None:
        self.packs = [one for one in packs if not named or one.pack.issuer in (*named, YOU)]
        self.level = level
        self.named = tuple(named)
        self.requirements: list[Requirement] = []
        self.by_pack: list[tuple[tuple[int, int], ...]] = []
        self._atoms: dict[str, dict[Atom, None]] = {}
        self.compared: dict[str, None] = {}
        for compiled in self.packs:
            self.by_pack.append(tuple(self._add(compiled.pack)))
        # What only the rules of a model name, no document does.
        self._names: dict[str, frozenset[Value | _Absent]] = {field: _named(atoms) for field, atoms in self._atoms.items()}
        self.rules = compile_pack(_pack_of(rules))
        self.by_rule = tuple(self._add(self.rules.pack))
        self.of_rules = frozenset(number for _, number in self.by_rule)
        issuers = dict.fromkeys(one.pack.issuer for one in self.packs)
        self.issuers = tuple(one for one in issuers if one != YOU)
        self.speaking: dict[str, list[tuple[Condition, Pack]]] = {one: [] for one in issuers}
        for compiled in self.packs:
            self._add_speaking(compiled.pack)
        self.asked = (*self.packs, self.rules)
        """The packs, the rules of the model last."""
        self.readers: dict[str, list[int]] = {}
        """By field or listing, the places in `asked` of those that read it."""
        for place, compiled in enumerate(self.asked):
            for field in dict.fromkeys(_fields_of(compiled.pack)):
                self.readers.setdefault(field, []).append(place)
        self._apart: dict[tuple[str, Value | _Absent], object] = {}
        self._values: dict[str, tuple[Value | _Absent, ...]] = {}
        self._truths: dict[int, dict[Value | _Absent, Truth]] = {}
        self._options: tuple[Model | None, dict[object, tuple[Option, ...]]] = (None, {})
        self.fitting: dict[object, frozenset[Held]] = {}
        """What `Goals` found out of conditions and values, for all deployments; kept here because it is about the packs."""

    def _add(self, pack: Pack) -> Iterable[tuple[int, int]]:
        for place, clause in enumerate(pack.clauses):
            if clause.kind != "requirement" or pack.tier(clause.caps or "").level >= self.level:
                continue
            self._ask(clause, pack)
            number = len(self.requirements)
            self.requirements.append(Requirement(number, clause, pack, tuple(fields_read(clause, pack.matrices))))
            yield place, number

    def _ask(self, clause: Clause, pack: Pack) -> None:
        for condition in conditions_read(clause, pack.matrices):
            if isinstance(condition, Is | Order | Present):
                self._atoms.setdefault(condition.field, {})[condition] = None
            elif isinstance(condition, Same):
                self.compared[condition.field] = None

    def _add_speaking(self, pack: Pack) -> None:
        """Add when the issuer speaks: where any requirement applies, also one that leaves the level as it is."""
        for clause in pack.clauses:
            if clause.kind == "requirement":
                self.speaking[pack.issuer].append((clause.applies, pack))
                self._ask(clause._replace(requires=None), pack)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that a requirement reads."""
        return tuple(dict.fromkeys([*self._atoms, *self.compared]))

    def reads(self, field: str) -> bool:
        """Whether a requirement reads a field."""
        return field in self._atoms or field in self.compared

    def values(self, field: str) -> tuple[Value | _Absent, ...]:
        """Return the values of a field that are tried: what the clauses name and what lies between, each catalogue in its order."""
        if field not in self._values:
            found = candidate_values(field, list(self._atoms.get(field, {})))
            named = [one.bound for one in self._atoms.get(field, {}) if isinstance(one, Order)]
            # A value that a document names says more to whoever reads the plan than one made up beside it.
            self._values[field] = tuple(sorted(dict.fromkeys(found), key=lambda one: 0 if one in named else 1))
        return self._values[field]

    def made_up(self, field: str, value: Value | _Absent) -> bool:
        """Whether a value only stands for others that no document names: a version between two, any other text, a release of later days."""
        counted = FIELDS[field].kind in ("version", "text") or FIELDS[field].ordered
        return counted and value is not ABSENT and value not in self._names.get(field, ())

    def truth(self, atom: Atom, value: Value | _Absent) -> Truth:
        """Return the truth of a condition of these packs for a value; each is worked out once."""
        known = self._truths.setdefault(id(atom), {})
        found = known.get(value)
        if found is None:
            if len(known) > KNOWN_MAX:
                known.clear()
            found = known[value] = holds(atom, value)
        return found

    def options_of(self, model: Model) -> dict[object, tuple[Option, ...]]:
        """Return the options that were made by a model, to be added to; those of the model before are forgotten."""
        if self._options[0] is not model or len(self._options[1]) > KNOWN_MAX:
            self._options = (model, {})
        return self._options[1]

    def apart(self, field: str, value: Value | _Absent) -> object:
        """Return what tells a value apart from others: equal for two that every condition treats alike."""
        key = (field, value)
        if key not in self._apart:
            truths = tuple(int(self.truth(atom, value)) for atom in self._atoms.get(field, {}))
            self._apart[key] = (truths, value) if field in self.compared else truths
        return self._apart[key]


def _fields_of(pack: Pack) -> Iterable[str]:
    return (field for clause in pack.clauses for field in fields_read(clause, pack.matrices))


KNOWN_MAX = 100_000
"""How much of one kind a ground remembers over many deployments before it begins anew."""

LOOKED = "looked at"
"""Stands for the value of a slot that is only looked at."""


def _named(atoms: Iterable[Atom]) -> frozenset[Value | _Absent]:
    """Return the values that conditions name."""
    return frozenset(
        value for one in atoms for value in (one.values if isinstance(one, Is) else (one.bound,) if isinstance(one, Order) else ())
    )


def _pack_of(rules: Sequence[Rule]) -> Pack:
    """Return the rules of a model as a pack without tiers, to be run like any other."""
    nowhere = Citation("", "", "")
    clauses = (
        Clause(rule.id, "requirement", rule.applies, rule.requires, None, rule.why, "", nowhere, "full", Place("")) for rule in rules
    )
    return Pack("rules", "", "", "", (Tier("", "", Level.UNSUPPORTED, ""),), (), tuple(clauses))


class Option(NamedTuple):
    """What a slot can become, and at what cost."""

    value: Value | _Absent
    cost: int


class Space:
    """The slots of one deployment and what they can become.

    With `certain`, an unknown slot costs what changing it costs beside looking; otherwise it costs looking alone, and may turn out
    to be anything.
    """

    def __init__(
        self,
        ground: Ground,
        deployment: Deployment,
        model: Model,
        keep: Iterable[str] = (),
        allow: Mapping[str, tuple[Value | _Absent, ...]] | None = None,
        certain: bool = False,
    ) -> None:
        self.ground = ground
        self.deployment = deployment
        self.model = model
        self.keep = frozenset(keep)
        self.allow = dict(allow or {})
        self.certain = certain
        self.excluded: Mapping[Slot, frozenset[Value | _Absent]] = {}
        self.listings = {name: deployment.listing(name) for name in LISTINGS}
        self._now: dict[Slot, Held] = {}
        self._options: dict[tuple[Slot, bool], tuple[Option, ...]] = {}
        self._resetting: dict[str, tuple[Move, ...]] = {}
        for move in model.moves.values():
            for field in move.resets:
                self._resetting[field] = (*self._resetting.get(field, ()), move)
        self._held_by: dict[str, tuple[Value, ...]] = {}
        self._states: dict[Slot, tuple[Held, ...]] = {}
        self._resetters: dict[Slot, tuple[Slot, ...]] = {}
        codes = ground.rules.run(deployment.values, listings_of(deployment)).outcomes
        self.broken = frozenset(number for place, number in ground.by_rule if codes[place] == FALSE)

    def without(self, excluded: Iterable[tuple[Slot, Value | _Absent]]) -> Space:
        """Return the space in which a slot cannot become a value, or, where `LOOKED` stands for it, cannot be looked at."""
        other = Space(self.ground, self.deployment, self.model, self.keep, self.allow, self.certain)
        out = dict(self.excluded)
        for slot, value in excluded:
            out[slot] = out.get(slot, frozenset()) | {value}
        other.excluded = out
        return other

    def held_now(self, slot: Slot) -> Held:
        """Return what the slot is now; for a listing `True` where it is complete."""
        if slot not in self._now:
            self._now[slot] = self._found(slot)
        return self._now[slot]

    def _found(self, slot: Slot) -> Held:
        field, owner = slot
        if field in LISTINGS:
            return True if self.listings[field].complete else None
        if owner is None:
            return self.deployment.values.get(field)
        return next((one.values.get(field) for one in self.listings[FIELDS[field].listing or ""].items if one.name == owner), None)

    def move(self, field: str) -> Move | None:
        """Return how a field can be changed, `None` where it is given or kept."""
        if field in self.keep:
            return None
        move = self.model.moves.get(field)
        if field in self.allow:
            return (move or Move(field, "allowed"))._replace(to=self.allow[field])
        return move

    def options(self, slot: Slot, reset: bool = False) -> tuple[Option, ...]:
        """Return what a slot can become, one value of each class, cheapest first; `reset`: other work sets it anew."""
        key = (slot, reset)
        found = self._options.get(key)
        if found is None:
            found = self._options[key] = self._shared(slot, reset)
        return found

    def _shared(self, slot: Slot, reset: bool) -> tuple[Option, ...]:
        """Return the options, which all slots of a field share that are the same now, in all deployments of a ground."""
        field = slot[0]
        if slot in self.excluded or field in LISTINGS or field in self.keep or field in self.allow:
            return self._made(slot, reset)
        known = self.ground.options_of(self.model)
        key = (field, self.held_now(slot), reset, self.certain, self._held(field), self._families(field))
        if key not in known:
            known[key] = self._made(slot, reset)
        return known[key]

    def again(self, slot: Slot) -> tuple[Option, ...]:
        """Return what a slot can become where other work sets it anew; nothing where no work does."""
        return self.options(slot, True) if self.resetters(slot) else ()

    def states(self, slot: Slot) -> tuple[Held, ...]:
        """Return every value that a slot can have in a plan, `None` for unknown."""
        found = self._states.get(slot)
        if found is None:
            again = self.again(slot)
            values = [self.held_now(slot), *(one.value for one in self.options(slot)), *(one.value for one in again)]
            found = self._states[slot] = tuple(dict.fromkeys([*values, None] if self.resetters(slot) else values))
        return found

    def _made(self, slot: Slot, reset: bool) -> tuple[Option, ...]:
        field, now = slot[0], self.held_now(slot)
        if field in LISTINGS:
            return () if now is not None or slot in self.excluded else (Option(True, self.model.cost(self.model.look)),)
        families = self._families(field)
        move, kept = self.move(field), field in self.keep
        found: list[Option] = []
        real = reset or now is not None or self.certain
        not_yet = self.not_yet(field)
        for value in self._values(slot):
            if value in not_yet:
                continue
            if real and self.ground.made_up(field, value) and value not in self._held(field) and value not in self.allow.get(field, ()):
                continue
            if reset:
                if move is None or move.to is None or value in move.to:
                    found.append(Option(value, 0))
            elif now is None and not self.certain:
                if not families or family(field, value) in families:
                    found.append(Option(value, self.model.cost(self.model.looking(field, value))))
            elif value != now and move is not None and not kept and reaches(move, now, value):
                found.append(Option(value, self.model.cost(self.price(slot, now, value))))
        if not reset and slot in self.excluded:
            out = [self.ground.apart(field, value) for value in self.excluded[slot] if value is not LOOKED]
            found = [one for one in found if LOOKED not in self.excluded[slot] and self.ground.apart(field, one.value) not in out]
        best: dict[object, Option] = {}
        for one in sorted(found, key=lambda option: (option.cost, steps(field, now, option.value))):
            best.setdefault(self.ground.apart(field, one.value), one)
        own = None if now is None or reset else self.ground.apart(field, now)
        return tuple(one for apart, one in best.items() if apart != own or field in self.ground.compared)

    def _values(self, slot: Slot) -> list[Value | _Absent]:
        field = slot[0]
        values = [*self.allow.get(field, ()), *self.ground.values(field)]
        return list(dict.fromkeys([*values, *self._held(field)] if field in self.ground.compared else values))

    def _held(self, field: str) -> tuple[Value, ...]:
        """Return the values that items have now, where they count: they may be made the same, or are values that nobody made up."""
        found = self._held_by.get(field)
        if found is None:
            counts = field in self.ground.compared or FIELDS[field].kind in ("version", "text")
            items = self.listings[FIELDS[field].listing or "nodes"].items if counts else ()
            facts = (one.fact(field) for one in items)
            found = self._held_by[field] = tuple(dict.fromkeys(fact.value for fact in facts if isinstance(fact, Known)))
        return found

    def not_yet(self, field: str) -> frozenset[Value | _Absent]:
        """Return the values of a field that are released after the day of the plan, without those that the user allows."""
        return frozenset(self.model.not_yet.get(field, ())).difference(self.allow.get(field, ()))

    def _families(self, field: str) -> frozenset[object]:
        """Return the families of what items are, where the field says what they are: another is of one of these too."""
        listing = FIELDS[field].listing
        if listing is None or field not in self.model.first:
            return frozenset()
        items = self.listings[listing].items
        found = {family(field, fact.value) for fact in (one.fact(field) for one in items) if isinstance(fact, Known)}
        return frozenset() if None in found else frozenset(found)

    def what_runs(self) -> tuple[Slot, ...]:
        """Return the slots that say what the deployment is and of which nobody knows anything, on no item: no plan counts on them."""
        found: list[Slot] = []
        for field in self.model.first:
            slots = self.slots_of((field,))
            known = self.certain or any(self.held_now(slot) is not None for slot in slots)
            found += slots if self.ground.reads(field) and not known else ()
        return tuple(found)

    def price(self, slot: Slot, old: Held, new: Value | _Absent) -> Price:
        """Return the price of one change; looking is part of it where nobody knows the old value."""
        move = self.move(slot[0])
        looked = self.model.look if old is None else Price()
        return looked if move is None else looked.plus(self.model.price(move, old, new))

    def resetters(self, slot: Slot) -> tuple[Slot, ...]:
        """Return the slots whose change sets this one anew."""
        if slot not in self._resetters:
            self._resetters[slot] = tuple(self._resetters_of(slot))
        return self._resetters[slot]

    def _resetters_of(self, slot: Slot) -> Iterable[Slot]:
        field, owner = slot
        if field in LISTINGS or field in self.keep:
            # What is kept stays as it is whatever other work is done.
            return
        for move in self._resetting.get(field, ()):
            if not self.ground.reads(move.field):
                continue
            listing = FIELDS[move.field].listing
            if listing is None:
                by: list[str | None] = [None]
            elif listing == FIELDS[field].listing:
                by = [owner]
            else:
                by = [one.name for one in self.listings[listing].items]
            yield from (
                one for one in ((move.field, name) for name in by) if (self.held_now(one) is not None or self.certain) and self.options(one)
            )

    def slots_of(self, fields: Iterable[str]) -> tuple[Slot, ...]:
        """Return the slots of these fields and listings, over all items."""
        found: list[Slot] = []
        for field in fields:
            listing = None if field in LISTINGS else FIELDS[field].listing
            found += [(field, None)] if listing is None else [(field, one.name) for one in self.listings[listing].items]
        return tuple(found)

    def deployment_with(self, chosen: Mapping[Slot, Value | _Absent], reset: Iterable[Slot] = ()) -> Deployment:
        """Return the deployment after these choices, for the reference evaluator; what is reset and not chosen is unknown."""
        unset = {slot for slot in reset if slot not in chosen}
        return changed(self.deployment, chosen, unset)

    def in_the_way(self, values: Mapping[str, Value | _Absent], listings: Listings) -> list[int]:
        """Return the numbers of the requirements that keep the level from being reached, -1 where nobody speaks that must.

        A requirement of which it is unknown whether it applies is in the way too unless it holds and its issuer speaks anyway; and so is
        a rule of the model that a change breaks.
        """
        return self.left_by([compiled.run(values, listings) for compiled in self.ground.asked])

    def left_by(self, runs: Sequence[Outcomes]) -> list[int]:
        """Return the same of what the packs came to, in the order of `Ground.asked`."""
        found: list[int] = []
        speaking = dict.fromkeys(self.ground.speaking, False)
        harmless: dict[str, list[int]] = {}
        for compiled, places, run in zip(self.ground.packs, self.ground.by_pack, runs, strict=False):
            codes, issuer = run.outcomes, compiled.pack.issuer
            speaking[issuer] = speaking[issuer] or run.applies
            for place, number in places:
                code = codes[place]
                if code in (FALSE, UNKNOWN):
                    found.append(number)
                elif code == UNKNOWN_BUT_HARMLESS:
                    harmless.setdefault(issuer, []).append(number)
        codes = runs[-1].outcomes
        found += [number for place, number in self.ground.by_rule if codes[place] == FALSE and number not in self.broken]
        found += [number for issuer, numbers in harmless.items() if not speaking[issuer] for number in numbers]
        named, issuers = self.ground.named, self.ground.issuers
        if not (all(speaking[one] for one in named) if named else any(speaking[one] for one in issuers)):
            found.append(NOBODY_SPEAKS)
        return found


YOU = "you"
"""Who asks for what is wanted beside a level (`wanted`): it must be met, but is nobody's policy, so that it does not count as speaking."""

NOBODY_SPEAKS = -1
"""Stands among the numbers of requirements for: an issuer that must say something says nothing."""


def changed(deployment: Deployment, chosen: Mapping[Slot, Value | _Absent], unset: Iterable[Slot] = ()) -> Deployment:
    """Return a deployment with facts replaced; the new ones have no source, for nobody has seen them."""
    owned: dict[str | None, dict[str, Held]] = {}
    for (field, owner), value in (*chosen.items(), *((slot, None) for slot in unset)):
        owned.setdefault(owner, {})[field] = value
    listings = dict(deployment.listings)
    for name in LISTINGS:
        found = deployment.listing(name)
        complete = found.complete or (name, None) in chosen
        items = tuple(_item(one, owned[one.name]) if one.name in owned else one for one in found.items)
        if items or complete or name in deployment.listings:
            listings[name] = Listing(items, complete, "" if complete else found.reason, found.sources)
    whole = {field: value for field, value in owned.get(None, {}).items() if field not in LISTINGS}
    one = _item(Item("", deployment.facts, deployment.values), whole)
    return Deployment(deployment.name, one.facts, listings, deployment.unattributed, one.values)


def _item(item: Item, new: Mapping[str, Held]) -> Item:
    facts, values = dict(item.facts), dict(item.values)
    for field, value in new.items():
        values.pop(field, None)
        facts[field] = Unknown(CHANGED) if value is None else _fact(value)
        if value is not None:
            values[field] = value
    return Item(item.name, facts, values)


def _fact(value: Value | _Absent) -> Known | Absent:
    return Absent() if value is ABSENT else Known(value)


CHANGED = "other work sets it anew, and nobody has chosen to what"
