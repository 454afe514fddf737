"""`corosync-cmapctl` -> observations about the messaging layer, its nodes, and which node the output comes from.

In: one output, whole or of some keys; real samples are those of Trento and Red Hat Insights. Out: what corosync holds. Keys are
printed in alphabetic order, so that what has a key of `totem` has all of `nodelist` and `quorum` too; only then does a missing key say
that there is none. The token timeout is the one that is set; without one, that in use, to which corosync adds for each further node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import ABSENT, Listed, Observation, Source
from supportable.core.fields import FIELDS
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.reader import Evidence, Reader
from supportable.readers.texts import lines_of, plain

_KEY = re.compile(r"([a-z][\w.:/-]{2,255}) \((str|[iu](?:8|16|32|64)|flt|dbl|bin)\) = (.{0,400})")
_OPENS = re.compile(
    rb"(?:^|\n)(?:totem|nodelist|quorum|runtime|internal_configuration|config|stats|logging)\.[\w.:/-]{2,255}"
    rb" \((?:str|[iu][0-9]{1,2}|flt)\) = "
)
_NODE = re.compile(r"nodelist\.node\.([0-9]{1,4})\.(name|ring[0-7]_addr)")
_PROTOCOL = re.compile(r"totem\.interface\.[0-9]{1,3}\.knet_transport")

_Keys = dict[str, tuple[str, int]]


def recognises(evidence: Evidence) -> bool:
    """Text with a key of corosync, its type in parentheses, and a value."""
    return _OPENS.search(plain(evidence.head)) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the keys say; raise `UnreadableEvidence` when it is not text."""
    keys: _Keys = {}
    for number, line in enumerate(lines_of(evidence, "run `corosync-cmapctl` again and keep its output"), 1):
        found = _KEY.fullmatch(line.strip())
        if found is not None:
            keys.setdefault(found[1], (found[3].strip(), number))
    first = min((line for _, line in keys.values()), default=1)
    yield Observation("cluster.stack", "corosync", Source(evidence.name, first, "keys of corosync"))
    for field, key in (("cluster.name", "totem.cluster_name"), ("cluster.transport", "totem.transport")):
        text = plain_words(keys[key][0]) if key in keys else None
        if text is not None and (FIELDS[field].kind == "text" or text in FIELDS[field].values):
            yield Observation(field, text, Source(evidence.name, keys[key][1], key))
    yield from _numbers(keys, evidence.name)
    yield from _links(keys, evidence.name)
    yield from _nodes(keys, evidence.name)


def _whole(keys: _Keys) -> bool:
    return any(key.startswith("totem.") for key in keys) and any(key.startswith("nodelist.") for key in keys)


def _numbers(keys: _Keys, file: str) -> Iterator[Observation]:
    votes = keys.get("quorum.provider", ("", 0))
    token = "totem.token" if "totem.token" in keys else "runtime.config.totem.token"
    for field, key in (("cluster.token_timeout_ms", token), ("cluster.expected_votes", "quorum.expected_votes")):
        text, line = keys.get(key, ("", 0))
        if re.fullmatch("[0-9]{1,9}", text) and (key == token or votes[0] == "corosync_votequorum"):
            yield Observation(field, int(text), Source(file, line, key))
    if votes[0] != "corosync_votequorum":
        return
    text, line = keys.get("quorum.two_node", ("", 0))
    if text in ("0", "1"):
        yield Observation("cluster.two_node", text == "1", Source(file, line, "quorum.two_node"))
    device = keys.get("quorum.device.model")
    if device is not None:
        yield Observation("cluster.quorum_devices", 1, Source(file, device[1], "quorum.device.model"))
    elif _whole(keys) and not any(key.startswith("quorum.device.") for key in keys):
        yield Observation("cluster.quorum_devices", 0, Source(file, votes[1], "no quorum.device"))


def _links(keys: _Keys, file: str) -> Iterator[Observation]:
    """Yield how many links there are if every node has the same ones, and the protocol under them where knet carries them."""
    addresses: dict[str, set[str]] = {}
    where = 0
    for key, (_, line) in keys.items():
        found = _NODE.fullmatch(key)
        if found is not None and found[2] != "name":
            addresses.setdefault(found[1], set()).add(found[2])
            where = where or line
    if addresses and len({frozenset(links) for links in addresses.values()}) == 1:
        yield Observation("cluster.links", len(next(iter(addresses.values()))), Source(file, where, "nodelist.node"))
    transport, line = keys.get("totem.transport", ("", 0))
    if transport != "knet":
        return
    protocols = {text: line for key, (text, line) in keys.items() if _PROTOCOL.fullmatch(key)}
    if not protocols and _whole(keys):
        yield Observation("cluster.knet_transport", ABSENT, Source(file, line, "no knet_transport"))
    for protocol, line in protocols.items():
        if protocol in FIELDS["cluster.knet_transport"].values:
            yield Observation("cluster.knet_transport", protocol, Source(file, line, "totem.interface"))


def _nodes(keys: _Keys, file: str) -> Iterator[Observation | Listed]:
    """Yield the nodes if each has a name, and which of them printed this."""
    numbers = sorted({key.split(".")[2] for key in keys if key.startswith("nodelist.node.")}, key=lambda one: (len(one), one))
    names = [machine_name(keys.get(f"nodelist.node.{number}.name", ("", 0))[0]) for number in numbers]
    here = keys.get("nodelist.local_node_pos", ("", 0))
    if here[0] in numbers and (name := names[numbers.index(here[0])]):
        yield Observation("nodes", name, Source(file, here[1], "nodelist.local_node_pos"), name)
    if names and all(names) and _whole(keys):
        line = next(line for key, (_, line) in keys.items() if key.startswith("nodelist.node."))
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(file, line, "nodelist"))


READER = Reader("corosync-cmapctl", "the output of `corosync-cmapctl`", recognises, read)
