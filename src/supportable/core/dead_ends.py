"""All packs of an issuer with their dates -> supported deployments from which no change leads on before their support ends.

In: packs with all their dates, a day, a model of changes. Out: one flaw a value of a main field whose supported deployments end within
`YEARS` and have nowhere to go, and the values for which a search came to its bound. What one would get wrong: the deployment that stands
for a value has only the facts it needs; what else a real one may be is looked at, not changed: "no way" is certain, a way is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from supportable.core.changing import Model
from supportable.core.clauses import Clause, Pack, calendar_of, select
from supportable.core.compile import compile_pack
from supportable.core.conditions import Any
from supportable.core.dates import NO_DAY, day_from
from supportable.core.deployment import Deployment
from supportable.core.evaluate import evaluate
from supportable.core.flaws import NOTE, Flaw
from supportable.core.plan import Planner, core_of
from supportable.core.plan_space import NOBODY_SPEAKS, Ground, Space
from supportable.core.truth import FALSE
from supportable.core.verdict import evaluate_clause
from supportable.core.ways_out import Start, in_words, shown, starts
from supportable.core.witnesses import Question, Witness, deployment_from, withstood

YEARS = 5
"""How far ahead an end counts: later, every product ends without a successor that anybody has published."""

WAYS_MAX = 4_000
"""How many partial combinations of facts the search for one supported deployment looks at."""


class DeadEnds(NamedTuple):
    """The flaws, how many values have a supported deployment that ends in time, and those for which a search came to its bound."""

    flaws: tuple[Flaw, ...]
    looked_at: int
    unfinished: tuple[str, ...]


def dead_ends(packs: Sequence[Pack], day: str, model: Model, limit: int = WAYS_MAX, make: Callable[[Space], Planner] = Planner) -> DeadEnds:
    """Return the values of the main fields whose supported deployments have no way on when their support ends.

    `make` makes the planner of a space: one that falls back on a solver proves more.
    """
    today = [select(pack, (), day, day) for pack in packs]
    requirements = [(one, pack) for pack in today for one in pack.clauses if one.kind == "requirement"]
    matrices = tuple({table.id: table for pack in today for table in pack.matrices}.values())
    supported = Question([Any(tuple(one.applies for one, _ in requirements)), *(withstood(one) for one, _ in requirements)], matrices)
    ends = _Ends(packs, day)
    grounds: dict[str, Ground] = {}
    found: dict[tuple[str, tuple[str, ...]], list[tuple[Start, Witness]]] = {}
    clauses: dict[str, Clause] = {}
    looked_at, unfinished = 0, []
    for start in starts(requirements):
        search = supported.ask(start, limit)
        if search.witness is None:
            continue
        deployment = deployment_from(search.witness)
        end = ends.of(deployment)
        if end is None:
            continue
        looked_at += 1
        if end not in grounds:
            later = [compile_pack(select(pack, (), end, day)) for pack in packs]
            grounds[end] = Ground(later, max(tier.level for pack in packs for tier in pack.tiers), (packs[0].issuer,), model.rules)
        planner = make(Space(grounds[end], deployment, model))
        way = planner.cheapest()
        if way.choice is not None:
            continue
        if not way.proven:
            unfinished.append(in_words(start))
            continue
        core = [planner.space.ground.requirements[number].clause for number in core_of(planner, way.cost)[0] if number != NOBODY_SPEAKS]
        clauses.update((one.id, one) for one in core)
        found.setdefault((end, tuple(one.id for one in core)), []).append((start, search.witness))
    flaws = (_flaw(packs[0].issuer, alike, [clauses[one] for one in core], day, end) for (end, core), alike in found.items())
    return DeadEnds(tuple(flaws), looked_at, tuple(unfinished))


class _Ends:
    """The first day on which a deployment that is supported today no longer is, by what is published today."""

    def __init__(self, packs: Sequence[Pack], day: str) -> None:
        last = f"{int(day[:4]) + YEARS}{day[4:]}"
        self.days = tuple(sorted({one for pack in packs for one in calendar_of(pack).as_of if day < one <= last and one != NO_DAY}))
        self.packs, self.known = packs, day
        self.requirements: dict[str, list[tuple[Clause, Pack]]] = {}

    def of(self, deployment: Deployment) -> str | None:
        """Return the day, `None` where there is none within `YEARS`."""
        return next((day for day in self.days if any(self._fails(clause, pack, deployment) for clause, pack in self._on(day))), None)

    def _on(self, day: str) -> list[tuple[Clause, Pack]]:
        if day not in self.requirements:
            selected = [select(pack, (), day, self.known) for pack in self.packs]
            self.requirements[day] = [(one, pack) for pack in selected for one in pack.clauses if one.kind == "requirement"]
        return self.requirements[day]

    def _fails(self, clause: Clause, pack: Pack, deployment: Deployment) -> bool:
        matrices = {one.id: one for one in pack.matrices}
        if evaluate(clause.applies, deployment, matrices).truth is FALSE:
            return False
        return evaluate_clause(clause, deployment, matrices)[1].truth is FALSE


def _flaw(issuer: str, alike: Sequence[tuple[Start, Witness]], core: Sequence[Clause], day: str, end: str) -> Flaw:
    values = "; ".join(in_words(start) for start, _ in alike)
    message = (
        f"{issuer}: a deployment with {values} is supported on {day} and until {day_from(end, -1)}, and no change of the model leads on"
    )
    facts = alike[0][1] or shown(alike[0][0])
    return Flaw(NOTE, "dead end", message, _HINT, core[0].place if core else None, tuple(one.id for one in core), facts)


_HINT = "right where the issuer ends a product without a successor; otherwise look at the clauses named"
