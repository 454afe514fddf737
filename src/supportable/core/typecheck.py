"""A pack x the fields -> problems. A pack without problems cannot raise while it is evaluated.

In: a parsed pack. Out: every problem, each with the place of the clause or matrix it is about.
"""

from __future__ import annotations

from collections.abc import Iterator

from supportable.core.clauses import Clause, Pack, matrices_read
from supportable.core.conditions import All, Always, Any, Condition, Count, Every, InMatrix, Is, Matrix, Not, Order, Present, Same, Some
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.truth import FALSE
from supportable.errors import Place, Problem, nearest

_EXAMPLE_KINDS = ("holds", "fails", "unknown")


def check(pack: Pack, place: Place, examples: bool = True) -> list[Problem]:
    """Return every problem of the pack; `place` stands for the pack as a whole. Without `examples` none are asked for."""
    return [
        *_check_names(pack, place),
        *_check_matrices(pack, place),
        *(one for clause in pack.clauses for one in _check_clause(clause, pack, examples)),
    ]


def _check_names(pack: Pack, place: Place) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for clause in pack.clauses:
        if clause.id in seen:
            yield Problem(f"clause `{clause.id}` is written twice", clause.place, f"it stands first at {seen[clause.id]}")
        seen.setdefault(clause.id, clause.place)
    for what, ids in (
        ("tier", [one.id for one in pack.tiers]),
        ("document", [one.id for one in pack.documents]),
        ("matrix", [one.id for one in pack.matrices]),
    ):
        for one in {one for one in ids if ids.count(one) > 1}:
            yield Problem(f"{what} `{one}` is written twice", place, "keep one of them")
    levels = [tier.level for tier in pack.tiers]
    if levels != sorted(levels, reverse=True):
        yield Problem("the tiers do not stand best first", place, "order them by level: full, limited, unsupported")


def _check_clause(clause: Clause, pack: Pack, examples: bool) -> Iterator[Problem]:
    place = clause.place
    if clause.caps is not None and clause.caps not in [tier.id for tier in pack.tiers]:
        yield Problem(f"unknown tier `{clause.caps}`", place, _near(clause.caps, [tier.id for tier in pack.tiers]))
    for other in clause.yields_to:
        if other.clause not in [one.id for one in pack.clauses]:
            yield Problem(f"unknown clause `{other.clause}`", place, _near(other.clause, [one.id for one in pack.clauses]))
        elif any(back.clause == clause.id for one in pack.clauses if one.id == other.clause for back in one.yields_to):
            yield Problem(f"`{clause.id}` and `{other.clause}` yield to each other", place, "only one of them can prevail")
    if clause.caps is not None and pack.tiers and clause.caps == pack.tiers[0].id:
        yield Problem(f"`{clause.id}` caps at the best tier", place, "name the tier that remains when the requirement does not hold")
    if clause.kind == "requirement" and examples:
        kinds = {example.kind for example in clause.examples}
        missing = [kind for kind in _EXAMPLE_KINDS if kind not in kinds and not _cannot(clause, kind, pack)]
        if missing:
            yield Problem(f"`{clause.id}` has no example for {', '.join(missing)}", place, "a requirement has examples of all three kinds")
    if any(matrix.dated and matrix.id in matrices_read(clause) for matrix in pack.matrices):
        for example in clause.examples:
            if example.as_of is None:
                yield Problem("the clause asks a table with dates, and the example has none", example.place, "add `as_of: year-month-day`")
    for condition in (clause.applies, clause.requires):
        if condition is not None:
            yield from _check_condition(condition, None, pack, place)


def _cannot(clause: Clause, kind: str, pack: Pack) -> bool:
    """Whether no deployment can be an example of this kind.

    Nothing holds where the requirement is `never`; nothing fails where it is a table that rules nothing out, on any day, and leaves
    the rest open.
    """
    if kind == "holds":
        return clause.requires == Always(FALSE)
    asked = clause.requires.part if isinstance(clause.requires, Every) else clause.requires
    tables = [one for one in pack.matrices if isinstance(asked, InMatrix) and one.id == asked.matrix]
    return kind == "fails" and any(
        one.unlisted is not FALSE and all(row.listed and row.dates.until is None for row in one.rows) for one in tables
    )


def _check_condition(condition: Condition, listing: str | None, pack: Pack, place: Place) -> Iterator[Problem]:
    match condition:
        case Is(field) | Order(field) | Present(field):
            yield from _check_scope(field, listing, place)
            if isinstance(condition, Order) and not FIELDS[field].comparable:
                yield Problem(f"`{field}` has no order", place, "compare it with `is` or `one_of`")
        case All(parts) | Any(parts):
            for part in parts:
                yield from _check_condition(part, listing, pack, place)
        case Not(part):
            yield from _check_condition(part, listing, pack, place)
        case Every(inner, part) | Some(inner, part):
            if listing is not None:
                yield Problem(f"`{inner}` is asked about below `{listing}`", place, "put the two conditions side by side")
            yield from _check_condition(part, inner, pack, place)
        case InMatrix(name):
            matrix = next((one for one in pack.matrices if one.id == name), None)
            if matrix is None:
                yield Problem(f"unknown matrix `{name}`", place, _near(name, [one.id for one in pack.matrices]))
            else:
                for column in matrix.columns:
                    if column in FIELDS:
                        yield from _check_scope(column, listing, place)
        case Same() | Count():
            if listing is not None:
                yield Problem("`same` and `count` are about a whole listing", place, f"move it out of the condition on `{listing}`")
        case Always():
            pass


def _check_scope(field: str, listing: str | None, place: Place) -> Iterator[Problem]:
    own = FIELDS[field].listing
    if own is not None and own != listing:
        yield Problem(f"`{field}` belongs to each of the {own}", place, f"say of which: `every: {{{own}: ...}}` or `some: {{{own}: ...}}`")


def _check_matrices(pack: Pack, place: Place) -> Iterator[Problem]:
    for matrix in pack.matrices:
        for column in matrix.columns:
            if column not in FIELDS:
                yield Problem(f"matrix `{matrix.id}` has an unknown column `{column}`", place, _near(column, list(FIELDS)))
        if len({FIELDS[column].listing for column in matrix.columns if column in FIELDS} - {None}) > 1:
            yield Problem(f"matrix `{matrix.id}` has columns of two listings", place, f"listings: {', '.join(LISTINGS)}")
        yield from _check_rows(matrix, place)


def _check_rows(matrix: Matrix, place: Place) -> Iterator[Problem]:
    ids = [row.id for row in matrix.rows]
    for one in {one for one in ids if ids.count(one) > 1}:
        yield Problem(f"row `{one}` of matrix `{matrix.id}` is written twice", place, "give each row its own id")
    for row in matrix.rows:
        for cell in row.cells:
            if isinstance(cell, Order) and not FIELDS[cell.field].comparable:
                yield Problem(
                    f"`{cell.field}` has no order (row `{row.id}` of matrix `{matrix.id}`)", place, "write a value or a list of values"
                )


def _near(text: str, candidates: list[str]) -> str:
    near = nearest(text, candidates)
    return f"did you mean `{near}`?" if near else f"known: {', '.join(candidates) or 'none'}"
