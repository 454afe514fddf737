"""Rewriting deployment files: what was asked for is in them, and nothing else is another."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supportable.applying import rewrite, save
from supportable.core.deployment import assemble, item_key
from supportable.core.facts import ABSENT, Known, Listed, Observation, Source
from supportable.core.fields import FIELDS
from supportable.errors import DeploymentFileError, SupportableError, UsageError
from supportable.readers.deployment_file import READER
from supportable.readers.reader import Evidence
from supportable.stores.rewriting import ADDED, REMOVED, Act, Change, difference, rewritten
from supportable.stores.written_places import comments

WHOLE = (
    "workload.product",
    "workload.service_pack",
    "workload.release",
    "cluster.service",
    "cluster.version",
    "cluster.geographically_dispersed",
    "cluster.witness.os.release",
    "hardware.catalog_listing",
)
OF_ITEMS = {
    "nodes": ("nodes.os.release", "nodes.os.service_pack", "nodes.virtual", "nodes.hba", "nodes.dotnet"),
    "contracts": ("contracts.party", "contracts.until", "contracts.premier"),
}
TEXTS = [
    "Emulex",
    "it's",
    'say "x"',
    "a: b # c",
    "é 漢 😀",
    " before",
    "",
    "yes",
    "- x",
    "{",
    "tab\there",
    "two\nlines",
    "5.0",
    "a\u2028b",
    "#",
]
NAMES = ["EXN1", "EXN2", "b.contoso.local", "node 3", "0x1", "é n", "a: #b"]


def values(field: str) -> st.SearchStrategy:
    kind = FIELDS[field]
    of_kind = {
        "name": st.sampled_from(kind.values or ("-",)),
        "boolean": st.booleans(),
        "integer": st.integers(0, 12),
        "version": st.sampled_from(["5.2", "10", "15.1.2375.7"]),
        "date": st.sampled_from(["2027-01-31", "2007-11-09"]),
        "text": st.sampled_from(TEXTS),
    }[kind.kind]
    return of_kind if kind.none_is is not None else of_kind | st.just(ABSENT)


class Writer:
    """Writes a deployment file in drawn styles, with a comment wherever one may stand."""

    def __init__(self, draw) -> None:
        self.draw = draw
        self.number = 0
        self.lines: list[str] = []
        self.spans: dict[tuple[str, str], int] = {}

    def often(self, times: int = 3) -> bool:
        return self.draw(st.integers(0, times)) == 0

    def note(self, before: str = "") -> str:
        if not self.often():
            return ""
        self.number += 1
        return f"{before}# note {self.number} é: 'x"

    def line(self, text: str, indent: int) -> None:
        if self.often(5):
            self.lines += [""]
        if note := self.note():
            self.lines += [" " * indent + note]
        self.lines += [" " * indent + text + self.note("  ")]

    def scalar(self, value) -> str:
        if value is ABSENT:
            return "none"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        style = self.draw(st.sampled_from(["plain", "'", '"']))
        if style == "plain" and re.fullmatch(r"[A-Za-z0-9][\w.-]*", text):
            return text
        if style == "'" and not re.search("[\t\n\u2028]", text):
            return "'" + text.replace("'", "''") + "'"
        return json.dumps(text, ensure_ascii="\u2028" in text)

    def flow(self, tree, indent: int) -> str:
        if not isinstance(tree, dict | list):
            return self.scalar(tree)
        begin, end = "{}" if isinstance(tree, dict) else "[]"
        parts = (
            [f"{key}: {self.flow(one, indent + 2)}" for key, one in tree.items()]
            if end == "}"
            else [self.flow(one, indent + 2) for one in tree]
        )
        if parts and self.often():
            gap = "\n" + " " * (indent + 2)
            inner = "".join(
                f"{gap}{part}{',' if more or self.often() else ''}{self.note('  ')}"
                for part, more in zip(parts, [1] * (len(parts) - 1) + [0], strict=True)
            )
            return f"{begin}{inner}\n{' ' * (indent + 2)}{end}"
        blank = self.draw(st.sampled_from(["", " "]))
        return begin + blank + f",{blank or ' '}".join(parts) + blank + end

    def block(self, tree: dict, indent: int) -> None:
        for key, one in tree.items():
            if isinstance(one, dict) and one and not self.often():
                if self.often() and not any(isinstance(two, dict) for two in one.values()):
                    for name, two in one.items():
                        self.line(f"{key}.{name}: {self.scalar(two)}", indent)
                else:
                    self.line(f"{key}:", indent)
                    self.block(one, indent + self.draw(st.sampled_from([1, 2, 4])))
            elif isinstance(one, str) and re.fullmatch(r"[A-Za-z]\w*", one) and key == "hba" and self.often(1):
                self.line(f"{key}: {self.draw(st.sampled_from(['>-', '|', '|+']))}", indent)
                self.lines += [" " * (indent + 3) + one, ""]
            elif isinstance(one, list) and one and not self.often():
                self.line(f"{key}:", indent)
                self.items(key, one, indent + self.draw(st.sampled_from([0, 2, 3])))
            else:
                text = self.flow(one, indent)
                self.lines += (
                    [f"{' ' * indent}{key}: {text}{self.note('  ')}"] if "\n" not in text else f"{' ' * indent}{key}: {text}".split("\n")
                )

    def items(self, key: str, many: list, indent: int) -> None:
        for one in many:
            if self.often() or not one:
                self.lines += f"{' ' * indent}- {self.flow(one, indent + 2)}".split("\n")
                continue
            start = len(self.lines)
            gap = self.draw(st.sampled_from([1, 3]))
            self.block(one, indent + 1 + gap)
            first = next(
                number for number in range(start, len(self.lines)) if self.lines[number].strip() and self.lines[number].strip()[0] != "#"
            )
            self.lines[first] = " " * indent + "-" + self.lines[first][indent + 1 :]


def nested(facts: dict) -> dict:
    top: dict = {}
    for name, value in facts.items():
        *path, last = name.split(".")
        tree = top
        for part in path:
            tree = tree.setdefault(part, {})
        tree[last] = value
    return top


@st.composite
def files(draw) -> str:
    """Draw the text of a deployment file."""
    whole = {field: draw(values(field)) for field in draw(st.lists(st.sampled_from(WHOLE), unique=True, max_size=6))}
    tree = {"deployment": draw(st.sampled_from(["a", "é's"])), **nested(whole)}
    if draw(st.booleans()) and "hardware" not in tree:
        tree["hardware"] = ABSENT
    for listing, fields in OF_ITEMS.items():
        names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
        items = []
        for name in names:
            own = {
                field.partition(".")[2]: draw(values(field)) for field in draw(st.lists(st.sampled_from(fields), unique=True, max_size=3))
            }
            named = draw(st.integers(0, 3)) > 0
            items.append({**({"name": name} if named else {}), **nested(own)})
        form = draw(st.sampled_from(["list", "list", "list", "partial", "not there"]))
        if form == "list":
            tree[listing] = items or draw(st.sampled_from([ABSENT, []]))
        elif form == "partial":
            tree[listing] = {"partial": True, "items": items}
    if draw(st.integers(0, 3)) == 0:
        plain = json.loads(json.dumps(tree, default=lambda _: "none"))
        return json.dumps(plain, indent=draw(st.sampled_from([None, 2, "\t"])), ensure_ascii=draw(st.booleans()))
    writer = Writer(draw)
    if writer.often(5):
        text = writer.flow(tree, 0)
    else:
        writer.block(tree, 0)
        if note := writer.note():
            writer.lines += [note]
        text = "\n".join(writer.lines)
    text += draw(st.sampled_from(["\n", ""]))
    text = draw(st.sampled_from(["", "", "\ufeff", "---\n"])) + text
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def observations(text: str) -> list[Observation | Listed]:
    return READER.read(Evidence("d.yaml", text.encode()))


@st.composite
def changes_of(draw, text: str) -> list[Change]:
    """Draw changes that fit a file."""
    names: dict[str, list[str]] = {listing: [] for listing in OF_ITEMS}
    for one in observations(text):
        if isinstance(one, Observation) and one.item is not None and one.field in names:
            names[one.field].append(one.item)
    made = {field: Change(field, None, draw(values(field))) for field in draw(st.lists(st.sampled_from(WHOLE), unique=True, max_size=3))}
    for listing, fields in OF_ITEMS.items():
        kept = []
        for name in names[listing]:
            if draw(st.integers(0, 3)) == 0:
                made[listing, name] = Change(listing, name, REMOVED)
            else:
                kept.append(name)
        keys = {item_key(listing, name) for name in names[listing]}
        added = [name for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=1)) if item_key(listing, name) not in keys]
        made |= {(listing, name): Change(listing, name, ADDED) for name in added}
        for name in kept + added:
            for field in draw(st.lists(st.sampled_from(fields), unique=True, max_size=2)):
                made[field, name] = Change(field, name, draw(values(field)))
    return draw(st.permutations(list(made.values())))


def changed(old: list[Observation | Listed], changes: list[Change]) -> list[Observation | Listed]:
    """Return what would have been read, had the changes been made: said of observations, without any text."""
    made = list(old)
    for one in sorted(changes, key=lambda change: (change.value is REMOVED, change.value is not ADDED)):
        listing = one.field.partition(".")[0]
        key = item_key(listing, one.item) if one.item is not None else None
        for number, two in reversed(list(enumerate(made))):
            if isinstance(two, Listed):
                if two.listing == one.field and one.value is REMOVED:
                    made[number] = two._replace(names=tuple(name for name in two.names if item_key(listing, name) != key))
                elif two.listing == one.field and one.value is ADDED:
                    made[number] = two._replace(names=(*two.names, one.item))
            elif (None if two.item is None else item_key(listing, two.item)) == key and (
                two.field.partition(".")[0] == one.field if one.value is REMOVED else two.field == one.field
            ):
                del made[number]
        if one.value is not REMOVED:
            value = one.item if one.value is ADDED else one.value
            made.append(Observation(one.field, value, Source("d.yaml"), one.item))
    return made


def plain(found: list[Observation | Listed]):
    """Return the deployment without sources; the order of items counts, that of fields does not."""
    made = assemble("d", found)
    bare = lambda facts: {name: fact.value if isinstance(fact, Known) else type(fact).__name__ for name, fact in facts.items()}  # noqa: E731
    return bare(made.facts), {
        name: (listing.complete, [(item.name, bare(item.facts)) for item in listing.items]) for name, listing in made.listings.items()
    }


def lines_lost(old: str, new: str) -> int:
    """Return how many lines of the old text the new one has not."""
    return (Counter(old.splitlines(keepends=True)) - Counter(new.splitlines(keepends=True))).total()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_new_text_reads_as_the_old_deployment_with_the_changes(data):
    """For every file and all changes that fit it: the new text reads as the old deployment changed, and nothing else of it is another."""
    text = data.draw(files())
    try:
        before = observations(text)
    except DeploymentFileError:
        assume(False)
    changes = data.draw(changes_of(text))
    new = rewritten(text, "d.yaml", changes)

    assert plain(observations(new)) == plain(changed(before, changes))
    assert Counter(comments(text)) == Counter(comments(new))
    assert not (set(re.findall("\r?\n", new)) - set(re.findall("\r?\n", text))) or "\n" not in text
    assert new.startswith("\ufeff") == text.startswith("\ufeff")
    if text.startswith('{"'):
        json.loads(new)
    again = [one for one in changes if not isinstance(one.value, Act)]
    if all(one.value is not REMOVED for one in changes):
        # A field costs the line it stands on (three where it is a block), an insertion a comma, or a last line its missing end.
        assert lines_lost(text, new) <= 1 + sum(3 if one.field == "nodes.hba" else 1 for one in changes)
        assert text.endswith("\n") == new.endswith("\n")
        assert rewritten(new, "d.yaml", again) == new


BLOCK = """\
# about contoso
deployment: contoso

cluster:   # asked on Monday
  service:   'mscs'   # since 2003
  # nothing below
nodes:
  - name: EXN1   # oldest
    os: {release: windows-server-2003, edition: enterprise}
  # the second
  - name: EXN2
    os.release: "windows-server-2003"   # same
contracts:
- party: cluster-vendor
- until: 2027-01-31   # of 2024
# end"""


def hunks(old: str, changes: list[Change]) -> list[str]:
    """Return the lines that a rewriting takes out and puts in."""
    return [line for line in difference(old, rewritten(old, "d.yaml", changes), "d.yaml").splitlines()[2:] if line[0] in "+-"]


def test_only_the_lines_that_must_change_do():
    """A value keeps its quotes, its blanks and its comment; a new field stands beside its like."""
    assert hunks(
        BLOCK, [Change("cluster.service", None, "veritas-cluster-server"), Change("nodes.os.release", "exn2.contoso.local", "windows-2000")]
    ) == [
        "-  service:   'mscs'   # since 2003",
        "+  service:   'veritas-cluster-server'   # since 2003",
        '-    os.release: "windows-server-2003"   # same',
        '+    os.release: "windows-2000"   # same',
    ]
    assert hunks(BLOCK, [Change("nodes.os.service_pack", "EXN1", 2), Change("nodes.os.service_pack", "EXN2", 2)]) == [
        "-    os: {release: windows-server-2003, edition: enterprise}",
        "+    os: {release: windows-server-2003, edition: enterprise, service_pack: 2}",
        "+    os.service_pack: 2",
    ]


def test_an_item_leaves_its_comments_and_the_others_their_names():
    """What is said about an item stays as comments; an item without a name gets the one its number had given it."""
    assert hunks(BLOCK, [Change("nodes", "EXN1", REMOVED), Change("contracts", "contract 1", REMOVED)]) == [
        "-  - name: EXN1   # oldest",
        "-    os: {release: windows-server-2003, edition: enterprise}",
        "+  # oldest",
        "-- party: cluster-vendor",
        "-- until: 2027-01-31   # of 2024",
        "+- name: contract 2",
        "+  until: 2027-01-31   # of 2024",
    ]
    assert "nodes: none\n  # oldest\n" in rewritten(BLOCK, "d.yaml", [Change("nodes", name, REMOVED) for name in ("EXN1", "EXN2")])


def test_an_item_that_is_added_to_no_list_makes_no_complete_list():
    """A list that nobody wrote is partial after an item was added to it, one that was written stays as complete as it was."""
    assert (
        rewritten("deployment: a\n", "d.yaml", [Change("nodes", "A", ADDED)])
        == "deployment: a\nnodes:\n  partial: true\n  items:\n    - name: A\n"
    )
    assert rewritten("nodes: none  # yet", "d.yaml", [Change("nodes", "A", ADDED)]) == "nodes:  # yet\n  - name: A"


def test_a_group_that_was_none_is_written_out():
    """`none` of a whole group becomes `none` of each other field, unless that would mean 0."""
    new = rewritten("cluster.witness: none  # c\n", "d.yaml", [Change("cluster.witness.os.release", None, "windows-server-2016")])

    old = observations("cluster.witness: none")
    assert plain(observations(new)) == plain(changed(old, [Change("cluster.witness.os.release", None, "windows-server-2016")]))
    assert new.startswith("cluster.witness:  # c\n")
    with pytest.raises(DeploymentFileError, match=r"none` of `workload.service_pack` means 0"):
        rewritten("workload: none", "d.yaml", [Change("workload.product", None, "exchange-server")])
    also = [Change("cluster.service", None, "mscs"), Change("cluster.quorum_devices", None, 0)]
    assert plain(observations(rewritten("cluster: none", "d.yaml", also))) == plain(changed(observations("cluster: none"), also))


def test_json_stays_json_with_its_indentation():
    """In a JSON file every word is quoted, and what is added stands below its like."""
    old = '{\n\t"cluster": {\n\t\t"service": "mscs"\n\t},\n\t"nodes": [\n\t\t{"name": "A"}\n\t]\n}\n'
    new = rewritten(
        old, "d.json", [Change("cluster.version", None, "5.2"), Change("nodes", "B", ADDED), Change("nodes.virtual", "B", True)]
    )

    assert new == old.replace('"mscs"', '"mscs",\n\t\t"version": "5.2"').replace(
        '{"name": "A"}', '{"name": "A"},\n\t\t{"name": "B", "virtual": true}'
    )


@pytest.mark.parametrize(
    ("text", "change", "told"),
    [
        ("[a", Change("cluster.service", None, "mscs"), "d.yaml:2:1: not readable as YAML or JSON"),
        ("", Change("cluster.service", None, "mscs"), "d.yaml: not a deployment file"),
        ("a: b", Change("cluster.service", None, "mscs"), "d.yaml: not a deployment file"),
        ("- a", Change("cluster.service", None, "mscs"), "d.yaml: not a deployment file"),
        ("cluster: {service: mscs, service: mscs}", Change("cluster.version", None, "5.2"), "d.yaml:1:26: key `service` is written twice"),
        ("cluster: {service: mscs}\ncluster.service: x", Change("cluster.service", None, ABSENT), "d.yaml:2:1: `cluster.service` is said"),
        ("cluster: {service: [mscs]}", Change("cluster.service", None, ABSENT), "d.yaml:1:20: `cluster.service` takes one value"),
        ("nodes: [{name: A}]", Change("nodes.virtual", "B", True), "d.yaml:1:8: `B` is not in `nodes`"),
        ("deployment: a", Change("nodes.virtual", "B", True), "d.yaml: `B` is not in `nodes`"),
        ("nodes: [{name: A}]", Change("nodes", "B", REMOVED), "d.yaml:1:8: `B` is not in `nodes`"),
        ("nodes: [{name: A}]", Change("nodes", "a.b", ADDED), "d.yaml:1:9: `A` is in `nodes` already"),
        ("nodes: [{name: A.x}, {name: A.y}]", Change("nodes.virtual", "A", True), "d.yaml:1:22: `A.x` and `A.y` in `nodes` are"),
        ("nodes: some", Change("nodes.virtual", "A", True), "d.yaml:1:8: `nodes` is a list"),
        ("? cluster\n: service: mscs\n? hardware\n", Change("hardware.catalog_listing", None, ABSENT), "d.yaml: the changes cannot"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_rewritten_is_told_with_its_place(text, change, told):
    """One sentence says where the file stands in the way, and a second line what to do."""
    with pytest.raises(DeploymentFileError) as caught:
        rewritten(text, "d.yaml", [change])

    assert str(caught.value).startswith(told)
    assert str(caught.value).count("\nhint: ") == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([Change("cluster.servise", None, "mscs")], "`cluster.servise` is not a field\nhint: did you mean `cluster.service`?"),
        ([Change("nodes", "A", "B")], "`nodes` of `A` is a list, not a field"),
        ([Change("cluster", "A", REMOVED)], "`cluster` is not a listing"),
        ([Change("nodes", None, ADDED)], "an item of `nodes` has a name"),
        ([Change("nodes.virtual", None, True)], "`nodes.virtual` belongs to each of the nodes"),
        ([Change("cluster.service", "A", "mscs")], "`cluster.service` of `A` belongs to the whole deployment"),
        ([Change("cluster.service", None, "mcsc")], "`cluster.service` cannot be `mcsc` in a deployment file"),
        ([Change("nodes.virtual", "A", 1)], "`nodes.virtual` of `A` cannot be `1` in a deployment file"),
        ([Change("nodes.hba", "A", "none")], "`nodes.hba` of `A` cannot be `none` in a deployment file"),
        ([Change("workload.service_pack", None, ABSENT)], "`workload.service_pack` cannot be `none` in a deployment file"),
        ([Change("nodes.virtual", "A", True), Change("nodes.virtual", "a.b", False)], "`nodes.virtual` of `a.b` is changed twice"),
        ([Change("nodes", "A", REMOVED), Change("nodes.virtual", "A", False)], "`nodes.virtual` of `A` is changed, and `A` removed"),
    ],
)
def test_changes_that_no_file_could_say_are_refused(changes, told):
    """A change without a field, an item or a value that a deployment file has is wrong use, told in one sentence."""
    with pytest.raises(UsageError) as caught:
        rewritten("nodes: [{name: A}]\n", "d.yaml", changes)

    assert str(caught.value).startswith(told)
    assert "\nhint: " in str(caught.value)


@pytest.mark.skipif(shutil.which("patch") is None, reason="`patch` is not installed")
def test_the_difference_is_one_that_patch_takes(tmp_path):
    """Applied by `patch`, the difference turns the old text into the new one; colours are there when asked for."""
    new = rewritten(BLOCK, "d.yaml", [Change("nodes", "EXN3", ADDED), Change("contracts", "contract 2", REMOVED)])
    told = difference(BLOCK, new, "d.yaml")
    (tmp_path / "d.yaml").write_text(BLOCK, newline="")
    subprocess.run(["patch", "--binary", "-s", "d.yaml"], input=told.encode(), cwd=tmp_path, check=True)

    assert (tmp_path / "d.yaml").read_bytes().decode() == new
    assert "\x1b" not in told
    coloured = difference(BLOCK, new, "d.yaml", colour=True)
    assert "\x1b[32m+  - name: EXN3\x1b[0m\n" in coloured
    assert re.sub("\x1b\\[[0-9]*m", "", coloured) == told
    assert difference(new, new, "d.yaml") == ""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "d.yaml"
    path.write_bytes(BLOCK.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    return path


CHANGE = [Change("cluster.service", None, "veritas-cluster-server")]


def test_saving_keeps_the_mode_and_the_link(file):
    """Saved through a link, the file it leads to has the new text, its line ends and its mode; the link stays one."""
    link = file.with_name("link.yaml")
    link.symlink_to(file.name)
    made = rewrite(link, CHANGE)
    assert file.read_bytes().decode() == made.old
    save(made)

    assert link.is_symlink()
    assert file.read_bytes().decode() == made.new == made.old.replace("'mscs'", "'veritas-cluster-server'")
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in file.parent.iterdir()) == ["d.yaml", "link.yaml"]


def test_a_file_that_somebody_changed_meanwhile_is_not_written(file):
    """What another wrote between reading and writing stays, and one sentence says so."""
    made = rewrite(file, CHANGE)
    file.write_text("deployment: other\n")
    with pytest.raises(SupportableError, match="was changed since it was read"):
        save(made)

    assert file.read_text() == "deployment: other\n"


def test_what_is_no_deployment_file_is_told_in_one_sentence(tmp_path):
    """A file that is missing, a folder, other bytes, another format or a file with mistakes is refused before anything is written."""
    (tmp_path / "bytes").write_bytes(b"cluster: \xff")
    (tmp_path / "other").write_text("Cluster name: a\n")
    (tmp_path / "wrong").write_text("cluster: {servise: mscs}\nworkload: {service_pack: x}\n")
    told = {}
    for name in ("missing", "", "bytes", "other", "wrong"):
        with pytest.raises(SupportableError) as caught:
            rewrite(tmp_path / name, CHANGE)
        told[name] = str(caught.value).splitlines()

    assert "cannot be read: no such file or directory" in told["missing"][0]
    assert "is not a file" in told[""][0]
    assert told["bytes"][0] == "bytes: not UTF-8 text at byte 9"
    assert told["other"][0] == "other: not a deployment file"
    assert [line.split(" ")[0] for line in told["wrong"] if not line.startswith("hint")] == ["wrong:1:11:", "wrong:2:26:"]
