"""`supportable plan`: arguments -> one call of `planning` -> text and exit code.

In: words somebody typed. Out: text on standard output, and the files named with `-o`. Exit codes: 0 there is a plan, or nothing is to be
done; 10 there is no way; 11 none was found, and it is not proven that there is none, or nobody knows what runs; 3 no document says
anything.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from supportable.errors import UsageError
from supportable.terminal import MET, NOT_MET, NOTHING, UNDECIDED, colour, day, one_of, output, print_report, width

if TYPE_CHECKING:
    from supportable.core.deployment import Deployment
    from supportable.core.plan_steps import Way

_BY_SUFFIX = {".txt": "text", ".json": "json", ".html": "html", ".md": "markdown", ".mmd": "mermaid", ".ics": "ics"}
_LEVELS = ("full", "limited")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    from supportable.planning import FORMATS

    parser.add_argument("paths", metavar="PATH", nargs="+", help="evidence of one deployment, as for `check`")
    parser.add_argument("--to", metavar="LEVEL", default="full", help="the level to reach: full or limited (default: full)")
    parser.add_argument("--issuer", action="append", default=[], metavar="NAME", help="reach it for this issuer (repeatable; default: all)")
    parser.add_argument("--keep", action="append", default=[], metavar="FIELD", help="do not change this field (repeatable)")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="FIELD=VALUES", help="let this field take these values only, separated by commas"
    )
    parser.add_argument(
        "--want", action="append", default=[], metavar="FIELD=VALUES", help="bring this field to one of these values, whatever the level"
    )
    parser.add_argument("--cost", metavar="FILE", help="a model of changes and prices of your own, over the one that ships")
    parser.add_argument("--certain", action="store_true", help="count on nothing that nobody looked at")
    parser.add_argument("--path", action="store_true", help="the order of the steps, too, with every deployment on the way judged")
    parser.add_argument("--out-at-once", metavar="N", help="with --path: so many nodes are out at a time at most (default: one in eight)")
    parser.add_argument("--apply-to", metavar="FILE", help="show what the plan changes in this deployment file, and change it")
    parser.add_argument("--yes", action="store_true", help="with --apply-to: write without asking")
    parser.add_argument("--document", action="append", default=[], metavar="ID", help="plan by this document only (repeatable)")
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="plan by this pack too (repeatable)")
    parser.add_argument("--as-of", metavar="DATE", help="the day the deployment is judged for (default: today)")
    parser.add_argument("--known", metavar="DATE", help="count only what was published by then (default: today)")
    parser.add_argument("--format", metavar="FORMAT", default="text", help=f"what to print: {', '.join(FORMATS)} (default: text)")
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help="also write FILE, its format by its ending, or FORMAT:FILE (repeatable)",
    )


def run(options: argparse.Namespace) -> int:
    """Plan for one deployment."""
    from supportable import app, planning
    from supportable.core.clauses import Level

    today = time.strftime("%Y-%m-%d")
    as_of, known = (day(given) if given else today for given in (options.as_of, options.known))
    one_of(options.to, _LEVELS, "level to plan for")
    one_of(options.format, planning.FORMATS, "format")
    outputs = [output(one, _BY_SUFFIX) for one in options.output]
    if not options.path and "ics" in (options.format, *(form for form, _ in outputs)):
        raise UsageError("a calendar has the deadlines of a path", None, "add `--path`")
    keep = tuple(planning.field_named(one) for one in options.keep)
    wish = planning.Wish(
        Level[options.to.upper()],
        tuple(options.issuer),
        keep,
        planning.values_by_field(options.allow, keep, "--allow"),
        Path(options.cost) if options.cost else None,
        options.certain,
        planning.values_by_field(options.want, keep, "--want"),
        options.path,
        _at_once(options),
    )
    planned = planning.plan(
        options.paths,
        wish,
        documents=options.document,
        packs=options.pack,
        as_of=as_of,
        known=known,
        now="" if options.as_of else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        cache=app.cache_folder(os.environ),
    )
    rendered = [(path, planning.render(planned, form)) for form, path in outputs]
    report = planning.render(planned, options.format, width())
    for path, text in rendered:
        app.save_text(path, text)
    print_report(report)
    plan = planned.plan
    if options.apply_to and plan.ways:
        _apply(plan.ways[0], plan.deployment, Path(options.apply_to), options.yes)
    if plan.met or plan.ways:
        return MET
    if not any(one.applies for one in plan.now):
        return NOTHING
    return NOT_MET if plan.proven else UNDECIDED


def _at_once(options: argparse.Namespace) -> int | None:
    text = options.out_at_once
    if text is None:
        return None
    if not options.path:
        raise UsageError("`--out-at-once` is for a path", None, "add `--path`")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 999):
        raise UsageError(f"`{text}` is not a number of nodes", None, "write a number from 1 on, for example `--out-at-once 2`")
    return int(text)


def _apply(way: Way, deployment: Deployment, path: Path, sure: bool) -> None:
    from supportable import applying

    made = applying.rewrite(path, applying.changes_of(way))
    print_report("\n" + (made.difference(colour()) or f"`{path}` says all that already\n"))
    for line in applying.to_be_looked_at(way, deployment):
        print_report(f"{line}\n")
    if made.new == made.old:
        return
    if not sure and (not sys.stdin.isatty() or input(f"write `{path}`? [y/N] ").strip().lower() not in ("y", "yes")):
        print_report(f"nothing was written to `{path}`; `--yes` writes it\n")
        return
    applying.save(made)
    print_report(f"`{path}` was written\n")
