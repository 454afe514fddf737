"""The supportability matrix of Exchange, transcribed once more as the grids that the pages print, against what the pack says."""

from __future__ import annotations

import pytest

from supportable.app import example_deployment, load_packs
from supportable.core.clauses import Example, select
from supportable.core.verdict import outcome_of
from supportable.errors import Place
from supportable.marked import read_marked

PACK = next(pack for pack in load_packs() if pack.id == "microsoft-exchange-supportability")
HOLDS, FAILS = 2, 0

# A line is a row of the page, a column one release and update that stands for the column. Y is supported, - is not.
WINDOWS_2022 = """
                         2019/12 2019/11 2016/3 2016/2 2013/4 2010/sp3
windows-server-2022      Y       -       -      -      -      -
windows-server-2019      Y       Y       -      -      -      -
windows-server-2016      -       -       Y      -      -      -
windows-server-2012-r2   -       -       Y      Y      Y      Y
windows-server-2012      -       -       Y      Y      Y      Y
windows-server-2008-r2/1 -       -       -      -      Y      Y
windows-server-2008/2    -       -       -      -      -      Y
"""
DIRECTORY_2022 = """
                         2019/12 2019/11 2016/12 2016/7 2016/11 2016/3 2016/6 2016/2 2013/4 2010/ru22 2010/ru21
windows-server-2022      Y       -       -       -      -       -      -      -      -      -         -
windows-server-2019      Y       Y       Y       -      -       -      -      -      -      -         -
windows-server-2016      Y       Y       Y       Y      Y       Y      Y      Y      Y      Y         -
windows-server-2012-r2   Y       Y       Y       Y      Y       Y      Y      Y      Y      Y         Y
windows-server-2012      -       -       Y       Y      Y       Y      Y      Y      Y      Y         Y
windows-server-2008-r2   -       -       Y       Y      Y       Y      Y      Y      Y      Y         Y
windows-server-2008      -       -       -       -      -       Y      Y      Y      Y      Y         Y
windows-server-2003      -       -       -       -      -       -      -      Y      Y      Y         Y
"""
FOREST_2022 = """
                         2019/0 2016/7 2016/3 2016/6 2016/2 2013/4 2010/ru22 2010/ru5
windows-server-2016      Y      Y      Y      Y      Y      Y      Y         -
windows-server-2012-r2   Y      Y      Y      Y      Y      Y      Y         Y
windows-server-2012      -      Y      Y      Y      Y      Y      Y         Y
windows-server-2008-r2   -      Y      Y      Y      Y      Y      Y         Y
windows-server-2008      -      -      Y      Y      Y      Y      Y         Y
windows-server-2003      -      -      -      -      Y      Y      Y         Y
"""
DOTNET_2019 = """
       2019/12 2019/4 2019/3 2019/2 2019/1 2019/0
4.8    Y       Y      Y      Y      -      -
4.7.2  -       -      Y      Y      Y      Y
"""
DOTNET_2016 = """
       2016/23 2016/15 2016/14 2016/13 2016/12 2016/11 2016/10 2016/9 2016/8 2016/7 2016/5 2016/4 2016/3 2016/2 2016/1 2016/0
4.8    Y       Y       Y       Y       -       -       -       -      -      -      -      -      -      -      -      -
4.7.2  -       -       Y       Y       Y       Y       -       -      -      -      -      -      -      -      -      -
4.7.1  -       -       -       -       Y       Y       Y       Y      Y      -      -      -      -      -      -      -
4.6.2  -       -       -       -       -       -       -       Y      Y      Y      Y      Y      Y      -      -      -
4.6.1  -       -       -       -       -       -       -       -      -      -      -      Y      Y      Y      -      -
4.5.2  -       -       -       -       -       -       -       -      -      -      -      Y      Y      Y      Y      Y
"""
DOTNET_2013 = """
       2013/23 2013/22 2013/21 2013/20 2013/19 2013/18 2013/16 2013/15 2013/14 2013/13 2013/12 2013/4 2013/3 2013/0
4.8    Y       -       -       -       -       -       -       -       -       -       -       -      -      -
4.7.2  Y       Y       Y       -       -       -       -       -       -       -       -       -      -      -
4.7.1  -       Y       Y       Y       Y       -       -       -       -       -       -       -      -      -
4.6.2  -       -       -       Y       Y       Y       Y       Y       -       -       -       -      -      -
4.6.1  -       -       -       -       -       -       -       Y       Y       Y       -       -      -      -
4.5.2  -       -       -       -       -       -       -       Y       Y       Y       Y       Y      -      -
4.5.1  -       -       -       -       -       -       -       Y       Y       Y       Y       Y      -      -
4.5    -       -       -       -       -       -       -       -       Y       Y       Y       Y      Y      Y
"""
WINDOWS_2025 = """
                         subscription-edition/0 2019/14 2019/15 2016/23
windows-server-2025      Y                      Y       Y       -
windows-server-2022      Y                      Y       Y       -
windows-server-2019      Y                      Y       Y       -
windows-server-2016      -                      -       -       Y
windows-server-2012-r2   -                      -       -       Y
windows-server-2012      -                      -       -       Y
"""
DIRECTORY_2025 = """
                         subscription-edition/0 2019/14 2016/23
windows-server-2025      Y                      Y       -
windows-server-2022      Y                      Y       Y
windows-server-2019      Y                      Y       Y
windows-server-2016      Y                      Y       Y
windows-server-2012-r2   Y                      Y       Y
windows-server-2012      -                      -       Y
windows-server-2008-r2   -                      -       -
"""
FOREST_2025 = """
                         subscription-edition/0 2019/14 2016/23
windows-server-2016      Y                      Y       Y
windows-server-2012-r2   Y                      Y       Y
windows-server-2012      -                      -       Y
windows-server-2008-r2   -                      -       -
"""
DOTNET_2025 = """
                               subscription-edition/0 2019/14 2019/15 2016/23
windows-server-2025+4.8.1      Y                      Y       Y       -
windows-server-2025+4.8        Y                      Y       Y       Y
windows-server-2022+4.8.1      Y                      Y       Y       -
windows-server-2022+4.8        Y                      Y       Y       Y
windows-server-2022+4.7.2      -                      -       -       -
windows-server-2019+4.8        ?                      Y       Y       Y
windows-server-2019+4.8.1      ?                      -       -       -
"""
GRIDS = {
    "exchange-matrix-2022.windows": (WINDOWS_2022, "nodes: [{{os: {{release: {0}, service_pack: {1}}}}}]"),
    "exchange-matrix-2022.directory-servers": (DIRECTORY_2022, "directory: {{oldest_server_release: {0}, newest_server_release: {0}}}"),
    "exchange-matrix-2022.forest-level": (FOREST_2022, "directory: {{forest_functional_level: {0}}}"),
    "exchange-matrix-2022.dotnet": (DOTNET_2019 + DOTNET_2016 + DOTNET_2013, 'nodes: [{{dotnet: "{0}"}}]'),
    "exchange-matrix.windows": (WINDOWS_2025, "nodes: [{{os: {{release: {0}, edition: standard}}}}]"),
    "exchange-matrix.directory-servers": (DIRECTORY_2025, "directory: {{oldest_server_release: {0}, newest_server_release: {0}}}"),
    "exchange-matrix.forest-level": (FOREST_2025, "directory: {{forest_functional_level: {0}}}"),
    "exchange-matrix.dotnet": (DOTNET_2025, 'nodes: [{{os: {{release: {0}}}, dotnet: "{1}"}}]'),
}


def cells():
    """Yield clause, column, row and mark of every cell of every grid."""
    for clause, (grids, written) in GRIDS.items():
        columns: list[str] = []
        for line in grids.strip("\n").splitlines():
            words = line.split()
            if line.startswith(" "):
                columns = words
            elif words:
                row = [*words[0].replace("+", "/").split("/"), "0"]
                yield from ((clause, column, written.format(*row), words[0], mark) for column, mark in zip(columns, words[1:], strict=True))


def workload(column: str) -> str:
    release, _, update = column.partition("/")
    updates = {"ru": "service_pack: 3, update_rollup: {0}", "sp": "service_pack: {0}"}
    words = next((text.format(update[2:]) for start, text in updates.items() if update.startswith(start)), f"cumulative_update: {update}")
    return f'workload: {{product: exchange-server, release: "{release}", {words}}}'


CELLS = list(cells())


@pytest.mark.parametrize(
    ("clause", "column", "rest", "mark"),
    [(one, column, rest, mark) for one, column, rest, _, mark in CELLS],
    ids=["-".join((a, b, d)) for a, b, _, d, _ in CELLS],
)
def test_every_cell_of_the_printed_tables_comes_out_as_printed(clause, column, rest, mark):
    """What a page marks as supported holds and everything else fails, cell by cell; what was not read is neither."""
    tree, problems = read_marked(f"{{{workload(column)}, {rest}}}", "cell")
    assert problems == []
    written = next(one for one in PACK.clauses if one.id == clause)

    outcome = outcome_of(written, example_deployment(Example("holds", tree, Place("cell"))), PACK.matrices)

    assert (outcome == HOLDS, outcome == FAILS) == (mark == "Y", mark == "-")


def test_the_later_revision_prevails_once_it_is_known():
    """Exchange 2016 CU23 with domain controllers on Windows Server 2022 was refused by what was known in 2023 and is accepted since."""
    tree, _ = read_marked(
        '{workload: {product: exchange-server, release: "2016", cumulative_update: 23},'
        " directory: {oldest_server_release: windows-server-2016, newest_server_release: windows-server-2022}}",
        "cell",
    )
    deployment = example_deployment(Example("holds", tree, Place("cell")))

    def outcomes(known: str) -> dict[str, int]:
        pack = select(PACK, known=known)
        return {
            clause.id: outcome_of(clause, deployment, pack.matrices) for clause in pack.clauses if clause.id.endswith(".directory-servers")
        }

    assert outcomes("2023-06-01") == {"exchange-matrix-2022.directory-servers": FAILS}
    assert outcomes("2025-12-01") == {"exchange-matrix-2022.directory-servers": 3, "exchange-matrix.directory-servers": HOLDS}


@pytest.mark.parametrize(("known", "outcome"), [("2011-05-15", FAILS), ("2011-05-16", 3)])
def test_the_reversal_of_may_2011(known, outcome):
    """Members of an Exchange 2010 SP1 group under clustered hosts were not supported until 16 May 2011, and are since."""
    tree, _ = read_marked(
        '{workload: {product: exchange-server, release: "2010", service_pack: 1, topology: database-availability-group},'
        " nodes: [{host_clustering: true}]}",
        "cell",
    )
    pack = select(PACK, known=known)
    clause = next(one for one in pack.clauses if one.id == "exchange-2010-virtualization.no-host-clustering")

    assert outcome_of(clause, example_deployment(Example("holds", tree, Place("cell"))), pack.matrices) == outcome
