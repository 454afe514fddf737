"""What every store of cases holds, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_logs import AT, TABLES, execute, log_of, tamper
from supportable.core.events import append, check_log
from supportable.errors import CaseConflict, StoreError, UnknownCase
from supportable.stores.case_places import default_store
from supportable.stores.cases import verify_case

WRITER = str(Path(__file__).with_name("writer.py"))
FRESH = (f"case {number}" for number in count())
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BODIES = st.dictionaries(TEXTS, TEXTS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.none(), max_size=4)


def writer(place: str, case: str, name: str, appends: int, size: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, WRITER, place, case, name, str(appends), str(size)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_what_was_appended_comes_back(place, store, opened):
    """Events, summary and receipt are the same in the same store and after it was opened again."""
    log = log_of("c", 3)
    store.append(log[:2], {"title": "first"})
    store.append(log[2:])
    for reader in (store, opened(place)):
        assert reader.events("c") == log
        assert reader.head("c") == (3, log[-1].digest)
        assert verify_case(reader, "c") == []
        assert verify_case(reader, "c", log[0].digest, 1) == []
        (row,) = reader.cases()
        assert (row.case, row.first_at, row.last_at, row.number, row.summary) == ("c", AT, AT, 3, {"title": "first"})


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BODIES, min_size=1, max_size=5), st.integers(1, 3), BODIES)
def test_every_body_survives(store, bodies, piece, summary):
    """Whatever a body or a summary holds (any character, any number), it comes back, in whatever pieces it was appended."""
    case, log = next(FRESH), ()
    for body in bodies:
        log += (append(log, case, AT, "tried", body),)
    for start in range(0, len(log), piece):
        store.append(log[start : start + piece], summary)

    assert store.events(case) == log
    assert check_log(store.events(case), *reversed(store.head(case))) == []
    assert next(row.summary for row in store.cases() if row.case == case) == summary


def test_reading_makes_nothing(place, store):
    """A store that nobody wrote to is empty, and stays unmade."""
    assert store.cases() == ()
    with pytest.raises(UnknownCase, match="unknown case `c`\nhint: it has no cases yet"):
        store.events("c")
    with pytest.raises(StoreError, match="no content has the digest"):
        store.content("0" * 64)

    if place.startswith("postgresql"):
        assert execute(place, "SELECT to_regnamespace('supportable')::text") == [(None,)]
    else:
        assert not Path(place).exists()


def test_an_unknown_case_is_told_with_the_nearest(store):
    """Every way to ask for a case says which one was meant."""
    store.append(log_of("mail-2026-11", 1))
    for ask in (store.events, store.head, store.contents_of):
        with pytest.raises(UnknownCase, match="unknown case `mail-2026-12`\nhint: did you mean `mail-2026-11`"):
            ask("mail-2026-12")


def test_cases_are_listed_alike_everywhere(store):
    """The list is sorted by the code points of the ids, whatever language the database speaks."""
    names = ["b", "Z", "a", "ä", "z", "10", "9", "é", "_", "𝄞"]
    for name in names:
        store.append(log_of(name, 1), {"title": name})

    assert [row.case for row in store.cases()] == sorted(names)
    assert [row.summary["title"] for row in store.cases()] == sorted(names)


def test_listing_reads_no_events(place, store):
    """The list is there even when the events are not."""
    store.append(log_of("c", 5))
    tamper(place, "DROP TABLE {schema}events")

    assert [(row.case, row.number) for row in store.cases()] == [("c", 5)]


@pytest.mark.parametrize("known", [0, 2])
def test_of_two_writers_the_second_is_told(place, store, opened, known):
    """Who saw the same log and comes second gets `CaseConflict`; events, summary and contents of the second are not kept."""
    start = log_of("c", known)
    if start:
        store.append(start)
    first, second = log_of("c", 1, start, "first"), log_of("c", 2, start, "second")
    other = opened(place)
    store.append(first[known:], {"by": "first"})
    data = b"of the second"
    digest = sha256(data).hexdigest()

    with pytest.raises(CaseConflict) as caught:
        other.append(second[known:], {"by": "second"}, {digest: data})

    assert f"event {known + 1} of case `c` was not kept: another writer was first, the case is at event {known + 1} now" in str(
        caught.value
    )
    assert "hint: look at the case again" in str(caught.value)
    assert other.events("c") == first
    assert other.cases()[0].summary == {"by": "first"}
    with pytest.raises(StoreError):
        other.content(digest)
    other.append(log_of("c", 1, first)[-1:])
    assert verify_case(store, "c") == []


def test_only_pieces_of_a_log_are_kept(store):
    """Nothing, an unsealed event, a gap, two cases at once: refused, and nothing is kept."""
    log, stranger = log_of("c", 4), log_of("d", 1)
    for wrong in ([], [log[0]._replace(kind="changed")], [log[0], log[2]], [log[1], log[0]], [log[0], *stranger], [log[2]]):
        with pytest.raises(StoreError):
            store.append(wrong)

    assert store.cases() == ()
    store.append(log[:1])
    with pytest.raises(StoreError, match="event 3 of case `c` cannot be kept: the store ends at event 1"):
        store.append(log[2:])


def test_contents_come_with_the_events_that_name_them(place, store):
    """A content is kept once, in the same step as its event, and belongs to every case that names it."""
    data = b"policy: " * 10_000
    digest = sha256(data).hexdigest()
    event = append([], "c", AT, "opened", {"packs": {"kb810986": digest}, "evidence": "0" * 64})
    store.append([event], None, {digest: data})
    again = append([], "d", AT, "opened", {"snapshot": f"sha256:{digest}"})
    store.append([again])

    assert store.content(digest) == data
    assert store.save_content(data) == digest
    assert store.contents_of("c") == store.contents_of("d") == (digest,)
    ((number, length),) = execute(place, "SELECT count(*), max(length(compressed)) FROM {schema}contents")
    assert number == 1
    assert length < len(data) / 10


def test_a_content_under_a_false_digest_is_refused(store):
    """What is kept under a digest has that digest."""
    with pytest.raises(StoreError, match="these bytes have another digest"):
        store.append(log_of("c", 1), None, {"0" * 64: b"x"})

    assert store.cases() == ()


def test_a_changed_or_lost_content_is_told(place, store):
    """Bytes that are no longer those of the digest never come out, and `verify_case` names them."""
    data = {sha256(text).hexdigest(): text for text in (b"one", b"two")}
    first, second = data
    store.append([append([], "c", AT, "opened", {"contents": list(data)})], None, data)
    tamper(place, f"UPDATE {{schema}}contents SET compressed = (SELECT compressed FROM {{schema}}contents WHERE digest = '{first}')")
    tamper(place, f"DELETE FROM {{schema}}contents WHERE digest = '{first}'")

    with pytest.raises(StoreError, match=f"no content has the digest `{first}`"):
        store.content(first)
    with pytest.raises(StoreError, match=f"the content `{second}` was changed"):
        store.content(second)
    assert sorted(digest for problem in verify_case(store, "c") for digest in data if digest in problem.message) == sorted(data)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("way", ["change", "remove", "replace"])
def test_the_database_itself_refuses_to_change_what_was_kept(place, store, table, way):
    """Not even the database's own tools change or remove by mistake what was appended."""
    digest = store.save_content(b"x")
    log = (append([], "c", AT, "opened", {"content": digest}),)
    store.append(log)
    replace = (
        "TRUNCATE {schema}%s CASCADE" if place.startswith("postgresql") else "INSERT OR REPLACE INTO {schema}%s SELECT * FROM {schema}%s"
    )
    statement = {"change": "UPDATE {schema}%s SET digest = ''", "remove": "DELETE FROM {schema}%s", "replace": replace}[way]

    with pytest.raises((sqlite3.Error, psycopg.Error), match="are only added"):
        execute(place, statement.replace("%s", table))
    assert store.events("c") == log
    assert verify_case(store, "c") == []


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM {schema}cases", "UPDATE {schema}cases SET number = 1", "UPDATE {schema}cases SET id = 'd', number = 9"],
)
def test_a_head_never_goes_back(place, store, statement):
    """The receipt that the store keeps of a case only moves forward."""
    store.append(log_of("c", 2))

    with pytest.raises((sqlite3.Error, psycopg.Error), match="only"):
        execute(place, statement)
    assert store.head("c")[0] == 2


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE {schema}events SET body = '{}' WHERE number = 2", "event 2 of case `c` was changed"),
        ("UPDATE {schema}events SET at = '2026-11-25T15:46:01Z' WHERE number = 2", "event 2 of case `c` was changed"),
        ("DELETE FROM {schema}events WHERE number = 2", "event 2 is missing before event 3"),
        ("DELETE FROM {schema}events WHERE number = 3", "event 3 is missing at the end"),
        ("DELETE FROM {schema}events", "events 1 to 3 are missing at the end: the receipt is for event 3, the log is empty"),
        ("UPDATE {schema}events SET number = 7 WHERE number = 2", "event 2 is missing before event 3"),
    ],
)
def test_what_somebody_changed_below_the_store_is_found(place, store, statement, said):
    """With every trigger out of the way, `verify_case` still finds and names the change."""
    store.append(log_of("c", 3))
    tamper(place, statement)

    assert said in "\n".join(str(problem) for problem in verify_case(store, "c"))


def test_an_event_put_in_below_the_store_is_found(place, store):
    """An event that was sealed rightly but never appended is found by the head."""
    log = log_of("c", 2)
    store.append(log[:1])
    values = ", ".join(f"'{part}'" for part in ("c", 2, AT, "tried", '{"number":2,"rate":0.05,"said":""}', log[1].previous, log[1].digest))
    tamper(place, f"INSERT INTO {{schema}}events VALUES ({values})")

    assert store.events("c") == log
    assert [problem.message for problem in verify_case(store, "c")] == ["event 2 of case `c` was never acknowledged: the store counts 1"]


def test_nothing_is_added_to_a_log_whose_end_was_changed(place, store):
    """A store does not write after an event that is no longer the one it acknowledged."""
    log = log_of("c", 3)
    store.append(log[:2])
    tamper(place, "DELETE FROM {schema}events WHERE number = 2")

    with pytest.raises(StoreError, match="event 2 of case `c` is no longer the one that was acknowledged\nhint: "):
        store.append(log[2:])


@pytest.mark.parametrize("body", ["not JSON", "[]", '{"a":1,"a":2}', '{"a":NaN}'])
def test_a_body_that_is_no_body_is_told(place, store, body):
    """A row that is no event gives a sentence with the place, the event and the case."""
    store.append(log_of("c", 2))
    tamper(place, f"UPDATE {{schema}}events SET body = '{body}' WHERE number = 2")

    with pytest.raises(StoreError, match="event 2 of case `c` cannot be read"):
        store.events("c")
    tamper(place, f"UPDATE {{schema}}cases SET summary = '{body}', number = 3")
    with pytest.raises(StoreError, match="what lists show of case `c` cannot be read"):
        store.cases()


def test_a_later_schema_is_refused_and_left_alone(place, store, opened):
    """A store that a later version wrote is neither read nor changed."""
    store.append(log_of("c", 1))
    name = "{schema}store" if place.startswith("postgresql") else "supportable_store"
    execute(place, f"UPDATE {name} SET version = 99")
    before = Path(place).read_bytes() if Path(place).exists() else b""

    with pytest.raises(StoreError, match="has schema 99, this program knows schemas up to 1\nhint: use the later version"):
        opened(place)
    for use in (store.cases, lambda: store.append(log_of("d", 1)), lambda: store.save_content(b"")):
        with pytest.raises(StoreError, match="has schema 99"):
            use()
    assert execute(place, "SELECT count(*) FROM {schema}cases") == [(1,)]
    assert before == (Path(place).read_bytes() if Path(place).exists() else b"")


def test_a_locked_store_says_so(place, store, opened):
    """Who cannot get in within the time is told, and gets in when the other is done."""
    log = log_of("c", 2)
    store.append(log[:1])
    hasty = opened(place, busy_s=0.2)
    if place.startswith("postgresql"):
        holder: psycopg.Connection | sqlite3.Connection = psycopg.connect(place)
        holder.execute("SELECT * FROM supportable.cases FOR UPDATE")
    else:
        holder = sqlite3.connect(place, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"is locked by another program \(waited 0.2 s\)\nhint: "):
        hasty.append(log[1:])
    holder.rollback()
    holder.close()

    hasty.append(log[1:])
    assert store.events("c") == log


def test_writers_at_once_lose_nothing(place, opened):
    """Processes that begin at once with an empty store and repeat what they are refused end with every event of each, once."""
    writers = [writer(place, "c", name, 15, 2) for name in ("one", "two", "three")]
    said = [process.communicate(timeout=300) for process in writers]

    assert "".join(errors[-400:] for _, errors in said) == ""
    log = opened(place).events("c")
    assert Counter((event.body["by"], event.body["turn"], event.body["part"]) for event in log) == Counter(
        (name, turn, part) for name in ("one", "two", "three") for turn in range(15) for part in range(2)
    )
    assert verify_case(opened(place), "c") == []
    acknowledged = {int(line) for out, _ in said for line in out.split() if line.isdigit()}
    assert acknowledged == set(range(2, 91, 2))


def test_a_killed_writer_loses_no_acknowledged_event(place, opened):
    """After `kill -9` at any of 40 moments, every acknowledged append is there, whole, and the log is clean."""
    random, acknowledged = Random(3), 0
    for kill in range(40):
        process = writer(place, "c", f"writer {kill}", 0, 3)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        # Every other writer is killed while it opens the store, the rest while they append.
        if kill % 2:
            process.stdout.readline()
        time.sleep(random.uniform(0, 0.06))
        process.kill()
        out, errors = process.communicate()
        assert errors == ""
        # A line that the kill cut off was not acknowledged.
        lines = [line.strip() for line in out.splitlines(keepends=True) if line.endswith("\n")]
        acknowledged = max([acknowledged, *(int(line) for line in lines if line.isdigit())])
        store = opened(place)
        try:
            log = store.events("c")
        except UnknownCase:
            log = ()
        assert len(log) >= acknowledged
        assert len(log) % 3 == 0
        if log:
            assert verify_case(store, "c") == []
        store.close()

    assert acknowledged > 100


def test_the_default_store_lies_in_the_data_folder_of_the_user():
    """What the environment names comes first, then the XDG data folder (an absolute one), then the home folder."""
    assert default_store({"SUPPORTABLE_STORE": "x.sqlite", "HOME": "/h"}) == "x.sqlite"
    assert default_store({"XDG_DATA_HOME": "/data", "HOME": "/h"}) == "/data/supportable/cases.sqlite"
    assert default_store({"XDG_DATA_HOME": "data", "HOME": "/h"}) == "/h/.local/share/supportable/cases.sqlite"
    assert default_store({"SUPPORTABLE_STORE": "", "HOME": "/h"}) == "/h/.local/share/supportable/cases.sqlite"
