"""The normal form of `core/fleet.py` as Arrow tables, and the rows an engine gives back.

In: packs, deployments, or the schema of somebody's table. Out: schemas, tables, and the outcomes of result rows. A column that
a pack reads may be missing (nothing is known then); a column of another type is refused, for a text `3` is not the number 3.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from supportable.core.clauses import Pack
from supportable.core.compile import Outcomes
from supportable.core.deployment import Deployment
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.fleet import KEY, absent_column, columns_read, complete_column, row_of
from supportable.core.sql import Columns, outcomes_of
from supportable.engines import not_installed
from supportable.errors import EngineError, Place

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    raise not_installed("pyarrow", "fleet") from None

_TYPES = {"integer": pa.int64(), "boolean": pa.bool_()}
_WORDS = {"integer": "whole numbers", "boolean": "true and false"}

RESULTS = pa.schema(
    [
        pa.field(KEY, pa.string()),
        pa.field("applies", pa.bool_()),
        *(pa.field(name, pa.int32()) for name in ("best", "worst", "worst_literal")),
        pa.field("outcomes", pa.list_(pa.int64())),
    ]
)
"""What every engine gives back, one row a deployment: see `core/sql.py: pack_query`."""


def schema_of(packs: Iterable[Pack] | None = None) -> pa.Schema:
    """Return the schema of the normal form: the columns that the packs read, or all there are."""
    read = set(FIELDS), set(LISTINGS)
    if packs is not None:
        fields, listings = columns_read(packs)
        read = set(fields), set(listings)
    columns = [pa.field(KEY, pa.string(), nullable=False)]
    for name in FIELDS:
        if name in read[0] and FIELDS[name].listing is None:
            columns += _pair(name)
    for listing in LISTINGS:
        if listing in read[1]:
            members = [one for name in FIELDS if name in read[0] and FIELDS[name].listing == listing for one in _pair(name)]
            columns.append(pa.field(listing, pa.list_(pa.struct([pa.field("name", pa.string()), *members]))))
            columns.append(pa.field(complete_column(listing), pa.bool_()))
    return pa.schema(columns)


def _pair(name: str) -> list[Any]:
    return [pa.field(name, _TYPES.get(FIELDS[name].kind, pa.string())), pa.field(absent_column(name), pa.bool_())]


def table_of(deployments: Iterable[Deployment], schema: pa.Schema | None = None) -> pa.Table:
    """Return the table of some deployments; `schema` says which columns, without it all there are."""
    return pa.Table.from_pylist([row_of(one) for one in deployments], schema=schema or schema_of())


def columns_of(schema: pa.Schema, place: str) -> Columns:
    """Return which columns of the normal form a table has; raise `EngineError` where one has another type."""
    if KEY not in schema.names:
        raise EngineError(f"there is no column `{KEY}`", Place(place), "each row needs the key of its deployment")
    whole, items = {KEY}, {}
    for wanted in schema_of():
        if wanted.name not in schema.names:
            continue
        found = schema.field(wanted.name).type
        if wanted.name in LISTINGS:
            items[wanted.name] = _members(wanted, found, place)
        else:
            _check(wanted.name, wanted.type, found, place)
        whole.add(wanted.name)
    return Columns(frozenset(whole), items)


def _members(wanted: Any, found: pa.DataType, place: str) -> frozenset[str]:
    is_list = pa.types.is_list(found) or pa.types.is_large_list(found)
    if not is_list or not pa.types.is_struct(found.value_type):
        raise EngineError(
            f"column `{wanted.name}` is not a list of structs", Place(place), "one struct an item, with `name` and its fields"
        )
    members = {one.name: one.type for one in found.value_type}
    for one in wanted.type.value_type:
        if one.name in members:
            _check(one.name, one.type, members[one.name], place)
    return frozenset(members)


def _check(name: str, wanted: pa.DataType, found: pa.DataType, place: str) -> None:
    if pa.types.is_dictionary(found):
        found = found.value_type
    fits = pa.types.is_null(found) or (
        pa.types.is_integer(found)
        if wanted == pa.int64()
        else pa.types.is_boolean(found)
        if wanted == pa.bool_()
        else pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)
    )
    if not fits:
        words = _WORDS.get(FIELDS[name].kind, "texts") if name in FIELDS else "texts" if name in (KEY, "name") else _WORDS["boolean"]
        raise EngineError(f"column `{name}` holds {found}, not {words}", Place(place), "say in the mapping how its values are written")


class Result(NamedTuple):
    """What an engine says of one row."""

    key: str
    outcomes: Outcomes


def results_of(batches: Iterable[pa.RecordBatch], pack: Pack) -> Iterator[Result]:
    """Yield the rows that an engine gave back, as the compiled function gives them."""
    for batch in batches:
        for row in batch.to_pylist():
            yield result_of(row, pack)


def result_of(row: Mapping[str, Any], pack: Pack) -> Result:
    """Return one row that an engine gave back."""
    codes = outcomes_of(row["outcomes"], len(pack.clauses))
    return Result(row[KEY], Outcomes(codes, row["applies"], row["best"], row["worst"], row["worst_literal"]))


def save_parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> int:
    """Write batches to a Parquet file and return how many rows; the file is there whole or not at all."""
    rows, unfinished = 0, path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)
                rows += batch.num_rows
        unfinished.replace(path)
    except OSError as error:
        raise EngineError(f"cannot write the file: {error.strerror or error}", Place(str(path))) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return rows
