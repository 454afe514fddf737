"""The reader of main.cf: clauses outside brackets, and that nothing inside them is kept. The texts are samples, not evidence."""

import pytest

from supportable.core.facts import Listed, Observation
from supportable.errors import UnreadableEvidence
from supportable.readers.reader import Evidence
from supportable.readers.veritas_main_cf import READER

SAMPLE = r"""include "types.cf"
include "C:\\conf\\MSExchangeTypes.cf"

cluster sample_clus (
    UserNames = { admin = cDRpdxPmHzpS, "op@example.org" = "x(y" }
    Administrators = { admin }
    )

system SYSA (
    )

system SYSB

group mail_sg (
    SystemList = { SYSA = 0, SYSB = 1 }
    AutoStartList = { SYSA }
    )

    Lanman mail_lanman (
        VirtualName = "MAIL\"1"
        IPResName @SYSA = mail_ip
        )

    mail_lanman requires mail_ip

    // resource dependency tree
    //  group mail_sg
    //  {
    //  system OLD (
"""


def read(text: str) -> list[Observation | Listed]:
    evidence = Evidence("main.cf", text.encode())
    assert READER.recognises(evidence)
    return list(READER.read(evidence))


def facts(text: str) -> dict[str, object]:
    return {one.field if isinstance(one, Observation) else one.listing: one[1] for one in read(text)}


def test_the_clauses_name_the_cluster_and_its_systems():
    """Service, name, includes by file name, and systems with or without attributes; nothing about the workload."""
    assert facts(SAMPLE) == {
        "cluster.service": "veritas-cluster-server",
        "cluster.name": "sample_clus",
        "cluster.configuration_includes": "types.cf, MSExchangeTypes.cf",
        "nodes": ("SYSA", "SYSB"),
    }
    assert [one.source.line for one in read(SAMPLE)] == [4, 4, 1, 9]


def test_users_and_passwords_are_never_kept():
    """Attributes are skipped: no user, mail address or encrypted password is in an observation or an error."""
    told = repr(read(SAMPLE))
    with pytest.raises(UnreadableEvidence) as caught:
        read(SAMPLE + "}")

    assert not [secret for secret in ("cDRpdxPmHzpS", "example.org", "admin") if secret in told or secret in str(caught.value)]


def test_words_inside_brackets_are_not_clauses():
    """An attribute may be called like a clause, and a value may hold brackets."""
    text = 'include "types.cf"\ncluster c (\nsystem = a\nNote = "system b ("\n)\nsystem n1 (\n)\n'

    assert facts(text)["nodes"] == ("n1",)


def test_an_included_file_may_define_more_systems():
    """The list of systems is complete only if every included file is one of types."""
    assert "nodes" not in facts(SAMPLE.replace("MSExchangeTypes.cf", "systems.cf"))


def test_a_remote_cluster_is_another_cluster():
    """Only `cluster` names this cluster; the clause of a remote one is skipped."""
    assert facts(SAMPLE + 'remotecluster far (\n Cluster = "192.0.2.1"\n)\n')["cluster.name"] == "sample_clus"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SAMPLE + "\ngroup g (\n", 31),
        (SAMPLE + ")", 30),
        (SAMPLE.replace("{ SYSA }", "{ SYSA )"), 16),
        (SAMPLE.replace("mail_ip\n        )", 'mail_ip "\n        )'), 21),
        ('include "types.cf"\n// cluster\n\tcluster\n\t sample (\n)\n', 1),
    ],
)
def test_damage_is_named_with_its_line(text: str, line: int):
    """A bracket or quotation that does not match, or a file that defines nothing, is unreadable at that line."""
    evidence = Evidence("main.cf", text.encode())
    with pytest.raises(UnreadableEvidence) as caught:
        list(READER.read(evidence))
    assert caught.value.place is not None
    assert caught.value.place.line == line


@pytest.mark.parametrize("text", ['include "stdio.h"\ngroup a\n', "type Mount (\n static str A\n)\n", "cluster is up\n", "totem {\n}\n"])
def test_other_texts_are_left_alone(text: str):
    """A file of types, a C source and prose are not a cluster's configuration."""
    assert not READER.recognises(Evidence("a", text.encode()))


def test_a_byte_order_mark_and_windows_line_ends_change_nothing():
    """A file saved by a Windows editor says the same."""
    assert facts("\ufeff" + SAMPLE.replace("\n", "\r\n")) == facts(SAMPLE)
