"""A deployment file (YAML or JSON), as a user writes it -> observations.

Every part is optional: what is not written is not observed, `none` says "known not to be there", and a list that is
written is complete unless `partial: true` stands in it. All problems of the file are reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from supportable.core.facts import ABSENT, Listed, Observation, Source
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.written import Items, Node, Scalar, Table
from supportable.errors import DeploymentFileError, Place, Problem, nearest
from supportable.marked import read_marked
from supportable.readers.reader import Evidence, Reader

_GROUPS = {name.rpartition(".")[0] for name in FIELDS} | {name.partition(".")[0] for name in FIELDS}
_TOP = "|".join(sorted({name.partition(".")[0] for name in FIELDS} | {"deployment"}))
# In YAML any key at the margin, in JSON the first key: other formats use the same words further in.
_TOP_KEY = re.compile(rf"""(?m)\A\s*\{{\s*["'](?:{_TOP})["']\s*:|^["']?(?:{_TOP})["']?\s*:(?:\s|$)""".encode())
_FIELDS_HINT = "All fields: `supportable facts --fields`"


def recognises(evidence: Evidence) -> bool:
    """Text with at least one top-level key of a deployment file."""
    head = evidence.head.removeprefix(b"\xef\xbb\xbf")
    return b"\0" not in head and not head.lstrip().startswith(b"<") and _TOP_KEY.search(head) is not None


def read(evidence: Evidence) -> list[Observation | Listed]:
    """Return the observations of one deployment file; raise `DeploymentFileError` with all problems."""
    tree, found = _parsed(evidence)
    problems = list(found)
    observations: list[Observation | Listed] = []
    if tree is not None and not isinstance(tree, Table):
        problems.append(Problem("a deployment file is a mapping", tree.place, "start with `deployment: NAME`"))
    elif tree is not None:
        observations = list(observe(tree, problems))
    if problems:
        raise DeploymentFileError(problems)
    return observations


def deployment_name(evidence: Evidence) -> str | None:
    """Return what `deployment:` names, `None` when it does not."""
    tree, _ = _parsed(evidence)
    name = tree.get("deployment") if isinstance(tree, Table) else None
    return name.text if isinstance(name, Scalar) else None


@lru_cache(maxsize=1)
def _parsed(evidence: Evidence) -> tuple[Node | None, tuple[Problem, ...]]:
    """Parse a file once for its name and its observations."""
    tree, problems = read_marked(evidence.data, evidence.name)
    return tree, tuple(problems)


def observe(tree: Table, problems: list[Problem]) -> Iterator[Observation | Listed]:
    """Yield what the tree of a deployment says; problems go into `problems`."""
    for key, node in tree.pairs:
        if key.text == "deployment":
            if not isinstance(node, Scalar) or not node.text:
                problems.append(Problem("`deployment` is a name", node.place, "write `deployment: NAME`"))
        elif key.text in LISTINGS:
            yield from _listing(key.text, node, problems)
        else:
            yield from _group(key, node, "", None, problems)


def _group(key: Scalar, node: Node, prefix: str, item: str | None, problems: list[Problem]) -> Iterator[Observation | Listed]:
    name = f"{prefix}{key.text}"
    field = FIELDS.get(name)
    if field is not None and field.listing is not None and item is None:
        hint = f"write it below an item: `{field.listing}:` and `- {{{name.partition('.')[2]}: ...}}`"
        problems.append(Problem(f"`{name}` belongs to each of the {field.listing}", key.place, hint))
    elif field is not None:
        if not isinstance(node, Scalar):
            problems.append(Problem(f"`{name}` takes one value", node.place, field.meaning))
            return
        try:
            value = ABSENT if node.text == "none" and node.quoted is False and field.none_is is None else field.parse(node.text)
        except ValueError as error:
            problems.append(
                Problem(
                    str(error),
                    node.place,
                    _nearest(node.text, field.values, f"values of `{name}`: {', '.join(field.values) or field.kind}"),
                )
            )
            return
        yield Observation(name, value, _source(node.place, name), item)
    elif name in _GROUPS:
        if isinstance(node, Scalar) and node.text == "none":
            for field_name in FIELDS:
                if field_name.startswith(name + "."):
                    yield Observation(field_name, ABSENT, _source(node.place, name), item)
        elif isinstance(node, Table):
            for child_key, child in node.pairs:
                yield from _group(child_key, child, name + ".", item, problems)
        else:
            problems.append(Problem(f"`{name}` is a group of fields", node.place, f"write its fields below it, or `{name}: none`"))
    else:
        near = [full[len(prefix) :].partition(".")[0] for full in FIELDS if full.startswith(prefix)]
        candidates = sorted({*near, *(() if prefix else (*LISTINGS, "deployment"))})
        problems.append(Problem(f"unknown field `{name}`", key.place, _nearest(key.text, candidates, _FIELDS_HINT, prefix)))


def _listing(listing: str, node: Node, problems: list[Problem]) -> Iterator[Observation | Listed]:
    complete = True
    items = node
    if isinstance(node, Table):
        partial, found = node.get("partial"), node.get("items")
        unknown = [key for key, _ in node.pairs if key.text not in ("partial", "items")]
        if unknown or not isinstance(found, Items) or not isinstance(partial, Scalar) or partial.text not in ("true", "false"):
            problems.append(
                Problem(
                    f"`{listing}` is a list, or `partial: true` with `items:`",
                    (unknown[0] if unknown else node).place,
                    f"write `{listing}:` and one `- name: ...` an item",
                )
            )
            return
        complete, items = partial.text == "false", found
    if isinstance(items, Scalar) and items.text in ("none", "[]"):
        yield Listed(listing, (), _source(items.place, listing))
        return
    if not isinstance(items, Items):
        problems.append(
            Problem(f"`{listing}` is a list", node.place, f"write `{listing}:` and one `- name: ...` an item, or `{listing}: none`")
        )
        return
    names: dict[str, Place] = {}
    for number, entry in enumerate(items.items, 1):
        if not isinstance(entry, Table):
            problems.append(Problem(f"an item of `{listing}` is a group of fields", entry.place, "write `- name: ...`"))
            continue
        given = entry.get("name")
        name = given.text if isinstance(given, Scalar) and given.text else f"{listing.removesuffix('s')} {number}"
        if name.casefold() in names:
            problems.append(
                Problem(f"`{name}` stands twice in `{listing}`", entry.place, f"it stands first at line {names[name.casefold()].line}")
            )
        names.setdefault(name.casefold(), entry.place)
        # An item is there even when nothing else is written of it.
        yield Observation(listing, name, _source(entry.place, listing), name)
        for key, child in entry.pairs:
            if key.text == "name":
                if not isinstance(child, Scalar) or not child.text:
                    problems.append(Problem("`name` is a word", child.place, "write `name: ...`"))
            else:
                yield from _group(key, child, listing + ".", name, problems)
    if complete:
        yield Listed(listing, tuple(entry_name for entry_name in _names(items, listing)), _source(items.place, listing))


def _names(items: Items, listing: str) -> Iterator[str]:
    for number, entry in enumerate(items.items, 1):
        given = entry.get("name") if isinstance(entry, Table) else None
        yield given.text if isinstance(given, Scalar) and given.text else f"{listing.removesuffix('s')} {number}"


def _nearest(text: str, candidates: tuple[str, ...] | list[str], otherwise: str, prefix: str = "") -> str:
    near = nearest(text, candidates)
    return f"did you mean `{prefix}{near}`? {otherwise}" if near else otherwise


def _source(place: Place, name: str) -> Source:
    return Source(place.file, place.line, name)


READER = Reader("deployment-file", "deployment file (YAML or JSON)", recognises, read)
