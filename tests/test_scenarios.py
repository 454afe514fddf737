"""Stories, each kept whole: the evidence, the facts read from it, and the verdict as text and JSON.

A scenario is a folder with `note.md` (one sentence), `arguments.txt` (what `check` is given after the evidence) and either
`evidence/` or `evidence.txt` (a path from the checkout's parent). `UPDATE_GOLDEN=1` rewrites the kept output, for a reviewer to read.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCENARIOS = sorted(path.parent for path in (ROOT / "tests" / "scenarios").glob("*/note.md"))


def evidence_of(scenario: Path) -> Path:
    """Where the evidence of a scenario is; real evidence stays outside the project."""
    if not (scenario / "evidence.txt").is_file():
        return scenario / "evidence"
    path = ROOT / (scenario / "evidence.txt").read_text().strip()
    if not path.exists():
        pytest.skip(f"the evidence `{path.name}` is not beside this checkout")
    return path


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_the_story_is_told_as_it_was_reviewed(scenario, command):
    """Facts and verdict of the scenario come out byte for byte as they were reviewed."""
    evidence = evidence_of(scenario)
    arguments = shlex.split((scenario / "arguments.txt").read_text())
    outputs = {
        "facts.json": command("facts", evidence, "--format", "json").stdout,
        "verdict.json": command("check", evidence, *arguments, "--format", "json").stdout,
        "verdict.txt": command("check", evidence, *arguments).stdout,
    }

    for name, text in outputs.items():
        kept = scenario / name
        if os.environ.get("UPDATE_GOLDEN"):
            kept.write_text(text)
        assert text == kept.read_text(), f"{kept.relative_to(ROOT)} differs; UPDATE_GOLDEN=1 rewrites it for review"


def test_there_are_stories():
    """The folder of scenarios is not empty."""
    assert len(SCENARIOS) >= 6
