"""The table of what is collected on a Linux machine: one `Item` is one thing, with the ways to get it and what it is for.

In: nothing. Out: `ITEMS`. Every command only asks: the options stand here and nowhere else, so reading this file (or
`supportable collect --list`) is reading all that will run. The ways of an item are tried in order until one answers; where none
does, the item is not in the bundle and the manifest says why.
"""

from __future__ import annotations

import shlex
from typing import NamedTuple


class Run(NamedTuple):
    """A command whose output becomes `commands/<file>`; it has answered when it wrote something and its exit code is among `answers`."""

    file: str
    command: tuple[str, ...]
    answers: tuple[int, ...] = (0,)

    @property
    def name(self) -> str:
        return f"commands/{self.file}"

    @property
    def how(self) -> str:
        return shlex.join(self.command)


class Copy(NamedTuple):
    """A file that becomes `files/<path>`; the last part of the path may hold a `*`."""

    path: str

    @property
    def name(self) -> str:
        return f"files{self.path}"

    @property
    def how(self) -> str:
        return self.path


class Item(NamedTuple):
    """One thing to collect: what it is for (`why`, and the fields it serves), how, and how many seconds each way may take.

    `cluster` says that an answer shows that a cluster service is here.
    """

    why: str
    serves: tuple[str, ...]
    ways: tuple[Run | Copy, ...]
    limit_s: int = 20
    cluster: bool = False


SERVICES = (
    "pacemaker",
    "pacemaker_remote",
    "corosync",
    "corosync-qdevice",
    "sbd",
    "pcsd",
    "dlm",
    "cman",
    "rgmanager",
)
"""The services whose state is asked of systemd."""

_SERVICE_PROPERTIES = "--property=Id,LoadState,ActiveState,UnitFileState"

# As `dpkg-query --list`, without the descriptions.
_PACKAGES = r"--showformat=${db:Status-Abbrev} ${Package} ${Version} ${Architecture}\n"

_PACEMAKER = (
    Item(
        "Pacemaker's configuration and state; where the cluster does not run, the copy on disk, which may be older",
        (
            "cluster.service",
            "cluster.name",
            "cluster.fencing_enabled",
            "cluster.fencing_devices",
            "cluster.sbd",
            "cluster.watchdog_fencing",
            "cluster.no_quorum_policy",
            "cluster.have_quorum",
            "cluster.maintenance_mode",
            "cluster.resilient_storage",
            "cluster.stack",
            "cluster.version",
        ),
        (Run("cib.xml", ("cibadmin", "--query")), Copy("/var/lib/pacemaker/cib/cib.xml")),
        cluster=True,
    ),
    Item(
        "the cluster as it runs now: members, quorum, the options in force; older versions know only the second form",
        ("cluster.service", "cluster.have_quorum", "cluster.fencing_enabled", "cluster.version"),
        (Run("crm_mon.xml", ("crm_mon", "--output-as=xml", "-1")), Run("crm_mon.xml", ("crm_mon", "--as-xml"))),
        cluster=True,
    ),
    Item("what the cluster calls this machine, which need not be its host name", (), (Run("crm_node.txt", ("crm_node", "--name")),)),
    Item(
        "the fencing devices that the cluster has registered",
        ("cluster.fencing_devices",),
        (
            Run("stonith_registered.xml", ("stonith_admin", "--list-registered", "--output-as=xml")),
            Run("stonith_registered.txt", ("stonith_admin", "--list-registered")),
        ),
    ),
    Item(
        "which nodes were fenced, when, and whether it worked",
        (),
        (
            Run("stonith_history.xml", ("stonith_admin", "--history", "*", "--verbose", "--output-as=xml")),
            Run("stonith_history.txt", ("stonith_admin", "--history", "*", "--verbose")),
        ),
    ),
    Item(
        "the cluster as its administrators see it",
        ("cluster.service", "cluster.name", "cluster.have_quorum", "cluster.version"),
        (Run("pcs_status.txt", ("pcs", "status")),),
        limit_s=60,
        cluster=True,
    ),
    Item(
        "the configuration as its administrators see it",
        ("cluster.name", "cluster.fencing_enabled", "cluster.fencing_devices", "cluster.no_quorum_policy"),
        (Run("pcs_config.txt", ("pcs", "config")),),
        limit_s=60,
        cluster=True,
    ),
)

_COROSYNC = (
    Item(
        "the messaging layer: members, links, transport, quorum",
        (
            "cluster.name",
            "cluster.stack",
            "cluster.transport",
            "cluster.knet_transport",
            "cluster.links",
            "cluster.token_timeout_ms",
            "cluster.two_node",
            "cluster.expected_votes",
            "cluster.quorum_devices",
            "cluster.quorum_device_heuristics",
        ),
        (Copy("/etc/corosync/corosync.conf"),),
        cluster=True,
    ),
    Item(
        # It ends with 2 where there is no quorum, which is an answer (corosync-quorumtool.c, show_status).
        "votes and quorum as this node sees them",
        ("cluster.have_quorum", "cluster.expected_votes"),
        (Run("corosync-quorumtool.txt", ("corosync-quorumtool", "-s"), (0, 1, 2)),),
        cluster=True,
    ),
    Item(
        "the values that corosync runs with, where its file leaves them to their defaults",
        ("cluster.token_timeout_ms", "cluster.transport", "cluster.two_node"),
        (Run("corosync-cmapctl.txt", ("corosync-cmapctl",)),),
        cluster=True,
    ),
    Item("the state of the links", ("cluster.links",), (Run("corosync-cfgtool.txt", ("corosync-cfgtool", "-s"), (0, 1)),)),
    Item(
        "the settings of SBD",
        ("cluster.sbd", "cluster.watchdog_fencing"),
        (Copy("/etc/sysconfig/sbd"), Copy("/etc/default/sbd")),
    ),
)

_OTHER_CLUSTERS = (
    Item("a cluster with cman", ("cluster.service", "cluster.fencing_enabled"), (Copy("/etc/cluster/cluster.conf"),), cluster=True),
    Item(
        "Veritas Cluster Server: members and groups",
        ("cluster.service", "cluster.name", "cluster.configuration_includes"),
        (Copy("/etc/VRTSvcs/conf/config/main.cf"),),
        cluster=True,
    ),
    Item("Veritas Cluster Server as it runs", ("cluster.service",), (Run("hastatus.txt", ("hastatus", "-sum")),), cluster=True),
    Item(
        "Serviceguard as it runs", ("cluster.service",), (Run("cmviewcl.txt", ("cmviewcl", "-v", "-f", "line")),), limit_s=60, cluster=True
    ),
    Item("LifeKeeper as it runs", ("cluster.service",), (Run("lcdstatus.txt", ("lcdstatus", "-e")),), cluster=True),
    Item(
        "which cluster services are installed, start by themselves, and run",
        ("cluster.service", "cluster.sbd"),
        (Run("systemctl_show.txt", ("systemctl", "show", _SERVICE_PROPERTIES, *SERVICES)),),
    ),
)

_MACHINE = (
    Item("the operating system", ("nodes.os.release", "nodes.os.minor_release", "nodes.os.service_pack"), (Copy("/etc/os-release"),)),
    Item("the release of RHEL and what is built like it", ("nodes.os.release", "nodes.os.minor_release"), (Copy("/etc/redhat-release"),)),
    Item("the service pack of older SLES", ("nodes.os.release", "nodes.os.service_pack"), (Copy("/etc/SuSE-release"),)),
    Item("kernel and architecture", ("nodes.os.architecture",), (Run("uname.txt", ("uname", "-a")),)),
    Item(
        # It ends with 1 and writes `none` on a physical machine: systemd-detect-virt(1).
        "whether the machine is virtual, as systemd sees it",
        ("nodes.virtual", "nodes.hypervisor"),
        (Run("systemd-detect-virt.txt", ("systemd-detect-virt",), (0, 1)),),
    ),
    Item("whether the machine is virtual, as virt-what sees it", ("nodes.virtual", "nodes.hypervisor", "nodes.cloud"),
         (Run("virt-what.txt", ("virt-what",)),)),
    *(
        Item(f"the {what} that the firmware names", serves, (Copy(f"/sys/class/dmi/id/{file}"),))
        for file, what, serves in (
            ("sys_vendor", "maker of the machine", ("hardware.vendor", "nodes.virtual", "nodes.hypervisor", "nodes.cloud")),
            ("product_name", "model of the machine", ("hardware.model", "nodes.virtual", "nodes.hypervisor")),
            ("product_version", "version of the model", ()),
            ("bios_vendor", "maker of the firmware", ()),
            ("bios_version", "version of the firmware", ()),
            ("bios_date", "date of the firmware", ()),
        )
    ),
    Item(
        "the versions of the cluster's packages",
        ("nodes.cluster_stack_version", "nodes.corosync_version", "nodes.cman_version", "nodes.qdevice_version"),
        (Run("dpkg-query.txt", ("dpkg-query", "--show", _PACKAGES)), Run("rpm-qa.txt", ("rpm", "-qa"))),
        limit_s=60,
    ),
    Item("bonded interfaces and their mode", ("cluster.link_redundancy", "cluster.bonding_mode"), (Copy("/proc/net/bonding/*"),)),
)  # fmt: skip

ITEMS: tuple[Item, ...] = (*_PACEMAKER, *_COROSYNC, *_OTHER_CLUSTERS, *_MACHINE)
"""Everything that is collected, in the order in which it is."""
