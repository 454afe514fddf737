"""Other readings of clauses -> text or JSON (schema `supportable/other-readings/1`): who would have to read what otherwise, cheapest first.

In: a judgement, the level asked for, and the standpoints of the issuers below it. Out: text. What one would get wrong: what is to be looked
at first stands apart from what could be negotiated, for it may turn out well.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from supportable.core.clauses import Level
from supportable.core.evaluate import Read
from supportable.core.other_readings import InTheWay, Reading, Standpoint
from supportable.core.verdict import Finding, Judgement, Verdict
from supportable.reports.fleet_text import filled
from supportable.reports.outline import fact_lines, gaps
from supportable.reports.reading_words import edit_words, reading_words
from supportable.reports.wording import answer, cited, counted, printable, shown, slot_name

SCHEMA = "supportable/other-readings/1"
_LOOK_MAX = 6
_ITEMS_MAX = _SOURCES_MAX = 3


def render(judgement: Judgement, level: Level, standpoints: Sequence[Standpoint], width: int = 80) -> str:
    """Return the report as text."""
    head = (
        f"{printable(judgement.deployment.name)}: why not {level.word}, for {judgement.as_of} by what was published until {judgement.known}"
    )
    lines = [*filled(head, width, 0, 2), ""]
    if not any(one.applies for one in judgement.verdicts):
        lines += filled("the documents say nothing about this deployment: no clause is in the way", width, 0, 2)
    elif not standpoints:
        lines += filled(f"every issuer that speaks is at {level.word} already: no clause is in the way", width, 0, 2)
    for point in standpoints:
        lines += [*_standpoint(point, width), ""]
    at_it = [one.issuer for one in _at_the_level(judgement, standpoints)]
    if at_it and standpoints:
        lines += [*filled(f"{', '.join(at_it)}: at {level.word} already", width, 0, 2), ""]
    if any(one.in_the_way for one in standpoints):
        lines += filled("`supportable waiver request CLAUSE PATH` writes the letter that asks for an exception", width, 0, 2)
    for one in judgement.unread:
        lines += filled(f"not read: {printable(one.file)}: {printable(one.reason)}", width, 0, 2)
    return "\n".join(lines).rstrip("\n") + "\n"


def _at_the_level(judgement: Judgement, standpoints: Sequence[Standpoint]) -> list[Verdict]:
    below = {one.verdict.issuer for one in standpoints}
    return [one for one in judgement.verdicts if one.applies and one.issuer not in below]


def _standpoint(point: Standpoint, width: int) -> Iterator[str]:
    number = len(point.in_the_way)
    all_of = "" if number < 2 else ", and all of them must read differently"
    why = f"{counted(number, 'clause')} in the way{all_of}" if number else "nothing is in the way yet"
    yield from filled(f"{point.verdict.issuer}: {answer(point.verdict)} - {why}", width, 0, 2)
    for one in point.in_the_way:
        yield from _in_the_way(one, width)
    if len(point.together) > 1 or number > len(point.together):
        names = "; ".join(f"{one.clause.id} ({_number(point, one)})" for one in point.together)
        yield from filled(f"a cheapest choice: {names}", width, 2, 4)
    if point.look_first:
        yield from _look_first(point, width)
    elif not point.verdict.surely_applies:
        yield from filled("look first: it is unknown whether its documents apply", width, 2, 4)


def _number(point: Standpoint, reading: Reading) -> str:
    readings = next(one.readings for one in point.in_the_way if one.finding.clause.id == reading.clause.id)
    return f"reading {readings.index(reading) + 1}"


def _in_the_way(one: InTheWay, width: int) -> Iterator[str]:
    finding = one.finding
    yield from filled(f"{finding.clause.id} leaves {one.tier.level.word} ({printable(one.tier.label)})", width, 2, 4)
    quote, place = cited(finding.clause, finding.pack)
    yield from filled(f'"{quote}"' if quote else printable(finding.clause.says), width, 4, 5)
    yield from filled(place, width, 4, 4)
    for fact in fact_lines(finding.facts):
        yield from filled(f"{fact.name}{_of([where.item for where in fact.places if where.item])} = {fact.value}", width, 4, 6)
        sources = list(dict.fromkeys(source for where in fact.places for source in where.sources))
        yield from (f"      {source}" for source in sources[:_SOURCES_MAX])
        if len(sources) > _SOURCES_MAX:
            yield f"      and {len(sources) - _SOURCES_MAX} more places"
    yield from filled("it would not be in the way", width, 4, 4)
    for number, reading in enumerate(one.readings, 1):
        yield from filled(f"{number}. {reading_words(reading, finding.pack)}", width, 4, 7)
        if reading.missing:
            yield from filled(f"then look at {_missing(reading.missing)} before it is sure", width, 7, 9)
        if reading.also:
            yield from filled(f"then {', '.join(reading.also)} would not be in the way either", width, 7, 9)


def _of(items: Sequence[str]) -> str:
    if not items:
        return ""
    more = f" and {len(items) - _ITEMS_MAX} more" if len(items) > _ITEMS_MAX else ""
    return f" of {', '.join(items[:_ITEMS_MAX])}{more}"


def _missing(reads: Sequence[Read]) -> str:
    return ", ".join(f"{gap.name}{_of(gap.items)}" for gap in gaps(reads))


def _look_first(point: Standpoint, width: int) -> Iterator[str]:
    number = len(point.look_first)
    verb = "is" if number == 1 else "are"
    yield from filled(
        f"look first: {counted(number, 'requirement')} {verb} unknown, and might leave less than {point.level.word}", width, 2, 4
    )
    waiting = Counter(field for one in point.look_first for field in {read.field for read in one.missing})
    told = gaps(list(dict.fromkeys(read for one in point.look_first for read in one.missing)))
    by_name = {slot_name(field, None): times for field, times in waiting.items()}
    told_first = sorted(told, key=lambda gap: -by_name[gap.name])
    for gap in told_first[:_LOOK_MAX]:
        yield from filled(f"{gap.name}{_of(gap.items)} ({counted(by_name[gap.name], 'requirement')})", width, 4, 6)
        yield from filled(f"get it: {gap.collect}", width, 6, 6)
    if len(told_first) > _LOOK_MAX:
        yield from filled(f"then {', '.join(gap.name for gap in told_first[_LOOK_MAX:])}", width, 4, 6)


def render_json(judgement: Judgement, level: Level, standpoints: Sequence[Standpoint]) -> str:
    """Return the same as JSON, with every fact and every clause."""
    tree = {
        "schema": SCHEMA,
        "deployment": printable(judgement.deployment.name),
        "level": level.word,
        "as_of": judgement.as_of,
        "known": judgement.known,
        "at_the_level": [one.issuer for one in _at_the_level(judgement, standpoints)],
        "standpoints": [_standpoint_json(one) for one in standpoints],
        "read": [{"file": printable(file), "reader": reader} for file, reader in judgement.read],
        "unread": [{"file": printable(one.file), "reason": printable(one.reason)} for one in judgement.unread],
    }
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def _standpoint_json(point: Standpoint) -> dict[str, Any]:
    verdict = point.verdict
    return {
        "issuer": verdict.issuer,
        "answer": answer(verdict),
        "worst": verdict.worst.word if verdict.worst is not None else None,
        "best": verdict.best.word if verdict.best is not None else None,
        "surely_applies": verdict.surely_applies,
        "in_the_way": [
            {
                **_clause(one.finding),
                "leaves": {"tier": one.tier.id, "label": printable(one.tier.label), "level": one.tier.level.word},
                "facts": _reads(one.finding.facts),
                "readings": [_reading(reading, one.finding) for reading in one.readings],
            }
            for one in point.in_the_way
        ],
        "together": [{"clause": one.clause.id, "reading": int(_number(point, one).split()[1])} for one in point.together],
        "look_first": [{**_clause(one), "missing": _reads(one.missing), "error": one.error or None} for one in point.look_first],
    }


def _clause(finding: Finding) -> dict[str, Any]:
    quote, place = cited(finding.clause, finding.pack)
    return {"clause": finding.clause.id, "says": printable(finding.clause.says), "quote": quote or None, "place": place}


def _reading(reading: Reading, finding: Finding) -> dict[str, Any]:
    in_text = reading.part in ("requires", "applies")
    return {
        "part": reading.part,
        "words": reading_words(reading, finding.pack),
        "edits": [
            {
                "kind": one.kind,
                "steps": one.steps,
                "table": one.table or None,
                "row": one.row or None,
                "words": edit_words(one, reading.part, finding.pack) if in_text else None,
            }
            for one in reading.edits
        ],
        "also": list(reading.also),
        "then_look_at": _reads(reading.missing),
    }


def _reads(reads: Sequence[Read]) -> list[dict[str, Any]]:
    return [
        {
            "field": one.field,
            "item": None if one.item is None else printable(one.item),
            "value": shown(one.fact),
            "sources": [printable(str(source)) for source in one.fact.sources],
        }
        for one in reads
    ]
