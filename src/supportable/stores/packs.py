"""Pack folders -> packs, and the cache that keeps a pack compiled between two runs of the command.

In: a folder with `pack.yaml`, `clauses/*.yaml` and `matrices/*.yaml`. Out: `Pack`, or `PackError` with every problem. The
cache is read only if it belongs to the user and nobody else may write it: it holds code.
"""

from __future__ import annotations

import marshal
import os
import pickle
import re
import sys
from functools import cache
from pathlib import Path
from types import CodeType
from typing import NamedTuple
from zlib import crc32

from supportable.core.clauses import Calendar, Pack, calendar_of, digest_of
from supportable.core.compile import Compiled, load
from supportable.core.heads import Head, head_of
from supportable.core.written import Node
from supportable.errors import PackError, Place, Problem, UsageError

SHIPPED = Path(__file__).parent.parent / "packs"


def pack_folders(extra: tuple[Path, ...] = ()) -> list[Path]:
    """Return the folders of the packs that ship, and of `extra` (pack folders, or folders of pack folders).

    A folder of `extra` takes the place of a pack that ships under the same name, so that a newer one can be used before a release has it.
    """
    more = _pack_folders_in(extra)
    names = {_name(folder) for folder in more}
    shipped = [entry for entry in sorted(SHIPPED.iterdir()) if (entry / "pack.yaml").is_file() and entry.name not in names]
    return [*shipped, *more]


def _name(folder: Path) -> str:
    # To resolve a path asks for every folder above it too; only these two kinds have another name than the last one written.
    return folder.resolve().name if folder.name in ("", "..") or folder.is_symlink() else folder.name


def _pack_folders_in(paths: tuple[Path, ...]) -> list[Path]:
    folders: list[Path] = []
    for path in paths:
        if (path / "pack.yaml").is_file():
            folders.append(path)
            continue
        below = sorted(entry for entry in path.iterdir() if (entry / "pack.yaml").is_file()) if path.is_dir() else []
        if not below:
            raise UsageError(f"`{path}` is not a pack", None, "a pack is a folder with a `pack.yaml`")
        folders.extend(below)
    return folders


def read_files(folder: Path) -> list[tuple[str, bytes]]:
    """Return the files of a pack in a fixed order: name relative to the folder's parent, and bytes."""
    paths = [folder / "pack.yaml", *sorted(folder.glob("clauses/*.yaml")), *sorted(folder.glob("matrices/*.yaml"))]
    try:
        return [(f"{folder.name}/{path.relative_to(folder).as_posix()}", path.read_bytes()) for path in paths]
    except OSError as error:
        raise UsageError(f"pack `{folder.name}` cannot be read: {error.strerror}", Place(str(error.filename))) from None


def load_pack(folder: Path, examples: bool = True) -> Pack:
    """Read, parse and type-check one pack; raise `PackError` with all problems.

    Examples are three quarters of a pack; without them it loads in a third of the time, and judges the same.
    """
    return parse_files(read_files(folder), folder.name, examples)


_EXAMPLES = re.compile(rb"^( +)examples: *\n((?:\1 +[^\n]*\n|[ ]*\n)*)", re.M)


def parse_files(files: list[tuple[str, bytes]], name: str, examples: bool = True) -> Pack:
    """Parse and type-check the files of one pack; raise `PackError` with all problems."""
    # Only a pack that is not in the cache needs YAML and the parser.
    from supportable.core.parse import parse_pack
    from supportable.core.reading_trees import Problems
    from supportable.core.typecheck import check
    from supportable.marked import read_marked

    problems = Problems()
    trees: list[tuple[str, Node]] = []
    for file, data in files:
        # The lines stay, empty, so that every place is still right.
        text = data if examples else _EXAMPLES.sub(lambda block: b"\n" * block.group(0).count(b"\n"), data)
        tree, found = read_marked(text, file)
        problems.extend(found)
        if tree is not None:
            trees.append((file, tree))
        elif not found:
            problems.append(Problem("the file is empty", Place(file), "write a mapping, or remove the file"))
    head = next((tree for file, tree in trees if file.endswith("/pack.yaml")), None)
    pack = None
    if head is not None:
        clause_files = [tree for file, tree in trees if "/clauses/" in file]
        matrix_files = [tree for file, tree in trees if "/matrices/" in file]
        pack = parse_pack(head, clause_files, matrix_files, problems)
    if pack is not None and not problems:
        problems.extend(check(pack, Place(f"{name}/pack.yaml"), examples))
    if problems or pack is None:
        raise PackError(problems or [Problem("the pack has no `pack.yaml`", Place(name))])
    return pack._replace(clauses=tuple(clause._replace(digest=digest_of(clause, pack.matrices)) for clause in pack.clauses))


class Kept(NamedTuple):
    """A pack narrowed to documents and dates, as the cache has it: its head, if it has one, and the rest, which `open` reads."""

    head: Head | None
    body: bytes
    set_aside: tuple[tuple[str, str], ...]

    def open(self) -> Compiled | None:
        """Return the compiled pack, `None` where the entry is damaged."""
        try:
            return _thawed(pickle.loads(self.body), self.set_aside)  # noqa: S301 - only from a file that is the user's own
        except Exception:  # what is damaged can raise anything, and is only made anew
            return None


_Frozen = tuple[Pack, bytes, dict[str, object]]
_Forms = dict[tuple[tuple[str, ...], tuple[int, int]], tuple[bytes, bytes]]


def _frozen(compiled: Compiled) -> _Frozen:
    return compiled.pack, marshal.dumps(compiled.code), compiled.constants


def _thawed(frozen: _Frozen, set_aside: tuple[tuple[str, str], ...]) -> Compiled:
    pack, dumped, constants = frozen
    code: CodeType = marshal.loads(dumped)  # noqa: S302 - only from a file that is the user's own
    return Compiled(pack._replace(set_aside=set_aside), code, constants, load(code, constants))


class Cache:
    """Compiled packs on disk, one entry a pack folder.

    An entry holds the stamp of everything that goes into it (name, size and modification time of the pack's files and of
    the code that compiles them), the pack's calendar, and for each set of documents and period between two dates of the pack that a run
    was about, the head of the pack and one compiled form. An entry that is missing, foreign, damaged or of another stamp is made anew.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._is_mine = False

    def load(self, folder: Path, documents: tuple[str, ...], as_of: str, known: str) -> Kept | None:
        """Return what is kept of a pack folder, or `None`."""
        entry = self._read(folder, self.stamp(folder))
        if entry is None:
            return None
        calendar, forms = entry
        in_force, set_aside = calendar.in_force(documents, as_of, known)
        kept = forms.get((in_force, calendar.period(as_of, known)))
        if kept is None:
            return None
        try:
            asked: tuple[_Frozen, int, tuple[str, ...]] | None = pickle.loads(kept[0])  # noqa: S301 - as above
            return Kept(Head(_thawed(asked[0], set_aside), *asked[1:]) if asked else None, kept[1], set_aside)
        except Exception:  # as above
            return None

    def stamp(self, folder: Path) -> str | None:
        """Return the stamp of a pack folder, `None` where nothing is kept of it."""
        try:
            return _stamp(folder) if self.folder is not None else None
        except OSError:
            return None

    def save(
        self, folder: Path, stamp: str | None, whole: Pack, documents: tuple[str, ...], as_of: str, known: str, compiled: Compiled
    ) -> None:
        """Keep one compiled form of the pack `whole`, whose folder had this stamp before it was read.

        A cache that cannot be written is no error.
        """
        path = self._path(folder)
        if path is None or stamp is None:
            return
        calendar = calendar_of(whole)
        _, forms = self._read(folder, stamp) or (None, {})
        in_force, _ = calendar.in_force(documents, as_of, known)
        head = head_of(compiled.pack)
        asked = head and (_frozen(head.questions), head.clauses, head.documents)
        forms[in_force, calendar.period(as_of, known)] = pickle.dumps(asked), pickle.dumps(_frozen(compiled))
        temporary = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.write_bytes(pickle.dumps((stamp, calendar, forms)))
            temporary.chmod(0o600)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)

    def _read(self, folder: Path, stamp: str | None) -> tuple[Calendar, _Forms] | None:
        path = self._path(folder)
        if path is None or stamp is None:
            return None
        try:
            self._is_mine = self._is_mine or _only_mine(path.parent.stat())
            if not self._is_mine:
                return None
            with path.open("rb", buffering=0) as file:
                if not _only_mine(os.fstat(file.fileno())):
                    return None
                of, calendar, forms = pickle.loads(file.readall())  # noqa: S301 - as above
            return (calendar, forms) if of == stamp else None
        except Exception:  # as above
            return None

    def _path(self, folder: Path) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"{folder.name}-{crc32(str(folder.absolute()).encode()):08x}.pack"


def _only_mine(state: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o022)


def _stamp(folder: Path) -> str:
    """Name, size and modification time of the files of a pack, and of the code that parses and compiles it."""
    states = [_states(place) for place in (f"{folder}", f"{folder}/clauses", f"{folder}/matrices")]
    return f"{states}{_code_states()}"


@cache
def _code_states() -> str:
    """The interpreter and the files of the core, once a process: every pack is compiled by the same."""
    return f"{sys.version}{_states(str(Path(__file__).parent.parent / 'core'))}"


def _states(place: str) -> list[tuple[str, int, int]]:
    try:
        entries = os.scandir(place)
    except (FileNotFoundError, NotADirectoryError):
        return []
    with entries:
        states = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith((".yaml", ".py"))]
    return sorted((name, state.st_size, state.st_mtime_ns) for name, state in states)


def cache_folder(environment: dict[str, str]) -> Path | None:
    """Return where compiled packs are kept, `None` when `SUPPORTABLE_CACHE` is empty or there is no home."""
    if "SUPPORTABLE_CACHE" in environment:
        return Path(environment["SUPPORTABLE_CACHE"]) if environment["SUPPORTABLE_CACHE"] else None
    base = environment.get("XDG_CACHE_HOME") or (f"{environment['HOME']}/.cache" if environment.get("HOME") else "")
    return Path(base) / "supportable" if base else None
