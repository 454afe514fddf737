"""Which support contracts a deployment has with the vendors in it, against the clauses that recommend them.

In: the facts of a deployment, its verdict, and the day it is judged for. Out: one relationship a vendor. A contract that nobody wrote down
is not known, unless the list of contracts is known to be complete.
"""

from __future__ import annotations

from typing import NamedTuple

from supportable.core.deployment import Deployment
from supportable.core.facts import Known
from supportable.core.process import VENDORS
from supportable.core.verdict import Finding, Verdict
from supportable.reports.wording import printable


class Relationship(NamedTuple):
    """The contract with one vendor: `known`, `ended`, `missing` or `not known`, the day it ends ("" when not known), and in words."""

    party: str
    state: str
    until: str
    words: str


class Relationships(NamedTuple):
    """What is known of each vendor in the deployment, and the recommendations that ask for it."""

    vendors: tuple[Relationship, ...]
    recommended: tuple[Finding, ...]


def vendors_in(deployment: Deployment) -> tuple[str, ...]:
    """Return the vendors whose product is known to be in a deployment."""
    found = []
    service = deployment.fact("cluster.service")
    if isinstance(service, Known) and service.value != "mscs":
        found.append("cluster-vendor")
    if "hardware.vendor" in deployment.facts or "hardware.model" in deployment.facts:
        found.append("hardware-vendor")
    if any(getattr(item.fact("nodes.virtual"), "value", None) is True for item in deployment.listing("nodes").items):
        found.append("hypervisor-vendor")
    return tuple(party for party in VENDORS if party in found)


def relationships(deployment: Deployment, verdict: Verdict, as_of: str) -> Relationships:
    """Return the support relationships of a deployment on a day."""
    contracts: dict[str, list[str]] = {}
    nameless = False
    for item in deployment.listing("contracts").items:
        party, until = item.fact("contracts.party"), item.fact("contracts.until")
        if isinstance(party, Known):
            contracts.setdefault(str(party.value), []).append(str(until.value) if isinstance(until, Known) else "")
        else:
            nameless = True
    complete = deployment.listing("contracts").complete and not nameless
    # There is no cluster without hardware, whether or not anybody looked at it.
    wanted = {*vendors_in(deployment), *contracts, "hardware-vendor"}
    vendors = tuple(_relationship(party, contracts.get(party), complete, as_of) for party in VENDORS if party in wanted)
    return Relationships(vendors, tuple(one for one in verdict.findings if _recommends_contracts(one)))


def _relationship(party: str, ends: list[str] | None, complete: bool, as_of: str) -> Relationship:
    if ends is None:
        if complete:
            return Relationship(party, "missing", "", "no contract: it is not among those that were listed")
        return Relationship(party, "not known", "", "not known whether there is a contract")
    lasting = [end for end in ends if not end or end >= as_of]
    until = max(ends)
    if not lasting:
        return Relationship(party, "ended", until, f"the contract ended on {printable(until)}, before {as_of}")
    if until and until >= as_of:
        return Relationship(party, "known", until, f"a contract, until {printable(until)}")
    return Relationship(party, "known", "", "a contract; until when is not known")


def _recommends_contracts(one: Finding) -> bool:
    return one.clause.kind == "recommendation" and any(read.field.startswith("contracts") for read in (*one.facts, *one.missing))


FOLLOWED = {
    "true": "followed",
    "false": "not followed",
    "unknown": "not known whether followed: write `contracts:` in a deployment file",
}
