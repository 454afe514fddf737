"""How a field came about: what an account of it must show, whatever the observations are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.core.deployment import assemble
from supportable.core.facts import ABSENT, THIS_MACHINE, Known, Listed, Observation, Source, Unknown
from supportable.core.origins import origins

FILES = st.sampled_from(["a/x", "a/y", "b/x", "c"])
ITEMS = st.sampled_from([THIS_MACHINE, "n1", "n2", "N1.example"])
SOURCES = st.builds(Source, FILES, st.integers(1, 9))
NODE_FIELDS = st.one_of(
    st.builds(Observation, st.just("nodes.virtual"), st.sampled_from([True, False, ABSENT]), SOURCES, ITEMS),
    st.builds(lambda name, source: Observation("nodes", name, source, name), st.sampled_from(["n1", "n2"]), SOURCES),
)
OBSERVED = st.lists(
    st.one_of(
        NODE_FIELDS,
        st.builds(lambda name, source: Observation("cluster.name", name, source), st.sampled_from(["c1", "c2"]), SOURCES),
        st.builds(Listed, st.just("nodes"), st.sampled_from([("n1",), ("n1", "n2")]), SOURCES),
    ),
    max_size=6,
)


@settings(max_examples=80, deadline=None)
@given(OBSERVED, st.sampled_from(["nodes.virtual", "cluster.name", "nodes"]))
def test_the_account_gives_the_deployments_facts_and_loses_no_observation(found, name: str):
    """Each origin has the fact that the deployment has; every observation of the field stands in exactly one place."""
    deployment = assemble("d", found)
    told = origins(name, found)
    shown = [one for origin in told.origins for one in origin.observations] + list(told.stray)

    assert sorted(map(repr, shown)) == sorted(repr(one) for one in found if isinstance(one, Observation) and one.field == name)
    for origin in told.origins:
        if name == "cluster.name":
            assert origin.fact == deployment.fact(name)
        elif name == "nodes.virtual":
            assert origin.fact == next(item for item in deployment.listing("nodes").items if item.name == origin.item).fact(name)
        assert (origin.why_unknown is None) == (not isinstance(origin.fact, Unknown))


def test_nobody_looked_and_two_sources_disagree_are_two_reasons():
    """An unknown fact says which of the reasons it is."""
    one, other = Observation("cluster.name", "a", Source("x", 1)), Observation("cluster.name", "b", Source("y", 1))

    assert [origin.why_unknown for origin in origins("cluster.name", []).origins] == ["nobody-looked"]
    assert [origin.why_unknown for origin in origins("cluster.name", [one, other]).origins] == ["sources-disagree"]
    assert [origin.fact for origin in origins("cluster.name", [one]).origins] == [Known("a", (Source("x", 1),))]


def test_what_belongs_to_no_machine_is_shown_as_such():
    """Between two machines named equally near, an observation counts for neither, and the fact says so."""
    named = [Observation("nodes", name, Source(f"{name}/a", 1), name) for name in ("n1", "n2")]
    stray = Observation("nodes.virtual", True, Source("z", 1), THIS_MACHINE)
    told = origins("nodes.virtual", [*named, stray])

    assert told.stray == (stray,)
    assert [origin.why_unknown for origin in told.origins] == ["machine-not-named", "machine-not-named"]


def test_a_name_that_is_neither_field_nor_listing_is_a_mistake_of_the_caller():
    """The use case checks the name; here there is no such field."""
    with pytest.raises(KeyError):
        origins("cluster.nme", [])


def test_a_fact_that_has_sources_is_never_one_that_nobody_looked_at():
    """What follows from other facts names their places, known or not, and says why where it stays open."""
    said = [Observation("cluster.validated_on", "2019-02-01", Source("report", 1))]
    for number, day in enumerate(("2019-01-15", "2019-02-01", "2019-03-20")):
        said.append(Observation("changes.made_on", day, Source("record", number + 1), f"change {number}"))

    told = origins("changes.validated_by", said)

    assert [one.why_unknown for one in told.origins] == [None, "other-facts", "other-facts"]
    for number, origin in enumerate(told.origins, 1):
        assert origin.concluded and origin.observations == ()
        assert origin.fact.sources == (Source("record", number), Source("report", 1))
