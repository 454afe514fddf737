"""OpenEoX Core documents: what is written is read again, and what is wrong with one is told."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.core.dates import NO_DAY
from supportable.core.life_cycle_packs import pack_files
from supportable.core.life_cycles import OPENEOX, PRODUCTS, Cell, LifeCycle, joined
from supportable.core.openeox import SCHEMA, document_of, file_name, parse_document, rows_of
from supportable.core.reading_trees import Problems
from supportable.marked import read_marked
from supportable.policies import run_examples
from supportable.stores.packs import parse_files

CYCLES = {
    "rhel": ["6", "7", "9"],
    "sles": ["12.5", "15.0", "15.5"],
    "mssqlserver": ["2016", "2016 SP3", "2008 R2 SP1"],
    "msexchange": ["2016", "subscription"],
}
RIGHT = {
    "$schema": SCHEMA,
    "end_of_life": "2029-05-31T23:59:59Z",
    "end_of_security_support": "2024-06-30T23:59:59Z",
    "last_updated": "2026-11-23T00:00:00Z",
}


@st.composite
def life_cycles(draw):
    """A life cycle read from documents: releases of one product with any days, at least one of them with an end."""
    product = PRODUCTS[draw(st.sampled_from(list(CYCLES)))]
    days = st.dates(date(1990, 1, 1), date(2040, 1, 1)).map(date.isoformat)
    rows = []
    for number, cycle in enumerate(draw(st.lists(st.sampled_from(CYCLES[product.name]), min_size=1, unique=True))):
        until = draw(days if number == 0 else days | st.none())
        later = draw(st.none() | st.just(NO_DAY) | days) if until is not None else None
        rows.append(
            Cell(
                cycle, *product.translate(cycle, cycle), until, later if later is not None and until is not None and later > until else None
            )
        )
    [life] = joined([LifeCycle(product, tuple(rows), (), "2026-11-23", OPENEOX)])
    return life


def read(text, stem):
    problems = Problems()
    tree, found = read_marked(text.encode(), f"{stem}.json")
    assert found == []
    return parse_document(tree, stem, problems), problems


@given(life_cycles())
@settings(max_examples=20)
def test_what_is_written_is_read_again_and_judges_as_the_rows_say(life):
    """Rows of a life cycle come back from their documents as they were, and from the pack made of them, whose examples come out."""
    again = [read(document_of(row, "2026-11-23"), file_name(life.product.name, row).removesuffix(".json")) for row in life.rows]
    assert all(problems == [] for _, problems in again)
    [back] = joined([one for one, _ in again])
    assert [row._replace(cycle="") for row in back.rows] == [row._replace(cycle="") for row in life.rows]

    pack = parse_files([(f"made/{name}", text.encode()) for name, text in pack_files("made", [back], "2026-11-26").items()], "made")
    assert run_examples(pack).problems == []
    assert rows_of(pack) == {life.product.name: back.rows}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("$schema", SCHEMA.replace("v1.0", "v2.0"), "is another version of OpenEoX"),
        ("end_of_life", "2024-06-29T23:59:59Z", "`end_of_security_support` is later than `end_of_life`"),
        ("end_of_life", "2029-05-31", "`end_of_life` is no moment: `2029-05-31`"),
        ("end_of_life", "2029-02-30T23:59:59Z", "`end_of_life` is no moment"),
        ("end_of_life", None, "`end_of_life` is missing or empty"),
        ("last_updated", "tba", "`last_updated` is no moment: `tba`"),
        ("end_of_lief", "tba", "unknown key `end_of_lief`"),
    ],
)
def test_what_is_wrong_with_a_document_is_told(key, value, message):
    """Whatever is wrong with a document is said, and it gives no row that could be used."""
    said = {name: text for name, text in (RIGHT | {key: value}).items() if text is not None}
    _, problems = read(json.dumps(said), "rhel@7")

    assert message in " ".join(one.message for one in problems)


@pytest.mark.parametrize("stem", ["7", "rhel", "rhel@", "rhle@7"])
def test_a_document_whose_file_names_no_product_is_refused(stem):
    """The format names no product, so a file whose name does not is never taken for one."""
    life, problems = read(json.dumps(RIGHT), stem)

    assert life is None and len(problems) == 1 and "names no product" in problems[0].message


def test_a_pack_goes_out_and_comes_in_by_the_command(command, tmp_path):
    """`export-dates` writes one document a release of a pack that ships, and `import-dates` makes of them a pack that judges."""
    written = command("policy", "export-dates", "red-hat-rhel-lifecycle", "--format", "openeox", "-o", tmp_path / "out")
    assert written.returncode == 0 and "the format cannot say to whom" in written.stdout
    documents = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in documents] == [f"rhel@{release}.json" for release in (10, 5, 6, 7, 8, 9)]
    assert json.loads(documents[3].read_text()) == RIGHT

    made = command("policy", "import-dates", *documents, "-o", tmp_path / "red-hat-rhel-lifecycle")
    assert made.returncode == 0, made.stderr
    (tmp_path / "cluster.yaml").write_text("nodes: [{name: A, os: {release: rhel-7}}]\n")
    run = command(
        "check",
        tmp_path / "cluster.yaml",
        "--pack",
        tmp_path / "red-hat-rhel-lifecycle",
        "--document",
        "openeox-rhel",
        "--as-of",
        "2024-07-01",
    )
    assert run.returncode == 10 and "LIMITED" in run.stdout and "row 7 of the table openeox-rhel.releases" in " ".join(run.stdout.split())

    twice = command("policy", "import-dates", documents[3], documents[3], "-o", tmp_path / "twice")
    assert twice.returncode == 1 and "two documents are of the release `7`" in twice.stderr and not (tmp_path / "twice").exists()
    hand = command("policy", "export-dates", "microsoft-lifecycle", "-o", tmp_path / "none")
    assert hand.returncode == 2 and "holds no life cycle that was imported" in hand.stderr
