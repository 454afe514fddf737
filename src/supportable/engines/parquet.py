"""Parquet files judged by tables: each thread reads its own row groups and judges what it read.

In: tables and files in the normal form of a fleet. Out: results in the order of the rows. Reading is most of the work, so that
reading and judging in one thread each would leave one of them waiting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any

from supportable.core.fleet import KEY
from supportable.engines.tables import Judging, Tables
from supportable.errors import EngineError

BATCH_ROWS = 1 << 16


def judge_files(tables: Tables, paths: Iterable[Path], threads: int = 2) -> Iterator[Any]:
    """Yield the results of all rows of these files; at most `threads + 1` row groups' results are held at a time."""
    import pyarrow as pa

    own = local()

    def work(path: Path, group: int) -> list[Any]:
        if not hasattr(own, "judging"):
            own.judging, own.path, own.file = Judging(tables), None, None
        if own.path != path:
            own.file, own.path = _opened(path, tables), path
        try:
            batches = own.file.iter_batches(BATCH_ROWS, [group], _columns(own.file, tables), use_threads=False)
            return [own.judging.judge(batch) for batch in batches]
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, error) from None

    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[list[Any]]] = deque()
        for path in paths:
            for group in range(_opened(path, tables).num_row_groups):
                waiting.append(pool.submit(work, path, group))
                if len(waiting) > threads:
                    yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _opened(path: Path, tables: Tables) -> Any:
    # Here and above, so that `tables` is the one to say that they are not installed.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        texts = [name for name in tables.columns if name in schema.names and pa.types.is_string(schema.field(name).type)]
        return pq.ParquetFile(path, read_dictionary=texts)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None


def _columns(file: Any, tables: Tables) -> list[str]:
    names = set(file.schema_arrow.names)
    return [name for name in (KEY, *tables.columns) if name in names]


def _unreadable(path: Path, error: Exception) -> EngineError:
    return EngineError(f"`{path}` cannot be read as Parquet: {str(error).splitlines()[0]}", None, "is it a whole Parquet file?")
