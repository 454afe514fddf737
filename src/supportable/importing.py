"""The use cases of importing: files of somebody else's data in, the folder of a pack out.

In: files of endoflife.date, or a catalogue and its mapping; and the folder to write. Out: a text that says what was written and what was
left out. Nothing is written unless every file is right and the pack made of them loads and its examples come out as written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from supportable.core import catalogue_packs
from supportable.core.catalogues import parse_entries, parse_mapping
from supportable.core.life_cycle_packs import pack_files
from supportable.core.life_cycles import LifeCycle, joined, parse_life_cycle
from supportable.core.openeox import document_of, file_name, is_openeox, parse_document, rows_of
from supportable.core.reading_trees import Problems
from supportable.errors import CatalogueError, LifeCycleError, PackError, Place, Problem, UsageError
from supportable.policies import named_packs, run_examples
from supportable.stores.catalogues import read_mapping, read_rows
from supportable.stores.life_cycles import read_tree, save_pack
from supportable.stores.pack_writing import write_folder
from supportable.stores.packs import parse_files


def import_dates(paths: Sequence[Path], folder: Path, retrieved: str, published: str | None = None, revision: str | None = None) -> str:
    """Make a pack of files with life cycles; raise `LifeCycleError` with all problems of all files.

    `published` and `revision` are of the files that name no day themselves.
    """
    problems = Problems()
    lives: list[LifeCycle] = []
    for path in paths:
        found = Problems()
        tree = read_tree(path, found)
        read = parse_document if tree is not None and is_openeox(tree) else parse_life_cycle
        life = read(tree, path.stem, found) if tree is not None else None
        problems.extend(found)
        if life is not None:
            lives.append(life)
    if problems:
        raise LifeCycleError(problems)
    lives = joined(lives)
    _check_documents(lives)
    _check_together(lives)
    name = folder.resolve().name
    files = pack_files(name, lives, retrieved, published, revision)
    run = run_examples(parse_files([(f"{name}/{file}", text.encode()) for file, text in files.items()], name))
    if run.problems:
        raise PackError(run.problems)
    save_pack(folder, files)
    return _told(lives, folder, run.examples)


def export_dates(name: str, packs: Sequence[str], folder: Path) -> str:
    """Write the life cycles of an imported pack as OpenEoX Core documents, one a release; say what the format cannot express."""
    [pack] = named_packs([name], packs)
    found = rows_of(pack)
    if not found:
        raise UsageError(
            f"the pack `{name}` holds no life cycle that was imported", None, "make one with `supportable policy import-dates`"
        )
    updated = max(one.published or one.retrieved or "" for one in pack.documents)[:10]
    files: dict[str, str] = {}
    lines = []
    for product, rows in found.items():
        files |= {file_name(product, row): document_of(row, updated) for row in rows}
        sold = sum(row.added_until is not None for row in rows)
        lines.append(f"{product}: {len(rows)} releases")
        if sold:
            lines.append(
                f"  {sold} of them have a later day of what is given or sold after: it is `end_of_life`, and the format cannot say to whom"
            )
    write_folder(folder, files)
    lines.append(
        f"not written, because the format has no place for it: product and release (they are the names of the files), and {pack.issuer}"
    )
    lines.append(f"wrote {len(files)} documents of OpenEoX Core 1.0 into `{folder}`")
    return "\n".join(lines) + "\n"


def import_catalogue(path: Path, mapping_path: Path, folder: Path, retrieved: str) -> str:
    """Make a pack of a catalogue; raise `CatalogueError` with all problems of the mapping, or of the catalogue read by it."""
    problems = Problems()
    tree = read_mapping(mapping_path, problems)
    mapping = parse_mapping(tree, problems) if tree is not None else None
    rows = read_rows(path, problems)
    entries = parse_entries(mapping, rows, problems) if mapping is not None and not problems else ()
    if problems or mapping is None:
        raise CatalogueError(one._replace(place=one.place if one.place and one.place.file else Place(path.name)) for one in problems)
    name = folder.resolve().name
    files = catalogue_packs.pack_files(name, mapping, entries, retrieved)
    run = run_examples(parse_files([(f"{name}/{file}", text.encode()) for file, text in files.items()], name))
    if run.problems:
        raise PackError(run.problems)
    save_pack(folder, files)
    same = len(rows) - len(entries)
    twice = f" ({same} said what another row says)" if same else ""
    told = f"{mapping.source.title}: {len(entries)} rows{twice}"
    return f"{told}\nwrote the pack `{folder}` ({run.examples} examples); judge by it with `--pack {folder}`\n"


def _check_documents(lives: Sequence[LifeCycle]) -> None:
    """Raise `LifeCycleError` for what is wrong with documents of one release only when they are taken together."""
    for life in lives:
        named = [(row.release, row.service_pack) for row in life.rows]
        twice = next((row.cycle for row, one in zip(life.rows, named, strict=True) if named.count(one) > 1), None)
        file = Place(f"{life.product.name}@*.json")
        if twice is not None:
            raise LifeCycleError([Problem(f"two documents are of the release `{twice}`", file, "keep one of them")])
        if all(row.until is None for row in life.rows):
            raise LifeCycleError(
                [Problem("no document gives an end of a release that our fields name", file, "import it when one is announced")]
            )


def _check_together(lives: Sequence[LifeCycle]) -> None:
    if not lives:
        raise UsageError("no file was given", None, "name product files of endoflife.date, or answers of its API")
    names = [life.product.name for life in lives]
    issuers = list(dict.fromkeys(life.product.issuer for life in lives))
    if len(issuers) > 1:
        raise UsageError(
            f"a pack has one issuer, and these files have {' and '.join(issuers)}", None, "import the files of each issuer apart"
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"two files are of the product `{twice}`", None, "name one of them")


def _told(lives: Sequence[LifeCycle], folder: Path, examples: int) -> str:
    lines = []
    for life in lives:
        ends = sorted(row.until for row in life.rows if row.until is not None)
        span = f", ends from {ends[0]} to {ends[-1]}" if ends else ""
        lines.append(f"{life.product.name}: {len(life.rows)} releases{span}")
        lines += [f"  left out: {one.place}: `{one.cycle}`: {one.reason}" for one in life.left_out]
    lines.append(f"wrote the pack `{folder}` ({examples} examples); judge by it with `--pack {folder}`")
    return "\n".join(lines) + "\n"
