"""A sample inventory of 300 clusters, a row a node, with gaps and names that nobody knows; and its mapping."""

from __future__ import annotations

import csv
import random
from pathlib import Path

MAPPING = """\
mapping: sample
rows: node
key: cluster
complete: {nodes: true}
columns:
  host: nodes.name
  product: {names: products}
  os: {names: operating-systems}
  service: {names: cluster-services}
  listed: {field: hardware.catalog_listing, values: {"yes": cluster-system, "parts": components-only}}
  sp: workload.service_pack
  role: {field: nodes.domain_role, values: {member: member-server, dc: domain-controller}}
"""
PRODUCTS = [
    "Microsoft Exchange Server 2007 Enterprise SP1",
    "Microsoft Exchange Server 2007 Enterprise",
    "Microsoft Exchange 2003 Enterprise",
    "",
    "Xchange",
]
SYSTEMS = ["Microsoft Windows Server 2003 Enterprise", "Microsoft Windows 2000 Advanced Server", "Windows Server 2008", ""]
CLUSTERS = 300


def write_sample(folder: Path) -> tuple[Path, Path]:
    """Write the inventory and its mapping; return both."""
    made = random.Random(810986)
    with (folder / "nodes.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["cluster", "host", "product", "os", "service", "listed", "sp", "role"])
        for number in range(CLUSTERS):
            whole = [
                made.choice(one) for one in (PRODUCTS, ["MSCS", "Veritas Cluster Server", "mscs", ""], ["yes", "parts", ""], ["", "1", "2"])
            ]
            for node in range(made.randint(1, 3)):
                own = [made.choice(SYSTEMS), made.choice(["member", "dc", "", "member"])]
                rows.writerow([f"c{number}", f"n{number}-{node}", whole[0], own[0], whole[1], whole[2], whole[3], own[1]])
    (folder / "mapping.yaml").write_text(MAPPING)
    return folder / "nodes.csv", folder / "mapping.yaml"
