"""`supportable fleet`: arguments -> one call of `fleets` -> text and exit code.

In: words somebody typed. Out: text on standard output; how far it has come goes to standard error, on a terminal only.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from supportable import app, fleet_courses, fleets
from supportable.errors import UsageError
from supportable.terminal import MET, NOT_MET, NOTHING, UNDECIDED, Command, day, one_of, print_report, width


def commands() -> Mapping[str, Command]:
    """Return the commands of `fleet`."""
    return {
        "init": Command("write a mapping to start from, by looking at the columns of an inventory", _init_arguments, _init),
        "normalise": Command("write an inventory in the normal form, for a cluster to read", _normalise_arguments, _normalise),
        "check": Command("judge every deployment of an inventory", _check_arguments, _check),
        "diff": Command("compare two judgements: other packs, another day, another inventory", _diff_arguments, _diff),
        "plan": Command("find the few changes that lift the most deployments to a level", _plan_arguments, _plan),
        "forecast": Command("show how the levels go on by the calendar, and the next drops", _forecast_arguments, _forecast),
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
    parser.add_argument(
        "--engine",
        metavar="ENGINE",
        default="tables",
        help="tables (default: lookup tables, in this process), duckdb (the policy as plain SQL, in this process; slower), "
        "spark (needs `supportable[spark]`, and Java or --remote; OUT is then a folder of .parquet, .csv or .jsonl files)",
    )
    parser.add_argument(
        "--master", metavar="URL", help="with --engine spark: a master such as local[4] or spark://HOST:PORT (default: local[*])"
    )
    parser.add_argument("--remote", metavar="URL", help="with --engine spark: a Spark Connect server, sc://HOST:PORT; needs no Java here")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="write a row a deployment and issuer: a file (.parquet, .csv, .jsonl or .ndjson, the texts also with .gz), or a new table: "
        "duckdb:FILE#TABLE, sqlite:FILE#TABLE, postgresql://USER@HOST/DATABASE#TABLE",
    )
    parser.add_argument("--format", metavar="FORMAT", default="text", help="of the summary: text, json or html (default: text)")
    parser.add_argument("--report", metavar="FILE", help="where to write the summary (default: standard output)")
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever is found")


def _check(options: argparse.Namespace) -> int:
    one_of(options.format, ("text", "json", "html"), "format")
    one_of(options.engine, fleets.ENGINES, "engine")
    if options.engine != "spark" and (options.master or options.remote):
        raise UsageError("`--master` and `--remote` say where Spark is", None, "they go with `--engine spark`")
    if options.master and options.remote:
        raise UsageError("`--master` and `--remote` exclude each other", None, "a Spark Connect server knows its own master")
    cache = app.cache_folder(os.environ)
    with _counting() as count:
        if options.engine == "spark":
            from supportable import fleets_on_spark

            cluster = fleets_on_spark.Cluster(options.master, options.remote)
            found = fleets_on_spark.check_fleet(_asked(options), options.output, count, cache, cluster)
        else:
            found = fleets.check_fleet(_asked(options), options.output, count, cache, options.engine)
    _written_or_shown(fleets.render(found, options.format, width()), options.report)
    return MET if options.exit_zero else {"met": MET, "not met": NOT_MET, "undecided": UNDECIDED, "nothing": NOTHING}[found.standing]


class _Count:
    """How far it has come, in one line that is drawn again and again; nothing where standard error is no terminal."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def show(self, so_far: int | str) -> None:
        """Draw the line."""
        if self.shown:
            line = so_far if isinstance(so_far, str) else f"{so_far:,} deployments judged".replace(",", " ")
            sys.stderr.write(f"\r{line[: width() - 1]:<{width() - 1}}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Wipe the line."""
        if self.shown:
            sys.stderr.write(f"\r{'':<{width() - 1}}\r")
            sys.stderr.flush()


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    _asked_arguments(parser, mapping_required=False)
    parser.add_argument("--to", metavar="LEVEL", default="full", help="the level to reach: full or limited (default: full)")
    parser.add_argument("--issuer", action="append", default=[], metavar="NAME", help="reach it for this issuer (repeatable; default: all)")
    parser.add_argument("--keep", action="append", default=[], metavar="FIELD", help="do not change this field (repeatable)")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="FIELD=VALUES", help="let this field take these values only, separated by commas"
    )
    parser.add_argument("--cost", metavar="FILE", help="a model of changes and prices of your own, over the one that ships")
    parser.add_argument("-o", "--output", metavar="OUT", help="write a row a deployment, to a file or table as `fleet check` does")
    parser.add_argument(
        "--format", metavar="FORMAT", default="text", help="text (default), json, or csv (the rows, in place of the summary)"
    )
    parser.add_argument("--report", metavar="FILE", help="where to write what --format asks for (default: standard output)")


def _plan(options: argparse.Namespace) -> int:
    from supportable import fleet_planning, planning
    from supportable.core.clauses import Level

    one_of(options.to, ("full", "limited"), "level to plan for")
    one_of(options.format, fleet_planning.FORMATS, "format")
    if options.format == "csv" and options.output:
        raise UsageError("`--format csv` and `-o` both write the rows", None, "leave out one of them; `--report FILE` says where CSV goes")
    keep = tuple(planning.field_named(one) for one in options.keep)
    level, cost = Level[options.to.upper()], Path(options.cost) if options.cost else None
    wish = planning.Wish(level, tuple(options.issuer), keep, planning.values_by_field(options.allow, keep, "--allow"), cost)
    asked, cache = _asked(options), app.cache_folder(os.environ)
    with _counting() as count:
        if options.format == "csv":
            found, text = fleet_planning.plan_fleet_as_csv(asked, wish, count, cache)
        else:
            found = fleet_planning.plan_fleet(asked, wish, options.output, count, cache)
            text = fleet_planning.render(found, options.format, width())
    _written_or_shown(text, options.report)
    if not found.planned:
        return MET if found.standings["at the level"] else NOTHING
    if found.lifted == found.planned:
        return MET
    return NOT_MET if found.deployments["no way"] else UNDECIDED


def _forecast_arguments(parser: argparse.ArgumentParser) -> None:
    _asked_arguments(parser)
    parser.add_argument("--until", metavar="DATE", required=True, help="the last day to look at")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="text (default), json, html or ics (a calendar of the drops)")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")


def _forecast(options: argparse.Namespace) -> int:
    one_of(options.format, ("text", "json", "html", "ics"), "format")
    asked, until = _asked(options), day(options.until)
    if until <= asked.as_of:
        raise UsageError(f"`{until}` is not after `{asked.as_of}`", None, "a forecast goes from `--as-of` (today) to a later day")
    with _counting() as count:
        found = fleet_courses.forecast_fleet(asked, until, count)
    _written_or_shown(fleet_courses.render_forecast(found, options.format, width()), options.output)
    return MET


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    _inventory_argument(parser)
    parser.add_argument("later", metavar="LATER", nargs="?", help="the inventory after (default: the same)")
    parser.add_argument("--mapping", metavar="FILE", required=True, help="which column is which field")
    parser.add_argument("--later-mapping", metavar="FILE", help="the mapping of LATER (default: the same)")
    parser.add_argument("--before", action="append", default=[], metavar="PACK@REV", help="judge by this pack before (repeatable)")
    parser.add_argument("--after", action="append", default=[], metavar="PACK@REV", help="judge by this pack after (repeatable)")
    parser.add_argument("--document", action="append", default=[], metavar="ID", help="judge by this document only (repeatable)")
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="judge by this pack too, on both sides (repeatable)")
    parser.add_argument("--as-of", metavar="DATE[..DATE]", help="the days to judge for, before and after (default: today)")
    parser.add_argument("--known", metavar="DATE[..DATE]", help="count only what was published by then, before and after (default: today)")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="text, json or html (default: text)")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")


def _diff(options: argparse.Namespace) -> int:
    one_of(options.format, ("text", "json", "html"), "format")
    as_of, known = (_two_days(given) for given in (options.as_of, options.known))
    sides = [
        fleets.Asked(inventory, Path(mapping), tuple(options.document), tuple(options.pack), as_of[at], known[at])
        for at, (inventory, mapping) in enumerate(
            ((options.inventory, options.mapping), (options.later or options.inventory, options.later_mapping or options.mapping))
        )
    ]
    if sides[0] == sides[1] and options.before == options.after:
        raise UsageError(
            "both sides are the same", None, "name another inventory, `--before` or `--after PACK@REV`, or two days (`--as-of DATE..DATE`)"
        )
    with _counting() as count:
        found = fleet_courses.diff_fleets(sides[0], sides[1], options.before, options.after, count)
    _written_or_shown(fleet_courses.render_diff(found, options.format, width()), options.output)
    return MET


def _two_days(given: str | None) -> tuple[str, str]:
    """Return the days before and after that somebody wrote: none, one for both, or two."""
    if given is None:
        return (time.strftime("%Y-%m-%d"),) * 2
    first, two, last = given.partition("..")
    return day(first), day(last if two else first)


@contextmanager
def _counting() -> Iterator[fleets.Progress]:
    bar = _Count()
    try:
        yield bar.show
    finally:
        bar.clear()


def _written_or_shown(text: str, output: str | None) -> None:
    if output is None:
        print_report(text)
    else:
        app.save_text(Path(output), text)
        print_report(f"{output}: written\n")


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    _asked_arguments(parser)
    parser.add_argument("key", metavar="KEY", help="the key of the deployment")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="as for `supportable check` (default: text)")


def _explain(options: argparse.Namespace) -> int:
    one_of(options.format, ("text", "json", "markdown", "html", "sarif", "junit"), "format")
    judgement = fleets.explain_key(_asked(options), options.key, app.cache_folder(os.environ))
    print_report(app.render(judgement, options.format, width=width()))
    return MET
