"""What Windows calls itself -> values of `nodes.os.*` and `nodes.domain_role`.

In: captions, build numbers, SKU and role numbers as WMI gives them. A build number alone does not tell a server from a
client or from a semi-annual release of the same build, so the caption decides wherever there is one.
"""

from __future__ import annotations

import re

# endoflife.date, products/windows-server.md. 3790 is both Windows Server 2003 and 2003 R2 and stands for neither.
BUILDS = {
    2195: ("5.0.2195", "windows-2000"),
    6003: ("6.0.6003", "windows-server-2008"),
    7601: ("6.1.7601", "windows-server-2008-r2"),
    9200: ("6.2.9200", "windows-server-2012"),
    9600: ("6.3.9600", "windows-server-2012-r2"),
    14393: ("10.0.14393", "windows-server-2016"),
    17763: ("10.0.17763", "windows-server-2019"),
    20348: ("10.0.20348", "windows-server-2022"),
    26100: ("10.0.26100", "windows-server-2025"),
}
"""Build number -> version and release of the Windows server with that build."""

# Win32_OperatingSystem.OperatingSystemSKU: https://learn.microsoft.com/windows/win32/cimwin32prov/win32-operatingsystem
EDITIONS_BY_SKU = {7: "standard", 8: "datacenter", 10: "enterprise"}

# Win32_ComputerSystem.DomainRole; 0 and 1 are workstations. A read-only domain controller says 4 as well.
DOMAIN_ROLES = {2: "stand-alone-server", 3: "member-server", 4: "domain-controller", 5: "domain-controller"}

# Least value of Release under HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full for each version: Microsoft,
# "Determine which .NET Framework versions are installed"; microsoft/CSS-Exchange, Get-NETFrameworkVersion.ps1, commit ae8aa973.
_DOTNET = (
    (378389, "4.5"), (378675, "4.5.1"), (379893, "4.5.2"), (393295, "4.6"), (394254, "4.6.1"), (394802, "4.6.2"),
    (460798, "4.7"), (461308, "4.7.1"), (461808, "4.7.2"), (528040, "4.8"), (533320, "4.8.1"),
)  # fmt: skip

DOMAIN_ROLE_WORDS = {
    "stand-alone server": "stand-alone-server",
    "standalone server": "stand-alone-server",
    "member server": "member-server",
    "backup domain controller": "domain-controller",
    "primary domain controller": "domain-controller",
    "additional/backup domain controller": "domain-controller",
}
"""The same roles in words, folded: Ansible's setup module for Windows, and `systeminfo` (OS Configuration)."""

WORKSTATION, DOMAIN_CONTROLLER, SERVER = 1, 2, 3
"""Win32_OperatingSystem.ProductType."""

_MARKS = re.compile(r"®|™|\((?:R|TM)\)", re.IGNORECASE)
_SERVER = re.compile(r"Windows (?:Server (2003|2008|2012|2016|2019|2022|2025)\b,?( R2\b)?|(2000)\b(?! Professional))", re.IGNORECASE)
_EDITION = re.compile(r"\b(Standard|Enterprise|Datacenter|Advanced Server|Web)\b", re.IGNORECASE)


def dotnet_of(release: int) -> str | None:
    """Return the version of .NET Framework that a Release number stands for, `None` before 4.5.

    >>> dotnet_of(528049)
    '4.8'
    """
    return next((version for least, version in reversed(_DOTNET) if release >= least), None)


def release_in(caption: str) -> str | None:
    """Return the server release that a caption names, `None` if it names none.

    >>> release_in("Microsoft(R) Windows(R) Server 2003, Enterprise Edition")
    'windows-server-2003'
    >>> release_in("Microsoft Windows 10 Pro") is None
    True
    """
    found = _SERVER.search(_plain(caption))
    if found is None:
        return None
    if found[3]:
        return "windows-2000"
    return f"windows-server-{found[1]}" + ("-r2" if found[2] else "")


def edition_in(caption: str) -> str | None:
    """Return the edition that the caption of a Windows server names.

    >>> edition_in("Microsoft Windows 2000 Advanced Server")
    'advanced-server'
    """
    found = _EDITION.search(_plain(caption)) if release_in(caption) else None
    return found[1].casefold().replace(" ", "-") if found else None


def architecture_of(written: str, caption: str) -> str | None:
    """Return the value of `nodes.os.architecture` for OSArchitecture; only the caption tells Itanium, both are `64-bit`.

    >>> architecture_of("64-bit", "Microsoft Windows Server 2016 Datacenter")
    'x64'
    """
    if re.search(r"\bARM", written, re.IGNORECASE):
        return "arm64"
    if re.search(r"\b64\b", written):
        return "itanium" if "itanium" in caption.casefold() else "x64"
    return "x86" if re.search(r"\b32\b", written) else None


def _plain(caption: str) -> str:
    return " ".join(_MARKS.sub(" ", caption).replace(" ,", ",").split()).replace(" ,", ",")
