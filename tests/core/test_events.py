"""Laws of the log of a case: nothing in it can change, go or come without being found."""

from __future__ import annotations

import math
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportable.core import events
from supportable.core.events import Event, append, canonical, check_log, from_line, parse, to_line
from supportable.errors import EventError, Place

AT = "2026-11-25T15:46:00Z"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(TEXTS, PLAIN, max_size=3)
KINDS = st.sampled_from(["opened", "acted", "tried"])


def log_of(*written: tuple[str, dict], case: str = "case-1") -> tuple[Event, ...]:
    log: tuple[Event, ...] = ()
    for kind, body in written:
        log += (append(log, case, AT, kind, body),)
    return log


LOGS = st.lists(st.tuples(KINDS, BODIES), min_size=1, max_size=6).map(lambda written: log_of(*written))


@given(PLAIN)
def test_the_canonical_form_is_a_fixed_point(value):
    """What was written, read and written again is the same bytes, and the same value."""
    assert canonical(parse(canonical(value))) == canonical(value)
    assert parse(canonical(value)) == value


@given(st.dictionaries(TEXTS, PLAIN, min_size=2, max_size=5), st.randoms())
def test_the_canonical_form_does_not_depend_on_the_order_of_keys(value, random):
    """Two mappings that are equal have the same bytes."""
    pairs = list(value.items())
    random.shuffle(pairs)

    assert canonical(dict(pairs)) == canonical(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_rate_survives_to_the_last_bit(rate):
    """A float comes back with the same bits, minus zero too."""
    back = parse(canonical({"rate": rate}))["rate"]

    assert math.copysign(1, back) == math.copysign(1, rate)
    assert back.hex() == rate.hex()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (math.nan, "not a finite number"),
        ({"a": [math.inf]}, "`a` is not a finite number"),
        ({1: "x"}, "a key that is not a text"),
        ({"a": {None: 1}}, "a key that is not a text"),
        ({"a": b"bytes"}, "`a` is a bytes"),
        ({"a": {1, 2}}, "`a` is a set"),
        ({"a": "\ud800"}, "half of a surrogate pair"),
        ({"\udc80": 1}, "a key that is not a text"),
        ({"a": 1 << 2000}, "more than 1024 bits"),
    ],
)
def test_what_json_could_not_give_back_is_refused(value, said):
    """A value that would come back as another, or not at all, has no canonical form."""
    with pytest.raises(EventError, match=said):
        canonical(value)


@pytest.mark.parametrize("depth", range(60, 68))
def test_what_can_be_sealed_can_be_checked_and_read(depth):
    """However deep a body is, either it is refused, or its event is sealed, clean, and comes back from its line."""
    body: dict = {}
    for _ in range(depth):
        body = {"in": body}
    try:
        event = append([], "c", AT, "tried", body)
    except EventError:
        assert depth >= 62
        return
    assert depth < 64
    assert check_log([event]) == []
    assert from_line(to_line(event)) == event


def test_what_cannot_be_sealed_is_never_clean():
    """An event that has no canonical form is found, also when it states no digest."""
    event = Event("c", 1, AT, "tried", {"rate": math.nan}, "", "")

    assert "was changed" in check_log([event])[0].message
    assert not events.is_sealed(event)


def test_a_bottomless_value_is_refused():
    """Nesting has an end below that of Python's reader."""
    value: list = []
    value.append(value)

    with pytest.raises(EventError, match="nested more than 64 deep"):
        canonical(value)


@given(LOGS)
def test_a_log_as_appended_has_no_problems(log):
    """A log that nobody touched is clean, against the receipt of each of its events too."""
    assert check_log(log) == []
    for event in log:
        assert check_log(log, event.digest) == []
        assert check_log(log, event.digest, event.number) == []


def test_a_digest_can_be_recomputed_from_the_line():
    """The digest is that of the line without the digest: anybody can check it without this program."""
    (event,) = log_of(("opened", {"rate": 0.05, "title": "Zürich"}))
    rest = to_line(event).replace(f'"digest":"{event.digest}",', "")

    assert sha256(rest.encode()).hexdigest() == event.digest


OTHERS = {
    "case": TEXTS,
    "number": st.integers() | st.booleans() | st.floats(),
    "at": TEXTS | st.just("2026-11-25T15:46:01Z"),
    "kind": TEXTS,
    "body": BODIES,
    "previous": TEXTS | st.just("0" * 64),
    "digest": TEXTS | st.just("0" * 64),
}


@given(LOGS, st.data())
def test_any_change_of_any_field_is_found(log, data):
    """One field of one event changed to any other value is found, and the first problem names that event."""
    place = data.draw(st.integers(0, len(log) - 1))
    field = data.draw(st.sampled_from(Event._fields))
    old = getattr(log[place], field)
    new = data.draw(OTHERS[field].filter(lambda value: type(value) is not type(old) or not same(value, old)))
    changed = (*log[:place], log[place]._replace(**{field: new}), *log[place + 1 :])
    problems = check_log(changed)

    assert problems
    assert f"event {place + 1} of case" in problems[0].message
    assert "was changed" in problems[0].message


def same(one: object, other: object) -> bool:
    return canonical(one) == canonical(other)


@given(LOGS, st.data())
def test_any_removal_is_found(log, data):
    """One event or more taken out is found; at the end by the receipt, with or without the number."""
    start = data.draw(st.integers(0, len(log) - 1))
    end = data.draw(st.integers(start + 1, len(log)))
    left = log[:start] + log[end:]
    head, count = log[-1].digest, len(log)

    assert check_log(left, head)
    assert check_log(left, count=count)
    assert check_log(left, head, count)
    if end < len(log):
        numbers = f"event {start + 1} is" if end == start + 1 else f"events {start + 1} to {end} are"
        assert check_log(left)[0].message == f"{numbers} missing before event {end + 1} of case `case-1`"


@given(LOGS, BODIES, st.data())
def test_any_insertion_is_found(log, body, data):
    """An event put between others is found, even one sealed to follow the event before it."""
    place = data.draw(st.integers(0, len(log) - 1))
    false = append(log[:place], "case-1", "2026-11-26T00:00:00Z", "acted", body)
    put_in = (*log[:place], false, *log[place:])

    assert check_log(put_in)
    assert check_log(put_in, log[-1].digest, len(log))


@given(LOGS, st.data())
def test_any_duplication_and_any_swap_is_found(log, data):
    """An event that stands twice, anywhere, and two events that changed places are found."""
    place, other = data.draw(st.integers(0, len(log) - 1)), data.draw(st.integers(0, len(log)))
    assert check_log((*log[:other], log[place], *log[other:]))

    if other < len(log) and place != other:
        swapped = list(log)
        swapped[place], swapped[other] = swapped[other], swapped[place]
        assert check_log(swapped)


@given(LOGS, BODIES, st.data())
def test_a_log_written_anew_is_found_by_any_receipt_from_there_on(log, body, data):
    """Somebody who seals everything anew from one event on is found by a receipt of that event or a later one."""
    place = data.draw(st.integers(0, len(log) - 1))
    anew = log[:place]
    for event in log[place:]:
        anew += (append(anew, event.case, "2026-11-26T00:00:00Z", event.kind, body),)

    assert check_log(anew) == []
    for event in log[place:]:
        assert check_log(anew, event.digest)
        assert check_log(anew, event.digest, event.number)


def test_an_event_of_another_case_is_found():
    """Two cases do not share a log, even when the chain fits."""
    (first,) = log_of(("opened", {}))
    second = append([first._replace(case="case-2")], "case-2", AT, "acted", {})

    assert [str(problem) for problem in check_log((first, second))] == [
        "event 2 of case `case-2` belongs to case `case-2`, the log to case `case-1`"
    ]


@given(LOGS)
def test_a_line_gives_the_event_back(log):
    """Writing and reading a line changes nothing, and a line has no line end in it."""
    for event in log:
        assert from_line(to_line(event)) == event
        assert to_line(from_line(to_line(event))) == to_line(event)
        assert "\n" not in to_line(event)


GOOD = to_line(log_of(("opened", {"a": 1}))[0])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "not JSON: expecting value"),
        ("[]", "an event is a mapping"),
        (GOOD[:-5], "not JSON: "),
        (GOOD.replace('"kind"', '"sort"'), "an event needs `kind`"),
        (GOOD.replace('"number":1', '"number":1.0'), "`number` of an event is not a whole number"),
        (GOOD.replace('"number":1', '"number":true'), "`number` of an event is not a whole number"),
        (GOOD.replace('{"a":1}', "[]"), "`body` of an event is not a mapping"),
        (GOOD.replace('{"a":1}', '{"a":1,"a":2}'), "the key `a` stands twice"),
        (GOOD.replace('{"a":1}', '{"a":NaN}'), "`NaN` is not a number of JSON"),
        (GOOD.replace('{"a":1}', '{"a":1e999}'), "`a` is not a finite number"),
        (GOOD.replace('{"a":1}', '{"a":"\\ud800"}'), "half of a surrogate pair"),
        (GOOD.replace('{"a":1}', '{"a":' + "[" * 100_000), "not JSON: "),
        (GOOD.replace('{"a":1}', '{"a":' + "9" * 5000 + "}"), "not JSON: "),
        (GOOD.replace('{"a":1}', '{"a":1},"b":2'), "unknown field `b` of an event"),
    ],
)
def test_a_line_that_is_no_event_is_refused_with_its_place(line, said):
    """Whatever a line holds, it is an event or one sentence with the place."""
    with pytest.raises(EventError) as caught:
        from_line(line, Place("case.jsonl", 3))

    assert str(caught.value).startswith("case.jsonl:3: ")
    assert said in str(caught.value)


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_no_text_makes_the_reader_stumble(text):
    """A line gives an event or an `EventError`, never another exception."""
    try:
        from_line(text)
    except EventError:
        pass


@pytest.mark.parametrize(
    ("case", "at", "kind", "body", "said"),
    [
        ("", AT, "opened", {}, "its case is not 1 to 200 characters"),
        ("a\nb", AT, "opened", {}, "its case is not 1 to 200 characters"),
        ("a\0b", AT, "opened", {}, "its case is not 1 to 200 characters"),
        ("c", AT, " ", {}, "its kind is not 1 to 200 characters"),
        ("c", "2026-11-25", "opened", {}, "`2026-11-25` is not a time in UTC"),
        ("c", "2026-02-30T00:00:00Z", "opened", {}, "is not a time in UTC"),
        ("c", "2026-11-25T15:46:00+01:00", "opened", {}, "is not a time in UTC"),
        ("c", AT, "opened", {"rate": math.nan}, "`rate` is not a finite number"),
    ],
)
def test_an_event_that_no_store_could_keep_is_refused(case, at, kind, body, said):
    """Names are names, times are UTC, bodies are JSON; before anything is sealed."""
    with pytest.raises(EventError, match=said):
        append([], case, at, kind, body)


def test_a_sealed_event_does_not_follow_its_caller():
    """Changing the mapping afterwards does not change the event."""
    body = {"efforts": ["restart"]}
    event = append([], "c", AT, "opened", body)
    body["efforts"].append("removal")

    assert check_log([event]) == []
    assert event.body == {"efforts": ["restart"]}


def test_a_log_continues_only_its_own_case():
    """An event for another case is refused."""
    with pytest.raises(EventError, match="it belongs to case `c`, the log to case `case-1`"):
        append(log_of(("opened", {})), "c", AT, "acted", {})


def test_the_digest_does_not_change_with_the_program():
    """The canonical form is a promise to logs that exist: this digest was computed once and stays."""
    (event,) = log_of(("opened", {"rate": 0.05, "n": 3, "words": "Zürich", "open": None, "big": 1e22, "list": [True]}))

    assert event.digest == "250bd05a2c6feed9f24184ec5fee18a98ad584fa62ba3029bf215b0cdcaebdfc"
    assert events.canonical(1e22) == b"1e+22"
