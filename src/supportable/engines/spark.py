"""Spark judges a fleet by the SQL of `core/sql.py`.

In: a Spark session, a table in the normal form of `core/fleet.py`, and a pack. Out: a data frame with the columns of
`engines/arrow.py: RESULTS`, or Parquet files. Nothing runs before the data frame is used; the session stays the caller's.
"""

from __future__ import annotations

from supportable.core.clauses import Pack
from supportable.core.dialects import SPARK
from supportable.core.sql import pack_query
from supportable.engines import not_installed
from supportable.engines.arrow import columns_of
from supportable.engines.spark_session import session_of, told

try:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.pandas.types import to_arrow_schema
except ImportError:
    raise not_installed("pyspark", "spark") from None

__all__ = ["judge_frame", "judge_parquet", "session_of"]

_VIEW = "supportable_fleet"
# The JVM never compiles a method of more than 8000 bytes, and the stages of a pack generate larger ones; where Spark finds one
# it falls back to methods of bounded size. The query names what is asked twice itself; Spark need not look for it again.
_SETTINGS = {"spark.sql.codegen.hugeMethodLimit": "8000", "spark.sql.subexpressionElimination.enabled": "false"}


def judge_frame(session: SparkSession, frame: DataFrame, pack: Pack, place: str = "the table") -> DataFrame:
    """Return the data frame that judges each row of `frame` by the pack."""
    with told(place):
        columns = columns_of(to_arrow_schema(frame.schema), place)
        frame.createOrReplaceTempView(_VIEW)
        for name, value in _SETTINGS.items():
            session.conf.set(name, value)
        return session.sql(pack_query(pack, SPARK, SPARK.identifier(_VIEW), columns))


def judge_parquet(session: SparkSession, source: str, pack: Pack, out: str) -> None:
    """Judge the Parquet files of `source` and write the results to the folder `out`, which must not be there yet."""
    with told(source):
        frame = session.read.parquet(source)
    judged = judge_frame(session, frame, pack, source)
    with told(out):
        judged.write.mode("error").option("compression", "zstd").parquet(out)
