"""`supportable collect`, and what becomes of its bundles when they are read: the facts, what is missing, and what was changed."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.app import read_evidence
from supportable.cli import main
from supportable.collecting import collect
from supportable.collectors.linux import ITEMS, Copy, Item, Run
from supportable.core.collected import SCHEMA, Gathered, Manifest, parse_manifest, written
from supportable.core.facts import Unknown
from supportable.errors import EvidenceError
from supportable.readers.collected_manifest import READER
from supportable.readers.reader import Evidence
from supportable.stores.bundles import Member, open_bundle

CIB = (
    '<cib have-quorum="1"><configuration><crm_config><cluster_property_set id="cib-bootstrap-options">'
    '<nvpair id="q" name="stonith-enabled" value="true"/></cluster_property_set></crm_config>'
    '<nodes><node id="1" uname="n1" type="member"/><node id="2" uname="n2" type="member"/></nodes>'
    '<resources><primitive id="f" class="stonith" type="fence_x"><instance_attributes id="i">'
    '<nvpair id="p" name="passwd" value="geheim"/></instance_attributes></primitive></resources></configuration></cib>'
)
COROSYNC = "totem {\n  cluster_name: c\n  token: 5000\n}\nnodelist {\n  node {\n    name: n1\n  }\n  node {\n    name: n2\n  }\n}\n"
SYSINFO = "#####Cluster info:\n#####Cluster related packages:\npacemaker 2.0.1-1 - SUSE Linux Enterprise 15 x86_64\nArchitecture: x86_64\n"


def items(*more: Item) -> tuple[Item, ...]:
    cluster = Item("configuration", ("cluster.service",), (Run("cib.xml", ("sh", "-c", f"echo '{CIB}'")),), cluster=True)
    machine = Item("packages", (), (Run("sysinfo.txt", ("printf", "%s", SYSINFO)),))
    return (cluster, Item("corosync", (), (Copy("/etc/corosync/corosync.conf"),)), machine, *more)


def bundle(place: Path, host: str, root: Path, *more: Item) -> str:
    """A bundle of a node of a small cluster, made by the real use case."""
    corosync = root / "etc" / "corosync" / "corosync.conf"
    corosync.parent.mkdir(parents=True, exist_ok=True)
    corosync.write_text(COROSYNC)
    collect(str(place), host, 1_700_000_000, "2023-11-14T22:13:20Z", {"PATH": os.environ["PATH"]}, items=items(*more), root=root)
    return str(place)


def test_bundles_of_all_nodes_are_one_deployment(tmp_path):
    """Facts of a machine belong to the machine that its bundle names, although the configuration in it names all; nothing contradicts."""
    places = [bundle(tmp_path / f"{host}.tar.gz", host, tmp_path / host) for host in ("n1", "n2")]
    reading = read_evidence(places)

    nodes = reading.deployment.listing("nodes")
    assert nodes.complete and [one.name for one in nodes.items] == ["n1", "n2"]
    assert all(one.facts["nodes.os.architecture"].value == "x64" for one in nodes.items)
    assert reading.deployment.unattributed == ()
    assert [name for name, fact in reading.deployment.facts.items() if isinstance(fact, Unknown)] == []
    assert reading.deployment.fact("cluster.token_timeout_ms").value == 5000
    kept = [one.data for place in places for one in open_bundle(Path(place)) if isinstance(one, Member)]
    assert len(kept) == 8 and not [data for data in kept if b"geheim" in data and b"schema" not in data]


@pytest.mark.parametrize("form", ["a.tar.gz", "a.zip", "a/"])
def test_every_form_of_a_bundle_gives_the_same_facts(form, tmp_path):
    """A tar, a zip and a folder are read alike, with their manifest."""
    place = bundle(f"{tmp_path}/{form}", "n1", tmp_path / "n1")
    reading = read_evidence([place])

    assert {reader for _, reader in reading.read} == {"collected-manifest", "pacemaker-cib", "corosync-conf", "crm-report"}
    assert reading.deployment.fact("cluster.fencing_enabled").value is True


def unpacked(tmp_path: Path) -> Path:
    bundle(f"{tmp_path}/a/", "n1", tmp_path / "n1")
    return tmp_path / "a"


def test_a_changed_file_is_not_read_and_said(tmp_path):
    """One letter is enough: none of its facts counts, in text and JSON it says why; the other files still count."""
    folder = unpacked(tmp_path)
    cib = folder / "commands" / "cib.xml"
    cib.write_text(cib.read_text().replace('"stonith-enabled" value="true"', '"stonith-enabled" value="false"'))
    reading = read_evidence([folder])

    assert "cluster.fencing_enabled" not in reading.deployment.facts
    assert reading.deployment.fact("cluster.token_timeout_ms").value == 5000
    assert [one.file for one in reading.unread] == ["a/commands/cib.xml"]
    assert "changed after it was collected" in reading.unread[0].reason
    assert "a/commands/cib.xml" not in [file for file, _ in reading.read]


def test_the_manifest_may_come_last(tmp_path):
    """Somebody unpacked a bundle, changed a file and packed it again in another order: it is noticed all the same."""
    folder = unpacked(tmp_path)
    (folder / "files" / "etc" / "corosync" / "corosync.conf").write_text(COROSYNC.replace("5000", "9000"))
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        for path in sorted((one for one in folder.rglob("*") if one.is_file()), key=lambda one: one.name == "MANIFEST.json"):
            tar.add(path, f"b/{path.relative_to(folder)}")
    reading = read_evidence([tmp_path / "b.tar.gz"])

    assert "cluster.token_timeout_ms" not in reading.deployment.facts
    assert [one.file for one in reading.unread] == ["b.tar.gz/b/files/etc/corosync/corosync.conf"]


def test_removed_and_added_files_are_said_and_a_users_own_file_beside_is_read(tmp_path):
    """What the manifest names and is gone, what lies in its folders unnamed; a deployment file next to the manifest counts."""
    folder = unpacked(tmp_path)
    (folder / "commands" / "cib.xml").unlink()
    (folder / "commands" / "more.conf").write_text(COROSYNC.replace("5000", "9000"))
    (folder / "mine.yaml").write_text("hardware: {vendor: Contoso}\n")
    reading = read_evidence([folder])

    assert {one.file: one.reason.split(":")[-1].split(",")[0] for one in reading.unread} == {
        "a/commands/cib.xml": "`a/MANIFEST.json` names it",
        "a/commands/more.conf": " it was added after the bundle was made",
    }
    assert reading.deployment.fact("cluster.token_timeout_ms").value == 5000
    assert reading.deployment.fact("hardware.vendor").value == "Contoso"


def test_a_damaged_manifest_is_said_and_stops_nothing(tmp_path):
    """Without its manifest a bundle is files like any others, and the answer says that nobody could check them."""
    folder = unpacked(tmp_path)
    manifest = folder / "MANIFEST.json"
    manifest.write_text(manifest.read_text()[:-20])
    reading = read_evidence([folder])

    assert reading.deployment.fact("cluster.fencing_enabled").value is True
    assert [(one.file, "not whole" in one.reason) for one in reading.unread] == [("a/MANIFEST.json", True)]


def test_facts_show_what_was_not_collected(tmp_path, capsys):
    """Each item that failed with its reason; what is not on the machine in one line; nothing of it in silence."""
    failing = Item("x", (), (Run("pcs_status.txt", ("sh", "-c", "echo broken >&2; exit 3")),))
    place = bundle(f"{tmp_path}/a.tar.gz", "n1", tmp_path / "n1", failing, Item("y", (), (Run("v.txt", ("no-such-command",)),)))

    assert main(["facts", place]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "a.tar.gz/n1/commands/pcs_status.txt: not collected: `sh -c" in told and "exit code 3: broken" in told
    assert "a.tar.gz/n1/MANIFEST.json: not on the machine, so not collected: `no-such- command`" in told
    assert main(["facts", place, "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["unread"]) == 2


def test_the_list_shows_every_command_and_file_before_anything_runs(tmp_path, capsys, monkeypatch):
    """All ways of all items, in 80 columns and as JSON, and no bundle."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["collect", "--list"]) == 0
    text = capsys.readouterr().out
    told = " ".join(text.split())
    assert main(["collect", "--list", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["items"]

    assert all(" ".join(way.how.split()) in told and one.why in told for one in ITEMS for way in one.ways)
    assert [row["ways"] for row in rows] == [[way.how for way in one.ways] for one in ITEMS]
    assert max(map(len, text.splitlines())) <= 100 and list(tmp_path.iterdir()) == []


def test_the_command_collects_on_this_machine(tmp_path, capsys, monkeypatch):
    """A bundle under its name, a manifest that holds, an exit code that says whether all of it was there; a summary of both kinds."""
    if shutil.which("uname") is None or os.name != "posix":
        pytest.skip("this is no Linux machine")
    monkeypatch.chdir(tmp_path)
    code = main(["collect", "--time-limit", "5", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    again = main(["collect", "-o", "b.zip", "--time-limit", "5"])
    text = capsys.readouterr().out

    kept = [one for one in told["items"] if one["outcome"] == "collected"]
    assert code == again and code in (0, 3, 10)
    assert "commands/uname.txt" in [one["name"] for one in kept]
    assert all(one["reason"] for one in told["items"] if one["outcome"] != "collected")
    assert told["bundle"].startswith("supportable-") and Path(told["bundle"]).is_file()
    assert "b.zip" in text and "What to do" in text
    assert not [one for one in read_evidence([told["bundle"]]).unread if "hash" in one.reason or "names it" in one.reason]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["-o", "a.rar"], "end it with .tar.gz"),
        (["--time-limit", "soon"], "write seconds"),
        (["--format", "html"], "one of text, json"),
        (["--windows", "-o", "a.zip"], "it prints a PowerShell script"),
        (["-o", "no/such/folder.zip"], "make the folder first"),
    ],
)
def test_wrong_use_is_refused_before_anything_runs(arguments, hint, tmp_path, capsys, monkeypatch):
    """Exit code 2, one sentence and what to do, nothing written."""
    monkeypatch.chdir(tmp_path)

    assert main(["collect", *arguments]) == 2
    assert hint in capsys.readouterr().err and list(tmp_path.iterdir()) == []


ENTRIES = st.builds(
    Gathered,
    st.sampled_from(["commands/a.txt", "files/b", "commands/c.xml"]),
    st.text(max_size=10),
    st.sampled_from(["collected", "failed", "not-here"]),
    st.text(max_size=10),
    st.one_of(st.none(), st.integers(0, 255)),
    st.floats(0, 100),
    st.integers(0, 10**9),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.integers(0, 9),
)


@given(st.lists(ENTRIES, max_size=3, unique_by=lambda one: one.name), st.text(max_size=12), st.data())
@settings(max_examples=60)
def test_a_manifest_is_read_back_as_written_and_damage_is_one_sentence(entries, text, data):
    """Whatever is in it; cut, changed or mixed with other bytes it is read or refused with a line, never anything else."""
    manifest = Manifest("supportable 1", "linux", text, text, "2026-11-25T23:40:00Z", tuple(entries))
    whole = written(manifest).encode()
    assert parse_manifest(whole) == manifest

    at = data.draw(st.integers(0, len(whole)))
    damaged = whole[:at] + data.draw(st.binary(max_size=4)) + whole[data.draw(st.integers(at, len(whole))) :]
    try:
        list(READER.read(Evidence("a/MANIFEST.json", damaged)))
    except EvidenceError as error:
        assert error.hint and error.place is not None and error.place.line


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"schema": "other"}',
        f'{{"schema": "{SCHEMA}", "host": 3}}',
        f'{{"schema": "{SCHEMA}", "items": [3]}}',
        f'{{"schema": "{SCHEMA}", "items": [{{"name": "a", "outcome": "collected", "sha256": "x"}}]}}',
        f'{{"schema": "{SCHEMA}", "items": [{{"name": "a", "outcome": "eaten"}}]}}',
        f'{{"schema": "{SCHEMA}", "items": [{{"name": "a", "outcome": "failed", "bytes": -1}}]}}',
        "[" * 100_000,
    ],
)
def test_a_manifest_that_says_nothing_sensible_is_refused(text):
    """A sentence, whatever is wrong."""
    with pytest.raises(EvidenceError) as refused:
        list(READER.read(Evidence("MANIFEST.json", text.encode())))
    assert refused.value.hint


def test_two_manifests_speak_of_their_own_folders(tmp_path):
    """A folder of bundles: each manifest is compared with the files beside it only, and names its own machine."""
    for host in ("n1", "n2"):
        bundle(f"{tmp_path}/all-{host}/", host, tmp_path / host)
    (tmp_path / "all").mkdir()
    for host in ("n1", "n2"):
        (tmp_path / f"all-{host}").rename(tmp_path / "all" / host)
    (tmp_path / "all" / "n2" / "commands" / "cib.xml").write_text("<cib/>")
    reading = read_evidence([tmp_path / "all"])

    assert [one.file for one in reading.unread] == ["all/n2/commands/cib.xml"]
    assert all(one.facts["nodes.os.architecture"].value == "x64" for one in reading.deployment.listing("nodes").items)
