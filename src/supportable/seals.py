"""Files of one place as they are read -> which of them no longer match the manifest beside them, and what was never gathered.

In: the bytes of each file, and afterwards what the readers found in them. Out: what still counts. The manifest may come last (a tar that
somebody packed again), so every file is hashed when it passes, and what was found in a changed one is dropped at the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from supportable.core.collected import Collected, mismatches, not_gathered
from supportable.core.verdict import Unread
from supportable.readers.reader import Found


class Seals:
    """Hashes of the files that one path holds."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    def see(self, name: str, data: bytes) -> None:
        """Remember the hash of a file."""
        self._digests[name] = hashlib.sha256(data).hexdigest()

    def settle(
        self, found: Sequence[Found], read: Sequence[tuple[str, str]], unread: Sequence[Unread]
    ) -> tuple[list[Found], list[tuple[str, str]], list[Unread]]:
        """Return what was found, read and not read without the files that do not match their manifest, which are then not read."""
        manifests = {one.source.file: one.manifest for one in found if isinstance(one, Collected)}
        if not manifests:
            return list(found), list(read), list(unread)
        told = {one.file for one in unread}
        broken = mismatches(manifests, self._digests)
        left = [Unread(*one) for file, manifest in manifests.items() for one in not_gathered(file, manifest)]
        left += [Unread(file, reason) for file, reason in broken.items() if file in self._digests or file not in told]
        return (
            [one for one in found if one.source.file not in broken],
            [one for one in read if one[0] not in broken],
            [one for one in unread if one.file not in broken or one.file not in self._digests] + left,
        )
