"""Files with life cycles -> trees with places; and the folder of the pack made from them, written whole or not at all.

In: a product file of endoflife.date (Markdown with YAML front matter), or an answer of its API (JSON). Out: the tree, in which a line is a
line of the file. Only the front matter is read: what stands below it is prose.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from supportable.core.reading_trees import Problems
from supportable.core.written import Node
from supportable.errors import Place, Problem, UsageError
from supportable.marked import read_marked
from supportable.stores.pack_writing import write_folder

SIZE_MAX = 8 * 2**20
_IMPORTED = "# Made by `supportable policy import-"


def read_tree(path: Path, problems: Problems) -> Node | None:
    """Return the tree of one file; what is wrong with it goes into `problems`."""
    try:
        if path.stat().st_size > SIZE_MAX:
            raise UsageError(f"`{path}` is larger than {SIZE_MAX >> 20} MiB", None, "name the file of one product")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}", None, "name a file") from None
    if data.lstrip()[:1] not in (b"{", b"["):
        front = _front_matter(data)
        if front is None:
            problems.say(
                "there is no YAML front matter", Place(path.name, 1), "a product file starts with a line `---` and has a second one"
            )
            return None
        data = front
    tree, found = read_marked(data, path.name)
    problems.extend(found)
    if tree is None and not found:
        problems.append(Problem("the file is empty", Place(path.name), "give a file of `products/`, or an answer of the API as JSON"))
    return tree


def _front_matter(data: bytes) -> bytes | None:
    """Return the part between the first two lines `---`, with an empty line for the first, so that lines keep their numbers."""
    lines = data.removeprefix(b"\xef\xbb\xbf").splitlines()
    if not lines or lines[0].rstrip() != b"---":
        return None
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == b"---"), None)
    return b"\n" + b"\n".join(lines[1:end]) + b"\n" if end is not None else None


def save_pack(folder: Path, files: Mapping[str, str]) -> None:
    """Write the folder of a pack whole or not at all; a pack that was imported before is replaced, anything else is not touched."""
    if folder.exists() and not _is_imported(folder):
        raise UsageError(f"`{folder}` is there, and is no pack that was imported", None, "name a folder that does not exist")
    write_folder(folder, files, replace=True)


def _is_imported(folder: Path) -> bool:
    try:
        return (folder / "pack.yaml").read_text(encoding="utf-8").startswith(_IMPORTED)
    except (OSError, UnicodeDecodeError):
        return False
