"""Zip archives: an open file in, its members out, ordered by name.

Only stored and deflated members are read: the standard library unpacks the other methods without a bound on memory.
A backslash in a name separates directories, because Windows tools wrote it so for years.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from supportable.stores.members import (
    FILE_BYTES_MAX,
    MIB,
    RATIO_MAX,
    Member,
    Quota,
    Refused,
    Stopped,
    Unopened,
    inside,
    may_unpack,
    nested,
    size_text,
    take,
    too_big,
)

CONTENTS_BYTES_MAX = 8 * MIB
_ENCRYPTED = 0x1
_FAULTS = (
    BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, ArithmeticError, LookupError,
)  # fmt: skip


class _Counted:
    """A file that counts what is read from it and refuses the one huge read: a table of contents of any claimed size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count = 0
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        # `ZipFile` reads the last 64 KiB without saying how much it wants.
        data = self._file.read(CONTENTS_BYTES_MAX + 1 if size < 0 else min(size, CONTENTS_BYTES_MAX + 1))
        if len(data) > CONTENTS_BYTES_MAX:
            raise Stopped(f"its table of contents is over {size_text(CONTENTS_BYTES_MAX)}")
        self.count += len(data)
        return data


def zip_members(file: BinaryIO, name: str, quota: Quota) -> Iterator[Member | Unopened]:
    """Yield what a zip holds; nothing it holds can make this raise."""
    counted = _Counted(file)
    try:
        archive = ZipFile(counted)
    except Refused as refused:
        yield Unopened(name, str(refused))
        return
    except _FAULTS:
        yield Unopened(name, "a zip archive that is cut short or damaged")
        return
    seen: set[str] = set()
    with archive:
        # `filename` ends at a zero byte; `orig_filename` is what the archive really says.
        for info in sorted(archive.infolist(), key=lambda info: info.orig_filename.replace("\\", "/").split("/")):
            if info.orig_filename.endswith(("/", "\\")) and info.file_size == 0:
                continue
            if quota.admits():
                yield _member(archive, info, name, counted, quota, seen)


def _member(archive: ZipFile, info: ZipInfo, name: str, counted: _Counted, quota: Quota, seen: set[str]) -> Member | Unopened:
    inner, reason = inside(name, info.orig_filename, backslash_separates=True)
    reason = reason or ("its name is in the archive twice, and only the first was read" if inner in seen else _refusal(info))
    seen.add(inner)
    if reason:
        return Unopened(inner, reason)
    try:
        data = _unpacked(archive, info, counted, quota)
    except Refused as refused:
        return Unopened(inner, str(refused))
    except _FAULTS:
        return Unopened(inner, "damaged: what the archive holds is not what it says it holds")
    reason = nested(data)
    return Unopened(inner, reason) if reason else Member(inner, data)


def _refusal(info: ZipInfo) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a symbolic link, which is not followed"
    if kind not in (0, stat.S_IFREG) or info.orig_filename.endswith(("/", "\\")):
        return "neither a file nor an empty directory"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted: unpack the archive with its password and name the directory"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return f"compressed by zip method {info.compress_type}; only stored and deflated files are read"
    return too_big(info.file_size) if info.file_size > FILE_BYTES_MAX else None


def _unpacked(archive: ZipFile, info: ZipInfo, counted: _Counted, quota: Quota) -> bytes:
    counted.count = 0
    unpacked = 0
    with archive.open(info) as member:

        def read(size: int) -> bytes:
            nonlocal unpacked
            chunk = member.read(size)
            unpacked += len(chunk)
            quota.spend(len(chunk))
            if not may_unpack(counted.count, unpacked):
                raise Refused(f"it unpacks to more than {RATIO_MAX} times its size, as only a zip bomb does")
            return chunk

        data = take(read)
    if len(data) != info.file_size:
        raise BadZipFile
    return data
