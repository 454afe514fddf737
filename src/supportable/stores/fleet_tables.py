"""Where the rows of a fleet go: a file or a table of a database, written whole or not at all.

In: what a user named (`out.parquet`, `out.csv.gz`, `sqlite:FILE#TABLE`, `postgresql://...#TABLE`), a schema, and tables of rows. Out: a
new file, or a new table. What one would get wrong: the `with` block is where it is decided. When the block ends well, everything is
written; when it raises, what was there before is as it was. So close what you read from inside the block, above all where the rows
go into the database that they come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from supportable.errors import UsageError
from supportable.stores.workspace import require_libraries

if TYPE_CHECKING:
    import pyarrow

DATABASES = ("duckdb:", "sqlite:", "postgresql://", "postgres://")
ENDINGS = (".parquet", ".csv", ".jsonl", ".ndjson", ".csv.gz", ".jsonl.gz", ".ndjson.gz")
FORMS = f"a file that ends in {', '.join(ENDINGS)}, or `duckdb:FILE#TABLE`, `sqlite:FILE#TABLE`, `postgresql://USER@HOST/DATABASE#TABLE`"
GROUP_ROWS = 65_536
"""How many rows are written together, however they come: a row group of Parquet, a piece of a text."""


class Writer(Protocol):
    """Takes the rows of one output, in groups."""

    def write(self, rows: pyarrow.Table) -> None:
        """Write one group of rows."""
        ...


class Output:
    """Takes rows as they come, and writes them in groups of one size, so that the same rows give the same bytes."""

    def __init__(self, writer: Writer, schema: pyarrow.Schema) -> None:
        self._writer, self._schema = writer, schema
        self._waiting: list[pyarrow.Table] = []
        self._rows = 0

    def write(self, table: pyarrow.Table) -> None:
        """Write rows; their columns must be those of the schema."""
        self._waiting.append(table if table.schema.equals(self._schema) else table.cast(self._schema))
        self._rows += table.num_rows
        if self._rows < GROUP_ROWS:
            return
        rows = self._taken()
        whole = rows.num_rows - rows.num_rows % GROUP_ROWS
        for start in range(0, whole, GROUP_ROWS):
            self._writer.write(rows.slice(start, GROUP_ROWS).combine_chunks())
        self._waiting, self._rows = [rows.slice(whole)], rows.num_rows - whole

    def finish(self) -> None:
        """Write what is left; called once, by `open_output`."""
        if self._rows:
            self._writer.write(self._taken().combine_chunks())

    def _taken(self) -> Any:
        import pyarrow

        rows, self._waiting = pyarrow.concat_tables(self._waiting), []
        return rows


@contextmanager
def open_output(where: str, schema: pyarrow.Schema) -> Iterator[Output]:
    """Give an output for rows of a schema of texts, truths, integers, dates and lists of texts.

    Raises `UsageError` where `where` names nothing that can be written, and `OutputError` where it cannot be written.
    """
    named = where.startswith(DATABASES)
    if not named and not Path(where).name.lower().endswith(ENDINGS):
        raise UsageError(f"the format of `{where}` is not clear from its ending", None, f"name {FORMS}")
    require_libraries()
    _check_types(schema)
    if named:
        from supportable.stores.fleet_databases import open_table

        opened = open_table(where, schema)
    else:
        from supportable.stores.fleet_files import open_file

        opened = open_file(Path(where), schema)
    with opened as writer:
        output = Output(writer, schema)
        yield output
        output.finish()


def _check_types(schema: Any) -> None:
    """Refuse what the kinds of outputs would keep in different ways; it is a mistake of the caller."""
    from pyarrow import types

    for column in schema:
        kind = column.type.value_type if types.is_list(column.type) else column.type
        single = kind is column.type and (types.is_boolean(kind) or types.is_date32(kind) or (types.is_integer(kind) and kind != "uint64"))
        if not (types.is_string(kind) or single):
            raise TypeError(f"column {column.name}: {column.type} is no type of an output")
