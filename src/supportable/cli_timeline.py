"""`supportable timeline`: arguments -> one call of `timelines` -> text and exit code.

In: words somebody typed. Out: text on standard output, and the files named with `-o`.
"""

from __future__ import annotations

import argparse
import time

from supportable.errors import UsageError
from supportable.terminal import MET, NOTHING, day, one_of, output, print_report, width

_BY_SUFFIX = {".txt": "text", ".json": "json", ".html": "html", ".ics": "ics"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    from supportable.timelines import FORMATS

    parser.add_argument("paths", metavar="PATH", nargs="+", help="evidence of one deployment, as for `check`")
    parser.add_argument("--document", action="append", default=[], metavar="ID", help="judge by this document only (repeatable)")
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="judge by this pack too (repeatable)")
    parser.add_argument("--from", dest="since", metavar="DATE", help="the first day to tell (default: before the first known date)")
    parser.add_argument("--until", metavar="DATE", help="the last day to tell (default: after the last known date)")
    parser.add_argument(
        "--known",
        metavar="DATE",
        help="count only what was published by then (default: today); `each-day`: tell each day as it could have been told on it",
    )
    parser.add_argument("--as-of", metavar="DATE", help='the day to tell first, as "now" (default: today)')
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
    """Tell the level of one deployment over time."""
    from supportable import app, timelines
    from supportable.core.timeline import EACH_DAY, Asked

    today = time.strftime("%Y-%m-%d")
    one_of(options.format, timelines.FORMATS, "format")
    outputs = [output(one, _BY_SUFFIX) for one in options.output]
    known = today if options.known is None else options.known if options.known == EACH_DAY else _known(options.known, EACH_DAY)
    since, until = (day(one) if one is not None else None for one in (options.since, options.until))
    if since is not None and until is not None and until < since:
        raise UsageError(f"`--until {until}` is before `--from {since}`", None, "the first day comes first")
    asked = Asked(day(options.as_of) if options.as_of else today, known, since, until)
    found = timelines.timeline_of(options.paths, asked, documents=options.document, packs=options.pack)
    rendered = [(path, timelines.render(found, form)) for form, path in outputs]
    report = timelines.render(found, options.format, width())
    for path, text in rendered:
        app.save_text(path, text)
    print_report(report)
    return MET if any(one.speaks for one in found.courses) else NOTHING


def _known(text: str, each_day: str) -> str:
    try:
        return day(text)
    except UsageError as error:
        raise UsageError(error.message, None, f"{error.hint}, or `{each_day}`") from None
