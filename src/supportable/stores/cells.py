"""Cells of one batch in columns: translated once for each different text, compared and merged as whole numbers.

In: Arrow columns as they stand in a source. Out: for each field `Cells`: codes (0 unknown, 1 absent, from 2 on the values), or
texts with a mask. What one would get wrong: there is no loop over rows here; Python sees each different text of a batch once, and
texts, versions and whole numbers that nobody translates are taken as they stand, by Arrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from supportable.core.deployment import redacted
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.mapping import Column, is_name_of_item
from supportable.core.versions import version_key
from supportable.errors import InventoryError, Place
from supportable.stores.inventory_report import Tally

UNKNOWN, IS_ABSENT, VALUES_FROM = 0, 1, 2
_REMEMBERED_AT_MOST = 100_000
_INTEGERS_BELOW = 10**12
"""Twelve digits, as `core/fields.py` reads them."""


class Cells(NamedTuple):
    """One field of all rows: `codes` (numpy, whole numbers), or `texts` (Arrow, NULL where unknown) and a mask of where it is absent."""

    codes: Any = None
    texts: Any = None
    absent: Any = None

    def take(self, positions: Any) -> Cells:
        """Return the cells at these positions."""
        if self.codes is not None:
            return Cells(self.codes[positions])
        return Cells(None, self.texts.take(positions), None if self.absent is None else self.absent[positions])


def kept_as_text(field: str) -> bool:
    """Tell whether a field is kept as texts: too many different ones for codes that last."""
    return is_name_of_item(field) or field not in FIELDS or FIELDS[field].kind in ("text", "version")


class FieldCodes:
    """The codes of one field, which last for the whole reading: whole numbers are their own codes, others are numbered as they come."""

    def __init__(self, field: str) -> None:
        self.kind = FIELDS[field].kind
        self.values: list[Value] = list(FIELDS[field].values) or ([False, True] if self.kind == "boolean" else [])
        self._numbers = {value: number for number, value in enumerate(self.values, VALUES_FROM)}

    def code(self, value: Value | _Absent) -> int:
        """Return the code of a value."""
        if isinstance(value, _Absent):
            return IS_ABSENT
        if self.kind == "integer":
            return int(value) + VALUES_FROM
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values) + VALUES_FROM
            self.values.append(value)
        return number

    def decoded(self, codes: Any) -> Any:
        """Return the values of codes as an Arrow array, NULL where unknown or absent."""
        import numpy
        import pyarrow

        known = codes >= VALUES_FROM
        if self.kind == "integer":
            return pyarrow.array(codes - VALUES_FROM, pyarrow.int64(), mask=~known)
        kind = pyarrow.bool_() if self.kind == "boolean" else pyarrow.string()
        positions = pyarrow.array(numpy.where(known, codes - VALUES_FROM, 0), pyarrow.int64(), mask=~known)
        return pyarrow.array(self.values, kind).take(positions)


class Translator:
    """One column of a mapping at work: remembers what each text came to."""

    def __init__(self, column: Column, codes: dict[str, FieldCodes], tally: Tally) -> None:
        self.column = column
        self._codes = codes
        self._tally = tally
        self._forget()

    def cells(self, array: Any, place: Place) -> dict[str, Cells]:
        """Return the cells that a column of one batch gives, by field."""
        import pyarrow

        _check_type(array.type, self.column, place)
        # A column of floating numbers has few different ones where it can be whole numbers at all.
        if self.column.plain and not (pyarrow.types.is_floating(array.type) or pyarrow.types.is_decimal(array.type)):
            return {self.column.fields[0]: self._plain(array)}
        return self._translated(array)

    def _forget(self) -> None:
        self._rows: dict[str, int] = {"": 0}
        self._known = [True]
        self._table: dict[str, list[Any]] = {field: [None if kept_as_text(field) else UNKNOWN] for field in self.column.fields}
        self._absent: dict[str, list[bool]] = {field: [False] for field in self.column.fields if kept_as_text(field)}

    def _row_of(self, text: str) -> int:
        row = self._rows.get(text)
        if row is not None:
            return row
        meaning = self.column.meaning(text)
        row = self._rows[text] = len(self._known)
        self._known.append(meaning is not None)
        for field, told in self._table.items():
            value = (meaning or {}).get(field)
            if field in self._absent:
                self._absent[field].append(value is ABSENT)
                told.append(None if value is None or isinstance(value, _Absent) else _kept(field, str(value)))
            else:
                told.append(UNKNOWN if value is None else self._codes[field].code(value))
        return row

    def _translated(self, array: Any) -> dict[str, Cells]:
        import numpy
        import pyarrow

        encoded = _encoded(array)
        texts = _distinct_texts(encoded.dictionary)
        if len(self._known) + len(texts) > _REMEMBERED_AT_MOST:
            self._forget()
        rows = numpy.fromiter((self._row_of(text) for text in [*texts, ""]), numpy.int64, len(texts) + 1)
        positions = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
        known = numpy.asarray(self._known)
        strange = numpy.flatnonzero(~known[rows])
        if len(strange):
            counts = numpy.bincount(positions, minlength=len(rows))
            for number in strange:
                # A value that stands in the dictionary of a column need not stand in this batch.
                if counts[number]:
                    self._tally.unknown(self.column.name, " ".join(texts[number].split()), int(counts[number]))
        at = rows[positions]
        found = {}
        for field, told in self._table.items():
            if field in self._absent:
                absent = numpy.asarray(self._absent[field])[at]
                found[field] = Cells(None, pyarrow.array(told, pyarrow.string()).take(at), absent if absent.any() else None)
            else:
                found[field] = Cells(numpy.asarray(told, numpy.int64)[at])
        return found

    def _plain(self, array: Any) -> Cells:
        import pyarrow
        import pyarrow.compute as pc

        field = self.column.fields[0]
        kind = FIELDS[field].kind if field in FIELDS else "text"
        if kind == "integer" and pyarrow.types.is_integer(array.type) and not (self.column.absent or self.column.unknown):
            good = pc.and_(pc.greater_equal(array, 0), pc.less(array.cast(pyarrow.int64()), _INTEGERS_BELOW))
            return self._whole(array.cast(pyarrow.int64()), good, array)
        texts = text_column(array)
        absent = None
        if self.column.absent or self.column.unknown:
            folded = pc.utf8_lower(pc.replace_substring_regex(texts, r"\s+", " "))
            absent = _where(folded, self.column.absent)
            texts = pc.if_else(pc.or_(absent, _where(folded, self.column.unknown)), None, texts)
        if kind == "integer":
            from supportable.core.mapping import absent_value

            plain = pc.replace_substring_regex(texts, r"^([0-9]+)\.0+$", r"\1")
            good = pc.match_substring_regex(plain, r"^[0-9]{1,12}$")
            cells = self._whole(pc.if_else(good, plain, None).cast(pyarrow.int64()), good, texts)
            if absent is not None:
                cells.codes[absent.to_numpy(zero_copy_only=False)] = self._codes[field].code(absent_value(field))
            return cells
        if kind == "version":
            good = pc.and_(pc.match_substring_regex(texts, "[0-9]"), pc.less_equal(pc.utf8_length(texts), 200))
            self._strange(texts, good)
            texts = pc.if_else(good, texts, None)
        elif field in FIELDS:
            texts = _without_secrets(texts)
        mask = None if absent is None else absent.to_numpy(zero_copy_only=False)
        return Cells(None, texts, mask if mask is not None and mask.any() else None)

    def _whole(self, numbers: Any, good: Any, shown: Any) -> Cells:
        """Whole numbers are their own codes; what is none of them is reported."""
        import pyarrow.compute as pc

        self._strange(shown, good)
        return Cells(pc.if_else(good, pc.add(numbers, VALUES_FROM), UNKNOWN).fill_null(UNKNOWN).to_numpy(zero_copy_only=False).copy())

    def _strange(self, texts: Any, good: Any) -> None:
        import pyarrow.compute as pc

        bad = texts.filter(pc.invert(good.fill_null(True)))
        for count in pc.value_counts(bad).to_pylist() if len(bad) else []:
            self._tally.unknown(self.column.name, " ".join(str(count["values"]).split()), count["counts"])


def text_column(array: Any) -> Any:
    """Return a column as texts without white space around them, NULL where empty."""
    import pyarrow
    import pyarrow.compute as pc

    if pyarrow.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pyarrow.types.is_floating(array.type):
        array = array.cast(pyarrow.int64())
    texts = pc.utf8_trim_whitespace(array.cast(pyarrow.string()))
    return pc.if_else(pc.equal(texts, ""), None, texts)


def filled(array: Any) -> Any:
    """Return, as a numpy array, where a column has anything in it but white space."""
    import pyarrow
    import pyarrow.compute as pc

    if pyarrow.types.is_dictionary(array.type):
        distinct = filled(array.dictionary)
        positions = array.indices.fill_null(0).to_numpy(zero_copy_only=False)
        there = array.is_valid().to_numpy(zero_copy_only=False)
        return distinct[positions] & there if len(distinct) else there
    if pyarrow.types.is_string(array.type) or pyarrow.types.is_large_string(array.type):
        return pc.not_equal(pc.utf8_trim_whitespace(array), "").fill_null(False).to_numpy(zero_copy_only=False)
    return array.is_valid().to_numpy(zero_copy_only=False)


def merged(field: str, cells: Sequence[Cells], tally: Tally) -> Cells:
    """Return what several columns say together about one field: unknown where they disagree."""
    import numpy

    if len(cells) == 1:
        return cells[0]
    numbers, texts = _numbers(field, cells)
    lowest = numpy.minimum.reduce([numpy.where(codes == UNKNOWN, numpy.iinfo(numpy.int64).max, codes) for codes in numbers])
    highest = numpy.maximum.reduce(numbers)
    return _agreed(field, lowest, highest, texts, tally)


def merged_runs(field: str, cells: Cells, starts: Any, tally: Tally) -> Cells:
    """Return what each run of rows says together about one field: unknown where its rows disagree. `starts` is where runs begin."""
    import numpy

    numbers, texts = _numbers(field, [cells])
    lowest = numpy.minimum.reduceat(numpy.where(numbers[0] == UNKNOWN, numpy.iinfo(numpy.int64).max, numbers[0]), starts)
    highest = numpy.maximum.reduceat(numbers[0], starts)
    return _agreed(field, lowest, highest, texts, tally)


def _agreed(field: str, lowest: Any, highest: Any, texts: Any, tally: Tally) -> Cells:
    import numpy
    import pyarrow

    told = highest != UNKNOWN
    agree = told & (lowest == highest)
    tally.disagree(field, int((told & ~agree).sum()))
    codes = numpy.where(agree, highest, UNKNOWN)
    if texts is None:
        return Cells(codes)
    known = codes >= VALUES_FROM
    positions = pyarrow.array(numpy.where(known, codes - VALUES_FROM, 0), pyarrow.int64(), mask=~known)
    absent = codes == IS_ABSENT
    return Cells(None, texts.take(positions), absent if absent.any() else None)


def _numbers(field: str, cells: Sequence[Cells]) -> tuple[list[Any], Any]:
    """Codes of these cells that compare with each other, and the texts they stand for, `None` where the codes are the field's own."""
    import numpy
    import pyarrow

    if cells[0].texts is None:
        return [one.codes for one in cells], None
    texts = pyarrow.chunked_array([one.texts for one in cells], pyarrow.string()).combine_chunks().dictionary_encode()
    numbers = texts.indices.fill_null(-VALUES_FROM).to_numpy(zero_copy_only=False).astype(numpy.int64) + VALUES_FROM
    if field in FIELDS and FIELDS[field].kind == "version":
        # `15.01.2375.007` and `15.1.2375.7` agree; the first spelling stays.
        first: dict[object, int] = {}
        same = [first.setdefault(version_key(text), number) for number, text in enumerate(texts.dictionary.to_pylist())]
        lookup = numpy.asarray([UNKNOWN, IS_ABSENT, *(number + VALUES_FROM for number in same)], numpy.int64)
        numbers = lookup[numbers]
    parts, at = [], 0
    for one in cells:
        part = numbers[at : at + len(one.texts)].copy()
        if one.absent is not None:
            part[one.absent] = IS_ABSENT
        parts.append(part)
        at += len(one.texts)
    return parts, texts.dictionary


def _encoded(array: Any) -> Any:
    import pyarrow

    if pyarrow.types.is_dictionary(array.type):
        return array
    if pyarrow.types.is_boolean(array.type) or pyarrow.types.is_null(array.type):
        array = array.cast(pyarrow.string())
    return array.dictionary_encode()


def _distinct_texts(distinct: Any) -> list[str]:
    texts = []
    for value in distinct.to_pylist():
        if isinstance(value, float) and value.is_integer() and abs(value) < _INTEGERS_BELOW:
            texts.append(str(int(value)))
        else:
            texts.append(value if isinstance(value, str) else "" if value is None else str(value))
    return texts


def _kept(field: str, text: str) -> str:
    return redacted(text) if field in FIELDS and FIELDS[field].kind == "text" else text


def _without_secrets(texts: Any) -> Any:
    """Take passwords, keys and mail addresses out of texts; only those with a mark that both need are looked at."""
    import pyarrow
    import pyarrow.compute as pc

    suspect = pc.match_substring_regex(texts, "[@=:]").fill_null(False)
    if not pc.any(suspect).as_py():
        return texts
    clean = pyarrow.array([redacted(text) for text in texts.filter(suspect).to_pylist()], pyarrow.string())
    return pc.replace_with_mask(texts, suspect, clean)


def _where(texts: Any, words: frozenset[str]) -> Any:
    import pyarrow
    import pyarrow.compute as pc

    return pc.is_in(texts, pyarrow.array(sorted(words), pyarrow.string()))


def _check_type(kind: Any, column: Column, place: Place) -> None:
    """Refuse a column whose type cannot be what its field is."""
    import pyarrow.types as types

    if types.is_dictionary(kind):
        kind = kind.value_type
    field = column.field
    wanted = field.kind if field is not None and not column.translations else "name"
    number = types.is_floating(kind) or types.is_decimal(kind)
    fits = types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind)
    if not fits and wanted in ("name", "integer"):
        fits = types.is_integer(kind) or number or (types.is_boolean(kind) and wanted == "name")
    elif not fits and wanted in ("text", "version"):
        fits = types.is_integer(kind)
    elif not fits:
        fits = types.is_boolean(kind) if wanted == "boolean" else types.is_date(kind) or types.is_timestamp(kind)
    if not fits:
        gives = ", ".join(f"`{name}`" for name in column.fields[:3])
        needs = {"name": "names", "integer": "whole numbers", "boolean": "true or false", "date": "dates"}.get(wanted, "texts")
        raise InventoryError(
            f"the column `{column.name}` is of the type {kind}, and {gives} {'needs' if len(column.fields) == 1 else 'need'} {needs}",
            place,
            "map another column, or export it as text",
        )
