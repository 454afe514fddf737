"""Attestations: what somebody certified on a day, how old that is, and the changes that it came after.

In: facts of a deployment. Out: the age of each attestation, and for every dated change whether the last complete validation was made
after it. Which run a change calls for is the policy's (the re-validation table); only the order of days is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from supportable.core.facts import Fact, Known, Unknown

MADE_ON = {"cluster.validation": "cluster.validated_on", "hardware.catalog_listing": "hardware.catalog_checked_on"}
"""The field that says when each attestation was made."""


class Age(NamedTuple):
    """One attestation that a day is known of: its field and value, the day it was made, and its age in days on the day judged for."""

    field: str
    value: str
    made_on: str
    days: int


def ages(facts: Mapping[str, Fact], as_of: str) -> tuple[Age, ...]:
    """Return the age of each attestation on a day; negative for one that was made later."""
    from datetime import date

    found = []
    for field, dated in MADE_ON.items():
        fact, made = facts.get(field), facts.get(dated)
        if isinstance(fact, Known) and isinstance(made, Known):
            days = (date.fromisoformat(as_of) - date.fromisoformat(str(made.value))).days
            found.append(Age(field, str(fact.value), str(made.value), days))
    return tuple(found)


def validation_after(change: Mapping[str, Fact], facts: Mapping[str, Fact]) -> Fact | None:
    """Return what the days say about which validation followed a change, `None` where somebody said it or a day is not known.

    A complete run of a later day covers the change. One of the same day or an earlier one leaves open whether a smaller run followed.
    """
    made, validated = change.get("changes.made_on"), facts.get("cluster.validated_on")
    if "changes.validated_by" in change or not isinstance(made, Known) or not isinstance(validated, Known):
        return None
    sources = tuple(dict.fromkeys((*made.sources, *validated.sources)))
    if str(made.value) < str(validated.value):
        return Known("full-run", sources)
    when = "on the day of" if made.value == validated.value else "after"
    reason = f"the change was made on {made.value}, {when} the last complete validation ({validated.value}); no later run is known"
    return Unknown(reason, sources)
