"""The order of steps for clusters of 2 to 16 nodes, against the plain search that proves how short a path can be.

In: nothing. Out: two tables: made-up cases (`path_cases.py`), and one with the full packs, an Exchange cluster of any number of nodes.
Times are processor time of one call of `path_to`; the plain search stops where it has looked at too many states, and proves nothing then.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import process_time

from path_cases import case, shortest

from supportable import app
from supportable.core.changing import Model, Move, Price, Work
from supportable.core.clauses import Level
from supportable.core.deployment import Item, Listing, deployment_of, values_of
from supportable.core.facts import Known
from supportable.core.path_days import Days
from supportable.core.paths import Path, path_to
from supportable.core.plan_space import Ground, Space

NODES = (2, 4, 8, 16)


def made_up(cases: int, states_max: int) -> None:
    print("| nodes | cases | median ms | slowest ms | steps | proven | equal | most steps above | plain, median ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for nodes in NODES:
        times, plain, above, steps, equal = [], [], [], [], 0
        for seed in range(cases):
            space, choice = case(seed, nodes)
            before = process_time()
            path = path_to(space, choice)
            times.append(process_time() - before)
            steps.append(path.cost.steps)
            before = process_time()
            proof = shortest(space, choice, states_max)
            plain.append(process_time() - before)
            if proof.cost is not None:
                above.append(max(path.cost.below - proof.cost[0], path.cost.steps - proof.cost[2]))
                equal += tuple(path.cost) == proof.cost
        most = max(above) if above else "-"
        numbers = (median(times) * 1e3, max(times) * 1e3)
        print(
            f"| {nodes} | {cases} | {numbers[0]:.0f} | {numbers[1]:.0f} | {median(steps):.0f} | {len(above)} | {equal} | {most} "
            f"| {median(plain) * 1e3:.0f} |"
        )


WHOLE = {
    "workload.product": "exchange-server", "workload.topology": "database-availability-group", "workload.edition": "enterprise",
    "workload.cumulative_update": 14, "workload.release": "2019", "cluster.service": "mscs", "cluster.used_only_by_dag": True,
    "cluster.witness.is_member": False, "cluster.witness.same_forest": True, "cluster.witness.on_dfs": False, "cluster.round_trip_ms": 3,
    "workload.database_copies": 3, "workload.fewest_database_copies": 3, "workload.databases_without_raid": False,
    "workload.copies_on_one_disk_type": True, "replication.mechanism": "continuous-replication",
    "directory.oldest_server_release": "windows-server-2016", "directory.newest_server_release": "windows-server-2022",
    "directory.forest_functional_level": "windows-server-2012-r2",
}  # fmt: skip
OWN = {
    "nodes.os.release": "windows-server-2019", "nodes.os.edition": "datacenter", "nodes.domain_role": "member-server",
    "nodes.domain": "contoso.example", "nodes.workload_release": "2019", "nodes.mounted_databases": 12, "nodes.virtual": False,
    "nodes.dotnet": "4.8", "nodes.windows_management_framework_added": False, "nodes.credential_guard": False,
    "nodes.data_storage": "direct-attached", "nodes.data_compressed": False, "nodes.data_encrypted_by_efs": False,
    "nodes.data_deduplicated": False, "nodes.program_file_system": "ntfs", "nodes.third_party_storage_software": False,
}  # fmt: skip


def exchange(nodes: int, model: Model, ground: Ground) -> tuple[Space, dict]:
    """Return an Exchange 2019 cluster on Windows Server 2019, and the choice Subscription Edition on 2025 with a later .NET and forest."""
    own = {field: Known(value) for field, value in OWN.items()}
    items = tuple(Item(f"ex{number:02}", own, values_of(own)) for number in range(nodes))
    deployment = deployment_of("made up", {field: Known(value) for field, value in WHOLE.items()}, {"nodes": Listing(items, True)})
    choice: dict = {
        ("workload.release", None): "subscription-edition",
        ("workload.cumulative_update", None): 0,
        ("directory.forest_functional_level", None): "windows-server-2016",
    }
    for item in items:
        choice[("nodes.os.release", item.name)] = "windows-server-2025"
        choice[("nodes.dotnet", item.name)] = "4.8.1"
        choice[("nodes.os.edition", item.name)] = "standard"
        choice[("nodes.workload_release", item.name)] = "subscription-edition"
    return Space(ground, deployment, model), choice


def full_packs(as_of: str) -> None:
    whole = app.load_packs()
    ground = Ground(app.prepare(whole, as_of=as_of, known=as_of), Level.LIMITED, ("microsoft",))
    work = {"look": Work("look", "", Price(1)), "whole": Work("whole", "", Price(1)), "out": Work("out", "", Price(1), takes_node_out=True)}
    moves = [Move("workload.release", "whole", True, resets=("workload.cumulative_update", "nodes.workload_release"))]
    moves += [Move("directory.forest_functional_level", "whole", True), Move("nodes.os.release", "out", True)]
    moves += [Move("nodes.dotnet", "out", True), Move("nodes.os.edition", "out")]
    model = Model(work, {move.field: move for move in moves}, {}, Price(1, 1, 1, 1))
    print(f"\n| nodes | ms | with deadlines, ms | steps | below the level | stages | deployments told apart (full packs, {as_of}) |")
    print("|---|---|---|---|---|---|---|")
    for nodes in NODES:
        space, choice = exchange(nodes, model, ground)
        path_to(space, choice)
        found: list[tuple[float, Path]] = []
        for days in (None, Days(ground, whole, as_of, as_of)):
            before = process_time()
            path = path_to(space, choice, days=days)
            found.append((process_time() - before, path))
        (plain, path), (dated, _) = found
        apart = len({id(step.after.standings) for step in path.steps})
        print(f"| {nodes} | {plain * 1e3:.0f} | {dated * 1e3:.0f} | {path.cost.steps} | {path.cost.below} | {len(path.stages)} | {apart} |")


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--cases", type=int, default=40)
    asked.add_argument("--states", type=int, default=20_000)
    given = asked.parse_args()
    made_up(given.cases, given.states)
    full_packs("2025-10-01")
