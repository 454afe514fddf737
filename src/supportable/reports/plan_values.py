"""Values and clauses -> the trees that JSON reports of plans and paths share."""

from __future__ import annotations

from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.plan_space import Requirement
from supportable.core.verdict import Finding
from supportable.reports.wording import cited, printable

Json = dict[str, object]


def requirement(one: Requirement | Finding) -> Json:
    """Return a clause with its words and its place, or a rule of the model."""
    if not one.clause.citation.document:
        return {"rule": one.clause.id, "says": one.clause.says}
    place = cited(one.clause, one.pack)
    return {
        "issuer": one.pack.issuer,
        "clause": one.clause.id,
        "says": printable(one.clause.says),
        "quote": place.quote,
        "place": place.place,
    }


def value(one: Value | _Absent) -> object:
    """Return a value; null where it is known that there is none."""
    return None if one is ABSENT else one
