"""Inventories: what was written is what is read, in every format and layout, and nothing broken is lost silently."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import tempfile
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import VALUES, deployments
from supportable.core.facts import Absent, Known
from supportable.core.fields import FIELDS
from supportable.core.fleet import deployment_of_row, row_of
from supportable.errors import InventoryError, SupportableError, UsageError
from supportable.stores.inventories import open_inventory
from supportable.stores.mappings import read_mapping
from supportable.stores.normalising import Fleet

ABSENT_WORD = "not there"
LISTINGS = ("nodes", "contracts")


def column_of(name: str, item: int | None = None) -> str:
    """One column of a mapping: its fields have no words of their own but the one for absent."""
    parts = [f"field: {name}"]
    if name in FIELDS and FIELDS[name].none_is is None:
        parts.append(f'absent: ["{ABSENT_WORD}"]')
    parts += [f"item: {item}"] if item is not None else []
    return "{" + ", ".join(parts) + "}"


def fields_of(listing: str | None) -> list[str]:
    names = [name for name in VALUES if FIELDS[name].listing == listing]
    return [f"{listing}.name", *names] if listing else names


def mapping_of(layout: str) -> str:
    """The mapping of a layout of columns: `nested`, `spread` or `nodes`."""
    lines = ["mapping: generated", f"rows: {'node' if layout == 'nodes' else 'deployment'}", "key: id"]
    listings = LISTINGS if layout == "nested" else ("nodes",)
    lines.append("complete: {" + ", ".join(f"{one}: {{column: {one} complete}}" for one in listings) + "}")
    lines.append("columns:")
    lines += [f"  {name}: {column_of(name)}" for name in fields_of(None)]
    if layout == "nested":
        for listing in LISTINGS:
            lines += [f"  {listing}:", f"    each: {listing}", "    columns:"]
            lines += [f"      {name}: {column_of(name)}" for name in fields_of(listing)]
    elif layout == "spread":
        lines += [f"  {name} {item}: {column_of(name, item)}" for item in (1, 2, 3) for name in fields_of("nodes")]
    else:
        lines += [f"  {name}: {column_of(name)}" for name in fields_of("nodes")]
    return "\n".join(lines)


def cell(name: str, fact, messy: bool) -> object:
    if isinstance(fact, Absent):
        return ABSENT_WORD.upper() if messy else ABSENT_WORD
    if not isinstance(fact, Known):
        return None
    if FIELDS[name].kind in ("name", "boolean"):
        text = str(fact.value).lower()
        return f"  {text.upper()} " if messy else text
    return str(fact.value)


def rows_as(layout: str, fleet, messy: bool) -> list[dict[str, object]]:
    """The rows of an inventory in a layout of columns."""
    rows = []
    for deployment in fleet:
        top = {"id": deployment.name} | {name: cell(name, deployment.fact(name), messy) for name in fields_of(None)}
        lists = {}
        for listing in LISTINGS:
            one = deployment.listings.get(listing)
            top[f"{listing} complete"] = None if one is None else str(one.complete).lower()
            items = one.items if one is not None else ()
            own = [name for name in fields_of(listing) if name in FIELDS]
            lists[listing] = [{f"{listing}.name": item.name} | {n: cell(n, item.fact(n), messy) for n in own} for item in items]
        if layout == "nested":
            empty = {listing: None if deployment.listings.get(listing) is None else [] for listing in LISTINGS}
            rows.append(top | {listing: lists[listing] or empty[listing] for listing in LISTINGS})
        elif layout == "spread":
            spread = {f"{name} {item}": None for item in (1, 2, 3) for name in fields_of("nodes")}
            for number, item in enumerate(lists["nodes"], 1):
                spread |= {f"{name} {number}": value for name, value in item.items()}
            rows.append(top | spread)
        else:
            nothing = dict.fromkeys(fields_of("nodes"))
            rows += [top | nothing | item for item in lists["nodes"] or [nothing]]
    return rows


def written(folder: Path, kind: str, rows: list[dict[str, object]]) -> str:
    """Write rows in a format; return the INVENTORY that names them."""
    flat = [{name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()} for row in rows]
    names = list(rows[0])
    if kind == "csv":
        with (folder / "i.csv").open("w", newline="", encoding="utf-8") as file:
            made = csv.DictWriter(file, names)
            made.writeheader()
            made.writerows(flat)
        return str(folder / "i.csv")
    if kind == "jsonl.gz":
        with gzip.open(folder / "i.jsonl.gz", "wt", encoding="utf-8") as file:
            # A key that no row has is a missing column, so that the first row has all.
            kept = [rows[0], *({name: value for name, value in row.items() if value is not None} for row in rows[1:])]
            file.writelines(json.dumps(row) + "\n" for row in kept)
        return str(folder / "i.jsonl.gz")
    if kind == "sqlite":
        with sqlite3.connect(folder / "i.sqlite") as connection:
            connection.execute(_create(names))
            connection.executemany(f"INSERT INTO i VALUES ({', '.join('?' * len(names))})", [tuple(row.values()) for row in flat])
        connection.close()
        return f"sqlite:{folder / 'i.sqlite'}#i"
    types = {}
    for name in names:
        listing = fields_of(name) if name in LISTINGS else []
        types[name] = pyarrow.list_(pyarrow.struct([(part, pyarrow.string()) for part in listing])) if listing else pyarrow.string()
    table = pyarrow.Table.from_pylist(rows, pyarrow.schema(types.items()))
    if kind == "parquet":
        pyarrow.parquet.write_table(table, folder / "i.parquet")
        return str(folder / "i.parquet")
    with duckdb.connect(str(folder / "i.duckdb")) as connection:
        connection.register("made", table)
        connection.execute("CREATE TABLE i AS SELECT * FROM made")
    return f"duckdb:{folder / 'i.duckdb'}#i"


def _create(names: list[str]) -> str:
    columns = ", ".join('"' + name + '"' for name in names)
    return f"CREATE TABLE i ({columns})"


def read(where: str, mapping: str, **options):
    """Read an inventory through a mapping: the rows of the normal form, and the report."""
    made = read_mapping(mapping, "m.yaml")
    with open_inventory(where, made.delimiter, made.encoding, **options) as inventory:
        fleet = Fleet(inventory, made)
        rows = [row for batch in fleet for row in batch.to_pylist()]
        return rows, fleet.report()


def essence(deployment, listings) -> object:
    """What a deployment says, whatever its row looks like. A list that is empty and not complete says nothing."""
    told = {}
    for name in listings:
        listing = deployment.listing(name)
        if listing.items or listing.complete:
            told[name] = ([(item.name, item.values) for item in listing.items], listing.complete)
    return deployment.values, told


def same(fleet, rows, layout) -> None:
    listings = LISTINGS if layout == "nested" else ("nodes",)
    found = {row["key"]: essence(deployment_of_row(row), listings) for row in rows}
    assert found == {one.name: essence(deployment_of_row(row_of(one)), listings) for one in fleet}
    assert len(rows) == len(fleet)


def named(fleet):
    return [deployment._replace(name=f"k/{number}") for number, deployment in enumerate(fleet)]


@pytest.mark.parametrize("kind", ["csv", "jsonl.gz", "parquet", "sqlite", "duckdb"])
@pytest.mark.parametrize("layout", ["nested", "spread", "nodes"])
@settings(max_examples=12)
@given(fleet=st.lists(deployments(), min_size=1, max_size=5).map(named), messy=st.booleans())
def test_what_is_written_is_what_is_read(kind, layout, fleet, messy):
    """A fleet written in any format and layout, and read through a mapping, is the same fleet: values, absences, lists, completeness."""
    with tempfile.TemporaryDirectory() as folder:
        rows, report = read(written(Path(folder), kind, rows_as(layout, fleet, messy)), mapping_of(layout))

    same(fleet, rows, layout)
    assert report.deployments == len(fleet) and report.unknown_cells == 0 and report.disagreements == () and report.duplicates == 0


@settings(max_examples=4)
@given(fleet=st.lists(deployments(), min_size=1, max_size=5).map(named))
def test_a_table_of_postgresql_is_read_like_a_file(server, fleet):
    """A real PostgreSQL table, with lists as `jsonb`, is the same fleet."""
    import psycopg

    rows = rows_as("nested", fleet, True)
    url = server.new_database()
    with psycopg.connect(url) as connection:
        columns = ", ".join(f'"{name}" {"jsonb" if name in LISTINGS else "text"}' for name in rows[0])
        connection.execute(f"CREATE TABLE cmdb ({columns})")
        for row in rows:
            values = [json.dumps(value) if isinstance(value, list) else value for value in row.values()]
            connection.execute(f"INSERT INTO cmdb VALUES ({', '.join(['%s'] * len(values))})", values)
    found, _ = read(f"{url}#cmdb", mapping_of("nested"))

    same(fleet, found, "nested")


def test_a_table_of_postgresql_that_cannot_be_read_is_one_sentence_without_a_password(server):
    """No table, no server, wrong password: one sentence with the place and never a password."""
    url = server.new_database()
    said = []
    for where in (f"{url}#cmdb", f"{url.replace('s3cret', 'wr0ng')}#cmdb", "postgresql://u:s3cret@127.0.0.1:1/x#t", url):
        with pytest.raises(SupportableError) as caught:
            open_inventory(where)
        said.append(str(caught.value))

    assert "there is no table `cmdb`" in said[0] and "cannot be reached" in said[1] and "cannot be reached" in said[2]
    assert "no table of the postgresql database is named" in said[3]
    assert not any(secret in one for one in said for secret in ("s3cret", "wr0ng", "p@ss", "p%40ss"))


SIMPLE = "mapping: m\nrows: deployment\nkey: id\ncolumns:\n  sw: cluster.service\n  sp: workload.service_pack\n"
NODES = "mapping: m\nrows: node\nkey: id\ncomplete: {nodes: true}\ncolumns:\n  host: nodes.name\n  sp: nodes.os.service_pack\n"


def file_of(tmp_path: Path, name: str, content: bytes) -> str:
    (tmp_path / name).write_bytes(content)
    return str(tmp_path / name)


def test_broken_lines_of_csv_are_set_aside_with_their_line(tmp_path):
    """Too few and too many columns, a stray quote, a character of another encoding: counted with line and reason; the rest is read."""
    content = b'id,sw,sp\n1,mscs,1\n2,mscs\n3,mscs,1,1\n4,"ms"cs,1\n5,m\xe9cs,1\n6,"pace\nmaker",2\n7,lifekeeper,2\n'
    rows, report = read(file_of(tmp_path, "a.csv", content), SIMPLE)

    assert [row["key"] for row in rows] == ["1", "6", "7"]
    assert report.rows == 7 and report.rows_set_aside == 4
    assert [(one.place.line, one.reason) for one in report.set_aside] == [
        (3, "too few columns"),
        (4, "too many columns"),
        (5, "a quote that does not end where the column ends"),
        (6, "characters that are not of the encoding of the file (column `sw`)"),
    ]
    assert [(one.text, one.rows) for one in report.unknown_names] == [("pace maker", 1)]


def test_a_line_end_inside_quotes_is_part_of_the_cell(tmp_path):
    """Notes of several lines do not break the rows around them, whichever line ends they have; blank lines are nothing."""
    for number, content in enumerate((b'id,sw,sp\n1,"a\r\nb",1\n\n2,mscs,1\n\n', b'\xef\xbb\xbfid,sw,sp\r\n1,"a\nb",1\r\n2,mscs,1')):
        rows, report = read(file_of(tmp_path, f"{number}.csv", content), SIMPLE)
        assert [row["key"] for row in rows] == ["1", "2"] and report.rows_set_aside == 0


def test_a_quote_that_never_ends_loses_no_row_silently(tmp_path):
    """All that stands behind a quote that is never closed is set aside, and counted at least once."""
    rows, report = read(file_of(tmp_path, "a.csv", b'id,sw,sp\n1,mscs,1\n2,"mscs,1\n3,mscs,1\n'), SIMPLE)

    assert [row["key"] for row in rows] == ["1"]
    assert report.rows_set_aside >= 1 and report.set_aside[0].place.line == 3


def test_broken_lines_of_json_are_set_aside_with_their_line(tmp_path):
    """A line that is not JSON, no object, or not UTF-8 is counted with its line; blank lines are nothing."""
    lines = [
        b'{"id": 1, "sw": "mscs", "sp": 1.0}',
        b"",
        b'{"id": 2, "sw"',
        b"[1]",
        b'{"id": 3, "sw": "m\xe9"}',
        b'{"id": 4, "sw": null, "sp": "2"}',
    ]
    rows, report = read(file_of(tmp_path, "a.jsonl", b"\n".join(lines)), SIMPLE)

    assert [(row["key"], row["cluster.service"], row["workload.service_pack"]) for row in rows] == [("1", "mscs", 1), ("4", None, 2)]
    assert sorted(one.place.line for one in report.set_aside) == [3, 4, 5] and report.rows == 5


def test_a_list_that_is_no_list_is_set_aside(tmp_path):
    """Where a list is wanted, a number or a list of numbers is no list of items, in JSON lines and in a text column."""
    mapping = "mapping: m\nrows: deployment\nkey: id\ncolumns:\n  n: {each: nodes, columns: {h: nodes.name}}\n"
    rows, report = read(file_of(tmp_path, "a.jsonl", b'{"id": 1, "n": 3}\n{"id": 2, "n": [3]}\n{"id": 3, "n": [{"h": "a"}]}\n'), mapping)
    again, other = read(file_of(tmp_path, "a.csv", b'id,n\n1,3\n2,[3]\n3,"[{""h"": ""a""}]"\n4,[{\n5,\n'), mapping)

    assert [row["key"] for row in rows] == ["3"] and report.reasons == (("`n` is not a list of objects", 2),)
    assert [row["key"] for row in again] == ["3", "5"] and other.reasons == (("`n` is not a list of objects", 3),)


BAD_FILES = {
    "empty.csv": (b"", "the file is empty"),
    "empty.parquet": (b"", "the file is empty"),
    "empty.jsonl": (b"\n \n", "the file is empty"),
    "twice.csv": (b"id,sw,id\n1,mscs,1\n", "the column `id` stands twice in the header"),
    "nameless.csv": (b"id,,sw\n1,2,3\n", "column 2 of the header has no name"),
    "binary.csv": (b"id,sw\0\n1,mscs\n", "is not UTF-8 text"),
    "latin.csv": ("id,größe\n1,2\n".encode("latin-1"), "the header is not UTF-8 text"),
    "missing.csv": (b"id,sv,sp\n1,mscs,1\n", "the mapping names the column `sw`, which is not there"),
    "missing.jsonl": (b'{"id": 1, "sp": 1}\n', "the mapping names the column `sw`, which is not there"),
    "list.json": (b'[{"id": 1}]', "one JSON list, not one object a line"),
    "ends.csv": (b"id,sw,sp\r\n1,mscs,1\r\n2,mscs,1\n3,mscs,1\r\n", "some lines end with a carriage return and others do not"),
    "cut.jsonl.gz": (gzip.compress(b'{"id": 1, "sw": "mscs", "sp": 1}\n' * 10_000)[:100], "the file cannot be read"),
    "cut.csv.gz": (gzip.compress(b"".join(b"id,sw,sp\n" + b"%d,mscs,1\n" % n for n in range(300_000)))[:400_000], "cannot be read as CSV"),
    "plain.csv.gz": (b"id,sw,sp\n1,mscs,1\n", "the file cannot be read: Not a gzipped file"),
    "not.parquet": (b"PAR1 this is not Parquet PAR1", "the file cannot be read as Parquet"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_one_sentence_with_its_place(tmp_path, name):
    """An empty, damaged or misnamed file is an error that names it, in one sentence, and says what to do where that is known."""
    content, said = BAD_FILES[name]
    where = file_of(tmp_path, name, content)
    with pytest.raises(InventoryError) as caught:
        read(where, SIMPLE)

    first = str(caught.value).splitlines()[0]
    assert first.startswith(where) and said in first and len(caught.value.problems) == 1


def test_a_parquet_file_that_is_damaged_within_is_an_error(tmp_path):
    """A file whose data are overwritten while its footer is sound is not read as if nothing had happened."""
    table = pyarrow.table({"id": [str(n) for n in range(5000)], "sw": ["mscs"] * 5000, "sp": ["1"] * 5000})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet", compression="zstd")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[40 : len(data) // 2] = b"\xff" * (len(data) // 2 - 40)
    with pytest.raises(InventoryError, match=r"a\.parquet: the file cannot be read as Parquet"):
        read(file_of(tmp_path, "a.parquet", bytes(data)), SIMPLE)


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_database_that_cannot_be_read_is_one_sentence(tmp_path, kind):
    """A file that is no database, no file, no table named, a table that is not there: one sentence each."""
    where = file_of(tmp_path, f"a.{kind}", b"this is no database at all" * 100)
    with pytest.raises(InventoryError, match="cannot be read as"):
        open_inventory(f"{kind}:{where}#t")
    with pytest.raises(UsageError, match="there is no file"):
        open_inventory(f"{kind}:{where}x#t")
    with pytest.raises(UsageError, match="no table of the"):
        open_inventory(f"{kind}:{where}")
    good = written(tmp_path, kind, [{"id": "1"}])
    with pytest.raises(InventoryError, match="there is no table `j`"):
        open_inventory(good.removesuffix("i") + "j")


@pytest.mark.parametrize("where", ["nothing.csv", "*.csv", ".", "a.xlsx"])
def test_an_inventory_that_is_not_there_is_wrong_use(tmp_path, monkeypatch, where):
    """No file, no match, a folder without inventories, an unknown kind: wrong use, with what can be named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.xlsx").write_bytes(b"x")
    with pytest.raises(UsageError):
        open_inventory(where)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pyarrow.array([1.5, None]), None),
        (pyarrow.array([[1], [2]]), "is of the type list<"),
        (pyarrow.array([b"a", b"b"]), "is of the type binary"),
        (pyarrow.array([True, False]), "is of the type bool"),
        (pyarrow.array([1.0, None]), None),
        (pyarrow.array([1, 2], pyarrow.uint8()), None),
    ],
)
def test_a_column_of_the_wrong_type_is_one_sentence(tmp_path, column, said):
    """A type that cannot be the field is refused with column, type and file; a number that is not whole is an unknown name."""
    pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2], "sw": ["mscs", None], "sp": column}), tmp_path / "a.parquet")
    if said is not None:
        with pytest.raises(InventoryError, match=r"a\.parquet: the column `sp` " + said):
            read(str(tmp_path / "a.parquet"), SIMPLE)
        return
    rows, report = read(str(tmp_path / "a.parquet"), SIMPLE)
    first = rows[0]["workload.service_pack"]
    assert (first is None) == (report.unknown_cells == 1) and [row["key"] for row in rows] == ["1", "2"]


def test_rows_that_share_a_key_are_one_deployment_whose_fact_is_unknown_where_they_disagree(tmp_path):
    """Two rows of one key never give two deployments, nor the first or the last answer; both are counted."""
    rows, report = read(file_of(tmp_path, "a.csv", b"id,sw,sp\n1,mscs,1\n2,mscs,2\n1,lifekeeper,1\n 1 ,,\n"), SIMPLE)

    assert [(row["key"], row["cluster.service"], row["workload.service_pack"]) for row in rows] == [("2", "mscs", 2), ("1", None, 1)]
    assert [(one.key, one.rows) for one in report.duplicate_keys] == [("1", 3)]
    assert report.disagreements == (("cluster.service", 1),)


def test_a_node_that_stands_twice_is_one_node(tmp_path):
    """Two rows of one host, by any spelling of its name, are one node; rows without a host are nodes of their own."""
    rows, report = read(file_of(tmp_path, "a.csv", b"id,host,sp\n1,N1,1\n1,n1.corp.example,2\n1,n2,2\n1,,3\n1,,3\n"), NODES)

    assert [(item["name"], item["nodes.os.service_pack"]) for item in rows[0]["nodes"]] == [("N1", None), ("n2", 2), (None, 3), (None, 3)]
    assert [(one.key, one.item, one.rows) for one in report.duplicate_keys] == [("1", "N1", 2)]


def test_no_list_of_nodes_is_complete_while_a_row_is_lost(tmp_path):
    """A row that cannot be read may be a node of any deployment, so that none is complete, unless the mapping says so or counts."""
    content = b"id,host,sp,n\n1,a,1,2\n1,b,1,2\n2,c,1,2\nbroken\n"
    where = file_of(tmp_path, "a.csv", content)
    always, report = read(where, NODES)
    despite, _ = read(where, NODES.replace("nodes: true", "nodes: despite-lost-rows"))
    counted, _ = read(where, NODES.replace("nodes: true", "nodes: {count: n}"))
    sound, _ = read(file_of(tmp_path, "b.csv", content.replace(b"broken\n", b"")), NODES)

    assert [row["nodes|complete"] for row in always] == [False, False] and report.lists_in_doubt == 2
    assert [row["nodes|complete"] for row in despite] == [True, True]
    assert [row["nodes|complete"] for row in counted] == [True, False]
    assert [row["nodes|complete"] for row in sound] == [True, True]


def test_a_row_without_a_key_is_set_aside(tmp_path):
    """A row that names no deployment is counted, not judged and not joined to another."""
    mapping = SIMPLE.replace("key: id", "key: [customer, id]")
    rows, report = read(file_of(tmp_path, "a.csv", b"customer,id,sw,sp\na/b,c,mscs,1\na,b/c,mscs,1\na,,mscs,1\n,c,mscs,1\n"), mapping)

    assert [row["key"] for row in rows] == ["a%2Fb/c", "a/b%2Fc"]
    assert report.reasons == (("no key in `customer` and `id`", 2),)


def test_secrets_in_free_texts_stay_in_the_inventory(tmp_path):
    """Passwords and mail addresses in a column of texts, or in a name that nobody knows, reach neither a row nor the report."""
    mapping = "mapping: m\nrows: deployment\nkey: id\ncolumns: {name: cluster.name, sw: cluster.service}\n"
    rows, report = read(file_of(tmp_path, "a.csv", b"id,name,sw\n1,EX password=hunter2,ask ann@contoso.example\n"), mapping)

    assert "hunter2" not in str(rows) and "contoso.example" not in str(report)
    assert rows[0]["cluster.name"] == "EX [secret]"


def test_several_files_are_one_inventory_and_others_are_named(tmp_path):
    """A folder is read file by file in the order of names; files of other kinds are reported; one without a column is an error."""
    file_of(tmp_path, "b.csv", b"id;sw;sp\n2;mscs;1\n")
    file_of(tmp_path, "a.jsonl", b'{"id": "1", "sw": "mscs", "sp": "1"}\n')
    file_of(tmp_path, "readme.txt", b"hello")
    rows, report = read(str(tmp_path), SIMPLE)
    assert [row["key"] for row in rows] == ["1", "2"] and [Path(name).name for name in report.files_ignored] == ["readme.txt"]

    file_of(tmp_path, "c.csv", b"id,sp\n3,1\n")
    with pytest.raises(InventoryError, match=r"c\.csv: the mapping names the column `sw`"):
        read(str(tmp_path / "*.csv"), SIMPLE)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_read_when_the_mapping_says_so(tmp_path, encoding):
    """The same file in another encoding is read through `csv: {encoding: ...}`."""
    mapping = f"mapping: m\nrows: deployment\nkey: id\ncsv: {{encoding: {encoding}}}\ncolumns: {{größe: cluster.name}}\n"
    rows, _ = read(file_of(tmp_path, "a.csv", "id,größe\n1,süß\n".encode(encoding)), mapping)

    assert [row["cluster.name"] for row in rows] == ["süß"]


def test_without_the_extra_it_says_what_to_install(command, tmp_path):
    """Where DuckDB or Arrow is not installed, one sentence says so and how to get it."""
    import subprocess
    import sys

    program = (
        "import sys; sys.modules['duckdb'] = None\n"
        "from supportable.stores.inventories import open_inventory\n"
        "from supportable.errors import InventoryError\n"
        "try: open_inventory('x.csv')\n"
        "except InventoryError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said == "inventories need the package `duckdb`\nhint: run `python -m pip install 'supportable[fleet]'`\n"
