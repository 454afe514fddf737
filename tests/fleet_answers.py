"""Answers about fleets that reports are tried on: one that is like a real one, one that holds nothing, and generated ones."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from judgements import HOSTILE
from supportable.core.fleet_results import (
    KINDS,
    LEVELS,
    Change,
    FleetCheck,
    FleetDiff,
    FleetForecast,
    Group,
    IssuerDiff,
    IssuerForecast,
    IssuerSummary,
    Move,
    Reason,
    Shares,
    Side,
    Turn,
)
from supportable.errors import Place
from supportable.stores.inventory_report import DuplicateKey, InventoryReport, SetAside, UnknownName

SAYS = {
    "kb810986.hardware-listed-as-cluster": "the whole cluster, not only its parts, passed testing as a cluster system",
    "kb810986.service-pack": "the newest service pack that the matrix lists for the release is installed on every node",
    "kb2006996.lifecycle": "the product is within its support life cycle on the day",
    "exchange.witness-reachable": "a majority of voters, with the file share witness, can be reached from every node",
    "exchange.same-build": "all nodes run the same build of the product",
    "windows.edition": "the edition of the operating system has the cluster service",
    "rhel.fencing": "fencing is configured and enabled: `stonith-enabled` is not false",
    "rhel.supported-release": "the release of the operating system is one of those that the policy lists",
    "rhel.quorum-device": "two nodes have a quorum device, or a fence race is delayed",
    "vmware.no-snapshot": "no snapshot exists of a node with a shared disk",
    "vmware.anti-affinity": "a rule keeps the nodes apart on different hosts",
    "kb810986.domain-controller": "no node is a domain controller",
}
CUSTOMERS = [
    "Contoso Versicherungen AG, Niederlassung Süd", "Northwind Traders International Holding Limited Liability Partnership",
    "Fabrikam",
    "Adventure Works Cycles Manufacturing and Distribution Company of the Pacific Northwest",
    "Tailspin Toys", "Wingtip Toys", "Litware, Inc.",
    "Proseware", "Lucerne Publishing", "Coho Winery", "Coho Vineyard", "Humongous Insurance", "Graphic Design Institute", "Trey Research",
    "The Phone Company", "Blue Yonder Airlines", "City Power & Light", "Consolidated Messenger", "Alpine Ski House", "Woodgrove Bank",
    "Wide World Importers", "Margie's Travel", "Fourth Coffee", "Southridge Video", "School of Fine Art", "VanArsdel, Ltd.", "Relecloud",
    "Munson's Pickles and Preserves Farm", "Best For You Organics Company", "Lamna Healthcare Company",
]  # fmt: skip


def levels(full: int, limited: int, unsupported: int, undecided: int, silent: int) -> dict[str, int]:
    """Return levels in the order of the scale."""
    return dict(zip(LEVELS, (full, limited, unsupported, undecided, silent), strict=True))


REPORT = InventoryReport(
    3_214_880,
    1_048_576,
    1_204,
    (
        SetAside(Place("cmdb/2026-11.csv", 1714), "the key column `cluster_id` is empty"),
        SetAside(Place("cmdb/2026-11.csv", 90210), "12 cells, and the header has 14"),
    ),
    (("the key column `cluster_id` is empty", 1_100), ("another number of cells than the header has", 104)),
    (
        UnknownName("product", "EX2K7 Ent SP1 RU4 (legacy)", 41_200),
        UnknownName("cluster_sw", "VCS", 12_077),
        *(UnknownName("os", f"W2K8-R2-STD-build-{number}", 900 - number) for number in range(30)),
    ),
    80_411,
    17,
    212,
    (DuplicateKey("contoso/mail-07", 4), DuplicateKey("fabrikam/db-1", 2, "NODE01")),
    (("workload.release", 310), ("nodes.os.edition", 12)),
    1_904,
    ("asset_owner", "cost_centre", "rack"),
    ("cmdb/readme.txt",),
)


def _split(count: int, at: int) -> dict[str, int]:
    full = count * (30 + 7 * at % 41) // 100
    limited = count * (5 + 3 * at % 11) // 100
    unsupported = count * (4 + 5 * at % 13) // 100
    silent = count * (at % 3) // 100
    return levels(full, limited, unsupported, count - full - limited - unsupported - silent, silent)


def check() -> FleetCheck:
    """A fleet of a million deployments, by three issuers."""
    clauses = list(SAYS)
    products = tuple(
        Group(name, _split(count, at))
        for at, (name, count) in enumerate((("exchange-server", 700_000), ("sql-server", 210_400), (None, 100_112), ("sap-hana", 38_064)))
    )
    releases = tuple(Group(f"20{year:02}", _split(90_000 - 3_000 * year, year)) for year in range(3, 20))
    customers = tuple(Group(name, _split(80_000 - 2_500 * at, at)) for at, name in enumerate(CUSTOMERS))
    groups = {"workload.product": products, "workload.release": releases, "customer": customers}
    return FleetCheck(
        "cmdb/*.csv",
        (
            IssuerSummary(
                "Microsoft",
                levels(612_004, 101_332, 84_120, 240_000, 11_120),
                tuple((clause, 90_000 // (at + 1)) for at, clause in enumerate(clauses)),
                tuple((clause, 160_000 // (at + 1)) for at, clause in enumerate(clauses[:7])),
                (("hardware.catalog_listing", 74_400), ("workload.service_pack", 41_221), ("nodes", 9_118), ("contracts", 12)),
                180_000,
                groups,
            ),
            IssuerSummary(
                "Red Hat",
                levels(20_311, 0, 4_118, 881, 1_023_266),
                (("rhel.fencing", 4_000), ("rhel.quorum-device", 412)),
                (("rhel.fencing", 881),),
                (),
                881,
                {"workload.product": products},
            ),
            IssuerSummary("Broadcom", levels(0, 0, 0, 0, 1_048_576), (), (), (), 0, {}),
        ),
        REPORT,
        SAYS,
        "2026-11-25",
        "2026-11-25",
    )


def _reasons(count: int, at: int) -> tuple[Reason, ...]:
    clauses = list(SAYS)
    return tuple(
        Reason(clauses[(at + ahead) % 12], max(1, count // (ahead + 1)), f"contoso/mail-{at:02}{ahead}") for ahead in range(1 + at % 3)
    )


def forecast(days: tuple[str, ...] = ()) -> FleetForecast:
    """A forecast with 15 turns over eight years for one issuer, and of other shapes for two more."""
    days = days or (
        "2026-12-31", "2027-01-12", "2027-01-13", "2027-07-13", "2027-10-12", "2028-01-11", "2028-07-11", "2029-01-09", "2029-10-14",
        "2030-05-31", "2031-01-14", "2031-10-14", "2032-05-31", "2033-10-11", "2034-06-30",
    )  # fmt: skip
    now = levels(612_004, 101_332, 84_120, 240_000, 11_120)
    steps = [("2026-11-25", dict(now))]
    turns = []
    for at, day in enumerate(days):
        falling = 0 if at in (2, 7) else min(now["full"], 20_000 + 9_000 * (at % 5))
        cleared = min(now["undecided"], 24_000)
        now["full"] -= falling
        now["limited"] += falling // 3
        now["unsupported"] += falling - falling // 3 + cleared
        now["undecided"] -= cleared
        steps.append((day, dict(now)))
        moves = [
            Move("falls", "full", "unsupported", falling - falling // 3, f"contoso/mail-{at}"),
            Move("falls", "full", "limited", falling // 3, f"fabrikam/x-{at}"),
            Move("becomes decided", "undecided", "unsupported", cleared, f"litware/db-{at}"),
        ]
        moves = [move for move in moves if move.deployments]
        turns.append(Turn(day, tuple(moves), _reasons(falling, at) if falling else (), _reasons(cleared, at + 3)[:1]))
    flat = levels(20_311, 0, 4_118, 881, 1_023_266)
    fewer = levels(20_310, 0, 4_119, 881, 1_023_266)
    return FleetForecast(
        "cmdb/*.csv",
        (
            IssuerForecast("Microsoft", tuple(steps), tuple(turns)),
            IssuerForecast(
                "Red Hat",
                (("2026-11-25", flat), ("2029-05-31", fewer)),
                (
                    Turn(
                        "2029-05-31",
                        (Move("falls", "full", "unsupported", 1, "north/ha-1"),),
                        (Reason("rhel.fencing", 1, "north/ha-1"),),
                        (),
                    ),
                ),
            ),
            IssuerForecast("Broadcom", (("2026-11-25", levels(0, 0, 0, 0, 1_048_576)),), ()),
        ),
        REPORT,
        SAYS,
        "2026-11-25",
        "2034-12-31",
        "2026-11-25",
    )


def diff() -> FleetDiff:
    """Two inventories compared, with shares that are no whole numbers and one below nothing."""
    changes = (
        Change(Move("falls", "full", "unsupported", 41_200, "contoso/mail-07"), Shares(Fraction(1200), Fraction(40_000), Fraction(0))),
        Change(Move("falls", "full", "limited", 7_001, "fabrikam/x-1"), Shares(Fraction(7001, 3), Fraction(7001, 6), Fraction(7001, 2))),
        Change(Move("rises", "unsupported", "full", 903, "litware/db-9"), Shares(Fraction(1000), Fraction(-97), Fraction(0))),
        Change(Move("becomes undecided", "full", "undecided", 12_400, "north/ha-1"), Shares(Fraction(12_400), Fraction(0), Fraction(0))),
        Change(Move("moves within undecided", "undecided", "undecided", 40, "north/ha-3"), Shares(Fraction(0), Fraction(0), Fraction(40))),
        Change(Move("is new", "not there", "full", 2_500, "new/one"), Shares(Fraction(2_500), Fraction(0), Fraction(0))),
        Change(Move("is gone", "limited", "not there", 1, "old/one"), Shares(Fraction(1), Fraction(0), Fraction(0))),
    )
    before = {**levels(600_000, 101_000, 84_000, 240_000, 11_120), "not there": 2_500}
    after = {**levels(542_802, 108_000, 124_297, 252_400, 11_120), "not there": 1}
    because = {"falls": _reasons(41_200, 2), "rises": _reasons(903, 1), "becomes undecided": _reasons(12_400, 5)}
    other = REPORT._replace(rows=3_100_000, deployments=1_036_121, unknown_names=(), set_aside=(), reasons=(), rows_set_aside=0)
    return FleetDiff(
        Side("cmdb/2026-10.parquet", "microsoft-exchange-clusters at 2026-10-01", "2026-10-25", "2026-10-25"),
        Side("cmdb/2026-11.parquet", "microsoft-exchange-clusters at 2026-11-20", "2026-11-25", "2026-11-25"),
        (
            IssuerDiff("Microsoft", before, after, changes, because),
            IssuerDiff("Red Hat", levels(9, 0, 0, 0, 1), levels(9, 0, 0, 0, 1), (), {}),
        ),
        (other, REPORT),
        SAYS,
    )


NOTHING_READ = InventoryReport(0, 0, 0, (), (), (), 0, 0, 0, (), (), 0, (), ())
NO_ISSUER = (
    FleetCheck("empty.csv", (), NOTHING_READ, {}, "2026-11-25", "2026-11-25"),
    FleetForecast("empty.csv", (), NOTHING_READ, {}, "2026-11-25", "2026-11-25", "2026-11-25"),
    FleetDiff(Side("a", "p", "2026-11-25", "2026-11-25"), Side("b", "p", "2026-11-25", "2026-11-25"), (), (NOTHING_READ,), {}),
)
NO_DEPLOYMENT = (
    NO_ISSUER[0]._replace(issuers=(IssuerSummary("Microsoft", levels(0, 0, 0, 0, 0), (), (), (), 0, {"customer": ()}),)),
    NO_ISSUER[1]._replace(
        issuers=(IssuerForecast("Microsoft", (("2026-11-25", levels(0, 0, 0, 0, 0)),), ()), IssuerForecast("Other", (), ()))
    ),
    NO_ISSUER[2]._replace(issuers=(IssuerDiff("Microsoft", {}, levels(0, 0, 0, 0, 0), (), {}),)),
)

HOSTILE_TEXTS = (
    HOSTILE,
    '"><img src=x onerror=alert(1)>',
    "\x00\x07\x9b31m\u202e\u200f\u2066x\r\nEND:VCALENDAR",
    "w" * 5000,
    "</title></style>",
    "{{ 7 * 7 }}",
)


def hostile(text: str) -> tuple[FleetCheck, FleetForecast, FleetDiff]:
    """Answers in which every text that came from somebody is this one."""
    report = InventoryReport(
        9, 5, 1, (SetAside(Place(text, 3), text),), ((text, 1),), (UnknownName(text, text, 1),), 1, 0, 1,
        (DuplicateKey(text, 2, text),), ((text, 1),), 0, (text,), (text,),
    )  # fmt: skip
    some = levels(1, 1, 1, 1, 1)
    reasons = (Reason(text, 1, text),)
    moves = (Move("falls", "full", "limited", 1, text), Move("is new", "not there", "full", 1, text))
    turn = Turn("2027-01-01", moves, reasons, reasons)
    third = Shares(Fraction(1, 3), Fraction(1, 3), Fraction(1, 3))
    groups = {text: (Group(text, some), Group(None, some))}
    summary = IssuerSummary(text, some, ((text, 1),), ((text, 1),), ((text, 1),), 1, groups)
    side = Side(text, text, "2026-11-25", "2026-11-25")
    return (
        FleetCheck(text, (summary,), report, {text: text}, "2026-11-25", "2026-11-25"),
        FleetForecast(
            text,
            (IssuerForecast(text, (("2026-11-25", some), ("2027-01-01", some)), (turn,)),),
            report,
            {text: text},
            "2026-11-25",
            "2028-01-01",
            "2026-11-25",
        ),
        FleetDiff(
            side,
            side,
            (IssuerDiff(text, some, some, tuple(Change(move, third) for move in moves), {"falls": reasons}),),
            (report, report),
            {text: text},
        ),
    )


counts = st.integers(0, 10**9)
some_levels = st.builds(levels, counts, counts, counts, counts, counts)
names = st.one_of(st.text(max_size=40), st.sampled_from(["Contoso", "kb1.a", "x/y"]))
positive = st.integers(1, 10**9)
reasons_of = st.lists(st.builds(Reason, names, positive, names), max_size=4).map(tuple)
moves_of = st.builds(Move, st.sampled_from(KINDS), st.sampled_from(LEVELS), st.sampled_from(LEVELS), positive, names)
days_ahead = st.lists(st.integers(1, 12_000), max_size=12, unique=True).map(sorted)


@st.composite
def checks(draw) -> FleetCheck:
    """Generated answers of `fleet check`."""
    ranked = st.lists(st.tuples(names, positive), max_size=30, unique_by=lambda entry: entry[0]).map(tuple)
    groups = st.lists(st.builds(Group, st.one_of(st.none(), names), some_levels), max_size=26).map(
        lambda found: tuple(sorted(found, key=lambda one: -one.deployments))
    )
    issuers = st.builds(IssuerSummary, names, some_levels, ranked, ranked, ranked, positive, st.dictionaries(names, groups, max_size=3))
    says = draw(st.dictionaries(names, names))
    return FleetCheck(draw(names), tuple(draw(st.lists(issuers, max_size=2))), REPORT, says, "2026-11-25", "2026-11-25")


def _day(ahead: int) -> str:
    from datetime import date, timedelta

    return (date(2026, 11, 25) + timedelta(days=ahead)).isoformat()


@st.composite
def forecasts(draw) -> FleetForecast:
    """Generated forecasts of one day to 33 years."""
    issuers = []
    until = 1
    for issuer in draw(st.lists(names, max_size=2)):
        ahead = draw(days_ahead)
        until = max(until, *ahead) if ahead else until
        days = [_day(0), *(_day(one) for one in ahead)]
        steps = tuple((day, draw(some_levels)) for day in days)
        moves = st.lists(moves_of, min_size=1, max_size=3).map(tuple)
        turns = tuple(draw(st.builds(Turn, st.just(day), moves, reasons_of, reasons_of)) for day in days[1:])
        issuers.append(IssuerForecast(issuer, steps, turns))
    says = draw(st.dictionaries(names, names))
    return FleetForecast(draw(names), tuple(issuers), REPORT, says, _day(0), _day(until), "2026-11-25")


@st.composite
def shares_of(draw, whole: int) -> Shares:
    """Three parts, in sixths, that add up."""
    evidence = Fraction(draw(st.integers(-6, 6 * whole)), 6)
    policy = Fraction(draw(st.integers(0, 6 * whole)), 6)
    return Shares(evidence, policy, whole - evidence - policy)


@st.composite
def diffs(draw) -> FleetDiff:
    """Generated comparisons."""
    issuers = []
    for issuer in draw(st.lists(names, max_size=2)):
        moves = draw(st.lists(moves_of, max_size=5))
        changes = tuple(Change(move, draw(shares_of(move.deployments))) for move in moves)
        because = draw(st.dictionaries(st.sampled_from(KINDS), reasons_of, max_size=3))
        issuers.append(IssuerDiff(issuer, draw(some_levels), draw(some_levels), changes, because))
    side = st.builds(Side, names, names, st.just("2026-11-25"), st.just("2026-11-25"))
    return FleetDiff(draw(side), draw(side), tuple(issuers), (REPORT,), draw(st.dictionaries(names, names)))
