"""The order of changes counts what it lifts, and what the best sets lift is what trying all of them finds."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.core import lifting
from supportable.core.lifting import Change, Liftable, Lifting

CHANGES = [Change("look", "cluster.service"), *(Change("change", "workload.service_pack", number) for number in range(5))]
WAYS = st.lists(st.frozensets(st.sampled_from(CHANGES), min_size=1, max_size=4), max_size=3).map(tuple)
FOUND = st.lists(st.builds(Liftable, st.integers(1, 9), st.integers(1, 30), WAYS), max_size=8)


def lifted(found: list[Liftable], done: set[Change]) -> int:
    """How many deployments have a way of which every change is done."""
    return sum(one.deployments for one in found if any(done.issuperset(way) for way in one.ways))


@settings(max_examples=60)
@given(FOUND)
def test_the_order_counts_what_it_lifts(found):
    """After each round as many are lifted as have a way among the changes so far, at their own cost; at the end all that have a way."""
    done, points = set[Change](), 0
    for one in Lifting(found).rounds():
        done.update(one.changes)
        points += one.points
        assert (one.in_all, one.steps) == (lifted(found, done), len(done))
        assert one.lifts > 0

    ways = [one for one in found if one.ways]
    assert lifted(found, done) == sum(one.deployments for one in ways)
    assert points == sum(one.deployments * one.cost for one in ways)


@settings(max_examples=40)
@given(FOUND)
def test_the_best_sets_are_those_of_trying_all(found):
    """What the best set of so many changes lifts is the most that any set of so many does, and the set that is named lifts it."""
    for one in Lifting(found).rounds():
        tried = [lifted(found, set(some)) for size in range(one.steps + 1) for some in combinations(CHANGES, size)]

        assert one.most == max(tried) == lifted(found, set(one.best))
        assert len(one.best) <= one.steps


@settings(max_examples=30)
@given(FOUND)
def test_each_way_is_told_with_what_it_lifts_alone(found):
    """Each set of changes that is a way of any stands there once, most lifted first."""
    told = Lifting(found).alone()

    assert {frozenset(changes) for changes, _ in told} == {way for one in found for way in one.ways}
    assert all(count == lifted(found, set(changes)) for changes, count in told)
    assert [count for _, count in told] == sorted((count for _, count in told), reverse=True)


def test_beyond_few_changes_nothing_is_claimed(monkeypatch):
    """Where sets are too many to try them all, no best set is told, and the order is the same."""
    found = [Liftable(at + 1, 1, (frozenset([change]),)) for at, change in enumerate(CHANGES)]
    whole = Lifting(found).rounds()
    monkeypatch.setattr(lifting, "TRIES_MAX", 10)

    assert Lifting(found).rounds() == tuple(one._replace(most=None, best=()) for one in whole)
