"""The real command: exit codes, outputs, and what it says when something is wrong."""

from __future__ import annotations

import json
import os

import pytest

VCS = """\
deployment: contoso-vcs
workload: {product: exchange-server, release: "2007", edition: enterprise, service_pack: 1}
cluster: {service: veritas-cluster-server, version: "5.1"}
nodes: [{name: EXN1}, {name: EXN2}]
"""
FULL = """\
deployment: contoso
workload: {product: exchange-server, release: "2003", edition: enterprise, service_pack: 2}
cluster: {service: mscs}
nodes: [{name: EXN1, os: {release: windows-server-2003, edition: enterprise}}]
hardware: {catalog_listing: cluster-system}
"""
ONE = ("--document", "KB810986")


@pytest.fixture
def file(tmp_path):
    """Write a deployment file and return its path."""

    def write(text: str, name: str = "d.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_exit_codes_tell_the_answer(command, file):
    """0 met, 10 not met, 11 undecided, 3 nothing to judge, whatever the format."""
    full, limited = file(FULL), file(VCS, "v.yaml")
    undecided = file(FULL.replace("hardware: {catalog_listing: cluster-system}", ""), "u.yaml")
    nothing = file("cluster: none\nworkload: {product: exchange-server}\n", "n.yaml")

    codes = {path.name: command("check", path, *ONE, "--format", "json").returncode for path in (full, limited, undecided, nothing)}

    assert codes == {"d.yaml": 0, "v.yaml": 10, "u.yaml": 11, "n.yaml": 3}
    assert command("check", limited, *ONE, "--require", "limited").returncode == 0
    assert command("check", undecided, *ONE, "--require", "limited").returncode == 0
    assert command("check", limited, *ONE, "--exit-zero").returncode == 0


def test_the_answer_comes_first(command, file):
    """The text names the deployment, then the issuer's level with its own words, within 80 columns, without colours in a pipe."""
    lines = command("check", file(VCS), *ONE).stdout.splitlines()

    assert lines[0].startswith("contoso-vcs, judged for ")
    assert lines[2] == "microsoft: LIMITED - its own words: will try to help"
    assert max(map(len, lines)) <= 80
    assert not any("\x1b" in line for line in lines)


def test_several_outputs_at_once(command, file, tmp_path):
    """`-o` writes each format by its ending, or by `FORMAT:FILE`, beside what is printed."""
    run = command("check", file(VCS), *ONE, "-o", tmp_path / "v.json", "-o", f"text:{tmp_path / 'v.out'}", "--format", "json")

    assert run.stdout == (tmp_path / "v.json").read_text()
    assert "LIMITED" in (tmp_path / "v.out").read_text()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["d.yaml", "v.json", "v.out"]


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "sarif", "junit"])
def test_same_input_same_bytes(form, command, file, tmp_path):
    """Two runs give the same bytes, with and without the cache, and name no absolute path."""
    path = file(VCS)
    first, second = command("check", path, "--format", form), command("check", path, "--format", form)
    uncached = command("check", path, "--format", form, SUPPORTABLE_CACHE="")

    assert first.stdout == second.stdout == uncached.stdout != ""
    assert str(tmp_path) not in first.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        ((), 2, ["usage: supportable COMMAND"]),
        (("chekc",), 2, ["unknown command `chekc`", "did you mean `check`?"]),
        (("check",), 2, ["required: PATH"]),
        (("check", "nowhere.yaml"), 2, ["nowhere.yaml"]),
        (("check", "d.yaml", "--format", "jsn"), 2, ["`jsn` is not a format", "did you mean `json`?"]),
        (("check", "d.yaml", "--require", "ful"), 2, ["`ful` is not a level", "did you mean `full`?"]),
        (("check", "d.yaml", "--as-of", "2008-13-01"), 2, ["`2008-13-01` is not a date"]),
        (("check", "d.yaml", "--document", "KB81O986"), 2, ["no pack holds a document `KB81O986`", "did you mean `KB810986`?"]),
        (("check", "d.yaml", "-o", "report"), 2, ["the format of `report` is not clear"]),
        (("check", "d.yaml", "-o", "nowhere/report.json"), 1, ["cannot be written"]),
        (("check", "d.yaml", "-o", "d.yaml/report.json"), 1, ["`d.yaml/report.json` cannot be written"]),
        (("check", "d.yaml", "--pack", "nowhere"), 2, ["is not a pack"]),
        (("explain", "kb810986.hardware"), 2, ["unknown clause", "did you mean"]),
        (("facts",), 2, ["no evidence was given"]),
        (("policy", "lst"), 2, ["did you mean `list`?"]),
        (("policy", "coverage", "KB810986"), 2, ["--source"]),
        (("policy", "schema", "verdikt"), 2, ["did you mean `verdict`?"]),
        (("policy", "show", "microsoft"), 2, ["unknown pack `microsoft`"]),
    ],
)
def test_wrong_use_is_told_in_a_sentence_and_a_hint(arguments, code, parts, command, file, tmp_path):
    """Wrong use exits with 2 (1 for what cannot be written), says what is wrong and what to do, and shows no traceback."""
    file(VCS)
    run = command(*arguments, cwd=tmp_path)

    assert run.returncode == code
    assert all(part in run.stderr + run.stdout for part in parts)
    assert "Traceback" not in run.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["d.yaml"]


def test_a_mistake_in_a_deployment_file_stops_with_its_place(command, file):
    """No verdict is made from a deployment file with a typo; the message has file, line, column and the nearest right word."""
    run = command("check", file(VCS.replace("service:", "servise:")))

    assert run.returncode == 1
    assert run.stdout == ""
    assert "no verdict was made" in run.stderr
    assert "d.yaml:3:11: unknown field `cluster.servise`" in run.stderr
    assert "hint: did you mean `cluster.service`?" in run.stderr


def test_a_file_no_reader_knows_is_listed_and_stops_nothing(command, tmp_path):
    """In a directory the unknown file is named with its reason, and the rest is judged."""
    (tmp_path / "d.yaml").write_text(VCS)
    (tmp_path / "notes.txt").write_text("call Bob")

    run = command("check", tmp_path, *ONE, "--format", "json")
    answer = json.loads(run.stdout)

    assert answer["unread"] == [{"file": f"{tmp_path.name}/notes.txt", "reason": "no reader knows this format"}]
    assert answer["verdicts"][0]["level"] == "limited"


def test_nothing_to_judge_is_not_a_pass(command, tmp_path):
    """An empty directory is neither met nor failed: 3, or undecided with everything missing."""
    run = command("check", tmp_path)

    assert run.returncode in (3, 11)


def test_a_closed_pipe_is_no_traceback(command, file):
    """`supportable check ... | head -1` ends quietly."""
    import subprocess
    import sys

    shell = f"{sys.executable} -m supportable facts --fields | head -1"
    run = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})

    assert "Traceback" not in run.stderr and "Error" not in run.stderr


def test_secrets_and_terminal_escapes_do_not_come_through(command, file):
    """A mail address or password in a text field is replaced, and an escape sequence is shown, not sent."""
    text = VCS.replace('version: "5.1"', 'name: "ops@example.com password=hunter2 \\u001b[31mred"')
    run = command("facts", file(text))

    assert "hunter2" not in run.stdout and "ops@example.com" not in run.stdout and "\x1b" not in run.stdout
    assert "[mail address]" in run.stdout


def test_two_sources_that_disagree_are_both_named(command, tmp_path):
    """The fact is unknown and the report names both places."""
    (tmp_path / "a.yaml").write_text("workload: {product: exchange-server, release: 2003}\ncluster: {service: mscs}\n")
    (tmp_path / "b.yaml").write_text("cluster: {service: lifekeeper}\n")

    text = command("check", tmp_path / "a.yaml", tmp_path / "b.yaml", *ONE).stdout

    assert "sources disagree" in " ".join(text.split())
    assert "a.yaml:2" in text and "b.yaml:1" in text


def test_dates_decide_which_documents_speak(command, file):
    """A document that was not published by the known date is set aside with the reason, and nothing passes for it."""
    run = command("check", file(FULL), *ONE, "--known", "2005-01-01", "--format", "json")
    answer = json.loads(run.stdout)

    assert run.returncode == 3
    assert answer["verdicts"][0]["applies"] is False
    assert any("published" in one["reason"] for one in answer["not_judged"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "kb810986.versions-in-table"),
        ("facts", "--fields"),
        ("policy", "list"),
        ("policy", "show"),
        ("doctor",),
        ("--help",),
        ("check", "--help"),
        ("--version",),
    ],
)
def test_what_one_can_read_works_and_fits(arguments, command):
    """Each reading command exits with 0 and keeps to 80 columns where it wraps prose."""
    run = command(*arguments)

    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()


def test_a_directory_its_zip_and_its_tar_are_one_bundle(command, tmp_path):
    """The sample bundle gives the same verdict as a directory, a zip, a tar and a compressed tar."""
    import shutil
    from pathlib import Path

    bundle = Path(__file__).parents[1] / "examples" / "contoso-mail"
    made = [shutil.make_archive(str(tmp_path / form), form, bundle.parent, bundle.name) for form in ("zip", "tar", "gztar")]

    def seen(path) -> tuple[dict[str, tuple[object, ...]], object]:
        answer = json.loads(command("check", path, "--as-of", "2009-06-30", "--format", "json").stdout)
        verdicts = {}
        for verdict in answer["verdicts"]:
            outcomes = [(finding["clause"], finding["outcome"], len(finding["facts"])) for finding in verdict["findings"]]
            verdicts[verdict["issuer"]] = (verdict["worst"], verdict["best"], verdict["deciding_facts"], outcomes)
        return verdicts, answer["unread"]

    expected = seen(bundle)
    assert expected[0]["microsoft"][:2] == ("unsupported", "limited")
    assert [seen(path) == expected for path in made] == [True, True, True]


def test_files_named_one_by_one_are_one_deployment(command):
    """The files of the sample bundle, given as several paths, give the verdict of the bundle."""
    from pathlib import Path

    bundle = Path(__file__).parents[1] / "examples" / "contoso-mail"
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    one, several = (command("check", *paths, "--as-of", "2009-06-30", "--format", "json") for paths in ([bundle], files))

    assert one.returncode == several.returncode == 10  # not decided, but `full` is out of reach either way
    assert {verdict["issuer"]: verdict["deciding"] for verdict in json.loads(several.stdout)["verdicts"]}["microsoft"] == [
        "nodes.domain_role"
    ]


@pytest.mark.parametrize(("redirect", "code"), [("> /dev/full", 1), (">&-", 10), ("2>&-", 10), ("> /dev/full 2> /dev/full", 1)])
def test_output_that_cannot_be_written_is_told_and_is_no_traceback(redirect, code, file):
    """A full disk is an error in one sentence; a stream that is closed from the start is no error."""
    import subprocess
    import sys

    shell = f"{sys.executable} -m supportable check {file(VCS)} --document KB810986 {redirect}"
    run = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env={"PATH": os.environ["PATH"], "SUPPORTABLE_CACHE": ""})

    assert run.returncode == code
    assert "Traceback" not in run.stderr
