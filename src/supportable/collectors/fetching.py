"""Items of a table -> what this machine answers: bytes without secrets, or why there are none.

In: items, where commands are found, how long each may take. Out: `Fetched` for every item. Nothing is written; a command gets no input,
runs in the root folder with a plain environment, and is ended with its children at its time limit (`processes.py`).
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from supportable.collectors.linux import Copy, Item, Run
from supportable.collectors.redacting import redact
from supportable.core.collected import Gathered
from supportable.processes import guarded, run_process

BYTES_MAX = 16 * 1024 * 1024
"""The most that is taken of one output or file."""

FILES_MAX = 64
"""The most files that one pattern brings."""

_SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
# Folders of products that a search path often lacks; in a folder that is not there, nothing is found.
_PRODUCT_PATH = ("/opt/VRTSvcs/bin", "/opt/VRTS/bin", "/opt/LifeKeeper/bin", "/usr/local/cmcluster/bin", "/opt/cmcluster/bin")


class Fetched(NamedTuple):
    """One entry of the manifest, its bytes as they go into the bundle (`None` unless collected), and whether it shows a cluster."""

    entry: Gathered
    data: bytes | None = None
    cluster: bool = False


class Around(NamedTuple):
    """What a collection runs in: the root of files, the variables of commands, and the longest time for one command."""

    root: Path
    variables: Mapping[str, str]
    limit_s: float | None = None


def around(environment: Mapping[str, str], limit_s: float | None = None, root: Path = Path("/")) -> Around:
    """Return what commands run in: system folders before the user's own, plain language, wide lines, no settings of the user's."""
    path = os.pathsep.join(dict.fromkeys((*_SYSTEM_PATH, *_PRODUCT_PATH, *environment.get("PATH", "").split(os.pathsep))))
    kept = {name: environment[name] for name in ("HOME", "TMPDIR") if name in environment}
    return Around(root, {**kept, "PATH": path, "LC_ALL": "C", "COLUMNS": "400"}, limit_s)


def fetch(items: Sequence[Item], where: Around, is_given_up: Callable[[], bool], told: Callable[[str], None]) -> Iterator[Fetched]:
    """Yield what each item brings, in order; `told` hears what is being asked before it is."""
    for item in items:
        if is_given_up():
            return
        tried: list[Fetched] = []
        for way in item.ways:
            # What hangs for one form of a question hangs for the next.
            if isinstance(way, Run) and any(one.entry.outcome == "timed-out" for one in tried):
                continue
            told(way.how)
            found = [_run(way, item, where, is_given_up)] if isinstance(way, Run) else list(_copies(way, item, where))
            tried += found
            if all(one.data is not None for one in found):
                break
        yield from _worth_telling(tried)


def _worth_telling(tried: Sequence[Fetched]) -> list[Fetched]:
    """Return what was fetched, with the command that a file was taken instead of; else the last that failed, or one line for none."""
    here = [one for one in tried if one.entry.outcome != "not-here"]
    kept = [one for one in here if one.data is not None]
    if not kept:
        hows = " or ".join(dict.fromkeys(one.entry.how for one in tried))
        # The older form of a command tells in plain words what is wrong with both.
        return here[-1:] or [one._replace(entry=one.entry._replace(how=hows)) for one in tried[:1]]
    if kept[0].entry.name.startswith("files/"):
        instead = f"; `{kept[0].entry.how}` was taken instead"
        for one in here:
            if one.data is None:
                kept.append(one._replace(entry=one.entry._replace(reason=one.entry.reason + instead)))
    return kept


def _run(way: Run, item: Item, where: Around, is_given_up: Callable[[], bool]) -> Fetched:
    program = way.command[0]
    entry = Gathered(way.name, way.how, "not-here")
    if shutil.which(program, path=where.variables["PATH"]) is None:
        return Fetched(entry._replace(how=f"`{program}`", reason=f"there is no command `{program}`"))
    limit_s = min(item.limit_s, where.limit_s or item.limit_s)
    stdout, stderr = _Output(BYTES_MAX), _Output(64 * 1024)
    ran = run_process(guarded(shlex.join(way.command)), where.root, where.variables, (stdout, stderr), limit_s, is_given_up)
    entry = entry._replace(exit_code=ran.exit_code, seconds=ran.seconds)
    if ran.timed_out:
        return Fetched(entry._replace(outcome="timed-out", reason=f"`{way.how}` {ran.why}"))
    if ran.exit_code not in way.answers:
        return Fetched(entry._replace(outcome=_outcome(stderr.text), reason=_why(way.how, ran.exit_code, ran.why, stderr.text)))
    if stdout.is_too_large:
        return Fetched(entry._replace(outcome="too-large", reason=f"`{way.how}` wrote more than {BYTES_MAX >> 20} MiB"))
    if not stdout.kept.strip():
        return Fetched(entry._replace(outcome="failed", reason=f"`{way.how}` wrote nothing{_said(stderr.text)}"))
    return _kept(entry, bytes(stdout.kept), item)


def _outcome(words: str) -> str:
    return "not-permitted" if "permission denied" in words.lower() or "insufficient privileges" in words.lower() else "failed"


def _why(how: str, code: int | None, why: str, words: str) -> str:
    return f"`{how}` {why or f'ended with exit code {code}'}{_said(words)}"


def _said(words: str) -> str:
    """Return the first line that a command wrote about its trouble, as the end of a reason."""
    line = next((one.strip() for one in words.splitlines() if one.strip()), "")
    shown = "".join(char if char.isprintable() else "?" for char in line[:200])
    return f": {shown}" if shown else ""


def _kept(entry: Gathered, data: bytes, item: Item) -> Fetched:
    clean, count = redact(data)
    digest = hashlib.sha256(clean).hexdigest()
    return Fetched(entry._replace(outcome="collected", size=len(clean), sha256=digest, redacted=count), clean, item.cluster)


def _copies(way: Copy, item: Item, where: Around) -> Iterator[Fetched]:
    path = where.root / way.path.removeprefix("/")
    if "*" not in path.name:
        yield _copy(way, path, item)
        return
    try:
        found = sorted(path.parent.glob(path.name))
    except OSError:
        found = []
    if not found:
        yield Fetched(Gathered(way.name, way.how, "not-here", f"there is no `{way.path}`"))
    for one in found[:FILES_MAX]:
        yield _copy(Copy(f"{way.path.rpartition('/')[0]}/{one.name}"), one, item)
    if len(found) > FILES_MAX:
        yield Fetched(Gathered(way.name, way.how, "too-large", f"only the first {FILES_MAX} of {len(found)} files were taken"))


def _copy(way: Copy, path: Path, item: Item) -> Fetched:
    entry = Gathered(way.name, way.how, "not-here")
    started = time.monotonic()
    try:
        # A pipe without a writer would block for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Fetched(entry._replace(outcome="failed", reason=f"`{way.path}` is not a plain file"))
            data = file.read(BYTES_MAX + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Fetched(entry._replace(reason=f"there is no `{way.path}`"))
    except PermissionError:
        return Fetched(entry._replace(outcome="not-permitted", reason=f"`{way.path}` cannot be read: permission denied"))
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        return Fetched(entry._replace(outcome="failed", reason=f"`{way.path}` cannot be read: {why}"))
    entry = entry._replace(seconds=round(time.monotonic() - started, 3))
    if len(data) > BYTES_MAX:
        return Fetched(entry._replace(outcome="too-large", reason=f"`{way.path}` is larger than {BYTES_MAX >> 20} MiB"))
    if not data.strip():
        return Fetched(entry._replace(outcome="failed", reason=f"`{way.path}` is empty"))
    return _kept(entry, data, item)


class _Output:
    """What a command writes, as long as it is not too much."""

    def __init__(self, most: int) -> None:
        self.kept = bytearray()
        self.is_too_large = False
        self._most = most

    def add(self, piece: bytes) -> None:
        room = self._most - len(self.kept)
        self.kept += piece[:room]
        self.is_too_large = self.is_too_large or len(piece) > room

    @property
    def text(self) -> str:
        """What is kept, as text without secrets."""
        return redact(bytes(self.kept))[0].decode("utf-8", "replace")
