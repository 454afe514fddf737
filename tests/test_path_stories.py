"""Paths of real stories, by the packs that ship: the target is what the planner chooses, the order is read against the documents."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path as Folder

from supportable import app
from supportable.core.changing import Model
from supportable.core.clauses import Citation, Clause, Document, Level, Pack, Tier
from supportable.core.compile import Compiled, compile_pack
from supportable.core.conditions import Always, Condition, Every, Is
from supportable.core.deployment import Item, Listing, deployment_of, values_of
from supportable.core.facts import Absent, Known
from supportable.core.path_days import Days
from supportable.core.paths import Path, path_to
from supportable.core.plan import Found, Planner
from supportable.core.plan_space import Ground, Space
from supportable.core.truth import Truth
from supportable.core.verdict import judge, with_placeholders
from supportable.errors import Place
from supportable.gathering import read_evidence

STORIES = Folder(__file__).parent / "scenarios" / "plans"
KNOWN = "2026-11-24"


@lru_cache
def model(day: str = KNOWN) -> Model:
    return app.load_model(None, day)


loaded = lru_cache(app.load_packs)


@lru_cache
def whole(issuer: str) -> tuple[Pack, ...]:
    return tuple(one for one in loaded() if one.issuer == issuer)


@lru_cache
def packs_on(issuer: str, day: str) -> tuple[Compiled, ...]:
    return tuple(app.prepare(whole(issuer), as_of=day, known=KNOWN))


def wanted(*conditions: Condition) -> Compiled:
    """A pack of the customer's own, which says what is wanted."""
    tiers = (Tier("wanted", "wanted", Level.FULL, ""), Tier("not", "not wanted", Level.UNSUPPORTED, ""))
    document = Document("OWN", "own", "", "1", None, None, None, None, "2026-01-01", "full", "")
    cited = Citation("OWN", "1", "w")
    clauses = tuple(
        Clause(f"own.{number}", "requirement", Always(Truth.TRUE), one, "not", "", "", cited, "full", Place("own", 1))
        for number, one in enumerate(conditions)
    )
    return compile_pack(Pack("own", "customer", "", "1", tiers, (document,), clauses))


def story(
    name: str, day: str, *own: Condition, issuer: str = "microsoft", level: Level = Level.FULL, dated: bool = True
) -> tuple[Found, Path | None]:
    """What the planner finds for a story, and the path there, of which every deployment is judged again here."""
    deployment = with_placeholders(read_evidence([STORIES / name / "evidence"]).deployment)
    packs = packs_on(issuer, day)
    ground = Ground(packs, level, (issuer,), model(day).rules)
    aim = Ground([*packs, wanted(*own)], level, (issuer, "customer"), model(day).rules) if own else ground
    found = Planner(Space(aim, deployment, model(day))).cheapest(nodes_max=500)
    if found.choice is None:
        return found, None
    path = path_to(Space(ground, deployment, model(day)), found.choice, days=Days(ground, whole(issuer), day, KNOWN) if dated else None)
    for at in (path.start, *(step.after for step in path.steps)):
        assert [(one.issuer, one.worst, one.best) for one in at.standings] == [
            (one.issuer, one.worst, one.best) for one in judge(at.deployment, packs)
        ]
        assert not at.met or all(one.worst is not None and one.worst >= level for one in at.standings)
    assert path.end.met
    return found, path


def told(path: Path) -> list[tuple[str, list[tuple[str, object]]]]:
    return [(stage.kind, [(field, value) for field, _, value in stage.does]) for stage in path.stages]


def test_exchange_2003_comes_to_2007_on_windows_server_2008_by_a_second_set_of_machines():
    """No cluster has nodes of Windows Server 2003 and of 2008, so nothing is rolled; the new cluster is at the level when it takes over."""
    aims = (Is("workload.release", ("2007",)), Every("nodes", Is("nodes.os.release", ("windows-server-2008",)), Truth.FALSE))
    _, path = story("exchange-2003-two-nodes-to-2007", "2008-09-01", *aims)
    assert path is not None
    (stage,) = path.stages
    assert stage.kind == "together"
    assert {field for field, _, _ in stage.does} == {"workload.release", "nodes.os.release", "cluster.validation"}
    assert (path.start.met, path.cost.below) == (True, 0)
    assert (path.start.last, path.end.last) and path.start.last is not None and path.start.last.day == "2014-04-08"
    assert path.end.last is not None
    # Service Pack 1 is the latest that KB 810986 lists with Windows Server 2008; it ended on this day.
    assert path.end.last.day == "2010-10-12"


def test_exchange_2007_leaves_veritas_by_one_change_with_what_it_sets_anew():
    """Moving to the platform's own cluster service is one step, and the deployment is at the level after it."""
    _, path = story("exchange-2007-off-veritas", "2008-09-01")
    assert path is not None
    assert told(path) == [("whole", [("cluster.service", "mscs")])]
    assert "kb810986.own-cluster-service" in {one.requirement.clause.id for one in path.start.in_the_way}
    assert {change.field for change in path.steps[0].changes} >= {"cluster.service", "cluster.msdtc"}


def test_exchange_2016_comes_to_subscription_edition_on_windows_server_2025():
    """No Windows is under both releases: rolling falls below the level, by the table of the matrix; a second set of machines does not."""
    aims = (
        Is("workload.release", ("subscription-edition",)),
        Every("nodes", Is("nodes.os.release", ("windows-server-2025",)), Truth.FALSE),
    )
    _, path = story("exchange-2016-to-subscription-edition", "2025-09-01", *aims, level=Level.LIMITED)
    assert path is not None
    assert path.start.last is not None
    assert path.start.last.day == "2025-10-14"
    assert path.below
    assert all("exchange-matrix.windows" in {one.requirement.clause.id for one in step.after.in_the_way} for step in path.below)
    assert max(len(step.out) for step in path.steps) == 1
    assert path.beside is not None
    assert not path.beside.below


def test_a_cluster_of_rhel_gets_a_fencing_device_before_fencing_is_enabled():
    """Both are needed, and the deployment is at the level after the second step."""
    _, path = story("rhel-two-nodes-without-fencing", "2026-11-24", issuer="red-hat", dated=False)
    assert path is not None
    assert told(path) == [("whole", [("cluster.fencing_devices", 1)]), ("whole", [("cluster.fencing_enabled", True)])]
    assert [step.after.met for step in path.steps] == [False, True]


def test_a_node_that_is_a_domain_controller_is_out_while_the_role_moves():
    """Only that node is worked on; while it is out the cluster is at the level, and so it is afterwards."""
    _, path = story("domain-controller-on-a-node", "2008-09-01")
    assert path is not None
    assert [(step.kind, step.nodes, step.out, step.after.met) for step in path.steps] == [
        ("out", ("EXN2",), ("EXN2",), True),
        ("back", ("EXN2",), (), True),
    ]


def test_where_nothing_that_can_be_changed_helps_there_is_no_path():
    """Parts that are not certified stay so, and Exchange 2007 on Windows Server 2008 has nowhere to go while its release is kept."""
    deployment = with_placeholders(read_evidence([STORIES / "no-way-out" / "evidence"]).deployment)
    packs = app.prepare(whole("microsoft"), as_of="2008-09-01", known="2008-12-31")
    space = Space(Ground(packs, Level.FULL, ("microsoft",), model().rules), deployment, model(), keep=("workload.release",))
    found = Planner(space).cheapest(nodes_max=500)
    assert found.choice is None and found.proven
    path = path_to(space, {})
    assert path.stages == ()
    assert [one.requirement.clause.id for one in path.start.in_the_way] == ["kb943984.components-certified"]


def test_signed_drivers_are_followed_by_the_run_that_the_table_of_changes_asks_for():
    """After the drivers changed the table of tests is in the way until a run, which ends the path."""
    own = {"nodes.os.release": "windows-server-2016", "nodes.storage_drivers_signed": False}
    held = {field: Known(value) for field, value in own.items()}
    items = tuple(Item(name, held, values_of(held)) for name in ("A", "B"))
    facts = {"workload.product": "exchange-server", "workload.release": "2013", "cluster.service": "mscs", "cluster.validation": "passed"}
    listings = {"nodes": Listing(items, True), "changes": Listing((), True)}
    whole_facts = {field: Known(value) for field, value in facts.items()} | {"workload.topology": Absent()}
    space = Space(
        Ground(packs_on("microsoft", "2025-09-01"), Level.FULL, ("microsoft",)), deployment_of("d", whole_facts, listings), model()
    )
    path = path_to(space, {("nodes.storage_drivers_signed", name): True for name in ("A", "B")})

    asks = "validate-hardware.changes-validated"
    after = [(step.kind, asks in {one.requirement.clause.id for one in step.after.in_the_way}) for step in path.steps]
    assert after[-1] == ("validate", False)
    assert {asked for kind, asked in after if kind == "back"} == {True}
