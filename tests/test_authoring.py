"""An author's way: a pack from a document by the text of CONTRIBUTING alone, what lint says, what a change comes to, the table of packs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from supportable.authoring import pack_table
from supportable.cli import main
from supportable.core.sentences import sentences
from supportable.stores.packs import load_pack
from two_packs import write_pack

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command in this process, in an empty folder: `run("policy", "list")` -> exit code, output, complaints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("SUPPORTABLE_CACHE", "")

    def called(*arguments: object) -> tuple[int, str, str]:
        code = main([str(one) for one in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return called


def guide_blocks() -> list[str]:
    """The YAML of the guide, in its order: tiers, scope, clauses, sentences without a rule."""
    section = GUIDE[: GUIDE.index("## Add a clause to a pack")]
    return [re.sub(r"(?m)^   ", "", block) for block in re.findall(r"```yaml\n(.*?)```", section, re.S)]


def document() -> str:
    """The agreement that the guide starts from."""
    return re.findall(r"```\n(Contoso.*?)```", GUIDE, re.S)[0]


def follow_the_guide(run, folder: str = "contoso-care") -> Path:
    """Do what the guide says, word for word, and return the pack."""
    Path("agreement-2026.txt").write_text(document())
    assert run("policy", "new", "agreement-2026.txt", "-o", folder, "--issuer", "contoso")[0] == 0
    tiers, scope, clauses, no_rule = guide_blocks()
    head, file = Path(folder) / "pack.yaml", Path(folder) / "clauses" / "agreement-2026.yaml"
    text = re.sub(r"(?ms)^tiers:.*?^documents:", tiers + "documents:", head.read_text())
    head.write_text(re.sub(r'"TO DO: [^"]*"', '"written"', text))
    text = file.read_text().replace("applies: always\n", scope)
    file.write_text(text.replace("clauses: []\n", clauses + no_rule, 1))
    return Path(folder)


def test_a_pack_that_was_started_loads_and_says_what_is_left(run):
    """`policy new` lays out every sentence with its hash and at most twelve words, encodes nothing, and lint counts what is left."""
    Path("agreement-2026.txt").write_text(document() + "One two three four five six seven eight nine ten eleven twelve thirteen.\n")
    code, said, _ = run(
        "policy",
        "new",
        "agreement-2026.txt",
        "-o",
        "care",
        "--issuer",
        "contoso",
        "--title",
        'A "title": \\ #1',
        "--published",
        "2026-02-01",
    )
    every = sentences(Path("agreement-2026.txt").read_text())
    listed = [line.split(None, 1) for line in Path("care/sentences/agreement-2026.txt").read_text().splitlines() if line[0] != "#"]
    linted = run("policy", "lint", "care")
    covered = run("policy", "coverage", "agreement-2026", "--source", "agreement-2026.txt", "--pack", "care")

    assert code == 0 and f"{len(every)} sentences" in said
    assert [one[0] for one in listed] == [one.hash for one in every]
    assert listed[-1][1] == "One two three four five six seven eight nine ten eleven twelve ..."
    pack = load_pack(Path("care"))
    assert pack.clauses == () and pack.documents[0].title == 'A "title": \\ #1' and pack.documents[0].published == "2026-02-01"
    assert (
        linted[0] == 0
        and "9 of 9 sentences of `agreement-2026` are not" in linted[1]
        and "care: 0 clauses, 0 examples, 0 problems" in linted[1]
    )
    assert covered[1].count("NOT ENCODED") == len(every)
    assert max(map(len, linted[1].splitlines())) <= 80


def test_the_guide_followed_word_for_word_gives_a_pack_that_judges(run):
    """The YAML of CONTRIBUTING, put where it says, is a pack without problems and without survivors, and judges as it says."""
    pack = follow_the_guide(run)
    code, said, _ = run("policy", "lint", pack)
    mutated = run("policy", "mutate", pack)
    Path("d.yaml").write_text("workload: {product: sql-server}\ncluster: {service: pacemaker, fencing_enabled: false}\n")
    judged = run("check", "d.yaml", "--pack", pack, "--document", "agreement-2026")

    assert code == 0 and "TO DO" not in said and "3 of 8 sentences" in said and "0 problems" in said
    assert mutated[0] == 0, mutated[1]
    assert judged[0] == 10 and "contoso: LIMITED - its own words: help with questions only" in judged[1]


@pytest.mark.parametrize(
    ("arguments", "content", "part"),
    [
        (("-o", "x"), b"\x7fELF\0\0\0", "is not text"),
        (("-o", "x"), b"%PDF-1.7 nothing else", "is not text"),
        (("-o", "x"), b"---\n...\n\n", "holds no sentence"),
        (("-o", "x"), b"", "holds no sentence"),
        (("-o", "x"), None, "cannot be read"),
        ((), b"A sentence.", "no folder was named"),
        (("-o", "there"), b"A sentence.", "`there` is there already"),
        (("-o", "a b"), b"A sentence.", "is no name of a pack"),
        (("-o", "x", "--id", "../up"), b"A sentence.", "is no document id"),
        (("-o", "x", "--words", "many"), b"A sentence.", "is not a number of words"),
        (("-o", "x", "--published", "soon"), b"A sentence.", "`soon` is not a date"),
    ],
)
def test_what_cannot_be_started_is_one_sentence_and_nothing_is_written(run, tmp_path, arguments, content, part):
    """Whatever is wrong with the text, the folder or an option is told in a sentence, and no file is there that was not before."""
    Path("there").mkdir()
    Path("there/kept").write_text("kept")
    if content is not None:
        Path("d.txt").write_bytes(content)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    code, said, complaint = run("policy", "new", "d.txt", *arguments)

    assert code in (1, 2) and part in complaint and said == "" and "\nhint: " in complaint
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_lint_tells_each_flaw_with_its_place_and_a_deployment_that_shows_it(run, tmp_path):
    """A dead clause is an error with its place, a row that contradicts comes with a deployment file that `check` takes."""
    pack = write_pack(tmp_path, "alpha")
    (pack / "matrices").mkdir()
    (pack / "matrices" / "m.yaml").write_text(
        "matrix: m\ndocument: ALPHA1\nsection: s\nwords: w\nunlisted: fails\nunlisted_why: w\ncolumns: [workload.service_pack]\nrows:\n"
        "  - {id: two, workload.service_pack: 2}\n  - {id: up, workload.service_pack: {at_least: 2}, listed: false}\n"
        "  - {id: zero, workload.service_pack: 0}\n"
    )
    more = "  - {id: alpha.dead, kind: statement, says: s, section: s, words: w, applies: {workload.product: sql-server}}\n"
    (pack / "clauses" / "one.yaml").write_text((pack / "clauses" / "one.yaml").read_text() + more)
    code, said, _ = run("policy", "lint", pack, "--witnesses", tmp_path)
    as_data = json.loads(run("policy", "lint", pack, "--format", "json")[1])
    flaws = as_data["packs"][0]["flaws"]

    line = 1 + (pack / "clauses" / "one.yaml").read_text().splitlines().index(more.rstrip())

    assert code == 1 and f"alpha-pack/clauses/one.yaml:{line}:5: error: `alpha.dead` applies to no deployment\nhint: " in said
    assert "error: table `m`: row `two` lists nothing: row `up` rules out all of it" in said and "2 problems" in said
    assert [flaw["kind"] for flaw in flaws] == ["table rows contradict", "dead clause"]
    assert (tmp_path / "flaw-1.yaml").read_text() == flaws[0]["witness"]["deployment_file"]
    assert run("check", "flaw-1.yaml", "--pack", pack, "--document", "ALPHA1", "--exit-zero")[0] == 0


def test_documents_that_contradict_are_shown_by_a_deployment(run, tmp_path):
    """Two documents that cannot both be met are an error of `--deep`, and the deployment that shows it is judged against one of them."""
    pack = write_pack(tmp_path, "alpha")
    head, file = pack / "pack.yaml", pack / "clauses" / "one.yaml"
    head.write_text(head.read_text() + head.read_text().splitlines()[-1].replace("ALPHA1", "ALPHA2") + "\n")
    other = (
        file.read_text().replace("ALPHA1", "ALPHA2").replace("alpha.own", "alpha.other").replace("service: mscs}", "service: autostart}")
    )
    (pack / "clauses" / "two.yaml").write_text(other.replace("requires: {cluster.service: mscs}", "requires: {cluster.service: autostart}"))
    shallow = run("policy", "lint", pack)
    code, said, _ = run("policy", "lint", pack, "--deep", "--witnesses", tmp_path, "--as-of", "2026-11-25")
    judged = run("check", "flaw-1.yaml", "--pack", pack, "--document", "ALPHA1", "--document", "ALPHA2")

    assert shallow[0] == 0, shallow[1]
    assert code == 1 and "error: `alpha.own-service` and `alpha.other-service` apply to one deployment and cannot both hold" in said
    assert judged[0] == 10 and "alpha: LIMITED" in judged[1] and "alpha.other-service does not hold" in judged[1]


def test_the_packs_that_ship_have_no_flaw(run):
    """Lint of the packs that ship finds no error, and every note names what it is about; deep, of an issuer with few documents, too."""
    code, said, _ = run("policy", "lint", "--notes")
    deep = run("policy", "lint", "suse-sle-ha", "oracle-virtualisation", "--deep", "--as-of", "2026-11-25")

    assert code == 0, said
    assert said.count(" 0 problems") == 12 and "error: " not in said
    assert deep[0] == 0 and "suse, all documents together, on 2026-11-25: 0 problems" in deep[1], deep[1]


def test_a_release_without_a_way_out_is_told_with_the_clause_in_the_way(run):
    """On a day after its end of support no deployment of a release is fully supported, and the life-cycle clause stands in the way."""
    said = run("policy", "lint", "microsoft-lifecycle", "--deep", "--notes", "--as-of", "2026-11-25")[1]
    text = " ".join(said.split())

    told = re.findall(r"no deployment with (.*?) reaches the best tier on 2026-11-25; in the way: (\S+)", text)

    assert (
        "`workload.product` exchange-server, `workload.release` 2003, 2007, 2010, 2013, 2016, 2019",
        "microsoft-lifecycle-data.exchange",
    ) in told
    assert "subscription-edition" not in "".join(values for values, _ in told)


def test_a_change_is_told_in_words_and_by_a_deployment(run, tmp_path):
    """`policy diff` names what was added and changed, and its witness gets the level before and after that it says."""
    old = follow_the_guide(run)
    subprocess.run(["git", "init", "-q", "."], check=True)
    subprocess.run(["git", "add", "."], check=True)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "old"], check=True)
    file = old / "clauses" / "agreement-2026.yaml"
    file.write_text(file.read_text().replace("caps: questions-only", "caps: not-covered").replace("says: Clusters", "says: All clusters"))
    code, said, _ = run("policy", "diff", f"{old}@HEAD", old, "--as-of", "2026-11-25", "--witnesses", tmp_path)
    as_data = json.loads(run("policy", "diff", f"{old}@HEAD", old, "--format", "json")[1])
    judged = run("check", "change-1.yaml", "--pack", old, "--document", "agreement-2026")

    assert code == 10 and "    caps: questions-only -> not-covered" in said and "1 clause changed" in said
    assert "LIMITED (help with questions only) becomes UNSUPPORTED" in " ".join(said.split())
    assert "contoso: UNSUPPORTED" in judged[1] and as_data["effects"][0]["before"]["level"] == "limited"
    assert run("policy", "diff", old, old)[0] == 0
    assert "`nowhere` is not a pack" in run("policy", "diff", old, "nowhere")[2]
    assert "did you mean `json`" in run("policy", "diff", old, old, "--format", "jsn")[2]


def test_a_change_of_words_judges_nobody_otherwise(run):
    """A clause that is only told otherwise changes no verdict, and the answer says how that is known."""
    old = follow_the_guide(run)
    new = follow_the_guide(run, "newer")
    file = new / "clauses" / "agreement-2026.yaml"
    file.write_text(
        file.read_text().replace(
            "requires: {cluster.fencing_enabled: true}", "requires: {cluster.fencing_enabled: {is: true, present: true}}"
        )
    )
    code, said, _ = run("policy", "diff", old, new, "--as-of", "2026-11-25")

    assert code == 0
    assert "lets no deployment be judged otherwise by itself" in said
    assert "no deployment is judged otherwise on 2026-11-25" in said and "all of them ended" in " ".join(said.split())


def test_the_table_of_packs_is_the_one_in_the_docs():
    """`docs/packs.md` is what the packs hold now; `supportable policy table -o docs/packs.md` renews it."""
    kept = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")

    assert pack_table() == kept, "run `supportable policy table -o docs/packs.md`"
