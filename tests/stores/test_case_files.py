"""What an exported case holds: it moves whole, and nothing that was touched gets in."""

from __future__ import annotations

import json
from hashlib import sha256
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_logs import AT, log_of
from supportable.core.events import append, to_line
from supportable.errors import CaseFileError, Place, StoreError
from supportable.stores.case_files import Imported, export_case, import_case
from supportable.stores.case_places import open_store
from supportable.stores.cases import verify_case

PLACE = Place("case.jsonl")
DATA = {sha256(data).hexdigest(): data for data in (b"pack", bytes(range(256)), b"")}


def filled(store, case="c"):
    opening = append([], case, AT, "opened", {"contents": sorted(DATA)})
    log = log_of(case, 4, (opening,))
    store.append(log, {"title": "moved"}, DATA)
    return log


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    store = open_store(str(tmp_path_factory.mktemp("exported") / "cases.sqlite"))
    filled(store)
    exported = list(export_case(store, "c"))
    store.close()
    return exported


def test_a_case_moves_whole(store, lines, server, tmp_path, opened):
    """From either store into either: events, contents and the very lines of its export are the same."""
    filled(store)
    exported = list(export_case(store, "c"))
    assert exported == lines
    for place in (str(tmp_path / "other.sqlite"), server.new_database()):
        other = opened(place)
        assert import_case(other, exported, PLACE, lambda events: {"events": len(events)}) == Imported("c", 5, was_there=False)
        assert other.events("c") == store.events("c")
        assert {digest: other.content(digest) for digest in other.contents_of("c")} == DATA
        assert other.cases()[0].summary == {"events": 5}
        assert list(export_case(other, "c")) == exported
        assert verify_case(other, "c", *reversed(store.head("c"))) == []


def test_an_export_is_lines_of_json(lines):
    """Any reader of JSON lines can use it: what it is, its contents, its events."""
    read = [json.loads(line) for line in lines]

    assert read[0] == {
        "format": "supportable case",
        "version": 1,
        "case": "c",
        "events": 5,
        "head": read[-1]["digest"],
        "contents": sorted(DATA),
    }
    assert [line["content"] for line in read[1:4]] == sorted(DATA)
    assert [line["number"] for line in read[4:]] == [1, 2, 3, 4, 5]


def test_the_same_case_twice_changes_nothing(store, lines):
    """A case that is there with the same events is told to be there."""
    import_case(store, lines, PLACE)
    before = store.cases()

    assert import_case(store, [line + "\n" for line in lines], PLACE) == Imported("c", 5, was_there=True)
    assert store.cases() == before


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (lambda log: log[:2], "2 there, 5 here; both begin with the same 2 events"),
        (lambda log: (*log, append(log, "c", AT, "closed", {})), "6 there, 5 here; both begin with the same 5 events"),
        (lambda log: log_of("c", 1), "1 there, 5 here; not one event is the same"),
    ],
)
def test_another_case_of_that_name_is_refused(store, lines, opened, tmp_path, kept, said):
    """A case that is there with other events stays as it is."""
    log = filled(opened(str(tmp_path / "other.sqlite")))
    store.append(kept(log))
    before = store.events("c")

    with pytest.raises(CaseFileError) as caught:
        import_case(store, lines, PLACE)
    assert str(caught.value).startswith(f"case.jsonl:1: the store has a case `c` with other events: {said}\nhint: nothing was changed")
    assert store.events("c") == before


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_touched_file_is_refused_or_the_same(tmp_path, lines, data):
    """A line removed, doubled, moved, cut or changed in one character: refused with a line number, or nothing was changed by it."""
    touched = list(lines)
    where = data.draw(st.integers(0, len(lines) - 1))
    way = data.draw(st.sampled_from(["remove", "double", "move", "cut", "change", "end"]))
    if way == "remove":
        del touched[where]
    elif way == "end":
        del touched[max(1, where) :]
    elif way == "double":
        touched.insert(data.draw(st.integers(0, len(lines))), touched[where])
    elif way == "move":
        touched.insert(data.draw(st.integers(0, len(lines) - 1)), touched.pop(where))
    else:
        at = data.draw(st.integers(0, len(touched[where]) - 1))
        new = "" if way == "cut" else data.draw(st.sampled_from('0a1"{}[],: \\\x00é'))
        touched[where] = touched[where][:at] + new + ("" if way == "cut" else touched[where][at + 1 :])
    store = open_store(str(tmp_path / f"{sha256(chr(10).join(touched).encode()).hexdigest()}.sqlite"))
    try:
        import_case(store, touched, PLACE)
        assert sorted(export_case(store, "c")) == sorted(lines)
    except CaseFileError as error:
        assert all(problem.place is not None and problem.place.line is not None for problem in error.problems)
        assert store.cases() == ()
    finally:
        store.close()


def test_all_problems_are_told_with_their_lines(store, lines):
    """One reading shows everything that is wrong with the lines."""
    touched = [*lines[:2], "nonsense", lines[3].replace("base64", "base32"), "", '{"case":"c"}', *lines[6:]]
    with pytest.raises(CaseFileError) as caught:
        import_case(store, touched, PLACE)

    assert [str(problem) for problem in caught.value.problems] == [
        "case.jsonl:3: not JSON: expecting value",
        "case.jsonl:4: a content has the fields `content` and `base64`, both texts",
        "case.jsonl:5: the line is empty",
        "case.jsonl:6: an event needs `number`",
    ]
    assert store.cases() == ()


def test_problems_of_the_log_have_the_lines_of_its_events(store, lines):
    """What the chain shows is told where it stands in the file."""
    touched = [*lines[:5], lines[5].replace('"rate":0.05', '"rate":0.06'), *lines[7:]]
    with pytest.raises(CaseFileError) as caught:
        import_case(store, touched, PLACE)

    assert [str(problem) for problem in caught.value.problems] == [
        "case.jsonl:1: 5 events are promised, 4 are there",
        "case.jsonl:6: event 2 of case `c` was changed: its digest is not that of what it says",
        "case.jsonl:7: event 3 is missing before event 4 of case `c`",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([], "case.jsonl:1: the file is empty, not an exported case"),
        (["{}"], "case.jsonl:1: not an exported case: the first line does not say `supportable case`"),
        ([to_line(log_of("c", 1)[0])], "case.jsonl:1: not an exported case"),
        (
            ['{"format":"supportable case","version":2}'],
            "case.jsonl:1: format version 2 of an exported case, this program knows",
        ),
        (['{"format":"supportable case","version":1}'], "case.jsonl:1: the first line of an exported case has these fields: `format`"),
        (["\ud800"], "case.jsonl:1: not JSON"),
    ],
)
def test_another_file_is_told(store, written, said):
    """What is no exported case, or one of a later version, gets one sentence."""
    with pytest.raises(CaseFileError) as caught:
        import_case(store, written, PLACE)

    assert str(caught.value).startswith(said)
    assert len(caught.value.problems) == 1


def test_a_content_that_is_damaged_is_not_exported(store, place):
    """An export that would not come back is refused where it is made."""
    from case_logs import tamper

    filled(store)
    tamper(place, "DELETE FROM {schema}contents")

    with pytest.raises(StoreError, match="no content has the digest"):
        list(export_case(store, "c"))


def test_a_large_case_moves(store, tmp_path, opened):
    """Two thousand events and contents of random bytes come back the same."""
    data = Random(1).randbytes(300_000)
    digest = sha256(data).hexdigest()
    log = log_of("c", 2000, (append([], "c", AT, "opened", {"snapshot": digest}),))
    store.append(log, None, {digest: data})
    other = opened(str(tmp_path / "other.sqlite"))
    import_case(other, export_case(store, "c"), PLACE)

    assert other.events("c") == log
    assert other.content(digest) == data
