"""The use case of a plan: evidence, packs and a model of changes -> the cheapest way to a level, or why there is none, in a format.

In: paths, a level, and what the user keeps, allows and pays. Out: a `Planned`, and texts. Waivers among the evidence count, as in `check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from supportable import app
from supportable.core.clauses import Level
from supportable.core.deployment import Deployment
from supportable.core.facts import Unknown, Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.path_days import Days
from supportable.core.paths import path_to
from supportable.core.plan_space import Ground, Space
from supportable.core.plan_steps import Planned, plan_of
from supportable.core.verdict import with_placeholders
from supportable.core.waiving import Day, waive
from supportable.core.wanted import wanted
from supportable.errors import SupportableError, UsageError, nearest, unknown_word

FORMATS = ("text", "json", "markdown", "html", "mermaid", "ics")
Allowed = Mapping[str, tuple[Value | _Absent, ...]]


class Wish(NamedTuple):
    """What a user asks of a plan: the level, for which issuers (all that speak where none is named), and within which bounds.

    `want`: values that fields must come to, whatever the level. `certain`: count on nothing that nobody looked at. `path`: the order of the
    steps, too, with so many nodes out at a time at most.
    """

    level: Level = Level.FULL
    issuers: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    allow: Allowed = {}  # noqa: RUF012 - never changed
    cost: Path | None = None
    certain: bool = False
    want: Allowed = {}  # noqa: RUF012 - as above
    path: bool = False
    out_at_once: int | None = None


def plan(
    paths: Sequence[Path | str],
    wish: Wish,
    *,
    documents: Sequence[str] = (),
    packs: Sequence[Path | str] = (),
    as_of: str,
    known: str,
    now: str = "",
    cache: Path | None = None,
) -> Planned:
    """Read evidence and plan for it, by the packs that ship and `packs`."""
    model = app.load_model(wish.cost, min(as_of, known))
    made = app.prepared(paths, documents, packs, Day(as_of, known, now), cache)
    _check_issuers(wish.issuers, {one.pack.issuer for one in made.compiled})
    waived = [waive(one, made.standings) for one in made.compiled]
    ground = Ground(waived, wish.level, wish.issuers, model.rules)
    _check_conflicts(made.deployment, ground.fields)
    aim = Ground([*waived, wanted(wish.want)], wish.level, wish.issuers, model.rules) if wish.want else ground
    deployment = with_placeholders(made.deployment)
    found = plan_of(app.planner_for(Space(aim, deployment, model, wish.keep, wish.allow, wish.certain)), waived)
    path = None
    if wish.path and found.ways:
        days = Days(ground, app.whole_packs(packs, documents), as_of, known)
        space = Space(ground, deployment, model, wish.keep, wish.allow, wish.certain)
        path = path_to(space, found.ways[0].choice, wish.out_at_once, days)
    return Planned(found, model, as_of, known, wish.certain, made.read, made.unread, path)


def _check_issuers(named: Iterable[str], known: Iterable[str]) -> None:
    for one in named:
        if one not in known:
            raise unknown_word(one, sorted(known), "issuer")


def _check_conflicts(deployment: Deployment, fields: Iterable[str]) -> None:
    """Refuse evidence that contradicts itself about a fact that a plan would be built on."""
    for name, reason in _disputed(deployment, fields):
        message = f"no plan is made on a contradiction: `{name[0]}`{name[1]} is unknown, for {reason}"
        raise SupportableError(message, None, f"settle which is right; `supportable facts --why {name[0]} PATH` shows both")


def _disputed(deployment: Deployment, fields: Iterable[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each field, with of which item, and each listing, about which sources disagree, and what they say."""
    listings: dict[str, None] = {}
    for field in fields:
        listing = FIELDS[field].listing
        owners = [("", deployment.fact(field))]
        if listing is not None:
            listings[listing] = None
            owners = [(f" of {one.name}", one.fact(field)) for one in deployment.listing(listing).items]
        yield from (((field, owner), fact.reason) for owner, fact in owners if isinstance(fact, Unknown) and fact.disputed)
    yield from (((one, ""), deployment.listing(one).reason) for one in listings if deployment.listing(one).disputed)


def field_named(text: str) -> str:
    """Return the name of a field; raise `UsageError` for another word."""
    if text not in FIELDS:
        near = nearest(text, FIELDS)
        hint = f"did you mean `{near}`? " if near else ""
        raise UsageError(f"unknown field `{text}`", None, f"{hint}All fields: `supportable facts --fields`")
    return text


def values_by_field(texts: Iterable[str], keep: Sequence[str], option: str) -> Allowed:
    """Return what `FIELD=VALUE,VALUE` gives to an option, by field; raise `UsageError` for what is none, or is of a field that is kept."""
    found: dict[str, tuple[Value | _Absent, ...]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        field = FIELDS[field_named(name)]
        if not equals or not values:
            raise UsageError(f"`{option} {text}` names no value", None, f"write `{name}=VALUE` or `{name}=VALUE,VALUE`")
        if name in keep:
            raise UsageError(f"`{name}` is both kept and to change", None, f"leave out `--keep` or `{option}` for it")
        try:
            found[name] = (*found.get(name, ()), *(field.parse(one.strip()) for one in values.split(",")))
        except ValueError as error:
            raise UsageError(str(error), None, f"values: {', '.join(field.values) or field.kind}") from None
    return found


def render(planned: Planned, form: str, width: int = 80) -> str:
    """Return a plan in one of `FORMATS`."""
    module = import_module(f"supportable.reports.plan_{form}")
    return str(module.render(planned, width) if form == "text" else module.render(planned))
