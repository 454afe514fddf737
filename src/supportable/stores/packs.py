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
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any as Anything
from zlib import crc32

from supportable.core.clauses import Calendar, Pack, calendar_of, digest_of
from supportable.core.compile import Compiled, load
from supportable.core.heads import Head, Heads, heads_of
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


_Frozen = tuple[Pack, bytes, dict[str, object]]
_Forms = dict[object, bytes]


def _frozen(compiled: Compiled) -> _Frozen:
    return compiled.pack, marshal.dumps(compiled.code), compiled.constants


def _thawed(frozen: _Frozen) -> Compiled:
    pack, dumped, constants = frozen
    code: CodeType = marshal.loads(dumped)  # noqa: S302 - only from a file that is the user's own
    return Compiled(pack, code, constants, load(code, constants))


def _form(calendar: Calendar, forms: _Forms, documents: tuple[str, ...], as_of: str, known: str) -> Compiled | None:
    """Return the form of a pack that an entry holds for documents and dates, or `None`."""
    try:
        in_force, set_aside = calendar.in_force(documents, as_of, known)
        kept = forms.get((in_force, calendar.period(as_of, known)))
        made = _thawed(pickle.loads(kept)) if kept else None  # noqa: S301 - only from a file that is the user's own
        return made and made._replace(pack=made.pack._replace(set_aside=set_aside))
    except Exception:  # what is damaged can raise anything, and is only made anew
        return None


class Cache:
    """Compiled packs on disk, an entry for each pack folder, and one for the heads of all packs that a run had together.

    An entry holds the stamp of everything that goes into it (name, size and modification time of the files of its packs and of
    the code that compiles them), what dates decide, and one form for each set of documents and period between two dates that a run
    was about. An entry that is missing, foreign, damaged or of another stamp is made anew; that one cannot be written is no error.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._is_mine = False
        self._states: dict[Path, object] = {}

    def load(self, folder: Path, documents: tuple[str, ...], as_of: str, known: str) -> Compiled | None:
        """Return what is kept of a pack folder, or `None`."""
        entry = self._read((folder,))
        return _form(*entry, documents, as_of, known) if entry else None

    def save(self, folder: Path, whole: Pack, documents: tuple[str, ...], as_of: str, known: str, compiled: Compiled) -> None:
        """Keep one compiled form of the pack `whole`, which was read after `load` had asked for it."""
        calendar = calendar_of(whole)
        in_force, _ = calendar.in_force(documents, as_of, known)
        self._write((folder,), calendar, (in_force, calendar.period(as_of, known)), _frozen(compiled))

    def heads(self, folders: Sequence[Path], as_of: str, known: str) -> Heads | None:
        """Return the heads of packs, in the order of their folders, where a run had these packs together before, or `None`."""
        entry = self._read(folders)
        try:
            if entry is None:
                return None
            (days, calendars), forms = entry
            kept: tuple[list[Head], _Frozen] = pickle.loads(forms[days.period(as_of, known)])  # noqa: S301 - as above
            heads = kept[0]
            for place, calendar in calendars.items():
                pack = heads[place].pack._replace(set_aside=calendar.in_force((), as_of, known)[1])
                heads[place] = heads[place]._replace(pack=pack)
            return Heads(tuple(heads), _thawed(kept[1]))
        except Exception:  # as above
            return None

    def save_heads(self, folders: Sequence[Path], as_of: str, known: str) -> None:
        """Keep the heads of packs whose forms for these dates are kept, all of them."""
        calendars, packs = [], []
        for folder in folders:
            entry = self._read((folder,))
            compiled = _form(*entry, (), as_of, known) if entry else None
            if entry is None or compiled is None:
                return
            calendars.append(entry[0])
            packs.append(compiled.pack)
        days = Calendar((), (), *(tuple(sorted({day for one in calendars for day in one[place]})) for place in (2, 3)))
        dated = {place: one for place, one in enumerate(calendars) if one.as_of or one.known}
        heads, questions = heads_of(packs)
        self._write(folders, (days, dated), days.period(as_of, known), (list(heads), _frozen(questions)))

    def _read(self, folders: Sequence[Path]) -> tuple[Anything, _Forms] | None:
        """Return what dates decide in these packs, and the forms that are kept of them; `None` where they changed since."""
        path, stamp = self._path(folders), self._stamp(folders)
        if path is None or stamp is None:
            return None
        try:
            self._is_mine = self._is_mine or _only_mine(path.parent.stat())
            if not self._is_mine:
                return None
            with path.open("rb", buffering=0) as file:
                if not _only_mine(os.fstat(file.fileno())):
                    return None
                of, dates, forms = pickle.loads(file.readall())  # noqa: S301 - as above
            return (dates, forms) if of == stamp else None
        except Exception:  # as above
            return None

    def _write(self, folders: Sequence[Path], dates: object, key: object, form: object) -> None:
        path, stamp = self._path(folders), self._stamp(folders)
        if path is None or stamp is None:
            return
        _, forms = self._read(folders) or (None, {})
        forms[key] = pickle.dumps(form)
        temporary = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.write_bytes(pickle.dumps((stamp, dates, forms)))
            temporary.chmod(0o600)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)

    def _stamp(self, folders: Sequence[Path]) -> object | None:
        """Return the stamp of packs as this run first found their files, `None` where nothing is kept of them."""
        if self.folder is None:
            return None
        try:
            for folder in folders:
                if folder not in self._states:
                    self._states[folder] = [_states(place) for place in (f"{folder}", f"{folder}/clauses", f"{folder}/matrices")]
        except OSError:
            return None
        return _code_states(), [self._states[folder] for folder in folders]

    def _path(self, folders: Sequence[Path]) -> Path | None:
        if self.folder is None:
            return None
        name = folders[0].name if len(folders) == 1 else "heads"
        return self.folder / f"{name}-{crc32(os.pathsep.join(str(one.absolute()) for one in folders).encode()):08x}.pack"


def _only_mine(state: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o022)


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
