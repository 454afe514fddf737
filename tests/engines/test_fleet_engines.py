"""One fleet, three engines: the same rows and the same summary, through the real command and with a session of the caller."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supportable import fleets, fleets_on_spark
from supportable.engines.issuers import ROWS
from supportable.errors import EngineError, InventoryError, SupportableError
from supportable.fleets import NORMAL, Asked, check_fleet, normalise, render

MAPPING = """\
mapping: sample
rows: node
key: cluster
complete: {nodes: {count: nodes}}
labels: [customer]
columns:
  host: nodes.name
  product: {names: products}
  os: {names: operating-systems}
  service: {names: cluster-services}
  listed: {field: hardware.catalog_listing, values: {"yes": cluster-system, "parts": components-only}}
"""
PRODUCTS = ["Microsoft Exchange Server 2007 Enterprise SP1", "Microsoft Exchange Server 2007 Enterprise", "", "Xchange"]
SYSTEMS = ["Microsoft Windows Server 2003 Enterprise", "Microsoft Windows 2000 Advanced Server", ""]
AS_OF = "2026-11-25"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory) -> tuple[Path, Path]:
    """A sample inventory of 70 clusters of two customers, a row a node, with gaps; one key holds a quote and a comma. And its mapping."""
    folder = tmp_path_factory.mktemp("engines")
    made = random.Random(810986)
    with (folder / "nodes.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["cluster", "customer", "nodes", "host", "product", "os", "service", "listed"])
        for number in range(70):
            whole = [made.choice(one) for one in (PRODUCTS, ["MSCS", "Veritas Cluster Server", ""], ["yes", "parts", ""])]
            key, nodes = 'c"7", odd' if number == 7 else f"c{number}", made.randint(1, 3)
            for node in range(nodes):
                rows.writerow([key, f"customer {number % 2}", nodes, f"n{node}", whole[0], made.choice(SYSTEMS), whole[1], whole[2]])
    (folder / "mapping.yaml").write_text(MAPPING)
    return folder / "nodes.csv", folder / "mapping.yaml"


@pytest.fixture(scope="module")
def asked(inventory) -> Asked:
    return Asked(str(inventory[0]), inventory[1], ("KB810986",), (), AS_OF, AS_OF)


@pytest.fixture(scope="module")
def expected(asked, tmp_path_factory) -> tuple[Path, str]:
    """What the tables say: the rows, and the summary as JSON."""
    out = tmp_path_factory.mktemp("expected") / "out.parquet"
    found = check_fleet(asked, out, lambda _: None, None)
    return out, render(found, "json", 80)


def rows_of(path: Path) -> list[dict]:
    """The rows of a table, or of a folder of tables, by key and issuer."""
    files = sorted(one for one in path.iterdir() if one.name.startswith("part-")) if path.is_dir() else [path]
    rows = []
    for file in files:
        if path.suffix == ".parquet":
            rows += pq.read_table(file).to_pylist()
        elif path.suffix == ".jsonl":
            rows += [json.loads(line) for line in file.read_text().splitlines()]
        else:
            with file.open(newline="") as stream:
                rows += list(csv.DictReader(stream))
    return sorted(rows, key=lambda row: (row["key"], row["issuer"]))


def as_csv(rows: list[dict]) -> list[dict]:
    return [{name: ";".join(value) if isinstance(value, list) else value or "" for name, value in row.items()} for row in rows]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command; starting Java takes its time on a busy machine, so there is no limit."""
    line = [sys.executable, "-m", "supportable", "fleet", "check", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, env={**os.environ, **environment})


def in_a_sentence(done: subprocess.CompletedProcess[str], part: str) -> bool:
    lines = done.stderr.splitlines()
    return done.returncode in (1, 2) and part in done.stderr and len(lines) <= 2 and all(one.startswith("hint: ") for one in lines[1:])


def test_the_command_gives_the_same_with_every_engine(inventory, expected, connect_address, tmp_path):
    """Rows and JSON summaries of tables, DuckDB, Spark on this machine and Spark Connect are equal, and nothing else is written or said."""
    table, mapping = inventory
    ways = {
        "tables.parquet": ("tables",),
        "duckdb.jsonl": ("duckdb",),
        "spark.csv": ("spark", "--master", "local[2]"),
        "connect.parquet": ("spark", "--remote", connect_address),
    }
    for name, engine in ways.items():
        given = (table, "--mapping", mapping, "--document", "KB810986", "--as-of", AS_OF, "--known", AS_OF, "--format", "json")
        done = run(*given, "-o", tmp_path / name, "--engine", *engine)

        assert done.returncode == 10 and done.stderr == "", (name, done.stderr)
        assert done.stdout == expected[1], name
        wanted = rows_of(expected[0])
        assert rows_of(tmp_path / name) == (as_csv(wanted) if name.endswith(".csv") else wanted), name
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(ways)


def test_the_normal_form_gives_the_same(asked, expected, spark, tmp_path):
    """`normalise` writes what every engine reads without a mapping, as a file and as a folder, with the same answers."""
    normal = tmp_path / "normal.parquet"
    report = normalise(asked, normal)
    plain = asked._replace(inventory=str(normal), mapping=NORMAL)
    folder = tmp_path / "many"
    folder.mkdir()
    whole = pq.read_table(normal)
    for number, start in enumerate(range(0, whole.num_rows, 30)):
        pq.write_table(whole.slice(start, 30), folder / f"{number}.parquet")

    assert report.deployments == whole.num_rows == 70
    for where in (normal, folder):
        given = plain._replace(inventory=str(where))
        for engine in ("tables", "duckdb"):
            out = tmp_path / f"{where.name}-{engine}.jsonl"
            check_fleet(given, out, lambda _: None, None, engine)
            assert rows_of(out) == rows_of(expected[0])
    out = tmp_path / "spark.parquet"
    found = fleets_on_spark.check_fleet(
        plain._replace(inventory=str(folder)), str(out), lambda _: None, None, fleets_on_spark.Cluster(session=spark)
    )
    assert rows_of(out) == rows_of(expected[0])
    assert json.loads(render(found, "json", 80))["issuers"] == json.loads(expected[1])["issuers"]
    assert pq.read_schema(next(out.glob("part-*"))).names == ROWS.names


def test_groups_and_formats_of_spark_are_those_of_one_machine(asked, expected, spark, tmp_path):
    """Deployments by customer add up as on one machine; CSV and JSON lines hold the same rows; a file:// address is as good as a path."""
    on_one = check_fleet(asked, None, lambda _: None, None)
    seen: list[int] = []
    for out, where in ((tmp_path / "out.csv", str(tmp_path / "out.csv")), (tmp_path / "out.jsonl", (tmp_path / "out.jsonl").as_uri())):
        found = fleets_on_spark.check_fleet(asked, where, seen.append, None, fleets_on_spark.Cluster(session=spark))
        wanted = rows_of(expected[0])
        assert rows_of(out) == (as_csv(wanted) if out.suffix == ".csv" else wanted)
        assert found == on_one
    assert seen == [70, 70]
    assert {one.value for one in found.issuers[0].groups["customer"]} == {"customer 0", "customer 1"}


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> Path:
    """Inventories in the normal form that are not."""
    folder = tmp_path_factory.mktemp("broken")
    pq.write_table(pa.table({"key": ["a", None], "cluster.service": ["mscs", "mscs"]}), folder / "without-key.parquet")
    pq.write_table(pa.table({"key": ["a"], "workload.service_pack": ["3"]}), folder / "wrong-type.parquet")
    pq.write_table(pa.table({"name": ["a"]}), folder / "no-key-column.parquet")
    (folder / "no-parquet.parquet").write_bytes(b"PAR1 no such thing")
    return folder


BROKEN = [
    ("without-key", "1 rows have no key"),
    ("wrong-type", "`workload.service_pack`"),
    ("no-key-column", "no column `key`"),
    ("no-parquet", "no-parquet.parquet"),
    ("missing", "missing.parquet"),
]


@pytest.mark.parametrize(("name", "part"), BROKEN)
def test_what_cannot_be_judged_is_one_sentence_and_leaves_nothing(name, part, broken, spark, tmp_path):
    """On every engine: no key, another type, no Parquet file, an executor that fails; no stack of Java or Python, and no output."""
    given = Asked(str(broken / f"{name}.parquet"), NORMAL, ("KB810986",), (), AS_OF, AS_OF)

    for engine in ("tables", "duckdb"):
        with pytest.raises((EngineError, InventoryError), match=part):
            check_fleet(given, tmp_path / "out.parquet", lambda _: None, None, engine)
    with pytest.raises(EngineError, match=part) as raised:
        cluster = fleets_on_spark.Cluster(session=spark)
        fleets_on_spark.check_fleet(given, str(tmp_path / "out.parquet"), lambda _: None, None, cluster)
    assert len(raised.value.message.splitlines()) == 1
    assert "Traceback" not in str(raised.value) and "\tat " not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_fails_while_it_writes_leaves_nothing(spark, tmp_path):
    """The folder beside is gone, and the output was never there."""
    from pyspark.sql import functions as f

    from supportable.engines.spark_fleet import write_rows

    frame = spark.range(1000).select(
        f.when(f.col("id") < 900, f.col("id")).otherwise(f.raise_error(f.lit("the disk is full"))).alias("key")
    )
    with pytest.raises(EngineError, match="the disk is full"):
        write_rows(spark, frame, (tmp_path / "out.parquet").as_uri())

    assert list(tmp_path.iterdir()) == []


def test_an_output_that_is_there_is_kept(asked, spark, connect_address, inventory, tmp_path):
    """Spark never writes into what is there: a file, a folder, an address, or over Spark Connect."""
    folder = tmp_path / "out.parquet"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    for out in (str(folder), folder.as_uri()):
        with pytest.raises(EngineError, match="there already"):
            fleets_on_spark.check_fleet(asked, out, lambda _: None, None, fleets_on_spark.Cluster(session=spark))
    done = run(inventory[0], "--mapping", inventory[1], "--engine", "spark", "--remote", connect_address, "-o", folder)

    assert in_a_sentence(done, "there already"), done.stderr
    assert [one.name for one in tmp_path.rglob("*")] == ["out.parquet", "mine.txt"]


@pytest.mark.parametrize(
    ("arguments", "environment", "part"),
    [
        (("--engine", "spork"), {}, "did you mean `spark`"),
        (("--master", "local[2]"), {}, "--engine spark"),
        (("--engine", "spark", "--master", "local[2]", "--remote", "sc://localhost"), {}, "exclude each other"),
        (("--engine", "spark"), {"PATH": "/nowhere", "JAVA_HOME": ""}, "Java"),
        (("--engine", "spark", "--remote", "sc://127.0.0.1:1"), {}, "nobody answers"),
        (("--engine", "spark", "--master", "spark://127.0.0.1:1"), {}, "nobody answers"),
        (("--engine", "spark", "--master", "no such master"), {}, "no such master"),
        (("--engine", "spark", "--remote", "http://127.0.0.1"), {}, "http://127.0.0.1"),
        (("--engine", "spark", "-o", "out.xlsx"), {}, "ending"),
        (("--engine", "spark", "-o", "/nowhere/at/all/out.csv"), {}, "/nowhere/at/all/out.csv"),
    ],
    ids=["engine", "master", "both", "java", "connect", "cluster", "wrong-master", "wrong-remote", "format", "folder"],
)
def test_a_spark_that_is_not_there_is_told_in_a_sentence(arguments, environment, part, inventory):
    """No Java, nobody at the address, an engine that does not exist: a sentence and a hint within seconds, nothing of Java."""
    done = run(inventory[0], "--mapping", inventory[1], *arguments, **environment)

    assert in_a_sentence(done, part), done.stderr


def test_a_server_that_says_nothing_is_given_up(inventory):
    """Something that takes the connection and never answers is no Spark, and is not waited for."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = run(inventory[0], "--mapping", inventory[1], "--engine", "spark", "--remote", f"sc://127.0.0.1:{silent.getsockname()[1]}")

    assert in_a_sentence(done, "does not answer as a Spark Connect server"), done.stderr


def test_the_normal_form_is_written_whole_or_not_at_all(inventory, command, tmp_path):
    """The command writes one Parquet file; a mapping that does not fit, or another ending, leaves nothing."""
    table, mapping = inventory
    (tmp_path / "wrong.yaml").write_text(MAPPING.replace("host:", "hots:"))
    done = command("fleet", "normalise", table, "--mapping", mapping, "-o", tmp_path / "normal.parquet")
    assert done.returncode == 0 and "70 deployments" in done.stdout, done.stderr
    for arguments in ((tmp_path / "wrong.yaml", "-o", tmp_path / "no.parquet"), (mapping, "-o", tmp_path / "no.csv")):
        done = command("fleet", "normalise", table, "--mapping", *arguments)
        assert done.returncode in (1, 2) and "Traceback" not in done.stderr, done.stderr

    assert sorted(one.name for one in tmp_path.iterdir()) == ["normal.parquet", "wrong.yaml"]
    assert pq.read_table(tmp_path / "normal.parquet").num_rows == 70


def test_an_inventory_without_a_mapping_must_be_in_the_normal_form(inventory):
    """The hint names `--mapping`."""
    with pytest.raises(SupportableError, match="Parquet") as raised:
        check_fleet(Asked(str(inventory[0]), fleets.NORMAL), None, lambda _: None, None)

    assert "--mapping" in str(raised.value)
