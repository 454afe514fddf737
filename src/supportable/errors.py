"""The exceptions of `supportable`: each says what could not be done, where, and what to do.

    SupportableError              message, place, hint
    ├── UsageError                wrong use of a command or an unknown name (exit code 2)
    ├── EvidenceError             one file of evidence cannot be used
    │   └── UnreadableEvidence    its reader gave up; carries the line where it is known
    ├── WrittenEvidenceError      a file that a person wrote beside the evidence has problems; carries all of them
    │   ├── DeploymentFileError   a deployment file
    │   └── WaiverFileError       a file of waivers
    ├── PackError                 a pack has problems; carries all of them
    ├── LifeCycleError            a file with life cycles has problems; carries all of them
    ├── CatalogueError            a catalogue or its mapping has problems; carries all of them
    ├── CostFileError             a model of changes has problems; carries all of them
    ├── LabError                  a lab file has problems; carries all of them
    ├── TrialsError               trials cannot be performed, kept or resumed
    ├── EventError                a value cannot be an event, or a text is not one
    ├── StoreError                a store of cases cannot be used; what it had acknowledged is still there
    │   ├── CaseConflict          another writer was first; nothing of this append was kept
    │   └── UnknownCase           the store has no case of that name
    ├── MappingError              a mapping of an inventory, or a table of names, has problems; carries all of them
    ├── InventoryError            an inventory cannot be read, or not through this mapping
    ├── OutputError               the rows of a fleet cannot be written; what was there before is as it was
    ├── CaseFileError             an exported case has problems; carries all of them
    ├── CaseError                 a case cannot record what it was given
    └── EngineError               an engine cannot judge a fleet; nothing of the result was kept

An outcome of the domain (unsupported, undecided) is a value, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """Where something stands: a file as the user may know it, a line and a column counted from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in self if part is not None)


class Problem(NamedTuple):
    """One thing that is wrong: one sentence, where it stands, and what to do about it."""

    message: str
    place: Place | None = None
    hint: str | None = None

    def __str__(self) -> str:
        head = f"{self.place}: {self.message}" if self.place else self.message
        return f"{head}\nhint: {self.hint}" if self.hint else head


class SupportableError(Exception):
    """Base of everything raised on purpose; `str()` is what the user reads."""

    def __init__(self, message: str, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(message, place, hint),)

    @property
    def message(self) -> str:
        return self.problems[0].message

    @property
    def place(self) -> Place | None:
        return self.problems[0].place

    @property
    def hint(self) -> str | None:
        return self.problems[0].hint

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UsageError(SupportableError):
    """The command was given something it cannot use."""


class EvidenceError(SupportableError):
    """One file of evidence cannot be used; the rest goes on."""


class UnreadableEvidence(EvidenceError):
    """The reader that knows this format could not read the file."""


class _ManyProblems(SupportableError):
    def __init__(self, problems: Iterable[Problem]) -> None:
        found = tuple(problems)
        super().__init__(found[0].message, found[0].place, found[0].hint)
        self.problems = found


class WrittenEvidenceError(_ManyProblems):
    """A file that a person wrote beside the evidence has problems, and that person can mend them; `problems` holds all of them."""


class DeploymentFileError(WrittenEvidenceError):
    """A deployment file has problems; `problems` holds all of them."""


class WaiverFileError(WrittenEvidenceError):
    """A file of waivers has problems; `problems` holds all of them."""


class PackError(_ManyProblems):
    """A pack has problems; `problems` holds all of them."""


class LifeCycleError(_ManyProblems):
    """A file with life cycles has problems, and nothing of it was imported; `problems` holds all of them."""


class CatalogueError(_ManyProblems):
    """A catalogue or its mapping has problems, and nothing of it was imported; `problems` holds all of them."""


class CostFileError(_ManyProblems):
    """A model of changes and their prices has problems, and no plan was made; `problems` holds all of them."""


class LabError(_ManyProblems):
    """A lab file has problems; `problems` holds all of them."""


class TrialsError(SupportableError):
    """Trials cannot be performed, kept or resumed; what is in the journal stays."""


class EventError(SupportableError):
    """A value cannot be an event of a case, or a text is not one."""


class StoreError(SupportableError):
    """A store of cases cannot be used; what it had acknowledged is still there."""


class CaseConflict(StoreError):
    """Another writer was first: nothing of this append was kept."""


class UnknownCase(StoreError):
    """The store has no case of that name."""


class MappingError(_ManyProblems):
    """A mapping of an inventory, or a table of names, has problems; `problems` holds all of them."""


class InventoryError(SupportableError):
    """An inventory cannot be read, or not through this mapping; nothing was written."""


class OutputError(SupportableError):
    """The rows of a fleet cannot be written; nothing was written, and what was there before is as it was."""


class CaseFileError(_ManyProblems):
    """An exported case has problems, and nothing of it was kept; `problems` holds all of them."""


class CaseError(SupportableError):
    """A case cannot record what it was given; nothing was recorded."""


class EngineError(SupportableError):
    """An engine cannot judge a fleet; nothing of the result was kept."""


def unknown_word(text: str, known: Iterable[str], what: str) -> UsageError:
    """Return the error for a word that is not one of the known ones, with the nearest.

    >>> print(unknown_word("fulll", ("full", "limited"), "level"))
    `fulll` is not a level
    hint: did you mean `full`? one of full, limited
    """
    words = list(known)
    near, listed = nearest(text, words), f"one of {', '.join(words)}"
    article = "an" if what[:1] in "aeiou" else "a"
    return UsageError(f"`{text}` is not {article} {what}", None, f"did you mean `{near}`? {listed}" if near else listed)


def nearest(text: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like `text`, `None` when none is near.

    >>> nearest("fencing_enable", ["fencing_enabled", "name"])
    'fencing_enabled'
    """
    # Imported here because only a mistake needs it, and the command must start fast.
    from difflib import get_close_matches

    return next(iter(get_close_matches(text, list(candidates), 1, 0.6)), None)
