"""Where cases are kept: what every store of cases can do, and what all of them share.

In: sealed events, and the bytes they name by their digest. Out: the same, as acknowledged. What one would get wrong: a
store keeps what it is given and hands it back; whether the log is whole is for `check_log` (or `verify_case`) to say.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from supportable.core.events import Event, canonical, check_log, event_of, is_sealed, parse
from supportable.errors import CaseConflict, EventError, Problem, StoreError, UnknownCase, nearest

BUSY_S = 10.0
"""How long a store waits for another writer before it says that it is locked."""

SUMMARY_OF_NOTHING = "{}"

_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class CaseRow(NamedTuple):
    """A case as a list shows it, without its events."""

    case: str
    first_at: str
    last_at: str
    number: int
    """The number of the last event, which is how many there are."""
    summary: Mapping[str, Any]
    """What the last append that gave one gave: title, status, deployment, ..."""


class Addition(NamedTuple):
    """What one append adds, in the form that every store writes."""

    case: str
    events: tuple[Event, ...]
    rows: tuple[tuple[str, int, str, str, str, str, str], ...]
    """Case, number, at, kind, body as canonical JSON, previous, digest."""
    summary: str | None
    contents: tuple[tuple[str, bytes], ...]
    """Digest and compressed bytes, by digest, so that two writers lock them in one order."""
    named: tuple[str, ...]
    """Every digest that the events name, or that comes with them: where it is kept, it belongs to the case."""


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


def verify_case(store: CaseStore, case: str, head: str | None = None, count: int | None = None) -> list[Problem]:
    """Check a case as it is kept: its log, its contents, and a receipt (digest and number of an event) if there is one."""
    kept, digest = store.head(case)
    events = store.events(case)
    problems = check_log(events, digest, kept)
    # Between the two readings another writer may have added events, which is no problem.
    if len(events) > kept and len(events) > store.head(case)[0]:
        problems.append(Problem(f"event {kept + 1} of case `{case}` was never acknowledged: the store counts {kept}"))
    if head is not None or count is not None:
        problems.extend(found for found in check_log(events, head, count) if found not in problems)
    for content in store.contents_of(case):
        try:
            store.content(content)
        except StoreError as error:
            problems.extend(error.problems)
    return problems


def addition(events: Sequence[Event], summary: Mapping[str, Any] | None, contents: Mapping[str, bytes] | None) -> Addition:
    """Bring what is to be appended into the form that stores write; refuses what is not a piece of one log."""
    if not events:
        raise StoreError("an append without events keeps nothing")
    for before, event in zip((None, *events), events, strict=False):
        follows = before is None or (event.case, event.number, event.previous) == (before.case, before.number + 1, before.digest)
        if not is_sealed(event) or not follows:
            raise StoreError(
                f"event {event.number} of case `{event.case}` cannot be kept: it is not sealed, or does not follow the one before"
            )
    bodies = [canonical(event.body) for event in events]
    given = dict(sorted((contents or {}).items()))
    for digest, data in given.items():
        if sha256(data).hexdigest() != digest:
            raise StoreError(f"the content `{digest}` cannot be kept: these bytes have another digest")
    named = {found.decode() for body in bodies for found in _DIGEST.findall(body)}
    return Addition(
        events[0].case,
        tuple(events),
        tuple(
            (event.case, event.number, event.at, event.kind, body.decode(), event.previous, event.digest)
            for event, body in zip(events, bodies, strict=True)
        ),
        None if summary is None else canonical(summary).decode(),
        tuple((digest, zlib.compress(data)) for digest, data in given.items()),
        tuple(sorted(named | given.keys())),
    )


def check_first(addition: Addition, head: tuple[int, str] | None) -> None:
    """Raise `CaseConflict` unless an addition follows the head that the store has now (`None`: no such case yet)."""
    number, digest = head or (0, "")
    first = addition.events[0]
    if (first.number, first.previous) == (number + 1, digest):
        return
    if first.number > number + 1:
        raise StoreError(f"event {first.number} of case `{first.case}` cannot be kept: the store ends at event {number}")
    raise CaseConflict(
        f"event {first.number} of case `{first.case}` was not kept: another writer was first, the case is at event {number} now",
        hint="look at the case again, then repeat what is still right",
    )


def event_from_row(row: Sequence[Any], where: str) -> Event:
    """Read an event as a store keeps it; `where` names the store if it cannot be read."""
    case, number, at, kind, body, previous, digest = row
    try:
        return event_of(
            {"case": case, "number": number, "at": at, "kind": kind, "body": parse(body), "previous": previous, "digest": digest}
        )
    except (EventError, TypeError) as error:
        reason = error.message if isinstance(error, EventError) else "its body is not a text"
        raise damaged(where, f"event {number} of case `{case}` cannot be read: {reason}") from None


def row_of_case(row: Sequence[Any], where: str) -> CaseRow:
    """Read a case as a store lists it."""
    case, first_at, last_at, number, summary = row
    try:
        shown = parse(summary)
    except (EventError, TypeError):
        shown = None
    if not isinstance(shown, dict):
        raise damaged(where, f"what lists show of case `{case}` cannot be read")
    return CaseRow(case, first_at, last_at, number, shown)


def content_from(compressed: bytes | None, digest: str, where: str) -> bytes:
    """Give the bytes of a content back, or say that the store has none, or others."""
    if compressed is None:
        raise StoreError(f"{where}: no content has the digest `{digest}`")
    try:
        data = zlib.decompress(compressed)
    except (zlib.error, TypeError):
        data = None
    if data is None or sha256(data).hexdigest() != digest:
        raise damaged(where, f"the content `{digest}` was changed: its bytes have another digest")
    return data


def unknown_case(case: str, kept: Sequence[str], where: str) -> UnknownCase:
    """Say that a store has no such case, with the nearest one it has."""
    near = nearest(case, kept)
    hint = (
        f"did you mean `{near}`?"
        if near
        else f"it has {len(kept)} others; `supportable case list` shows them"
        if kept
        else "it has no cases yet"
    )
    return UnknownCase(f"{where}: unknown case `{case}`", hint=hint)


def damaged(where: str, what: str) -> StoreError:
    """Say that a store no longer holds what was written, and what to do."""
    return StoreError(f"{where}: {what}", hint="keep it as it is, and bring the case back from a backup or an export")
