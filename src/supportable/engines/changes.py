"""Two moments of a fleet compared, row by row: how each row changed, and which clauses are behind it.

In: a joined pack compiled, what was found of the rows on either side, and two of its moments. Out: the kinds of change and a table "row x
clause". A clause is behind a change where it leaves less of the row on one side than on the other, and less than the level on the other
side: without it that end of the level would not have moved so far.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supportable.core.changes import kind_of
from supportable.core.fleet_results import KINDS, NOT_THERE
from supportable.engines.moments import STATES, Ends, MomentTables, ends_at, states_of
from supportable.engines.running import Words
from supportable.engines.tables import Masks

ABSENT = len(STATES)
"""The state of a row that is on the other side only."""
UNCHANGED = len(KINDS)

_TEXTS = [
    *((("silent",) * 2 if one is None else (one[0].word, one[1].word)) for one in STATES),
    (NOT_THERE,) * 2,
]
KIND_OF = np.full((len(_TEXTS), len(_TEXTS)), UNCHANGED, np.uint8)
for _before, _one in enumerate(_TEXTS):
    for _after, _other in enumerate(_TEXTS):
        _kind = kind_of((_one[0], _one[1]), (_other[0], _other[1]))
        if _kind is not None:
            KIND_OF[_before, _after] = KINDS.index(_kind)


def state_word(state: int) -> str:
    """Return what a row in a state is counted as."""
    worst, best = _TEXTS[state]
    return worst if worst == best else "undecided"


class Side(NamedTuple):
    """What was found of rows at one moment, and which of them are on this side at all."""

    masks: Masks
    clauses: Words
    ends: Ends
    there: NDArray[np.bool_]
    states: NDArray[np.uint8]


def side_of(made: MomentTables, moment: int, masks: Masks, there: NDArray[np.bool_] | None = None) -> Side:
    """Return one side of a comparison."""
    chosen = made.moments[moment]
    ends = ends_at(chosen, masks)
    here = np.ones(len(ends.best), bool) if there is None else there
    return Side(masks, chosen.clauses, ends, here, np.where(here, states_of(ends), np.uint8(ABSENT)))


def kept(side: Side, rows: NDArray[np.intp]) -> Side:
    """Return some rows of a side."""
    return Side(
        Masks(*(words[:, rows] for words in side.masks)),
        side.clauses,
        Ends(side.ends.applies[rows], side.ends.speaks[rows], side.ends.worst[rows], side.ends.best[rows]),
        side.there[rows],
        side.states[rows],
    )


class Behind:
    """Finds the clauses behind changes."""

    def __init__(self, made: MomentTables) -> None:
        tables, pack = made.tables, made.joined.pack
        own = [made.joined.clauses[place] for place in tables.order]
        self.names = tuple(dict.fromkeys(made.joined.clauses))
        self.caps = np.array([2 - pack.tier_rank(pack.clauses[place].caps or "") for place in tables.order], np.int8)
        self.by_name = np.zeros((len(own), len(self.names)), np.float32)
        self.by_name[np.arange(len(own)), [self.names.index(one) for one in own]] = 1

    def find(self, before: Side, after: Side) -> NDArray[np.bool_]:
        """Return for each row and each of `names` whether the clause is behind the row's change; both sides must be there."""
        against = [self._against(side) for side in (before, after)]
        found = np.zeros((len(before.states), len(self.names)), bool)
        for end in (0, 1):
            levels = [side.ends.best if end == 0 else side.ends.worst for side in (before, after)]
            left = [self._left(against[side][end]) for side in (0, 1)]
            for come, gone in ((1, 0), (0, 1)):
                found |= (left[come] < levels[gone][:, None]) & (left[come] < left[gone])
        surely = [self._named(_flags(side.masks.surely, side.clauses, len(self.caps))) for side in (before, after)]
        unexplained = ~found.any(axis=1)
        found[unexplained] = (surely[0] ^ surely[1])[unexplained]
        found[~(before.there & after.there)] = False
        return found

    def _against(self, side: Side) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the clauses that surely count against a row, and those that may."""
        failed, unknown, harmless = (
            _flags(words, side.clauses, len(self.caps)) for words in (side.masks.failed, side.masks.unknown, side.masks.harmless)
        )
        return failed, failed | unknown | (harmless & ~side.ends.applies[:, None])

    def _left(self, flags: NDArray[np.bool_]) -> NDArray[np.int8]:
        """Return the level that each clause leaves of a row, by name; one more than the best where it does not count against it."""
        found = np.full((len(flags), len(self.names)), 3, np.int8)
        for level in (1, 0):
            found[self._named(flags & (self.caps == level))] = level
        return found

    def _named(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return flags of bits as flags of names: a clause has a bit for each of its forms."""
        named: NDArray[np.bool_] = flags.astype(np.float32) @ self.by_name > 0
        return named


def _flags(words: Words, clauses: Words, bits: int) -> NDArray[np.bool_]:
    here = np.ascontiguousarray((words & clauses[:, None]).T)
    return np.unpackbits(here.view(np.uint8), axis=1, bitorder="little")[:, :bits].view(np.bool_)
