"""The manifest of a bundle of `supportable collect` -> the machine on which its folder was collected.

In: `MANIFEST.json`. Out: one `Collected`. It carries no fact of its own: what was not gathered, and which files no longer match their
hashes, is found where all files of the bundle are at hand (`seals.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from supportable.core.collected import SCHEMA, lacking, parse_manifest
from supportable.core.facts import Collected, Source
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.machines import machine_name
from supportable.readers.reader import Evidence, Reader

_HINT = "without its manifest nobody can tell whether a bundle is whole: collect again"


def recognises(evidence: Evidence) -> bool:
    """JSON that names the schema of these manifests."""
    head = evidence.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"{") and f'"{SCHEMA}"'.encode() in head[:1000]


def read(evidence: Evidence) -> Iterator[Collected]:
    """Yield what the manifest says; raise `UnreadableEvidence` for a damaged one."""
    try:
        manifest = parse_manifest(evidence.data)
    except json.JSONDecodeError as error:
        raise UnreadableEvidence("it is not whole", Place(evidence.name, error.lineno), _HINT) from None
    except (ValueError, RecursionError) as error:
        why = "it holds bytes that are not text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise UnreadableEvidence(why, Place(evidence.name, 1), _HINT) from None
    kept = tuple((one.name, one.sha256) for one in manifest.kept)
    yield Collected(machine_name(manifest.node, manifest.host), Source(evidence.name, 1, "node"), kept, lacking(evidence.name, manifest))


READER = Reader("collected-manifest", "the manifest of a bundle of `supportable collect`", recognises, read)
