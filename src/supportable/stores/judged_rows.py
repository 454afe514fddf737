"""Rows of a fleet on disk while it is judged: what decides them is known only when all are judged.

In: tables of rows, each of one issuer, given by number. Out: the same tables in the same order. The folder is the caller's, and temporary.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any


class JudgedRows:
    """Judged rows on disk: what decides them is known only when all are judged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.order: list[int] = []
        self.files: dict[int, Any] = {}

    def write(self, number: int, rows: Any) -> None:
        """Add the rows of one issuer; rows that are none are left out."""
        import pyarrow as pa

        if number not in self.files:
            self.files[number] = pa.ipc.new_file(f"{self.path}.{number}", rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))
        for batch in rows.combine_chunks().to_batches():
            self.files[number].write_batch(batch)
            self.order.append(number)

    def read(self) -> Iterator[tuple[int, Any]]:
        """Yield all rows in the order written."""
        import pyarrow as pa

        for file in self.files.values():
            file.close()
        readers = {number: pa.ipc.open_file(f"{self.path}.{number}") for number in self.files}
        place = dict.fromkeys(self.files, 0)
        for number in self.order:
            yield number, pa.Table.from_batches([readers[number].get_batch(place[number])])
            place[number] += 1
