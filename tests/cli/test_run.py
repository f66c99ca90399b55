"""`actbench run` as a person sees it: real processes, real signals, real terminals."""

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from actbench.cli.progress import progress_for
from actbench.experiment import make_plan
from actbench.results import Journal, Record
from actbench.spec import load

REPOSITORY = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

SPEC = """\
name: small
dataset: boston_housing
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu], output: [linear, tanh]}
epochs: 2
batch_size: 101
seeds: 3
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {"KERAS_HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}


@pytest.mark.newest
def test_a_run_prints_the_table_and_says_where_the_files_are(spec: Path, actbench: Run) -> None:
    done = actbench("run", spec)
    assert done.returncode == 0
    assert "test mae (less is better) on boston_housing, mlp(4), hidden relu" in done.stdout
    assert re.search(r"linear +3 ok", done.stdout)
    assert "small: 6 trials to train" in done.stderr
    assert "[6/6]" in done.stderr
    assert "Tables: results/small/trials.csv" in done.stderr
    page = spec.parent / "results" / "small" / "report.html"
    assert "<h1>small</h1>" in page.read_text(encoding="utf-8")
    page.unlink()
    assert actbench("run", spec, "--no-report").returncode == 0
    assert not page.exists()
    # Nothing of TensorFlow's reaches the user.
    checks = "warning: tanh gives at most 1, and all 102 test|What to do about it"
    few = "The smallest p-value that 3 seeds can reach is 0.25: too few; 6 seeds can reach 0.05."
    expected = rf"(small: 6 trials|{few}|{checks}|loading boston|\[\d/6\] boston_housing|Tables: )"
    assert [line for line in done.stderr.splitlines() if not re.match(expected, line)] == []


@pytest.mark.slow
def test_quiet_prints_the_comparison_only(spec: Path, actbench: Run) -> None:
    done = actbench("run", spec, "--quiet")
    assert done.stderr == ""
    assert "test mae" in done.stdout


@pytest.mark.slow
def test_json_is_all_that_is_printed(spec: Path, actbench: Run) -> None:
    done = actbench("run", spec, "--json")
    found = json.loads(done.stdout)
    assert (found["name"], found["planned"], found["ok"]) == ("small", 6, 6)
    assert sorted(row["output"] for row in found["comparison"]) == ["linear", "tanh"]
    plan = json.loads(actbench("plan", spec, "--json").stdout)
    assert (plan[0]["trials"], plan[0]["done"], plan[0]["todo"]) == (6, 6, 0)


@pytest.mark.slow
def test_both_engines_give_the_same_table_up_to_rounding(spec: Path, actbench: Run) -> None:
    tables = []
    for engine in ("compiled", "keras"):
        done = actbench("run", spec, "--engine", engine, "--out", engine, "--json")
        tables.append([row["mean"] for row in json.loads(done.stdout)["comparison"]])
    assert tables[0] == pytest.approx(tables[1], rel=1e-5)


@pytest.mark.slow
def test_a_trial_in_error_gives_exit_code_1_and_keeps_the_rest(
    spec: Path, actbench: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(spec.parent)
    (spec.parent / "mine.py").write_text("def broken(x):\n    raise RuntimeError('no_such')\n")
    done = actbench("run", spec, "--set", "activations.hidden={custom: 'mine:broken'}")
    assert done.returncode == 1
    assert "6 trials ended in an error: " in done.stderr
    assert "no_such" in done.stderr
    assert "The same command tries them again" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_layers_that_keras_refuses_are_refused_once_before_any_training(
    spec: Path, actbench: Run
) -> None:
    good = "{type: mlp, units: [4], label: good}"
    output = "{Dense: {units: 1, activation: $output}}"
    wrong = [
        "{Dense: {units: 4, activation: $hidden, kernel_initializer: no_such}}",
        "{Dense: {units: -3, activation: $hidden}}",
        "{Dense: {units: 3, unitz: 3, activation: $hidden}}",
        "$hidden, {Reshape: {target_shape: [7]}}",
    ]
    layers = [
        f"{{type: layers, layers: [{entries}, {output}], label: wrong_{i}}}"
        for i, entries in enumerate(wrong)
    ]
    done = actbench("run", spec, "--set", f"architecture=[{', '.join([good, *layers])}]")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing was trained; Keras refuses the architecture wrong_0: layer_1" in done.stderr
    for words in ("no_such", "units=-3", "unitz", "(7,)"):
        assert done.stderr.count(words) == 1
    assert not (spec.parent / "results" / "small" / "journal.jsonl").exists()


@pytest.mark.slow
def test_an_error_counts_more_than_a_refuted_expectation(
    spec: Path, actbench: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the exit code, within one spec and among several; what can be trained is done already."""
    expect = "expect: [{better: {output: tanh}, than: {output: linear}, metric: mae}]\n"
    refuted = spec.read_text(encoding="utf-8").replace("seeds: 3", "seeds: 7") + expect
    failing = refuted.replace("name: small", "name: failing")
    failing = failing.replace("[linear, tanh]", "[linear, tanh, {custom: 'mine:broken'}]")
    monkeypatch.chdir(spec.parent)
    (spec.parent / "mine.py").write_text("def broken(x):\n    raise RuntimeError('no_such')\n")
    for file, text in ((spec, refuted), (spec.parent / "failing.yaml", failing)):
        file.write_text(text, encoding="utf-8")
        plan = make_plan(load(str(file)), spec.parent / "results")
        plan.folder.path.mkdir(parents=True)
        journal = Journal(plan.folder.journal)
        for trial in plan.trials:
            mae = {"relu / linear": 3.0, "relu / tanh": 22.0}.get(trial.cell.arm.label)
            if mae is not None:
                metrics = {"test_mae": mae + trial.seed / 100}
                journal.append(Record(trial.id, {}, trial.seed, "d", "ok", metrics=metrics))
    alone = actbench("run", spec)
    assert (alone.returncode, alone.stdout.count(" in mae: refuted")) == (3, 1), alone.stderr
    both = actbench("run", spec, "failing.yaml")
    assert (both.returncode, both.stdout.count(" in mae: refuted")) == (1, 2), both.stderr
    assert "7 trials ended in an error: " in both.stderr


def test_a_warning_is_said_once_and_names_its_data_sets(spec: Path, tmp_path: Path) -> None:
    several = "dataset: [boston_housing, {name: boston_housing, train_limit: 202}]"
    text = SPEC.replace("dataset: boston_housing", several)
    spec.write_text(text.replace("[linear, tanh]", "[linear, exponential]"), encoding="utf-8")
    said = io.StringIO()
    with progress_for(Console(file=said, width=400), quiet=False) as progress:
        progress.planned(make_plan(load(str(spec)), tmp_path))
    warnings = [line for line in said.getvalue().splitlines() if line.startswith("warning: ")]
    assert len(warnings) == len(set(warnings)) == 1
    assert warnings[0].startswith("warning: exponential (output) is infinite in float32")
    assert "The smallest p-value that 3 seeds can reach is 0.25: too few; 6" in said.getvalue()


def test_lines_of_splits_name_the_split_and_ask_for_no_seeds(spec: Path, tmp_path: Path) -> None:
    plan, said = make_plan(load(str(spec), ["splits=5", "seeds=1"]), tmp_path), io.StringIO()
    with progress_for(Console(file=said, width=200), quiet=False) as progress:
        progress.planned(plan)
        for trial in plan.todo:
            progress.ended(trial, Record(trial.id, {}, trial.seed, "d", "diverged"))
    assert "can reach" not in said.getvalue()
    assert "[1/10] boston_housing, relu / linear, split 0, seed 0: diverged" in said.getvalue()


def test_arms_that_share_a_program_wait_for_one_compilation(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arms = "activations={hidden: [relu, tanh], output: [linear]}"
    plan = make_plan(load(str(spec), [arms]), tmp_path)
    now, said = 1000.0, io.StringIO()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with progress_for(Console(file=said, width=200), quiet=False) as progress:
        progress.planned(plan)
        now += 32
        trial = plan.todo[0]
        seconds = {"train_seconds": 2.0, "compile_seconds": 30.0}
        progress.ended(trial, Record(trial.id, {}, trial.seed, "d", "ok", **seconds))
    assert len(plan.todo) == 6
    assert "about 10 s left" in said.getvalue()


def test_lines_say_how_long_the_trials_that_are_left_take(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first trial also pays for starting TensorFlow, the first of each arm for compiling."""
    plan = make_plan(load(str(spec)), tmp_path)
    now, said = 1000.0, io.StringIO()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with progress_for(Console(file=said, width=200), quiet=False) as progress:
        progress.planned(plan)
        progress.preparing("loading a table")
        progress.preparing("loading a table")  # in another process
        cells = set()
        for trial in plan.todo:
            compiling = 0.0 if trial.cell in cells else 10.0
            now += 20 + compiling + (60 if not cells else 0)
            cells.add(trial.cell)
            seconds = {"train_seconds": 20.0, "compile_seconds": compiling}
            metrics = {"test_mae": 5.0}
            record = Record(trial.id, {}, trial.seed, "d", "ok", metrics=metrics, **seconds)
            progress.ended(trial, record)
    assert said.getvalue().count("loading a table …") == 1
    lines = [line for line in said.getvalue().splitlines() if line.startswith("[")]
    left = [line.partition("test_mae 5")[2] for line in lines]
    assert len(cells) == 2
    assert left == [
        *(f", about {words} left" for words in ("2 min", "80 s", "60 s", "40 s", "20 s")),
        "",
    ]


def wait_for_records(journal: Path, count: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if journal.exists() and journal.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.02)
    pytest.fail(f"{journal} did not get {count} records")


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_an_interrupt_ends_cleanly_with_the_words_to_go_on(
    sent: signal.Signals, spec: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "actbench", "run", str(spec), "--seeds", "2000"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    )
    folder = tmp_path / "results" / "small"
    wait_for_records(folder / "journal.jsonl", 5)
    second = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    assert second.returncode == 2
    assert f"is in use: process {process.pid} on " in second.stderr
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "<h1>small</h1>" in (folder / "report.html").read_text(encoding="utf-8")
    kept = (folder / "journal.jsonl").read_bytes().count(b"\n")
    assert f"interrupted: {kept} of 4000 trials are done and kept" in said
    assert f"To go on: actbench run {spec} --seeds 2000" in said
    assert "Traceback" not in said
    assert (folder / "trials.csv").read_bytes().count(b"\n") == kept + 1


@pytest.mark.slow
def test_ctrl_c_while_tensorflow_is_imported_ends_without_a_traceback(
    spec: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "actbench", "run", str(spec)],
        cwd=tmp_path,
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    first = process.stderr.readline()  # the import begins soon after it
    assert first == "small: 6 trials to train\n"
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the command
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"To go on: actbench run {spec}" in said
    assert "Traceback" not in said
    assert "Fatal" not in said


@pytest.mark.slow
def test_a_terminal_gets_a_moving_bar(spec: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "actbench", "run", str(spec), "--seeds", "200"],
        cwd=tmp_path,
        env=environment(tmp_path) | {"TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
    process.communicate(timeout=60)
    os.close(ours)
    text = shown.decode(errors="replace")
    assert re.search(r"relu / (linear|tanh) · seed \d+ · epoch \d/2", text)
    assert re.search(r"\d+/400 trials", text)
    assert re.search(r"about \d+ (s|min) left", text), "the time left"
    assert "TensorFlow …" in text


def test_help_names_every_command(actbench: Run) -> None:
    text = actbench("--help").stdout
    for command in ("run", "plan", "compare", "activations", "data", "init", "schema"):
        assert re.search(rf"^│ {command} ", text, re.MULTILINE)


@pytest.mark.slow
def test_a_full_disk_ends_in_a_message_and_the_next_run_goes_on(spec: Path, actbench: Run) -> None:
    # The limit on a file's size stands in for a disk that is full: writing fails part way.
    full = actbench("run", spec, "--seeds", "40", before=("prlimit", "--fsize=25000"))
    assert full.returncode == 2, full.stderr
    assert "Traceback" not in full.stderr
    assert "cannot write results/small/journal.jsonl: File too large" in full.stderr
    assert "run the same command again" in full.stderr
    journal = spec.parent / "results" / "small" / "journal.jsonl"
    kept = journal.read_bytes()
    assert kept.endswith(b"\n")
    done = actbench("run", spec, "--seeds", "40", "--json")
    assert json.loads(done.stdout)["ok"] == 80
    assert journal.read_bytes().startswith(kept)
