"""Bundles of evidence: a file, a directory, a zip or a tar in; one `Member` (name, bytes) at a time out.

Everything that is not read comes out as `Unopened` with the reason, so that nobody takes what was skipped for what was clean.
Nothing happens before the first step of the iteration, and nothing is ever written.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from supportable.errors import EvidenceError, UsageError
from supportable.stores.members import (
    BYTES_MAX,
    DEPTH_MAX,
    FILE_BYTES_MAX,
    Member,
    Quota,
    Refused,
    Unopened,
    entries_max,
    kind_of,
    shown,
    size_text,
    too_big,
)

__all__ = ["Member", "Unopened", "open_bundle"]

_LINK = "a symbolic link, which is not followed"
# A pipe without a writer would block for ever, and a file may be replaced by a link after it was looked at.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


def open_bundle(path: Path) -> Iterator[Member | Unopened]:
    """Yield each file that `path` holds, or why it was not read, ordered by name (a compressed tar: in its own order).

    Only what makes `path` itself useless is raised: `UsageError` when it is missing or is neither a file nor a directory,
    `EvidenceError` when it cannot be opened.
    """
    where, quota = os.fspath(path), Quota()
    try:
        name = shown(_basename(path))
        status = os.stat(where)  # noqa: PTH116  # the rest of this module needs `os` as well
        if stat.S_ISDIR(status.st_mode):
            members = _directory(where, _listed(where), name, quota, 1)
        elif stat.S_ISREG(status.st_mode):
            members = _file(_opened(where, status, _FLAGS), name, quota)
        else:
            raise UsageError(f"`{shown(where)}` is {_special(status.st_mode)}", hint="save what it delivers to a file and name that file")
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise UsageError(f"there is no file or directory `{shown(where)}`", hint="check the path for a typing mistake") from error
    except Refused as refused:
        raise EvidenceError(f"`{shown(where)}` was not read: {refused}", hint="try again when nothing writes to it") from refused
    except OSError as error:
        hint = "ask its owner for the right to read it" if isinstance(error, PermissionError) else None
        raise EvidenceError(f"`{shown(where)}` {_cannot(error)}", hint=hint) from error
    yield from members
    if rest := quota.rest(name):
        yield rest


def _basename(path: Path) -> str:
    # `.`, `..` and `/` have no name of their own, and a name must never begin with a slash.
    return (path.name if path.name not in ("", "..") else path.resolve().name) or "root"


def _listed(where: str) -> tuple[list[str], int]:
    """List a directory by name; return as many names as are worth remembering, for it may hold millions, and how many were left."""
    kept: list[str] = []
    left = 0
    # One more than can be read, so that a directory that is full to the limit is told from one that holds more.
    most = entries_max()
    with os.scandir(where) as listing:
        for entry in listing:
            kept.append(entry.name)
            if len(kept) > 2 * most:
                left += _shorten(kept, most)
    left += _shorten(kept, most)
    return kept, left


def _shorten(names: list[str], most: int) -> int:
    names.sort()
    left = max(0, len(names) - most)
    del names[most:]
    return left


def _directory(where: str, listed: tuple[list[str], int], name: str, quota: Quota, depth: int) -> Iterator[Member | Unopened]:
    entries, left = listed
    for entry in entries:
        inner_where, inner = os.path.join(where, entry), f"{name}/{shown(entry)}"  # noqa: PTH118  # 20,000 `Path`s take a second
        try:
            status = os.lstat(inner_where)
            if not stat.S_ISDIR(status.st_mode):
                members = _entry(inner_where, status, inner, quota)
            elif depth >= DEPTH_MAX:
                members = iter([Unopened(inner, f"a directory more than {DEPTH_MAX} directories deep, which was not looked into")])
            else:
                members = _directory(inner_where, _listed(inner_where), inner, quota, depth + 1)
        except OSError as error:
            members = iter([Unopened(inner, _cannot(error))])
        yield from members
    if left:
        quota.leave(left)


def _entry(where: str, status: os.stat_result, name: str, quota: Quota) -> Iterator[Member | Unopened]:
    """Yield what one entry of a directory holds; a link or a special file is never opened."""
    if not quota.admits():
        return
    if stat.S_ISLNK(status.st_mode):
        yield Unopened(name, _LINK)
    elif not stat.S_ISREG(status.st_mode):
        yield Unopened(name, f"{_special(status.st_mode)}, which is not read")
    else:
        try:
            file = _opened(where, status, _FLAGS | _NOFOLLOW)
        except Refused as refused:
            yield Unopened(name, str(refused))
        except OSError as error:
            yield Unopened(name, _LINK if error.errno == errno.ELOOP else _cannot(error))
        else:
            yield from _file(file, name, quota)


def _opened(where: str, seen: os.stat_result, flags: int) -> BinaryIO:
    """Open the file that was seen; raise `Refused` when something else has taken its place."""
    file = os.fdopen(os.open(where, flags), "rb")
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or not os.path.samestat(status, seen):
        file.close()
        raise Refused("something else took its place while it was being opened")
    return file


def _file(file: BinaryIO, name: str, quota: Quota) -> Iterator[Member | Unopened]:
    with file:
        try:
            size = os.fstat(file.fileno()).st_size
            kind = kind_of(file.read(512))
            file.seek(0)
        except OSError as error:
            yield Unopened(name, _cannot(error))
            return
        if kind is None:
            yield _plain(file, size, name, quota)
        elif size > BYTES_MAX:
            yield Unopened(name, f"it is {size_text(size)}; archives over {size_text(BYTES_MAX)} are not opened")
        elif kind == "zip":
            # Most runs read one small file, and must not wait for what only archives need.
            from supportable.stores.zips import zip_members

            yield from zip_members(file, name, quota)
        elif kind in ("tar", "gzip", "bzip2", "xz"):
            from supportable.stores.tars import packed_members, plain_members

            yield from plain_members(file, name, quota) if kind == "tar" else packed_members(file, kind, name, quota)
        else:
            yield Unopened(name, f"packed as {kind}, which is not opened: unpack it and name the directory")


def _plain(file: BinaryIO, size: int, name: str, quota: Quota) -> Member | Unopened:
    if size > FILE_BYTES_MAX:
        return Unopened(name, too_big(size))
    try:
        # The size is only a promise: a log grows, and the files of /proc all claim to be empty.
        data = file.read(size + 1)
        if len(data) > size:
            data += file.read(FILE_BYTES_MAX + 1 - len(data))
        if len(data) > FILE_BYTES_MAX:
            return Unopened(name, too_big(len(data)))
        quota.spend(len(data))
    except OSError as error:
        return Unopened(name, _cannot(error))
    except Refused as refused:
        return Unopened(name, str(refused))
    return Member(name, data)


def _special(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "neither a file nor a directory"


def _cannot(error: OSError) -> str:
    return f"cannot be read: {(error.strerror or 'unknown error').lower()}"
