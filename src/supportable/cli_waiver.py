"""`supportable waiver ...`: arguments -> one call of `negotiating` -> text and exit code.

In: words somebody typed. Out: the letter on standard output, or in the file named with `-o`; what else is in the way on standard error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from supportable.cli_why_not import LEVELS, policies
from supportable.terminal import MET, Command, one_of, print_report


def commands() -> dict[str, Command]:
    """Return the commands of this group."""
    return {"request": Command("write the letter that asks an issuer for an exception to one clause", _request_arguments, _request)}


def _request_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clause", metavar="CLAUSE", help="the id of a clause in the way, as `supportable explain --why-not` lists them")
    parser.add_argument("paths", metavar="PATH", nargs="+", help="evidence of one deployment, as for `check`")
    parser.add_argument("--to", metavar="LEVEL", default="full", help="the level to ask for: full or limited (default: full)")
    parser.add_argument("--document", action="append", default=[], metavar="ID", help="judge by this document only (repeatable)")
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="judge by this pack too (repeatable)")
    parser.add_argument("--as-of", metavar="DATE", help="the day the deployment is judged for (default: today)")
    parser.add_argument("--known", metavar="DATE", help="count only what was published by then (default: today)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the letter to FILE, and not to the terminal")


def _request(options: argparse.Namespace) -> int:
    from supportable import app, negotiating
    from supportable.core.clauses import Level

    one_of(options.to, LEVELS, "level to ask for")
    letter = negotiating.request(options.clause, options.paths, Level[options.to.upper()], policies(options))
    if options.output:
        app.save_text(Path(options.output), letter.text)
    else:
        print_report(letter.text)
    if letter.others:
        sys.stderr.write(f"supportable: also in the way, and not in this letter: {', '.join(letter.others)}\n")
    return MET
