"""Outputs of a fleet: the rows read back are the rows written, in every kind; and whatever happens, whole or not at all."""

from __future__ import annotations

import csv
import datetime
import gzip
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import duckdb
import pyarrow
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postgresql_server import NOBODY, Server
from supportable.errors import OutputError, SupportableError, UsageError
from supportable.stores.fleet_tables import GROUP_ROWS, open_output

FILES = ["parquet", "csv", "jsonl", "ndjson", "csv.gz", "jsonl.gz", "ndjson.gz"]
DATABASES = ["duckdb", "sqlite", "postgresql"]
KINDS = [*FILES, *DATABASES]
SCHEMA = pyarrow.schema(
    [
        ("key", pyarrow.string()),
        ('odd "name", ü', pyarrow.string()),
        ("many", pyarrow.list_(pyarrow.string())),
        ("more", pyarrow.list_(pyarrow.string())),
        ("true", pyarrow.bool_()),
        ("small", pyarrow.int8()),
        ("large", pyarrow.int64()),
        ("day", pyarrow.date32()),
    ]
)
LISTS = ("many", "more")


def texts(nul: bool) -> st.SearchStrategy[str]:
    odd = st.sampled_from(["", ";", '"', '""', ",", "\n", "\r\n", "\\", "\\N", "\t", "{a,b}", "NULL", "null", " a ", "'", "é", "𝔘", "kb1.a", "\x01"])
    return odd | st.text(st.characters(codec="utf-8", exclude_characters="" if nul else "\x00"), max_size=8)


def tables(nul: bool) -> st.SearchStrategy[pyarrow.Table]:
    text = st.none() | texts(nul)
    many = st.none() | st.lists(text, max_size=3)
    integers = [st.none() | st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 64)]
    row = st.tuples(text, text, many, many, st.none() | st.booleans(), *integers, st.none() | st.dates())
    return st.lists(row, max_size=12).map(
        lambda rows: pyarrow.Table.from_pylist([dict(zip(SCHEMA.names, one, strict=True)) for one in rows], SCHEMA)
    )


def named(kind: str, folder: Path, database: str = "") -> str:
    """An output of a kind that is not there yet."""
    if kind == "postgresql":
        return f"{database}#out"
    return f"{kind}:{folder / 'out.db'}#out" if kind in DATABASES else str(folder / f"out.{kind}")


def write(where: str, *parts: pyarrow.Table, schema: pyarrow.Schema = SCHEMA) -> None:
    with open_output(where, schema) as output:
        for part in parts:
            output.write(part)


def as_joined(value):
    return None if value is None else ";".join(item or "" for item in value)


def promised(kind: str, table: pyarrow.Table) -> list[dict]:
    """The rows as a kind can hold them (docs/fleets.md)."""
    rows = table.to_pylist()
    for row in rows:
        if kind.startswith("csv") or kind == "sqlite":
            row |= {name: as_joined(row[name]) for name in LISTS}
        if kind == "sqlite" or "json" in kind:
            row["day"] = row["day"] and row["day"].isoformat()
    return rows


def read(kind: str, where: str, server: Server | None = None) -> list[dict]:
    """The rows as another program reads them."""
    if kind == "parquet":
        return pyarrow.parquet.read_table(where).to_pylist()
    if kind == "postgresql":
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in SCHEMA.names)
        rows = server.execute(f"SELECT {names} FROM out ORDER BY ctid", where.rpartition("/")[2].partition("#")[0])
        return [dict(zip(SCHEMA.names, row, strict=True)) for row in rows]
    path = where.partition(":")[2].partition("#")[0] or where
    if kind == "duckdb":
        with duckdb.connect(path, read_only=True) as connection:
            return connection.sql("FROM out").to_arrow_table().to_pylist()
    if kind == "sqlite":
        with closing(sqlite3.connect(path)) as connection:
            cursor = connection.execute("SELECT * FROM out ORDER BY rowid")
            rows = [dict(zip(SCHEMA.names, row, strict=True)) for row in cursor.fetchall()]
        return [row | {"true": None if row["true"] is None else bool(row["true"])} for row in rows]
    data = gzip.decompress(Path(where).read_bytes()) if where.endswith(".gz") else Path(where).read_bytes()
    if kind.startswith("csv"):
        types = {one.name: pyarrow.string() if one.name in LISTS else one.type for one in SCHEMA}
        options = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""])
        parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
        return pyarrow.csv.read_csv(pyarrow.BufferReader(data), parse_options=parse, convert_options=options).to_pylist()
    import json

    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


@pytest.fixture
def output(request, tmp_path):
    """Name outputs of a kind: `output("csv")`."""

    def make(kind: str) -> str:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        return named(kind, folder, request.getfixturevalue("server").new_database() if kind == "postgresql" else "")

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_what_is_read(kind, request):
    """Rows of any texts, NULLs and lists come back as written, as far as `docs/fleets.md` says that the kind can hold the difference."""
    server = request.getfixturevalue("server") if kind == "postgresql" else None
    database = server.new_database() if server else ""

    @settings(max_examples=40)
    @given(table=tables(nul=kind != "postgresql"), cut=st.integers(0, 12))
    def check(table, cut):
        with tempfile.TemporaryDirectory() as folder:
            where = named(kind, Path(folder), database)
            write(where, table.slice(0, cut), table.slice(cut))
            assert read(kind, where, server) == promised(kind, table)
            if server:
                server.execute("DROP TABLE out", database.rpartition("/")[2])

    check()
