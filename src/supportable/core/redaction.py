"""A deployment and what people typed, without secrets and names, and without the facts that no clause reads.

In: deployments, texts, and what the policy reads. Out: the same with stable pseudonyms (`node-1`), such that every clause comes out as
before. What one would get wrong: a replacement must be one-to-one for each field, because a clause may compare the values of two
nodes (`same: nodes.domain`), and must keep a value that a clause names, because a clause may compare with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from supportable.core.clauses import Clause, fields_read
from supportable.core.conditions import Is, Matrix, walk
from supportable.core.deployment import Deployment, Item, Listing, deployment_of, redacted, values_of
from supportable.core.events import Event
from supportable.core.facts import Fact, Known, Source, Unknown, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS

Rules = Sequence[tuple[Clause, tuple[Matrix, ...]]]
"""The clauses of a policy, each with the tables of its pack."""

NAMING = {"cluster.name": "cluster", "nodes.domain": "domain", "nodes.ad_site": "site"}
"""Fields whose values are names, each with the kind of its pseudonyms."""


class Renamed(NamedTuple):
    """One name and what stands for it; a domain, its labels and a machine's full name may share one pseudonym."""

    kind: str
    name: str
    pseudonym: str


class Redacted(NamedTuple):
    """A deployment for somebody else, and how many facts of which fields were left out of it."""

    deployment: Deployment
    left_out: Mapping[str, int]


_WORDS = r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|(?:api|access|private)[ _.-]?key|credentials?|community)"
_SECRETS = (
    re.compile(r"-----BEGIN [^-\n]*-----.*?(?:-----END [^-\n]*-----|\Z)", re.DOTALL),
    re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"),
    re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?|\bAKIA[0-9A-Z]{12,}\b"),
    re.compile(rf"(?i)(?<![\w-])--?{_WORDS}\s+(?:\"[^\"\n]*\"|'[^'\n]*'|\S+)"),
    re.compile(r"(?i)\b(?:password|passwd|passphrase|pwd)\s+\S*\d\S*"),
    re.compile(rf"(?i)[\w-]*{_WORDS}[\w-]*[\"'`]?\s*(?:[=:]+>?|\s(?:is|was)\s)\s*(?:\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`|\S+)"),
)
# A log has blacked out `secret@host` of `https://user:secret@host/` as a mail address already.
_IN_ADDRESS = re.compile(r"(?<=://)(?:[^/\s@:]+:\[mail address\]|[^/\s@]+@)")
# Also an address without a dot in its domain: `operator@exn1` names a person as well.
_ACCOUNT = re.compile(r"""(?:"[^"\n]+"|[\w.+%'!#$&*?^{|}~-]+)@[\w-]+(?:\.[\w-]+)*""")
_DISPLAYED = re.compile(r"""(?:"[^"\n]*"|[A-Z]\w*(?:[ ][A-Z][\w.]*){0,3})[ ]<\[mail[ ]address\]>""")
_PRIVATE = re.compile(r"(?<![\w.])(?:10(?:\.\d{1,3}){3}|(?:192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2})(?!\w|\.\d)")
_ADDRESS = re.compile(r"[\d.:]+")
_DISAGREEING = re.compile(r"`([^`]*)` in ")
_FILE_ENDINGS = frozenset(
    re.findall(
        r"\S+",
        "7z bak blg bz2 cf cfg clixml conf csv dat dll dmp docx dump edb err etl evt evtx exe gz hlf htm html ini json log md msg msi old"
        " out pcap pdf pkl png ps1 py rar reg rtf sh svg sys tar tgz tmp trace ts tsv txt xls xlsx xml xz yaml yml zip zst",
    )
)
_PLAIN_LABELS = frozenset(
    re.findall(
        r"\S+",
        "com net org gov edu int info local internal intranet lan corp example test invalid localhost domain home mail exchange mailbox"
        " cluster node server site prod production dev stage staging office root www ads forest",
    )
)


def without_secrets(text: str) -> str:
    """Return a text without what looks like a secret or an account.

    >>> without_secrets("ask ann@contoso.example, the password is Sommer12 now")
    'ask [mail address], the [secret] now'
    """
    text = _IN_ADDRESS.sub("[secret]@", text)
    for pattern in _SECRETS:
        text = pattern.sub("[secret]", text)
    return _DISPLAYED.sub("[mail address]", redacted(_ACCOUNT.sub("[mail address]", text)))


def names_of(deployments: Sequence[Deployment], texts: Iterable[str], recipient: str, rules: Rules) -> tuple[Renamed, ...]:
    """Return a pseudonym for every name of these deployments, and for the domains and addresses that stand in the texts.

    A contract with the recipient keeps its name. A value that a clause names stands in the published policy; it is kept.
    """
    literals = literals_of(rules)
    every = list(texts)
    found: dict[str, tuple[str, str, str]] = {}
    for kind, name, group in chain.from_iterable(_named(one, recipient) for one in deployments):
        field = next((field for field, of_kind in NAMING.items() if of_kind == kind), "")
        if name.strip() and name not in literals.get(field, ()):
            found.setdefault(name.casefold(), (kind, name, group))
    hosts = [name for kind, name, _ in found.values() if kind == "node"]
    for name in _domains_in(every, hosts):
        found.setdefault(name.casefold(), ("domain", name, name.casefold()))
    for kind, name, group in list(found.values()):
        if kind == "domain":
            for label in name.split(".")[: -1 if "." in name else None]:
                if len(label) > 2 and label.casefold() not in _PLAIN_LABELS:
                    found.setdefault(label.casefold(), ("domain", label, group))
    for text in every:
        for address in _PRIVATE.findall(text):
            found.setdefault(address, ("address", address, address))
    return _with_pseudonyms(list(found.values()))


def _with_pseudonyms(found: list[tuple[str, str, str]]) -> tuple[Renamed, ...]:
    """Number the groups of each kind, leaving out pseudonyms that are somebody's name."""
    taken = {name.casefold() for _, name, _ in found}
    pseudonyms: dict[tuple[str, str], str] = {}
    numbers: Counter[str] = Counter()
    for kind, _, group in found:
        if (kind, group) in pseudonyms:
            continue
        numbers[kind] += 1
        while f"{kind}-{numbers[kind]}" in taken:
            numbers[kind] += 1
        pseudonyms[kind, group] = f"{kind}-{numbers[kind]}"
    return tuple(Renamed(kind, name, pseudonyms[kind, group]) for kind, name, group in found)


def host_of(name: str) -> str:
    """Return the host name of a machine; an address is one whole.

    >>> host_of("exn1.contoso.local"), host_of("10.0.0.7")
    ('exn1', '10.0.0.7')
    """
    return name if _ADDRESS.fullmatch(name) else name.partition(".")[0]


def _named(deployment: Deployment, recipient: str) -> Iterator[tuple[str, str, str]]:
    """Yield each name of a deployment: its kind, the name, and what makes several names the same thing."""
    slug = re.sub(r"[^a-z0-9]+", "-", deployment.name.lower()).strip("-")
    yield "deployment", deployment.name, deployment.name.casefold()
    yield "deployment", slug, deployment.name.casefold()
    nodes = [item.name for item in deployment.listing("nodes").items]
    nodes += [one.item for one in deployment.unattributed if one.item and one.field.partition(".")[0] == "nodes"]
    for name in nodes:
        host = host_of(name)
        yield "node", host, host.casefold()
        if host != name:
            domain = name.partition(".")[2]
            yield "domain", domain, domain.casefold()
    facts = chain(deployment.facts.items(), *(item.facts.items() for listing in deployment.listings.values() for item in listing.items))
    for field, fact in facts:
        for name in _values_told(fact) if field in NAMING else ():
            yield NAMING[field], name, name.casefold()
    for one in deployment.unattributed:
        if one.field in NAMING and isinstance(one.value, str):
            yield NAMING[one.field], one.value, one.value.casefold()
    for item in deployment.listing("contracts").items:
        if getattr(item.fact("contracts.party"), "value", None) != recipient:
            yield "contract", item.name, item.name.casefold()


def _values_told(fact: Fact) -> Iterable[str]:
    match fact:
        case Known(value) if isinstance(value, str):
            return (value,)
        case Unknown(reason) if fact.disputed:
            return _DISAGREEING.findall(reason)
    return ()


def _domains_in(texts: Iterable[str], hosts: Sequence[str]) -> Iterator[str]:
    """Yield what follows a host name and a dot, unless it is the ending of a file name."""
    pattern = _whole_words([host for host in hosts if _told(host)], r"((?:\.[^\W_][\w-]*)+)")
    for text in texts if pattern is not None else ():
        assert pattern is not None
        for found in pattern.finditer(text):
            labels = found[found.lastindex or 0].lstrip(".").split(".")
            while labels and (labels[-1].casefold() in _FILE_ENDINGS or labels[-1].isdigit()):
                labels.pop()
            if labels:
                yield ".".join(labels)


def _told(name: str) -> bool:
    """Whether a name is long enough to be looked for in texts: `a` and `1` stand there for other things."""
    return len(name) > 1 and not (name.isdigit() and len(name) < 3)


def _whole_words(names: Sequence[str], after: str = "") -> re.Pattern[str] | None:
    """Return a pattern with one group a name, each matched where no letter or digit touches it; longest first as given."""
    if not names:
        return None
    behind = after or r"(?![^\W_])"
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(f'({re.escape(name)})' for name in names)}){behind}", re.IGNORECASE)


def literals_of(rules: Rules) -> dict[str, frozenset[Value | _Absent]]:
    """Return for each field the values that a clause or a table compares it with."""
    found: dict[str, set[Value | _Absent]] = {}
    for clause, matrices in rules:
        conditions = [part for whole in (clause.applies, clause.requires) if whole is not None for part in walk(whole)]
        cells = [cell for matrix in matrices for row in matrix.rows for cell in row.cells]
        for one in (*conditions, *cells):
            if isinstance(one, Is):
                found.setdefault(one.field, set()).update(one.values)
    return {field: frozenset(values) for field, values in found.items()}


def fields_kept(rules: Rules, components: Iterable[str]) -> frozenset[str]:
    """Return the fields and listings that a clause reads, and those that are components of trials."""
    read = {name for clause, matrices in rules for name in fields_read(clause, matrices)}
    wanted = set(components)
    return frozenset(read | {name for name in FIELDS if name in wanted or any(name.startswith(f"{one}.") for one in wanted)})


class Redaction:
    """Replaces names and secrets, each always by the same; what must stay different stays different."""

    def __init__(self, renamed: Sequence[Renamed], rules: Rules) -> None:
        self.renamed = tuple(renamed)
        self._literals = literals_of(rules)
        self._exact = {(one.kind, one.name.casefold()): one.pseudonym for one in self.renamed}
        longest = sorted((one for one in self.renamed if _told(one.name)), key=lambda one: (-len(one.name), one.name))
        self._pseudonyms = [one.pseudonym for one in longest]
        self._pattern = _whole_words([one.name for one in longest])
        self._texts: dict[str, str] = {}
        self._made: dict[str, dict[str, str]] = {}
        self._taken: dict[str, set[str]] = {}

    def text(self, text: str) -> str:
        """Return a text without secrets and names; the name of a field is none."""
        if text in FIELDS or text in LISTINGS:
            return text
        if text not in self._texts:
            plain = without_secrets(text)
            self._texts[text] = self._pattern.sub(self._pseudonym, plain) if self._pattern is not None else plain
        return self._texts[text]

    def _pseudonym(self, found: re.Match[str]) -> str:
        return self._pseudonyms[(found.lastindex or 1) - 1]

    def value(self, field: str, value: Value) -> Value:
        """Return what stands for the value of a field: equal for equal values, another for others, and a clause's own word as it is."""
        if not isinstance(value, str) or FIELDS[field].kind != "text" or value in self._literals.get(field, ()):
            return value
        exact = self._exact.get((NAMING.get(field, ""), value.casefold()))
        return self.different(field, value, exact or self.text(value))

    def different(self, kind: str, original: str, replaced: str | None = None) -> str:
        """Return the replaced text, with a number behind it where another original of this kind would read the same."""
        made = self._made.setdefault(kind, {})
        if original not in made:
            taken = self._taken.setdefault(kind, {str(one) for one in self._literals.get(kind, ())})
            first = self.text(original) if replaced is None else replaced
            tried, number = first, 2
            while tried in taken:
                tried, number = f"{first} ({number})", number + 1
            taken.add(tried)
            made[original] = tried
        return made[original]

    def item(self, listing: str, name: str) -> str:
        """Return what stands for the name of an item."""
        key = host_of(name) if listing == "nodes" else name
        return self.different(listing, name, self._exact.get((listing.removesuffix("s"), key.casefold())))

    def source(self, source: Source) -> Source:
        """Return a source with the names in its file and place replaced."""
        return Source(self.text(source.file), source.line, None if source.place is None else self.text(source.place))

    def fact(self, field: str, fact: Fact) -> Fact:
        """Return a fact that every clause reads as it reads this one."""
        sources = tuple(dict.fromkeys(map(self.source, fact.sources)))
        match fact:
            case Known(value):
                return Known(self.value(field, value), sources)
            case Unknown(reason):
                return Unknown(self.text(reason), sources)
        return fact._replace(sources=sources)


def redact_deployment(
    deployment: Deployment, redaction: Redaction, kept: frozenset[str], parties: frozenset[str] | None = None
) -> Redacted:
    """Return a deployment with only the fields `kept`, and everything in it replaced.

    With `parties`, contracts with others are left out too, and the list of contracts says that it is not complete.
    """
    left_out: Counter[str] = Counter(one.field for one in deployment.unattributed)
    left_out.update(name for name in deployment.facts if name not in kept)
    listings = {}
    for name, listing in deployment.listings.items():
        if name not in kept and not any(FIELDS[field].listing == name for field in kept if field in FIELDS):
            left_out.update([name] * len(listing.items))
            left_out.update(field for item in listing.items for field in item.facts)
            continue
        items = []
        for item in listing.items:
            party = getattr(item.fact("contracts.party"), "value", None)
            if name == "contracts" and parties is not None and party is not None and party not in parties:
                left_out.update([name, *item.facts])
                continue
            left_out.update(field for field in item.facts if field not in kept)
            items.append(_item(name, item, redaction, kept))
        listings[name] = _listing(listing, tuple(items), redaction)
    facts = {name: redaction.fact(name, fact) for name, fact in deployment.facts.items() if name in kept}
    return Redacted(deployment_of(redaction.text(deployment.name), facts, listings), dict(sorted(left_out.items())))


def _item(listing: str, item: Item, redaction: Redaction, kept: frozenset[str]) -> Item:
    facts = {name: redaction.fact(name, fact) for name, fact in item.facts.items() if name in kept}
    return Item(redaction.item(listing, item.name), facts, values_of(facts))


def _listing(listing: Listing, items: tuple[Item, ...], redaction: Redaction) -> Listing:
    sources = tuple(dict.fromkeys(map(redaction.source, listing.sources)))
    if len(items) < len(listing.items):
        return Listing(items, False, "what concerns other parties was left out for this recipient", sources)
    return Listing(items, listing.complete, redaction.text(listing.reason), sources)


_WORDS_OF_A_LOG = frozenset(
    re.findall(
        r"\S+",
        "what by party act outcome attribution related when until end role level digest issuer documents packs verdict as_of known",
    )
)
"""What a log says in words of its own; everything else in it may have been typed by people."""


def redact_event(event: Event, redaction: Redaction, acts: frozenset[str]) -> Event:
    """Return an event for somebody else: words of the log stay, texts are redacted. Its digest remains that of the original."""
    body = {name: _plain(name, value, redaction, acts) for name, value in event.body.items()}
    return event._replace(case=redaction.text(event.case), body=body)


def _plain(name: str, value: Any, redaction: Redaction, acts: frozenset[str]) -> Any:
    if name == "components":
        return [[redaction.text(one), redaction.value(one, other) if one in FIELDS else redaction.text(other)] for one, other in value]
    if name == "environment":
        named = {"name": redaction.different("environment", value["name"]), "deployment": redaction.text(value["deployment"])}
        return {**value, **named}
    if name == "effort":
        return redaction.different(name, value)
    if name in _WORDS_OF_A_LOG and not (name == "act" and value not in acts):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(key, one, redaction, acts) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, one, redaction, acts) for one in value]
    return redaction.text(value) if isinstance(value, str) else value


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in plain values, to look for names in."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_of(one)
