"""The text report of several issuers: what they recommend, and who does what, is told of those that surely say something."""

from judgements import ALL, CLAUSES, clause, deployment, judgement, pack
from supportable.app import render
from supportable.core.conditions import Present
from supportable.core.facts import ABSENT

ELSEWHERE = tuple(one._replace(id=one.id.replace("doc1", "doc2"), applies=Present("cluster.name")) for one in CLAUSES)


def test_advice_of_documents_that_may_not_apply_waits():
    """Of two issuers, one of which may have nothing to say, only the other's advice and duties fill the page; a sentence names the rest."""
    found = render(judgement(deployment(), pack("vendor"), pack("perhaps", ELSEWHERE)), "text", 200)

    assert "doc1.engages" in found
    assert "doc2.engages" not in found
    assert "What the documents of perhaps recommend" in found


def test_advice_of_the_only_issuer_is_told():
    """Who asked one issuer gets all of its answer, whether or not it is sure that it applies."""
    found = render(judgement(deployment(), pack("perhaps", ELSEWHERE)), "text", 200)

    assert "doc2.engages" in found
    assert "waits until" not in found


def test_nothing_waits_where_every_issuer_surely_speaks():
    """The sentence stands only where something was left out."""
    for name in ("several", "full", "silent"):
        assert "waits until" not in render(ALL[name](), "text", 200)
    assert "waits until" not in render(judgement(deployment(service=ABSENT), pack("vendor"), pack("perhaps", (clause("doc1.z"),))), "text")
