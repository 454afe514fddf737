"""Arguments -> a process that is run to its end, within a time limit, with its process group; the bytes it wrote go to takers.

In: what to run, who takes its two outputs, a limit, a question whether to give up. Out: `Ran`. A process never outlives the runner:
it runs below a guard that kills the process group when its standard input closes, and that closes however the runner ends. What
a command that ended by itself leaves in the background is not ended.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

_PIECE, _PIPE_MAX = 65_536, 1_048_576
_WAIT_S = 0.05
# The command gets no input. `cat` waits for the end of the guard's own input, which nobody writes to: it comes when the
# runner is gone, or when sshd saw the connection close. Both start the guard as the leader of a process group of its own.
GUARD = (
    "exec 3<&0 </dev/null; { cat <&3 >/dev/null; kill -KILL 0; } >/dev/null 2>&1 & watcher=$!; exec 3<&-; "
    '/bin/sh -c "$1"; code=$?; kill -KILL $watcher 2>/dev/null; exit $code'
)
"""A script of `sh` that runs the command line in its first argument."""


class Taker(Protocol):
    """Something that takes what a command writes."""

    def add(self, piece: bytes) -> None:
        """Take the next piece."""


class Ran(NamedTuple):
    """How a process ended: `exit_code` when it ended by itself, otherwise `None` and `why`."""

    exit_code: int | None
    why: str
    seconds: float = 0.0
    timed_out: bool = False


def guarded(line: str) -> list[str]:
    """Return the arguments that run a command line below the guard, on this machine."""
    return ["/bin/sh", "-c", GUARD, "sh", line]


def run_process(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    outputs: tuple[Taker, Taker],
    limit_s: float,
    is_given_up: Callable[[], bool],
) -> Ran:
    """Run a process to its end, its time limit, or until `is_given_up`; the last two end its process group."""
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return Ran(None, f"could not be started: {getattr(error, 'strerror', None) or error}")
    try:
        why, timed_out = _attend(process, outputs, started + limit_s, is_given_up, limit_s)
    except BaseException:
        _end(process)
        raise
    finally:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    code = process.returncode
    if not why and code < 0:
        why = f"was ended by signal {-code}"
    return Ran(None if why else code, why, round(time.monotonic() - started, 3), timed_out)


def _attend(
    process: subprocess.Popen[bytes],
    outputs: tuple[Taker, Taker],
    deadline: float,
    is_given_up: Callable[[], bool],
    limit_s: float,
) -> tuple[str, bool]:
    """Collect what the command writes until it is over; return why it was ended (`""` if it ended by itself), and whether by its limit."""
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
            why, timed_out = "", False
            if not over and is_given_up():
                why = "was interrupted"
            elif not over and time.monotonic() >= deadline:
                why, timed_out = f"reached its time limit of {limit_s:g} s", True
            if why:
                _end(process)
            if over or why:
                # What is in the pipes belongs to the command; what a process that it left behind goes on writing does not.
                for key in selector.get_map().values():
                    for _ in range(_PIPE_MAX // _PIECE):
                        if not _read(key.fd, key.data):
                            break
                return why, timed_out


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_WAIT_S)
    except subprocess.TimeoutExpired:
        pass


def _read(stream: int, output: Taker) -> bool | None:
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
