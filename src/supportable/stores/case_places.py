"""The place of a store of cases: where it is when nobody says, and which kind a path or URL names.

In: a path, a URL, the environment. Out: an open store. A kind of store is imported when its place is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from supportable.errors import UsageError
from supportable.stores.cases import BUSY_S, CaseStore

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


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

    try:
        path = Path(where).expanduser()
    except RuntimeError:
        raise UsageError(f"`{where}` names a user who has no home folder", hint="name the file by its whole path") from None
    return SqliteStore(path, busy_s)
