"""What can be wrong with a pack though it loads: one value a flaw, with a deployment that shows it where there is one.

In: nothing (values). An error makes `policy lint` fail; a note says what a reader of the pack should know, and does not.
"""

from __future__ import annotations

from typing import NamedTuple

from supportable.core.facts import Value, _Absent
from supportable.errors import Place

ERROR, NOTE = "error", "note"

KINDS = {
    "table rows contradict": "a row never says anything, because another rules out all that it lists",
    "table rows overlap": "two rows say the opposite of some combinations, and neither is an exception to the other",
    "table row repeats": "a row says nothing that other rows do not say",
    "table has a hole": "two rows of a range leave out what lies between them",
    "dead clause": "a clause applies to no deployment",
    "never holds": "a requirement holds for no deployment that it applies to",
    "never fails": "a requirement fails for no deployment that it applies to",
    "no clause leads there": "no clause leads to a tier",
    "yields to nobody": "a clause yields to another, and the two never apply together",
    "documents contradict": "two requirements apply to one deployment and cannot both hold",
    "documents disagree": "two requirements ask the same of one deployment and leave different tiers",
    "dead end": "a supported deployment with these facts has nowhere to go when its support ends",
    "no way out": "no deployment with these facts reaches the best tier",
}
"""Every kind of flaw, and what it means."""


class Flaw(NamedTuple):
    """One flaw: what is wrong in a sentence, what to do, which clauses it is about, and the facts that show it.

    `facts` are pairs of a slot (a field, and the item of its listing) and its value, as `core.witnesses` gives them; empty where nothing
    can show it.
    """

    severity: str
    kind: str
    message: str
    hint: str
    place: Place | None = None
    clauses: tuple[str, ...] = ()
    facts: tuple[tuple[tuple[str, str | None], Value | _Absent], ...] = ()
