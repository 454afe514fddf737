"""Files of one path as they are read -> which of them no longer match the manifest beside them, and what was never gathered.

In: each file with what the readers found in it. Out: what still counts. A bundle begins with its manifest, so only its files are hashed;
where somebody packed one again and the manifest comes later, the files before it are read once more, and what was found in them is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from supportable.core.facts import Collected
from supportable.core.verdict import Unread
from supportable.readers.reader import Found
from supportable.stores.bundles import Member, Unopened

FOLDERS = ("commands/", "files/")
"""The folders of a bundle that hold only what `collect` put there."""


class Seals:
    """The manifests that one path holds, and the hashes of their files; `again` opens the path once more."""

    def __init__(self, again: Callable[[], Iterable[Member | Unopened]]) -> None:
        self._again = again
        self._manifests: list[Collected] = []
        self._early: set[str] = set()
        self._digests: dict[str, str] = {}

    def see(self, member: Member, found: Iterable[Found]) -> None:
        """Remember a file: its hash, where a manifest that was seen before speaks of it."""
        self._manifests += [one for one in found if isinstance(one, Collected)]
        if self._belongs(member.name):
            self._digests[member.name] = _sha256(member.data)
        else:
            self._early.add(member.name)

    def _belongs(self, name: str) -> bool:
        return any(name.startswith(_inside(one)) for one in self._manifests)

    def settle(
        self, found: Sequence[Found], read: Sequence[tuple[str, str]], unread: Sequence[Unread]
    ) -> tuple[list[Found], list[tuple[str, str]], list[Unread]]:
        """Return what was found, read and not read without the files that do not match their manifest, which are then not read."""
        if not self._manifests:
            return list(found), list(read), list(unread)
        if any(self._belongs(name) for name in self._early):
            again = (one for one in self._again() if isinstance(one, Member) and one.name in self._early and self._belongs(one.name))
            self._digests |= {one.name: _sha256(one.data) for one in again}
        told = {one.file for one in unread}
        broken = {file: reason for one in self._manifests for file, reason in mismatches(one, self._digests).items()}
        left = [Unread(*one) for manifest in self._manifests for one in manifest.lacking]
        left += [Unread(file, reason) for file, reason in broken.items() if file in self._digests or file not in told]
        return (
            [one for one in found if one.source.file not in broken],
            [one for one in read if one[0] not in broken],
            [one for one in unread if one.file not in broken or one.file not in self._digests] + left,
        )


def mismatches(manifest: Collected, digests: dict[str, str]) -> dict[str, str]:
    """Return the files that do not match a manifest, each with the reason; `digests` has the hashes of files by name.

    A file beside the manifest that it does not name may be a user's own; one in the folders of `collect` may not.
    """
    inside, file = _inside(manifest), manifest.source.file
    named = {f"{inside}{name}": digest for name, digest in manifest.kept}
    found: dict[str, str] = {}
    for name, digest in named.items():
        if name not in digests:
            found[name] = f"`{file}` names it, but it was removed from the bundle or could not be opened"
        elif digests[name] != digest:
            found[name] = f"it was changed after it was collected: its hash is not that in `{file}`, so it was not read"
    for name in digests:
        if name not in named and name.startswith(tuple(f"{inside}{one}" for one in FOLDERS)):
            found[name] = f"`{file}` does not name it: it was added after the bundle was made, so it was not read"
    return found


def _inside(manifest: Collected) -> str:
    return f"{manifest.folder}/" if manifest.folder else ""


def _sha256(data: bytes) -> str:
    # Imported here because most runs read no bundle with a manifest, and importing it takes 4 ms of every start.
    from hashlib import sha256

    return sha256(data).hexdigest()
