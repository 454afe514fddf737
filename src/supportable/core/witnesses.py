"""Conditions -> the facts of a deployment under which all of them hold, or the certainty that there is none.

In: conditions and the tables they ask. Out: `Search`: a witness with no fact too many, or none, and whether every combination was looked
at. A field takes one value of each class that the conditions can tell apart. What one would get wrong: a listing has at most
two different items (the second stands for all further ones), so "none" is certain among such deployments only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from supportable.core.clauses import Citation, Clause, Pack
from supportable.core.compile import TRUE as HOLDS
from supportable.core.compile import UNKNOWN as OPEN
from supportable.core.compile import compile_pack
from supportable.core.conditions import All, Any, Condition, Count, Matrix, Not, walk
from supportable.core.deciding import Assignment, Slot, domains
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.evaluate import evaluate
from supportable.core.facts import ABSENT, Absent, Fact, Known, Value, _Absent
from supportable.core.fields import LISTINGS
from supportable.errors import Place

TRIES_MAX = 2_000
"""How many partial combinations of facts one search looks at."""

ITEMS_MAX = 200
"""A listing of a witness has at most so many items, whatever number a condition names."""

Witness = tuple[tuple[Slot, Value | _Absent], ...]
"""The facts of a deployment: fields, numbers of items of listings, and the fields of the first and of all further items."""


class Search(NamedTuple):
    """What a search came to: the witness, `None` where none was found; `whole` says whether it looked everywhere.

    `against` are the numbers of the conditions that ruled something out, in the order given.
    """

    witness: Witness | None
    whole: bool
    tries: int
    against: tuple[int, ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether it is certain that there is no such deployment."""
        return self.witness is None and self.whole


class _Exhausted(Exception):
    pass


def deployment_from(witness: Iterable[tuple[Slot, Value | _Absent]], name: str = "witness") -> Deployment:
    """Return the deployment of which these facts are known and nothing else; its listings are complete."""
    facts: dict[str, Fact] = {}
    items: dict[str, dict[str, Fact]] = {"1": {}, "2": {}}
    sizes: dict[str, int] = {}
    for (field, item), value in witness:
        fact: Fact = Absent() if value is ABSENT else Known(value)
        if field in LISTINGS:
            sizes[field] = int(value) if value is not ABSENT else 0
        elif item is None:
            facts[field] = fact
        else:
            items[item][field] = fact
    listings = {}
    for listing, size in sizes.items():
        own = [{field: fact for field, fact in items[one].items() if field.startswith(f"{listing}.")} for one in ("1", "2")]
        made = (own[min(number, 1)] for number in range(size))
        listings[listing] = Listing(
            tuple(Item(f"{listing.removesuffix('s')} {number}", one, values_of(one)) for number, one in enumerate(made, 1)), True, ""
        )
    return deployment_of(name, facts, listings)


def _slot(field: str, item: str | None) -> Slot:
    if item is None:
        return field, None
    return field, "1" if item.endswith(" 1") else "2"


_NOWHERE = Place("")


def clause_of(condition: Condition) -> Clause:
    """Return a clause that applies where the condition holds, and says nothing else."""
    return Clause("", "duty", condition, None, None, "", "", Citation("", "", ""), "full", _NOWHERE)


def fails(clause: Clause) -> Condition:
    """Return the condition under which a clause applies and does not hold."""
    return All((clause.applies, Not(clause.requires))) if clause.requires is not None else Any(())


def withstood(clause: Clause) -> Condition:
    """Return the condition under which a clause does not fail: it does not apply, or it holds."""
    return Any((Not(clause.applies), clause.requires)) if clause.requires is not None else All(())


class Question:
    """Conditions that are all to hold, ready to be asked for a witness, from one start or many."""

    def __init__(self, conditions: Sequence[Condition], matrices: Iterable[Matrix]) -> None:
        self.conditions = tuple(conditions)
        self.matrices = {one.id: one for one in matrices}
        clauses = tuple(map(clause_of, self.conditions))
        tables = tuple(self.matrices.values())
        self._run = compile_pack(Pack("", "", "", "", (), (), clauses, tables)).run
        self._domain = domains([(clause, tables) for clause in clauses], Deployment("witness"))
        self._sizes = _sizes_of(self.conditions)
        self._tries = 0
        self._limit = 0
        self._against: set[int] = set()

    def values(self, slot: Slot) -> tuple[Value | _Absent, ...]:
        """Return what a slot is tried with: one value of each class, and for a listing the numbers of items that matter."""
        return self._sizes.get(slot[0], (1, 2, 0)) if slot[0] in LISTINGS else self._domain(slot)

    def ask(self, start: Mapping[Slot, Value | _Absent] | None = None, limit: int = TRIES_MAX, smallest: bool = True) -> Search:
        """Return a witness that has the facts of `start`; with `smallest`, none of the others is too many."""
        given = dict(start or {})
        self._tries, self._limit, self._against = 0, limit, set()
        try:
            found = self._extend(given)
        except _Exhausted:
            return Search(None, False, self._tries, tuple(sorted(self._against)))
        if found is None:
            return Search(None, True, self._tries, tuple(sorted(self._against)))
        return Search(tuple((self._fewer(found, given) if smallest else found).items()), True, self._tries)

    def _codes(self, assignment: Assignment) -> Sequence[int]:
        made = deployment_from(assignment.items())
        listings = {name: (tuple(item.values for item in one.items), one.complete) for name, one in made.listings.items()}
        return self._run(made.values, listings).outcomes

    def _extend(self, assignment: Assignment) -> Assignment | None:
        self._tries += 1
        if self._tries > self._limit:
            raise _Exhausted
        codes = self._codes(assignment)
        unmet = [number for number, code in enumerate(codes) if code not in (HOLDS, OPEN)]
        if unmet:
            self._against.update(unmet)
            return None
        number = next((number for number, code in enumerate(codes) if code == OPEN), None)
        if number is None:
            return assignment
        missing = evaluate(self.conditions[number], deployment_from(assignment.items()), self.matrices).missing
        if not missing:
            # No fact can settle it: the document leaves this combination open.
            self._against.add(number)
            return None
        slot = _slot(missing[0].field, missing[0].item)
        for value in self.values(slot):
            found = self._extend({**assignment, slot: value})
            if found is not None:
                return found
        return None

    def _fewer(self, found: Assignment, given: Assignment) -> Assignment:
        for slot in reversed(list(found)):
            if slot in given:
                continue
            if slot[0] in LISTINGS and any(name.startswith(f"{slot[0]}.") for name, _ in found):
                continue
            without = {one: value for one, value in found.items() if one != slot}
            if all(code == HOLDS for code in self._codes(without)):
                found = without
        return found


def _sizes_of(conditions: Iterable[Condition]) -> dict[str, tuple[Value | _Absent, ...]]:
    sizes: dict[str, list[int]] = {}
    for condition in (one for whole in conditions for one in walk(whole)):
        if isinstance(condition, Count):
            near = (condition.bound - 1, condition.bound, condition.bound + 1)
            sizes.setdefault(condition.listing, [1, 2]).extend(number for number in near if 0 <= number <= ITEMS_MAX)
    return {listing: tuple(dict.fromkeys([*found, 0])) for listing, found in sizes.items()}


def find(conditions: Sequence[Condition], matrices: Iterable[Matrix], limit: int = TRIES_MAX) -> Search:
    """Return a witness under which all conditions hold."""
    return Question(conditions, matrices).ask(limit=limit)
