"""Evidence at some places -> what the readers found there, and a deployment.

In: paths of files, directories and archives. Out: every observation in the order in which it was found, which reader knew which
file, and why each other file gave no facts. What one would get wrong: a file that holds several files or outputs (a supportconfig
text) is read in parts, but facts cite the line of the file that the user has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from supportable.core.deployment import Deployment, assemble
from supportable.core.facts import Collected, Listed, Observation
from supportable.core.verdict import Unread
from supportable.core.waivers import Waiver
from supportable.errors import EvidenceError, WrittenEvidenceError
from supportable.readers import likely_readers, open_reader
from supportable.readers.reader import Evidence, Found, Reader
from supportable.seals import Seals
from supportable.stores.bundles import Member, open_bundle

if TYPE_CHECKING:
    from supportable.readers.parts import Part


class Gathered(NamedTuple):
    """What the readers found: a name for the deployment, all observations, waivers, and the files that were read and not read.

    `silent` are the files of `read` in which their reader found nothing.
    """

    name: str
    observations: tuple[Observation | Listed | Collected, ...]
    read: tuple[tuple[str, str], ...]
    unread: tuple[Unread, ...]
    waivers: tuple[Waiver, ...] = ()
    silent: tuple[str, ...] = ()


class Reading(NamedTuple):
    """What was read: the deployment, each file with the reader that knew it, each file that was not read, waivers, and silent files."""

    deployment: Deployment
    read: tuple[tuple[str, str], ...]
    unread: tuple[Unread, ...]
    waivers: tuple[Waiver, ...] = ()
    silent: tuple[str, ...] = ()


def read_evidence(paths: Iterable[Path | str]) -> Reading:
    """Read files, directories and archives into one deployment.

    A file no reader knows, or that cannot be read, is listed in `unread` and never stops the rest; a deployment file
    with mistakes raises `DeploymentFileError`, one of waivers `WaiverFileError`, because a person wrote it and can mend it.
    """
    found = gather(paths)
    return Reading(assemble(found.name, found.observations), found.read, found.unread, found.waivers, found.silent)


def gather(paths: Iterable[Path | str]) -> Gathered:
    """Read files, directories and archives; see `read_evidence`."""
    everything: list[Found] = []
    read: list[tuple[str, str]] = []
    unread: list[Unread] = []
    name: str | None = None
    listed = [Path(path) for path in paths]
    for path in listed:
        seals, before = Seals(partial(open_bundle, path)), (len(everything), len(read), len(unread))
        for member in open_bundle(path):
            if not isinstance(member, Member):
                unread.append(Unread(member.name, member.reason))
                continue
            evidence = Evidence(member.name, member.data)
            known, found, reason = _whole(evidence)
            seals.see(member, found)
            everything.extend(found)
            if reason is not None:
                unread.append(Unread(member.name, reason))
            else:
                read.append((member.name, ", ".join(known)))
            if known == ("deployment-file",) and name is None:
                name = open_reader("deployment_file").deployment_name(evidence)
        settled = seals.settle(everything[before[0] :], read[before[1] :], unread[before[2] :])
        everything[before[0] :], read[before[1] :], unread[before[2] :] = settled
    waivers = tuple(one for one in everything if isinstance(one, Waiver))
    observations = tuple(one for one in everything if not isinstance(one, Waiver))
    telling = {one.source.file for one in everything}
    silent = tuple(file for file, _ in read if file not in telling)
    return Gathered(name or _name_of(listed), observations, tuple(read), tuple(unread), waivers, silent)


_Seen = tuple[tuple[str, ...], list[Found], str | None]


def _whole(evidence: Evidence) -> _Seen:
    """Return the readers that knew the file or its parts, what they found, and why the file is not read if it is not."""
    if b"#==[ " in evidence.head:
        # Imported here because few files hold several, and the command must start fast.
        from supportable.readers.parts import parts

        inside = parts(evidence)
        if inside is not None:
            return _in_parts(evidence, inside)
    known = _reader_of(evidence)
    if known is None:
        return (), [], _unknown(evidence)
    found, reason = _observe(known, evidence)
    return (known.name,), found, reason


def _unknown(evidence: Evidence) -> str:
    """Return why a file that no reader knows gives no facts."""
    if not evidence.data:
        return "the file is empty"
    # Imported here because most files are known, and the command must start fast.
    from supportable.readers.not_evidence import not_evidence

    return not_evidence(evidence) or "no reader knows this format"


def _in_parts(evidence: Evidence, inside: Sequence[Part]) -> _Seen:
    known: dict[str, None] = {}
    found: list[Found] = []
    reasons: list[str] = []
    for part in inside:
        one = Evidence(part.name, part.data)
        reader = _reader_of(one)
        if reader is None or reader.name in ("deployment-file", "waiver-file"):
            continue
        known[reader.name] = None
        seen, reason = _observe(reader, one)
        found.extend(_moved(each, evidence.name, part.lines_before) for each in seen)
        if reason is not None:
            reasons.append(f"{part.shown}: {reason}")
    if not known:
        return (), [], "none of its parts is of a format that a reader knows"
    return tuple(known), found, "; ".join(reasons) or None


def _moved(one: Found, file: str, lines: int) -> Found:
    """Return what was found as one of the whole file."""
    source = one.source._replace(file=file, line=None if one.source.line is None else one.source.line + lines)
    return one._replace(source=source)


def _reader_of(evidence: Evidence) -> Reader | None:
    return next((one for one in (open_reader(module).READER for module in likely_readers(evidence)) if one.recognises(evidence)), None)


def _observe(known: Reader, evidence: Evidence) -> tuple[list[Found], str | None]:
    """Return what the reader found, and why it stopped if it did; what it found before it stopped still counts."""
    found: list[Found] = []
    try:
        for one in known.read(evidence):
            found.append(one)
    except WrittenEvidenceError:
        raise
    except EvidenceError as error:
        where = f"line {error.place.line}: " if error.place and error.place.line else ""
        return found, where + error.message
    except (MemoryError, RecursionError):
        return found, "it is too large or too deeply nested to be read"
    except Exception as error:  # one file, whatever is in it, never stops the rest
        return found, f"its reader failed ({type(error).__name__}); please report this as a defect"
    return found, None


def _name_of(paths: Sequence[Path]) -> str:
    name = paths[0].resolve().name if paths else ""
    return name or "deployment"
