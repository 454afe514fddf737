"""`supportable fleet`: arguments -> one call of `fleets` -> text and exit code.

In: words somebody typed. Out: text on standard output; how far it has come goes to standard error, on a terminal only.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from supportable import app, fleets
from supportable.errors import UsageError
from supportable.terminal import MET, NOT_MET, NOTHING, UNDECIDED, Command, day, one_of, print_report, width


def commands() -> Mapping[str, Command]:
    """Return the commands of `fleet`."""
    return {
        "init": Command("write a mapping to start from, by looking at the columns of an inventory", _init_arguments, _init),
        "normalise": Command("write an inventory in the normal form, for a cluster to read", _normalise_arguments, _normalise),
        "check": Command("judge every deployment of an inventory", _check_arguments, _check),
        "explain": Command("show the full verdict of one deployment of an inventory", _explain_arguments, _explain),
    }


def _inventory_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inventory",
        metavar="INVENTORY",
        help="Parquet, CSV or JSON lines (a file, folder or glob), or a table: duckdb:FILE#TABLE, sqlite:FILE#TABLE, postgresql://...#TABLE",
    )


def _mapping_argument(parser: argparse.ArgumentParser, required: bool = True) -> None:
    without = "" if required else "; without it the inventory is Parquet in the normal form"
    text = f"which column is which field; `supportable fleet init` writes one{without}"
    parser.add_argument("--mapping", metavar="FILE", required=required, help=text)


def _asked_arguments(parser: argparse.ArgumentParser, mapping_required: bool = True) -> None:
    _inventory_argument(parser)
    _mapping_argument(parser, mapping_required)
    parser.add_argument("--document", action="append", default=[], metavar="ID", help="judge by this document only (repeatable)")
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="judge by this pack too (repeatable)")
    parser.add_argument("--as-of", metavar="DATE", help="the day the deployments are judged for (default: today)")
    parser.add_argument("--known", metavar="DATE", help="count only what was published by then (default: today)")


def _asked(options: argparse.Namespace) -> fleets.Asked:
    today = time.strftime("%Y-%m-%d")
    as_of, known = (day(given) if given else today for given in (options.as_of, options.known))
    mapping = Path(options.mapping) if options.mapping is not None else fleets.NORMAL
    return fleets.Asked(options.inventory, mapping, tuple(options.document), tuple(options.pack), as_of, known)


def _init_arguments(parser: argparse.ArgumentParser) -> None:
    _inventory_argument(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")


def _init(options: argparse.Namespace) -> int:
    text = fleets.start_mapping(options.inventory)
    if options.output is None:
        print_report(text)
    else:
        app.save_text(Path(options.output), text)
        print_report(f"{options.output}: a mapping to start from; read it before you use it\n")
    return MET


def _normalise_arguments(parser: argparse.ArgumentParser) -> None:
    _inventory_argument(parser)
    _mapping_argument(parser)
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the Parquet file to write")


def _normalise(options: argparse.Namespace) -> int:
    if Path(options.output).suffix.lower() != ".parquet":
        raise UsageError(f"`{options.output}` does not end in .parquet", None, "the normal form is written as one Parquet file")
    report = fleets.normalise(fleets.Asked(options.inventory, Path(options.mapping)), Path(options.output))
    print_report(f"{options.output}: {report.deployments} deployments of {report.rows} rows; {report.rows_set_aside} rows were set aside\n")
    return MET if report.deployments else NOTHING


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    _asked_arguments(parser, mapping_required=False)
    parser.add_argument("-o", "--output", metavar="FILE", help="write a row a deployment and issuer: .parquet, .csv or .jsonl")
    parser.add_argument(
        "--engine",
        metavar="ENGINE",
        default="tables",
        help="tables (default: lookup tables, in this process), duckdb (the policy as plain SQL, in this process; slower), "
        "spark (needs `supportable[spark]`, and Java or --remote; -o is then a folder of files)",
    )
    parser.add_argument(
        "--master", metavar="URL", help="with --engine spark: a master such as local[4] or spark://HOST:PORT (default: local[*])"
    )
    parser.add_argument("--remote", metavar="URL", help="with --engine spark: a Spark Connect server, sc://HOST:PORT; needs no Java here")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="of the summary: text or json (default: text)")
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever is found")


def _check(options: argparse.Namespace) -> int:
    one_of(options.format, ("text", "json"), "format")
    one_of(options.engine, fleets.ENGINES, "engine")
    if options.engine != "spark" and (options.master or options.remote):
        raise UsageError("`--master` and `--remote` say where Spark is", None, "they go with `--engine spark`")
    if options.master and options.remote:
        raise UsageError("`--master` and `--remote` exclude each other", None, "a Spark Connect server knows its own master")
    bar, cache = _Count(), app.cache_folder(os.environ)
    try:
        if options.engine == "spark":
            from supportable import fleets_on_spark

            cluster = fleets_on_spark.Cluster(options.master, options.remote)
            found = fleets_on_spark.check_fleet(_asked(options), options.output, bar.show, cache, cluster)
        else:
            output = Path(options.output) if options.output else None
            found = fleets.check_fleet(_asked(options), output, bar.show, cache, options.engine)
    finally:
        bar.clear()
    print_report(fleets.render(found, options.format, width()))
    return MET if options.exit_zero else {"met": MET, "not met": NOT_MET, "undecided": UNDECIDED, "nothing": NOTHING}[found.standing]


class _Count:
    """How many deployments were judged, in one line that is drawn again and again; nothing where standard error is no terminal."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def show(self, deployments: int) -> None:
        """Draw the line."""
        if self.shown:
            sys.stderr.write(f"\r{deployments:,} deployments judged".replace(",", " "))
            sys.stderr.flush()

    def clear(self) -> None:
        """Wipe the line."""
        if self.shown:
            sys.stderr.write(f"\r{'':<{width() - 1}}\r")
            sys.stderr.flush()


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    _asked_arguments(parser)
    parser.add_argument("key", metavar="KEY", help="the key of the deployment")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="as for `supportable check` (default: text)")


def _explain(options: argparse.Namespace) -> int:
    one_of(options.format, ("text", "json", "markdown", "html", "sarif", "junit"), "format")
    judgement = fleets.explain_key(_asked(options), options.key, app.cache_folder(os.environ))
    print_report(app.render(judgement, options.format, width=width()))
    return MET
