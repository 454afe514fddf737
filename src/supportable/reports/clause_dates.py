"""How a clause and the rows of its tables stand on two dates, in words: in force or set aside and why, which rows count.

In: a clause, its pack as written, the day judged for and the day up to which publications count. Out: sentences. What one would get
wrong: a row that has ended still counts, because it rules out what it listed; a row that nobody knew is not there.
"""

from __future__ import annotations

from supportable.core.clauses import Clause, Pack, calendar_of
from supportable.core.conditions import Matrix, Row


def standing(clause: Clause, pack: Pack, as_of: str, known: str) -> str:
    """Return whether a clause is judged on these dates, and why it is not."""
    when = f"on {as_of}, by what was published until {known}"
    document = clause.citation.document
    aside = dict(calendar_of(pack).in_force((), as_of, known)[1])
    if document in aside:
        return f"{when}: set aside, because the document {document} was {_past(aside[document])}"
    if clause.id in aside:
        return f"{when}: set aside, because the clause {_present(aside[clause.id])}"
    kept = {one.id: one for one in pack.clauses if one.id not in aside and one.citation.document not in aside}
    prevailing = [one.clause for one in clause.yields_to if one.clause in kept]
    through = f"; where {' or '.join(prevailing)} applies, that prevails" if prevailing else ""
    return f"{when}: in force{through}"


def _past(reason: str) -> str:
    return reason if reason.startswith("published") else f"not in force: {reason}"


def _present(reason: str) -> str:
    return f"is {reason}" if reason.startswith("in force") else reason


def row_dates(row: Row) -> str:
    """Return the dates of a row in words; empty where it has none."""
    names = ("from", "until", "published", "withdrawn")
    return ", ".join(f"{name} {day}" for name, day in zip(names, row.dates, strict=True) if day is not None)


def row_standing(row: Row, as_of: str, known: str) -> str:
    """Return whether a row counts on these dates, and how."""
    dates = row.dates
    if not dates.known_on(known):
        late = dates.published is not None and dates.published > known
        return f"not there: published on {dates.published}" if late else f"not there: withdrawn on {dates.withdrawn}"
    if not dates.begun_by(as_of):
        return f"not there: in force from {dates.since}"
    if dates.over_by(as_of):
        return "over: rules out what it listed" if row.listed else "over: rules nothing out any more"
    return "counts"


def rows_counting(matrix: Matrix, as_of: str, known: str) -> str:
    """Return how many rows of a table with dates count on these dates."""
    words = [row_standing(row, as_of, known) for row in matrix.rows]
    counts, over, absent = (sum(word.startswith(one) for word in words) for one in ("counts", "over", "not there"))
    return f"on {as_of}, by what was published until {known}: rows that count: {counts}, over: {over}, not there: {absent}"
