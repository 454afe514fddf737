"""The rows of a fleet as a table of a database: DuckDB, SQLite or PostgreSQL.

In: `duckdb:FILE#TABLE`, `sqlite:FILE#TABLE` or `postgresql://...#TABLE`, and groups of rows. Out: a new table, or the rows of a table
that was empty and has the same columns. What one would get wrong: the rows wait in a temporary file, and the database sees one
transaction at the end, so that nothing in it is locked while a fleet is judged; whether the table can be made is tried at once.
"""

from __future__ import annotations

import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from supportable.errors import OutputError, Place, UsageError
from supportable.stores.fleet_cells import copy_lines, joined
from supportable.stores.fleet_files import NOTHING_WRITTEN, ParquetRows, beside, into_place, real_target, told
from supportable.stores.inventory_tables import connected, table_named
from supportable.stores.workspace import Workspace, fed, first_line, quoted

if TYPE_CHECKING:
    import pyarrow

    from supportable.stores.fleet_tables import Writer

BUSY_S = 10.0
_BATCH_ROWS = 16_384
_INTEGERS = {"int8": 0, "uint8": 1, "int16": 1, "uint16": 2, "int32": 2, "uint32": 3, "int64": 3}
_DUCKDB = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_POSTGRESQL = ("smallint", "smallint", "integer", "bigint")
"""By the smallest size that holds the integers of a type."""
_MIND = "name another table, or remove that one yourself; it was left as it is"


class _Database(Protocol):
    def check(self) -> None: ...
    def take(self, batches: Iterator[Any]) -> None: ...


@contextmanager
def open_table(where: str, schema: pyarrow.Schema) -> Iterator[Writer]:
    """Give a writer of a table; the table is there when the block ends well."""
    kind, head, table = table_named(where)
    parts = table.split(".")
    if len(parts) > 2 or not all(parts):
        raise UsageError(f"`{table}` names no table", None, "write TABLE, or SCHEMA.TABLE")
    database: _Database
    if kind.startswith("postgres"):
        database = _Postgresql(head, parts, schema)
    else:
        database = (_Duckdb if kind == "duckdb" else _Sqlite)(Path(head.partition(":")[2]), parts, schema)
    database.check()
    with closing(_Waiting(schema)) as waiting:
        yield waiting
        database.take(waiting.batches())


class _Waiting:
    """Rows in a file without a name, which is gone whatever happens to the program."""

    def __init__(self, schema: pyarrow.Schema) -> None:
        self._place = Place(tempfile.gettempdir())
        with self._told():
            self._file = tempfile.TemporaryFile(prefix="supportable-")  # noqa: SIM115 - closed by `close`
            self._rows: Any = ParquetRows(self._file, schema)

    def write(self, rows: pyarrow.Table) -> None:
        with self._told():
            self._rows.write(rows)

    def batches(self) -> Iterator[Any]:
        """Yield all rows again."""
        import pyarrow.parquet

        with self._told():
            self._rows.close()
            yield from pyarrow.parquet.ParquetFile(self._file).iter_batches(_BATCH_ROWS)

    def close(self) -> None:
        with suppress(Exception):  # what is closed here is thrown away
            self._rows.close()
        with suppress(OSError):
            self._file.close()

    def _told(self) -> Any:
        return told(self._place, "the rows cannot wait in the folder for temporary files, which TMPDIR names")


class _File(ABC):
    """A database in a file, made when there is none. Its subclasses say how one is opened and how rows get into it."""

    errors: tuple[type[Exception], ...]

    def __init__(self, path: Path, parts: Sequence[str], schema: Any) -> None:
        self.place = Place(f"{path}#{'.'.join(parts)}")
        self.schema, self.parts = schema, parts
        self.columns = {column.name: self.type_of(column.type) for column in schema}
        with told(self.place):
            self.path = real_target(path)
        if len(parts) == 2 and parts[0].lower() != "main" and (not self.path.exists() or not self.has_schemas):
            raise UsageError(f"there is no schema `{parts[0]}`", self.place, f"write `#{parts[1]}`")
        self.name = quoted(parts[-1]) if len(parts) == 1 else ".".join(map(quoted, parts))

    has_schemas = False

    @abstractmethod
    def type_of(self, kind: Any) -> str: ...

    @abstractmethod
    def open(self, path: Path) -> Any: ...

    @abstractmethod
    def prepare(self, connection: Any) -> None: ...

    @abstractmethod
    def insert(self, connection: Any, batches: Iterator[Any]) -> None: ...

    def check(self) -> None:
        """Find out whether the table can be made, and leave nothing of it."""
        if not self.path.exists():
            with beside(self.path, self.place):
                return
        with self.told(), self.open(self.path) as connection:
            connection.execute(self.begin)
            self.prepare(connection)
            connection.execute("ROLLBACK")

    begin = "BEGIN"

    def take(self, batches: Iterator[Any]) -> None:
        """Write all rows in one transaction, or into a new file that is moved to its name when it is whole."""
        if self.path.exists():
            with self.told():
                self._written(self.path, batches)
            return
        with beside(self.path, self.place) as temporary, self.told():
            self._written(temporary, batches)
            into_place(temporary, self.path, replace=False)

    def _written(self, path: Path, batches: Iterator[Any]) -> None:
        with self.open(path) as connection:
            connection.execute(self.begin)
            try:
                self.prepare(connection)
                self.insert(connection, batches)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(*self.errors):  # it may have been rolled back already
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def told(self) -> Iterator[None]:
        try:
            with told(self.place):
                yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            raise OutputError(f"cannot be written: {_SQLITE_SAID.get(code) or first_line(error)}", self.place, NOTHING_WRITTEN) from None


class _Duckdb(_File):
    """A file of DuckDB."""

    has_schemas = True

    @property
    def errors(self) -> tuple[type[Exception], ...]:  # type: ignore[override]
        import duckdb

        return (duckdb.Error,)

    def type_of(self, kind: Any) -> str:
        from pyarrow import types

        if types.is_list(kind):
            return "VARCHAR[]"
        if types.is_integer(kind):
            return _DUCKDB[_INTEGERS[str(kind)]]
        return "BOOLEAN" if types.is_boolean(kind) else "DATE" if types.is_date(kind) else "VARCHAR"

    @contextmanager
    def open(self, path: Path) -> Iterator[Any]:
        new = not path.exists()
        with Workspace() as workspace, workspace.connect(str(path)) as connection:
            yield connection
            if new:  # closing would do so too, and tell nobody that the disk is full
                connection.execute("CHECKPOINT")

    def prepare(self, connection: Any) -> None:
        asked = (
            "SELECT table_type FROM information_schema.tables "
            "WHERE table_catalog = current_database() AND lower(table_schema) = lower(?) AND lower(table_name) = lower(?)"
        )
        found = connection.execute(asked, [self.parts[0] if len(self.parts) == 2 else "main", self.parts[-1]]).fetchone()
        if found is None:
            connection.execute(_create(self.name, self.columns))
            return
        there = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {self.name}").fetchall()}
        _check_same(there, self.columns, found == ("BASE TABLE",), self.place)
        _check_empty(connection.execute(_any_row(self.name)).fetchone(), self.place)

    def insert(self, connection: Any, batches: Iterator[Any]) -> None:
        with fed(connection, "rows_to_write", self.schema, batches):
            connection.execute(f"INSERT INTO {self.name} SELECT * FROM rows_to_write")  # noqa: S608 - quoted


class _Sqlite(_File):
    """A file of SQLite: lists are texts joined by semicolons, truths 1 and 0, dates texts."""

    errors = (sqlite3.Error,)
    begin = "BEGIN IMMEDIATE"

    def type_of(self, kind: Any) -> str:
        from pyarrow import types

        return "INTEGER" if types.is_integer(kind) or types.is_boolean(kind) else "TEXT"

    @contextmanager
    def open(self, path: Path) -> Iterator[Any]:
        new = not path.exists()
        address = f"file:{quote(str(path.absolute()))}?mode={'rwc' if new else 'rw'}"
        # DuckDB may ask for rows from a thread of its own; here only one asks, and SQLite need not care which.
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)) as connection:
            if new:  # nobody else knows the file yet, and it is synchronised as a whole
                connection.execute("PRAGMA journal_mode = OFF")
                connection.execute("PRAGMA synchronous = OFF")
            yield connection

    def prepare(self, connection: Any) -> None:
        found = connection.execute("SELECT type FROM sqlite_master WHERE lower(name) = lower(?)", (self.parts[-1],)).fetchone()
        if found is None:
            connection.execute(_create(self.name, self.columns))
            return
        there = dict(connection.execute("SELECT name, upper(type) FROM pragma_table_info(?)", (self.parts[-1],)).fetchall())
        _check_same(there, self.columns, found == ("table",), self.place)
        _check_empty(connection.execute(_any_row(self.name)).fetchone(), self.place)

    def insert(self, connection: Any, batches: Iterator[Any]) -> None:
        from pyarrow import string, types

        into = f"INSERT INTO {self.name} VALUES ({', '.join('?' * len(self.columns))})"  # noqa: S608 - quoted
        for batch in batches:
            columns = (column.cast(string()) if types.is_date(column.type) else joined(column) for column in batch.columns)
            connection.executemany(into, zip(*(column.to_pylist() for column in columns), strict=True))


_SQLITE_SAID = {
    sqlite3.SQLITE_BUSY: f"another program has locked the file (waited {BUSY_S:g} s)",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk refuses (full?)",
    sqlite3.SQLITE_READONLY: "the file can only be read",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database",
}


class _Postgresql:
    """A table of a PostgreSQL database: lists are arrays of texts."""

    def __init__(self, url: str, parts: Sequence[str], schema: Any) -> None:
        self.url, self.parts = url, parts
        if any(len(part.encode()) > 63 for part in parts):
            raise UsageError("names of PostgreSQL have at most 63 bytes", None, "name a shorter table")
        self.columns = {column.name: self.type_of(column.type) for column in schema}
        self.name = ".".join(map(quoted, parts))

    def type_of(self, kind: Any) -> str:
        from pyarrow import types

        if types.is_list(kind):
            return "text[]"
        if types.is_integer(kind):
            return _POSTGRESQL[_INTEGERS[str(kind)]]
        return "boolean" if types.is_boolean(kind) else "date" if types.is_date(kind) else "text"

    def check(self) -> None:
        """Find out whether the table can be made, and leave nothing of it."""
        with self._transaction() as connection:
            self._prepare(connection)
            connection.execute("ROLLBACK")

    def take(self, batches: Iterator[Any]) -> None:
        """Copy all rows in one transaction."""
        with self._transaction() as connection:
            self._prepare(connection)
            with connection.cursor() as cursor, cursor.copy(f"COPY {self.name} FROM STDIN".encode()) as copy:
                for batch in batches:
                    copy.write(copy_lines(batch))
            self._committing = True
            connection.execute("COMMIT")

    _committing = False

    def _prepare(self, connection: Any) -> None:
        found = connection.execute("SELECT c.oid, c.relkind FROM pg_class c WHERE c.oid = to_regclass(%s)", (self.name,)).fetchone()
        if found is None:
            connection.execute(_create(self.name, self.columns).encode())
            return
        asked = (
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
        there = dict(connection.execute(asked, (found[0],)).fetchall())
        _check_same(there, self.columns, found[1] in ("r", "p", b"r", b"p"), self.place)
        # Nobody else may add rows between the look and the copy.
        connection.execute(f"LOCK TABLE {self.name} IN SHARE ROW EXCLUSIVE MODE".encode())
        _check_empty(connection.execute(_any_row(self.name).encode()).fetchone(), self.place)

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        """Give a connection in a transaction; what is not committed when it ends was never there."""
        opened, self.place = connected(self.url, ".".join(self.parts), "the output", OutputError)
        import psycopg

        with closing(opened) as connection:
            try:
                connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{BUSY_S * 1000:.0f}ms",))
                connection.execute("BEGIN")
                yield connection
            except psycopg.Error as error:
                raise self._told(error, connection.broken) from None

    def _told(self, error: Any, gone: bool) -> OutputError:
        """Say what the server says of the statement, which holds no secret."""
        if gone or (error.sqlstate or "57P")[:3] == "57P":
            unsure = "look at the table: it holds all rows, or is as it was"
            return OutputError("the server went away in the middle", self.place, unsure if self._committing else NOTHING_WRITTEN)
        what, hint = _POSTGRESQL_SAID.get(error.sqlstate, ("", ""))
        said = what or first_line(Exception(error.diag.message_primary or type(error).__name__))
        return OutputError(f"cannot be written: {said}", self.place, hint or NOTHING_WRITTEN)


_POSTGRESQL_SAID = {
    "22021": ("a text holds the character NUL, which PostgreSQL does not keep", f"{NOTHING_WRITTEN}; write to a file, SQLite or DuckDB"),
    "3F000": ("there is no such schema", "make it first (CREATE SCHEMA), or name the table alone"),
    "53100": ("the disk of the server is full", ""),
    "55P03": (f"another program has locked the table (waited {BUSY_S:g} s)", ""),
    "42501": ("the server does not let this user make the table", "have its administrator grant CREATE on the schema"),
}
"""By SQLSTATE (PostgreSQL manual, appendix A)."""


def _create(name: str, columns: Mapping[str, str]) -> str:
    return f"CREATE TABLE {name} ({', '.join(f'{quoted(column)} {kind}' for column, kind in columns.items())})"


def _any_row(name: str) -> str:
    return f"SELECT 1 FROM {name} LIMIT 1"  # noqa: S608 - quoted


def _check_same(there: Mapping[str, str], wanted: Mapping[str, str], table: bool, place: Place) -> None:
    """Refuse to add rows to what is no table, or has other columns."""
    if not table:
        raise OutputError("there is something of that name already, and it is no table", place, _MIND)
    if list(there.items()) != list(wanted.items()):
        raise OutputError("there is a table of that name already, with other columns", place, _MIND)


def _check_empty(row: object, place: Place) -> None:
    """Refuse to add rows to rows."""
    if row is not None:
        raise OutputError("there is a table of that name already, and it holds rows", place, _MIND)
