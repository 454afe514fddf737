"""Support relationships: known, ended, missing and not known are four things."""

from __future__ import annotations

import pytest

from judgements import pack
from supportable.core.clauses import select
from supportable.core.compile import compile_pack
from supportable.core.deployment import assemble
from supportable.core.verdict import judge
from supportable.readers.deployment_file import READER
from supportable.readers.reader import Evidence
from supportable.reports.relationships import relationships, vendors_in

HEAD = "cluster: {service: lifekeeper}\n"
VERDICT_OF = compile_pack(select(pack()))


def found(text: str) -> dict[str, tuple[str, str]]:
    """The state and the end of the contract with each vendor of a deployment file, on 2026-11-25."""
    made = assemble("d", READER.read(Evidence("d.yaml", text.encode())))
    (verdict,) = judge(made, [VERDICT_OF])
    return {one.party: (one.state, one.until) for one in relationships(made, verdict, "2026-11-25").vendors}


@pytest.mark.parametrize(
    ("contracts", "state"),
    [
        ("", ("not known", "")),
        ("contracts: none\n", ("missing", "")),
        ("contracts: [{party: hardware-vendor}]\n", ("missing", "")),
        ("contracts: {partial: true, items: [{party: hardware-vendor}]}\n", ("not known", "")),
        ("contracts: [{name: somebody}]\n", ("not known", "")),
        ("contracts: [{party: cluster-vendor}]\n", ("known", "")),
        ('contracts: [{party: cluster-vendor, until: "2026-11-25"}]\n', ("known", "2026-11-25")),
        ('contracts: [{party: cluster-vendor, until: "2026-11-24"}]\n', ("ended", "2026-11-24")),
        (
            'contracts: [{party: cluster-vendor, until: "2026-11-24"}, {party: cluster-vendor, until: "2027-01-01"}]\n',
            ("known", "2027-01-01"),
        ),
        ('contracts: [{party: cluster-vendor, until: "2026-11-24"}, {party: cluster-vendor}]\n', ("known", "")),
    ],
)
def test_a_contract_that_nobody_named_is_missing_only_in_a_complete_list(contracts, state):
    """Nothing written is not known; a complete list without the vendor is missing; a contract counts until the day it ends."""
    assert found(HEAD + contracts)["cluster-vendor"] == state


def test_the_vendors_are_those_whose_product_is_there():
    """Windows' own cluster service has no vendor of its own; a virtual machine has one; hardware is under every cluster."""
    assert list(found("cluster: {service: mscs}\n")) == ["hardware-vendor"]
    assert list(found(HEAD + "nodes: [{virtual: true}]\n")) == ["cluster-vendor", "hardware-vendor", "hypervisor-vendor"]
    assert vendors_in(assemble("d", [])) == ()
