"""What a file must stand: permissions, damage, full disks, and other things than stores."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from case_logs import AT, execute, log_of
from supportable.core.events import append
from supportable.errors import StoreError, UsageError
from supportable.stores.case_places import open_store
from supportable.stores.cases import verify_case

NOBODY = 65534


@contextmanager
def as_somebody_without_rights() -> Iterator[None]:
    """Root may write everything, so root's tests become `nobody` for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that `nobody` can reach, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="supportable-cases-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


def filled(path: Path, count: int = 3) -> bytes:
    store = open_store(str(path))
    store.append(log_of("c", count), {"title": "c"})
    store.close()
    return path.read_bytes()


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
def test_the_first_write_makes_file_and_folders_for_their_owner_alone(tmp_path, umask):
    """Whatever the umask: nobody else reads cases, nor the names of cases."""
    path = tmp_path / "a" / "b" / "cases.sqlite"
    before = os.umask(umask)
    try:
        filled(path)
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent)} == {0o700}


def test_a_store_is_one_file(tmp_path, opened):
    """Every acknowledged event is in the one file while the store is still open: a copy of it is whole."""
    store = opened(str(tmp_path / "cases.sqlite"))
    for number in range(1, 6):
        store.append(log_of("c", number)[-1:])
        shutil.copy(tmp_path / "cases.sqlite", tmp_path / "copy.sqlite")
        copy = open_store(str(tmp_path / "copy.sqlite"))
        assert len(copy.events("c")) == number
        copy.close()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["cases.sqlite", "copy.sqlite"]


def test_what_is_no_store_is_refused_and_left_alone(tmp_path, opened):
    """A text, another program's database and a folder are told apart, and stay as they are."""
    text, other = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("not a database, but long enough to have a header of a hundred bytes if it were one, which it is not" * 9)
    execute(str(other), "CREATE TABLE events (x)")
    before = text.read_bytes(), other.read_bytes()

    with pytest.raises(StoreError, match=r"notes.txt: is not a store of cases\nhint: name another file"):
        opened(str(text))
    with pytest.raises(StoreError, match=r"other.sqlite: is a database of another program"):
        opened(str(other))
    with pytest.raises(StoreError, match=r": is a directory, not a store of cases\nhint: name a file, such as `.*cases.sqlite`"):
        opened(str(tmp_path))
    with pytest.raises(StoreError, match="cannot be opened: not a directory"):
        opened(str(text / "cases.sqlite"))
    assert (text.read_bytes(), other.read_bytes()) == before


@pytest.mark.parametrize("where", ["mysql://host/x", "sqlite:///x", "", "~nobody-of-that-name/x"])
def test_a_place_of_no_known_kind_is_refused(where):
    """What cannot name a store is wrong use, with a hint."""
    with pytest.raises(UsageError, match="\nhint: "):
        open_store(where)


def test_an_empty_file_is_an_empty_store(tmp_path, opened):
    """What `touch`, or a kill between making and filling the file, leaves behind is a store without cases."""
    path = tmp_path / "cases.sqlite"
    path.touch()
    store = opened(str(path))

    assert store.cases() == ()
    store.append(log_of("c", 1))
    assert verify_case(store, "c") == []


def test_a_truncated_file_is_told_at_every_length(tmp_path, opened):
    """A file that lost its end is refused when it is opened, and is not made worse."""
    path = tmp_path / "cases.sqlite"
    whole = filled(path, 200)
    page = 4096
    for length in [*range(2, 100, 7), *range(100, page, 499), *range(page, len(whole), page), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(StoreError) as caught:
            opened(str(path)).append(log_of("d", 1))
        assert "cases.sqlite: is " in str(caught.value)
        assert "\nhint: " in str(caught.value)
        assert path.read_bytes() == whole[:length]


def test_overwritten_bytes_never_pass_for_a_case(tmp_path):
    """Whatever is written over a page, the case comes out as it was, or somebody is told; never another exception."""
    path = tmp_path / "cases.sqlite"
    whole = filled(path, 100)
    log = log_of("c", 100)
    random, told = Random(7), 0
    for _ in range(150):
        start = random.randrange(len(whole))
        length = random.choice([1, 8, 512, 4096])
        torn = bytearray(whole)
        torn[start : start + length] = random.choice([bytes(length), random.randbytes(length)])
        path.write_bytes(torn[: len(whole)])
        store = None
        try:
            store = open_store(str(path))
            problems = verify_case(store, "c")
            assert problems or store.events("c") == log
            told += bool(problems)
        except StoreError as error:
            told += 1
            assert str(path) in str(error)
        finally:
            if store is not None:
                store.close()

    assert told > 50


def test_a_file_that_can_only_be_read_can_be_read(open_folder):
    """Without the right to write, a case can be looked at, and an append says what is missing."""
    path = open_folder / "cases.sqlite"
    filled(path)
    path.chmod(0o444)
    open_folder.chmod(0o555)
    with as_somebody_without_rights():
        store = open_store(str(path))
        assert verify_case(store, "c") == []
        with pytest.raises(StoreError, match=r"can only be read\nhint: nothing of this was kept"):
            store.append(log_of("d", 1))
        assert [row.case for row in store.cases()] == ["c"]
        store.close()


def test_a_file_that_cannot_be_read_is_told(open_folder):
    """Without the right to read, or to enter or write the folder, one sentence says so."""
    path = open_folder / "cases.sqlite"
    filled(path)
    path.chmod(0o000)
    with as_somebody_without_rights(), pytest.raises(StoreError, match="cannot be opened\nhint: let yourself read and write"):
        open_store(str(path))
    open_folder.chmod(0o555)
    with as_somebody_without_rights(), pytest.raises(StoreError, match="cannot be opened: permission denied\nhint: "):
        open_store(str(open_folder / "new.sqlite")).append(log_of("c", 1))
    open_folder.chmod(0o000)
    with as_somebody_without_rights(), pytest.raises(StoreError, match="cannot be opened: permission denied\nhint: "):
        open_store(str(path))


FILLING = """
import resource, signal, sys
from supportable.core.events import append
from supportable.errors import StoreError
from supportable.stores.case_places import open_store
from supportable.stores.cases import verify_case
place, limit = sys.argv[1], int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
store, log = open_store(place), ()
try:
    for number in range(10_000):
        event = append(log, "c", "2026-11-25T15:46:00Z", "tried", {"number": number, "output": "x" * 3000})
        store.append([event])
        log += (event,)
except StoreError as error:
    print(error)
    assert store.events("c") == log and verify_case(store, "c") == []
    print(len(log), "events kept")
"""


def fill(place: Path, limit: int) -> str:
    done = subprocess.run([sys.executable, "-c", FILLING, str(place), str(limit)], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout


def test_a_file_that_may_not_grow_loses_nothing(tmp_path, opened):
    """At the limit of the system, the append says so; every event before it is there, and the next ones find room again."""
    path = tmp_path / "cases.sqlite"
    said = fill(path, 300_000)

    assert "cases.sqlite: cannot " in said
    assert "\nhint: " in said
    kept = int(said.split()[-3])
    assert kept > 20
    store = opened(str(path))
    store.append([append(store.events("c"), "c", AT, "tried", {})])
    assert store.head("c")[0] == kept + 1
    assert verify_case(store, "c") == []


def test_a_full_disk_loses_nothing(tmp_path, opened):
    """On a disk of one megabyte, the append says that it is full; every event before it is there."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("only root may mount a small disk, and not in every container")
    try:
        said = fill(disk / "cases.sqlite", 0)
        assert (
            "cases.sqlite: cannot grow: the disk is full\nhint: nothing of this was kept, and what was there before is still there" in said
        )
        store = opened(str(disk / "cases.sqlite"))
        assert store.head("c")[0] == int(said.split()[-3]) > 50
        assert verify_case(store, "c") == []
        store.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_file_that_was_replaced_is_noticed(tmp_path, opened):
    """Events go into the file of that name, not into one that was moved away while the store was open."""
    path = tmp_path / "cases.sqlite"
    store = opened(str(path))
    log = log_of("c", 3)
    store.append(log[:1])
    shutil.copy(path, tmp_path / "backup.sqlite")
    store.append(log[1:2])
    (tmp_path / "backup.sqlite").replace(path)

    assert store.events("c") == log[:1]
    path.unlink()
    assert store.cases() == ()
    store.append(log)
    assert opened(str(path)).events("c") == log


def test_a_writer_waits_without_being_in_the_way(tmp_path):
    """A writer that waits for another holds nothing that the other needs: both end well."""
    path = tmp_path / "cases.sqlite"
    filled(path)
    holder = sqlite3.connect(path, isolation_level=None, timeout=2)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("INSERT INTO contents VALUES (?, x'00')", ("0" * 64,))

    def waiting() -> None:
        store = open_store(str(path))
        store.append(log_of("c", 4)[-1:])
        store.close()

    with ThreadPoolExecutor() as pool:
        done = pool.submit(waiting)
        time.sleep(0.3)
        holder.execute("COMMIT")
        holder.close()
        done.result()
    store = open_store(str(path))
    assert store.events("c") == log_of("c", 4)
    store.close()


def test_odd_names_of_files_are_only_names(tmp_path, opened, monkeypatch):
    """A question mark, a percent sign, a colon or a memory database is nothing but a name."""
    monkeypatch.chdir(tmp_path)
    for name in ("a?mode=memory", "b%20c", "c#d", ":memory:", "file:e?mode=memory", "ä b"):
        opened(name).append(log_of("c", 1))
        assert (tmp_path / name).stat().st_size > 0


def test_a_hot_journal_is_rolled_back(tmp_path, opened):
    """What a killed writer left half-written is undone by whoever opens the store next, even to read."""
    path = tmp_path / "cases.sqlite"
    filled(path)
    program = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("INSERT INTO contents VALUES (?, zeroblob(3000000))", ("0" * 64,))
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program, str(path)])
    assert Path(f"{path}-journal").exists()
    assert path.stat().st_size > 1_000_000

    store = opened(str(path))
    assert store.events("c") == log_of("c", 3)
    assert not Path(f"{path}-journal").exists()
    with pytest.raises(StoreError, match="no content"):
        store.content("0" * 64)


def test_every_commit_reaches_the_disk(tmp_path, opened):
    """The journal and its deletion are synchronised: EXTRA with a rollback journal, whatever the file says of itself."""
    path = tmp_path / "cases.sqlite"
    filled(path)
    store = opened(str(path))

    assert store._open.execute("PRAGMA synchronous").fetchone() == (3,)
    assert store._open.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert sqlite3.threadsafety
