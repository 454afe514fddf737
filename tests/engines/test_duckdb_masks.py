"""The plain SQL of a joined pack gives the very masks that the lookup tables give."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fleets import drawn, every_construct, merged, numbered, odd_fleet, random_fleet
from strategies import deployments, packs
from supportable.app import load_packs, prepare
from supportable.core.clauses import Pack
from supportable.core.moments import join
from supportable.engines.arrow import schema_of, table_of
from supportable.engines.duckdb import Limits
from supportable.engines.duckdb_masks import by_duckdb, regrouped
from supportable.engines.moments import compile_moments
from supportable.engines.tables import Judging, Masks
from supportable.errors import EngineError


@pytest.fixture(scope="module")
def fleet():
    return numbered([*odd_fleet(), *drawn(deployments(), 90)])


def batch_of(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def differing(packs_of_one: list[Pack], batch: pa.RecordBatch) -> list[str]:
    """The masks that the two engines do not have in common."""
    made = compile_moments(join("issuer", [packs_of_one]))
    tables, sql = Judging(made.tables).masks(batch), by_duckdb(made, Limits(threads=2))(batch)
    return [
        name
        for name in Masks._fields
        if getattr(tables, name).dtype != getattr(sql, name).dtype or not np.array_equal(getattr(tables, name), getattr(sql, name))
    ]


def test_every_construct_has_the_same_masks(fleet):
    """Every construct, kind of field and operator, over odd rows and drawn ones, several words of clauses wide."""
    pack = every_construct()
    every = pack._replace(clauses=tuple(one._replace(kind="requirement", caps=one.caps or "middle") for one in pack.clauses))

    assert len(every.clauses) > 128
    assert differing([every], batch_of(table_of(fleet))) == []


def test_generated_packs_have_the_same_masks(fleet):
    """Generated packs one by one (also those without any requirement), and many as one."""
    batch, found = batch_of(table_of(fleet)), drawn(packs(), 45)

    assert [number for number, pack in enumerate(found[:20]) if differing([pack], batch)] == []
    assert differing([merged(found)], batch) == []
    assert differing([merged([])], batch) == []


def test_the_shipped_packs_have_the_same_masks():
    """All packs of each issuer, joined, over random deployments of all fields; a batch that is one row, and none."""
    by_issuer: dict[str, list[Pack]] = {}
    for one in prepare(load_packs(), (), "2026-11-25", "2026-11-25"):
        by_issuer.setdefault(one.pack.issuer, []).append(one.pack)
    batch = batch_of(table_of(numbered(random_fleet(4, 400)), schema_of()))

    assert len(by_issuer) > 0
    for same in by_issuer.values():
        for part in (batch, batch.slice(17, 1), batch.slice(0, 0)):
            assert differing(same, part) == []


def test_many_rows_keep_their_order():
    """Rows of several row groups, judged by several threads, come back in the order in which they went in."""
    pack = every_construct()
    pack = pack._replace(clauses=tuple(one._replace(kind="requirement", caps="worst") for one in pack.clauses[:25]))
    few = table_of(numbered(random_fleet(9, 1000)))
    many = pa.concat_tables([few] * 140)

    assert differing([pack], batch_of(many)) == []


def test_regrouping_keeps_rows_and_order():
    """Batches of at least so many rows, the same rows in the same order; an empty fleet gives none."""
    batches = [pa.record_batch({"key": list(map(str, range(start, start + 10)))}) for start in range(0, 100, 10)]

    found = list(regrouped(batches, 25))

    assert [one.num_rows for one in found] == [30, 30, 30, 10]
    assert pa.Table.from_batches(found).equals(pa.Table.from_batches(batches).combine_chunks())
    assert list(regrouped([])) == []


def test_a_column_of_another_type_is_refused():
    """The sentence names the column."""
    made = compile_moments(join("issuer", [[every_construct()]]))

    with pytest.raises(EngineError, match=r"workload.service_pack"):
        by_duckdb(made)(pa.record_batch({"key": ["a"], "workload.service_pack": ["3"]}))
