"""A plan and its path in every format: nothing of them is lost, nothing of evidence becomes markup, and the calendar reads back."""

from __future__ import annotations

import copy
import html
import json
import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from html_page import Page
from supportable import planning
from supportable.cli import main
from supportable.core.path_days import Last
from supportable.core.path_works import RUN
from supportable.core.paths import At, Change, Stage, Step
from supportable.core.paths import Path as Way
from supportable.core.plan_steps import Planned
from supportable.reports.mermaid import label
from supportable.reports.path_pictures import OUT, Row, picture
from supportable.reports.path_words import clause_name, deadlines, path_page, ranges, state_at
from supportable.reports.plan_words import page_of
from supportable.reports.schema import schema

SCENARIOS = Path(__file__).parent / "scenarios"
STORIES = SCENARIOS / "plans"
DAY = "2026-11-25"
HOSTILE = '</title><b>x</b> %%{init: {}}%% `a` "]) --> c; end \x1b[31m *x* #35; |z| {q} www.x.example @who'
NAMES = ["whole", "roll", "together", "no-way", "what-runs", "hostile", "sixteen"]
FORMS = ("text", "markdown", "html", "mermaid")


@lru_cache
def planned(name: str) -> Planned:
    """Return a plan of each kind, with its path where there is one."""
    evidence = {
        "whole": STORIES / "rhel-two-nodes-without-fencing" / "evidence",
        "roll": STORIES / "exchange-2016-to-subscription-edition" / "evidence",
        "no-way": STORIES / "rhel-two-nodes-without-fencing" / "evidence",
    }
    if name == "together":
        return as_one(planned("roll"))
    wish = planning.Wish(path=True, issuers=() if name in (*evidence, "what-runs") else ("microsoft",))
    if name == "no-way":
        wish = wish._replace(keep=("cluster.fencing_enabled",))
    if name == "what-runs":
        return planning.plan([without_what_runs()], wish, as_of=DAY, known=DAY)
    if name in evidence:
        return planning.plan([evidence[name]], wish, as_of=DAY, known=DAY)
    return planning.plan([renamed(name)], wish, as_of="2025-06-25", known=DAY)


def as_one(one: Planned) -> Planned:
    """Return a plan on whose path all nodes are changed at one moment, and validated then."""
    assert one.path is not None
    first, roll = one.path.stages
    changes = tuple(change for step in roll.steps for change in step.changes)
    run = Change(RUN, "operating-system", None, "full-run", True, "Run the validation")
    steps = [Step(number, "change", (), changes, (), one.path.end) for number in (2, 3)]
    together = roll._replace(kind="together", steps=(steps[0]._replace(nodes=roll.nodes),))
    validate = Stage("validate", (), (), 1, (steps[1]._replace(kind="validate", changes=(run,)),))
    return one._replace(path=one.path._replace(stages=(first, together, validate)))


@lru_cache
def without_what_runs() -> Path:
    """Write down a cluster of which nobody knows which workload and operating system run on it."""
    import tempfile

    path = Path(tempfile.mkdtemp()) / "deployment.yaml"
    path.write_text("deployment: bare\ncluster: {service: pacemaker, fencing_enabled: false}\nnodes: [{name: a}, {name: b}]\n")
    return path


@lru_cache
def renamed(name: str) -> Path:
    """Write the deployment of three nodes anew, with hostile names, or with sixteen nodes."""
    import tempfile

    tree = yaml.safe_load((STORIES / "exchange-2016-to-subscription-edition" / "evidence" / "deployment.yaml").read_text())
    node = tree["nodes"][0]
    names = [f"EX{number}" for number in range(1, 17)] if name == "sixteen" else [HOSTILE, '1. <i>&"]; click a', "- `]`"]
    tree["nodes"] = [{**copy.deepcopy(node), "name": one} for one in names]
    tree["cluster"]["shared_storage"] = "none"
    if name == "hostile":
        tree["deployment"] = HOSTILE
    folder = Path(tempfile.mkdtemp())
    (folder / "deployment.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))
    return folder / "deployment.yaml"


@lru_cache
def rendered(name: str, form: str) -> str:
    return planning.render(planned(name), form)


def read_back(text: str, form: str) -> str:
    """Return what a reader of a format sees, with single spaces."""
    if form == "html":
        text = Page(text).text
    if form == "mermaid":
        text = html.unescape(re.sub(r"#(\d+);", r"&#\1;", text.replace("<br/>", " "))).replace("\u200b", "")
    if form == "markdown":
        parts = re.split(r"(?<![\\`])(`+)(?!`)(.*?)(?<!`)\1(?!`)", text)
        text = "".join(
            parts[at] if at % 3 == 2 else re.sub(r"\\([\\`*_{}\[\]<>#~!$&.=()+-])", r"\1", parts[at])
            for at in range(len(parts))
            if at % 3 != 1
        )
    return "".join(text.split())


def bare(text: str) -> str:
    return "".join(text.replace("`", "").split())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_every_step_and_clause_stands_in_every_format(name, form):
    """Each step of the plan and of the path, each clause that asks for one, stands in the way or cannot be met, is told in each format."""
    seen = read_back(rendered(name, form), form).replace("`", "").lower()
    page, path = page_of(planned(name)), planned(name).path
    told = [page.answer, page.core_said, *(fact for one in page.core for fact in one.facts), *(one.ground.clause for one in page.core)]
    assert bool(page.first) is (name == "what-runs")
    assert bool(page.minding) is (name not in ("whole", "no-way", "what-runs"))
    told += [one.clause for one in page.minding]
    told += [text for step in page.first for text in (step.title, step.must)]
    for step in page.ways[0].steps if page.ways else ():
        alone = path is None or form != "mermaid" or step.kind == "look"
        told += [step.title, *(one.clause for one in step.asked_by)] if alone else []
    for way in page.ways[1:]:
        told += way.differs
    if path is not None:
        walked = path_page(path)
        told += [walked.answer, *walked.notes, walked.looks, walked.until, *(one.said for one in walked.deadlines)]
        told += [clause_name(one.requirement) for step in path.steps for one in step.after.in_the_way]
        for stage in walked.stages:
            told += [*stage.does, stage.title, stage.throughout]
            told += [text for step in stage.steps for text in (step.title, *step.beside)]
    if form == "mermaid" and page.ways:
        told.remove(page.answer)
    for text in told:
        assert bare(text).lower() in seen, text


@pytest.mark.parametrize("name", NAMES)
def test_the_json_is_valid_and_has_every_step(name):
    """The JSON is valid by the published schema, and its steps, clauses and dates are those of the plan and the path."""
    made = jsonschema.Draft202012Validator(json.loads(schema("plan")))
    document = json.loads(rendered(name, "json"))
    made.validate(document)
    plan, path = planned(name).plan, planned(name).path

    assert [[step["field"] for step in way["steps"]] for way in document["ways"]] == [
        [step.field for step in way.steps] for way in plan.ways
    ]
    assert [step["field"] for step in document["first"]] == [step.field for step in plan.first]
    assert [one["clause"] for one in document["minding"]] == [one.clause.id for one in plan.minding]
    assert [one.get("clause", one.get("rule")) for one in document["core"]] == [one.requirement.clause.id for one in plan.core]
    assert (document["path"] is None) == (path is None)
    if path is None:
        return
    steps = [step for stage in document["path"]["stages"] for step in stage["steps"]]
    assert [(step["number"], step["kind"], step["after"]["met"]) for step in steps] == [(o.number, o.kind, o.after.met) for o in path.steps]
    assert [len(step["changes"]) for step in steps] == [len(step.changes) for step in path.steps]
    assert document["path"]["below"] == len(path.below)
    assert (document["path"]["beside"] is None) == (path.beside is None)
    steps[0]["kind"] = "sideways"
    assert next(made.iter_errors(document), None) is not None


@pytest.mark.parametrize("name", NAMES)
def test_the_page_stands_alone(name):
    """The page is well formed, has a strict policy, no script, no address and no style in an attribute, and no heading skips a level."""
    made = rendered(name, "html")
    page = Page(made)

    assert page.mismatched == [] and page.stack == []
    assert "default-src 'none'; style-src 'sha256-" in made and made.count("<style") == 1
    assert {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object", "a", "use", "b1", "i"} == set()
    for _, attributes in page.elements:
        assert not any(one.startswith("on") or one in ("src", "href", "style") for one in attributes)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert all({"role", "aria-hidden", "class"} & set(attributes) for tag, attributes in page.elements if tag == "svg")


def test_nothing_of_evidence_is_markup():
    """Hostile names of a deployment and its nodes are shown as they are written, as text, in every format, without a control character."""
    for form in planning.FORMATS:
        made = rendered("hostile", form)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", made.replace("\r\n", "\n")), form
    assert "<b>x" not in rendered("hostile", "html") and "<i>&" not in rendered("hostile", "html")
    assert "&lt;b&gt;x&lt;/b&gt;" in rendered("hostile", "html")
    for line in rendered("hostile", "markdown").splitlines():
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line.replace("\\`", ""))
        assert not re.search(r"(?<!\\)<|@who|www\.", outside)


_NAME = r"[a-z]+\d*"
_LABEL = r'"(?:[^"\x00-\x1f#`<>{}\[\]|%]|#\d+;|<br/>)*"'
_GRAMMAR = re.compile(
    rf"flowchart TD|    (?:{_NAME}(?:\[{_LABEL}\]|\(\[{_LABEL}\]\)|\{{\{{{_LABEL}\}}\}})(?::::[a-z]+| --> {_NAME})?"
    rf"|{_NAME} (?:-->(?:\|{_LABEL}\|)?|-\.-) {_NAME}|{_NAME} -\.-> {_NAME} -\.-> {_NAME}"
    rf"|subgraph {_NAME}\[{_LABEL}\]|end|    {_NAME}\[{_LABEL}\]:::[a-z]+|classDef [a-z]+ [a-z:#0-9,]+)"
)


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_the_diagram_is_of_the_grammar_relied_on(name):
    """Each line is a node, an arrow, the edge of a group or a style; labels hold nothing that Mermaid reads; arrows join nodes."""
    lines = rendered(name, "mermaid").splitlines()
    for line in lines:
        assert _GRAMMAR.fullmatch(line), line
    bones = [re.sub(_LABEL, "", line).strip() for line in lines[1:] if not line.strip().startswith("classDef")]
    named = {
        match.group() for bone in bones if "[" in bone or "{{" in bone for match in [re.match(r"(?:subgraph )?([a-z]+\d*)", bone)] if match
    }
    nodes = {one.removeprefix("subgraph ") for one in named}
    ends = {
        word for bone in bones for arrow in ("-->", "-.-") if arrow in bone for word in re.findall(_NAME, re.sub(r":::[a-z]+", "", bone))
    }
    assert ends <= nodes


@settings(max_examples=30)
@given(st.text(max_size=30))
def test_a_label_shows_its_text_and_nothing_else(text):
    """Whatever a text is, its label is one of the grammar and reads back to the text without control characters."""
    made = label([text])
    assert re.fullmatch(_LABEL, made)
    shown = html.unescape(re.sub(r"#(\d+);", r"&#\1;", made[1:-1])).removeprefix("\u200b")
    assert shown == "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def filled(row: Row) -> list[tuple[float, float]]:
    return [(float(one.x.rstrip("%")), float(one.width.rstrip("%"))) for one in row.pieces]


@pytest.mark.parametrize("name", [one for one in NAMES if one not in ("no-way", "what-runs")])
def test_the_picture_shows_the_deployments_that_were_judged(name):
    """Every row fills the picture without a gap, a node is drawn as out exactly where it is, and each issuer has the level it has."""
    path = planned(name).path
    assert path is not None
    drawn = picture(path)
    assert drawn is not None
    for row in (*drawn.rows, *drawn.levels):
        places = filled(row)
        assert places[0][0] == 0 and round(sum(wide for _, wide in places), 3) == 100
        assert all(round(at + wide, 3) == after for (at, wide), (after, _) in pairwise(places))
    for row in drawn.rows:
        absent = [row.name in map(shown_name, step.out) for step in path.steps]
        runs = sum(one and not before for before, one in pairwise([False, *absent]))
        assert sum(piece.shows == OUT for piece in row.pieces) == runs
    for row in drawn.levels:
        ats = (path.start, *(step.after for step in path.steps))
        states = [state_at(one) for at in ats for one in at.standings if one.issuer == row.name]
        assert [piece.shows for piece in row.pieces] == [one for before, one in pairwise(["", *states]) if one != before]


def shown_name(name: str) -> str:
    return name.replace("\x1b", "\\x1b")


def dated(path: Way, days: list[str | None]) -> Way:
    """Return a path on which each deployment, from the start on, is at the level until a day; `None`: nothing known ends it."""
    then = tuple(one.requirement for one in path.steps[0].after.in_the_way[:1])
    left = iter(days)

    def until(at: At) -> At:
        day = next(left)
        return at._replace(in_the_way=(), nobody_speaks=False, last=Last(day, then if day else ()))

    start = until(path.start)
    stages = tuple(one._replace(steps=tuple(step._replace(after=until(step.after)) for step in one.steps)) for one in path.stages)
    return path._replace(start=start, stages=stages)


DAYS = st.none() | st.sampled_from([f"2027-0{month}-15" for month in range(1, 8)])


@settings(max_examples=60)
@given(st.lists(DAYS, min_size=8, max_size=8))
def test_who_keeps_the_deadlines_is_never_below_the_level(days):
    """Every deployment that ends before the whole path does has a deadline in time, and no deadline is there without one, or twice."""
    path = planned("roll").path
    assert path is not None and len(path.steps) == 7
    found = deadlines(dated(path, days))
    end = days[-1]
    for at, day in enumerate(days[:-1]):
        if day is not None and (end is None or day < end):
            assert any(one.day <= day and one.step >= at + 1 for one in found)
    for one in found:
        assert days[one.step - 1] == one.day
    assert all(one.day < other.day and one.step < other.step for one, other in pairwise(found))


def test_the_calendar_reads_back_to_the_deadlines():
    """There is one all-day event a deadline and one for the end, each with a name of its own; where there is none, an entry says so."""
    from icalendar import Calendar

    before = planned("roll")
    assert before.path is not None
    path = dated(before.path, ["2027-01-15", None, "2027-03-15", None, None, None, None, "2029-01-09"])
    with_days = before._replace(path=path)
    text = planning.render(with_days, "ics")
    events = [one for one in Calendar.from_ical(text).walk() if one.name == "VEVENT"]

    assert [one["DTSTART"].dt.isoformat() for one in events] == [*(one.day for one in deadlines(path)), "2029-01-09"]
    assert len({str(one["UID"]) for one in events}) == 3
    assert all(str(one.step) in event["SUMMARY"] for one, event in zip(deadlines(path), events, strict=False))
    assert planning.render(with_days, "ics") == text and "\r\n" in text
    for form in FORMS:
        assert "2027-03-15" in planning.render(with_days, form)
    drawn = picture(path)
    assert drawn is not None and [(one.day, one.step) for one in drawn.dues] == [("2027-01-15", 1), ("2027-03-15", 3)]
    assert "VJOURNAL" in rendered("no-way", "ics")
    Calendar.from_ical(rendered("hostile", "ics"))


def test_the_same_plan_gives_the_same_bytes():
    """No format has a clock, a random order or a path of this machine in it."""
    for form in planning.FORMATS:
        again = planning.render(planned("roll"), form)
        assert again == rendered("roll", form)
        assert str(SCENARIOS) not in again
    assert all(len(line) <= 80 for name in ("whole", "roll", "together") for line in rendered(name, "text").splitlines())


@settings(max_examples=30)
@given(st.sets(st.integers(1, 40), min_size=1))
def test_ranges_name_exactly_the_numbers(numbers):
    """Numbers told as ranges are those numbers."""
    told: set[int] = set()
    for part in re.split(r", | and ", ranges(sorted(numbers))):
        first, _, last = part.partition(" to ")
        told |= set(range(int(first), int(last or first) + 1))
    assert told == numbers


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "ics"], "a calendar has the deadlines of a path"),
        (["-o", "out.ics"], "a calendar has the deadlines of a path"),
        (["--out-at-once", "2"], "`--out-at-once` is for a path"),
        (["--path", "--out-at-once", "0"], "`0` is not a number of nodes"),
        (["--path", "--out-at-once", "two"], "`two` is not a number of nodes"),
        (["--format", "mermaids"], "`mermaids` is not a format"),
        (["-o", "out.svg"], "is not clear from its ending"),
    ],
)
def test_wrong_use_is_one_sentence_and_a_hint(arguments, message, capsys, monkeypatch, tmp_path):
    """What cannot be is refused before anything is planned or written."""
    monkeypatch.chdir(tmp_path)
    assert main(["plan", str(STORIES / "rhel-two-nodes-without-fencing" / "evidence"), *arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err.splitlines()[0] and said.err.splitlines()[1].startswith("hint: ")
    assert said.out == "" and not list(tmp_path.iterdir())


def test_files_are_written_by_their_endings(capsys, monkeypatch, tmp_path):
    """Each ending gives its format, and the exit code is that of the plan."""
    monkeypatch.chdir(tmp_path)
    files = ["a.txt", "a.json", "a.md", "a.html", "a.mmd", "a.ics"]
    arguments = [
        str(STORIES / "rhel-two-nodes-without-fencing" / "evidence"),
        "--path",
        "--out-at-once",
        "1",
        "--as-of",
        DAY,
        "--known",
        DAY,
    ]
    assert main(["plan", *arguments, *(word for one in files for word in ("-o", one))]) == 0
    assert "The path has 3 stages" in capsys.readouterr().out
    begin = {one: (tmp_path / one).read_text().split()[0] for one in files}
    assert begin == {
        "a.txt": "warehouse-db,",
        "a.json": "{",
        "a.md": "#",
        "a.html": "<!DOCTYPE",
        "a.mmd": "flowchart",
        "a.ics": "BEGIN:VCALENDAR",
    }
