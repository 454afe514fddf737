"""The use cases of fleets over time: how levels go on by the calendar, and what another policy, day or inventory changed.

In: inventories, mappings, packs and dates. Out: a `FleetForecast` or a `FleetDiff`. The packs
of all moments are joined (`core/moments.py`), so an inventory is read and judged once, however many days there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from supportable import app
from supportable.core.changes import MIXES, ORDER, shares
from supportable.core.clauses import Pack, calendar_of, select
from supportable.core.fleet import KEY
from supportable.core.fleet_results import (
    KINDS,
    LEVELS,
    Change,
    FleetDiff,
    FleetForecast,
    IssuerDiff,
    IssuerForecast,
    Move,
    Reason,
    Shares,
    Side,
    Turn,
)
from supportable.core.moments import join
from supportable.fleets import Asked, Progress
from supportable.stores.inventories import Inventory, open_inventory
from supportable.stores.mappings import load_mapping
from supportable.stores.normalising import Fleet
from supportable.stores.pack_revisions import named_pack

if TYPE_CHECKING:
    from supportable.engines import changes
    from supportable.engines.moments import MomentTables

Named = dict[str, list[Pack]]
"""Packs as they are written, by issuer."""


def forecast_fleet(asked: Asked, until: str, on_progress: Progress) -> FleetForecast:
    """Judge an inventory for every day from `asked.as_of` to `until` on which a document, a clause or a row of a table begins or ends."""
    mapping = load_mapping(asked.mapping)
    issuers = _by_issuer(app.whole_packs(asked.packs, asked.documents))
    made = {issuer: _forecast_tables(issuer, packs, asked, until) for issuer, packs in issuers.items()}
    with open_inventory(asked.inventory, mapping.delimiter, mapping.encoding) as inventory:
        fleet = Fleet(inventory, mapping)
        patterns = _patterns({issuer: tables for issuer, (tables, _) in made.items()}, fleet, on_progress)
        courses = tuple(_course(issuer, *made[issuer], patterns[issuer]) for issuer in issuers)
        named = {reason.clause for course in courses for turn in course.turns for reason in (*turn.falls_because, *turn.others_because)}
        return FleetForecast(asked.inventory, courses, fleet.report(), _says(issuers.values(), named), asked.as_of, until, asked.known)


_KEPT = ("surely", "failed", "unknown", "harmless")


def _by_issuer(packs: Iterable[Pack]) -> Named:
    found: Named = {}
    for one in packs:
        found.setdefault(one.issuer, []).append(one)
    return found


def _says(packs: Iterable[Iterable[Pack]], named: set[str]) -> dict[str, str]:
    return {clause.id: clause.says for some in packs for pack in some for clause in pack.clauses if clause.id in named}


def _forecast_tables(issuer: str, packs: Sequence[Pack], asked: Asked, until: str) -> tuple[MomentTables, tuple[str, ...]]:
    from supportable.engines.moments import compile_moments

    turns = {day for pack in packs for day in calendar_of(pack).as_of if asked.as_of < day <= until}
    days = (asked.as_of, *sorted(turns))
    return compile_moments(join(issuer, [[select(pack, (), day, asked.known) for pack in packs] for day in days])), days


def _course(issuer: str, made: MomentTables, days: Sequence[str], table: Any) -> IssuerForecast:
    from supportable.engines.changes import Behind, side_of
    from supportable.engines.moments import masks_from

    if table is None:
        return IssuerForecast(issuer, ((days[0], dict.fromkeys(LEVELS, 0)),), ())
    masks, counts, keys = masks_from(table, made.tables.words), table.column("count").to_numpy(), table.column("key")
    behind, sides = Behind(made), [side_of(made, number, masks) for number in range(len(days))]
    steps, turns = [(days[0], _levels(sides[0].states, counts))], []
    for day, before, after in zip(days[1:], sides[:-1], sides[1:], strict=True):
        moved = _moved(behind, before, after, counts, keys)
        if moved.moves:
            falls = moved.because.get("falls", ())
            others = _ranked([one for kind, some in moved.because.items() if kind != "falls" for one in some])
            turns.append(Turn(day, tuple(move for move, _ in moved.moves), falls, others))
            steps.append((day, _levels(after.states, counts)))
    return IssuerForecast(issuer, tuple(steps), tuple(turns))


def _levels(states: Any, counts: Any) -> dict[str, int]:
    from supportable.engines.changes import ABSENT, state_word

    levels = dict.fromkeys(LEVELS, 0)
    for state in set(states.tolist()) - {ABSENT}:
        levels[state_word(state)] += int(counts[states == state].sum())
    return levels


class _Moved(NamedTuple):
    """The moves with the rows that make each, and the clauses behind each kind."""

    moves: list[tuple[Move, Any]]
    because: dict[str, tuple[Reason, ...]]


def _moved(behind: changes.Behind, before: changes.Side, after: changes.Side, counts: Any, keys: Any) -> _Moved:
    """Compare two sides of patterns that stand for `counts` rows each, `keys` being the first of them."""
    import numpy as np

    from supportable.engines.changes import KIND_OF, UNCHANGED, kept, state_word

    kinds = KIND_OF[before.states, after.states]
    rows = np.flatnonzero(kinds != UNCHANGED)
    grouped: dict[tuple[str, str, str], list[int]] = {}
    for row in rows.tolist():
        name = (KINDS[kinds[row]], state_word(int(before.states[row])), state_word(int(after.states[row])))
        grouped.setdefault(name, []).append(row)
    moves = [(Move(*name, int(counts[some].sum()), str(keys[some[0]])), some) for name, some in grouped.items()]
    moves.sort(key=lambda one: (ORDER[one[0].kind], -one[0].deployments, one[0].before, one[0].after))
    because: dict[str, tuple[Reason, ...]] = {}
    causes = behind.find(kept(before, rows), kept(after, rows))
    for kind in sorted({int(kinds[row]) for row in rows.tolist()}):
        these = np.flatnonzero(kinds[rows] == kind)
        sums = counts[rows[these]] @ causes[these].astype(np.int64)
        firsts = causes[these].argmax(axis=0)
        reasons = [Reason(behind.names[at], int(sums[at]), str(keys[int(rows[these[firsts[at]]])])) for at in np.flatnonzero(sums).tolist()]
        because[KINDS[kind]] = _ranked(reasons)
    return _Moved(moves, because)


def _ranked(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    joined: dict[str, Reason] = {}
    for one in reasons:
        known = joined.get(one.clause)
        joined[one.clause] = one if known is None else known._replace(deployments=known.deployments + one.deployments)
    return tuple(sorted(joined.values(), key=lambda one: (-one.deployments, one.clause)))


def side_packs(whole: Sequence[Pack], named: Sequence[str], documents: Sequence[str]) -> tuple[tuple[Pack, ...], str]:
    """Return the packs of one side of a comparison, and how to tell them.

    They are `whole`, with each named pack (`PACK@REVISION`) in the place of the one of its id.
    """
    chosen = [named_pack(one) for one in named]
    replaced = {one.id for one in chosen}
    packs = app.narrowed([*(one for one in whole if one.id not in replaced), *chosen], documents)
    return packs, ", ".join(f"{one} (revision {pack.revision})" for one, pack in zip(named, chosen, strict=True)) or "the packs that ship"


class Compared(NamedTuple):
    """One side of a comparison: an inventory with its mapping, packs as written, and dates."""

    inventory: str
    mapping: Path
    packs: tuple[Pack, ...]
    told: str
    as_of: str
    known: str


def diff_fleets(before: Asked, after: Asked, named_before: Sequence[str], named_after: Sequence[str], on_progress: Progress) -> FleetDiff:
    """Compare two sides; the named packs (`PACK@REVISION`) stand in the place of those that ship."""
    whole = app.whole_packs(before.packs, ())
    sides = []
    for asked, named in ((before, named_before), (after, named_after)):
        packs, told = side_packs(whole, named, asked.documents)
        sides.append(Compared(asked.inventory, asked.mapping, packs, told, asked.as_of, asked.known))
    return diff_fleet(sides[0], sides[1], on_progress)


def diff_fleet(before: Compared, after: Compared, on_progress: Progress) -> FleetDiff:
    """Judge a fleet before and after, and say what moved, because of which clauses, and how much is owed to what."""
    policies = (before.packs, before.known), (after.packs, after.known)
    issuers = sorted({pack.issuer for packs, _ in policies for pack in packs})
    made = {issuer: _diff_tables(issuer, policies, (before.as_of, after.as_of)) for issuer in issuers}
    same = (before.inventory, before.mapping) == (after.inventory, after.mapping)
    pairs, reports = _one_inventory(made, before, on_progress) if same else _two_inventories(made, before, after, on_progress)
    found = tuple(_difference(issuer, made[issuer], pairs.get(issuer)) for issuer in issuers)
    named = {reason.clause for one in found for some in one.because.values() for reason in some}
    told = [Side(one.inventory, one.told, one.as_of, one.known) for one in (before, after)]
    return FleetDiff(told[0], told[1], found, reports, _says((before.packs, after.packs), named))


def _diff_tables(issuer: str, policies: Sequence[tuple[Sequence[Pack], str]], days: Sequence[str]) -> MomentTables:
    """Return the tables of the four moments: policy and day before and after, the day changing first."""
    from supportable.engines.moments import compile_moments

    moments = [[select(pack, (), day, known) for pack in packs if pack.issuer == issuer] for packs, known in policies for day in days]
    return compile_moments(join(issuer, moments))


def _words(made: MomentTables) -> list[str]:
    return [f"{name}|{word}" for name in _KEPT for word in range(made.tables.words)]


def _one_inventory(made: Mapping[str, MomentTables], chosen: Compared, on_progress: Progress) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """Return for each issuer the patterns of rows; both sides are the same rows."""
    with _opened(chosen) as inventory:
        fleet = Fleet(inventory, load_mapping(chosen.mapping))
        return _patterns(made, fleet, on_progress), (fleet.report(),)


def _patterns(made: Mapping[str, MomentTables], fleet: Fleet, on_progress: Progress) -> dict[str, Any]:
    """Judge a fleet; return for each issuer the table of the masks that rows have, each with its number of rows."""
    from supportable.engines.moments import Patterns, mask_columns

    found = {issuer: Patterns(_words(tables)) for issuer, tables in made.items()}
    for batch, issuer, masks in _judged(made, fleet, on_progress):
        found[issuer].add(mask_columns(masks, _KEPT), batch.column(KEY))
    return {issuer: one.table() for issuer, one in found.items()}


def _opened(side: Compared) -> Inventory:
    mapping = load_mapping(side.mapping)
    return open_inventory(side.inventory, mapping.delimiter, mapping.encoding)


def _judged(made: Mapping[str, MomentTables], fleet: Fleet, on_progress: Progress) -> Iterator[tuple[Any, str, Any]]:
    from supportable.engines.tables import Judging

    judges, done = {issuer: Judging(tables.tables) for issuer, tables in made.items()}, 0
    for batch in fleet:
        for issuer, judge in judges.items():
            yield batch, issuer, judge.masks(batch)
        done += batch.num_rows
        on_progress(done)


def _two_inventories(
    made: Mapping[str, MomentTables], before: Compared, after: Compared, on_progress: Progress
) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """Return for each issuer the patterns of pairs of rows with one key; a side that has no such row has NULLs."""
    reports = []
    tables: dict[str, list[str]] = {issuer: [] for issuer in made}
    with _opened(before) as first, _opened(after) as second:
        folder, connection = first.workspace.folder, first.workspace.connection
        for number, (inventory, side) in enumerate(((first, before), (second, after))):
            fleet = Fleet(inventory, load_mapping(side.mapping))
            for issuer, path in _kept_masks(made, fleet, folder, number, on_progress).items():
                tables[issuer].append(path)
            reports.append(fleet.report())
        return {issuer: _paired(connection, made[issuer], paths) for issuer, paths in tables.items()}, tuple(reports)


def _kept_masks(made: Mapping[str, MomentTables], fleet: Fleet, folder: Path, number: int, on_progress: Progress) -> dict[str, str]:
    """Write keys and masks of an inventory, one Parquet file an issuer; return their paths."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from supportable.engines.moments import mask_columns

    schemas = {issuer: pa.schema([(KEY, pa.string()), *((name, pa.uint64()) for name in _words(one))]) for issuer, one in made.items()}
    paths = {issuer: str(folder / f"side{number}.{at}.parquet") for at, issuer in enumerate(made)}
    writers = {issuer: pq.ParquetWriter(paths[issuer], schemas[issuer]) for issuer in made}
    for batch, issuer, masks in _judged(made, fleet, on_progress):
        columns = {KEY: batch.column(KEY).cast(pa.string()), **mask_columns(masks, _KEPT)}
        writers[issuer].write_table(pa.table(columns, schema=schemas[issuer]))
    for writer in writers.values():
        writer.close()
    return paths


def _paired(connection: Any, made: MomentTables, paths: Sequence[str]) -> Any:
    """Return the patterns of pairs, in the order of their first keys."""
    words = _words(made)
    columns = ", ".join(f'{side}."{word}" AS "{side}.{word}"' for side in ("b", "a") for word in words)
    sides = "b.key IS NOT NULL AS here_b, a.key IS NOT NULL AS here_a"
    query = (
        f"SELECT {sides}, {columns}, count(*) AS count, min(coalesce(b.key, a.key)) AS key "  # noqa: S608 - names of our own
        "FROM read_parquet($before) b FULL JOIN read_parquet($after) a USING (key) GROUP BY ALL ORDER BY key"
    )
    return connection.sql(query, params={"before": paths[0], "after": paths[1]}).to_arrow_table()


def _difference(issuer: str, made: MomentTables, table: Any) -> IssuerDiff:
    import numpy as np

    from supportable.engines.changes import Behind, side_of
    from supportable.engines.moments import masks_from

    if table is None or not table.num_rows:
        return IssuerDiff(issuer, dict.fromkeys(LEVELS, 0), dict.fromkeys(LEVELS, 0), (), {})
    counts, keys = table.column("count").to_numpy(), table.column("key")
    masks, here = [], []
    for side in ("b", "a"):
        two = f"here_{side}" in table.column_names
        chosen = table.select([f"{side}.{word}" for word in _words(made)]).rename_columns(_words(made)) if two else table
        here.append(np.asarray(table.column(f"here_{side}").to_numpy()) if two else np.ones(len(counts), bool))
        masks.append(masks_from(_filled(chosen) if two else chosen, made.tables.words))
    sides = {mix: side_of(made, 2 * mix[1] + mix[2], masks[mix[0]], here[mix[0]]) for mix in MIXES}
    first, last = sides[0, 0, 0], sides[1, 1, 1]
    moved = _moved(Behind(made), first, last, counts, keys)
    cube = np.stack([sides[mix].states for mix in MIXES], axis=1)
    known: dict[bytes, Shares] = {}
    changes = []
    for move, rows in moved.moves:
        total = [Fraction(0)] * 3
        owed = Counter[bytes]()
        for row in rows:
            owed[cube[row].tobytes()] += int(counts[row])
        for states, number in owed.items():
            if states not in known:
                known[states] = shares(dict(zip(MIXES, states, strict=True)))
            total = [one + number * share for one, share in zip(total, known[states], strict=True)]
        changes.append(Change(move, Shares(*total)))
    return IssuerDiff(issuer, _levels(first.states, counts), _levels(last.states, counts), tuple(changes), moved.because)


def _filled(table: Any) -> Any:
    """Return masks of rows that are not there as empty masks."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pa.table({name: pc.fill_null(table.column(name), pa.scalar(0, pa.uint64())) for name in table.column_names})


def render_forecast(found: FleetForecast, form: str, width: int) -> str:
    """Return a forecast as text, JSON, HTML or iCalendar."""
    if form == "text":
        from supportable.reports import fleet_forecast_text

        return fleet_forecast_text.render_forecast(found, width)
    return str(import_module(f"supportable.reports.fleet_{form}").render_forecast(found))


def render_diff(found: FleetDiff, form: str, width: int) -> str:
    """Return a comparison as text, JSON or HTML."""
    if form == "text":
        from supportable.reports import fleet_diff_text

        return fleet_diff_text.render_diff(found, width)
    return str(import_module(f"supportable.reports.fleet_{form}").render_diff(found))
