"""Packets through the real command: the same bytes anywhere, nothing in them that names anybody, whole or not at all."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

from supportable.reports.packet import DESCRIPTION_MOST, SUMMARY_MOST, TO_FILL
from supportable.reports.schema import schema

LAB = Path(__file__).parent / "scenarios" / "cases" / "lab.yaml"
EVIDENCE = """\
deployment: Fabrikam Mail
workload: {product: exchange-server, release: "2007", edition: enterprise}
cluster: {service: veritas-cluster-server, name: fabmail, geographically_dispersed: false}
hardware: {vendor: Fabrikam Labs, model: mail.fabrikam.example special}
nodes:
  - {name: FABEX1.corp.fabrikam.example, os: {release: windows-server-2003, edition: enterprise}, domain: corp.fabrikam.example}
  - {name: FABEX2, os: {release: windows-server-2003, edition: enterprise}, ad_site: Paris-HQ, hba: card of FABEX2}
contracts:
  - {name: Woodgrove premier 4711, party: hardware-vendor}
  - {name: Litware gold, party: cluster-vendor}
"""
NAMES = ("fabrikam", "fabmail", "fabex1", "fabex2", "paris-hq", "woodgrove", "hunter2", "ann.lee", "bob", "10.20.30.40", "northwind")
STEPS = (
    (
        "record",
        "effort",
        "restart had on FABEX1",
        "--outcome",
        "not-resolved",
        "--text",
        "login ann.lee@fabrikam.example password: hunter2",
    ),
    ("record", "effort", "restart had on fabex1", "--outcome", "not-resolved", "--text", "again, from 10.20.30.40"),
    (
        "record",
        "attribution",
        "suspected",
        "--basis",
        "FABEX2.corp.fabrikam.example writes to \\\\fabex1.northwind.net\\share, says bob@fabex2",
    ),
    ("record", "note", "Fabrikam has a contract: Woodgrove premier 4711; https://bob:hunter2@fabmail.fabrikam.example/ FABEX1_old"),
    ("record", "deadline", "hardware-vendor", "tell-Woodgrove", "2026-12-01"),
    ("act", "hardware-vendor", "help-troubleshoot", "Woodgrove looked"),
    ("act", "support-provider", "request-removal", "of fabmail"),
    ("act", "customer", "decline-removal", "says Bob <bob@fabrikam.example>"),
)


@pytest.fixture(scope="module")
def kept(command, tmp_path_factory):
    """A store with a case full of names and secrets: typed, in names of files and folders, in evidence."""
    place = tmp_path_factory.mktemp("packets")
    folder = place / "fabrikam-FABEX1"
    folder.mkdir()
    (folder / "FABEX2.corp.fabrikam.example.yaml").write_text(EVIDENCE)
    (place / "dump-of-fabex1.txt").write_text("dump")
    store = place / "cases.sqlite"

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return command("case", *arguments, "--store", store, **environment)

    title = "Failover of FABEX1 in Fabrikam Mail hangs, ann.lee@fabrikam.example has the dump"
    done = run("open", folder, "--issue", title, "--related", "yes", "--document", "KB810986", "--as-of", "2009-03-02")
    assert done.returncode == 0, done.stderr
    for verb, *rest in STEPS:
        done = run(verb, "fabrikam-mail-1", *rest)
        assert done.returncode == 0, (rest, done.stderr)
    dump = place / "dump-of-fabex1.txt"
    trial = ("trial", "fabrikam-mail-1", LAB, "--role", "reference", "--environment", "lab like fabmail", "--evidence", dump)
    assert run(*trial, "--outcome", "not-appeared", "--count", "29").returncode == 0
    assert run(*trial, "--outcome", "no-outcome", "--reason", "FABEX1 was away").returncode == 0
    return run


def made(kept, target: Path, *more: object, to: str = "cluster-vendor", **environment: str) -> dict[str, bytes]:
    """The members of a packet."""
    done = kept("packet", "fabrikam-mail-1", "--to", to, "-o", target, *more, **environment)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(target) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_the_same_case_gives_the_same_bytes(kept, tmp_path):
    """In another folder, time zone and locale a packet is the same, byte for byte, and tells neither time nor place of its making."""
    (tmp_path / "there").mkdir()
    first, second = tmp_path / "one.zip", tmp_path / "there" / "two.zip"
    made(kept, first, TZ="UTC", LANG="C.UTF-8")
    members = made(kept, second, TZ="Pacific/Auckland", LANG="de_DE.UTF-8", PYTHONHASHSEED="7", COLUMNS="40")

    assert first.read_bytes() == second.read_bytes()
    assert list(members) == ["packet.html", "packet.json", "tsanet.json", "MANIFEST.json"]
    with zipfile.ZipFile(first) as file:
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert str(tmp_path).encode() not in first.read_bytes()


@pytest.mark.parametrize("to", ["cluster-vendor", "storage-vendor", "customer"])
def test_nothing_in_a_packet_names_anybody(kept, tmp_path, to):
    """No name, secret or mail address, wherever it stood: in facts, free text, names of files, places in evidence, the id of the case."""
    members = made(kept, tmp_path / "p.zip", to=to)
    whole = b"\n".join(members.values()).decode().casefold()

    assert [name for name in NAMES if re.search(rf"(?<![a-z0-9]){re.escape(name)}", whole)] == []
    assert re.findall(r"[\w.+-]@\w*", whole) == []


def test_a_packet_says_what_happened_and_what_is_left_out(kept, tmp_path):
    """Trials with their decision, the clauses, duties of both sides and the recipient, and how much of what is not there; no conduct."""
    members = made(kept, tmp_path / "p.zip")
    packet = json.loads(members["packet.json"])

    jsonschema.Draft202012Validator(json.loads(schema("packet"))).validate(packet)
    assert packet["case"]["state"]["efforts"] == "failed" and packet["case"]["state"]["reproduction"] == "not-reproduced"
    assert [one["act"] for one in packet["referral"]["possible"]] == ["refer-to-cluster-vendor"] * 2
    assert {one["party"] for one in packet["duties"]} == {"support-provider", "customer"}
    assert [one["outcome"] for one in packet["trials"]] == ["not-reproduced"]
    assert packet["trials"][0]["attempts"][1]["reason"] == "node-1 was away"
    assert packet["left_out"]["events"] == 2
    assert {"cluster.name", "hardware.vendor", "nodes.ad_site", "nodes.hba"} <= {one["field"] for one in packet["left_out"]["fields"]}
    assert not {"cluster.name", "nodes.hba"} & {one["field"] for one in packet["deployment"]["facts"]}
    assert {"node-1", "node-2"} == {one["item"] for one in packet["deployment"]["facts"] if one["field"] == "nodes.os.release"}
    whole = b"".join(members.values())
    assert b"against the policy" not in whole and b"objection" not in whole
    assert b"29 trials" in members["packet.html"] and b"refer-otherwise" in members["packet.html"]


def test_a_recorded_referral_is_cited_with_its_clause(kept, command, tmp_path):
    """Once the customer is referred, the packet names the act and the clause that was in force for it."""
    exported, store = tmp_path / "case.jsonl", tmp_path / "copy.sqlite"
    assert kept("export", "fabrikam-mail-1", "-o", exported).returncode == 0
    command("case", "import", exported, "--store", store)
    command("case", "act", "fabrikam-mail-1", "support-provider", "refer-to-cluster-vendor", "as told", "--store", store)
    command("case", "close", "fabrikam-mail-1", "--end", "referred", "--store", store)
    target = tmp_path / "p.zip"
    assert command("case", "packet", "fabrikam-mail-1", "--to", "cluster-vendor", "-o", target, "--store", store).returncode == 0
    with zipfile.ZipFile(target) as file:
        packet = json.loads(file.read("packet.json"))

    recorded = packet["referral"]["recorded"]
    assert [one["text"] for one in recorded] == ["as told"]
    assert [one["clause"] for one in recorded[0]["clauses"]] == ["kb810986.refer-when-not-reproduced", "kb810986.refer-otherwise"]
    assert packet["duties"] == [] and packet["case"]["state"]["end"] == "referred"


def test_the_manifest_vouches_for_the_members_and_carries_the_receipt(kept, tmp_path):
    """Each other member with its SHA-256, and the receipt that `verify` takes."""
    members = made(kept, tmp_path / "p.zip")
    manifest = json.loads(members["MANIFEST.json"])

    assert {one["name"]: one["sha256"] for one in manifest["members"]} == {
        name: sha256(data).hexdigest() for name, data in members.items() if name != "MANIFEST.json"
    }
    receipt = f"{manifest['receipt']['number']}:{manifest['receipt']['digest']}"
    assert kept("verify", "fabrikam-mail-1", "--receipt", receipt).returncode == 0


def test_the_request_has_the_fields_and_limits_of_tsanet(kept, command, tmp_path):
    """The known fields only, contact fields empty, and the texts cut to the limits however long the issue is."""
    store, target = tmp_path / "long.sqlite", tmp_path / "p.zip"
    command("case", "open", LAB, "--issue", "\U0001f4e7 hangs " * 2000, "--name", "long", "--document", "KB810986", "--store", store)
    assert command("case", "packet", "long", "--to", "cluster-vendor", "-o", target, "--store", store).returncode == 0
    with zipfile.ZipFile(target) as file:
        long = json.loads(file.read("tsanet.json"))
    request = json.loads(made(kept, tmp_path / "q.zip")["tsanet.json"])

    for one in (request, long):
        assert len(one["problemSummary"].encode("utf-16-le")) // 2 <= SUMMARY_MOST
        assert len(one["problemDescription"].encode("utf-16-le")) // 2 <= DESCRIPTION_MOST
        assert one["submitterContactDetails"] == {"name": "", "email": "", "phone": ""}
        assert all(one[name] == "" for name in TO_FILL if "." not in name)
    assert set(request) == {
        "documentId", "internalCaseNumber", "receiverInternalCaseNumber", "problemSummary", "problemDescription", "priority", "adminNote",
        "escalationInstructions", "submitterContactDetails", "customFields", "internalNotes", "testSubmission",
    }  # fmt: skip
    assert long["problemSummary"].endswith("...")


def test_names_stay_with_the_sender_in_a_file_of_their_own(kept, tmp_path):
    """The mapping turns every pseudonym back, only its owner can read it, and it is not in the packet; with `--keep-names` names stay."""
    names = tmp_path / "names.json"
    members = made(kept, tmp_path / "p.zip", "--mapping", names)
    mapping = {one["name"]: one["pseudonym"] for one in json.loads(names.read_text())["names"]}
    plain = b"".join(made(kept, tmp_path / "q.zip", "--keep-names").values())

    assert mapping["FABEX1"] == "node-1" and mapping["FABEX2"] == "node-2" and mapping["fabmail"] == "cluster-1"
    assert mapping["corp.fabrikam.example"] == mapping["fabrikam"] and "Litware gold" not in mapping
    assert names.stat().st_mode & 0o077 == 0 and len(members) == 4
    assert b"FABEX1" in plain and b"hunter2" not in plain and b"ann.lee" not in plain


def refused(done: subprocess.CompletedProcess[str], words: str) -> None:
    """One sentence and a hint, and nothing else."""
    assert done.returncode in (1, 2) and done.stdout == "" and "Traceback" not in done.stderr
    assert words in done.stderr and len(done.stderr.splitlines()) <= 3


def test_what_cannot_be_is_refused_in_one_sentence(kept, tmp_path):
    """An unknown party, the provider itself, an unknown case, a file that is there, a folder that is not: nothing is written."""
    there = tmp_path / "there.zip"
    there.write_bytes(b"mine")
    ask = ("packet", "fabrikam-mail-1", "--to", "cluster-vendor", "-o")
    refused(kept("packet", "fabrikam-mail-1", "--to", "cluster-vender", "-o", tmp_path / "a.zip"), "did you mean `cluster-vendor`?")
    refused(kept("packet", "fabrikam-mail-1", "--to", "support-provider", "-o", tmp_path / "a.zip"), "`support-provider` is not a party")
    refused(kept("packet", "no-such-case", "--to", "customer", "-o", tmp_path / "a.zip"), "no-such-case")
    refused(kept(*ask, there), "there already")
    refused(kept(*ask, tmp_path / "no" / "a.zip"), "is not a folder")
    refused(kept(*ask, tmp_path), "is a folder")
    refused(kept(*ask, tmp_path / "a.zip", "--mapping", tmp_path / "a.zip"), "named twice")
    refused(kept(*ask, tmp_path / "a.zip", "--mapping", tmp_path / "b.json", "--keep-names"), "no name is replaced")
    refused(kept(*ask, tmp_path / "a.zip", "--mapping", there), "there already")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.zip"] and there.read_bytes() == b"mine"
    assert kept(*ask, there, "--force").returncode == 0 and zipfile.is_zipfile(there)


def test_a_full_disk_leaves_nothing(kept, tmp_path):
    """Where a file cannot grow, neither packet nor mapping is there, what was there before is, and one sentence says so."""
    files = [(tmp_path / "names.json", 10), (tmp_path / "packet.zip", 50_000)]
    (tmp_path / "packet.zip").write_bytes(b"before")
    program = (
        "import sys; from pathlib import Path; from supportable.stores.packets import save_files; "
        "from supportable.errors import SupportableError\n"
        "try: save_files([(Path(name), b'x' * int(size)) for name, size in zip(sys.argv[1::2], sys.argv[2::2])], True)\n"
        "except SupportableError as error: print(error)"
    )
    arguments = [str(part) for file in files for part in file]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )  # fmt: skip

    assert "cannot be written" in done.stdout and done.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["packet.zip"] and (tmp_path / "packet.zip").read_bytes() == b"before"
