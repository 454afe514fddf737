"""How versions compare: runs of digits as numbers, runs of letters as text, part by part.

`15.01.2375.007` equals `15.1.2375.7`; `1.1.16-12.el7` is before `1.1.16-13.el7`. A text without any digit is not a
version; comparing it is UNKNOWN, never a guess.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARTS = re.compile(r"[0-9]+|[A-Za-z]+")

VersionKey = tuple[tuple[int, int, str], ...]


@lru_cache(maxsize=4096)
def version_key(text: str) -> VersionKey | None:
    """Return a key that orders versions, or `None` if `text` is not a version.

    Letters sort before digits in the same place (`2.0.rc1` before `2.0.1`), and a missing part is 0.

    >>> version_key("15.01.2375.007") == version_key("15.1.2375.7")
    True
    >>> version_key("4.8") < version_key("4.8.1")
    True
    >>> version_key("unknown") is None
    True
    """
    parts = _PARTS.findall(text)
    if not any(part.isdigit() for part in parts) or len(text) > 200:
        return None
    key = [(1, int(part), "") if part.isdigit() else (0, 0, part.lower()) for part in parts]
    while key and key[-1] == (1, 0, ""):
        key.pop()
    return tuple(key)
