"""The use case of a fleet that Spark judges: the answers of `fleets.check_fleet`, worked out on a cluster.

In: what is asked, and where Spark is. Out: a table as a folder of files that Spark writes, whole or not at all, and a summary. An
inventory in the normal form is read by Spark itself, from any address it knows; any other is read through its mapping here first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from supportable import app, fleets
from supportable.core.fleet_results import FleetCheck
from supportable.errors import EngineError, Place
from supportable.stores import packs as pack_store
from supportable.stores.normal_form import report_of_normal

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Cluster(NamedTuple):
    """Where Spark is: a master, or the address of Spark Connect; without both, this machine. `session` is one that the caller has."""

    master: str | None = None
    remote: str | None = None
    session: SparkSession | None = None
    settings: Mapping[str, str] | None = None

    @property
    def here(self) -> bool:
        """Whether the executors read and write the files of this machine."""
        from supportable.engines.spark_session import is_here

        if self.session is not None:
            return hasattr(self.session, "_jvm") and is_here(str(self.session.sparkContext.master))
        return is_here(self.remote or self.master or "local[*]")


def check_fleet(
    asked: fleets.Asked,
    output: str | None,
    on_progress: fleets.Progress,
    cache: Path | None,
    cluster: Cluster = Cluster(),  # noqa: B008 - a value
) -> FleetCheck:
    """Judge every deployment of an inventory on Spark; write the table to the folder `output` (its ending says how) if it is given."""
    from supportable.engines.issuers import IssuerJudge
    from supportable.engines.spark_fleet import count_frame, format_of, refuse_existing, rows_frame, write_rows

    out = None if output is None else _address(output, cluster)
    if out is not None:
        format_of(out)
    compiled = app.compiled_packs(
        tuple(Path(one) for one in asked.packs), asked.documents, asked.as_of, asked.known, pack_store.Cache(cache)
    )
    with _session(cluster) as session, _frame(session, asked, cluster) as (frame, report):
        if out is not None:
            refuse_existing(session, out)
        groups = (*fleets.GROUPS, *(name for name in frame.columns if name.endswith(fleets.LABEL)))
        judges = [IssuerJudge(issuer, packs, groups) for issuer, packs in fleets.by_issuer(compiled).items()]
        counted = count_frame(session, frame, judges, asked.inventory)
        if out is not None:
            decided_by = [judge.undecided.search(asked.searches) for judge in judges]
            write_rows(session, rows_frame(session, frame, judges, decided_by, asked.inventory), out)
        issuers = tuple(fleets.summary_of(judge.issuer, found) for judge, found in zip(judges, counted, strict=True))
        deployments = sum(issuers[0].levels.values()) if issuers else 0
        on_progress(deployments)
        says = fleets.says_of(issuers, compiled)
        return FleetCheck(asked.inventory, issuers, report or report_of_normal(deployments), says, asked.as_of, asked.known)


def _address(output: str, cluster: Cluster) -> str:
    """Return an output as Spark names it; raise `EngineError` if it is there already."""
    if "://" in output or not cluster.here:
        return output
    path = Path(output).absolute()
    if path.exists():
        raise EngineError("it is there already", Place(output), "Spark writes a folder of files; name one that is not there yet")
    if not path.parent.is_dir():
        raise EngineError("the folder around it is not there", Place(output), "nothing was written")
    return path.as_uri()


@contextmanager
def _session(cluster: Cluster) -> Iterator[SparkSession]:
    """Give the caller's session, or one of our own that ends here."""
    if cluster.session is not None:
        yield cluster.session
        return
    from supportable.engines.spark_session import session_of

    session = session_of(cluster.master, cluster.remote, cluster.settings, quiet=True)
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def _frame(session: SparkSession, asked: fleets.Asked, cluster: Cluster) -> Iterator[tuple[DataFrame, Any]]:
    """Give the inventory as a data frame in the normal form, and what became of its rows where it was read here."""
    from supportable.engines.spark_fleet import frame_of, read_frame

    if asked.mapping == fleets.NORMAL:
        local = Path(asked.inventory)
        yield read_frame(session, local.absolute().as_uri() if cluster.here and local.exists() else asked.inventory), None
        return
    with tempfile.TemporaryDirectory(prefix="supportable-") as folder:
        normal = Path(folder) / "normal.parquet"
        report = fleets.normalise(asked, normal)
        if cluster.here:
            yield read_frame(session, normal.as_uri()), report
        else:
            import pyarrow.parquet as pq

            yield frame_of(session, pq.read_table(normal)), report
