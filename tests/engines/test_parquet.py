"""Parquet files are judged row group by row group, in the order of their rows, and a damaged one is named."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supportable.app import load_packs
from supportable.core.clauses import select
from supportable.engines.parquet import judge_files
from supportable.engines.tables import compile_tables, iterate
from supportable.errors import EngineError

TABLES = compile_tables(select(next(pack for pack in load_packs() if pack.id == "microsoft-exchange-clusters")))


def _table(rows: int) -> pa.Table:
    releases = ["2003", "2007", None, "2010"]
    return pa.table(
        {
            "key": [f"d{number}" for number in range(rows)],
            "workload.product": ["exchange-server"] * rows,
            "workload.release": [releases[number % 4] for number in range(rows)],
            "workload.service_pack": [number % 3 for number in range(rows)],
            "cluster.service": ["mscs" if number % 5 else "veritas-cluster-server" for number in range(rows)],
            "nodes": [[{"name": "n", "nodes.os.release": "windows-server-2003"}] * (number % 3) for number in range(rows)],
            "nodes|complete": [number % 2 == 0 for number in range(rows)],
        }
    )


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_files_give_the_rows_of_their_tables_in_order(tmp_path, threads):
    """Two files of several row groups give what their rows give as one batch, whatever the number of threads."""
    table = _table(1000)
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    pq.write_table(table.slice(0, 700), paths[0], row_group_size=128)
    pq.write_table(table.slice(700), paths[1], row_group_size=50)

    found = pa.Table.from_batches(judge_files(TABLES, paths, threads))

    assert found.combine_chunks().equals(pa.Table.from_batches(iterate(TABLES, table.to_batches())).combine_chunks())


@pytest.mark.parametrize("damage", ["empty", "cut", "middle", "missing"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, damage):
    """An empty, cut, overwritten or missing file is one sentence with its name, never a traceback of a library."""
    path = tmp_path / "fleet.parquet"
    pq.write_table(_table(5000), path, row_group_size=1000, compression="zstd")
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        middle = whole[:200] + b"\xff" * (len(whole) // 2) + whole[200 + len(whole) // 2 :]
        path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "middle": middle}[damage])

    with pytest.raises(EngineError, match=r"fleet\.parquet` cannot be read"):
        list(judge_files(TABLES, [path]))


@pytest.mark.parametrize("missing", ["numpy", "pyarrow"])
@pytest.mark.parametrize("module", ["tables", "parquet"])
def test_a_missing_library_is_one_sentence(missing, module):
    """Without numpy or pyarrow the engine says what to install."""
    program = (
        f"import sys; sys.modules[{missing!r}] = None\ntry: import supportable.engines.{module}\nexcept Exception as error: print(error)"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said == f"`{missing}` is not installed\nhint: pip install 'supportable[fleet]'\n"
