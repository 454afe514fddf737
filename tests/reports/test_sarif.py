"""SARIF 2.1.0: the laws of the specification that a viewer relies on, and that no unknown is a pass."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from judgements import HOSTILE, deployment, failing_clause, hostile, judgement, pack, scope_unknown, several, silent, undecided, unsupported
from supportable.core.verdict import Unread
from supportable.reports import sarif
from supportable.reports.wording import printable


def run_of(made) -> dict:
    return json.loads(sarif.render(made))["runs"][0]


def results_of(made) -> dict[str, dict]:
    return {result["ruleId"]: result for result in run_of(made)["results"]}


def test_the_same_judgement_gives_the_same_bytes(judgement):
    """A report is a function of the judgement: no clock, no random identifier, no path of this machine."""
    first = sarif.render(judgement)

    assert first == sarif.render(judgement)
    assert str(Path(__file__).parents[2]) not in first


def test_a_log_is_one_run_of_version_2_1_0(judgement):
    """The log names its version; its one run has a named tool, an invocation that says whether it succeeded, and results."""
    log = json.loads(sarif.render(judgement))

    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run = log["runs"][0]
    assert run["tool"]["driver"]["name"] == "supportable"
    assert isinstance(run["invocations"][0]["executionSuccessful"], bool)
    assert isinstance(run["results"], list)


def test_a_result_points_to_its_rule(judgement):
    """`ruleIndex` is the place of the rule whose id is `ruleId`, and every rule says what it is and where it stands."""
    run = run_of(judgement)
    rules = run["tool"]["driver"]["rules"]

    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for rule in rules:
        assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"] and rule["help"]["text"]
        assert rule["properties"]["document"]
        assert "helpUri" not in rule or urlsplit(rule["helpUri"]).scheme in ("http", "https")


def test_only_a_failure_has_a_level(judgement):
    """A result of any kind but `fail` has the level `none`; a failure has another one (SARIF 2.1.0, level property)."""
    for result in run_of(judgement)["results"]:
        assert result["kind"] in ("pass", "fail", "open", "notApplicable", "informational")
        assert (result["level"] == "none") == (result["kind"] != "fail")


def test_every_judged_clause_has_one_result_and_no_unknown_passes(judgement):
    """Each requirement and recommendation has one result; `pass` stands for outcome true and nothing else."""
    results = run_of(judgement)["results"]
    findings = [one for verdict in judgement.verdicts for one in verdict.findings if one.clause.kind in ("requirement", "recommendation")]

    assert [result["ruleId"] for result in results] == [one.clause.id for one in findings]
    assert [result["kind"] == "pass" for result in results] == [one.outcome == "true" for one in findings]


def test_the_level_of_a_failure_is_that_of_its_cap():
    """What leaves unsupported is an error, what leaves limited a warning, a recommendation a note."""
    results = results_of(unsupported())

    assert {name: (one["kind"], one["level"]) for name, one in results.items()} == {
        "doc1.own-service": ("pass", "none"),
        "doc1.listed": ("fail", "warning"),
        "doc1.members": ("fail", "error"),
        "doc1.advice": ("fail", "note"),
    }


def test_unknown_is_open_and_what_does_not_apply_says_so():
    """A clause without enough facts is `open`; one that cannot fail is `informational`, one that does not apply `notApplicable`."""
    assert results_of(undecided())["doc1.members"]["kind"] == "open"
    assert results_of(scope_unknown())["doc1.members"]["kind"] == "informational"
    assert {one["kind"] for one in results_of(silent()).values()} == {"notApplicable"}


def test_a_location_is_the_telling_fact():
    """The location of a failure is the line of the fact that fails it; the other facts are related locations."""
    result = results_of(unsupported())["doc1.members"]
    physical = result["locations"][0]["physicalLocation"]

    assert physical == {"artifactLocation": {"uri": "mail.yaml", "uriBaseId": "EVIDENCE"}, "region": {"startLine": 11}}
    assert [one["physicalLocation"]["region"]["startLine"] for one in result["relatedLocations"]] == [3]


def test_locations_are_relative_and_encoded(judgement):
    """A file is a relative URI reference of allowed characters below a declared base; lines count from 1; there is one main location."""
    run = run_of(judgement)
    placed = [place for result in run["results"] for place in (*result.get("locations", []), *result.get("relatedLocations", []))]
    placed += [place for one in run["invocations"][0]["toolExecutionNotifications"] for place in one.get("locations", [])]

    for physical in (place["physicalLocation"] for place in placed if "physicalLocation" in place):
        artifact = physical["artifactLocation"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", artifact["uri"]) and not artifact["uri"].startswith("/")
        assert artifact["uriBaseId"] in run["originalUriBaseIds"]
        assert physical.get("region", {"startLine": 1})["startLine"] >= 1
    assert all(len(result.get("locations", [])) <= 1 for result in run["results"])
    for result in run["results"]:
        ids = [place["id"] for place in result.get("relatedLocations", [])]
        assert len(set(ids)) == len(ids)


def test_a_file_name_survives_the_encoding():
    """What a viewer decodes from the URI is the name of the file."""
    made = judgement(deployment(file="a b/50% #1?ü:x.yaml"), pack())
    physical = results_of(made)["doc1.own-service"]["locations"][0]["physicalLocation"]

    assert unquote(physical["artifactLocation"]["uri"]) == "a b/50% #1?ü:x.yaml"


def test_messages_are_text():
    """Braces are doubled, links are broken, control characters escaped: a message shows what it says and is no template."""
    texts = [result["message"]["text"] for result in run_of(hostile())["results"]]
    texts += [one["message"]["text"] for one in run_of(hostile())["invocations"][0]["toolExecutionNotifications"]]

    assert any(printable(HOSTILE).split("(")[0] in one.replace("\\]", "]") for one in texts)
    for one in texts:
        assert re.search(r"(?<!\{)\{(?!\{)|(?<!\})\}(?!\})", one) is None
        assert re.search(r"(?<!\\)\]\(", one) is None
        assert "\x1b" not in one


def test_unread_files_are_notifications():
    """A file that gave no facts is a warning of the run with its place, and points to a declared notification."""
    run = run_of(judgement(deployment(), pack(), unread=(Unread("logs/x.bin", "no reader knows this format"),)))
    one = run["invocations"][0]["toolExecutionNotifications"][0]

    assert one["message"]["text"] == "Not read: logs/x.bin: no reader knows this format" and one["level"] == "warning"
    assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "logs/x.bin"
    assert run["tool"]["driver"]["notifications"][one["descriptor"]["index"]]["id"] == one["descriptor"]["id"]


def test_a_clause_that_raises_makes_the_run_unsuccessful():
    """An error inside a clause is an `open` result and an error of the run."""
    run = run_of(failing_clause())

    assert run["invocations"][0]["executionSuccessful"] is False
    assert [one["kind"] for one in run["results"] if one["ruleId"] == "doc1.broken"] == ["open"]
    assert any(
        one["level"] == "error" and "doc1.broken" in one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]
    )


def test_fingerprints_outlive_the_outcome_and_tell_issuers_apart():
    """The same clause of the same deployment keeps its fingerprint when its outcome or line changes; another issuer's has its own."""
    before, after = results_of(undecided()), results_of(unsupported())
    marks = [next(iter(result["partialFingerprints"].values())) for result in run_of(several())["results"]]

    assert before["doc1.members"]["kind"] != after["doc1.members"]["kind"]
    assert before["doc1.members"]["partialFingerprints"] == after["doc1.members"]["partialFingerprints"]
    assert len(set(marks)) == len(marks)
