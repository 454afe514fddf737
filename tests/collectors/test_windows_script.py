"""The PowerShell script: read by a parser, since nothing here can run it; and what it would make is read by the readers."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from supportable.app import read_evidence
from supportable.cli import main
from supportable.collecting import windows_script
from supportable.core.facts import Known

# What only asks, and what works on values in memory.
ASKS = re.compile(r"Get-\w+|(?:Select|Where|Sort|New)-Object|Join-Path|ConvertTo-Json|Out-Null|Set-StrictMode|Write-(?:Host|Warning)")
# What writes, each with the only places it may stand in the script, and what loads code that Windows or Exchange brought.
WRITES = {"Export-Clixml": 1, "Export-WithoutSecrets": 2, "New-Item": 2, "Move-Item": 1, "Add-Type": 1, "Add-PSSnapin": 1}
CALLS = {
    "[IO.File]::ReadAllBytes",
    "[IO.File]::ReadAllText",
    "[IO.File]::WriteAllText",
    "[IO.Compression.ZipFile]::CreateFromDirectory",
    "[BitConverter]::ToString",
    "[Math]::Round",
    "[Diagnostics.Stopwatch]::StartNew",
    "[Security.Cryptography.SHA256]::Create",
}


def nodes(node):
    yield node
    for child in node.children:
        yield from nodes(child)


@pytest.fixture(scope="module")
def parsed():
    """The nodes of the script, each with its text."""
    source = windows_script().encode()
    tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language())).parse(source)
    return [(one, source[one.start_byte : one.end_byte].decode()) for one in nodes(tree.root_node)]


def test_the_script_is_powershell(parsed):
    """A parser of the language finds no error and nothing missing."""
    assert [text for one, text in parsed if one.type == "ERROR" or one.is_missing] == []
    assert len(parsed) > 1000


def test_the_script_only_asks_and_writes_its_bundle(parsed):
    """Every command and every call of .NET is on a short list; what writes stands where it was reviewed; no text is run as code."""
    commands = [text for one, text in parsed if one.type == "command_name"]
    calls = {text for one, text in parsed for text in re.findall(r"\[[\w.]+\]::\w+(?=\()", text) if one.type == "invokation_expression"}

    assert {one for one in commands if not ASKS.fullmatch(one)} == set(WRITES)
    assert {name: commands.count(name) for name in WRITES} == WRITES
    assert calls == CALLS
    assert re.findall(r"(?i)invoke-expression|iex|start-process|test-cluster\b|invoke-webrequest|-credential", "\n".join(commands)) == []
    assert [text for one, text in parsed if one.type == "command_invokation_operator"] == ["&"]


def test_the_script_asks_for_what_it_says(parsed):
    """Each item has a name, a reason and a command; the items of the issue are among them."""
    items = re.findall(r"@\{ Name = '([\w-]+)'; Why = '([^']+)'; Get = \{", windows_script())
    wanted = "Get-Cluster Get-ClusterNode Get-ClusterResource Get-ClusterQuorum Get-ClusterGroup Get-ClusterNetwork Get-ExchangeServer"
    wanted += " Get-MailboxServer Get-DatabaseAvailabilityGroup Win32_OperatingSystem Win32_ComputerSystem Get-Service Get-HotFix"
    wanted += " Get-WindowsFeature"

    assert set(wanted.split()) <= {name for name, _ in items}
    assert len({name for name, _ in items}) == len(items) == windows_script().count("Get = {")
    assert all(len(line) <= 140 for line in windows_script().splitlines())


def patterns() -> list[tuple[re.Pattern[str], str]]:
    """The patterns of the script, which Python reads as .NET does."""
    script = windows_script()
    secret = re.search(r"\$Secret = '([^']+)'", script)[1]
    found = []
    for entry in re.findall(r"@\{ What = .+?' \}", script, re.DOTALL):
        written = re.search(r"Pattern = ((?:'[^']*'|\$Secret|\s\+\s)+)", entry)[1]
        parts = re.findall(r"'([^']*)'|(\$Secret)", written)
        pattern = "".join(secret if variable else text for text, variable in parts)
        found.append((re.compile(pattern, re.IGNORECASE), re.search(r"Put = '(\[[\w ]+\])'", entry)[1]))
    return found


def without_secrets(text: str) -> str:
    """What the script's patterns leave of an answer."""
    for pattern, put in patterns():
        text = pattern.sub(lambda found, put=put: f"{found[1]}{put}{found[2]}", text)
    return text


def test_the_patterns_take_secrets_out_of_an_export():
    """Secure strings, properties named for a secret, pairs in texts, mail addresses; what is beside them stays."""
    sample = (
        '<Objs><Obj RefId="0"><MS><SS N="Key">01000000d08c</SS><S N="AdminPassword">geheim1</S><S N="Path">x.exe /password=geheim2 /v</S>'
        '<S N="RegisteredUser">ann@contoso.example</S><S N="Caption">Microsoft Windows Server 2022 Standard</S></MS></Obj></Objs>'
    )
    clean = without_secrets(sample)

    assert len(patterns()) == 4
    assert not re.search("d08c|geheim|ann@", clean)
    assert clean.count("[secret]") == 3 and clean.count("[mail address]") == 1
    assert "/v</S>" in clean and "Server 2022 Standard" in clean and clean.count("<") == sample.count("<")


def bundle(files: dict[str, bytes], folder: Path) -> Path:
    """A zip as the script would write it: PowerShell's names of zip entries, a manifest from `ConvertTo-Json` with a mark before it."""
    items = [
        {"name": name, "how": name, "outcome": "collected", "reason": "", "seconds": 0.1, "bytes": len(data),
         "sha256": hashlib.sha256(data).hexdigest(), "redacted": 0}
        for name, data in files.items()
    ]  # fmt: skip
    items.append(
        {"name": "commands/Get-Cluster.xml", "how": "Get-Cluster", "outcome": "failed", "reason": "The cluster service is not running."}
    )
    head = {"schema": "supportable/collected/1", "tool": "supportable collect --windows", "system": "windows", "host": "SOLO-E16A",
            "node": "SOLO-E16A", "when": "2026-11-25T23:40:00Z", "items": items}  # fmt: skip
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("supportable-SOLO-E16A\\MANIFEST.json", json.dumps(head).encode("utf-8-sig"))
        for name, data in files.items():
            file.writestr("supportable-SOLO-E16A\\" + name.replace("/", "\\"), data)
    place = folder / "a.zip"
    place.write_bytes(made.getvalue())
    return place


def test_the_readers_take_what_the_script_would_write(shared, tmp_path):
    """Exports of a real Exchange server, named and cleaned as by the script: its facts are there, the same as before cleaning."""
    real = shared / "evidence" / "css-exchange" / "datacollection-E16"
    names = (
        "Win32_OperatingSystem",
        "Win32_ComputerSystem",
        "GetService",
        "GetWindowsFeature",
        "GetExchangeServer",
        "GetMailboxServer",
        "ExSetup",
    )
    paths = [path for path in sorted(real.rglob("*.xml")) if path.stem in names]
    raw = {f"commands/{re.sub('^Get', 'Get-', path.stem)}.xml": path.read_bytes() for path in paths}
    assert all(f"Name = '{Path(name).stem}'" in windows_script() for name in raw)
    clean = {name: without_secrets(data.decode("utf-8-sig")).encode() for name, data in raw.items()}
    (tmp_path / "before").mkdir()
    after, before = read_evidence([bundle(clean, tmp_path)]), read_evidence([bundle(raw, tmp_path / "before")])

    assert len(paths) >= 6 and clean != raw
    facts = after.deployment.facts
    assert facts["workload.release"].value == "2016"
    (node,) = after.deployment.listing("nodes").items
    assert node.name == "SOLO-E16A" and isinstance(node.fact("nodes.os.release"), Known)
    assert after == before
    assert [one.reason for one in after.unread if "Get-Cluster" in one.file] == ["not collected: The cluster service is not running."]


def test_the_command_prints_the_script(capsys):
    """On any system, whole, and nothing else."""
    assert main(["collect", "--windows"]) == 0
    assert capsys.readouterr().out == windows_script()
