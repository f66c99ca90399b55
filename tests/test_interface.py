"""The Python interface: quick to import, typed, and equal to what the commands say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import actbench
from actbench.cli import app
from actbench.errors import ResultsError, SpecError
from actbench.results.side_files import Looks, write_looks
from actbench.results.tidy import tidy_table
from actbench.statistics import compare, corrected_t

REPOSITORY = Path(__file__).parents[1]
BOSTON = REPOSITORY / "results" / "reference" / "boston_output"
SPEC = {
    "name": "own",
    "dataset": "boston_housing",
    "architecture": {"type": "mlp", "units": [4]},
    "activations": {"hidden": ["relu", "tanh"]},
    "epochs": 2,
}


def in_fresh_interpreter(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    return done.stdout.strip()


def test_importing_takes_no_time() -> None:
    code = (
        "import sys, time; start = time.perf_counter(); import actbench; "
        "print(time.perf_counter() - start, len({'numpy', 'pandas', 'keras'} & {*sys.modules}))"
    )
    outputs = [in_fresh_interpreter(code).split() for _ in range(3)]
    assert min(float(seconds) for seconds, _ in outputs) < 0.15
    assert {heavy for _, heavy in outputs} == {"0"}


def test_what_trains_nothing_imports_no_tensorflow() -> None:
    code = (
        "import sys, actbench; actbench.plan('boston_output'); "
        "results = actbench.load('boston_output'); results.plot(); results._repr_html_(); "
        "print([n for n in sys.modules if n.split('.')[0] in ('tensorflow', 'keras')])"
    )
    assert in_fresh_interpreter(code) == "[]"


def test_every_public_name_is_there_and_no_other() -> None:
    assert {"run", "plan", "load", "compare", "Results"} < {*dir(actbench)}
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = actbench.nothing  # type: ignore[attr-defined]
    assert (Path(actbench.__file__).parent / "py.typed").is_file()


def test_a_spec_may_be_a_path_a_dict_or_text(tmp_path: Path) -> None:
    text = """
    name: own
    dataset: boston_housing
    architecture: {type: mlp, units: [4]}
    activations: {hidden: [relu, tanh]}
    epochs: 2
    """
    (tmp_path / "own.yaml").write_text(text)
    specs = (SPEC, text, tmp_path / "own.yaml", str(tmp_path / "own.yaml"))
    plans = [actbench.plan(spec, out=tmp_path, seeds=3) for spec in specs]
    assert len({tuple(trial.id for trial in plan.trials) for plan in plans}) == 1
    assert [len(plan.trials) for plan in plans] == [6] * 4
    assert repr(plans[0]) == "<Plan of own: 6 of 6 to train>"


def test_overrides_are_checked_like_the_spec() -> None:
    deeper = actbench.plan(SPEC, **{"architecture.units": [8, 8]})
    assert deeper.experiment.architecture[0].name == "mlp(8-8)"
    with pytest.raises(SpecError, match="epochs"):
        actbench.plan(SPEC, epochs=-1)
    with pytest.raises(SpecError, match="epoch_s"):
        actbench.plan(SPEC, epoch_s=1)
    assert "epoch_s" not in SPEC


def test_results_are_tables_and_compare_as_the_command_does() -> None:
    results = actbench.load(BOSTON)
    assert len(results.trials) == len(pd.read_csv(BOSTON / "trials.csv"))
    assert (results.history is None) == (not (BOSTON / "history.csv").is_file())
    assert results.diagnostics is None
    report = results.compare(metric="mae", baseline={"output": "linear"}, rope=0.5)
    printed = CliRunner().invoke(
        app,
        f"compare {BOSTON} --metric mae --baseline output=linear --rope 0.5 --format csv".split(),
    )
    lines = report.frame.to_csv(index=False).splitlines()
    assert lines[0] == printed.stdout.splitlines()[0]
    assert report.frame["verdict"].tolist() == [row["verdict"] or "" for row in report.records]
    assert "linear" in str(report)
    assert len(repr(report)) < 1000


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ResultsError, match="no results folder"):
        actbench.load("nowhere")
    with pytest.raises(ResultsError, match="expected a test metric"):
        actbench.load(BOSTON).compare(metric="f1")


def test_figures_are_drawn_on_an_ax_or_as_a_figure() -> None:
    results = actbench.load(BOSTON)
    _, ax = plt.subplots()
    assert results.plot("differences", ax, metric="mae") is ax
    assert ax.collections
    figure = results.plot("scores")
    assert len(figure.axes) == len(results.compare().blocks)
    several = plt.subplots()[1]
    if results.history is not None:
        with pytest.raises(ResultsError, match="leave ax out"):
            results.plot("curves", several)
    plt.close("all")


def test_a_notebook_gets_the_answer_a_figure_and_a_table() -> None:
    shown = actbench.load(BOSTON)._repr_html_()
    assert "<script" not in shown
    assert "<style" not in shown
    assert 'src="data:image/svg+xml;base64,' in shown
    assert shown.count("<table") == 1
    assert "sigmoid" in shown


def test_the_page_is_written_where_one_asks(tmp_path: Path) -> None:
    page = actbench.load(BOSTON).report(tmp_path / "page.html")
    assert page == tmp_path / "page.html"
    assert page.read_text().startswith("<!doctype html>")


def test_all_numbers_are_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results, tidy = actbench.load(BOSTON), tidy_table(BOSTON / "trials.csv")
    assert results.export() == Path("boston_output.trials.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet("boston_output.trials.parquet"), tidy)
    assert len(pd.read_csv(results.export("numbers.csv", to="csv"))) == len(tidy)
    with pytest.raises(ResultsError, match=r"expected a file that ends in \.parquet"):
        results.export("numbers.csv")


@pytest.mark.slow
def test_a_trial_is_a_script_as_the_command_writes_it(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, f"reproduce {BOSTON} --arm tanh --seed 3".split())
    script = actbench.load(BOSTON).reproduce("tanh", 3, file=tmp_path / "trial.py")
    assert script == printed.stdout == (tmp_path / "trial.py").read_text()
    assert "SEED = 3" in script


def runs() -> pd.DataFrame:
    random = np.random.default_rng(1)
    scores = random.normal([[0.0], [1.0]], 0.5, (2, 8)) + random.normal(0, 1, 8)
    frame = pd.DataFrame(scores.T, columns=["a", "b"]).rename_axis("run")
    return frame.reset_index().melt("run", var_name="model", value_name="gain")


def test_any_frame_of_runs_is_compared() -> None:
    frame = runs()
    words = {"arm": "model", "seed": "run", "score": "gain", "higher_is_better": True}
    a, b = (frame.loc[frame["model"] == arm, "gain"].to_numpy() for arm in "ab")
    truth = compare([a, b], higher_is_better=True).pairs[0]
    (row,) = (r for r in actbench.compare(frame, **words).records if r["arm"] == "b")
    assert (row["p"], row["difference"]) == pytest.approx((truth.p, truth.difference))
    assert row["dataset"] == "table"
    splits = actbench.compare(frame, **words, scope="splits", test_to_train=0.25)
    (row,) = (r for r in splits.records if r["arm"] == "b")
    assert row["p"] == pytest.approx(corrected_t(b - a, 0.25).p)
    unpaired = actbench.compare(frame, **words | {"seed": None}, unpaired=True)
    assert unpaired.blocks[0].unpaired
    assert "<img" in unpaired._repr_html_()
    assert actbench.compare(frame.set_index("run"), **words).records[0]["arm"] == "b"


def test_frames_that_cannot_be_compared_are_refused() -> None:
    frame = runs()
    with pytest.raises(ResultsError, match="does not say whether more or less"):
        actbench.compare(frame, arm="model", seed="run", score="gain")
    with pytest.raises(ResultsError, match="did you mean 'model'"):
        actbench.compare(frame, arm="modell", seed="run", score="gain")
    twice = pd.concat([frame, frame["gain"]], axis=1)
    with pytest.raises(ResultsError, match="the column 'gain' is there twice"):
        actbench.compare(twice, arm="model", seed="run", score="gain", higher_is_better=True)


@pytest.mark.slow
def test_a_script_without_a_guard_trains_once(tmp_path: Path) -> None:
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=["x", "z", "y"])
    rows.to_csv(tmp_path / "rows.csv", index=False)
    spec = {**SPEC, "dataset": {"file": "rows.csv", "target": "y"}}
    script = tmp_path / "script.py"
    script.write_text(
        "import actbench\nprint('begins')\n"
        f"results = actbench.run({spec!r}, seeds=2, jobs=2)\n"
        "print(results.trials['status'].tolist())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "begins\n['ok', 'ok', 'ok', 'ok']\n", done.stderr


@pytest.mark.slow
def test_a_run_of_other_seeds_forgets_the_looks_as_the_command_does(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    write_looks(tmp_path / "own", Looks((2, 3), alpha=0.05, comparisons=1, taken=3))
    results = actbench.run(SPEC, out=tmp_path, seeds=2, jobs=1, quiet=True)
    assert not (tmp_path / "own" / "looks.json").exists()
    assert not any("look" in note for note in results.compare().notes)


@pytest.mark.slow
def test_a_notebook_runs_from_spec_to_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trained in the notebook, shown as a table and as an image, with progress in its output."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(60, 3)), columns=["x", "z", "y"])
    rows.to_csv(tmp_path / "rows.csv", index=False)
    cells = [
        "import actbench",
        "spec = {'name': 'mine', 'dataset': {'file': 'rows.csv', 'target': 'y'},\n"
        "        'architecture': {'type': 'mlp', 'units': [4]},\n"
        "        'activations': {'hidden': ['relu', 'tanh']}, 'epochs': 2}",
        "results = actbench.run(spec, seeds=2)",
        "results",
        "results.plot('curves')",
        "print(len(results.trials), len(results.history))",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=200, resources=resources).execute()
    outputs = [cell.outputs for cell in notebook.cells]
    progress = "".join(out.text for out in outputs[2] if out.output_type == "stream")
    assert re.search(r"mine: 4 trials to train", progress)
    assert "[4/4]" in progress
    assert "<table" in outputs[3][0]["data"]["text/html"]
    assert outputs[4][0]["data"]["image/png"]
    assert outputs[5][0].text == "4 8\n"
    assert (tmp_path / "results" / "mine" / "report.html").is_file()
