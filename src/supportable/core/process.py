"""The policy as a state machine: what a case has come to, and what each duty clause makes of it.

In: the state of a case (finite: every field is one of a few values, so that all courses can be explored) and the duties that the
policy has for a deployment. Out: how each duty stands, what an act does to the state, and what the policy holds against an act.
What nobody recorded is UNKNOWN where it is about the world (efforts made, a belief held) and FALSE where it is an act of this case
(information asked for, another vendor drawn in): the log would hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from supportable.core.clauses import CASE_CONDITIONS, Clause
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth, all_of, any_of, negate, truth_of

RELATED = ("yes", "no", "unknown")
ATTRIBUTIONS = ("unrelated", "unknown", "suspected", "shown")
"""What the issue is put down to: not the cluster service; nobody knows; the cluster service may be the cause; it is believed to be."""
EFFORTS = ("resolved", "not-resolved", "pending")
ENDS = ("resolved", "referred", "withdrawn", "unresolved")


class State(NamedTuple):
    """What a case has come to.

    `efforts` is none, pending, failed or resolved; `reproduction` (in a fully supported environment) none, undecided, reproduced or
    not-reproduced; `removal` none, suggested, requested, declined or done; `done` holds each party with each act it has done.
    """

    is_open: bool = True
    end: str = ""
    related: str = "unknown"
    attribution: str = "unknown"
    basis: bool = False
    efforts: str = "none"
    reproduction: str = "none"
    removal: str = "none"
    vendor: bool = False
    information: bool = False
    changed: bool = False
    done: frozenset[tuple[str, str]] = frozenset()


class CaseCondition(NamedTuple):
    """The truth of one word of `when` and `until`, and what would have to be recorded to make it true."""

    truth: Callable[[State], Truth]
    record: str


def _reasonable_basis(state: State) -> Truth:
    if state.attribution in ("suspected", "shown"):
        return TRUE if state.basis else UNKNOWN
    return FALSE if state.attribution == "unrelated" else UNKNOWN


def _believed(state: State) -> Truth:
    # "May be the cause" (suspected) lets a provider ask for more; only "is the cause" (shown) ends its help (KB 810986).
    if state.attribution != "shown":
        return FALSE
    return TRUE if state.basis else UNKNOWN


CONDITION_OF: dict[str, CaseCondition] = {
    "case-open": CaseCondition(lambda state: truth_of(state.is_open), "that a case is open"),
    "issue-related-to-workload": CaseCondition(
        lambda state: {"yes": TRUE, "no": FALSE}.get(state.related, UNKNOWN), "that the issue is related to the workload"
    ),
    "incompatibility-believed": CaseCondition(_believed, "the attribution `shown`, with the basis of that belief"),
    "cause-being-determined": CaseCondition(
        lambda state: truth_of(state.is_open and state.attribution in ("unknown", "suspected")), "that the cause is not known"
    ),
    "not-reproduced-in-full-environment": CaseCondition(
        lambda state: {"not-reproduced": TRUE, "reproduced": FALSE}.get(state.reproduction, UNKNOWN),
        "enough trials without the issue in a fully supported environment",
    ),
    "reproduced-in-full-environment": CaseCondition(
        lambda state: {"reproduced": TRUE, "not-reproduced": FALSE}.get(state.reproduction, UNKNOWN),
        "enough trials with the issue in a fully supported environment",
    ),
    "less-drastic-efforts-failed": CaseCondition(
        lambda state: {"failed": TRUE, "resolved": FALSE}.get(state.efforts, UNKNOWN),
        "less drastic efforts, all with their outcome, none of which resolved the issue",
    ),
    "reasonable-basis": CaseCondition(
        _reasonable_basis, "the attribution `suspected` (or `shown`), with its basis: why the cluster service may be the cause"
    ),
    "removal-not-done": CaseCondition(
        lambda state: {"declined": TRUE, "done": FALSE}.get(state.removal, UNKNOWN), "that the customer was asked for removal and declined"
    ),
    "vendor-involved": CaseCondition(lambda state: truth_of(state.vendor), "that another vendor is involved"),
    "information-requested": CaseCondition(lambda state: truth_of(state.information), "that the customer asked for information"),
    "component-changed": CaseCondition(
        lambda state: TRUE if state.changed else UNKNOWN, "that a major component of the cluster was changed or updated"
    ),
}


class Act(NamedTuple):
    """Something a party does: in words, who does it, whether it lays a burden on the customer, and which act it refuses to do.

    A burden needs a clause that allows it; anybody may do more than a policy asks.
    """

    words: str
    by: tuple[str, ...]
    burdens: bool = False
    denies: str = ""
    instead: tuple[str, ...] = ()


_PROVIDER, _CUSTOMER = "support-provider", "customer"
VENDORS = ("cluster-vendor", "hardware-vendor", "storage-vendor", "hypervisor-vendor")
_HELPERS = (_PROVIDER, *VENDORS)

ACTS: dict[str, Act] = {
    "help-troubleshoot": Act("help to troubleshoot the issue", _HELPERS),
    "reproduce-issue": Act("try to reproduce the issue independently", _HELPERS),
    "give-troubleshooting-information": Act("give troubleshooting information", _HELPERS),
    "assist-customer-with-vendor": Act("assist the customer in working with the other vendor", (_PROVIDER,)),
    "act-as-primary-liaison": Act("act as the primary liaison between customer and vendor", (_PROVIDER,)),
    "suggest-removal": Act("suggest removing the cluster service", (_PROVIDER,), burdens=True),
    "request-removal": Act("request removal of the cluster service", (_PROVIDER,), burdens=True),
    "require-removal-for-help": Act("make removal of the cluster service a precondition for help", (_PROVIDER,), burdens=True),
    "refer-to-cluster-vendor": Act("refer the customer to the vendor of the cluster service", _HELPERS, burdens=True),
    "refer-to-support-provider": Act("refer the customer to the support provider of the workload", VENDORS, burdens=True),
    "refuse-help": Act("refuse to help", _HELPERS, burdens=True, denies="help-troubleshoot"),
    "end-help": Act(
        "end the help without a referral", _HELPERS, burdens=True, denies="help-troubleshoot", instead=("refer-to-cluster-vendor",)
    ),
    "refuse-to-assist-with-vendor": Act(
        "refuse to assist with the other vendor", (_PROVIDER,), burdens=True, denies="assist-customer-with-vendor"
    ),
    "request-validation-run": Act("ask for a run of the validation tests", (_PROVIDER,), burdens=True),
    "request-validation-report": Act("ask for the validation report", (_PROVIDER,), burdens=True),
    "ask-for-information": Act("ask for troubleshooting information", (_CUSTOMER,)),
    "remove-cluster-service": Act("remove the cluster service", (_CUSTOMER,)),
    "decline-removal": Act("decline to remove the cluster service", (_CUSTOMER,)),
    "engage-vendor": Act("engage the other vendor", (_CUSTOMER,)),
    "contact-hardware-vendor": Act("ask the hardware vendor", (_CUSTOMER,)),
    "validate-cluster": Act("run the validation tests", (_CUSTOMER,)),
}
"""The acts a case knows the effect of; a clause may name others, which are recorded and held against that clause alone."""

ONGOING = ("help-troubleshoot", "assist-customer-with-vendor")
"""Acts that doing them once does not finish."""

_EFFECTS: dict[str, dict[str, object]] = {
    "require-removal-for-help": {"removal": "requested"},
    "request-removal": {"removal": "requested"},
    "decline-removal": {"removal": "declined"},
    "remove-cluster-service": {"removal": "done"},
    "refer-to-cluster-vendor": {"vendor": True},
    "engage-vendor": {"vendor": True},
    "contact-hardware-vendor": {"vendor": True},
    "ask-for-information": {"information": True},
}


def act_words(act: str) -> str:
    """Return an act as an infinitive.

    >>> act_words("request-removal"), act_words("license-each-node")
    ('request removal of the cluster service', 'license each node')
    """
    return ACTS[act].words if act in ACTS else act.replace("-", " ")


def after_act(state: State, party: str, act: str) -> State:
    """Return the state after a party has done something."""
    state = state._replace(done=state.done | {(party, act)})
    if act == "suggest-removal":
        return state._replace(removal="suggested") if state.removal == "none" else state
    effects = _EFFECTS.get(act, {})
    return state._replace(**effects) if effects else state  # type: ignore[arg-type]


def after_change(state: State) -> State:
    """Return the state after a component was changed: validation is due again."""
    return state._replace(changed=True, done=state.done - {(_CUSTOMER, "validate-cluster")})


class Duty(NamedTuple):
    """A duty clause, and whether it applies to the deployment of the case: as it is, and with its cluster service removed."""

    clause: Clause
    applies: Truth
    when_removed: Truth = TRUE


class Standing(NamedTuple):
    """How one duty stands: `truth` is whether it is in force; `lacking` the conditions that do not hold (yet), each with its truth.

    `ended` once a condition of `until` holds, `done` once its party has done the act.
    """

    clause: Clause
    applies: Truth
    truth: Truth
    ended: bool
    done: bool
    lacking: tuple[tuple[str, Truth], ...]


def standing(duty: Duty, state: State) -> Standing:
    """Return how a duty stands: in force when it applies, all of `when` hold and none of `until` does."""
    clause = duty.clause
    applies = all_of((duty.applies, duty.when_removed)) if state.removal == "done" else duty.applies
    when = [(name, CONDITION_OF[name].truth(state)) for name in clause.when]
    until = any_of(CONDITION_OF[name].truth(state) for name in clause.until)
    truth = all_of([applies, *(one for _, one in when), negate(until)])
    lacking = tuple((name, one) for name, one in when if one is not TRUE)
    return Standing(clause, applies, truth, until is TRUE, (clause.party, clause.act) in state.done, lacking)


def standings(duties: Iterable[Duty], state: State) -> tuple[Standing, ...]:
    """Return how each duty that can apply stands."""
    return tuple(one for one in (standing(duty, state) for duty in duties) if one.applies is not FALSE)


AGAINST, NOT_SHOWN, NOT_PROVIDED, NOT_MET = "against the policy", "not shown to be allowed", "not provided for", "not met"


class Objection(NamedTuple):
    """What the policy holds against an act, or against one that was not done.

    `kind` is one of `against the policy` (what is recorded is against it), `not shown to be allowed` (nothing recorded shows that its
    conditions held), `not provided for` (no clause allows it) and `not met` (a duty was not done). `clause` is the one it rests on.
    """

    kind: str
    party: str
    act: str
    clause: Clause | None
    why: str


def objections(duties: Iterable[Duty], state: State, party: str, act: str) -> tuple[Objection, ...]:
    """Return what the policy holds against `party` doing `act` in `state` (the state before the act)."""
    own = [one for one in standings(duties, state) if one.clause.party == party]
    known = ACTS.get(act)
    found = [
        Objection(AGAINST if one.truth is TRUE else NOT_SHOWN, party, act, one.clause, _forbidden(one))
        for one in own
        if one.clause.act == act and one.clause.modality in ("must-not", "should-not") and one.truth is not FALSE
    ]
    if known is not None and known.denies:
        found += _denied(own, party, act, known.denies)
    if known is not None and known.burdens and not found:
        found += _unpermitted(own, state, party, act, known)
    return tuple(found)


def _forbidden(one: Standing) -> str:
    verb = "must" if one.clause.modality == "must-not" else "should"
    if one.truth is TRUE:
        return f"the {one.clause.party.replace('-', ' ')} {verb} not {act_words(one.clause.act)}"
    return f"the {one.clause.party.replace('-', ' ')} {verb} not {act_words(one.clause.act)}, if the clause applies: {_lacks(one)}"


def _denied(own: list[Standing], party: str, act: str, denied: str) -> list[Objection]:
    owed = [one for one in own if one.clause.act == denied and one.clause.modality in ("must", "should", "will-try")]
    return [
        Objection(
            AGAINST if one.truth is TRUE else NOT_SHOWN,
            party,
            act,
            one.clause,
            f"the {party.replace('-', ' ')} {one.clause.says}"
            + ("" if one.truth is TRUE else f"; not known to be in force: {_lacks(one)}"),
        )
        for one in owed
        if one.truth is not FALSE
    ]


def _unpermitted(own: list[Standing], state: State, party: str, act: str, known: Act) -> list[Objection]:
    permits = [one for one in own if one.clause.act == act and one.clause.modality not in ("must-not", "should-not")]
    if any_of(one.truth for one in permits) is TRUE:
        return []
    if permits:
        return [Objection(AGAINST if one.truth is FALSE else NOT_SHOWN, party, act, one.clause, _lacks(one)) for one in permits]
    offered = [one for one in own if one.clause.act in known.instead]
    if offered and not any((party, other) in state.done for other in known.instead):
        return [
            Objection(NOT_PROVIDED, party, act, one.clause, f"what the policy offers is to {act_words(one.clause.act)}") for one in offered
        ]
    if offered or known.denies:
        return []
    return [Objection(NOT_PROVIDED, party, act, None, f"no clause lets the {party.replace('-', ' ')} {act_words(act)}")]


def _lacks(one: Standing) -> str:
    """Return in words what keeps a clause from being in force."""
    if one.ended:
        return "its end condition holds"
    parts = [f"by what is recorded it is not so that {CASE_CONDITIONS[name]}" for name, truth in one.lacking if truth is FALSE]
    parts += [f"nothing recorded shows that {CASE_CONDITIONS[name]}" for name, truth in one.lacking if truth is UNKNOWN]
    if one.applies is UNKNOWN:
        parts.append("it is not known whether the clause applies to this deployment")
    return "; ".join(parts) or "it is not known whether its end condition holds"
