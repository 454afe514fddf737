"""Exchange version numbers -> release, service pack, update rollup, cumulative update, as far as a source says.

In: four numbers (`15.1.2375.7`, `15.01.2375.007`, `Version 15.1 (Build 2375.7)`). A build that no table names gives a release but
no update: the next update is never taken for the last. A build from 30000 on is how the directory stores a serial number
(`Version 15.1 (Build 31531.3)` is build 1531.3) and is not taken for a version here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_DOTTED = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,5})\.([0-9]{1,5})")
_DISPLAYED = re.compile(r"Version ([0-9]{1,3})\.([0-9]{1,3}) \(Build ([0-9]{1,5})\.([0-9]{1,5})\)")
_SERIAL_NUMBERS_FROM = 30000

# microsoft/CSS-Exchange, Get-ExchangeBuildVersionInformation.ps1, commit 01bad118: 2013 and later.
_SUBSCRIPTION_EDITION_FROM = 2562
_RELEASES = {
    (15, 2): "2019",
    (15, 1): "2016",
    (15, 0): "2013",
    # microsoft/Get-ExchangeBuildNumber, ExchangeBuildNumbers.csv, commit 11025528: 2007 and 2010.
    **{(14, minor): "2010" for minor in range(4)},
    **{(8, minor): "2007" for minor in range(4)},
    # endoflife.date, products/msexchange.md.
    (6, 5): "2003",
    (6, 0): "2000",
}
# The third number of the release itself and of its cumulative updates 1, 2, ...; security updates raise only the fourth. From the
# same table of CSS-Exchange, which names cumulative updates; the releases themselves are from ExchangeBuildNumbers.csv. Number 4 of
# 2013 is the one that is called Service Pack 1.
_CUMULATIVE_UPDATES = {
    "2013": (
        516, 620, 712, 775, 847, 913, 995, 1044, 1076, 1104, 1130, 1156, 1178, 1210, 1236, 1263, 1293, 1320, 1347, 1365,
        1367, 1395, 1473, 1497,
    ),
    "2016": (
        225, 396, 466, 544, 669, 845, 1034, 1261, 1415, 1466, 1531, 1591, 1713, 1779, 1847, 1913, 1979, 2044, 2106, 2176,
        2242, 2308, 2375, 2507,
    ),
    "2019": (221, 330, 397, 464, 529, 595, 659, 721, 792, 858, 922, 986, 1118, 1258, 1544, 1748),
    "subscription-edition": (2562,),
}  # fmt: skip
# A preview shares its third number with the release (ExchangeBuildNumbers.csv).
_PREVIEWS = {(15, 1, 225, 16)}
# The third number of update rollups 1, 2, ... of each service pack, re-released ones once (ExchangeBuildNumbers.csv).
_UPDATE_ROLLUPS = {
    (8, 0): (708, 711, 730, 744, 754, 783, 813),
    (8, 1): (263, 278, 291, 311, 336, 340, 359, 375, 393, 436),
    (8, 2): (217, 234, 247, 254, 305),
    (8, 3): (
        106, 137, 159, 192, 213, 245, 264, 279, 297, 298, 327, 342, 348, 379, 389, 406, 417, 445, 459, 468, 485, 502, 517,
    ),
    (14, 0): (682, 689, 694, 702, 726),
    (14, 1): (255, 270, 289, 323, 339, 355, 421, 438),
    (14, 2): (283, 298, 309, 318, 328, 342, 375, 390),
    (14, 3): (
        146, 158, 169, 174, 181, 195, 210, 224, 235, 248, 266, 279, 294, 301, 319, 339, 352, 361, 382, 389, 399, 411, 417, 419,
        435, 442, 452, 461, 468, 496, 509, 513,
    ),
}  # fmt: skip
# endoflife.date names the last builds of 2003 SP2 and 2000 SP3 and no others.
_SERVICE_PACKS_OF_6 = {(6, 5, 7654): 2, (6, 0, 6620): 3}


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
        if self[:2] == (15, 2) and self.build >= _SUBSCRIPTION_EDITION_FROM:
            return "subscription-edition"
        return _RELEASES.get(self[:2])

    @property
    def cumulative_update(self) -> int | None:
        """The cumulative update, 0 for the release itself; `None` for a build that no source names."""
        known = _CUMULATIVE_UPDATES.get(self.release or "", ())
        return known.index(self.build) if self.build in known and self not in _PREVIEWS else None

    @property
    def service_pack(self) -> int | None:
        """The service pack of 2010 and before; cumulative updates took its place."""
        return self.minor if self[:2] in _UPDATE_ROLLUPS else _SERVICE_PACKS_OF_6.get(self[:3])

    @property
    def update_rollup(self) -> int | None:
        """The update rollup of 2007 and 2010; `None` for the build of a service pack, which may hide rollups put on later."""
        known = _UPDATE_ROLLUPS.get(self[:2], ())
        return known.index(self.build) + 1 if self.build in known else None


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
