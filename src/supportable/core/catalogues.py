"""A catalogue (rows of texts) and its mapping -> what it lists, or every problem of both.

In: the tree of a mapping, and rows by column name with their places. Out: entries. A name that nobody translated and a cell that is
empty without leave are problems: a catalogue lists what it says, not what somebody may have meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from supportable.core.dates import Dates, is_day
from supportable.core.facts import ABSENT
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.reading_trees import Problems, known_keys, near, needed, one_of, place_of
from supportable.core.written import Items, Node, Scalar, Table
from supportable.errors import Place

MATCHES = ("exactly", "equal-or-later")
LEVELS = ("full", "limited", "unsupported")
UNLISTED = ("fails", "unknown")
_DATES = {"from": "since", "until": "until", "published": "published", "withdrawn": "withdrawn"}
_KEYS = (
    "issuer",
    "subject",
    "document",
    "listed",
    "not_listed",
    "of",
    "only",
    "applies",
    "unlisted",
    "unlisted_why",
    "columns",
    "id",
    "dates",
)


class Written(NamedTuple):
    """One row of a catalogue as it stands: the texts by column, and where."""

    texts: Mapping[str, str]
    place: Place


class Grade(NamedTuple):
    """What the catalogue's issuer calls a deployment that is listed, or is not; the level beside it, and why."""

    label: str
    level: str
    why: str


class Source(NamedTuple):
    """The document that the catalogue is."""

    id: str
    title: str
    address: str
    published: str
    section: str


class Column(NamedTuple):
    """Which column says what about which field, how it matches, whether an empty cell means any value, and names in it."""

    field: str
    column: str
    match: str
    empty_is_any: bool
    names: Mapping[str, str]


class CatalogueMapping(NamedTuple):
    """What a catalogue is about and how its columns read. `of` is a listing, empty for the whole deployment."""

    issuer: str
    subject: str
    source: Source
    listed: Grade
    not_listed: Grade
    of: str
    only: tuple[tuple[str, str], ...]
    applies: tuple[tuple[str, str], ...]
    unlisted: str
    unlisted_why: str
    columns: tuple[Column, ...]
    id_column: str
    date_columns: tuple[tuple[str, str], ...]


class Entry(NamedTuple):
    """One row: a text a column (`None` for any value), in the order of the mapping, and when it counts."""

    id: str
    cells: tuple[str | None, ...]
    dates: Dates


def parse_mapping(tree: Node, problems: Problems) -> CatalogueMapping | None:
    """Read the mapping of a catalogue; what is wrong goes into `problems`."""
    if not isinstance(tree, Table):
        problems.say("a mapping of a catalogue is a mapping", tree.place, f"keys: {', '.join(_KEYS)}")
        return None
    known_keys(tree, _KEYS, problems)
    of = one_of(_text(tree, "of"), ("deployment", *LISTINGS), tree, "of", problems) or "deployment"
    listing = "" if of == "deployment" else of
    if not listing and tree.get("only") is not None:
        problems.say(
            "`only` chooses among items, and the list is of the whole deployment", place_of(tree, "only"), "use `applies`, or say `of`"
        )
    mapping = CatalogueMapping(
        _needed(tree, "issuer", problems),
        _needed(tree, "subject", problems),
        _source(tree, problems),
        _grade(tree, "listed", problems),
        _grade(tree, "not_listed", problems),
        listing,
        _equalities(tree, "only", listing, problems) if tree.get("only") is not None else (),
        _equalities(tree, "applies", "", problems) if tree.get("applies") is not None else (),
        one_of(_needed(tree, "unlisted", problems), UNLISTED, tree, "unlisted", problems),
        _needed(tree, "unlisted_why", problems),
        _columns(tree, listing, problems),
        _text(tree, "id"),
        tuple(_date_columns(tree, problems)),
    )
    return None if problems else mapping


def _text(table: Table, key: str) -> str:
    node = table.get(key)
    return node.text.strip() if isinstance(node, Scalar) else ""


def _needed(table: Table, key: str, problems: Problems) -> str:
    node = needed(table, key, problems)
    return node.text.strip() if node is not None else ""


def _table(table: Table, key: str, keys: Sequence[str], problems: Problems) -> Table | None:
    node = table.get(key)
    if not isinstance(node, Table):
        problems.say(f"`{key}` is missing, or no mapping", place_of(table, key), f"write `{key}:` and below it {', '.join(keys)}")
        return None
    known_keys(node, keys, problems)
    return node


def _source(tree: Table, problems: Problems) -> Source:
    table = _table(tree, "document", ("id", "title", "address", "published", "section"), problems)
    if table is None:
        return Source("", "", "", "", "")
    published = _text(table, "published")
    if published and not is_day(published):
        problems.say(f"`{published}` is not a day", place_of(table, "published"), "write year-month-day")
    name, title, address = (_needed(table, key, problems) for key in ("id", "title", "address"))
    return Source(name, title, address, published, _text(table, "section") or "the list")


def _grade(tree: Table, key: str, problems: Problems) -> Grade:
    table = _table(tree, key, ("label", "level", "why"), problems)
    if table is None:
        return Grade("", "", "")
    level = one_of(_needed(table, "level", problems), LEVELS, table, "level", problems)
    return Grade(_needed(table, "label", problems), level, _needed(table, "why", problems))


def _equalities(tree: Table, key: str, listing: str, problems: Problems) -> tuple[tuple[str, str], ...]:
    node = tree.get(key)
    if not isinstance(node, Table):
        problems.say(f"`{key}` is a mapping from fields to values", place_of(tree, key), f"write `{key}: {{FIELD: VALUE}}`")
        return ()
    found = []
    for name, value in node.pairs:
        if _field(name, listing, problems) and isinstance(value, Scalar):
            found.append((name.text, _value(name.text, value.text, value.place, {}, problems)))
        elif not isinstance(value, Scalar):
            problems.say(f"`{name.text}` takes one value here", value.place, "write one value")
    return tuple(found)


def _field(name: Scalar, listing: str, problems: Problems) -> bool:
    field = FIELDS.get(name.text)
    if field is None:
        problems.say(f"unknown field `{name.text}`", name.place, near(name.text, FIELDS, "All fields: `supportable facts --fields`"))
        return False
    if field.listing not in (None, listing or None):
        problems.say(
            f"`{name.text}` belongs to each of the {field.listing}", name.place, f"say `of: {field.listing}`, or name another field"
        )
        return False
    return True


def _columns(tree: Table, listing: str, problems: Problems) -> tuple[Column, ...]:
    node = tree.get("columns")
    if not isinstance(node, Table) or not node.pairs:
        problems.say(
            "`columns` is a mapping from fields to columns", place_of(tree, "columns"), "write `columns: {components.model: Model}`"
        )
        return ()
    return tuple(_column(name, value, problems) for name, value in node.pairs if _field(name, listing, problems))


def _column(name: Scalar, node: Node, problems: Problems) -> Column:
    if isinstance(node, Scalar):
        return Column(name.text, node.text, "exactly", False, {})
    if not isinstance(node, Table):
        problems.say(f"`{name.text}` names a column", node.place, "write the name of the column, or `{column: ..., match: equal-or-later}`")
        return Column(name.text, "", "exactly", False, {})
    known_keys(node, ("column", "match", "empty", "names"), problems)
    match = one_of(_text(node, "match"), MATCHES, node, "match", problems) or "exactly"
    if match == "equal-or-later" and not FIELDS[name.text].comparable:
        problems.say(f"`{name.text}` has no order", place_of(node, "match"), "it can only match `exactly`")
    empty = one_of(_text(node, "empty"), ("any",), node, "empty", problems)
    names = node.get("names")
    texts: dict[str, str] = {}
    if isinstance(names, Table):
        texts = {key.text: value.text for key, value in names.pairs if isinstance(value, Scalar)}
    elif names is not None:
        problems.say("`names` maps what the catalogue writes to values of the field", names.place, "write `names: {WRITTEN: VALUE}`")
    return Column(name.text, _needed(node, "column", problems), match, empty == "any", texts)


def _date_columns(tree: Table, problems: Problems) -> list[tuple[str, str]]:
    node = tree.get("dates")
    if node is None:
        return []
    if not isinstance(node, Table):
        problems.say("`dates` maps dates to columns", node.place, f"write `dates: {{until: COLUMN}}`; dates: {', '.join(_DATES)}")
        return []
    known_keys(node, _DATES, problems)
    return [(_DATES[key.text], value.text) for key, value in node.pairs if key.text in _DATES and isinstance(value, Scalar)]


def parse_entries(mapping: CatalogueMapping, rows: Sequence[Written], problems: Problems) -> tuple[Entry, ...]:
    """Read the rows of a catalogue by its mapping; rows that say the same are one. What is wrong goes into `problems`."""
    wanted = [one.column for one in mapping.columns] + [column for _, column in mapping.date_columns]
    wanted += [mapping.id_column] if mapping.id_column else []
    if not rows:
        problems.say("the catalogue has no row", Place(""), "give a file with a header and rows")
        return ()
    missing = [one for one in dict.fromkeys(wanted) if one not in rows[0].texts]
    for one in missing:
        problems.say(
            f"the catalogue has no column `{one}`", rows[0].place, near(one, rows[0].texts, f"columns: {', '.join(rows[0].texts)}")
        )
    if missing:
        return ()
    found: dict[tuple[tuple[str | None, ...], Dates], Entry] = {}
    for row in rows:
        cells = tuple(_cell(one, row, problems) for one in mapping.columns)
        dates = Dates(**{name: _day(column, row, problems) for name, column in mapping.date_columns})
        if dates.since is not None and dates.until is not None and dates.until < dates.since:
            problems.say(f"the row ends on {dates.until}, before it begins on {dates.since}", row.place, "mend one of the two days")
        name = row.texts.get(mapping.id_column, "").strip() or f"line-{row.place.line}"
        found.setdefault((cells, dates), Entry(name, cells, dates))
    return _with_own_names(found.values())


def _with_own_names(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    used: dict[str, int] = {}
    named = []
    for one in entries:
        used[one.id] = used.get(one.id, 0) + 1
        named.append(one if used[one.id] == 1 else one._replace(id=f"{one.id} ({used[one.id]})"))
    return tuple(named)


def _cell(column: Column, row: Written, problems: Problems) -> str | None:
    text = row.texts.get(column.column, "").strip()
    if not text:
        if not column.empty_is_any:
            problems.say(
                f"the cell of `{column.column}` is empty", row.place, "say `empty: any` for this column if the catalogue means every value"
            )
        return None
    return _value(column.field, text, row.place, column.names, problems)


def _value(field: str, text: str, place: Place, names: Mapping[str, str], problems: Problems) -> str:
    value = names.get(text, text)
    try:
        parsed = FIELDS[field].parse(value)
    except ValueError as error:
        problems.say(str(error), place, near(value, FIELDS[field].values, "translate it below `names` of the column"))
        return value
    return "none" if parsed is ABSENT else str(parsed).lower() if isinstance(parsed, bool) else str(parsed)


def _day(column: str, row: Written, problems: Problems) -> str | None:
    text = row.texts.get(column, "").strip()
    if text and not is_day(text):
        problems.say(f"`{text}` in `{column}` is not a day", row.place, "write year-month-day")
    return text or None


def rows_of_tree(tree: Node, problems: Problems) -> list[Written]:
    """Return the rows of a JSON catalogue: a list of flat objects."""
    if not isinstance(tree, Items):
        problems.say("a catalogue in JSON is a list of objects", tree.place, "write `[{...}, ...]`")
        return []
    rows = []
    for item in tree.items:
        if isinstance(item, Table) and all(isinstance(value, Scalar) for _, value in item.pairs):
            texts = {
                key.text: "" if value.text == "null" and not value.quoted else value.text
                for key, value in item.pairs
                if isinstance(value, Scalar)
            }
            rows.append(Written(texts, item.place))
        else:
            problems.say("a row of a catalogue is a flat object", item.place, "give each column one text or number")
    return rows
