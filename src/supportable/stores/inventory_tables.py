"""A table of a database -> record batches: DuckDB as it is, SQLite and PostgreSQL as texts.

In: `duckdb:FILE#TABLE`, `sqlite:FILE#TABLE`, `postgresql://...#TABLE`; a table may be `SCHEMA.TABLE`, or a view. Out: batches of
the columns asked for. What one would get wrong: all readings of one source see the same rows, because the connection stays in one
transaction; and no message repeats a URL, which may hold a password.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from supportable.errors import InventoryError, Place, SupportableError, UsageError, nearest
from supportable.stores.inventory_report import Tally
from supportable.stores.workspace import BATCH_ROWS, Workspace, first_line, quoted, told


def table_source(where: str, workspace: Workspace) -> DuckdbTable | SqliteTable | PostgresqlTable:
    """Return the source that a URL names; raises `UsageError` for a URL that names no table."""
    kind, head, table = table_named(where)
    if kind.startswith("postgres"):
        return PostgresqlTable(head, table)
    path = Path(head.partition(":")[2])
    if not path.is_file():
        raise UsageError(f"there is no file `{path}`", None, f"write `{kind}:FILE#TABLE`")
    return DuckdbTable(path, table, workspace) if kind == "duckdb" else SqliteTable(path, table)


def table_named(where: str) -> tuple[str, str, str]:
    """Return the kind of the database, what names it, and the table; raises `UsageError` for a URL that names no table."""
    head, mark, table = where.rpartition("#")
    kind = where.partition(":")[0]
    if not mark or not table or not head.partition(":")[2]:
        example = "postgresql://USER@HOST/DATABASE#TABLE" if kind.startswith("postgres") else f"{kind}:FILE#TABLE"
        raise UsageError(f"no table of the {kind} database is named", None, f"write `{example}`")
    return kind, head, table


class DuckdbTable:
    """One table or view of a DuckDB file, opened for reading only."""

    whole = True

    def __init__(self, path: Path, table: str, workspace: Workspace) -> None:
        self.place = Place(f"{path}#{table}")
        self._name = ".".join(quoted(part) for part in table.split("."))
        with told(self.place, "the file cannot be read as a DuckDB database"):
            self._connection = workspace.connect(str(path), read_only=True)
            self._connection.execute("BEGIN")
            tables = [
                name for (name,) in self._connection.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall()
            ]
        if table.rpartition(".")[2] not in tables:
            self._connection.close()
            raise _no_table(table, tables, self.place)

    def columns(self) -> dict[str, str]:
        """Return the columns with their types."""
        with told(self.place, "the table cannot be read"):
            return {row[0]: str(row[1]).lower() for row in self._connection.execute(f"DESCRIBE {self._name}").fetchall()}

    def batches(self, names: Sequence[str], lists: dict[str, tuple[str, ...]], tally: Tally) -> Iterator[Any]:  # noqa: ARG002
        """Yield the rows of these columns."""
        with told(self.place, "the table cannot be read"):
            text = f"SELECT {', '.join(map(quoted, names))} FROM {self._name}"  # noqa: S608 - quoted
            for batch in self._connection.sql(text).to_arrow_reader(BATCH_ROWS):
                tally.rows += batch.num_rows
                yield batch

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class SqliteTable:
    """One table or view of an SQLite file, opened for reading only. Its values are of any type, so that all are read as texts."""

    whole = True

    def __init__(self, path: Path, table: str) -> None:
        self.place = Place(f"{path}#{table}")
        self._name = ".".join(quoted(part) for part in table.split("."))
        # DuckDB asks for rows from threads of its own, one at a time.
        self._connection = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("BEGIN")
            tables = [
                name for (name,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY 1")
            ]
        except sqlite3.Error as error:
            self._connection.close()
            raise InventoryError(f"the file cannot be read as an SQLite database: {first_line(error)}", self.place) from None
        if table.rpartition(".")[2] not in tables:
            self._connection.close()
            raise _no_table(table, tables, self.place)
        self._table = table.rpartition(".")[2]

    def columns(self) -> dict[str, str]:
        """Return the columns with their declared types."""
        rows = self._connection.execute("SELECT name, type FROM pragma_table_info(?)", (self._table,))
        return {name: kind.lower() or "any" for name, kind in rows}

    def batches(self, names: Sequence[str], lists: dict[str, tuple[str, ...]], tally: Tally) -> Iterator[Any]:  # noqa: ARG002
        """Yield the rows of these columns as texts."""
        asked = ", ".join(f"CAST({quoted(name)} AS TEXT)" for name in names)
        try:
            cursor = self._connection.execute(f"SELECT {asked} FROM {self._name}")  # noqa: S608 - quoted
            while rows := cursor.fetchmany(BATCH_ROWS):
                tally.rows += len(rows)
                yield _texts(rows, names)
        except sqlite3.Error as error:
            raise InventoryError(f"the table cannot be read: {first_line(error)}", self.place) from None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class PostgresqlTable:
    """One table or view of a PostgreSQL database, read in one transaction that only reads; values as PostgreSQL writes them."""

    whole = True

    def __init__(self, url: str, table: str) -> None:
        self._connection, self.place = connected(url, table, "the inventory", InventoryError)
        import psycopg

        self._error = psycopg.Error
        schema, _, name = table.rpartition(".")
        self._wanted = (name, schema or None)
        self._name = ".".join(quoted(part) for part in table.split("."))
        try:
            self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._columns = self.columns()
            if not self._columns:
                others = "SELECT table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
                rows = self._connection.execute(f"{others} ORDER BY 1".encode())
                raise _no_table(table, [name for (name,) in rows.fetchall()], self.place)
        except psycopg.Error as error:
            self._connection.close()
            raise self._told(error) from None
        except BaseException:
            self._connection.close()
            raise

    def columns(self) -> dict[str, str]:
        """Return the columns with their types."""
        asked = (
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND "
            "table_schema = coalesce(%s, (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relname = %s AND pg_table_is_visible(c.oid) LIMIT 1)) ORDER BY ordinal_position"
        )
        name, schema = self._wanted
        return dict(self._connection.execute(asked, (name, schema, name)).fetchall())

    def batches(self, names: Sequence[str], lists: dict[str, tuple[str, ...]], tally: Tally) -> Iterator[Any]:  # noqa: ARG002
        """Yield the rows of these columns as texts."""
        asked = ", ".join(f"{quoted(name)}::text" for name in names)
        try:
            with self._connection.cursor(name="inventory") as cursor:
                cursor.itersize = BATCH_ROWS
                cursor.execute(f"SELECT {asked} FROM {self._name}".encode())  # noqa: S608 - quoted
                while rows := cursor.fetchmany(BATCH_ROWS):
                    tally.rows += len(rows)
                    yield _texts(rows, names)
        except self._error as error:
            raise self._told(error) from None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _told(self, error: Any) -> InventoryError:
        """Say what the server says of the statement, which holds no secret."""
        said = error.diag.message_primary or "the server went away in the middle"
        return InventoryError(f"the table cannot be read: {first_line(Exception(said))}", self.place)


def connected(url: str, table: str, what: str, failed: type[SupportableError]) -> tuple[Any, Place]:
    """Return a connection to PostgreSQL that commits only what it is told to, and the place of a table for messages."""
    try:
        import psycopg
    except ImportError:
        raise failed(
            f"{what} in PostgreSQL needs the package `psycopg`", None, "run `python -m pip install 'supportable[server]'`"
        ) from None
    from supportable.stores.cases_postgresql import parameters_of_url, reason_told, server_shown

    parameters = parameters_of_url(url, what)
    place = Place(f"{server_shown(parameters)}#{table}")
    settings: dict[str, Any] = {"connect_timeout": 10, "application_name": "supportable", **parameters, "client_encoding": "UTF8"}
    try:
        return psycopg.connect(autocommit=True, **settings), place
    except psycopg.Error as error:
        hint = "is the server running, and the URL right? the password may stand in PGPASSWORD"
        raise failed(f"cannot be reached{reason_told(str(error), parameters)}", place, hint) from None


def _texts(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> Any:
    import pyarrow

    columns = [pyarrow.array(column, pyarrow.string()) for column in zip(*rows, strict=True)]
    return pyarrow.RecordBatch.from_arrays(columns, names=list(names))


def _no_table(table: str, tables: Sequence[str], place: Place) -> InventoryError:
    near, there = nearest(table, tables), f"tables there: {', '.join(tables[:20]) or 'none'}"
    return InventoryError(f"there is no table `{table}`", place, f"did you mean `{near}`? {there}" if near else there)
