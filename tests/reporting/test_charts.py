"""What the figures show, against numbers worked out here from the tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actbench.reporting.across_datasets import across_datasets
from actbench.reporting.charts import Axis
from actbench.reporting.dot_charts import differences_chart, ranks_chart, scores_chart
from actbench.reporting.panel_charts import (
    activations_chart,
    curves_chart,
    diagnostics_charts,
    rates_chart,
)
from actbench.reporting.svg import dot_rows
from actbench.results.reading import read_diagnostics, read_history, read_selection
from actbench.spec.activation import Activation
from actbench.statistics import nemenyi_cd
from tests.reporting.conftest import compared, grid, one, table
from tests.reporting.test_page import REFERENCE


@pytest.mark.parametrize("values", [[0.0], [-3.0, 9e5], [1e-9, 2e-9], [-0.02, 0.003], []])
def test_an_axis_has_all_values_in_view_and_a_few_round_ticks(values: list[float]) -> None:
    axis = Axis.over(values)
    assert all(0 <= axis.share(value) <= 1 for value in (*values, *axis.ticks))
    assert 2 <= len(axis.ticks) <= 7


def test_dots_are_the_differences_of_the_table(tmp_path: Path) -> None:
    scores = {"linear": [5.0, 5.2, 5.1, 5.4], "tanh": [6.0, float("nan"), 5.0, 6.4]}
    (tmp_path / "trials.csv").write_text(table(scores))
    chart = differences_chart(one(tmp_path / "trials.csv"))
    assert chart is not None
    (row,) = chart.rows
    assert {dot.name: round(dot.value, 9) for dot in row.dots} == {
        "seed 0": -1.0,
        "seed 2": 0.1,
        "seed 3": -1.0,
    }
    assert row.lost == (1,)
    assert row.mean == pytest.approx(np.mean([-1.0, 0.1, -1.0]))
    assert chart.axis.low < 0 < chart.axis.high


def test_zero_is_in_view_where_all_arms_are_far_from_it(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(table({"linear": [1.0, 1.1], "tanh": [90.0, 91.0]}))
    chart = differences_chart(one(tmp_path / "trials.csv"))
    assert chart is not None
    assert chart.axis.low < -90
    assert chart.axis.high > 0


def test_arms_far_beyond_most_leave_the_axis_with_an_arrow_and_their_numbers(
    tmp_path: Path,
) -> None:
    near = {
        "relu": [5.0, 5.1, 5.2, 5.3],
        "elu": [5.1, 5.2, 5.1, 9.0],
        "selu": [5.3, 5.1, 5.2, 5.5],
    }
    far = {"tanh": [22.0, 23.0, 22.5, 22.1]}
    (tmp_path / "trials.csv").write_text(table({"linear": [5.0, 5.2, 5.1, 5.4], **near, **far}))
    chart = differences_chart(one(tmp_path / "trials.csv"))
    assert chart is not None
    beyond = {row.label: chart.beyond(row) for row in chart.rows}
    (tanh,) = [row for row in chart.rows if row.label == "tanh"]
    nothing = ("", "")
    assert beyond.pop("tanh") == (f"◂ {tanh.words}", "")
    assert beyond == {"relu": nothing, "elu": ("◂1", ""), "selu": nothing}
    assert "Beyond the axis, with an arrow and their numbers: tanh." in chart.description
    assert chart.axis.low < 0 < chart.axis.high
    drawn = dot_rows(chart)
    assert f">◂ {tanh.words}</text>" in drawn
    assert "<title>seed 3: −3.6</title>◂1</text>" in drawn
    (tmp_path / "trials.csv").write_text(table({"linear": [5.0, 5.2, 5.1, 5.4], **far}))
    alone = differences_chart(one(tmp_path / "trials.csv"))
    assert alone is not None
    assert alone.beyond(alone.rows[0]) == nothing


def test_the_lines_are_the_scores_without_any_activation() -> None:
    folder = REFERENCE / "boston_output"
    scores = pd.read_csv(folder / "references.csv").query("metric == 'mae'").set_index("model")
    chart = scores_chart(one(folder / "trials.csv"))
    assert dict(chart.lines) == {
        "linear model": scores.score["linear"],
        "best constant": scores.score["constant"],
    }


def test_learning_curves_are_percentiles_over_the_seeds() -> None:
    folder = REFERENCE / "mnist_depth"
    block = compared(folder / "trials.csv")[1]
    chart = curves_chart(block, read_history(folder / "history.csv"))
    assert chart is not None
    history = pd.read_csv(folder / "history.csv")
    for panel in chart.panels:
        own = history.query("architecture == @block.trials.cell['architecture']")
        by_epoch = own[own.hidden == panel.label].groupby("epoch")["train_accuracy"]
        (line,) = [line for line in panel.lines if line.kind == "train"]
        assert line.y == pytest.approx(by_epoch.median().to_list())
        assert line.low == pytest.approx(by_epoch.quantile(0.1).to_list())
        assert line.high == pytest.approx(by_epoch.quantile(0.9).to_list())


@pytest.mark.parametrize(("first", "cut"), [(0.1, False), (-90.0, True)])
def test_the_curve_of_a_slow_arm_is_in_view_and_what_is_cut_is_said(
    first: float, cut: bool, tmp_path: Path
) -> None:
    arms = ("linear", "relu", "elu", "selu", "tanh")
    (tmp_path / "trials.csv").write_text(table({arm: [5.0, 6.0] for arm in arms}))
    block = one(tmp_path / "trials.csv")
    slow = [first, first, 0.5, 0.8, 0.9]
    rows = [
        {**block.trials.cell, "hidden": "relu", "output": arm, "seed": seed, "epoch": epoch}
        | {f"train_{block.metric}": slow[epoch] if arm == "tanh" else 0.9 + 0.01 * epoch}
        for arm in arms
        for seed in (0, 1)
        for epoch in range(5)
    ]
    chart = curves_chart(block, pd.DataFrame(rows))
    assert chart is not None
    assert (chart.axis.low > first) is cut
    remarks = {panel.label: panel.remark for panel in chart.panels}
    assert remarks["tanh"].endswith("; out of view: down to −90") is cut
    assert "view" not in remarks["relu"]


def test_activations_are_drawn_with_their_own_parameters() -> None:
    leaky = Activation.model_validate({"name": "leaky_relu", "negative_slope": 0.3})
    own = Activation.model_validate({"formula": "x * x"})
    code = Activation.model_construct(name="f", custom="mine:f", label="f", written="f")
    chart = activations_chart({"leaky": leaky, "own": own, "code": code})
    assert chart is not None
    assert [panel.label for panel in chart.panels] == ["leaky", "own"]  # code is not run
    (values, slopes), (squares, _) = (panel.lines for panel in chart.panels)
    x = np.array(values.x)
    assert values.y == pytest.approx(np.where(x > 0, x, 0.3 * x))
    assert slopes.y == pytest.approx(np.where(x > 0, 1.0, 0.3))
    assert squares.y == pytest.approx(x * x)


def test_the_bars_of_the_ranks_are_as_wide_as_the_critical_difference(tmp_path: Path) -> None:
    trials = grid(tmp_path, datasets=tuple(f"d{i}" for i in range(6)))
    (across,) = across_datasets(compared(trials))
    chart = ranks_chart(across)
    assert chart is not None
    for row in chart.rows:
        (span,) = row.spans
        assert span.high - span.low == pytest.approx(nemenyi_cd(4, 6))
        assert row.mean == pytest.approx(np.mean([dot.value for dot in row.dots]))
    (fewer,) = across_datasets(compared(trials.frame[trials.frame.dataset != "d5"]))
    assert ranks_chart(fewer) is None


def test_what_happens_inside_is_drawn_layer_by_layer(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    (tmp_path / "trials.csv").write_text(table({"linear": [5.0] * 4, "tanh": [6.0] * 4}))
    lines = ["dataset,architecture,hidden,output,seed,epoch,layer,saturated,dead,gradient"]
    cells = [
        (o, s, e, n) for o in ("linear", "tanh") for s in range(4) for e in (0, 7) for n in (1, 2)
    ]
    lines += [
        f"boston_housing,mlp(64-64),relu,{o},{s},{e},{n},{random.random()},,{10.0**-n * (1 + s)}"
        for o, s, e, n in cells
    ]
    (tmp_path / "diagnostics.csv").write_text("\n".join(lines) + "\n")
    layers = read_diagnostics(tmp_path / "diagnostics.csv")
    gradients, saturated = diagnostics_charts(one(tmp_path / "trials.csv"), layers)
    frame = pd.read_csv(tmp_path / "diagnostics.csv")
    assert gradients.panels[0].label == "linear"
    start, end = gradients.panels[0].lines
    assert (start.kind, end.kind, start.x) == ("start", "end", (1.0, 2.0))
    expected = np.median(np.log10([[0.1, 0.2, 0.3, 0.4], [0.01, 0.02, 0.03, 0.04]]), axis=1)
    assert start.y == pytest.approx(expected)
    of_tanh = frame.query("output == 'tanh' and epoch == 7").groupby("layer")["saturated"]
    assert saturated.panels[1].lines[1].y == pytest.approx(of_tanh.median().to_list())


def test_the_chosen_rates_are_marked_at_their_scores(tmp_path: Path) -> None:
    head = "dataset,architecture,hidden,output,seed,learning_rate,status"
    arms = {"relu": (0.01, 0.5), "tanh": (0.1, 0.7)}
    rates, seeds = (0.001, 0.01, 0.1), range(3)
    trials = [
        f"iris,mlp(4),{arm},linear,{seed},{rate},ok,1,{4 + seed + offset}"
        for arm, (rate, offset) in arms.items()
        for seed in seeds
    ]
    selection = [
        f"iris,mlp(4),{arm},linear,{1000 + seed},{rate},ok,1,{abs(rate - best) + seed}"
        for arm, (best, _) in arms.items()
        for seed in seeds
        for rate in rates
    ]
    for name, part, lines in (("trials", "test", trials), ("selection", "val", selection)):
        text = "\n".join([f"{head},{part}_loss,{part}_mae", *lines])
        (tmp_path / f"{name}.csv").write_text(f"{text}\n")
    table_of_rates = read_selection(tmp_path / "selection.csv")
    chart = rates_chart(one(tmp_path / "trials.csv"), table_of_rates)
    assert chart is not None
    for panel in chart.panels:
        best, _ = arms[panel.label]
        (line,) = panel.lines
        assert line.x == pytest.approx(np.log10(rates))
        assert line.y == pytest.approx([abs(rate - best) + 1 for rate in rates])
        assert panel.marks == ((pytest.approx(np.log10(best)), pytest.approx(1.0)),)
