"""What a server must stand: going away in the middle, wrong addresses, and passwords that nobody may see."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from random import Random

import pytest

from case_logs import AT, execute, log_of
from postgresql_server import PASSWORD, USER, Server, programs
from supportable.core.events import append
from supportable.errors import StoreError, SupportableError, UsageError
from supportable.stores.case_places import open_store
from supportable.stores.cases import verify_case


@pytest.fixture
def own_server(server: Server) -> Iterator[Server]:
    """A server that a test may kill; it keeps what it acknowledged on the disk."""
    found = programs()
    assert found is not None
    running = Server(found, durable=True)
    yield running
    running.stop()


def go_on(place: str, opened, seconds: float, in_danger: Callable[[], bool]) -> tuple[int, list[str]]:
    """Append for a while, and until something failed as long as something can; after each failure look at the case and go on.

    Returns the last acknowledged number and what was said.
    """
    said, acknowledged, log, store = [], 0, (), None
    end = time.monotonic() + seconds
    while time.monotonic() < end or (not said and in_danger()):
        try:
            store = store or opened(place, 5.0)
            log = log or (store.events("c") if store.cases() else ())
            event = append(log, "c", AT, "tried", {"number": len(log) + 1})
            store.append([event])
            log += (event,)
            acknowledged = event.number
        except StoreError as error:
            said.append(str(error))
            log = ()
            time.sleep(0.05)
    return acknowledged, said


def test_a_connection_that_is_ended_in_the_middle_loses_nothing(server, opened):
    """Sessions ended by the administrator, many times: each is one sentence, the store goes on, no acknowledged event is lost."""
    place = server.new_database()
    database = place.rpartition("/")[2]
    stop, random = threading.Event(), Random(5)

    def end_sessions() -> None:
        while not stop.wait(random.uniform(0.02, 0.15)):
            server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")

    enders = threading.Thread(target=end_sessions)
    enders.start()
    try:
        acknowledged, said = go_on(place, opened, 4, enders.is_alive)
    finally:
        stop.set()
        enders.join()
    store = opened(place)

    assert len(store.events("c")) >= acknowledged > 10
    assert verify_case(store, "c") == []
    for sentence in said:
        assert "went away in the middle\nhint: look at the case again: the last append was kept whole or not at all" in sentence


def test_a_server_that_is_killed_loses_nothing(own_server, opened):
    """`kill -9` of the whole server, four times: one sentence each, and after its return every acknowledged event is there."""
    place = own_server.new_database()
    kept = 0

    def kill_and_start() -> None:
        for _ in range(4):
            time.sleep(0.7)
            own_server.kill()
            time.sleep(0.2)
            own_server.start()

    killer = threading.Thread(target=kill_and_start)
    killer.start()
    try:
        while killer.is_alive():
            acknowledged, said = go_on(place, opened, 1, killer.is_alive)
            kept = max(kept, acknowledged)
            for sentence in said:
                assert "went away in the middle\n" in sentence or "cannot be reached" in sentence
    finally:
        killer.join()
    store = opened(place)

    assert len(store.events("c")) >= kept > 10
    assert verify_case(store, "c") == []


def shown(url: str) -> str:
    with pytest.raises(SupportableError) as caught:
        open_store(url, 2.0).close()
    assert "Traceback" not in str(caught.value)
    assert caught.value.hint
    chain: BaseException | None = caught.value
    said = ""
    while chain is not None and not chain.__suppress_context__:
        said += repr(chain) + str(chain)
        chain = chain.__cause__ or chain.__context__
    return said + repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://eva:hush-hush@127.0.0.1:1/cases",
        "postgresql://eva:hush@hush@127.0.0.1:1/cases",
        "postgresql://eva:hush/hush@127.0.0.1:1/cases",
        "postgresql://eva:hush?hush@127.0.0.1:1/cases",
        "postgresql://eva:hush#hush@127.0.0.1:1/cases",
        "postgresql://eva:hush:hush@127.0.0.1:1/cases",
        "postgresql://eva:hush%zz@127.0.0.1:1/cases",
        "postgresql://eva:hush@127.0.0.1:port/cases",
        "postgresql://eva:hush@nowhere.invalid/cases",
        "postgresql://eva:hush@[::1/cases",
        "postgresql://127.0.0.1:1/cases?user=eva&password=hush",
        "postgresql://127.0.0.1:1/cases?user=eva&password=hush@hush",
        "postgresql://127.0.0.1:1/cases?password=hush&no_such_parameter=1",
        "postgres://eva:hush@127.0.0.1:1/cases?connect_timeout=hush",
    ],
)
@pytest.mark.usefixtures("server")
def test_no_password_reaches_a_message(url):
    """However a URL is wrong, neither its password nor a piece of it is told."""
    assert "hush" not in shown(url)


def test_a_refused_password_is_told_without_it(server):
    """The server's reason is told; the password that was tried, and the right one, are not."""
    said = shown(f"postgresql://{USER}:wrong-one@127.0.0.1:{server.port}/postgres")

    assert f"postgresql://127.0.0.1:{server.port}/postgres: cannot be reached: password authentication failed for user" in said
    assert "wrong-one" not in said
    assert PASSWORD not in said
    assert 'database "none_such" does not exist' in shown(server.url("none_such"))


def test_messages_of_an_open_store_hide_the_password(server, opened):
    """What goes wrong later names host, port and database only."""
    place = server.new_database()
    store = opened(place)
    with pytest.raises(StoreError) as caught:
        store.events("c")

    assert str(caught.value).startswith(f"postgresql://127.0.0.1:{server.port}/cases_")
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(store)


def test_a_user_who_may_only_read_can_read(server, opened):
    """Rights of the database hold: reading works, appending says who can help, and nothing is kept."""
    place = server.new_database()
    opened(place).append(log_of("c", 2))
    execute(place, "DROP ROLE IF EXISTS reader")
    execute(place, "CREATE ROLE reader LOGIN PASSWORD 'reading'")
    execute(place, "GRANT USAGE ON SCHEMA supportable TO reader")
    execute(place, "GRANT SELECT ON ALL TABLES IN SCHEMA supportable TO reader")
    store = opened(f"postgresql://reader:reading@{place.rpartition('@')[2]}")

    assert verify_case(store, "c") == []
    with pytest.raises(StoreError, match="does not let this user do that\nhint: have its administrator grant"):
        store.append(log_of("d", 1))
    assert [row.case for row in store.cases()] == ["c"]
    execute(place, "DROP OWNED BY reader")
    execute(place, "DROP ROLE reader")


def test_tables_that_are_not_as_they_were_are_told(server, opened):
    """A table or column that somebody took away is damage, in one sentence; other refusals of the server are told as its own."""
    place = server.new_database()
    store = opened(place)
    store.append(log_of("c", 1))
    execute(place, "ALTER TABLE supportable.events ADD CHECK (number < 2)")
    with pytest.raises(StoreError, match='the server refuses: new row for relation "events" violates check constraint'):
        store.append(log_of("c", 2)[1:])
    execute(place, "ALTER TABLE supportable.events DROP COLUMN kind")
    with pytest.raises(StoreError, match='is damaged, or not a store of cases: column "kind" does not exist\nhint: keep it as it is'):
        store.events("c")
    assert store.head("c")[0] == 1


def test_a_database_that_cannot_hold_every_character_is_refused(server):
    """Cases need UTF-8; a database that would lose characters is refused before anything is kept."""
    assert "has the encoding LATIN1, cases need UTF8" in shown(server.new_database("LATIN1"))


def test_a_server_that_acknowledges_too_early_is_told_not_to(server, opened):
    """`synchronous_commit = off` in the settings of a database does not hold for cases."""
    place = server.new_database()
    server.execute(f"ALTER DATABASE {place.rpartition('/')[2]} SET synchronous_commit = off")
    store = opened(place)

    assert store._connection().execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_without_the_client_one_sentence_says_what_to_install():
    """Where psycopg is missing, the store names the command that installs it."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from supportable.stores.case_places import open_store\n"
        "from supportable.errors import StoreError\n"
        "try: open_store('postgresql://h/d')\nexcept StoreError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stderr == ""
    assert done.stdout == ("a store in PostgreSQL needs the package `psycopg`\nhint: run `python -m pip install 'supportable[server]'`\n")


def test_a_bad_url_is_wrong_use():
    """What cannot be read as a URL is the user's to correct, with the characters to write otherwise."""
    with pytest.raises(UsageError, match="the URL of the store cannot be read\nhint: write `postgresql://USER@HOST:PORT/DATABASE`"):
        open_store("postgresql://a@b@c/d")
