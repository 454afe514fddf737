"""Inventories of some size: bounded memory, the same answer every time, and columns that agree with the core cell by cell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow
import pyarrow.compute as pc
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportable.core.facts import ABSENT
from supportable.core.fields import FIELDS
from supportable.core.mapping import Column
from supportable.core.mapping_proposal import ColumnLook, proposed_mapping
from supportable.errors import InventoryError, Place
from supportable.stores.cells import IS_ABSENT, Cells, FieldCodes, Translator, kept_as_text
from supportable.stores.inventories import open_inventory
from supportable.stores.inventory_looks import propose_mapping
from supportable.stores.inventory_report import Tally
from supportable.stores.mappings import load_names, read_mapping
from supportable.stores.normalising import Fleet
from supportable.stores.workspace import Workspace

sys.path.append(str(Path(__file__).parents[2] / "bench"))
inventory = pytest.importorskip("inventory")

MAPPINGS = {"nodes": inventory.MAPPING_OF_NODES, "deployments": inventory.MAPPING_OF_DEPLOYMENTS}
ROWS = {"nodes": inventory.rows_of_nodes, "deployments": inventory.rows_of_deployments}


def table_of(where: str, kind: str):
    with open_inventory(where) as opened:
        fleet = Fleet(opened, read_mapping(MAPPINGS[kind], "m.yaml"))
        return fleet.reader().read_all(), fleet.report()


@pytest.fixture(scope="module", params=["nodes", "deployments"])
def written(request, tmp_path_factory):
    """Twenty thousand rows of the generator, as CSV and as Parquet."""
    folder, kind = tmp_path_factory.mktemp("inventory"), request.param
    for name in ("a.csv", "a.parquet"):
        inventory.write(folder / name, ROWS[kind](20_000))
    return folder, kind


def test_the_same_inventory_gives_the_same_rows_in_every_format_and_every_time(written):
    """CSV and Parquet of the same rows, read twice each, give equal tables and equal reports."""
    folder, kind = written
    made = [table_of(str(folder / name), kind) for name in ("a.csv", "a.csv", "a.parquet", "a.parquet")]

    assert all(table.equals(made[0][0]) and report == made[0][1] for table, report in made)
    report = made[0][1]
    assert report.rows == 20_000 and report.rows_set_aside == 0 and report.unknown_cells > 0 and report.duplicates > 0
    assert [one.rows for one in report.unknown_names] == sorted((one.rows for one in report.unknown_names), reverse=True)
    assert report.columns_not_mapped == ("notes",)


def test_the_generator_gives_the_same_rows_for_the_same_seed_and_others_for_another():
    """A seed is all that the rows depend on."""
    for rows in ROWS.values():
        first, again, other = (pyarrow.Table.from_batches(rows(1000, seed)) for seed in (1, 1, 2))
        assert first.equals(again) and not first.equals(other)


def test_the_order_of_rows_of_nodes_does_not_matter(tmp_path):
    """Rows of nodes in another order are the same deployments with the same nodes."""
    made = pyarrow.Table.from_batches(inventory.rows_of_nodes(5000))
    found = []
    for name, table in (("a", made), ("b", made.take(pyarrow.array(range(made.num_rows - 1, -1, -1))))):
        pyarrow.parquet.write_table(table, tmp_path / f"{name}.parquet")
        rows = table_of(str(tmp_path / f"{name}.parquet"), "nodes")[0].to_pylist()
        for row in rows:
            # The first spelling of a name stays, and which is first depends on the order.
            items = [item | {"name": (item["name"] or "").lower().partition(".")[0]} for item in row["nodes"] or ()]
            row["nodes"] = sorted(items, key=json.dumps)
        found.append(rows)

    assert found[0] == found[1]


WORDS = st.one_of(
    st.sampled_from(
        ["", " ", "MSCS", " mscs", "true", "FALSE", "1", "1.0", "15.01.2375.007", "2020-01-01", "none", "-", "?", "x=1", "VCS"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], max_codepoint=0x2FF), max_size=12),
)


@given(st.sampled_from(list(FIELDS)), st.lists(st.one_of(st.none(), WORDS), min_size=1, max_size=20), st.booleans())
def test_a_column_is_translated_as_the_core_translates_each_cell(name, texts, worded):
    """Whatever is done by columns is what `Column.meaning` says of each cell, and what it does not know is counted."""
    column = Column("c", (name,), {}, frozenset({"?"}), frozenset({"-"})) if worded else Column("c", (name,))
    tally, codes = Tally(), {name: FieldCodes(name)} if not kept_as_text(name) else {}
    cells = Translator(column, codes, tally).cells(pyarrow.array(texts, pyarrow.string()), Place("a"))[name]

    meanings = [column.meaning(text) if text is not None else {} for text in texts]
    assert _values(name, cells, codes) == [_plain((meaning or {}).get(name)) for meaning in meanings]
    assert tally.report().unknown_cells == sum(meaning is None for meaning in meanings)


def _plain(value):
    from supportable.core.deployment import redacted

    return redacted(value) if isinstance(value, str) else value


def _values(name: str, cells: Cells, codes: dict[str, FieldCodes]) -> list[object]:
    values = (cells.texts if cells.codes is None else codes[name].decoded(cells.codes)).to_pylist()
    absent = cells.absent if cells.codes is None else cells.codes == IS_ABSENT
    return [ABSENT if absent is not None and absent[number] else value for number, value in enumerate(values)]


_MEASURED = """
import resource, sys
from supportable.stores.inventories import open_inventory
from supportable.stores.mappings import load_mapping
from supportable.stores.normalising import Fleet
from pathlib import Path
mapping = load_mapping(Path(sys.argv[2]))
with open_inventory(sys.argv[1]) as opened:
    fleet = Fleet(opened, mapping)
    for batch in fleet:
        pass
    report = fleet.report()
print(report.rows, report.deployments, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("kind", ["nodes", "deployments"])
def test_a_million_rows_need_bounded_memory(tmp_path, kind):
    """A million rows are read, grouped and translated in less than 768 MB, libraries included; the rows alone are more when loaded."""
    table = pyarrow.Table.from_batches(ROWS[kind](100_000))
    where = tmp_path / "a.parquet"
    with pyarrow.parquet.ParquetWriter(where, table.schema, compression="zstd") as writer:
        for part in range(10):
            ids = pc.binary_join_element_wise(table.column("cluster_id"), str(part), "-")
            writer.write_table(table.set_column(table.schema.get_field_index("cluster_id"), "cluster_id", ids))
    (tmp_path / "m.yaml").write_text(MAPPINGS[kind])
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(where), str(tmp_path / "m.yaml")], capture_output=True, text=True, check=True
    )
    rows, deployments, megabytes = map(int, done.stdout.split())

    assert rows == 1_000_000 and deployments > 100_000
    assert megabytes < 768


def test_a_disk_without_room_is_one_sentence(tmp_path):
    """Where neither memory nor disk is enough to sort, one sentence says so; no batch had been given, and no file is left."""
    inventory.write(tmp_path / "a.parquet", inventory.rows_of_nodes(200_000))
    room = tmp_path / "room"
    room.mkdir()
    taken = []
    with (
        pytest.raises(InventoryError, match="not enough memory and room on the disk"),
        open_inventory(str(tmp_path / "a.parquet"), workspace=Workspace(16, room, 1)) as opened,
    ):
        taken += Fleet(opened, read_mapping(MAPPINGS["nodes"], "m.yaml"))

    assert taken == [] and list(room.iterdir()) == []


def test_a_proposed_mapping_can_be_used_at_once(written):
    """`fleet init` writes a mapping without problems that reads the inventory, and names each column it leaves out."""
    folder, kind = written
    with open_inventory(str(folder / "a.csv")) as opened:
        text = propose_mapping(opened)
        columns = list(opened.columns())
    mapping = read_mapping(text, "proposed.yaml")

    assert mapping.rows == kind.removesuffix("s")
    assert [name for name in columns if name not in mapping.columns_read() and f"  # {name}" not in text] == []
    given = {field for column in mapping.columns for field in column.fields}
    assert {"nodes.name", "nodes.os.release", "workload.release", "cluster.service", "cluster.name", "nodes.virtual"} <= given
    assert '"EX2K7 Ent SP1"' in text
    with open_inventory(str(folder / "a.csv")) as opened:
        assert sum(batch.num_rows for batch in Fleet(opened, mapping)) > 0


@given(st.lists(st.tuples(st.text(max_size=20), st.lists(st.text(max_size=30), max_size=4)), max_size=6, unique_by=lambda one: one[0]))
def test_any_columns_give_a_mapping_that_is_read(columns):
    """Whatever columns are called and hold, the proposal is YAML whose only problem may be that nothing was recognised."""
    from supportable.errors import MappingError

    looks = [ColumnLook(name, "text", tuple((value, 1) for value in values), len(values), len(values), 9) for name, values in columns]
    try:
        read_mapping(proposed_mapping("any", looks, load_names()), "proposed.yaml")
    except MappingError as error:
        assert all("missing" in problem.message for problem in error.problems), str(error)
