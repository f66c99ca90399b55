"""The results folder: one writer at a time, files replaced in one step, nothing thrown away."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from actbench.errors import ResultsError
from actbench.results import Journal, Record, ResultsFolder, write_file

HOLD = """
import sys
from pathlib import Path
from actbench.results import ResultsFolder
with ResultsFolder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "x")]
    holder = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    for _ in range(2):  # asking once must not wipe out who it is
        with (
            pytest.raises(ResultsError, match=rf"is in use: process {holder.pid} on "),
            ResultsFolder(tmp_path / "x").locked(),
        ):
            pass
    holder.kill()
    holder.communicate()
    with ResultsFolder(tmp_path / "x").locked():
        pass


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    texts = {letter * 200_000 for letter in "ab"}
    write_file(path, next(iter(texts)))
    seen: set[bool] = set()
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.add(path.read_text() in texts)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        for text in texts:
            write_file(path, text)
    over.set()
    reader.join()
    assert seen == {True}
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_file(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_file(path, "\ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_files_get_the_mode_that_the_user_gives_new_files(
    tmp_path: Path, umask: int, mode: int
) -> None:
    former = os.umask(umask)
    try:
        write_file(tmp_path / "table.csv", "a,b\n")
        write_file(tmp_path / "table.csv", "c,d\n")
        Journal(tmp_path / "journal.jsonl").append(Record("a", {}, 0, "d", "ok"))
    finally:
        os.umask(former)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"table.csv": mode, "journal.jsonl": mode}


def test_what_is_set_aside_is_kept(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.journal.write_text("{}\n")
    folder.trials.write_text("a,b\n")
    aside = folder.set_aside()
    assert aside is not None
    assert (aside / "journal.jsonl").read_text() == "{}\n"
    assert (aside / "trials.csv").read_text() == "a,b\n"
    assert not folder.journal.exists()
    assert folder.set_aside() is None


def test_a_link_in_place_of_the_holders_file_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / ".running.json").symlink_to(tmp_path / "mine.txt")
    with ResultsFolder(tmp_path / "x").locked():
        assert "pid" in (tmp_path / "x" / ".running.json").read_text()
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_what_a_killed_write_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    left = [".trials.csv.0123456789abcdef", "..running.json.0123456789abcdef"]
    others = [".trials.csv.0123", ".mine", ".mine.0123456789abcdef", "trials.csv"]
    for name in (*left, *others):
        (tmp_path / name).write_text("x")
    with ResultsFolder(tmp_path).locked():
        assert not {path.name for path in tmp_path.iterdir()} & set(left)
    assert {path.name for path in tmp_path.iterdir()} >= set(others)
