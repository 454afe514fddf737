"""Columns of rows -> the bytes of CSV, JSON lines and PostgreSQL's COPY, a whole column at a time.

In: a table, or a batch, of texts, truths, integers, dates and lists of texts. Out: lines. What one would get wrong: most columns hold
nothing that must be quoted, and looking through their bytes for such characters is many times faster than asking each cell.
"""

from __future__ import annotations

import csv
import io
from typing import Any

SEPARATOR = ";"
"""Between the items of a list, where a kind holds no lists."""
_SAFE = b"-_.:/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
"""What an item of an array may consist of without quotes."""


def csv_header(names: list[str]) -> bytes:
    """Return the first line of a CSV file."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue().encode()


def csv_lines(rows: Any) -> bytes:
    """Return rows as CSV, quoted only where it is needed: NULL is an empty cell, an empty text or list is `""`."""
    import pyarrow.compute as pc

    cells = [_csv_cells(_as_texts(joined(column))) for column in _columns(rows)]
    if len(cells) == 1:
        cells = [pc.fill_null(cells[0], '""')]  # readers skip an empty line, so that a lone NULL would be lost
    return _lines(cells, ",", "")


def _csv_cells(texts: Any) -> Any:
    import pyarrow.compute as pc

    quote = pc.equal(pc.binary_length(texts), 0)
    if _holds(texts, b'",\r\n'):
        quote = pc.or_(quote, pc.match_substring_regex(texts, '[",\r\n]'))
    return _replaced(texts, quote, lambda found: pc.binary_join_element_wise('"', pc.replace_substring(found, '"', '""'), '"', ""))


def copy_lines(rows: Any) -> bytes:
    """Return rows in the text format of COPY (PostgreSQL manual, "COPY", "File Formats"): lists are arrays, NULL is `\\N`."""
    from pyarrow import types

    cells = (_arrays(column) if types.is_list(column.type) else _as_texts(column) for column in _columns(rows))
    return _lines([_copy_cells(one) for one in cells], "\t", r"\N")


def _copy_cells(texts: Any) -> Any:
    import pyarrow.compute as pc

    for character, written in (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r")):
        if _holds(texts, character.encode()):
            texts = pc.replace_substring(texts, character, written)
    return texts


def _arrays(lists: Any) -> Any:
    """Return lists as PostgreSQL writes arrays; an item is quoted where it could be read as something else (manual, section 8.15.6)."""
    import pyarrow.compute as pc

    items = lists.flatten()
    if not _plain(items):
        # Whatever is not known to be safe is quoted, so that nothing depends on what a server takes for white space.
        quote = pc.or_(pc.invert(pc.match_substring_regex(items, "^[-_.:/A-Za-z0-9]+$")), pc.match_substring_regex(items, "(?i)null"))
        items = _replaced(items, quote, _quoted_items)
    inside = pc.binary_join(_rebuilt(lists, pc.fill_null(items, "NULL")), ",")
    return pc.binary_join_element_wise("{", inside, "}", "")


def _plain(items: Any) -> bool:
    """Whether no item needs quotes in an array; may say no where none does."""
    import pyarrow.compute as pc

    held = bytes(bytes_of(items))
    return not held.translate(None, _SAFE) and b"null" not in held.lower() and pc.min(pc.binary_length(items)).as_py() != 0


def _quoted_items(items: Any) -> Any:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise('"', pc.replace_substring_regex(items, r'(["\\])', r"\\\1"), '"', "")


def joined(column: Any) -> Any:
    """Return lists as texts joined by `;`, an item that is NULL as an empty text; other columns as they are."""
    import pyarrow.compute as pc
    from pyarrow import types

    if not types.is_list(column.type):
        return column
    items = column.flatten()
    lists = _rebuilt(column, pc.fill_null(items, "")) if items.null_count else column
    return pc.binary_join(lists, SEPARATOR)


def bytes_of(texts: Any) -> Any:
    """Return the bytes of all texts of an array, one after the other; none may be NULL."""
    if not len(texts):
        return b""
    _, ends, characters = texts.buffers()
    if characters is None:
        return b""
    places = memoryview(ends).cast("i")
    return memoryview(characters)[places[texts.offset] : places[texts.offset + len(texts)]]


def _columns(rows: Any) -> list[Any]:
    """Return each column of a table or a batch as one array."""
    import pyarrow

    return [one.combine_chunks() if isinstance(one, pyarrow.ChunkedArray) else one for one in rows.columns]


def _as_texts(column: Any) -> Any:
    import pyarrow

    return column if pyarrow.types.is_string(column.type) else column.cast(pyarrow.string())


def _holds(texts: Any, characters: bytes) -> bool:
    """Whether any text holds one of these characters of ASCII."""
    held = bytes(bytes_of(texts))
    return any(held.find(one) >= 0 for one in characters)


def _replaced(texts: Any, where: Any, written: Any) -> Any:
    """Return the texts with those replaced that `where` says."""
    import pyarrow.compute as pc

    where = pc.fill_null(where, False)
    if not pc.any(where).as_py():
        return texts
    return pc.replace_with_mask(texts, where, written(texts.filter(where)))


def _rebuilt(lists: Any, items: Any) -> Any:
    """Return lists of the same lengths with other items."""
    import pyarrow
    import pyarrow.compute as pc

    ends = pc.cumulative_sum(pc.fill_null(pc.list_value_length(lists), 0))
    places = pyarrow.concat_arrays([pyarrow.array([0], pyarrow.int32()), ends.cast(pyarrow.int32())])
    return pyarrow.ListArray.from_arrays(places, items, mask=lists.is_null())


def _lines(cells: list[Any], between: str, null: str) -> bytes:
    import pyarrow.compute as pc

    treated = {"null_handling": "replace", "null_replacement": null}
    last = pc.binary_join_element_wise(cells[-1], "\n", "", **treated)
    return bytes(bytes_of(pc.binary_join_element_wise(*cells[:-1], last, between, **treated) if len(cells) > 1 else last))
