"""The normal form of a fleet."""

from __future__ import annotations

from hypothesis import given, settings

from strategies import deployments, packs
from supportable.core.compile import compile_pack
from supportable.core.facts import Unknown
from supportable.core.fleet import deployment_of_row, row_of
from supportable.core.verdict import listings_of


@settings(max_examples=150)
@given(deployments(), packs())
def test_a_row_stands_for_its_deployment(deployment, pack):
    """A deployment written as a row and read again is judged alike, and what is unknown stays unknown."""
    again = deployment_of_row(row_of(deployment))
    run = compile_pack(pack).run

    assert again.values == deployment.values
    assert run(again.values, listings_of(again)) == run(deployment.values, listings_of(deployment))
    assert [name for name, fact in deployment.facts.items() if isinstance(fact, Unknown) and name in again.facts] == []
