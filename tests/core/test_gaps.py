"""Gaps in the texts of all parties are found from the packs, and each witness shows its gap when it is judged again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportable import app
from supportable.core.deployment import assemble
from supportable.core.facts import ABSENT, Known
from supportable.core.fields import FIELDS
from supportable.core.gaps import NEEDED, find_gaps, witness_of
from supportable.core.process import ACTS
from supportable.readers.deployment_file import READER
from supportable.readers.reader import Evidence
from supportable.reports.gaps import deployment_file, render, render_json
from supportable.stores.packs import SHIPPED, load_pack
from two_packs import circle, duty, write_pack

DAY = "2026-11-25"
EXCHANGE = SHIPPED / "microsoft-exchange-clusters"
SMALL = ("--document", "KB810986", "--document", "KB810987")


def packs(*folders, documents=()):
    """The compiled packs in these folders; the one on Exchange when none is named: all that ship together have too many combinations."""
    named = [load_pack(folder) for folder in folders or [EXCHANGE]]
    return app.prepare(named, documents, DAY, DAY)


@pytest.fixture(scope="module")
def shipped():
    """What is found in the packs that ship."""
    return find_gaps(packs())


def gap_kinds(printed: str) -> list[tuple[str, tuple[str, ...]]]:
    """The gaps that `case rehearse --format json` printed."""
    return [(gap["kind"], tuple(one["clause"] for one in gap["clauses"])) for gap in json.loads(printed)["gaps"]]


def test_the_shipped_policies_leave_the_gaps_that_their_texts_leave(shipped):
    """KB 810986 sends to a silent vendor, makes nobody the liaison and stops its help; KB 810987 points to the hardware vendor."""
    found = {(one.gap.kind, one.issue, tuple(clause.id for clause in one.gap.clauses)) for one in shipped.gaps}

    assert ("silent vendor", "yes", ("kb810986.refer-when-not-reproduced", "kb810986.refer-otherwise")) in found
    assert ("no primary liaison", "yes", ("kb810986.not-the-primary-liaison",)) in found
    assert ("no one troubleshoots", "yes", ("kb810986.help-with-exchange-issues",)) in found
    assert ("no one troubleshoots", "no", ("kb810986.help-with-exchange-issues",)) in found
    assert ("no one troubleshoots", "yes", ("kb810987.ask-the-hardware-vendor-first",)) in found
    assert shipped.combinations == shipped.of and shipped.groups > 3


def test_every_gap_is_told_once(shipped):
    """No two gaps have the same provider, issue, kind and clauses."""
    keys = [(one.provider, one.issue, one.gap.kind, one.gap.clauses) for one in shipped.gaps]

    assert len(keys) == len(set(keys))


def test_a_witness_shows_its_gap_by_the_real_command(shipped, command, tmp_path):
    """`check` takes every witness file, and `case rehearse` finds the gap again in those that a policy speaks about."""
    documents = [word for one in load_pack(EXCHANGE).documents for word in ("--document", one.id)]
    for number, one in enumerate(shipped.gaps, 1):
        file = tmp_path / f"gap-{number}.yaml"
        file.write_text(deployment_file(one.witness, f"gap-{number}"))
        checked = command("check", file, "--exit-zero")
        rehearsed = command("case", "rehearse", file, "--format", "json", "--as-of", DAY, "--known", DAY, *documents)

        assert checked.returncode == 0, checked.stderr
        if one.gap.kind == "nobody speaks":
            assert "says anything" in rehearsed.stderr and rehearsed.returncode == 1
        elif one.issue == "yes":
            assert (one.gap.kind, tuple(clause.id for clause in one.gap.clauses)) in gap_kinds(rehearsed.stdout)


def test_a_witness_has_no_fact_too_many(shipped):
    """Without any one of its facts (workload and cluster service aside) a witness no longer shows its gap."""
    one = next(gap for gap in shipped.gaps if gap.gap.clauses and gap.gap.clauses[0].id == "kb810987.ask-the-hardware-vendor-first")

    assert [field for field, _ in one.witness] == [*NEEDED, "nodes.os.release", "hardware.catalog_listing"] or len(one.witness) == 4
    for fact in one.witness[2:]:
        fewer = app.judge(witness_of(tuple(other for other in one.witness if other != fact)), app.load_packs(), as_of=DAY, known=DAY)
        finding = next(f for verdict in fewer for f in verdict.findings if f.clause == one.gap.clauses[0])
        assert finding.outcome == "unknown"


def test_two_texts_that_send_to_each_other_are_a_circle(tmp_path, command):
    """The provider's text refers to the cluster vendor and the vendor's, of another pack, refers back: a circle."""
    folders = circle(tmp_path)
    found = find_gaps(packs(*folders))
    gap = next(one for one in found.gaps if one.gap.kind == "circle")
    file = tmp_path / "witness.yaml"
    file.write_text(deployment_file(gap.witness, "witness"))
    options = [option for folder in folders for option in ("--pack", folder)]
    rehearsed = command("case", "rehearse", file, *options, "--issuer", "alpha", "--format", "json")

    assert gap.provider == "alpha" and dict(gap.witness)["cluster.service"] == "lifekeeper"
    assert [clause.id for clause in gap.gap.clauses] == ["alpha.refer-to-cluster-vendor", "beta.refer-to-support-provider"]
    assert "circle" in [kind for kind, _ in gap_kinds(rehearsed.stdout)], rehearsed.stderr


def test_the_text_of_a_vendor_ends_its_silence(tmp_path):
    """Where the vendor has a text of its own, nobody is sent to a silent vendor; where it has none, the customer is."""
    provider, vendor = circle(tmp_path)
    alone, both = find_gaps(packs(provider)), find_gaps(packs(provider, vendor))
    silent = [next(iter([one for one in found.gaps if one.gap.kind == "silent vendor"]), None) for found in (alone, both)]

    assert silent[0] is not None
    # LifeKeeper has a text now; for any other cluster service the vendor is as silent as before.
    assert silent[1] is not None and dict(silent[1].witness)["cluster.service"] != "lifekeeper"


def test_a_text_by_which_somebody_always_helps_leaves_no_gap_of_help(tmp_path):
    """A provider who must help in every open case is there for every issue; without that clause nobody is."""
    helping = write_pack(
        tmp_path / "a", "alpha", duty("alpha", "support-provider", "must", "help-troubleshoot", "case-open", "{present: true}")
    )
    silent = write_pack(tmp_path / "b", "alpha", duty("alpha", "customer", "must", "engage-vendor", "case-open", "{present: true}"))

    assert "no one troubleshoots" not in [one.gap.kind for one in find_gaps(packs(helping)).gaps]
    assert "no one troubleshoots" in [one.gap.kind for one in find_gaps(packs(silent)).gaps]


def test_a_bound_that_was_hit_is_told():
    """With fewer combinations than there are, the result is not whole and the report says how many were looked at."""
    compiled = packs()
    found = find_gaps(compiled, limit=7)

    assert not found.whole and found.combinations == 7
    assert f"the first 7 of {found.of} combinations" in render(found, [one.pack for one in compiled], DAY, 400)
    assert json.loads(render_json(found, DAY))["looked_at"]["whole"] is False


def test_the_same_packs_give_the_same_bytes(command):
    """Text and JSON of two runs are equal, and the exit code says that there are gaps."""
    for form in ("text", "json"):
        first, second = (command("policy", "gaps", *SMALL, "--as-of", DAY, "--format", form) for _ in range(2))
        assert first.stdout == second.stdout and first.returncode == second.returncode == 10, first.stderr


def test_the_witnesses_are_written_and_mistakes_are_told(command, tmp_path):
    """`--witnesses` writes one file a gap; a folder that is not there, a format or a name too many is one sentence."""
    made = command("policy", "gaps", *SMALL, "--witnesses", tmp_path, "--format", "json")
    files = sorted(path.name for path in tmp_path.iterdir())

    assert files == sorted(f"gap-{number}.yaml" for number in range(1, len(json.loads(made.stdout)["gaps"]) + 1))
    assert "cannot be written" in command("policy", "gaps", *SMALL, "--witnesses", tmp_path / "no" / "where").stderr
    assert "did you mean `json`" in command("policy", "gaps", "--format", "jsom").stderr
    assert "one name too many" in command("policy", "gaps", "KB810986").stderr


def values(name: str):
    """Values of a field, and `none` where it can be absent."""
    field = FIELDS[name]
    known = {
        "boolean": st.booleans(),
        "integer": st.integers(0, 9),
        "date": st.sampled_from(["2020-01-01", "1999-12-31"]),
        "version": st.sampled_from(["1.2", "15.01.0225", "6"]),
        "text": st.sampled_from(["yes", "(any other)", "a: b", "007", "x #y", '"q"', "- z", "null"]),
    }.get(field.kind, st.sampled_from(field.values or ("x",)))
    return known if field.none_is is not None else st.one_of(known, st.just(ABSENT))


@given(st.lists(st.sampled_from(sorted(FIELDS)), unique=True, min_size=1).flatmap(
    lambda names: st.tuples(*(st.tuples(st.just(name), values(name)) for name in names))
))  # fmt: skip
def test_a_deployment_file_reads_back_as_the_facts_it_was_written_from(facts):
    """Whatever the facts are, the file that is written of them is read back with each of them."""
    made = assemble("w", READER.read(Evidence("w.yaml", deployment_file(facts, "w").encode())))
    expected = witness_of(facts)

    for field, value in facts:
        listing = FIELDS[field].listing
        place = made if listing is None else made.listing(listing).items[0]
        fact = place.fact(field)
        assert (ABSENT if not isinstance(fact, Known) else fact.value) == value, (field, fact)
        assert listing is None or made.listing(listing).complete == expected.listing(listing).complete


def test_acts_that_send_to_another_party_are_known_acts():
    """The acts by which the search sees that a text points elsewhere are in the catalogue of acts."""
    from supportable.core.rehearsal import _POINTING

    assert set(_POINTING) <= set(ACTS)
