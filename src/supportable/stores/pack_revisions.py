"""A pack named in words -> the pack: one that ships, a folder, or a folder as a git repository had it.

In: `PACK` or `PACK@REVISION`. Out: `Pack`, without its examples. What one would get wrong: git only gives the files (`git archive`);
nothing of the repository is run or changed.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from supportable.core.clauses import Pack
from supportable.errors import UsageError, nearest
from supportable.stores.packs import load_pack, pack_folders, parse_files


def named_pack(text: str) -> Pack:
    """Return the pack that `text` names; raise `UsageError` or `PackError`."""
    name, at, revision = text.rpartition("@")
    if not at:
        return load_pack(_folder(text), examples=False)
    folder = _folder(name)
    here = load_pack(folder, examples=False)
    return here if revision == here.revision else parse_files(_files(folder, revision, text), folder.name, examples=False)


def _folder(name: str) -> Path:
    path = Path(name)
    if (path / "pack.yaml").is_file():
        return path.resolve()
    shipped = {folder.name: folder for folder in pack_folders()}
    if name not in shipped:
        near = nearest(name, shipped)
        raise UsageError(
            f"`{name}` is not a pack", None, f"did you mean `{near}`?" if near else f"name a folder, or one of {', '.join(shipped)}"
        )
    return shipped[name]


def _files(folder: Path, revision: str, text: str) -> list[tuple[str, bytes]]:
    """Return the files of a pack as they were at a revision of the git repository around its folder."""
    hint = f"a revision is that of the pack itself, or a commit, tag or branch of the git repository around `{folder.name}`"
    if revision.startswith("-"):
        raise UsageError(f"`{revision}` is not a revision", None, hint)
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "archive", "--format=tar", revision, "."],
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise UsageError(f"`{text}` cannot be read: git does not answer", None, hint) from None
    if done.returncode:
        raise UsageError(f"`{text}` cannot be read: git knows no such revision of it", None, hint)
    found: list[tuple[str, bytes]] = []
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive:
            path = Path(member.name)
            parts = path.parts
            belongs = parts == ("pack.yaml",) or (len(parts) == 2 and parts[0] in ("clauses", "matrices") and path.suffix == ".yaml")
            data = archive.extractfile(member) if belongs and member.isfile() else None
            if data is not None:
                found.append((f"{folder.name}/{path.as_posix()}", data.read()))
    if not found:
        raise UsageError(f"`{text}` cannot be read: there was no pack at that revision", None, hint)
    order = ("pack.yaml", "clauses", "matrices")
    return sorted(found, key=lambda one: (order.index(one[0].split("/")[1]), one[0]))
