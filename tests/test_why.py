"""`supportable facts --why`: where a value came from, what was translated by whom, why it is unknown, and how to get it."""

from __future__ import annotations

import json

import pytest

from supportable.cli import main
from supportable.core.fields import FIELDS, LISTINGS


@pytest.fixture
def bundle(tmp_path):
    """A bundle of one node of two sources that disagree, a name that is translated, and a file nobody can read."""
    for name, text in (
        ("commands/hostnamectl.txt", " Static hostname: n1\n  Virtualization: kvm\n"),
        ("commands/virt-what.txt", "vmware\n"),
        ("files/etc/os-release", 'ID="rhel"\nVERSION_ID="9.4"\n'),
        ("notes.bin", "password: hunter2\n"),
    ):
        (tmp_path / "b" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "b" / name).write_text(text)
    return tmp_path / "b"


def told(capsys, *arguments: object) -> str:
    """Run `facts --why` in this process and return what it prints."""
    assert main(["facts", "--why", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_two_sources_that_disagree_are_both_shown(bundle, capsys):
    """The fact is unknown, each source stands with its value, its line and its reader, and the account says how to get it."""
    text = " ".join(told(capsys, "nodes.hypervisor", bundle).split())

    assert "nodes.hypervisor of n1: it is unknown because sources disagree" in text
    assert "`kvm` in b/commands/hostnamectl.txt:2 (Virtualization), read as hostnamectl" in text
    assert "`vmware` in b/commands/virt-what.txt:1 (virt-what), read as machine-value" in text
    assert "How to get it: " in text
    assert "b/notes.bin: no reader knows this format" in text


def test_the_list_of_facts_shows_both_sources_of_a_machine_too(bundle, capsys):
    """A disagreement about a node stands in `facts` as one about the cluster does: with both values and both places."""
    assert main(["facts", str(bundle)]) == 0
    text = " ".join(capsys.readouterr().out.split())

    assert "n1: sources disagree: `kvm` in b/commands/hostnamectl.txt:2 (Virtualization); `vmware` in b/commands/virt-what.txt:1" in text


def test_a_translated_name_stands_with_what_was_written_and_by_whom(bundle, capsys):
    """Which table of names, and which source in it; and why a file without a name belongs to this machine."""
    text = " ".join(told(capsys, "nodes.os.release", bundle).split())

    assert "nodes.os.release of n1 = rhel-9" in text
    assert "written `rhel 9`, by names/linux-releases.yaml: " in text
    assert "belongs to the only one named nearest to it: n1" in text
    assert "How to get it" not in text.partition("The list of nodes")[0]


def test_what_nobody_looked_at_says_so_with_and_without_evidence(bundle, capsys):
    """Without a path the account says what the field is and how to get it."""
    for paths in ((), (bundle,)):
        text = " ".join(told(capsys, "cluster.quorum", *paths).split())
        assert "it is unknown because nobody looked" in text
        assert "How to get it: `Get-ClusterQuorum`" in text


def test_a_listing_says_whether_it_is_complete_and_who_lists(bundle, capsys):
    """A machine that is only named leaves the list incomplete, with the reason."""
    text = " ".join(told(capsys, "nodes", bundle).split())

    assert "n1 is named" in text
    assert "The list of nodes is not complete: no evidence lists all of them." in text


def test_json_has_the_same(bundle, capsys):
    """The same account as data."""
    made = json.loads(told(capsys, "nodes.hypervisor", bundle, "--format", "json"))
    (fact,) = made["facts"]

    assert made["schema"] == "supportable/facts-why/1"
    assert (fact["item"], fact["state"], fact["why_unknown"]) == ("n1", "unknown", "sources-disagree")
    assert {(one["value"], one["written"], one["reader"], one["names_its_machine"]) for one in fact["observations"]} == {
        ("kvm", "kvm", "hostnamectl", True),
        ("vmware", "vmware", "machine-value", False),
    }
    assert made["listing"]["complete"] is False


def test_every_field_and_listing_has_an_account(bundle, capsys):
    """No field makes the command fail, and no line is wider than 80 columns unless one word is."""
    for name in [*FIELDS, *LISTINGS]:
        lines = told(capsys, name, bundle).split("\n")
        assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []


def test_no_secret_is_in_an_account(tmp_path, capsys):
    """A value of text, and what was written, pass the same redaction as facts."""
    (tmp_path / "d.yaml").write_text("cluster: {service: mscs, name: 'password=hunter2 ann@contoso.example'}\n")

    assert "hunter2" not in told(capsys, "cluster.name", tmp_path / "d.yaml")
    assert "ann@" not in told(capsys, "cluster.name", tmp_path / "d.yaml", "--format", "json")


def test_a_field_that_does_not_exist_is_wrong_use(capsys):
    """The nearest name is offered."""
    assert main(["facts", "--why", "cluster.nme"]) == 2
    assert "unknown field `cluster.nme`\nhint: did you mean `cluster.name`?" in capsys.readouterr().err
