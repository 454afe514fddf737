"""Generated cases: duties of the document the product starts from, and random courses of commands."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import strategies as st

from supportable import judge, load_packs
from supportable.app import prepare
from supportable.casework import Policy, duties_of
from supportable.core.case import Close, Perform, Record, Try, acts_of, begin, handle
from supportable.core.deployment import deployment_of
from supportable.core.events import Event
from supportable.core.facts import Known
from supportable.core.ledger import Environment
from supportable.core.process import ATTRIBUTIONS, EFFORTS, Duty

SINCE = "2009-03-02T09:00:00Z"
FULL = Environment("lab", "reference", "lab", "a" * 64, "full")
PARTS = Environment("parts", "reference", "parts", "b" * 64, "limited")
SUBJECT = Environment("mail", "subject", "mail", "c" * 64, "limited")


@lru_cache
def duties(release: str = "2007", service: str = "veritas-cluster-server") -> tuple[Duty, ...]:
    """The duties of KB 810986 for an Exchange cluster."""
    facts = {"workload.product": "exchange-server", "workload.release": release, "cluster.service": service}
    deployment = deployment_of("mail", {name: Known(value) for name, value in facts.items()})
    packs = load_packs()
    verdict = judge(deployment, packs, documents=["KB810986"])[0]
    return duties_of(verdict, deployment, Policy("microsoft", tuple(prepare(packs, ["KB810986"]))))


def opened(related: str = "yes") -> tuple[Event, ...]:
    """The log of a new case."""
    return (begin("c", SINCE, {"title": "x", "related": related, "when": SINCE}),)


def at(minute: int) -> str:
    """A time some minutes after the opening."""
    return f"2009-03-02T{10 + minute // 60:02}:{minute % 60:02}:00Z"


def recorded(log, *commands, duties_of_case=None):
    """The log after these commands, each recorded at its own time."""
    for command in commands:
        log = (*log, handle(log, duties_of_case if duties_of_case is not None else duties(), command, "2009-04-01T00:00:00Z"))
    return log


PARTIES = ("support-provider", "customer", "cluster-vendor")


@lru_cache
def commands(minute: int):
    """One command of any kind."""
    when = st.just(at(minute))
    acts = st.sampled_from([(party, act) for party in PARTIES for act in acts_of(party, duties())])
    return st.one_of(
        acts.flatmap(lambda one: st.builds(Perform, st.just(one[0]), st.just(one[1]), when)),
        st.builds(
            lambda name, outcome: Record("effort", "support-provider", at(minute), {"effort": name, "outcome": outcome}),
            st.sampled_from(["restart", "update"]),
            st.sampled_from(EFFORTS),
        ),
        st.builds(
            lambda attribution, basis: Record("attribution", "support-provider", at(minute), {"attribution": attribution, "basis": basis}),
            st.sampled_from(ATTRIBUTIONS),
            st.sampled_from(["", "a dump"]),
        ),
        st.sampled_from(["yes", "no", "unknown"]).map(lambda answer: Record("related", "customer", at(minute), {"related": answer})),
        st.sampled_from(["vendor", "change", "note"]).map(lambda what: Record(what, "customer", at(minute), {"text": "y"})),
        st.builds(
            Try,
            st.sampled_from([FULL, PARTS, SUBJECT]),
            st.sampled_from(["appeared", "not-appeared", "no-outcome"]),
            st.just("support-provider"),
            when,
            st.sampled_from([1, 3, 29]),
        ),
    )


@st.composite
def logs(draw, least: int = 0):
    """A log of a few commands, perhaps closed."""
    log = opened(draw(st.sampled_from(["yes", "no", "unknown"])))
    for minute in range(draw(st.integers(least, 12))):
        log = recorded(log, draw(commands(minute)))
    if draw(st.booleans()):
        end = draw(st.sampled_from(["resolved", "referred", "unresolved"]))
        log = recorded(log, Close(end, "support-provider", at(100)))
    return log
