"""OpenEoX Core 1.0 <-> the rows of a life cycle: one document a release.

In: the tree of a document and the name of its file, or a row. Out: a row, or the text of a document. A document names no product; so its
file does (`rhel@7.json`). `end_of_life` is the last day of support "in any way", `end_of_security_support` that of a commitment to
security fixes; a stage that is not announced is `tba`. Source: the schema core.json of the OASIS OpenEoX committee, Core 1.0, at commit
82f8a6673595 of oasis-tcs/openeox, and its section on the taxonomy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from supportable.core.clauses import Pack
from supportable.core.conditions import Is, Row
from supportable.core.dates import NO_DAY, is_day
from supportable.core.life_cycles import OPENEOX, PRODUCTS, Cell, LifeCycle, named_release, without_row
from supportable.core.reading_trees import Problems, known_keys, near, needed
from supportable.core.written import Node, Scalar, Table

SCHEMA = "https://docs.oasis-open.org/openeox/eox-core/v1.0/schema/core.json"
_KEYS = ("$schema", "end_of_life", "end_of_security_support", "last_updated", "end_of_sales", "general_availability")
# RFC 3339 as the standard narrows it: capital T and Z, no leap second.
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def is_openeox(tree: Node) -> bool:
    """Whether a tree says that it is an OpenEoX Core document."""
    schema = tree.get("$schema") if isinstance(tree, Table) else None
    return isinstance(schema, Scalar) and "/openeox/" in schema.text


def file_name(product: str, row: Cell) -> str:
    """Return the name of the file that says which product and release a document is of."""
    return f"{product}@{_cycle(product, row)}.json"


def document_of(row: Cell, updated: str) -> str:
    """Return the document of a row; `updated` is a day. The end of a day is its last second in UTC."""
    life = row.until if row.added_until is None else row.added_until
    said = {
        "$schema": SCHEMA,
        "end_of_life": _moment(life),
        "end_of_security_support": _moment(row.until),
        "last_updated": f"{updated}T00:00:00Z",
    }
    return json.dumps(said, indent=2, sort_keys=True) + "\n"


def parse_document(tree: Node, stem: str, problems: Problems) -> LifeCycle | None:
    """Return the life cycle with the one release that a document is of; `stem` is the name of its file without the ending."""
    assert isinstance(tree, Table)
    known_keys(tree, _KEYS, problems)
    schema = needed(tree, "$schema", problems)
    if schema is not None and schema.text != SCHEMA:
        problems.say(f"`{schema.text}` is another version of OpenEoX", schema.place, f"read is Core 1.0: {SCHEMA}")
    life, security = (_day(tree, key, problems) for key in ("end_of_life", "end_of_security_support"))
    updated = _day(tree, "last_updated", problems)
    name, at, cycle = stem.partition("@")
    product = PRODUCTS.get(name)
    if product is None or not at or not cycle:
        hint = f"call it PRODUCT@RELEASE.json, for example rhel@7.json; known are {', '.join(PRODUCTS)}"
        problems.say(f"an OpenEoX Core document names no product, and its file is called `{stem}`", tree.place, near(name, PRODUCTS, hint))
        return None
    if life is None or security is None or updated is None:
        return None
    if NO_DAY != security > life:
        problems.say(
            "`end_of_security_support` is later than `end_of_life`", tree.place, "the standard asks for the reverse; ask who made it"
        )
        return None
    # Where no end of the security fixes is announced, none is known before the end of all support.
    first = life if security == NO_DAY else security
    until = None if first == NO_DAY else first
    named, why = named_release(product, cycle, cycle)
    if named is None:
        return LifeCycle(product, (), (without_row(tree.place, cycle, why),), updated, OPENEOX)
    return LifeCycle(product, (Cell(cycle, *named, until, life if until is not None and life > until else None),), (), updated, OPENEOX)


def _day(tree: Table, key: str, problems: Problems) -> str | None:
    """Return the day that a moment is on, as written in its own time zone; `NO_DAY` for `tba`."""
    node = needed(tree, key, problems)
    if node is None:
        return None
    if node.text == "tba" and key != "last_updated":
        return NO_DAY
    found = _MOMENT.fullmatch(node.text)
    if found is None or not is_day(found[1]):
        problems.say(f"`{key}` is no moment: `{node.text}`", node.place, "write for example 2024-06-30T23:59:59Z, or `tba`")
        return None
    return found[1]


def _moment(day: str | None) -> str:
    return "tba" if day in (None, NO_DAY) else f"{day}T23:59:59Z"


def rows_of(pack: Pack) -> dict[str, tuple[Cell, ...]]:
    """Return the rows of each life cycle that was imported into a pack, by the name of its product; other tables are not looked at."""
    tables = {matrix.id: matrix.rows for matrix in pack.matrices}
    found: dict[str, tuple[Cell, ...]] = {}
    for product in PRODUCTS:
        for start in (f"endoflife-{product}", f"openeox-{product}"):
            later = tables.get(f"{start}.additions", ()) + tables.get(f"{start}.security-support-ended", ())
            ends = {row.id: row.dates.until or NO_DAY for row in later}
            listed = tables.get(f"{start}.releases", ())
            caps = {clause.caps for clause in pack.clauses if clause.id == f"{start}.within-life-cycle"}
            if not later and "security-support-ended" in caps:
                # The table of last days is not there where none of them is announced.
                ends = {row.id: NO_DAY for row in listed}
            rows = [cell for row in listed if (cell := _cell(row, ends)) and _is_found_again(product, cell)]
            if rows:
                found[product] = tuple(rows)
    return found


def _cell(row: Row, ends: Mapping[str, str]) -> Cell:
    values = [cell.values[0] for cell in row.cells if isinstance(cell, Is)]
    until = row.dates.until
    later = ends.get(row.id)
    pack = values[1] if len(values) > 1 and isinstance(values[1], int) else None
    return Cell(row.id, str(values[0]), pack, until, later if until is not None and later is not None and later > until else None)


def _is_found_again(product: str, row: Cell) -> bool:
    """Whether the name of a document leads back to the row; what somebody called otherwise was not imported."""
    cycle = _cycle(product, row)
    named, _ = named_release(PRODUCTS[product], cycle, cycle)
    return named is not None and named[0] == row.release and named[1] in (row.service_pack, None)


def _cycle(product: str, row: Cell) -> str:
    """Return the cycle by which the product's translation finds the release and the service pack again."""
    if product == "mssqlserver":
        label = row.release.removeprefix("sql-server-").replace("-r2", " R2")
        return f"{label} SP{row.service_pack}" if row.service_pack else label
    return row.cycle
