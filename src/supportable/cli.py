"""Arguments -> one call of `app` -> text and exit code. Only the faces print, read the clock or look at the environment.

Exit codes: 0 the required level is met, 1 no verdict could be made, 2 wrong use, 3 nothing to judge, 10 the required level
is not met, 11 undecided.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from supportable.errors import SupportableError, UsageError
from supportable.terminal import (
    FAILED,
    MET,
    NOT_MET,
    NOTHING,
    UNDECIDED,
    WRONG_USE,
    Command,
    choose,
    colour,
    day,
    no_arguments,
    one_of,
    output,
    print_report,
    width,
)

_BY_SUFFIX = {".txt": "text", ".json": "json", ".md": "markdown", ".html": "html", ".sarif": "sarif", ".xml": "junit"}
FORMATS = ("text", "json", "markdown", "html", "sarif", "junit")
_LEVELS = ("full", "limited", "unsupported")


def run() -> NoReturn:
    """The command itself: `main`, without the collections of garbage and the tearing down that would cost a fifth of a short run."""
    gc.set_threshold(200_000, 50, 50)
    # A stream that was closed before we started is `None`; what would go there is lost, as the caller asked.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - open as long as the process
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115 - as above
    try:
        code = main()
        sys.stderr.flush()
    except OSError:
        # Even the message could not be written.
        code = FAILED
    # Everything is written and flushed, and nothing is left open.
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; nothing but a defect of ours gives a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _dispatch(given)
        sys.stdout.flush()
        return code
    except UsageError as error:
        _complain(error)
        return WRONG_USE
    except SupportableError as error:
        _complain(error, "no verdict was made" if given[:1] == ["check"] else "")
        return FAILED
    except BrokenPipeError:
        # The reader of our output has left (`| head`): not an error, and the interpreter must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        print("supportable: interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"supportable: {where}{(error.strerror or str(error)).lower()}", file=sys.stderr)
        return FAILED


def _complain(error: SupportableError, first: str = "") -> None:
    if first:
        print(f"supportable: {first}", file=sys.stderr)
    print(error if first else f"supportable: {error}", file=sys.stderr)


def _dispatch(given: list[str]) -> int:
    if given[:1] == ["--version"]:
        from importlib.metadata import version

        print(f"supportable {version('supportable')}")
        return MET
    if given and given[0] in _GROUPS:
        group = import_module(f"supportable.cli_{given[0]}")
        return choose(f"supportable {given[0]}", _GROUPS[given[0]], group.commands(), given[1:])
    about = "Says whether a clustered deployment is supported, by whom, how far, why, and what nobody looked at."
    return choose("supportable", about, _commands(), given)


_GROUPS = {
    "policy": "Shows, checks, compares and starts packs of policies.",
    "fleet": "Judges an inventory of many deployments, and says what to fetch next.",
    "case": "Runs a support case by the policy's own rules: who may ask what of whom, now and not yet, and what was asked out of turn.",
    "waiver": "Writes the text that asks an issuer for an exception.",
    "reproduce": "Plans, runs and decides trials that are to make an issue appear, with stated error rates.",
}


def _commands() -> dict[str, Command]:
    return {
        "check": Command("judge evidence by the policies that apply", _check_arguments, _check),
        "timeline": Command("tell the level of one deployment over time, and what changes it", _timeline_arguments, _timeline),
        "plan": Command("find the cheapest changes after which a deployment is supported", _plan_arguments, _plan),
        "explain": Command("show one clause: what it says, where it stands, what it reads, its examples", _explain_arguments, _explain),
        "facts": Command("show every fact read from evidence, and how to get those that are missing", _facts_arguments, _facts),
        "policy": Command("show, check, compare and start policies; find their gaps; import dates", no_arguments, _group),
        "waiver": Command("write the letter that asks an issuer for an exception", no_arguments, _group),
        "case": Command("run a support case by the policy's own rules", no_arguments, _group),
        "reproduce": Command("plan, run and decide trials that are to make an issue appear", no_arguments, _group),
        "fleet": Command("judge an inventory of many deployments", no_arguments, _group),
        "collect": Command("gather evidence on this machine into one bundle, without secrets", _collect_arguments, _collect),
        "doctor": Command("show what is installed and what works", no_arguments, _doctor),
    }


def _group(_options: argparse.Namespace) -> int:
    raise AssertionError("a group of commands is dispatched before this one")


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="a deployment file, evidence file, directory, zip or tar; several are one deployment"
    )
    parser.add_argument(
        "--document", action="append", default=[], metavar="ID", help="judge by the clauses of this document only (repeatable)"
    )
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="judge by this pack too (repeatable)")
    parser.add_argument("--as-of", metavar="DATE", help="the day the deployment is judged for (default: today)")
    parser.add_argument("--known", metavar="DATE", help="count only what was published by then (default: today)")
    parser.add_argument(
        "--require",
        metavar="LEVEL",
        default="full",
        help="exit with 0 only at this level or above: full, limited, unsupported (default: full)",
    )
    parser.add_argument("--format", metavar="FORMAT", default="text", help=f"what to print: {', '.join(FORMATS)} (default: text)")
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help="also write FILE, its format by its ending, or FORMAT:FILE (repeatable)",
    )
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever the verdict")


def _check(options: argparse.Namespace) -> int:
    from supportable import app

    today = time.strftime("%Y-%m-%d")
    as_of, known = (day(given) if given else today for given in (options.as_of, options.known))
    one_of(options.require, _LEVELS, "level")
    one_of(options.format, FORMATS, "format")
    outputs = [output(one, _BY_SUFFIX) for one in options.output]
    judgement = app.check(
        options.paths,
        documents=options.document,
        packs=options.pack,
        as_of=as_of,
        known=known,
        now="" if options.as_of else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        cache=app.cache_folder(os.environ),
    )
    for form, path in outputs:
        app.save_text(path, app.render(judgement, form))
    print_report(app.render(judgement, options.format, width=width(), colour=colour()))
    return MET if options.exit_zero else _exit_code(app.standing(judgement, options.require))


def _exit_code(standing: str) -> int:
    return {"met": MET, "not met": NOT_MET, "undecided": UNDECIDED, "nothing": NOTHING}[standing]


def _timeline_arguments(parser: argparse.ArgumentParser) -> None:
    import_module("supportable.cli_timeline").arguments(parser)


def _timeline(options: argparse.Namespace) -> int:
    return int(import_module("supportable.cli_timeline").run(options))


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    import_module("supportable.cli_plan").arguments(parser)


def _plan(options: argparse.Namespace) -> int:
    return int(import_module("supportable.cli_plan").run(options))


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        metavar="CLAUSE|PATH",
        nargs="+",
        help="the id of a clause, for example kb810986.hardware-listed-as-cluster; with --why-not evidence, as for `check`",
    )
    import_module("supportable.cli_why_not").arguments(parser)
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="look in this pack too (repeatable)")
    parser.add_argument("--as-of", metavar="DATE", help="say whether it is in force on this day (default: today)")
    parser.add_argument("--known", metavar="DATE", help="count only what was published by then (default: today)")


def _explain(options: argparse.Namespace) -> int:
    if options.why_not is not None:
        return int(import_module("supportable.cli_why_not").run(options))
    from supportable import app

    clause, *more = options.words
    if more or options.document or options.format != "text":
        given = f"`{more[0]}`" if more else "`--document`" if options.document else "`--format`"
        raise UsageError(f"{given} means nothing for one clause", None, "`supportable explain --why-not full PATH...` asks about evidence")
    today = time.strftime("%Y-%m-%d")
    as_of, known = (day(given) if given else today for given in (options.as_of, options.known))
    print_report(app.explain(clause, options.pack, width(), (as_of, known)))
    return MET


def _facts_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="*", help="evidence, as for `check`")
    parser.add_argument("--fields", action="store_true", help="print the catalogue of fields instead")
    parser.add_argument("--why", metavar="FIELD", help="tell how the value of this field (or `nodes`) came about, and why it is unknown")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="text or json (default: text)")


def _facts(options: argparse.Namespace) -> int:
    from supportable import app

    one_of(options.format, ("text", "json"), "format")
    if options.why is not None:
        from supportable.evidence_origins import why

        print_report(why(options.why, options.paths, options.format, width()))
        return MET
    if not options.fields and not options.paths:
        raise UsageError("no evidence was given", None, "name a PATH, or `--fields` for the catalogue")
    print_report(app.fields_text(options.format, width()) if options.fields else app.facts_text(options.paths, options.format, width()))
    return MET


def _collect_arguments(parser: argparse.ArgumentParser) -> None:
    from supportable import cli_collect

    cli_collect.arguments(parser)


def _collect(options: argparse.Namespace) -> int:
    from supportable import cli_collect

    return cli_collect.run(options)


def _doctor(_options: argparse.Namespace) -> int:
    from supportable.app import cache_folder
    from supportable.doctoring import doctor

    text, well = doctor(cache_folder(os.environ))
    print_report(text)
    return MET if well else FAILED
