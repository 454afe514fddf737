"""What became of the rows of an inventory: how many, which were set aside and why, which names nobody knew.

In: what the stages of reading say while they work. Out: `InventoryReport`. What one would get wrong: the report is complete only
when all batches were read; it stays small whatever the inventory holds, and says where it stopped counting one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from supportable.core.deployment import redacted
from supportable.errors import Place

EXAMPLES_AT_MOST = 1000
DIFFERENT_AT_MOST = 100_000
SHOWN_AT_MOST = 200


class SetAside(NamedTuple):
    """One row or broken line that was not taken, where it stands, and why."""

    place: Place
    reason: str


class UnknownName(NamedTuple):
    """A text that the mapping does not know, in which column, and in how many rows."""

    column: str
    text: str
    rows: int


class DuplicateKey(NamedTuple):
    """A key that several rows of deployments share, or (`item`) one node that several rows name."""

    key: str
    rows: int
    item: str | None = None


class InventoryReport(NamedTuple):
    """What became of the rows. Lists are cut at `EXAMPLES_AT_MOST`; the numbers beside them are whole."""

    rows: int
    deployments: int
    rows_set_aside: int
    set_aside: tuple[SetAside, ...]
    reasons: tuple[tuple[str, int], ...]
    unknown_names: tuple[UnknownName, ...]
    unknown_cells: int
    """Cells whose text the mapping does not know: each is an unknown fact."""
    names_not_listed: int
    """Cells with unknown texts beyond the first `DIFFERENT_AT_MOST` different ones."""
    duplicates: int
    """Keys, and nodes of one deployment, that several rows name."""
    duplicate_keys: tuple[DuplicateKey, ...]
    disagreements: tuple[tuple[str, int], ...]
    """Field -> in how many deployments (or nodes) rows or columns disagree on it; the fact is unknown there."""
    lists_in_doubt: int
    """Deployments whose list of nodes is not taken for complete, because a row that was set aside may be one of its nodes."""
    columns_not_mapped: tuple[str, ...]
    files_ignored: tuple[str, ...]


class Tally:
    """The counts so far."""

    def __init__(self, columns_not_mapped: Iterable[str] = (), files_ignored: Iterable[str] = ()) -> None:
        self.rows = 0
        self.deployments = 0
        self._aside: list[SetAside] = []
        self._reasons: Counter[str] = Counter()
        self._unknown: Counter[tuple[str, str]] = Counter()
        self._not_listed = 0
        self._duplicates = 0
        self._in_doubt = 0
        self._duplicate_keys: list[DuplicateKey] = []
        self._disagreements: Counter[str] = Counter()
        self._not_mapped = tuple(columns_not_mapped)
        self._ignored = tuple(files_ignored)

    def set_aside(self, place: Place, reason: str, kind: str | None = None, rows: int = 1) -> None:
        """Note a row that was not taken; reasons of one kind are counted together."""
        self._reasons[kind or reason] += rows
        if len(self._aside) < EXAMPLES_AT_MOST:
            self._aside.append(SetAside(place, reason))

    def count_aside(self, kind: str, rows: int) -> None:
        """Note rows that were not taken, beyond those that are listed."""
        self._reasons[kind] += rows

    @property
    def room(self) -> int:
        """How many more examples are listed."""
        return EXAMPLES_AT_MOST - len(self._aside)

    @property
    def lost(self) -> bool:
        """Whether any row was set aside."""
        return bool(self._reasons)

    def withdraw(self, deployments: int) -> None:
        """Note deployments whose list of nodes may lack a row that was set aside."""
        self._in_doubt += deployments

    def unknown(self, column: str, text: str, rows: int) -> None:
        """Note a text that the mapping does not know."""
        key = (column, text[:SHOWN_AT_MOST])
        if key in self._unknown or len(self._unknown) < DIFFERENT_AT_MOST:
            self._unknown[key] += rows
        else:
            self._not_listed += rows

    def duplicate(self, key: str, rows: int, item: str | None = None) -> None:
        """Note a key, or a node, that several rows name."""
        self._duplicates += 1
        if len(self._duplicate_keys) < EXAMPLES_AT_MOST:
            self._duplicate_keys.append(DuplicateKey(key, rows, item))

    def disagree(self, field: str, times: int) -> None:
        """Note that rows or columns disagree on a field."""
        if times:
            self._disagreements[field] += times

    def report(self) -> InventoryReport:
        """Return what was counted, most frequent first."""
        names = sorted(self._unknown.items(), key=lambda entry: (-entry[1], entry[0]))
        return InventoryReport(
            self.rows,
            self.deployments,
            sum(self._reasons.values()),
            tuple(self._aside),
            _ranked(self._reasons),
            tuple(UnknownName(column, redacted(text), rows) for (column, text), rows in names[:EXAMPLES_AT_MOST]),
            sum(self._unknown.values()) + self._not_listed,
            self._not_listed,
            self._duplicates,
            tuple(sorted(self._duplicate_keys, key=lambda one: (-one.rows, one.key, one.item or ""))),
            _ranked(self._disagreements),
            self._in_doubt,
            self._not_mapped,
            self._ignored,
        )


def _ranked(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))
