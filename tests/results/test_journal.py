"""The journal: nothing that was written is lost, whatever happens to the file."""

import hashlib
import json
import os
import random
import re
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
    assert again.damaged == []


def test_records_of_one_cell_share_it(tmp_path: Path) -> None:
    """Also if the cell has a part that is named as the field after it."""
    cells: list[dict[str, object]] = [{"arguments": {"a": 1, "seed": n}} for n in (1, 1, 2)]
    journal = Journal(tmp_path / "journal.jsonl")
    for trial, cell in zip("abc", cells, strict=True):
        journal.append(record(trial, cell=cell))
    a, b, c = Journal(tmp_path / "journal.jsonl").records.values()
    assert a.cell is b.cell
    assert [a.cell, b.cell, c.cell] == cells


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
    assert journal.damaged == []
    journal.append(record("b"))
    assert set(Journal(path).records) == {"a", "b"}
    assert path.read_bytes().startswith(whole)


def test_a_last_line_that_lacks_its_end_only_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for trial in "ab":
        Journal(path).append(record(trial))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    journal = Journal(path)
    assert set(journal.records) == {"a", "b"}
    assert journal.notes == ()
    journal.append(record("c"))
    assert path.read_bytes().startswith(whole)
    assert set(Journal(path).records) == {"a", "b", "c"}


def test_a_damaged_line_is_named_and_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    aside = tmp_path / "journal.damaged.jsonl"
    for trial in "abc":
        Journal(path).append(record(trial))
    first, second, third = path.read_bytes().splitlines(keepends=True)
    for damaged in (second[:20] + b"\xff\n", second.replace(b'"seed": 0', b'"seed": 1')):
        path.write_bytes(first + damaged + third)
        kept = aside.read_bytes() if aside.exists() else b""
        journal = Journal(path)
        assert journal.damaged == [2]
        assert journal.notes[0].startswith(f"{path}: damaged in line 2. ")
        assert set(journal.records) == {"a", "c"}
        journal.mend()
        assert path.read_bytes() == first + third
        assert aside.read_bytes() == kept + damaged
        assert Journal(path).notes == ()


def flipped(content: bytes, numbers: random.Random) -> bytes:
    """The content with one bit changed."""
    changed = bytearray(content)
    changed[numbers.randrange(len(content))] ^= 1 << numbers.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("flips", [300, pytest.param(5_000, marks=pytest.mark.slow)])
def test_a_changed_bit_costs_its_own_trial_at_most(tmp_path: Path, flips: int) -> None:
    path = tmp_path / "journal.jsonl"
    history = ({"train_loss": 0.1, "train_mae": 2.0}, {"train_loss": 0.05, "train_mae": 1.5})
    for seed in range(6):
        metrics = {"test_loss": 0.1 + seed, "test_mae": 1 / (seed + 3)}
        Journal(path).append(record(f"t{seed}", seed=seed, metrics=metrics, history=history))
    content, records = path.read_bytes(), Journal(path).records
    numbers = random.Random(11)
    for _ in range(flips):
        path.write_bytes(flipped(content, numbers))
        journal = Journal(path)
        missing = records.keys() - journal.records.keys()
        assert journal.records == {k: v for k, v in records.items() if k not in missing}
        assert len(missing) <= 1
        named = [int(number) for note in journal.notes for number in re.findall(r"\d+", note)]
        assert not missing or journal.damaged or path.read_bytes()[-1:] != b"\n"
        assert all(number in named for number in journal.damaged)
        journal.mend()
        for trial in missing:
            journal.append(records[trial])
        again = Journal(path)
        assert (again.records, again.notes) == (records, ())


def older(line: bytes) -> bytes:
    """A line as older versions wrote it."""
    fields = json.loads(line) | {"schema": 1}
    del fields["checksum"]
    return json.dumps(fields).encode() + b"\n"


def test_lines_of_older_versions_count_and_are_said_to_be_unchecked(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for trial in "ab":
        Journal(path).append(record(trial))
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"".join(map(older, lines)))
    journal = Journal(path)
    assert set(journal.records) == {"a", "b"}
    assert journal.unchecked == 2
    assert "2 lines of an older version without a checksum" in journal.notes[0]
    journal.append(record("c"))
    assert (set(Journal(path).records), Journal(path).unchecked) == ({"a", "b", "c"}, 2)
    path.write_bytes(path.read_bytes() + older(lines[0]))  # not by an older version: it refuses
    assert Journal(path).damaged == [4]


@pytest.mark.parametrize(
    "field",
    [
        {"seed": "0"},
        {"seed": 1.5},
        {"seed": True},
        {"trial": 3},
        {"cell": [1]},
        {"status": "fine"},
        {"metrics": {"test_mae": "2"}},
        {"metrics": {"test_mae": None}},
        {"metrics": [1]},
        {"history": {"train_mae": 1}},
        {"history": [3]},
        {"train_seconds": "1"},
        {"message": 1},
        {"best_epoch": []},
    ],
)
def test_a_field_of_another_type_is_damage(tmp_path: Path, field: dict[str, object]) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(record("a"))
    line = older(path.read_bytes())
    path.write_bytes(line + json.dumps(json.loads(line) | {"trial": "b"} | field).encode() + b"\n")
    journal = Journal(path)
    assert set(journal.records) == {"a"}
    assert journal.damaged == [2]


@pytest.mark.parametrize("number", ["1e400", "Infinity", "9" * 5_000, "[" * 5_000 + "]" * 5_000])
def test_a_number_that_is_none_is_damage(tmp_path: Path, number: str) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(record("a", metrics={"test_mae": 2.5}))
    path.write_bytes(older(path.read_bytes()).replace(b"2.5", number.encode()))
    assert Journal(path).damaged == [1]


def test_a_field_of_a_newer_version_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(written_by_another_version(engine_room="warm"))
    journal = Journal(path)
    assert set(journal.records) == {"a"}
    assert journal.notes == ()


def written_by_another_version(**fields: object) -> bytes:
    """A line with its checksum: half of the SHA-256 of all that stands before it."""
    start = {"schema": 2, "trial": "a", "cell": {}, "seed": 3, "data": "d", "status": "ok"}
    body = json.dumps(start | fields).encode()[:-1]
    return body + b', "checksum": "%s"}\n' % hashlib.sha256(body).hexdigest()[:16].encode()


def test_a_file_that_is_no_journal_is_named_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("x\n" * 100_000)
    (note,) = Journal(path).notes
    assert "damaged in line 1, 2, 3" in note
    assert "20 and 99,980 more. A run" in note
    path.write_text("\n" * 2_000_001)
    with pytest.raises(ResultsError, match="expected at most 2,000,000 lines of at most 100"):
        Journal(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1"])
def test_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(record("a", cell={"label": "Größe"}))
    saved = path.read_text(encoding="utf-8").encode(encoding)
    path.write_bytes(saved)
    with pytest.raises(ResultsError, match=r"journal.jsonl: expected UTF-8 .* another encoding"):
        Journal(path)
    assert path.read_bytes() == saved


def test_words_that_utf_8_lacks_are_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(record("a", status="error", message="no file caf\udce9"))
    assert Journal(path).records["a"].message == "no file caf?"


@pytest.mark.parametrize(
    "line", [b"[1, 2]", b"3", b'{"schema": 1}', b'{"schema": 1, "x": 2}', b"{}"]
)
def test_json_that_is_no_record_is_damage(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line + b"\n")
    assert Journal(path).damaged == [1]


def test_another_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for line in (b'{"schema": 99, "trial": "a"}\n', written_by_another_version(schema=99)):
        path.write_bytes(line)
        with pytest.raises(
            ResultsError, match=r"journal.jsonl:1: expected .* 2 or older, got .* 99"
        ):
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
    assert journal.damaged == []
