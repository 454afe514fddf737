"""Evidence in: bytes -> observations. One format, one file; a file is recognised by its content, its name helps where content cannot.

`READERS` names every module with a `READER`, in the order in which they are asked, each with words of which one must stand in the
beginning (or the name) of any file of that format. Only modules whose words are there are imported and asked, so that a format
costs nothing where it does not occur.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from supportable.readers.reader import Evidence

ANY_FILE: tuple[bytes, ...] = (b"",)

READERS: dict[str, tuple[bytes, ...]] = {
    "deployment_file": ANY_FILE,
    "collected_manifest": (b"supportable/collected/",),
    "clixml": (b"Objs",),
    "exchange_setup_log": (b"Starting Microsoft Exchange Server", b"Setup version: "),
    "pacemaker_cib": (b"cib",),
    "crm_mon": (b"crm_mon", b"pacemaker-result"),
    "corosync_conf": (b"totem", b"nodelist"),
    "pcs_status": (b"PCSD Status:", b"Daemon Status:", b"Cluster name: "),
    "pcs_config": (b"Pacemaker Nodes:", b"Corosync Nodes:", b"Cluster Properties:"),
    "crm_configure": (b"property ",),
    "crm_report": (b"#####Cluster ", b"Current DC: "),
    "corosync_quorumtool": (b"Quorum information",),
    "corosync_cfgtool": (b"Local node ID ",),
    "corosync_cmapctl": (b" (u32) = ", b" (str) = ", b" (u64) = "),
    "veritas_main_cf": (b"include", b"cluster"),
    "veritas_hastatus": (b"SYSTEM STATE",),
    "lifekeeper_lcdstatus": (b"TAG", b"machine="),
    "serviceguard_cmviewcl": (b"node:", b"CLUSTER"),
    "expresscluster_clp_conf": (b"root",),
    "os_release": (b"ID=",),
    "hostnamectl": (b"Static hostname:",),
    "dmidecode": (b"DMI type ",),
    "systeminfo": (b"OS Name:",),
    "package_list": (b".x86_64", b".noarch", b".aarch64", b".ppc64le", b".s390x", b".i686", b"ii  ", b"DISTRIBUTION", b"pacemaker\t"),
    "ansible_facts": (b"ansible_",),
    "puppet_facts": (b"facterversion", b"aio_agent_version", b"is_virtual"),
    "trento_discovery": (b"discovery_type",),
    "saptune_status": (b"saptune",),
    "failover_cluster_json": (b"Quorum", b"NodeWeight", b"OwnerGroup", b"OwnerNode", b"ClusterFunctionalLevel", b"DynamicWeight"),
    "waiver_file": (b"waivers",),
    "machine_value": ANY_FILE,
}
"""The modules that each hold a `READER` -> words of which one stands in every file that it recognises."""


def open_reader(module: str) -> ModuleType:
    """Return the module of a reader."""
    return import_module(f"supportable.readers.{module}")


def likely_readers(evidence: Evidence) -> Iterator[str]:
    """Yield the modules that may know this file, in the order in which they are asked; none is imported.

    >>> [one for one in likely_readers(Evidence("a.xml", b"<cib/>")) if READERS[one] != ANY_FILE]
    ['pacemaker_cib']
    """
    # UTF-16, as PowerShell writes it, has a zero byte beside each letter of these words.
    head = evidence.head.replace(b"\0", b"")
    for module, words in READERS.items():
        if any(word in head for word in words):
            yield module
