"""The published schemas accept what the command prints and what people write, and refuse what is wrong."""

from __future__ import annotations

import datetime
import json
from copy import deepcopy
from pathlib import Path

import jsonschema
import pytest
import yaml

import supportable
from judgements import full, undecided
from supportable.core.fields import FIELDS, LISTINGS
from supportable.readers.deployment_file import READER
from supportable.readers.reader import Evidence
from supportable.reports import json as json_report
from supportable.reports.schema import deployment_schema, pack_schema, schema

PACKS = sorted((Path(supportable.__file__).parent / "packs").rglob("*.yaml"))


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schema(name)))


VERDICT, DEPLOYMENT, PACK = validator("verdict"), validator("deployment"), validator("pack")


def as_json(value):
    """What YAML read, as an editor hands it to a schema: dates are texts there."""
    if isinstance(value, dict):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def refused(made: jsonschema.Draft202012Validator, value: object) -> bool:
    return next(made.iter_errors(value), None) is not None


@pytest.mark.parametrize("name", ["deployment", "pack", "verdict", "packet", "plan"])
def test_a_schema_is_a_schema(name):
    """Each schema is valid by the 2020-12 meta schema, is named by a URN, and points nowhere but into itself."""
    made = json.loads(schema(name))

    jsonschema.Draft202012Validator.check_schema(made)
    assert made["$id"] == f"urn:supportable:{name}:1"
    assert schema(name).count("://") == schema(name).count("https://json-schema.org/draft/2020-12/schema")
    assert schema(name) == schema(name) and schema(name).endswith("\n")


def test_every_judgement_is_a_verdict_document(judgement):
    """The JSON report of any judgement is valid by the published schema."""
    VERDICT.validate(json.loads(json_report.render(judgement)))


def edited(change) -> dict:
    document = json.loads(json_report.render(undecided()))
    change(document)
    return document


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(extra=1),
        lambda document: document.pop("unread"),
        lambda document: document.update(schema="supportable/verdict/2"),
        lambda document: document["verdicts"][0].update(level="full"),
        lambda document: document["verdicts"][0].update(applies=False),
        lambda document: document["verdicts"][0].update(worst="poor"),
        lambda document: document["verdicts"][0].update(worst=None),
        lambda document: document["verdicts"][0]["findings"][0].pop("caps"),
        lambda document: document["verdicts"][0]["findings"][0].update(outcome=True),
        lambda document: document["verdicts"][0]["findings"][0].update(party="customer"),
        lambda document: document["verdicts"][0]["findings"][1].update(outcome="true"),
        lambda document: document["verdicts"][0]["findings"][0]["facts"][0].pop("sources"),
        lambda document: document["verdicts"][0]["findings"][0]["facts"][0]["sources"][0].update(line=0),
    ],
)
def test_the_verdict_schema_is_strict(change):
    """A key too many or too few, a level beside its range, a field of another kind of clause: refused."""
    assert refused(VERDICT, edited(change))


def test_contract_deployments_are_deployment_files(shared):
    """Every deployment of the contract is valid by the schema of deployment files."""
    cases = shared / "contract" / "cases.yaml"
    if not cases.is_file():
        pytest.skip("the contract's cases are not beside this checkout")
    written = [case["deployment"] for case in yaml.safe_load(cases.read_text(encoding="utf-8"))]

    assert written
    for one in written:
        DEPLOYMENT.validate(as_json(one))


ACCEPTED = (
    "workload: {release: 2003}",
    'workload: {release: "2003"}',
    "workload: {release: 5.5, service_pack: none}",
    'workload: {service_pack: "3", build: 15.2}',
    "workload: {service_pack: 3, build: 15.1.2375.7}",
    "cluster: none",
    "cluster: {service: none, witness: none}",
    "cluster: {witness: {os: {release: windows-server-2008}}, have_quorum: true, name: 7}",
    "cluster: {fencing_enabled: none}",
    "nodes: none",
    "nodes: []",
    "nodes: {partial: true, items: [{name: A}]}",
    "nodes: [{name: A, os: {release: rhel-9}, virtual: false}, {os: none}]",
    "contracts: [{party: cluster-vendor, until: 2027-01-31}, {until: none}]",
    "changes: none",
    "deployment: mail",
)
REFUSED = (
    "workload: {relase: 2003}",
    "workload: {release: 2004}",
    "workload: {service_pack: -1}",
    "workload: {service_pack: two}",
    "workload: [release]",
    "cluster: {service: MSCS}",
    "cluster: {have_quorum: maybe}",
    "cluster: mscs",
    "nodes: {items: [{name: A}]}",
    "nodes: {partial: true, items: none}",
    "nodes: [A]",
    "nodes: [{nam: A}]",
    "contracts: [{until: someday}]",
    "clustr: none",
    "deployment: ''",
)


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_deployment_schema_accepts_what_the_reader_reads(text):
    """What the reader of deployment files reads without a problem is valid by the schema."""
    READER.read(Evidence("sample.yaml", text.encode()))

    DEPLOYMENT.validate(as_json(yaml.safe_load(text)))


@pytest.mark.parametrize("text", REFUSED)
def test_the_deployment_schema_refuses_what_the_reader_refuses(text):
    """What the reader of deployment files calls a mistake is a mistake by the schema."""
    with pytest.raises(supportable.SupportableError):
        READER.read(Evidence("sample.yaml", text.encode()))

    assert refused(DEPLOYMENT, as_json(yaml.safe_load(text)))


def test_every_field_is_in_the_deployment_schema():
    """A field of the catalogue has its place in the schema, with what it means and how to get it."""
    made = deployment_schema()
    for name, field in FIELDS.items():
        node = made["properties"]
        *groups, last = name.split(".")
        for number, group in enumerate(groups):
            kinds = node[group]["anyOf"]
            node = kinds[0]["items"]["properties"] if number == 0 and group in LISTINGS else kinds[0]["properties"]
        assert field.meaning in node[last]["description"] and field.collect in node[last]["description"]


@pytest.mark.parametrize("path", PACKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_packs_that_ship_are_valid(path):
    """Every file of every pack that ships is valid by the schema for editors."""
    PACK.validate(as_json(yaml.safe_load(path.read_text(encoding="utf-8"))))


def test_the_pack_schema_refuses_what_the_parser_refuses():
    """A misspelt key, an unknown field, kind, value or operator, or a requirement without its cap is refused."""
    condition = {"all": [{"workload.release": {"at_most": "2007"}}, {"every": {"nodes": {"nodes.os.release": ["rhel-8", "rhel-9"]}}}]}
    clause = {"id": "d.a", "kind": "requirement", "applies": "always", "requires": condition, "caps": "x", "says": "s"}
    good = {"document": "D", "clauses": [{**clause, "section": "1", "words": "w", "examples": {"holds": []}}]}
    assert not refused(PACK, good)

    for change in (
        lambda clause: clause.pop("caps"),
        lambda clause: clause.update(kind="rule"),
        lambda clause: clause.update(cap="x"),
        lambda clause: clause.update(requires={"workload.relase": "2007"}),
        lambda clause: clause.update(requires={"workload.release": "2004"}),
        lambda clause: clause.update(requires={"workload.release": {"atleast": "2003"}}),
        lambda clause: clause.update(requires={"workload.product": {"at_least": "exchange-server"}}),
        lambda clause: clause.update(requires={"all": []}),
        lambda clause: clause.update(requires="sometimes"),
        lambda clause: clause.update(examples={"holds": [{"clustr": "none"}]}),
        lambda clause: clause.update(party="anybody"),
    ):
        bad = deepcopy(good)
        change(bad["clauses"][0])
        assert refused(PACK, bad)


def test_the_pack_schema_names_every_field():
    """Every field can be tested in a condition and stand as a column of a table."""
    made = pack_schema()["$defs"]

    assert set(FIELDS) <= set(made["condition"]["anyOf"][1]["properties"])
    assert set(FIELDS) <= set(made["matrix"]["properties"]["rows"]["items"]["properties"])


def test_decided_verdicts_are_valid_too():
    """A decided verdict has an empty deciding set by the schema."""
    document = json.loads(json_report.render(full()))
    VERDICT.validate(document)

    document["verdicts"][0]["deciding"] = ["cluster.service"]
    assert refused(VERDICT, document)
