"""DuckDB judges a fleet by the SQL of `core/sql.py`.

In: Parquet files, Arrow data or a DuckDB relation in the normal form of `core/fleet.py`, and a pack. Out: Arrow record batches
(`engines/arrow.py: RESULTS`) while the engine is still reading: memory stays bounded, and what does not fit goes to a folder
that is removed at the end.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from supportable.core.clauses import Pack
from supportable.core.dialects import DUCKDB
from supportable.core.sql import pack_query
from supportable.engines import not_installed
from supportable.engines.arrow import columns_of
from supportable.errors import EngineError, Place

try:
    import duckdb
    import pyarrow as pa
except ImportError:
    raise not_installed("duckdb", "fleet") from None

ROWS_IN_BATCH = 65_536


class Limits(NamedTuple):
    """What the engine may take; `threads` is all there are when it is `None`, `spill` the folder for what does not fit."""

    memory_mb: int = 512
    threads: int | None = None
    spill: Path | None = None


@contextmanager
def judging(source: Any, pack: Pack, limits: Limits = Limits()) -> Iterator[pa.RecordBatchReader]:  # noqa: B008 - a value
    """Judge each row of `source` by the pack: a reader of batches, to be read before the block ends.

    `source` is a path of a Parquet file (or several, or a pattern), an Arrow table, dataset or reader, or a DuckDB relation.
    """
    place = _place(source)
    with told(place):
        if isinstance(source, duckdb.DuckDBPyRelation):
            yield _run(source, pack, place)
            return
        with connected(limits) as connection:
            yield _run(_relation(connection, source), pack, place)


@contextmanager
def connected(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that keeps to the limits; the folder for what does not fit is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="supportable-", dir=limits.spill) as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{limits.memory_mb}MB",
            "threads": limits.threads or len(os.sched_getaffinity(0)),
            "temp_directory": spill,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=config) as connection:
            yield connection


def judge_table(source: Any, pack: Pack, limits: Limits = Limits()) -> pa.Table:  # noqa: B008 - a value
    """Judge each row of `source` and return all results at once; see `judging`."""
    with judging(source, pack, limits) as reader:
        return reader.read_all()


def _relation(connection: duckdb.DuckDBPyConnection, source: Any) -> duckdb.DuckDBPyRelation:
    if isinstance(source, (str, Path)):
        return connection.read_parquet(str(source))
    if isinstance(source, Sequence):
        return connection.read_parquet([str(one) for one in source])
    return connection.from_arrow(source)


def _run(relation: duckdb.DuckDBPyRelation, pack: Pack, place: str) -> pa.RecordBatchReader:
    columns = columns_of(_schema(relation), place)
    judged = relation.query("fleet", pack_query(pack, DUCKDB, "fleet", columns))
    assert judged is not None, "a query always has a result"
    return judged.to_arrow_reader(ROWS_IN_BATCH)


def _schema(relation: duckdb.DuckDBPyRelation) -> pa.Schema:
    # Asking the relation itself would read the first batch of a reader, which is then gone.
    columns = zip(relation.columns, relation.types, strict=True)
    with duckdb.connect(":memory:") as connection:
        none = connection.sql(f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {DUCKDB.identifier(name)}' for name, kind in columns)} LIMIT 0")
        assert none is not None, "a query always has a result"
        return none.to_arrow_reader(1).schema


def _place(source: Any) -> str:
    if isinstance(source, (str, Path)):
        return str(source)
    if isinstance(source, Sequence) and source:
        return str(source[0])
    return "the table"


@contextmanager
def told(place: str) -> Iterator[None]:
    """Say in one sentence what the engine could not do."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise EngineError("the engine ran out of memory, and of room to put it aside", Place(place), "allow it more memory") from None
    except (duckdb.Error, pa.ArrowException) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EngineError(f"the engine cannot read it: {first}", Place(place)) from None
