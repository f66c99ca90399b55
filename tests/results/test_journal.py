"""The journal: nothing that was written is lost, whatever happens to the file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from actbench.errors import ResultsError
from actbench.results import Journal, Record


def record(trial: str, **more: object) -> Record:
    fields = {"cell": {"loss": "mse"}, "seed": 0, "data": "d", "status": "ok"} | more
    return Record(trial=trial, **fields)  # type: ignore[arg-type]


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    first = record("a", metrics={"test_mae": 2.1}, history=({"train_mae": 3.0},), best_epoch=1)
    journal.append(first)
    journal.append(record("b", status="error", message="boom"))
    again = Journal(tmp_path / "journal.jsonl")
    assert again.records == journal.records
    assert again.records["a"] == first
    assert again.damaged == ()


def test_a_record_is_on_disk_when_append_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.jsonl"
    flush, on_disk = os.fsync, b""

    def watched(file: int) -> None:
        nonlocal on_disk
        flush(file)
        if os.path.samestat(os.fstat(file), path.stat()):
            on_disk = path.read_bytes()

    monkeypatch.setattr(os, "fsync", watched)
    journal = Journal(path)
    for number, trial in enumerate("ab", start=1):
        journal.append(record(trial))
        assert on_disk.count(b"\n") == number
        assert on_disk == path.read_bytes()


def test_the_last_record_of_a_trial_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(record("a", status="error"))
    journal.append(record("a", status="ok"))
    assert Journal(tmp_path / "journal.jsonl").records["a"].status == "ok"


def test_a_journal_from_before_a_field_was_added_still_reads(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    fields = {"trial": "a", "cell": {}, "seed": 3, "data": "d", "status": "ok"}
    path.write_text(json.dumps({"schema": 1} | fields) + "\n")
    assert Journal(path).records == {"a": Record("a", {}, 3, "d", "ok")}


def test_numbers_that_json_lacks_are_absent(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(record("a", metrics={"train_loss": float("nan"), "train_mae": 1.0}))
    assert Journal(path).records["a"].metrics == {"train_mae": 1.0}


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_line_cut_off_by_a_crash_is_written_over(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(record("a"))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:kept])
    journal = Journal(path)
    assert set(journal.records) == {"a"}
    assert journal.damaged == ()
    journal.append(record("b"))
    assert set(Journal(path).records) == {"a", "b"}
    assert path.read_bytes().startswith(whole)


def test_a_damaged_line_in_the_middle_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for trial in "abc":
        Journal(path).append(record(trial))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1][:20] + b"\xff\n"
    path.write_bytes(b"".join(lines))
    journal = Journal(path)
    assert journal.damaged == (2,)
    assert set(journal.records) == {"a", "c"}
    journal.append(record("b"))
    assert path.read_bytes().startswith(b"".join(lines))
    assert set(Journal(path).records) == {"a", "b", "c"}


@pytest.mark.parametrize(
    "line", [b"[1, 2]", b"3", b'{"schema": 1}', b'{"schema": 1, "x": 2}', b"{}"]
)
def test_json_that_is_no_record_is_damage(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line + b"\n")
    assert Journal(path).damaged == (1,)


def test_another_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(record("a"))
    fields = json.loads(path.read_text()) | {"schema": 99}
    path.write_text(json.dumps(fields) + "\n")
    with pytest.raises(ResultsError, match=r"journal.jsonl:1: expected .* schema 1, got schema 99"):
        Journal(path)


WRITE_UNTIL_FULL = """
import sys, resource
from pathlib import Path
from actbench.errors import ResultsError
from actbench.results import Journal, Record
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
journal = Journal(Path(sys.argv[1]))
for i in range(5_000):
    try:
        journal.append(Record(f"t{i}", {"x": "y" * 300}, i, "d", "ok"))
    except ResultsError as error:
        print(i, error)
        break
"""


@pytest.mark.parametrize("how", ["limit", "full"])
def test_a_full_disk_loses_no_record(tmp_path: Path, how: str) -> None:
    """Once a limit on the file's size, once a file system of its own that is really full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = [sys.executable, "-c", WRITE_UNTIL_FULL, str(disk / "journal.jsonl"), how]
    copy = f"; cp {disk}/journal.jsonl {tmp_path}/journal.jsonl"
    if how == "full":
        mount = f'mount -t tmpfs -o size=64k none {disk} && "$@"{copy}'
        script = [
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            mount,
            "-",
            *script,
        ]
        if subprocess.run([*script[:4], "true"], capture_output=True).returncode:
            pytest.skip("this system lets no process mount a file system of its own")
    else:
        script = ["sh", "-c", f'"$@"{copy}', "-", *script]
    done = subprocess.run(script, capture_output=True, text=True, env=os.environ, check=True)
    written, _, message = done.stdout.partition(" ")
    assert "cannot write" in message
    assert "Finished trials stay in the journal" in message
    journal = Journal(tmp_path / "journal.jsonl")
    assert len(journal.records) == int(written) > 10
    assert journal.damaged == ()
