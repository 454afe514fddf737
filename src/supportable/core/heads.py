"""Packs -> their heads: the few questions that tell, without the packs, of which of them no clause applies.

In: packs as `select` left them. Out: `Heads`, whose questions are one pack, compiled like any other: what many packs ask is asked once.
What a reader would get wrong: a head never says that a clause applies; it says that none does, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any as Anything
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack
from supportable.core.compile import NOT_APPLICABLE, Closed, Compiled, Listings, Outcomes, compile_pack
from supportable.core.conditions import All, Condition, InMatrix, conjuncts, walk


class Head(NamedTuple):
    """A pack without its clauses, how many those are, the documents that they cite, and where its questions begin and end.

    The questions are `None` where a clause may apply to anything.
    """

    pack: Pack
    clauses: int
    documents: tuple[str, ...]
    questions: tuple[int, int] | None


class Heads(NamedTuple):
    """The heads of packs, in their order, and the questions of all of them."""

    heads: tuple[Head, ...]
    questions: Compiled

    def silent(self, values: Mapping[str, Anything], listings: Listings) -> list[bool]:
        """Return, for each pack, whether surely none of its clauses applies."""
        codes = self.questions.run(values, listings).outcomes
        return [one.questions is not None and all(code == NOT_APPLICABLE for code in codes[slice(*one.questions)]) for one in self.heads]

    def closed(self, number: int, open_pack: Callable[[], Compiled]) -> Compiled:
        """Return a pack unopened."""
        head = self.heads[number]
        return self.questions._replace(pack=head.pack, run=_says_nothing, closed=Closed(head.clauses, head.documents, open_pack))


def _says_nothing(_values: Mapping[str, Anything], _listings: Listings) -> Outcomes:
    return Outcomes([], False, 0, 0, 0)


def heads_of(packs: Sequence[Pack]) -> Heads:
    """Return the heads of packs."""
    questions: list[Clause] = []
    heads = []
    for pack in packs:
        begin = len(questions)
        asked = list(_questions(pack))
        questions += asked
        bare = pack._replace(documents=(), clauses=(), matrices=(), matrix_citations=(), row_sentences=(), no_rules=())
        documents = tuple(dict.fromkeys(one.citation.document for one in pack.clauses))
        known = bool(asked) or not pack.clauses
        heads.append(Head(bare, len(pack.clauses), documents, (begin, len(questions)) if known else None))
    return Heads(tuple(heads), compile_pack(Pack("heads", "", "", "", (), (), tuple(questions))))


def _questions(pack: Pack) -> Iterator[Clause]:
    """Yield clauses that apply wherever a clause of the pack does; none where one may apply to anything."""
    asked: dict[frozenset[Condition], tuple[Condition, ...]] = {}
    for clause in pack.clauses:
        # What is left of a condition without some of what it needs is FALSE only where the whole is.
        parts = tuple(part for part in conjuncts(clause.applies) if _is_small(part))
        if not parts:
            return
        asked.setdefault(frozenset(parts), parts)
    # A clause that needs all that another needs, and more, applies nowhere else.
    least: Iterable[Condition] = [All(parts) for needed, parts in asked.items() if not any(other < needed for other in asked)]
    for condition, clause in zip(least, pack.clauses, strict=False):
        yield clause._replace(kind="statement", applies=condition, requires=None, caps=None)


def _is_small(condition: Condition) -> bool:
    """Whether a condition can be asked without the tables of its pack."""
    return not any(isinstance(one, InMatrix) for one in walk(condition))
