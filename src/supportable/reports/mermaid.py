"""Texts -> labels of Mermaid flowcharts that show exactly them.

In: any text. Out: a label in double quotes. What one would get wrong: Mermaid reads directives, links, Markdown and HTML in labels, so
everything but letters, digits, spaces and a few marks is written as a character entity (`#34;`), which no grammar of Mermaid sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from supportable.reports.wording import printable

_LONGEST = 1000
_SAFE = re.compile(r"[^\w .,()/:;-]")
COLOURS = {
    "full": "fill:#edf5f0,stroke:#1a6638,color:#1a6638",
    "limited": "fill:#fcf4e6,stroke:#7f4b00,color:#7f4b00",
    "unsupported": "fill:#fbeeee,stroke:#9c2328,color:#9c2328",
    "undecided": "fill:#eef2fa,stroke:#2a4f8f,color:#2a4f8f",
    "silent": "fill:#f3f4f6,stroke:#4f5762,color:#4f5762",
}


def label(lines: Iterable[str]) -> str:
    """Return lines as one label; a line that is very long is cut, and says so.

    >>> label(['a "b"', "100%"])
    '"a #34;b#34;<br/>#8203;100#37;"'
    """
    return '"' + "<br/>".join(_line(one) for one in lines) + '"'


def _line(text: str) -> str:
    """Return a line without anything that means something to Mermaid or Markdown, and not begun as a list."""
    shown = printable(text) if len(text) <= _LONGEST else printable(text[:_LONGEST]) + " ..."
    safe = _SAFE.sub(lambda one: f"#{ord(one.group())};", shown.replace(";", "\0")).replace("#0;", "#59;")
    return safe if safe[:1].isalpha() or safe[:1] == "#" else f"#8203;{safe}"
