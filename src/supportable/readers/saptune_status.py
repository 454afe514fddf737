"""`saptune --format json status` -> whether the machine is virtual, and under what.

In: JSON of one run; the real sample is a fixture of the Trento agent. Out: `virtualization`, which `saptune` takes from
`systemd-detect-virt`; the rest is about tuning and says nothing of a deployment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import THIS_MACHINE, Observation, Source
from supportable.readers.json_files import line_of, opens_object, read_json, scalar
from supportable.readers.names import observed_by_name
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import plain

_SAPTUNE = re.compile(rb'"argv"\s{0,4}:\s{0,4}"saptune |saptune_status\.schema\.json')


def recognises(evidence: Evidence) -> bool:
    """JSON of a run of `saptune`."""
    head = plain(evidence.head)
    return opens_object(head) and _SAPTUNE.search(head) is not None


def read(evidence: Evidence) -> Iterator[Observation]:
    """Yield what it says of virtualisation; raise `UnreadableEvidence` when it is not JSON."""
    tree = read_json(evidence, "run `saptune --format json status` again and keep its output")
    told = scalar(tree, "result", "virtualization")
    if told is not None:
        yield from observed_by_name(
            "evidence/virtualisation", told.text, Source(evidence.name, line_of(told), "result.virtualization"), THIS_MACHINE
        )


READER = Reader("saptune-status", "the output of `saptune --format json status`", recognises, read)
