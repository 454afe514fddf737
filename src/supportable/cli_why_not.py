"""`supportable explain --why-not LEVEL PATH...`: arguments -> one call of `negotiating` -> text and exit code.

In: words somebody typed. Out: text on standard output. Exit codes: 0 it was answered, or the level is met; 3 no document says anything.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING

from supportable.terminal import MET, NOTHING, day, one_of, print_report, width

if TYPE_CHECKING:
    from supportable.negotiating import Policies

LEVELS = ("full", "limited")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `explain --why-not` has beside those of `explain`."""
    parser.add_argument(
        "--why-not", metavar="LEVEL", help="of evidence at PATH: which clauses, if they read differently, would leave it at this level"
    )
    parser.add_argument("--document", action="append", default=[], metavar="ID", help="with --why-not: by this document only (repeatable)")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="with --why-not: text or json (default: text)")


def run(options: argparse.Namespace) -> int:
    """Tell which other readings would do."""
    from supportable import negotiating
    from supportable.core.clauses import Level

    one_of(options.why_not, LEVELS, "level to ask about")
    one_of(options.format, negotiating.FORMATS, "format")
    asked = negotiating.why_not(options.words, Level[options.why_not.upper()], policies(options))
    print_report(negotiating.render(asked, options.format, width()))
    return MET if asked.speaks else NOTHING


def policies(options: argparse.Namespace) -> Policies:
    """Return which policies the options name."""
    from supportable import app
    from supportable.negotiating import Policies

    today = time.strftime("%Y-%m-%d")
    as_of, known = (day(given) if given else today for given in (options.as_of, options.known))
    now = "" if options.as_of else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return Policies(options.document, options.pack, as_of, known, now, app.cache_folder(os.environ))
