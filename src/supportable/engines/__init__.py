"""Engines that judge a whole fleet; each module needs libraries of an extra and is imported only when it is used."""

from supportable.errors import UsageError


def not_installed(what: str, extra: str) -> UsageError:
    """Return the error for an engine whose libraries are not there."""
    return UsageError(f"{what} is not installed", None, f"`pip install 'supportable[{extra}]'`")
