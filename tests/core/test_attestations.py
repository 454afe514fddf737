"""Attestations have an age, and a complete validation covers the changes of the days before it and no others."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from supportable.core.attestations import ages
from supportable.core.deployment import assemble
from supportable.core.facts import ABSENT, Known, Observation, Source, Unknown

SOURCE = Source("sample.yaml", 1)
REPORT = Source("report.xml", 7)
DAYS = st.dates(date(2020, 1, 1), date(2020, 1, 6)).map(str)


@given(
    st.lists(st.tuples(st.none() | DAYS, st.sampled_from([None, "run-on-one-lun", ABSENT])), max_size=4),
    st.lists(DAYS, max_size=2),
)
def test_a_complete_run_covers_the_changes_before_it(changes, runs):
    """What somebody said of a change stays; otherwise a run of a later day is a full run after it, any other day leaves it open."""
    observations = [Observation("cluster.validated_on", day, REPORT) for day in runs]
    for number, (made, said) in enumerate(changes):
        observations.append(Observation("changes.change", "node-added", SOURCE, f"change {number}"))
        observations += [Observation("changes.made_on", made, SOURCE, f"change {number}")] if made else []
        observations += [Observation("changes.validated_by", said, SOURCE, f"change {number}")] if said else []

    deployment = assemble("sample", observations)

    run = runs[0] if len(set(runs)) == 1 else None
    for item, (made, said) in zip(deployment.listing("changes").items, changes, strict=True):
        fact = item.fact("changes.validated_by")
        if said is not None:
            assert item.values["changes.validated_by"] == said
        elif made is None or run is None:
            assert "changes.validated_by" not in item.facts
        elif made < run:
            assert fact == Known("full-run", (SOURCE, REPORT))
        else:
            assert isinstance(fact, Unknown)
            assert made in fact.reason and run in fact.reason
            assert "changes.validated_by" not in item.values


@given(DAYS, DAYS)
def test_the_age_is_counted_to_the_day_judged_for(made, as_of):
    """An attestation with a day has an age on every day; one without a day, or of which sources disagree, has none."""
    told = [Observation("cluster.validation", "passed", REPORT), Observation("cluster.validated_on", made, REPORT)]

    (age,) = ages(assemble("sample", told).facts, as_of)

    assert (age.field, age.value, age.made_on) == ("cluster.validation", "passed", made)
    assert age.days == date.fromisoformat(as_of).toordinal() - date.fromisoformat(made).toordinal()
    assert ages(assemble("sample", told[:1]).facts, as_of) == ()
    disagreeing = [*told, Observation("cluster.validated_on", "1999-01-01", SOURCE)]
    assert ages(assemble("sample", disagreeing).facts, as_of) == ()
