"""The use case of looking after an installation: what is installed, which packs and readers there are, and what is missing."""

from __future__ import annotations

from pathlib import Path

from supportable.errors import PackError
from supportable.readers import READERS, open_reader
from supportable.stores import packs as pack_store


def doctor(cache: Path | None) -> tuple[str, bool]:
    """Return what is installed and works, and whether the core does."""
    import platform
    import sys
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    lines = [f"supportable {version('supportable')}, Python {platform.python_version()} on {sys.platform}", "", "Core"]
    well = True
    for package in ("PyYAML", "Jinja2"):
        try:
            lines.append(f"  {package} {version(package)}")
        except PackageNotFoundError:
            lines.append(f"  {package}: missing; `pip install {package}`")
            well = False
    import yaml

    lines.append(f"  YAML reader: {'C' if hasattr(yaml, 'CLoader') else 'Python (slower: PyYAML was built without libyaml)'}")
    lines += ["", "Packs"]
    for folder in pack_store.pack_folders():
        try:
            pack = pack_store.load_pack(folder)
            lines.append(f"  {pack.id}: {len(pack.clauses)} clauses of {len(pack.documents)} documents")
        except PackError as error:
            lines += [f"  {folder.name}: {len(error.problems)} problems; `supportable policy lint` shows them"]
            well = False
    lines += ["", "Readers", *(f"  {open_reader(module).READER.name}: {open_reader(module).READER.reads}" for module in READERS)]
    lines += ["", "Extras"]
    for extra, modules, use in (
        ("fleet", ("duckdb", "pyarrow", "numpy"), "`supportable fleet`"),
        ("spark", ("pyspark", "grpc"), "`supportable fleet check --engine spark` (`--remote` alone needs no Java)"),
        ("server", ("psycopg",), "cases in PostgreSQL: `supportable case ... --store postgresql://...`"),
        ("plan", ("pysat",), "`supportable plan`: plans that the search takes long for are proven by a solver"),
    ):
        missing = [module for module in modules if find_spec(module) is None]
        state = "libraries installed" if not missing else f"not installed ({', '.join(missing)}); `pip install supportable[{extra}]`"
        lines.append(f"  {extra}: {state}; {use}")
    kept = "kept in the folder that SUPPORTABLE_CACHE names, or the user's cache folder" if cache else "made anew each time"
    lines += ["", "Cache", f"  {'on' if cache else 'off'}: compiled packs are {kept}"]
    return "\n".join(lines) + "\n", well
