"""What tests of labs share: a lab on disk, a run of it here or in a process that can be killed, and a look at processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from supportable.labs.lab_file import read_lab
from supportable.labs.performing import perform

HEAD = "lab: sample\nseed: 7\ngoal: {rate: 0.5, alpha: 0.05, beta: 0.05}\n"

NOTE = 'echo "{} $SUPPORTABLE_ENVIRONMENT $SUPPORTABLE_TRIAL" >>log'

# What `supportable reproduce run` will do, with the simplest rule there is for when an environment is decided.
RUNNER = """
import datetime, pathlib, sys
from supportable.errors import SupportableError
from supportable.labs.lab_file import read_lab
from supportable.labs.performing import perform
enough = int(sys.argv[3])
now = lambda: datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
try:
    trials = perform(read_lab(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]),
        lambda name, outcomes: len([one for one in outcomes if one != 'no-outcome']) >= enough,
        lambda one: print(one.step, one.environment, one.number, one.outcome, one.sentence, flush=True), now)
except SupportableError as error:
    print(error, flush=True); sys.exit(1)
except KeyboardInterrupt as error:
    print('interrupted by', *error.args, flush=True); sys.exit(130)
print('all', len(trials))
"""


class Written:
    """A lab on disk: its file, its output folder, and what its commands noted in `log`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.file = folder / "lab.yaml"
        (folder / "d.yaml").write_text("deployment: sample\n")

    def write(self, environments: dict[str, dict[str, str]], more: str = "") -> Path:
        """Write the lab file; every environment gets a role and the sample deployment."""
        text = HEAD + more + "environments:\n"
        for number, (name, keys) in enumerate(environments.items()):
            role = "subject" if number == 0 else "reference" if number == 1 else "other"
            text += f"  {name}:\n    role: {role}\n    deployment: d.yaml\n"
            for key, value in keys.items():
                text += f"    {key}: {value}\n" if value.startswith("{") else f"    {key}: |\n" + textwrap.indent(value, " " * 6) + "\n"
        self.file.write_text(text)
        return self.file

    def start(self, enough: int = 3, **options: object) -> subprocess.Popen[str]:
        """Start a run in its own process."""
        arguments = [sys.executable, "-c", RUNNER, str(self.file), str(self.out), str(enough)]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)

    def run(self, enough: int = 3, **options: object) -> str:
        """Run to the end; return what was printed."""
        process = self.start(enough, **options)
        return process.communicate(timeout=100)[0]

    @property
    def log(self) -> list[str]:
        """The lines that commands appended to `log`."""
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []


def performed(lab, enough=2, progress=None, **changes):
    """Perform a lab in this process until each environment has `enough` trials."""
    return perform(
        read_lab(lab.file)._replace(**changes),
        lab.out,
        lambda _, outcomes: len(outcomes) >= enough,
        (progress if progress is not None else []).append,
        lambda: "2026-01-31T09:00:00Z",
    )


def alive(marker: str) -> list[str]:
    """The processes whose command line holds a marker."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if marker.encode() in line and int(path.parent.name) != os.getpid():
            found.append(path.parent.name)
    return found


def gone(marker: str) -> bool:
    """Whether all such processes are gone, given time to go: killed is not yet reaped."""
    for _ in range(200):
        if not alive(marker):
            return True
        time.sleep(0.05)
    return False
