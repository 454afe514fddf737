"""Facts that Ansible gathered (`ansible -m setup`) -> observations about one machine.

In: JSON of one host, with or without the line `host | SUCCESS =>` before it, or a file of a cache. The real sample is a Windows
host of ansible-cmdb; the names of the other facts are those of Ansible's own `setup` modules. Out: name, operating system,
architecture, hypervisor or hardware, domain. What `setup` says of a host of virtual machines is about the host, not a guest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import ABSENT, THIS_MACHINE, Observation, Source, Value
from supportable.core.written import Node, Scalar
from supportable.readers.hypervisors import Told, machine_kind
from supportable.readers.json_files import at, line_of, opens_object, read_json, scalar
from supportable.readers.linux_releases import ARCHITECTURES, release_of
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.names import observed_by_name
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import plain
from supportable.readers.windows_releases import DOMAIN_ROLE_WORDS, architecture_of, edition_in, release_in

_PREFIX = re.compile(rb"\A[^\n{}\"]{1,300}(?:\|[^\n{}\"]{1,40})=>[ \t]*(?=\{)")
_FACT = re.compile(rb'"ansible_(?:os_family|distribution|hostname|system|system_vendor|architecture|facts|os_name)"\s{0,4}:')
_BUILD = re.compile(r"([0-9]{1,2}\.[0-9]{1,2}\.[0-9]{3,6})(?:\.[0-9]{1,8})?")
# Ansible's names of distributions -> ID of os-release (lib/ansible/module_utils/facts/system/distribution.py).
_DISTRIBUTIONS = {"RedHat": "rhel", "SLES": "sles", "SLES_SAP": "sles_sap", "OracleLinux": "ol", "Ubuntu": "ubuntu"}
_INSTALLATIONS = {"Server": False, "Server Core": True}


def recognises(evidence: Evidence) -> bool:
    """JSON with a fact of Ansible near its beginning."""
    head = plain(evidence.head)
    return (opens_object(head) or _PREFIX.match(head) is not None) and _FACT.search(head) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what the facts say; raise `UnreadableEvidence` when it is not JSON."""
    document = evidence._replace(data=_PREFIX.sub(b"", plain(evidence.data)))
    tree = read_json(document, "run `ansible HOST -m setup --tree DIRECTORY` and take the file of the host")
    facts = at(tree, "ansible_facts") or tree
    file = evidence.name
    name = scalar(facts, "ansible_hostname") or scalar(facts, "ansible_fqdn")
    machine = machine_name(name.text) if name is not None else THIS_MACHINE
    if name is not None and machine:
        yield Observation("nodes", machine, _source(file, name, "ansible_hostname"), machine)
    family = scalar(facts, "ansible_os_family")
    if family is not None and family.text == "Windows":
        yield from _windows(facts, file, machine)
    else:
        yield from _linux(facts, file, machine)
    yield from _hardware(facts, file, machine)


def _linux(facts: Node, file: str, machine: str) -> Iterator[Observation]:
    named, version = scalar(facts, "ansible_distribution"), scalar(facts, "ansible_distribution_version")
    if named is not None and version is not None and named.text in _DISTRIBUTIONS:
        yield from release_of(_DISTRIBUTIONS[named.text], version.text, _source(file, version, "ansible_distribution_version"), machine)
    kind = scalar(facts, "ansible_architecture")
    if kind is not None and kind.text in ARCHITECTURES:
        source = _source(file, kind, "ansible_architecture")
        yield Observation("nodes.os.architecture", ARCHITECTURES[kind.text], source, machine, kind.text)


def _windows(facts: Node, file: str, machine: str) -> Iterator[Observation]:
    captions = [one for one in (scalar(facts, "ansible_os_name"), scalar(facts, "ansible_distribution")) if one is not None]
    caption = next((one for one in captions if release_in(one.text)), None)
    if caption is not None:
        source = _source(file, caption, "name of the system")
        for field, value in (("nodes.os.release", release_in(caption.text)), ("nodes.os.edition", edition_in(caption.text))):
            if value is not None:
                yield Observation(field, value, source, machine, caption.text)
    kind = scalar(facts, "ansible_architecture")
    if kind is not None and caption is not None and (value := architecture_of(kind.text, caption.text)) is not None:
        yield Observation("nodes.os.architecture", value, _source(file, kind, "ansible_architecture"), machine, kind.text)
    version = scalar(facts, "ansible_distribution_version")
    if version is not None and (build := _BUILD.fullmatch(version.text)) is not None:
        yield Observation("nodes.os.build", build[1], _source(file, version, "ansible_distribution_version"), machine)
    for one in captions:
        pack = re.search(r" Service Pack ([0-9])$", one.text)
        if pack is not None:
            yield Observation("nodes.os.service_pack", int(pack[1]), _source(file, one, "name of the system"), machine, one.text)
    installed = scalar(facts, "ansible_os_installation_type")
    if installed is not None and installed.text in _INSTALLATIONS:
        core: Value = _INSTALLATIONS[installed.text]
        yield Observation("nodes.os.server_core", core, _source(file, installed, "ansible_os_installation_type"), machine)
    role = scalar(facts, "ansible_windows_domain_role")
    if role is not None and role.text.casefold() in DOMAIN_ROLE_WORDS:
        source = _source(file, role, "ansible_windows_domain_role")
        yield Observation("nodes.domain_role", DOMAIN_ROLE_WORDS[role.text.casefold()], source, machine, role.text)
    member, domain = scalar(facts, "ansible_windows_domain_member"), scalar(facts, "ansible_windows_domain")
    if member is not None and member.text == "false":
        yield Observation("nodes.domain", ABSENT, _source(file, member, "ansible_windows_domain_member"), machine)
    elif member is not None and member.text == "true" and domain is not None and (words := plain_words(domain.text)):
        yield Observation("nodes.domain", words.casefold(), _source(file, domain, "ansible_windows_domain"), machine)


def _hardware(facts: Node, file: str, machine: str) -> Iterator[Observation]:
    role, kind = scalar(facts, "ansible_virtualization_role"), scalar(facts, "ansible_virtualization_type")
    if role is not None and role.text == "guest" and kind is not None:
        yield from observed_by_name("evidence/virtualisation", kind.text, _source(file, kind, "ansible_virtualization_type"), machine)
    told = [
        Told(one.text, _source(file, one, name)) if (one := scalar(facts, name)) is not None else None
        for name in ("ansible_system_vendor", "ansible_product_name")
    ]
    yield from machine_kind(told[0], told[1], machine)


def _source(file: str, node: Scalar, place: str) -> Source:
    return Source(file, line_of(node), place)


READER = Reader("ansible-facts", "facts of one host that Ansible gathered (`ansible -m setup`), as JSON", recognises, read)
