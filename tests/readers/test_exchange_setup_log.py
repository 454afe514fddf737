"""The reader of ExchangeSetup.log: what it takes, what it refuses to believe, and that damage never breaks it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportable.core.facts import THIS_MACHINE, Listed, Observation
from supportable.core.fields import FIELDS
from supportable.errors import UnreadableEvidence
from supportable.readers.exchange_setup_log import READER
from supportable.readers.reader import Evidence

LOGS = Path(__file__).parents[3] / "shared" / "evidence" / "css-exchange" / "setup-logs"
real = pytest.mark.skipif(not LOGS.is_dir(), reason="the real evidence (../shared/evidence) is not next to this checkout")

COMPLETED = "[0] The Exchange Server setup operation completed successfully."


def setting(name: str, value: str) -> str:
    return f'[1] Evaluated [Setting:{name}] [HasException:False] [Value:"{value}"] [ParentValue:"<NULL>"] [Thread:6] [Duration:00:00:00]'


def run(*entries: str, version: str = "15.2.922.7", mode: str = "Upgrade", server: str | None = "EXN1") -> list[str]:
    """A sample of one run of Setup, written by hand."""
    return [
        "[0] Starting Microsoft Exchange Server 2019 Setup",
        "[0] Operating system version: Microsoft Windows NT 6.2.9200.0.",
        f"[0] Setup version: {version}.",
        "[0] Logged on user: CONTOSO\\somebody.",
        *([f"[0] Command Line Parameter Name='mode', Value='{mode}'."] if mode else []),
        *([f"[0] Server Name={server}"] if server else []),
        *entries,
    ]


def log(*entries: str) -> bytes:
    return "\r\n".join(f"[12/19/2020 04:16:10.0332] {entry}" for entry in entries).encode()


def observations(data: bytes) -> list[Observation]:
    evidence = Evidence("ExchangeSetup.log", data)
    assert READER.recognises(evidence)
    found = [one for one in READER.read(evidence) if not isinstance(one, Listed)]
    assert len(found) == len(list(READER.read(evidence)))
    return found


def facts(data: bytes) -> dict[str, object]:
    return {one.field: one.value for one in observations(data) if one.field != "nodes"}


def fits(one: Observation) -> bool:
    """Whether the value is one of its field; of a machine that is only named, its name."""
    if one.field == "nodes":
        return one.value == one.item
    text = str(one.value).lower() if isinstance(one.value, bool) else str(one.value)
    return one.value == FIELDS[one.field].parse(text)


def test_a_domain_controller_is_seen_and_cited_by_its_line():
    """DomainRole 5 and 4 are domain controllers; the observation names machine, line and setting."""
    found = [one for one in observations(log(*run(setting("DomainRole", "5")))) if one.field == "nodes.domain_role"]

    assert [(one.value, one.item, one.source.line, one.source.place) for one in found] == [
        ("domain-controller", "EXN1", 7, "[Setting:DomainRole]")
    ]


def test_a_log_without_domain_role_says_nothing_about_it():
    """Where Setup did not evaluate the domain role, nothing is observed: neither a member server nor anything else."""
    assert "nodes.domain_role" not in facts(log(*run()))


def test_a_domain_role_that_could_not_be_evaluated_says_nothing():
    """A setting whose evaluation raised an exception carries no value."""
    entry = setting("DomainRole", "3").replace("HasException:False", "HasException:True")

    assert "nodes.domain_role" not in facts(log(*run(entry)))


def test_two_settings_that_contradict_each_other_are_both_reported():
    """A member server by DomainRole that is a domain controller by OSProductType is a contradiction, not a choice."""
    found = observations(log(*run(setting("DomainRole", "3"), setting("OSProductType", "2"))))

    assert {"member-server", "domain-controller"} == {one.value for one in found if one.field == "nodes.domain_role"}


def test_the_compatibility_version_and_the_schema_master_are_not_believed():
    """Neither `6.2.9200.0` nor SmoOperatingSystemVersion becomes the machine's operating system."""
    found = facts(log(*run(setting("SmoOperatingSystemVersion", "10.0 (14393)"))))

    assert not [name for name in found if name.startswith("nodes.os")]


def test_a_build_number_needs_a_server_to_become_a_release():
    """A client of the same build has no server release; the build itself is still known."""
    build = setting("WindowsBuild", "17763")

    assert "nodes.os.release" not in facts(log(*run(build, setting("OSProductType", "1"))))
    found = facts(log(*run(build, setting("OSProductType", "3"))))
    assert (found["nodes.os.release"], found["nodes.os.build"]) == ("windows-server-2019", "10.0.17763")


@pytest.mark.parametrize(
    ("system", "roles", "expected"),
    [
        ("6.1.7601 Service Pack 1", "MailboxRole AdminToolsRole", ("6.1.7601", 1, "windows-server-2008-r2")),
        ("6.1.7601 Service Pack 1", "AdminToolsRole", ("6.1.7601", 1, None)),
        ("6.1.7600.0", "MailboxRole AdminToolsRole", ("6.1.7600", 0, None)),
        ("6.2.9200.0", "MailboxRole AdminToolsRole", (None, None, None)),
        ("6.3.9600.0", "MailboxRole AdminToolsRole", (None, None, None)),
    ],
)
def test_a_version_before_6_2_is_what_windows_is(system: str, roles: str, expected: tuple[object, ...]):
    """From 6.2 on a program may be told an older version; before, it is the machine's own, and a server's if more than tools are on it."""
    entries = run(f"[0] The following roles are installed: {roles} ")
    found = facts(log(*(one.replace("6.2.9200.0", system) for one in entries)))

    assert tuple(found.get(f"nodes.os.{name}") for name in ("build", "service_pack", "release")) == expected


def test_the_number_of_the_framework_is_its_version():
    """Setup evaluates the registry value Release; a number before the first that a source names says nothing."""
    versions = {
        number: facts(log(*run(setting("ClrReleaseNumber", str(number))))).get("nodes.dotnet") for number in (378388, 461814, 528049)
    }

    assert versions == {378388: None, 461814: "4.7.2", 528049: "4.8"}


def test_setup_version_is_the_installed_build_only_after_setup_completed():
    """A run that stopped may have left either build behind, so none is claimed; its release is known either way."""
    installed = "[0] The locally installed version is 15.2.721.2."

    stopped = facts(log(*run(installed)))
    assert "nodes.workload_build" not in stopped
    assert stopped["workload.release"] == "2019"
    assert facts(log(*run(installed, COMPLETED)))["nodes.workload_build"] == "15.2.922.7"


def test_preparing_the_directory_leaves_the_installed_build():
    """A run of /PrepareSchema with newer media says nothing newer about the machine it ran on."""
    found = facts(
        log(
            *run(
                "[0] Command Line Parameter Name='prepareschema', Value=''.",
                "[0] The locally installed version is 15.1.1531.3.",
                mode="",
            )
        )
    )

    assert (found["workload.release"], found["nodes.workload_build"]) == ("2016", "15.1.1531.3")


def test_preparing_the_directory_from_a_machine_without_exchange_shows_neither_product_nor_node():
    """Directory preparation runs on any machine of the domain, often a domain controller: nothing of it is of a node of the workload."""
    preparing = run("[0] Command Line Parameter Name='preparead', Value=''.", setting("DomainRole", "5"), mode="")

    assert observations(log(*preparing)) == []
    assert facts(log(*run(setting("DomainRole", "3"), COMPLETED), *preparing))["nodes.domain_role"] == "member-server"


def test_of_several_runs_the_last_word_counts():
    """Later lines describe the later state: a member server that was promoted is a domain controller."""
    found = observations(log(*run(setting("DomainRole", "3"), COMPLETED), *run(setting("DomainRole", "5"), version="15.2.1118.7")))

    assert [(one.value, one.source.line) for one in found if one.field == "nodes.domain_role"] == [("domain-controller", 15)]
    assert "nodes.workload_build" not in {one.field for one in found}


def test_after_a_completed_removal_there_is_no_product():
    """An uninstallation that completed takes back what earlier runs said about the product."""
    assert facts(log(*run(COMPLETED), *run("[0] The locally installed version is 15.2.922.7.", COMPLETED, mode="Uninstall"))) == {}


def test_two_machines_in_one_log_stay_two():
    """Runs that name different servers never share a fact."""
    found = observations(log(*run(setting("DomainRole", "3")), *run(setting("DomainRole", "5"), server="EXN2")))

    assert {one.item: one.value for one in found if one.field == "nodes.domain_role"} == {
        "EXN1": "member-server",
        "EXN2": "domain-controller",
    }


def test_a_log_that_names_no_server_is_about_the_machine_it_came_from():
    """Without `Server Name=` the observation belongs to the machine that the file came from."""
    found = observations(log(*run(setting("DomainRole", "3"), server=None)))

    assert {THIS_MACHINE} == {one.item for one in found if one.field.startswith("nodes.")}


@pytest.mark.parametrize(("role", "expected"), [("3", "contoso.com"), ("5", "contoso.com"), ("2", None), ("", None)])
def test_the_domain_is_told_of_a_machine_that_is_in_one(role: str, expected: str | None):
    """The setting holds a workgroup on a machine that stands alone, so it needs the role beside it."""
    assert facts(log(*run(setting("ComputerDomain", "Contoso.com"), setting("DomainRole", role)))).get("nodes.domain") == expected


def test_the_machine_is_known_by_its_name():
    """A log of which nothing else is known of the machine still names it."""
    assert [(one.item, one.source.line) for one in observations(log(*run())) if one.field == "nodes"] == [("EXN1", 6)]


def test_no_user_name_is_observed():
    """The user who ran Setup stands in the log and in no observation."""
    assert "somebody" not in repr(observations(log(*run(setting("DomainRole", "3"), COMPLETED))))


def test_utf_16_is_read_as_well():
    """A log that was saved again as UTF-16 says the same."""
    data = log(*run(setting("DomainRole", "5")))

    assert facts(data) == facts(data.decode().encode("utf-16"))


def test_a_log_cut_before_its_version_is_unreadable():
    """A log that never names a setup version is damaged, and that is said with a place."""
    with pytest.raises(UnreadableEvidence) as raised:
        observations(log("[0] Starting Microsoft Exchange Server 2019 Setup"))

    assert raised.value.place is not None


def test_other_text_is_not_recognised():
    """A log of another program is left to other readers."""
    assert not READER.recognises(Evidence("other.log", b"[12/19/2020 04:16:10.0332] [0] Starting something else"))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damage_raises_nothing_but_unreadable_evidence(data: st.DataObject):
    """Whatever happens to the bytes, every value still fits its field, or the file is called unreadable."""
    sample = log(*run(setting("DomainRole", "5"), setting("WindowsBuild", "17763"), setting("OSProductType", "3"), COMPLETED))
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(damaged) - 1, 0)))
        kind = data.draw(st.sampled_from(["cut", "flip", "insert"]))
        if kind == "cut":
            del damaged[at:]
        elif kind == "insert":
            damaged[at:at] = data.draw(st.binary(max_size=8))
        elif damaged:
            damaged[at] ^= data.draw(st.integers(1, 255))
    evidence = Evidence("ExchangeSetup.log", bytes(damaged))
    READER.recognises(evidence)
    try:
        found = list(READER.read(evidence))
    except UnreadableEvidence:
        return
    assert all(isinstance(one, Observation) and fits(one) for one in found)


NAMES = ("nodes.domain_role", "nodes.os.release", "nodes.workload_build", "workload.release")
GOLDEN = {
    "ExchangeSetup-PrepareSchema-8245.log": ("SOLO-E16A", "member-server", None, "15.1.1531.3", "2016"),
    "ExchangeSetup_ADUpdated_NoOrgMan.log": ("SOLO-E19A", "member-server", "windows-server-2019", None, "2019"),
    "ExchangeSetup_DomainPrepRequired.log": ("ExSvr1", "member-server", "windows-server-2019", None, "2019"),
    "ExchangeSetup_Fail_In_Child.log": (None, None, None, None, None),
    "ExchangeSetup_MSI_1.log": ("ExSvr1", None, "windows-server-2008-r2", "15.0.1497.2", "2013"),
    "ExchangeSetup_MSI_2.log": ("ExSvr1", None, None, "15.0.1497.2", "2013"),
    "ExchangeSetup_MSI_4.log": ("ExSvr1", None, None, "15.1.2106.2", "2016"),
    "ExchangeSetup_Multi_EAS_Vdirs.log": ("ExSvr1", None, None, None, "2019"),
    "ExchangeSetup_NoPerm.log": ("SOLO-E19A", "member-server", "windows-server-2019", None, "2019"),
    "ExchangeSetup_NoSuitableDC.log": ("ExSvr1", None, None, None, "2019"),
    "ExchangeSetup_ServiceControl_Reverse.log": ("ExSvr1", None, None, "15.1.2507.6", "2016"),
}


@real
@pytest.mark.parametrize("name", GOLDEN)
def test_real_logs_say_what_they_said_when_they_were_read_by_eye(name: str):
    """The facts of Microsoft's own sample logs, compared with the lines themselves."""
    found = observations((LOGS / name).read_bytes())
    machines = {one.item for one in found if one.field.startswith("nodes")}
    values = {one.field: one.value for one in found}

    assert GOLDEN[name] == (next(iter(machines), None), *(values.get(field) for field in NAMES))
    assert len(machines) <= 1


@real
def test_every_real_log_is_read_and_cites_lines_that_exist():
    """Each observation of each real log stands at a line of that log, and each value fits its field."""
    logs = sorted(LOGS.glob("*.log"))
    assert len(logs) > 10
    for path in logs:
        data = path.read_bytes()
        for one in observations(data):
            assert one.source.line is not None and 0 < one.source.line <= data.count(b"\n") + 1
            assert fits(one)
