"""The use case of changes to a deployment file: read it, rewrite it, show the difference, save it.

In: the path of a deployment file and changes. Out: its old and new text; the file itself is written by `save` alone. What one would get
wrong: somebody may edit the file while the difference is looked at, so it is compared with what was read before it is written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from supportable import app
from supportable.core.deciding import Slot
from supportable.core.deployment import Deployment
from supportable.core.facts import Fact, Unknown
from supportable.core.plan_steps import Way
from supportable.errors import DeploymentFileError, Place, Problem, SupportableError
from supportable.readers import deployment_file
from supportable.readers.reader import Evidence
from supportable.stores import rewriting
from supportable.stores.rewriting import Change


class Rewriting(NamedTuple):
    """A deployment file as it was read and as it is to be."""

    path: Path
    old: str
    new: str

    def difference(self, colour: bool = False) -> str:
        """Return a unified diff, empty where nothing changes."""
        return rewriting.difference(self.old, self.new, self.path.name, colour)


def rewrite(path: Path, changes: Sequence[Change]) -> Rewriting:
    """Return the file with the changes, written nowhere; raise `DeploymentFileError` with all problems of a file that is not right."""
    text = _text(path)
    _check(path.name, text)
    new = rewriting.rewritten(text, path.name, changes)
    _check(path.name, new)
    return Rewriting(path, text, new)


def changes_of(way: Way) -> list[Change]:
    """Return what a plan changes, as changes of a file: not what it only counts on, for nobody has seen that yet."""
    done = [step for step in way.steps if step.kind != "look"]
    return [Change(step.field, item, step.values[0]) for step in done for item in (step.items or (None,))]


def to_be_looked_at(way: Way, deployment: Deployment) -> list[str]:
    """Return, a line each, the facts that the work of a plan sets anew without a value: what the file says of them may be over."""
    found: dict[str, list[str]] = {}
    before = _facts_of(deployment)
    for (field, item), fact in _facts_of(way.after).items():
        if isinstance(fact, Unknown) and not isinstance(before.get((field, item), fact), Unknown):
            found.setdefault(field, []).extend([item] if item is not None else [])
    return [
        f"look at {field}{' of ' + ', '.join(items) if items else ''} afterwards: the work sets it anew" for field, items in found.items()
    ]


def _facts_of(deployment: Deployment) -> dict[Slot, Fact]:
    items = (one for listing in deployment.listings.values() for one in listing.items)
    whole: dict[Slot, Fact] = {(field, None): fact for field, fact in deployment.facts.items()}
    return whole | {(field, one.name): fact for one in items for field, fact in one.facts.items()}


def save(made: Rewriting) -> None:
    """Write the new text whole or not at all, with the file's mode; behind a link, into the file that it leads to."""
    if made.new == made.old:
        return
    # The file is named as the user named it, but for a link, which would be lost.
    target = made.path.resolve() if made.path.is_symlink() else made.path
    if _text(made.path) != made.old:
        raise SupportableError(f"`{made.path}` was changed since it was read", None, "nothing was written; look at it and start again")
    if not os.access(target, os.W_OK):
        raise SupportableError(f"`{made.path}` is write-protected", None, "nothing was written; allow writing, or name a copy")
    app.save_text(target, made.new, target.stat())


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise SupportableError(f"`{path}` is not a file", None, "name a deployment file")
        return path.read_bytes().decode()
    except OSError as error:
        raise SupportableError(
            f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}", None, "name a deployment file"
        ) from None
    except UnicodeDecodeError as error:
        raise DeploymentFileError(
            [Problem(f"not UTF-8 text at byte {error.start}", Place(path.name), "save the file as UTF-8 text")]
        ) from None


def _check(file: str, text: str) -> None:
    evidence = Evidence(file, text.encode())
    if not deployment_file.recognises(evidence):
        raise DeploymentFileError([Problem("not a deployment file", Place(file), "start with `deployment: NAME`")])
    deployment_file.read(evidence)
