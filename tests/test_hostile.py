"""Hostile and broken input through the real command: one clear sentence, no traceback, bounded memory and time, nothing written."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import time
import zipfile

import pytest

MIB = 1024 * 1024
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE cib [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><cib><configuration>&j;</configuration></cib>"
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE cib [<!ENTITY x SYSTEM "file:///etc/passwd">]><cib><nodes>&x;</nodes></cib>'


def run(path, *arguments):
    """Run `check` with at most 600 MiB of memory and 60 seconds; return the finished process."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (600 * MIB, 600 * MIB))

    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "supportable", "check", str(path), "--exit-zero", *arguments],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=90,
        env={"PATH": os.environ["PATH"], "SUPPORTABLE_CACHE": ""},
    )
    assert time.monotonic() - started < 60
    assert "Traceback" not in done.stderr
    return done


def bomb() -> bytes:
    """A zip of 300 MB of zeros in a few hundred kilobytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cib.xml", b"\0" * (300 * MIB))
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("laughs.xml", LAUGHS.encode(), "document type declaration"),
        ("external.xml", EXTERNAL.encode(), "document type declaration"),
        ("deep.xml", b"<cib>" + b"<a>" * 100_000, "nested deeper"),
        ("cut.xml", b'<cib crm_feature_set="3.1"><configuration><crm_config>', "not well-formed"),
        ("bytes.xml", b"<cib>\xff\xfe\x00\xd8</cib>", "not well-formed"),
        ("codec.xml", b'<?xml version="1.0" encoding="unicode_escape"?><cib/>', "encoding"),
        ("empty.xml", b"", "the file is empty"),
        ("nonsense", bytes(range(256)) * 4096, "no reader knows this format"),
        ("bomb.zip", bomb(), "bomb.zip"),
        ("torn.zip", bomb()[:2000], "torn.zip"),
    ],
)
def test_a_hostile_file_is_listed_with_a_sentence(name, data, part, tmp_path):
    """The file stands under "not read" with what is wrong; nothing is expanded, fetched or written."""
    file = tmp_path / name
    file.write_bytes(data)

    done = run(file)

    assert done.returncode == 0
    assert part in " ".join(done.stdout.split())
    assert "root:" not in done.stdout
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("piece", [b"{", b"[", b"- ", b"? ", b"{a: ", b"[\n", b"{ # }\n"])
def test_megabytes_of_nesting_are_refused_with_a_place(piece, tmp_path):
    """A deployment file that opens for ever is refused with a sentence and a place, in time that does not grow with its square."""
    file = tmp_path / "mail.yaml"
    file.write_bytes(b"deployment: mail\nworkload: {product: exchange-server}\nnodes: " + piece * 1_000_000)

    done = run(file)

    assert done.returncode == 1
    assert "mail.yaml:" in done.stderr


def test_a_gigabyte_of_nonsense_is_not_read(tmp_path):
    """A file of 1 GB is listed with its size, in bounded memory."""
    file = tmp_path / "huge.xml"
    with file.open("wb") as handle:
        handle.write(b"<cib>")
        handle.truncate(1024 * MIB)

    assert "are not read" in " ".join(run(file).stdout.split())


def test_what_is_no_file_is_listed_and_nothing_waits(tmp_path):
    """A pipe, a link and a loop of links in a directory are named and left."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)

    done = run(tmp_path)

    text = " ".join(done.stdout.split())
    assert "symbolic link" in text and f"{tmp_path.name}/pipe" in text
    assert "root:" not in done.stdout
