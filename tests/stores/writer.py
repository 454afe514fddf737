"""A writer in a process of its own: `python writer.py PLACE CASE NAME APPENDS EVENTS`; says `ready`, then each acknowledged number.

Repeats what another writer was first with, and says `conflict` then. Goes on for ever where APPENDS is 0.
"""

import sys
from itertools import count

from supportable.core.events import append
from supportable.errors import CaseConflict, UnknownCase
from supportable.stores.cases import open_store

place, case, name, appends, size = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
print("ready", flush=True)
store = open_store(place, 60)
for turn in range(appends) if appends else count():
    while True:
        try:
            log = store.events(case)
        except UnknownCase:
            log = ()
        added = []
        for part in range(size):
            added.append(append([*log[-1:], *added], case, "2026-11-25T15:46:00Z", "tried", {"by": name, "turn": turn, "part": part}))
        try:
            store.append(added, {"by": name})
            break
        except CaseConflict:
            print("conflict", flush=True)
    print(added[-1].number, flush=True)
store.close()
