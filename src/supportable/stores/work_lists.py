"""The work lists of a pack: `sentences/DOCUMENT.txt` beside its clauses -> the sentences that its author goes through.

In: the folder of a pack. Out: lists by document. A pack without such lists has none; they are no part of what a pack means.
"""

from __future__ import annotations

from pathlib import Path

from supportable.core.starting import Listed, parse_work_list
from supportable.errors import SupportableError


def load_work_lists(folder: Path) -> dict[str, list[Listed]]:
    """Return the work lists of a pack by the document that each is of."""
    try:
        return {path.stem: parse_work_list(path.read_bytes().decode("utf-8", "replace")) for path in sorted(folder.glob("sentences/*.txt"))}
    except OSError as error:
        raise SupportableError(
            f"`{error.filename}` cannot be read: {(error.strerror or str(error)).lower()}", None, "mend it or remove it"
        ) from None
