"""The rows of a fleet as a file: Parquet, CSV or JSON lines.

In: a path and groups of rows. Out: the file, moved to its name when it is whole and on the disk. What one would get wrong: a rename
needs the same file system, so that the unfinished file lies in a folder of its own beside the one that is asked for; where the
program is killed, that folder (`.supportable-...`) is all that is left.
"""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Protocol

from supportable.errors import OutputError, Place, SupportableError
from supportable.stores.fleet_cells import bytes_of, csv_header, csv_lines
from supportable.stores.workspace import Workspace, first_line, literal, quoted

if TYPE_CHECKING:
    import pyarrow

    from supportable.stores.fleet_tables import Writer

NOTHING_WRITTEN = "nothing was written, and what was there before is as it was"
GZIP_LEVEL = 3
"""Above it, packing takes longer than all the rest (`bench/README.md`)."""

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EFBIG: "the file may not grow that large",
}


class _FileWriter(Protocol):
    def write(self, rows: pyarrow.Table) -> None: ...
    def close(self) -> None: ...


@contextmanager
def open_file(path: Path, schema: pyarrow.Schema) -> Iterator[Writer]:
    """Give a writer of a file, of the kind that its ending says; the file is there when the block ends well."""
    place = Place(str(path))
    with told(place):
        target = real_target(path)
    with beside(target, place) as temporary, closing(_Told(_writer(path, temporary, schema, place), place)) as writer:
        yield writer
        writer.finish()
        with told(place):
            into_place(temporary, target, replace=True)


class _Told:
    """A writer whose errors are sentences, and which leaves nothing open."""

    def __init__(self, writer: _FileWriter, place: Place) -> None:
        self._writer, self._place = writer, place
        self._open = True

    def write(self, rows: pyarrow.Table) -> None:
        with told(self._place):
            self._writer.write(rows)

    def finish(self) -> None:
        with told(self._place):
            self._open = False
            self._writer.close()

    def close(self) -> None:
        if self._open:
            with suppress(Exception):  # what is closed here is thrown away
                self._writer.close()


def _writer(path: Path, temporary: Path, schema: Any, place: Place) -> _FileWriter:
    name = path.name.lower()
    with told(place):
        if name.endswith(".parquet"):
            return ParquetRows(temporary, schema)
        packed = name.endswith(".gz")
        return (
            CsvRows(temporary, packed, schema) if ".csv" in Path(name.removesuffix(".gz")).suffix else JsonRows(temporary, packed, schema)
        )


class ParquetRows:
    """Rows in a Parquet file, which may be one that is open."""

    def __init__(self, file: Path | IO[bytes], schema: pyarrow.Schema) -> None:
        import pyarrow.parquet

        self._writer = pyarrow.parquet.ParquetWriter(str(file) if isinstance(file, Path) else file, schema, compression="zstd")

    def write(self, rows: pyarrow.Table) -> None:
        """Write one row group."""
        self._writer.write_table(rows)

    def close(self) -> None:
        """Write the end of the file."""
        self._writer.close()


class _TextRows:
    """Lines in a file that may be packed. Neither name nor time goes into it, so that the same rows give the same bytes."""

    def __init__(self, path: Path, packed: bool) -> None:
        self._file: BinaryIO = path.open("wb")
        self._packed = gzip.GzipFile("", "wb", GZIP_LEVEL, self._file, mtime=0) if packed else None
        self._stream: Any = self._packed or self._file

    def close(self) -> None:
        try:
            if self._packed is not None:
                self._packed.close()
        finally:
            self._file.close()


class CsvRows(_TextRows):
    """Rows in a CSV file: lists joined by semicolons, NULL as an empty cell, an empty text as `""`."""

    def __init__(self, path: Path, packed: bool, schema: pyarrow.Schema) -> None:
        super().__init__(path, packed)
        self._stream.write(csv_header(schema.names))

    def write(self, rows: pyarrow.Table) -> None:
        """Write lines."""
        self._stream.write(csv_lines(rows))


class JsonRows(_TextRows):
    """Rows as JSON lines, by DuckDB, which escapes texts five times as fast as Python's own library (`bench/README.md`)."""

    def __init__(self, path: Path, packed: bool, schema: pyarrow.Schema) -> None:
        self._workspace = Workspace()
        pairs = ", ".join(f"{literal(name)}, {quoted(name)}" for name in schema.names)
        self._lines = f"SELECT json_object({pairs}) || chr(10) FROM rows_to_write"  # noqa: S608 - quoted
        try:
            super().__init__(path, packed)
        except BaseException:
            self._workspace.close()
            raise

    def write(self, rows: pyarrow.Table) -> None:
        """Write lines."""
        connection = self._workspace.connection
        connection.register("rows_to_write", rows)
        for lines in connection.sql(self._lines).to_arrow_table().column(0).chunks:
            self._stream.write(bytes_of(lines))
        connection.unregister("rows_to_write")

    def close(self) -> None:
        """Close the file, and what DuckDB used."""
        try:
            super().close()
        finally:
            self._workspace.close()


def real_target(path: Path) -> Path:
    """Return the file that a name stands for, links followed; raise `OSError` where it can be no file of ours."""
    real = Path(os.path.realpath(path))
    if real.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not real.parent.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"there is no folder `{path.parent}`")
    if real.exists():
        if not real.is_file():
            raise OSError(errno.EINVAL, "it is a directory" if real.is_dir() else "it is no file")
        if not os.access(real, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return real


@contextmanager
def beside(target: Path, place: Place) -> Iterator[Path]:
    """Give a path on the file system of another; whatever is there, and beside it, is gone at the end."""
    with told(place):
        folder = Path(tempfile.mkdtemp(prefix=".supportable-", dir=target.parent))
    try:
        # A leading dot here too: a folder that is read as an inventory passes over such files.
        yield folder / ".rows"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def into_place(temporary: Path, target: Path, replace: bool) -> None:
    """Move a whole file to its name, once it is on the disk; without `replace`, raise `FileExistsError` where a file has come meanwhile."""
    _synchronise(temporary)
    if replace:
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    else:
        try:
            os.link(temporary, target)
        except FileExistsError:
            raise
        except OSError:
            temporary.rename(target)  # some file systems have no links
    with suppress(OSError):  # nor can every one synchronise a folder
        _synchronise(target.parent)


def _synchronise(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def told(place: Place, what: str = "cannot be written") -> Iterator[None]:
    """Turn what the system and the column libraries say into one sentence with its place."""
    import duckdb
    import pyarrow

    try:
        yield
    except SupportableError:
        raise
    except (OSError, pyarrow.ArrowException, duckdb.Error) as error:
        raise OutputError(f"{what}: {reason(error)}", place, NOTHING_WRITTEN) from None


def reason(error: BaseException) -> str:
    """Return why something could not be written, in a few words."""
    number, said = getattr(error, "errno", None), getattr(error, "strerror", None) or first_line(error)
    for code, words in _REASONS.items():
        if number == code or os.strerror(code) in str(error):
            return words
    return str(said).lower() if isinstance(error, OSError) and number is not None and said == os.strerror(number) else str(said)
