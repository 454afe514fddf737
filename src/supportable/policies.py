"""The use cases of policies themselves: list, show, check, mutate and cover packs, find their gaps, print the schemas.

In: names or folders of packs. Out: texts, and whether all is well. What one would get wrong: a pack named by its folder need not be
among those that ship; it is loaded beside them, and takes the place of one of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from supportable.app import check_documents, example_deployment, load_model, load_packs, planner_for, prepare
from supportable.core.clauses import Clause, Example, Pack, select
from supportable.core.conditions import Matrix
from supportable.core.deployment import Deployment
from supportable.core.flaws import NOTE
from supportable.core.verdict import outcome_of
from supportable.errors import DeploymentFileError, PackError, Problem, UsageError, nearest
from supportable.stores.packs import load_pack, pack_folders

if TYPE_CHECKING:
    from supportable.reports.flaws import Checked, Compared, Ending


def policy_list(packs: Sequence[Path | str], width: int) -> str:
    """Return the packs and their documents."""
    from supportable.reports import policies

    return policies.listing(load_packs(packs), width)


def policy_show(names: Sequence[str], packs: Sequence[Path | str], width: int) -> str:
    """Return the named packs (all when none is named)."""
    from supportable.reports import policies

    return "\n".join(policies.show(pack, width) for pack in named_packs(names, packs))


def named_folders(names: Sequence[str], packs: Sequence[Path | str]) -> list[Path]:
    """Return the folders that names or folders of packs stand for (all when none is named); raise `UsageError` for an unknown one."""
    folders = {Path(name).resolve().name: Path(name) for name in names if (Path(name) / "pack.yaml").is_file()}
    every = {folder.resolve().name: folder for folder in pack_folders(tuple(Path(one) for one in [*packs, *folders.values()]))}
    wanted = [Path(name).resolve().name if Path(name) in folders.values() else name for name in names]
    for name in wanted:
        if name not in every:
            near = nearest(name, every)
            raise UsageError(f"unknown pack `{name}`", None, f"did you mean `{near}`?" if near else "all packs: `supportable policy list`")
    return [folder for name, folder in every.items() if not names or name in wanted]


def named_packs(names: Sequence[str], packs: Sequence[Path | str]) -> list[Pack]:
    """Return the packs that names or folders stand for, with their examples; raise `PackError` with the problems of all of them."""
    found: list[Pack] = []
    problems: list[Problem] = []
    for folder in named_folders(names, packs):
        try:
            found.append(load_pack(folder))
        except PackError as error:
            problems.extend(error.problems)
    if problems:
        raise PackError(problems)
    return found


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


class Lint(NamedTuple):
    """What a check of packs came to: the report, whether there is no error, and the deployment files that show flaws."""

    report: str
    clean: bool
    witnesses: Mapping[str, str]


def policy_lint(
    names: Sequence[str],
    packs: Sequence[Path | str],
    as_of: str,
    *,
    deep: bool = False,
    ends: bool = False,
    notes: bool = False,
    form: str = "text",
    width: int = 80,
) -> Lint:
    """Check packs: what loading checks, every example, every row of every table, every clause by itself.

    `deep` compares the documents of each issuer with each other, as they are in force on `as_of`, and looks for a way to the best tier.
    `ends` looks for supported deployments from which no change leads on before their support ends.
    """
    from supportable.reports import flaws

    found = named_packs(names, packs)
    checked = [_checked(pack, folder) for pack, folder in zip(found, named_folders(names, packs), strict=True)]
    issuers = [[pack for pack in found if pack.issuer == one] for one in dict.fromkeys(pack.issuer for pack in found)]
    everything = flaws.Found(
        checked, [_compared(own, as_of) for own in issuers if deep], [_ending(own, as_of) for own in issuers if ends], as_of
    )
    report = flaws.render_json(everything) if form == "json" else flaws.render(everything, notes, width)
    return Lint(report, flaws.clean(everything), flaws.witnesses(everything))


def _ending(packs: Sequence[Pack], as_of: str) -> Ending:
    from supportable.core.dead_ends import dead_ends
    from supportable.reports.flaws import Ending

    found = dead_ends(packs, as_of, load_model(None, as_of), make=planner_for)
    return Ending(packs[0].issuer, found.flaws, found.looked_at, found.unfinished)


def _checked(pack: Pack, folder: Path) -> Checked:
    from supportable.core.clause_flaws import clause_flaws
    from supportable.core.starting import to_do
    from supportable.core.table_flaws import table_flaws
    from supportable.reports.flaws import Checked
    from supportable.stores.work_lists import load_work_lists

    run = run_examples(pack)
    left = tuple(to_do(pack, load_work_lists(folder)))
    flaws = [*(flaw for matrix in pack.matrices for flaw in table_flaws(matrix)), *clause_flaws(pack).flaws]
    # What leads to a tier may be among the sentences that nobody has come to yet.
    flaws = [one._replace(severity=NOTE) if left and one.kind == "no clause leads there" else one for one in flaws]
    return Checked(pack.id, len(pack.clauses), run.examples, tuple(run.problems), tuple(flaws), left)


def _compared(packs: Sequence[Pack], as_of: str) -> Compared:
    from supportable.core.clause_flaws import disagreements
    from supportable.core.ways_out import ways_out
    from supportable.reports.flaws import Compared

    selected = [select(pack, (), as_of, as_of) for pack in packs]
    both, ways = disagreements(selected), ways_out(selected, as_of)
    return Compared(
        packs[0].issuer, (*both.flaws, *ways.flaws), len(ways.stuck), ways.looked_at, both.searches, both.unfinished, ways.unfinished
    )


def policy_mutate(names: Sequence[str], packs: Sequence[Path | str]) -> tuple[str, bool]:
    """Change every requirement in every small way and count the changes that its examples notice."""
    lines: list[str] = []
    whole = True
    for pack in named_packs(names, packs):
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
    check_documents([wanted], load_packs(packs))
    raise AssertionError("a document that no pack holds is refused above")


class Gaps(NamedTuple):
    """The support gaps of packs as a report, and the deployment file that shows each, by the name of its deployment."""

    report: str
    witnesses: Mapping[str, str]


def policy_gaps(documents: Sequence[str], packs: Sequence[Path | str], as_of: str, form: str, width: int) -> Gaps:
    """Return where the texts of all parties leave nobody to answer, as text or JSON, with a witness each."""
    from supportable.core.gaps import find_gaps
    from supportable.reports import gaps
    from supportable.reports.deployment_files import deployment_file

    compiled = prepare(load_packs(packs), documents, as_of, as_of)
    found = find_gaps(compiled)
    report = gaps.render_json(found, as_of) if form == "json" else gaps.render(found, [one.pack for one in compiled], as_of, width)
    names = {gaps.name_of(number): one for number, one in enumerate(found.gaps, 1)}
    return Gaps(report, {name: deployment_file(one.witness, name) for name, one in names.items()})


SCHEMAS = ("deployment", "pack", "verdict", "packet", "timeline", "plan", "fleet-plan", "other-readings")


def policy_schema(name: str) -> str:
    """Return the JSON Schema of one of `SCHEMAS`."""
    from supportable.reports import schema

    if name not in SCHEMAS:
        near = nearest(name, SCHEMAS)
        raise UsageError(f"unknown schema `{name}`", None, f"did you mean `{near}`?" if near else f"schemas: {', '.join(SCHEMAS)}")
    return schema.schema(name)
