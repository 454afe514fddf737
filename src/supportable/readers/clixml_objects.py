"""PowerShell CLIXML (Export-Clixml) bytes -> objects with properties, type names and line numbers.

In: a document whose root is `Objs`. Out: its top-level objects as views on the XML; a back reference (`Ref`, `TNRef`)
is resolved only when asked for, so an object that contains itself costs nothing. Serialized .NET blobs (`BA`) and
secure strings (`SS`) are never decoded. A property that is `Nil` was looked at and is empty; one that is not there was
not looked at: `get` returns an object for the first and `None` for the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from supportable.errors import Place, UnreadableEvidence
from supportable.readers.reader import Evidence
from supportable.readers.xml import Element, read_xml

_ESCAPES = re.compile(r"(?:_x[0-9A-Fa-f]{4}_)+")
_PREFIX = re.compile(r"(?:Deserialized\.|Selected\.)*")
_LISTS = ("LST", "IE", "STK", "QUE")
_OPAQUE = ("BA", "SS", "Nil")
_NUMBERS = ("I16", "I32", "I64", "U16", "U32", "U64", "By", "SB")


@dataclass(frozen=True, slots=True)
class _Document:
    file: str
    objects: dict[str, Element]
    types: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Thing:
    """One value of the export: an object, a string, a number or `Nil`."""

    element: Element
    document: _Document

    @property
    def file(self) -> str:
        return self.document.file

    @property
    def line(self) -> int:
        return self.element.line

    @property
    def is_nil(self) -> bool:
        return self.element.tag == "Nil"

    @property
    def is_string(self) -> bool:
        return self.element.tag == "S"

    @property
    def types(self) -> tuple[str, ...]:
        """Type names, most special first, without the `Deserialized.` and `Selected.` that a remote call or a selection adds."""
        for child in self.element.children:
            if child.tag == "TN":
                return _type_names(child)
            if child.tag == "TNRef":
                return self.document.types.get(child.get("RefId") or "", ())
        return ()

    @property
    def text(self) -> str | None:
        """What PowerShell shows for this value: the string, the number, the name of the enumeration value."""
        element: Element | None = self.element
        if element is not None and element.tag == "Obj":
            element = element.child("ToString")
        if element is None or element.tag in _OPAQUE:
            return None
        return unescaped(element.text)

    @property
    def number(self) -> int | None:
        """The whole number this value is or, for a value of an enumeration, stands for."""
        element = self.element
        if element.tag == "Obj":
            element = next((child for child in element.children if child.tag in _NUMBERS), element)
        text = element.text.strip()
        if element.tag in (*_NUMBERS, "S") and re.fullmatch(r"-?[0-9]{1,20}", text):
            return int(text)
        return None

    @property
    def truth(self) -> bool | None:
        """The boolean this value is, `None` for anything else."""
        return {"true": True, "false": False}.get(self.element.text) if self.element.tag == "B" else None

    def get(self, name: str) -> Thing | None:
        """Return the property (`Props`, then `MS`) or dictionary entry of this name, `None` if there is none; case does not matter."""
        folded = name.casefold()
        for box in self.element.children:
            if box.tag in ("Props", "MS"):
                for child in box.children:
                    if (child.get("N") or "").casefold() == folded:
                        return self._resolved(child)
            elif box.tag == "DCT":
                for entry in box.children:
                    named = {child.get("N"): child for child in entry.children}
                    if "Key" in named and "Value" in named and named["Key"].text.casefold() == folded:
                        return self._resolved(named["Value"])
        return None

    def at(self, *path: str) -> Thing | None:
        """Return what stands down this path of properties, `None` if one of them is missing."""
        here: Thing | None = self
        for name in path:
            here = here.get(name) if here is not None else None
        return here

    def items(self) -> Iterator[Thing]:
        """Yield the members of a list, nothing for any other value."""
        for box in self.element.children:
            if box.tag in _LISTS:
                for child in box.children:
                    found = self._resolved(child)
                    if found is not None:
                        yield found

    def _resolved(self, element: Element) -> Thing | None:
        if element.tag == "Ref":
            target = self.document.objects.get(element.get("RefId") or "")
            return None if target is None else Thing(target, self.document)
        return Thing(element, self.document)


def read_clixml(evidence: Evidence) -> tuple[Thing, ...]:
    """Return the top-level values of an export; raise `UnreadableEvidence` for anything that is not one."""
    root = read_xml(evidence)
    if root.tag != "Objs":
        raise UnreadableEvidence(
            f"it is not a PowerShell export: its root is `{root.tag[:40]}`, not `Objs`",
            Place(evidence.name, root.line),
            "export it with `Export-Clixml`",
        )
    document = _Document(evidence.name, {}, {})
    waiting = list(reversed(root.children))
    while waiting:
        element = waiting.pop()
        identity = element.get("RefId")
        if identity is not None and element.tag == "Obj":
            if identity in document.objects:
                # A second object of the same number would make every reference to it a guess.
                raise UnreadableEvidence(
                    f"two objects have the same RefId `{identity[:20]}`",
                    Place(evidence.name, element.line),
                    "export it again; it may be two files in one",
                )
            document.objects[identity] = element
        elif identity is not None and element.tag == "TN":
            document.types[identity] = _type_names(element)
        waiting.extend(reversed(element.children))
    return tuple(Thing(child, document) for child in root.children)


def unescaped(text: str) -> str:
    """Return `text` with CLIXML's escapes (`_x000D_`) replaced by the characters they stand for.

    >>> unescaped("a_x000D__x000A_b")
    'a\\r\\nb'
    """

    def characters(found: re.Match[str]) -> str:
        units = bytes.fromhex("".join(re.findall("_x(....)_", found[0])))
        return units.decode("utf-16-be", "replace")

    return _ESCAPES.sub(characters, text)


def _type_names(element: Element) -> tuple[str, ...]:
    return tuple(_PREFIX.sub("", child.text.strip(), count=1) for child in element.children if child.tag == "T")
