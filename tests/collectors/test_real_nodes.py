"""Collecting on the nodes of a real three-node cluster, while fencing is switched, a node is cut off, and a node dies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from real_cluster import SYSTEM, alone, cluster_script
from supportable.app import read_evidence
from supportable.core.facts import Known, Unknown
from supportable.gathering import Reading

COMMAND = Path(sys.executable).parent / "supportable"


class Cluster:
    """The cluster: commands on its nodes, its links, and bundles from all of it."""

    def __init__(self, script: Path, folder: Path) -> None:
        self.script, self.folder = script, folder
        self.environment = {
            **os.environ,
            "PATH": f"{os.environ['PATH']}:{SYSTEM}",
            "SUPPORTABLE_LAB": str(folder / "state"),
        }

    def run(self, *arguments: object, check: bool = True) -> str:
        done = subprocess.run(
            [self.script, *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == 0 or not check, (arguments, done.stdout, done.stderr)
        return done.stdout

    def wait(self, node: int, wanted: str) -> None:
        """Wait until `crm_mon` on a node shows a text."""
        for _ in range(120):
            if re.search(wanted, self.run("on", node, "crm_mon", "-1", check=False)):
                return
            time.sleep(0.25)
        pytest.fail(f"node {node} never showed {wanted}: {self.run('on', node, 'crm_mon', '-1', check=False)}")

    def fence(self, enabled: bool) -> None:
        self.run("on", 1, "crm_attribute", "--name", "stonith-enabled", "--update", str(enabled).lower())

    def link(self, node: int, state: str) -> None:
        subprocess.run(["ip", "link", "set", f"labv{node}", state], env=self.environment, check=True, timeout=10)

    def collect(self, name: str, *nodes: int) -> list[Path]:
        """Collect on these nodes at once; return their bundles."""
        places = [self.folder / f"{name}-{node}.tar.gz" for node in nodes]
        running = [
            subprocess.Popen(
                [self.script, "on", str(node), COMMAND, "collect", "-o", place], env=self.environment, stdout=subprocess.PIPE, text=True
            )
            for node, place in zip(nodes, places, strict=True)
        ]
        for one in running:
            told, _ = one.communicate(timeout=60)
            assert one.returncode in (0, 10), told
        return places


@pytest.fixture(scope="module")
def cluster(shared, tmp_path_factory):
    """One start of the cluster for every test here; without virtualised `/tmp`, its nodes write where the test can read."""
    script = cluster_script(shared)
    with alone():
        started = Cluster(script, tmp_path_factory.mktemp("cluster"))
        try:
            started.run("up")
            yield started
        finally:
            started.run("down", check=False)


def value(reading: Reading, field: str) -> object:
    fact = reading.deployment.fact(field)
    return fact.value if isinstance(fact, Known) else fact


def test_the_facts_change_as_the_cluster_does(cluster):
    """Fencing on and off, a cut link and a dead node are what the bundles say, each node from its own side, all of it one deployment."""
    cluster.fence(True)
    on = read_evidence(cluster.collect("on", 1, 2, 3))
    cluster.fence(False)
    off = read_evidence(cluster.collect("off", 1, 2, 3))

    for reading, enabled in ((on, True), (off, False)):
        assert value(reading, "cluster.fencing_enabled") is enabled
        assert value(reading, "cluster.have_quorum") is True
        assert value(reading, "cluster.service") == "pacemaker"
        nodes = reading.deployment.listing("nodes")
        assert nodes.complete and {one.name for one in nodes.items} == {"node1", "node2", "node3"}
        assert reading.deployment.unattributed == ()
        assert all(isinstance(one.fact("nodes.cluster_stack_version"), Known) for one in nodes.items)
        disagree = [name for name, fact in reading.deployment.facts.items() if isinstance(fact, Unknown)]
        assert disagree == []

    cluster.link(3, "down")
    cluster.wait(1, r"OFFLINE: \[ node3 \]|node3: (?:OFFLINE|UNCLEAN)")
    cluster.wait(3, "partition WITHOUT quorum")
    cut = cluster.collect("cut", 1, 2, 3)
    sides = [value(read_evidence([one]), "cluster.have_quorum") for one in cut]
    together = read_evidence(cut).deployment.fact("cluster.have_quorum")
    assert sides == [True, True, False]
    assert isinstance(together, Unknown) and "cut-1.tar.gz" in together.reason and "cut-3.tar.gz" in together.reason

    cluster.link(3, "up")
    cluster.wait(1, r"Online: \[ node1 node2 node3 \]")
    before = states(cluster.collect("whole", 1)[0])
    cluster.run("on", 3, "pkill", "-KILL", "corosync", check=False)
    cluster.wait(1, r"OFFLINE: \[ node3 \]|node3: (?:OFFLINE|UNCLEAN)")
    down = cluster.collect("down", 1, 2)
    reading = read_evidence(down)
    assert before == {"node1": "true", "node2": "true", "node3": "true"}
    assert states(down[0]) == states(down[1]) == {"node1": "true", "node2": "true", "node3": "false"}
    assert value(reading, "cluster.have_quorum") is True
    nodes = reading.deployment.listing("nodes")
    seen = {one.name: isinstance(one.fact("nodes.cluster_stack_version"), Known) for one in nodes.items}
    assert nodes.complete and seen == {"node1": True, "node2": True, "node3": False}


def states(bundle: Path) -> dict[str, str]:
    """Which nodes the bundle's `crm_mon` shows online."""
    from supportable.stores.bundles import Member, open_bundle

    data = next(one.data for one in open_bundle(bundle) if isinstance(one, Member) and one.name.endswith("crm_mon.xml")).decode()
    return dict(re.findall(r'<node name="(\w+)" id="\d+" online="(\w+)"', data))


def test_collecting_on_a_node_writes_nothing_but_the_bundle(cluster):
    """Every file that the command and all its children open for writing, make, rename or remove is the bundle, a null device, or a queue
    between a query and the daemon that answers it."""
    if shutil.which("strace") is None:
        pytest.fail("`strace` is not installed") if os.environ.get("CI") == "true" else pytest.skip("`strace` is not installed")
    trace, place = cluster.folder / "trace", cluster.folder / "traced.tar.gz"
    calls = (
        "trace=open,openat,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,"
        "chmod,fchmodat,chown,fchownat,truncate,mknod,mknodat,utimensat"
    )
    strace = ["strace", "-f", "-qq", "-o", str(trace), "-e", calls]
    cluster.run("on", 1, "env", "PYTHONDONTWRITEBYTECODE=1", *strace, COMMAND, "collect", "-o", place, check=False)

    writes = []
    for line in trace.read_text(errors="replace").splitlines():
        told = re.search(r"(\w+)\((?:AT_FDCWD, )?\"([^\"]*)\"(.*)", line)
        if told is None or "ENOENT" in line:
            continue
        call, path, rest = told.groups()
        if call in ("open", "openat") and not re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND", rest):
            continue
        writes.append(path)

    ours = [path for path in writes if path.startswith(str(cluster.folder))]
    assert place.is_file() and ours
    assert {path for path in writes if path not in ours and not re.match(r"/dev/(null|tty)$|/dev/shm/qb-", path)} == set()
