"""A written mapping, or a written table of names -> `InventoryMapping`, `NamesTable`, and every problem found.

In: trees with places. Out: values; what cannot be read is left out and is a problem, so that reading goes on. What one would
get wrong: a mapping with a problem is not to be used, even though a value comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS, Field
from supportable.core.mapping import (
    NAME_OF_ITEM,
    Column,
    Completeness,
    Each,
    InventoryMapping,
    Meaning,
    NamesTable,
    absent_value,
    fold,
    listing_of,
)
from supportable.core.reading_trees import Problems, known_keys, near, needed, one_of
from supportable.core.written import Items, Node, Scalar, Table

ROWS = ("deployment", "node")
ENCODINGS = ("utf-8", "latin-1", "utf-16")
ITEMS_AT_MOST = 64
_TOP = ("mapping", "rows", "key", "complete", "labels", "csv", "columns", "names")
_COLUMN = ("field", "names", "each", "columns", "values", "absent", "unknown", "item")
_FIELDS_HINT = "All fields: `supportable facts --fields`"
_NAMES_FILE = ("names", "about", "sources", "entries")
_ENTRY = ("name", "source", "place")
_SOURCE = ("title", "address", "revision", "retrieved", "confidence", "note")
_ITEM_NAMES = tuple(f"{listing}.{NAME_OF_ITEM}" for listing in LISTINGS)
_TRUTHS = {"true": True, "false": False}

Found = TypeVar("Found", Scalar, Items, Table)


def parse_mapping(tree: Node, shipped: Mapping[str, NamesTable], problems: Problems) -> InventoryMapping | None:
    """Return the mapping that a tree writes, over the tables of names that ship."""
    if not isinstance(tree, Table):
        problems.say("a mapping is a mapping of keys", tree.place, "start with `mapping: NAME`; `docs/fleets.md` shows one")
        return None
    known_keys(tree, _TOP, problems)
    rows = _word(tree, "rows", problems, ROWS)
    tables = _tables(tree, shipped, problems)
    columns, each = _columns(tree, tables, rows, problems)
    delimiter, encoding = _csv(tree, problems)
    made = InventoryMapping(
        _word(tree, "mapping", problems),
        rows,
        _key(tree, problems),
        columns,
        each,
        _complete(tree, rows, problems),
        tuple(_words_by_word(tree, "labels", problems).items()),
        delimiter,
        encoding,
        tree.place,
    )
    _check_together(made, problems)
    return made


def parse_names(tree: Node, problems: Problems) -> NamesTable | None:
    """Return a table of names that ships: each entry names its source and the place in it."""
    if not isinstance(tree, Table):
        problems.say("a table of names is a mapping of keys", tree.place, "start with `names: NAME`")
        return None
    known_keys(tree, _NAMES_FILE, problems)
    sources = tree.get("sources")
    known: set[str] = set()
    for key, source in sources.pairs if isinstance(sources, Table) else []:
        known.add(key.text)
        if not isinstance(source, Table):
            problems.say(f"the source `{key.text}` is a mapping", source.place, "write `title:` and `confidence:`")
            continue
        known_keys(source, _SOURCE, problems)
        for required in ("title", "confidence"):
            _word(source, required, problems)
    entries: dict[str, Meaning] = {}
    written = tree.get("entries")
    if not isinstance(written, Items):
        problems.say(
            "`entries` is missing or no list", (written or tree).place, "write one `- {name: ..., source: ..., place: ...}` a name"
        )
        return None
    for entry in written.items:
        if not isinstance(entry, Table):
            problems.say("an entry is a mapping", entry.place, "write `{name: ..., source: ..., place: ..., FIELD: VALUE}`")
            continue
        name, source_name = _word(entry, "name", problems), _word(entry, "source", problems)
        _word(entry, "place", problems)
        if source_name and source_name not in known:
            problems.say(
                f"`{source_name}` is not a source of this file", entry.place, near(source_name, known, f"sources: {', '.join(known)}")
            )
        if fold(name) in entries:
            problems.say(f"the name `{name}` stands twice", entry.place, "case and white space do not count; keep one of them")
        gives = Table([(key, value) for key, value in entry.pairs if key.text not in _ENTRY], entry.place)
        entries[fold(name)] = _meaning(gives, problems)
    return NamesTable(_word(tree, "names", problems), entries)


def _tables(tree: Table, shipped: Mapping[str, NamesTable], problems: Problems) -> dict[str, NamesTable]:
    """The tables of names: those that ship, each with the mapping's own entries on top."""
    tables = dict(shipped)
    for key, node in _pairs(tree, "names", problems):
        if not isinstance(node, Table):
            problems.say(f"the table of names `{key.text}` is a mapping", node.place, "write `NAME: {FIELD: VALUE}` for each name")
            continue
        own: dict[str, Meaning] = {}
        for name, gives in node.pairs:
            if fold(name.text) in own:
                problems.say(f"the name `{name.text}` stands twice", name.place, "case and white space do not count; keep one of them")
            if isinstance(gives, Table):
                own[fold(name.text)] = _meaning(gives, problems)
            else:
                problems.say(f"the name `{name.text}` gives no fields", gives.place, "write `{FIELD: VALUE}`")
        before = tables[key.text].entries if key.text in tables else {}
        tables[key.text] = NamesTable(key.text, {**before, **own})
    return tables


def _meaning(gives: Table, problems: Problems) -> Meaning:
    """The fields that one name gives; they all belong to the whole deployment, or all to one listing."""
    meaning: dict[str, Value | _Absent] = {}
    if not gives.pairs:
        problems.say("this name gives nothing", gives.place, "write `{FIELD: VALUE}`")
    for key, node in gives.pairs:
        field = _field(key, problems)
        value = _value(field, node, problems) if field is not None else None
        if field is not None and value is not None:
            meaning[field.name] = value
    if len({listing_of(name) for name in meaning}) > 1:
        problems.say("one name gives fields of the deployment and of its items", gives.place, "give them in two columns")
    return meaning


def _columns(
    tree: Table, tables: Mapping[str, NamesTable], rows: str, problems: Problems, inside: str | None = None
) -> tuple[tuple[Column, ...], tuple[Each, ...]]:
    """The columns of a mapping, or of the items of one listing."""
    columns: list[Column] = []
    lists: list[Each] = []
    pairs = _pairs(tree, "columns", problems)
    if not pairs:
        problems.say("`columns` is missing or empty", tree.place, "write `columns:` and below it `COLUMN: FIELD`")
    for key, node in pairs:
        if isinstance(node, Table) and node.get("each") is not None:
            each = _each(key, node, tables, rows, problems) if inside is None else None
            if inside is not None:
                problems.say("a list inside a list", node.place, "only one level of items can be read")
            if each is not None:
                lists.append(each)
            continue
        column = _column(key, node, tables, problems)
        if column is None:
            continue
        listing = column.listing
        if inside is not None and listing != inside:
            problems.say(f"`{column.fields[0]}` is not a field of the {inside}", node.place, f"columns inside `{inside}` give `{inside}.*`")
        elif inside is None and rows == "node" and (listing not in (None, "nodes") or column.item is not None):
            what = f"`{column.fields[0]}` cannot be read" if column.item is None else "`item` has no meaning"
            problems.say(f"{what} where one row is a node", node.place, "leave it out, or write `rows: deployment`")
        elif inside is None and rows == "deployment" and listing is not None and column.item is None:
            hint = "say which with `item: 1`, read a list with `each:`, or write `rows: node`"
            problems.say(f"`{column.fields[0]}` belongs to each of the {listing}", node.place, hint)
        elif column.item is not None and (listing is None or inside is not None):
            problems.say("`item` is for a column about one item of a list", node.place, "leave it out")
        else:
            columns.append(column)
    return tuple(columns), tuple(lists)


def _each(key: Scalar, node: Table, tables: Mapping[str, NamesTable], rows: str, problems: Problems) -> Each | None:
    known_keys(node, ("each", "columns"), problems)
    listing = _word(node, "each", problems, tuple(LISTINGS))
    if rows == "node" and listing:
        problems.say("`each` has no meaning where one row is a node", node.place, "leave it out, or write `rows: deployment`")
        return None
    columns, _ = _columns(node, tables, rows, problems, listing or None)
    return Each(key.text, listing, columns, key.place) if listing else None


def _column(key: Scalar, node: Node, tables: Mapping[str, NamesTable], problems: Problems) -> Column | None:
    if isinstance(node, Scalar):
        node = Table([(Scalar("field", node.place), node)], node.place)
    if not isinstance(node, Table):
        problems.say(f"the column `{key.text}` is a field or a mapping", node.place, "write `COLUMN: FIELD`, or `COLUMN: {names: TABLE}`")
        return None
    known_keys(node, _COLUMN, problems)
    field, names = node.get("field"), node.get("names")
    if (field is None) == (names is None):
        problems.say(f"the column `{key.text}` gives one of `field`, `names` and `each`", node.place, "write `COLUMN: FIELD`")
        return None
    unknown, item = frozenset(map(fold, _words(node, "unknown", problems))), _item(node, problems)
    if names is not None:
        for misplaced in ("values", "absent"):
            if node.get(misplaced) is not None:
                problems.say(f"`{misplaced}` is for a column of one field", node.place, "add the name to `names:`, with `FIELD: none`")
        table = _word(node, "names", problems)
        if table not in tables:
            problems.say(f"`{table}` is not a table of names", names.place, near(table, tables, f"tables: {', '.join(sorted(tables))}"))
            return None
        entries, fields = tables[table].entries, tables[table].fields
        if len({listing_of(name) for name in fields}) > 1 or not fields:
            problems.say(f"the names of `{table}` give fields of the deployment and of its items", names.place, "make two tables")
            return None
        return Column(key.text, fields, entries, unknown, item=item, place=key.place)
    if not isinstance(field, Scalar):
        problems.say("`field` is one field", node.place, _FIELDS_HINT)
        return None
    if field.text in _ITEM_NAMES:
        for misplaced in ("values", "absent"):
            if node.get(misplaced) is not None:
                problems.say(f"`{misplaced}` has no meaning for the name of an item", node.place, "leave it out")
        return Column(key.text, (field.text,), {}, unknown, item=item, place=key.place)
    known = _field(field, problems)
    if known is None:
        return None
    values: dict[str, Meaning] = {}
    for word, written in _pairs(node, "values", problems):
        value = _value(known, written, problems)
        if fold(word.text) in values:
            problems.say(f"the word `{word.text}` stands twice", word.place, "case and white space do not count; keep one of them")
        if value is not None:
            values[fold(word.text)] = {known.name: value}
    absent = frozenset(map(fold, _words(node, "absent", problems)))
    for word_twice in sorted((absent & unknown) | (absent & values.keys()) | (unknown & values.keys())):
        problems.say(
            f"`{word_twice}` has two meanings in the column `{key.text}`", node.place, "keep it in one of `values`, `absent`, `unknown`"
        )
    return Column(key.text, (known.name,), values, unknown, absent, item, key.place)


def _complete(tree: Table, rows: str, problems: Problems) -> tuple[Completeness, ...]:
    found = []
    for key, node in _pairs(tree, "complete", problems):
        if key.text not in LISTINGS or (rows == "node" and key.text != "nodes"):
            listings = ("nodes",) if rows == "node" else tuple(LISTINGS)
            problems.say(
                f"`{key.text}` is not a list of this mapping", key.place, near(key.text, listings, f"lists: {', '.join(listings)}")
            )
        elif isinstance(node, Scalar) and node.text in _TRUTHS:
            found.append(Completeness(key.text, _TRUTHS[node.text], place=key.place))
        elif isinstance(node, Scalar) and node.text == "despite-lost-rows":
            found.append(Completeness(key.text, True, despite_lost_rows=True, place=key.place))
        elif isinstance(node, Table) and (node.get("column") is None) != (node.get("count") is None):
            known_keys(node, ("column", "values", "count"), problems)
            words: dict[str, bool] = dict(_TRUTHS)
            for word, value in _pairs(node, "values", problems):
                if isinstance(value, Scalar) and value.text in _TRUTHS:
                    words[fold(word.text)] = _TRUTHS[value.text]
                else:
                    problems.say("`values` of `complete` are `true` and `false`", value.place, "write `values: {Y: true, N: false}`")
            column, count = (_word(node, part, problems) if node.get(part) is not None else None for part in ("column", "count"))
            found.append(Completeness(key.text, False, column, words, count, place=key.place))
        else:
            hint = "write `true`, `false`, `despite-lost-rows`, `{column: NAME}`, or `{count: NAME}` for a column with their number"
            problems.say(f"`complete` does not say when all {key.text} are named", node.place, hint)
    return tuple(found)


def _check_together(made: InventoryMapping, problems: Problems) -> None:
    """What is wrong only when two parts are read together."""
    given: dict[tuple[str, int | None], Column] = {}
    for column in made.columns:
        for field in column.fields:
            first = given.setdefault((field, column.item), column)
            # Several columns may say the same thing in part (a name and a service pack); two columns for one field alone are a slip.
            if first is not column and len(first.fields) == len(column.fields) == 1:
                hint = f"the column `{first.name}` gives it at line {first.place.line}; keep one of them"
                problems.say(f"`{field}` is given by two columns", column.place, hint)
    spread = {column.listing for column in made.columns if column.item is not None}
    lists = [each.listing for each in made.lists]
    for each in made.lists:
        if lists.count(each.listing) > 1 or each.listing in spread:
            problems.say(f"the {each.listing} are given in two ways", each.place, "keep one `each` for a list, or columns with `item`")
    for complete in made.complete:
        if complete.listing not in {*spread, *lists, *(["nodes"] if made.rows == "node" else [])}:
            hint = f"map a column to `{complete.listing}.name`, or leave this out"
            problems.say(f"`complete` speaks of {complete.listing}, which no column gives", complete.place, hint)


def _csv(tree: Table, problems: Problems) -> tuple[str | None, str]:
    delimiter, encoding = None, "utf-8"
    for key, node in _pairs(tree, "csv", problems):
        text = node.text if isinstance(node, Scalar) else ""
        if key.text == "delimiter" and (text == "tab" or (len(text) == 1 and text not in '"\r\n\0' and text.isascii())):
            delimiter = "\t" if text == "tab" else text
        elif key.text == "encoding" and text.lower() in ENCODINGS:
            encoding = text.lower()
        elif key.text in ("delimiter", "encoding"):
            hint = 'one character, as ";", or `tab`' if key.text == "delimiter" else near(text, ENCODINGS, f"one of {', '.join(ENCODINGS)}")
            problems.say(f"`{text}` is not a {key.text}", node.place, hint)
        else:
            problems.say(f"unknown key `{key.text}`", key.place, "keys here: delimiter, encoding")
    return delimiter, encoding


def _key(tree: Table, problems: Problems) -> tuple[str, ...]:
    node = tree.get("key")
    names = [node] if isinstance(node, Scalar) else node.items if isinstance(node, Items) else []
    words = tuple(name.text for name in names if isinstance(name, Scalar) and name.text)
    if not words or len(words) != len(names):
        problems.say("`key` is missing, or no column", (node or tree).place, "write `key: COLUMN`, or `key: [COLUMN, COLUMN]`")
    for twice in sorted({word for word in words if words.count(word) > 1}):
        problems.say(f"the column `{twice}` stands twice in `key`", (node or tree).place, "keep it once")
    return words


def _field(key: Scalar, problems: Problems) -> Field | None:
    field = FIELDS.get(key.text)
    if field is None:
        problems.say(f"unknown field `{key.text}`", key.place, near(key.text, [*FIELDS, *_ITEM_NAMES], _FIELDS_HINT))
    return field


def _value(field: Field, node: Node, problems: Problems) -> Value | _Absent | None:
    """The value of a field as a mapping writes it: `none` without quotes says that it is known not to be there."""
    if not isinstance(node, Scalar):
        problems.say(f"`{field.name}` takes one value", node.place, field.meaning)
        return None
    if node.text == "none" and not node.quoted:
        return absent_value(field.name)
    try:
        value = field.parse(node.text)
    except ValueError as error:
        problems.say(
            str(error), node.place, near(node.text, field.values, f"values of `{field.name}`: {', '.join(field.values) or field.kind}")
        )
        return None
    return absent_value(field.name) if value is ABSENT else value


def _item(node: Table, problems: Problems) -> int | None:
    written = node.get("item")
    if written is None:
        return None
    text = written.text if isinstance(written, Scalar) else ""
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= ITEMS_AT_MOST:
        return int(text)
    problems.say(f"`item` is not a number from 1 to {ITEMS_AT_MOST}", written.place, "write `item: 1` for the first node")
    return None


def _words(table: Table, key: str, problems: Problems) -> tuple[str, ...]:
    node = table.get(key)
    if node is None:
        return ()
    written = node.items if isinstance(node, Items) else [node]
    if not all(isinstance(one, Scalar) for one in written):
        problems.say(f"`{key}` is a list of words", node.place, f'write `{key}: ["-", "n/a"]`')
    return tuple(one.text for one in written if isinstance(one, Scalar))


def _words_by_word(table: Table, key: str, problems: Problems) -> dict[str, str]:
    """A list of columns (each its own label), or a mapping from label to column."""
    node = table.get(key)
    if isinstance(node, Scalar | Items):
        return {word: word for word in _words(table, key, problems)}
    found = {}
    for name, value in _pairs(table, key, problems):
        if isinstance(value, Scalar) and value.text:
            found[name.text] = value.text
        else:
            problems.say(f"the label `{name.text}` is not a column", value.place, f"write `{key}: {{{name.text}: COLUMN}}`")
    return found


def _pairs(table: Table, key: str, problems: Problems) -> list[tuple[Scalar, Node]]:
    node = table.get(key)
    if node is None:
        return []
    if not isinstance(node, Table):
        problems.say(f"`{key}` is a mapping", node.place, f"write `{key}: {{NAME: value}}`")
        return []
    return node.pairs


def _word(table: Table, key: str, problems: Problems, among: tuple[str, ...] = ()) -> str:
    node = needed(table, key, problems, f"write `{key}: {among[0]}`" if among else None)
    text = node.text if node is not None else ""
    return one_of(text, among, table, key, problems) if among else text
