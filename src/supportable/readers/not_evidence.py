"""What people hand over beside evidence, known by its beginning -> the sentence that says what it is and what to do with it.

In: a file that no reader knows. Out: why it gives no facts, or nothing. What one would get wrong: these are not readers. A file that
only looks like one of these is told in vain, and nothing else follows from it.
"""

from __future__ import annotations

import re

from supportable.readers.reader import Evidence

# The front matter of a product file, the answer of the API, and that of the older API (the project's documentation of both).
_DATES = (
    re.compile(rb"\A---\r?\n(?:.*\n){1,120}?releases:\r?\n(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*- releaseCycle:"),
    re.compile(rb'\A\s*\{\s*"schema_version"\s*:[^{}]{0,200}"result"\s*:\s*\{'),
    re.compile(rb'\A\s*\[\s*\{[^{}]{0,400}"eol"\s*:'),
)


def not_evidence(evidence: Evidence) -> str | None:
    """Return why this file is no evidence, `None` for one that is not known either.

    >>> not_evidence(Evidence("a.md", b"---\\ntitle: A\\nreleases:\\n  - releaseCycle: '1'\\n")).partition(":")[0]
    "it tells dates of a product's releases and nothing of a machine"
    """
    if any(one.search(evidence.head) for one in _DATES):
        return "it tells dates of a product's releases and nothing of a machine: `supportable policy import-dates` reads it"
    return None
