"""A pack -> its head: the few questions that tell, without the pack, that none of its clauses applies.

In: a pack as `select` left it. Out: `Head`, whose questions are a pack of their own, compiled like any other. What a reader would
get wrong: a head never says that a clause applies; it says that none does, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any as Anything
from typing import NamedTuple

from supportable.core.clauses import Pack
from supportable.core.compile import NOT_APPLICABLE, Closed, Compiled, Listings, Outcomes, compile_pack
from supportable.core.conditions import All, Condition, InMatrix, conjuncts, walk

_NOTHING = Outcomes([], False, 0, 0, 0)
"""The outcomes of a pack without clauses."""


class Head(NamedTuple):
    """The questions, compiled; how many clauses the pack has; and the documents that they cite."""

    questions: Compiled
    clauses: int
    documents: tuple[str, ...]

    def closed(self, values: Mapping[str, Anything], listings: Listings, open_pack: Callable[[], Compiled]) -> Compiled | None:
        """Return the pack unopened, `None` where a clause may apply."""
        if any(code != NOT_APPLICABLE for code in self.questions.run(values, listings).outcomes):
            return None
        return self.questions._replace(run=lambda *_: _NOTHING, closed=Closed(self.clauses, self.documents, open_pack))


def head_of(pack: Pack) -> Head | None:
    """Return the head of a pack, `None` where a clause may apply to anything."""
    asked: dict[frozenset[Condition], tuple[Condition, ...]] = {}
    for clause in pack.clauses:
        # What is left of a condition without some of what it needs is FALSE only where the whole is.
        parts = tuple(part for part in conjuncts(clause.applies) if _is_small(part))
        if not parts:
            return None
        asked.setdefault(frozenset(parts), parts)
    # A clause that needs all that another needs, and more, applies nowhere else.
    least = [All(parts) for needed, parts in asked.items() if not any(other < needed for other in asked)]
    template = [clause._replace(kind="statement", requires=None, caps=None) for clause in pack.clauses[: len(least)]]
    questions = tuple(clause._replace(applies=condition) for clause, condition in zip(template, least, strict=True))
    bare = pack._replace(documents=(), clauses=(), matrices=(), matrix_citations=(), row_sentences=(), no_rules=())
    compiled = compile_pack(bare._replace(clauses=questions))
    return Head(compiled._replace(pack=bare), len(pack.clauses), tuple(dict.fromkeys(one.citation.document for one in pack.clauses)))


def _is_small(condition: Condition) -> bool:
    """Whether a condition can be asked without the tables of its pack."""
    return not any(isinstance(one, InMatrix) for one in walk(condition))
