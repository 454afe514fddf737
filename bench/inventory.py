"""A realistic inventory of any size, the same for the same seed: what tools export, not what they should.

Names in several spellings, cases and with trailing spaces; abbreviations that no document uses; missing facts; lists of nodes of
which some are missing; rows that stand twice, and some that contradict each other; several customers that use the same ids.
`rows_of_nodes` and `rows_of_deployments` yield Arrow batches; the mappings that read them are beside them. Command line:

    python bench/inventory.py nodes 1000000 /tmp/nodes.csv       (or .parquet; `deployments` for one row a deployment)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy
import pyarrow
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

CHUNK_ROWS = 100_000
NODES_AT_MOST = 4

_NAMES = """
names:
  products:
    EX2K7 Ent SP1: {workload.product: exchange-server, workload.release: "2007", workload.edition: enterprise, workload.service_pack: 1}
    EX2K3 Ent: {workload.product: exchange-server, workload.release: "2003", workload.edition: enterprise}
  cluster-services:
    VCS: {cluster.service: veritas-cluster-server}
    none: {cluster.service: none}
"""
MAPPING_OF_NODES = (
    """mapping: nodes
rows: node
key: [customer, cluster_id]
complete: {nodes: {count: nodes_in_cluster}}
labels: [customer]
columns:
  cluster_name: cluster.name
  product: {names: products}
  product_sp: {field: workload.service_pack, absent: ["-"], unknown: ["?"]}
  cluster_sw: {names: cluster-services}
  validated: {field: cluster.validation, values: {OK: passed, Warnings: passed-with-warnings, FAILED: failed}, absent: ["never"]}
  catalogue: hardware.catalog_listing
  host: nodes.name
  os: {names: operating-systems}
  os_sp: {field: nodes.os.service_pack, absent: ["-"]}
  is_dc: {field: nodes.domain_role, values: {Y: domain-controller, N: member-server}}
  virtual: {field: nodes.virtual, values: {"yes": true, "no": false}}
"""
    + _NAMES
)
MAPPING_OF_DEPLOYMENTS = (
    """mapping: deployments
rows: deployment
key: [customer, cluster_id]
complete: {nodes: {count: nodes_in_cluster}}
labels: [customer]
columns:
  cluster_name: cluster.name
  product: {names: products}
  product_sp: {field: workload.service_pack, absent: ["-"], unknown: ["?"]}
  cluster_sw: {names: cluster-services}
  validated: {field: cluster.validation, values: {OK: passed, Warnings: passed-with-warnings, FAILED: failed}, absent: ["never"]}
  catalogue: hardware.catalog_listing
"""
    + "".join(
        f"""  node{number}_host: {{field: nodes.name, item: {number}}}
  node{number}_os: {{names: operating-systems, item: {number}}}
  node{number}_os_sp: {{field: nodes.os.service_pack, absent: ["-"], item: {number}}}
  node{number}_is_dc: {{field: nodes.domain_role, values: {{Y: domain-controller, N: member-server}}, item: {number}}}
  node{number}_virtual: {{field: nodes.virtual, values: {{"yes": true, "no": false}}, item: {number}}}
"""
        for number in range(1, NODES_AT_MOST + 1)
    )
    + _NAMES
)

_PRODUCTS = (
    ("Microsoft Exchange Server 2007 Enterprise SP1", 30),
    ("Microsoft Exchange Server 2007 Enterprise", 8),
    ("Microsoft Exchange 2003 Enterprise", 14),
    ("Microsoft Exchange 2000 Enterprise Edition", 3),
    ("Exchange 2016", 12),
    ("Exchange 2019", 10),
    ("Exchange Server 2010", 9),
    ("EX2K7 Ent SP1", 5),
    ("EX2K3 Ent", 3),
    ("MS Exch 2013 (prod)", 2),
    ("Exchange - ask Jim", 1),
    ("", 3),
)
_SERVICES = (
    ("Microsoft Cluster Service (MSCS)", 40),
    ("MSCS", 20),
    ("Veritas Cluster Server", 9),
    ("VCS", 8),
    ("LifeKeeper", 5),
    ("NEC EXPRESSCLUSTER", 4),
    ("none", 3),
    ("SFHA 5.1", 2),
    ("TBD", 2),
    ("", 7),
)
_SYSTEMS = (
    ("Microsoft Windows Server 2003 Enterprise", 22),
    ("Microsoft Windows Server 2003 Datacenter", 4),
    ("Windows Server 2008", 15),
    ("Windows Server 2008 R2 Enterprise", 12),
    ("Microsoft Windows 2000 Advanced Server", 6),
    ("Windows Server 2012 R2", 10),
    ("Microsoft Windows Server 2016 Datacenter", 12),
    ("Windows Server 2019 Datacenter", 8),
    ("Win2k3 EE x64", 3),
    ("W2K8R2", 2),
    ("Linux", 1),
    ("", 5),
)
_SPS = (("1", 35), ("2", 20), ("-", 15), ("3", 8), ("?", 4), ("SP1", 2), ("", 16))
_OS_SPS = (("2", 30), ("1", 25), ("-", 20), ("", 25))
_VALIDATED = (("OK", 40), ("Warnings", 15), ("FAILED", 5), ("never", 10), ("ok", 10), ("n/k", 2), ("", 18))
_CATALOGUE = (("cluster-system", 35), ("components-only", 20), ("geo-cluster-system", 5), ("in progress", 3), ("", 37))
_YES_NO = (("N", 70), ("Y", 9), ("n", 10), ("", 11))
_VIRTUAL = (("no", 45), ("yes", 35), ("Yes", 8), ("", 12))
_CUSTOMERS = (("Contoso", 30), ("Fabrikam", 22), ("Northwind", 18), ("Tailspin Toys", 14), ("Adventure Works", 10), ("Litware, Inc.", 6))


def rows_of_nodes(rows: int, seed: int = 810986) -> Iterator[Any]:
    """Yield `rows` rows, one a node."""
    for chunk, size in _chunks(rows):
        made = _clusters(size, chunk, seed)
        random = numpy.random.default_rng([seed, chunk, 1])
        nodes = made["stated"]
        cluster = numpy.repeat(numpy.arange(len(nodes)), nodes)
        number = numpy.arange(len(cluster)) - numpy.repeat(numpy.cumsum(nodes) - nodes, nodes)
        there = random.random(len(cluster)) > 0.04
        cluster, number = cluster[there], number[there]
        cluster, number = cluster[: int(size * 0.985)], number[: int(size * 0.985)]
        # The rest stands twice: the same host again, often with another spelling, at times with another answer.
        again = random.integers(0, len(cluster), size - len(cluster))
        cluster, number = numpy.concatenate([cluster, cluster[again]]), numpy.concatenate([number, number[again]])
        order = random.permutation(size)
        cluster, number = cluster[order], number[order]
        columns = {name: _again(column, cluster) for name, column in made["columns"].items()}
        host = _hosts(cluster + chunk * CHUNK_ROWS, number, random)
        yield pyarrow.RecordBatch.from_pydict(columns | {"host": host} | _node(made, cluster, random) | {"notes": _notes(size, random)})


def rows_of_deployments(rows: int, seed: int = 810986) -> Iterator[Any]:
    """Yield `rows` rows, one a deployment, with up to four nodes spread over columns."""
    for chunk, size in _chunks(rows):
        made = _clusters(size, chunk, seed)
        random = numpy.random.default_rng([seed, chunk, 2])
        cluster = numpy.arange(size)
        twice = random.random(size) < 0.01
        cluster[twice] = random.integers(0, size, int(twice.sum()))
        columns = {name: _again(column, cluster) for name, column in made["columns"].items()}
        for number in range(NODES_AT_MOST):
            missing = (made["stated"][cluster] <= number) | (random.random(size) < 0.04)
            parts = {"host": _hosts(cluster + chunk * CHUNK_ROWS, numpy.full(size, number), random)} | _node(made, cluster, random)
            for name, column in parts.items():
                columns[f"node{number + 1}_{name}"] = pc.if_else(pyarrow.array(missing), "", column)
        yield pyarrow.RecordBatch.from_pydict(columns | {"notes": _notes(size, random)})


def write(path: Path, batches: Iterator[Any]) -> int:
    """Write batches as CSV or Parquet, by the end of the name; return the number of rows."""
    first = next(batches)
    rows = 0
    writer: Any
    if path.suffix == ".parquet":
        writer = pyarrow.parquet.ParquetWriter(path, first.schema, compression="zstd")
    else:
        writer = pyarrow.csv.CSVWriter(path, first.schema, write_options=pyarrow.csv.WriteOptions(quoting_style="needed"))
    with writer:
        for batch in chain([first], batches):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _chunks(rows: int) -> Iterator[tuple[int, int]]:
    for chunk, start in enumerate(range(0, rows, CHUNK_ROWS)):
        yield chunk, min(CHUNK_ROWS, rows - start)


def _clusters(count: int, chunk: int, seed: int) -> dict[str, Any]:
    """What belongs to a whole cluster; customers count their clusters alike, so that ids alone are no keys."""
    random = numpy.random.default_rng([seed, chunk, 0])
    stated = random.choice([1, 2, 2, 2, 2, 3, 4], count)
    ids = numpy.char.add("CL-", (numpy.arange(count) // 3 + chunk * CHUNK_ROWS).astype(str))
    columns = {
        "customer": _customers(count, random),
        "cluster_id": pyarrow.array(ids.astype(object), pyarrow.string()),
        "cluster_name": pyarrow.array(numpy.char.add("EXCL", numpy.arange(count).astype(str)).astype(object), pyarrow.string()),
        "product": _picked(_PRODUCTS, count, random),
        "product_sp": _picked(_SPS, count, random, messy=False),
        "cluster_sw": _picked(_SERVICES, count, random),
        "validated": _picked(_VALIDATED, count, random, messy=False),
        "catalogue": _picked(_CATALOGUE, count, random, messy=False),
        "nodes_in_cluster": pc.if_else(pyarrow.array(random.random(count) < 0.9), pyarrow.array(stated.astype(str).astype(object)), ""),
    }
    return {"columns": columns, "stated": stated, "os": _picked(_SYSTEMS, count, random)}


def _customers(count: int, random: Any) -> Any:
    """Three clusters in a row have one id and belong to three customers."""
    texts = [text for text, _ in _CUSTOMERS]
    weights = numpy.array([weight for _, weight in _CUSTOMERS], float)
    first = numpy.repeat(random.choice(len(texts), -(-count // 3), p=weights / weights.sum()), 3)[:count]
    return pyarrow.array(texts, pyarrow.string()).take(pyarrow.array((first + 2 * (numpy.arange(count) % 3)) % len(texts)))


def _node(made: dict[str, Any], cluster: Any, random: Any) -> dict[str, Any]:
    """What belongs to one node: mostly the system of its cluster, at times another."""
    rows = len(cluster)
    other = pyarrow.array(random.random(rows) < 0.06)
    return {
        "os": pc.if_else(other, _picked(_SYSTEMS, rows, random), _again(made["os"], cluster)),
        "os_sp": _picked(_OS_SPS, rows, random, messy=False),
        "is_dc": _picked(_YES_NO, rows, random, messy=False),
        "virtual": _picked(_VIRTUAL, rows, random, messy=False),
    }


def _picked(weighted: tuple[tuple[str, int], ...], count: int, random: Any, messy: bool = True) -> Any:
    """Texts drawn by weight; of the messy ones, one in eight has another case or spaces around and within."""
    texts = [text for text, _ in weighted]
    weights = numpy.array([weight for _, weight in weighted], float)
    forms = [texts, [text.upper() for text in texts], [f"{text} " for text in texts], [f" {text.replace(' ', '  ')}" for text in texts]]
    drawn = random.choice(len(texts), count, p=weights / weights.sum())
    form = random.choice(4, count, p=[0.88, 0.04, 0.05, 0.03]) if messy else numpy.zeros(count, int)
    flat = pyarrow.array([text for column in forms for text in column], pyarrow.string())
    return flat.take(pyarrow.array(form * len(texts) + drawn))


def _hosts(cluster: Any, number: Any, random: Any) -> Any:
    """Names of hosts: with a domain or not, upper or lower case, 1 % missing."""
    names = numpy.char.add(numpy.char.add("exn", cluster.astype(str)), numpy.array(["a", "b", "c", "d"])[number])
    names = numpy.where(random.random(len(cluster)) < 0.3, numpy.char.add(names, ".corp.example"), names)
    names = numpy.where(random.random(len(cluster)) < 0.2, numpy.char.upper(names), names)
    return pc.if_else(pyarrow.array(random.random(len(cluster)) < 0.01), "", pyarrow.array(names.astype(object), pyarrow.string()))


def _notes(count: int, random: Any) -> Any:
    return _picked(
        (("", 80), ('moved, see "plan 7"', 5), ("owner left; ask desk", 8), ("zusätzlich geprüft", 7)), count, random, messy=False
    )


def _again(column: Any, positions: Any) -> Any:
    return column.take(pyarrow.array(positions))


def main() -> None:
    """Write one file."""
    if len(sys.argv) not in (4, 5) or sys.argv[1] not in ("nodes", "deployments"):
        sys.exit(f"{__doc__}\nusage: python bench/inventory.py nodes|deployments ROWS FILE [SEED]")
    made = rows_of_nodes if sys.argv[1] == "nodes" else rows_of_deployments
    seed = int(sys.argv[4]) if len(sys.argv) == 5 else 810986
    print(f"{write(Path(sys.argv[3]), made(int(sys.argv[2]), seed))} rows")


if __name__ == "__main__":
    main()
