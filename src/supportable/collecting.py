"""The use case of collecting: a machine in, one bundle with a manifest out.

In: where the bundle is to be, what the environment says, the moment. Out: the manifest, and whether a cluster service was found. Everything
is asked before anything is written, so a collection that is stopped leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from supportable.collectors.fetching import Fetched, around, fetch
from supportable.collectors.linux import ITEMS, Item
from supportable.core.collected import MANIFEST, Asked, Manifest, written
from supportable.stores.collected_bundles import check_place, save_bundle


class Collection(NamedTuple):
    """What was collected, where the bundle is, and whether anything in it shows a cluster service."""

    manifest: Manifest
    place: str
    cluster: bool


def collect(
    place: str,
    host: str,
    when: float,
    stamp: str,
    environment: Mapping[str, str],
    limit_s: float | None = None,
    told: Callable[[str], None] = lambda _: None,
    items: Sequence[Item] = ITEMS,
    root: Path = Path("/"),
) -> Collection:
    """Ask this machine everything in the table and write the bundle to `place`; `when` and `stamp` are the same moment."""
    check_place(place)
    found = list(fetch(items, around(environment, limit_s, root), lambda: False, told))
    manifest = Manifest(
        f"supportable {version('supportable')}", "linux", host, _node(found) or host, stamp, tuple(one.entry for one in found)
    )
    members = [(one.entry.name, one.data) for one in found if one.data is not None]
    save_bundle(place, [(MANIFEST, written(manifest).encode()), *members], host, when)
    return Collection(manifest, place, any(one.cluster and one.data is not None for one in found))


def _node(found: Sequence[Fetched]) -> str:
    """Return what the cluster calls this machine, `""` where it did not say."""
    told = next((one.data for one in found if one.entry.name == "commands/crm_node.txt" and one.data is not None), b"")
    return told.decode("utf-8", "replace").strip().partition("\n")[0]


def asked(items: Sequence[Item] = ITEMS) -> tuple[Asked, ...]:
    """Return the table of what is collected."""
    return tuple(Asked(item.ways[0].name, tuple(way.how for way in item.ways), item.why, item.serves, item.limit_s) for item in items)


def report(collection: Collection, form: str, width: int, is_root: bool) -> str:
    """Return what was collected and what was not, as text or JSON."""
    from supportable.reports import collection as reports

    if form == "json":
        return reports.render_json(collection.manifest, collection.place)
    return reports.render(collection.manifest, collection.place, collection.cluster, is_root, width)


def table(form: str, width: int) -> str:
    """Return the table of what is collected, as text or JSON."""
    from supportable.reports import collection as reports

    return reports.render_table_json(asked()) if form == "json" else reports.render_table(asked(), width)


def windows_script() -> str:
    """Return the PowerShell script that collects on Windows."""
    return files("supportable.collectors").joinpath("windows.ps1").read_text(encoding="utf-8")
