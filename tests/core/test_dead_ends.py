"""Dead ends: supported deployments from which nothing leads on before their support ends."""

from __future__ import annotations

import pytest

from supportable import app
from supportable.cli import main
from supportable.core.changing import Model
from supportable.core.dead_ends import dead_ends
from supportable.core.verdict import judge
from supportable.core.witnesses import deployment_from

DAY = "2026-11-26"


@pytest.fixture(scope="module")
def packs():
    return [one for one in app.load_packs() if one.id == "suse-sle-lifecycle"]


def test_what_ends_without_a_successor_is_a_dead_end_and_its_witness_shows_it(packs):
    """The witness of a dead end is at the best tier until the day before its end and below it on that day; its clauses are in the way."""
    found = dead_ends(packs, DAY, app.load_model(None))

    assert found.flaws and found.unfinished == ()
    for flaw in found.flaws:
        witness = deployment_from(flaw.facts)
        until = flaw.message.partition(" until ")[2].partition(",")[0]
        after = f"{until[:4]}-12-31"
        levels = [judge(witness, app.prepare(packs, (), day, DAY))[0] for day in (DAY, until, after)]
        assert [one.worst == max(tier.level for tier in packs[0].tiers) for one in levels] == [True, True, False]
        assert set(flaw.clauses) <= {one.clause.id for one in levels[2].failed}


def test_where_nothing_can_be_changed_every_end_is_a_dead_end(packs):
    """Without any move, as many values are dead ends as have an end; with the moves that ship, not more."""
    model = app.load_model(None)
    fixed = dead_ends(packs, DAY, Model(model.work, {}, {}, model.weights))
    free = dead_ends(packs, DAY, model)

    def values(found):
        return sum(flaw.message.count("`nodes.os.release`") + flaw.message.count("`cluster.service`") for flaw in found.flaws)

    assert values(fixed) == fixed.looked_at == free.looked_at
    assert values(free) <= values(fixed)


def test_lint_tells_dead_ends_as_notes_with_the_deployment(capsys):
    """`policy lint --dead-ends` counts the values that end and names each dead end with its day; it is no error."""
    code = main(["policy", "lint", "suse-sle-lifecycle", "--dead-ends", "--notes", "--as-of", DAY])
    out = capsys.readouterr().out

    assert code == 0
    assert "`nodes.os.release` sles-15 is supported on 2026-11-26 and until 2031-07-31" in out
    assert "suse, on 2026-11-26: of 1 value whose support ends within 5 years, 1 dead end" in " ".join(out.split())
