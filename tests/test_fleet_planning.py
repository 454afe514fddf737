"""`supportable fleet plan` through the command, in process: the counts add up in every form, and bad input is one sentence."""

from __future__ import annotations

import csv
import io
import json

import jsonschema
import pytest

from sample_fleet import write_sample
from supportable.app import load_model, load_packs, prepare
from supportable.cli import main
from supportable.core.fleet import deployment_of_row
from supportable.core.plan_space import Ground
from supportable.core.verdict import judge
from supportable.fleet_planning import Budget, plan_fleet, render
from supportable.fleets import Asked
from supportable.planning import Wish
from supportable.reports.schema import schema

DAY = "2026-11-25"
SMALL = ("--document", "KB810986", "--as-of", DAY, "--known", DAY)


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    """The first nodes of the sample inventory, and its mapping."""
    table, mapping = write_sample(tmp_path_factory.mktemp("fleet"))
    table.write_text("\n".join(table.read_text().splitlines()[:60]) + "\n")
    return table, mapping


@pytest.fixture(scope="module")
def planned(inventory, tmp_path_factory):
    """What is planned for it with little search, and the rows."""
    table, mapping = inventory
    out = tmp_path_factory.mktemp("out") / "rows.jsonl"
    found = plan_fleet(Asked(str(table), mapping, ("KB810986",), (), DAY, DAY), Wish(), out, lambda _: None, None, Budget(100, 30_000))
    return found, [json.loads(line) for line in out.read_text().splitlines()]


def test_the_counts_add_up(planned):
    """Standings add up to the inventory, outcomes to what is not at the level, the last round to what has a way; rows say the same."""
    found, rows = planned

    assert sum(found.standings.values()) == found.report.deployments == len(rows)
    assert found.planned == found.standings["below"] + found.standings["undecided"] > 0
    assert found.lifted == found.lifts[-1].round.in_all == sum(row["changes"] is not None for row in rows) > 0
    assert found.deployments["proven"] == sum(row["proven"] is True and row["cost"] is not None for row in rows)
    assert {row["standing"] for row in rows} == {standing for standing, count in found.standings.items() if count}
    assert all((row["configuration"] is None) == (row["standing"] in ("at the level", "silent")) for row in rows)


def test_the_rows_name_their_own_nodes(planned):
    """A change at nodes names nodes of the deployment itself, and a row without any says so."""
    _, rows = planned
    named = [(row["key"], text.split(" of ")[1]) for row in rows for text in row["changes"] or () if " of " in text]

    assert named
    assert all(node.startswith(f"n{key[1:]}-") for key, text in named for node in text.partition(":")[0].split(", "))


def test_each_form_has_the_numbers(planned):
    """The text fits a terminal of 80 columns and has the numbers of the JSON; both are the same for the same answer."""
    found, _ = planned
    text, tree = render(found, "text", 80), json.loads(render(found, "json", 80))

    assert (text, tree) == (render(found, "text", 80), json.loads(render(found, "json", 80)))
    assert max(map(len, text.splitlines())) <= 80
    last = tree["order"]["rounds"][-1]
    assert last["lifted_so_far"] == found.lifted and f"{found.lifted} of {found.planned} so far" in " ".join(text.split())
    made = jsonschema.Draft202012Validator(json.loads(schema("fleet-plan")))
    made.validate(tree)
    assert next(made.iter_errors({**tree, "level": "high"}), None) is not None
    assert tree["planned"]["deployments"] == sum(one["deployments"] for one in tree["planned"]["outcomes"]) == found.planned
    assert last["changes_so_far"] == sum(len(one["changes"]) for one in tree["order"]["rounds"])


def test_what_nothing_meets_is_named(inventory):
    """Where nothing that the clauses ask for may change, what is below the level has no way, and the clause in the way is told."""
    table, mapping = inventory
    fields = Ground(prepare(load_packs(), ("KB810986",), DAY, DAY), Wish().level, (), load_model(None).rules).fields
    asked = Asked(str(table), mapping, ("KB810986",), (), DAY, DAY)
    found = plan_fleet(asked, Wish(keep=fields), None, lambda _: None, None, Budget(100, 100_000))

    assert found.deployments["no way"] > 0
    assert sum(one.deployments for one in found.blocked) == found.deployments["no way"]
    assert all(set(one.clauses) <= set(found.says) and one.clauses for one in found.blocked)
    assert "What no change lifts" in render(found, "text", 80)


def test_where_nobody_knows_what_runs_nothing_is_planned(inventory, tmp_path):
    """Deployments of which the workload is not known are counted by themselves, and no change is told for them."""
    table, mapping = inventory
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    with (tmp_path / "nodes.csv").open("w", newline="") as file:
        written = csv.DictWriter(file, rows[0])
        written.writeheader()
        written.writerows({**row, "product": ""} for row in rows[:12])
    out = tmp_path / "rows.jsonl"
    found = plan_fleet(Asked(str(tmp_path / "nodes.csv"), mapping, ("KB810986",), (), DAY, DAY), Wish(), out, lambda _: None, None)

    assert found.deployments["not known"] == found.planned > 0
    assert all(json.loads(line)["changes"] is None for line in out.read_text().splitlines())
    text = " ".join(render(found, "text", 80).split())
    assert "nobody knows what runs there" in text and f"find out first: workload.product ({found.planned} deployments)" in text
    assert json.loads(render(found, "json", 80))["find_out_first"][0] == {"field": "workload.product", "deployments": found.planned}


def test_the_command_gives_rows_and_summaries(inventory, tmp_path, capsys):
    """CSV on standard output has the rows that `-o` writes; a report goes where it is asked for."""
    table, mapping = inventory
    table = tmp_path / "few.csv"
    table.write_text("\n".join(inventory[0].read_text().splitlines()[:12]) + "\n")
    call = ["fleet", "plan", str(table), "--mapping", str(mapping), *SMALL]

    code = main([*call, "--format", "csv"])
    shown = capsys.readouterr().out
    again = main([*call, "--format", "json", "--report", str(tmp_path / "plan.json"), "-o", str(tmp_path / "rows.csv")])

    rows = list(csv.DictReader(io.StringIO(shown)))
    assert (tmp_path / "rows.csv").read_text() == shown
    summary = json.loads((tmp_path / "plan.json").read_text())
    assert summary["deployments"] == len(rows) > 1
    without = next(one["deployments"] for one in summary["planned"]["outcomes"] if one["outcome"] == "no way")
    assert code == again
    assert (code == 10) == (without > 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--issuer", "microsft"], "`microsft` is not an issuer"),
        (["--keep", "nodes.os.relase"], "unknown field `nodes.os.relase`"),
        (["--allow", "workload.release"], "`--allow workload.release` names no value"),
        (["--keep", "workload.release", "--allow", "workload.release=2007"], "`workload.release` is both kept and to change"),
        (["--to", "fully"], "`fully`"),
        (["--cost", "nowhere.yaml"], "`nowhere.yaml` cannot be read"),
        (["--format", "html"], "`html`"),
        (["--format", "csv", "-o", "rows.csv"], "both write the rows"),
        (["--mapping", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_bad_input_is_one_sentence(inventory, tmp_path, capsys, monkeypatch, given, said):
    """What was given wrongly is named in one sentence with a hint; nothing is printed or written."""
    monkeypatch.chdir(tmp_path)
    table, mapping = inventory
    code = main(["fleet", "plan", str(table), "--mapping", str(mapping), *SMALL, *given])

    out, err = capsys.readouterr()
    assert code in (1, 2)
    assert said in err and "Traceback" not in err and "hint:" in err
    assert (out, list(tmp_path.iterdir())) == ("", [])


def test_a_deployment_at_the_level_needs_no_change(inventory):
    """What is counted as at the level is judged so by the reference, row for row."""
    table, mapping = inventory
    from supportable.fleets import opened_fleet

    asked = Asked(str(table), mapping, ("KB810986",), (), DAY, DAY)
    compiled = prepare(load_packs(), ("KB810986",), DAY, DAY)
    with opened_fleet(asked) as (fleet, _):
        rows = [row for batch in fleet for row in batch.to_pylist()]
    at_level = sum(
        any(one.surely_applies for one in found) and all(not one.applies or one.worst.word == "full" for one in found)
        for found in (judge(deployment_of_row(row), compiled) for row in rows)
    )
    found = plan_fleet(asked, Wish(), None, lambda _: None, None, Budget(1, 1))

    assert found.standings["at the level"] == at_level
