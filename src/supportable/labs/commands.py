"""A command line -> how it ended and what it wrote: here or over SSH, within a time limit, with its process group.

In: a command line, where it runs, a limit, a question whether to give up. Out: `Ended`. A command never outlives the runner
(`processes.py`). What a command that ended by itself leaves in the background is meant to stay (a service, a cluster), until
`tear_down` ends it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from supportable.core.deployment import redacted
from supportable.processes import GUARD, guarded, run_process

OUTPUT_MAX = 1_000_000
"""Bytes kept of each output of a command: its beginning and its end."""

# Secrets are recognised by the words before them, so this much more than is kept is looked at.
_MARGIN = 4096


class Where(NamedTuple):
    """Where a command runs: below `folder` here, or on `host` in `remote_folder` (the login folder when empty)."""

    folder: Path
    host: str = ""
    remote_folder: str = ""
    variables: tuple[tuple[str, str], ...] = ()


class Ended(NamedTuple):
    """How a command ended: `exit_code` when it ended by itself, otherwise `None` and `why`; outputs are already redacted."""

    exit_code: int | None
    why: str
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """Say how it ended, as the end of a sentence about the step."""
        if self.exit_code is None:
            return self.why
        by_signal = f" (signal {self.exit_code - 128})" if 128 < self.exit_code <= 192 else ""
        return f"ended with exit code {self.exit_code}{by_signal}"


def run_command(line: str, where: Where, limit_s: float, is_given_up: Callable[[], bool]) -> Ended:
    """Run one command line to its end, its time limit, or until `is_given_up`; the last two end its process group."""
    environment = {**os.environ, **dict(where.variables)} if not where.host else dict(os.environ)
    outputs = _Output(), _Output()
    ran = run_process(_arguments(line, where), where.folder, environment, outputs, limit_s, is_given_up)
    secrets = [value for name, value in where.variables if _is_secret(name)]
    why = ran.why
    if where.host and ran.exit_code == 255:
        why = f"could not be reached: `ssh {where.host}` ended with exit code 255"
    return Ended(None if why else ran.exit_code, why, outputs[0].text(secrets), outputs[1].text(secrets), ran.seconds)


def _arguments(line: str, where: Where) -> list[str]:
    if not where.host:
        return guarded(line)
    head = f"cd {shlex.quote(where.remote_folder)} || exit 125\n" if where.remote_folder else ""
    head += "".join(f"export {name}={shlex.quote(value)}\n" for name, value in where.variables)
    return ["ssh", "-o", "BatchMode=yes", "--", where.host, f"/bin/sh -c {shlex.quote(GUARD)} sh {shlex.quote(head + line)}"]


def _is_secret(name: str) -> bool:
    return redacted(f"{name}=x") != f"{name}=x"


class _Output:
    """The beginning and the end of an output of any length, in bounded memory."""

    def __init__(self) -> None:
        self.head = bytearray()
        self.tail = bytearray()
        self.length = 0

    def add(self, piece: bytes) -> None:
        self.length += len(piece)
        room = OUTPUT_MAX // 2 - len(self.head)
        self.head += piece[:room]
        self.tail += piece[room:] if room > 0 else piece
        if len(self.tail) > 2 * (OUTPUT_MAX + _MARGIN):
            del self.tail[: -(OUTPUT_MAX // 2 + _MARGIN)]

    def text(self, secrets: list[str]) -> str:
        """Return what is kept: without secrets, and with a line that says how much was left out."""
        if len(self.head) + len(self.tail) == self.length and self.length <= OUTPUT_MAX:
            return _without(bytes(self.head + self.tail), secrets)
        # A cut may divide a secret from the word it is known by: the word before the cut, and the one after it, go.
        head = _without(bytes(self.head), secrets)
        head = head.rstrip() if head[-1:].isspace() else head[: len(head) - len(head.split()[-1])].rstrip() if head else ""
        tail = _without(bytes(self.tail[-(OUTPUT_MAX // 2 + _MARGIN) :]), secrets)
        tail = tail[max(len(tail) - OUTPUT_MAX // 2, _MARGIN // 4) :]
        tail = tail.partition("\n")[2] if "\n" in tail else tail.partition(" ")[2]
        kept = len(head.encode()) + len(tail.encode())
        return f"{head}\n[about {self.length - kept} of {self.length} bytes left out here]\n{tail}"


def _without(data: bytes, secrets: list[str]) -> str:
    text = data.decode("utf-8", "replace")
    for secret in sorted(secrets, key=len, reverse=True):
        # Shorter values are no secrets, and would be found everywhere.
        if len(secret) >= 4:
            text = text.replace(secret, "[secret]")
    return redacted(text)


def shown_command(line: str, where: Where) -> str:
    """Return the command line as evidence names it: without secrets, and with the host it ran on."""
    shown = _without(line.encode(), [value for name, value in where.variables if _is_secret(name)])
    return f"ssh {where.host}: {shown}" if where.host else shown
