"""The file of waivers: what is half written never counts, and every mistake is told at once."""

from __future__ import annotations

import pytest

from supportable.app import read_evidence
from supportable.errors import WaiverFileError

WHOLE = """waivers:
  - clause: kb810986.own-cluster-service
    issuer: microsoft
    reference: letter 1
    approver: K. Example
    reason: because
    granted: 2009-02-01
    until: 2009-12-31+01:00
    clause_digest: 8ce99938ceb3
"""


def test_a_waiver_is_read_with_its_place(tmp_path):
    """What is written comes back, with file and line; it is no fact of the deployment."""
    file = tmp_path / "waivers.yaml"
    file.write_text(WHOLE + "    deployments: [a, b]\n    leaves: will-try-to-help\n")

    reading = read_evidence([file])

    (one,) = reading.waivers
    assert (one.clause, one.issuer, one.granted, one.until) == (
        "kb810986.own-cluster-service",
        "microsoft",
        "2009-02-01",
        "2009-12-31+01:00",
    )
    assert (one.deployments, one.leaves, str(one.source)) == (("a", "b"), "will-try-to-help", "waivers.yaml:2")
    assert reading.deployment.facts == {}
    assert reading.read == (("waivers.yaml", "waiver-file"),)


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path):
    """Each missing key, each word that is no day, and each unknown key has its own line and hint."""
    file = tmp_path / "waivers.yaml"
    file.write_text("waivers:\n  - clause: a\n    isuer: microsoft\n    granted: soon\n    until: 2026-12-31\n  - not a mapping\n")

    with pytest.raises(WaiverFileError) as caught:
        read_evidence([file])

    told = "\n".join(str(one) for one in caught.value.problems)
    for expected in (
        "`isuer`",
        "did you mean `issuer`",
        "`reference` is missing",
        "`approver` is missing",
        "`reason` is missing",
        "`soon` is not a day",
    ):
        assert expected in told
    assert "waivers.yaml:5:12: `2026-12-31` is not a day or a moment with its time zone" in told
    assert "waivers.yaml:6:5: a waiver is a mapping" in told
    assert all(one.hint for one in caught.value.problems)
