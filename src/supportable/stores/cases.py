"""Where cases are kept: what every store of cases can do, and how one is opened.

In: sealed events, and the bytes they name by their digest. Out: the same, as acknowledged. What one would get wrong: a
store keeps what it is given and hands it back; whether the log is whole is for `check_log` (or `verify_case`) to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from supportable.core.events import Event
from supportable.errors import UsageError

BUSY_S = 10.0
"""How long a store waits for another writer before it says that it is locked."""

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


class CaseRow(NamedTuple):
    """A case as a list shows it, without its events."""

    case: str
    first_at: str
    last_at: str
    count: int
    summary: Mapping[str, Any]
    """What the last append that gave one gave: title, status, deployment, ..."""


class CaseStore(Protocol):
    """A place that keeps the logs of cases. Logs only grow; all raise `StoreError` where the place fails them."""

    def append(
        self, events: Sequence[Event], summary: Mapping[str, Any] | None = None, contents: Mapping[str, bytes] | None = None
    ) -> None:
        """Keep events of one case, all or none, with the contents they name and what lists show of the case.

        Raises `CaseConflict` when another writer was first; nothing is kept then. When it returns, everything is on the disk.
        """

    def events(self, case: str) -> tuple[Event, ...]:
        """Return the log of a case; raises `UnknownCase`."""

    def head(self, case: str) -> tuple[int, str]:
        """Return number and digest of the last acknowledged event: a receipt; raises `UnknownCase`."""

    def cases(self) -> tuple[CaseRow, ...]:
        """List all cases by their ids, without reading their events."""

    def save_content(self, data: bytes) -> str:
        """Keep bytes once and return their hex SHA-256."""

    def content(self, digest: str) -> bytes:
        """Return the bytes of that digest; raises when they are not kept, or are no longer those bytes."""

    def contents_of(self, case: str) -> tuple[str, ...]:
        """List the digests of the contents that the events of a case name; raises `UnknownCase`."""

    def close(self) -> None:
        """Give the place back; what was acknowledged stays."""


def default_store(environment: Mapping[str, str]) -> str:
    """Say where cases are kept when nobody names a place: `SUPPORTABLE_STORE`, else a file in the user's data folder.

    >>> default_store({"HOME": "/home/eva"})
    '/home/eva/.local/share/supportable/cases.sqlite'
    """
    if named := environment.get("SUPPORTABLE_STORE"):
        return named
    # The XDG Base Directory Specification: a path that is not absolute is to be ignored.
    data = environment.get("XDG_DATA_HOME", "")
    home = environment.get("HOME") or str(Path.home())
    folder = Path(data) if data.startswith("/") else Path(home) / ".local" / "share"
    return str(folder / "supportable" / "cases.sqlite")


def open_store(where: str, busy_s: float = BUSY_S) -> CaseStore:
    """Open the store at a path (SQLite) or a URL `postgresql://...`; a file that is not there yet is made by the first write."""
    if where.startswith(("postgresql://", "postgres://")):
        from supportable.stores.cases_postgresql import PostgresqlStore

        return PostgresqlStore(where, busy_s)
    if _SCHEME.match(where):
        raise UsageError(f"`{urlsplit(where).scheme}` is not a store of cases", hint="name a file, or a URL `postgresql://...`")
    if not where:
        raise UsageError("a store of cases needs a place", hint="name a file, or a URL `postgresql://...`")
    from supportable.stores.cases_sqlite import SqliteStore

    return SqliteStore(Path(where).expanduser(), busy_s)
