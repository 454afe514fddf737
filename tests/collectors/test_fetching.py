"""Asking a machine: what answers, what does not, what hangs, and that a table only asks."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from supportable.collectors.fetching import Fetched, around, fetch
from supportable.collectors.linux import ITEMS, Copy, Item, Run
from supportable.core.fields import FIELDS

# Every command line of the table, with the manual that says that it only asks.
REVIEWED = {
    "cibadmin --query": "cibadmin(8), --query",
    "crm_mon --output-as=xml -1": "crm_mon(8), --one-shot",
    "crm_mon --as-xml": "crm_mon(8) of Pacemaker 1.1, --as-xml",
    "crm_node --name": "crm_node(8), --name",
    "stonith_admin --list-registered --output-as=xml": "stonith_admin(8), queries",
    "stonith_admin --list-registered": "stonith_admin(8), queries",
    "stonith_admin --history '*' --verbose --output-as=xml": "stonith_admin(8), queries; without --cleanup and --broadcast",
    "stonith_admin --history '*' --verbose": "as above",
    "pcs status": "pcs(8)",
    "pcs config": "pcs(8), config [show]",
    "corosync-quorumtool -s": "corosync-quorumtool(8), -s; without -e, -v and -f",
    "corosync-cmapctl": "corosync-cmapctl(8): without options it lists keys; -s, -d and -p change",
    "corosync-cfgtool -s": "corosync-cfgtool(8), -s",
    "hastatus -sum": "Cluster Server Administrator's Guide, querying status",
    "cmviewcl -v -f line": "Managing Serviceguard, reviewing cluster and package status",
    "lcdstatus -e": "SIOS, short status display",
    "systemctl show --property=Id,LoadState,ActiveState,UnitFileState pacemaker pacemaker_remote corosync corosync-qdevice sbd pcsd dlm "
    "cman rgmanager": "systemctl(1), show",
    "uname -a": "uname(1)",
    "systemd-detect-virt": "systemd-detect-virt(1)",
    "virt-what": "virt-what(1)",
    "dpkg-query --show '--showformat=${db:Status-Abbrev} ${Package} ${Version} ${Architecture}\\n'": "dpkg-query(1), --show",
    "rpm -qa": "rpm(8), query",
}
SECRET_FILES = ("authkey", "shadow", "id_rsa", "/etc/pki", "/var/lib/pcsd", "keytab", "/etc/pacemaker")


def asked(items: list[Item], root: Path = Path("/"), limit_s: float | None = None, path: str = "") -> list[Fetched]:
    """What these items bring here."""
    where = around({"PATH": path or os.environ["PATH"]}, limit_s, root)
    return list(fetch(items, where, lambda: False, lambda _: None))


def item(*ways: Run | Copy, limit_s: int = 20) -> Item:
    return Item("a test", (), ways, limit_s)


def sh(script: str, file: str = "a.txt", answers: tuple[int, ...] = (0,)) -> Run:
    return Run(file, ("sh", "-c", script), answers)


def test_the_table_only_asks():
    """Every command is one that was reviewed, no file is one that holds keys, every field is in the catalogue, every name is used once."""
    ways = [way for one in ITEMS for way in one.ways]
    files = [way.path for way in ways if isinstance(way, Copy)]

    assert {way.how for way in ways if isinstance(way, Run)} == set(REVIEWED)
    assert not [path for path in files for secret in SECRET_FILES if secret in path]
    assert all(re.fullmatch(r"(/[\w.*-]+)+", path) for path in files)
    assert not [field for one in ITEMS for field in one.serves if field not in FIELDS]
    assert all(one.why and one.ways and 0 < one.limit_s <= 60 for one in ITEMS)
    names = [sorted({way.name for way in one.ways}) for one in ITEMS]
    assert len({name for group in names for name in group}) == sum(len(group) for group in names)


def test_the_first_way_that_answers_is_taken():
    """A command that is missing, fails or writes nothing gives way to the next; one that answered is not asked again."""
    (found,) = asked([item(Run("a.txt", ("no-such-command",)), sh("echo no >&2; exit 3"), sh(""), sh("echo yes"), sh("echo never"))])

    assert found.data == b"yes\n" and found.entry.outcome == "collected" and found.entry.name == "commands/a.txt"
    assert found.entry.exit_code == 0 and found.entry.size == 4


def test_what_does_not_answer_says_why():
    """Missing, failed with its first words (without their secrets), forbidden, silent and too long: each by its own name."""
    entries = [
        one.entry
        for one in asked(
            [
                item(Run("a.txt", ("no-such-command",)), Copy("/no/such/file")),
                item(sh("echo 'login failed, password=geheim' >&2; echo partial; exit 7")),
                item(sh("echo 'Permission denied' >&2; exit 4")),
                item(sh("true")),
                item(sh("head -c 17000000 /dev/zero")),
                item(Copy("/dev")),
                item(sh("kill -9 $$")),
            ]
        )
    ]

    assert [one.outcome for one in entries] == ["not-here", "failed", "not-permitted", "failed", "too-large", "failed", "failed"]
    assert entries[0].how == "`no-such-command` or /no/such/file"
    assert "ended with exit code 7: login failed, password=[secret]" in entries[1].reason
    assert all(one.reason for one in entries)


def test_an_answer_with_another_exit_code_is_an_answer_where_the_table_says_so():
    """`systemd-detect-virt` writes `none` and ends with 1; another code is still a failure."""
    kept, lost = asked([item(sh("echo none; exit 1", answers=(0, 1))), item(sh("echo none; exit 2", "b.txt", (0, 1)))])

    assert (kept.data, kept.entry.exit_code, lost.data) == (b"none\n", 1, None)


def test_what_hangs_is_ended_with_its_children_and_the_rest_goes_on(tmp_path):
    """At its limit the whole group is killed, the other form of the same question is not asked, and the next item is."""
    mark = tmp_path / "pids"
    hanging = sh(f"sleep 300 & echo $! > {mark}; sleep 300")
    started = time.monotonic()
    found = asked([item(hanging, sh("echo other form")), item(sh("echo next", "b.txt"))], limit_s=1)

    assert [one.entry.outcome for one in found] == ["timed-out", "collected"]
    assert "reached its time limit of 1 s" in found[0].entry.reason
    assert time.monotonic() - started < 60
    child = int(mark.read_text())
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "\nState:\tZ" in Path(f"/proc/{child}/status").read_text():
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child of the command that hung is still there")


def test_a_file_stands_in_for_a_command_that_failed_and_both_are_told(tmp_path):
    """The copy on disk is taken, and the manifest says instead of what."""
    (tmp_path / "cib.xml").write_text("<cib/>")
    found = asked([item(Run("cib.xml", ("sh", "-c", "exit 102")), Copy("/cib.xml"))], root=tmp_path)

    assert [(one.entry.name, one.entry.outcome) for one in found] == [("files/cib.xml", "collected"), ("commands/cib.xml", "failed")]
    assert found[1].entry.reason.endswith("ended with exit code 102; `/cib.xml` was taken instead")


def test_a_pattern_takes_each_file_and_a_pipe_never_blocks(tmp_path):
    """One entry a file, in order, never waiting for somebody to write."""
    (tmp_path / "bonding").mkdir()
    for name in ("bond1", "bond0"):
        (tmp_path / "bonding" / name).write_text(f"{name}: mode\n")
    os.mkfifo(tmp_path / "bonding" / "pipe")
    found = asked([item(Copy("/bonding/*")), item(Copy("/none/*"))], root=tmp_path)

    assert [(one.entry.name, one.entry.outcome) for one in found] == [
        ("files/bonding/bond0", "collected"),
        ("files/bonding/bond1", "collected"),
        ("files/bonding/pipe", "failed"),
        ("files/none/*", "not-here"),
    ]


def test_commands_run_in_a_plain_environment(monkeypatch):
    """Neither the user's language nor the user's settings change an answer, and nothing can be typed."""
    where = around({"PATH": os.environ["PATH"], "LANG": "de_DE.UTF-8", "CIB_file": "/tmp/other.xml", "HOME": "/home/ann"})
    (found,) = fetch([item(sh("env; cat"))], where, lambda: False, lambda _: None)
    names = {line.partition("=")[0] for line in (found.data or b"").decode().splitlines()}

    assert {"PATH", "LC_ALL", "COLUMNS"} <= names and not names & {"LANG", "CIB_file"}
