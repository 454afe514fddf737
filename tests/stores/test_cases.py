"""What every store of cases holds, on SQLite and on PostgreSQL."""

from __future__ import annotations

from supportable.core.events import Event, append
from supportable.stores.cases import verify_case

AT = "2026-11-25T15:46:00Z"


def log_of(case: str, count: int, log: tuple[Event, ...] = ()) -> tuple[Event, ...]:
    for number in range(len(log), len(log) + count):
        log += (append(log, case, AT, "tried", {"number": number + 1, "rate": 0.05}),)
    return log


def test_what_was_appended_comes_back(place, store, opened):
    """Events, summary and receipt are the same in the same store and after it was opened again."""
    log = log_of("c", 3)
    store.append(log[:2], {"title": "first"})
    store.append(log[2:])
    for reader in (store, opened(place)):
        assert reader.events("c") == log
        assert reader.head("c") == (3, log[-1].digest)
        assert verify_case(reader, "c") == []
        (row,) = reader.cases()
        assert (row.case, row.number, row.summary) == ("c", 3, {"title": "first"})
