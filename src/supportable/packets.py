"""A case -> a packet for one recipient: redacted, judged again, and refused where anything came out differently.

In: a case in a store and who is to get it. Out: the members of the packet, and the names that stay with the sender.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from supportable.casework import CaseFile, Policy, duties_of, kept_deployment, kept_policy
from supportable.core.clauses import PARTIES
from supportable.core.ledger import Done, happened, ledger_of
from supportable.core.process import ACTS, Duty, Standing, standings
from supportable.core.redaction import (
    Redacted,
    Redaction,
    Renamed,
    Rules,
    fields_kept,
    names_of,
    redact_deployment,
    redact_event,
    texts_of,
)
from supportable.core.verdict import Verdict
from supportable.core.verdict import judge as judge_deployment
from supportable.errors import CaseError
from supportable.stores.cases import CaseStore
from supportable.stores.packets import archive, check_places, save_files

RECIPIENTS = tuple(party for party in PARTIES if party != "support-provider")


class Referral(NamedTuple):
    """An act that refers the customer, and the clauses that were in force for it; without any, those that provide for such an act."""

    done: Done
    clauses: tuple[Standing, ...]


class Packet(NamedTuple):
    """What one recipient gets, and the names that stay behind.

    `case` is the redacted case, `kept_as` its id in the store; `possible` the clauses by which it could be referred to the recipient;
    `events_left_out` counts what concerned other parties only.
    """

    case: CaseFile
    kept_as: str
    recipient: str
    renamed: tuple[Renamed, ...]
    left_out: Mapping[str, int]
    events_left_out: int
    referrals: tuple[Referral, ...]
    possible: tuple[Standing, ...]
    environments: Mapping[str, Redacted]
    members: tuple[tuple[str, bytes], ...] = ()

    @property
    def sides(self) -> frozenset[str]:
        return frozenset(("support-provider", "customer", self.recipient))


def packet(store: CaseStore, case: CaseFile, recipient: str, keep_names: bool, cache: Path | None) -> Packet:
    """Return the packet of a case; raise `CaseError` where the redacted case would not come to the same."""
    policy = kept_policy(store, case.opening, cache)
    rules: Rules = [(clause, one.pack.matrices) for one in policy.compiled for clause in one.pack.clauses]
    others = {one.name: kept_deployment(store, one.digest) for one in case.ledger.environments.values()}
    texts = [text for event in case.log for text in texts_of(event.body)]
    every = (case.deployment, *others.values())
    redaction = Redaction(() if keep_names else names_of(every, texts, recipient, rules), rules)
    kept = fields_kept(rules, [name for one in case.ledger.attempts for pair in one.components for name in pair])
    sides = frozenset(("support-provider", "customer", recipient))
    redacted = _same_verdict(case, redaction, kept, sides, policy)
    acts = frozenset((*ACTS, *(one.clause.act for one in case.duties)))
    log = tuple(redact_event(event, redaction, acts) for event in case.log)
    verdict = _judged(redacted, policy)
    duties = duties_of(verdict, redacted.deployment, policy)
    after = CaseFile(redaction.text(case.id), log, redacted.deployment, verdict, duties, ledger_of(log))
    if after.ledger.state != case.ledger.state or [tuple(one) for one in after.duties] != [tuple(one) for one in case.duties]:
        raise CaseError("without secrets and names the case would come to something else; nothing was written", None, _HINT)
    shown = tuple(event for event in log if _concerns(event.kind, event.body, sides))
    made = Packet(
        after,
        case.id,
        recipient,
        redaction.renamed,
        redacted.left_out,
        len(log) - len(shown),
        tuple(_referrals(after, recipient)),
        _possible(after.duties, after, recipient),
        {redaction.different("environment", name): redact_deployment(one, redaction, kept, sides) for name, one in others.items()},
    )
    report = import_module("supportable.reports.packet")
    return made._replace(members=tuple(report.members(made, shown)))


_HINT = "this is a defect; `--keep-names` may avoid it until it is mended"


def same_findings(one: Verdict, other: Verdict) -> bool:
    """Whether two verdicts have the same level, ends and label, and the same outcome of every clause."""
    ends = [(each.level, each.worst, each.best, each.label, each.applies) for each in (one, other)]
    codes = [[(finding.clause.id, finding.code) for finding in each.findings] for each in (one, other)]
    return ends[0] == ends[1] and codes[0] == codes[1]


def _judged(redacted: Redacted, policy: Policy) -> Verdict:
    return next(one for one in judge_deployment(redacted.deployment, policy.compiled) if one.issuer == policy.issuer)


def _same_verdict(case: CaseFile, redaction: Redaction, kept: frozenset[str], sides: frozenset[str], policy: Policy) -> Redacted:
    """Return the redacted deployment, without the contracts of others where no clause minds; refuse one that is judged differently."""
    for parties in (sides, None):
        redacted = redact_deployment(case.deployment, redaction, kept, parties)
        if same_findings(case.verdict, _judged(redacted, policy)):
            return redacted
    raise CaseError("without secrets and names the deployment would be judged differently; nothing was written", None, _HINT)


def _concerns(kind: str, body: Mapping[str, object], sides: frozenset[str]) -> bool:
    """Whether an event is the business of these sides; what was tried is everybody's."""
    if kind == "acted":
        return body["party"] in sides
    if kind == "recorded" and body["what"] == "deadline":
        return body["party"] in sides
    return not (kind == "recorded" and body["what"] in ("note", "vendor") and body["by"] not in sides)


def refers(act: str, recipient: str) -> bool:
    """Whether an act sends the customer to the recipient; to the customer it matters wherever it is sent."""
    return act.startswith("refer-to-") if recipient == "customer" else act in (f"refer-to-{recipient}", f"contact-{recipient}")


def _referrals(case: CaseFile, recipient: str) -> list[Referral]:
    done = happened(case.log)
    found = []
    for number, one in enumerate(done):
        if one.kind == "acted" and refers(one.body["act"], recipient):
            before = ledger_of((case.log[0], *(case.log[other.number - 1] for other in done[:number]))).state
            own = [
                each
                for each in standings(case.duties, before)
                if (each.clause.party, each.clause.act) == (one.body["party"], one.body["act"])
            ]
            held = [each for each in own if each.truth.name == "TRUE"]
            found.append(Referral(one, tuple(held or own)))
    return found


def _possible(duties: Sequence[Duty], case: CaseFile, recipient: str) -> tuple[Standing, ...]:
    return tuple(
        one for one in standings(duties, case.ledger.state) if refers(one.clause.act, recipient) and "not" not in one.clause.modality
    )


def save(made: Packet, output: Path, mapping: Path | None, replace: bool) -> None:
    """Write the packet, and the names that stay with the sender to a file of their own: both or none."""
    files = [(output, archive(made.members))]
    if mapping is not None:
        names = [one._asdict() for one in made.renamed]
        document = {"schema": "supportable/packet-names/1", "case": made.kept_as, "case_in_packet": made.case.id, "names": names}
        files.append((mapping, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()))
    save_files(files, replace)


def told(made: Packet, output: str, form: str) -> str:
    """Return what went into a packet and what did not, for its sender."""
    report = import_module("supportable.reports.packet")
    return str(report.told(made, output, Counter(kind for kind, _ in {(one.kind, one.pseudonym) for one in made.renamed}), form))


__all__ = ["RECIPIENTS", "check_places"]
