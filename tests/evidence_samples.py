"""A sample of each format that a reader knows, written here: module of the reader -> name of the file and its bytes.

They are samples, not evidence: small, with each kind of line that the reader looks at. Real evidence is beside the checkout.
"""

from __future__ import annotations

Sample = tuple[str, bytes]

CIB = b"""<?xml version="1.0"?>
<cib have-quorum="1"><configuration><crm_config>
<cluster_property_set id="a" score="5"><rule id="r"/><nvpair id="p" name="maintenance-mode" value="true"/></cluster_property_set>
<cluster_property_set id="cib-bootstrap-options"><nvpair id="q" name="stonith-enabled" value="true"/>
<nvpair id="v" name="dc-version" value="1.1.16-12.el7_4.2-94ff4df"/><nvpair id-ref="q"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1" type="member"/></nodes>
<resources><primitive id="f" class="stonith" template="t"/></resources></configuration></cib>"""
MONITOR = b"""<pacemaker-result request="crm_mon --output-as=xml"><summary><stack type="corosync"/>
<current_dc present="true" version="2.1.5-9.el9-a3f44794f94" with_quorum="true"/><nodes_configured number="1"/>
<cluster_options stonith-enabled="true"/></summary><nodes><node name="n1" type="member"/></nodes></pacemaker-result>"""
COROSYNC = b"totem {\n cluster_name: c\n token: 5000\n}\nnodelist {\n node {\n  name: n1\n }\n}\nquorum {\n two_node: 1\n}\n"
REPORT = b"#####Cluster info:\n#####Cluster related packages:\npacemaker 2.0.1-1 - SUSE Linux Enterprise 15 x86_64\nDistribution: None\n"
STATUS = b"Stack: corosync\nCurrent DC: n1 (version 2.0.1-1.4-2.0.1) - partition with quorum\n1 node configured\nOnline: [ n1 (1) ]\n"
MAIN = b'include "types.cf"\ncluster c (\n UserNames = { a = "b" }\n)\nsystem n1 (\n)\ngroup g (\n)\n'
CLP = (
    '<?xml version="1.0" encoding="SJIS"?><root><all><charset>SJIS</charset></all>'
    '<cluster><name>東京</name></cluster><server name="n1"/></root>'
).encode("cp932")
CLIXML = b"""<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0"><TN RefId="0">
<T>Microsoft.FailoverClusters.PowerShell.ClusterQuorumSettings</T><T>System.Object</T></TN><ToString>q</ToString><Props>
<Obj N="QuorumResource" RefId="1"><ToString>File Share Witness</ToString><Props><S N="Name">File Share Witness</S>
<S N="ResourceType">File Share Witness</S></Props></Obj>
<Obj N="QuorumType" RefId="2"><ToString>Majority</ToString><I32>1</I32></Obj></Props></Obj></Objs>"""
SETUP = b"""[12/21/2020 13:39:58.0909] [0] Starting Microsoft Exchange Server 2016 Setup
[12/21/2020 13:39:58.0909] [0] Setup version: 15.1.2106.2.
[12/21/2020 13:40:58.0909] [1] Evaluated [Setting:DomainRole] [HasException:False] [Value:"3"] [ParentValue:""]
"""
PCS_STATUS = b"""Cluster name: c1

WARNINGS:
No stonith devices and stonith-enabled is not false

Cluster Summary:
  * Stack: corosync (Pacemaker is running)
  * Current DC: n1 (version 2.1.5-9.el9-a3f44794f94) - partition with quorum
  * 2 nodes configured

Node List:
  * Node n2: standby
  * Online: [ n1 ]

Full List of Resources:
  * Clone Set: dlm-clone [dlm]:
    * Started: [ n1 ]

PCSD Status:
  n1: Online
  n2: Offline

Daemon Status:
  corosync: active/enabled
  sbd: active/enabled
"""
PCS_CONFIG = b"""Cluster Name: c1
Corosync Nodes:
 n1 n2
Pacemaker Nodes:
 n1 n2

Resources:
  Resource: dlm (class=ocf provider=pacemaker type=controld)

Stonith Devices:
  Resource: f1 (class=stonith type=fence_xvm)
    Attributes: f1-instance_attributes
      password=secret
Fencing Levels:

Cluster Properties: cib-bootstrap-options
  have-watchdog=true
  no-quorum-policy=freeze
  stonith-watchdog-timeout=10
Quorum:
  Options:
"""
CRM_CONFIGURE = b"""node 1: n1 \\
\tattributes standby=off
node 2: n2
node r1:remote
primitive f1 stonith:external/sbd \\
\tparams pcmk_delay_max=30s password=secret
primitive dlm ocf:pacemaker:controld \\
\top monitor interval=60
clone c-dlm dlm
property cib-bootstrap-options: \\
\thave-watchdog=true \\
\tdc-version="2.1.5-9.el9-a3f44794f94" \\
\tcluster-name=c1 \\
\tstonith-enabled=true
rsc_defaults rsc-options: \\
\tresource-stickiness=1
"""
QUORUM = b"""Quorum information
------------------
Quorum provider:  corosync_votequorum
Quorate:          Yes

Votequorum information
----------------------
Expected votes:   2
Flags:            2Node Quorate Qdevice

Membership information
----------------------
    Nodeid      Votes    Qdevice Name
         1          1    A,V,NMW n1 (local)
"""
CFGTOOL = b"Local node ID 2, transport knet\nLINK ID 0 udp\n\taddr\t= 10.77.0.2\n\tstatus:\n\t\tnodeid: 1:\tconnected\nLINK ID 1 udp\n"
CMAP = b"""nodelist.local_node_pos (u32) = 1
nodelist.node.0.name (str) = n1
nodelist.node.0.ring0_addr (str) = 10.0.0.1
nodelist.node.1.name (str) = n2
nodelist.node.1.ring0_addr (str) = 10.0.0.2
quorum.expected_votes (u32) = 2
quorum.provider (str) = corosync_votequorum
quorum.two_node (u8) = 1
runtime.config.totem.token (u32) = 3000
totem.cluster_name (str) = c1
totem.transport (str) = knet
"""
HASTATUS = b"""
-- SYSTEM STATE
-- System               State                Frozen

A  n1                   RUNNING              0
A  n2                   FAULTED              0

-- GROUP STATE
-- Group           System               Probed     AutoDisabled    State

B  SG1             n1                   Y          N               ONLINE
"""
LCDSTATUS = b"""Resource Hierarchy Information

LOCAL    TAG                ID          STATE     PRIO  PRIMARY
n1       app1-on-n1         app1        ISP          1  n1

Communication Status Information
The following LifeKeeper machines are known:
machine=n1 state=ALIVE
machine=n2 state=ALIVE
The following LifeKeeper network connections exist:
"""
CMVIEWCL = b"""name=c1
id=1
status=up
state=up
node:n1|name=n1
node:n1|status=up
node:n1|interface:lan0|name=lan0
node:n2|name=n2
node:n2|status=down
package:p1|node:n1|name=n1
"""
CMVIEWCL_TABLE = b"""
CLUSTER        STATUS
c1             up

  NODE           STATUS       STATE
  n1             up           running

    PACKAGE        STATUS           STATE            AUTO_RUN    NODE
    p1             up               running          enabled     n1

  NODE           STATUS       STATE
  n2             down         halted
"""
OS_RELEASE = b'NAME="SLES"\nVERSION="15-SP5"\nVERSION_ID="15.5"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP5"\nID="sles"\n'
HOSTNAMECTL = b""" Static hostname: n1
       Icon name: computer-vm
  Virtualization: kvm
Operating System: Red Hat Enterprise Linux 8.6 (Ootpa)
          Kernel: Linux 4.18.0-372.9.1.el8.x86_64
    Architecture: x86-64
 Hardware Vendor: Red Hat
  Hardware Model: KVM
"""
DMIDECODE = b"""# dmidecode 3.3
Handle 0x0100, DMI type 1, 27 bytes
System Information
\tManufacturer: Dell Inc.
\tProduct Name: PowerEdge R640
\tVersion: Not Specified

Handle 0x0300, DMI type 3, 21 bytes
Chassis Information
\tAsset Tag: 7783-7084-3265-9085-8269-3286-77
"""
SYSTEMINFO = b"""\r
Host Name:                 N1\r
OS Name:                   Microsoft Windows Server 2019 Standard\r
OS Version:                10.0.17763 N/A Build 17763\r
OS Configuration:          Member Server\r
System Manufacturer:       VMware, Inc.\r
System Model:              VMware7,1\r
System Type:               x64-based PC\r
Domain:                    contoso.example\r
"""
RPM = b"bash-4.4.20-4.el8_6.x86_64\npacemaker-2.1.2-4.el8_6.2.x86_64\ncorosync-3.1.5-2.el8.x86_64\ntzdata-2022a-1.el8.noarch\n"
DPKG = b"""Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
||/ Name           Version                 Architecture Description
+++-==============-=======================-============-=================================
ii  adduser        3.118ubuntu5            all          add and remove users and groups
ii  corosync       3.1.6-1ubuntu1          amd64        cluster engine daemon and utilities
ii  pacemaker      2.1.2-1ubuntu3          amd64        cluster resource manager
"""
ANSIBLE = b"""n1 | SUCCESS => {
    "ansible_facts": {"ansible_hostname": "n1", "ansible_distribution": "RedHat", "ansible_distribution_version": "8.6",
        "ansible_architecture": "x86_64", "ansible_os_family": "RedHat", "ansible_virtualization_role": "guest",
        "ansible_virtualization_type": "kvm", "ansible_system_vendor": "QEMU", "ansible_product_name": "KVM"},
    "changed": false
}
"""
PUPPET = b"""{"facterversion": "4.4.0", "is_virtual": false, "virtual": "physical",
 "dmi": {"manufacturer": "HP", "product": {"name": "DL380"}},
 "kernelversion": "10.0.17763", "networking": {"hostname": "n1", "domain": "example.com"},
 "os": {"name": "windows", "hardware": "x86_64", "windows": {"product_name": "Windows Server 2019 Standard",
 "edition_id": "ServerStandard", "installation_type": "Server Core"}}}
"""
TRENTO = b"""{"discovery_type": "ha_cluster_discovery", "payload": {"Cib": {"Configuration": {"CrmConfig": {"ClusterProperties": [
 {"Id": "a", "Name": "stonith-enabled", "Value": "true"}, {"Id": "b", "Name": "cluster-name", "Value": "c1"}]},
 "Nodes": [{"Id": "1", "Uname": "n1"}], "Resources": {"Primitives": [{"Id": "f", "Class": "stonith"}]}}}}}
"""
SAPTUNE = b'{"$schema":"file:///usr/share/saptune/schemas/1.0/saptune_status.schema.json","result":{"virtualization":"vmware"}}\n'
FAILOVER = b"""[{"Name": "N1", "NodeWeight": 1, "State": 0, "Cluster": {"Name": "c1"}},
 {"Name": "N2", "NodeWeight": 1, "State": 1, "Cluster": {"Name": "c1"}}]
"""
IN_UTF_16 = "\ufeff".encode("utf-16-le") + SYSTEMINFO.decode().encode("utf-16-le")
UNAME = b"Linux n1 5.14.0-70.el9.x86_64 #1 SMP PREEMPT Thu Feb 24 19:11:22 EST 2022 x86_64 x86_64 x86_64 GNU/Linux\n"
DEPLOYMENT = b"deployment: d\ncluster: {service: pacemaker}\nnodes:\n  - {name: n1, os: {release: rhel-9}}\n"
WAIVERS = b"""waivers:
  - {clause: kb810986.own-cluster-service, issuer: microsoft, reference: "1", approver: a, reason: b, granted: 2009-02-01,
     until: 2009-12-31Z, clause_digest: 8ce99938ceb3}
"""

# Without items: files that are not beside it would be listed too; `tests/test_collect.py` damages whole ones.
MANIFEST = b"""{
 "schema": "supportable/collected/1",
 "tool": "supportable 0.1.0",
 "system": "linux",
 "host": "n1.example",
 "node": "n1",
 "when": "2026-11-25T23:40:00Z",
 "items": []
}
"""
SAMPLES: dict[str, tuple[Sample, ...]] = {
    "deployment_file": (("deployment.yaml", DEPLOYMENT),),
    "waiver_file": (("waivers.yaml", WAIVERS),),
    "collected_manifest": (("MANIFEST.json", MANIFEST),),
    "clixml": (("quorum.xml", CLIXML),),
    "exchange_setup_log": (("ExchangeSetup.log", SETUP),),
    "pacemaker_cib": (("cib.xml", CIB),),
    "crm_mon": (("crm_mon.xml", MONITOR),),
    "corosync_conf": (("corosync.conf", COROSYNC),),
    "pcs_status": (("pcs-status.txt", PCS_STATUS),),
    "pcs_config": (("pcs-config.txt", PCS_CONFIG),),
    "crm_configure": (("cib.txt", CRM_CONFIGURE),),
    "crm_report": (("sysinfo.txt", REPORT), ("crm_mon.txt", STATUS)),
    "corosync_quorumtool": (("corosync-quorumtool.txt", QUORUM),),
    "corosync_cfgtool": (("corosync-cfgtool.txt", CFGTOOL),),
    "corosync_cmapctl": (("corosync-cmapctl.txt", CMAP),),
    "veritas_main_cf": (("main.cf", MAIN),),
    "veritas_hastatus": (("hastatus.txt", HASTATUS),),
    "lifekeeper_lcdstatus": (("lcdstatus.txt", LCDSTATUS),),
    "serviceguard_cmviewcl": (("cmviewcl.txt", CMVIEWCL), ("cmviewcl.txt", CMVIEWCL_TABLE)),
    "expresscluster_clp_conf": (("clp.conf", CLP),),
    "os_release": (("files/etc/os-release", OS_RELEASE),),
    "hostnamectl": (("hostnamectl.txt", HOSTNAMECTL),),
    "dmidecode": (("dmidecode.txt", DMIDECODE),),
    "systeminfo": (("systeminfo.txt", SYSTEMINFO), ("systeminfo.txt", IN_UTF_16)),
    "package_list": (("rpm.txt", RPM), ("dpkg.txt", DPKG)),
    "ansible_facts": (("facts.json", ANSIBLE),),
    "puppet_facts": (("facts.json", PUPPET),),
    "trento_discovery": (("discovery.json", TRENTO),),
    "saptune_status": (("saptune.json", SAPTUNE),),
    "failover_cluster_json": (("nodes.json", FAILOVER),),
    "machine_value": (
        ("files/sys/class/dmi/id/sys_vendor", b"VMware, Inc.\n"),
        ("commands/systemd-detect-virt.txt", b"kvm\n"),
        ("commands/virt-what.txt", b"xen\nxen-hvm\naws\n"),
        (
            "commands/uname.txt",
            b"Linux n1 5.14.0-70.el9.x86_64 #1 SMP PREEMPT Thu Feb 24 19:11:22 EST 2022 x86_64 x86_64 x86_64 GNU/Linux\n",
        ),
        ("files/etc/redhat-release", b"Red Hat Enterprise Linux release 8.6 (Ootpa)\n"),
        ("commands/hostname.txt", b"n1\n"),
    ),
}
"""Every module of `READERS` has a sample here, or the generic tests of readers fail."""
