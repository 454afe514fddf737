"""Logs of cases for the tests, and ways to reach below a store, as somebody with the database's own tools can."""

from __future__ import annotations

import sqlite3
from typing import Any

from supportable.core.events import Event, append

AT = "2026-11-25T15:46:00Z"
TABLES = ("events", "contents", "case_contents")


def log_of(case: str, count: int, log: tuple[Event, ...] = (), said: str = "") -> tuple[Event, ...]:
    """Continue a log by `count` events."""
    for number in range(len(log) + 1, len(log) + count + 1):
        log += (append(log, case, AT, "tried", {"number": number, "rate": 0.05, "said": said}),)
    return log


def execute(place: str, statement: str) -> list[Any]:
    """Run a statement past the store; `{schema}` becomes what PostgreSQL writes before the tables."""
    if place.startswith("postgresql://"):
        import psycopg

        with psycopg.connect(place, autocommit=True) as server:
            cursor = server.execute(statement.replace("{schema}", "supportable.").encode())
            return cursor.fetchall() if cursor.description else []
    connection = sqlite3.connect(place, isolation_level=None)
    try:
        return connection.execute(statement.replace("{schema}", "")).fetchall()
    finally:
        connection.close()


def tamper(place: str, statement: str) -> None:
    """Run a statement with every trigger and foreign key out of the way."""
    if place.startswith("postgresql://"):
        execute(place, f"SET session_replication_role = replica; {statement}")
        return
    for name, made in execute(place, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"):
        execute(place, f"DROP TRIGGER {name}")
        assert made
    execute(place, statement)
