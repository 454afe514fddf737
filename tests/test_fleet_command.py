"""Fleets through the real command: the same verdicts as `check`, deployment by deployment, and a table that is whole or not there."""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sample_fleet import MAPPING, write_sample
from supportable.app import load_packs, prepare
from supportable.core.compile import UNKNOWN
from supportable.core.fleet import KEY, deployment_of_row
from supportable.core.verdict import judge, judge_by_reference
from supportable.fleets import Asked, check_fleet
from supportable.stores.inventories import open_inventory
from supportable.stores.mappings import load_mapping
from supportable.stores.normalising import Fleet


@pytest.fixture(scope="module")
def inventory(tmp_path_factory) -> tuple[Path, Path]:
    """A sample inventory, and its mapping."""
    return write_sample(tmp_path_factory.mktemp("fleet"))


@pytest.mark.parametrize("documents", [("KB810986",), ()], ids=["one-document", "all-documents"])
def test_every_deployment_is_judged_as_by_the_reference(inventory, documents, tmp_path):
    """Level, both ends, failing and unknown requirements of each row are those of the reference evaluator on that row."""
    table, mapping = inventory
    asked = Asked(str(table), mapping, documents, (), "2026-11-25", "2026-11-25", searches=8)
    found = check_fleet(asked, tmp_path / "out.jsonl", lambda _: None, None)
    rows = {(row[KEY], row["issuer"]): row for row in map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())}
    compiled = prepare(load_packs(), documents, "2026-11-25", "2026-11-25")
    counted: dict[str, Counter[str]] = {one.pack.issuer: Counter() for one in compiled}
    searched = 0

    with open_inventory(str(table)) as opened:
        plain = [row for batch in Fleet(opened, load_mapping(mapping)) for row in batch.to_pylist()]

    assert len(plain) == 300
    assert len(rows) == 300 * len(counted)
    for deployment, verdict in ((one, verdict) for one in map(deployment_of_row, plain) for verdict in judge(one, compiled)):
        row = rows[deployment.name, verdict.issuer]
        unknown = [
            clause.id
            for one in compiled
            if one.pack.issuer == verdict.issuer
            for clause, code in zip(one.pack.clauses, judge_by_reference(one.pack, deployment)[0].outcomes, strict=True)
            if clause.kind == "requirement" and code == UNKNOWN
        ]
        assert row["level"] == (verdict.level.word if verdict.level is not None else None)
        assert (row["worst"], row["best"]) == tuple(level.word if level is not None else None for level in (verdict.worst, verdict.best))
        failed = [finding.clause.id for finding in verdict.findings if finding.clause.kind == "requirement" and finding.outcome == "false"]
        assert row["failed"] == failed
        assert row["unknown"] == unknown
        # NULL: it was not searched for, or the search was given up.
        if row["deciding"] is not None:
            assert row["deciding"] == ([] if verdict.decided else [_slot(slot) for slot in verdict.deciding.slots])
            searched += not verdict.decided
        counted[verdict.issuer]["silent" if not verdict.applies else verdict.level.word if verdict.level is not None else "undecided"] += 1
    assert searched >= 8
    assert {one.issuer: {level: count for level, count in one.levels.items() if count} for one in found.issuers} == counted


def _slot(slot: tuple[str, str | None]) -> str:
    return slot[0] if slot[1] is None else f"{slot[0]} of {slot[1]}"


def test_explain_is_what_check_says(inventory, command, tmp_path):
    """The level that `fleet explain` gives one deployment is the one in the table."""
    table, mapping = inventory
    done = command("fleet", "check", table, "--mapping", mapping, "--document", "KB810986", "-o", tmp_path / "out.csv")
    assert done.returncode == 10, done.stderr
    with (tmp_path / "out.csv").open() as stream:
        rows = {row[KEY]: row for row in csv.DictReader(stream)}

    for key in ("c0", "c7", "c123"):
        shown = command("fleet", "explain", table, key, "--mapping", mapping, "--document", "KB810986", "--format", "json")
        assert json.loads(shown.stdout)["verdicts"][0]["level"] == (rows[key]["level"] or None)


def test_the_summary_says_what_nobody_understood(inventory, command):
    """Levels add up to the deployments; unknown names stand with their counts; the fact to fetch next has its share."""
    table, mapping = inventory
    done = command("fleet", "check", table, "--mapping", mapping, "--document", "KB810986", "--format", "json")
    said = json.loads(done.stdout)

    assert sum(said["issuers"][0]["levels"].values()) == said["deployments"] == 300
    assert [one["text"] for one in said["unknown_names"]] == ["Xchange"]
    assert said["issuers"][0]["decides_alone"][0]["deployments"] > 0
    assert said["issuers"][0]["undecided_searched"] == said["issuers"][0]["levels"]["undecided"]


def test_parquet_holds_the_same_rows(inventory, tmp_path):
    """The three formats of the table say the same."""
    import pyarrow.parquet as pq

    table, mapping = inventory
    asked = Asked(str(table), mapping, ("KB810986",), (), "2026-11-25", "2026-11-25")
    for name in ("out.parquet", "out.jsonl"):
        check_fleet(asked, tmp_path / name, lambda _: None, None)

    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == lines


def test_bad_input_is_told_in_a_sentence_and_writes_nothing(inventory, command, tmp_path):
    """A mapping of a column that is missing, an unknown field, an ending, an inventory that is not there: one sentence, nothing written."""
    table, mapping = inventory
    wrong = tmp_path / "wrong.yaml"
    for text, part in (
        (MAPPING.replace("host: nodes", "hots: nodes"), "hots"),
        (MAPPING.replace("workload.service_pack", "workload.servicepack"), "wrong.yaml:"),
        ("", "wrong.yaml"),
    ):
        wrong.write_text(text)
        done = command("fleet", "check", table, "--mapping", wrong, "-o", tmp_path / "out.csv")
        assert done.returncode in (1, 2) and part in done.stderr and "Traceback" not in done.stderr, done.stderr
    for arguments, part in (((table, "-o", tmp_path / "out.xlsx"), "ending"), ((tmp_path / "none.csv",), "none.csv")):
        done = command("fleet", "check", *arguments, "--mapping", mapping)
        assert done.returncode in (1, 2) and part in done.stderr and "Traceback" not in done.stderr, done.stderr

    assert sorted(path.name for path in tmp_path.iterdir()) == ["wrong.yaml"]


def test_a_full_disk_leaves_no_half_table(inventory, tmp_path):
    """When the table cannot be written whole, nothing of it is left, and a sentence says so."""
    table, mapping = inventory
    line = [sys.executable, "-m", "supportable", "fleet", "check", table, "--mapping", mapping, "-o", tmp_path / "out.csv"]
    environment = {**os.environ, "TMPDIR": str(tmp_path.parent)}

    done = subprocess.run(
        line, env=environment, capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    )

    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []
