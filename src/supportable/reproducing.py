"""The use cases of a reproduction: perform the trials of a lab, record them in a case, decide, and say which component to try next.

In: a lab file and a folder, or a case with its store. Out: what the trials of each environment decide, and the step of the attribution.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from supportable import app, casework
from supportable.casework import CaseFile
from supportable.core.attribution import Attributed, Configuration, Difference, attribute, differences
from supportable.core.case import Record, Try
from supportable.core.deployment import Deployment
from supportable.core.facts import Known
from supportable.core.fields import FIELDS
from supportable.core.ledger import Environment
from supportable.core.reproduction import UNDECIDED, Decision, Goal, check_goal, decide
from supportable.core.snapshot import deployment_from
from supportable.core.trials import Trial
from supportable.errors import CaseError
from supportable.labs.lab_file import Lab, read_lab
from supportable.labs.performing import Progress, perform
from supportable.stores.cases import CaseStore

__all__ = ["Progress"]

Progressing = Callable[[Progress], None]


class Run(NamedTuple):
    """What the trials of a lab came to; `recorded` is how many were new to the case they were recorded in."""

    lab: Lab
    environments: tuple[tuple[Environment, Decision], ...]
    recorded: int


def run_lab(path: Path, folder: Path, on_progress: Progressing, now: Callable[[], str], seed: int, cache: Path | None, today: str) -> Run:
    """Perform the trials of a lab that are missing in `folder`, and decide by all of them.

    `seed` gives the order of the trials where the lab file names none and the folder holds none of an earlier run.
    """
    lab = _seeded(read_lab(path), seed)
    trials = perform(lab, folder, _until_decided(lab.goal), on_progress, now)
    environments = []
    for one in lab.environments:
        judgement = app.check([one.deployment], as_of=today, known=today, cache=cache)
        levels = [verdict.level for verdict in judgement.verdicts if verdict.applies]
        known = [level for level in levels if level is not None]
        level = min(known).word if levels and len(known) == len(levels) else ""
        environments.append(Environment(one.name, one.role, judgement.deployment.name, "", level))
    return _run(lab, tuple(environments), trials, 0)


def run_lab_for_case(
    path: Path,
    folder: Path,
    store: CaseStore,
    name: str,
    by: str,
    on_progress: Progressing,
    now: Callable[[], str],
    seed: int,
    cache: Path | None,
) -> tuple[Run, CaseFile]:
    """Perform the trials of a lab that are missing in `folder`, and record in a case those that it does not hold yet."""
    lab = _seeded(read_lab(path), seed)
    case = casework.load_case(store, name, cache)
    goal, was = lab.goal, case.ledger.goal
    if goal != was and any(event.kind == "tried" for event in case.log):
        then = ", ".join(f"{part}: {getattr(was, part):g}" for part in Goal._fields)
        message = f"the goal of `{lab.name}` is not the one that the trials of case `{name}` were begun with"
        raise CaseError(message, None, f"write `goal: {{{then}}}` into the lab file")
    if goal != was:
        details = {part: getattr(goal, part) for part in Goal._fields}
        case = casework.add(store, case, Record("goal", by, now(), details), now())
    judged = {one.name: casework.judge_environment(case, store, [one.deployment], one.name, one.role, cache) for one in lab.environments}
    trials = perform(lab, folder, _until_decided(goal), on_progress, now)
    held = {(one.environment, one.when, one.outcome) for one in case.ledger.attempts}
    new = [one for one in trials if (one.environment, one.at, one.outcome) not in held]
    commands = [_command(one, judged[one.environment][0], by) for one in new]
    contents = {digest: data for _, kept in judged.values() for digest, data in kept.items()}
    if commands:
        case = casework.add_all(store, case, commands, now(), contents)
    return _run(lab, tuple(environment for environment, _ in judged.values()), trials, len(commands)), case


def _command(trial: Trial, environment: Environment, by: str) -> Try:
    evidence = tuple((one.file, one.sha256) for one in trial.evidence)
    return Try(environment, trial.outcome, by, trial.at, 1, trial.reason, evidence, trial.components)


def _seeded(lab: Lab, seed: int) -> Lab:
    check_goal(lab.goal)
    return lab if lab.seed is not None else lab._replace(seed=seed)


def _until_decided(goal: Goal) -> Callable[[str, tuple[str, ...]], bool]:
    return lambda _environment, outcomes: decide(outcomes, goal).outcome != UNDECIDED


def _run(lab: Lab, environments: tuple[Environment, ...], trials: Sequence[Trial], recorded: int) -> Run:
    decided = tuple((one, decide((trial.outcome for trial in trials if trial.environment == one.name), lab.goal)) for one in environments)
    return Run(lab, decided, recorded)


class Attribution(NamedTuple):
    """In what the subject and the reference differ, and what the trials of all environments say of it."""

    differences: tuple[Difference, ...]
    step: Attributed


def attribute_case(store: CaseStore, case: CaseFile) -> Attribution:
    """Return which components the trials of a case put the issue down to, or which to try next."""
    parts = {name: _components(store, case, environment) for name, environment in case.ledger.environments.items()}
    subject, reference = (_only(case, role) for role in ("subject", "reference"))
    shared = parts[subject].keys() & parts[reference].keys()
    found = differences(
        {name: value for name, value in parts[subject].items() if name in shared},
        {name: value for name, value in parts[reference].items() if name in shared},
    )
    trials = [
        (configuration, one.outcome)
        for one in case.ledger.attempts
        if (configuration := _configuration(found, parts[one.environment])) is not None
        for _ in range(one.trials)
    ]
    return Attribution(found, attribute(found, trials, case.ledger.goal))


def _only(case: CaseFile, role: str) -> str:
    names = [name for name, environment in case.ledger.environments.items() if environment.role == role]
    if len(names) != 1:
        many = f"{len(names)} environments are" if names else "no environment is"
        raise CaseError(
            f"{many} the {role} in the trials of case `{case.id}`",
            None,
            "attribution compares one subject with one reference: record trials of both, and mixed environments with the role `other`",
        )
    return names[0]


def _components(store: CaseStore, case: CaseFile, environment: Environment) -> Mapping[str, str]:
    """Return what an environment is made of: as its trials name it, else by the facts of its deployment."""
    named = next((dict(one.components) for one in case.ledger.attempts if one.environment == environment.name and one.components), None)
    if named is not None:
        return named
    return components_of(deployment_from(json.loads(store.content(environment.digest))))


def components_of(deployment: Deployment) -> dict[str, str]:
    """Return the known values of a deployment by field, as texts; a field of nodes only where all nodes have one value. No free texts."""
    found = {name: str(fact.value) for name, fact in deployment.facts.items() if isinstance(fact, Known) and FIELDS[name].kind != "text"}
    items = deployment.listing("nodes").items
    for name in {name for item in items for name in item.facts if FIELDS[name].kind != "text"}:
        values = {fact.value for item in items for fact in [item.fact(name)] if isinstance(fact, Known)}
        if len(values) == 1 and all(isinstance(item.fact(name), Known) for item in items):
            found[name] = str(values.pop())
    return found


def _configuration(found: Sequence[Difference], parts: Mapping[str, str]) -> Configuration | None:
    """Return which components are as in the subject; `None` for an environment that is neither in one of them."""
    if any(parts.get(one.component) not in (one.subject, one.reference) for one in found):
        return None
    return frozenset(one.component for one in found if parts[one.component] == one.subject)
