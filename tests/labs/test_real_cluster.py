"""The lab of `examples/lab-counter` on a real Pacemaker cluster: a fault of the failover, and a fault of the service itself."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest

from real_cluster import SYSTEM, alone, cluster_script
from supportable.core.trials import APPEARED, NOT_APPEARED
from supportable.labs.journal import changed_evidence
from supportable.labs.lab_file import read_lab
from supportable.labs.performing import perform

EXAMPLE = Path(__file__).parents[2] / "examples" / "lab-counter"


def utc_now() -> str:
    """The time, as a journal records it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def one_at_a_time(monkeypatch):
    """The example uses fixed addresses and folders: one run of it at a time on this machine, and nothing left behind."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}:{SYSTEM}")
    with alone():
        yield
        for kind in ("cluster", "alone"):
            command = [EXAMPLE / "lab", kind, "down"]
            subprocess.run(command, env={**os.environ, "LAB_STATE": f"/tmp/lab-counter-{kind}"}, capture_output=True, timeout=60)


@pytest.fixture
def cluster(shared, monkeypatch, one_at_a_time):
    """The real cluster script, with what it needs."""
    monkeypatch.setenv("SUPPORTABLE_LAB_CLUSTER", str(cluster_script(shared)))


@pytest.mark.parametrize(("file", "outcome"), [("lab.yaml", NOT_APPEARED), ("lab-own-fault.yaml", APPEARED)])
def test_alone_only_the_fault_of_the_service_itself_appears(file, outcome, one_at_a_time, tmp_path):
    """The reference of each lab file, which needs neither root nor a cluster."""
    lab = read_lab(EXAMPLE / file)
    alone = lab._replace(environments=tuple(one for one in lab.environments if one.role == "reference"))
    trials = perform(alone, tmp_path, lambda _, outcomes: len(outcomes) >= 2, lambda _: None, utc_now)

    assert [trial.outcome for trial in trials] == [outcome] * 2, trials


@pytest.mark.parametrize(
    ("file", "in_the_cluster", "alone"), [("lab.yaml", APPEARED, NOT_APPEARED), ("lab-own-fault.yaml", APPEARED, APPEARED)]
)
def test_a_fault_of_the_failover_appears_in_the_cluster_only_and_one_of_its_own_in_both(file, in_the_cluster, alone, cluster, tmp_path):
    """Three trials in each environment, each with an outcome, the same every time, its outputs kept as they were."""
    told = []
    trials = perform(read_lab(EXAMPLE / file), tmp_path, lambda _, outcomes: len(outcomes) >= 3, told.append, utc_now)

    reasons = [trial.reason for trial in trials if trial.reason] + [one.sentence for one in told if one.sentence]
    found = {name: [trial.outcome for trial in trials if trial.environment == name] for name in ("subject", "reference")}
    assert found == {"subject": [in_the_cluster] * 3, "reference": [alone] * 3}, reasons
    assert reasons == []
    assert changed_evidence(tmp_path, trials) == () and all(trial.evidence for trial in trials)
    moved = [
        (tmp_path / one.file).read_text()
        for trial in trials
        if trial.environment == "subject"
        for one in trial.evidence
        if "trigger.stdout" in one.file
    ]
    assert len(moved) == 3 and all("failover from node" in one for one in moved)
