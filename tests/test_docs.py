"""Documents that cannot go stale: what they show is what the program does, and what the program has they name."""

from __future__ import annotations

import re
from pathlib import Path

from supportable.cli import FORMATS, _commands
from supportable.core.clauses import CONFIDENCES, KINDS
from supportable.core.conditions import OPERATORS
from supportable.core.parse_conditions import _FORMS
from supportable.readers import READERS, open_reader

ROOT = Path(__file__).parents[1]


def test_the_readme_shows_what_the_demo_prints():
    """Each line of the example in the README stands in the reviewed verdict of that bundle, in this order."""
    block = next(one for one in re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.S) if "contoso-mail, judged for" in one)
    printed = iter((ROOT / "tests" / "scenarios" / "mail-on-veritas" / "verdict.txt").read_text().splitlines())

    assert [line for line in block.splitlines() if line.strip() != "..." and line not in printed] == []


def test_the_readme_names_the_two_commands_and_the_makefile_has_them():
    """`make demo` and `make test` stand at the top of the README and in the Makefile, and CI calls the second."""
    top = "\n".join((ROOT / "README.md").read_text().splitlines()[:10])

    assert "make demo" in top and "make test" in top
    assert re.search(r"^demo:", (ROOT / "Makefile").read_text(), re.M) and re.search(r"^test:", (ROOT / "Makefile").read_text(), re.M)
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_the_language_page_names_every_form_operator_kind_and_confidence():
    """Whatever the parser accepts stands in `docs/language.md`."""
    page = (ROOT / "docs" / "language.md").read_text()

    words = [*_FORMS, *OPERATORS, "is", "is_not", "one_of", "none_of", "present", *KINDS, *CONFIDENCES]
    assert [word for word in words if f"`{word}" not in page and f"{word}:" not in page] == []


def test_the_changelog_names_every_command_and_format():
    """Each command of the program and each format of a report is named."""
    page = (ROOT / "CHANGELOG.md").read_text().casefold()

    assert [word for word in (*_commands(), *FORMATS) if word not in page] == []


def test_every_reader_is_found_and_says_what_it_reads(command):
    """Each module in `READERS` has a reader, and `doctor` lists it; no reader module is left out."""
    shown = command("doctor").stdout
    modules = {path.stem for path in (ROOT / "src" / "supportable" / "readers").glob("*.py") if "\nREADER = " in path.read_text()}

    assert modules == set(READERS)
    assert [module for module in READERS if open_reader(module).READER.name not in shown] == []


def test_every_public_name_can_be_imported():
    """Each name in `supportable.__all__` is there, and `from supportable import NAME` is all one needs."""
    import supportable

    assert [name for name in supportable.__all__ if getattr(supportable, name, None) is None] == []
    assert sorted(supportable._HOMES) == sorted(supportable.__all__)
