"""Writing a bundle: whole or not at all, in three forms that read alike, never over something."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from supportable.errors import SupportableError, UsageError
from supportable.stores.bundles import Member, open_bundle
from supportable.stores.collected_bundles import save_bundle

MEMBERS = (("MANIFEST.json", b"{}"), ("commands/a.txt", b"a\n"), ("files/etc/b", b"\xff\n"))


@pytest.mark.parametrize("place", ["a.tar.gz", "a.zip", "a/"])
def test_what_is_written_is_what_is_read_back_by_its_owner_only(place, tmp_path):
    """Every member in every form, with rights for nobody else, and the same bytes for the same moment."""
    target = tmp_path / place
    save_bundle(f"{tmp_path}/{place}", MEMBERS, "node1", 1_700_000_000)

    read = {one.name: one.data for one in open_bundle(target) if isinstance(one, Member)}
    top = "" if place == "a/" else "node1/"
    assert read == {f"{target.name}/{top}{name}": data for name, data in MEMBERS}
    assert target.stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == [target.name]
    if place != "a/":
        save_bundle(f"{tmp_path}/again-{place}", MEMBERS, "node1", 1_700_000_000)
        assert (tmp_path / f"again-{place}").read_bytes() == target.read_bytes()


@pytest.mark.parametrize(
    "place", ["there.tar.gz", "there.zip", "full/", "no-such-folder/a.tar.gz", "no-such-folder/a/", "a.txt", "there.zip/"]
)
def test_nothing_is_written_over_and_a_place_that_cannot_be_is_refused(place, tmp_path):
    """One sentence with a hint, and everything as it was."""
    for name in ("there.tar.gz", "there.zip"):
        (tmp_path / name).write_text("kept")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("kept")
    before = sorted((str(one), one.is_file() and one.read_bytes()) for one in tmp_path.rglob("*"))

    with pytest.raises((UsageError, SupportableError)) as refused:
        save_bundle(f"{tmp_path}/{place}", MEMBERS, "node1", 0)

    assert refused.value.hint
    assert sorted((str(one), one.is_file() and one.read_bytes()) for one in tmp_path.rglob("*")) == before


def test_killed_at_any_moment_there_is_no_half_a_bundle(tmp_path):
    """A collection that is killed leaves no bundle, or a whole one under its name."""
    program = (
        "import sys; from supportable.stores.collected_bundles import save_bundle; print('go', flush=True)\n"
        "while True:\n"
        "  import os; place = f'{sys.argv[1]}/{os.urandom(4).hex()}{sys.argv[2]}'\n"
        "  save_bundle(place, [(f'commands/{n}', os.urandom(20000)) for n in range(20)], 'n', 0)\n"
    )
    for number, ending in enumerate((".tar.gz", "/", ".tar.gz", "/")):
        running = subprocess.Popen([sys.executable, "-c", program, tmp_path, ending], stdout=subprocess.PIPE)
        assert running.stdout is not None and running.stdout.readline() == b"go\n"
        time.sleep(0.02 + 0.03 * number)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        running.stdout.close()

    places = [one for one in tmp_path.iterdir() if not one.name.startswith(".")]
    assert places
    for place in places:
        members = list(open_bundle(place))
        assert len(members) == 20 and all(isinstance(one, Member) and len(one.data) == 20_000 for one in members), place
