"""Pictures of fleets: what is drawn adds up, and every label stands where its number or day is."""

from __future__ import annotations

import math
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fleet_answers import counts, days_ahead, forecasts, levels, some_levels
from supportable.core.fleet_results import Group, IssuerForecast, Move, Turn
from supportable.reports.fleet_pictures import APART, AXIS_MOST, bar, curve, percent
from supportable.reports.fleet_words import by_level, largest, number, tenths

FIRST = date(2026, 11, 25)


def place(text: str) -> int:
    """A place of a picture in thousandths of one per cent."""
    assert text.endswith("%")
    return round(Fraction(text[:-1]) * 1000)


@given(some_levels, st.integers(0, 10**9))
def test_the_parts_of_a_bar_meet_and_add_up(found, missing):
    """Each part begins where the one before ends, and together they are as wide as the share of the whole."""
    whole = sum(found.values()) + missing
    parts = bar(by_level(found), whole)

    edge = 0
    for part in parts:
        assert place(part.start) == edge
        edge += place(part.width)
    assert edge == percent(sum(found.values()), whole)
    assert [part.name for part in parts] == [level for level, count in found.items() if count]


@given(forecasts())
def test_the_columns_of_a_curve_fill_it(found):
    """From step to step the bands reach from the foot to the share of the largest sum, and the columns reach from edge to edge."""
    for one in found.issuers:
        whole = max(sum(step.values()) for _, step in one.steps)
        drawn = curve(one, found.first, found.until)
        starts = sorted({place(block.x) for block in drawn.blocks})
        for x in starts:
            column = [block for block in drawn.blocks if place(block.x) == x]
            assert len({block.width for block in column}) == 1
            assert sorted(place(block.y) + place(block.height) for block in column)[-1] == 100_000
            tops = [100_000 - place(block.y) for block in column]
            assert sum(place(block.height) for block in column) == max(tops)
        if all(sum(step.values()) == whole for _, step in one.steps) and whole:
            widths = {place(block.x): place(block.width) for block in drawn.blocks}
            assert sum(widths.values()) == 100_000
            assert all(x == 0 or x in {before + width for before, width in widths.items()} for x in widths)


@given(days_ahead, st.integers(0, 40))
def test_every_turn_has_a_mark_where_its_day_is(ahead, more):
    """Marks are numbered as the turns are, stand at the day's part of the span, and two numbers never stand on each other."""
    until = max([1, *ahead]) + more
    days = [(FIRST + timedelta(days=one)).isoformat() for one in ahead]
    move = Move("falls", "full", "limited", 1, "a")
    turns = tuple(Turn(day, (move,), (), ()) for day in days)
    forecast = IssuerForecast("one", ((FIRST.isoformat(), levels(9, 0, 0, 0, 0)),), turns)
    drawn = curve(forecast, FIRST.isoformat(), (FIRST + timedelta(days=until)).isoformat())

    assert [mark.number for mark in drawn.marks] == list(range(1, len(ahead) + 1))
    assert [place(mark.at) for mark in drawn.marks] == [percent(one, until) for one in ahead]
    for rare, apart in ((0, 13_000), (1, 3_000)):
        shown = [place(mark.at) for mark in drawn.marks if mark.rare <= rare]
        assert all(after - before >= apart for before, after in pairwise(shown))


@given(st.dates(min_value=date(1, 1, 1)), st.dates(min_value=date(1, 1, 1)))
def test_the_axis_is_right_for_days_and_for_centuries(one, other):
    """Every label of the axis names a day within it, stands where that day is, and there are few enough to read."""
    first, until = sorted((one, other))
    span = max(1, (until - first).days)
    drawn = curve(IssuerForecast("one", ((first.isoformat(), levels(1, 0, 0, 0, 0)),), ()), first.isoformat(), until.isoformat())

    assert len(drawn.days) <= AXIS_MOST + 1
    assert drawn.days or span >= 126
    for label in drawn.days:
        day = date.fromisoformat((label.text.zfill(4) + "-01-01")[:10])
        assert first <= day <= until
        assert place(label.across) == percent((day - first).days, span)


@given(some_levels)
def test_labels_beside_a_curve_stand_apart(found):
    """Every level at the end of a curve has its label inside the picture, and no two labels stand on each other."""
    drawn = curve(IssuerForecast("one", (("2026-11-25", found),), ()), "2026-11-25", "2030-01-01")
    places = [place(label.at) for label in drawn.beside]

    assert {label.text for label in drawn.beside} == {level for level, count in found.items() if count}
    assert all(after - before >= 1000 * APART for before, after in pairwise(places))
    assert all(0 < one < 100_000 for one in places)


@given(counts)
def test_round_numbers_stand_beside_a_curve(count):
    """The numbers beside a curve are few, begin with nought, and each stands at its share of the whole."""
    drawn = curve(IssuerForecast("one", (("2026-11-25", levels(count, 0, 0, 0, 0)),), ()), "2026-11-25", "2030-01-01")

    assert drawn.counts[0].text == "0" and len(drawn.counts) <= 6
    for label in drawn.counts:
        assert place(label.at) == 100_000 - percent(int(label.text.replace(" ", "")), count)


parts_of = st.lists(st.fractions(min_value=-1000, max_value=10**6, max_denominator=12), min_size=1, max_size=5)


@given(parts_of)
def test_rounded_parts_add_up(parts):
    """Parts that are shown with one decimal add up to the rounded sum, and each is less than a tenth away from what it is."""
    whole = math.ceil(sum(parts))
    parts = [*parts, whole - sum(parts, Fraction(0))]
    shown = [Fraction(text.replace(" ", "")) for text in tenths(parts)]

    assert sum(shown) == whole
    assert all(abs(one - part) < Fraction(1, 10) for one, part in zip(shown, parts, strict=True))
    assert all(text == number(int(part)) for text, part in zip(tenths(parts), parts, strict=True) if part.denominator == 1)


@given(st.lists(st.builds(Group, st.none(), some_levels), max_size=30), st.integers(1, 25))
def test_no_group_is_lost(groups, at_most):
    """The groups that are shown and the sum of the others hold all deployments, level by level."""
    cut = largest(groups, at_most)

    assert len(cut.shown) + cut.others == len(groups) and len(cut.shown) <= at_most
    for level in levels(0, 0, 0, 0, 0):
        assert sum(one.levels[level] for one in cut.shown) + cut.rest.get(level, 0) == sum(one.levels[level] for one in groups)
