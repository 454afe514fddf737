"""Both engines give the answers of both evaluators, row for row."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from fleets import drawn, every_construct, merged, numbered, odd_fleet, random_fleet
from strategies import DOCUMENT, TIERS, clause, deployments, packs
from supportable.core.clauses import Pack, select
from supportable.core.compile import compile_pack
from supportable.core.conditions import Always, Condition, walk
from supportable.core.deployment import assemble
from supportable.core.fleet import deployment_of_row, row_of
from supportable.core.parse_conditions import parse_condition
from supportable.core.reading_trees import Problems
from supportable.core.truth import Truth
from supportable.core.verdict import Verdict, judge_by_reference, listings_of
from supportable.engines.arrow import schema_of, table_of
from supportable.marked import read_marked
from supportable.readers.deployment_file import observe
from supportable.stores.packs import SHIPPED, load_pack

SPEC = sorted((Path(__file__).parents[2] / "spec" / "cases").glob("*.yaml"))


def differences(pack, fleet, judged):
    """The keys of the rows on which an engine, the compiled function and the reference do not say the same."""
    run = compile_pack(pack).run
    found = []
    for one in fleet:
        expected, errors = judge_by_reference(pack, one)
        assert errors == {}
        if not judged[one.name] == run(one.values, listings_of(one)) == expected:
            found.append(one.name)
    return found


@pytest.fixture(scope="module")
def fleet():
    return numbered([*odd_fleet(), *drawn(deployments(), 60), *drawn(deployments(unlisted=True), 60)])


def test_every_node_of_the_language_is_executed():
    """The pack of constructs, which both engines run, holds every class of condition; a new class needs a case here."""
    used = {type(one) for part in every_construct().clauses for whole in (part.applies, part.requires) if whole for one in walk(whole)}

    assert used == set(get_args(Condition))


def test_every_construct_has_the_same_truth(on_engine, fleet):
    """Every construct, kind of field and operator, over odd rows and drawn ones."""
    pack = every_construct()

    assert differences(pack, fleet, on_engine(table_of(fleet), pack)) == []


def test_generated_packs_are_judged_alike(on_engine, fleet):
    """The clauses of many generated packs, as one pack so that each engine runs one query."""
    pack = merged(drawn(packs(), 50))

    assert len(pack.clauses) > 80
    assert differences(pack, fleet, on_engine(table_of(fleet), pack)) == []


def test_each_generated_pack_has_the_same_ends(on_duckdb, fleet):
    """Whether it applies, and the best and worst tier, pack by pack."""
    table = table_of(fleet)

    for pack in drawn(packs(), 25):
        assert differences(pack, fleet, on_duckdb(table, pack)) == []


ON_BOTH = ("microsoft-exchange-clusters", "red-hat-rhel-ha")
"""The packs that use most of the language; planning one takes Spark a quarter of a minute."""


def alike(name: str, on_engine) -> None:
    """All clauses of a shipped pack over random deployments of all fields, up to the level of the verdict."""
    fleet = numbered(random_fleet(4, 300))
    pack = select(load_pack(SHIPPED / name, examples=False), (), "2021-06-30", "2026-11-25")
    compiled = compile_pack(pack)

    judged = on_engine(table_of(fleet, schema_of([pack])), pack)

    assert any(clause.kind == "requirement" for clause in pack.clauses)
    assert differences(pack, fleet[:60], judged) == []
    for one in fleet:
        by_engine = Verdict(pack.issuer, one, [(compiled, judged[one.name], {})])
        by_function = Verdict(pack.issuer, one, [(compiled, compiled.run(one.values, listings_of(one)), {})])
        assert (by_engine.level, by_engine.worst, by_engine.best) == (by_function.level, by_function.worst, by_function.best)
        assert [(one.clause.id, one.code) for one in by_engine.findings] == [(one.clause.id, one.code) for one in by_function.findings]
        assert [one.clause.id for one in by_engine.failed] == [one.clause.id for one in by_function.failed]


@pytest.mark.parametrize("name", ON_BOTH)
def test_a_shipped_pack_is_judged_alike(on_engine, name):
    """Both engines judge the largest shipped packs as the evaluators do."""
    alike(name, on_engine)


@pytest.mark.parametrize("name", sorted(one.name for one in SHIPPED.iterdir() if (one / "pack.yaml").is_file() and one.name not in ON_BOTH))
def test_every_other_shipped_pack_is_judged_alike(on_duckdb, name):
    """DuckDB judges every other shipped pack as the evaluators do."""
    alike(name, on_duckdb)


def test_the_cases_of_the_specification_hold(on_engine):
    """Each case of `spec/cases` has the truth that it states, and every other deployment of a case the truth of the reference."""
    problems = Problems()
    entries = [entry for file in SPEC for entry in read_marked(file.read_bytes(), file.name)[0].items]
    conditions = [parse_condition(entry.get("condition"), problems) for entry in entries]
    fleet = numbered(assemble("case", list(observe(entry.get("deployment"), problems))) for entry in entries)
    fleet = [deployment_of_row(row_of(one)) for one in fleet]
    clauses = tuple(clause(number, "recommendation", Always(Truth.TRUE), one, None) for number, one in enumerate(conditions))
    pack = Pack("p", "i", "s", "1", TIERS, (DOCUMENT,), clauses)

    judged = on_engine(table_of(fleet), pack)

    assert problems == []
    assert [judged[one.name].outcomes[number] for number, one in enumerate(fleet)] == [
        int(Truth[entry.get("truth").text.upper()]) for entry in entries
    ]
    assert differences(pack, fleet, judged) == []


def test_a_column_that_is_not_there_is_unknown(on_engine, fleet):
    """Without a column nothing is known of its field: the same as a column of nothing but NULL."""
    pack = merged(drawn(packs(), 12))
    gone = ["workload.release", "workload.service_pack|absent", "cluster.service", "cluster.service|absent", "nodes|complete", "contracts"]
    table = table_of(fleet)
    poorer = [deployment_of_row({name: value for name, value in row.items() if name not in gone}) for row in table.to_pylist()]

    assert differences(pack, poorer, on_engine(table.drop_columns(gone), pack)) == []
