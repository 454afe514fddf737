"""`supportable timeline`: stories kept whole, what it says beside what `check` says, and every form of it."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

from html_page import Page
from supportable import app, timelines
from supportable.cli import main
from supportable.core.clauses import select
from supportable.core.dates import day_from
from supportable.core.timeline import EACH_DAY, Asked, state_of
from supportable.reports.clause_dates import row_standing
from supportable.reports.schema import schema
from supportable.reports.timeline_pictures import picture

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "tests" / "scenarios"
STORIES = sorted(path.parent for path in (SCENARIOS / "timelines").glob("*/note.md"))
VOICE = SCENARIOS / "timelines" / "exchange-2010-unified-messaging-in-a-virtual-machine" / "evidence"


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.name)
def test_the_story_is_told_as_it_was_reviewed(story, monkeypatch, capsys):
    """The timeline of the scenario comes out byte for byte as it was reviewed, in lines of at most 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(story)
    assert main(["timeline", "evidence", *shlex.split((story / "arguments.txt").read_text())]) == 0
    text = capsys.readouterr().out

    kept = story / "timeline.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_text(text)
    assert text == kept.read_text(), f"{kept.relative_to(ROOT)} differs; UPDATE_GOLDEN=1 rewrites it for review"
    assert max(map(len, text.splitlines())) <= 80


def checked(evidence: Path, as_of: str, known: str):
    return {one.issuer: state_of(one) for one in app.check([evidence], as_of=as_of, known=known).verdicts}


@pytest.mark.parametrize("name", ["waivers", "exchange-2016-on-its-last-day", "sql-server-on-vsphere-windows"])
@pytest.mark.parametrize("known", [EACH_DAY, "2026-11-25"])
def test_each_day_is_told_as_check_judges_it(name, known):
    """By the packs that ship, a timeline says of a day what `check` for that day says: on days of turns, beside them, and anywhere."""
    evidence = SCENARIOS / name / "evidence"
    found = timelines.timeline_of([evidence], Asked("2026-11-25", known))
    turns = [turn.day for course in found.courses for turn in course.turns]
    chance = random.Random(name + known)
    days = [*chance.sample(turns, min(1, len(turns))), f"{chance.randint(1996, 2036)}-{chance.randint(1, 12):02}-17"]
    days += [day_from(days[0], -1)]
    for day in days:
        told = {course.issuer: state_of(span.verdict) for course in found.courses if (span := course.on(day)) is not None}
        assert told == checked(evidence, day, day if known == EACH_DAY else known)
    assert all(cause.events for course in found.courses for turn in course.turns for cause in turn.causes)


def test_every_document_counts_by_its_two_dates():
    """Whatever two dates are asked about, the clauses of a document are judged exactly where it was published and is in force."""
    chance = random.Random(5)
    for pack in app.whole_packs((), ()):
        for _ in range(8):
            as_of, known = (f"{chance.randint(1997, 2027)}-{chance.randint(1, 12):02}-15" for _ in range(2))
            chosen = select(pack, (), as_of, known)
            aside = {one.id for one in pack.documents if one.set_aside(as_of, known) is not None}
            ended = {one.id for one in pack.clauses if not one.dates.begun_by(as_of) or one.dates.over_by(as_of)}
            assert {one.citation.document for one in chosen.clauses}.isdisjoint(aside)
            assert aside <= {name for name, _ in chosen.set_aside}
            left = {one.id for one in pack.clauses if one.citation.document not in aside} - {one.id for one in chosen.clauses}
            assert left == {one for one in ended if one in left}


@lru_cache
def voice(**asked):
    return timelines.timeline_of([VOICE], Asked("2011-05-16", EACH_DAY, **asked))


def test_the_json_is_valid_and_has_every_span():
    """The JSON is valid by the published schema, and its spans are those of the timeline."""
    made = json.loads(schema("timeline"))
    jsonschema.Draft202012Validator.check_schema(made)
    waived = timelines.timeline_of([SCENARIOS / "waivers" / "evidence"], Asked("2026-11-25", "2026-11-25"))
    for found in (voice(), voice(since="2011-01-01", until="2011-12-31"), waived):
        document = json.loads(timelines.render(found, "json"))
        jsonschema.Draft202012Validator(made).validate(document)
        spans = [(one["from"], one["until"], one["label"]) for issuer in document["issuers"] for one in issuer["spans"]]
        assert spans == [(span.first, span.last, span.verdict.label) for course in found.courses for span in course.spans]
    document["issuers"][0]["spans"][0]["level"] = "poor"
    assert next(jsonschema.Draft202012Validator(made).iter_errors(document), None) is not None


def test_the_page_stands_alone_and_has_every_turn():
    """The page has a strict policy and no style in an attribute, every day of a turn, and bands that fill the picture without a gap."""
    found = voice()
    html = timelines.render(found, "html")
    drawing = Page(html)

    assert drawing.mismatched == [] and drawing.stack == []
    assert not re.search(r"\sstyle=|<script|javascript:", html)
    assert "default-src 'none'" in html
    for course in (one for one in found.courses if one.speaks):
        assert all(f'<time datetime="{turn.day}">' in html for turn in course.turns)
    for course in found.courses:
        drawn = picture(course, found)
        assert drawn is not None
        edges = [(float(one.x.rstrip("%")), float(one.width.rstrip("%"))) for one in drawn.bands]
        assert edges[0][0] == 0 and edges[-1][0] + edges[-1][1] >= 100
        assert all(round(at + wide, 3) >= after for (at, wide), (after, _) in pairwise(edges))


def test_a_calendar_reads_back_to_the_days_of_the_turns():
    """There is one all-day event a day on which an answer changes, with a name of its own, and the same timeline gives the same bytes."""
    from icalendar import Calendar

    found = voice()
    text = timelines.render(found, "ics")
    events = [one for one in Calendar.from_ical(text).walk() if one.name == "VEVENT"]
    turns = sorted({turn.day for course in found.courses for turn in course.turns})

    assert [one["DTSTART"].dt.isoformat() for one in events] == turns
    assert len({str(one["UID"]) for one in events}) == len(turns)
    assert timelines.render(found, "ics") == text
    assert "VJOURNAL" in timelines.render(voice(since="2012-01-01", until="2012-01-02"), "ics")


def test_what_came_from_evidence_is_never_markup(tmp_path):
    """A deployment and a node with hostile names are text in every form."""
    file = tmp_path / "d.yaml"
    file.write_text(
        'deployment: "<b>\\e[31m"\nworkload: {product: exchange-server, release: subscription-edition}\n'
        'nodes: [{name: "<i>&", os: {release: windows-server-2025}}]\n'
    )
    found = timelines.timeline_of([file], Asked("2026-11-25", "2026-11-25"), documents=["endoflife-windows-server"])

    html = timelines.render(found, "html")
    assert "<b>\\x1b" not in html and "&lt;b&gt;" in html and "<i>&" not in html
    for form in timelines.FORMATS:
        assert "\x1b" not in timelines.render(found, form)


@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        (["--known", "each"], 2, ["`each` is not a date", "each-day"]),
        (["--from", "2012-01-01", "--until", "2011-01-01"], 2, ["is before"]),
        (["--format", "htm"], 2, ["did you mean `html`?"]),
        (["-o", "out.sarif"], 2, ["is not clear from its ending", ".ics"]),
        (["--document", "KB81O986"], 2, ["did you mean `KB810986`?"]),
        (["-o", "nowhere/out.html"], 1, ["cannot be written"]),
    ],
)
def test_wrong_use_is_told_in_a_sentence_and_a_hint(arguments, code, parts, monkeypatch, tmp_path, capsys):
    """Wrong use exits with its code, says what is wrong and what to do, and writes nothing."""
    monkeypatch.chdir(tmp_path)
    assert main(["timeline", str(VOICE), *arguments]) == code
    said = capsys.readouterr()
    assert all(part in said.err for part in parts)
    assert said.out == "" and not list(tmp_path.iterdir())


def test_a_typo_and_a_silent_deployment(tmp_path, capsys):
    """A mistake in a deployment file stops with its place; where no document says anything, the command says so and exits with 3."""
    file = tmp_path / "d.yaml"
    file.write_text("workload: {relase: subscription-edition}\n")
    assert main(["timeline", str(file)]) == 1
    assert "d.yaml:1:12: unknown field `workload.relase`" in capsys.readouterr().err
    file.write_text("workload: {product: other}\ncluster: none\nnodes: none\n")
    assert main(["timeline", str(file), "--document", "KB810986"]) == 3
    assert "say nothing about this deployment on any day" in capsys.readouterr().out


def test_explain_says_whether_a_clause_is_in_force_and_which_rows_count(capsys):
    """`explain` names the document that was not published yet, and says of each row with dates how it stands."""
    clause = "endoflife-windows-server.windows"
    assert main(["explain", clause, "--as-of", "2034-10-20", "--known", "2026-07-19"]) == 0
    before = " ".join(capsys.readouterr().out.split())
    assert "by what was published until 2026-07-19: in force" in before
    assert "rows that count: 0, over: 2, not there: 1" in before
    assert "not there: published on 2026-07-20" in before
    assert main(["explain", clause, "--as-of", "2034-10-20", "--known", "2024-10-31"]) == 0
    early = " ".join(capsys.readouterr().out.split())
    assert "set aside, because the document endoflife-windows-server was published 2024-11-01" in early


def test_what_explain_says_of_rows_is_what_tables_do():
    """A row "counts", is "over" or "not there" exactly as the table of that day has it."""
    chance = random.Random(7)
    for pack in app.whole_packs((), ()):
        for matrix in (one for one in pack.matrices if one.dated):
            as_of, known = (f"{chance.randint(2003, 2036)}-{chance.randint(1, 12):02}-14" for _ in range(2))
            table = matrix.on(as_of, known)
            there = {row.id: row.over for row in (*table.rows, *table.ended)}
            for row in matrix.rows:
                word = row_standing(row, as_of, known).split(":")[0]
                assert word == ("not there" if row.id not in there else "over" if there[row.id] else "counts")
