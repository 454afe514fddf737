"""Importing life-cycle dates: every shape of the data, every mistake at once, and a pack that judges."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportable.core.fields import FIELDS
from supportable.core.life_cycle_packs import pack_files
from supportable.core.life_cycles import PRODUCTS, Cell, LifeCycle
from supportable.importing import import_dates
from supportable.policies import run_examples
from supportable.stores.packs import SHIPPED, parse_files

FILE = """\
---
title: Microsoft Exchange
permalink: /msexchange

releases:
  - releaseCycle: "subscription"
    eol: false
  - releaseCycle: "2016"
    releaseLabel: "2016 CU23"
    eol: 2025-10-14
  - releaseCycle: "4.0"
    eol: true
---

> Prose with a : colon, and `- dashes`.
"""
V1 = {
    "schema_version": "1.2.0",
    "generated_at": "2026-10-01T00:00:00+00:00",
    "result": {
        "name": "msexchange",
        "releases": [
            {"name": "subscription", "label": "Subscription Edition", "isEol": False, "eolFrom": None},
            {"name": "2016", "label": "2016", "isEol": True, "eolFrom": "2025-10-14"},
        ],
    },
}
OLD = [{"cycle": "subscription", "eol": False}, {"cycle": "2016", "eol": "2025-10-14", "support": "2020-10-13"}]
DEPLOYMENT = 'workload: {product: exchange-server, release: "2016", cumulative_update: 23}\ncluster: none\n'


@pytest.fixture
def sources(tmp_path):
    """One product in the three shapes of the data."""
    (tmp_path / "file.md").write_text(FILE)
    (tmp_path / "answer.json").write_text(json.dumps(V1, indent=1))
    (tmp_path / "msexchange.json").write_text(json.dumps(OLD))
    return tmp_path


def judged(command, pack, deployment, day):
    run = command("check", deployment, "--pack", pack, "--document", "endoflife-msexchange", "--as-of", day, "--format", "json")
    return run, json.loads(run.stdout)["verdicts"][0]


@pytest.mark.parametrize("name", ["file.md", "answer.json", "msexchange.json"])
def test_a_pack_made_of_any_shape_judges_the_last_day_and_the_next(command, sources, name):
    """The release is supported on the day of its end and not on the day after, and the report says which row ended when."""
    pack, deployment = sources / "packs" / "microsoft-lifecycle", sources / "deployment.yaml"
    deployment.write_text(DEPLOYMENT)
    made = command("policy", "import-dates", sources / name, "-o", pack)
    assert made.returncode == 0, made.stderr

    run, verdict = judged(command, pack, deployment, "2025-10-14")
    assert (verdict["level"], run.returncode) == ("full", 0)
    run, verdict = judged(command, pack, deployment, "2025-10-15")
    assert (verdict["level"], run.returncode) == ("unsupported", 10)
    assert [finding["ended"] for finding in verdict["findings"]] == [
        [{"matrix": "endoflife-msexchange.releases", "row": "2016", "until": "2025-10-14", "item": None}]
    ]
    text = command("check", deployment, "--pack", pack, "--as-of", "2025-10-15").stdout
    assert "row 2016 of the table endoflife-msexchange.releases ended on 2025-10-14" in " ".join(text.split())
    assert command("policy", "lint", pack).returncode == 0
    assert command("policy", "mutate", pack).returncode == 0


def test_a_newer_pack_takes_the_place_of_the_one_that_ships(command, sources):
    """An end that was moved counts as soon as a pack of the same folder name says so; under another name the older one still judges."""
    deployment = sources / "deployment.yaml"
    deployment.write_text(DEPLOYMENT)
    (sources / "moved.md").write_text(FILE.replace("2025-10-14", "2035-10-14"))
    levels = []
    for name in ("microsoft-lifecycle", "another-name"):
        assert command("policy", "import-dates", sources / "moved.md", "-o", sources / name).returncode == 0
        answer = json.loads(command("check", deployment, "--pack", sources / name, "--as-of", "2026-01-01", "--format", "json").stdout)
        levels.append(next(one["best"] for one in answer["verdicts"] if one["issuer"] == "microsoft"))

    assert levels == ["full", "unsupported"]


def test_what_has_no_name_or_no_day_is_told_and_left_out(command, sources):
    """A release without a value of ours, or without a day, is listed with its line and is in no row."""
    run = command("policy", "import-dates", sources / "file.md", "-o", sources / "pack")

    assert "left out: file.md:11:19: `4.0`: `4.0` is no value of `workload.release`" in run.stdout
    assert '"4.0"' not in (sources / "pack" / "matrices" / "msexchange.yaml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\ntitle", "title", "bad.md:1: there is no YAML front matter"),
        ("title: Microsoft Exchange", "title: [", "not readable as YAML or JSON"),
        ("permalink: /msexchange", "permalink: /msexchangf", "bad.md:3:12: our fields do not name the product `msexchangf`"),
        ("    eol: 2025-10-14\n", "", "bad.md:8:5: `2016` has no `eol`"),
        ("2025-10-14", "2025-02-30", "bad.md:10:10: `eol` of `2016` is no day: `2025-02-30`"),
        ("2025-10-14", "soon", "bad.md:10:10: `eol` of `2016` is no day: `soon`"),
        ("2025-10-14", "[2025-10-14]", "bad.md:10:10: `eol` of `2016` is no day: `a list`"),
        ('  - releaseCycle: "2016"\n    r', "  - r", "bad.md:8:5: a release has no `releaseCycle`"),
        ('releaseCycle: "4.0"\n    eol: true', 'releaseCycle: "2016"\n    eol: 2026-01-01', "is the same release as one before it"),
        ("2025-10-14", "false", "no release of this file has an end"),
        ("releases:", "cycles:", "there are no releases"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_nothing_is_written(command, tmp_path, old, new, message):
    """Whatever is wrong with a file is told in one sentence with its place; there is no folder afterwards, whole or in part."""
    assert old in FILE
    (tmp_path / "bad.md").write_text(FILE.replace(old, new, 1))
    run = command("policy", "import-dates", tmp_path / "bad.md", "-o", tmp_path / "pack")

    assert run.returncode == 1
    assert message in run.stderr and "hint: " in run.stderr and "Traceback" not in run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.md"]


def test_all_mistakes_of_all_files_are_told_at_once(command, tmp_path):
    """Two mistakes in one file and one in another are three sentences."""
    (tmp_path / "one.md").write_text(FILE.replace("eol: 2025-10-14", "eol: soon").replace("eol: false", "eool: false"))
    (tmp_path / "two.md").write_text(FILE.replace("/msexchange", "/cpython"))
    run = command("policy", "import-dates", tmp_path / "one.md", tmp_path / "two.md", "-o", tmp_path / "pack")

    assert [line.split(".md:")[1].split(":")[0] for line in run.stderr.splitlines() if ".md:" in line] == ["6", "10", "3"]
    assert run.stderr.count("hint: ") == 3


def test_a_folder_that_was_not_imported_is_not_touched(command, sources):
    """A folder with anything else in it stays as it is; a pack that was imported before is replaced."""
    own = sources / "own"
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    refused = command("policy", "import-dates", sources / "file.md", "-o", own)
    assert (refused.returncode, [path.name for path in own.iterdir()]) == (2, ["notes.txt"])

    for text in (FILE, FILE.replace("2025-10-14", "2030-01-01")):
        (sources / "file.md").write_text(text)
        assert command("policy", "import-dates", sources / "file.md", "-o", sources / "pack").returncode == 0
    assert "2030-01-01" in (sources / "pack" / "matrices" / "msexchange.yaml").read_text()
    assert sorted(path.name for path in sources.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize("name", ["msexchange", "mssqlserver", "windows-server", "rhel", "sles"])
def test_the_real_files_give_packs_without_survivors(command, shared, tmp_path, name):
    """Each real product file that our fields name is imported; the pack is clean and every mutant of it is noticed."""
    source = shared / "evidence" / "endoflife.date" / "products" / f"{name}.md"
    assert command("policy", "import-dates", source, "-o", tmp_path / name).returncode == 0
    assert command("policy", "lint", tmp_path / name).returncode == 0
    mutated = command("policy", "mutate", tmp_path / name)
    assert mutated.returncode == 0, mutated.stdout


@pytest.mark.parametrize(
    ("name", "pack"),
    [("rhel", "red-hat-rhel-lifecycle"), ("sles", "suse-sle-lifecycle"), ("mssqlserver", "microsoft-sql-server-lifecycle")],
)
def test_the_packs_that_ship_are_what_the_importer_makes(shared, tmp_path, name, pack):
    """A pack that says it was imported is the import of the real file, byte for byte, with nothing edited by hand."""
    shipped = {path.relative_to(SHIPPED / pack): path.read_text() for path in (SHIPPED / pack).rglob("*.yaml")}
    retrieved = next(line.split('"')[1] for line in shipped[Path("pack.yaml")].splitlines() if line.startswith("revision:"))
    source = shared / "evidence" / "endoflife.date" / "products" / f"{name}.md"
    import_dates([source], tmp_path / pack, retrieved, "2026-11-23", "commit a70eca337600")

    assert {path.relative_to(tmp_path / pack): path.read_text() for path in (tmp_path / pack).rglob("*.yaml")} == shipped


@pytest.mark.parametrize(
    ("system", "day", "expected"),
    [
        ("release: rhel-7", "2024-06-30", ("full", "full", [])),
        ("release: rhel-7", "2024-07-01", ("limited", "limited", ["7"])),
        ("release: rhel-7", "2029-06-01", ("unsupported", "unsupported", ["7"])),
        ("release: sles-15, service_pack: 5", "2024-12-31", ("full", "full", [])),
        ("release: sles-15, service_pack: 5", "2025-01-01", ("unsupported", "unsupported", ["15.5"])),
        ("release: sles-15", "2025-01-01", ("unsupported", "full", [])),
        ("release: sles-16", "2026-01-01", ("unsupported", "full", [])),
    ],
)
def test_a_linux_cluster_is_judged_by_the_life_cycle_of_its_release(command, tmp_path, system, day, expected):
    """A release past its end is told with its row; a service pack that nobody read, or that has no row, leaves the verdict open."""
    (tmp_path / "cluster.yaml").write_text(f"nodes: [{{name: A, os: {{{system}}}}}, {{name: B, os: {{{system}}}}}]\n")
    documents = ("--document", "endoflife-rhel", "--document", "endoflife-sles")
    run = command("check", tmp_path / "cluster.yaml", *documents, "--as-of", day, "--format", "json")
    verdict = next(one for one in json.loads(run.stdout)["verdicts"] if one["best"] is not None)

    rows = sorted({row["row"] for finding in verdict["findings"] for row in finding.get("ended", ())})
    assert (verdict["worst"], verdict["best"], rows) == expected


def test_a_real_file_of_a_product_that_no_field_names_is_refused(command, shared, tmp_path):
    """A product is never taken for another."""
    run = command(
        "policy", "import-dates", shared / "evidence" / "endoflife.date" / "products" / "oracle-database.md", "-o", tmp_path / "x"
    )

    assert run.returncode == 1 and "our fields do not name the product `oracle-database`" in run.stderr


@st.composite
def life_cycles(draw):
    """A life cycle of any product: releases of ours, some with service packs, with any ends, at least one of them with one."""
    product = draw(st.sampled_from(list(PRODUCTS.values())))
    values = FIELDS["workload.release" if product.workload else "nodes.os.release"].values
    days = st.dates(date(1990, 1, 1), date(2040, 1, 1)).map(date.isoformat)
    rows = []
    for release in draw(st.lists(st.sampled_from(values), min_size=1, max_size=4, unique=True)):
        packs = draw(st.lists(st.integers(0, 5), max_size=3, unique=True)) or [None]
        rows += [Cell(f"{release}-{pack}", release, pack, draw(days | st.none())) for pack in packs]
    if all(row.until is None for row in rows):
        rows[0] = rows[0]._replace(until=draw(days))
    return LifeCycle(product, tuple(rows), (), draw(st.none() | st.just("2026-01-01")))


@given(life_cycles())
def test_any_life_cycle_gives_a_pack_that_loads_and_whose_examples_come_out(life):
    """Whatever the rows are, the pack type-checks, holds until each end and fails from the day after."""
    files = pack_files("made", [life], "2026-11-25")
    pack = parse_files([(f"made/{name}", text.encode()) for name, text in files.items()], "made")

    assert run_examples(pack).problems == []
    ends = {row.until for row in life.rows if row.until is not None}
    fails = [example for clause in pack.clauses for example in clause.examples if example.kind == "fails"]
    assert {(date.fromisoformat(one) + timedelta(1)).isoformat() for one in ends} <= {example.as_of for example in fails}
