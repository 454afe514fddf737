"""The two engines: DuckDB, and one Spark session for all tests. Where Java is missing they say so, and fail when CI=true."""

from __future__ import annotations

import os
import shutil
import socket
import warnings
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supportable.core.clauses import Pack
from supportable.core.compile import Outcomes
from supportable.engines import duckdb
from supportable.engines.arrow import results_of

Judge = Callable[[pa.Table, Pack], dict[str, Outcomes]]


@pytest.fixture(scope="session")
def spark():
    """A Spark session on this machine, the only one of a run; its Java serves Spark Connect, too."""
    if shutil.which("java") is None:
        problem = "SPARK IS NOT TESTED: there is no Java on this machine (Debian: apt-get install default-jre-headless)"
        pytest.fail(problem) if os.environ.get("CI") == "true" else pytest.skip(problem)
    with warnings.catch_warnings():
        # Spark's own calls of Python warn about things nobody here can change.
        warnings.simplefilter("ignore")
        from supportable.engines.spark import session_of

        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = {
            "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(port),
        }
        session = session_of("local[2]", settings=settings)
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


@pytest.fixture(scope="session")
def connect_address(spark) -> str:
    """The address of a Spark Connect server."""
    return f"sc://127.0.0.1:{spark.sparkContext.getConf().get('spark.connect.grpc.binding.port')}"


@pytest.fixture(scope="session")
def on_spark(spark, tmp_path_factory) -> Judge:
    """Judge a table by a pack on Spark: key -> outcomes."""
    from supportable.engines.spark import judge_frame

    folder = tmp_path_factory.mktemp("fleet")

    def judge(table: pa.Table, pack: Pack) -> dict[str, Outcomes]:
        file = folder / f"{len(list(folder.iterdir()))}.parquet"
        pq.write_table(table, file)
        rows = judge_frame(spark, spark.read.parquet(str(file)), pack).collect()
        batch = pa.RecordBatch.from_pylist([row.asDict() for row in rows])
        return {one.key: one.outcomes for one in results_of([batch], pack)}

    return judge


@pytest.fixture(scope="session")
def on_duckdb() -> Judge:
    """Judge a table by a pack on DuckDB: key -> outcomes."""

    def judge(table: pa.Table, pack: Pack) -> dict[str, Outcomes]:
        with duckdb.judging(table, pack) as batches:
            return {one.key: one.outcomes for one in results_of(batches, pack)}

    return judge


@pytest.fixture(scope="session", params=["duckdb", "spark"])
def on_engine(request) -> Judge:
    """Each engine in turn."""
    return request.getfixturevalue(f"on_{request.param}")
