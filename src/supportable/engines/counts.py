"""What an `IssuerJudge` counted as rows of a table, so that counts of many parts of a fleet can be added up elsewhere.

In: judges. Out: an Arrow table with the columns of `COUNTS`. Rows that are equal in the columns `ALIKE` may be made one, in any order:
the sum of `count`, and the example with the least key. `take_counts` puts them into a judge as if it had judged the fleet itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from supportable.core.fleet import KEY
from supportable.engines.alike import Noted
from supportable.engines.issuers import Counted, IssuerJudge

COUNTS = pa.schema(
    [
        ("issuer", pa.string()), ("what", pa.string()), ("name", pa.string()), ("value", pa.string()), ("state", pa.int32()),
        ("pattern", pa.binary()), ("open", pa.binary()), ("count", pa.int64()), ("example", pa.string()), ("key", pa.string()),
    ]
)  # fmt: skip
"""`what` is `state`, `failed` or `unknown` (clause `name`), `group` (column `name`: value and state), `pattern` (undecided rows alike)."""

ALIKE = ("issuer", "what", "name", "value", "state", "pattern", "open")


def counts_of(judge: IssuerJudge) -> Any:
    """Return what a judge counted so far."""
    return pa.Table.from_pylist([{"issuer": judge.issuer, **row} for row in _rows(judge)], schema=COUNTS)


def _rows(judge: IssuerJudge) -> Iterator[dict[str, Any]]:
    found = judge.added_up()
    yield from ({"what": "state", "state": state, "count": count} for state, count in found.states.items())
    for what, clauses in (("failed", found.failed), ("unknown", found.unknown)):
        yield from ({"what": what, "name": clause, "count": count} for clause, count in clauses.items())
    for name, values in found.groups.items():
        for value, states in values.items():
            yield from ({"what": "group", "name": name, "value": value, "state": state, "count": states[state]} for state in states)
    for noted in judge.undecided.noted():
        example, key = json.dumps(_told(noted.example)), noted.example[KEY]
        yield {"what": "pattern", "pattern": noted.pattern, "open": noted.open, "count": noted.rows, "example": example, "key": key}


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without what is not known, which is most of it."""
    return {
        name: [_told(item) if item is not None else None for item in value] if isinstance(value, list) else value
        for name, value in row.items()
        if value is not None
    }


def take_counts(judge: IssuerJudge, counts: Any, schema: Any) -> Counted:
    """Return what was counted for the issuer of a judge, and give the judge, which has judged nothing, the patterns of what is undecided.

    `schema` is that of the fleet.
    """
    rows = counts.filter(pc.equal(counts.column("issuer"), judge.issuer)).to_pylist()
    by_name: dict[str, Counter[Any]] = {"state": Counter(), "failed": Counter(), "unknown": Counter()}
    groups: dict[str, dict[str | None, Counter[int]]] = {name: {} for name in judge.groups}
    noted: list[Noted] = []
    for row in rows:
        match row["what"]:
            case "pattern":
                noted.append(Noted(row["pattern"], row["open"], row["count"], json.loads(row["example"])))
            case "group":
                groups[row["name"]].setdefault(row["value"], Counter())[row["state"]] += row["count"]
            case what:
                by_name[what][row["state"] if what == "state" else row["name"]] += row["count"]
    judge.undecided.add(sorted(noted, key=lambda one: (-one.rows, one.pattern)), schema)
    alone = judge.undecided.alone()
    return Counted(by_name["state"], by_name["failed"], by_name["unknown"], alone.fields, alone.rows, groups)
