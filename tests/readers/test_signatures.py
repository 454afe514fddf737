"""The table of service names: only what a source names."""

import pytest

from supportable.core.fields import FIELDS
from supportable.readers.signatures import SIGNATURES, cluster_product


def test_every_signature_has_a_source_and_a_known_product():
    """A name without a source is a guess; a product must be a value of `cluster.service`; no name stands twice."""
    assert all(one.source and one.product in FIELDS["cluster.service"].values for one in SIGNATURES)
    assert len({one.service.casefold() for one in SIGNATURES}) == len(SIGNATURES)


@pytest.mark.parametrize("service", ["ExtMirrSvc", "Double-Take", "Had", "cmcld", "W32Time", ""])
def test_what_no_source_names_is_not_recognised(service: str):
    """Replicators are no cluster services, and names known from memory only are not in the table."""
    assert cluster_product(service) is None
