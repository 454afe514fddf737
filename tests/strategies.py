"""Generated conditions, packs and deployments over a few real fields, small enough that they meet each other often."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import strategies as st

from supportable.core.clauses import Citation, Clause, Document, Level, Pack, Tier
from supportable.core.conditions import All, Always, Any, Count, Every, InMatrix, Is, Matrix, Not, Order, Present, Row, Same, Some
from supportable.core.dates import UNDATED, Dates
from supportable.core.deployment import Item, Listing, deployment_of, values_of
from supportable.core.facts import ABSENT, Absent, Known, Source, Unknown
from supportable.core.fields import FIELDS
from supportable.core.truth import Truth
from supportable.errors import Place

VALUES = {
    "workload.release": ["5.5", "2003", "2007", "2019"],
    "workload.service_pack": [0, 1, 2, 3],
    "workload.build": ["15.1.2375.7", "15.01.2375.007", "15.2", "8"],
    "cluster.service": ["mscs", "veritas-cluster-server", "pacemaker"],
    "cluster.geographically_dispersed": [True, False],
    "cluster.name": ["a", "b"],
    "nodes.os.release": ["windows-2000", "windows-server-2003", "windows-server-2008", "rhel-8"],
    "nodes.os.edition": ["enterprise", "datacenter"],
    "nodes.workload_build": ["15.1.2375.7", "15.01.2375.007", "15.2"],
    "contracts.until": ["2020-01-01", "2021-06-30"],
}
TOP = [name for name in VALUES if FIELDS[name].listing is None]
SOURCE = Source("sample.yaml", 1)
UNLISTED = ["made-up", ""]
"""Names that no field lists: mappings and deployment files refuse them, a column that an engine reads can hold them."""


def of_listing(listing: str | None) -> list[str]:
    """The fields that a condition may read there: those of the whole deployment, and those of the listing."""
    return TOP + [name for name in VALUES if listing is not None and FIELDS[name].listing == listing]


@lru_cache
def facts(name: str, unlisted: bool = False):
    """A fact of a field; `unlisted`: also a name that the field does not list."""
    odd = UNLISTED if unlisted and FIELDS[name].kind == "name" else []
    return st.one_of(
        st.sampled_from([*VALUES[name], *odd]).map(lambda value: Known(value, (SOURCE,))),
        st.just(Absent((SOURCE,))) if FIELDS[name].none_is is None else st.nothing(),
        st.just(Unknown("not looked at")),
    )


@lru_cache
def atoms(listing: str | None):
    def of(name: str):
        values = st.sampled_from([*VALUES[name], ABSENT] if FIELDS[name].none_is is None else VALUES[name])
        forms = [st.builds(Is, st.just(name), st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)), st.just(Present(name))]
        if FIELDS[name].comparable:
            operators = st.sampled_from(["at_least", "at_most", "above", "below"])
            forms.append(st.builds(Order, st.just(name), operators, st.sampled_from(VALUES[name])))
        return st.one_of(forms)

    return st.sampled_from(of_listing(listing)).flatmap(of)


# Made once: hypothesis reads the source of a recursive strategy anew for each one that is made.
@lru_cache
def conditions(listing: str | None = None, matrices: tuple[str, ...] = ("top", "of-nodes")):
    leaves = [atoms(listing), st.sampled_from([Always(Truth.TRUE), Always(Truth.FALSE)])]
    if listing is None:
        leaves += [
            st.sampled_from([Same("nodes.os.release"), Same("nodes.workload_build")]),
            st.builds(
                Count,
                st.sampled_from(["nodes", "contracts"]),
                st.sampled_from(["at_least", "at_most", "above", "below"]),
                st.integers(0, 3),
            ),
        ]
        for inner in ("nodes", "contracts"):
            part = conditions(inner, matrices)
            leaves.append(st.builds(Every, st.just(inner), part, st.sampled_from(list(Truth))))
            leaves.append(st.builds(Some, st.just(inner), part))
    if listing in (None, "nodes") and "top" in matrices:
        leaves.append(st.sampled_from([InMatrix("top")] + ([InMatrix("of-nodes")] if listing else [])))
    few = lambda parts: st.lists(parts, min_size=1, max_size=3).map(tuple)  # noqa: E731
    return st.recursive(
        st.one_of(leaves),
        lambda parts: st.one_of(st.builds(All, few(parts)), st.builds(Any, few(parts)), st.builds(Not, parts)),
        max_leaves=6,
    )


def _matrix(name: str, columns: tuple[str, ...]):
    def cell(column: str):
        tests = [
            st.none(),
            st.builds(Is, st.just(column), st.lists(st.sampled_from(VALUES[column]), min_size=1, max_size=2, unique=True).map(tuple)),
        ]
        if FIELDS[column].comparable:
            tests.append(st.builds(Order, st.just(column), st.sampled_from(["at_least", "below"]), st.sampled_from(VALUES[column])))
        return st.one_of(tests)

    # What is not named here, hypothesis would make up from the types: days that are none, and dozens of rows that have ended.
    row = st.builds(Row, st.uuids().map(str), st.tuples(*map(cell, columns)), st.booleans(), st.just(UNDATED), st.just(False))
    rows = st.lists(row, max_size=4).map(tuple)
    return st.builds(Matrix, st.just(name), st.just(columns), rows, st.sampled_from(list(Truth)), st.just(False), st.just(()))


MATRICES = st.tuples(
    _matrix("top", ("workload.release", "workload.service_pack")),
    _matrix("of-nodes", ("workload.release", "nodes.os.release", "nodes.os.edition")),
)


@st.composite
def deployments(draw, unlisted: bool = False):
    top = {name: draw(facts(name, unlisted)) for name in draw(st.lists(st.sampled_from(TOP), unique=True))}
    listings = {}
    for listing in draw(st.lists(st.sampled_from(["nodes", "contracts"]), unique=True)):
        fields = [name for name in VALUES if FIELDS[name].listing == listing]
        items = []
        for number in range(draw(st.integers(0, 3))):
            own = {name: draw(facts(name, unlisted)) for name in draw(st.lists(st.sampled_from(fields), unique=True))}
            items.append(Item(f"{listing}-{number}", own, values_of(own)))
        listings[listing] = Listing(tuple(items), draw(st.booleans()))
    return deployment_of("generated", top, listings)


TIERS = (
    Tier("best", "best", Level.FULL, ""),
    Tier("middle", "middle", Level.LIMITED, ""),
    Tier("other", "other", Level.LIMITED, ""),
    Tier("worst", "worst", Level.UNSUPPORTED, ""),
)
DOCUMENT = Document("D1", "sample", "", "1", None, None, None, None, "2026-01-01", "full", "")


def clause(number: int, kind: str, applies, requires, caps: str | None) -> Clause:
    judged = kind in ("requirement", "recommendation")
    return Clause(
        f"d1.c{number}",
        kind,
        applies,
        requires if judged else None,
        caps if kind == "requirement" else None,
        "",
        "",
        Citation("D1", "1", "w"),
        "full",
        Place("p", 1),
    )


@st.composite
def packs(draw):
    matrices = draw(MATRICES)
    clauses = tuple(
        clause(
            number,
            draw(st.sampled_from(["requirement", "requirement", "requirement", "recommendation", "statement"])),
            draw(conditions()),
            draw(conditions()),
            draw(st.sampled_from(["middle", "other", "worst"])),
        )
        for number in range(draw(st.integers(1, 4)))
    )
    return Pack("generated", "issuer", "sample", "1", TIERS, (DOCUMENT,), clauses, matrices)


@st.composite
def completions(draw, deployment):
    """The deployment with some of its unknown facts made known or absent, and perhaps its lists complete."""
    top = dict(deployment.facts)
    for name in TOP:
        if isinstance(deployment.fact(name), Unknown) and draw(st.booleans()):
            top[name] = draw(facts(name))
    listings = {}
    for listing in ("nodes", "contracts"):
        found = deployment.listing(listing)
        fields = [name for name in VALUES if FIELDS[name].listing == listing]
        items = []
        for item in found.items:
            own = {name: item.fact(name) if not isinstance(item.fact(name), Unknown) else draw(facts(name)) for name in fields}
            items.append(Item(item.name, own, values_of(own)))
        if not found.complete:
            for number in range(draw(st.integers(0, 2))):
                own = {name: draw(facts(name)) for name in fields}
                items.append(Item(f"{listing}-new-{number}", own, values_of(own)))
        listings[listing] = Listing(tuple(items), found.complete or draw(st.booleans()))
    return deployment_of(deployment.name, top, listings)


DAYS = ("2020-01-01", "2021-06-30", "2022-02-28", "2024-12-31")


@lru_cache
def dates():
    def made(found: tuple[str | None, ...]) -> Dates:
        since, until, published, withdrawn = found
        return Dates(*sorted((since, until)), *sorted((published, withdrawn))) if None not in found else Dates(*found)

    day = st.one_of(st.none(), st.none(), st.sampled_from(DAYS))
    return st.tuples(day, day, day, day).map(made)


@st.composite
def dated_packs(draw):
    """A generated pack of which some clauses, rows of tables and the document carry dates."""
    pack = draw(packs())
    rows = lambda matrix: tuple(row._replace(dates=draw(dates())) for row in matrix.rows)  # noqa: E731
    document = draw(dates())
    return pack._replace(
        clauses=tuple(clause._replace(dates=draw(dates())._replace(published=None, withdrawn=None)) for clause in pack.clauses),
        matrices=tuple(matrix._replace(rows=rows(matrix)) for matrix in pack.matrices),
        documents=(DOCUMENT._replace(published=document.published, effective_from=document.since, effective_until=document.until),),
    )
