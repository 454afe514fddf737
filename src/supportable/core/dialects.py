"""How two engines write the same expression: DuckDB and Spark SQL.

In: texts of expressions, and values. Out: texts of expressions. `text` and `identifier` are the only two ways in which a
word of a pack or of a user enters a query; everything else is a number made here or a word of this file.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from supportable.core.versions import VersionKey

# Letters that no engine reads as anything else. `$` is not one of them: Spark replaces `${...}` inside of literals.
_PLAIN = re.compile(r"[A-Za-z0-9 ._:/+|-]*")
_INTEGER_BITS, _SHIFT_BITS = 32, 62
_RUNS_MAX = 8


class Dialect(NamedTuple):
    """The SQL of one engine; `DUCKDB` and `SPARK` are all there are."""

    name: str

    def text(self, value: str) -> str:
        """Return the literal of a text; whatever is not plain travels as hexadecimal digits, so nothing can break out.

        >>> DUCKDB.text("mscs"), DUCKDB.text("it's"), SPARK.text("it's")
        ("'mscs'", "decode(unhex('69742773'))", "CAST(unhex('69742773') AS STRING)")
        """
        if _PLAIN.fullmatch(value):
            return f"'{value}'"
        digits = value.encode("utf-8").hex().upper()
        return f"decode(unhex('{digits}'))" if self.name == "duckdb" else f"CAST(unhex('{digits}') AS STRING)"

    def identifier(self, name: str) -> str:
        """Return a quoted name of a column, a table or a view."""
        quote = '"' if self.name == "duckdb" else "`"
        return quote + name.replace(quote, quote * 2) + quote

    def member(self, of: str, name: str) -> str:
        """Return a field of a struct."""
        return f"struct_extract({of}, {self.text(name)})" if self.name == "duckdb" else f"{of}.{self.identifier(name)}"

    def size(self, items: str) -> str:
        """Return how many items a list has; NULL for no list."""
        return f"len({items})" if self.name == "duckdb" else f"size({items})"

    def each(self, items: str, variable: str, body: str) -> str:
        """Return the list of `body` for each item, which is called `variable` there."""
        if self.name == "duckdb":
            return f"list_transform({items}, lambda {variable}: {body})"
        return f"transform({items}, {variable} -> {body})"

    def smallest(self, items: str) -> str:
        """Return the least item of a list; NULL for none. NULL items do not count."""
        return f"list_min({items})" if self.name == "duckdb" else f"array_min({items})"

    def largest(self, items: str) -> str:
        """Return the greatest item of a list; NULL for none. NULL items do not count."""
        return f"list_max({items})" if self.name == "duckdb" else f"array_max({items})"

    def list_of(self, items: list[str]) -> str:
        """Return a list of 64-bit integers."""
        return f"[{', '.join(items)}]" if self.name == "duckdb" else f"array({', '.join(items)})"

    def struct_of(self, members: dict[str, str]) -> str:
        """Return a struct; the names of its members are made here."""
        if self.name == "duckdb":
            return "{" + ", ".join(f"'{name}': {value}" for name, value in members.items()) + "}"
        return "named_struct(" + ", ".join(f"'{name}', {value}" for name, value in members.items()) + ")"

    def let(self, variable: str, value: str, body: str) -> str:
        """Return `body`, in which `variable` stands for `value`; SQL has no other way to name a value below a list."""
        if self.name == "duckdb":
            return f"list_extract({self.each(f'[{value}]', variable, body)}, 1)"
        return f"element_at({self.each(f'array({value})', variable, body)}, 1)"

    def lookup(self, table: tuple[int, ...], index: str) -> str:
        """Return the entry of a table of small numbers; `index` is a whole number from 0 that is inside of it and never NULL."""
        if len(set(table)) == 1:
            return str(table[0])
        if index.isdigit():
            return str(table[int(index)])
        bits = max(table).bit_length()
        if bits * len(table) > _SHIFT_BITS:
            entries = ",".join(map(str, table))
            if self.name == "duckdb":
                return f"list_extract(CAST('[{entries}]' AS INTEGER[]), {index} + 1)"
            return f"element_at(CAST(split('{entries}', ',') AS ARRAY<INT>), {index} + 1)"
        whole = str(sum(entry << (bits * number) for number, entry in enumerate(table)))
        place = index if bits == 1 else f"({index}) * {bits}"
        if bits * len(table) < _INTEGER_BITS:
            return self.shifted(whole, place, (1 << bits) - 1)
        # The type decides, not the value: shifting a 32-bit integer by 32 gives it back on Spark.
        return f"CAST({self.shifted(f'CAST({whole} AS BIGINT)', place, (1 << bits) - 1)} AS INTEGER)"

    def pick(self, table: tuple[int, ...], index: str) -> str:
        """Return the entry of a table; of a long one with few runs of equal entries by comparing the index with their ends."""
        starts = [place for place in range(1, len(table)) if table[place] != table[place - 1]]
        if index.isdigit() or max(table).bit_length() * len(table) <= _SHIFT_BITS or len(starts) > _RUNS_MAX:
            return self.lookup(table, index)
        cases = "".join(f" WHEN {index} < {start} THEN {table[start - 1]}" for start in starts)
        return f"CASE{cases} ELSE {table[-1]} END" if starts else str(table[0])

    def shifted(self, value: str, count: str, mask: int) -> str:
        """Return some bits of a number."""
        moved = f"({value} >> ({count}))" if self.name == "duckdb" else f"shiftright({value}, {count})"
        return f"({moved} & {mask})"

    def version(self, text: str) -> str:
        """Return a text that orders as the version in `text` does (`version_text`); NULL where there is none."""
        digits = "regexp_replace(part, '^0+', '')"
        part = (
            f"CASE WHEN part < ':' THEN concat('#', lpad(CAST(length({digits}) AS {self.text_type}), 3, '0'), {digits}) "
            "ELSE concat('!', lower(part), ' ') END"
        )
        if self.name == "duckdb":
            parts, has_digit = f"regexp_extract_all({text}, '[0-9]+|[A-Za-z]+')", f"regexp_matches({text}, '[0-9]')"
            joined = f"array_to_string({self.each(parts, 'part', part)}, '')"
        else:
            parts, has_digit = f"regexp_extract_all({text}, '([0-9]+|[A-Za-z]+)', 1)", f"{text} RLIKE '[0-9]'"
            joined = f"array_join({self.each(parts, 'part', part)}, '')"
        return f"CASE WHEN length({text}) <= 200 AND {has_digit} THEN regexp_replace({joined}, '(#000)+$', '') END"

    @property
    def text_type(self) -> str:
        return "VARCHAR" if self.name == "duckdb" else "STRING"


DUCKDB = Dialect("duckdb")
SPARK = Dialect("spark")


def version_text(key: VersionKey) -> str:
    """Return the order key of a version as a text: compared as texts they order as the keys do.

    A number is `#`, how many digits it has, and the digits; letters are `!`, the letters and a space, which is before all letters.

    >>> version_text(((1, 15, ""), (0, 0, "rc"), (1, 1, "")))
    '#00215!rc #0011'
    """
    return "".join(
        f"#{len(str(number)):03}{number}" if is_number and number else "#000" if is_number else f"!{letters} "
        for is_number, number, letters in key
    )
