"""Markdown says what the text report says, and nothing that evidence says becomes markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgements import ALL, HOSTILE, contradicting, hostile, many_nodes, several, undecided
from supportable.reports import markdown, text
from supportable.reports.markdown import code, prose


def outside_code(line: str) -> str:
    """The line without its code spans, by the rule of CommonMark: a run of backticks closes at the next run of the same length."""
    left, rest = "", line
    while (opening := re.search(r"(?<!\\)(?<!`)(`+)(?!`)", rest)) is not None:
        closing = re.search(rf"(?<!`){opening.group(1)}(?!`)", rest[opening.end() :])
        if closing is None:
            break
        left += rest[: opening.start()] + "CODE"
        rest = rest[opening.end() + closing.end() :]
    return left + rest


def test_the_same_judgement_gives_the_same_bytes(judgement):
    """A report is a function of the judgement: no clock, no random order, no path of this machine."""
    first = markdown.render(judgement)

    assert first == markdown.render(judgement)
    assert str(Path(__file__).parents[2]) not in first


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("hostile", "nothing_asked")])
def test_the_sections_are_those_of_the_text_report(name):
    """Markdown has the sections of the text report in the same order, and what was judged at the end."""
    judgement = ALL[name]()
    titles = ("Why", "Not known", "Recommended", "Who does what", "Not claimed", "Not judged, not read")
    plain = [line for line in text.render(judgement).splitlines() if line in titles]
    found = re.findall(r"(?m)^## (.+)$", markdown.render(judgement))

    assert found == [*plain, "Judged"]


def test_the_answer_stands_first():
    """The table of answers comes before any reason, one row an issuer."""
    page = markdown.render(several())

    assert page.index("| vendor | **UNDECIDED between limited and full** |") < page.index("## Why")
    assert "| other-vendor | **FULL** | fully supported |" in page


def test_the_deciding_set_and_how_to_get_it_are_said():
    """An undecided verdict names the facts that decide it and how to get each."""
    page = markdown.render(undecided())

    assert "These 2 facts decide the verdict, whatever they turn out to be:" in page
    assert "nodes.domain_role` of `B`" in page
    assert "get it: `Get-CimInstance Win32_ComputerSystem | Export-Clixml` (DomainRole)" in page


def test_nodes_with_the_same_value_stand_in_one_line():
    """64 nodes with one role are one line that names all of them."""
    lines = [line for line in markdown.render(many_nodes()).splitlines() if "`nodes.domain_role` = `member-server`" in line]

    assert len(lines) == 1
    assert "`NODE00` (`mail.yaml:10`)" in lines[0] and "`NODE63` (`mail.yaml:73`)" in lines[0]


def test_contradictions_name_both_clauses_and_the_rule():
    """A clause that yields is shown with the one that prevails, the rule and the reason."""
    page = markdown.render(contradicting())

    assert "contradiction: `doc1.listed` says otherwise" in page
    assert "`doc2.listed` prevails (later document): DOC2 is five years younger." in page


def test_hostile_text_becomes_no_markup():
    """Outside code spans there is no raw HTML, link, mention or issue number, and no control character anywhere."""
    page = markdown.render(hostile())

    assert "\x1b" not in page and "\u202e" not in page
    for line in page.splitlines():
        left = outside_code(line)
        assert re.search(r"(?<!\\)<", left) is None, line
        assert "](" not in left.replace("\\]", ""), line
        assert "@team" not in left and "#1" not in left and "://" not in left, line


@given(st.text(st.sampled_from("ab `|\\<>@#1[]()*_:/w.")))
def test_a_code_span_holds_its_text(words):
    """A code span shows exactly its text: the fence is longer than any run of backticks inside."""
    made = code(words)
    fence = re.match("`+", made)

    assert fence is not None
    assert outside_code(made) == "CODE"
    assert words in made


@given(st.text(st.sampled_from("ab `|\\<>@#1[]()*_:/w.")))
def test_prose_never_leaves_markup_open(words):
    """Whatever the words, no unescaped angle bracket, square bracket, star or mention is left outside code spans."""
    left = outside_code(prose(words))

    assert re.search(r"(?<!\\)(\\\\)*[<>\[\]*_]", left.replace("CODE", "")) is None
    assert "@" not in left


def test_table_cells_keep_their_borders():
    """A pipe in a name does not add a column: every row has as many borders as the head."""
    rows = [line for line in markdown.render(hostile()).splitlines() if line.startswith("|")]

    assert HOSTILE.count("|") == 1
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}
