"""Options of a Pacemaker cluster as commands print them -> observations, for the readers of these commands.

In: the options that are set, each with its text and source, and whether they are all. Out: what they say. One that is not set is
`ABSENT`, not the default, and only among all of them: defaults differ by version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from supportable.core.facts import ABSENT, Observation, Source
from supportable.readers.pacemaker_words import boolean, value

# Both spellings since ClusterLabs/pacemaker a4f6331d6b (2025-09-05).
_OPTIONS = {
    "cluster.fencing_enabled": ("stonith-enabled", "fencing-enabled"),
    "cluster.no_quorum_policy": ("no-quorum-policy",),
    "cluster.maintenance_mode": ("maintenance-mode",),
}
# The cluster writes these itself; without them there is still a name, a stack and a version.
_WRITTEN_BY_THE_CLUSTER = {
    "cluster.name": ("cluster-name",),
    "cluster.stack": ("cluster-infrastructure",),
    "cluster.version": ("dc-version",),
    "cluster.sbd": ("have-watchdog",),
}

Given = Mapping[str, tuple[str, Source]]
"""Option -> the text it is set to, and where."""


def configured(given: Given, listed: Source, *, whole: bool) -> Iterator[Observation]:
    """Yield what the options say; `listed` is where they stand, for what is not among them."""
    for field, options in {**_OPTIONS, **_WRITTEN_BY_THE_CLUSTER}.items():
        for option in options:
            found = value(field, given[option][0]) if option in given else None
            if found is not None:
                yield Observation(field, found, given[option][1])
        if field in _OPTIONS and whole and not any(option in given for option in options):
            yield Observation(field, ABSENT, listed._replace(place=f"no property {' or '.join(options)}"))
    # The watchdog fences by itself with SBD in use and a timeout that is set and not zero (pacemaker eaa71db837).
    watchdog, timeout = given.get("have-watchdog"), given.get("stonith-watchdog-timeout") or given.get("fencing-watchdog-timeout")
    if watchdog is not None and boolean(watchdog[0]) is False:
        yield Observation("cluster.watchdog_fencing", False, watchdog[1])
    elif watchdog is not None and boolean(watchdog[0]) is True and timeout is not None:
        seconds = re.match(r"[+-]?[0-9]{1,9}", timeout[0])
        if seconds is not None:
            yield Observation("cluster.watchdog_fencing", int(seconds[0]) != 0, timeout[1])
