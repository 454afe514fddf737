"""How observations add up: agreement, disagreement, machines without a name, lists that do not match."""

from __future__ import annotations

import pytest

from supportable.core.deployment import assemble
from supportable.core.facts import ABSENT, THIS_MACHINE, Absent, Known, Listed, Observation, Source, Unknown

A, B = Source("b/a/one.xml", 3), Source("b/b/two.xml", 5)


def test_agreeing_sources_are_all_kept():
    """Two sources of one value make one known fact that names both."""
    made = assemble("d", [Observation("cluster.service", "mscs", A), Observation("cluster.service", "mscs", B)])

    assert made.fact("cluster.service") == Known("mscs", (A, B))


def test_disagreeing_sources_make_the_fact_unknown_and_are_both_named():
    """Neither wins; the reason holds both values and both places. Absence against a value is a disagreement too."""
    for value in ("pacemaker", ABSENT):
        fact = assemble("d", [Observation("cluster.service", "mscs", A), Observation("cluster.service", value, B)]).fact("cluster.service")

        assert isinstance(fact, Unknown)
        assert "one.xml:3" in fact.reason and "two.xml:5" in fact.reason and fact.sources == (A, B)


def test_versions_agree_by_number():
    """`15.01.2375.007` and `15.1.2375.7` are one version."""
    fact = assemble("d", [Observation("workload.build", "15.01.2375.007", A), Observation("workload.build", "15.1.2375.7", B)]).fact(
        "workload.build"
    )

    assert isinstance(fact, Known)


def test_absence_is_a_fact_and_silence_is_not():
    """An absent observation gives `Absent`; no observation gives `Unknown`."""
    made = assemble("d", [Observation("cluster.service", ABSENT, A)])

    assert made.fact("cluster.service") == Absent((A,))
    assert isinstance(made.fact("cluster.version"), Unknown)


def test_a_machine_is_one_whatever_its_file_calls_it():
    """`EXN1` and `exn1.contoso.local` are the same node."""
    made = assemble(
        "d", [Observation("nodes.virtual", True, A, "EXN1"), Observation("nodes.domain_role", "member-server", B, "exn1.contoso.local")]
    )

    assert [item.name for item in made.listing("nodes").items] == ["EXN1"]
    assert len(made.listing("nodes").items[0].facts) == 2


def test_a_file_that_names_no_machine_is_about_the_one_named_beside_it():
    """The nearest folder with exactly one named machine decides; where two are named equally near, the fact is nobody's."""
    named = [Observation("nodes.virtual", True, A, "EXN1"), Observation("nodes.virtual", True, B, "EXN2")]
    beside = Observation("nodes.domain_role", "member-server", Source("b/a/sub/three.xml", 1), THIS_MACHINE)
    between = Observation("nodes.domain_role", "member-server", Source("b/four.xml", 1), THIS_MACHINE)

    made = assemble("d", [*named, beside, between])

    assert made.listing("nodes").items[0].fact("nodes.domain_role") == Known("member-server", (beside.source,))
    assert made.unattributed == (between,)


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        ("report/N1/sysinfo.txt", "n1"),
        ("report/n2.example.com/etc/os-release", "n2"),
        ("report/n2/sub/n1/os-release", "n1"),
        ("report/named/n2/os-release", "other"),
        ("report/sysinfo.txt", None),
        ("report/n1.txt", None),
        ("report/n3/sysinfo.txt", None),
    ],
)
def test_a_folder_that_has_the_name_of_a_node_names_it(file: str, owner: str | None):
    """The innermost folder called like a listed node tells whose its files are, but for what a file there says itself; no other does."""
    told = Observation("nodes.domain_role", "member-server", Source(file, 1), THIS_MACHINE)
    named = Observation("nodes.virtual", True, Source("report/named/n2/hostname.txt", 1), "other")
    made = assemble("d", [told, Listed("nodes", ("n1", "n2"), Source("report/cib.xml", 1)), *([named] if owner == "other" else [])])
    owners = [item.name for item in made.listing("nodes").items if isinstance(item.fact("nodes.domain_role"), Known)]

    assert owners == ([owner] if owner else [])
    assert made.unattributed == (() if owner else (told,))


def test_a_list_is_complete_only_if_all_sources_of_it_agree():
    """One list makes it complete; another list, or a machine that is in none, makes it open again and says why."""
    one = Listed("nodes", ("a", "b"), A)

    assert assemble("d", [one]).listing("nodes").complete
    assert assemble("d", [one, Listed("nodes", ("B", "A.example"), B)]).listing("nodes").complete
    assert "disagree" in assemble("d", [one, Listed("nodes", ("a",), B)]).listing("nodes").reason
    assert "`c`" in assemble("d", [one, Observation("nodes.virtual", True, B, "c")]).listing("nodes").reason


def test_secrets_in_texts_do_not_become_facts():
    """A mail address or a password in a text field is replaced before it is a fact, in values and in reasons."""
    fact = assemble("d", [Observation("cluster.name", "a ops@example.com", A), Observation("cluster.name", "password: hunter2", B)]).fact(
        "cluster.name"
    )

    assert "ops@" not in repr(fact) and "hunter2" not in repr(fact)


def test_a_file_that_names_no_machine_makes_no_machine_beside_a_list():
    """A list of several machines leaves the fact nobody's, a list of one makes it that one's; without any it is one machine's."""
    beside = Observation("nodes.domain_role", "member-server", A, THIS_MACHINE)

    assert assemble("d", [beside, Listed("nodes", ("n1", "n2"), B)]).unattributed == (beside,)
    assert [item.name for item in assemble("d", [beside, Listed("nodes", ("n1",), B)]).listing("nodes").items] == ["n1"]
    assert [item.name for item in assemble("d", [beside]).listing("nodes").items] == ["(unnamed machine)"]
