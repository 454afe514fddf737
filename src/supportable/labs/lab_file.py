"""A lab file (YAML or JSON) -> a lab: environments, the commands that perform a trial in each, and the goal of the trials.

In: the file that a user wrote. Out: `Lab`, or `LabError` with all problems of the file at once. Nothing is executed here, and
the deployment files are only resolved: whether they are sound is judged by who reads deployments.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from supportable.core.reading_trees import Problems, known_keys, near, needed, place_of
from supportable.core.reproduction import Goal
from supportable.core.written import Scalar, Table
from supportable.errors import LabError, Place, Problem
from supportable.marked import read_marked

ROLES = ("subject", "reference", "other")
LIMITS_S = {"set_up_once": 300.0, "set_up": 120.0, "trigger": 60.0, "probe": 60.0, "tear_down": 60.0, "tear_down_once": 120.0}
"""The steps of a trial in their order, and the time limit of each where the lab file gives none."""

TRIALS_AT_MOST = 50
_WEEK_S = 604_800
_TOP = ("lab", "seed", "goal", "trials_at_most", "time_limits_s", "environments")
_GOAL = ("rate", "alpha", "beta", "background")
_ENVIRONMENT = ("role", "deployment", "host", "folder", "components", "variables", *LIMITS_S)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Environment(NamedTuple):
    """Where trials are performed: the deployment that is judged, and the command of each step (`""` where there is none)."""

    name: str
    role: str
    deployment: Path
    commands: tuple[tuple[str, str], ...]
    host: str = ""
    folder: str = ""
    components: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()

    def command(self, step: str) -> str:
        """Return the command line of a step, `""` where there is none."""
        return dict(self.commands).get(step, "")


class Lab(NamedTuple):
    """A lab file, read. `folder` is where its commands run; `sha256` identifies the file that a journal belongs to."""

    name: str
    file: str
    folder: Path
    sha256: str
    goal: Goal
    environments: tuple[Environment, ...]
    seed: int | None = None
    trials_at_most: int = TRIALS_AT_MOST
    limits_s: tuple[tuple[str, float], ...] = tuple(LIMITS_S.items())

    def limit_s(self, step: str) -> float:
        """Return the time limit of a step in seconds."""
        return dict(self.limits_s)[step]


def read_lab(path: Path) -> Lab:
    """Return the lab of a file; raise `LabError` with all its problems."""
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = "name a lab file; `docs/labs.md` shows one"
        raise LabError(
            [Problem(f"the lab file cannot be read: {(error.strerror or str(error)).lower()}", Place(str(path)), hint)]
        ) from None
    problems = Problems()
    tree, found = read_marked(data, str(path))
    problems.extend(found)
    lab = None
    if isinstance(tree, Table):
        lab = _lab(tree, path, hashlib.sha256(data).hexdigest(), problems)
    elif tree is not None or not problems:
        problems.say("a lab file is a mapping", tree.place if tree else Place(str(path)), "start with `lab: NAME`")
    if problems or lab is None:
        raise LabError(problems)
    return lab


def _lab(tree: Table, path: Path, sha256: str, problems: Problems) -> Lab:
    known_keys(tree, _TOP, problems)
    folder = path.resolve().parent
    return Lab(
        _text(tree, "lab", problems),
        str(path),
        folder,
        sha256,
        _goal(tree, problems),
        _environments(tree, folder, problems),
        _whole(tree, "seed", None, 0, problems),
        _whole(tree, "trials_at_most", TRIALS_AT_MOST, 1, problems) or TRIALS_AT_MOST,
        tuple(_limits(tree, problems).items()),
    )


def _goal(tree: Table, problems: Problems) -> Goal:
    node = tree.get("goal")
    if not isinstance(node, Table):
        problems.say("`goal` is missing or no mapping", (node or tree).place, "write `goal: {rate: 0.5, alpha: 0.05, beta: 0.05}`")
        return Goal(1, 0.5, 0.5)
    known_keys(node, _GOAL, problems)
    values: dict[str, float | None] = {}
    for key in _GOAL:
        if key == "background" and node.get(key) is None:
            values[key] = 0.0
            continue
        number = _number(node, key, problems)
        if number is not None and not (0 <= number < 1 if key == "background" else 0 < number < 1 or (key == "rate" and number == 1)):
            problems.say(f"`{key}` of the goal is a share", place_of(node, key), "write a number between 0 and 1, as 0.05")
            number = None
        values[key] = number
    rate, background = values["rate"], values["background"]
    if rate is not None and background is not None and background >= rate:
        problems.say(
            "`background` is not below `rate`", place_of(node, "background"), "it is the rate at which the issue appears by chance"
        )
    return Goal(*(values[key] or 0.0 for key in _GOAL))


def _limits(tree: Table, problems: Problems) -> dict[str, float]:
    node = tree.get("time_limits_s")
    limits = dict(LIMITS_S)
    if node is None:
        return limits
    if not isinstance(node, Table):
        problems.say("`time_limits_s` is a mapping", node.place, "write `time_limits_s: {trigger: 30, probe: 30}`")
        return limits
    known_keys(node, tuple(LIMITS_S), problems)
    for step in LIMITS_S:
        if node.get(step) is not None:
            number = _number(node, step, problems)
            if number is not None and not 0 < number <= _WEEK_S:
                problems.say(f"the time limit of `{step}` is out of range", place_of(node, step), f"write seconds, up to {_WEEK_S}")
            limits[step] = number or limits[step]
    return limits


def _environments(tree: Table, folder: Path, problems: Problems) -> tuple[Environment, ...]:
    node = tree.get("environments")
    if not isinstance(node, Table) or not node.pairs:
        problems.say(
            "`environments` is missing or empty", (node or tree).place, "write `environments:` and below it `subject: {role: subject, ...}`"
        )
        return ()
    found = []
    for name, entry in node.pairs:
        if not _NAME.fullmatch(name.text):
            problems.say(f"`{name.text}` is no name of an environment", name.place, "use letters, digits, `-`, `_` and `.`, at most 64")
        if isinstance(entry, Table):
            found.append(_environment(name, entry, folder, problems))
        else:
            problems.say(
                f"the environment `{name.text}` is a mapping", entry.place, "write `role:`, `deployment:`, `trigger:` and `probe:`"
            )
    roles = [one.role for one in found]
    if len(found) == len(node.pairs) and all(roles):
        if roles.count("subject") != 1:
            problems.say(
                f"{roles.count('subject')} environments have the role `subject`",
                node.place,
                "give it to the one with the issue, and only to it",
            )
        if roles.count("reference") > 1:
            problems.say(f"{roles.count('reference')} environments have the role `reference`", node.place, "give the others `role: other`")
    return tuple(found)


def _environment(name: Scalar, entry: Table, folder: Path, problems: Problems) -> Environment:
    known_keys(entry, _ENVIRONMENT, problems)
    role = _text(entry, "role", problems)
    if role and role not in ROLES:
        problems.say(f"`{role}` is not a role", place_of(entry, "role"), near(role, ROLES, f"one of {', '.join(ROLES)}"))
        role = ""
    host = _text(entry, "host", problems, optional=True)
    if host.startswith("-") or re.search(r"\s", host):
        problems.say(f"`{host}` is not a host", place_of(entry, "host"), "write `user@host` or a name of your SSH configuration")
    commands = tuple((step, _text(entry, step, problems, optional=step not in ("trigger", "probe"))) for step in LIMITS_S)
    variables = _pairs(entry, "variables", problems)
    for key, _ in variables:
        if not _VARIABLE.fullmatch(key):
            problems.say(f"`{key}` is not a name of a variable", place_of(entry, "variables"), "use letters, digits and `_`")
    return Environment(
        name.text,
        role,
        _deployment(entry, folder, problems),
        commands,
        host,
        _text(entry, "folder", problems, optional=True),
        _pairs(entry, "components", problems),
        variables,
    )


def _deployment(entry: Table, folder: Path, problems: Problems) -> Path:
    written = _text(entry, "deployment", problems)
    path = folder / written
    if not written:
        return path
    hint = "the path counts from the folder of the lab file"
    try:
        if path.is_file():
            path.open("rb").close()
        elif not path.is_dir():
            problems.say(f"there is no deployment `{written}`", place_of(entry, "deployment"), hint)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        problems.say(f"the deployment `{written}` cannot be read: {why}", place_of(entry, "deployment"), hint)
    return path


def _pairs(table: Table, key: str, problems: Problems) -> tuple[tuple[str, str], ...]:
    node = table.get(key)
    if node is None:
        return ()
    if not isinstance(node, Table) or not all(isinstance(value, Scalar) for _, value in node.pairs):
        problems.say(f"`{key}` is a mapping of words", node.place, f"write `{key}: {{NAME: value}}`")
        return ()
    return tuple((name.text, _sound(value, key, problems)) for name, value in node.pairs if isinstance(value, Scalar))


def _text(table: Table, key: str, problems: Problems, optional: bool = False) -> str:
    if optional and table.get(key) is None:
        return ""
    node = needed(table, key, problems, f"write `{key}: ...`, or leave it out" if optional else None)
    return _sound(node, key, problems).strip() if node is not None else ""


def _sound(node: Scalar, key: str, problems: Problems) -> str:
    """Return the text as a command or variable can carry it."""
    if "\0" in node.text or any("\ud800" <= character <= "\udfff" for character in node.text):
        problems.say(f"`{key}` holds a character that no command can carry", node.place, "remove the zero byte or broken character")
        return ""
    return node.text


def _number(table: Table, key: str, problems: Problems) -> float | None:
    text = _text(table, key, problems)
    if text and not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        problems.say(f"`{text}` is not a number", place_of(table, key), f"write `{key}` as 0.5 or 30")
        return None
    return float(text) if text else None


def _whole(table: Table, key: str, otherwise: int | None, least: int, problems: Problems) -> int | None:
    if table.get(key) is None:
        return otherwise
    text = _text(table, key, problems)
    if text and (not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) < least):
        problems.say(f"`{text}` is not a whole number from {least}", place_of(table, key), f"write `{key}: 20`")
        return otherwise
    return int(text) if text else otherwise
