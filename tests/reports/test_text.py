"""The text report where little is known: what speaks against support all the same, and evidence that tells nothing."""

from __future__ import annotations

import pytest

from judgements import ALL, LISTED, against, clause, deployment, judgement, nothing_known, pack
from supportable.app import standing
from supportable.cli import main
from supportable.core.conditions import All, Present
from supportable.reports import html, markdown, text


def test_what_does_not_hold_if_it_applies_is_told_with_its_facts():
    """A clause of which only its applying is unknown is told as failing then, the lowest level first; one that always fails is not."""
    lines = [line.strip() for line in text.render(against(), 200).splitlines()]
    start = lines.index("these of them do not hold, if they apply:")

    assert lines[start + 1 : start + 3] == [
        "doc1.members, which leaves unsupported: nodes.domain_role = domain-controller",
        "doc1.own-service, which leaves limited: cluster.service = pacemaker",
    ]
    assert not any(line.startswith("doc1.never, which") for line in lines)


@pytest.mark.parametrize("form", [markdown, html])
def test_other_formats_tell_it_at_the_clause(form):
    """Markdown and HTML say it of each such clause, with the place of the fact."""
    page = form.render(against())

    assert page.count("does not hold if it applies") == 2
    assert page.count("mail.yaml:3") == 1


@pytest.mark.parametrize("form", [text, markdown, html])
def test_evidence_that_tells_nothing_gets_a_short_answer(form):
    """Without any fact there is nothing to judge: no clause, no duty and no advice is told, and what was not read is."""
    page = form.render(nothing_known())

    assert "nothing to judge: no fact was read" in page.lower()
    assert "notes.txt" in page
    assert "doc1" not in page
    assert (standing(nothing_known(), "full"), standing(nothing_known(), "unsupported")) == ("nothing", "nothing")


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("hostile", "nothing_known", "silent", "nothing_asked")])
def test_only_evidence_that_tells_nothing_gets_it(name):
    """Where a fact is known and a document may speak, there is something to judge."""
    assert standing(ALL[name](), "full") != "nothing"


@pytest.mark.parametrize("documents", [("microsoft-lifecycle-data",), ()])
def test_a_row_that_has_ended_is_told_although_nobody_knows_whether_the_clause_applies(documents, tmp_path, capsys):
    """The end of a life cycle is the first thing to know of an old machine, whatever runs on it: table, row and day are told."""
    file = tmp_path / "old.yaml"
    file.write_text("nodes: {partial: true, items: [{name: a, os: {release: windows-server-2008-r2, service_pack: 1}}]}\n")
    main(["check", str(file), "--as-of", "2026-11-25", "--known", "2026-11-25", *(f"--document={one}" for one in documents)])
    found = " ".join(capsys.readouterr().out.split())

    assert "row windows-server-2008-r2-sp1 of the table microsoft-lifecycle-data.windows ended on 2020-01-14 (a)" in found


def test_what_waits_for_fewest_facts_is_told_first():
    """Of clauses that leave the same level, the one closer to applying comes first."""
    names = ("cluster.name", "workload.product", "cluster.version")
    waiting = [clause(f"doc1.{count}", requires=LISTED, applies=All(tuple(map(Present, names[:count])))) for count in (3, 1, 2)]
    page = text.render(judgement(deployment(listing="components-only"), pack(clauses=tuple(waiting))), 200)

    assert [line.strip().split(",")[0] for line in page.splitlines() if ", which leaves" in line] == ["doc1.1", "doc1.2", "doc1.3"]
