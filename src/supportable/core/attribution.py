"""Trials in mixed environments -> the components that must be as in the subject for the issue to appear, by few trials.

In: in what two environments differ, and every trial so far with the configuration it was made in (the components taken from the
subject; the others are as in the reference). Out: the causes once shown, else the configuration to try next. "Cause" is
meant as in delta debugging (Zeller and Hildebrandt 2002): with these components of the subject the issue appears, and with
any one of them as in the reference it does not. Another set of components may do the same.

The search holds no state: it is run again from the start over the trials there are, and stops at the first
configuration that they leave undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from supportable.core.facts import of_its_kind
from supportable.core.reproduction import REPRODUCED, UNDECIDED, Decision, Goal, decide
from supportable.errors import UsageError, nearest

Configuration = frozenset[str]
"""The components that are as in the subject; all others that differ are as in the reference."""

Impossible = Collection[Configuration] | Callable[[Configuration], str | None]
"""Configurations that cannot be built, or a function that says why one cannot (`None`: it can)."""

ABSENT = "absent"
# Components that can only be taken away with others are tried with up to two of them; the sets grow as their number's power.
TOGETHER_MAX = 3


@of_its_kind
class Difference(NamedTuple):
    """One component that is not the same in both environments: `cluster.service`, `veritas-cluster-server`, `mscs`."""

    component: str
    subject: str
    reference: str


@of_its_kind
class Step(NamedTuple):
    """What the trials show, or what to try next.

    `tried` has every configuration the search asked about, in that order, with its decision. `skipped` has those that cannot
    be built, each with the reason. With a `contradiction` there is nothing to attribute, and nothing more to try.
    """

    causes: tuple[str, ...] | None
    next: Configuration | None
    more_at_least: int
    """Fewest further trials that could decide `next`."""
    why: str
    tried: tuple[tuple[Configuration, Decision], ...]
    contradiction: str | None
    skipped: tuple[tuple[Configuration, str], ...] = ()


def differences(subject: Mapping[str, str], reference: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return the components that differ, by name; one that only one environment has is `absent` in the other.

    Give only components about which something is known in both: one that nobody looked at would count as absent.

    >>> differences({"cluster": "vcs", "os": "2003"}, {"cluster": "mscs", "os": "2003", "agent": "7"})
    (Difference(component='agent', subject='absent', reference='7'), Difference(component='cluster', subject='vcs', reference='mscs'))
    """
    return tuple(
        Difference(name, subject.get(name, ABSENT), reference.get(name, ABSENT))
        for name in sorted({*subject, *reference})
        if subject.get(name, ABSENT) != reference.get(name, ABSENT)
    )


def most_configurations(components: int, causes: int) -> int:
    """Return how many configurations the search tries at most where more of the subject never makes the issue vanish.

    The two environments, for each cause a binary search and one test of what has been found, and for each cause but
    the last one test without it. Where a further component can hide the issue, a cause may turn out not to be needed; the
    search then starts again among those that are left, at most once for each cause.

    >>> most_configurations(8, 1), most_configurations(8, 2), most_configurations(64, 1)
    (6, 11, 9)
    """
    return min(1 << components, 2 + causes * ((components - 1).bit_length() + 1) + max(0, causes - 1))


def level(goal: Goal, number: int) -> Goal:
    """Return the goal at which the configuration tried as `number` (from 1) is decided.

    Its risks are alpha / (i (i + 1)) and beta / (i (i + 1)), which sum to alpha and beta over all i however many there
    are: the probability that any configuration is decided wrongly is at most alpha + beta (union bound). The number does not depend
    on the trials of the configuration itself, only on the decisions before it.
    """
    share = number * (number + 1)
    return goal._replace(alpha=goal.alpha / share, beta=goal.beta / share)


def attribute(
    differences: Iterable[Difference],
    trials: Iterable[tuple[Configuration, str]],
    goal: Goal,
    impossible: Impossible = (),
) -> Step:
    """Say which components must be as in the subject for the issue to appear, or which configuration to try next.

    The causes are found one by one. With what is known to be needed kept, a binary search over the other components, in the order
    given, finds the shortest run of them from the left that makes the issue appear: its last one is needed. At the end each
    cause is taken away alone once. For n components and k causes that is at most
    `most_configurations(n, k)`, about k (log2 n + 2). Interactions need nothing special: both components are found.

    The answer is wrong with probability at most alpha + beta (`level`), for configurations whose true rate is at least `goal.rate`
    or at most `goal.background`. It rests on trials that are independent of each other. A configuration that cannot
    be built is stepped around; a component that can only be taken away with one or two others is tried with them.

    >>> stack = differences({"cluster": "vcs", "os": "2003", "storage": "a"}, {"cluster": "mscs", "os": "2008", "storage": "b"})
    >>> step = attribute(stack, [], Goal())
    >>> sorted(step.next), step.why
    (['cluster', 'os', 'storage'], 'the issue has to appear in the subject environment first')
    >>> clean = [(frozenset(one), "not-appeared") for one in ([], ["os"], ["os", "storage"]) for _ in range(80)]
    >>> shown = [(frozenset(one), "appeared") for one in (["cluster", "os", "storage"], ["cluster", "os"], ["cluster"])]
    >>> attribute(stack, clean + shown, Goal()).causes
    ('cluster',)
    """
    names = tuple(one.component for one in differences)
    made = _by_configuration(names, trials)
    search = _Search(names, made, goal, impossible)
    try:
        return search.run()
    except _Undecided as open_:
        tried = tuple(search.tried.items())
        return Step(None, open_.configuration, tried[-1][1].more_at_least, open_.why, tried, None, tuple(search.skipped.items()))


def _by_configuration(names: tuple[str, ...], trials: Iterable[tuple[Configuration, str]]) -> dict[Configuration, list[str]]:
    twice = [name for number, name in enumerate(names) if name in names[:number]]
    if twice:
        raise UsageError(f"component `{twice[0]}` is named twice among the differences", hint="name each component once")
    made: dict[Configuration, list[str]] = {}
    for components, outcome in trials:
        configuration = frozenset(components)
        stray = sorted(configuration - set(names))
        if stray:
            near = nearest(stray[0], names)
            raise UsageError(
                f"a trial names component `{stray[0]}`, which is not among the differences",
                hint=f"did you mean `{near}`?" if near else f"components that differ: {', '.join(f'`{name}`' for name in names) or 'none'}",
            )
        made.setdefault(configuration, []).append(outcome)
    return made


class _Undecided(Exception):
    """The trials so far do not decide this configuration."""

    def __init__(self, configuration: Configuration, why: str) -> None:
        super().__init__(why)
        self.configuration = configuration
        self.why = why


class _Search:
    """One replay of the search; `tried` and `skipped` fill up in the order in which it asks."""

    def __init__(self, names: tuple[str, ...], made: Mapping[Configuration, Sequence[str]], goal: Goal, impossible: Impossible) -> None:
        self.names, self.made, self.goal, self.impossible = names, made, goal, impossible
        self.tried: dict[Configuration, Decision] = {}
        self.skipped: dict[Configuration, str] = {}

    def run(self) -> Step:
        contradiction = self.contradiction()
        if contradiction is not None:
            return self.step(None, contradiction)
        causes = self.smallest(list(self.names))
        return self.step(causes, None)

    def step(self, causes: Collection[str] | None, contradiction: str | None) -> Step:
        shown = None if causes is None else tuple(name for name in self.names if name in causes)
        why = contradiction or f"the issue appears with {_listed(shown or ())} as in the subject, and not with less of that"
        return Step(shown, None, 0, why, tuple(self.tried.items()), contradiction, tuple(self.skipped.items()))

    def contradiction(self) -> str | None:
        """Return why there is nothing to attribute, `None` where there is."""
        if not self.names:
            return "the two environments do not differ in any component that is known"
        subject, reference = frozenset(self.names), frozenset[str]()
        for configuration, whose in ((subject, "subject"), (reference, "reference")):
            reason = self.reason(configuration)
            if reason is not None:
                return f"the {whose} environment itself is said to be impossible: {reason}"
        if not self.appears(subject, "the issue has to appear in the subject environment first"):
            return "the issue is not reproduced in the subject environment, so there is nothing to attribute"
        if self.appears(reference, "the issue must not appear in the reference environment"):
            return "the issue is reproduced in the reference environment too, so no difference between the two causes it"
        return None

    def reason(self, configuration: Configuration) -> str | None:
        """Return why the configuration cannot be built, `None` if it can."""
        if callable(self.impossible):
            return self.impossible(configuration)
        return "it is listed as impossible" if configuration in self.impossible else None

    def possible(self, configuration: Configuration) -> bool:
        reason = self.reason(configuration)
        if reason is not None:
            self.skipped[configuration] = reason
        return reason is None

    def appears(self, configuration: Configuration, why: str) -> bool:
        """Look the decision up; the trials that leave it open end the replay."""
        if configuration not in self.tried:
            self.tried[configuration] = decide(self.made.get(configuration, ()), level(self.goal, len(self.tried) + 1))
        outcome = self.tried[configuration].outcome
        if outcome == UNDECIDED:
            raise _Undecided(configuration, why)
        return outcome == REPRODUCED

    def smallest(self, enough: list[str]) -> Collection[str]:
        """Return components of `enough`, with which the issue appears, that are all needed."""
        while True:
            needed = self.needed(enough)
            fewer = self.fewer(needed)
            if fewer is None:
                return needed
            enough = fewer

    def needed(self, enough: list[str]) -> list[str]:
        """Return components found one by one from the right, with which alone the issue appears."""
        kept: list[str] = []
        rest = enough
        while True:
            alone = frozenset(kept)
            if not rest or (self.possible(alone) and self.appears(alone, f"is {_listed(kept)} of the subject enough?")):
                return kept
            # Without any of `rest` the issue does not appear (or that cannot be built), with all of it it does.
            least, most = 0, len(rest)
            while between := [cut for cut in range(least + 1, most) if self.possible(frozenset(rest[:cut] + kept))]:
                cut = min(between, key=lambda one: (abs(2 * one - least - most), one))
                why = f"one of {_listed(rest[least:most])} is needed, this halves them"
                if self.appears(frozenset(rest[:cut] + kept), why):
                    most = cut
                else:
                    least = cut
            kept = rest[least:most] + kept
            rest = rest[:least]

    def fewer(self, needed: list[str]) -> list[str] | None:
        """Return what is left of `needed` after a removal that the issue survives, `None` where it survives none."""
        for name in needed:
            for gone in self.removals(name, needed):
                left = [one for one in needed if one not in gone]
                if left and self.appears(frozenset(left), f"is {_listed(sorted(gone))} of the subject needed beside {_listed(left)}?"):
                    return left
        return None

    def removals(self, name: str, needed: list[str]) -> list[set[str]]:
        """Return the smallest sets with `name` that can be taken away: itself, or where that cannot be built, with others."""
        others = [one for one in needed if one != name]
        if self.possible(frozenset(others)):
            return [{name}]
        for size in range(1, min(len(others), TOGETHER_MAX)):
            more = [set(one) for one in combinations(others, size) if self.reason(frozenset(others) - set(one)) is None]
            if more:
                return [{name, *one} for one in more]
        return []


def _listed(names: Collection[str]) -> str:
    if not names:
        return "nothing"
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
