"""Rows that belong to one deployment -> one row: nodes by their key, and deployments that stand in an inventory more than once.

In: rows of an inventory in any order. Out: batches of the normal form. What one would get wrong: memory is bounded because DuckDB
sorts, on disk where it must, and only whole runs of one key are looked at together; a fact on which rows disagree is unknown,
never the first or the last of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from supportable.core.fields import FIELDS
from supportable.core.fleet import KEY
from supportable.core.fleet_rows import merge_rows
from supportable.core.mapping import NAME_OF_ITEM, is_name_of_item
from supportable.errors import Place
from supportable.stores.cells import UNKNOWN, VALUES_FROM, Cells, filled, kept_as_text, merged_runs
from supportable.stores.workspace import BATCH_ROWS, fed, told

if TYPE_CHECKING:
    from supportable.stores.normalising import Fleet

_NODES = "nodes"


def batches_of_deployments(fleet: Fleet) -> Iterator[Any]:
    """Yield one row a deployment in the order of the inventory; those that share a key come last, merged, in the order of their keys."""
    import pyarrow
    import pyarrow.compute as pc

    from supportable.stores.normalising import top_columns

    shared = _shared_keys(fleet)
    kept = fleet.inventory.workspace.folder / "shared.arrow"
    kept_rows = 0
    with told(Place(str(fleet.inventory.where)), "the rows cannot be read and kept for a while"):
        with pyarrow.OSFile(str(kept), "wb") as sink, pyarrow.ipc.new_stream(sink, _with_number(fleet.schema)) as writer:
            for raw, keys in fleet.raw():
                cells = fleet.cells_of(top_columns(fleet.mapping), raw.columns, raw.place) | fleet.labels_of(raw.columns)
                batch = fleet.whole(keys, cells, fleet.listings_of(raw))
                if len(shared):
                    again = pc.is_in(keys, shared)
                    several = batch.filter(again)
                    numbers = pyarrow.array(range(kept_rows, kept_rows + several.num_rows), pyarrow.int64())
                    writer.write_batch(pyarrow.RecordBatch.from_arrays([*several.columns, numbers], schema=_with_number(fleet.schema)))
                    kept_rows += several.num_rows
                    batch = batch.filter(pc.invert(again))
                yield batch
        if kept_rows:
            yield from _merged_deployments(fleet, kept)
        kept.unlink()


def batches_of_nodes(fleet: Fleet) -> Iterator[Any]:
    """Yield one row a deployment from rows of nodes, in the order of the keys."""
    with told(Place(str(fleet.inventory.where)), "the rows cannot be sorted"):
        layout = _Layout(fleet)
        connection = fleet.inventory.workspace.connection
        pending: list[Any] = []
        with fed(connection, "node_rows", layout.schema, layout.batches()):
            for batch in connection.sql("SELECT * FROM node_rows ORDER BY k, n").to_arrow_reader(BATCH_ROWS):
                last = _last_run(batch.column(0))
                if last == 0 and pending and pending[0].column(0)[0] == batch.column(0)[0]:
                    pending.append(batch)
                    continue
                yield from layout.deployments([*pending, batch.slice(0, last)])
                pending = [batch.slice(last)]
        yield from layout.deployments(pending)


class _Layout:
    """How rows of nodes look while they are sorted: key, number, one or two columns a field."""

    def __init__(self, fleet: Fleet) -> None:
        import pyarrow

        self.fleet = fleet
        mapping = fleet.mapping
        self._labels = [f"{label}|label" for label, _ in mapping.labels]
        self._top = list(mapping.fields_of(None))
        self._own = list(mapping.fields_of(_NODES))
        self._fields = [*self._labels, *self._top, *self._own]
        parts: list[tuple[str, Any]] = [("k", pyarrow.string()), ("n", pyarrow.int64()), ("x", pyarrow.bool_())]
        parts += [("whole", pyarrow.int64()), ("number", pyarrow.int64())]
        for number, field in enumerate(self._fields):
            if kept_as_text(field):
                parts.append((f"t{number}", pyarrow.string()))
                parts += [(f"a{number}", pyarrow.bool_())] if field in fleet.may_be_absent else []
            else:
                # Narrow rows sort faster; only whole numbers are codes of more than a few bits.
                parts.append((f"c{number}", pyarrow.int64() if FIELDS[field].kind == "integer" else pyarrow.int32()))
        self.schema = pyarrow.schema(parts)

    def batches(self) -> Iterator[Any]:
        """Yield the rows of the inventory in this layout."""
        import numpy
        import pyarrow

        fleet, seen = self.fleet, 0
        own = [column for column in fleet.mapping.columns if column.listing == _NODES]
        for raw, keys in fleet.raw():
            rows = len(keys)
            cells = fleet.cells_of(list(fleet.mapping.columns), raw.columns, raw.place) | fleet.labels_of(raw.columns)
            exists = numpy.zeros(rows, bool)
            for column in own:
                exists |= filled(raw.columns.column(raw.columns.schema.get_field_index(column.name)))
            whole, number = fleet.completeness(_NODES, raw.columns, raw.place)
            arrays = [keys, pyarrow.array(numpy.arange(seen, seen + rows)), pyarrow.array(exists), pyarrow.array(whole)]
            arrays.append(pyarrow.array(numpy.full(rows, UNKNOWN) if number is None else number))
            for field in self._fields:
                one = cells.get(field)
                if kept_as_text(field):
                    arrays.append(pyarrow.nulls(rows, pyarrow.string()) if one is None else one.texts)
                    if field in fleet.may_be_absent:
                        arrays.append(pyarrow.array(numpy.zeros(rows, bool) if one is None or one.absent is None else one.absent))
                else:
                    codes = numpy.zeros(rows, numpy.int64) if one is None else one.codes
                    arrays.append(pyarrow.array(codes.astype(numpy.int64 if FIELDS[field].kind == "integer" else numpy.int32)))
            seen += rows
            yield pyarrow.RecordBatch.from_arrays(arrays, schema=self.schema)

    def deployments(self, batches: list[Any]) -> Iterator[Any]:
        """Yield the deployments of sorted rows; each key is whole within them."""
        import numpy
        import pyarrow
        import pyarrow.compute as pc

        table = pyarrow.Table.from_batches(batches, self.schema).combine_chunks() if batches else None
        if table is None or not table.num_rows:
            return
        fleet, tally = self.fleet, self.fleet.tally
        keys = table.column("k").combine_chunks()
        starts = _run_starts(keys)
        runs = numpy.repeat(numpy.arange(len(starts)), numpy.diff([*starts, len(keys)]))
        cells = {field: self._cells(table, field) for field in self._fields}
        top = {field: merged_runs(field, cells[field], starts, tally) for field in [*self._labels, *self._top]}
        exists = table.column("x").combine_chunks().to_numpy(zero_copy_only=False)
        own = {field: cells[field].take(numpy.flatnonzero(exists)) for field in self._own}
        own, of_run = self._nodes(own, runs[exists], keys.take(starts))
        offsets = numpy.concatenate([[0], numpy.cumsum(numpy.bincount(of_run, minlength=len(starts)))])
        listings: list[tuple[str, Any]] = []
        if _NODES in fleet.mapping.listings:
            whole = merged_runs("whether all nodes are named", Cells(_column(table, "whole")), starts, tally).codes
            complete = whole == VALUES_FROM + 1
            if fleet.always_complete(_NODES):
                complete &= numpy.diff(offsets) > 0
            if tally.lost and not fleet.despite_lost_rows:
                tally.withdraw(int(complete.sum()))
                complete = numpy.zeros(len(starts), bool)
            numbers = merged_runs("the number of nodes", Cells(_column(table, "number")), starts, tally).codes
            if pc.any(pyarrow.array(numbers != UNKNOWN)).as_py():
                complete = complete | (numpy.diff(offsets) == numbers - VALUES_FROM)
            listings = fleet.items(_NODES, own, offsets, complete)
        yield fleet.whole(keys.take(starts), top, listings)

    def _cells(self, table: Any, field: str) -> Cells:
        number = self._fields.index(field)
        if kept_as_text(field):
            absent = _column(table, f"a{number}").astype(bool) if field in self.fleet.may_be_absent else None
            return Cells(None, table.column(f"t{number}").combine_chunks(), absent if absent is not None and absent.any() else None)
        return Cells(_column(table, f"c{number}").astype("int64"))

    def _nodes(self, own: dict[str, Cells], of_run: Any, keys: Any) -> tuple[dict[str, Cells], Any]:
        """Merge rows that name the same node of the same deployment; the order of the first row of each node stays."""
        import numpy

        name = f"{_NODES}.{NAME_OF_ITEM}"
        if name not in own or not len(of_run):
            return own, of_run
        codes = _node_codes(own[name].texts)
        nameless = codes < 0
        together = of_run.astype(numpy.int64) * (int(codes.max(initial=0)) + 1) + codes
        # A row without a name is a node of its own.
        together[nameless] = -1 - numpy.flatnonzero(nameless)
        _, first, counts = numpy.unique(together, return_index=True, return_counts=True)
        if (counts == 1).all():
            return own, of_run
        order = numpy.argsort(together, kind="stable")
        starts = numpy.concatenate([[0], numpy.cumsum(counts)[:-1]])
        back = numpy.argsort(first, kind="stable")
        for at in numpy.flatnonzero(counts > 1):
            row = int(first[at])
            self.fleet.tally.duplicate(keys[int(of_run[row])].as_py(), int(counts[at]), own[name].texts[row].as_py())
        merged = {}
        for field, cells in own.items():
            if is_name_of_item(field):
                merged[field] = cells.take(first[back])
            else:
                merged[field] = merged_runs(field, cells.take(order), starts, self.fleet.tally).take(back)
        return merged, of_run[first[back]]


def _node_codes(names: Any) -> Any:
    """Numbers of node names, equal where `core/deployment.py` takes two names for one machine; -1 where there is none."""
    import pyarrow.compute as pc

    folded = pc.utf8_lower(names)
    host = pc.list_element(pc.split_pattern(folded, ".", max_splits=1), 0)
    same = pc.if_else(pc.match_substring_regex(folded, r"^[\d.:]+$"), folded, host)
    return same.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)


def _shared_keys(fleet: Fleet) -> Any:
    """The keys that stand in more than one row, found in a reading of the key alone."""
    import pyarrow

    from supportable.stores.inventories import RawBatch
    from supportable.stores.inventory_report import Tally

    def keys() -> Iterator[Any]:
        for raw in fleet.inventory.batches(list(fleet.mapping.key), {}, Tally()):
            yield pyarrow.RecordBatch.from_arrays([fleet.keys(RawBatch(raw.columns, raw.place))], names=["k"])

    connection = fleet.inventory.workspace.connection
    with told(Place(str(fleet.inventory.where)), "the keys cannot be compared"):
        asked = "SELECT k FROM keys_read WHERE k IS NOT NULL GROUP BY k HAVING count(*) > 1"
        with fed(connection, "keys_read", pyarrow.schema([("k", pyarrow.string())]), keys()):
            found = connection.sql(asked).to_arrow_table().column(0).combine_chunks()
    return found


def _merged_deployments(fleet: Fleet, kept: Any) -> Iterator[Any]:
    """Rows that share a key, sorted and merged; the only place where rows are looked at one by one."""
    import pyarrow

    connection = fleet.inventory.workspace.connection
    with pyarrow.memory_map(str(kept)) as source:
        connection.register("shared_rows", pyarrow.ipc.open_stream(source))
        asked = f'SELECT * FROM shared_rows ORDER BY "{KEY}", "|number"'  # noqa: S608
        rows: list[dict[str, Any]] = []
        done: list[dict[str, Any]] = []
        for batch in connection.sql(asked).to_arrow_reader(BATCH_ROWS // 8):
            for row in batch.to_pylist():
                del row["|number"]
                if rows and rows[0][KEY] != row[KEY]:
                    done.append(_merged_rows(fleet, rows))
                    rows = []
                rows.append(row)
            if len(done) >= BATCH_ROWS // 8:
                yield pyarrow.RecordBatch.from_pylist(done, fleet.schema)
                done = []
        if rows:
            done.append(_merged_rows(fleet, rows))
        yield pyarrow.RecordBatch.from_pylist(done, fleet.schema)
        connection.unregister("shared_rows")


def _merged_rows(fleet: Fleet, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if len(rows) > 1:
        fleet.tally.duplicate(str(rows[0][KEY]), len(rows))
    made, disagreements = merge_rows(rows)
    for field in disagreements:
        fleet.tally.disagree(field, 1)
    return made


def _with_number(schema: Any) -> Any:
    import pyarrow

    return schema.append(pyarrow.field("|number", pyarrow.int64()))


def _run_starts(keys: Any) -> Any:
    """Where the runs of equal keys begin in a sorted column."""
    import numpy
    import pyarrow.compute as pc

    if len(keys) < 2:
        return numpy.arange(len(keys))
    changes = pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1)).to_numpy(zero_copy_only=False)
    return numpy.concatenate([[0], numpy.flatnonzero(changes) + 1])


def _last_run(keys: Any) -> int:
    return int(_run_starts(keys)[-1]) if len(keys) else 0


def _column(table: Any, name: str) -> Any:
    return table.column(name).combine_chunks().to_numpy(zero_copy_only=False)
