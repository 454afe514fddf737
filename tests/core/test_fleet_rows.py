"""Several rows of one deployment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strategies import deployments
from supportable.core.fleet import deployment_of_row, row_of
from supportable.core.fleet_rows import merge_rows


@given(deployments())
def test_a_row_that_stands_twice_says_what_it_says_once(deployment):
    """A row merged with itself is the same deployment, and disagrees with nothing."""
    row = row_of(deployment)
    merged, disagreements = merge_rows([row, dict(row)])
    again, once = deployment_of_row(merged), deployment_of_row(row)

    assert disagreements == ()
    assert again.values == once.values
    for name, listing in once.listings.items():
        assert again.listing(name).items == listing.items and again.listing(name).complete == listing.complete


@given(st.lists(deployments(), min_size=2, max_size=3))
def test_a_merged_row_knows_only_what_no_row_denies(parts):
    """A fact of the merged row is a fact of one row, and no row says otherwise; so is completeness."""
    rows = [row_of(deployment) for deployment in parts]
    merged = deployment_of_row(merge_rows(rows)[0])

    for name, value in merged.values.items():
        told = [one.values[name] for one in map(deployment_of_row, rows) if name in one.values]
        assert value in told
        assert name.endswith("build") or set(map(repr, told)) == {repr(value)}
    for name, listing in merged.listings.items():
        said = [one.listings[name] for one in map(deployment_of_row, rows) if name in one.listings]
        assert not listing.complete or any(one.complete for one in said)
