"""`supportable plan` as a user meets it: stories kept whole, what it refuses, and what it says where there is nothing to do or no way."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest

from supportable import app
from supportable.cli import main
from supportable.core.clauses import Level
from supportable.core.deployment import Listing, deployment_of
from supportable.core.facts import Known
from supportable.core.plan import Planner
from supportable.core.plan_space import NOBODY_SPEAKS, Ground, Space
from supportable.core.wanted import wanted

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "tests" / "scenarios"
STORIES = sorted(path.parent for path in (SCENARIOS / "plans").glob("*/arguments.txt"))
FENCING = SCENARIOS / "rhel-two-nodes-without-fencing" / "evidence"
DATES = ["--as-of", "2026-11-25", "--known", "2026-11-25"]


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.name)
def test_the_story_is_planned_as_it_was_reviewed(story, monkeypatch, capsys):
    """The plan of the scenario comes out byte for byte as it was reviewed, in lines of at most 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(story)
    main(["plan", "evidence", *shlex.split((story / "arguments.txt").read_text())])
    text = capsys.readouterr().out

    kept = story / "plan.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_text(text)
    assert text == kept.read_text(), f"{kept.relative_to(ROOT)} differs; UPDATE_GOLDEN=1 rewrites it for review"
    assert max(map(len, text.splitlines())) <= 80


def asked(capsys, *arguments: object) -> tuple[int, str, str]:
    """Return exit code, output and complaints of the command."""
    code = main(["plan", *map(str, arguments)])
    return code, *capsys.readouterr()


def test_a_goal_that_is_met_is_one_sentence_and_no_step(capsys):
    """Where the level is reached already, nothing is planned, and the exit code is that of success."""
    evidence = SCENARIOS / "sles-cluster-fully-supported" / "evidence"
    days = shlex.split((evidence.parent / "arguments.txt").read_text())
    code, out, _ = asked(capsys, evidence, "--issuer", "suse", *days)

    assert code == 0
    assert "nothing is to be done: the deployment is at full already" in out
    assert "1. " not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--keep", "cluster.service", "--allow", "cluster.service=mscs"], "`cluster.service` is both kept and to change"),
        (["--keep", "cluster.servise"], "unknown field `cluster.servise`"),
        (["--allow", "cluster.service=msc"], "`msc` is not a value of `cluster.service`"),
        (["--allow", "cluster.service"], "`--allow cluster.service` names no value"),
        (["--issuer", "redhat"], "`redhat` is not an issuer"),
        (["--to", "unsupported"], "`unsupported` is not a level to plan for"),
        (["--cost", "nowhere.yaml"], "`nowhere.yaml` cannot be read"),
    ],
)
def test_a_wish_that_cannot_be_is_one_sentence_with_a_hint(capsys, arguments, message):
    """What the user asks for is refused in one sentence that names it, and a hint."""
    code, out, complaint = asked(capsys, FENCING, *DATES, *arguments)

    assert code in (1, 2)
    assert out == ""
    assert message in complaint.splitlines()[0]
    assert complaint.splitlines()[1].startswith("hint: ")


def test_every_problem_of_a_cost_file_is_told_with_its_place(capsys, tmp_path):
    """An unknown field, an unknown kind of work and a price that is none are told at once, each with file, line and column."""
    cost = tmp_path / "cost.yaml"
    cost.write_text(
        "model: ours\nwork: {upgrade: {says: x, effort: many}}\n"
        "fields:\n  nodes.os.relaese: {work: upgrade}\n  nodes.dotnet: {work: upgrad}\n"
    )
    code, out, complaint = asked(capsys, FENCING, *DATES, "--cost", cost)

    assert (code, out) == (1, "")
    for place in ("cost.yaml:2:35", "cost.yaml:4:3", "cost.yaml:5:24"):
        assert place in complaint


def test_a_contradiction_in_the_evidence_stops_the_plan(capsys, tmp_path):
    """Two files that disagree about a fact that clauses ask for are both named, and nothing is planned."""
    for number, value in enumerate(("true", "false")):
        text = (
            f"deployment: one\ncluster: {{service: pacemaker, fencing_enabled: {value}}}\nnodes: [{{name: a, os: {{release: rhel-9}}}}]\n"
        )
        (tmp_path / f"{number}.yaml").write_text(text)
    code, out, complaint = asked(capsys, tmp_path / "0.yaml", tmp_path / "1.yaml", *DATES)

    assert (code, out) == (1, "")
    assert "no plan is made on a contradiction: `cluster.fencing_enabled`" in complaint
    assert "0.yaml" in complaint and "1.yaml" in complaint


def test_two_lists_of_nodes_that_differ_stop_the_plan(capsys, tmp_path):
    """Sources that disagree on which nodes there are stop a plan as those do that disagree about a fact."""
    for number, nodes in enumerate(("[{name: a}, {name: b}]", "[{name: a}]")):
        (tmp_path / f"{number}.yaml").write_text(f"deployment: one\ncluster: {{service: pacemaker}}\nnodes: {nodes}\n")
    code, out, complaint = asked(capsys, tmp_path / "0.yaml", tmp_path / "1.yaml", *DATES)

    assert (code, out) == (1, "")
    assert "no plan is made on a contradiction: `nodes`" in complaint


def test_what_the_days_leave_open_is_looked_at_and_no_contradiction(capsys):
    """A fact that is unknown for what two sources say together, and not against each other, is a step of the plan."""
    story = SCENARIOS / "validation-that-changes-outlived"
    code, out, _ = asked(capsys, story / "evidence", *shlex.split((story / "arguments.txt").read_text()))

    assert code == 0
    assert "Look at changes.validated_by of disk for logs" in out


@pytest.mark.parametrize("wish", [[], ["--want", "nodes.os.release=ubuntu-24.04"]])
def test_where_no_document_says_anything_nothing_is_planned(capsys, tmp_path, wish):
    """A deployment is not changed for the sake of being spoken about, whatever else is wanted; the exit code is that of `check`."""
    bundle = tmp_path / "deployment.yaml"
    bundle.write_text(
        "deployment: small\nworkload: {product: other}\ncluster: {service: none, quorum_devices: 0}\n"
        "nodes: [{name: a, os: {release: ubuntu-22.04}, virtual: false, hypervisor: none}]\n"
    )
    code, out, _ = asked(capsys, bundle, *DATES, *wish)

    assert code == main(["check", str(bundle), *DATES]) == 3
    assert "the documents say nothing about this deployment" in out
    assert "1. " not in out


def test_what_is_wanted_does_not_count_as_a_policy_that_speaks():
    """A choice that meets what is wanted and leaves no document with a say is in the way of every level."""
    packs = app.prepare([one for one in app.load_packs() if one.issuer == "suse"], as_of=DATES[1], known=DATES[3])
    small = {"cluster.service": Known("mscs"), "workload.product": Known("other")}
    ground = Ground([*packs, wanted({"workload.product": ("other",)})], Level.FULL)
    planner = Planner(Space(ground, deployment_of("small", small, {"nodes": Listing((), True)}), app.load_model(None)))

    assert planner.in_the_way_of({}) == [NOBODY_SPEAKS]


def test_no_way_names_the_clause_and_what_holds_the_fact(capsys):
    """What the user keeps is told as the reason, with the clause that asks for something else; the exit code says: not met."""
    code, out, _ = asked(capsys, FENCING, *DATES, "--issuer", "red-hat", "--keep", "cluster.fencing_enabled")

    assert code == 10
    assert "there is no way to full" in out
    assert "article-2881341.fencing-enabled" in out
    assert "cluster.fencing_enabled is false: you keep it" in out


def test_a_price_of_the_users_own_changes_the_plan(capsys, tmp_path):
    """Where fencing devices cost more than anything, the cheapest plan fences by the watchdog."""
    cost = tmp_path / "cost.yaml"
    cost.write_text("model: ours\nwork: {dear: {says: too dear, licence: 1000}}\nfields: {cluster.fencing_devices: {work: dear}}\n")
    _, ours, _ = asked(capsys, FENCING, *DATES, "--issuer", "red-hat")
    _, theirs, _ = asked(capsys, FENCING, *DATES, "--issuer", "red-hat", "--cost", cost)

    assert "Configure fencing devices" in ours and "watchdog" not in ours
    assert "watchdog" in theirs and "Configure fencing devices" not in theirs


def test_the_same_question_gives_the_same_bytes_in_json(capsys):
    """JSON says what the text says, and twice the same."""
    first, second = (asked(capsys, FENCING, *DATES, "--format", "json")[1] for _ in range(2))
    tree = json.loads(first)

    assert first == second
    assert tree["proven"] is True
    assert tree["ways"][0]["cost"] == sum(step["cost"] for step in tree["ways"][0]["steps"])
    assert {one["worst"] for one in tree["ways"][0]["after"]} == {"full"}


def test_a_plan_applied_to_the_file_leads_to_the_level(capsys, tmp_path):
    """What `--apply-to --yes` writes keeps the comments, and planned again nothing is to be done."""
    bundle = tmp_path / "deployment.yaml"
    bundle.write_text(
        "# Ours.\ndeployment: books\nworkload: {product: other}\ncluster:\n  {service: pacemaker, fencing_enabled: false, "
        "fencing_devices: 2, watchdog_fencing: false}  # off since the storage moved\nnodes:\n"
        "  - {name: a, os: {release: rhel-9}, fencing_device: true}\n  - {name: b, os: {release: rhel-9}, fencing_device: true}\n"
    )
    asking = [bundle, *DATES, "--document", "article-2881341"]
    first, told, _ = asked(capsys, *asking, "--apply-to", bundle)
    unchanged = bundle.read_text()
    asked(capsys, *asking, "--apply-to", bundle, "--yes")
    _, again, _ = asked(capsys, *asking)

    assert first == 0 and "+  {service: pacemaker, fencing_enabled: true" in told
    assert "nothing was written" in told and "fencing_enabled: false" in unchanged
    assert "fencing_enabled: true" in bundle.read_text() and "# off since the storage moved" in bundle.read_text()
    assert "nothing is to be done" in again
