"""A template and values -> one HTML page that stands alone: no script, no address it fetches from, readable on a phone and on paper.

In: the name of a template beside this file, and what it shows. Out: the page. Jinja2 escapes every value; the page's own
Content-Security-Policy allows nothing but the one style sheet inside it, named by its hash, so that even a value that slipped through
could not run or load anything.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from supportable.reports.wording import counted, pieces, printable


def page(template: str, filters: Mapping[str, Callable[..., Any]] | None = None, /, **values: object) -> str:
    """Return the page that a template makes of these values; `filters` are those that only this template needs."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_printable,
    )
    environment.filters |= {"pieces": pieces, "csp_hash": _csp_hash, "sentence": sentence, "counted": counted, **(filters or {})}
    return environment.get_template(template).render(**values)


def _printable(value: object) -> object:
    """Escape control characters of whatever is shown as text, a place with a file name too; not in what a template has made itself."""
    if hasattr(value, "__html__") or value is None or isinstance(value, int | float):
        return value
    return printable(str(value))


def _csp_hash(style: str) -> str:
    """Return the source expression that allows exactly this style sheet."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def sentence(text: str) -> str:
    """Return `text` with a capital at its beginning.

    >>> sentence("undecided")
    'Undecided'
    """
    return text[:1].upper() + text[1:]
