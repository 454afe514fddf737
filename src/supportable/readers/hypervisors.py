"""Manufacturer and model of a machine, as its firmware tells them -> whether it is virtual, under what, and else what hardware it is.

In: the two texts (SMBIOS type 1, Win32_ComputerSystem, /sys/class/dmi/id), each with where it stands; one may be missing. Out:
observations. A virtual machine's manufacturer is not its hardware, so that nothing is said of hardware then; and some, as Microsoft,
make machines as well as a hypervisor, so that their name without a model says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from supportable.core.facts import Observation, Source
from supportable.readers.machines import plain_words

# Beginnings of the manufacturer or model that a hypervisor gives its machines: systemd, src/basic/virt.c, table of DMI
# vendors; `rhev` and `ovirt` as in Salt's and Facter's grains of virtual machines (productname -> kvm). A name without a
# hypervisor is a virtual machine whose hypervisor the name does not tell.
_VIRTUAL = (
    ("vmware", "vmware"),
    ("vmw", "vmware"),
    ("kvm", "kvm"),
    ("kubevirt", "kvm"),
    ("rhev hypervisor", "kvm"),
    ("ovirt", "kvm"),
    ("xen", "xen"),
    ("hvm domu", "xen"),
    ("innotek gmbh", "virtualbox"),
    ("virtualbox", "virtualbox"),
    ("hyper-v", "hyper-v"),
    ("parallels", "other"),
    ("bochs", "other"),
    ("bhyve", "other"),
    ("qemu", None),
    ("openstack", None),
    ("amazon ec2", None),
    ("google compute engine", None),
    ("alibaba cloud ecs", None),
    # What QEMU calls its machines, and DigitalOcean its own, in outputs of hostnamectl that public pages quote.
    ("standard pc (", None),
    ("digitalocean", None),
    ("droplet", None),
)
# The product of a machine of Amazon EC2 is the type of its instance, and ends with `.metal` where the machine is not virtual
# (systemd, src/basic/virt.c).
_INSTANCE = re.compile(r"[a-z0-9-]{2,30}\.(?:nano|micro|small|medium|[0-9]{0,3}x?large)")
# They make no machines, or virtual ones too: their name without a model says nothing.
_NO_HARDWARE_ALONE = ("microsoft", "red hat", "google", "alibaba cloud", "nutanix", "openstack")
# Clouds name themselves: cloud-init, tools/ds-identify (OpenStack, Google, Alibaba); systemd, src/basic/virt.c (Amazon EC2).
_CLOUDS = (
    ("amazon ec2", "aws"),
    ("google compute engine", "google-cloud"),
    ("alibaba cloud", "alibaba-cloud"),
    ("openstack", "openstack"),
)
_PLACEHOLDERS = re.compile(
    r"to be filled by o\.?e\.?m\.?|system manufacturer|system product name|default string|not (?:specified|applicable)|unknown|none",
    re.IGNORECASE,
)
_NOT_VIRTUAL = ".metal"
# What Microsoft's virtual machines call themselves, beside `Microsoft Corporation`.
_OF_MICROSOFT = "virtual machine"


class Told(NamedTuple):
    """A text of the firmware, and where it stands."""

    text: str
    source: Source


def machine_kind(vendor: Told | None, model: Told | None, item: str) -> Iterator[Observation]:
    """Yield whether the machine `item` is virtual, its hypervisor and cloud, or else its manufacturer and model."""
    words = (_words(vendor), _words(model))
    hypervisor, by = virtual_machine(*(text.casefold() for text in words)), model if words[1] else vendor
    cloud = next((cloud for text in reversed(words) for name, cloud in _CLOUDS if text.casefold().startswith(name)), None)
    if cloud is not None and by is not None:
        yield Observation("nodes.cloud", cloud, by.source, item)
    if hypervisor is not None and by is not None:
        yield Observation("nodes.virtual", True, by.source, item)
        if hypervisor:
            yield Observation("nodes.hypervisor", hypervisor, by.source, item)
        return
    if not words[1] and words[0].casefold().startswith(_NO_HARDWARE_ALONE):
        return
    for field, told, text in (("hardware.vendor", vendor, words[0]), ("hardware.model", model, words[1])):
        if told is not None and text and not _PLACEHOLDERS.fullmatch(text):
            yield Observation(field, text, told.source)


def virtual_machine(vendor: str, model: str) -> str | None:
    """Return the hypervisor, `""` for an unnamed one, `None` if nothing says that the machine is virtual; both texts in lower case.

    >>> virtual_machine("qemu", "kvm"), virtual_machine("amazon ec2", "m5.metal")
    ('kvm', None)
    """
    if model == _OF_MICROSOFT:
        return "hyper-v" if vendor.startswith("microsoft") else ""
    if model.endswith(_NOT_VIRTUAL):
        return None
    if _INSTANCE.fullmatch(model):
        return ""
    # The model first: it tells KVM where the manufacturer says only QEMU (systemd, src/basic/virt.c).
    for text in (model, vendor):
        for beginning, hypervisor in _VIRTUAL:
            if text.startswith(beginning):
                return hypervisor or ""
    return None


def _words(told: Told | None) -> str:
    return (plain_words(told.text) if told is not None else None) or ""
