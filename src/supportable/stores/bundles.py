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
    name = shown(_basename(path))
    where = os.fspath(path)
    try:
        status = os.stat(where)  # noqa: PTH116  # pathlib would wrap the same call
        if stat.S_ISDIR(status.st_mode):
            members = _directory(where, name, Quota(), 0)
        elif stat.S_ISREG(status.st_mode):
            members = _file(_opened(where, status, _FLAGS), name, Quota())
        else:
            raise UsageError(f"`{shown(where)}` is {_special(status.st_mode)}", hint="save what it delivers to a file and name that file")
        yield from members
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise UsageError(f"there is no file or directory `{shown(where)}`", hint="check the path for a typing mistake") from error
    except Refused as refused:
        raise EvidenceError(f"`{shown(where)}` was not read: {refused}", hint="name it again") from refused
    except OSError as error:
        hint = "ask its owner for the right to read it" if isinstance(error, PermissionError) else None
        raise EvidenceError(f"`{shown(where)}` {_cannot(error)}", hint=hint) from error
