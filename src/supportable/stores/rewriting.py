"""A deployment file and changes -> the file with these changes, in which every byte that need not change is as it was.

In: the text of a deployment file, changes of fields and items. Out: the new text, and the difference. The text is edited in place, because
ruamel.yaml 0.19 gave back only 4 of 14 odd files unchanged (it lost line ends, a byte order mark, markers, and the blanks of flow style).
What one would get wrong: without its name an item is called by its number, so items behind a removed one are given theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from supportable.core.deployment import item_key
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.errors import DeploymentFileError, UsageError, unknown_word
from supportable.stores.placing import emptied, into_group, into_list, put, replaced, taken_out
from supportable.stores.written_deployment import Meaning, Said, Written, fields_of, opened, tables_of, value_of
from supportable.stores.written_places import Edit, Spot, comments, edited
from supportable.stores.written_values import Made, literal, writable


class Act(Enum):
    """What becomes of an item of a listing as a whole."""

    ADDED = "added"
    REMOVED = "removed"


ADDED, REMOVED = Act.ADDED, Act.REMOVED


class Change(NamedTuple):
    """One change: a field (of an item) and its new value, or a listing, an item and what becomes of it.

    An item that is added has its fields by further changes.
    """

    field: str
    item: str | None
    value: Value | _Absent | Act


_BY_HAND = "the changes cannot be written into this file without changing something else of it"
_Wanted = dict[tuple[str, str | None], Value | _Absent]


def rewritten(text: str, file: str, changes: Sequence[Change]) -> str:
    """Return the text of a deployment file with the changes.

    >>> print(rewritten("cluster: {service: mscs}  # since 2003\\n", "d.yaml", [Change("cluster.version", None, "5.2")]), end="")
    cluster: {service: mscs, version: "5.2"}  # since 2003
    """
    written = opened(text, file)
    _refuse_unfit(changes)
    wanted = {_key(one.field, one.item): one.value for one in changes if not isinstance(one.value, Act)}
    made = written
    # Items are added first and removed last: a list that is never empty on the way keeps its style.
    for kind in (ADDED, None, REMOVED):
        for one in changes:
            if kind is (one.value if isinstance(one.value, Act) else None):
                made = _next(made, edited(made.text, _edits(made, one, wanted)))
    lost = Counter(comments(text)) - Counter(comments(made.text))
    if lost or made.meaning() != _expected(written.meaning(), changes):
        written.refuse(_BY_HAND, None, "make the changes by hand")
    return made.text


def difference(old: str, new: str, file: str, colour: bool = False) -> str:
    """Return what differs between two texts of a file as a unified diff, empty where nothing does.

    >>> print(difference("a\\n", "a\\nb", "d.yaml"))
    --- d.yaml
    +++ d.yaml
    @@ -1 +1,2 @@
     a
    +b
    \\ No newline at end of file
    <BLANKLINE>
    """
    # Imported here because only a difference needs it, and the command must start fast.
    from difflib import unified_diff

    codes = {"---": "1", "+++": "1", "@@ ": "36"}
    lines = []
    for number, line in enumerate(unified_diff(_lines(old), _lines(new), file, file)):
        body = line.rstrip("\r\n")
        code = codes.get(line[:3], "") if number < 2 or line[:1] == "@" else {"+": "32", "-": "31"}.get(line[:1], "")
        lines.append(f"\x1b[{code}m{body}\x1b[0m{line[len(body) :]}" if colour and code else line)
        if not line.endswith("\n"):
            lines.append("\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    # `str.splitlines` also splits at what stands inside a line for everybody else.
    return [line + "\n" for line in text.split("\n")[:-1]] + ([last] if (last := text.rpartition("\n")[2]) else [])


def _next(before: Written, text: str) -> Written:
    try:
        return opened(text, before.file) if text != before.text else before
    except DeploymentFileError:
        before.refuse(_BY_HAND, None, "make the changes by hand")


def _key(field: str, item: str | None) -> tuple[str, str | None]:
    return field, None if item is None else item_key(field.partition(".")[0], item)


def _refuse_unfit(changes: Sequence[Change]) -> None:
    """Raise `UsageError` for changes that no deployment file could say, or that contradict each other."""
    seen: dict[tuple[str, str | None], Change] = {}
    gone = {_key(one.field, one.item) for one in changes if one.value is REMOVED}
    for one in changes:
        shown = f"`{one.field}`" + (f" of `{one.item}`" if one.item is not None else "")
        if isinstance(one.value, Act):
            if one.field not in LISTINGS:
                raise unknown_word(one.field, LISTINGS, "listing")
            if not one.item or (one.value is ADDED and not one.item.isprintable()):
                raise UsageError(f"an item of `{one.field}` has a name", None, f"name the item that is {one.value.value}")
        else:
            _refuse_field(one, one.value, shown)
            if one.item is not None and (listing := FIELDS[one.field].listing) and _key(listing, one.item) in gone:
                raise UsageError(f"{shown} is changed, and `{one.item}` removed", None, "keep one of the two changes")
        first = seen.setdefault(_key(one.field, one.item), one)
        if first is not one and (isinstance(one.value, Act) or not _same(first.value, one.value)):
            raise UsageError(f"{shown} is changed twice", None, "keep one of the two changes")


def _refuse_field(change: Change, value: Value | _Absent, shown: str) -> None:
    field = FIELDS.get(change.field)
    if field is None:
        raise (
            unknown_word(change.field, FIELDS, "field")
            if change.field not in LISTINGS
            else UsageError(f"{shown} is a list, not a field", None, "say which item is added or removed")
        )
    if field.listing is not None and change.item is None:
        raise UsageError(f"{shown} belongs to each of the {field.listing}", None, f"name one of the {field.listing}")
    if field.listing is None and change.item is not None:
        raise UsageError(f"{shown} belongs to the whole deployment", None, "name no item")
    if not writable(change.field, value):
        told = "none" if value is ABSENT else str(value)
        raise UsageError(f"{shown} cannot be `{told}` in a deployment file", None, f"it takes {', '.join(field.values) or field.kind}")


def _same(one: object, other: object) -> bool:
    # 1 is not `true`, though Python has it so.
    return type(one) is type(other) and one == other


def _edits(written: Written, change: Change, wanted: _Wanted) -> list[Edit]:
    if change.value is ADDED:
        return _adding(written, change.field, change.item or "")
    if change.value is REMOVED:
        return _removing(written, change.field, change.item or "")
    assert not isinstance(change.value, Act), "both acts are told apart above"
    return _setting(written, change, change.value, wanted)


def _setting(written: Written, change: Change, value: Value | _Absent, wanted: _Wanted) -> list[Edit]:
    """Return the edits that give a field its value."""
    listing = FIELDS[change.field].listing
    home = written.root if listing is None else written.entry(listing, change.item or "").spot
    prefix = f"{listing}." if listing else ""
    found = [said for said in fields_of(home, prefix) if said.field == change.field]
    if len(found) > 1:
        first = written.place(found[0].key).line
        written.refuse(f"`{change.field}` is said twice", found[1].key, f"it stands first at line {first}; keep one of them")
    if not found:
        return _inserting(written, home, prefix, change.field, value)
    said = found[0]
    if said.value.kind != "scalar":
        written.refuse(f"`{change.field}` takes one value", said.value, FIELDS[change.field].meaning)
    was = value_of(said)
    if _same(was, value):
        return []
    if said.group:
        return into_group(written, said, _group_of(written, said, change, wanted))
    return replaced(written, said.value, value)


def _group_of(written: Written, said: Said, change: Change, wanted: _Wanted) -> Mapping[str, str]:
    """Return every field of a group that was `none` as a whole, with the values that are wanted."""
    made = {}
    for field in FIELDS:
        if field.startswith(said.group + "."):
            value = wanted.get(_key(field, change.item), ABSENT)
            if not writable(field, value):
                written.refuse(
                    f"`{said.group}` is `none` as a whole, and beside other fields `none` of `{field}` means {FIELDS[field].none_is}",
                    said.value,
                    f"write the fields of `{said.group}` below it, or change `{field}` too",
                )
            made[field.removeprefix(said.group + ".")] = literal(value, json=written.json)
    return made


def _inserting(written: Written, home: Spot, prefix: str, field: str, value: Value | _Absent) -> list[Edit]:
    """Return the edits that put in a field of which the file says nothing: into its group, beside its like, or as a new group."""
    within, table = max((one for one in tables_of(home, prefix) if field.startswith(one[0])), key=lambda one: len(one[0]))
    rest = field.removeprefix(within)
    text = literal(value, json=written.json)
    group = rest.rpartition(".")[0]
    alike = [pair for pair in table.pairs if group and pair[0].text.startswith(group + ".")]
    if not group or alike:
        return put(written, table, rest, text, alike[-1] if alike else None)
    head, *below = rest.split(".")
    made: Made = text
    for part in reversed(below):
        made = {part: made}
    return put(written, table, head, made)


def _adding(written: Written, listing: str, item: str) -> list[Edit]:
    found = written.list_of(listing)
    name = literal(item, plain=not written.json, json=written.json)
    if found is None:
        # A list that is written is complete, and nobody has said that this is the only item.
        return put(written, written.root, listing, {"partial": literal(True), "items": [{"name": name}]})
    for entry in found.entries:
        if item_key(listing, entry.name) == item_key(listing, item):
            written.refuse(f"`{entry.name}` is in `{listing}` already", entry.spot, "change its fields, or add an item of another name")
    return into_list(written, found, {"name": name})


def _removing(written: Written, listing: str, item: str) -> list[Edit]:
    gone = written.entry(listing, item)
    found = written.list_of(listing)
    assert found is not None, "an item stands in a list"
    number = found.entries.index(gone)
    edits = taken_out(written, found, number)
    if len(found.entries) == 1:
        return [*edits, *emptied(written, found)]
    for later in found.entries[number + 1 :]:
        if not later.named:
            edits += put(written, later.spot, "name", literal(later.name, plain=not written.json, json=written.json), first=True)
    return edits


def _expected(old: Meaning, changes: Sequence[Change]) -> Meaning:
    """Return what a file has to say after the changes."""
    made = dict(old)
    for one in changes:
        if not isinstance(one.value, Act):
            made[_key(one.field, one.item)] = [one.value]
        elif one.value is ADDED:
            made[one.field, None] = [*made.get((one.field, None), [False]), one.item or ""]
    for one in changes:
        if one.value is REMOVED:
            made = dict(_without(made, one.field, _key(one.field, one.item)[1]))
    return made


def _without(old: Meaning, listing: str, key: str | None) -> Iterator[tuple[tuple[str, str | None], list[Value | _Absent]]]:
    for (field, item), values in old.items():
        if field == listing:
            yield (field, item), [values[0], *(name for name in values[1:] if item_key(listing, str(name)) != key)]
        elif item != key or not field.startswith(f"{listing}."):
            yield (field, item), values
