"""Bytes of a text -> its lines, for the readers of what commands print.

In: UTF-8, or UTF-16 with its mark, as PowerShell writes it with `>`. Out: lines without their ends. A zero byte means that it is no text.
"""

from __future__ import annotations

import codecs

from supportable.errors import Place, UnreadableEvidence
from supportable.readers.reader import Evidence

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def plain(data: bytes) -> bytes:
    """Return a text, or the beginning of one, as UTF-8 without a mark.

    >>> plain("\\ufeffOS Name".encode("utf-16-le"))
    b'OS Name'
    """
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def lines_of(evidence: Evidence, again: str) -> list[str]:
    """Return the lines; raise `UnreadableEvidence`, with `again` as its hint, for what is no text."""
    lines = plain(evidence.data).decode("utf-8", "replace").split("\n")
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            raise UnreadableEvidence("it holds bytes that are not text", Place(evidence.name, number), again)
    return [line.removesuffix("\r") for line in lines]
