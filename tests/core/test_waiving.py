"""Waivers: what they change, what they never change, and when they count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from strategies import deployments, packs
from supportable.app import load_packs
from supportable.core.clauses import digest_of
from supportable.core.compile import compile_pack
from supportable.core.facts import Source
from supportable.core.mutate import mutants
from supportable.core.verdict import judge, judge_by_reference
from supportable.core.waivers import Waiver, ending
from supportable.core.waiving import Day, Standing, stand

UNTIL = "2026-12-31+01:00"


def waiver(clause, issuer="microsoft", **changes) -> Waiver:
    """A waiver that counts on the first half of 2026, with what a test changes."""
    given_ = Waiver(
        clause, issuer, "R-1", "A. Person", "because", "2026-01-01", UNTIL, ending(UNTIL), "", (), "", Source("waivers.yaml", 1)
    )
    return given_._replace(**changes)


@settings(max_examples=60)
@given(st.data(), packs(), deployments())
def test_a_waiver_changes_caps_and_nothing_else(data, pack, deployment):
    """With waivers the verdict is that of the pack with other caps; every finding stays; no end is lower than without."""
    requirements = [one for one in pack.clauses if one.kind == "requirement"]
    chosen = data.draw(st.lists(st.sampled_from(requirements), unique=True)) if requirements else []
    tier = data.draw(st.sampled_from(["", *(one.id for one in pack.tiers)]))
    compiled = compile_pack(pack)

    standings = [Standing(waiver(one.id, leaves=tier), True) for one in chosen]
    plain = judge(deployment, [compiled])[0]
    with_waivers = judge(deployment, [compiled], standings)[0]

    best = pack.tiers[0].id
    caps = {one.id: min(one.caps, tier or best, key=pack.tier_rank) for one in chosen}
    changed = pack._replace(clauses=tuple(one._replace(caps=caps.get(one.id, one.caps)) for one in pack.clauses))
    expected, _ = judge_by_reference(changed, deployment)
    assert [one.code for one in with_waivers.findings] == [one.code for one in plain.findings] == expected.outcomes
    assert with_waivers.applies == plain.applies
    if plain.surely_applies:
        assert with_waivers.best_tier == pack.tiers[expected.best]
        assert with_waivers.worst_tier == pack.tiers[expected.worst]
    if plain.applies:
        assert with_waivers.best >= plain.best
        assert with_waivers.worst >= plain.worst
    assert (with_waivers.without_waivers is None) == (
        (with_waivers.best_tier, with_waivers.worst_tier) == (plain.best_tier, plain.worst_tier)
    )


@settings(max_examples=25)
@given(packs(), deployments())
def test_what_decides_is_asked_with_the_waivers(pack, deployment):
    """A verdict that waivers decided asks for no fact; one they left open names facts where without them it would."""
    compiled = compile_pack(pack)
    everything = [Standing(waiver(one.id), True) for one in pack.clauses if one.kind == "requirement"]

    verdict = judge(deployment, [compiled], everything)[0]

    assume(verdict.surely_applies)
    assert verdict.level is pack.tiers[0].level
    assert verdict.deciding.slots == ()


@pytest.fixture(scope="module")
def pack():
    """The pack that KB 810986 stands in."""
    return next(one for one in load_packs() if one.id == "microsoft-exchange-clusters")


def test_each_reason_not_to_count_is_found(pack):
    """A waiver counts only from its own issuer, for its deployment, in its days, for the clause as it was; each other case says why."""
    clause = next(one for one in pack.clauses if one.id == "kb810986.own-cluster-service")
    duty = next(one for one in pack.clauses if one.kind == "duty")
    good = waiver(clause.id, clause_digest=clause.digest)
    day = Day("2026-06-30", "2026-06-30")
    cases = {
        "": good,
        "no clause of this name": good._replace(clause="no.such-clause"),
        "cannot except anybody": good._replace(issuer="veritas"),
        "lowers no level": good._replace(clause=duty.id),
        "it was given for mail-2": good._replace(deployments=("mail-2",)),
        "granted on 2026-07-01": good._replace(granted="2026-07-01"),
        "it ended": good._replace(until="2026-06-29Z", ending=ending("2026-06-29Z")),
        "is no tier of": good._replace(leaves="made-up"),
        "the clause has changed": good._replace(clause_digest="123456789abc"),
    }

    found = stand(cases.values(), [pack], "mail-1", day)

    for why, one in zip(cases, found, strict=True):
        assert one.counts == (not why)
        assert why in one.why


def test_a_waiver_ends_in_its_own_time_zone(pack):
    """Judged for this moment, it counts until its last second wherever one asks; for a named day, only if it covers the whole day."""
    clause = next(one for one in pack.clauses if one.id == "kb810986.own-cluster-service")
    one = waiver(clause.id, clause_digest=clause.digest)

    def counts(as_of: str, now: str = "") -> bool:
        return stand([one], [pack], "mail-1", Day(as_of, as_of, now))[0].counts

    assert counts("2026-12-31", "2026-12-31T22:59:59Z")
    assert not counts("2026-12-31", "2026-12-31T23:00:00Z")
    assert counts("2027-01-01", "2026-12-31T22:00:00Z")
    assert counts("2026-12-31")
    assert not counts("2027-01-01")


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda one: one.replace(microsecond=0)),
    st.integers(-14 * 60, 14 * 60),
)
def test_an_end_covers_its_last_day_whole_and_no_other(moment, offset):
    """What is over at a moment covers each day that ends at or before it (to the minute), in its own zone, and no later day."""
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    zone = f"{sign}{minutes // 60:02}:{minutes % 60:02}"

    day = ending(f"{moment.date()}{zone}")
    exact = ending(f"{moment.isoformat()}{zone}")

    over = datetime.fromisoformat(day.over_at)
    assert (over + timedelta(minutes=offset)).strftime("%Y-%m-%dT%H:%M") == f"{moment.date() + timedelta(days=1)}T00:00"
    assert day.last_day == str(moment.date())
    assert datetime.fromisoformat(exact.over_at) == moment.replace(tzinfo=UTC) - timedelta(minutes=offset)
    whole = (moment.hour, moment.minute) == (23, 59)
    assert exact.last_day == str(moment.date() if whole else moment.date() - timedelta(days=1))


@pytest.mark.parametrize("text", ["2026-12-31", "2026-12-31T12:00:00", "tomorrow", "", "9999-12-31+00:00", "2026-02-30Z"])
def test_an_end_without_a_zone_is_refused(text):
    """A day or moment without its offset from UTC, or one that is none, is a `ValueError`."""
    with pytest.raises(ValueError, match="time zone"):
        ending(text)


def test_every_small_change_of_a_clause_has_another_digest(pack):
    """Whatever the mutation run can change in a requirement brings its waivers up again; its examples and our sentences do not."""
    seen = 0
    for clause in pack.clauses:
        if clause.kind != "requirement":
            continue
        assert clause.digest == digest_of(clause._replace(says="other words", why="", examples=()), pack.matrices)
        for mutant in list(mutants(clause, pack))[:20]:
            seen += 1
            assert digest_of(mutant.clause, mutant.matrices) != clause.digest, mutant.change
    assert seen > 200
