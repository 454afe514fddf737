"""What a bundle yields, how it is named, and how much of it is read: the part that files, zips and tars share.

In: names and bytes that somebody else chose. Out: `Member` or `Unopened`, with a name that is safe to print.
A size that a header claims may refuse a file, but never admits one: what is read is counted while it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

MIB = 1024 * 1024
FILE_BYTES_MAX = 64 * MIB
BYTES_MAX = 1024 * MIB
FILES_MAX = 20_000
DEPTH_MAX = 64
NAME_CHARS_MAX = 1_024
RATIO_MAX = 200
RATIO_FROM_BYTES = MIB
CHUNK_BYTES = 64 * 1024

# The first bytes that give a format away; tar has none at its start and is recognised by its checksum.
_MAGIC = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PK\x07\x08": "zip",
    b"\x1f\x8b\x08": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7-zip",
    b"Rar!\x1a\x07": "rar",
    b"MSCF\x00\x00\x00\x00": "cabinet",
}
# What follows "BZh" and the level: a block, or the end of an empty file. "BZh" alone could begin a text.
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")


class Member(NamedTuple):
    """One file of a bundle: its name, beginning with what the user named, and its bytes."""

    name: str
    data: bytes


class Unopened(NamedTuple):
    """One file, or the rest of an archive, that was not read, and why."""

    name: str
    reason: str


class Refused(Exception):
    """This file must not be read; `str()` is the reason."""


class Stopped(Refused):
    """The archive around it cannot be read any further either."""


class Quota:
    """How much of one bundle may still be read, and how many files were left when that was used up."""

    __slots__ = ("_bytes_left", "_counted_all", "_files_left", "_left_out", "_reached")

    def __init__(self) -> None:
        self._files_left = FILES_MAX
        self._bytes_left = BYTES_MAX
        self._left_out = 0
        self._reached: str | None = None
        self._counted_all = True

    def admits(self) -> bool:
        """Count one more file; `False` means that it must be left."""
        if self._reached is None and self._files_left == 0:
            self._reached = f"{FILES_MAX:,} files"
        if self._reached is not None:
            self._left_out += 1
            return False
        self._files_left -= 1
        return True

    def spend(self, count: int) -> None:
        """Count bytes that were read or unpacked; raise `Stopped` when they are more than the bundle may have."""
        self._bytes_left -= count
        if self._bytes_left < 0:
            self._reached = self._reached or f"{size_text(BYTES_MAX)} in all"
            self._counted_all = False
            raise Stopped(f"it was not read to its end: the limit of {size_text(BYTES_MAX)} in all was reached")

    def leave(self, count: int) -> None:
        """Count entries that were never looked at, some of which may be directories."""
        self._reached = self._reached or f"{FILES_MAX:,} files"
        self._left_out += count
        self._counted_all = False

    def rest(self, name: str) -> Unopened | None:
        """Say what was left, `None` when nothing was."""
        if not self._left_out:
            return None
        more = f"{'' if self._counted_all else 'at least '}{self._left_out:,} more {'was' if self._left_out == 1 else 'were'}"
        return Unopened(name, f"the limit of {self._reached} was reached, and {more} left unread")


def entries_max() -> int:
    """How many entries of one directory are worth remembering."""
    return FILES_MAX + 1


def size_text(count: int) -> str:
    """Write a number of bytes for a reader.

    >>> size_text(64 * 1024 * 1024), size_text(1500), size_text(5)
    ('64 MiB', '1.5 KiB', '5 bytes')
    """
    if count < 1024:
        return f"{count} bytes"
    size, unit = float(count), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    return f"{size:.0f} {unit}" if size >= 10 else f"{size:.1f} {unit}"


def too_big(size: int) -> str:
    """Return why a file of this size is not read."""
    return f"it is {size_text(size)}; files over {size_text(FILE_BYTES_MAX)} are not read"


def shown(name: str) -> str:
    """Write what does not print (terminal escapes, bidirectional marks, undecodable bytes) as an escape, and cut what is too long.

    >>> shown("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    if len(name) > NAME_CHARS_MAX:
        name = name[:NAME_CHARS_MAX] + "..."
    if name.isprintable():
        return name
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)


def inside(archive: str, name: str, *, backslash_separates: bool) -> tuple[str, str | None]:
    """Name one file of an archive, and say why that name is refused, `None` when it is not.

    Nothing is ever written, so a name can do no harm here; but one that points out of its archive was made to do harm.
    """
    slashed = name.replace("\\", "/")
    parts = [part for part in (slashed if backslash_separates else name).split("/") if part not in ("", ".")]
    tidy = f"{archive}/{shown('/'.join(parts))}"
    if len(name) > NAME_CHARS_MAX:
        return tidy, f"its name is longer than {NAME_CHARS_MAX:,} characters"
    drive = len(slashed) > 1 and slashed[1] == ":" and slashed[0].isascii() and slashed[0].isalpha()
    if slashed.startswith("/") or drive or ".." in slashed.split("/"):
        return f"{archive}/{shown(name)}", "its name points outside the archive"
    if not parts:
        return f"{archive}/{shown(name)}", "it has no name"
    return tidy, None


def kind_of(head: bytes) -> str | None:
    """Recognise an archive or a compressed file by its first 512 bytes, `None` when it is neither."""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic) and (kind != "bzip2" or head[4:10] in _BZIP2_BLOCKS):
            return kind
    return "tar" if is_tar(head) else None


def is_tar(head: bytes) -> bool:
    """Whether these 512 bytes are the header of a tar; a tar from before 1988 has only its checksum to show for it."""
    if len(head) < 512:
        return False
    if head[257:263] == b"ustar\0" or head[257:265] == b"ustar  \0":
        return True
    digits = head[148:156].strip(b" \0")
    if head[0] == 0 or not digits or digits.strip(b"01234567"):
        return False
    return int(digits, 8) == sum(head[:148]) + 8 * ord(" ") + sum(head[156:512])


def nested(data: bytes) -> str | None:
    """Why a file of an archive is not given to readers although it could be read, `None` when it is."""
    kind = kind_of(data[:512])
    if kind in ("gzip", "bzip2", "xz", "zstd"):
        return f"a file compressed by {kind} inside an archive, which is not opened"
    return f"a {kind} archive inside an archive, which is not opened" if kind else None


def take(read: Callable[[int], bytes]) -> bytes:
    """Read one file to its end in small steps and raise `Refused` as soon as it is too big, whatever its header says."""
    # BytesIO hands over its buffer without a copy, which joining the chunks would make.
    whole = BytesIO()
    while chunk := read(CHUNK_BYTES):
        if whole.tell() + len(chunk) > FILE_BYTES_MAX:
            raise Refused(f"it unpacks to more than {size_text(FILE_BYTES_MAX)}, the most that is read of one file")
        whole.write(chunk)
    return whole.getvalue()


def may_unpack(packed: int, unpacked: int) -> bool:
    """Whether so many bytes may come from so few; text that repeats itself stays below 200:1."""
    return unpacked <= RATIO_FROM_BYTES or unpacked <= RATIO_MAX * packed
