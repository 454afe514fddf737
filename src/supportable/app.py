"""The use cases: what a command, a library call or a server does. The only module that joins core and adapters."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from supportable.core.clauses import Clause, Example, Level, Pack, select
from supportable.core.compile import Compiled, compile_pack, load
from supportable.core.conditions import Matrix
from supportable.core.dates import NO_DAY
from supportable.core.deployment import Deployment, assemble
from supportable.core.verdict import Judgement, Unread, Verdict, outcome_of
from supportable.core.verdict import judge as judge_deployment
from supportable.core.waivers import Waiver
from supportable.core.waiving import Day, stand
from supportable.core.written import Table
from supportable.errors import (
    DeploymentFileError,
    EvidenceError,
    PackError,
    Problem,
    SupportableError,
    UsageError,
    WrittenEvidenceError,
    nearest,
)
from supportable.readers import READERS, open_reader
from supportable.readers.reader import Evidence, Found, Reader
from supportable.seals import Seals
from supportable.stores import packs as pack_store
from supportable.stores.bundles import Member, open_bundle


class Reading(NamedTuple):
    """What was read: the deployment, each file with the reader that knew it, each file that gave no facts, and waivers."""

    deployment: Deployment
    read: tuple[tuple[str, str], ...]
    unread: tuple[Unread, ...]
    waivers: tuple[Waiver, ...] = ()


def read_evidence(paths: Iterable[Path | str]) -> Reading:
    """Read files, directories and archives into one deployment.

    A file no reader knows, or that cannot be read, is listed in `unread` and never stops the rest; a deployment file
    with mistakes raises `DeploymentFileError`, one of waivers `WaiverFileError`, because a person wrote it and can mend it.
    """
    everything: list[Found] = []
    read: list[tuple[str, str]] = []
    unread: list[Unread] = []
    name: str | None = None
    listed = [Path(path) for path in paths]
    for path in listed:
        seals, before = Seals(), (len(everything), len(read), len(unread))
        for member in open_bundle(path):
            if not isinstance(member, Member):
                unread.append(Unread(member.name, member.reason))
                continue
            evidence = Evidence(member.name, member.data)
            seals.see(member.name, member.data)
            known = _reader_of(evidence)
            if known is None:
                unread.append(Unread(member.name, "no reader knows this format" if member.data else "the file is empty"))
                continue
            found, reason = _observe(known, evidence)
            everything.extend(found)
            if reason is not None:
                unread.append(Unread(member.name, reason))
            else:
                read.append((member.name, known.name))
            if known.name == "deployment-file" and name is None:
                name = open_reader("deployment_file").deployment_name(evidence)
        settled = seals.settle(everything[before[0] :], read[before[1] :], unread[before[2] :])
        everything[before[0] :], read[before[1] :], unread[before[2] :] = settled
    waivers = tuple(one for one in everything if isinstance(one, Waiver))
    observations = (one for one in everything if not isinstance(one, Waiver))
    return Reading(assemble(name or _name_of(listed), observations), tuple(read), tuple(unread), waivers)


def _reader_of(evidence: Evidence) -> Reader | None:
    return next((one for one in (open_reader(module).READER for module in READERS) if one.recognises(evidence)), None)


def _observe(known: Reader, evidence: Evidence) -> tuple[list[Found], str | None]:
    """Return what the reader found, and why it stopped if it did; what it found before it stopped still counts."""
    found: list[Found] = []
    try:
        for one in known.read(evidence):
            found.append(one)
    except WrittenEvidenceError:
        raise
    except EvidenceError as error:
        where = f"line {error.place.line}: " if error.place and error.place.line else ""
        return found, where + error.message
    except (MemoryError, RecursionError):
        return found, "it is too large or too deeply nested to be read"
    except Exception as error:  # one file, whatever is in it, never stops the rest
        return found, f"its reader failed ({type(error).__name__}); please report this as a defect"
    return found, None


def _name_of(paths: Sequence[Path]) -> str:
    name = paths[0].resolve().name if paths else ""
    return name or "deployment"


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
    _check_documents(documents, every)
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
    compiled = compiled_packs(tuple(Path(path) for path in packs), tuple(documents), as_of, known, pack_store.Cache(cache))
    reading = read_evidence(paths)
    standings = stand(reading.waivers, [one.pack for one in compiled], reading.deployment.name, Day(as_of, known, now))
    verdicts = judge_deployment(reading.deployment, compiled, standings)
    return Judgement(reading.deployment, verdicts, as_of, known, reading.read, reading.unread, standings)


def compiled_packs(extra: tuple[Path, ...], documents: tuple[str, ...], as_of: str, known: str, cache: pack_store.Cache) -> list[Compiled]:
    """Return the packs that ship and `extra`, narrowed and compiled, from the cache where it holds them."""
    made: list[Compiled] = []
    problems: list[Problem] = []
    seen: list[Pack] = []
    for folder in pack_store.pack_folders(extra):
        form = cache.load(folder, documents, as_of, known)
        if form is not None:
            seen.append(form.pack)
            made.append(Compiled(*form, load(form.code, form.constants)))
            continue
        try:
            whole = pack_store.load_pack(folder, examples=False)
        except PackError as error:
            problems.extend(error.problems)
            continue
        compiled = compile_pack(select(whole, documents, as_of, known))
        cache.save(folder, whole, documents, as_of, known, pack_store.Form(compiled.pack, compiled.code, compiled.constants))
        seen.append(whole)
        made.append(compiled)
    if problems:
        raise PackError(problems)
    _check_documents(documents, seen)
    return [compiled for compiled in made if not documents or _own(documents, compiled.pack)]


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
    _check_documents(documents, packs)
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


def _check_documents(documents: Sequence[str], packs: Iterable[Pack]) -> None:
    known = [document.id for pack in packs for document in pack.documents]
    for one in documents:
        if one not in known:
            near = nearest(one, known)
            raise UsageError(
                f"no pack holds a document `{one}`", None, f"did you mean `{near}`?" if near else f"documents: {', '.join(known)}"
            )


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
    """Return `met`, `not met`, `undecided` or `nothing`: whether every issuer that has something to say reaches a level."""
    wanted = Level[require.upper()]
    speaking = [verdict for verdict in judgement.verdicts if verdict.applies]
    if not speaking:
        return "nothing"
    if any(verdict.best is not None and verdict.best < wanted for verdict in speaking):
        return "not met"
    if all(verdict.surely_applies and verdict.worst is not None and verdict.worst >= wanted for verdict in speaking):
        return "met"
    return "undecided"


def save_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
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


def explain(clause_id: str, packs: Sequence[Path | str], width: int) -> str:
    """Return one clause in words."""
    from supportable.reports import policies

    loaded = load_packs(packs)
    for pack in loaded:
        for clause in pack.clauses:
            if clause.id == clause_id:
                return policies.explain(clause, pack, width)
    near = nearest(clause_id, [clause.id for pack in loaded for clause in pack.clauses])
    raise UsageError(f"unknown clause `{clause_id}`", None, f"did you mean `{near}`?" if near else "all clauses: `supportable policy show`")


def facts_text(paths: Sequence[Path | str], form: str, width: int) -> str:
    """Return every fact of a deployment."""
    from supportable.reports import facts

    deployment, read, unread, _ = read_evidence(paths)
    return facts.render(deployment, read, unread, width) if form == "text" else facts.render_json(deployment, read, unread)


def fields_text(form: str, width: int) -> str:
    """Return the catalogue of fields."""
    from supportable.reports import facts

    return facts.render_fields(width) if form == "text" else facts.render_fields_json()


def policy_list(packs: Sequence[Path | str], width: int) -> str:
    """Return the packs and their documents."""
    from supportable.reports import policies

    return policies.listing(load_packs(packs), width)


def policy_show(names: Sequence[str], packs: Sequence[Path | str], width: int) -> str:
    """Return the named packs (all when none is named)."""
    from supportable.reports import policies

    return "\n".join(policies.show(pack, width) for pack in _named_packs(names, packs))


def _named_packs(names: Sequence[str], packs: Sequence[Path | str]) -> list[Pack]:
    folders = [Path(name) for name in names if (Path(name) / "pack.yaml").is_file()]
    loaded = load_packs([*packs, *folders])
    wanted = [Path(name).resolve().name if Path(name) in folders else name for name in names]
    by_id = {folder.name: folder for folder in folders}
    chosen = [pack for pack in loaded if not names or pack.id in wanted or pack.id in by_id]
    for name in wanted:
        if name not in [pack.id for pack in loaded] and name not in by_id:
            near = nearest(name, [pack.id for pack in loaded])
            raise UsageError(f"unknown pack `{name}`", None, f"did you mean `{near}`?" if near else "all packs: `supportable policy list`")
    return chosen


class ExampleRun(NamedTuple):
    """What the examples of a pack showed: problems, and of the mutants of its clauses how many were noticed."""

    problems: list[Problem]
    examples: int
    caught: int
    survivors: tuple[tuple[str, str], ...]


_EXPECTED = {"holds": (2,), "fails": (0,), "unknown": (1, 4), "not-applicable": (3,)}


def run_examples(pack: Pack, mutate: bool = False) -> ExampleRun:
    """Judge every example of every clause by the reference evaluator; with `mutate`, also every mutant of every requirement."""
    from supportable.core.mutate import mutants

    problems: list[Problem] = []
    caught, survivors, count = 0, [], 0
    for clause in pack.clauses:
        ready: list[tuple[Example, Deployment]] = []
        for example in clause.examples:
            count += 1
            try:
                ready.append((example, example_deployment(example)))
            except DeploymentFileError as error:
                problems.extend(error.problems)
        for example, deployment in ready:
            code = _example_outcome(clause, example, deployment, pack.matrices)
            if code not in _EXPECTED[example.kind]:
                problems.append(
                    Problem(
                        f"example `{example.kind}` of `{clause.id}` comes out {_OUTCOME_WORDS[code]}",
                        example.place,
                        "mend the example or the clause",
                    )
                )
        if mutate and clause.kind == "requirement":
            for mutant in mutants(clause, pack):
                if any(
                    _example_outcome(mutant.clause, example, deployment, mutant.matrices) not in _EXPECTED[example.kind]
                    for example, deployment in ready
                ):
                    caught += 1
                else:
                    survivors.append((clause.id, mutant.change))
    return ExampleRun(problems, count, caught, tuple(survivors))


def _example_outcome(clause: Clause, example: Example, deployment: Deployment, matrices: tuple[Matrix, ...]) -> int:
    if example.as_of is not None:
        matrices = tuple(matrix.on(example.as_of, example.known or example.as_of) for matrix in matrices)
    return outcome_of(clause, deployment, matrices)


_OUTCOME_WORDS = {0: "false", 1: "unknown", 2: "true", 3: "not applicable", 4: "unknown"}


def policy_lint(names: Sequence[str], packs: Sequence[Path | str]) -> tuple[str, bool]:
    """Check packs: everything that loading checks, every example, every row of every table. Return the text and whether all is well."""
    lines: list[str] = []
    clean = True
    for pack in _named_packs(names, packs):
        run = run_examples(pack)
        clean = clean and not run.problems
        lines += [str(problem) for problem in run.problems]
        lines.append(f"{pack.id}: {len(pack.clauses)} clauses, {run.examples} examples, {len(run.problems)} problems")
    return "\n".join(lines) + "\n", clean


def policy_mutate(names: Sequence[str], packs: Sequence[Path | str]) -> tuple[str, bool]:
    """Change every requirement in every small way and count the changes that its examples notice."""
    lines: list[str] = []
    whole = True
    for pack in _named_packs(names, packs):
        run = run_examples(pack, mutate=True)
        lines += [f"{clause}: not noticed: {change}" for clause, change in run.survivors]
        total = run.caught + len(run.survivors)
        lines.append(f"{pack.id}: {run.caught} of {total} mutants noticed ({100 * run.caught / total if total else 100:.1f} %)")
        whole = whole and not run.survivors
    return "\n".join(lines) + "\n", whole


def policy_coverage(document: str | None, source: Path, packs: Sequence[Path | str], width: int) -> tuple[str, bool]:
    """Return every sentence of a document's text with what encodes it, and whether all are covered."""
    from supportable.core.sentences import coverage
    from supportable.reports import policies

    try:
        text = source.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise UsageError(
            f"`{source}` cannot be read: {(error.strerror or str(error)).lower()}", None, "name the text of the document"
        ) from None
    wanted = document or source.stem
    for pack in load_packs(packs):
        if wanted in [one.id for one in pack.documents]:
            rows = coverage(pack, wanted, text)
            if not rows:
                raise UsageError(f"`{source}` holds no sentence", None, "name the text of the document")
            return policies.coverage(wanted, rows, width), all(row.is_covered for row in rows)
    _check_documents([wanted], load_packs(packs))
    raise AssertionError("a document that no pack holds is refused above")


class Gaps(NamedTuple):
    """The support gaps of packs as a report, and the deployment file that shows each, by the name of its deployment."""

    report: str
    witnesses: Mapping[str, str]


def policy_gaps(documents: Sequence[str], packs: Sequence[Path | str], as_of: str, form: str, width: int) -> Gaps:
    """Return where the texts of all parties leave nobody to answer, as text or JSON, with a witness each."""
    from supportable.core.gaps import find_gaps
    from supportable.reports import gaps

    compiled = prepare(load_packs(packs), documents, as_of, as_of)
    found = find_gaps(compiled)
    report = gaps.render_json(found, as_of) if form == "json" else gaps.render(found, [one.pack for one in compiled], as_of, width)
    names = {gaps.name_of(number): one for number, one in enumerate(found.gaps, 1)}
    return Gaps(report, {name: gaps.deployment_file(one.witness, name) for name, one in names.items()})


SCHEMAS = ("deployment", "pack", "verdict", "packet")


def policy_schema(name: str) -> str:
    """Return the JSON Schema of a verdict, a deployment file, a pack's files or a packet."""
    from supportable.reports import schema

    if name not in SCHEMAS:
        near = nearest(name, SCHEMAS)
        raise UsageError(f"unknown schema `{name}`", None, f"did you mean `{near}`?" if near else f"schemas: {', '.join(SCHEMAS)}")
    return schema.schema(name)
