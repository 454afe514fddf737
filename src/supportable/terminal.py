"""What every face of the command shares: exit codes, the width and colours of the terminal, and how a choice is refused.

In: what the environment says of the terminal. Out: text on standard output. Imported by every run, so nothing heavy is imported here.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from supportable.errors import UsageError, nearest, unknown_word

MET, FAILED, WRONG_USE, NOTHING, NOT_MET, UNDECIDED = 0, 1, 2, 3, 10, 11


class Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are `UsageError`."""

    def _get_formatter(self) -> argparse.HelpFormatter:
        # argparse would import `shutil` to ask for the width, for every argument that is added.
        return self.formatter_class(self.prog, width=width())  # type: ignore[call-arg]

    def error(self, message: str) -> NoReturn:
        """Refuse what was given."""
        raise UsageError(message[:1].lower() + message[1:], None, f"`{self.prog} --help` shows what can be given")


class Command(NamedTuple):
    """One word of the command: what it does in a line, its arguments, and what runs."""

    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def no_arguments(_parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def choose(program: str, about: str, commands: Mapping[str, Command], given: Sequence[str]) -> int:
    """Run the command that the first word names, and return its exit code; without a word, show what there is."""
    if given and given[0] in commands:
        command = commands[given[0]]
        parser = Parser(prog=f"{program} {given[0]}", description=command.help[:1].upper() + command.help[1:] + ".")
        command.arguments(parser)
        return command.run(parser.parse_args(given[1:]))
    if given and not given[0].startswith("-"):
        near = nearest(given[0], commands)
        hint = f"did you mean `{near}`?" if near else f"commands: {', '.join(commands)}"
        raise UsageError(f"unknown command `{given[0]}`", None, hint)
    room = max(len(name) for name in commands)
    listed = "\n".join(f"  {name:<{room}}  {command.help}" for name, command in commands.items())
    parser = Parser(
        prog=program,
        usage=f"{program} COMMAND ...",
        description=about,
        epilog=f"commands:\n{listed}\n\n`{program} COMMAND --help` shows the options of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(given)
    parser.print_help()
    return MET if given else WRONG_USE


def day(text: str) -> str:
    """Return an ISO date; raise `UsageError` for what is none."""
    # Imported here because most runs are for today, and the command must start fast.
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"`{text}` is not a date", None, "write year-month-day, for example 2008-06-01") from None


def one_of(text: str, known: Sequence[str], what: str) -> None:
    """Refuse a word that is not one of the known ones, with the nearest."""
    if text not in known:
        raise unknown_word(text, known, what)


def output(text: str, by_suffix: Mapping[str, str]) -> tuple[str, Path]:
    """Return the format and the path that FILE or FORMAT:FILE names; `by_suffix` has the format of each ending."""
    form, colon, name = text.partition(":")
    if colon and form in by_suffix.values():
        return form, Path(name)
    suffix = Path(text).suffix.lower()
    if suffix not in by_suffix:
        hint = f"write FORMAT:FILE, for example `json:{text}`; endings: {', '.join(by_suffix)}"
        raise UsageError(f"the format of `{text}` is not clear from its ending", None, hint)
    return by_suffix[suffix], Path(text)


def width() -> int:
    """Return how wide a text may be: the terminal, between 40 and 100 columns."""
    # `shutil.get_terminal_size` does the same, but importing it costs 2 ms of every start.
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.stdout.fileno()).columns
    except (ValueError, OSError):
        columns = 80
    return max(40, min(columns, 100))


def colour() -> bool:
    """Return whether the text may be coloured."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_report(text: str) -> None:
    """Write a report to standard output."""
    # A terminal that cannot show a character shows a question mark, never a traceback.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
