"""A file that holds several files and outputs -> its parts, each with the lines that stand before it.

In: one text of a SUSE `supportconfig` (`ha.txt`, `basic-environment.txt`, ...). Out: its sections, named after the file or command
that opens them, or `None` for a file that is one piece. No whole supportconfig was at hand: the form is that of the script itself
(`#==[ Configuration File ]===...#` or `#==[ Command ]===...#`, then `# PATH` or `# COMMAND LINE`, then the text), in which
`- File not found` after the path says that there is none. A `sos` report is a directory of plain files and needs nothing here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from supportable.readers.reader import Evidence

_FIRST = re.compile(
    rb"\A(?:[^\n]{0,400}\n){0,40}?#==\[ (?:Command|Configuration File|Verification|Note|Log File|System|Summary) \]=*#?\r?\n"
)
_HEADER = re.compile(rb"^#==\[ ([A-Z][A-Za-z ]{2,30}) \]=*#?\r?\n# ?([^\n]{1,300})\n", re.MULTILINE)
_READ = (b"Command", b"Configuration File")
_NOT_THERE = re.compile(rb"(?:File not found|ERROR: Command not found)")


class Part(NamedTuple):
    """One file or output inside another: a name by which a reader may know it, its bytes, and how many lines stand before them."""

    name: str
    data: bytes
    lines_before: int

    @property
    def shown(self) -> str:
        return self.name.rpartition("/")[2]


def parts(evidence: Evidence) -> tuple[Part, ...] | None:
    """Return the parts of a file that holds several, `None` for any other."""
    if b"#==[ " not in evidence.head or _FIRST.match(evidence.head) is None:
        return None
    headers = list(_HEADER.finditer(evidence.data))
    found = []
    lines, counted = 0, 0
    for header, after in zip(headers, [*headers[1:], None], strict=True):
        lines += evidence.data.count(b"\n", counted, header.end())
        counted = header.end()
        data = evidence.data[header.end() : after.start() if after else len(evidence.data)]
        told = header[2].decode("utf-8", "replace").strip()
        if header[1] in _READ and data.strip() and not _NOT_THERE.search(header[2]) and not _NOT_THERE.match(data.strip()):
            found.append(Part(f"{evidence.name}/{_named(told)}", data.strip(b"\r\n") + b"\n", lines + _blank_lines(data)))
    return tuple(found)


def _blank_lines(data: bytes) -> int:
    """How many of the lines at the beginning are empty: they are not part of what is read."""
    return data[: len(data) - len(data.lstrip(b"\r\n"))].count(b"\n")


def _named(told: str) -> str:
    """Return the path that a section holds, or the name of its command without folder and options.

    >>> _named("/etc/os-release"), _named("/usr/bin/systemd-detect-virt")
    ('etc/os-release', 'systemd-detect-virt')
    """
    words = told.split()
    first = words[0] if words else "part"
    if first.startswith(("/etc/", "/proc/", "/sys/", "/run/")):
        return first.lstrip("/")
    return first.rpartition("/")[2] or "part"
