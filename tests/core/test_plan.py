"""Plans against trying everything: the cheapest change, the smallest set of clauses in its way, all plans of its cost, and MaxSAT."""

from __future__ import annotations

from functools import cached_property
from itertools import chain, combinations, product
from random import Random

import pytest

from small_plans import slots_of, space_of
from supportable.core.evaluate import evaluate
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.plan import Planner, core_of, others, work_of
from supportable.core.plan_space import NOBODY_SPEAKS
from supportable.core.repairs import NEVER
from supportable.core.truth import Truth
from supportable.core.verdict import _ends, judge_by_reference
from supportable.solvers import maxsat

SEEDS = range(300)


def resetters(space, slot):
    """The slots whose own work sets this one anew, by the words of the model."""
    field, owner = slot
    if field in LISTINGS or field in space.keep:
        return []
    found = []
    for move in space.model.moves.values():
        for one in space.slots_of([move.field]) if field in move.resets and move.field in space.ground.fields else ():
            together = FIELDS[move.field].listing == FIELDS[field].listing
            if (one[1] == owner or not together) and (space.held_now(one) is not None or space.certain) and space.options(one):
                found.append(one)
    return found


class Everything:
    """Every choice of values of a space, with its cost, its work and what is in its way."""

    def __init__(self, space):
        self.space, self.planner = space, Planner(space)
        slots = slots_of(space)
        self.resetters = {slot: resetters(space, slot) for slot in slots}
        ways = [[(slot, None), *((slot, one.value) for one in self.both(slot))] for slot in slots]
        self.choices = []
        for one in product(*ways):
            choice = {slot: value for slot, value in one if value is not None}
            cost = self.cost(choice)
            if cost is not None:
                self.choices.append((cost, choice, frozenset(self.planner.in_the_way_of(choice))))

    def both(self, slot):
        again = self.space.options(slot, True) if self.resetters[slot] else ()
        return {one.value: one for one in (*self.space.options(slot), *again)}.values()

    def own(self, choice, slot):
        """Whether the slot's own work is done: it changes, and no other work sets it anew."""
        return slot in choice and (self.space.held_now(slot) is not None or self.space.certain) and not self.anew(choice, slot)

    def anew(self, choice, slot):
        return any(self.own(choice, by) for by in self.resetters[slot])

    def cost(self, choice):
        """What a choice costs, `None` where a slot cannot become that."""
        total = 0
        for slot, value in choice.items():
            options = {one.value: one.cost for one in self.space.options(slot, self.anew(choice, slot))}
            if value not in options:
                return None
            total += options[value]
        return total

    @cached_property
    def cheapest(self):
        return min((cost for cost, _, left in self.choices if not left), default=NEVER)

    @cached_property
    def cores(self):
        """The smallest sets of requirements that no cheaper choice meets together."""
        to_hit = {left for cost, _, left in self.choices if cost < self.cheapest and NOBODY_SPEAKS not in left}
        numbers = sorted(set(chain.from_iterable(to_hit)))
        for size in range(len(numbers) + 1):
            found = [one for one in combinations(numbers, size) if all(not left.isdisjoint(one) for left in to_hit)]
            if found:
                return found
        raise AssertionError("a cheaper choice has nothing in its way")


def at_the_level(space, deployment):
    """Whether the reference evaluator puts every issuer that counts at the level, and whoever must speak does."""
    ground, ends = space.ground, {}
    for issuer in ground.issuers:
        judged = [one.pack for one in ground.packs if one.pack.issuer == issuer]
        ends[issuer] = _ends([(pack, judge_by_reference(pack, deployment)[0]) for pack in judged])
    speaking = [issuer for issuer, end in ends.items() if end is not None and end[2]]
    enough = all(one in speaking for one in ground.named) if ground.named else bool(speaking)
    return enough and all(end is None or end[1].level >= ground.level for end in ends.values())


def broken_rules(space, deployment):
    return {
        rule.id for rule in space.model.rules if [evaluate(one, deployment, {}).truth for one in rule[1:3]] == [Truth.TRUE, Truth.FALSE]
    }


@pytest.fixture(scope="module")
def everything():
    """Every choice of every space that is tried."""
    return [Everything(space_of(seed)) for seed in SEEDS]


def test_nothing_is_in_the_way_just_where_the_verdict_is_at_the_level(everything):
    """After a choice, nothing is in the way exactly if the reference evaluator finds the level reached and no rule newly broken."""
    for seed, every in enumerate(everything):
        space, broken = every.space, broken_rules(every.space, every.space.deployment)
        for _, choice, left in Random(seed).sample(every.choices, min(10, len(every.choices))):
            after = space.deployment_with(choice, every.planner.unset_by(choice))
            assert (not left) == (at_the_level(space, after) and broken_rules(space, after) <= broken), seed


@pytest.mark.parametrize("way", [Planner.cheapest, maxsat.cheapest], ids=["search", "maxsat"])
def test_the_cheapest_choice_costs_what_trying_everything_costs(everything, way):
    """Search and MaxSAT find a choice just where there is one, at the least cost; the reference evaluator is content with it."""
    for seed, every in enumerate(everything):
        found = way(every.planner)
        assert found.proven, seed
        assert (found.choice is None) == (every.cheapest == NEVER), seed
        assert found.cost == every.cheapest, seed
        if found.choice is not None:
            assert every.cost(found.choice) == every.planner.cost(found.choice) == found.cost, seed
            after = every.space.deployment_with(found.choice, every.planner.unset_by(found.choice))
            assert at_the_level(every.space, after), seed
            assert broken_rules(every.space, after) <= broken_rules(every.space, every.space.deployment), seed


def test_a_bound_never_exceeds_what_a_choice_costs(everything):
    """What the requirements in the way cost at least, each alone and all together, is at most what any choice costs that clears them."""
    for seed, every in enumerate(everything):
        now = every.planner.in_the_way_of({})
        for number in now:
            alone = min((cost for cost, _, left in every.choices if number not in left), default=NEVER)
            assert every.planner.bound([number]) <= alone, seed
        assert every.planner.bound(now) <= every.cheapest, seed


def test_the_core_is_a_smallest_set_that_cannot_be_met_for_less(everything):
    """The core of the least cost is one of the smallest sets of requirements that no cheaper choice meets."""
    for seed, every in enumerate(everything):
        core, smallest = core_of(every.planner, every.cheapest)
        assert smallest, seed
        assert core in every.cores, seed


@pytest.mark.parametrize("way", [others, maxsat.others], ids=["search", "maxsat"])
def test_the_others_are_all_plans_of_the_least_cost(everything, way):
    """The first plan and the others are all plans of the least cost that do no more than they need, told apart by their work."""
    for seed, every in enumerate(everything):
        if every.cheapest == NEVER:
            continue
        first = every.planner.cheapest()
        more, all_told = way(every.planner, first, 100)
        works = [work_of(every.planner, one) for one in (first.choice, *more)]
        every_work = {work_of(every.planner, choice) for cost, choice, left in every.choices if cost == every.cheapest and not left}
        needed = {one for one in every_work if not any(other < one for other in every_work)}
        assert all_told, seed
        assert len(works) == len(set(works)), seed
        assert needed <= set(works) <= every_work, seed
