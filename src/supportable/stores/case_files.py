"""Cases as files: one case whole, as lines of JSON, to move it between stores or to hand it over.

In: a store and a case, or lines. Out: lines, or a case in a store. What one would get wrong: nothing in the file vouches for the
file; the chain shows that it is whole, but who made it is known only from a receipt that travelled another way.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from supportable.core.events import Event, canonical, check_log, event_of, parse, to_line
from supportable.errors import CaseFileError, EventError, Place, Problem, UnknownCase
from supportable.stores.cases import CaseStore

FORMAT, VERSION = "supportable case", 1

_HEADER: dict[str, type] = {"format": str, "version": int, "case": str, "events": int, "head": str, "contents": list}


class Imported(NamedTuple):
    """What became of a file: its case, the number of its events, and whether the store had them already."""

    case: str
    number: int
    was_there: bool


class _Lines:
    """What the lines of a file hold, and every problem found on the way."""

    def __init__(self, place: Place) -> None:
        self._file = place.file
        self.problems: list[Problem] = []
        self.header: dict[str, Any] = {}
        self.events: list[Event] = []
        self.places: list[Place] = []
        self.contents: dict[str, bytes] = {}

    def at(self, line: int) -> Place:
        return Place(self._file, line)

    def tell(self, line: int, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(message, self.at(line), hint))


def export_case(store: CaseStore, case: str) -> Iterator[str]:
    """Write a case as lines without line ends: what it is, its contents, its events; the same lines from every store."""
    # Contents after the events: another writer may add to both meanwhile, and each event must find its contents.
    events = store.events(case)
    digests = store.contents_of(case)
    header = {"format": FORMAT, "version": VERSION, "case": case, "events": len(events), "head": events[-1].digest if events else ""}
    yield canonical(header | {"contents": digests}).decode()
    for digest in digests:
        yield canonical({"content": digest, "base64": b64encode(store.content(digest)).decode()}).decode()
    for event in events:
        yield to_line(event)


def import_case(
    store: CaseStore,
    lines: Iterable[str],
    place: Place,
    summarise: Callable[[Sequence[Event]], Mapping[str, Any]] | None = None,
) -> Imported:
    """Keep an exported case, after everything in it was checked: all of it or nothing.

    A case that the store has with the same events is left as it is. `summarise` gives what lists show of it. Raises
    `CaseFileError` with every problem, and its line, when the file is not a whole case or the store has another of that name.
    """
    read = _read(lines, place)
    if read.problems:
        raise CaseFileError(read.problems)
    events = tuple(read.events)
    case = events[0].case
    if (kept := _kept(store, case)) is not None:
        if kept == events:
            return Imported(case, len(events), was_there=True)
        same = next(
            (number for number, (one, other) in enumerate(zip(kept, events, strict=False)) if one != other), min(len(kept), len(events))
        )
        differ = f"both begin with the same {same} events" if same else "not one event is the same"
        what = f"the store has a case `{case}` with other events: {len(kept)} there, {len(events)} here; {differ}"
        hint = "nothing was changed; export that case, and import one of the two into another store"
        raise CaseFileError([Problem(what, read.at(1), hint)])
    store.append(events, summarise(events) if summarise else None, read.contents)
    return Imported(case, len(events), was_there=False)


def _kept(store: CaseStore, case: str) -> tuple[Event, ...] | None:
    try:
        return store.events(case)
    except UnknownCase:
        return None


def _read(lines: Iterable[str], place: Place) -> _Lines:
    read = _Lines(place)
    count = 0
    for count, line in enumerate(lines, start=1):
        if not line.strip():
            read.tell(count, "the line is empty")
            continue
        try:
            written = parse(line)
            if count == 1:
                read.header = _header(written)
            elif isinstance(written, dict) and "content" in written:
                _take_content(read, written)
            else:
                read.events.append(event_of(written))
                read.places.append(read.at(count))
        except EventError as error:
            read.tell(count, error.message, error.hint)
        if count == 1 and read.problems:
            # What follows cannot be understood without the first line.
            return read
    if count == 0:
        read.tell(1, "the file is empty, not an exported case")
    elif not read.problems:
        _check_whole(read)
    return read


def _header(written: Any) -> dict[str, Any]:
    if not isinstance(written, dict) or written.get("format") != FORMAT:
        raise EventError(f"not an exported case: the first line does not say `{FORMAT}`")
    if type(written.get("version")) is int and written["version"] > VERSION:
        raise EventError(
            f"format version {written['version']} of an exported case, this program knows versions up to {VERSION}",
            hint="use the later version of supportable that wrote it",
        )
    if written.keys() != _HEADER.keys() or any(type(written[name]) is not kind for name, kind in _HEADER.items()):
        raise EventError(f"the first line of an exported case has these fields: {', '.join(f'`{name}`' for name in _HEADER)}")
    return written


def _take_content(read: _Lines, written: dict[str, Any]) -> None:
    digest, encoded = written["content"], written.get("base64")
    if written.keys() != {"content", "base64"} or not isinstance(digest, str) or not isinstance(encoded, str):
        raise EventError("a content has the fields `content` and `base64`, both texts")
    try:
        data = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise EventError(f"the content `{digest}` is not base64") from None
    if sha256(data).hexdigest() != digest:
        raise EventError(f"the content `{digest}` was changed: its bytes have another digest")
    if digest in read.contents:
        raise EventError(f"the content `{digest}` stands twice")
    read.contents[digest] = data


def _check_whole(read: _Lines) -> None:
    """Compare events and contents with what the first line promises, and the log with itself."""
    header = read.header
    if not read.events:
        read.tell(1, "the file has no events")
        return
    if len(read.events) != header["events"]:
        read.tell(1, f"{header['events']} events are promised, {len(read.events)} are there")
    if read.events[0].case != header["case"]:
        read.tell(1, f"the case is promised to be `{header['case']}`, the events are of `{read.events[0].case}`")
    if read.events[-1].digest != header["head"]:
        read.tell(1, f"the last event is not the one that is promised: its digest is not `{header['head']}`")
    promised = {digest for digest in header["contents"] if isinstance(digest, str)}
    for digest in sorted(promised - read.contents.keys()):
        read.tell(1, f"the content `{digest}` is promised, and missing")
    for digest in sorted(read.contents.keys() - promised):
        read.tell(1, f"the content `{digest}` is there, and not promised")
    read.problems.extend(check_log(read.events, places=read.places))
