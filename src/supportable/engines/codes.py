"""A column of facts -> one small number a row: the class of its value (`core/classes.py`).

In: Arrow arrays in the normal form of a fleet (`core/fleet.py`). Out: arrays of 8-bit numbers, 16-bit where a field has more
than 256 classes. What lies under a NULL in an Arrow array is any value at all; every code below is masked by validity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supportable.core.classes import UNKNOWN_CLASS, Classes
from supportable.core.facts import Value
from supportable.core.fields import FIELDS
from supportable.errors import EngineError

Codes = NDArray[Any]
_MEMO_MAX = 1 << 17
_TABLE_MAX = 1 << 16
_WRITTEN = {"integer": "whole numbers", "boolean": "true or false"}


def smallest_type(size: int) -> type[Any]:
    """Return the smallest unsigned type that counts from 0 to `size - 1`."""
    return np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.uint32


def bits_of(buffer: Any, offset: int, length: int) -> NDArray[np.uint8]:
    """Return a bitmap of Arrow as one 0 or 1 a row."""
    whole = np.frombuffer(buffer, np.uint8)[offset // 8 : (offset + length + 7) // 8]
    return np.unpackbits(whole, bitorder="little")[offset % 8 : offset % 8 + length]


def valid_of(array: Any) -> NDArray[np.uint8] | None:
    """Return 1 where the array has a value and 0 where it is NULL, `None` where it has values only."""
    if array.null_count == 0:
        return None
    buffer = array.buffers()[0]
    return np.zeros(len(array), np.uint8) if buffer is None else bits_of(buffer, array.offset, len(array))


def flags_of(array: Any, name: str) -> NDArray[np.uint8] | None:
    """Return 1 where a column of Booleans is true, `None` for a column that is not there or never true."""
    if array is None or pa.types.is_null(array.type):
        return None
    if not pa.types.is_boolean(array.type):
        raise _wrong_type(name, array.type, "boolean")
    found = bits_of(array.buffers()[1], array.offset, len(array)) if len(array) else np.zeros(0, np.uint8)
    valid = valid_of(array)
    found = found if valid is None else found & valid
    return found if found.any() else None


def _numbers(array: Any, kind: Any) -> NDArray[Any]:
    return np.frombuffer(array.buffers()[1], kind)[array.offset : array.offset + len(array)]


def _wrong_type(name: str, found: Any, kind: str) -> EngineError:
    return EngineError(
        f"column `{name}` holds `{found}`, not {_WRITTEN.get(kind, 'texts')}", None, "map it to the field's own kind of value"
    )


class Coder:
    """Gives the values of one field their codes, array by array; it remembers the texts it has met."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.kind = FIELDS[classes.field].kind
        self.type = smallest_type(classes.size)
        self.memo: dict[Value, int] = dict(classes.named)
        self.shift = 0
        self.table: Codes | None = None
        if self.kind == "integer":
            # The first whole number that is not below each bound.
            self.ends = [bound + equal for bound, equal, _ in classes.below]
            low, high = (self.ends[0] - 1, self.ends[-1]) if self.ends else (0, 0)
            if high - low < _TABLE_MAX and abs(low) < 1 << 62:
                # Below zero there is one class in almost every policy, and the table can start at zero.
                self.shift = 0 if low >= 0 and high < _TABLE_MAX else low
                self.table = self._by_place(np.arange(self.shift, high + 1))
        elif self.kind not in ("boolean", "version", "date"):
            texts = list(classes.named)
            self.texts = pa.array(texts, pa.string())
            self.table = np.array([classes.named[text] for text in texts] or [classes.other], self.type)

    def codes(self, array: Any, absent: Any = None) -> Codes:
        """Return the codes of a column; `absent` is its column of Booleans, if there is one."""
        flags = flags_of(absent, f"{self.classes.field}|absent")
        if pa.types.is_dictionary(array.type) and array.dictionary.null_count:
            # A NULL among the values of a dictionary is no NULL of the column.
            array = array.dictionary_decode()
        valid = valid_of(array)
        found = np.zeros(len(array), self.type) if pa.types.is_null(array.type) else self._known(array)
        if valid is not None:
            # `UNKNOWN_CLASS` is 0.
            np.multiply(found, valid, found)
            if flags is not None:
                found[flags > valid] = self.classes.absent
        return found

    def _known(self, array: Any) -> Codes:
        if self.kind == "integer":
            return self._whole_numbers(array)
        if self.kind == "boolean":
            if not pa.types.is_boolean(array.type):
                raise _wrong_type(self.classes.field, array.type, self.kind)
            no, yes = self.classes.other, self.classes.named[True]
            found: Codes = np.where(bits_of(array.buffers()[1], array.offset, len(array)).view(np.bool_), self.type(yes), self.type(no))
            return found
        return self._texts(array)

    def _whole_numbers(self, array: Any) -> Codes:
        if not pa.types.is_integer(array.type):
            raise _wrong_type(self.classes.field, array.type, self.kind)
        if pa.types.is_uint64(array.type):
            values = np.minimum(_numbers(array, np.uint64), np.uint64(2**63 - 1)).astype(np.int64)
        else:
            values = _numbers(array, array.type.to_pandas_dtype()).astype(np.int64, copy=False)
        if self.table is not None:
            if self.shift:
                values = np.clip(values, self.shift, self.shift + len(self.table) - 1) - self.shift
            found: Codes = self.table.take(values, mode="clip")
            return found
        return self._by_place(values)

    def _by_place(self, values: NDArray[np.int64]) -> Codes:
        below = [number for _, _, number in self.classes.below]
        return np.array([*below, self.classes.other], self.type).take(np.searchsorted(np.array(self.ends, np.int64), values, "right"))

    def _texts(self, array: Any) -> Codes:
        if not pa.types.is_dictionary(array.type):
            if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type)):
                raise _wrong_type(self.classes.field, array.type, self.kind)
            if self.table is not None:
                return self._by_name(array)
            array = array.dictionary_encode()
        table = np.array([self._one(value) for value in array.dictionary.to_pylist()] or [UNKNOWN_CLASS], self.type)
        indices = array.indices
        return table.take(_numbers(indices, indices.type.to_pandas_dtype()).astype(np.intp), mode="clip")

    def _by_name(self, array: Any) -> Codes:
        assert self.table is not None
        if not len(self.texts):
            return np.full(len(array), self.classes.other, self.type)
        places = pc.index_in(array, value_set=self.texts.cast(array.type))
        found = self.table.take(_numbers(places, np.int32), mode="clip")
        named = valid_of(places)
        return found if named is None else np.where(named.view(np.bool_), found, self.type(self.classes.other))

    def _one(self, value: Value) -> int:
        if not isinstance(value, str):
            raise _wrong_type(self.classes.field, type(value).__name__, self.kind)
        code = self.memo.get(value)
        if code is None:
            if len(self.memo) >= _MEMO_MAX:
                self.memo = dict(self.classes.named)
            code = self.memo[value] = self.classes.of(value)
        return code


class Identities:
    """Numbers the values of one field so that two rows have one number exactly where `same` calls their values the same.

    0 is unknown and 1 absent. Versions are the same by their order key, so that all texts without a version are one.
    Numbers hold for one array only.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        self.kind = FIELDS[field].kind

    def numbers(self, array: Any, absent: Any = None) -> NDArray[np.uint32]:
        """Return one number a row."""
        if pa.types.is_null(array.type):
            found = np.zeros(len(array), np.uint32)
        else:
            encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
            keys: dict[object, int] = {}
            order_key = FIELDS[self.field].order_key
            values = encoded.dictionary.to_pylist()
            same = [order_key(value) if self.kind == "version" and value is not None else value for value in values]
            table = np.array(
                [0 if value is None else keys.setdefault(key, len(keys) + 2) for value, key in zip(values, same, strict=True)] or [0],
                np.uint32,
            )
            indices = encoded.indices
            found = table.take(_numbers(indices, indices.type.to_pandas_dtype()).astype(np.intp), mode="clip")
            valid = valid_of(indices)
            found = found if valid is None else found * valid
        flags = flags_of(absent, f"{self.field}|absent")
        if flags is not None:
            found[(found == 0) & flags.view(np.bool_)] = 1
        return found
