"""Cases through the real command: the same on both stores, whole or not at all, and one clear sentence when the place fails."""

from __future__ import annotations

import json
import os
import resource
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

STORIES = Path(__file__).parent / "scenarios" / "cases"
OPEN = ("case", "open", STORIES / "mail.yaml", "--issue", "Mail stops", "--related", "yes", "--document", "KB810986")


@pytest.fixture
def place(tmp_path) -> Path:
    """Where the cases of a test are kept."""
    return tmp_path / "cases.sqlite"


@pytest.fixture
def case(command, place):
    """Run a `case` command on the store of the test."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return command(*arguments, SUPPORTABLE_STORE=str(place), TZ="UTC", **environment)

    return run


def told_well(done: subprocess.CompletedProcess[str], words: str) -> None:
    """One sentence and a hint, no traceback, and nothing on standard output."""
    assert done.returncode in (1, 2), done
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) <= 3


def test_a_case_is_the_same_on_postgresql(command, server, tmp_path):
    """Every answer of a whole case on a PostgreSQL server is that of the reviewed story, which is told on SQLite."""
    where = server.new_database()
    story = (STORIES / "removal-asked-for-too-early.txt").read_text()
    steps = [line.removeprefix("$ supportable ") for line in story.splitlines() if line.startswith("$ supportable ")]

    for step in steps:
        done = command(*shlex.split(step), cwd=STORIES, SUPPORTABLE_STORE=where, TZ="UTC", COLUMNS="100")
        assert (done.stdout + done.stderr).strip() in story, step
    assert command("case", "verify", "contoso-mail-1", SUPPORTABLE_STORE=where).returncode == 0


def test_a_case_moves_between_stores_and_is_still_the_same(command, case, server, tmp_path):
    """Exported from SQLite and imported into PostgreSQL, a case gives the same answers, and its receipt holds."""
    case(*OPEN)
    case("case", "act", "contoso-mail-1", "support-provider", "request-removal")
    file = tmp_path / "case.jsonl"
    assert case("case", "export", "contoso-mail-1", "-o", file).returncode == 0
    where = server.new_database()

    done = command("case", "import", file, "--store", where)

    assert done.returncode == 0, done.stderr
    receipt = case("case", "verify", "contoso-mail-1").stdout.split()[-1]
    assert command("case", "verify", "contoso-mail-1", "--store", where, "--receipt", receipt).returncode == 0
    answers = [
        run("case", "next", "contoso-mail-1", "--format", "json").stdout for run in (case, lambda *a: command(*a, SUPPORTABLE_STORE=where))
    ]
    assert answers[0] == answers[1]


def test_the_verdict_comes_out_as_it_was_when_the_policy_has_changed(command, tmp_path):
    """A case is run by the policy it was opened under, which is kept with it: the pack may be gone or say something else."""
    pack = tmp_path / "agreement"
    (pack / "clauses").mkdir(parents=True)
    (pack / "pack.yaml").write_text(
        "pack: agreement\nissuer: example\nsubject: a sample\nrevision: '1'\n"
        "tiers:\n  - {id: good, label: good, level: full, why: sample}\n  - {id: bad, label: bad, level: unsupported, why: sample}\n"
        "documents:\n  - {id: D1, title: t, address: a, revision: '1', published: '2009-01-01', retrieved: '2009-01-01',\n"
        "     confidence: full, note: n}\n"
    )
    clause = (
        "document: D1\nclauses:\n"
        "  - {id: d1.veritas, kind: requirement, says: s, section: '1', words: w, applies: always,\n"
        "     requires: {cluster.service: SERVICE}, caps: bad, why: sample}\n"
        "  - {id: d1.help, kind: duty, says: helps, section: '1', words: w, applies: always, party: support-provider, modality: must,\n"
        "     act: help-troubleshoot, when: [case-open]}\n"
    )
    (pack / "clauses" / "d1.yaml").write_text(clause.replace("SERVICE", "veritas-cluster-server"))
    store = {"SUPPORTABLE_STORE": str(tmp_path / "c.sqlite")}
    opened = command("case", "open", STORIES / "mail.yaml", "--issue", "x", "--pack", pack, "--document", "D1", **store)
    assert "example: FULL" in opened.stdout, opened.stderr

    (pack / "clauses" / "d1.yaml").write_text(clause.replace("SERVICE", "mscs"))

    assert "example: FULL" in command("case", "next", "contoso-mail-1", **store).stdout
    assert command("case", "verify", "contoso-mail-1", **store).returncode == 0


def test_of_two_commands_at_once_none_is_lost(command, case, place):
    """Commands that run at the same time are each recorded or each told to look again; what was acknowledged is in the log."""
    case(*OPEN)
    environment = {**os.environ, "SUPPORTABLE_STORE": str(place), "TZ": "UTC"}
    line = [sys.executable, "-m", "supportable", "case", "record", "contoso-mail-1", "note"]
    running = [
        subprocess.Popen([*line, f"note {number}"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for number in range(6)
    ]
    ended = [(one.communicate(), one.returncode) for one in running]

    events = json.loads(case("case", "show", "contoso-mail-1", "--format", "json").stdout)["events"]
    kept = [event["body"]["text"] for event in events if event["kind"] == "recorded"]
    acknowledged = [f"note {number}" for number, (_, code) in enumerate(ended) if code == 0]
    assert sorted(kept) == acknowledged and acknowledged
    for (_, errors), code in ended:
        assert code == 0 or ("first" in errors and "Traceback" not in errors), errors
    assert case("case", "verify", "contoso-mail-1").returncode == 0


def test_a_change_behind_our_back_is_found(case, place):
    """Somebody who rewrites an event in the database file is found by `verify`, which names the event."""
    case(*OPEN)
    case("case", "record", "contoso-mail-1", "effort", "restart", "--outcome", "not-resolved")
    database = sqlite3.connect(place)
    triggers = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for trigger in triggers:
        database.execute(f"DROP TRIGGER {trigger}")
    changed = 0
    for table in tables:
        for column in [row[1] for row in database.execute(f"PRAGMA table_info({table})")]:
            where = f'UPDATE {table} SET "{column}" = replace("{column}", ?, ?) WHERE typeof("{column}") = ?'
            changed += database.execute(where, ("not-resolved", "resolved", "text")).rowcount
    database.commit()
    database.close()

    done = case("case", "verify", "contoso-mail-1")

    assert changed
    assert done.returncode == 1
    assert "event 2" in done.stdout


def _torn(place: Path) -> None:
    place.write_bytes(place.read_bytes()[:5000] + b"\0" * 3000 + place.read_bytes()[8000:20000])


BROKEN = {
    "torn": (_torn, ""),
    "not a database": (lambda place: place.write_text("hello, this is no database at all" * 100), ""),
    "a folder": (lambda place: (place.unlink(), place.mkdir()), ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_store_that_cannot_be_used_is_told_in_a_sentence(name, case, place):
    """A damaged file, a file that is no database, a folder: one sentence, no traceback, exit code 1."""
    case(*OPEN)
    BROKEN[name][0](place)

    for arguments in (("case", "next", "contoso-mail-1"), OPEN):
        told_well(case(*arguments), "cases.sqlite")


def test_a_locked_store_is_told_in_a_sentence(case, place):
    """While another program holds the database, a command waits a little and then says so; afterwards it works."""
    case(*OPEN)
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    told_well(case("case", "record", "contoso-mail-1", "note", "x"), "cases.sqlite")

    holder.execute("ROLLBACK")
    holder.close()
    assert case("case", "record", "contoso-mail-1", "note", "x").returncode == 0


def test_a_full_disk_loses_nothing(case, place, tmp_path):
    """When the file cannot grow, the command says so in a sentence, and everything recorded before is still there."""
    case(*OPEN)
    size = place.stat().st_size
    environment = {**os.environ, "SUPPORTABLE_STORE": str(place), "TZ": "UTC"}
    line = [sys.executable, "-m", "supportable", "case", "record", "contoso-mail-1", "note", "x" * 60_000]

    done = subprocess.run(
        line, env=environment, capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    )

    told_well(done, "cases.sqlite")
    assert case("case", "verify", "contoso-mail-1").stdout.startswith("contoso-mail-1: 1 event")


def test_a_server_that_is_gone_is_told_in_a_sentence(command):
    """A PostgreSQL server that does not answer, and a password in its address, which is never repeated."""
    done = command("case", "list", "--store", "postgresql://eva:hunter2@127.0.0.1:1/base")

    told_well(done, "postgresql://")
    assert "hunter2" not in done.stderr


def test_json_and_text_say_the_same(case):
    """Every clause that the text of `next` and `conduct` names stands in the JSON, and the other way round."""
    case(*OPEN)
    case("case", "act", "contoso-mail-1", "support-provider", "refuse-help")
    for word in ("next", "conduct"):
        page, document = (case("case", word, "contoso-mail-1", "--format", form).stdout for form in ("text", "json"))
        json.loads(document)
        words = {one for one in document.replace('"', " ").replace(",", " ").split() if one.startswith("kb810986.")}
        assert words and all(one in page for one in words), word


def test_no_case_command_starts_slowly_for_others(command):
    """`check` loads nothing of cases, labs or stores of cases."""
    program = (
        "import sys; from supportable.cli import main; main(['check', sys.argv[1], '--exit-zero']); "
        "print('\\nLOADED', *sorted(name for name in sys.modules if name.startswith('supportable')))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(STORIES / "mail.yaml")], capture_output=True, text=True)
    loaded = done.stdout.split("LOADED")[1]

    assert not [one for one in ("case", "labs", "ledger", "rehearsal", "reproduc", "events") if f".{one}" in loaded]
