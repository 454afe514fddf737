"""An inventory and a mapping -> the normal form of a fleet, in Arrow record batches, and a report of what became of the rows.

In: an open inventory. Out: batches of the columns that `core/fleet.py` describes, plus `LABEL|label`. What one would get wrong:
rows of nodes come out sorted by key, rows of deployments as they stand with those that share a key last; rows of one key are
one deployment, whose fact is unknown where they disagree; and the report is whole only when all batches were taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from supportable.core.facts import ABSENT
from supportable.core.fields import FIELDS
from supportable.core.fleet import KEY, absent_column, complete_column
from supportable.core.mapping import (
    NAME_OF_ITEM,
    Column,
    Completeness,
    InventoryMapping,
    fold,
    is_name_of_item,
    label_column,
    listing_of,
)
from supportable.errors import InventoryError, Place
from supportable.stores.cells import (
    IS_ABSENT,
    UNKNOWN,
    VALUES_FROM,
    Cells,
    FieldCodes,
    Translator,
    filled,
    kept_as_text,
    merged,
    text_column,
)
from supportable.stores.inventories import Inventory, RawBatch
from supportable.stores.inventory_report import InventoryReport, Tally

NO, YES = VALUES_FROM, VALUES_FROM + 1
"""The codes of "not all" and "all" of a listing."""


class Fleet:
    """An inventory read through a mapping: iterate it once for its batches, then ask for the report."""

    def __init__(self, inventory: Inventory, mapping: InventoryMapping) -> None:
        self.inventory = inventory
        self.mapping = mapping
        columns = inventory.columns()
        read = mapping.columns_read()
        self.tally = Tally((name for name in columns if name not in read), inventory.ignored)
        self.codes = {field: FieldCodes(field) for field in FIELDS if not kept_as_text(field)}
        self._translators = {id(column): Translator(column, self.codes, self.tally) for column in _all_columns(mapping)}
        self._complete = {one.listing: one for one in mapping.complete}
        self.despite_lost_rows = any(one.despite_lost_rows for one in mapping.complete)
        self.may_be_absent = {field for column in _all_columns(mapping) for field in _absent_fields(column)}
        self.names = list(read)
        self.lists = {each.name: tuple(column.name for column in each.columns) for each in mapping.lists}
        self.schema = self._schema()

    def __iter__(self) -> Iterator[Any]:
        """Yield the record batches of the normal form."""
        from supportable.stores.grouping import batches_of_deployments, batches_of_nodes

        made = batches_of_nodes(self) if self.mapping.rows == "node" else batches_of_deployments(self)
        for batch in made:
            if batch.num_rows:
                self.tally.deployments += batch.num_rows
                yield batch

    def report(self) -> InventoryReport:
        """Return what became of the rows so far; whole when all batches were taken."""
        return self.tally.report()

    def reader(self) -> Any:
        """Return the batches as a `pyarrow.RecordBatchReader`."""
        import pyarrow

        return pyarrow.RecordBatchReader.from_batches(self.schema, iter(self))

    def raw(self) -> Iterator[tuple[RawBatch, Any]]:
        """Yield the rows of the inventory with their keys; rows without a key are set aside."""
        import pyarrow

        for raw in self.inventory.batches(self.names, self.lists, self.tally):
            keys = self.keys(raw)
            if keys.null_count:
                kind = f"no key in {' and '.join(f'`{name}`' for name in self.mapping.key)}"
                self.tally.set_aside(raw.place, kind, kind, keys.null_count)
                there = keys.is_valid()
                raw = RawBatch(raw.columns.filter(there), raw.place)
                keys = keys.filter(there)
            for each in self.mapping.lists:
                raw, keys = self._read_texts_as_lists(raw, keys, each.name)
            if len(keys):
                yield raw, keys if isinstance(keys, pyarrow.Array) else keys.combine_chunks()

    def keys(self, raw: RawBatch) -> Any:
        """Return the key of each row, NULL where a part is missing. Parts are joined so that no two keys can be mistaken."""
        import pyarrow
        import pyarrow.compute as pc

        parts = []
        for name in self.mapping.key:
            column = raw.columns.column(raw.columns.schema.get_field_index(name))
            try:
                texts = text_column(column)
            except pyarrow.ArrowException:
                kind = f"the column `{name}` is of the type {column.type}, and a key needs texts or whole numbers"
                raise InventoryError(kind, raw.place, "map another column as key, or export it as text") from None
            if len(self.mapping.key) > 1:
                texts = pc.replace_substring(pc.replace_substring(texts, "%", "%25"), "/", "%2F")
            parts.append(texts)
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "/")

    def cells_of(self, columns: Sequence[Column], table: Any, place: Place) -> dict[str, Cells]:
        """Return what these columns of a batch say, by field: unknown where they disagree."""
        told: dict[str, list[Cells]] = {}
        for column in columns:
            array = table.column(table.schema.get_field_index(column.name))
            for field, cells in self._translators[id(column)].cells(array, place).items():
                told.setdefault(field, []).append(cells)
        return {field: merged(field, many, self.tally) for field, many in told.items()}

    def labels_of(self, table: Any) -> dict[str, Cells]:
        """Return the labels of a batch."""
        found = {}
        for label, name in self.mapping.labels:
            found[label_column(label)] = Cells(None, text_column(table.column(table.schema.get_field_index(name))))
        return found

    def completeness(self, listing: str, table: Any, place: Place) -> tuple[Any, Any]:
        """Return the codes of "all named" for each row, and the codes of the number of items it states, `None` where none is mapped."""
        import numpy

        told = self._complete.get(listing, Completeness(listing))
        whole = numpy.full(table.num_rows, YES if told.always else NO, numpy.int64)
        # A number and a yes-or-no, read like any field of that kind.
        if told.number_column is not None:
            return whole, self._one_column(Column(told.number_column, ("cluster.fencing_devices",), place=told.place), table, place)
        if told.column is not None:
            words = {fold(word): {"cluster.failback": value} for word, value in told.words.items()}
            return self._one_column(Column(told.column, ("cluster.failback",), words, place=told.place), table, place), None
        return whole, None

    def _one_column(self, column: Column, table: Any, place: Place) -> Any:
        """Return the codes of a column that says whether a list is complete."""
        array = table.column(table.schema.get_field_index(column.name))
        try:
            return Translator(column, self.codes, self.tally).cells(array, place)[column.fields[0]].codes
        except InventoryError:
            what = f"the column `{column.name}` is of the type {array.type}, and cannot say whether a list is complete"
            raise InventoryError(what, place, "map another column in `complete`, or export it as text") from None

    def always_complete(self, listing: str) -> bool:
        """Tell whether the mapping says "always": of those that name any item, for naming none may be not knowing any."""
        return listing in self._complete and self._complete[listing].always

    def emitted(self, field: str, cells: Cells | None, rows: int) -> list[tuple[str, Any]]:
        """Return the columns of the normal form for one field."""
        import numpy
        import pyarrow

        if cells is None:
            cells = Cells(None, pyarrow.nulls(rows, pyarrow.string())) if kept_as_text(field) else Cells(numpy.zeros(rows, numpy.int64))
        if cells.codes is not None:
            values, absent = self.codes[field].decoded(cells.codes), cells.codes == IS_ABSENT
        else:
            values, absent = cells.texts, cells.absent
        found = [(NAME_OF_ITEM if is_name_of_item(field) else field, values)]
        if field in self.may_be_absent:
            found.append((absent_column(field), pyarrow.array(numpy.zeros(rows, bool) if absent is None else absent)))
        return found

    def items(self, listing: str, cells: dict[str, Cells], offsets: Any, complete: Any) -> list[tuple[str, Any]]:
        """Return the columns of a listing: its items between `offsets`, NULL where there are none and others may exist."""
        import numpy
        import pyarrow

        rows = int(offsets[-1])
        parts = dict(self.emitted(f"{listing}.{NAME_OF_ITEM}", cells.get(f"{listing}.{NAME_OF_ITEM}"), rows))
        for field in self.mapping.fields_of(listing):
            if not is_name_of_item(field):
                parts |= self.emitted(field, cells.get(field), rows)
        struct = pyarrow.StructArray.from_arrays(list(parts.values()), names=list(parts))
        nothing = (numpy.diff(offsets) == 0) & ~complete
        made = pyarrow.ListArray.from_arrays(pyarrow.array(offsets, pyarrow.int32()), struct, mask=pyarrow.array(nothing))
        return [(listing, made), (complete_column(listing), pyarrow.array(complete))]

    def whole(self, keys: Any, cells: dict[str, Cells], listings: Sequence[tuple[str, Any]]) -> Any:
        """Return a batch of the normal form."""
        import pyarrow

        columns = {KEY: keys}
        for label, _ in self.mapping.labels:
            columns[label_column(label)] = cells[label_column(label)].texts
        for field in self.mapping.fields_of(None):
            columns |= self.emitted(field, cells.get(field), len(keys))
        columns |= dict(listings)
        return pyarrow.RecordBatch.from_arrays([columns[name] for name in self.schema.names], schema=self.schema)

    def listings_of(self, raw: RawBatch) -> list[tuple[str, Any]]:
        """Return the columns of the listings of rows of deployments."""
        import numpy

        made: list[tuple[str, Any]] = []
        for listing in self.mapping.listings:
            each = next((one for one in self.mapping.lists if one.listing == listing), None)
            if each is not None:
                array = raw.columns.column(raw.columns.schema.get_field_index(each.name))
                cells, offsets = self._nested(each.columns, array, raw.place)
            else:
                cells, offsets = self._spread(listing, raw)
            whole, numbers = self.completeness(listing, raw.columns, raw.place)
            complete = whole == YES
            if numbers is not None:
                complete = numpy.diff(offsets) == numbers - VALUES_FROM
            elif each is not None:
                # A list that is NULL is not an empty list.
                complete &= array.is_valid().to_numpy(zero_copy_only=False)
            elif self.always_complete(listing):
                complete &= numpy.diff(offsets) > 0
            made += self.items(listing, cells, offsets, complete)
        return made

    def _nested(self, columns: Sequence[Column], array: Any, place: Place) -> tuple[dict[str, Cells], Any]:
        """The items of a column of lists."""
        import numpy
        import pyarrow

        kind = array.type
        if pyarrow.types.is_null(kind):
            empty = pyarrow.struct([(column.name, pyarrow.string()) for column in columns])
            array = pyarrow.nulls(len(array), pyarrow.list_(empty))
        elif not (pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind)) or not pyarrow.types.is_struct(kind.value_type):
            name = next(each.name for each in self.mapping.lists if each.columns is columns)
            raise InventoryError(
                f"the column `{name}` is of the type {kind}, and `each` needs lists of structs", place, "map another column"
            )
        lengths = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        offsets = numpy.concatenate([[0], numpy.cumsum(lengths)])
        flat = array.flatten()
        table = pyarrow.RecordBatch.from_arrays(flat.flatten(), names=[field.name for field in flat.type])
        for column in columns:
            if table.schema.get_field_index(column.name) < 0:
                from supportable.stores.inventories import missing_column

                raise missing_column(column.name, dict.fromkeys(table.schema.names, ""), place)
        return self.cells_of(columns, table, place), offsets

    def _spread(self, listing: str, raw: RawBatch) -> tuple[dict[str, Cells], Any]:
        """The items that are spread over columns: an item is there where any of its columns is filled."""
        import numpy
        import pyarrow

        columns = [column for column in self.mapping.columns if column.listing == listing]
        numbers = sorted({column.item for column in columns if column.item is not None})
        there, slots = [], []
        for number in numbers:
            own = [column for column in columns if column.item == number]
            arrays = [raw.columns.column(raw.columns.schema.get_field_index(column.name)) for column in own]
            there.append(numpy.logical_or.reduce([filled(array) for array in arrays]))
            slots.append(self.cells_of(own, raw.columns, raw.place))
        exists = numpy.stack(there, axis=1)
        rows = raw.columns.num_rows
        at_row, at_slot = numpy.nonzero(exists)
        positions = at_slot * rows + at_row
        cells = {}
        for field in self.mapping.fields_of(listing):
            told = [slot.get(field) for slot in slots]
            if kept_as_text(field):
                texts = [one.texts if one is not None else pyarrow.nulls(rows, pyarrow.string()) for one in told]
                masks = [numpy.zeros(rows, bool) if one is None or one.absent is None else one.absent for one in told]
                together = Cells(None, pyarrow.chunked_array(texts, pyarrow.string()).combine_chunks(), numpy.concatenate(masks))
            else:
                together = Cells(numpy.concatenate([numpy.full(rows, UNKNOWN) if one is None else one.codes for one in told]))
            cells[field] = together.take(positions)
        return cells, numpy.concatenate([[0], numpy.cumsum(exists.sum(axis=1))])

    def _read_texts_as_lists(self, raw: RawBatch, keys: Any, name: str) -> tuple[RawBatch, Any]:
        """A list in a column of texts is JSON; rows whose text is not a JSON list of objects are set aside."""
        import pyarrow

        from supportable.stores.inventory_files import json_is_list, json_list
        from supportable.stores.workspace import quoted

        number = raw.columns.schema.get_field_index(name)
        kind = raw.columns.schema.field(number).type
        value = kind.value_type if pyarrow.types.is_dictionary(kind) else kind
        if not (pyarrow.types.is_string(value) or pyarrow.types.is_large_string(value)):
            return raw, keys
        connection = self.inventory.workspace.connection
        connection.register("texts", pyarrow.table({"text": text_column(raw.columns.column(number))}))
        text, listed = quoted("text"), json_list(quoted("text"), self.lists[name])
        good = f"text IS NULL OR CASE WHEN json_valid({text}) THEN {json_is_list(text)} ELSE false END"
        query = f"SELECT {good}, CASE WHEN {good} THEN {listed} END FROM texts"  # noqa: S608 - no text of a user
        made = connection.sql(query).to_arrow_table().combine_chunks()
        connection.unregister("texts")
        sound = made.column(0).combine_chunks()
        lists = made.column(1).combine_chunks()
        columns = list(raw.columns.columns)
        columns[number] = lists
        batch = pyarrow.RecordBatch.from_arrays(columns, names=raw.columns.schema.names)
        broken = len(sound) - sound.true_count
        if broken:
            reason = f"`{name}` is not a list of objects"
            self.tally.set_aside(raw.place, reason, reason, broken)
            batch, keys = batch.filter(sound), keys.filter(sound)
        return RawBatch(batch, raw.place), keys

    def _schema(self) -> Any:
        """The columns of the normal form that this mapping can give."""
        import pyarrow

        def of(field: str) -> list[tuple[str, Any]]:
            kind = FIELDS[field].kind if field in FIELDS else "text"
            types = {"integer": pyarrow.int64(), "boolean": pyarrow.bool_()}
            found = [(NAME_OF_ITEM if is_name_of_item(field) else field, types.get(kind, pyarrow.string()))]
            return found + ([(absent_column(field), pyarrow.bool_())] if field in self.may_be_absent else [])

        columns: list[tuple[str, Any]] = [(KEY, pyarrow.string())]
        columns += [(label_column(label), pyarrow.string()) for label, _ in self.mapping.labels]
        columns += [column for field in self.mapping.fields_of(None) for column in of(field)]
        for listing in self.mapping.listings:
            fields = [f"{listing}.{NAME_OF_ITEM}", *(field for field in self.mapping.fields_of(listing) if not is_name_of_item(field))]
            columns.append((listing, pyarrow.list_(pyarrow.struct([part for field in fields for part in of(field)]))))
            columns.append((complete_column(listing), pyarrow.bool_()))
        return pyarrow.schema(columns)


def _all_columns(mapping: InventoryMapping) -> list[Column]:
    return [*mapping.columns, *(column for each in mapping.lists for column in each.columns)]


def _absent_fields(column: Column) -> Iterator[str]:
    """The fields that a column may say are absent."""
    for meaning in column.translations.values():
        yield from (field for field, value in meaning.items() if value is ABSENT)
    if column.absent and column.field is not None and column.field.none_is is None:
        yield column.field.name


def top_columns(mapping: InventoryMapping) -> list[Column]:
    """Return the columns about the whole deployment."""
    return [column for column in mapping.columns if listing_of(column.fields[0]) is None]
