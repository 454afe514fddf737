"""Spark judges a fleet by the SQL of `core/sql.py`.

In: a Spark session, a table in the normal form of `core/fleet.py`, and a pack. Out: a data frame with the columns of
`engines/arrow.py: RESULTS`, or Parquet files. Nothing runs before the data frame is used; the session stays the caller's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from supportable.core.clauses import Pack
from supportable.core.dialects import SPARK
from supportable.core.sql import pack_query
from supportable.engines import not_installed
from supportable.engines.arrow import columns_of
from supportable.errors import EngineError, Place

try:
    from pyspark.errors import PySparkException
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.pandas.types import to_arrow_schema
except ImportError:
    raise not_installed("pyspark", "spark") from None

_VIEW = "supportable_fleet"
# The JVM never compiles a method of more than 8000 bytes, and the stages of a pack generate larger ones; where Spark finds one
# it falls back to methods of bounded size. The query names what is asked twice itself; Spark need not look for it again.
_SETTINGS = {"spark.sql.codegen.hugeMethodLimit": "8000", "spark.sql.subexpressionElimination.enabled": "false"}


def session_of(master: str | None = None, remote: str | None = None) -> SparkSession:
    """Return the session of a Spark Connect address, or one of `master`; without both, of this machine alone."""
    if remote is None and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EngineError(
            "Spark needs Java, and there is none", None, "install Java 17 or later (Debian: `default-jre-headless`), or name a remote Spark"
        )
    builder = SparkSession.builder.appName("supportable")
    # `builder` is a property that makes a new builder each time in some versions and not in others.
    builder = builder.remote(remote) if remote is not None else builder.master(master or "local[*]").config("spark.ui.enabled", "false")
    with _told(remote or master or "Spark"):
        return builder.getOrCreate()


def judge_frame(session: SparkSession, frame: DataFrame, pack: Pack, place: str = "the table") -> DataFrame:
    """Return the data frame that judges each row of `frame` by the pack."""
    with _told(place):
        columns = columns_of(to_arrow_schema(frame.schema), place)
        frame.createOrReplaceTempView(_VIEW)
        for name, value in _SETTINGS.items():
            session.conf.set(name, value)
        return session.sql(pack_query(pack, SPARK, SPARK.identifier(_VIEW), columns))


def judge_parquet(session: SparkSession, source: str, pack: Pack, out: str) -> None:
    """Judge the Parquet files of `source` and write the results to the folder `out`, which must not be there yet."""
    with _told(source):
        frame = session.read.parquet(source)
    judged = judge_frame(session, frame, pack, source)
    with _told(out):
        judged.write.mode("error").option("compression", "zstd").parquet(out)


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Say in one sentence what Spark could not do."""
    try:
        yield
    except PySparkException as error:
        # What follows the first line is the plan of the query, or a stack of Java frames.
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EngineError(f"Spark cannot do it: {first}", Place(place)) from None
