"""The packs that ship: they load, their examples hold, their mutants are noticed, KB 810986 is encoded whole."""

from __future__ import annotations

import pytest

from supportable.app import load_packs
from supportable.core.clauses import KINDS
from supportable.core.deployment import deployment_of
from supportable.core.facts import Absent, Source
from supportable.core.fields import DEFAULTED
from supportable.core.truth import Truth
from supportable.core.verdict import evaluate_clause
from supportable.policies import policy_coverage, run_examples

PACKS = load_packs()
CLAUSES = [(pack, clause) for pack in PACKS for clause in pack.clauses]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_every_example_comes_out_as_it_says_and_every_mutant_is_noticed(pack):
    """Each example holds, fails, is unknown or does not apply as written; a clause with one thing wrong fails an example."""
    run = run_examples(pack, mutate=True)
    score = run.caught / (run.caught + len(run.survivors))
    print(f"{pack.id}: {run.caught} of {run.caught + len(run.survivors)} mutants noticed ({score:.1%})")

    assert run.problems == []
    assert run.survivors == ()


@pytest.mark.parametrize(("pack", "clause"), CLAUSES, ids=[clause.id for _, clause in CLAUSES])
def test_every_clause_is_cited(pack, clause):
    """A clause names a document of its pack, a section, and at most twelve words; its id begins with the document."""
    assert clause.kind in KINDS
    assert pack.document(clause.citation.document).address
    assert clause.citation.section
    assert 0 < len(clause.citation.words.split()) <= 12
    assert clause.says


@pytest.mark.parametrize("name", sorted(DEFAULTED))
def test_an_option_that_nobody_set_fails_no_clause(name):
    """`none` of an option says that its default is in force, which is not the value that any policy forbids."""
    unset = deployment_of("unset", {name: Absent((Source("cib.xml"),))})
    requirements = [(pack, clause) for pack, clause in CLAUSES if clause.kind == "requirement"]
    found = [(clause.id, evaluate_clause(clause, unset, {one.id: one for one in pack.matrices})[1]) for pack, clause in requirements]

    assert [told for told, requires in found if requires.truth is Truth.FALSE and name in {read.field for read in requires.reads}] == []


def test_every_sentence_of_kb_810986_is_encoded(shared):
    """No sentence of the document is left over: each is encoded by a clause or a row, or carries no rule for a stated reason."""
    text, whole = policy_coverage("KB810986", shared / "reference" / "KB810986.txt", (), 80)

    assert whole, text
    assert "KB810986: 100 % of 41 sentences" in text


def test_a_quotation_stands_in_the_document(shared):
    """The words that clauses quote from KB 810986 are in it, in this order."""
    text = " ".join((shared / "reference" / "KB810986.txt").read_text(encoding="utf-8", errors="replace").split())
    quoted = [clause.citation.words for _, clause in CLAUSES if clause.citation.document == "KB810986"]

    assert len(quoted) > 15
    assert [words for words in quoted if words not in text] == []


def test_a_sentence_that_nobody_encoded_is_seen(shared, tmp_path):
    """A document with one more sentence is no longer covered."""
    source = tmp_path / "KB810986.txt"
    source.write_text(
        (shared / "reference" / "KB810986.txt").read_text(encoding="utf-8", errors="replace") + "\nClusters on ships are supported.\n"
    )

    text, whole = policy_coverage("KB810986", source, (), 80)

    assert not whole
    assert "NOT ENCODED" in text
