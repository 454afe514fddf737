"""The use cases of a case: what `supportable case` and `supportable reproduce` do. Joins the case of the core with stores and labs.

In: where cases are kept, a case or evidence, and what somebody did. Out: a `CaseFile`, which reports show. A case is run by the policy
it was opened under, which is kept with it, whatever ships today.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from supportable import app
from supportable.core.attribution import Attributed, Difference
from supportable.core.case import Command, begin, handle
from supportable.core.clauses import Level, select
from supportable.core.compile import Compiled, compile_pack
from supportable.core.conduct import Next, Objected, conduct, next_acts
from supportable.core.deployment import Deployment, deployment_of
from supportable.core.events import Event, canonical
from supportable.core.facts import Absent
from supportable.core.ledger import Environment, Ledger, ledger_of, reproduction_of
from supportable.core.process import VENDORS, Duty
from supportable.core.rehearsal import Rehearsal, rehearse
from supportable.core.reproduction import Decision, Plan
from supportable.core.snapshot import deployment_from, plain_of
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth
from supportable.core.verdict import Verdict
from supportable.core.verdict import judge as judge_deployment
from supportable.errors import CaseError, CaseFileError, Place, Problem, StoreError, UsageError
from supportable.gathering import read_evidence
from supportable.stores import case_files
from supportable.stores import packs as pack_store
from supportable.stores.case_places import default_store, open_store
from supportable.stores.cases import CaseRow, CaseStore
from supportable.stores.cases import verify_case as verify_kept
from supportable.stores.pack_copies import copy_pack, load_copy

_TRUTHS: tuple[Truth, ...] = (FALSE, UNKNOWN, TRUE, FALSE, UNKNOWN)
"""Whether a duty applies, by the outcome code of its finding."""


__all__ = ["CaseRow", "CaseStore", "default_store"]


class Policy(NamedTuple):
    """What a case is run by: compiled packs of one issuer, narrowed to documents and dates."""

    issuer: str
    compiled: tuple[Compiled, ...]


class CaseFile(NamedTuple):
    """A case with everything that reports show: its log, the verdict it was opened with (given anew), its duties, what it has come to."""

    id: str
    log: tuple[Event, ...]
    deployment: Deployment
    verdict: Verdict
    duties: tuple[Duty, ...]
    ledger: Ledger

    @property
    def opening(self) -> Mapping[str, Any]:
        return self.log[0].body

    def next_acts(self) -> tuple[Next, ...]:
        return next_acts(self.ledger.state, self.duties)

    def conduct(self, today: str) -> tuple[Objected, ...]:
        return conduct(self.log, self.duties, today)


def duties_of(verdict: Verdict, deployment: Deployment, policy: Policy) -> tuple[Duty, ...]:
    """Return the duties of a verdict, with whether each would apply once the cluster service is removed."""
    without = deployment_of(deployment.name, {**deployment.facts, "cluster.service": Absent()}, deployment.listings)
    removed = {finding.clause.id: finding.code for one in judge_deployment(without, policy.compiled) for finding in one.findings}
    return tuple(
        Duty(finding.clause, _TRUTHS[finding.code], _TRUTHS[removed[finding.clause.id]])
        for finding in verdict.findings
        if finding.clause.kind == "duty"
    )


class Rehearsed(NamedTuple):
    """A deployment with its verdict and every course that the policy allows; `others`: those of other issuers, whose texts count."""

    deployment: Deployment
    verdict: Verdict
    duties: tuple[Duty, ...]
    rehearsal: Rehearsal
    as_of: str
    known: str
    others: tuple[Verdict, ...] = ()


def rehearse_evidence(
    paths: Sequence[Path | str],
    documents: Sequence[str],
    packs: Sequence[Path | str],
    issuer: str,
    as_of: str,
    known: str,
    cache: Path | None,
) -> Rehearsed:
    """Read evidence, judge it, and explore every course that the policy of one issuer allows."""
    deployment = read_evidence(paths).deployment
    policy, verdict = _judged(deployment, issuer, documents, packs, as_of, known, cache)
    duties = duties_of(verdict, deployment, policy)
    compiled = app.compiled_packs(tuple(Path(one) for one in packs), tuple(documents), as_of, known, pack_store.Cache(cache))
    foreign = tuple(one for one in compiled if one.pack.issuer != verdict.issuer)
    others = judge_deployment(deployment, foreign)
    for other in others:
        # Of another issuer's packs only the vendors' texts count: its customers and its own support are no parties here.
        texts = duties_of(other, deployment, Policy(other.issuer, tuple(one for one in foreign if one.pack.issuer == other.issuer)))
        duties = (*duties, *(one for one in texts if one.clause.party in VENDORS))
    return Rehearsed(deployment, verdict, duties, rehearse(duties), as_of, known, others)


def rehearse_case(case: CaseFile) -> Rehearsed:
    """Explore every course of the deployment of a case, from the beginning."""
    opening = case.opening
    return Rehearsed(case.deployment, case.verdict, case.duties, rehearse(case.duties), opening["as_of"], opening["known"])


def _judged(
    deployment: Deployment, issuer: str, documents: Sequence[str], packs: Sequence[Path | str], as_of: str, known: str, cache: Path | None
) -> tuple[Policy, Verdict]:
    compiled = app.compiled_packs(tuple(Path(one) for one in packs), tuple(documents), as_of, known, pack_store.Cache(cache))
    verdicts = judge_deployment(deployment, compiled)
    speaking = [one for one in verdicts if one.applies and (not issuer or one.issuer == issuer)]
    if not speaking:
        whose = f" of {issuer}" if issuer else ""
        raise CaseError(
            f"no document{whose} says anything about `{deployment.name}`",
            None,
            "a case is run by a policy: `supportable check` shows what is known and what is missing",
        )
    if len(speaking) > 1:
        names = ", ".join(one.issuer for one in speaking)
        raise UsageError(f"several issuers speak about `{deployment.name}`: {names}", None, "choose one with `--issuer`")
    chosen = speaking[0]
    return Policy(chosen.issuer, tuple(one for one in compiled if one.pack.issuer == chosen.issuer)), chosen


class Opening(NamedTuple):
    """What a case is opened with; `issuer` is empty when only one speaks, `name` when the case may be named for its deployment."""

    paths: tuple[str, ...]
    issue: str
    related: str = "unknown"
    name: str = ""
    issuer: str = ""
    documents: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    as_of: str = ""
    known: str = ""
    when: str = ""


def open_case(store: CaseStore, opening: Opening, at: str, cache: Path | None) -> CaseFile:
    """Read evidence, judge it, and begin a case that keeps the deployment and the policy with the verdict."""
    reading = read_evidence(opening.paths)
    if not reading.read:
        file, reason = reading.unread[0] if reading.unread else (opening.paths[0], "it holds no file")
        raise CaseError(
            f"nothing is known of a deployment: `{file}` was not read: {reason}", None, "name evidence that `supportable facts` can read"
        )
    policy, verdict = _judged(reading.deployment, opening.issuer, opening.documents, opening.packs, opening.as_of, opening.known, cache)
    snapshot = canonical(plain_of(reading.deployment))
    folders = {folder.name: folder for folder in pack_store.pack_folders(tuple(Path(one) for one in opening.packs))}
    copies = {one.pack.id: copy_pack(_folder_of(one.pack.id, folders)) for one in policy.compiled}
    name = opening.name or _next_name(store, reading.deployment.name)
    body = {
        "title": opening.issue,
        "related": opening.related,
        "when": opening.when or at,
        "issuer": policy.issuer,
        "deployment": {"name": reading.deployment.name, "digest": sha256(snapshot).hexdigest()},
        "packs": [
            {"id": one.pack.id, "revision": one.pack.revision, "digest": sha256(copies[one.pack.id]).hexdigest()} for one in policy.compiled
        ],
        "documents": list(opening.documents),
        "as_of": opening.as_of,
        "known": opening.known,
        "verdict": {
            "level": _word(verdict.level),
            "worst": _word(verdict.worst),
            "best": _word(verdict.best),
            "label": verdict.label,
        },
        "read": [list(one) for one in reading.read],
        "unread": [list(one) for one in reading.unread],
    }
    if opening.name and any(row.case == opening.name for row in store.cases()):
        raise CaseError(f"there is a case `{opening.name}` already", None, "choose another name, or leave it out")
    event = begin(name, at, body)
    contents = {sha256(data).hexdigest(): data for data in (snapshot, *copies.values())}
    case = CaseFile(name, (event,), reading.deployment, verdict, duties_of(verdict, reading.deployment, policy), ledger_of((event,)))
    store.append((event,), _summary(case.log), contents)
    return case


def _folder_of(pack_id: str, folders: Mapping[str, Path]) -> Path:
    if pack_id in folders:
        return folders[pack_id]
    return next(folder for folder in folders.values() if pack_store.load_pack(folder, examples=False).id == pack_id)


def _word(level: Level | None) -> str | None:
    return level.word if level is not None else None


def _next_name(store: CaseStore, deployment: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", deployment.lower()).strip("-")[:60] or "case"
    taken = [int(found[1]) for row in store.cases() if (found := re.fullmatch(rf"{re.escape(stem)}-(\d+)", row.case))]
    return f"{stem}-{max(taken, default=0) + 1}"


def _summary(log: Sequence[Event]) -> dict[str, Any]:
    opening, state = log[0].body, ledger_of(log).state
    return {
        "title": opening["title"],
        "deployment": opening["deployment"]["name"],
        "issuer": opening["issuer"],
        "level": opening["verdict"]["level"],
        "status": "open" if state.is_open else f"closed: {state.end}",
    }


def load_case(store: CaseStore, name: str, cache: Path | None) -> CaseFile:
    """Return a case, run by the policy it was opened under."""
    log = store.events(name)
    opening = log[0].body
    deployment = kept_deployment(store, opening["deployment"]["digest"])
    policy = kept_policy(store, opening, cache)
    verdict = next(one for one in judge_deployment(deployment, policy.compiled) if one.issuer == policy.issuer)
    return CaseFile(name, log, deployment, verdict, duties_of(verdict, deployment, policy), ledger_of(log))


def kept_deployment(store: CaseStore, digest: str) -> Deployment:
    """Return a deployment that a case keeps."""
    try:
        return deployment_from(json.loads(store.content(digest)))
    except (ValueError, KeyError, TypeError):
        raise StoreError("a deployment of this case is kept in a form that this version does not know") from None


def kept_policy(store: CaseStore, opening: Mapping[str, Any], cache: Path | None) -> Policy:
    """Return the policy that a case was opened under."""
    documents, as_of, known = tuple(opening["documents"]), opening["as_of"], opening["known"]
    shipped = {folder.name: folder for folder in pack_store.pack_folders()}
    made = []
    for one in opening["packs"]:
        folder = shipped.get(one["id"])
        if folder is not None and sha256(copy_pack(folder)).hexdigest() == one["digest"]:
            ready = app.compiled_packs((), documents, as_of, known, pack_store.Cache(cache))
            made += [compiled for compiled in ready if compiled.pack.id == one["id"]]
        else:
            made.append(compile_pack(select(load_copy(store.content(one["digest"])), documents, as_of, known)))
    return Policy(opening["issuer"], tuple(made))


def judge_environment(
    case: CaseFile, store: CaseStore, paths: Sequence[Path | str], name: str, role: str, cache: Path | None
) -> tuple[Environment, dict[str, bytes]]:
    """Read and judge the deployment that trials are made in, by the policy of the case; return it with the content that holds it."""
    deployment = read_evidence(paths).deployment
    policy = kept_policy(store, case.opening, cache)
    verdict = next((one for one in judge_deployment(deployment, policy.compiled) if one.issuer == policy.issuer), None)
    level = verdict.level if verdict is not None and verdict.applies else None
    snapshot = canonical(plain_of(deployment))
    digest = sha256(snapshot).hexdigest()
    return Environment(name or deployment.name, role, deployment.name, digest, _word(level) or ""), {digest: snapshot}


def add(store: CaseStore, case: CaseFile, command: Command, at: str, contents: Mapping[str, bytes] | None = None) -> CaseFile:
    """Record what a command adds to a case, and return the case with it."""
    return add_all(store, case, (command,), at, contents)


def add_all(
    store: CaseStore, case: CaseFile, commands: Iterable[Command], at: str, contents: Mapping[str, bytes] | None = None
) -> CaseFile:
    """Record what several commands add to a case, all or none, and return the case with them."""
    log = case.log
    for command in commands:
        log = (*log, handle(log, case.duties, command, at))
    after = case._replace(log=log, ledger=ledger_of(log))
    store.append(log[len(case.log) :], _summary(log), contents)
    return after


def file_digest(path: Path) -> tuple[str, str]:
    """Return a file's name and digest, as evidence of a trial or a belief; its bytes stay where they are."""
    try:
        return path.name, sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}", None, "name the file that shows it"
        ) from None


def decisions(case: CaseFile) -> tuple[tuple[Environment, Decision], ...]:
    """Return for each environment of a case what its trials decide."""
    return reproduction_of(case.ledger)


class Verified(NamedTuple):
    """Whether a case is whole: its last event, and every problem of its log, its contents and its verdict."""

    case: str
    number: int
    digest: str
    problems: tuple[Problem, ...]


def verify_case(store: CaseStore, name: str, receipt: str, cache: Path | None) -> Verified:
    """Check a case as it is kept, against a receipt (`NUMBER:DIGEST`) if one is given, and give its verdict anew."""
    count, digest = _receipt(receipt)
    problems = verify_kept(store, name, digest, count)
    number, head = store.head(name)
    if not problems:
        case = load_case(store, name, cache)
        then = case.opening["verdict"]
        now = {"level": _word(case.verdict.level), "worst": _word(case.verdict.worst), "best": _word(case.verdict.best)}
        problems += [
            Problem(f"the verdict given anew has {end} `{now[end]}`, the case was opened with `{then[end]}`")
            for end in now
            if now[end] != then[end]
        ]
    return Verified(name, number, head, tuple(problems))


def _receipt(text: str) -> tuple[int | None, str | None]:
    if not text:
        return None, None
    found = re.fullmatch(r"([0-9]{1,9}):([0-9a-f]{64})", text.strip())
    if found is None:
        raise UsageError(f"`{text}` is not a receipt", None, "a receipt is NUMBER:DIGEST, as `supportable case show` prints it")
    return int(found[1]), found[2]


def export_case(store: CaseStore, name: str) -> str:
    """Return a whole case as lines of JSON: what it is, its contents, its events."""
    return "".join(f"{line}\n" for line in case_files.export_case(store, name))


def import_case(store: CaseStore, path: Path) -> case_files.Imported:
    """Keep an exported case, after everything in it was checked: all of it or nothing."""
    try:
        with path.open(encoding="utf-8", errors="strict") as lines:
            return case_files.import_case(store, lines, Place(str(path)), _summary)
    except UnicodeDecodeError:
        raise CaseFileError([Problem("not an exported case: it is not text", Place(str(path)), _EXPORT_HINT)]) from None
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}", None, _EXPORT_HINT) from None


_EXPORT_HINT = "name a file that `supportable case export` wrote"


def store_at(where: str) -> CaseStore:
    """Open the place where cases are kept."""
    return open_store(where)


class CaseReport(Protocol):
    """What every form of report about cases can say."""

    def listing(self, rows: Sequence[CaseRow], _where: str) -> str:
        """All cases."""

    def show(self, case: CaseFile) -> str:
        """A case, and everything that happened in it."""

    def next_acts(self, case: CaseFile, nexts: Sequence[Next], party: str = "") -> str:
        """How every duty of every party stands now."""

    def recorded(self, case: CaseFile, held: Sequence[Objected]) -> str:
        """What was recorded last."""

    def conduct(self, case: CaseFile, found: Sequence[Objected], today: str) -> str:
        """What the policy holds against what was done."""

    def rehearsal(self, one: Rehearsed) -> str:
        """What the policy allows to happen."""

    def reproduction(self, case: CaseFile, found: Sequence[tuple[Environment, Decision]]) -> str:
        """What the trials decide."""

    def plan(self, one: Plan) -> str:
        """How many trials a goal needs."""

    def run(self, lab: str, found: Sequence[tuple[Environment, Decision]], folder: str, case: str, recorded: int) -> str:
        """What the trials of a lab came to."""

    def attribution(self, case: CaseFile, found: Sequence[Difference], step: Attributed) -> str:
        """Which component makes the issue appear, or what to try next."""

    def verified(self, found: Verified, by_receipt: bool) -> str:
        """Whether a case is whole."""


def reporter(form: str, width: int, local: Callable[[str], str]) -> CaseReport:
    """Return the reports in a format: text, json, html, or mermaid (rehearsals only); `local` writes a UTC time in the reader's zone."""
    report: CaseReport = import_module(f"supportable.reports.case_{form}").Report(width, local)
    return report
