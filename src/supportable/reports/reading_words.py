"""Another reading of a clause -> words, as reports and letters write it: what would read how, and how it reads now."""

from __future__ import annotations

from collections.abc import Iterable

from supportable.core.clauses import Pack
from supportable.core.conditions import All, Always, Any, Condition, Count, Is, Not, Order, Present, Same
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.other_readings import Reading
from supportable.core.rewording import Edit, changed_value
from supportable.reports.condition_words import condition_lines
from supportable.reports.wording import printable

_VALUES_MAX = 6


def reading_words(reading: Reading, pack: Pack) -> str:
    """Return a reading as what follows "it would not be in the way"; `pack` is the one the clause stands in."""
    if reading.waives:
        return "if the whole clause were waived for this deployment"
    if reading.part == "caps":
        now = next(one for one in pack.clauses if one.id == reading.clause.id)
        tiers = [pack.tier(one or "") for one in (reading.clause.caps, now.caps)]
        after, before = (f"`{one.label}` ({one.level.word})" for one in tiers)
        return f"if it left {after} where it does not hold, instead of {before}"
    said = [edit_words(one, reading.part, pack) for one in reading.edits]
    return "if " + ", and ".join(said)


def edit_words(edit: Edit, part: str, pack: Pack) -> str:
    """Return one edit of what a clause requires, or of when it applies."""
    if edit.table:
        return _of_table(edit, pack)
    before, after = edit.before, edit.after
    assert before is not None and after is not None
    if edit.kind in ("value", "exception"):
        field, value = changed_value(edit) or ("", ABSENT)
        if part == "requires":
            return f"it also allowed {field} to be {value_words(value)} (it asks that {in_words(before)})"
        return f"it did not apply where {field} is {value_words(value)} (it applies where {in_words(before)})"
    if edit.kind == "test":
        return f"it did not ask that {in_words(before)}" if part == "requires" else f"it did not apply where {in_words(before)}"
    asked = "it asked that" if part == "requires" else "it applied only where"
    return f"{asked} {in_words(after)} (instead of {_bound(before)})"


def _of_table(edit: Edit, pack: Pack) -> str:
    row = f"the row {edit.row} of the table {edit.table}"
    if edit.kind == "ending":
        matrix = next(one for one in pack.matrices if one.id == edit.table)
        until = next((one.dates.until for one in (*matrix.rows, *matrix.ended) if one.id == edit.row), None)
        return f"{row} still counted{f' (it ended on {until})' if until else ''}"
    if edit.kind == "row" and edit.after is not None:
        near = f"; the nearest row is {edit.row}" if edit.row else ""
        return f"the table {edit.table} also listed this: {in_words(edit.after)}{near}"
    if edit.kind == "row":
        assert edit.before is not None
        return f"{row} were not there ({in_words(edit.before)})"
    assert edit.before is not None and edit.after is not None
    if isinstance(edit.after, Is) and isinstance(edit.before, Is):
        field, value = changed_value(edit) or ("", ABSENT)
        verb = "also took" if len(edit.after.values) > len(edit.before.values) else "did not take"
        return f"{row} {verb} {field} {value_words(value)} (it takes {_values(edit.before.values)})"
    return f"{row} took {in_words(edit.after)} (instead of {_bound(edit.before)})"


def in_words(condition: Condition) -> str:
    """Return a test, or a few, in one line.

    >>> in_words(Not(Is("cluster.service", ("mscs", "other"))))
    'cluster.service is neither mscs nor other'
    """
    match condition:
        case Is(field, values):
            return f"{field} is {_values(values)}"
        case Not(Is(field, (value,))):
            return f"{field} is not {value_words(value)}"
        case Not(Is(field, values)):
            return f"{field} is neither {_values(values, 'nor')}"
        case Not(Present(field)):
            return f"{field} is none"
        case Not(Order() | Count() | Same() as part):
            return in_words(part).replace(" is ", " is not ", 1)
        case All(parts):
            return ", ".join(map(in_words, parts))
        case Any(parts):
            return " or ".join(map(in_words, parts))
        case Not(part):
            return f"not: {in_words(part)}"
        case Always():
            return "anything"
    return " ".join(line.strip() for line in condition_lines(condition))


def _bound(condition: Condition) -> str:
    """Return what follows "instead of" for a bound: without the name of the field."""
    return in_words(condition).partition(" is ")[2]


def _values(values: Iterable[Value | _Absent], joint: str = "or") -> str:
    words = [value_words(one) for one in values]
    if len(words) > _VALUES_MAX:
        words = [*words[: _VALUES_MAX - 1], f"{len(words) - _VALUES_MAX + 1} others"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def value_words(value: Value | _Absent) -> str:
    """Return a value as a deployment file writes it."""
    if value is ABSENT:
        return "none"
    return str(value).lower() if isinstance(value, bool) else printable(str(value))
