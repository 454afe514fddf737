"""What is taken out of evidence before it is kept: every secret, and no fact."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.collectors.redacting import redact
from supportable.core.deployment import assemble
from supportable.errors import EvidenceError
from supportable.readers import READERS, open_reader
from supportable.readers.reader import Evidence

EVIDENCE = Path(__file__).parents[3] / "shared" / "evidence"
SECRET = "Zq7#geheim-41"
NAMES = ("passwd", "password", "snmp_auth_passwd", "community", "login", "username", "api_key", "token", "shared_secret", "ssl.private_key")
FORMS = (
    '<nvpair id="a" name="{name}" value="{secret}"/>',
    '<nvpair value="{secret}"\n id="a" name="{name}"/>',
    "<device name='f' {name}='{secret}'/>",
    '<nvpair id="a" name="options" value="rw,{name}={secret},uid=0"/>',
    "<{name}>{secret}</{name}>",
    "  Attributes: ip=10.0.0.1 {name}={secret} pcmk_host_list=n1",
    '    {name}="{secret}" plug=1',
    "{name}: {secret}",
    '\t{name} = "{secret}"',
    "totem.{name} (str) = {secret}",
    'params ip=1 {name}="{secret} {secret}" op monitor',
    '{{"{name}": "{secret}"}}',
    "fence_x --{name} {secret} --ip 1",
)


@given(st.sampled_from(FORMS), st.sampled_from(NAMES), st.text("ab\n <x", max_size=20), st.text("ab\n x>", max_size=20))
@settings(max_examples=250)
def test_a_secret_behind_its_name_never_stays(form, name, before, after):
    """In every form of CIBs, pcs, crmsh, main.cf, cluster.conf, corosync and command lines; names and lines stay."""
    text = f"{before}\n{form.format(name=name, secret=SECRET)}\n{after}"
    clean, count = redact(text.encode())

    assert SECRET.encode() not in clean
    assert count >= 1 and name.encode() in clean
    assert clean.count(b"\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("cluster c (\n\tUserNames = { admin = hDDg, oper = iXX }\n\t)\n", "hDDg"),
        ("http://bob:pw1x@fence.example/", "pw1x"),
        ("ask ann.b@contoso.example", "ann"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\n", "MIIE"),
        ("Authorization: Bearer abcdefgh.ijkl", "abcdefgh"),
        ("(class=stonith type=fence_x password=p1x)", "p1x"),
        ("passwd='unclosed and more", "more"),
        ("password={SSHA}abcdef", "abcdef"),
    ],
)
def test_secrets_that_are_known_by_their_own_form_go_too(text, gone):
    """Users of main.cf, addresses with passwords, mail, keys, tokens; the rest of the line stays where it can."""
    clean, count = redact(text.encode())

    assert gone.encode() not in clean and count >= 1
    assert clean.count(b"\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "  token: 10000\n  token_retransmits_before_loss_const: 10\n",
        "runtime.config.totem.token (u32) = 3000\nruntime.config.totem.cancel_token_hold_on_retransmit (u32) = 0\n",
        '<totem token="54000"/>',
        '<primitive class="systemd" type="postgresql@14-main.service" id="my-password"/>',
        "ii  pacemaker 2.1.5-1 amd64\n",
        "keyfile: /etc/corosync/authfile\nusers_max=3 monkey=1",
        "\udcff\udcfe".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_what_only_looks_like_a_secret_stays(text):
    """Time-outs of corosync, templates of systemd, names of files, bytes that are no text."""
    data = text.encode("latin-1")

    assert redact(data) == (data, 0)


def facts(data: bytes) -> object:
    """What the readers say, or where they give up."""
    evidence = Evidence("a", data)
    known = next((one for one in (open_reader(module).READER for module in READERS) if one.recognises(evidence)), None)
    try:
        return known and known.name, assemble("a", list(known.read(evidence)) if known else [])
    except EvidenceError as error:
        return known and known.name, str(error)


def real_files() -> list[Path]:
    """Every file of the kinds that this command takes."""
    folders = [EVIDENCE / name for name in ("pacemaker", "crmsh", "trento-agent", "insights-core")]
    found = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix not in (".md", ".json"))
    return [path for path in found if path.stat().st_size < 60_000][::2]


@pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")
def test_every_fact_of_real_evidence_is_the_same_without_its_secrets():
    """Readers find the same values at the same lines, and redacting twice takes nothing more."""
    files = real_files()
    known = set()
    for path in files:
        data = path.read_bytes()
        clean, _ = redact(data)
        before = facts(data)
        assert facts(clean) == before, path
        assert redact(clean) == (clean, 0), path
        known.add(before[0])

    assert len(files) > 80 and {"pacemaker-cib", "crm-mon", "corosync-conf"} <= known


def test_the_facts_of_a_main_cf_are_the_same_without_its_users():
    """The sample of the format that holds encrypted passwords."""
    sample = (
        b'include "types.cf"\ncluster mail (\n UserNames = { admin = "dqrJ", oper = bXX }\n Administrators = { admin }\n)\n'
        b'system EXN1 (\n)\nsystem EXN2 (\n)\ngroup g (\n SystemList = { EXN1 = 0 }\n)\n Mount m (\n Password = "x y"\n)\n'
    )
    clean, count = redact(sample)

    assert count == 2 and facts(clean) == facts(sample)
    assert not re.search(b"dqrJ|bXX|x y", clean)
