"""Values of fields -> the text that stands for them in a deployment file, in the style of what is around it.

In: a value, and the style of the scalar it replaces. Out: its text, and structures of such texts in block or flow style. What one would get
wrong: in JSON a word needs quotes, and a control character or line end needs an escape in every style.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Union

from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS

Made = Union[str, "Mapping[str, Made]", "Sequence[Made]"]
"""Something to be put into a file: scalars are texts that are ready to be written."""

_WORD = re.compile(r"[a-z][a-z0-9-]*")
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/()+-]|[ ](?=[A-Za-z0-9(]))*")
"""Texts that stand without quotes in every style; those that stand so but are not here get quotes, which is never wrong."""
_WORDS = {"yes", "no", "on", "off", "true", "false", "none", "null", "y", "n"}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|true|false")
_ESCAPED = re.compile('[\x00-\x1f"\\\\\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')


def literal(value: Value | _Absent, style: str = "", plain: bool = False, json: bool = False) -> str:
    """Return the text of a value; `style` and `plain` say how the value was written that it replaces, if it replaces one.

    >>> [literal("2007"), literal("2007", plain=True), literal("it's", "'"), literal(True, json=True), literal(ABSENT, json=True)]
    ['"2007"', '2007', "'it''s'", 'true', '"none"']
    """
    if value is ABSENT:
        return '"none"' if json else "none"
    # JSON and YAML 1.1 write truth values in small letters.
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if style == '"' or (json and (isinstance(value, str) and not (plain and _NUMBER.fullmatch(text)))):
        return quoted(text)
    if style == "'" and not re.search("[\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]", text):
        return "'" + text.replace("'", "''") + "'"
    if not isinstance(value, str) or (_WORD.fullmatch(text) and text not in _WORDS) or (plain and _PLAIN.fullmatch(text)):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """Return a text in double quotes, as both JSON and YAML read it."""
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + _ESCAPED.sub(lambda match: short.get(match.group()) or f"\\u{ord(match.group()):04x}", text) + '"'


def writable(field: str, value: Value | _Absent) -> bool:
    """Return whether a deployment file can say that a field has this value.

    >>> [writable("workload.service_pack", 2), writable("workload.service_pack", ABSENT), writable("cluster.service", "none")]
    [True, False, False]
    """
    kind = FIELDS[field]
    if value is ABSENT:
        return kind.none_is is None
    try:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        # A lone surrogate is no text that a file could hold.
        text.encode()
        read = kind.parse(text)
    except ValueError:
        return False
    return type(read) is type(value) and read == value


def in_flow(made: Made, quote: bool) -> str:
    """Return something in flow style.

    >>> in_flow({"partial": "true", "items": [{"name": "a"}]}, False)
    '{partial: true, items: [{name: a}]}'
    """
    if isinstance(made, str):
        return made
    if isinstance(made, Mapping):
        return "{" + ", ".join(f"{key_text(key, quote)}: {in_flow(one, quote)}" for key, one in made.items()) + "}"
    return "[" + ", ".join(in_flow(one, quote) for one in made) + "]"


def in_block(key: str, made: Made, quote: bool, indent: str = "  ") -> list[str]:
    """Return the lines of a key and what it has, in block style.

    >>> in_block("nodes", [{"name": "a", "os": {"release": "rhel-9"}}], False)
    ['nodes:', '  - name: a', '    os:', '      release: rhel-9']
    """
    head = f"{key_text(key, quote)}:"
    if isinstance(made, str):
        return [f"{head} {made}"]
    if isinstance(made, Mapping):
        return [head, *(indent + line for name, one in made.items() for line in in_block(name, one, quote, indent))]
    return [head, *(indent + line for one in made if isinstance(one, Mapping) for line in block_item(one, quote, "- ", indent))]


def block_item(item: Mapping[str, Made], quote: bool, dash: str, indent: str) -> list[str]:
    """Return the lines of one item of a list in block style; `dash` is the dash with the blanks after it."""
    lines = [line for name, one in item.items() for line in in_block(name, one, quote, indent)]
    return [(" " * len(dash) if number else dash) + line for number, line in enumerate(lines)]


def key_text(key: str, quote: bool) -> str:
    """Return a key as it is written; a name of a field needs no quotes but in JSON."""
    return f'"{key}"' if quote else key
