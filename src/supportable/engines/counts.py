"""What an `IssuerJudge` counted as rows of a table, so that counts of many parts of a fleet can be added up elsewhere.

In: judges. Out: an Arrow table with the columns of `COUNTS`; rows that are equal but for `count` may be added up in any order, and
`take_counts` puts them into a judge as if it had seen the rows of the fleet itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from supportable.engines.issuers import IssuerJudge

COUNTS = pa.schema(
    [
        ("issuer", pa.string()), ("what", pa.string()), ("name", pa.string()), ("value", pa.string()),
        ("state", pa.int32()), ("words", pa.list_(pa.int64())), ("count", pa.int64()),
    ]
)  # fmt: skip
"""`what` is `masks` (rows alike in the masks `words`), `group` (column `name`: value and state), `alone` (field `name`) or `searched`."""


def counts_of(judge: IssuerJudge) -> Any:
    """Return what a judge counted so far."""
    return pa.Table.from_pylist(list(_rows(judge)), schema=COUNTS)


def _rows(judge: IssuerJudge) -> Iterator[dict[str, Any]]:
    masks = judge.masks.table()
    if masks is not None:
        columns = [masks.column(name).to_numpy().view(np.int64) for name in judge.masks.names]
        words, counts = np.stack(columns, axis=1).tolist(), masks.column("count").to_pylist()
        for row, count in zip(words, counts, strict=True):
            yield {"issuer": judge.issuer, "what": "masks", "words": row, "count": count}
    for name, levels in judge.levels.items():
        table = levels.table()
        for one in table.to_pylist() if table is not None else ():
            yield {
                "issuer": judge.issuer, "what": "group", "name": name,
                "value": one["group"], "state": one["state"], "count": one["count"],
            }  # fmt: skip
    for field, count in judge.alone.items():
        yield {"issuer": judge.issuer, "what": "alone", "name": field, "count": count}
    yield {"issuer": judge.issuer, "what": "searched", "count": judge.searched}


def take_counts(judge: IssuerJudge, counts: Any) -> None:
    """Add counts to those of a judge; rows of other issuers are passed over."""
    mine = counts.filter(pa.compute.equal(counts.column("issuer"), judge.issuer))
    parts = {what: mine.filter(pa.compute.equal(mine.column("what"), what)) for what in ("masks", "group", "alone", "searched")}
    masks = parts["masks"]
    if masks.num_rows:
        words = np.array(masks.column("words").to_pylist(), np.int64).view(np.uint64)
        judge.masks.merge(_counted({name: words[:, place] for place, name in enumerate(judge.masks.names)}, masks))
    for name, levels in judge.levels.items():
        of_one = parts["group"].filter(pa.compute.equal(parts["group"].column("name"), name))
        if of_one.num_rows:
            levels.merge(_counted({"group": of_one.column("value"), "state": of_one.column("state").cast(pa.uint8())}, of_one))
    judge.alone.update(dict(zip(parts["alone"].column("name").to_pylist(), parts["alone"].column("count").to_pylist(), strict=True)))
    judge.searched += sum(parts["searched"].column("count").to_pylist())


def _counted(columns: dict[str, Any], counts: Any) -> Any:
    # The key of a first row is only asked for by those who judge the rows themselves.
    return pa.table({**columns, "count": counts.column("count"), "key": pa.nulls(counts.num_rows, pa.string())})
