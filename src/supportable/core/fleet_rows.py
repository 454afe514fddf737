"""Several rows of the normal form that stand for one deployment -> one row, and on what they disagree.

In: rows with one key, as plain values. Out: one row. What one would get wrong: a fact on which two rows disagree is unknown; a
listing on which they disagree is unknown as a whole, and nothing is complete that one row does not call complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.fleet import KEY, absent_column, complete_column
from supportable.core.versions import version_key

_ABSENT, _COMPLETE = absent_column(""), complete_column("")


def merge_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the row that these rows add up to, and the columns on which they disagree.

    >>> one, other = {"key": "a", "cluster.name": "x"}, {"key": "a", "cluster.name": "y", "cluster.failback": True}
    >>> merge_rows([one, other])
    ({'key': 'a', 'cluster.failback': True}, ('cluster.name',))
    """
    merged: dict[str, Any] = {KEY: rows[0][KEY]}
    disagreements = []
    # A field that is absent may have no column of its own.
    names = dict.fromkeys(name.removesuffix(_ABSENT).removesuffix(_COMPLETE) for row in rows for name in row if name != KEY)
    for name in names:
        told = [row for row in rows if row.get(name) is not None or row.get(absent_column(name)) is True]
        if name in LISTINGS:
            known = [row for row in rows if row.get(name) is not None or row.get(complete_column(name)) is True]
            if not known:
                continue
            if all(_same_items(row, known[0], name) for row in known):
                merged[name] = known[0].get(name)
                merged[complete_column(name)] = known[0].get(complete_column(name)) is True
            else:
                disagreements.append(name)
                merged[complete_column(name)] = False
        elif told and len({_comparable(name, row.get(name)) for row in told}) == 1:
            if told[0].get(name) is None:
                merged[absent_column(name)] = True
            else:
                merged[name] = told[0][name]
        elif told:
            disagreements.append(name.partition("|")[0])
    return merged, tuple(disagreements)


def _same_items(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    complete = complete_column(name)
    return one.get(name) == other.get(name) and (one.get(complete) is True) == (other.get(complete) is True)


def _comparable(name: str, value: Any) -> object:
    if name in FIELDS and FIELDS[name].kind == "version" and isinstance(value, str):
        return version_key(value) or value
    return value
