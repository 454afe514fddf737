"""Cases in a PostgreSQL database, for those who share them: the same laws as in a file.

In: additions to logs. Out: the logs. What one would get wrong: no message here repeats what libpq says about a URL, because
a password that was not percent-encoded ends up in what libpq takes for the host; and when the server goes away during a
commit, nobody here knows whether it was kept, so the message says to look. A store belongs to the thread that opened it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from supportable.core.events import Event
from supportable.errors import CaseConflict, StoreError, UsageError
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

if TYPE_CHECKING:
    from psycopg import Connection

_TABLES = """
CREATE TABLE supportable.store (version integer NOT NULL);
INSERT INTO supportable.store VALUES (0);
CREATE TABLE supportable.cases (
    id text PRIMARY KEY, first_at text NOT NULL, last_at text NOT NULL,
    number integer NOT NULL, digest text NOT NULL, summary text NOT NULL
);
CREATE TABLE supportable.events (
    case_id text NOT NULL REFERENCES supportable.cases (id), number integer NOT NULL, at text NOT NULL, kind text NOT NULL,
    body text NOT NULL, previous text NOT NULL, digest text NOT NULL,
    PRIMARY KEY (case_id, number)
);
CREATE TABLE supportable.contents (digest text PRIMARY KEY, compressed bytea NOT NULL);
CREATE TABLE supportable.case_contents (
    case_id text NOT NULL REFERENCES supportable.cases (id), digest text NOT NULL REFERENCES supportable.contents (digest),
    PRIMARY KEY (case_id, digest)
);
CREATE FUNCTION supportable.only_added() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% are only added', TG_TABLE_NAME; END $$;
CREATE TRIGGER cases_only_grow BEFORE UPDATE ON supportable.cases FOR EACH ROW
WHEN (NEW.id <> OLD.id OR NEW.first_at <> OLD.first_at OR NEW.number <= OLD.number) EXECUTE FUNCTION supportable.only_added();
CREATE TRIGGER cases_never_go BEFORE DELETE OR TRUNCATE ON supportable.cases EXECUTE FUNCTION supportable.only_added();
"""
_ONLY_ADDED = """
CREATE TRIGGER {table}_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON supportable.{table} EXECUTE FUNCTION supportable.only_added();
"""
MIGRATIONS = (_TABLES + "".join(_ONLY_ADDED.format(table=table) for table in ("events", "contents", "case_contents")),)
"""Step n leads from schema n to schema n + 1; a released step never changes. Texts, not `jsonb`: a body is its bytes."""

_EVERY_WRITER_HERE = 0x737570706F7274
"""The advisory lock of those who make or change the schema ("support" in ASCII)."""

_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

_KEPT_NOTHING = "nothing of this was kept, and what was there before is still there"
_UNSURE = "look at the case again: the last append was kept whole or not at all"
_URL = "postgresql://USER@HOST:PORT/DATABASE"
_SAID = {
    "55P03": ("is locked by another program", "repeat when it is done"),
    "25006": ("can only be read", f"{_KEPT_NOTHING}; name the server that takes writes"),
    "42501": ("does not let this user do that", "have its administrator grant the rights on the schema `supportable`"),
    "53100": ("cannot grow: the disk of the server is full", f"{_KEPT_NOTHING}; make room, then repeat"),
    "54000": ("cannot keep that much in one piece", _KEPT_NOTHING),
    "57014": ("was told to stop before it was done", f"{_KEPT_NOTHING}; repeat"),
}
"""By SQLSTATE (PostgreSQL manual, appendix A)."""
_DAMAGED = ("XX", "42", "22")
"""Classes of SQLSTATE that tell of broken pages, of tables that are not as the schema says, and of values that cannot be."""


class PostgresqlStore:
    """A store in the schema `supportable` of a database, which the first write makes; until then it is an empty store."""

    def __init__(self, url: str, busy_s: float = BUSY_S) -> None:
        try:
            import psycopg
        except ImportError:
            raise StoreError(
                "a store in PostgreSQL needs the package `psycopg`", hint="run `python -m pip install 'supportable[server]'`"
            ) from None
        self._psycopg = psycopg
        self._parameters = parameters_of_url(url, "the store")
        self._where = server_shown(self._parameters)
        self._busy_s = busy_s
        self._open: Connection[Any] | None = None
        try:
            with self._told():
                self._version(self._connection())
        except StoreError:
            self.close()
            raise

    def append(
        self, events: Sequence[Event], summary: Mapping[str, Any] | None = None, contents: Mapping[str, bytes] | None = None
    ) -> None:
        """Keep events of one case, all or none; raises `CaseConflict` when another writer was first."""
        added = addition(events, summary, contents)
        with self._writing() as connection:
            head = connection.execute("SELECT number, digest FROM supportable.cases WHERE id = %s FOR UPDATE", (added.case,)).fetchone()
            check_first(added, head)
            if head is not None:
                self._check_last(connection, added.case, head)
            _write(connection, added, new=head is None)

    def events(self, case: str) -> tuple[Event, ...]:
        """Return the log of a case."""
        with self._reading() as connection:
            self._head(connection, case)
            rows = connection.execute(
                "SELECT case_id, number, at, kind, body, previous, digest FROM supportable.events WHERE case_id = %s ORDER BY number",
                (case,),
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
            # COLLATE "C" sorts by code point, as SQLite does.
            asked = 'SELECT id, first_at, last_at, number, summary FROM supportable.cases ORDER BY id COLLATE "C"'
            rows = connection.execute(asked).fetchall()
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
            asked = "SELECT compressed FROM supportable.contents WHERE digest = %s"
            row = connection and connection.execute(asked, (digest,)).fetchone()
        return content_from(row[0] if row else None, digest, self._where)

    def contents_of(self, case: str) -> tuple[str, ...]:
        """List the digests of the contents that the events of a case name."""
        with self._reading() as connection:
            self._head(connection, case)
            asked = "SELECT digest FROM supportable.case_contents WHERE case_id = %s ORDER BY digest"
            return tuple(digest for (digest,) in connection.execute(asked, (case,)))

    def close(self) -> None:
        """Give the connection back."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _head(self, connection: Any, case: str) -> tuple[int, str]:
        row = connection and connection.execute("SELECT number, digest FROM supportable.cases WHERE id = %s", (case,)).fetchone()
        if row:
            return row[0], row[1]
        kept = connection.execute('SELECT id FROM supportable.cases ORDER BY id COLLATE "C"').fetchall() if connection else ()
        raise unknown_case(case, [name for (name,) in kept], self._where)

    def _check_last(self, connection: Connection[Any], case: str, head: tuple[int, str]) -> None:
        """Refuse to write after an event that is no longer the one acknowledged."""
        row = connection.execute("SELECT digest FROM supportable.events WHERE case_id = %s AND number = %s", (case, head[0])).fetchone()
        if row != (head[1],):
            raise damaged(self._where, f"event {head[0]} of case `{case}` is no longer the one that was acknowledged")

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        """Give a connection inside one transaction, so that what is read belongs together; `None` while there is no store."""
        with self._told(), self._transaction(_READING) as connection:
            yield connection if self._version(connection) else None

    @contextmanager
    def _writing(self) -> Iterator[Connection[Any]]:
        """Give a connection inside one transaction, which is kept when the block ends well."""
        with self._told():
            if self._version(self._connection()) < len(MIGRATIONS):
                self._migrate(self._connection())
            with self._transaction(_WRITING) as connection:
                self._version(connection)
                yield connection

    def _migrate(self, connection: Connection[Any]) -> None:
        """Lead the schema to this program's, one program at a time.

        The lock is the session's, taken before the transaction begins: within one, a server goes on not seeing the schema
        that another session made while this one waited (its catalogue cache is brought up to date when a transaction begins).
        """
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", (_EVERY_WRITER_HERE,))
            with self._transaction(_WRITING):
                version = self._version(connection)
                if connection.execute("SELECT to_regnamespace('supportable') IS NULL").fetchone() == (True,):
                    connection.execute("CREATE SCHEMA supportable")
                for step in MIGRATIONS[version:]:
                    connection.execute(step.encode())
                if version < len(MIGRATIONS):
                    connection.execute("UPDATE supportable.store SET version = %s", (len(MIGRATIONS),))
            connection.execute("SELECT pg_advisory_unlock(%s)", (_EVERY_WRITER_HERE,))
        except StoreError:
            self.close()  # which gives the lock back too
            raise

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection[Any]]:
        connection = self._connection()
        connection.execute(begin.encode())
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            try:
                connection.execute("ROLLBACK")
            except self._psycopg.Error:
                self.close()
            raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the server says into one sentence; a connection that failed is given up, so that the next use starts clean."""
        errors = self._psycopg.errors
        try:
            yield
        except (errors.UniqueViolation, errors.SerializationFailure, errors.DeadlockDetected):
            raise CaseConflict(
                f"{self._where}: another writer was first, nothing of this append was kept",
                hint="look at the case again, then repeat what is still right",
            ) from None
        except (self._psycopg.OperationalError, self._psycopg.DatabaseError) as error:
            gone = self._open is None or self._open.broken or self._open.closed or (error.sqlstate or "").startswith("57P")
            self.close()
            if error.sqlstate in _SAID:
                what, hint = _SAID[error.sqlstate]
                waited = f" (waited {self._busy_s:g} s)" if error.sqlstate == "55P03" else ""
                raise StoreError(f"{self._where}: {what}{waited}", hint=hint) from None
            if gone:
                raise StoreError(f"{self._where}: the server went away in the middle", hint=_UNSURE) from None
            said = error.diag.message_primary or type(error).__name__
            if (error.sqlstate or "")[:2] in _DAMAGED:
                raise damaged(self._where, f"is damaged, or not a store of cases: {said}") from None
            raise StoreError(f"{self._where}: the server refuses: {said}", hint=_UNSURE) from None

    def _connection(self) -> Connection[Any]:
        """Return the connection, made anew where there is none or the last one failed."""
        if self._open is not None and not self._open.closed:
            return self._open
        try:
            self._open = self._psycopg.connect(autocommit=True, **self._defaults(), **self._parameters)
        except self._psycopg.Error as error:
            self._open = None
            reason = reason_told(str(error), self._parameters)
            raise StoreError(
                f"{self._where}: cannot be reached{reason}",
                hint=f"is the server running, and the URL right? `{_URL}`, password in PGPASSWORD",
            ) from None
        settings = "SELECT set_config('lock_timeout', %s, false), current_setting('synchronous_commit'), current_setting('server_encoding')"
        row = self._open.execute(settings, (f"{self._busy_s * 1000:.0f}ms",)).fetchone()
        _, synchronous, encoding = row or ("", "", "")
        if encoding != "UTF8":
            self.close()
            raise StoreError(
                f"{self._where}: the database has the encoding {encoding}, cases need UTF8", hint="make one with ENCODING 'UTF8'"
            )
        if synchronous == "off":
            self._open.execute("SET synchronous_commit TO on")  # otherwise the server acknowledges what is not on its disk
        return self._open

    def _defaults(self) -> dict[str, Any]:
        """Say what the URL may say otherwise: how soon a server that does not answer counts as gone."""
        waits: dict[str, Any] = {"connect_timeout": max(2, round(self._busy_s)), "keepalives_idle": 30, "tcp_user_timeout": 60_000}
        chosen = waits | {"application_name": "supportable", "client_encoding": "UTF8"}
        return {name: value for name, value in chosen.items() if name not in self._parameters or name == "client_encoding"}

    def _version(self, connection: Connection[Any]) -> int:
        """Return the version of the schema, 0 where there is none; refuses later versions."""
        found = connection.execute("SELECT to_regclass('supportable.store') IS NOT NULL").fetchone()
        if found != (True,):
            return 0
        row = connection.execute("SELECT max(version) FROM supportable.store").fetchone()
        if row is None or row[0] is None:
            raise damaged(self._where, "is damaged: the version of its schema is missing")
        if row[0] > len(MIGRATIONS):
            raise StoreError(
                f"{self._where}: has schema {row[0]}, this program knows schemas up to {len(MIGRATIONS)}",
                hint="use the later version of supportable that wrote it; the database was left as it is",
            )
        return int(row[0])


def parameters_of_url(url: str, what: str) -> dict[str, Any]:
    """Read a URL into the parameters of libpq; what is wrong with it is told without repeating it."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    rest = url.partition("://")[2]
    wrong = UsageError(
        f"the URL of {what} cannot be read",
        hint=f"write `{_URL}`; in names and passwords, write @ as %40, : as %3A, / as %2F, ? as %3F and % as %25",
    )
    # More than one @, or one after the first slash: a piece of a password would pass for a host or a database.
    if rest.count("@") > 1 or "@" in rest.partition("/")[2]:
        raise wrong
    try:
        parameters = conninfo_to_dict(url)
    except ProgrammingError:
        raise wrong from None
    return {name: value for name, value in parameters.items() if name != "client_encoding"}


def server_shown(parameters: Mapping[str, Any]) -> str:
    """Name a server for messages: host, port and database, never user or password."""
    host = str(parameters.get("host") or parameters.get("hostaddr") or "")
    port = f":{parameters['port']}" if parameters.get("port") else ""
    return f"postgresql://{host}{port}/{parameters.get('dbname') or ''}"


def reason_told(said: str, parameters: Mapping[str, Any]) -> str:
    """Take the reason from what libpq says of a connection; nothing where it repeats a secret."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.strip().startswith("Is the server running")]
    reason = re.sub(r"^.*failed: |^- ", "", lines[-1]) if lines else ""
    reason = re.sub(r"^FATAL: +", "", reason)
    secrets = [str(parameters[name]) for name in ("password", "sslpassword") if parameters.get(name)]
    return f": {reason}" if reason and not any(secret in reason for secret in secrets) else ""


def _write(connection: Connection[Any], added: Addition, new: bool) -> None:
    first, last = added.events[0], added.events[-1]
    if new:
        connection.execute(
            "INSERT INTO supportable.cases VALUES (%s, %s, %s, %s, %s, %s)",
            (added.case, first.at, last.at, last.number, last.digest, added.summary or SUMMARY_OF_NOTHING),
        )
    else:
        connection.execute(
            "UPDATE supportable.cases SET last_at = %s, number = %s, digest = %s, summary = coalesce(%s, summary) WHERE id = %s",
            (last.at, last.number, last.digest, added.summary, added.case),
        )
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO supportable.events VALUES (%s, %s, %s, %s, %s, %s, %s)", added.rows)
    for digest, compressed in added.contents:
        _keep(connection, digest, compressed)
    if added.named:
        connection.execute(
            "INSERT INTO supportable.case_contents"
            " SELECT %s, digest FROM supportable.contents WHERE digest = ANY(%s) ON CONFLICT DO NOTHING",
            (added.case, list(added.named)),
        )


def _keep(connection: Connection[Any], digest: str, compressed: bytes) -> None:
    connection.execute("INSERT INTO supportable.contents VALUES (%s, %s) ON CONFLICT DO NOTHING", (digest, compressed))
