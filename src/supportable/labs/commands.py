"""A command line -> how it ended and what it wrote: here or over SSH, within a time limit, with its process group.

In: a command line, where it runs, a limit, a question whether to give up. Out: `Ended`. A command never outlives the runner:
it runs below a guard that kills the process group when its standard input closes, and that closes however the runner ends. What
a command that ended by itself leaves in the background is meant to stay (a service, a cluster), until `tear_down` ends it.
"""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from supportable.core.deployment import redacted

OUTPUT_MAX = 1_000_000
"""Bytes kept of each output of a command: its beginning and its end."""

# Secrets are recognised by the words before them, so this much more than is kept is looked at.
_MARGIN = 4096
_PIECE, _PIPE_MAX = 65_536, 1_048_576
_WAIT_S = 0.05
# The command gets no input. `cat` waits for the end of the guard's own input, which nobody writes to: it comes when the
# runner is gone, or when sshd saw the connection close. Both start the guard as the leader of a process group of its own.
_GUARD = (
    "exec 3<&0 </dev/null; { cat <&3 >/dev/null; kill -KILL 0; } >/dev/null 2>&1 & watcher=$!; exec 3<&-; "
    '/bin/sh -c "$1"; code=$?; kill -KILL $watcher 2>/dev/null; exit $code'
)


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
    started = time.monotonic()
    environment = {**os.environ, **dict(where.variables)} if not where.host else dict(os.environ)
    try:
        process = subprocess.Popen(
            _arguments(line, where),
            cwd=where.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return Ended(None, f"could not be started: {getattr(error, 'strerror', None) or error}")
    outputs = _Output(), _Output()
    try:
        why = _attend(process, outputs, started + limit_s, is_given_up, limit_s)
    except BaseException:
        _end(process)
        raise
    finally:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    secrets = [value for name, value in where.variables if _is_secret(name)]
    code = process.returncode
    if not why and code < 0:
        why = f"was ended by signal {-code}"
    if not why and where.host and code == 255:
        why = f"could not be reached: `ssh {where.host}` ended with exit code 255"
    return Ended(None if why else code, why, outputs[0].text(secrets), outputs[1].text(secrets), round(time.monotonic() - started, 3))


def _arguments(line: str, where: Where) -> list[str]:
    if not where.host:
        return ["/bin/sh", "-c", _GUARD, "sh", line]
    head = f"cd {shlex.quote(where.remote_folder)} || exit 125\n" if where.remote_folder else ""
    head += "".join(f"export {name}={shlex.quote(value)}\n" for name, value in where.variables)
    return ["ssh", "-o", "BatchMode=yes", "--", where.host, f"/bin/sh -c {shlex.quote(_GUARD)} sh {shlex.quote(head + line)}"]


def _attend(
    process: subprocess.Popen[bytes],
    outputs: tuple[_Output, _Output],
    deadline: float,
    is_given_up: Callable[[], bool],
    limit_s: float,
) -> str:
    """Collect what the command writes until it is over; return why it was ended, `""` when it ended by itself."""
    with selectors.DefaultSelector() as selector:
        for stream, output in zip((process.stdout, process.stderr), outputs, strict=True):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, output)
        while True:
            for key, _ in selector.select(_WAIT_S) if selector.get_map() else ():
                if _read(key.fd, key.data) is False:
                    selector.unregister(key.fileobj)
            if not selector.get_map() and process.poll() is None:
                _wait(process)
            over = process.poll() is not None
            why = ""
            if not over and is_given_up():
                why = "was interrupted"
            elif not over and time.monotonic() >= deadline:
                why = f"reached its time limit of {limit_s:g} s"
            if why:
                _end(process)
            if over or why:
                # What is in the pipes belongs to the command; what a process that it left behind goes on writing does not.
                for key in selector.get_map().values():
                    for _ in range(_PIPE_MAX // _PIECE):
                        if not _read(key.fd, key.data):
                            break
                return why


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_WAIT_S)
    except subprocess.TimeoutExpired:
        pass


def _read(stream: int, output: _Output) -> bool | None:
    """Take a piece of output; return `False` at its end and `None` when nothing is there yet."""
    try:
        piece = os.read(stream, _PIECE)
    except BlockingIOError:
        return None
    output.add(piece)
    return bool(piece)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group; its leader is not reaped before, so the group is surely still ours."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
