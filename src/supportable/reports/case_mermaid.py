"""A rehearsal -> a Mermaid state diagram (`stateDiagram-v2`), for pages and tickets that draw one from text.

In: a rehearsal. Out: the stages that can be reached, as in the HTML picture; each arrow carries its number and what happens. Text that
could end a line or a label of Mermaid never gets into it: names of evidence keep only letters, digits and a few marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.reports.case_words import Local, RehearsedLike, party_name
from supportable.reports.stages import CASE, ENDS, LABELS, SEARCH, TITLES, TONES, Diagram, diagram, members

_COLOURS = {
    "full": "fill:#edf5f0,stroke:#1a6638,color:#1a6638",
    "limited": "fill:#fcf4e6,stroke:#7f4b00,color:#7f4b00",
    "unsupported": "fill:#fbeeee,stroke:#9c2328,color:#9c2328",
    "silent": "fill:#f3f4f6,stroke:#4f5762,color:#4f5762",
    "marked": "fill:#eef2fa,stroke:#2a4f8f,stroke-width:3px",
}


def plain(text: str) -> str:
    """Return a text with nothing in it that means something to Mermaid.

    >>> plain("support provider: refer; `now` %%{init}")
    'support provider - refer now init'
    """
    return " ".join(re.sub(r"[^\w\s.,()/-]", "", text.replace(":", " -")).split())


def identifier(name: str) -> str:
    """Return the name of a stage as Mermaid takes it.

    >>> identifier("closed: referred, vendor engaged")
    'stage_closed_referred_vendor_engaged'
    """
    return "stage_" + re.sub(r"\W+", "_", name)


class Report:
    """The Mermaid report: of rehearsals alone; width and time zone play no part in it."""

    def __init__(self, width: int, local: Local) -> None:
        del width, local

    def rehearsal(self, one: RehearsedLike) -> str:
        """Return what the policy allows to happen to a deployment, as a state diagram."""
        return "\n".join(_lines(diagram(one.rehearsal), plain(one.deployment.name), one.verdict.issuer)) + "\n"


def _lines(shown: Diagram, name: str, issuer: str) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    %% every course that the policy allows for {name}"
    yield "    direction TB"
    yield from _group("case", shown, "    ")
    for stage in shown.stages:
        if stage not in CASE:
            yield f"    {_state(stage)}"
    yield f"    [*] --> {identifier(shown.stages[0])}"
    words = {entry.number: entry for entry in shown.entries}
    for way in shown.ways:
        said = []
        for number in way.numbers:
            entry = words[number]
            who = f"{party_name(entry.party, issuer)} - " if entry.kind == "act" else ""
            clause = f" ({entry.clause})" if entry.clause else ""
            said.append(plain(f"{number} {who}{entry.words}{clause}"))
        yield f"    {identifier(way.origin)} --> {identifier(way.target)} : {' / '.join(said)}"
    for stage in shown.stages:
        if stage in ENDS:
            yield f"    {identifier(stage)} --> [*]"
    yield from (f"    classDef {tone} {colour}" for tone, colour in _COLOURS.items())
    yield from (f"    class {identifier(stage)} {TONES[ENDS.index(stage)]}" for stage in shown.stages if stage in ENDS)
    yield from (f"    class {identifier(stage)} marked" for stage in shown.marked if stage not in ENDS)


def _state(stage: str) -> str:
    return f'state "{plain(LABELS[stage])}" as {identifier(stage)}'


def _group(name: str, shown: Diagram, indent: str) -> Iterator[str]:
    own = members(name, shown.stages)
    yield f'{indent}state "{plain(TITLES[name])}" as {identifier(name)} {{'
    if name == "case":
        yield from _group("search", shown, indent + "    ")
    for stage in own:
        if name == "search" or stage not in SEARCH:
            yield f"{indent}    {_state(stage)}"
    yield f"{indent}}}"
