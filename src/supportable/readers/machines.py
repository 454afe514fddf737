"""Texts of Windows evidence -> what may stand in an observation: names of machines and short plain words."""

from __future__ import annotations

import re

from supportable.core.facts import THIS_MACHINE

_NAME = re.compile(r"(?=.*\w)[\w.-]{1,255}")


def machine_name(*candidates: str | None) -> str:
    """Return the first candidate that names a machine; `.` and `localhost` mean the machine the evidence was collected on.

    >>> machine_name(".", "EXN1")
    'EXN1'
    """
    for text in candidates:
        if text is not None and _NAME.fullmatch(text) and text.casefold() != "localhost" and text.strip(".-_"):
            return text
    return THIS_MACHINE


def plain_words(text: str | None) -> str | None:
    """Return `text` on one line if it is short and can be shown, `None` for anything else: blobs, mail addresses, nothing."""
    words = " ".join((text or "").split())
    return words if 0 < len(words) <= 120 and words.isprintable() and "@" not in words else None
