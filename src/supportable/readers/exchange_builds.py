"""Exchange version numbers -> release, cumulative update, service pack, as far as a source says.

In: four numbers (`15.1.2375.7`, `15.01.2375.007`, `Version 15.1 (Build 2375.7)`). A build from 30000 on is how the
directory stores a serial number (`Version 15.1 (Build 31531.3)` is build 1531.3) and is not taken for a version here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_DOTTED = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,5})\.([0-9]{1,5})")
_DISPLAYED = re.compile(r"Version ([0-9]{1,3})\.([0-9]{1,3}) \(Build ([0-9]{1,5})\.([0-9]{1,5})\)")
_SERIAL_NUMBERS_FROM = 30000

# microsoft/CSS-Exchange, Health Checker build tables, 2026-04-02 (2013 and later).
_SUBSCRIPTION_EDITION_FROM = 2562
_MINORS_OF_15 = {0: "2013", 1: "2016", 2: "2019"}
# endoflife.date, products/msexchange.md: latest builds 14.3.513.0 (2010) and 8.3.517.0 (2007).
_MAJORS = {14: "2010", 8: "2007"}
# The same two rows name service pack 3; no source here names the minor numbers of the others.
_SERVICE_PACKS = {(14, 3): 3, (8, 3): 3}
# Security updates raise only the last number, so the first three name the cumulative update (Health Checker build tables).
_CUMULATIVE_UPDATES = {
    (15, 2, 1748): 15,
    (15, 2, 1544): 14,
    (15, 2, 1258): 13,
    (15, 2, 1118): 12,
    (15, 1, 2507): 23,
    (15, 0, 1497): 23,
}


class ExchangeBuild(NamedTuple):
    """One version of Exchange; `str` writes it without leading zeros."""

    major: int
    minor: int
    build: int
    revision: int

    def __str__(self) -> str:
        return ".".join(map(str, self))

    @property
    def release(self) -> str | None:
        """The value of `workload.release`, `None` if no source places this version."""
        if self.major != 15:
            return _MAJORS.get(self.major)
        if self.minor == 2 and self.build >= _SUBSCRIPTION_EDITION_FROM:
            return "subscription-edition"
        return _MINORS_OF_15.get(self.minor)

    @property
    def cumulative_update(self) -> int | None:
        return _CUMULATIVE_UPDATES.get(self[:3])

    @property
    def service_pack(self) -> int | None:
        return _SERVICE_PACKS.get(self[:2])


def exchange_build(text: str) -> ExchangeBuild | None:
    """Return the version that `text` writes, `None` if it writes none.

    >>> str(exchange_build("15.01.2375.007"))
    '15.1.2375.7'
    >>> exchange_build("Version 15.2 (Build 858.5)").release
    '2019'
    >>> exchange_build("Version 15.1 (Build 31531.3)") is None
    True
    """
    found = _DOTTED.fullmatch(text.strip()) or _DISPLAYED.fullmatch(text.strip())
    if found is None:
        return None
    made = ExchangeBuild(*map(int, found.groups()))
    return None if made.build >= _SERIAL_NUMBERS_FROM else made
