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
from supportable.planning import Wish
from supportable.planning import plan as planned

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


THIN = "deployment: thin\ncluster: {service: pacemaker, fencing_enabled: false}\nnodes: [{name: a}, {name: b}]\n"


def test_where_nobody_knows_what_runs_that_is_found_out_first(capsys, tmp_path):
    """A plan counts on no workload and no operating system: it asks for them, and says that it is no plan; with them it plans."""
    (tmp_path / "thin.yaml").write_text(THIN)
    code, out, _ = asked(capsys, tmp_path, *DATES)

    assert code == 11
    assert "what runs is not known (workload.product, nodes.os.release)" in out
    assert "1. Look at workload.product" in out and "2. Look at nodes.os.release of a, b" in out
    assert "after it" not in out and "the plan holds" not in out

    (tmp_path / "none.yaml").write_text("model: ours\nfirst: []\n")
    assert asked(capsys, tmp_path / "thin.yaml", *DATES, "--cost", tmp_path / "none.yaml")[0] == 0

    told = "workload: {product: other}\nnodes: [{name: a, os: {release: rhel-9}}, {name: b, os: {release: rhel-9}}]\n"
    (tmp_path / "thin.yaml").write_text(THIN.partition("nodes:")[0] + told)
    code, out, _ = asked(capsys, tmp_path / "thin.yaml", *DATES)
    assert code == 0 and "after it red-hat: FULL" in out


def test_no_plan_counts_on_a_node_of_another_family_than_the_others(capsys, tmp_path):
    """Where the operating system of one node is known, the plan holds for nothing but its family on the others."""
    (tmp_path / "thin.yaml").write_text(THIN.replace("name: a", "name: a, os: {release: rhel-8}") + "workload: {product: other}\n")
    made = planned([tmp_path / "thin.yaml"], Wish(Level.FULL), as_of=DATES[1], known=DATES[3], cache=None).plan

    looks = [step for step in made.ways[0].steps if step.field == "nodes.os.release"]
    assert [step.items for step in looks] == [("b",)]
    assert {way.choice[("nodes.os.release", "b")] for way in made.ways} <= {"rhel-8", "rhel-9", "rhel-10"}


def test_what_is_unusual_costs_more_to_count_on(capsys, tmp_path):
    """A plan that would count on an outcome which the model calls unusual counts on another where there is one, and says so where not."""
    model = tmp_path / "cost.yaml"
    evidence = SCENARIOS / "nobody-looked-at-the-hardware"
    arguments = shlex.split((evidence / "arguments.txt").read_text())
    plain = asked(capsys, evidence / "evidence", *arguments)[1]
    model.write_text("model: ours\nusual: {hardware.catalog_listing: geo-cluster-system}\n")
    other = asked(capsys, evidence / "evidence", *arguments, "--cost", model)[1]
    model.write_text("model: ours\nusual: {hardware.catalog_listing: components-only}\n")
    dear = asked(capsys, evidence / "evidence", *arguments, "--cost", model)[1]

    assert "the cheapest way costs 1 point" in plain and "the cheapest way costs 1 point" in other
    assert "the cheapest way costs 10 points" in dear and "or geo-cluster-system, which is unusual" in " ".join(dear.split())
    assert "unusual" not in plain + other


def test_no_plan_leads_to_what_is_released_later(capsys):
    """On a day before a release no plan leads to it, and the report says from which day on it can be had; on the day one does."""
    story = SCENARIOS / "exchange-2003-on-listed-hardware" / "evidence"
    wish = ("--want", "workload.release=2010", "--known", "2026-11-25")
    before = asked(capsys, story, *wish, "--as-of", "2009-11-08")
    after = asked(capsys, story, *wish, "--as-of", "2009-11-09")

    assert before[0] == 10 and "released only later: 2010 (on 2009-11-09), 2013 (on 2013-01-09)" in " ".join(before[1].split())
    assert after[0] == 0 and "Migrate the workload to release 2010" in after[1]


def test_what_the_user_allows_is_the_reason_where_it_leaves_no_other_value(capsys):
    """A field that may keep only the value that it has is told as the user's wish, and not as something that is not released yet."""
    story = SCENARIOS / "exchange-2003-on-listed-hardware" / "evidence"
    wish = ("--want", "workload.release=2007", "--allow", "workload.release=2003", "--as-of", "2009-11-08", "--known", "2026-11-25")
    code, out, _ = asked(capsys, story, *wish)

    assert code == 10 and "workload.release is 2003: you allow no other value" in " ".join(out.split())
    assert "nothing that it could become" not in out


@pytest.mark.parametrize(("day", "pack"), [("2009-04-28", 1), ("2009-04-29", 2)])
def test_no_plan_leads_to_a_service_pack_that_comes_later(day, pack):
    """What work sets anew comes out with a service pack that there is on the day of the plan, on each machine."""
    story = SCENARIOS / "plans" / "exchange-2003-two-nodes-to-2007"
    want = {"workload.release": ("2007",), "nodes.os.release": ("windows-server-2008",)}
    made = planned([story / "evidence"], Wish(Level.FULL, ("microsoft",), want=want), as_of=day, known="2026-11-24", cache=None).plan

    packs = {way.choice[("nodes.os.service_pack", name)] for way in made.ways for name in ("EXN1", "EXN2")}
    assert max(packs) <= pack and made.ways


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
