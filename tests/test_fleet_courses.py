"""Forecasts and comparisons of fleets: each day is what `check` says of it, shares add up, and the real command shows them."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from sample_fleet import CLUSTERS, write_sample
from supportable.core.fleet_results import LEVELS, NOT_THERE
from supportable.fleet_courses import diff_fleets, forecast_fleet
from supportable.fleets import Asked, check_fleet
from supportable.stores.packs import SHIPPED

KNOWN = "2026-11-25"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory) -> tuple[Path, Path]:
    """A sample inventory, and its mapping."""
    return write_sample(tmp_path_factory.mktemp("fleet"))


def quiet(_: int) -> None:
    pass


def asked(inventory, as_of: str, known: str = KNOWN) -> Asked:
    return Asked(str(inventory[0]), inventory[1], (), (), as_of, known)


def checked(inventory, as_of: str, known: str = KNOWN) -> dict[str, dict[str, int]]:
    """The levels that `check` counts on a day, by issuer."""
    return {one.issuer: dict(one.levels) for one in check_fleet(asked(inventory, as_of, known), None, quiet, None).issuers}


@pytest.fixture(scope="module")
def forecast(inventory):
    return forecast_fleet(asked(inventory, "2009-01-01"), "2018-01-01", quiet)


def test_every_step_is_what_check_says_of_its_day(inventory, forecast):
    """The levels from a day on are those of `check` on that day; nothing changes on the day before a turn."""
    days = sorted({day for one in forecast.issuers for day, _ in one.steps})
    assert len(days) > 4
    for day in (days[0], days[1], days[len(days) // 2], days[-1]):
        found = checked(inventory, day)
        for one in forecast.issuers:
            levels = [levels for since, levels in one.steps if since <= day][-1]
            assert dict(levels) == found[one.issuer]


def test_a_turn_accounts_for_its_step(forecast):
    """The moves of a turn lead from the levels before it to those after it, and the clauses behind the falls are not fewer than none."""
    for one in forecast.issuers:
        for (_, before), (day, after), turn in zip(one.steps, one.steps[1:], one.turns, strict=False):
            assert turn.day == day
            moved = Counter(before)
            for move in turn.moves:
                moved[move.before] -= move.deployments
                moved[move.after] += move.deployments
            assert {level: moved[level] for level in LEVELS} == dict(after)
            assert bool(turn.falls_because) == bool(turn.falling)


@pytest.fixture(scope="module")
def changed(inventory, tmp_path_factory) -> tuple[Path, Path]:
    """The sample a year later: some clusters gone, some new, some with another service pack."""
    folder = tmp_path_factory.mktemp("later")
    with inventory[0].open(newline="") as stream:
        rows = list(csv.reader(stream))
    with (folder / "nodes.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(rows[0])
        for row in rows[1:]:
            number = int(row[0][1:])
            if number % 11 == 0:
                continue
            row = [f"new{number}", *row[1:]] if number % 17 == 0 else row
            writer.writerow([*row[:6], "2" if number % 5 == 0 else row[6], row[7]])
    shutil.copy(inventory[1], folder / "mapping.yaml")
    return folder / "nodes.csv", folder / "mapping.yaml"


@pytest.mark.parametrize("two", [False, True], ids=["one-inventory", "two-inventories"])
def test_a_comparison_adds_up(inventory, changed, two):
    """Both sides are as `check` has them; moves lead from one to the other; shares add up to each move, and only what differs has one."""
    after = changed if two else inventory
    found = diff_fleets(asked(inventory, "2009-01-01"), asked(after, "2013-01-01"), [], [], quiet)
    sides = checked(inventory, "2009-01-01"), checked(after, "2013-01-01")
    for one in found.issuers:
        assert (dict(one.before), dict(one.after)) == (sides[0][one.issuer], sides[1][one.issuer])
        moved = Counter(one.before)
        for change in one.changes:
            assert sum(change.shares) == change.move.deployments
            assert change.shares.policy == 0 and (two or change.shares.evidence == 0)
            moved[change.move.before] -= change.move.deployments
            moved[change.move.after] += change.move.deployments
        gone = moved.pop(NOT_THERE, 0)
        assert {level: moved[level] for level in LEVELS} == dict(one.after)
        assert gone == sum(sides[0][one.issuer].values()) - sum(sides[1][one.issuer].values())
        assert two or not {"is new", "is gone"} & {change.move.kind for change in one.changes}
    assert any(change.shares.calendar for one in found.issuers for change in one.changes)


def test_what_was_not_known_yet_is_owed_to_the_policy(inventory):
    """Two dates of knowledge are two policies: all of the change is owed to them."""
    found = diff_fleets(asked(inventory, "2009-01-01", "2003-01-01"), asked(inventory, "2009-01-01", KNOWN), [], [], quiet)
    changes = [change for one in found.issuers for change in one.changes]
    assert changes
    assert all(change.shares == (Fraction(0), Fraction(change.move.deployments), Fraction(0)) for change in changes)


@pytest.fixture
def repository(tmp_path) -> Path:
    """A git repository with a shipped pack, in which a second commit makes one cap lower."""
    folder = tmp_path / "packs" / "microsoft-exchange-clusters"
    shutil.copytree(SHIPPED / folder.name, folder)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "as it ships"], check=True)
    subprocess.run([*git, "tag", "first"], check=True)
    clauses = folder / "clauses" / "kb810986.yaml"
    text = clauses.read_text()
    lower = text.replace("caps: will-try-to-help", "caps: not-supported")
    assert lower != text
    clauses.write_text(lower)
    return folder


def test_two_revisions_of_a_pack_are_compared(inventory, repository, command):
    """`--before FOLDER@REVISION --after FOLDER`: what falls is owed to the policy, with the clause that changed behind it."""
    done = command(
        "fleet", "diff", inventory[0], "--mapping", inventory[1], "--as-of", "2009-01-01", "--format", "json",
        "--before", f"{repository}@first", "--after", repository,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    microsoft = next(one for one in said["issuers"] if one["issuer"] == "microsoft")
    assert {change["kind"] for change in microsoft["changes"]} & {"falls", "moves within undecided", "becomes decided"}
    assert all(change["owed_to"]["calendar"]["numerator"] == 0 for change in microsoft["changes"])
    assert "kb810986." in json.dumps(microsoft)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["diff"], "both sides are the same"),
        (["diff", "--before", "nothing"], "`nothing` is not a pack"),
        (["diff", "--before", "microsoft-exchange-cluster"], "did you mean `microsoft-exchange-clusters`?"),
        (["diff", "--before", "microsoft-exchange-clusters@no-such-revision"], "no-such-revision"),
        (["diff", "--before", "microsoft-exchange-clusters@--output=x"], "is not a revision"),
        (["diff", "--as-of", "2010-01-01..soon"], "`soon` is not a date"),
        (["diff", "--as-of", "2010-01-01..2011-01-01", "--document", "KB81098"], "did you mean `KB810987`?"),
        (["forecast", "--until", "2001-01-01"], "is not after"),
        (["forecast", "--until", "2031-13-01"], "is not a date"),
        (["forecast", "--until", "2031-01-01", "--format", "sarif"], "sarif"),
        (["forecast", "--until", "2031-01-01", "-o", "no/such/folder/x.html"], "cannot be written"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(inventory, command, tmp_path, arguments, part):
    """Each mistake is one sentence with a hint, and nothing is written."""
    done = command("fleet", arguments[0], inventory[0], "--mapping", inventory[1], *arguments[1:], cwd=tmp_path)
    assert done.returncode in (1, 2), done.stdout
    assert part in done.stderr and "hint: " in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_forecast_is_written_in_every_format(inventory, command, tmp_path):
    """Text, JSON, HTML and iCalendar of one forecast name the same days."""
    line = ["fleet", "forecast", inventory[0], "--mapping", inventory[1], "--as-of", "2009-01-01", "--until", "2013-01-01"]
    done = command(*line, "--format", "json")
    days = sorted({turn["day"] for one in json.loads(done.stdout)["issuers"] for turn in one["turns"]})
    assert days
    for form in ("text", "html", "ics"):
        file = tmp_path / f"forecast.{form}"
        told = command(*line, "--format", form, "-o", file)
        assert told.returncode == 0, told.stderr
        text = file.read_text()
        assert all(day in text or day.replace("-", "") in text for day in days)


def test_deployments_of_the_sample_are_all_counted(forecast):
    """Every step of every issuer counts each deployment once."""
    assert all(sum(levels.values()) == CLUSTERS for one in forecast.issuers for _, levels in one.steps)
