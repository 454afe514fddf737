"""Every bundle of real evidence -> one table that a specialist signs by reading: what was read, and what each issuer's documents say.

In: folders of evidence. Out: a text, in which bundles with one answer stand together; what differs between them (names, versions,
numbers, texts) is beside each path. What one would get wrong: a file that no reader takes is a bundle, too; its row says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from supportable.app import check
from supportable.core.deployment import Deployment, Listing
from supportable.core.facts import Absent, Fact, Known
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.verdict import Judgement, Verdict

DAY = "2026-11-25"
_WIDTH = 140
_OWN_KINDS = ("text", "version", "integer", "date")
"""Facts of these kinds stand beside the path, because they differ where the answer does not."""
_DECIDING_MAX = 6


class _Row(NamedTuple):
    """The answer for one bundle: its path, what is its own, and what it may share with others."""

    path: str
    own: str
    shared: tuple[str, ...]


def table(evidence: Path, folders: tuple[str, ...], together: tuple[str, ...], cache: Path) -> str:
    """Return the table of all bundles below `folders`; those `together` are one bundle each, every other file one of its own."""
    groups: dict[tuple[str, ...], list[_Row]] = {}
    paths = sorted(bundle for folder in folders for bundle in _bundles(evidence, folder, together))
    for path in paths:
        row = _row(path, check([evidence / path], as_of=DAY, known=DAY, cache=cache))
        groups.setdefault(row.shared, []).append(row)
    lines = [f"{len(paths)} bundles, {len(groups)} different answers, judged for {DAY} by what was published until {DAY}"]
    for shared, rows in groups.items():
        lines += ["", f"= {len(rows)} bundle{'s' * (len(rows) > 1)}"]
        for row in rows:
            lines += _wrapped(f"{row.path}: {row.own}" if row.own else row.path, 2)
        for line in shared:
            lines += _wrapped(line, 4)
    return "\n".join(lines) + "\n"


def _bundles(evidence: Path, folder: str, together: tuple[str, ...]) -> Iterator[str]:
    yield from (one for one in together if one.startswith(f"{folder}/"))
    for file in (evidence / folder).rglob("*"):
        path = file.relative_to(evidence).as_posix()
        if file.is_file() and file.name != "SOURCES.md" and not path.startswith(tuple(f"{one}/" for one in together)):
            yield path


def _row(path: str, judgement: Judgement) -> _Row:
    deployment = judgement.deployment
    own = [*_values(deployment.facts, own=True), *(_named(name, deployment.listing(name)) for name in LISTINGS if _has(deployment, name))]
    readers = sorted({reader for _, reader in judgement.read})
    shared = [f"read by {', '.join(readers)}" if readers else "nothing is read"]
    shared += [f"not read: {'' if one.file == Path(path).name else f'{one.file}: '}{one.reason}" for one in judgement.unread]
    shared += _values(deployment.facts, own=False)
    for name in LISTINGS:
        if _has(deployment, name):
            shared += _listed(name, deployment.listing(name))
    if deployment.unattributed:
        shared.append("of a machine that is not named: " + ", ".join(sorted({one.field for one in deployment.unattributed})))
    return _Row(path, "; ".join(own), (*shared, *_answers(judgement)))


def _has(deployment: Deployment, listing: str) -> bool:
    found = deployment.listing(listing)
    return bool(found.items or found.sources)


def _values(facts: Mapping[str, Fact], *, own: bool) -> list[str]:
    """Return the facts that are a bundle's own, or those that it may share with others, in the order of the catalogue."""
    return [
        f"{name} = {_shown(fact)}"
        for name in FIELDS
        if (fact := facts.get(name)) is not None and (isinstance(fact, Known) and FIELDS[name].kind in _OWN_KINDS) is own
    ]


def _shown(fact: Fact) -> str:
    if isinstance(fact, Known):
        return str(fact.value).lower() if isinstance(fact.value, bool) else str(fact.value)
    return "none" if isinstance(fact, Absent) else f"unknown, {fact.reason}"


def _named(name: str, listing: Listing) -> str:
    return f"{name}: " + ", ".join(one.name + _bracketed(_values(one.facts, own=True)) for one in listing.items)


def _bracketed(told: list[str]) -> str:
    return f" ({'; '.join(told)})" if told else ""


def _listed(name: str, listing: Listing) -> Iterator[str]:
    """Yield how many items there are, and each distinct set of facts about them that others may share."""
    state = "all of them" if listing.complete else "perhaps not all" + (f": {listing.reason}" if listing.disputed else "")
    yield f"{name}: {len(listing.items)}, {state}"
    for told, count in _counted(tuple(_values(one.facts, own=False)) for one in listing.items).items():
        if told:
            yield f"  {'each' if count == len(listing.items) else count}: {'; '.join(told)}"


def _counted(found: Iterator[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    counts: dict[tuple[str, ...], int] = {}
    for one in found:
        counts[one] = counts.get(one, 0) + 1
    return counts


def _answers(judgement: Judgement) -> Iterator[str]:
    """Yield what each issuer says; those that may or may not have something to say in one line for each pair of ends."""
    speaking = [verdict for verdict in judgement.verdicts if verdict.applies]
    if not speaking:
        yield "no document applies"
    for verdict in speaking:
        if verdict.surely_applies:
            yield from _answer(verdict)
    perhaps: dict[str, list[str]] = {}
    for verdict in speaking:
        if not verdict.surely_applies:
            fails = f", fails: {', '.join(_failed(verdict))}" if verdict.failed else ""
            perhaps.setdefault(f"{_ends(verdict)}{fails}", []).append(verdict.issuer)
    for ends, issuers in perhaps.items():
        yield f"may apply, {ends}: {', '.join(issuers)}"


def _answer(verdict: Verdict) -> Iterator[str]:
    """Yield the level or both ends, what fails, what holds, how much is unknown, and what to look at next."""
    if verdict.level is not None:
        yield f"{verdict.issuer}: {verdict.level.name.lower()} ({verdict.label})"
    else:
        yield f"{verdict.issuer}: undecided, {_ends(verdict)}"
    if verdict.failed:
        yield f"  fails: {', '.join(_failed(verdict))}"
    holds = [one.clause.id for one in verdict.findings if one.clause.kind == "requirement" and one.outcome == "true"]
    if holds:
        yield f"  holds: {', '.join(holds)}"
    if verdict.open:
        yield f"  unknown: {len(verdict.open)} requirements"
    if not verdict.decided:
        fields = list(dict.fromkeys(field for field, _ in verdict.deciding.slots))
        more = f" and {len(fields) - _DECIDING_MAX} more" if len(fields) > _DECIDING_MAX else ""
        yield f"  to look at next: {', '.join(fields[:_DECIDING_MAX])}{more}"


def _ends(verdict: Verdict) -> str:
    return " to ".join(level.name.lower() for level in (verdict.worst, verdict.best) if level is not None)


def _failed(verdict: Verdict) -> list[str]:
    return [one.clause.id for one in verdict.failed]


def _wrapped(text: str, indent: int) -> list[str]:
    inner = indent + len(text) - len(text.lstrip())
    return wrap(
        text, _WIDTH, initial_indent=" " * inner, subsequent_indent=" " * (inner + 2), break_long_words=False, break_on_hyphens=False
    )
