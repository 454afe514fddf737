"""The page stands alone, escapes everything, and says the answer first."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

from html_page import Page
from judgements import HOSTILE, contradicting, failing_clause, hostile, many_nodes, nothing_asked, several, silent, undecided, unsupported
from supportable.reports import html
from supportable.reports.wording import printable


def test_the_same_judgement_gives_the_same_bytes(judgement):
    """A report is a function of the judgement: no clock, no random order, no path of this machine."""
    first = html.render(judgement)

    assert first == html.render(judgement)
    assert str(Path(__file__).parents[2]) not in first


def test_every_element_is_closed(judgement):
    """The page is well formed: every start tag has its end tag, in order."""
    page = Page(html.render(judgement))

    assert page.mismatched == [] and page.stack == []


def test_the_page_fetches_nothing(judgement):
    """No script, no frame, no link, no image, no handler, no address in an attribute: the page reads the same without a network."""
    page = Page(html.render(judgement))

    assert {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "use"} == set()
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("src", "href", "xlink:href", "style", "srcset") for name in attributes)
        assert not any("://" in (value or "") or "url(" in (value or "") for value in attributes.values())


def test_the_policy_allows_only_the_page_s_own_style(judgement):
    """The Content-Security-Policy stands before the style, forbids everything, and names the hash of that style."""
    made = html.render(judgement)
    style = re.search(r"<style>(.*?)</style>", made, re.DOTALL)
    policies = [
        attributes["content"] for tag, attributes in Page(made).elements if attributes.get("http-equiv") == "Content-Security-Policy"
    ]

    assert style is not None and made.count("<style") == 1
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert made.index("Content-Security-Policy") < made.index("<style>")
    assert "url(" not in style.group(1) and "@import" not in style.group(1) and "<" not in style.group(1)


def test_hostile_text_is_text():
    """What evidence or a pack says is shown as it is written, and becomes neither element nor attribute."""
    made = html.render(hostile())

    assert Page(made).count("script") == 0
    assert "\x1b" not in made and "\u202e" not in made
    assert Page(made).text.count(" ".join(printable(HOSTILE).split())) > 8


def test_headings_do_not_skip_a_level(judgement):
    """One h1, then h2 and h3: a reader who jumps from heading to heading misses nothing."""
    levels = [int(tag[1]) for tag, _ in Page(html.render(judgement)).elements if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_have_headers_and_the_picture_has_words(judgement):
    """Every table has a caption and scoped headers; every picture of the scale says in words what it shows."""
    elements = Page(html.render(judgement)).elements
    tags = [tag for tag, _ in elements]

    assert tags.count("caption") == tags.count("table")
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in elements if tag == "th")
    assert all(attributes.get("role") == "img" and attributes.get("aria-label") for tag, attributes in elements if tag == "svg")
    assert ("html", {"lang": "en"}) in elements


def test_the_answer_stands_first():
    """One band an issuer, with its level and its own label, before any reason."""
    page = Page(html.render(several())).text

    assert page.index("other-vendor Full In its own words: “fully supported”") < page.index("Why")
    assert page.index("third Undecided, and the documents may not apply") < page.index("Why")


def test_the_picture_shows_the_range():
    """The scale runs from unsupported to full, and the marked part is the range from worst to best."""
    labels = {name: [dict(a)["aria-label"] for t, a in Page(html.render(one())).elements if t == "svg"] for name, one in
              {"undecided": undecided, "unsupported": unsupported, "silent": silent}.items()}  # fmt: skip

    assert labels == {
        "undecided": ["between unsupported and full, on the scale unsupported, limited, full"],
        "unsupported": ["unsupported, on the scale unsupported, limited, full"],
        "silent": ["no level: the documents say nothing"],
    }


def test_what_is_not_known_and_how_to_get_it():
    """The deciding set comes before the clauses that are open, each fact with how to get it."""
    page = Page(html.render(undecided())).text

    assert page.index("These 2 facts decide the verdict") < page.index("If it does not hold")
    assert "look the complete system up in the catalogue" in page


def test_contradictions_errors_and_the_lack_of_packs_are_shown():
    """A contradiction names the rule that chose, a clause that raised shows its error, and no pack is said to be no pack."""
    assert "prevails by the rule “later document”: DOC2 is five years younger." in Page(html.render(contradicting())).text
    assert "The clause could not be evaluated: KeyError: 'gone'" in Page(html.render(failing_clause())).text
    assert "No pack was asked." in Page(html.render(nothing_asked())).text


def test_many_places_fold():
    """64 nodes with one value are one line that unfolds to all 64 places."""
    page = Page(html.render(many_nodes()))

    assert "64 places, from NODE00 to NODE63" in page.text
    assert all(f"NODE{number:02} mail.yaml:{10 + number}" in page.text for number in range(64))


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.x, of `#rgb` or `#rrggbb`."""
    digits = colour[1:] if len(colour) == 7 else "".join(one * 2 for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_pair_is_readable():
    """Text on its ground has a contrast of at least 4.5 to 1 (WCAG AA), by day, by night and on paper."""
    style = re.search(r"<style>(.*?)</style>", html.render(undecided()), re.DOTALL)
    assert style is not None
    schemes = [
        dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{3,6})\b", root)) for root in re.findall(r":root\{(.*?)\}", style.group(1), re.DOTALL)
    ]
    tones = ("full", "limited", "unsupported", "open", "silent")
    pairs = [("ink", "paper"), ("soft", "paper")]
    pairs += [(tone, "paper") for tone in tones] + [(text, f"{tone}-shade") for tone in tones for text in (tone, "ink", "soft")]

    assert len(schemes) == 3
    for scheme in schemes:
        for front, ground in pairs:
            light, dark = sorted((luminance(scheme[front]), luminance(scheme[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (front, ground)
