"""Members of a bundle -> a tar, a zip or a folder that is written whole or not at all.

In: names and bytes, and the place. Out: the place with everything in it, which only its owner can read. Nothing that is there is replaced:
a bundle is evidence.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import time
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from supportable.errors import SupportableError, UsageError
from supportable.stores.packets import check_places, save_files

Members = Sequence[tuple[str, bytes]]
_ENDINGS = {".tar.gz": "tar", ".tgz": "tar", ".zip": "zip"}


def form_of(place: str) -> str:
    """Return what a place is to become: `tar`, `zip` or `folder`; raise `UsageError` for an ending that says none of them.

    >>> form_of("a.tar.gz"), form_of("evidence/")
    ('tar', 'folder')
    """
    if place.endswith("/") or Path(place).is_dir():
        return "folder"
    for ending, form in _ENDINGS.items():
        if place.lower().endswith(ending):
            return form
    raise UsageError(f"what `{place}` is to be is not clear from its ending", None, "end it with .tar.gz or .zip, or with / for a folder")


def check_place(place: str) -> None:
    """Refuse a place where a bundle cannot or must not be written, before anything is collected."""
    path = Path(place)
    if form_of(place) != "folder":
        check_places([path], replace=False)
    elif path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"`{place}` is there already and not empty", None, "name another folder")
    elif not path.absolute().parent.is_dir():
        raise UsageError(f"`{path.parent}` is not a folder that is there", None, "make the folder first, or name another place")


def save_bundle(place: str, members: Members, folder: str, when: float) -> None:
    """Write a bundle, an archive with everything below `folder`; raise `SupportableError` when it cannot be, and then nothing is there."""
    form = form_of(place)
    check_place(place)
    if form == "folder":
        _save_folder(Path(place), members)
        return
    inside = [(f"{folder}/{name}", data) for name, data in members]
    save_files([(Path(place), _tar(inside, when) if form == "tar" else _zip(inside, when))])


def _tar(members: Members, when: float) -> bytes:
    made = BytesIO()
    with (
        gzip.GzipFile("", "wb", fileobj=made, mtime=when) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), int(when), 0o600
            tar.addfile(info, BytesIO(data))
    return made.getvalue()


def _zip(members: Members, when: float) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as file:
        for name, data in members:
            info = ZipInfo(name, time.gmtime(max(when, 315_532_800))[:6])
            info.create_system, info.external_attr, info.compress_type = 3, 0o600 << 16, ZIP_DEFLATED
            file.writestr(info, data)
    return made.getvalue()


def _save_folder(path: Path, members: Members) -> None:
    """Write beside the place first; the folder appears with everything in it."""
    beside = path.absolute().with_name(f".{path.absolute().name}.{os.getpid()}")
    try:
        beside.mkdir(0o700)
        for name, data in members:
            file = beside / name
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(opened.fileno())
        # A rename takes the place of an empty folder, and of nothing else.
        beside.rename(path)
    except BaseException as error:
        with suppress(OSError):
            shutil.rmtree(beside)
        if isinstance(error, OSError):
            why = (error.strerror or str(error)).lower()
            raise SupportableError(f"`{path}` cannot be written: {why}", None, "nothing was written there") from None
        raise
