"""Reports about fleets hold every number in every form, escape everything, and say the same for the same values."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import icalendar
import pytest
from hypothesis import given, settings

import fleet_answers
from fleet_answers import HOSTILE_TEXTS, NO_DEPLOYMENT, NO_ISSUER, checks, diffs, forecasts, hostile
from html_page import Page
from supportable.core.fleet_results import FleetCheck, FleetDiff, FleetForecast
from supportable.errors import SupportableError
from supportable.reports import fleet_diff_text, fleet_forecast_text, fleet_html, fleet_ics, fleet_json, fleet_text
from supportable.reports.fleet_text import GROUPS_SHOWN, SHOWN
from supportable.reports.fleet_words import largest, number, owed, owed_in_all
from supportable.reports.wording import printable

REAL = (fleet_answers.check(), fleet_answers.forecast(), fleet_answers.diff())
ANSWERS = {
    **dict(zip(("check", "forecast", "diff"), REAL, strict=True)),
    **{f"no issuer {at}": one for at, one in enumerate(NO_ISSUER)},
    **{f"no deployment {at}": one for at, one in enumerate(NO_DEPLOYMENT)},
    **{f"hostile {at} {which}": one for at, text in enumerate(HOSTILE_TEXTS) for which, one in enumerate(hostile(text))},
}
RENDER = {
    FleetCheck: (fleet_html.render_check, fleet_text.render_check, fleet_json.render_check),
    FleetForecast: (fleet_html.render_forecast, fleet_forecast_text.render_forecast, fleet_json.render_forecast),
    FleetDiff: (fleet_html.render_diff, fleet_diff_text.render_diff, fleet_json.render_diff),
}


@pytest.fixture(params=list(ANSWERS))
def answer(request):
    """Each answer in turn."""
    return ANSWERS[request.param]


def made(answer, form: int) -> str:
    """An answer in one of the three forms: HTML, text, JSON."""
    return RENDER[type(answer)][form](answer)


@lru_cache
def page_of(name: str) -> str:
    """The page of one of the answers; each is made once."""
    return made(ANSWERS[name], 0)


@pytest.fixture(params=list(ANSWERS))
def page(request):
    """The page of each answer in turn."""
    return page_of(request.param)


def test_the_same_answer_gives_the_same_bytes(answer):
    """A report is a function of the answer: no clock, no random order, no path of this machine."""
    renders = [*RENDER[type(answer)], *([fleet_ics.render_forecast] if isinstance(answer, FleetForecast) else [])]
    forms = [render(answer) for render in renders]

    assert forms == [render(answer) for render in renders]
    assert not any(str(Path(__file__).parents[2]) in one for one in forms)


def test_the_page_is_well_formed(page):
    """Every start tag has its end tag, and headings do not skip a level."""
    read = Page(page)
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]

    assert read.mismatched == [] and read.stack == []
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_page_fetches_nothing_and_styles_nothing_in_place(page):
    """No script, link, image, frame, handler, style attribute or address; a fill refers to a pattern that the page itself has."""
    read = Page(page)
    patterns = {attributes["id"] for tag, attributes in read.elements if tag == "pattern"}

    assert {tag for tag, _ in read.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "a",
        "use",
        "image",
    } == set()
    for _, attributes in read.elements:
        assert not any(name.startswith("on") or name in ("src", "href", "xlink:href", "style", "srcset") for name in attributes)
        for name, value in attributes.items():
            if "url(" in (value or "") and name == "fill":
                assert value is not None and value.removeprefix("url(#").removesuffix(")") in patterns
            elif name != "aria-label":
                assert "url(" not in (value or "") and "://" not in (value or "")


def test_the_policy_allows_only_the_page_s_own_style(page):
    """The Content-Security-Policy stands before the style, forbids everything else, and names the hash of that style."""
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policies = [attributes["content"] for _, attributes in Page(page).elements if attributes.get("http-equiv") == "Content-Security-Policy"]

    assert style is not None and page.count("<style") == 1
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert "url(" not in style.group(1) and "@import" not in style.group(1) and "<" not in style.group(1)


def test_pictures_and_tables_have_words(page):
    """Every picture is hidden from readers of words or has a title; every table has a caption and scoped headers; every id is one's own."""
    elements = Page(page).elements
    tags = [tag for tag, _ in elements]
    shown = [attributes for tag, attributes in elements if tag == "svg" and attributes.get("aria-hidden") != "true"]
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]

    assert all(attributes.get("role") == "img" for attributes in shown)
    assert tags.count("title") == len(shown) + 1
    assert tags.count("caption") == tags.count("table")
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in elements if tag == "th")
    assert len(ids) == len(set(ids))
    assert all(one in ids for _, attributes in elements for one in (attributes.get("aria-labelledby") or "").split())


def test_the_parts_of_every_bar_meet(page):
    """In every bar of a page each part begins where the one before ends, and none goes beyond the end."""
    for picture in re.findall(r'<svg class="bar.*?</svg>', page, re.DOTALL):
        edge = Fraction(0)
        for start, width in re.findall(r'<rect x="([\d.]+)%" width="([\d.]+)%"', picture):
            assert Fraction(start) == edge
            edge += Fraction(width)
        assert edge <= 100


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_text_is_text(text):
    """What an inventory or a pack says becomes neither element nor attribute nor control character, in any form."""
    shown = " ".join(printable(text).split())
    for answer in hostile(text):
        page, words, document = (made(answer, form) for form in range(3))
        read = Page(page)

        assert read.count("script") == read.count("img") == 0 and read.count("style") == 1
        assert read.text.count(shown) >= 8
        assert all(line.isprintable() for form in (page, words, document) for line in form.split("\n"))
        assert printable(text).split()[0] in words
        assert text in strings(json.loads(document))


def strings(written: object) -> set[str]:
    """Every text in a document."""
    if isinstance(written, dict):
        return {one for value in written.values() for one in strings(value)}
    if isinstance(written, list):
        return {one for value in written for one in strings(value)}
    return {written} if isinstance(written, str) else set()


def numbers_of_check(found: FleetCheck, listed: int, groups_shown: int) -> set[str]:
    """Every number of an answer that a form which lists so many has to hold."""
    counts = [count for one in found.issuers for count in one.levels.values()]
    for one in found.issuers:
        counts += [count for _, count in one.failed[:listed]]
        if one.levels["undecided"]:
            counts += [count for ranked in (one.unknown, one.deciding) for _, count in ranked[:listed]]
        for groups in one.groups.values():
            if [group.value for group in groups] == [None]:
                continue
            cut = largest(groups, groups_shown)
            counts += [count for group in cut.shown for count in (group.deployments, *group.levels.values())]
            counts += [cut.rest_deployments, *cut.rest.values()] if cut.others else []
    return {number(count) for count in counts if count}


def numbers_of_forecast(found: FleetForecast) -> set[str]:
    """Every number of a forecast."""
    counts = [count for one in found.issuers for _, levels in one.steps for count in levels.values()]
    turns = [turn for one in found.issuers for turn in one.turns]
    counts += [move.deployments for turn in turns for move in turn.moves] + [turn.falling for turn in turns]
    counts += [reason.deployments for turn in turns for reason in (*turn.falls_because, *turn.others_because)]
    return {number(count) for count in counts if count} | {turn.day for turn in turns}


def numbers_of_diff(found: FleetDiff) -> set[str]:
    """Every number of a comparison, with the shares as they are shown."""
    counts = [count for one in found.issuers for levels in (one.before, one.after) for count in levels.values()]
    counts += [abs(one.after.get(level, 0) - one.before.get(level, 0)) for one in found.issuers for level in one.before]
    counts += [change.move.deployments for one in found.issuers for change in one.changes]
    counts += [reason.deployments for one in found.issuers for reasons in one.because.values() for reason in reasons]
    shares = {text for one in found.issuers for change in one.changes for _, text in owed(change.shares)}
    shares |= {text for one in found.issuers if one.changes for _, text in owed(owed_in_all(one.changes))}
    return {number(count) for count in counts if count} | shares


def test_a_real_answer_has_all_its_numbers_in_every_form():
    """Nothing of a whole real answer is lost in HTML, text or JSON, the report of the inventory included."""
    for name, wanted in (("forecast", numbers_of_forecast(REAL[1])), ("diff", numbers_of_diff(REAL[2]))):
        page, words = Page(page_of(name)).text.replace("−", "-"), " ".join(made(ANSWERS[name], 1).split())
        assert [one for one in wanted if one not in page or one not in words] == []
    page, words = Page(page_of("check")).text, " ".join(made(REAL[0], 1).split())
    assert [one for one in numbers_of_check(REAL[0], 10**6, 20) if one not in page] == []
    assert [one for one in numbers_of_check(REAL[0], SHOWN, GROUPS_SHOWN) if one not in words] == []
    report = ("3 214 880", "1 204", "80 411", "212", "1 904", "41 200", "EX2K7 Ent SP1 RU4 (legacy)", "cmdb/readme.txt", "asset_owner")
    for page in (Page(page_of(name)).text for name in ("check", "forecast", "diff")):
        assert [text for text in report if text not in page] == []


@settings(max_examples=15)
@given(checks())
def test_every_number_of_a_check_is_shown(found):
    """HTML has all numbers of what it lists, text of the first ten and the largest groups, and JSON gives back the whole."""
    page, words = Page(made(found, 0)).text, " ".join(made(found, 1).split())

    assert all(one in page for one in numbers_of_check(found, 10**6, 20))
    assert all(one in words for one in numbers_of_check(found, SHOWN, GROUPS_SHOWN))
    for one, back in zip(found.issuers, json.loads(made(found, 2))["issuers"], strict=True):
        assert back["levels"] == one.levels and back["undecided_searched"] == one.searched
        assert [(row["clause"], row["deployments"]) for row in back["failed"]] == list(one.failed)
        assert {group["by"]: [value["levels"] for value in group["values"]] for group in back["groups"]} == {
            name: [group.levels for group in groups] for name, groups in one.groups.items()
        }


@settings(max_examples=15)
@given(forecasts())
def test_every_number_of_a_forecast_is_shown(found):
    """Every level of every day, every move and every clause with its number stands in HTML and in text, and JSON gives back the whole."""
    page, words = Page(made(found, 0)).text, " ".join(made(found, 1).split())

    assert all(one in page and one in words for one in numbers_of_forecast(found))
    for one, back in zip(found.issuers, json.loads(made(found, 2))["issuers"], strict=True):
        assert [(step["from"], step["levels"]) for step in back["steps"]] == [(day, levels) for day, levels in one.steps]
        assert [turn["falling"] for turn in back["turns"]] == [turn.falling for turn in one.turns]
        assert [[tuple(move.values()) for move in turn["moves"]] for turn in back["turns"]] == [list(turn.moves) for turn in one.turns]


@settings(max_examples=15)
@given(diffs())
def test_every_number_of_a_comparison_is_shown(found):
    """Levels, moves, shares and clauses stand in HTML and in text; the shares in JSON are exact and add up to what moved."""
    page, words = Page(made(found, 0)).text.replace("−", "-"), " ".join(made(found, 1).split())

    assert all(one in page and one in words for one in numbers_of_diff(found))
    for one, back in zip(found.issuers, json.loads(made(found, 2))["issuers"], strict=True):
        assert back["before"] == one.before and back["after"] == one.after
        for change, row in zip(one.changes, back["changes"], strict=True):
            parts = [Fraction(part["numerator"], part["denominator"]) for part in row["owed_to"].values()]
            assert sum(parts) == row["deployments"] == change.move.deployments
            assert all(abs(part - Fraction(shown["decimal"])) < 10**-5 for part, shown in zip(parts, row["owed_to"].values(), strict=True))


@pytest.mark.parametrize("name", ["check", "forecast", "diff"])
def test_text_fits_a_terminal(name):
    """No line of a real answer is wider than eighty columns, and no number is cut in two at the end of a line."""
    lines = made(ANSWERS[name], 1).split("\n")

    assert all(len(line) <= 80 for line in lines)
    assert not any(
        re.search(r"\d$", before) and re.match(r"\s+\d{3}(?!\w)", after) and len(before) > 60 for before, after in pairwise(lines)
    )


def test_text_names_the_largest_groups():
    """The five largest groups stand under the name of their column or label, and the others are summed."""
    words = made(REAL[0], 1)

    assert "By customer\n" in words and "By workload.product\n" in words
    assert "Fabrikam:" in words and "not known: 44 049 full" in " ".join(words.split())
    assert "in 25 other groups:" in words


def test_nothing_is_said_where_nothing_is():
    """An inventory without a deployment, and a run without packs, read as what they are, in every form."""
    for found in NO_ISSUER:
        assert "No pack was asked." in Page(made(found, 0)).text and "No pack was asked." in made(found, 1)
        assert json.loads(made(found, 2))["issuers"] == []
    check, forecast, diff = NO_DEPLOYMENT
    still = REAL[1]._replace(issuers=REAL[1].issuers[2:])
    assert "No deployment was judged" in Page(made(check, 0)).text and "no deployment was judged" in made(check, 1)
    assert "No deployment was judged." in Page(made(forecast, 0)).text and "no deployment was judged" in made(forecast, 1)
    assert "Nothing moves until 2034-12-31." in Page(made(still, 0)).text and "nothing moves until 2034-12-31" in made(still, 1)
    assert "Nothing changed." in Page(made(diff, 0)).text and "nothing changed" in made(diff, 1)


def test_every_level_has_a_pattern_of_its_own(page):
    """Levels, and what changes are owed to, differ in pattern and not in colour alone."""
    shapes = dict(re.findall(r'<pattern id="fill-([a-z-]+)".*?>(.*?)</pattern>', page))
    drawn = {name: re.sub(r'class="ground-(\w+)', r'class="\1', shape) for name, shape in shapes.items()}
    levels = ("full", "limited", "unsupported", "undecided", "silent", "not-there")

    assert len({drawn[name] for name in levels}) == len(levels)
    assert len({drawn[name] for name in ("evidence", "policy", "calendar")}) == 3


def events(text: str) -> list[icalendar.Event]:
    """The events of a calendar."""
    return icalendar.Calendar.from_ical(text).walk("VEVENT")


@settings(max_examples=25)
@given(forecasts())
def test_a_calendar_reads_back_to_the_same_days(found):
    """One all-day event for each day on which deployments move, each with a UID of its own, stamped with the forecast's own date."""
    text = fleet_ics.render_forecast(found)
    read = events(text)

    assert [event.decoded("dtstart") for event in read] == sorted(
        {date.fromisoformat(turn.day) for one in found.issuers for turn in one.turns}
    )
    assert len({str(event["uid"]) for event in read}) == len(read)
    assert all(event.decoded("dtstamp") == datetime(2026, 11, 25, tzinfo=UTC) for event in read)
    for event in read:
        turns = [turn for one in found.issuers for turn in one.turns if turn.day == event.decoded("dtstart").isoformat()]
        largest_fall = max(turn.falling for turn in turns)
        assert not largest_fall or number(largest_fall) in str(event["summary"])
        assert all(number(move.deployments) in str(event["description"]) for turn in turns for move in turn.moves)
        assert all(number(reason.deployments) in str(event["description"]) for turn in turns for reason in turn.falls_because)


@settings(max_examples=25)
@given(forecasts())
def test_a_calendar_is_written_as_the_standard_asks(found):
    """Lines end in CRLF and have at most 75 octets (RFC 5545, 3.1); a calendar is never without a component (3.4, 3.6)."""
    text = fleet_ics.render_forecast(found)

    assert text.endswith("\r\n") and not re.search(r"(?<!\r)\n|\r(?!\n)", text)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert icalendar.Calendar.from_ical(text).subcomponents


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_text_makes_no_property_of_a_calendar(text):
    """A key or clause that holds line ends, separators or a whole component stays inside the description."""
    calendar = icalendar.Calendar.from_ical(fleet_ics.render_forecast(hostile(text)[1]))
    (event,) = calendar.walk("VEVENT")

    assert len(calendar.subcomponents) == 1 and calendar.errors == [] == event.errors
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "TRANSP"}
    assert str(event["description"]).count(printable(text)) >= 4


def test_tomorrow_s_forecast_replaces_the_events_of_today():
    """The UID of a day depends on the inventory and the day alone, so that a calendar program updates what it has."""
    forecast = REAL[1]
    issuers = tuple(one._replace(turns=tuple(turn._replace(falls_because=()) for turn in one.turns)) for one in forecast.issuers)
    later = forecast._replace(issuers=issuers, known="2026-12-24", first="2026-12-24")
    uids = [[str(event["uid"]) for event in events(fleet_ics.render_forecast(one))] for one in (forecast, later)]

    assert uids[0] == uids[1]
    assert uids[0] != [str(event["uid"]) for event in events(fleet_ics.render_forecast(forecast._replace(where="other.csv")))]


def test_a_calendar_without_its_library_says_what_to_install(monkeypatch):
    """Where `icalendar` is not installed, the error is a sentence with the extra that brings it."""
    monkeypatch.setitem(sys.modules, "icalendar", None)

    with pytest.raises(SupportableError, match="a calendar needs `icalendar`") as raised:
        fleet_ics.render_forecast(REAL[1])
    assert raised.value.hint == "pip install 'supportable[fleet]'"
