"""What the columns of an inventory look like -> a mapping to start from, as YAML with comments.

In: name, type and most frequent values of each column. Out: a text. What one would get wrong: it proposes only what names and
values show; a column that is not clear is listed as a comment with its values, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from supportable.core.deployment import redacted
from supportable.core.fields import FIELDS, Field
from supportable.core.mapping import NAME_OF_ITEM, NamesTable, fold, is_name_of_item, listing_of, own_value

_SHOWN_VALUES = 6
_SHOWN_LETTERS = 48
_KNOWN_SHARE = 0.2
"""From this share of its filled rows on, known values speak for a field; a column of free texts reaches it only by accident."""

_KEY_WORDS = ({"cluster", "id"}, {"deployment", "id"}, {"cluster", "key"}, {"deployment"}, {"ci", "id"}, {"id"}, {"key"}, {"cluster"})
_HOST_WORDS = (
    {"host"},
    {"hostname"},
    {"host", "name"},
    {"node"},
    {"node", "name"},
    {"server"},
    {"server", "name"},
    {"machine"},
    {"computer"},
)
_LABEL_WORDS = {"customer", "cust", "client", "tenant", "company", "owner", "site", "region", "country"}
_OWNERS = {"node", "host", "server", "machine", "product", "application", "app"}
_SHORT = {"sp": {"service", "pack"}, "cu": {"cumulative", "update"}}
_TRUTHS = {"true": "true", "yes": "true", "y": "true", "1": "true", "false": "false", "no": "false", "n": "false", "0": "false"}
_NUMBER = re.compile(r"(?<![0-9])([1-9][0-9]?)(?![0-9])")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_YAML_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n"}


class ColumnLook(NamedTuple):
    """What was seen of one column in the rows that were looked at: most frequent values first, empty cells apart."""

    name: str
    type: str
    values: tuple[tuple[str, int], ...]
    different: int
    filled: int
    rows: int


class _Proposal(NamedTuple):
    """A column, what it may give (`names: TABLE` or a field), and which item it is about."""

    look: ColumnLook
    table: str | None
    field: str | None
    item: int | None
    strange: tuple[tuple[str, int], ...]
    truths: tuple[str, ...] = ()

    @property
    def listing(self) -> str | None:
        return listing_of(self.field) if self.field is not None else None


def proposed_mapping(name: str, looks: Sequence[ColumnLook], tables: Mapping[str, NamesTable]) -> str:
    """Return a mapping to start from, as YAML text."""
    proposals = [_proposal(look, tables) for look in looks]
    key = _key(looks, proposals)
    spread = any(one is not None and one.item is not None for one in proposals)
    hosts = [one for one in proposals if one is not None and one.field == f"nodes.{NAME_OF_ITEM}" and one.item is None]
    rows = "node" if hosts and not spread else "deployment"
    labels = [look.name for look in looks if _words(look.name) & _LABEL_WORDS and look is not key]
    used: set[tuple[str | None, int | None]] = set()
    mapped, others = [], []
    for look, proposal in zip(looks, proposals, strict=True):
        if look is key or look.name in labels:
            continue
        fits = proposal is not None and (proposal.listing is None or rows == "node" or proposal.item is not None)
        place = (proposal.field or proposal.table, proposal.item) if proposal is not None else (None, None)
        if proposal is not None and fits and (proposal.table is not None or place not in used):
            used.add(place)
            mapped += _written(proposal, rows)
        else:
            others.append(_comment(look, proposal))
    head = [
        f"# A mapping to start from, made by looking at {max((look.rows for look in looks), default=0)} rows. Check every line.",
        f"mapping: {_key_text(name)}",
        f"rows: {rows}" + ("" if hosts or spread else "   # or `node`: one row a node"),
        f"key: {_key_text(key.name)}" + ("" if key.different == key.filled or rows == "node" else "   # several rows share a key")
        if key is not None
        else "# key: COLUMN   # the column that names the deployment: none looks like it",
    ]
    if rows == "node" or spread:
        head.append("# complete: {nodes: true}   # only if the rows name every node of a deployment; or {count: COLUMN}")
    if labels:
        head.append(f"labels: [{', '.join(map(_key_text, labels))}]")
    tail = ["# Not mapped, with their most frequent values:", *others] if others else []
    columns = "columns:" if mapped else "columns: {}   # no column was recognised"
    return "\n".join([*head, columns, *mapped, *tail]) + "\n"


def _proposal(look: ColumnLook, tables: Mapping[str, NamesTable]) -> _Proposal | None:
    if look.type not in ("text", "any") and ("list" in look.type or "struct" in look.type or look.type.endswith("[]")):
        return None
    number = _NUMBER.search(look.name.replace("_", " "))
    item = int(number[1]) if number is not None else None
    words = _words(look.name)
    if any(words == host or (item is not None and words == host | {"node"}) for host in _HOST_WORDS):
        return _Proposal(look, None, f"nodes.{NAME_OF_ITEM}", item, ())
    field = _named_field(words) or _named_field(words - _OWNERS)
    if field is not None and FIELDS[field].kind == "boolean" and look.values:
        words_of_truth = {fold(value) for value, _ in look.values}
        if words_of_truth <= _TRUTHS.keys() and len(words_of_truth) == 2:
            return _Proposal(look, None, field, item if listing_of(field) else None, (), tuple(sorted(words_of_truth)))
    if field is not None and FIELDS[field].kind in ("text", "version", "integer", "date", "boolean"):
        share, strange = _known(look, _own(FIELDS[field]))
        if share >= _KNOWN_SHARE or not look.filled:
            return _Proposal(look, None, field, item if listing_of(field) else None, strange)
    best: tuple[float, bool, _Proposal] | None = None
    for table in tables.values():
        in_table = _in_table(table)
        share, strange = _known(look, in_table)
        speaks = bool(words & _words(table.name.removesuffix("s"))) or any(words >= _words(one.rpartition(".")[2]) for one in table.fields)
        if share >= _KNOWN_SHARE and (speaks or _telling(look, table.fields, in_table)):
            listing = listing_of(table.fields[0])
            made = _Proposal(look, table.name, table.fields[0], item if listing else None, strange)
            best = max([best, (share, speaks, made)] if best else [(share, speaks, made)], key=lambda one: one[:2])
    for known in FIELDS.values():
        if known.kind != "name":
            continue
        own = _own(known)
        share, strange = _known(look, own)
        speaks = known.name == field
        if share >= _KNOWN_SHARE and (speaks or _telling(look, (known.name,), own)) and (best is None or (share, speaks) > best[:2]):
            best = (share, speaks, _Proposal(look, None, known.name, item if known.listing else None, strange))
    return best[2] if best is not None else None


def _in_table(table: NamesTable) -> Callable[[str], bool]:
    return lambda text: fold(text) in table.entries


def _own(field: Field) -> Callable[[str], bool]:
    return lambda text: own_value(field, text) is not None


def _telling(look: ColumnLook, given: Sequence[str], known: Callable[[str], bool]) -> bool:
    """Whether a known value is a word of no other field, so that the values speak without the name of the column."""
    others = [other for other in FIELDS.values() if other.kind == "name" and other.name not in given]
    ours = [value for value, _ in look.values if known(value) and not value.strip().isdigit()]
    return any(not any(own_value(other, value) is not None for other in others) for value in ours)


def _known(look: ColumnLook, test: Callable[[str], bool]) -> tuple[float, tuple[tuple[str, int], ...]]:
    """The share of rows, among those of frequent values, whose value passes; and the values that do not."""
    seen = sum(rows for _, rows in look.values)
    strange = tuple((value, rows) for value, rows in look.values if not test(value))
    return (1 - sum(rows for _, rows in strange) / seen if seen else 0.0), strange


def _named_field(words: set[str]) -> str | None:
    """The field whose name these words are: all of its parts, or all but the first."""
    for drop in (0, 1, 2):
        for name in FIELDS:
            parts = name.split(".")[drop:]
            if len(name.split(".")) > drop and words == {word for part in parts for word in part.split("_")}:
                return None if parts in (["name"], ["change"], ["until"], ["party"]) and drop else name
    return None


def _key(looks: Sequence[ColumnLook], proposals: Sequence[_Proposal | None]) -> ColumnLook | None:
    for wanted in _KEY_WORDS:
        for look, proposal in zip(looks, proposals, strict=True):
            if _words(look.name) == wanted and look.filled and not (proposal and is_name_of_item(proposal.field or "")):
                return look
    return next((look for look in looks if look.filled and look.different == look.filled), None)


def _words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    found = {word.lower() for word in re.findall(r"[A-Za-z]+", spaced)}
    return {part for word in found for part in _SHORT.get(word, {word})}


def _written(proposal: _Proposal, rows: str) -> list[str]:
    about = f", item: {proposal.item}" if proposal.item is not None and proposal.listing is not None and rows == "deployment" else ""
    if proposal.table is not None:
        value = f"{{names: {proposal.table}{about}}}"
    elif proposal.truths:
        values = ", ".join(f'"{word}": {_TRUTHS[word]}' for word in proposal.truths)
        value = f"{{field: {proposal.field}, values: {{{values}}}{about}}}"
    else:
        value = f"{{field: {proposal.field}{about}}}" if about else str(proposal.field)
    lines = [f"  {_key_text(proposal.look.name)}: {value}"]
    if proposal.strange:
        where = "add them below `names:`" if proposal.table is not None else "translate them with `values:`"
        lines.append(f"    # not known, {where}: {_shown(proposal.strange)}")
    return lines


def _comment(look: ColumnLook, proposal: _Proposal | None) -> str:
    hint = f" (as {proposal.table or proposal.field})" if proposal is not None else ""
    values = _shown(look.values) if look.values else "a list or structure" if look.filled else "empty"
    return f"  # {_key_text(look.name)}{hint}: {values}"


def _shown(values: Sequence[tuple[str, int]]) -> str:
    shown = [f"{_quoted(redacted(' '.join(value.split()))[:_SHOWN_LETTERS])} {rows}" for value, rows in values[:_SHOWN_VALUES]]
    return ", ".join(shown) + (", ..." if len(values) > _SHOWN_VALUES else "")


def _key_text(text: str) -> str:
    return text if _PLAIN_KEY.fullmatch(text) and text.lower() not in _YAML_WORDS else _quoted(text)


def _quoted(text: str) -> str:
    """Return a text in the double quotes of YAML: what does not print is escaped."""
    return '"' + "".join(f"\\{one}" if one in '"\\' else one if one.isprintable() else f"\\U{ord(one):08X}" for one in text) + '"'
