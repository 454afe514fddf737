"""The contract: `contract/cases.yaml` as it stands, through the real command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

CASES = Path(__file__).parents[2] / "shared" / "contract" / "cases.yaml"
NAMES = [case["name"] for case in yaml.safe_load(CASES.read_text())] if CASES.is_file() else []
ORDER = ["unsupported", "limited", "full"]


def deployment_text(name: str) -> str:
    """The deployment of one case exactly as it is written in the file."""
    lines = CASES.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line == f"- name: {name}")
    first = next(number for number in range(start, len(lines)) if lines[number] == "  deployment:") + 1
    last = next(number for number in range(first, len(lines)) if lines[number].startswith("  expect:"))
    return "\n".join(line.removeprefix("    ") for line in lines[first:last]) + "\n"


def test_the_contract_is_there(shared):
    """The cases are read and there are ten of them."""
    assert len(NAMES) == 10


@pytest.mark.parametrize("name", NAMES)
def test_case(name, command, tmp_path):
    """Each case of the contract gets the answer that the contract expects, and the exit code that follows from it."""
    case = next(one for one in yaml.safe_load(CASES.read_text()) if one["name"] == name)
    file = tmp_path / "deployment.yaml"
    file.write_text(deployment_text(name))
    documents = [part for document in case["documents"] for part in ("--document", document)]

    run = command("check", file, *documents, "--format", "json")
    answer = json.loads(run.stdout)
    verdict = answer["verdicts"][0]
    expected = case["expect"]

    assert answer["schema"] == "supportable/verdict/1"
    assert answer["deployment"] == case["deployment"]["deployment"]
    if "level" in expected:
        assert verdict["level"] == expected["level"] == verdict["worst"] == verdict["best"]
        assert verdict["deciding"] == []
        assert run.returncode == (0 if expected["level"] == "full" else 10)
    if "below" in expected:
        assert ORDER.index(verdict["level"]) < ORDER.index(expected["below"])
        assert run.returncode == 10
    if "undecided" in expected:
        assert verdict["level"] is None
        assert {key: verdict[key] for key in ("worst", "best") if key in expected["undecided"]} == {
            key: value for key, value in expected["undecided"].items() if key != "deciding"
        }
        assert set(verdict["deciding"]) == set(expected["undecided"]["deciding"])
        assert run.returncode == 11
    if "not_applicable" in expected:
        assert (verdict["level"], verdict["worst"], verdict["best"], verdict["applies"]) == (None, None, None, False)
        assert {finding["outcome"] for finding in verdict["findings"]} == {"not-applicable"}
        assert run.returncode == 3
