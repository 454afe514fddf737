"""Bytes of a command or file -> the same without passwords, keys, tokens, logins and mail addresses, and how many were taken out.

In: what is about to go into a bundle. Out: bytes with as many lines. Only values go, never their names, so that what a reader looks for is
where it was. What one would get wrong: `token` is also the name of corosync's time-out, which is a fact and no secret.
"""

from __future__ import annotations

import re

SECRET = "[secret]"  # noqa: S105 - what stands where a secret was
ADDRESS = "[mail address]"

_WORDS = (
    r"pass(?:word|wd|phrase|code)|pwd|pword|secret|token|communit(?:y|ies)|credential|login|authkey"
    r"|(?:api|access|private|priv|auth|secret|ssh|shared|encryption|host)[ _.-]?key"
)
# Whole names, alone or after an underscore or dot: `user`, `snmp_user`, but not `users_max`.
_WHOLE = r"(?:^|[_.-])(?:user(?:name)?|pass|key|pin)$"
_NAMES_SECRET = re.compile(rf"(?i){_WORDS}|{_WHOLE}")

_TAG = re.compile(r"<[A-Za-z][\w:.-]*(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))+\s*/?>")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)(\s*=\s*)("[^"]*"|'[^']*')""")
_ELEMENT = re.compile(r"<([A-Za-z][\w.-]*)((?:\s[^<>]*)?)>([^<>]+)</\1\s*>")
# A name and what parts it from its value: `name = `, `"name": `, `name (u32) = `, or an option of a command. Names are looked at whole and
# once (possessive), so that a blob of letters costs no more than its length.
_NAMED = re.compile(
    r"""(?<![\w.-])(?:(?P<name>[\w.-]++)["']?[ \t]{0,20}(?:\([a-z0-9]{1,10}\)[ \t]{0,20})?(?:=>?|:)[ \t]{0,20}"""
    r"""|(?P<option>--?[\w.-]++)[ \t]{1,20}(?!-))"""
)
# What has no quotes ends at a space or an end tag; a quote that is not closed makes the rest of the line the value.
_BEHIND = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[\"'][^\n]*|(?:(?!</)\S)+")
_BLOCK = re.compile(r"(?P<name>\b(?:UserNames|Users))(?P<mark>\s*=\s*\{)(?P<value>[^{}]*)(?=\})")
_PEM = re.compile(r"-----BEGIN [^-\n]*(?:KEY|CERTIFICATE)[^-\n]*-----.*?(?:-----END [^-\n]*-----|\Z)", re.DOTALL)
_KNOWN = re.compile(r"(?i:\bbearer\s+)[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\bAKIA[0-9A-Z]{12,}\b")
_IN_URL = re.compile(r"(?<=://)[^/\s:@\"'<>]+:[^/\s@\"'<>]+(?=@)")
# The part before the @ of a systemd template looks like an account: `postgresql@14-main.service`.
_MAIL = re.compile(r"[\w.+-]{1,64}@(?![\w.-]*\.(?:service|socket|target|timer|mount|scope|slice|path)\b)[\w-]+(?:\.[\w-]+)+")
# corosync.conf writes `token: 3000`, corosync-cmapctl `totem.token (u32) = 3000`: corosync.conf(5), cmap_keys(7).
_TIME_OUT = re.compile(r"(?m)^[ \t]*token(?:_\w+)?[ \t]*:[ \t]*\d{1,9}[ \t]*$|^[\w.]*\btotem\.[\w.]+ \([ui]\d+\) = \d+$")


def redact(data: bytes) -> tuple[bytes, int]:
    """Return the bytes without secrets, and how many were taken out.

    >>> redact(b'<nvpair name="passwd" value="Sommer12"/>')
    (b'<nvpair name="passwd" value="[secret]"/>', 1)
    >>> redact(b"  token: 3000")
    (b'  token: 3000', 0)
    """
    taker = _Taker()
    text = data.decode("utf-8", "surrogateescape")
    for pattern, take in (
        (_PEM, taker.whole),
        (_IN_URL, taker.whole),
        (_KNOWN, taker.whole),
        (_BLOCK, taker.value),
        (_TAG, taker.tag),
        (_ELEMENT, taker.element),
    ):
        text = pattern.sub(take, text)
    text = _outside(text, taker)
    text = _MAIL.sub(taker.mail, text)
    return text.encode("utf-8", "surrogateescape"), taker.count


def _outside(text: str, taker: _Taker) -> str:
    """Take the values of pairs and options, but leave corosync's time-outs and what is a tag: attributes were looked at one by one."""
    kept = sorted([*_TIME_OUT.finditer(text), *_TAG.finditer(text)], key=re.Match.start)
    parts: list[str] = []
    at = 0
    for found in kept:
        if found.start() >= at:
            parts += [_pairs(text[at : found.start()], taker), found[0]]
            at = found.end()
    return "".join([*parts, _pairs(text[at:], taker)])


def _pairs(text: str, taker: _Taker) -> str:
    """Take the values that stand behind names, and behind options of commands."""
    parts: list[str] = []
    at, found = 0, _NAMED.search(text)
    while found is not None:
        after = found.end()
        if _NAMES_SECRET.search(found["name"] or found["option"]) and (value := _BEHIND.match(text, after)):
            parts += [text[at:after], taker.taken(value[0])]
            at = after = value.end()
        found = _NAMED.search(text, after)
    return "".join([*parts, text[at:]])


class _Taker:
    """Replaces what patterns find, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def taken(self, original: str) -> str:
        """Return what stands for a secret: in its quotes, and on as many lines."""
        plain = original.strip("\"'").strip()
        # A bracket opens a list, whose pairs are looked at one by one.
        if plain in ("", SECRET, ADDRESS, "{", "[", "("):
            return original
        self.count += 1
        if original.endswith(")") and "(" not in original:
            return f"{SECRET})"
        quote = original[0] if original[0] in "\"'" and original[-1:] == original[0] else ""
        return f"{quote}{SECRET}{quote}" + "\n" * original.count("\n")

    def whole(self, found: re.Match[str]) -> str:
        return self.taken(found[0])

    def value(self, found: re.Match[str]) -> str:
        return f"{found['name']}{found['mark']}{self.taken(found['value'])}"

    def mail(self, _found: re.Match[str]) -> str:
        self.count += 1
        return ADDRESS

    def element(self, found: re.Match[str]) -> str:
        if not _NAMES_SECRET.search(found[1]):
            return found[0]
        return f"<{found[1]}{found[2]}>{self.taken(found[3])}</{found[1]}>"

    def tag(self, found: re.Match[str]) -> str:
        """Take the `value` of a pair whose `name` names a secret, and attributes that name one themselves."""
        tag = found[0]
        attributes = {name: text[1:-1] for name, _, text in _ATTRIBUTE.findall(tag)}
        named = _NAMES_SECRET.search(attributes.get("name", "")) is not None
        # <totem token="10000"/> of cman is corosync's time-out: cluster.conf(5).
        spared = ("token", "id", "name") if tag.startswith("<totem") else ("id", "name")

        def one(attribute: re.Match[str]) -> str:
            name, mark, text = attribute.groups()
            secret = (named and name == "value") or (name not in spared and _NAMES_SECRET.search(name) is not None)
            if secret:
                return f"{name}{mark}{self.taken(text)}"
            # Mount options and command lines are values that hold pairs themselves.
            return str(attribute[0]) if name in ("id", "name") else f"{name}{mark}{text[0]}{_pairs(text[1:-1], self)}{text[0]}"

        return _ATTRIBUTE.sub(one, tag)
