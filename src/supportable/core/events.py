"""The log of a case: events, each sealed with the digest of the one before.

In: plain JSON values. Out: sealed events, the problems of a log, and lines of export files. What one would get wrong: the
chain alone shows a change, a removal or an insertion, but neither a removal at the end nor a log that somebody wrote anew
from one event on; for those `check_log` needs a receipt, the number and digest of an event that somebody kept elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from supportable.errors import EventError, Place, Problem

DEEPEST = 64
"""How deep lists and mappings may nest: far below where Python's JSON reader gives up, on every machine."""

MOST_BITS = 1024
"""The longest whole number: far below the 4,300 digits at which Python refuses to read one back."""

_NAME = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,198}[^\s\x00-\x1f\x7f])?")
_AT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Event(NamedTuple):
    """One thing that happened in a case; `digest` seals all the other fields."""

    case: str
    number: int
    """From 1, without a gap."""
    at: str
    """UTC, `2026-11-25T15:46:00Z`."""
    kind: str
    body: Mapping[str, Any]
    """Plain JSON values."""
    previous: str
    """The digest of the event before, "" for the first."""
    digest: str
    """Hex SHA-256 over `canonical` of a mapping of all of the above by their names."""


_TYPES = {"case": str, "number": int, "at": str, "kind": str, "body": dict, "previous": str, "digest": str}


def canonical(value: object) -> bytes:
    """Give the one JSON form of a value: keys sorted by code point, no spaces, UTF-8, floats as Python's `repr`.

    >>> canonical({"rate": 0.05, "b": [True, None, "Zürich"]}).decode()
    '{"b":[true,null,"Zürich"],"rate":0.05}'
    """
    return _text(_plain(value, "value", DEEPEST)).encode()


def parse(text: str | bytes) -> Any:
    """Read the one JSON value of a text; what JSON leaves open (a key twice, `NaN`), or `canonical` would refuse, is refused."""
    try:
        return _plain(_READER.decode(text if isinstance(text, str) else text.decode()), "value", DEEPEST)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise EventError(f"not JSON: {reason[:1].lower()}{reason[1:]}") from None


def append(log: Sequence[Event], case: str, at: str, kind: str, body: Mapping[str, Any]) -> Event:
    """Seal the event that follows the last one of `log`; of `log`, only its last event is looked at."""
    number, previous = (log[-1].number + 1, log[-1].digest) if log else (1, "")
    plain = _plain(body, "body", DEEPEST - 1)
    event = Event(case, number, at, kind, plain, previous, "")
    wrong = list(_ill_formed(event))
    if log and log[-1].case != case:
        wrong.append(f"it belongs to case `{case}`, the log to case `{log[-1].case}`")
    if wrong:
        raise EventError(f"event {number} cannot be recorded: {'; '.join(wrong)}")
    return event._replace(digest=_digest(event))


def is_sealed(event: Event) -> bool:
    """Whether the digest of an event is that of what it says."""
    return event.digest == _seal(event) != ""


def check_log(
    events: Sequence[Event], head: str | None = None, count: int | None = None, places: Sequence[Place] | None = None
) -> list[Problem]:
    """Find every change, removal and insertion, and name the event.

    `head` and `count` are a receipt: the digest of an event that somebody kept, and its number. The log may have grown since.
    `places` says where each event was read, for the problems to say so too.
    """
    problems: list[Problem] = []
    due, before = 1, {""}
    for position, event in enumerate(events):
        place = places[position] if places else None
        seal, number = _seal(event), event.number
        found: list[str] = []
        if not seal or event.digest != seal:
            # Nothing it says counts now; both digests may be the old one, so that what follows is not blamed.
            number = due
            found.append("was changed: its digest is not that of what it says")
        else:
            if number > due:
                problems.append(Problem(f"{_numbers(due, number - 1)} missing before event {number} of case `{event.case}`", place))
            found.extend(_out_of_place(event, due, before, events[0].case))
        problems.extend(Problem(f"event {number} of case `{event.case}` {what}", place) for what in found)
        due, before = number + 1, {event.digest, seal}
    return problems + list(_against_receipt(events, head, count))


def to_line(event: Event) -> str:
    """Write an event as one line of JSON, without the line end; its digest is that of the line without `digest`."""
    return canonical(event._asdict()).decode()


def from_line(text: str, place: Place | None = None) -> Event:
    """Read what `to_line` wrote; whether its digest is right is for `check_log` to say."""
    try:
        return event_of(parse(text))
    except EventError as error:
        raise EventError(error.message, place) from None


def event_of(written: object) -> Event:
    """Read an event from the mapping that `parse` gave; refuses fields that are missing, of another kind, or not of an event."""
    if not isinstance(written, dict):
        raise EventError("an event is a mapping")
    for name, kind in _TYPES.items():
        if name not in written:
            raise EventError(f"an event needs `{name}`")
        if type(written[name]) is not kind:
            raise EventError(f"`{name}` of an event is not {'a text' if kind is str else 'a whole number' if kind is int else 'a mapping'}")
    for name in written:
        if name not in _TYPES:
            raise EventError(f"unknown field `{name}` of an event")
    return Event(**written)


def _seal(event: Event) -> str:
    """Digest what the event says; "" when that has no canonical form, which no event may state."""
    try:
        return _digest(event)
    except EventError:
        return ""


def _digest(event: Event) -> str:
    said = event._asdict()
    del said["digest"]
    return sha256(canonical(said)).hexdigest()


def _ill_formed(event: Event) -> Iterator[str]:
    """Say what is wrong with an event by itself."""
    for name, text in (("case", event.case), ("kind", event.kind)):
        if not _NAME.fullmatch(text):
            yield f"its {name} is not 1 to 200 characters without line breaks and outer spaces"
    if not is_time(event.at):
        yield f"`{event.at}` is not a time in UTC such as 2026-11-25T15:46:00Z"


def is_time(text: str) -> bool:
    """Whether a text is a time as events carry it: UTC, with seconds and `Z`."""
    if not _AT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _out_of_place(event: Event, due: int, before: set[str], case: str) -> Iterator[str]:
    """Say why a sealed event cannot stand where number `due` is due, after an event of one of the digests `before`."""
    yield from (f"is not well formed: {reason}" for reason in _ill_formed(event))
    if event.case != case:
        yield f"belongs to case `{event.case}`, the log to case `{case}`"
    if event.number < due:
        yield f"stands where event {due} is due: it was moved, inserted or copied"
    elif event.number == due and event.previous not in before:
        yield f"does not follow {f'event {due - 1}' if due > 1 else 'nothing'}: one of them was exchanged"


def _against_receipt(events: Sequence[Event], head: str | None, count: int | None) -> Iterator[Problem]:
    last = f"the log ends at event {events[-1].number}" if events else "the log is empty"
    if count is not None and len(events) < count:
        yield Problem(f"{_numbers(len(events) + 1, count)} missing at the end: the receipt is for event {count}, {last}")
    elif head is not None and count is not None and head != (events[count - 1].digest if count else ""):
        yield Problem(f"event {count} is not the one of the receipt: its digest is not {head}")
    elif head and count is None and all(event.digest != head for event in events):
        yield Problem(f"no event has the digest of the receipt, {head}: {last}")


def _numbers(first: int, last: int) -> str:
    return f"event {first} is" if first == last else f"events {first} to {last} are"


_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def _plain(value: Any, where: str, room: int) -> Any:
    """Copy a value as dicts and lists of exact JSON kinds; what would not come back the same is refused."""
    kind = type(value)
    if kind is str:
        if not value.isascii() and not _encodes(value):
            raise EventError(f"`{where}` holds characters that are not text (half of a surrogate pair)")
        return value
    if value is None or kind is bool:
        return value
    if kind is int:
        if value.bit_length() > MOST_BITS:
            raise EventError(f"`{where}` is a whole number of more than {MOST_BITS} bits")
        return value
    if kind is float:
        if value - value != 0.0:
            raise EventError(f"`{where}` is not a finite number")
        return value
    if room == 0:
        raise EventError(f"`{where}` is nested more than {DEEPEST} deep")
    if kind in (list, tuple):
        return [_plain(item, where, room - 1) for item in value]
    if kind is dict or isinstance(value, Mapping):
        for key in value:
            if type(key) is not str or not (key.isascii() or _encodes(key)):
                raise EventError(f"`{where}` has a key that is not a text: {key!r}")
        return {key: _plain(item, key, room - 1) for key, item in value.items()}
    raise EventError(f"`{where}` is a {kind.__name__}, which JSON does not have")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen = [key for key, _ in pairs]
        raise ValueError(f"the key `{next(key for key in seen if seen.count(key) > 1)}` stands twice")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"`{name}` is not a number of JSON")


_READER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
