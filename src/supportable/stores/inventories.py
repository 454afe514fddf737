"""INVENTORY, as a user names it -> columns, and Arrow record batches of the columns somebody asks for.

In: a file, a folder, a glob (Parquet, CSV, JSON lines), or a table (`duckdb:FILE#TABLE`, `sqlite:FILE#TABLE`,
`postgresql://...#TABLE`). Out: batches as they stand in the source, in its order, as often as asked: nothing is kept. What one
would get wrong: a broken line is set aside and counted while the rest goes on; a file that cannot be read at all is an error.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from supportable.errors import InventoryError, Place, UsageError
from supportable.stores.inventory_report import Tally
from supportable.stores.workspace import Workspace

SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".ndjson": "json", ".json": "json"}
_PACKED = (".csv.gz", ".tsv.gz", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_KINDS = ".parquet, .csv, .tsv, .jsonl, .ndjson and .json, the texts also with .gz"
FORMS = "a file, a folder or a glob, `duckdb:FILE#TABLE`, `sqlite:FILE#TABLE` or `postgresql://USER@HOST/DATABASE#TABLE`"


class RawBatch(NamedTuple):
    """Rows as they stand in the source, and the file or table they are from."""

    columns: Any
    """A `pyarrow.RecordBatch` with exactly the columns asked for, in that order."""
    place: Place


class Source(Protocol):
    """One file or table. Columns are names and types as a reader sees them; JSON lines know only those of their first lines."""

    place: Place
    whole: bool
    """Whether `columns` are surely all: a column that is not among them is missing."""

    def columns(self) -> dict[str, str]:
        """Return the columns with their types."""
        ...

    def batches(self, names: Sequence[str], lists: dict[str, tuple[str, ...]], tally: Tally) -> Iterator[Any]:
        """Yield record batches of these columns; `lists` names the parts to read of those that hold lists."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...


class Inventory:
    """Everything that one INVENTORY names; use it in a `with` block."""

    def __init__(self, where: str, sources: Sequence[Source], ignored: Sequence[str], workspace: Workspace) -> None:
        self.where = where
        self.sources = tuple(sources)
        self.ignored = tuple(ignored)
        self.workspace = workspace

    def columns(self) -> dict[str, str]:
        """Return the columns of all files with their types, in the order they are first met."""
        found: dict[str, str] = {}
        for source in self.sources:
            for name, kind in source.columns().items():
                found.setdefault(name, kind)
        return found

    def batches(self, names: Sequence[str], lists: dict[str, tuple[str, ...]], tally: Tally) -> Iterator[RawBatch]:
        """Yield the rows of these columns; raises `InventoryError` where a file does not have one of them."""
        for source in self.sources:
            columns = source.columns()
            missing = [name for name in names if name not in columns]
            if missing and source.whole:
                raise missing_column(missing[0], columns, source.place)
            seen = set(columns)
            for batch in source.batches(names, lists, tally):
                for name in missing:
                    if name not in seen and batch.column(name).null_count < batch.num_rows:
                        seen.add(name)
                yield RawBatch(batch, source.place)
            never = [name for name in missing if name not in seen]
            if never:
                raise missing_column(never[0], columns, source.place)

    def close(self) -> None:
        """Give back what is open."""
        for source in self.sources:
            source.close()
        self.workspace.close()

    def __enter__(self) -> Inventory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_inventory(where: str, delimiter: str | None = None, encoding: str = "utf-8", workspace: Workspace | None = None) -> Inventory:
    """Open what a user named; raise `UsageError` or `InventoryError` when there is nothing that can be read.

    The inventory closes the workspace, its own or the one it was given.
    """
    room = workspace or Workspace()
    try:
        if where.startswith(("duckdb:", "sqlite:", "postgresql://", "postgres://")):
            from supportable.stores.inventory_tables import table_source

            return Inventory(where.partition("://")[0] if "://" in where else where, [table_source(where, room)], (), room)
        from supportable.stores.inventory_files import CsvFile, JsonLines, ParquetFile

        paths, ignored = _paths(where)
        sources: list[Source] = []
        for path in paths:
            kind = _kind(path)
            if kind == "parquet":
                sources.append(ParquetFile(path))
            elif kind == "csv":
                tab = "\t" if ".tsv" in path.suffixes else None
                sources.append(CsvFile(path, room, delimiter or tab, encoding))
            else:
                sources.append(JsonLines(path, room))
        for source in sources:
            source.columns()
        return Inventory(where, sources, ignored, room)
    except BaseException:
        room.close()
        raise


def missing_column(name: str, columns: dict[str, str], place: Place) -> InventoryError:
    """Return the error for a column that the mapping names and a file does not have."""
    from supportable.errors import nearest

    near, there = nearest(name, columns), f"columns there: {', '.join(list(columns)[:20])}{', ...' if len(columns) > 20 else ''}"
    return InventoryError(
        f"the mapping names the column `{name}`, which is not there", place, f"did you mean `{near}`? {there}" if near else there
    )


def _paths(where: str) -> tuple[list[Path], list[str]]:
    """The files that a path, a folder or a glob names, in a fixed order, and those of a folder that are of no known kind."""
    path = Path(where)
    if path.is_dir():
        inside = sorted(entry for entry in path.rglob("*") if entry.is_file() and not entry.name.startswith((".", "_")))
        found = [entry for entry in inside if _kind(entry)]
        if not found:
            raise UsageError("no file of an inventory is in this folder", Place(where), f"files end in {_KINDS}")
        return found, [str(entry) for entry in inside if not _kind(entry)]
    if path.exists():
        if not _kind(path):
            raise UsageError(f"`{path.name}` is of no kind that can be read", Place(where), f"files end in {_KINDS}")
        return [path], []
    matched = sorted(Path(name) for name in glob.glob(where, recursive=True) if Path(name).is_file())  # noqa: PTH207 - may be absolute
    found = [entry for entry in matched if _kind(entry)]
    if not found:
        raise UsageError(f"there is no inventory `{where}`", None, f"name {FORMS}")
    return found, [str(entry) for entry in matched if not _kind(entry)]


def _kind(path: Path) -> str | None:
    name = path.name.lower()
    if name.endswith(_PACKED):
        name = name.removesuffix(".gz")
    return SUFFIXES.get(Path(name).suffix)
