"""Rows of a fleet by how they stand to a level, and the configuration of those that are not at it.

In: the packs of the issuers that count, and batches in the normal form of a fleet. Out: one row a deployment, ready for its plan. What one
would get wrong: a deployment is at the level only if each issuer that may speak leaves it there and one that must speak surely does, which
is what a plan has to reach (`core/plan_space.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from supportable.core.clauses import Level
from supportable.core.compile import Compiled
from supportable.core.fleet import KEY
from supportable.core.fleet_planned import STANDINGS
from supportable.core.moments import join
from supportable.engines.configurations import Configurations
from supportable.engines.issuers import by_tables
from supportable.engines.moments import compile_moments, ends_at

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
_WORDS = pa.array([level.word for level in sorted(Level)], _TEXT)
ROWS = pa.schema(
    [
        (KEY, _TEXT), ("level", _TEXT), ("worst", _TEXT), ("best", _TEXT), ("standing", _TEXT), ("configuration", pa.int64()),
        ("cost", pa.int64()), ("proven", pa.bool_()), ("changes", _TEXTS),
    ]
)  # fmt: skip
"""The columns of the table of `fleet plan`: see `fleet_planning.py`."""


class Standing:
    """Judges batches by the packs of some issuers; where `named` are given, each of them must speak."""

    def __init__(self, issuers: Mapping[str, Sequence[Compiled]], level: Level, named: Sequence[str]) -> None:
        self.level, self.named = level, tuple(named)
        self.made = {issuer: compile_moments(join(issuer, [[one.pack for one in packs]])) for issuer, packs in issuers.items()}
        self.engines = {issuer: by_tables(made) for issuer, made in self.made.items()}

    def rows(self, batch: Any, configurations: Configurations, models: Configurations | None = None) -> Any:
        """Return a row for each of a batch; those that are not at the level, and not silent, are counted in their configurations.

        Those that are at the level are counted in `models`.
        """
        count = batch.num_rows
        worst, best = np.full(count, int(Level.FULL), np.int8), np.full(count, int(Level.FULL), np.int8)
        surely, speaks, every = np.zeros(count, bool), np.zeros(count, bool), np.ones(count, bool)
        for issuer, made in self.made.items():
            ends = ends_at(made.moments[0], self.engines[issuer](batch))
            worst, best = np.minimum(worst, ends.worst), np.minimum(best, ends.best)
            surely, speaks, every = surely | ends.applies, speaks | ends.speaks, every & ends.applies
        reached = (worst >= self.level) & (every if self.named else surely)
        below = speaks & (best < self.level)
        standing = np.where(~speaks, 3, np.where(reached, 0, np.where(below, 1, 2)))
        wanted = np.flatnonzero((standing == 1) | (standing == 2))
        noted = configurations.note(batch.take(pa.array(wanted)))
        if models is not None:
            models.note(batch.take(pa.array(np.flatnonzero(standing == 0))))
        numbers = np.full(count, -1, np.int64)
        numbers[wanted] = noted.numbers
        names: dict[str, Any] = {}
        for listing, found in noted.names.items():
            whole: list[list[str] | None] = [None] * count
            for at, one in zip(wanted.tolist(), found, strict=True):
                whole[at] = one
            names[f"names|{listing}"] = pa.array(whole, _TEXTS)
        return pa.table(
            {
                KEY: batch.column(KEY).cast(_TEXT),
                "level": _words(np.where(surely & (worst == best), best, -1)),
                "worst": _words(np.where(speaks, worst, -1)),
                "best": _words(np.where(speaks, best, -1)),
                "standing": pa.array(STANDINGS, _TEXT).take(pa.array(standing)),
                "configuration": pa.array(numbers, mask=numbers < 0),
                **names,
            }
        )


def _words(levels: Any) -> Any:
    return _WORDS.take(pa.array(levels.astype(np.int8), mask=levels < 0))
