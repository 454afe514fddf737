"""The use cases of an author of packs: start one from a document, compare two, and the table of those there are.

In: files and names of packs. Out: texts. What one would get wrong: nothing that is there is ever overwritten, and a pack that is started
is loaded before its folder is, so that what was written is a pack.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from supportable.app import whole_packs
from supportable.core.starting import About, first_files
from supportable.errors import SupportableError, UsageError
from supportable.stores.pack_writing import write_folder
from supportable.stores.packs import parse_files

BYTES_MAX = 20_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def new_pack(source: Path, folder: Path, about: About, words: int) -> str:
    """Start a pack from the text of a document; return what was written and what comes next."""
    name = folder.resolve().name
    document = about.document or _slug(source.stem)
    for text, what in ((name, "name of a pack"), (document, "document id")):
        if not _NAME.fullmatch(text):
            hint = "use letters, digits, dots and hyphens" + ("" if what == "name of a pack" else "; give another with `--id`")
            raise UsageError(f"`{text}` is no {what}", None, hint)
    files = first_files(about._replace(pack=name, document=document), _text_of(source), words)
    if not files:
        raise UsageError(f"`{source}` holds no sentence", None, "name a file with the text of the document")
    pack = parse_files([(f"{name}/{file}", text.encode()) for file, text in files.items() if file.endswith(".yaml")], name)
    write_folder(folder, files)
    count = sum(not line.startswith("#") for line in files[f"sentences/{document}.txt"].splitlines())
    return (
        f"wrote the pack `{folder}`: {count} sentences of `{pack.documents[0].id}`, none encoded yet\n"
        f"  {folder}/pack.yaml: fill in what is marked TO DO\n"
        f"  {folder}/clauses/{document}.yaml: write clauses here\n"
        f"  {folder}/sentences/{document}.txt: work down this list\n"
        f"what is left to do: `supportable policy lint {folder}`\n"
    )


class Diff(NamedTuple):
    """Two packs compared: the report, the deployment files that show what is judged otherwise, and whether the answer is certain."""

    report: str
    witnesses: Mapping[str, str]
    whole: bool


def diff_packs(before: str, after: str, as_of: str, form: str, width: int) -> Diff:
    """Compare two packs, each a name, a folder, or one of them `@` a revision."""
    from supportable.core.pack_diff import pack_changes
    from supportable.core.pack_effects import pack_effects
    from supportable.reports import pack_diff
    from supportable.stores.pack_revisions import named_pack

    packs = named_pack(before), named_pack(after)
    changes, effects = pack_changes(*packs), pack_effects(*packs, as_of)
    names = before, after
    report = pack_diff.render_json(names, changes, effects) if form == "json" else pack_diff.render(names, packs, changes, effects, width)
    return Diff(report, pack_diff.witnesses(effects), effects.whole)


def pack_table(packs: Sequence[Path | str] = ()) -> str:
    """Return the table of the packs that ship and `packs`, as Markdown."""
    from supportable.reports.pack_table import render

    return render(whole_packs(packs, ()))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")


def _text_of(source: Path) -> str:
    try:
        with source.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(
            f"`{source}` cannot be read: {(error.strerror or str(error)).lower()}", None, "name a file with the text of the document"
        ) from None
    if len(data) > BYTES_MAX:
        raise SupportableError(f"`{source}` is too large for a document", None, f"at most {BYTES_MAX // 1_000_000} MB of text")
    text = data.decode("utf-8", "replace")
    if b"\0" in data or data.startswith(b"%PDF") or text.count("\N{REPLACEMENT CHARACTER}") * 20 > len(text):
        raise UsageError(f"`{source}` is not text", None, "save the document as plain text first, one paragraph a line")
    return text
