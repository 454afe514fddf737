"""The manifest of a bundle that `collect` made: what was gathered, how, and what was not; values <-> JSON.

In: items, or the bytes of a manifest. Out: JSON, or a `Manifest`. The hashes show what changed by accident or by an editor; whoever can
change a file can write a new manifest, so they prove nothing against somebody who wants to deceive.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

SCHEMA = "supportable/collected/1"
MANIFEST = "MANIFEST.json"
OUTCOMES = ("collected", "not-here", "failed", "timed-out", "not-permitted", "too-large")
"""How gathering one item can end; all but the first leave no file in the bundle."""


class Asked(NamedTuple):
    """One item of the table of what is collected: what it is for, the fields it serves, the ways to get it and the limit of each."""

    name: str
    ways: tuple[str, ...]
    why: str
    serves: tuple[str, ...]
    limit_s: int


class Gathered(NamedTuple):
    """One item of a bundle: its file, where it came from, how that ended, and what is in the bundle of it."""

    name: str
    how: str
    outcome: str
    reason: str = ""
    exit_code: int | None = None
    seconds: float = 0.0
    size: int = 0
    sha256: str = ""
    redacted: int = 0


class Manifest(NamedTuple):
    """Who made a bundle, when and where; `node` is what the cluster calls the machine, or its host name."""

    tool: str
    system: str
    host: str
    node: str
    when: str
    items: tuple[Gathered, ...] = ()

    @property
    def kept(self) -> tuple[Gathered, ...]:
        """The items whose file is in the bundle."""
        return tuple(one for one in self.items if one.outcome == "collected")

    def ended(self, *outcomes: str) -> tuple[Gathered, ...]:
        """Return the items that ended in one of these ways."""
        return tuple(one for one in self.items if one.outcome in outcomes)


def plain(manifest: Manifest) -> dict[str, Any]:
    """Return a manifest as plain values, in the order in which they are written."""
    head = {"schema": SCHEMA, **{name: getattr(manifest, name) for name in ("tool", "system", "host", "node", "when")}}
    items = [
        {
            "name": one.name,
            "how": one.how,
            "outcome": one.outcome,
            "reason": one.reason,
            "exit_code": one.exit_code,
            "seconds": one.seconds,
            "bytes": one.size,
            "sha256": one.sha256,
            "redacted": one.redacted,
        }
        for one in manifest.items
    ]
    return {**head, "items": items}


def written(manifest: Manifest) -> str:
    """Return a manifest as JSON."""
    return json.dumps(plain(manifest), indent=1, ensure_ascii=False) + "\n"


def parse_manifest(data: bytes) -> Manifest:
    """Return the manifest that these bytes write; raise `ValueError` with a sentence (`json.JSONDecodeError` knows the line).

    PowerShell writes a mark before the first brace, and a list of one item as that item.
    """
    tree = json.loads(data.decode("utf-8-sig"))
    if not isinstance(tree, dict) or tree.get("schema") != SCHEMA:
        raise ValueError(f"its schema is not `{SCHEMA}`")
    tool, system, host, node, when = (_text(tree, name) for name in ("tool", "system", "host", "node", "when"))
    listed = tree.get("items", [])
    items = tuple(_item(one) for one in (listed if isinstance(listed, list) else [listed]))
    names = [one.name for one in items if one.outcome == "collected"]
    if len(set(names)) < len(names):
        raise ValueError("it names a file twice")
    return Manifest(tool, system, host, node, when, items)


def _item(tree: Any) -> Gathered:
    if not isinstance(tree, dict):
        raise ValueError("one of its items is not an object")
    name, outcome, digest = _text(tree, "name"), _text(tree, "outcome"), _text(tree, "sha256").lower()
    if outcome not in OUTCOMES:
        raise ValueError(f"`{outcome[:40]}` is not an outcome")
    if outcome == "collected" and not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError(f"the hash of `{name[:100]}` is none")
    code = tree.get("exit_code")
    return Gathered(
        name.replace("\\", "/"),
        _text(tree, "how"),
        outcome,
        _text(tree, "reason"),
        code if isinstance(code, int) else None,
        float(_number(tree, "seconds")),
        int(_number(tree, "bytes")),
        digest,
        int(_number(tree, "redacted")),
    )


def _text(tree: dict[str, Any], name: str) -> str:
    value = tree.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"its `{name}` is not a text")
    return value


def _number(tree: dict[str, Any], name: str) -> float:
    value = tree.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise ValueError(f"its `{name}` is not a number")
    return value


def lacking(file: str, manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return what a bundle lacks as (file, reason): each item that could not be gathered, and in one line what is not on the machine."""
    folder = file.rpartition("/")[0]
    inside = f"{folder}/" if folder else ""
    found = [
        (f"{inside}{one.name}", f"not collected: {one.reason or one.outcome}") for one in manifest.items if one.outcome not in OUTCOMES[:2]
    ]
    absent = list(dict.fromkeys(one.how for one in manifest.ended("not-here")))
    if absent:
        found.append((file, f"not on the machine, so not collected: {', '.join(absent)}"))
    return tuple(found)
