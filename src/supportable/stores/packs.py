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
from supportable.core.written import Node
from supportable.errors import PackError, Place, Problem, UsageError

SHIPPED = Path(__file__).parent.parent / "packs"


def pack_folders(extra: tuple[Path, ...] = ()) -> list[Path]:
    """Return the folders of the packs that ship, and of `extra` (pack folders, or folders of pack folders).

    A folder of `extra` takes the place of a pack that ships under the same name, so that a newer one can be used before a release has it.
    """
    more = _pack_folders_in(extra)
    names = {folder.resolve().name for folder in more}
    shipped = [entry for entry in sorted(SHIPPED.iterdir()) if (entry / "pack.yaml").is_file() and entry.name not in names]
    return [*shipped, *more]


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


class Form(NamedTuple):
    """A pack narrowed to documents and dates, the code generated for it, and the constants the code names."""

    pack: Pack
    code: CodeType
    constants: dict[str, object]


class Cache:
    """Compiled packs on disk, one entry a pack folder.

    An entry holds the stamp of everything that goes into it (name, size and modification time of the pack's files and of
    the code that compiles them), the pack's calendar, and one compiled form for each set of documents and period between two
    dates of the pack that a run was about. An entry that is missing, foreign, damaged or of another stamp is made anew.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def load(self, folder: Path, documents: tuple[str, ...], as_of: str, known: str) -> Form | None:
        """Return the compiled form of a pack folder, or `None`."""
        entry = self._read(folder)
        if entry is None:
            return None
        in_force, set_aside = entry[1].in_force(documents, as_of, known)
        kept = entry[2].get((in_force, entry[1].period(as_of, known)))
        if kept is None:
            return None
        pack, code, constants = pickle.loads(kept)  # noqa: S301 - only from a file that is the user's own
        return Form(pack._replace(set_aside=set_aside), marshal.loads(code), constants)  # noqa: S302 - as above

    def save(self, folder: Path, whole: Pack, documents: tuple[str, ...], as_of: str, known: str, form: Form) -> None:
        """Keep one compiled form of the pack `whole`; a cache that cannot be written is no error."""
        path = self._path(folder)
        if path is None:
            return
        forms = (self._read(folder) or (None, None, {}))[2]
        calendar = calendar_of(whole)
        in_force, _ = calendar.in_force(documents, as_of, known)
        forms[in_force, calendar.period(as_of, known)] = pickle.dumps((form.pack, marshal.dumps(form.code), form.constants))
        temporary = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.write_bytes(pickle.dumps((_stamp(folder), calendar, forms)))
            temporary.chmod(0o600)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)

    def _read(self, folder: Path) -> tuple[object, Calendar, dict[object, bytes]] | None:
        path = self._path(folder)
        if path is None or not self._is_mine(path):
            return None
        try:
            entry = pickle.loads(path.read_bytes())  # noqa: S301 - as above
            return entry if entry[0] == _stamp(folder) else None
        except Exception:  # a damaged entry can raise anything, and is only made anew
            return None

    def _path(self, folder: Path) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"{folder.name}-{crc32(str(folder.absolute()).encode()):08x}.pack"

    def _is_mine(self, entry: Path) -> bool:
        try:
            return all(self._only_mine(path) for path in (entry, entry.parent))
        except OSError:
            return False

    @staticmethod
    def _only_mine(path: Path) -> bool:
        state = path.stat()
        return not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o022)


def _stamp(folder: Path) -> tuple[object, ...]:
    """Name, size and modification time of the files of a pack, and of the code that parses and compiles it."""
    found = [_states(place) for place in (folder, folder / "clauses", folder / "matrices") if place.is_dir()]
    return (sys.version, found, _code_states())


@cache
def _code_states() -> list[tuple[str, int, int]]:
    """The files of the core, once a process: every pack is compiled by the same."""
    return _states(Path(__file__).parent.parent / "core")


def _states(place: Path) -> list[tuple[str, int, int]]:
    with os.scandir(place) as entries:
        states = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith((".yaml", ".py"))]
    return sorted((name, state.st_size, state.st_mtime_ns) for name, state in states)


def cache_folder(environment: dict[str, str]) -> Path | None:
    """Return where compiled packs are kept, `None` when `SUPPORTABLE_CACHE` is empty or there is no home."""
    if "SUPPORTABLE_CACHE" in environment:
        return Path(environment["SUPPORTABLE_CACHE"]) if environment["SUPPORTABLE_CACHE"] else None
    base = environment.get("XDG_CACHE_HOME") or (f"{environment['HOME']}/.cache" if environment.get("HOME") else "")
    return Path(base) / "supportable" if base else None
