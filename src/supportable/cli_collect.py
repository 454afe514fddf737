"""`supportable collect`: arguments -> one call of `collecting` -> text and exit code.

In: words somebody typed, the clock, the environment. Out: text on standard output; what is being asked goes to standard error, on a
terminal only. Exit codes: 0 all that is on this machine was collected, 10 a part of it could not be, 3 no cluster service was found.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import time

from supportable import collecting
from supportable.errors import UsageError
from supportable.terminal import MET, NOT_MET, NOTHING, one_of, print_report, width


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `collect`."""
    parser.add_argument(
        "-o", "--output", metavar="PLACE", help="the bundle: a new .tar.gz or .zip, or FOLDER/ (default: supportable-HOST-TIME.tar.gz here)"
    )
    parser.add_argument("--list", action="store_true", help="only show what would be run and read, and what for")
    parser.add_argument("--windows", action="store_true", help="print the PowerShell script that does the same on Windows")
    parser.add_argument("--time-limit", metavar="SECONDS", help="no command may take longer than this (default: see `--list`)")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="text or json (default: text)")


def run(options: argparse.Namespace) -> int:
    """Collect on this machine, or print what collects."""
    one_of(options.format, ("text", "json"), "format")
    limit_s = _limit(options.time_limit)
    if options.windows or (sys.platform == "win32" and not options.list):
        if options.output:
            raise UsageError(
                "on Windows nothing is collected by this command", None, "it prints a PowerShell script: write `> collect.ps1`"
            )
        print_report(collecting.windows_script())
        return MET
    if options.list:
        print_report(collecting.table(options.format, width()))
        return MET
    if not sys.platform.startswith("linux"):
        raise UsageError(f"nothing is known about collecting on `{sys.platform}`", None, "run it on a Linux node, or print `--windows`")
    host, when = platform.node() or "localhost", time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
    place = options.output or f"supportable-{host}-{stamp.replace('-', '').replace(':', '')}.tar.gz"
    collection = collecting.collect(place, host, when, stamp, os.environ, limit_s, _told)
    print_report(collecting.report(collection, options.format, width(), os.geteuid() == 0))
    if not collection.cluster:
        return NOTHING
    return NOT_MET if collection.manifest.ended("failed", "timed-out", "not-permitted", "too-large") else MET


def _limit(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UsageError(f"`{text}` is not a time limit", None, "write seconds, for example `--time-limit 10`")
    return seconds


def _told(how: str) -> None:
    if sys.stderr.isatty():
        print(f"asking: {how}", file=sys.stderr)
