"""What a pack holds: documents, tiers, clauses with their citations and examples, matrices; and which of them are in force.

In: nothing (values). Out: `select`, which narrows a pack to documents and dates and makes precedence part of the conditions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from supportable.core.conditions import All, Condition, Count, Every, InMatrix, Is, Matrix, Not, Order, Present, Same, Some, shared, walk
from supportable.core.dates import NO_DAY, UNDATED, Dates, day_after
from supportable.core.fields import FIELDS
from supportable.errors import Place


class Level(IntEnum):
    """The common scale. It stands beside the issuer's own label, never instead of it."""

    UNSUPPORTED = 0
    LIMITED = 1
    FULL = 2

    @property
    def word(self) -> str:
        return self.name.lower()

    def __str__(self) -> str:
        return self.word


class Tier(NamedTuple):
    """The issuer's own grade, with its own label, and the level it maps to."""

    id: str
    label: str
    level: Level
    why: str


class Document(NamedTuple):
    """A published text. `published` is the date of the revision that was read, `not_before` a bound where it has no date."""

    id: str
    title: str
    address: str
    revision: str
    published: str | None
    not_before: str | None
    effective_from: str | None
    effective_until: str | None
    retrieved: str
    confidence: str
    note: str

    def set_aside(self, as_of: str, known: str) -> str | None:
        """Return why the document says nothing on these dates, `None` when it is in force."""
        since = self.published or self.not_before
        if since is not None and since[: len(known)] > known[: len(since)]:
            return f"published {since}, after what was known on {known}"
        if self.effective_from is not None and self.effective_from > as_of:
            return f"in force from {self.effective_from}, after {as_of}"
        if self.effective_until is not None and self.effective_until < as_of:
            return f"ended on {self.effective_until}, before {as_of}"
        return None


class Citation(NamedTuple):
    """Where a clause stands: document, section, at most twelve of its words, and the hashes of the sentences it encodes."""

    document: str
    section: str
    words: str
    sentences: tuple[str, ...] = ()


class Example(NamedTuple):
    """One deployment in short: the observations it stands for, as a tree somebody wrote, and the dates it is judged for and by.

    Without dates every row of a table counts, whatever its own dates are.
    """

    kind: str
    deployment: object
    place: Place
    as_of: str | None = None
    known: str | None = None


class YieldsTo(NamedTuple):
    """Which clause prevails where both apply, by which rule of precedence, and why."""

    clause: str
    rule: str
    why: str


class Clause(NamedTuple):
    """One cited sentence of a policy, made checkable.

    Requirements and recommendations have `requires`; a requirement `caps` the verdict at a tier when it does not hold.
    Duties have `party`, `modality`, `act` and the case conditions `when` and `until`; responsibilities have `party` and
    `layer`; an include names `documents`. `digest` is that of its meaning (`digest_of`).
    """

    id: str
    kind: str
    applies: Condition
    requires: Condition | None
    caps: str | None
    says: str
    why: str
    citation: Citation
    confidence: str
    place: Place
    party: str = ""
    modality: str = ""
    act: str = ""
    layer: str = ""
    when: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    yields_to: tuple[YieldsTo, ...] = ()
    examples: tuple[Example, ...] = ()
    dates: Dates = UNDATED
    digest: str = ""

    @property
    def judged(self) -> bool:
        """Whether the clause has a condition that can hold or fail."""
        return self.requires is not None


class NoRule(NamedTuple):
    """A sentence of a document that carries no rule, and the reason."""

    document: str
    sentence: str
    reason: str


class Pack(NamedTuple):
    """The clauses of one issuer and subject. Tiers stand best first."""

    id: str
    issuer: str
    subject: str
    revision: str
    tiers: tuple[Tier, ...]
    documents: tuple[Document, ...]
    clauses: tuple[Clause, ...]
    matrices: tuple[Matrix, ...] = ()
    matrix_citations: tuple[tuple[str, Citation], ...] = ()
    row_sentences: tuple[tuple[str, str, str], ...] = ()
    no_rules: tuple[NoRule, ...] = ()
    set_aside: tuple[tuple[str, str], ...] = ()

    def tier(self, tier_id: str) -> Tier:
        return next(tier for tier in self.tiers if tier.id == tier_id)

    def tier_rank(self, tier_id: str) -> int:
        """0 for the best tier."""
        return next(rank for rank, tier in enumerate(self.tiers) if tier.id == tier_id)

    def document(self, document_id: str) -> Document:
        return next(document for document in self.documents if document.id == document_id)


KINDS = ("requirement", "recommendation", "statement", "duty", "responsibility", "include")
MODALITIES = ("must", "must-not", "may", "should", "should-not", "will-try")
PARTIES = ("support-provider", "customer", "cluster-vendor", "hardware-vendor", "storage-vendor", "hypervisor-vendor")
CONFIDENCES = ("full", "part", "excerpt", "secondary", "code")
CASE_CONDITIONS = {
    "case-open": "a case is open",
    "issue-related-to-workload": "the issue is related to the workload",
    "incompatibility-believed": "an incompatibility of the cluster service and the workload is reasonably believed to be the cause",
    "cause-being-determined": "the cause is being determined",
    "not-reproduced-in-full-environment": "the issue was not reproduced in a fully supported environment",
    "reproduced-in-full-environment": "the issue was reproduced in a fully supported environment",
    "less-drastic-efforts-failed": "less drastic efforts did not resolve the issue",
    "reasonable-basis": "there is a reasonable basis to believe that the cluster service may be the cause",
    "removal-not-done": "the customer was asked for removal and the cluster service was not removed",
    "vendor-involved": "another vendor is involved",
    "information-requested": "the customer asks for troubleshooting information",
    "component-changed": "a major component of the cluster was changed or updated",
}


def select(pack: Pack, documents: tuple[str, ...] = (), as_of: str = NO_DAY, known: str = NO_DAY) -> Pack:
    """Return the pack with only the clauses of `documents` (all when empty) that are in force, precedence applied.

    Where a clause yields to another that is in force too, it no longer applies as far as the other does. `set_aside` of
    the result names each document and clause left out for its dates, and why. Tables stand as they are on these dates; without
    a day to judge for, a clause that asks a table with dates is left out, for both its answers would be guesses.
    """
    in_force, set_aside = calendar_of(pack).in_force(documents, as_of, known)
    ended = {name for name, _ in set_aside}
    kept = {clause.id: clause for clause in pack.clauses if clause.citation.document in in_force and clause.id not in ended}
    objects: dict[Condition, Condition] = {}
    clauses = tuple(_sharing(_yielding(clause, kept), objects) for clause in kept.values())
    return pack._replace(clauses=clauses, set_aside=set_aside, matrices=tuple(matrix.on(as_of, known) for matrix in pack.matrices))


class Calendar(NamedTuple):
    """What dates decide in a pack: its documents, its dated clauses with their documents, and the days on which it becomes another.

    `asking` are the clauses that ask a table with dates, with their documents. `as_of` are the days on which something comes into force or
    ends, `known` those on which something is published or withdrawn, in order.
    """

    documents: tuple[Document, ...]
    clauses: tuple[tuple[str, str, Dates], ...]
    as_of: tuple[str, ...]
    known: tuple[str, ...]
    asking: tuple[tuple[str, str], ...] = ()

    def in_force(self, asked: Sequence[str], as_of: str, known: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """Return which of the asked documents (all when empty) are in force, and the other documents and clauses with the reason."""
        reasons = [(one.id, one.set_aside(as_of, known)) for one in self.documents if not asked or one.id in asked]
        in_force = tuple(one for one, reason in reasons if reason is None)
        reasons += [(clause, _set_aside(dates, as_of)) for clause, document, dates in self.clauses if document in in_force]
        if as_of == NO_DAY:
            reasons += [
                (clause, "asks a table with dates; no day to judge for was given")
                for clause, document in self.asking
                if document in in_force
            ]
        return in_force, tuple((one, reason) for one, reason in reasons if reason is not None)

    def period(self, as_of: str, known: str) -> tuple[int, int]:
        """Return between which days two dates lie; the pack is the same for all dates of one period."""
        return bisect_right(self.as_of, as_of), bisect_right(self.known, known)


def _set_aside(dates: Dates, as_of: str) -> str | None:
    if not dates.begun_by(as_of):
        return f"in force from {dates.since}, after {as_of}"
    return f"ended on {dates.until}, before {as_of}" if dates.over_by(as_of) else None


def calendar_of(pack: Pack) -> Calendar:
    """Return what dates decide in a pack."""
    clauses = tuple((clause.id, clause.citation.document, clause.dates) for clause in pack.clauses if clause.dates != UNDATED)
    dated = [dates for _, _, dates in clauses] + [row.dates for matrix in pack.matrices for row in matrix.rows]
    # A document of which only the month or the year is known counts from its first day.
    dated += [
        Dates(one.effective_from, one.effective_until, since + "-01" * (2 - since.count("-")) if since else None)
        for one in pack.documents
        for since in [one.published or one.not_before]
    ]
    as_of = {day for one in dated for day in (one.since, one.until and day_after(one.until)) if day is not None}
    known = {day for one in dated for day in (one.published, one.withdrawn) if day is not None}
    with_dates = {matrix.id for matrix in pack.matrices if matrix.dated}
    asking = tuple((one.id, one.citation.document) for one in pack.clauses if not with_dates.isdisjoint(matrices_read(one)))
    if asking:
        as_of.add(NO_DAY)
    return Calendar(pack.documents, clauses, tuple(sorted(as_of)), tuple(sorted(known)), asking)


def _sharing(clause: Clause, objects: dict[Condition, Condition]) -> Clause:
    requires = shared(clause.requires, objects) if clause.requires is not None else None
    return clause._replace(applies=shared(clause.applies, objects), requires=requires)


def _yielding(clause: Clause, kept: dict[str, Clause]) -> Clause:
    prevailing = [Not(kept[other.clause].applies) for other in clause.yields_to if other.clause in kept]
    return clause._replace(applies=All((clause.applies, *prevailing))) if prevailing else clause


def matrices_read(clause: Clause) -> list[str]:
    """Return the tables that a clause asks, each once."""
    conditions = (one for whole in (clause.applies, clause.requires) if whole is not None for one in walk(whole))
    return list(dict.fromkeys(one.matrix for one in conditions if isinstance(one, InMatrix)))


def digest_of(clause: Clause, matrices: tuple[Matrix, ...]) -> str:
    """Return twelve hexadecimal digits that change when what the clause means changes, the rows of its tables included.

    Our own sentences about it, its examples and its place are no part of it.
    """
    from hashlib import sha256

    asked = matrices_read(clause)
    tables = [
        (one.id, one.columns, one.unlisted, one.lapses, [(row.cells, row.listed, row.dates) for row in one.rows])
        for one in matrices
        if one.id in asked
    ]
    precedence = [(one.clause, one.rule) for one in clause.yields_to]
    meaning = (clause.kind, clause.applies, clause.requires, clause.caps, clause.citation.words, clause.dates, precedence, tables)
    return sha256(repr(meaning).encode()).hexdigest()[:12]


def conditions_read(clause: Clause, matrices: tuple[Matrix, ...]) -> Iterator[Condition]:
    """Yield the conditions of a clause with everything below them, and the cells of the matrices they ask."""
    for whole in (clause.applies, clause.requires):
        for condition in walk(whole) if whole is not None else ():
            yield condition
            if isinstance(condition, InMatrix):
                matrix = next(one for one in matrices if one.id == condition.matrix)
                yield from (cell for row in matrix.rows for cell in row.cells if cell is not None)


def fields_read(clause: Clause, matrices: tuple[Matrix, ...]) -> list[str]:
    """Return the fields and listings that a clause reads, in the order of its conditions."""
    found: list[str] = []
    for whole in (clause.applies, clause.requires):
        for condition in walk(whole) if whole is not None else ():
            match condition:
                case Is(field) | Order(field) | Present(field):
                    found.append(field)
                case Same(field):
                    found += [field, FIELDS[field].listing or ""]
                case Every(listing) | Some(listing) | Count(listing):
                    found.append(listing)
                case InMatrix(name):
                    found += [column for matrix in matrices if matrix.id == name for column in matrix.columns]
                case _:
                    pass
    return list(dict.fromkeys(found))
