"""Files of an inventory -> record batches: Parquet by pyarrow, CSV by DuckDB, JSON lines by both.

In: one file. Out: its columns, and batches of those that are asked for; everything in CSV and JSON lines is text. What one would
get wrong: a line of CSV that is broken, and a line of JSON that is no object, are set aside with their line number; nothing is
sniffed but the delimiter, from the header alone.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from supportable.errors import InventoryError, Place
from supportable.stores.inventory_report import Tally
from supportable.stores.workspace import BATCH_ROWS, Workspace, first_line, literal, quoted, told

_DELIMITERS = ",;\t|"
_HEADER_BYTES = 1 << 20
_BLOCK_BYTES = 8 << 20
_LINE_BYTES = 64 << 20
_SAMPLE_LINES = 10_000
_ENCODING_HINT = "save it as UTF-8, or write `csv: {encoding: latin-1}` (or utf-16) in the mapping"
_REASONS = {
    "MISSING COLUMNS": "too few columns",
    "TOO MANY COLUMNS": "too many columns",
    "UNQUOTED VALUE": "a quote that does not end where the column ends",
    "INVALID ENCODING": "characters that are not of the encoding of the file",
    "LINE SIZE OVER MAXIMUM": "a line longer than 2 MB",
    "INVALID STATE": "a quote in the middle of a column",
}


class ParquetFile:
    """One Parquet file."""

    whole = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = Place(str(path))

    def columns(self) -> dict[str, str]:
        """Return the columns with their Arrow types."""
        import pyarrow.parquet

        self._check()
        with told(self.place, "the file cannot be read as Parquet"):
            schema = pyarrow.parquet.read_schema(self.path)
        return {name: str(kind) for name, kind in zip(schema.names, schema.types, strict=True)}

    def batches(self, names: Sequence[str], lists: dict[str, tuple[str, ...]], tally: Tally) -> Iterator[Any]:  # noqa: ARG002
        """Yield the rows of these columns."""
        import pyarrow.parquet
        import pyarrow.types

        with told(self.place, "the file cannot be read as Parquet"):
            schema = pyarrow.parquet.read_schema(self.path)
            texts = [name for name in names if pyarrow.types.is_string(schema.field(name).type)]
            with pyarrow.parquet.ParquetFile(self.path, read_dictionary=texts, pre_buffer=False) as file:
                for batch in file.iter_batches(BATCH_ROWS, columns=list(names), use_threads=False):
                    tally.rows += batch.num_rows
                    yield batch.select(list(names))

    def close(self) -> None:
        """Nothing stays open between two readings."""

    def _check(self) -> None:
        if self.path.stat().st_size == 0:
            raise InventoryError("the file is empty", self.place, "remove it, or export it again")


class CsvFile:
    """One CSV file: a header, then a line a row, quotes doubled inside quotes (RFC 4180)."""

    whole = True

    def __init__(self, path: Path, workspace: Workspace, delimiter: str | None = None, encoding: str = "utf-8") -> None:
        self.path = path
        self.place = Place(str(path))
        self._workspace = workspace
        self._delimiter = delimiter
        self._encoding = encoding
        self._header: list[str] | None = None

    def columns(self) -> dict[str, str]:
        """Return the columns of the header."""
        return dict.fromkeys(self._names(), "text")

    def batches(self, names: Sequence[str], lists: dict[str, tuple[str, ...]], tally: Tally) -> Iterator[Any]:  # noqa: ARG002
        """Yield the rows of these columns; broken lines are set aside."""
        import pyarrow

        header = self._names()
        # By position: DuckDB does not tell two names apart that differ in case only.
        columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(header)))
        options = (
            f"auto_detect = false, header = true, columns = {{{columns}}}, delim = {literal(self._delimiter or ',')}, quote = '\"', "
            f"escape = '\"', encoding = {literal(self._encoding)}, strict_mode = true, null_padding = false, buffer_size = 8388608, "
            f"store_rejects = true, rejects_limit = 0, rejects_table = 'rejected', rejects_scan = 'rejected_scans'"
        )
        asked = ", ".join(f"c{header.index(name)}" for name in names)
        with self._told():
            connection = self._workspace.connect()
            try:
                text = f"SELECT {asked} FROM read_csv({literal(str(self.path))}, {options})"  # noqa: S608 - names are numbers
                for batch in connection.sql(text).to_arrow_reader(BATCH_ROWS):
                    tally.rows += batch.num_rows
                    yield pyarrow.RecordBatch.from_arrays(batch.columns, names=list(names))
                self._set_aside(connection, header, tally)
            finally:
                connection.close()

    def close(self) -> None:
        """Nothing stays open between two readings."""

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what DuckDB only calls an invalid state: it reads one kind of line end in one file."""
        try:
            with told(self.place, "the file cannot be read as CSV"):
                yield
        except InventoryError as error:
            if "invalid state" not in error.message:
                raise
            with _opened(self.path) as file:
                ends = {line.endswith(b"\r\n") for line in file if line.endswith(b"\n")}
            if len(ends) < 2:
                raise
            hint = "make them alike, for instance with `dos2unix`"
            raise InventoryError("some lines end with a carriage return and others do not", self.place, hint) from None

    def _set_aside(self, connection: Any, header: list[str], tally: Tally) -> None:
        found = "SELECT line, min(column_idx), min(error_type) FROM rejected GROUP BY line"
        rows = connection.execute(f"{found} ORDER BY line LIMIT {max(tally.room, 0)}").fetchall()
        counts = dict(connection.execute(f"SELECT kind, count(*) FROM ({found}) AS r(line, position, kind) GROUP BY kind").fetchall())  # noqa: S608
        for line, position, kind in rows:
            reason = _REASONS.get(kind, kind.lower())
            where = f" (column `{header[position - 1]}`)" if kind == "INVALID ENCODING" and 0 < position <= len(header) else ""
            tally.set_aside(Place(str(self.path), line), reason + where, reason)
            counts[kind] -= 1
        for kind, left in sorted(counts.items()):
            tally.count_aside(_REASONS.get(kind, kind.lower()), left)
        tally.rows += connection.execute(f"SELECT count(*) FROM ({found})").fetchone()[0]  # noqa: S608

    def _names(self) -> list[str]:
        """Read the header once: its encoding, its delimiter, its columns."""
        if self._header is not None:
            return self._header
        with told(self.place, "the file cannot be read"), _opened(self.path) as file:
            head = file.read(_HEADER_BYTES)
        if not head.strip():
            raise InventoryError("the file is empty", self.place, "remove it, or export it again with its header")
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            self._encoding = "utf-16"
        elif b"\0" in head and self._encoding == "utf-8":
            raise InventoryError("the file is not UTF-8 text: it holds zero bytes", self.place, _ENCODING_HINT)
        try:
            # The last character may be cut; only the first record is used.
            text = head.decode(
                "utf-8-sig" if self._encoding == "utf-8" else self._encoding, "strict" if len(head) < _HEADER_BYTES else "ignore"
            )
        except UnicodeError:
            text = head.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
            if "\ufffd" in text:
                raise InventoryError("the header is not UTF-8 text", Place(str(self.path), 1), _ENCODING_HINT) from None
        if self._delimiter is None:
            line = text.splitlines()[0]
            self._delimiter = max(_DELIMITERS, key=lambda mark: (line.count(mark), -_DELIMITERS.index(mark)))
        header = [name.strip() for name in next(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter))]
        for number, name in enumerate(header, 1):
            if not name:
                raise InventoryError(f"column {number} of the header has no name", Place(str(self.path), 1), "give every column a name")
            if header.count(name) > 1:
                raise InventoryError(f"the column `{name}` stands twice in the header", Place(str(self.path), 1), "rename one of them")
        self._header = header
        return header


class JsonLines:
    """One file of JSON lines: one object a line."""

    def __init__(self, path: Path, workspace: Workspace) -> None:
        self.path = path
        self.place = Place(str(path))
        self.whole = True
        self._workspace = workspace
        self._columns: dict[str, str] | None = None

    def columns(self) -> dict[str, str]:
        """Return the keys of the first lines; `whole` is false when there are more lines than were looked at."""
        if self._columns is not None:
            return self._columns
        found: dict[str, str] = {}
        looked = 0
        with told(self.place, "the file cannot be read"), _opened(self.path) as file:
            head = file.read(1).strip()
            if head == b"[":
                raise InventoryError("the file is one JSON list, not one object a line", self.place, "write one row a line (`jq -c '.[]'`)")
        for number, lines in self._blocks():
            for line in lines[: _SAMPLE_LINES - looked]:
                looked += bool(line.strip())
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                for name, value in row.items() if isinstance(row, dict) else ():
                    kind = "list" if isinstance(value, list) else "text"
                    if found.get(name) != "list":
                        found[name] = kind
            if number + len(lines) > _SAMPLE_LINES:
                self.whole = False
                break
        if not looked:
            raise InventoryError("the file is empty", self.place, "remove it, or export it again")
        if not found:
            raise InventoryError("no line is a JSON object", self.place, 'write one row a line: `{"column": "value", ...}`')
        self._columns = found
        return found

    def batches(self, names: Sequence[str], lists: dict[str, tuple[str, ...]], tally: Tally) -> Iterator[Any]:
        """Yield the rows of these columns, all as text; lines that are no JSON object are set aside."""
        import numpy
        import pyarrow

        asked, checks = json_query("line", names, lists)
        with told(self.place, "the file cannot be read as JSON lines"):
            connection = self._workspace.connect()
            try:
                for first, lines in self._blocks():
                    taken, numbers = self._sound(first, lines, tally)
                    connection.register("block", pyarrow.table({"line": taken, "number": numbers}))
                    sound = "json_type(line) = 'OBJECT'" + "".join(f" AND {check}" for check in checks)
                    good = f"CASE WHEN json_valid(line) THEN coalesce({sound}, false) ELSE false END"
                    broken = connection.execute(f"SELECT number FROM block WHERE NOT {good} ORDER BY number").fetchall()  # noqa: S608
                    tally.rows += len(numbers)
                    if broken:
                        self._set_aside([number for (number,) in broken], first, lines, list(lists), tally)
                        left = ~numpy.isin(numbers.to_numpy(), [number for (number,) in broken])
                        connection.unregister("block")
                        connection.register("block", pyarrow.table({"line": taken.filter(left)}))
                    for batch in connection.sql(f"SELECT {asked} FROM block").to_arrow_reader(BATCH_ROWS):  # noqa: S608
                        yield pyarrow.RecordBatch.from_arrays(batch.columns, names=list(names))
                    connection.unregister("block")
            finally:
                connection.close()

    def close(self) -> None:
        """Nothing stays open between two readings."""

    def _sound(self, first: int, lines: list[bytes], tally: Tally) -> tuple[Any, Any]:
        """The lines that are text and not blank, and their numbers."""
        import pyarrow

        numbered = [(number, line) for number, line in enumerate(lines, first) if line and not line.isspace()]
        numbers = [number for number, _ in numbered]
        try:
            return pyarrow.array([line for _, line in numbered], pyarrow.binary()).cast(pyarrow.string()), pyarrow.array(
                numbers, pyarrow.int64()
            )
        except pyarrow.ArrowInvalid:
            texts, numbers = [], []
            for number, line in numbered:
                try:
                    texts.append(line.decode())
                    numbers.append(number)
                except UnicodeDecodeError:
                    tally.rows += 1
                    tally.set_aside(Place(str(self.path), number), "characters that are not of the encoding of the file")
            return pyarrow.array(texts, pyarrow.string()), pyarrow.array(numbers, pyarrow.int64())

    def _set_aside(self, numbers: list[int], first: int, lines: list[bytes], lists: list[str], tally: Tally) -> None:
        for number in numbers:
            reason, kind = "a line that is not JSON", "a line that is not JSON"
            try:
                row = json.loads(lines[number - first])
                wrong = next((name for name in lists if isinstance(row, dict) and not _list_of_objects(row.get(name))), None)
                kind = "a line that is no JSON object" if wrong is None else f"`{wrong}` is not a list of objects"
                reason = kind
            except (ValueError, RecursionError) as error:
                reason = f"{reason}: {first_line(error)}"
            tally.set_aside(Place(str(self.path), number), reason, kind)

    def _blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """The lines of the file, some megabytes at a time, each block with the number of its first line."""
        number, rest = 1, b""
        with told(self.place, "the file cannot be read"), _opened(self.path) as file:
            while block := file.read(_BLOCK_BYTES):
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                if len(rest) > _LINE_BYTES:
                    raise InventoryError(f"a line is longer than {_LINE_BYTES >> 20} MB", Place(str(self.path), number + len(lines)))
                if number == 1 and lines:
                    lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
                if lines:
                    yield number, lines
                number += len(lines)
        if rest.strip():
            yield number, [rest.removeprefix(b"\xef\xbb\xbf")]


def _list_of_objects(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


def json_query(column: str, names: Sequence[str], lists: dict[str, tuple[str, ...]]) -> tuple[str, list[str]]:
    """Return the SQL that takes keys out of a JSON text, lists as lists of structs, and the checks that a row must pass."""
    selected, checks = [], []
    for name in names:
        path = literal(f"$.{json.dumps(name, ensure_ascii=False)}")
        if name in lists:
            selected.append(f"{json_list(f'json_extract({column}, {path})', lists[name])} AS {quoted(name)}")
            checks.append(f"{json_is_list(f'json_extract({column}, {path})')}")
        else:
            selected.append(f"json_extract_string({column}, {path})")
    return ", ".join(selected), checks


def json_is_list(text: str) -> str:
    """Return the SQL test that a JSON text is a list of objects, or nothing at all."""
    kind = f"coalesce(json_type({text}), 'NULL')"
    objects = f"list_bool_and(list_transform(json_extract({text}, '$[*]'), lambda one: json_type(one) = 'OBJECT'))"
    return f"({kind} = 'NULL' OR ({kind} = 'ARRAY' AND coalesce({objects}, true)))"


def json_list(text: str, parts: Sequence[str]) -> str:
    """Return the SQL that makes a list of structs of texts from a JSON list of objects."""
    shape = json.dumps([dict.fromkeys(parts, "VARCHAR")], ensure_ascii=False)
    return f"json_transform({text}, {literal(shape)})"


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")
