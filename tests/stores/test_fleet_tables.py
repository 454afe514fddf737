"""Outputs of a fleet: the rows read back are the rows written, in every kind; and whatever happens, whole or not at all."""

from __future__ import annotations

import csv
import gzip
import json
import os
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

from postgresql_server import NOBODY, PASSWORD, Server
from supportable.errors import OutputError, UsageError
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
    odd = st.sampled_from(
        ["", ";", '"', '""', ",", "\n", "\r\n", "\\", "\\N", "\t", "{a,b}", "NULL", "null", " a ", "'", "é", "𝔘", "kb1.a", "\x01"]
    )
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
        options = pyarrow.csv.ConvertOptions(
            column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
        )
        parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
        return pyarrow.csv.read_csv(pyarrow.BufferReader(data), parse_options=parse, convert_options=options).to_pylist()
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


@pytest.fixture
def output(request, tmp_path):
    """Name outputs of a kind: `output("csv")`."""

    def make(kind: str) -> str:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        return named(kind, folder, request.getfixturevalue("server").new_database() if kind == "postgresql" else "")

    return make


@pytest.mark.parametrize("kind", ["parquet", "csv", "csv.gz", "jsonl", "ndjson.gz", *DATABASES])
def test_what_is_written_is_what_is_read(kind, request):
    """Rows of any texts, NULLs and lists come back as written, as far as `docs/fleets.md` says that the kind can hold the difference."""
    server = request.getfixturevalue("server") if kind == "postgresql" else None
    database = server.new_database() if server else ""

    @settings(max_examples=25)
    @given(table=tables(nul=kind != "postgresql"), cut=st.integers(0, 12))
    def check(table, cut):
        with tempfile.TemporaryDirectory() as folder:
            where = named(kind, Path(folder), database)
            write(where, table.slice(0, cut), table.slice(cut))
            assert read(kind, where, server) == promised(kind, table)
            if server:
                server.execute("DROP TABLE out", database.rpartition("/")[2])

    check()


def rows_of(count: int, first: int = 0) -> pyarrow.Table:
    """So many rows, each different."""
    keys = [f"key {number}" for number in range(first, first + count)]
    columns = {name: pyarrow.nulls(count, SCHEMA.field(name).type) for name in SCHEMA.names}
    lists = pyarrow.array([[f"kb810986.clause-{number % 97}", "b;c"] for number in range(count)], SCHEMA.field("many").type)
    return pyarrow.table(columns | {"key": keys, "many": lists}, SCHEMA)


@pytest.mark.parametrize("kind", FILES)
def test_the_same_rows_give_the_same_bytes(kind, output):
    """However rows are cut, across a group and within one, and whatever the file is called, a file has the same bytes."""
    rows, place, other = rows_of(GROUP_ROWS + 1000), output(kind), output(kind)
    write(place, rows)
    write(other, rows.slice(0, 3), rows.slice(3, 0), rows.slice(3, 40_000), rows.slice(40_003))

    assert Path(place).read_bytes() == Path(other).read_bytes()
    assert read(kind, place) == promised(kind, rows)


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_give_the_columns(kind, output, server):
    """An output without rows has its columns (but for JSON lines, which name them in each row), and replaces what was there."""
    place = output(kind)
    write(place)

    assert read(kind, place, server) == []
    if kind == "parquet":
        assert pyarrow.parquet.read_schema(place).equals(SCHEMA)
    elif kind.startswith("csv"):
        data = Path(place).read_bytes()
        (line,) = csv.reader((gzip.decompress(data) if kind.endswith(".gz") else data).decode().splitlines())
        assert line == SCHEMA.names
    elif kind == "sqlite":
        with closing(sqlite3.connect(place.partition(":")[2].partition("#")[0])) as connection:
            assert [row[1] for row in connection.execute("PRAGMA table_info(out)")] == SCHEMA.names


def test_csv_quotes_only_what_needs_it(output):
    """A cell is quoted where a reader would take it for something else, and nowhere else; NULL is empty, an empty text is not."""
    schema = pyarrow.schema([("a", pyarrow.string()), ("b", pyarrow.list_(pyarrow.string()))])
    rows = [("x y;z", ["c", "d;e"]), ('q"', ["f,g"]), ("", []), (None, None), ("l\r", ["\n"])]
    place = output("csv")
    write(place, pyarrow.Table.from_pylist([dict(zip("ab", row, strict=True)) for row in rows], schema), schema=schema)

    assert Path(place).read_bytes() == b'a,b\nx y;z,c;d;e\n"q""","f,g"\n"",""\n,\n"l\r","\n"\n'
    place = output("csv")
    write(place, pyarrow.table({"a": pyarrow.array([None, "b"])}), schema=pyarrow.schema([("a", pyarrow.string())]))
    assert len(list(csv.DictReader(Path(place).read_text().splitlines()))) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_fails_in_the_middle_leaves_nothing(kind, output, server):
    """When the block raises after many rows, the error is the block's, and there is neither an output nor a file beside it."""
    place = output(kind)
    with pytest.raises(ZeroDivisionError), open_output(place, SCHEMA) as opened:
        opened.write(rows_of(GROUP_ROWS + 1))
        raise ZeroDivisionError

    if kind == "postgresql":
        assert server.execute("SELECT to_regclass('out')", place.rpartition("/")[2].partition("#")[0]) == [(None,)]
    else:
        assert list(folder_of(place).iterdir()) == []


def folder_of(place: str) -> Path:
    return Path(place.partition(":")[2].partition("#")[0] or place).parent


WRITING = """
import json, os, resource, signal, sys, time
import duckdb, psycopg, pyarrow.compute, pyarrow.parquet
from supportable.errors import SupportableError
from supportable.stores import fleet_databases, fleet_files
from supportable.stores.fleet_tables import open_output

def work(place, source, limit, room, ready):
    os.environ["TMPDIR"] = room or "/tmp"
    rows = pyarrow.parquet.read_table(source)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    os.write(ready, b".")
    try:
        with open_output(place, rows.schema) as output:
            for _ in range(3):
                output.write(rows)
    except SupportableError as error:
        return str(error)
    return ""

for line in sys.stdin:
    place, source, kill_after_s, limit, room = json.loads(line)
    (started, ready), (said, telling) = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(telling, work(place, source, limit, room, ready).encode())
        finally:
            os._exit(0)
    os.close(ready), os.close(telling)
    os.read(started, 1)
    began = time.monotonic()
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(said, "rb") as stream:
        text = stream.read().decode()
    _, status = os.waitpid(child, 0)
    os.close(started)
    print(json.dumps([os.WIFSIGNALED(status), text, time.monotonic() - began]), flush=True)
"""
"""Libraries are loaded once; each output is written by a process of its own, forked before any library has threads."""


@pytest.fixture(scope="module")
def writing(tmp_path_factory):
    """Write rows in another process, which may be killed: -> whether it was, what it said, and how long it took."""
    source = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pyarrow.parquet.write_table(rows_of(30_000), source)
    with subprocess.Popen([sys.executable, "-c", WRITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def write_there(place: str, kill_after_s: float | None = None, limit: int = 0, room: str = "") -> tuple[bool, str, float]:
            process.stdin.write(json.dumps([place, str(source), kill_after_s, limit, room]) + "\n")
            process.stdin.flush()
            return tuple(json.loads(process.stdout.readline()))

        yield write_there
        process.stdin.close()


def count(kind: str, place: str, table: str = "out") -> int | None:
    """How many rows a table of a database has, `None` where there is none; another program finds what a killed one left."""
    path = place.partition(":")[2].partition("#")[0]
    if not Path(path).exists():
        return None
    try:
        with closing(sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(path)) as connection:
            return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    except (sqlite3.OperationalError, duckdb.CatalogException):
        return None


def state(kind: str, place: str, server: Server | None) -> int | bytes | None:
    """What is there now: a number of rows, or the bytes of a file, or nothing."""
    if kind == "postgresql":
        database = place.rpartition("/")[2].partition("#")[0]
        found = server.execute("SELECT to_regclass('out') IS NOT NULL", database) == [(True,)]
        return server.execute("SELECT count(*) FROM out", database)[0][0] if found else None
    if kind in DATABASES:
        return count(kind, place)
    return Path(place).read_bytes() if Path(place).exists() else None


def holding(kind: str, place: str) -> None:
    """Make a database with rows of somebody else."""
    path = place.partition(":")[2].partition("#")[0]
    with closing(sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs AS SELECT 'kept' AS word")
        connection.commit()


# A database of a server is always there.
KILLED = [
    (kind, there) for kind in ("parquet", "csv", "jsonl.gz", *DATABASES) for there in (False, True) if (kind, there) != ("postgresql", True)
]


@pytest.mark.parametrize(("kind", "there"), KILLED, ids=[f"{kind}-{'there' if there else 'new'}" for kind, there in KILLED])
def test_killed_at_any_moment_it_is_whole_or_not_there(kind, there, output, writing, request):
    """`kill -9` at ten random moments: what was there before is as it was, or everything is written; nothing is in between."""
    server = request.getfixturevalue("server") if kind == "postgresql" else None
    random, place = Random(kind), output(kind)
    before = None
    if there and kind in DATABASES:
        holding(kind, place)
    elif there:
        Path(place).write_bytes(before := b"what was there before")
    whole_place = output(kind)
    _, said, seconds = writing(whole_place)
    assert said == ""
    whole = state(kind, whole_place, server)
    kills = 0
    for _ in range(10):
        killed, said, took = writing(place, random.uniform(0, seconds))
        kills += killed
        # The first run may have been slowed by others; a kill must come before the end.
        seconds = seconds if killed else min(seconds, took)
        assert said == ""
        if kind == "postgresql":
            settled(server, place)
        found = state(kind, place, server)
        assert found in (before, whole)
        if there and kind in DATABASES:
            assert count(kind, place, "theirs") == 1
        if found == whole and kind in DATABASES:
            remove(kind, place, server, there)
        elif found == whole:
            Path(place).unlink() if before is None else Path(place).write_bytes(before)
    assert kills > 0


def settled(server: Server, place: str) -> None:
    """Wait until the server has noticed that its client is gone."""
    database = place.rpartition("/")[2].partition("#")[0]
    while server.execute(f"SELECT 1 FROM pg_stat_activity WHERE datname = '{database}' AND application_name = 'supportable'"):
        time.sleep(0.02)


def remove(kind: str, place: str, server: Server | None, there: bool) -> None:
    if server is not None:
        server.execute("DROP TABLE out", place.rpartition("/")[2].partition("#")[0])
        return
    path = Path(place.partition(":")[2].partition("#")[0])
    if not there:
        path.unlink()
        return
    with closing(sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(str(path))) as connection:
        connection.execute("DROP TABLE out")
        connection.commit()


@pytest.mark.parametrize("there", [False, True], ids=["new", "there"])
@pytest.mark.parametrize("kind", ["parquet", "csv", "csv.gz", "jsonl", "duckdb", "sqlite"])
def test_a_file_that_may_not_grow_is_told(kind, there, output, writing):
    """At the limit of the system for a file: one sentence and a hint, what was there is as it was, and nothing lies about."""
    place = output(kind)
    before = None
    if there and kind in DATABASES:
        holding(kind, place)
    elif there:
        Path(place).write_bytes(before := b"before")
    names = sorted(folder_of(place).iterdir())
    for limit in (100, 20_000) if not there or kind not in DATABASES else (20_000, 300_000):
        _, said, _ = writing(place, limit=limit)
        assert "cannot" in said and "\nhint: " in said and len(said.splitlines()) == 2, said
    assert state(kind, place, None) == before
    if there and kind in DATABASES:
        assert count(kind, place, "theirs") == 1
    assert sorted(folder_of(place).iterdir()) == names


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of 64 kilobytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("only root may mount a small disk, and not in every container")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl", "duckdb", "sqlite"])
def test_a_full_disk_is_told(kind, small_disk, writing):
    """On a disk that is too small for the output: one sentence, and the disk is empty again."""
    _, said, _ = writing(named(kind, small_disk))
    assert "cannot be written: the disk is full\nhint: nothing was written, and what was there before is as it was" in said
    assert len(said.splitlines()) == 2
    assert list(small_disk.iterdir()) == []


def test_a_full_folder_for_temporary_files_is_told(small_disk, writing, output):
    """Rows for a database wait in the folder for temporary files: where it is full, a sentence names it, and there is no database."""
    place = output("sqlite")
    _, said, _ = writing(place, room=str(small_disk))
    assert f"{small_disk}: the rows cannot wait in the folder for temporary files, which TMPDIR names: the disk is full\nhint: " in said
    assert list(small_disk.iterdir()) == list(folder_of(place).iterdir()) == []


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl", "duckdb", "sqlite"])
def test_a_place_that_cannot_be_written_is_told_at_once(kind, tmp_path):
    """No folder, a folder of that name, a file for a folder, a loop of links: one sentence before any row is asked for."""
    (tmp_path / "file").write_text("")
    loop = tmp_path / "loop"
    loop.mkdir()
    (loop / f"out.{'db' if kind in DATABASES else kind}").symlink_to(f"out.{'db' if kind in DATABASES else kind}")
    there = tmp_path / "there"
    there.mkdir()
    (there / f"out.{'db' if kind in DATABASES else kind}").mkdir()
    for folder, part in ((tmp_path / "none", "there is no folder"), (there, "directory"), (tmp_path / "file", "folder"), (loop, "links")):
        with pytest.raises(OutputError, match=part) as told, open_output(named(kind, folder), SCHEMA):
            pytest.fail("was opened")
        assert told.value.place is not None and told.value.hint
    assert list(there.iterdir()) == [there / f"out.{'db' if kind in DATABASES else kind}"]


@contextmanager
def as_somebody_without_rights() -> Iterator[None]:
    """Root may write everything, so root's tests become `nobody` for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb", "sqlite"])
def test_what_may_not_be_written_is_told(kind):
    """A folder, or a file in it, that the user may not write: one sentence, and the file is as it was."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        with as_somebody_without_rights(), pytest.raises(OutputError, match="permission denied"):
            write(named(kind, folder))
        assert list(folder.iterdir()) == []
        folder.chmod(0o777)
        path = folder / ("out.db" if kind in DATABASES else f"out.{kind}")
        path.write_bytes(b"")
        path.chmod(0o444)
        with as_somebody_without_rights(), pytest.raises(OutputError, match="permission denied"):
            write(named(kind, folder))
        assert path.read_bytes() == b"" and list(folder.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["csv", "duckdb", "sqlite"])
def test_a_link_stays_a_link(kind, tmp_path):
    """What a link points to is written, whether it is there or not; the link, and the rights of a file that is replaced, stay."""
    real = tmp_path / "real"
    real.mkdir()
    where = named(kind, tmp_path)
    link = Path(where.partition(":")[2].partition("#")[0] or where)
    link.symlink_to(real / link.name)
    write(where, rows_of(2))
    assert link.is_symlink() and not (real / link.name).is_symlink()
    if kind == "csv":
        (real / link.name).chmod(0o640)
        write(where, rows_of(3))
        assert (real / link.name).stat().st_mode & 0o777 == 0o640
    assert len(read(kind, where)) == (3 if kind == "csv" else 2)
    assert sorted(tmp_path.rglob("*")) == sorted([real, real / link.name, link])


@pytest.mark.parametrize("kind", DATABASES)
def test_a_table_that_is_there_is_nobodys_to_overwrite(kind, output, server):
    """A table with rows or other columns, or a view, is refused at once and stays; an empty one with the same columns is used."""
    place = output(kind)
    write(place, rows_of(5))
    with (
        pytest.raises(OutputError, match="there is a table of that name already, and it holds rows\nhint: name another") as told,
        open_output(place, SCHEMA),
    ):
        pytest.fail("was opened")
    assert told.value.place is not None and PASSWORD not in str(told.value)
    assert len(read(kind, place, server)) == 5

    run(kind, place, server, "DELETE FROM out")
    other = pyarrow.schema([("key", pyarrow.string())])
    with pytest.raises(OutputError, match="with other columns"):
        write(place, schema=other)
    write(place, rows_of(7))
    assert read(kind, place, server) == promised(kind, rows_of(7))

    run(kind, place, server, "CREATE VIEW seen AS SELECT * FROM out WHERE key IS NULL")
    with pytest.raises(OutputError, match="it is no table"):
        write(place.replace("#out", "#seen"))


def run(kind: str, place: str, server: Server, statement: str) -> None:
    if kind == "postgresql":
        server.execute(statement, place.rpartition("/")[2].partition("#")[0])
        return
    path = place.partition(":")[2].partition("#")[0]
    with closing(sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize("kind", DATABASES)
def test_a_table_that_came_meanwhile_is_not_touched(kind, output, server):
    """A table, or a database, that somebody made while the rows were found is left as it is, and the sentence says so."""
    place = output(kind)
    with pytest.raises(OutputError, match="already, with other columns"), open_output(place, SCHEMA) as opened:
        opened.write(rows_of(3))
        run(kind, place, server, "CREATE TABLE out (word text)")
        run(kind, place, server, "INSERT INTO out VALUES ('theirs')")

    assert state(kind, place, server) == 1


@pytest.mark.parametrize("kind", DATABASES)
def test_rows_can_go_beside_those_that_are_read(kind, output, server):
    """The inventory may be another table of the same database, if it is closed before the output ends."""
    from supportable.stores.inventories import open_inventory
    from supportable.stores.inventory_report import Tally

    place = output(kind)
    run(kind, place, server, "CREATE TABLE theirs (word text)")
    run(kind, place, server, "INSERT INTO theirs VALUES ('kept')")
    with open_output(place, SCHEMA) as opened, open_inventory(place.replace("#out", "#theirs")) as inventory:
        for batch in inventory.batches(["word"], {}, Tally()):
            assert batch.columns.to_pylist() == [{"word": "kept"}]
        opened.write(rows_of(3))

    assert len(read(kind, place, server)) == 3


def test_a_database_that_is_locked_is_told(output):
    """SQLite: a writer that does not end is waited for, then told; nothing is lost."""
    place = output("sqlite")
    holding("sqlite", place)
    with closing(sqlite3.connect(folder_of(place) / "out.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="another program has locked the file"), open_output(place, SCHEMA):
            pytest.fail("was opened")
    write(place, rows_of(1))
    assert count("sqlite", place) == 1


def test_what_is_no_database_is_told(output):
    """A file that is something else is told in a sentence and stays as it is."""
    for kind in ("duckdb", "sqlite"):
        place = output(kind)
        path = folder_of(place) / "out.db"
        path.write_bytes(b"this is no database" * 100)
        with pytest.raises(OutputError, match="cannot be written: "):
            write(place)
        assert path.read_bytes() == b"this is no database" * 100
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("where", "part"),
    [
        ("out.xlsx", "ending"),
        ("out", "ending"),
        ("", "ending"),
        ("out.parquet.gz", "ending"),
        ("out.json", "ending"),
        ("mysql://h/d#t", "ending"),
        ("duckdb:out.db", "no table"),
        ("sqlite:#t", "no table"),
        ("sqlite:out.db#a.b.c", "names no table"),
        ("duckdb:out.db#.t", "names no table"),
        ("sqlite:out.db#other.t", "no schema"),
        ("duckdb:out.db#other.t", "no schema"),
        ("postgresql://h/d", "no table"),
        ("postgresql://h/d#" + "t" * 64, "at most 63 bytes"),
    ],
)
def test_what_names_no_output_is_wrong_use(where, part, tmp_path, monkeypatch):
    """An ending that is not clear, a database without a table, a schema that cannot be there: one sentence with a hint, and no file."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=part) as told, open_output(where, SCHEMA):
        pytest.fail("was opened")

    assert told.value.hint
    assert list(tmp_path.iterdir()) == []


def test_what_postgresql_cannot_hold_is_told(server):
    """NUL in a text, a schema that is not there, a right that is missing, a wrong password: one sentence each, and no table."""
    url = server.new_database()
    database = url.rpartition("/")[2]
    rows = pyarrow.Table.from_pylist([dict.fromkeys(SCHEMA.names) | {"key": "a\x00b"}], SCHEMA)
    with pytest.raises(OutputError, match=r"the character NUL.*\nhint: nothing was written"):
        write(f"{url}#out", rows)
    with pytest.raises(OutputError, match="no such schema"):
        write(f"{url}#none.out", rows)
    server.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    guest = url.replace(url.partition("//")[2].partition("@")[0], "guest:guest")
    with pytest.raises(OutputError, match="does not let this user make the table"):
        write(f"{guest}#out")
    with pytest.raises(OutputError, match="cannot be reached") as told:
        write(f"{guest.replace('guest:guest', 'guest:hush')}#out")

    assert "hush" not in str(told.value)
    assert server.execute("SELECT to_regclass('out')", database) == [(None,)]


def test_a_server_that_goes_away_is_told(server):
    """Sessions that are ended while rows are copied, or a server that is not there any more: one sentence, and no table."""
    import threading

    url = server.new_database()
    database = url.rpartition("/")[2]
    ended, stop = [], threading.Event()

    def end() -> None:
        asked = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND query LIKE 'COPY%'"
        while not stop.is_set():
            ended.extend(server.execute(asked))

    ender = threading.Thread(target=end)
    try:
        with pytest.raises(OutputError, match=r"went away in the middle\nhint: nothing"), open_output(f"{url}#out", SCHEMA) as opened:
            for first in range(0, 400_000, 100_000):
                opened.write(rows_of(100_000, first))
            ender.start()
    finally:
        stop.set()
        ender.join()

    assert ended
    assert server.execute("SELECT to_regclass('out')", database) == [(None,)]


def test_the_command_writes_a_table(command, tmp_path):
    """`fleet check -o` writes into a table; a missing inventory leaves no database behind, and a file that is read is not written over."""
    (tmp_path / "i.csv").write_text("id,service\na,mscs\nb,\n")
    (tmp_path / "m.yaml").write_text("mapping: m\nrows: deployment\nkey: id\ncolumns:\n  service: cluster.service\n")
    place = f"sqlite:{tmp_path / 'o.db'}#verdicts"
    done = command("fleet", "check", tmp_path / "none.csv", "--mapping", tmp_path / "m.yaml", "-o", place)
    assert done.returncode == 2 and "none.csv" in done.stderr
    assert not (tmp_path / "o.db").exists()
    line = ("fleet", "check", tmp_path / "i.csv", "--mapping", tmp_path / "m.yaml", "--document", "KB810986", "--exit-zero", "-o", place)
    over = command(*line[:-1], tmp_path / "i.csv")
    assert over.returncode == 2 and "is a file of the inventory" in over.stderr
    assert (tmp_path / "i.csv").read_text().startswith("id,service")
    done = command(*line)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(tmp_path / "o.db")) as connection:
        assert connection.execute("SELECT key FROM verdicts ORDER BY key").fetchall() == [("a",), ("b",)]
    done = command(*line)
    assert done.returncode == 1 and "holds rows\nhint: " in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["i.csv", "m.yaml", "o.db"]
