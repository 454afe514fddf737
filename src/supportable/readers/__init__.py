"""Evidence in: bytes -> observations. One format, one file; a file is recognised by its content, not its name."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

READERS: tuple[str, ...] = (
    "deployment_file",
    "collected_manifest",
    "clixml",
    "exchange_setup_log",
    "pacemaker_cib",
    "crm_mon",
    "corosync_conf",
    "crm_report",
    "veritas_main_cf",
    "expresscluster_clp_conf",
    "waiver_file",
)
"""The modules that each hold a `READER`, in the order in which they are asked. They are imported when asked."""


def open_reader(module: str) -> ModuleType:
    """Return the module of a reader."""
    return import_module(f"supportable.readers.{module}")
