"""What a user wants of a deployment beside a level -> a pack of its own, that a plan has to meet like any other.

In: values by field. Out: a compiled pack of the issuer `you`, one requirement a field, that applies to everything. What one would get
wrong: a field of a listing is wanted of every item.
"""

from __future__ import annotations

from collections.abc import Mapping

from supportable.core.clauses import Citation, Clause, Level, Pack, Tier
from supportable.core.compile import Compiled, compile_pack
from supportable.core.conditions import Always, Condition, Every, Is
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.plan_space import YOU
from supportable.core.truth import Truth
from supportable.errors import Place


def wanted(values: Mapping[str, tuple[Value | _Absent, ...]]) -> Compiled:
    """Return the pack that asks for one of these values of each field."""
    tiers = (Tier("wanted", "as wanted", Level.FULL, ""), Tier("not", "not as wanted", Level.UNSUPPORTED, ""))
    clauses = tuple(_clause(field, allowed) for field, allowed in values.items())
    return compile_pack(Pack(YOU, YOU, "", "", tiers, (), clauses))


def _clause(field: str, values: tuple[Value | _Absent, ...]) -> Clause:
    listing = FIELDS[field].listing
    one: Condition = Is(field, values)
    asked = one if listing is None else Every(listing, one)
    told = " or ".join("none" if value is ABSENT else str(value) for value in values)
    says = f"You want {field} at {told}."
    return Clause(f"--want {field}", "requirement", Always(Truth.TRUE), asked, "not", says, "", Citation("", "", ""), "full", Place(""))
