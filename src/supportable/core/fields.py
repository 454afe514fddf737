"""Every field that a clause may name and a reader may report: its kind, its values, its meaning, how to get it.

In: nothing. Out: `FIELDS`, by full name (`nodes.os.release`), and `LISTINGS`. A field below a listing belongs to each
item of it. Ordered names compare only within one family: `rhel-9` is neither before nor after `windows-server-2003`.
"""

from __future__ import annotations

from typing import NamedTuple

from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.versions import VersionKey, version_key

OrderKey = tuple[int, int] | int | VersionKey | str | None


class Field(NamedTuple):
    """`kind` is name, integer, boolean, version, date or text; `families` holds the values of a name, each family in order."""

    name: str
    kind: str
    meaning: str
    collect: str
    families: tuple[tuple[str, ...], ...] = ()
    ordered: bool = False
    none_is: Value | None = None

    @property
    def listing(self) -> str | None:
        """The listing this field belongs to, `None` for a field of the whole deployment."""
        head = self.name.partition(".")[0]
        return head if head in LISTINGS else None

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value for family in self.families for value in family)

    @property
    def comparable(self) -> bool:
        """Whether `at_least` and its kin mean something for this field."""
        return self.ordered or self.kind in ("integer", "version", "date")

    def order_key(self, value: Value) -> OrderKey:
        """Return what `value` is ordered by, `None` if it cannot be ordered. Keys of two families never compare."""
        if self.kind == "integer":
            return int(value)
        if self.kind == "version":
            return version_key(str(value))
        if self.kind == "date":
            return str(value)
        for number, family in enumerate(self.families):
            if value in family:
                return (number, family.index(str(value)))
        return None

    def parse(self, text: str) -> Value | _Absent:
        """Return the value that `text` writes; raise `ValueError` with a sentence for text that is not a value.

        >>> FIELDS["workload.service_pack"].parse("none")
        0
        """
        if text == "none" and "none" not in self.values:
            return ABSENT if self.none_is is None else self.none_is
        if self.kind == "name":
            if text not in self.values:
                raise ValueError(f"`{text}` is not a value of `{self.name}`")
            return text
        if self.kind == "boolean":
            if text not in ("true", "false"):
                raise ValueError(f"`{text}` is not `true` or `false`")
            return text == "true"
        if self.kind == "integer":
            if not (text.isascii() and text.isdigit() and len(text) <= 12):
                raise ValueError(f"`{text}` is not a whole number")
            return int(text)
        if self.kind == "date":
            # Imported here because few files hold a date, and the command must start fast.
            from datetime import date

            try:
                if len(text) != len("2007-11-09") or text[4] != "-":
                    raise ValueError
                return date.fromisoformat(text).isoformat()
            except ValueError:
                raise ValueError(f"`{text}` is not a date (year-month-day)") from None
        if self.kind == "version" and version_key(text) is None:
            raise ValueError(f"`{text}` is not a version")
        return text


class ListingKind(NamedTuple):
    """What a listing lists, and how to get the complete list."""

    meaning: str
    collect: str


LISTINGS: dict[str, ListingKind] = {
    "nodes": ListingKind(
        "the machines of the cluster, by name",
        "name every node: `Get-ClusterNode`, the cluster's own configuration, or `nodes:` in a deployment file",
    ),
    "contracts": ListingKind(
        "the support relationships the customer holds, one item a contract", "ask the customer; write `contracts:` in a deployment file"
    ),
    "changes": ListingKind(
        "changes made to the cluster since its last complete validation, one item a change",
        "ask the administrator; write `changes:` (or `changes: none`) in a deployment file",
    ),
    "components": ListingKind(
        "the parts that a catalogue of hardware or certified components is asked about, one item a part",
        "take stock of the parts; write `components:` in a deployment file",
    ),
}


DEFAULTED = frozenset({"cluster.fencing_enabled", "cluster.no_quorum_policy", "cluster.maintenance_mode"})
"""Options of which `none` says that nobody set them. A source that tells the value in force says more; it is no contradiction."""


def collect_hint(name: str) -> str:
    """Return how to get a field, or the complete list of a listing."""
    return LISTINGS[name].collect if name in LISTINGS else FIELDS[name].collect


_WINDOWS = (
    "windows-nt-4.0", "windows-2000", "windows-server-2003", "windows-server-2003-r2", "windows-server-2008",
    "windows-server-2008-r2", "windows-server-2012", "windows-server-2012-r2", "windows-server-2016",
    "windows-server-2019", "windows-server-2022", "windows-server-2025",
)  # fmt: skip
_OS = (
    _WINDOWS,
    ("rhel-5", "rhel-6", "rhel-7", "rhel-8", "rhel-9", "rhel-10"),
    ("sles-11", "sles-12", "sles-15", "sles-16"),
    ("ubuntu-16.04", "ubuntu-18.04", "ubuntu-20.04", "ubuntu-22.04", "ubuntu-24.04"),
    ("oracle-linux-4", "oracle-linux-5", "oracle-linux-6", "oracle-linux-7", "oracle-linux-8", "oracle-linux-9"),
)
_SERVICES = (
    "mscs", "veritas-cluster-server", "lifekeeper", "expresscluster", "autostart", "serviceguard", "pacemaker",
    "red-hat-cluster-suite", "solaris-cluster", "powerha", "primecluster", "other",
)  # fmt: skip
_RELEASES = ("5.5", "2000", "2003", "2007", "2010", "2013", "2016", "2019", "subscription-edition")
_SQL_RELEASES = (
    "sql-server-2005", "sql-server-2008", "sql-server-2008-r2", "sql-server-2012", "sql-server-2014", "sql-server-2016",
    "sql-server-2017", "sql-server-2019", "sql-server-2022", "sql-server-2025",
)  # fmt: skip
_CHANGES = (
    "server-replaced", "cpu-changed", "memory-changed", "network-adapter-changed", "network-adapter-driver-updated",
    "bios-changed", "other-peripherals-changed", "os-update-touching-storage", "os-update-not-touching-storage",
    "application-without-kernel-drivers", "kernel-drivers-changed", "node-added", "node-removed", "quorum-changed",
    "storage-array-changed", "raid-unit-added", "storage-firmware-updated", "disk-added", "switch-replaced",
    "switch-port-count-changed", "switch-firmware-updated", "switch-zoning-changed", "hba-replaced",
    "hba-added-or-updated", "multipath-introduced-or-removed", "path-or-dsm-changed", "inter-node-network-changed",
    "replication-software-minor", "replication-software-major", "network-firmware-or-hardware-changed",
    "restored-from-backup", "other",
)  # fmt: skip


def _name(name: str, meaning: str, collect: str, *values: str) -> Field:
    return Field(name, "name", meaning, collect, (values,))


def _fields() -> tuple[Field, ...]:
    exchange_shell = "Exchange Management Shell"
    return (
        _name("workload.product", "the clustered application", "name it in a deployment file, or add the application's own export",
              "exchange-server", "sql-server", "oracle-database", "other"),
        Field("workload.release", "name", "the product's release", f"{exchange_shell}: `Get-ExchangeServer | Export-Clixml`; before 2007, Exchange System Manager, Help, About; SQL Server: `SELECT @@VERSION`",
              (_RELEASES, _SQL_RELEASES), ordered=True),
        _name("workload.edition", "the product's edition", f"{exchange_shell}: `Get-ExchangeServer | Export-Clixml` (Edition)",
              "standard", "enterprise", "standard-evaluation", "enterprise-evaluation", "coexistence"),
        Field("workload.service_pack", "integer", "the product's service pack; `none` is 0", f"{exchange_shell}: `Get-ExchangeServer`, AdminDisplayVersion", none_is=0),
        Field("workload.cumulative_update", "integer", "the product's cumulative update; `none` is 0", f"{exchange_shell}: `Get-ExchangeServer`, AdminDisplayVersion", none_is=0),
        Field("workload.update_rollup", "integer", "the product's update rollup; `none` is 0", "file version of `ExSetup.exe`; AdminDisplayVersion does not show a rollup", none_is=0),
        Field("workload.build", "version", "the product's build as the directory records it", f"{exchange_shell}: `Get-ExchangeServer | Export-Clixml`"),
        _name("workload.topology", "how the product is made highly available", f"{exchange_shell}: `Get-MailboxServer | Export-Clixml`, or msExchClusterStorageType; for a database ask its administrator",
              "single-copy-cluster", "cluster-continuous-replication", "database-availability-group",
              "failover-cluster-instance", "availability-group", "real-application-clusters"),
        Field("workload.fewest_database_copies", "integer", "copies of the database that has fewest copies", f"{exchange_shell}: `Get-MailboxDatabaseCopyStatus *`"),
        Field("workload.databases_without_raid", "boolean", "whether databases lie on single disks without RAID (JBOD)", "ask the storage administrator"),
        Field("workload.copies_on_one_disk_type", "boolean", "whether all copies of each database lie on disks of one sector type (512, 512e or 4K)", "`Get-Disk` on every node (LogicalSectorSize, PhysicalSectorSize)"),
        Field("workload.forefront_security", "boolean", "whether Forefront Security for Exchange Server runs with the workload", "the list of services or installed programs of a node"),
        _name("workload.cluster_mode", "active-active: as many Exchange virtual servers as nodes or more; active-passive: fewer", "compare the cluster's Exchange virtual servers with its nodes",
              "active-active", "active-passive"),
        Field("workload.databases_per_storage_group", "integer", "databases in the fullest storage group", f"{exchange_shell}: `Get-MailboxDatabase | Group StorageGroup`"),
        Field("workload.database_copies", "integer", "copies of the database that has most copies", f"{exchange_shell}: `Get-MailboxDatabaseCopyStatus *`"),
        Field("workload.within_scaling_limits", "boolean", "whether an active-active cluster stays within the scaling limits that its vendor publishes", "compare the connected users and the load of each node with the limits in the vendor's own article"),
        Field("directory.oldest_server_release", "name", "the oldest operating system among the writable domain controllers and global catalogs of the forest", "`Get-ADDomainController -Filter *` in every domain (OperatingSystem)", (_WINDOWS,), ordered=True),
        Field("directory.newest_server_release", "name", "the newest operating system among the writable domain controllers and global catalogs of the forest", "`Get-ADDomainController -Filter *` in every domain (OperatingSystem)", (_WINDOWS,), ordered=True),
        Field("directory.forest_functional_level", "name", "the functional level of the Active Directory forest, by the release of Windows it is named for", "`Get-ADForest` (ForestMode)", (_WINDOWS[1:],), ordered=True),
        _name("replication.mechanism", "what replicates the workload's data; `none` when nothing does", "ask the administrator; `Get-DatabaseAvailabilityGroup` (ThirdPartyReplication)",
              "continuous-replication", "third-party-api", "third-party"),
        _name("replication.timing", "when the host sees a replicated write as done: after both ends have it (synchronous) or after its own (asynchronous)", "ask the maker of the replication",
              "synchronous", "asynchronous"),
        Field("replication.replaces_native", "boolean", "whether a third-party replication solution does everything that continuous replication did and that its API turns off", "ask the maker of the replication"),
        Field("replication.write_order_assured", "boolean", "whether the maker of the replication has assured the customer that the order of writes is preserved", "ask the customer for the maker's statement"),
        Field("workload.version", "version", "the product's full version number", "SQL Server: `SELECT SERVERPROPERTY('ProductVersion')`; Oracle Database: `SELECT version FROM v$instance`"),
        Field("workload.replicas", "integer", "replicas of the availability group, a configuration-only replica included", "`SELECT * FROM sys.availability_replicas`"),
        Field("workload.possible_owners", "integer", "nodes on which the cluster may run the instance", "the cluster's location rules, or the possible owners of its resources"),
        _name("workload.file_system", "the file system that holds the database files", "`findmnt -T DIRECTORY`, or the properties of the volume", "ntfs", "refs", "xfs", "ext4", "other"),
        Field("workload.own_group", "boolean", "whether each instance has a cluster group of its own, with its own disks, IP address and names", "`Get-ClusterResource`, compared with `Get-ClusterGroup`"),
        Field("workload.production", "boolean", "whether the deployment serves production", "ask the customer"),
        _name("cluster.service", "the cluster service that moves the workload between nodes; `none` for no cluster", "the list of services of a node (`Get-Service | Export-Clixml`), or the cluster's configuration file", *_SERVICES),
        Field("cluster.version", "version", "the version of the cluster service", "the cluster product's own version command"),
        Field("cluster.name", "text", "the cluster's name", "the cluster's configuration file"),
        Field("cluster.configuration_includes", "text", "the files that the cluster's configuration file includes, by name", "`main.cf`"),
        Field("cluster.geographically_dispersed", "boolean", "whether nodes of the cluster stand in different sites", "ask the administrator"),
        _name("cluster.quorum", "the quorum model", "`Get-ClusterQuorum`; before 2008, Cluster Administrator, cluster properties",
              "node-majority", "node-and-file-share-majority", "node-and-disk-majority", "disk-only"),
        Field("cluster.single_lan", "boolean", "whether the private and the public networks between the nodes each appear as one LAN without routing", "ask the network administrator; compare the subnets of the nodes"),
        Field("cluster.writable_domain_controller", "boolean", "whether every node can reach a writable domain controller", "`nltest /dsgetdc:DOMAIN /writable` on every node"),
        _name("cluster.msdtc", "how the Distributed Transaction Coordinator runs; `none` when it does not run on any node", "Cluster Administrator, or `cluster res`, and the services of the nodes",
              "in-default-group", "in-other-group", "not-clustered"),
        Field("cluster.failback", "boolean", "whether groups return to their preferred node by themselves", "Cluster Administrator, group properties, Failback"),
        Field("cluster.components_certified", "boolean", "every hardware and software component holds the `Certified for Windows Server` logo of the release in use", "look each component up in the Windows Server Catalog"),
        _name("cluster.validation", "the result of the last complete validation run; `none` when none was made", "`Test-Cluster`; reports are kept in `%SystemRoot%\\Cluster\\Reports`",
              "passed", "passed-with-warnings", "cancelled", "failed"),
        Field("cluster.validated_on", "date", "the day of the last complete validation run", "the date of the newest report in `%SystemRoot%\\Cluster\\Reports`"),
        Field("cluster.used_only_by_dag", "boolean", "whether the cluster under the DAG serves nothing else", "`Get-ClusterGroup`"),
        Field("cluster.dac_mode", "boolean", "whether Datacenter Activation Coordination mode is on", f"{exchange_shell}: `Get-DatabaseAvailabilityGroup`, DatacenterActivationMode"),
        Field("cluster.round_trip_ms", "integer", "round-trip network latency between the two farthest nodes, in milliseconds", "measure it between the nodes"),
        Field("cluster.witness.is_member", "boolean", "whether the witness server is a member of the DAG", f"{exchange_shell}: `Get-DatabaseAvailabilityGroup`, WitnessServer"),
        Field("cluster.witness.on_dfs", "boolean", "whether the witness directory is a DFS share", f"{exchange_shell}: `Get-DatabaseAvailabilityGroup`, WitnessDirectory"),
        Field("cluster.witness.same_forest", "boolean", "whether the witness server is in the Active Directory forest of the DAG", "`Get-ADForest` on both"),
        Field("cluster.witness.os.release", "name", "the operating system release of the witness server", "`Get-CimInstance Win32_OperatingSystem` on the witness", (_WINDOWS,), ordered=True),
        Field("cluster.fencing_enabled", "boolean", "whether the cluster fences failed nodes", "`cibadmin --query`; with cman, FENCE_JOIN in `/etc/sysconfig/cman`"),
        _name("cluster.shared_storage", "how the nodes that are virtual machines share disks; `none` when they share none", "the disks of each virtual machine in its settings, and the guest's own iSCSI sessions",
              "rdm-physical", "rdm-virtual", "vmdk-multi-writer", "vmdk-clustered", "in-guest-iscsi", "nfs", "vvol", "vsan"),
        _name("cluster.shared_disk_controller", "the virtual SCSI controller of the shared disks", "the settings of each virtual machine: SCSI controller, type", "pvscsi", "lsi-logic-sas", "nvme", "other"),
        _name("cluster.scsi_bus_sharing", "the bus sharing of the controller of the shared disks; `none` when it is off", "the settings of each virtual machine: SCSI controller, bus sharing", "physical", "virtual"),
        Field("cluster.release_reservation_on_power_off", "boolean", "whether a controller of shared disks gives reservations up at power off", "`scsiX.releaseResvOnPowerOff` in each virtual machine's configuration file (.vmx)"),
        Field("cluster.nodes_share_host", "boolean", "whether two nodes may run on the same hypervisor host", "the hosts of the virtual machines, and the anti-affinity rules"),
        Field("cluster.listed_by_hypervisor_vendor", "boolean", "whether a compatibility or interoperability guide of the hypervisor's vendor lists the cluster service on this system", "look the product up in the hypervisor vendor's guides"),
        Field("cluster.within_hypervisor_limits", "boolean", "whether the cluster has at most as many nodes as the hypervisor vendor's guide allows", "count the nodes and look the maximum up in the guide; for Windows clusters on vSphere, Table 1 of KB 313472 (8.x) or KB 313230 (7.x)"),
        Field("cluster.shared_volumes", "boolean", "whether the workload's files lie on Cluster Shared Volumes", "`Get-ClusterSharedVolume`"),
        Field("cluster.mounted_volumes", "boolean", "whether clustered disks are mounted as folders of another volume", "`mountvol` on the node that owns the disks"),
        Field("cluster.storage_spaces", "boolean", "whether the cluster's disks come from Storage Spaces", "`Get-StoragePool` on a node"),
        Field("cluster.fencing_devices", "integer", "configured fencing devices, without those that only serve tests", "`cibadmin --query`"),
        Field("cluster.sbd", "boolean", "whether SBD is in use, with or without a shared device", "`cibadmin --query` (have-watchdog), or `systemctl is-enabled sbd`"),
        Field("cluster.watchdog_fencing", "boolean", "whether SBD's watchdog fences every node by itself, without a fencing device", "`cibadmin --query`: have-watchdog is true and stonith-watchdog-timeout is set and not 0"),
        _name("cluster.no_quorum_policy", "what the cluster does without quorum", "`cibadmin --query`", "stop", "freeze", "ignore", "suicide", "demote", "fence"),
        Field("cluster.have_quorum", "boolean", "whether the cluster had quorum when the evidence was made", "`crm_mon --output-as=xml` or `cibadmin --query`"),
        Field("cluster.maintenance_mode", "boolean", "whether the whole cluster is in maintenance mode", "`cibadmin --query`"),
        _name("cluster.stack", "the messaging layer under Pacemaker", "`cibadmin --query`", "corosync", "cman", "heartbeat", "openais"),
        _name("cluster.transport", "the corosync transport", "`/etc/corosync/corosync.conf`", "knet", "udpu", "udp"),
        _name("cluster.knet_transport", "the protocol under knet links; `none` when it is not set", "`knet_transport` in `/etc/corosync/corosync.conf`", "udp", "sctp"),
        Field("cluster.broadcast_over_ipv6", "boolean", "whether corosync broadcasts its messages and its networks are IPv6", "`broadcast` and the addresses in `/etc/corosync/corosync.conf`"),
        Field("cluster.links", "integer", "corosync links (rings) between the nodes", "`corosync-cfgtool -s`, or `/etc/corosync/corosync.conf`"),
        Field("cluster.links_on_different_networks", "boolean", "whether each corosync link has a network of its own", "compare the addresses of the links in `/etc/corosync/corosync.conf`"),
        _name("cluster.link_redundancy", "what makes a link of the cluster redundant below corosync; `none` when nothing does", "`ls /proc/net/bonding` and `teamdctl DEVICE state` on the nodes; for the infrastructure, ask the administrator",
              "bonding", "teaming", "infrastructure"),
        _name("cluster.bonding_mode", "the mode of the bonded interfaces that carry the cluster's messages", "`cat /proc/net/bonding/DEVICE`",
              "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"),
        Field("cluster.token_timeout_ms", "integer", "the corosync token timeout in milliseconds", "`corosync-cmapctl runtime.config.totem.token`, or `/etc/corosync/corosync.conf` where it is set"),
        Field("cluster.two_node", "boolean", "whether corosync's two-node mode is on", "`/etc/corosync/corosync.conf`"),
        Field("cluster.expected_votes", "integer", "the votes corosync expects", "`/etc/corosync/corosync.conf`"),
        Field("cluster.quorum_devices", "integer", "corosync quorum devices (qdevice) of the cluster; `none` is 0", "`pcs quorum config`, or `/etc/corosync/corosync.conf`", none_is=0),
        Field("cluster.quorum_device_heuristics", "boolean", "whether the quorum device uses heuristics; `none` when they are not set", "`pcs quorum config`, or `/etc/corosync/corosync.conf`"),
        Field("cluster.resilient_storage", "boolean", "whether the cluster uses DLM or what is built on it: GFS2, OCFS2, clvmd, lvmlockd, cmirror", "`cibadmin --query`, and `dlm_tool ls` on a node"),
        Field("cluster.disaster_recovery_site", "boolean", "whether the cluster is the secondary site of another and serves disaster recovery only", "ask the administrator"),
        _name("hardware.catalog_listing", "how the hardware is listed in the HCL, Windows Catalog or Windows Server Catalog; `none` when it is not listed", "look the complete system up in the catalogue (category Cluster), or ask the hardware vendor for the listing",
              "cluster-system", "geo-cluster-system", "components-only"),
        Field("hardware.rhel_certified", "boolean", "whether the hardware, hypervisor or provider is certified for the release of RHEL", "look each up in Red Hat's catalogue of certified systems"),
        Field("hardware.catalog_checked_on", "date", "the day somebody looked the hardware up in the list", "ask who looked it up"),
        Field("hardware.vendor", "text", "who made the machines", "`Get-CimInstance Win32_ComputerSystem | Export-Clixml`"),
        Field("hardware.model", "text", "the model of the machines", "`Get-CimInstance Win32_ComputerSystem | Export-Clixml`"),
        Field("nodes.os.release", "name", "the operating system release", "`Get-CimInstance Win32_OperatingSystem | Export-Clixml`, or `cat /etc/os-release`", _OS, ordered=True),
        _name("nodes.os.edition", "the operating system edition", "`Get-CimInstance Win32_OperatingSystem | Export-Clixml` (OperatingSystemSKU, OSProductSuite)",
              "standard", "enterprise", "datacenter", "advanced-server", "web"),
        Field("nodes.os.minor_release", "integer", "the minor release of RHEL (4 for RHEL 8.4)", "`cat /etc/redhat-release`"),
        Field("nodes.os.service_pack", "integer", "the operating system's service pack; `none` is 0", "`Get-CimInstance Win32_OperatingSystem` (ServicePackMajorVersion), or `cat /etc/os-release`", none_is=0),
        Field("nodes.os.build", "version", "the operating system's build", "`Get-CimInstance Win32_OperatingSystem` (Version)"),
        _name("nodes.os.architecture", "the processor architecture of the operating system", "`Get-CimInstance Win32_OperatingSystem` (OSArchitecture), or `uname -m`", "x86", "x64", "itanium", "arm64", "ppc64le", "s390x"),
        Field("nodes.os.server_core", "boolean", "whether the installation is Server Core", "registry value InstallationType"),
        _name("nodes.domain_role", "the machine's role in its domain", "`Get-CimInstance Win32_ComputerSystem | Export-Clixml` (DomainRole)",
              "member-server", "domain-controller", "read-only-domain-controller", "stand-alone-server"),
        Field("nodes.domain", "text", "the domain the machine belongs to", "`Get-CimInstance Win32_ComputerSystem` (Domain)"),
        Field("nodes.ad_site", "text", "the Active Directory site of the machine", "`nltest /dsgetsite`"),
        Field("nodes.virtual", "boolean", "whether the machine is virtual", "`Get-CimInstance Win32_ComputerSystem` (Model), or `systemd-detect-virt`; of a physical machine somebody says it"),
        _name("nodes.hypervisor", "the hypervisor under a virtual machine", "`Get-CimInstance Win32_ComputerSystem` (Model), or `systemd-detect-virt`; of a physical machine somebody says `none`", "hyper-v", "vmware", "kvm", "xen", "virtualbox", "z-vm", "other"),
        Field("nodes.hypervisor_validated", "boolean", "whether the hypervisor is validated in Microsoft's Server Virtualization Validation Program, or its maker has a joint support relationship with Microsoft", "look the hypervisor up in the Windows Server Catalog, Server Virtualization"),
        Field("nodes.virtual_machine_snapshots", "boolean", "whether snapshots of the virtual machine are made", "ask the hypervisor's administrator; Hyper-V: `Get-VMSnapshot`"),
        Field("nodes.dynamic_memory", "boolean", "whether the host may change or over-commit the memory of the virtual machine", "ask the hypervisor's administrator; Hyper-V: `Get-VMMemory`"),
        Field("nodes.saved_state", "boolean", "whether the virtual machine saves its state to disk, and starts from it, when it is moved or stopped", "ask the hypervisor's administrator; Hyper-V: `Get-VM` (AutomaticStopAction)"),
        Field("nodes.host_clustering", "boolean", "whether the hosts restart or move the virtual machine by themselves", "ask the hypervisor's administrator"),
        Field("nodes.host_migration_supported", "boolean", "whether the hypervisor's maker supports moving virtual machines of this workload; `none` when they are not moved while they run", "ask the hypervisor's maker"),
        Field("nodes.host_other_applications", "boolean", "whether server applications, other than to manage it, run on the host itself", "ask the hypervisor's administrator"),
        Field("nodes.host_virtual_processors_percent", "integer", "virtual processors of all guests of the host, in per cent of its physical cores", "ask the hypervisor's administrator"),
        Field("nodes.virtual_processors", "integer", "the processors of the virtual machine", "`Get-CimInstance Win32_ComputerSystem` (NumberOfLogicalProcessors)"),
        Field("nodes.unified_messaging", "boolean", "whether the Unified Messaging role of Exchange is on the machine", "Exchange Management Shell: `Get-ExchangeServer` (ServerRole)"),
        _name("nodes.data_storage", "what the databases and logs of the workload lie on, as the machine sees it", "ask the storage administrator",
              "direct-attached", "iscsi", "fibre-channel", "pass-through", "fixed-virtual-disk", "dynamic-virtual-disk", "fixed-virtual-disk-on-smb-3", "dynamic-virtual-disk-on-smb-3", "network-attached", "network-attached-as-block"),
        Field("nodes.azure_premium_storage", "boolean", "whether all database and log volumes of an Azure virtual machine lie on Premium Storage; `none` for a machine that is not in Azure", "the Azure portal, disks of the virtual machine"),
        Field("nodes.data_compressed", "boolean", "whether database or log files are compressed by NTFS", "`compact` in the folders of databases and logs"),
        Field("nodes.data_encrypted_by_efs", "boolean", "whether database or log files are encrypted by EFS", "`cipher` in the folders of databases and logs"),
        Field("nodes.data_deduplicated", "boolean", "whether Windows deduplicates volumes with live databases", "`Get-DedupVolume`"),
        _name("nodes.program_file_system", "the file system that holds the product's program files", "`Get-Volume`", "ntfs", "refs"),
        Field("nodes.storage_foundation", "boolean", "whether VERITAS Storage Foundation or Volume Manager is installed", "the list of installed programs of the machine"),
        _name("nodes.cluster_disks", "the kind of the disks that the cluster moves", "Disk Management, or `diskpart`, `list disk`", "basic", "dynamic"),
        Field("nodes.third_party_storage_software", "boolean", "whether another maker's backup, replication, mirroring or snapshot software works on the storage", "the list of installed programs of the machine"),
        Field("nodes.storage_drivers_signed", "boolean", "whether all drivers that this storage software installed are signed", "`driverquery /si`"),
        Field("nodes.storage_qualified", "boolean", "whether the block storage carries Microsoft's logo for Windows", "look the storage up in the Windows Server Catalog"),
        Field("nodes.third_party_cluster_parts", "boolean", "whether another maker's adapter teaming, storage or multipath driver, volume manager, antivirus, open-file agent or quota software runs on the machine", "the lists of drivers and installed programs of the machine"),
        Field("nodes.windows_management_framework_added", "boolean", "whether a Windows Management Framework was put over the PowerShell that came with Windows", "`$PSVersionTable.PSVersion`, compared with the release of Windows"),
        Field("nodes.credential_guard", "boolean", "whether Credential Guard runs", "`Get-CimInstance -Namespace root\\Microsoft\\Windows\\DeviceGuard Win32_DeviceGuard` (SecurityServicesRunning)"),
        Field("nodes.hypervisor_version", "version", "the hypervisor's version with its update: 7.0 Update 3 is written 7.0.3", "`vmware -l` on the host of the virtual machine"),
        _name("nodes.cloud", "the cloud whose instance the machine is; `none` for a machine outside clouds", "`virt-what`, or `dmidecode -s system-manufacturer`",
              "openstack", "aws", "azure", "google-cloud", "alibaba-cloud", "ibm-cloud", "other"),
        Field("nodes.live_migration", "boolean", "whether the virtual machine may be migrated live while it is an active member", "ask the administrator of the virtualisation (for VMware: DRS and vMotion)"),
        Field("nodes.listed_by_hypervisor_vendor", "boolean", "whether the hypervisor vendor's guide lists the guest's operating system with this version of the hypervisor", "look the pair up in the guide; for Windows clusters on vSphere, Table 1 of KB 313472 (8.x) or KB 313230 (7.x)"),
        Field("nodes.virtualisation_certified", "boolean", "whether the workload's vendor lists the virtualisation technology with this system as certified", "look it up in the workload vendor's list of certified virtualisation technologies"),
        Field("nodes.guest_listed", "boolean", "whether the operating system's vendor lists the pair of guest system and hypervisor", "look the pair up in the hardware compatibility list of the operating system's vendor"),
        Field("nodes.replicated_by_hypervisor", "boolean", "whether Hyper-V Replica copies the virtual machine", "`Get-VMReplication` on the host"),
        Field("nodes.failover_clustering_installed", "boolean", "whether Windows' own cluster feature is installed", "`Get-WindowsFeature | Export-Clixml`"),
        Field("nodes.only_mailbox_role", "boolean", "whether the Mailbox role is the only Exchange role on the machine", f"{exchange_shell}: `Get-ExchangeServer` (ServerRole)"),
        Field("nodes.mounted_databases", "integer", "databases that the machine mounts, active and replaying copies together", f"{exchange_shell}: `Get-MailboxDatabaseCopyStatus -Server NAME`"),
        Field("nodes.workload_build", "version", "the build of the product's files on the machine", "`ExSetup.exe` file version"),
        Field("nodes.workload_release", "name", "the release of the product on the machine", f"{exchange_shell}: `Get-ExchangeServer | Export-Clixml` (AdminDisplayVersion)", (_RELEASES,), ordered=True),
        Field("nodes.workload_drive", "text", "the drive letter that holds the product's program files", "`Get-CimInstance Win32_Service` (PathName of an Exchange service)"),
        Field("nodes.workload_on_shared_drive", "boolean", "whether the product's program files lie on a disk of the cluster", "compare the drive letter with the disks of the cluster"),
        Field("nodes.fqdn_is_proxy_domain", "boolean", "whether the machine's full name equals the SMTP domain of a recipient policy", "compare the machine's full name with the recipient policies"),
        Field("nodes.front_end_server", "boolean", "whether the machine is configured as a front-end server", "Exchange System Manager, server properties, General"),
        Field("nodes.multipath_software", "text", "the multipath software and device specific module, with versions; `none` for a single path", "the validation report's inventory, or `mpclaim -v`"),
        Field("nodes.hba", "text", "the host bus adapters towards the cluster's storage, with driver and firmware versions", "the validation report's inventory"),
        Field("nodes.dotnet", "version", "the .NET Framework version", "registry value NET Framework Setup\\NDP\\v4\\Full, Release"),
        Field("nodes.dotnet_461_hotfix", "boolean", "whether the hotfix that Exchange needs with .NET Framework 4.6.1 is installed", "`Get-HotFix`, compared with the Exchange team's announcement of June 2016"),
        Field("nodes.fencing_device", "boolean", "whether a configured fencing device can fence the machine", "`stonith_admin --list NODE`; with cman, `/etc/cluster/cluster.conf`"),
        Field("nodes.corosync_version", "version", "the version and release of the corosync package", "`rpm -q corosync`"),
        Field("nodes.cman_version", "version", "the version and release of the cman package", "`rpm -q cman`"),
        Field("nodes.qdevice_version", "version", "the version and release of the corosync-qdevice package", "`rpm -q corosync-qdevice`"),
        Field("nodes.address_by_dhcp", "boolean", "whether corosync's network interface gets its address by DHCP", "`nmcli -f ipv4.method connection show NAME`, or BOOTPROTO in the interface's configuration"),
        Field("nodes.third_party_live_patch", "boolean", "whether a live patch is loaded that the operating system's vendor did not ship", "`ls /sys/kernel/livepatch`, compared with `rpm -qa 'kpatch-patch*' 'kernel-livepatch*'`"),
        _name("nodes.kernel_module_support", "the weakest support flag among the loaded kernel modules", "`modinfo -F supported MODULE` for each module of `lsmod`; `yes` is `supported`, empty is `not-set`", "supported", "external", "not-set"),
        Field("nodes.cluster_stack_version", "version", "the version of the cluster software on the machine", "`rpm -q pacemaker` or `dpkg -s pacemaker`"),
        _name("contracts.party", "who the support relationship is with", "ask the customer", "support-provider", "cluster-vendor", "hardware-vendor", "storage-vendor", "hypervisor-vendor"),
        Field("contracts.premier", "boolean", "whether the support contract is of Premier level", "ask the customer"),
        Field("contracts.until", "date", "the day the contract ends", "ask the customer"),
        _name("changes.change", "what was changed", "ask the administrator, or the change record", *_CHANGES),
        Field("changes.made_on", "date", "the day of the change", "ask the administrator, or the change record"),
        _name("changes.validated_by", "the strongest validation run made after the change; `none` when none was made", "reports in `%SystemRoot%\\Cluster\\Reports`",
              "full-run", "run-without-storage", "run-on-one-lun"),
        _name("components.kind", "what the part is", "take stock of the parts",
              "server", "storage-array", "host-bus-adapter", "network-adapter", "switch", "multipath-software", "driver", "agent", "other"),
        Field("components.vendor", "text", "who made the part, as its maker or the system writes it", "the part's own report: `Get-CimInstance`, `dmidecode`, `multipath -ll`, the array's console"),
        Field("components.model", "text", "the model of the part, as its maker or the system writes it", "the part's own report, as for its vendor"),
        Field("components.firmware", "version", "the version of the part's firmware, or of software its own version", "the part's own report, as for its vendor"),
        Field("components.driver", "version", "the version of the driver in use for the part", "`driverquery /v`, `modinfo`, or the properties of the device"),
    )  # fmt: skip


FIELDS: dict[str, Field] = {field.name: field for field in _fields()}
