"""Files of endoflife.date -> the life cycle of one product in our own fields, with what was left out and why.

In: the tree of a product file (`products/*.md`), of an answer of the API (`/api/v1/products/NAME`), or of the older API
(`/api/NAME.json`, a list). Out: `LifeCycle`. The data is kept by a community: nobody but the issuer can say that it is right.
A date is taken for the last day that still counts, as the tables of Microsoft, Red Hat and SUSE mean it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from supportable.core.dates import is_day
from supportable.core.fields import FIELDS
from supportable.core.reading_trees import Problems, near
from supportable.core.written import Items, Node, Scalar, Table
from supportable.errors import Place


class Product(NamedTuple):
    """A product of endoflife.date that our fields can name: who issues it, and how its cycles are translated.

    `workload` is the value of `workload.product`, `None` for an operating system. `translate` takes cycle and label and gives the
    release and the service pack (`None` where the cycle names none), or nothing. `addition` is what the issuer sells for the time after
    the end; `after` names the phase of that time where the issuer still helps without it (`core/life_cycle_packs.py` has its tier).
    """

    name: str
    issuer: str
    title: str
    workload: str | None
    translate: Callable[[str, str], tuple[str, int | None] | None]
    addition: str
    after: str | None = None


class Cell(NamedTuple):
    """One release of a life cycle. `until` is `None` while no end is announced, `service_pack` where every one counts.

    `added_until` is the last day of what the issuer sells in addition, where there is one after `until`.
    """

    cycle: str
    release: str
    service_pack: int | None
    until: str | None
    added_until: str | None = None


class LeftOut(NamedTuple):
    """A cycle that gives no row, where it stands, and why; `release` is the value of ours that it belongs to, where there is one."""

    place: Place
    cycle: str
    reason: str
    release: str | None = None


class LifeCycle(NamedTuple):
    """What a file says of one product. `published` is the day the answer was made, where it says so; `origin` is whose form it has."""

    product: Product
    rows: tuple[Cell, ...]
    left_out: tuple[LeftOut, ...]
    published: str | None
    origin: str = "endoflife.date"


def _exchange(cycle: str, _label: str) -> tuple[str, int | None]:
    return ("subscription-edition" if cycle == "subscription" else cycle), None


def _windows_server(cycle: str, _label: str) -> tuple[str, int | None] | None:
    found = re.fullmatch(r"([0-9]{4}(?:-r2)?)(?:-sp([0-9]))?", cycle)
    if found is None:
        return None
    release = "windows-2000" if found[1] == "2000" else f"windows-server-{found[1]}"
    return release, int(found[2]) if found[2] else None


def _sql_server(_cycle: str, label: str) -> tuple[str, int | None] | None:
    # The label names the release; a codename stands in quotes before or after "R2".
    found = re.fullmatch(r"([0-9]{4}|[0-9]\.[0-9])( R2)?(?: SP([0-9]))?", re.sub(r" '[^']*'", "", label))
    return (f"sql-server-{found[1]}" + ("-r2" if found[2] else ""), int(found[3]) if found[3] else None) if found else None


def _rhel(cycle: str, _label: str) -> tuple[str, int | None]:
    return f"rhel-{cycle}", None


def _sles(cycle: str, _label: str) -> tuple[str, int | None] | None:
    found = re.fullmatch(r"([0-9]+)\.([0-9]+)", cycle)
    return (f"sles-{found[1]}", int(found[2])) if found else None


OPENEOX = "OpenEoX"
_NO_MINOR = "no field holds the minor release of SLES 16"
_ESU = "Extended Security Updates"
PRODUCTS = {
    one.name: one
    for one in (
        Product("msexchange", "microsoft", "Microsoft Exchange Server", "exchange-server", _exchange, _ESU),
        Product("mssqlserver", "microsoft", "Microsoft SQL Server", "sql-server", _sql_server, _ESU),
        Product("windows-server", "microsoft", "Windows Server", None, _windows_server, _ESU),
        Product("rhel", "red-hat", "Red Hat Enterprise Linux", None, _rhel, "Extended Life Cycle Support", "extended-life-phase"),
        Product("sles", "suse", "SUSE Linux Enterprise Server", None, _sles, "Long Term Service Pack Support"),
    )
}


def parse_life_cycle(tree: Node, stem: str, problems: Problems) -> LifeCycle | None:
    """Return the life cycle that a tree writes; `stem` is the file's name without its ending, for the shape that names no product."""
    if isinstance(tree, Items):
        return _life_cycle(tree, Scalar(stem, tree.place), tree, _OLD_API, None, problems)
    if not isinstance(tree, Table):
        problems.say("this is no product of endoflife.date", tree.place, "give a file of `products/`, or an answer of its API as JSON")
        return None
    result = tree.get("result")
    if isinstance(result, Table):
        made = tree.get("generated_at")
        published = made.text[:10] if isinstance(made, Scalar) and is_day(made.text[:10]) else None
        return _life_cycle(result, result.get("name"), result.get("releases"), _API_1, published, problems)
    return _life_cycle(tree, tree.get("permalink"), tree.get("releases"), _FILE, None, problems)


class _Shape(NamedTuple):
    """What the parts of one release are called. `flag` is the key that says whether it has ended, where that is apart from the day."""

    cycle: str
    label: str
    end: str
    flag: str | None
    added: str


_FILE = _Shape("releaseCycle", "releaseLabel", "eol", None, "eoes")
_API_1 = _Shape("name", "label", "eolFrom", "isEol", "eoesFrom")
_OLD_API = _Shape("cycle", "releaseLabel", "eol", None, "extendedSupport")


def _life_cycle(
    tree: Node, name: Node | None, releases: Node | None, shape: _Shape, published: str | None, problems: Problems
) -> LifeCycle | None:
    product = _product(tree, name, problems)
    if not isinstance(releases, Items) or not releases.items:
        problems.say("there are no releases", (releases or tree).place, "`releases` is a list of mappings, one a release")
        return None
    found: list[Cell] = []
    left_out: list[LeftOut] = []
    for one in releases.items:
        if not isinstance(one, Table):
            problems.say("a release is a mapping", one.place, f"write `- {shape.cycle}: ...`")
            continue
        _release(one, product, shape, found, left_out, problems)
    if product is None or problems:
        return None
    rows = numbered(found)
    if not rows:
        problems.say("no release of this file has a name among our fields", releases.place, "a newer release of `supportable` may have one")
        return None
    if all(row.until is None for row in rows):
        problems.say("no release of this file has an end, so there is nothing to judge", releases.place, "import it when one is announced")
        return None
    return LifeCycle(product, rows, tuple(left_out), published)


def _product(tree: Node, name: Node | None, problems: Problems) -> Product | None:
    if not isinstance(name, Scalar) or not name.text.strip("/"):
        problems.say("the product has no name", tree.place, "a product file has `permalink: /NAME`, an answer of the API `name`")
        return None
    text = name.text.strip("/")
    if text not in PRODUCTS:
        known = f"known are {', '.join(PRODUCTS)}; the older API names no product, so its file is called NAME.json"
        problems.say(f"our fields do not name the product `{text}`", name.place, near(text, PRODUCTS, known))
    return PRODUCTS.get(text)


def _release(entry: Table, product: Product | None, shape: _Shape, found: list[Cell], left_out: list[LeftOut], problems: Problems) -> None:
    cycle, label = (entry.get(key) for key in (shape.cycle, shape.label))
    if not isinstance(cycle, Scalar) or not cycle.text:
        problems.say(f"a release has no `{shape.cycle}`", entry.place, f"write `{shape.cycle}: ...`")
        return
    until, ended_some_day = _end(entry, cycle.text, shape, problems)
    if product is None:
        return
    text = label.text if isinstance(label, Scalar) else cycle.text
    named, why = named_release(product, cycle.text, text)
    if named is None:
        left_out.append(without_row(cycle.place, cycle.text, why))
    elif ended_some_day:
        left_out.append(LeftOut(cycle.place, cycle.text, "it has ended, and the file does not say when", named[0]))
    elif any((cell.release, cell.service_pack) == named for cell in found):
        problems.say(f"`{cycle.text}` is the same release as one before it", cycle.place, "keep one of them")
    else:
        found.append(Cell(cycle.text, *named, until, _added(entry.get(shape.added), until)))


def named_release(product: Product, cycle: str, label: str) -> tuple[tuple[str, int | None] | None, str]:
    """Return release and service pack in values of ours; where there is none, nothing and the reason."""
    named = product.translate(cycle, label)
    field = FIELDS["workload.release" if product.workload else "nodes.os.release"]
    if named is None or named[0] not in field.values:
        return None, f"`{named[0]}` is no value of `{field.name}`" if named else f"`{field.name}` has no value for it"
    # From 16 on a minor release of SLES is no service pack (the file's own note on SLES 16).
    return (None, _NO_MINOR) if named[0] == "sles-16" else (named, "")


def _added(node: Node | None, until: str | None) -> str | None:
    """Return the last day of what is sold in addition; `true`, `false` and days that add nothing are none."""
    day = node.text if isinstance(node, Scalar) and is_day(node.text) else None
    return day if day is not None and until is not None and until < day else None


def _end(entry: Table, cycle: str, shape: _Shape, problems: Problems) -> tuple[str | None, bool]:
    """Return the last day, `None` where there is none, and whether the release has ended on a day that is not told."""
    end, flag = entry.get(shape.end), entry.get(shape.flag) if shape.flag else None
    place = (end or entry).place
    if end is None and flag is None:
        problems.say(f"`{cycle}` has no `{shape.end}`", place, "write a day (year-month-day), or `false` while no end is announced")
        return None, False
    if flag is not None and (end is None or (isinstance(end, Scalar) and end.text in ("null", "", "~") and not end.quoted)):
        if isinstance(flag, Scalar) and flag.text in ("true", "false"):
            return None, flag.text == "true"
        problems.say(f"`{shape.flag}` of `{cycle}` is neither `true` nor `false`", flag.place, "write one of them")
        return None, False
    if isinstance(end, Scalar) and end.text in ("true", "false") and not end.quoted:
        return None, end.text == "true"
    if not isinstance(end, Scalar) or not is_day(end.text):
        text = end.text if isinstance(end, Scalar) else "a list"
        problems.say(f"`{shape.end}` of `{cycle}` is no day: `{text}`", place, "write year-month-day, `false` or `true`")
        return None, False
    return end.text, False


def without_row(place: Place, cycle: str, why: str) -> LeftOut:
    """Return a cycle without a row; a release that has a name of ours all the same is judged as unknown."""
    return LeftOut(place, cycle, why, "sles-16" if why == _NO_MINOR else None)


def joined(lives: Sequence[LifeCycle]) -> list[LifeCycle]:
    """Return life cycles with those of OpenEoX joined by product.

    One document is of one release; the day from which all of them count as known is the latest of theirs.
    """
    found: dict[str, LifeCycle] = {}
    others = []
    for life in lives:
        if life.origin != OPENEOX:
            others.append(life)
            continue
        before = found.get(life.product.name, life._replace(rows=(), left_out=()))
        published = max(before.published or "", life.published or "")
        rows = before.rows + life.rows
        found[life.product.name] = life._replace(rows=rows, left_out=before.left_out + life.left_out, published=published)
    return [*others, *(life._replace(rows=numbered(life.rows)) for life in found.values())]


def numbered(rows: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return rows in which a release without a service pack is the one before any, where other rows of it name some."""
    with_packs = {row.release for row in rows if row.service_pack is not None}
    return tuple(row._replace(service_pack=0) if row.service_pack is None and row.release in with_packs else row for row in rows)
