"""Cases told as stories: the real command, step by step, with what it answers.

A story is a text file in `tests/scenarios/cases`. Lines that begin with `# ` tell it; lines that begin with `$ supportable` are run, and
what the command prints stands below, `[exit N]` after it where it is not 0. After each step that records something, lines that begin with
`| ` say in short what `next` and `conduct` answer at that moment. `UPDATE_GOLDEN=1` rewrites the answers, for a reviewer to read.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from supportable import load_packs
from supportable.casework import load_case, store_at

FOLDER = Path(__file__).parent / "scenarios" / "cases"
STORIES = sorted(FOLDER.glob("*.txt"))


STEPS = ("open", "record", "act", "trial", "close")
PLACES = ("now", "unclear", "not_yet", "done", "ended", "always")


def standing_now(case: str, folder: Path) -> list[str]:
    """What `next` and `conduct` answer at this moment, in short."""
    store = store_at(str(folder / "cases.sqlite"))
    found = load_case(store, case, None)
    store.close()
    lines = []
    for one in found.next_acts() if found.ledger.state.is_open else ():
        for place in PLACES:
            said = "; ".join(f"{each.clause.modality} {each.clause.act} ({_short(each.clause)})" for each in getattr(one, place))
            lines += [f"| {one.party} {place.replace('_', ' ')}: {said}"] if said else []
    for number, _, held in found.conduct("2009-03-02"):
        about = f"event {number}" if number else held.party
        clause = f" ({_short(held.clause)})" if held.clause else ""
        lines.append(f"| held: {about}: {held.kind}: {held.act}{clause}")
    return lines


def _short(clause) -> str:
    return clause.id.partition(".")[2]


def told(story: Path, command, folder: Path) -> str:
    """Run the commands of a story in a fresh folder and tell it again."""
    for file in FOLDER.glob("*.yaml"):
        shutil.copy(file, folder)
    lines = []
    for line in story.read_text().splitlines():
        if line.startswith("# ") or line == "#":
            lines.append(line)
        elif line.startswith("$ supportable "):
            arguments = shlex.split(line.removeprefix("$ supportable "))
            done = command(*arguments, cwd=folder, SUPPORTABLE_STORE=str(folder / "cases.sqlite"), TZ="UTC", COLUMNS="100")
            # When a thing was written down, and where the store is, is different each time.
            answer = re.sub(
                rf"{re.escape(str(folder))}/|(?<=events, ).*?UTC\s+to\s.*?UTC|(?<=1 event, ).*?UTC\s+to\s.*?UTC",
                "...",
                done.stdout,
                flags=re.S,
            )
            lines += ["", line, *(answer + done.stderr.replace(f"{folder}/", ".../")).splitlines()]
            if done.returncode:
                lines.append(f"[exit {done.returncode}]")
            elif _steps(arguments):
                lines += standing_now(_case_of(arguments, answer), folder)
            lines.append("")
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip("\n") + "\n"


def _steps(arguments: list[str]) -> bool:
    return arguments[0] == "case" and arguments[1] in STEPS


def _case_of(arguments: list[str], answer: str) -> str:
    return answer.partition(":")[0] if arguments[1] == "open" else arguments[2]


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_the_story_is_told_as_it_was_reviewed(story, command, tmp_path):
    """Every step of the story is answered byte for byte as it was reviewed."""
    text = told(story, command, tmp_path)
    if os.environ.get("UPDATE_GOLDEN"):
        story.write_text(text)

    assert text == story.read_text(), f"{story.name} differs; UPDATE_GOLDEN=1 rewrites it for review"


def test_every_process_sentence_of_the_first_document_has_its_story():
    """Each duty of KB 810986 comes into force in a story, and each that binds the support provider is broken or kept in one."""
    told_there = "\n".join(story.read_text() for story in STORIES)
    duties = [clause for pack in load_packs() for clause in pack.clauses if clause.id.startswith("kb810986.") and clause.kind == "duty"]

    paragraphs = told_there.replace("\n  now:", "\0now:").replace("\n  not yet:", "\0not yet:").split("\0")
    in_force = {clause.id for clause in duties for part in paragraphs if part.startswith("now:") and clause.id in part}

    assert {clause.id for clause in duties} - in_force == set()
