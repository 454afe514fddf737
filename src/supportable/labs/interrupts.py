"""Signals that ask to stop, counted instead of raised.

In: SIGINT, SIGTERM and SIGHUP while a run goes on. Out: their names. An exception could strike in the middle of a line of the
journal or before a tear-down; a count is looked at where stopping is safe.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """Counts signals while it is entered; handlers can only be set in the main thread, elsewhere nothing is counted."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._before: list[tuple[signal.Signals, Any]] = []

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                before = signal.getsignal(one)
                # A run that was started with `nohup`, or in the background of a script, is to ignore some.
                if before is not signal.SIG_IGN:
                    self._before.append((one, before))
                    signal.signal(one, self._count)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for one, before in self._before:
            signal.signal(one, before)

    @property
    def any(self) -> bool:
        """Whether somebody asked to stop."""
        return bool(self.names)

    def insists(self, since: int) -> bool:
        """Whether somebody asked to stop a second time, after the `since` signals that were counted before a tear-down began."""
        return len(self.names) >= max(2, since + 1)

    def _count(self, number: int, _frame: FrameType | None) -> None:
        self.names.append(signal.Signals(number).name)
