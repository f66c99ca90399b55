"""`compare` as a person calls it: exit codes, files, what goes where, and how long it takes."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from actbench.statistics import student_look_levels

Run = Callable[..., subprocess.CompletedProcess[str]]
HEADER = (
    "dataset,architecture,hidden,output,optimizer,epochs,batch_size,seed,status,test_loss,test_mae"
)


def write(path: Path, *, arms: dict[str, float], seeds: int = 10, blocks: int = 1) -> None:
    """Trials whose arms differ by what is given, with normal noise of a tenth."""
    path.parent.mkdir(exist_ok=True)
    random = np.random.default_rng(1)
    lines = [HEADER]
    for block in range(blocks):
        for output, mean in arms.items():
            for seed, mae in enumerate(mean + random.normal(0, 0.1, seeds)):
                lines.append(f"d{block},mlp(4),relu,{output},adam,5,8,{seed},ok,{mae * mae},{mae}")
    path.write_text("\n".join(lines) + "\n")


def refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    for word in words:
        assert word in " ".join(result.stderr.split()), result.stderr


def test_the_exit_code_for_a_refuted_expectation(tmp_path: Path, actbench: Run) -> None:
    write(tmp_path / "r" / "trials.csv", arms={"linear": 3, "tanh": 22})
    spec = tmp_path / "r" / "spec.yaml"
    spec.write_text("expect: [{better: {output: tanh}, than: {output: linear}, metric: mae}]\n")
    result = actbench("compare", "r")
    assert result.returncode == 3
    assert "relu / tanh better than relu / linear in mae: refuted" in result.stdout
    spec.write_text("expect: [{worse: {output: tanh}, than: {output: linear}, by: 10}]\n")
    assert actbench("compare", "r").returncode == 0


@pytest.mark.slow
def test_the_expectations_of_a_run_until_decided_share_alpha_over_its_looks(
    tmp_path: Path, actbench: Run
) -> None:
    """Ten seeds that differ with p = 0.02: under 0.05, and over the first look's level."""
    mae = {"linear": [2.0] * 10, "tanh": [*[3.0] * 9, 1.0]}
    lines = [
        f"d,mlp(4),relu,{output},adam,5,8,{seed},ok,1,{mae[output][seed]}"
        for output in mae
        for seed in range(10)
    ]
    (tmp_path / "trials.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    worse = "{worse: {output: tanh}, than: {output: linear}, metric: mae}"
    (tmp_path / "spec.yaml").write_text(f"expect: [{worse}]\n")
    assert "mae: supported" in actbench("compare", "trials.csv").stdout
    plan = {"looks": [10, 20, 30, 40], "alpha": 0.05, "comparisons": 1, "taken": 10}
    (tmp_path / "looks.json").write_text(json.dumps(plan))
    for count in (1, 2):
        (tmp_path / "spec.yaml").write_text(f"expect: [{', '.join([worse] * count)}]\n")
        level = 1 - student_look_levels((10, 20, 30, 40), 0.05 / count)[0]
        printed = " ".join(actbench("compare", "trials.csv").stdout.split())
        assert printed.count("mae: undecided") == count
        assert printed.count(f"at level {level:.4g}, over 10 seeds") == count


def test_fail_if_worse(tmp_path: Path, actbench: Run) -> None:
    write(tmp_path / "trials.csv", arms={"linear": 3, "tanh": 22})
    result = actbench("compare", "trials.csv", "--fail-if-worse")
    assert result.returncode == 3
    assert "tanh on d0, mlp(4), hidden relu is worse than the baseline in mae" in result.stderr
    better = actbench("compare", "trials.csv", "--fail-if-worse", "--baseline", "output=tanh")
    assert better.returncode == 0
    bare = actbench("compare", "trials.csv", "--fail-if-worse", "--baseline", "tanh")
    assert (bare.returncode, bare.stdout) == (0, better.stdout)


def test_a_file_in_the_form_of_its_name(tmp_path: Path, actbench: Run) -> None:
    write(tmp_path / "trials.csv", arms={"linear": 3, "tanh": 22})
    result = actbench("compare", "trials.csv", "--output", "found.json", "--rope", "1")
    assert (result.returncode, result.stdout) == (0, "")
    found = json.loads((tmp_path / "found.json").read_text())
    rows = found["comparison"]
    assert found["settings"][0]["rope"] == 1
    assert found["headline"].startswith("3 seeds cannot decide") or "leads" in found["headline"]
    assert [row["verdict"] for row in rows] == ["", "worse by at least 1"]
    refused(actbench("compare", "trials.csv", "--output", "no/x.csv"), "there is no folder no")
    refused(actbench("compare", "trials.csv", "--output", "trials.csv"), "trials.csv is there")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["found.json", "trials.csv"]


def test_before_and_after(tmp_path: Path, actbench: Run) -> None:
    write(tmp_path / "a" / "trials.csv", arms={"linear": 3, "tanh": 22})
    write(tmp_path / "b" / "trials.csv", arms={"linear": 4, "tanh": 22})
    result = actbench("compare", "a", "--against", "b", "--format", "csv")
    assert result.returncode == 0
    assert ",before,10,1.0,1.0,1.0," in result.stdout
    refused(actbench("compare", "a", "b"), "twice with different numbers", "--against")
    refused(actbench("compare", "a", "--against", "b", "--all-pairs"), "do not go together")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--pivot", "--by", "hidden"], "--pivot and --by hidden do not go together"),
        (["--at", "best"], "--at best needs a validation split"),
        (["--filter", "output=tahn"], "did you mean 'tanh'?"),
        (["--rope", "-1"], "--rope: expected a difference above 0"),
        (["--scope", "rows"], "--scope rows: no rows were kept"),
        (["--scope", "rows", "--split", "train"], "--scope rows is about test rows"),
        (["--scope", "splits"], "these results have no splits"),
        (["--scope", "row"], "'rows'"),
    ],
)
def test_options_that_cannot_be(
    options: list[str], words: str, tmp_path: Path, actbench: Run
) -> None:
    write(tmp_path / "trials.csv", arms={"linear": 3, "tanh": 22})
    refused(actbench("compare", "trials.csv", *options), words)


@pytest.mark.slow
def test_a_hundred_thousand_trials(tmp_path: Path, actbench: Run) -> None:
    arms = {f"o{i}": 3 + i / 100 for i in range(10)}
    write(tmp_path / "trials.csv", arms=arms, blocks=1000)
    result = actbench("compare", "trials.csv", "--output", "found.csv")
    assert result.returncode == 0
    assert len((tmp_path / "found.csv").read_text().splitlines()) == 1 + 10_000


@pytest.mark.slow
def test_more_tables_than_a_person_reads(tmp_path: Path, actbench: Run) -> None:
    write(tmp_path / "trials.csv", arms={"linear": 3, "tanh": 22}, blocks=200)
    printed = actbench("compare", "trials.csv").stdout
    assert "50 more tables are not printed here" in printed
    assert "--filter 'dataset=d199' prints one of them" in printed
    assert printed.count("test mae (less is better)") == 150
    one = actbench("compare", "trials.csv", "--filter", "dataset=d199").stdout
    assert "on d199" in one and "not printed" not in one
    actbench("compare", "trials.csv", "--output", "all.txt")
    assert (tmp_path / "all.txt").read_text().count("test mae (less is better)") == 200


@pytest.mark.parametrize(
    ("suffix", "room"),
    [("csv", False), ("md", False), ("tex", False), ("txt", True), ("json", True)],
)
def test_a_file_without_room_for_what_is_expected_leaves_it_to_standard_error(
    suffix: str, room: bool, tmp_path: Path, actbench: Run
) -> None:
    write(tmp_path / "trials.csv", arms={"linear": 3, "tanh": 22})
    spec = "expect: [{better: {output: tanh}, than: {output: linear}, metric: mae}]\n"
    (tmp_path / "spec.yaml").write_text(spec)
    result = actbench("compare", "trials.csv", "--output", f"found.{suffix}")
    assert (result.returncode, result.stdout) == (3, "")
    assert ("refuted" in (tmp_path / f"found.{suffix}").read_text()) == room
    if not room:
        assert "relu / tanh better than relu / linear in mae: refuted" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["f1", "acc", "roc_auc"])
def test_a_metric_of_unknown_direction_is_refused_until_it_is_told(
    metric: str, tmp_path: Path, actbench: Run
) -> None:
    write(tmp_path / "trials.csv", arms={"relu": 3, "gelu": 4})
    table = (tmp_path / "trials.csv").read_text().replace("test_mae", f"test_{metric}")
    (tmp_path / "trials.csv").write_text(table)
    refused(actbench("compare", "trials.csv"), f"'{metric}'", "--higher-is-better")
    more = actbench("compare", "trials.csv", "--higher-is-better").stdout
    less = actbench("compare", "trials.csv", "--lower-is-better").stdout
    assert more.startswith("gelu leads") and "more is better" in more
    assert less.startswith("relu leads") and "less is better" in less
    loss = ("compare", "trials.csv", "--metric", "loss")
    assert actbench(*loss).returncode == 0
    refused(actbench(*loss, "--higher-is-better"), "less of loss is better")


@pytest.mark.parametrize("options", [(), ("--metric", "loss"), ("--split", "train")])
@pytest.mark.parametrize("name", ["reuters_hidden", "reuters_real_output"])
def test_the_best_epoch_of_the_committed_results(
    name: str, options: tuple[str, ...], actbench: Run
) -> None:
    folder = Path(__file__).parents[2] / "results" / "reference" / name
    best = actbench("compare", folder, "--at", "best", "--format", "json", *options)
    rows = json.loads(best.stdout)["comparison"]
    assert best.returncode == 0
    assert all(row["mean"] is not None and row["ok"] > 0 for row in rows)


@pytest.mark.slow
def test_an_answer_without_a_table_is_an_error(tmp_path: Path, actbench: Run) -> None:
    write(tmp_path / "trials.csv", arms={"relu": 3, "gelu": 4})
    lines = (tmp_path / "trials.csv").read_text().splitlines()
    no_mae = [lines[0], *(line.rpartition(",")[0] + "," for line in lines[1:])]
    (tmp_path / "empty.csv").write_text("\n".join(no_mae) + "\n")
    for form in ("table", "csv", "json", "markdown", "latex"):
        asked = actbench("compare", "empty.csv", "--metric", "mae", "--format", form)
        refused(asked, "no trial that trained has a value for test mae")
    assert "test loss" in actbench("compare", "empty.csv").stdout
    no_loss = [lines[0], *(line.rpartition(",ok,")[0] + ",ok,," for line in lines[1:])]
    (tmp_path / "empty.csv").write_text("\n".join(no_loss) + "\n")
    refused(actbench("compare", "empty.csv"), "no trial that trained has a value for test mae")


def timed(path: Path, together: str) -> None:
    """Trials with times, of which `tanh` takes twice as long as `linear`."""
    lines = ["dataset,architecture,hidden,output,seed,status,test_mae,train_seconds,side_by_side"]
    for output, seconds in (("linear", 1), ("tanh", 2)):
        for seed in range(10):
            lines.append(f"d,m,relu,{output},{seed},ok,3,{seconds + seed / 100},{together}")
    path.write_text("\n".join(lines) + "\n")


def test_seconds_are_compared_where_trials_ran_one_at_a_time(tmp_path: Path, actbench: Run) -> None:
    expect = "[{worse: {output: tanh}, than: {output: linear}, metric: seconds}]"
    (tmp_path / "spec.yaml").write_text(f"expect: {expect}\n")
    timed(tmp_path / "trials.csv", together="1")
    result = actbench("compare", "trials.csv", "--metric", "seconds")
    assert result.stdout.startswith("linear leads in train seconds")
    assert "in seconds: supported" in result.stdout
    refused(actbench("compare", "trials.csv", "--metric", "seconds", "--at", "best"), "--at best")


@pytest.mark.parametrize(
    ("together", "words"), [("4", "up to 4 cells were trained side by side"), ("", "not recorded")]
)
def test_seconds_of_trials_that_ran_side_by_side_are_marked(
    together: str, words: str, tmp_path: Path, actbench: Run
) -> None:
    expect = "[{worse: {output: tanh}, than: {output: linear}, metric: seconds}]"
    (tmp_path / "spec.yaml").write_text(f"expect: {expect}\n")
    timed(tmp_path / "trials.csv", together)
    result = actbench("compare", "trials.csv", "--metric", "seconds", "--fail-if-worse")
    assert result.returncode == 0
    above, _, below = " ".join(result.stdout.lower().split()).partition(
        "train seconds (less is better)"
    )
    assert words in above and "leads" not in above and "nothing is decided" in above
    assert "not comparable" in below and "in seconds: undecided: " in below and words in below
    rows = json.loads(
        actbench("compare", "trials.csv", "--metric", "seconds", "--format", "json").stdout
    )["comparison"]
    assert [(row["rank"], row["verdict"]) for row in rows] == [(None, ""), (None, "not comparable")]
    across = actbench("compare", "trials.csv", "--against", "trials.csv", "--metric", "seconds")
    assert "not comparable" in across.stdout and words in across.stdout.lower()
