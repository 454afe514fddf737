"""`supportable explain --why-not` and `supportable waiver request` as a user meets them: stories kept whole, and what they refuse."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import jsonschema
import pytest

from supportable.cli import main
from supportable.reports.schema import schema

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "tests" / "scenarios"
STORIES = {
    "exchange-2019-dag-with-old-dotnet": "exchange-matrix.dotnet",
    "rhel-two-nodes-without-fencing": "article-2881341.every-node-has-a-fence-device",
}
FENCING = SCENARIOS / "rhel-two-nodes-without-fencing"


def days(story: Path) -> list[str]:
    """The dates that the story is judged for and by."""
    return shlex.split((story / "arguments.txt").read_text())


def asked(capsys, *arguments: object) -> tuple[int, str, str]:
    """Return exit code, output and complaints of the command."""
    code = main([*map(str, arguments)])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("name", STORIES)
def test_the_story_is_told_as_it_was_reviewed(name, monkeypatch, capsys):
    """The other readings, in lines of at most 80 columns, and the letter come out byte for byte as they were reviewed."""
    story = SCENARIOS / name
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(story)
    told = asked(capsys, "explain", "--why-not", "full", "evidence", *days(story))
    letter = asked(capsys, "waiver", "request", STORIES[name], "evidence", *days(story))

    assert (told[0], letter[0]) == (0, 0)
    for kept, text in ((story / "why-not.txt", told[1]), (story / "waiver-request.md", letter[1])):
        if os.environ.get("UPDATE_GOLDEN"):
            kept.write_text(text)
        assert text == kept.read_text(), f"{kept.relative_to(ROOT)} differs; UPDATE_GOLDEN=1 rewrites it for review"
    assert max(map(len, told[1].splitlines())) <= 80


def test_json_says_what_the_text_says(capsys):
    """Every clause, reading and fact of the text stands in the JSON, and the choice names a reading that is there."""
    _, text, _ = asked(capsys, "explain", "--why-not", "full", FENCING / "evidence", *days(FENCING))
    _, out, _ = asked(capsys, "explain", "--why-not", "full", FENCING / "evidence", *days(FENCING), "--format", "json")
    tree = json.loads(out)
    flowing = " ".join(text.split())

    jsonschema.Draft202012Validator(json.loads(schema("other-readings"))).validate(tree)
    assert tree["standpoints"]
    for point in tree["standpoints"]:
        readings = {one["clause"]: one["readings"] for one in point["in_the_way"]}
        for clause, found in readings.items():
            assert clause in flowing
            assert all(one["words"] in flowing for one in found)
            assert found[-1]["part"] == "waived"
        assert all(readings[one["clause"]][one["reading"] - 1] for one in point["together"])


def filled(letter: str) -> str:
    """The file of waivers in a letter, with its blanks filled in."""
    (skeleton,) = re.findall(r"```yaml\n(.*?)```", letter, re.S)
    answers = {
        "reference": "letter R-1", "approver": "A. Person", "reason": "migration under way", "granted": "2025-01-10",
        "until": "2027-12-31+01:00",
    }  # fmt: skip
    for key, value in answers.items():
        skeleton, found = re.subn(rf"(?m)^    {key}: +#.*$", f"    {key}: {value}", skeleton)
        assert found == 1
    return skeleton


@pytest.mark.parametrize(("level", "reached"), [("full", "FULL BY WAIVER"), ("limited", "LIMITED BY WAIVER")])
def test_the_filled_skeleton_is_read_and_counts(level, reached, capsys, tmp_path):
    """With its blanks filled the waiver of the letter counts and leaves the level asked for, no higher; then nothing is to be asked."""
    story = SCENARIOS / "exchange-2019-dag-with-old-dotnet"
    clause = STORIES[story.name]
    options = [*days(story), "--to", level]
    _, letter, _ = asked(capsys, "waiver", "request", clause, story / "evidence", *options)
    tiers = re.findall(r"leaves: \"(.*)\"", letter)
    (tmp_path / "waivers.yaml").write_text(filled(letter))
    _, judged, _ = asked(capsys, "check", story / "evidence", tmp_path / "waivers.yaml", *days(story), "--exit-zero")
    code, out, complaint = asked(capsys, "waiver", "request", clause, story / "evidence", tmp_path / "waivers.yaml", *options)

    assert f"microsoft: {reached}" in judged
    assert f"{clause}: counts" in judged
    assert bool(tiers) is (level == "limited")
    assert (code, out) == (2, "")
    assert f"`{clause}` is waived for `contoso-2019` until 2027-12-31+01:00: letter R-1" in complaint


def test_a_skeleton_with_blanks_is_refused(capsys, tmp_path):
    """The file of the letter as it is, which nobody has granted, is an error for each of its blanks."""
    _, letter, _ = asked(capsys, "waiver", "request", STORIES[FENCING.name], FENCING / "evidence", *days(FENCING))
    (skeleton,) = re.findall(r"```yaml\n(.*?)```", letter, re.S)
    (tmp_path / "waivers.yaml").write_text(skeleton)
    code, out, complaint = asked(capsys, "check", FENCING / "evidence", tmp_path / "waivers.yaml", *days(FENCING))

    assert (code, out) == (1, "")
    assert all(f"`{key}` is missing or empty" in complaint for key in ("reference", "approver", "reason", "granted", "until"))


def test_the_letter_has_the_facts_of_its_clause_and_no_others(capsys, tmp_path):
    """What the clause does not read is not told the issuer; what else is in the way is told the user, and not in the letter."""
    to = tmp_path / "letter.md"
    code, out, complaint = asked(
        capsys, "waiver", "request", "article-2881341.fencing-enabled", FENCING / "evidence", *days(FENCING), "-o", to
    )
    letter = to.read_text()

    assert (code, out) == (0, "")
    assert "cluster.fencing_enabled = false" in letter and "cib.xml:9" in letter
    assert "fencing_devices" not in letter and "shared_storage" not in letter
    assert "also in the way, and not in this letter: article-2881341.every-node-has-a-fence-device" in complaint
    assert "every-node-has-a-fence-device" not in letter


def test_words_of_the_evidence_are_no_markup_of_the_letter(capsys, tmp_path):
    """A name that is an attack stands in the letter as text, and in the file of waivers as the name it is."""
    name = '<b>x</b> `](http://evil.example) " #1'
    file = tmp_path / "d.yaml"
    file.write_text(
        json.dumps(
            {
                "deployment": name,
                "workload": {"product": "exchange-server", "release": "2007"},
                "cluster": {"service": "veritas-cluster-server"},
            }
        )
    )
    code, letter, _ = asked(
        capsys, "waiver", "request", "kb810986.own-cluster-service", file, "--as-of", "2009-06-30", "--known", "2026-11-25"
    )

    assert code == 0
    assert f"``{name}``" in letter
    assert f"deployments: [{json.dumps(name)}]" in letter


def test_a_level_that_is_met_is_one_sentence(capsys):
    """Where every issuer that speaks is at the level, no clause is in the way, and the exit code is that of success."""
    story = SCENARIOS / "exchange-2003-on-listed-hardware"
    code, out, _ = asked(capsys, "explain", "--why-not", "full", story / "evidence", *days(story))

    assert code == 0
    assert "every issuer that speaks is at full already: no clause is in the way" in out


def test_documents_that_say_nothing_stand_in_nobodys_way(capsys, tmp_path):
    """A deployment about which no document speaks has nothing to negotiate; the exit code says that nothing was judged."""
    file = tmp_path / "d.yaml"
    file.write_text("deployment: one\nworkload: {product: other}\ncluster: {service: none}\nnodes: none\ncontracts: none\n")
    code, out, _ = asked(capsys, "explain", "--why-not", "full", file, "--document", "KB810986")

    assert code == 3
    assert "the documents say nothing about this deployment" in out


@pytest.mark.parametrize(
    ("clause", "options", "message"),
    [
        ("article-2881341.fencing-enabledd", [], "unknown clause `article-2881341.fencing-enabledd`"),
        ("kb810986.own-cluster-service", [], "`kb810986.own-cluster-service` does not apply to `warehouse-db`"),
        ("article-2912891.no-shared-vmdk", [], "unknown clause"),
        ("kb326919.shared-storage", ["--to", "limited"], "leaves limited and is not in the way of limited"),
        ("kb326919.shared-storage", ["--to", "unsupported"], "`unsupported` is not a level to ask for"),
        ("kb326919.shared-storage", ["--document", "KB32691"], "no pack holds a document `KB32691`"),
    ],
)
def test_a_clause_that_no_exception_helps_with_is_one_sentence_with_a_hint(clause, options, message, capsys):
    """What cannot be asked for is refused in one sentence that says why, and a hint."""
    code, out, complaint = asked(capsys, "waiver", "request", clause, FENCING / "evidence", *days(FENCING), *options)

    assert (code, out) == (2, "")
    assert message in complaint.splitlines()[0]
    assert complaint.splitlines()[1].startswith("hint: ")


@pytest.mark.parametrize(
    ("outcome", "message"), [("true", "holds for"), ("unknown", "is unknown for"), ("duty", "is a duty, and lowers no level")]
)
def test_what_holds_or_is_unknown_or_is_no_requirement_is_not_asked_for(outcome, message, capsys):
    """A clause that holds, one that nobody looked at enough, and a duty are each refused in one sentence."""
    evidence, dates = ROOT / "examples" / "contoso-mail", ["--as-of", "2009-06-30", "--known", "2026-11-24"]
    _, out, _ = asked(capsys, "check", evidence, *dates, "--format", "json", "--exit-zero")
    findings = [one for verdict in json.loads(out)["verdicts"] for one in verdict["findings"]]
    kind = "duty" if outcome == "duty" else "requirement"
    clause = next(one["clause"] for one in findings if one["kind"] == kind and (one["outcome"] == outcome or kind == "duty"))
    code, out, complaint = asked(capsys, "waiver", "request", clause, evidence, *dates)

    assert (code, out) == (2, "")
    assert f"`{clause}` {message}" in complaint.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--why-not", "ful", "nowhere"], "`ful` is not a level to ask about"),
        (["--why-not", "full", "nowhere"], "there is no file or directory `nowhere`"),
        (["--why-not", "full", "nowhere", "--format", "html"], "`html` is not a format"),
        (["kb810986.own-cluster-service", "evidence"], "`evidence` means nothing for one clause"),
        (["kb810986.own-cluster-service", "--format", "json"], "`--format` means nothing for one clause"),
    ],
)
def test_a_question_that_cannot_be_is_one_sentence_with_a_hint(arguments, message, capsys):
    """What the user asks is refused in one sentence that names it, and a hint."""
    code, out, complaint = asked(capsys, "explain", *arguments)

    assert (code, out) == (2, "")
    assert message in complaint.splitlines()[0]
    assert complaint.splitlines()[1].startswith("hint: ")
