"""The text of a deployment file -> where it says which field of which item, and what it says in all.

In: a text and its name. Out: the spots of fields, groups and lists, and the meaning of the text as a plain table, so that two texts can be
compared. What one would get wrong: this does not check a deployment file (its reader does that); it only finds places in one that is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from supportable.core.deployment import item_key
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.errors import DeploymentFileError, Place, Problem
from supportable.marked import read_marked
from supportable.stores.written_places import BREAK, Spot, line_start, spots

GROUPS = {name.rpartition(".")[0] for name in FIELDS} | {name.partition(".")[0] for name in FIELDS}
_TOP = {name.partition(".")[0] for name in FIELDS} | {"deployment"} | set(LISTINGS)

Meaning = dict[tuple[str, str | None], list[Value | _Absent]]
"""What a file says of each field of each item, and of each listing: whether it is complete and the names of its items."""


class Said(NamedTuple):
    """Where a field is said: its key and value; `group` names the group that says `none` of all its fields."""

    field: str
    key: Spot
    value: Spot
    table: Spot
    group: str = ""


class Entry(NamedTuple):
    """One item of a list: its name, written or given by its number, and where it stands."""

    name: str
    spot: Spot
    named: bool


class List(NamedTuple):
    """A list of items: the key and value that hold the items, the mapping they stand in, and whether the list is complete."""

    key: Spot
    value: Spot
    table: Spot
    complete: bool
    entries: tuple[Entry, ...]


class Written(NamedTuple):
    """A deployment file as text and spots; `json` where every word has to be in double quotes."""

    text: str
    file: str
    root: Spot
    json: bool

    def place(self, spot: Spot) -> Place:
        """Return where a spot stands, for people."""
        column = spot.start - line_start(self.text, spot.start) + 1
        return Place(self.file, 1 + len(BREAK.findall(self.text, 0, spot.start)), column)

    def refuse(self, message: str, spot: Spot | None, hint: str) -> NoReturn:
        """Raise the error for something in this file."""
        raise DeploymentFileError([Problem(message, self.place(spot) if spot is not None else Place(self.file), hint)])

    def list_of(self, listing: str) -> List | None:
        """Return the list of a listing, `None` where the file has none."""
        found = next(((key, value) for key, value in self.root.pairs if key.text == listing), None)
        if found is None:
            return None
        key, value = found
        table, complete = self.root, True
        if value.kind == "table":
            inner = {name.text: (name, one) for name, one in value.pairs}
            if "items" not in inner or inner["items"][1].kind != "items":
                self.refuse(
                    f"`{listing}` is a list, or `partial: true` with `items:`", value, f"write `{listing}:` and one `- name: ...` an item"
                )
            complete = "partial" in inner and inner["partial"][1].text == "false"
            table, (key, value) = value, inner["items"]
        if value.kind == "scalar" and value.text not in ("none", "[]"):
            self.refuse(f"`{listing}` is a list", value, f"write `{listing}:` and one `- name: ...` an item, or `{listing}: none`")
        return List(key, value, table, complete, tuple(self._entries(listing, value)))

    def _entries(self, listing: str, value: Spot) -> Iterator[Entry]:
        for number, one in enumerate(value.below, 1):
            if one.kind != "table":
                self.refuse(f"an item of `{listing}` is a group of fields", one, "write `- name: ...`")
            given = next((given.text for key, given in one.pairs if key.text == "name" and given.kind == "scalar"), "")
            yield Entry(given or f"{listing.removesuffix('s')} {number}", one, bool(given))

    def entry(self, listing: str, item: str) -> Entry:
        """Return the item of that name; two that are one machine are as wrong as none."""
        found_list = self.list_of(listing)
        entries = found_list.entries if found_list else ()
        found = [one for one in entries if item_key(listing, one.name) == item_key(listing, item)]
        if not found:
            names = ", ".join(f"`{one.name}`" for one in entries)
            self.refuse(
                f"`{item}` is not in `{listing}`",
                found_list.value if found_list else None,
                f"the file names {names or 'none'}; add it, or name one",
            )
        if len(found) > 1:
            self.refuse(
                f"`{found[0].name}` and `{found[1].name}` in `{listing}` are the same",
                found[1].spot,
                f"the first is at line {self.place(found[0].spot).line}; make one item of them",
            )
        return found[0]

    def meaning(self) -> Meaning:
        """Return what the file says."""
        made: Meaning = {}
        for said in fields_of(self.root, ""):
            made.setdefault((said.field, None), []).append(value_of(said))
        for listing in LISTINGS:
            if (found := self.list_of(listing)) is None:
                continue
            made[listing, None] = [found.complete, *(one.name for one in found.entries)]
            for entry in found.entries:
                for said in fields_of(entry.spot, f"{listing}."):
                    made.setdefault((said.field, item_key(listing, entry.name)), []).append(value_of(said))
        made["deployment", None] = [value.text for key, value in self.root.pairs if key.text == "deployment"]
        return made


def opened(text: str, file: str) -> Written:
    """Return a text as a deployment file; raise `DeploymentFileError` where it cannot be one."""
    tree, problems = read_marked(text, file)
    if problems:
        raise DeploymentFileError(problems)
    written = Written(text, file, spots(text), False) if tree is not None else None
    if written is None or written.root.kind != "table" or not any(key.text.partition(".")[0] in _TOP for key, _ in written.root.pairs):
        raise DeploymentFileError(
            [Problem("not a deployment file", Place(file), "start with `deployment: NAME`; fields: `supportable facts --fields`")]
        )
    return written._replace(json=written.root.flow and all(key.style == '"' for key, _ in written.root.pairs))


def tables_of(table: Spot, prefix: str) -> Iterator[tuple[str, Spot]]:
    """Yield the mapping and all groups below it, each with the beginning of the names of its fields."""
    yield prefix, table
    for key, value in table.pairs:
        name = prefix + key.text
        if value.kind == "table" and name in GROUPS and name not in FIELDS and name not in LISTINGS:
            yield from tables_of(value, name + ".")


def fields_of(table: Spot, prefix: str) -> Iterator[Said]:
    """Yield every field that a mapping says, those of a group that is `none` one by one."""
    for key, value in table.pairs:
        name = prefix + key.text
        if name in FIELDS:
            yield Said(name, key, value, table)
        elif name in GROUPS and name not in LISTINGS:
            if value.is_none:
                yield from (Said(field, key, value, table, name) for field in FIELDS if field.startswith(name + "."))
            elif value.kind == "table":
                yield from fields_of(value, name + ".")


def value_of(said: Said) -> Value | _Absent:
    """Return the value that is said, as the reader of deployment files reads it; the text of one that is none of the field's."""
    try:
        return ABSENT if said.group else FIELDS[said.field].parse(said.value.text)
    except ValueError:
        return said.value.text
