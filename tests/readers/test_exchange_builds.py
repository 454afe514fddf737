"""Build numbers of Exchange: every build that the tables name, and none that they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportable.readers.exchange_builds import ExchangeBuild, exchange_build

# As microsoft/CSS-Exchange (Get-ExchangeBuildVersionInformation.ps1, commit 01bad118) writes them; the releases themselves, the builds of
# 2010 and 2007 and the re-released updates are from microsoft/Get-ExchangeBuildNumber (ExchangeBuildNumbers.csv, commit 11025528).
CUMULATIVE_UPDATES = {
    "2013": """
        RTM 15.0.516.32, CU1 15.0.620.29, CU2 15.0.712.24, CU3 15.0.775.38, CU4 15.0.847.32, CU5 15.0.913.22, CU6 15.0.995.29,
        CU7 15.0.1044.25, CU8 15.0.1076.9, CU9 15.0.1104.5, CU10 15.0.1130.7, CU11 15.0.1156.6, CU12 15.0.1178.4, CU13 15.0.1210.3,
        CU14 15.0.1236.3, CU15 15.0.1263.5, CU16 15.0.1293.2, CU17 15.0.1320.4, CU18 15.0.1347.2, CU19 15.0.1365.1, CU20 15.0.1367.3,
        CU21 15.0.1395.4, CU22 15.0.1473.3, CU23 15.0.1497.2, CU23 15.00.1497.048""",
    "2016": """
        RTM 15.1.225.42, CU1 15.1.396.30, CU2 15.1.466.34, CU3 15.1.544.27, CU4 15.1.669.32, CU5 15.1.845.34, CU6 15.1.1034.26,
        CU7 15.1.1261.35, CU8 15.1.1415.2, CU9 15.1.1466.3, CU10 15.1.1531.3, CU11 15.1.1591.10, CU12 15.1.1713.5, CU13 15.1.1779.2,
        CU14 15.1.1847.3, CU15 15.1.1913.5, CU16 15.1.1979.3, CU17 15.1.2044.4, CU18 15.1.2106.2, CU19 15.1.2176.2, CU20 15.1.2242.4,
        CU21 15.1.2308.8, CU22 15.1.2375.7, CU23 15.1.2507.6, CU23 15.1.2507.75""",
    "2019": """
        RTM 15.2.221.12, CU1 15.2.330.5, CU2 15.2.397.3, CU3 15.2.464.5, CU4 15.2.529.5, CU5 15.2.595.3, CU6 15.2.659.4, CU7 15.2.721.2,
        CU8 15.2.792.3, CU9 15.2.858.5, CU10 15.2.922.7, CU11 15.2.986.5, CU12 15.2.1118.7, CU13 15.2.1258.12, CU14 15.2.1544.4,
        CU15 15.2.1748.10, CU15 15.2.1748.53""",
    "subscription-edition": "RTM 15.2.2562.17, RTM 15.2.2562.53",
}
ROLLUPS = """
    2007 SP0 RU0 8.0.685.25, 2007 SP0 RU7 8.0.813.0, 2007 SP1 RU0 8.1.240.6, 2007 SP1 RU10 8.1.436.0, 2007 SP2 RU0 8.2.176.2,
    2007 SP2 RU5 8.2.305.3, 2007 SP3 RU0 8.3.083.6, 2007 SP3 RU3 8.3.159.0, 2007 SP3 RU3 8.3.159.2, 2007 SP3 RU8 8.3.279.6,
    2007 SP3 RU10 8.3.298.3, 2007 SP3 RU23 8.3.517.0, 2010 SP0 RU0 14.0.639.21, 2010 SP0 RU5 14.0.726.0, 2010 SP1 RU0 14.1.218.15,
    2010 SP1 RU8 14.1.438.0, 2010 SP2 RU0 14.2.247.5, 2010 SP2 RU8 14.2.390.3, 2010 SP3 RU0 14.3.123.4, 2010 SP3 RU5 14.3.181.6,
    2010 SP3 RU8 14.3.224.2, 2010 SP3 RU21 14.3.399.2, 2010 SP3 RU22 14.3.411.0, 2010 SP3 RU27 14.03.0452.000,
    2010 SP3 RU32 14.03.0513.000"""
NAMED = [(release, *one.split()) for release, table in CUMULATIVE_UPDATES.items() for one in table.split(",")]


def build(text: str) -> ExchangeBuild:
    made = exchange_build(text)
    assert made is not None
    return made


@pytest.mark.parametrize(("release", "update", "text"), NAMED, ids=[f"{release}-{update}-{text}" for release, update, text in NAMED])
def test_a_build_of_the_tables_gives_release_and_cumulative_update(release, update, text):
    """Each build that the vendor's table names comes out as the table says; a release without an update is update 0."""
    made = build(text)

    assert (made.release, made.cumulative_update) == (release, 0 if update == "RTM" else int(update[2:]))
    assert (made.service_pack, made.update_rollup) == (None, None)


@pytest.mark.parametrize("row", ROLLUPS.split(","), ids=str.strip)
def test_a_build_of_2007_or_2010_gives_service_pack_and_rollup(row):
    """Each build comes out as its row says; a service pack's own build names no rollup: a directory may show it after rollups, too."""
    release, pack, rollup, text = row.split()
    made = build(text)

    assert (made.release, made.service_pack) == (release, int(pack[2:]))
    assert made.update_rollup == (int(rollup[2:]) or None)
    assert made.cumulative_update is None


def test_the_build_that_people_ask_about():
    """15.2.1544.4 is Exchange 2019 CU14."""
    assert (build("15.2.1544.4").release, build("15.2.1544.4").cumulative_update) == ("2019", 14)


@pytest.mark.parametrize("text", ["15.1.225.16", "15.2.196.0", "15.2.1749.1", "15.0.1498.2", "15.2.3000.1", "14.3.514.0", "16.0.1.1"])
def test_a_build_that_no_table_names_gives_no_update(text):
    """A preview, a build between two updates and one after the last are never taken for their neighbours."""
    assert (build(text).cumulative_update, build(text).update_rollup) == (None, None)


@given(st.tuples(st.sampled_from([0, 1, 2]), st.integers(0, 29999), st.integers(0, 99)))
def test_an_update_is_claimed_for_builds_of_the_tables_only(numbers):
    """Whatever the numbers, an update is claimed only where the first three stand in the table, and then the table's."""
    minor, number, revision = numbers
    table = {build(text)[:3]: (release, 0 if update == "RTM" else int(update[2:])) for release, update, text in NAMED}
    made = ExchangeBuild(15, minor, number, revision)

    if made.cumulative_update is not None:
        assert table[made[:3]] == (made.release, made.cumulative_update)
