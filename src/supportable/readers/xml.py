"""XML bytes -> elements with line numbers, for the readers of XML formats; hostile documents are refused.

A document type declaration is refused, so there are no entities to expand and nothing external to fetch
(OWASP "XML External Entity Prevention"). Depth, element count and attribute count are limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

from supportable.errors import Place, UnreadableEvidence
from supportable.readers.reader import Evidence

DEPTH_MAX = 200
ELEMENTS_MAX = 2_000_000
# What expat reads itself; anything else would go through any codec Python has, `unicode_escape` among them.
_ENCODINGS = ("utf-8", "utf-16", "iso-8859-1", "us-ascii")
_DECLARED = re.compile(rb"""^[\s\xef\xbb\xbf]*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


class Element:
    """One element: `tag` without its namespace, attributes, children, direct text, and the line where it starts."""

    __slots__ = ("attributes", "children", "line", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""
        self.line = line

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.attributes.get(name, default)

    def child(self, tag: str) -> Element | None:
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, tag: str) -> Iterator[Element]:
        """Yield every descendant with this tag, in document order."""
        waiting = list(reversed(self.children))
        while waiting:
            element = waiting.pop()
            if element.tag == tag:
                yield element
            waiting.extend(reversed(element.children))

    def at(self, *path: str) -> Element | None:
        """Return the first element down this path of tags, or `None`."""
        here: Element | None = self
        for tag in path:
            here = here.child(tag) if here is not None else None
        return here


class _Refused(Exception):
    pass


def _foreign(head: bytes) -> str | None:
    declared = _DECLARED.match(head[:400])
    name = declared.group(1).decode().lower() if declared else "utf-8"
    return None if name in _ENCODINGS else name


def root_tag(head: bytes) -> str | None:
    """Return the tag of the document element if `head` opens an XML document, without parsing the rest.

    >>> root_tag(b'<?xml version="1.0"?><!-- a --><cib crm_feature_set="3.1">')
    'cib'
    """
    found: list[str] = []
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    parser = expat.ParserCreate(None if _foreign(head) is None else "iso-8859-1")

    def start(tag: str, _attributes: dict[str, str]) -> None:
        found.append(tag.rpartition(":")[2])
        raise _Refused

    parser.StartElementHandler = start
    try:
        parser.Parse(head, False)
    except (expat.ExpatError, _Refused, ValueError, LookupError):
        pass
    return found[0] if found else None


def read_xml(evidence: Evidence, encoding: str | None = None) -> Element:
    """Return the document element; raise `UnreadableEvidence` with the line for anything that is not plain, bounded XML."""
    foreign = _foreign(evidence.data) if encoding is None else None
    if foreign is not None:
        raise UnreadableEvidence(f"its encoding `{foreign}` is not read", Place(evidence.name, 1), "save the file as UTF-8")
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True
    root = Element("", {}, 0)
    stack = [root]
    texts: list[list[str]] = [[]]
    count = 0

    def refuse(what: str) -> None:
        raise _Refused(what)

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > DEPTH_MAX:
            refuse(f"elements are nested deeper than {DEPTH_MAX}")
        if count > ELEMENTS_MAX:
            refuse(f"there are more than {ELEMENTS_MAX} elements")
        element = Element(tag.rpartition(":")[2], attributes, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)
        texts.append([])

    def end(_tag: str) -> None:
        stack.pop().text = "".join(texts.pop())

    def text(data: str) -> None:
        texts[-1].append(data)

    def doctype(*_: object) -> None:
        refuse("it has a document type declaration, which is refused because it can define entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(evidence.data, True)
    except expat.ExpatError as error:
        raise UnreadableEvidence(
            f"it is not well-formed XML: {expat.ErrorString(error.code)}",
            Place(evidence.name, error.lineno, error.offset + 1),
            "collect the file again; it may be truncated or in another encoding",
        ) from None
    except _Refused as refused:
        raise UnreadableEvidence(str(refused), Place(evidence.name, parser.CurrentLineNumber), "export the file again without it") from None
    except (ValueError, LookupError) as error:
        raise UnreadableEvidence(f"its encoding cannot be read: {error}", Place(evidence.name), "save the file as UTF-8") from None
    return root.children[0]
