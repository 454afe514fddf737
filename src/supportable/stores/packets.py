"""Packets: members -> the bytes of a zip that are the same on every machine, and files that are written all or none.

In: names and bytes. Out: an archive, or files in place. Members are stored, not compressed: what a compressor makes of the same
bytes depends on its version. Nothing in an archive tells when or where it was made.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from supportable.errors import SupportableError, UsageError

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell."""


def archive(members: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a zip of these members, in their order."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as file:
        for name, data in members:
            info = ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, 0o644 << 16
            file.writestr(info, data)
    return made.getvalue()


def check_places(paths: Sequence[Path], replace: bool) -> None:
    """Refuse places where a file cannot or must not be written, before anything is made."""
    for path in paths:
        if path.is_dir():
            raise UsageError(f"`{path}` is a folder", None, "name a file to write")
        if not path.parent.is_dir():
            raise UsageError(f"`{path.parent}` is not a folder that is there", None, "make the folder first, or name another place")
        if path.exists() and not replace:
            raise UsageError(f"`{path}` is there already", None, "name another file, or replace it with `--force`")
    if len({path.resolve() for path in paths}) < len(paths):
        raise UsageError(f"`{paths[0]}` is named twice", None, "the names and the packet go into two files: one stays here, one is sent")


def save_files(files: Sequence[tuple[Path, bytes]], replace: bool = False) -> None:
    """Write files whole or not at all: each beside its place first, then all are moved there. Only their owner can read them."""
    check_places([path for path, _ in files], replace)
    beside = [path.with_name(f".{path.name}.{os.getpid()}") for path, _ in files]
    moved: list[Path] = []
    path = files[0][0]
    try:
        for (place, data), temporary in zip(files, beside, strict=True):
            path = place
            _write(temporary, data)
        for (place, _), temporary in zip(files, beside, strict=True):
            path = place
            _move(temporary, path, replace)
            moved.append(path)
    except OSError as error:
        for temporary in beside:
            with suppress(OSError):
                temporary.unlink()
        if not replace:
            for done in moved:
                with suppress(OSError):
                    done.unlink()
        why = "no space is left" if error.errno == errno.ENOSPC else (error.strerror or str(error)).lower()
        raise SupportableError(f"`{path}` cannot be written: {why}", None, "nothing was written there") from None


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _move(temporary: Path, path: Path, replace: bool) -> None:
    if replace:
        temporary.replace(path)
        return
    # A link is refused where a file has come meanwhile; a rename would replace it. Some file systems have no links.
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        temporary.replace(path)
    else:
        temporary.unlink()
