"""What a pack or a user writes reaches an engine as a value, never as SQL; versions order in SQL as they do in Python."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleets import drawn, numbered
from strategies import DOCUMENT, TIERS, clause
from supportable.core.clauses import Pack
from supportable.core.conditions import Always, Is
from supportable.core.deployment import deployment_of
from supportable.core.dialects import DUCKDB, SPARK, version_text
from supportable.core.facts import Known
from supportable.core.sql import condition_query
from supportable.core.truth import Truth
from supportable.core.versions import version_key
from supportable.engines.arrow import table_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text(
    st.sampled_from("'\"\\`;-$%{}()/*\n\r\x00 ax41|"), max_size=12
)
NASTY = [
    "'",
    "''",
    "\\",
    "\\'",
    "\\\\'; DROP TABLE t; --",
    "${env:HOME}",
    "{0}",
    "%s",
    "/*",
    "*/",
    "\x00",
    "\n",
    "\u2028",
    "é",
    "😀",
    "`",
    '"',
    "?",
    ":a",
    "$1",
]
VERSIONS = st.text(st.sampled_from("0019aZ.- _é"), max_size=12) | st.lists(st.integers(0, 10**20), max_size=5).map(
    lambda all_: ".".join(map(str, all_))
)


@settings(max_examples=300)
@given(TEXT)
def test_a_text_is_itself_in_duckdb(text):
    """Whatever a text holds, its literal has that value and nothing else."""
    assert duckdb.connect().sql(f"SELECT {DUCKDB.text(text)}, 1").fetchall() == [(text, 1)]


@given(TEXT)
def test_a_literal_holds_only_plain_letters(text):
    """No quote, backslash, dollar or control character of a text stands in a query."""
    for dialect in (DUCKDB, SPARK):
        inside = dialect.text(text).removeprefix("decode(unhex(").removeprefix("CAST(unhex(").split("'")

        assert len(inside) == 3
        assert not set(inside[1]) & set("'\"\\`$;{}()*\n\x00")


def test_a_text_is_itself_in_spark(spark):
    """The same, for many texts in one query."""
    texts = NASTY + drawn(TEXT, 150)

    row = spark.sql(f"SELECT array({', '.join(map(SPARK.text, texts))}) AS texts, 1 AS one").first()

    assert (row.texts, row.one) == (texts, 1)


@pytest.mark.parametrize("name", [*NASTY[:5], "a.b|c", 'a"b`c'])
def test_a_name_is_itself(spark, name):
    """A quoted name of a column is that column, whatever it holds."""
    assert duckdb.connect().sql(f"SELECT 1 AS {DUCKDB.identifier(name)}").columns == [name]
    assert spark.sql(f"SELECT 1 AS {SPARK.identifier(name)}").columns == [name]


def test_a_value_of_a_pack_finds_its_row_and_no_other(on_engine):
    """A clause for each of many texts holds for the row with that text alone, also where one cannot be written in UTF-8."""
    fleet = numbered(deployment_of("", {"cluster.name": Known(text)}) for text in NASTY)
    clauses = [
        clause(number, "recommendation", Always(Truth.TRUE), Is("cluster.name", (text, "\ud800")), None)
        for number, text in enumerate(NASTY)
    ]
    pack = Pack("p", "i", "s", "1", TIERS, (DOCUMENT,), tuple(clauses))

    judged = on_engine(table_of(fleet), pack)

    for number, one in enumerate(fleet):
        assert judged[one.name].outcomes == [2 if other == number else 0 for other in range(len(NASTY))]


@settings(max_examples=300)
@given(VERSIONS, VERSIONS)
def test_version_texts_order_as_versions(left, right):
    """The text that stands for a version compares as its key does."""
    keys = version_key(left), version_key(right)
    if None not in keys:
        texts = [version_text(key) for key in keys]

        assert (texts[0] < texts[1], texts[0] == texts[1]) == (keys[0] < keys[1], keys[0] == keys[1])


def test_versions_are_read_alike_in_sql(spark):
    """The SQL of both dialects gives for any text what `version_key` gives, and nothing where it gives nothing."""
    texts = [*drawn(VERSIONS, 150), *NASTY, "1" * 200, "1" * 201, "15.01.2375.007", "1.1.16-12.el7", "٣.١", "0.0", "2.0.RC1\n"]
    expected = [None if (key := version_key(text)) is None else version_text(key) for text in texts]

    def query(dialect):
        rows = ", ".join(f"({number}, {dialect.text(text)})" for number, text in enumerate(texts))
        return f"SELECT {dialect.version('written')} AS v FROM (VALUES {rows}) AS t(n, written) ORDER BY n"

    assert [v for (v,) in duckdb.connect().sql(query(DUCKDB)).fetchall()] == expected
    assert [row.v for row in spark.sql(query(SPARK)).collect()] == expected


def test_a_condition_alone_can_be_asked():
    """`condition_query` gives the truth of each condition for each row."""
    fleet = table_of(numbered([deployment_of("", {"cluster.name": Known("a")}), deployment_of("", {})]))
    asked = [Is("cluster.name", ("a",)), Always(Truth.UNKNOWN)]

    with duckdb.connect() as connection:
        rows = connection.from_arrow(fleet).query("fleet", condition_query(asked, (), DUCKDB, "fleet")).fetchall()

    assert rows == [("d0", 2, 1), ("d1", 1, 1)]
