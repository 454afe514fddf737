"""Files for `--cost` that would make plans mean nothing are refused where they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportable.cli import main

EVIDENCE = Path(__file__).parent / "scenarios" / "rhel-two-nodes-without-fencing" / "evidence"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rules:\n  a: {if: {in_matrix: x}, then: {cluster.service: mscs}, why: y}", "cost.yaml:3:6: the rule `a` asks a table"),
        (
            "fields:\n  workload.build: {work: update, resets: [workload.build]}",
            "cost.yaml:3:3: what the work on `workload.build` sets anew",
        ),
        (
            "fields:\n  workload.build: {work: update, resets: [workload.service_pack]}",
            "cost.yaml:3:3: what the work on `workload.build` sets anew leads back to it",
        ),
        ("first: [workload.prodct]", "cost.yaml:2:9: unknown field `workload.prodct`"),
        ("usual:\n  cluster.transport: udpx", "cost.yaml:3:22: "),
        ("usual:\n  cluster.transport: {is: udp}", "cost.yaml:3:22: what is usual for `cluster.transport` is a value or a list of values"),
        ("released: {2019: soon}", "cost.yaml:2:18: `2019` has no day"),
        ("released: {2018: 2018-01-01}", "cost.yaml:2:12: unknown release `2018`"),
        ("rules:\n  a: {if: {}, then: {}, why: y, before: soon}", "cost.yaml:3:"),
        ("released: 2018-01-01", "cost.yaml:2:11: `released` is a mapping"),
    ],
    ids=["table", "itself", "circle", "first", "usual-value", "usual-mapping", "day", "release", "before", "days"],
)
def test_a_model_that_means_nothing_is_refused_with_its_place(capsys, tmp_path, text, complaint):
    """A rule that asks a table, work that sets itself anew, and unknown names and days are one sentence with file, line and column."""
    (tmp_path / "cost.yaml").write_text(f"model: ours\n{text}\n")
    code = main(["plan", str(EVIDENCE), "--as-of", "2026-11-25", "--known", "2026-11-25", "--cost", str(tmp_path / "cost.yaml")])

    assert code == 1
    assert complaint in capsys.readouterr().err
