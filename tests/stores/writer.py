"""A writer in a process of its own: `python writer.py PLACE CASE NAME APPENDS EVENTS`; says `ready`, then each acknowledged number.

Repeats what another writer was first with, and says `conflict` then. Goes on for ever where APPENDS is 0.
"""

from __future__ import annotations

import sys
from itertools import count

from supportable.core.events import Event, append
from supportable.errors import CaseConflict, UnknownCase
from supportable.stores.case_places import open_store
from supportable.stores.cases import CaseStore


def write(store: CaseStore, case: str, name: str, turn: int, size: int) -> int:
    """Append `size` events at once, again and again until no other writer is first."""
    while True:
        try:
            log = store.events(case)
        except UnknownCase:
            log = ()
        added: list[Event] = []
        for part in range(size):
            added.append(append([*log[-1:], *added], case, "2026-11-25T15:46:00Z", "tried", {"by": name, "turn": turn, "part": part}))
        try:
            store.append(added, {"by": name})
            return added[-1].number
        except CaseConflict:
            print("conflict", flush=True)


def main() -> None:
    """Write as the arguments say."""
    place, case, name, appends, size = sys.argv[1:]
    print("ready", flush=True)
    store = open_store(place, 60)
    for turn in range(int(appends)) if int(appends) else count():
        print(write(store, case, name, turn, int(size)), flush=True)
    store.close()


if __name__ == "__main__":
    main()
