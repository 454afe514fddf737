"""What everybody does who reads a written tree: ask for a key, check a word, and say what is wrong and where.

In: tables with places and the problems found so far. Out: what is written. What is missing or wrong becomes a problem and
comes back empty, so that reading goes on; whoever asks must not use what they read once there are problems.
"""

from __future__ import annotations

from collections.abc import Iterable

from supportable.core.written import Scalar, Table
from supportable.errors import Place, Problem, nearest


class Problems(list[Problem]):
    """The problems found so far."""

    def say(self, message: str, place: Place, hint: str | None = None) -> None:
        self.append(Problem(message, place, hint))


def near(text: str, candidates: Iterable[str], otherwise: str) -> str:
    """Return a hint: the nearest candidate if there is one, then `otherwise`."""
    found = nearest(text, candidates)
    return f"did you mean `{found}`? {otherwise}" if found else otherwise


def place_of(table: Table, key: str) -> Place:
    """Return where the value of a key stands; where the table stands, if it is not there."""
    return (table.get(key) or table).place


def known_keys(table: Table, keys: Iterable[str], problems: Problems) -> None:
    """Say which keys of the table are none of these."""
    for key, _ in table.pairs:
        if key.text not in keys:
            problems.say(f"unknown key `{key.text}`", key.place, near(key.text, keys, f"keys here: {', '.join(keys)}"))


def needed(table: Table, key: str, problems: Problems, hint: str | None = None) -> Scalar | None:
    """Return the text that a key must have, `None` where it is missing or empty."""
    node = table.get(key)
    if isinstance(node, Scalar) and node.text.strip():
        return node
    problems.say(f"`{key}` is missing or empty", place_of(table, key), hint or f"write `{key}: ...`")
    return None


def one_of(text: str, values: Iterable[str], table: Table, key: str, problems: Problems) -> str:
    """Return the text of a key if it is one of these values, nothing otherwise; where there is no text, that was said before."""
    if text and text not in values:
        problems.say(f"`{text}` is not a value of `{key}`", place_of(table, key), near(text, values, f"one of {', '.join(values)}"))
        return ""
    return text
