"""Mappings: what they mean, and everything that can be wrong with one, at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportable.core.facts import ABSENT
from supportable.core.fields import FIELDS
from supportable.core.mapping import NOTHING, Column, fold, own_value
from supportable.errors import MappingError
from supportable.stores.mappings import load_names, read_mapping

HEAD = "mapping: m\nrows: node\nkey: id\ncolumns:\n  host: nodes.name\n"

WRONG = {
    "mapping: m\nrows: node\nkey: id\ncolumn: {}\ncolumns: {a: cluster.name}": ("4:1: unknown key `column`", "did you mean `columns`?"),
    "mapping: m\nrows: nodes\nkey: id\ncolumns: {a: cluster.name}": ("2:7: `nodes` is not a value of `rows`", "did you mean `node`?"),
    "mapping: m\nrows: node\ncolumns: {a: cluster.name}": ("1:1: `key` is missing", "write `key: COLUMN`"),
    "mapping: m\nrows: node\nkey: [id, id]\ncolumns: {a: cluster.name}": ("3:6: the column `id` stands twice in `key`", ""),
    "mapping: m\nrows: node\nkey: id\ncolumns: {}": ("`columns` is missing or empty", ""),
    HEAD + "  a: cluster.nam\n": ("6:6: unknown field `cluster.nam`", "did you mean `cluster.name`?"),
    HEAD + "  a: cluster.name\n  a: cluster.service\n": ("7:3: key `a` is written twice", ""),
    HEAD + "  a: cluster.name\n  b: cluster.name\n": ("7:3: `cluster.name` is given by two columns", "the column `a` gives it at line 6"),
    HEAD + "  a: {field: cluster.service, values: {x: mcss}}\n": ("`mcss` is not a value of `cluster.service`", "did you mean `mscs`?"),
    HEAD + "  a: {field: cluster.service, values: {x: mscs, X: lifekeeper}}\n": ("the word `X` stands twice", ""),
    HEAD + "  a: {field: cluster.service, values: {x: mscs}, absent: [X]}\n": ("`x` has two meanings in the column `a`", ""),
    HEAD + "  a: {names: product}\n": ("`product` is not a table of names", "did you mean `products`?"),
    HEAD + "  a: {names: products, field: cluster.name}\n": ("gives one of `field`, `names` and `each`", ""),
    HEAD + "  a: {names: products, absent: [x]}\n": ("`absent` is for a column of one field", ""),
    HEAD + "  a: {field: cluster.name, item: 1}\n": ("`item` has no meaning", ""),
    HEAD + "  a: contracts.party\n": ("`contracts.party` cannot be read where one row is a node", ""),
    HEAD + "  a: {each: nodes, columns: {b: nodes.name}}\n": ("`each` has no meaning where one row is a node", ""),
    HEAD + "complete: {node: true}\n": ("`node` is not a list of this mapping", ""),
    HEAD + "complete: {nodes: perhaps}\n": ("`complete` does not say when all nodes are named", ""),
    HEAD + "csv: {delimiter: ab}\n": ("`ab` is not a delimiter", ""),
    HEAD + "csv: {encoding: cp1252}\n": ("`cp1252` is not a encoding", ""),
    HEAD + "names: {products: {A: {workload.relase: '2007'}}}\n": ("unknown field `workload.relase`", "did you mean `workload.release`?"),
    HEAD + "names: {products: {A: {workload.release: '2008'}}}\n": ("`2008` is not a value of `workload.release`", ""),
    HEAD + "names: {mine: {A: {workload.release: '2007', nodes.virtual: true}}}\n": ("fields of the deployment and of its items", ""),
    "mapping: m\nrows: deployment\nkey: id\ncolumns: {os: {names: operating-systems}}": (
        "`nodes.os.release` belongs to each of the nodes",
        "",
    ),
    "mapping: m\nrows: deployment\nkey: id\ncolumns: {a: {each: nodes, columns: {b: cluster.name}}}": (
        "`cluster.name` is not a field of the nodes",
        "",
    ),
    "mapping: m\nrows: deployment\nkey: id\ncolumns: {a: {field: nodes.name, item: 65}}": ("`item` is not a number from 1 to 64", ""),
    "mapping: m\nrows: deployment\nkey: id\ncomplete: {nodes: true}\ncolumns: {a: cluster.name}": (
        "speaks of nodes, which no column gives",
        "",
    ),
    "- a": ("a mapping is a mapping of keys", ""),
    "": ("the mapping is empty", ""),
    "a: [": ("not readable as YAML or JSON", ""),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_a_mapping_is_said_with_its_place(text):
    """Each mistake is one sentence with file, line and column, and a hint."""
    with pytest.raises(MappingError) as caught:
        read_mapping(text, "m.yaml")

    said, hint = WRONG[text]
    assert re.search(
        r"(?m)^m\.yaml(:\d+:\d+)?: .*" + re.escape(said.partition(": ")[2] if re.match(r"\d", said) else said), str(caught.value)
    )
    assert said in str(caught.value) and hint in str(caught.value)


def test_all_problems_of_a_mapping_are_reported_at_once():
    """Three mistakes in three places are three problems."""
    with pytest.raises(MappingError) as caught:
        read_mapping(HEAD + "  a: cluster.nam\n  b: {names: product}\ncomplete: {node: true}\n", "m.yaml")

    assert len(caught.value.problems) == 3


@given(st.sampled_from([(name, value) for name, field in FIELDS.items() if field.kind == "name" for value in field.values]), st.text(" \t"))
def test_case_and_white_space_do_not_count_and_nothing_else_is_guessed(named, space):
    """A value in any case and with any space around it is known; with one letter more it is not."""
    name, value = named
    column = Column("c", (name,))

    assert column.meaning(f"{space}{value.upper()}{space}") == {name: value}
    assert column.meaning(value + "x") is None


@given(st.sampled_from(list(FIELDS)), st.sampled_from(["", "  ", "none", "NULL", "n/a", "-", "?"]))
def test_no_word_stands_for_absent_unless_the_mapping_says_so(name, word):
    """Words that tools write for "no value" never make a fact absent, nor a number zero."""
    meaning = Column("c", (name,)).meaning(word)

    if FIELDS[name].kind == "text" and word.strip():
        assert meaning == {name: word}
    elif name == "cluster.fencing_enabled" or not word.strip():
        assert meaning in (NOTHING, None)
    else:
        assert meaning is None


def test_the_words_of_a_mapping_are_obeyed():
    """`absent`, `unknown` and `values` say what they say; no service pack is service pack 0."""
    column = Column(
        "c", ("cluster.service",), {"vcs": {"cluster.service": "veritas-cluster-server"}}, frozenset({"?"}), frozenset({"none"})
    )

    assert column.meaning("VCS") == {"cluster.service": "veritas-cluster-server"}
    assert column.meaning(" ? ") is NOTHING
    assert column.meaning("None") == {"cluster.service": ABSENT}
    assert Column("c", ("workload.service_pack",), absent=frozenset({"-"})).meaning("-") == {"workload.service_pack": 0}


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("1.0", 1), ("1.5", None), ("-1", None), ("SP1", None), ("1e3", None), ("١", None)])
def test_whole_numbers_are_read_as_tools_export_them(text, value):
    """A column of whole numbers with gaps is exported as `1.0`; nothing else with a point is a whole number."""
    assert own_value(FIELDS["workload.service_pack"], text) == value


def test_the_names_of_the_table_of_kb_810986_are_known(shared):
    """Every product and every system that the document's table names is a name that ships."""
    text = (shared / "reference" / "KB810986.txt").read_text(errors="replace")
    table = text[text.index("Exchange versionOperating system version") :].splitlines()[1:15]
    products, systems = load_names()["products"].entries, load_names()["operating-systems"].entries
    left = []
    for line in table:
        folded = fold(line)
        # The two cells of a line stand together without a mark between them.
        whole = folded in systems or any(
            folded[:cut].strip() in products and folded[cut:].strip() in systems for cut in range(1, len(folded) + 1)
        )
        left += [] if whole else [line]

    assert len(table) == 14 and left == []


def test_a_name_says_no_more_than_it_says():
    """A name without a service pack or an edition gives none."""
    products, systems = load_names()["products"].entries, load_names()["operating-systems"].entries

    assert products[fold("Microsoft Exchange Server 2007 Enterprise SP1")] == {
        "workload.product": "exchange-server",
        "workload.release": "2007",
        "workload.edition": "enterprise",
        "workload.service_pack": 1,
    }
    assert "workload.service_pack" not in products[fold("Microsoft Exchange Server 2007 Enterprise")]
    assert systems[fold("Windows Server 2008")] == {"nodes.os.release": "windows-server-2008"}
    for name, meaning in [*products.items(), *systems.items()]:
        if not re.search(r"\b(sp ?\d|rtm)\b", name):
            assert not any(field.endswith("service_pack") for field in meaning), name


def test_the_names_agree_with_what_readers_know():
    """A name of a system means what the reader of Windows captions takes it for; a service means its cluster product."""
    from supportable.readers.signatures import SIGNATURES
    from supportable.readers.windows_releases import DOMAIN_ROLES, edition_in, release_in

    for name, meaning in load_names()["operating-systems"].entries.items():
        if release_in(name) is not None:
            assert meaning["nodes.os.release"] == release_in(name), name
        if edition_in(name) is not None:
            assert meaning["nodes.os.edition"] == edition_in(name), name
    services = load_names()["cluster-services"].entries
    for signature in SIGNATURES:
        assert services.get(fold(signature.service), {"cluster.service": signature.product}) == {"cluster.service": signature.product}
    for number, meaning in load_names()["domain-roles"].entries.items():
        assert meaning == {"nodes.domain_role": DOMAIN_ROLES[int(number)]}
