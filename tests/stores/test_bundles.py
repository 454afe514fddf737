"""Bundles: what is read from files, directories and archives, what is left unread and why, and that no bundle can do harm."""

import bz2
import errno
import gzip
import io
import lzma
import os
import socket
import stat
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.errors import EvidenceError, UsageError
from supportable.stores import bundles, members
from supportable.stores.bundles import Member, Unopened, open_bundle

MIB = 1024 * 1024
FILES = {"b/two.xml": b"<two/>", "a.txt": b"one", "b.yaml": b"three: 3", "c/d/four": b""}
IN_ORDER = ["a.txt", "b/two.xml", "b.yaml", "c/d/four"]


def opened(path: Path) -> list[Member | Unopened]:
    return list(open_bundle(path))


def reasons(path: Path) -> dict[str, str]:
    return {one.name: one.reason for one in open_bundle(path) if isinstance(one, Unopened)}


def names(path: Path) -> list[str]:
    return [one.name for one in open_bundle(path) if isinstance(one, Member)]


def zip_of(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return path


def entry(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(data), target
    return info, data


def tar_bytes(*entries: tuple[tarfile.TarInfo, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def file_of(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.fixture
def peak_mib() -> Iterator[Callable[[], float]]:
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1] / MIB
    tracemalloc.stop()


# Files and directories


def test_a_file_is_one_member_named_by_its_basename(tmp_path: Path) -> None:
    """A file is yielded whole, and its name has no directory of this machine in it."""
    assert opened(file_of(tmp_path / "facts.yaml", b"a: 1\n")) == [Member("facts.yaml", b"a: 1\n")]
    assert opened(file_of(tmp_path / "empty", b"")) == [Member("empty", b"")]


def test_a_directory_is_walked_in_the_order_of_its_names(tmp_path: Path) -> None:
    """Files come out sorted part by part, whatever order the file system keeps, beginning with the directory's name."""
    for name, data in reversed(FILES.items()):
        (tmp_path / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
        file_of(tmp_path / "bundle" / name, data)
    assert opened(tmp_path / "bundle") == [Member(f"bundle/{name}", FILES[name]) for name in IN_ORDER]


def test_an_empty_directory_yields_nothing(tmp_path: Path) -> None:
    """Nothing is not an error here: whoever asked decides what it means."""
    assert opened(tmp_path) == []


@pytest.mark.parametrize("path", [".", "..", "/"])
def test_a_path_without_a_name_never_gives_an_absolute_name(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` and `..` are named by the directory they stand for, and `/` by a word."""
    monkeypatch.setattr(bundles, "_listed", lambda where: ([], 0))
    (tmp_path / "outer" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "outer" / "inner")
    assert opened(Path(path)) == []
    assert bundles._basename(Path(path)) == {".": "inner", "..": "outer", "/": "root"}[path]


def test_the_argument_may_be_a_link(tmp_path: Path) -> None:
    """What the user names is read although it is a link, under the name the user gave it."""
    (tmp_path / "real").mkdir()
    file_of(tmp_path / "real" / "x", b"1")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "file").symlink_to("real/x")
    assert opened(tmp_path / "link") == [Member("link/x", b"1")]
    assert opened(tmp_path / "file") == [Member("file", b"1")]


def test_links_inside_a_directory_are_not_followed(tmp_path: Path) -> None:
    """A link to a file, to a directory, to nothing or around in a circle is named and left."""
    file_of(tmp_path / "secret", b"1")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for name, target in {"file": "../secret", "directory": "..", "loop": ".", "self": "self", "gone": "nowhere"}.items():
        (bundle / name).symlink_to(target)
    assert opened(bundle) == [
        Unopened(f"bundle/{name}", "a symbolic link, which is not followed") for name in ("directory", "file", "gone", "loop", "self")
    ]


def test_special_files_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe, a socket and a device are named and left: to open a pipe would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    expected = {"pipe": "a named pipe, which is not read", "socket": "a socket, which is not read"}
    if os.geteuid() == 0:
        os.mknod(tmp_path / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        expected["null"] = "a device, which is not read"
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("opened"))
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        assert reasons(tmp_path) == {f"{tmp_path.name}/{name}": reason for name, reason in expected.items()}


def test_a_special_file_as_the_argument_is_wrong_use(tmp_path: Path) -> None:
    """A named pipe that the user names is refused with a hint, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is a named pipe") as raised:
        opened(tmp_path / "pipe")
    assert raised.value.hint == "save what it delivers to a file and name that file"


@pytest.mark.parametrize("name", ["missing", "file/below", "nul\0byte"])
def test_a_missing_path_is_wrong_use(name: str, tmp_path: Path) -> None:
    """A path that leads nowhere is an error with a hint, whatever is wrong with it."""
    file_of(tmp_path / "file", b"")
    with pytest.raises(UsageError, match="there is no file or directory") as raised:
        opened(tmp_path / name)
    assert raised.value.hint
    assert "\0" not in str(raised.value)


def denied(monkeypatch: pytest.MonkeyPatch, call: str, where: Path) -> None:
    real = getattr(os, call)

    def refuse(path: object, *rest: object) -> object:
        if path == str(where):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *rest)

    monkeypatch.setattr(os, call, refuse)


@pytest.mark.parametrize(("call", "name"), [("open", "bundle/file"), ("scandir", "bundle")])
def test_no_permission_for_the_argument_is_an_error_about_the_evidence(
    call: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When what the user named may not be read there is nothing to judge (simulated, because root may read everything)."""
    (tmp_path / "bundle").mkdir()
    file_of(tmp_path / "bundle" / "file", b"")
    denied(monkeypatch, call, tmp_path / name)
    with pytest.raises(EvidenceError, match="cannot be read: permission denied\nhint: ask its owner"):
        opened(tmp_path / name)


def test_no_permission_inside_a_directory_stops_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file and a directory that may not be read are named, and the rest is read."""
    bundle = tmp_path / "bundle"
    (bundle / "closed").mkdir(parents=True)
    for name in ("closed/x", "secret", "zebra"):
        file_of(bundle / name, b"1")
    denied(monkeypatch, "open", bundle / "secret")
    denied(monkeypatch, "scandir", bundle / "closed")
    reason = "cannot be read: permission denied"
    assert opened(bundle) == [Unopened("bundle/closed", reason), Unopened("bundle/secret", reason), Member("bundle/zebra", b"1")]


def test_a_file_without_read_permission_is_left(tmp_path: Path) -> None:
    """A real file with mode 000 is named and left; root, who may read everything, becomes somebody else for the test."""
    file_of(tmp_path / "secret", b"1").chmod(0)
    for folder in (tmp_path, *(one for one in tmp_path.parents if one.name.startswith(("pytest-", "popen-")))):
        folder.chmod(0o755)
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            found = list(reasons(tmp_path).values())
        finally:
            os.seteuid(0)
    else:
        found = list(reasons(tmp_path).values())
    assert found == ["cannot be read: permission denied"]


@pytest.mark.parametrize("becomes", ["link", "pipe", "other"])
def test_a_file_replaced_after_it_was_looked_at_is_not_read(becomes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link, a pipe or another file put in the place of a file between the look and the opening is left, and nothing waits."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    file_of(bundle / "file", b"mine")
    secret = file_of(tmp_path / "secret", b"theirs")
    real = os.open

    def swap(path: str, flags: int) -> int:
        (bundle / "file").rename(tmp_path / "kept")
        {"link": (bundle / "file").symlink_to, "pipe": lambda _: os.mkfifo(path), "other": secret.rename}[becomes](
            path if becomes == "other" else secret
        )
        return real(path, flags)

    monkeypatch.setattr(os, "open", swap)
    expected = "a symbolic link, which is not followed" if becomes == "link" else "something else took its place while it was being opened"
    assert opened(bundle) == [Unopened("bundle/file", expected)]


def test_a_name_is_safe_to_print(tmp_path: Path) -> None:
    """Terminal escapes, line breaks, bidirectional marks and undecodable bytes are written as escapes."""
    (tmp_path / "bundle").mkdir()
    bundle = os.fsencode(tmp_path / "bundle")
    for name in (b"a\x1b[31m\n", "b\u202etxt".encode(), b"c\xff", "d é".encode()):
        Path(os.fsdecode(bundle + b"/" + name)).write_bytes(b"")
    assert names(tmp_path / "bundle") == ["bundle/a\\x1b[31m\\n", "bundle/b\\u202etxt", "bundle/c\\udcff", "bundle/d é"]


def test_a_huge_file_is_left_without_being_read(tmp_path: Path, peak_mib: Callable[[], float]) -> None:
    """A file of 1 GiB is left by its size alone, in a directory and as the argument, and takes no memory."""
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1024 * MIB)
    reason = "it is 1.0 GiB; files over 64 MiB are not read"
    assert opened(tmp_path / "huge") == [Unopened("huge", reason)]
    assert reasons(tmp_path) == {f"{tmp_path.name}/huge": reason}
    assert peak_mib() < 1


def test_the_largest_file_fits_and_one_byte_more_does_not(tmp_path: Path, peak_mib: Callable[[], float]) -> None:
    """The limit is inclusive, and reading a file at the limit takes little more memory than the file."""
    with (tmp_path / "a").open("wb") as file:
        file.truncate(64 * MIB)
    with (tmp_path / "b").open("wb") as file:
        file.truncate(64 * MIB + 1)
    sizes = [len(one.data) if isinstance(one, Member) else one.reason for one in open_bundle(tmp_path)]
    assert sizes == [64 * MIB, "it is 64 MiB; files over 64 MiB are not read"]
    assert peak_mib() < 150


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system has no /proc")
def test_a_file_is_read_to_its_end_whatever_size_it_claims() -> None:
    """The files of /proc claim to be empty, and are read all the same."""
    (found,) = opened(Path("/proc/self/status"))
    assert isinstance(found, Member)
    assert found.data.startswith(b"Name:")


def test_depth_is_limited(tmp_path: Path) -> None:
    """A directory deeper than 64 is named and left; what lies above it is read."""
    deepest = tmp_path.joinpath(*["d"] * 66)
    deepest.mkdir(parents=True)
    file_of(deepest / "below", b"")
    file_of(tmp_path.joinpath(*["d"] * 63) / "above", b"")
    (above, deep) = opened(tmp_path / "d")
    assert above == Member("/".join(["d"] * 63) + "/above", b"")
    assert deep == Unopened("/".join(["d"] * 65), "a directory more than 64 directories deep, which was not looked into")


# Limits of a whole bundle


def test_the_number_of_files_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last file that fits, one line says how many were left, counted over directories and archives."""
    monkeypatch.setattr(members, "FILES_MAX", 3)
    for name in ("a/1", "a/2", "b/3", "c/4", "c/5"):
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        file_of(tmp_path / "x" / name, b"")
    *read, rest = opened(tmp_path / "x")
    assert [one.name for one in read] == ["x/a/1", "x/a/2", "x/b/3"]
    assert rest == Unopened("x", "the limit of 3 files was reached, and 2 more were left unread")


def test_a_directory_with_too_many_entries_is_cut_in_the_order_of_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which files are read of too many does not depend on the order the file system keeps, and those left are counted."""
    monkeypatch.setattr(members, "FILES_MAX", 2)
    for number in range(9, -1, -1):
        file_of(tmp_path / str(number), b"")
    *read, rest = opened(tmp_path)
    assert [one.name[-1] for one in read] == ["0", "1"]
    assert rest.reason == "the limit of 2 files was reached, and at least 8 more were left unread"


def test_twenty_thousand_members_of_an_archive_are_read_and_the_rest_counted(tmp_path: Path) -> None:
    """The limit that ships holds inside an archive, and the rest is counted exactly."""
    *read, rest = opened(zip_of(tmp_path / "a.zip", {f"{number:05}": b"" for number in range(20_003)}))
    assert len(read) == 20_000
    assert rest == Unopened("a.zip", "the limit of 20,000 files was reached, and 3 more were left unread")


@pytest.mark.parametrize("kind", ["directory", "zip", "tar", "tar.gz"])
def test_the_bytes_of_a_bundle_are_limited(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than the limit comes out of any bundle, and it says that the limit was reached."""
    monkeypatch.setattr(members, "BYTES_MAX", 5000)
    files = {str(number): os.urandom(1500) for number in range(6)}
    path = tmp_path / "x"
    if kind == "directory":
        path.mkdir()
        for name, data in files.items():
            file_of(path / name, data)
    elif kind == "zip":
        zip_of(path, files)
    else:
        file_of(path, tar_bytes(*(entry(*one) for one in files.items()), mode="w:gz" if kind == "tar.gz" else "w"))
    found = opened(path)
    assert sum(len(one.data) for one in found if isinstance(one, Member)) <= 5000
    assert len([one for one in found if isinstance(one, Member)]) in (2, 3)
    assert "the limit of 4.9 KiB in all was reached" in found[-1].reason


# Archives


@pytest.mark.parametrize("name", ["x.zip", "x", "x.txt"])
def test_a_zip_is_recognised_by_content_and_read_by_name(name: str, tmp_path: Path) -> None:
    """A zip yields its members in the order of their names, whatever its own name ends in."""
    path = zip_of(tmp_path / name, FILES)
    assert opened(path) == [Member(f"{name}/{inner}", FILES[inner]) for inner in IN_ORDER]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_recognised_by_content_in_every_format_and_packing(mode: str, form: int, tmp_path: Path) -> None:
    """A plain tar is read by name and a compressed one in its own order; directories yield nothing."""
    entries = [entry("./c", kind=tarfile.DIRTYPE), *(entry(f"./{name}", data) for name, data in FILES.items())]
    path = file_of(tmp_path / "bundle.txt", tar_bytes(*entries, mode=mode, form=form))
    order = IN_ORDER if mode == "w" else FILES
    assert opened(path) == [Member(f"bundle.txt/{name}", FILES[name]) for name in order]


def test_a_tar_from_before_posix_is_recognised_by_its_checksum(tmp_path: Path) -> None:
    """A header without the word ustar is a tar all the same."""
    header = bytearray(entry("old", b"x")[0].tobuf(tarfile.USTAR_FORMAT))
    header[257:] = bytes(255)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = file_of(tmp_path / "v7", bytes(header) + b"x".ljust(512, b"\0") + bytes(1024))
    assert opened(path) == [Member("v7/old", b"x")]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_long_and_foreign_names_in_a_tar_are_read(form: int, mode: str, tmp_path: Path) -> None:
    """A name over 100 characters or outside ASCII comes out whole, also after a link with a long target."""
    long = "/".join(["é" * 60] * 5)
    entries = entry("link", kind=tarfile.SYMTYPE, target="t" * 200), entry(long, b"1"), entry("next", b"2")
    found = opened(file_of(tmp_path / "x.tar", tar_bytes(*entries, mode=mode, form=form)))
    assert [one for one in found if isinstance(one, Member)] in (
        [Member("x.tar/next", b"2"), Member(f"x.tar/{long}", b"1")],
        [Member(f"x.tar/{long}", b"1"), Member("x.tar/next", b"2")],
    )


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_that_is_no_tar_is_left(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """A single compressed file is named with what to do about it."""
    path = file_of(tmp_path / "pe-input.bz2", pack(b"<cib/>"))
    assert opened(path) == [Unopened("pe-input.bz2", "compressed, not an archive: decompress it first")]


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"7z\xbc\xaf\x27\x1c", "7-zip"), (b"Rar!\x1a\x07\x01", "rar"), (b"MSCF\0\0\0\0", "cabinet"), (b"\x28\xb5\x2f\xfd", "zstd")],
)
def test_a_packing_that_is_not_opened_is_named(head: bytes, kind: str, tmp_path: Path) -> None:
    """A packing this program cannot open is said by name, not given to readers as if it were evidence."""
    path = file_of(tmp_path / "x", head + bytes(600))
    assert opened(path) == [Unopened("x", f"packed as {kind}, which is not opened: unpack it and name the directory")]


def test_an_archive_in_a_directory_is_opened_and_one_in_an_archive_is_not(tmp_path: Path) -> None:
    """Archives are opened one level deep, in a directory too; what lies deeper is named."""
    inner = zip_of(tmp_path / "inner", {"x": b"1"}).read_bytes()
    (tmp_path / "inner").unlink()
    tar = tar_bytes(entry("n.gz", gzip.compress(b"1")), entry("n.zip", inner), entry("ok", b"2"))
    file_of(tmp_path / "a.tar", tar)
    zip_of(tmp_path / "b.zip", {"n.tar": tar, "ok": b"3"})
    root = tmp_path.name
    assert opened(tmp_path) == [
        Unopened(f"{root}/a.tar/n.gz", "a file compressed by gzip inside an archive, which is not opened"),
        Unopened(f"{root}/a.tar/n.zip", "a zip archive inside an archive, which is not opened"),
        Member(f"{root}/a.tar/ok", b"2"),
        Unopened(f"{root}/b.zip/n.tar", "a tar archive inside an archive, which is not opened"),
        Member(f"{root}/b.zip/ok", b"3"),
    ]


ESCAPES = ["../x", "a/../../x", "/etc/passwd", "C:\\x", "c:/x", "\\\\host\\share", "..\\x"]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_a_name_that_points_out_of_its_archive_is_left(kind: str, tmp_path: Path) -> None:
    """A member that claims to lie elsewhere is named below its archive and left; the others are read."""
    path = tmp_path / "x"
    if kind == "zip":
        zip_of(path, dict.fromkeys([*ESCAPES, "ok"], b"1"))
    else:
        file_of(path, tar_bytes(*(entry(name, b"1") for name in [*ESCAPES, "ok"]), mode="w:gz" if kind == "tar.gz" else "w"))
    assert names(path) == ["x/ok"]
    assert reasons(path) == dict.fromkeys([f"x/{name}" for name in ESCAPES], "its name points outside the archive")


def test_a_backslash_separates_in_a_zip_and_is_a_letter_in_a_tar(tmp_path: Path) -> None:
    """Windows tools wrote zips with backslashes; systemd writes file names with them, which a sosreport holds."""
    assert names(zip_of(tmp_path / "x.zip", {"sub\\file.xml": b"", "sub\\": b""})) == ["x.zip/sub/file.xml"]
    path = file_of(tmp_path / "x.tar", tar_bytes(entry("dev-a\\x2db.swap")))
    assert names(path) == ["x.tar/dev-a\\x2db.swap"]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_members_with_one_name_the_first_is_read(kind: str, tmp_path: Path) -> None:
    """Two members with one name, however it is spelt, are never both evidence, and the second is named."""
    path = tmp_path / "x"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for data in ("1", "2"):
                archive.writestr("a", data)
            archive.writestr("./a", "3")
    else:
        file_of(path, tar_bytes(entry("a", b"1"), entry("a", b"2"), entry("./a", b"3"), mode="w:gz" if kind == "tar.gz" else "w"))
    found = opened(path)
    assert [one.name for one in found] == ["x/a"] * 3
    assert [one for one in found if isinstance(one, Unopened)] == [
        Unopened("x/a", "its name is in the archive twice, and only the first was read")
    ] * 2


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_control_characters_in_an_archive_are_escaped_and_long_names_refused(kind: str, tmp_path: Path) -> None:
    """What an archive calls its members is safe to print and bounded in length."""
    bad = {"a\x1b]0;x\x07": b"1", "b" * 5000: b"2"}
    path = tmp_path / "x"
    if kind == "zip":
        zip_of(path, bad)
    else:
        file_of(path, tar_bytes(*(entry(name, data) for name, data in bad.items())))
    one, two = opened(path)
    assert one == Member("x/a\\x1b]0;x\\x07", b"1")
    assert two == Unopened("x/" + "b" * 1024 + "...", "its name is longer than 1,024 characters")


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_links_devices_and_pipes_in_a_tar_are_left(mode: str, tmp_path: Path) -> None:
    """Whatever is not a plain file in a tar is named and left, and what comes after it is read."""
    special = {
        "char": (tarfile.CHRTYPE, "a device, which is not read"),
        "block": (tarfile.BLKTYPE, "a device, which is not read"),
        "fifo": (tarfile.FIFOTYPE, "a named pipe, which is not read"),
        "hard": (tarfile.LNKTYPE, "a hard link, which is not followed"),
        "sym": (tarfile.SYMTYPE, "a symbolic link, which is not followed"),
    }
    entries = [entry(name, kind=kind, target="/etc/passwd") for name, (kind, _) in special.items()]
    path = file_of(tmp_path / "x", tar_bytes(*entries, entry("z", b"1"), mode=mode))
    assert reasons(path) == {f"x/{name}": reason for name, (_, reason) in special.items()}
    assert names(path) == ["x/z"]


def test_links_in_a_zip_are_left(tmp_path: Path) -> None:
    """A zip made on Unix can hold a link; it is named and left."""
    path = tmp_path / "x"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("plain", "1")
    assert opened(path) == [Unopened("x/link", "a symbolic link, which is not followed"), Member("x/plain", b"1")]


def test_a_sparse_file_in_a_tar_is_left_and_the_next_one_read(tmp_path: Path) -> None:
    """A sparse file of GNU tar, which claims any size for a few bytes, is named and left."""
    info = entry("sparse", b"x" * 512)[0]
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[482] = 1
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = file_of(tmp_path / "x", bytes(header) + bytes(512) + b"x" * 512 + tar_bytes(entry("z", b"1")))
    assert opened(path) == [Unopened("x/sparse", "a sparse file, which is not read"), Member("x/z", b"1")]


# Bombs and damage


def test_a_zip_bomb_is_stopped_while_it_unpacks(tmp_path: Path, peak_mib: Callable[[], float]) -> None:
    """A member that unpacks to over 200 times its size is left after a dozen MiB, and the next is read."""
    path = zip_of(tmp_path / "x.zip", {"bomb": bytes(60 * MIB), "ok": b"1"})
    tracemalloc.reset_peak()
    found = opened(path)
    assert found == [
        Unopened("x.zip/bomb", "it unpacks to more than 200 times its size, as only a zip bomb does"),
        Member("x.zip/ok", b"1"),
    ]
    assert peak_mib() < 20


def test_a_zip_bomb_that_lies_about_its_size_is_stopped_too(tmp_path: Path, peak_mib: Callable[[], float]) -> None:
    """200 MB of zeros that claim to be small, or to come from more than they do, are not believed."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb", "w") as member:
        for _ in range(200):
            member.write(bytes(MIB))
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    for packed, unpacked in ((len(data), 50 * MIB), (2**30, 50 * MIB), (len(data), 10)):
        struct.pack_into("<II", data, central + 20, packed, unpacked)
        tracemalloc.reset_peak()
        (found,) = opened(file_of(tmp_path / "y.zip", bytes(data)))
        assert isinstance(found, Unopened)
    assert peak_mib() < 20
    assert list(reasons(path).values()) == ["it is 200 MiB; files over 64 MiB are not read"]


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_bomb_in_a_compressed_tar_is_stopped_while_it_unpacks(mode: str, tmp_path: Path, peak_mib: Callable[[], float]) -> None:
    """A member that unpacks to over 200 times its size, or is too big, is left, and what comes after it is read."""
    bombs = [entry("bomb", bytes(60 * MIB)), entry("huge", bytes(100 * MIB))]
    path = file_of(tmp_path / "x", tar_bytes(entry("a", b"1"), *bombs, entry("z", b"2"), mode=mode))
    del bombs
    tracemalloc.reset_peak()
    assert opened(path) == [
        Member("x/a", b"1"),
        Unopened("x/bomb", "it unpacks to more than 200 times its size, as only a zip bomb does"),
        Unopened("x/huge", "it is 100 MiB; files over 64 MiB are not read"),
        Member("x/z", b"2"),
    ]
    assert peak_mib() < 60


def test_text_that_repeats_itself_is_no_bomb(tmp_path: Path) -> None:
    """A log of many like lines compresses well, and is read."""
    log = b"".join(b"2026-01-01T00:00:%02d node%d corosync: token received %d\n" % (n % 60, n % 3, n * 7919 % 65521) for n in range(50_000))
    for mode in ("w:gz", "w:bz2", "w:xz"):
        assert opened(file_of(tmp_path / "x", tar_bytes(entry("log", log), mode=mode))) == [Member("x/log", log)]
    assert opened(zip_of(tmp_path / "x", {"log": log})) == [Member("x/log", log)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_tar_without_end_uses_up_the_limit_and_stops(
    pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak_mib: Callable[[], float]
) -> None:
    """What is unpacked only to be skipped counts as well, so that no stream keeps the program busy for hours."""
    monkeypatch.setattr(members, "BYTES_MAX", 20 * MIB)
    huge = tarfile.TarInfo("huge")
    huge.size = 2**40
    path = file_of(tmp_path / "x", pack(huge.tobuf(tarfile.GNU_FORMAT) + bytes(40 * MIB)))
    tracemalloc.reset_peak()
    assert opened(path) == [
        Unopened("x/huge", "it is 1.0 TiB; files over 64 MiB are not read"),
        Unopened("x", "it was not read to its end: the limit of 20 MiB in all was reached"),
    ]
    assert peak_mib() < 10


def test_a_compressed_stream_without_end_is_not_unpacked_to_see_what_it_is(tmp_path: Path, peak_mib: Callable[[], float]) -> None:
    """Whether a compressed file is a tar shows in its first 512 bytes; no more is unpacked."""
    path = file_of(tmp_path / "x.gz", gzip.compress(bytes(200 * MIB)))
    tracemalloc.reset_peak()
    assert list(reasons(path).values()) == ["compressed, not an archive: decompress it first"]
    assert peak_mib() < 5


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE])
@pytest.mark.parametrize("size", [-512, -(2**40), 2**40, 2**70])
def test_a_header_that_claims_any_size_takes_no_memory(
    size: int, kind: bytes, pack: Callable[[bytes], bytes], tmp_path: Path, peak_mib: Callable[[], float]
) -> None:
    """A huge or negative size in a file's header or in a header of headers is said, not allocated, and nothing loops."""
    info = tarfile.TarInfo("huge")
    info.size, info.type = size, kind
    path = file_of(tmp_path / "x", pack(tar_bytes(entry("a", b"1"))[:1024] + info.tobuf(tarfile.GNU_FORMAT) + bytes(4096)))
    found = opened(path)
    assert found[0] == Member("x/a", b"1")
    assert all(isinstance(one, Unopened) for one in found[1:])
    assert found[-1].name == "x"
    assert peak_mib() < 5


def test_ten_thousand_headers_of_headers_do_not_nest(tmp_path: Path) -> None:
    """Headers that only speak about the next header are passed one by one, not by recursion."""
    one = tarfile.TarInfo._create_pax_generic_header({"comment": "x"}, tarfile.XHDTYPE, "utf-8")
    path = file_of(tmp_path / "x", one * 10_000 + tar_bytes(entry("a", b"1")))
    assert opened(path) == [Member("x/a", b"1")]


@pytest.mark.parametrize("body", [b"0 a=b\n", b"5 a=b\n" * 2, b"99 path=x\n", b"x path=y\n", b"1" * 64, b"12 size=-12\n", b"-5 a=b\n"])
def test_a_malformed_pax_header_is_damage(body: bytes, tmp_path: Path) -> None:
    """A record with a wrong length or number ends the archive with a reason, and never loops."""
    info = entry("h", body, tarfile.XHDTYPE)[0]
    path = file_of(tmp_path / "x", info.tobuf() + body.ljust(512, b"\0") + tar_bytes(entry("a", b"1")))
    found = opened(path)
    assert found[-1].name == "x"
    assert "damaged" in found[-1].reason


def test_damage_in_the_middle_of_a_tar_is_not_its_end(tmp_path: Path) -> None:
    """Members before the damage are read, and it is said that there is more: `tarfile` would end there in silence."""
    data = bytearray(tar_bytes(entry("a", b"1"), entry("b", b"2"), entry("c", b"3")))
    data[1024 + 10] ^= 0xFF
    found = opened(file_of(tmp_path / "x", bytes(data)))
    assert found == [Member("x/a", b"1"), Unopened("x", "the archive is cut short or damaged, and was read only up to there")]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_cut_anywhere_says_so(mode: str, tmp_path: Path) -> None:
    """Wherever a tar is cut, what was whole is read and one line says that the rest is missing."""
    data = tar_bytes(*(entry(str(number), os.urandom(700)) for number in range(4)), mode=mode)
    # Only the padding after the end mark of a plain tar may be missing without loss.
    whole = 4 * 1536 + 512 if mode == "w" else len(data)
    for length in range(600, whole, 97):
        found = opened(file_of(tmp_path / "x", data[:length]))
        assert isinstance(found[-1], Unopened), length


def test_a_tar_without_its_end_mark_says_so(tmp_path: Path) -> None:
    """A tar cut between two members looks whole; only the missing end mark gives it away."""
    path = file_of(tmp_path / "x", tar_bytes(entry("a", b"1"), entry("b", b"2"))[:1024])
    assert opened(path) == [
        Member("x/a", b"1"),
        Unopened("x", "the archive ends without the end mark of a tar: it may be cut short"),
    ]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_what_follows_the_end_of_a_tar_is_said(mode: str, tmp_path: Path) -> None:
    """Two tars in one file: the second is not read, and not passed over in silence."""
    path = file_of(tmp_path / "x", tar_bytes(entry("a", b"1"), mode=mode) + tar_bytes(entry("b", b"2"), mode=mode))
    assert opened(path) == [Member("x/a", b"1"), Unopened("x", "something follows the end of the archive, and was not read")]


def test_an_xz_that_wants_gigabytes_of_memory_is_left(tmp_path: Path) -> None:
    """The dictionary that an xz header asks for is bounded; the header could ask for 4 GiB."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 256 * MIB}]
    path = file_of(tmp_path / "x", lzma.compress(tar_bytes(entry("a", b"1")), filters=filters))
    assert list(reasons(path).values()) == ["compressed by xz, and cut short or damaged"]


def test_a_compressed_tar_in_several_streams_is_one_archive(tmp_path: Path) -> None:
    """Parallel packers write several streams one after the other; they are read as one."""
    data = tar_bytes(entry("a", b"1"), entry("b", b"2"))
    for pack in (gzip.compress, bz2.compress, lzma.compress):
        path = file_of(tmp_path / "x", pack(data[:700]) + pack(data[700:]))
        assert opened(path) == [Member("x/a", b"1"), Member("x/b", b"2")]


def test_an_encrypted_member_is_left_and_the_others_read(tmp_path: Path) -> None:
    """A member that needs a password is named with what to do about it."""
    data = bytearray(zip_of(tmp_path / "x", {"a": b"1", "b": b"2"}, zipfile.ZIP_STORED).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    found = opened(file_of(tmp_path / "x", bytes(data)))
    assert found == [Unopened("x/a", "encrypted: unpack the archive with its password and name the directory"), Member("x/b", b"2")]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 97])
def test_a_zip_method_that_cannot_be_bounded_or_is_unknown_is_left(method: int, tmp_path: Path) -> None:
    """Only stored and deflated members are read, and the method of another one is named."""
    real = method if method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA) else zipfile.ZIP_STORED
    data = bytearray(zip_of(tmp_path / "x", {"a": b"1"}, real).read_bytes())
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, method)
    reason = f"compressed by zip method {method}; only stored and deflated files are read"
    assert opened(file_of(tmp_path / "x", bytes(data))) == [Unopened("x/a", reason)]


def test_a_zip_member_with_a_wrong_checksum_is_damaged_and_the_next_is_read(tmp_path: Path) -> None:
    """Bytes that differ from what the archive says are never evidence."""
    data = bytearray(zip_of(tmp_path / "x", {"a": b"supported", "b": b"2"}, zipfile.ZIP_STORED).read_bytes())
    data[data.index(b"supported")] ^= 1
    found = opened(file_of(tmp_path / "x", bytes(data)))
    assert found == [Unopened("x/a", "damaged: what the archive holds is not what it says it holds"), Member("x/b", b"2")]


def test_a_zip_cut_anywhere_says_so(tmp_path: Path) -> None:
    """A zip keeps its table of contents at its end: cut short, nothing of it is read, and that is said."""
    data = zip_of(tmp_path / "x", FILES).read_bytes()
    for length in range(4, len(data), 13):
        assert opened(file_of(tmp_path / "x", data[:length])) == [Unopened("x", "a zip archive that is cut short or damaged")]


def test_a_huge_table_of_contents_is_not_read(tmp_path: Path, peak_mib: Callable[[], float]) -> None:
    """A zip whose table of contents alone is over 8 MiB is left before it is parsed."""
    size = 40 * MIB
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, size, 4, 0)
    with (tmp_path / "x").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(4 + size)
        file.seek(4 + size)
        file.write(end)
    assert opened(tmp_path / "x") == [Unopened("x", "its table of contents is over 8.0 MiB")]
    assert peak_mib() < 20


def test_an_archive_over_the_limit_of_all_bytes_is_not_opened(tmp_path: Path) -> None:
    """A tar of many GiB is left by its size alone, without a walk through it."""
    path = file_of(tmp_path / "x", tar_bytes(entry("a", b"1")))
    with path.open("r+b") as file:
        file.truncate(3000 * MIB)
    assert opened(path) == [Unopened("x", "it is 2.9 GiB; archives over 1.0 GiB are not opened")]


# Whatever comes in

ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED) as _archive:
    for _name, _data in FILES.items():
        _archive.writestr(zipfile.ZipInfo(_name), _data * 20)
TAR = tar_bytes(*(entry(name, data * 20) for name, data in FILES.items()), entry("é" * 120, b"1"), entry("l", kind=tarfile.SYMTYPE))
SAMPLES = {"zip": ZIP.getvalue(), "tar": TAR, "tar.gz": gzip.compress(TAR), "tar.xz": lzma.compress(TAR), "tar.bz2": bz2.compress(TAR)}


@pytest.mark.parametrize("kind", SAMPLES)
def test_no_damage_makes_a_bundle_raise(kind: str, tmp_path: Path) -> None:
    """Whatever bytes of an archive are changed, removed or put in, only members and reasons come out, twice the same."""
    sample = SAMPLES[kind]
    path = tmp_path / "x"
    place = st.integers(0, len(sample) - 1)
    change = st.tuples(place, st.integers(0, 3), st.binary(min_size=1, max_size=12))

    @given(st.lists(change, min_size=1, max_size=6))
    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    def check(changes: list[tuple[int, int, bytes]]) -> None:
        data = sample
        for at, removed, added in changes:
            data = data[:at] + added + data[at + removed + len(added) if removed < 3 else at :]
        path.write_bytes(data)
        found = opened(path)
        assert all(isinstance(one, Member | Unopened) and one.name.split("/")[0] == "x" and one.name.isprintable() for one in found)
        assert all(one.reason for one in found if isinstance(one, Unopened))
        assert found == opened(path)

    check()


@pytest.mark.parametrize("kind", ["tar", "tar.gz"])
def test_a_changed_tar_header_with_a_right_checksum_never_raises(kind: str, tmp_path: Path) -> None:
    """The same with checksums mended, so that damage gets past the first check of each header."""
    path = tmp_path / "x"

    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 511), st.binary(min_size=1, max_size=12)), min_size=1, max_size=4))
    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    def check(changes: list[tuple[int, int, bytes]]) -> None:
        data = bytearray(TAR)
        for block, at, added in changes:
            start = block * 512
            data[start + at : start + min(512, at + len(added))] = added[: 512 - at]
            data[start + 148 : start + 156] = b" " * 8
            data[start + 148 : start + 156] = b"%06o\0 " % sum(data[start : start + 512])
        path.write_bytes(data if kind == "tar" else gzip.compress(data, 1))
        for one in opened(path):
            assert isinstance(one, Member | Unopened)

    check()


def test_any_small_file_comes_out_unchanged_or_refused(tmp_path: Path) -> None:
    """Arbitrary bytes are one member with exactly these bytes, or a reason."""
    path = tmp_path / "x"

    @given(st.binary(max_size=600))
    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    def check(data: bytes) -> None:
        path.write_bytes(data)
        (found,) = opened(path)
        assert found == Member("x", data) or isinstance(found, Unopened)

    check()


def test_a_directory_and_its_zip_and_tar_say_the_same(tmp_path: Path) -> None:
    """The same files give the same members in the same order, however they are bundled."""
    (tmp_path / "x").mkdir()
    for name, data in FILES.items():
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        file_of(tmp_path / "x" / name, data)
    with tarfile.open(tmp_path / "t", "w") as tar:
        tar.add(tmp_path / "x", ".")
    zip_of(tmp_path / "z", FILES)
    found = [[(one.name.split("/", 1)[1], one.data) for one in opened(tmp_path / name) if isinstance(one, Member)] for name in "xtz"]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 4


def test_one_member_is_in_memory_at_a_time(tmp_path: Path, peak_mib: Callable[[], float]) -> None:
    """Bundles of 320 MiB are read within the memory of a few members."""
    for number in range(10):
        file_of(tmp_path / f"{number}", bytes(32 * MIB))
    with tarfile.open(tmp_path / "t.tar", "w") as tar:
        for number in range(3):
            tar.add(tmp_path / f"{number}", f"{number}")
    tracemalloc.reset_peak()
    total = 0
    for one in open_bundle(tmp_path):
        assert isinstance(one, Member)
        total += len(one.data)
    assert total == 13 * 32 * MIB
    assert peak_mib() < 110


def test_a_plain_file_loads_no_archive_library() -> None:
    """The command starts fast: a single file needs neither `zipfile` nor `tarfile`."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom supportable.stores.bundles import open_bundle\n"
        "list(open_bundle(Path(sys.argv[1])))\n"
        "print(sorted({'zipfile', 'tarfile', 'lzma', 'bz2', 'gzip', 'shutil', 'tempfile', 'dataclasses'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code, __file__], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
