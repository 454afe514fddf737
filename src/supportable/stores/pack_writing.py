"""Writes the folder of a pack whole or not at all.

In: files by name. Out: the folder. What one would get wrong: a folder that is there is replaced only where the caller says that it may be.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from supportable.errors import SupportableError, UsageError


def write_folder(folder: Path, files: Mapping[str, str], replace: bool = False) -> None:
    """Write the files into a new folder; with `replace`, in place of the one that is there."""
    if not replace and (folder.exists() or folder.is_symlink()):
        raise UsageError(f"`{folder}` is there already", None, "name a folder that does not exist; nothing is ever overwritten")
    fresh, old = (folder.with_name(f".{folder.name}.{word}.{os.getpid()}") for word in ("new", "old"))
    try:
        for name, text in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except OSError as error:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise SupportableError(
            f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}", None, "nothing was changed"
        ) from None
    finally:
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)
