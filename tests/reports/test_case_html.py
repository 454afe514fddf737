"""The pages about cases stand alone, escape everything, and hold what the JSON reports hold."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from html_page import Page
from judgements import HOSTILE
from supportable import casework
from supportable.casework import Opening
from supportable.core.case import Close, Perform, Record, Try
from supportable.core.reproduction import Goal, plan
from supportable.reports.case_text import event_words, party_name
from supportable.reports.wording import printable

AT, DAY = "2026-11-25T15:46:00Z", "2026-11-25"
MAIL = Path(__file__).parents[2] / "examples" / "contoso-mail"


def zone(at: str) -> str:
    """A reader's time zone that no other text is in."""
    return f"{at[:10]} in the reader's zone"


def short(text: str) -> str:
    """A text as a page shows it: control characters escaped, runs of white space as one."""
    return " ".join(printable(text).split())


def hostile_deployment(folder: Path) -> Path:
    """A deployment file in which every text is hostile."""
    file = folder / "hostile.yaml"
    file.write_text(
        json.dumps(
            {
                "deployment": HOSTILE,
                "workload": {"product": "exchange-server", "release": "2007"},
                "cluster": {"service": "veritas-cluster-server", "name": HOSTILE},
                "hardware": {"vendor": HOSTILE},
                "contracts": [{"name": HOSTILE, "party": "cluster-vendor", "until": "2026-11-24"}],
            }
        )
    )
    return file


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A case in which every text that somebody typed is hostile, acts against the policy are recorded and trials were made."""
    folder = tmp_path_factory.mktemp("cases")
    store = casework.store_at(str(folder / "cases.sqlite"))
    file = hostile_deployment(folder)
    opening = Opening((str(file),), HOSTILE, "yes", documents=("KB810986",), as_of=DAY, known=DAY, when=AT)
    case = casework.open_case(store, opening, AT, None)
    environment, contents = casework.judge_environment(case, store, [file], HOSTILE, "subject", None)
    commands = (
        Record("effort", "support-provider", AT, {"effort": HOSTILE, "outcome": "not-resolved", "text": HOSTILE}),
        Record("attribution", "support-provider", AT, {"attribution": "suspected", "basis": HOSTILE, "evidence": [[HOSTILE, "0" * 64]]}),
        Record("deadline", "customer", AT, {"party": "customer", "act": "engage-vendor", "until": "2026-11-20"}),
        Record("note", "customer", AT, {"text": HOSTILE}),
        Perform("support-provider", "require-removal-for-help", AT, HOSTILE),
        Perform("support-provider", "refer-to-cluster-vendor", AT, HOSTILE),
        Perform("support-provider", "end-help", AT, HOSTILE),
        Try(environment, "appeared", "support-provider", AT, 2),
        Try(environment, "no-outcome", "customer", AT, 1, HOSTILE),
    )
    return casework.add_all(store, case, commands, AT, contents), store


@pytest.fixture(scope="module")
def reports(kept):
    """Every page and JSON report of the case, by name: `(html, json)`."""
    case, store = kept
    made = {}
    for form in ("html", "json"):
        report = casework.reporter(form, 80, zone)
        made[form] = {
            "listing": report.listing(store.cases(), HOSTILE),
            "nothing listed": report.listing([], "`nowhere`"),
            "show": report.show(case),
            "next": report.next_acts(case, case.next_acts()),
            "conduct": report.conduct(case, case.conduct(DAY), DAY),
            "recorded": report.recorded(case, case.conduct(DAY)[:1]),
            "nothing held": report.recorded(case, ()),
            "rehearsal": report.rehearsal(casework.rehearse_case(case)),
            "reproduction": report.reproduction(case, casework.decisions(case)),
            "plan": report.plan(plan(Goal(0.2))),
            "mail": report.rehearsal(casework.rehearse_evidence([MAIL], ["KB810986"], [], "", DAY, DAY, None)),
        }
    return {name: (page, made["json"][name]) for name, page in made["html"].items()}


PAGES = ("listing", "nothing listed", "show", "next", "conduct", "recorded", "nothing held", "rehearsal", "reproduction", "plan", "mail")


@pytest.fixture(params=PAGES)
def page(request, reports):
    """Each page in turn."""
    return reports[request.param][0]


def test_every_element_is_closed_and_every_name_is_used_once(page):
    """The page is well formed, and no two elements have the same id."""
    parsed = Page(page)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]

    assert parsed.mismatched == [] and parsed.stack == []
    assert len(ids) == len(set(ids))


def test_the_page_fetches_and_runs_nothing(page):
    """No script, frame, link or image, no handler, no style attribute, and no address but of a part of the page itself."""
    parsed = Page(page)

    assert {tag for tag, _ in parsed.elements} & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "use"} == set()
    for _, attributes in parsed.elements:
        assert not any(name.startswith("on") or name in ("src", "href", "xlink:href", "style", "srcset") for name in attributes)
        assert not any(re.search(r"url\((?!#)", value or "") for value in attributes.values())


def test_the_policy_allows_only_the_page_s_own_style(page):
    """The Content-Security-Policy forbids everything but the one style sheet, which is named by its hash and loads nothing."""
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None and page.count("<style") == 1
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" in page
    assert "url(" not in style.group(1) and "@import" not in style.group(1) and "<" not in style.group(1)


def test_hostile_text_is_text(reports):
    """What people and evidence say is shown as it is written, wherever it stands, and becomes neither element nor attribute."""
    least = {"listing": 2, "show": 8, "next": 2, "conduct": 4, "recorded": 2, "rehearsal": 2, "reproduction": 3}
    for name, (made, _) in reports.items():
        assert "\x1b" not in made and "\u202e" not in made, name
        assert Page(made).count("script") == 0, name
        assert Page(made).text.count(short(HOSTILE)) >= least.get(name, 0), name


def test_headings_do_not_skip_a_level(page):
    """One h1, then h2 and h3: a reader who jumps from heading to heading misses nothing."""
    levels = [int(tag[1]) for tag, _ in Page(page).elements if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_and_pictures_say_what_they_are(page):
    """Every table has a caption and scoped headers; every picture is named and says in words what it shows."""
    elements = Page(page).elements
    tags = [tag for tag, _ in elements]

    assert tags.count("caption") == tags.count("table")
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in elements if tag == "th")
    for tag, attributes in elements:
        if tag == "svg":
            assert attributes.get("role") == "img" and (attributes.get("aria-label") or attributes.get("aria-labelledby"))
    assert tags.count("desc") == tags.count("figure") and ("html", {"lang": "en"}) in elements


def clauses_in(value: object) -> set[str]:
    """Every clause that a JSON report names, with its words."""
    found: set[str] = set()
    if isinstance(value, dict):
        if isinstance(value.get("clause"), str):
            found |= {value["clause"], value.get("citation", {}).get("words", "")}
        for one in value.values():
            found |= clauses_in(one)
    elif isinstance(value, list):
        for one in value:
            found |= clauses_in(one)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_clause_of_the_json_report_is_on_the_page(reports, name):
    """Whatever clause JSON names, the page names, with the same quotation."""
    made, plain = reports[name]
    text = Page(made).text
    named = clauses_in(json.loads(plain))

    assert {one for one in named if short(one) not in text} == set()
    assert named or name not in ("next", "conduct", "rehearsal", "mail")


def test_every_event_is_on_the_page_with_the_reader_s_time(kept, reports):
    """Each event of the log stands on the page in words, with its time in the reader's zone and never in UTC."""
    case, _ = kept
    made = Page(reports["show"][0]).text

    for event in case.log:
        said = event_words(event)
        assert short(said[:1].upper() + said[1:]) in made
    assert made.count("in the reader's zone") == len(case.log) + 1 and AT not in made
    assert f"{case.log[-1].number}:{case.log[-1].digest}" in made


def test_every_duty_stands_with_its_modality_in_words(kept, reports):
    """`must not`, `may` and `will try to` are words on the page, each with a class of its own, and every party has its card."""
    case, _ = kept
    parsed = Page(reports["next"][0])
    shown = [attributes["class"] for tag, attributes in parsed.elements if tag == "span" and "modal" in (attributes.get("class") or "")]
    places = ("now", "not_yet", "unclear", "done", "ended", "always")
    wanted = [f"modal {each.clause.modality}" for one in case.next_acts() for place in places for each in getattr(one, place)]

    assert sorted(shown) == sorted(wanted)
    for one in case.next_acts():
        assert party_name(one.party, "microsoft").capitalize() in parsed.text.replace("Microsoft", "microsoft")
    assert "No document of the cluster vendor is among the policies" in parsed.text


def test_only_the_asked_party_is_shown(kept):
    """`--party customer` shows the customer's card alone."""
    case, _ = kept
    text = Page(casework.reporter("html", 80, zone).next_acts(case, case.next_acts(), "customer")).text

    assert "engage the other vendor" in text and "Support provider (microsoft)" not in text and "Cluster vendor" not in text


def test_conduct_is_grouped_by_party_and_kind(reports):
    """Each party is one heading, each kind one heading below it, and what was done is held against its clause."""
    made = reports["conduct"][0]
    headings = re.findall(r"<h([23])>([^<]*)", made)

    assert [text for level, text in headings if level == "2"] == ["Support provider (microsoft)", "Customer"]
    assert len([text for level, text in headings if level == "3" and text.startswith("Against the policy")]) == 1
    assert "was to be done by 2026-11-20" in made.replace("Was", "was")


def test_a_closed_case_asks_nothing(kept):
    """Of a closed case the page says that nothing is due or allowed any more."""
    case, store = kept
    closed = casework.add(store, case, Close("withdrawn", "customer", AT, HOSTILE), AT)

    text = Page(casework.reporter("html", 80, zone).next_acts(closed, closed.next_acts())).text
    assert "nothing is due or allowed in it any more" in text and "closed as withdrawn" in text


def test_the_same_case_gives_the_same_bytes(kept, reports):
    """A page is a function of the case: no clock, no random order, no path of this machine."""
    case, _ = kept
    report = casework.reporter("html", 132, zone)

    assert report.show(case) == reports["show"][0]
    assert report.rehearsal(casework.rehearse_case(case)) == reports["rehearsal"][0]
    assert all(str(MAIL.parent.parent) not in made for made, _ in reports.values())


def test_the_rehearsal_says_both_worst_ends_and_each_contract(reports):
    """Text, JSON and page agree: the worst end with the customer's duties done and undone, and the contract with each vendor."""
    made, plain = reports["mail"]
    document, text = json.loads(plain), Page(made).text

    assert document["worst"]["end"] == "referred to the vendor, whom the customer engaged"
    assert document["worst_if_duties_are_left_undone"]["end"] == "referred to the vendor, whom nobody engaged"
    assert [one["clause"] for one in document["worst_if_duties_are_left_undone"]["left_undone"]] == ["kb810986.customer-engages-vendor"]
    for end in ("worst", "worst_if_duties_are_left_undone"):
        assert document[end]["end"] in text
    assert {one["party"]: one["state"] for one in document["relationships"]} == {"cluster-vendor": "missing", "hardware-vendor": "known"}
    assert all(one["words"][1:] in text for one in document["relationships"])
    assert document["recommended"][0]["clause"] == "kb810986.support-relationships"


@pytest.mark.parametrize("arguments", [("case", "list"), ("case", "rehearse", MAIL), ("reproduce", "plan")])
def test_a_format_that_a_command_lacks_is_refused_with_those_it_has(command, tmp_path, arguments):
    """One sentence names the formats of this very command; `mermaid` is one of `case rehearse` alone."""
    store = () if arguments[0] == "reproduce" else ("--store", tmp_path / "cases.sqlite")
    refused = command(*arguments, *store, "--format", "pdf")
    formats = "text, json, html" + (", mermaid" if "rehearse" in arguments else "")

    assert refused.returncode == 2 and refused.stdout == ""
    assert refused.stderr == f"supportable: `pdf` is not a format of this command\nhint: one of {formats}\n"
    made = command(*arguments, *store, "--format", "html")
    assert made.returncode == 0 and made.stdout.startswith("<!DOCTYPE html>"), made.stderr
