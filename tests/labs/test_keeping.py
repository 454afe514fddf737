"""What a run keeps: outputs without secrets and in bounded size, and a journal that no crash and no stranger spoils unseen."""

from __future__ import annotations

import json
import resource
import signal

import pytest

from lab_runs import NOTE, performed
from supportable.errors import TrialsError
from supportable.labs.commands import OUTPUT_MAX
from supportable.labs.journal import changed_evidence, read_trials

PLAIN = {"a": {"trigger": NOTE.format("t"), "probe": "exit 1"}}


def kept(lab, name: str) -> str:
    return (lab.out / "trials" / "0001-a" / name).read_text()


def test_every_output_is_kept_with_its_hash(lab):
    """Both outputs of each step, and how each command ended; the hash in the journal is that of the file."""
    lab.write({"a": {"set_up": "echo one", "trigger": "echo two >&2", "probe": "printf '\\377 three'; exit 1", "tear_down": "true"}})
    (trial,) = performed(lab, enough=1)

    assert {one.file.rpartition("/")[2] for one in trial.evidence} == {
        "set_up.stdout.txt", "trigger.stderr.txt", "probe.stdout.txt", "commands.json",
    }  # fmt: skip
    assert kept(lab, "probe.stdout.txt") == "\ufffd three"
    assert [one["ended"] for one in json.loads(kept(lab, "commands.json"))] == [f"ended with exit code {code}" for code in (0, 0, 1, 0)]
    assert changed_evidence(lab.out, (trial,)) == ()
    (lab.out / trial.evidence[0].file).write_text("two")
    (lab.out / trial.evidence[1].file).unlink()
    assert changed_evidence(lab.out, (trial,)) == (trial.evidence[0].file, trial.evidence[1].file)


def test_no_secret_reaches_what_is_kept(lab):
    """Passwords, tokens and mail addresses in outputs, and the values of secret variables anywhere, are not on the disk."""
    lab.write(
        {
            "a": {
                "variables": "{DB_PASSWORD: hunter2-of-ann, COLOUR: red}",
                "trigger": 'echo "password = s3cr3t-one, mail ann@contoso.example, token: s3cr3t-two"; echo "use $DB_PASSWORD $COLOUR" >&2',
                "probe": "echo api_key=s3cr3t-three >/dev/null; exit 1",
            }
        }
    )
    performed(lab, enough=1)
    everything = b"".join(path.read_bytes() for path in lab.out.rglob("*") if path.is_file())

    assert [word for word in (b"s3cr3t", b"ann", b"hunter2") if word in everything] == []
    assert kept(lab, "trigger.stderr.txt") == "use [secret] red\n"


@pytest.mark.parametrize("size", [OUTPUT_MAX - 300, OUTPUT_MAX + 30, OUTPUT_MAX * 4])
def test_a_long_output_keeps_its_beginning_and_its_end_and_no_half_secret(lab, size):
    """At most about `OUTPUT_MAX` bytes are kept, the middle is said to be missing, and a cut never divides a secret from its word."""
    program = (
        "import sys\nline = 'password: abcdefgh-secret-value and so on ' * 3 + '\\n'\n"
        f"sys.stdout.write('first\\n'); n = {size} - 12\n"
        "sys.stdout.write(line * (n // len(line)) + 'x' * (n % len(line))); sys.stdout.write('\\nlast\\n')"
    )
    (lab.folder / "long.py").write_text(program)
    lab.write({"a": {"trigger": "python3 long.py", "probe": "exit 1"}})
    performed(lab, enough=1)
    text = kept(lab, "trigger.stdout.txt")

    assert text.startswith("first\n") and text.endswith("\nlast\n")
    assert len(text.encode()) <= OUTPUT_MAX + 100
    assert ("bytes left out here]" in text) == (size > OUTPUT_MAX)
    assert "secret-v" not in text and "abcdef" not in text


def test_a_torn_last_line_is_dropped_and_the_trial_performed_again(lab):
    """Cut anywhere in its last line, the journal goes on with the lines before it."""
    lab.write(PLAIN)
    performed(lab, enough=3)
    path = lab.out / "journal.jsonl"
    whole = path.read_bytes()
    start = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in (start + 1, start + 40, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert len(read_trials(lab.out)) == 2
        assert len(performed(lab, enough=3)) == 3
        assert [json.loads(line)["number"] for line in path.read_text().splitlines() if '"trial"' in line] == [1, 2, 3]


def test_a_run_that_never_wrote_its_first_line_begins_anew(lab):
    """A journal without one whole line is a new journal."""
    lab.write(PLAIN)
    lab.out.mkdir()
    (lab.out / "journal.jsonl").write_bytes(b'{"kind": "lab", "la')

    assert len(performed(lab, enough=2)) == 2


def test_a_finished_run_performs_nothing_again(lab):
    """Run again, all trials are returned and no command is run."""
    lab.write(PLAIN)
    first = performed(lab)
    log, journal = lab.log, (lab.out / "journal.jsonl").read_bytes()

    assert performed(lab) == first
    assert (lab.log, (lab.out / "journal.jsonl").read_bytes()) == (log, journal)


def test_a_changed_lab_file_is_refused(lab):
    """Trials of two lab files are never mixed; the sentence says what to do, and nothing is run or written."""
    lab.write(PLAIN)
    performed(lab)
    before = lab.log, (lab.out / "journal.jsonl").read_bytes()
    lab.file.write_text(lab.file.read_text() + "# changed\n")

    with pytest.raises(TrialsError, match="is not the lab file that these trials began with") as caught:
        performed(lab, enough=9)
    assert "put that lab file back" in str(caught.value.hint)
    assert (lab.log, (lab.out / "journal.jsonl").read_bytes()) == before


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda lines: [*lines[:3], b"{", *lines[3:]], "cannot be read here"),
        (lambda lines: [*lines[:3], b"[1]", *lines[3:]], "unknown kind of line"),
        (lambda lines: [*lines, lines[-1]], "stands in it twice"),
        (lambda lines: lines[1:], "does not begin with a line about the lab"),
        (lambda lines: [lines[0].replace(b'"format": 1', b'"format": 2'), *lines[1:]], "this program reads 1"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"appeared"', b'"perhaps"')], "`perhaps` is not an outcome"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"number"', b'"nmber"')], "`number` is missing"),
        (lambda lines: [line.replace(b'"a"', b'"z"') for line in lines], "no environment `z`"),
        (lambda lines: [*lines[:-1], b"[" * 100_000], "cannot be read here"),
        (lambda lines: [*lines[:-1], b"\xff\xfe"], "cannot be read here"),
    ],
)
def test_a_journal_that_somebody_changed_is_told_and_left_as_it_is(lab, change, part):
    """A whole line that is not what was written gives a sentence with its place; nothing is skipped, run or written."""
    lab.write(PLAIN)
    performed(lab)
    path = lab.out / "journal.jsonl"
    path.write_bytes(b"\n".join(change(path.read_bytes().splitlines())) + b"\n")
    before = path.read_bytes()

    with pytest.raises(TrialsError, match=part):
        performed(lab, enough=9)
    assert path.read_bytes() == before


def test_a_folder_with_other_things_in_it_is_refused(lab):
    """The output folder is new, empty, or that of this lab; a file in its place is told."""
    lab.write(PLAIN)
    lab.out.mkdir()
    (lab.out / "thesis.txt").write_text("dear")
    with pytest.raises(TrialsError, match="is not empty and holds no journal"):
        performed(lab)
    with pytest.raises(TrialsError, match="cannot be read"):
        read_trials(lab.out)
    lab.out = lab.file
    with pytest.raises(TrialsError, match="cannot be kept"):
        performed(lab)


def test_a_disk_without_room_gives_one_sentence_and_loses_nothing(lab):
    """Evidence or journal that cannot be written ends the run after tear-down; with room again it goes on to the end."""
    long = {"trigger": "yes words | head -c 50000", "probe": "exit 1", "tear_down": "touch torn"}
    lab.write({"a": {**long, "tear_down_once": "touch stopped"}})

    def little() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    told = lab.run(preexec_fn=little)
    assert "trigger.stdout.txt: it cannot be kept: File too large\nhint: " in told and "Traceback" not in told
    assert (lab.folder / "torn").exists() and (lab.folder / "stopped").exists()
    assert read_trials(lab.out) == ()
    assert "all 3" in lab.run()
    assert "it cannot be kept" in lab.run(
        enough=90,
        preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))),
    )
    assert len(read_trials(lab.out)) >= 3
    assert "all 5" in lab.run(enough=5)
