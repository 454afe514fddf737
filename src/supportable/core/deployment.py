"""Observations -> one deployment: every field a fact, every listing complete or partial.

Two sources that disagree make the fact `Unknown` and name both. A machine that a file does not name is the one on which its folder
was collected, where a source says so, otherwise the only machine named nearest to that file, by a file or by a folder that has the name
of a listed node (as in a `crm report`); where several are named equally near, its facts belong to nobody and are reported as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from supportable.core.attestations import validation_after
from supportable.core.facts import (
    ABSENT,
    DISAGREE,
    NOT_LOOKED_AT,
    THIS_MACHINE,
    Absent,
    Collected,
    Fact,
    Known,
    Listed,
    Observation,
    Read,
    Source,
    Unknown,
    Value,
    _Absent,
)
from supportable.core.fields import DEFAULTED, FIELDS, LISTINGS
from supportable.core.versions import version_key

Values = dict[str, Value | _Absent]
"""Known and absent fields only; a field that is not in it is unknown."""

_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_SECRET = re.compile(r"(?i)(pass(word|wd)?|secret|token|api.?key|community)\s*[=:]\s*\S+")


class Item(NamedTuple):
    """One item of a listing (one node): its name and its facts by full field name."""

    name: str
    facts: Mapping[str, Fact]
    values: Values

    def fact(self, name: str) -> Fact:
        return self.facts.get(name, NOT_LOOKED_AT)


class Listing(NamedTuple):
    """The items that were found, and whether they are all; `reason` says why not."""

    items: tuple[Item, ...] = ()
    complete: bool = False
    reason: str = "no evidence lists all of them"
    sources: tuple[Source, ...] = ()

    @property
    def disputed(self) -> bool:
        """Whether two sources disagree on which there are."""
        return self.reason.startswith(DISAGREE)


class Deployment(NamedTuple):
    """All facts about one clustered workload. A field that is not in `facts` was not looked at."""

    name: str
    facts: Mapping[str, Fact] = {}
    listings: Mapping[str, Listing] = {}
    unattributed: tuple[Observation, ...] = ()
    values: Values = {}  # noqa: RUF012 - as above

    def fact(self, name: str) -> Fact:
        return self.facts.get(name, NOT_LOOKED_AT)

    def listing(self, name: str) -> Listing:
        return self.listings.get(name, _NOTHING_LISTED)


_NOTHING_LISTED = Listing()


def deployment_of(
    name: str,
    facts: Mapping[str, Fact],
    listings: Mapping[str, Listing] | None = None,
    unattributed: tuple[Observation, ...] = (),
) -> Deployment:
    """Return a deployment from ready facts."""
    return Deployment(name, _Facts(facts), listings or {}, unattributed, values_of(facts))


class _Facts(dict[str, Fact]):
    """Facts by field, with the reads of them that findings show: made once, not for every verdict."""

    __slots__ = ("reads",)

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        super().__init__(facts)
        self.reads = _reads_of(facts)


def reads_of(facts: Mapping[str, Fact]) -> Mapping[str, Read]:
    """Return each fact of the whole deployment as what a finding shows of it, by field."""
    return facts.reads if isinstance(facts, _Facts) else _reads_of(facts)


def _reads_of(facts: Mapping[str, Fact]) -> dict[str, Read]:
    return {name: Read(name, None, fact) for name, fact in facts.items()}


def values_of(facts: Mapping[str, Fact]) -> Values:
    """Return the values of known and absent facts."""
    return {name: fact.value if isinstance(fact, Known) else ABSENT for name, fact in facts.items() if not isinstance(fact, Unknown)}


def assemble(name: str, observations: Iterable[Observation | Listed | Collected]) -> Deployment:
    """Return the deployment that these observations, in their order, add up to.

    >>> made = assemble("a", [Observation("cluster.service", "mscs", Source("a.yaml", 2))])
    >>> made.fact("cluster.service")
    Known(value='mscs', sources=(Source(file='a.yaml', line=2, place=None),))
    """
    seen = list(observations)
    listed = [one for one in seen if isinstance(one, Listed)]
    collected = [one for one in seen if isinstance(one, Collected)]
    named, unattributed = attributed([one for one in seen if isinstance(one, Observation)], listed, collected)
    whole: dict[str, list[Observation]] = {}
    names: dict[str, dict[str, str]] = {listing: {} for listing in LISTINGS}
    by_item: dict[tuple[str, str], dict[str, list[Observation]]] = {}
    for one in named:
        if one.item is None:
            whole.setdefault(one.field, []).append(one)
            continue
        listing = one.field.partition(".")[0]
        key = item_key(listing, one.item)
        names[listing].setdefault(key, one.item)
        fields = by_item.setdefault((listing, key), {})
        if one.field in FIELDS:
            fields.setdefault(one.field, []).append(one)
    for one_list in listed:
        for item in one_list.names:
            names[one_list.listing].setdefault(item_key(one_list.listing, item), item)
    facts = {field_name: fact_of(many) for field_name, many in whole.items()}
    listings = {}
    for listing, found in names.items():
        sources = [one for one in listed if one.listing == listing]
        if not found and not sources:
            continue
        items = []
        for key, shown in found.items():
            own = {field_name: fact_of(many) for field_name, many in by_item.get((listing, key), {}).items()}
            followed = validation_after(own, facts) if listing == "changes" else None
            own |= {"changes.validated_by": followed} if followed is not None else {}
            items.append(Item(shown, own, values_of(own)))
        listings[listing] = _listing(listing, tuple(items), sources)
    return deployment_of(name, facts, listings, tuple(unattributed))


def item_key(listing: str, name: str) -> str:
    """Return what makes two names the same item: nodes are the same by their host name, without domain and case.

    >>> item_key("nodes", "EXN1.contoso.local")
    'exn1'
    """
    folded = name.casefold()
    if listing != "nodes" or re.fullmatch(r"[\d.:]+", folded):
        return folded
    return folded.partition(".")[0]


def _listing(listing: str, items: tuple[Item, ...], sources: list[Listed]) -> Listing:
    where = tuple(dict.fromkeys(one.source for one in sources))
    if not sources:
        return Listing(items)
    keys = [frozenset(item_key(listing, name) for name in one.names) for one in sources]
    if len(set(keys)) > 1:
        return Listing(items, False, f"{DISAGREE} on which there are: " + " and ".join(str(one.source) for one in sources), where)
    stray = [item.name for item in items if item_key(listing, item.name) not in keys[0]]
    if stray:
        return Listing(items, False, f"`{stray[0]}` was found but is not in the list of {sources[0].source}", where)
    return Listing(items, True, "", where)


def fact_of(observations: Sequence[Observation]) -> Fact:
    """Return what observations of one field of one item add up to; there is at least one."""
    name = observations[0].field
    if name in DEFAULTED:
        observations = [one for one in observations if one.value is not ABSENT] or observations
    groups: dict[object, list[Observation]] = {}
    for one in observations:
        groups.setdefault(_comparable(name, one.value), []).append(one)
    sources = tuple(dict.fromkeys(one.source for one in observations))
    if len(groups) > 1:
        told = "; ".join(f"`{_shown(name, many[0].value)}` in {many[0].source}" for many in groups.values())
        return Unknown(f"{DISAGREE}: {told}", sources)
    value = observations[0].value
    return Absent(sources) if value is ABSENT else Known(_redacted(name, value), sources)


def _comparable(name: str, value: Value | _Absent) -> object:
    if FIELDS[name].kind == "version" and isinstance(value, str):
        return version_key(value) or value
    return value


def _shown(name: str, value: Value | _Absent) -> str:
    return "none" if value is ABSENT else str(_redacted(name, value)).lower() if isinstance(value, bool) else str(_redacted(name, value))


def redacted(text: str) -> str:
    """Return the text without passwords, keys, tokens and mail addresses.

    >>> redacted("password = example, ask ann@contoso.example")
    '[secret] ask [mail address]'
    """
    return _SECRET.sub("[secret]", _MAIL.sub("[mail address]", text))


def _redacted(name: str, value: Value | _Absent) -> Value:
    assert value is not ABSENT
    return redacted(value) if isinstance(value, str) and FIELDS[name].kind == "text" else value


def attributed(
    observations: list[Observation], listed: list[Listed], collected: Sequence[Collected]
) -> tuple[list[Observation], list[Observation]]:
    """Give the observations about "this machine" a name: where their folder was collected, else the only one named nearest, else listed.

    A folder with the name of a listed node names that one, unless a file in it names another.

    Return those that belong to a machine, in their order, and the rest as they were found.
    """
    everywhere = {item_key("nodes", name): name for one in listed if one.listing == "nodes" for name in one.names}
    near: dict[str, dict[str, str]] = {}
    for one in observations:
        if one.item and one.field.startswith("nodes"):
            for folder in _folders(one.source.file):
                near.setdefault(folder, {}).setdefault(item_key("nodes", one.item), one.item)
    for folder in {folder for one in observations if one.item == THIS_MACHINE for folder in _folders(one.source.file)[1:]}:
        key = item_key("nodes", folder.rpartition("/")[2])
        if key in everywhere:
            near.setdefault(folder, {key: everywhere[key]})
    made: dict[str, dict[str, str]] = {}
    for claim in collected:
        if claim.machine != THIS_MACHINE:
            made.setdefault(claim.folder, {}).setdefault(item_key("nodes", claim.machine), claim.machine)
    named, left = [], []
    for one in observations:
        if one.item != THIS_MACHINE:
            named.append(one)
            continue
        folders = _folders(one.source.file)
        candidates = next((names[folder] for names in (made, near) for folder in folders if folder in names), everywhere)
        if len(candidates) > 1:
            left.append(one)
        else:
            named.append(one._replace(item=next(iter(candidates.values()), "(unnamed machine)")))
    return named, left


def _folders(file: str) -> list[str]:
    """The file itself and every folder above it, nearest first; the last is what the user named."""
    parts = file.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]
