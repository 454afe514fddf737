"""Texts of Pacemaker evidence -> values that their field allows.

In: what a CIB or `crm_mon` wrote. Out: a value, `None` for a text that is not one. The version that Pacemaker writes
ends with the revision it was built from (`1.1.16-12.el7_4.2-94ff4df`), which is not part of the order of versions.
"""

from __future__ import annotations

import re

from supportable.core.facts import Value
from supportable.core.fields import FIELDS
from supportable.readers.machines import plain_words

# Pacemaker Explained, "Configuration Value Types": boolean.
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "no", "n", "off"), False),
}
# Pacemaker 1.1, lib/cluster/cluster.c, name_for_cluster_type().
_STACKS = {"classic openais (with plugin)": "openais"}
_PACKAGE = r"(\d[\w.+~]{0,80}(?:-[\w.+~]{1,80})?)"
# The revision is a hash, `node: ` and a hash (before 1.0), or the version of the source once more (SUSE).
_BUILT = re.compile(rf"{_PACKAGE}-(?:node:|[0-9a-f]{{7,40}}|\d[\w.]{{0,60}}\+[\w.+~]{{1,80}})(?: .*)?", re.ASCII)
_PLAIN = re.compile(_PACKAGE, re.ASCII)
# Before 1.0 the revision was written like this. Pacemaker began with 0.6.0, "formerly part of Heartbeat" (its ChangeLog, 2008-01-14), so
# a 2.1.3 written like this is the version of Heartbeat, fifteen years before Pacemaker's own 2.1.3.
_BY_HEARTBEAT = re.compile(r"[2-9]\.\S*(?:-node: .*| tip)", re.ASCII)


def boolean(text: str | None) -> bool | None:
    """Return what Pacemaker takes this text for; `None` for a text that it refuses.

    >>> boolean("Yes"), boolean("0"), boolean("maybe")
    (True, False, None)
    """
    return _BOOLEANS.get((text or "").strip().lower())


def version(text: str | None) -> str | None:
    """Return the version of the package without the revision it was built from; `None` where it is not Pacemaker's.

    >>> version("1.1.16-12.el7_4.2-94ff4df"), version("1.1.10-368c726")
    ('1.1.16-12.el7_4.2', '1.1.10')
    >>> version("2.0.1+20190304.9e909a5bd-1.4-2.0.1+20190304.9e909a5bd")
    '2.0.1+20190304.9e909a5bd-1.4'
    """
    written = (text or "").strip()[:300]
    found = _BUILT.fullmatch(written) or _PLAIN.fullmatch(written)
    return found[1] if found and not _BY_HEARTBEAT.fullmatch(written) else None


def value(field: str, text: str | None) -> Value | None:
    """Return the value of `field` that this text writes."""
    if field == "cluster.version":
        return version(text)
    if FIELDS[field].kind == "boolean":
        return boolean(text)
    if FIELDS[field].kind == "text":
        return plain_words(text)
    name = _STACKS.get(text or "", text)
    return name if name in FIELDS[field].values else None
