"""The files of a pack as one content, so that a case can be run by the very policy it was opened under.

In: a pack folder. Out: bytes that are the same on every machine for the same files; and the pack again.
"""

from __future__ import annotations

import json
from pathlib import Path

from supportable.core.clauses import Pack
from supportable.errors import StoreError
from supportable.stores.packs import parse_files, read_files

_FORM = "supportable/pack/1"


def copy_pack(folder: Path) -> bytes:
    """Return the files of a pack as one content."""
    files = [[name, data.decode("utf-8", "surrogateescape")] for name, data in read_files(folder)]
    return json.dumps([_FORM, folder.name, files], ensure_ascii=True, separators=(",", ":")).encode()


def load_copy(data: bytes) -> Pack:
    """Return the pack that `copy_pack` made these bytes of."""
    try:
        form, name, files = json.loads(data)
        known = [(str(file), str(text).encode("utf-8", "surrogateescape")) for file, text in files] if form == _FORM else None
    except ValueError:
        known = None
    if known is None:
        raise StoreError("the policy that this case was opened under is kept in a form that this version does not know")
    return parse_files(known, name, examples=False)
