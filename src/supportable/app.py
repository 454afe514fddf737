"""The use cases: what a command, a library call or a server does. The only module that joins core and adapters."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from supportable.core.clauses import Example, Level, Pack, select
from supportable.core.compile import Compiled, compile_pack
from supportable.core.dates import NO_DAY
from supportable.core.deployment import Deployment, assemble
from supportable.core.verdict import Judgement, Unread, Verdict, listings_of
from supportable.core.verdict import judge as judge_deployment
from supportable.core.waiving import Day, Standing, stand
from supportable.core.written import Table
from supportable.errors import CostFileError, DeploymentFileError, PackError, Problem, SupportableError, UsageError, nearest
from supportable.gathering import read_evidence
from supportable.readers import open_reader
from supportable.stores import packs as pack_store

if TYPE_CHECKING:
    from supportable.core.changing import Model
    from supportable.core.plan import Planner
    from supportable.core.plan_space import Space


def load_packs(paths: Iterable[Path | str] = ()) -> tuple[Pack, ...]:
    """Load the packs that ship, and those at `paths`; raise `PackError` with every problem of every pack."""
    found: list[Pack] = []
    problems: list[Problem] = []
    for folder in pack_store.pack_folders(tuple(Path(path) for path in paths)):
        try:
            found.append(pack_store.load_pack(folder))
        except PackError as error:
            problems.extend(error.problems)
    if problems:
        raise PackError(problems)
    return tuple(found)


def judge(
    deployment: Deployment, packs: Iterable[Pack], *, documents: Sequence[str] = (), as_of: str = NO_DAY, known: str = NO_DAY
) -> tuple[Verdict, ...]:
    """Judge a deployment by packs: one verdict an issuer.

    `documents` narrows to the clauses of these documents. `as_of` is the day the deployment is judged for, `known` the day
    up to which publications count (ISO dates). By default every publication counts, and what depends on the day, as the end of a life
    cycle does, is not judged; the verdicts name it in `set_aside`. To judge many deployments, prepare once with
    `prepare` and call `supportable.core.verdict.judge`.
    """
    return judge_deployment(deployment, prepare(packs, documents, as_of, known))


def prepare(packs: Iterable[Pack], documents: Sequence[str] = (), as_of: str = NO_DAY, known: str = NO_DAY) -> list[Compiled]:
    """Return packs narrowed to documents and dates, and compiled."""
    every = list(packs)
    check_documents(documents, every)
    return [compile_pack(select(pack, _own(documents, pack), as_of, known)) for pack in every if not documents or _own(documents, pack)]


def check(
    paths: Sequence[Path | str],
    *,
    documents: Sequence[str] = (),
    packs: Sequence[Path | str] = (),
    as_of: str,
    known: str,
    now: str = "",
    cache: Path | None = None,
) -> Judgement:
    """Read evidence and judge it by the packs that ship and `packs`, with the waivers among it.

    `now` is the moment (UTC) where `as_of` is today, so that a waiver ends in its own time zone; without it a waiver counts on the days
    that it covers whole.
    """
    made = prepared(paths, documents, packs, Day(as_of, known, now), cache, closed=True)
    verdicts = judge_deployment(made.deployment, made.compiled, made.standings)
    return Judgement(made.deployment, verdicts, as_of, known, made.read, made.unread, made.standings, made.silent)


class Prepared(NamedTuple):
    """Evidence that was read, the packs of a day to judge it by, and how the waivers among it stand."""

    deployment: Deployment
    compiled: list[Compiled]
    standings: tuple[Standing, ...]
    read: tuple[tuple[str, str], ...]
    unread: tuple[Unread, ...]
    silent: tuple[str, ...] = ()


def prepared(
    paths: Sequence[Path | str],
    documents: Sequence[str],
    packs: Sequence[Path | str],
    day: Day,
    cache: Path | None,
    *,
    closed: bool = False,
) -> Prepared:
    """Read evidence and make the packs ready; with `closed`, those that have nothing to say may stay closed."""
    reading = read_evidence(paths)
    # A waiver may be for any clause.
    about = reading.deployment if closed and not reading.waivers else None
    extra = tuple(Path(path) for path in packs)
    compiled = compiled_packs(extra, tuple(documents), day.as_of, day.known, pack_store.Cache(cache), about)
    standings = stand(reading.waivers, [one.pack for one in compiled], reading.deployment.name, day)
    return Prepared(reading.deployment, compiled, standings, reading.read, reading.unread, reading.silent)


def compiled_packs(
    extra: tuple[Path, ...],
    documents: tuple[str, ...],
    as_of: str,
    known: str,
    cache: pack_store.Cache,
    about: Deployment | None = None,
) -> list[Compiled]:
    """Return the packs that ship and `extra`, narrowed and compiled, from the cache where it holds them.

    Those that have nothing to say `about` a deployment may stay closed; all are open where documents are asked for by name.
    """
    made: list[Compiled] = []
    problems: list[Problem] = []
    folders = pack_store.pack_folders(extra)
    facts = None if about is None or documents else (about.values, listings_of(about))
    heads = None if facts is None else cache.heads(folders, as_of, known)
    silent = heads.silent(*facts) if heads and facts else [False] * len(folders)
    for number, folder in enumerate(folders):
        open_pack = partial(_opened, folder, documents, as_of, known, cache)
        try:
            made.append(heads.closed(number, open_pack) if heads and silent[number] else open_pack())
        except PackError as error:
            problems.extend(error.problems)
    if problems:
        raise PackError(problems)
    if facts and heads is None:
        cache.save_heads(folders, as_of, known)
    check_documents(documents, [one.pack for one in made])
    return [compiled for compiled in made if not documents or _own(documents, compiled.pack)]


def _opened(folder: Path, documents: tuple[str, ...], as_of: str, known: str, cache: pack_store.Cache) -> Compiled:
    kept = cache.load(folder, documents, as_of, known)
    if kept is not None:
        return kept
    whole = pack_store.load_pack(folder, examples=False)
    compiled = compile_pack(select(whole, documents, as_of, known))
    cache.save(folder, whole, documents, as_of, known, compiled)
    return compiled


def whole_packs(extra: Sequence[Path | str], documents: Sequence[str]) -> tuple[Pack, ...]:
    """Return the packs that ship and `extra` with all their dates, without examples, narrowed to documents (all when empty)."""
    found: list[Pack] = []
    problems: list[Problem] = []
    for folder in pack_store.pack_folders(tuple(Path(one) for one in extra)):
        try:
            found.append(pack_store.load_pack(folder, examples=False))
        except PackError as error:
            problems.extend(error.problems)
    if problems:
        raise PackError(problems)
    return narrowed(found, documents)


def narrowed(packs: Sequence[Pack], documents: Sequence[str]) -> tuple[Pack, ...]:
    """Return packs with only these documents and their clauses (all when empty); raise `UsageError` for one that no pack holds."""
    check_documents(documents, packs)
    if not documents:
        return tuple(packs)
    return tuple(
        pack._replace(
            documents=tuple(one for one in pack.documents if one.id in documents),
            clauses=tuple(one for one in pack.clauses if one.citation.document in documents),
        )
        for pack in packs
        if _own(documents, pack)
    )


def _own(documents: Sequence[str], pack: Pack) -> tuple[str, ...]:
    return tuple(one for one in documents if one in {document.id for document in pack.documents})


def check_documents(documents: Sequence[str], packs: Iterable[Pack]) -> None:
    """Raise `UsageError` for a document that no pack holds."""
    known = [document.id for pack in packs for document in pack.documents]
    for one in documents:
        if one not in known:
            near = nearest(one, known)
            raise UsageError(
                f"no pack holds a document `{one}`", None, f"did you mean `{near}`?" if near else f"documents: {', '.join(known)}"
            )


def load_model(own: Path | None, day: str = NO_DAY) -> Model:
    """Return the model of changes that ships, under the one of a file, on a day (where none is given, everything is released).

    Raise `CostFileError` with every problem of the file.
    """
    from importlib.resources import files

    from supportable.core.parse_changing import EMPTY

    shipped = files("supportable") / "plans" / "default.yaml"
    model = _parsed(shipped.read_text(encoding="utf-8"), "plans/default.yaml", EMPTY)
    if own is None:
        return model.on(day)
    try:
        text = own.read_bytes()
    except OSError as error:
        raise SupportableError(f"`{own}` cannot be read: {(error.strerror or str(error)).lower()}", None, "name a file") from None
    return _parsed(text, str(own), model).on(day)


def _parsed(text: str | bytes, name: str, under: Model) -> Model:
    from supportable import marked
    from supportable.core.parse_changing import parse_changing
    from supportable.core.reading_trees import Problems

    tree, found = marked.read_marked(text, name)
    problems = Problems(found)
    model = parse_changing(tree, under, problems) if tree is not None and not problems else under
    if problems:
        raise CostFileError(problems)
    return model


def planner_for(space: Space) -> Planner:
    """Return a planner that hands over to a solver where one is installed (the extra `plan`); without it the search answers alone."""
    from supportable.core.plan import Planner
    from supportable.solvers import maxsat

    return Planner(space, maxsat if maxsat.installed() else None)


def example_deployment(example: Example) -> Deployment:
    """Return the deployment that an example of a clause stands for; raise `DeploymentFileError` with its mistakes."""
    problems: list[Problem] = []
    tree = example.deployment
    if not isinstance(tree, Table):
        raise DeploymentFileError([Problem("an example is a deployment", example.place, "write `{workload: {...}, cluster: {...}}`")])
    found = list(open_reader("deployment_file").observe(tree, problems))
    if problems:
        raise DeploymentFileError(problems)
    return assemble("example", found)


def render(judgement: Judgement, form: str, width: int = 80, colour: bool = False) -> str:
    """Return a judgement in one of the formats: text, json, markdown, html, sarif, junit."""
    if form == "text":
        from supportable.reports import text

        return text.render(judgement, width, colour)
    module = import_module(f"supportable.reports.{form}")
    return str(module.render(judgement))


def standing(judgement: Judgement, require: str) -> str:
    """Return `met`, `not met`, `undecided` or `nothing`: whether every issuer that has something to say reaches a level.

    `nothing` is also the standing of evidence in which no fact was read.
    """
    if judgement.empty:
        return "nothing"
    wanted = Level[require.upper()]
    speaking = [verdict for verdict in judgement.verdicts if verdict.applies]
    if not speaking:
        return "nothing"
    if any(verdict.best is not None and verdict.best < wanted for verdict in speaking):
        return "not met"
    if all(verdict.surely_applies and verdict.worst is not None and verdict.worst >= wanted for verdict in speaking):
        return "met"
    return "undecided"


def save_text(path: Path, text: str, like: os.stat_result | None = None) -> None:
    """Write a file whole or not at all; with the mode and, where that is allowed, the owner of `like`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if like is not None:
            # Nobody may read on the way what only its owner could read before.
            temporary.touch(0o600)
        temporary.write_text(text, encoding="utf-8", newline="")
        if like is not None:
            with suppress(OSError, AttributeError):
                os.chown(temporary, like.st_uid, like.st_gid)
            temporary.chmod(stat.S_IMODE(like.st_mode))
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise SupportableError(
            f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}", None, "nothing was written there"
        ) from None


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Return where compiled packs are kept."""
    return pack_store.cache_folder(dict(environment))


def explain(clause_id: str, packs: Sequence[Path | str], width: int, dates: tuple[str, str] | None = None) -> str:
    """Return one clause in words, and how it stands on two dates: the day judged for, and the day up to which publications count."""
    from supportable.reports import policies

    loaded = load_packs(packs)
    for pack in loaded:
        for clause in pack.clauses:
            if clause.id == clause_id:
                return policies.explain(clause, pack, width, dates)
    near = nearest(clause_id, [clause.id for pack in loaded for clause in pack.clauses])
    raise UsageError(f"unknown clause `{clause_id}`", None, f"did you mean `{near}`?" if near else "all clauses: `supportable policy show`")


def facts_text(paths: Sequence[Path | str], form: str, width: int) -> str:
    """Return every fact of a deployment."""
    from supportable.reports import facts

    found = read_evidence(paths)
    if form == "text":
        return facts.render(found.deployment, found.read, found.unread, width, found.silent)
    return facts.render_json(found.deployment, found.read, found.unread)


def fields_text(form: str, width: int) -> str:
    """Return the catalogue of fields."""
    from supportable.reports import facts

    return facts.render_fields(width) if form == "text" else facts.render_fields_json()
