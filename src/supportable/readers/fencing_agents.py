"""The agent of a fencing device -> whether it takes a node out at all, for the readers that count fencing devices.

In: the name of an agent as Pacemaker writes it, without `stonith:`. Out: whether it counts. Some only pretend, or are for tests by
their makers' own words, so that a cluster that has no other device has none; each is here with who says so. An agent that is not in the
table counts: nobody but its maker knows what it does.
"""

from __future__ import annotations

_NOT_FOR_PRODUCTION = {
    # ClusterLabs/pacemaker doc/crm_fencing.txt: claims to have shot a node "but never does anything".
    "null": "doc/crm_fencing.txt of Pacemaker",
    # The same: "still only for testing".
    "external/ssh": "doc/crm_fencing.txt of Pacemaker",
    # ClusterLabs/cluster-glue lib/plugins/stonith/ssh.c, the description of the device: "not suitable for production".
    "ssh": "lib/plugins/stonith/ssh.c of cluster-glue",
    # doc/crm_fencing.txt: checks for a dump that is being written, "in concert with another, real, fencing device".
    "external/kdumpcheck": "doc/crm_fencing.txt of Pacemaker",
    # fence_dummy(8) of fence-agents: it notes in a file what it was asked.
    "fence_dummy": "fence_dummy(8)",
}


def fences(agent: str | None) -> bool:
    """Return whether a device with this agent counts; one without a name does.

    >>> fences("external/sbd"), fences("external/ssh")
    (True, False)
    """
    return agent not in _NOT_FOR_PRODUCTION


def counted(agents: list[str | None]) -> tuple[int, str]:
    """Return how many devices count, and what to say of those that do not.

    >>> counted(["fence_xvm", "null", "null"])
    (1, ', without 2 that only serve tests')
    """
    count = sum(map(fences, agents))
    others = len(agents) - count
    return count, f", without {others} that only serve{'s' * (others == 1)} tests" if others else ""
