"""Says whether a clustered deployment is supported, by whom, how far, why, and what nobody looked at.

>>> from supportable import judge, load_packs, read_evidence
>>> import tempfile, pathlib
>>> file = pathlib.Path(tempfile.mkdtemp()) / "mail.yaml"
>>> _ = file.write_text('''
... deployment: mail
... workload: {product: exchange-server, release: "2007"}
... cluster: {service: veritas-cluster-server}
... ''')
>>> verdict = judge(read_evidence([file]).deployment, load_packs(), documents=["KB810986"])[0]
>>> verdict.level.word, verdict.label
('limited', 'will try to help')
>>> verdict.failed[0].clause.id
'kb810986.own-cluster-service'
>>> [str(read.fact.sources[0]) for read in verdict.failed[0].facts][1]
'mail.yaml:4 (cluster.service)'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supportable.app import judge, load_packs
    from supportable.core.clauses import Level, Pack
    from supportable.core.deployment import Deployment
    from supportable.core.facts import Absent, Known, Unknown
    from supportable.core.verdict import Finding, Judgement, Verdict
    from supportable.errors import SupportableError
    from supportable.gathering import Reading, read_evidence

_HOMES = {
    "Absent": "core.facts",
    "Deployment": "core.deployment",
    "Finding": "core.verdict",
    "Judgement": "core.verdict",
    "Known": "core.facts",
    "Level": "core.clauses",
    "Pack": "core.clauses",
    "Reading": "gathering",
    "SupportableError": "errors",
    "Unknown": "core.facts",
    "Verdict": "core.verdict",
    "judge": "app",
    "load_packs": "app",
    "read_evidence": "gathering",
}

__all__ = [
    "Absent",
    "Deployment",
    "Finding",
    "Judgement",
    "Known",
    "Level",
    "Pack",
    "Reading",
    "SupportableError",
    "Unknown",
    "Verdict",
    "judge",
    "load_packs",
    "read_evidence",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: the command must start fast."""
    if name not in _HOMES:
        raise AttributeError(f"module `supportable` has no attribute `{name}`")
    from importlib import import_module

    return getattr(import_module(f"supportable.{_HOMES[name]}"), name)
