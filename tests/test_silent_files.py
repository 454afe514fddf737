"""Files that a reader knew and found nothing in: they are read, and the reports say that they hold no fact."""

from supportable.cli import main
from supportable.gathering import gather


def test_a_file_that_holds_no_fact_is_told_and_not_passed_over(tmp_path, capsys):
    """A reader that knew a file and found nothing in it has read it; whoever handed it over is told that it says nothing."""
    (tmp_path / "plan.xml").write_text("<Objs><Obj RefId='0'><TN RefId='0'><T>Win32_PowerPlan</T></TN></Obj></Objs>")
    (tmp_path / "core.xml").write_text("<Objs><S>Server Core</S></Objs>")

    found = gather([tmp_path])
    main(["facts", str(tmp_path)])
    facts = capsys.readouterr().out
    main(["check", str(tmp_path), "--document", "KB810986", "--as-of", "2026-11-25", "-o", str(tmp_path / "page.html")])
    checked = capsys.readouterr().out

    assert found.silent == (f"{tmp_path.name}/plan.xml",)
    for text in (facts, " ".join(checked.split())):
        assert "plan.xml (powershell-clixml, no fact)" in text
        assert "core.xml (powershell-clixml)" in text
    assert (tmp_path / "page.html").read_text().count("(powershell-clixml, no fact)") == 1
