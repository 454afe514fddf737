"""The tables of class codes give every row what the compiled and the reference evaluator give its deployment."""

from __future__ import annotations

import pickle
from random import Random
from typing import get_args

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import MATRICES, UNLISTED, VALUES, clause, conditions, deployments, packs
from supportable.app import load_packs
from supportable.core.clauses import Pack, select
from supportable.core.compile import compile_pack
from supportable.core.conditions import (
    All,
    Always,
    Any,
    Condition,
    Count,
    Every,
    InMatrix,
    Is,
    Matrix,
    Not,
    Order,
    Present,
    Row,
    Same,
    Some,
    walk,
)
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.evaluate import evaluate
from supportable.core.facts import ABSENT, Absent, Known, Unknown
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.fleet import KEY, absent_column, complete_column, deployment_of_row, row_of
from supportable.core.truth import Truth
from supportable.core.verdict import judge_by_reference, listings_of
from supportable.engines import lookup
from supportable.engines.tables import clause_ids, compile_tables, iterate, outcomes_of
from supportable.errors import EngineError

ODD = {
    "name": UNLISTED,
    "text": ["", "no such text"],
    "version": ["unknown", "", "0", "15.1.2375.7-rc1", "999999.1", "-", "15.1.2375.7.0"],
    "integer": [-(2**63), -1, 0, 4, 100_000, 2**63 - 1],
    "boolean": [True],
    "date": ["0001-01-01", "2020-01-02", "9999-12-31"],
}
_TYPES = {"integer": pa.int64(), "boolean": pa.bool_()}


def _type(name: str):
    return _TYPES.get(FIELDS[name].kind, pa.string())


def _schema(fields) -> pa.Schema:
    """The normal form with the columns of these fields."""
    columns = [(KEY, pa.string())]
    for name in (name for name in fields if FIELDS[name].listing is None):
        columns += [(name, _type(name)), (absent_column(name), pa.bool_())]
    for listing in LISTINGS:
        own = [name for name in fields if FIELDS[name].listing == listing]
        parts = [("name", pa.string()), *(part for name in own for part in ((name, _type(name)), (absent_column(name), pa.bool_())))]
        columns += [(listing, pa.list_(pa.struct(parts))), (complete_column(listing), pa.bool_())]
    return pa.schema(columns)


SCHEMA, GENERATED = _schema(FIELDS), _schema(VALUES)


def _batch(fleet: list[Deployment], schema: pa.Schema = GENERATED) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([row_of(one) for one in fleet], schema)


def _fact_by_chance(random: Random, name: str):
    chosen = random.random()
    if chosen < 0.2:
        return Unknown("not looked at")
    if chosen < 0.3 and FIELDS[name].none_is is None:
        return Absent()
    odd = ODD[FIELDS[name].kind]
    return Known(random.choice(odd if chosen > 0.85 else VALUES[name]))


def _by_chance(random: Random) -> Deployment:
    """A deployment over the fields of generated packs, with values that are in no clause and some in no list of values."""

    def facts(listing):
        return {name: _fact_by_chance(random, name) for name in VALUES if FIELDS[name].listing == listing and random.random() < 0.9}

    listings = {}
    for listing in ("nodes", "contracts"):
        if random.random() < 0.85:
            made = [facts(listing) for _ in range(random.choice([0, 0, 1, 2, 3, 5]))]
            items = tuple(Item(str(at), own, values_of(own)) for at, own in enumerate(made))
            listings[listing] = Listing(items, random.random() < 0.6)
    return deployment_of("by chance", facts(None), listings)


class _Fleet(list):
    """Deployments that are not all shown when a test fails: `_differences` shows the rows."""

    def __repr__(self) -> str:
        return f"<a fleet of {len(self)}>"


@st.composite
def fleets(draw):
    """A few deployments drawn by hypothesis, which can make them simple, and many by chance, which costs little."""
    random = Random(draw(st.integers(0, 2**32)))
    return _Fleet([*draw(st.lists(deployments(), max_size=2)), *(_by_chance(random) for _ in range(draw(st.sampled_from([0, 40]))))])


def _results(pack: Pack, batches, threads: int = 1):
    """Outcomes and ends of every row."""
    tables = compile_tables(pack)
    for result in iterate(tables, batches, threads):
        ends = result.select(["applies", "best", "worst", "worst_literal"]).to_pylist()
        yield from ((outcomes.tolist(), *row.values()) for outcomes, row in zip(outcomes_of(tables, result), ends, strict=True))


def _expected(pack: Pack, fleet: list[Deployment]):
    compiled = compile_pack(pack)
    return [tuple(compiled.run(one.values, listings_of(one))) for one in fleet]


def _by_reference(pack: Pack, fleet: list[Deployment]):
    return [tuple(judge_by_reference(pack, one)[0]) for one in fleet]


def _differences(found, expected):
    """The first rows that are not the same: a whole fleet is too long to show."""
    pairs = list(zip(found, expected, strict=True))
    return [(row, one, other) for row, (one, other) in enumerate(pairs) if one != other][:3]


def _everything(pack: Pack) -> set[type]:
    whole = (one for clause in pack.clauses for one in (clause.applies, clause.requires) if one is not None)
    return {type(condition) for one in whole for condition in walk(one)}


@settings(max_examples=60, deadline=None)
@given(packs(), fleets())
def test_every_row_is_what_the_compiled_and_the_reference_evaluator_say(pack, fleet):
    """Outcomes of all clauses, "a requirement surely applies" and the three tiers are the same, row for row."""
    found = list(_results(pack, [_batch(fleet)]))

    assert _differences(found, _expected(pack, fleet)) == []
    assert _differences(found, _by_reference(pack, fleet)) == []


@settings(max_examples=60, deadline=None)
@given(conditions(), MATRICES, fleets())
def test_every_condition_has_the_truth_of_the_reference(condition, matrices, fleet):
    """A condition standing alone, as the one thing required, holds, fails or is unknown as the reference says."""
    pack = _pack([(Always(Truth.TRUE), condition)], matrices)

    found = [outcomes[0] for outcomes, *_ in _results(pack, [_batch(fleet)])]

    assert found == [int(evaluate(condition, one, {matrix.id: matrix for matrix in matrices}).truth) for one in fleet]


@settings(max_examples=30, deadline=None)
@given(packs(), fleets(), st.sampled_from([1, 3, 7, 40]), st.integers(1, 3))
def test_how_a_fleet_is_cut_into_batches_changes_nothing(pack, fleet, rows, threads):
    """Any cut, and any number of threads, gives the same rows in the same order; a cut shares the arrays it is cut from."""
    batch = _batch(fleet)
    cut = [batch.slice(start, rows) for start in range(0, len(fleet), rows)]

    assert list(_results(pack, cut, threads)) == list(_results(pack, [batch]))


@settings(max_examples=60, deadline=None)
@given(packs(), fleets(), st.sampled_from([(4, 4), (64, 32), (1, 8)]))
def test_tables_too_large_for_one_group_are_the_same_by_steps(pack, fleet, limits):
    """With hardly any room for a table, parts and matrices go through inputs of their own, and say the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "GROUP_MIN", limits[0])
        patch.setattr(lookup, "GROUP_MAX", limits[0])
        patch.setattr(lookup, "DERIVED_MAX", limits[1])
        assert _differences(list(_results(pack, [_batch(fleet)])), _expected(pack, fleet)) == []


@settings(max_examples=25, deadline=None)
@given(packs(), fleets())
def test_dictionaries_and_missing_columns_mean_the_same(pack, fleet):
    """Texts may come dictionary-encoded or as large texts, listings as large lists, and a column that is all NULL may be missing."""
    batch = _batch(fleet)
    columns = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.null_count == len(column) and name != KEY:
            continue
        if pa.types.is_string(column.type) and name != KEY:
            column = column.dictionary_encode() if len(name) % 2 else column.cast(pa.large_string())
        columns[name] = column.cast(pa.large_list(column.type.value_type)) if pa.types.is_list(column.type) else column
    other = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))

    assert list(_results(pack, [other])) == list(_results(pack, [batch]))


@settings(max_examples=25, deadline=None)
@given(packs(), fleets())
def test_masks_expand_to_the_clauses_they_stand_for(pack, fleet):
    """The ids of a mask are those of the clauses with that outcome, whatever order the bits have; the metadata names them."""
    tables = compile_tables(pack)
    result = next(iterate(tables, [_batch(fleet)]))
    words = {"failed": 0, "unknown": 1, "harmless": 4, "not-applicable": 3}

    assert result.schema.metadata[b"clauses"].decode().split() == list(tables.clauses)
    for mask, code in words.items():
        expected = [
            {one.id for one, outcome in zip(pack.clauses, outcomes, strict=True) if outcome == code}
            for outcomes, *_ in _expected(pack, fleet)
        ]
        assert [set(ids) for ids in clause_ids(tables, result, mask).to_pylist()] == expected


def _pack(conditions, matrices=(), seed: int = 1) -> Pack:
    base = _EMPTY._replace(matrices=tuple(matrices))
    made = [clause(number, "requirement", applies, requires, "worst") for number, (applies, requires) in enumerate(conditions)]
    return base._replace(clauses=tuple(made))


def _empty_pack() -> Pack:
    from strategies import DOCUMENT, TIERS

    return Pack("made", "issuer", "sample", "1", TIERS, (DOCUMENT,), (), ())


_EMPTY = _empty_pack()


def _random_fact(random: Random, name: str):
    field = FIELDS[name]
    chosen = random.random()
    if chosen < 0.08:
        return None
    if chosen < 0.14 and field.none_is is None:
        return Absent()
    if field.kind == "boolean":
        return Known(random.random() < 0.5)
    if field.kind == "integer":
        return Known(random.choice([0, 1, 2, 3, 4, 5, 8, 16, 100, 250, 251, 500, 501]))
    if field.kind == "name":
        return Known(random.choice(field.values))
    if field.kind == "version":
        return Known(random.choice(["1", "6.0.6001", "15.1.2375.7", "10.0.17763", "unknown", "4.8"]))
    return Known(random.choice(["2010-01-01", "2026-11-25"]) if field.kind == "date" else random.choice(["C:", "D:", "site-a", "qlogic 1"]))


def _random_deployment(random: Random, number: int) -> Deployment:
    def facts(listing):
        made = {name: _random_fact(random, name) for name in FIELDS if FIELDS[name].listing == listing}
        # Exchange on Windows clusters, mostly: otherwise no clause applies.
        if listing is None and random.random() < 0.9:
            made["workload.product"] = Known("exchange-server")
            made["cluster.service"] = Known(random.choice(["mscs", "mscs", "veritas-cluster-server"]))
        return {name: fact for name, fact in made.items() if fact is not None}

    listings = {}
    for listing in LISTINGS:
        if random.random() < 0.9:
            one_kind = random.random() < 0.5
            first = facts(listing)
            made = [first if one_kind else facts(listing) for _ in range(random.choice([0, 1, 2, 2, 3, 4, 9]))]
            listings[listing] = Listing(tuple(Item(str(at), own, values_of(own)) for at, own in enumerate(made)), random.random() < 0.8)
    return deployment_of(f"d{number}", facts(None), listings)


def test_the_shipped_packs_over_random_deployments():
    """A thousand deployments over all fields, most of them Exchange: as the compiled evaluator; fifty also as the reference."""
    random, seen = Random(810986), set()
    fleet = [_random_deployment(random, number) for number in range(1000)]
    for whole in load_packs():
        pack = select(whole, (), "2012-06-30")
        found = list(_results(pack, [_batch(fleet, SCHEMA)]))
        expected = _expected(pack, fleet)

        seen |= {code for outcomes, *_ in expected for code in outcomes}
        assert _differences(found, expected) == []
        assert _differences(found[:50], _by_reference(pack, fleet[:50])) == []
    assert seen == {0, 1, 2, 3, 4}


def test_a_large_pack_and_a_large_matrix_are_the_same():
    """Three hundred clauses over several words, and a matrix of which the dense table would be too large."""
    random = Random(7)
    names = [name for name in FIELDS if FIELDS[name].listing is None and FIELDS[name].kind == "name"][:8]
    rows = tuple(
        Row(
            str(at),
            tuple(Is(name, tuple(random.sample(FIELDS[name].values, 2))) if random.random() < 0.6 else None for name in names),
            at % 5 > 0,
        )
        for at in range(60)
    )
    table = Matrix("wide", tuple(names), rows, Truth.FALSE)
    atoms = [Is(name, (value,)) for name in names for value in FIELDS[name].values]
    made = [(random.choice(atoms), Any((random.choice(atoms), All((random.choice(atoms), random.choice(atoms)))))) for _ in range(299)]
    pack = _pack([*made, (Always(Truth.TRUE), InMatrix("wide"))], [table])
    fleet = [_random_deployment(random, number) for number in range(500)]

    expected = _expected(pack, fleet)

    assert {outcomes[-1] for outcomes, *_ in expected} == {0, 1, 2}
    assert _differences(list(_results(pack, [_batch(fleet, SCHEMA)])), expected) == []


def test_same_and_count_at_their_edges():
    """One item, no item, unknown items, texts without a version, and numbers around each bound, complete and not."""
    build = "nodes.workload_build"
    values = [None, Absent(), Known("15.1.2375.7"), Known("15.01.2375.007"), Known("odd"), Known("even"), Known("16")]
    fleet = []
    for complete in (True, False):
        for many in [(), *((one,) for one in values), *((one, other) for one in values for other in values), (values[2], None, values[3])]:
            made = [{build: fact} if fact is not None else {} for fact in many]
            listing = Listing(tuple(Item(str(at), own, values_of(own)) for at, own in enumerate(made)), complete)
            fleet.append(deployment_of("d", {}, {"nodes": listing}))
    counts = [Count("nodes", operator, bound) for operator in ("at_least", "at_most", "above", "below") for bound in (0, 1, 2, 7)]
    pack = _pack([(Always(Truth.TRUE), one) for one in (Same(build), *counts)])

    assert _differences(list(_results(pack, [_batch(fleet, SCHEMA)])), _expected(pack, fleet)) == []


def test_a_name_that_its_field_does_not_list_is_in_no_order():
    """Such a name is present and equals no other; before or after another it is unknown, as the reference has it."""
    release = "nodes.os.release"
    atoms = [Is(release, ("rhel-8", ABSENT)), Order(release, "at_least", "rhel-8"), Order(release, "below", "rhel-8"), Present(release)]
    listings = [Listing((Item("n", own, values_of(own)),), True) for name in ("", "made-up", "rhel-9") for own in [{release: Known(name)}]]
    fleet = [deployment_of("d", {}, {"nodes": listing}) for listing in listings]
    pack = _pack([(Always(Truth.TRUE), Every("nodes", atom)) for atom in atoms])

    assert _differences(_results(pack, [_batch(fleet, SCHEMA)]), _by_reference(pack, fleet)) == []


def test_a_null_list_with_and_without_completeness_is_what_its_row_says():
    """NULL and not complete is a list of which nothing is known; NULL and complete is an empty list; as `deployment_of_row` has it."""
    rows = [
        {KEY: "a", "nodes": nodes, "nodes|complete": complete} for nodes in (None, [], [{"name": "n"}]) for complete in (None, False, True)
    ]
    every = [Every("nodes", Present("nodes.os.release"), truth) for truth in Truth]
    pack = _pack([(Always(Truth.TRUE), one) for one in (*every, Some("nodes", Present("nodes.os.release")), Count("nodes", "above", 0))])

    batch = pa.RecordBatch.from_pylist(rows, SCHEMA)

    assert _differences(list(_results(pack, [batch])), _expected(pack, [deployment_of_row(row) for row in rows])) == []


def test_no_kind_of_condition_is_without_a_case():
    """Every class of condition is met by the generated packs' language and by the tables; a new one fails here until it has a case."""
    nodes = Order("nodes.os.release", "at_least", "windows-2000")
    one_of_each = [
        Always(Truth.UNKNOWN),
        Is("workload.release", ("2003", ABSENT)),
        Order("workload.service_pack", "above", 1),
        Present("cluster.name"),
        All((Present("cluster.name"), Present("workload.build"))),
        Any((Present("cluster.name"), Present("workload.build"))),
        Not(Present("cluster.name")),
        Every("nodes", nodes, Truth.FALSE),
        Some("nodes", nodes),
        Same("nodes.os.release"),
        Count("nodes", "at_least", 2),
        InMatrix("top"),
    ]
    table = Matrix("top", ("workload.release",), (Row("r", (Is("workload.release", ("2003",)),)),), Truth.UNKNOWN)
    pack = _pack([(Always(Truth.TRUE), condition) for condition in one_of_each], [table])
    random = Random(3)
    fleet = [_random_deployment(random, number) for number in range(200)]

    assert {type(condition) for condition in one_of_each} == set(get_args(Condition)) == _everything(pack)
    assert _differences(list(_results(pack, [_batch(fleet, SCHEMA)])), _expected(pack, fleet)) == []
    assert _differences(list(_results(pickle.loads(pickle.dumps(pack)), [_batch(fleet, SCHEMA)])), _expected(pack, fleet)) == []


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("workload.service_pack", pa.array(["1"])),
        ("cluster.geographically_dispersed", pa.array([1])),
        ("workload.release", pa.array([2003])),
        ("workload.release|absent", pa.array(["no"])),
        ("nodes", pa.array(["node-1"])),
    ],
)
def test_a_column_of_the_wrong_kind_is_named(name, column):
    """One sentence names the column, what it holds and what it should hold."""
    pack = _pack(
        [
            (Order("workload.service_pack", "at_least", 1), Is("cluster.geographically_dispersed", (True,))),
            (Is("workload.release", ("2003",)), Every("nodes", Present("nodes.domain"))),
        ]
    )
    batch = pa.RecordBatch.from_arrays([pa.array(["a"]), column], names=[KEY, name])

    with pytest.raises(EngineError, match=f"column `{name.replace('|', '.')}` holds"):
        list(iterate(compile_tables(pack), [batch]))


def test_compiled_tables_can_be_kept():
    """Tables that were pickled and read again judge the same."""
    pack = select(next(pack for pack in load_packs() if pack.id == "microsoft-exchange-clusters"))
    random = Random(5)
    batch = _batch([_random_deployment(random, number) for number in range(100)], SCHEMA)
    tables = compile_tables(pack)
    kept = pickle.loads(pickle.dumps(tables))

    assert [one.equals(other) for one, other in zip(iterate(tables, [batch]), iterate(kept, [batch]), strict=True)] == [True]


def test_the_odd_values_cover_the_generated_fields():
    """Each kind of field that packs are generated over has values that no clause names."""
    assert {FIELDS[name].kind for name in VALUES} <= set(ODD)
