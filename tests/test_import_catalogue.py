"""Catalogues: what a list says is what the pack judges, an almost right part is not accepted, and mistakes are told with their place."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.core.clauses import select
from supportable.core.compile import compile_pack
from supportable.core.deployment import assemble
from supportable.core.facts import Listed, Observation, Source
from supportable.core.verdict import judge
from supportable.core.versions import version_key
from supportable.errors import CatalogueError
from supportable.importing import import_catalogue
from supportable.policies import run_examples
from supportable.stores.packs import load_pack

SAMPLE = Path(__file__).parents[1] / "examples" / "catalogue"
SOURCE = Source("sample.yaml", 1)
DAY = "2026-11-25"


def imported(folder: Path, rows: list[dict[str, str]]):
    """The pack made of these rows by the sample's mapping."""
    file = folder / "list.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    import_catalogue(file, SAMPLE / "mapping.yaml", folder / "pack", DAY)
    return load_pack(folder / "pack")


ROWS = st.fixed_dictionaries(
    {
        "Part": st.just(""),
        "Maker": st.sampled_from(["A", "B"]),
        "Model": st.sampled_from(["x", "x 2"]),
        "Firmware": st.sampled_from(["1.9", "1.10", "2.0"]),
        "Driver": st.sampled_from(["5", "5.0.1"]),
        "Listed": st.sampled_from(["", "2026-01-01", "2026-12-01"]),
        "Withdrawn": st.sampled_from(["", "2026-06-30", "2027-06-30"]),
    }
).filter(lambda row: not row["Withdrawn"] or row["Listed"] <= row["Withdrawn"])
PARTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["storage-array", "server"]),
        "vendor": st.sampled_from(["A", "B", "a"]),
        "model": st.sampled_from(["x", "x 2", "x2"]),
        "firmware": st.sampled_from(["1.9", "1.10", "2.0", "1.10.1"]),
        "driver": st.sampled_from(["5", "5.0.1", "5.1"]),
    }
)


def is_listed(row: dict[str, str], part: dict[str, str]) -> bool:
    """What a person reads in one row: this maker and model, this driver, this firmware or a later one, in its days."""
    return (
        (row["Maker"], row["Model"]) == (part["vendor"], part["model"])
        and version_key(part["firmware"]) >= version_key(row["Firmware"])
        and version_key(part["driver"]) == version_key(row["Driver"])
        and (row["Listed"] or "0") <= DAY <= (row["Withdrawn"] or "9")
    )


@settings(max_examples=25)
@given(st.lists(ROWS, min_size=1, max_size=4), st.lists(PARTS, min_size=1, max_size=3))
def test_a_part_is_listed_exactly_if_a_row_lists_it(tmp_path_factory, rows, parts):
    """The verdict is full if each array stands in a row that counts on this day, else what the list says; a server is not asked about."""
    pack = imported(tmp_path_factory.mktemp("catalogue"), rows)
    observations = [
        Observation(f"components.{field}", value, SOURCE, f"part {number}")
        for number, part in enumerate(parts)
        for field, value in part.items()
    ]
    listed = Listed("components", tuple(f"part {number}" for number in range(len(parts))), SOURCE)
    deployment = assemble("sample", [*observations, listed])

    verdict = judge(deployment, [compile_pack(select(pack, (), DAY, DAY))])[0]

    expected = all(part["kind"] == "server" or any(is_listed(row, part) for row in rows) for part in parts)
    assert verdict.level.word == ("full" if expected else "unsupported")


def test_every_mutant_of_an_imported_catalogue_is_noticed(tmp_path):
    """The examples that come with a catalogue lie on each edge of each row, so that a row read wrongly breaks one."""
    shutil.copytree(SAMPLE, tmp_path / "sample")
    import_catalogue(tmp_path / "sample" / "list.csv", tmp_path / "sample" / "mapping.yaml", tmp_path / "pack", DAY)
    pack = load_pack(tmp_path / "pack")

    run = run_examples(pack, mutate=True)

    assert run.problems == []
    assert run.survivors == ()
    assert run.caught > 30


def test_the_same_catalogue_as_json_is_the_same_pack(tmp_path):
    """CSV and JSON differ in form only; `null` is an empty cell."""
    with (SAMPLE / "list.csv").open() as file:
        rows = [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]
    (tmp_path / "list.json").write_text(json.dumps(rows))
    for name, source in (("one", SAMPLE / "list.csv"), ("two", tmp_path / "list.json")):
        import_catalogue(source, SAMPLE / "mapping.yaml", tmp_path / name / "pack", DAY)

    texts = [{path.name: path.read_text() for path in (tmp_path / name / "pack").rglob("*.yaml")} for name in ("one", "two")]

    assert texts[0] == texts[1]


def test_a_near_miss_is_shown_and_not_accepted(tmp_path, command):
    """An earlier firmware is refused; the report names the row, what it asks, and what was found."""
    made = command("policy", "import-catalogue", SAMPLE / "list.csv", "--mapping", SAMPLE / "mapping.yaml", "-o", tmp_path / "pack")
    assert made.returncode == 0, made.stderr
    (tmp_path / "deployment.yaml").write_text(
        "components:\n  - {name: array 1, kind: storage-array, vendor: Contoso, model: Array 2000, firmware: '2.40', driver: '5.1'}\n"
        "  - {name: array 2, kind: storage-array, vendor: Contoso, model: array 3000, firmware: '3.1', driver: '5.2'}\n"
    )
    options = ["--pack", tmp_path / "pack", "--document", "contoso-interoperability", "--as-of", DAY]

    told = command("check", tmp_path / "deployment.yaml", *options)
    found = json.loads(command("check", tmp_path / "deployment.yaml", *options, "--format", "json").stdout)

    assert told.returncode == 10
    row = "row A-3 of the table contoso-interoperability.rows asks that components.model is Array 3000; it is array 3000 (array 2)"
    assert f"near, not accepted: {row}" in " ".join(told.stdout.split())
    rows = found["verdicts"][0]["findings"][0]["near_rows"]
    assert [(row["row"], row["field"], row["item"]) for row in rows] == [("A-3", "components.model", "array 2")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Model": "Modell"}, "has no column `Modell`"),
        ({"components.vendor": "components.vendr"}, "unknown field `components.vendr`"),
        ({"components.vendor: Maker": "components.vendor: {column: Maker, match: equal-or-later}"}, "`components.vendor` has no order"),
        ({"equal-or-later": "or-later"}, "`or-later` is not a value of `match`"),
        ({"unlisted: fails": "unlisted: no"}, "`no` is not a value of `unlisted`"),
        ({"of: components": "of: deployment"}, "`only` chooses among items"),
        ({"issuer: contoso-storage": "issuer:"}, "`issuer` is missing or empty"),
        ({"storage-array": "array"}, "`array` is not a value of `components.kind`"),
        ({"until: Withdrawn": "until: Part"}, "`A-1` in `Part` is not a day"),
        ({"components.driver: Driver": "components.driver: Withdrawn"}, "the cell of `Withdrawn` is empty"),
        ({"components.driver: Driver": "components.driver: Maker"}, "`Contoso` is not a version"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_nothing_is_written(tmp_path, change, expected):
    """Whatever is wrong with mapping or rows is one sentence with file and line and a hint; no pack appears."""
    text = (SAMPLE / "mapping.yaml").read_text()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mapping.yaml").write_text(text)

    with pytest.raises(CatalogueError) as caught:
        import_catalogue(SAMPLE / "list.csv", tmp_path / "mapping.yaml", tmp_path / "pack", DAY)

    told = [str(one) for one in caught.value.problems]
    assert any(expected in one for one in told), told
    assert all(one.hint and one.place and one.place.line for one in caught.value.problems)
    assert not (tmp_path / "pack").exists()
