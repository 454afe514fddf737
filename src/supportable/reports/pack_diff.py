"""Two packs compared -> text or JSON (schema `supportable/pack-diff/1`): what changed in words, and a deployment that is judged otherwise.

In: the names of the packs, their changes and effects. Out: text. Levels are by these two packs alone, whatever other packs say.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from supportable.core.clauses import Pack, YieldsTo
from supportable.core.conditions import All as _All
from supportable.core.conditions import Always, Condition, Count, Every, InMatrix, Is, Not, Order, Present, Same, Some
from supportable.core.conditions import Any as _Any
from supportable.core.dates import Dates
from supportable.core.pack_diff import ADDED, REMOVED, Change, Part
from supportable.core.pack_effects import Effect, Effects
from supportable.core.truth import Truth
from supportable.core.verdict import Verdict
from supportable.reports.condition_words import condition_lines
from supportable.reports.deployment_files import witness_file, witness_in_short
from supportable.reports.wording import counted

SCHEMA = "supportable/pack-diff/1"
_CONDITIONS = (Always, _All, _Any, Count, Every, InMatrix, Is, Not, Order, Present, Same, Some)
_PLURAL = {"pack": "Pack", "tier": "Tiers", "document": "Documents", "clause": "Clauses", "table": "Tables", "row": "Rows of tables"}
_OUTCOMES = {"true": "holds", "false": "does not hold", "unknown": "is unknown", "not-applicable": "does not apply"}


def witness_name(effects: Effects, effect: Effect) -> str:
    """Return what the deployment that shows an effect is called."""
    return f"change-{[one.clause for one in effects.effects if one.witness is not None].index(effect.clause) + 1}"


def witnesses(effects: Effects) -> dict[str, str]:
    """Return the deployment file that shows each effect, by the name of its deployment."""
    shown = [(witness_name(effects, one), one.witness) for one in effects.effects if one.witness is not None]
    return {name: witness_file(witness, name) for name, witness in shown}


def render(names: tuple[str, str], packs: tuple[Pack, Pack], changes: Sequence[Change], effects: Effects, width: int) -> str:
    """Return the comparison as text."""
    lines = wrap(f"{names[0]} -> {names[1]}: {_tally(changes)}", width, subsequent_indent="  ", break_on_hyphens=False)
    says = {clause.id: f" ({clause.kind}): {clause.says}" for pack in packs for clause in pack.clauses}
    for what, title in _PLURAL.items():
        own = [one for one in changes if one.what == what]
        lines += ["", title] if own else []
        for change in own:
            about = says.get(change.id, "") if what == "clause" else ""
            lines += _lines(f"{change.how} {change.id}{about}", width, 2)
            if change.what == "clause" and not change.means:
                lines += _lines("in words only", width, 4)
            lines += [line for part in change.parts for line in _part(part, width)]
    lines += ["", "What it comes to, by these two packs alone"]
    for effect in effects.effects:
        lines += _effect(effect, width)
    lines += [*([""] if effects.effects else []), *_lines(conclusion(effects), width, 2)]
    return "\n".join(lines) + "\n"


def _tally(changes: Sequence[Change]) -> str:
    count = Counter((one.what, one.how) for one in changes)
    return ", ".join(f"{counted(number, what)} {how}" for (what, how), number in count.items()) or "nothing is written otherwise"


def conclusion(effects: Effects) -> str:
    """Return in a sentence whether any deployment is judged otherwise, and how that is known."""
    number = sum(one.witness is not None for one in effects.effects)
    days = (
        f"on {effects.days[0]}"
        if len(effects.days) == 1
        else (f"on {effects.days[0]} and on the {len(effects.days) - 1} days on which one of the packs becomes another")
    )
    if len(effects.days) < effects.of_days:
        days += f" (of {effects.of_days - 1}; the others were not compared)"
    if number:
        return f"another verdict for some deployment by {number} of {counted(len(effects.effects), 'changed requirement')}, {days}"
    if not effects.effects:
        return f"no deployment is judged otherwise {days}: every requirement means the same"
    if effects.whole:
        return (
            f"no deployment is judged otherwise {days}: {counted(effects.searches, 'search')} looked at one value of each class that the "
            "clauses tell apart, with listings of up to two different items, and all of them ended"
        )
    return f"no deployment was found that is judged otherwise {days}, but not every search ended within its bound"


def _effect(effect: Effect, width: int) -> Iterator[str]:
    if effect.witness is None or effect.before is None or effect.after is None:
        rest = "lets no deployment be judged otherwise by itself" if effect.whole else "was not looked at to the end (bound reached)"
        yield from _lines(f"{effect.clause}: {rest}", width, 2)
        return
    yield from _lines(f"{effect.clause}: {level(effect.before)} becomes {level(effect.after)}, on {effect.day}", width, 2)
    before, after = because(effect.before, effect), because(effect.after, effect)
    changed = "it leaves another tier when it does not hold" if before == after else f"it {before} before, and {after} after"
    yield from _lines(f"because {changed}", width, 4)
    yield from _lines(f"shown by: {witness_in_short(effect.witness)}", width, 4)


def level(verdict: Verdict) -> str:
    """Return a verdict in short: its level with the issuer's words, or that it has none."""
    if not verdict.applies:
        return "nothing said"
    named = verdict.level.word.upper() if verdict.level is not None else "UNDECIDED"
    return f"{named} ({verdict.label})"


def because(verdict: Verdict, effect: Effect) -> str:
    """Return how the clause of an effect stands in a verdict."""
    return next((_OUTCOMES[one.outcome] for one in verdict.findings if one.clause.id == effect.clause), "is not there or not in force")


def _part(part: Part, width: int) -> Iterator[str]:
    # A cell of a row begins with its column, which stands before it already.
    before, after = ([line.removeprefix(f"{part.name} ") for line in in_words(one)] for one in (part.before, part.after))
    if len(before) == len(after) == 1 and len(part.name) + len(before[0]) + len(after[0]) < width - 12:
        yield f"    {part.name}: {before[0]} -> {after[0]}"
        return
    yield f"    {part.name}"
    for word, lines in (("was", before), ("is", after)):
        for number, line in enumerate(lines):
            yield from wrap(
                line,
                width,
                initial_indent=f"      {word + ':' if number == 0 else '':<5}",
                subsequent_indent=" " * 13,
                break_on_hyphens=False,
            )


def in_words(value: object) -> list[str]:
    """Return a part of a pack as lines, as a person would read them."""
    match value:
        case None | "" | ():
            return ["nothing"]
        case bool():
            return [str(value).lower()]
        case Truth():
            return [{Truth.TRUE: "holds", Truth.FALSE: "fails", Truth.UNKNOWN: "unknown"}[value]]
        case Dates():
            return [", ".join(f"{name} {day}" for name, day in zip(_DATES, value, strict=True) if day is not None) or "no dates"]
        case _ if isinstance(value, _CONDITIONS):
            return condition_lines(_condition(value))
        case tuple() | list():
            return ["; ".join(_one(one) for one in value)]
        case _:
            return [str(value)]


_DATES = ("from", "until", "published", "withdrawn")


def _condition(value: object) -> Condition:
    return value  # type: ignore[return-value]


def _one(value: object) -> str:
    return f"{value.clause} ({value.rule.replace('-', ' ')}: {value.why})" if isinstance(value, YieldsTo) else str(value)


def _lines(text: str, width: int, indent: int) -> list[str]:
    return wrap(
        text, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2), break_long_words=False, break_on_hyphens=False
    )


def render_json(names: tuple[str, str], changes: Sequence[Change], effects: Effects) -> str:
    """Return the comparison as JSON."""
    document = {
        "schema": SCHEMA,
        "before": names[0],
        "after": names[1],
        "changes": [
            {
                "what": one.what,
                "id": one.id,
                "how": one.how,
                "changes_meaning": one.how in (ADDED, REMOVED) or one.means,
                "parts": [{"part": part.name, "before": in_words(part.before), "after": in_words(part.after)} for part in one.parts],
            }
            for one in changes
        ],
        "judged_otherwise": effects.judged_otherwise,
        "whole": effects.whole,
        "conclusion": conclusion(effects),
        "days": list(effects.days),
        "effects": [_effect_as_data(effects, one) for one in effects.effects],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _effect_as_data(effects: Effects, effect: Effect) -> Mapping[str, Any]:
    if effect.witness is None or effect.before is None or effect.after is None:
        return {"clause": effect.clause, "witness": None, "whole": effect.whole}
    name = witness_name(effects, effect)
    sides = {
        side: {
            "level": verdict.level.word if verdict.level is not None else None,
            "label": verdict.label,
            "clause": because(verdict, effect),
        }
        for side, verdict in (("before", effect.before), ("after", effect.after))
    }
    file = witness_file(effect.witness, name)
    return {"clause": effect.clause, "day": effect.day, **sides, "witness": {"name": name, "deployment_file": file}, "whole": True}
