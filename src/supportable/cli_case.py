"""`supportable case` and `supportable reproduce`: arguments -> one call of `casework` -> text and exit code.

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

from supportable import app, casework
from supportable.casework import CaseFile, Opening
from supportable.core.case import ROLES, Close, Perform, Record, Try
from supportable.core.clauses import PARTIES
from supportable.core.process import ATTRIBUTIONS, EFFORTS, ENDS, RELATED
from supportable.core.reproduction import OUTCOMES, Goal, plan
from supportable.errors import UsageError
from supportable.stores.cases import CaseStore, default_store
from supportable.terminal import MET, NOT_MET, UNDECIDED, Command, day, one_of, print_report, width


def commands(group: str) -> Mapping[str, Command]:
    """Return the commands of `case` or `reproduce`."""
    if group == "reproduce":
        return {
            "plan": Command("say how many trials a goal needs", _plan_arguments, _plan),
            "status": Command("decide by the trials of a case", _case_arguments, _status),
        }
    return {
        "open": Command("judge evidence and open a case about one issue", _open_arguments, _open),
        "list": Command("list the cases", _store_arguments, _list),
        "show": Command("show a case and all that happened in it", _case_arguments, _show),
        "next": Command("say for every party what it must, may and must not do now, and what not yet", _next_arguments, _next),
        "record": Command("write down an effort, an attribution, a deadline, ...", _record_arguments, _record),
        "act": Command("write down what a party did", _act_arguments, _act),
        "trial": Command("write down attempts to make the issue appear", _trial_arguments, _trial),
        "conduct": Command("list the acts that the policy did not allow, and the duties not met", _conduct_arguments, _conduct),
        "rehearse": Command("explore every course that the policy allows, before anything breaks", _rehearse_arguments, _rehearse),
        "close": Command("close a case", _close_arguments, _close),
    }


FORMATS = ("text", "json", "html")


def _store_arguments(parser: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    parser.add_argument(
        "--store",
        metavar="PLACE",
        help="where cases are kept: a file, or postgresql://... (default: SUPPORTABLE_STORE, or your data folder)",
    )
    _format_argument(parser, formats)


def _format_argument(parser: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    parser.add_argument("--format", metavar="FORMAT", default="text", help=f"what to print: {', '.join(formats)} (default: text)")
    parser.set_defaults(formats=tuple(formats))


def _case_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case; `supportable case list` shows them")
    _store_arguments(parser)


def _happening_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", metavar="TIME", help="when it happened, in local time: 2026-11-25T15:30 (default: now)")
    _store_arguments(parser)


def _judging_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--issuer", metavar="ISSUER", default="", help="whose policy, where several issuers speak")
    parser.add_argument(
        "--document", action="append", default=[], metavar="ID", help="judge by the clauses of this document only (repeatable)"
    )
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="judge by this pack too (repeatable)")
    parser.add_argument("--as-of", metavar="DATE", help="the day the deployment is judged for (default: today)")
    parser.add_argument("--known", metavar="DATE", help="count only what was published by then (default: today)")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _today() -> str:
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
    return options.store or default_store(os.environ)


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[CaseStore]:
    one_of(options.format, options.formats, "format of this command")
    store = casework.store_at(_where(options))
    try:
        yield store
    finally:
        store.close()


def _cache() -> Path | None:
    return app.cache_folder(os.environ)


def _load(store: CaseStore, options: argparse.Namespace) -> CaseFile:
    return casework.load_case(store, options.case, _cache())


def _report(options: argparse.Namespace) -> casework.CaseReport:
    one_of(options.format, options.formats, "format of this command")
    return casework.reporter(options.format, width(), local_time)


def _dates(options: argparse.Namespace) -> tuple[str, str]:
    today = _today()
    return (day(options.as_of) if options.as_of else today), (day(options.known) if options.known else today)


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
    now = _now()
    as_of, known = _dates(options)
    one_of(options.related, RELATED, "answer")
    opening = Opening(
        tuple(options.paths), options.issue, options.related, options.name, options.issuer, tuple(options.document), tuple(options.pack),
        as_of, known, _when(options.at, now),
    )  # fmt: skip
    with _store(options) as store:
        case = casework.open_case(store, opening, now, _cache())
    print_report(_report(options).next_acts(case, case.next_acts()))
    return MET


def _list(options: argparse.Namespace) -> int:
    with _store(options) as store:
        rows = store.cases()
    print_report(_report(options).listing(rows, _shown_place(options)))
    return MET


def _shown_place(options: argparse.Namespace) -> str:
    # The password of a URL is nobody's business.
    where = _where(options)
    scheme, separator, rest = where.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else f"`{where}`"


def _show(options: argparse.Namespace) -> int:
    with _store(options) as store:
        case = _load(store, options)
    print_report(_report(options).show(case))
    return MET


def _next_arguments(parser: argparse.ArgumentParser) -> None:
    _case_arguments(parser)
    parser.add_argument("--party", metavar="PARTY", default="", help=f"only this party: {', '.join(PARTIES)}")


def _next(options: argparse.Namespace) -> int:
    if options.party:
        one_of(options.party, PARTIES, "party")
    with _store(options) as store:
        case = _load(store, options)
    print_report(_report(options).next_acts(case, case.next_acts(), options.party))
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
    now = _now()
    with _store(options) as store:
        case = casework.add(store, _load(store, options), Record(options.what, options.by, _when(options.at, now), details), now)
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
    held = [one for one in case.conduct(_today()) if one.number == event.number]
    print_report(_report(options).recorded(case, held))
    return MET


def _act_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument("party", metavar="PARTY", help=f"who did it: {', '.join(PARTIES)}")
    parser.add_argument("act", metavar="ACT", help="what: request-removal, refer-to-cluster-vendor, engage-vendor, ...")
    parser.add_argument("text", metavar="TEXT", nargs="?", default="", help="more about it")
    _happening_arguments(parser)


def _act(options: argparse.Namespace) -> int:
    now = _now()
    with _store(options) as store:
        command = Perform(options.party, options.act, _when(options.at, now), options.text)
        case = casework.add(store, _load(store, options), command, now)
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
    now = _now()
    one_of(options.role, ROLES, "role of an environment")
    one_of(options.outcome, OUTCOMES, "outcome of a trial")
    evidence = tuple(casework.file_digest(Path(one)) for one in options.evidence)
    with _store(options) as store:
        case = _load(store, options)
        environment, contents = casework.judge_environment(case, store, options.paths, options.environment, options.role, _cache())
        command = Try(environment, options.outcome, options.by, _when(options.at, now), options.count, options.reason, evidence)
        case = casework.add(store, case, command, now, contents)
    print_report(_report(options).reproduction(case, casework.decisions(case)))
    return MET


def _conduct_arguments(parser: argparse.ArgumentParser) -> None:
    _case_arguments(parser)
    parser.add_argument("--as-of", metavar="DATE", help="look at deadlines as on this day (default: today)")


def _conduct(options: argparse.Namespace) -> int:
    today = day(options.as_of) if options.as_of else _today()
    with _store(options) as store:
        case = _load(store, options)
    found = case.conduct(today)
    print_report(_report(options).conduct(case, found, today))
    return NOT_MET if found else MET


def _rehearse_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", help="evidence, as for `supportable check`, or the id of a case")
    _judging_arguments(parser)
    _store_arguments(parser, (*FORMATS, "mermaid"))


def _rehearse(options: argparse.Namespace) -> int:
    report = _report(options)
    if len(options.paths) == 1 and not Path(options.paths[0]).exists() and not {"/", "\\"} & set(options.paths[0]):
        with _store(options) as store:
            one = casework.rehearse_case(casework.load_case(store, options.paths[0], _cache()))
    else:
        one = casework.rehearse_evidence(options.paths, options.document, options.pack, options.issuer, *_dates(options), _cache())
    print_report(report.rehearsal(one))
    return MET


def _close_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument("--end", metavar="END", required=True, help=f"how it ended: {', '.join(ENDS)}")
    parser.add_argument("--by", metavar="PARTY", default="support-provider", help="who closed it (default: support-provider)")
    parser.add_argument("text", metavar="TEXT", nargs="?", default="", help="more about it")
    _happening_arguments(parser)


def _close(options: argparse.Namespace) -> int:
    now = _now()
    one_of(options.end, ENDS, "way to end a case")
    with _store(options) as store:
        case = casework.add(store, _load(store, options), Close(options.end, options.by, _when(options.at, now), options.text), now)
    return _recorded(options, case)


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
    _format_argument(parser)


def _plan(options: argparse.Namespace) -> int:
    planned = plan(Goal(options.rate, options.alpha, options.beta, options.background))
    print_report(_report(options).plan(planned))
    return MET


def _status(options: argparse.Namespace) -> int:
    with _store(options) as store:
        case = _load(store, options)
    found = casework.decisions(case)
    print_report(_report(options).reproduction(case, found))
    return UNDECIDED if any(decision.outcome == "undecided" for _, decision in found) or not found else MET
