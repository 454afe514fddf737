"""Room to work on tables: the column libraries, a folder for what does not fit into memory, and a DuckDB that uses both.

In: how much memory may be used. Out: a connection that spills. What one would get wrong: the libraries are an extra, imported
when a workspace is made and not before; DuckDB here fetches nothing from a network.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from supportable.errors import InventoryError, Place

MEMORY_MB = 256
"""What DuckDB may use before it spills; batches and tables of this program come on top, about as much again."""

BATCH_ROWS = 32_768


class Workspace:
    """The libraries, a temporary folder and a connection; use it in a `with` block."""

    def __init__(self, memory_mb: int = MEMORY_MB, folder: Path | None = None, spill_mb: int | None = None) -> None:
        require_libraries()
        self.memory_mb = memory_mb
        self.spill_mb = spill_mb
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="supportable-", dir=folder)
        except OSError as error:
            raise InventoryError(
                f"no folder for temporary files can be made: {error.strerror}", hint="free some room, or set TMPDIR"
            ) from None
        self.folder = Path(self._folder.name)
        self.connection = self.connect()

    def connect(self, database: str = ":memory:", read_only: bool = False) -> Any:
        """Return a DuckDB connection that keeps to the memory limit and never downloads an extension."""
        import duckdb

        settings: dict[str, Any] = {
            "memory_limit": f"{self.memory_mb}MB",
            "temp_directory": str(self.folder / "spilled"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if self.spill_mb is not None:
            settings["max_temp_directory_size"] = f"{self.spill_mb}MB"
        connection = duckdb.connect(database, read_only=read_only, config=settings)
        connection.execute("SET enable_progress_bar = false")
        return connection

    def close(self) -> None:
        """Give everything back."""
        self.connection.close()
        self._folder.cleanup()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def require_libraries() -> None:
    """Raise one sentence when the extra is not installed."""
    try:
        import duckdb  # noqa: F401
        import numpy  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as error:
        hint = "run `python -m pip install 'supportable[fleet]'`"
        raise InventoryError(f"inventories need the package `{error.name}`", hint=hint) from None


@contextmanager
def told(place: Place, what: str) -> Iterator[None]:
    """Turn what the libraries say into one sentence with its place."""
    import duckdb
    import pyarrow

    try:
        yield
    except duckdb.OutOfMemoryException:
        hint = "free room in the folder for temporary files, or set TMPDIR to a larger one"
        raise InventoryError("there is not enough memory and room on the disk to sort the rows", place, hint) from None
    except duckdb.IOException as error:
        if "No space left" in str(error):
            raise InventoryError("the disk is full", place, "free some room, then repeat; nothing was written") from None
        raise InventoryError(f"{what}: {first_line(error)}", place) from None
    except (duckdb.Error, pyarrow.ArrowException, OSError, EOFError, UnicodeError, zlib.error) as error:
        why = getattr(error, "strerror", None) or first_line(error)
        raise InventoryError(f"{what}: {why}", place) from None


@contextmanager
def fed(connection: Any, name: str, schema: Any, batches: Iterator[Any]) -> Iterator[None]:
    """Let DuckDB read batches under a name; an error while they are made is raised as it is, not as what DuckDB makes of it."""
    import pyarrow

    failed: list[BaseException] = []

    def kept() -> Iterator[Any]:
        try:
            yield from batches
        except GeneratorExit:
            raise
        except BaseException as error:
            failed.append(error)
            raise

    connection.register(name, pyarrow.RecordBatchReader.from_batches(schema, kept()))
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException as error:
        if failed:
            raise failed[0] from None
        raise error
    finally:
        connection.unregister(name)


def first_line(error: BaseException) -> str:
    """Return the first line of what a library says, without its own heading and its full stop."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    head, colon, rest = line.partition(" Error: ")
    return (rest if colon and len(head) < 40 else line).rstrip(".")


def quoted(name: str) -> str:
    """Return a name as SQL writes it.

    >>> quoted('a"b')
    '"a""b"'
    """
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str) -> str:
    """Return a text as SQL writes it.

    >>> literal("it's")
    "'it''s'"
    """
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
