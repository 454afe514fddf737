"""Tar archives, plain or compressed: an open file in, its members out; a plain one by name, a compressed one in its own order.

The headers are walked here and not by `tarfile`, which takes damage in the middle for the end of the archive, allocates
what a header claims and can be made to loop or backtrack for hours; only its reading of one 512-byte block is used.
A tar has an end mark: without it, part of the archive may be missing, and that is said.
"""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zlib
from bz2 import BZ2File
from collections.abc import Iterator
from gzip import GzipFile
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from supportable.stores.members import (
    CHUNK_BYTES,
    FILE_BYTES_MAX,
    MIB,
    RATIO_MAX,
    Member,
    Quota,
    Refused,
    Stopped,
    Unopened,
    inside,
    is_tar,
    may_unpack,
    nested,
    take,
    too_big,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 512
_EXTENSION_BYTES_MAX = 64 * 1024
# `xz -9` needs 65 MiB; a header may ask for 4 GiB.
_XZ_MEMORY_BYTES_MAX = 80 * MIB
_CUT = "cut short or damaged"
_FAULTS = (
    tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError, ArithmeticError, LookupError,
)  # fmt: skip
_NOT_READ = {
    tarfile.SYMTYPE: "a symbolic link, which is not followed",
    tarfile.LNKTYPE: "a hard link, which is not followed",
    tarfile.CHRTYPE: "a device, which is not read",
    tarfile.BLKTYPE: "a device, which is not read",
    tarfile.FIFOTYPE: "a named pipe, which is not read",
    tarfile.GNUTYPE_SPARSE: "a sparse file, which is not read",
}
_PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_EXTENSIONS = (*_PAX, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


class _Entry(NamedTuple):
    name: str
    kind: bytes
    start: int
    size: int


class _Plain:
    """A tar as it lies on the disk: skipping is free."""

    sorts = True

    def __init__(self, file: BinaryIO, quota: Quota) -> None:
        self._file = file
        self._quota = quota
        self._end = file.seek(0, io.SEEK_END)
        self.go(0)

    def go(self, position: int) -> None:
        if position > self._end:
            raise Stopped(f"the archive is {_CUT}")
        self.position = self._file.seek(position)

    def read(self, count: int) -> bytes:
        data = self._file.read(count)
        self.position += len(data)
        return data

    def consumed(self) -> int:
        return self.position

    def spend(self, count: int) -> None:
        self._quota.spend(count)


class _Packed:
    """A tar inside a compressed stream: skipping means unpacking, so every byte counts."""

    sorts = False

    def __init__(self, unpacked: BinaryIO, file: BinaryIO, quota: Quota) -> None:
        self._unpacked = unpacked
        self._file = file
        self._quota = quota
        self.position = 0

    def go(self, position: int) -> None:
        while self.position < position:
            if not self.read(min(CHUNK_BYTES, position - self.position)):
                raise Stopped(f"the archive is {_CUT}")

    def read(self, count: int) -> bytes:
        data = self._unpacked.read(count)
        self.position += len(data)
        self._quota.spend(len(data))
        return data

    def consumed(self) -> int:
        return self._file.tell()

    def spend(self, count: int) -> None:
        """Nothing: `read` has counted these bytes already."""


class _Xz(io.RawIOBase):
    """What `lzma.LZMAFile` does, with a bound on memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = self._new()

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES_MAX)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        while True:
            if self._decoder.eof:
                data = self._decoder.unused_data or self._file.read(CHUNK_BYTES)
                if not data:
                    return 0
                self._decoder = self._new()
            elif not self._decoder.needs_input:
                data = b""
            elif not (data := self._file.read(CHUNK_BYTES)):
                raise EOFError
            if unpacked := self._decoder.decompress(data, len(view)):
                view[: len(unpacked)] = unpacked
                return len(unpacked)


def plain_members(file: BinaryIO, name: str, quota: Quota) -> Iterator[Member | Unopened]:
    """Yield what a tar holds, by name; nothing it holds can make this raise."""
    return _members(_Plain(file, quota), name, quota)


def packed_members(file: BinaryIO, kind: str, name: str, quota: Quota) -> Iterator[Member | Unopened]:
    """Yield what a compressed tar holds, in its own order; anything else that is compressed is left."""
    try:
        with _decompressed(file, kind) as unpacked:
            tar = is_tar(unpacked.read(_BLOCK))
    except _FAULTS:
        yield Unopened(name, f"compressed by {kind}, and {_CUT}")
        return
    if not tar:
        yield Unopened(name, "compressed, not an archive: decompress it first")
        return
    file.seek(0)
    with _decompressed(file, kind) as unpacked:
        yield from _members(_Packed(unpacked, file, quota), name, quota)


def _decompressed(file: BinaryIO, kind: str) -> BinaryIO:
    if kind == "gzip":
        return GzipFile(fileobj=file, mode="rb")  # type: ignore[return-value]
    return BZ2File(file) if kind == "bzip2" else io.BufferedReader(_Xz(file))  # type: ignore[return-value]


def _members(stream: _Plain | _Packed, name: str, quota: Quota) -> Iterator[Member | Unopened]:
    waiting: list[_Entry] = []
    seen: set[str] = set()
    fault: str | None = None
    try:
        for entry in _entries(stream):
            if entry.kind == tarfile.DIRTYPE or not quota.admits():
                continue
            if stream.sorts:
                waiting.append(entry)
            else:
                yield _member(stream, entry, name, seen)
    except Refused as refused:
        fault = str(refused)
    except _FAULTS:
        fault = f"the archive is {_CUT}"
    for entry in sorted(waiting, key=lambda entry: entry.name.split("/")):
        try:
            stream.go(entry.start)
            yield _member(stream, entry, name, seen)
        except (Refused, *_FAULTS) as error:
            yield Unopened(inside(name, entry.name, backslash_separates=False)[0], str(error) if isinstance(error, Refused) else _CUT)
    if fault:
        yield Unopened(name, fault)


def _member(stream: _Plain | _Packed, entry: _Entry, name: str, seen: set[str]) -> Member | Unopened:
    inner, reason = inside(name, entry.name, backslash_separates=False)
    reason = reason or ("its name is in the archive twice, and only the first was read" if inner in seen else None)
    seen.add(inner)
    if not reason and (entry.kind not in tarfile.REGULAR_TYPES or entry.kind == tarfile.GNUTYPE_SPARSE):
        reason = _NOT_READ.get(entry.kind, "neither a file nor a directory")
    if not reason and entry.size > FILE_BYTES_MAX:
        reason = too_big(entry.size)
    if reason:
        return Unopened(inner, reason)
    try:
        data = _unpacked(stream, entry)
    except Stopped:
        raise
    except Refused as refused:
        return Unopened(inner, str(refused))
    reason = nested(data)
    return Unopened(inner, reason) if reason else Member(inner, data)


def _unpacked(stream: _Plain | _Packed, entry: _Entry) -> bytes:
    end = entry.start + entry.size
    # A decompressor reads ahead, up to one chunk: without that, the first bytes of a file would seem to come from nothing.
    before = stream.consumed() - CHUNK_BYTES

    def read(count: int) -> bytes:
        chunk = stream.read(min(count, end - stream.position))
        if not chunk and stream.position < end:
            raise Stopped(f"the archive is {_CUT}")
        stream.spend(len(chunk))
        if not may_unpack(stream.consumed() - before, stream.position - entry.start):
            raise Refused(f"it unpacks to more than {RATIO_MAX} times its size, as only a zip bomb does")
        return chunk

    return take(read)


def _entries(stream: _Plain | _Packed) -> Iterator[_Entry]:
    """Walk the headers; raise `Stopped` where they end otherwise than by the end mark."""
    extended: dict[str, str] = {}
    while any(block := _exactly(stream, _BLOCK)):
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise Stopped(f"the archive is {_CUT}, and was read only up to there") from error
        if info.type in _EXTENSIONS:
            extended |= _extension(stream, info)
            continue
        size = int(extended.get("size", info.size))
        name = extended.get("GNU.sparse.name") or extended.get("path") or extended.get("long name") or info.name
        kind = _kind(info, name, size, extended)
        _skip_sparse_map(stream, info, block)
        start = stream.position
        # What carries data is decided as GNU tar and `tarfile` do: an unknown kind is taken for a file.
        stored = size if info.isreg() or info.type not in tarfile.SUPPORTED_TYPES else 0
        _check_size(stored)
        yield _Entry(name, kind, start, stored)
        stream.go(start + -(-stored // _BLOCK) * _BLOCK)
        extended = {}
    while rest := stream.read(CHUNK_BYTES):
        if rest.strip(b"\0"):
            raise Stopped("something follows the end of the archive, and was not read")


def _kind(info: tarfile.TarInfo, name: str, size: int, extended: dict[str, str]) -> bytes:
    if any(key.startswith("GNU.sparse.") for key in extended):
        return tarfile.GNUTYPE_SPARSE
    if info.isreg() and name.endswith("/") and size == 0:
        return tarfile.DIRTYPE
    return info.type


def _skip_sparse_map(stream: _Plain | _Packed, info: tarfile.TarInfo, block: bytes) -> None:
    """GNU tar puts more of a sparse file's map between its header and its data."""
    continues = info.type == tarfile.GNUTYPE_SPARSE and block[482]
    while continues:
        continues = _exactly(stream, _BLOCK)[504]


def _extension(stream: _Plain | _Packed, info: tarfile.TarInfo) -> dict[str, str]:
    """Read what a header says about the next one. A global header only ever carries comments, and is passed over."""
    _check_size(info.size)
    if info.size > _EXTENSION_BYTES_MAX:
        raise Stopped("a name or header in the archive is over 64 KiB, and nothing after it was read")
    start = stream.position
    body = _exactly(stream, info.size)
    stream.go(start + -(-info.size // _BLOCK) * _BLOCK)
    if info.type in _PAX:
        return _pax(body)
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return {"long name": body.partition(b"\0")[0].decode("utf-8", "surrogateescape")}
    return {}


def _pax(body: bytes) -> dict[str, str]:
    """Read records of the form `<length> <key>=<value>\\n`, where the length counts itself (POSIX pax, "Extended Header")."""
    found: dict[str, str] = {}
    at = 0
    while at < len(body) and body[at]:
        space = body.index(b" ", at, at + 20)
        end = at + int(body[at:space])
        if not space < end <= len(body):
            raise ValueError
        key, _, value = body[space + 1 : end - 1].partition(b"=")
        found[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        at = end
    return found


def _exactly(stream: _Plain | _Packed, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise Stopped("the archive ends without the end mark of a tar: it may be cut short")
    return data


def _check_size(size: int) -> None:
    if size < 0:
        raise Stopped(f"the archive is {_CUT}, and was read only up to there")
