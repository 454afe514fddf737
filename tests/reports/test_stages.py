"""The picture of a rehearsal shows exactly what can happen, legibly, and its Mermaid form is one."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgements import HOSTILE, clause
from supportable import casework
from supportable.core.process import ACTS, Duty
from supportable.core.rehearsal import END_ORDER, STAGES, picture, rehearse
from supportable.core.truth import TRUE
from supportable.reports.case_mermaid import plain
from supportable.reports.stage_map import draw
from supportable.reports.stages import ENDS, GROUPS, LABELS, diagram, members
from two_packs import circle

DAY = "2026-11-25"
MAIL = Path(__file__).parents[2] / "examples" / "contoso-mail"
WORKLOAD = 'workload: {product: exchange-server, release: "2003"}\n'
FILES = {
    "third-party": "cluster: {service: lifekeeper}\n" + WORKLOAD,
    "own": "cluster: {service: mscs}\n" + WORKLOAD,
    "not-known": WORKLOAD,
    "unlisted": 'cluster: {service: mscs}\nhardware: {catalog_listing: none}\nnodes: [{os: {release: "windows-nt-4.0"}}]\n' + WORKLOAD,
}


@pytest.fixture(scope="module", params=["mail", "circle", *FILES])
def rehearsed(request, tmp_path_factory):
    """A rehearsal: a third-party cluster service, the vendor's own, nobody knows which, hardware not listed, two texts in a circle."""
    if request.param == "mail":
        return casework.rehearse_evidence([MAIL], ["KB810986"], [], "", DAY, DAY, None)
    folder = tmp_path_factory.mktemp("file")
    file = folder / "d.yaml"
    if request.param == "circle":
        file.write_text(FILES["third-party"])
        return casework.rehearse_evidence([file], [], circle(folder), "alpha", DAY, DAY, None)
    file.write_text(FILES[request.param])
    return casework.rehearse_evidence([file], [], [], "microsoft", DAY, DAY, None)


def test_the_arrows_are_the_ways_that_there_are(rehearsed):
    """Every way between two stages is an arrow, from the stage or from a group that it leaves wholly; and no arrow is more than that."""
    shown = diagram(rehearsed.rehearsal)
    drawn = {(stage, way.target, number) for way in shown.ways for stage in members(way.origin, shown.stages) for number in way.numbers}
    numbers = {(entry.party, entry.words, entry.clause, entry.kind): entry.number for entry in shown.entries}
    edges = {
        (edge.origin, edge.target, numbers[edge.party, edge.words, edge.clause, edge.kind])
        for edge in picture(rehearsed.rehearsal.exploration)
    }

    assert drawn == edges


def test_stages_that_cannot_be_reached_are_left_out(rehearsed):
    """Each stage that is drawn is the first, or an arrow leads to it; each is drawn once, with words of its own."""
    shown = diagram(rehearsed.rehearsal)

    assert set(shown.stages) == {"open", *(way.target for way in shown.ways)}
    assert len(set(shown.stages)) == len(shown.stages)
    assert set(LABELS) == set(STAGES) and len(set(LABELS.values())) == len(STAGES) and len(ENDS) == len(END_ORDER)


def test_a_number_means_one_thing(rehearsed):
    """Numbers run from 1, each is explained once, and an arrow is by a clause when what it stands for is."""
    shown = diagram(rehearsed.rehearsal)
    entries = {entry.number: entry for entry in shown.entries}

    assert list(entries) == list(range(1, len(shown.entries) + 1))
    assert all(way.by_clause == any(entries[number].clause for number in way.numbers) for way in shown.ways)


def test_the_marked_course_leads_to_the_request(rehearsed):
    """Where removal can be requested, the marked arrows lead from the first stage to that one; elsewhere nothing is marked."""
    shown = diagram(rehearsed.rehearsal)
    marked = [(way.origin, way.target) for way in shown.ways if way.marked]

    if "removal requested" in shown.stages:
        assert shown.marked[0] == "open" and shown.marked[-1] == "removal requested" and len(marked) >= len(shown.marked) - 1
    else:
        assert shown.marked == () and marked == []


def test_nothing_lies_on_anything_else(rehearsed):
    """Boxes do not overlap, numbers lie neither on a box nor on each other, and everything is inside the picture."""
    drawn = draw(diagram(rehearsed.rehearsal))
    boxes = [(box.x - drawn.half_wide, box.y - drawn.half_high, box.x + drawn.half_wide, box.y + drawn.half_high) for box in drawn.boxes]
    badges = [(one.x - 9, one.y - 9, one.x + 9, one.y + 9) for one in drawn.arrows]

    for one, other in combinations([*boxes, *badges], 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1], (one, other)
    for left, top, right, bottom in [*boxes, *badges]:
        assert left >= 0 and top >= 0 and right <= drawn.width and bottom <= drawn.height
    for frame in drawn.frames:
        assert frame.x >= 0 and frame.y >= 0 and frame.x + frame.width <= drawn.width and frame.y + frame.height <= drawn.height
    for box in drawn.boxes:
        assert all(len(line) <= 22 for line in box.lines) and len(box.lines) <= 2


CONDITIONS = ["case-open", "reasonable-basis", "not-reproduced-in-full-environment", "vendor-involved", "removal-not-done"]


@st.composite
def policies(draw):
    """Duties of any party to do anything, under a condition that cases can come to."""
    acts = draw(st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=3, unique=True))
    made = []
    for act in acts:
        party, when = draw(st.sampled_from(ACTS[act].by)), draw(st.sampled_from(CONDITIONS))
        made.append(Duty(clause(f"x.{act}", "duty", party=party, modality="may", act=act, when=(when,)), TRUE))
    return tuple(made)


@settings(max_examples=30)
@given(policies())
def test_any_policy_has_a_picture(duties):
    """Whatever a policy allows, the arrows are the ways that there are, boxes do not overlap, and everything is inside the picture."""
    made = rehearse(duties)
    shown = diagram(made)
    drawn = draw(shown)
    ways = {(stage, way.target) for way in shown.ways for stage in members(way.origin, shown.stages)}

    assert ways == {(edge.origin, edge.target) for edge in picture(made.exploration)}
    assert len({(box.x, box.y) for box in drawn.boxes}) == len(shown.stages)
    for arrow in drawn.arrows:
        numbers = [float(number) for number in re.findall(r"-?\d+", arrow.path)]
        assert all(0 <= x <= drawn.width for x in numbers[::2]) and all(0 <= y <= drawn.height for y in numbers[1::2])


LINE = re.compile(
    r"""stateDiagram-v2
    |\ +%%\ [\w\s.,()/-]*
    |\ +direction\ TB
    |\ +state\ "[\w\s.,()/-]+"\ as\ \w+(\ \{)?
    |\ +\}
    |\ +(\[\*\]|\w+)\ -->\ (\[\*\]|\w+)(\ :\ [\w\s.,()/-]+)?
    |\ +classDef\ \w+\ [\w:#,-]+
    |\ +class\ \w+\ \w+""",
    re.VERBOSE,
)


def mermaid(one) -> list[str]:
    """The lines of the Mermaid report."""
    return casework.reporter("mermaid", 80, str).rehearsal(one).splitlines()


def test_the_mermaid_form_is_a_state_diagram(rehearsed):
    """Each line is one of the forms of `stateDiagram-v2`, braces match, and every state that an arrow or a class names is declared once."""
    lines = mermaid(rehearsed)
    declared = [found[1] for line in lines if (found := re.search(r'^ +state ".*" as (\w+)', line))]
    used = {name for line in lines if (found := re.match(r" +(\S+) --> (\S+)", line)) for name in found.groups()} - {"[*]"}
    used |= {found[1] for line in lines if (found := re.match(r" +class (\w+) ", line))}

    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert sum(line.endswith("{") for line in lines) == sum(line.strip() == "}" for line in lines) == len(GROUPS)
    assert used <= set(declared) and len(declared) == len(set(declared))


def test_the_mermaid_form_has_every_arrow(rehearsed):
    """As many arrows as the picture has, and one from the beginning and one to the end for each end."""
    shown = diagram(rehearsed.rehearsal)
    ends = sum(stage in ENDS for stage in shown.stages)

    assert sum(" --> " in line for line in mermaid(rehearsed)) == len(shown.ways) + 1 + ends


def test_a_hostile_name_is_no_mermaid(tmp_path):
    """The name of a deployment cannot end its line, begin a directive or close a label."""
    for name in (HOSTILE, "%%{init: {'securityLevel': 'loose'}}%%", "a\nstate b", '" as x {'):
        file = tmp_path / "d.yaml"
        file.write_text(f"deployment: {__import__('json').dumps(name)}\n{FILES['third-party']}")
        lines = mermaid(casework.rehearse_evidence([file], [], [], "microsoft", DAY, DAY, None))
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert not set(plain(name)) & set(";:#%{}\"'`<>")


def test_the_command_prints_it(command):
    """`case rehearse --format mermaid` is the report, twice the same."""
    first, second = (command("case", "rehearse", MAIL, "--document", "KB810986", "--format", "mermaid") for _ in range(2))

    assert first.stdout.startswith("stateDiagram-v2\n") and first.stdout == second.stdout and first.returncode == 0
