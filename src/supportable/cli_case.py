"""`supportable case`: arguments -> one call of `casework` -> text and exit code.

In: words somebody typed. Out: text on standard output, or a `SupportableError` with one sentence. Times are given and shown in the local
time zone, and kept as UTC.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supportable import app, casework, packets
from supportable.casework import CaseFile, Opening
from supportable.core.case import ROLES, Close, Perform, Record, Try
from supportable.core.clauses import PARTIES
from supportable.core.process import ATTRIBUTIONS, EFFORTS, ENDS, RELATED
from supportable.core.reproduction import Goal
from supportable.core.trials import OUTCOMES
from supportable.errors import UnknownCase, UsageError
from supportable.terminal import FAILED, MET, NOT_MET, Command, day, one_of, print_report, width


def commands() -> Mapping[str, Command]:
    """Return the commands of `case`."""
    return {
        "open": Command("judge evidence and open a case about one issue", _open_arguments, _open),
        "list": Command("list the cases", store_arguments, _list),
        "show": Command("show a case and all that happened in it", case_arguments, _show),
        "next": Command("say for every party what it must, may and must not do now, and what not yet", _next_arguments, _next),
        "record": Command("write down an effort, an attribution, a deadline, ...", _record_arguments, _record),
        "act": Command("write down what a party did", _act_arguments, _act),
        "trial": Command("write down attempts to make the issue appear", _trial_arguments, _trial),
        "conduct": Command("list the acts that the policy did not allow, and the duties not met", _conduct_arguments, _conduct),
        "rehearse": Command("explore every course that the policy allows, before anything breaks", _rehearse_arguments, _rehearse),
        "close": Command("close a case", _close_arguments, _close),
        "verify": Command("check that nothing in a case was changed, removed or put in", _verify_arguments, _verify),
        "export": Command("write a whole case as lines of JSON", _export_arguments, _export),
        "packet": Command("write what another vendor needs to know of a case, without secrets and names", _packet_arguments, _packet),
        "import": Command("keep a case that was exported", _import_arguments, _import),
    }


FORMATS = ("text", "json", "html")
PLAIN = ("text", "json")


def store_arguments(parser: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    """Take where cases are kept, and the format."""
    parser.add_argument(
        "--store",
        metavar="PLACE",
        help="where cases are kept: a file, or postgresql://... (default: SUPPORTABLE_STORE, or your data folder)",
    )
    format_argument(parser, formats)


def format_argument(parser: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    """Take one of the formats that a command has."""
    parser.add_argument("--format", metavar="FORMAT", default="text", help=f"what to print: {', '.join(formats)} (default: text)")
    parser.set_defaults(formats=tuple(formats))


def case_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a case."""
    parser.add_argument("case", metavar="CASE", help="the id of a case; `supportable case list` shows them")
    store_arguments(parser)


def _happening_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", metavar="TIME", help="when it happened, in local time: 2026-11-25T15:30 (default: now)")
    store_arguments(parser)


def _judging_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--issuer", metavar="ISSUER", default="", help="whose policy, where several issuers speak")
    parser.add_argument(
        "--document", action="append", default=[], metavar="ID", help="judge by the clauses of this document only (repeatable)"
    )
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="judge by this pack too (repeatable)")
    parser.add_argument("--as-of", metavar="DATE", help="the day the deployment is judged for (default: today)")
    parser.add_argument("--known", metavar="DATE", help="count only what was published by then (default: today)")


def now() -> str:
    """Return the time in UTC, as logs write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> str:
    """Return the local date."""
    return time.strftime("%Y-%m-%d")


def _when(given: str | None, now: str) -> str:
    if given is None:
        return now
    try:
        return datetime.fromisoformat(given).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"`{given}` is not a time", None, "write 2026-11-25T15:30, or with a zone 2026-11-25T15:30+01:00") from None


def local_time(at: str) -> str:
    """Return a UTC time of a log in the local time zone.

    >>> import os, time
    >>> kept = os.environ.get("TZ"); os.environ["TZ"] = "UTC"; time.tzset()
    >>> local_time("2026-11-25T15:46:00Z")
    '2026-11-25 15:46 UTC'
    """
    moment = datetime.fromisoformat(at).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M ") + (moment.tzname() or "")


def _where(options: argparse.Namespace) -> str:
    return options.store or casework.default_store(os.environ)


@contextmanager
def open_store(options: argparse.Namespace) -> Iterator[casework.CaseStore]:
    """Open the place where cases are kept, for as long as the block lasts."""
    one_of(options.format, options.formats, "format of this command")
    store = casework.store_at(_where(options))
    try:
        yield store
    finally:
        store.close()


def cache() -> Path | None:
    """Return where compiled packs are kept."""
    return app.cache_folder(os.environ)


def load(store: casework.CaseStore, options: argparse.Namespace) -> CaseFile:
    """Return the case that the command names."""
    return casework.load_case(store, options.case, cache())


def report_in(options: argparse.Namespace) -> casework.CaseReport:
    """Return the reports in the format that was asked for."""
    one_of(options.format, options.formats, "format of this command")
    return casework.reporter(options.format, width(), local_time)


def _dates(options: argparse.Namespace) -> tuple[str, str]:
    return (day(options.as_of) if options.as_of else today()), (day(options.known) if options.known else today())


def _open_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", help="evidence, as for `supportable check`")
    parser.add_argument("--issue", metavar="TEXT", required=True, help="what does not work, in one sentence")
    parser.add_argument(
        "--related",
        metavar="ANSWER",
        default="unknown",
        help=f"is the issue related to the workload: {', '.join(RELATED)} (default: unknown)",
    )
    parser.add_argument("--name", metavar="CASE", default="", help="the id of the case (default: the deployment's name and a number)")
    _judging_arguments(parser)
    _happening_arguments(parser)


def _open(options: argparse.Namespace) -> int:
    moment = now()
    as_of, known = _dates(options)
    one_of(options.related, RELATED, "answer")
    opening = Opening(
        tuple(options.paths), options.issue, options.related, options.name, options.issuer, tuple(options.document), tuple(options.pack),
        as_of, known, _when(options.at, moment),
    )  # fmt: skip
    with open_store(options) as store:
        case = casework.open_case(store, opening, moment, cache())
    print_report(report_in(options).next_acts(case, case.next_acts()))
    return MET


def _list(options: argparse.Namespace) -> int:
    with open_store(options) as store:
        rows = store.cases()
    print_report(report_in(options).listing(rows, _shown_place(options)))
    return MET


def _shown_place(options: argparse.Namespace) -> str:
    # The password of a URL is nobody's business.
    where = _where(options)
    scheme, separator, rest = where.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else f"`{where}`"


def _show(options: argparse.Namespace) -> int:
    with open_store(options) as store:
        case = load(store, options)
    print_report(report_in(options).show(case))
    return MET


def _next_arguments(parser: argparse.ArgumentParser) -> None:
    case_arguments(parser)
    parser.add_argument("--party", metavar="PARTY", default="", help=f"only this party: {', '.join(PARTIES)}")


def _next(options: argparse.Namespace) -> int:
    if options.party:
        one_of(options.party, PARTIES, "party")
    with open_store(options) as store:
        case = load(store, options)
    print_report(report_in(options).next_acts(case, case.next_acts(), options.party))
    return MET


_RECORDS = {
    "effort": "WHAT --outcome resolved|not-resolved|pending",
    "attribution": "unrelated|unknown|suspected|shown --basis TEXT",
    "related": "yes|no|unknown",
    "vendor": "TEXT",
    "change": "TEXT",
    "deadline": "PARTY ACT DATE",
    "goal": "rate=0.1 alpha=0.05 beta=0.05 background=0",
    "note": "TEXT",
}


def _record_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument("what", metavar="WHAT", help="; ".join(f"{name} {form}" for name, form in _RECORDS.items()))
    parser.add_argument("words", metavar="WORD", nargs="+", help="what is recorded, in the form given above")
    parser.add_argument("--by", metavar="PARTY", default="support-provider", help="who says so (default: support-provider)")
    parser.add_argument("--outcome", metavar="OUTCOME", default="pending", help=f"of an effort: {', '.join(EFFORTS)} (default: pending)")
    parser.add_argument("--basis", metavar="TEXT", default="", help="of an attribution: why it is believed")
    parser.add_argument(
        "--evidence", metavar="FILE", action="append", default=[], help="of an attribution: a file that shows it (repeatable)"
    )
    parser.add_argument("--text", metavar="TEXT", default="", help="more about it")
    _happening_arguments(parser)


def _record(options: argparse.Namespace) -> int:
    one_of(options.what, tuple(_RECORDS), "kind of record")
    details = _details(options)
    moment = now()
    with open_store(options) as store:
        case = casework.add(store, load(store, options), Record(options.what, options.by, _when(options.at, moment), details), moment)
    return _recorded(options, case)


def _details(options: argparse.Namespace) -> dict[str, Any]:
    words = " ".join(options.words)
    match options.what:
        case "effort":
            return {"effort": words, "outcome": options.outcome, "text": options.text}
        case "attribution":
            one_of(words, ATTRIBUTIONS, "attribution")
            return {
                "attribution": words,
                "basis": options.basis or options.text,
                "evidence": [list(casework.file_digest(Path(one))) for one in options.evidence],
            }
        case "related":
            one_of(words, RELATED, "answer")
            return {"related": words, "text": options.text}
        case "deadline":
            if len(options.words) != 3:
                raise UsageError(
                    "a deadline is a party, an act and a date", None, "for example: deadline customer engage-vendor 2026-12-01"
                )
            return dict(zip(("party", "act", "until"), options.words, strict=True))
        case "goal":
            return _goal_of(options.words)
    return {"text": words}


def _goal_of(words: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for word in words:
        name, _, value = word.partition("=")
        one_of(name, Goal._fields, "part of a goal")
        try:
            found[name] = float(value)
        except ValueError:
            raise UsageError(f"`{value}` is not a number", None, f"write for example {name}=0.1") from None
    return found


def _recorded(options: argparse.Namespace, case: CaseFile) -> int:
    event = case.log[-1]
    held = [one for one in case.conduct(today()) if one.number == event.number]
    print_report(report_in(options).recorded(case, held))
    return MET


def _act_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument("party", metavar="PARTY", help=f"who did it: {', '.join(PARTIES)}")
    parser.add_argument("act", metavar="ACT", help="what: request-removal, refer-to-cluster-vendor, engage-vendor, ...")
    parser.add_argument("text", metavar="TEXT", nargs="?", default="", help="more about it")
    _happening_arguments(parser)


def _act(options: argparse.Namespace) -> int:
    moment = now()
    with open_store(options) as store:
        command = Perform(options.party, options.act, _when(options.at, moment), options.text)
        case = casework.add(store, load(store, options), command, moment)
    return _recorded(options, case)


def _trial_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument("paths", metavar="PATH", nargs="+", help="the environment of the trial: evidence of a deployment, which is judged")
    parser.add_argument("--role", metavar="ROLE", required=True, help=f"what the environment is: {', '.join(ROLES)}")
    parser.add_argument("--outcome", metavar="OUTCOME", required=True, help=f"{', '.join(OUTCOMES)}")
    parser.add_argument("--count", metavar="N", type=int, default=1, help="so many trials with this outcome (default: 1)")
    parser.add_argument("--environment", metavar="NAME", default="", help="a name for the environment (default: its deployment's name)")
    parser.add_argument("--by", metavar="PARTY", default="support-provider", help="who made it (default: support-provider)")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why there was no outcome")
    parser.add_argument("--evidence", metavar="FILE", action="append", default=[], help="a file that shows the outcome (repeatable)")
    _happening_arguments(parser)


def _trial(options: argparse.Namespace) -> int:
    moment = now()
    one_of(options.role, ROLES, "role of an environment")
    one_of(options.outcome, OUTCOMES, "outcome of a trial")
    evidence = tuple(casework.file_digest(Path(one)) for one in options.evidence)
    with open_store(options) as store:
        case = load(store, options)
        environment, contents = casework.judge_environment(case, store, options.paths, options.environment, options.role, cache())
        command = Try(environment, options.outcome, options.by, _when(options.at, moment), options.count, options.reason, evidence)
        case = casework.add(store, case, command, moment, contents)
    print_report(report_in(options).reproduction(case, casework.decisions(case)))
    return MET


def _conduct_arguments(parser: argparse.ArgumentParser) -> None:
    case_arguments(parser)
    parser.add_argument("--as-of", metavar="DATE", help="look at deadlines as on this day (default: today)")


def _conduct(options: argparse.Namespace) -> int:
    until = day(options.as_of) if options.as_of else today()
    with open_store(options) as store:
        case = load(store, options)
    found = case.conduct(until)
    print_report(report_in(options).conduct(case, found, until))
    return NOT_MET if found else MET


def _rehearse_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", help="evidence, as for `supportable check`, or the id of a case")
    _judging_arguments(parser)
    store_arguments(parser, (*FORMATS, "mermaid"))


def _rehearse(options: argparse.Namespace) -> int:
    report = report_in(options)
    if len(options.paths) == 1 and not Path(options.paths[0]).exists() and not {"/", "\\"} & set(options.paths[0]):
        with open_store(options) as store:
            try:
                one = casework.rehearse_case(casework.load_case(store, options.paths[0], cache()))
            except UnknownCase as error:
                raise UsageError(f"there is no file and no case `{options.paths[0]}`", None, error.hint) from None
    else:
        one = casework.rehearse_evidence(options.paths, options.document, options.pack, options.issuer, *_dates(options), cache())
    print_report(report.rehearsal(one))
    return MET


def _close_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument("--end", metavar="END", required=True, help=f"how it ended: {', '.join(ENDS)}")
    parser.add_argument("--by", metavar="PARTY", default="support-provider", help="who closed it (default: support-provider)")
    parser.add_argument("text", metavar="TEXT", nargs="?", default="", help="more about it")
    _happening_arguments(parser)


def _close(options: argparse.Namespace) -> int:
    moment = now()
    one_of(options.end, ENDS, "way to end a case")
    with open_store(options) as store:
        case = casework.add(store, load(store, options), Close(options.end, options.by, _when(options.at, moment), options.text), moment)
    return _recorded(options, case)


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    store_arguments(parser, PLAIN)
    parser.add_argument("--receipt", metavar="N:DIGEST", default="", help="a receipt that was kept elsewhere; `case show` prints it")


def _verify(options: argparse.Namespace) -> int:
    with open_store(options) as store:
        found = casework.verify_case(store, options.case, options.receipt, cache())
    print_report(report_in(options).verified(found, bool(options.receipt)))
    return FAILED if found.problems else MET


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")
    store_arguments(parser, PLAIN)


def _export(options: argparse.Namespace) -> int:
    with open_store(options) as store:
        lines = casework.export_case(store, options.case)
    if options.output is None:
        print_report(lines)
    else:
        app.save_text(Path(options.output), lines)
        print_report(f"{options.case}: exported to {options.output}\n")
    return MET


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file that `supportable case export` wrote")
    store_arguments(parser, PLAIN)


def _import(options: argparse.Namespace) -> int:
    with open_store(options) as store:
        found = casework.import_case(store, Path(options.file))
    was = "was there already, with the same events" if found.was_there else "imported"
    print_report(f"{found.case}: {was} ({found.number} events)\n")
    return MET


def _packet_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument("--to", metavar="PARTY", required=True, help=f"who is to get it: {', '.join(packets.RECIPIENTS)}")
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the zip to write")
    parser.add_argument("--keep-names", action="store_true", help="leave the names of machines, clusters and domains as they are")
    parser.add_argument("--mapping", metavar="FILE", help="write which name became which to this file, which stays with you")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    store_arguments(parser, PLAIN)


def _packet(options: argparse.Namespace) -> int:
    one_of(options.to, packets.RECIPIENTS, "party that a packet can be for")
    if options.mapping and options.keep_names:
        raise UsageError("with `--keep-names` no name is replaced", None, "leave out `--mapping` or `--keep-names`")
    output, mapping = Path(options.output), Path(options.mapping) if options.mapping else None
    packets.check_places([output, *([mapping] if mapping else [])], options.force)
    with open_store(options) as store:
        made = packets.packet(store, load(store, options), options.to, options.keep_names, cache())
    packets.save(made, output, mapping, options.force)
    print_report(packets.told(made, options.output, options.format))
    return MET
