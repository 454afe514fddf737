"""Two moments of one deployment -> the clauses behind the change of its level, and what happened to each between them.

In: the packs of an issuer as they stand at either moment, with the outcomes of their clauses. Out: a `Cause` a clause, with the documents,
clauses, rows and waivers that began, ended, were published or withdrawn. A clause is behind a change where it leaves less of the
deployment on one side than on the other, and less than the level on the other side; without it that end would not have moved so far.
What one would get wrong: a clause can change because another one that it yields to came or went.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from supportable.core.clauses import Citation, Clause, Document, Pack, matrices_read
from supportable.core.compile import FALSE, NOT_APPLICABLE, TRUE, UNKNOWN, UNKNOWN_BUT_HARMLESS
from supportable.core.conditions import All, Any, Condition, Every, InMatrix, Matrix, Not, Row, Some
from supportable.core.dates import Dates
from supportable.core.deployment import Deployment, Item
from supportable.core.evaluate import evaluate
from supportable.core.truth import Truth
from supportable.core.verdict import Verdict
from supportable.core.waiving import Standing

NOT_COUNTED = 3
"""One more than the best level: what a clause leaves that does not count against a deployment."""


class Part(NamedTuple):
    """A pack at one moment: as it is written, as it stands then with the tiers that waivers leave, and the outcomes of its clauses."""

    whole: Pack
    pack: Pack
    codes: tuple[int, ...]

    def found(self) -> dict[str, tuple[Clause, int]]:
        """Return the requirements that are judged then, with their outcomes."""
        pairs = zip(self.pack.clauses, self.codes, strict=True)
        return {clause.id: (clause, code) for clause, code in pairs if clause.kind == "requirement"}


class Moment(NamedTuple):
    """What an issuer says on two dates, and how the waivers stand."""

    as_of: str
    known: str
    verdict: Verdict
    parts: tuple[Part, ...]
    waivers: tuple[Standing, ...] = ()


class Event(NamedTuple):
    """What happened: to a document, a clause, a row of a table or a waiver, and where that stands.

    `kind` is `published`, `withdrawn`, `begins` or `ends`; `what` says of what. `through` is another clause that it happened to.
    """

    kind: str
    what: str
    name: str
    document: Document | None
    citation: Citation | None
    table: str = ""
    items: tuple[str, ...] = ()
    through: str = ""


class Cause(NamedTuple):
    """A clause behind a change: what it says of the deployment before and after, and what happened to it.

    An outcome is `not there`, or that of a finding; `left` and `leaves` are the tiers that it leaves where it does not hold.
    """

    clause: Clause
    pack: Pack
    before: str
    left: str
    after: str
    leaves: str
    events: tuple[Event, ...]


def causes(before: Moment, after: Moment, deployment: Deployment) -> tuple[Cause, ...]:
    """Return the clauses behind a change, in the order of the packs."""
    found: list[Cause] = []
    behind = _behind(before, after)
    for old, new in zip(before.parts, after.parts, strict=True):
        was, now = old.found(), new.found()
        for clause in new.whole.clauses:
            if (new.whole.id, clause.id) in behind:
                then, here = was.get(clause.id), now.get(clause.id)
                left, leaves = ((one[0] if one is not None else clause).caps or "" for one in (then, here))
                events = tuple(dict.fromkeys(_events(clause, new.whole, (before, after), deployment)))
                found.append(Cause(clause, new.whole, _outcome(then), left, _outcome(here), leaves, events))
    return tuple(found)


_WORDS = {FALSE: "false", UNKNOWN: "unknown", UNKNOWN_BUT_HARMLESS: "unknown", NOT_APPLICABLE: "not-applicable"}


def _outcome(found: tuple[Clause, int] | None) -> str:
    return "not there" if found is None else _WORDS.get(found[1], "true")


class _Left(NamedTuple):
    """What a clause leaves at the best and at the worst end, and how it counts."""

    ends: tuple[int, int]
    code: int | None = None
    caps: str | None = None

    @property
    def counts(self) -> bool:
        """Whether the clause counts against the deployment at an end."""
        return self.ends != (NOT_COUNTED, NOT_COUNTED)


def _left(moment: Moment) -> dict[tuple[str, str], _Left]:
    found: dict[tuple[str, str], _Left] = {}
    for part in moment.parts:
        for clause, code in part.found().values():
            level = int(part.pack.tier(clause.caps or "").level)
            against = code == UNKNOWN or (code == UNKNOWN_BUT_HARMLESS and not moment.verdict.surely_applies)
            ends = level if code == FALSE else NOT_COUNTED, level if code == FALSE or against else NOT_COUNTED
            if code != NOT_APPLICABLE:
                found[part.whole.id, clause.id] = _Left(ends, code, clause.caps)
    return found


def _behind(before: Moment, after: Moment) -> set[tuple[str, str]]:
    left = _left(before), _left(after)
    verdicts = before.verdict, after.verdict
    levels = [[NOT_COUNTED if level is None else int(level) for level in (one.best, one.worst)] for one in verdicts]
    absent = _Left((NOT_COUNTED, NOT_COUNTED))
    found = set()
    for name in {*left[0], *left[1]}:
        sides = left[0].get(name, absent), left[1].get(name, absent)
        for end in (0, 1):
            for come, gone in ((1, 0), (0, 1)):
                if sides[come].ends[end] < min(levels[gone][end], sides[gone].ends[end]):
                    found.add(name)
    if not found and verdicts[0].surely_applies != verdicts[1].surely_applies:
        surely = _surely(before), _surely(after)
        found = surely[0] ^ surely[1]
    if found:
        return found
    # Nothing moved an end: the documents began or ceased to speak, or another grade of one level was left.
    other = {name for name in {*left[0], *left[1]} if left[0].get(name) != left[1].get(name)}
    grades = {tier.id for one in verdicts for tier in (one.best_tier, one.worst_tier) if tier is not None}
    counting = {name for name in other for one in left if name in one and one[name].counts and one[name].caps in grades}
    return counting if all(one.applies for one in verdicts) and counting else other


def _surely(moment: Moment) -> set[tuple[str, str]]:
    """Return the requirements that surely apply."""
    found = set()
    for part in moment.parts:
        matrices = {one.id: one for one in part.pack.matrices}
        for clause, code in part.found().values():
            if code in (FALSE, TRUE) or (
                code == UNKNOWN and evaluate(clause.applies, moment.verdict.deployment, matrices).truth is Truth.TRUE
            ):
                found.add((part.whole.id, clause.id))
    return found


def _events(clause: Clause, pack: Pack, sides: tuple[Moment, Moment], deployment: Deployment) -> Iterator[Event]:
    yield from _of_document(clause, pack, sides, "")
    yield from _of_clause(clause, pack, sides, "")
    yield from _of_rows(clause, pack, sides, deployment, "")
    yield from _of_waivers(clause, sides)
    for other in clause.yields_to:
        prevailing = next((one for one in pack.clauses if one.id == other.clause), None)
        if prevailing is not None:
            yield from _of_document(prevailing, pack, sides, prevailing.id)
            yield from _of_clause(prevailing, pack, sides, prevailing.id)
            yield from _of_rows(prevailing, pack, sides, deployment, prevailing.id)


def _of_document(clause: Clause, pack: Pack, sides: tuple[Moment, Moment], through: str) -> Iterator[Event]:
    document = pack.document(clause.citation.document)
    was, now = (document.set_aside(one.as_of, one.known) is None for one in sides)
    if was != now:
        published = document.set_aside(sides[1].as_of, sides[0].known) != document.set_aside(sides[1].as_of, sides[1].known)
        kind = "ends" if was else "published" if published else "begins"
        yield Event(kind, "document", document.id, document, None, through=through)


def _of_clause(clause: Clause, pack: Pack, sides: tuple[Moment, Moment], through: str) -> Iterator[Event]:
    yield from _turned(clause.dates, sides, Event("", "clause", clause.id, pack.document(clause.citation.document), None, through=through))


def _turned(dates: Dates, sides: tuple[Moment, Moment], event: Event) -> Iterator[Event]:
    before, after = sides
    if dates.begun_by(before.as_of) != dates.begun_by(after.as_of):
        yield event._replace(kind="begins")
    if dates.over_by(before.as_of) != dates.over_by(after.as_of):
        yield event._replace(kind="ends")
    if dates.known_on(before.known) != dates.known_on(after.known):
        yield event._replace(kind="published" if dates.known_on(after.known) else "withdrawn")


def _of_rows(clause: Clause, pack: Pack, sides: tuple[Moment, Moment], deployment: Deployment, through: str) -> Iterator[Event]:
    asked = set(matrices_read(clause))
    matrices = {one.id: one for one in pack.matrices if one.id in asked and one.dated}
    if not matrices:
        return
    items: dict[tuple[str, str], list[str]] = {}
    for whole in (clause.applies, clause.requires):
        for table, row, item in rows_asked(whole, matrices, deployment) if whole is not None else ():
            items.setdefault((table, row.id), []).extend([] if item is None else [item])
    citations = dict(pack.matrix_citations)
    for matrix in matrices.values():
        citation = citations.get(matrix.id)
        document = pack.document(citation.document) if citation is not None else None
        for row in matrix.rows:
            if (matrix.id, row.id) in items:
                names = tuple(dict.fromkeys(items[matrix.id, row.id]))
                yield from _turned(row.dates, sides, Event("", "row", row.id, document, citation, matrix.id, names, through))


def rows_asked(
    condition: Condition, matrices: Mapping[str, Matrix], deployment: Deployment, item: Item | None = None
) -> Iterator[tuple[str, Row, str | None]]:
    """Yield the rows of tables that a condition asks and that may be about this deployment, with the item each is asked about."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from rows_asked(part, matrices, deployment, item)
        case Not(part):
            yield from rows_asked(part, matrices, deployment, item)
        case Every(listing, part) | Some(listing, part):
            for one in deployment.listing(listing).items:
                yield from rows_asked(part, matrices, deployment, one)
        case InMatrix(name) if name in matrices:
            for row in matrices[name].rows:
                truths = (evaluate(cell, deployment, {}, item).truth for cell in row.cells if cell is not None)
                if all(truth is not Truth.FALSE for truth in truths):
                    yield name, row, item.name if item is not None else None
        case _:
            pass


def _of_waivers(clause: Clause, sides: tuple[Moment, Moment]) -> Iterator[Event]:
    for was, now in zip(*(_own(one.waivers, clause) for one in sides), strict=True):
        if was.counts != now.counts:
            yield Event("begins" if now.counts else "ends", "waiver", now.waiver.reference, None, None)


def _own(standings: Sequence[Standing], clause: Clause) -> list[Standing]:
    return [one for one in standings if one.waiver.clause == clause.id]
