"""Loading packs: all problems at once, each with a place; and no damage that gets through as anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.errors import PackError
from supportable.stores.packs import SHIPPED, parse_files, read_files

FILES = [
    (name, data) for name, data in read_files(SHIPPED / "microsoft-exchange-clusters") if "kb8109" in name or name.endswith("pack.yaml")
]
PACK = b"""\
pack: sample
issuer: nobody
subject: a sample
revision: "1"
tiers:
  - {id: full, label: full, level: full, why: w}
  - {id: none, label: none, level: unsupported, why: w}
documents:
  - {id: D1, title: t, address: a, revision: "1", retrieved: "2026-01-01", confidence: full}
"""
CLAUSE = """\
document: D1
clauses:
  - id: d1.one
    kind: requirement
    says: s
    section: "1"
    words: w
    applies: {workload.product: exchange-server}
    requires: {cluster.service: mscs}
    caps: none
    examples: {holds: [{cluster: {service: mscs}}], fails: [{cluster: none}], unknown: [{workload: {product: exchange-server}}]}
"""


def load(clause: str):
    return parse_files([("sample/pack.yaml", PACK), ("sample/clauses/d1.yaml", clause.encode())], "sample")


def problems(clause: str) -> list[str]:
    with pytest.raises(PackError) as caught:
        load(clause)
    return [str(problem) for problem in caught.value.problems]


def test_a_pack_without_mistakes_loads():
    """The sample pack has one clause."""
    assert [clause.id for clause in load(CLAUSE).clauses] == ["d1.one"]


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ("cluster.service: mscs}\n", "cluster.servise: mscs}\n", 9, "did you mean `cluster.service`?"),
        ("cluster.service: mscs}\n", "cluster.service: msc}\n", 9, "did you mean `mscs`?"),
        ("cluster.service: mscs}\n", "cluster.service: {at_leest: mscs}}\n", 9, "did you mean `at_least`?"),
        ("cluster.service: mscs}\n", "cluster.service: {at_least: mscs}}\n", 3, "`cluster.service` has no order"),
        ("cluster.service: mscs}\n", "nodes.os.release: windows-2000}\n", 3, "say of which"),
        ("cluster.service: mscs}\n", "every: {nodes: {every: {nodes: {nodes.os.release: windows-2000}}}}}\n", 3, "is asked about below"),
        ("cluster.service: mscs}\n", "in_matrix: nowhere}\n", 3, "unknown matrix `nowhere`"),
        ("caps: none", "caps: nine", 3, "unknown tier `nine`"),
        ("caps: none", "caps: full", 3, "caps at the best tier"),
        ("kind: requirement", "kind: requirment", 4, "did you mean `requirement`?"),
        ("words: w", "words: a b c d e f g h i j k l m", 7, "a quotation of 13 words"),
        ("words: w\n", "wordz: w\n", 7, "did you mean `words`?"),
        (", unknown: [{workload: {product: exchange-server}}]", "", 3, "has no example for unknown"),
        ("document: D1", "document: D1x", 1, "did you mean `D1`?"),
        ("words: w\n", "words: w\n    effective: {from: 2026-02-30}\n", 8, "`2026-02-30` is not a day"),
        ("words: w\n", "words: w\n    effective: {from: 2026-02-01, until: 2026-01-01}\n", 8, "`2026-01-01` is before `2026-02-01`"),
        ("words: w\n", "words: w\n    effective: {form: 2026-02-01}\n", 8, "did you mean `from`?"),
        ("fails: [{", "fails: [{as_of: yesterday, ", 11, "`yesterday` is not a day"),
    ],
)
def test_a_mistake_is_named_with_its_place(old, new, line, part):
    """Each mistake in a clause is told with file and line, and what to do."""
    assert old in CLAUSE
    found = [one for one in problems(CLAUSE.replace(old, new, 1)) if part in one]

    assert found and found[0].startswith(f"sample/clauses/d1.yaml:{line}:")
    assert "\nhint: " in found[0]


@pytest.mark.parametrize(
    ("rows", "asked"), [("{id: a, cluster.service: mscs}", False), ("{id: a, cluster.service: mscs, listed: false}", True)]
)
def test_an_example_that_fails_is_asked_for_where_a_table_can_rule_something_out(rows, asked):
    """A table that leaves the rest open and rules nothing out cannot fail; with a row that rules something out it can."""
    head = "matrix: d1.m\ndocument: D1\nsection: s\nwords: w\nunlisted: unknown\nunlisted_why: y\n"
    table = f"{head}columns: [cluster.service]\nrows:\n  - {rows}\n"
    text = CLAUSE.replace("requires: {cluster.service: mscs}", "requires: {in_matrix: d1.m}").replace(" fails: [{cluster: none}],", "")
    files = [("sample/pack.yaml", PACK), ("sample/clauses/d1.yaml", text.encode()), ("sample/matrices/m.yaml", table.encode())]
    try:
        parse_files(files, "sample")
        found: list[str] = []
    except PackError as error:
        found = [str(problem) for problem in error.problems]

    assert any("has no example for fails" in one for one in found) is asked


def test_all_mistakes_of_all_files_are_told_at_once():
    """Mistakes in two places of one file are both told."""
    broken = CLAUSE.replace("kind: requirement", "kind: requirment").replace("cluster.service: mscs}\n", "cluster.servise: mscs}\n")

    assert len(problems(broken)) >= 2


@settings(max_examples=120)
@given(st.data())
def test_no_damage_to_a_pack_gives_anything_but_a_pack_or_problems(data):
    """Any damaged pack file is loaded, or refused with `PackError`; nothing else comes out."""
    number = data.draw(st.integers(0, len(FILES) - 1))
    name, whole = FILES[number]
    text = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(0, len(text) - 1)))
        match data.draw(st.sampled_from(["flip", "cut", "insert", "truncate"])):
            case "flip" if text:
                text[place] = data.draw(st.integers(0, 255))
            case "cut":
                del text[place : place + data.draw(st.integers(1, 40))]
            case "insert":
                text[place:place] = data.draw(
                    st.sampled_from([b"&a ", b"*a", b"{", b"[", b": ", b"\n", b"- ", b"all: ", b"never", b"\0", b"every: {nodes: "])
                )
            case _:
                del text[place:]
    try:
        parse_files([*FILES[:number], (name, bytes(text)), *FILES[number + 1 :]], "sample")
    except PackError as error:
        assert error.problems


def test_a_folder_that_is_no_pack_is_refused(command, tmp_path):
    """`--pack` of an empty folder is wrong use, told in one sentence."""
    run = command("check", Path(__file__), "--pack", tmp_path)

    assert run.returncode == 2
    assert "is not a pack" in run.stderr and "Traceback" not in run.stderr
