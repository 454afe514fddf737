"""What the columns of an inventory mean: which column gives which field, how its texts are translated, what one row is.

In: a cell's text. Out: what it says about fields (`Meaning`), "nothing" for the words that stand for not knowing, or `None`
for a text that the mapping does not know. What one would get wrong: a text that nobody translated is never guessed and never
taken for "not there"; `none`, `null` and `n/a` mean nothing unless the mapping says so. `parse_mapping` reads the written form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS, Field
from supportable.errors import Place

Meaning = Mapping[str, Value | _Absent]
"""Field by full name -> its value, or `ABSENT` where it is known not to be there."""

NOTHING: Meaning = {}
NAME_OF_ITEM = "name"
PLAIN_KINDS = ("text", "version", "integer")
"""Kinds whose values are too many to be listed: read as they stand, unless the mapping translates them."""


class NamesTable(NamedTuple):
    """Names that say several things at once, folded, with their meanings, and the fields they may give."""

    name: str
    entries: Mapping[str, Meaning]

    @property
    def fields(self) -> tuple[str, ...]:
        return in_order({field for meaning in self.entries.values() for field in meaning})


class Column(NamedTuple):
    """One column: the fields it may give (or `nodes.name`), its translations by folded text, and which item of a listing it is about."""

    name: str
    fields: tuple[str, ...]
    translations: Mapping[str, Meaning] = {}
    unknown: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    item: int | None = None
    place: Place = Place("")

    @property
    def field(self) -> Field | None:
        """The field whose own values the column holds, `None` for a column of names and for the name of an item."""
        return FIELDS.get(self.fields[0]) if len(self.fields) == 1 else None

    @property
    def listing(self) -> str | None:
        """The listing that the column is about, `None` for the whole deployment."""
        return listing_of(self.fields[0])

    @property
    def plain(self) -> bool:
        """Whether its texts are taken as they stand: too many different ones to translate each."""
        return not self.translations and (self.field is None or self.field.kind in PLAIN_KINDS) and len(self.fields) == 1

    def meaning(self, text: str) -> Meaning | None:
        """Return what a cell says, `NOTHING` for a word that stands for not knowing, `None` for a text that is not known.

        >>> Column("cluster_sw", ("cluster.service",)).meaning(" MSCS ")
        {'cluster.service': 'mscs'}
        >>> Column("cluster_sw", ("cluster.service",)).meaning("none") is None
        True
        """
        folded = fold(text)
        if folded == "" or folded in self.unknown:
            return NOTHING
        if folded in self.absent:
            return {self.fields[0]: absent_value(self.fields[0])}
        if folded in self.translations:
            return self.translations[folded]
        if self.field is None:
            return {self.fields[0]: text.strip()} if is_name_of_item(self.fields[0]) else None
        value = own_value(self.field, text)
        return None if value is None else {self.field.name: value}


class Each(NamedTuple):
    """A column that holds a list: one item of `listing` an entry, with columns of its own."""

    name: str
    listing: str
    columns: tuple[Column, ...]
    place: Place


class Completeness(NamedTuple):
    """How a row says that it names all items of a listing: always, by a word in a column, or by a column with their number.

    Where one row is a node, a row that cannot be read may be a node of any deployment, so that "always" holds only while none is
    lost, unless `despite_lost_rows`.
    """

    listing: str
    always: bool = False
    column: str | None = None
    words: Mapping[str, bool] = {}
    number_column: str | None = None
    despite_lost_rows: bool = False
    place: Place = Place("")


class InventoryMapping(NamedTuple):
    """A mapping, read. `rows` is `deployment` or `node`; `key` are the columns that together name the deployment."""

    name: str
    rows: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    lists: tuple[Each, ...] = ()
    complete: tuple[Completeness, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    delimiter: str | None = None
    encoding: str = "utf-8"
    place: Place = Place("")

    def columns_read(self) -> dict[str, Place]:
        """Return the columns of the inventory that the mapping reads, in its order, and where it first names each."""
        read: dict[str, Place] = {}
        for name in self.key:
            read.setdefault(name, self.place)
        for label in self.labels:
            read.setdefault(label[1], self.place)
        for name, place in [(column.name, column.place) for column in self.columns] + [(each.name, each.place) for each in self.lists]:
            read.setdefault(name, place)
        for complete in self.complete:
            for one in (complete.column, complete.number_column):
                if one is not None:
                    read.setdefault(one, complete.place)
        return read

    def fields_of(self, listing: str | None) -> tuple[str, ...]:
        """Return the fields that the mapping may give, of the whole deployment or of one listing, in the order of the catalogue."""
        columns = [*self.columns, *(column for each in self.lists for column in each.columns)]
        given = {field for column in columns for field in column.fields if listing_of(field) == listing}
        return in_order(given)

    @property
    def listings(self) -> tuple[str, ...]:
        """The listings that the mapping may give."""
        named = {each.listing for each in self.lists} | {complete.listing for complete in self.complete}
        named |= {column.listing for column in self.columns if column.listing is not None}
        return tuple(listing for listing in LISTINGS if listing in named)


def label_column(label: str) -> str:
    """Return the column of the normal form that carries a label: something to group by, which no clause reads."""
    return f"{label}|label"


def fold(text: str) -> str:
    """Return what makes two texts the same name: case and white space do not count, everything else does.

    >>> fold("  Windows  Server 2008 ") == fold("WINDOWS SERVER 2008")
    True
    """
    return " ".join(text.lower().split())


def listing_of(field: str) -> str | None:
    """Return the listing that a field, or `nodes.name`, belongs to.

    >>> listing_of("nodes.name"), listing_of("cluster.name")
    ('nodes', None)
    """
    head = field.partition(".")[0]
    return head if head in LISTINGS else None


def is_name_of_item(field: str) -> bool:
    """Tell whether this is the name of an item (`nodes.name`), which is not a fact about it."""
    return field not in FIELDS and field.partition(".")[2] == NAME_OF_ITEM and listing_of(field) is not None


def absent_value(field: str) -> Value | _Absent:
    """Return what "not there" means for a field: no service pack is service pack 0."""
    none_is = FIELDS[field].none_is
    return ABSENT if none_is is None else none_is


def own_value(field: Field, text: str) -> Value | None:
    """Return the value that a cell writes in the field's own words, `None` if it is none of them.

    >>> own_value(FIELDS["contracts.until"], "2026-01-31 00:00:00")
    '2026-01-31'
    """
    written = text.strip()
    if field.kind == "name":
        folded = fold(text)
        return next((value for value in field.values if fold(value) == folded), None)
    if field.kind == "boolean":
        return {"true": True, "false": False}.get(written.lower())
    if field.kind == "text":
        return written or None
    if field.kind == "date" and written[10:] in (" 00:00:00", "T00:00:00"):
        written = written[:10]
    if written == "none":
        return None
    if field.kind == "integer":
        # A column of numbers with gaps is exported as `1.0` by many tools.
        whole, point, rest = written.partition(".")
        written = whole if point and rest and not rest.strip("0") else written
    try:
        value = field.parse(written)
    except ValueError:
        return None
    return None if value is ABSENT or isinstance(value, _Absent) else value


def in_order(fields: set[str]) -> tuple[str, ...]:
    """Return fields in the order of the catalogue; names of items come first."""
    return (*sorted(field for field in fields if is_name_of_item(field)), *(field for field in FIELDS if field in fields))
