"""`supportable reproduce`: arguments -> one call of `reproducing` -> text and exit code.

In: words somebody typed. Out: text on standard output; how far the trials are goes to standard error, on a terminal only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from secrets import randbelow

from supportable import casework, reproducing
from supportable.cli_case import PLAIN, cache, case_arguments, format_argument, load, now, open_store, report_in, store_arguments, today
from supportable.core.clauses import PARTIES
from supportable.core.reproduction import UNDECIDED as NOT_DECIDED
from supportable.core.reproduction import Goal, plan
from supportable.terminal import MET, UNDECIDED, Command, one_of, print_report, width


def commands() -> Mapping[str, Command]:
    """Return the commands of `reproduce`."""
    return {
        "plan": Command("say how many trials a goal needs", _plan_arguments, _plan),
        "run": Command("perform the trials of a lab file, in random order, until they decide", _run_arguments, _run),
        "status": Command("decide by the trials of a case", case_arguments, _status),
        "attribute": Command("say which component makes the issue appear, or what to try next", _attribute_arguments, _attribute),
    }


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    goal = Goal()
    parser.add_argument("--rate", metavar="P", type=float, default=goal.rate, help=f"the least rate that matters (default: {goal.rate:g})")
    parser.add_argument(
        "--alpha", metavar="A", type=float, default=goal.alpha, help=f"risk of saying not reproduced, wrongly (default: {goal.alpha:g})"
    )
    parser.add_argument(
        "--beta", metavar="B", type=float, default=goal.beta, help=f"risk of saying reproduced, wrongly (default: {goal.beta:g})"
    )
    parser.add_argument(
        "--background", metavar="P", type=float, default=goal.background,
        help=f"rate at which the same symptom shows for other reasons (default: {goal.background:g})",
    )  # fmt: skip
    format_argument(parser)


def _plan(options: argparse.Namespace) -> int:
    planned = plan(Goal(options.rate, options.alpha, options.beta, options.background))
    print_report(report_in(options).plan(planned))
    return MET


def _status(options: argparse.Namespace) -> int:
    with open_store(options) as store:
        case = load(store, options)
    found = casework.decisions(case)
    print_report(report_in(options).reproduction(case, found))
    return UNDECIDED if any(decision.outcome == "undecided" for _, decision in found) or not found else MET


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lab", metavar="LAB", help="a lab file: environments, and the commands of a trial")
    parser.add_argument("-o", "--output", metavar="FOLDER", required=True, help="where trials are kept; run again to resume")
    parser.add_argument("--case", metavar="CASE", help="record the trials in this case")
    parser.add_argument("--by", metavar="PARTY", default="support-provider", help="who makes them (default: support-provider)")
    store_arguments(parser, PLAIN)


def _run(options: argparse.Namespace) -> int:
    one_of(options.by, PARTIES, "party")
    lab, folder, bar, seed = Path(options.lab), Path(options.output), _Bar(), randbelow(2**31)
    try:
        if options.case:
            with open_store(options) as store:
                done, _ = reproducing.run_lab_for_case(lab, folder, store, options.case, options.by, bar.show, now, seed, cache())
        else:
            done = reproducing.run_lab(lab, folder, bar.show, now, seed, cache(), today())
    finally:
        bar.clear()
    print_report(report_in(options).run(done.lab.name, done.environments, options.output, options.case or "", done.recorded))
    return UNDECIDED if any(decision.outcome == NOT_DECIDED for _, decision in done.environments) else MET


class _Bar:
    """How far the trials are, in one line that is drawn again and again; nothing where standard error is no terminal."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def show(self, progress: reproducing.Progress) -> None:
        """Draw the line; a sentence for the reader stands above it and stays, also where there is no terminal."""
        if progress.sentence:
            self.clear()
            sys.stderr.write(f"{progress.environment}: {progress.sentence}\n")
        if self.shown:
            done = 20 * progress.finished // max(1, progress.at_most)
            count = f"{progress.finished} of at most {progress.at_most}"
            line = f"[{'#' * done}{'.' * (20 - done)}] {count}  {progress.environment}: {progress.step}"
            sys.stderr.write(f"\r{line[: width() - 1]:<{width() - 1}}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Wipe the line."""
        if self.shown:
            sys.stderr.write(f"\r{'':<{width() - 1}}\r")
            sys.stderr.flush()


def _attribute_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    store_arguments(parser, PLAIN)


def _attribute(options: argparse.Namespace) -> int:
    with open_store(options) as store:
        case = load(store, options)
        found = reproducing.attribute_case(store, case)
    print_report(report_in(options).attribution(case, found.differences, found.step))
    return MET if found.step.causes is not None or found.step.contradiction else UNDECIDED
