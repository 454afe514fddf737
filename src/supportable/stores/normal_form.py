"""A fleet that is in the normal form already: Parquet files, read as they stand, without a mapping.

In: a Parquet file, a folder or a glob. Out: the record batches that `stores/normalising.py: Fleet` gives, and the same report. What one
would get wrong: keys are taken at their word; two rows of one key are two deployments here, while a mapping would make one of them.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from supportable.core.fleet import KEY
from supportable.errors import InventoryError, Place
from supportable.stores.inventory_report import InventoryReport, Tally

ROWS_AT_ONCE = 1 << 16
_HINT = "an inventory that is not in the normal form needs `--mapping`; `supportable fleet normalise` writes the normal form"


class NormalFleet:
    """Parquet files in the normal form: iterate it once for its batches, then ask for the report."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.tally = Tally()
        self.files = _files(where)
        import pyarrow
        import pyarrow.dataset

        try:
            self.data = pyarrow.dataset.dataset(self.files, format="parquet")
        except (pyarrow.ArrowException, OSError) as error:
            raise self._unreadable(error) from None
        self.schema = self.data.schema

    def __iter__(self) -> Iterator[Any]:
        """Yield the record batches."""
        import pyarrow

        try:
            for batch in self.data.to_batches(batch_size=ROWS_AT_ONCE, batch_readahead=2, fragment_readahead=1):
                without = batch.column(KEY).null_count
                if without:
                    hint = "each row needs the key of its deployment"
                    raise InventoryError(f"{without} rows have no key", Place(self.where), hint)
                if batch.num_rows:
                    self.tally.rows += batch.num_rows
                    self.tally.deployments += batch.num_rows
                    yield batch
        except (pyarrow.ArrowException, OSError) as error:
            raise self._unreadable(error) from None

    def report(self) -> InventoryReport:
        """Return how many rows there were."""
        return self.tally.report()

    def _unreadable(self, error: Exception) -> InventoryError:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        return InventoryError(f"cannot be read as Parquet: {said}", Place(self.where), _HINT)


def report_of_normal(rows: int) -> InventoryReport:
    """Return the report of so many rows in the normal form, which somebody else read."""
    tally = Tally()
    tally.rows = tally.deployments = rows
    return tally.report()


def _files(where: str) -> list[str]:
    path = Path(where)
    if path.is_dir():
        # What begins with a dot or an underscore is no data for Spark either: marks, and what is not written whole.
        found = [one for one in path.rglob("*.parquet") if not any(part[0] in "._" for part in one.relative_to(path).parts)]
        names = [str(one) for one in found if one.is_file()]
    else:
        names = [where] if path.exists() else [one for one in glob.glob(where, recursive=True) if Path(one).is_file()]  # noqa: PTH207 - a glob may be absolute
    if not names:
        raise InventoryError("there is no Parquet file", Place(where), _HINT)
    return sorted(names)
