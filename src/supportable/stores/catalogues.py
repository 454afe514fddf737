"""Files of catalogues and their mappings -> trees, and rows with the line each stands in.

In: CSV with a header, or JSON (a list of flat objects). Out: rows by column name. Everything is a text here; the mapping says
what it means.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from supportable.core.catalogues import Written, rows_of_tree
from supportable.core.reading_trees import Problems
from supportable.core.written import Node
from supportable.errors import Place, UsageError
from supportable.marked import read_marked

SIZE_MAX = 64 * 2**20


def read_mapping(path: Path, problems: Problems) -> Node | None:
    """Return the tree of a mapping of a catalogue; what is wrong with it goes into `problems`."""
    tree, found = read_marked(_bytes(path), path.name)
    problems.extend(found)
    if tree is None and not found:
        problems.say("the file is empty", Place(path.name), "write the mapping of the catalogue")
    return tree


def read_rows(path: Path, problems: Problems) -> list[Written]:
    """Return the rows of a catalogue; what is wrong with it goes into `problems`."""
    data = _bytes(path)
    if data.lstrip()[:1] in (b"[", b"{"):
        tree, found = read_marked(data, path.name)
        problems.extend(found)
        return rows_of_tree(tree, problems) if tree is not None else []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.say("the file is not UTF-8 text", Place(path.name, line), "save it as UTF-8")
        return []
    return _csv_rows(text, path.name, problems)


def _csv_rows(text: str, name: str, problems: Problems) -> list[Written]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    rows: list[Written] = []
    header: list[str] = []
    try:
        for cells in reader:
            place = Place(name, reader.line_num)
            if not header:
                header = [one.strip() for one in cells]
                if len(set(header)) < len(header):
                    problems.say("two columns have the same name", place, "give each column its own name")
                    return []
            elif any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    problems.say(f"the row has {len(cells)} cells, the header {len(header)}", place, "quote cells that hold the delimiter")
                else:
                    rows.append(Written(dict(zip(header, cells, strict=True)), place))
    except csv.Error as error:
        problems.say(f"the file is not CSV: {error}", Place(name, reader.line_num), "quote cells that hold quotes or line breaks")
    return rows


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > SIZE_MAX:
            raise UsageError(f"`{path}` is larger than {SIZE_MAX >> 20} MiB", None, "import the part that concerns the deployment")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}", None, "name a file") from None
