"""Commands over SSH, through a real OpenSSH server on this machine's loopback."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from lab_runs import NOTE, gone, performed
from supportable.core.trials import APPEARED


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A real sshd with keys of its own. `ssh` on the path is the real client, told where that server and its keys are."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    server, client = shutil.which("sshd", path=path), shutil.which("ssh")
    if server is None or client is None:
        why = "OpenSSH's `sshd` and `ssh` (packages openssh-server, openssh-client) cannot be found"
        (pytest.fail if os.environ.get("CI") == "true" and os.geteuid() == 0 else pytest.skip)(why)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    home = tmp_path / "ssh"
    home.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {home}/host\nAuthorizedKeysFile {home}/user.pub\nStrictModes no\n"
        f"PidFile none\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
    )
    (home / "known").write_text(f"[127.0.0.1]:{port} {(home / 'host.pub').read_text()}")
    (home / "config").write_text(
        f"Host box\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n  IdentityFile {home}/user\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {home}/known\n"
    )
    (home / "bin").mkdir()
    (home / "bin" / "ssh").write_text(f'#!/bin/sh\nexec {client} -F {home}/config "$@"\n')
    (home / "bin" / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}/bin:{os.environ['PATH']}")
    with (home / "log").open("w") as log:
        process = subprocess.Popen([server, "-D", "-e", "-f", home / "sshd_config"], stderr=log)
        for _ in range(200):
            if subprocess.run(["ssh", "-o", "BatchMode=yes", "box", "true"], capture_output=True).returncode == 0:
                break
            time.sleep(0.05)
        else:
            process.kill()
            pytest.fail(f"the SSH server lets nobody in: {(home / 'log').read_text()}")
        yield "box"
        process.terminate()
        process.wait()


def over_ssh(host, lab, **steps: str) -> dict[str, dict[str, str]]:
    return {"a": {"host": host, "folder": str(lab.folder), **steps}}


def test_a_trial_is_performed_on_the_host(host, lab):
    """Quotes, variables, exit codes and outputs come through unchanged; the command runs in `folder` and gets no input."""
    lab.write(
        over_ssh(
            host,
            lab,
            variables='{TEXT: "it\'s $HOME; a \\"b\\""}',
            trigger='cat; printf \'%s|\' "$TEXT" \'a  b\' "$PWD" "${SSH_CONNECTION:+over ssh}"',
            probe="echo no >&2; exit 1",
        )
    )
    (trial,) = performed(lab, enough=1)

    assert trial.outcome == APPEARED
    assert (lab.out / "trials/0001-a/trigger.stdout.txt").read_text() == f'it\'s $HOME; a "b"|a  b|{lab.folder}|over ssh|'
    assert (lab.out / "trials/0001-a/probe.stderr.txt").read_text() == "no\n"


def test_a_time_limit_reaches_the_host(host, lab):
    """What the command started there is gone, not only the connection."""
    marker = f"7{os.getpid()}.25"
    steps = over_ssh(host, lab, trigger=f"sleep {marker} & sleep {marker}; true", probe="exit 1", tear_down=NOTE.format("down"))
    lab.write(steps, "time_limits_s: {trigger: 2}\n")
    (trial,) = performed(lab, enough=1)

    assert trial.reason == "`trigger` reached its time limit of 2 s"
    assert gone(marker)
    assert lab.log == ["down a 1"]


def test_a_killed_run_leaves_no_command_on_the_host(host, lab):
    """`kill -9` of the run ends the command there; run again, the lab tears down and goes on."""
    marker = f"8{os.getpid()}.25"
    slow = f"if [ ! -e once ]; then touch once; sleep {marker}; fi"
    lab.write(over_ssh(host, lab, trigger=slow, probe="exit 1", tear_down=NOTE.format("down")))
    process = lab.start()
    while not (lab.folder / "once").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)

    assert gone(marker)
    assert "all 3" in lab.run()
    assert lab.log == ["down a 1", "down a 1", "down a 2", "down a 3"]


def test_a_host_that_cannot_be_reached_and_a_folder_that_is_not_there_are_no_outcome(host, lab):
    """Neither says anything about the issue; the reason says which it was, and what `ssh` said is kept."""
    lab.write({"a": {"host": "nobody@127.0.0.1", "trigger": "true", "probe": "exit 0"}})
    (trial,) = performed(lab, enough=1)
    assert trial.reason == "`trigger` could not be reached: `ssh nobody@127.0.0.1` ended with exit code 255"
    assert (lab.out / "trials/0001-a/trigger.stderr.txt").read_text()

    lab.out = lab.folder / "other"
    lab.write({"a": {"host": host, "folder": "/no/such", "trigger": "true", "probe": "exit 0"}})
    (trial,) = performed(lab, enough=1)
    assert trial.reason == "`trigger` ended with exit code 125"


def test_no_ssh_at_all_is_no_outcome(lab, monkeypatch, tmp_path):
    """Without an `ssh` program the trial has no outcome and says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    lab.write({"a": {"host": "box", "trigger": "true", "probe": "exit 0"}})
    (trial,) = performed(lab, enough=1)

    assert trial.reason == "`trigger` could not be started: No such file or directory"
