"""What changes are owed to."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

from hypothesis import given
from hypothesis import strategies as st

from supportable.core.changes import MIXES, kind_of, shares
from supportable.core.fleet_results import KINDS, LEVELS, NOT_THERE

STATES = st.fixed_dictionaries({mix: st.sampled_from("abc") for mix in MIXES})


@given(STATES)
def test_shares_add_up_to_the_change(states):
    """The three shares are one deployment where it changed, and nothing where it did not."""
    assert sum(shares(states)) == (states[0, 0, 0] != states[1, 1, 1])


@given(STATES)
def test_shares_are_the_mean_over_all_orders(states):
    """Each share is what its factor adds to reaching the state after, averaged over the six orders in which three things can change."""
    expected = [Fraction(0)] * 3
    for order in permutations(range(3)):
        mix = (0, 0, 0)
        for factor in order:
            after = tuple(1 if at == factor else one for at, one in enumerate(mix))
            expected[factor] += Fraction((states[after] == states[1, 1, 1]) - (states[mix] == states[1, 1, 1]), 6)
            mix = after
    changed = states[0, 0, 0] != states[1, 1, 1]
    assert list(shares(states)) == (expected if changed else [0, 0, 0])


@given(STATES, st.integers(0, 2))
def test_what_makes_no_difference_has_no_share(states, factor):
    """A factor that changes no state, whatever the others are, is owed nothing."""
    same = {mix: states[tuple(0 if at == factor else one for at, one in enumerate(mix))] for mix in MIXES}
    assert shares(same)[factor] == 0


def test_every_pair_of_states_has_a_kind_and_the_opposite_pair_the_opposite_kind():
    """Falling is the opposite of rising, becoming decided of becoming undecided, and so on; nothing changes without a kind."""
    opposite = {"falls": "rises", "becomes undecided": "becomes decided", "becomes silent": "is spoken of", "is new": "is gone"}
    opposite |= {value: key for key, value in opposite.items()} | {"moves within undecided": "moves within undecided"}
    levels = LEVELS[:3]
    states = [*((worst, best) for worst, best in product(levels, levels) if levels.index(worst) >= levels.index(best))]
    states += [("silent", "silent"), (NOT_THERE, NOT_THERE)]
    for before, after in product(states, states):
        kind = kind_of(before, after)
        assert (kind is None) == (before == after)
        if kind is not None:
            assert kind in KINDS and opposite[kind] == kind_of(after, before)
