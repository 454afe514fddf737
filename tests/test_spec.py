"""Every case in `spec/cases`, by every evaluator there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from strategies import DOCUMENT, TIERS, clause
from supportable.core.clauses import Pack
from supportable.core.compile import compile_pack
from supportable.core.conditions import Always
from supportable.core.deployment import assemble
from supportable.core.evaluate import evaluate
from supportable.core.parse_conditions import parse_condition
from supportable.core.reading_trees import Problems
from supportable.core.truth import Truth
from supportable.core.verdict import listings_of
from supportable.marked import read_marked
from supportable.readers.deployment_file import observe

FILES = sorted((Path(__file__).parents[1] / "spec" / "cases").glob("*.yaml"))
CASES = [(file.stem, entry) for file in FILES for entry in read_marked(file.read_bytes(), file.name)[0].items]


@pytest.mark.parametrize(("file", "entry"), CASES, ids=[f"{file}: {entry.get('law').text}" for file, entry in CASES])
def test_every_evaluator_gives_the_truth_of_the_case(file, entry):
    """The reference evaluator and the compiled one give the truth that the case states."""
    problems = Problems()
    condition = parse_condition(entry.get("condition"), problems)
    deployment = assemble("case", list(observe(entry.get("deployment"), problems)))
    expected = Truth[entry.get("truth").text.upper()]
    pack = Pack("p", "i", "s", "1", TIERS, (DOCUMENT,), (clause(0, "recommendation", Always(Truth.TRUE), condition, None),))

    assert problems == []
    assert evaluate(condition, deployment, {}).truth is expected
    assert compile_pack(pack).run(deployment.values, listings_of(deployment)).outcomes == [int(expected)]
