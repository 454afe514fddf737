"""clp.conf of NEC EXPRESSCLUSTER (CLUSTERPRO) -> observations about the cluster and its servers.

In: the bytes of one file, in the encoding that it declares (Shift JIS, EUC-JP, GB 2312, UTF-8). Out: service, name, and
the complete list of servers. The XML parser knows few of these encodings, so the text is decoded before it is parsed.
Everything else in the file is skipped unread: mail addresses, accounts and passwords among it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportable.core.facts import Listed, Observation, Source
from supportable.errors import Place, UnreadableEvidence
from supportable.readers.machines import machine_name, plain_words
from supportable.readers.reader import Evidence, Reader
from supportable.readers.xml import read_xml, root_tag

_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}\bencoding\s?=\s?["']([A-Za-z0-9._-]{1,40})["']""")
_NAMED_INSIDE = re.compile(rb"<(?:encode|charset)>([A-Za-z0-9._-]{1,40})</")
_SECTION = re.compile(rb"<all>\s{0,200}<(?:charset|serveros|encode)>")
# The names that EXPRESSCLUSTER writes; the codecs are the supersets that Windows writes under these names.
_CODECS = {
    "sjis": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "euc-jp": "euc_jp",
    "eucjp": "euc_jp",
    "gb2312": "gb18030",
    "ascii": "ascii",
    "us-ascii": "ascii",
    "utf-8": "utf-8",
    "utf8": "utf-8",
}


def recognises(evidence: Evidence) -> bool:
    """An XML document `root` that opens with the section `all` of an EXPRESSCLUSTER configuration."""
    return root_tag(evidence.head) == "root" and _SECTION.search(evidence.head) is not None


def read(evidence: Evidence) -> Iterator[Observation | Listed]:
    """Yield what the file names; raise `UnreadableEvidence` when it is damaged or in an encoding that is not known."""
    root = read_xml(_in_utf8(evidence), "utf-8")
    cluster = root.child("cluster")
    servers = [one for one in root.children if one.tag == "server"]
    shown = cluster if cluster is not None else next(iter(servers), None)
    if shown is None:
        raise UnreadableEvidence("it names no cluster and no server", Place(evidence.name, root.line), "collect `clp.conf` again")
    yield Observation("cluster.service", "expresscluster", Source(evidence.name, shown.line, shown.tag))
    written = cluster.child("name") if cluster is not None else None
    name = plain_words(written.text) if written is not None else None
    if written is not None and name is not None:
        yield Observation("cluster.name", name, Source(evidence.name, written.line, "cluster/name"))
    names = [machine_name(one.get("name")) for one in servers]
    if names and all(names):
        yield Listed("nodes", tuple(dict.fromkeys(names)), Source(evidence.name, servers[0].line, "server"))


def _in_utf8(evidence: Evidence) -> Evidence:
    data = evidence.data.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(data) or _NAMED_INSIDE.search(evidence.head)
    name = declared[1].decode("ascii") if declared else "utf-8"
    codec = _CODECS.get(name.lower())
    if codec is None:
        raise UnreadableEvidence(f"its encoding `{name}` is not read", Place(evidence.name, 1), "save the file as UTF-8")
    try:
        return Evidence(evidence.name, data.decode(codec).encode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableEvidence(
            f"it is not the `{name}` text that it says it is", Place(evidence.name, line), "collect the file again; it may be damaged"
        ) from None
    except UnicodeEncodeError:
        raise UnreadableEvidence(f"it is not the `{name}` text that it says it is", Place(evidence.name), "save it as UTF-8") from None


READER = Reader("expresscluster-clp-conf", "the configuration of EXPRESSCLUSTER (`clp.conf`)", recognises, read)
