"""What an `IssuerJudge` counted as rows of a table, so that counts of many parts of a fleet can be added up elsewhere.

In: judges. Out: an Arrow table with the columns of `COUNTS`. Rows that are equal in the columns `ALIKE` may be made one, in any order:
the sum of `count`, and the example with the least key. `take_counts` puts them into a judge as if it had judged the fleet itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supportable.core.fleet import KEY
from supportable.engines.alike import Noted
from supportable.engines.issuers import IssuerJudge

COUNTS = pa.schema(
    [
        ("issuer", pa.string()), ("what", pa.string()), ("name", pa.string()), ("value", pa.string()), ("state", pa.int32()),
        ("words", pa.list_(pa.int64())), ("pattern", pa.binary()), ("open", pa.binary()),
        ("count", pa.int64()), ("example", pa.string()), ("key", pa.string()),
    ]
)  # fmt: skip
"""`what` is `masks` (rows alike in the masks `words`), `group` (column `name`: value and state) or `pattern` (undecided rows alike)."""

ALIKE = ("issuer", "what", "name", "value", "state", "words", "pattern", "open")


def counts_of(judge: IssuerJudge) -> Any:
    """Return what a judge counted so far."""
    return pa.Table.from_pylist([{"issuer": judge.issuer, **row} for row in _rows(judge)], schema=COUNTS)


def _rows(judge: IssuerJudge) -> Iterator[dict[str, Any]]:
    masks = judge.masks.table()
    if masks is not None:
        columns = [masks.column(name).to_numpy().view(np.int64) for name in judge.masks.names]
        words, counts = np.stack(columns, axis=1).tolist(), masks.column("count").to_pylist()
        for row, count in zip(words, counts, strict=True):
            yield {"what": "masks", "words": row, "count": count}
    for name, levels in judge.levels.items():
        table = levels.table()
        for one in table.to_pylist() if table is not None else ():
            yield {"what": "group", "name": name, "value": one["group"], "state": one["state"], "count": one["count"]}
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


def take_counts(judge: IssuerJudge, counts: Any, schema: Any) -> None:
    """Add counts to those of a judge that has judged nothing; rows of other issuers are passed over. `schema` is that of the fleet."""
    mine = counts.filter(pc.equal(counts.column("issuer"), judge.issuer))
    masks, groups, patterns = (mine.filter(pc.equal(mine.column("what"), what)) for what in ("masks", "group", "pattern"))
    if masks.num_rows:
        words = np.array(masks.column("words").to_pylist(), np.int64).view(np.uint64)
        judge.masks.merge(_counted({name: words[:, place] for place, name in enumerate(judge.masks.names)}, masks))
    for name, levels in judge.levels.items():
        of_one = groups.filter(pc.equal(groups.column("name"), name))
        if of_one.num_rows:
            levels.merge(_counted({"group": of_one.column("value"), "state": of_one.column("state").cast(pa.uint8())}, of_one))
    noted = [Noted(one["pattern"], one["open"], one["count"], json.loads(one["example"])) for one in patterns.to_pylist()]
    judge.undecided.add(sorted(noted, key=lambda one: (-one.rows, one.pattern)), schema)


def _counted(columns: dict[str, Any], counts: Any) -> Any:
    # The key of a first row is only asked for by those who judge the rows themselves.
    return pa.table({**columns, "count": counts.column("count"), "key": pa.nulls(counts.num_rows, pa.string())})
