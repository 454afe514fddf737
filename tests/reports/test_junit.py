"""JUnit XML: what a CI system counts is what was judged, and nothing passes because nobody looked."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from judgements import (
    HOSTILE,
    deployment,
    failing_clause,
    full,
    hostile,
    judgement,
    nothing_asked,
    pack,
    scope_unknown,
    several,
    silent,
    undecided,
    unsupported,
)
from supportable.core.verdict import Unread
from supportable.reports import junit
from supportable.reports.wording import printable


def root_of(made) -> ElementTree.Element:
    return ElementTree.fromstring(junit.render(made))


def cases_of(made) -> dict[str, str]:
    """Each case by name: the tag of what it holds and the type of it, or `passed`."""
    found = {}
    for case in root_of(made).iter("testcase"):
        inner = list(case)
        found[case.get("name", "")] = " ".join(filter(None, (inner[0].tag, inner[0].get("type")))) if inner else "passed"
    return found


def test_the_same_judgement_gives_the_same_bytes(judgement):
    """A report is a function of the judgement: no time stamp, no host name, no path of this machine."""
    first = junit.render(judgement)

    assert first == junit.render(judgement)
    assert str(Path(__file__).parents[2]) not in first and "timestamp" not in first and "hostname" not in first


def test_the_counts_are_those_of_the_cases(judgement):
    """Every suite and the whole count their cases, failures, errors and skipped cases as a CI system would."""
    root = root_of(judgement)

    for element in (root, *root):
        assert int(element.get("tests")) == len(list(element.iter("testcase")))
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(key)) == len(list(element.iter(tag)))


def test_suites_keep_the_order_that_schemas_demand(judgement):
    """Inside a suite: properties, cases, system-out; a case holds at most one outcome."""
    for suite in root_of(judgement):
        tags = re.sub(r"(testcase )+", "testcase ", " ".join(one.tag for one in suite) + " ")
        assert re.fullmatch(r"(properties )?(testcase )?system-out ", tags)
        assert all(len(case) <= 1 for case in suite.iter("testcase"))


def test_one_suite_an_issuer_and_one_case_a_judged_clause():
    """Suites stand in the order of the issuers and hold the requirements and recommendations of each."""
    root = root_of(several())

    assert [suite.get("name") for suite in root] == ["vendor", "other-vendor", "third"]
    assert [len(list(suite.iter("testcase"))) for suite in root] == [4, 1, 1]


def test_only_what_holds_passes():
    """A case passes for outcome true only: what is false, or unknown and could fail, fails; the rest is skipped, as are recommendations."""
    assert cases_of(full()) == dict.fromkeys(("doc1.own-service", "doc1.listed", "doc1.members", "doc1.advice"), "passed")
    assert cases_of(unsupported()) == {
        "doc1.own-service": "passed",
        "doc1.listed": "failure limited",
        "doc1.members": "failure unsupported",
        "doc1.advice": "skipped",
    }
    assert cases_of(undecided()) == {
        "doc1.own-service": "passed",
        "doc1.listed": "failure unknown",
        "doc1.members": "failure unknown",
        "doc1.advice": "skipped",
    }
    assert cases_of(scope_unknown())["doc1.members"] == "skipped"
    assert set(cases_of(silent()).values()) == {"skipped"}


def test_a_clause_that_raises_is_an_error():
    """An error inside a clause is an error of its case, with the error."""
    case = next(one for one in root_of(failing_clause()).iter("testcase") if one.get("name") == "doc1.broken")

    assert case[0].tag == "error" and "KeyError" in case[0].get("message", "")


def test_a_failure_can_be_handed_on():
    """A failure says the clause, the quotation, the document, and each fact with file and line or how to get it."""
    failure = next(one for one in root_of(undecided()).iter("failure") if "doc1.members" in one.get("message", ""))

    assert '"the words of doc1.members"' in failure.text and "DOC1, Section 1" in failure.text
    assert "mail.yaml:3" in failure.text
    assert "missing: nodes.domain_role of B" in failure.text and "get it: " in failure.text


def test_what_was_not_read_is_said_in_every_suite():
    """Files that gave no facts are in system-out, with or without a pack."""
    unread = (Unread("x.bin", "no reader knows this format"),)

    for made in (judgement(deployment(), pack(), unread=unread), nothing_asked()._replace(unread=unread)):
        assert [out.text for out in root_of(made).iter("system-out") if "not read: x.bin: no reader knows this format" in (out.text or "")]


def test_hostile_text_is_text():
    """What evidence says is shown as written: no element, no character that XML forbids, no broken attribute."""
    made = junit.render(hostile())

    assert re.search("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", made) is None
    assert {one.tag for one in root_of(hostile()).iter()} <= {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip
    assert root_of(hostile())[0].get("name") == printable(HOSTILE)
