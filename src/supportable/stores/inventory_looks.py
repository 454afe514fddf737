"""A look at the columns of an inventory, for a mapping to start from.

In: an open inventory. Out: what `core/mapping_proposal.py` needs. What one would get wrong: only the first rows are looked at, so
that a rare value is not seen.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from supportable.core.mapping_proposal import ColumnLook, proposed_mapping
from supportable.stores.cells import text_column
from supportable.stores.inventories import Inventory
from supportable.stores.inventory_report import Tally
from supportable.stores.mappings import load_names

ROWS_LOOKED_AT = 200_000
_DIFFERENT_AT_MOST = 20_000
_FREQUENT = 30


def looks_of(inventory: Inventory, rows_at_most: int = ROWS_LOOKED_AT) -> tuple[ColumnLook, ...]:
    """Return what the columns look like in the first rows of each file."""
    import pyarrow

    types = inventory.columns()
    counted: dict[str, Counter[str]] = {name: Counter() for name in types}
    filled = dict.fromkeys(types, 0)
    rows = 0
    share = max(rows_at_most // max(len(inventory.sources), 1), 1000)
    for source in inventory.sources:
        names, seen = list(source.columns()), 0
        for batch in source.batches(names, {}, Tally()):
            for name, column in zip(names, batch.columns, strict=True):
                try:
                    texts = text_column(column)
                except pyarrow.ArrowException:
                    filled[name] += len(column) - column.null_count
                    continue
                filled[name] += len(texts) - texts.null_count
                if len(counted[name]) < _DIFFERENT_AT_MOST:
                    counts = texts.drop_null().value_counts()
                    counted[name].update(dict(zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True)))
            seen += batch.num_rows
            if seen >= share:
                break
        rows += seen
    return tuple(
        ColumnLook(
            name,
            types[name],
            tuple(sorted(counted[name].items(), key=lambda entry: (-entry[1], entry[0]))[:_FREQUENT]),
            len(counted[name]),
            filled[name],
            rows,
        )
        for name in types
    )


def propose_mapping(inventory: Inventory) -> str:
    """Return a mapping to start from, as YAML with comments."""
    name = Path(inventory.where.rpartition("#")[2] or inventory.where).name.split(".")[0] or "inventory"
    return proposed_mapping(name, looks_of(inventory), load_names())
