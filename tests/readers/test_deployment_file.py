"""Deployment files: what a user writes, right and wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportable.core.deployment import assemble
from supportable.core.facts import Absent, Known, Unknown
from supportable.errors import DeploymentFileError
from supportable.readers.deployment_file import READER
from supportable.readers.reader import Evidence

SAMPLE = b"""\
deployment: contoso
workload: {product: exchange-server, release: 2003, edition: enterprise, service_pack: none}
cluster: {service: mscs, geographically_dispersed: false}
nodes:
  - {name: EXN1, os: {release: windows-server-2003, edition: enterprise}}
  - {name: EXN2}
hardware: none
contracts: {partial: true, items: [{party: cluster-vendor, until: 2027-01-31}]}
"""


def read(text: bytes | str):
    return assemble("d", READER.read(Evidence("d.yaml", text.encode() if isinstance(text, str) else text)))


def problems(text: str) -> list[str]:
    with pytest.raises(DeploymentFileError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_what_is_written_is_known_absent_or_unknown():
    """A value is known with its line, `none` is absent (0 for a service pack), and what is not written is unknown."""
    made = read(SAMPLE)

    release = made.fact("workload.release")
    assert isinstance(release, Known) and (release.value, release.sources[0].line) == ("2003", 2)
    assert made.fact("workload.service_pack").value == 0
    assert made.fact("cluster.geographically_dispersed").value is False
    assert isinstance(made.fact("hardware.catalog_listing"), Absent)
    assert isinstance(made.fact("cluster.version"), Unknown)


def test_a_list_is_complete_unless_it_says_partial():
    """`nodes:` lists all nodes; `partial: true` leaves the list open."""
    made = read(SAMPLE)

    assert made.listing("nodes").complete
    assert [item.name for item in made.listing("nodes").items] == ["EXN1", "EXN2"]
    assert not made.listing("contracts").complete
    assert read("nodes: none").listing("nodes").complete
    assert read("nodes: []").listing("nodes").items == ()


def test_json_is_read_like_yaml():
    """A deployment file may be JSON, indented with tabs too."""
    made = read('{\n\t"workload": {"product": "exchange-server", "service_pack": 2},\n\t"nodes": [{"name": "A"}]}')

    assert made.fact("workload.service_pack").value == 2
    assert made.listing("nodes").complete


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("cluster: {servise: mscs}", "d.yaml:1:11", "did you mean `cluster.service`?"),
        ("cluster:\n  service: veritas-cluster-servr", "d.yaml:2:12", "did you mean `veritas-cluster-server`?"),
        ("workload: {service_pack: two}", "d.yaml:1:26", "`two` is not a whole number"),
        ("workload: {service_pack: -1}", "d.yaml:1:26", "`-1` is not a whole number"),
        ("cluster: {geographically_dispersed: yes}", "d.yaml:1:37", "`yes` is not `true` or `false`"),
        ("clster: {service: mscs}\ncluster: none", "d.yaml:1:1", "did you mean `cluster`?"),
        ("cluster: {service: mscs}\ncluster: none", "d.yaml:2:1", "key `cluster` is written twice"),
        ("nodes: {name: a}", "d.yaml:1:9", "`nodes` is a list"),
        ("nodes: [{name: a}, {name: A}]", "d.yaml:1:20", "`A` stands twice"),
        ("cluster: &a {service: mscs}", "d.yaml:1:10", "anchors and tags are not accepted"),
        ("cluster: {service: mscs", "d.yaml:2:1", "not readable as YAML or JSON"),
        ("contracts: [{until: 2027-02-30}]", "d.yaml:1:21", "is not a date"),
        ("contracts: [{until: 20270131}]", "d.yaml:1:21", "is not a date"),
        ("deployment: a\nnodes.os.release: rhel-9", "d.yaml:2:1", "belongs to each of the nodes"),
        ("workload: exchange", "d.yaml:1:11", "`workload` is a group of fields"),
        ("workload: {product: [a]}", "d.yaml:1:21", "takes one value"),
        ("deployment: a\n---\ncluster: none", "d.yaml:2:1", "a second document"),
        ("- cluster", "d.yaml:1:1", "a deployment file is a mapping"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(text, place, part):
    """Each mistake gives one problem with file, line and column, and a hint on a second line."""
    found = problems(text)

    assert len(found) == 1
    assert found[0].startswith(place)
    assert part in found[0]
    assert "\nhint: " in found[0]


def test_all_mistakes_are_told_at_once():
    """Three mistakes give three problems, in the order of the file."""
    found = problems("cluster: {servise: mscs}\nworkload: {service_pack: x}\nnodes: 3")

    assert [one.split(":")[1] for one in found] == ["1", "2", "3"]


@settings(max_examples=150)
@given(st.data())
def test_no_damage_gives_anything_but_a_deployment_or_problems(data):
    """Any damaged deployment file is read, or refused with problems that name a place."""
    text = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert", "truncate"])):
            case "flip":
                text[place] = data.draw(st.integers(0, 255))
            case "cut":
                del text[place : place + data.draw(st.integers(1, 9))]
            case "insert":
                text[place:place] = data.draw(
                    st.sampled_from(
                        [b"&a ", b"*a", b"{", b"[", b": ", b"\n---\n", b"!!python/object:os.system ", b"\0", b"\xff", b"- " * 60]
                    )
                )
            case _:
                del text[place:]
        text = text or bytearray(b" ")
    try:
        read(bytes(text))
    except DeploymentFileError as error:
        assert all(problem.place is not None for problem in error.problems)


@pytest.mark.parametrize("text", [b"{" * 100_000, b"[" * 100_000, b"- " * 100_000, b"a: &a [x]\nb: [*a, *a]\n", b"\0" * 1000, b"? " * 5000])
def test_nesting_and_aliases_do_not_grow(text):
    """A file made to exhaust the reader is refused with problems, quickly."""
    with pytest.raises(DeploymentFileError):
        read(text)
