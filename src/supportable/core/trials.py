"""A trial: one attempt to make the issue appear in one environment, as it stands in a journal and in the log of a case.

In: what a lab performed or a person reports. Out: values with a plain JSON form. "No outcome" is not "it did not
appear": a probe that failed, a time limit or a signal say nothing about the issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

APPEARED = "appeared"
NOT_APPEARED = "not-appeared"
NO_OUTCOME = "no-outcome"
OUTCOMES = (APPEARED, NOT_APPEARED, NO_OUTCOME)
"""What one trial can come to: the issue showed, it did not, or the trial says nothing (it could not be set up, timed out)."""


class TrialEvidence(NamedTuple):
    """One kept file: its name relative to the output folder, and the SHA-256 of what was kept."""

    file: str
    sha256: str


class Trial(NamedTuple):
    """One trial. `at` is UTC (`2026-01-31T09:00:00Z`); `reason` says why there was no outcome, and is empty otherwise."""

    environment: str
    outcome: str
    at: str
    by: str
    reason: str = ""
    evidence: tuple[TrialEvidence, ...] = ()
    components: tuple[tuple[str, str], ...] = ()

    def to_body(self) -> dict[str, object]:
        """Return the plain JSON form.

        >>> trial = Trial("subject", APPEARED, "2026-01-31T09:00:00Z", "ann")
        >>> Trial.from_body(trial.to_body()) == trial
        True
        """
        return {
            "environment": self.environment,
            "outcome": self.outcome,
            "at": self.at,
            "by": self.by,
            "reason": self.reason,
            "evidence": [{"file": one.file, "sha256": one.sha256} for one in self.evidence],
            "components": dict(self.components),
        }

    @classmethod
    def from_body(cls, body: Mapping[str, object]) -> Trial:
        """Return the trial that `to_body` wrote; raise `ValueError` with one sentence where it is not one."""
        environment, outcome, at, by = (_word(body, key) for key in ("environment", "outcome", "at", "by"))
        reason = _word(body, "reason", may_be_empty=True)
        if outcome not in OUTCOMES:
            raise ValueError(f"`{outcome}` is not an outcome of a trial")
        if (outcome == NO_OUTCOME) is not bool(reason):
            raise ValueError("a trial has a reason exactly when it has no outcome")
        evidence, components = body.get("evidence"), body.get("components")
        if not isinstance(evidence, list) or not all(isinstance(one, Mapping) for one in evidence):
            raise ValueError("`evidence` of a trial is not a list of files")
        if not isinstance(components, Mapping):
            raise ValueError("`components` of a trial is not a mapping")
        files = tuple(TrialEvidence(_word(one, "file"), _word(one, "sha256")) for one in evidence)
        named = tuple((str(name), _word(components, name, may_be_empty=True)) for name in components)
        return cls(environment, outcome, at, by, reason, files, named)


def _word(table: Mapping[str, object], key: str, may_be_empty: bool = False) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not (value or may_be_empty):
        raise ValueError(f"`{key}` of a trial is missing or no text")
    return value
