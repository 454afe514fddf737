"""How the value of a field came about: every observation of every source, and why a fact is unknown.

In: the name of a field or a listing, and all observations. Out: one `Origin` for the deployment, or one for each item of the listing that
the field belongs to; what one would miss: observations about a machine that no file names near enough belong to nobody (`stray`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from supportable.core.deployment import Listing, assemble, attributed, item_key
from supportable.core.facts import Collected, Fact, Known, Listed, Observation, Unknown
from supportable.core.fields import FIELDS, LISTINGS


class Origin(NamedTuple):
    """A fact of the deployment or of one item, and the observations it was made of, as they were found.

    `why_unknown` is `nobody-looked`, `sources-disagree`, `machine-not-named` where only a machine without a name was looked at, or
    `other-facts` where other facts leave it open; `None` for a fact that is known.
    """

    field: str
    item: str | None
    fact: Fact
    observations: tuple[Observation, ...]
    why_unknown: str | None

    @property
    def concluded(self) -> bool:
        """Whether nobody said it, and it follows from other facts (the days of a change and of a validation); its sources are theirs."""
        return not self.observations and bool(self.fact.sources)


class Origins(NamedTuple):
    """All there is to say of a field or a listing: its origins, the listing it belongs to with the sources of it, and what is stray."""

    field: str
    origins: tuple[Origin, ...]
    listing: Listing | None
    listed: tuple[Listed, ...]
    stray: tuple[Observation, ...]


def origins(name: str, observations: Iterable[Observation | Listed | Collected]) -> Origins:
    """Return how a field, or a whole listing, came about."""
    seen = list(observations)
    deployment = assemble("", seen)
    listed = [one for one in seen if isinstance(one, Listed)]
    found = [one for one in seen if isinstance(one, Observation)]
    named, left = attributed(found, listed, [one for one in seen if isinstance(one, Collected)])
    unattributed = {id(one) for one in left}
    owners = iter(named)
    owned = [(one, next(owners).item) for one in found if id(one) not in unattributed]
    listing_name = name if name in LISTINGS else FIELDS[name].listing
    mine = [(one, item) for one, item in owned if one.field == name]
    stray = tuple(one for one in left if one.field == name)
    if listing_name is None:
        return Origins(name, (_origin(name, None, deployment.fact(name), tuple(one for one, _ in mine), stray),), None, (), ())
    listing = deployment.listing(listing_name)
    made = []
    for item in listing.items:
        its = tuple(one for one, owner in mine if owner is not None and item_key(listing_name, owner) == item_key(listing_name, item.name))
        fact = Known(item.name, tuple(one.source for one in its)) if name in LISTINGS else item.fact(name)
        made.append(_origin(name, item.name, fact, its, stray))
    return Origins(name, tuple(made), listing, tuple(one for one in listed if one.listing == listing_name), stray)


def _origin(name: str, item: str | None, fact: Fact, its: tuple[Observation, ...], stray: tuple[Observation, ...]) -> Origin:
    why = None
    if isinstance(fact, Unknown):
        otherwise = "machine-not-named" if stray else "nobody-looked"
        why = "sources-disagree" if its else "other-facts" if fact.sources else otherwise
    return Origin(name, item, fact, its, why)
