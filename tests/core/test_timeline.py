"""A timeline says of each day what judging that day says, and nothing changes between the days it names."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import DAYS, dated_packs, deployments
from supportable.core.clauses import select
from supportable.core.compile import compile_pack
from supportable.core.dates import day_after, day_from
from supportable.core.facts import Source
from supportable.core.timeline import EACH_DAY, Asked, state_of, timeline
from supportable.core.verdict import judge
from supportable.core.waivers import Ending, Waiver
from supportable.core.waiving import Day, stand

NEAR = [day_from(day, days) for day in DAYS for days in (-1, 0, 1)]
KNOWN = st.sampled_from([EACH_DAY, EACH_DAY, *NEAR])
BOUNDS = st.tuples(st.sampled_from([None, *NEAR]), st.sampled_from([None, *NEAR])).filter(
    lambda found: found[0] is None or found[1] is None or found[0] <= found[1]
)


@st.composite
def waivers_of(draw, packs):
    """Waivers of some clauses, for some days; one may be for what the clause said before it changed."""
    found = []
    for pack in packs:
        for clause in draw(st.lists(st.sampled_from(pack.clauses), max_size=2, unique=True)):
            granted, last = sorted(draw(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS))))
            end = Ending(last, f"{day_after(last)}T00:00:00Z")
            leaves, digest = draw(st.sampled_from(["", "middle"])), draw(st.sampled_from(["", "", "another"]))
            given = (clause.id, "issuer", f"W-{clause.id}", "A", "r", granted, f"{last}Z", end, digest, (), leaves, Source("w.yaml", 1))
            found.append(Waiver(*given))
    return tuple(found)


@st.composite
def asked_of(draw):
    packs = [pack._replace(id=f"p{at}") for at, pack in enumerate(draw(st.lists(dated_packs(), min_size=1, max_size=2)))]
    since, until = draw(BOUNDS)
    return packs, draw(deployments()), Asked("2021-01-01", draw(KNOWN), since, until), draw(st.just(()) | waivers_of(packs))


def judged(packs, deployment, day: str, known: str, waivers):
    compiled = [compile_pack(select(pack, (), day, known)) for pack in packs]
    standings = stand(waivers, [one.pack for one in compiled], deployment.name, Day(day, known))
    return judge(deployment, compiled, standings)[0]


@settings(max_examples=40, deadline=None)
@given(asked_of(), st.sampled_from(NEAR), st.dates(max_value=date(9998, 12, 31)).map(str))
def test_every_day_has_the_answer_that_judging_it_gives(asked, near, anywhere):
    """The span of a day has the level, the ends, the words and the waivers of the verdict for that day, by what is known on it."""
    packs, deployment, days, waivers = asked
    course = timeline(deployment, packs, days, waivers).courses[0]
    own = [day for turn in course.turns for day in (turn.day, day_from(turn.day, -1))]
    for day in (near, anywhere, *own):
        span = course.on(day)
        outside = (days.since is not None and day < days.since) or (days.until is not None and day > days.until)
        assert (span is None) == outside
        if span is not None:
            known = day if days.known == EACH_DAY else days.known
            assert state_of(span.verdict) == state_of(judged(packs, deployment, day, known, waivers))


@settings(max_examples=40, deadline=None)
@given(asked_of())
def test_spans_follow_each_other_and_each_turn_has_a_cause_that_happened(asked):
    """Spans leave no day out and have another answer than their neighbours; behind each turn is a clause, and behind that an event."""
    packs, deployment, days, waivers = asked
    found = timeline(deployment, packs, days, waivers)
    course = found.courses[0]

    assert (course.spans[0].first, course.spans[-1].last) == (days.since, days.until)
    assert len(course.turns) == len(course.spans) - 1
    for (before, after), turn in zip(pairwise(course.spans), course.turns, strict=True):
        assert before.last is not None and day_after(before.last) == after.first == turn.day
        assert state_of(before.verdict) != state_of(after.verdict)
        assert turn.causes
        assert all(cause.events for cause in turn.causes)
        assert course.first is not None and course.last is not None
        assert course.first <= turn.day <= course.last
        assert found.first is None or not course.speaks or found.first <= turn.day <= found.last
