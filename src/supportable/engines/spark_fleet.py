"""Spark judges a fleet by the lookup tables: every executor runs the very tables that one machine runs.

In: a data frame in the normal form of `core/fleet.py`, and an `IssuerJudge` for each issuer. Out: a data frame of the rows
(`issuers.ROWS`), and what is counted, added up by Spark and put into the judges. The Python of the executors needs
`supportable[fleet]`; only pickled tables are sent to them. The rows of a frame have no order.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from supportable.core.dialects import SPARK
from supportable.core.fleet import KEY
from supportable.engines import not_installed
from supportable.engines.alike import PATTERNS_AT_MOST, Slots
from supportable.engines.arrow import columns_of, schema_of
from supportable.engines.counts import ALIKE, COUNTS, counts_of, take_counts
from supportable.engines.issuers import ROWS, Counted, IssuerJudge
from supportable.engines.spark_session import told
from supportable.errors import EngineError, Place, UsageError

try:
    from pyspark.errors import PySparkException
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql import functions as f
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    from pyspark.sql.window import Window
except ImportError:
    raise not_installed("pyspark", "spark") from None

ROWS_AT_ONCE = 1 << 16
_SETTINGS = {"spark.sql.execution.arrow.maxRecordsPerBatch": str(ROWS_AT_ONCE), "spark.sql.session.timeZone": "UTC"}
FORMATS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "json", ".ndjson": "json"}
"""What Spark writes, by the ending of the folder."""


def read_frame(session: SparkSession, where: str) -> DataFrame:
    """Return the Parquet files at an address that Spark knows (a path, `s3a://...`, `hdfs://...`), which are in the normal form."""
    with told(where):
        return session.read.parquet(where)


def frame_of(session: SparkSession, table: Any) -> DataFrame:
    """Return an Arrow table as a data frame: it is sent from this machine, so it has to fit into its memory."""
    with told("the table"):
        return session.createDataFrame(table)


def count_frame(session: SparkSession, frame: DataFrame, judges: Sequence[IssuerJudge], place: str = "the inventory") -> list[Counted]:
    """Judge every row of a frame; return what each judge would have counted, and give it the patterns of what is undecided."""
    counted = _mapped(session, frame, judges, place, COUNTS, _counting)
    with told(place):
        sums = f.sum("count").alias("count"), f.min_by("example", "key").alias("example"), f.min("key").alias("key")
        summed = counted.groupBy(*ALIKE).agg(*sums)
        place_of = f.row_number().over(Window.partitionBy("issuer", "what").orderBy(f.desc("count"), "pattern"))
        # A judge keeps so many patterns; more would not fit into this machine.
        bounded = summed.withColumn("place", place_of).where((f.col("what") != "pattern") | (f.col("place") <= PATTERNS_AT_MOST))
        found, schema = bounded.select(COUNTS.names).toArrow(), to_arrow_schema(frame.schema)
    return [take_counts(judge, found, schema) for judge in judges]


def rows_frame(
    session: SparkSession,
    frame: DataFrame,
    judges: Sequence[IssuerJudge],
    decided_by: Sequence[Mapping[int, Slots]],
    place: str = "the inventory",
) -> DataFrame:
    """Return the data frame of the rows of the table, a row a deployment and issuer.

    `decided_by` is what `Undecided.search` of each judge found, after `count_frame`.
    """
    named = {}
    for judge, found in zip(judges, decided_by, strict=True):
        patterns = list(judge.undecided.numbers)
        named[judge.issuer] = {patterns[number]: slots for number, slots in found.items()}
    return _mapped(session, frame, judges, place, ROWS, partial(_judging, named))


def _mapped(
    session: SparkSession,
    frame: DataFrame,
    judges: Sequence[IssuerJudge],
    place: str,
    schema: Any,
    work: Callable[[list[IssuerJudge], Iterable[Any]], Iterator[Any]],
) -> DataFrame:
    """Return what `work` makes of each part of the frame."""
    with told(place):
        found = to_arrow_schema(frame.schema)
        columns_of(found, place)
        read = {KEY, *schema_of([one.joined.pack for one in judges]).names, *(name for one in judges for name in one.groups)}
        names = [name for name in found.names if name in read]
        for name, value in _SETTINGS.items():
            session.conf.set(name, value)
        sent = pickle.dumps([(one.issuer, one.groups, one.made) for one in judges])
        ours = version("supportable")

        def run(batches: Iterable[Any]) -> Iterator[Any]:
            if version("supportable") != ours:
                raise EngineError(f"an executor has supportable {version('supportable')}, and this machine {ours}")
            # Columns are numbered on their way, for over Spark Connect a dot in a name is read as a member of a struct.
            yield from work(_judges(sent), (_checked(batch.rename_columns(names)) for batch in batches))

        numbered = frame.select([SPARK.identifier(name) for name in names]).toDF(*(f"c{place}" for place in range(len(names))))
        return numbered.mapInArrow(run, from_arrow_schema(schema))


def _judges(sent: bytes) -> list[IssuerJudge]:
    parts = pickle.loads(sent)  # noqa: S301 - from the program that asked, over Spark's own channel, as is this function
    # The packs themselves are only asked for what decides a row, and that is searched by the program that asked.
    return [IssuerJudge(issuer, (), groups, made=made) for issuer, groups, made in parts]


def _checked(batch: Any) -> Any:
    without = batch.column(KEY).null_count
    if without:
        raise EngineError(f"{without} rows have no key, and each row needs the key of its deployment")
    return batch


def _counting(judges: list[IssuerJudge], batches: Iterable[Any]) -> Iterator[Any]:
    for batch in batches:
        for judge in judges:
            judge.take(batch, rows_wanted=False)
    for judge in judges:
        yield from counts_of(judge).to_batches()


def _judging(named: Mapping[str, Mapping[bytes, Slots]], judges: list[IssuerJudge], batches: Iterable[Any]) -> Iterator[Any]:
    for batch in batches:
        for judge in judges:
            rows, numbers = judge.take(batch, counts_wanted=False), judge.undecided.numbers
            found = {numbers[pattern]: slots for pattern, slots in named[judge.issuer].items() if pattern in numbers}
            yield from judge.finished(rows, found).to_batches()


def format_of(out: str) -> str:
    """Return the format in which an output is written, by its ending; raise `UsageError` for one that nobody knows."""
    found = FORMATS.get(Path(urlsplit(out).path).suffix.lower())
    if found is None:
        raise UsageError(f"the format of `{out}` is not clear from its ending", None, f"endings: {', '.join(FORMATS)}")
    return found


def refuse_existing(session: SparkSession, out: str) -> None:
    """Raise `EngineError` if an output is there already; asked before the work, and again when it is written."""
    files = _files_of(session, out)
    if files is not None:
        with told(out):
            there = files[0].exists(files[1](out))
    else:
        try:
            # Spark looks whether a path is there when it is asked what columns it has, and reads nothing.
            there = bool(session.read.text(out).schema)
        except PySparkException:
            there = False
    if there:
        raise EngineError("it is there already", Place(out), "Spark writes a folder of files; name one that is not there yet")


def write_rows(session: SparkSession, rows: DataFrame, out: str) -> None:
    """Write rows to a folder that is not there yet, whole or not at all.

    `out` is an address that Spark knows. Rows go to a folder beside it, which is then renamed. Over Spark Connect nobody can rename:
    there Spark writes to `out` itself, and marks it with a file `_SUCCESS` when it is whole.
    """
    kind = format_of(out)
    files = _files_of(session, out)
    if files is None:
        with told(out):
            _save(rows, kind, out)
        return
    system, path_of = files
    base, name = out.rstrip("/").rsplit("/", 1)
    temporary = path_of(f"{base}/.{name}.{session.sparkContext.applicationId}")
    refuse_existing(session, out)
    with told(out):
        try:
            _save(rows, kind, temporary.toString())
            if not system.rename(temporary, path_of(out)):
                raise EngineError("what was written cannot be renamed", Place(out), "nothing was kept; may this user write there?")
        finally:
            if system.exists(temporary):
                system.delete(temporary, True)


def _files_of(session: SparkSession, out: str) -> Any:
    """Return the file system of an address, and what makes a path of it; `None` over Spark Connect, which does not offer them."""
    java: Any = getattr(session, "_jvm", None)
    if java is None:
        return None
    hadoop = java.org.apache.hadoop.fs
    with told(out):
        return hadoop.Path(out).getFileSystem(session._jsparkSession.sessionState().newHadoopConf()), hadoop.Path


def _save(rows: DataFrame, kind: str, out: str) -> None:
    writer = rows.write.mode("error")
    if kind == "parquet":
        writer.option("compression", "zstd").parquet(out)
    elif kind == "json":
        writer.option("ignoreNullFields", "false").json(out)
    else:
        # As in the tables that one machine writes: a list is one text, an empty one is `""`, and nothing at all is NULL.
        lists = {one.name for one in ROWS if one.type != ROWS.field(KEY).type}
        joined = [f.when(f.col(one).isNotNull(), f.concat_ws(";", one)).alias(one) if one in lists else f.col(one) for one in ROWS.names]
        plain = rows.select(joined).write.mode("error").option("header", "true").option("emptyValue", '""').option("escape", '"')
        plain.csv(out)
