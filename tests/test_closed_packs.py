"""Packs that ship and have nothing to say stay closed, and no report tells; the cache that keeps their heads notices every change."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from supportable import app
from supportable.core.compile import NOT_APPLICABLE
from supportable.core.evaluate import evaluate
from supportable.core.heads import heads_of
from supportable.core.truth import Truth
from supportable.core.verdict import Judgement, judge, listings_of
from supportable.core.waiving import Day, stand
from supportable.gathering import read_evidence
from supportable.stores.packs import Cache
from two_packs import write_pack

ROOT = Path(__file__).parents[1]
STORIES = sorted((ROOT / "tests" / "scenarios").glob("*/evidence"))
TOLD = ("rhel-two-nodes-without-fencing", "exchange-2000-on-veritas-two-documents-disagree", "sql-server-on-pacemaker", "waivers")
DAYS = ("2026-11-25", "2026-11-25")
SILENT = """\
deployment: nobody-speaks-of-it
workload: {product: other}
cluster: {service: serviceguard}
nodes: [{name: a, os: {release: ubuntu-24.04}, hypervisor: none}]
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """A cache with the packs that ship."""
    folder = tmp_path_factory.mktemp("cache")
    app.compiled_packs((), (), *DAYS, Cache(folder))
    return folder


@pytest.fixture
def pack(tmp_path, cache) -> Iterator[Path]:
    """A pack of one clause about Exchange, in a folder that may change."""
    yield write_pack(tmp_path / "own", "vendor")
    for entry in (*cache.glob("vendor-pack-*"), *cache.glob("heads-*")):
        entry.unlink()


def test_a_pack_that_ships_is_closed_only_where_it_says_nothing(cache):
    """Of the deployments of all stories and all examples, a pack is closed for those to which no clause of it applies, and for no other."""
    asked = [read_evidence([path]).deployment for path in STORIES]
    asked += [app.example_deployment(one) for pack in app.load_packs() for clause in pack.clauses for one in clause.examples[:1]]
    facts = [(one.values, listings_of(one)) for one in asked]
    packs = app.compiled_packs((), (), *DAYS, Cache(cache))
    heads = heads_of([one.pack for one in packs])
    # Its clauses apply by a table alone, which a head leaves out.
    assert [one.pack.id for one in heads.heads if one.questions is None] == ["microsoft-lifecycle"]
    for number, one in enumerate(facts):
        for compiled, head, silent in zip(packs, heads.heads, heads.silent(*one), strict=True):
            assert silent == (head.questions is not None and set(compiled.run(*one).outcomes) == {NOT_APPLICABLE}), compiled.pack.id
            if silent and number < len(STORIES):
                tables = {table.id: table for table in compiled.pack.matrices}
                truths = {evaluate(clause.applies, asked[number], tables).truth for clause in compiled.pack.clauses}
                assert truths == {Truth.FALSE}


@pytest.mark.parametrize("story", TOLD)
def test_every_format_has_the_same_bytes_however_packs_are_opened(cache, story, monkeypatch):
    """A report with closed packs is the report of all packs opened, and a text opens none; where there is a waiver none is closed."""
    evidence = [ROOT / "tests" / "scenarios" / story / "evidence"]
    for _ in range(2):
        late = app.check(evidence, as_of=DAYS[0], known=DAYS[1], cache=cache)
    reading = read_evidence(evidence)
    packs = app.compiled_packs((), (), *DAYS, Cache(cache))
    standings = stand(reading.waivers, [one.pack for one in packs], reading.deployment.name, Day(*DAYS))
    plain = Judgement(reading.deployment, judge(reading.deployment, packs, standings), *DAYS, reading.read, reading.unread, standings)

    assert bool(reading.waivers) is not any(verdict.closed for verdict in late.verdicts)
    with monkeypatch.context() as patched:
        patched.delattr(Cache, "load")
        app.render(late, "text")
    for form in ("text", "json", "markdown", "html", "sarif", "junit"):
        assert app.render(late, form) == app.render(plain, form), form


def test_where_every_pack_is_silent_the_text_says_why(cache, tmp_path):
    """A deployment of which nobody speaks is told the same from packs that were closed."""
    file = tmp_path / "d.yaml"
    file.write_text(SILENT)
    _, late, plain = (app.check([file], as_of=DAYS[0], known=DAYS[1], cache=place) for place in (cache, cache, None))
    assert not any(verdict.applies for verdict in late.verdicts) and any(verdict.closed for verdict in late.verdicts)
    assert app.render(late, "text") == app.render(plain, "text")
    assert "because of" in app.render(late, "text")


def own_pack(cache: Path, pack: Path, about=None):
    """The pack of the test as a run of the command has it."""
    return app.compiled_packs((pack,), (), *DAYS, Cache(cache), about)[-1]


@pytest.fixture
def silent(tmp_path):
    """A deployment of which nobody speaks."""
    (tmp_path / "d.yaml").write_text(SILENT)
    return read_evidence([tmp_path / "d.yaml"]).deployment


def test_a_closed_pack_speaks_as_soon_as_its_files_do(cache, pack, silent):
    """A pack that was closed is judged as changed once a file of it changes, comes or goes."""
    assert [own_pack(cache, pack, silent).closed is None for _ in range(2)] == [True, False]

    (pack / "clauses" / "one.yaml").write_text((pack / "clauses" / "one.yaml").read_text().replace("exchange-server", "other"))
    assert own_pack(cache, pack, silent).closed is None
    assert judge(silent, [own_pack(cache, pack, silent)])[0].applies

    (pack / "clauses" / "one.yaml").rename(pack / "clauses" / "two.yml")
    assert [own_pack(cache, pack, silent).pack.clauses for _ in range(2)] == [(), ()]


def test_what_is_set_aside_and_asked_for_by_name_is_the_same_from_the_cache(cache, pack, silent):
    """A closed pack names what its dates set aside; where documents are asked for by name, a silent pack that holds one is judged."""
    head = pack / "pack.yaml"
    old = next(line for line in head.read_text().splitlines() if "{id: VENDOR1" in line)
    head.write_text(head.read_text() + old.replace("VENDOR1", "OLD").replace("title", 'effective: {until: "2020-01-01"}, title') + "\n")
    made, closed, opened = own_pack(cache, pack, silent), own_pack(cache, pack, silent), own_pack(cache, pack)
    assert closed.closed and made.pack.set_aside == closed.pack.set_aside == opened.pack.set_aside == (
        ("OLD", "ended on 2020-01-01, before 2026-11-25"),
    )

    asked = [app.compiled_packs((pack,), ("VENDOR1",), *DAYS, Cache(cache), silent) for _ in range(2)]
    assert [[(one.pack.id, one.pack.clauses) for one in found] for found in asked] == [[(made.pack.id, made.pack.clauses)]] * 2


def test_a_pack_that_changes_while_it_is_read_is_read_again(cache, pack, monkeypatch):
    """What was compiled from files is kept under the stamp that they had before they were read."""
    load_pack = app.pack_store.load_pack

    def load_and_change(folder: Path, **options: bool):
        found = load_pack(folder, **options)
        (folder / "pack.yaml").write_text((folder / "pack.yaml").read_text().replace("a sample", "another sample"))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(app.pack_store, "load_pack", load_and_change)
        assert own_pack(cache, pack).pack.subject == "a sample"
    assert own_pack(cache, pack).pack.subject == "another sample"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("which", ["vendor-pack-*", "heads-*"])
def test_a_damaged_entry_is_made_anew(cache, pack, silent, which, share):
    """Cut anywhere, or empty from there on, the entry of a pack or of the heads of all gives the packs that the files give."""
    whole = own_pack(cache, pack)
    own_pack(cache, pack, silent)
    (entry,) = cache.glob(which)
    data = entry.read_bytes()
    cut = int(len(data) * share)
    stamp, dates, forms = pickle.loads(data)
    half = pickle.dumps((stamp, dates, {key: form[: int(len(form) * share)] for key, form in forms.items()}))
    for damaged in (data[:cut], data[:cut] + bytes(len(data) - cut), half):
        entry.write_bytes(damaged)
        for _ in range(2):
            found = own_pack(cache, pack, silent)
            assert (found.closed.open() if found.closed else found).pack == whole.pack
        assert found.closed


def test_heads_say_on_each_day_what_the_packs_of_that_day_say(cache, pack, silent):
    """Kept for one day after the other, the heads close a pack where the pack of that day is silent, with what the day sets aside."""
    head = pack / "pack.yaml"
    old = next(line for line in head.read_text().splitlines() if "{id: VENDOR1" in line)
    dated = 'effective: {from: "2019-01-01", until: "2020-01-01"}, title'
    head.write_text(head.read_text().replace(old, old.replace("title", dated)))
    days = ["2018-06-30", "2019-12-31", "2018-07-01", "2020-01-01", "2020-01-02", "2026-11-25"]
    for day in [*days, *days]:
        (*_, found) = app.compiled_packs((pack,), (), day, day, Cache(cache), silent)
        (*_, plain) = app.compiled_packs((pack,), (), day, day, Cache(None))
        assert found.pack.set_aside == plain.pack.set_aside
        assert (found.closed.clauses if found.closed else len(found.pack.clauses)) == len(plain.pack.clauses)
        assert len(plain.pack.clauses) == ("2019" < day <= "2020-01-01")
    assert found.closed


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this system has no users of files")
@pytest.mark.parametrize("folder", [False, True], ids=["entry", "folder"])
def test_what_others_may_write_is_not_read(cache, pack, folder):
    """An entry that somebody else may write, or in a folder where somebody else may write, is passed over."""
    own_pack(cache, pack)
    (entry,) = cache.glob("vendor-pack-*")
    place = cache if folder else entry
    mode = place.stat().st_mode
    place.chmod(mode | 0o022)
    found = Cache(cache).load(pack, (), *DAYS)
    place.chmod(mode)
    assert found is None and Cache(cache).load(pack, (), *DAYS) is not None
