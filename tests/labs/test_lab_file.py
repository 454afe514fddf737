"""Lab files: what is right, and every mistake with its place and what to do."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.errors import LabError
from supportable.labs.lab_file import LIMITS_S, TRIALS_AT_MOST, read_lab

ROOT = Path(__file__).parents[2]
GOAL = "goal: {rate: 0.5, alpha: 0.05, beta: 0.05}\n"
SUBJECT = "environments:\n  a:\n    role: subject\n    deployment: d.yaml\n    trigger: t\n    probe: p\n"
WHOLE = "lab: x\n" + GOAL + SUBJECT


def read(folder: Path, text: str | bytes):
    (folder / "d.yaml").write_text("deployment: d\n")
    file = folder / "lab.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_lab(file)


def problems(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(LabError) as caught:
        read(folder, text)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_lab_file_is_read_whole(tmp_path):
    """What is written is in the lab, what may be left out has the documented value, and the hash is of the bytes."""
    text = WHOLE + '    host: root@node1\n    folder: /srv\n    variables: {NODE: "1"}\n    components: {cluster.service: pacemaker}\n'
    lab = read(tmp_path, text)
    (environment,) = lab.environments

    assert (lab.name, lab.seed, lab.trials_at_most, dict(lab.limits_s)) == ("x", None, TRIALS_AT_MOST, LIMITS_S)
    assert tuple(lab.goal) == (0.5, 0.05, 0.05, 0.0)
    assert (lab.folder, lab.sha256) == (tmp_path, hashlib.sha256(text.encode()).hexdigest())
    assert (environment.host, environment.folder, environment.variables) == ("root@node1", "/srv", (("NODE", "1"),))
    assert environment.deployment == tmp_path / "d.yaml"
    assert (environment.command("trigger"), environment.command("set_up")) == ("t", "")


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        (WHOLE.replace("trigger:", "triger:"), "lab.yaml:7:5", "did you mean `trigger`?"),
        (WHOLE.replace("probe: p", "probe: ''"), "lab.yaml:8:12", "`probe` is missing or empty"),
        (WHOLE.replace("role: subject", "role: subjct"), "lab.yaml:5:11", "did you mean `subject`?"),
        (WHOLE.replace("role: subject", "role: other"), "lab.yaml:4:3", "0 environments have the role `subject`"),
        (WHOLE.replace("d.yaml", "e.yaml"), "lab.yaml:6:17", "there is no deployment `e.yaml`"),
        (WHOLE.replace("d.yaml", '"d\\0.yaml"'), "lab.yaml:6:17", "no command can carry"),
        (WHOLE + "    host: -oProxyCommand=x\n", "lab.yaml:9:11", "`-oProxyCommand=x` is not a host"),
        (WHOLE + "    variables: {1A: x}\n", "lab.yaml:9:16", "`1A` is not a name of a variable"),
        (WHOLE + "    variables: [A]\n", "lab.yaml:9:16", "`variables` is a mapping of words"),
        (WHOLE + '    set_up: "a\\0b"\n', "lab.yaml:9:13", "no command can carry"),
        (WHOLE.replace("  a:", "  a/b:"), "lab.yaml:4:3", "`a/b` is no name of an environment"),
        (WHOLE.replace("rate: 0.5", "rate: 1.5"), "lab.yaml:2:14", "`rate` of the goal is a share"),
        (WHOLE.replace("rate: 0.5", "rate: nan"), "lab.yaml:2:14", "`nan` is not a number"),
        (WHOLE.replace("beta: 0.05", "beta: 0.05, background: 0.5"), "lab.yaml:2:56", "`background` is not below `rate`"),
        (WHOLE.replace(", beta: 0.05", ""), "lab.yaml:2:7", "`beta` is missing"),
        ("lab: x\n" + SUBJECT, "lab.yaml:1:1", "`goal` is missing"),
        ("lab: x\n" + GOAL, "lab.yaml:1:1", "`environments` is missing"),
        ("seed: -1\n" + WHOLE, "lab.yaml:1:7", "`-1` is not a whole number from 0"),
        ("trials_at_most: 0\n" + WHOLE, "lab.yaml:1:17", "`0` is not a whole number from 1"),
        ("time_limits_s: {probe: 0}\n" + WHOLE, "lab.yaml:1:24", "the time limit of `probe` is out of range"),
        ("time_limits_s: {prob: 3}\n" + WHOLE, "lab.yaml:1:17", "did you mean `probe`?"),
        ("- lab", "lab.yaml:1:1", "a lab file is a mapping"),
        ("", "lab.yaml", "a lab file is a mapping"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(text, place, part, tmp_path):
    """Each mistake gives a problem with file, line, column and a hint; a mistyped key may also be missing."""
    found = problems(tmp_path, text)

    assert len(found) == (2 if "triger" in text else 1)
    assert any(one.startswith(place) and part in one for one in found)
    assert all("\nhint: " in one for one in found)


def test_all_mistakes_are_told_at_once(tmp_path):
    """Eight mistakes in a file give eight problems."""
    text = (
        "lab: x\nseed: y\ntrials: 3\ngoal: {rate: 2, alpha: 0.05, beta: 0.05}\nenvironments:\n"
        "  a: {role: subject, deployment: nowhere.yaml, trigger: t, probe: p}\n"
        "  b: {role: subject, deployment: d.yaml, trigger: t, prob: p, host: 'a b'}\n"
    )
    found = problems(tmp_path, text)

    assert len(found) == 8, found
    assert {int(one.split(":")[1]) for one in found} == {2, 3, 4, 6, 7}


def test_a_deployment_that_cannot_be_read_is_a_problem(tmp_path):
    """A link to nowhere and a socket-like file are refused when the lab is read, not when the trials are over."""
    (tmp_path / "link.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")

    for name in ("link.yaml", "loop.yaml"):
        (found,) = problems(tmp_path, WHOLE.replace("d.yaml", name))
        assert f"`{name}`" in found


def test_a_lab_file_that_is_not_there_is_one_sentence(tmp_path):
    """A missing file, and a folder, give a problem and no traceback."""
    for path in (tmp_path / "no.yaml", tmp_path):
        with pytest.raises(LabError, match="the lab file cannot be read"):
            read_lab(path)


@settings(max_examples=150)
@given(data=st.data())
def test_no_damage_gives_anything_but_a_lab_or_problems(data, tmp_path_factory):
    """Any damaged lab file is read, or refused with problems that name a place."""
    text = bytearray((ROOT / "examples" / "lab-counter" / "lab.yaml").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert"])):
            case "flip":
                text[place] = data.draw(st.integers(0, 255))
            case "cut":
                del text[place : place + data.draw(st.integers(1, 9))]
            case _:
                text[place:place] = data.draw(
                    st.sampled_from([b"&a ", b"{", b"[", b": ", b"\n---\n", b"\0", b"\xff", b"9" * 400, b"- " * 60])
                )
    try:
        read(tmp_path_factory.getbasetemp(), bytes(text))
    except LabError as error:
        assert all(problem.place is not None for problem in error.problems)


def test_the_documented_example_is_the_one_that_runs():
    """`docs/labs.md` shows `examples/lab-counter/lab.yaml` as it is, and names every key, step and role there is."""
    from supportable.labs import lab_file

    page = (ROOT / "docs" / "labs.md").read_text()

    assert (ROOT / "examples" / "lab-counter" / "lab.yaml").read_text() in page
    words = [*lab_file._TOP, *lab_file._GOAL, *lab_file._ENVIRONMENT, *lab_file.ROLES]
    assert [word for word in words if not re.search(rf"`{word}\b", page)] == []
    assert [step for step, seconds in LIMITS_S.items() if f"`{step}` {seconds:g}" not in page] == []
    for name in ("lab.yaml", "lab-own-fault.yaml"):
        assert len(read_lab(ROOT / "examples" / "lab-counter" / name).environments) == 2
