"""Which service name belongs to which cluster product, each with the source that names it.

In: the name of a Windows service or daemon. Out: the value of `cluster.service`. Only names that a source gives are here
(policy landscape, section 6.3); a product of which sources give only processes or commands is not recognised by a service.
A replicator under a cluster (SIOS DataKeeper, Double-Take) is no cluster service and is not here.
"""

from __future__ import annotations

from typing import NamedTuple


class Signature(NamedTuple):
    """One service name, compared without regard to case, the product it belongs to, and who says so."""

    service: str
    product: str
    source: str


_EXPRESSCLUSTER = "EXPRESSCLUSTER/Tools disableServiceAutoStart.bat"

SIGNATURES: tuple[Signature, ...] = (
    Signature("ClusSvc", "mscs", "[MS-CMRP] Failover Cluster: Management API protocol, section 1.3; ExBPA article dfe1f408"),
    *(
        Signature(name, "expresscluster", _EXPRESSCLUSTER)
        for name in (
            "clpstartup",
            "clpdiskagent",
            "clpevent",
            "clpjra",
            "clpwebmgr",
            "clpoldapi",
            "clppm",
            "clpsra",
            "clptrnsv",
            "clpwebalt",
        )
    ),
    Signature("Veritas High Availability Engine", "veritas-cluster-server", "Veritas article 100001133"),
    Signature("LifeKeeper", "lifekeeper", "SIOS portal article 360037845631"),
    Signature("LifeKeeper External Interfaces", "lifekeeper", "SIOS portal article 360037845631"),
)

_BY_NAME = {signature.service.casefold(): signature.product for signature in SIGNATURES}


def cluster_product(service: str) -> str | None:
    """Return the cluster product that this service or display name belongs to, or `None` if no source names it.

    >>> cluster_product("clusSVC")
    'mscs'
    """
    return _BY_NAME.get(service.casefold())
