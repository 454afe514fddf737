"""The reader of PowerShell exports: what each object says, what it does not say, and that damage never breaks it."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportable.core.facts import ABSENT, THIS_MACHINE, Listed, Observation, Source
from supportable.core.fields import FIELDS
from supportable.errors import UnreadableEvidence
from supportable.readers.clixml import READER
from supportable.readers.clixml_objects import read_clixml
from supportable.readers.reader import Evidence

EVIDENCE = Path(__file__).parents[3] / "shared" / "evidence" / "css-exchange"
real = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")

SERVER = "Microsoft.Exchange.Data.Directory.Management.ExchangeServer"
MAILBOX = "Microsoft.Exchange.Data.Directory.Management.MailboxServer"
SERVICE = "System.ServiceProcess.ServiceController"
FEATURE = "Microsoft.Windows.ServerManager.Commands.Feature"
SYSTEM = r"System.Management.ManagementObject#root\cimv2\Win32_OperatingSystem"
COMPUTER = "Microsoft.Management.Infrastructure.CimInstance#ROOT/cimv2/Win32_ComputerSystem"


def export(*objects: str) -> bytes:
    """A sample of an export, written by hand."""
    head = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
    return "\n".join((head, *objects, "</Objs>")).encode("utf-8-sig")


def obj(kind: str, *properties: str, notes: Iterable[str] = ()) -> str:
    more = f"<MS>{''.join(notes)}</MS>" if notes else ""
    return f"<Obj><TN><T>{kind}</T><T>System.Object</T></TN><Props>{''.join(properties)}</Props>{more}</Obj>"


def text(name: str, value: str) -> str:
    return f'<S N="{name}">{value}</S>'


def number(name: str, value: int) -> str:
    return f'<U32 N="{name}">{value}</U32>'


def enum(name: str, shown: str, value: int = 1) -> str:
    return f'<Obj N="{name}"><ToString>{shown}</ToString><I32>{value}</I32></Obj>'


def service(name: str, status: str = "Running", machine: str = ".", nested: str = "") -> str:
    properties = (text("MachineName", machine), text("ServiceName", name), nested, enum("Status", status))
    return obj(SERVICE, *properties, notes=(text("Name", name),))


def whole_list(*more: str) -> bytes:
    """A sample list of services long enough to be a whole one."""
    return export(service("EventLog"), service("RpcSs"), *(service(f"svc{count}", "Stopped") for count in range(60)), *more)


def observations(data: bytes, name: str = "sample.xml") -> list[Observation]:
    evidence = Evidence(name, data)
    assert READER.recognises(evidence)
    found = list(READER.read(evidence))
    assert not any(isinstance(one, Listed) for one in found), "one server's export never lists all nodes"
    return [one for one in found if isinstance(one, Observation)]


def values(data: bytes, field: str) -> list[object]:
    return [one.value for one in observations(data) if one.field == field]


def facts(data: bytes) -> dict[str, object]:
    return {one.field: one.value for one in observations(data)}


def server(version: str = "Version 15.1 (Build 2375.7)", *more: str, name: str = "EXN1") -> str:
    return obj(SERVER, text("Name", name), enum("AdminDisplayVersion", version), *more)


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("Version 15.2 (Build 2562.17)", "subscription-edition"),
        ("Version 15.2 (Build 1748.10)", "2019"),
        ("Version 15.1 (Build 2507.6)", "2016"),
        ("Version 15.0 (Build 1497.2)", "2013"),
        ("Version 14.3 (Build 123.4)", "2010"),
        ("Version 8.3 (Build 83.6)", "2007"),
    ],
)
def test_the_version_in_the_directory_names_the_release(version: str, release: str):
    """AdminDisplayVersion gives product, release and build, each at the line of that property."""
    assert values(export(server(version)), "workload.release") == [release]


def test_a_serial_number_is_not_taken_for_a_version():
    """The directory adds 30000 to the build in serial numbers; read as a version, a 2019 server would become the latest."""
    assert facts(export(server("Version 15.2 (Build 30922.7)"))) == {}


def test_a_cumulative_update_is_named_only_where_a_source_names_it():
    """A build that no table here lists has no cumulative update, not an interpolated one."""
    assert values(export(server("Version 15.1 (Build 2507.6)")), "workload.cumulative_update") == [23]
    assert values(export(server("Version 15.1 (Build 2375.7)")), "workload.cumulative_update") == [22]
    assert values(export(server("Version 15.1 (Build 2376.7)")), "workload.cumulative_update") == []


def test_edition_and_role_are_read_from_the_enumerations():
    """An enumeration says its text; several roles are not only the Mailbox role."""
    found = facts(export(server("Version 15.0 (Build 1497.2)", enum("Edition", "Enterprise"), enum("ServerRole", "Mailbox, ClientAccess"))))

    assert (found["workload.edition"], found["nodes.only_mailbox_role"]) == ("enterprise", False)


def test_an_export_of_several_servers_gives_no_node_facts():
    """An organisation's servers are not the nodes of one cluster, so only the workload is read from such an export."""
    data = export(server(more := "Version 15.1 (Build 2507.6)", enum("ServerRole", "Mailbox")), server(more, name="EXN2"))

    assert {one.item for one in observations(data)} == {None}


def test_a_server_in_no_availability_group_is_known_to_be_in_none():
    """`Nil` says that somebody looked; a value names a group; a missing property says nothing."""
    assert values(export(obj(MAILBOX, '<Nil N="DatabaseAvailabilityGroup" />')), "workload.topology") == [ABSENT]
    assert values(export(obj(MAILBOX, enum("DatabaseAvailabilityGroup", "DAG1"))), "workload.topology") == ["database-availability-group"]
    assert values(export(obj(MAILBOX, text("Name", "EXN1"))), "workload.topology") == []


def test_a_running_cluster_service_is_the_cluster_service():
    """The observation stands at the line of the status and names the service."""
    found = [one for one in observations(export(service("ClusSvc"))) if one.field == "cluster.service"]

    assert found == [Observation("cluster.service", "mscs", Source("sample.xml", 2, "Get-Service ClusSvc.Status"))]


@pytest.mark.parametrize(
    ("name", "expected"), [("MSExchangeIS", ["exchange-server"]), ("msexchangeis", ["exchange-server"]), ("ClusSvc", [])]
)
def test_the_information_store_tells_the_product(name: str, expected: list[str]):
    """A machine with this service has Exchange on it, whether the service runs there or waits on a passive node."""
    for status in ("Running", "Stopped"):
        assert values(export(service(name, status)), "workload.product") == expected


def test_a_stopped_cluster_service_is_neither_present_nor_absent():
    """What is installed and does not run moves no workload, and is not the absence of a cluster service."""
    found = facts(whole_list(service("ClusSvc", "Stopped")))

    assert found == {"nodes.failover_clustering_installed": True}


def test_a_whole_list_without_a_cluster_service_shows_that_there_is_none():
    """Absence needs a list that is whole: long, with the services of every Windows, and with stopped services."""
    assert values(whole_list(), "cluster.service") == [ABSENT]
    assert values(export(service("EventLog"), service("RpcSs"), service("svc", "Stopped")), "cluster.service") == []
    running_only = export(service("EventLog"), service("RpcSs"), *(service(f"svc{count}") for count in range(60)))
    assert values(running_only, "cluster.service") == []


def test_a_service_inside_another_is_not_a_member_of_the_list():
    """Dependencies repeat services; only the list itself counts, for presence and for absence."""
    inside = f'<Obj N="DependentServices"><LST>{service("ClusSvc")}</LST></Obj>'

    assert values(whole_list(service("ClusDisk", nested=inside)), "cluster.service") == [ABSENT]


def test_two_cluster_services_that_run_are_both_reported():
    """Another vendor's service beside ClusSvc is a contradiction for the assembly to show, not a choice of the reader."""
    assert values(export(service("ClusSvc"), service("LifeKeeper")), "cluster.service") == ["mscs", "lifekeeper"]


def test_a_list_collected_from_elsewhere_belongs_to_the_machine_it_names():
    """MachineName `.` is the machine of the collection; any other name is the machine asked."""
    assert [one.item for one in observations(export(service("ClusSvc")))] == [THIS_MACHINE, None]
    assert [one.item for one in observations(export(service("ClusSvc", machine="EXN2")))] == ["EXN2", None]


def test_only_the_feature_itself_says_whether_it_is_installed():
    """RSAT-Clustering is a set of tools and says nothing about the cluster feature."""
    tools = obj(FEATURE, text("Name", "RSAT-Clustering"), enum("InstallState", "Installed"))
    feature = obj(FEATURE, text("Name", "Failover-Clustering"), enum("InstallState", "Available"))

    assert facts(export(tools)) == {}
    assert values(export(tools, feature), "nodes.failover_clustering_installed") == [False]


def windows(caption: str, build: int, *more: str, kind: int = 3) -> bytes:
    return export(
        obj(SYSTEM, text("CSName", "EXN1"), text("Caption", caption), text("BuildNumber", str(build)), number("ProductType", kind), *more)
    )


def test_windows_names_its_release_edition_and_service_pack():
    """Caption, SKU, service pack, version and architecture become facts of the machine that CSName names."""
    more = (
        number("OperatingSystemSKU", 10),
        number("ServicePackMajorVersion", 1),
        text("Version", "6.1.7601"),
        text("OSArchitecture", "64-bit"),
    )
    found = observations(windows("Microsoft Windows Server 2008 R2 Enterprise ", 7601, *more))

    assert {one.item for one in found} == {"EXN1"}
    assert {one.field.removeprefix("nodes.os."): one.value for one in found} == {
        "release": "windows-server-2008-r2",
        "edition": "enterprise",
        "service_pack": 1,
        "build": "6.1.7601",
        "architecture": "x64",
    }


def test_a_client_is_no_server_of_the_same_build():
    """Windows 10 and Windows Server 2016 share build 14393; a semi-annual release shares 17763 and has another caption."""
    assert values(windows("Microsoft Windows 10 Enterprise", 14393, kind=1), "nodes.os.release") == []
    assert values(windows("Microsoft Windows Server Datacenter", 17763), "nodes.os.release") == []


def test_caption_and_build_that_disagree_are_both_reported():
    """A contradiction inside one object reaches the assembly, which makes it unknown."""
    found = values(windows("Microsoft Windows Server 2016 Datacenter", 17763), "nodes.os.release")

    assert found == ["windows-server-2016", "windows-server-2019"]


def test_2003_and_2003_r2_are_told_apart_only_by_what_tells_them_apart():
    """Both have one caption and one build; without OtherTypeDescription neither is claimed."""
    caption = "Microsoft(R) Windows(R) Server 2003, Enterprise Edition"

    assert values(windows(caption, 3790), "nodes.os.release") == []
    assert values(windows(caption, 3790, text("OtherTypeDescription", "R2")), "nodes.os.release") == ["windows-server-2003-r2"]
    assert values(windows(caption, 3790, '<Nil N="OtherTypeDescription" />'), "nodes.os.release") == ["windows-server-2003"]
    assert values(windows(caption, 3790), "nodes.os.edition") == ["enterprise"]


def test_a_domain_controller_is_seen_by_its_product_type():
    """ProductType 2 is a domain controller; 3 is any other server, which is not yet a member server."""
    assert values(windows("Microsoft Windows Server 2016 Standard", 14393, kind=2), "nodes.domain_role") == ["domain-controller"]
    assert values(windows("Microsoft Windows Server 2016 Standard", 14393), "nodes.domain_role") == []


def computer(vendor: str, model: str, *more: str) -> bytes:
    return export(obj(COMPUTER, text("Name", "EXN1"), text("Manufacturer", vendor), text("Model", model), *more))


def test_the_domain_role_is_read_from_its_number():
    """5 and 4 are domain controllers, 3 a member, 2 stands alone; a workstation has no value here."""
    roles = {role: values(computer("Contoso", "M1", number("DomainRole", role)), "nodes.domain_role") for role in range(6)}

    assert roles == {
        0: [],
        1: [],
        2: ["stand-alone-server"],
        3: ["member-server"],
        4: ["domain-controller"],
        5: ["domain-controller"],
    }


def test_a_machine_in_a_workgroup_is_in_no_domain():
    """The Domain of a machine outside a domain is its workgroup and is not reported as a domain."""
    data = computer("Contoso", "M1", text("Domain", "WORKGROUP"), '<B N="PartOfDomain">false</B>')

    assert values(data, "nodes.domain") == [ABSENT]


def test_a_virtual_machine_has_no_hardware():
    """The vendor of a virtual machine is its hypervisor, never the maker of the hardware."""
    for vendor, model, hypervisor in (
        ("Microsoft Corporation", "Virtual Machine", "hyper-v"),
        ("VMware, Inc.", "VMware Virtual Platform", "vmware"),
    ):
        assert facts(computer(vendor, model)) == {"nodes.virtual": True, "nodes.hypervisor": hypervisor}


def test_a_hypervisor_on_the_machine_does_not_make_it_virtual():
    """HypervisorPresent is true on physical machines too, and nothing else shows a machine to be physical for certain."""
    found = facts(computer("Contoso", "M1", '<B N="HypervisorPresent">true</B>'))

    assert found == {"hardware.vendor": "Contoso", "hardware.model": "M1"}


def test_the_processors_of_a_virtual_machine_are_counted():
    """What Windows counts is what the virtual machine has; of a machine not known to be virtual the field says nothing."""
    count = number("NumberOfLogicalProcessors", 6)

    assert values(computer("Microsoft Corporation", "Virtual Machine", count), "nodes.virtual_processors") == [6]
    assert values(computer("Contoso", "M1", count), "nodes.virtual_processors") == []


def test_unified_messaging_is_told_by_its_own_property():
    """ServerRole of 2013 and later shows the Mailbox role alone, whatever else is on the server."""
    told = enum("ServerRole", "Mailbox")

    assert values(export(server("Version 15.1 (Build 2507.6)", told)), "nodes.unified_messaging") == []
    for value in (True, False):
        flag = f'<B N="IsUnifiedMessagingServer">{str(value).lower()}</B>'
        assert values(export(server("Version 15.1 (Build 2507.6)", told, flag)), "nodes.unified_messaging") == [value]


def test_the_release_on_a_machine_is_that_of_its_own_export():
    """One server tells its own release; of several no machine is known to be a node."""
    assert values(export(server("Version 15.2 (Build 1544.4)")), "nodes.workload_release") == ["2019"]
    assert values(export(server(), server(name="EXN2")), "nodes.workload_release") == []


@pytest.mark.parametrize(
    ("value", "release", "edition"),
    [
        ("Windows Server 2012 R2 Datacenter", ["windows-server-2012-r2"], ["datacenter"]),
        ("Windows Server 2022 Standard", ["windows-server-2022"], ["standard"]),
        ("Windows Server 2016 Datacenter Evaluation", [], []),
        ("Microsoft Windows Server 2016 Datacenter", [], []),
        ("Windows 10 Pro", [], []),
    ],
)
def test_the_product_name_says_release_and_edition(value: str, release: list[str], edition: list[str]):
    """The bare string of the registry value counts only if it is, as a whole, one that Windows writes."""
    assert (values(export(f"<S>{value}</S>"), "nodes.os.release"), values(export(f"<S>{value}</S>"), "nodes.os.edition")) == (
        release,
        edition,
    )


@pytest.mark.parametrize(("value", "core"), [("Server Core", [True]), ("Server", [False]), ("Client", []), ("anything", [])])
def test_the_installation_type_says_server_core(value: str, core: list[bool]):
    """The bare string of the registry value counts only if it is one that Windows writes."""
    assert values(export(f"<S>{value}</S>"), "nodes.os.server_core") == core


def test_an_export_through_select_object_is_known_by_its_properties():
    """`Select-Object` takes the type names away and leaves the facts."""
    kind = "Selected.System.Management.Automation.PSCustomObject"
    data = export(
        obj(kind, text("AdminDisplayVersion", "Version 15.1 (Build 2507.6)"), text("Edition", "Enterprise"), text("ServerRole", ""))
    )

    assert facts(data)["workload.edition"] == "enterprise"


def test_another_type_with_the_same_properties_is_not_taken():
    """A property of the same name on an object of another type means something else."""
    assert facts(export(obj("Contoso.Database", text("AdminDisplayVersion", "Version 15.1 (Build 2507.6)")))) == {}


def test_references_are_resolved_even_in_a_circle():
    """`Ref` and `TNRef` point back, `Ref` even at the object it stands in; reading ends and the facts are there."""
    first = f'<Obj RefId="0"><TN RefId="0"><T>Deserialized.{MAILBOX}</T></TN><Props><Ref N="Me" RefId="0" /></Props></Obj>'
    second = '<Obj RefId="1"><TNRef RefId="0" /><Props><Ref N="DatabaseAvailabilityGroup" RefId="2" /></Props></Obj>'
    dag = '<Obj RefId="2"><ToString>DAG1</ToString></Obj>'
    circle = '<Obj RefId="3"><LST><Ref RefId="3" /><Ref RefId="3" /></LST></Obj>'

    assert values(export(first, second, dag, circle), "workload.topology") == ["database-availability-group"]


def test_a_reference_to_nothing_is_a_property_that_is_not_there():
    """A dangling reference gives no observation; least of all the absence that `Nil` gives."""
    assert values(export(obj(MAILBOX, '<Ref N="DatabaseAvailabilityGroup" RefId="9" />')), "workload.topology") == []


def test_two_objects_of_one_number_are_refused():
    """A reference that could mean two objects means none: the file is unreadable at that line."""
    with pytest.raises(UnreadableEvidence) as raised:
        observations(export('<Obj RefId="1"/>', '<Obj RefId="1"/>'))

    assert raised.value.place is not None
    assert raised.value.place.line == 3


def test_escapes_are_read_and_blobs_and_secrets_are_not():
    """`_x000D_` is a character; `BA` and `SS` have no text at all."""
    (thing,) = read_clixml(Evidence("a", export(obj("X", text("A", "a_x000D__x000A_b"), '<BA N="B">AAEAAAD</BA>', '<SS N="C">0123</SS>'))))

    assert [found.text for name in "ABC" if (found := thing.get(name)) is not None] == ["a\r\nb", None, None]


def test_dictionaries_and_lists_are_read():
    """An entry of a `DCT` is found by its key, and members of a `LST` come in their order."""
    dictionary = '<Obj N="D"><DCT><En><S N="Key">K</S><Obj N="Value"><LST><S>a</S><S>b</S></LST></Obj></En></DCT></Obj>'
    (thing,) = read_clixml(Evidence("a", export(obj("X", dictionary))))
    found = thing.at("D", "K")

    assert found is not None
    assert [item.text for item in found.items()] == ["a", "b"]


def test_a_list_exported_as_one_object_is_a_list():
    """`Export-Clixml -InputObject @(...)` wraps the members in one object."""
    assert values(export(f"<Obj><LST>{service('ClusSvc')}</LST></Obj>"), "cluster.service") == ["mscs"]


def test_utf_16_with_a_mark_is_read():
    """Windows PowerShell writes UTF-16 by default."""
    data = export(service("ClusSvc"))

    assert facts(data.decode("utf-8-sig").encode("utf-16")) == facts(data)


def test_mail_addresses_never_become_texts():
    """A text that holds a mail address is no model, vendor or domain."""
    assert "hardware.model" not in facts(computer("Contoso", "ask admin@contoso.example"))


def test_other_xml_is_not_recognised():
    """A document with another root is left to other readers."""
    assert not READER.recognises(Evidence("cib.xml", b"<cib/>"))
    assert not READER.recognises(Evidence("a.txt", b"Objs"))


def test_another_root_is_unreadable_and_not_an_error_of_ours():
    """Reading a document that only looked like an export says so."""
    with pytest.raises(UnreadableEvidence):
        list(READER.read(Evidence("a.xml", b"<Other/>")))


SAMPLE = export(
    server("Version 15.1 (Build 2507.6)", enum("Edition", "Enterprise"), enum("ServerRole", "Mailbox")),
    obj(MAILBOX, '<Nil N="DatabaseAvailabilityGroup" />'),
    obj(SYSTEM, text("Caption", "Microsoft Windows Server 2016 Datacenter"), text("BuildNumber", "14393"), number("ProductType", 3)),
    obj(COMPUTER, text("Manufacturer", "Contoso"), text("Model", "M_x0041_1"), number("DomainRole", 3)),
    service("ClusSvc"),
    '<Obj RefId="7"><LST><Ref RefId="7" /></LST></Obj>',
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damage_raises_nothing_but_unreadable_evidence(data: st.DataObject):
    """Whatever happens to the bytes, every value still fits its field, or the file is called unreadable."""
    damaged = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(damaged) - 1, 0)))
        kind = data.draw(st.sampled_from(["cut", "flip", "letter", "insert"]))
        if kind == "cut":
            del damaged[at:]
        elif kind == "insert":
            damaged[at:at] = data.draw(
                st.one_of(st.binary(max_size=8), st.sampled_from([b"<Nil/>", b'<Ref RefId="7"/>', b"_xD800_", b"<LST>"]))
            )
        elif damaged:
            # Half of the changes keep the document well-formed, so that the translation is reached.
            damaged[at] = damaged[at] ^ data.draw(st.integers(1, 255)) if kind == "flip" else data.draw(st.integers(48, 57))
    evidence = Evidence("sample.xml", bytes(damaged))
    READER.recognises(evidence)
    try:
        found = list(READER.read(evidence))
    except UnreadableEvidence:
        return
    assert all(fits(one) for one in found)


def fits(one: Observation | Listed) -> bool:
    if not isinstance(one, Observation):
        return False
    if one.field.startswith("nodes.") != (one.item is not None):
        return False
    return one.value is ABSENT or one.value == FIELDS[one.field].parse(
        str(one.value).lower() if isinstance(one.value, bool) else str(one.value)
    )


GOLDEN = {
    "datacollection-E16/Exchange/ExSetup.xml": {
        "workload.product": "exchange-server",
        "workload.release": "2016",
        "nodes.workload_build": "15.1.2375.7",
        "workload.cumulative_update": 22,
        "nodes.workload_release": "2016",
    },
    "datacollection-E16/Exchange/GetExchangeServer.xml": {
        "workload.product": "exchange-server",
        "workload.release": "2016",
        "workload.build": "15.1.2375.7",
        "workload.cumulative_update": 22,
        "workload.edition": "standard-evaluation",
        "nodes.only_mailbox_role": True,
        "nodes.unified_messaging": True,
        "nodes.workload_release": "2016",
        "nodes.ad_site": "Default-First-Site-Name",
    },
    "datacollection-E16/Exchange/GetMailboxServer.xml": {
        "workload.product": "exchange-server",
        "workload.release": "2016",
        "workload.build": "15.1.2375.7",
        "workload.cumulative_update": 22,
        "workload.topology": ABSENT,
    },
    "datacollection-E16/Hardware/HyperV_Win32_ComputerSystem.xml": {
        "nodes.domain_role": "member-server",
        "nodes.domain": "solo.local",
        "nodes.virtual": True,
        "nodes.hypervisor": "hyper-v",
        "nodes.virtual_processors": 6,
    },
    "datacollection-E16/OS/GetService.xml": {"workload.product": "exchange-server", "cluster.service": ABSENT},
    "datacollection-E16/OS/GetWindowsFeature.xml": {"nodes.failover_clustering_installed": False},
    "datacollection-E16/OS/RemoteRegistryValueInstallationType.xml": {"nodes.os.server_core": False},
    "datacollection-E16/OS/RemoteRegistryValueProductName.xml": {
        "nodes.os.release": "windows-server-2016",
        "nodes.os.edition": "datacenter",
    },
    "datacollection-E16/Exchange/GetOrganizationConfig.xml": {},
    "datacollection-E16/Exchange/TestServiceHealth.xml": {"workload.product": "exchange-server"},
    "datacollection-E16/OS/Win32_OperatingSystem.xml": {
        "nodes.os.release": "windows-server-2016",
        "nodes.os.edition": "datacenter",
        "nodes.os.build": "10.0.14393",
        "nodes.os.service_pack": 0,
        "nodes.os.architecture": "x64",
    },
    "datacollection-E19-hardware/Physical_Win32_ComputerSystem.xml": {
        "nodes.domain_role": "domain-controller",
        "nodes.domain": "solo.com",
        "hardware.vendor": "My Custom PC",
        "hardware.model": "CHG-GG",
    },
    "healthchecker-output/E16_CU18.xml": {
        "workload.product": "exchange-server",
        "workload.release": "2016",
        "workload.build": "15.1.2106.2",
        "workload.cumulative_update": 18,
        "workload.edition": "standard-evaluation",
        "workload.topology": ABSENT,
        "nodes.workload_build": "15.1.2106.2",
        "nodes.workload_release": "2016",
        "nodes.only_mailbox_role": True,
        "nodes.unified_messaging": True,
        "nodes.virtual_processors": 6,
        "nodes.ad_site": "Default-First-Site-Name",
        "nodes.os.release": "windows-server-2016",
        "nodes.os.edition": "datacenter",
        "nodes.os.build": "10.0.14393",
        "nodes.os.service_pack": 0,
        "nodes.os.architecture": "x64",
        "nodes.domain_role": "member-server",
        "nodes.domain": "solo.local",
        "nodes.virtual": True,
        "nodes.hypervisor": "hyper-v",
        "nodes.dotnet": "4.8",
    },
    "healthchecker-output/E19_Edge_CU9.xml": {
        "workload.product": "exchange-server",
        "workload.release": "2019",
        "workload.build": "15.2.858.5",
        "workload.cumulative_update": 9,
        "workload.edition": "standard-evaluation",
        "nodes.workload_build": "15.2.858.5",
        "nodes.workload_release": "2019",
        "nodes.only_mailbox_role": False,
        "nodes.unified_messaging": False,
        "nodes.virtual_processors": 4,
        "nodes.os.release": "windows-server-2019",
        "nodes.os.edition": "datacenter",
        "nodes.os.build": "10.0.17763",
        "nodes.os.service_pack": 0,
        "nodes.os.architecture": "x64",
        "nodes.domain_role": "stand-alone-server",
        "nodes.domain": ABSENT,
        "nodes.virtual": True,
        "nodes.hypervisor": "hyper-v",
        "nodes.dotnet": "4.8",
    },
}


@real
@pytest.mark.parametrize("name", GOLDEN)
def test_real_exports_say_what_they_said_when_they_were_read_by_eye(name: str):
    """The facts of Microsoft's own captured exports; no field has two values within one of them."""
    found = observations((EVIDENCE / name).read_bytes(), name)

    assert facts((EVIDENCE / name).read_bytes()) == GOLDEN[name]
    assert {(one.field, one.value) for one in found} == set(GOLDEN[name].items())


@real
def test_every_real_export_is_read_and_cites_lines_that_exist():
    """Every export of the corpus is recognised and read; each observation cites a line of it and fits its field."""
    exports = sorted(EVIDENCE.glob("**/*.xml"))
    assert len(exports) > 20
    for path in exports:
        data = path.read_bytes()
        for one in observations(data, path.name):
            assert one.source.line is not None
            assert 0 < one.source.line <= data.count(b"\n") + 1
            assert fits(one)


@real
def test_a_real_observation_can_be_looked_up():
    """The cited line of the real Health Checker result holds the value that was observed."""
    path = EVIDENCE / "healthchecker-output" / "E16_CU18.xml"
    (role,) = [one for one in observations(path.read_bytes(), "E16_CU18.xml") if one.field == "nodes.domain_role"]

    assert str(role.source) == "E16_CU18.xml:265 (HardwareInformation.System.DomainRole)"
    assert b'N="DomainRole">3<' in path.read_bytes().split(b"\n")[264]
    assert role.item == "SOLO-E16A"
