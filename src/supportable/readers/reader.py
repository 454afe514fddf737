"""What every reader is: a format it recognises by content, and a function from bytes to observations.

A reader reports what the evidence says, never what it means for support. It knows no policy and no other reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from supportable.core.facts import Collected, Listed, Observation
from supportable.core.waivers import Waiver

Found = Observation | Listed | Waiver | Collected
"""What a reader may find: facts, exceptions that an issuer granted in writing, and what the manifest of a bundle says."""


class Evidence(NamedTuple):
    """One file somebody collected: its name as the user knows it (never an absolute path) and its bytes."""

    name: str
    data: bytes

    @property
    def head(self) -> bytes:
        """The first 8 KiB, enough to recognise a format by content."""
        return self.data[:8192]


class Reader(NamedTuple):
    """One format.

    `recognises` looks at content only and must be cheap; `read` yields what it finds and raises `UnreadableEvidence`
    with a line when the file is damaged. What it yielded before it raised still counts.
    """

    name: str
    reads: str
    recognises: Callable[[Evidence], bool]
    read: Callable[[Evidence], Iterable[Found]]
