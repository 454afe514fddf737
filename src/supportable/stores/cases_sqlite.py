"""Cases in one SQLite file: nothing to start, and the file is all there is to copy.

In: additions to logs. Out: the logs. What one would get wrong: the journal is a rollback journal, not a write-ahead log, and
`synchronous` is EXTRA, not FULL. So every acknowledged event is in the one file, whoever copies it and however the program
ended; and the deletion of the journal, which is what commits, is itself on the disk before an event is acknowledged
(sqlite.org/pragma.html#pragma_synchronous). A store belongs to the thread that opened it.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from supportable.core.events import Event
from supportable.errors import StoreError
from supportable.stores.cases import (
    BUSY_S,
    SUMMARY_OF_NOTHING,
    Addition,
    CaseRow,
    addition,
    check_first,
    content_from,
    damaged,
    event_from_row,
    row_of_case,
    unknown_case,
)

_ONLY_ADDED = """
CREATE TRIGGER {table}_never_change BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} are only added'); END;
CREATE TRIGGER {table}_never_go BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} are only added'); END;
CREATE TRIGGER {table}_never_replaced BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
BEGIN SELECT RAISE(ABORT, '{table} are only added'); END;
"""
"""No word of a user is in it. The third is for `INSERT OR REPLACE`, which deletes without asking the triggers of deletion."""

_TABLES = """
CREATE TABLE supportable_store (version INTEGER NOT NULL);
INSERT INTO supportable_store VALUES (0);
CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
    number INTEGER NOT NULL, digest TEXT NOT NULL, summary TEXT NOT NULL
);
CREATE TABLE events (
    case_id TEXT NOT NULL REFERENCES cases (id), number INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (case_id, number)
);
CREATE TABLE contents (digest TEXT NOT NULL PRIMARY KEY, compressed BLOB NOT NULL);
CREATE TABLE case_contents (
    case_id TEXT NOT NULL REFERENCES cases (id), digest TEXT NOT NULL REFERENCES contents (digest),
    PRIMARY KEY (case_id, digest)
);
CREATE TRIGGER cases_never_go BEFORE DELETE ON cases BEGIN SELECT RAISE(ABORT, 'cases are only added'); END;
CREATE TRIGGER cases_only_grow BEFORE UPDATE ON cases
WHEN NEW.id IS NOT OLD.id OR NEW.first_at IS NOT OLD.first_at OR NEW.number <= OLD.number
BEGIN SELECT RAISE(ABORT, 'cases only grow'); END;
CREATE TRIGGER cases_never_replaced BEFORE INSERT ON cases
WHEN EXISTS (SELECT 1 FROM cases WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'cases are only added'); END;
"""

MIGRATIONS = (
    _TABLES
    + _ONLY_ADDED.format(table="events", same="case_id = NEW.case_id AND number = NEW.number")
    + _ONLY_ADDED.format(table="contents", same="digest = NEW.digest")
    + _ONLY_ADDED.format(table="case_contents", same="case_id = NEW.case_id AND digest = NEW.digest"),
)
"""Step n leads from schema n to schema n + 1; a released step never changes."""

_PRAGMAS = (
    "PRAGMA synchronous = EXTRA",
    "PRAGMA fullfsync = ON",  # macOS: without it, fsync does not reach the disk
    "PRAGMA foreign_keys = ON",
    "PRAGMA cell_size_check = ON",  # finds a torn page when it is read, not later
    "PRAGMA trusted_schema = OFF",
)

_KEPT_NOTHING = "nothing of this was kept, and what was there before is still there"
_SAID = {
    sqlite3.SQLITE_BUSY: ("is locked by another program", "repeat when it is done"),
    sqlite3.SQLITE_LOCKED: ("is locked by another program", "repeat when it is done"),
    sqlite3.SQLITE_READONLY: ("can only be read", f"{_KEPT_NOTHING}; let yourself write the file and its folder"),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", f"{_KEPT_NOTHING}; make room, then repeat"),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: the disk refuses",
        "look at the disk (full? unplugged?), then at the case again: the last append was kept whole or not at all",
    ),
    sqlite3.SQLITE_TOOBIG: ("cannot keep that much in one piece", _KEPT_NOTHING),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "let yourself read and write the file and its folder"),
    sqlite3.SQLITE_PERM: ("cannot be opened", "let yourself read and write the file and its folder"),
    sqlite3.SQLITE_NOTADB: ("is not a store of cases", "name another file; this one was left as it is"),
}


class SqliteStore:
    """A store in a file, which the first write makes; until then it is an empty store."""

    def __init__(self, path: Path, busy_s: float = BUSY_S) -> None:
        self._path, self._busy_s = path, busy_s
        self._where = str(path)
        self._open: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        if os.path.isdir(path):  # noqa: PTH112 - unlike `Path.is_dir`, it does not raise where a folder is closed to us
            raise StoreError(f"{self._where}: is a directory, not a store of cases", hint=f"name a file, such as `{path / 'cases.sqlite'}`")
        try:
            with self._told():
                self._reader()
        except StoreError:
            self._give_up()
            raise

    def append(
        self, events: Sequence[Event], summary: Mapping[str, Any] | None = None, contents: Mapping[str, bytes] | None = None
    ) -> None:
        """Keep events of one case, all or none; raises `CaseConflict` when another writer was first."""
        added = addition(events, summary, contents)
        with self._writing() as connection:
            head = connection.execute("SELECT number, digest FROM cases WHERE id = ?", (added.case,)).fetchone()
            check_first(added, head)
            if head is not None:
                self._check_last(connection, added.case, head)
            _write(connection, added, new=head is None)

    def events(self, case: str) -> tuple[Event, ...]:
        """Return the log of a case."""
        with self._reading() as connection:
            self._head(connection, case)
            rows = connection.execute(
                "SELECT case_id, number, at, kind, body, previous, digest FROM events WHERE case_id = ? ORDER BY number", (case,)
            ).fetchall()
        return tuple(event_from_row(row, self._where) for row in rows)

    def head(self, case: str) -> tuple[int, str]:
        """Return number and digest of the last acknowledged event."""
        with self._reading() as connection:
            return self._head(connection, case)

    def cases(self) -> tuple[CaseRow, ...]:
        """List all cases by their ids."""
        with self._reading() as connection:
            if connection is None:
                return ()
            rows = connection.execute("SELECT id, first_at, last_at, number, summary FROM cases ORDER BY id").fetchall()
        return tuple(row_of_case(row, self._where) for row in rows)

    def save_content(self, data: bytes) -> str:
        """Keep bytes once and return their digest."""
        digest = sha256(data).hexdigest()
        with self._writing() as connection:
            _keep(connection, digest, zlib.compress(data))
        return digest

    def content(self, digest: str) -> bytes:
        """Return the bytes of that digest."""
        with self._reading() as connection:
            row = connection and connection.execute("SELECT compressed FROM contents WHERE digest = ?", (digest,)).fetchone()
        return content_from(row[0] if row else None, digest, self._where)

    def contents_of(self, case: str) -> tuple[str, ...]:
        """List the digests of the contents that the events of a case name."""
        with self._reading() as connection:
            self._head(connection, case)
            return tuple(
                digest for (digest,) in connection.execute("SELECT digest FROM case_contents WHERE case_id = ? ORDER BY digest", (case,))
            )

    def close(self) -> None:
        """Give the file back."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _head(self, connection: sqlite3.Connection | None, case: str) -> tuple[int, str]:
        row = connection and connection.execute("SELECT number, digest FROM cases WHERE id = ?", (case,)).fetchone()
        if row:
            return row[0], row[1]
        kept = connection.execute("SELECT id FROM cases ORDER BY id").fetchall() if connection else ()
        raise unknown_case(case, [name for (name,) in kept], self._where)

    def _check_last(self, connection: sqlite3.Connection, case: str, head: tuple[int, str]) -> None:
        """Refuse to write after an event that is no longer the one acknowledged."""
        row = connection.execute("SELECT digest FROM events WHERE case_id = ? AND number = ?", (case, head[0])).fetchone()
        if row != (head[1],):
            raise damaged(self._where, f"event {head[0]} of case `{case}` is no longer the one that was acknowledged")

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        """Give a connection inside one transaction, so that what is read belongs together; `None` while there is no store."""
        with self._told():
            connection = self._reader()
            if connection is None:
                yield None
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                _roll_back(connection)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one transaction that no other writer is in; it is kept when the block ends well."""
        with self._told():
            connection = self._reader() or self._made()
            connection.execute("BEGIN IMMEDIATE")
            try:
                _migrate(connection, self._version(connection))
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite and the system say into one sentence; the connection is given up, so that the next use starts clean."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # a mistake of the caller, such as another thread
        except sqlite3.Error as error:
            self._give_up()
            # The low byte is the primary code (sqlite.org/rescode.html).
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            what, hint = _SAID.get(code, ("", ""))
            if not what:
                raise damaged(self._where, f"is damaged: {error}") from None
            waited = f" (waited {self._busy_s:g} s)" if code == sqlite3.SQLITE_BUSY else ""
            raise StoreError(f"{self._where}: {what}{waited}", hint=hint) from None
        except OSError as error:
            self._give_up()
            raise StoreError(
                f"{self._where}: cannot be opened: {(error.strerror or str(error)).lower()}", hint=_SAID[sqlite3.SQLITE_PERM][1]
            ) from None

    def _give_up(self) -> None:
        try:
            self.close()
        except sqlite3.Error:
            self._open = None

    def _reader(self) -> sqlite3.Connection | None:
        """Return the connection, or `None` while there is no file, or only an empty one."""
        file = self._identity()
        if self._open is not None and file != self._file:
            self._give_up()  # the file was moved or replaced: what is written to the old one, nobody would find
        if self._open is None and file is not None:
            # mode=rw: SQLite itself never makes the file, which it would do with the permissions of the umask.
            address = f"file:{quote(str(self._path.absolute()))}?mode=rw"
            self._open = sqlite3.connect(address, uri=True, timeout=self._busy_s, isolation_level=None)
            self._file = file
            for pragma in _PRAGMAS:
                self._open.execute(pragma)
            self._check_whole(self._open)
        if self._open is None or not self._version(self._open):
            return None
        return self._open

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _made(self) -> sqlite3.Connection:
        """Make the file, for its owner alone, and its folders."""
        for folder in reversed(self._path.absolute().parents):
            folder.mkdir(mode=0o700, exist_ok=True)
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            pass  # it was empty, or another writer was first, which the transaction sorts out
        self._reader()
        if self._open is None:
            raise StoreError(f"{self._where}: went away while it was opened")
        return self._open

    def _check_whole(self, connection: sqlite3.Connection) -> None:
        """Refuse a file that is shorter than it says; SQLite would notice only at the page that is missing."""
        connection.execute("BEGIN")
        try:
            self._version(connection)
            said = connection.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
            found = self._path.stat().st_size
        finally:
            _roll_back(connection)
        if found < said:
            self._give_up()
            raise damaged(self._where, f"is damaged: the file ends after {found} of {said} bytes")

    def _version(self, connection: sqlite3.Connection) -> int:
        """Return the version of the schema, 0 for an empty file; refuses files of other programs and of later versions."""
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        if "supportable_store" not in tables:
            if tables:
                raise StoreError(
                    f"{self._where}: is a database of another program, not a store of cases", hint=_SAID[sqlite3.SQLITE_NOTADB][1]
                )
            return 0
        version: int | None = connection.execute("SELECT CAST(max(version) AS INTEGER) FROM supportable_store").fetchone()[0]
        if version is None:
            raise damaged(self._where, "is damaged: the version of its schema is missing")
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self._where}: has schema {version}, this program knows schemas up to {len(MIGRATIONS)}",
                hint="use the later version of supportable that wrote it; the file was left as it is",
            )
        return version


def _roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction; where even that fails, the journal is there, and whoever opens the file next does it."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        pass


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Lead a store from its schema to this program's, within the transaction that is open."""
    for step in MIGRATIONS[version:]:
        # `executescript` would commit first.
        for statement in _statements(step):
            connection.execute(statement)
    if version < len(MIGRATIONS):
        connection.execute("UPDATE supportable_store SET version = ?", (len(MIGRATIONS),))


def _statements(script: str) -> Iterator[str]:
    collected = ""
    for line in script.splitlines(keepends=True):
        collected += line
        if sqlite3.complete_statement(collected):
            yield collected
            collected = ""


def _write(connection: sqlite3.Connection, added: Addition, new: bool) -> None:
    first, last = added.events[0], added.events[-1]
    if new:
        connection.execute(
            "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?)",
            (added.case, first.at, last.at, last.number, last.digest, added.summary or SUMMARY_OF_NOTHING),
        )
    else:
        connection.execute(
            "UPDATE cases SET last_at = ?, number = ?, digest = ?, summary = coalesce(?, summary) WHERE id = ?",
            (last.at, last.number, last.digest, added.summary, added.case),
        )
    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", added.rows)
    for digest, compressed in added.contents:
        _keep(connection, digest, compressed)
    for digest in added.named:
        connection.execute(
            "INSERT INTO case_contents SELECT ?1, digest FROM contents WHERE digest = ?2"
            " AND NOT EXISTS (SELECT 1 FROM case_contents WHERE case_id = ?1 AND digest = ?2)",
            (added.case, digest),
        )


def _keep(connection: sqlite3.Connection, digest: str, compressed: bytes) -> None:
    if connection.execute("SELECT 1 FROM contents WHERE digest = ?", (digest,)).fetchone() is None:
        connection.execute("INSERT INTO contents VALUES (?, ?)", (digest, compressed))
