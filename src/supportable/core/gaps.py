"""Support gaps found from the packs alone: deployments for which the texts of all parties together leave nobody to answer.

In: compiled packs of all issuers (narrowed to documents and dates). Out: `Found`: each kind of gap once for the clauses that leave it, with
the fewest facts of a deployment that shows it. The facts that the duties can tell apart are combined, one value of each class; a
witness holds only the facts without which the gap is not there, and says nothing of all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice, product
from typing import NamedTuple

from supportable.core.clauses import Clause, Pack, fields_read
from supportable.core.compile import NOT_APPLICABLE, Compiled, compile_pack
from supportable.core.compile import TRUE as APPLIES
from supportable.core.deciding import domains
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, values_of
from supportable.core.facts import ABSENT, Absent, Fact, Known, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.process import ACTS, VENDORS, Duty, State
from supportable.core.rehearsal import Gap, explore, support_gaps
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth
from supportable.core.verdict import judge, listings_of

NEEDED = ("workload.product", "cluster.service")
"""What a clustered deployment has: a workload and a cluster service."""

COMBINATIONS_MAX = 20_000
SILENT_MAX = 4_000
"""How many sets of facts are tried when looking for deployments about which nobody says anything."""

KINDS = ("circle", "silent vendor", "no primary liaison", "no one troubleshoots", "nobody speaks")
RELATED = {"yes": "related to the workload", "no": "not related to the workload"}

Facts = tuple[tuple[str, Value | _Absent], ...]


class SupportGap(NamedTuple):
    """A gap with the facts that show it: `provider` is the issuer whose policy would run the case ("" when nobody speaks).

    `issue` is `yes` or `no`: whether the issue is related to the workload. `groups` counts the groups of deployments that have the gap.
    `others` are further sets of facts about which nobody speaks.
    """

    provider: str
    issue: str
    gap: Gap
    witness: Facts
    groups: int
    others: tuple[Facts, ...] = ()


class Found(NamedTuple):
    """The gaps, over which fields, how many of all combinations were looked at, and how many groups of deployments they fall into.

    `silent_sets` is how many sets of facts were looked at for deployments about which nobody speaks, `silent_of` how many there are.
    """

    gaps: tuple[SupportGap, ...]
    fields: tuple[str, ...]
    combinations: int
    of: int
    groups: int
    silent_sets: int
    silent_of: int

    @property
    def whole(self) -> bool:
        """Whether all combinations were looked at."""
        return self.combinations == self.of and self.silent_sets == self.silent_of


def witness_of(facts: Facts, name: str = "witness") -> Deployment:
    """Return the deployment of which these facts are known and nothing else; a listing of which a fact is known has one item."""
    made: dict[str, Fact] = {field: Absent() if value is ABSENT else Known(value) for field, value in facts}
    listings = {}
    for listing in LISTINGS:
        own = {field: fact for field, fact in made.items() if FIELDS[field].listing == listing}
        if own:
            listings[listing] = Listing((Item(f"{listing.removesuffix('s')} 1", own, values_of(own)),), True, "")
    return deployment_of(name, {field: fact for field, fact in made.items() if FIELDS[field].listing is None}, listings)


def find_gaps(packs: Sequence[Compiled], limit: int = COMBINATIONS_MAX) -> Found:
    """Return the support gaps of these packs; at most `limit` combinations of facts are looked at."""
    world = _World(packs)
    names = world.names
    gaps: dict[tuple[str, str, str, tuple[str, ...]], SupportGap] = {}
    groups: set[tuple[str, tuple[_Truths, ...]]] = set()
    count = 0
    for values in islice(product(*(world.values[name] for name in names)), limit):
        count += 1
        facts = tuple(zip(names, values, strict=True))
        for provider in world.issuers:
            duties = world.duties(provider, facts)
            group = (provider, _truths(duties))
            if group in groups or not world.speaks(provider, facts):
                continue
            groups.add(group)
            for (issue, kind, clauses), gap in world.gaps(provider, duties).items():
                key = (provider, issue, kind, clauses)
                seen = gaps.get(key)
                if seen is None:
                    witness, gap = world.smallest(provider, facts, (issue, kind, clauses))
                    gaps[key] = SupportGap(provider, issue, gap, witness, 1)
                else:
                    gaps[key] = seen._replace(groups=seen.groups + 1)
    found = sorted(gaps.values(), key=lambda one: (KINDS.index(one.gap.kind), one.issue != "yes"))
    silence, looked_at, sets = _silence(packs)
    total = 1
    for name in names:
        total *= len(world.values[name])
    return Found((*found, *silence), names, count, total, len(groups), looked_at, sets)


_Truths = tuple[Truth, Truth]
"""Whether a duty applies: as the deployment is, and with its cluster service removed."""

_Key = tuple[str, str, tuple[str, ...]]
"""The issue, the kind of gap and the clauses that leave it."""


class _World:
    """The texts of all parties, and what they come to for a deployment; what was explored once is remembered."""

    def __init__(self, packs: Sequence[Compiled]) -> None:
        self.packs = packs
        self.issuers = tuple(dict.fromkeys(one.pack.issuer for one in packs))
        # An act that a case knows no effect of moves nobody nearer to an answer; its conditions would only multiply the combinations.
        self.texts = [(one.pack, [clause for clause in one.pack.clauses if clause.kind == "duty" and clause.act in ACTS]) for one in packs]
        self.compiled = [compile_pack(pack._replace(clauses=tuple(clauses))) for pack, clauses in self.texts]
        # Of another issuer's packs only the vendors' texts count: its customers and its own support are no parties of this case.
        self.clauses = {
            issuer: tuple(c for pack, own in self.texts for c in own if pack.issuer == issuer or c.party in VENDORS)
            for issuer in self.issuers
        }
        self.values = _domains([(clause, pack) for pack, clauses in self.texts for clause in clauses])
        self.names = tuple(self.values)
        self.explored: dict[tuple[str, tuple[_Truths, ...]], dict[_Key, Gap]] = {}

    def duties(self, issuer: str, facts: Facts) -> tuple[Duty, ...]:
        """Return the duties of a deployment when an issuer is the support provider."""
        here = witness_of(facts)
        without = deployment_of("witness", {**here.facts, "cluster.service": Absent()}, here.listings)
        truths = zip(self._truths(here), self._truths(without), strict=True)
        own = set(map(id, self.clauses[issuer]))
        every = (clause for _, clauses in self.texts for clause in clauses)
        return tuple(Duty(clause, *pair) for clause, pair in zip(every, truths, strict=True) if id(clause) in own)

    def _truths(self, deployment: Deployment) -> list[Truth]:
        listings = listings_of(deployment)
        codes = (code for one in self.compiled for code in one.run(deployment.values, listings).outcomes)
        return [TRUE if code == APPLIES else FALSE if code == NOT_APPLICABLE else UNKNOWN for code in codes]

    def speaks(self, issuer: str, facts: Facts) -> bool:
        """Return whether an issuer says, or may say, anything about a deployment."""
        own = [one for one in self.packs if one.pack.issuer == issuer]
        return any(verdict.applies for verdict in judge(witness_of(facts), own))

    def gaps(self, issuer: str, duties: tuple[Duty, ...]) -> dict[_Key, Gap]:
        """Return the gaps that the duties leave, for an issue that is related to the workload and for one that is not."""
        key = (issuer, _truths(duties))
        if key not in self.explored:
            self.explored[key] = dict(_gaps(duties))
        return self.explored[key]

    def smallest(self, issuer: str, facts: Facts, key: _Key) -> tuple[Facts, Gap]:
        """Return the facts without those that the gap does not need, and the gap as it is then."""
        kept, gap = facts, self.gaps(issuer, self.duties(issuer, facts))[key]
        # What is written last is dropped first: it is what the fewest clauses read.
        for fact in reversed(facts):
            fewer = tuple(one for one in kept if one != fact)
            if fact[0] in NEEDED or not self.speaks(issuer, fewer):
                continue
            found = self.gaps(issuer, self.duties(issuer, fewer)).get(key)
            if found is not None:
                kept, gap = fewer, found
        return kept, gap


def _truths(duties: tuple[Duty, ...]) -> tuple[_Truths, ...]:
    return tuple((one.applies, one.when_removed) for one in duties)


def _gaps(duties: tuple[Duty, ...]) -> Iterator[tuple[_Key, Gap]]:
    duties = tuple(one for one in duties if one.applies is not FALSE)
    for gap in support_gaps(explore(duties), duties):
        yield _key("yes", gap), gap
    # An issue that has nothing to do with the workload is another gap only where a text makes the difference, from the very start.
    for gap in support_gaps(explore(duties, State(related="no")), duties):
        if gap.kind == "no one troubleshoots" and not gap.course and any(clause.act == "help-troubleshoot" for clause in gap.clauses):
            yield _key("no", gap), gap


def _key(issue: str, gap: Gap) -> _Key:
    return issue, gap.kind, tuple(clause.id for clause in gap.clauses)


def _domains(clauses: Iterable[tuple[Clause, Pack]]) -> dict[str, tuple[Value | _Absent, ...]]:
    """Return for each field that these clauses read before they apply one value of each class that they can tell apart."""
    read = [(clause._replace(requires=None), pack.matrices) for clause, pack in clauses]
    counts: dict[str, int] = dict.fromkeys(NEEDED, 0)
    for clause, matrices in read:
        for name in fields_read(clause, matrices):
            if name not in LISTINGS:
                counts[name] = counts.get(name, 0) + 1
    domain = domains(read, Deployment("witness"))
    names = [*NEEDED, *sorted(counts.keys() - set(NEEDED), key=lambda name: (-counts[name], name))]
    return {name: tuple(v for v in domain((name, None)) if name not in NEEDED or v is not ABSENT) for name in names}


def _silence(packs: Sequence[Compiled]) -> tuple[list[SupportGap], int, int]:
    """Return the deployments about which no document of any issuer says anything, as one gap with the fewest facts first.

    With it come how many sets of facts were looked at, and of how many.
    """
    clauses = [(clause, one.pack) for one in packs for clause in one.pack.clauses if clause.kind == "requirement"]
    values = _domains(clauses)
    silent: list[Facts] = []
    base = [tuple(zip(NEEDED, pair, strict=True)) for pair in product(*(values[name] for name in NEEDED))]
    sets = list(_sets_of_facts(base, values))
    for facts in sets[:SILENT_MAX]:
        if any(set(one) <= set(facts) for one in silent):
            continue
        if not any(verdict.applies for verdict in judge(witness_of(facts), packs)):
            silent.append(facts)
    looked_at = min(len(sets), SILENT_MAX)
    if not silent:
        return [], looked_at, len(sets)
    gap = Gap("nobody speaks", "no document of any issuer says anything about this deployment", (), ())
    return [SupportGap("", "", gap, silent[0], len(silent), tuple(silent[1:]))], looked_at, len(sets)


def _sets_of_facts(base: Sequence[Facts], values: Mapping[str, tuple[Value | _Absent, ...]]) -> Iterator[Facts]:
    """Yield sets of facts of a clustered deployment, small ones first: workload and cluster service with up to two more."""
    others = [(name, value) for name in values if name not in NEEDED for value in values[name]]
    for size in range(3):
        for more in combinations(others, size):
            if len({name for name, _ in more}) == size:
                yield from ((*facts, *more) for facts in base)
