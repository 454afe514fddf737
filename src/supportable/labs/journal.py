"""The output folder of a run: a journal of JSON lines, and the outputs of its commands with a SHA-256 each.

In: what a run did, a line at a time, each on the disk before the next step. Out: where a run that was ended at any moment goes on.
A line is whole or it is not there: one torn at the end by a crash is dropped; anything else that cannot be read is told, never skipped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from supportable.core.trials import Trial, TrialEvidence
from supportable.errors import Place, TrialsError
from supportable.labs.lab_file import Lab

JOURNAL = "journal.jsonl"
FORMAT = 1
_KINDS = ("began", "trial", "interrupted", "up", "down", "step")


class Kept(NamedTuple):
    """What a journal holds. `open_trials` began and never ended; `up` are environments that were started once and not stopped."""

    lab: str
    sha256: str
    seed: int
    started: str
    trials: tuple[tuple[int, Trial], ...]
    open_trials: tuple[tuple[int, str], ...]
    up: tuple[str, ...]
    lines: int


class Journal:
    """The journal of a run, open for one writer."""

    def __init__(self, folder: Path, stream: IO[bytes], kept: Kept) -> None:
        self.folder = folder
        self.kept = kept
        self._stream = stream
        self._lines = kept.lines

    @property
    def lines(self) -> int:
        """How many lines the journal has: a number that no earlier part of the run has used."""
        return self._lines

    def write(self, kind: str, **body: object) -> None:
        """Append one line; when this returns, the line survives a crash."""
        line = json.dumps({"kind": kind, **body}, ensure_ascii=False).encode() + b"\n"
        with _told(self.folder / JOURNAL):
            handle = self._stream.fileno()
            end = os.fstat(handle).st_size
            try:
                while line:
                    line = line[os.write(handle, line) :]
                os.fsync(handle)
            except OSError:
                # Half a line, on a full disk, would spoil the next one.
                os.ftruncate(handle, end)
                raise
        self._lines += 1

    def keep(self, name: str, text: str) -> TrialEvidence:
        """Write one file of evidence; `name` is relative to the output folder."""
        path = self.folder / name
        data = text.encode("utf-8", "replace")
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            for folder in (path.parent, path.parent.parent):
                _sync_folder(folder)
        return TrialEvidence(name, hashlib.sha256(data).hexdigest())


def read_trials(folder: Path) -> tuple[Trial, ...]:
    """Return the finished trials of an output folder in the order in which they were performed."""
    path = folder / JOURNAL
    with _told(path, "read"):
        data = path.read_bytes()
    return tuple(trial for _, trial in _kept(data[: data.rfind(b"\n") + 1], path).trials)


def changed_evidence(folder: Path, trials: tuple[Trial, ...]) -> tuple[str, ...]:
    """Return the kept files that are missing or no longer what they were, by their names."""
    changed = []
    for one in (one for trial in trials for one in trial.evidence):
        try:
            same = hashlib.sha256((folder / one.file).read_bytes()).hexdigest() == one.sha256
        except OSError:
            same = False
        if not same:
            changed.append(one.file)
    return tuple(changed)


@contextmanager
def open_journal(lab: Lab, folder: Path, started: str) -> Iterator[Journal]:
    """Open the journal of this lab in `folder`, new or to go on with; refuse one of another lab or another state of the lab file."""
    path = folder / JOURNAL
    with _told(path):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists() and any(folder.iterdir()):
            raise TrialsError("the output folder is not empty and holds no journal", Place(str(folder)), "name a new folder")
        stream = path.open("a+b", buffering=0)
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TrialsError("another run is writing here", Place(str(path)), "wait for it to end, or name another folder") from None
        with _told(path):
            stream.seek(0)
            data = stream.read()
            whole = data[: data.rfind(b"\n") + 1]
            if len(whole) < len(data):
                stream.truncate(len(whole))
                os.fsync(stream.fileno())
        if whole:
            yield Journal(folder, stream, _matching(_kept(whole, path), lab, path))
            return
        if lab.seed is None:
            raise TrialsError("a new run needs a seed", Place(lab.file), "write `seed: 1` into the lab file")
        journal = Journal(folder, stream, Kept(lab.name, lab.sha256, lab.seed, started, (), (), (), 0))
        journal.write("lab", format=FORMAT, lab=lab.name, sha256=lab.sha256, seed=lab.seed, started=started)
        _sync_folder(folder)
        yield journal


def _matching(kept: Kept, lab: Lab, path: Path) -> Kept:
    if kept.sha256 != lab.sha256:
        message = f"`{lab.file}` is not the lab file that these trials began with on {kept.started}"
        raise TrialsError(message, Place(str(path), 1), "put that lab file back to go on, or begin anew in another folder")
    named = {name for _, name in kept.open_trials} | set(kept.up) | {trial.environment for _, trial in kept.trials}
    for stray in sorted(named - {one.name for one in lab.environments}):
        raise TrialsError(f"the lab file has no environment `{stray}`", Place(str(path)), "restore the journal, or begin anew")
    return kept


def _kept(data: bytes, path: Path) -> Kept:
    """Read the whole lines of a journal."""
    head: Mapping[str, object] | None = None
    trials: dict[int, Trial] = {}
    opened: dict[int, str] = {}
    up: dict[str, None] = {}
    lines = data.splitlines()
    for number, line in enumerate(lines, 1):
        try:
            body = json.loads(line)
            if head is None:
                head = _head(body)
                continue
            match _known(body):
                case "began":
                    opened[int(body["number"])] = str(body["environment"])
                case "interrupted":
                    opened.pop(int(body["number"]), None)
                case "trial":
                    trial_number = int(body["number"])
                    if trial_number in trials:
                        raise ValueError(f"trial {trial_number} stands in it twice")
                    trials[trial_number] = Trial.from_body(body)
                    opened.pop(trial_number, None)
                case "up":
                    up[str(body["environment"])] = None
                case "down":
                    up.pop(str(body["environment"]), None)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error).splitlines()[0]
            hint = "somebody changed this file; restore it, or begin anew in another folder"
            raise TrialsError(f"the journal cannot be read here: {what}", Place(str(path), number), hint) from None
    if head is None:
        raise TrialsError("the journal is empty", Place(str(path)), "begin anew in another folder")
    return Kept(
        str(head["lab"]),
        str(head["sha256"]),
        int(str(head["seed"])),
        str(head["started"]),
        tuple(trials.items()),
        tuple(opened.items()),
        tuple(up),
        len(lines),
    )


def _head(body: object) -> Mapping[str, object]:
    if not isinstance(body, dict) or body.get("kind") != "lab":
        raise ValueError("it does not begin with a line about the lab")
    if body.get("format") != FORMAT:
        raise ValueError(f"it has format `{body.get('format')}`, this program reads {FORMAT}")
    for key in ("lab", "sha256", "seed", "started"):
        if not isinstance(body[key], int if key == "seed" else str):
            raise ValueError(f"`{key}` is not what it should be")
    return body


def _known(body: object) -> str:
    kind = body.get("kind") if isinstance(body, dict) else None
    if kind not in _KINDS:
        raise ValueError(f"unknown kind of line `{kind}`")
    return str(kind)


@contextmanager
def _told(path: Path, what: str = "kept") -> Iterator[None]:
    """Turn an error of the file system into one sentence."""
    try:
        yield
    except OSError as error:
        hint = (
            "what was kept before is whole; make room or rights, and run it again to go on"
            if what == "kept"
            else "name the output folder of a run"
        )
        raise TrialsError(f"it cannot be {what}: {error.strerror or error}", Place(str(path)), hint) from None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
