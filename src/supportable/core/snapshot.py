"""A deployment as plain JSON values and back: what a case keeps, so that its verdict can be given again years later.

In: a deployment. Out: a mapping of lists, texts, numbers and Booleans that holds every fact with its sources; and the deployment
again, equal to the one that went in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.facts import ABSENT, Absent, Fact, Known, Observation, Source, Unknown

FORM = "supportable/deployment/1"


def plain_of(deployment: Deployment) -> dict[str, Any]:
    """Return a deployment as plain values."""
    return {
        "form": FORM,
        "name": deployment.name,
        "facts": _facts(deployment.facts),
        "listings": {name: _listing(listing) for name, listing in sorted(deployment.listings.items())},
        "unattributed": [
            {"field": one.field, "value": _value(one.value), "source": list(one.source), "item": one.item}
            for one in deployment.unattributed
        ],
    }


def deployment_from(plain: Mapping[str, Any]) -> Deployment:
    """Return the deployment that `plain_of` made these values of; raise `ValueError` for another form."""
    if plain.get("form") != FORM:
        raise ValueError(f"`{plain.get('form')}` is not a form of a deployment that this version knows")
    listings = {name: _listing_from(one) for name, one in plain["listings"].items()}
    loose = tuple(
        Observation(one["field"], _value_from(one["value"]), Source(*one["source"]), one["item"]) for one in plain["unattributed"]
    )
    return deployment_of(plain["name"], _facts_from(plain["facts"]), listings, loose)


def _facts(facts: Mapping[str, Fact]) -> dict[str, Any]:
    return {name: _fact(fact) for name, fact in sorted(facts.items())}


def _fact(fact: Fact) -> dict[str, Any]:
    sources = [list(source) for source in fact.sources]
    match fact:
        case Known(value):
            return {"known": value, "sources": sources}
        case Absent():
            return {"absent": True, "sources": sources}
        case Unknown(reason):
            return {"unknown": reason, "sources": sources}


def _listing(listing: Listing) -> dict[str, Any]:
    return {
        "items": [{"name": item.name, "facts": _facts(item.facts)} for item in listing.items],
        "complete": listing.complete,
        "reason": listing.reason,
        "sources": [list(source) for source in listing.sources],
    }


def _value(value: object) -> Any:
    return {"absent": True} if value is ABSENT else value


def _value_from(plain: Any) -> Any:
    return ABSENT if plain == {"absent": True} else plain


def _facts_from(plain: Mapping[str, Any]) -> dict[str, Fact]:
    return {name: _fact_from(one) for name, one in plain.items()}


def _fact_from(plain: Mapping[str, Any]) -> Fact:
    sources = tuple(Source(*one) for one in plain["sources"])
    if "known" in plain:
        return Known(plain["known"], sources)
    return Absent(sources) if "absent" in plain else Unknown(plain["unknown"], sources)


def _listing_from(plain: Mapping[str, Any]) -> Listing:
    items = tuple(Item(one["name"], facts, values_of(facts)) for one in plain["items"] for facts in [_facts_from(one["facts"])])
    return Listing(items, plain["complete"], plain["reason"], tuple(Source(*one) for one in plain["sources"]))
