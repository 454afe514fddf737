"""The use cases of fleets: judge an inventory, and say what was found, why, and what to fetch next.

In: an inventory, a mapping, packs and dates. Out: a table with a row a deployment and issuer, written whole or not at all, and a summary.
Columns of the table: `key`, `issuer`, `applies` (yes, perhaps, no), `level`, `worst`, `best`, `failed` and `unknown` (clause ids),
`deciding` (a smallest set of facts that decides it; empty when it is decided, NULL where it was not searched for).
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from supportable import app
from supportable.core.compile import Compiled
from supportable.core.facts import Source
from supportable.core.fleet import KEY, deployment_of_row
from supportable.core.fleet_results import LEVELS, FleetCheck, Group, IssuerSummary
from supportable.core.verdict import Judgement
from supportable.core.verdict import judge as judge_deployment
from supportable.errors import UsageError
from supportable.stores import packs as pack_store
from supportable.stores.fleet_tables import Output, open_output
from supportable.stores.inventories import open_inventory
from supportable.stores.inventory_looks import propose_mapping
from supportable.stores.inventory_report import InventoryReport
from supportable.stores.judged_rows import JudgedRows
from supportable.stores.mappings import load_mapping
from supportable.stores.normal_form import NormalFleet
from supportable.stores.normalising import Fleet
from supportable.stores.workspace import require_libraries

if TYPE_CHECKING:
    from supportable.engines.issuers import Counted, EngineMaker

GROUPS = ("workload.product", "workload.release")
LABEL = "|label"
SEARCHES = 50
NORMAL = Path()
"""No mapping: the inventory is Parquet in the normal form."""
ENGINES = ("tables", "duckdb", "spark")

Progress = Callable[[int | str], None]
"""Is told how many deployments were judged so far; then, in words, what else takes a while."""


class Asked(NamedTuple):
    """How a fleet is to be judged."""

    inventory: str
    mapping: Path
    documents: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    as_of: str = ""
    known: str = ""
    searches: int = SEARCHES
    """For how many different undecided deployments of an issuer a smallest set of deciding facts is searched; most frequent first."""


def check_fleet(asked: Asked, output: str | Path | None, on_progress: Progress, cache: Path | None, engine: str = "tables") -> FleetCheck:
    """Judge every deployment of an inventory; write the table to `output` (see `stores/fleet_tables.py`) if it is given.

    `engine` is `tables` or `duckdb`; `fleets_on_spark` has the third.
    """
    compiled = app.compiled_packs(
        tuple(Path(one) for one in asked.packs), asked.documents, asked.as_of, asked.known, pack_store.Cache(cache)
    )
    # The output ends last, when the inventory is closed: both may be tables of one database.
    with _written(output) as writer, opened_fleet(asked) as (fleet, folder):
        from supportable.engines.issuers import IssuerJudge

        refuse_itself(fleet, output)
        groups = (*GROUPS, *(name for name in fleet.schema.names if name.endswith(LABEL)))
        maker, batches = _engine(engine, fleet)
        judges = [IssuerJudge(issuer, packs, groups, maker) for issuer, packs in by_issuer(compiled).items()]
        passing = JudgedRows(folder / "judged") if writer is not None else None
        done = 0
        for batch in batches:
            for number, judge in enumerate(judges):
                rows = judge.take(batch, passing is not None)
                if passing is not None:
                    passing.write(number, rows)
            done += batch.num_rows
            on_progress(done)
        if passing is not None and writer is not None:
            on_progress("looking for what decides the most frequent of the undecided")
            decided_by = [judge.undecided.search(asked.searches) for judge in judges]
            on_progress("writing the rows")
            for number, rows in passing.read():
                writer.write(judges[number].finished(rows, decided_by[number]))
        on_progress("looking for facts that decide alone")
        issuers = tuple(summary_of(one.issuer, one.counted()) for one in judges)
        says = says_of(issuers, compiled)
        return FleetCheck(asked.inventory, issuers, fleet.report(), says, asked.as_of, asked.known)


@contextmanager
def opened_fleet(asked: Asked) -> Iterator[tuple[Fleet | NormalFleet, Path]]:
    """Open the inventory of `asked` through its mapping, or as it stands in the normal form; and a folder that is gone afterwards."""
    if asked.mapping == NORMAL:
        require_libraries()
        from supportable.engines.arrow import columns_of

        fleet = NormalFleet(asked.inventory)
        columns_of(fleet.schema, asked.inventory)
        with tempfile.TemporaryDirectory(prefix="supportable-") as folder:
            yield fleet, Path(folder)
        return
    mapping = load_mapping(asked.mapping)
    with open_inventory(asked.inventory, mapping.delimiter, mapping.encoding) as inventory:
        yield Fleet(inventory, mapping), inventory.workspace.folder


def _engine(name: str, batches: Iterable[Any]) -> tuple[EngineMaker, Iterable[Any]]:
    """Return an engine, and the batches in the size that suits it."""
    if name == "duckdb":
        from supportable.engines.duckdb_masks import by_duckdb, regrouped

        return by_duckdb, regrouped(batches)
    from supportable.engines.issuers import by_tables

    return by_tables, batches


def normalise(asked: Asked, output: Path) -> InventoryReport:
    """Write an inventory in the normal form as a Parquet file, whole or not at all; return what became of its rows."""
    with opened_fleet(asked) as (fleet, _):
        from supportable.engines.arrow import save_parquet

        refuse_itself(fleet, output)
        save_parquet(fleet, fleet.schema, output)
        return fleet.report()


def summary_of(issuer: str, found: Counted) -> IssuerSummary:
    """Return what was counted for an issuer, as a value of the core."""
    groups = {name.removesuffix(LABEL): _groups(values) for name, values in found.groups.items()}
    return IssuerSummary(
        issuer, _by_level(found.states), _ranked(found.failed), _ranked(found.unknown), _ranked(found.alone), found.searched, groups
    )


def _by_level(states: Mapping[int, int]) -> dict[str, int]:
    from supportable.engines.issuers import level_word

    levels = dict.fromkeys(LEVELS, 0)
    for state, count in states.items():
        levels[level_word(state)] += count
    return levels


def _groups(values: Mapping[str | None, Mapping[int, int]]) -> tuple[Group, ...]:
    groups = (Group(value, _by_level(states)) for value, states in values.items())
    return tuple(sorted(groups, key=lambda one: (-one.deployments, one.value is None, one.value or "")))


def says_of(issuers: Sequence[IssuerSummary], compiled: Iterable[Compiled]) -> dict[str, str]:
    """Return what each clause that fails or is unknown says."""
    named = {clause for one in issuers for clause, _ in (*one.failed, *one.unknown)}
    return {clause.id: clause.says for one in compiled for clause in one.pack.clauses if clause.id in named}


def explain_key(asked: Asked, key: str, cache: Path | None) -> Judgement:
    """Return the full verdicts of one deployment of an inventory, as `check` gives them; raise `UsageError` for a key that is not there."""
    mapping = load_mapping(asked.mapping)
    compiled = app.compiled_packs(
        tuple(Path(one) for one in asked.packs), asked.documents, asked.as_of, asked.known, pack_store.Cache(cache)
    )
    with open_inventory(asked.inventory, mapping.delimiter, mapping.encoding) as inventory:
        for batch in Fleet(inventory, mapping):
            keys = batch.column(KEY).to_pylist()
            if key in keys:
                row = batch.slice(keys.index(key), 1).to_pylist()[0]
                deployment = deployment_of_row(row, Source(asked.inventory, None, f"key {key}"))
                return Judgement(deployment, judge_deployment(deployment, compiled), asked.as_of, asked.known)
    raise UsageError(f"no deployment has the key `{key}`", None, "keys stand in the column that the mapping names as `key`")


def start_mapping(where: str) -> str:
    """Return a mapping to start from, by looking at the columns of an inventory."""
    with open_inventory(where) as inventory:
        return propose_mapping(inventory)


def by_issuer(compiled: Iterable[Compiled]) -> dict[str, list[Compiled]]:
    """Return packs by their issuers."""
    found: dict[str, list[Compiled]] = {}
    for one in compiled:
        found.setdefault(one.pack.issuer, []).append(one)
    return found


def _ranked(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))


@contextmanager
def _written(output: str | Path | None) -> Iterator[Output | None]:
    """Give where the rows go; they are written when the block ends well."""
    if output is None:
        yield None
        return
    require_libraries()
    from supportable.engines.issuers import ROWS

    with open_output(str(output), ROWS) as opened:
        yield opened


def refuse_itself(fleet: Fleet | NormalFleet, output: str | Path | None) -> None:
    """Refuse to write over a file that is read."""
    if output is None or not Path(output).exists():
        return
    files = fleet.files if isinstance(fleet, NormalFleet) else [source.place.file for source in fleet.inventory.sources]
    for file in files:
        if Path(file).exists() and Path(file).samefile(output):
            raise UsageError(f"`{output}` is a file of the inventory, which would be lost", None, "name another file; nothing was written")


def render(found: FleetCheck, form: str, width: int) -> str:
    """Return the summary as text, JSON or HTML."""
    if form == "text":
        from supportable.reports import fleet_text

        return fleet_text.render_check(found, width)
    return str(import_module(f"supportable.reports.fleet_{form}").render_check(found))
