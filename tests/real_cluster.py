"""The real three-node cluster of `shared/lab`: why it cannot be started here, and the lock that lets one run use it at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TOOLS = (
    "pacemakerd",
    "corosync",
    "crm_mon",
    "crm_resource",
    "crm_standby",
    "crm_attribute",
    "cibadmin",
    "ip",
    "nsenter",
    "unshare",
    "pgrep",
)
SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def missing() -> str:
    """Why no cluster can be started here, `""` when one can."""
    if os.geteuid() != 0:
        return "starting cluster nodes needs root"
    absent = [tool for tool in TOOLS if shutil.which(tool, path=f"{os.environ['PATH']}:{SYSTEM}") is None]
    if absent:
        return f"`{', '.join(absent)}` of the packages pacemaker, corosync, pacemaker-cli-utils, iproute2 cannot be found"
    made = subprocess.run(["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "true"], capture_output=True, text=True)
    return "" if made.returncode == 0 else f"this machine makes no namespaces: {made.stderr.strip()}"


def cluster_script(shared: Path) -> Path:
    """The script that starts the cluster; skips where there is none, and fails in CI where it cannot run."""
    script = shared / "lab" / "three-node-cluster"
    if not script.is_file():
        pytest.skip("the script that starts a cluster is not in `shared`")
    why = missing()
    if why and os.environ.get("CI") == "true":
        pytest.fail(f"CI is to show the real cluster, but {why}")
    if why:
        pytest.skip(why)
    return script


@contextmanager
def alone() -> Iterator[None]:
    """The cluster uses fixed addresses and folders: one run of it at a time on this machine."""
    with (Path(tempfile.gettempdir()) / f"supportable-lab-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
