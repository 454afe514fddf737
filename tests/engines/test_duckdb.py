"""DuckDB as an engine: any source, bounded memory, whole results or none, and errors that a user can read."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fleets import every_construct, numbered, odd_fleet
from strategies import DOCUMENT, TIERS, clause
from supportable.core.clauses import Pack
from supportable.core.conditions import All, Is, Order
from supportable.core.dialects import DUCKDB
from supportable.core.sql import pack_query
from supportable.engines.arrow import RESULTS, save_parquet, schema_of, table_of
from supportable.engines.duckdb import Limits, judge_table, judging
from supportable.errors import EngineError

PACK = every_construct()
TABLE = table_of(numbered(odd_fleet()))


def test_every_source_gives_the_same(tmp_path):
    """A file, several, a pattern, a table, a reader and a relation are judged alike, in the order of the rows."""
    file = tmp_path / "fleet it's.parquet"
    pq.write_table(TABLE, file)
    expected = judge_table(TABLE, PACK)

    assert expected.column("key").to_pylist() == TABLE.column("key").to_pylist()
    assert expected.schema.names == RESULTS.names
    assert [str(one) for one in expected.schema.types] == [str(one).replace("item", "l") for one in RESULTS.types]
    for source in (file, str(tmp_path / "*.parquet"), [file], TABLE.to_reader(), duckdb.connect().from_arrow(TABLE)):
        assert judge_table(source, PACK).equals(expected)


def test_memory_and_room_are_bounded(tmp_path):
    """Results stream in batches under a small memory limit, and the folder for what does not fit is gone at the end."""
    many = pa.concat_tables([TABLE] * 300)
    rows = 0

    with judging(many, PACK, Limits(memory_mb=100, threads=2, spill=tmp_path)) as batches:
        assert len(list(tmp_path.iterdir())) == 1
        for batch in batches:
            rows += batch.num_rows

    assert rows == many.num_rows
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (TABLE.drop_columns(["key"]), "no column `key`"),
        (pa.table({"key": ["a"], "workload.service_pack": ["3"]}), "column `workload.service_pack` holds string, not whole numbers"),
        (pa.table({"key": ["a"], "nodes": ["n1"]}), "column `nodes` is not a list of structs"),
        (pa.table({"key": ["a"], "nodes": [[{"nodes.os.release": 1}]]}), "column `nodes.os.release` holds int64, not texts"),
        (pa.table({"key": ["a"], "nodes|complete": ["yes"]}), "column `nodes|complete` holds string, not true and false"),
    ],
)
def test_a_wrong_table_is_refused_in_a_sentence(table, told):
    """The message names the column and what is wrong with it."""
    with pytest.raises(EngineError) as raised:
        judge_table(table, PACK)

    assert told in str(raised.value)


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    """An unreadable file gives one sentence with the file, and leaves nothing behind."""
    file = tmp_path / "fleet.parquet"
    file.write_bytes(b"PAR1 no such thing")

    for source in (file, tmp_path / "missing.parquet"):
        with pytest.raises(EngineError, match=str(source)) as raised:
            judge_table(source, PACK, Limits(spill=tmp_path))
        assert len(str(raised.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == [file]


def test_a_result_is_written_whole_or_not_at_all(tmp_path):
    """What was written can be read; what broke in the middle leaves no file, and the old one as it was."""
    out = tmp_path / "out.parquet"
    with judging(TABLE, PACK) as reader:
        rows = save_parquet(reader, reader.schema, out)

    def broken():
        yield from pq.read_table(out).to_batches()
        raise EngineError("stop")

    assert pq.read_table(out).num_rows == rows == TABLE.num_rows
    with pytest.raises(EngineError, match="stop"):
        save_parquet(broken(), pq.read_schema(out), out)
    assert pq.read_table(out).num_rows == rows
    assert list(tmp_path.iterdir()) == [out]
    with pytest.raises(EngineError, match="cannot write"):
        save_parquet([], RESULTS, tmp_path / "nowhere" / "out.parquet")


def test_a_thousand_clauses_are_one_query():
    """The query grows with the clauses and no faster, no line of it is wide without bound, and it runs."""
    parts = [Is("cluster.service", (one,)) for one in ("mscs", "pacemaker")] + [Is("workload.release", ("2007",))]
    shared = All((parts[2], Order("workload.service_pack", "at_least", 1)))

    def pack(number):
        clauses = [
            clause(n, "requirement", All((shared, parts[n % 2])), Order("workload.build", "above", f"15.{n}"), ("middle", "worst")[n % 2])
            for n in range(number)
        ]
        return Pack("p", "i", "s", "1", TIERS, (DOCUMENT,), tuple(clauses))

    sizes = [len(pack_query(pack(number), DUCKDB, "fleet")) for number in (100, 1000)]

    assert sizes[1] < 12 * sizes[0]
    assert judge_table(TABLE, pack(1000)).num_rows == TABLE.num_rows


def test_the_schema_holds_what_a_pack_reads():
    """`schema_of` names the key, each field read with its flag, and each listing with its items' fields."""
    pack = Pack(
        "p",
        "i",
        "s",
        "1",
        TIERS,
        (DOCUMENT,),
        (clause(0, "requirement", Is("cluster.service", ("mscs",)), Is("cluster.name", ("a",)), "worst"),),
    )

    assert schema_of([pack]).names == ["key", "cluster.service", "cluster.service|absent", "cluster.name", "cluster.name|absent"]
    assert {"nodes", "nodes|complete", "contracts", "changes"} <= set(schema_of().names)


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [
        ("duckdb", "duckdb", "fleet"),
        ("arrow", "pyarrow", "fleet"),
        ("spark", "pyspark", "spark"),
        ("spark_session", "pyspark", "spark"),
        ("spark_fleet", "pyspark", "spark"),
    ],
)
def test_a_missing_library_is_one_sentence(module, library, extra):
    """Where the libraries of an extra are missing the message says how to install them."""
    program = (
        f"import sys; sys.modules['{library}'] = None\nfrom supportable.errors import UsageError\n"
        f"try:\n    import supportable.engines.{module}\nexcept UsageError as error:\n    print(error)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert found.stdout == f"{library} is not installed\nhint: `pip install 'supportable[{extra}]'`\n"
    assert found.stderr == ""
