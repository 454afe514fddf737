"""Every bundle of real evidence -> one table that a specialist signs by reading: what was read, and what each issuer's documents say.

In: folders of evidence. Out: a text with the different answers first, each with a number, then the bundles; those with the same facts
stand together, and what differs between them (names, versions, texts) is beside each path. What one would get wrong: a file that no
reader takes is a bundle, too; its row says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from supportable.app import check
from supportable.core.deployment import Listing
from supportable.core.facts import Absent, Fact, Known
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.verdict import Judgement, Verdict
from supportable.reports.outline import against

DAY = "2026-11-25"
_WIDTH = 140
_OWN_KINDS = ("text", "version", "date")
"""Facts of these kinds stand beside the path, because they differ where the answer does not."""
_DECIDING_MAX = 6


class _Row(NamedTuple):
    """One bundle: its path, what is its own, the facts it may share with others, and the answer."""

    path: str
    own: str
    facts: tuple[str, ...]
    answer: tuple[str, ...]


def table(evidence: Path, folders: tuple[str, ...], together: tuple[str, ...], cache: Path) -> str:
    """Return the table of all bundles below `folders`; those `together` are one bundle each, every other file one of its own."""
    paths = sorted(bundle for folder in folders for bundle in _bundles(evidence, folder, together))
    rows = [_row(path, check([evidence / path], as_of=DAY, known=DAY, cache=cache)) for path in paths]
    answers = {answer: number for number, answer in enumerate(dict.fromkeys(row.answer for row in rows), 1)}
    groups: dict[tuple[tuple[str, ...], int], list[_Row]] = {}
    for row in rows:
        groups.setdefault((row.facts, answers[row.answer]), []).append(row)
    lines = [f"{len(rows)} bundles, judged for {DAY} by what was published until {DAY}"]
    for answer, number in answers.items():
        lines += ["", f"Answer {number}, to {_counted(sum(row.answer == answer for row in rows), 'bundle')}"]
        lines += [one for line in answer for one in _wrapped(line, 2)]
    for (facts, number), alike in groups.items():
        lines += ["", f"{_counted(len(alike), 'bundle')}, answer {number}"]
        lines += [one for row in alike for one in _wrapped(f"{row.path}: {row.own}" if row.own else row.path, 2)]
        lines += [one for line in facts for one in _wrapped(line, 4)]
    return "\n".join(lines) + "\n"


def _bundles(evidence: Path, folder: str, together: tuple[str, ...]) -> Iterator[str]:
    yield from (one for one in together if one.startswith(f"{folder}/"))
    for file in (evidence / folder).rglob("*"):
        path = file.relative_to(evidence).as_posix()
        if file.is_file() and file.name != "SOURCES.md" and not path.startswith(tuple(f"{one}/" for one in together)):
            yield path


def _row(path: str, judgement: Judgement) -> _Row:
    deployment = judgement.deployment
    listings = [name for name in LISTINGS if deployment.listing(name).items or deployment.listing(name).sources]
    own = [*_values(deployment.facts, own=True), *(_named(name, deployment.listing(name)) for name in listings)]
    return _Row(path, "; ".join(own), tuple(_told(path, judgement, listings)), tuple(_answers(judgement)))


def _told(path: str, judgement: Judgement, listings: list[str]) -> Iterator[str]:
    """Yield what was read by whom and what not, and the facts that others may share, those about one thing in one line."""
    readers = sorted({reader for _, reader in judgement.read})
    if readers or judgement.empty:
        yield f"read by {', '.join(readers)}" if readers else "nothing is read"
    unread: dict[str, list[str]] = {}
    for one in judgement.unread:
        unread.setdefault(one.reason, []).append(one.file.partition("/")[2])
    for reason, files in unread.items():
        name = "" if files == [""] or path.endswith(tuple(files)) else f" {', '.join(files)}"
        yield f"{'not read' if readers or judgement.empty else 'read in part'}{name}: {reason}"
    deployment = judgement.deployment
    about: dict[str, list[str]] = {}
    for value in _values(deployment.facts, own=False):
        about.setdefault(value.partition(".")[0], []).append(value.partition(".")[2])
    yield from (f"{thing}: {'; '.join(values)}" for thing, values in about.items())
    for name in listings:
        yield from _listed(name, deployment.listing(name))
    if deployment.unattributed:
        yield "of a machine that is not named: " + ", ".join(sorted({one.field for one in deployment.unattributed}))


def _values(facts: Mapping[str, Fact], *, own: bool) -> list[str]:
    """Return the facts that are a bundle's own, or those that it may share with others, in the order of the catalogue."""
    return [
        f"{name} {_shown(fact)}"
        for name in FIELDS
        if (fact := facts.get(name)) is not None and (isinstance(fact, Known) and FIELDS[name].kind in _OWN_KINDS) is own
    ]


def _shown(fact: Fact) -> str:
    if isinstance(fact, Known):
        return {True: "yes", False: "no"}[fact.value] if isinstance(fact.value, bool) else str(fact.value)
    return "none" if isinstance(fact, Absent) else f"unknown, {fact.reason}"


def _named(name: str, listing: Listing) -> str:
    return f"{name}: " + ", ".join(one.name + _bracketed(_values(one.facts, own=True)) for one in listing.items)


def _bracketed(told: list[str]) -> str:
    return f" ({'; '.join(told)})" if told else ""


def _listed(name: str, listing: Listing) -> Iterator[str]:
    """Yield how many items there are, and each distinct set of facts about them that others may share."""
    state = "all of them" if listing.complete else "perhaps not all" + (f": {listing.reason}" if listing.disputed else "")
    yield f"{name}: {len(listing.items)}, {state}"
    counts: dict[tuple[str, ...], int] = {}
    for one in listing.items:
        told = tuple(value.removeprefix(f"{name}.") for value in _values(one.facts, own=False))
        counts[told] = counts.get(told, 0) + 1
    for told, count in counts.items():
        if told:
            yield f"  {'each' if count == len(listing.items) else count}: {'; '.join(told)}"


def _answers(judgement: Judgement) -> Iterator[str]:
    """Yield what each issuer says; those that may or may not have something to say in one line for each pair of ends."""
    speaking = [verdict for verdict in judgement.verdicts if verdict.applies]
    if judgement.empty:
        yield "nothing to judge"
        return
    if not speaking:
        yield "no document applies"
    for verdict in speaking:
        if verdict.surely_applies:
            yield from _answer(verdict)
    perhaps: dict[str, list[str]] = {}
    for verdict in speaking:
        if not verdict.surely_applies:
            perhaps.setdefault(_ends(verdict), []).append(verdict.issuer)
    for ends, issuers in perhaps.items():
        yield f"may apply, {ends}: {', '.join(issuers)}"
    for verdict in speaking:
        failing = [finding.clause.id for finding in verdict.open if against(finding)]
        if failing:
            yield f"  {verdict.issuer}, fails where it applies: {', '.join(failing)}"


def _answer(verdict: Verdict) -> Iterator[str]:
    """Yield the level or both ends, what fails, what holds, how much is unknown, and what to look at next."""
    if verdict.level is not None:
        yield f"{verdict.issuer}: {verdict.level.name.lower()} ({verdict.label})"
    else:
        yield f"{verdict.issuer}: undecided, {_ends(verdict)}"
    if verdict.failed:
        yield f"  fails: {', '.join(one.clause.id for one in verdict.failed)}"
    holds = [one.clause.id for one in verdict.findings if one.clause.kind == "requirement" and one.outcome == "true"]
    if holds:
        yield f"  holds: {', '.join(holds)}"
    if verdict.open:
        yield f"  unknown: {_counted(len(verdict.open), 'requirement')}"
    if not verdict.decided:
        fields = list(dict.fromkeys(field for field, _ in verdict.deciding.slots))
        more = f" and {len(fields) - _DECIDING_MAX} more" if len(fields) > _DECIDING_MAX else ""
        yield f"  to look at next: {', '.join(fields[:_DECIDING_MAX])}{more}"


def _ends(verdict: Verdict) -> str:
    return " to ".join(level.name.lower() for level in (verdict.worst, verdict.best) if level is not None)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _wrapped(text: str, indent: int) -> list[str]:
    first = indent + len(text) - len(text.lstrip())
    return wrap(
        text.strip(),
        _WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * (first + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
